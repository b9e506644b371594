// Trainings that step their source's world beside the target, from start to finish.

#include "agents/learn/sac/sac.h"
#include "envs/source/worlds.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/training.h"
#include "transfer/study/strategy.h"

#include <math.h>

enum { HORIZON = 50, UPDATES = 8 };

static volatile sig_atomic_t stop;
static int64_t stop_at;  // [env steps of training and evaluation]

static void watch(void *context, int64_t env_steps) {
  (void)context;
  if (stop_at && env_steps >= stop_at) stop = 1;
}

typedef struct result {
  co_record record;
  co_training_cost cost;
  co_policy *policy;
} result;

static void free_result(result *r) {
  co_record_free(&r->record);
  co_policy_free(r->policy);
}

static co_arena arena;
static co_world_source worlds;
static co_world home = {.task = "pendulum"};
static co_sac_def settings;
static double hidden[2] = {8, 8};
static co_node *strategy_root, *domain_root;
static co_strategy strategy;
static co_training_def def;
static co_policy *source;

static void read_strategy(const char *members) {
  char text[512];
  co_list builtin;
  co_strategy_def *own = co_arena_alloc(&arena, 1, sizeof *own);
  snprintf(text, sizeof text, "strategy = { name = \"x\"; %s };", members);
  co_node_free(strategy_root);
  ck_ok(co_strategies_builtin(&arena, &builtin));
  ck_ok(co_tree_parse(text, "t", &strategy_root));
  ck_ok(co_schema_read(&co_strategy_schema, co_node_get(strategy_root, "strategy"), &arena, own));
  ck_ok(co_strategy_resolve(&(co_list){own, 1}, &builtin, "x", &strategy));
}

static result train_well(void) {
  result r = {0};
  r.record.action_difference = r.record.explained_variance = NAN;
  stop = 0;
  ck_ok(co_training_run(&def, &r.record, &r.cost, &r.policy));
  return r;
}

static result train(const char *members) {
  read_strategy(members);
  return train_well();
}

static void begin(void) {
  fixture_setup();
  worlds = co_worlds(NULL);
  co_schema_defaults(&co_sac_schema, &settings);
  settings.hidden = (co_floats){hidden, 2};
  settings.horizon = HORIZON;
  settings.batch = 32;
  stop_at = 0;
  def = (co_training_def){.name = "walk",
                          .worlds = &worlds,
                          .world = home,
                          .algorithm = &co_sac,
                          .settings = &settings,
                          .seed = 5,
                          .steps = 4 * HORIZON,
                          .evaluations = 3,
                          .episodes = 2,
                          .final_episodes = 2,
                          .build = "test",
                          .stop = &stop,
                          .progress = watch};
  result made = train_well();
  source = made.policy;
  made.policy = NULL;
  free_result(&made);
  ck_ok(co_tree_parse("domain = ( { parameter = \"option.gravity\"; scale = 1.5; } );", "t",
                      &domain_root));
  def.world.domain = co_node_get(domain_root, "domain");
  def.home = &home;
  def.source = source;
  def.strategy = &strategy;
  def.steps = UPDATES * HORIZON;
  def.in_target = true;
}

static void end(void) {
  co_policy_free(source);
  co_node_free(domain_root);
  co_node_free(strategy_root);
  strategy_root = NULL;
  co_arena_free(&arena);
  fixture_teardown();
}

#define SOURCE_ENV(steps, share) \
  "base = \"full\"; source_env = { steps_per_step = " steps "; share = " share "; };"

// The env steps that say how far a training is are those of the target.
START_TEST(steps_are_the_targets) {
  result full = train("base = \"full\";"), both = train(SOURCE_ENV("3", "0.5"));
  ck_assert_int_eq(both.record.env_steps, UPDATES * HORIZON);
  ck_assert_int_eq(both.record.source_env_steps, 3 * UPDATES * HORIZON);
  ck_assert_int_eq(both.record.source_episodes, 6);  // of 200 steps
  ck_assert_int_eq(full.record.source_env_steps, 0);
  ck_assert_int_eq(both.cost.train.env_steps, full.cost.train.env_steps);
  ck_assert_int_eq(both.cost.train.gradient_steps, full.cost.train.gradient_steps);
  ck_assert(both.cost.train.flop > full.cost.train.flop);
  ck_assert_int_eq(both.record.num_points, full.record.num_points);
  for (int i = 0; i < full.record.num_points; i++)
    ck_assert_int_eq(both.record.point[i].step, full.record.point[i].step);
  ck_assert_double_eq(both.record.action_difference, 0);
  ck_assert_double_eq(both.record.point[0].eval.mean, full.record.point[0].eval.mean);
  ck_assert_int_eq(both.policy->contract.steps, UPDATES * HORIZON);
  ck_assert_uint_ne(co_policy_hash(both.policy), co_policy_hash(full.policy));
  free_result(&full);
  free_result(&both);
}
END_TEST

START_TEST(a_share_of_none_is_fine_tuning) {
  result full = train("base = \"full\";"), none = train(SOURCE_ENV("2", "0"));
  ck_assert_uint_eq(co_policy_hash(none.policy), co_policy_hash(full.policy));
  ck_assert_int_eq(none.record.source_env_steps, 2 * UPDATES * HORIZON);
  free_result(&full);
  free_result(&none);
}
END_TEST

// Source and target may be one world; and nothing has to be copied.
START_TEST(worlds_may_be_the_same) {
  def.world.domain = NULL;
  result both = train("base = \"cotrain\";");
  ck_assert_int_eq(both.record.source_env_steps, UPDATES * HORIZON);
  def.source = NULL;
  result fresh = train("base = \"cotrain\"; copy = \"\";");
  ck_assert_int_eq(fresh.record.source_env_steps, UPDATES * HORIZON);
  ck_assert_uint_ne(co_policy_hash(both.policy), co_policy_hash(fresh.policy));
  free_result(&both);
  free_result(&fresh);
}
END_TEST

START_TEST(the_source_has_the_targets_elements) {
  const co_world other = {.task = "inverted_pendulum"};
  result r = {0};
  read_strategy("base = \"cotrain\"; copy = \"\";");
  def.source = NULL;
  def.home = &other;
  ck_fails(co_training_run(&def, &r.record, &r.cost, &r.policy), CO_CONFIG,
           "source_env: policy expects 3 observations");
  free_result(&r);
}
END_TEST

static void check_same(const result *a, const result *b) {
  co_buf one = {0}, other = {0};
  ck_ok(co_record_write(&a->record, &one));
  ck_ok(co_record_write(&b->record, &other));
  ck_assert_str_eq(one.data, other.data);
  ck_assert_uint_eq(co_policy_hash(a->policy), co_policy_hash(b->policy));
  ck_assert(a->cost.train.flop == b->cost.train.flop);
  co_buf_free(&one);
  co_buf_free(&other);
}

// On other numbers of threads, too.
START_TEST(a_stopped_one_goes_on_to_the_same_bytes) {
  result want = train(SOURCE_ENV("2", "0.25"));
  def.folder = fixture_path("checkpoint");
  def.checkpoint_s = 1e6;  // only when stopped
  int stops = 0;
  for (int64_t steps = 450; steps < 1700; steps += 150) {
    result r = {0};
    stop = 0;
    stop_at = steps;
    stops += co_training_run(&def, &r.record, &r.cost, &r.policy) == CO_INTERRUPTED;
    stop_at = 0;
    free_result(&r);
    ck_ok(co_pool_create(1 + stops % 3, &def.pool));
    result got = train_well();
    check_same(&got, &want);
    co_pool_free(def.pool);
    def.pool = NULL;
    free_result(&got);
    ck_ok(co_dir_remove(def.folder));
  }
  ck_assert_int_ge(stops, 4);
  free_result(&want);
}
END_TEST

static int count_lines(const char *text, const char *needle) {
  int count = 0;
  for (const char *at = text; (at = strstr(at, needle)); at++) count++;
  return count;
}

START_TEST(logs_have_columns_of_it) {
  for (int both = 0; both < 2; both++) {
    def.logs = fixture_path("logs");
    result r = train(both ? SOURCE_ENV("1", "0.5") : "base = \"full\";");
    co_buf text;
    ck_ok(co_file_read(fixture_path("logs/log.jsonl"), 0, &text));
    ck_assert_int_eq(count_lines(text.data, "\"source_env_steps\": "), both ? UPDATES : 0);
    ck_assert_int_eq(count_lines(text.data, "\"source_return\": "), both ? UPDATES : 0);
    ck_assert_int_eq(count_lines(text.data, "\"source_env_steps\": 400, \"source_episodes\": 2"),
                     both);
    co_buf_free(&text);
    free_result(&r);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("cotraining");
  TCase *tests = tcase_create("cotraining");
  tcase_add_checked_fixture(tests, begin, end);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, steps_are_the_targets);
  tcase_add_test(tests, a_share_of_none_is_fine_tuning);
  tcase_add_test(tests, worlds_may_be_the_same);
  tcase_add_test(tests, the_source_has_the_targets_elements);
  tcase_add_test(tests, a_stopped_one_goes_on_to_the_same_bytes);
  tcase_add_test(tests, logs_have_columns_of_it);
  suite_add_tcase(suite, tests);
  return suite;
}
