// A residual network beside an actor: its tensors, its bound, its cost. Passes and gradients:
// test_layers.c.

#include "tests/support/acting.h"
#include "tests/support/support.h"

#include <math.h>

enum { ROWS = 13 };

static const co_network_def beside = {.obs_dim = 4,
                                      .act_dim = 3,
                                      .num_hidden = 2,
                                      .hidden = {20, 9},
                                      .activation = CO_ELU,
                                      .residual = {1, {18}, CO_TANH, 0.7}};

// numbers of ordinary size everywhere
static co_network make(void) {
  co_network net;
  co_stream stream = {21, 1, CO_PURPOSE_TEST};
  ck_assert_int_eq(co_network_create(&beside, &net), CO_OK);
  co_rng rng = co_rng_make(&stream, 77);
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    for (int row = 0; row < tensor->rows; row++)
      co_rng_normals(&rng, (float *)tensor->data + row * tensor->stride, tensor->cols);
  }
  return net;
}

static void fill_obs(float *obs, int count) {
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, obs, count);
}

START_TEST(residual_networks_have_names_and_begin_with_nothing) {
  static const char *const expected[] = {"actor.mean.bias",       "actor.residual.0.weight",
                                         "actor.residual.0.bias", "actor.residual.1.weight",
                                         "actor.residual.1.bias", "actor.log_std"};
  co_network_def plain = beside;
  plain.residual = (co_residual_def){0};
  co_network net, without;
  const co_stream named = {1, 1, CO_PURPOSE_INIT};
  ck_assert_int_eq(co_network_create(&beside, &net), CO_OK);
  ck_assert_int_eq(co_network_create(&plain, &without), CO_OK);
  co_network_init(&net, &named);
  co_network_init(&without, &named);
  ck_assert_int_eq(net.num_tensors, without.num_tensors + 4);
  for (int t = 0; t < 6; t++) ck_assert_str_eq(net.tensor[5 + t].name, expected[t]);
  // nothing else is drawn otherwise, and what is acted by are the same bits
  for (int t = 0; t < without.num_tensors; t++) {
    int same = co_tensor_find(net.tensor, net.num_tensors, without.tensor[t].name);
    ck_assert_uint_eq(co_tensor_hash(&net.tensor[same]), co_tensor_hash(&without.tensor[t]));
  }
  float obs[ROWS * 4], mean[ROWS * 3], alone[ROWS * 3];
  fill_obs(obs, ROWS * 4);
  network_forward(&net, obs, ROWS, mean, NULL);
  network_forward(&without, obs, ROWS, alone, NULL);
  ck_assert_mem_eq(mean, alone, sizeof mean);
  ck_assert(co_tensor_get(&net.tensor[6], 0, 1) != 0 && co_tensor_get(&net.tensor[8], 0, 1) == 0);
  co_network_free(&net);
  co_network_free(&without);
}
END_TEST

// However far it is driven, it adds `scale` at most.
START_TEST(what_a_residual_network_adds_is_bounded) {
  co_network net = make();
  float obs[ROWS * 4], mean[ROWS * 3], alone[ROWS * 3], most = 0;
  fill_obs(obs, ROWS * 4);
  int first = co_tensor_find(net.tensor, net.num_tensors, "actor.residual.0.weight");
  for (int t = first; t < first + 4; t++)
    for (int i = 0; i < net.tensor[t].rows * net.tensor[t].stride; i++)
      ((float *)net.tensor[t].data)[i] *= 100;
  network_forward(&net, obs, ROWS, mean, NULL);
  net.num_residual = 0;
  network_forward(&net, obs, ROWS, alone, NULL);
  for (int i = 0; i < ROWS * 3; i++) most = fmaxf(most, fabsf(mean[i] - alone[i]));
  ck_assert(most > 0.69f && most < 0.7001f);
  co_network_free(&net);
}
END_TEST

// Frozen, the actor costs its forward pass.
START_TEST(residual_networks_are_counted) {
  co_network net = make();
  co_mlp mlp = co_mlp_view(co_kernels_get(), &net, net.part[CO_ACTOR].layer);
  double own = 2 * (4 * 20 + 20 * 9 + 9 * 3), added = 2 * (4 * 18 + 18 * 3), above = 2 * 18 * 3;
  const bool moves[] = {false, false, false, true, true},
             other[] = {true, true, true, false, false};
  ck_assert_double_eq(co_mlp_forward_flop(&mlp), own + added);
  ck_assert_double_eq(co_mlp_backward_flop(&mlp, moves), added + above);
  ck_assert_double_eq(co_mlp_backward_flop(&mlp, other), 2 * own - 2 * 4 * 20);
  co_network_free(&net);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("residual");
  TCase *tcase = tcase_create("residual");
  tcase_add_test(tcase, residual_networks_have_names_and_begin_with_nothing);
  tcase_add_test(tcase, what_a_residual_network_adds_is_bounded);
  tcase_add_test(tcase, residual_networks_are_counted);
  suite_add_tcase(suite, tcase);
  return suite;
}
