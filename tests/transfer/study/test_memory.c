// Strategies on policies with memory: what may be copied, and that a trunk has its memory.

#include "tests/transfer/strategy_fixture.h"

static co_policy *remembering(uint64_t seed, co_memory_def memory) {
  return make_policy_of(seed, &(co_network_def){.obs_dim = 3,
                                                .act_dim = 1,
                                                .num_hidden = 2,
                                                .hidden = {WIDTH, WIDTH},
                                                .activation = CO_TANH,
                                                .memory = memory});
}

// A memory of 3 units has 12 rows of gates as an LSTM, as a GRU one of 4: names alone tell them
// apart. Without memory and with 3 units, the trunk's lowest layer has one shape.
static const struct {
  co_memory_def source, target;
  const char *members, *error;  // NULL: allowed
} memories[] = {
    {{CO_LSTM, 5}, {CO_LSTM, 5}, "", NULL},
    {{CO_LSTM, 5}, {CO_LSTM, 5}, "base = \"new_head\";", NULL},
    {{CO_LSTM, 5},
     {CO_LSTM, 6},
     "",
     "cannot copy actor.trunk.0.memory.weight: 20 x 3 in the source policy, 24 x 3 in the target"},
    {{CO_LSTM, 3},
     {CO_GRU, 4},
     "copy = \"actor.trunk.0.memory.weight\";",
     "cannot copy actor.trunk.0.memory.weight: memory is lstm in the source policy, gru in the "
     "target"},
    {{CO_LSTM, 0},
     {CO_GRU, 3},
     "base = \"new_head\";",
     "cannot copy actor.trunk.0.memory.weight: memory is none in the source policy, gru in the "
     "target"},
    {{CO_LSTM, 3},
     {CO_LSTM, 0},
     "",
     "cannot copy actor.trunk.0.weight: memory is lstm in the source policy, none in the target"},
    {{CO_LSTM, 0},
     {CO_LSTM, 3},
     "copy = \"actor.trunk.0.weight\";",
     "cannot copy actor.trunk.0.weight: memory is none in the source policy, lstm in the target"},
    {{CO_LSTM, 3}, {CO_LSTM, 0}, "copy = \"actor.trunk.1.*|actor.mean.*\";", NULL},
};
START_TEST(memory_means_something_with_its_like_only) {
  co_policy *source = remembering(1, memories[_i].source);
  co_policy *target = remembering(2, memories[_i].target);
  if (memories[_i].error)
    ck_fails(apply(memories[_i].members, source, target, 100), CO_CONFIG, memories[_i].error);
  else
    ck_ok(apply(memories[_i].members, source, target, 100));
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// What is said of the actor's trunk holds for its memory.
START_TEST(memory_is_of_the_trunk) {
  static const struct {
    const char *name;
    co_init init;
    double rate;
    int lora;  // of the weights
  } wanted[] = {{"partial", CO_INIT_COPY, 0, 0},
                {"new_head", CO_INIT_COPY, 0, 0},
                {"layer_rates", CO_INIT_COPY, 1 / 2.6 / 2.6, 0},
                {"lora", CO_INIT_COPY, 1, 2},
                {"scratch", CO_INIT_FRESH, 1, 0}};
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[32];
  co_policy *policy = remembering(1, (co_memory_def){CO_GRU, 5});
  resolve(NULL, wanted[_i].name, &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  for (int t = 0; t < 4; t++) {
    bool weight = co_tensor_is_weight(&policy->tensor[t].facts), lora = wanted[_i].lora > 0;
    ck_assert_int_eq(policy->tensor[t].facts.layer, CO_LAYER_MEMORY);
    ck_assert_int_eq(plan[t].init, wanted[_i].init);
    ck_assert_double_eq_tol(plan[t].rule.rate, lora && !weight ? 0 : wanted[_i].rate, 1e-15);
    ck_assert_int_eq(plan[t].rule.lora, weight ? wanted[_i].lora : 0);
  }
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

// In front of the lowest layer an adapter would get used to outputs of the memory, not to sensors.
START_TEST(no_input_adapter_stands_behind_memory) {
  static const struct {
    co_memory_def memory;
    const char *members;
    bool allowed;
  } cases[] = {
      {{CO_LSTM, 5}, "base = \"input_adapter\";", false},
      {{CO_GRU, 5},
       "rules = ( { tensors = \"actor.trunk.0.weight\"; adapter = \"input\"; } );",
       false},
      {{CO_LSTM, 0}, "base = \"input_adapter\";", true},
      {{CO_LSTM, 5}, "rules = ( { tensors = \"actor.mean.*\"; adapter = \"input\"; } );", true},
      {{CO_LSTM, 5}, "base = \"output_adapter\";", true},
  };
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[32];
  co_policy *policy = remembering(1, cases[_i].memory);
  resolve_members(cases[_i].members, &s, &strategy);
  co_status status = co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan);
  if (cases[_i].allowed)
    ck_ok(status);
  else
    ck_fails(status, CO_CONFIG,
             "adapter = \"input\" of actor.trunk.0.weight would not stand at the "
             "observations, but behind the memory, actor.trunk.0.memory.weight");
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strategies with memory");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, memory_means_something_with_its_like_only, 0,
                      sizeof memories / sizeof *memories);
  tcase_add_loop_test(tcase, memory_is_of_the_trunk, 0, 5);
  tcase_add_loop_test(tcase, no_input_adapter_stands_behind_memory, 0, 5);
  suite_add_tcase(suite, tcase);
  return suite;
}
