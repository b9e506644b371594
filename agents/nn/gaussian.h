// Diagonal Gaussian over actions with a standard deviation that does not depend on the state.
//
// The same function gives the log probability when an action is drawn and when it is learned from,
// so their ratio is exactly 1 while the policy has not changed.

#ifndef AGENTS_NN_GAUSSIAN_H_
#define AGENTS_NN_GAUSSIAN_H_

#include "agents/nn/kernels/kernels.h"
#include "core/arena.h"
#include "core/rng.h"
#include "core/status.h"

#define CO_LOG_STD_MIN (-5.0f)
#define CO_LOG_STD_MAX 2.0f

typedef struct co_gaussian {
  int dim;
  float *std, *inverse_std;  // (dim), owned by the arena it was created in
  float log_norm;            // sum of log_std + dim / 2 log 2 pi
  float entropy;             // [nat]
} co_gaussian;

co_status co_gaussian_create(co_arena *arena, int dim, co_gaussian *out);
// log_std (dim), held in CO_LOG_STD_MIN..CO_LOG_STD_MAX.
void co_gaussian_set(co_gaussian *gaussian, const co_kernels *kernels, const float *log_std);
// action (dim) = mean + std x noise
void co_gaussian_sample(const co_gaussian *gaussian, const float *mean, co_rng *rng, float *action);
float co_gaussian_log_prob(const co_gaussian *gaussian, const float *mean, const float *action);

#endif  // AGENTS_NN_GAUSSIAN_H_
