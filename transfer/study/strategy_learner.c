#include "transfer/study/strategy.h"

#include <inttypes.h>

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

static co_status check_losses(const co_strategy *strategy, const co_tensor_plan *plan,
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

// ---- dormant units ----

static bool moves_whole(const co_tensor_rule *rule) {
  return rule->rate > 0 && !(rule->hold > 0) && !co_tensor_rule_adapts(rule);
}

// Whether a tensor stands at or above a hidden layer whose units would begin anew: of it, or a
// weight of the next one. Above the last hidden layer of a shared trunk stands the value, too.
static bool is_touched(const co_policy *target, int hidden, int tensor) {
  const co_tensor_facts *layer = &target->tensor[hidden].facts;
  const co_tensor_facts *facts = &target->tensor[tensor].facts;
  bool last = layer->depth == target->net.def.num_hidden - 1;
  bool same = facts->part == layer->part && facts->member == layer->member;
  bool trunk = facts->layer == CO_LAYER_TRUNK;
  if (same && trunk && facts->depth == layer->depth) return true;
  if (facts->role != CO_TENSOR_WEIGHT) return false;
  if (trunk) return same && facts->depth == layer->depth + 1;
  bool output = facts->layer == CO_LAYER_MEAN || facts->layer == CO_LAYER_SPREAD ||
                facts->layer == CO_LAYER_VALUE;
  return last && output && (same || target->net.def.shared_trunk);
}

static bool can_renew(const co_tensor_plan *plan, const co_policy *target, int hidden) {
  const co_tensor_facts *facts = &target->tensor[hidden].facts;
  if (facts->layer != CO_LAYER_TRUNK || facts->role != CO_TENSOR_WEIGHT) return false;
  for (int i = 0; i < target->num_tensors; i++)
    if (is_touched(target, hidden, i) && !moves_whole(&plan[i].rule)) return false;
  return true;
}

static co_status check_redo(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_algorithm *algorithm, const co_policy *target) {
  if (!strategy->redo) return CO_OK;
  if (!algorithm->recycles)
    return co_fail(CO_CONFIG, "strategy \"%s\": redo: %s does not look for dormant units",
                   strategy->name, algorithm->name);
  if (target->net.def.memory.width)
    return co_fail(CO_CONFIG, "strategy \"%s\": redo does not go with learning.memory",
                   strategy->name);
  for (int i = 0; i < target->num_tensors; i++)
    if (can_renew(plan, target, i)) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": redo finds no hidden layer that moves as a whole, with the "
                 "weights above it",
                 strategy->name);
}

// ---- rollout warm-up ----

// The first tensor of what the actor does that is not as in the source; NULL: none. A residual
// network begins by adding nothing.
static const co_tensor *find_not_copied(const co_tensor_plan *plan, const co_policy *target) {
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor_facts *facts = &target->tensor[i].facts;
    if (facts->part != CO_PART_ACTOR || facts->role == CO_TENSOR_TEMPERATURE ||
        facts->layer == CO_LAYER_RESIDUAL)
      continue;
    if (plan[i].init != CO_INIT_COPY || plan[i].shrink > 0) return &target->tensor[i];
  }
  return NULL;
}

static co_status check_warmup(const co_strategy *strategy, const co_tensor_plan *plan,
                              const co_algorithm *algorithm, const co_policy *source,
                              const co_policy *target) {
  if (!strategy->rollout_warmup) return CO_OK;
  if (!(algorithm->needs & CO_NEEDS_ENV))
    return co_fail(CO_CONFIG, "strategy \"%s\": rollout_warmup: %s takes no steps in an env",
                   strategy->name, algorithm->name);
  if (!algorithm->warms_up)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": rollout_warmup: %s learns from the latest rollout alone and "
                   "would lose what was played before; sac keeps it",
                   strategy->name, algorithm->name);
  if (!co_strategy_trains(strategy))
    return co_fail(CO_CONFIG, "strategy \"%s\": rollout_warmup: nothing is trained behind it",
                   strategy->name);
  const co_tensor *other = find_not_copied(plan, target);
  if (source && !other) return CO_OK;
  return co_fail(
      CO_CONFIG,
      "strategy \"%s\": rollout_warmup: a copied actor is to act, and %s is not copied as "
      "it is",
      strategy->name, other ? other->name : "what begins without a source");
}

co_status co_strategy_check_budget(const co_strategy *strategy, int64_t steps) {
  if (!strategy->rollout_warmup || strategy->rollout_warmup < steps) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": rollout_warmup = %" PRId64
                 " leaves nothing of the target's %" PRId64 " steps to learn in",
                 strategy->name, strategy->rollout_warmup, steps);
}

co_status co_strategy_check_learner(const co_strategy *strategy, const co_tensor_plan *plan,
                                    const co_algorithm *algorithm, const co_policy *source,
                                    const co_policy *target) {
  CO_TRY(check_redo(strategy, plan, algorithm, target));
  CO_TRY(check_warmup(strategy, plan, algorithm, source, target));
  return check_losses(strategy, plan, algorithm, source, target);
}
