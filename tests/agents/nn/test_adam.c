// Adam under per-tensor rules: what moves, what must not, and by how much.

#include "agents/nn/adam.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
  co_arena arena;
  co_network net;
  co_adam adam;
  co_tensor_rule rule[32];
  float *grad;  // (3 x net.size) three blocks
} fixture;

static const co_network_def def = {
    .obs_dim = 5, .act_dim = 2, .num_hidden = 2, .hidden = {8, 20}, .activation = CO_TANH};
enum { TENSOR = 2, HEAD = 4, BLOCKS = 3 };  // actor.trunk.1.weight, actor.mean.weight

// a network, three gradient blocks with zeros in the padding, and rules for edit() before create
static fixture *make(void (*edit)(co_tensor_rule *rule)) {
  fixture *f = calloc(1, sizeof *f);
  co_stream stream = {3, 0, CO_PURPOSE_INIT}, draws = {5, 0, CO_PURPOSE_ACTION};
  ck_assert_int_eq(co_network_create(&def, &f->net), CO_OK);
  co_network_init(&f->net, &stream);
  for (int t = 0; t < f->net.num_tensors; t++) f->rule[t] = (co_tensor_rule){.rate = 1};
  if (edit) edit(f->rule);
  ck_assert_int_eq(
      co_adam_create(&f->arena, co_kernels_get(), &f->net, f->rule, &draws, 1e-5, &f->adam), CO_OK);
  f->grad = calloc(BLOCKS * f->net.size, sizeof *f->grad);
  co_rng rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TEST}, 0);
  for (int b = 0; b < BLOCKS; b++)
    for (int t = 0; t < f->net.num_tensors; t++) {
      const co_tensor *tensor = &f->net.tensor[t];
      float *g = f->grad + (size_t)b * f->net.size + ((float *)tensor->data - f->net.block);
      for (int row = 0; row < tensor->rows; row++)
        co_rng_normals(&rng, g + row * tensor->stride, tensor->cols);
    }
  return f;
}

static void release(fixture *f) {
  free(f->grad);
  co_network_free(&f->net);
  co_arena_free(&f->arena);
  free(f);
}

static size_t offset_of(const fixture *f, int t) {
  return (size_t)((float *)f->net.tensor[t].data - f->net.block);
}

static float *copy_block(const co_network *net) {
  float *copy = malloc(net->size * sizeof *copy);
  memcpy(copy, net->block, net->size * sizeof *copy);
  return copy;
}

START_TEST(first_step_is_the_rate_against_the_sign) {
  fixture *f = make(NULL);
  float *before = copy_block(&f->net);
  co_adam_step(&f->adam, TENSOR, f->grad, 1, 1e-3);
  size_t at = offset_of(f, TENSOR);
  for (int row = 0; row < 8; row++)
    for (int col = 0; col < 20; col++) {
      size_t i = at + (size_t)(row * 32 + col);
      if (fabsf(f->grad[i]) < 0.01f) continue;  // epsilon counts there
      ck_assert_double_eq_tol((double)(f->net.block[i] - before[i]), f->grad[i] > 0 ? -1e-3 : 1e-3,
                              2e-6);
    }
  free(before);
  release(f);
}
END_TEST

// Kingma & Ba 2015, algorithm 1, in double
START_TEST(many_steps_agree_with_double) {
  fixture *f = make(NULL);
  size_t i = offset_of(f, HEAD) + 1;
  double w = (double)f->net.block[i], m = 0, v = 0;
  for (int t = 1; t <= 200; t++) {
    float g = sinf((float)t) * 0.3f + 0.1f;
    f->grad[i] = g;
    co_adam_step(&f->adam, HEAD, f->grad, 0.5, 1e-2);
    m = 0.9 * m + 0.1 * 0.5 * (double)g;
    v = 0.999 * v + 0.001 * 0.25 * (double)g * (double)g;
    w -= 1e-2 * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-5);
  }
  ck_assert_double_eq_tol((double)f->net.block[i], w, 2e-4 * fabs(w));
  release(f);
}
END_TEST

static void hold_trunk(co_tensor_rule *rule) {
  rule[0] = rule[1] = rule[TENSOR] = rule[3] =
      (co_tensor_rule){.rate = 0, .decay = 0.1, .l2sp = 0.1};
  rule[HEAD].from_update = 2;
}

START_TEST(rules_say_what_moves_from_when_on) {
  fixture *f = make(hold_trunk);
  ck_assert(!co_adam_moves(&f->adam, 0, 0) && !co_adam_moves(&f->adam, TENSOR, 1000));
  ck_assert(!co_adam_moves(&f->adam, HEAD, 1) && co_adam_moves(&f->adam, HEAD, 2));
  ck_assert(co_adam_moves(&f->adam, 5, 0));
  release(f);
}
END_TEST

static void scale_rates(co_tensor_rule *rule) {
  rule[HEAD].rate = 0.1;
}

START_TEST(rates_scale_the_step_of_one_tensor) {
  fixture *f = make(scale_rates), *plain = make(NULL);
  float *before = copy_block(&f->net);
  co_adam_step(&f->adam, HEAD, f->grad, 1, 1e-3);
  co_adam_step(&plain->adam, HEAD, plain->grad, 1, 1e-3);
  size_t i = offset_of(f, HEAD);
  double moved = (double)(f->net.block[i] - before[i]),
         full = (double)(plain->net.block[i] - before[i]);
  ck_assert_double_gt(fabs(full), 1e-4);
  ck_assert_double_eq_tol(moved, 0.1 * full, 1e-7);
  for (size_t k = 0; k < f->net.size; k++)  // no other tensor, and no padding, was touched
    if (k < i || k >= i + 20 * 16) ck_assert(f->net.block[k] == before[k]);
  free(before);
  release(f);
  release(plain);
}
END_TEST

static void decay_head(co_tensor_rule *rule) {
  rule[HEAD].decay = 0.5;
}

START_TEST(decay_is_decoupled) {
  fixture *f = make(decay_head);
  size_t i = offset_of(f, HEAD);
  double before = (double)f->net.block[i];
  memset(f->grad, 0, f->net.size * sizeof *f->grad);
  co_adam_step(&f->adam, HEAD, f->grad, 1, 0.1);
  ck_assert_double_eq_tol((double)f->net.block[i], before * (1 - 0.1 * 0.5), 1e-9);
  ck_assert(f->adam.m[i] == 0 && f->adam.v[i] == 0);
  release(f);
}
END_TEST

static void hold_most(co_tensor_rule *rule) {
  rule[TENSOR].hold = 0.9;
  rule[TENSOR].decay = 0.1;
}

// The largest nine tenths keep their bytes, decay or not; what is left moves as ever, alone in the
// sum of squares. Row by row the same.
START_TEST(the_largest_numbers_are_held) {
  fixture *f = make(hold_most), *plain = make(NULL);
  plain->adam.rule[TENSOR].decay = 0.1;
  float *before = copy_block(&f->net), smallest = INFINITY, largest = 0;
  const co_tensor *tensor = &f->net.tensor[TENSOR];
  double square = 0, sum = 0;
  size_t at = offset_of(f, TENSOR);
  for (int i = 0; i < 3; i++) {
    for (int row = 0; row < tensor->rows; row++)
      square += co_adam_pull(&f->adam, TENSOR, row, 1, f->grad) / 3;
    co_adam_step(&f->adam, TENSOR, f->grad, 1, 1e-3);
    co_adam_step(&plain->adam, TENSOR, plain->grad, 1, 1e-3);
  }
  int held = 0;
  for (int i = 0; i < tensor->rows * tensor->cols; i++) {
    size_t k = at + (size_t)(i / tensor->cols * tensor->stride + i % tensor->cols);
    if (f->net.block[k] == before[k]) {
      held++;
      smallest = fminf(smallest, fabsf(before[k]));
    } else {
      ck_assert(f->net.block[k] == plain->net.block[k]);
      largest = fmaxf(largest, fabsf(before[k]));
      sum += (double)plain->grad[k] * (double)plain->grad[k];
    }
  }
  ck_assert_int_eq(held, 9 * tensor->rows * tensor->cols / 10);
  ck_assert(smallest >= largest);
  ck_assert_double_eq_tol(square, sum, 1e-6 * sum);
  free(before);
  release(f);
  release(plain);
}
END_TEST

static void pull_head(co_tensor_rule *rule) {
  rule[HEAD].l2sp = 0.25;
}

START_TEST(l2sp_pulls_towards_the_start) {
  fixture *f = make(pull_head);
  size_t i = offset_of(f, HEAD), size = f->net.size;
  f->net.block[i] += 2;
  float sum = (f->grad[i] + f->grad[size + i]) + f->grad[2 * size + i];
  float other = (f->grad[i + 1] + f->grad[size + i + 1]) + f->grad[2 * size + i + 1];
  co_adam_reduce(&f->adam, HEAD, f->grad, size, BLOCKS);
  ck_assert_float_eq_tol(f->grad[i], sum + 0.5f, 1e-6f);
  ck_assert(f->grad[i + 1] == other);
  release(f);
}
END_TEST

static void pull_to_fresh(co_tensor_rule *rule) {
  rule[TENSOR].l2init = 0.25;
  rule[HEAD].l2init = 1000;
}

// The anchor is what the tensor would be in a fresh network of that stream; others are not drawn.
START_TEST(l2init_pulls_towards_a_fresh_draw) {
  fixture *f = make(pull_to_fresh);
  co_network fresh;
  ck_assert_int_eq(co_network_create(&def, &fresh), CO_OK);
  co_network_init(&fresh, &(co_stream){5, 0, CO_PURPOSE_INIT});
  size_t size = f->net.size;
  float *before = copy_block(&f->net), *sum = calloc(size, sizeof *sum);
  for (size_t i = 0; i < size; i++)
    sum[i] = (f->grad[i] + f->grad[size + i]) + f->grad[2 * size + i];
  for (int t = 0; t < f->net.num_tensors; t++) {
    double pull = t == TENSOR ? 0.25 : t == HEAD ? 1000 : 0, most = 0;
    size_t at = offset_of(f, t), count = (size_t)(f->net.tensor[t].rows * f->net.tensor[t].stride);
    co_adam_reduce(&f->adam, t, f->grad, size, BLOCKS);
    for (size_t i = at; i < at + count; i++) {
      double away = (double)before[i] - (double)fresh.block[i];
      ck_assert_double_eq_tol((double)f->grad[i], (double)sum[i] + pull * away, 1e-4);
      most = fmax(most, fabs(away));
    }
    ck_assert(pull == 0 || most > 1e-3);
  }
  ck_assert_mem_eq(before, f->net.block, size * sizeof *before);
  free(sum);
  free(before);
  co_network_free(&fresh);
  release(f);
}
END_TEST

static double strength;
static void pull_weight(co_tensor_rule *rule) {
  rule[TENSOR].l2init = strength;
}

// Of a loss a/2 (w - b)^2 the pull makes (a b + s anchor) / (a + s) the best.
START_TEST(a_pull_shares_the_optimum) {
  static const double strengths[] = {0, 0.5, 2, 1000};
  const double a = 2, b = 0.7;
  strength = strengths[_i];
  fixture *f = make(pull_weight);
  const co_tensor *tensor = &f->net.tensor[TENSOR];
  size_t at = offset_of(f, TENSOR);
  for (int i = 0; i < 4000; i++) {
    double rate = 0.01 * pow(0.998, i);
    for (int k = 0; k < tensor->rows * tensor->cols; k++) {
      size_t n = at + (size_t)(k / tensor->cols * tensor->stride + k % tensor->cols);
      f->grad[n] = (float)(a * ((double)f->net.block[n] - b));
    }
    co_adam_reduce(&f->adam, TENSOR, f->grad, f->net.size, 1);
    co_adam_step(&f->adam, TENSOR, f->grad, 1, rate);
  }
  for (int k = 0; k < tensor->rows * tensor->cols; k++) {
    size_t n = at + (size_t)(k / tensor->cols * tensor->stride + k % tensor->cols);
    double anchor = strength > 0 ? (double)f->adam.fresh[n] : 0;
    ck_assert_double_eq_tol((double)f->net.block[n], (a * b + strength * anchor) / (a + strength),
                            1e-4);
  }
  release(f);
}
END_TEST

// Memory and norms are drawn into other numbers as in place.
START_TEST(fresh_values_are_those_of_a_fresh_network) {
  co_network_def wide = def;
  if (_i == 0)
    wide.memory = (co_memory_def){CO_LSTM, 6};
  else
    wide.layer_norm = true;
  co_network net;
  co_stream stream = {9, 2, CO_PURPOSE_INIT};
  ck_assert_int_eq(co_network_create(&wide, &net), CO_OK);
  float *zeros = copy_block(&net), *drawn = copy_block(&net);
  for (int t = 0; t < net.num_tensors; t++)
    co_network_draw_tensor(&net, &stream, t, drawn + ((float *)net.tensor[t].data - net.block));
  ck_assert_mem_eq(zeros, net.block, net.size * sizeof *zeros);
  co_network_init(&net, &stream);
  ck_assert_mem_eq(drawn, net.block, net.size * sizeof *zeros);
  ck_assert_mem_ne(drawn, zeros, net.size * sizeof *zeros);
  free(zeros);
  free(drawn);
  co_network_free(&net);
}
END_TEST

START_TEST(reduce_returns_the_sum_of_squares) {
  fixture *f = make(NULL);
  double square = co_adam_reduce(&f->adam, TENSOR, f->grad, f->net.size, BLOCKS), expected = 0;
  for (int i = 0; i < 8 * 32; i++) {
    double g = (double)f->grad[offset_of(f, TENSOR) + (size_t)i];
    expected += g * g;
  }
  ck_assert_double_gt(expected, 1);
  ck_assert_double_eq_tol(square, expected, 1e-5 * expected);
  release(f);
}
END_TEST

START_TEST(restore_undoes_steps_and_moments) {
  fixture *f = make(NULL), *straight = make(NULL);
  co_adam_step(&f->adam, TENSOR, f->grad, 1, 1e-3);
  co_adam_step(&straight->adam, TENSOR, straight->grad, 1, 1e-3);
  co_adam_save(&f->adam);
  for (int t = 0; t < f->net.num_tensors; t++) co_adam_step(&f->adam, t, f->grad, 1, 1e-3);
  ck_assert_mem_ne(f->net.block, straight->net.block, f->net.size * sizeof(float));
  co_adam_restore(&f->adam);
  ck_assert_mem_eq(f->net.block, straight->net.block, f->net.size * sizeof(float));
  co_adam_step(&f->adam, TENSOR, f->grad, 1, 1e-3);  // goes on as if nothing had been
  co_adam_step(&straight->adam, TENSOR, straight->grad, 1, 1e-3);
  ck_assert_mem_eq(f->net.block, straight->net.block, f->net.size * sizeof(float));
  release(f);
  release(straight);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("adam");
  TCase *all = tcase_create("all");
  tcase_add_test(all, the_largest_numbers_are_held);
  tcase_add_test(all, first_step_is_the_rate_against_the_sign);
  tcase_add_test(all, many_steps_agree_with_double);
  tcase_add_test(all, rules_say_what_moves_from_when_on);
  tcase_add_test(all, rates_scale_the_step_of_one_tensor);
  tcase_add_test(all, decay_is_decoupled);
  tcase_add_test(all, l2sp_pulls_towards_the_start);
  tcase_add_test(all, l2init_pulls_towards_a_fresh_draw);
  tcase_add_loop_test(all, a_pull_shares_the_optimum, 0, 4);
  tcase_add_loop_test(all, fresh_values_are_those_of_a_fresh_network, 0, 2);
  tcase_add_test(all, reduce_returns_the_sum_of_squares);
  tcase_add_test(all, restore_undoes_steps_and_moments);
  suite_add_tcase(suite, all);
  return suite;
}
