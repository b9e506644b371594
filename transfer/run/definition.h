// The effective definition of a training as text: what its bytes depend on, and nothing else.
//
// Two trials with the same text and the same inputs give the same files, so the hash of the text
// decides whether a finished trial is still valid, and with the inputs, the build and the C library
// whether a checkpoint is one of this training. It holds the world's own hashes (task, compiled
// model, names of its elements, shifts), not file names.

#ifndef TRANSFER_RUN_DEFINITION_H_
#define TRANSFER_RUN_DEFINITION_H_

#include "transfer/run/training.h"
#include "transfer/study/trial.h"

// Of any training; without an algorithm, of final episodes of random actions.
co_status co_training_definition(const co_training_def *def, co_buf *out);

// Hash of the same with its inputs and the program's: what a checkpoint has to agree with.
co_status co_training_identity(const co_training_def *def, uint64_t *out);

// All of a trial's training but its source policy and its folders. What it points to lies in the
// context or in `arena`.
co_status co_trial_training(const co_trial_context *context, const co_trial *trial, co_arena *arena,
                            co_training_def *out);

co_status co_trial_definition(const co_trial_context *context, const co_trial *trial, co_buf *out);
co_status co_trial_definition_hash(const co_trial_context *context, const co_trial *trial,
                                   uint64_t *out);

// Takes out of such a text, which is not empty, what the version that wrote `recorded` did not say:
// names of elements. NULL: a version that kept hashes only.
void co_definition_make_like(const char *recorded, co_buf *text);

// Appends what differs between two such texts, "steps 128 -> 64, episodes 2 -> 3": the first five.
co_status co_definition_diff(const char *old, const char *now, co_buf *out);

// Algorithm and settings of the trial's training; arrays in `arena`, `settings` there too.
co_status co_trial_settings(const co_study *study, const co_trial *trial, co_arena *arena,
                            const co_algorithm **algorithm, void **settings);

// World in which the trial trains and is evaluated (the source's for source and random trials of a
// source).
co_world co_trial_world(const co_study *study, const co_trial *trial);

// Source in whose world the final policy is evaluated too (for forgetting and the 2 x 2 matrix):
// its own, for policies without one the first source of the same task; -1: none.
int co_trial_home(const co_study *study, const co_trial *trial);

#endif  // TRANSFER_RUN_DEFINITION_H_
