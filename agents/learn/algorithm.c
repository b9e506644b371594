#include "agents/learn/algorithm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const co_algorithm *const algorithms[CO_NUM_ALGORITHMS] = {&co_ppo, &co_sac};
const char *const co_algorithm_names[] = {"ppo", "sac", NULL};

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

bool co_algorithm_horizon_matters(const co_algorithm *algorithm, const void *settings) {
  return algorithm->horizon_matters && algorithm->horizon_matters(settings);
}
