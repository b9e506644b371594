#include "agents/gae.h"
#include "agents/ppo_learner.h"
#include "core/clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// ---- what moves, and how fast ----

static int log_std_tensor(const co_network *net) {
  return 2 * net->num_layers;
}

static void choose_moving(co_learner *learner) {
  const co_network *net = &learner->policy->net;
  for (int t = 0; t < net->num_tensors; t++) {
    learner->tensor_moves[t] = co_adam_moves(&learner->adam, t, learner->updates);
  }
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    for (int l = 0; l < net->num_layers; l++) {
      const bool *moves = &learner->tensor_moves[net->part[part].layer[l].tensor];
      learner->moves[part][l] = moves[0] || moves[1];
    }
  }
}

static double scheduled_rate(const co_learner *learner) {
  if (learner->def.schedule == CO_PPO_CONSTANT) return learner->def.rate;
  double left = 1 - (double)learner->updates / (double)learner->planned_updates;
  return learner->def.rate * (left > 0 ? left : 0);
}

// ---- advantages ----

static void estimate_advantages(co_learner *learner) {
  const co_normalizer *norm = &learner->policy->reward_norm;
  bool scaled = learner->def.normalize_reward;
  co_gae_def def = {.gamma = learner->def.gamma,
                    .lambda = learner->def.lambda,
                    .reward_factor = scaled ? 1 / sqrt(norm->var[0] + norm->epsilon) : 1,
                    .reward_clip = scaled ? norm->clip : INFINITY};
  co_gae(&def, &learner->batch, learner->advantage, learner->target);
  learner->explained_variance = co_explained_variance(&learner->batch, learner->target);
}

static void list_valid_samples(co_learner *learner) {
  learner->num_samples = 0;
  for (size_t i = 0; i < co_batch_size(&learner->batch); i++) {
    if (learner->batch.valid[i]) learner->sample[learner->num_samples++] = (uint32_t)i;
  }
}

// the minibatch's advantages, with mean 0 and standard deviation 1 when asked
static void take_advantages(co_learner *learner) {
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

// ---- gradients of one block ----

static void gather_obs(const co_ppo_rows *rows, float *x) {
  size_t stride = (size_t)rows->batch->obs_stride;
  for (int r = 0; r < rows->count; r++) {
    memcpy(x + (size_t)r * stride, rows->batch->obs + rows->sample[r] * stride, stride * sizeof *x);
  }
}

static void actor_loss(const co_learner *learner, const co_ppo_rows *rows, int block,
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

static void critic_loss(const co_learner *learner, const co_ppo_rows *rows, co_ppo_task *task) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1;
  co_value_loss((float)learner->def.value_coefficient, rows, learner->target, task->output[last],
                net->part[CO_CRITIC].layer[last].out_stride, task->delta[last], &task->sums);
}

static co_ppo_rows block_rows(const co_learner *learner, int block) {
  int first = block * CO_BLOCK, left = learner->minibatch_rows - first;
  return (co_ppo_rows){.batch = &learner->batch,
                       .sample = learner->minibatch + first,
                       .count = left < CO_BLOCK ? left : CO_BLOCK,
                       .weight = 1.0 / learner->minibatch_rows};
}

// forward, loss and backward of one network over one block, into the block's own gradient
static void block_task(void *context, int index) {
  co_learner *learner = context;
  int block = index / CO_NUM_PARTS, part = index % CO_NUM_PARTS;
  co_ppo_task *task = &learner->task[index];
  float *grad = learner->grad + (size_t)block * learner->policy->net.size;
  co_ppo_rows rows = block_rows(learner, block);
  task->sums = (co_ppo_sums){0};
  gather_obs(&rows, task->x);
  co_mlp_forward(&learner->part[part], task->x, learner->batch.obs_stride, rows.count,
                 task->output);
  if (part == CO_ACTOR) {
    actor_loss(learner, &rows, block, task, grad);
  } else {
    critic_loss(learner, &rows, task);
  }
  co_mlp_backward(&learner->part[part],
                  &(co_mlp_backward_args){.x = task->x,
                                          .x_stride = learner->batch.obs_stride,
                                          .rows = rows.count,
                                          .output = task->output,
                                          .delta = task->delta,
                                          .moves = learner->moves[part],
                                          .grad = grad});
}

// ---- one gradient step ----

static int num_blocks(const co_learner *learner) {
  return (learner->minibatch_rows + CO_BLOCK - 1) / CO_BLOCK;
}

static void reduce_task(void *context, int tensor) {
  co_learner *learner = context;
  learner->square[tensor] = 0;
  if (!learner->tensor_moves[tensor]) return;
  learner->square[tensor] = co_adam_reduce(&learner->adam, tensor, learner->grad,
                                           learner->policy->net.size, num_blocks(learner));
}

static co_ppo_sums add_sums(const co_learner *learner) {
  co_ppo_sums total = {0};
  for (int i = 0; i < num_blocks(learner) * CO_NUM_PARTS; i++) {
    const co_ppo_sums *sums = &learner->task[i].sums;
    total.policy_loss += sums->policy_loss;
    total.value_loss += sums->value_loss;
    total.approx_kl += sums->approx_kl;
    total.clipped += sums->clipped;
  }
  return total;
}

static double global_norm(const co_learner *learner) {
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

static void transpose_layer(co_learner *learner, int part, int layer) {
  const co_dense_view *view = &learner->part[part].layer[layer];
  float *to = learner->transposed[part][layer];
  if (!to) return;  // the first layer, whose input needs no derivative
  co_transpose(view->weight, view->in, view->out_stride, view->out, to, view->in_stride);
}

static void transpose_tensor(co_learner *learner, int tensor) {
  const co_network *net = &learner->policy->net;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    for (int l = 0; l < net->num_layers; l++) {
      if (tensor == net->part[part].layer[l].tensor) transpose_layer(learner, part, l);
    }
  }
}

void co_ppo_transpose_all(co_learner *learner) {
  for (int t = 0; t < learner->policy->net.num_tensors; t++) transpose_tensor(learner, t);
}

static void step_task(void *context, int tensor) {
  co_learner *learner = context;
  const co_network *net = &learner->policy->net;
  if (!learner->tensor_moves[tensor]) return;
  co_adam_step(&learner->adam, tensor, learner->grad, learner->scale, learner->rate);
  if (tensor == log_std_tensor(net)) hold_log_std(net);
  transpose_tensor(learner, tensor);
}

static co_status check_finite(const co_learner *learner, const co_ppo_sums *sums, double norm) {
  const char *what = !isfinite(sums->policy_loss)  ? "policy loss"
                     : !isfinite(sums->value_loss) ? "value loss"
                     : !isfinite(norm)             ? "gradient"
                                                   : NULL;
  if (!what) return CO_OK;
  return co_fail(CO_INTERNAL, "non-finite %s at update %lld", what, (long long)learner->updates);
}

static void count_step(co_learner *learner, const co_ppo_sums *sums, double norm) {
  learner->sums.policy_loss += sums->policy_loss;
  learner->sums.value_loss += sums->value_loss;
  learner->sums.approx_kl += sums->approx_kl;
  learner->sums.clipped += sums->clipped;
  learner->norm_sum += norm;
  learner->rows_seen += learner->minibatch_rows;
  learner->steps_done++;
}

static co_status learn_minibatch(co_learner *learner) {
  co_network *net = &learner->policy->net;
  co_gaussian_set(&learner->gaussian, learner->kernels, net->block + net->log_std);
  take_advantages(learner);
  co_pool_run(learner->pool, block_task, learner, num_blocks(learner) * CO_NUM_PARTS);
  co_pool_run(learner->pool, reduce_task, learner, net->num_tensors);
  co_ppo_sums sums = add_sums(learner);
  double norm = global_norm(learner);
  CO_TRY(check_finite(learner, &sums, norm));
  learner->scale = norm > learner->def.max_grad_norm ? learner->def.max_grad_norm / norm : 1;
  co_pool_run(learner->pool, step_task, learner, net->num_tensors);
  count_step(learner, &sums, norm);
  return CO_OK;
}

// ---- an update ----

static co_status learn_epoch(co_learner *learner) {
  co_rng_shuffle(&learner->shuffle, learner->sample, learner->num_samples);
  for (uint32_t first = 0; first < learner->num_samples;
       first += (uint32_t)learner->def.minibatch) {
    uint32_t left = learner->num_samples - first;
    learner->minibatch = learner->sample + first;
    learner->minibatch_rows = (int)(left < learner->def.minibatch ? left : learner->def.minibatch);
    CO_TRY(learn_minibatch(learner));
  }
  return CO_OK;
}

static void begin_update(co_learner *learner) {
  learner->rate = scheduled_rate(learner);
  learner->sums = (co_ppo_sums){0};
  learner->norm_sum = 0;
  learner->rows_seen = learner->steps_done = 0;
  choose_moving(learner);
}

static double update_flop(const co_learner *learner) {
  double per_row = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    per_row += co_mlp_forward_flop(&learner->part[part]);
    per_row += co_mlp_backward_flop(&learner->part[part], learner->moves[part]);
  }
  enum { ADAM_FLOP = 14 };  // per number and step
  return per_row * (double)learner->rows_seen +
         ADAM_FLOP * (double)learner->policy->net.size * (double)learner->steps_done;
}

static void end_update(co_learner *learner) {
  learner->flop += update_flop(learner);
  learner->gradient_steps += learner->steps_done;
  learner->updates++;
}

co_status co_ppo_update(co_learner *learner) {
  begin_update(learner);
  estimate_advantages(learner);
  list_valid_samples(learner);
  co_adam_save(&learner->adam);
  for (int64_t epoch = 0; epoch < learner->def.epochs; epoch++) {
    co_status status = learn_epoch(learner);
    if (status == CO_OK) continue;
    co_adam_restore(&learner->adam);
    co_ppo_transpose_all(learner);
    return status;
  }
  end_update(learner);
  return CO_OK;
}
