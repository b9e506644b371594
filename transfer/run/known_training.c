#include "transfer/run/known_training.h"

#include "core/hash.h"
#include "transfer/run/training.h"

#include <math.h>
#include <string.h>

const char co_known_engine[] = "mujoco 4.0.1", co_known_libc[] = "glibc 2.36";

const co_known_training co_known_trainings[CO_NUM_KNOWN_TRAININGS] = {
    {"ppo", "pendulum", "envs = 4; horizon = 128; epochs = 4; hidden = (32, 32);", 4096,
     0x8e0563000c5229d0},
    {"ppo", "walker2d", "envs = 4; horizon = 128; epochs = 4; hidden = (32, 32);", 4096,
     0xca021480e226329a},
    {"sac", "quadruped_flat", "hidden = (32, 32); batch = 64; start_steps = 50;", 600,
     0x427a5f38a5c10462},
};

static co_status read_settings(const co_algorithm *algorithm, const char *text, co_arena *arena,
                               void **out) {
  co_node *root = NULL;
  *out = co_arena_alloc(arena, 1, algorithm->schema->size);
  if (!*out) return CO_MEMORY;
  co_status status = co_tree_parse(text, "known training", &root);
  if (status == CO_OK) status = co_schema_read(algorithm->schema, root, arena, *out);
  co_node_free(root);
  return status;
}

static uint64_t hash_tensor(const co_tensor_record *tensor) {
  uint64_t parts[] = {co_hash(tensor->name, strlen(tensor->name)), tensor->after};
  return co_hash(parts, sizeof parts);
}

// Tensors are added up, so that their order in a file means nothing.
static uint64_t hash_record(const co_record *record) {
  uint64_t parts[2] = {0, 0};
  for (int i = 0; i < record->num_tensors; i++) parts[0] += hash_tensor(&record->tensor[i]);
  for (int i = 0; i < record->num_points; i++) {
    uint64_t pair[] = {parts[1], record->point[i].eval.trace_hash};
    parts[1] = co_hash(pair, sizeof pair);
  }
  return co_hash(parts, sizeof parts);
}

static co_status train(const co_training_def *def, uint64_t *out) {
  co_record record = {.action_difference = NAN, .entropy = NAN, .explained_variance = NAN};
  co_training_cost cost = {0};
  co_policy *policy = NULL;
  co_status status = co_training_run(def, &record, &cost, &policy);
  if (status == CO_OK && *record.failed) status = co_fail(CO_DIVERGED, "%s", record.failed);
  if (status == CO_OK) *out = hash_record(&record);
  co_policy_free(policy);
  co_record_free(&record);
  return status;
}

co_status co_known_training_run(const co_known_training *known, const co_world_source *worlds,
                                co_pool *pool, uint64_t *out) {
  co_training_def def = {.name = known->task,
                         .quiet = true,
                         .worlds = worlds,
                         .world = {.task = known->task},
                         .algorithm = co_algorithm_find(known->algorithm),
                         .seed = 1,
                         .steps = known->steps,
                         .evaluations = 2,
                         .episodes = 1,
                         .final_episodes = 1,
                         .pool = pool};
  co_arena arena = {0};
  void *settings;
  co_status status = read_settings(def.algorithm, known->settings, &arena, &settings);
  def.settings = settings;
  if (status == CO_OK) status = train(&def, out);
  co_arena_free(&arena);
  return status;
}
