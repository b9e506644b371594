// Worker processes: each runs one trial of a study in its own process, so that a crash costs one
// trial.
//
// A worker is a fork, which has the study and its worlds in memory already: a start takes a part of
// a millisecond. Its messages go to the trial's log.txt, its env steps come back through a pipe as
// 8-byte counts. One that fails ends what it writes there with -1 and its error text, which reaches
// the parent where a full disk took the log. Workers die with their parent. One owner, one thread;
// other threads of the parent are missing in a worker, which leaves their pools alone.

#ifndef TRANSFER_RUN_WORKERS_H_
#define TRANSFER_RUN_WORKERS_H_

#include "core/buf.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  CO_MAX_WORKERS = 256,               // that compute at once
  CO_MAX_SLOTS = 2 * CO_MAX_WORKERS,  // with those that only wait for the disk
  CO_WORKER_FD = 3                    // where a worker writes its counts
};

typedef struct co_worker {
  int pid;            // 0: free slot
  int pipe;           // read end
  int trial;          // index
  int64_t env_steps;  // last count
  bool writes;        // nothing but files is left to it
  bool has_failed;    // what comes through the pipe is text
  co_buf error;       // so far, owned
} co_worker;

// How a worker ended.
typedef struct co_worker_end {
  int trial;
  int exit_code;  // -1: killed by `signal`
  int signal;
  char error[CO_ERROR_MAX];  // the worker's own, "" when it left none
} co_worker_end;

// What a worker does with its trial, and the program's exit code with it. In the worker's process,
// which was `asked` for at that time of co_clock_wall.
typedef struct co_work {
  co_status (*run)(void *context, int trial, double asked);
  void *context;
} co_work;

// In a worker: its count of env steps so far; that it computes no more, but waits for the disk. A
// parent that is gone ends the worker with SIGPIPE.
void co_worker_count(int64_t env_steps);
void co_worker_writes(void);

// Starts a worker in a free slot, standard error to `log_path` (replaced). CO_MEMORY, CO_CREATE.
co_status co_worker_start(const co_work *what, int trial, const char *log_path, co_worker *slot);

// Waits at most `timeout_ms` for counts and ends; true when `end` was filled for one worker.
bool co_workers_wait(co_worker *workers, int count, int timeout_ms, co_worker_end *end);

// Ends all workers and waits for them.
void co_workers_stop(co_worker *workers, int count);

#endif  // TRANSFER_RUN_WORKERS_H_
