#include "agents/learn/algorithm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const co_algorithm *const algorithms[CO_NUM_ALGORITHMS] = {&co_ppo, &co_sac, &co_bc};
const char *const co_algorithm_names[] = {"ppo", "sac", "bc", NULL};

const co_algorithm *co_algorithm_find(const char *name) {
  assert(name);
  for (int i = 0; i < CO_NUM_ALGORITHMS; i++) {
    if (strcmp(algorithms[i]->name, name) == 0) return algorithms[i];
  }
  return NULL;
}

int co_algorithm_index(const co_algorithm *algorithm) {
  int index = 0;
  while (algorithms[index] != algorithm) index++;
  assert(index < CO_NUM_ALGORITHMS);
  return index;
}

co_status co_algorithm_check(const co_algorithm *algorithm, const co_env_info *info) {
  for (int i = 0; algorithm->needs & CO_NEEDS_BOUNDS && i < info->act_dim; i++) {
    const co_action_element *element = &info->action[i];
    if (isfinite(element->low) && isfinite(element->high)) continue;
    return co_fail(CO_CONFIG, "%s needs actions within bounds, and \"%s\" of task %s has none",
                   algorithm->name, element->name, info->task);
  }
  return CO_OK;
}

co_status co_algorithm_check_data(const co_algorithm *algorithm, const co_data_sets *data) {
  bool given = data && data->count > 0;
  if (!given && algorithm->needs & CO_NEEDS_DATA)
    return co_fail(CO_CONFIG, "%s learns from data, and none are given", algorithm->name);
  if (given && !((algorithm->needs | algorithm->uses) & CO_NEEDS_DATA))
    return co_fail(CO_CONFIG, "%s has no use for data, and some are given", algorithm->name);
  return CO_OK;
}

co_status co_algorithm_check_source_env(const co_algorithm *algorithm, const co_source_env *of) {
  if (!of || algorithm->uses & CO_NEEDS_SOURCE_ENV) return CO_OK;
  return co_fail(CO_CONFIG, "%s takes no steps in a source's world, as sac does", algorithm->name);
}

int64_t co_algorithm_steps(const co_algorithm *algorithm, int64_t env_steps,
                           int64_t gradient_steps) {
  return algorithm->needs & CO_NEEDS_ENV ? env_steps : gradient_steps;
}

co_status co_algorithm_network(const co_algorithm *algorithm, const void *settings,
                               const co_env_info *info, co_network_def *out) {
  CO_TRY(co_algorithm_check(algorithm, info));
  algorithm->network(settings, info->obs_dim, info->act_dim, out);
  if (!algorithm->privileged || !algorithm->privileged(settings)) return CO_OK;
  out->num_privileged = info->num_draws;
  if (info->num_draws > 0) return CO_OK;
  return co_fail(CO_CONFIG,
                 "learning.privileged: the critic would see what rows draw at their resets, and %s "
                 "has no domain that draws",
                 info->task);
}

static bool is_of_actor(const co_tensor *tensor, const void *context) {
  (void)context;
  return tensor->facts.part == CO_PART_ACTOR || tensor->facts.part == CO_PART_OBS_NORM;
}

co_status co_algorithm_policy_of(const co_algorithm *algorithm, const co_network_def *network,
                                 const co_env_info *world, const co_stream *stream,
                                 co_policy **out) {
  CO_TRY(co_policy_create_blank(network, world, algorithm->name, stream, out));
  if (algorithm->no_critics) co_policy_keep_tensors(*out, is_of_actor, NULL);
  return CO_OK;
}

co_status co_algorithm_make_policy(const co_algorithm *algorithm, const void *settings,
                                   const co_env_info *world, const co_stream *stream,
                                   co_policy **out) {
  co_network_def network;
  CO_TRY(co_algorithm_network(algorithm, settings, world, &network));
  return co_algorithm_policy_of(algorithm, &network, world, stream, out);
}

bool co_algorithm_horizon_matters(const co_algorithm *algorithm, const void *settings) {
  return algorithm->horizon_matters && algorithm->horizon_matters(settings);
}
