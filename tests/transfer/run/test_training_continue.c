// Trainings that are stopped between two updates go on to the same record and policy.

#include "agents/learn/ppo/ppo.h"
#include "core/hash.h"
#include "envs/source/worlds.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/training.h"
#include "transfer/study/strategy.h"

#include <math.h>

enum {
  ENVS = 2,
  HORIZON = 40,
  UPDATE = ENVS * HORIZON,
  UPDATES = 7,
  WARMUP = 32,
  MIDDLE = 1300 /* env steps, with evaluations */
};

static volatile sig_atomic_t stop;
static int64_t stop_at;  // [env steps of training and evaluation]

static void watch(void *context, int64_t env_steps) {
  (void)context;
  if (stop_at && env_steps >= stop_at) stop = 1;
}

// A training of all kinds of rules, or a plain one, in the shifted pendulum.
typedef struct job {
  co_arena arena;
  co_list builtin;
  co_node *strategy_root, *domain_root;
  co_strategy_def own;
  co_strategy strategy;
  co_ppo_def settings;
  co_world_source worlds;
  co_world home;
  double hidden[1];
  co_policy *source;
  char folder[1024];  // for def.folder
  co_training_def def;
} job;

typedef struct result {
  co_record record;
  co_training_cost cost;
  co_policy *policy;
} result;

static const char *const kinds[] = {
    "base = \"full\";",
    "base = \"full\"; rules = ( { tensors = \"critic.*\"; l2sp = 0.1; decay = 0.01; },"
    " { tensors = \"actor.trunk.*\"; from_update = 3; } );",
    "base = \"full_blend\"; rules = ( { tensors = \"reward_norm.*\"; init = \"fresh\"; } );",
    "base = \"new_head\";",
    "base = \"kickstart\";",
    "base = \"last_layers_fresh\"; unfreeze = { every = 2; critic = true; }; rate_decay = 2;",
    "base = \"shrink_perturb\"; redo = { threshold = 0.6; every = 3; }; rules = ( { tensors = "
    "\"*.weight\"; l2init = 0.01; } );",
    // turns non-finite on the way
    "base = \"full\"; rules = ( { tensors = \"actor.*|critic.*\"; rate = 30; decay = 1.0; } );",
};
enum { NUM_KINDS = sizeof kinds / sizeof *kinds, DIVERGES = NUM_KINDS - 1 };

static void read_strategy(job *j, const char *members) {
  char text[512];
  snprintf(text, sizeof text, "strategy = { name = \"x\"; %s };", members);
  ck_ok(co_strategies_builtin(&j->arena, &j->builtin));
  ck_ok(co_tree_parse(text, "t", &j->strategy_root));
  ck_ok(co_schema_read(&co_strategy_schema, co_node_get(j->strategy_root, "strategy"), &j->arena,
                       &j->own));
  ck_ok(co_strategy_resolve(&(co_list){&j->own, 1}, &j->builtin, "x", &j->strategy));
}

static co_training_def plain_def(const job *j) {
  return (co_training_def){.name = "walk",
                           .worlds = &j->worlds,
                           .world = j->home,
                           .algorithm = co_algorithm_find("ppo"),
                           .settings = &j->settings,
                           .seed = 5,
                           .steps = 2 * UPDATE,
                           .evaluations = 4,
                           .episodes = 2,
                           .final_episodes = 2,
                           .build = "test",
                           .stop = &stop,
                           .progress = watch};
}

static result run_well(const co_training_def *def) {
  result r = {0};
  r.record.action_difference = r.record.explained_variance = NAN;
  stop = 0;
  ck_ok(co_training_run(def, &r.record, &r.cost, &r.policy));
  return r;
}

static void free_result(result *r) {
  co_record_free(&r->record);
  co_policy_free(r->policy);
}

static job *make(int kind) {
  job *j = calloc(1, sizeof *j);
  j->worlds = co_worlds(NULL);
  j->home = (co_world){.task = "pendulum"};
  co_schema_defaults(&co_ppo_schema, &j->settings);
  j->hidden[0] = 8;
  j->settings.hidden = (co_floats){j->hidden, 1};
  j->settings.envs = ENVS;
  j->settings.horizon = HORIZON;
  j->settings.epochs = 2;
  j->settings.warmup_steps = WARMUP;
  stop_at = 0;
  co_training_def def = plain_def(j);
  result source = run_well(&def);
  j->source = source.policy;
  source.policy = NULL;
  free_result(&source);
  snprintf(j->folder, sizeof j->folder, "%s", fixture_path("checkpoint"));
  read_strategy(j, kinds[kind]);
  if (kind == DIVERGES) j->settings.rate = 1;
  ck_ok(co_tree_parse("domain = ( { parameter = \"option.gravity\"; scale = 1.5; } );", "t",
                      &j->domain_root));
  j->def = plain_def(j);
  j->def.world.domain = co_node_get(j->domain_root, "domain");
  j->def.home = &j->home;
  j->def.source = j->source;
  j->def.strategy = &j->strategy;
  j->def.steps = UPDATES * UPDATE;
  j->def.in_target = true;
  return j;
}

static void release(job *j) {
  co_policy_free(j->source);
  co_node_free(j->strategy_root);
  co_node_free(j->domain_root);
  co_arena_free(&j->arena);
  free(j);
}

static void check_same(const result *a, const result *b, const char *what) {
  co_buf one = {0}, other = {0};
  ck_ok(co_record_write(&a->record, &one));
  ck_ok(co_record_write(&b->record, &other));
  ck_assert_msg(one.size == other.size && memcmp(one.data, other.data, one.size) == 0, "%s: %s\n%s",
                what, one.data, other.data);
  ck_assert((a->policy == NULL) == (b->policy == NULL));
  if (a->policy) ck_assert_uint_eq(co_policy_hash(a->policy), co_policy_hash(b->policy));
  ck_assert_int_eq(a->cost.train.env_steps, b->cost.train.env_steps);
  ck_assert_int_eq(a->cost.train.gradient_steps, b->cost.train.gradient_steps);
  ck_assert_int_eq(a->cost.evaluate.env_steps, b->cost.evaluate.env_steps);
  ck_assert(a->cost.train.flop == b->cost.train.flop);
  co_buf_free(&one);
  co_buf_free(&other);
}

// Runs until `steps` env steps were made; whether it was stopped before its end.
static bool run_until(const co_training_def *def, int64_t steps) {
  result r = {0};
  r.record.action_difference = r.record.explained_variance = NAN;
  stop = 0;
  stop_at = steps;
  co_status status = co_training_run(def, &r.record, &r.cost, &r.policy);
  stop_at = 0;
  ck_assert_msg(status == CO_OK || status == CO_INTERRUPTED, "%s", co_error_text());
  ck_assert(status == CO_OK || !r.policy);
  free_result(&r);
  return status == CO_INTERRUPTED;
}

START_TEST(a_stopped_training_goes_on_to_the_same_bytes) {
  job *j = make(_i);
  result want = run_well(&j->def);
  ck_assert_int_eq(*want.record.failed != '\0', _i == DIVERGES);
  j->def.folder = j->folder;
  j->def.checkpoint_s = 1e6;  // only when stopped
  int stops = 0;
  for (int64_t steps = 300; steps < 2400; steps += 100) {
    stops += run_until(&j->def, steps);
    if (stops % 2) continue;  // another one on top
    ck_ok(co_pool_create(1 + stops % 3, &j->def.pool));
    result got = run_well(&j->def);
    check_same(&got, &want, "stopped");
    co_pool_free(j->def.pool);
    j->def.pool = NULL;
    free_result(&got);
    ck_ok(co_dir_remove(j->def.folder));
  }
  ck_assert_int_ge(stops, _i == DIVERGES ? 1 : 4);
  free_result(&want);
  release(j);
}
END_TEST

START_TEST(checkpoints_on_the_way_change_nothing) {
  job *j = make(1);
  result want = run_well(&j->def);
  j->def.folder = j->folder;
  result got = run_well(&j->def);  // one after every update
  check_same(&got, &want, "with checkpoints");
  ck_assert(co_file_exists(fixture_path("checkpoint/checkpoint.0")));
  ck_assert(co_file_exists(fixture_path("checkpoint/checkpoint.1")));
  free_result(&got);
  got = run_well(&j->def);  // from the last update: the final evaluations only
  check_same(&got, &want, "at the end");
  free_result(&got);
  free_result(&want);
  release(j);
}
END_TEST

// Writes the checkpoint of a slot again, whole, without one of its entries.
static void leave_out(int slot, const char *name) {
  const char *path = fixture_path(slot ? "checkpoint/checkpoint.1" : "checkpoint/checkpoint.0");
  co_buf bytes, out = {0};
  co_pack pack;
  ck_ok(co_file_read(path, 0, &bytes));
  ck_ok(co_pack_parse(bytes.data, bytes.size, path, &pack));
  ck_assert_msg(co_pack_has(&pack, name), "%s", name);
  co_pack_begin(&out);
  for (int i = 0; i < pack.count; i++)
    if (strcmp(pack.entry[i].name, name) != 0)
      co_pack_add(&out, pack.entry[i].name, pack.entry[i].bytes, pack.entry[i].size);
  co_pack_end(&out);
  ck_ok(co_file_write(path, out.data, out.size));
  co_pack_free(&pack);
  co_buf_free(&bytes);
  co_buf_free(&out);
}

// A pack that is whole, but whose state the learner or the training does not take, is left out;
// what it has put into the policy by then is taken back.
static const char *const entries[] = {
    "updates", "record", "cost.train.flop", "algorithm", "ppo.shuffle", "collector.obs", "env"};
START_TEST(what_cannot_be_restored_is_left_out) {
  job *j = make(1);
  result want = run_well(&j->def);
  j->def.folder = j->folder;
  for (int damaged = 1; damaged <= 3; damaged++) {  // one, the other, both
    ck_assert(run_until(&j->def, MIDDLE));
    if (damaged & 1) leave_out(0, entries[_i]);
    if (damaged & 2) leave_out(1, entries[_i]);
    result got = run_well(&j->def);
    check_same(&got, &want, entries[_i]);
    free_result(&got);
    ck_ok(co_dir_remove(j->def.folder));
  }
  free_result(&want);
  release(j);
}
END_TEST

// What the identity is made of: a change of any makes the training start from the beginning.
typedef enum change {
  SEED,
  STEPS,
  EPISODES,
  RATE,
  DOMAIN,
  STRATEGY,
  SOURCE,
  BUILD,
  LIBC,
  SAME
} change;

static void apply(job *j, change how) {
  if (how == SEED) j->def.seed++;
  if (how == STEPS) j->def.steps += UPDATE;
  if (how == EPISODES) j->def.episodes++;
  if (how == RATE) j->settings.rate *= 2;
  if (how == DOMAIN) j->def.world.domain = NULL;
  if (how == STRATEGY) j->strategy.train = "critic.*";
  if (how == SOURCE) ((float *)j->source->tensor[0].data)[0] += 1;
  if (how == BUILD) j->def.build = "other";
  if (how == LIBC) j->def.libc = "other";
}

START_TEST(another_training_does_not_go_on) {
  job *j = make(0);
  j->def.folder = j->folder;
  ck_assert(run_until(&j->def, MIDDLE));
  apply(j, (change)_i);
  stop = 1;  // before its first update, when there is nothing to go on from
  result r = {0};
  ck_assert_int_eq(co_training_run(&j->def, &r.record, &r.cost, &r.policy), CO_INTERRUPTED);
  const char *says = _i == SAME ? "interrupted at step " : "interrupted before there was anything";
  ck_assert_msg(strstr(co_error_text(), says) != NULL, "%s", co_error_text());
  ck_assert_int_eq(co_file_exists(fixture_path("checkpoint/checkpoint.0")), _i == SAME);
  free_result(&r);
  release(j);
}
END_TEST

START_TEST(without_a_folder_a_stop_keeps_nothing) {
  job *j = make(0);
  ck_assert(run_until(&j->def, MIDDLE));
  ck_assert_ptr_nonnull(strstr(co_error_text(), "interrupted"));
  ck_assert_ptr_null(strstr(co_error_text(), "goes on"));
  j->def.steps = 0;
  ck_assert(run_until(&j->def, 1));
  release(j);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("training that continues");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, fixture_setup, fixture_teardown);
  tcase_set_timeout(all, 60);
  tcase_add_loop_test(all, a_stopped_training_goes_on_to_the_same_bytes, 0, NUM_KINDS);
  tcase_add_test(all, checkpoints_on_the_way_change_nothing);
  tcase_add_loop_test(all, what_cannot_be_restored_is_left_out, 0,
                      sizeof entries / sizeof *entries);
  tcase_add_loop_test(all, another_training_does_not_go_on, 0, SAME + 1);
  tcase_add_test(all, without_a_folder_a_stop_keeps_nothing);
  suite_add_tcase(suite, all);
  return suite;
}
