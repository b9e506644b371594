#include "agents/learn/sac/private/learner.h"
#include "core/clock.h"

#include <math.h>
#include <string.h>

static co_env_out out_of(co_sac_learner *learner, float *obs) {
  return (co_env_out){.obs = obs,
                      .reward = learner->row_reward,
                      .terminated = learner->terminated,
                      .truncated = learner->truncated,
                      .fault = learner->fault};
}

// ---- acting ----

static void act_randomly(co_sac_learner *learner) {
  int dim = learner->squashed.dim;
  for (int r = 0; r < learner->rows; r++) {
    for (int j = 0; j < dim; j++)
      learner->row_action[r * dim + j] = (float)(2 * co_rng_uniform(&learner->row[r].random) - 1);
  }
}

// Mean and spread are those of the joint head: one product of both, whose sums are in another order
// than those of the two layers apart, by which the policy acts elsewhere. So an action may differ
// in its last bits from one that an evaluation would draw around its mean. The buffers of the
// minibatch are free between two updates.
static void act_by_policy(co_sac_learner *learner) {
  int dim = learner->squashed.dim, rows = learner->rows;
  const co_mlp *actor = &learner->acting.mlp;
  int last = actor->num_layers - 1;
  co_squashed_sample *sample = &learner->sample;
  co_actor_scratch at = {.input = learner->obs, .input_stride = learner->obs_stride};
  memcpy(at.output, learner->actor.pass.output, sizeof at.output);
  co_actor_run(&learner->acting, learner->row_obs, rows, learner->row_state, &at);
  for (int r = 0; r < rows; r++)
    co_rng_normals(&learner->row[r].noise, sample->noise + (ptrdiff_t)r * dim, dim);
  co_squashed_draw(&learner->squashed, at.output[last], actor->layer[last].out_stride, rows,
                   sample);
  memcpy(learner->row_action, sample->action, (size_t)(rows * dim) * sizeof(float));
  learner->flop += co_mlp_forward_flop(actor) * rows;
}

static void act(co_sac_learner *learner) {
  if (learner->env_steps < learner->random_steps)
    act_randomly(learner);
  else
    act_by_policy(learner);
  co_output_actions(learner->policy->output, learner->squashed.dim, learner->rows,
                    learner->row_action, learner->row_command);
}

// ---- what came of it ----

// A time limit ends the episode and not the value: only what the task ended is terminated. A fault
// is no transition.
static void store(co_sac_learner *learner, int r) {
  ptrdiff_t obs_dim = learner->replay->obs_dim, dim = learner->squashed.dim;
  if (learner->fault[r]) return;
  co_transition transition = {.obs = learner->row_obs + r * obs_dim,
                              .action = learner->row_action + r * dim,
                              .next_obs = learner->row_next + r * obs_dim,
                              .reward = learner->row_reward[r],
                              .terminated = learner->terminated[r]};
  co_replay_buffer_add(learner->replay, &transition);
  co_moments_add(&learner->moments, (int)obs_dim, transition.obs);
}

static co_status end_episode(co_sac_learner *learner, int r) {
  co_sac_row *row = &learner->row[r];
  learner->episodes++;
  if (learner->fault[r]) {
    co_fault_guard_fault(&learner->guard, r);
    learner->faults++;
  } else {
    learner->finished++;
    learner->finished_return += row->episode_return;
  }
  row->episode_return = 0;
  co_env_out out = {.obs = learner->row_next + (ptrdiff_t)r * learner->replay->obs_dim};
  co_fault_guard_reset(&learner->guard, r);
  co_actor_begin(&learner->acting, 1, co_actor_state_at(&learner->acting, learner->row_state, r));
  return co_env_reset(learner->env, r, 1, &out);
}

static co_status record(co_sac_learner *learner) {
  for (int r = 0; r < learner->rows; r++) {
    store(learner, r);
    learner->row[r].episode_return += (double)learner->row_reward[r];
    if (learner->terminated[r] || learner->truncated[r] || learner->fault[r])
      CO_TRY(end_episode(learner, r));
  }
  float *obs = learner->row_obs;
  learner->row_obs = learner->row_next;
  learner->row_next = obs;
  learner->env_steps += learner->rows;
  CO_TRY(co_fault_guard_dump(&learner->guard));
  return co_fault_guard_judge(learner->faults, learner->episodes);
}

static co_status start(co_sac_learner *learner) {
  co_env_out out = {.obs = learner->row_obs};
  learner->started = true;
  co_actor_begin(&learner->acting, learner->rows, learner->row_state);
  return co_env_reset(learner->env, 0, learner->rows, &out);
}

static void guard_rows(co_sac_learner *learner) {
  ptrdiff_t obs_dim = learner->replay->obs_dim, dim = learner->squashed.dim;
  for (int r = 0; r < learner->rows; r++)
    co_fault_guard_step(&learner->guard, r, learner->row_obs + r * obs_dim,
                        learner->row_command + r * dim);
}

co_status co_sac_play(co_sac_learner *learner) {
  double began = co_clock_wall();
  if (!learner->started) CO_TRY(start(learner));
  act(learner);
  double acted = co_clock_wall();
  guard_rows(learner);
  co_env_out out = out_of(learner, learner->row_next);
  CO_TRY(co_env_step(learner->env, 0, learner->rows, learner->row_command, &out));
  CO_TRY(record(learner));
  learner->inference_s += acted - began;
  learner->physics_s += co_clock_wall() - acted;
  return CO_OK;
}
