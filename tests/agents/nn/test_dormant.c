// Dormant units: which are, what begins anew, and what stays.

#include "agents/nn/dormant.h"
#include "tests/support/acting.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 70, WIDTH = 20, OBS = 5, DEAD_UNITS = 3 };
static const int dead[DEAD_UNITS] = {0, 7, 19};
static const co_stream stream = {3, 1, CO_PURPOSE_DROPOUT};

typedef struct fixture {
  co_arena arena;
  co_network net;
  co_adam adam;
  float obs[ROWS * OBS];
  double activity[WIDTH];
} fixture;

static void put(const fixture *f, int tensor, int row, int col, float value) {
  const co_tensor *t = &f->net.tensor[tensor];
  ((float *)t->data)[row * t->stride + col] = value;
}

static float get(const fixture *f, int tensor, int row, int col) {
  return (float)co_tensor_get(&f->net.tensor[tensor], row, col);
}

// A network whose lower hidden layer has dead units, with moments everywhere.
static fixture *make(co_network_def def, const co_tensor_rule *rule) {
  fixture *f = calloc(1, sizeof *f);
  def.obs_dim = OBS, def.act_dim = 2, def.num_hidden = 2, def.activation = CO_RELU;
  def.hidden[0] = def.hidden[1] = WIDTH;
  ck_assert_int_eq(co_network_create(&def, &f->net), CO_OK);
  co_network_init(&f->net, &(co_stream){8, 0, CO_PURPOSE_INIT});
  for (int part = 0; part < f->net.num_parts; part++)
    for (int i = 0; i < DEAD_UNITS; i++)
      put(f, f->net.part[part].layer[0].tensor + 1, 0, dead[i], -1000);
  ck_assert_int_eq(
      co_adam_create(&f->arena, co_kernels_get(), &f->net, rule, &stream, 1e-5, &f->adam), CO_OK);
  for (int t = 0; t < f->net.num_tensors; t++) {
    const co_tensor *tensor = &f->net.tensor[t];
    ptrdiff_t at = (float *)tensor->data - f->net.block;
    for (int i = 0; i < tensor->rows * tensor->stride; i++)
      if (i % tensor->stride < tensor->cols) f->adam.m[at + i] = f->adam.v[at + i] = 1;
  }
  co_rng rng = co_rng_make(&(co_stream){9, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, f->obs, ROWS * OBS);
  return f;
}

static void release(fixture *f) {
  co_network_free(&f->net);
  co_arena_free(&f->arena);
  free(f);
}

// Outputs of a hidden layer over all rows.
static float *hidden_outputs(const fixture *f, int part, int layer) {
  const co_dense *layers = f->net.part[part].layer;
  float *output[CO_MAX_LAYERS];
  co_mlp mlp = co_mlp_view(co_kernels_get(), &f->net, layers);
  for (int l = 0; l < f->net.num_layers; l++)
    output[l] = aligned_alloc(64, (size_t)(ROWS * layers[l].out_stride) * sizeof **output);
  co_mlp_forward(&mlp, f->obs, OBS, ROWS, output);
  for (int l = 0; l < f->net.num_layers; l++)
    if (l != layer) free(output[l]);
  return output[layer];
}

static int renew(fixture *f, int part, int layer, double threshold, int64_t event) {
  co_hidden_layer of = co_hidden_layer_of(&f->net, part, layer);
  float *output = hidden_outputs(f, part, layer);
  memset(f->activity, 0, sizeof f->activity);
  co_hidden_layer_add(of.layer, output, ROWS, f->activity);
  co_rng rng = co_hidden_layer_draws(&f->adam, &of, &stream, event);
  free(output);
  return co_hidden_layer_renew(&f->adam, &of, f->activity, threshold, &rng);
}

// Scores by their definition, in double.
START_TEST(scores_are_shares_of_the_layers_mean) {
  static const double thresholds[] = {0, 0.3, 0.6, 0.9, 1};
  fixture *f = make((co_network_def){0}, NULL);
  float *output = hidden_outputs(f, CO_ACTOR, 1);
  int stride = f->net.part[CO_ACTOR].layer[1].out_stride, want = 0;
  double unit[WIDTH] = {0}, mean = 0;
  for (int u = 0; u < WIDTH; u++)
    for (int r = 0; r < ROWS; r++) unit[u] += fabs((double)output[r * stride + u]) / ROWS;
  for (int u = 0; u < WIDTH; u++) mean += unit[u] / WIDTH;
  for (int u = 0; u < WIDTH; u++) want += unit[u] / mean <= thresholds[_i];
  ck_assert_int_eq(renew(f, CO_ACTOR, 1, thresholds[_i], 1), want);
  ck_assert(_i < 2 || want > 0);
  ck_assert_int_lt(want, WIDTH);
  free(output);
  release(f);
}
END_TEST

static bool is_dead(int unit) {
  return unit == dead[0] || unit == dead[1] || unit == dead[2];
}

// Incoming weights have the length of fresh ones, outgoing are 0, moments of both are, and nothing
// else has changed; so what the network computes has not either.
START_TEST(dead_units_begin_anew) {
  fixture *f = make((co_network_def){0}, NULL);
  float *before = hidden_outputs(f, CO_ACTOR, 2);
  size_t bytes = f->net.size * sizeof(float);
  float *block = malloc(bytes);
  memcpy(block, f->net.block, bytes);
  ck_assert_int_eq(renew(f, CO_ACTOR, 0, 0.01, 1), DEAD_UNITS);
  const co_dense *layer = f->net.part[CO_ACTOR].layer;
  for (int t = 0; t < f->net.num_tensors; t++) {
    const co_tensor *tensor = &f->net.tensor[t];
    ptrdiff_t at = (float *)tensor->data - f->net.block;
    bool incoming = t == layer[0].tensor || t == layer[0].tensor + 1;
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      int row = i / tensor->cols, col = i % tensor->cols;
      ptrdiff_t n = at + (ptrdiff_t)row * tensor->stride + col;
      bool outgoing = t == layer[1].tensor && is_dead(row),
           anew = outgoing || (incoming && is_dead(col));
      ck_assert((f->net.block[n] != block[n]) == anew);
      ck_assert(f->adam.m[n] == (anew ? 0 : 1) && f->adam.v[n] == (anew ? 0 : 1));
      if (outgoing) ck_assert(f->net.block[n] == 0);
    }
  }
  for (int i = 0; i < DEAD_UNITS; i++) {
    double square = 0;
    for (int row = 0; row < OBS; row++)
      square += pow((double)get(f, layer[0].tensor, row, dead[i]), 2);
    ck_assert_double_eq_tol(square, 2.0 * OBS / WIDTH, 1e-5);  // gain sqrt 2, 5 into 20
    ck_assert(get(f, layer[0].tensor + 1, 0, dead[i]) == 0);
  }
  float *after = hidden_outputs(f, CO_ACTOR, 2);
  for (int i = 0; i < ROWS * layer[2].out_stride; i++) ck_assert(before[i] == after[i]);
  ck_assert_int_eq(renew(f, CO_ACTOR, 0, 0, 2), 0);  // they are alive now
  free(before);
  free(after);
  free(block);
  release(f);
}
END_TEST

// What is drawn is named by the event and the layer.
START_TEST(draws_are_those_of_the_event) {
  float drawn[4];
  for (int i = 0; i < 4; i++) {
    fixture *f = make((co_network_def){0}, NULL);
    int part = i == 3 ? CO_CRITIC : CO_ACTOR;
    renew(f, part, 0, 0, i == 2 ? 2 : 1);
    drawn[i] = get(f, f->net.part[part].layer[0].tensor, 1, dead[1]);
    release(f);
  }
  ck_assert(drawn[0] == drawn[1] && drawn[0] != drawn[2] && drawn[0] != drawn[3]);
}
END_TEST

// Who reads the last hidden layer, whose outgoing weights all become 0.
START_TEST(all_readers_lose_a_unit) {
  static const struct {
    co_head head;
    bool shared;
    co_tensor_layer second;
  } cases[] = {{CO_HEAD_GAUSSIAN, false, CO_LAYER_NONE},
               {CO_HEAD_SQUASHED, false, CO_LAYER_SPREAD},
               {CO_HEAD_GAUSSIAN, true, CO_LAYER_VALUE}};
  fixture *f =
      make((co_network_def){.head = cases[_i].head, .shared_trunk = cases[_i].shared}, NULL);
  co_hidden_layer of = co_hidden_layer_of(&f->net, CO_ACTOR, 1);
  int tensor = of.above[1] ? of.above[1]->tensor : -1;
  ck_assert_int_eq(tensor >= 0, cases[_i].second != CO_LAYER_NONE);
  for (int i = 0; i < DEAD_UNITS; i++) put(f, of.layer->tensor + 1, 0, dead[i], -1000);
  ck_assert_int_eq(renew(f, CO_ACTOR, 1, 0, 1), DEAD_UNITS);
  for (int u = 0; u < WIDTH; u++) {
    ck_assert_int_eq(get(f, of.above[0]->tensor, u, 0) == 0, is_dead(u));
    if (tensor < 0) continue;
    ck_assert_int_eq(f->net.tensor[tensor].facts.layer, cases[_i].second);
    ck_assert_int_eq(get(f, tensor, u, 0) == 0, is_dead(u));
  }
  release(f);
}
END_TEST

START_TEST(a_norm_begins_anew_too) {
  fixture *f = make((co_network_def){.layer_norm = true}, NULL);
  int weight = f->net.part[CO_ACTOR].layer[0].tensor;
  for (int u = 0; u < WIDTH; u++) put(f, weight + 2, 0, u, 3), put(f, weight + 3, 0, u, 0.1f);
  put(f, weight + 2, 0, 4, 0), put(f, weight + 3, 0, 4, 0);  // always 0
  ck_assert_int_ge(renew(f, CO_ACTOR, 0, 0, 1), 1);
  ck_assert(get(f, weight + 2, 0, 4) == 1 && get(f, weight + 3, 0, 4) == 0);
  ck_assert(get(f, weight + 2, 0, 5) == 3 && get(f, weight + 3, 0, 5) == 0.1f);
  release(f);
}
END_TEST

// A layer begins anew only where it moves as a whole, with the weights above it.
START_TEST(what_stays_is_not_touched) {
  enum { FROZEN_BIAS, FROZEN_ABOVE, WAITING, HELD, ADAPTED, FREE };
  co_tensor_rule rule[64];
  fixture *plain = make((co_network_def){0}, NULL);
  const co_dense *layer = plain->net.part[CO_ACTOR].layer;
  for (int t = 0; t < 64; t++) rule[t] = (co_tensor_rule){.rate = 1};
  if (_i == FROZEN_BIAS) rule[layer[0].tensor + 1].rate = 0;
  if (_i == FROZEN_ABOVE) rule[layer[1].tensor].rate = 0;
  if (_i == WAITING) rule[layer[0].tensor].from_update = 3;
  if (_i == HELD) rule[layer[1].tensor].hold = 0.5;
  if (_i == ADAPTED) rule[layer[0].tensor].lora = 2;
  fixture *f = make((co_network_def){0}, rule);
  co_hidden_layer of = co_hidden_layer_of(&f->net, CO_ACTOR, 0);
  ck_assert_int_eq(co_hidden_layer_renews(&f->adam, &of, 2), _i == FREE);
  ck_assert_int_eq(co_hidden_layer_renews(&f->adam, &of, 3), _i == FREE || _i == WAITING);
  release(f);
  release(plain);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("dormant");
  TCase *all = tcase_create("all");
  tcase_add_loop_test(all, scores_are_shares_of_the_layers_mean, 0, 5);
  tcase_add_test(all, dead_units_begin_anew);
  tcase_add_test(all, draws_are_those_of_the_event);
  tcase_add_loop_test(all, all_readers_lose_a_unit, 0, 3);
  tcase_add_test(all, a_norm_begins_anew_too);
  tcase_add_loop_test(all, what_stays_is_not_touched, 0, 6);
  suite_add_tcase(suite, all);
  return suite;
}
