// A cloning learner over one data set that a formula wrote.

#ifndef TESTS_AGENTS_LEARN_BC_BC_FIXTURE_H_
#define TESTS_AGENTS_LEARN_BC_BC_FIXTURE_H_

#include "agents/data/writer.h"
#include "agents/learn/bc/private/learner.h"
#include "core/hash.h"
#include "tests/support/line_env.h"
#include "tests/support/scratch.h"

#include <stdlib.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_stream stream = {17, 3, CO_PURPOSE_INIT};

enum { EPISODES = 20, LENGTH = 30 };

// What the cloned one does, within the bounds of the line env: no network's function. Basic
// arithmetic only, so that its data are the same bytes everywhere.
static inline void teacher(const float *obs, float *action) {
  float away = obs[0] - obs[2];
  action[0] = 0.6f * away / (1 + fabsf(away)) - 0.3f * obs[1];
  action[1] = 0.5f + 0.4f * obs[0] * obs[2];
}

// `noise` is the standard deviation of what is added to its actions.
static inline void write_set(const char *path, double noise, uint64_t seed) {
  const co_data_about about = {.obs_dim = LINE_OBS, .act_dim = LINE_ACTION, .seed = -1};
  const co_stream of = {seed, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&of, 0);
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  for (uint32_t i = 0; i < EPISODES * LENGTH; i++) {
    float obs[LINE_OBS], action[LINE_ACTION];
    for (int j = 0; j < LINE_OBS; j++) obs[j] = (float)(2 * co_rng_uniform(&rng) - 1);
    teacher(obs, action);
    for (int j = 0; j < LINE_ACTION; j++) action[j] += (float)(noise * co_rng_normal(&rng));
    unsigned ends = i % LENGTH == LENGTH - 1 ? CO_DATA_TRUNCATED : 0;
    ck_ok(co_data_writer_add(writer, &(co_data_transition){.obs = obs,
                                                           .action = action,
                                                           .next_obs = obs,
                                                           .flags = ends,
                                                           .episode = i / LENGTH,
                                                           .row = i / LENGTH}));
  }
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
}

typedef struct fixture {
  co_bc_def def;
  co_arena arena;
  co_data_sets sets;
  co_pool *pool;
  co_policy *policy;
  co_bc_learner *learner;
} fixture;

// Small settings, with `edits` (NULL-terminated) on top.
static inline void read_settings(fixture *f, const char *const *edits) {
  static const char *const small[] = {"minibatch=100", "interval=20", "hidden=(12, 12)",
                                      "rate=0.01", "adam_epsilon=1e-8"};
  co_node *tree = co_node_new(CO_NODE_GROUP, NULL, "test", 0);
  for (size_t i = 0; i < sizeof small / sizeof *small; i++) ck_ok(co_tree_set(tree, small[i]));
  for (int i = 0; edits && edits[i]; i++) ck_ok(co_tree_set(tree, edits[i]));
  ck_ok(co_schema_read(&co_bc_schema, tree, &f->arena, &f->def));
  co_node_free(tree);
}

static inline void create_learner(fixture *f, const co_tensor_rule *rule) {
  co_learner_def def = {.settings = &f->def,
                        .policy = f->policy,
                        .data = &f->sets,
                        .pool = f->pool,
                        .rule = rule,
                        .stream = stream,
                        .total_steps = 1000};
  co_learner *made;
  ck_ok(co_bc.create(&def, &made));
  f->learner = co_bc_of(made);
}

// Of a set that has been written, or two.
static inline fixture *make_without_learner(const char *const *edits, int threads,
                                            const char *const *paths, int num_paths) {
  fixture *f = calloc(1, sizeof *f);
  co_env_info info = line_make_info();
  read_settings(f, edits);
  ck_ok(co_data_sets_open(paths, num_paths, &f->sets));
  ck_ok(co_data_sets_check(&f->sets, &info));
  ck_ok(co_pool_create(threads, &f->pool));
  ck_ok(co_algorithm_make_policy(&co_bc, &f->def, &info, &stream, &f->policy));
  co_network_init(&f->policy->net, &stream);
  return f;
}

static inline fixture *make(const char *const *edits, int threads, const char *path) {
  fixture *f = make_without_learner(edits, threads, &path, 1);
  create_learner(f, NULL);
  return f;
}

static inline void release(fixture *f) {
  if (f->learner) co_bc.destroy(&f->learner->base);
  co_policy_free(f->policy);
  co_pool_free(f->pool);
  co_data_sets_close(&f->sets);
  co_arena_free(&f->arena);
  free(f);
}

static inline void train(fixture *f, int updates) {
  for (int i = 0; i < updates; i++) {
    ck_ok(co_bc.collect(&f->learner->base));
    ck_ok(co_bc.update(&f->learner->base));
  }
}

static inline co_learner_stats stats_of(const fixture *f) {
  co_learner_stats stats;
  co_bc.stats(&f->learner->base, &stats);
  return stats;
}

static inline uint64_t hash_of(const co_policy *policy) {
  uint64_t part[64];
  for (int t = 0; t < policy->num_tensors; t++) part[t] = co_tensor_hash(&policy->tensor[t]);
  return co_hash(part, (size_t)policy->num_tensors * sizeof *part);
}

#endif  // TESTS_AGENTS_LEARN_BC_BC_FIXTURE_H_
