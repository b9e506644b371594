#include "agents/learn/ppo/private/step.h"

#include "core/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// ---- forward, losses, backward ----

static void take_advantages(co_ppo_learner *learner, const co_ppo_minibatch *minibatch) {
  co_ppo_scratch *scratch = &learner->scratch;
  int rows = minibatch->rows;
  double mean = 0, square = 0;
  for (int r = 0; r < rows; r++) {
    scratch->minibatch_advantage[r] = scratch->advantage[minibatch->sample[r]];
    mean += (double)scratch->minibatch_advantage[r];
  }
  if (!learner->spec.def.normalize_advantage || rows < 2) return;
  mean /= rows;
  for (int r = 0; r < rows; r++) {
    double delta = (double)scratch->minibatch_advantage[r] - mean;
    square += delta * delta;
  }
  double factor = 1 / (sqrt(square / (rows - 1)) + 1e-8);
  for (int r = 0; r < rows; r++) {
    double delta = (double)scratch->minibatch_advantage[r] - mean;
    scratch->minibatch_advantage[r] = (float)(delta * factor);
  }
}

void co_ppo_prepare_actor(co_ppo_learner *learner, const co_ppo_minibatch *minibatch) {
  const co_network *net = &learner->spec.policy->net;
  co_gaussian_set(&learner->scratch.gaussian, learner->spec.kernels, net->block + net->log_std);
  take_advantages(learner, minibatch);
}

static void prefetch_row(const float *row, size_t stride) {
  for (size_t i = 0; i < stride; i += CO_LANES) __builtin_prefetch(row + i);
}

// Samples lie in any order, so each row is asked for some rows ahead.
static void gather_obs(const float *obs, size_t stride, const uint32_t *sample, int count,
                       float *x) {
  enum { AHEAD = 4 };
  for (int r = 0; r < count; r++, x += stride) {
    const float *row = obs + sample[r] * stride;
    if (r + AHEAD < count) prefetch_row(obs + sample[r + AHEAD] * stride, stride);
    for (size_t i = 0; i < stride; i += CO_LANES) memcpy(x + i, row + i, CO_LANES * sizeof *x);
  }
}

static int smaller(int a, int b) {
  return a < b ? a : b;
}

// the block that begins with the minibatch's row `first`
static co_ppo_rows block_rows(const co_ppo_learner *learner, const co_ppo_pass *pass, int first) {
  return (co_ppo_rows){.batch = &learner->scratch.batch,
                       .sample = pass->minibatch->sample + first,
                       .count = smaller(pass->first + pass->rows - first, CO_BLOCK),
                       .weight = 1.0 / pass->minibatch->rows};
}

// What loss terms add to the derivatives of a block.
static void add_terms(const co_ppo_learner *learner, const co_ppo_rows *rows, const float *mean,
                      int stride, float *dmean, float *dlog_std, co_ppo_sums *sums) {
  const co_losses *losses = &learner->state.losses;
  const co_network *net = &learner->spec.policy->net;
  co_loss_rows of = {.count = rows->count,
                     .weight = (float)rows->weight,
                     .label = learner->scratch.label,
                     .sample = rows->sample,
                     .dim = net->def.act_dim,
                     .stride = stride,
                     .mean = mean,
                     .dmean = dmean,
                     .log_std = net->block + net->log_std,
                     .dlog_std = dlog_std};
  float value[CO_MAX_LOSSES * CO_BLOCK];
  co_losses_add(losses, &of, value, CO_BLOCK);
  for (int i = 0; i < losses->count; i++)
    for (int r = 0; r < rows->count; r++) sums->term[i] += (double)value[i * CO_BLOCK + r];
}

// The loss of one block; the gradient of log_std goes where that of earlier blocks is or not.
static void actor_loss(const co_ppo_learner *learner, const co_ppo_pass *pass, int first,
                       const co_ppo_task *task, co_ppo_sums *sums) {
  const co_network *net = &learner->spec.policy->net;
  int last = net->num_layers - 1, stride = net->part[CO_ACTOR].layer[last].out_stride;
  ptrdiff_t at = (ptrdiff_t)(first - pass->first) * stride;
  co_policy_loss_def def = {.kernels = learner->spec.kernels,
                            .gaussian = &learner->scratch.gaussian,
                            .clip = (float)learner->spec.def.clip,
                            .entropy = (float)learner->spec.def.entropy};
  co_ppo_rows rows = block_rows(learner, pass, first);
  float apart[CO_MAX_WIDTH], *grad = pass->grad + net->log_std;
  bool adds = first > pass->first || pass->over == CO_SUM_BLOCKS_ON;
  float *dlog_std = adds ? apart : grad;
  co_policy_loss(&def, &rows, learner->scratch.minibatch_advantage + first, task->y + at, stride,
                 task->dy + at, dlog_std, sums);
  if (learner->state.losses.active)
    add_terms(learner, &rows, task->y + at, stride, task->dy + at, dlog_std, sums);
  for (int j = 0; adds && j < net->def.act_dim; j++) grad[j] += apart[j];
}

static void critic_loss(const co_ppo_learner *learner, const co_ppo_pass *pass, int first,
                        const co_ppo_task *task, co_ppo_sums *sums) {
  const co_network *net = &learner->spec.policy->net;
  int last = net->num_layers - 1, stride = net->part[CO_CRITIC].layer[last].out_stride;
  ptrdiff_t at = (ptrdiff_t)(first - pass->first) * stride;
  co_value_loss_def def = {.coefficient = (float)learner->spec.def.value_coefficient,
                           .clip = (float)learner->spec.def.value_clip};
  co_ppo_rows rows = block_rows(learner, pass, first);
  co_value_loss(&def, &rows, learner->scratch.target, task->y + at, stride, task->dy + at, sums);
}

void co_ppo_add_losses(const co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                       co_ppo_task *task) {
  for (int first = pass->first; first < pass->first + pass->rows; first += CO_BLOCK) {
    co_ppo_sums sums = {0};
    if (part == CO_ACTOR) {
      actor_loss(learner, pass, first, task, &sums);
    } else {
      critic_loss(learner, pass, first, task, &sums);
    }
    co_ppo_add_sums(&task->sums, &sums);
  }
}

void co_ppo_gather(const co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                   const co_ppo_task *task) {
  const co_batch *batch = &learner->scratch.batch;
  assert(pass->rows > 0 && pass->rows <= learner->spec.task_rows);
  gather_obs(part == CO_ACTOR ? batch->obs : batch->critic_obs, (size_t)co_ppo_stride(batch, part),
             pass->minibatch->sample + pass->first, pass->rows, task->x);
}

static void forward(const co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                    co_ppo_task *task) {
  const co_mlp *mlp = &learner->scratch.part[part];
  int stride = co_ppo_stride(&learner->scratch.batch, part);
  if (!task->taped) {
    co_mlp_forward(mlp, task->x, stride, pass->rows, task->output);
    return;
  }
  task->tape.dropout = (co_dropout){.rate = learner->spec.def.dropout,
                                    .stream = learner->spec.dropout,
                                    .step = (uint64_t)pass->step,
                                    .part = part,
                                    .row0 = (uint32_t)pass->first};
  co_mlp_forward_tape(mlp, task->x, stride, pass->rows, task->output, &task->tape);
}

// `extra` as in co_mlp_backward_args
static void backward(const co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                     const float *const *extra, const co_ppo_task *task) {
  co_mlp_backward(&learner->scratch.part[part],
                  &(co_mlp_backward_args){.x = task->x,
                                          .x_stride = co_ppo_stride(&learner->scratch.batch, part),
                                          .rows = pass->rows,
                                          .output = task->output,
                                          .delta = task->delta,
                                          .tape = task->taped ? &task->tape : NULL,
                                          .extra = extra,
                                          .moves = learner->scratch.moves[part],
                                          .over = pass->over,
                                          .grad = pass->grad});
}

void co_ppo_run_pass(co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                     co_ppo_task *task) {
  co_ppo_gather(learner, part, pass, task);
  forward(learner, part, pass, task);
  co_ppo_add_losses(learner, part, pass, task);
  backward(learner, part, pass, NULL, task);
}

// Value and its gradient on the trunk that `actor` went through; the derivative by the trunk's
// output, without that of its activation, goes to critic->delta of the last hidden layer.
static void value_on_trunk(const co_ppo_learner *learner, const co_ppo_pass *pass,
                           const co_ppo_task *actor, co_ppo_task *critic) {
  const co_mlp *mlp = &learner->scratch.part[CO_CRITIC];
  int last = mlp->num_layers - 1;
  const co_dense_view *value = &mlp->layer[last];
  learner->spec.kernels->forward(value, actor->output[last - 1], value->in_stride, pass->rows, -1,
                                 critic->output[last]);
  co_ppo_add_losses(learner, CO_CRITIC, pass, critic);
  if (learner->scratch.moves[CO_CRITIC][last]) {
    co_mlp_backward_args args = {.rows = pass->rows,
                                 .output = actor->output,
                                 .delta = critic->delta,
                                 .over = pass->over,
                                 .grad = pass->grad};
    co_mlp_gradient(mlp, &args, last, 0, value->in, pass->grad + mlp->dense[last].bias);
  }
  learner->spec.kernels->backward(value, critic->delta[last], NULL, pass->rows, -1,
                                  critic->delta[last - 1]);
}

void co_ppo_run_shared_pass(co_ppo_learner *learner, const co_ppo_pass *pass, co_ppo_task *actor,
                            co_ppo_task *critic) {
  int last = learner->scratch.part[CO_ACTOR].num_layers - 1;
  const float *extra[CO_MAX_HIDDEN] = {[0] = NULL};
  co_ppo_gather(learner, CO_ACTOR, pass, actor);
  forward(learner, CO_ACTOR, pass, actor);
  co_ppo_add_losses(learner, CO_ACTOR, pass, actor);
  value_on_trunk(learner, pass, actor, critic);
  extra[last - 1] = critic->delta[last - 1];
  backward(learner, CO_ACTOR, pass, extra, actor);
}

// ---- what follows ----

static const char *not_finite(const co_ppo_sums *sums, double norm) {
  return !isfinite(sums->policy_loss)  ? "policy loss"
         : !isfinite(sums->value_loss) ? "value loss"
         : !isfinite(norm)             ? "gradient"
                                       : NULL;
}

// Schedule "kl": the first minibatch of an update has diverged by 0 and says nothing.
static void adapt_rate(const co_ppo_def *def, double kl, double *rate) {
  const double factor = 1.5;
  if (def->schedule != CO_PPO_KL) return;
  if (kl > 2 * def->desired_kl) {
    *rate /= factor;
  } else if (kl > 0 && kl < def->desired_kl / 2) {
    *rate *= factor;
  }
  *rate = co_clamp(*rate, def->rate_min, def->rate_max);
}

static bool is_too_far(const co_ppo_def *def, double kl) {
  const double margin = 1.5;
  return def->target_kl > 0 && kl > margin * def->target_kl;
}

bool co_ppo_judge(const co_ppo_def *def, const co_ppo_sums *sums, double square, int rows,
                  co_ppo_progress *progress) {
  double norm = sqrt(square), kl = sums->approx_kl / rows;
  progress->wrong = not_finite(sums, norm);
  if (progress->wrong) return false;
  progress->stopped = is_too_far(def, kl);
  if (progress->stopped) return false;
  adapt_rate(def, kl, &progress->rate);
  progress->scale = norm > def->max_grad_norm ? def->max_grad_norm / norm : 1;
  co_ppo_add_sums(&progress->sums, sums);
  progress->norm_sum += norm;
  progress->rows_seen += rows;
  progress->steps_done++;
  return true;
}

// ---- the step ----

static void hold_log_std(const co_network *net) {
  float *log_std = net->block + net->log_std;
  for (int j = 0; j < net->def.act_dim; j++) {
    if (log_std[j] < CO_LOG_STD_MIN) log_std[j] = CO_LOG_STD_MIN;
    if (log_std[j] > CO_LOG_STD_MAX) log_std[j] = CO_LOG_STD_MAX;
  }
}

static void transpose_layer(co_ppo_learner *learner, int part, int layer) {
  const co_dense_view *view = &learner->scratch.part[part].layer[layer];
  float *to = learner->scratch.transposed[part][layer];
  if (!to) return;  // the first layer, whose input needs no derivative
  learner->spec.kernels->transpose(view->weight, view->in, view->out_stride, view->out, to,
                                   view->in_stride);
}

static void transpose_tensor(co_ppo_learner *learner, int tensor) {
  const co_network *net = &learner->spec.policy->net;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    for (int l = 0; l < co_mlp_layers(&learner->scratch.part[part]); l++) {
      if (tensor == net->part[part].layer[l].tensor) transpose_layer(learner, part, l);
    }
  }
}

void co_ppo_transpose_part(co_ppo_learner *learner, int part) {
  if (learner->spec.remembers) co_graph_work_transpose(&learner->scratch.task[part].graph);
}

void co_ppo_transpose_all(co_ppo_learner *learner) {
  for (int t = 0; t < learner->spec.policy->net.num_tensors; t++) transpose_tensor(learner, t);
  for (int part = 0; part < CO_NUM_PARTS; part++) co_ppo_transpose_part(learner, part);
}

void co_ppo_step_tensor(co_ppo_learner *learner, int tensor, const co_ppo_progress *progress) {
  const co_network *net = &learner->spec.policy->net;
  if (!learner->scratch.tensor_moves[tensor]) return;
  co_adam_step(&learner->state.adam, tensor, learner->scratch.grad, progress->scale,
               progress->rate);
  if (net->tensor[tensor].facts.role == CO_TENSOR_SPREAD) hold_log_std(net);
  transpose_tensor(learner, tensor);
}
