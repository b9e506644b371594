// Where things lie, for every size of a window; axes and pretty numbers.

#include "tests/support/support.h"
#include "viz/show/axis.h"
#include "viz/show/private/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BOXES = 4 + CO_NUM_PANELS };

static int boxes_of(const co_layout *layout, co_box out[MOST_BOXES]) {
  int count = 0;
  out[count++] = layout->scene[0];
  out[count++] = layout->scene[1];
  out[count++] = layout->sidebar;
  out[count++] = layout->timeline;
  for (int p = 0; p < CO_NUM_PANELS; p++) out[count++] = layout->panel[p];
  return count;
}

static void check_sound(const co_layout_def *def, const co_layout *layout) {
  co_box box[MOST_BOXES];
  int count = boxes_of(layout, box);
  const co_box window = {0, 0, def->width, def->height};
  for (int i = 0; i < count; i++) {
    if (box[i].w == 0 && box[i].h == 0) continue;
    ck_assert_msg(box[i].w > 0 && box[i].h > 0, "%dx%d: box %d is %dx%d", def->width, def->height,
                  i, box[i].w, box[i].h);
    co_box inside = co_box_cut(box[i], window);
    ck_assert_msg(memcmp(&inside, &box[i], sizeof inside) == 0, "%dx%d: box %d leaves the window",
                  def->width, def->height, i);
    for (int k = 0; k < i; k++) {
      co_box shared = co_box_cut(box[i], box[k]);
      ck_assert_msg(shared.w == 0 || shared.h == 0, "%dx%d: boxes %d and %d overlap", def->width,
                    def->height, k, i);
    }
  }
  ck_assert_int_gt(layout->scene[0].w, 0);
  ck_assert_int_ge(layout->scene[0].w + layout->scene[1].w, def->width / 3);
}

// Every combination of what is open, over sizes from a thumbnail to 8K.
START_TEST(is_sound_for_every_window) {
  static const int width[] = {1, 2, 7, 100, 320, 333, 640, 801, 1280, 1920, 2560, 3840, 7680};
  static const int height[] = {1, 3, 50, 240, 241, 480, 600, 720, 1080, 2160, 4320};
  int row = 18 + 9 * _i;
  for (size_t w = 0; w < sizeof width / sizeof *width; w++)
    for (size_t h = 0; h < sizeof height / sizeof *height; h++)
      for (int open = 0; open < 1 << (CO_NUM_PANELS + 3); open++) {
        co_layout_def def = {.width = width[w],
                             .height = height[h],
                             .row = row,
                             .scenes = 1 + (open & 1),
                             .sidebar = open & 2 ? 10 * row : 0,
                             .timeline = open & 4};
        for (int p = 0; p < CO_NUM_PANELS; p++) def.open[p] = open >> (3 + p) & 1;
        co_layout layout;
        co_layout_make(&def, &layout);
        check_sound(&def, &layout);
      }
}
END_TEST

static co_layout common(int width, int height) {
  co_layout_def def = {width, height, 21, 2, 220, {true, true, true}, true};
  co_layout layout;
  co_layout_make(&def, &layout);
  return layout;
}

START_TEST(shows_everything_at_720p) {
  co_layout layout = common(1280, 720);
  co_box box[MOST_BOXES];
  int count = boxes_of(&layout, box);
  for (int i = 0; i < count; i++) ck_assert_msg(box[i].w > 0 && box[i].h > 100 * (i != 3), "%d", i);
  ck_assert_int_le(abs(layout.scene[0].w - layout.scene[1].w), 1);
  ck_assert_int_eq(layout.panel[0].w, layout.panel[2].w);
}
END_TEST

START_TEST(gives_small_windows_to_the_scene) {
  co_layout layout = common(320, 240);
  ck_assert_int_ge(layout.scene[0].w + layout.scene[1].w, 320 / 3);
  ck_assert_int_gt(layout.timeline.h, 0);
  ck_assert_int_eq(layout.sidebar.w, 0);
}
END_TEST

START_TEST(closed_things_take_no_room) {
  co_layout_def def = {.width = 800, .height = 600, .row = 21, .scenes = 1};
  co_layout layout;
  co_layout_make(&def, &layout);
  ck_assert_int_eq(layout.scene[0].w, 800);
  ck_assert_int_eq(layout.scene[0].h, 600);
}
END_TEST

START_TEST(finds_what_lies_at_a_pixel) {
  co_layout layout = common(1280, 720);
  int index;
  ck_assert_int_eq(co_layout_find(&layout, 5, 5, &index), CO_PLACE_SIDEBAR);
  ck_assert_int_eq(co_layout_find(&layout, 640, 715, &index), CO_PLACE_TIMELINE);
  co_box box = layout.panel[CO_PANEL_MAPPING];
  ck_assert_int_eq(co_layout_find(&layout, box.x, box.y, &index), CO_PLACE_PANEL);
  ck_assert_int_eq(index, CO_PANEL_MAPPING);
  box = layout.scene[1];
  ck_assert_int_eq(co_layout_find(&layout, box.x, box.y, &index), CO_PLACE_SCENE);
  ck_assert_int_eq(index, 1);
  ck_assert_int_eq(co_layout_find(&layout, -1, 0, &index), CO_PLACE_NONE);
}
END_TEST

START_TEST(scales_the_font) {
  static const struct {
    double ratio;
    int text, font;
  } cases[] = {{0, 100, 100},    {1, 100, 100}, {1.25, 100, 150}, {1.5, 100, 150}, {2, 100, 200},
               {3, 100, 300},    {9, 100, 300}, {1, 150, 150},    {2, 150, 300},   {2, 200, 300},
               {1.25, 150, 200}, {1, 50, 50},   {2, 50, 100},     {1, 10, 50}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_int_eq(co_layout_font(cases[i].ratio, cases[i].text), cases[i].font);
}
END_TEST

// ---- axes

START_TEST(steps_and_pixels_agree) {
  co_axis axis = {100, 401, 20, 220};
  for (int step = 20; step <= 220; step++)
    ck_assert_int_eq(co_axis_step(&axis, co_axis_x(&axis, step)), step);
  ck_assert_int_eq(co_axis_step(&axis, 0), 20);
  ck_assert_int_eq(co_axis_step(&axis, 9999), 220);
  ck_assert_int_eq(co_axis_step(&(co_axis){0, 0, 5, 9}, 3), 5);
}
END_TEST

START_TEST(follows_the_shown_step) {
  static const struct {
    int64_t first, last, shown;
    double from;
  } cases[] = {
      {0, 10, 10, 0},      // begins at the left
      {0, 80, 80, 0},      // fills up
      {0, 300, 300, 200},  // the newest at the right edge
      {0, 900, 300, 212},  // something ahead of it
      {50, 400, 50, 50},   // back at the first that is kept
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    co_axis axis = co_axis_follow(0, 100, cases[i].first, cases[i].last, cases[i].shown, 100);
    ck_assert_double_eq(axis.from, cases[i].from);
    ck_assert_double_eq(axis.to - axis.from, 100);
    ck_assert(axis.from <= (double)cases[i].shown && (double)cases[i].shown <= axis.to);
  }
}
END_TEST

START_TEST(ticks_are_1_2_or_5) {
  static const struct {
    double length;
    int most;
    double tick;
  } cases[] = {{10, 5, 2}, {10, 4, 5}, {1, 10, 0.1}, {0.3, 5, 0.1}, {7, 5, 2}, {0, 5, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_double_eq_tol(co_axis_tick(cases[i].length, cases[i].most), cases[i].tick, 1e-12);
}
END_TEST

START_TEST(ranges_hold_their_ends) {
  static const double ends[][2] = {{0, 1},     {-3.2, 7.1}, {5, 5},       {0, 0},
                                   {1e9, 1e9}, {-1, -1},    {1e-7, 3e-7}, {-1e30, 1e30}};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    co_range range = co_range_pretty(ends[i][0], ends[i][1]);
    ck_assert(range.low < range.high);
    ck_assert(range.low <= ends[i][0] && ends[i][1] <= range.high);
  }
  ck_assert_double_eq(co_range_pretty(INFINITY, -INFINITY).high, 1);
  ck_assert_double_eq(co_range_pretty(NAN, 2).low, 0);
}
END_TEST

START_TEST(labels_are_short) {
  static const struct {
    double value, tick;
    const char *text;
  } cases[] = {{0.25, 0.05, "0.25"},    {3, 1, "3"},  {-1e-17, 0.5, "0"}, {20, 10, "20"},
               {1.5e6, 1e5, "1.5e+06"}, {NAN, 1, "-"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[16];
    co_axis_label(cases[i].value, cases[i].tick, text);
    ck_assert_str_eq(text, cases[i].text);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/layout");
  TCase *tcase = tcase_create("layout");
  tcase_add_loop_test(tcase, is_sound_for_every_window, 0, 5);
  tcase_add_test(tcase, shows_everything_at_720p);
  tcase_add_test(tcase, gives_small_windows_to_the_scene);
  tcase_add_test(tcase, closed_things_take_no_room);
  tcase_add_test(tcase, finds_what_lies_at_a_pixel);
  tcase_add_test(tcase, scales_the_font);
  tcase_add_test(tcase, steps_and_pixels_agree);
  tcase_add_test(tcase, follows_the_shown_step);
  tcase_add_test(tcase, ticks_are_1_2_or_5);
  tcase_add_test(tcase, ranges_hold_their_ends);
  tcase_add_test(tcase, labels_are_short);
  suite_add_tcase(suite, tcase);
  return suite;
}
