// A replay's page: the same bytes every time, no text of a name in its markup, limits, what is left
// behind. What its numbers are is checked from outside: tests/cli/test_record_page.py.

#include "tests/support/scratch.h"
#include "tests/viz/stages.h"
#include "viz/film/page.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static co_shared_world *open_world(const char *task) {
  co_shared_world *world = NULL;
  ck_ok(co_shared_world_build(&(co_world){.task = task}, &world));
  return world;
}

static co_recorder_def def_of(co_shared_world *world) {
  co_recorder_def def = co_recorder_default();
  def.fps = 25;
  def.stage[0] = def.stage[1] = (co_stage_def){.world = world, .seed = 3};
  def.policy[0] = "one", def.policy[1] = "two";
  def.world[0] = def.world[1] = "somewhere";
  def.out = at("out.html");
  return def;
}

static co_buf page_of(const co_recorder_def *def, int64_t frames) {
  co_recorded done;
  co_buf page;
  ck_ok(co_page_record(def, &done));
  ck_assert_int_eq(done.frames, frames);
  ck_assert_double_eq_tol(done.seconds, (double)frames / def->fps, 1e-12);
  ck_assert_int_eq(done.files.count, 1);
  ck_assert_str_eq(done.files.name[0], def->out);
  co_names_free(&done.files);
  ck_ok(co_file_read(def->out, 0, &page));
  return page;
}

static int count_of(const co_buf *page, const char *text) {
  int count = 0;
  for (const char *at = page->data; (at = strstr(at, text)); at++) count++;
  return count;
}

START_TEST(the_same_bytes_every_time) {
  co_shared_world *world = open_world("hopper");
  co_recorder_def def = def_of(world);
  def.seconds = 0.6, def.count = 2, def.ghost = true;
  co_buf first = page_of(&def, 15);
  def.out = at("elsewhere.html");
  co_buf second = page_of(&def, 15);
  ck_assert_uint_eq(first.size, second.size);
  ck_assert_mem_eq(first.data, second.data, first.size);
  def.stage[1].seed = 4;
  co_buf other = page_of(&def, 15);
  ck_assert(other.size != first.size || memcmp(other.data, first.data, first.size) != 0);
  co_buf_free(&first);
  co_buf_free(&second);
  co_buf_free(&other);
  co_shared_world_drop(world);
}
END_TEST

// One page without anything from elsewhere, whose data are one piece of base64.
START_TEST(stands_alone) {
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world);
  def.seconds = 1;
  co_buf page = page_of(&def, 25);
  static const char *const foreign[] = {"http:", "https:", "src=", "href=", "import ", "url("};
  for (int i = 0; i < 6; i++) ck_assert_msg(count_of(&page, foreign[i]) == 0, "%s", foreign[i]);
  ck_assert_int_eq(count_of(&page, "<script"), 2);
  ck_assert_int_eq(count_of(&page, "</script>"), 2);
  const char *data = strstr(page.data, "id=\"data\">") + 10;
  size_t size = strspn(data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
  ck_assert_uint_gt(size, 100);
  ck_assert_int_eq(memcmp(data + size, "</script>", 9), 0);
  ck_assert_ptr_null(strstr(page.data, scratch));
  co_buf_free(&page);
  co_shared_world_drop(world);
}
END_TEST

START_TEST(names_are_no_markup) {
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world);
  def.seconds = 0.1;
  def.policy[0] = "</title></script><img onerror='x'>";
  def.world[0] = "\"&<!--\x1b";
  co_buf page = page_of(&def, 3);
  ck_assert_int_eq(count_of(&page, "<img"), 0);
  ck_assert_int_eq(count_of(&page, "<!--"), 0);
  ck_assert_int_eq(count_of(&page, "\x1b"), 0);
  ck_assert_int_eq(count_of(&page, "</title>"), 1);
  ck_assert_int_eq(count_of(&page, "&lt;/title&gt;"), 1);
  co_buf_free(&page);
  def.policy[0] = def.world[0] = NULL;
  page = page_of(&def, 3);
  ck_assert_int_eq(count_of(&page, "<title>recorded actions in </title>"), 1);
  co_buf_free(&page);
  co_shared_world_drop(world);
}
END_TEST

// Frames as a film would have them (test_recorder.c): an episode of 200 steps of 0.05 s, its end
// held for half a second.
START_TEST(an_episode_and_its_end) {
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world);
  co_buf page = page_of(&def, 10 * 25 + 13);
  co_buf_free(&page);
  co_shared_world_drop(world);
}
END_TEST

START_TEST(what_makes_no_sense) {
  co_shared_world *world = open_world("pendulum");
  co_recorder_def def = def_of(world), wrong = def;
  co_recorded done;
  volatile sig_atomic_t stop = 1;
  wrong.fps = 1001;
  ck_fails(co_page_record(&wrong, &done), CO_USAGE, "1001 frames per second");
  wrong = def, wrong.seconds = NAN;
  ck_fails(co_page_record(&wrong, &done), CO_USAGE, "seconds: must be 0 to");
  wrong = def, wrong.stop = &stop;
  ck_fails(co_page_record(&wrong, &done), CO_INTERRUPTED, "interrupted after 0 frames");
  wrong = def, wrong.seconds = 31, wrong.fps = 1000;
  ck_fails(co_page_record(&wrong, &done), CO_USAGE, "more than 30000 frames: fewer seconds");
  wrong = def, wrong.seconds = 0.1, wrong.out = at("missing/a.html");
  ck_fails(co_page_record(&wrong, &done), CO_CREATE, "missing/a.html: cannot create: No such file");
  ck_ok(co_dir_create(at("folder.html")));
  wrong.out = at("folder.html");
  ck_fails(co_page_record(&wrong, &done), CO_CREATE, "folder.html");
  co_names names;
  ck_ok(co_dir_list(scratch, &names));
  ck_assert_int_eq(names.count, 1);
  co_names_free(&names);
  co_shared_world_drop(world);
}
END_TEST

// A row that draws the size of a foot has another look in each episode.
START_TEST(looks_are_told_apart) {
  co_shared_world *drawn = test_shared_world("hopper",
                                             "{ parameter = \"geom.size\"; select = \"foot*\"; "
                                             "scale = { uniform = (0.5, 2.0); }; }",
                                             NULL);
  co_recorder_def def = def_of(drawn);
  def.seconds = 6;
  co_buf page = page_of(&def, 150);
  co_buf_free(&page);
  co_shared_world_drop(drawn);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/film/page");
  TCase *tests = tcase_create("page");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, the_same_bytes_every_time);
  tcase_add_test(tests, stands_alone);
  tcase_add_test(tests, names_are_no_markup);
  tcase_add_test(tests, an_episode_and_its_end);
  tcase_add_test(tests, what_makes_no_sense);
  tcase_add_test(tests, looks_are_told_apart);
  suite_add_tcase(suite, tests);
  return suite;
}
