// A PPO learner with a policy, a pool and a pendulum of its own.

#ifndef TESTS_AGENTS_LEARN_PPO_PPO_FIXTURE_H_
#define TESTS_AGENTS_LEARN_PPO_PPO_FIXTURE_H_

#include "agents/learn/ppo/private/learner.h"
#include "core/hash.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

#include <stdlib.h>

static const co_stream stream = {31, 5, CO_PURPOSE_RESET};

typedef struct fixture {
  co_ppo_def def;
  co_env *env;
  co_pool *pool;
  co_policy *policy;
  co_ppo_learner *learner;
} fixture;

static inline co_ppo_def small_def(void) {
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  def.envs = 6;
  def.horizon = 50;
  def.epochs = 3;
  return def;
}

// The env becomes the fixture's.
static inline fixture *make_in(co_env *env, co_ppo_def def, int threads, const co_tensor_rule *rule,
                               int64_t total_steps) {
  fixture *f = calloc(1, sizeof *f);
  f->def = def;
  f->env = env;
  co_network_def network;
  ck_assert_int_eq(co_algorithm_network(&co_ppo, &def, co_env_get_info(env), &network), CO_OK);
  ck_assert_int_eq(co_pool_create(threads, &f->pool), CO_OK);
  ck_assert_int_eq(co_policy_create(&network, co_env_get_info(f->env), "ppo", &stream, &f->policy),
                   CO_OK);
  co_learner_def learner = {.settings = &def,
                            .policy = f->policy,
                            .env = {f->env},
                            .pool = f->pool,
                            .rule = rule,
                            .stream = stream,
                            .total_steps = total_steps};
  co_learner *made;
  ck_assert_msg(co_ppo.create(&learner, &made) == CO_OK, "%s", co_error_text());
  f->learner = co_ppo_of(made);
  return f;
}

static inline fixture *make(co_ppo_def def, int threads, const co_tensor_rule *rule,
                            int64_t total_steps) {
  return make_in(&pendulum_create(co_ppo.env_rows(&def), &stream)->base, def, threads, rule,
                 total_steps);
}

static inline void release(fixture *f) {
  if (f->learner) co_ppo.destroy(&f->learner->base);
  co_policy_free(f->policy);
  co_pool_free(f->pool);
  co_env_destroy(f->env);
  free(f);
}

static inline void train(fixture *f, int updates) {
  for (int i = 0; i < updates; i++) {
    ck_assert_msg(co_ppo.collect(&f->learner->base) == CO_OK, "%s", co_error_text());
    ck_assert_msg(co_ppo.update(&f->learner->base) == CO_OK, "%s", co_error_text());
  }
}

// of all numbers of a policy, network and normalisers
static inline uint64_t hash_of(const co_policy *policy) {
  uint64_t part[64];
  for (int t = 0; t < policy->num_tensors; t++) part[t] = co_tensor_hash(&policy->tensor[t]);
  return co_hash(part, (size_t)policy->num_tensors * sizeof *part);
}

static inline int tensor_index(const co_policy *policy, const char *name) {
  int t = co_tensor_find(policy->tensor, policy->num_tensors, name);
  ck_assert_int_ge(t, 0);
  return t;
}

#endif  // TESTS_AGENTS_LEARN_PPO_PPO_FIXTURE_H_
