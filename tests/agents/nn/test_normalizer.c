// Running statistics: what is merged from rows is what the numbers themselves say.

#include "agents/nn/normalizer.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { DIM = 3, COUNT = 500 };

static float samples[COUNT][DIM];

static void draw_samples(void) {
  co_rng rng = co_rng_make(&(co_stream){8, 0, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < COUNT; i++)
    for (int j = 0; j < DIM; j++) samples[i][j] = (float)(100 * j + (j + 1) * co_rng_normal(&rng));
}

// mean and variance of samples first .. end - 1, in two passes
static void direct(int first, int end, double *mean, double *var) {
  for (int j = 0; j < DIM; j++) {
    mean[j] = var[j] = 0;
    for (int i = first; i < end; i++) mean[j] += (double)samples[i][j] / (end - first);
    for (int i = first; i < end; i++) {
      double delta = (double)samples[i][j] - mean[j];
      var[j] += delta * delta / (end - first);
    }
  }
}

static void merge_range(co_normalizer *norm, int first, int end) {
  double mean[DIM] = {0}, m2[DIM] = {0};
  co_moments moments = {0, mean, m2};
  for (int i = first; i < end; i++) co_moments_add(&moments, DIM, samples[i]);
  co_normalizer_merge(norm, &moments);
}

static co_normalizer make(void) {
  co_normalizer norm;
  ck_assert_int_eq(co_normalizer_create(DIM, &norm), CO_OK);
  draw_samples();
  return norm;
}

START_TEST(fresh_one_changes_nothing_but_clips) {
  co_normalizer norm = make();
  float obs[DIM] = {0.5f, -3, 1000}, out[DIM];
  ck_assert(*norm.count == 0 && norm.epsilon == 1e-8 && norm.clip == 10);
  co_normalizer_apply(&norm, obs, 1, out, DIM);
  ck_assert_float_eq_tol(out[0], 0.5f, 1e-7f);
  ck_assert_float_eq_tol(out[1], -3, 1e-6f);
  ck_assert(out[2] == 10);
  co_normalizer_free(&norm);
}
END_TEST

START_TEST(merged_parts_give_the_whole) {
  static const int cuts[][4] = {
      {0, COUNT, COUNT, COUNT}, {0, 1, 2, COUNT}, {0, 100, 100, COUNT}, {0, 333, 499, COUNT}};
  co_normalizer norm = make();
  double mean[DIM], var[DIM];
  for (int part = 0; part < 3; part++) merge_range(&norm, cuts[_i][part], cuts[_i][part + 1]);
  direct(0, COUNT, mean, var);
  ck_assert(*norm.count == COUNT);
  for (int j = 0; j < DIM; j++) {
    ck_assert_double_eq_tol(norm.mean[j], mean[j], 1e-11);
    ck_assert_double_eq_tol(norm.var[j], var[j], 1e-10);
  }
  co_normalizer_free(&norm);
}
END_TEST

START_TEST(apply_standardises_and_leaves_padding) {
  co_normalizer norm = make();
  merge_range(&norm, 0, COUNT);
  enum { STRIDE = 5 };
  float out[2 * STRIDE] = {0, 0, 0, 7, 8, 0, 0, 0, 9, 10};
  co_normalizer_apply(&norm, samples[10], 2, out, STRIDE);
  for (int row = 0; row < 2; row++)
    for (int j = 0; j < DIM; j++) {
      double z = ((double)samples[10 + row][j] - norm.mean[j]) / sqrt(norm.var[j] + 1e-8);
      ck_assert_double_eq_tol((double)out[row * STRIDE + j], z, 1e-6);
    }
  ck_assert(out[3] == 7 && out[4] == 8 && out[8] == 9 && out[9] == 10);
  co_normalizer_free(&norm);
}
END_TEST

START_TEST(cap_makes_new_samples_weigh_more) {
  co_normalizer norm = make();
  merge_range(&norm, 0, 400);
  double before = norm.mean[1];
  co_normalizer_cap(&norm, 1000);
  ck_assert(*norm.count == 400);
  co_normalizer_cap(&norm, 10);
  ck_assert(*norm.count == 10 && norm.mean[1] == before);
  double mean[DIM], var[DIM];
  direct(400, 440, mean, var);
  merge_range(&norm, 400, 440);
  ck_assert_double_eq_tol(norm.mean[1], (10 * before + 40 * mean[1]) / 50, 1e-10);
  co_normalizer_free(&norm);
}
END_TEST

START_TEST(no_samples_change_nothing_and_reset_forgets) {
  co_normalizer norm = make();
  merge_range(&norm, 0, 50);
  double mean = norm.mean[2];
  merge_range(&norm, 50, 50);
  ck_assert(norm.mean[2] == mean && *norm.count == 50);
  co_normalizer_reset(&norm);
  ck_assert(norm.mean[2] == 0 && norm.var[2] == 1 && *norm.count == 0);
  co_normalizer_free(&norm);
}
END_TEST

START_TEST(tensors_are_views) {
  co_normalizer norm = make();
  co_tensor tensor[3];
  co_normalizer_tensors(&norm, CO_PART_OBS_NORM, tensor);
  ck_assert_str_eq(tensor[0].name, "obs_norm.mean");
  ck_assert_str_eq(tensor[1].name, "obs_norm.var");
  ck_assert_str_eq(tensor[2].name, "obs_norm.count");
  norm.mean[2] = 4.5;
  norm.count[0] = 12;
  ck_assert(tensor[0].dtype == CO_F64 && co_tensor_get(&tensor[0], 0, 2) == 4.5);
  ck_assert(tensor[1].cols == DIM && co_tensor_get(&tensor[1], 0, 1) == 1);
  ck_assert(tensor[2].cols == 1 && co_tensor_get(&tensor[2], 0, 0) == 12);
  co_normalizer_free(&norm);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("normalizer");
  TCase *all = tcase_create("all");
  tcase_add_test(all, fresh_one_changes_nothing_but_clips);
  tcase_add_loop_test(all, merged_parts_give_the_whole, 0, 4);
  tcase_add_test(all, apply_standardises_and_leaves_padding);
  tcase_add_test(all, cap_makes_new_samples_weigh_more);
  tcase_add_test(all, no_samples_change_nothing_and_reset_forgets);
  tcase_add_test(all, tensors_are_views);
  suite_add_tcase(suite, all);
  return suite;
}
