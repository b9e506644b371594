// What every parameter does to the motion, against closed forms on models of a few lines.

#include "tests/envs/models.h"

#include <unistd.h>

// Everything is timed in steps of half a millisecond; gravity is off unless a model asks for it.
#define MODEL(option, world, rest)                                                           \
  "<mujoco><compiler angle='radian'/><option timestep='.0005' " option "/><worldbody>" world \
  "</worldbody>" rest "</mujoco>"
#define CALM "gravity='0 0 0'"
#define SLIDER_WITH(joint, geom)                                    \
  "<body name='b'><joint name='j' type='slide' axis='1 0 0' " joint \
  "/><geom name='g' size='.1' " geom "/></body>"
#define SLIDER(joint) SLIDER_WITH(joint, "mass='1'")
#define MOTOR(attributes) "<actuator><motor name='a' joint='j' " attributes "/></actuator>"
#define SERVO(kind, attributes) "<actuator><" kind " name='a' joint='j' " attributes "/></actuator>"
#define HINGE(joint, inside) \
  "<body name='b' pos='0 0 1'><joint name='j' axis='0 1 0' " joint "/>" inside "</body>"
#define INERTIAL(x, moment)                                                       \
  "<inertial pos='" x " 0 0' mass='1' diaginertia='" moment " " moment " " moment \
  "'/>"                                                                           \
  "<geom name='g' size='.01'/>"
#define BALL "<body name='b'><freejoint name='j'/><geom name='g' size='.1' mass='1'/></body>"
#define FLOOR(attributes) "<geom name='floor' type='plane' size='9 9 1' " attributes "/>"
#define BOX(attributes)                                                                            \
  "<body name='b' pos='0 0 .0999'><freejoint name='j'/><geom name='g' type='box' size='.2 .2 .1' " \
  "mass='1' " attributes "/></body>"
#define ROD                                                                                 \
  "<body name='b' pos='0 0 1'><joint name='j' axis='0 1 0'/><geom name='g' type='capsule' " \
  "fromto='0 0 0 .4 0 0' size='.004'/></body>"

// ---- what is measured: after `steps` steps from the start state

static double position(const co_physics *row) {
  return row->qpos[0];
}
static double rate(const co_physics *row) {
  return row->qvel[0];
}
static double drop(const co_physics *row) {
  return -row->qpos[2];
}
static double depth(const co_physics *row) {
  return 0.1 - row->qpos[2];
}
static double height(const co_physics *row) {
  return row->field[CO_BODY_POS][3 + 2];
}
static double turn(const co_physics *row) {
  return row->field[CO_BODY_QUAT][4 + 2];
}
// Relative change of the energy of a pendulum of length 1 and mass 1 that was let go at pi/2.
static double energy_error(const co_physics *row) {
  double inertia = 1 + 0.4 * 0.01;
  double energy = 0.5 * inertia * row->qvel[0] * row->qvel[0] - 9.81 * sin(row->qpos[0]);
  return fabs(energy) / 9.81;
}

typedef struct physics_case {
  co_parameter_id id;
  const char *element, *model;
  double value[CO_PARAMETER_WIDTH];
  double ctrl, speed;  // at the start
  int steps;
  double (*measure)(const co_physics *row);
  double before, after;  // by theory
  double tolerance;      // relative; 0: only that it has changed, but by less than a tenth
} physics_case;

#define ON_FLOOR(option, box, floor) MODEL(option, FLOOR(floor) BOX(box), "")

#define PAIR(keys) "<contact><pair name='pair' geom1='floor' geom2='g' " keys "/></contact>"

static const physics_case kCases[] = {
    // g t^2 / 2
    {CO_GRAVITY, "", MODEL("", BALL, ""), {0, 0, -5}, 0, 0, 1000, drop, 1.226, 0.625, 0.01},
    // drag rho A v^2 / 2 on the box of the ball's inertia, A = 2.4 r^2: 3 N at first, less later
    {CO_WIND, "", MODEL(CALM " density='10'", BALL, ""), {5}, 0, 0, 1000, position, 0, 0.32, 0.1},
    // limit speed 4.04 m/s: v^2 / g ln cosh(g t / v)
    {CO_DENSITY, "", MODEL("", BALL, ""), {50}, 0, 0, 1000, drop, 1.226, 1.007, 0.02},
    // Stokes: force 3 pi d mu v, d = 0.155 m
    {CO_VISCOSITY, "", MODEL("", BALL, ""), {10}, 0, 0, 1000, drop, 1.226, 0.29, 0.02},
    // the same number of steps takes twice the time
    {CO_TIMESTEP, "", MODEL("", BALL, ""), {0.001}, 0, 0, 500, drop, 0.3066, 1.226, 0.01},
    // of the order of the step, and of its fourth power: the numbers are measured
    {CO_INTEGRATOR,
     "",
     "<mujoco><option timestep='.01'/><worldbody><body><joint axis='0 1 0'/>"
     "<geom size='.1' pos='1 0 0' mass='1'/></body></worldbody></mujoco>",
     {1},
     0,
     0,
     77,
     energy_error,
     1.3e-2,
     3.0e-9,
     0.3},
    // different ways to nearly the same motion
    {CO_SOLVER, "", ON_FLOOR("iterations='3'", "", ""), {0}, 0, 2, 400, position, 0, 0, 0},
    {CO_CONE, "", ON_FLOOR("", "", ""), {1}, 0, 2, 400, position, 0, 0, 0},
    {CO_ITERATIONS, "", ON_FLOOR("solver='CG'", "", ""), {2}, 0, 2, 400, position, 0, 0, 0},
    // creep on a slope: 0.25 N per corner times (1 - d) / d / impratio, by 2 / (dmax timeconst)
    {CO_IMPRATIO,
     "",
     ON_FLOOR("cone='elliptic' gravity='1 0 -10'", "", ""),
     {10},
     0,
     0,
     4000,
     rate,
     2.6e-4,
     2.6e-5,
     0.05},
    // F t^2 / 2 m
    {CO_MASS,
     "b",
     MODEL(CALM, SLIDER(""), MOTOR("")),
     {2},
     1,
     0,
     1000,
     position,
     0.125,
     0.0625,
     0.01},
    // torque t^2 / 2 I
    {CO_INERTIA,
     "b",
     MODEL(CALM, HINGE("", INERTIAL("0", ".1")), MOTOR("")),
     {0.2, 0.2, 0.2},
     1,
     0,
     1000,
     position,
     1.25,
     0.625,
     0.01},
    // m g x t^2 / 2 (I + m x^2)
    {CO_COM,
     "b",
     MODEL("", HINGE("", INERTIAL(".1", "1")), ""),
     {0.2, 0, 0},
     0,
     0,
     400,
     position,
     0.01943,
     0.03773,
     0.01},
    {CO_JOINT_POS,
     "j",
     MODEL("", HINGE("", INERTIAL(".2", "1")), ""),
     {0.1, 0, 0},
     0,
     0,
     400,
     position,
     0.03773,
     0.01943,
     0.01},
    {CO_POSITION,
     "b",
     MODEL(CALM, HINGE("", INERTIAL("0", "1")), ""),
     {0, 0, 1.5},
     0,
     0,
     1,
     height,
     1,
     1.5,
     1e-12},
    // v^2 / 2 mu g
    {CO_FRICTION,
     "g",
     ON_FLOOR("", "friction='.5'", "friction='.1'"),
     {1},
     0,
     2,
     2000,
     position,
     0.408,
     0.204,
     0.05},
    {CO_PAIR_FRICTION,
     "pair",
     MODEL("", FLOOR("") BOX(""), PAIR("friction='.5 .5'")),
     {1, 1},
     0,
     2,
     2000,
     position,
     0.408,
     0.204,
     0.05},
    {CO_PAIR_SOLREF,
     "pair",
     MODEL("", FLOOR("") BOX(""), PAIR("solimp='.9 .9 .001 .5 2'")),
     {0.04, 1},
     0,
     0,
     4000,
     depth,
     9.81e-5,
     3.924e-4,
     0.01},
    // depth of a corner: (1 - d) / d^2 dmax^2 timeconst^2 g / 4
    {CO_SOLREF,
     "g",
     ON_FLOOR("", "solmix='1e6' solimp='.9 .9 .001 .5 2'", ""),
     {0.04, 1},
     0,
     0,
     4000,
     depth,
     9.81e-5,
     3.924e-4,
     0.01},
    {CO_SOLIMP,
     "g",
     ON_FLOOR("", "solmix='1e6' solimp='.9 .9 .001 .5 2'", ""),
     {0.5, 0.5, 0.001, 0.5, 2},
     0,
     0,
     4000,
     depth,
     9.81e-5,
     4.905e-4,
     0.01},
    {CO_CONDIM,
     "g",
     ON_FLOOR("", "friction='.5'", "condim='1' friction='.1'"),
     {1},
     0,
     2,
     2000,
     position,
     0.408,
     2.0,
     0.05},
    // eight times the mass
    {CO_GEOM_SIZE,
     "g",
     MODEL(CALM, SLIDER_WITH("", "density='238.7324'"), MOTOR("")),
     {0.2, 0, 0},
     1,
     0,
     1000,
     position,
     0.125,
     0.015625,
     0.01},
    // g x t^2 / 2 (x^2 + 2 r^2 / 5)
    {CO_GEOM_POS,
     "g",
     MODEL("", HINGE("", "<geom name='g' size='.05' mass='1' pos='.1 0 0'/>"), ""),
     {0.2, 0, 0},
     0,
     0,
     100,
     position,
     0.1115,
     0.0598,
     0.03},
    // cylinder: (3 r^2 + l^2) / 12 across, r^2 / 2 along the hinge
    {CO_GEOM_QUAT,
     "g",
     MODEL(CALM, HINGE("", "<geom name='g' type='cylinder' size='.05 .2' mass='1'/>"), MOTOR("")),
     {0.7071067811865476, 0.7071067811865476, 0, 0},
     0.01,
     0,
     400,
     position,
     0.01433,
     0.16,
     0.01},
    // falls onto its limit, which was not there
    {CO_JOINT_RANGE,
     "j",
     MODEL("", HINGE("damping='1'", INERTIAL(".2", ".1")), ""),
     {-0.5, 0.5},
     0,
     0,
     8000,
     position,
     1.57,
     0.5,
     0.02},
    // exp(-d t)
    {CO_DAMPING, "j", MODEL(CALM, SLIDER(""), ""), {2}, 0, 1, 1000, rate, 1, 0.3679, 0.01},
    {CO_ARMATURE,
     "j",
     MODEL(CALM, SLIDER(""), MOTOR("")),
     {1},
     1,
     0,
     1000,
     position,
     0.125,
     0.0625,
     0.01},
    {CO_FRICTIONLOSS, "j", MODEL(CALM, SLIDER(""), ""), {2}, 0, 1, 500, rate, 1, 0.5, 0.05},
    // v / w sin(w t)
    {CO_STIFFNESS,
     "j",
     MODEL(CALM, SLIDER("stiffness='4'"), ""),
     {16},
     0,
     1,
     500,
     position,
     0.2397,
     0.2104,
     0.01},
    // sin(angle / 2)
    {CO_LOCK,
     "j",
     MODEL(CALM, HINGE("", INERTIAL("0", "1")), ""),
     {0.5},
     0,
     0,
     1,
     turn,
     0,
     0.2474,
     0.001},
    {CO_REMOVE,
     "c",
     MODEL(CALM,
           "<body name='b'><joint name='j' type='slide' axis='1 0 0'/><geom size='.1' mass='1'/>"
           "<body name='c'><geom size='.1' mass='1'/></body></body>",
           MOTOR("")),
     {1},
     1,
     0,
     1000,
     position,
     0.0625,
     0.125,
     0.01},
    // a rod about its end, let go: 3 g t^2 / 4 l, whatever it weighs
    {CO_LIMB_LENGTH, "b", MODEL("", ROD, ""), {2}, 0, 0, 200, position, 0.184, 0.092, 0.02},
    {CO_LIMB_STRETCH, "b", MODEL("", ROD, ""), {2}, 0, 0, 200, position, 0.184, 0.092, 0.02},
    {CO_GEAR,
     "a",
     MODEL(CALM, SLIDER(""), MOTOR("")),
     {-2},
     1,
     0,
     1000,
     position,
     0.125,
     -0.25,
     0.01},
    // goes to its target, and to half of it
    {CO_TARGET,
     "a",
     MODEL(CALM, SLIDER(""), SERVO("position", "kp='10' kv='5'")),
     {0.5},
     0.2,
     0,
     8000,
     position,
     0.2,
     0.1,
     0.01},
    // hangs at -F / kp
    {CO_KP,
     "a",
     MODEL("gravity='-1 0 0'", SLIDER(""), SERVO("position", "kp='10' kv='5'")),
     {20},
     0,
     0,
     8000,
     position,
     -0.1,
     -0.05,
     0.01},
    {CO_KV,
     "a",
     MODEL(CALM, SLIDER(""), SERVO("position", "kp='0' kv='0'")),
     {2},
     0,
     1,
     1000,
     rate,
     1,
     0.3679,
     0.01},
    {CO_FORCE_RANGE,
     "a",
     MODEL(CALM, SLIDER(""), MOTOR("")),
     {-0.5, 0.5},
     1,
     0,
     1000,
     position,
     0.125,
     0.0625,
     0.01},
    {CO_CTRL_RANGE,
     "a",
     MODEL(CALM, SLIDER(""), MOTOR("ctrlrange='-1 1'")),
     {-0.5, 0.5},
     2,
     0,
     1000,
     position,
     0.125,
     0.0625,
     0.01},
};

static double run(const co_model *model, const physics_case *c) {
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->reset(row));
  if (test_mj(model)->nv) row->qvel[0] = c->speed;
  if (test_mj(model)->nu) row->ctrl[0] = c->ctrl;
  ck_ok(model->engine->forward(row));
  ck_ok(co_physics_step(row, c->steps));
  ck_assert(!model->engine->fault(row));
  double value = c->measure(row);
  co_physics_free(row);
  return value;
}

static void check_value(const physics_case *c, const char *when, double value, double theory) {
  double slack = c->tolerance * fmax(fabs(theory), 1e-12);
  ck_assert_msg(fabs(value - theory) <= slack, "%s %s: %.6g, by theory %.6g",
                co_parameters[c->id].name, when, value, theory);
}

START_TEST(test_motion) {
  const physics_case *c = &kCases[_i];
  double value[CO_PARAMETER_WIDTH];
  co_model *model = test_model(c->model);
  double before = run(model, c);
  test_get(model, c->id, c->element, value);
  for (int k = 0; k < co_parameters[c->id].width; k++) {
    bool given = k == 0 || c->value[k] != 0 || co_parameters[c->id].least > k;
    if (given) value[k] = c->value[k];
  }
  ck_ok(test_put(model, c->id, c->element, value));
  double after = run(model, c);
  if (c->tolerance > 0) {
    check_value(c, "before", before, c->before);
    check_value(c, "after", after, c->after);
  } else {
    ck_assert_double_ne(before, after);
    ck_assert_double_eq_tol(before, after, 0.1 * fabs(before));
  }
  co_model_free(model);
}
END_TEST

START_TEST(test_every_parameter_has_a_case) {
  for (int id = 0; id < CO_NUM_PARAMETERS; id++) {
    bool found = false;
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
      found = found || (int)kCases[i].id == id;
    }
    ck_assert_msg(found == co_engine_mujoco.has((co_parameter_id)id), "%s", co_parameters[id].name);
  }
}
END_TEST

// The closed-form pendulum: one step by the formula, at other numbers.
START_TEST(test_pendulum) {
  co_model *model = NULL;
  co_physics *row = NULL;
  const double gravity[] = {0, 0, -5}, dt = 0.02, mass = 2, gear = -1;
  ck_ok(co_model_load(&co_engine_pendulum, NULL, NULL, &model));
  ck_ok(model->engine->put(model, CO_GRAVITY, 0, gravity));
  ck_ok(model->engine->put(model, CO_TIMESTEP, 0, &dt));
  ck_ok(model->engine->put(model, CO_MASS, 0, &mass));
  ck_ok(model->engine->put(model, CO_GEAR, 0, &gear));
  ck_ok(model->engine->settle(model));
  ck_assert_double_eq(model->timestep, dt);
  ck_ok(co_physics_create(model, &row));
  *row->qpos = 1, *row->qvel = 0.5, *row->ctrl = 1;
  ck_ok(co_physics_step(row, 1));
  double rate_after = 0.5 + (1.5 * 5 * sin(1) - 3 * 1.0 / mass) * dt;
  ck_assert_double_eq_tol(*row->qvel, rate_after, 1e-14);
  ck_assert_double_eq_tol(*row->qpos, 1 + rate_after * dt, 1e-14);
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("parameters_physics");
  TCase *tcase = tcase_create("parameters_physics");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_motion, 0, (int)(sizeof kCases / sizeof *kCases));
  tcase_add_test(tcase, test_every_parameter_has_a_case);
  tcase_add_test(tcase, test_pendulum);
  suite_add_tcase(suite, tcase);
  return suite;
}
