// Event files: checksums with known answers, and records taken apart again byte by byte.

#include "tests/support/support.h"
#include "transfer/run/private/event_file.h"

#include <stdlib.h>
#include <string.h>

// ---- checksums: RFC 3720 appendix B.4, and the check value of the CRC catalogues ----

static void ck_crc(const unsigned char *bytes, size_t size, uint32_t want) {
  ck_assert_uint_eq(co_crc32c(bytes, size), want);
}

START_TEST(test_known_checksums) {
  unsigned char bytes[32];
  memset(bytes, 0, sizeof bytes);
  ck_crc(bytes, 32, 0x8a9136aa);
  memset(bytes, 0xff, sizeof bytes);
  ck_crc(bytes, 32, 0x62a8ab43);
  for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
  ck_crc(bytes, 32, 0x46dd794e);
  for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)(31 - i);
  ck_crc(bytes, 32, 0x113fdb5c);
  ck_crc((const unsigned char *)"123456789", 9, 0xe3069283);
  ck_crc(bytes, 0, 0);
}
END_TEST

START_TEST(test_every_bit_counts) {
  unsigned char bytes[24] = "the quick brown fox";
  uint32_t good = co_crc32c(bytes, sizeof bytes);
  for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
    bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    ck_assert_uint_ne(co_crc32c(bytes, sizeof bytes), good);
    bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
  }
}
END_TEST

START_TEST(test_mask) {
  ck_assert_uint_eq(co_crc32c_mask(0), 0xa282ead8);
  ck_assert_uint_eq(co_crc32c_mask(0x00008000), 0xa282ead9);
  ck_assert_uint_eq(co_crc32c_mask(0xffffffff), 0xa282ead7);
  ck_assert_uint_eq(co_crc32c_mask(1), 0xa282ead8 + 0x20000);
}
END_TEST

// ---- records ----

typedef struct message {
  const unsigned char *at, *end;
} message;

static uint64_t fixed(message *m, size_t size) {
  uint64_t value = 0;
  ck_assert(m->at + size <= m->end);
  memcpy(&value, m->at, size);
  m->at += size;
  return value;
}

static uint64_t varint(message *m) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint64_t byte = fixed(m, 1);
    ck_assert_int_lt(shift, 64);
    value |= (byte & 127) << shift;
    if (byte < 128) return value;
  }
}

static message inner(message *m, uint64_t key) {
  ck_assert_uint_eq(varint(m), key);
  uint64_t size = varint(m);
  message found = {m->at, m->at + size};
  ck_assert(found.end <= m->end);
  m->at = found.end;
  return found;
}

// the next record's message, its checksums judged
static message record(message *file) {
  const unsigned char *head = file->at;
  uint64_t size = fixed(file, 8);
  ck_assert_uint_eq(fixed(file, 4), co_crc32c_mask(co_crc32c(head, 8)));
  message found = {file->at, file->at + size};
  file->at = found.end;
  ck_assert_uint_eq(fixed(file, 4), co_crc32c_mask(co_crc32c(found.at, size)));
  return found;
}

static double wall_time(message *event) {
  double value;
  ck_assert_uint_eq(varint(event), 1 << 3 | 1);
  uint64_t bits = fixed(event, 8);
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void ck_scalar(message *summary, const char *tag, float want) {
  message value = inner(summary, 1 << 3 | 2), name = inner(&value, 1 << 3 | 2);
  ck_assert_uint_eq((size_t)(name.end - name.at), strlen(tag));
  ck_assert_mem_eq(name.at, tag, strlen(tag));
  ck_assert_uint_eq(varint(&value), 2 << 3 | 5);
  uint64_t bits = fixed(&value, 4);
  ck_assert_mem_eq(&bits, &want, sizeof want);
  ck_assert_ptr_eq(value.at, value.end);
}

static message all_of(const co_buf *buf) {
  ck_assert_int_eq(co_buf_status(buf), CO_OK);
  const unsigned char *bytes = (const unsigned char *)buf->data;
  return (message){bytes, bytes + buf->size};
}

START_TEST(test_begin) {
  co_buf buf = {0};
  co_event_begin(&buf);
  message file = all_of(&buf), event = record(&file);
  ck_assert(wall_time(&event) == 0);
  message version = inner(&event, 3 << 3 | 2);
  ck_assert_mem_eq(version.at, "brain.Event:2", 13);
  ck_assert_ptr_eq(version.at + 13, version.end);
  ck_assert_ptr_eq(event.at, event.end);
  ck_assert_ptr_eq(file.at, file.end);
  co_buf_free(&buf);
}
END_TEST

static const int64_t steps[] = {0, 127, 128, 300000, (int64_t)1 << 40};

START_TEST(test_scalars) {
  char longest[200];
  memset(longest, 'x', sizeof longest);
  longest[sizeof longest - 1] = '\0';  // lengths of two bytes
  co_scalar scalar[] = {{"train/loss", -0.25f}, {"", 0}, {longest, 3e38f}};
  co_buf buf = {0};
  co_event_begin(&buf);
  co_event_add(steps[_i], 12.5, scalar, 3, &buf);
  message file = all_of(&buf);
  record(&file);
  message event = record(&file);
  ck_assert(wall_time(&event) == 12.5);
  ck_assert_uint_eq(varint(&event), 2 << 3 | 0);
  ck_assert_uint_eq(varint(&event), (uint64_t)steps[_i]);
  message summary = inner(&event, 5 << 3 | 2);
  for (int i = 0; i < 3; i++) ck_scalar(&summary, scalar[i].tag, scalar[i].value);
  ck_assert_ptr_eq(summary.at, summary.end);
  ck_assert_ptr_eq(event.at, event.end);
  ck_assert_ptr_eq(file.at, file.end);
  co_buf_free(&buf);
}
END_TEST

START_TEST(test_nothing_to_say) {
  co_buf buf = {0};
  co_event_add(5, 0, NULL, 0, &buf);
  message file = all_of(&buf), event = record(&file);
  wall_time(&event);
  varint(&event), varint(&event);
  message summary = inner(&event, 5 << 3 | 2);
  ck_assert_ptr_eq(summary.at, summary.end);
  co_buf_free(&buf);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("event_file");
  TCase *tc = tcase_create("checksums");
  tcase_add_test(tc, test_known_checksums);
  tcase_add_test(tc, test_every_bit_counts);
  tcase_add_test(tc, test_mask);
  suite_add_tcase(suite, tc);
  tc = tcase_create("records");
  tcase_add_test(tc, test_begin);
  tcase_add_loop_test(tc, test_scalars, 0, sizeof steps / sizeof *steps);
  tcase_add_test(tc, test_nothing_to_say);
  suite_add_tcase(suite, tc);
  return suite;
}
