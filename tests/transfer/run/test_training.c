// Evaluations of a training that end in faults: what is a result, and what a failure.

#include "agents/learn/ppo/ppo.h"
#include "tests/support/pendulum_env.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/training.h"

#include <math.h>

// Pendulums whose first row is faulty in the evaluations of one purpose.
static co_status create_pendulum(void *context, const co_world *world, int rows,
                                 const co_stream *stream, co_env **out) {
  (void)world;
  pendulum_env *env = pendulum_create(rows, stream);
  if (stream->purpose == *(co_purpose *)context) env->fault_row = 0;
  *out = &env->base;
  return CO_OK;
}

// An engine that breaks once the training has begun to step.
static co_status break_down(co_env *env, int row0, int rows, const float *action,
                            const co_env_out *out) {
  (void)env, (void)row0, (void)rows, (void)action, (void)out;
  return co_fail(CO_INTERNAL, "the engine broke down");
}

static co_status create_breaking(void *context, const co_world *world, int rows,
                                 const co_stream *stream, co_env **out) {
  static co_env_class breaking;
  CO_TRY(create_pendulum(context, world, rows, stream, out));
  if (stream->purpose != CO_PURPOSE_RESET) return CO_OK;
  breaking = *(*out)->class;
  breaking.step = break_down;
  (*out)->class = &breaking;
  return CO_OK;
}

typedef struct outcome {
  co_record record;
  co_policy *policy;
} outcome;

static co_status try_train(co_purpose faulty, int64_t steps, int64_t final_episodes, bool breaks,
                           outcome *out) {
  static double hidden[] = {8};
  co_ppo_def settings;
  co_schema_defaults(&co_ppo_schema, &settings);
  settings.envs = 2;
  settings.horizon = 32;
  settings.hidden = (co_floats){hidden, 1};
  co_world_source worlds = {
      .describe = pendulum_describe, .create = create_pendulum, .context = &faulty};
  if (breaks) worlds.create = create_breaking;
  co_training_def def = {.name = "test",
                         .worlds = &worlds,
                         .world = {.task = "pendulum"},
                         .algorithm = co_algorithm_find("ppo"),
                         .settings = &settings,
                         .seed = 5,
                         .steps = steps,
                         .evaluations = 2,
                         .episodes = 1,
                         .final_episodes = final_episodes};
  co_training_cost cost = {0};
  *out = (outcome){.record.action_difference = NAN};
  return co_training_run(&def, &out->record, &cost, &out->policy);
}

static outcome train(co_purpose faulty, int64_t steps, int64_t final_episodes) {
  outcome out;
  ck_ok(try_train(faulty, steps, final_episodes, false, &out));
  return out;
}

static void release(outcome *out) {
  co_policy_free(out->policy);
  co_record_free(&out->record);
}

START_TEST(a_trained_policy_without_a_return_has_diverged) {
  outcome out = train(CO_PURPOSE_EVAL_FINAL, 128, 1);
  ck_assert_int_eq(out.record.status, CO_RECORD_DIVERGED);
  ck_assert_str_eq(out.record.failed,
                   "all 1 final episodes ended in a fault: the policy has no return");
  ck_assert_ptr_null(out.policy);
  ck_assert_int_eq(out.record.num_points, 2);  // the curve
  release(&out);
}
END_TEST

START_TEST(some_faults_are_left_out) {
  outcome out = train(CO_PURPOSE_EVAL_FINAL, 128, 3);
  ck_assert_str_eq(out.record.failed, "");
  const co_point *final = &out.record.point[2];
  ck_assert(final->is_final && final->eval.faults == 1 && isfinite(final->eval.mean));
  ck_assert_int_eq(out.policy->contract.expected_episodes, 2);
  release(&out);
}
END_TEST

// Faults of points of the curve, and of what was not trained, are results without a return.
START_TEST(other_faults_are_results) {
  outcome out = train(CO_PURPOSE_EVAL_CURVE, 128, 1);
  ck_assert_str_eq(out.record.failed, "");
  ck_assert(isnan(out.record.point[0].eval.mean) && isfinite(out.record.point[2].eval.mean));
  release(&out);
  out = train(CO_PURPOSE_EVAL_FINAL, 0, 1);
  ck_assert_str_eq(out.record.failed, "");
  ck_assert_double_nan(out.record.point[1].eval.mean);
  ck_assert_int_eq(out.policy->contract.expected_episodes, 0);
  release(&out);
}
END_TEST

START_TEST(an_error_of_the_engine_is_no_result) {
  outcome out;
  ck_fails(try_train(CO_PURPOSE_TEST, 128, 1, true, &out), CO_INTERNAL, "the engine broke down");
  ck_assert_ptr_null(out.policy);
  ck_assert_int_eq(out.record.status, CO_RECORD_DONE);
  ck_assert_str_eq(out.record.failed, "");
  release(&out);
}
END_TEST

// A policy that is given, and ends in faults at home, is refused.
START_TEST(a_given_policy_must_have_a_return) {
  outcome made = train(CO_PURPOSE_TEST, 0, 1);
  for (int faulty = 0; faulty < 2; faulty++) {
    co_purpose purpose = faulty ? CO_PURPOSE_EVAL_FINAL : CO_PURPOSE_TEST;
    co_world_source worlds = {
        .describe = pendulum_describe, .create = create_pendulum, .context = &purpose};
    co_training_def def = {.name = "test",
                           .worlds = &worlds,
                           .world = {.task = "pendulum"},
                           .seed = 5,
                           .episodes = 1,
                           .final_episodes = 1};
    co_training_cost cost = {0};
    co_record record = {0};
    co_status status = co_training_evaluate(&def, made.policy, &record, &cost);
    ck_assert_int_eq(status, faulty ? CO_INTERNAL : CO_OK);
    if (faulty) ck_assert_ptr_nonnull(strstr(co_error_text(), "all 1 final episodes"));
    co_record_free(&record);
  }
  release(&made);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("training");
  TCase *tests = tcase_create("faults");
  tcase_add_test(tests, a_trained_policy_without_a_return_has_diverged);
  tcase_add_test(tests, some_faults_are_left_out);
  tcase_add_test(tests, other_faults_are_results);
  tcase_add_test(tests, an_error_of_the_engine_is_no_result);
  tcase_add_test(tests, a_given_policy_must_have_a_return);
  suite_add_tcase(suite, tests);
  return suite;
}
