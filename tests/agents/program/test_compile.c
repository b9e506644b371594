// Compiling: what is fixed is folded, what nothing needs is dropped, graphs are joined by name and
// size, memory goes on, and what is wrong is told with its node.

#include "agents/program/ops.h"
#include "tests/agents/program/graphs.h"

static const float numbers[32] = {1, -2, 3, 0.5f, 0.25f, -1, 2, 4, -0.5f, 1.5f, 0.75f, -3,
                                  2, 1,  0, -1,   3,     2,  1, 5, -2,    0.5f, 1,     -4};

static graph *dense_graph(void) {
  graph *g = graph_of(13);
  graph_input(g, "obs", SHAPE(-1, 3));
  graph_reals(g, "w", SHAPE(3, 2), numbers);
  graph_reals(g, "b", SHAPE(2), numbers + 6);
  graph_node(g, "MatMul", "obs w", "h");
  graph_node(g, "Add", "h b", "y");
  graph_output(g, "y");
  return g;
}

START_TEST(dense_layer) {
  const float obs[3] = {1, 2, -1};
  // 1 1 + 2 3 - 0.25 + 2, -2 + 2 0.5 + 1 + 4
  const float expected[2] = {8.75f, 4};
  check_graph(dense_graph(), obs, expected, 2, 0);
}
END_TEST

START_TEST(rows_have_the_same_bits_in_any_number) {
  co_program program = compile_graph(dense_graph());
  float obs[3 * 9], one[2], all[2 * 9];
  for (int i = 0; i < 27; i++) obs[i] = 0.1f * (float)i - 1;
  run_program(&program, obs, 9, NULL, all);
  for (int r = 0; r < 9; r++) {
    run_program(&program, obs + 3 * r, 1, NULL, one);
    ck_assert_mem_eq(one, all + 2 * r, sizeof one);
  }
  co_program_free(&program);
}
END_TEST

START_TEST(what_is_fixed_is_folded) {
  graph *g = dense_graph();
  graph_node(g, "Neg", "b", "minus");
  graph_node(g, "Sub", "y minus", "z");
  graph_node(g, "Tanh", "y", "unused");
  g->output[0].name = "z";
  co_program program = compile_graph(g);
  ck_assert_int_eq(program.num_ops, 3);
  ck_assert_str_eq(program.op[2].name, "Sub");
  const co_program_value *minus = &program.value[program.op[2].input[1]];
  ck_assert_ptr_nonnull(minus->number);
  ck_assert_float_eq(minus->number[0], -2);
  ck_assert_int_eq(minus->op, -1);
  ck_assert_int_eq(program.value[program.op[2].input[0]].uses, 1);
  co_program_free(&program);
}
END_TEST

// ---- several graphs

static const int64_t zero[1] = {0};

static graph *encoder_graph(const char *output) {
  graph *g = graph_of(11);
  g->onnx.file = "encoder.onnx";
  graph_input(g, "history", SHAPE(1, 4));
  graph_reals(g, "w", SHAPE(4, 2), numbers);
  graph_node(g, "MatMul", "history w", output);
  graph_output(g, output);
  return g;
}

static graph *policy_graph(const char *latent, int64_t size) {
  graph *g = graph_of(17);
  g->onnx.file = "policy.onnx";
  graph_input(g, "obs", SHAPE(1, 3));
  graph_input(g, latent, SHAPE(size));
  graph_node(g, "Flatten", "obs", "flat");
  graph_wholes(g, "axes", 1, zero);
  graph_node(g, "Squeeze", "flat axes", "row");
  put_int(graph_node(g, "Concat", "row latent_in", "y"), "axis", 0);
  g->node[2].input[1] = latent;
  graph_output(g, "y");
  return g;
}

static co_status join(const graph *a, const graph *b, co_program *out) {
  const co_onnx *list[2] = {&a->onnx, &b->onnx};
  return co_program_compile(list, 2, NULL, out);
}

static void check_joined(const graph *a, const graph *b) {
  const float obs[7] = {1, 0, 0, 0, 7, 8, 9}, expected[5] = {7, 8, 9, 1, -2};
  float action[5];
  co_program program;
  ck_assert_msg(join(a, b, &program) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(program.num_inputs, 2);
  ck_assert_int_eq(program.obs_dim, 7);
  ck_assert_int_eq(program.act_dim, 5);
  run_program(&program, obs, 1, NULL, action);
  ck_assert_mem_eq(action, expected, sizeof action);
  co_program_free(&program);
}

START_TEST(an_encoder_and_what_it_feeds) {
  co_program program;
  check_joined(encoder_graph("latent"), policy_graph("latent", 2));  // by its name
  check_joined(encoder_graph("z"), policy_graph("latent", 2));       // by its size
  ck_assert_int_eq(join(encoder_graph("latent"), policy_graph("latent", 4), &program), CO_DATA);
  ck_assert(strstr(co_error_text(), "input \"latent\" has 4 numbers"));
  ck_assert_int_eq(join(encoder_graph("z"), policy_graph("latent", 4), &program), CO_DATA);
  ck_assert(strstr(co_error_text(), "encoder.onnx: no output of it is an input"));
}
END_TEST

// ---- memory

START_TEST(what_comes_out_goes_in_again) {
  graph *g = graph_of(13);
  graph_input(g, "obs", SHAPE(1, 2));
  graph_input(g, "h_in", SHAPE(1, 2));
  graph_node(g, "Add", "obs h_in", "h_out");
  graph_node(g, "Neg", "h_out", "action");
  graph_output(g, "action");
  graph_output(g, "h_out");
  co_program program = compile_graph(g);
  const float obs[2] = {1, 2};
  float state[2] = {0, 0}, action[2];
  ck_assert_int_eq(program.obs_dim, 2);
  ck_assert_int_eq(program.state_dim, 2);
  for (int step = 0; step < 3; step++) run_program(&program, obs, 1, state, action);
  ck_assert_float_eq(state[1], 6);
  ck_assert_float_eq(action[0], -3);
  co_program_free(&program);
}
END_TEST

// ---- what is wrong

START_TEST(errors_name_the_node) {
  graph *g = dense_graph();
  graph_node(g, "Foo", "y", "z");
  refuse_graph(g, "g.onnx: node 2 \"\" (Foo): this operator is not known");
  g = dense_graph();
  graph_node(g, "Tanh", "q", "q");  // takes itself
  refuse_graph(g, "takes \"q\", which nothing makes before it");
  g = dense_graph();
  put_int(graph_node(g, "Concat", "y y", "z"), "axis", 2);
  refuse_graph(g, "axis 2 of a value with 2");
  g = dense_graph();
  put_float(graph_node(g, "Tanh", "y", "z"), "slope", 2);
  refuse_graph(g, "attribute \"slope\" is not known");
  g = dense_graph();
  graph_node(g, "MatMul", "y w", "z");
  refuse_graph(g, "1 x 2 by 3 x 2 numbers");
  g = dense_graph();
  g->input[0].shape[1] = -1;
  refuse_graph(g, "does not say how many numbers it has");
  g = dense_graph();
  g->input[0].rank = -1;
  refuse_graph(g, "input \"obs\" has no shape");
  g = dense_graph();
  static const int64_t large[2] = {INT64_MAX, 2};
  graph_wholes(g, "sizes", 2, large);
  graph_node(g, "Reshape", "y sizes", "z");
  refuse_graph(g, "impossible sizes");
  g = dense_graph();
  graph_node(g, "Shape", "y", "-");
  refuse_graph(g, "g.onnx: node 2 \"\" (Shape): none of its outputs has a name");
  g = dense_graph();
  put_int(graph_node(g, "Split", "y", "z -"), "axis", 1);  // half of it, not all
  refuse_graph(g, "output 1 has no name");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("compile");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, dense_layer);
  tcase_add_test(tcase, rows_have_the_same_bits_in_any_number);
  tcase_add_test(tcase, what_is_fixed_is_folded);
  tcase_add_test(tcase, an_encoder_and_what_it_feeds);
  tcase_add_test(tcase, what_comes_out_goes_in_again);
  tcase_add_test(tcase, errors_name_the_node);
  suite_add_tcase(suite, tcase);
  return suite;
}
