// ONNX files: arrays in all their forms, weights in files of their own, order, and what damage
// does. Messages are written here field by field, as the format numbers them.

#include "agents/formats/onnx.h"
#include "core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

// ---- a writer of messages

static void put_varint(co_buf *out, uint64_t value) {
  do {
    uint8_t byte = (uint8_t)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);
    co_buf_add(out, &byte, 1);
    value >>= 7;
  } while (value);
}

static void put_number(co_buf *out, int field, uint64_t value) {
  put_varint(out, (uint64_t)field << 3);
  put_varint(out, value);
}

static void put_bytes(co_buf *out, int field, const void *bytes, size_t size) {
  put_varint(out, (uint64_t)field << 3 | 2);
  put_varint(out, size);
  co_buf_add(out, bytes, size);
}

static void put_text(co_buf *out, int field, const char *text) {
  put_bytes(out, field, text, strlen(text));
}

// Takes the message over.
static void put_message(co_buf *out, int field, co_buf *message) {
  put_bytes(out, field, message->data ? message->data : "", message->size);
  co_buf_free(message);
}

enum { FLOAT = 1, INT8 = 3, INT64 = 7, TEXT = 8, BOOL = 9, HALF = 10, DOUBLE = 11, BFLOAT = 16 };
enum { FLOAT_DATA = 4, INT32_DATA = 5, INT64_DATA = 7, RAW_DATA = 9, DOUBLE_DATA = 10 };

static co_buf tensor_of(const char *name, int type, int rows, int cols) {
  co_buf out = {0};
  put_number(&out, 1, (uint64_t)rows);
  if (cols) put_number(&out, 1, (uint64_t)cols);
  put_number(&out, 2, (uint64_t)type);
  put_text(&out, 8, name);
  return out;
}

static co_buf value_of(const char *name, int cols) {
  co_buf out = {0}, type = {0}, tensor = {0}, shape = {0}, dim[2] = {{0}};
  put_text(&dim[0], 2, "batch");
  put_number(&dim[1], 1, (uint64_t)cols);
  for (int d = 0; d < 2; d++) put_message(&shape, 1, &dim[d]);
  put_number(&tensor, 1, FLOAT);
  put_message(&tensor, 2, &shape);
  put_message(&type, 1, &tensor);
  put_text(&out, 1, name);
  put_message(&out, 2, &type);
  return out;
}

static co_buf node_of(const char *op, const char *a, const char *b, const char *result) {
  co_buf out = {0};
  put_text(&out, 1, a);
  if (b) put_text(&out, 1, b);
  put_text(&out, 2, result);
  put_text(&out, 4, op);
  return out;
}

static const float weight[6] = {1, -2, 3, 0.5f, 0.25f, -1};

// Which part of the file is not as it should be.
typedef struct variant {
  co_buf *tensor;     // in place of the weight, taken over
  co_buf *more;       // a further node
  bool late;          // the node that makes "h" stands behind the one that takes it
  const char *takes;  // name that the second node takes
  int opset;
} variant;

static co_buf file_of(variant v) {
  co_buf out = {0}, graph = {0}, set = {0}, w = tensor_of("w", FLOAT, 2, 3), entry = {0};
  co_buf first = node_of("MatMul", "x", "w", "h"),
         second = node_of("Tanh", v.takes ? v.takes : "h", NULL, "y");
  put_bytes(&w, RAW_DATA, weight, sizeof weight);
  put_message(&graph, 1, v.late ? &second : &first);
  put_message(&graph, 1, v.late ? &first : &second);
  if (v.more) put_message(&graph, 1, v.more);
  if (v.tensor) co_buf_free(&w);
  put_message(&graph, 5, v.tensor ? v.tensor : &w);
  co_buf x = value_of("x", 2), y = value_of("y", 3), again = value_of("w", 3);
  put_message(&graph, 11, &x);
  put_message(&graph, 11, &again);  // as files of IR version 3 list initialisers
  put_message(&graph, 12, &y);
  put_number(&set, 2, (uint64_t)(v.opset ? v.opset : 13));
  put_text(&entry, 1, "joint_names");
  put_text(&entry, 2, "hip,knee");
  put_number(&out, 1, 7);
  put_text(&out, 2, "test");
  put_message(&out, 7, &graph);
  put_message(&out, 8, &set);
  put_message(&out, 14, &entry);
  return out;
}

static co_status parse(const co_buf *file, co_onnx *out) {
  return co_onnx_parse(file->data, file->size, "f.onnx", scratch, out);
}

static void check_error(co_buf file, co_status status, const char *text) {
  co_onnx onnx;
  ck_assert_int_eq(parse(&file, &onnx), status);
  ck_assert_msg(strstr(co_error_text(), text), "%s: not \"%s\"", co_error_text(), text);
  co_buf_free(&file);
}

START_TEST(all_of_a_file) {
  co_buf file = file_of((variant){0});
  co_onnx onnx;
  ck_assert_int_eq(parse(&file, &onnx), CO_OK);
  co_buf_free(&file);  // nothing of it is kept
  ck_assert_int_eq(onnx.opset, 13);
  ck_assert_str_eq(onnx.producer, "test");
  ck_assert_int_eq(onnx.num_nodes, 2);
  ck_assert_str_eq(onnx.node[0].op, "MatMul");
  ck_assert_str_eq(onnx.node[0].input[1], "w");
  ck_assert_int_eq(onnx.num_inputs, 1);  // a weight is no input
  ck_assert_str_eq(onnx.input[0].name, "x");
  ck_assert_int_eq(onnx.input[0].rank, 2);
  ck_assert_int_eq(onnx.input[0].shape[0], -1);
  ck_assert_int_eq(onnx.input[0].shape[1], 2);
  ck_assert_str_eq(onnx.output[0].name, "y");
  ck_assert_str_eq(co_onnx_find_metadata(&onnx, "joint_names"), "hip,knee");
  ck_assert_ptr_null(co_onnx_find_metadata(&onnx, "joint"));
  const co_onnx_tensor *w = co_onnx_find_tensor(&onnx, "w");
  ck_assert_ptr_nonnull(w);
  ck_assert_int_eq(w->count, 6);
  ck_assert_mem_eq(w->number, weight, sizeof weight);
  ck_assert_ptr_null(w->integer);
  co_onnx_free(&onnx);
}
END_TEST

// ---- arrays

static const uint16_t halves[4] = {0x3c00, 0xc100, 0x0001, 0x3555};
static const float of_halves[4] = {1, -2.5f, 5.9604645e-8f, 0.333251953125f};
static const uint16_t bfloats[4] = {0x3f80, 0xc020, 0x0000, 0x3eab};
static const float of_bfloats[4] = {1, -2.5f, 0, 0.333984375f};
static const double doubles[4] = {1, -2.5, 0.1, 1e-50};
static const float of_doubles[4] = {1, -2.5f, 0.1f, 0};
static const int8_t bytes[4] = {1, -2, 127, -128};
static const int64_t of_bytes[4] = {1, -2, 127, -128};
static const uint8_t flags[4] = {0, 1, 1, 0};
static const int64_t of_flags[4] = {0, 1, 1, 0};
static const int64_t longs[4] = {1, -2, INT64_MAX, INT64_MIN};
static const float floats[4] = {1, -2.5f, 0.1f, 1e30f};

static const struct {
  int type, field;
  const void *data;
  size_t size;
  const float *number;
  const int64_t *integer;
} forms[] = {
    {FLOAT, RAW_DATA, floats, sizeof floats, floats, NULL},
    {FLOAT, FLOAT_DATA, floats, sizeof floats, floats, NULL},
    {DOUBLE, RAW_DATA, doubles, sizeof doubles, of_doubles, NULL},
    {DOUBLE, DOUBLE_DATA, doubles, sizeof doubles, of_doubles, NULL},
    {HALF, RAW_DATA, halves, sizeof halves, of_halves, NULL},
    {BFLOAT, RAW_DATA, bfloats, sizeof bfloats, of_bfloats, NULL},
    {INT8, RAW_DATA, bytes, sizeof bytes, NULL, of_bytes},
    {BOOL, RAW_DATA, flags, sizeof flags, NULL, of_flags},
    {BOOL, INT32_DATA, flags, sizeof flags, NULL, of_flags},  // varints of one byte
    {INT64, RAW_DATA, longs, sizeof longs, NULL, longs},
};

START_TEST(arrays_in_every_form) {
  co_buf tensor = tensor_of("w", forms[_i].type, 4, 0);
  put_bytes(&tensor, forms[_i].field, forms[_i].data, forms[_i].size);
  co_buf file = file_of((variant){.tensor = &tensor});
  co_onnx onnx;
  ck_assert_int_eq(parse(&file, &onnx), CO_OK);
  const co_onnx_tensor *w = co_onnx_find_tensor(&onnx, "w");
  ck_assert_int_eq(w->rank, 1);
  ck_assert_int_eq(w->count, 4);
  if (forms[_i].number) ck_assert_mem_eq(w->number, forms[_i].number, 4 * sizeof(float));
  if (forms[_i].integer) ck_assert_mem_eq(w->integer, forms[_i].integer, 4 * sizeof(int64_t));
  co_onnx_free(&onnx);
  co_buf_free(&file);
}
END_TEST

// Of an array without numbers its list still tells what they would be.
START_TEST(empty_arrays_have_a_type) {
  for (int raw = 0; raw < 2; raw++)
    for (int type = FLOAT; type <= INT64; type += INT64 - FLOAT) {
      co_buf tensor = tensor_of("w", type, 0, 0);
      if (raw) put_bytes(&tensor, RAW_DATA, "", 0);
      co_buf file = file_of((variant){.tensor = &tensor});
      co_onnx onnx;
      ck_assert_int_eq(parse(&file, &onnx), CO_OK);
      const co_onnx_tensor *w = co_onnx_find_tensor(&onnx, "w");
      ck_assert_int_eq(w->count, 0);
      ck_assert_int_eq(w->integer != NULL, type == INT64);
      ck_assert_int_eq(w->number != NULL, type == FLOAT);
      co_onnx_free(&onnx);
      co_buf_free(&file);
    }
}
END_TEST

START_TEST(empty_lists_have_a_type) {
  co_buf node = {0}, list = {0};
  put_text(&list, 1, "value_ints");
  put_number(&list, 20, 7);
  put_text(&node, 2, "none");
  put_text(&node, 4, "Constant");
  put_message(&node, 5, &list);
  co_buf file = file_of((variant){.more = &node});
  co_onnx onnx;
  ck_assert_msg(parse(&file, &onnx) == CO_OK, "%s", co_error_text());
  const co_onnx_attribute *found = co_onnx_find_attribute(&onnx.node[2], "value_ints");
  ck_assert_int_eq(found->kind, CO_ONNX_INTS);
  ck_assert_int_eq(found->count, 0);
  ck_assert_ptr_nonnull(found->whole);
  co_onnx_free(&onnx);
  co_buf_free(&file);
}
END_TEST

static co_buf bad_tensor(int type, int rows, int cols, int field, const void *data, size_t size) {
  co_buf tensor = tensor_of("w", type, rows, cols);
  if (data) put_bytes(&tensor, field, data, size);
  return file_of((variant){.tensor = &tensor});
}

START_TEST(arrays_that_are_not_what_they_say) {
  static const float wild[2] = {1, INFINITY};
  static const double large[2] = {1, 1e300};
  check_error(bad_tensor(FLOAT, 2, 4, RAW_DATA, weight, sizeof weight), CO_DATA,
              "f.onnx: tensor \"w\" has 24 bytes, but its shape asks for 32");
  check_error(bad_tensor(FLOAT, 2, 4, FLOAT_DATA, weight, sizeof weight), CO_DATA,
              "f.onnx: tensor \"w\" has 6 numbers, but its shape asks for 8");
  check_error(bad_tensor(FLOAT, 1 << 20, 1 << 20, 0, NULL, 0), CO_DATA, "an impossible shape");
  check_error(bad_tensor(FLOAT, -1, 2, 0, NULL, 0), CO_DATA, "an impossible shape");
  co_buf none = tensor_of("w", FLOAT, 0, INT32_MAX);  // of sizes whose product nothing holds
  put_number(&none, 1, INT32_MAX);
  put_number(&none, 1, INT32_MAX);
  check_error(file_of((variant){.tensor = &none}), CO_DATA, "an impossible shape");
  check_error(bad_tensor(TEXT, 2, 2, 0, NULL, 0), CO_DATA, "elements of type 8");
  check_error(bad_tensor(FLOAT, 2, 0, RAW_DATA, wild, sizeof wild), CO_DATA,
              "tensor \"w\": number 1 is not finite");
  check_error(bad_tensor(DOUBLE, 2, 0, RAW_DATA, large, sizeof large), CO_DATA,
              "number 1 is not finite in float32");
}
END_TEST

// ---- weights in files of their own

static co_buf outside_tensor(co_buf tensor, const char *location, const char *offset,
                             const char *length) {
  const char *const texts[3][2] = {{"location", location}, {"offset", offset}, {"length", length}};
  for (int i = 0; i < 3; i++) {
    co_buf entry = {0};
    if (!texts[i][1]) continue;
    put_text(&entry, 1, texts[i][0]);
    put_text(&entry, 2, texts[i][1]);
    put_message(&tensor, 13, &entry);
  }
  put_number(&tensor, 14, 1);
  return file_of((variant){.tensor = &tensor});
}

static co_buf outside_file(const char *location, const char *offset, const char *length) {
  return outside_tensor(tensor_of("w", FLOAT, 2, 3), location, offset, length);
}

START_TEST(weights_in_another_file) {
  static const char padding[16];
  char outside[2300], link[2300];
  co_buf data = {0};
  co_buf_add(&data, padding, sizeof padding);
  co_buf_add(&data, weight, sizeof weight);
  ck_assert_int_eq(co_file_put(at("w.bin"), data.data, data.size), CO_OK);
  co_buf file = outside_file("w.bin", "16", "24");
  co_onnx onnx;
  ck_assert_int_eq(parse(&file, &onnx), CO_OK);
  ck_assert_mem_eq(co_onnx_find_tensor(&onnx, "w")->number, weight, sizeof weight);
  co_onnx_free(&onnx);
  co_buf_free(&file);
  check_error(outside_file("w.bin", "17", NULL), CO_DATA, "needs 24 bytes at offset 17");
  check_error(outside_file("w.bin", "18446744073709551615", NULL), CO_DATA, "needs 24 bytes");
  check_error(outside_file("w.bin", "16", "20"), CO_DATA, "needs 24 bytes");
  check_error(outside_file("w.bin", "-1", NULL), CO_DATA, "can't be read");
  check_error(outside_file("w.bin", "1e1", NULL), CO_DATA, "can't be read");
  check_error(outside_file(NULL, "0", NULL), CO_DATA, "is not named");
  check_error(outside_file("v.bin", NULL, NULL), CO_NO_INPUT, "can't be opened");
  check_error(outside_file("w\n.bin", NULL, NULL), CO_DATA, "control characters");
  check_error(outside_file("$(touch x)", NULL, NULL), CO_NO_INPUT, "can't be opened");
  // not in the folder, by its name, by a path that leads up, by a link
  snprintf(outside, sizeof outside, "%s.out", scratch);
  ck_assert_int_eq(co_file_put(outside, data.data, data.size), CO_OK);
  check_error(outside_file(outside, NULL, NULL), CO_DATA, "outside of the folder");
  snprintf(link, sizeof link, "../%s", co_path_base(outside));
  check_error(outside_file(link, NULL, NULL), CO_DATA, "outside of the folder");
  ck_assert_int_eq(symlink(outside, at("linked.bin")), 0);
  check_error(outside_file("linked.bin", NULL, NULL), CO_DATA, "outside of the folder");
  ck_assert_int_eq(co_file_remove(outside), CO_OK);
  co_buf_free(&data);
}
END_TEST

// What they hold is more than the file itself would allow for, and no more than they are.
START_TEST(large_weights_in_another_file) {
  enum { MIB = 1 << 20 };
  ck_assert_int_eq(co_file_put(at("w.bin"), "", 0), CO_OK);
  ck_assert_int_eq(truncate(at("w.bin"), 24 * MIB), 0);
  co_buf file = outside_tensor(tensor_of("w", FLOAT, 6, MIB), "w.bin", NULL, NULL);
  co_onnx onnx;
  ck_assert_msg(parse(&file, &onnx) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(co_onnx_find_tensor(&onnx, "w")->count, 6 * MIB);
  co_onnx_free(&onnx);
  co_buf_free(&file);
  // each byte would be a number of eight
  check_error(outside_tensor(tensor_of("w", INT8, 24, MIB), "w.bin", NULL, NULL), CO_DATA,
              "it asks for more memory");
}
END_TEST

// ---- values

START_TEST(values_are_made_before_they_are_taken) {
  check_error(file_of((variant){.late = true}), CO_DATA,
              "f.onnx: node 0 \"\" (Tanh) takes \"h\", which is not made before it");
  check_error(file_of((variant){.takes = "y"}), CO_DATA, "which is not made before it");
  check_error(file_of((variant){.takes = "v"}), CO_DATA,
              "node 1 \"\" (Tanh) takes \"v\", which nothing makes");
  co_buf more = node_of("Relu", "x", NULL, "h");
  check_error(file_of((variant){.more = &more}), CO_DATA, "value \"h\" is made twice");
  more = node_of("Relu\x1b[0m", "x", NULL, "z");
  check_error(file_of((variant){.more = &more}), CO_DATA, "control characters");
  more = node_of("", "x", NULL, "z");
  check_error(file_of((variant){.more = &more}), CO_DATA, "node 2 \"\" has no operator");
}
END_TEST

START_TEST(files_that_are_none) {
  static const char pointer[] = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
  co_buf file = {0};
  co_buf_puts(&file, pointer);
  check_error(file, CO_DATA, "f.onnx: a Git LFS pointer");
  check_error(file_of((variant){.opset = 8}), CO_DATA, "of version 8, read are 9 to 21");
  check_error(file_of((variant){.opset = 22}), CO_DATA, "of version 22, read are 9 to 21");
  check_error((co_buf){0}, CO_DATA, "no ONNX file");
  co_buf empty = {0}, graph = {0};
  put_message(&empty, 7, &graph);
  check_error(empty, CO_DATA, "it has no graph of operations");
}
END_TEST

// Two bytes are a message of a hundred.
START_TEST(memory_is_bounded_by_the_file) {
  co_buf graph = {0}, file = {0};
  for (int i = 0; i < 500000; i++) co_buf_add(&graph, "\x0a", 2);
  put_message(&file, 7, &graph);
  check_error(file, CO_DATA, "f.onnx: it asks for more memory than twice its size and 16 MiB");
}
END_TEST

// ---- damage

START_TEST(every_length_ends_well) {
  co_buf file = file_of((variant){0});
  int refused = 0;
  for (size_t size = 0; size < file.size; size++) {
    char *part = malloc(size + 1);  // so that a sanitizer sees a byte too far
    ck_assert_ptr_nonnull(part);
    memcpy(part, file.data, size);
    co_onnx onnx;
    co_status status = co_onnx_parse(part, size, "f.onnx", scratch, &onnx);
    ck_assert(status == CO_OK || status == CO_DATA);
    refused += status == CO_DATA;
    if (status == CO_OK) co_onnx_free(&onnx);
    free(part);
  }
  ck_assert_int_ge(refused, (int)file.size - 30);  // what follows the graph may be missing
  co_buf_free(&file);
}
END_TEST

START_TEST(every_flipped_bit_ends_well) {
  co_buf file = file_of((variant){0});
  for (size_t bit = 0; bit < 8 * file.size; bit++) {
    file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
    co_onnx onnx;
    co_status status = parse(&file, &onnx);
    ck_assert_msg(status == CO_OK || status == CO_DATA || status == CO_NO_INPUT, "bit %zu: %d %s",
                  bit, (int)status, co_error_text());
    if (status == CO_OK)
      co_onnx_free(&onnx);
    else
      ck_assert(strncmp(co_error_text(), "f.onnx: ", 8) == 0);
    file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
  }
  co_buf_free(&file);
}
END_TEST

START_TEST(damage_is_placed) {
  co_buf file = {0};
  put_number(&file, 1, 7);                               // two bytes
  co_buf_add(&file, "\x3a\x05\x0a\x7f\x01\x02\x03", 7);  // a node of 127 bytes in a graph of five
  check_error(file, CO_DATA, "f.onnx: offset 6: ");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("onnx");
  TCase *tcase = tcase_create("onnx");
  tcase_add_checked_fixture(tcase, scratch_make, scratch_remove);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, all_of_a_file);
  tcase_add_loop_test(tcase, arrays_in_every_form, 0, sizeof forms / sizeof *forms);
  tcase_add_test(tcase, empty_arrays_have_a_type);
  tcase_add_test(tcase, empty_lists_have_a_type);
  tcase_add_test(tcase, arrays_that_are_not_what_they_say);
  tcase_add_test(tcase, weights_in_another_file);
  tcase_add_test(tcase, large_weights_in_another_file);
  tcase_add_test(tcase, values_are_made_before_they_are_taken);
  tcase_add_test(tcase, files_that_are_none);
  tcase_add_test(tcase, memory_is_bounded_by_the_file);
  tcase_add_test(tcase, every_length_ends_well);
  tcase_add_test(tcase, every_flipped_bit_ends_well);
  tcase_add_test(tcase, damage_is_placed);
  suite_add_tcase(suite, tcase);
  return suite;
}
