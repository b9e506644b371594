// What a training moved: nothing where nothing did, what was done by hand, and features whatever
// basis they are written in.

#include "agents/nn/linear.h"
#include "agents/policy/movement.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"

#include <math.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { SEEN = 50, UNITS = 6 };

static co_arena arena;
static float obs[SEEN * LINE_OBS];
static uint8_t begins[SEEN];
static const co_seen seen = {SEEN, obs, begins};

static void set_up(void) {
  ck_assert_msg(co_linear_is_there(), "libopenblas.so.0 is not installed");
  co_stream stream = {3, 1, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int i = 0; i < SEEN * LINE_OBS; i++) obs[i] = (float)co_rng_normal(&rng);
  for (int i = 0; i < SEEN; i++) begins[i] = i % 20 == 0;
}

static void tear_down(void) {
  co_arena_free(&arena);
}

static co_network_def two_layers(co_activation activation) {
  return (co_network_def){.num_hidden = 2, .hidden = {UNITS, UNITS}, .activation = activation};
}

static co_layer_movement *measure(const co_policy *before, const co_policy *after,
                                  const co_policy *source, const co_seen *at, int *count) {
  co_layer_movement *layer = NULL;
  ck_ok(co_movement_measure(before, after, source, at, &arena, count, &layer));
  return layer;
}

static float *numbers_of(co_policy *policy, const char *name) {
  int at = co_tensor_find(policy->tensor, policy->num_tensors, name);
  ck_assert_int_ge(at, 0);
  return policy->tensor[at].data;
}

START_TEST(nothing_moved) {
  co_policy *policy = small_policy_of(two_layers(CO_TANH), 4), *copy;
  int count = 0, hidden = 0;
  ck_ok(co_policy_copy(policy, &copy));
  const co_layer_movement *layer = measure(policy, copy, policy, &seen, &count);
  ck_assert_int_eq(count, 6);  // two hidden layers and an output, of actor and critic
  for (int i = 0; i < count; i++) {
    ck_assert(layer[i].moved == 0 && layer[i].relative == 0 && layer[i].norm > 0);
    if (!layer[i].units) continue;
    hidden++;
    ck_assert_double_eq(layer[i].cka, 1);
    ck_assert_int_eq(layer[i].units, UNITS);
    ck_assert(layer[i].rank > 1 && layer[i].rank <= UNITS);
    ck_assert_int_eq(layer[i].rank, layer[i].rank_before);
    ck_assert_double_eq(layer[i].dormant, layer[i].dormant_before);
  }
  ck_assert_int_eq(hidden, 2);
  co_policy_free(policy);
  co_policy_free(copy);
}
END_TEST

START_TEST(one_number_moved) {
  co_policy *policy = small_policy_of(two_layers(CO_TANH), 4), *copy;
  int count = 0;
  ck_ok(co_policy_copy(policy, &copy));
  numbers_of(copy, "actor.trunk.1.bias")[2] += 0.5f;
  const co_layer_movement *layer = measure(policy, copy, policy, &seen, &count);
  for (int i = 0; i < count; i++) {
    bool it = strcmp(layer[i].layer, "actor.trunk.1") == 0;
    ck_assert_double_eq_tol(layer[i].moved, it ? 0.5 : 0, 1e-6);
    if (it) ck_assert(layer[i].cka < 1 && layer[i].cka > 0.5);
  }
  co_policy_free(policy);
  co_policy_free(copy);
}
END_TEST

// Units in another order and twice as large are the same features, and all tensors moved.
START_TEST(cka_does_not_see_the_basis) {
  co_policy *policy = small_policy_of(two_layers(CO_RELU), 4), *other;
  int count = 0;
  ck_ok(co_policy_copy(policy, &other));
  int at = co_tensor_find(policy->tensor, policy->num_tensors, "actor.trunk.0.weight");
  int stride = policy->tensor[at].stride;
  const float *weight = numbers_of(policy, "actor.trunk.0.weight");
  const float *bias = numbers_of(policy, "actor.trunk.0.bias");
  for (int u = 0; u < UNITS; u++) {
    for (int i = 0; i < LINE_OBS; i++)
      numbers_of(other, "actor.trunk.0.weight")[i * stride + u] =
          2 * weight[i * stride + (u + 1) % UNITS];
    numbers_of(other, "actor.trunk.0.bias")[u] = 2 * bias[(u + 1) % UNITS];
  }
  const co_layer_movement *layer = measure(policy, other, policy, &seen, &count);
  ck_assert_str_eq(layer[0].layer, "actor.trunk.0");
  ck_assert_double_gt(layer[0].moved, 1);
  ck_assert_double_eq_tol(layer[0].cka, 1, 1e-5);
  ck_assert_int_eq(layer[0].rank, layer[0].rank_before);
  co_policy_free(policy);
  co_policy_free(other);
}
END_TEST

// A layer that puts out zeros has no features; of those with one unit left, one direction.
START_TEST(dead_units_are_told) {
  co_policy *policy = small_policy_of(two_layers(CO_RELU), 4), *dead;
  int count = 0;
  ck_ok(co_policy_copy(policy, &dead));
  for (int u = 1; u < UNITS; u++) numbers_of(dead, "actor.trunk.0.bias")[u] = -1e6f;
  numbers_of(dead, "actor.trunk.0.bias")[0] = 100;
  for (int u = 0; u < UNITS; u++) numbers_of(dead, "actor.trunk.1.bias")[u] = -1e6f;
  const co_layer_movement *layer = measure(policy, dead, policy, &seen, &count);
  ck_assert_double_eq_tol(layer[0].dormant, (UNITS - 1.0) / UNITS, 1e-6);
  ck_assert_int_eq(layer[0].rank, 1);
  ck_assert_str_eq(layer[1].layer, "actor.trunk.1");
  ck_assert_double_eq(layer[1].dormant, 1);
  ck_assert_int_eq(layer[1].rank, 0);
  ck_assert(isnan(layer[1].cka));
  co_policy_free(policy);
  co_policy_free(dead);
}
END_TEST

// Without a source, without observations, from another architecture, and with memory.
START_TEST(what_is_unknown_is_so) {
  co_policy *policy = small_policy_of(two_layers(CO_TANH), 4);
  co_network_def deep = {.num_hidden = 1, .hidden = {9}, .activation = CO_TANH};
  co_policy *other = small_policy_of(deep, 5);
  int count = 0;
  const co_layer_movement *layer = measure(policy, policy, NULL, &seen, &count);
  ck_assert(layer[0].units == UNITS && isnan(layer[0].cka));
  layer = measure(policy, policy, policy, NULL, &count);
  ck_assert(layer[0].units == 0 && isnan(layer[0].cka) && isnan(layer[0].dormant));
  layer = measure(policy, policy, other, &seen, &count);
  ck_assert(layer[0].cka > 0 && layer[0].cka < 1 && isnan(layer[1].cka));
  co_policy *remembers = small_policy_with((co_memory_def){CO_LSTM, 8}, 6);
  layer = measure(remembers, remembers, remembers, &seen, &count);
  ck_assert_int_eq(count, 6);
  ck_assert_str_eq(layer[0].layer, "actor.trunk.0.memory");
  ck_assert(layer[0].units == 0 && layer[1].units == 4 && layer[1].cka == 1);
  co_policy_free(policy);
  co_policy_free(other);
  co_policy_free(remembers);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("movement");
  TCase *tcase = tcase_create("all");
  tcase_add_checked_fixture(tcase, set_up, tear_down);
  tcase_add_test(tcase, nothing_moved);
  tcase_add_test(tcase, one_number_moved);
  tcase_add_test(tcase, cka_does_not_see_the_basis);
  tcase_add_test(tcase, dead_units_are_told);
  tcase_add_test(tcase, what_is_unknown_is_so);
  suite_add_tcase(suite, tcase);
  return suite;
}
