// One gradient update of SAC in four parallel sections: blocks of rows up to the critics'
// derivatives, slices of the critics' weights, blocks of rows up to the actor's derivatives, slices
// of the actor's weights.
//
// A row's forward and backward products have the same bits in blocks of any size, and every element
// of a gradient is one chain over all rows of the minibatch in their order, so nothing depends on
// how blocks and slices are cut.

#include "agents/sac_learner.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// ---- copies of weights in other layouts ----

// rows in0 .. in0 + count - 1 of a layer's weight into its transposed copy
static void pack_slice(co_learner *learner, co_sac_net *net, const co_sac_slice *slice) {
  const co_dense_view *layer = &net->mlp.layer[slice->layer];
  const float *from = layer->weight + (ptrdiff_t)slice->in0 * layer->out_stride;
  if (slice->layer > 0) {
    co_transpose(from, slice->count, layer->out_stride, layer->out,
                 net->transposed[slice->layer] + slice->in0, layer->in_stride);
  } else if (slice->part >= CO_CRITIC) {
    // the action elements stand behind those of the observation
    int k = slice->part - CO_CRITIC, obs_dim = learner->policy->net.def.obs_dim;
    int first = slice->in0 > obs_dim ? slice->in0 : obs_dim, end = slice->in0 + slice->count;
    const co_dense_view *input = &learner->action_input[k];
    if (first < end)
      co_transpose(layer->weight + (ptrdiff_t)first * layer->out_stride, end - first,
                   layer->out_stride, layer->out, learner->action_transposed[k] + first - obs_dim,
                   input->in_stride);
  }
}

// columns first .. first + layer->out - 1 of the joint head
static void join_columns(const co_learner *learner, const co_dense *layer, int first) {
  const float *block = learner->policy->net.block;
  int stride = learner->actor_dense[learner->policy->net.num_layers - 1].out_stride;
  for (int i = 0; i <= layer->in; i++) {  // the bias lies behind the last row
    memcpy(learner->head + (ptrdiff_t)i * stride + first,
           block + layer->weight + (ptrdiff_t)i * layer->out_stride,
           (size_t)layer->out * sizeof(float));
  }
}

void co_sac_pack_head(co_learner *learner) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1;
  join_columns(learner, &net->part[CO_ACTOR].layer[last], 0);
  join_columns(learner, &net->log_std_head, net->def.act_dim);
  const co_dense_view *view = &learner->actor.mlp.layer[last];
  co_transpose(view->weight, view->in, view->out_stride, view->out, learner->actor.transposed[last],
               view->in_stride);
}

// the part of the joint head's gradient that belongs to one of its two layers
static void part_columns(const co_learner *learner, const co_dense *layer, int first) {
  const co_dense *head = &learner->actor_dense[learner->policy->net.num_layers - 1];
  for (int i = 0; i <= layer->in; i++) {
    memcpy(learner->grad + layer->weight + (ptrdiff_t)i * layer->out_stride,
           learner->grad + head->weight + (ptrdiff_t)i * head->out_stride + first,
           (size_t)layer->out * sizeof(float));
  }
}

static void pack_net(co_learner *learner, co_sac_net *net) {
  for (int i = 0; i < net->num_slices; i++) pack_slice(learner, net, &net->slice[i]);
}

void co_sac_pack_all(co_learner *learner) {
  co_sac_pack_head(learner);
  pack_net(learner, &learner->actor);
  for (int k = 0; k < CO_CRITICS; k++) pack_net(learner, &learner->critic[k]);
}

// ---- what moves ----

static bool tensor_moves(const co_learner *learner, int tensor) {
  return co_adam_moves(&learner->adam, tensor, learner->updates);
}

static bool layer_moves(const co_learner *learner, const co_dense *layer) {
  return tensor_moves(learner, layer->tensor) || tensor_moves(learner, layer->tensor + 1);
}

static int alpha_tensor(const co_network *net) {
  return net->log_std_head.tensor + 2;
}

void co_sac_choose_moving(co_learner *learner) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1;
  for (int l = 0; l <= last; l++) {
    learner->actor.moves[l] = layer_moves(learner, &net->part[CO_ACTOR].layer[l]);
    for (int k = 0; k < CO_CRITICS; k++)
      learner->critic[k].moves[l] = layer_moves(learner, &net->part[CO_CRITIC + k].layer[l]);
  }
  if (layer_moves(learner, &net->log_std_head)) learner->actor.moves[last] = true;
}

static bool any_moves(const co_sac_net *net) {
  bool any = false;
  for (int l = 0; l < net->mlp.num_layers; l++) any = any || net->moves[l];
  return any;
}

// ---- blocks of rows ----

typedef struct span {
  int first, rows;
} span;

static span span_of(const co_learner *learner, int index) {
  int first = index * learner->block_rows, left = learner->batch - first;
  return (span){first, left < learner->block_rows ? left : learner->block_rows};
}

static float *row_at(float *array, int row, int stride) {
  return array + (ptrdiff_t)row * stride;
}

// pointers to the block's rows of all layers
static co_sac_pass pass_of(const co_sac_net *net, const span *b) {
  co_sac_pass pass = {.taped = net->pass.taped};
  for (int l = 0; l < net->mlp.num_layers; l++) {
    int stride = net->mlp.layer[l].out_stride;
    pass.output[l] = row_at(net->pass.output[l], b->first, stride);
    pass.delta[l] = row_at(net->pass.delta[l], b->first, stride);
    if (pass.taped && l < net->mlp.num_layers - 1)
      pass.tape.slope[l] = row_at(net->pass.tape.slope[l], b->first, stride);
  }
  return pass;
}

static co_squashed_sample sample_of(const co_squashed_sample *sample, const span *b, int dim) {
  return (co_squashed_sample){.noise = row_at(sample->noise, b->first, dim),
                              .action = row_at(sample->action, b->first, dim),
                              .std = row_at(sample->std, b->first, dim),
                              .scratch = row_at(sample->scratch, b->first, 3 * dim),
                              .log_prob = sample->log_prob + b->first};
}

// normalises a raw observation out of the replay into `x`
static void take_obs(const co_learner *learner, const float *raw, float *x) {
  co_normalizer_apply(&learner->policy->obs_norm, raw, 1, x, learner->obs_stride);
}

static void gather(const co_learner *learner, const span *b) {
  const co_replay_buffer *replay = learner->replay;
  size_t obs_dim = (size_t)replay->obs_dim, dim = (size_t)replay->act_dim;
  for (int r = b->first; r < b->first + b->rows; r++)
    co_replay_buffer_prefetch(replay, learner->index[r]);
  for (int r = b->first; r < b->first + b->rows; r++) {
    size_t i = learner->index[r];
    float *obs = row_at(learner->obs, r, learner->obs_stride);
    float *next_obs = row_at(learner->next_obs, r, learner->obs_stride);
    float *pair = row_at(learner->pair, r, learner->pair_stride);
    float *next_pair = row_at(learner->next_pair, r, learner->pair_stride);
    take_obs(learner, replay->obs + i * obs_dim, obs);
    take_obs(learner, replay->next_obs + i * obs_dim, next_obs);
    memcpy(pair, obs, obs_dim * sizeof *pair);
    memcpy(pair + obs_dim, replay->action + i * dim, dim * sizeof *pair);
    memcpy(next_pair, next_obs, obs_dim * sizeof *pair);
  }
}

static void forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    const co_sac_pass *pass) {
  if (pass->taped) {
    co_mlp_forward_tape(mlp, x, x_stride, rows, pass->output, &pass->tape);
  } else {
    co_mlp_forward(mlp, x, x_stride, rows, pass->output);
  }
}

// derivatives by the outputs of the layers, from pass->delta of the last one
static void backward(const co_mlp *mlp, const co_sac_pass *pass, int rows, const bool *moves) {
  co_mlp_deltas(mlp, &(co_mlp_backward_args){.rows = rows,
                                             .output = pass->output,
                                             .delta = pass->delta,
                                             .tape = pass->taped ? &pass->tape : NULL,
                                             .moves = moves});
}

// the actor on `x`, whose action goes behind the observation in `pair`
static void draw_actions(co_learner *learner, const span *b, float *x, float *pair,
                         const co_squashed_sample *sample) {
  const co_mlp *actor = &learner->actor.mlp;
  int dim = learner->squashed.dim, last = actor->num_layers - 1;
  co_sac_pass pass = pass_of(&learner->actor, b);
  forward(actor, row_at(x, b->first, learner->obs_stride), learner->obs_stride, b->rows, &pass);
  for (int r = 0; r < b->rows; r++)
    co_rng_normals(&learner->row_noise[b->first + r], sample->noise + (ptrdiff_t)r * dim, dim);
  co_squashed_draw(&learner->squashed, pass.output[last], actor->layer[last].out_stride, b->rows,
                   sample);
  for (int r = 0; pair && r < b->rows; r++)
    memcpy(row_at(pair, b->first + r, learner->pair_stride) + learner->policy->net.def.obs_dim,
           sample->action + (ptrdiff_t)r * dim, (size_t)dim * sizeof *pair);
}

// values (rows x value stride) of both critics, or of both targets, on `pair`
static void evaluate(const co_learner *learner, const co_mlp *mlp, const span *b, float *pair,
                     co_sac_pass *pass) {
  forward(mlp, row_at(pair, b->first, learner->pair_stride), learner->pair_stride, b->rows, pass);
}

// reward + gamma (1 - terminated) (min Q'(s', a') - alpha log pi(a')), eq. 5 and 6
static void set_goals(co_learner *learner, const span *b, const co_squashed_sample *next) {
  const co_replay_buffer *replay = learner->replay;
  int last = learner->critic[0].mlp.num_layers - 1;
  co_sac_pass pass[CO_CRITICS];
  for (int k = 0; k < CO_CRITICS; k++) {
    pass[k] = pass_of(&learner->critic[k], b);
    evaluate(learner, &learner->target_mlp[k], b, learner->next_pair, &pass[k]);
  }
  for (int r = 0; r < b->rows; r++) {
    uint32_t i = learner->index[b->first + r];
    float q0 = pass[0].output[last][(ptrdiff_t)r * CO_LANES];
    float q1 = pass[1].output[last][(ptrdiff_t)r * CO_LANES];
    float value = (q0 < q1 ? q0 : q1) - learner->alpha * next->log_prob[r];
    float discount = replay->terminated[i] ? 0 : (float)learner->def.gamma;
    learner->goal[b->first + r] = replay->reward[i] + discount * value;
  }
}

// of the tile that row r of the block lies in
static co_sac_sums *sums_of(const co_learner *learner, const span *b, int r) {
  return &learner->sums[(b->first + r) / CO_SAC_TILE];
}

// half the mean squared error of each critic, eq. 5, and the derivatives by the outputs of its
// layers
static void criticize(co_learner *learner, const span *b, int k) {
  const co_sac_net *critic = &learner->critic[k];
  int last = critic->mlp.num_layers - 1;
  co_sac_pass pass = pass_of(critic, b);
  evaluate(learner, &critic->mlp, b, learner->pair, &pass);
  float weight = 1 / (float)learner->batch;
  for (int r = 0; r < b->rows; r++) {
    float q = pass.output[last][(ptrdiff_t)r * CO_LANES];
    float error = q - learner->goal[b->first + r];
    float *delta = row_at(pass.delta[last], r, CO_LANES);
    memset(delta, 0, CO_LANES * sizeof *delta);
    delta[0] = weight * error;
    co_sac_sums *sums = sums_of(learner, b, r);
    sums->critic_loss += 0.5 * (double)error * (double)error;
    sums->value += (double)q;
  }
  backward(&critic->mlp, &pass, b->rows, critic->moves);
}

static void critic_task(void *context, int index) {
  co_learner *learner = context;
  span b = span_of(learner, index);
  int dim = learner->squashed.dim;
  for (int r = 0; r < b.rows; r += CO_SAC_TILE) *sums_of(learner, &b, r) = (co_sac_sums){0};
  gather(learner, &b);
  co_squashed_sample next = sample_of(&learner->next, &b, dim);
  draw_actions(learner, &b, learner->next_obs, learner->next_pair, &next);
  set_goals(learner, &b, &next);
  for (int k = 0; k < CO_CRITICS; k++) criticize(learner, &b, k);
  co_squashed_sample sample = sample_of(&learner->sample, &b, dim);
  draw_actions(learner, &b, learner->obs, NULL, &sample);
}

// derivative of the mean of the smaller values by the actions: each row's through one critic
static void differentiate_values(co_learner *learner, const span *b) {
  static const bool all[CO_MAX_HIDDEN + 1] = {true, true, true, true, true};
  int last = learner->critic[0].mlp.num_layers - 1;
  co_sac_pass pass[CO_CRITICS];
  for (int k = 0; k < CO_CRITICS; k++) {
    pass[k] = pass_of(&learner->critic[k], b);
    evaluate(learner, &learner->critic[k].mlp, b, learner->pair, &pass[k]);
  }
  for (int r = 0; r < b->rows; r++) {
    ptrdiff_t at = (ptrdiff_t)r * CO_LANES;
    float q0 = pass[0].output[last][at], q1 = pass[1].output[last][at];
    for (int k = 0; k < CO_CRITICS; k++)
      memset(pass[k].delta[last] + at, 0, CO_LANES * sizeof(float));
    pass[q0 < q1 ? 0 : 1].delta[last][at] = 1;
    co_sac_sums *sums = sums_of(learner, b, r);
    sums->actor_loss += (double)(learner->alpha * learner->sample.log_prob[b->first + r]) -
                        (double)(q0 < q1 ? q0 : q1);
    sums->log_prob += (double)learner->sample.log_prob[b->first + r];
  }
  for (int k = 0; k < CO_CRITICS; k++) {
    float *daction =
        row_at(learner->daction, k * learner->batch + b->first, learner->action_stride);
    backward(&learner->critic[k].mlp, &pass[k], b->rows, all);
    learner->kernels->backward(&learner->action_input[k], pass[k].delta[0], daction, b->rows, -1,
                               daction);
  }
}

static void actor_task(void *context, int index) {
  co_learner *learner = context;
  span b = span_of(learner, index);
  int dim = learner->squashed.dim, stride = learner->action_stride;
  const co_mlp *actor = &learner->actor.mlp;
  int last = actor->num_layers - 1;
  co_squashed_sample sample = sample_of(&learner->sample, &b, dim);
  for (int r = 0; r < b.rows; r++)
    memcpy(
        row_at(learner->pair, b.first + r, learner->pair_stride) + learner->policy->net.def.obs_dim,
        sample.action + (ptrdiff_t)r * dim, (size_t)dim * sizeof(float));
  differentiate_values(learner, &b);
  float *daction = row_at(learner->daction, b.first, stride);
  const float *other = row_at(learner->daction, learner->batch + b.first, stride);
  for (int i = 0; i < b.rows * stride; i++) daction[i] += other[i];
  co_sac_pass pass = pass_of(&learner->actor, &b);
  co_squashed_backward(&learner->squashed, pass.output[last], actor->layer[last].out_stride, b.rows,
                       &sample, daction, stride, learner->alpha, 1 / (float)learner->batch,
                       pass.delta[last]);
  backward(actor, &pass, b.rows, learner->actor.moves);
}

// ---- slices of weights ----

static void step_rows(co_learner *learner, int tensor, int row0, int rows, double *square) {
  if (!tensor_moves(learner, tensor)) return;
  *square += co_adam_pull(&learner->adam, tensor, row0, rows, learner->grad);
  co_adam_apply(&learner->adam, tensor, &learner->step[tensor], row0, rows, learner->grad);
}

static void step_layer(co_learner *learner, const co_dense *layer, const co_sac_slice *slice,
                       double *square) {
  step_rows(learner, layer->tensor, slice->in0, slice->count, square);
  if (slice->in0 == 0) step_rows(learner, layer->tensor + 1, 0, 1, square);
}

// The gradient of a slice over all rows of the minibatch, and its step while it is in the cache.
static bool step_slice(co_learner *learner, co_sac_net *net, const float *x, int x_stride,
                       co_sac_slice *slice) {
  slice->square = 0;
  if (!net->moves[slice->layer]) return false;
  co_mlp_gradient(&net->mlp,
                  &(co_mlp_backward_args){.x = x,
                                          .x_stride = x_stride,
                                          .rows = learner->batch,
                                          .output = net->pass.output,
                                          .delta = net->pass.delta,
                                          .grad = learner->grad},
                  slice->layer, slice->in0, slice->count, slice->bias_grad);
  const co_network *all = &learner->policy->net;
  const co_dense *layer = &all->part[slice->part].layer[slice->layer];
  if (slice->part != CO_ACTOR || slice->layer < all->num_layers - 1) {
    step_layer(learner, layer, slice, &slice->square);
    return true;
  }
  part_columns(learner, layer, 0);
  part_columns(learner, &all->log_std_head, all->def.act_dim);
  step_layer(learner, layer, slice, &slice->square);
  step_layer(learner, &all->log_std_head, slice, &slice->square);
  return true;
}

// target += tau (weight - target) for the numbers of a slice
static void follow(co_learner *learner, const co_dense *layer, const co_sac_slice *slice) {
  const float *block = learner->policy->net.block;
  size_t stride = (size_t)layer->out_stride, at = layer->weight + (size_t)slice->in0 * stride;
  float tau = (float)learner->def.tau;
  learner->kernels->follow(tau, (size_t)slice->count * stride, block + at, learner->target + at);
  if (slice->in0 == 0)
    learner->kernels->follow(tau, stride, block + layer->bias, learner->target + layer->bias);
}

static void critic_slice_task(void *context, int index) {
  co_learner *learner = context;
  int k = index % CO_CRITICS;
  co_sac_net *critic = &learner->critic[k];
  co_sac_slice *slice = &critic->slice[index / CO_CRITICS];
  if (!step_slice(learner, critic, learner->pair, learner->pair_stride, slice)) return;
  follow(learner, &critic->mlp.dense[slice->layer], slice);
  pack_slice(learner, critic, slice);
}

static void actor_slice_task(void *context, int index) {
  co_learner *learner = context;
  co_sac_net *actor = &learner->actor;
  co_sac_slice *slice = &actor->slice[index];
  if (!step_slice(learner, actor, learner->obs, learner->obs_stride, slice)) return;
  if (slice->layer == actor->mlp.num_layers - 1)
    co_sac_pack_head(learner);
  else
    pack_slice(learner, actor, slice);
}

static void begin_steps(co_learner *learner, int first, int end) {
  for (int t = first; t < end; t++)
    if (tensor_moves(learner, t))
      learner->step[t] = co_adam_begin(&learner->adam, t, 1, learner->def.rate);
}

// ---- one update ----

static void sample_indices(co_learner *learner) {
  uint32_t count = (uint32_t)co_replay_buffer_count(learner->replay);
  for (int r = 0; r < learner->batch; r++)
    learner->index[r] = co_rng_below(&learner->sampler, count);
}

static double squares(const co_sac_net *net) {
  double sum = 0;
  for (int i = 0; i < net->num_slices; i++) sum += net->slice[i].square;
  return sum;
}

static co_sac_sums means(const co_learner *learner) {
  co_sac_sums sums = {0};
  double weight = 1.0 / learner->batch;
  for (int i = 0; i < learner->num_tiles; i++) {
    sums.critic_loss += learner->sums[i].critic_loss * weight;
    sums.actor_loss += learner->sums[i].actor_loss * weight;
    sums.log_prob += learner->sums[i].log_prob * weight;
    sums.value += learner->sums[i].value * weight / CO_CRITICS;
  }
  return sums;
}

// Derivative of -log alpha (log pi + target entropy), the usual form of eq. 18, which has the same
// root as that with alpha itself.
static void learn_temperature(co_learner *learner, double log_prob) {
  const co_network *net = &learner->policy->net;
  int tensor = alpha_tensor(net);
  if (!tensor_moves(learner, tensor)) return;
  learner->grad[net->log_alpha] = (float)-(log_prob + learner->def.target_entropy);
  co_adam_step(&learner->adam, tensor, learner->grad, 1, learner->def.rate);
}

static void learn_critics(co_learner *learner) {
  const co_network *net = &learner->policy->net;
  co_pool_run(learner->pool, critic_task, learner, learner->num_blocks);
  begin_steps(learner, net->part[CO_CRITIC].layer[0].tensor, net->num_tensors);
  co_pool_run(learner->pool, critic_slice_task, learner,
              CO_CRITICS * learner->critic[0].num_slices);
}

static void learn_actor(co_learner *learner) {
  const co_network *net = &learner->policy->net;
  co_pool_run(learner->pool, actor_task, learner, learner->num_blocks);
  begin_steps(learner, 0, alpha_tensor(net));
  co_pool_run(learner->pool, actor_slice_task, learner, learner->actor.num_slices);
  learn_temperature(learner, means(learner).log_prob);
}

static double count_flop(const co_learner *learner, bool acts) {
  enum { ADAM_FLOP = 14, FOLLOW_FLOP = 3 };  // per number
  const co_mlp *actor = &learner->actor.mlp, *critic = &learner->critic[0].mlp;
  double of_critic = co_mlp_forward_flop(critic), per_row = co_mlp_forward_flop(actor);
  for (int k = 0; k < CO_CRITICS; k++)
    per_row += 2 * of_critic + co_mlp_backward_flop(critic, learner->critic[k].moves);
  if (acts) {
    double first = 2.0 * critic->layer[0].in * critic->layer[0].out;
    double to_action = 2.0 * learner->squashed.dim * critic->layer[0].out;
    per_row += co_mlp_forward_flop(actor) + co_mlp_backward_flop(actor, learner->actor.moves);
    per_row += CO_CRITICS * (2 * of_critic - first + to_action);
  }
  return per_row * learner->batch + (ADAM_FLOP + FOLLOW_FLOP) * (double)learner->policy->net.size;
}

static co_status check_finite(const co_learner *learner, const co_sac_sums *sums, double norm) {
  const char *what = !isfinite(sums->critic_loss)  ? "critic loss"
                     : !isfinite(sums->actor_loss) ? "actor loss"
                     : !isfinite(norm)             ? "gradient"
                                                   : NULL;
  if (!what) return CO_OK;
  return co_fail(CO_INTERNAL, "non-finite %s at gradient update %lld", what,
                 (long long)learner->gradient_steps);
}

static void count_step(co_learner *learner, const co_sac_sums *sums, double norm, bool acts) {
  learner->total.critic_loss += sums->critic_loss;
  learner->total.actor_loss += sums->actor_loss;
  learner->total.log_prob += sums->log_prob;
  learner->total.value += sums->value;
  learner->norm_sum += norm;
  learner->steps_done++;
  learner->actor_steps_done += acts;
  learner->gradient_steps++;
  learner->flop += count_flop(learner, acts);
}

static bool actor_is_held(const co_learner *learner) {
  return learner->from_source && learner->gradient_steps < learner->def.critic_updates;
}

co_status co_sac_learn(co_learner *learner) {
  const co_network *net = &learner->policy->net;
  bool moves = any_moves(&learner->actor) || tensor_moves(learner, alpha_tensor(net));
  bool acts = moves && !actor_is_held(learner);
  learner->kernels->exp(net->block + net->log_alpha, 1, &learner->alpha);
  sample_indices(learner);
  learn_critics(learner);
  if (acts) learn_actor(learner);
  co_sac_sums sums = means(learner);
  double square = squares(&learner->critic[0]) + squares(&learner->critic[1]);
  if (acts) square += squares(&learner->actor);
  CO_TRY(check_finite(learner, &sums, sqrt(square)));
  count_step(learner, &sums, sqrt(square), acts);
  return CO_OK;
}
