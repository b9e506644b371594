#include "agents/learn/ppo/private/step.h"

#include <assert.h>

// ---- gradients ----

// Where the gradient of the wave's block number i lies: behind the sum of the waves before.
static float *grad_slot(const co_ppo_learner *learner, int i) {
  int slot = i + (learner->first_block > 0);
  return learner->grad + (size_t)slot * learner->policy->net.size;
}

// the wave's block number i, into its own gradient
static co_ppo_pass block_pass(const co_ppo_learner *learner, int i) {
  int first = (learner->first_block + i) * CO_BLOCK, left = learner->minibatch.rows - first;
  return (co_ppo_pass){.minibatch = &learner->minibatch,
                       .first = first,
                       .rows = left < CO_BLOCK ? left : CO_BLOCK,
                       .step = learner->gradient_steps + learner->progress.steps_done,
                       .grad = grad_slot(learner, i)};
}

// One network over one block; network by network, so that half of the threads goes on with the
// weights that it stepped.
static void block_task(void *context, int index) {
  co_ppo_learner *learner = context;
  int i = index % learner->in_wave, part = index / learner->in_wave;
  co_ppo_task *task = &learner->task[i * CO_NUM_PARTS + part];
  co_ppo_pass pass = block_pass(learner, i);
  task->sums = (co_ppo_sums){0};
  co_ppo_run_pass(learner, part, &pass, task);
}

// both networks over one block where they share a trunk
static void shared_block_task(void *context, int index) {
  co_ppo_learner *learner = context;
  co_ppo_task *actor = &learner->task[index * CO_NUM_PARTS + CO_ACTOR];
  co_ppo_task *critic = &learner->task[index * CO_NUM_PARTS + CO_CRITIC];
  co_ppo_pass pass = block_pass(learner, index);
  actor->sums = critic->sums = (co_ppo_sums){0};
  co_ppo_run_shared_pass(learner, &pass, actor, critic);
}

static void run_blocks(co_ppo_learner *learner) {
  if (learner->policy->net.def.shared_trunk) {
    co_pool_run(learner->pool, shared_block_task, learner, learner->in_wave);
  } else {
    co_pool_run(learner->pool, block_task, learner, learner->in_wave * CO_NUM_PARTS);
  }
}

static bool is_last_wave(const co_ppo_learner *learner) {
  int blocks = (learner->minibatch.rows + CO_BLOCK - 1) / CO_BLOCK;
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

// the gradient of the minibatch into the first slot, wave by wave
static co_ppo_sums run_waves(co_ppo_learner *learner) {
  co_ppo_sums sums = {0};
  int blocks = (learner->minibatch.rows + CO_BLOCK - 1) / CO_BLOCK;
  for (int first = 0; first < blocks; first += learner->in_wave) {
    int left = blocks - first;
    learner->first_block = first;
    learner->in_wave = left < learner->wave_size ? left : learner->wave_size;
    learner->grads_used = learner->in_wave + (first > 0);
    assert(learner->grads_used <= learner->num_grads);
    run_blocks(learner);
    co_pool_run(learner->pool, reduce_task, learner, learner->num_shares);
    for (int i = 0; i < learner->in_wave * CO_NUM_PARTS; i++)
      co_ppo_add_sums(&sums, &learner->task[i].sums);
  }
  return sums;
}

static double squared_norm(const co_ppo_learner *learner) {
  double square = 0;
  for (int t = 0; t < learner->policy->net.num_tensors; t++) square += learner->square[t];
  return square;
}

// ---- steps ----

static void step_task(void *context, int share) {
  co_ppo_learner *learner = context;
  for (int t = 0; t < learner->policy->net.num_tensors; t++) {
    if (learner->share[t] == share) co_ppo_step_tensor(learner, t, &learner->progress);
  }
}

// false: the update has ended
static bool learn(co_ppo_learner *learner) {
  co_ppo_prepare_actor(learner, &learner->minibatch);
  co_ppo_sums sums = run_waves(learner);
  if (!co_ppo_judge(&learner->def, &sums, squared_norm(learner), learner->minibatch.rows,
                    &learner->progress))
    return false;
  co_pool_run(learner->pool, step_task, learner, learner->num_shares);
  return true;
}

void co_ppo_learn_in_sections(co_ppo_learner *learner) {
  bool goes_on = true;
  for (uint32_t first = 0; goes_on && first < learner->num_samples;
       first += (uint32_t)learner->def.minibatch) {
    learner->minibatch = co_ppo_minibatch_at(learner, first);
    goes_on = learn(learner);
  }
}
