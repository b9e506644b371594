#include "agents/learn/ppo/gae.h"
#include "agents/learn/ppo/private/learner.h"

#include <math.h>

// ---- what moves, and how fast ----

static void choose_moving(co_ppo_learner *learner) {
  const co_network *net = &learner->policy->net;
  for (int t = 0; t < net->num_tensors; t++) {
    learner->tensor_moves[t] = co_adam_moves(&learner->adam, t, learner->updates);
  }
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    for (int l = 0; l < net->num_layers; l++) {
      const co_dense *layer = &net->part[part].layer[l];
      learner->moves[part][l] = false;
      for (int t = layer->tensor; t < co_dense_tensors_end(layer); t++)
        learner->moves[part][l] |= learner->tensor_moves[t];
    }
  }
}

static double scheduled_rate(const co_ppo_learner *learner) {
  if (learner->def.schedule == CO_PPO_CONSTANT) return learner->def.rate;
  if (learner->def.schedule == CO_PPO_KL)
    return learner->updates > 0 ? learner->progress.rate : learner->def.rate;
  double left = 1 - (double)learner->updates / (double)learner->planned_updates;
  return learner->def.rate * (left > 0 ? left : 0);
}

// ---- advantages ----

static void estimate_advantages(co_ppo_learner *learner) {
  const co_normalizer *norm = &learner->policy->reward_norm;
  bool scaled = learner->def.normalize_reward;
  co_gae_def def = {.gamma = learner->def.gamma,
                    .lambda = learner->def.lambda,
                    .reward_factor = scaled ? 1 / sqrt(norm->var[0] + norm->epsilon) : 1,
                    .reward_clip = scaled ? norm->clip : (double)INFINITY};
  co_gae(&def, &learner->batch, learner->advantage, learner->target);
}

static void list_valid_samples(co_ppo_learner *learner) {
  learner->num_samples = 0;
  for (size_t i = 0; i < co_batch_size(&learner->batch); i++) {
    if (learner->batch.valid[i]) learner->sample[learner->num_samples++] = (uint32_t)i;
  }
}

// ---- values anew ----

static void values_of(const co_ppo_learner *learner, const co_ppo_task *task, const float *obs,
                      int count, float *value) {
  const co_mlp *critic = &learner->part[CO_CRITIC];
  int last = critic->num_layers - 1;
  co_mlp_forward(critic, obs, learner->batch.obs_stride, count, task->output);
  for (int r = 0; r < count; r++) {
    value[r] = task->output[last][(ptrdiff_t)r * critic->layer[last].out_stride];
  }
}

static void revalue_samples(const co_ppo_learner *learner, const co_ppo_task *task, size_t first,
                            int count) {
  const co_batch *batch = &learner->batch;
  size_t stride = (size_t)batch->obs_stride;
  values_of(learner, task, batch->obs + first * stride, count, batch->value + first);
  for (size_t i = first; i < first + (size_t)count; i++) {
    if (!batch->cut[i]) continue;
    values_of(learner, task, batch->final_obs + i * stride, 1, &batch->final_value[i]);
  }
}

// every num_tasks-th block of samples, and of rows, through the scratch of one task: an actor's has
// room for a critic's outputs
static void revalue_task(void *context, int index) {
  co_ppo_learner *learner = context;
  const co_batch *batch = &learner->batch;
  const co_ppo_task *task = &learner->task[index];
  size_t size = co_batch_size(batch), step = (size_t)learner->num_tasks;
  for (size_t first = (size_t)index * CO_BLOCK; first < size; first += step * CO_BLOCK) {
    size_t left = size - first;
    revalue_samples(learner, task, first, (int)(left < CO_BLOCK ? left : CO_BLOCK));
  }
  for (size_t row = (size_t)index; row < (size_t)batch->rows; row += step) {
    values_of(learner, task, batch->last_obs + row * (size_t)batch->obs_stride, 1,
              &batch->last_value[row]);
  }
}

static void estimate_anew(co_ppo_learner *learner) {
  co_pool_run(learner->pool, revalue_task, learner, learner->num_tasks);
  estimate_advantages(learner);
}

// ---- an update ----

static co_status learn_epoch(co_ppo_learner *learner) {
  co_rng_shuffle(&learner->shuffle, learner->sample, learner->num_samples);
  if (learner->by_lanes) {
    co_ppo_learn_by_lanes(learner);
  } else {
    co_ppo_learn_in_sections(learner);
  }
  const char *wrong = learner->progress.wrong;
  if (!wrong) return CO_OK;
  return co_fail(CO_DIVERGED, "non-finite %s at update %lld", wrong, (long long)learner->updates);
}

static void begin_update(co_ppo_learner *learner) {
  learner->progress = (co_ppo_progress){.rate = scheduled_rate(learner)};
  choose_moving(learner);
}

// the actor, and the value on its last hidden layer: forward, back to that layer, gradient
static double shared_flop(const co_ppo_learner *learner) {
  const co_mlp *actor = &learner->part[CO_ACTOR], *critic = &learner->part[CO_CRITIC];
  const co_dense_view *value = &critic->layer[critic->num_layers - 1];
  return co_mlp_forward_flop(actor) + co_mlp_backward_flop(actor, learner->moves[CO_ACTOR]) +
         3 * 2.0 * value->in * value->out;
}

static double update_flop(const co_ppo_learner *learner) {
  double per_row = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    per_row += co_mlp_forward_flop(&learner->part[part]);
    per_row += co_mlp_backward_flop(&learner->part[part], learner->moves[part]);
  }
  if (learner->policy->net.def.shared_trunk) per_row = shared_flop(learner);
  enum { ADAM_FLOP = 14 };  // per number and step
  return per_row * (double)learner->progress.rows_seen +
         (ADAM_FLOP * co_network_stepped(&learner->policy->net) +
          co_adam_adapter_flop(&learner->adam)) *
             (double)learner->progress.steps_done;
}

static void end_update(co_ppo_learner *learner) {
  learner->flop += update_flop(learner);
  learner->gradient_steps += learner->progress.steps_done;
  learner->updates++;
}

static co_status learn_epochs(co_ppo_learner *learner) {
  for (int64_t epoch = 0; epoch < learner->def.epochs && !learner->progress.stopped; epoch++) {
    if (epoch > 0 && learner->def.recompute_advantages) estimate_anew(learner);
    CO_TRY(learn_epoch(learner));
  }
  return CO_OK;
}

co_status co_ppo_update(co_ppo_learner *learner) {
  begin_update(learner);
  estimate_advantages(learner);
  learner->explained_variance = co_explained_variance(&learner->batch, learner->target);
  list_valid_samples(learner);
  co_adam_save(&learner->adam);
  co_status status = learn_epochs(learner);
  if (status == CO_OK) status = co_policy_check_finite(learner->policy);
  if (status != CO_OK) {
    co_adam_restore(&learner->adam);
    co_ppo_transpose_all(learner);
    return status;
  }
  end_update(learner);
  return CO_OK;
}
