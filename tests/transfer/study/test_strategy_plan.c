// Strategies: what they plan for each tensor.

#include "tests/transfer/strategy_fixture.h"

// One letter per tensor, in the policy's order: c copied, f fresh, capital when it never moves.
// A residual network, which is fresh and moves, is left out. Actor trunk (4), mean (2), log_std;
// critic trunk (4), value (2); obs_norm (3); reward_norm (3).
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
    {"freeze_input", "CCcc cc c cccc cc CCC ccc", false, true, true},
    {"layer_rates", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"gradual", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"last_layers_fresh", "cccc ff c cccc ff CCC ccc", false, false, true},
    {"l2sp", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"l2init", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"shrink_perturb", "cccc cc c cccc cc CCC ccc", false, false, true},
    {"redo", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"rollout_warmup", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"critic_warmup", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"lora", "cCcC cc c cccc cc CCC ccc", false, true, true},
    {"masked", "cCcC cc c cccc cc CCC ccc", false, true, true},
    {"input_adapter", "ccCC CC c cccc cc CCC ccc", false, true, true},
    {"output_adapter", "CCCC cc c cccc cc CCC ccc", false, true, true},
    {"kickstart", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"cotrain", "cccc cc c cccc cc CCC ccc", false, true, true},
    {"residual", "CCCC CC c cccc cc CCC ccc", false, true, true},
};
enum { NUM_BUILTIN = sizeof builtin_plans / sizeof *builtin_plans };

static void write_plan(const co_policy *policy, const co_tensor_plan *plan, char *out) {
  static const int part_ends[] = {4, 6, 7, 11, 13, 16};
  const char letter[] = {'c', 'f', 'z'};
  for (int i = 0, number = 0, part = 0; i < policy->num_tensors; i++) {
    if (policy->tensor[i].facts.layer == CO_LAYER_RESIDUAL) {
      ck_assert(plan[i].init == CO_INIT_FRESH && plan[i].rule.rate == 1);
      continue;
    }
    if (part < 6 && number == part_ends[part]) *out++ = ' ', part++;
    *out++ = (char)(letter[plan[i].init] - (plan[i].rule.rate == 0 ? 'a' - 'A' : 0));
    number++;
  }
  *out = '\0';
}

START_TEST(every_builtin_strategy_plans_each_tensor) {
  strategies s;
  co_strategy strategy;
  resolve(NULL, builtin_plans[_i].name, &s, &strategy);
  co_policy *policy = make_own(&strategy, make_policy(1, WIDTH));
  co_tensor_plan plan[32];
  char text[64];
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  write_plan(policy, plan, text);
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
    {"layer_rates", "actor.trunk.0.weight", {.rate = 1 / 2.6 / 2.6}},
    {"layer_rates", "critic.0.trunk.1.bias", {.rate = 1 / 2.6}},
    {"layer_rates", "actor.mean.weight", {.rate = 1}},
    {"layer_rates", "actor.log_std", {.rate = 1}},
    {"gradual", "actor.trunk.1.weight", {.rate = 1, .from_update = 5}},
    {"l2init", "actor.mean.weight", {.rate = 1, .l2init = 0.001}},
    {"l2sp", "actor.mean.weight", {.rate = 1, .l2sp = 0.001}},
    {"l2sp", "critic.0.value.bias", {.rate = 1, .l2sp = 0.001}},
    {"l2sp", "obs_norm.mean", {.rate = 0}},
    {"l2sp", "reward_norm.mean", {.rate = 1}},
    {"full_blend", "obs_norm.mean", {.rate = 1}},
    {"critic_warmup", "actor.trunk.0.weight", {.rate = 1, .from_update = 5}},
    {"critic_warmup", "critic.0.value.weight", {.rate = 1}},
    {"lora", "actor.trunk.1.weight", {.rate = 1, .lora = 2, .alpha = 2}},
    {"masked", "actor.trunk.1.weight", {.rate = 1, .hold = 0.9}},
    {"masked", "actor.mean.weight", {.rate = 1}},
    {"lora", "actor.trunk.1.bias", {.rate = 0}},
    {"lora", "critic.0.trunk.1.weight", {.rate = 1}},
    {"input_adapter", "actor.trunk.0.weight", {.rate = 1, .adapter = CO_ADAPTER_INPUT}},
    {"input_adapter", "actor.trunk.0.bias", {.rate = 1, .adapter = CO_ADAPTER_INPUT}},
    {"input_adapter", "actor.trunk.1.weight", {.rate = 0}},
    {"input_adapter", "critic.0.trunk.0.weight", {.rate = 1}},
    {"output_adapter", "actor.mean.weight", {.rate = 1, .adapter = CO_ADAPTER_OUTPUT}},
    {"output_adapter", "actor.mean.bias", {.rate = 1}},
};
START_TEST(rules_reach_their_tensors_only) {
  strategies s;
  co_strategy strategy;
  resolve(NULL, builtin_rules[_i].strategy, &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  co_tensor_plan plan[32];
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  co_tensor_rule rule = plan[find(policy, builtin_rules[_i].tensor)].rule;
  ck_assert_double_eq_tol(rule.rate, builtin_rules[_i].rule.rate, 1e-15);
  ck_assert_int_eq(rule.from_update, builtin_rules[_i].rule.from_update);
  ck_assert_double_eq(rule.decay, builtin_rules[_i].rule.decay);
  ck_assert_double_eq(rule.l2sp, builtin_rules[_i].rule.l2sp);
  ck_assert_double_eq(rule.l2init, builtin_rules[_i].rule.l2init);
  ck_assert_int_eq(rule.lora, builtin_rules[_i].rule.lora);
  ck_assert_double_eq(rule.alpha, builtin_rules[_i].rule.alpha);
  ck_assert_double_eq(rule.hold, builtin_rules[_i].rule.hold);
  ck_assert_int_eq(rule.adapter, builtin_rules[_i].rule.adapter);
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
    {"rules = ( { tensors = \"actor.log_std\"; shrink = 0.5; } );",
     "shrink is of weights and biases that are copied and move, and tensors = \"actor.log_std\" "
     "names none"},
    {"train = \"critic.*\"; rules = ( { tensors = \"actor.*\"; perturb = 0.5; } );",
     "perturb is of weights and biases that are copied and move, and tensors = \"actor.*\" names "
     "none"},
    {"copy = \"actor.*\"; rules = ( { tensors = \"critic.*\"; shrink = 0.5; } );",
     "shrink is of weights and biases that are copied and move"},
    {"base = \"l2sp\"; rules = ( { tensors = \"critic.*\"; l2init = 0.1; } );",
     "critic.0.trunk.0.weight has both l2sp and l2init"},
    {"rules = ( { tensors = \"*.bias\"; adapter = \"input\"; } );",
     "adapter is of weights of layers, and tensors = \"*.bias\" names none"},
    {"rules = ( { tensors = \"actor.*\"; lora = 1; adapter = \"output\"; } );",
     "actor.trunk.0.weight has both lora and adapter: a weight moves by one of them"},
    {"rules = ( { tensors = \"actor.*\"; hold = 0.5; adapter = \"output\"; } );",
     "actor.trunk.0.weight has both adapter and hold: numbers of an adapted weight all move"},
    {"copy = \"critic.*\"; rules = ( { tensors = \"actor.trunk.0.*\"; adapter = \"input\"; } );",
     "adapter = \"input\" is of a layer that is copied, and actor.trunk.0.weight is not"},
    {"rules = ( { tensors = \"actor.mean.*\"; rate = 0; adapter = \"output\"; } );",
     "actor.mean.weight is frozen, so that its adapter = \"output\" would not move: give its rule "
     "a rate"},
    {"rules = ( { tensors = \"actor.trunk.0.bias|actor.trunk.1.weight\"; adapter = \"input\"; } );",
     "actor.trunk.0.bias has adapter = \"input\", and the weight of its layer has not"},
    {"rules = ( { tensors = \"actor.mean.*\"; adapter = \"input\"; }, { tensors = "
     "\"actor.mean.weight\"; adapter = \"output\"; } );",
     "actor.mean.bias has adapter = \"input\", and the weight of its layer has not"},
    {"residual = { hidden = (8); }; train = \"critic.*\"; obs_norm = \"keep\";",
     "its residual network is frozen and adds nothing: let actor.residual.* train"},
    {"residual = { hidden = (8); }; rules = ( { tensors = \"actor.mean.*\"; init = \"fresh\"; } );",
     "a residual network adds to the actor of the source policy, and actor.mean.weight is not "
     "copied"},
};
START_TEST(plans_that_make_no_sense_are_refused) {
  strategies s;
  co_strategy strategy;
  resolve_members(bad_plans[_i].members, &s, &strategy);
  co_policy *policy = make_own(&strategy, make_policy(1, WIDTH));
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

// Shrunk are weights and biases that are copied and move; a factor of 1 is none.
START_TEST(shrinking_is_of_what_was_learned) {
  static const struct {
    const char *members, *shrunk;  // in the order of tensors: s where it is
    double shrink, perturb;
  } cases[] = {
      {"base = \"shrink_perturb\";", "ssss ss - ssss ss --- ---", 0.8, 0.2},
      {"base = \"shrink_perturb\"; rules = ( { tensors = \"*.bias\"; shrink = 1; perturb = 0; } );",
       "s-s- s- - s-s- s- --- ---", 0.8, 0.2},
      {"rules = ( { tensors = \"critic.*\"; perturb = 0.5; } );", "---- -- - ssss ss --- ---", 1,
       0.5},
      {"rules = ( { tensors = \"*\"; shrink = 0.5; } ); freeze = { actor = 2; from = \"input\"; };",
       "---- ss - ssss ss --- ---", 0.5, 0},
      {"rules = ( { tensors = \"*\"; shrink = 0.5; } ); fresh = { critic = 1; from = \"output\"; "
       "};",
       "ssss ss - ssss -- --- ---", 0.5, 0},
  };
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[32];
  char text[64], *out = text;
  resolve_members(cases[_i].members, &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  for (int i = 0; i < policy->num_tensors; i++) {
    bool shrunk = plan[i].shrink > 0;
    if (i == 4 || i == 6 || i == 7 || i == 11 || i == 13 || i == 16) *out++ = ' ';
    *out++ = shrunk ? 's' : '-';
    ck_assert_double_eq(plan[i].shrink, shrunk ? cases[_i].shrink : 0);
    ck_assert_double_eq(plan[i].perturb, shrunk ? cases[_i].perturb : 0);
  }
  *out = '\0';
  ck_assert_str_eq(text, cases[_i].shrunk);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// Decay is of weights; what else a rule names has it where there is no weight beside it.
START_TEST(decay_is_of_weights) {
  static const struct {
    const char *tensors, *decay;  // in the order of tensors: d where there is
  } cases[] = {
      {"*", "d-d- d- - d-d- d- --- ---"},
      {"actor.*", "d-d- d- - ---- -- --- ---"},
      {"actor.trunk.0.weight|actor.log_std", "d--- -- - ---- -- --- ---"},
      {"actor.trunk.0.bias|actor.log_std", "-d-- -- d ---- -- --- ---"},
  };
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[32];
  char members[256], text[64], *out = text;
  snprintf(members, sizeof members, "rules = ( { tensors = \"%s\"; decay = 0.5; } );",
           cases[_i].tensors);
  resolve_members(members, &s, &strategy);
  co_policy *policy = make_policy(1, WIDTH);
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  for (int i = 0; i < policy->num_tensors; i++) {
    if (i == 4 || i == 6 || i == 7 || i == 11 || i == 13 || i == 16) *out++ = ' ';
    *out++ = plan[i].rule.decay == 0.5 ? 'd' : '-';
  }
  *out = '\0';
  ck_assert_str_eq(text, cases[_i].decay);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// ---- networks

START_TEST(a_residual_network_is_the_strategys) {
  strategies s;
  co_strategy strategy;
  resolve_members("base = \"residual\"; residual = { hidden = (9, 7); activation = \"elu\"; };", &s,
                  &strategy);
  co_network_def def = {.obs_dim = 3, .act_dim = 1, .num_hidden = 1, .hidden = {20}};
  ck_ok(co_strategy_network(&strategy, NULL, &def));
  const co_residual_def want = {2, {9, 7}, CO_ELU, 0.2};
  ck_assert(co_network_same_residual(&def.residual, &want));
  co_buf text = {0};
  ck_ok(co_strategy_write(&strategy, &text));
  ck_assert_msg(strstr(text.data, "residual = { hidden = (9.0, 7.0);") != NULL, "%s", text.data);
  co_buf_free(&text);
  def.shared_trunk = true;
  ck_fails(co_strategy_network(&strategy, NULL, &def), CO_CONFIG,
           "a residual network does not go with learning.shared_trunk");
  def.shared_trunk = false;
  def.memory.width = 8;
  ck_fails(co_strategy_network(&strategy, NULL, &def), CO_CONFIG,
           "a residual network does not go with learning.memory");
  def.memory.width = 0;
  def.num_hidden = 61;
  ck_fails(co_strategy_network(&strategy, NULL, &def), CO_CONFIG, "so many learning.hidden layers");
  close_strategies(&s);
}
END_TEST

// Strategies of a source that has one take it along where they copy what it adds to, and do not add
// another.
START_TEST(a_residual_network_is_copied) {
  static const char *const members[] = {
      "base = \"zero_shot\";",
      "base = \"full\";",
      "base = \"scratch\";",
      "base = \"residual\";",
      "base = \"new_head\";",
      "base = \"scratch_source_norm\";",
      "rules = ( { tensors = \"actor.mean.*\"; init = \"fresh\"; } );"};
  strategies s;
  co_strategy strategy;
  co_network_def def = {.obs_dim = 3, .act_dim = 1, .num_hidden = 1, .hidden = {20}}, plain = def;
  def.residual = (co_residual_def){1, {9}, CO_TANH, 0.5};
  co_policy *source = make_policy_of(1, &def), *target = make_policy_of(2, &plain), *own;
  resolve_members(members[_i], &s, &strategy);
  if (_i == 3) {
    ck_fails(co_strategy_policy(&strategy, source, target, &own), CO_CONFIG,
             "the source policy has a residual network already");
  } else {
    ck_ok(co_strategy_policy(&strategy, source, target, &own));
    ck_assert_int_eq(own != NULL, _i < 2);
  }
  if (own) {
    co_tensor_plan plan[32];
    ck_ok(co_strategy_plan(&strategy, own->tensor, own->num_tensors, plan));
    ck_ok(co_strategy_apply(&strategy, plan, source, 100, own));
    int at = find(own, "actor.residual.0.weight");
    ck_assert(plan[at].init == CO_INIT_COPY && (plan[at].rule.rate > 0) == (_i == 1));
    ck_assert_uint_eq(co_tensor_hash(&own->tensor[at]), co_tensor_hash(&source->tensor[at]));
  }
  if (_i >= 4) {
    co_tensor_plan plan[32];
    ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
    ck_ok(co_strategy_check(&strategy, plan, source, target));
  }
  if (_i == 1) {  // into a network without one it does not fit
    co_tensor_plan plan[32];
    ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
    ck_fails(
        co_strategy_check(&strategy, plan, source, target), CO_CONFIG,
        "cannot copy actor.mean.weight: only in the source policy there is a residual network");
  }
  co_policy_free(own);
  co_policy_free(source);
  co_policy_free(target);
  close_strategies(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strategy_plan");
  TCase *planning = tcase_create("plan");
  tcase_add_loop_test(planning, every_builtin_strategy_plans_each_tensor, 0, NUM_BUILTIN);
  tcase_add_test(planning, the_table_above_has_every_builtin_strategy);
  tcase_add_loop_test(planning, rules_reach_their_tensors_only, 0,
                      sizeof builtin_rules / sizeof *builtin_rules);
  tcase_add_loop_test(planning, plans_that_make_no_sense_are_refused, 0,
                      sizeof bad_plans / sizeof *bad_plans);
  tcase_add_loop_test(planning, frozen_layers_are_allowed_where_nothing_changes, 0,
                      sizeof good_members / sizeof *good_members);
  tcase_add_loop_test(planning, shrinking_is_of_what_was_learned, 0, 5);
  tcase_add_loop_test(planning, decay_is_of_weights, 0, 4);
  suite_add_tcase(suite, planning);
  TCase *networks = tcase_create("networks");
  tcase_add_test(networks, a_residual_network_is_the_strategys);
  tcase_add_loop_test(networks, a_residual_network_is_copied, 0, 7);
  suite_add_tcase(suite, networks);
  return suite;
}
