// ONNX files that are written: what is read back is what was made, the same bytes each time.

#include "agents/formats/onnx_build.h"
#include "agents/formats/onnx_write.h"
#include "tests/support/support.h"

#include <string.h>

static const float weight[6] = {1, -2, 3, 0.5f, 0x1p-149f, -1e30f};
static const int64_t axes[2] = {0, -1};

static co_onnx make(void) {
  co_onnx_builder build = co_onnx_build("made");
  co_onnx graph;
  co_onnx_add_input(&build, "obs", 2, (int64_t[]){-1, 2});
  co_onnx_add_numbers(&build, "w", 2, (int64_t[]){2, 3}, weight);
  co_onnx_add_wholes(&build, "axes", 1, (int64_t[]){2}, axes);
  co_onnx_add_numbers(&build, "none", 1, (int64_t[]){0}, NULL);
  co_onnx_add_node(&build, "Gemm", "h", 2, (const char *[]){"obs", "w"});
  co_onnx_set_whole(&build, "transA", -1);
  co_onnx_set_number(&build, "alpha", 0.1f);
  co_onnx_set_text(&build, "mode", "exact");
  co_onnx_set_wholes(&build, "pads", 2, axes);
  co_onnx_add_node(&build, "Clip", "y", 3, (const char *[]){"h", "", "w"});
  co_onnx_add_output(&build, "y", 2, (int64_t[]){-1, 3});
  co_onnx_add_metadata(&build, "joint_names", "hip,\xc3\xa9");
  ck_assert_int_eq(co_onnx_build_end(&build, &graph), CO_OK);
  return graph;
}

static co_buf written(const co_onnx *graph) {
  co_buf out = {0};
  ck_assert_msg(co_onnx_write(graph, &out) == CO_OK, "%s", co_error_text());
  return out;
}

static void check_values(const co_onnx *read) {
  ck_assert_int_eq(read->num_inputs, 1);
  ck_assert_int_eq(read->input[0].rank, 2);
  ck_assert_int_eq(read->input[0].shape[0], -1);
  ck_assert_int_eq(read->input[0].shape[1], 2);
  ck_assert_str_eq(read->output[0].name, "y");
  ck_assert_str_eq(co_onnx_find_metadata(read, "joint_names"), "hip,\xc3\xa9");
  ck_assert_str_eq(read->producer, "carryover");
}

static void check_tensors(const co_onnx *read) {
  ck_assert_int_eq(read->num_tensors, 3);
  const co_onnx_tensor *w = co_onnx_find_tensor(read, "w");
  ck_assert_int_eq(w->shape[0], 2);
  ck_assert_int_eq(w->shape[1], 3);
  ck_assert_mem_eq(w->number, weight, sizeof weight);
  ck_assert_mem_eq(co_onnx_find_tensor(read, "axes")->integer, axes, sizeof axes);
  ck_assert_int_eq(co_onnx_find_tensor(read, "none")->count, 0);
}

static void check_nodes(const co_onnx *read) {
  ck_assert_int_eq(read->num_nodes, 2);
  const co_onnx_node *gemm = &read->node[0], *clip = &read->node[1];
  ck_assert_str_eq(gemm->op, "Gemm");
  ck_assert_str_eq(clip->input[1], "");
  ck_assert_int_eq(*co_onnx_find_attribute(gemm, "transA")->whole, -1);
  ck_assert_float_eq(*co_onnx_find_attribute(gemm, "alpha")->number, 0.1f);
  ck_assert_str_eq(co_onnx_find_attribute(gemm, "mode")->text[0], "exact");
  ck_assert_mem_eq(co_onnx_find_attribute(gemm, "pads")->whole, axes, sizeof axes);
}

START_TEST(comes_back) {
  co_onnx graph = make(), read;
  co_buf bytes = written(&graph);
  ck_assert_msg(co_onnx_parse(bytes.data, bytes.size, "f.onnx", ".", &read) == CO_OK, "%s",
                co_error_text());
  check_values(&read);
  check_tensors(&read);
  check_nodes(&read);
  co_buf again = written(&read), third = written(&graph);
  ck_assert_uint_eq(again.size, bytes.size);
  ck_assert_mem_eq(again.data, bytes.data, bytes.size);
  ck_assert_mem_eq(third.data, bytes.data, bytes.size);
  co_buf_free(&bytes);
  co_buf_free(&again);
  co_buf_free(&third);
  co_onnx_free(&read);
  co_onnx_free(&graph);
}
END_TEST

START_TEST(bools_keep_their_type) {
  const int64_t truth[3] = {1, 0, 1};
  co_onnx_tensor tensor = {
      .name = "t", .element = "bool", .rank = 1, .shape = {3}, .count = 3, .integer = truth};
  co_onnx graph = make(), read;
  graph.tensor[1] = tensor;
  co_buf bytes = written(&graph);
  ck_assert_int_eq(co_onnx_parse(bytes.data, bytes.size, "f.onnx", ".", &read), CO_OK);
  const co_onnx_tensor *back = co_onnx_find_tensor(&read, "t");
  ck_assert_str_eq(back->element, "bool");
  ck_assert_mem_eq(back->integer, truth, sizeof truth);
  co_buf_free(&bytes);
  co_onnx_free(&read);
  co_onnx_free(&graph);
}
END_TEST

START_TEST(unknown_attributes_are_refused) {
  co_onnx graph = make();
  graph.node[0].attribute[1].kind = CO_ONNX_OTHER;
  co_buf out = {0};
  ck_assert_int_eq(co_onnx_write(&graph, &out), CO_DATA);
  ck_assert(strstr(co_error_text(), "made: node 0 \"h\": attribute \"alpha\""));
  ck_assert_uint_eq(out.size, 0);
  co_onnx_free(&graph);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("onnx_write");
  TCase *tests = tcase_create("onnx_write");
  tcase_add_test(tests, comes_back);
  tcase_add_test(tests, bools_keep_their_type);
  tcase_add_test(tests, unknown_attributes_are_refused);
  suite_add_tcase(suite, tests);
  return suite;
}
