// Where the time of a SAC training goes, for who asks.
//
// Every block and slice has a lap of its own, which belongs to one thread at a time, so threads
// share no sum. Between updates the learner's own thread uses the first one.

#include "agents/learn/sac/private/stages.h"

#include <math.h>

const char *const co_sac_phase_names[] = {
#define X(name, meaning) #name,
    CO_SAC_PHASE_LIST(X)
#undef X
        NULL};

// blocks or slices of a critic
static int laps_of_critic(const co_sac_learner *learner) {
  int blocks = learner->spec.num_blocks, slices = learner->scratch.nets.critic[0].num_slices;
  return blocks > slices ? blocks : slices;
}

int co_sac_lap_of(const co_sac_learner *learner, int critic, int piece) {
  return learner->spec.num_blocks + critic * laps_of_critic(learner) + piece;
}

// blocks of rows, pieces of each critic, slices of the actor
static int count_laps(const co_sac_learner *learner) {
  return co_sac_lap_of(learner, learner->spec.num_critics, learner->scratch.nets.actor.num_slices);
}

co_status co_sac_phases_begin(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  co_sac_scratch *scratch = &learner->scratch;
  scratch->num_laps = count_laps(learner);
  scratch->lap = co_arena_alloc(&learner->arena, (size_t)scratch->num_laps, sizeof *scratch->lap);
  return scratch->lap ? CO_OK : CO_MEMORY;
}

void co_sac_phases_read(const co_learner *base, double *seconds) {
  const co_sac_learner *learner = co_sac_of_const(base);
  const co_sac_state *state = &learner->state;
  double threads = co_pool_threads(learner->spec.pool), busy = 0;
  for (int p = 0; p < CO_SAC_NUM_PHASES; p++) seconds[p] = 0;
  for (int i = 0; i < learner->scratch.num_laps; i++) {
    for (int p = 0; p < CO_SAC_NUM_PHASES; p++) {
      double spent = learner->scratch.lap[i].seconds[p] / threads;
      seconds[p] += spent;
      busy += spent;
    }
  }
  double played = state->physics_s + state->inference_s;
  seconds[CO_SAC_PHASE_env] = state->physics_s;
  seconds[CO_SAC_PHASE_acting] = state->inference_s;
  seconds[CO_SAC_PHASE_waiting] = fmax(0, state->update_s - busy);
  seconds[CO_SAC_PHASE_other] = fmax(0, state->wall_s - played - state->update_s);
}
