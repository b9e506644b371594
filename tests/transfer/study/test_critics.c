// Policies with several critics as the source of ones with more or fewer: those that both have are
// copied, others are fresh or stay behind.

#include "tests/transfer/strategy_fixture.h"

static co_policy *make_with(uint64_t seed, int critics) {
  return make_policy_of(seed, &(co_network_def){.head = CO_HEAD_SQUASHED,
                                                .obs_dim = 3,
                                                .act_dim = 1,
                                                .num_hidden = 1,
                                                .hidden = {WIDTH},
                                                .num_critics = critics});
}

// plans the strategy `text` for the target and adapts the plan to what the source has
static co_status carry(const char *text, const co_policy *source, co_policy *target,
                       co_not_copied *count) {
  co_tensor_plan plan[64];
  co_strategy strategy;
  strategies s;
  open_strategies(&s, text);
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "x", &strategy));
  ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
  co_status status = co_strategy_adapt(&strategy, plan, source, target, count);
  if (status == CO_OK) status = co_strategy_apply(&strategy, plan, source, 100, target);
  close_strategies(&s);
  return status;
}

static uint64_t hash_of(const co_policy *policy, int tensor) {
  return co_tensor_hash(&policy->tensor[tensor]);
}

static const struct {
  int from, to, missing;
} numbers[] = {{2, 4, 8}, {4, 2, 0}, {1, 2, 4}, {2, 1, 0}, {3, 3, 0}};

START_TEST(critics_that_both_have_are_copied) {
  int from = numbers[_i].from, to = numbers[_i].to;
  co_policy *source = make_with(1, from), *target = make_with(2, to), *fresh = make_with(2, to);
  co_not_copied count;
  ck_ok(carry("{ name = \"x\"; copy = \"*\"; }", source, target, &count));
  ck_assert_int_eq(count.missing, numbers[_i].missing);
  ck_assert_int_eq(count.other_head, 0);
  for (int t = 0; t < target->num_tensors; t++) {
    const co_tensor *tensor = &target->tensor[t];
    bool both = tensor->facts.part != CO_PART_CRITIC || tensor->facts.member < from;
    uint64_t want = both ? hash_of(source, find(source, tensor->name)) : hash_of(fresh, t);
    ck_assert_msg(hash_of(target, t) == want, "%s", tensor->name);
  }
  co_policy_free(source);
  co_policy_free(target);
  co_policy_free(fresh);
}
END_TEST

// One that is neither copied nor trained would tell no values.
START_TEST(critics_that_are_not_there_have_to_learn) {
  co_policy *source = make_with(1, 2), *target = make_with(2, 3);
  co_not_copied count;
  ck_fails(carry("{ name = \"x\"; train = \"actor.*\"; }", source, target, &count), CO_CONFIG,
           "train = \"actor.*\" freezes critic.2.trunk.0.weight, but the source policy has fewer "
           "critics, so that it would be fresh and never learn");
  ck_ok(carry("{ name = \"x\"; train = \"actor.*|critic.2.*\"; }", source, target, &count));
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strategy_critics");
  TCase *tests = tcase_create("strategy_critics");
  tcase_add_loop_test(tests, critics_that_both_have_are_copied, 0,
                      sizeof numbers / sizeof *numbers);
  tcase_add_test(tests, critics_that_are_not_there_have_to_learn);
  suite_add_tcase(suite, tests);
  return suite;
}
