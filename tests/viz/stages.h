// What the tests of viz share: worlds, policies with numbers in every tensor, stages.

#ifndef TESTS_VIZ_STAGES_H_
#define TESTS_VIZ_STAGES_H_

#include "agents/policy/policy.h"
#include "tests/envs/worlds.h"
#include "viz/play/stage.h"

// A policy that acts in this world, untrained, with numbers in every tensor.
static inline co_policy *test_policy_with(const co_env_info *info, co_memory_def memory,
                                          uint64_t seed) {
  co_network_def def = {.obs_dim = info->obs_dim,
                        .act_dim = info->act_dim,
                        .num_hidden = 2,
                        .hidden = {16, 12},
                        .activation = CO_TANH,
                        .memory = memory};
  co_stream stream = {seed, 0, CO_PURPOSE_TEST};
  co_policy *policy = NULL;
  ck_ok(co_policy_create(&def, info, "ppo", &stream, &policy));
  co_rng rng = co_rng_make(&stream, 9);
  for (int i = 0; i < policy->num_tensors; i++) {
    co_tensor *tensor = &policy->tensor[i];
    for (int k = 0; k < tensor->rows * tensor->stride; k++) {
      if (k % tensor->stride >= tensor->cols) continue;  // padding stays zero
      if (tensor->dtype == CO_F32) ((float *)tensor->data)[k] += 0.3f * (float)co_rng_normal(&rng);
    }
  }
  return policy;
}

static inline co_policy *test_policy_for(const co_env_info *info, uint64_t seed) {
  return test_policy_with(info, (co_memory_def){0}, seed);
}

// Shifts and edit as of test_world.
static inline co_shared_world *test_shared_world(const char *task, const char *shifts,
                                                 const char *set) {
  co_shared_world *shared = NULL;
  ck_ok(co_shared_world_take(test_world(task, shifts, set), &shared));
  return shared;
}

// A stage with a policy of this seed; the policy is the caller's.
static inline co_stage *test_stage(const char *task, const char *shifts, size_t bytes,
                                   co_policy **policy) {
  co_shared_world *world = test_shared_world(task, shifts, NULL);
  *policy = test_policy_for(&co_shared_world_get(world)->info, 5);
  co_stage_def def = {.policy = *policy, .world = world, .seed = 11, .history_bytes = bytes};
  co_stage *stage = NULL;
  ck_ok(co_stage_create(&def, &stage));
  co_shared_world_drop(world);
  return stage;
}

#endif  // TESTS_VIZ_STAGES_H_
