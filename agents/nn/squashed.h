// Squashed Gaussian over actions in -1..1 (Haarnoja et al. 2018, arXiv 1812.05905, appendix C):
// action = tanh(mean + std x noise), mean and log_std functions of the state.
//
//   log pi = sum of -noise^2 / 2 - log std - log(2 pi) / 2 - log(1 - tanh^2 u)
//   log(1 - tanh^2 u) = 2 (log 2 - |u| - log(1 + exp(-2 |u|)))   (nothing cancels at any u)
//
// All functions are pure in their arguments; rows may be done on several threads.

#ifndef AGENTS_NN_SQUASHED_H_
#define AGENTS_NN_SQUASHED_H_

#include "agents/nn/kernels/kernels.h"

// One block of rows. `head` holds the actor's output, mean in columns 0..dim-1 and log_std in
// dim..2 dim-1; log_std is held in log_std_min..CO_SQUASHED_MAX.
#define CO_SQUASHED_MAX 2.0f

typedef struct co_squashed_def {
  const co_kernels *kernels;
  int dim;
  float log_std_min;  // -5 or -20
} co_squashed_def;

// What a sample leaves for its derivative; all (rows x dim) but log_prob, owned by the caller.
typedef struct co_squashed_sample {
  float *noise;     // in: standard normal
  float *action;    // out: in -1..1
  float *std;       // out
  float *scratch;   // (3 x rows x dim)
  float *log_prob;  // out (rows): of `action`
} co_squashed_sample;

void co_squashed_draw(const co_squashed_def *def, const float *head, int stride, int rows,
                      const co_squashed_sample *sample);

// Derivative of the mean over a batch of alpha log pi(a) - Q(s, a), eq. 9 with the sample written
// as a function of its noise: dhead (rows x stride) from daction (rows x daction_stride) = dQ/da.
// `weight` = 1 / rows of the batch. Where log_std is held at a bound, its derivative is 0.
void co_squashed_backward(const co_squashed_def *def, const float *head, int stride, int rows,
                          const co_squashed_sample *sample, const float *daction,
                          int daction_stride, float alpha, float weight, float *dhead);

#endif  // AGENTS_NN_SQUASHED_H_
