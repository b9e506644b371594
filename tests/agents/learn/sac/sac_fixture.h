// A SAC learner with a policy, a pool and a pendulum of its own.

#ifndef TESTS_AGENTS_LEARN_SAC_SAC_FIXTURE_H_
#define TESTS_AGENTS_LEARN_SAC_SAC_FIXTURE_H_

#include "agents/learn/sac/private/learner.h"
#include "core/hash.h"
#include "core/pack.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

#include <stdlib.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { MAX_TENSORS = 128 };

static const co_stream stream = {31, 5, CO_PURPOSE_RESET};
static const co_stream source_stream = {31, 5, CO_PURPOSE_SOURCE};

typedef struct fixture {
  co_sac_def def;
  pendulum_env *env, *source;  // source NULL: there is none
  co_pool *pool;
  co_policy *policy;
  co_sac_learner *learner;
} fixture;

// What a fixture may differ in from the usual one.
typedef struct variant {
  int threads, width;  // 0: 1, 8
  int64_t total_steps;
  const co_tensor_rule *rule;
  const char *folder;
  bool from_source;
  const co_actor_class *acts;  // NULL: the network's
  const co_data_sets *data;
  bool keeps_data;
  co_residual_def residual;
  const co_source_env *source_env;  // NULL: none
  const co_redo *redo;              // NULL: never
  int64_t rollout_warmup;
  const char *faults;
} variant;

static inline co_sac_def small_def(void) {
  co_sac_def def;
  co_schema_defaults(&co_sac_schema, &def);
  def.horizon = 25;
  def.batch = 40;
  def.start_steps = def.random_steps = 50;
  return def;
}

// On the pendulum with other actions, which then is not to be stepped; `hidden` and `action` are
// borrowed.
static inline fixture *make_with(co_sac_def def, variant v, co_floats hidden,
                                 const co_action_element *action, int act_dim) {
  fixture *f = calloc(1, sizeof *f);
  f->def = def;
  f->def.hidden = hidden;
  f->env = pendulum_create((int)def.envs, &stream);
  f->env->info.action = action;
  f->env->info.act_dim = act_dim;
  if (v.source_env) f->source = pendulum_create((int)def.envs, &source_stream);
  co_network_def network;
  co_sac.network(&f->def, PENDULUM_OBS, act_dim, &network);
  network.residual = v.residual;
  ck_ok(co_pool_create(v.threads ? v.threads : 1, &f->pool));
  ck_ok(co_policy_create(&network, co_env_get_info(&f->env->base), "sac", &stream, &f->policy));
  f->policy->acts = v.acts;
  co_learner_def learner = {.settings = &f->def,
                            .policy = f->policy,
                            .env = {&f->env->base, f->source ? &f->source->base : NULL},
                            .source_env = v.source_env,
                            .data = v.data,
                            .pool = f->pool,
                            .rule = v.rule,
                            .from_source = v.from_source,
                            .redo = v.redo,
                            .rollout_warmup = v.rollout_warmup,
                            .stream = stream,
                            .total_steps = v.total_steps,
                            .keeps_data = v.keeps_data,
                            .folder = v.folder,
                            .faults = v.faults};
  co_learner *made;
  ck_ok(co_sac.create(&learner, &made));
  f->learner = co_sac_of(made);
  return f;
}

static inline fixture *make(co_sac_def def, variant v) {
  double hidden[] = {v.width ? v.width : 8, v.width ? v.width : 8};
  return make_with(def, v, (co_floats){hidden, 2}, pendulum_action, 1);
}

static inline void release(fixture *f) {
  if (f->learner) co_sac.destroy(&f->learner->base);
  co_policy_free(f->policy);
  co_pool_free(f->pool);
  co_env_destroy(&f->env->base);
  if (f->source) co_env_destroy(&f->source->base);
  free(f);
}

// Makes all products of the learner those of one level.
static inline void use_kernels(fixture *f, const co_kernels *kernels) {
  co_sac_learner *l = f->learner;
  co_sac_nets *nets = &l->scratch.nets;
  l->spec.kernels = l->state.adam.kernels = l->spec.squashed.kernels = kernels;
  nets->actor_mlp.kernels = l->scratch.play.actor.mlp.kernels = kernels;
  nets->critics.kernels = l->state.target.kernels = kernels;
  for (int k = 0; k < l->spec.num_critics; k++)
    nets->critics.mlp[k].kernels = l->state.target.mlp[k].kernels = kernels;
}

// Without Check's assertions, which allocate.
static inline co_status learn(fixture *f, int updates) {
  co_status status = CO_OK;
  for (int i = 0; i < updates && status == CO_OK; i++) {
    status = co_sac.collect(&f->learner->base);
    if (status == CO_OK) status = co_sac.update(&f->learner->base);
  }
  return status;
}

static inline void train(fixture *f, int updates) {
  ck_ok(learn(f, updates));
}

// The entries of a checkpoint, and back.
static inline co_buf save(const fixture *f) {
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  ck_ok(co_sac.save(&f->learner->base, &bytes));
  co_pack_end(&bytes);
  ck_ok(co_buf_status(&bytes));
  return bytes;
}

static inline co_status load(fixture *f, const co_buf *bytes) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "x.pack", &pack));
  co_status status = co_sac.load(&f->learner->base, &pack);
  co_pack_free(&pack);
  return status;
}

static inline uint64_t hash_of(const co_policy *policy) {
  uint64_t part[MAX_TENSORS];
  for (int t = 0; t < policy->num_tensors; t++) part[t] = co_tensor_hash(&policy->tensor[t]);
  return co_hash(part, (size_t)policy->num_tensors * sizeof *part);
}

#endif  // TESTS_AGENTS_LEARN_SAC_SAC_FIXTURE_H_
