// Worker processes: each runs trials of a study in its own process, one after the other, so that a
// crash costs one trial.
//
// A worker is a fork, which has the study and its worlds in memory already, and lives for as many
// trials as succeed: what one has needed of memory is there for the next. Messages go to the
// log.txt of the trial, orders and env steps through a socket. One that fails says its error text
// there, which reaches the parent where a full disk took the log, and ends with the trial. Workers
// die with their parent. One owner, one thread; other threads of the parent are missing in a
// worker, which leaves their pools alone.

#ifndef TRANSFER_RUN_WORKERS_H_
#define TRANSFER_RUN_WORKERS_H_

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  CO_MAX_WORKERS = 256,               // that compute at once
  CO_MAX_SLOTS = 2 * CO_MAX_WORKERS,  // with those that only wait for the disk
  CO_WORKER_FD = 3                    // a worker's end of the socket
};

typedef struct co_worker {
  int pid;            // 0: there is no process
  int socket;         // the parent's end
  int trial;          // index
  double asked;       // co_clock_wall when it was
  bool busy;          // with it; else idle
  int64_t env_steps;  // last count
  bool writes;        // nothing but files is left to it
  bool done;          // says so, and was not told yet
  bool left;          // hung up
  double cpu_s;       // that it says its trial took
  char *error;        // its own, owned; NULL: none so far
} co_worker;

// How a trial ended in its worker.
typedef struct co_worker_end {
  int slot, trial;
  double wall_s, cpu_s;  // since it was asked for; in the worker, 0: it failed
  int exit_code;         // -1: killed by `signal`
  int signal;
  char error[CO_ERROR_MAX];  // the worker's own, "" when it left none
} co_worker_end;

// What a worker does with a trial; a failure is the process's exit code. In the worker's process,
// which was `asked` for it at that time of co_clock_wall.
typedef struct co_work {
  co_status (*run)(void *context, int trial, double asked);
  void *context;
  bool stands_back;  // has a tenth of the share that others have in a processor
} co_work;

// In a worker: its count of env steps so far, left out where the parent is behind with hearing;
// that it computes no more, but waits for the disk. A parent that is gone ends the worker with
// SIGPIPE.
void co_worker_count(int64_t env_steps);
void co_worker_writes(void);

// Has a trial run by a worker that is not busy, and forks it where there is none; standard error
// goes to `log_path` (replaced). CO_MEMORY, CO_CREATE.
co_status co_worker_start(const co_work *what, int trial, const char *log_path, co_worker *slot);

// Waits at most `timeout_ms` for counts and ends; true when `end` was filled for one trial.
bool co_workers_wait(co_worker *workers, int count, int timeout_ms, co_worker_end *end);

// Ends one, whatever it is at, and does not wait: with a low priority even that could take long.
// It does nothing more, and is gone from the list of processes with its parent at the latest.
void co_worker_kill(co_worker *worker);
// Ends all workers and waits for them: what they are at goes to its next stop.
void co_workers_stop(co_worker *workers, int count);

#endif  // TRANSFER_RUN_WORKERS_H_
