// What a strategy makes of each tensor of a policy.

#include "core/text.h"
#include "transfer/study/private/by_depth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- one tensor ----

// A layer in front adds to its input what the layer's weight then carries to its bias; what one
// behind adds is the bias.
static void give_adapter(const char *name, const co_tensor *tensor, co_tensor_rule *rule) {
  bool input = strcmp(name, co_adapter_names[CO_ADAPTER_INPUT]) == 0;
  bool weight = tensor->facts.role == CO_TENSOR_WEIGHT;
  if (weight || (input && tensor->facts.role == CO_TENSOR_BIAS))
    rule->adapter = input ? CO_ADAPTER_INPUT : CO_ADAPTER_OUTPUT;
}

// Either alone leaves the other without effect.
static void give_shrink(const co_rule_def *rule, co_tensor_plan *plan) {
  if (!isnan(rule->shrink)) plan->shrink = rule->shrink;
  if (!isnan(rule->perturb)) plan->perturb = rule->perturb;
  if (plan->perturb > 0 && plan->shrink == 0) plan->shrink = 1;
}

static void apply_rule(const co_rule_def *rule, const co_tensor *tensor, co_tensor_plan *plan) {
  if (rule->init)
    plan->init = rule->init[0] == 'c'   ? CO_INIT_COPY
                 : rule->init[0] == 'f' ? CO_INIT_FRESH
                                        : CO_INIT_ZERO;
  if (!isnan(rule->rate)) plan->rule.rate = rule->rate;
  give_shrink(rule, plan);
  if (!isnan(rule->from_update)) plan->rule.from_update = (int64_t)rule->from_update;
  if (!isnan(rule->l2sp)) plan->rule.l2sp = rule->l2sp;
  if (!isnan(rule->l2init)) plan->rule.l2init = rule->l2init;
  if (rule->adapter) give_adapter(rule->adapter, tensor, &plan->rule);
  if (!co_tensor_is_weight(&tensor->facts)) return;
  if (!isnan(rule->hold)) plan->rule.hold = rule->hold;
  if (!rule->lora) return;
  plan->rule.lora = (int)rule->lora;
  plan->rule.alpha = isnan(rule->alpha) ? (double)rule->lora : rule->alpha;
}

// Decay is for weights: biases, gains, spreads and the temperature have it from rules alone that
// name no weight beside them.
static bool takes_decay(const co_rule_def *rule, const co_tensor *tensor, int count, int index) {
  if (isnan(rule->decay)) return false;
  for (int i = 0; i < count; i++)
    if (co_tensor_is_weight(&tensor[i].facts) && co_glob_match(rule->tensors, tensor[i].name))
      return co_tensor_is_weight(&tensor[index].facts);
  return true;
}

static bool is_residual(const co_tensor *tensor) {
  return tensor->facts.layer == CO_LAYER_RESIDUAL;
}

// What is shrunk: weights and biases that are copied and move. Norms, spread and temperature have
// scales that mean something by themselves.
static bool can_shrink(const co_tensor_facts *facts, const co_tensor_plan *plan) {
  bool bias = facts->role == CO_TENSOR_BIAS || facts->role == CO_TENSOR_RECURRENT_BIAS;
  return (bias || co_tensor_is_weight(facts)) && plan->init == CO_INIT_COPY && plan->rule.rate > 0;
}

static co_tensor_plan plan_tensor(const co_strategy *strategy, const co_tensor *tensor, int count,
                                  int index) {
  const char *name = tensor[index].name;
  bool is_new = is_residual(&tensor[index]) && strategy->residual;
  co_tensor_plan plan = {
      .init = !is_new && co_glob_match(strategy->copy, name) ? CO_INIT_COPY : CO_INIT_FRESH,
      .rule.rate = co_glob_match(strategy->train, name) ? 1 : 0,
  };
  for (int r = 0; r <= strategy->num_rules; r++) {
    co_depth_apply(strategy, r, tensor, count, index, &plan);
    const co_rule_def *rule = r < strategy->num_rules ? strategy->rule[r] : NULL;
    if (!rule || !co_glob_match(rule->tensors, name)) continue;
    apply_rule(rule, &tensor[index], &plan);
    if (takes_decay(rule, tensor, count, index)) plan.rule.decay = rule->decay;
  }
  bool stays = plan.shrink == 1 && plan.perturb == 0;
  if (stays || !can_shrink(&tensor[index].facts, &plan)) plan.shrink = plan.perturb = 0;
  return plan;
}

// ---- the network ----

static void give_residual(const co_residual_settings *settings, co_residual_def *out) {
  *out = (co_residual_def){.num_hidden = settings->hidden.count,
                           .activation = (co_activation)settings->activation,
                           .scale = settings->scale};
  for (int i = 0; i < settings->hidden.count; i++) out->hidden[i] = (int)settings->hidden.value[i];
}

// What a residual network adds to comes along with it, so it goes with the actor's last layer.
static bool copies_mean(const co_strategy *strategy, const co_policy *source) {
  int mean = co_tensor_find_role(source->tensor, source->num_tensors, CO_PART_ACTOR, CO_LAYER_MEAN,
                                 CO_TENSOR_WEIGHT);
  return plan_tensor(strategy, source->tensor, source->num_tensors, mean).init == CO_INIT_COPY;
}

co_status co_strategy_network(const co_strategy *strategy, const co_policy *source,
                              co_network_def *network) {
  bool copies = source && source->net.num_residual && source->net.def.head == network->head &&
                copies_mean(strategy, source);
  if (copies && strategy->residual)
    return co_fail(CO_CONFIG, "strategy \"%s\": the source policy has a residual network already",
                   strategy->name);
  if (copies) network->residual = source->net.def.residual;
  if (strategy->residual) give_residual(strategy->residual, &network->residual);
  if (!network->residual.num_hidden || co_network_takes_residual(network)) return CO_OK;
  return co_fail(CO_CONFIG, "strategy \"%s\": a residual network does not go with %s",
                 strategy->name,
                 network->shared_trunk   ? "learning.shared_trunk"
                 : network->memory.width ? "learning.memory"
                                         : "so many learning.hidden layers");
}

// In the target, whose algorithm may have no critics, or the strategy's.
static bool is_there(const co_tensor *tensor, const void *context) {
  const co_policy *target = context;
  return tensor->facts.layer == CO_LAYER_RESIDUAL ||
         co_tensor_find(target->tensor, target->num_tensors, tensor->name) >= 0;
}

co_status co_strategy_policy(const co_strategy *strategy, const co_policy *source,
                             const co_policy *target, co_policy **out) {
  co_contract contract = target->contract;  // borrowed, copied by what follows
  *out = NULL;
  CO_TRY(co_strategy_network(strategy, source, &contract.network));
  if (co_network_same_residual(&contract.network.residual, &target->net.def.residual)) return CO_OK;
  CO_TRY(co_policy_from_contract(&contract, out));
  co_policy_keep_tensors(*out, is_there, target);
  return CO_OK;
}

// ---- the plan per tensor ----

static co_status check_glob(const co_strategy *strategy, const char *what, const char *glob,
                            const co_tensor *tensor, int count) {
  if (!*glob) return CO_OK;
  const char *names[64];
  for (int i = 0; i < count; i++) {
    if (co_glob_match(glob, tensor[i].name)) return CO_OK;
    if (i < 64) names[i] = tensor[i].name;
  }
  const char *near = co_suggest(glob, names, count < 64 ? count : 64);
  return co_fail(CO_CONFIG, "strategy \"%s\": %s = \"%s\" matches no tensor%s%s%s", strategy->name,
                 what, glob, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// Each alternative of a glob that the study itself writes, at its place: a misspelt one would be
// dropped without a word. Those of built-in strategies are of several algorithms.
static void check_own_glob(const co_strategy *strategy, const co_node *node, const char *what,
                           const co_tensor *tensor, int count, co_schema_errors *errors) {
  const co_node *member = co_node_get(node, what);
  if (!member || member->kind != CO_NODE_STRING) return;
  char alternative[256];
  for (const char *from = member->value.string, *to; *from; from = *to ? to + 1 : to) {
    to = from + strcspn(from, "|");
    snprintf(alternative, sizeof alternative, "%.*s", (int)(to - from), from);
    if (check_glob(strategy, what, alternative, tensor, count) != CO_OK)
      co_schema_error(errors, member, NULL, "%s", co_error_text());
  }
}

void co_strategy_check_own(const co_strategy *strategy, const co_tensor *tensor, int count,
                           co_schema_errors *errors) {
  if (!strategy->node) return;
  check_own_glob(strategy, strategy->node, "copy", tensor, count, errors);
  check_own_glob(strategy, strategy->node, "train", tensor, count, errors);
  const co_node *rules = co_node_get(strategy->node, "rules");
  for (int r = 0; rules && r < rules->count; r++)
    check_own_glob(strategy, rules->child[r], "tensors", tensor, count, errors);
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++) {
    const co_node *member = co_node_get(strategy->node, co_depth_keys[kind]);
    if (member && co_depth_check(strategy, kind, tensor, count) != CO_OK)
      co_schema_error(errors, member, NULL, "%s", co_error_text());
  }
}

// a copied layer that stays frozen sees the normaliser in front of it
static const co_tensor *frozen_copy(const co_tensor *tensor, int count,
                                    const co_tensor_plan *plan) {
  for (int i = 0; i < count; i++)
    if (tensor[i].facts.layer != CO_LAYER_NONE && plan[i].init == CO_INIT_COPY &&
        plan[i].rule.rate == 0)
      return &tensor[i];
  return NULL;
}

static co_status plan_obs_norm(const co_strategy *strategy, const co_tensor *tensor, int count,
                               co_tensor_plan *plan) {
  const co_tensor *frozen = frozen_copy(tensor, count, plan);
  const char *mode = strategy->obs_norm;
  bool automatic = strcmp(mode, "auto") == 0;  // what is copied stays what it is
  for (int i = 0; i < count; i++) {
    if (tensor[i].facts.part != CO_PART_OBS_NORM) continue;
    bool keep = strcmp(mode, "keep") == 0 || (automatic && plan[i].init == CO_INIT_COPY);
    if (strcmp(mode, "keep") == 0 || strcmp(mode, "blend") == 0) plan[i].init = CO_INIT_COPY;
    if (strcmp(mode, "reset") == 0) plan[i].init = CO_INIT_FRESH;
    if (keep) plan[i].rule.rate = 0;
    if (frozen && (plan[i].rule.rate != 0 || plan[i].init != CO_INIT_COPY))
      return co_fail(CO_CONFIG,
                     "strategy \"%s\": %s is copied and frozen, but the observation normaliser in "
                     "front of it would "
                     "change, so it would compute another function: copy obs_norm.* and say "
                     "obs_norm = \"keep\"",
                     strategy->name, frozen->name);
  }
  return CO_OK;
}

// Adapters and masks are of the weights that a rule names: there is one, and all have that rank.
static co_status check_weights(const co_strategy *strategy, const co_rule_def *rule,
                               const co_tensor *tensor, int count) {
  bool any = false;
  if (!rule->lora && isnan(rule->hold) && !rule->adapter) return CO_OK;
  for (int i = 0; i < count; i++) {
    int most = tensor[i].rows < tensor[i].cols ? tensor[i].rows : tensor[i].cols;
    const co_tensor_facts *facts = &tensor[i].facts;
    bool fits = rule->adapter ? facts->role == CO_TENSOR_WEIGHT : co_tensor_is_weight(facts);
    bool named = fits && co_glob_match(rule->tensors, tensor[i].name);
    if (named && rule->lora > most)
      return co_fail(
          CO_CONFIG, "strategy \"%s\": lora = %d is more than the rank of %s, which is %d x %d",
          strategy->name, (int)rule->lora, tensor[i].name, tensor[i].cols, tensor[i].rows);
    any = any || named;
  }
  if (any) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s is of weights of layers, and tensors = \"%s\" names none",
                 strategy->name,
                 rule->lora      ? "lora"
                 : rule->adapter ? "adapter"
                                 : "hold",
                 rule->tensors);
}

static co_status check_shrink(const co_strategy *strategy, const co_rule_def *rule,
                              const co_tensor *tensor, int count, const co_tensor_plan *plan) {
  if (isnan(rule->shrink) && isnan(rule->perturb)) return CO_OK;
  for (int i = 0; i < count; i++)
    if (co_glob_match(rule->tensors, tensor[i].name) && can_shrink(&tensor[i].facts, &plan[i]))
      return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s is of weights and biases that are copied and move, and "
                 "tensors = \"%s\" names none",
                 strategy->name, isnan(rule->shrink) ? "perturb" : "shrink", rule->tensors);
}

static co_status check_one_way(const co_strategy *strategy, const co_tensor *tensor,
                               const co_tensor_rule *rule) {
  bool holds = rule->hold > 0;
  if (!co_tensor_rule_adapts(rule) || (!holds && !(rule->lora && rule->adapter))) return CO_OK;
  return co_fail(CO_CONFIG, "strategy \"%s\": %s has both %s and %s: %s", strategy->name,
                 tensor->name, rule->lora ? "lora" : "adapter", holds ? "hold" : "adapter",
                 holds ? "numbers of an adapted weight all move" : "a weight moves by one of them");
}

static co_status check_one_pull(const co_strategy *strategy, const co_tensor *tensor,
                                const co_tensor_rule *rule) {
  if (!(rule->l2sp > 0 && rule->l2init > 0)) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s has both l2sp and l2init: it is pulled to one place, so let "
                 "its last rule say 0 for the other",
                 strategy->name, tensor->name);
}

// With memory the actor's lowest layer sees what that puts out, so one in front maps no
// observations.
static co_status check_memory(const co_strategy *strategy, const co_tensor *tensor, int count,
                              const co_tensor_plan *plan, int i) {
  const co_tensor_facts *facts = &tensor[i].facts;
  bool lowest = facts->part == CO_PART_ACTOR && facts->layer == CO_LAYER_TRUNK && facts->depth == 0;
  if (!lowest || plan[i].rule.adapter != CO_ADAPTER_INPUT) return CO_OK;
  int memory = co_tensor_find_role(tensor, count, CO_PART_ACTOR, CO_LAYER_MEMORY, CO_TENSOR_WEIGHT);
  if (memory < 0) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": adapter = \"input\" of %s would not stand at the "
                 "observations, but behind the memory, %s",
                 strategy->name, tensor[i].name, tensor[memory].name);
}

// A linear layer stands at one that is copied, and it moves; a bias takes part in that of its
// weight.
static co_status check_adapter(const co_strategy *strategy, const co_tensor *tensor, int count,
                               const co_tensor_plan *plan, int i) {
  const co_tensor_plan *own = &plan[i];
  if (!own->rule.adapter) return CO_OK;
  const char *kind = co_adapter_names[own->rule.adapter];
  if (own->init != CO_INIT_COPY)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": adapter = \"%s\" is of a layer that is copied, and %s is not",
                   strategy->name, kind, tensor[i].name);
  if (own->rule.rate == 0)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": %s is frozen, so that its adapter = \"%s\" would not move: "
                   "give its rule a rate",
                   strategy->name, tensor[i].name, kind);
  CO_TRY(check_memory(strategy, tensor, count, plan, i));
  int weight = co_tensor_find_weight(tensor, count, i);
  if (plan[weight].rule.adapter == own->rule.adapter) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s has adapter = \"%s\", and the weight of its layer has not",
                 strategy->name, tensor[i].name, kind);
}

// What a residual network adds to is the copied actor, and a new one has to learn, or it adds
// nothing.
static co_status check_residual(const co_strategy *strategy, const co_tensor *tensor, int count,
                                const co_tensor_plan *plan) {
  bool any = false, adds = false;
  for (int i = 0; i < count; i++) {
    any = any || is_residual(&tensor[i]);
    adds = adds ||
           (is_residual(&tensor[i]) && (plan[i].init == CO_INIT_COPY || plan[i].rule.rate > 0));
  }
  if (any && !adds)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": its residual network is frozen and adds nothing: let "
                   "actor.residual.* train",
                   strategy->name);
  for (int i = 0; any && i < count; i++) {
    const co_tensor_facts *facts = &tensor[i].facts;
    bool below = facts->part == CO_PART_ACTOR && facts->layer == CO_LAYER_MEAN;
    if (below && plan[i].init != CO_INIT_COPY)
      return co_fail(CO_CONFIG,
                     "strategy \"%s\": a residual network adds to the actor of the source policy, "
                     "and %s is not copied",
                     strategy->name, tensor[i].name);
  }
  return CO_OK;
}

co_status co_strategy_plan(const co_strategy *strategy, const co_tensor *tensor, int count,
                           co_tensor_plan *plan) {
  CO_TRY(check_glob(strategy, "copy", strategy->copy, tensor, count));
  CO_TRY(check_glob(strategy, "train", strategy->train, tensor, count));
  for (int r = 0; r < strategy->num_rules; r++)
    CO_TRY(check_glob(strategy, "tensors", strategy->rule[r]->tensors, tensor, count));
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++)
    CO_TRY(co_depth_check(strategy, kind, tensor, count));
  for (int i = 0; i < count; i++) plan[i] = plan_tensor(strategy, tensor, count, i);
  for (int r = 0; r < strategy->num_rules; r++) {
    CO_TRY(check_weights(strategy, strategy->rule[r], tensor, count));
    CO_TRY(check_shrink(strategy, strategy->rule[r], tensor, count, plan));
  }
  for (int i = 0; i < count; i++) {
    CO_TRY(check_one_way(strategy, &tensor[i], &plan[i].rule));
    CO_TRY(check_one_pull(strategy, &tensor[i], &plan[i].rule));
    CO_TRY(check_adapter(strategy, tensor, count, plan, i));
  }
  CO_TRY(check_residual(strategy, tensor, count, plan));
  CO_TRY(co_depth_check_plan(strategy, tensor, count, plan));
  return plan_obs_norm(strategy, tensor, count, plan);
}

int co_strategy_exceptions(const co_strategy *strategy) {
  int exceptions = strategy->num_rules;
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++)
    exceptions += co_depth_is_there(strategy, kind);
  return exceptions;
}

bool co_strategy_copies_nothing(const co_strategy *strategy) {
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->init && strcmp(strategy->rule[r]->init, "copy") == 0) return false;
  return !*strategy->copy &&
         (strcmp(strategy->obs_norm, "auto") == 0 || strcmp(strategy->obs_norm, "reset") == 0);
}

bool co_strategy_copies_all(const co_strategy *strategy) {
  if (co_depth_is_there(strategy, CO_DEPTH_FRESH)) return false;
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->shrink < 1 || strategy->rule[r]->perturb > 0) return false;
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->init && strcmp(strategy->rule[r]->init, "copy") != 0) return false;
  return strcmp(strategy->copy, "*") == 0 && strcmp(strategy->obs_norm, "reset") != 0;
}

bool co_strategy_trains(const co_strategy *strategy) {
  if (co_depth_is_there(strategy, CO_DEPTH_FRESH)) return true;
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->rate > 0) return true;
  return *strategy->train != '\0';
}

static bool means_the_same(const co_tensor_facts *facts, co_head from, co_head to) {
  bool trunk = facts->part == CO_PART_ACTOR &&
               (facts->layer == CO_LAYER_TRUNK || facts->layer == CO_LAYER_MEMORY);
  return from == to || trunk || facts->part == CO_PART_OBS_NORM;
}

static bool sees_other_draws(const co_tensor_facts *facts, const co_policy *source,
                             const co_policy *target) {
  return facts->part == CO_PART_CRITIC &&
         !co_contract_same_draws(&source->contract, &target->contract);
}

static bool is_missing(const co_tensor *tensor, const co_policy *source) {
  return co_tensor_is_learners(&tensor->facts) &&
         co_tensor_find(source->tensor, source->num_tensors, tensor->name) < 0;
}

// What the strategy says of a tensor's rate: the last rule or freeze that has one for it, else
// `train`.
static void say_rate(const co_strategy *strategy, const co_policy *target, int index, char *out,
                     size_t size) {
  snprintf(out, size, "train = \"%s\"", strategy->train);
  for (int r = 0; r <= strategy->num_rules; r++) {
    if (strategy->depth[CO_DEPTH_FREEZE].before == r &&
        co_depth_has(strategy, CO_DEPTH_FREEZE, target->tensor, target->num_tensors, index))
      co_depth_say(strategy, CO_DEPTH_FREEZE, out, size);
    const co_rule_def *rule = r < strategy->num_rules ? strategy->rule[r] : NULL;
    if (rule && !isnan(rule->rate) && co_glob_match(rule->tensors, target->tensor[index].name))
      snprintf(out, size, "tensors = \"%s\"", rule->tensors);
  }
}

// A critic that was to be copied, and is neither copied nor trained, tells no values.
static co_status check_fresh(const co_strategy *strategy, const co_tensor_plan *plan,
                             const co_policy *source, const co_policy *target, int index,
                             bool same_head) {
  char said[512];
  const co_tensor *tensor = &target->tensor[index];
  bool moves = plan[index].rule.rate != 0 || !co_strategy_trains(strategy);
  if (tensor->facts.part != CO_PART_CRITIC || moves) return CO_OK;
  say_rate(strategy, target, index, said, sizeof said);
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s freezes %s, but the source policy has %s, so that "
                 "it would be fresh and never learn: let critic.* train",
                 strategy->name, said, tensor->name,
                 !co_policy_has_critics(source) ? "no critics"
                 : !same_head                   ? "critics of another algorithm"
                 : is_missing(tensor, source)   ? "fewer critics"
                                                : "a critic that sees other drawn numbers");
}

co_status co_strategy_adapt(const co_strategy *strategy, co_tensor_plan *plan,
                            const co_policy *source, const co_policy *target, co_not_copied *out) {
  co_not_copied count = {0};
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *tensor = &target->tensor[i];
    if (plan[i].init != CO_INIT_COPY) continue;
    bool same = means_the_same(&tensor->facts, source->net.def.head, target->net.def.head);
    bool missing = is_missing(tensor, source);
    if (same && !missing && !sees_other_draws(&tensor->facts, source, target)) continue;
    CO_TRY(check_fresh(strategy, plan, source, target, i, same));
    plan[i].init = CO_INIT_FRESH;
    plan[i].shrink = plan[i].perturb = 0;
    CO_TRY(check_adapter(strategy, target->tensor, target->num_tensors, plan, i));
    count.other_head += !same;
    count.missing += same && missing;
    count.other_draws += same && !missing;
  }
  CO_TRY(check_residual(strategy, target->tensor, target->num_tensors, plan));
  if (out) *out = count;
  return CO_OK;
}
