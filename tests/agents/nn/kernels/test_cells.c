// Gates of recurrent cells against naive twins, bit for bit, at every level this CPU has, at widths
// with and without a rest.

#include "agents/nn/kernels/kernels.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { MAX_WIDTH = 65, MAX_PADDED = 80, GATES = 4 };

static const int widths[] = {1, 5, 16, 17, 31, 32, 65};
enum { NUM_WIDTHS = sizeof widths / sizeof *widths };

typedef struct cell_case {
  const co_kernels *kernels;
  co_cell cell;
  int width, padded;
  float input[GATES * MAX_WIDTH], recurrent[GATES * MAX_WIDTH];
  float before[2 * MAX_PADDED], dstate[2 * MAX_PADDED];
} cell_case;

// false: this CPU lacks the level
static bool make_case(int index, cell_case *c) {
  *c = (cell_case){.kernels = co_kernels_named(co_kernels_names[index / NUM_WIDTHS / CO_NUM_CELLS]),
                   .cell = (co_cell)(index / NUM_WIDTHS % CO_NUM_CELLS),
                   .width = widths[index % NUM_WIDTHS]};
  c->padded = co_padded(c->width);
  co_rng rng = co_rng_make(&(co_stream){9, 0, CO_PURPOSE_TEST}, (uint32_t)index);
  co_rng_normals(&rng, c->input, GATES * c->width);
  co_rng_normals(&rng, c->recurrent, GATES * c->width);
  for (int s = 0; s < 2; s++) {
    co_rng_normals(&rng, c->before + s * c->padded, c->width);
    co_rng_normals(&rng, c->dstate + s * c->padded, c->width);
  }
  return c->kernels != NULL;
}

static float sigmoid(const cell_case *c, float x) {
  float e = 0 - x;
  c->kernels->exp(&e, 1, &e);
  return 1 / (1 + e);
}

static float squash(const cell_case *c, float x) {
  c->kernels->tanh(&x, 1, &x);
  return x;
}

static float sum_of(const cell_case *c, int gate, int i) {
  return c->input[gate * c->width + i] + c->recurrent[gate * c->width + i];
}

static float of_tanh(float h, float d) {
  return fmaf(h * (0 - h), d, d);
}

static float of_sigmoid(float s, float d) {
  return d * s * (1 - s);
}

// state and derivatives (gates) of element i, before and after in place; `up` are the derivatives
// by the state, and then by the state before
static void naive_lstm(const cell_case *c, int i, float state[2], float up[2],
                       float dgate[2 * GATES]) {
  float in = sigmoid(c, sum_of(c, 0, i)), forget = sigmoid(c, sum_of(c, 1, i));
  float value = squash(c, sum_of(c, 2, i)), out = sigmoid(c, sum_of(c, 3, i));
  float before = state[1], after = fmaf(forget, before, in * value), squashed = squash(c, after);
  state[0] = out * squashed;
  state[1] = after;
  float dc = up[1] + of_tanh(squashed, up[0] * out);
  dgate[0] = of_sigmoid(in, dc * value);
  dgate[1] = of_sigmoid(forget, dc * before);
  dgate[2] = of_tanh(value, dc * in);
  dgate[3] = of_sigmoid(out, up[0] * squashed);
  up[0] = 0;
  up[1] = dc * forget;
}

static void naive_gru(const cell_case *c, int i, float state[2], float up[2],
                      float dgate[2 * GATES]) {
  float reset = sigmoid(c, sum_of(c, 0, i)), update = sigmoid(c, sum_of(c, 1, i));
  float product = c->recurrent[2 * c->width + i];
  float fresh = squash(c, fmaf(reset, product, c->input[2 * c->width + i])), before = state[0];
  state[0] = fmaf(update, before - fresh, fresh);
  float kept = up[0] * update, dfresh = of_tanh(fresh, up[0] - kept);
  dgate[0] = dgate[GATES] = of_sigmoid(reset, dfresh * product);
  dgate[1] = dgate[GATES + 1] = of_sigmoid(update, up[0] * (before - fresh));
  dgate[2] = dfresh;
  dgate[GATES + 2] = dfresh * reset;
  up[0] = kept;
}

START_TEST(a_step_and_its_derivative_are_the_formulas) {
  cell_case c;
  if (!make_case(_i, &c)) return;
  int gates = co_cell_gates(c.cell), states = co_cell_states(c.cell), width = c.width;
  float tape[CO_CELL_TAPE * MAX_PADDED], state[2 * MAX_PADDED], dstate[2 * MAX_PADDED];
  float dgate[2][GATES * MAX_WIDTH + 1];
  memcpy(state, c.before, sizeof state);
  memcpy(dstate, c.dstate, sizeof dstate);
  for (int side = 0; side < 2; side++) dgate[side][gates * width] = 77;
  c.kernels->cell[c.cell](&(co_cell_args){width, c.input, c.recurrent, tape, state});
  c.kernels->cell_backward[c.cell](
      &(co_cell_backward_args){width, tape, c.before, dstate, dgate[0], dgate[1]});
  for (int i = 0; i < width; i++) {
    float want[2] = {c.before[i], c.before[c.padded + i]}, expected[2 * GATES];
    float up[2] = {c.dstate[i], c.dstate[c.padded + i]};
    (c.cell == CO_LSTM ? naive_lstm : naive_gru)(&c, i, want, up, expected);
    for (int s = 0; s < states; s++) {
      ck_assert(state[s * c.padded + i] == want[s]);
      ck_assert(dstate[s * c.padded + i] == up[s]);
    }
    for (int g = 0; g < gates; g++) {
      ck_assert(dgate[0][g * width + i] == expected[g]);
      if (c.cell == CO_GRU) ck_assert(dgate[1][g * width + i] == expected[GATES + g]);
    }
  }
  for (int side = 0; side < 2; side++) ck_assert(dgate[side][gates * width] == 77);
}
END_TEST

// What is 0 behind the width stays 0, so that products need no masks.
START_TEST(padding_stays_zero) {
  cell_case c;
  if (!make_case(_i, &c)) return;
  float tape[CO_CELL_TAPE * MAX_PADDED], state[2 * MAX_PADDED], dgate[2][GATES * MAX_WIDTH];
  memcpy(state, c.before, sizeof state);
  c.kernels->cell[c.cell](&(co_cell_args){c.width, c.input, c.recurrent, tape, state});
  c.kernels->cell_backward[c.cell](
      &(co_cell_backward_args){c.width, tape, c.before, c.dstate, dgate[0], dgate[1]});
  for (int s = 0; s < co_cell_states(c.cell); s++)
    for (int i = c.width; i < c.padded; i++)
      ck_assert(state[s * c.padded + i] == 0 && c.dstate[s * c.padded + i] == 0);
}
END_TEST

// Gates far beyond saturation, and numbers that are none.
START_TEST(edges_stay_finite_and_nan_stays_nan) {
  cell_case c;
  if (!make_case(_i, &c)) return;
  float tape[CO_CELL_TAPE * MAX_PADDED], state[2 * MAX_PADDED];
  for (int i = 0; i < GATES * c.width; i++) c.input[i] = i % 2 ? 1e30f : -1e30f;
  memcpy(state, c.before, sizeof state);
  c.kernels->cell[c.cell](&(co_cell_args){c.width, c.input, c.recurrent, tape, state});
  for (int i = 0; i < c.width; i++) ck_assert(isfinite(state[i]));
  c.input[0] = NAN;
  c.kernels->cell[c.cell](&(co_cell_args){c.width, c.input, c.recurrent, tape, state});
  ck_assert(isnan(state[0]));
  for (int i = 1; i < c.width; i++) ck_assert(isfinite(state[i]));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("cells");
  TCase *tcase = tcase_create("steps");
  int levels = 0;
  while (co_kernels_names[levels]) levels++;
  int all = levels * CO_NUM_CELLS * NUM_WIDTHS;
  tcase_add_loop_test(tcase, a_step_and_its_derivative_are_the_formulas, 0, all);
  tcase_add_loop_test(tcase, padding_stays_zero, 0, all);
  tcase_add_loop_test(tcase, edges_stay_finite_and_nan_stays_nan, 0, all);
  suite_add_tcase(suite, tcase);
  return suite;
}
