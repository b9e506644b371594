// What the tests of strategies share: definitions from text, small policies of a pendulum world.

#ifndef TESTS_TRANSFER_STRATEGY_FIXTURE_H_
#define TESTS_TRANSFER_STRATEGY_FIXTURE_H_

#include "agents/learn/ppo/ppo.h"
#include "tests/support/elements.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/study/strategy.h"

// --- definitions from text ---

typedef struct strategies {
  co_arena arena;
  co_list builtin, own;
  co_node *root;
} strategies;

static const co_field list_fields[] = {
    {"own", CO_FIELD_LIST, 0, CO_REQUIRED, .child = &co_strategy_schema}};
static const co_schema list_schema = {"list", sizeof(co_list), list_fields, 1, NULL, NULL};

static inline void open_strategies(strategies *s, const char *text) {
  *s = (strategies){0};
  char file[4096 + 64];
  snprintf(file, sizeof file, "own = ( %s );", text);
  ck_ok(co_strategies_builtin(&s->arena, &s->builtin));
  ck_ok(co_tree_parse(file, "own.cfg", &s->root));
  ck_ok(co_schema_read(&list_schema, s->root, &s->arena, &s->own));
}

static inline void close_strategies(strategies *s) {
  co_node_free(s->root);
  co_arena_free(&s->arena);
}

// --- policies of a pendulum world ---

enum { WIDTH = 16 };

static inline co_policy *make_policy_of(uint64_t seed, const co_network_def *def) {
  co_env_info info = {.task = "toy",
                      .model = "toy",
                      .engine = "none",
                      .observe = "fresh",
                      .timestep = 0.05,
                      .substeps = 1,
                      .horizon = 10,
                      .obs_dim = 3,
                      .act_dim = 1};
  static const co_obs_element obs[3] = {TEST_OBS("x", "x", "1", 1, 0, -INFINITY, INFINITY, "", 0),
                                        TEST_OBS("y", "y", "1", 1, 0, -INFINITY, INFINITY, "", 0),
                                        TEST_OBS("z", "z", "1", 1, 0, -INFINITY, INFINITY, "", 0)};
  static const co_action_element action =
      TEST_ACTION("a", "ctrl", "N m", 1, 0, -2, 2, NAN, NAN, NAN);
  static const co_draw_info draws[2] = {
      {.parameter = "body.mass", .element = "torso", .low = 1, .high = 2},
      {.parameter = "option.gravity", .low = -11, .high = -9}};
  info.obs = obs;
  info.action = &action;
  info.draw = draws;
  info.num_draws = def->num_privileged;  // 2 at most
  co_stream stream = {seed, 0, CO_PURPOSE_INIT};
  co_policy *policy = NULL;
  ck_ok(co_policy_create(def, &info, "ppo", &stream, &policy));
  return policy;
}

static inline co_policy *make_policy(uint64_t seed, int width) {
  return make_policy_of(seed, &(co_network_def){.obs_dim = 3,
                                                .act_dim = 1,
                                                .num_hidden = 2,
                                                .hidden = {width, width},
                                                .activation = CO_TANH});
}

// The same with the network that the strategy trains; takes the policy.
static inline co_policy *make_own(const co_strategy *strategy, co_policy *policy) {
  co_policy *own;
  ck_ok(co_strategy_policy(strategy, NULL, policy, &own));
  if (!own) return policy;
  co_policy_free(policy);
  return own;
}

static inline int find(const co_policy *policy, const char *name) {
  int index = co_tensor_find(policy->tensor, policy->num_tensors, name);
  ck_assert_msg(index >= 0, "no tensor %s", name);
  return index;
}

static inline void random_obs(uint64_t seed, int count, float *obs) {
  co_stream stream = {seed, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  co_rng_normals(&rng, obs, 3 * count);
}

static inline void resolve(const char *own, const char *name, strategies *s, co_strategy *out) {
  open_strategies(s, own ? own : "{ name = \"unused\"; base = \"full\"; }");
  ck_ok(co_strategy_resolve(&s->own, &s->builtin, name, out));
}

// The strategy "x" of these members; NULL or "": all copied, all trained.
static inline void resolve_members(const char *members, strategies *s, co_strategy *out) {
  char text[1024];
  snprintf(text, sizeof text, "{ name = \"x\"; %s }",
           members && *members ? members : "base = \"full\";");
  resolve(text, "x", s, out);
}

// Applies a strategy's text to a source of seed 1 and a target of seed 2.
static inline co_status apply(const char *members, co_policy *source, co_policy *target,
                              double blend) {
  strategies s;
  co_strategy strategy;
  resolve_members(members, &s, &strategy);
  co_tensor_plan plan[32];
  ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
  co_status status = co_strategy_apply(&strategy, plan, source, blend, target);
  close_strategies(&s);
  return status;
}

#endif  // TESTS_TRANSFER_STRATEGY_FIXTURE_H_
