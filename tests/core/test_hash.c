#include "core/hash.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

START_TEST(known_answers) {
  char text[CO_HASH_TEXT];
  // xxh3-64 without seed
  ck_assert_uint_eq(co_hash("", 0), 0x2d06800538d394c2);
  ck_assert_uint_eq(co_hash("a", 1), 0xe6c632b61e964e1f);
  ck_assert_uint_eq(co_hash("abc", 3), 0x78af5f94892f3950);
  co_hash_text(0x00ab, text);
  ck_assert_str_eq(text, "00000000000000ab");
  co_hash_text(UINT64_MAX, text);
  ck_assert_str_eq(text, "ffffffffffffffff");
}
END_TEST

START_TEST(pieces_hash_as_the_whole) {
  enum { SIZE = 5000 };
  unsigned char bytes[SIZE];
  for (int i = 0; i < SIZE; i++) bytes[i] = (unsigned char)(i * 131 >> 2);
  for (size_t piece = 1; piece < SIZE; piece = piece * 3 + 1) {
    co_hasher *hasher = co_hasher_create();
    for (size_t at = 0; at < SIZE; at += piece) {
      co_hasher_add(hasher, bytes + at, at + piece < SIZE ? piece : SIZE - at);
    }
    ck_assert_uint_eq(co_hasher_value(hasher), co_hash(bytes, SIZE));
    ck_assert_uint_eq(co_hasher_value(hasher), co_hash(bytes, SIZE));  // asking changes nothing
    co_hasher_free(hasher);
  }
}
END_TEST

START_TEST(every_bit_counts) {
  unsigned char bytes[64] = {0};
  uint64_t zero = co_hash(bytes, sizeof bytes);
  for (int bit = 0; bit < 512; bit++) {
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    ck_assert_uint_ne(co_hash(bytes, sizeof bytes), zero);
    bytes[bit / 8] = 0;
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("hash");
  TCase *tcase = tcase_create("hash");
  tcase_add_test(tcase, known_answers);
  tcase_add_test(tcase, pieces_hash_as_the_whole);
  tcase_add_test(tcase, every_bit_counts);
  suite_add_tcase(suite, tcase);
  return suite;
}
