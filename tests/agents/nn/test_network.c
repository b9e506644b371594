// Networks: layout and names, orthogonal start values, forward and backward passes against double
// precision.

#include "agents/nn/mlp.h"
#include "agents/nn/network.h"
#include "tests/support/acting.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const co_stream stream = {11, 3, CO_PURPOSE_INIT};

static const co_network_def defs[] = {
    {.obs_dim = 11, .act_dim = 3, .num_hidden = 2, .hidden = {64, 64}, .activation = CO_TANH},
    {.obs_dim = 17, .act_dim = 6, .num_hidden = 2, .hidden = {64, 64}, .activation = CO_RELU},
    {.obs_dim = 3, .act_dim = 1, .num_hidden = 1, .hidden = {5}, .activation = CO_TANH},
    {.obs_dim = 40, .act_dim = 2, .num_hidden = 3, .hidden = {20, 33, 7}, .activation = CO_TANH},
    {.obs_dim = 2, .act_dim = 20, .num_hidden = 4, .hidden = {8, 8, 8, 8}, .activation = CO_RELU},
    {.obs_dim = 4, .act_dim = 2, .num_hidden = 0, .hidden = {0}, .activation = CO_TANH},
};
enum { NUM_DEFS = sizeof defs / sizeof *defs };

static co_network make(const co_network_def *def) {
  co_network net;
  ck_assert_int_eq(co_network_create(def, &net), CO_OK);
  co_network_init(&net, &stream);
  return net;
}

START_TEST(tensors_are_named_and_shaped) {
  static const struct {
    const char *name;
    int rows, cols;
  } expected[] = {{"actor.trunk.0.weight", 11, 64}, {"actor.trunk.0.bias", 1, 64},
                  {"actor.trunk.1.weight", 64, 64}, {"actor.trunk.1.bias", 1, 64},
                  {"actor.mean.weight", 64, 3},     {"actor.mean.bias", 1, 3},
                  {"actor.log_std", 1, 3},          {"critic.0.trunk.0.weight", 11, 64},
                  {"critic.0.trunk.0.bias", 1, 64}, {"critic.0.trunk.1.weight", 64, 64},
                  {"critic.0.trunk.1.bias", 1, 64}, {"critic.0.value.weight", 64, 1},
                  {"critic.0.value.bias", 1, 1}};
  co_network net = make(&defs[0]);
  ck_assert_int_eq(net.num_tensors, 13);
  for (int i = 0; i < net.num_tensors; i++) {
    ck_assert_str_eq(net.tensor[i].name, expected[i].name);
    ck_assert_int_eq(net.tensor[i].rows, expected[i].rows);
    ck_assert_int_eq(net.tensor[i].cols, expected[i].cols);
    ck_assert_int_eq(co_tensor_find(net.tensor, net.num_tensors, expected[i].name), i);
  }
  ck_assert_int_eq(co_tensor_find(net.tensor, net.num_tensors, "actor.trunk.2.weight"), -1);
  co_network_free(&net);
}
END_TEST

// Tensors fill the block one behind the other, each row padded with zeros.
START_TEST(tensors_cover_the_block_and_padding_is_zero) {
  co_network net = make(&defs[_i]);
  const float *next = net.block;
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    ck_assert_ptr_eq(tensor->data, next);
    ck_assert_int_eq(tensor->stride % CO_LANES, 0);
    for (int row = 0; row < tensor->rows; row++)
      for (int col = tensor->cols; col < tensor->stride; col++)
        ck_assert(next[row * tensor->stride + col] == 0);
    next += (size_t)tensor->rows * (size_t)tensor->stride;
  }
  ck_assert_uint_eq((size_t)(next - net.block), net.size);
  co_network_free(&net);
}
END_TEST

static double gain_of(const char *name) {
  return strstr(name, "mean") ? 0.01 : strstr(name, "value") ? 1 : sqrt(2);
}

static double inner(const co_tensor *w, bool columns, int a, int b) {
  double sum = 0;
  for (int i = 0; i < (columns ? w->rows : w->cols); i++)
    sum += columns ? co_tensor_get(w, i, a) * co_tensor_get(w, i, b)
                   : co_tensor_get(w, a, i) * co_tensor_get(w, b, i);
  return sum;
}

START_TEST(weights_start_orthogonal_and_the_rest_at_zero) {
  co_network net = make(&defs[_i]);
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *w = &net.tensor[t];
    bool columns = w->rows >= w->cols;
    int count = columns ? w->cols : w->rows;
    double gain = gain_of(w->name);
    if (!strstr(w->name, ".weight")) {
      for (int col = 0; col < w->cols; col++) ck_assert(co_tensor_get(w, 0, col) == 0);
      continue;
    }
    for (int a = 0; a < count; a++)
      for (int b = a; b < count; b++)
        ck_assert_double_eq_tol(inner(w, columns, a, b), a == b ? gain * gain : 0,
                                4e-7 * gain * gain);
  }
  co_network_free(&net);
}
END_TEST

START_TEST(one_tensor_gets_the_values_of_a_whole_start) {
  co_network net = make(&defs[0]), other = make(&defs[0]);
  memset(other.block, 0x3f, other.size * sizeof *other.block);
  for (int t = other.num_tensors - 1; t >= 0; t--) co_network_init_tensor(&other, &stream, t);
  ck_assert_mem_eq(net.block, other.block, net.size * sizeof *net.block);
  co_stream another = {12, 3, CO_PURPOSE_INIT};
  uint64_t before = co_tensor_hash(&net.tensor[0]);
  co_network_init_tensor(&net, &another, 0);
  ck_assert_uint_ne(co_tensor_hash(&net.tensor[0]), before);
  ck_assert_uint_eq(co_tensor_hash(&net.tensor[2]), co_tensor_hash(&other.tensor[2]));
  co_network_free(&net);
  co_network_free(&other);
}
END_TEST

START_TEST(too_wide_worlds_are_refused) {
  co_network_def def = {.obs_dim = CO_MAX_OBS + 1, .act_dim = 2, .num_hidden = 1, .hidden = {4}};
  co_network net;
  ck_assert_int_eq(co_network_create(&def, &net), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "4097"));
}
END_TEST

// ---- passes in double precision

enum { ROWS = 19, MAX_WIDTH = 80 };

static void random_obs(float *obs, int count) {
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, obs, count);
}

// parameters as doubles, so that single ones can be moved by little
static double *double_block(const co_network *net) {
  double *block = malloc(net->size * sizeof *block);
  for (size_t i = 0; i < net->size; i++) block[i] = (double)net->block[i];
  return block;
}

static void double_forward(const co_network *net, const co_dense *layers, const double *block,
                           const float *obs, double *out) {
  double x[MAX_WIDTH], y[MAX_WIDTH];
  for (int i = 0; i < net->def.obs_dim; i++) x[i] = (double)obs[i];
  for (int l = 0; l < net->num_layers; l++) {
    const co_dense *d = &layers[l];
    for (int o = 0; o < d->out; o++) {
      y[o] = block[d->bias + (size_t)o];
      for (int k = 0; k < d->in; k++)
        y[o] += x[k] * block[d->weight + (size_t)(k * d->out_stride + o)];
      bool hidden = l < net->num_layers - 1;
      if (hidden && net->def.activation == CO_TANH) y[o] = tanh(y[o]);
      if (hidden && net->def.activation == CO_RELU && y[o] < 0) y[o] = 0;
    }
    memcpy(x, y, sizeof x);
  }
  memcpy(out, x, (size_t)layers[net->num_layers - 1].out * sizeof *out);
}

// heads start almost at zero, and biases at zero: numbers of ordinary size make the tests mean
// something
static void make_lively(co_network *net) {
  co_rng rng = co_rng_make(&(co_stream){6, 0, CO_PURPOSE_TEST}, 0);
  for (int t = 0; t < net->num_tensors; t++) {
    co_tensor *tensor = &net->tensor[t];
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++)
        ((float *)tensor->data)[row * tensor->stride + col] += 0.2f * (float)co_rng_normal(&rng);
  }
}

START_TEST(forward_agrees_with_double) {
  co_network net = make(&defs[_i]);
  make_lively(&net);
  int obs_dim = net.def.obs_dim, act_dim = net.def.act_dim;
  float obs[ROWS * MAX_WIDTH], mean[ROWS * MAX_WIDTH], value[ROWS];
  random_obs(obs, ROWS * obs_dim);
  network_forward(&net, obs, ROWS, mean, value);
  double *block = double_block(&net), expected[MAX_WIDTH], largest = 0;
  for (int row = 0; row < ROWS; row++) {
    double_forward(&net, net.part[CO_ACTOR].layer, block, obs + row * obs_dim, expected);
    for (int j = 0; j < act_dim; j++) {
      ck_assert_double_eq_tol((double)mean[row * act_dim + j], expected[j], 2e-5);
      largest = fmax(largest, fabs(expected[j]));
    }
    double_forward(&net, net.part[CO_CRITIC].layer, block, obs + row * obs_dim, expected);
    ck_assert_double_eq_tol((double)value[row], expected[0], 2e-5);
  }
  ck_assert_double_gt(largest, 0.1);
  free(block);
  co_network_free(&net);
}
END_TEST

START_TEST(forward_takes_either_output_and_any_number_of_rows) {
  co_network net = make(&defs[0]);
  float obs[ROWS * 11], mean[ROWS * 3], value[ROWS], one_mean[3], one_value;
  random_obs(obs, ROWS * 11);
  network_forward(&net, obs, ROWS, mean, NULL);
  network_forward(&net, obs, ROWS, NULL, value);
  for (int row = 0; row < ROWS; row++) {
    network_forward(&net, obs + row * 11, 1, one_mean, &one_value);
    ck_assert_mem_eq(one_mean, mean + row * 3, sizeof one_mean);
    ck_assert_mem_eq(&one_value, value + row, sizeof one_value);
  }
  co_network_free(&net);
}
END_TEST

// ---- gradients

// One network with its buffers for ROWS rows.
typedef struct pass {
  co_mlp mlp;
  float *x, *grad;
  float *output[CO_MAX_LAYERS], *delta[CO_MAX_LAYERS];
  float *transposed[CO_MAX_LAYERS];
  int x_stride;
} pass;

static pass make_pass(const co_network *net, const co_dense *layers) {
  pass p = {.mlp = co_mlp_view(co_kernels_get(), net, layers)};
  p.x_stride = p.mlp.layer[0].in_stride;
  p.x = calloc((size_t)(ROWS * p.x_stride), sizeof(float));
  p.grad = calloc(net->size, sizeof(float));
  for (int l = 0; l < net->num_layers; l++) {
    co_dense_view *view = &p.mlp.layer[l];
    p.output[l] = calloc((size_t)(ROWS * view->out_stride), sizeof(float));
    p.delta[l] = calloc((size_t)(ROWS * view->out_stride), sizeof(float));
    p.transposed[l] = calloc((size_t)(view->out * view->in_stride), sizeof(float));
    co_transpose(view->weight, view->in, view->out_stride, view->out, p.transposed[l],
                 view->in_stride);
    view->transposed = p.transposed[l];
  }
  for (int row = 0; row < ROWS; row++) {
    co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, (uint32_t)row);
    co_rng_normals(&rng, p.x + row * p.x_stride, net->def.obs_dim);
  }
  return p;
}

static void free_pass(pass *p) {
  for (int l = 0; l < p->mlp.num_layers; l++) {
    free(p->output[l]);
    free(p->delta[l]);
    free(p->transposed[l]);
  }
  free(p->x);
  free(p->grad);
}

// loss = sum over rows and outputs of y^2 / 2, so that its derivative by y is y
static void run_backward(pass *p, const bool *moves) {
  int last = p->mlp.num_layers - 1;
  co_mlp_forward(&p->mlp, p->x, p->x_stride, ROWS, p->output);
  memcpy(p->delta[last], p->output[last],
         (size_t)(ROWS * p->mlp.layer[last].out_stride) * sizeof(float));
  co_mlp_backward(&p->mlp, &(co_mlp_backward_args){.x = p->x,
                                                   .x_stride = p->x_stride,
                                                   .rows = ROWS,
                                                   .output = p->output,
                                                   .delta = p->delta,
                                                   .moves = moves,
                                                   .grad = p->grad});
}

static double double_loss(const co_network *net, const co_dense *layers, const double *block,
                          const pass *p) {
  double loss = 0, y[MAX_WIDTH];
  for (int row = 0; row < ROWS; row++) {
    double_forward(net, layers, block, p->x + row * p->x_stride, y);
    for (int o = 0; o < layers[net->num_layers - 1].out; o++) loss += 0.5 * y[o] * y[o];
  }
  return loss;
}

// central difference of the loss by parameter i
static double slope(const co_network *net, const co_dense *layers, double *block, size_t i,
                    const pass *p) {
  double kept = block[i], step = 1e-6;
  block[i] = kept + step;
  double above = double_loss(net, layers, block, p);
  block[i] = kept - step;
  double below = double_loss(net, layers, block, p);
  block[i] = kept;
  return (above - below) / (2 * step);
}

START_TEST(gradients_are_finite_differences) {
  co_network net = make(&defs[_i / 2]);
  make_lively(&net);
  const co_dense *layers = _i % 2 ? net.part[CO_CRITIC].layer : net.part[CO_ACTOR].layer;
  pass p = make_pass(&net, layers);
  run_backward(&p, NULL);
  double *block = double_block(&net), size = 0, error = 0, fd = 0;
  for (int l = 0; l < net.num_layers; l++) {
    const co_dense *d = &layers[l];
    for (int k = 0; k <= d->in; k += 1 + d->in / 9) {  // a sample of rows; the last is the bias
      size_t row = k < d->in ? d->weight + (size_t)(k * d->out_stride) : d->bias;
      for (int o = 0; o < d->out; o += 1 + d->out / 9) {
        double numeric = slope(&net, layers, block, row + (size_t)o, &p);
        double analytic = (double)p.grad[row + (size_t)o];
        error += (numeric - analytic) * (numeric - analytic);
        size += analytic * analytic;
        fd += numeric * numeric;
      }
    }
  }
  ck_assert_double_gt(size, 1e-3);
  ck_assert_double_gt(fd, 1e-3);
  ck_assert_double_gt(error, 0);  // not the same array
  ck_assert_double_lt(sqrt(error / size), 2e-5);
  free(block);
  free_pass(&p);
  co_network_free(&net);
}
END_TEST

// Leaving out layers that are held changes no bit of the others' gradient, and writes nothing for
// the held ones.
START_TEST(held_layers_are_left_out) {
  co_network net = make(&defs[3]);
  make_lively(&net);
  pass all = make_pass(&net, net.part[CO_ACTOR].layer),
       some = make_pass(&net, net.part[CO_ACTOR].layer);
  bool moves[CO_MAX_LAYERS];
  for (int l = 0; l < net.num_layers; l++) moves[l] = _i >> l & 1;
  run_backward(&all, NULL);
  run_backward(&some, moves);
  for (int l = 0; l < net.num_layers; l++) {
    const co_dense *d = &net.part[CO_ACTOR].layer[l];
    size_t size = (size_t)((d->in + 1) * d->out_stride);
    for (size_t i = 0; i < size; i++) {
      float expected = moves[l] ? all.grad[d->weight + i] : 0;
      ck_assert(some.grad[d->weight + i] == expected);
    }
  }
  free_pass(&all);
  free_pass(&some);
  co_network_free(&net);
}
END_TEST

START_TEST(operations_are_counted) {
  co_network net = make(&defs[0]);
  co_mlp mlp = co_mlp_view(co_kernels_get(), &net, net.part[CO_ACTOR].layer);
  double layers[3] = {2.0 * 11 * 64, 2.0 * 64 * 64, 2.0 * 64 * 3};
  bool head_only[3] = {false, false, true};
  ck_assert_double_eq(co_mlp_forward_flop(&mlp), layers[0] + layers[1] + layers[2]);
  ck_assert_double_eq(co_mlp_backward_flop(&mlp, NULL), layers[0] + 2 * (layers[1] + layers[2]));
  ck_assert_double_eq(co_mlp_backward_flop(&mlp, head_only), layers[2]);
  co_network_free(&net);
}
END_TEST

START_TEST(tensors_copy_and_compare) {
  co_network a = make(&defs[1]), b;
  ck_assert_int_eq(co_network_create(&defs[1], &b), CO_OK);
  for (int t = 0; t < a.num_tensors; t++) {
    co_tensor_copy(&b.tensor[t], &a.tensor[t]);
    ck_assert_uint_eq(co_tensor_hash(&a.tensor[t]), co_tensor_hash(&b.tensor[t]));
  }
  ck_assert_mem_eq(a.block, b.block, a.size * sizeof *a.block);
  float packed[64 * 6];  // the hash leaves the padding out
  const co_tensor *mean = &a.tensor[co_tensor_find(a.tensor, a.num_tensors, "actor.mean.weight")];
  for (int i = 0; i < 64 * 6; i++) packed[i] = (float)co_tensor_get(mean, i / 6, i % 6);
  co_tensor view = {.dtype = CO_F32, .rows = 64, .cols = 6, .stride = 6, .data = packed};
  ck_assert_uint_eq(co_tensor_hash(&view), co_tensor_hash(mean));
  co_network_free(&a);
  co_network_free(&b);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("network");
  TCase *layout = tcase_create("layout");
  tcase_add_test(layout, tensors_are_named_and_shaped);
  tcase_add_loop_test(layout, tensors_cover_the_block_and_padding_is_zero, 0, NUM_DEFS);
  tcase_add_loop_test(layout, weights_start_orthogonal_and_the_rest_at_zero, 0, NUM_DEFS);
  tcase_add_test(layout, one_tensor_gets_the_values_of_a_whole_start);
  tcase_add_test(layout, too_wide_worlds_are_refused);
  tcase_add_test(layout, tensors_copy_and_compare);
  suite_add_tcase(suite, layout);
  TCase *passes = tcase_create("passes");
  tcase_add_loop_test(passes, forward_agrees_with_double, 0, NUM_DEFS);
  tcase_add_test(passes, forward_takes_either_output_and_any_number_of_rows);
  tcase_add_loop_test(passes, gradients_are_finite_differences, 0, 2 * NUM_DEFS);
  tcase_add_loop_test(passes, held_layers_are_left_out, 0, 16);
  tcase_add_test(passes, operations_are_counted);
  suite_add_tcase(suite, passes);
  return suite;
}
