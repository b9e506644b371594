// Strips over time: which there are, what is drawn, what lies under the mouse; the track behind.

#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"

static panel_world world[2];
static co_track track[2];
static co_strips strips;
static co_font font;
static co_paint paint;
static co_strips_input input;

static const co_box kBox = {100, 50, 600, 660};

static void begin(void) {
  for (int side = 0; side < 2; side++) {
    panel_world_make(side, &world[side]);
    ck_assert_int_eq(panel_track_make(side, FIXTURE_STEPS, &track[side]), CO_OK);
  }
  ck_assert_int_eq(co_strips_build(&world[0].info, &world[1].info, NULL, NULL, &strips), CO_OK);
  co_font_plain(18, &font);
  input = (co_strips_input){.strips = &strips,
                            .track = {&track[0], &track[1]},
                            .name = {"walker", "heavy"},
                            .step = 120,
                            .parting = 61};
}

static void end(void) {
  for (int side = 0; side < 2; side++) co_track_free(&track[side]);
  co_strips_free(&strips);
  co_paint_free(&paint);
}

static void draw(co_box box) {
  co_paint_begin(&paint, &font);
  co_strips_paint(&paint, box, &input);
  ck_assert_int_eq(co_paint_status(&paint), CO_OK);
  ck_assert(panel_inside(&paint));
}

static const co_strip *find(const char *name) {
  for (int i = 0; i < strips.num_rows; i++)
    if (strcmp(strips.row[i].name, name) == 0) return &strips.row[i];
  ck_abort_msg("no strip %s", name);
  return NULL;
}

// ---- rows

START_TEST(lays_equal_names_over_one_another) {
  static const struct {
    const char *name;
    int source, target;
  } cases[] = {{"forward", 10, 10},        {"control", 12, -1},       {"slip", -1, 12},
               {"ctrl/hip", 7, 7},         {"ctrl/ankle", 9, -1},     {"ctrl/foot", -1, 9},
               {"joint_pos/knee", 1, 1},   {"joint_vel/foot", -1, 5}, {"joint_vel", 3, 3},
               {"height/torso", 6, -1},    {"slope/floor", -1, 6},    {"reward", 13, 13},
               {"value estimate", 14, 14}, {"return so far", 15, 15}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const co_strip *strip = find(cases[i].name);
    ck_assert_msg(strip->column[0] == cases[i].source && strip->column[1] == cases[i].target,
                  "%s: %d, %d", cases[i].name, strip->column[0], strip->column[1]);
  }
}
END_TEST

// A row of elements in several units says so: a slide and a hinge are no metres.
START_TEST(groups_have_the_units_of_their_elements) {
  ck_assert_str_eq(find("joint_pos")->unit, "rad");
  co_strips_free(&strips);
  snprintf(world[0].obs[0].unit, sizeof world[0].obs[0].unit, "m");
  ck_assert_int_eq(co_strips_build(&world[0].info, &world[1].info, NULL, NULL, &strips), CO_OK);
  ck_assert_str_eq(find("joint_pos")->unit, "m, rad");
  ck_assert_str_eq(find("joint_pos/hip")->unit, "m");
  ck_assert_str_eq(find("joint_pos/knee")->unit, "rad");
  input.view.scroll = 8;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "joint_pos [m, rad]"), 0);
}
END_TEST

START_TEST(columns_are_those_of_the_track) {
  ck_assert_int_eq(find("reward")->column[0], track[0].reward);
  ck_assert_int_eq(find("value estimate")->column[0], track[0].value);
  ck_assert_int_eq(find("return so far")->column[0], track[0].ret);
  ck_assert_int_eq(find("forward")->column[1], track[1].terms);
  ck_assert_int_eq(find("ctrl/hip")->column[1], track[1].action);
}
END_TEST

START_TEST(takes_partners_that_it_is_told) {
  const int obs[FIXTURE_OBS] = {0, 1, 2, 3, 4, 5, -1}, action[FIXTURE_ACTIONS] = {0, 1, 2};
  co_strips_free(&strips);
  ck_assert_int_eq(co_strips_build(&world[0].info, &world[1].info, obs, action, &strips), CO_OK);
  ck_assert_int_eq(find("ctrl/ankle")->column[1], 9);
  ck_assert_int_eq(find("joint_vel/ankle")->column[1], 5);
}
END_TEST

START_TEST(one_stage_has_no_second_column) {
  co_strips_free(&strips);
  ck_assert_int_eq(co_strips_build(&world[0].info, NULL, NULL, NULL, &strips), CO_OK);
  for (int i = 0; i < strips.num_rows; i++) ck_assert_int_eq(strips.row[i].column[1], -1);
  input.track[1] = NULL;
  draw(kBox);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_SPANS, co_ink_of_stage(1)), 0);
  ck_assert_int_gt(panel_count(&paint, CO_PAINT_SPANS, co_ink_of_stage(0)), 5);
}
END_TEST

// ---- what is drawn

START_TEST(draws_both_sides_in_their_colours) {
  draw(kBox);
  ck_assert_int_gt(panel_count(&paint, CO_PAINT_SPANS, co_ink_of_stage(0)), 5);
  ck_assert_int_gt(panel_count(&paint, CO_PAINT_SPANS, co_ink_of_stage(1)), 5);
  ck_assert_int_ge(panel_find_text(&paint, 0, "walker"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "ctrl/hip [N m]"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "t [s]"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "114"), 0);  // the value at step 120
}
END_TEST

START_TEST(marks_the_shown_and_the_parting_step) {
  draw(kBox);
  int marks = panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_PARTING));
  ck_assert_int_gt(marks, 5);
  ck_assert_int_eq(
      marks, panel_count(&paint, CO_PAINT_FILL, co_color_fade(co_ink_color(CO_INK_CURSOR), 70)));
  input.parting = -1;
  draw(kBox);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_PARTING)), 0);
}
END_TEST

// Runs of clipped actions, counted by hand from the track.
START_TEST(marks_saturated_stretches) {
  int runs = 0;
  for (int side = 0; side < 2; side++)
    for (int joint = 0; joint < 2; joint++)
      for (int upper = 0; upper < 2; upper++) {
        bool before = false;
        for (int step = 0; step < FIXTURE_STEPS; step++) {
          float a = co_track_row(&track[side], step)[track[side].action + joint];
          bool on = upper ? a >= 1 : a <= -1;
          runs += on && !before;
          before = on;
        }
      }
  ck_assert_int_gt(runs, 10);
  draw(kBox);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_FILL, co_ink_color(CO_INK_WARNING)), runs);
}
END_TEST

START_TEST(opens_groups) {
  input.view.scroll = 9;
  draw(kBox);
  ck_assert_int_lt(panel_find_text(&paint, 0, "joint_pos/hip [rad]"), 0);
  input.view.open = 1;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "joint_pos/hip [rad]"), 0);
  ck_assert_int_lt(panel_find_text(&paint, 0, "joint_vel/hip [rad/s]"), 0);
}
END_TEST

START_TEST(a_low_panel_has_strips_of_one_line) {
  const co_box low = {0, 0, 600, 290};
  draw(low);
  ck_assert_int_ge(panel_find_text(&paint, 0, "control"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "0 to 400"), 0);  // the range of returns
  ck_assert_int_lt(panel_find_text(&paint, 0, "114"), 0);       // numbers have no room
  draw(kBox);
  ck_assert_int_lt(panel_find_text(&paint, 0, "0 to 400"), 0);
}
END_TEST

START_TEST(draws_into_any_box) {
  for (int w = 0; w < 500; w += 37)
    for (int h = 0; h < 700; h += 41) draw((co_box){3, 4, w, h});
  for (int side = 0; side < 2; side++) co_track_clear(&track[side]);
  draw(kBox);  // and without a single step
}
END_TEST

// ---- mouse

START_TEST(finds_the_step_under_the_mouse) {
  draw(kBox);
  int row = co_paint_row(&paint), cursor = -1;
  for (int i = 0; i < paint.num_ops; i++)
    if (paint.op[i].color == co_color_fade(co_ink_color(CO_INK_CURSOR), 70)) cursor = i;
  co_box box = paint.op[cursor].box;
  co_strips_hit hit = co_strips_find(kBox, row, &input, box.x, box.y + 2);
  ck_assert_int_ge(hit.step, 119);  // steps are a little narrower than pixels here
  ck_assert_int_le(hit.step, 121);
  ck_assert_int_eq(hit.group, -1);
  hit = co_strips_find(kBox, row, &input, kBox.x, kBox.y);
  ck_assert_int_eq(hit.step, -1);
}
END_TEST

START_TEST(finds_the_group_under_the_mouse) {
  input.view.scroll = 9;
  draw(kBox);
  co_box box = paint.op[panel_find_text(&paint, 0, "joint_vel [rad/s]")].box;
  co_strips_hit hit = co_strips_find(kBox, co_paint_row(&paint), &input, box.x, box.y);
  ck_assert_int_eq(hit.group, 1);
  ck_assert_int_eq(hit.step, -1);
}
END_TEST

START_TEST(scrolls_to_the_last_row_and_no_further) {
  int row = 21;
  input.view.scroll = 1000;
  input.view = co_strips_hold(kBox, row, &input);
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "slope/floor"), 0);
  input.view.scroll = -4;
  ck_assert_int_eq(co_strips_hold(kBox, row, &input).scroll, 0);
  co_box tall = {0, 0, 460, 5000};
  input.view.scroll = 3;
  ck_assert_int_eq(co_strips_hold(tall, row, &input).scroll, 0);
}
END_TEST

// ---- the track

START_TEST(going_back_drops_what_came_after) {
  ck_assert_int_eq(panel_track_put(&track[0], 1, 70), CO_OK);
  ck_assert_int_eq(co_track_last(&track[0]), 70);
  ck_assert_ptr_null(co_track_row(&track[0], 71));
  ck_assert_ptr_nonnull(co_track_row(&track[0], 0));
  ck_assert_int_eq(panel_track_put(&track[0], 0, 90), CO_OK);  // a jump begins anew
  ck_assert_int_eq(track[0].first, 90);
  ck_assert_int_eq(track[0].count, 1);
}
END_TEST

START_TEST(keeps_marks) {
  ck_assert_int_eq(track[0].mark[60], CO_MARK_PUSHED);
  ck_assert_int_eq(track[1].mark[FIXTURE_STEPS - 1], CO_MARK_TERMINATED);
}
END_TEST

START_TEST(drops_the_older_half_when_full) {
  enum { WIDE = 40000 };
  static float numbers[WIDE];
  co_track wide;
  co_track_init(WIDE, 0, 0, &wide);
  co_instant now = {.obs = numbers, .action = numbers, .terms = numbers};
  for (now.step = 0; now.step < 1000; now.step++) {
    numbers[0] = (float)now.step;
    ck_assert_int_eq(co_track_put(&wide, &now), CO_OK);
  }
  ck_assert_int_eq(co_track_last(&wide), 999);
  ck_assert_int_gt(wide.first, 0);
  ck_assert_float_eq(co_track_row(&wide, 999)[0], 999);
  ck_assert_float_eq(co_track_row(&wide, wide.first)[0], (float)wide.first);
  ck_assert_uint_le((size_t)wide.capacity * (size_t)wide.width * 4, CO_TRACK_BYTES);
  co_track_free(&wide);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/strips");
  TCase *tcase = tcase_create("strips");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, lays_equal_names_over_one_another);
  tcase_add_test(tcase, groups_have_the_units_of_their_elements);
  tcase_add_test(tcase, columns_are_those_of_the_track);
  tcase_add_test(tcase, takes_partners_that_it_is_told);
  tcase_add_test(tcase, one_stage_has_no_second_column);
  tcase_add_test(tcase, draws_both_sides_in_their_colours);
  tcase_add_test(tcase, marks_the_shown_and_the_parting_step);
  tcase_add_test(tcase, marks_saturated_stretches);
  tcase_add_test(tcase, opens_groups);
  tcase_add_test(tcase, a_low_panel_has_strips_of_one_line);
  tcase_add_test(tcase, draws_into_any_box);
  tcase_add_test(tcase, finds_the_step_under_the_mouse);
  tcase_add_test(tcase, finds_the_group_under_the_mouse);
  tcase_add_test(tcase, scrolls_to_the_last_row_and_no_further);
  tcase_add_test(tcase, going_back_drops_what_came_after);
  tcase_add_test(tcase, keeps_marks);
  tcase_add_test(tcase, drops_the_older_half_when_full);
  suite_add_tcase(suite, tcase);
  return suite;
}
