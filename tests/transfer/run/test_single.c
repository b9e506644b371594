// One training of its own: what it reads, what it leaves beside its policy's file, and what it
// leaves alone.

#include "core/log.h"
#include "tests/support/pendulum_env.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/single.h"

#include <math.h>

static const char *const edits[] = {"learning.envs=2", "learning.horizon=32",
                                    "learning.hidden=(8, 6)", "horizon=60"};
static co_world_source worlds;
static co_single_def def;
static char told[512];

static void keep_log(void *context, co_log_level level, const char *line) {
  (void)context;
  if (level == CO_LOG_WARNING) snprintf(told, sizeof told, "%s", line);
}

static void begin(void) {
  fixture_setup();
  worlds = co_worlds(NULL);
  def = (co_single_def){.worlds = &worlds,
                        .task = "pendulum",
                        .set = edits,
                        .num_set = 4,
                        .seed = 3,
                        .steps = 192,
                        .evaluations = 2,
                        .final_episodes = 2};
  told[0] = '\0';
  co_log_set(keep_log, NULL);
}

// Opens and runs; the policy's hash.
static uint64_t run(const char *path) {
  co_single single;
  ck_ok(co_single_open(&def, &single));
  single.training.build = single.training.libc = "test";
  ck_ok(co_single_run(&single, path));
  uint64_t hash = co_policy_hash(single.policy);
  co_single_free(&single);
  return hash;
}

static bool is_there(const char *name, const char *ending) {
  char path[1200];
  snprintf(path, sizeof path, "%s%s", fixture_path(name), ending);
  return co_file_exists(path) || co_dir_exists(path);
}

START_TEST(test_fresh) {
  co_single single;
  ck_ok(co_single_open(&def, &single));
  ck_assert_str_eq(single.training.algorithm->name, "ppo");
  ck_assert_int_eq(single.training.world.num_set, 1);
  ck_assert_str_eq(single.training.world.set[0], "horizon=60");
  ck_assert(!single.training.strategy && !single.training.home && !single.training.in_target);
  single.training.build = single.training.libc = "test";
  ck_ok(co_single_run(&single, fixture_path("p.safetensors")));
  ck_assert_int_eq(single.record.env_steps, 192);
  ck_assert_int_eq(single.policy->net.def.hidden[1], 6);
  ck_assert(isnan(single.record.action_difference));
  co_policy *written;
  ck_ok(co_policy_load(fixture_path("p.safetensors"), &written));
  ck_assert_uint_eq(co_policy_hash(written), co_policy_hash(single.policy));
  co_policy_free(written);
  co_single_free(&single);
  ck_assert(!is_there("p.safetensors", ".checkpoint"));
  ck_assert(is_there("p.safetensors", ".log/log.jsonl"));
}
END_TEST

START_TEST(test_from_a_policy) {
  static const char *const more[] = {"learning.envs=2", "learning.horizon=32", "horizon=60"};
  run(fixture_path("p.safetensors"));
  co_policy *source;
  co_single single;
  ck_ok(co_policy_load(fixture_path("p.safetensors"), &source));
  def.source = source;
  def.source_path = fixture_path("p.safetensors");
  def.set = more;
  def.num_set = 3;
  ck_ok(co_single_open(&def, &single));
  ck_assert_str_eq(single.strategy.name, "full");
  ck_assert_ptr_eq(single.training.home, &single.home);
  ck_assert_str_eq(single.home.task, "pendulum");
  single.training.build = single.training.libc = "test";
  ck_ok(co_single_run(&single, fixture_path("p.safetensors")));
  ck_assert_ptr_nonnull(strstr(told, "will be replaced"));
  ck_assert_int_eq(single.policy->net.def.hidden[1], 6);  // the source's own network
  ck_assert_str_eq(single.record.tensor[0].status, "copied");
  ck_assert(single.record.action_difference == 0);
  co_single_free(&single);
  // a strategy as text, and one that trains nothing
  def.strategy = "{ base = \"full\"; train = \"*bias\"; }";
  ck_ok(co_single_open(&def, &single));
  ck_assert_str_eq(single.strategy.name, "given");
  ck_assert_int_eq(single.training.steps, 192);
  co_single_free(&single);
  // one that names its algorithm goes on with that one
  def.strategy = "{ base = \"full\"; algorithm = \"sac\"; }";
  ck_ok(co_single_open(&def, &single));
  ck_assert_str_eq(single.training.algorithm->name, "sac");
  co_single_free(&single);
  def.algorithm = "ppo";
  ck_fails(co_single_open(&def, &single), CO_USAGE,
           "--algorithm: ppo, and strategy \"given\" trains with sac");
  // steps in the source's world are of an algorithm that takes them
  def.algorithm = NULL;
  def.strategy = "cotrain";
  ck_fails(co_single_open(&def, &single), CO_USAGE,
           "--strategy: source_env: ppo takes no steps in a source's world, as sac does");
  def.strategy = "zero_shot";
  ck_ok(co_single_open(&def, &single));
  ck_assert_int_eq(single.training.steps, 0);
  co_single_free(&single);
  co_policy_free(source);
}
END_TEST

START_TEST(test_what_is_wrong_before) {
  co_single single;
  def.algorithm = "ddpg";
  ck_fails(co_single_open(&def, &single), CO_USAGE, "unknown algorithm \"ddpg\"");
  def.algorithm = NULL;
  const char *wrong = "learning.rat=1";
  def.set = &wrong;
  def.num_set = 1;
  ck_fails(co_single_open(&def, &single), CO_CONFIG, "did you mean \"rate\"");
  def.set = edits;
  def.num_set = 4;
  ck_ok(co_single_open(&def, &single));
  ck_fails(co_single_run(&single, fixture_folder), CO_CREATE, "it is a folder");
  ck_fails(co_single_run(&single, fixture_path("none/p.safetensors")), CO_CREATE, "is no folder");
  const volatile sig_atomic_t stop = 1;
  single.training.stop = &stop;
  ck_fails(co_single_run(&single, fixture_path("p.safetensors")), CO_INTERRUPTED,
           "before anything was begun");
  ck_assert(!is_there("p.safetensors", ".checkpoint"));
  single.training.stop = NULL;
  // another one trains into it
  co_lock lock;
  ck_ok(co_dir_create(fixture_path("p.safetensors.checkpoint")));
  ck_ok(co_lock_take(fixture_path("p.safetensors.checkpoint/lock"), &lock));
  ck_fails(co_single_run(&single, fixture_path("p.safetensors")), CO_CREATE, "in use");
  co_lock_release(&lock);
  ck_assert(!is_there("p.safetensors", "") && is_there("p.safetensors", ".checkpoint"));
  co_single_free(&single);
}
END_TEST

typedef struct stopper {
  volatile sig_atomic_t stop;
} stopper;

// 5 episodes of 60 steps before the first of three updates of 64
static void stop_it(void *context, int64_t env_steps) {
  stopper *it = context;
  if (env_steps >= 420) it->stop = 1;
}

// An interrupted training leaves what it goes on from, and no policy; gone on with, it is the same.
START_TEST(test_interrupted) {
  stopper it = {0};
  co_single single;
  uint64_t whole = run(fixture_path("whole.safetensors"));
  ck_ok(co_single_open(&def, &single));
  single.training.build = single.training.libc = "test";
  single.training.stop = &it.stop;
  single.training.progress = stop_it;
  single.training.progress_context = &it;
  ck_assert_int_eq(co_single_run(&single, fixture_path("p.safetensors")), CO_INTERRUPTED);
  ck_assert(!is_there("p.safetensors", "") && is_there("p.safetensors", ".checkpoint"));
  co_single_free(&single);
  ck_assert_uint_eq(run(fixture_path("p.safetensors")), whole);
  ck_assert(!is_there("p.safetensors", ".checkpoint"));
}
END_TEST

// Pendulums whose first row is faulty in the final evaluation.
static co_status create_faulty(void *context, const co_world *world, int rows,
                               const co_stream *stream, co_env **out) {
  (void)context, (void)world;
  pendulum_env *env = pendulum_create(rows, stream);
  if (stream->purpose == CO_PURPOSE_EVAL_FINAL) env->fault_row = 0;
  *out = &env->base;
  return CO_OK;
}

// A training that failed has no result: what was there stays, and there is nothing to go on from.
START_TEST(test_failed) {
  co_single single;
  fixture_write("p.safetensors", "an older one");
  worlds.describe = pendulum_describe;
  worlds.create = create_faulty;
  def.final_episodes = 1;
  ck_ok(co_single_open(&def, &single));
  single.training.build = single.training.libc = "test";
  ck_fails(co_single_run(&single, fixture_path("p.safetensors")), CO_DIVERGED, "final episodes");
  co_single_free(&single);
  ck_assert(!is_there("p.safetensors", ".checkpoint"));
  co_buf text = {0};
  ck_ok(co_file_read(fixture_path("p.safetensors"), 0, &text));
  ck_assert_str_eq(text.data, "an older one");
  co_buf_free(&text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("single");
  TCase *tcase = tcase_create("single");
  tcase_add_checked_fixture(tcase, begin, fixture_teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_fresh);
  tcase_add_test(tcase, test_from_a_policy);
  tcase_add_test(tcase, test_what_is_wrong_before);
  tcase_add_test(tcase, test_interrupted);
  tcase_add_test(tcase, test_failed);
  suite_add_tcase(suite, tcase);
  return suite;
}
