#include "agents/nn/mlp.h"

#include <assert.h>
#include <string.h>

co_mlp co_mlp_of_layers(const co_kernels *kernels, const float *block, const co_dense *layers,
                        int num_layers, const co_activation *activation) {
  assert(kernels && layers && num_layers > 0 && num_layers <= CO_MAX_LAYERS);
  co_mlp mlp = {.kernels = kernels, .num_layers = num_layers, .dense = layers};
  for (int l = 0; l < mlp.num_layers; l++) {
    mlp.layer[l] = (co_dense_view){.in = layers[l].in,
                                   .out = layers[l].out,
                                   .in_stride = co_row_stride(layers[l].in),
                                   .out_stride = layers[l].out_stride,
                                   .weight = block + layers[l].weight,
                                   .bias = block + layers[l].bias};
    if (l < num_layers - 1) mlp.activation[l] = (int)activation[l];
    if (!layers[l].norm) continue;
    const float *weight = block + layers[l].norm;
    mlp.norm[l] =
        (co_norm_view){layers[l].out, layers[l].out_stride, weight, weight + layers[l].out_stride};
  }
  return mlp;
}

// ---- forward

static size_t size_of(const co_mlp *mlp, int layer, int rows) {
  return (size_t)rows * (size_t)mlp->layer[layer].out_stride;
}

// normalises y in place where nobody will go back
static void norm_in_place(const co_mlp *mlp, int layer, int rows, float *y) {
  enum { PIECE = 64 };
  float inverse[PIECE];
  for (int r = 0; r < rows; r += PIECE) {
    float *piece = y + (ptrdiff_t)r * mlp->norm[layer].stride;
    mlp->kernels->norm(&mlp->norm[layer], rows - r < PIECE ? rows - r : PIECE, piece, inverse,
                       piece);
  }
}

void co_mlp_forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    float *const *output) {
  assert(rows >= 0 && x_stride >= mlp->layer[0].in);
  for (int l = 0; l < mlp->num_layers; l++) {
    bool hidden = l < mlp->num_layers - 1, norm = hidden && mlp->norm[l].weight;
    int activation = hidden && !norm ? mlp->activation[l] : -1;
    mlp->kernels->forward(&mlp->layer[l], x, x_stride, rows, activation, output[l]);
    if (norm) {
      norm_in_place(mlp, l, rows, output[l]);
      mlp->kernels->activate(mlp->activation[l], size_of(mlp, l, rows), output[l], NULL);
    }
    x = output[l];
    x_stride = mlp->layer[l].out_stride;
  }
}

// ---- with a tape

bool co_mlp_needs_tape(const co_mlp *mlp, double dropout) {
  bool needs = mlp->num_layers > 1 && (dropout > 0 || mlp->norm[0].weight);
  for (int l = 0; l < mlp->num_layers - 1; l++) needs |= mlp->activation[l] == CO_SWISH;
  return needs;
}

co_status co_mlp_tape_create(co_arena *arena, const co_mlp *mlp, int rows, co_mlp_tape *out) {
  assert(rows > 0);
  *out = (co_mlp_tape){0};
  bool whole = true;
  for (int l = 0; whole && l < mlp->num_layers - 1; l++) {
    size_t size = size_of(mlp, l, rows);
    whole = (out->slope[l] = co_arena_alloc(arena, size, sizeof(float)));
    if (!mlp->norm[l].weight) continue;
    out->standard[l] = co_arena_alloc(arena, size, sizeof(float));
    out->inverse[l] = co_arena_alloc(arena, (size_t)rows, sizeof(float));
    whole = whole && out->standard[l] && out->inverse[l];
  }
  return whole ? CO_OK : CO_MEMORY;
}

// Streams are rows and passes, those of the first four parts before those of the next four; within
// one, four layers of a part have 2^8 blocks of four words each, those of all steps before those of
// the next four layers.
static void drop(const co_mlp *mlp, const co_dropout *dropout, int l, int rows, float *y,
                 float *slope) {
  co_drop_args args = {.threshold = (uint32_t)(dropout->rate * 0x1p32),
                       .kept = (float)(1 / (1 - dropout->rate))};
  uint64_t four = (uint64_t)l / 4, block = four << 60 | dropout->step << 12;
  block |= (uint64_t)(dropout->part % 4) << 10 | ((uint64_t)l % 4) << 8;
  uint32_t row0 = (uint32_t)(dropout->part / 4) << 24 | dropout->row0;
  int stride = mlp->layer[l].out_stride;
  for (int r = 0; r < rows; r++, y += stride, slope += stride) {
    co_rng rng = co_rng_make_lane(&dropout->stream, row0 + (uint32_t)r, (uint32_t)dropout->pass);
    co_rng_seek(&rng, block);
    memcpy(args.key, rng.key, sizeof args.key);
    memcpy(args.counter, rng.counter, sizeof args.counter);
    mlp->kernels->drop(&args, stride, y, slope);
  }
}

static void hidden_forward(const co_mlp *mlp, int l, const float *x, int x_stride, int rows,
                           float *y, const co_mlp_tape *tape) {
  const co_dense_view *layer = &mlp->layer[l];
  if (mlp->norm[l].weight) {
    mlp->kernels->forward(layer, x, x_stride, rows, -1, tape->standard[l]);
    mlp->kernels->norm(&mlp->norm[l], rows, tape->standard[l], tape->inverse[l], y);
  } else {
    mlp->kernels->forward(layer, x, x_stride, rows, -1, y);
  }
  mlp->kernels->activate(mlp->activation[l], size_of(mlp, l, rows), y, tape->slope[l]);
  if (tape->dropout.rate > 0) drop(mlp, &tape->dropout, l, rows, y, tape->slope[l]);
}

// inline, since a release has no assert that would use it
static inline bool is_dropout(const co_dropout *dropout) {
  return dropout->rate >= 0 && dropout->rate < 1 && dropout->step < UINT64_C(1) << 48 &&
         dropout->part >= 0 && dropout->part < 1024 && dropout->pass >= 0 && dropout->pass < 4;
}

void co_mlp_forward_tape(const co_mlp *mlp, const float *x, int x_stride, int rows,
                         float *const *output, const co_mlp_tape *tape) {
  assert(rows >= 0 && x_stride >= mlp->layer[0].in && is_dropout(&tape->dropout));
  int last = mlp->num_layers - 1;
  for (int l = 0; l < last; l++) {
    hidden_forward(mlp, l, x, x_stride, rows, output[l], tape);
    x = output[l];
    x_stride = mlp->layer[l].out_stride;
  }
  mlp->kernels->forward(&mlp->layer[last], x, x_stride, rows, -1, output[last]);
}

// ---- backward

static bool layer_moves(const bool *moves, int layer) {
  return !moves || moves[layer];
}

static int lowest_moving(const co_mlp *mlp, const bool *moves) {
  int l = 0;
  while (l < mlp->num_layers && !layer_moves(moves, l)) l++;
  return l;
}

// How far the rows of a norm's gradient are summed as one, and where to: lines of the caller's, the
// gradient, or apart, to be added to it.
typedef struct norm_sum {
  int rows;
  ptrdiff_t step;  // from one sum to the next
  float *to, *add_to;
} norm_sum;

static norm_sum norm_sum_of(const co_mlp *mlp, const co_mlp_backward_args *args, int l,
                            float *apart) {
  if (!layer_moves(args->moves, l)) return (norm_sum){.rows = args->rows};
  if (args->norm_lines) {
    ptrdiff_t step = 2 * (ptrdiff_t)mlp->norm[l].stride;
    return (norm_sum){.rows = CO_LANES, .step = step, .to = args->norm_lines[l]};
  }
  if (!args->grad) return (norm_sum){.rows = args->rows};
  float *grad = args->grad + mlp->dense[l].norm;
  if (args->over == CO_SUM_CHAIN) return (norm_sum){.rows = args->rows, .to = grad};
  return (norm_sum){.rows = CO_BLOCK, .to = apart, .add_to = grad};
}

// from the derivative by what the norm of a layer gives to that by what it takes, in place
static void norm_backward(const co_mlp *mlp, const co_mlp_backward_args *args, int l) {
  enum { WIDEST = CO_MAX_WIDTH + 2 * CO_LANES };
  const co_norm_view *norm = &mlp->norm[l];
  const float *standard = args->tape->standard[l], *inverse = args->tape->inverse[l];
  float *delta = args->delta[l], apart[2 * WIDEST];
  norm_sum sum = norm_sum_of(mlp, args, l, apart);
  assert(norm->stride <= WIDEST);
  for (int r = 0; r < args->rows; r += sum.rows) {
    ptrdiff_t at = (ptrdiff_t)r * norm->stride;
    int count = args->rows - r < sum.rows ? args->rows - r : sum.rows;
    mlp->kernels->norm_backward(norm, standard + at, inverse + r, count, delta + at, sum.to,
                                sum.to ? sum.to + norm->stride : NULL);
    if (sum.to) sum.to += sum.step;
    bool adds = r > 0 || args->over == CO_SUM_BLOCKS_ON;
    for (int i = 0; sum.add_to && i < 2 * norm->stride; i++) {
      sum.add_to[i] = adds ? sum.add_to[i] + apart[i] : apart[i];
    }
  }
}

// from delta[l] to delta[l - 1], the derivative by what stands behind the product of layer l - 1
static void delta_below(const co_mlp *mlp, const co_mlp_backward_args *args, int l) {
  const co_kernels *kernels = mlp->kernels;
  const co_mlp_tape *tape = args->tape;
  const float *extra = args->extra ? args->extra[l - 1] : NULL;
  float *delta = args->delta[l - 1];
  size_t size = size_of(mlp, l - 1, args->rows);
  bool fused = !tape && !extra;
  int activation = mlp->activation[l - 1];
  assert(mlp->layer[l].transposed);
  kernels->backward(&mlp->layer[l], args->delta[l], args->output[l - 1], args->rows,
                    fused ? activation : -1, delta);
  if (fused) return;
  for (size_t i = 0; extra && i < size; i++) delta[i] += extra[i];
  if (!tape) {
    kernels->activate_backward(activation, size, args->output[l - 1], delta);
    return;
  }
  kernels->scale(size, tape->slope[l - 1], delta);
  if (mlp->norm[l - 1].weight) norm_backward(mlp, args, l - 1);
}

void co_mlp_backward(const co_mlp *mlp, const co_mlp_backward_args *args) {
  assert(args->rows > 0 && args->x_stride >= mlp->layer[0].in);
  int lowest = lowest_moving(mlp, args->moves);
  assert(args->tape || !co_mlp_needs_tape(mlp, 0));
  for (int l = mlp->num_layers - 1; l >= lowest; l--) {
    const co_dense_view *layer = &mlp->layer[l];
    const float *x = l > 0 ? args->output[l - 1] : args->x;
    if (layer_moves(args->moves, l)) {
      mlp->kernels->gradient(layer, x, l > 0 ? layer->in_stride : args->x_stride, args->delta[l],
                             args->rows, args->over, args->grad + mlp->dense[l].weight,
                             args->grad + mlp->dense[l].bias);
    }
    if (l > lowest) delta_below(mlp, args, l);
  }
}

void co_mlp_deltas(const co_mlp *mlp, const co_mlp_backward_args *args) {
  assert(args->tape || !co_mlp_needs_tape(mlp, 0));
  for (int l = mlp->num_layers - 1; l > lowest_moving(mlp, args->moves); l--) {
    delta_below(mlp, args, l);
  }
}

void co_mlp_gradient(const co_mlp *mlp, const co_mlp_backward_args *args, int layer, int in0,
                     int count, float *dbias) {
  assert(args->rows > 0 && layer >= 0 && layer < mlp->num_layers && count >= 0);
  co_dense_view part = mlp->layer[layer];
  const float *x = layer > 0 ? args->output[layer - 1] : args->x;
  float *dweight = args->grad + mlp->dense[layer].weight;
  assert(in0 >= 0 && in0 + count <= part.in);
  part.in = count;
  mlp->kernels->gradient(&part, x + in0, layer > 0 ? part.in_stride : args->x_stride,
                         args->delta[layer], args->rows, args->over,
                         dweight + (ptrdiff_t)in0 * part.out_stride, dbias);
}

static double product_flop(const co_dense_view *layer) {
  return 2.0 * layer->in * layer->out;
}

double co_mlp_forward_flop(const co_mlp *mlp) {
  double flop = 0;
  for (int l = 0; l < mlp->num_layers; l++) flop += product_flop(&mlp->layer[l]);
  return flop;
}

double co_mlp_backward_flop(const co_mlp *mlp, const bool *moves) {
  double flop = 0;
  int lowest = lowest_moving(mlp, moves);
  for (int l = lowest; l < mlp->num_layers; l++) {
    flop += product_flop(&mlp->layer[l]) * ((layer_moves(moves, l) ? 1 : 0) + (l > lowest ? 1 : 0));
  }
  return flop;
}
