// A study's folder in one call: surveyed, collected from, in use elsewhere; and one trial of it.

#include "tests/transfer/study_fixture.h"
#include "transfer/folder/run.h"

// what was collected, while nobody else could
typedef struct collected {
  int calls, done;
  bool locked;
  co_status answer;
} collected;

static char folder[1024];  // of the study; not there at first

static co_status collect(const void *context, const co_study_run *run) {
  collected *c = *(collected *const *)context;
  co_lock lock;
  char path[1100];
  snprintf(path, sizeof path, "%s/lock", run->context->dir);
  c->calls++;
  c->locked = co_lock_take(path, &lock) == CO_CREATE;
  for (int i = 0; i < run->context->trials->count; i++) c->done += run->state[i] == CO_TRIAL_DONE;
  return c->answer ? co_fail(c->answer, "not collected") : CO_OK;
}

static void begin(fixture *f, const char *edit) {
  fixture_open(f, fixture_study(edit, NULL, NULL));
  snprintf(folder, sizeof folder, "%s/study", fixture_folder);
  f->context.dir = folder;
}

static bool exists(const char *name) {
  char path[1100];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return co_file_exists(path);
}

START_TEST(test_survey) {
  fixture f;
  collected c = {0}, *out = &c;
  co_folder_work work = {.survey = true, .collect = collect, .collect_context = &out};
  begin(&f, NULL);
  ck_fails(co_folder_run(&f.context, &work), CO_NO_INPUT, "nothing to collect");
  ck_assert(!co_dir_exists(folder));  // not even a lock
  work.may_be_empty = true;
  ck_ok(co_folder_run(&f.context, &work));
  ck_assert(c.calls == 1 && c.done == 0 && c.locked);
  ck_assert(exists("study.cfg"));
  work.may_be_empty = false;
  fixture_run(&f, "source.a.-.-.s0");
  ck_ok(co_folder_run(&f.context, &work));
  ck_assert(c.calls == 2 && c.done == 1);
  c.answer = CO_IO;
  ck_fails(co_folder_run(&f.context, &work), CO_IO, "not collected");
  c.answer = CO_OK;
  ck_ok(co_folder_run(&f.context, &work));  // the lock was released
  fixture_close(&f);
}
END_TEST

// No worker is started where everything is done.
START_TEST(test_nothing_left_to_run) {
  fixture f;
  collected c = {0}, *out = &c;
  const co_folder_work work = {
      .options = {.jobs = 2, .threads = 1}, .collect = collect, .collect_context = &out};
  begin(&f, "seeds=1");
  for (int i = 0; i < f.trials.count; i++) ck_ok(co_folder_run_trial(&f.context, i, true, false));
  ck_ok(co_folder_run(&f.context, &work));
  ck_assert(c.calls == 1 && c.done == f.trials.count && c.locked);
  fixture_close(&f);
}
END_TEST

START_TEST(test_in_use) {
  fixture f;
  collected c = {0}, *out = &c;
  const co_folder_work work = {
      .survey = true, .may_be_empty = true, .collect = collect, .collect_context = &out};
  co_lock lock;
  char path[1100];
  begin(&f, NULL);
  ck_ok(co_dir_create(folder));
  snprintf(path, sizeof path, "%s/lock", folder);
  ck_ok(co_lock_take(path, &lock));
  ck_fails(co_folder_run(&f.context, &work), CO_CREATE, "in use");
  ck_assert_int_eq(c.calls, 0);
  ck_assert(!exists("study.cfg"));
  co_lock_release(&lock);
  ck_ok(co_folder_run(&f.context, &work));
  fixture_close(&f);
}
END_TEST

START_TEST(test_one_trial) {
  fixture f;
  begin(&f, NULL);
  int source = co_trials_find(&f.trials, "source.a.-.-.s0");
  int full = co_trials_find(&f.trials, "transfer.a.b.full.s0");
  ck_fails(co_folder_run_trial(&f.context, full, true, false), CO_NO_INPUT, "which is not done");
  ck_assert(!exists("study.cfg"));  // a worker's parent claims the folder
  ck_ok(co_folder_run_trial(&f.context, source, false, false));
  ck_assert(exists("study.cfg") && fixture_done(&f, "source.a.-.-.s0"));
  ck_ok(co_folder_run_trial(&f.context, full, true, false));
  ck_assert(fixture_done(&f, "transfer.a.b.full.s0"));
  // what is done is not run again, but put in order
  char *left = fixture_file(&f, "source.a.-.-.s0", "checkpoint");
  ck_ok(co_dir_create(left));
  ck_ok(co_folder_run_trial(&f.context, source, true, false));
  ck_assert(!co_dir_exists(left));
  free(left);
  fixture_close(&f);
  // another definition stands in the way, unless that is said
  begin(&f, "final_episodes=4");
  ck_fails(co_folder_run_trial(&f.context, source, false, false), CO_CONFIG, "source.a.-.-.s0");
  ck_ok(co_folder_run_trial(&f.context, source, false, true));
  ck_assert(fixture_done(&f, "source.a.-.-.s0"));
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("run");
  TCase *tcase = tcase_create("run");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_survey);
  tcase_add_test(tcase, test_nothing_left_to_run);
  tcase_add_test(tcase, test_in_use);
  tcase_add_test(tcase, test_one_trial);
  suite_add_tcase(suite, tcase);
  return suite;
}
