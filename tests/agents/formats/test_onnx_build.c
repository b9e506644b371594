// Graphs that are made and not read: what was given is there, however many of it, and stays when
// the caller's own is gone.

#include "agents/formats/onnx_build.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_graph_has_what_was_added) {
  co_onnx_builder build = co_onnx_build("a.safetensors");
  char name[16] = "w";
  float weight[6] = {1, 2, 3, 4, 5, 6};
  int64_t axes[2] = {0, 1};
  co_onnx_add_input(&build, "obs", 2, (int64_t[]){-1, 3});
  co_onnx_add_numbers(&build, name, 2, (int64_t[]){2, 3}, weight);
  co_onnx_add_wholes(&build, "axes", 1, (int64_t[]){2}, axes);
  float *zeros = co_onnx_add_zeros(&build, "b", 1, (int64_t[]){2});
  ck_assert_ptr_nonnull(zeros);
  zeros[1] = 7;
  const char *y = co_onnx_add_node(&build, "Gemm", "y", 3, (const char *[]){"obs", "w", "b"});
  co_onnx_set_whole(&build, "transB", 1);
  co_onnx_set_number(&build, "alpha", 0.5f);
  co_onnx_add_node_of(&build, "Split", 1, &y, 2, (const char *[]){"mean", "spread"});
  co_onnx_set_wholes(&build, "split", 2, axes);
  co_onnx_set_text(&build, "note", "halves");
  co_onnx_add_output(&build, "mean", 2, (int64_t[]){-1, 1});
  co_onnx_add_metadata(&build, "joint_names", "a,b");
  memset(name, 'x', sizeof name - 1);
  weight[0] = (float)(axes[0] = 9);

  co_onnx graph;
  ck_assert_int_eq(co_onnx_build_end(&build, &graph), CO_OK);
  ck_assert_str_eq(graph.file, "a.safetensors");
  ck_assert_int_eq(graph.num_inputs, 1);
  ck_assert_int_eq(graph.input[0].shape[0], -1);
  const co_onnx_tensor *w = co_onnx_find_tensor(&graph, "w");
  ck_assert_ptr_nonnull(w);
  ck_assert_int_eq(w->count, 6);
  ck_assert_float_eq(w->number[0], 1);
  ck_assert_int_eq(co_onnx_find_tensor(&graph, "axes")->integer[0], 0);
  ck_assert_float_eq(co_onnx_find_tensor(&graph, "b")->number[1], 7);
  ck_assert_int_eq(graph.num_nodes, 2);
  ck_assert_str_eq(graph.node[0].output[0], "y");
  ck_assert_str_eq(graph.node[0].input[2], "b");
  ck_assert_int_eq(*co_onnx_find_attribute(&graph.node[0], "transB")->whole, 1);
  ck_assert_float_eq(*co_onnx_find_attribute(&graph.node[0], "alpha")->number, 0.5f);
  ck_assert_int_eq(co_onnx_find_attribute(&graph.node[1], "split")->count, 2);
  ck_assert_int_eq(co_onnx_find_attribute(&graph.node[1], "split")->whole[0], 0);
  ck_assert_str_eq(*co_onnx_find_attribute(&graph.node[1], "note")->text, "halves");
  ck_assert_str_eq(graph.node[1].output[1], "spread");
  ck_assert_str_eq(co_onnx_find_metadata(&graph, "joint_names"), "a,b");
  co_onnx_free(&graph);
}
END_TEST

START_TEST(lists_grow) {
  enum { MANY = 1000 };
  co_onnx_builder build = co_onnx_build("many");
  const char *value = "obs";
  co_onnx_add_input(&build, value, 1, (int64_t[]){1});
  for (int i = 0; i < MANY; i++) {
    const char *scale = co_onnx_build_text(&build, "scale.%d", i);
    float number = (float)i;
    co_onnx_add_numbers(&build, scale, 0, NULL, &number);
    value = co_onnx_add_node(&build, "Mul", co_onnx_build_text(&build, "y.%d", i), 2,
                             (const char *[]){value, scale});
  }
  co_onnx_add_output(&build, value, 1, (int64_t[]){1});
  co_onnx graph;
  ck_assert_int_eq(co_onnx_build_end(&build, &graph), CO_OK);
  ck_assert_int_eq(graph.num_nodes, MANY);
  for (int i = 0; i < MANY; i++) {
    char name[32];
    snprintf(name, sizeof name, "scale.%d", i);
    ck_assert_str_eq(graph.node[i].input[1], name);
    ck_assert_float_eq(*co_onnx_find_tensor(&graph, name)->number, (float)i);
  }
  ck_assert_str_eq(graph.output[0].name, "y.999");
  co_onnx_free(&graph);
}
END_TEST

START_TEST(a_failure_is_told_at_the_end) {
  co_onnx_builder build = co_onnx_build("none");
  ck_assert_ptr_null(co_onnx_add_zeros(&build, "w", 2, (int64_t[]){1 << 30, 1 << 30}));
  ck_assert_str_eq(co_onnx_add_node(&build, "Relu", "y", 1, (const char *[]){"w"}), "");
  co_onnx_set_whole(&build, "axis", 1);
  co_onnx graph;
  ck_assert_int_eq(co_onnx_build_end(&build, &graph), CO_MEMORY);
  ck_assert_int_eq(graph.num_nodes, 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("onnx_build");
  TCase *tests = tcase_create("build");
  tcase_add_test(tests, a_graph_has_what_was_added);
  tcase_add_test(tests, lists_grow);
  tcase_add_test(tests, a_failure_is_told_at_the_end);
  suite_add_tcase(suite, tests);
  return suite;
}
