// What a policy does with the observation that is shown, layer by layer, and what became of its
// tensors in the transfer. Pure.

#ifndef VIZ_SHOW_PRIVATE_ACTIVATIONS_H_
#define VIZ_SHOW_PRIVATE_ACTIVATIONS_H_

#include "agents/policy/tensor_fates.h"
#include "agents/policy/trace.h"
#include "viz/draw/paint.h"

typedef struct co_activations_input {
  const char *name;              // of the policy
  int side;                      // its colour
  const co_policy *policy;       // NULL: none, the panel says so
  const co_policy_trace *trace;  // of the observation that is shown
  const co_tensor_fates *fates;
  int scroll;  // lines above the first one shown
} co_activations_input;

// Returns the largest scroll that is useful.
int co_activations_paint(co_paint *paint, co_box box, const co_activations_input *input);

// What full colour stands for: 1 for tanh, else the next power of two that holds all of them.
double co_activations_scale(const float *value, int count, bool bounded);

#endif  // VIZ_SHOW_PRIVATE_ACTIVATIONS_H_
