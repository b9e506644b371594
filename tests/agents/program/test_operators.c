// Operators one by one: against libm in double where they are functions, against small answers
// worked out by hand where they move numbers; what they refuse.

#include "tests/agents/program/graphs.h"

// ---- functions of one number

static double reciprocal(double x) {
  return 1 / x;
}
static double relu(double x) {
  return fmax(x, 0);
}
static double elu(double x) {
  return x > 0 ? x : expm1(x);
}
static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}
static double softplus(double x) {
  return log1p(exp(x));
}
static double gelu(double x) {
  return 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double gelu_by_tanh(double x) {
  double z = sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x);
  return x / (1 + exp(-2 * z));
}

static const struct {
  const char *op;
  int opset;
  double (*is)(double);
  double low, high, within;  // of the larger of 1 and the answer
} functions[] = {
    {"Abs", 9, fabs, -3, 3, 0},
    {"Sqrt", 9, sqrt, 0, 50, 1e-7},
    {"Exp", 9, exp, -100, 88.5, 2e-6},
    {"Log", 9, log, 1e-30, 1e30, 3e-7},
    {"Log", 9, log, 1e-44, 1e-38, 3e-6},
    {"Reciprocal", 9, reciprocal, 0.25, 9, 1e-7},
    {"Erf", 9, erf, -7, 7, 4e-7},
    {"Erf", 9, erf, -0.6, 0.6, 4e-7},
    {"Gelu", 20, gelu, -6, 6, 1e-6},
    {"Relu", 9, relu, -3, 3, 0},
    {"Elu", 9, elu, -100, 3, 3e-7},
    {"Sigmoid", 9, sigmoid, -90, 90, 2e-7},
    {"Softplus", 9, softplus, -90, 90, 4e-7},
    {"Tanh", 9, tanh, -20, 20, 4e-7},
};
enum { POINTS = 401, NUM_FUNCTIONS = sizeof functions / sizeof *functions };

START_TEST(functions_of_one_number) {
  graph *g = graph_of(functions[_i].opset);
  graph_input(g, "x", SHAPE(1, POINTS));
  graph_node(g, functions[_i].op, "x", "y");
  graph_output(g, "y");
  float obs[POINTS], action[POINTS];
  double span = functions[_i].high - functions[_i].low;
  for (int i = 0; i < POINTS; i++) obs[i] = (float)(functions[_i].low + span * i / (POINTS - 1));
  co_program program = compile_graph(g);
  run_program(&program, obs, 1, NULL, action);
  for (int i = 0; i < POINTS; i++) {
    double want = functions[_i].is((double)obs[i]), large = fmax(1, fabs(want));
    ck_assert_msg(fabs((double)action[i] - want) <= functions[_i].within * large,
                  "%s(%.9g) is %.9g, not %.9g", functions[_i].op, (double)obs[i], (double)action[i],
                  want);
  }
  co_program_free(&program);
}
END_TEST

// Where a function ends.
START_TEST(edges) {
  static const struct {
    const char *op;
    float x, want;
  } cases[] = {{"Exp", 200, INFINITY},      {"Exp", -200, 0},      {"Exp", -INFINITY, 0},
               {"Log", 0, -INFINITY},       {"Log", -1, NAN},      {"Log", INFINITY, INFINITY},
               {"Sqrt", -1, NAN},           {"Erf", 30, 1},        {"Erf", -INFINITY, -1},
               {"Reciprocal", 0, INFINITY}, {"Softplus", 200, 200}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    graph *g = graph_of(13);
    graph_input(g, "x", SHAPE(1, 1));
    graph_node(g, cases[i].op, "x", "y");
    graph_output(g, "y");
    co_program program = compile_graph(g);
    float y;
    run_program(&program, &cases[i].x, 1, NULL, &y);
    bool same = isnan(cases[i].want) ? isnan(y) : y == cases[i].want;
    ck_assert_msg(same, "%s(%g) is %g", cases[i].op, (double)cases[i].x, (double)y);
    co_program_free(&program);
  }
}
END_TEST

// Far below zero the answer is small, and its digits still count.
START_TEST(gelu_below_zero) {
  static const float obs[6] = {-1e20f, -40, -9, -5, -3, -0.5f};
  for (int way = 0; way < 2; way++) {
    float action[6];
    graph *g = graph_of(20);
    graph_input(g, "x", SHAPE(1, 6));
    co_onnx_node *node = graph_node(g, "Gelu", "x", "y");
    if (way) put_text(node, "approximate", "tanh");
    graph_output(g, "y");
    co_program program = compile_graph(g);
    run_program(&program, obs, 1, NULL, action);
    for (int i = 0; i < 6; i++) {
      double x = (double)obs[i], want = way ? gelu_by_tanh(x) : 0.5 * x * erfc(-x / sqrt(2));
      ck_assert_msg(fabs((double)action[i] - want) <= 2e-7 * fabs(want) + 1e-45,
                    "gelu(%g) is %.9g, not %.9g", x, (double)action[i], want);
    }
    co_program_free(&program);
  }
}
END_TEST

// ---- powers

static graph *power_graph(bool whole_base, bool whole_exponent) {
  graph *g = graph_of(13);
  graph_input(g, "x", SHAPE(1, POINTS));
  graph_input(g, "p", SHAPE(1, POINTS));
  g->input[0].element = whole_base ? "int64" : "float32";
  g->input[1].element = whole_exponent ? "int64" : "float32";
  graph_node(g, "Pow", "x p", "y");
  graph_output(g, "y");
  return g;
}

static bool is_near(float have, double want) {
  float rounded = (float)want;
  if (isnan(want)) return isnan(have);
  if (isinf(rounded) || rounded == 0) return have == rounded && signbit(have) == signbit(rounded);
  return have == rounded || have == nextafterf(rounded, INFINITY) ||
         have == nextafterf(rounded, -INFINITY);
}

// Every one of these bases to every one of these exponents, to the last digit.
START_TEST(powers) {
  static const float base[] = {0,     -0.0f,  1,       -1,   2,         -2,
                               -3,    0.5f,   -0.75f,  1.1f, 37.5f,     1e-40f,
                               1e30f, -1e20f, 0.9999f, NAN,  -INFINITY, INFINITY};
  static const float exponent[] = {0,     1,    2,    3,  -1,    17,   -17,  100,       -151, 0.5f,
                                   -0.5f, 1.5f, 0.1f, 30, -7.3f, 1e9f, 2e4f, -INFINITY, NAN};
  enum { BASES = sizeof base / sizeof *base, EXPONENTS = sizeof exponent / sizeof *exponent };
  float obs[2 * POINTS] = {0}, action[POINTS];
  for (int i = 0; i < BASES * EXPONENTS; i++) {
    obs[i] = base[i / EXPONENTS];
    obs[POINTS + i] = exponent[i % EXPONENTS];
  }
  co_program program = compile_graph(power_graph(false, false));
  run_program(&program, obs, 1, NULL, action);
  for (int i = 0; i < BASES * EXPONENTS; i++) {
    double want = pow((double)obs[i], (double)obs[POINTS + i]);
    ck_assert_msg(is_near(action[i], want), "%.9g to %.9g is %.9g, not %.9g", (double)obs[i],
                  (double)obs[POINTS + i], (double)action[i], want);
  }
  co_program_free(&program);
}
END_TEST

START_TEST(powers_of_whole_numbers) {
  static const struct {
    bool whole_base, whole_exponent;
    float base, exponent, want;
  } cases[] = {
      {false, true, -1.5f, 3, -3.375f},
      {false, true, 2, -20, 0x1p-20f},
      {true, true, -3, 5, -243},
      {true, true, 2, -1, 0},
      {true, true, -1, -3, -1},
      {true, true, 0, -1, 0},
      {true, true, 7, 0, 1},
      {true, false, 3, 2, 9},
      {true, false, 10, 0.5f, 3},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    float obs[2 * POINTS] = {0}, action[POINTS];
    obs[0] = cases[i].base;
    obs[POINTS] = cases[i].exponent;
    co_program program = compile_graph(power_graph(cases[i].whole_base, cases[i].whole_exponent));
    run_program(&program, obs, 1, NULL, action);
    ck_assert_msg(action[0] == cases[i].want, "%g to %g is %.9g", (double)cases[i].base,
                  (double)cases[i].exponent, (double)action[0]);
    co_program_free(&program);
  }
}
END_TEST

// ---- types

// A whole number keeps its lower bits, a real one is held in the range; to a mark all but 0 is 1.
START_TEST(types_of_numbers) {
  static const struct {
    int64_t to;
    bool whole;
    float x, want;
  } cases[] = {
      {2, true, 300, 44},          {2, true, -1, 255},       {3, true, 200, -56},
      {4, true, -2, 65534},        {5, true, 40000, -25536}, {6, true, 0x1p31f, -0x1p31f},
      {12, true, -1, 0x1p32f},     {7, true, -5, -5},        {9, true, 256, 1},
      {9, false, 0.5f, 1},         {9, false, -0.0f, 0},     {2, false, 300, 255},
      {3, false, -1e9f, -128},     {7, false, -2.75f, -2},   {6, false, NAN, 0},
      {12, false, 1e30f, 0x1p32f}, {1, true, -7, -7},        {11, false, 0.1f, 0.1f},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    graph *g = graph_of(13);
    graph_input(g, "x", SHAPE(1, 1));
    g->input[0].element = cases[i].whole ? "int64" : "float32";
    put_int(graph_node(g, "Cast", "x", "y"), "to", cases[i].to);
    graph_output(g, "y");
    check_graph(g, &cases[i].x, &cases[i].want, 1, 0);
  }
}
END_TEST

// ---- several values

static const float four[4] = {1, -2, 3, 0.5f};
static const float other[2] = {0.75f, -1};

START_TEST(largest_and_smallest) {
  static const float high[4] = {1, -1, 3, 0.5f}, low[4] = {0.75f, -2, 0.75f, -1};
  for (int m = 0; m < 2; m++) {
    graph *g = graph_of(13);
    graph_input(g, "x", SHAPE(2, 2));
    graph_reals(g, "c", SHAPE(2), other);
    graph_node(g, m ? "Min" : "Max", "c x x", "y");
    graph_output(g, "y");
    check_graph(g, four, m ? low : high, 4, 0);
  }
}
END_TEST

// Below 0.6 and not above -1: half of it, else 9.
START_TEST(choice) {
  static const float at[2] = {0.6f, -1}, half[1] = {0.5f}, nine[1] = {9};
  static const float expected[4] = {9, -1, 9, 9};
  graph *g = graph_of(16);
  graph_input(g, "x", SHAPE(4));
  graph_reals(g, "most", SHAPE(1), at);
  graph_reals(g, "least", SHAPE(1), at + 1);
  graph_reals(g, "half", SHAPE(1), half);
  graph_reals(g, "nine", SHAPE(1), nine);
  graph_node(g, "Less", "x most", "a");
  graph_node(g, "GreaterOrEqual", "x least", "b");
  graph_node(g, "Not", "b", "c");
  graph_node(g, "And", "a c", "d");
  graph_node(g, "Mul", "x half", "h");
  graph_node(g, "Where", "d h nine", "y");
  graph_output(g, "y");
  check_graph(g, four, expected, 4, 0);
}
END_TEST

// ---- reductions

static const struct {
  const char *op;
  float rows[2], all;
} reductions[] = {
    {"ReduceSum", {-1, 3.5f}, 2.5f},
    {"ReduceMean", {-0.5f, 1.75f}, 0.625f},
    {"ReduceMax", {1, 3}, 3},
    {"ReduceMin", {-2, 0.5f}, -2},
    {"ReduceSumSquare", {5, 9.25f}, 14.25f},
    {"ReduceL2", {2.2360680f, 3.0413813f}, 3.7749172f},
};

START_TEST(over_axes) {
  static const int64_t last[1] = {-1};
  for (int opset = 11; opset <= 18; opset += 7) {
    graph *g = graph_of(opset);
    graph_input(g, "x", SHAPE(2, 2));
    graph_wholes(g, "axes", 1, last);
    bool as_input = opset == 18;
    co_onnx_node *node = graph_node(g, reductions[_i].op, as_input ? "x axes" : "x", "y");
    if (!as_input) put_ints(node, "axes", 1, last);
    put_int(node, "keepdims", opset == 11);
    graph_output(g, "y");
    check_graph(g, four, reductions[_i].rows, 2, 1e-6);
  }
  graph *g = graph_of(13);
  graph_input(g, "x", SHAPE(2, 2));
  graph_node(g, reductions[_i].op, "x", "y");
  graph_output(g, "y");
  check_graph(g, four, &reductions[_i].all, 1, 1e-6);
}
END_TEST

// Up to version 12 all axes from the named one on are one.
START_TEST(softmax) {
  float rows[4], all[4];
  double sum = 0;
  for (int i = 0; i < 4; i++) sum += exp((double)four[i]);
  for (int i = 0; i < 4; i++) all[i] = (float)(exp((double)four[i]) / sum);
  for (int i = 0; i < 4; i++)
    rows[i] = (float)(1 / (1 + exp((double)four[i ^ 1] - (double)four[i])));
  for (int opset = 12; opset <= 13; opset++) {
    graph *g = graph_of(opset);
    graph_input(g, "x", SHAPE(1, 2, 2));
    put_int(graph_node(g, "Softmax", "x", "y"), "axis", opset == 12 ? 1 : -1);
    graph_output(g, "y");
    check_graph(g, four, opset == 12 ? all : rows, 4, 3e-7);
  }
}
END_TEST

// The operator, and the same written with seven others.
START_TEST(layer_norm) {
  static const float gain[2] = {2, -1}, bias[2] = {0.25f, 0.5f}, two[1] = {2}, small[1] = {1e-5f};
  static const int64_t last[1] = {-1};
  float expected[4];
  for (int r = 0; r < 2; r++) {
    double mean = ((double)four[2 * r] + (double)four[2 * r + 1]) / 2;
    double half = fabs((double)four[2 * r] - mean), root = sqrt(half * half + 1e-5);
    for (int k = 0; k < 2; k++)
      expected[2 * r + k] =
          (float)(((double)four[2 * r + k] - mean) / root * (double)gain[k] + (double)bias[k]);
  }
  for (int parts = 0; parts < 2; parts++) {
    graph *g = graph_of(17);
    graph_input(g, "x", SHAPE(2, 2));
    graph_reals(g, "gain", SHAPE(2), gain);
    graph_reals(g, "bias", SHAPE(2), bias);
    graph_reals(g, "two", SHAPE(1), two);
    graph_reals(g, "small", SHAPE(1), small);
    if (parts) {
      put_ints(graph_node(g, "ReduceMean", "x", "mean"), "axes", 1, last);
      graph_node(g, "Sub", "x mean", "d");
      graph_node(g, "Pow", "d two", "square");
      put_ints(graph_node(g, "ReduceMean", "square", "var"), "axes", 1, last);
      graph_node(g, "Add", "var small", "sum");
      graph_node(g, "Sqrt", "sum", "root");
      graph_node(g, "Div", "d root", "z");
      graph_node(g, "Mul", "z gain", "scaled");
      graph_node(g, "Add", "scaled bias", "y");
    } else {
      put_float(graph_node(g, "LayerNormalization", "x gain bias", "y"), "epsilon", 1e-5f);
    }
    graph_output(g, "y");
    check_graph(g, four, expected, 4, 1e-6);
  }
}
END_TEST

START_TEST(batch_norm) {
  static const float gain[2] = {2, 1}, bias[2] = {0, 1}, mean[2] = {1, -2}, var[2] = {4, 0.25f};
  static const float expected[4] = {0, 1, 2, 6};
  graph *g = graph_of(15);
  graph_input(g, "x", SHAPE(2, 2));
  graph_reals(g, "gain", SHAPE(2), gain);
  graph_reals(g, "bias", SHAPE(2), bias);
  graph_reals(g, "mean", SHAPE(2), mean);
  graph_reals(g, "var", SHAPE(2), var);
  put_float(graph_node(g, "BatchNormalization", "x gain bias mean var", "z"), "epsilon", 0);
  graph_node(g, "Dropout", "z", "y");
  graph_output(g, "y");
  check_graph(g, four, expected, 4, 1e-6);
}
END_TEST

// ---- places and shapes

// Numbers 2, 0 and the last of three, in the shape of a matrix of ones, which the shape makes.
START_TEST(indices_and_shapes) {
  static const int64_t index[3] = {2, 0, -1};
  static const float obs[3] = {5, 6, 7}, expected[6] = {8, 6, 8, 8, 6, 8};
  static const int64_t sizes[2] = {2, 1};
  graph *g = graph_of(15);
  graph_input(g, "x", SHAPE(1, 3));
  graph_wholes(g, "index", 3, index);
  graph_wholes(g, "sizes", 2, sizes);
  put_int(graph_node(g, "Gather", "x index", "taken"), "axis", 1);
  graph_node(g, "Shape", "taken", "shape");
  co_onnx_node *ones = graph_node(g, "ConstantOfShape", "shape", "ones");
  static const float one[1] = {1};
  add_attribute(ones, "value", CO_ONNX_TENSOR, 1)->tensor =
      (co_onnx_tensor){.name = "", .rank = 1, .shape = {1}, .count = 1, .number = one};
  graph_node(g, "Add", "taken ones", "sum");
  graph_node(g, "Expand", "sum sizes", "y");
  graph_output(g, "y");
  check_graph(g, obs, expected, 6, 0);
}
END_TEST

// Two groups, a stride of 2, a hole in the weights, a pad: steps at -1 and 1, each with the number
// two further.
START_TEST(convolution) {
  static const float obs[8] = {1, 2, 3, 4, 5, 6, 7, 8}, weight[4] = {1, 10, 1, -1};
  static const float bias[2] = {0.5f, 0}, expected[4] = {20.5f, 42.5f, -6, -2};
  static const int64_t pads[2] = {1, 0}, two[1] = {2};
  graph *g = graph_of(13);
  graph_input(g, "x", SHAPE(1, 2, 4));
  graph_reals(g, "w", SHAPE(2, 1, 2), weight);
  graph_reals(g, "b", SHAPE(2), bias);
  co_onnx_node *node = graph_node(g, "Conv", "x w b", "y");
  put_int(node, "group", 2);
  put_ints(node, "pads", 2, pads);
  put_ints(node, "strides", 1, two);
  put_ints(node, "dilations", 1, two);
  graph_output(g, "y");
  check_graph(g, obs, expected, 4, 1e-6);
}
END_TEST

// ---- refusals

static void dynamic_sizes(graph *g) {
  put_int(graph_node(g, "Cast", "x", "i"), "to", 7);
  graph_node(g, "Expand", "x i", "y");
}
static void index_outside(graph *g) {
  static const int64_t five[1] = {5};
  graph_wholes(g, "five", 1, five);
  graph_node(g, "Gather", "x five", "y");
}
static void real_index(graph *g) {
  graph_node(g, "Gather", "x x", "y");
}
static void axis_outside(graph *g) {
  static const int64_t three[1] = {3};
  put_ints(graph_node(g, "ReduceMean", "x", "y"), "axes", 1, three);
}
static void approximation(graph *g) {
  g->onnx.opset = 20;
  put_text(graph_node(g, "Gelu", "x", "y"), "approximate", "magic");
}
static void two_axes(graph *g) {
  graph_reals(g, "w", SHAPE(1, 1, 1, 1), four);
  graph_node(g, "Conv", "x w", "y");
}
static void conv_list(graph *g, const char *name, int count) {
  static const int64_t ones[3] = {1, 1, 1}, shape[3] = {1, 1, 4};
  graph_reals(g, "w", SHAPE(1, 1, 2), four);
  graph_wholes(g, "shape", 3, shape);
  graph_node(g, "Reshape", "x shape", "x3");
  put_ints(graph_node(g, "Conv", "x3 w", "y"), name, count, ones);
}
static void two_pads_missing(graph *g) {
  conv_list(g, "pads", 1);
}
static void many_strides(graph *g) {
  conv_list(g, "strides", 2);
}
static void no_dilations(graph *g) {
  conv_list(g, "dilations", 0);
}
static void small_kernel(graph *g) {
  conv_list(g, "kernel_shape", 1);
}
static void large_kernel(graph *g) {
  conv_list(g, "kernel_shape", 3);
}
static void marks(graph *g) {
  graph_node(g, "Where", "x x x", "y");
}
static void training(graph *g) {
  graph_node(g, "Dropout", "x", "y mask");
  graph_output(g, "mask");
}

static const struct {
  void (*add)(graph *g);
  const char *says;
} refusals[] = {
    {dynamic_sizes, "follow from the observation"},
    {index_outside, "index 5 of 4 numbers"},
    {real_index, "indices are no whole numbers"},
    {axis_outside, "axis 3 of a value with 1"},
    {approximation, "approximation \"magic\""},
    {two_axes, "one is known"},
    {two_pads_missing, "1 pads; 2 are asked for"},
    {many_strides, "2 strides; 1 are asked for"},
    {no_dilations, "0 dilations; 1 are asked for"},
    {small_kernel, "a kernel_shape of 1, but weights of 2"},
    {large_kernel, "3 kernel_shape; 1 are asked for"},
    {marks, "its marks are real numbers"},
    {training, "what it drops is no result"},
};

START_TEST(refused) {
  graph *g = graph_of(13);
  graph_input(g, "x", SHAPE(4));
  refusals[_i].add(g);
  graph_output(g, "y");
  refuse_graph(g, refusals[_i].says);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("agents/program/operators");
  TCase *tcase = tcase_create("operators");
  tcase_add_loop_test(tcase, functions_of_one_number, 0, NUM_FUNCTIONS);
  tcase_add_test(tcase, edges);
  tcase_add_test(tcase, gelu_below_zero);
  tcase_add_test(tcase, powers);
  tcase_add_test(tcase, powers_of_whole_numbers);
  tcase_add_test(tcase, types_of_numbers);
  tcase_add_test(tcase, largest_and_smallest);
  tcase_add_test(tcase, choice);
  tcase_add_loop_test(tcase, over_axes, 0, sizeof reductions / sizeof *reductions);
  tcase_add_test(tcase, softmax);
  tcase_add_test(tcase, layer_norm);
  tcase_add_test(tcase, batch_norm);
  tcase_add_test(tcase, indices_and_shapes);
  tcase_add_test(tcase, convolution);
  tcase_add_loop_test(tcase, refused, 0, sizeof refusals / sizeof *refusals);
  suite_add_tcase(suite, tcase);
  return suite;
}
