// bench nn: passes of one multi-layer perceptron against the multiply-add peak of one core, and
// against the same passes with OpenBLAS for their products.
//
//   forward   `rows` rows
//   update    forward, backward (loss = half the sum of squared outputs), gradients, one Adam step
//   latency   from raw observations to sampled actions: normalise, forward, add noise
//
// All on one thread, in processor time, so that what else runs on the machine counts little.

#include "agents/nn/adam.h"
#include "agents/nn/gaussian.h"
#include "agents/nn/mlp.h"
#include "agents/nn/normalizer.h"
#include "cli/bench/bench.h"
#include "cli/bench/blas.h"
#include "cli/bench/nn_reference.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum nn_case { LATENCY, FORWARD, UPDATE } nn_case;
static const char *const case_names[] = {"latency", "forward", "update", NULL};

enum { MAX_SHAPE = CO_MAX_HIDDEN + 2, MAX_ROWS = 1 << 16 };

// One network with everything that a pass reads and writes; two of them are equal at the start.
typedef struct nn {
  co_arena arena;  // the arrays
  co_network net;
  co_mlp mlp;
  co_adam adam;
  co_normalizer norm;
  co_gaussian gaussian;
  co_rng noise;
  int rows, x_stride;
  float *obs, *x, *action, *grad;  // (rows x in), (rows x x_stride), (rows x out), (net.size)
  float *output[CO_MAX_LAYERS], *delta[CO_MAX_LAYERS], *transposed[CO_MAX_LAYERS];
} nn;

typedef struct state {
  nn_case kind;
  double shape[MAX_SHAPE];
  int num_shape;
  int64_t rows;
  nn own, blas;
  const co_kernels *opponent;  // NULL: not installed
  double *us, *blas_us;        // (repeats)
  int count;
  double max_error;
} state;

// --- settings

// "17,64,64,6"
static co_status read_shape(const cli_args *args, state *s) {
  const char *text = cli_value(args, "shape");
  int64_t width;
  if (!text) text = "17,64,64,6";
  for (const char *at = text;; at++) {
    char number[16];
    size_t length = strcspn(at, ",");
    snprintf(number, sizeof number, "%.*s", (int)length, at);
    if (s->num_shape == MAX_SHAPE || length >= sizeof number || !co_parse_int(number, &width) ||
        width < 1 || width > CO_MAX_WIDTH)
      return co_fail(CO_USAGE, "--shape: \"%s\" is not a list of 2 to %d widths from 1 to %d", text,
                     MAX_SHAPE, CO_MAX_WIDTH);
    s->shape[s->num_shape++] = (double)width;
    at += length;
    if (!*at) break;
  }
  if (s->num_shape >= 2) return CO_OK;
  return co_fail(CO_USAGE, "--shape: \"%s\" has no output", text);
}

static co_status read_case(const cli_args *args, state *s) {
  const char *text = cli_value(args, "case");
  s->kind = FORWARD;
  for (int i = 0; text && case_names[i]; i++) {
    if (strcmp(text, case_names[i]) == 0) {
      s->kind = (nn_case)i;
      return CO_OK;
    }
  }
  if (!text) return CO_OK;
  return co_fail(CO_USAGE, "--case: \"%s\" is none of latency, forward, update", text);
}

// --- networks

static float *floats(nn *n, int rows, int cols, bool *whole) {
  float *x = co_arena_alloc(&n->arena, (size_t)rows * (size_t)cols, sizeof *x);
  *whole = *whole && x;
  return x;
}

static co_status allocate(nn *n) {
  bool whole = true;
  const co_network_def *def = &n->net.def;
  n->x_stride = n->mlp.layer[0].in_stride;
  n->obs = floats(n, n->rows, def->obs_dim, &whole);
  n->x = floats(n, n->rows, n->x_stride, &whole);
  n->action = floats(n, n->rows, def->act_dim, &whole);
  n->grad = floats(n, 1, (int)n->net.size, &whole);
  for (int l = 0; l < n->mlp.num_layers; l++) {
    co_dense_view *layer = &n->mlp.layer[l];
    n->output[l] = floats(n, n->rows, layer->out_stride, &whole);
    n->delta[l] = floats(n, n->rows, layer->out_stride, &whole);
    n->transposed[l] = floats(n, layer->out, layer->in_stride, &whole);
    layer->transposed = n->transposed[l];
  }
  return whole ? CO_OK : CO_MEMORY;
}

static void transpose(nn *n) {
  for (int l = 0; l < n->mlp.num_layers; l++) {
    const co_dense_view *layer = &n->mlp.layer[l];
    co_transpose(layer->weight, layer->in, layer->out_stride, layer->out, n->transposed[l],
                 layer->in_stride);
  }
}

// numbers of ordinary size, the same for both networks
static void fill(nn *n, uint64_t seed) {
  co_stream stream = {seed, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  co_network_init(&n->net, &stream);
  const co_dense *last = &n->net.part[CO_ACTOR].layer[n->net.num_layers - 1];
  for (int k = 0; k < last->in; k++)
    co_rng_normals(&rng, n->net.block + last->weight + (size_t)k * (size_t)last->out_stride,
                   last->out);
  co_rng_normals(&rng, n->obs, n->rows * n->net.def.obs_dim);
  co_normalizer_apply(&n->norm, n->obs, n->rows, n->x, n->x_stride);
  n->noise = co_rng_make(&stream, 1);
  transpose(n);
}

static co_status create(const state *s, const co_kernels *kernels, uint64_t seed, nn *n) {
  co_network_def def = {.obs_dim = (int)s->shape[0],
                        .act_dim = (int)s->shape[s->num_shape - 1],
                        .num_hidden = s->num_shape - 2,
                        .activation = CO_TANH};
  for (int i = 0; i < def.num_hidden; i++) def.hidden[i] = (int)s->shape[i + 1];
  n->rows = (int)s->rows;
  CO_TRY(co_network_create(&def, &n->net));
  CO_TRY(co_normalizer_create(def.obs_dim, &n->norm));
  CO_TRY(co_adam_create(&n->arena, kernels, &n->net, NULL, 1e-5, &n->adam));
  CO_TRY(co_gaussian_create(&n->arena, def.act_dim, &n->gaussian));
  n->mlp = co_mlp_view(kernels, &n->net, n->net.part[CO_ACTOR].layer);
  CO_TRY(allocate(n));
  fill(n, seed);
  co_gaussian_set(&n->gaussian, kernels, n->net.block + n->net.log_std);
  return CO_OK;
}

static void destroy(nn *n) {
  co_normalizer_free(&n->norm);
  co_network_free(&n->net);
  co_arena_free(&n->arena);
}

// --- passes

static void pass_forward(nn *n) {
  co_mlp_forward(&n->mlp, n->x, n->x_stride, n->rows, n->output);
}

static void pass_latency(nn *n) {
  int last = n->mlp.num_layers - 1, stride = n->mlp.layer[last].out_stride;
  co_normalizer_apply(&n->norm, n->obs, n->rows, n->x, n->x_stride);
  pass_forward(n);
  for (int r = 0; r < n->rows; r++)
    co_gaussian_sample(&n->gaussian, n->output[last] + (ptrdiff_t)r * stride, &n->noise,
                       n->action + (ptrdiff_t)r * n->gaussian.dim);
}

static void pass_gradient(nn *n) {
  int last = n->mlp.num_layers - 1;
  pass_forward(n);
  memcpy(n->delta[last], n->output[last],
         (size_t)n->rows * (size_t)n->mlp.layer[last].out_stride * sizeof(float));
  co_mlp_backward(&n->mlp, &(co_mlp_backward_args){.x = n->x,
                                                   .x_stride = n->x_stride,
                                                   .rows = n->rows,
                                                   .output = n->output,
                                                   .delta = n->delta,
                                                   .grad = n->grad});
}

// The rate is 0, so that every pass is the same; the arithmetic is too.
static void pass_update(nn *n) {
  pass_gradient(n);
  for (int l = 0; l < n->mlp.num_layers; l++) {
    int tensor = n->mlp.dense[l].tensor;
    co_adam_step(&n->adam, tensor, n->grad, 1, 0);
    co_adam_step(&n->adam, tensor + 1, n->grad, 1, 0);
  }
  if (n->mlp.kernels == co_kernels_get()) transpose(n);  // BLAS does without
}

static void (*const passes[])(nn *n) = {pass_latency, pass_forward, pass_update};

static double pass_flop(const state *s) {
  double flop = co_mlp_forward_flop(&s->own.mlp);
  if (s->kind == UPDATE) flop += co_mlp_backward_flop(&s->own.mlp, NULL);
  return flop * (double)s->rows;
}

// [s] of one pass
static double time_pass(const state *s, nn *n, double seconds) {
  int64_t count = 0;
  double began = co_clock_cpu(), took = 0;
  for (int batch = 1; took < seconds; batch = batch < 1024 ? 2 * batch : batch) {
    for (int i = 0; i < batch; i++) passes[s->kind](n);
    count += batch;
    took = co_clock_cpu() - began;
  }
  return took / (double)count;
}

// --- the bench

static double find_error(state *s) {
  nn *n = &s->own;
  if (s->kind == UPDATE) {
    pass_gradient(n);
    return nn_gradient_error(&n->mlp, n->net.block, n->x, n->x_stride, n->rows, n->grad);
  }
  pass_forward(n);
  return nn_forward_error(&n->mlp, n->net.block, n->x, n->x_stride, n->rows,
                          n->output[n->mlp.num_layers - 1]);
}

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->us = co_alloc(2 * (size_t)b->repeats, sizeof *s->us);
  if (!s->us) return CO_MEMORY;
  s->blas_us = s->us + b->repeats;
  CO_TRY(read_case(b->args, s));
  CO_TRY(read_shape(b->args, s));
  s->rows = s->kind == LATENCY ? 1 : 256;
  CO_TRY(cli_int(b->args, "rows", 1, MAX_ROWS, &s->rows));
  b->threads = 1;
  CO_TRY(create(s, co_kernels_get(), cli_seed(b->args), &s->own));
  s->opponent = blas_kernels(co_kernels_get(), cli_value(b->args, "isa") != NULL);
  if (s->opponent) CO_TRY(create(s, s->opponent, cli_seed(b->args), &s->blas));
  b->blas = blas_name();
  b->blas_core = blas_core();
  s->max_error = find_error(s);
  return s->max_error < 1e-3 ? CO_OK : co_fail(CO_INTERNAL, "bench nn: wrong by %g", s->max_error);
}

static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  double each = b->seconds / 3;
  *limit = co_kernels_peak(each / 2) * 1e-9;
  double own = time_pass(s, &s->own, each);
  s->us[s->count] = own * 1e6;
  s->blas_us[s->count] = s->opponent ? time_pass(s, &s->blas, each) * 1e6 : (double)NAN;
  s->count++;
  *value = pass_flop(s) / own * 1e-9;
  return CO_OK;
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json_set_string(object, "case", case_names[s->kind]);
  co_json_set(object, "shape", co_json_numbers(s->shape, s->num_shape));
  co_json_set_int(object, "rows", s->rows);
  co_json_set_number(object, "us", bench_median(s->us, s->count));
  co_json_set_number(object, "gflops", b->value);
  co_json_set_number(object, "openblas_us",
                     s->opponent ? bench_median(s->blas_us, s->count) : (double)NAN);
  co_json_set_number(object, "max_error", s->max_error);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  destroy(&s->own);
  destroy(&s->blas);
  free(s->us);
  free(s);
}

const bench_kind bench_nn = {
    .name = "nn",
    .unit = "GFLOP/s",
    .limit_name = "multiply-add peak of one core",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
