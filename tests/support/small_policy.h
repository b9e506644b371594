// A small policy of the line env with numbers in every tensor, and its file.

#ifndef TESTS_SUPPORT_SMALL_POLICY_H_
#define TESTS_SUPPORT_SMALL_POLICY_H_

#include "agents/policy/policy.h"
#include "core/hash.h"
#include "tests/support/line_env.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static inline co_policy *small_policy_of(co_network_def def, uint64_t seed) {
  def.obs_dim = LINE_OBS, def.act_dim = LINE_ACTION;
  co_env_info world = line_make_info();
  co_stream stream = {seed, 1, CO_PURPOSE_TEST};
  co_policy *policy = NULL;
  ck_assert_int_eq(co_policy_create(&def, &world, "ppo", &stream, &policy), CO_OK);
  co_rng rng = co_rng_make(&stream, 9);
  for (int i = 0; i < policy->num_tensors; i++) {
    co_tensor *tensor = &policy->tensor[i];
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++) {
        int at = row * tensor->stride + col;
        if (tensor->dtype == CO_F32) ((float *)tensor->data)[at] += (float)co_rng_normal(&rng);
        if (tensor->dtype == CO_F64) ((double *)tensor->data)[at] += co_rng_uniform(&rng);
      }
  }
  policy->contract.steps = 1000;
  policy->contract.expected_episodes = 5;
  policy->contract.expected_mean = -3.25;
  return policy;
}

static inline co_policy *small_policy_with(co_memory_def memory, uint64_t seed) {
  return small_policy_of(
      (co_network_def){.num_hidden = 1, .hidden = {4}, .activation = CO_TANH, .memory = memory},
      seed);
}

static inline co_policy *small_policy(uint64_t seed) {
  return small_policy_with((co_memory_def){0}, seed);
}

static inline co_buf small_policy_file_with(co_memory_def memory, uint64_t seed) {
  co_policy *policy = small_policy_with(memory, seed);
  co_buf file = {0};
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  co_policy_free(policy);
  return file;
}

static inline co_buf small_policy_file(uint64_t seed) {
  return small_policy_file_with((co_memory_def){0}, seed);
}

// Makes the checksum of a changed file right again, so that what lies behind it is reached.
static inline void sign_policy_file(char *file, size_t size) {
  enum { OFFSET = 8 + 29, DIGITS = 16 };
  char digits[CO_HASH_TEXT];
  if (size < OFFSET + DIGITS) return;
  memset(file + OFFSET, '0', DIGITS);
  co_hash_text(co_hash(file, size), digits);
  memcpy(file + OFFSET, digits, DIGITS);
}

#endif  // TESTS_SUPPORT_SMALL_POLICY_H_
