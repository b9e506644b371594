#include "agents/learn/ppo/private/learner.h"
#include "core/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// ---- gradients of one block ----

// the minibatch's advantages, with mean 0 and standard deviation 1 when asked
static void take_advantages(co_ppo_learner *learner) {
  int rows = learner->minibatch_rows;
  double mean = 0, square = 0;
  for (int r = 0; r < rows; r++) {
    learner->minibatch_advantage[r] = learner->advantage[learner->minibatch[r]];
    mean += (double)learner->minibatch_advantage[r];
  }
  if (!learner->def.normalize_advantage || rows < 2) return;
  mean /= rows;
  for (int r = 0; r < rows; r++) {
    double delta = (double)learner->minibatch_advantage[r] - mean;
    square += delta * delta;
  }
  double factor = 1 / (sqrt(square / (rows - 1)) + 1e-8);
  for (int r = 0; r < rows; r++) {
    double delta = (double)learner->minibatch_advantage[r] - mean;
    learner->minibatch_advantage[r] = (float)(delta * factor);
  }
}

static void prefetch_row(const float *row, size_t stride) {
  for (size_t i = 0; i < stride; i += CO_LANES) __builtin_prefetch(row + i);
}

// Samples lie in any order, so each row is asked for some rows ahead.
static void gather_obs(const co_ppo_rows *rows, float *x) {
  enum { AHEAD = 4 };
  const float *obs = rows->batch->obs;
  size_t stride = (size_t)rows->batch->obs_stride;
  for (int r = 0; r < rows->count; r++, x += stride) {
    const float *row = obs + rows->sample[r] * stride;
    if (r + AHEAD < rows->count) prefetch_row(obs + rows->sample[r + AHEAD] * stride, stride);
    for (size_t i = 0; i < stride; i += CO_LANES) memcpy(x + i, row + i, CO_LANES * sizeof *x);
  }
}

static void actor_loss(const co_ppo_learner *learner, const co_ppo_rows *rows, int block,
                       co_ppo_task *task, float *grad) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1;
  co_policy_loss_def def = {.kernels = learner->kernels,
                            .gaussian = &learner->gaussian,
                            .clip = (float)learner->def.clip,
                            .entropy = (float)learner->def.entropy};
  co_policy_loss(&def, rows, learner->minibatch_advantage + (ptrdiff_t)block * CO_BLOCK,
                 task->output[last], net->part[CO_ACTOR].layer[last].out_stride, task->delta[last],
                 grad + net->log_std, &task->sums);
}

static void critic_loss(const co_ppo_learner *learner, const co_ppo_rows *rows, co_ppo_task *task) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1;
  co_value_loss_def def = {.coefficient = (float)learner->def.value_coefficient,
                           .clip = (float)learner->def.value_clip};
  co_value_loss(&def, rows, learner->target, task->output[last],
                net->part[CO_CRITIC].layer[last].out_stride, task->delta[last], &task->sums);
}

static co_ppo_rows block_rows(const co_ppo_learner *learner, int block) {
  int first = block * CO_BLOCK, left = learner->minibatch_rows - first;
  return (co_ppo_rows){.batch = &learner->batch,
                       .sample = learner->minibatch + first,
                       .count = left < CO_BLOCK ? left : CO_BLOCK,
                       .weight = 1.0 / learner->minibatch_rows};
}

// Where the gradient of the wave's block number i lies: behind the sum of the waves before.
static float *grad_slot(const co_ppo_learner *learner, int i) {
  int slot = i + (learner->first_block > 0);
  return learner->grad + (size_t)slot * learner->policy->net.size;
}

static void forward(co_ppo_learner *learner, int part, int block, int rows, co_ppo_task *task) {
  const co_mlp *mlp = &learner->part[part];
  int stride = learner->batch.obs_stride;
  if (!task->taped) {
    co_mlp_forward(mlp, task->x, stride, rows, task->output);
    return;
  }
  task->tape.dropout =
      (co_dropout){.rate = learner->def.dropout,
                   .stream = learner->dropout,
                   .step = (uint64_t)(learner->gradient_steps + learner->steps_done),
                   .part = part,
                   .row0 = (uint32_t)(block * CO_BLOCK)};
  co_mlp_forward_tape(mlp, task->x, stride, rows, task->output, &task->tape);
}

// `extra` as in co_mlp_backward_args
static void backward(co_ppo_learner *learner, int part, int rows, const float *extra,
                     const co_ppo_task *task, float *grad) {
  co_mlp_backward(&learner->part[part],
                  &(co_mlp_backward_args){.x = task->x,
                                          .x_stride = learner->batch.obs_stride,
                                          .rows = rows,
                                          .output = task->output,
                                          .delta = task->delta,
                                          .tape = task->taped ? &task->tape : NULL,
                                          .extra = extra,
                                          .moves = learner->moves[part],
                                          .grad = grad});
}

// forward, loss and backward of one network over one block, into the block's own gradient; network
// by network, so that half of the threads goes on with the weights that it stepped
static void block_task(void *context, int index) {
  co_ppo_learner *learner = context;
  int i = index % learner->in_wave, part = index / learner->in_wave;
  int block = learner->first_block + i;
  co_ppo_task *task = &learner->task[i * CO_NUM_PARTS + part];
  float *grad = grad_slot(learner, i);
  co_ppo_rows rows = block_rows(learner, block);
  task->sums = (co_ppo_sums){0};
  gather_obs(&rows, task->x);
  forward(learner, part, block, rows.count, task);
  if (part == CO_ACTOR) {
    actor_loss(learner, &rows, block, task, grad);
  } else {
    critic_loss(learner, &rows, task);
  }
  backward(learner, part, rows.count, NULL, task, grad);
}

// Value and its gradient on the trunk that `actor` went through; the derivative by the trunk's
// output, without that of its activation, goes to critic->delta of the last hidden layer.
static void value_on_trunk(co_ppo_learner *learner, const co_ppo_rows *rows,
                           const co_ppo_task *actor, co_ppo_task *critic, float *grad) {
  const co_mlp *mlp = &learner->part[CO_CRITIC];
  int last = mlp->num_layers - 1;
  const co_dense_view *value = &mlp->layer[last];
  learner->kernels->forward(value, actor->output[last - 1], value->in_stride, rows->count, -1,
                            critic->output[last]);
  critic_loss(learner, rows, critic);
  if (learner->moves[CO_CRITIC][last]) {
    co_mlp_backward_args args = {
        .rows = rows->count, .output = actor->output, .delta = critic->delta, .grad = grad};
    co_mlp_gradient(mlp, &args, last, 0, value->in, grad + mlp->dense[last].bias);
  }
  learner->kernels->backward(value, critic->delta[last], NULL, rows->count, -1,
                             critic->delta[last - 1]);
}

// both networks over one block where they share a trunk
static void shared_block_task(void *context, int index) {
  co_ppo_learner *learner = context;
  int block = learner->first_block + index, last = learner->part[CO_ACTOR].num_layers - 1;
  co_ppo_task *actor = &learner->task[index * CO_NUM_PARTS + CO_ACTOR];
  co_ppo_task *critic = &learner->task[index * CO_NUM_PARTS + CO_CRITIC];
  float *grad = grad_slot(learner, index);
  co_ppo_rows rows = block_rows(learner, block);
  actor->sums = critic->sums = (co_ppo_sums){0};
  gather_obs(&rows, actor->x);
  forward(learner, CO_ACTOR, block, rows.count, actor);
  actor_loss(learner, &rows, block, actor, grad);
  value_on_trunk(learner, &rows, actor, critic, grad);
  backward(learner, CO_ACTOR, rows.count, critic->delta[last - 1], actor, grad);
}

static void run_blocks(co_ppo_learner *learner) {
  if (learner->policy->net.def.shared_trunk) {
    co_pool_run(learner->pool, shared_block_task, learner, learner->in_wave);
  } else {
    co_pool_run(learner->pool, block_task, learner, learner->in_wave * CO_NUM_PARTS);
  }
}

// ---- one gradient step ----

static bool is_last_wave(const co_ppo_learner *learner) {
  int blocks = (learner->minibatch_rows + CO_BLOCK - 1) / CO_BLOCK;
  return learner->first_block + learner->in_wave == blocks;
}

// adds up the wave's gradients of one tensor in block order
static void reduce_tensor(co_ppo_learner *learner, int tensor) {
  size_t size = learner->policy->net.size;
  learner->square[tensor] = 0;
  if (!learner->tensor_moves[tensor]) return;
  if (is_last_wave(learner)) {
    learner->square[tensor] =
        co_adam_reduce(&learner->adam, tensor, learner->grad, size, learner->grads_used);
  } else {
    co_adam_add(&learner->adam, tensor, learner->grad, size, learner->grads_used);
  }
}

static void reduce_task(void *context, int share) {
  co_ppo_learner *learner = context;
  for (int t = 0; t < learner->policy->net.num_tensors; t++) {
    if (learner->share[t] == share) reduce_tensor(learner, t);
  }
}

static void add_sums(const co_ppo_learner *learner, co_ppo_sums *total) {
  for (int i = 0; i < learner->in_wave * CO_NUM_PARTS; i++) {
    const co_ppo_sums *sums = &learner->task[i].sums;
    total->policy_loss += sums->policy_loss;
    total->value_loss += sums->value_loss;
    total->approx_kl += sums->approx_kl;
    total->clipped += sums->clipped;
  }
}

// the gradient of the minibatch into the first slot, wave by wave
static co_ppo_sums run_waves(co_ppo_learner *learner) {
  co_ppo_sums sums = {0};
  int blocks = (learner->minibatch_rows + CO_BLOCK - 1) / CO_BLOCK;
  for (int first = 0; first < blocks; first += learner->in_wave) {
    int left = blocks - first;
    learner->first_block = first;
    learner->in_wave = left < learner->wave_size ? left : learner->wave_size;
    learner->grads_used = learner->in_wave + (first > 0);
    assert(learner->grads_used <= learner->num_grads);
    run_blocks(learner);
    co_pool_run(learner->pool, reduce_task, learner, learner->num_shares);
    add_sums(learner, &sums);
  }
  return sums;
}

static double global_norm(const co_ppo_learner *learner) {
  double square = 0;
  for (int t = 0; t < learner->policy->net.num_tensors; t++) square += learner->square[t];
  return sqrt(square);
}

static void hold_log_std(const co_network *net) {
  float *log_std = net->block + net->log_std;
  for (int j = 0; j < net->def.act_dim; j++) {
    if (log_std[j] < CO_LOG_STD_MIN) log_std[j] = CO_LOG_STD_MIN;
    if (log_std[j] > CO_LOG_STD_MAX) log_std[j] = CO_LOG_STD_MAX;
  }
}

static void transpose_layer(co_ppo_learner *learner, int part, int layer) {
  const co_dense_view *view = &learner->part[part].layer[layer];
  float *to = learner->transposed[part][layer];
  if (!to) return;  // the first layer, whose input needs no derivative
  learner->kernels->transpose(view->weight, view->in, view->out_stride, view->out, to,
                              view->in_stride);
}

static void transpose_tensor(co_ppo_learner *learner, int tensor) {
  const co_network *net = &learner->policy->net;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    for (int l = 0; l < net->num_layers; l++) {
      if (tensor == net->part[part].layer[l].tensor) transpose_layer(learner, part, l);
    }
  }
}

void co_ppo_transpose_all(co_ppo_learner *learner) {
  for (int t = 0; t < learner->policy->net.num_tensors; t++) transpose_tensor(learner, t);
}

static void step_tensor(co_ppo_learner *learner, int tensor) {
  const co_network *net = &learner->policy->net;
  if (!learner->tensor_moves[tensor]) return;
  co_adam_step(&learner->adam, tensor, learner->grad, learner->scale, learner->rate);
  if (net->tensor[tensor].facts.role == CO_TENSOR_SPREAD) hold_log_std(net);
  transpose_tensor(learner, tensor);
}

static void step_task(void *context, int share) {
  co_ppo_learner *learner = context;
  for (int t = 0; t < learner->policy->net.num_tensors; t++) {
    if (learner->share[t] == share) step_tensor(learner, t);
  }
}

static co_status check_finite(const co_ppo_learner *learner, const co_ppo_sums *sums, double norm) {
  const char *what = !isfinite(sums->policy_loss)  ? "policy loss"
                     : !isfinite(sums->value_loss) ? "value loss"
                     : !isfinite(norm)             ? "gradient"
                                                   : NULL;
  if (!what) return CO_OK;
  return co_fail(CO_INTERNAL, "non-finite %s at update %lld", what, (long long)learner->updates);
}

static void count_step(co_ppo_learner *learner, const co_ppo_sums *sums, double norm) {
  learner->sums.policy_loss += sums->policy_loss;
  learner->sums.value_loss += sums->value_loss;
  learner->sums.approx_kl += sums->approx_kl;
  learner->sums.clipped += sums->clipped;
  learner->norm_sum += norm;
  learner->rows_seen += learner->minibatch_rows;
  learner->steps_done++;
}

// ---- divergence ----

// Schedule "kl": the first minibatch of an update has diverged by 0 and says nothing.
static void adapt_rate(co_ppo_learner *learner, double kl) {
  const co_ppo_def *def = &learner->def;
  const double factor = 1.5;
  double rate = learner->rate;
  if (def->schedule != CO_PPO_KL) return;
  if (kl > 2 * def->desired_kl) {
    rate /= factor;
  } else if (kl > 0 && kl < def->desired_kl / 2) {
    rate *= factor;
  }
  learner->rate = co_clamp(rate, def->rate_min, def->rate_max);
}

static bool is_too_far(const co_ppo_learner *learner, double kl) {
  const double margin = 1.5;
  return learner->def.target_kl > 0 && kl > margin * learner->def.target_kl;
}

co_status co_ppo_step(co_ppo_learner *learner) {
  co_network *net = &learner->policy->net;
  co_gaussian_set(&learner->gaussian, learner->kernels, net->block + net->log_std);
  take_advantages(learner);
  co_ppo_sums sums = run_waves(learner);
  double norm = global_norm(learner), kl = sums.approx_kl / learner->minibatch_rows;
  CO_TRY(check_finite(learner, &sums, norm));
  learner->stopped = is_too_far(learner, kl);
  if (learner->stopped) return CO_OK;
  adapt_rate(learner, kl);
  learner->scale = norm > learner->def.max_grad_norm ? learner->def.max_grad_norm / norm : 1;
  co_pool_run(learner->pool, step_task, learner, learner->num_shares);
  count_step(learner, &sums, norm);
  return CO_OK;
}
