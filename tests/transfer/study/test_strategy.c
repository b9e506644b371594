// Strategies: how they resolve, what they plan for each tensor, what applying does.

#include "tests/support/acting.h"
#include "tests/transfer/strategy_fixture.h"

#include <math.h>

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

START_TEST(what_an_entry_does_not_say_copies_and_trains_all) {
  strategies s;
  open_strategies(&s, "{ name = \"mine\"; obs_norm = \"auto\"; }");
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

#define TERM(weight) "loss = ( { term = \"kl_to_source\"; weight = " weight "; } );"

START_TEST(a_loss_term_stands_for_that_of_the_base) {
  static const struct {
    const char *name, *written;  // NULL: nothing of loss terms
    double weight;
  } expected[] = {{"near", "weight = 1.0;", 1},
                  {"far", "weight = 2.0;", 2},
                  {"further", "weight = 2.0;", 2},
                  {"none", NULL, 0}};
  strategies s;
  open_strategies(&s,
                  "{ name = \"far\"; base = \"near\"; " TERM("2") " },"
                  "{ name = \"near\"; base = \"full\"; " TERM("1") " },"
                  "{ name = \"further\"; base = \"far\"; },"
                  "{ name = \"none\"; base = \"full\"; }");
  for (int i = 0; i < 4; i++) {
    co_strategy strategy;
    co_buf text = {0};
    ck_ok(co_strategy_resolve(&s.own, &s.builtin, expected[i].name, &strategy));
    ck_assert_int_eq(strategy.loss.count, expected[i].written != NULL);
    if (strategy.loss.count) ck_assert(strategy.loss.item[0]->weight == expected[i].weight);
    co_strategy_write(&strategy, &text);
    ck_assert_msg(!strstr(text.data, "loss") == !expected[i].written, "%s", text.data);
    if (expected[i].written) ck_assert_ptr_nonnull(strstr(text.data, expected[i].written));
    co_buf_free(&text);
  }
  close_strategies(&s);
}
END_TEST

START_TEST(a_strategy_may_consist_of_a_term) {
  strategies s;
  co_strategy strategy;
  resolve_members(TERM("0.5"), &s, &strategy);
  ck_assert_int_eq(strategy.loss.count, 1);
  ck_assert_str_eq(strategy.copy, "*");
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
    {"{ name = \"partail\"; }", "partail", "not built in and says neither"},
    {"{ name = \"partail\"; }", "partail", "did you mean \"partial\"?"},
    {"{ name = \"a\"; base = \"ful\"; }, { name = \"ful\"; }", "a",
     "strategy \"ful\" is not built in"},
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

// --- plans ---

// One letter per tensor, in the policy's order: c copied, f fresh, capital when it never moves.
// Actor trunk (4), mean (2), log_std; critic trunk (4), value (2); obs_norm (3); reward_norm (3).
static const struct {
  const char *name, *plan;
  bool copies_nothing, copies_all, trains;
} builtin_plans[] = {
    {"zero_shot", "CCCC CC C CCCC CC CCC CCC", false, true, false},
    {"scratch", "ffff ff f ffff ff fff fff", true, false, true},
    {"scratch_source_norm", "ffff ff f ffff ff CCC fff", false, false, true},
    {"full", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"full_blend", "cccc cc c cccc cc ccc ccc", false, true, true},
    {"partial", "CCCC cc c cccc cc CCC ccc", false, true, true},
    {"new_head", "CCCC ff f ffff ff CCC fff", false, false, true},
    {"layer_rates", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"l2sp", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"critic_warmup", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"lora", "cCcC cc c cccc cc CCC ccc", false, true, true},
    {"masked", "cCcC cc c cccc cc CCC ccc", false, true, true},
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
  open_strategies(&s, "{ name = \"unused\"; base = \"full\"; }");
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
    {"layer_rates", "actor.trunk.0.weight", {0.01, 0, 0, 0, 0, 0, 0}},
    {"layer_rates", "actor.trunk.1.bias", {0.1, 0, 0, 0, 0, 0, 0}},
    {"layer_rates", "actor.mean.weight", {1, 0, 0, 0, 0, 0, 0}},
    {"l2sp", "actor.mean.weight", {1, 0, 0, 0.001, 0, 0, 0}},
    {"l2sp", "critic.0.value.bias", {1, 0, 0, 0.001, 0, 0, 0}},
    {"l2sp", "obs_norm.mean", {0, 0, 0, 0, 0, 0, 0}},
    {"l2sp", "reward_norm.mean", {1, 0, 0, 0, 0, 0, 0}},
    {"full_blend", "obs_norm.mean", {1, 0, 0, 0, 0, 0, 0}},
    {"critic_warmup", "actor.trunk.0.weight", {1, 5, 0, 0, 0, 0, 0}},
    {"critic_warmup", "critic.0.value.weight", {1, 0, 0, 0, 0, 0, 0}},
    {"lora", "actor.trunk.1.weight", {1, 0, 0, 0, 2, 2, 0}},
    {"masked", "actor.trunk.1.weight", {1, 0, 0, 0, 0, 0, 0.9}},
    {"masked", "actor.mean.weight", {1, 0, 0, 0, 0, 0, 0}},
    {"lora", "actor.trunk.1.bias", {0, 0, 0, 0, 0, 0, 0}},
    {"lora", "critic.0.trunk.1.weight", {1, 0, 0, 0, 0, 0, 0}},
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
  ck_assert_int_eq(rule.lora, builtin_rules[_i].rule.lora);
  ck_assert_double_eq(rule.alpha, builtin_rules[_i].rule.alpha);
  ck_assert_double_eq(rule.hold, builtin_rules[_i].rule.hold);
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
    {"rules = ( { tensors = \"actor.*\"; lora = 4; } );",
     "lora = 4 is more than the rank of actor.trunk.0.weight, which is"},
    {"rules = ( { tensors = \"*.bias|actor.log_std\"; lora = 1; } );",
     "lora is of weights of layers, and tensors = \"*.bias|actor.log_std\" names none"},
    {"rules = ( { tensors = \"*.bias\"; hold = 0.5; } );",
     "hold is of weights of layers, and tensors = \"*.bias\" names none"},
    {"rules = ( { tensors = \"actor.*\"; lora = 1; }, { tensors = \"actor.mean.*\"; hold = 0.5; } "
     ");",
     "actor.mean.weight has both lora and hold"},
};
START_TEST(plans_that_make_no_sense_are_refused) {
  strategies s;
  co_strategy strategy;
  resolve_members(bad_plans[_i].members, &s, &strategy);
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
  strategies s;
  co_strategy strategy;
  resolve_members(good_members[_i], &s, &strategy);
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
  strategies s;
  co_strategy strategy;
  resolve_members(members, &s, &strategy);
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

static const struct {
  co_network_def source;
  const char *members, *error;  // NULL: allowed
} networks[] = {
    {{.obs_dim = 3, .act_dim = 1, .num_hidden = 2, .hidden = {WIDTH, WIDTH}, .activation = CO_RELU},
     "",
     "cannot copy actor.trunk.0.weight: its activation is relu in the source policy, tanh in the "
     "target"},
    {{.obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 2,
      .hidden = {WIDTH, WIDTH},
      .activation = CO_TANH,
      .num_activations = 2,
      .activations = {CO_TANH, CO_ELU}},
     "",
     "cannot copy actor.trunk.1.weight: its activation is elu in the source policy, tanh in the "
     "target"},
    {{.obs_dim = 3, .act_dim = 1, .num_hidden = 2, .hidden = {WIDTH, WIDTH}, .activation = CO_RELU},
     "copy = \"obs_norm.*|actor.log_std\";",
     NULL},
    {{.obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 3,
      .hidden = {WIDTH, WIDTH, WIDTH},
      .activation = CO_TANH},
     "",
     "cannot copy actor.mean.weight: it stands on 3 hidden layers in the source policy, on 2 in "
     "the target"},
    {{.obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 3,
      .hidden = {WIDTH, WIDTH, WIDTH},
      .activation = CO_TANH},
     "base = \"new_head\";",
     NULL},
    {{.obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 2,
      .hidden = {WIDTH, WIDTH},
      .activation = CO_TANH,
      .layer_norm = true},
     "",
     "cannot copy actor.trunk.0.weight: only the source policy has layer norm behind it"},
    {{.obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 2,
      .hidden = {WIDTH, WIDTH},
      .activation = CO_TANH,
      .shared_trunk = true},
     "copy = \"critic.0.value.*\";",
     "cannot copy critic.0.value.weight: only in the source policy it stands on the actor's trunk"},
    {{.obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 2,
      .hidden = {WIDTH, WIDTH},
      .activation = CO_TANH,
      .shared_trunk = true},
     "copy = \"actor.*\";",
     NULL},
};
START_TEST(another_network_of_the_same_shapes_is_refused) {
  co_policy *source = make_policy_of(1, &networks[_i].source), *target = make_policy(2, WIDTH);
  if (networks[_i].error)
    ck_fails(apply(networks[_i].members, source, target, 100), CO_CONFIG, networks[_i].error);
  else
    ck_ok(apply(networks[_i].members, source, target, 100));
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// the same sizes in another order would fit, and act wrongly
START_TEST(elements_of_another_name_are_refused) {
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, WIDTH);
  strcpy(source->contract.obs[1].name, "z");
  ck_fails(apply("", source, target, 100), CO_CONFIG,
           "cannot copy actor.trunk.0.weight: observation 1 is z in the source policy, y in the "
           "target");
  ck_fails(apply("copy = \"obs_norm.*\";", source, target, 100), CO_CONFIG,
           "cannot copy obs_norm.mean");
  ck_ok(apply("copy = \"actor.mean.*|actor.trunk.1.*\";", source, target, 100));
  strcpy(source->contract.action[0].name, "b");
  ck_fails(apply("copy = \"actor.log_std\";", source, target, 100), CO_CONFIG,
           "cannot copy actor.log_std: action 0 is b in the source policy, a in the target");
  ck_fails(apply("copy = \"actor.mean.bias\";", source, target, 100), CO_CONFIG,
           "cannot copy actor.mean.bias: action 0 is b in the source policy, a in the target");
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// without hidden layers it is the output's weight that faces the observation
START_TEST(a_lone_layer_faces_observations) {
  static const co_network_def lone = {.obs_dim = 3, .act_dim = 1};
  co_policy *source = make_policy_of(1, &lone), *target = make_policy_of(2, &lone);
  strcpy(source->contract.obs[1].name, "z");
  ck_fails(apply("copy = \"actor.mean.*\";", source, target, 100), CO_CONFIG,
           "cannot copy actor.mean.weight: observation 1 is z in the source policy, y in the "
           "target");
  ck_fails(apply("copy = \"critic.*\";", source, target, 100), CO_CONFIG,
           "cannot copy critic.0.value.weight: observation 1 is z");
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

START_TEST(limits_of_a_normaliser_come_with_it) {
  enum { COUNT = 50 };
  co_policy *source = make_policy(1, WIDTH), *target = make_policy(2, WIDTH);
  source->obs_norm.clip = 0.5;
  source->obs_norm.epsilon = 0.1;
  float obs[3 * COUNT], before[COUNT], after[COUNT];
  random_obs(4, COUNT, obs);
  policy_act(source, obs, COUNT, before);
  ck_ok(apply("", source, target, 100));
  policy_act(target, obs, COUNT, after);
  ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
  co_policy_free(target);
  target = make_policy(2, WIDTH);
  ck_ok(apply("obs_norm = \"reset\";", source, target, 100));
  ck_assert_double_eq(target->obs_norm.clip, 10);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// values of a policy's critic on the scale of raw returns
static void raw_values(const co_policy *policy, const float *obs, int count, double *out) {
  float *normal = calloc((size_t)count * 3, sizeof *normal),
        *value = calloc((size_t)count, sizeof *value);
  co_normalizer_apply(&policy->obs_norm, obs, count, normal, 3);
  network_forward(&policy->net, normal, count, NULL, value);
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
    {"", 1e6, 5120, 1e6},  // auto: what is copied stays
    {"", 300, 5120, 300},  // a cap, no floor
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

Suite *test_suite(void) {
  Suite *suite = suite_create("strategy");
  TCase *resolving = tcase_create("resolve");
  tcase_add_test(resolving, bases_fill_what_is_left_open);
  tcase_add_test(resolving, what_an_entry_does_not_say_copies_and_trains_all);
  tcase_add_test(resolving, an_own_entry_refines_the_builtin_of_its_name);
  tcase_add_test(resolving, a_loss_term_stands_for_that_of_the_base);
  tcase_add_test(resolving, a_strategy_may_consist_of_a_term);
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
  tcase_add_loop_test(applying, another_network_of_the_same_shapes_is_refused, 0,
                      sizeof networks / sizeof *networks);
  tcase_add_test(applying, elements_of_another_name_are_refused);
  tcase_add_test(applying, a_lone_layer_faces_observations);
  tcase_add_test(applying, limits_of_a_normaliser_come_with_it);
  tcase_add_loop_test(applying, a_critic_without_its_scaler_keeps_its_values, 0,
                      sizeof return_variances / sizeof *return_variances);
  tcase_add_test(applying, a_critic_with_its_scaler_is_not_rescaled);
  tcase_add_loop_test(applying, blending_caps_the_count, 0, sizeof counts / sizeof *counts);
  suite_add_tcase(suite, applying);
  return suite;
}
