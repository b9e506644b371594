#include "agents/algorithm.h"

#include "agents/ppo.h"
#include "agents/sac.h"

#include <string.h>

static const co_algorithm *const algorithms[] = {&co_ppo, &co_sac};
const char *const co_algorithm_names[] = {"ppo", "sac", NULL};

const co_algorithm *co_algorithm_find(const char *name) {
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
    if (strcmp(algorithms[i]->name, name) == 0) return algorithms[i];
  }
  return NULL;
}
