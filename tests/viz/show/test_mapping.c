// The mapping inspector: rows from a comparison of contracts, and what is drawn of them.

#include "tests/support/leg_contract.h"
#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"
#include "viz/show/private/mapping.h"

static co_contract a, b;
static co_contract_diff diff;
static co_mapping_sides sides;
static co_mapping mapping;
static co_font font;
static co_paint paint;
static co_mapping_input input;

static const co_box kBox = {600, 0, 640, 900};

static void begin(void) {
  a = make_leg();
  b = make_leg();
  sides = (co_mapping_sides){0};
  co_font_plain(18, &font);
  input = (co_mapping_input){.mapping = &mapping, .name = {"policy", "target"}};
}

// Compares what the test has made of the two.
static void build(void) {
  co_diff_side from = {.contract = &a}, to = {.contract = &b};
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  sides.a = &a, sides.b = &b, sides.diff = &diff;
  ck_assert_int_eq(co_mapping_build(&sides, &mapping), CO_OK);
}

static void end(void) {
  co_mapping_free(&mapping);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
  co_paint_free(&paint);
}

static int draw(co_box box) {
  co_paint_begin(&paint, &font);
  int most = co_mapping_paint(&paint, box, &input);
  ck_assert(panel_inside(&paint));
  return most;
}

static const co_mapping_row *find(int side, const char *name) {
  for (int i = 0; i < mapping.num_rows; i++)
    if (mapping.row[i].kind == CO_MAPPING_ELEMENT && strcmp(mapping.row[i].name[side], name) == 0)
      return &mapping.row[i];
  ck_abort_msg("no row %s", name);
  return NULL;
}

static bool has_note(const char *text) {
  for (int i = 0; i < mapping.num_rows; i++)
    if (mapping.row[i].kind == CO_MAPPING_NOTE && strcmp(mapping.row[i].text, text) == 0)
      return true;
  return false;
}

START_TEST(equal_contracts_have_quiet_rows) {
  build();
  ck_assert_int_eq(mapping.differences, 0);
  for (int i = 0; i < mapping.num_rows; i++) ck_assert_int_eq(mapping.row[i].severity, CO_SAME);
  const co_mapping_row *knee = find(0, "pd/knee");
  ck_assert_str_eq(knee->name[1], "pd/knee");
  ck_assert_str_eq(knee->cell[CO_MAPPING_SIGN].text[0], "+");
  ck_assert_str_eq(knee->cell[CO_MAPPING_SCALE].text[0], "0.3");
  ck_assert_str_eq(knee->cell[CO_MAPPING_OFFSET].text[1], "-1.5");
  ck_assert_str_eq(knee->cell[CO_MAPPING_POSE].text[1], "-1.5");
  ck_assert_str_eq(knee->cell[CO_MAPPING_GAIN].text[0], "40/1");
  ck_assert(has_note("control period: 0.02 s"));
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "0 differ, 0 in meaning: all"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "actions (3)"), 0);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_TEXT, co_ink_color(CO_INK_BAD)), 0);
}
END_TEST

// One difference, where it is shown.
typedef struct one_case {
  void (*change)(co_contract *b);
  const char *name;      // of the element; NULL: none
  int column;            // -1: a note
  const char *text;      // of B's cell, or the note
  co_severity severity;  // of the element
} one_case;

#define CHANGE(name, statement)            \
  static void name(co_contract *changed) { \
    statement;                             \
  }
CHANGE(sign, changed->obs[7].scale = -1)
CHANGE(scale, changed->action[1].scale = 0.5)
CHANGE(offset, changed->obs[0].offset = 0.25)
CHANGE(gain, changed->action[2].kp = 80)
CHANGE(rounding, changed->action[1].scale = 0.3 * (1 + 1e-14))
CHANGE(turned, (changed->pose[1].value = 1.5, changed->action[1].offset = 1.5))
CHANGE(clip, changed->obs[5].clip_high = 5)
CHANGE(limit, changed->action[0].torque_limit = 20)
CHANGE(unit, put_text(changed->obs[4].unit, "deg/s"))
CHANGE(period, changed->substeps = 8)
CHANGE(shift, changed->shift[0].value[0] = 2)

static const one_case cases[] = {
    {sign, "gravity/y", CO_MAPPING_SIGN, "-", CO_DIFFERS_IN_MEANING},
    {scale, "pd/knee", CO_MAPPING_SCALE, "0.5", CO_DIFFERS_IN_MEANING},
    {offset, "joint_pos/hip", CO_MAPPING_OFFSET, "0.25", CO_DIFFERS_IN_MEANING},
    {gain, "pd/foot", CO_MAPPING_GAIN, "80/1", CO_DIFFERS_IN_MEANING},
    {rounding, "pd/knee", CO_MAPPING_SCALE, "0.3", CO_DIFFERS},
    {turned, "pd/knee", CO_MAPPING_SIGN, "turned", CO_DIFFERS_IN_MEANING},
    {turned, "pd/knee", CO_MAPPING_POSE, "1.5", CO_DIFFERS_IN_MEANING},
    {clip, "qvel/foot", -1, "clip: -10 10 -> -10 5", CO_DIFFERS_IN_MEANING},
    {limit, "pd/hip", -1, "torque_limit: 25 -> 20", CO_DIFFERS_IN_MEANING},
    {unit, "qvel/knee", -1, "unit: rad/s -> deg/s", CO_DIFFERS_IN_MEANING},
    {period, NULL, -1, "timing.control_dt: 0.02 -> 0.04", CO_DIFFERS_IN_MEANING},
    {shift, NULL, -1, "domain.body.mass/trunk: scale 1.5 -> scale 2", CO_DIFFERS},
};
enum { NUM_CASES = sizeof cases / sizeof *cases };

START_TEST(shows_each_difference_in_its_place) {
  const one_case *one = &cases[_i];
  one->change(&b);
  build();
  ck_assert_int_ge(mapping.differences, 1);
  if (one->name) ck_assert_int_eq(find(0, one->name)->severity, one->severity);
  if (one->column < 0) {
    ck_assert_msg(has_note(one->text), "%s", one->text);
  } else {
    const co_mapping_cell *cell = &find(0, one->name)->cell[one->column];
    ck_assert_str_eq(cell->text[1], one->text);
    // of a joint that turns the other way the sign tells the meaning, not its angle too
    bool told = one->change == turned && one->column == CO_MAPPING_POSE;
    ck_assert_int_eq(cell->severity, told ? CO_DIFFERS : one->severity);
  }
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, one->text), 0);
}
END_TEST

// What the model has between a control and its joint, how old and how sure values are.
START_TEST(tells_facts_of_the_model) {
  for (int side = 0; side < 2; side++) {
    co_drive_info *drive = &(side ? &b : &a)->action[1].drive;
    *drive = (co_drive_info){.kind = "a motor",
                             .gear = side ? -2 : 2,
                             .unit = side ? -2 : 2,
                             .kp = NAN,
                             .kv = NAN,
                             .shifted = {side ? -2 : 2, NAN, NAN}};
    snprintf((side ? &b : &a)->action[1].kind, 16, "ctrl");
  }
  b.obs[4].delay = 3;
  build();
  ck_assert(has_note("drive.gear: 2 -> -2"));
  ck_assert(has_note("delay: 0 -> 3"));
  ck_assert_int_eq(find(0, "pd/knee")->severity, CO_DIFFERS_IN_MEANING);
  ck_assert_int_eq(find(0, "qvel/knee")->severity, CO_DIFFERS_IN_MEANING);
  draw(kBox);
}
END_TEST

START_TEST(shows_elements_without_a_partner) {
  put_text(b.obs[9].name, "height/root");
  put_text(b.obs[9].term, "height");
  put_text(b.obs[9].unit, "m");
  build();
  ck_assert_str_eq(find(0, "command/vx")->name[1], "");
  ck_assert_str_eq(find(1, "height/root")->name[0], "");
  ck_assert_int_eq(find(1, "height/root")->severity, CO_DIFFERS_IN_MEANING);
  draw(kBox);
  int first = panel_find_text(&paint, 0, "no partner");
  ck_assert_int_ge(first, 0);
  ck_assert_int_ge(panel_find_text(&paint, first + 1, "no partner"), 0);
}
END_TEST

START_TEST(partners_of_other_names_lie_in_one_row) {
  put_text(b.obs[2].name, "joint_pos/toe");
  build();
  ck_assert_str_eq(find(0, "joint_pos/foot")->name[1], "joint_pos/toe");
}
END_TEST

START_TEST(another_order_is_told_of_the_list) {
  co_obs_element kept = b.obs[0];
  b.obs[0] = b.obs[1];
  b.obs[1] = kept;
  build();
  bool found = false;
  for (int i = 0; i < mapping.num_rows; i++)
    found |= strncmp(mapping.row[i].text, "order: joint_pos/hip joint_pos/knee", 35) == 0;
  ck_assert(found);
}
END_TEST

START_TEST(shows_differences_only) {
  sign(&b);
  build();
  input.only = true;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "gravity/y"), 0);
  ck_assert_int_lt(panel_find_text(&paint, 0, "gravity/x"), 0);
  ck_assert(co_mapping_toggles(kBox, 21, kBox.x + 300, kBox.y + 10));
  ck_assert(!co_mapping_toggles(kBox, 21, kBox.x + 300, kBox.y + 100));
}
END_TEST

START_TEST(differences_have_a_ground_of_their_own) {
  sign(&b);
  build();
  draw(kBox);
  co_color ground = co_color_fade(co_ink_color(CO_INK_BAD), 25);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_FILL, ground), 2);
}
END_TEST

START_TEST(scrolls_to_the_last_row) {
  sign(&b);
  build();
  const co_box small = {0, 0, 640, 200};
  input.scroll = draw(small);
  ck_assert_int_gt(input.scroll, 0);
  draw(small);
  ck_assert_int_ge(panel_find_text(&paint, 0, "control period: 0.02 s"), 0);
  input.scroll--;
  draw(small);
  ck_assert_int_lt(panel_find_text(&paint, 0, "control period: 0.02 s"), 0);
  input.scroll = 0;
  ck_assert_int_eq(draw((co_box){0, 0, 640, 3000}), 0);
  for (int w = 0; w < 640; w += 23) draw((co_box){3, 3, w, w});
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/mapping");
  TCase *tcase = tcase_create("mapping");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, equal_contracts_have_quiet_rows);
  tcase_add_loop_test(tcase, shows_each_difference_in_its_place, 0, NUM_CASES);
  tcase_add_test(tcase, tells_facts_of_the_model);
  tcase_add_test(tcase, shows_elements_without_a_partner);
  tcase_add_test(tcase, partners_of_other_names_lie_in_one_row);
  tcase_add_test(tcase, another_order_is_told_of_the_list);
  tcase_add_test(tcase, shows_differences_only);
  tcase_add_test(tcase, differences_have_a_ground_of_their_own);
  tcase_add_test(tcase, scrolls_to_the_last_row);
  suite_add_tcase(suite, tcase);
  return suite;
}
