#include "agents/learn/sac/private/learner.h"
#include "core/clock.h"

#include <math.h>
#include <string.h>

// ---- acting ----

static void act_randomly(co_sac_learner *learner, co_sac_player *player) {
  float *action = learner->scratch.play.action;
  int dim = learner->spec.squashed.dim;
  for (int r = 0; r < learner->spec.rows; r++) {
    for (int j = 0; j < dim; j++)
      action[r * dim + j] = (float)(2 * co_rng_uniform(&player->row[r].random) - 1);
  }
}

// Mean and spread are those of the joint head: one product of both, whose sums are in another order
// than those of the two layers apart, by which the policy acts elsewhere. So an action may differ
// in its last bits from one that an evaluation would draw around its mean. The buffers of the
// minibatch are free between two updates.
static void act_by_policy(co_sac_learner *learner, co_sac_player *player) {
  const co_sac_spec *spec = &learner->spec;
  co_sac_scratch *scratch = &learner->scratch;
  int dim = spec->squashed.dim, rows = spec->rows;
  const co_mlp *actor = &scratch->play.actor.mlp;
  int last = actor->num_layers - 1;
  co_squashed_sample *sample = &scratch->minibatch.sample;
  co_actor_scratch at = {.input = scratch->minibatch.obs, .input_stride = spec->obs_stride};
  memcpy(at.output, scratch->nets.actor.pass.output, sizeof at.output);
  co_actor_run(&scratch->play.actor, player->obs, rows, player->actor_rows, &at);
  for (int r = 0; r < rows; r++)
    co_rng_normals(&player->row[r].noise, sample->noise + (ptrdiff_t)r * dim, dim);
  co_squashed_draw(&spec->squashed, at.output[last], actor->layer[last].out_stride, rows, sample);
  memcpy(scratch->play.action, sample->action, (size_t)(rows * dim) * sizeof(float));
  learner->state.flop += co_mlp_forward_flop(actor) * rows;
}

// Random steps are counted in the target, and are random in the source as long.
static void act(co_sac_learner *learner, co_sac_player *player) {
  const co_sac_spec *spec = &learner->spec;
  const co_sac_play_scratch *play = &learner->scratch.play;
  if (learner->state.player[CO_ENV_TARGET].env_steps < spec->random_steps)
    act_randomly(learner, player);
  else
    act_by_policy(learner, player);
  co_output_actions(spec->policy->output, spec->squashed.dim, spec->rows, play->action,
                    play->command);
}

// ---- what came of it ----

static void mark(co_sac_player *player, int r) {
  co_replay_buffer_mark(player->replay, r, player->begins[r]);
  player->begins[r] = false;
}

// A time limit ends the episode and not the value: only what the task ended is terminated. A fault
// is no transition. The policy is for the target, and so are statistics of observations.
static void store(co_sac_learner *learner, co_env_role role, int r) {
  co_sac_player *player = &learner->state.player[role];
  co_replay_buffer *replay = player->replay;
  co_sac_play_scratch *play = &learner->scratch.play;
  ptrdiff_t obs_dim = replay->obs_dim, dim = learner->spec.squashed.dim;
  if (play->fault[r]) return;
  co_transition transition = {.obs = player->obs + r * obs_dim,
                              .action = play->action + r * dim,
                              .next_obs = play->next_obs + r * obs_dim,
                              .reward = play->reward[r],
                              .terminated = play->terminated[r]};
  co_replay_buffer_add(replay, &transition);
  if (player->begins) mark(player, r);
  if (role == CO_ENV_TARGET && !co_sac_warms_up(learner))
    co_moments_add(&play->moments, (int)obs_dim, transition.obs);
}

static co_status end_episode(co_sac_learner *learner, co_env_role role, int r) {
  co_sac_player *player = &learner->state.player[role];
  const co_sac_play_scratch *play = &learner->scratch.play;
  co_sac_row *row = &player->row[r];
  player->episodes++;
  if (play->fault[r]) {
    co_fault_guard_fault(&player->guard, r);
    player->faults++;
  } else {
    player->finished++;
    player->finished_return += row->episode_return;
  }
  row->episode_return = 0;
  if (player->begins) player->begins[r] = true;
  co_env_out out = {.obs = play->next_obs + (ptrdiff_t)r * player->replay->obs_dim};
  co_fault_guard_reset(&player->guard, r);
  co_actor_begin(&play->actor, 1, co_actor_state_at(&play->actor, player->actor_rows, r));
  return co_env_reset(learner->spec.env[role], r, 1, &out);
}

static co_status record(co_sac_learner *learner, co_env_role role) {
  co_sac_player *player = &learner->state.player[role];
  co_sac_play_scratch *play = &learner->scratch.play;
  for (int r = 0; r < learner->spec.rows; r++) {
    store(learner, role, r);
    player->row[r].episode_return += (double)play->reward[r];
    if (play->terminated[r] || play->truncated[r] || play->fault[r])
      CO_TRY(end_episode(learner, role, r));
  }
  float *obs = player->obs;
  player->obs = play->next_obs;
  play->next_obs = obs;
  player->env_steps += learner->spec.rows;
  CO_TRY(co_fault_guard_dump(&player->guard));
  return co_fault_guard_judge(player->faults, player->episodes);
}

static co_status start(co_sac_learner *learner, co_env_role role) {
  const co_sac_spec *spec = &learner->spec;
  co_sac_player *player = &learner->state.player[role];
  co_env_out out = {.obs = player->obs};
  player->started = true;
  co_actor_begin(&learner->scratch.play.actor, spec->rows, player->actor_rows);
  return co_env_reset(spec->env[role], 0, spec->rows, &out);
}

static void guard_rows(co_sac_learner *learner, co_sac_player *player) {
  ptrdiff_t obs_dim = player->replay->obs_dim, dim = learner->spec.squashed.dim;
  for (int r = 0; r < learner->spec.rows; r++)
    co_fault_guard_step(&player->guard, r, player->obs + r * obs_dim,
                        learner->scratch.play.command + r * dim);
}

static co_status step_env(co_sac_learner *learner, co_env *env) {
  const co_sac_play_scratch *play = &learner->scratch.play;
  co_env_out out = {.obs = play->next_obs,
                    .reward = play->reward,
                    .terminated = play->terminated,
                    .truncated = play->truncated,
                    .fault = play->fault};
  return co_env_step(env, 0, learner->spec.rows, play->command, &out);
}

co_status co_sac_play(co_sac_learner *learner, co_env_role role) {
  co_sac_player *player = &learner->state.player[role];
  double began = co_clock_wall();
  if (!player->started) CO_TRY(start(learner, role));
  act(learner, player);
  double acted = co_clock_wall();
  guard_rows(learner, player);
  CO_TRY(step_env(learner, learner->spec.env[role]));
  CO_TRY(record(learner, role));
  learner->state.inference_s += acted - began;
  learner->state.physics_s += co_clock_wall() - acted;
  return CO_OK;
}
