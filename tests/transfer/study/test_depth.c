// What a strategy says of layers by their place.

#include "tests/transfer/strategy_fixture.h"
#include "transfer/study/depth.h"

#include <math.h>

// One letter per tensor of a layer, in the policy's order, layers apart, networks by "|": c copied,
// f fresh, capital when it never moves. Of no layer are small in brackets.
static void write_letters(const co_policy *policy, const co_tensor_plan *plan, char *out) {
  int part = 0, member = 0, last = -1;
  for (int i = 0; i < policy->num_tensors; i++) {
    const co_tensor_facts *facts = &policy->tensor[i].facts;
    int place = co_depth_of(policy->tensor, policy->num_tensors, i);
    if (co_tensor_is_statistic(facts)) continue;
    if (facts->part != (co_tensor_part)part || facts->member != member)
      *out++ = '|', last = -1;
    else if (place != last && last >= 0)
      *out++ = ' ';
    part = (int)facts->part, member = facts->member, last = place;
    char letter = plan[i].init == CO_INIT_COPY ? 'c' : 'f';
    if (plan[i].rule.rate == 0) letter = (char)(letter - 'a' + 'A');
    if (place < 0) *out++ = '(';
    *out++ = letter;
    if (place < 0) *out++ = ')';
  }
  *out = '\0';
}

typedef enum policy_kind { PLAIN, NORM, SHARED, GRU, SAC, BC } policy_kind;

static bool is_actors(const co_tensor *tensor, const void *context) {
  (void)context;
  return !co_tensor_is_learners(&tensor->facts);
}

static co_policy *make(policy_kind kind, int hidden) {
  co_network_def def = {.obs_dim = 3,
                        .act_dim = 1,
                        .num_hidden = hidden,
                        .hidden = {8, 8, 8},
                        .activation = CO_TANH,
                        .layer_norm = kind == NORM,
                        .shared_trunk = kind == SHARED,
                        .head = kind == SAC ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN};
  if (kind == SAC) def.num_critics = 3;
  if (kind == GRU) def.memory = (co_memory_def){CO_GRU, 5};
  co_policy *policy = make_policy_of(1, &def);
  if (kind == BC) co_policy_keep_tensors(policy, is_actors, NULL);
  return policy;
}

#define IN(n) "freeze = { actor = " #n "; from = \"input\"; };"
#define OUT(n) "freeze = { actor = " #n "; from = \"output\"; };"
static const struct {
  policy_kind kind;
  int hidden;
  const char *members, *plan;
} planned[] = {
    // networks of one to four layers
    {PLAIN, 0, IN(0), "cc (c)|cc"},
    {PLAIN, 0, IN(1), "CC (c)|cc"},
    {PLAIN, 0, OUT(1), "CC (c)|cc"},
    {PLAIN, 1, IN(1), "CC cc (c)|cc cc"},
    {PLAIN, 1, OUT(1), "cc CC (c)|cc cc"},
    {PLAIN, 1, IN(2), "CC CC (c)|cc cc"},
    {PLAIN, 2, IN(1), "CC cc cc (c)|cc cc cc"},
    {PLAIN, 2, IN(2), "CC CC cc (c)|cc cc cc"},
    {PLAIN, 2, OUT(2), "cc CC CC (c)|cc cc cc"},
    {PLAIN, 3, IN(2), "CC CC cc cc (c)|cc cc cc cc"},
    {PLAIN, 3, OUT(3), "cc CC CC CC (c)|cc cc cc cc"},
    {PLAIN, 3, IN(4), "CC CC CC CC (c)|cc cc cc cc"},
    {PLAIN, 3, "freeze = { critic = 2; from = \"input\"; };", "cc cc cc cc (c)|CC CC cc cc"},
    {PLAIN, 3, "freeze = { actor = 1; critic = 2; from = \"output\"; };",
     "cc cc cc CC (c)|cc cc CC CC"},
    {PLAIN, 0, "fresh = { actor = 1; critic = 1; from = \"output\"; };", "ff (c)|ff"},
    {PLAIN, 1, "fresh = { actor = 1; critic = 1; from = \"output\"; };", "cc ff (c)|cc ff"},
    {PLAIN, 2, "fresh = { actor = 2; from = \"input\"; };", "ff ff cc (c)|cc cc cc"},
    {PLAIN, 3, "fresh = { critic = 3; from = \"output\"; };", "cc cc cc cc (c)|cc ff ff ff"},
    {PLAIN, 2, IN(1) " fresh = { actor = 1; critic = 1; from = \"output\"; };",
     "CC cc ff (c)|cc cc ff"},
    // norms and memory go with their layers, all critics are meant, a shared trunk is the actor's
    {NORM, 2, IN(1), "CCCC cccc cc (c)|cccc cccc cc"},
    {NORM, 2, "fresh = { actor = 2; from = \"output\"; };", "cccc ffff ff (c)|cccc cccc cc"},
    {GRU, 0, IN(1), "CCCCCC (c)|cccccc"},
    {GRU, 2, IN(1), "CCCCCC cc cc (c)|cccccc cc cc"},
    {GRU, 2, OUT(2), "cccccc CC CC (c)|cccccc cc cc"},
    {GRU, 1, "fresh = { critic = 2; from = \"input\"; };", "cccccc cc (c)|ffffff ff"},
    {SHARED, 2, IN(2), "CC CC cc (c)|cc"},
    {SHARED, 2, "freeze = { actor = 2; critic = 1; from = \"input\"; };", "CC CC cc (c)|CC"},
    {SHARED, 2, "fresh = { actor = 1; critic = 1; from = \"output\"; };", "cc cc ff (c)|ff"},
    {SAC, 2, "freeze = { actor = 2; critic = 1; from = \"input\"; };",
     "CC CC cc (c)(c)(c)|CC cc cc|CC cc cc|CC cc cc"},
    {SAC, 1, "fresh = { actor = 1; critic = 1; from = \"output\"; };",
     "cc ff (c)(c)(c)|cc ff|cc ff|cc ff"},
    {BC, 2, IN(2), "CC CC cc (c)"},
    // what stands behind it says otherwise
    {PLAIN, 2, IN(2) " rules = ( { tensors = \"actor.trunk.*.bias\"; rate = 1; } );",
     "Cc Cc cc (c)|cc cc cc"},
    {PLAIN, 2,
     "fresh = { actor = 1; from = \"output\"; }; rules = ( { tensors = \"actor.mean.bias\"; init = "
     "\"copy\"; } );",
     "cc cc fc (c)|cc cc cc"},
    // above a base: of its rules, of its train, of its layers
    {PLAIN, 2, "base = \"lora\"; " IN(1), "CC cC cc (c)|cc cc cc"},
    {PLAIN, 2, "base = \"partial\"; freeze = { actor = 1; critic = 1; from = \"output\"; };",
     "CC CC CC (c)|cc cc CC"},
    {PLAIN, 2, "base = \"partial\"; fresh = { actor = 2; from = \"output\"; };",
     "CC ff ff (c)|cc cc cc"},
    {PLAIN, 2, "base = \"zero_shot\"; fresh = { actor = 1; from = \"output\"; };",
     "CC CC ff (C)|CC CC CC"},
    {PLAIN, 2, "base = \"freeze_input\"; " OUT(2), "cc CC CC (c)|cc cc cc"},
    {PLAIN, 2, "base = \"freeze_input\"; freeze = { from = \"input\"; };", "cc cc cc (c)|cc cc cc"},
};
START_TEST(layers_are_found_by_their_place) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  char text[256];
  co_policy *policy = make(planned[_i].kind, planned[_i].hidden);
  resolve_members(planned[_i].members, &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  write_letters(policy, plan, text);
  ck_assert_str_eq(text, planned[_i].plan);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// Rates and first updates, of weights, from the input on; the actor's and then the first critic's.
static const struct {
  policy_kind kind;
  int hidden;
  const char *members;
  double rate[2][4];
  int64_t from_update[2][4];
} paced[] = {
    {PLAIN, 0, "rate_decay = 2.6;", {{1}, {1}}, {{0}}},
    {PLAIN, 1, "rate_decay = 2.6;", {{1 / 2.6, 1}, {1 / 2.6, 1}}, {{0}}},
    {PLAIN, 2, "rate_decay = 2;", {{0.25, 0.5, 1}, {0.25, 0.5, 1}}, {{0}}},
    {SAC, 3, "rate_decay = 2;", {{0.125, 0.25, 0.5, 1}, {0.125, 0.25, 0.5, 1}}, {{0}}},
    {SHARED, 2, "rate_decay = 2;", {{0.25, 0.5, 1}, {1}}, {{0}}},
    {PLAIN, 2, "base = \"layer_rates\"; rate_decay = 1;", {{1, 1, 1}, {1, 1, 1}}, {{0}}},
    // what is drawn anew is not held back, what is frozen stays so
    {PLAIN,
     2,
     "rate_decay = 2; fresh = { actor = 2; from = \"input\"; };",
     {{1, 1, 1}, {0.25, 0.5, 1}},
     {{0}}},
    {PLAIN, 2, "base = \"partial\"; rate_decay = 2;", {{0, 0, 1}, {0.25, 0.5, 1}}, {{0}}},
    {PLAIN,
     2,
     "base = \"layer_rates\"; " IN(1),
     {{0, 1 / 2.6, 1}, {1 / 2.6 / 2.6, 1 / 2.6, 1}},
     {{0}}},
    {PLAIN, 0, "unfreeze = { every = 7; };", {{1}, {1}}, {{0}}},
    {PLAIN, 1, "unfreeze = { every = 7; };", {{1, 1}, {1, 1}}, {{7, 0}, {0, 0}}},
    {PLAIN, 2, "base = \"gradual\";", {{1, 1, 1}, {1, 1, 1}}, {{10, 5, 0}, {0, 0, 0}}},
    {SAC,
     3,
     "unfreeze = { every = 2; critic = true; };",
     {{1, 1, 1, 1}, {1, 1, 1, 1}},
     {{6, 4, 2, 0}, {6, 4, 2, 0}}},
    {BC, 2, "unfreeze = { every = 3; }; rate_decay = 2;", {{0.25, 0.5, 1}}, {{6, 3, 0}}},
};
START_TEST(layers_are_paced_by_their_place) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  int seen = 0;
  co_policy *policy = make(paced[_i].kind, paced[_i].hidden);
  resolve_members(paced[_i].members, &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  for (int i = 0; i < policy->num_tensors; i++) {
    const co_tensor_facts *facts = &policy->tensor[i].facts;
    int place = co_depth_of(policy->tensor, policy->num_tensors, i);
    ck_assert(facts->part == CO_PART_OBS_NORM || place >= 0 || plan[i].rule.rate == 1);
    if (place < 0) continue;
    ck_assert_double_eq_tol(plan[i].rule.rate, paced[_i].rate[facts->part][place], 1e-15);
    ck_assert_int_eq(plan[i].rule.from_update, paced[_i].from_update[facts->part][place]);
    seen++;
  }
  ck_assert_int_ge(seen, paced[_i].kind == BC ? 2 : 4);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

#define TRAIN_OUTPUT "train = \"actor.mean.*|critic.*\";"
static const struct {
  policy_kind kind;
  const char *members, *part;
} refused[] = {
    {PLAIN, IN(4), "freeze = { actor = 4; from = \"input\"; }: the actor has 3 layers"},
    {SHARED, "fresh = { critic = 2; from = \"output\"; };",
     "fresh = { critic = 2; from = \"output\"; }: a critic has 1 layer"},
    {BC, "freeze = { actor = 1; critic = 1; from = \"input\"; };",
     "freeze = { actor = 1; critic = 1; from = \"input\"; }: a critic has no layers where it "
     "trains"},
    {BC, "base = \"last_layers_fresh\";", "a critic has no layers where it trains"},
    {BC, "unfreeze = { every = 1; critic = true; };", "unfreeze: a critic has no layers"},
    {PLAIN, TRAIN_OUTPUT OUT(1),
     "freeze = { actor = 1; from = \"output\"; } freezes actor.mean.weight, and train = "
     "\"actor.mean.*|critic.*\" lets it move: say one of the two"},
    {PLAIN, "base = \"freeze_input\"; train = \"actor.*\";",
     "freezes actor.trunk.0.weight, and train = \"actor.*\" lets it move"},
    {PLAIN, TRAIN_OUTPUT " fresh = { actor = 2; from = \"output\"; };",
     "fresh = { actor = 2; from = \"output\"; } trains actor.trunk.1.weight, and train = "
     "\"actor.mean.*|critic.*\" freezes it"},
    {PLAIN, OUT(2) " fresh = { actor = 1; from = \"output\"; };",
     "freeze and fresh both select actor.mean.weight, which would stay as it was drawn"},
    {PLAIN, IN(3) " unfreeze = { every = 2; };", "unfreeze opens no layer, since all stay frozen"},
    {PLAIN, IN(1) " obs_norm = \"blend\";", "actor.trunk.0.weight is copied and frozen"},
};
START_TEST(layers_that_are_not_there_are_refused) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  co_policy *policy = make(refused[_i].kind, 2);
  resolve_members(refused[_i].members, &s, &strategy);
  ck_fails(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan), CO_CONFIG,
           refused[_i].part);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// A residual network is beside the layers; the mean that it adds to stays the source's.
START_TEST(a_residual_network_is_of_no_layer) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  resolve_members("residual = { hidden = (8); }; rate_decay = 2; " IN(3), &s, &strategy);
  co_policy *policy = make_own(&strategy, make(PLAIN, 2));
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  for (int i = 0; i < policy->num_tensors; i++) {
    const co_tensor_facts *facts = &policy->tensor[i].facts;
    if (facts->layer == CO_LAYER_RESIDUAL)
      ck_assert_double_eq(plan[i].rule.rate, 1);
    else if (facts->part == CO_PART_ACTOR)
      ck_assert_int_eq(plan[i].rule.rate == 0, facts->layer != CO_LAYER_NONE);
  }
  close_strategies(&s);
  resolve_members("residual = { hidden = (8); }; fresh = { actor = 1; from = \"output\"; };", &s,
                  &strategy);
  ck_fails(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan), CO_CONFIG,
           "a residual network adds to the actor of the source policy, and actor.mean.weight is "
           "not copied");
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// Between policies: a critic that would be frozen as it was drawn is told with the layers.
START_TEST(frozen_fresh_critics_are_refused) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  co_policy *source = make(BC, 2), *target = make(PLAIN, 2);
  resolve_members("freeze = { critic = 1; from = \"input\"; };", &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
  ck_fails(co_strategy_adapt(&strategy, plan, source, target, NULL), CO_CONFIG,
           "freeze = { critic = 1; from = \"input\"; } freezes critic.0.trunk.0.weight, but the "
           "source policy has no critics");
  co_policy_free(source);
  co_policy_free(target);
  close_strategies(&s);
}
END_TEST

START_TEST(mistakes_in_members_are_told) {
  static const struct {
    const char *members, *part;
  } wrong[] = {{"freeze = { actor = 1; };", "from: missing key"},
               {"freeze = { actor = 1; from = \"top\"; };", "\"top\""},
               {"freeze = { actor = -1; from = \"input\"; };", "-1"},
               {"fresh = { actor = 66; from = \"input\"; };", "66"},
               {"fresh = { values = 1; from = \"input\"; };", "values"},
               {"rate_decay = 0.5;", "0.5"},
               {"unfreeze = { every = 0; };", "every"},
               {"unfreeze = { critic = true; };", "every"}};
  char text[128];
  co_node *root;
  co_arena arena = {0};
  co_list list;
  snprintf(text, sizeof text, "own = ( { name = \"x\"; %s } );", wrong[_i].members);
  ck_ok(co_tree_parse(text, "own.cfg", &root));
  ck_fails(co_schema_read(&list_schema, root, &arena, &list), CO_CONFIG, wrong[_i].part);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

static void write_text(const char *members, char *out) {
  strategies s;
  co_strategy strategy;
  co_buf text = {0};
  resolve_members(members, &s, &strategy);
  ck_ok(co_strategy_write(&strategy, &text));
  ck_assert_uint_lt(text.size, 1024);
  strcpy(out, text.data);
  co_buf_free(&text);
  close_strategies(&s);
}

// What a trial's definition has, and with it its hash: nothing where nothing is said.
START_TEST(definitions_tell_layers_among_rules) {
  static const char *const same[][2] = {
      {"base = \"full\";", "base = \"freeze_input\"; freeze = { from = \"output\"; };"},
      {"base = \"full\";", "base = \"layer_rates\"; rate_decay = 1;"},
      {"base = \"freeze_input\";", "freeze = { actor = 1; from = \"input\"; };"}};
  char text[2][1024];
  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < 2; k++) write_text(same[i][k], text[k]);
    ck_assert_str_eq(text[0], text[1]);
  }
  write_text("base = \"full\";", text[0]);
  ck_assert_str_eq(text[0],
                   "strategy = { name = \"x\"; copy = \"*\"; train = \"*\"; obs_norm = \"auto\";\n"
                   "};\n");
  write_text("base = \"critic_warmup\"; rate_decay = 2.6; unfreeze = { every = 3; }; " IN(1)
             " fresh = { critic = 1; from = \"output\"; }; rules = ( { tensors = \"*\"; rate = 1; } "
             ");",
             text[0]);
  ck_assert_msg(
      strstr(
          text[0],
          "from_update = 5.0;\n };\nrate_decay = 2.6;\nfresh = { actor = 0;\ncritic = 1;\nfrom = "
          "\"output\";\n };\nfreeze = { actor = 1;\ncritic = 0;\nfrom = \"input\";\n "
          "};\nunfreeze = { every = 3;\ncritic = false;\n };\nrule = { "),
      "%s", text[0]);
}
END_TEST

START_TEST(exceptions_are_counted) {
  static const struct {
    const char *members;
    int exceptions;
    bool copies_all, trains;
  } expected[] = {
      {"base = \"full\";", 0, true, true},
      {"base = \"gradual\"; " IN(1), 2, true, true},
      {"base = \"lora\"; rate_decay = 2;", 3, true, true},
      {"base = \"last_layers_fresh\";", 1, false, true},
      {"base = \"zero_shot\"; " IN(1), 1, true, false},
      {"base = \"zero_shot\"; fresh = { actor = 1; from = \"output\"; };", 1, false, true}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    strategies s;
    co_strategy strategy;
    resolve_members(expected[i].members, &s, &strategy);
    ck_assert_int_eq(co_strategy_exceptions(&strategy), expected[i].exceptions);
    ck_assert_int_eq(co_strategy_copies_all(&strategy), expected[i].copies_all);
    ck_assert_int_eq(co_strategy_trains(&strategy), expected[i].trains);
    close_strategies(&s);
  }
}
END_TEST

#define COUNT(table) (sizeof table / sizeof *table)
Suite *test_suite(void) {
  Suite *suite = suite_create("depth");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, layers_are_found_by_their_place, 0, COUNT(planned));
  tcase_add_loop_test(tcase, layers_are_paced_by_their_place, 0, COUNT(paced));
  tcase_add_loop_test(tcase, layers_that_are_not_there_are_refused, 0, COUNT(refused));
  tcase_add_test(tcase, a_residual_network_is_of_no_layer);
  tcase_add_test(tcase, frozen_fresh_critics_are_refused);
  tcase_add_loop_test(tcase, mistakes_in_members_are_told, 0, 8);
  tcase_add_test(tcase, definitions_tell_layers_among_rules);
  tcase_add_test(tcase, exceptions_are_counted);
  suite_add_tcase(suite, tcase);
  return suite;
}
