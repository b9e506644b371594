// Products, part of the source of the kernels (body.h), which says what a tile is.
//
// Wide layers: one chain of multiply-adds per output, in order of the input. Layers of at most
// CO_LANES outputs (heads): CO_LANES chains, chain j over the inputs k = j (mod CO_LANES), added as
// a tree. Either a vector holds one chain of all outputs (any weights, short chains: what a few
// rows need) or all chains of one output (transposed weights, no work for padding: what many rows
// need); both have the same bits.

#ifndef AGENTS_NN_KERNELS_PRIVATE_PRODUCT_H_
#define AGENTS_NN_KERNELS_PRIVATE_PRODUCT_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/kernels/private/math.h"
#include "agents/nn/kernels/private/transpose.h"

#include <string.h>

// y (rows x stride) = bias + x w, w (depth x stride), then the activation (gate NULL) or the
// derivative of that of the layer below at `gate` (rows x stride)
typedef struct product {
  const float *x;
  ptrdiff_t x_stride;
  int rows;
  const float *w, *bias;  // bias NULL: 0
  int depth, stride;
  int columns;  // of a row that are worked out, a multiple of CO_LANES
  int activation;
  const float *gate;
  float *y;
  int k0, k1;  // inputs of this pass: a longer sum lies in y in between
} product;

// Sums are formed in passes over so many inputs, or rows for gradients: what a column of tiles
// reads in one stays in the nearest cache.
enum { PASS_INPUTS = 256, PASS_ROWS = 128 };

// ReLU or its derivative, of the tile of rows r.. and columns c.. , while it is in registers
INLINE void rectify_tile(const product *p, int r, int R, int c, int V, vec (*sum)[FEW_VECS]) {
  if (p->gate) {
    const float *gate = p->gate + (ptrdiff_t)r * p->stride + c;
    UNROLL for (int i = 0; i < R; i++) {
      UNROLL for (int v = 0; v < V; v++) {
        sum[i][v] = relu_slope(vec_load(gate + i * p->stride + v * CO_LANES), sum[i][v]);
      }
    }
  } else {
    UNROLL for (int i = 0; i < R; i++) {
      UNROLL for (int v = 0; v < V; v++) sum[i][v] = relu_vec(sum[i][v]);
    }
  }
}

// the other activations, while the tile is in the nearest cache
INLINE void finish_tile(const product *p, int r, int R, int c, int V) {
  ptrdiff_t at = (ptrdiff_t)r * p->stride + c;
  if (p->gate) {
    activate_backward(p->activation, R, V, p->stride, p->gate + at, p->y + at);
  } else {
    activate(p->activation, R, V, p->stride, p->y + at);
  }
}

// rows r to r + R, columns c to c + V vectors
INLINE void product_tile(const product *p, bool again, int r, int R, int c, int V) {
  ptrdiff_t x_stride = p->x_stride, stride = p->stride;
  const float *x = p->x + r * x_stride, *w = p->w + p->k0 * stride + c;
  float *y = p->y + r * stride + c;
  vec sum[TILE_ROWS][FEW_VECS];
  UNROLL for (int i = 0; i < R; i++) {
    UNROLL for (int v = 0; v < V; v++) {
      if (again)
        sum[i][v] = vec_load(y + i * stride + v * CO_LANES);
      else
        sum[i][v] = p->bias ? vec_load(p->bias + c + v * CO_LANES) : vec_set(0);
    }
  }
  for (int k = p->k0; k < p->k1; k++, w += stride) {
    vec row[FEW_VECS];
    UNROLL for (int v = 0; v < V; v++) row[v] = vec_load(w + v * CO_LANES);
    UNROLL for (int i = 0; i < R; i++) {
      vec broadcast = vec_set(x[i * x_stride + k]);
      UNROLL for (int v = 0; v < V; v++) sum[i][v] = vec_fma(broadcast, row[v], sum[i][v]);
    }
  }
  bool whole = p->k1 == p->depth;
  if (whole && p->activation == CO_RELU) rectify_tile(p, r, R, c, V, sum);
  UNROLL for (int i = 0; i < R; i++) {
    UNROLL for (int v = 0; v < V; v++) vec_store(y + i * stride + v * CO_LANES, sum[i][v]);
  }
  if (whole && p->activation >= 0 && p->activation != CO_RELU) finish_tile(p, r, R, c, V);
}

// Runs TILE(at, size) over 0..count in as few tiles as there can be, as even as they can be: a
// small tile at the end would wait for its few chains.
#define TILE_CASE(TILE, size) \
  case size:                  \
    TILE(at_, size);          \
    break;
#if TILE_ROWS >= 8
#define TILE_CASES(TILE) \
  TILE_CASE(TILE, 1)     \
  TILE_CASE(TILE, 2)     \
  TILE_CASE(TILE, 3)     \
  TILE_CASE(TILE, 4) TILE_CASE(TILE, 5) TILE_CASE(TILE, 6) TILE_CASE(TILE, 7) TILE_CASE(TILE, 8)
#elif TILE_ROWS >= 6
#define TILE_CASES(TILE) \
  TILE_CASE(TILE, 1)     \
  TILE_CASE(TILE, 2) TILE_CASE(TILE, 3) TILE_CASE(TILE, 4) TILE_CASE(TILE, 5) TILE_CASE(TILE, 6)
#else
#define TILE_CASES(TILE) TILE_CASE(TILE, 1)
#endif
#define FOR_TILES(TILE, count)                                                   \
  do {                                                                           \
    int count_ = (count), tiles_ = (count_ + TILE_ROWS - 1) / TILE_ROWS;         \
    int size_ = tiles_ ? count_ / tiles_ : 0, larger_ = count_ - tiles_ * size_; \
    for (int t_ = 0, at_ = 0; t_ < tiles_; t_++) {                               \
      int now_ = size_ + (t_ < larger_);                                         \
      switch (now_) { TILE_CASES(TILE) }                                         \
      at_ += now_;                                                               \
    }                                                                            \
  } while (0)

// all rows of V vectors from column c on
INLINE void product_rows(const product *p, bool again, int c, int V) {
#define ROWS(r, R) product_tile(p, again, r, R, c, V)
  FOR_TILES(ROWS, p->rows);
#undef ROWS
}

// One or a few rows: wide tiles, since it is the number of chains under way that counts. Returns
// the column behind the last whole tile.
INLINE int product_few(const product *p, bool again) {
  int c = 0;
  (void)again;
#define FEW(R, V)                                                                                 \
  case R:                                                                                         \
    for (; c + (V)*CO_LANES <= p->columns; c += (V)*CO_LANES) product_tile(p, again, 0, R, c, V); \
    break;
  switch (p->rows) { FEW_TILES(FEW) }
#undef FEW
  return c;
}

INLINE void multiply_pass(const product *p, bool again) {
  int c = product_few(p, again);
#if TILE_VECS == 2
  for (; c + 2 * CO_LANES <= p->columns; c += 2 * CO_LANES) product_rows(p, again, c, 2);
#endif
  for (; c < p->columns; c += CO_LANES) product_rows(p, again, c, 1);
}

// Functions of their own, for the sake of registers.
static __attribute__((noinline)) void first_pass(const product *p) {
  multiply_pass(p, false);
}

static __attribute__((noinline)) void next_pass(const product *p) {
  multiply_pass(p, true);
}

static void multiply(product *p) {
  p->k1 = p->depth < PASS_INPUTS ? p->depth : PASS_INPUTS;
  first_pass(p);
  while (p->k1 < p->depth) {
    int left = p->depth - p->k1;
    p->k0 = p->k1;
    p->k1 += left < PASS_INPUTS ? left : PASS_INPUTS;
    next_pass(p);
  }
}

// ---- heads

// R rows (x (R x x_stride)) of chains first, ..., first + C - 1: chain[r][j] over k = j (mod
// CO_LANES) of x[r][k] w[k]
INLINE void head_chains(int R, int C, const co_dense_view *layer, const float *x,
                        ptrdiff_t x_stride, int first, vec (*chain)[CO_LANES]) {
  vec sum[HEAD_ROWS][HEAD_CHAINS];
  UNROLL for (int j = 0; j < C; j++) {
    UNROLL for (int r = 0; r < R; r++) sum[r][j] = vec_set(0);
  }
  const float *w = layer->weight + (ptrdiff_t)first * CO_LANES;
  int k = first;
#define CHAIN_STEP(j)                                                          \
  do {                                                                         \
    vec row = vec_load(w + (j)*CO_LANES);                                      \
    UNROLL for (int r = 0; r < R; r++) {                                       \
      sum[r][j] = vec_fma(vec_set(x[r * x_stride + k + (j)]), row, sum[r][j]); \
    }                                                                          \
  } while (0)
  for (; k + C <= layer->in; k += CO_LANES, w += CO_LANES * CO_LANES) {
    UNROLL for (int j = 0; j < C; j++) CHAIN_STEP(j);
  }
  UNROLL for (int j = 0; j < C; j++) {
    if (k + j < layer->in) CHAIN_STEP(j);
  }
#undef CHAIN_STEP
  UNROLL for (int j = 0; j < C; j++) {
    UNROLL for (int r = 0; r < R; r++) chain[r][first + j] = sum[r][j];
  }
}

// R rows, a vector holding one chain of all outputs
INLINE void head_rows(int R, int C, const co_dense_view *layer, const float *x, ptrdiff_t x_stride,
                      float *y) {
  vec chain[HEAD_ROWS][CO_LANES];
  UNROLL for (int j = 0; j < CO_LANES; j += C) head_chains(R, C, layer, x, x_stride, j, chain);
#define FOLD(half) \
  UNROLL for (int j = 0; j < (half); j++) chain[r][j] = vec_add(chain[r][j], chain[r][j + (half)]);
  UNROLL for (int r = 0; r < R; r++) {
    FOLD(8)
    FOLD(4)
    FOLD(2)
    FOLD(1)
    vec_store(y + r * CO_LANES, vec_add(vec_load(layer->bias), chain[r][0]));
  }
#undef FOLD
}

static void head_by_rows(const co_dense_view *layer, const float *x, ptrdiff_t x_stride, int rows,
                         float *y) {
  int r = 0;
#if HEAD_ROWS > 1
  for (; r + HEAD_ROWS <= rows; r += HEAD_ROWS) {
    head_rows(HEAD_ROWS, HEAD_CHAINS / HEAD_ROWS, layer, x + r * x_stride, x_stride,
              y + (ptrdiff_t)r * CO_LANES);
  }
#endif
  for (; r < rows; r++) {
    head_rows(1, HEAD_CHAINS, layer, x + r * x_stride, x_stride, y + (ptrdiff_t)r * CO_LANES);
  }
}

// Runs TILE(at, size) over the outputs of a head, widest tiles first.
#define OUTPUT_TILES(TILE, size, count) \
  for (; at_ + (size) <= (count); at_ += (size)) TILE(at_, size);
#if DOT_OUTS >= 4
#define ALL_OUTPUT_TILES(TILE, count) \
  OUTPUT_TILES(TILE, 4, count) OUTPUT_TILES(TILE, 2, count) OUTPUT_TILES(TILE, 1, count)
#elif DOT_OUTS >= 2
#define ALL_OUTPUT_TILES(TILE, count) OUTPUT_TILES(TILE, 2, count) OUTPUT_TILES(TILE, 1, count)
#else
#define ALL_OUTPUT_TILES(TILE, count) OUTPUT_TILES(TILE, 1, count)
#endif
#define FOR_OUTPUTS(TILE, count)   \
  do {                             \
    int at_ = 0, count_ = (count); \
    ALL_OUTPUT_TILES(TILE, count_) \
  } while (0)

// R rows of O outputs: dot products with the outputs' own rows of weights
INLINE void head_dots(const co_dense_view *layer, const float *x, ptrdiff_t x_stride, int R, int O,
                      int o, float *y) {
  const float *w = layer->transposed + (ptrdiff_t)o * layer->in_stride;
  vec sum[DOT_ROWS * DOT_OUTS];
  float dot[DOT_ROWS * DOT_OUTS];
  UNROLL for (int i = 0; i < R * O; i++) sum[i] = vec_set(0);
  for (int k = 0; k < layer->in; k += CO_LANES) {
    vec weight[DOT_OUTS];
    UNROLL for (int j = 0; j < O; j++) weight[j] =
        vec_load(w + (ptrdiff_t)j * layer->in_stride + k);
    UNROLL for (int r = 0; r < R; r++) {
      vec input = vec_load(x + r * x_stride + k);
      UNROLL for (int j = 0; j < O; j++) sum[r * O + j] = vec_fma(input, weight[j], sum[r * O + j]);
    }
  }
  UNROLL for (int i = 0; i + 4 <= R * O; i += 4) vec_sum4(sum + i, dot + i);
  UNROLL for (int i = R * O / 4 * 4; i < R * O; i++) dot[i] = vec_sum(sum[i]);
  UNROLL for (int r = 0; r < R; r++) {
    UNROLL for (int j = 0; j < O; j++) y[r * CO_LANES + o + j] =
        layer->bias[o + j] + dot[r * O + j];
  }
}

// R rows of all outputs
INLINE void head_dot_rows(const co_dense_view *layer, const float *x, ptrdiff_t x_stride, int R,
                          float *y) {
#define OUTPUTS(o, O) head_dots(layer, x, x_stride, R, O, o, y)
  FOR_OUTPUTS(OUTPUTS, layer->out);
#undef OUTPUTS
}

static void head_by_outputs(const co_dense_view *layer, const float *x, ptrdiff_t x_stride,
                            int rows, float *y) {
  int r = 0;
  memset(y, 0, (size_t)rows * CO_LANES * sizeof *y);
#if DOT_ROWS > 1
  for (; r + DOT_ROWS <= rows; r += DOT_ROWS)
    head_dot_rows(layer, x + r * x_stride, x_stride, DOT_ROWS, y + (ptrdiff_t)r * CO_LANES);
#endif
  for (; r < rows; r++)
    head_dot_rows(layer, x + r * x_stride, x_stride, 1, y + (ptrdiff_t)r * CO_LANES);
}

static void head_forward(const co_dense_view *layer, const float *x, int x_stride, int rows,
                         int activation, float *y) {
  // a dot product costs about as much as 6 multiply-adds more than those of its vectors
  int dot = co_padded(layer->in) / CO_LANES + 6;
  bool padded = x_stride % CO_LANES == 0;
  if (layer->transposed && padded && rows > 1 && layer->out * dot < layer->in) {
    head_by_outputs(layer, x, x_stride, rows, y);
  } else {
    head_by_rows(layer, x, x_stride, rows, y);
  }
  activate(activation, rows, 1, CO_LANES, y);
}

// ---- gradients

// What a gradient is summed over, and how: one chain, which starts from what is there (again) or
// not; or chains of CO_BLOCK rows, whose sums are added, to what is there (adds) or not.
typedef struct row_sum {
  const float *x;
  ptrdiff_t x_stride;
  const float *dy;
  ptrdiff_t dy_stride;
  int rows, chain;  // in all, of one chain
  bool again, adds;
} row_sum;

// dw (I x V vectors, stride dw_stride) = or += sums over rows of x^T dy, inputs from i on
INLINE void gradient_tile(const row_sum *p, int i0, int I, int V, ptrdiff_t dw_stride, float *dw) {
  const float *x = p->x + i0, *dy = p->dy;
  ptrdiff_t x_stride = p->x_stride, dy_stride = p->dy_stride;
  bool adds = p->adds;
  for (int left = p->rows; left > 0; left -= p->chain, adds = true) {
    vec sum[TILE_ROWS][FEW_VECS];
    UNROLL for (int i = 0; i < I; i++) {
      UNROLL for (int v = 0; v < V; v++) {
        sum[i][v] = p->again ? vec_load(dw + i * dw_stride + v * CO_LANES) : vec_set(0);
      }
    }
    for (int r = left < p->chain ? left : p->chain; r > 0; r--) {
      vec d[FEW_VECS];
      UNROLL for (int v = 0; v < V; v++) d[v] = vec_load(dy + v * CO_LANES);
      UNROLL for (int i = 0; i < I; i++) {
        vec broadcast = vec_set(x[i]);
        UNROLL for (int v = 0; v < V; v++) sum[i][v] = vec_fma(broadcast, d[v], sum[i][v]);
      }
      x += x_stride;
      dy += dy_stride;
    }
    UNROLL for (int i = 0; i < I; i++) {
      UNROLL for (int v = 0; v < V; v++) {
        float *at = dw + i * dw_stride + v * CO_LANES;
        vec_store(at, adds ? vec_add(vec_load(at), sum[i][v]) : sum[i][v]);
      }
    }
  }
}

// dw (in x V vectors)
INLINE void gradient_inputs(const row_sum *p, int V, int in, ptrdiff_t dw_stride, float *dw) {
#define INPUTS(i, I) gradient_tile(p, i, I, V, dw_stride, dw + (i)*dw_stride)
  FOR_TILES(INPUTS, in);
#undef INPUTS
}

// transposed (out x HEAD_VECS vectors) of the gradient, for the inputs at x
static void head_gradient_tile(int out, const float *x, ptrdiff_t x_stride, const float *dy,
                               int rows, float *transposed) {
  row_sum sum = {
      .x = dy, .x_stride = CO_LANES, .dy = x, .dy_stride = x_stride, .rows = rows, .chain = rows};
#define OUTPUTS(o, O) \
  gradient_tile(&sum, o, O, HEAD_VECS, HEAD_VECS *CO_LANES, transposed + (o)*HEAD_VECS * CO_LANES)
  FOR_OUTPUTS(OUTPUTS, out);
#undef OUTPUTS
}

// The first inputs of a head of few outputs: lanes run over inputs, so that padding costs nothing;
// the same chains. Returns the input behind them; the rest goes the usual way.
static int head_gradient(const co_dense_view *layer, const float *x, int x_stride, const float *dy,
                         int rows, bool adds, float *dweight) {
  enum { WIDTH = HEAD_VECS * CO_LANES };
  _Alignas(64) float tile[CO_LANES / 2 * WIDTH] = {0};
  _Alignas(64) float apart[WIDTH * CO_LANES];
  int i = 0;
  for (; i + WIDTH <= layer->in; i += WIDTH) {
    float *dw = dweight + (ptrdiff_t)i * CO_LANES;
    head_gradient_tile(layer->out, x + i, x_stride, dy, rows, tile);
    kernel_transpose(tile, (layer->out + 3) / 4 * 4, WIDTH, WIDTH, adds ? apart : dw, CO_LANES);
    for (int k = 0; adds && k < WIDTH * CO_LANES; k += CO_LANES) {
      vec sum = vec_keep(vec_load(apart + k), layer->out);
      vec_store(dw + k, vec_add(vec_load(dw + k), sum));
    }
  }
  return i;
}

// V vectors of outputs: dw (in x V vectors)
INLINE void gradient_columns(row_sum all, int V, int in, ptrdiff_t stride, float *dw) {
  bool blocks = all.chain < all.rows || all.adds;
  row_sum pass = all;
  for (int r = 0; r < all.rows; r += PASS_ROWS) {
    pass.rows = all.rows - r < PASS_ROWS ? all.rows - r : PASS_ROWS;
    if (r > 0) {
      pass.x += PASS_ROWS * all.x_stride;
      pass.dy += PASS_ROWS * all.dy_stride;
      pass.again = !blocks;
      pass.adds = blocks;
    }
    gradient_inputs(&pass, V, in, stride, dw);
  }
}

// inputs from `first` on
static void dense_gradient(const co_dense_view *layer, int first, row_sum sum, float *dweight) {
  ptrdiff_t stride = layer->out_stride;
  int columns = co_padded(layer->out), in = layer->in - first, c = 0;
  if (in == 0) return;
  sum.x += first;
  dweight += first * stride;
#if TILE_VECS == 2
  for (; c + 2 * CO_LANES <= columns; c += 2 * CO_LANES, sum.dy += 2 * CO_LANES)
    gradient_columns(sum, 2, in, stride, dweight + c);
#endif
  for (; c < columns; c += CO_LANES, sum.dy += CO_LANES)
    gradient_columns(sum, 1, in, stride, dweight + c);
}

static void bias_gradient(const row_sum *p, int stride, float *dbias) {
  for (int c = 0; c < stride; c += CO_LANES) {
    bool adds = p->adds;
    const float *dy = p->dy + c;
    for (int left = p->rows; left > 0; left -= p->chain, adds = true) {
      vec sum = vec_set(0);
      for (int r = left < p->chain ? left : p->chain; r > 0; r--, dy += p->dy_stride) {
        sum = vec_add(sum, vec_load(dy));
      }
      vec_store(dbias + c, adds ? vec_add(vec_load(dbias + c), sum) : sum);
    }
  }
}

#endif  // AGENTS_NN_KERNELS_PRIVATE_PRODUCT_H_
