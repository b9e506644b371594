// Film strips of policies as files, in several worlds.

#include "tests/support/scratch.h"
#include "tests/viz/frames.h"
#include "tests/viz/stages.h"
#include "viz/film/films.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { PICTURE = 200, HEIGHT = 150, GAP = 2, PICTURES = 7 };

static co_film_world worlds[3];
static co_node *domain;
static co_film_def film[3];
static co_films_def def;
static char *texts[8];  // paths of the definitions, owned
static int num_texts;

static void write_policy(const char *task, const char *name) {
  co_built_world *world = test_world(task, NULL, NULL);
  co_policy *policy = test_policy_for(&world->info, 5);
  ck_ok(co_policy_save(policy, at(name)));
  co_policy_free(policy);
  co_world_free(world);
}

// Until end().
static const char *copy(const char *text) {
  ck_assert_int_lt(num_texts, (int)(sizeof texts / sizeof *texts));
  char *out = texts[num_texts++] = strdup(text);
  ck_assert_ptr_nonnull(out);
  return out;
}

static co_film_def film_of(const char *policy, const char *picture, const char *page) {
  return (co_film_def){policy, "pendulum", copy(at(picture)), copy(at(page)), {0}, 1};
}

static void begin(void) {
  scratch_make();
  write_policy("pendulum", "pendulum.safetensors");
  write_policy("hopper", "hopper.safetensors");
  domain = test_domain("{ parameter = \"option.gravity\"; scale = 2.0; }");
  worlds[0] = (co_film_world){"earth", {.task = "pendulum"}};
  worlds[1] = (co_film_world){"heavy", {.task = "pendulum", .domain = domain}};
  worlds[2] = (co_film_world){"legs", {.task = "hopper"}};
  const char *pendulum = copy(at("pendulum.safetensors"));
  film[0] = film_of(pendulum, "media/both.png", "media/both.html");
  film[0].world[1] = 1, film[0].rows = 2;
  film[1] = film_of(pendulum, "media/one.png", "media/one.html");
  film[1].world[0] = 2, film[1].world[1] = 1, film[1].rows = 2;  // does not fit legs
  film[2] = film_of(pendulum, "media/none.png", "media/none.html");
  film[2].world[0] = 2;
  def = (co_films_def){.folder = copy(at("media")),
                       .world = worlds,
                       .worlds = 3,
                       .film = film,
                       .count = 3,
                       .most = 10,
                       .seed = 3};
}

static void end(void) {
  while (num_texts) free(texts[--num_texts]);
  co_node_free(domain);
  scratch_remove();
}

static bool have_gl(void) {
  co_canvas *canvas = frame_canvas(8, 8);
  co_canvas_free(canvas);
  return canvas != NULL;
}

static int64_t time_of(const char *path) {
  struct stat file;
  ck_assert_int_eq(stat(path, &file), 0);
  return (int64_t)file.st_mtim.tv_sec;
}

static void set_time(const char *path, time_t seconds) {
  const struct timespec time[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
  ck_assert_int_eq(utimensat(AT_FDCWD, path, time, 0), 0);
}

START_TEST(test_rows) {
  static const int rows[] = {2, 1};
  int made = -1;
  if (!have_gl()) return;
  ck_ok(co_films_make(&def, &made));
  ck_assert_int_eq(made, 2);
  for (int i = 0; i < 2; i++) {
    co_image image;
    ck_ok(co_png_read(film[i].picture, &image));
    ck_assert_int_eq(image.width, PICTURES * PICTURE + (PICTURES - 1) * GAP);
    ck_assert_int_eq(image.height, rows[i] * HEIGHT + (rows[i] - 1) * GAP);
    free(image.rgb);
  }
  ck_assert(!co_file_exists(film[2].picture) && !co_file_exists(film[2].page));
}
END_TEST

// Pages are made without OpenGL, which is told behind all of them, and are the same with it.
START_TEST(test_pages) {
  int made = -1;
  co_buf blind, seen;
  ck_assert_int_eq(setenv("CARRYOVER_GL", "off", 1), 0);
  ck_fails(co_films_make(&def, &made), CO_INTERNAL, "no OpenGL");
  unsetenv("CARRYOVER_GL");
  ck_assert_int_eq(made, 2);
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(co_file_exists(film[i].page), i < 2);
    ck_assert(!co_file_exists(film[i].picture));
  }
  if (!have_gl()) return;
  ck_ok(co_file_read(film[0].page, 0, &blind));
  set_time(film[0].policy, 1000);
  set_time(film[0].page, 2000);
  set_time(film[1].policy, 1000);
  set_time(film[1].page, 500);
  ck_ok(co_films_make(&def, &made));
  ck_assert_int_eq(time_of(film[0].page), 2000);  // newer than its policy
  ck_assert_int_gt(time_of(film[1].page), 2000);
  remove(film[0].page);
  ck_ok(co_films_make(&def, &made));
  ck_ok(co_file_read(film[0].page, 0, &seen));
  ck_assert_uint_eq(seen.size, blind.size);
  ck_assert_mem_eq(seen.data, blind.data, seen.size);
  co_buf_free(&blind);
  co_buf_free(&seen);
}
END_TEST

// So that `most` of every call are further ones, until all are there.
START_TEST(test_pages_once) {
  static const int made_by_call[] = {1, 1, 0};
  ck_assert_int_eq(setenv("CARRYOVER_GL", "off", 1), 0);
  def.most = 1;
  for (int call = 0; call < 3; call++) {
    int made = -1;
    ck_fails(co_films_make(&def, &made), CO_INTERNAL, "no OpenGL");
    ck_assert_int_eq(made, made_by_call[call]);
    ck_assert(co_file_exists(film[0].page) && co_file_exists(film[1].page) == (call > 0));
  }
  unsetenv("CARRYOVER_GL");
}
END_TEST

// One by one each tells what it lacks, and what is wrong otherwise is not taken for that.
START_TEST(test_wrong_without_opengl) {
  int made = -1;
  co_films *films;
  film[1].policy = film[1].picture;  // no such file
  ck_assert_int_eq(setenv("CARRYOVER_GL", "off", 1), 0);
  def.count = 2;
  ck_ok(co_films_open(&def, &films));
  ck_fails(co_films_draw(films, 0), CO_INTERNAL, "no OpenGL");
  ck_fails(co_films_draw(films, 0), CO_INTERNAL, "no OpenGL");
  ck_fails(co_films_draw(films, 1), CO_NO_INPUT, "one.png");
  co_films_close(films);
  remove(film[0].page);
  film[2] = film[0], film[2].page = film[2].picture;
  def.count = 3;
  ck_fails(co_films_make(&def, &made), CO_NO_INPUT, "one.png");
  ck_assert(made == 1 && co_file_exists(film[0].page) && !co_file_exists(film[2].page));
  unsetenv("CARRYOVER_GL");
}
END_TEST

START_TEST(test_only_what_is_due) {
  int made = -1;
  if (!have_gl()) return;
  def.count = 2;
  ck_ok(co_films_make(&def, NULL));
  set_time(film[0].policy, 1000);
  set_time(film[0].picture, 2000);  // newer than its policy
  set_time(film[0].page, 2000);
  set_time(film[1].picture, 500);  // older
  ck_ok(co_films_make(&def, &made));
  ck_assert_int_eq(made, 1);
  ck_assert_int_eq(time_of(film[0].picture), 2000);
  ck_assert_int_gt(time_of(film[1].picture), 2000);
  remove(film[0].picture);
  remove(film[1].picture);  // their pages are there
  def.most = 1;
  ck_ok(co_films_make(&def, &made));
  ck_assert(made == 1 && co_file_exists(film[0].picture) && !co_file_exists(film[1].picture));
  const volatile sig_atomic_t stop = 1;
  def.stop = &stop;
  def.most = 10;
  ck_ok(co_films_make(&def, &made));
  ck_assert(made == 0 && !co_file_exists(film[1].picture));
}
END_TEST

// What was made before a failure stays.
START_TEST(test_what_is_wrong) {
  int made = -1;
  if (!have_gl()) return;
  const char *sound = film[1].policy;
  film[1].policy = film[1].picture;  // no such file
  ck_fails(co_films_make(&def, &made), CO_NO_INPUT, "one.png");
  ck_assert(made == 1 && co_file_exists(film[0].picture) && co_file_exists(film[0].page));
  film[1].policy = sound;
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("films");
  TCase *tcase = tcase_create("films");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_rows);
  tcase_add_test(tcase, test_pages);
  tcase_add_test(tcase, test_pages_once);
  tcase_add_test(tcase, test_wrong_without_opengl);
  tcase_add_test(tcase, test_only_what_is_due);
  tcase_add_test(tcase, test_what_is_wrong);
  suite_add_tcase(suite, tcase);
  return suite;
}
