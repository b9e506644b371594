// Running mean and variance of observations, and the scale of rewards.
//
// Observations: normalised = clip((obs - mean) / sqrt(var + epsilon), +-clip). Statistics are
// double and frozen during a rollout; each row accumulates its own count, mean and M2 (Welford),
// merged in row order afterwards (Chan et al. 1979), so nothing depends on how rows are grouped.
// Rewards: scaled = clip(reward / sqrt(var + epsilon), +-clip) where var is the variance of the
// running discounted return; no centring.

#ifndef AGENTS_NN_NORMALIZER_H_
#define AGENTS_NN_NORMALIZER_H_

#include "agents/nn/tensor.h"
#include "core/status.h"

typedef struct co_normalizer {
  int dim;
  double *mean, *var;    // (dim), owned; fresh: 0, 1
  double *count;         // (1), owned; fresh: 0 = nothing seen
  double epsilon, clip;  // 1e-8, 10
} co_normalizer;

// Statistics of one row over one rollout.
typedef struct co_moments {
  double count;
  double *mean, *m2;  // (dim), borrowed from whoever allocates
} co_moments;

co_status co_normalizer_create(int dim, co_normalizer *out);
void co_normalizer_reset(co_normalizer *norm);
void co_normalizer_free(co_normalizer *norm);
// out (rows x stride floats, padding untouched) from obs (rows x dim)
void co_normalizer_apply(const co_normalizer *norm, const float *obs, int rows, float *out,
                         int stride);
void co_moments_add(co_moments *moments, int dim, const float *obs);
void co_normalizer_merge(co_normalizer *norm, const co_moments *moments);
// Without statistics it is the identity: nothing is clipped either. One that has some is left
// alone.
void co_normalizer_turn_off(co_normalizer *norm);
// Caps the count, so that new samples soon weigh more ("blend", docs/methods.md rule 6).
void co_normalizer_cap(co_normalizer *norm, double count);
// Views of mean, var and count as tensors of `part`, CO_PART_OBS_NORM or CO_PART_REWARD_NORM.
void co_normalizer_tensors(const co_normalizer *norm, co_tensor_part part, co_tensor out[3]);

#endif  // AGENTS_NN_NORMALIZER_H_
