// Parameters as sliders: every parameter of every task, that slider and value agree, and that the
// shift of any value is one that a world takes.

#include "tests/viz/sessions.h"
#include "viz/play/live_world.h"
#include "viz/show/private/knob.h"

static const char *const some_tasks[] = {"hopper", "pendulum", "arm_reach", "quadruped_flat"};
enum { SOME_TASKS = 4 };

static co_knob make(const co_built_world *world, co_parameter_id parameter, const char *select) {
  co_knob knob;
  ck_ok(co_knob_make(world, parameter, select, -1, &knob));
  return knob;
}

// ---- slider and value

static void check_ends(const co_knob *knob) {
  const co_parameter *p = &co_parameters[knob->parameter];
  ck_assert_msg(knob->low < knob->high, "%s", p->name);
  ck_assert_double_eq(co_knob_value(knob, 0), knob->low);
  ck_assert_double_eq(co_knob_value(knob, 1), knob->high);
  ck_assert_double_eq(co_knob_value(knob, -3), knob->low);
  ck_assert_double_eq(co_knob_value(knob, 7), knob->high);
  if (knob->operation != CO_SET) return;
  ck_assert_msg(knob->low >= p->min && knob->high <= p->max, "%s: beyond what is legal", p->name);
}

static void check_round_trip(const co_knob *knob) {
  double before = -INFINITY;
  for (int i = 0; i <= 100 && !knob->toggle; i++) {
    double value = co_knob_value(knob, i / 100.0), step = (knob->high - knob->low) / 100;
    ck_assert_msg(value >= before, "%s", co_parameters[knob->parameter].name);
    before = value;
    double back = co_knob_value(knob, co_knob_place(knob, value));
    ck_assert_double_le(fabs(back - value), 0.02 * fabs(value) + step);
    if (knob->whole) ck_assert_double_eq(value, floor(value));
  }
  if (isnan(knob->neutral)) return;
  ck_assert_double_eq(co_knob_value(knob, co_knob_place(knob, knob->neutral)), knob->neutral);
}

START_TEST(test_every_parameter) {
  co_built_world *world = test_world(some_tasks[_i], NULL, NULL);
  int available = 0;
  for (int i = 0; i < CO_NUM_PARAMETERS; i++) {
    if (!co_knob_available(world, (co_parameter_id)i)) continue;
    co_knob knob = make(world, (co_parameter_id)i, NULL);
    check_ends(&knob);
    check_round_trip(&knob);
    available++;
  }
  ck_assert_int_ge(available, _i == 1 ? 10 : 40);
  co_world_free(world);
}
END_TEST

START_TEST(test_three_digits) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_knob knob = make(world, CO_MASS, "torso");
  char text[64];
  for (int i = 0; i < 1000; i++) {
    double value = co_knob_value(&knob, i / 999.0);
    snprintf(text, sizeof text, "%.3g", value);
    ck_assert_double_eq(value, strtod(text, NULL));
  }
  ck_assert(knob.log);
  ck_assert_double_eq_tol(co_knob_value(&knob, 0.75), 3.16, 0.01);  // 0.1 .. 10
  co_world_free(world);
}
END_TEST

// ---- shifts

static double nominal_of(const char *shifts) {
  co_built_world *world = test_world("hopper", shifts, NULL);
  double nominal = make(world, CO_MASS, "torso").nominal;
  co_world_free(world);
  return nominal;
}

START_TEST(test_nominal_is_not_shifted) {
  double nominal = nominal_of(NULL);
  ck_assert_double_gt(nominal, 1);
  ck_assert_double_eq(nominal_of("{ parameter = \"body.mass\"; select = \"torso\"; scale = 3.0; }"),
                      nominal);
}
END_TEST

// The world's body, which comes first, has no mass.
START_TEST(test_all_are_not_the_first) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_knob all = make(world, CO_MASS, NULL);
  ck_assert_str_eq(all.select, "*");
  ck_assert_int_eq(all.operation, CO_SCALE);
  ck_assert_double_gt(all.nominal, 0);
  co_world_free(world);
}
END_TEST

// Zero cannot be scaled.
START_TEST(test_zero_is_set) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  ck_assert_int_eq(make(world, CO_ACTION_NOISE, NULL).operation, CO_SET);
  ck_assert_double_eq(make(world, CO_ACTION_NOISE, NULL).neutral, 0);
  ck_assert_int_eq(make(world, CO_DAMPING, "thigh_joint").operation, CO_SCALE);
  ck_assert_int_eq(make(world, CO_COM, NULL).component, 0);
  ck_assert(make(world, CO_REMOVE, NULL).toggle);
  ck_assert(make(world, CO_ACTION_DELAY, NULL).whole);
  co_world_free(world);
}
END_TEST

// Some parameter of one element has no sense where it is in the model, as the mass of the world's
// body, or the wheel of a hinge that is not there: such a shift is refused with a sentence. All
// others build, at both ends and in the middle.
START_TEST(test_shifts_are_taken) {
  static const co_parameter_id taken[] = {
      CO_GRAVITY,     CO_TIMESTEP,     CO_MASS,         CO_FRICTION,    CO_DAMPING,
      CO_ARMATURE,    CO_LIMB_LENGTH,  CO_GEAR,         CO_ACTION_GAIN, CO_ACTION_DELAY,
      CO_RESET_NOISE, CO_PUSH_SPEED,   CO_JOINT_RANGE,  CO_COM,         CO_OBSERVATION_BIAS,
      CO_SUBSTEPS,    CO_ACTION_NOISE, CO_ACTION_REPEAT};
  static const char *const select[] = {
      [CO_MASS] = "torso",        [CO_LIMB_LENGTH] = "leg",       [CO_COM] = "torso",
      [CO_DAMPING] = "leg_joint", [CO_JOINT_RANGE] = "leg_joint", [CO_NUM_PARAMETERS] = NULL};
  co_live_world live;
  co_shared_world *first;
  co_world named = {.task = "hopper"};
  ck_ok(co_live_world_create(NULL, &named, &live, &first));
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
    co_knob knob = make(co_shared_world_get(first), taken[i], select[taken[i]]);
    for (int place = 0; place <= 2; place++) {
      co_shift_info shift;
      co_live_change change;
      co_knob_shift(&knob, co_knob_value(&knob, place / 2.0), &shift);
      ck_ok(co_live_world_try(&live, &shift, &change));
      double read = change.num_shifts ? co_knob_read(&knob, &change.shift[0]) : knob.neutral;
      ck_assert_double_eq(read, co_knob_value(&knob, place / 2.0));
      co_live_change_free(&change);
    }
  }
  co_live_world_free(&live);
  co_shared_world_drop(first);
}
END_TEST

START_TEST(test_components) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_knob knob;
  co_shift_info shift;
  ck_ok(co_knob_make(world, CO_COM, "torso", 2, &knob));
  co_knob_shift(&knob, 0.1, &shift);
  ck_assert_int_eq(shift.num_values, 3);
  ck_assert_double_eq(shift.value[0], 0);
  ck_assert_double_eq(shift.value[2], 0.1);
  ck_ok(co_knob_make(world, CO_FRICTION, "floor", 1, &knob));
  co_knob_shift(&knob, 3, &shift);
  ck_assert_double_eq(shift.value[0], 1);
  ck_assert_double_eq(shift.value[1], 3);
  ck_assert_str_eq(shift.select, "floor");
  ck_fails(co_knob_make(world, CO_MASS, "wing", -1, &knob), CO_CONFIG, "wing");
  co_world_free(world);
}
END_TEST

START_TEST(test_texts) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_knob mass = make(world, CO_MASS, "torso"), gone = make(world, CO_REMOVE, NULL);
  co_knob delay = make(world, CO_ACTION_DELAY, NULL), com = make(world, CO_COM, NULL);
  char text[64];
  co_knob_text(&mass, 2, text, sizeof text);
  ck_assert_msg(strncmp(text, "x 2 = ", 6) == 0 && strstr(text, "kg"), "%s", text);
  co_knob_text(&gone, 1, text, sizeof text);
  ck_assert_str_eq(text, "on");
  co_knob_text(&delay, 3, text, sizeof text);
  ck_assert_str_eq(text, "3 control steps");
  co_knob_text(&com, 0.05, text, sizeof text);
  ck_assert_str_eq(text, "+0.05 m");
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/knob");
  TCase *tcase = tcase_create("knob");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_every_parameter, 0, SOME_TASKS);
  tcase_add_test(tcase, test_three_digits);
  tcase_add_test(tcase, test_nominal_is_not_shifted);
  tcase_add_test(tcase, test_all_are_not_the_first);
  tcase_add_test(tcase, test_zero_is_set);
  tcase_add_test(tcase, test_shifts_are_taken);
  tcase_add_test(tcase, test_components);
  tcase_add_test(tcase, test_texts);
  suite_add_tcase(suite, tcase);
  return suite;
}
