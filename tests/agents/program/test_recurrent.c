// LSTM and GRU: against the standard's formulas in double, over steps, with and without a state
// before the first, with outputs left out; what cells no trainer has is refused.

#include "tests/agents/program/graphs.h"

enum { IN = 3, WIDTH = 5, STEPS = 2, GATES = 4 };

static float w[GATES * WIDTH * IN], r[GATES * WIDTH * WIDTH], b[2 * GATES * WIDTH];
static const float obs[STEPS * IN + 2 * WIDTH] = {0.4f, -1, 0.7f,  1.2f, 0.1f, -0.3f, 0.2f, -0.6f,
                                                  0.9f, 0,  -0.2f, 0.5f, 1.5f, -1,    0.3f, 0.8f};

static void setup(void) {
  for (int i = 0; i < GATES * WIDTH * IN; i++) w[i] = sinf(1.7f * (float)i);
  for (int i = 0; i < GATES * WIDTH * WIDTH; i++) r[i] = 0.6f * sinf(0.9f * (float)i + 1);
  for (int i = 0; i < 2 * GATES * WIDTH; i++) b[i] = 0.3f * sinf(2.3f * (float)i);
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

// Gate g of the standard's order: the products of x and h, each with its bias.
static double by_x(int g, int k, const double *x) {
  double sum = (double)b[g * WIDTH + k];
  for (int i = 0; i < IN; i++) sum += (double)w[(g * WIDTH + k) * IN + i] * x[i];
  return sum;
}
static double by_h(int gates, int g, int k, const double *h) {
  double sum = (double)b[(gates + g) * WIDTH + k];
  for (int i = 0; i < WIDTH; i++) sum += (double)r[(g * WIDTH + k) * WIDTH + i] * h[i];
  return sum;
}

static void lstm_step(const double *x, double *h, double *c) {
  double next[WIDTH];
  for (int k = 0; k < WIDTH; k++) {
    double gate[GATES];
    for (int g = 0; g < GATES; g++) gate[g] = by_x(g, k, x) + by_h(4, g, k, h);
    c[k] = sigmoid(gate[2]) * c[k] + sigmoid(gate[0]) * tanh(gate[3]);
    next[k] = sigmoid(gate[1]) * tanh(c[k]);
  }
  memcpy(h, next, sizeof next);
}

static void gru_step(const double *x, double *h, bool late) {
  double next[WIDTH], kept[WIDTH], reset[WIDTH];
  for (int k = 0; k < WIDTH; k++) {
    reset[k] = sigmoid(by_x(1, k, x) + by_h(3, 1, k, h));
    kept[k] = reset[k] * h[k];
  }
  for (int k = 0; k < WIDTH; k++) {
    double update = sigmoid(by_x(0, k, x) + by_h(3, 0, k, h));
    double past = late ? reset[k] * by_h(3, 2, k, h) : by_h(3, 2, k, kept);
    next[k] = (1 - update) * tanh(by_x(2, k, x) + past) + update * h[k];
  }
  memcpy(h, next, sizeof next);
}

// One form of a cell: its graph and what comes out.
typedef struct form {
  bool lstm, late, batch_first, given, state_only;
} form;

static const form forms[] = {
    {.lstm = true},
    {.lstm = true, .given = true},
    {.lstm = true, .batch_first = true, .given = true},
    {.lstm = true, .state_only = true},
    {.late = true},
    {.late = true, .given = true},
    {.given = true},
    {.batch_first = true, .state_only = true},
};

static graph *cell_graph(const form *f) {
  int64_t gates = f->lstm ? 4 : 3;
  graph *g = graph_of(14);
  if (f->batch_first)
    graph_input(g, "x", SHAPE(1, STEPS, IN));
  else
    graph_input(g, "x", SHAPE(STEPS, 1, IN));
  graph_reals(g, "w", SHAPE(1, gates * WIDTH, IN), w);
  graph_reals(g, "r", SHAPE(1, gates * WIDTH, WIDTH), r);
  graph_reals(g, "b", SHAPE(1, 2 * gates * WIDTH), b);
  if (f->given) {
    graph_input(g, "before", SHAPE(1, 1, WIDTH));
    if (f->lstm) graph_input(g, "cells", SHAPE(1, 1, WIDTH));
  }
  const char *in = !f->given ? "x w r b" : f->lstm ? "x w r b - before cells" : "x w r b - before";
  co_onnx_node *node = graph_node(g, f->lstm ? "LSTM" : "GRU", in, f->state_only ? "- y" : "y");
  put_int(node, "hidden_size", WIDTH);
  if (f->batch_first) put_int(node, "layout", 1);
  if (f->late) put_int(node, "linear_before_reset", 1);
  graph_output(g, "y");
  return g;
}

START_TEST(as_the_standard_says) {
  const form *f = &forms[_i];
  graph *g = cell_graph(f);
  double h[WIDTH] = {0}, c[WIDTH] = {0};
  float expected[STEPS * WIDTH], last[WIDTH];
  for (int k = 0; f->given && k < WIDTH; k++) {
    h[k] = (double)obs[STEPS * IN + k];
    c[k] = f->lstm ? (double)obs[STEPS * IN + WIDTH + k] : 0;
  }
  for (int t = 0; t < STEPS; t++) {
    double x[IN];
    for (int i = 0; i < IN; i++) x[i] = (double)obs[t * IN + i];
    if (f->lstm)
      lstm_step(x, h, c);
    else
      gru_step(x, h, f->late);
    for (int k = 0; k < WIDTH; k++) expected[t * WIDTH + k] = last[k] = (float)h[k];
  }
  if (f->state_only)
    check_graph(g, obs, last, WIDTH, 2e-6);
  else
    check_graph(g, obs, expected, STEPS * WIDTH, 2e-6);
}
END_TEST

// A cell whose state goes round as the program's.
START_TEST(remembers) {
  graph *g = graph_of(14);
  graph_input(g, "x", SHAPE(1, 1, IN));
  graph_reals(g, "w", SHAPE(1, 4 * WIDTH, IN), w);
  graph_reals(g, "r", SHAPE(1, 4 * WIDTH, WIDTH), r);
  graph_reals(g, "b", SHAPE(1, 8 * WIDTH), b);
  graph_input(g, "h_in", SHAPE(1, 1, WIDTH));
  graph_input(g, "c_in", SHAPE(1, 1, WIDTH));
  graph_node(g, "LSTM", "x w r b - h_in c_in", "y h_out c_out");
  graph_output(g, "y");
  graph_output(g, "h_out");
  graph_output(g, "c_out");
  co_program program = compile_graph(g);
  ck_assert_int_eq(program.obs_dim, IN);
  ck_assert_int_eq(program.state_dim, 2 * WIDTH);
  float state[2 * WIDTH] = {0}, action[WIDTH];
  double h[WIDTH] = {0}, c[WIDTH] = {0};
  for (int t = 0; t < 5; t++) {
    double x[IN];
    for (int i = 0; i < IN; i++) x[i] = (double)obs[t % STEPS * IN + i];
    lstm_step(x, h, c);
    run_program(&program, obs + t % STEPS * IN, 1, state, action);
    for (int k = 0; k < WIDTH; k++) ck_assert_double_le(fabs((double)action[k] - h[k]), 2e-6);
  }
  co_program_free(&program);
}
END_TEST

START_TEST(refused) {
  static const struct {
    const char *attribute, *value, *says;
  } cases[] = {
      {"direction", "reverse", "no future"},
      {"clip", NULL, "clips its gates"},
      {"hidden_size", NULL, "hidden_size is not"},
  };
  graph *g = cell_graph(&forms[0]);
  co_onnx_node *node = &g->node[0];
  if (cases[_i].value)
    put_text(node, cases[_i].attribute, cases[_i].value);
  else if (strcmp(cases[_i].attribute, "clip") == 0)
    put_float(node, "clip", 1);
  else
    *(int64_t *)(uintptr_t)node->attribute[0].whole = 3;
  refuse_graph(g, cases[_i].says);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("agents/program/recurrent");
  TCase *tcase = tcase_create("recurrent");
  tcase_add_checked_fixture(tcase, setup, NULL);
  tcase_add_loop_test(tcase, as_the_standard_says, 0, sizeof forms / sizeof *forms);
  tcase_add_test(tcase, remembers);
  tcase_add_loop_test(tcase, refused, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}
