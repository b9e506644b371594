// Strategies: how they resolve, what applying does.

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
    ck_ok(co_strategy_write(&strategy, &text));
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
    {"{ name = \"partail\"; }", "partail", "not built in and says nothing but its name"},
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
  char text[4096] = "{ name = \"a\"; base = \"lora\"; rules = ( ";
  for (int i = 0; i < CO_MAX_RULES - 1; i++)
    strcat(text, i ? ", { tensors = \"*\"; rate = 0.5; }" : "{ tensors = \"*\"; rate = 0.5; }");
  strcat(text, " ); }");
  open_strategies(&s, text);
  co_strategy out;
  ck_fails(co_strategy_resolve(&s.own, &s.builtin, "a", &out), CO_CONFIG, "more than 32 rules");
  close_strategies(&s);
}
END_TEST

// --- applying ---

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
