// A policy against its own recording: the memory goes along, episodes begin anew, gaps are passed
// over, bounds are kept, and what differs is found where it is.

#include "tests/support/acting.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"
#include "transfer/import/verify.h"

#include <math.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { STEPS = 12, SECOND = 7 };  // where the second episode begins

static const co_memory_def memories[] = {{0}, {CO_LSTM, 5}, {CO_GRU, 6}};

typedef struct fixture {
  co_policy *policy;
  co_rollout rollout;
  double obs[STEPS * LINE_OBS], action[STEPS * LINE_ACTION];
  bool has_obs[STEPS], begins[STEPS];
} fixture;

// What the policy does on random observations, in two episodes.
static void record(fixture *f, co_memory_def memory) {
  f->policy = small_policy_with(memory, 3);
  f->rollout = (co_rollout){.steps = STEPS,
                            .episodes = 2,
                            .obs_dim = LINE_OBS,
                            .act_dim = LINE_ACTION,
                            .obs = f->obs,
                            .has_obs = f->has_obs,
                            .action = f->action,
                            .begins = f->begins};
  co_rng rng = co_rng_make(&(co_stream){5, 1, CO_PURPOSE_TEST}, 0);
  acting row = acting_begin(f->policy, 1);
  for (int step = 0; step < STEPS; step++) {
    float obs[LINE_OBS], action[LINE_ACTION];
    f->has_obs[step] = true;
    f->begins[step] = step == 0 || step == SECOND;
    if (f->begins[step]) co_actor_begin(&row.actor, 1, row.state);
    for (int i = 0; i < LINE_OBS; i++) {
      obs[i] = (float)co_rng_normal(&rng);
      f->obs[step * LINE_OBS + i] = (double)obs[i];
    }
    co_actor_act(&row.actor, obs, 1, row.state, &row.at, action);
    for (int i = 0; i < LINE_ACTION; i++) f->action[step * LINE_ACTION + i] = (double)action[i];
  }
  acting_end(&row);
}

static co_verify verify(const fixture *f) {
  co_verify found;
  ck_ok(co_verify_network(f->policy, &f->rollout, "log", &found));
  return found;
}

START_TEST(test_agrees) {
  fixture f;
  record(&f, memories[_i]);
  co_verify found = verify(&f);
  ck_assert_int_eq(found.steps, STEPS);
  ck_assert_double_eq(found.max_abs, 0);
  co_verify_free(&found);
  co_policy_free(f.policy);
}
END_TEST

START_TEST(test_differs) {
  fixture f;
  record(&f, memories[_i]);
  f.action[4 * LINE_ACTION] -= copysign(0.25, f.action[4 * LINE_ACTION]);
  co_verify found = verify(&f);
  ck_assert_double_eq_tol(found.max_abs, 0.25, 1e-6);
  ck_assert_int_eq(found.worst, 0);
  ck_assert_int_eq(found.action[0].at_step, 4);
  ck_assert_double_eq(found.action[0].recorded, f.action[4 * LINE_ACTION]);
  co_verify_free(&found);
  co_policy_free(f.policy);
}
END_TEST

// An episode that is not begun is seen where there is a memory, and only there.
START_TEST(test_memory) {
  fixture f;
  record(&f, memories[_i]);
  f.begins[SECOND] = false;
  co_verify found = verify(&f);
  ck_assert(memories[_i].width ? found.max_abs > 1e-4 : found.max_abs == 0);
  if (memories[_i].width) {
    bool late = true;
    for (int i = 0; i < LINE_ACTION; i++)
      late = late && (found.action[i].max_abs == 0 || found.action[i].at_step >= SECOND);
    ck_assert(late);
  }
  co_verify_free(&found);
  co_policy_free(f.policy);
}
END_TEST

// Behind an observation that was left out a memory is not what it was, until the next episode.
START_TEST(test_gap) {
  fixture f;
  record(&f, memories[_i]);
  f.has_obs[3] = false;
  co_verify found = verify(&f);
  ck_assert_int_eq(found.steps, memories[_i].width ? STEPS - (SECOND - 3) : STEPS - 1);
  ck_assert_double_eq(found.max_abs, 0);
  co_verify_free(&found);
  co_policy_free(f.policy);
}
END_TEST

// Actions recorded before a clip are compared at the bound.
START_TEST(test_bounds) {
  fixture f;
  record(&f, memories[0]);
  co_output_map *map = &f.policy->output[0];
  map->low = -0.01f, map->high = 0.01f;
  co_verify found = verify(&f);
  ck_assert_double_le(found.max_abs, 1e-9);
  co_verify_free(&found);
  co_policy_free(f.policy);
}
END_TEST

START_TEST(test_sizes) {
  fixture f;
  co_verify found;
  record(&f, memories[0]);
  f.rollout.obs_dim--;
  ck_assert_int_eq(co_verify_network(f.policy, &f.rollout, "log", &found), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "log: obs[0]: has"));
  f.rollout.obs_dim++, f.rollout.act_dim++;
  ck_assert_int_eq(co_verify_network(f.policy, &f.rollout, "log", &found), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "log: action[0]: has"));
  co_policy_free(f.policy);
}
END_TEST

Suite *test_suite(void) {
  enum { MEMORIES = sizeof memories / sizeof *memories };
  Suite *suite = suite_create("verify");
  TCase *tests = tcase_create("verify");
  tcase_add_loop_test(tests, test_agrees, 0, MEMORIES);
  tcase_add_loop_test(tests, test_differs, 0, MEMORIES);
  tcase_add_loop_test(tests, test_memory, 0, MEMORIES);
  tcase_add_loop_test(tests, test_gap, 0, MEMORIES);
  tcase_add_test(tests, test_bounds);
  tcase_add_test(tests, test_sizes);
  suite_add_tcase(suite, tests);
  return suite;
}
