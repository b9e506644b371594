// Graphs that ask for more than a policy needs: refused with their node, before memory or time are
// spent on them; long ones that are none of that compile.

#include "agents/formats/onnx_build.h"
#include "tests/agents/program/graphs.h"

#include <sys/resource.h>

enum { WIDTH = 512, MEGABYTES = 400 };

static co_onnx_builder builder_of(int rank, const int64_t *shape) {
  co_onnx_builder build = co_onnx_build("g.onnx");
  co_onnx_add_input(&build, "x", rank, shape);
  return build;
}

// `count` nodes behind each other; the name of the last one's value.
static const char *add_line(co_onnx_builder *build, const char *op, int count, const char *second) {
  const char *value = "x";
  for (int n = 0; n < count; n++) {
    const char *in[2] = {value, second};
    value = co_onnx_add_node(build, op, co_onnx_build_text(build, "v%d", n), second ? 2 : 1, in);
  }
  return value;
}

static co_status end_and_compile(co_onnx_builder *build, const char *output, co_program *out) {
  co_onnx onnx;
  const co_onnx *list[1] = {&onnx};
  co_onnx_add_output(build, output, 1, (int64_t[]){-1});
  ck_assert_int_eq(co_onnx_build_end(build, &onnx), CO_OK);
  co_status status = co_program_compile(list, 1, NULL, out);
  co_onnx_free(&onnx);
  return status;
}

// Of this process, whose tests each have one of their own.
static long most_megabytes(void) {
  struct rusage usage;
  ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
  return usage.ru_maxrss >> 10;
}

static void refuse(co_onnx_builder *build, const char *output, const char *says) {
  co_program program;
  ck_assert_int_eq(end_and_compile(build, output, &program), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), says), "%s: not \"%s\"", co_error_text(), says);
  ck_assert_ptr_null(program.op);
  if (!TEST_SANITIZED) ck_assert_int_le(most_megabytes(), MEGABYTES);
}

// ---- many nodes

START_TEST(thousands_of_nodes) {
  enum { NODES = 60000 };
  co_onnx_builder build = builder_of(1, (int64_t[]){2});
  const char *last = add_line(&build, "Neg", NODES, NULL);
  co_program program;
  ck_assert_msg(end_and_compile(&build, last, &program) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(program.num_ops, NODES);
  const float obs[2] = {1.5f, -2};
  float action[2];
  run_program(&program, obs, 1, NULL, action);
  ck_assert_mem_eq(action, obs, sizeof obs);
  co_program_free(&program);
  build = builder_of(1, (int64_t[]){2});
  refuse(&build, add_line(&build, "Neg", CO_PROGRAM_OPS, NULL), "g.onnx: a graph of 65537");
}
END_TEST

// Two values that feed each other, and one that feeds itself.
START_TEST(cycles) {
  co_onnx_builder build = builder_of(1, (int64_t[]){2});
  co_onnx_add_node(&build, "Neg", "a", 1, (const char *[]){"b"});
  co_onnx_add_node(&build, "Neg", "b", 1, (const char *[]){"a"});
  refuse(&build, "b", "g.onnx: node 0 \"a\" (Neg): takes \"b\", which nothing makes before it");
  build = builder_of(1, (int64_t[]){2});
  co_onnx_add_node(&build, "Add", "a", 2, (const char *[]){"x", "a"});
  refuse(&build, "a", "g.onnx: node 0 \"a\" (Add): takes \"a\", which nothing makes before it");
}
END_TEST

// ---- large values

static void add_filled(co_onnx_builder *build, const char *name, int64_t rows, int64_t columns) {
  const char *sizes = co_onnx_build_text(build, "%s_sizes", name);
  co_onnx_add_wholes(build, sizes, 1, (int64_t[]){2}, (int64_t[]){rows, columns});
  co_onnx_add_node(build, "ConstantOfShape", name, 1, &sizes);
}

START_TEST(numbers_out_of_nothing) {
  co_onnx_builder build = builder_of(1, (int64_t[]){4});
  add_filled(&build, "a", INT32_MAX, INT32_MAX);
  refuse(&build, "a", "node 0 \"a\" (ConstantOfShape): a result of more than 16777216 numbers");
  build = builder_of(1, (int64_t[]){4});
  add_filled(&build, "a", 4096, 3000);
  add_filled(&build, "b", 4096, 3000);
  refuse(&build, "b", "node 1 \"b\" (ConstantOfShape): what the graph computes beforehand takes");
  build = builder_of(1, (int64_t[]){4});
  add_filled(&build, "a", 0, INT64_MAX);  // none, of impossible rows
  refuse(&build, "a", "node 0 \"a\" (ConstantOfShape): a result of more than");
}
END_TEST

START_TEST(expanded) {
  static const int64_t huge[2] = {INT64_MAX, 2}, large[2] = {1 << 21, 4};
  co_onnx_builder build = builder_of(2, (int64_t[]){1, 2});
  co_onnx_add_wholes(&build, "sizes", 1, (int64_t[]){2}, huge);
  refuse(&build, add_line(&build, "Expand", 1, "sizes"),
         "node 0 \"v0\" (Expand): a result of more than");
  build = builder_of(2, (int64_t[]){1, 4});
  co_onnx_add_wholes(&build, "sizes", 1, (int64_t[]){2}, large);
  refuse(&build, add_line(&build, "Expand", 20, "sizes"), "needs more than 64 MiB of memory");
  build = builder_of(2, (int64_t[]){1, 4});
  co_onnx_add_wholes(&build, "sizes", 1, (int64_t[]){2}, large);
  refuse(&build, add_line(&build, "Expand", 200, "sizes"),
         "node 64 \"v64\" (Expand): one row of the graph needs more than 1073741824 multiply-adds");
}
END_TEST

START_TEST(large_inputs) {
  co_onnx_builder build = builder_of(2, (int64_t[]){INT64_MAX, INT64_MAX});
  refuse(&build, add_line(&build, "Neg", 1, NULL), "g.onnx: input \"x\" has too many numbers");
}
END_TEST

// ---- products

// Weights of 1 MB in a thousand operations, each of which has them in an order of its own.
START_TEST(one_weight_many_times) {
  co_onnx_builder build = builder_of(2, (int64_t[]){1, WIDTH});
  ck_assert_ptr_nonnull(co_onnx_add_zeros(&build, "w", 2, (int64_t[]){WIDTH, WIDTH}));
  refuse(&build, add_line(&build, "MatMul", 1000, "w"),
         "(MatMul): the graph's operations keep more than 68 MiB");
  build = builder_of(2, (int64_t[]){1, WIDTH});
  ck_assert_ptr_nonnull(co_onnx_add_zeros(&build, "w", 2, (int64_t[]){WIDTH, WIDTH}));
  co_program program;
  const char *last = add_line(&build, "MatMul", 50, "w");
  ck_assert_msg(end_and_compile(&build, last, &program) == CO_OK, "%s", co_error_text());
  co_program_free(&program);
}
END_TEST

// Rows of one number are lines of the kernels while they are multiplied.
START_TEST(many_narrow_rows) {
  co_onnx_builder build = builder_of(2, (int64_t[]){1 << 21, 1});
  ck_assert_ptr_nonnull(co_onnx_add_zeros(&build, "w", 2, (int64_t[]){1, 1}));
  refuse(&build, add_line(&build, "MatMul", 1, "w"),
         "node 0 \"v0\" (MatMul): it needs more than 64 MiB while it runs");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("agents/program/limits");
  TCase *tcase = tcase_create("limits");
  tcase_set_timeout(tcase, TEST_SANITIZED ? 60 : 10);
  tcase_add_test(tcase, thousands_of_nodes);
  tcase_add_test(tcase, cycles);
  tcase_add_test(tcase, numbers_out_of_nothing);
  tcase_add_test(tcase, expanded);
  tcase_add_test(tcase, large_inputs);
  tcase_add_test(tcase, one_weight_many_times);
  tcase_add_test(tcase, many_narrow_rows);
  suite_add_tcase(suite, tcase);
  return suite;
}
