// The replay buffer: what it holds after it has wrapped around, that it comes back from its
// segments, and that nothing damaged is believed.

#include "agents/learn/private/replay_buffer.h"
#include "core/file.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { OBS = 3, ACT = 2, SEGMENT = 16 };

static char folder[512];

static void set_up(void) {
  snprintf(folder, sizeof folder, "%s/scratch/replay_buffer", getenv("CARRYOVER_BUILD_DIR"));
  ck_ok(co_dir_remove(folder));
  ck_ok(co_dir_create(folder));
}

static void tear_down(void) {
  ck_ok(co_dir_remove(folder));
}

static co_replay_buffer make(int64_t capacity, const char *where) {
  co_replay_buffer buffer;
  ck_ok(co_replay_buffer_create(OBS, ACT, capacity, where, "replay", &buffer));
  ck_assert_int_eq(buffer.segment, 1 << 16);
  buffer.segment = SEGMENT;  // small ones, so that there are several
  return buffer;
}

// numbers that say which transition they belong to
static void add(co_replay_buffer *buffer, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float n = (float)buffer->added;
    float obs[OBS] = {n, n + 0.25f, n + 0.5f}, action[ACT] = {-n, -n - 1}, next[OBS] = {n, n, -n};
    co_transition t = {obs, action, next, 3 * n, buffer->added % 3 == 0};
    co_replay_buffer_add(buffer, &t);
  }
}

static void check(const co_replay_buffer *buffer) {
  int64_t count = co_replay_buffer_count(buffer);
  for (int64_t k = buffer->added - count; k < buffer->added; k++) {
    size_t i = (size_t)(k % buffer->capacity);
    ck_assert_float_eq(buffer->obs[i * OBS + 1], (float)k + 0.25f);
    ck_assert_float_eq(buffer->action[i * ACT + 1], -(float)k - 1);
    ck_assert_float_eq(buffer->next_obs[i * OBS + 2], -(float)k);
    ck_assert_float_eq(buffer->reward[i], 3 * (float)k);
    ck_assert_int_eq(buffer->terminated[i], k % 3 == 0);
    co_replay_buffer_prefetch(buffer, (uint32_t)i);
  }
}

static char *segment_path(int segment) {
  char name[32];
  snprintf(name, sizeof name, "replay.%06d", segment);
  return co_path_join(folder, name);
}

static bool segment_exists(int segment) {
  char *path = segment_path(segment);
  bool exists = co_file_exists(path);
  free(path);
  return exists;
}

START_TEST(the_newest_are_held) {
  static const int64_t counts[] = {0, 1, 9, 10, 11, 35};
  co_replay_buffer buffer = make(10, NULL);
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
    add(&buffer, counts[c] - buffer.added);
    ck_assert_int_eq(co_replay_buffer_count(&buffer), counts[c] < 10 ? counts[c] : 10);
    check(&buffer);
  }
  ck_assert_int_eq(co_replay_buffer_write(&buffer), CO_USAGE);
  co_replay_buffer_free(&buffer);
}
END_TEST

// capacity, then how many are added before each write
static const struct {
  int64_t capacity, counts[6];
} histories[] = {
    {100, {5, 0}},          {100, {16, 0}},    {100, {5, 11, 1, 40, 0}},
    {20, {5, 30, 3, 7, 0}}, {20, {50, 50, 0}},  // overwritten before it was ever on disk
    {16, {16, 16, 16}},
};
START_TEST(a_buffer_comes_back_from_its_segments) {
  co_replay_buffer buffer = make(histories[_i].capacity, folder);
  for (int i = 0; histories[_i].counts[i]; i++) {
    add(&buffer, histories[_i].counts[i]);
    ck_ok(co_replay_buffer_write(&buffer));
    co_replay_buffer again = make(histories[_i].capacity, folder);
    ck_ok(co_replay_buffer_read(&again, buffer.added));
    ck_assert_int_eq(again.added, buffer.added);
    check(&again);
    co_replay_buffer_free(&again);
  }
  // and goes on to be written
  int64_t added = buffer.added;
  co_replay_buffer_free(&buffer);
  buffer = make(histories[_i].capacity, folder);
  ck_ok(co_replay_buffer_read(&buffer, added));
  add(&buffer, 13);
  ck_ok(co_replay_buffer_write(&buffer));
  co_replay_buffer again = make(histories[_i].capacity, folder);
  ck_ok(co_replay_buffer_read(&again, added + 13));
  check(&again);
  co_replay_buffer_free(&again);
  co_replay_buffer_free(&buffer);
}
END_TEST

// a run that was killed after it had written more than the checkpoint it goes on from knows
START_TEST(what_was_written_behind_is_cut_off) {
  co_replay_buffer buffer = make(100, folder);
  add(&buffer, 20);
  ck_ok(co_replay_buffer_write(&buffer));
  add(&buffer, 30);
  ck_ok(co_replay_buffer_write(&buffer));
  co_replay_buffer_free(&buffer);
  buffer = make(100, folder);
  ck_ok(co_replay_buffer_read(&buffer, 20));
  add(&buffer, 7);
  ck_ok(co_replay_buffer_write(&buffer));
  co_replay_buffer_free(&buffer);
  buffer = make(100, folder);
  ck_ok(co_replay_buffer_read(&buffer, 27));
  check(&buffer);
  co_replay_buffer_free(&buffer);
}
END_TEST

START_TEST(segments_that_nobody_needs_go) {
  co_replay_buffer buffer = make(20, folder);
  add(&buffer, 60);
  ck_ok(co_replay_buffer_write(&buffer));
  ck_ok(co_replay_buffer_keep(&buffer));
  add(&buffer, 4);
  ck_ok(co_replay_buffer_write(&buffer));
  ck_ok(co_replay_buffer_keep(&buffer));  // the checkpoint before needed 40 and later
  ck_assert(!segment_exists(0) && !segment_exists(1));
  ck_assert(segment_exists(2) && segment_exists(3));
  co_replay_buffer_free(&buffer);
}
END_TEST

// However often a checkpoint could not be written, the last one that was still comes back.
START_TEST(what_the_last_checkpoint_needs_stays) {
  co_replay_buffer buffer = make(20, folder);
  add(&buffer, 30);
  ck_ok(co_replay_buffer_write(&buffer));
  ck_ok(co_replay_buffer_keep(&buffer));
  for (int i = 0; i < 4; i++) {
    add(&buffer, 30);
    ck_ok(co_replay_buffer_write(&buffer));
  }
  co_replay_buffer again = make(20, folder);
  ck_ok(co_replay_buffer_read(&again, 30));
  check(&again);
  co_replay_buffer_free(&again);
  co_replay_buffer_free(&buffer);
}
END_TEST

// unsynced: there are hundreds
static void write_file(int segment, const void *bytes, size_t size) {
  char *path = segment_path(segment);
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
  ck_assert_int_eq(fclose(file), 0);
  free(path);
}

static co_buf one_segment(void) {
  co_replay_buffer buffer = make(100, folder);
  add(&buffer, 4);
  ck_ok(co_replay_buffer_write(&buffer));
  add(&buffer, 5);
  ck_ok(co_replay_buffer_write(&buffer));
  co_replay_buffer_free(&buffer);
  char *path = segment_path(0);
  co_buf bytes;
  ck_ok(co_file_read(path, 0, &bytes));
  free(path);
  return bytes;
}

static co_status read_back(int obs_dim) {
  co_replay_buffer buffer;
  ck_ok(co_replay_buffer_create(obs_dim, ACT, 100, folder, "replay", &buffer));
  buffer.segment = SEGMENT;
  co_status status = co_replay_buffer_read(&buffer, 9);
  co_replay_buffer_free(&buffer);
  return status;
}

START_TEST(every_flipped_byte_is_found) {
  co_buf bytes = one_segment();
  ck_ok(read_back(OBS));
  for (size_t i = 0; i < bytes.size; i++) {
    bytes.data[i] ^= 0x41;
    write_file(0, bytes.data, bytes.size);
    ck_assert_msg(read_back(OBS) == CO_DATA, "byte %zu", i);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "replay.000000: offset "));
    bytes.data[i] ^= 0x41;
  }
  co_buf_free(&bytes);
}
END_TEST

START_TEST(every_cut_is_found) {
  co_buf bytes = one_segment();
  for (size_t size = 0; size < bytes.size; size++) {
    write_file(0, bytes.data, size);
    ck_assert_msg(read_back(OBS) == CO_DATA, "%zu bytes", size);
  }
  co_buf_free(&bytes);
  ck_ok(co_dir_remove(folder));
  ck_ok(co_dir_create(folder));
  ck_assert_int_eq(read_back(OBS), CO_DATA);
}
END_TEST

START_TEST(other_sizes_are_refused) {
  co_buf bytes = one_segment();
  ck_assert_int_eq(read_back(OBS + 1), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "another size"));
  co_buf_free(&bytes);
}
END_TEST

// Observations alone would fit, and nothing is touched before it is used.
START_TEST(more_than_the_machine_has_is_refused) {
  size_t all = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
  const int obs_dim = 4096;
  int64_t capacity = (int64_t)(all / 4 * 3 / (obs_dim * sizeof(float)));
  co_replay_buffer buffer;
  ck_assert_int_eq(co_replay_buffer_create(obs_dim, ACT, capacity, NULL, "replay", &buffer),
                   CO_MEMORY);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "out of memory for a replay of"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("replay_buffer");
  TCase *tests = tcase_create("replay_buffer");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, the_newest_are_held);
  tcase_add_loop_test(tests, a_buffer_comes_back_from_its_segments, 0,
                      sizeof histories / sizeof *histories);
  tcase_add_test(tests, what_was_written_behind_is_cut_off);
  tcase_add_test(tests, segments_that_nobody_needs_go);
  tcase_add_test(tests, what_the_last_checkpoint_needs_stays);
  tcase_add_test(tests, every_flipped_byte_is_found);
  tcase_add_test(tests, every_cut_is_found);
  tcase_add_test(tests, other_sizes_are_refused);
  tcase_add_test(tests, more_than_the_machine_has_is_refused);
  suite_add_tcase(suite, tests);
  return suite;
}
