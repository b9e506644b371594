// Kernels for any CPU, slow: what the others are compared with.

#define CO_SIMD_LEVEL 0
#define TILE_ROWS 1
#define TILE_VECS 1
#define FEW_VECS 1
#define FEW_TILES(TILE)
#define HEAD_ROWS 1
#define HEAD_CHAINS 1
#define HEAD_VECS 1
#define DOT_ROWS 1
#define DOT_OUTS 1
#define PEAK_CHAINS 1
#define KERNELS co_kernels_scalar
#define KERNELS_NAME "scalar"

#include "agents/nn/kernels/private/body.h"
#include "agents/nn/kernels/private/levels.h"
