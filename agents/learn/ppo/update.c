#include "agents/learn/ppo/gae.h"
#include "agents/learn/ppo/private/learner.h"

#include <math.h>

// ---- what moves, and how fast ----

static void choose_moving(co_ppo_learner *learner) {
  co_ppo_scratch *scratch = &learner->scratch;
  const co_network *net = &learner->spec.policy->net;
  for (int t = 0; t < net->num_tensors; t++) {
    scratch->tensor_moves[t] = co_adam_moves(&learner->state.adam, t, learner->state.updates);
  }
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    for (int l = 0; l < co_mlp_layers(&scratch->part[part]); l++) {
      const co_dense *layer = &net->part[part].layer[l];
      scratch->moves[part][l] = false;
      for (int t = layer->tensor; t < co_dense_tensors_end(layer); t++)
        scratch->moves[part][l] |= scratch->tensor_moves[t];
    }
  }
}

static double scheduled_rate(const co_ppo_learner *learner) {
  const co_ppo_spec *spec = &learner->spec;
  const co_ppo_state *state = &learner->state;
  if (spec->def.schedule == CO_PPO_CONSTANT) return spec->def.rate;
  if (spec->def.schedule == CO_PPO_KL)
    return state->updates > 0 ? state->progress.rate : spec->def.rate;
  double left = 1 - (double)state->updates / (double)spec->planned_updates;
  return spec->def.rate * (left > 0 ? left : 0);
}

// ---- advantages ----

static void estimate_advantages(co_ppo_learner *learner) {
  const co_normalizer *norm = &learner->spec.policy->reward_norm;
  bool scaled = learner->spec.def.normalize_reward;
  co_gae_def def = {.gamma = learner->spec.def.gamma,
                    .lambda = learner->spec.def.lambda,
                    .reward_factor = scaled ? 1 / sqrt(norm->var[0] + norm->epsilon) : 1,
                    .reward_clip = scaled ? norm->clip : (double)INFINITY};
  co_gae(&def, &learner->scratch.batch, learner->scratch.advantage, learner->scratch.target);
}

// what epochs shuffle
static void list_valid_samples(co_ppo_learner *learner) {
  co_ppo_scratch *scratch = &learner->scratch;
  scratch->num_samples = 0;
  for (size_t i = 0; i < co_batch_size(&scratch->batch); i++) {
    if (scratch->batch.valid[i]) scratch->sample[scratch->num_samples++] = (uint32_t)i;
  }
}

// ---- values anew ----

static void values_of(const co_ppo_learner *learner, const co_ppo_task *task, const float *obs,
                      int count, float *value) {
  const co_mlp *critic = &learner->scratch.part[CO_CRITIC];
  int last = critic->num_layers - 1;
  co_mlp_forward(critic, obs, learner->scratch.batch.critic_stride, count, task->output);
  for (int r = 0; r < count; r++) {
    value[r] = task->output[last][(ptrdiff_t)r * critic->layer[last].out_stride];
  }
}

static void revalue_samples(const co_ppo_learner *learner, const co_ppo_task *task, size_t first,
                            int count) {
  const co_batch *batch = &learner->scratch.batch;
  size_t stride = (size_t)batch->critic_stride;
  values_of(learner, task, batch->critic_obs + first * stride, count, batch->value + first);
  for (size_t i = first; i < first + (size_t)count; i++) {
    if (!batch->cut[i]) continue;
    values_of(learner, task, batch->final_obs + i * stride, 1, &batch->final_value[i]);
  }
}

// every num_tasks-th block of samples, and of rows, through the scratch of one task: an actor's has
// room for a critic's outputs
static void revalue_task(void *context, int index) {
  co_ppo_learner *learner = context;
  const co_batch *batch = &learner->scratch.batch;
  const co_ppo_task *task = &learner->scratch.task[index];
  size_t size = co_batch_size(batch), step = (size_t)learner->spec.num_tasks;
  for (size_t first = (size_t)index * CO_BLOCK; first < size; first += step * CO_BLOCK) {
    size_t left = size - first;
    revalue_samples(learner, task, first, (int)(left < CO_BLOCK ? left : CO_BLOCK));
  }
  for (size_t row = (size_t)index; row < (size_t)batch->rows; row += step) {
    values_of(learner, task, batch->last_obs + row * (size_t)batch->critic_stride, 1,
              &batch->last_value[row]);
  }
}

static void estimate_anew(co_ppo_learner *learner) {
  co_pool_run(learner->spec.pool, revalue_task, learner, learner->spec.num_tasks);
  estimate_advantages(learner);
}

// ---- loss terms ----

// every num_tasks-th block of samples
static void label_task(void *context, int index) {
  const co_ppo_learner *learner = context;
  const co_batch *batch = &learner->scratch.batch;
  const co_losses *losses = &learner->state.losses;
  size_t size = co_batch_size(batch), step = (size_t)learner->spec.num_tasks * CO_BLOCK;
  for (size_t first = (size_t)index * CO_BLOCK; first < size; first += step) {
    size_t left = size - first;
    co_losses_label(losses, index, batch->raw_obs + first * (size_t)batch->obs_dim,
                    (int)(left < CO_BLOCK ? left : CO_BLOCK),
                    learner->scratch.label + first * (size_t)losses->num_labels);
  }
}

// Labels stay through all epochs.
static void begin_terms(co_ppo_learner *learner) {
  int64_t each = (int64_t)co_batch_size(&learner->scratch.batch);
  co_losses_begin(&learner->state.losses, learner->state.updates * each);
  if (learner->state.losses.active)
    co_pool_run(learner->spec.pool, label_task, learner, learner->spec.num_tasks);
}

// ---- an update ----

// the minibatches of an epoch
static void shuffle(co_ppo_learner *learner) {
  co_ppo_scratch *scratch = &learner->scratch;
  co_rng *rng = &learner->state.shuffle;
  if (!learner->spec.remembers) {
    co_rng_shuffle(rng, scratch->sample, scratch->num_samples);
    return;
  }
  co_rng_shuffle(rng, scratch->plan.order, scratch->plan.num_sequences);
  co_ppo_plan_cut((int)learner->spec.def.minibatch, &scratch->plan, scratch->sample);
}

static co_status learn_epoch(co_ppo_learner *learner) {
  shuffle(learner);
  if (learner->spec.by_lanes) {
    co_ppo_learn_by_lanes(learner);
  } else {
    co_ppo_learn_in_sections(learner);
  }
  const char *wrong = learner->state.progress.wrong;
  if (!wrong) return CO_OK;
  return co_fail(CO_DIVERGED, "non-finite %s at update %lld", wrong,
                 (long long)learner->state.updates);
}

static void begin_update(co_ppo_learner *learner) {
  learner->state.progress = (co_ppo_progress){.rate = scheduled_rate(learner)};
  choose_moving(learner);
  begin_terms(learner);
}

static double part_flop(const co_ppo_learner *learner, int part) {
  const co_ppo_scratch *scratch = &learner->scratch;
  const co_graph *graph = learner->spec.policy->net.part[part].graph;
  if (graph) return co_graph_forward_flop(graph) + co_graph_backward_flop(graph);
  return co_mlp_forward_flop(&scratch->part[part]) +
         co_mlp_backward_flop(&scratch->part[part], scratch->moves[part]);
}

// the actor, and the value on its last hidden layer: forward, back to that layer, gradient
static double shared_flop(const co_ppo_learner *learner) {
  const co_ppo_scratch *scratch = &learner->scratch;
  const co_mlp *actor = &scratch->part[CO_ACTOR], *critic = &scratch->part[CO_CRITIC];
  const co_dense_view *value = &critic->layer[critic->num_layers - 1];
  return co_mlp_forward_flop(actor) + co_mlp_backward_flop(actor, scratch->moves[CO_ACTOR]) +
         3 * 2.0 * value->in * value->out;
}

static double update_flop(const co_ppo_learner *learner) {
  const co_ppo_state *state = &learner->state;
  double per_row = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++) per_row += part_flop(learner, part);
  if (learner->spec.policy->net.def.shared_trunk) per_row = shared_flop(learner);
  return per_row * (double)state->progress.rows_seen +
         co_losses_label_flop(&state->losses) * (double)co_batch_size(&learner->scratch.batch) +
         (CO_ADAM_FLOP * co_network_stepped(&learner->spec.policy->net) +
          co_adam_adapter_flop(&state->adam)) *
             (double)state->progress.steps_done;
}

static void end_update(co_ppo_learner *learner) {
  const co_ppo_progress *progress = &learner->state.progress;
  learner->state.flop += update_flop(learner);
  co_losses_end(&learner->state.losses, progress->sums.term, progress->rows_seen);
  learner->state.gradient_steps += learner->state.progress.steps_done;
  learner->state.updates++;
}

static co_status learn_epochs(co_ppo_learner *learner) {
  for (int64_t epoch = 0; epoch < learner->spec.def.epochs && !learner->state.progress.stopped;
       epoch++) {
    if (epoch > 0 && learner->spec.def.recompute_advantages) estimate_anew(learner);
    CO_TRY(learn_epoch(learner));
  }
  return CO_OK;
}

co_status co_ppo_update(co_ppo_learner *learner) {
  co_ppo_scratch *scratch = &learner->scratch;
  co_ppo_state *state = &learner->state;
  begin_update(learner);
  estimate_advantages(learner);
  state->explained_variance = co_explained_variance(&scratch->batch, scratch->target);
  if (learner->spec.remembers) {
    co_ppo_plan_list(&scratch->batch, &scratch->plan);
  } else {
    list_valid_samples(learner);
  }
  co_adam_save(&state->adam);
  co_status status = learn_epochs(learner);
  if (status == CO_OK) status = co_policy_check_finite(learner->spec.policy);
  if (status != CO_OK) {
    co_adam_restore(&state->adam);
    co_ppo_transpose_all(learner);
    return status;
  }
  end_update(learner);
  return CO_OK;
}
