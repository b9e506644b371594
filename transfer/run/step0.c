// What a prepared policy does at step 0, beside its source, on the observations that the source
// meets in its own world. They are kept, since features are looked at on them when it is trained.

#include "agents/policy/actor.h"
#include "core/number.h"
#include "transfer/run/private/training_state.h"

#include <math.h>
#include <string.h>

enum { STEP0_OBSERVATIONS = 256 };  // of the source's world

// Of two actions, the first brought to the bounds of the second's world, as its env does.
static double action_difference(const co_action_element *element, float source, float target) {
  double action =
      co_clamp((double)source, (double)(float)element->low, (double)(float)element->high);
  return fabs(action - (double)target);
}

// One of the two policies that are compared at step 0.
typedef struct compared {
  co_actor actor;
  co_actor_scratch at;
  void *state;
  float *action;  // (act_dim)
} compared;

static co_status open_compared(co_arena *arena, const co_policy *policy, compared *out) {
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  float *scratch = co_arena_alloc(arena, co_actor_scratch_size(&actor, 1), sizeof *scratch);
  *out = (compared){.actor = actor};
  out->state = co_arena_alloc(arena, 1, actor.state_bytes);
  out->action = co_arena_alloc(arena, (size_t)policy->contract.num_action, sizeof *out->action);
  CO_TRY(co_arena_status(arena));
  out->at = co_actor_scratch_place(&out->actor, 1, scratch);
  return CO_OK;
}

// The source policy plays in its own world, the other one sees and says what it would do.
typedef struct comparison {
  compared source, target;
  float *obs;       // (obs_dim) of the running step
  float *kept;      // (STEP0_OBSERVATIONS x obs_dim) all of them
  uint8_t *begins;  // (STEP0_OBSERVATIONS)
  double most, entropy;
} comparison;

static co_status begin_episode(comparison *c, co_env *env, uint8_t *begins) {
  *begins = 1;
  co_actor_begin(&c->source.actor, 1, c->source.state);
  co_actor_begin(&c->target.actor, 1, c->target.state);
  return co_env_reset(env, 0, 1, &(co_env_out){.obs = c->obs});
}

static co_status compare_step(comparison *c, co_env *env, int step) {
  const co_contract *contract = &c->target.actor.policy->contract;
  size_t dim = (size_t)contract->num_obs;
  memcpy(c->kept + (size_t)step * dim, c->obs, dim * sizeof *c->kept);
  uint8_t over[3] = {0};
  co_env_out out = {
      .obs = c->obs, .terminated = &over[0], .truncated = &over[1], .fault = &over[2]};
  compared *both[2] = {&c->source, &c->target};
  for (int i = 0; i < 2; i++)
    co_actor_act(&both[i]->actor, c->obs, 1, both[i]->state, &both[i]->at, both[i]->action);
  for (int i = 0; i < contract->num_action; i++)
    c->most = fmax(
        c->most, action_difference(&contract->action[i], c->source.action[i], c->target.action[i]));
  c->entropy += co_actor_entropy(&c->target.actor, &c->target.at);
  CO_TRY(co_env_step(env, 0, 1, c->source.action, &out));
  bool ended = over[0] || over[1] || over[2];
  return ended ? begin_episode(c, env, &c->begins[step + 1]) : CO_OK;
}

static co_status compare_in(co_training_state *t, co_env *env, comparison *c) {
  size_t dim = (size_t)co_env_get_info(env)->obs_dim;
  CO_TRY(open_compared(&t->arena, t->def->source, &c->source));
  CO_TRY(open_compared(&t->arena, t->policy, &c->target));
  c->obs = co_arena_alloc(&t->arena, dim, sizeof *c->obs);
  c->kept = co_arena_alloc(&t->arena, dim * STEP0_OBSERVATIONS, sizeof *c->kept);
  c->begins = co_arena_alloc(&t->arena, STEP0_OBSERVATIONS + 1, 1);
  CO_TRY(co_arena_status(&t->arena));
  CO_TRY(begin_episode(c, env, &c->begins[0]));
  for (int step = 0; step < STEP0_OBSERVATIONS; step++) CO_TRY(compare_step(c, env, step));
  t->seen = (co_seen){STEP0_OBSERVATIONS, c->kept, c->begins};
  return CO_OK;
}

// Largest difference of deterministic actions between source and transferred policy, and the mean
// entropy of the latter, on the observations that the source policy meets in its own world.
co_status co_training_compare(co_training_state *t) {
  co_env *env;
  comparison c = {.most = 0};
  co_stream stream = {t->def->seed, t->def->number, CO_PURPOSE_EVAL_CURVE};
  CO_TRY(co_training_open_env(t, t->def->home, 1, stream, &env));
  co_status status = compare_in(t, env, &c);
  co_env_destroy(env);
  t->record->action_difference = c.most;
  if (t->policy->net.def.head != CO_HEAD_GAUSSIAN)
    t->record->entropy = c.entropy / STEP0_OBSERVATIONS;
  return status;
}
