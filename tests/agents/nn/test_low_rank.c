// Weights with low-rank adapters: they begin as they were, their gradients are those of the weight
// by the chain rule, and they move in as many directions as the adapter has, no more.

#include "agents/nn/adam.h"
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

static fixture *make(const co_kernels *kernels, int rank) {
  fixture *f = calloc(1, sizeof *f);
  const co_stream stream = {3, 0, CO_PURPOSE_INIT};
  ck_ok(co_network_create(&def, &f->net));
  co_network_init(&f->net, &stream);
  for (int t = 0; t < f->net.num_tensors; t++) f->rule[t] = (co_tensor_rule){.rate = 1};
  f->rule[WEIGHT].lora = rank;
  f->rule[WEIGHT].alpha = kAlpha;
  ck_ok(co_adam_create(&f->arena, kernels, &f->net, f->rule, &stream, 1e-5, &f->adam));
  f->grad = calloc(f->net.size, sizeof *f->grad);
  f->rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TEST}, 0);
  return f;
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
static double moved_by(const co_low_rank *low, int i, int j) {
  const float *up = low->value + low->in * low->rank_stride;
  double sum = 0;
  for (int k = 0; k < low->rank; k++)
    sum += (double)low->value[i * low->rank_stride + k] * (double)up[k * low->out_stride + j];
  return kAlpha / low->rank * sum;
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
  fixture *f = make(co_kernels_get(), RANK);
  const co_low_rank *low = &f->adam.low[WEIGHT];
  double square = 0;
  for (int i = 0; i < IN; i++) {
    for (int k = 0; k < RANK; k++)
      square += pow((double)low->value[i * low->rank_stride + k], 2) / RANK;
    for (int j = 0; j < OUT; j++) ck_assert(moved_by(low, i, j) == 0);
  }
  ck_assert_double_eq_tol(square, 1, 0.6);  // variance 1 / in, of 36 numbers
  // written anew by a step of rate 0, it has the bits that it had
  draw_gradients(f);
  co_adam_reduce(&f->adam, WEIGHT, f->grad, f->net.size, 1);
  co_adam_step(&f->adam, WEIGHT, f->grad, 1, 0);
  size_t bytes = (size_t)IN * (size_t)low->out_stride * sizeof(float);
  ck_assert_mem_eq(weight_of(f), start_of(f), bytes);
  release(f);
}
END_TEST

// The loss 1/2 ||W - T||^2 with W = W0 + s A B: its derivatives by A and B, by central differences
// in double.
static double loss(const fixture *f, const float *target) {
  const co_low_rank *low = &f->adam.low[WEIGHT];
  double sum = 0;
  for (int i = 0; i < IN; i++)
    for (int j = 0; j < OUT; j++) {
      int at = i * low->out_stride + j;
      sum += 0.5 * pow((double)start_of(f)[at] + moved_by(low, i, j) - (double)target[at], 2);
    }
  return sum;
}

START_TEST(gradients_are_those_of_the_weight) {
  fixture *f = make(co_kernels_get(), RANK);
  const co_low_rank *low = &f->adam.low[WEIGHT];
  step(f, 5);  // so that B is not zero
  draw_gradients(f);
  size_t at = (size_t)(weight_of(f) - f->net.block);
  float *target = calloc(f->net.size, sizeof *target);
  for (int i = 0; i < IN * low->out_stride; i++) {
    target[i] = f->grad[at + (size_t)i];
    f->grad[at + (size_t)i] = weight_of(f)[i] - target[i];
  }
  double square = co_adam_reduce(&f->adam, WEIGHT, f->grad, f->net.size, 1), sum = 0;
  for (size_t i = 0; i < low->size; i++) {
    bool down = i < (size_t)(IN * low->rank_stride);
    size_t col = down ? i % (size_t)low->rank_stride
                      : (i - (size_t)(IN * low->rank_stride)) % (size_t)low->out_stride;
    double got = (double)low->grad[i];
    sum += got * got;
    if (col >= (size_t)(down ? RANK : OUT)) {
      ck_assert(low->grad[i] == 0);  // padding
      continue;
    }
    const float value = low->value[i], step = 0x1p-8f;
    low->value[i] = value + step;
    double above = loss(f, target), by = (double)low->value[i];
    low->value[i] = value - step;
    double below = loss(f, target), want = (above - below) / (by - (double)low->value[i]);
    low->value[i] = value;
    ck_assert(fabs(want) > 0);
    ck_assert_double_eq_tol(got, want, 1e-4 * (1 + fabs(want)));
  }
  ck_assert_double_eq_tol(square, sum, 1e-6 * sum);
  free(target);
  release(f);
}
END_TEST

// The merged weight is W0 and the adapter's product; it has moved in `rank` directions.
START_TEST(moves_in_its_directions_only) {
  int rank = _i ? _i : IN;
  fixture *f = make(co_kernels_get(), rank);
  step(f, 40);
  const co_low_rank *low = &f->adam.low[WEIGHT];
  double most = 0;
  for (int i = 0; i < IN; i++)
    for (int j = 0; j < OUT; j++) {
      int at = i * low->out_stride + j;
      double unmerged = (double)start_of(f)[at] + moved_by(low, i, j);
      ck_assert_double_eq_tol((double)weight_of(f)[at], unmerged, 1e-6);
      most = fmax(most, fabs(moved_by(low, i, j)));
    }
  ck_assert_double_gt(most, 0.05);
  ck_assert_int_eq(rank_of_move(f), rank);
  for (int i = 0; i < IN; i++)
    for (int j = OUT; j < low->out_stride; j++)
      ck_assert(weight_of(f)[i * low->out_stride + j] == 0);
  release(f);
}
END_TEST

// Other tensors do not know of it: their bits are those without any adapter.
START_TEST(others_are_as_without) {
  fixture *f = make(co_kernels_get(), RANK), *plain = make(co_kernels_get(), 0);
  ck_assert_ptr_null(plain->adam.low);
  step(f, 5), step(plain, 5);
  for (int t = 0; t < f->net.num_tensors; t++) {
    bool same = co_tensor_hash(&f->net.tensor[t]) == co_tensor_hash(&plain->net.tensor[t]);
    ck_assert_int_eq(same, t != WEIGHT);
  }
  ck_assert_double_eq(co_adam_adapter_flop(&plain->adam), 0);
  ck_assert_double_eq(co_adam_adapter_flop(&f->adam), 6.0 * IN * RANK * OUT);
  release(f);
  release(plain);
}
END_TEST

START_TEST(same_bits_at_every_level) {
  uint64_t want = 0;
  for (int i = 0; co_kernels_names[i]; i++) {
    const co_kernels *kernels = co_kernels_named(co_kernels_names[i]);
    if (!kernels) continue;
    fixture *f = make(kernels, RANK);
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
  fixture *f = make(co_kernels_get(), RANK);
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

// As if all had been so from the start: W, W0 and what lies between are twice as large.
START_TEST(rescales_with_its_weight) {
  fixture *f = make(co_kernels_get(), RANK);
  step(f, 5);
  const co_low_rank *low = &f->adam.low[WEIGHT];
  double before = moved_by(low, 1, 2);
  float value = weight_of(f)[low->out_stride + 2], start = start_of(f)[low->out_stride + 2];
  co_adam_rescale(&f->adam, WEIGHT, 2);
  ck_assert(weight_of(f)[low->out_stride + 2] == 2 * value);
  ck_assert(start_of(f)[low->out_stride + 2] == 2 * start);
  ck_assert_double_eq(moved_by(low, 1, 2), 2 * before);
  release(f);
}
END_TEST

// Decay shrinks what the adapter adds, and the pull towards the start does.
START_TEST(decay_and_pull_lead_back) {
  for (int pulls = 0; pulls < 2; pulls++) {
    fixture *f = make(co_kernels_get(), RANK);
    step(f, 10);
    double far = 0, near = 0;
    const co_low_rank *low = &f->adam.low[WEIGHT];
    for (int i = 0; i < IN * OUT; i++) far += fabs(moved_by(low, i / OUT, i % OUT));
    f->adam.rule[WEIGHT].decay = pulls ? 0 : 1;
    f->adam.rule[WEIGHT].l2sp = pulls ? 1 : 0;
    for (int i = 0; i < 200; i++) {
      memset(f->grad, 0, f->net.size * sizeof *f->grad);
      co_adam_reduce(&f->adam, WEIGHT, f->grad, f->net.size, 1);
      co_adam_step(&f->adam, WEIGHT, f->grad, 1, 1e-2);
    }
    for (int i = 0; i < IN * OUT; i++) near += fabs(moved_by(low, i / OUT, i % OUT));
    ck_assert_double_lt(near, 0.3 * far);
    release(f);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("low_rank");
  TCase *tcase = tcase_create("low_rank");
  tcase_add_test(tcase, begins_as_it_was);
  tcase_add_test(tcase, gradients_are_those_of_the_weight);
  tcase_add_loop_test(tcase, moves_in_its_directions_only, 0, 5);
  tcase_add_test(tcase, others_are_as_without);
  tcase_add_test(tcase, same_bits_at_every_level);
  tcase_add_test(tcase, goes_back_to_what_was_saved);
  tcase_add_test(tcase, rescales_with_its_weight);
  tcase_add_test(tcase, decay_and_pull_lead_back);
  suite_add_tcase(suite, tcase);
  return suite;
}
