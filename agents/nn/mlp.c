#include "agents/nn/mlp.h"

#include <assert.h>
#include <string.h>

static co_dense_view view_layer(const float *block, const co_dense *layer) {
  return (co_dense_view){.in = layer->in,
                         .out = layer->out,
                         .in_stride = co_row_stride(layer->in),
                         .out_stride = layer->out_stride,
                         .weight = block + layer->weight,
                         .bias = block + layer->bias};
}

void co_mlp_put_residual(co_mlp *mlp, const float *block, int num_layers, co_activation activation,
                         double scale) {
  assert(num_layers > 0 && mlp->num_layers + num_layers <= CO_MAX_HIDDEN && !mlp->num_residual);
  mlp->num_residual = num_layers;
  mlp->scale = (float)scale;
  for (int l = mlp->num_layers; l < co_mlp_layers(mlp); l++) {
    mlp->layer[l] = view_layer(block, &mlp->dense[l]);
    mlp->activation[l] = (int)activation;
  }
  mlp->activation[co_mlp_layers(mlp) - 1] = CO_TANH;
}

co_mlp co_mlp_of_layers(const co_kernels *kernels, const float *block, const co_dense *layers,
                        int num_layers, const co_activation *activation) {
  assert(kernels && layers && num_layers > 0 && num_layers <= CO_MAX_LAYERS);
  co_mlp mlp = {.kernels = kernels, .num_layers = num_layers, .dense = layers};
  for (int l = 0; l < mlp.num_layers; l++) {
    mlp.layer[l] = view_layer(block, &layers[l]);
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

// what the residual network puts out is in its last layer
static void add_residual(const co_mlp *mlp, int rows, float *const *output) {
  const co_dense_view *from = &mlp->layer[co_mlp_layers(mlp) - 1];
  const float *offset = output[co_mlp_layers(mlp) - 1];
  float *y = output[mlp->num_layers - 1];
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < from->out; j++) y[j] += mlp->scale * offset[j];
    offset += from->out_stride;
    y += mlp->layer[mlp->num_layers - 1].out_stride;
  }
}

static void residual_forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                             float *const *output) {
  for (int l = mlp->num_layers; l < co_mlp_layers(mlp); l++) {
    mlp->kernels->forward(&mlp->layer[l], x, x_stride, rows, mlp->activation[l], output[l]);
    x = output[l];
    x_stride = mlp->layer[l].out_stride;
  }
  add_residual(mlp, rows, output);
}

void co_mlp_forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    float *const *output) {
  assert(rows >= 0 && x_stride >= mlp->layer[0].in);
  const float *input = x;
  const int input_stride = x_stride;
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
  if (mlp->num_residual) residual_forward(mlp, input, input_stride, rows, output);
}

// ---- with a tape

bool co_mlp_needs_tape(const co_mlp *mlp, double dropout) {
  bool hidden = mlp->num_layers > 1 || mlp->num_residual > 0;
  bool needs = hidden && (dropout > 0 || mlp->norm[0].weight);
  for (int l = 0; l < co_mlp_layers(mlp); l++)
    needs |= l != mlp->num_layers - 1 && mlp->activation[l] == CO_SWISH;
  return needs;
}

co_status co_mlp_tape_create(co_arena *arena, const co_mlp *mlp, int rows, co_mlp_tape *out) {
  assert(rows > 0);
  *out = (co_mlp_tape){0};
  bool whole = true;
  for (int l = 0; whole && l < co_mlp_layers(mlp); l++) {
    size_t size = size_of(mlp, l, rows);
    if (l == mlp->num_layers - 1) continue;
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

// All layers but the output; of these, the last one of a residual network drops nothing.
static void hidden_forward(const co_mlp *mlp, int l, const float *x, int x_stride, int rows,
                           float *y, const co_mlp_tape *tape) {
  bool drops = tape->dropout.rate > 0 && l != co_mlp_layers(mlp) - 1;
  const co_dense_view *layer = &mlp->layer[l];
  if (mlp->norm[l].weight) {
    mlp->kernels->forward(layer, x, x_stride, rows, -1, tape->standard[l]);
    mlp->kernels->norm(&mlp->norm[l], rows, tape->standard[l], tape->inverse[l], y);
  } else {
    mlp->kernels->forward(layer, x, x_stride, rows, -1, y);
  }
  mlp->kernels->activate(mlp->activation[l], size_of(mlp, l, rows), y, tape->slope[l]);
  if (drops) drop(mlp, &tape->dropout, l, rows, y, tape->slope[l]);
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
  const float *input = x;
  const int input_stride = x_stride;
  for (int l = 0; l < last; l++) {
    hidden_forward(mlp, l, x, x_stride, rows, output[l], tape);
    x = output[l];
    x_stride = mlp->layer[l].out_stride;
  }
  mlp->kernels->forward(&mlp->layer[last], x, x_stride, rows, -1, output[last]);
  x = input;
  x_stride = input_stride;
  for (int l = last + 1; l < co_mlp_layers(mlp); l++) {
    hidden_forward(mlp, l, x, x_stride, rows, output[l], tape);
    x = output[l];
    x_stride = mlp->layer[l].out_stride;
  }
  if (mlp->num_residual) add_residual(mlp, rows, output);
}

// ---- backward

static bool layer_moves(const bool *moves, int layer) {
  return !moves || moves[layer];
}

// Layers that follow each other: the perceptron's, and those of its residual network.
typedef struct chain {
  int first, end;
} chain;

static chain own_layers(const co_mlp *mlp) {
  return (chain){0, mlp->num_layers};
}

static chain residual_layers(const co_mlp *mlp) {
  return (chain){mlp->num_layers, co_mlp_layers(mlp)};
}

static int lowest_moving(chain of, const bool *moves) {
  int l = of.first;
  while (l < of.end && !layer_moves(moves, l)) l++;
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
  const float *extra = args->extra && l < mlp->num_layers ? args->extra[l - 1] : NULL;
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

static bool is_on_input(const co_mlp *mlp, int l) {
  return l == 0 || l == mlp->num_layers;
}

static void backward_chain(const co_mlp *mlp, const co_mlp_backward_args *args, chain of) {
  int lowest = lowest_moving(of, args->moves);
  for (int l = of.end - 1; l >= lowest; l--) {
    const co_dense_view *layer = &mlp->layer[l];
    bool on_input = is_on_input(mlp, l);
    const float *x = on_input ? args->x : args->output[l - 1];
    if (layer_moves(args->moves, l)) {
      mlp->kernels->gradient(layer, x, on_input ? args->x_stride : layer->in_stride, args->delta[l],
                             args->rows, args->over, args->grad + mlp->dense[l].weight,
                             args->grad + mlp->dense[l].bias);
    }
    if (l > lowest) delta_below(mlp, args, l);
  }
}

// The derivative by what stands in front of the residual network's tanh; false: none is wanted.
static bool begin_residual(const co_mlp *mlp, const co_mlp_backward_args *args) {
  chain of = residual_layers(mlp);
  if (lowest_moving(of, args->moves) == of.end) return false;
  int last = of.end - 1, stride = mlp->layer[last].out_stride;
  size_t size = size_of(mlp, last, args->rows);
  const float *above = args->delta[mlp->num_layers - 1];
  float *delta = args->delta[last];
  for (int r = 0; r < args->rows; r++) {
    for (int j = 0; j < stride; j++)
      delta[(ptrdiff_t)r * stride + j] = j < mlp->layer[last].out ? mlp->scale * above[j] : 0;
    above += mlp->layer[mlp->num_layers - 1].out_stride;
  }
  if (args->tape)
    mlp->kernels->scale(size, args->tape->slope[last], delta);
  else
    mlp->kernels->activate_backward(CO_TANH, size, args->output[last], delta);
  return true;
}

void co_mlp_backward(const co_mlp *mlp, const co_mlp_backward_args *args) {
  assert(args->rows > 0 && args->x_stride >= mlp->layer[0].in);
  assert(args->tape || !co_mlp_needs_tape(mlp, 0));
  backward_chain(mlp, args, own_layers(mlp));
  if (begin_residual(mlp, args)) backward_chain(mlp, args, residual_layers(mlp));
}

static void deltas_of_chain(const co_mlp *mlp, const co_mlp_backward_args *args, chain of) {
  for (int l = of.end - 1; l > lowest_moving(of, args->moves); l--) delta_below(mlp, args, l);
}

void co_mlp_deltas(const co_mlp *mlp, const co_mlp_backward_args *args) {
  assert(args->tape || !co_mlp_needs_tape(mlp, 0));
  deltas_of_chain(mlp, args, own_layers(mlp));
  if (begin_residual(mlp, args)) deltas_of_chain(mlp, args, residual_layers(mlp));
}

void co_mlp_gradient(const co_mlp *mlp, const co_mlp_backward_args *args, int layer, int in0,
                     int count, float *dbias) {
  assert(args->rows > 0 && layer >= 0 && layer < co_mlp_layers(mlp) && count >= 0);
  co_dense_view part = mlp->layer[layer];
  bool on_input = is_on_input(mlp, layer);
  const float *x = on_input ? args->x : args->output[layer - 1];
  float *dweight = args->grad + mlp->dense[layer].weight;
  assert(in0 >= 0 && in0 + count <= part.in);
  part.in = count;
  mlp->kernels->gradient(&part, x + in0, on_input ? args->x_stride : part.in_stride,
                         args->delta[layer], args->rows, args->over,
                         dweight + (ptrdiff_t)in0 * part.out_stride, dbias);
}

static double product_flop(const co_dense_view *layer) {
  return 2.0 * layer->in * layer->out;
}

double co_mlp_forward_flop(const co_mlp *mlp) {
  double flop = 0;
  for (int l = 0; l < co_mlp_layers(mlp); l++) flop += product_flop(&mlp->layer[l]);
  return flop;
}

static double chain_flop(const co_mlp *mlp, chain of, const bool *moves) {
  double flop = 0;
  int lowest = lowest_moving(of, moves);
  for (int l = lowest; l < of.end; l++) {
    flop += product_flop(&mlp->layer[l]) * ((layer_moves(moves, l) ? 1 : 0) + (l > lowest ? 1 : 0));
  }
  return flop;
}

double co_mlp_backward_flop(const co_mlp *mlp, const bool *moves) {
  return chain_flop(mlp, own_layers(mlp), moves) + chain_flop(mlp, residual_layers(mlp), moves);
}
