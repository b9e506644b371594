// Files of others that are given as policies are called by their name.

#include "agents/formats/magic.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"

#include <string.h>

static const struct {
  const char *bytes;
  size_t size;
  const char *text;  // NULL: not known
} files[] = {{"PK\x03\x04\x14\x00\x00", 7, "zip archive"},
             {"\x80\x02}q\x00", 5, "pickle"},
             {"\x80\x05\x95\x00", 4, "pickle"},
             {"CODATA01\x0b\x00", 10, "data set of carryover"},
             {"\x93NUMPY\x01\x00v\x00", 10, "NumPy"},
             {"\x89HDF\r\n\x1a\n", 8, "HDF5"},
             {"\x1f\x8b\x08\x00", 4, "gzip"},
             {"\x08\x08\x12\x07pytorch", 11, "ONNX"},
             {"<mujoco model='x'>", 18, "XML"},
             {"{\"data\": []}", 12, "JSON"},
             {"task = { };\n", 12, "config"},
             {"\x00\x01\x02", 3, NULL},
             {"PK\x05\x06", 4, "without files"},
             {"", 0, "an empty file"}};

START_TEST(a_file_is_known_by_its_start) {
  const char *name = co_magic_name(files[_i].bytes, files[_i].size);
  if (files[_i].text)
    ck_assert_msg(name && strstr(name, files[_i].text), "%s", name);
  else
    ck_assert_ptr_null(name);
}
END_TEST

START_TEST(a_policy_that_is_none_is_called_by_its_name) {
  co_policy *policy = NULL;
  if (!files[_i].text) return;
  ck_assert_int_eq(co_policy_parse(files[_i].bytes, files[_i].size, "f", &policy), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), files[_i].text) != NULL, "%s", co_error_text());
  ck_assert_ptr_nonnull(strstr(co_error_text(), "f: offset 0: this is "));
}
END_TEST

// What starts as a policy does is judged as one.
START_TEST(a_damaged_policy_is_no_stranger) {
  co_buf file = small_policy_file(3);
  ck_assert_ptr_null(co_magic_name(file.data, file.size));
  co_buf_free(&file);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("magic");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, a_file_is_known_by_its_start, 0, sizeof files / sizeof *files);
  tcase_add_loop_test(tcase, a_policy_that_is_none_is_called_by_its_name, 0,
                      sizeof files / sizeof *files);
  tcase_add_test(tcase, a_damaged_policy_is_no_stranger);
  suite_add_tcase(suite, tcase);
  return suite;
}
