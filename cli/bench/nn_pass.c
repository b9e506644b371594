#include "cli/bench/nn_pass.h"

#include "cli/bench/nn_reference.h"
#include "core/clock.h"

#include <string.h>

const char *const nn_case_names[] = {"latency",  "forward", "update", "backward",
                                     "gradient", "lstm",    "gru",    NULL};

bool nn_case_remembers(nn_case which) {
  return which == NN_LSTM || which == NN_GRU;
}

bool nn_case_is_layer(nn_case which) {
  return which == NN_BACKWARD || which == NN_GRADIENT || nn_case_remembers(which);
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
  n->dx = floats(n, n->rows, n->x_stride, &whole);
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
    n->mlp.kernels->transpose(layer->weight, layer->in, layer->out_stride, layer->out,
                              n->transposed[l], layer->in_stride);
  }
}

// the derivative of half the sum of squared outputs by the outputs, which they are themselves
static void derive_loss(nn *n, int rows) {
  int last = n->mlp.num_layers - 1;
  memcpy(n->delta[last], n->output[last],
         (size_t)rows * (size_t)n->mlp.layer[last].out_stride * sizeof(float));
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
  nn_pass(n, NN_FORWARD, n->rows);
  derive_loss(n, n->rows);
}

static co_status create_memory(const nn_shape *shape, nn_case which, int rows,
                               const co_kernels *kernels, uint64_t seed, nn *out) {
  const co_recurrent_def def = {.cell = which == NN_LSTM ? CO_LSTM : CO_GRU,
                                .in = (int)shape->width[0],
                                .width = (int)shape->width[1],
                                .forget_bias = 1};
  out->remembers = true;
  return nn_memory_create(&def, rows, kernels, seed, &out->memory);
}

co_status nn_create(const nn_shape *shape, nn_case which, int rows, const co_kernels *kernels,
                    uint64_t seed, nn *out) {
  if (nn_case_remembers(which)) return create_memory(shape, which, rows, kernels, seed, out);
  co_network_def def = {.obs_dim = (int)shape->width[0],
                        .act_dim = (int)shape->width[shape->count - 1],
                        .num_hidden = shape->count - 2,
                        .activation = CO_TANH};
  for (int i = 0; i < def.num_hidden; i++) def.hidden[i] = (int)shape->width[i + 1];
  out->rows = rows;
  CO_TRY(co_network_create(&def, &out->net));
  CO_TRY(co_normalizer_create(def.obs_dim, &out->norm));
  CO_TRY(co_adam_create(&out->arena, kernels, &out->net, NULL, NULL, 1e-5, &out->adam));
  CO_TRY(co_gaussian_create(&out->arena, def.act_dim, &out->gaussian));
  out->mlp = co_mlp_view(kernels, &out->net, out->net.part[CO_ACTOR].layer);
  CO_TRY(allocate(out));
  fill(out, seed);
  co_gaussian_set(&out->gaussian, kernels, out->net.block + out->net.log_std);
  return CO_OK;
}

void nn_destroy(nn *n) {
  nn_memory_destroy(&n->memory);
  co_normalizer_free(&n->norm);
  co_network_free(&n->net);
  co_arena_free(&n->arena);
}

// --- passes

static void pass_forward(nn *n, int rows) {
  co_mlp_forward(&n->mlp, n->x, n->x_stride, rows, n->output);
}

static void pass_latency(nn *n, int rows) {
  int last = n->mlp.num_layers - 1, stride = n->mlp.layer[last].out_stride;
  co_normalizer_apply(&n->norm, n->obs, rows, n->x, n->x_stride);
  pass_forward(n, rows);
  for (int r = 0; r < rows; r++)
    co_gaussian_sample(&n->gaussian, n->output[last] + (ptrdiff_t)r * stride, &n->noise,
                       n->action + (ptrdiff_t)r * n->gaussian.dim);
}

static void derive_network(nn *n, int rows) {
  pass_forward(n, rows);
  derive_loss(n, rows);
  co_mlp_backward(&n->mlp, &(co_mlp_backward_args){.x = n->x,
                                                   .x_stride = n->x_stride,
                                                   .rows = rows,
                                                   .output = n->output,
                                                   .delta = n->delta,
                                                   .grad = n->grad});
}

// The rate is 0, so that every pass is the same; the arithmetic is too.
static void pass_update(nn *n, int rows) {
  derive_network(n, rows);
  for (int l = 0; l < n->mlp.num_layers; l++) {
    int tensor = n->mlp.dense[l].tensor;
    co_adam_step(&n->adam, tensor, n->grad, 1, 0);
    co_adam_step(&n->adam, tensor + 1, n->grad, 1, 0);
  }
  if (n->mlp.kernels == co_kernels_get()) transpose(n);  // BLAS does without
}

static void pass_backward(nn *n, int rows) {
  n->mlp.kernels->backward(&n->mlp.layer[0], n->delta[0], NULL, rows, -1, n->dx);
}

static void pass_gradient(nn *n, int rows) {
  const co_dense *dense = &n->mlp.dense[0];
  n->mlp.kernels->gradient(&n->mlp.layer[0], n->x, n->x_stride, n->delta[0], rows, CO_SUM_CHAIN,
                           n->grad + dense->weight, n->grad + dense->bias);
}

static void pass_memory(nn *n, int rows) {
  nn_memory_pass(&n->memory, rows);
}

void nn_pass(nn *n, nn_case which, int rows) {
  static void (*const passes[])(nn *, int) = {pass_latency,  pass_forward,  pass_update,
                                              pass_backward, pass_gradient, pass_memory,
                                              pass_memory};
  passes[which](n, rows);
}

double nn_flop(const nn *n, nn_case which, int rows) {
  if (n->remembers) return nn_memory_flop(&n->memory, rows);
  double flop = co_mlp_forward_flop(&n->mlp);  // backward and gradient: as many, of the one layer
  if (which == NN_UPDATE) flop += co_mlp_backward_flop(&n->mlp, NULL);
  return flop * (double)rows;
}

double nn_time(nn *n, nn_case which, int rows, double seconds) {
  int64_t count = 0;
  nn_pass(n, which, rows);  // its data come into the caches
  double began = co_clock_cpu(), took = 0;
  for (int batch = 1; took < seconds; batch = batch < 1024 ? 2 * batch : batch) {
    for (int i = 0; i < batch; i++) nn_pass(n, which, rows);
    count += batch;
    took = co_clock_cpu() - began;
  }
  return took / (double)count;
}

double nn_error(nn *n, nn_case which, int rows) {
  if (n->remembers) return nn_memory_error(&n->memory, rows);
  const float *block = n->net.block;
  int last = n->mlp.num_layers - 1;
  if (which == NN_UPDATE)
    derive_network(n, rows);
  else
    nn_pass(n, which, rows);
  if (which == NN_BACKWARD)
    return nn_backward_error(&n->mlp.dense[0], block, n->delta[0], rows, n->dx, n->x_stride);
  if (which == NN_UPDATE || which == NN_GRADIENT)
    return nn_gradient_error(&n->mlp, block, n->x, n->x_stride, rows, n->grad);
  return nn_forward_error(&n->mlp, block, n->x, n->x_stride, rows, n->output[last]);
}
