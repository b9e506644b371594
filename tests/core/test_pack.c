// Packs: what goes in comes out, and every damage is refused.

#include "core/hash.h"
#include "core/pack.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const double numbers[3] = {1.5, -0.0, 3e300};

// entries of all kinds: some bytes, none, a name as long as can be
static char long_name[64];

static co_buf make_pack(void) {
  co_buf bytes = {0};
  memset(long_name, 'n', sizeof long_name - 1);
  co_pack_begin(&bytes);
  co_pack_add(&bytes, "numbers", numbers, sizeof numbers);
  co_pack_add(&bytes, "nothing", NULL, 0);
  co_pack_add(&bytes, long_name, "\0\1\2", 3);
  co_pack_end(&bytes);
  ck_ok(co_buf_status(&bytes));
  return bytes;
}

START_TEST(what_goes_in_comes_out) {
  co_buf bytes = make_pack();
  co_pack pack;
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  ck_assert_int_eq(pack.count, 3);
  double back[3];
  ck_ok(co_pack_read(&pack, "numbers", back, sizeof back));
  ck_assert_mem_eq(back, numbers, sizeof back);
  ck_ok(co_pack_read(&pack, "nothing", NULL, 0));
  size_t size;
  ck_assert_mem_eq(co_pack_find(&pack, long_name, &size), "\0\1\2", 3);
  ck_assert_uint_eq(size, 3);
  ck_assert(co_pack_has(&pack, "nothing") && !co_pack_has(&pack, "number"));
  ck_assert_ptr_null(co_pack_find(&pack, "number", &size));
  ck_assert_uint_eq(size, 0);
  co_pack_free(&pack);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(layout_is_what_the_header_says) {
  static const unsigned char want[] = {'C', 'O', 'P', 'A', 'C', 'K', '0', '1', 2,
                                       0,   0,   0,   'a', 'b', 1,   0,   0,   0,
                                       0,   0,   0,   0,   'x', 255, 255, 255, 255};
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  co_pack_add(&bytes, "ab", "x", 1);
  co_pack_end(&bytes);
  ck_assert_uint_eq(bytes.size, sizeof want + 8);
  ck_assert_mem_eq(bytes.data, want, sizeof want);
  uint64_t hash = co_hash(want, sizeof want);
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq((unsigned char)bytes.data[sizeof want + i], (hash >> 8 * i) & 255);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(an_empty_pack_is_a_pack) {
  co_buf bytes = {0};
  co_pack pack;
  co_pack_begin(&bytes);
  co_pack_end(&bytes);
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  ck_assert_int_eq(pack.count, 0);
  co_pack_free(&pack);
  co_buf_free(&bytes);
}
END_TEST

static void check_refused(const void *bytes, size_t size, const char *what) {
  // bytes of their own, so that a look behind their end is seen
  void *copy = malloc(size ? size : 1);
  if (size) memcpy(copy, bytes, size);
  co_pack pack;
  ck_assert_msg(co_pack_parse(copy, size, "x.pack", &pack) == CO_DATA, "%s", what);
  ck_assert_msg(strncmp(co_error_text(), "x.pack: offset ", 15) == 0, "%s", co_error_text());
  ck_assert_ptr_null(pack.entry);
  free(copy);
}

START_TEST(every_truncation_is_refused) {
  co_buf bytes = make_pack();
  for (size_t size = 0; size < bytes.size; size++) check_refused(bytes.data, size, "cut");
  co_buf_add(&bytes, "", 1);
  check_refused(bytes.data, bytes.size, "one byte more");
  co_buf_free(&bytes);
}
END_TEST

START_TEST(every_flipped_bit_is_refused) {
  co_buf bytes = make_pack();
  for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
    bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    check_refused(bytes.data, bytes.size, "flipped");
    bytes.data[bit / 8] ^= (char)(1 << bit % 8);
  }
  co_buf_free(&bytes);
}
END_TEST

// Puts the checksum right again, so that what lies behind it is looked at.
static void sign(co_buf *bytes) {
  uint64_t hash = co_hash(bytes->data, bytes->size - 8);
  for (int i = 0; i < 8; i++) bytes->data[bytes->size - 8 + (size_t)i] = (char)(hash >> 8 * i);
}

// Every byte in turn takes other values under a checksum that holds: an error or a pack whose
// entries lie inside, never a look outside.
START_TEST(lengths_are_checked_behind_a_good_checksum) {
  static const int values[] = {0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xff};
  co_buf bytes = make_pack();
  int refused = 0;
  for (size_t at = 8; at < bytes.size - 8; at++) {
    char kept = bytes.data[at];
    bytes.data[at] = (char)values[_i];
    sign(&bytes);
    void *copy = malloc(bytes.size);
    memcpy(copy, bytes.data, bytes.size);
    co_pack pack;
    if (co_pack_parse(copy, bytes.size, "x.pack", &pack) == CO_OK) {
      uint64_t sum = 0;
      for (int i = 0; i < pack.count; i++) sum += co_hash(pack.entry[i].bytes, pack.entry[i].size);
      ck_assert(sum != 1);
      co_pack_free(&pack);
    } else {
      refused++;
    }
    free(copy);
    bytes.data[at] = kept;
  }
  ck_assert_int_gt(refused, 20);
  co_buf_free(&bytes);
}
END_TEST

static const struct {
  size_t at;
  const char *bytes;
  size_t size;
  const char *says;
} wrong[] = {
    {0, "X", 1, "x.pack: offset 0: no pack begins like this"},
    {8, "\0\0\0\0", 4, "x.pack: offset 12: a name has no or too many letters"},
    {8, "\100\0\0\0", 4, "x.pack: offset 12: a name has no or too many letters"},
    {14, "\0", 1, "x.pack: offset 19: a name holds a zero byte"},
    {19, "\377\377\377\377\377\377\377\377", 8, "x.pack: offset 27: an entry is cut off"},
    {19, "\0\0\0\0\0\0\0\200", 8, "x.pack: offset 27: an entry is cut off"},
    {8, "\377\377\377\377", 4, "x.pack: offset 12: bytes behind the last entry"},
};

START_TEST(errors_say_where) {
  co_buf bytes = make_pack();
  co_pack pack;
  memcpy(bytes.data + wrong[_i].at, wrong[_i].bytes, wrong[_i].size);
  sign(&bytes);
  ck_assert_int_eq(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack), CO_DATA);
  ck_assert_str_eq(co_error_text(), wrong[_i].says);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(sizes_are_checked) {
  co_buf bytes = make_pack();
  co_pack pack;
  double back[4];
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  ck_assert_int_eq(co_pack_read(&pack, "numbers", back, sizeof back), CO_DATA);
  ck_assert_str_eq(co_error_text(), "x.pack: numbers: has 24 bytes, not 32");
  ck_assert_int_eq(co_pack_read(&pack, "names", back, sizeof back), CO_DATA);
  ck_assert_str_eq(co_error_text(), "x.pack: no names");
  co_pack_free(&pack);
  co_buf_free(&bytes);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("pack");
  TCase *good = tcase_create("good");
  tcase_add_test(good, what_goes_in_comes_out);
  tcase_add_test(good, layout_is_what_the_header_says);
  tcase_add_test(good, an_empty_pack_is_a_pack);
  suite_add_tcase(suite, good);
  TCase *bad = tcase_create("bad");
  tcase_add_test(bad, every_truncation_is_refused);
  tcase_add_test(bad, every_flipped_bit_is_refused);
  tcase_add_loop_test(bad, lengths_are_checked_behind_a_good_checksum, 0, 7);
  tcase_add_loop_test(bad, errors_say_where, 0, sizeof wrong / sizeof *wrong);
  tcase_add_test(bad, sizes_are_checked);
  suite_add_tcase(suite, bad);
  return suite;
}
