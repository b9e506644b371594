// Worker processes: what one says on the way and at its end, and what it does not get of its
// parent.

#include "core/clock.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static co_work work_of(co_status (*run)(void *context, int trial, double asked), void *context) {
  return (co_work){.run = run, .context = context};
}

// Starts it as trial 7 and hears it until its end; `slot` is what it had said before.
static co_worker_end run_worker(co_work what, co_worker *before) {
  co_worker slot = {0};
  co_worker_end end = {0};
  ck_ok(co_worker_start(&what, 7, fixture_path("log.txt"), &slot));
  do *before = slot;
  while (!co_workers_wait(&slot, 1, 1000, &end));
  ck_assert(!slot.busy);  // free for the next one
  ck_assert_int_eq(end.trial, 7);
  co_workers_stop(&slot, 1);
  return end;
}

// ---- what it says ----

// The parent hears each of them before the next: the worker waits until nothing is unread.
static void say_and_wait(int64_t count) {
  int unread;
  co_worker_count(count);
  do usleep(1000);
  while (ioctl(CO_WORKER_FD, TIOCOUTQ, &unread) == 0 && unread > 0);
}

static co_status count_steps(void *context, int trial, double asked) {
  ck_assert(context == NULL && trial == 7);
  ck_assert(asked > 0 && co_clock_wall() >= asked && co_clock_wall() < asked + 60);
  fprintf(stderr, "a line\n");
  say_and_wait(100);
  say_and_wait(300);
  co_worker_writes();
  usleep(100000);
  return CO_OK;
}

START_TEST(counts_come_back) {
  co_worker before;
  co_worker_end end = run_worker(work_of(count_steps, NULL), &before);
  ck_assert(end.exit_code == 0 && end.signal == 0 && *end.error == '\0');
  ck_assert_int_eq(before.env_steps, 300);
  ck_assert(before.writes);
  co_buf log = {0};
  ck_ok(co_file_read(fixture_path("log.txt"), 0, &log));
  ck_assert_str_eq(log.data, "a line\n");
  co_buf_free(&log);
}
END_TEST

static co_status fail_at_once(void *context, int trial, double asked) {
  (void)context, (void)asked;
  return co_fail(CO_IO, "trial %d: no disk", trial);
}

START_TEST(the_reason_of_a_failure_comes_back) {
  co_worker before;
  co_worker_end end = run_worker(work_of(fail_at_once, NULL), &before);
  ck_assert_int_eq(end.exit_code, CO_IO);
  ck_assert_str_eq(end.error, "trial 7: no disk");
}
END_TEST

static co_status crash(void *context, int trial, double asked) {
  (void)context, (void)trial, (void)asked;
  raise(SIGKILL);
  return CO_OK;
}

START_TEST(a_crash_is_seen) {
  co_worker before;
  co_worker_end end = run_worker(work_of(crash, NULL), &before);
  ck_assert(end.exit_code == -1 && end.signal == SIGKILL && *end.error == '\0');
  ck_assert(!before.writes);
}
END_TEST

START_TEST(a_log_that_cannot_be_opened_is_a_failure) {
  ck_ok(co_dir_create(fixture_path("log.txt")));
  co_worker before;
  co_worker_end end = run_worker(work_of(count_steps, NULL), &before);
  ck_assert_int_eq(end.exit_code, CO_CREATE);
  ck_assert_ptr_nonnull(strstr(end.error, "log.txt: cannot open"));
}
END_TEST

// ---- trial after trial ----

// What the trials of a worker leave for the next one.
typedef struct life {
  int trials;
} life;

// Says how many there were before, and its process. Trial 9 crashes, trial 10 fails.
static co_status live(void *context, int trial, double asked) {
  life *own = context;
  (void)asked;
  fprintf(stderr, "%d before\n", own->trials++);
  co_worker_count((int64_t)getpid());
  if (trial == 9) raise(SIGKILL);
  return trial == 10 ? co_fail(CO_IO, "trial 10: no disk") : CO_OK;
}

static co_worker_end run_in(co_worker *slot, const co_work *what, int trial) {
  char log[16];
  co_worker_end end;
  snprintf(log, sizeof log, "log%d.txt", trial);
  ck_ok(co_worker_start(what, trial, fixture_path(log), slot));
  ck_assert(slot->busy && !slot->writes && slot->env_steps == 0);
  while (!co_workers_wait(slot, 1, 1000, &end))
    ;
  ck_assert_int_eq(end.trial, trial);
  ck_assert(!slot->busy);
  return end;
}

static void check_log(const char *name, const char *expected) {
  co_buf log = {0};
  ck_ok(co_file_read(fixture_path(name), 0, &log));
  ck_assert_str_eq(log.data, expected);
  co_buf_free(&log);
}

START_TEST(a_worker_lives_for_several_trials) {
  life parents = {0};
  co_work what = work_of(live, &parents);
  co_worker slot = {0};
  for (int trial = 0; trial < 3; trial++)
    ck_assert_int_eq(run_in(&slot, &what, trial).exit_code, 0);
  ck_assert_int_eq(slot.env_steps, slot.pid);
  check_log("log0.txt", "0 before\n");
  check_log("log2.txt", "2 before\n");
  ck_assert_int_eq(parents.trials, 0);
  int pid = slot.pid;
  co_workers_stop(&slot, 1);
  ck_assert(slot.pid == 0 && kill(pid, 0) != 0);  // an idle one ends where its orders do
}
END_TEST

START_TEST(what_ends_a_trial_ends_no_other) {
  life parents = {0};
  co_work what = work_of(live, &parents);
  co_worker slot = {0};
  run_in(&slot, &what, 1);
  co_worker_end end = run_in(&slot, &what, 9);
  ck_assert(end.signal == SIGKILL && end.exit_code == -1 && slot.pid == 0);
  ck_assert_int_eq(run_in(&slot, &what, 2).exit_code, 0);  // another process
  check_log("log2.txt", "0 before\n");
  end = run_in(&slot, &what, 10);
  ck_assert_int_eq(end.exit_code, CO_IO);
  ck_assert_str_eq(end.error, "trial 10: no disk");
  ck_assert_int_eq(slot.pid, 0);
  ck_assert_str_eq(run_in(&slot, &what, 3).error, "");
  co_workers_stop(&slot, 1);
}
END_TEST

START_TEST(an_idle_one_that_dies_is_replaced) {
  life parents = {0};
  co_work what = work_of(live, &parents);
  co_worker slot = {0};
  co_worker_end end;
  run_in(&slot, &what, 0);
  kill(slot.pid, SIGKILL);
  usleep(20000);
  ck_assert_int_eq(run_in(&slot, &what, 1).exit_code, 0);  // found out when it is asked
  check_log("log1.txt", "0 before\n");
  kill(slot.pid, SIGKILL);
  for (int i = 0; slot.pid && i < 100; i++) ck_assert(!co_workers_wait(&slot, 1, 100, &end));
  ck_assert_int_eq(slot.pid, 0);  // found out meanwhile
  ck_assert_int_eq(run_in(&slot, &what, 2).exit_code, 0);
  co_workers_stop(&slot, 1);
}
END_TEST

static co_status tell_priority(void *context, int trial, double asked) {
  (void)context, (void)trial, (void)asked;
  co_worker_count(getpriority(PRIO_PROCESS, 0));
  return CO_OK;
}

START_TEST(one_stands_back) {
  co_work what = {.run = tell_priority, .stands_back = true};
  co_worker slot = {0};
  co_worker_end end = run_in(&slot, &what, 0);
  ck_assert_int_eq(slot.env_steps, 10);
  ck_assert(end.slot == 0 && end.wall_s > 0 && end.cpu_s > 0 && end.cpu_s <= end.wall_s);
  int pid = slot.pid;
  co_worker_kill(&slot);
  ck_assert(slot.pid == 0);
  waitpid(pid, NULL, 0);
  co_worker_kill(&slot);  // of none
}
END_TEST

// ---- what it does not get ----

static co_status look_for_lock(void *context, int trial, double asked) {
  (void)trial, (void)asked;
  const co_lock *lock = context;
  if (fcntl(lock->fd, F_GETFD) >= 0 || errno != EBADF) return co_fail(CO_INTERNAL, "has the lock");
  char byte;
  return read(STDIN_FILENO, &byte, 1) == 0 ? CO_OK : co_fail(CO_INTERNAL, "has an input");
}

START_TEST(the_lock_stays_with_the_parent) {
  co_lock lock, other;
  ck_ok(co_lock_take(fixture_path("lock"), &lock));
  ck_assert_int_gt(lock.fd, CO_WORKER_FD);
  co_worker before;
  co_worker_end end = run_worker(work_of(look_for_lock, &lock), &before);
  ck_assert_str_eq(end.error, "");
  ck_assert_int_eq(end.exit_code, 0);
  ck_fails(co_lock_take(fixture_path("lock"), &other), CO_CREATE, "in use");
  co_lock_release(&lock);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("workers");
  TCase *tcase = tcase_create("workers");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_test(tcase, counts_come_back);
  tcase_add_test(tcase, the_reason_of_a_failure_comes_back);
  tcase_add_test(tcase, a_crash_is_seen);
  tcase_add_test(tcase, a_log_that_cannot_be_opened_is_a_failure);
  tcase_add_test(tcase, a_worker_lives_for_several_trials);
  tcase_add_test(tcase, what_ends_a_trial_ends_no_other);
  tcase_add_test(tcase, an_idle_one_that_dies_is_replaced);
  tcase_add_test(tcase, one_stands_back);
  tcase_add_test(tcase, the_lock_stays_with_the_parent);
  suite_add_tcase(suite, tcase);
  return suite;
}
