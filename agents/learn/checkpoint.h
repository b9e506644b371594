// What learners share of saving and loading (co_algorithm.save, .load): members of a struct by
// table, streams, tensors, optimisers, states of actors and rows of an env, as entries of a pack.
//
// Each save has a load of the same arguments; what it reads is checked for size and range before it
// is used, and CO_DATA "file: entry: text" says what is not that of such a learner. A load that
// failed leaves its object in between: it can only be destroyed. Numbers are those of x86-64. Names
// of entries begin with `prefix`, so that a learner may have two of a kind.

#ifndef AGENTS_LEARN_CHECKPOINT_H_
#define AGENTS_LEARN_CHECKPOINT_H_

#include "agents/data/sets.h"
#include "agents/nn/adam.h"
#include "agents/policy/actor.h"
#include "core/config/schema.h"
#include "core/pack.h"

// One number of a struct. A table of them is both what is saved and what is loaded.
typedef enum co_saved_kind {
  CO_SAVED_INT,
  CO_SAVED_INT64,
  CO_SAVED_DOUBLE,
  CO_SAVED_BOOL
} co_saved_kind;
typedef struct co_saved_field {
  const char *name;
  co_saved_kind kind;
  size_t offset;
} co_saved_field;

bool co_is_count(int64_t value);  // 0 to 2^53: none that was counted is out of these

void co_fields_save(const co_saved_field *fields, int count, const void *object, co_buf *pack);
co_status co_fields_load(const co_saved_field *fields, int count, const co_pack *pack,
                         void *object);

// Whose entries these are: the algorithm's name and its settings as text. Loading compares.
co_status co_learner_mark(const char *algorithm, const co_schema *schema, const void *settings,
                          co_buf *pack);
co_status co_learner_check_mark(const char *algorithm, const co_schema *schema,
                                const void *settings, const co_pack *pack);

// The data that it learns from, each set by the hash of its records; NULL: none.
void co_learner_mark_data(const co_data_sets *data, co_buf *pack);
co_status co_learner_check_data(const co_data_sets *data, const co_pack *pack);

// `count` streams as one entry. Loading keeps to their names: CO_DATA when a saved one is of
// another seed, number, purpose or row.
void co_rngs_save(const co_rng *rng, int count, const char *name, co_buf *pack);
co_status co_rngs_load(co_rng *rng, int count, const char *name, const co_pack *pack);

// The same for a stream that was read as part of something else.
co_status co_rng_accept(const co_rng *read, const char *name, const co_pack *pack, co_rng *rng);

// Tensors with their padding, as "PREFIX.NAME"; shapes are part of a size only.
void co_tensors_save(const co_tensor *tensor, int count, const char *prefix, co_buf *pack);
co_status co_tensors_load(const co_tensor *tensor, int count, const char *prefix,
                          const co_pack *pack);

// Moments, step counts and the points that L2-SP pulls to; parameters are the network's.
void co_adam_store(const co_adam *adam, const char *prefix, co_buf *pack);
co_status co_adam_load(co_adam *adam, const char *prefix, const co_pack *pack);

// States of an actor's rows (rows x state_bytes); where they have none, no entry is written.
void co_actor_states_save(const co_actor *actor, const void *state, int rows, const char *name,
                          co_buf *pack);
co_status co_actor_states_load(const co_actor *actor, void *state, int rows, const char *name,
                               const co_pack *pack);

// All rows of an env.
co_status co_env_save(const co_env *env, const char *name, co_buf *pack);
co_status co_env_load(co_env *env, const char *name, const co_pack *pack);

#endif  // AGENTS_LEARN_CHECKPOINT_H_
