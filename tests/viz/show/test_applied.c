// What worlds make of actions on their way to the joints, and how the mapping panel shows it.

#include "tests/envs/worlds.h"
#include "tests/viz/panel_fixture.h"
#include "viz/show/private/mapping.h"

static co_built_world *world[2];
static co_contract contract[2];
static co_contract_diff diff;
static co_mapping mapping;
static co_font font;
static co_paint paint;

static void open_world(int side, const char *task, const char *shifts) {
  world[side] = test_world(task, shifts, NULL);
  const co_env_info *info = &world[side]->info;
  co_network_def def = {.obs_dim = info->obs_dim, .act_dim = info->act_dim};
  ck_ok(co_contract_from_world(info, &def, "none", &contract[side]));
}

// The first world as it is, the second shifted.
static void open_both(const char *task, const char *shifts) {
  open_world(0, task, NULL);
  open_world(1, task, shifts);
  co_diff_side from = {.contract = &contract[0]}, to = {.contract = &contract[1]};
  ck_ok(co_contract_diff_make(&from, &to, &diff));
  const co_mapping_sides sides = {&contract[0], &contract[1], &diff, world[0], world[1]};
  ck_ok(co_mapping_build(&sides, &mapping));
  co_font_plain(18, &font);
}

static void end(void) {
  co_mapping_free(&mapping);
  co_contract_diff_free(&diff);
  for (int side = 0; side < 2; side++) {
    co_contract_free(&contract[side]);
    co_world_free(world[side]);
    world[side] = NULL;
  }
  co_paint_free(&paint);
}

static const co_mapping_row *find(const char *name) {
  for (int i = 0; i < mapping.num_rows; i++)
    if (strcmp(mapping.row[i].name[0], name) == 0) return &mapping.row[i];
  ck_abort_msg("no row %s", name);
  return NULL;
}

static bool has_note(const char *text) {
  for (int i = 0; i < mapping.num_rows; i++)
    if (mapping.row[i].kind == CO_MAPPING_NOTE && strcmp(mapping.row[i].text, text) == 0)
      return true;
  return false;
}

static void expect(const char *name, co_applied_column column, const char *a, const char *b) {
  const co_mapping_cell *cell = &find(name)->cell[column];
  ck_assert_str_eq(cell->text[0], a);
  ck_assert_str_eq(cell->text[1], b);
}

static void draw(bool only) {
  const co_mapping_input input = {.mapping = &mapping, .name = {"source", "target"}, .only = only};
  co_paint_begin(&paint, &font);
  co_mapping_paint(&paint, (co_box){0, 0, 640, 900}, &input);
  ck_assert(panel_inside(&paint));
}

START_TEST(a_reversed_motor_is_seen_at_once) {
  open_both("hopper", "{ parameter = \"actuator.gear\"; select = \"foot_joint\"; scale = -1.0; }");
  expect("ctrl/foot_joint", CO_APPLIED_SIGN, "+", "-");
  expect("ctrl/foot_joint", CO_APPLIED_CONTROL, "1", "1");
  expect("ctrl/foot_joint", CO_APPLIED_JOINT, "200", "-200");
  const co_mapping_row *row = find("ctrl/foot_joint");
  ck_assert_int_eq(row->cell[CO_APPLIED_SIGN].severity, CO_DIFFERS_IN_MEANING);
  ck_assert_int_eq(row->cell[CO_APPLIED_CONTROL].severity, CO_SAME);
  ck_assert_int_eq(find("ctrl/leg_joint")->severity, CO_SAME);
  ck_assert_int_eq(mapping.applied, CO_DIFFERS_IN_MEANING);
  ck_assert_int_eq(mapping.in_meaning, 0);  // the contract is the same
  draw(true);
  int sign = panel_find_text(&paint, 0, "-");
  ck_assert_int_ge(panel_find_text(&paint, 0, "-200"), 0);
  ck_assert_int_ge(sign, 0);
  ck_assert_uint_eq(paint.op[sign - 1].color, co_color_fade(co_ink_color(CO_INK_BAD), 25));
  ck_assert_int_lt(panel_find_text(&paint, 0, "ctrl/leg_joint"), 0);
}
END_TEST

START_TEST(nothing_is_marked_where_nothing_is_shifted) {
  open_both("hopper", NULL);
  ck_assert_int_eq(mapping.applied, CO_SAME);
  expect("ctrl/foot_joint", CO_APPLIED_SIGN, "+", "+");
  expect("ctrl/foot_joint", CO_APPLIED_GAIN, "1", "1");
  expect("ctrl/foot_joint", CO_APPLIED_JOINT, "200", "200");
  expect("ctrl/foot_joint", CO_APPLIED_DELAY, "0", "0");
  draw(false);
  ck_assert_int_ge(panel_find_text(&paint, 0, "applied to actions (3)"), 0);
  ck_assert_int_eq(panel_count(&paint, CO_PAINT_TEXT, co_ink_color(CO_INK_BAD)), 0);
}
END_TEST

// One shift of an action's way: the cell that tells it.
typedef struct one_case {
  const char *task, *shift, *name;
  int column;  // -1: a note
  const char *a, *b;
} one_case;

static const one_case cases[] = {
    {"hopper", "{ parameter = \"action.gain\"; select = \"ctrl/leg_joint\"; set = 0.5; }",
     "ctrl/leg_joint", CO_APPLIED_GAIN, "1", "0.5"},
    {"hopper", "{ parameter = \"action.gain\"; select = \"ctrl/leg_joint\"; set = 0.5; }",
     "ctrl/leg_joint", CO_APPLIED_JOINT, "200", "100"},
    // what is more than the bounds is cut
    {"hopper", "{ parameter = \"action.gain\"; select = \"ctrl/leg_joint\"; set = 3.0; }",
     "ctrl/leg_joint", CO_APPLIED_JOINT, "200", "200"},
    {"hopper", "{ parameter = \"action.gain\"; select = \"ctrl/leg_joint\"; set = -1.0; }",
     "ctrl/leg_joint", CO_APPLIED_SIGN, "+", "-"},
    {"hopper", "{ parameter = \"action.delay\"; set = 3; }", "ctrl/leg_joint", CO_APPLIED_DELAY,
     "0", "24 ms"},
    {"hopper", "{ parameter = \"action.delay\"; set = { uniform = (0, 2); }; }", "ctrl/leg_joint",
     CO_APPLIED_DELAY, "0", "0..16 ms"},
    {"hopper",
     "{ parameter = \"actuator.gear\"; select = \"leg_joint\"; scale = { uniform = (-1, 0.5); }; }",
     "ctrl/leg_joint", CO_APPLIED_JOINT, "200", "-200..100"},
    {"hopper",
     "{ parameter = \"actuator.gear\"; select = \"leg_joint\"; scale = { uniform = (-1, 0.5); }; }",
     "ctrl/leg_joint", CO_APPLIED_SIGN, "+", "+ or -"},
    {"hopper", "{ parameter = \"action.noise\"; select = \"*\"; set = 0.1; }", NULL, -1, NULL,
     "action.noise: 0 -> 0.1"},
    {"quadruped_flat", "{ parameter = \"pd.kp\"; select = \"*\"; scale = 0.5; }", NULL, -1, NULL,
     "pd.kp: 40 -> 20"},
    {"quadruped_flat",
     "{ parameter = \"actuator.gear\"; select = \"front_left_hip\"; scale = -1.0; }",
     "pd/front_left_hip", CO_APPLIED_JOINT, "1.12", "1.12 x -1"},
    {"arm_reach", "{ parameter = \"actuator.target\"; select = \"elbow\"; scale = -0.5; }",
     "increment/elbow", CO_APPLIED_SIGN, "+", "-"},
    {"arm_reach", "{ parameter = \"actuator.gear\"; select = \"elbow\"; scale = -1.0; }",
     "increment/elbow", CO_APPLIED_SIGN, "+", "-"},
    {"hopper", "{ parameter = \"joint.lock\"; select = \"leg_joint\"; set = 0.0; }",
     "ctrl/leg_joint", CO_APPLIED_JOINT, "200", "gone"},
    {"pendulum", "{ parameter = \"action.gain\"; select = \"*\"; set = -1.0; }", "ctrl/hinge",
     CO_APPLIED_SIGN, "+", "-"},
};
enum { NUM_CASES = sizeof cases / sizeof *cases };

START_TEST(every_shift_of_the_way_is_told) {
  const one_case *one = &cases[_i];
  open_both(one->task, one->shift);
  ck_assert_int_ne(mapping.applied, CO_SAME);
  if (one->column < 0) {
    ck_assert_msg(has_note(one->b), "%s", one->b);
    return;
  }
  expect(one->name, (co_applied_column)one->column, one->a, one->b);
  draw(false);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/applied");
  TCase *tcase = tcase_create("applied");
  tcase_add_checked_fixture(tcase, NULL, end);
  tcase_add_test(tcase, a_reversed_motor_is_seen_at_once);
  tcase_add_test(tcase, nothing_is_marked_where_nothing_is_shifted);
  tcase_add_loop_test(tcase, every_shift_of_the_way_is_told, 0, NUM_CASES);
  suite_add_tcase(suite, tcase);
  return suite;
}
