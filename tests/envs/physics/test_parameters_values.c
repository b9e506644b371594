// Parameters of several values: what one number does to them, as in a model that is written so.

#include "tests/envs/models.h"

// Scaled by half, all values of a parameter are those of a model that says half of each.
typedef struct halved {
  const char *model;  // with %s for the values
  const char *whole, *half;
  co_parameter_id id;
  const char *element;
} halved;

#define JOINT(joint, keys)                                                  \
  "<mujoco><worldbody><body name='b' pos='0 0 1'><" joint " name='j' " keys \
  "/>"                                                                      \
  "<geom size='.1'/></body></worldbody></mujoco>"
#define TOUCHING(keys)                                                                           \
  "<mujoco><worldbody><geom name='f' type='plane' size='1 1 1'/><body pos='0 0 .1'><freejoint/>" \
  "<geom name='g' size='.1'/></body></worldbody><contact><pair geom1='f' geom2='g' " keys        \
  "/></contact></mujoco>"

static const halved kHalved[] = {
    {JOINT("joint", "damping='%s'"), "2 .4 .2", "1 .2 .1", CO_DAMPING, "j"},
    {JOINT("joint", "damping='%s'"), "2 -.4 .2", "1 -.2 .1", CO_DAMPING, "j"},
    {JOINT("joint type='ball'", "damping='%s'"), "2 .4 .2", "1 .2 .1", CO_DAMPING, "j"},
    {JOINT("joint type='free'", "damping='%s'"), "0 .4 .2", "0 .2 .1", CO_DAMPING, "j"},
    {JOINT("joint", "stiffness='%s'"), "2 -.4 .2", "1 -.2 .1", CO_STIFFNESS, "j"},
    {JOINT("joint type='slide'", "stiffness='%s'"), "0 0 .2", "0 0 .1", CO_STIFFNESS, "j"},
    {TOUCHING("friction='%s'"), ".8 .6 .02 .002 .004", ".4 .3 .01 .001 .002", CO_PAIR_FRICTION,
     "f/g"},
    {TOUCHING("solref='%s'"), ".04 1", ".02 .5", CO_PAIR_SOLREF, "f/g"},
};

static co_model *model_saying(const char *pattern, const char *values) {
  char *mjcf = test_replace(pattern, "%s", values);
  co_model *model = test_model(mjcf);
  free(mjcf);
  return model;
}

START_TEST(test_all_values_scale) {
  const halved *c = &kHalved[_i];
  co_model *model = model_saying(c->model, c->whole), *half = model_saying(c->model, c->half);
  double value[CO_PARAMETER_WIDTH];
  test_get(model, c->id, c->element, value);
  int width = co_parameters[c->id].width;
  const double factor[] = {0.5};
  for (int i = 0; i < width; i++) {
    value[i] = co_operation_apply(CO_SCALE, c->id, factor, 1, i, value[i]);
  }
  ck_ok(test_put(model, c->id, c->element, value));
  test_same_model(test_mj(model), test_mj(half));
  co_model_free(model);
  co_model_free(half);
}
END_TEST

// One number sets the first value, of pairs both directions of sliding.
START_TEST(test_one_number) {
  const double one[] = {5};
  ck_assert_double_eq(co_operation_apply(CO_SET, CO_DAMPING, one, 1, 0, 2), 5);
  ck_assert_double_eq(co_operation_apply(CO_SET, CO_DAMPING, one, 1, 1, 2), 2);
  ck_assert_double_eq(co_operation_apply(CO_SET, CO_PAIR_FRICTION, one, 1, 1, 2), 5);
  ck_assert_double_eq(co_operation_apply(CO_ADD, CO_PAIR_FRICTION, one, 1, 1, 2), 7);
  ck_assert_double_eq(co_operation_apply(CO_SET, CO_PAIR_FRICTION, one, 1, 2, 2), 2);
  const double two[] = {5, 6};
  ck_assert_double_eq(co_operation_apply(CO_SET, CO_PAIR_FRICTION, two, 2, 1, 2), 6);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("parameters_values");
  TCase *tcase = tcase_create("parameters_values");
  tcase_add_loop_test(tcase, test_all_values_scale, 0, (int)(sizeof kHalved / sizeof *kHalved));
  tcase_add_test(tcase, test_one_number);
  suite_add_tcase(suite, tcase);
  return suite;
}
