#include "transfer/run/workers.h"

#include "core/clock.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- packets ----

// Sockets keep packets apart, so that each is heard whole. From a worker: a count of env steps or
// one of these, FAILED with its error text, DONE with the processor time.
enum { FAILED = -1, WRITES = -2, DONE = -3 };

typedef struct answer {
  int64_t what;
  double cpu_s;
  char text[CO_ERROR_MAX];
} answer;

// to a worker
typedef struct order {
  double asked;
  int trial;
  char log[PATH_MAX];
} order;

static void say(int64_t what, int flags) {
  if (send(CO_WORKER_FD, &what, sizeof what, flags) < 0) return;
}

void co_worker_count(int64_t env_steps) {
  say(env_steps, MSG_DONTWAIT);
}

void co_worker_writes(void) {
  say(WRITES, 0);
}

static void say_done(double cpu_s) {
  answer done = {.what = DONE, .cpu_s = cpu_s};
  if (send(CO_WORKER_FD, &done, offsetof(answer, text), 0) < 0) return;
}

static void fail_with(const char *error) {
  answer failed = {.what = FAILED};
  snprintf(failed.text, sizeof failed.text, "%s", error);
  size_t size = offsetof(answer, text) + strlen(failed.text);
  if (send(CO_WORKER_FD, &failed, size, 0) < 0) return;
}

// ---- in the child ----

// A worker must not outlive its parent: an orphan would hold the trial's lock against the next
// call. A parent that was gone before the first line has left the other end closed. (Its process id
// tells nothing: in a container the parent itself may be 1.)
static void die_with_parent(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct pollfd orders = {.fd = CO_WORKER_FD};
  if (poll(&orders, 1, 0) > 0 && (orders.revents & POLLHUP)) _exit(CO_INTERRUPTED);
}

static bool open_as(const char *path, int flags, int number) {
  int fd = open(path, flags, 0644);
  if (fd < 0 || dup2(fd, number) != number) return false;
  if (fd != number) close(fd);
  return true;
}

// The memory of a trial stays with the process for the next one, up to these bytes: by default the
// C library gives back all that is free at the end of the heap, and every page comes as a fault.
static void keep_memory(void) {
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

// Nothing that the parent has open stays open but the socket: least of all its lock of the study.
// So nothing that is still in the parent's buffers goes anywhere either.
static bool become_worker(const co_work *what, int socket) {
  enum { TENTH = 10 };  // by the weights of Linux; of 19, a seventieth, strips came too late
  dup2(socket, CO_WORKER_FD);
  closefrom(CO_WORKER_FD + 1);
  die_with_parent();
  keep_memory();
  if (what->stands_back) setpriority(PRIO_PROCESS, 0, TENTH);
  return open_as("/dev/null", O_RDONLY, STDIN_FILENO) &&
         open_as("/dev/null", O_WRONLY, STDOUT_FILENO);
}

static bool hear_order(order *out) {
  ssize_t size;
  do size = recv(CO_WORKER_FD, out, sizeof *out, 0);
  while (size < 0 && errno == EINTR);
  return size == sizeof *out;
}

static co_status run_trial(const co_work *what, const order *given) {
  if (!open_as(given->log, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO))
    return co_fail(CO_CREATE, "%s: cannot open: %s", given->log, strerror(errno));
  return what->run(what->context, given->trial, given->asked);
}

// An idle worker has no log open.
static _Noreturn void work(const co_work *what, int socket) {
  co_status status = become_worker(what, socket) ? CO_OK : CO_CREATE;
  order given;
  while (status == CO_OK && open_as("/dev/null", O_WRONLY, STDERR_FILENO) && hear_order(&given)) {
    double cpu = co_clock_cpu();
    status = run_trial(what, &given);
    if (status == CO_OK)
      say_done(co_clock_cpu() - cpu);
    else
      fail_with(co_error_text());
  }
  _exit((int)status);  // what the parent has for its own end, buffers and all, is not the child's
}

// ---- in the parent ----

static co_status fail_start(int failed) {
  return co_fail(failed == ENOMEM ? CO_MEMORY : CO_CREATE, "cannot start a worker: %s",
                 strerror(failed));
}

static co_status fork_worker(const co_work *what, co_worker *slot) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_start(errno);
  pid_t pid = fork();
  if (pid == 0) work(what, ends[1]);
  int failed = pid < 0 ? errno : 0;
  close(ends[1]);
  if (failed) {
    close(ends[0]);
    return fail_start(failed);
  }
  *slot = (co_worker){.pid = pid, .socket = ends[0]};
  return CO_OK;
}

static void forget(co_worker *worker) {
  close(worker->socket);
  free(worker->error);
  *worker = (co_worker){0};
}

static bool hand_over(co_worker *slot, const order *given) {
  if (send(slot->socket, given, sizeof *given, MSG_NOSIGNAL) < 0) return false;
  slot->trial = given->trial;
  slot->asked = given->asked;
  slot->busy = true;
  slot->writes = false;
  slot->env_steps = 0;
  return true;
}

void co_worker_kill(co_worker *worker) {
  if (!worker->pid) return;
  kill(worker->pid, SIGKILL);
  waitpid(worker->pid, NULL, WNOHANG);
  forget(worker);
}

// One that has died while it was idle is replaced.
co_status co_worker_start(const co_work *what, int trial, const char *log_path, co_worker *slot) {
  order given = {.asked = co_clock_wall(), .trial = trial};
  if (strlen(log_path) >= sizeof given.log)
    return co_fail(CO_CREATE, "%s: cannot open: %s", log_path, strerror(ENAMETOOLONG));
  memcpy(given.log, log_path, strlen(log_path));
  if (slot->pid && hand_over(slot, &given)) return CO_OK;
  co_worker_kill(slot);
  CO_TRY(fork_worker(what, slot));
  if (hand_over(slot, &given)) return CO_OK;
  int failed = errno;
  co_worker_kill(slot);
  return fail_start(failed);
}

// ---- what the parent hears ----

static void take(co_worker *worker, const answer *heard, size_t size) {
  if (heard->what == FAILED && !worker->error)
    worker->error = co_strndup(heard->text, size - offsetof(answer, text));
  worker->writes |= heard->what == WRITES;
  worker->done |= heard->what == DONE;
  if (heard->what == DONE) worker->cpu_s = heard->cpu_s;
  if (heard->what >= 0) worker->env_steps = heard->what;
}

// A worker that dies before it has heard its order resets the connection, which comes before what
// it has said.
static void hear(co_worker *worker) {
  answer heard;
  ssize_t size;
  while ((size = recv(worker->socket, &heard, sizeof heard, MSG_DONTWAIT)) > 0 ||
         (size < 0 && (errno == ECONNRESET || errno == EINTR)))
    if (size >= (ssize_t)sizeof heard.what) take(worker, &heard, (size_t)size);
  worker->left |= size == 0;
}

// ---- how a trial ends ----

static void become_idle(co_worker *worker, co_worker_end *end) {
  *end = (co_worker_end){
      .trial = worker->trial, .wall_s = co_clock_wall() - worker->asked, .cpu_s = worker->cpu_s};
  worker->busy = worker->done = false;
}

// Of a worker that has left. What dies while it is idle takes no trial along.
static bool has_died(co_worker *worker, co_worker_end *end) {
  int status;
  if (waitpid(worker->pid, &status, WNOHANG) != worker->pid) {
    usleep(1000);  // closed its socket, not gone yet
    return false;
  }
  bool busy = worker->busy;
  *end = (co_worker_end){.trial = worker->trial,
                         .wall_s = co_clock_wall() - worker->asked,
                         .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                         .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  snprintf(end->error, sizeof end->error, "%s", worker->error ? worker->error : "");
  forget(worker);
  return busy;
}

static bool any_ended(co_worker *workers, int count, co_worker_end *end) {
  for (int i = 0; i < count; i++) {
    bool ended = workers[i].done;
    if (workers[i].done)
      become_idle(&workers[i], end);
    else if (workers[i].left)
      ended = has_died(&workers[i], end);
    end->slot = i;
    if (ended) return true;
  }
  return false;
}

bool co_workers_wait(co_worker *workers, int count, int timeout_ms, co_worker_end *end) {
  if (any_ended(workers, count, end)) return true;
  struct pollfd polled[CO_MAX_SLOTS + 1];
  int used = 0;
  for (int i = 0; i < count; i++)
    if (workers[i].pid) polled[used++] = (struct pollfd){.fd = workers[i].socket, .events = POLLIN};
  poll(polled, (nfds_t)used, timeout_ms);
  for (int i = 0; i < count; i++)
    if (workers[i].pid) hear(&workers[i]);
  return any_ended(workers, count, end);
}

// An idle one ends where its orders do, a busy one by the signal.
void co_workers_stop(co_worker *workers, int count) {
  for (int i = 0; i < count; i++) {
    if (!workers[i].pid) continue;
    shutdown(workers[i].socket, SHUT_WR);
    if (workers[i].busy) kill(workers[i].pid, SIGTERM);
  }
  for (int i = 0; i < count; i++) {
    if (!workers[i].pid) continue;
    while (waitpid(workers[i].pid, NULL, 0) < 0 && errno == EINTR) continue;
    forget(&workers[i]);
  }
}
