#include "transfer/import/verify.h"

#include "agents/policy/actor.h"
#include "core/memory.h"
#include "core/number.h"

#include <math.h>
#include <stdlib.h>

static co_status check_sizes(const co_policy *policy, const co_rollout *rollout, const char *path) {
  const co_contract *contract = &policy->contract;
  if (rollout->obs_dim != contract->num_obs)
    return co_fail(CO_DATA, "%s: obs[0]: has %d numbers, the network takes %d", path,
                   rollout->obs_dim, contract->num_obs);
  if (rollout->act_dim != contract->num_action)
    return co_fail(CO_DATA, "%s: action[0]: has %d numbers, the network gives %d", path,
                   rollout->act_dim, contract->num_action);
  return CO_OK;
}

// Where one row computes.
typedef struct work {
  co_actor actor;
  co_actor_scratch at;
  float *block;  // owned, and so below
  float *obs, *action;
  void *state;
} work;

static void release(work *w) {
  free(w->block);
  free(w->obs);
  free(w->action);
  free(w->state);
}

static co_status prepare(const co_policy *policy, work *w) {
  *w = (work){.actor = co_actor_view(co_kernels_get(), policy)};
  w->block = co_alloc_aligned(co_actor_scratch_size(&w->actor, 1), sizeof *w->block);
  w->obs = co_alloc((size_t)policy->contract.num_obs, sizeof *w->obs);
  w->action = co_alloc((size_t)policy->contract.num_action, sizeof *w->action);
  w->state = co_alloc_aligned(w->actor.state_bytes + 1, 1);
  if (!w->block || !w->obs || !w->action || !w->state) return CO_MEMORY;
  w->at = co_actor_scratch_place(&w->actor, 1, w->block);
  return CO_OK;
}

static void compare(const co_policy *policy, const double *recorded, const work *w, int step,
                    co_verify *out) {
  for (int i = 0; i < policy->contract.num_action; i++) {
    const co_output_map *map = &policy->output[i];
    double wanted = co_clamp(recorded[i], map->low, map->high), got = (double)w->action[i];
    double difference = fabs(got - wanted);
    co_verify_action *action = &out->action[i];
    // a NaN, which no finite weight gives, would be the largest
    if (!(difference <= action->max_abs) || action->at_step < 0)
      *action = (co_verify_action){difference, step, wanted, got};
    if (!(difference <= out->max_abs)) {
      out->max_abs = difference;
      out->worst = i;
    }
  }
  out->steps++;
}

static void run(const co_policy *policy, const co_rollout *rollout, work *w, co_verify *out) {
  bool lost = false;  // what the network remembers, behind a gap
  for (int step = 0; step < rollout->steps; step++) {
    const double *obs = rollout->obs + (ptrdiff_t)step * rollout->obs_dim;
    if (rollout->begins[step]) {
      co_actor_begin(&w->actor, 1, w->state);
      lost = false;
    }
    lost = lost || (!rollout->has_obs[step] && w->actor.state_bytes > 0);
    if (lost || !rollout->has_obs[step]) continue;
    for (int i = 0; i < rollout->obs_dim; i++) w->obs[i] = (float)obs[i];
    co_actor_act(&w->actor, w->obs, 1, w->state, &w->at, w->action);
    compare(policy, rollout->action + (ptrdiff_t)step * rollout->act_dim, w, step, out);
  }
}

co_status co_verify_network(const co_policy *policy, const co_rollout *rollout, const char *path,
                            co_verify *out) {
  *out = (co_verify){0};
  CO_TRY(check_sizes(policy, rollout, path));
  work w;
  co_status status = prepare(policy, &w);
  out->action = co_alloc((size_t)policy->contract.num_action, sizeof *out->action);
  if (!out->action) status = CO_MEMORY;
  for (int i = 0; status == CO_OK && i < policy->contract.num_action; i++)
    out->action[i].at_step = -1;
  if (status == CO_OK) run(policy, rollout, &w, out);
  release(&w);
  if (status != CO_OK) co_verify_free(out);
  return status;
}

void co_verify_free(co_verify *verify) {
  free(verify->action);
  *verify = (co_verify){0};
}
