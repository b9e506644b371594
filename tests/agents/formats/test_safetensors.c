// Reader and writer of the file format: what is written reads back, and nothing that is wrong is
// let through.

#include "agents/formats/safetensors.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float weight[6] = {1, 2, 3, 4, 5, 6};
static const double mean[2] = {0.5, -0.5};
static const uint8_t flags[3] = {1, 0, 1};

static const co_safetensor three[] = {
    {"flags", CO_SAFETENSORS_BOOL, 1, {3}, flags, sizeof flags},
    {"weight", CO_SAFETENSORS_F32, 2, {2, 3}, weight, sizeof weight},
    {"mean", CO_SAFETENSORS_F64, 1, {2}, mean, sizeof mean},
};
static const co_metadata two[] = {{"zulu", "first \"quoted\""}, {"alpha", "second"}};

// A file with this header and `data` bytes of zeros behind it.
static co_buf file_of(const char *header, size_t data) {
  co_buf out = {0};
  uint64_t length = strlen(header);
  co_buf_add(&out, &length, sizeof length);
  co_buf_puts(&out, header);
  for (size_t i = 0; i < data; i++) co_buf_add(&out, "", 1);
  return out;
}

static co_buf write_three(void) {
  co_buf out = {0};
  ck_assert_int_eq(co_safetensors_write(two, 2, three, 3, &out), CO_OK);
  return out;
}

START_TEST(what_is_written_reads_back) {
  co_buf file = write_three();
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
  ck_assert_int_eq(all.count, 3);
  ck_assert_str_eq(co_safetensors_metadata(&all, "zulu"), "first \"quoted\"");
  ck_assert_str_eq(co_safetensors_metadata(&all, "alpha"), "second");
  ck_assert_ptr_null(co_safetensors_metadata(&all, "beta"));
  ck_assert_ptr_null(co_safetensors_find(&all, "bias"));
  for (int i = 0; i < 3; i++) {
    const co_safetensor *have = co_safetensors_find(&all, three[i].name);
    ck_assert_ptr_nonnull(have);
    ck_assert_int_eq(have->element, three[i].element);
    ck_assert_int_eq(have->rank, three[i].rank);
    ck_assert_mem_eq(have->shape, three[i].shape, sizeof(size_t) * (size_t)have->rank);
    ck_assert_uint_eq(have->bytes, three[i].bytes);
    ck_assert_mem_eq(have->data, three[i].data, have->bytes);
  }
  co_safetensors_free(&all);
  co_buf_free(&file);
}
END_TEST

START_TEST(writer_is_canonical) {
  co_buf file = write_three(), again = write_three();
  ck_assert_uint_eq(file.size, again.size);
  ck_assert_mem_eq(file.data, again.data, file.size);
  // metadata first and in the given order, wider elements first, padded to 8 bytes
  static const char start[] =
      "{\"__metadata__\":{\"zulu\":\"first \\\"quoted\\\"\",\"alpha\":\"second\"},\"mean\":";
  ck_assert_mem_eq(file.data + 8, start, sizeof start - 1);
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
  ck_assert_uint_eq(all.data_offset % 8, 0);
  ck_assert_str_eq(all.tensor[0].name, "mean");
  ck_assert_str_eq(all.tensor[1].name, "weight");
  ck_assert_str_eq(all.tensor[2].name, "flags");
  co_safetensors_free(&all);
  co_buf_free(&again);
  co_buf_free(&file);
}
END_TEST

START_TEST(every_shorter_and_longer_file_is_refused) {
  co_buf file = write_three();
  co_safetensors all;
  for (size_t size = 0; size < file.size; size++) {
    char *exact = malloc(size + 1);  // so that a sanitizer sees every read beyond
    memcpy(exact, file.data, size);
    ck_assert_int_eq(co_safetensors_parse(exact, size, "f", &all), CO_DATA);
    ck_assert_msg(strncmp(co_error_text(), "f: offset ", 10) == 0, "%s", co_error_text());
    free(exact);
  }
  co_buf_add(&file, "", 1);
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "1 bytes belong to no tensor"));
  co_buf_free(&file);
}
END_TEST

#define ENTRY(dtype, shape, offsets) \
  "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define GOOD ENTRY("F32", "[2]", "[0,8]")

static const struct {
  const char *header;
  size_t data;
  const char *text;  // part of the message, NULL: fine
} headers[] = {
    {"{}", 0, NULL},
    {"{}   ", 0, NULL},
    {"{\"a\":" GOOD "}", 8, NULL},
    {"{\"a\":" ENTRY("F32", "[]", "[0,4]") "}", 4, NULL},
    {"{\"a\":" ENTRY("F32", "[0,7]", "[0,0]") ",\"b\":" GOOD "}", 8, NULL},
    {"{\"b\":" ENTRY("U8", "[3]", "[8,11]") ",\"a\":" GOOD "}", 11, NULL},
    {"", 0, "offset 8: the header doesn't start"},
    {"[]", 0, "offset 8: the header doesn't start"},
    {" {}", 0, "offset 8: the header doesn't start"},
    {"{", 0, "offset 8: header:1:"},
    {"{}{}", 0, "offset 8: header:1:"},
    {"{\"a\":" GOOD ",\"a\":" GOOD "}", 8, "duplicate"},
    {"{\"a\":" GOOD ",\"\\u0061\":" GOOD "}", 8, "duplicate"},
    {"{\"a\":7}", 0, "offset 9: tensor \"a\": must be an object"},
    {"{\"\":" GOOD "}", 8, "name is empty"},
    {"{\"a\\nb\":" GOOD "}", 8, "not printable"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "nothing else"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"offsets\":[0,8]}}", 8, "\"data_offsets\" must be"},
    {"{\"a\":{\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "\"dtype\" must be text"},
    {"{\"a\":" ENTRY("F31", "[2]", "[0,8]") "}", 8, "unknown \"dtype\""},
    {"{\"a\":" ENTRY("F32", "2", "[0,8]") "}", 8, "\"shape\" must be an array"},
    {"{\"a\":" ENTRY("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]") "}", 8, "at most 8"},
    {"{\"a\":" ENTRY("F32", "[-2]", "[0,8]") "}", 8, "whole numbers"},
    {"{\"a\":" ENTRY("F32", "[2.5]", "[0,8]") "}", 8, "whole numbers"},
    {"{\"a\":" ENTRY("F32", "[\"2\"]", "[0,8]") "}", 8, "whole numbers"},
    {"{\"a\":" ENTRY("F32", "[9007199254740993000]", "[0,8]") "}", 8, "whole numbers"},
    {"{\"a\":" ENTRY("F32", "[4503599627370496,4503599627370496]", "[0,8]") "}", 8,
     "beyond every memory"},
    {"{\"a\":" ENTRY("F32", "[3]", "[0,8]") "}", 8, "8 bytes where its shape needs 12"},
    {"{\"a\":" ENTRY("F32", "[2]", "[0]") "}", 8, "\"data_offsets\" must be"},
    {"{\"a\":" ENTRY("F32", "[2]", "[8,0]") "}", 8, "bytes 8 to 0"},
    {"{\"a\":" ENTRY("F32", "[2]", "[0,9007199254740992]") "}", 8, "holds 8 of data"},
    {"{\"a\":" ENTRY("F32", "[2]", "[8,16]") "}", 8, "bytes 8 to 16, but the file holds 8"},
    {"{\"a\":" ENTRY("F32", "[2]", "[4,12]") "}", 12, "a hole before tensor \"a\""},
    {"{\"a\":" GOOD ",\"b\":" ENTRY("F32", "[2]", "[4,12]") "}", 12,
     "an overlap before tensor \"b\""},
    {"{\"a\":" GOOD ",\"b\":" ENTRY("F32", "[2]", "[12,20]") "}", 20, "a hole before tensor \"b\""},
    {"{\"a\":" GOOD ",\"b\":" GOOD "}", 8, "an overlap before tensor \"b\""},
    {"{\"a\":" GOOD "}", 9, "1 bytes belong to no tensor"},
    {"{\"__metadata__\":3}", 0, "must be an object"},
    {"{\"__metadata__\":{\"k\":3}}", 0, "offset 25: metadata must be text"},
};

START_TEST(header) {
  co_buf file = file_of(headers[_i].header, headers[_i].data);
  co_safetensors all;
  co_status status = co_safetensors_parse(file.data, file.size, "f", &all);
  if (!headers[_i].text) {
    ck_assert_msg(status == CO_OK, "%s: %s", headers[_i].header, co_error_text());
    co_safetensors_free(&all);
  } else {
    ck_assert_msg(status == CO_DATA, "accepted: %s", headers[_i].header);
    ck_assert_msg(strncmp(co_error_text(), "f: offset ", 10) == 0, "%s", co_error_text());
    ck_assert_msg(strstr(co_error_text(), headers[_i].text) != NULL, "%s: %s", headers[_i].header,
                  co_error_text());
    ck_assert_ptr_null(strchr(co_error_text(), '\n'));
  }
  co_buf_free(&file);
}
END_TEST

START_TEST(header_length_is_checked_before_use) {
  static const struct {
    unsigned char length[8];
    const char *text;
  } lengths[] = {
      {{3}, "the header has 3 bytes, but only 2 follow"},
      {{0}, "doesn't start"},
      {{1, 0, 0, 1}, "over the limit"},
      {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "over the limit"},
      {{0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "over the limit"},
  };
  unsigned char file[10] = {0};
  memcpy(file, lengths[_i].length, 8);
  memcpy(file + 8, "{}", 2);
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file, sizeof file, "f", &all), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), lengths[_i].text) != NULL, "%s", co_error_text());
}
END_TEST

START_TEST(number_of_entries_is_bounded) {
  co_buf text = {0};
  co_buf_puts(&text, "{");
  for (int i = 0; i <= CO_SAFETENSORS_ENTRIES_MAX; i++)
    co_buf_printf(&text, "%s\"%d\":%s", i ? "," : "", i, ENTRY("F32", "[0]", "[0,0]"));
  co_buf_puts(&text, "}");
  co_buf file = file_of(text.data, 0);
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "over the limit"));
  co_buf_free(&file);
  co_buf_free(&text);
}
END_TEST

START_TEST(every_element_type_has_a_size) {
  for (int i = 0; i < CO_NUM_SAFETENSORS_TYPES; i++) {
    char text[128];
    snprintf(text, sizeof text, "{\"a\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%zu]}}",
             co_safetensors_type_names[i], 3 * co_safetensors_type_bytes[i]);
    co_buf file = file_of(text, 3 * co_safetensors_type_bytes[i]);
    co_safetensors all;
    ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
    ck_assert_int_eq(all.tensor[0].element, i);
    co_safetensors_free(&all);
    co_buf_free(&file);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("safetensors");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, what_is_written_reads_back);
  tcase_add_test(tcase, writer_is_canonical);
  tcase_add_test(tcase, every_shorter_and_longer_file_is_refused);
  tcase_add_loop_test(tcase, header, 0, sizeof headers / sizeof *headers);
  tcase_add_loop_test(tcase, header_length_is_checked_before_use, 0, 5);
  tcase_add_test(tcase, number_of_entries_is_bounded);
  tcase_add_test(tcase, every_element_type_has_a_size);
  suite_add_tcase(suite, tcase);
  return suite;
}
