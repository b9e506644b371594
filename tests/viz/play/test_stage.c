// A stage plays what `carryover eval` plays, goes back exactly, and what follows has the same bits.

#include "agents/policy/evaluate.h"
#include "core/hash.h"
#include "tests/support/acting.h"
#include "tests/support/leaky_actor.h"
#include "tests/viz/stages.h"

// What a policy has: no state, a toy's, that of a network's memory.
enum { PLAIN, LEAKY, MEMORY };

static const struct stage_case {
  const char *task, *shifts;
  int remembers;
} cases[] = {
    {"hopper", NULL, PLAIN},
    {"pendulum", NULL, PLAIN},
    {"ant", NULL, PLAIN},
    {"quadruped_flat", NULL, PLAIN},  // commands, targets and terms that remember
    {"hopper",
     "{ parameter = \"body.mass\"; select = \"torso\"; scale = { uniform = (0.5, 2.0) }; },"
     "{ parameter = \"action.delay\"; set = 1; }",
     PLAIN},
    {"hopper", NULL, LEAKY},
    {"pendulum", NULL, LEAKY},
    {"ant", NULL, MEMORY},
    {"pendulum", NULL, MEMORY},
};
enum { NUM_CASES = sizeof cases / sizeof *cases, ROOM = 64 << 20 };

static co_stage *stage_of(const struct stage_case *c, co_policy **policy) {
  co_stage *stage = NULL;
  if (!c->remembers) return test_stage(c->task, c->shifts, ROOM, policy);
  co_shared_world *world = test_shared_world(c->task, c->shifts, NULL);
  co_memory_def memory = {CO_LSTM, c->remembers == MEMORY ? 20 : 0};
  *policy = test_policy_with(&co_shared_world_get(world)->info, memory, 5);
  if (c->remembers == LEAKY) (*policy)->acts = &leaky_actor;
  co_stage_def def = {.policy = *policy, .world = world, .seed = 11, .history_bytes = ROOM};
  ck_ok(co_stage_create(&def, &stage));
  co_shared_world_drop(world);
  return stage;
}

static void play_to(co_stage *stage, int64_t step) {
  while (co_stage_now(stage)->step < step && !co_stage_over(stage)) ck_ok(co_stage_step(stage));
}

// xxh3-64 over obs, action, reward of every step, as evaluations form it.
static uint64_t trace_hash(const co_stage *stage) {
  const co_env_info *info = &co_stage_world(stage)->info;
  co_hasher *hasher = co_hasher_create();
  for (int64_t step = 0; step < co_stage_last(stage); step++) {
    const co_instant *at = co_stage_at(stage, step), *next = co_stage_at(stage, step + 1);
    co_hasher_add(hasher, at->obs, (size_t)info->obs_dim * sizeof *at->obs);
    co_hasher_add(hasher, at->action, (size_t)info->act_dim * sizeof *at->action);
    co_hasher_add(hasher, &next->reward, sizeof next->reward);
  }
  uint64_t hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return hash;
}

static co_evaluation evaluate(const struct stage_case *c, const co_policy *policy, int episodes) {
  co_env *env = NULL;
  co_pool *pool = NULL;
  co_evaluation out;
  const co_stream stream = {11, 0, CO_PURPOSE_EVAL_FINAL};
  ck_ok(co_vector_create(test_world(c->task, c->shifts, NULL), episodes, &stream, &env));
  ck_ok(co_pool_create(1, &pool));
  ck_ok(co_evaluate(policy, env, NULL, pool, &out));
  co_pool_free(pool);
  co_env_destroy(env);
  return out;
}

START_TEST(test_episodes_of_eval) {
  const struct stage_case *c = &cases[_i];
  co_policy *policy = NULL;
  co_stage *stage = stage_of(c, &policy);
  co_evaluation all = evaluate(c, policy, 3);
  for (uint32_t e = 0; e < 3; e++) {
    if (e) ck_ok(co_stage_reset(stage, e));
    ck_assert_uint_eq(co_stage_episode(stage), e);
    play_to(stage, INT64_MAX);
    const co_instant *end = co_stage_now(stage);
    ck_assert_int_eq(end->step, all.episode[e].length);
    ck_assert_double_eq(end->ret, all.episode[e].ret);
    ck_assert_int_eq(end->terminated, all.episode[e].terminated);
    ck_assert_int_eq(end->truncated, all.episode[e].truncated);
    ck_assert_uint_eq(trace_hash(stage), all.episode[e].trace_hash);
    ck_ok(co_stage_step(stage));  // does nothing at the end
    ck_assert_ptr_eq(co_stage_now(stage), end);
  }
  co_evaluation_free(&all);
  co_stage_free(stage);
  co_policy_free(policy);
}
END_TEST

typedef struct snapshot {
  unsigned char *row;
  float obs[1024], action[64];
  double ret;
} snapshot;

static snapshot take(const co_stage *stage) {
  const co_env_info *info = &co_stage_world(stage)->info;
  const co_instant *now = co_stage_now(stage);
  snapshot out = {.row = malloc(co_row_size(&co_stage_world(stage)->binding)), .ret = now->ret};
  co_row_save(co_stage_row(stage), out.row);
  memcpy(out.obs, now->obs, (size_t)info->obs_dim * sizeof(float));
  memcpy(out.action, now->action, (size_t)info->act_dim * sizeof(float));
  return out;
}

static void check_snapshot(const co_stage *stage, snapshot *wanted) {
  snapshot now = take(stage);
  size_t bytes = co_row_size(&co_stage_world(stage)->binding);
  ck_assert_mem_eq(now.row, wanted->row, bytes);
  ck_assert_mem_eq(now.row, co_stage_now(stage)->row, bytes);
  ck_assert_mem_eq(now.obs, wanted->obs, sizeof now.obs);
  ck_assert_mem_eq(now.action, wanted->action, sizeof now.action);
  ck_assert_double_eq(now.ret, wanted->ret);
  free(now.row);
}

START_TEST(test_back_and_forward_are_exact) {
  const struct stage_case *c = &cases[_i];
  co_policy *policy = NULL;
  co_stage *stage = stage_of(c, &policy);
  snapshot at[13];
  for (int i = 0; i < 13; i++) {
    at[i] = take(stage);
    play_to(stage, i + 1);
  }
  int64_t last = co_stage_last(stage);
  ck_assert_int_eq(last, 13);
  static const int visits[] = {12, 0, 5, 4, 3, 11, 7, 12, 1};
  for (size_t i = 0; i < sizeof visits / sizeof *visits; i++) {
    ck_ok(co_stage_seek(stage, visits[i]));
    check_snapshot(stage, &at[visits[i]]);
    ck_assert_int_eq(co_stage_last(stage), last);  // seeing is not changing
  }
  for (int i = 1; i < 13; i++) {  // played again: the same bits
    check_snapshot(stage, &at[i]);
    ck_ok(co_stage_step(stage));
    ck_assert_int_eq(co_stage_last(stage), i + 1);
  }
  for (int i = 0; i < 13; i++) free(at[i].row);
  co_stage_free(stage);
  co_policy_free(policy);
}
END_TEST

// Every task goes back exactly: after 12 steps, from step 5 on again.
START_TEST(test_every_task) {
  co_names names = {0};
  char *folder = co_path_join(getenv("CARRYOVER_SOURCE"), "configs/tasks");
  ck_ok(co_dir_list(folder, &names));
  ck_assert_int_gt(names.count, 30);
  for (int i = 0; i < names.count; i++) {
    char *dot = strrchr(names.name[i], '.');
    if (!dot || strcmp(dot, ".cfg") != 0) continue;
    *dot = '\0';
    co_policy *policy = NULL;
    co_stage *stage = test_stage(names.name[i], NULL, ROOM, &policy);
    play_to(stage, 12);
    snapshot end = take(stage);
    ck_ok(co_stage_seek(stage, co_stage_last(stage) / 2));
    play_to(stage, 12);
    check_snapshot(stage, &end);
    free(end.row);
    co_stage_free(stage);
    co_policy_free(policy);
  }
  co_names_free(&names);
  free(folder);
}
END_TEST

START_TEST(test_tiny_history) {
  co_policy *policy = NULL;
  co_stage *stage = test_stage("hopper", NULL, 1, &policy);
  play_to(stage, 9);
  ck_assert_int_eq(co_stage_first(stage), 8);
  ck_assert_int_eq(co_stage_last(stage), 9);
  snapshot end = take(stage);
  ck_ok(co_stage_seek(stage, 8));
  ck_ok(co_stage_step(stage));
  check_snapshot(stage, &end);
  free(end.row);
  co_stage_free(stage);
  co_policy_free(policy);
}
END_TEST

// A row that cannot go on: the fault is the last instant.
START_TEST(test_fault_ends_it) {
  co_policy *policy = NULL;
  co_stage *stage = test_stage("hopper", NULL, ROOM, &policy);
  co_tensor *bias =
      &policy->tensor[co_tensor_find(policy->tensor, policy->num_tensors, "actor.mean.bias")];
  float sound = ((float *)bias->data)[1];
  ((float *)bias->data)[1] = NAN;
  ck_ok(co_stage_reset(stage, 0));
  ck_assert(isnan(co_stage_now(stage)->action[1]));
  ck_ok(co_stage_step(stage));
  ck_assert(co_stage_now(stage)->fault);
  ck_assert(co_stage_over(stage));
  ck_assert_int_eq(co_stage_now(stage)->step, 1);
  ck_ok(co_stage_step(stage));
  ck_assert_int_eq(co_stage_last(stage), 1);
  ck_ok(co_stage_seek(stage, 0));
  ck_assert(!co_stage_over(stage));
  ((float *)bias->data)[1] = sound;
  ck_ok(co_stage_reset(stage, 0));
  play_to(stage, 5);
  ck_assert(!co_stage_now(stage)->fault);
  co_stage_free(stage);
  co_policy_free(policy);
}
END_TEST

START_TEST(test_goes_on_beyond) {
  co_shared_world *world = test_shared_world("hopper", NULL, NULL);
  co_stage_def def = {.world = world, .seed = 1, .history_bytes = ROOM, .beyond = true};
  co_stage *stage = NULL;
  ck_ok(co_stage_create(&def, &stage));
  co_shared_world_drop(world);
  ck_assert_ptr_null(co_stage_policy(stage));
  ck_assert_float_eq(co_stage_now(stage)->action[0], 0);
  ck_assert(isnan(co_stage_now(stage)->value));
  for (int i = 0; i < 200; i++) ck_ok(co_stage_step(stage));  // without torque it falls
  ck_assert_int_eq(co_stage_last(stage), 200);
  ck_assert(co_stage_now(stage)->terminated);
  co_stage_free(stage);
}
END_TEST

START_TEST(test_policy_must_fit) {
  co_policy *policy = NULL, *fits = NULL;
  co_stage *stage = test_stage("hopper", NULL, ROOM, &policy);
  co_built_world *other = test_world("ant", NULL, NULL);
  co_policy *alien = test_policy_for(&other->info, 3);
  play_to(stage, 6);
  uint64_t changes = co_stage_changes(stage);
  ck_ok(co_stage_seek(stage, 4));
  ck_assert_uint_eq(co_stage_changes(stage), changes);
  snapshot before = take(stage);
  ck_fails(co_stage_use_policy(stage, alien), CO_CONFIG, "policy expects");
  check_snapshot(stage, &before);
  ck_assert_int_eq(co_stage_last(stage), 6);
  fits = test_policy_for(&co_stage_world(stage)->info, 77);
  ck_assert_uint_eq(co_stage_changes(stage), changes);
  ck_ok(co_stage_use_policy(stage, fits));
  ck_assert_uint_gt(co_stage_changes(stage), changes);
  ck_assert_int_eq(co_stage_last(stage), 4);
  float action[8];
  policy_act(fits, co_stage_now(stage)->obs, 1, action);
  ck_assert_mem_eq(action, co_stage_now(stage)->action, 3 * sizeof(float));
  ck_assert(co_stage_now(stage)->pushed);
  ck_ok(co_stage_use_policy(stage, policy));
  ck_assert_mem_eq(before.action, co_stage_now(stage)->action, 3 * sizeof(float));
  free(before.row);
  co_stage_free(stage);
  co_policy_free(policy), co_policy_free(alien), co_policy_free(fits);
  co_world_free(other);
}
END_TEST

static void check_stint(const co_stage *stage, const co_policy *policy, const co_policy *before,
                        int64_t since) {
  const co_stint *stint = &co_stage_now(stage)->stint;
  ck_assert_ptr_eq(stint->who.policy, policy);
  ck_assert_int_eq(stint->branched, before != NULL);
  ck_assert_ptr_eq(stint->before.policy, before);
  ck_assert_int_eq(stint->since, since);
  const co_instant *from = co_stage_at(stage, since);
  ck_assert_double_eq(stint->ret_before, before ? from->ret : 0);
}

// Every instant knows who answers there, since when, and who did before.
START_TEST(test_stints) {
  co_policy *a = NULL;
  co_stage *stage = test_stage("hopper", NULL, ROOM, &a);
  co_policy *b = test_policy_for(&co_stage_world(stage)->info, 77);
  check_stint(stage, a, NULL, 0);
  play_to(stage, 6);
  check_stint(stage, a, NULL, 0);
  ck_ok(co_stage_use_policy(stage, b));
  check_stint(stage, b, a, 6);
  play_to(stage, 9);
  check_stint(stage, b, a, 6);
  ck_ok(co_stage_seek(stage, 5));  // what was before is the first one's still
  check_stint(stage, a, NULL, 0);
  ck_ok(co_stage_seek(stage, 9));
  ck_ok(co_stage_use_policy(stage, a));
  check_stint(stage, a, b, 9);
  ck_ok(co_stage_use_policy(stage, b));  // there and back
  check_stint(stage, b, a, 6);
  ck_ok(co_stage_seek(stage, 4));  // from where the chosen one goes on once anything is new
  ck_ok(co_stage_push(stage, 1, (double[6]){1}));
  ck_ok(co_stage_step(stage));
  check_stint(stage, b, a, 5);
  ck_ok(co_stage_reset(stage, 0));
  check_stint(stage, b, NULL, 0);
  ck_ok(co_stage_use_policy(stage, a));  // at the start nobody has acted yet
  check_stint(stage, a, NULL, 0);
  co_stage_free(stage);
  co_policy_free(a), co_policy_free(b);
}
END_TEST

// Where the ring has forgotten who led there.
START_TEST(test_stints_in_a_tiny_history) {
  co_policy *a = NULL;
  co_stage *stage = test_stage("hopper", NULL, 1, &a);
  co_policy *b = test_policy_for(&co_stage_world(stage)->info, 77);
  play_to(stage, 6);
  ck_ok(co_stage_seek(stage, co_stage_first(stage)));
  int64_t at = co_stage_now(stage)->step;
  ck_assert_int_gt(at, 0);
  ck_ok(co_stage_use_policy(stage, b));
  check_stint(stage, b, a, at);
  co_stage_free(stage);
  co_policy_free(a), co_policy_free(b);
}
END_TEST

static bool is_of_actor(const co_tensor *tensor, const void *context) {
  (void)context;
  return !co_tensor_is_learners(&tensor->facts);
}

// It is played all the same, and nobody says what it expects.
START_TEST(test_without_critics) {
  co_policy *whole = NULL, *actor = NULL;
  co_stage *stage = test_stage("hopper", NULL, ROOM, &whole);
  ck_ok(co_policy_copy(whole, &actor));
  co_policy_keep_tensors(actor, is_of_actor, NULL);
  play_to(stage, 5);
  snapshot wanted = take(stage);
  ck_assert(isfinite(co_stage_now(stage)->value));
  ck_ok(co_stage_reset(stage, 0));
  ck_ok(co_stage_use_policy(stage, actor));
  play_to(stage, 5);
  check_snapshot(stage, &wanted);
  ck_assert(isnan(co_stage_now(stage)->value));
  free(wanted.row);
  co_stage_free(stage);
  co_policy_free(whole), co_policy_free(actor);
}
END_TEST

static void check_actions(co_stage *stage, int64_t from, int64_t to, float *action, bool equal) {
  for (int64_t step = from; step < to; step++, action += 3) {
    bool same = memcmp(co_stage_at(stage, step)->action, action, 3 * sizeof *action) == 0;
    ck_assert_msg(same == equal, "step %d", (int)step);
  }
}

static void keep_actions(const co_stage *stage, int64_t from, int64_t to, float *action) {
  for (int64_t step = from; step < to; step++, action += 3)
    memcpy(action, co_stage_at(stage, step)->action, 3 * sizeof *action);
}

// What a policy remembers is its own: another one begins anew, also in the past of the first, which
// stays to be seen; a world that changes leaves it alone.
START_TEST(test_policies_do_not_share_a_memory) {
  co_policy *plain = NULL, *leaky = NULL;  // or with memory
  co_stage *stage = test_stage("hopper", NULL, ROOM, &plain);
  float first[10 * 3], mixed[10 * 3], one[3];
  co_memory_def memory = {CO_GRU, _i == MEMORY ? 20 : 0};
  leaky = test_policy_with(&co_stage_world(stage)->info, memory, 5);
  if (_i == LEAKY) leaky->acts = &leaky_actor;
  play_to(stage, 4);
  keep_actions(stage, 0, 5, first);
  ck_ok(co_stage_use_policy(stage, leaky));  // of other instants
  check_actions(stage, 0, 4, first, true);
  policy_act(leaky, co_stage_now(stage)->obs, 1, one);
  check_actions(stage, 4, 5, one, true);
  play_to(stage, 9);
  keep_actions(stage, 0, 9, mixed);
  ck_ok(
      co_stage_seek(stage, 2));  // there the plain one answered: the leaky one knows nothing of it
  ck_ok(co_stage_step(stage));
  policy_act(leaky, co_stage_now(stage)->obs, 1, one);
  check_actions(stage, 3, 4, one, true);
  ck_ok(co_stage_seek(stage, 0));
  ck_ok(co_stage_use_policy(stage, plain));
  play_to(stage, 4);
  check_actions(stage, 0, 5, first, true);
  ck_ok(co_stage_use_policy(stage, leaky));
  play_to(stage, 9);
  check_actions(stage, 0, 9, mixed, true);
  co_stage_free(stage);
  co_policy_free(plain), co_policy_free(leaky);
}
END_TEST

START_TEST(test_memory_goes_along_into_another_world) {
  const struct stage_case remembers = {"hopper", NULL, _i};
  co_policy *policy = NULL;
  co_stage *stage = stage_of(&remembers, &policy);
  const char *shift = "{ parameter = \"option.gravity\"; scale = 1.01; }";
  float action[9 * 3], fresh[3];
  play_to(stage, 8);
  keep_actions(stage, 0, 9, action);
  co_shared_world *other = test_shared_world("hopper", shift, NULL);
  ck_ok(co_stage_seek(stage, 5));
  ck_ok(co_stage_use_world(stage, other));
  check_actions(stage, 0, 6, action, true);  // the same observation, and the same memory
  policy_act(policy, co_stage_now(stage)->obs, 1, fresh);
  check_actions(stage, 5, 6, fresh, false);
  co_shared_world_drop(other);
  co_stage_free(stage);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("stage");
  TCase *tcase = tcase_create("stage");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_episodes_of_eval, 0, NUM_CASES);
  tcase_add_loop_test(tcase, test_back_and_forward_are_exact, 0, NUM_CASES);
  tcase_add_test(tcase, test_every_task);
  tcase_add_test(tcase, test_tiny_history);
  tcase_add_test(tcase, test_fault_ends_it);
  tcase_add_test(tcase, test_goes_on_beyond);
  tcase_add_test(tcase, test_policy_must_fit);
  tcase_add_test(tcase, test_stints);
  tcase_add_test(tcase, test_stints_in_a_tiny_history);
  tcase_add_test(tcase, test_without_critics);
  tcase_add_loop_test(tcase, test_policies_do_not_share_a_memory, LEAKY, MEMORY + 1);
  tcase_add_loop_test(tcase, test_memory_goes_along_into_another_world, LEAKY, MEMORY + 1);
  suite_add_tcase(suite, tcase);
  return suite;
}
