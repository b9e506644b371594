#include "agents/learn/ppo/private/step.h"

#include <assert.h>

// ---- gradients ----

// Where the gradient of the wave's block number i lies: behind the sum of the waves before.
static float *grad_slot(const co_ppo_learner *learner, int i) {
  int slot = i + (learner->scratch.first_block > 0);
  return learner->scratch.grad + (size_t)slot * learner->spec.policy->net.size;
}

// the wave's block number i, into its own gradient
static co_ppo_pass block_pass(const co_ppo_learner *learner, int i) {
  const co_ppo_scratch *scratch = &learner->scratch;
  int first = (scratch->first_block + i) * CO_BLOCK, left = scratch->minibatch.rows - first;
  return (co_ppo_pass){.minibatch = &scratch->minibatch,
                       .first = first,
                       .rows = left < CO_BLOCK ? left : CO_BLOCK,
                       .step = learner->state.gradient_steps + learner->state.progress.steps_done,
                       .grad = grad_slot(learner, i)};
}

// One network over one block; network by network, so that half of the threads goes on with the
// weights that it stepped.
static void block_task(void *context, int index) {
  co_ppo_learner *learner = context;
  int i = index % learner->scratch.in_wave, part = index / learner->scratch.in_wave;
  co_ppo_task *task = &learner->scratch.task[i * CO_NUM_PARTS + part];
  co_ppo_pass pass = block_pass(learner, i);
  task->sums = (co_ppo_sums){0};
  co_ppo_run_pass(learner, part, &pass, task);
}

// both networks over one block where they share a trunk
static void shared_block_task(void *context, int index) {
  co_ppo_learner *learner = context;
  co_ppo_task *actor = &learner->scratch.task[index * CO_NUM_PARTS + CO_ACTOR];
  co_ppo_task *critic = &learner->scratch.task[index * CO_NUM_PARTS + CO_CRITIC];
  co_ppo_pass pass = block_pass(learner, index);
  actor->sums = critic->sums = (co_ppo_sums){0};
  co_ppo_run_shared_pass(learner, &pass, actor, critic);
}

static void run_blocks(co_ppo_learner *learner) {
  const co_ppo_scratch *scratch = &learner->scratch;
  if (learner->spec.policy->net.def.shared_trunk) {
    co_pool_run(learner->spec.pool, shared_block_task, learner, scratch->in_wave);
  } else {
    co_pool_run(learner->spec.pool, block_task, learner, scratch->in_wave * CO_NUM_PARTS);
  }
}

static bool is_last_wave(const co_ppo_learner *learner) {
  int blocks = (learner->scratch.minibatch.rows + CO_BLOCK - 1) / CO_BLOCK;
  return learner->scratch.first_block + learner->scratch.in_wave == blocks;
}

// adds up the wave's gradients of one tensor in block order
static void reduce_tensor(co_ppo_learner *learner, int tensor) {
  co_ppo_scratch *scratch = &learner->scratch;
  size_t size = learner->spec.policy->net.size;
  scratch->square[tensor] = 0;
  if (!scratch->tensor_moves[tensor]) return;
  if (is_last_wave(learner)) {
    scratch->square[tensor] =
        co_adam_reduce(&learner->state.adam, tensor, scratch->grad, size, scratch->grads_used);
  } else {
    co_adam_add(&learner->state.adam, tensor, scratch->grad, size, scratch->grads_used);
  }
}

static void reduce_task(void *context, int share) {
  co_ppo_learner *learner = context;
  for (int t = 0; t < learner->spec.policy->net.num_tensors; t++) {
    if (learner->spec.share[t] == share) reduce_tensor(learner, t);
  }
}

// the gradient of the minibatch into the first slot, wave by wave
static co_ppo_sums run_waves(co_ppo_learner *learner) {
  const co_ppo_spec *spec = &learner->spec;
  co_ppo_scratch *scratch = &learner->scratch;
  co_ppo_sums sums = {0};
  int blocks = (scratch->minibatch.rows + CO_BLOCK - 1) / CO_BLOCK;
  for (int first = 0; first < blocks; first += scratch->in_wave) {
    int left = blocks - first;
    scratch->first_block = first;
    scratch->in_wave = left < spec->wave_size ? left : spec->wave_size;
    scratch->grads_used = scratch->in_wave + (first > 0);
    assert(scratch->grads_used <= spec->num_grads);
    run_blocks(learner);
    co_pool_run(spec->pool, reduce_task, learner, spec->num_shares);
    for (int i = 0; i < scratch->in_wave * CO_NUM_PARTS; i++)
      co_ppo_add_sums(&sums, &scratch->task[i].sums);
  }
  return sums;
}

static double squared_norm(const co_ppo_learner *learner) {
  double square = 0;
  for (int t = 0; t < learner->spec.policy->net.num_tensors; t++)
    square += learner->scratch.square[t];
  return square;
}

// ---- steps ----

static void step_task(void *context, int share) {
  co_ppo_learner *learner = context;
  for (int t = 0; t < learner->spec.policy->net.num_tensors; t++) {
    if (learner->spec.share[t] == share) co_ppo_step_tensor(learner, t, &learner->state.progress);
  }
}

// false: the update has ended
static bool learn(co_ppo_learner *learner) {
  const co_ppo_spec *spec = &learner->spec;
  co_ppo_scratch *scratch = &learner->scratch;
  co_ppo_prepare_actor(learner, &scratch->minibatch);
  co_ppo_sums sums = run_waves(learner);
  if (!co_ppo_judge(&spec->def, &sums, squared_norm(learner), scratch->minibatch.rows,
                    &learner->state.progress))
    return false;
  co_pool_run(spec->pool, step_task, learner, spec->num_shares);
  return true;
}

void co_ppo_learn_in_sections(co_ppo_learner *learner) {
  bool goes_on = true;
  int all = co_ppo_minibatches(learner);
  for (int number = 0; goes_on && number < all; number++) {
    learner->scratch.minibatch = co_ppo_minibatch_at(learner, number);
    goes_on = learn(learner);
    if (goes_on) co_ppo_redo(learner, number);
  }
}
