// Kernels for x86-64-v4: AVX-512, 32 registers of 512 bits.

#define CO_SIMD_LEVEL 4
#define TILE_ROWS 8
#define TILE_VECS 2
#define FEW_VECS 4
#define FEW_TILES(TILE) TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4)
#define HEAD_ROWS 4
#define HEAD_CHAINS 16
#define HEAD_VECS 4
#define DOT_ROWS 4
#define DOT_OUTS 4
#define PEAK_CHAINS 16
#define KERNELS co_kernels_v4
#define KERNELS_NAME "x86-64-v4"

#include "agents/nn/kernels/private/body.h"
#include "agents/nn/kernels/private/levels.h"
