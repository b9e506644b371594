// Weights with adapters: they begin as they were, their gradients are those of the weight by the
// chain rule, and they move in as many directions as the adapter has, no more. Linear layers in
// front of a layer and behind it are what an explicit layer there would be.

#include "agents/nn/adam.h"
#include "agents/nn/mlp.h"
#include "tests/agents/nn/slopes.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_int_eq((call), CO_OK)

enum { IN = 12, OUT = 20, WEIGHT = 2, RANK = 3 };  // actor.trunk.1.weight

static const co_network_def def = {
    .obs_dim = 5, .act_dim = 2, .num_hidden = 2, .hidden = {IN, OUT}, .activation = CO_TANH};
static const double kAlpha = 6;

typedef struct fixture {
  co_arena arena;
  co_network net;
  co_adam adam;
  co_tensor_rule rule[32];
  float *grad;  // (net.size)
  co_rng rng;
} fixture;

// `rule` of a weight's adapter; its bias has one too where it takes part.
static fixture *make_at(const co_kernels *kernels, int weight, co_tensor_rule rule) {
  fixture *f = calloc(1, sizeof *f);
  const co_stream stream = {3, 0, CO_PURPOSE_INIT};
  ck_ok(co_network_create(&def, &f->net));
  co_network_init(&f->net, &stream);
  for (int t = 0; t < f->net.num_tensors; t++) f->rule[t] = (co_tensor_rule){.rate = 1};
  rule.rate = 1;
  f->rule[weight] = rule;
  if (rule.adapter == CO_ADAPTER_INPUT) f->rule[weight + 1] = rule;
  f->rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TEST}, 0);
  for (int t = 0; t < f->net.num_tensors; t++) {  // biases that are not all zero
    co_tensor *tensor = &f->net.tensor[t];
    if (tensor->rows == 1) co_rng_normals(&f->rng, tensor->data, tensor->cols);
  }
  ck_ok(co_adam_create(&f->arena, kernels, &f->net, f->rule, &stream, 1e-5, &f->adam));
  f->grad = calloc(f->net.size, sizeof *f->grad);
  return f;
}

static fixture *make(const co_kernels *kernels, int rank) {
  return make_at(kernels, WEIGHT, (co_tensor_rule){.lora = rank, .alpha = kAlpha});
}

static const co_tensor_rule kinds[] = {
    {.lora = RANK, .alpha = 6}, {.adapter = CO_ADAPTER_INPUT}, {.adapter = CO_ADAPTER_OUTPUT}};
enum { NUM_KINDS = sizeof kinds / sizeof *kinds };

static fixture *make_kind(int kind) {
  return make_at(co_kernels_get(), WEIGHT, kinds[kind]);
}

static void release(fixture *f) {
  free(f->grad);
  co_network_free(&f->net);
  co_arena_free(&f->arena);
  free(f);
}

static float *weight_of(const fixture *f) {
  return f->net.tensor[WEIGHT].data;
}

static float *start_of(const fixture *f) {
  return f->adam.start + (weight_of(f) - f->net.block);
}

// Gradients of all numbers, zero in the padding.
static void draw_gradients(fixture *f) {
  for (int t = 0; t < f->net.num_tensors; t++) {
    const co_tensor *tensor = &f->net.tensor[t];
    float *g = f->grad + ((float *)tensor->data - f->net.block);
    for (int row = 0; row < tensor->rows; row++)
      co_rng_normals(&f->rng, g + row * tensor->stride, tensor->cols);
  }
}

static void step(fixture *f, int steps) {
  for (int i = 0; i < steps; i++) {
    draw_gradients(f);
    for (int t = 0; t < f->net.num_tensors; t++) {
      co_adam_reduce(&f->adam, t, f->grad, f->net.size, 1);
      co_adam_step(&f->adam, t, f->grad, 1, 1e-2);
    }
  }
}

// s sum_k A[i][k] B[k][j], in double
static double moved_by(const co_adapter *adapter, int i, int j) {
  double sum = 0;
  for (int k = 0; k < adapter->inner; k++)
    sum += (double)adapter->left[i * adapter->inner_stride + k] *
           (double)adapter->right[k * adapter->stride + j];
  return (double)adapter->scale * sum;
}

// Rank of W - W0, by elimination with the largest pivot; what is left below 1e-5 of the first
// counts as rounding.
static int rank_of_move(const fixture *f) {
  double m[IN][OUT];
  int stride = f->net.tensor[WEIGHT].stride, rank = 0;
  for (int i = 0; i < IN; i++)
    for (int j = 0; j < OUT; j++)
      m[i][j] = (double)weight_of(f)[i * stride + j] - (double)start_of(f)[i * stride + j];
  for (double first = 0; rank < IN; rank++) {
    int row = rank, col = rank;
    for (int i = rank; i < IN; i++)
      for (int j = rank; j < OUT; j++)
        if (fabs(m[i][j]) > fabs(m[row][col])) row = i, col = j;
    double pivot = m[row][col];
    if (rank == 0) first = fabs(pivot);
    if (fabs(pivot) <= 1e-5 * first) break;
    for (int j = 0; j < OUT; j++) {
      double other = m[rank][j];
      m[rank][j] = m[row][j];
      m[row][j] = other;
    }
    for (int i = 0; i < IN; i++) {
      double other = m[i][rank];
      m[i][rank] = m[i][col];
      m[i][col] = other;
    }
    for (int i = rank + 1; i < IN; i++) {
      double factor = m[i][rank] / pivot;
      for (int j = rank; j < OUT; j++) m[i][j] -= factor * m[rank][j];
    }
  }
  return rank;
}

START_TEST(begins_as_it_was) {
  fixture *f = make_kind(_i);
  const co_adapter *adapter = &f->adam.adapter[WEIGHT];
  double square = 0;
  for (int i = 0; i < IN; i++) {
    for (int k = 0; k < RANK; k++)
      square += pow((double)adapter->left[i * adapter->inner_stride + k], 2) / RANK;
    for (int j = 0; j < OUT; j++) ck_assert(moved_by(adapter, i, j) == 0);
  }
  if (_i == 0) ck_assert_double_eq_tol(square, 1, 0.6);  // variance 1 / in, of 36 numbers
  // written anew by a step of rate 0, all has the bits that it had
  draw_gradients(f);
  for (int t = 0; t < f->net.num_tensors; t++) {
    co_adam_reduce(&f->adam, t, f->grad, f->net.size, 1);
    co_adam_step(&f->adam, t, f->grad, 1, 0);
  }
  ck_assert_mem_eq(f->net.block, f->adam.start, f->net.size * sizeof(float));
  release(f);
}
END_TEST

// The loss 1/2 ||W - T||^2 with W = W0 + s A B: its derivatives by A and B, by central differences
// in double.
static double loss(const fixture *f, const float *target) {
  const co_adapter *adapter = &f->adam.adapter[WEIGHT];
  double sum = 0;
  for (int i = 0; i < IN; i++)
    for (int j = 0; j < OUT; j++) {
      int at = i * adapter->stride + j;
      sum += 0.5 * pow((double)start_of(f)[at] + moved_by(adapter, i, j) - (double)target[at], 2);
    }
  return sum;
}

// Whether number i of what is trained is none of the padding.
static bool is_number(const co_adapter *adapter, size_t i) {
  size_t left = adapter->dleft ? (size_t)(adapter->rows * adapter->inner_stride) : 0;
  if (i < left) return i % (size_t)adapter->inner_stride < (size_t)adapter->inner;
  return (i - left) % (size_t)adapter->stride < (size_t)adapter->cols;
}

START_TEST(gradients_are_those_of_the_weight) {
  fixture *f = make_kind(_i);
  const co_adapter *adapter = &f->adam.adapter[WEIGHT];
  step(f, 5);  // so that no factor is zero
  draw_gradients(f);
  size_t at = (size_t)(weight_of(f) - f->net.block);
  float *target = calloc(f->net.size, sizeof *target);
  for (int i = 0; i < IN * adapter->stride; i++) {
    target[i] = f->grad[at + (size_t)i];
    f->grad[at + (size_t)i] = weight_of(f)[i] - target[i];
  }
  double square = co_adam_reduce(&f->adam, WEIGHT, f->grad, f->net.size, 1), sum = 0;
  for (size_t i = 0; i < adapter->size; i++) {
    double got = (double)adapter->grad[i];
    sum += got * got;
    if (!is_number(adapter, i)) {
      ck_assert(adapter->grad[i] == 0);
      continue;
    }
    const float value = adapter->value[i], step = 0x1p-8f;
    adapter->value[i] = value + step;
    double above = loss(f, target), by = (double)adapter->value[i];
    adapter->value[i] = value - step;
    double below = loss(f, target), want = (above - below) / (by - (double)adapter->value[i]);
    adapter->value[i] = value;
    ck_assert(fabs(want) > 0);
    ck_assert_double_eq_tol(got, want, 1e-4 * (1 + fabs(want)));
  }
  ck_assert_double_eq_tol(square, sum, 1e-6 * sum);
  free(target);
  release(f);
}
END_TEST

// The merged weight is W0 and the adapter's product; of rank `_i` it has moved in so many
// directions.
START_TEST(moves_in_its_directions_only) {
  int rank = _i ? _i : IN;
  fixture *f = make(co_kernels_get(), rank);
  step(f, 40);
  const co_adapter *adapter = &f->adam.adapter[WEIGHT];
  double most = 0;
  for (int i = 0; i < IN; i++)
    for (int j = 0; j < OUT; j++) {
      int at = i * adapter->stride + j;
      double unmerged = (double)start_of(f)[at] + moved_by(adapter, i, j);
      ck_assert_double_eq_tol((double)weight_of(f)[at], unmerged, 1e-6);
      most = fmax(most, fabs(moved_by(adapter, i, j)));
    }
  ck_assert_double_gt(most, 0.05);
  ck_assert_int_eq(rank_of_move(f), rank);
  for (int i = 0; i < IN; i++)
    for (int j = OUT; j < adapter->stride; j++)
      ck_assert(weight_of(f)[i * adapter->stride + j] == 0);
  release(f);
}
END_TEST

// Other tensors do not know of it: their bits are those without any adapter.
START_TEST(others_are_as_without) {
  static const double flop[] = {6.0 * IN * RANK * OUT, 4.0 * (IN + 1) * IN * OUT,
                                4.0 * IN * OUT * OUT};
  fixture *f = make_kind(_i), *plain = make(co_kernels_get(), 0);
  ck_assert_ptr_null(plain->adam.adapter);
  step(f, 5), step(plain, 5);
  for (int t = 0; t < f->net.num_tensors; t++) {
    bool same = co_tensor_hash(&f->net.tensor[t]) == co_tensor_hash(&plain->net.tensor[t]);
    bool adapted = co_tensor_rule_adapts(&f->rule[t]);
    ck_assert_int_eq(same, !adapted);
    ck_assert_int_eq(f->adam.adapter[t].inner > 0, adapted);
  }
  ck_assert_double_eq(co_adam_adapter_flop(&plain->adam), 0);
  ck_assert_double_eq(co_adam_adapter_flop(&f->adam), flop[_i]);
  release(f);
  release(plain);
}
END_TEST

START_TEST(same_bits_at_every_level) {
  uint64_t want = 0;
  for (int i = 0; co_kernels_names[i]; i++) {
    const co_kernels *kernels = co_kernels_named(co_kernels_names[i]);
    if (!kernels) continue;
    fixture *f = make_at(kernels, WEIGHT, kinds[_i]);
    step(f, 10);
    uint64_t hash = co_tensor_hash(&f->net.tensor[WEIGHT]);
    if (i == 0) want = hash;
    ck_assert_uint_eq(hash, want);
    release(f);
  }
}
END_TEST

// Going back restores adapters and their moments too.
START_TEST(goes_back_to_what_was_saved) {
  fixture *f = make_kind(_i);
  step(f, 3);
  co_adam_save(&f->adam);
  co_rng before = f->rng;
  step(f, 4);
  uint64_t want = co_tensor_hash(&f->net.tensor[WEIGHT]);
  co_adam_restore(&f->adam);
  ck_assert(co_tensor_hash(&f->net.tensor[WEIGHT]) != want);
  f->rng = before;
  step(f, 4);
  ck_assert_uint_eq(co_tensor_hash(&f->net.tensor[WEIGHT]), want);
  release(f);
}
END_TEST

// As if all had been so from the start: W, W0 and what lies between are twice as large, also in the
// steps that follow.
START_TEST(rescales_with_its_weight) {
  fixture *f = make_kind(_i);
  step(f, 5);
  const co_adapter *adapter = &f->adam.adapter[WEIGHT];
  double before = moved_by(adapter, 1, 2);
  int at = adapter->stride + 2;
  float value = weight_of(f)[at], start = start_of(f)[at];
  co_adam_rescale(&f->adam, WEIGHT, 2);
  ck_assert(weight_of(f)[at] == 2 * value);
  ck_assert(start_of(f)[at] == 2 * start);
  ck_assert_double_eq(moved_by(adapter, 1, 2), 2 * before);
  step(f, 1);
  ck_assert_double_eq_tol((double)weight_of(f)[at], 2 * (double)start + moved_by(adapter, 1, 2),
                          1e-6);
  release(f);
}
END_TEST

// Decay shrinks what the adapter adds, and the pull towards the start does.
START_TEST(decay_and_pull_lead_back) {
  for (int pulls = 0; pulls < 2; pulls++) {
    fixture *f = make_kind(_i);
    step(f, 10);
    double far = 0, near = 0;
    const co_adapter *adapter = &f->adam.adapter[WEIGHT];
    for (int i = 0; i < IN * OUT; i++) far += fabs(moved_by(adapter, i / OUT, i % OUT));
    f->adam.rule[WEIGHT].decay = pulls ? 0 : 1;
    f->adam.pull[WEIGHT].strength = pulls ? 1 : 0;
    for (int i = 0; i < 200; i++) {
      memset(f->grad, 0, f->net.size * sizeof *f->grad);
      co_adam_reduce(&f->adam, WEIGHT, f->grad, f->net.size, 1);
      co_adam_step(&f->adam, WEIGHT, f->grad, 1, 1e-2);
    }
    for (int i = 0; i < IN * OUT; i++) near += fabs(moved_by(adapter, i / OUT, i % OUT));
    ck_assert_double_lt(near, 0.3 * far);
    release(f);
  }
}
END_TEST

// ---- linear layers

enum { ROWS = 9, WIDEST = 24 };

static const struct {
  int layer;
  co_adapter_kind kind;
} explicit_layers[] = {{0, CO_ADAPTER_INPUT},  {1, CO_ADAPTER_INPUT},  {2, CO_ADAPTER_INPUT},
                       {0, CO_ADAPTER_OUTPUT}, {1, CO_ADAPTER_OUTPUT}, {2, CO_ADAPTER_OUTPUT}};

// The network with the linear layer as one of its own, in double: in front x + x M + v, behind
// y + (y - b0) M + v. What is behind has W0 and b0.
typedef struct explicit_net {
  const fixture *f;
  int layer;
  co_adapter_kind kind;
  double x[ROWS][WIDEST];
  double m[WIDEST * WIDEST], v[WIDEST];  // M (stride WIDEST)
  double by[ROWS][2];                    // the loss is the sum of outputs times these
  double y[ROWS][2];
} explicit_net;

static const co_dense *layer_of(const fixture *f, int layer) {
  return &f->net.part[CO_ACTOR].layer[layer];
}

// h + h M + v, in place; without the part `less` of h in the product
static void linear(const explicit_net *e, int width, const float *less, double *h) {
  double by[WIDEST];
  for (int k = 0; k < width; k++) by[k] = h[k] - (less ? (double)less[k] : 0);
  for (int j = 0; j < width; j++) {
    h[j] += e->v[j];
    for (int k = 0; k < width; k++) h[j] += by[k] * e->m[k * WIDEST + j];
  }
}

static void explicit_row(explicit_net *e, int row) {
  const fixture *f = e->f;
  double h[WIDEST], next[WIDEST];
  memcpy(h, e->x[row], sizeof h);
  for (int l = 0; l < f->net.num_layers; l++) {
    const co_dense *layer = layer_of(f, l);
    bool here = l == e->layer;
    const float *block = here ? f->adam.start : f->net.block;
    if (here && e->kind == CO_ADAPTER_INPUT) linear(e, layer->in, NULL, h);
    for (int j = 0; j < layer->out; j++) {
      next[j] = (double)block[layer->bias + (size_t)j];
      for (int k = 0; k < layer->in; k++)
        next[j] += h[k] * (double)block[layer->weight + (size_t)(k * layer->out_stride + j)];
    }
    if (here && e->kind == CO_ADAPTER_OUTPUT) linear(e, layer->out, block + layer->bias, next);
    bool hidden = l < f->net.num_layers - 1;
    for (int j = 0; j < layer->out; j++) h[j] = hidden ? tanh(next[j]) : next[j];
  }
  memcpy(e->y[row], h, sizeof e->y[row]);
}

static double explicit_loss(void *context) {
  explicit_net *e = context;
  double sum = 0;
  for (int r = 0; r < ROWS; r++) {
    explicit_row(e, r);
    for (int j = 0; j < 2; j++) sum += e->by[r][j] * e->y[r][j];
  }
  return sum;
}

// Takes the linear layer out of the adapters of the layer's weight and bias.
static void make_explicit(const fixture *f, int layer, co_adapter_kind kind, explicit_net *e) {
  const co_dense *dense = layer_of(f, layer);
  const co_adapter *weight = &f->adam.adapter[dense->tensor], *bias = weight + 1;
  *e = (explicit_net){.f = f, .layer = layer, .kind = kind};
  int stride = kind == CO_ADAPTER_INPUT ? weight->inner_stride : weight->stride;
  for (int i = 0; i < weight->inner; i++)
    for (int j = 0; j < weight->inner; j++)
      e->m[i * WIDEST + j] = (double)weight->value[i * stride + j];
  for (int j = 0; j < weight->inner; j++) {
    size_t at = dense->bias + (size_t)j;
    e->v[j] = kind == CO_ADAPTER_INPUT ? (double)bias->value[j]
                                       : (double)f->net.block[at] - (double)f->adam.start[at];
  }
}

typedef struct pass {
  float *x, *output[3], *delta[3], *transposed[3];
  co_mlp mlp;
} pass;

static void run_pass(fixture *f, explicit_net *e, pass *p) {
  p->mlp = co_mlp_view(co_kernels_get(), &f->net, f->net.part[CO_ACTOR].layer);
  p->x = co_arena_alloc(&f->arena, ROWS * CO_LANES, sizeof(float));
  for (int l = 0; l < 3; l++) {
    co_dense_view *view = &p->mlp.layer[l];
    size_t size = ROWS * (size_t)view->out_stride;
    p->output[l] = co_arena_alloc(&f->arena, size, sizeof(float));
    p->delta[l] = co_arena_alloc(&f->arena, size, sizeof(float));
    float *transposed = co_arena_alloc(&f->arena, (size_t)view->out * (size_t)view->in_stride, 4);
    p->mlp.kernels->transpose(view->weight, view->in, view->out_stride, view->out, transposed,
                              view->in_stride);
    view->transposed = transposed;
  }
  for (int r = 0; r < ROWS; r++) {
    float drawn[2];
    co_rng_normals(&f->rng, p->x + r * CO_LANES, def.obs_dim);
    co_rng_normals(&f->rng, drawn, 2);
    for (int k = 0; k < def.obs_dim; k++) e->x[r][k] = (double)p->x[r * CO_LANES + k];
    for (int j = 0; j < 2; j++) {
      p->delta[2][r * CO_LANES + j] = drawn[j];
      e->by[r][j] = (double)drawn[j];
    }
  }
  co_mlp_forward(&p->mlp, p->x, CO_LANES, ROWS, p->output);
  co_mlp_backward(&p->mlp, &(co_mlp_backward_args){.x = p->x,
                                                   .x_stride = CO_LANES,
                                                   .rows = ROWS,
                                                   .output = p->output,
                                                   .delta = p->delta,
                                                   .grad = f->grad});
}

// After some steps the merged network computes what the source with the linear layer does, and the
// gradients of the adapter are those of this layer.
START_TEST(is_an_explicit_linear_layer) {
  int layer = explicit_layers[_i].layer;
  co_adapter_kind kind = explicit_layers[_i].kind;
  fixture *f = make_at(co_kernels_get(), 2 * layer, (co_tensor_rule){.adapter = kind});
  step(f, 10);
  explicit_net e;
  pass p;
  make_explicit(f, layer, kind, &e);
  run_pass(f, &e, &p);
  explicit_loss(&e);
  double moved = 0;
  for (int r = 0; r < ROWS; r++)
    for (int j = 0; j < 2; j++)
      ck_assert_double_eq_tol((double)p.output[2][r * CO_LANES + j], e.y[r][j], 2e-5);
  const co_adapter *weight = &f->adam.adapter[2 * layer];
  for (int i = 0; i < weight->inner; i++) moved += fabs(e.m[i * WIDEST]) + fabs(e.v[i]);
  ck_assert_double_gt(moved, 0.05);
  float grad[WIDEST * WIDEST];
  for (int t = 2 * layer; t < 2 * layer + 2; t++)
    co_adam_reduce(&f->adam, t, f->grad, f->net.size, 1);
  int stride = kind == CO_ADAPTER_INPUT ? weight->inner_stride : weight->stride;
  for (int i = 0; i < weight->inner; i++)
    memcpy(grad + i * WIDEST, weight->grad + i * stride, (size_t)weight->inner * sizeof *grad);
  slopes of = {.name = "matrix",
               .value = e.m,
               .grad = grad,
               .rows = weight->inner,
               .cols = weight->inner,
               .stride = WIDEST,
               .row_step = 1,
               .col_step = 1,
               .tolerance = 1e-5};
  slopes_compare(&of, explicit_loss, &e);
  // what it adds: by the adapter of the bias, or the bias itself
  const float *added =
      kind == CO_ADAPTER_INPUT ? weight[1].grad : f->grad + layer_of(f, layer)->bias;
  of = (slopes){.name = "offset",
                .value = e.v,
                .grad = added,
                .rows = 1,
                .cols = weight->inner,
                .stride = WIDEST,
                .row_step = 1,
                .col_step = 1,
                .tolerance = 1e-5};
  slopes_compare(&of, explicit_loss, &e);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("adapter");
  TCase *tcase = tcase_create("adapter");
  tcase_add_loop_test(tcase, begins_as_it_was, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, gradients_are_those_of_the_weight, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, moves_in_its_directions_only, 0, 5);
  tcase_add_loop_test(tcase, others_are_as_without, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, same_bits_at_every_level, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, goes_back_to_what_was_saved, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, rescales_with_its_weight, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, decay_and_pull_lead_back, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, is_an_explicit_linear_layer, 0,
                      sizeof explicit_layers / sizeof *explicit_layers);
  suite_add_tcase(suite, tcase);
  return suite;
}
