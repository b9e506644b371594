// Stages of blocks of a minibatch's rows: out of replays and of given data, and the actor's
// actions on them.

#include "agents/learn/sac/private/stages.h"

// ---- blocks ----

co_sac_span co_sac_span_of(const co_sac_learner *learner, int block) {
  const co_sac_spec *spec = &learner->spec;
  int lines = (spec->batch + CO_LANES - 1) / CO_LANES;
  int first = lines * block / spec->num_blocks * CO_LANES;
  int end = lines * (block + 1) / spec->num_blocks * CO_LANES;
  return (co_sac_span){first, (end < spec->batch ? end : spec->batch) - first};
}

co_squashed_sample co_sac_sample_of(const co_squashed_sample *sample, const co_sac_span *b,
                                    int dim) {
  return (co_squashed_sample){.noise = co_sac_row_at(sample->noise, b->first, dim),
                              .action = co_sac_row_at(sample->action, b->first, dim),
                              .std = co_sac_row_at(sample->std, b->first, dim),
                              .scratch = co_sac_row_at(sample->scratch, b->first, 3 * dim),
                              .log_prob = sample->log_prob + b->first};
}

// ---- the rows as they are ----

static co_transition in_replay(const co_replay_buffer *replay, size_t i) {
  size_t obs_dim = (size_t)replay->obs_dim;
  return (co_transition){.obs = replay->obs + i * obs_dim,
                         .action = replay->action + i * (size_t)replay->act_dim,
                         .next_obs = replay->next_obs + i * obs_dim,
                         .reward = replay->reward[i],
                         .terminated = replay->terminated[i]};
}

static co_transition in_data(const co_data_set *set, int64_t index) {
  co_data_transition at = co_data_set_at(set, index);
  return (co_transition){.obs = at.obs,
                         .action = at.action,
                         .next_obs = at.next_obs,
                         .reward = at.reward,
                         .terminated = at.flags & CO_DATA_TERMINATED};
}

static const co_replay_buffer *replay_of(const co_sac_learner *learner,
                                         const co_minibatch_row *row) {
  return learner->state.player[row->set].replay;
}

static void find_rows(const co_sac_learner *learner, const co_sac_span *b) {
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  int end = b->first + b->rows;
  for (int r = b->first; r < end && co_sac_is_replayed(&m->row[r]); r++)
    co_replay_buffer_prefetch(replay_of(learner, &m->row[r]), (uint32_t)m->row[r].index);
  for (int r = b->first; r < end; r++) {
    co_minibatch_row *row = &m->row[r];
    m->from[r] = co_sac_is_replayed(row)
                     ? in_replay(replay_of(learner, row), (size_t)row->index)
                     : in_data(&learner->spec.data->set[row->set - CO_NUM_ENV_ROLES], row->index);
    row->reward = m->from[r].reward;
  }
}

// normalises raw observations of the block's rows, or those behind them, into `x`
static void take_obs(const co_sac_learner *learner, bool next, const co_sac_span *b, float *x) {
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  int dim = learner->spec.policy->net.def.obs_dim, stride = learner->spec.obs_stride;
  float *raw = co_sac_row_at(m->raw, b->first, dim);
  for (int r = 0; r < b->rows; r++) {
    const co_transition *from = &m->from[b->first + r];
    co_sac_copy_floats(next ? from->next_obs : from->obs, dim, raw + (ptrdiff_t)r * dim);
  }
  co_normalizer_apply(&learner->spec.policy->obs_norm, raw, b->rows,
                      co_sac_row_at(x, b->first, stride), stride);
}

static void gather_row(const co_sac_learner *learner, int row) {
  const co_policy *policy = learner->spec.policy;
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  const co_transition *from = &m->from[row];
  int obs_dim = policy->net.def.obs_dim, dim = policy->net.def.act_dim;
  float *pair = co_sac_row_at(m->pair, row, learner->spec.pair_stride);
  co_sac_copy_floats(co_sac_row_at(m->obs, row, learner->spec.obs_stride), obs_dim, pair);
  if (co_sac_is_replayed(&m->row[row]))
    co_sac_copy_floats(from->action, dim, pair + obs_dim);
  else
    co_output_invert(policy->output, dim, 1, from->action, pair + obs_dim);
  m->discount[row] = from->terminated ? 0 : (float)learner->spec.def.gamma;
}

// Loss terms look at the raw observations that take_obs has just left.
static void label(const co_sac_learner *learner, const co_sac_span *b, int block) {
  const co_losses *losses = &learner->state.losses;
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  int dim = learner->spec.policy->net.def.obs_dim;
  if (losses->active && m->acts)
    co_losses_label(losses, block, co_sac_row_at(m->raw, b->first, dim), b->rows,
                    co_sac_row_at(m->label, b->first, losses->num_labels));
}

static void gather(const co_sac_learner *learner, const co_sac_span *b, int block) {
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  find_rows(learner, b);
  take_obs(learner, false, b, m->obs);
  label(learner, b, block);
  take_obs(learner, true, b, m->next_obs);
  for (int r = b->first; r < b->first + b->rows; r++) gather_row(learner, r);
}

void co_sac_gather_task(void *context, int block) {
  co_sac_learner *learner = context;
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, block);
  gather(learner, &b, block);
  co_sac_end_lap(learner, block, CO_SAC_PHASE_gather);
}

// ---- the actor's actions ----

// the actor on `obs` (batch x obs_stride), both then into `pair`
static void draw_actions(co_sac_learner *learner, const co_sac_span *b, float *obs, float *pair,
                         const co_squashed_sample *samples) {
  const co_sac_spec *spec = &learner->spec;
  const co_sac_net *net = &learner->scratch.nets.actor;
  int obs_dim = spec->policy->net.def.obs_dim, dim = spec->squashed.dim;
  const co_mlp *mlp = net->mlp;
  int last = mlp->num_layers - 1;
  co_squashed_sample sample = co_sac_sample_of(samples, b, dim);
  co_mlp_pass pass;
  co_mlp_pass_view(&net->pass, mlp, b->first, &pass);
  co_mlp_pass_forward(&pass, mlp, co_sac_row_at(obs, b->first, spec->obs_stride), spec->obs_stride,
                      b->rows);
  for (int r = 0; r < b->rows; r++)
    co_rng_normals(&learner->state.row_noise[b->first + r], sample.noise + (ptrdiff_t)r * dim, dim);
  co_squashed_draw(&spec->squashed, pass.output[last], mlp->layer[last].out_stride, b->rows,
                   &sample);
  for (int r = 0; r < b->rows; r++) {
    float *to = co_sac_row_at(pair, b->first + r, spec->pair_stride);
    co_sac_copy_floats(co_sac_row_at(obs, b->first + r, spec->obs_stride), obs_dim, to);
    co_sac_copy_floats(sample.action + (ptrdiff_t)r * dim, dim, to + obs_dim);
  }
}

void co_sac_next_task(void *context, int block) {
  co_sac_learner *learner = context;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, block);
  draw_actions(learner, &b, m->next_obs, m->next_pair, &m->next);
  co_sac_end_lap(learner, block, CO_SAC_PHASE_targets);
}

void co_sac_act_task(void *context, int block) {
  co_sac_learner *learner = context;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, block);
  draw_actions(learner, &b, m->obs, m->acted_pair, &m->sample);
  co_sac_end_lap(learner, block, CO_SAC_PHASE_actor);
}
