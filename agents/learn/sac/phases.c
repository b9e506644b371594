// Where the time of a SAC training goes, for who asks.
//
// Every block and slice has a lap of its own, which belongs to one thread at a time, so threads
// share no sum. Between updates the learner's own thread uses the first one.

#include "agents/learn/sac/private/learner.h"

#include <math.h>

const char *const co_sac_phase_names[] = {
#define X(name, meaning) #name,
    CO_SAC_PHASE_LIST(X)
#undef X
        NULL};

static int most(int a, int b) {
  return a > b ? a : b;
}

// blocks of rows, blocks or slices of each critic, slices of the actor
static int count_tasks(const co_sac_learner *learner) {
  int of_critic = most(learner->num_blocks, learner->critic[0].num_slices);
  return learner->num_blocks + CO_CRITICS * of_critic + learner->actor.num_slices;
}

co_status co_sac_phases_begin(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  learner->num_laps = count_tasks(learner);
  learner->lap = co_arena_alloc(&learner->arena, (size_t)learner->num_laps, sizeof *learner->lap);
  return learner->lap ? CO_OK : CO_MEMORY;
}

void co_sac_phases_read(const co_learner *base, double *seconds) {
  const co_sac_learner *learner = co_sac_of_const(base);
  double threads = co_pool_threads(learner->pool), busy = 0;
  for (int p = 0; p < CO_SAC_NUM_PHASES; p++) seconds[p] = 0;
  for (int i = 0; i < learner->num_laps; i++) {
    for (int p = 0; p < CO_SAC_NUM_PHASES; p++) {
      seconds[p] += learner->lap[i].seconds[p] / threads;
      busy += learner->lap[i].seconds[p] / threads;
    }
  }
  double played = learner->physics_s + learner->inference_s;
  seconds[CO_SAC_PHASE_env] = learner->physics_s;
  seconds[CO_SAC_PHASE_acting] = learner->inference_s;
  seconds[CO_SAC_PHASE_waiting] = fmax(0, learner->update_s - busy);
  seconds[CO_SAC_PHASE_other] = fmax(0, learner->wall_s - played - learner->update_s);
}
