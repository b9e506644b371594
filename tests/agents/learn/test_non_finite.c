// Every learner: what is not finite ends a training before anything acts with it, and faulty rows
// leave their last states.

#include "agents/learn/algorithm.h"
#include "core/file.h"
#include "core/json.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <unistd.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_stream stream = {8, 3, CO_PURPOSE_INIT};
static char folder[512];

// a small learner of each kind: edits of its defaults
static const struct {
  const char *name;
  const char *edit[8];
} kinds[] = {
    {"ppo",
     {"envs=4", "horizon=64", "hidden=(8, 8)", "epochs=2", "warmup_steps=40",
      "normalize_reward=false"}},
    {"sac",
     {"envs=4", "horizon=64", "hidden=(8, 8)", "batch=32", "random_steps=20", "start_steps=40",
      "replay=2000"}},
};
enum { NUM_KINDS = sizeof kinds / sizeof *kinds };

typedef struct fixture {
  const co_algorithm *algorithm;
  co_arena arena;
  pendulum_env *env;
  co_policy *policy;
  co_learner *learner;
} fixture;

static void *read_settings(fixture *f, int kind) {
  void *settings = co_arena_alloc(&f->arena, 1, f->algorithm->schema->size);
  co_node *tree = co_node_new(CO_NODE_GROUP, NULL, "test", 0);
  for (int i = 0; kinds[kind].edit[i]; i++) ck_ok(co_tree_set(tree, kinds[kind].edit[i]));
  ck_ok(co_schema_read(f->algorithm->schema, tree, &f->arena, settings));
  co_node_free(tree);
  return settings;
}

static fixture make(int kind) {
  fixture f = {.algorithm = co_algorithm_find(kinds[kind].name)};
  void *settings = read_settings(&f, kind);
  co_network_def net;
  f.env = pendulum_create(4, &stream);
  f.algorithm->network(settings, PENDULUM_OBS, 1, &net);
  ck_ok(co_policy_create(&net, &f.env->info, f.algorithm->name, &stream, &f.policy));
  co_learner_def def = {.settings = settings,
                        .policy = f.policy,
                        .env = {&f.env->base},
                        .stream = stream,
                        .total_steps = 4000,
                        .faults = folder};
  ck_ok(f.algorithm->create(&def, &f.learner));
  return f;
}

static void release(fixture *f) {
  f->algorithm->destroy(f->learner);
  co_policy_free(f->policy);
  co_env_destroy(&f->env->base);
  co_arena_free(&f->arena);
}

static co_status learn(fixture *f) {
  CO_TRY(f->algorithm->collect(f->learner));
  return f->algorithm->update(f->learner);
}

static double *reward_mean(fixture *f) {
  int at = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "reward_norm.mean");
  return f->policy->tensor[at].data;
}

// a tensor that no loss reads, so that only the look at all of them can find it
START_TEST(test_tensors) {
  fixture f = make(_i);
  ck_ok(learn(&f));
  ck_ok(learn(&f));
  *reward_mean(&f) = INFINITY;
  ck_assert_int_eq(learn(&f), CO_DIVERGED);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "non-finite reward_norm.mean"));
  release(&f);
}
END_TEST

START_TEST(test_weights) {
  fixture f = make(_i);
  ck_ok(learn(&f));
  ((float *)f.policy->tensor[0].data)[0] = NAN;
  ck_assert_int_eq(learn(&f), CO_DIVERGED);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "non-finite"));
  release(&f);
}
END_TEST

START_TEST(test_policy_check) {
  fixture f = make(_i);
  ck_ok(co_policy_check_finite(f.policy));
  ((float *)f.policy->tensor[1].data)[0] = NAN;
  ck_assert_int_eq(co_policy_check_finite(f.policy), CO_DIVERGED);
  ck_assert_ptr_nonnull(strstr(co_error_text(), f.policy->tensor[1].name));
  release(&f);
}
END_TEST

// One faulty row: dumps until there are too many faults, and figures that count them.
START_TEST(test_faults) {
  fixture f = make(_i);
  co_learner_stats stats;
  co_status status = CO_OK;
  f.env->fault_row = 2;
  f.env->fault_step = 30;
  for (int i = 0; i < 20 && status == CO_OK; i++) status = learn(&f);
  ck_assert_int_eq(status, CO_DIVERGED);
  ck_assert_ptr_nonnull(
      strstr(co_error_text(), "episodes ended in a non-finite or diverged state"));
  f.algorithm->stats(f.learner, &stats);
  ck_assert_int_ge(stats.faults, 5);
  for (int i = 0; i < 2; i++) {
    char path[600];
    co_json *dump;
    snprintf(path, sizeof path, "%s/%03d.json", folder, i);
    ck_ok(co_json_read(path, &dump));
    ck_assert_int_eq(co_json_get_int(dump, "row", -1), 2);
    ck_assert_int_eq(co_json_get_int(dump, "step", -1), 30);
    int64_t first = co_json_get_int(dump, "first", -1);  // the memory begins anew after a dump
    ck_assert(i == 0 ? first == 0 : first >= 0 && first < 30);
    ck_assert_int_eq((int64_t)co_json_count(co_json_get(dump, "data")), 30 - first);
    co_json_free(dump);
  }
  release(&f);
}
END_TEST

// Undefined figures are no numbers: a zero would be drawn as a curve.
START_TEST(test_figures_of_others) {
  fixture f = make(_i);
  co_learner_stats stats;
  ck_ok(learn(&f));
  f.algorithm->stats(f.learner, &stats);
  bool ppo = f.algorithm == co_algorithm_find("ppo");
  ck_assert(isnan(stats.alpha) == ppo && isnan(stats.mean_value) == ppo);
  ck_assert(isnan(stats.approx_kl) != ppo && isnan(stats.clip_fraction) != ppo);
  ck_assert(isnan(stats.explained_variance) != ppo);
  ck_assert(isfinite(stats.entropy) && isfinite(stats.rate) && isfinite(stats.wall_s));
  release(&f);
}
END_TEST

static void setup(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(folder, sizeof folder, "%s/scratch/non_finite.%d", build ? build : ".", (int)getpid());
  ck_ok(co_dir_remove(folder));
}

static void teardown(void) {
  co_dir_remove(folder);
}

Suite *test_suite(void) {
  Suite *suite = suite_create("non_finite");
  TCase *tc = tcase_create("learners");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, test_tensors, 0, NUM_KINDS);
  tcase_add_loop_test(tc, test_weights, 0, NUM_KINDS);
  tcase_add_loop_test(tc, test_policy_check, 0, NUM_KINDS);
  tcase_add_loop_test(tc, test_faults, 0, NUM_KINDS);
  tcase_add_loop_test(tc, test_figures_of_others, 0, NUM_KINDS);
  suite_add_tcase(suite, tc);
  return suite;
}
