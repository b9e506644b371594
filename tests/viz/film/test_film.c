// Film strips: layout, time, falls.

#include "tests/viz/frames.h"
#include "viz/film/film.h"
#include "viz/film/recorder.h"

enum { WIDTH = 40, HEIGHT = 30, GAP = 2 };

typedef struct strip_fixture {
  co_canvas *canvas;
  co_shared_world *world[2];
  co_stage *stage[2];
  co_drawing *drawing[2];
  co_film_row row[2];
} strip_fixture;

// Policies are absent: actions are 0, and a hopper falls after a while.
static bool open_fixture(strip_fixture *fixture, const char *first, const char *second) {
  const char *task[2] = {first, second};
  fixture->canvas = frame_canvas(WIDTH, HEIGHT);
  if (!fixture->canvas) return false;
  for (int i = 0; i < 2; i++) {
    co_world world = {.task = task[i]};
    ck_ok(co_shared_world_build(&world, &fixture->world[i]));
    co_stage_def def = {.world = fixture->world[i], .seed = 1, .history_bytes = CO_STAGE_HISTORY};
    ck_ok(co_stage_create(&def, &fixture->stage[i]));
    ck_ok(co_drawing_create(co_shared_world_get(fixture->world[i]), CO_QUALITY_FAST,
                            &fixture->drawing[i]));
    fixture->row[i] = (co_film_row){fixture->stage[i], fixture->drawing[i], NULL};
  }
  return true;
}

static void close_fixture(strip_fixture *fixture) {
  for (int i = 0; i < 2; i++) {
    co_drawing_free(fixture->drawing[i]);
    co_stage_free(fixture->stage[i]);
    co_shared_world_drop(fixture->world[i]);
  }
  co_canvas_free(fixture->canvas);
}

static const unsigned char *pixel(const co_image *image, int x, int y) {
  return image->rgb + (size_t)y * image->stride + 3 * (size_t)x;
}

static bool is_red(const unsigned char *p) {
  return p[0] > 150 && p[1] < 80 && p[2] < 80;
}

// the corner of each picture is red where the robot fell
static int first_fall(const co_image *image, int row, int pictures) {
  for (int i = 0; i < pictures; i++)
    if (is_red(pixel(image, i * (WIDTH + GAP), row * (HEIGHT + GAP)))) return i;
  return -1;
}

START_TEST(pictures_stand_in_rows) {
  strip_fixture fixture;
  if (!open_fixture(&fixture, "hopper", "pendulum")) return;
  co_image strip;
  ck_ok(co_film_strip(fixture.canvas, fixture.row, 2, 5, &strip));
  ck_assert_int_eq(strip.width, 5 * WIDTH + 4 * GAP);
  ck_assert_int_eq(strip.height, 2 * HEIGHT + GAP);
  for (int x = 0; x < strip.width; x++) ck_assert_uint_eq(pixel(&strip, x, HEIGHT)[0], 255);
  for (int y = 0; y < strip.height; y++) ck_assert_uint_eq(pixel(&strip, WIDTH, y)[1], 255);
  free(strip.rgb);
  close_fixture(&fixture);
}
END_TEST

// The pendulum lasts 200 steps of 0.05 s, the hopper falls long before: in the first picture that
// is not before its end, and what follows is dimmed. Running out of time is no fall.
START_TEST(falls_are_marked) {
  enum { PICTURES = 8 };
  strip_fixture fixture;
  if (!open_fixture(&fixture, "hopper", "pendulum")) return;
  co_image strip;
  ck_ok(co_film_strip(fixture.canvas, fixture.row, 2, PICTURES, &strip));
  const co_instant *end = co_stage_at(fixture.stage[0], co_stage_last(fixture.stage[0]));
  ck_assert(end->terminated);
  double span = 200 * 0.05, fell = (double)end->step * 0.008;
  int expected = (int)ceil(fell / (span / (PICTURES - 1)) - 1e-9);
  ck_assert_int_eq(first_fall(&strip, 0, PICTURES), expected);
  ck_assert_int_eq(first_fall(&strip, 1, PICTURES), -1);
  for (int i = expected + 1; i < PICTURES; i++) {
    const unsigned char *corner = pixel(&strip, i * (WIDTH + GAP) + 1, HEIGHT - 2);
    ck_assert_uint_ge(corner[0], 175);
  }
  free(strip.rgb);
  close_fixture(&fixture);
}
END_TEST

START_TEST(one_row_spans_its_own_episode) {
  strip_fixture fixture;
  if (!open_fixture(&fixture, "hopper", "pendulum")) return;
  co_image strip;
  fixture.row[0].caption =
      "a caption that is much wider than its picture of forty pixels and longer";
  ck_ok(co_film_strip(fixture.canvas, fixture.row, 1, 4, &strip));
  ck_assert_int_eq(strip.height, HEIGHT);
  ck_assert_int_eq(first_fall(&strip, 0, 4), 3);  // its end is the last picture
  free(strip.rgb);
  close_fixture(&fixture);
}
END_TEST

// the same episode gives the same picture, also when it has been played before
START_TEST(strips_repeat) {
  strip_fixture fixture;
  if (!open_fixture(&fixture, "half_cheetah", "hopper")) return;
  co_image first, second;
  ck_ok(co_film_strip(fixture.canvas, fixture.row, 2, 3, &first));
  ck_ok(co_film_strip(fixture.canvas, fixture.row, 2, 3, &second));
  ck_assert_mem_eq(first.rgb, second.rgb, first.stride * (size_t)first.height);
  free(first.rgb);
  free(second.rgb);
  close_fixture(&fixture);
}
END_TEST

START_TEST(ends_in_words) {
  ck_assert_str_eq(co_recorder_end(&(co_instant){0}), "");
  ck_assert_str_eq(co_recorder_end(&(co_instant){.terminated = true}), "fell");
  ck_assert_str_eq(co_recorder_end(&(co_instant){.truncated = true}), "time is up");
  ck_assert_str_eq(co_recorder_end(&(co_instant){.success = true, .terminated = true}), "success");
  ck_assert_str_eq(co_recorder_end(&(co_instant){.success = true, .fault = true}), "fault");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/film");
  TCase *tests = tcase_create("film");
  tcase_add_test(tests, pictures_stand_in_rows);
  tcase_add_test(tests, falls_are_marked);
  tcase_add_test(tests, one_row_spans_its_own_episode);
  tcase_add_test(tests, strips_repeat);
  tcase_add_test(tests, ends_in_words);
  suite_add_tcase(suite, tests);
  return suite;
}
