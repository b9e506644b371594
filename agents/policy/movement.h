// What a training moved: layer by layer, how far weights went and what became of the features.
//
// Weights are those of a layer, bias and norm among them. Features are the outputs of the actor's
// hidden layers on observations that are given: those that the source policy meets at home, so that
// all policies of a study are looked at in the same states. Formulas: docs/methods.md#what-moved.

#ifndef AGENTS_POLICY_MOVEMENT_H_
#define AGENTS_POLICY_MOVEMENT_H_

#include "agents/policy/policy.h"

// What is unknown is NAN, and a rank 0: there are no observations, no OpenBLAS, or the layer is no
// hidden one of an actor.
typedef struct co_layer_movement {
  char layer[CO_NAME];  // "actor.trunk.0"
  double moved;         // norm of the change
  double relative;      // that, relative to the norm at step 0; NAN where this was 0
  double norm;          // of all numbers of the layer at the end
  int units;            // outputs of a hidden layer
  // The least number of singular values of the features with 99 % of their sum, at step 0 and at
  // the end (Kumar et al. 2021, arXiv 2010.14498).
  int rank_before, rank;
  // Share of units whose mean absolute output is at most 0.025 of the layer's (Sokar et al. 2023).
  double dormant_before, dormant;
  double cka;  // linear CKA to the same layer of `source` (Kornblith et al. 2019, eq. 5), 1: the
               // same features up to rotation and scale; NAN: the source has no such layer
} co_layer_movement;

// Observations in the order in which they were met.
typedef struct co_seen {
  int count;
  const float *obs;       // (count x obs_dim) raw
  const uint8_t *begins;  // (count) an episode begins with it
} co_seen;

// Layers of `after` in the order of their tensors, allocated in the arena, of which scratch goes
// back. `before` has the same tensors; `source` may have others, or be NULL; `seen` may be NULL.
// CO_MEMORY, CO_INTERNAL.
co_status co_movement_measure(const co_policy *before, const co_policy *after,
                              const co_policy *source, const co_seen *seen, co_arena *arena,
                              int *count, co_layer_movement **out);

#endif  // AGENTS_POLICY_MOVEMENT_H_
