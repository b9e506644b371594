// Kernels for x86-64-v3: AVX2 and FMA, 16 registers of 256 bits.

#define CO_SIMD_LEVEL 3
#define TILE_ROWS 6
#define TILE_VECS 1
#define FEW_VECS 4
#define FEW_TILES(TILE) TILE(1, 4) TILE(2, 2)
#define HEAD_ROWS 4
#define HEAD_CHAINS 4
#define HEAD_VECS 2
#define DOT_ROWS 2
#define DOT_OUTS 2
#define PEAK_CHAINS 6
#define KERNELS co_kernels_v3
#define KERNELS_NAME "x86-64-v3"

#include "agents/nn/kernels/private/body.h"
#include "agents/nn/kernels/private/levels.h"
