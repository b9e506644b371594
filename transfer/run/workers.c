#include "transfer/run/workers.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// both ends are closed in the children of others; the write end survives in its own by dup2 only,
// so it must not be that number
static int open_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  if (ends[1] != CO_WORKER_FD) return 0;
  int moved = fcntl(ends[1], F_DUPFD_CLOEXEC, CO_WORKER_FD + 1);
  if (moved < 0) return errno;
  close(ends[1]);
  ends[1] = moved;
  return 0;
}

// ---- what a worker says ----

// Writes of up to PIPE_BUF bytes come whole, so that text begins behind whole counts.
enum { FAILED = -1, WRITES = -2, MOST_TEXT = PIPE_BUF - sizeof(int64_t) };

void co_worker_count(int64_t env_steps) {
  if (write(CO_WORKER_FD, &env_steps, sizeof env_steps) < 0) return;
}

void co_worker_writes(void) {
  co_worker_count(WRITES);
}

static void fail_with(const char *error) {
  int64_t failed = FAILED;
  char message[PIPE_BUF];
  size_t size = strlen(error) < MOST_TEXT ? strlen(error) : MOST_TEXT;
  memcpy(message, &failed, sizeof failed);
  memcpy(message + sizeof failed, error, size);
  if (write(CO_WORKER_FD, message, sizeof failed + size) < 0) return;
}

// ---- in the child ----

// A worker must not outlive its parent: an orphan would hold the trial's lock against the next
// call. A parent that was gone before the first line has left the pipe without a reader. (Its
// process id tells nothing: in a container the parent itself may be 1.)
static void die_with_parent(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct pollfd counts = {.fd = CO_WORKER_FD};
  if (poll(&counts, 1, 0) > 0 && (counts.revents & POLLERR)) _exit(CO_INTERRUPTED);
}

static bool open_as(const char *path, int flags, int number) {
  int fd = open(path, flags, 0644);
  if (fd < 0 || dup2(fd, number) != number) return false;
  if (fd != number) close(fd);
  return true;
}

// Nothing that the parent has open stays open but the pipe: least of all its lock of the study. So
// nothing that is still in the parent's buffers goes anywhere either.
static co_status become_worker(const char *log_path, int pipe_end) {
  dup2(pipe_end, CO_WORKER_FD);
  closefrom(CO_WORKER_FD + 1);
  die_with_parent();
  if (open_as("/dev/null", O_RDONLY, STDIN_FILENO) &&
      open_as("/dev/null", O_WRONLY, STDOUT_FILENO) &&
      open_as(log_path, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO))
    return CO_OK;
  return co_fail(CO_CREATE, "%s: cannot open: %s", log_path, strerror(errno));
}

static _Noreturn void work(const co_work *what, int trial, double asked, const char *log_path,
                           int pipe_end) {
  co_status status = become_worker(log_path, pipe_end);
  if (status == CO_OK) status = what->run(what->context, trial, asked);
  if (status != CO_OK) fail_with(co_error_text());
  _exit((int)status);  // what the parent has for its own end, buffers and all, is not the child's
}

// ---- in the parent ----

co_status co_worker_start(const co_work *what, int trial, const char *log_path, co_worker *slot) {
  int ends[2] = {-1, -1};
  int failed = open_pipe(ends);
  double asked = co_clock_wall();
  pid_t pid = failed ? -1 : fork();
  if (pid == 0) work(what, trial, asked, log_path, ends[1]);
  if (!failed && pid < 0) failed = errno;
  if (ends[1] >= 0) close(ends[1]);
  if (failed) {
    if (ends[0] >= 0) close(ends[0]);
    return co_fail(failed == ENOMEM ? CO_MEMORY : CO_CREATE, "cannot start a worker: %s",
                   strerror(failed));
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *slot = (co_worker){.pid = pid, .pipe = ends[0], .trial = trial};
  return CO_OK;
}

// ---- what the parent hears ----

static void take(co_worker *worker, const char *bytes, size_t size) {
  for (; !worker->has_failed && size >= sizeof(int64_t); size -= sizeof(int64_t)) {
    int64_t count;
    memcpy(&count, bytes, sizeof count);
    bytes += sizeof count;
    worker->has_failed = count == FAILED;
    worker->writes |= count == WRITES;
    if (count >= 0) worker->env_steps = count;
  }
  if (worker->has_failed) co_buf_add(&worker->error, bytes, size);
}

static void read_pipe(co_worker *worker) {
  char bytes[PIPE_BUF];
  ssize_t size;
  while ((size = read(worker->pipe, bytes, sizeof bytes)) > 0) take(worker, bytes, (size_t)size);
}

static void forget(co_worker *worker) {
  close(worker->pipe);
  co_buf_free(&worker->error);
  *worker = (co_worker){0};
}

// ---- how it ends ----

static bool has_ended(co_worker *worker, co_worker_end *end) {
  int status;
  if (waitpid(worker->pid, &status, WNOHANG) != worker->pid) return false;
  *end = (co_worker_end){.trial = worker->trial,
                         .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                         .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  read_pipe(worker);  // its last words
  snprintf(end->error, sizeof end->error, "%s", worker->error.size ? worker->error.data : "");
  forget(worker);
  return true;
}

bool co_workers_wait(co_worker *workers, int count, int timeout_ms, co_worker_end *end) {
  struct pollfd polled[CO_MAX_SLOTS];
  int used = 0;
  for (int i = 0; i < count; i++)
    if (workers[i].pid) polled[used++] = (struct pollfd){.fd = workers[i].pipe, .events = POLLIN};
  poll(polled, (nfds_t)used, timeout_ms);
  bool hung_up = false;
  for (int i = 0; i < used; i++) hung_up |= (polled[i].revents & POLLHUP) != 0;
  for (int i = 0; i < count; i++)
    if (workers[i].pid) read_pipe(&workers[i]);
  for (int i = 0; i < count; i++)
    if (workers[i].pid && has_ended(&workers[i], end)) return true;
  if (hung_up) usleep(1000);  // closed its pipe, not gone yet
  return false;
}

void co_workers_stop(co_worker *workers, int count) {
  for (int i = 0; i < count; i++)
    if (workers[i].pid) kill(workers[i].pid, SIGTERM);
  for (int i = 0; i < count; i++) {
    if (!workers[i].pid) continue;
    while (waitpid(workers[i].pid, NULL, 0) < 0 && errno == EINTR) continue;
    forget(&workers[i]);
  }
}
