// Policies of a world of three observations and three actions, and terms of them.

#ifndef TESTS_AGENTS_LEARN_LOSS_LOSS_FIXTURE_H_
#define TESTS_AGENTS_LEARN_LOSS_LOSS_FIXTURE_H_

#include "agents/learn/loss/loss.h"
#include "agents/policy/actor.h"
#include "tests/support/elements.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())
#define ck_fails(call, status, part)                                                              \
  do {                                                                                            \
    ck_assert_int_eq((call), (status));                                                           \
    ck_assert_msg(strstr(co_error_text(), (part)), "\"%s\" not in: %s", (part), co_error_text()); \
  } while (0)

enum { LOSS_OBS = 3, LOSS_DIM = 3 };

static const co_obs_element loss_obs[LOSS_OBS] = {
    TEST_OBS("x", "x", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("y", "y", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("z", "z", "1", 1, 0, -INFINITY, INFINITY, "", 0)};
static const co_action_element loss_action[LOSS_DIM] = {
    TEST_ACTION("a", "ctrl", "N m", 1, 0, -2, 2, NAN, NAN, NAN),
    TEST_ACTION("b", "ctrl", "N m", 1, 0, -1, 3, NAN, NAN, NAN),
    TEST_ACTION("c", "ctrl", "N m", 1, 0, -2, 1, NAN, NAN, NAN)};

static inline co_env_info loss_world(void) {
  return (co_env_info){.task = "toy",
                       .model = "toy",
                       .engine = "none",
                       .observe = "fresh",
                       .timestep = 0.05,
                       .substeps = 1,
                       .horizon = 10,
                       .obs_dim = LOSS_OBS,
                       .act_dim = LOSS_DIM,
                       .obs = loss_obs,
                       .action = loss_action};
}

static inline co_policy *loss_policy_in(const co_env_info *world, co_head head, uint64_t seed) {
  co_network_def def = {.head = head,
                        .obs_dim = world->obs_dim,
                        .act_dim = world->act_dim,
                        .num_hidden = 2,
                        .hidden = {20, 9},
                        .activation = CO_TANH};
  co_policy *policy;
  const char *algorithm = head == CO_HEAD_GAUSSIAN ? "ppo" : "sac";
  ck_ok(co_policy_create(&def, world, algorithm, &(co_stream){seed, 0, CO_PURPOSE_INIT}, &policy));
  co_rng rng = co_rng_make(&(co_stream){seed, 1, CO_PURPOSE_TEST}, 0);
  for (int t = 0; t < policy->net.num_tensors; t++) {  // fresh heads hardly say anything
    co_tensor *tensor = &policy->net.tensor[t];
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++)
        ((float *)tensor->data)[row * tensor->stride + col] += (float)(0.3 * co_rng_normal(&rng));
  }
  for (int i = 0; i < world->obs_dim; i++) {
    policy->obs_norm.mean[i] = 0.1 * i - 0.2;
    policy->obs_norm.var[i] = 0.5 + i;
  }
  *policy->obs_norm.count = 100;
  return policy;
}

static inline co_policy *loss_policy(co_head head, uint64_t seed) {
  co_env_info world = loss_world();
  return loss_policy_in(&world, head, seed);
}

static inline co_losses loss_terms(co_arena *arena, const co_loss_list *list,
                                   const co_policy *source, int64_t total_steps) {
  co_losses losses;
  co_losses_def def = {.list = list,
                       .source = source,
                       .kernels = co_kernels_get(),
                       .log_std_min = -5,
                       .total_steps = total_steps,
                       .tasks = 2,
                       .task_rows = 64};
  ck_ok(co_losses_create(arena, &def, &losses));
  return losses;
}

#endif  // TESTS_AGENTS_LEARN_LOSS_LOSS_FIXTURE_H_
