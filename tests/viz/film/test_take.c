// Videos of a screen: names, times, and what is left when something fails.

#include "core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"
#include "viz/film/take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { WIDTH = 11, HEIGHT = 7 };  // all frames of a test fit into a pipe: nobody waits for a reader

static unsigned char pixels[HEIGHT * 3 * WIDTH];
static const co_image picture = {WIDTH, HEIGHT, pixels, 3 * (size_t)WIDTH};

// In place of ffmpeg: writes what it gets, so that frames can be counted, and ends as `script`
// does.
static void pretend(const char *script) {
  ck_ok(co_dir_create(at("bin")));
  ck_ok(co_file_write(at("bin/ffmpeg"), script, strlen(script)));
  ck_assert_int_eq(chmod(at("bin/ffmpeg"), 0755), 0);
  char path[512];
  snprintf(path, sizeof path, "%s:/usr/bin:/bin", at("bin"));
  setenv("PATH", path, 1);
}

// What is written has the boxes of a video around the frames.
static const char kCounts[] =
    "#!/bin/sh\n"
    "for last; do :; done\n"
    "bytes=$(wc -c)\n"
    "echo $bytes > \"$(dirname \"$0\")/bytes\"\n"
    "printf '\\000\\000\\000\\010moov' > \"${last#file:}\"\n";

static int64_t frames_counted(void) {
  co_buf text;
  ck_ok(co_file_read(at("bin/bytes"), 0, &text));
  int64_t bytes = strtoll(text.data, NULL, 10);
  co_buf_free(&text);
  ck_assert_int_eq(bytes % (3 * WIDTH * HEIGHT), 0);
  return bytes / (3 * WIDTH * HEIGHT);
}

static co_take *begin_take(void) {
  co_take *take = NULL;
  ck_ok(co_take_begin(scratch, WIDTH, HEIGHT, &take));
  return take;
}

// A picture stays until the next one, whatever the pace they come in.
START_TEST(test_time_is_that_of_the_clock) {
  double lost;
  pretend(kCounts);
  co_take *take = begin_take();
  ck_ok(co_take_show(take, &picture, 100));
  ck_ok(co_take_show(take, &picture, 100.01));
  ck_ok(co_take_wait(take, 101.01));
  ck_assert_double_eq(co_take_seconds(take), 1);
  ck_ok(co_take_show(take, &picture, 101.51));
  ck_ok(co_take_end(take, 102.01, &lost));
  ck_assert_double_eq(lost, 0);
  ck_assert_int_eq(frames_counted(), 60);
  ck_assert(co_file_exists(at("carryover-001.mp4")));
}
END_TEST

START_TEST(test_a_moment_is_one_frame) {
  double lost;
  pretend(kCounts);
  co_take *take = begin_take();
  ck_ok(co_take_show(take, &picture, 5));
  ck_ok(co_take_end(take, 5, &lost));
  ck_assert_int_eq(frames_counted(), 1);
}
END_TEST

// A name is taken from the beginning on, also by one that goes on beside it.
START_TEST(test_nothing_is_overwritten) {
  double lost;
  pretend(kCounts);
  ck_ok(co_file_write(at("carryover-002.mp4"), "mine", 4));
  co_take *first = begin_take(), *second = begin_take();
  ck_assert_str_eq(co_take_path(first), at("carryover-001.mp4"));
  ck_assert_str_eq(co_take_path(second), at("carryover-003.mp4"));
  ck_ok(co_take_show(second, &picture, 0));
  ck_ok(co_take_end(second, 1, &lost));
  co_take_abandon(first);
  ck_assert(!co_file_exists(at("carryover-001.mp4")));
  ck_assert(co_file_exists(at("carryover-003.mp4")));
  co_buf text;
  ck_ok(co_file_read(at("carryover-002.mp4"), 0, &text));
  ck_assert_str_eq(text.data, "mine");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_a_bad_folder_is_told) {
  co_take *take = NULL;
  pretend(kCounts);
  ck_assert_int_eq(co_take_begin(at("nowhere"), WIDTH, HEIGHT, &take), CO_CREATE);
  ck_assert(strstr(co_error_text(), "nowhere/carryover-001.mp4: No such file"));
}
END_TEST

// An encoder that ends on the way: no file, and the next video may have the name.
START_TEST(test_a_failure_leaves_nothing) {
  co_status status = CO_OK;
  pretend("#!/bin/sh\necho no room >&2\nexit 1\n");
  co_take *take = begin_take();
  for (int i = 0; i < 1000 && status == CO_OK; i++) status = co_take_show(take, &picture, i);
  ck_assert_int_eq(status, CO_IO);
  ck_assert(strstr(co_error_text(), "no room"));
  co_take_abandon(take);
  ck_assert(!co_file_exists(at("carryover-001.mp4")));
}
END_TEST

// One that takes no frames for a while: the caller is not kept, and what was left out is told.
START_TEST(test_a_slow_encoder_loses_time) {
  static unsigned char large[360 * 640 * 3];
  const co_image image = {640, 360, large, (size_t)640 * 3};
  double lost;
  co_take *take = NULL;
  pretend(
      "#!/bin/sh\nfor last; do :; done\nsleep 1\ncat > /dev/null\n"
      "printf '\\000\\000\\000\\010moov' > \"${last#file:}\"\n");
  ck_ok(co_take_begin(scratch, 640, 360, &take));
  ck_ok(co_take_show(take, &image, 0));
  ck_ok(co_take_wait(take, 600));
  ck_assert_double_lt(co_take_seconds(take), 600);
  double seconds = co_take_seconds(take);
  ck_ok(co_take_end(take, 600, &lost));
  ck_assert_double_eq_tol(lost, 600 - seconds, 1e-6);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/take");
  TCase *tcase = tcase_create("take");
  tcase_add_checked_fixture(tcase, scratch_make, scratch_remove);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_time_is_that_of_the_clock);
  tcase_add_test(tcase, test_a_moment_is_one_frame);
  tcase_add_test(tcase, test_nothing_is_overwritten);
  tcase_add_test(tcase, test_a_bad_folder_is_told);
  tcase_add_test(tcase, test_a_failure_leaves_nothing);
  tcase_add_test(tcase, test_a_slow_encoder_loses_time);
  suite_add_tcase(suite, tcase);
  return suite;
}
