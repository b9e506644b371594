// Stages of the critics: index = critic x blocks + block, or critic x slices + slice.

#include "agents/learn/sac/private/stages.h"

#include <string.h>

// ---- values ----

// Values (batch) by a critic, or by its target, of the block's rows of `pair`; its pass keeps them.
// All passes drop, as in DroQ (Hiraoka et al. 2022, arXiv 2110.02034, algorithm 2). `name`:
// CO_SAC_PASS_*.
static void evaluate(co_sac_learner *learner, const co_mlp *mlp, int k, const co_sac_span *b,
                     int name, float *pair, float *value) {
  const co_sac_spec *spec = &learner->spec;
  int last = mlp->num_layers - 1, stride = spec->pair_stride;
  co_mlp_pass pass;
  co_mlp_pass_view(&learner->scratch.nets.critic[k].pass, mlp, b->first, &pass);
  if (spec->def.dropout > 0)
    pass.tape.dropout = (co_dropout){.rate = spec->def.dropout,
                                     .stream = spec->dropout,
                                     .step = (uint64_t)learner->state.gradient_steps,
                                     .part = CO_CRITIC + k,
                                     .pass = name,
                                     .row0 = (uint32_t)b->first};
  co_mlp_pass_forward(&pass, mlp, co_sac_row_at(pair, b->first, stride), stride, b->rows);
  for (int r = 0; r < b->rows; r++)
    value[b->first + r] = pass.output[last][(ptrdiff_t)r * CO_LANES];
}

void co_sac_target_task(void *context, int index) {
  co_sac_learner *learner = context;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  int k = index / learner->spec.num_blocks, block = index % learner->spec.num_blocks;
  int lap = co_sac_lap_of(learner, k, block);
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, lap);
  evaluate(learner, &learner->state.target.mlp[k], k, &b, CO_SAC_PASS_NEXT, m->next_pair,
           m->next_value[k]);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_targets);
}

void co_sac_value_task(void *context, int index) {
  co_sac_learner *learner = context;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  int k = index / learner->spec.num_blocks, block = index % learner->spec.num_blocks;
  int lap = co_sac_lap_of(learner, k, block);
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, lap);
  evaluate(learner, learner->scratch.nets.critic[k].mlp, k, &b, CO_SAC_PASS_REPLAY, m->pair,
           m->value[k]);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_critics);
}

void co_sac_acted_task(void *context, int index) {
  co_sac_learner *learner = context;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  int k = index / learner->spec.num_blocks, block = index % learner->spec.num_blocks;
  int lap = co_sac_lap_of(learner, k, block);
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, lap);
  evaluate(learner, learner->scratch.nets.critic[k].mlp, k, &b, CO_SAC_PASS_ACTED, m->acted_pair,
           m->acted_value[k]);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_actor);
}

// ---- their loss ----

// The smallest of all targets (Fujimoto et al. 2018, arXiv 1802.09477, eq. 10, of two): the more
// critics, the lower. Methods that draw some of many for each update are others.
float co_sac_goal_of(const co_sac_learner *learner, int row) {
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  float least = m->next_value[0][row];
  for (int k = 1; k < learner->spec.num_critics; k++) {
    float value = m->next_value[k][row];
    least = least < value ? least : value;
  }
  float value = least - m->alpha * m->next.log_prob[row];
  return m->row[row].reward + m->discount[row] * value;
}

// from half the mean of weighted squared errors, eq. 5, the derivatives by the outputs of the
// critic's layers
void co_sac_criticize_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->spec.num_blocks, block = index % learner->spec.num_blocks;
  co_sac_span b = co_sac_span_of(learner, block);
  const co_sac_net *critic = &learner->scratch.nets.critic[k];
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  int last = critic->mlp->num_layers - 1;
  co_mlp_pass pass;
  co_mlp_pass_view(&critic->pass, critic->mlp, b.first, &pass);
  float weight = 1 / (float)learner->spec.batch;
  int lap = co_sac_lap_of(learner, k, block);
  co_sac_begin_lap(learner, lap);
  memset(pass.delta[last], 0, (size_t)b.rows * CO_LANES * sizeof(float));
  for (int r = 0; r < b.rows; r++) {
    float error = m->value[k][b.first + r] - co_sac_goal_of(learner, b.first + r);
    pass.delta[last][(ptrdiff_t)r * CO_LANES] = weight * m->row[b.first + r].weight * error;
  }
  co_mlp_pass_deltas(&pass, critic->mlp, b.rows, critic->moves, true);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_critics);
}

void co_sac_critic_slice_task(void *context, int index) {
  co_sac_learner *learner = context;
  co_sac_nets *nets = &learner->scratch.nets;
  int slices = nets->critic[0].num_slices, k = index / slices, piece = index % slices;
  co_sac_step_slice(learner, &nets->critic[k], learner->scratch.minibatch.pair,
                    learner->spec.pair_stride, &nets->critic[k].slice[piece],
                    co_sac_lap_of(learner, k, piece));
}

// ---- derivatives of the smallest values by the actions ----

int co_sac_smallest_critic(const co_sac_learner *learner, int row) {
  float *const *value = learner->scratch.minibatch.acted_value;
  int smallest = 0;
  for (int k = 1; k < learner->spec.num_critics; k++)
    smallest = value[smallest][row] < value[k][row] ? smallest : k;
  return smallest;
}

static void move_row(float *array, int from, int to, int stride) {
  memcpy(co_sac_row_at(array, to, stride), co_sac_row_at(array, from, stride),
         (size_t)stride * sizeof *array);
}

// what a pass keeps of a hidden layer's row
static void move_kept(const co_mlp *mlp, const co_mlp_pass *pass, int l, int from, int to) {
  int stride = mlp->layer[l].out_stride;
  move_row(pass->output[l], from, to, stride);
  if (!pass->taped) return;
  move_row(pass->tape.slope[l], from, to, stride);
  if (!mlp->norm[l].weight) return;
  move_row(pass->tape.standard[l], from, to, stride);
  move_row(pass->tape.inverse[l], from, to, 1);
}

// Moves the rows whose smallest value is that of critic k to the front of the pass, and their
// numbers within the block to `row`; returns how many.
static int pick_rows(const co_sac_learner *learner, int k, const co_sac_span *b,
                     const co_mlp_pass *pass, int *row) {
  const co_mlp *mlp = learner->scratch.nets.critic[k].mlp;
  int count = 0;
  for (int r = 0; r < b->rows; r++) {  // no branch, since nobody could foretell it
    row[count] = r;
    count += co_sac_smallest_critic(learner, b->first + r) == k;
  }
  for (int l = 0; l < mlp->num_layers - 1; l++) {
    for (int i = 0; i < count; i++)
      if (row[i] > i) move_kept(mlp, pass, l, row[i], i);
  }
  return count;
}

// Of the rows where they are this critic's.
static void differentiate(co_sac_learner *learner, int k, const co_sac_span *b) {
  const co_sac_net *critic = &learner->scratch.nets.critic[k];
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  int last = critic->mlp->num_layers - 1, stride = learner->spec.action_stride;
  int dim = learner->spec.squashed.dim, row[CO_SAC_BLOCK];
  co_mlp_pass pass;
  co_mlp_pass_view(&critic->pass, critic->mlp, b->first, &pass);
  int count = pick_rows(learner, k, b, &pass, row);
  memset(pass.delta[last], 0, (size_t)count * CO_LANES * sizeof(float));
  for (int r = 0; r < count; r++) pass.delta[last][(ptrdiff_t)r * CO_LANES] = 1;
  co_mlp_pass_deltas(&pass, critic->mlp, count, NULL, false);
  float *picked = co_sac_row_at(m->picked[k], b->first, stride);
  learner->spec.kernels->backward(&learner->scratch.nets.action_input[k], pass.delta[0], NULL,
                                  count, -1, picked);
  for (int r = 0; r < count; r++)
    co_sac_copy_floats(co_sac_row_at(picked, r, stride), dim,
                       co_sac_row_at(m->dvalue[k], b->first + row[r], dim));
}

void co_sac_differentiate_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->spec.num_blocks, block = index % learner->spec.num_blocks;
  int lap = co_sac_lap_of(learner, k, block);
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, lap);
  differentiate(learner, k, &b);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_actor);
}
