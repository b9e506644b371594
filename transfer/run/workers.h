// Worker processes: each runs one trial of a study in its own process, so that a crash costs one
// trial.
//
// A worker is a posix_spawn of the same program with `--trial ID`. Its messages go to the trial's
// log.txt, its env steps come back through a pipe as 8-byte counts. One that fails ends what it
// writes there with -1 and its error text, which reaches the parent where a full disk took the log.
// Workers die with their parent. One owner, one thread.

#ifndef TRANSFER_RUN_WORKERS_H_
#define TRANSFER_RUN_WORKERS_H_

#include "core/buf.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { CO_MAX_WORKERS = 256, CO_WORKER_FD = 3 /* where a worker writes its counts */ };

typedef struct co_worker {
  int pid;            // 0: free slot
  int pipe;           // read end
  int trial;          // index
  int64_t env_steps;  // last count
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

// In a worker: its count of env steps so far, and last of all why it fails. A parent that is gone
// ends the worker with SIGPIPE.
void co_worker_count(int64_t env_steps);
void co_worker_fail(const char *error);

// Starts PROGRAM with `argv` (NULL-terminated) in a free slot, standard error to `log_path`
// (replaced).
co_status co_worker_start(const char *program, char *const argv[], const char *log_path, int trial,
                          co_worker *slot);

// Waits at most `timeout_ms` for counts and ends; true when `end` was filled for one worker.
bool co_workers_wait(co_worker *workers, int count, int timeout_ms, co_worker_end *end);

// Ends all workers and waits for them.
void co_workers_stop(co_worker *workers, int count);

#endif  // TRANSFER_RUN_WORKERS_H_
