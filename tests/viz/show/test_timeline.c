// The time line and the text in the scenes.

#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"
#include "viz/draw/head.h"
#include "viz/show/private/timeline.h"

static co_track track[2];
static co_font font;
static co_paint paint;
static co_timeline_input input;

static const co_box kBox = {0, 600, 1280, 52};

static void begin(void) {
  for (int side = 0; side < 2; side++)
    ck_assert_int_eq(panel_track_make(side, FIXTURE_STEPS, &track[side]), CO_OK);
  co_font_plain(18, &font);
  input = (co_timeline_input){.track = {&track[0], &track[1]},
                              .control_dt = 0.02,
                              .horizon = 1000,
                              .step = 120,
                              .parting = 61,
                              .episode = 4};
}

static void end(void) {
  for (int side = 0; side < 2; side++) co_track_free(&track[side]);
  co_paint_free(&paint);
}

static void draw(co_box box) {
  co_paint_begin(&paint, &font);
  co_timeline_paint(&paint, box, &input);
  ck_assert(panel_inside(&paint));
}

// The box of the only fill of this colour.
static co_box box_of(co_color color) {
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_FILL, color), 1);
  for (int i = 0; i < paint.num_ops; i++)
    if (paint.op[i].kind == CO_PAINT_FILL && paint.op[i].color == color) return paint.op[i].box;
  return (co_box){0};
}

static co_timeline_hit find(int x, int y, bool dragged) {
  return co_timeline_find(kBox, co_paint_row(&paint), &input, x, y, dragged);
}

START_TEST(tells_where_it_stands) {
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0,
                                   "2.40 s   step 120 of 1000   episode 4   speed 1x   "
                                   "part at 1.22 s"),
                   0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "run"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "fell"), 0);
  input.running = true;
  input.speed = 2;
  input.true_speed = 1.5;
  input.parting = -1;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "pause"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0,
                                   "2.40 s   step 120 of 1000   episode 4   speed 4x, "
                                   "truly 1.5x"),
                   0);
}
END_TEST

START_TEST(tells_of_a_video) {
  draw(kBox);
  ck_assert_int_lt(panel_find_text(&paint, 0, "recording 7 s"), 0);
  int bad = panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_BAD));
  input.filming = "recording 7 s";
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "recording 7 s"), 0);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_BAD)), bad + 1);
}
END_TEST

START_TEST(shows_what_is_kept) {
  draw(kBox);
  co_box source = box_of(co_color_fade(co_ink_of_stage(0), 55));
  co_box target = box_of(co_color_fade(co_ink_of_stage(1), 55));
  ck_assert_int_eq(source.x, target.x);
  ck_assert_int_eq(source.y + source.h, target.y);
  double share = (double)source.w / 1266;  // 199 of 1000 steps
  ck_assert_double_eq_tol(share, 0.199, 0.005);
}
END_TEST

START_TEST(marks_and_mouse_agree) {
  draw(kBox);
  co_box cursor = box_of(co_ink_color(CO_INK_CURSOR)),
         parting = box_of(co_ink_color(CO_INK_PARTING));
  ck_assert_int_eq(find(cursor.x + 1, cursor.y, false).step, 120);
  for (int x = parting.x - 2; x <= parting.x + 4; x++)  // near the mark: exactly there
    ck_assert_int_eq(find(x, parting.y, false).step, 61);
  ck_assert_int_ne(find(parting.x + 4, parting.y, true).step, 61);
  ck_assert_int_eq(find(cursor.x, kBox.y, false).step, -1);
  ck_assert_int_eq(find(5000, -300, true).step, 1000);
  ck_assert_int_eq(find(-5000, 9999, true).step, 0);
}
END_TEST

START_TEST(the_button_is_a_button) {
  draw(kBox);
  co_box text = paint.op[panel_find_text(&paint, 0, "run")].box;
  ck_assert(find(text.x, text.y, false).toggle);
  ck_assert(!find(text.x, text.y, true).toggle);
  ck_assert(!find(700, kBox.y + 40, false).toggle);
}
END_TEST

START_TEST(marks_pushes_once_per_pixel) {
  draw(kBox);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_WARNING)), 2);
  memset(track[0].mark, CO_MARK_PUSHED, FIXTURE_STEPS);
  input.horizon = 100000;
  draw(kBox);
  ck_assert_int_lt(panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_WARNING)), 10);
}
END_TEST

START_TEST(names_every_end) {
  static const struct {
    unsigned mark;
    const char *text;
  } cases[] = {{0, ""},
               {CO_MARK_PUSHED, ""},
               {CO_MARK_TERMINATED, "fell"},
               {CO_MARK_TRUNCATED, "time limit"},
               {CO_MARK_TERMINATED | CO_MARK_SUCCESS, "success"},
               {CO_MARK_FAULT | CO_MARK_TRUNCATED, "fault"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    track[0].mark[FIXTURE_STEPS - 1] = (uint8_t)cases[i].mark;
    ck_assert_str_eq(co_track_end(&track[0]), cases[i].text);
  }
  co_track_clear(&track[0]);
  ck_assert_str_eq(co_track_end(&track[0]), "");
}
END_TEST

START_TEST(names_speeds) {
  static const struct {
    int speed;
    const char *text;
  } cases[] = {{0, "1x"}, {6, "64x"}, {-7, "1/128x"}, {7, "as fast as possible"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[32];
    ck_assert_str_eq(co_speed_text(cases[i].speed, text), cases[i].text);
  }
}
END_TEST

START_TEST(draws_into_any_box) {
  for (int w = 0; w < 1500; w += 31) draw((co_box){2, 3, w, w % 70});
  for (int side = 0; side < 2; side++) co_track_clear(&track[side]);
  input.horizon = 0;
  draw(kBox);
  input.track[1] = NULL;
  draw(kBox);
}
END_TEST

// ---- text in the scenes

static co_head_input head(void) {
  static co_shift_info shift[7];
  for (int i = 0; i < 7; i++) {
    snprintf(shift[i].parameter, CO_NAME, "body.mass");
    snprintf(shift[i].select, sizeof shift[i].select, "part%d", i);
    snprintf(shift[i].operation, sizeof shift[i].operation, "scale");
    shift[i].value[0] = 1.5;
    shift[i].num_values = 1;
  }
  return (co_head_input){.policy = "partial, seed 3",
                         .world = "walker / heavy",
                         .shift = shift,
                         .num_shifts = 2,
                         .step = 120,
                         .time = 2.4,
                         .ret = 201.25,
                         .end = ""};
}

static void draw_head(co_box scene, const co_head_input *from) {
  co_paint_begin(&paint, &font);
  co_head_paint(&paint, scene, from);
  ck_assert(panel_inside(&paint));
}

START_TEST(head_tells_policy_and_world) {
  co_head_input from = head();
  draw_head((co_box){200, 0, 500, 600}, &from);
  ck_assert_int_ge(panel_find_text(&paint, 0, "partial, seed 3"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "in walker / heavy"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "body.mass part1 x 1.5"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "2.40 s  step 120"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "return 201.25"), 0);
  ck_assert_int_lt(paint.op[0].box.w, 250);  // no larger than its text
  from.chosen = true;
  from.side = 1;
  from.end = "fell";
  from.renderer = "llvmpipe";
  draw_head((co_box){200, 0, 500, 600}, &from);
  int at = panel_find_text(&paint, 0, "> partial, seed 3");
  ck_assert_int_ge(at, 0);
  ck_assert_uint_eq(paint.op[at].color, co_ink_of_stage(1));
  ck_assert_int_ge(panel_find_text(&paint, 0, "over: fell"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "drawn by software: llvmpipe"), 0);
}
END_TEST

START_TEST(head_tells_of_a_branch) {
  co_head_input from = head();
  from.before = "full, seed 1";
  from.since = 1.2;
  from.ret_before = 150;
  draw_head((co_box){0, 0, 500, 600}, &from);
  ck_assert_int_ge(panel_find_text(&paint, 0, "branched at 1.20 s"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "from full, seed 1"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "return 51.25 since then"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "return 201.25 in all"), 0);
}
END_TEST

// An end that is nobody's fault is not painted as one.
START_TEST(ends_have_their_colours) {
  static const struct {
    uint8_t mark;
    co_ink ink;
  } cases[] = {{CO_MARK_TERMINATED, CO_INK_BAD},
               {CO_MARK_TERMINATED | CO_MARK_SUCCESS, CO_INK_GOOD},
               {CO_MARK_FAULT, CO_INK_BAD},
               {CO_MARK_TRUNCATED, CO_INK_TEXT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t mark = cases[i].mark;
    co_track ended = {.count = 1, .mark = &mark};
    ck_assert_int_eq(co_track_end_ink(&ended), cases[i].ink);
    co_head_input from = head();
    from.end = co_track_end(&ended);
    from.end_ink = co_track_end_ink(&ended);
    draw_head((co_box){0, 0, 500, 600}, &from);
    char text[64];
    snprintf(text, sizeof text, "over: %s", from.end);
    int at = panel_find_text(&paint, 0, text);
    ck_assert_int_ge(at, 0);
    ck_assert_uint_eq(paint.op[at].color, co_ink_color(cases[i].ink));
  }
}
END_TEST

START_TEST(head_counts_what_it_leaves_out) {
  co_head_input from = head();
  from.num_shifts = 7;
  draw_head((co_box){0, 0, 500, 600}, &from);
  ck_assert_int_ge(panel_find_text(&paint, 0, "and 4 more"), 0);
  ck_assert_int_lt(panel_find_text(&paint, 0, "body.mass part3 x 1.5"), 0);
  for (int w = 0; w < 400; w += 13) draw_head((co_box){7, 9, w, w / 2}, &from);
}
END_TEST

START_TEST(shifts_are_written_as_formulas) {
  static const struct {
    co_shift_info shift;
    const char *text;
  } cases[] = {
      {{.parameter = "floor.friction", .operation = "set", .value = {0.3}, .num_values = 1},
       "floor.friction = 0.3"},
      {{.parameter = "joint.damping",
        .select = "*",
        .operation = "add",
        .distribution = "uniform",
        .value = {0, 0.2},
        .num_values = 2},
       "joint.damping * + uniform 0 0.2"},
      {{.parameter = "option.gravity",
        .operation = "scale",
        .distribution = "uniform",
        .value = {0.5, 2},
        .num_values = 2,
        .from = 1,
        .over = 20000},
       "option.gravity x uniform 0.5 2, from 1 over 20000 steps"}};
  for (size_t i = 0; i < 3; i++) {
    char text[128], tiny[8];
    co_shift_text(&cases[i].shift, text, sizeof text);
    ck_assert_str_eq(text, cases[i].text);
    co_shift_text(&cases[i].shift, tiny, sizeof tiny);
    ck_assert_uint_eq(strlen(tiny), 7);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/timeline");
  TCase *tcase = tcase_create("timeline");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, tells_where_it_stands);
  tcase_add_test(tcase, tells_of_a_video);
  tcase_add_test(tcase, shows_what_is_kept);
  tcase_add_test(tcase, marks_and_mouse_agree);
  tcase_add_test(tcase, the_button_is_a_button);
  tcase_add_test(tcase, marks_pushes_once_per_pixel);
  tcase_add_test(tcase, names_every_end);
  tcase_add_test(tcase, names_speeds);
  tcase_add_test(tcase, draws_into_any_box);
  tcase_add_test(tcase, head_tells_policy_and_world);
  tcase_add_test(tcase, head_tells_of_a_branch);
  tcase_add_test(tcase, ends_have_their_colours);
  tcase_add_test(tcase, head_counts_what_it_leaves_out);
  tcase_add_test(tcase, shifts_are_written_as_formulas);
  suite_add_tcase(suite, tcase);
  return suite;
}
