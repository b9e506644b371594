#include "transfer/study/strategy.h"

// Something that the actor puts out moves: what a term pulls at.
static bool trains_actor(const co_tensor_plan *plan, const co_policy *target) {
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor_facts *facts = &target->tensor[i].facts;
    if (facts->part == CO_PART_ACTOR && facts->role != CO_TENSOR_TEMPERATURE &&
        plan[i].rule.rate > 0)
      return true;
  }
  return false;
}

static bool copies_output(const co_tensor_plan *plan, const co_policy *target) {
  int mean = co_tensor_find_role(target->tensor, target->num_tensors, CO_PART_ACTOR, CO_LAYER_MEAN,
                                 CO_TENSOR_WEIGHT);
  return mean >= 0 && plan[mean].init == CO_INIT_COPY;
}

static co_status check_loss(const co_loss_def *loss, const co_tensor_plan *plan,
                            const co_algorithm *algorithm, const co_policy *source,
                            const co_policy *target) {
  if (!trains_actor(plan, target))
    return co_fail(CO_CONFIG, "it pulls at the actor, of which nothing is trained");
  return co_loss_check(loss, algorithm, source, target, copies_output(plan, target));
}

co_status co_strategy_check_losses(const co_strategy *strategy, const co_tensor_plan *plan,
                                   const co_algorithm *algorithm, const co_policy *source,
                                   const co_policy *target) {
  for (int i = 0; i < strategy->loss.count; i++) {
    const co_loss_def *loss = strategy->loss.item[i];
    co_status status = check_loss(loss, plan, algorithm, source, target);
    if (status != CO_OK)
      return co_fail_context(status, "strategy \"%s\": loss %s", strategy->name, loss->term);
  }
  return CO_OK;
}
