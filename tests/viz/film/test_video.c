// Videos, with a true ffmpeg where there is one and with scripts of the same name.

#include "core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"
#include "viz/film/private/video.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())
#define ck_says(part) \
  ck_assert_msg(strstr(co_error_text(), (part)), "\"%s\" not in: %s", (part), co_error_text())

static int entries(void) {
  co_names names;
  ck_ok(co_dir_list(scratch, &names));
  int count = names.count;
  co_names_free(&names);
  return count;
}

// From here on ffmpeg is this script, or nothing at all.
static void pretend(const char *script) {
  ck_ok(co_dir_create(at("bin")));
  if (script) {
    ck_ok(co_file_write(at("bin/ffmpeg"), script, strlen(script)));
    ck_assert_int_eq(chmod(at("bin/ffmpeg"), 0755), 0);
  }
  setenv("PATH", at("bin"), 1);
}

static bool there_is_ffmpeg(void) {
  const char *ci = getenv("CI");
  if (system("command -v ffmpeg >/dev/null") == 0) return true;
  ck_assert_msg(!ci || strcmp(ci, "true") != 0, "CI has no ffmpeg");
  fprintf(stderr, "skipped: there is no ffmpeg\n");
  return false;
}

static co_image gray(int width, int height, int padding) {
  co_image image = {width, height, NULL, 3 * (size_t)width + (size_t)padding};
  image.rgb = malloc(image.stride * (size_t)height);
  ck_assert_ptr_nonnull(image.rgb);
  memset(image.rgb, 0x80, image.stride * (size_t)height);
  return image;
}

static co_status play(const char *path, int width, int height, int padding, int frames) {
  co_video *video = NULL;
  co_image image = gray(width, height, padding);
  co_status status = co_video_open(path, width, height, 25, &video);
  for (int i = 0; status == CO_OK && i < frames; i++) status = co_video_add(video, &image);
  free(image.rgb);
  if (status == CO_OK) return co_video_close(video);
  co_video_abandon(video);
  return status;
}

static const int sizes[][2] = {{1, 1}, {64, 48}, {63, 47}, {2, 301}};

START_TEST(files_that_play) {
  if (!there_is_ffmpeg()) return;
  ck_ok(play(at("a.mp4"), sizes[_i][0], sizes[_i][1], _i, 10));
  ck_assert_int_eq(entries(), 1);
  char command[3000];
  snprintf(command, sizeof command, "ffmpeg -v error -i '%s' -f null - 2>'%s'", at("a.mp4"),
           at("words"));
  ck_assert_int_eq(system(command), 0);
  co_buf words;
  ck_ok(co_file_read(at("words"), 0, &words));
  ck_assert_uint_eq(words.size, 0);
  co_buf_free(&words);
}
END_TEST

// names that a careless command line would take for options, protocols or commands
START_TEST(odd_names) {
  static const char *const names[] = {"-y.mp4", "a b;$(touch x).mp4", "http:x.mp4", "%d.mp4"};
  if (!there_is_ffmpeg()) return;
  ck_ok(play(at(names[_i]), 16, 16, 0, 2));
  ck_assert(co_file_exists(at(names[_i])));
  ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(odd_folders) {
  static const char *const names[] = {"-y/a.mp4", "http:/a.mp4", "-y:/-z.mp4"};
  if (!there_is_ffmpeg()) return;
  char *before = getcwd(NULL, 0);
  ck_assert_int_eq(chdir(scratch), 0);
  char *dir = co_path_dir(names[_i]);
  ck_ok(co_dir_create(dir));
  ck_ok(play(names[_i], 16, 16, 0, 2));
  ck_assert(co_file_exists(names[_i]));
  ck_assert_int_eq(chdir(before), 0);
  free(dir);
  free(before);
}
END_TEST

START_TEST(an_old_file_stays_until_the_new_one_is_whole) {
  if (!there_is_ffmpeg()) return;
  ck_ok(co_file_write(at("a.mp4"), "old", 3));
  co_video *video = NULL;
  ck_ok(co_video_open(at("a.mp4"), 16, 16, 25, &video));
  co_image image = gray(16, 16, 0);
  ck_ok(co_video_add(video, &image));
  co_video_abandon(video);
  co_buf old;
  ck_ok(co_file_read(at("a.mp4"), 0, &old));
  ck_assert_str_eq(old.data, "old");
  ck_assert_int_eq(entries(), 1);
  co_buf_free(&old);
  free(image.rgb);
}
END_TEST

START_TEST(no_ffmpeg) {
  pretend(NULL);
  ck_assert_int_eq(play(at("a.mp4"), 16, 16, 0, 1), CO_CREATE);
  ck_says("please install ffmpeg");
  ck_says("a.mp4");
  ck_assert_int_eq(entries(), 1);
}
END_TEST

static const struct {
  const char *script, *says;
} failures[] = {
    {"#!/bin/sh\necho 'Unknown encoder' >&2\necho more >&2\nexit 1\n", "failed: Unknown encoder"},
    {"#!/bin/sh\nexit 3\n", "exit code 3"},
    {"#!/bin/sh\nkill -9 $$\n", "ended by signal 9"},
    {"#!/bin/sh\nexit 0\n", "ended early"},
    {"no program at all", "exit code 127"},
};
enum { FAILURES = sizeof failures / sizeof *failures };

// while frames are sent: more than any buffer holds
START_TEST(ffmpeg_fails_at_once) {
  pretend(failures[_i].script);
  co_status status = play(at("a.mp4"), 1000, 1000, 0, 4);
  if (status == CO_CREATE) {  // could not even be started
    ck_says("cannot start ffmpeg");
  } else {
    ck_assert_int_eq(status, CO_IO);
    ck_says(failures[_i].says);
  }
  ck_says("a.mp4");
  ck_assert_int_eq(entries(), 1);
}
END_TEST

// after all frames were taken
START_TEST(ffmpeg_fails_at_the_end) {
  pretend(
      "#!/bin/sh\nPATH=/usr/bin:/bin\ncat >/dev/null\necho 'No space left on device' >&2\n"
      "exit 1\n");
  ck_assert_int_eq(play(at("a.mp4"), 32, 32, 0, 3), CO_IO);
  ck_says("ffmpeg failed: No space left on device");
  ck_assert(!co_file_exists(at("a.mp4")));
  ck_assert_int_eq(entries(), 1);
}
END_TEST

// With little room ffmpeg says why, and ends with 0 if only the end of the file is missing.
START_TEST(half_a_file) {
  static const struct {
    const char *name, *bytes;
  } files[] = {
      {"nothing", ""},
      {"no index", "\\0\\0\\0\\010ftyp"},
      {"cut in a box", "\\0\\0\\0\\010moov\\0\\0\\0\\011mdat"},
      {"cut in a size", "\\0\\0\\0\\010moov\\0\\0"},
      {"a long box cut", "\\0\\0\\0\\010moov\\0\\0\\0\\1mdat\\0\\0\\0\\1\\0\\0\\0\\0"},
      {"a box of no size", "\\0\\0\\0\\010moov\\0\\0\\0\\0mdat"},
      {"a box that goes back",
       "\\0\\0\\0\\010moov\\0\\0\\0\\1mdat\\377\\377\\377\\377\\377\\377\\377\\370"},
      {"whole", "\\0\\0\\0\\010moov\\0\\0\\0\\1mdat\\0\\0\\0\\0\\0\\0\\0\\020"},
  };
  char script[600];
  bool whole = strcmp(files[_i].name, "whole") == 0;
  snprintf(script, sizeof script,
           "#!/bin/sh\nPATH=/usr/bin:/bin\ncat >/dev/null\nfor file; do :; done\n"
           "printf '%s' >\"${file#file:}\"\necho 'no room' >&2\nexit 0\n",
           files[_i].bytes);
  pretend(script);
  ck_assert_msg(play(at("a.mp4"), 32, 32, 0, 3) == (whole ? CO_OK : CO_IO), "%s", files[_i].name);
  if (!whole) ck_says("a.mp4: ffmpeg failed: no room");
  ck_assert_int_eq(entries(), whole ? 2 : 1);
}
END_TEST

START_TEST(killed_from_outside) {
  pretend("#!/bin/sh\nPATH=/usr/bin:/bin\necho $$ >\"$0.pid\"\nexec sleep 60\n");
  co_video *video = NULL;
  co_image image = gray(64, 64, 0);
  ck_ok(co_video_open(at("a.mp4"), 64, 64, 25, &video));
  co_buf pid = {0};
  for (int i = 0; i < 500 && pid.size < 2; i++) {
    usleep(10000);
    co_buf_free(&pid);
    pid = (co_buf){0};
    if (co_file_exists(at("bin/ffmpeg.pid"))) ck_ok(co_file_read(at("bin/ffmpeg.pid"), 0, &pid));
  }
  ck_assert_uint_gt(pid.size, 1);
  ck_assert_int_eq(kill((pid_t)atoi(pid.data), SIGKILL), 0);
  co_status status = CO_OK;
  for (int i = 0; i < 1000 && status == CO_OK; i++) status = co_video_add(video, &image);
  ck_assert_int_eq(status, CO_IO);
  ck_says("ended by signal 9");
  ck_assert_int_eq(co_video_add(video, &image), CO_IO);
  co_video_abandon(video);
  ck_assert_int_eq(entries(), 1);
  co_buf_free(&pid);
  free(image.rgb);
}
END_TEST

START_TEST(places_that_cannot_be_written) {
  ck_assert_int_eq(play(at("none/a.mp4"), 16, 16, 0, 1), CO_CREATE);
  ck_says("none/a.mp4: No such file or directory");
  ck_ok(co_dir_create(at("folder.mp4")));
  ck_assert_int_eq(play(at("folder.mp4"), 16, 16, 0, 1), CO_CREATE);
  ck_says("is a folder");
  ck_assert_int_eq(entries(), 1);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/video");
  TCase *tests = tcase_create("video");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, files_that_play, 0, 4);
  tcase_add_loop_test(tests, odd_names, 0, 4);
  tcase_add_loop_test(tests, odd_folders, 0, 3);
  tcase_add_loop_test(tests, half_a_file, 0, 8);
  tcase_add_test(tests, an_old_file_stays_until_the_new_one_is_whole);
  tcase_add_test(tests, no_ffmpeg);
  tcase_add_loop_test(tests, ffmpeg_fails_at_once, 0, FAILURES);
  tcase_add_test(tests, ffmpeg_fails_at_the_end);
  tcase_add_test(tests, killed_from_outside);
  tcase_add_test(tests, places_that_cannot_be_written);
  suite_add_tcase(suite, tests);
  return suite;
}
