// A small training of each learner in the closed-form pendulum, whose instructions a test counts.
//
//   small_training          lists them
//   small_training NAME     runs one, on one thread; prints what it ran and a hash of the policy
//
// Everything to be counted happens below count_this(), which the tool is told by name.

#include "agents/learn/algorithm.h"
#include "agents/nn/kernels/kernels.h"
#include "core/hash.h"
#include "tests/support/pendulum_env.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct training {
  const char *name;  // of the algorithm
  const char *settings;
  int updates;
} training;

static const training trainings[] = {
    {"ppo", "envs = 8; horizon = 64; epochs = 4; minibatch = 64; warmup_steps = 64;", 2},
    {"sac", "horizon = 20; hidden = [64, 64]; batch = 64; replay = 1000;", 2},
};
enum { NUM_TRAININGS = sizeof trainings / sizeof *trainings };

static const co_stream stream = {31, 5, CO_PURPOSE_RESET};

// All of one training's memory.
typedef struct run {
  co_arena arena;
  co_env *env;
  co_policy *policy;
  co_learner *learner;
} run;

static co_status read_settings(const co_algorithm *algorithm, const char *text, co_arena *arena,
                               void **out) {
  co_node *root = NULL;
  *out = co_arena_alloc(arena, 1, algorithm->schema->size);
  co_status status = *out ? co_tree_parse(text, "settings", &root) : co_fail(CO_MEMORY, "memory");
  if (status == CO_OK) status = co_schema_read(algorithm->schema, root, arena, *out);
  co_node_free(root);
  return status;
}

static co_status prepare(const training *t, const co_algorithm *algorithm, run *r) {
  void *settings;
  co_network_def network;
  CO_TRY(read_settings(algorithm, t->settings, &r->arena, &settings));
  r->env = &pendulum_create(algorithm->env_rows(settings), &stream)->base;
  algorithm->network(settings, PENDULUM_OBS, 1, &network);
  CO_TRY(co_policy_create(&network, co_env_get_info(r->env), t->name, &stream, &r->policy));
  co_learner_def def = {.settings = settings,
                        .policy = r->policy,
                        .env = {r->env},
                        .stream = stream,
                        .total_steps = t->updates * algorithm->steps_per_update(settings)};
  return algorithm->create(&def, &r->learner);
}

// kept whole by the compiler, under a name that others can see
co_status count_this(const co_algorithm *algorithm, co_learner *learner, int updates);
__attribute__((noinline, visibility("default"))) co_status count_this(const co_algorithm *algorithm,
                                                                      co_learner *learner,
                                                                      int updates) {
  for (int i = 0; i < updates; i++) {
    CO_TRY(algorithm->collect(learner));
    CO_TRY(algorithm->update(learner));
  }
  return CO_OK;
}

static uint64_t hash_of(const co_policy *policy) {
  uint64_t hash = 0;
  for (int t = 0; t < policy->num_tensors; t++) {
    uint64_t pair[] = {hash, co_tensor_hash(&policy->tensor[t])};
    hash = co_hash(pair, sizeof pair);
  }
  return hash;
}

static int train(const training *t) {
  const co_algorithm *algorithm = co_algorithm_find(t->name);
  run r = {0};
  co_status status = prepare(t, algorithm, &r);
  if (status == CO_OK) status = count_this(algorithm, r.learner, t->updates);
  if (status == CO_OK) {
    printf("%s: %d updates, kernels %s, hash %016" PRIx64 "\n", t->name, t->updates,
           co_kernels_get()->name, hash_of(r.policy));
  } else {
    fprintf(stderr, "small_training: %s\n", co_error_text());
  }
  if (r.learner) algorithm->destroy(r.learner);
  co_policy_free(r.policy);
  if (r.env) co_env_destroy(r.env);
  co_arena_free(&r.arena);
  return status == CO_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  for (int i = 0; i < NUM_TRAININGS; i++) {
    if (argc < 2) {
      puts(trainings[i].name);
    } else if (strcmp(argv[1], trainings[i].name) == 0) {
      return train(&trainings[i]);
    }
  }
  return argc < 2 ? 0 : 1;
}
