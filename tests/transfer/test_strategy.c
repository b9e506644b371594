// Strategies: how they resolve, what they plan for each tensor, what applying and training does.

#include "agents/ppo.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/strategy.h"
#include "transfer/training.h"

#include <math.h>

// --- definitions from text ---

typedef struct strategies {
  co_arena arena;
  co_list builtin, own;
  co_node *root;
} strategies;

static const co_field list_fields[] = {
    {"own", CO_FIELD_LIST, 0, CO_REQUIRED, .child = &co_strategy_schema}};
static const co_schema list_schema = {"list", sizeof(co_list), list_fields, 1, NULL, NULL};

static void open_strategies(strategies *s, const char *text) {
  *s = (strategies){0};
  char file[4096];
  snprintf(file, sizeof file, "own = ( %s );", text);
  ck_ok(co_strategies_builtin(&s->arena, &s->builtin));
  ck_ok(co_tree_parse(file, "own.cfg", &s->root));
  ck_ok(co_schema_read(&list_schema, s->root, &s->arena, &s->own));
}

static void close_strategies(strategies *s) {
  co_node_free(s->root);
  co_arena_free(&s->arena);
}

// --- resolving ---

START_TEST(bases_fill_what_is_left_open) {
  strategies s;
  open_strategies(
      &s,
      "{ name = \"far\"; base = \"near\"; rules = ( { tensors = \"critic.*\"; rate = 0.5; } ); },"
      "{ name = \"near\"; base = \"new_head\"; train = \"critic.*\";"
      "  rules = ( { tensors = \"*\"; rate = 0.1; }, { tensors = \"actor.*\"; decay = 0.2; } ); }");
  co_strategy far;
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "far", &far));
  ck_assert_str_eq(far.name, "far");
  ck_assert_str_eq(far.copy, "actor.trunk.*|obs_norm.*");  // of new_head
  ck_assert_str_eq(far.train, "critic.*");                 // of near
  ck_assert_str_eq(far.obs_norm, "auto");
  ck_assert_int_eq(far.num_rules, 3);
  ck_assert_str_eq(far.rule[0]->tensors, "*");  // of the base, so that later ones win
  ck_assert_str_eq(far.rule[1]->tensors, "actor.*");
  ck_assert_str_eq(far.rule[2]->tensors, "critic.*");
  close_strategies(&s);
}
END_TEST

START_TEST(an_entry_without_anything_copies_and_trains_all) {
  strategies s;
  open_strategies(&s, "{ name = \"mine\"; }");
  co_strategy mine;
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "mine", &mine));
  ck_assert_str_eq(mine.copy, "*");
  ck_assert_str_eq(mine.train, "*");
  ck_assert_str_eq(mine.obs_norm, "auto");
  ck_assert_str_eq(mine.doc, "");
  ck_assert_int_eq(mine.num_rules, 0);
  close_strategies(&s);
}
END_TEST

START_TEST(an_own_entry_refines_the_builtin_of_its_name) {
  strategies s;
  open_strategies(&s,
                  "{ name = \"partial\"; rules = ( { tensors = \"critic.*\"; rate = 0.5; } ); }");
  co_strategy refined, builtin;
  co_list none = {0};
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "partial", &refined));
  ck_ok(co_strategy_resolve(&none, &s.builtin, "partial", &builtin));
  ck_assert_str_eq(refined.train, builtin.train);
  ck_assert_str_eq(refined.doc, builtin.doc);
  ck_assert_int_eq(refined.num_rules, builtin.num_rules + 1);
  close_strategies(&s);
}
END_TEST

static const struct {
  const char *own, *name, *part;
} unresolved[] = {
    {"{ name = \"a\"; }", "ful", "unknown strategy \"ful\", did you mean \"full\"?"},
    {"{ name = \"a\"; base = \"partia\"; }", "a", "did you mean \"partial\"?"},
    {"{ name = \"mine\"; }", "mien", "did you mean \"mine\"?"},
    {"{ name = \"a\"; }", "something_else_entirely", "(carryover list strategies)"},
    {"{ name = \"a\"; base = \"a\"; }", "a", "strategy \"a\": its bases form a circle"},
    {"{ name = \"a\"; base = \"b\"; }, { name = \"b\"; base = \"c\"; }, { name = \"c\"; base = "
     "\"a\"; }",
     "a", "strategy \"a\": its bases form a circle"},
};
START_TEST(unknown_and_circular_names_are_errors) {
  strategies s;
  open_strategies(&s, unresolved[_i].own);
  co_strategy out;
  ck_fails(co_strategy_resolve(&s.own, &s.builtin, unresolved[_i].name, &out), CO_CONFIG,
           unresolved[_i].part);
  close_strategies(&s);
}
END_TEST

START_TEST(too_many_rules_with_bases_are_an_error) {
  strategies s;
  char text[4096] = "{ name = \"a\"; base = \"layer_rates\"; rules = ( ";
  for (int i = 0; i < CO_MAX_RULES - 1; i++)
    strcat(text, i ? ", { tensors = \"*\"; rate = 0.5; }" : "{ tensors = \"*\"; rate = 0.5; }");
  strcat(text, " ); }");
  open_strategies(&s, text);
  co_strategy out;
  ck_fails(co_strategy_resolve(&s.own, &s.builtin, "a", &out), CO_CONFIG, "more than 32 rules");
  close_strategies(&s);
}
END_TEST

// --- policies of a pendulum world ---

enum { WIDTH = 16 };

static co_policy *make_policy(uint64_t seed, int width) {
  co_env_info info = {.task = "toy",
                      .model = "toy",
                      .engine = "none",
                      .observe = "fresh",
                      .timestep = 0.05,
                      .substeps = 1,
                      .horizon = 10,
                      .obs_dim = 3,
                      .act_dim = 1};
  static const co_obs_element obs[3] = {{"x", "x", "1", 1, 0, -INFINITY, INFINITY},
                                        {"y", "y", "1", 1, 0, -INFINITY, INFINITY},
                                        {"z", "z", "1", 1, 0, -INFINITY, INFINITY}};
  static const co_action_element action = {"a", "ctrl", "N m", 1, 0, -2, 2};
  info.obs = obs;
  info.action = &action;
  co_network_def def = {3, 1, 2, {width, width}, CO_TANH};
  co_stream stream = {seed, 0, CO_PURPOSE_INIT};
  co_policy *policy = NULL;
  ck_ok(co_policy_create(&def, &info, "ppo", &stream, &policy));
  return policy;
}

static int find(const co_policy *policy, const char *name) {
  int index = co_tensor_find(policy->tensor, policy->num_tensors, name);
  ck_assert_msg(index >= 0, "no tensor %s", name);
  return index;
}

static void random_obs(uint64_t seed, int count, float *obs) {
  co_stream stream = {seed, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  co_rng_normals(&rng, obs, 3 * count);
}

static void resolve(const char *own, const char *name, strategies *s, co_strategy *out) {
  open_strategies(s, own ? own : "{ name = \"unused\"; }");
  ck_ok(co_strategy_resolve(&s->own, &s->builtin, name, out));
}

// --- plans ---

// One letter per tensor, in the policy's order: c copied, f fresh, capital when it never moves.
// Actor trunk (4), mean (2), log_std; critic trunk (4), value (2); obs_norm (3); reward_norm (3).
static const struct {
  const char *name, *plan;
  bool copies_nothing, copies_all, trains;
} builtin_plans[] = {
    {"zero_shot", "CCCC CC C CCCC CC CCC CCC", false, true, false},
    {"scratch", "ffff ff f ffff ff fff fff", true, false, true},
    {"scratch_source_norm", "ffff ff f ffff ff ccc fff", false, false, true},
    {"full", "cccc cc c cccc cc ccc ccc", false, true, true},
    {"partial", "CCCC cc c cccc cc CCC ccc", false, true, true},
    {"new_head", "CCCC ff f ffff ff CCC fff", false, false, true},
    {"layer_rates", "cccc cc c cccc cc ccc ccc", false, true, true},
    {"l2sp", "cccc cc c cccc cc ccc ccc", false, true, true},
    {"critic_warmup", "cccc cc c cccc cc ccc ccc", false, true, true},
};
enum { NUM_BUILTIN = sizeof builtin_plans / sizeof *builtin_plans };

static void write_plan(const co_tensor_plan *plan, int count, char *out) {
  static const int part_ends[] = {4, 6, 7, 11, 13, 16};
  for (int i = 0, part = 0; i < count; i++) {
    if (part < 6 && i == part_ends[part]) *out++ = ' ', part++;
    const char letter[] = {'c', 'f', 'z'};
    *out++ = (char)(letter[plan[i].init] - (plan[i].rule.rate == 0 ? 'a' - 'A' : 0));
  }
  *out = '\0';
}

START_TEST(every_builtin_strategy_plans_each_tensor) {
  strategies s;
  co_strategy strategy;
  resolve(NULL, builtin_plans[_i].name, &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  co_tensor_plan plan[32];
  char text[64];
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  write_plan(plan, policy->num_tensors, text);
  ck_assert_str_eq(text, builtin_plans[_i].plan);
  ck_assert_int_eq(co_strategy_copies_nothing(&strategy), builtin_plans[_i].copies_nothing);
  ck_assert_int_eq(co_strategy_copies_all(&strategy), builtin_plans[_i].copies_all);
  ck_assert_int_eq(co_strategy_trains(&strategy), builtin_plans[_i].trains);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

START_TEST(the_table_above_has_every_builtin_strategy) {
  strategies s;
  open_strategies(&s, "{ name = \"unused\"; }");
  ck_assert_int_eq(s.builtin.count, NUM_BUILTIN);
  const co_strategy_def *def = s.builtin.item;
  for (int i = 0; i < NUM_BUILTIN; i++) {
    ck_assert_str_eq(def[i].name, builtin_plans[i].name);
    ck_assert_ptr_nonnull(def[i].doc);
  }
  close_strategies(&s);
}
END_TEST

static const struct {
  const char *strategy, *tensor;
  co_tensor_rule rule;
} builtin_rules[] = {
    {"layer_rates", "actor.trunk.0.weight", {0.01, 0, 0, 0}},
    {"layer_rates", "actor.trunk.1.bias", {0.1, 0, 0, 0}},
    {"layer_rates", "actor.mean.weight", {1, 0, 0, 0}},
    {"l2sp", "actor.mean.weight", {1, 0, 0, 0.001}},
    {"l2sp", "critic.0.value.bias", {1, 0, 0, 0.001}},
    {"l2sp", "obs_norm.mean", {1, 0, 0, 0}},
    {"critic_warmup", "actor.trunk.0.weight", {1, 5, 0, 0}},
    {"critic_warmup", "critic.0.value.weight", {1, 0, 0, 0}},
};
START_TEST(rules_reach_their_tensors_only) {
  strategies s;
  co_strategy strategy;
  resolve(NULL, builtin_rules[_i].strategy, &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  co_tensor_plan plan[32];
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  co_tensor_rule rule = plan[find(policy, builtin_rules[_i].tensor)].rule;
  ck_assert_double_eq(rule.rate, builtin_rules[_i].rule.rate);
  ck_assert_int_eq(rule.from_update, builtin_rules[_i].rule.from_update);
  ck_assert_double_eq(rule.decay, builtin_rules[_i].rule.decay);
  ck_assert_double_eq(rule.l2sp, builtin_rules[_i].rule.l2sp);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

#define FROZEN_TRUNK "train = \"actor.mean.*|critic.*|*_norm.*\";"
static const struct {
  const char *members, *part;
} bad_plans[] = {
    {"copy = \"actor.trnk.0.weight\";",
     "copy = \"actor.trnk.0.weight\" matches no tensor, did you mean \"actor.trunk.0.weight\"?"},
    {"train = \"head.*\";", "strategy \"x\": train = \"head.*\" matches no tensor"},
    {"rules = ( { tensors = \"critic.1.*\"; rate = 0; } );",
     "tensors = \"critic.1.*\" matches no tensor"},
    {FROZEN_TRUNK " obs_norm = \"blend\";",
     "actor.trunk.0.weight is copied and frozen, but the observation normaliser in front of it "
     "would change, so it "
     "would compute another function: copy obs_norm.* and say obs_norm = \"keep\""},
    {FROZEN_TRUNK " obs_norm = \"reset\";", "actor.trunk.0.weight is copied and frozen"},
    {FROZEN_TRUNK " copy = \"actor.*\";", "actor.trunk.0.weight is copied and frozen"},
    {FROZEN_TRUNK " rules = ( { tensors = \"obs_norm.var\"; init = \"fresh\"; } );",
     "actor.trunk.0.weight is copied and frozen"},
    {"obs_norm = \"blend\"; rules = ( { tensors = \"critic.0.value.bias\"; rate = 0; } );",
     "critic.0.value.bias is copied and frozen"},
};
START_TEST(plans_that_make_no_sense_are_refused) {
  char text[1024];
  snprintf(text, sizeof text, "{ name = \"x\"; %s }", bad_plans[_i].members);
  strategies s;
  co_strategy strategy;
  resolve(text, "x", &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  co_tensor_plan plan[32];
  ck_fails(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan), CO_CONFIG,
           bad_plans[_i].part);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

static const char *const good_members[] = {
    FROZEN_TRUNK " obs_norm = \"keep\";",                        // said so
    "copy = \"\"; train = \"actor.mean.*|critic.*|*_norm.*\";",  // frozen, but fresh: nothing to
                                                                 // preserve
    "obs_norm = \"blend\"; rules = ( { tensors = \"actor.log_std\"; rate = 0; } );",  // sees no
                                                                                      // observation
};
START_TEST(frozen_layers_are_allowed_where_nothing_changes) {
  char text[1024];
  snprintf(text, sizeof text, "{ name = \"x\"; %s }", good_members[_i]);
  strategies s;
  co_strategy strategy;
  resolve(text, "x", &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  co_tensor_plan plan[32];
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// --- applying ---

// Applies a strategy's text to a source of seed 1 and a target of seed 2.
static co_status apply(const char *members, co_policy *source, co_policy *target, double blend) {
  char text[1024];
  snprintf(text, sizeof text, "{ name = \"x\"; %s }", members);
  strategies s;
  co_strategy strategy;
  resolve(text, "x", &s, &strategy);
  co_tensor_plan plan[32];
  ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
  co_status status = co_strategy_apply(&strategy, plan, source, blend, target);
  close_strategies(&s);
  return status;
}

START_TEST(applying_copies_zeroes_and_leaves_fresh) {
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, WIDTH),
            *fresh = make_policy(2, WIDTH);
  ck_ok(
      apply("copy = \"actor.*\"; rules = ( { tensors = \"actor.mean.*\"; init = \"zero\"; },"
            " { tensors = \"actor.trunk.1.weight\"; init = \"fresh\"; } );",
            source, target, 100));
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *now = &target->tensor[i];
    uint64_t hash = co_tensor_hash(now);
    bool zero = strncmp(now->name, "actor.mean.", 11) == 0;
    bool copied = !zero && strncmp(now->name, "actor.", 6) == 0 &&
                  strcmp(now->name, "actor.trunk.1.weight") != 0;
    if (zero)
      for (int row = 0; row < now->rows; row++) ck_assert_double_eq(co_tensor_get(now, row, 0), 0);
    else
      ck_assert_uint_eq(hash, co_tensor_hash(copied ? &source->tensor[i] : &fresh->tensor[i]));
  }
  co_policy_free(source);
  co_policy_free(target);
  co_policy_free(fresh);
}
END_TEST

START_TEST(tensors_of_another_shape_are_named) {
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, 2 * WIDTH);
  ck_fails(apply("", source, target, 100), CO_CONFIG,
           "cannot copy actor.trunk.0.weight: 16 x 3 in the source policy, 32 x 3 in the target");
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// values of a policy's critic on the scale of raw returns
static void raw_values(const co_policy *policy, const float *obs, int count, double *out) {
  float *normal = calloc((size_t)count * 3, sizeof *normal),
        *value = calloc((size_t)count, sizeof *value);
  co_normalizer_apply(&policy->obs_norm, obs, count, normal, 3);
  co_network_forward(&policy->net, normal, count, NULL, value);
  double sigma = sqrt(policy->reward_norm.var[0] + policy->reward_norm.epsilon);
  for (int i = 0; i < count; i++) out[i] = sigma * (double)value[i];
  free(normal);
  free(value);
}

// source variance of returns; a factor of a power of two must be exact bit for bit
static const double return_variances[] = {4, 0.25, 1 << 20, 7.3, 1e6, 1e-3};
START_TEST(a_critic_without_its_scaler_keeps_its_values) {
  enum { COUNT = 100 };
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, WIDTH);
  double epsilon = source->reward_norm.epsilon;
  source->reward_norm.var[0] = return_variances[_i] * (1 + epsilon) - epsilon;
  float obs[3 * COUNT];
  double before[COUNT], after[COUNT];
  random_obs(3, COUNT, obs);
  raw_values(source, obs, COUNT, before);
  ck_ok(apply("copy = \"actor.*|critic.*|obs_norm.*\";", source, target, 100));
  ck_assert_double_eq(target->reward_norm.var[0], 1);
  raw_values(target, obs, COUNT, after);
  for (int i = 0; i < COUNT; i++)
    ck_assert_double_eq_tol(after[i], before[i],
                            _i < 3 ? 1e-12 * fabs(before[i]) : 1e-5 * sqrt(return_variances[_i]));
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

START_TEST(a_critic_with_its_scaler_is_not_rescaled) {
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, WIDTH);
  source->reward_norm.var[0] = 9;
  ck_ok(apply("", source, target, 100));
  int weight = find(source, "critic.0.value.weight");
  ck_assert_uint_eq(co_tensor_hash(&source->tensor[weight]),
                    co_tensor_hash(&target->tensor[weight]));
  ck_assert_double_eq(target->reward_norm.var[0], 9);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

static const struct {
  const char *members;
  double count, blend, expected;
} counts[] = {
    {"", 1e6, 5120, 5120},  // auto with everything trained: blended
    {"", 300, 5120, 300},   // a cap, no floor
    {"obs_norm = \"blend\";", 1e6, 640, 640},
    {"obs_norm = \"keep\";", 1e6, 640, 1e6},
    {"obs_norm = \"reset\";", 1e6, 640, 0},
    {"train = \"actor.mean.*|critic.*|*_norm.*\";", 1e6, 640,
     1e6},  // auto behind a frozen trunk: kept
};
START_TEST(blending_caps_the_count) {
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, WIDTH);
  source->obs_norm.count[0] = counts[_i].count;
  source->obs_norm.mean[1] = 3;
  ck_ok(apply(counts[_i].members, source, target, counts[_i].blend));
  ck_assert_double_eq(target->obs_norm.count[0], counts[_i].expected);
  ck_assert_double_eq(target->obs_norm.mean[1], counts[_i].expected ? 3 : 0);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// --- training on the pendulum ---

static co_ppo_def quick_settings(void) {
  static double hidden[] = {WIDTH, WIDTH};
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  def.envs = 4;
  def.horizon = 64;
  def.epochs = 2;
  def.warmup_steps = 64;
  def.schedule = CO_PPO_CONSTANT;
  def.hidden = (co_floats){hidden, 2};
  return def;
}

enum { UPDATE = 4 * 64 };  // samples of one update

typedef struct trained {
  co_policy *policy;
  co_record record;
} trained;

static void free_trained(trained *t) {
  co_policy_free(t->policy);
  co_record_free(&t->record);
}

// Trains for a number of updates in the shifted pendulum; `members` NULL: a fresh policy in the
// nominal one.
static trained train(const char *members, const co_policy *source, int updates) {
  char text[1024];
  snprintf(text, sizeof text, "{ name = \"x\"; %s }", members ? members : "");
  strategies s;
  co_strategy strategy;
  resolve(text, "x", &s, &strategy);
  co_node *root;
  ck_ok(
      co_tree_parse("domain = ( { parameter = \"option.gravity\"; scale = 1.5; } );", "t", &root));
  co_ppo_def settings = quick_settings();
  co_world_source worlds = co_worlds();
  co_world home = {.task = "pendulum"};
  co_training_def def = {
      .name = "test",
      .worlds = &worlds,
      .world = {.task = "pendulum", .domain = members ? co_node_get(root, "domain") : NULL},
      .home = &home,
      .algorithm = co_algorithm_find("ppo"),
      .settings = &settings,
      .strategy = members ? &strategy : NULL,
      .source = source,
      .seed = 5,
      .steps = updates * UPDATE,
      .evaluations = 2,
      .episodes = 2,
      .final_episodes = 2};
  trained t = {0};
  t.record.action_difference = NAN;
  co_training_cost cost = {0};
  ck_ok(co_training_run(&def, &t.record, &cost, &t.policy));
  ck_assert_str_eq(t.record.failed, "");
  co_node_free(root);
  close_strategies(&s);
  return t;
}

static double distance(const co_policy *a, const co_policy *b, const char *name) {
  const co_tensor *x = &a->tensor[find(a, name)], *y = &b->tensor[find(b, name)];
  double sum = 0;
  for (int row = 0; row < x->rows; row++)
    for (int col = 0; col < x->cols; col++)
      sum += pow(co_tensor_get(x, row, col) - co_tensor_get(y, row, col), 2);
  return sqrt(sum);
}

static double norm(const co_policy *policy, const char *name) {
  const co_tensor *x = &policy->tensor[find(policy, name)];
  double sum = 0;
  for (int row = 0; row < x->rows; row++)
    for (int col = 0; col < x->cols; col++) sum += pow(co_tensor_get(x, row, col), 2);
  return sqrt(sum);
}

// The trunk's outputs behind the normaliser, unit by unit: with a unit vector as head, the action
// is that unit's output (within +-1, so the bounds of +-2 do not clip it). out (count x WIDTH).
static void trunk_outputs(const co_policy *policy, const float *obs, int count, float *out) {
  co_policy *probe;
  ck_ok(co_policy_copy(policy, &probe));
  co_tensor *head = &probe->tensor[find(probe, "actor.mean.weight")];
  co_tensor *bias = &probe->tensor[find(probe, "actor.mean.bias")];
  ((float *)bias->data)[0] = 0;
  float *action = calloc((size_t)count, sizeof *action);
  for (int unit = 0; unit < WIDTH; unit++) {
    for (int row = 0; row < WIDTH; row++)
      ((float *)head->data)[row * head->stride] = row == unit ? 1 : 0;
    co_policy_act(probe, obs, count, action);
    for (int i = 0; i < count; i++) out[i * WIDTH + unit] = action[i];
  }
  free(action);
  co_policy_free(probe);
}

static bool has_prefix(const char *name, const char *prefix) {
  return strncmp(name, prefix, strlen(prefix)) == 0;
}

static const char *const freezing[] = {"base = \"partial\";", "base = \"new_head\";"};
START_TEST(a_frozen_part_computes_the_same_function) {
  enum { COUNT = 100 };
  trained source = train(NULL, NULL, 2);
  trained tuned = train(freezing[_i], source.policy, 3);
  for (int i = 0; i < tuned.policy->num_tensors; i++) {
    const char *name = tuned.policy->tensor[i].name;
    const co_tensor_record *record = &tuned.record.tensor[i];
    bool frozen = has_prefix(name, "actor.trunk.") || has_prefix(name, "obs_norm.");
    ck_assert_int_eq(record->trained, !frozen);
    bool same =
        co_tensor_hash(&tuned.policy->tensor[i]) == co_tensor_hash(&source.policy->tensor[i]);
    ck_assert_msg(same == frozen, "%s", name);
    ck_assert_msg((record->before == record->after) == frozen, "%s", name);
    ck_assert_msg((record->moved > 0) == !frozen, "%s moved by %g", name, record->moved);
  }
  float obs[3 * COUNT], before[COUNT * WIDTH], after[COUNT * WIDTH], head_before[COUNT],
      head_after[COUNT];
  random_obs(8, COUNT, obs);
  trunk_outputs(source.policy, obs, COUNT, before);
  trunk_outputs(tuned.policy, obs, COUNT, after);
  ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
  co_policy_act(source.policy, obs, COUNT, head_before);
  co_policy_act(tuned.policy, obs, COUNT, head_after);
  ck_assert_int_ne(memcmp(head_before, head_after, sizeof head_before), 0);
  free_trained(&source);
  free_trained(&tuned);
}
END_TEST

// the guard of the test above: a trunk behind a normaliser that moves does compute something else
START_TEST(a_trunk_behind_a_moving_normaliser_would_change) {
  enum { COUNT = 100 };
  trained source = train(NULL, NULL, 2);
  trained tuned = train(
      "train = \"*_norm.*\"; copy = \"actor.*|critic.*|*_norm.*\"; rules = ( { tensors = "
      "\"actor.*|critic.*\"; "
      "rate = 1e-30; } );",
      source.policy, 3);
  ck_assert_double_lt(distance(source.policy, tuned.policy, "actor.trunk.0.weight"), 1e-12);
  float obs[3 * COUNT], before[COUNT * WIDTH], after[COUNT * WIDTH];
  random_obs(8, COUNT, obs);
  trunk_outputs(source.policy, obs, COUNT, before);
  trunk_outputs(tuned.policy, obs, COUNT, after);
  ck_assert_int_ne(memcmp(before, after, sizeof before), 0);
  free_trained(&source);
  free_trained(&tuned);
}
END_TEST

START_TEST(l2sp_holds_weights_near_the_source) {
  trained source = train(NULL, NULL, 2);
  trained plain = train("base = \"full\";", source.policy, 4);
  trained held =
      train("rules = ( { tensors = \"actor.*|critic.*\"; l2sp = 1000.0; } );", source.policy, 4);
  static const char *const names[] = {"actor.trunk.1.weight", "critic.0.trunk.0.weight"};
  for (int i = 0; i < 2; i++) {
    double free_run = distance(plain.policy, source.policy, names[i]);
    double pulled = distance(held.policy, source.policy, names[i]);
    ck_assert_double_gt(pulled, 0);
    ck_assert_double_lt(pulled, 0.7 * free_run);
  }
  free_trained(&source);
  free_trained(&plain);
  free_trained(&held);
}
END_TEST

START_TEST(decay_shrinks_its_tensors_only) {
  trained source = train(NULL, NULL, 2);
  trained plain = train("base = \"full\";", source.policy, 4);
  trained decayed =
      train("rules = ( { tensors = \"actor.trunk.1.weight\"; decay = 1.0; } );", source.policy, 4);
  // 32 steps, each of which takes rate x decay = 3e-4 of the weights: 0.9904 of them are left
  double left =
      norm(decayed.policy, "actor.trunk.1.weight") / norm(plain.policy, "actor.trunk.1.weight");
  ck_assert_double_eq_tol(left, pow(1 - 3e-4, 32), 1e-3);
  double other = norm(decayed.policy, "critic.0.trunk.1.weight") /
                 norm(plain.policy, "critic.0.trunk.1.weight");
  ck_assert_double_eq_tol(other, 1, 1e-3);
  free_trained(&source);
  free_trained(&plain);
  free_trained(&decayed);
}
END_TEST

START_TEST(rates_scale_how_far_layers_move) {
  trained source = train(NULL, NULL, 2);
  trained tuned = train("base = \"layer_rates\";", source.policy, 3);
  trained plain = train("base = \"full\";", source.policy, 3);
  static const char *const names[] = {"actor.trunk.0.weight", "actor.trunk.1.weight"};
  static const double rates[] = {0.01, 0.1};
  for (int i = 0; i < 2; i++) {
    double ratio = distance(tuned.policy, source.policy, names[i]) /
                   distance(plain.policy, source.policy, names[i]);
    ck_assert_double_gt(ratio, 0.5 * rates[i]);
    ck_assert_double_lt(ratio, 2 * rates[i]);
  }
  free_trained(&source);
  free_trained(&tuned);
  free_trained(&plain);
}
END_TEST

START_TEST(a_tensor_waits_for_its_update) {
  trained source = train(NULL, NULL, 2);
  const char *warmup = "rules = ( { tensors = \"actor.*\"; from_update = 2; } );";
  trained held = train(warmup, source.policy, 2), released = train(warmup, source.policy, 3);
  ck_assert_double_eq(distance(held.policy, source.policy, "actor.trunk.0.weight"), 0);
  ck_assert_double_eq(distance(held.policy, source.policy, "actor.log_std"), 0);
  ck_assert_double_gt(distance(held.policy, source.policy, "critic.0.trunk.0.weight"), 0);
  ck_assert_double_gt(distance(released.policy, source.policy, "actor.trunk.0.weight"), 0);
  free_trained(&source);
  free_trained(&held);
  free_trained(&released);
}
END_TEST

// copy-all strategies start as the source policy, exactly; others do not
START_TEST(step_zero_is_the_zero_shot_policy) {
  if (strcmp(builtin_plans[_i].name, "scratch") == 0) return;
  trained source = train(NULL, NULL, 2), zero = train("base = \"zero_shot\";", source.policy, 0);
  char members[64];
  snprintf(members, sizeof members, "base = \"%s\";", builtin_plans[_i].name);
  trained tuned = train(members, source.policy, 1);
  if (builtin_plans[_i].copies_all) {
    ck_assert_double_eq(tuned.record.action_difference, 0);
    ck_assert_double_eq(tuned.record.point[0].eval.mean, zero.record.point[0].eval.mean);
    ck_assert_uint_eq(tuned.record.point[0].eval.trace_hash, zero.record.point[0].eval.trace_hash);
  } else {
    ck_assert_double_gt(tuned.record.action_difference, 0);
    ck_assert_double_ne(tuned.record.point[0].eval.mean, zero.record.point[0].eval.mean);
  }
  free_trained(&source);
  free_trained(&zero);
  free_trained(&tuned);
}
END_TEST

START_TEST(a_training_without_source_compares_nothing) {
  trained fresh = train(NULL, NULL, 1);
  ck_assert_double_nan(fresh.record.action_difference);
  free_trained(&fresh);
}
END_TEST

START_TEST(training_that_turns_non_finite_is_a_result) {
  trained source = train(NULL, NULL, 1);
  strategies s;
  co_strategy strategy;
  resolve(
      "{ name = \"x\"; rules = ( { tensors = \"actor.*|critic.*\"; rate = 1000; decay = 1.0; } ); "
      "}",
      "x", &s, &strategy);
  co_ppo_def settings = quick_settings();
  settings.rate = 1;  // each step multiplies the weights by -999
  co_world_source worlds = co_worlds();
  co_world home = {.task = "pendulum"};
  co_training_def def = {.name = "test",
                         .worlds = &worlds,
                         .world = home,
                         .home = &home,
                         .algorithm = co_algorithm_find("ppo"),
                         .settings = &settings,
                         .strategy = &strategy,
                         .source = source.policy,
                         .seed = 5,
                         .steps = 8 * UPDATE,
                         .evaluations = 3,
                         .episodes = 2,
                         .final_episodes = 2};
  co_record record = {0};
  co_training_cost cost = {0};
  co_policy *policy = NULL;
  ck_ok(co_training_run(&def, &record, &cost, &policy));
  ck_assert_ptr_null(policy);
  ck_assert_str_ne(record.failed, "");
  ck_assert_int_ge(record.num_points, 1);
  ck_assert(isfinite(record.point[0].eval.mean));
  co_record_free(&record);
  free_trained(&source);
  close_strategies(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strategy");
  TCase *resolving = tcase_create("resolve");
  tcase_add_test(resolving, bases_fill_what_is_left_open);
  tcase_add_test(resolving, an_entry_without_anything_copies_and_trains_all);
  tcase_add_test(resolving, an_own_entry_refines_the_builtin_of_its_name);
  tcase_add_loop_test(resolving, unknown_and_circular_names_are_errors, 0,
                      sizeof unresolved / sizeof *unresolved);
  tcase_add_test(resolving, too_many_rules_with_bases_are_an_error);
  suite_add_tcase(suite, resolving);
  TCase *planning = tcase_create("plan");
  tcase_add_loop_test(planning, every_builtin_strategy_plans_each_tensor, 0, NUM_BUILTIN);
  tcase_add_test(planning, the_table_above_has_every_builtin_strategy);
  tcase_add_loop_test(planning, rules_reach_their_tensors_only, 0,
                      sizeof builtin_rules / sizeof *builtin_rules);
  tcase_add_loop_test(planning, plans_that_make_no_sense_are_refused, 0,
                      sizeof bad_plans / sizeof *bad_plans);
  tcase_add_loop_test(planning, frozen_layers_are_allowed_where_nothing_changes, 0,
                      sizeof good_members / sizeof *good_members);
  suite_add_tcase(suite, planning);
  TCase *applying = tcase_create("apply");
  tcase_add_test(applying, applying_copies_zeroes_and_leaves_fresh);
  tcase_add_test(applying, tensors_of_another_shape_are_named);
  tcase_add_loop_test(applying, a_critic_without_its_scaler_keeps_its_values, 0,
                      sizeof return_variances / sizeof *return_variances);
  tcase_add_test(applying, a_critic_with_its_scaler_is_not_rescaled);
  tcase_add_loop_test(applying, blending_caps_the_count, 0, sizeof counts / sizeof *counts);
  suite_add_tcase(suite, applying);
  TCase *training = tcase_create("train");
  tcase_set_timeout(training, 60);
  tcase_add_loop_test(training, a_frozen_part_computes_the_same_function, 0, 2);
  tcase_add_test(training, a_trunk_behind_a_moving_normaliser_would_change);
  tcase_add_test(training, l2sp_holds_weights_near_the_source);
  tcase_add_test(training, decay_shrinks_its_tensors_only);
  tcase_add_test(training, rates_scale_how_far_layers_move);
  tcase_add_test(training, a_tensor_waits_for_its_update);
  tcase_add_loop_test(training, step_zero_is_the_zero_shot_policy, 0, NUM_BUILTIN);
  tcase_add_test(training, a_training_without_source_compares_nothing);
  tcase_add_test(training, training_that_turns_non_finite_is_a_result);
  suite_add_tcase(suite, training);
  return suite;
}
