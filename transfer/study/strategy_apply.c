// Whether what a strategy copies fits, and the transferred policy.

#include "agents/policy/body.h"
#include "agents/policy/home.h"
#include "core/memory.h"
#include "transfer/study/strategy.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- applying it ----

// "16 x 3", the shape as policy files have it
static void write_shape(const co_tensor *tensor, char *out, size_t size) {
  int shape[2];
  if (co_tensor_shape(tensor, shape) == 1)
    snprintf(out, size, "%d", shape[0]);
  else
    snprintf(out, size, "%d x %d", shape[0], shape[1]);
}

static co_status other_shape(const co_strategy *strategy, const co_tensor *from,
                             const co_tensor *to) {
  char source[32], target[32];
  write_shape(from, source, sizeof source);
  write_shape(to, target, sizeof target);
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": cannot copy %s: %s in the source policy, %s in the target",
                 strategy->name, to->name, source, target);
}

// ---- shapes are not all: what else has to be the same ----

// Memory, and what stands right behind it: the lowest hidden layer, or a head without any.
static bool faces_memory(const co_tensor_facts *facts, const co_network_def *to) {
  switch (facts->layer) {
    case CO_LAYER_NONE: return false;
    case CO_LAYER_MEMORY: return true;
    case CO_LAYER_TRUNK: return facts->depth == 0;
    default: return to->num_hidden == 0;
  }
}

// Before shapes, which would tell less.
static co_status check_memory(const co_strategy *strategy, const co_tensor *tensor,
                              const co_network_def *from, const co_network_def *to) {
  const char *source = co_network_memory_name(from), *target = co_network_memory_name(to);
  if (!faces_memory(&tensor->facts, to) || strcmp(source, target) == 0) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": cannot copy %s: memory is %s in the source policy, %s in the "
                 "target",
                 strategy->name, tensor->name, source, target);
}

// weights of a trunk mean something behind one activation only, a head on one depth only
static co_status check_network(const co_strategy *strategy, const co_tensor *tensor,
                               const co_network_def *from, const co_network_def *to) {
  const char *name = tensor->name;
  co_tensor_layer layer = tensor->facts.layer;
  bool trunk = layer == CO_LAYER_TRUNK, memory = layer == CO_LAYER_MEMORY;
  bool head = layer != CO_LAYER_NONE && !trunk && !memory;
  int depth = tensor->facts.depth;
  if (trunk && co_network_activation(from, depth) != co_network_activation(to, depth))
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: its activation is %s in the source policy, %s "
                   "in the target",
                   strategy->name, name, co_activation_names[co_network_activation(from, depth)],
                   co_activation_names[co_network_activation(to, depth)]);
  if (trunk && from->layer_norm != to->layer_norm)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: only the %s policy has layer norm behind it",
                   strategy->name, name, from->layer_norm ? "source" : "target");
  if (layer == CO_LAYER_VALUE && from->shared_trunk != to->shared_trunk)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: only in the %s policy it stands on the "
                   "actor's trunk",
                   strategy->name, name, from->shared_trunk ? "source" : "target");
  if (head && from->num_hidden != to->num_hidden)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: it stands on %d hidden layers in the source "
                   "policy, on %d in the target",
                   strategy->name, name, from->num_hidden, to->num_hidden);
  return CO_OK;
}

static co_status other_element(const co_strategy *strategy, const char *name, const char *what,
                               int index, const char *from, const char *to) {
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": cannot copy %s: %s %d is %s in the source policy, %s in the "
                 "target; match = \"names\" copies by names, match = \"place\" by place, whatever "
                 "they are called",
                 strategy->name, name, what, index, from, to);
}

// Tensors that face observations or actions are ordered like their elements: with the same sizes in
// another order they would fit and compute nonsense. Other sizes are told as shapes.
static co_status check_elements(const co_strategy *strategy, const co_tensor *tensor,
                                const co_contract *from, const co_contract *to) {
  const char *name = tensor->name;
  bool obs = co_tensor_faces_observation(&tensor->facts);
  bool action = co_tensor_faces_action(&tensor->facts);
  // else co_strategy_adapt has made it fresh
  assert(!obs || tensor->facts.part != CO_PART_CRITIC || co_contract_same_draws(from, to));
  int at = obs && from->num_obs == to->num_obs ? co_find_other_obs(from, to) : -1;
  if (at >= 0)
    return other_element(strategy, name, "observation", at, from->obs[at].name, to->obs[at].name);
  at = action && from->num_action == to->num_action ? co_find_other_action(from, to) : -1;
  if (at >= 0)
    return other_element(strategy, name, "action", at, from->action[at].name, to->action[at].name);
  return CO_OK;
}

static co_status check_shape(const co_strategy *strategy, const co_policy *source,
                             const co_tensor *to) {
  int from = co_tensor_find(source->tensor, source->num_tensors, to->name);
  if (from < 0)
    return co_fail(CO_CONFIG, "strategy \"%s\": the source policy has no tensor %s", strategy->name,
                   to->name);
  const co_tensor *tensor = &source->tensor[from];
  if (co_strategy_maps(strategy, to)) {
    if (!co_body_fits(tensor, to)) return other_shape(strategy, tensor, to);
    return CO_OK;
  }
  if (tensor->rows != to->rows || tensor->cols != to->cols)
    return other_shape(strategy, tensor, to);
  return CO_OK;
}

// What a source policy's residual network adds would be lost.
static co_status check_residual(const co_strategy *strategy, const co_tensor *tensor,
                                const co_policy *source, const co_policy *target) {
  bool mean = tensor->facts.part == CO_PART_ACTOR && tensor->facts.layer == CO_LAYER_MEAN;
  if (!mean || !source->net.num_residual || target->net.num_residual) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": cannot copy %s: only in the source policy there is a residual "
                 "network beside it",
                 strategy->name, tensor->name);
}

// What cannot be taken to another body.
static co_status check_body(const co_strategy *strategy, const co_policy *source) {
  if (!strategy->match) return CO_OK;
  const char *why = source->net.num_residual      ? "the source policy has a residual network"
                    : !source->net.def.num_hidden ? "the source policy has no hidden layer"
                    : strategy->source_env        ? "source_env steps the source's own body"
                    : strategy->residual          ? "a residual network adds to the actor as it is"
                                                  : NULL;
  if (!why) return CO_OK;
  return co_fail(CO_CONFIG, "strategy \"%s\": match goes to another body, and %s", strategy->name,
                 why);
}

co_status co_strategy_check(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_policy *source, const co_policy *target) {
  CO_TRY(check_body(strategy, source));
  for (int i = 0; i < target->num_tensors; i++) {
    if (plan[i].init != CO_INIT_COPY) continue;
    CO_TRY(check_memory(strategy, &target->tensor[i], &source->net.def, &target->net.def));
    CO_TRY(check_shape(strategy, source, &target->tensor[i]));
  }
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *tensor = &target->tensor[i];
    if (plan[i].init != CO_INIT_COPY) continue;
    CO_TRY(check_residual(strategy, tensor, source, target));
    CO_TRY(check_network(strategy, tensor, &source->net.def, &target->net.def));
    if (!strategy->match)
      CO_TRY(check_elements(strategy, tensor, &source->contract, &target->contract));
  }
  return CO_OK;
}

// Index among a policy's tensors, of which it has one; -1: it has none, as one without critics.
static int find_role(const co_policy *policy, co_tensor_part part, co_tensor_layer layer,
                     co_tensor_role role) {
  return co_tensor_find_role(policy->tensor, policy->num_tensors, part, layer, role);
}

static bool is_copied(const co_tensor_plan *plan, int tensor) {
  return tensor >= 0 && plan[tensor].init == CO_INIT_COPY;
}

static void apply_tensor(co_init init, const co_policy *source, co_tensor *to) {
  if (init == CO_INIT_ZERO)
    memset(to->data, 0,
           (size_t)to->rows * (size_t)to->stride *
               (to->dtype == CO_F64 ? sizeof(double) : sizeof(float)));
  if (init == CO_INIT_COPY)
    co_tensor_copy(to,
                   &source->tensor[co_tensor_find(source->tensor, source->num_tensors, to->name)]);
}

// A copied critic predicts values on the source's return scale. When the scaler does not come
// along, the last layer is rescaled exactly: w, b times old sigma / new sigma. The learner does the
// same once its first rollout sets the new scale (co_learner_def.raw_values).
static void rescale_value(const co_tensor_plan *plan, const co_policy *source, co_policy *target) {
  int weight = find_role(target, CO_PART_CRITIC, CO_LAYER_VALUE, CO_TENSOR_WEIGHT);
  int bias = find_role(target, CO_PART_CRITIC, CO_LAYER_VALUE, CO_TENSOR_BIAS);
  int scaler = find_role(target, CO_PART_REWARD_NORM, CO_LAYER_NONE, CO_TENSOR_VARIANCE);
  if (scaler < 0 || is_copied(plan, scaler)) return;
  float factor = (float)sqrt((source->reward_norm.var[0] + source->reward_norm.epsilon) /
                             (target->reward_norm.var[0] + target->reward_norm.epsilon));
  int tensors[2] = {weight, bias};
  for (int t = 0; t < 2; t++) {
    if (!is_copied(plan, tensors[t])) continue;
    co_tensor *tensor = &target->tensor[tensors[t]];
    float *data = tensor->data;
    for (int i = 0; i < tensor->rows * tensor->stride; i++) data[i] *= factor;
  }
}

// clip and epsilon of a normaliser are part of what it computes
static void copy_limits(const co_tensor_plan *plan, const co_policy *source, co_policy *target) {
  int obs = find_role(target, CO_PART_OBS_NORM, CO_LAYER_NONE, CO_TENSOR_MEAN);
  int reward = find_role(target, CO_PART_REWARD_NORM, CO_LAYER_NONE, CO_TENSOR_VARIANCE);
  if (is_copied(plan, obs)) {
    target->obs_norm.clip = source->obs_norm.clip;
    target->obs_norm.epsilon = source->obs_norm.epsilon;
  }
  if (is_copied(plan, reward)) {
    target->reward_norm.clip = source->reward_norm.clip;
    target->reward_norm.epsilon = source->reward_norm.epsilon;
  }
}

// What the actor puts out means what it meant where it was trained. `body` NULL: it is the same.
static co_status keep_output(const co_tensor_plan *plan, const co_policy *source,
                             const co_body *body, co_policy *target) {
  static const co_tensor_role head[] = {CO_TENSOR_WEIGHT, CO_TENSOR_BIAS};
  if (target->program) return co_policy_keep_output(source, target);
  for (int i = 0; i < 2; i++) {
    int at = find_role(target, CO_PART_ACTOR, CO_LAYER_MEAN, head[i]);
    if (is_copied(plan, at))
      return body ? co_body_keep_output(body, target) : co_policy_keep_output(source, target);
  }
  return CO_OK;
}

// By what the two contracts say of their elements, or by their place.
static co_status match_elements(const co_strategy *strategy, const co_contract *source,
                                const co_contract *target, co_element_lines *out) {
  if (strcmp(strategy->match, "place") == 0)
    return co_element_lines_make(source, target, NULL, out);
  const co_diff_side a = {.contract = source}, b = {.contract = target};
  co_contract_diff diff;
  CO_TRY(co_contract_diff_make(&a, &b, &diff));
  co_status status = co_element_lines_make(source, target, &diff, out);
  co_contract_diff_free(&diff);
  return status;
}

// Behind all that is copied: a mapped input may add to a bias that was.
static co_status map_body(const co_strategy *strategy, const co_tensor_plan *plan,
                          const co_policy *source, co_policy *target) {
  co_element_lines lines;
  CO_TRY(match_elements(strategy, &source->contract, &target->contract, &lines));
  int norm = find_role(target, CO_PART_OBS_NORM, CO_LAYER_NONE, CO_TENSOR_MEAN);
  const co_body body = {source, &lines, is_copied(plan, norm)};
  for (int i = 0; i < target->num_tensors; i++)
    if (is_copied(plan, i) && co_strategy_maps(strategy, &target->tensor[i]))
      co_body_map(&body, target, i);
  co_status status = keep_output(plan, source, &body, target);
  co_element_lines_free(&lines);
  return status;
}

static bool is_blended(const co_strategy *strategy, const co_tensor_plan *plan) {
  return strcmp(strategy->obs_norm, "keep") != 0 && plan->init == CO_INIT_COPY &&
         plan->rule.rate > 0;
}

co_status co_strategy_apply(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_policy *source, double blend_count, co_policy *target) {
  CO_TRY(co_strategy_check(strategy, plan, source, target));
  for (int i = 0; i < target->num_tensors; i++)
    if (plan[i].init != CO_INIT_COPY || !co_strategy_maps(strategy, &target->tensor[i]))
      apply_tensor(plan[i].init, source, &target->tensor[i]);
  copy_limits(plan, source, target);
  rescale_value(plan, source, target);
  CO_TRY(strategy->match ? map_body(strategy, plan, source, target)
                         : keep_output(plan, source, NULL, target));
  int count = find_role(target, CO_PART_OBS_NORM, CO_LAYER_NONE, CO_TENSOR_COUNT);
  if (is_blended(strategy, &plan[count])) co_normalizer_cap(&target->obs_norm, blend_count);
  return CO_OK;
}

// The tensor of the network that a policy's is; -1: it is none of those.
static int find_in_network(const co_policy *policy, const co_tensor *tensor) {
  for (int t = 0; t < policy->net.num_tensors; t++)
    if (policy->net.tensor[t].data == tensor->data) return t;
  return -1;
}

co_status co_strategy_shrink(const co_tensor_plan *plan, const co_stream *stream,
                             co_policy *target) {
  float *fresh = co_alloc(target->net.size, sizeof *fresh);
  if (!fresh) return CO_MEMORY;
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *tensor = &target->tensor[i];
    if (plan[i].shrink == 0) continue;
    float *value = tensor->data, shrink = (float)plan[i].shrink, perturb = (float)plan[i].perturb;
    co_network_draw_tensor(&target->net, stream, find_in_network(target, tensor), fresh);
    for (int k = 0; k < tensor->rows * tensor->stride; k++)
      value[k] = shrink * value[k] + perturb * fresh[k];
  }
  free(fresh);
  return CO_OK;
}

bool co_strategy_maps(const co_strategy *strategy, const co_tensor *tensor) {
  return strategy->match && co_body_maps(&tensor->facts);
}

co_status co_strategy_enforce(const co_strategy *strategy, const co_home *home,
                              const co_world *world, unsigned how) {
  bool by_place = strategy->match && strcmp(strategy->match, "place") == 0;
  if (by_place || co_strategy_copies_nothing(strategy)) return CO_OK;
  how |= strategy->match ? CO_ENFORCE_STRATEGY | CO_ENFORCE_MAPPED : CO_ENFORCE_STRATEGY;
  return co_home_enforce(home, world, how);
}
