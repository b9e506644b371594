// Which state each frame shows, and what a recording leaves behind.

#include "tests/support/scratch.h"
#include "tests/viz/frames.h"
#include "viz/film/private/sink.h"
#include "viz/film/recorder.h"

#include <unistd.h>

static bool has_opengl(void) {
  co_canvas *canvas = frame_canvas(1, 1);
  co_canvas_free(canvas);
  return canvas != NULL;
}

static co_shared_world *open_world(const char *task) {
  co_shared_world *world = NULL;
  ck_ok(co_shared_world_build(&(co_world){.task = task}, &world));
  return world;
}

static co_recorder_def def_of(co_shared_world *world) {
  co_recorder_def def = co_recorder_default();
  def.width = 40, def.height = 30, def.fps = 25;
  def.stage[0] = def.stage[1] = (co_stage_def){.world = world, .seed = 3};
  def.out = at("out");
  return def;
}

static co_recorded record(const co_recorder_def *def) {
  co_recorded done;
  ck_ok(co_recorder_run(def, &done));
  ck_assert_int_eq(done.files.count, done.frames);
  ck_assert_double_eq_tol(done.seconds, (double)done.frames / def->fps, 1e-12);
  return done;
}

static int64_t episode_steps(co_shared_world *world, uint32_t episode) {
  co_stage_def def = {.world = world, .seed = 3};
  co_stage *stage = NULL;
  ck_ok(co_stage_create(&def, &stage));
  ck_ok(co_stage_reset(stage, episode));
  while (!co_stage_over(stage)) ck_ok(co_stage_step(stage));
  int64_t steps = co_stage_now(stage)->step;
  co_stage_free(stage);
  return steps;
}

static const int rates[] = {1, 7, 25, 125, 500};  // below, at and above the control rate of 125 Hz

START_TEST(an_episode_and_its_end) {
  if (!has_opengl()) return;
  co_shared_world *world = open_world("hopper");
  co_recorder_def def = def_of(world);
  def.fps = rates[_i];
  co_recorded done = record(&def);
  double seconds = (double)episode_steps(world, 0) * 0.008;
  int64_t before = (int64_t)ceil(seconds * def.fps - 1e-6), held = (def.fps + 1) / 2;
  ck_assert_int_eq(done.frames, before + held);
  co_names_free(&done.files);
  co_shared_world_drop(world);
}
END_TEST

// two episodes one after the other are the two recorded alone
START_TEST(further_episodes_follow) {
  if (!has_opengl()) return;
  co_shared_world *world = open_world("hopper");
  co_recorder_def def = def_of(world);
  co_recorded first = record(&def);
  def.out = at("second"), def.episode = 1;
  co_recorded second = record(&def);
  def.out = at("both"), def.episode = 0;
  def.seconds = (double)(first.frames + second.frames) / def.fps;
  co_recorded both = record(&def);
  ck_assert_int_eq(both.frames, first.frames + second.frames);
  for (int i = 0; i < second.frames; i++) {
    co_image a, b;
    ck_ok(co_png_read(second.files.name[i], &a));
    ck_ok(co_png_read(both.files.name[first.frames + i], &b));
    ck_assert_mem_eq(a.rgb, b.rgb, a.stride * (size_t)a.height);
    free(a.rgb);
    free(b.rgb);
  }
  co_names_free(&first.files);
  co_names_free(&second.files);
  co_names_free(&both.files);
  co_shared_world_drop(world);
}
END_TEST

START_TEST(stopped_in_between) {
  if (!has_opengl()) return;
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world);
  volatile sig_atomic_t stop = 1;
  co_recorded done;
  def.stop = &stop;
  def.out = at("a.mp4");
  co_status status = co_recorder_run(&def, &done);
  if (status != CO_CREATE) {  // there is ffmpeg
    ck_assert_int_eq(status, CO_INTERRUPTED);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "interrupted after 0 frames"));
  }
  co_names names;
  ck_ok(co_dir_list(scratch, &names));
  ck_assert_int_eq(names.count, 0);
  co_names_free(&names);
  co_shared_world_drop(world);
}
END_TEST

// Less than a frame is one frame, not no limit.
START_TEST(the_shortest) {
  if (!has_opengl()) return;
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world);
  def.seconds = 1e-12;
  co_recorded done = record(&def);
  ck_assert_int_eq(done.frames, 1);
  co_names_free(&done.files);
  co_shared_world_drop(world);
}
END_TEST

START_TEST(what_makes_no_sense) {
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world), wrong = def;
  co_recorded done;
  wrong.fps = 0;
  ck_fails(co_recorder_run(&wrong, &done), CO_USAGE, "0 frames per second");
  wrong = def, wrong.seconds = NAN;
  ck_fails(co_recorder_run(&wrong, &done), CO_USAGE, "seconds: must be 0 to");
  wrong = def, wrong.seconds = 1001, wrong.fps = 1000;
  ck_fails(co_recorder_run(&wrong, &done), CO_USAGE, "more than 1000000 frames");
  wrong = def, wrong.width = 0;
  ck_fails(co_recorder_run(&wrong, &done), CO_USAGE, "0 x 30 pixels");
  if (has_opengl()) {
    wrong = def, wrong.camera = "none";
    ck_fails(co_recorder_run(&wrong, &done), CO_USAGE, "no camera \"none\"; there are: track");
    wrong = def, wrong.out = at("a.gif");
    ck_fails(co_recorder_run(&wrong, &done), CO_USAGE, "must be a file *.mp4");
  }
  ck_assert(!co_dir_exists(at("out")));
  co_shared_world_drop(world);
}
END_TEST

// --- sinks

static co_status fill(const char *path, int frames, co_names *files) {
  unsigned char rgb[2 * 2 * 3] = {0};
  co_image image = {2, 2, rgb, 6};
  co_sink *sink = NULL;
  CO_TRY(co_sink_open(path, 2, 2, 25, &sink));
  for (int i = 0; i < frames; i++) ck_ok(co_sink_add(sink, &image));
  return co_sink_close(sink, files);
}

START_TEST(a_folder_holds_one_recording) {
  co_names files;
  ck_ok(fill(at("frames"), 12, &files));
  ck_assert_int_eq(files.count, 12);
  ck_assert_str_eq(files.name[11], at("frames/000011.png"));
  co_names_free(&files);
  // these are somebody else's
  const char *const others[] = {"frames/notes.txt", "frames/00011.png", "frames/0000011.png",
                                "frames/00001x.png", "frames/000011.jpg"};
  for (int i = 0; i < 5; i++) ck_ok(co_file_write(at(others[i]), "x", 1));
  ck_ok(fill(at("frames"), 3, NULL));
  co_names names;
  ck_ok(co_dir_list(at("frames"), &names));
  ck_assert_int_eq(names.count, 3 + 5);
  co_names_free(&names);
}
END_TEST

START_TEST(names_of_other_kinds) {
  const char *const names[] = {"a.gif", "a.avi", "a.mov", "a.webm", "a.png", "a.MP4"};
  for (int i = 0; i < 6; i++) {
    ck_fails(fill(at(names[i]), 0, NULL), CO_USAGE, "must be a file *.mp4, or a folder");
    ck_assert(!co_dir_exists(at(names[i])));
  }
  ck_fails(fill("", 0, NULL), CO_USAGE, "empty");
  ck_ok(co_file_write(at("file"), "x", 1));
  ck_assert_int_eq(fill(at("file/below"), 0, NULL), CO_CREATE);
}
END_TEST

// a frame whose name is a folder's, and a disk that is full
START_TEST(frames_that_cannot_be_written) {
  ck_ok(co_dir_create(at("frames/000001.png")));
  co_sink *sink = NULL;
  unsigned char rgb[3] = {0};
  co_image image = {1, 1, rgb, 3};
  ck_ok(co_sink_open(at("frames"), 1, 1, 25, &sink));
  ck_ok(co_sink_add(sink, &image));
  ck_fails(co_sink_add(sink, &image), CO_CREATE, "000001.png: Is a directory");
  ck_ok(co_dir_remove(at("frames/000001.png")));
  if (symlink("/dev/full", at("frames/000001.png")) == 0)
    ck_fails(co_sink_add(sink, &image), CO_IO, "000001.png: No space left on device");
  co_sink_abandon(sink);
  co_sink_abandon(NULL);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/recorder");
  TCase *tests = tcase_create("recorder");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, an_episode_and_its_end, 0, 5);
  tcase_add_test(tests, further_episodes_follow);
  tcase_add_test(tests, stopped_in_between);
  tcase_add_test(tests, the_shortest);
  tcase_add_test(tests, what_makes_no_sense);
  tcase_add_test(tests, a_folder_holds_one_recording);
  tcase_add_test(tests, names_of_other_kinds);
  tcase_add_test(tests, frames_that_cannot_be_written);
  suite_add_tcase(suite, tests);
  return suite;
}
