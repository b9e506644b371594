// Programs as files keep them: the same program again, in the same bytes; nothing else is taken.

#include "agents/program/stored.h"
#include "core/json.h"
#include "tests/support/small_program.h"

static co_stored_program *stored_of(int kind) {
  co_program program = small_program(kind);
  co_stored_program *stored = NULL;
  ck_assert_msg(co_stored_make(&program, "g.onnx", &stored) == CO_OK, "%s", co_error_text());
  return stored;
}

// Its constants as a file has them, with a tensor beside that is none of its.
static co_buf tensor_file(const co_stored_program *stored) {
  static const double one = 1;
  co_safetensor *tensor = graph_take((size_t)stored->num_tensors + 1, sizeof *tensor);
  co_buf file = {0};
  memcpy(tensor + 1, stored->tensor, (size_t)stored->num_tensors * sizeof *tensor);
  tensor[0] = (co_safetensor){"other", CO_SAFETENSORS_F64, 1, {1}, &one, sizeof one};
  ck_assert_int_eq(co_safetensors_write(NULL, 0, tensor, stored->num_tensors + 1, &file), CO_OK);
  return file;
}

static co_status read_back(const char *text, const co_buf *file, co_stored_program **out) {
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file->data, file->size, "p", &all), CO_OK);
  co_status status = co_stored_read(text, &all, "p", out);
  co_safetensors_free(&all);
  return status;
}

START_TEST(the_same_again) {
  enum { ROWS = 3, STEPS = 4 };
  co_stored_program *stored = stored_of(_i), *again = NULL;
  co_buf file = tensor_file(stored);
  ck_assert_msg(read_back(stored->text, &file, &again) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(again->text, stored->text);
  ck_assert_uint_eq(again->hash, stored->hash);
  ck_assert_int_eq(again->num_tensors, stored->num_tensors);
  float state[2][ROWS * PROGRAM_WIDTH] = {{0}}, action[2][ROWS * LINE_ACTION];
  for (int t = 0; t < STEPS; t++) {
    const float *obs = program_numbers(ROWS * LINE_OBS, (uint64_t)(9 + t));
    run_program(&stored->program, obs, ROWS, state[0], action[0]);
    run_program(&again->program, obs, ROWS, state[1], action[1]);
    ck_assert_mem_eq(action[0], action[1], sizeof action[0]);
    ck_assert_mem_eq(state[0], state[1], sizeof state[0]);
  }
  co_buf_free(&file);
  co_stored_drop(stored);
  co_stored_drop(again);
}
END_TEST

START_TEST(a_number_changes_the_hash) {
  co_program a = small_program(PROGRAM_STATE), b = small_program(PROGRAM_STATE);
  co_stored_program *x, *y;
  for (int v = 0; v < b.num_values; v++)
    if (b.value[v].number) ((float *)(uintptr_t)b.value[v].number)[0] += 1;
  ck_assert_int_eq(co_stored_make(&a, "a", &x), CO_OK);
  ck_assert_int_eq(co_stored_make(&b, "b", &y), CO_OK);
  ck_assert_str_eq(x->text, y->text);
  ck_assert_uint_ne(x->hash, y->hash);
  co_stored_drop(x);
  co_stored_drop(y);
}
END_TEST

// Names that no tensor could have, and some that become the same by that.
START_TEST(names_fit_into_files) {
  char name[2][400];
  for (int i = 0; i < 2; i++) {
    memset(name[i], 'n', sizeof name[i] - 1);
    name[i][399] = '\0';
    name[i][398] = (char)('a' + i);
  }
  graph *g = graph_of(17);
  graph_input(g, "obs", SHAPE(1, LINE_OBS));
  graph_reals(g, name[0], SHAPE(LINE_OBS), program_numbers(3, 1));
  graph_reals(g, name[1], SHAPE(LINE_OBS), program_numbers(3, 2));
  graph_reals(g, "w\xff\x01", SHAPE(LINE_OBS), program_numbers(3, 3));
  const char *values[] = {"obs", "x", "y", "action"},
             *constants[] = {name[0], name[1], "w\xff\x01"};
  for (int i = 0; i < 3; i++) {
    co_onnx_node *node = graph_node(g, "Mul", values[i], values[i + 1]);
    node->input[node->num_inputs++] = constants[i];
  }
  graph_output(g, "action");
  co_program program = compile_graph(g);
  co_stored_program *stored, *again;
  ck_assert_int_eq(co_stored_make(&program, "g", &stored), CO_OK);
  for (int i = 0; i < stored->num_tensors; i++)
    ck_assert_uint_lt(strlen(stored->tensor[i].name), CO_SAFETENSORS_NAME);
  co_buf file = tensor_file(stored);
  ck_assert_msg(read_back(stored->text, &file, &again) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(again->text, stored->text);
  ck_assert_uint_eq(again->hash, stored->hash);
  co_buf_free(&file);
  co_stored_drop(stored);
  co_stored_drop(again);
}
END_TEST

// Of the program with a state.
static const struct {
  const char *from, *to, *says;
} edits[] = {
    {"\"format\":1", "\"format\":2", "p: program: format: must be 1"},
    {"\"format\":1,", "", "p: program: \"format\" is missing"},
    {"\"format\":1", "\"format\":1,\"more\":1", "has other members than format inputs"},
    {"{\"format\"", "[{\"format\"", "program:1"},
    {"\"shape\":[1,3]", "\"shape\":[1,67108864]", "input \"obs\" has too many numbers"},
    {"\"shape\":[1,3]", "\"shape\":[1,67108865]", "shape: must hold whole numbers from 1 to"},
    {"\"shape\":[1,3]", "\"shape\":[1,1e300]", "shape: must hold whole numbers from 1 to"},
    {"\"shape\":[1,3]", "\"shape\":[1,-3]", "shape: must hold whole numbers from 1 to"},
    {"\"shape\":[1,3]", "\"shape\":[1,2.5]", "shape: must hold whole numbers from 1 to"},
    {"\"shape\":[1,3]", "\"shape\":[1,1,1,1,1,1,1,1,1]", "a list of at most 8 sizes"},
    {"\"shape\":[1,3]", "\"shape\":[1,4]", "node 0 \"\" (Gemm)"},
    {"\"type\":\"float32\"", "\"type\":\"float16\"", "inputs.0: type: unknown \"float16\""},
    {"\"next\":\"h_out\"", "\"next\":\"obs\"", "input \"h_in\" has 5 numbers"},
    {"\"next\":\"h_out\"", "\"next\":\"h_off\"", "output \"h_off\" is made by nothing"},
    {"\"action\":\"action\"", "\"action\":\"acts\"", "output \"acts\" is made by nothing"},
    {"\"action\":\"action\"", "\"action\":1", "action: must be a text"},
    {"\"action\":\"action\"", "\"action\":\"sum\"", "tensors, of which it needs"},
    {"\"op\":\"Gemm\"", "\"op\":\"Gem\"", "node 0 \"\" (Gem): this operator is not known"},
    {"\"op\":\"Gemm\"", "\"op\":\"Ge\\u0001m\"",
     "operations.0: must be a text that can be printed"},
    {"\"opset\":17", "\"opset\":22", "opset: must be a whole number from 9 to 21"},
    {"\"alpha\":{\"float\":0.75}", "\"alpha\":{\"float\":1e39}", "must be a number of 32 bits"},
    {"\"alpha\":{\"float\":0.75}", "\"alpha\":{\"float\":null}", "must be a number of 32 bits"},
    {"\"alpha\":{\"float\":0.75}", "\"alpha\":{\"int\":1.5}", "must be a whole number"},
    {"\"alpha\":{\"float\":0.75}", "\"alpha\":{\"int\":1}", "\"alpha\" is of another kind"},
    {"\"alpha\":{\"float\":0.75}", "\"alpha\":{\"floatss\":[]}", "must be a float, int, text"},
    {"\"alpha\":{\"float\":0.75}", "\"gamma\":{\"float\":1}", "\"gamma\" is not known"},
    {"\"inputs\":[\"obs\",\"a\"]", "\"inputs\":[\"obs\",\"z\"]", "\"z\", which nothing makes"},
    {"\"inputs\":[\"obs\",\"a\"]", "\"inputs\":{}", "operations.0: must be a list of names"},
};

START_TEST(edits_are_refused) {
  co_stored_program *stored = stored_of(PROGRAM_STATE), *again = NULL;
  co_buf file = tensor_file(stored), text = {0};
  const char *place = strstr(stored->text, edits[_i].from);
  ck_assert_msg(place != NULL, "no %s in %s", edits[_i].from, stored->text);
  co_buf_printf(&text, "%.*s%s%s", (int)(place - stored->text), stored->text, edits[_i].to,
                place + strlen(edits[_i].from));
  ck_assert_int_eq(read_back(text.data, &file, &again), CO_DATA);
  ck_assert_ptr_null(again);
  ck_assert_msg(strncmp(co_error_text(), "p: ", 3) == 0, "%s", co_error_text());
  ck_assert_msg(strstr(co_error_text(), edits[_i].says), "%s: not \"%s\"", co_error_text(),
                edits[_i].says);
  co_buf_free(&text);
  co_buf_free(&file);
  co_stored_drop(stored);
}
END_TEST

// Larger than what evaluations of many rows have memory for.
START_TEST(a_large_row_is_refused) {
  enum { WIDTH = 1 << 20 };
  graph *g = graph_of(17);
  graph_input(g, "obs", SHAPE(1, 1));
  int64_t *shape = graph_take(2, sizeof *shape);
  shape[0] = 1, shape[1] = WIDTH;
  graph_wholes(g, "shape", 2, shape);
  graph_node(g, "Expand", "obs shape", "wide");
  put_int(graph_node(g, "ReduceSum", "wide", "action"), "keepdims", 1);
  graph_output(g, "action");
  co_program program = compile_graph(g);
  co_stored_program *stored;
  ck_assert_int_eq(co_stored_make(&program, "g", &stored), CO_DATA);
  ck_assert_ptr_null(stored);
  ck_assert_msg(strstr(co_error_text(), "g: one row takes"), "%s", co_error_text());
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("stored programs");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, the_same_again, 0, NUM_PROGRAMS);
  tcase_add_test(tcase, a_number_changes_the_hash);
  tcase_add_test(tcase, names_fit_into_files);
  tcase_add_loop_test(tcase, edits_are_refused, 0, sizeof edits / sizeof *edits);
  tcase_add_test(tcase, a_large_row_is_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
