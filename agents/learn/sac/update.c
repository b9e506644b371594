// One gradient update of SAC in stages of blocks of rows, critics x blocks and slices of weights
// (STAGE_LIST). With two threads each has a side: a critic, whose weights, moments and activations
// never leave its core, half of the rows and half of the actor's slices; it waits for the other
// only where it needs what that has done. With more threads stages are sections of the pool.
//
// A row's forward and backward products have the same bits in blocks of any size, every element of
// a gradient is one chain over all rows of the minibatch in their order, and so are the sums, so
// nothing depends on how blocks and slices are cut.

#include "agents/learn/sac/private/learner.h"

#include <math.h>
#include <string.h>

// ---- blocks of rows ----

typedef struct span {
  int first, rows;
} span;

static span span_of(const co_sac_learner *learner, int index) {
  int lines = (learner->batch + CO_LANES - 1) / CO_LANES;
  int first = lines * index / learner->num_blocks * CO_LANES;
  int end = lines * (index + 1) / learner->num_blocks * CO_LANES;
  return (span){first, (end < learner->batch ? end : learner->batch) - first};
}

static float *row_at(float *array, int row, int stride) {
  return array + (ptrdiff_t)row * stride;
}

// Pointers to the block's rows of all layers that there are, and nothing of what there are not:
// there is room for many.
static void set_pass(co_sac_pass *pass, const co_sac_net *net, const span *b) {
  pass->taped = net->pass.taped;
  pass->tape.dropout = net->pass.tape.dropout;
  for (int l = 0; l < net->mlp.num_layers; l++) {
    int stride = net->mlp.layer[l].out_stride;
    pass->output[l] = row_at(net->pass.output[l], b->first, stride);
    pass->delta[l] = row_at(net->pass.delta[l], b->first, stride);
    if (!pass->taped || l == net->mlp.num_layers - 1) continue;
    pass->tape.slope[l] = row_at(net->pass.tape.slope[l], b->first, stride);
    if (!net->mlp.norm[l].weight) continue;
    pass->tape.standard[l] = row_at(net->pass.tape.standard[l], b->first, stride);
    pass->tape.inverse[l] = net->pass.tape.inverse[l] + b->first;
    pass->norm_lines[l] = row_at(net->pass.norm_lines[l], b->first / CO_LANES, 2 * stride);
  }
}

static co_squashed_sample sample_of(const co_squashed_sample *sample, const span *b, int dim) {
  return (co_squashed_sample){.noise = row_at(sample->noise, b->first, dim),
                              .action = row_at(sample->action, b->first, dim),
                              .std = row_at(sample->std, b->first, dim),
                              .scratch = row_at(sample->scratch, b->first, 3 * dim),
                              .log_prob = sample->log_prob + b->first};
}

static void copy_floats(const float *from, int count, float *to) {
  for (int i = 0; i < count; i++) to[i] = from[i];
}

// normalises raw observations out of the replay, those of the block's indices, into `x`
static void take_obs(const co_sac_learner *learner, const float *source, const span *b, float *x) {
  int dim = learner->replay->obs_dim, stride = learner->obs_stride;
  float *raw = row_at(learner->raw, b->first, dim);
  for (int r = 0; r < b->rows; r++) {
    size_t i = learner->index[b->first + r];
    copy_floats(source + i * (size_t)dim, dim, raw + (ptrdiff_t)r * dim);
  }
  co_normalizer_apply(&learner->policy->obs_norm, raw, b->rows, row_at(x, b->first, stride),
                      stride);
}

static void gather_row(const co_sac_learner *learner, int row) {
  const co_replay_buffer *replay = learner->replay;
  int obs_dim = replay->obs_dim, dim = replay->act_dim;
  size_t i = learner->index[row];
  float *pair = row_at(learner->pair, row, learner->pair_stride);
  copy_floats(row_at(learner->obs, row, learner->obs_stride), obs_dim, pair);
  copy_floats(replay->action + i * (size_t)dim, dim, pair + obs_dim);
  learner->reward[row] = replay->reward[i];
  learner->discount[row] = replay->terminated[i] ? 0 : (float)learner->def.gamma;
}

static void gather(const co_sac_learner *learner, const span *b) {
  for (int r = b->first; r < b->first + b->rows; r++)
    co_replay_buffer_prefetch(learner->replay, learner->index[r]);
  take_obs(learner, learner->replay->obs, b, learner->obs);
  take_obs(learner, learner->replay->next_obs, b, learner->next_obs);
  for (int r = b->first; r < b->first + b->rows; r++) gather_row(learner, r);
}

static void forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    const co_sac_pass *pass) {
  if (pass->taped) {
    co_mlp_forward_tape(mlp, x, x_stride, rows, pass->output, &pass->tape);
  } else {
    co_mlp_forward(mlp, x, x_stride, rows, pass->output);
  }
}

// Derivatives by the outputs of the layers, from pass->delta of the last one; gradients of norms
// into `norm_lines`, NULL: none are wanted.
static void backward(const co_mlp *mlp, const co_sac_pass *pass, int rows, const bool *moves,
                     float *const *norm_lines) {
  co_mlp_deltas(mlp, &(co_mlp_backward_args){.rows = rows,
                                             .output = pass->output,
                                             .delta = pass->delta,
                                             .tape = pass->taped ? &pass->tape : NULL,
                                             .moves = moves,
                                             .norm_lines = norm_lines});
}

// the actor on `obs` (batch x obs_stride), both then into `pair`
static void draw_actions(co_sac_learner *learner, const span *b, float *obs, float *pair,
                         const co_squashed_sample *samples) {
  const co_mlp *actor = &learner->actor.mlp;
  int obs_dim = learner->policy->net.def.obs_dim, dim = learner->squashed.dim;
  int last = actor->num_layers - 1;
  co_squashed_sample sample = sample_of(samples, b, dim);
  co_sac_pass pass;
  set_pass(&pass, &learner->actor, b);
  forward(actor, row_at(obs, b->first, learner->obs_stride), learner->obs_stride, b->rows, &pass);
  for (int r = 0; r < b->rows; r++)
    co_rng_normals(&learner->row_noise[b->first + r], sample.noise + (ptrdiff_t)r * dim, dim);
  co_squashed_draw(&learner->squashed, pass.output[last], actor->layer[last].out_stride, b->rows,
                   &sample);
  for (int r = 0; r < b->rows; r++) {
    float *to = row_at(pair, b->first + r, learner->pair_stride);
    copy_floats(row_at(obs, b->first + r, learner->obs_stride), obs_dim, to);
    copy_floats(sample.action + (ptrdiff_t)r * dim, dim, to + obs_dim);
  }
}

static void gather_task(void *context, int index) {
  co_sac_learner *learner = context;
  span b = span_of(learner, index);
  co_sac_begin_lap(learner, index);
  gather(learner, &b);
  co_sac_end_lap(learner, index, CO_SAC_PHASE_gather);
}

static void next_task(void *context, int index) {
  co_sac_learner *learner = context;
  span b = span_of(learner, index);
  co_sac_begin_lap(learner, index);
  draw_actions(learner, &b, learner->next_obs, learner->next_pair, &learner->next);
  co_sac_end_lap(learner, index, CO_SAC_PHASE_targets);
}

static void act_task(void *context, int index) {
  co_sac_learner *learner = context;
  span b = span_of(learner, index);
  co_sac_begin_lap(learner, index);
  draw_actions(learner, &b, learner->obs, learner->acted_pair, &learner->sample);
  co_sac_end_lap(learner, index, CO_SAC_PHASE_actor);
}

// ---- critics: index = critic x blocks + block ----

// Values (batch) by a critic, or by its target, of the block's rows of `pair`; its pass keeps them.
// All passes drop, as in DroQ (Hiraoka et al. 2022, arXiv 2110.02034, algorithm 2). `name`:
// CO_SAC_PASS_*.
static void evaluate(co_sac_learner *learner, const co_mlp *mlp, int k, const span *b, int name,
                     float *pair, float *value) {
  int last = mlp->num_layers - 1;
  co_sac_pass pass;
  set_pass(&pass, &learner->critic[k], b);
  if (learner->def.dropout > 0)
    pass.tape.dropout = (co_dropout){.rate = learner->def.dropout,
                                     .stream = learner->dropout,
                                     .step = (uint64_t)learner->gradient_steps,
                                     .part = CO_CRITIC + k,
                                     .pass = name,
                                     .row0 = (uint32_t)b->first};
  forward(mlp, row_at(pair, b->first, learner->pair_stride), learner->pair_stride, b->rows, &pass);
  for (int r = 0; r < b->rows; r++)
    value[b->first + r] = pass.output[last][(ptrdiff_t)r * CO_LANES];
}

// The lap of a critic's block or slice. Blocks of rows, pieces of each critic and slices of the
// actor have laps apart, since one thread may be ahead of another.
static int lap_of(const co_sac_learner *learner, int critic, int piece) {
  int blocks = learner->num_blocks, slices = learner->critic[0].num_slices;
  return blocks + critic * (blocks > slices ? blocks : slices) + piece;
}

static void target_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->num_blocks, block = index % learner->num_blocks;
  int lap = lap_of(learner, k, block);
  span b = span_of(learner, block);
  co_sac_begin_lap(learner, lap);
  evaluate(learner, &learner->target_mlp[k], k, &b, CO_SAC_PASS_NEXT, learner->next_pair,
           learner->next_value[k]);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_targets);
}

static void value_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->num_blocks, block = index % learner->num_blocks;
  int lap = lap_of(learner, k, block);
  span b = span_of(learner, block);
  co_sac_begin_lap(learner, lap);
  evaluate(learner, &learner->critic[k].mlp, k, &b, CO_SAC_PASS_REPLAY, learner->pair,
           learner->value[k]);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_critics);
}

// what the critics learn: reward + gamma (1 - terminated) (min Q'(s', a') - alpha log pi(a')), eq.
// 5 and 6
static float goal_of(const co_sac_learner *learner, int row) {
  float q0 = learner->next_value[0][row], q1 = learner->next_value[1][row];
  float value = (q0 < q1 ? q0 : q1) - learner->alpha * learner->next.log_prob[row];
  return learner->reward[row] + learner->discount[row] * value;
}

// from half the mean squared error, eq. 5, the derivatives by the outputs of the critic's layers
static void criticize_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->num_blocks;
  span b = span_of(learner, index % learner->num_blocks);
  const co_sac_net *critic = &learner->critic[k];
  int last = critic->mlp.num_layers - 1;
  co_sac_pass pass;
  set_pass(&pass, critic, &b);
  float weight = 1 / (float)learner->batch;
  int lap = lap_of(learner, k, index % learner->num_blocks);
  co_sac_begin_lap(learner, lap);
  memset(pass.delta[last], 0, (size_t)b.rows * CO_LANES * sizeof(float));
  for (int r = 0; r < b.rows; r++) {
    float error = learner->value[k][b.first + r] - goal_of(learner, b.first + r);
    pass.delta[last][(ptrdiff_t)r * CO_LANES] = weight * error;
  }
  backward(&critic->mlp, &pass, b.rows, critic->moves, pass.norm_lines);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_critics);
}

static void critic_slice_task(void *context, int index) {
  co_sac_learner *learner = context;
  int slices = learner->critic[0].num_slices, k = index / slices, piece = index % slices;
  co_sac_net *critic = &learner->critic[k];
  co_sac_step_slice(learner, critic, learner->pair, learner->pair_stride, &critic->slice[piece],
                    lap_of(learner, k, piece));
}

static void acted_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->num_blocks;
  span b = span_of(learner, index % learner->num_blocks);
  int lap = lap_of(learner, k, index % learner->num_blocks);
  co_sac_begin_lap(learner, lap);
  evaluate(learner, &learner->critic[k].mlp, k, &b, CO_SAC_PASS_ACTED, learner->acted_pair,
           learner->acted_value[k]);
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_actor);
}

// ---- the actor's loss ----

static int smaller_critic(const co_sac_learner *learner, int row) {
  return learner->acted_value[0][row] < learner->acted_value[1][row] ? 0 : 1;
}

static void move_row(float *array, int from, int to, int stride) {
  memcpy(row_at(array, to, stride), row_at(array, from, stride), (size_t)stride * sizeof *array);
}

// what a pass keeps of a hidden layer's row
static void move_kept(const co_mlp *mlp, const co_sac_pass *pass, int l, int from, int to) {
  int stride = mlp->layer[l].out_stride;
  move_row(pass->output[l], from, to, stride);
  if (!pass->taped) return;
  move_row(pass->tape.slope[l], from, to, stride);
  if (!mlp->norm[l].weight) return;
  move_row(pass->tape.standard[l], from, to, stride);
  move_row(pass->tape.inverse[l], from, to, 1);
}

// Moves the rows whose smaller value is that of critic k to the front of the pass, and their
// numbers within the block to `row`; returns how many.
static int pick_rows(const co_sac_learner *learner, int k, const span *b, const co_sac_pass *pass,
                     int *row) {
  const co_mlp *mlp = &learner->critic[k].mlp;
  int count = 0;
  for (int r = 0; r < b->rows; r++) {  // no branch, since nobody could foretell it
    row[count] = r;
    count += smaller_critic(learner, b->first + r) == k;
  }
  for (int l = 0; l < mlp->num_layers - 1; l++) {
    for (int i = 0; i < count; i++)
      if (row[i] > i) move_kept(mlp, pass, l, row[i], i);
  }
  return count;
}

// derivative of the smaller values by the actions, of the rows where they are this critic's
static void differentiate_task(void *context, int index) {
  co_sac_learner *learner = context;
  int k = index / learner->num_blocks, block = index % learner->num_blocks;
  int lap = lap_of(learner, k, block), row[CO_SAC_BLOCK];
  span b = span_of(learner, block);
  const co_sac_net *critic = &learner->critic[k];
  int last = critic->mlp.num_layers - 1, stride = learner->action_stride;
  int dim = learner->squashed.dim;
  co_sac_begin_lap(learner, lap);
  co_sac_pass pass;
  set_pass(&pass, critic, &b);
  int count = pick_rows(learner, k, &b, &pass, row);
  memset(pass.delta[last], 0, (size_t)count * CO_LANES * sizeof(float));
  for (int r = 0; r < count; r++) pass.delta[last][(ptrdiff_t)r * CO_LANES] = 1;
  backward(&critic->mlp, &pass, count, NULL, NULL);
  float *picked = row_at(learner->picked[k], b.first, stride);
  learner->kernels->backward(&learner->action_input[k], pass.delta[0], NULL, count, -1, picked);
  for (int r = 0; r < count; r++)
    copy_floats(row_at(picked, r, stride), dim, row_at(learner->dvalue[k], b.first + row[r], dim));
  co_sac_end_lap(learner, lap, CO_SAC_PHASE_actor);
}

static void actor_task(void *context, int index) {
  co_sac_learner *learner = context;
  span b = span_of(learner, index);
  const co_mlp *actor = &learner->actor.mlp;
  int dim = learner->squashed.dim, last = actor->num_layers - 1;
  co_sac_begin_lap(learner, index);
  co_squashed_sample sample = sample_of(&learner->sample, &b, dim);
  co_sac_pass pass;
  set_pass(&pass, &learner->actor, &b);
  for (int r = b.first; r < b.first + b.rows; r++)
    copy_floats(row_at(learner->dvalue[smaller_critic(learner, r)], r, dim), dim,
                row_at(learner->daction, r, dim));
  co_squashed_backward(&learner->squashed, pass.output[last], actor->layer[last].out_stride, b.rows,
                       &sample, row_at(learner->daction, b.first, dim), dim, learner->alpha,
                       1 / (float)learner->batch, pass.delta[last]);
  backward(actor, &pass, b.rows, learner->actor.moves, pass.norm_lines);
  co_sac_end_lap(learner, index, CO_SAC_PHASE_actor);
}

static void actor_slice_task(void *context, int index) {
  co_sac_learner *learner = context;
  co_sac_net *actor = &learner->actor;
  co_sac_step_slice(learner, actor, learner->obs, learner->obs_stride, &actor->slice[index],
                    lap_of(learner, CO_CRITICS, index));
}

// ---- one update ----

// of the layers of a part; the temperature, which no layer has, takes its step whole
static void begin_steps(co_sac_learner *learner, co_tensor_part part) {
  const co_network *net = &learner->policy->net;
  co_sac_begin_lap(learner, 0);
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor_facts *facts = &net->tensor[t].facts;
    if (facts->part == part && facts->layer != CO_LAYER_NONE && co_sac_tensor_moves(learner, t))
      learner->step[t] = co_adam_begin(&learner->adam, t, 1, learner->def.rate);
  }
  co_sac_end_lap(learner, 0, CO_SAC_PHASE_steps);
}

static void sample_indices(co_sac_learner *learner) {
  uint32_t count = (uint32_t)co_replay_buffer_count(learner->replay);
  co_sac_begin_lap(learner, 0);
  for (int r = 0; r < learner->batch; r++)
    learner->index[r] = co_rng_below(&learner->sampler, count);
  co_sac_end_lap(learner, 0, CO_SAC_PHASE_gather);
}

static double squares(const co_sac_net *net) {
  double sum = 0;
  for (int i = 0; i < net->num_slices; i++) sum += net->slice[i].square;
  return sum;
}

static co_sac_sums sums_of(const co_sac_learner *learner, int first, int end) {
  co_sac_sums sums = {0};
  for (int k = 0; k < CO_CRITICS; k++) {
    for (int row = first; row < end; row++) {
      double error = (double)(learner->value[k][row] - goal_of(learner, row));
      sums.critic_loss += 0.5 * error * error;
      sums.value += (double)learner->value[k][row];
    }
  }
  for (int row = first; learner->acts && row < end; row++) {
    float log_prob = learner->sample.log_prob[row];
    float value = learner->acted_value[smaller_critic(learner, row)][row];
    sums.actor_loss += (double)(learner->alpha * log_prob) - (double)value;
    sums.log_prob += (double)log_prob;
  }
  return sums;
}

// some rows at a time, whatever the blocks are
static co_sac_sums means(const co_sac_learner *learner) {
  enum { ROWS = 8 };
  co_sac_sums mean = {0};
  double weight = 1.0 / learner->batch;
  for (int first = 0; first < learner->batch; first += ROWS) {
    int left = learner->batch - first;
    co_sac_sums sums = sums_of(learner, first, first + (left < ROWS ? left : ROWS));
    mean.critic_loss += sums.critic_loss * weight;
    mean.actor_loss += sums.actor_loss * weight;
    mean.log_prob += sums.log_prob * weight;
    mean.value += sums.value * weight / CO_CRITICS;
  }
  return mean;
}

// Derivative of -log alpha (log pi + target entropy), the usual form of eq. 18, which has the same
// root as that with alpha itself.
static void learn_temperature(co_sac_learner *learner, double log_prob) {
  const co_network *net = &learner->policy->net;
  int tensor = co_sac_alpha_tensor(net);
  if (!co_sac_tensor_moves(learner, tensor)) return;
  learner->grad[net->log_alpha] = (float)-(log_prob + learner->def.target_entropy);
  co_adam_step(&learner->adam, tensor, learner->grad, 1, learner->def.rate);
}

// ---- the schedule ----

static int of_blocks(const co_sac_learner *learner) {
  return learner->num_blocks;
}
static int of_critic_blocks(const co_sac_learner *learner) {
  return CO_CRITICS * learner->num_blocks;
}
static int of_critic_slices(const co_sac_learner *learner) {
  return CO_CRITICS * learner->critic[0].num_slices;
}
static int of_actor_slices(const co_sac_learner *learner) {
  return learner->actor.num_slices;
}

// What an update does, in this order, and the stage that an index needs the other side to be
// through: -1 is none. A side is the first or the second half of all indices of each stage: half of
// the rows, a critic, half of the actor's slices. Stages of one `count` without such a need between
// them need of each other no more than the same index. X(name, task, count, needs)
#define STAGE_LIST(X)                                           \
  X(GATHER, gather_task, of_blocks, -1)                         \
  X(NEXT, next_task, of_blocks, -1)                             \
  X(ACT, act_task, of_blocks, -1)                               \
  X(TARGET, target_task, of_critic_blocks, NEXT)                \
  X(VALUE, value_task, of_critic_blocks, GATHER)                \
  X(CRITICIZE, criticize_task, of_critic_blocks, TARGET)        \
  X(STEP, critic_slice_task, of_critic_slices, -1)              \
  /* of the actor, left out where it does not move */           \
  X(ACTED, acted_task, of_critic_blocks, ACT)                   \
  X(DIFFERENTIATE, differentiate_task, of_critic_blocks, ACTED) \
  X(ACTOR, actor_task, of_blocks, DIFFERENTIATE)                \
  X(ACTOR_STEP, actor_slice_task, of_actor_slices, ACTOR)

enum {
#define X(name, task, count, needs) name,
  STAGE_LIST(X)
#undef X
      NUM_STAGES
};

static const struct stage {
  co_pool_task *task;
  int (*count)(const co_sac_learner *);
} stages[] = {
#define X(name, task, count, needs) {task, count},
    STAGE_LIST(X)
#undef X
};

static const int stage_needs[] = {
#define X(name, task, count, needs) needs,
    STAGE_LIST(X)
#undef X
};

static int end_of_stages(const co_sac_learner *learner) {
  return learner->acts ? NUM_STAGES : ACTED;
}

// part `part` of `parts` of the indices of stages first .. end - 1, index by index
static void run_part(co_sac_learner *learner, int first, int end, int part, int parts) {
  int count = stages[first].count(learner);
  for (int i = count * part / parts; i < count * (part + 1) / parts; i++) {
    for (int s = first; s < end; s++) stages[s].task(learner, i);
  }
}

static void side_step(void *context, int stage, int side) {
  run_part(context, stage, stage + 1, side, CO_CRITICS);
}

// With a thread per critic or fewer each side is a strand.
static void run_sides(co_sac_learner *learner) {
  co_strands_run(learner->pool, &(co_strands){.run = side_step,
                                              .context = learner,
                                              .num_steps = end_of_stages(learner),
                                              .num_strands = CO_CRITICS,
                                              .needs = stage_needs,
                                              .strand = learner->side});
}

// More threads: sections of stages whose indices need nothing of each other. No thread helps
// another: what it would take over has its data in the other's cache, and would have to be brought
// back.
typedef struct section {
  co_sac_learner *learner;
  int first, end, parts;
} section;

static void part_task(void *context, int part) {
  const section *s = context;
  run_part(s->learner, s->first, s->end, part, s->parts);
}

static bool joins(int stage, int first) {
  return stages[stage].count == stages[first].count && stage_needs[stage] < first;
}

static void run_sections(co_sac_learner *learner) {
  int threads = co_pool_threads(learner->pool), end = end_of_stages(learner);
  for (int first = 0, next; first < end; first = next) {
    for (next = first + 1; next < end && joins(next, first);) next++;
    int count = stages[first].count(learner);
    section s = {learner, first, next, threads < count ? threads : count};
    co_pool_run(learner->pool, part_task, &s, s.parts);
  }
}

static void run_stages(co_sac_learner *learner) {
  if (co_pool_threads(learner->pool) <= CO_CRITICS)
    run_sides(learner);
  else
    run_sections(learner);
}

static double count_flop(const co_sac_learner *learner) {
  enum { ADAM_FLOP = 14, FOLLOW_FLOP = 3 };  // per number
  const co_mlp *actor = &learner->actor.mlp, *critic = &learner->critic[0].mlp;
  double of_critic = co_mlp_forward_flop(critic), per_row = co_mlp_forward_flop(actor);
  for (int k = 0; k < CO_CRITICS; k++)
    per_row += 2 * of_critic + co_mlp_backward_flop(critic, learner->critic[k].moves);
  if (learner->acts) {
    double first = 2.0 * critic->layer[0].in * critic->layer[0].out;
    double to_action = 2.0 * learner->squashed.dim * critic->layer[0].out;
    per_row += co_mlp_forward_flop(actor) + co_mlp_backward_flop(actor, learner->actor.moves);
    // forward through both critics, back through that of the smaller value
    per_row += CO_CRITICS * of_critic + of_critic - first + to_action;
  }
  return per_row * learner->batch +
         (ADAM_FLOP + FOLLOW_FLOP) * co_network_stepped(&learner->policy->net) +
         co_adam_adapter_flop(&learner->adam);
}

static co_status check_finite(const co_sac_learner *learner, const co_sac_sums *sums, double norm) {
  const char *what = !isfinite(sums->critic_loss)  ? "critic loss"
                     : !isfinite(sums->actor_loss) ? "actor loss"
                     : !isfinite(norm)             ? "gradient"
                                                   : NULL;
  if (!what) return CO_OK;
  return co_fail(CO_DIVERGED, "non-finite %s at gradient update %lld", what,
                 (long long)learner->gradient_steps);
}

static void count_step(co_sac_learner *learner, const co_sac_sums *sums, double norm) {
  learner->total.critic_loss += sums->critic_loss;
  learner->total.actor_loss += sums->actor_loss;
  learner->total.log_prob += sums->log_prob;
  learner->total.value += sums->value;
  learner->norm_sum += norm;
  learner->steps_done++;
  learner->actor_steps_done += learner->acts;
  learner->gradient_steps++;
  learner->flop += count_flop(learner);
}

static bool any_moves(const co_sac_net *net) {
  bool any = false;
  for (int l = 0; l < net->mlp.num_layers; l++) any = any || net->moves[l];
  return any;
}

static bool actor_is_held(const co_sac_learner *learner) {
  return learner->from_source && learner->gradient_steps < learner->def.critic_updates;
}

co_status co_sac_learn(co_sac_learner *learner) {
  const co_network *net = &learner->policy->net;
  bool moves = any_moves(&learner->actor) || co_sac_tensor_moves(learner, co_sac_alpha_tensor(net));
  learner->acts = moves && !actor_is_held(learner);
  learner->kernels->exp(net->block + net->log_alpha, 1, &learner->alpha);
  sample_indices(learner);
  begin_steps(learner, CO_PART_CRITIC);
  if (learner->acts) begin_steps(learner, CO_PART_ACTOR);
  run_stages(learner);
  co_sac_begin_lap(learner, 0);
  co_sac_sums sums = means(learner);
  if (learner->acts) learn_temperature(learner, sums.log_prob);
  double square = squares(&learner->critic[0]) + squares(&learner->critic[1]);
  if (learner->acts) square += squares(&learner->actor);
  CO_TRY(check_finite(learner, &sums, sqrt(square)));
  count_step(learner, &sums, sqrt(square));
  co_sac_end_lap(learner, 0, CO_SAC_PHASE_steps);
  return CO_OK;
}
