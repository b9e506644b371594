// Strategies on policies whose critic sees what rows draw: it is copied where the same is drawn.

#include "tests/transfer/strategy_fixture.h"

static co_policy *privileged(uint64_t seed, int num_privileged) {
  return make_policy_of(seed, &(co_network_def){.obs_dim = 3,
                                                .act_dim = 1,
                                                .num_hidden = 1,
                                                .hidden = {WIDTH},
                                                .activation = CO_TANH,
                                                .num_privileged = num_privileged});
}

#define CRITIC "cannot copy critic.0.trunk.0.weight: "
static void other_element_of(co_privileged_element *of) {
  of->element[0] = 'T';
}
static void wider(co_privileged_element *of) {
  of->high = 3;
}

static const struct {
  int source, target;                            // numbers that the critic sees
  void (*other)(co_privileged_element *target);  // makes the first another one; NULL: the same
  const char *members, *error;                   // NULL: allowed
} copies[] = {
    {2, 2, NULL, "", NULL},
    {2, 2, wider, "copy = \"actor.*\";", NULL},
    {2, 1, NULL, "", CRITIC "16 x 5 in the source policy, 16 x 4 in the target"},
    {2, 0, NULL, "", CRITIC "16 x 5 in the source policy, 16 x 3 in the target"},
    {2, 0, NULL, "copy = \"actor.*\";", NULL},
};

START_TEST(a_critic_is_copied_where_the_same_is_drawn) {
  co_policy *source = privileged(1, copies[_i].source), *target = privileged(2, copies[_i].target);
  if (copies[_i].other) copies[_i].other(&target->contract.privileged[0]);
  if (copies[_i].error)
    ck_fails(apply(copies[_i].members, source, target, 100), CO_CONFIG, copies[_i].error);
  else
    ck_ok(apply(copies[_i].members, source, target, 100));
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// Planned as a training does, such a critic is fresh, and all else is copied.
START_TEST(a_critic_of_other_draws_is_fresh) {
  static const struct {
    int source, target;
    void (*other)(co_privileged_element *target);
  } seen[] = {{2, 0, NULL}, {0, 2, NULL},  {2, 1, NULL},
              {2, 2, NULL}, {2, 2, wider}, {2, 2, other_element_of}};
  co_policy *source = privileged(1, seen[_i].source), *target = privileged(2, seen[_i].target);
  co_policy *fresh = privileged(2, seen[_i].target);
  co_tensor_plan plan[32];
  co_strategy strategy;
  co_not_copied count;
  strategies s;
  if (seen[_i].other) seen[_i].other(&target->contract.privileged[0]);
  resolve_members("", &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
  ck_ok(co_strategy_adapt(&strategy, plan, source, target, &count));
  ck_ok(co_strategy_apply(&strategy, plan, source, 100, target));
  bool same = seen[_i].source == seen[_i].target && !seen[_i].other;
  ck_assert_int_eq(count.other_draws, same ? 0 : 4);
  ck_assert_int_eq(count.missing + count.other_head, 0);
  for (int t = 0; t < target->num_tensors; t++) {
    const co_tensor *tensor = &target->tensor[t];
    bool copied = same || tensor->facts.part != CO_PART_CRITIC;
    const co_policy *from = copied ? source : fresh;
    ck_assert_msg(co_tensor_hash(tensor) == co_tensor_hash(&from->tensor[find(from, tensor->name)]),
                  "%s", tensor->name);
  }
  close_strategies(&s);
  co_policy_free(source);
  co_policy_free(target);
  co_policy_free(fresh);
}
END_TEST

START_TEST(a_critic_of_other_draws_has_to_learn) {
  co_policy *source = privileged(1, 2), *target = privileged(2, 0);
  co_tensor_plan plan[32];
  co_strategy strategy;
  strategies s;
  resolve_members("train = \"actor.*\";", &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, target->tensor, target->num_tensors, plan));
  ck_fails(co_strategy_adapt(&strategy, plan, source, target, NULL), CO_CONFIG,
           "freezes critic.0.trunk.0.weight, but the source policy has a critic that sees other "
           "drawn numbers, so that it would be fresh and never learn");
  close_strategies(&s);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strategies with privileged critics");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, a_critic_is_copied_where_the_same_is_drawn, 0,
                      sizeof copies / sizeof *copies);
  tcase_add_loop_test(tcase, a_critic_of_other_draws_is_fresh, 0, 6);
  tcase_add_test(tcase, a_critic_of_other_draws_has_to_learn);
  suite_add_tcase(suite, tcase);
  return suite;
}
