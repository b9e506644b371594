// Ensembles: members as a naive twin in double has them, over all rows and over blocks, gradients
// against central differences, critics of a network seen as one, copies that follow.

#include "agents/nn/ensemble.h"
#include "agents/nn/mlp_pass.h"
#include "core/count_alloc.h"
#include "tests/agents/nn/slopes.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { ROWS = 2 * CO_LANES + 5, MAX_SIZE = 40, MOST_MEMBERS = 5 };

static const co_stream stream = {5, 1, CO_PURPOSE_INIT};

// dynamics models, an encoder, a classifier, critics: facts say what they are
static const co_ensemble_def defs[] = {
    {.num_members = 3,
     .in = 7,
     .num_hidden = 2,
     .hidden = {33, 12},
     .out = 6,
     .activation = {CO_TANH, CO_ELU},
     .layer_norm = true,
     .facts = {.part = CO_PART_EXTRA,
               .layer = CO_LAYER_MEAN,
               .rows_are = CO_FACES_BOTH,
               .cols_are = CO_FACES_OBSERVATION}},
    {.num_members = 1,
     .in = 9,
     .out = 4,
     .facts = {.part = CO_PART_EXTRA,
               .layer = CO_LAYER_MEAN,
               .rows_are = CO_FACES_OBSERVATION,
               .cols_are = CO_FACES_HIDDEN}},
    {.num_members = 2,
     .in = 17,
     .num_hidden = 1,
     .hidden = {20},
     .out = 1,
     .activation = {CO_TANH},
     .facts = {.part = CO_PART_EXTRA, .layer = CO_LAYER_MEAN, .rows_are = CO_FACES_BOTH}},
    {.num_members = MOST_MEMBERS,
     .in = 6,
     .num_hidden = 2,
     .hidden = {16, 24},
     .out = 1,
     .activation = {CO_SWISH, CO_SWISH},
     .facts = {.part = CO_PART_CRITIC,
               .layer = CO_LAYER_VALUE,
               .rows_are = CO_FACES_BOTH,
               .cols_are = CO_FACES_VALUE,
               .init_row = 9}},
};
enum { NUM_DEFS = sizeof defs / sizeof *defs };

// ---- an ensemble with passes for all of its members

typedef struct fixture {
  co_arena arena;
  co_ensemble ensemble;
  co_mlp_pass pass[MOST_MEMBERS];
  float *transposed[MOST_MEMBERS][CO_MAX_LAYERS];
  int x_stride, out_stride;
  float *x;                 // (ROWS x x_stride)
  float *dy[MOST_MEMBERS];  // (ROWS x out_stride) derivative of the loss by the outputs
  float *grad;              // (size)
} fixture;

static float *floats(fixture *f, int rows, int cols) {
  return co_arena_alloc(&f->arena, (size_t)rows * (size_t)cols, sizeof(float));
}

// numbers of ordinary size, of norms in particular
static void shake(co_tensor *tensors, int count, co_rng *rng) {
  for (int t = 0; t < count; t++) {
    float *data = tensors[t].data;
    for (int row = 0; row < tensors[t].rows; row++)
      for (int col = 0; col < tensors[t].cols; col++)
        data[row * tensors[t].stride + col] += (float)(0.2 * co_rng_normal(rng));
  }
}

static void make_transposed(fixture *f, int k) {
  co_mlp *mlp = &f->ensemble.mlp[k];
  for (int l = 1; l < mlp->num_layers; l++) {
    co_dense_view *layer = &mlp->layer[l];
    float *to = f->transposed[k][l] = floats(f, layer->out, layer->in_stride);
    f->ensemble.kernels->transpose(layer->weight, layer->in, layer->out_stride, layer->out, to,
                                   layer->in_stride);
    layer->transposed = to;
  }
}

static fixture *make(const co_ensemble_def *def) {
  fixture *f = calloc(1, sizeof *f);
  co_rng rng = co_rng_make(&(co_stream){8, 0, CO_PURPOSE_TEST}, 0);
  ck_ok(co_ensemble_create(&f->arena, co_kernels_get(), def, &f->ensemble));
  co_ensemble_init(&f->ensemble, &stream);
  shake(f->ensemble.tensor, f->ensemble.num_tensors, &rng);
  f->x_stride = co_row_stride(def->in);
  f->out_stride = co_row_stride(def->out);
  f->x = floats(f, ROWS, f->x_stride);
  f->grad = floats(f, (int)f->ensemble.size, 1);
  for (int r = 0; r < ROWS; r++) co_rng_normals(&rng, f->x + r * f->x_stride, def->in);
  for (int k = 0; k < def->num_members; k++) {
    ck_ok(co_mlp_pass_create(&f->arena, &f->ensemble.mlp[k], ROWS, 0, &f->pass[k]));
    f->dy[k] = floats(f, ROWS, f->out_stride);
    for (int r = 0; r < ROWS; r++) co_rng_normals(&rng, f->dy[k] + r * f->out_stride, def->out);
    make_transposed(f, k);
  }
  ck_ok(co_arena_status(&f->arena));
  return f;
}

static void release(fixture *f) {
  co_arena_free(&f->arena);
  free(f);
}

static float *output_of(const fixture *f, int k) {
  return f->pass[k].output[f->ensemble.num_layers - 1];
}

// in blocks of so many rows
static void forward(fixture *f, int k, int block) {
  const co_mlp *mlp = &f->ensemble.mlp[k];
  for (int first = 0; first < ROWS; first += block) {
    int left = ROWS - first;
    co_mlp_pass pass;
    co_mlp_pass_view(&f->pass[k], mlp, first, &pass);
    co_mlp_pass_forward(&pass, mlp, f->x + first * f->x_stride, f->x_stride,
                        left < block ? left : block);
  }
}

static void add_norms(fixture *f, int k) {
  const co_mlp *mlp = &f->ensemble.mlp[k];
  for (int l = 0; l < mlp->num_layers - 1; l++) {
    int size = 2 * mlp->layer[l].out_stride;
    if (!mlp->norm[l].weight) continue;
    float *to = f->grad + mlp->dense[l].norm;
    for (int line = 0; line < (ROWS + CO_LANES - 1) / CO_LANES; line++)
      for (int i = 0; i < size; i++) to[i] += f->pass[k].norm_lines[l][line * size + i];
  }
}

static void backward(fixture *f, int k, int block) {
  const co_mlp *mlp = &f->ensemble.mlp[k];
  int last = mlp->num_layers - 1;
  memcpy(f->pass[k].delta[last], f->dy[k], (size_t)(ROWS * f->out_stride) * sizeof(float));
  for (int first = 0; first < ROWS; first += block) {
    int left = ROWS - first;
    co_mlp_pass pass;
    co_mlp_pass_view(&f->pass[k], mlp, first, &pass);
    co_mlp_pass_deltas(&pass, mlp, left < block ? left : block, NULL, true);
  }
  co_mlp_backward_args args = {.x = f->x,
                               .x_stride = f->x_stride,
                               .rows = ROWS,
                               .output = f->pass[k].output,
                               .delta = f->pass[k].delta,
                               .grad = f->grad};
  for (int l = 0; l <= last; l++)
    co_mlp_gradient(mlp, &args, l, 0, mlp->layer[l].in, f->grad + mlp->dense[l].bias);
  add_norms(f, k);
}

// ---- the twin in double

typedef struct twin {
  const fixture *f;
  double *block;  // (size)
  int member;
} twin;

static double activate(co_activation activation, double x) {
  switch (activation) {
    case CO_TANH: return tanh(x);
    case CO_RELU: return x > 0 ? x : 0;
    case CO_ELU: return x > 0 ? x : exp(x) - 1;
    case CO_SWISH: return x / (1 + exp(-x));
  }
  return NAN;
}

static void norm_by_hand(const double *block, const co_dense *layer, double *y) {
  const double *gain = block + layer->norm, *bias = gain + layer->out_stride;
  double mean = 0, variance = 0;
  for (int j = 0; j < layer->out; j++) mean += y[j] / layer->out;
  for (int j = 0; j < layer->out; j++) variance += pow(y[j] - mean, 2) / layer->out;
  for (int j = 0; j < layer->out; j++)
    y[j] = gain[j] * (y[j] - mean) / sqrt(variance + 1e-5) + bias[j];
}

static void row_by_hand(const twin *t, int row, double *y) {
  const co_ensemble *ensemble = &t->f->ensemble;
  double x[MAX_SIZE];
  for (int i = 0; i < ensemble->def.in; i++) x[i] = (double)t->f->x[row * t->f->x_stride + i];
  for (int l = 0; l < ensemble->num_layers; l++) {
    const co_dense *layer = co_ensemble_dense(ensemble, t->member, l);
    bool hidden = l < ensemble->num_layers - 1;
    for (int j = 0; j < layer->out; j++) {
      y[j] = t->block[layer->bias + (size_t)j];
      for (int i = 0; i < layer->in; i++)
        y[j] += x[i] * t->block[layer->weight + (size_t)(i * layer->out_stride + j)];
    }
    if (layer->norm) norm_by_hand(t->block, layer, y);
    for (int j = 0; hidden && j < layer->out; j++)
      x[j] = activate(ensemble->def.activation[l], y[j]);
  }
}

static twin make_twin(const fixture *f, int member) {
  twin t = {f, malloc(f->ensemble.size * sizeof(double)), member};
  for (size_t i = 0; i < f->ensemble.size; i++) t.block[i] = (double)f->ensemble.block[i];
  return t;
}

// sum of outputs times `dy`
static double loss_of_twin(void *context) {
  const twin *t = context;
  double y[MAX_SIZE], loss = 0;
  for (int row = 0; row < ROWS; row++) {
    row_by_hand(t, row, y);
    for (int j = 0; j < t->f->ensemble.def.out; j++)
      loss += y[j] * (double)t->f->dy[t->member][row * t->f->out_stride + j];
  }
  return loss;
}

// ---- passes

START_TEST(members_are_those_of_a_naive_twin) {
  fixture *f = make(&defs[_i]);
  for (int k = 0; k < defs[_i].num_members; k++) {
    twin t = make_twin(f, k);
    double y[MAX_SIZE];
    forward(f, k, ROWS);
    for (int row = 0; row < ROWS; row++) {
      row_by_hand(&t, row, y);
      for (int j = 0; j < defs[_i].out; j++)
        ck_assert_double_eq_tol((double)output_of(f, k)[row * f->out_stride + j], y[j], 1e-4);
    }
    free(t.block);
  }
  release(f);
}
END_TEST

START_TEST(gradients_are_central_differences) {
  fixture *f = make(&defs[_i]);
  const co_ensemble *e = &f->ensemble;
  int per_member = e->num_tensors / defs[_i].num_members;
  for (int k = 0; k < defs[_i].num_members; k++) {
    twin t = make_twin(f, k);
    forward(f, k, CO_LANES);
    backward(f, k, CO_LANES);
    for (int i = k * per_member; i < (k + 1) * per_member; i++) {
      const co_tensor *tensor = &e->tensor[i];
      size_t at = (size_t)((const float *)tensor->data - e->block);
      slopes of = {.name = tensor->name,
                   .value = t.block + at,
                   .grad = f->grad + at,
                   .rows = tensor->rows,
                   .cols = tensor->cols,
                   .stride = tensor->stride,
                   .row_step = 2,
                   .col_step = 1,
                   .tolerance = 1e-4};
      slopes_compare(&of, loss_of_twin, &t);
    }
    free(t.block);
  }
  release(f);
}
END_TEST

// Rows of a block have the bits that they have among all, forward and backward.
START_TEST(blocks_of_rows_change_no_bit) {
  fixture *whole = make(&defs[_i]), *cut = make(&defs[_i]);
  for (int k = 0; k < defs[_i].num_members; k++) {
    forward(whole, k, ROWS);
    backward(whole, k, ROWS);
    forward(cut, k, CO_LANES);
    backward(cut, k, CO_LANES);
    ck_assert_mem_eq(output_of(whole, k), output_of(cut, k),
                     (size_t)(ROWS * whole->out_stride) * sizeof(float));
  }
  ck_assert_mem_eq(whole->grad, cut->grad, whole->ensemble.size * sizeof(float));
  release(whole);
  release(cut);
}
END_TEST

START_TEST(passes_allocate_nothing_and_count_their_operations) {
  fixture *f = make(&defs[_i]);
  co_count_alloc_start();
  for (int k = 0; k < defs[_i].num_members; k++) {
    forward(f, k, CO_LANES);
    backward(f, k, CO_LANES);
  }
  ck_assert_int_eq(co_count_alloc_stop(), 0);
  double flop = 0;
  for (int l = 0; l < f->ensemble.num_layers; l++) {
    const co_dense *layer = co_ensemble_dense(&f->ensemble, 0, l);
    flop += 2.0 * layer->in * layer->out * defs[_i].num_members;
  }
  ck_assert_double_eq(co_ensemble_forward_flop(&f->ensemble), flop);
  release(f);
}
END_TEST

// ---- tensors

START_TEST(members_have_places_names_and_fresh_values_of_their_own) {
  co_arena arena = {0};
  co_ensemble e;
  ck_ok(co_ensemble_create(&arena, co_kernels_get(), &defs[_i], &e));
  co_ensemble_init(&e, &stream);
  int per_member = e.num_tensors / defs[_i].num_members;
  for (int a = 0; a < e.num_tensors; a++) {
    ck_assert_int_eq(e.tensor[a].facts.member, a / per_member);
    for (int b = 0; b < a; b++) {
      ck_assert_str_ne(e.tensor[a].name, e.tensor[b].name);
      bool drawn = e.tensor[a].facts.init_row >= 0;
      ck_assert(!drawn || e.tensor[a].facts.init_row != e.tensor[b].facts.init_row);
      if (drawn && e.tensor[a].cols == e.tensor[b].cols)
        ck_assert_mem_ne(e.tensor[a].data, e.tensor[b].data,
                         (size_t)e.tensor[a].cols * sizeof(float));
    }
  }
  for (int k = 0; k < defs[_i].num_members; k++) {
    for (int l = 0; l < e.num_layers; l++) {
      const co_dense *layer = co_ensemble_dense(&e, k, l);
      ck_assert_ptr_eq(e.tensor[layer->tensor].data, e.block + layer->weight);
      ck_assert_ptr_eq(e.mlp[k].layer[l].weight, e.block + layer->weight);
    }
  }
  co_arena_free(&arena);
}
END_TEST

START_TEST(a_member_of_no_critics_is_named_too) {
  co_arena arena = {0};
  co_ensemble e;
  ck_ok(co_ensemble_create(&arena, co_kernels_get(), &defs[0], &e));
  ck_assert_str_eq(e.tensor[0].name, "extra.0.trunk.0.weight");
  ck_assert_str_eq(e.tensor[e.num_tensors - 1].name, "extra.2.mean.bias");
  co_arena_free(&arena);
}
END_TEST

// ---- critics of a network

static const int numbers[] = {1, 2, 5};

static co_network make_network(int critics, bool norm) {
  co_network_def def = {.head = CO_HEAD_SQUASHED,
                        .obs_dim = 5,
                        .act_dim = 2,
                        .num_hidden = 2,
                        .hidden = {24, 8},
                        .activation = CO_ELU,
                        .layer_norm = norm,
                        .num_critics = critics};
  co_network net;
  ck_ok(co_network_create(&def, &net));
  co_network_init(&net, &stream);
  return net;
}

// An ensemble of the definition of a network's critics has their names, facts and fresh values.
START_TEST(critics_of_a_network_are_an_ensemble) {
  co_network net = make_network(numbers[_i / 2], _i % 2);
  co_arena arena = {0};
  co_ensemble critics, own;
  ck_ok(co_ensemble_of_critics(&arena, co_kernels_get(), &net, &critics));
  ck_ok(co_ensemble_create(&arena, co_kernels_get(), &critics.def, &own));
  co_ensemble_init(&own, &stream);
  ck_assert_int_eq(own.def.num_members, numbers[_i / 2]);
  ck_assert_int_eq(own.num_tensors, critics.num_tensors);
  ck_assert_ptr_eq(critics.tensor + critics.num_tensors, net.tensor + net.num_tensors);
  for (int t = 0; t < own.num_tensors; t++) {
    ck_assert_str_eq(own.tensor[t].name, critics.tensor[t].name);
    ck_assert_mem_eq(&own.tensor[t].facts, &critics.tensor[t].facts, sizeof own.tensor[t].facts);
    ck_assert_uint_eq(co_tensor_hash(&own.tensor[t]), co_tensor_hash(&critics.tensor[t]));
  }
  co_arena_free(&arena);
  co_network_free(&net);
}
END_TEST

// What follows goes a part of the way; slices of rows are the whole.
START_TEST(an_ensemble_follows_another) {
  co_network net = make_network(3, _i);
  co_arena arena = {0};
  co_ensemble critics, target;
  co_rng rng = co_rng_make(&(co_stream){9, 0, CO_PURPOSE_TEST}, 0);
  ck_ok(co_ensemble_of_critics(&arena, co_kernels_get(), &net, &critics));
  ck_ok(co_ensemble_create(&arena, co_kernels_get(), &critics.def, &target));
  co_ensemble_copy(&critics, &target);
  float before = target.block[co_ensemble_dense(&target, 2, 1)->weight];
  shake(critics.tensor, critics.num_tensors, &rng);
  for (int k = 0; k < 3; k++) {
    for (int l = 0; l < critics.num_layers; l++) {
      int in = co_ensemble_dense(&critics, k, l)->in, half = in / 2;
      co_ensemble_follow(&critics, &target, 0.25f, k, l, 0, half);
      co_ensemble_follow(&critics, &target, 0.25f, k, l, half, in - half);
    }
  }
  float now = critics.block[co_ensemble_dense(&critics, 2, 1)->weight];
  float moved = target.block[co_ensemble_dense(&target, 2, 1)->weight];
  ck_assert_float_eq_tol(moved, before + 0.25f * (now - before), 1e-6f);
  for (int i = 0; i < 40; i++) {  // whatever it began with, it comes to the other
    for (int k = 0; k < 3; k++)
      for (int l = 0; l < critics.num_layers; l++)
        co_ensemble_follow(&critics, &target, 0.5f, k, l, 0, co_ensemble_dense(&target, k, l)->in);
  }
  for (int t = 0; t < target.num_tensors; t++)
    for (int col = 0; col < target.tensor[t].cols; col++)
      ck_assert_double_eq_tol(co_tensor_get(&target.tensor[t], 0, col),
                              co_tensor_get(&critics.tensor[t], 0, col), 1e-6);
  co_arena_free(&arena);
  co_network_free(&net);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ensemble");
  TCase *tests = tcase_create("ensemble");
  tcase_add_loop_test(tests, members_are_those_of_a_naive_twin, 0, NUM_DEFS);
  tcase_add_loop_test(tests, gradients_are_central_differences, 0, NUM_DEFS);
  tcase_add_loop_test(tests, blocks_of_rows_change_no_bit, 0, NUM_DEFS);
  tcase_add_loop_test(tests, passes_allocate_nothing_and_count_their_operations, 0, NUM_DEFS);
  tcase_add_loop_test(tests, members_have_places_names_and_fresh_values_of_their_own, 0, NUM_DEFS);
  tcase_add_test(tests, a_member_of_no_critics_is_named_too);
  tcase_add_loop_test(tests, critics_of_a_network_are_an_ensemble, 0,
                      2 * (int)(sizeof numbers / sizeof *numbers));
  tcase_add_loop_test(tests, an_ensemble_follows_another, 0, 2);
  suite_add_tcase(suite, tests);
  return suite;
}
