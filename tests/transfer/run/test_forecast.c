// What is left of a study: finished trials tell how long others take, and their order how many can
// run at once.

#include "tests/transfer/study_fixture.h"
#include "transfer/run/forecast.h"

#include <math.h>

// The tiny study with states of its trials.
typedef struct plan {
  fixture f;
  co_study_run run;
  co_forecast forecast;
} plan;

static void open_plan(plan *p, co_study *study) {
  *p = (plan){0};
  fixture_open(&p->f, study);
  p->run = (co_study_run){.context = &p->f.context,
                          .state = calloc((size_t)p->f.trials.count, sizeof *p->run.state)};
}

static void close_plan(plan *p) {
  co_forecast_close(&p->forecast);
  free(p->run.state);
  fixture_close(&p->f);
}

static int index_of(const plan *p, const char *id) {
  return (int)(fixture_trial(&p->f, id) - p->f.trials.trial);
}

// Marks a trial as done, with this timing.csv.
static void finish(plan *p, const char *id, const char *timing) {
  char name[CO_TRIAL_ID + 32];
  snprintf(name, sizeof name, "trials/%s", id);
  ck_ok(co_dir_create(fixture_path(name)));
  snprintf(name, sizeof name, "trials/%s/timing.csv", id);
  fixture_write(name, timing);
  p->run.state[index_of(p, id)] = CO_TRIAL_DONE;
}

static double left(plan *p, int jobs, const int64_t *steps) {
  co_forecast_close(&p->forecast);
  ck_ok(co_forecast_open(&p->run, jobs, 1, &p->forecast));
  return co_forecast_left(&p->forecast, steps);
}

// 128 steps in 1.28 s, 9 episodes of 10 steps in 0.9 s: 10 ms a step in either
static const char source_timing[] =
    "source.a.-.-.s0,train,1.28,9,128,1,1\nsource.a.-.-.s0,evaluate,0.9,9,90,0,0\n";

START_TEST(finished_trials_tell_of_the_others) {
  plan p;
  open_plan(&p, fixture_study(NULL, NULL, NULL));
  ck_assert(isnan(left(&p, 1, NULL)));  // nothing is known yet
  finish(&p, "source.a.-.-.s0", source_timing);
  // 0.02 s each, and: a source 1.28 + 0.9; oracles 2.56 + 1.2; random 0.4; zero-shot 0.8; scratch
  // and full 1.28 + 1.2
  double one = 2.2 + 2 * 3.78 + 2 * 0.42 + 2 * 0.82 + 4 * 2.5;
  ck_assert_double_eq_tol(left(&p, 1, NULL), one, 1e-9);
  // source, zero-shot, and only then full, however many may run
  ck_assert_double_eq_tol(left(&p, 50, NULL), 2.2 + 0.82 + 2.5, 1e-9);
  double two = left(&p, 2, NULL);
  ck_assert(two >= one / 2 && two < 0.65 * one);
  close_plan(&p);
}
END_TEST

START_TEST(only_what_is_left_counts) {
  plan p;
  open_plan(&p, fixture_study(NULL, NULL, NULL));
  finish(&p, "source.a.-.-.s0", source_timing);
  for (int i = 0; i < p.f.trials.count; i++) p.run.state[i] = CO_TRIAL_DONE;
  ck_assert_double_eq(left(&p, 2, NULL), 0);
  p.run.state[index_of(&p, "random.-.b.-.s0")] = CO_TRIAL_PENDING;
  ck_assert_double_eq_tol(left(&p, 2, NULL), 0.42, 1e-9);
  p.run.state[index_of(&p, "random.a.-.-.s0")] = CO_TRIAL_FAILED;
  p.run.state[index_of(&p, "transfer.-.b.scratch.s0")] = CO_TRIAL_REFUSED;
  ck_assert_double_eq_tol(left(&p, 2, NULL), 0.42, 1e-9);
  close_plan(&p);
}
END_TEST

START_TEST(running_trials_count_with_what_they_lack) {
  plan p;
  open_plan(&p, fixture_study(NULL, NULL, NULL));
  finish(&p, "source.a.-.-.s0", source_timing);
  for (int i = 0; i < p.f.trials.count; i++) p.run.state[i] = CO_TRIAL_DONE;
  int oracle = index_of(&p, "oracle.-.b.scratch.s0");
  int64_t steps[32] = {0};
  p.run.state[oracle] = CO_TRIAL_RUNNING;
  ck_assert_double_eq_tol(left(&p, 1, steps), 3.78, 1e-9);
  steps[oracle] = (256 + 120) / 2;
  ck_assert_double_eq_tol(left(&p, 1, steps), 3.78 / 2, 1e-9);
  steps[oracle] = 100000;
  ck_assert_double_eq(left(&p, 1, steps), 0);
  close_plan(&p);
}
END_TEST

// a target's own trials before those of its source
START_TEST(the_nearest_world_tells) {
  plan p;
  open_plan(&p, fixture_study(NULL, NULL, NULL));
  finish(&p, "source.a.-.-.s0", source_timing);
  finish(&p, "transfer.-.b.scratch.s0",
         "x,train,12.8,9,128,1,1\nx,evaluate,2.4,9,240,0,0\n");  // 100 ms a step, 20 an episode
  for (int i = 0; i < p.f.trials.count; i++) p.run.state[i] = CO_TRIAL_DONE;
  p.run.state[index_of(&p, "transfer.a.b.full.s1")] = CO_TRIAL_PENDING;
  ck_assert_double_eq_tol(left(&p, 1, NULL), 0.02 + 12.8 + 2.4, 1e-9);
  close_plan(&p);
}
END_TEST

// settings that make other work: what the source took tells nothing
START_TEST(another_network_is_another_pace) {
  plan p;
  open_plan(&p, fixture_study("targets.0.learning={hidden=(16,16);}", NULL, NULL));
  finish(&p, "source.a.-.-.s0", source_timing);
  ck_assert(isnan(left(&p, 1, NULL)));
  close_plan(&p);
}
END_TEST

static const char *const damaged[] = {"",
                                      "\n\n",
                                      "nonsense\n",
                                      "a,train,x,9,128,1,1\n",
                                      "a,train,-1,9,128,1,1\n",
                                      "a,train,1.28,9,0,1,1\n",
                                      "a,train,nan,9,128,1,1\n",
                                      "a,train,1.28,9,128,1,1"};
START_TEST(damaged_timing_tells_nothing) {
  plan p;
  open_plan(&p, fixture_study(NULL, NULL, NULL));
  finish(&p, "source.a.-.-.s0", damaged[_i]);
  ck_assert(isnan(left(&p, 1, NULL)));
  close_plan(&p);
}
END_TEST

START_TEST(a_calibration_tells_what_trials_do_not) {
  plan p;
  open_plan(&p, fixture_study(NULL, NULL, NULL));
  ck_ok(co_forecast_open(&p.run, 1, 1, &p.forecast));
  co_forecast_calibrate(&p.forecast);
  double all = co_forecast_left(&p.forecast, NULL);
  ck_assert(all > 12 * 0.02 && all < 60);
  ck_assert_double_eq_tol(p.forecast.measured[0].episode, 200, 1e-9);  // none ends early
  ck_assert(isnan(p.forecast.measured[1].train_s));  // the target is like its source
  ck_assert(!co_file_exists(fixture_path("trials")));
  close_plan(&p);
}
END_TEST

// 16 million steps before the first update: nothing that a plan should wait for
START_TEST(large_updates_are_guessed) {
  plan p;
  open_plan(&p, fixture_study("learning.horizon=4096", "learning.envs=4096", NULL));
  ck_ok(co_forecast_open(&p.run, 1, 1, &p.forecast));
  co_forecast_calibrate(&p.forecast);
  const co_pace *pace = &p.forecast.measured[0];
  ck_assert_double_eq_tol(pace->train_s, 2 * pace->evaluate_s, 1e-15);
  close_plan(&p);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("forecast");
  TCase *tcase = tcase_create("forecast");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_test(tcase, finished_trials_tell_of_the_others);
  tcase_add_test(tcase, only_what_is_left_counts);
  tcase_add_test(tcase, running_trials_count_with_what_they_lack);
  tcase_add_test(tcase, the_nearest_world_tells);
  tcase_add_test(tcase, another_network_is_another_pace);
  tcase_add_loop_test(tcase, damaged_timing_tells_nothing, 0, sizeof damaged / sizeof *damaged);
  tcase_add_test(tcase, a_calibration_tells_what_trials_do_not);
  tcase_add_test(tcase, large_updates_are_guessed);
  suite_add_tcase(suite, tcase);
  return suite;
}
