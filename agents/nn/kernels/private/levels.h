// The tables of all CPU levels, for kernels.c only: a table must not be called on a CPU without its
// level.

#ifndef AGENTS_NN_KERNELS_PRIVATE_LEVELS_H_
#define AGENTS_NN_KERNELS_PRIVATE_LEVELS_H_

#include "agents/nn/kernels/kernels.h"

extern const co_kernels co_kernels_scalar, co_kernels_v3, co_kernels_v4;

#endif  // AGENTS_NN_KERNELS_PRIVATE_LEVELS_H_
