// Parameters of models: values come back, others stay, what has no meaning is refused, and nothing
// drifts.

#include "tests/envs/models.h"

// A bit of everything.
static const char kRobot[] =
    "<mujoco><worldbody><geom name='floor' type='plane' size='5 5 .1'/>"
    "<body name='box' pos='1 0 1'><freejoint name='free'/>"
    "<geom name='box' type='box' size='.1 .2 .3' pos='.1 0 0'/><geom name='lid' size='.1'/></body>"
    "<body name='link' pos='0 0 1'><joint name='hinge' axis='0 1 0'/><site name='eye'/>"
    "<geom name='link' type='capsule' fromto='0 0 0 0 0 -.4' size='.04'/>"
    "<body name='tip' pos='0 0 -.4'><joint name='slide' type='slide' axis='0 0 1' range='-1 1'/>"
    "<joint name='ball' type='ball'/><geom name='tip' size='.05'/></body></body>"
    "<body name='puck' pos='3 0 1'><freejoint/><geom name='puck' size='.1'/></body>"
    "</worldbody><contact><pair name='rub' geom1='tip' geom2='box'/>"
    "<pair geom1='floor' geom2='link'/></contact>"
    "<actuator><motor name='motor' joint='hinge' gear='2'/>"
    "<position name='servo' joint='slide' kp='10' kv='1'/>"
    "<general name='byte' joint='slide' gear='2' gainprm='.5' biastype='affine' "
    "biasprm='0 -100 -3'/>"
    "<damper name='damper' joint='slide' kv='2' ctrlrange='0 1'/>"
    "<pid name='pid' joint='slide' kp='2'/>"
    "<velocity name='speed' joint='slide' kv='3'/>"
    "<motor name='wrench' site='eye' gear='1 0 0 0 0 1'/></actuator>"
    "<sensor><gyro name='gyro' site='eye'/><jointpos name='angle' "
    "joint='hinge'/></sensor></mujoco>";

typedef struct put_case {
  co_parameter_id id;
  const char *element;
  double value[CO_PARAMETER_WIDTH];
} put_case;

static const put_case kPuts[] = {
    {CO_GRAVITY, "", {1, 2, 3}},
    {CO_WIND, "", {1, 2, 3}},
    {CO_DENSITY, "", {1.2}},
    {CO_VISCOSITY, "", {0.1}},
    {CO_TIMESTEP, "", {0.001}},
    {CO_INTEGRATOR, "", {3}},
    {CO_SOLVER, "", {1}},
    {CO_CONE, "", {1}},
    {CO_ITERATIONS, "", {7}},
    {CO_IMPRATIO, "", {10}},
    {CO_MASS, "link", {3}},
    {CO_INERTIA, "link", {0.3, 0.2, 0.4}},
    {CO_COM, "link", {0.1, 0.2, 0.3}},
    {CO_COM, "puck", {0.02, 0, 0}},
    {CO_POSITION, "tip", {0.1, 0, -0.5}},
    {CO_POSITION, "box", {2, 1, 3}},
    {CO_FRICTION, "box", {0.5, 0.1, 0.2}},
    {CO_SOLREF, "box", {0.05, 0.9}},
    {CO_SOLREF, "floor", {-1000, -10}},
    {CO_SOLIMP, "box", {0.5, 0.6, 0.01, 0.4, 3}},
    {CO_CONDIM, "box", {6}},
    {CO_PAIR_FRICTION, "rub", {0.1, 0.2, 0.3, 0.4, 0.5}},
    {CO_PAIR_SOLREF, "floor/link", {0.05, 0.9}},
    {CO_GEOM_SIZE, "box", {0.3, 0.1, 0.2}},
    {CO_GEOM_SIZE, "link", {0.05, 0.2}},
    {CO_GEOM_POS, "link", {0.1, 0.2, 0.3}},
    {CO_GEOM_QUAT, "link", {0.6, 0.8, 0, 0}},
    {CO_JOINT_RANGE, "hinge", {-0.5, 0.25}},
    {CO_JOINT_RANGE, "ball", {0, 0.5}},
    {CO_JOINT_POS, "hinge", {0, 0.1, 0.2}},
    {CO_DAMPING, "ball", {0.5, -0.1, 0.2}},
    {CO_ARMATURE, "slide", {0.1}},
    {CO_FRICTIONLOSS, "hinge", {0.2}},
    {CO_STIFFNESS, "hinge", {4, 3, 2}},
    {CO_LOCK, "hinge", {0.3}},
    {CO_REMOVE, "tip", {1}},
    {CO_LIMB_LENGTH, "link", {1.5}},
    {CO_LIMB_STRETCH, "link", {0.5}},
    {CO_GEAR, "motor", {-3}},
    {CO_GEAR, "servo", {0.3}},
    {CO_TARGET, "servo", {0.3}},
    {CO_TARGET, "speed", {-2}},
    {CO_KP, "servo", {20}},
    {CO_KP, "byte", {30}},
    {CO_KV, "servo", {2}},
    {CO_KV, "speed", {4}},
    {CO_FORCE_RANGE, "motor", {-1, 2}},
    {CO_CTRL_RANGE, "motor", {-0.5, 0.5}},
};
enum { PUTS = sizeof kPuts / sizeof *kPuts };

static int elements_of(const co_model *model, co_parameter_id id) {
  co_element kind = co_parameters[id].element;
  return kind == CO_NO_ELEMENT ? 1 : model->elements[kind].count;
}

// All values of a parameter, one element after the other.
static void get_all(const co_model *model, co_parameter_id id, double *out) {
  for (int i = 0; i < elements_of(model, id); i++) {
    model->engine->get(model, id, i, out + i * co_parameters[id].width);
  }
}

START_TEST(test_values_come_back) {
  const put_case *c = &kPuts[_i];
  double before[100], after[100];
  co_model *model = test_model(kRobot);
  int width = co_parameters[c->id].width, element = test_element(model, c->id, c->element);
  size_t bytes = (size_t)width * sizeof(double);
  double value[CO_PARAMETER_WIDTH];
  memcpy(value, c->value, bytes);
  get_all(model, c->id, before);
  ck_assert_mem_ne(before + element * width, value, bytes);
  ck_ok(test_put(model, c->id, c->element, value));
  get_all(model, c->id, after);
  ck_assert_mem_eq(after + element * width, value, bytes);
  memcpy(before + element * width, value, bytes);
  bool quiet = c->id != CO_GEOM_POS && c->id != CO_GEOM_QUAT && c->id != CO_REMOVE;
  if (quiet) {
    ck_assert_mem_eq(before, after, (size_t)elements_of(model, c->id) * bytes);
  }
  co_model_free(model);
}
END_TEST

START_TEST(test_every_parameter_is_put) {
  for (int id = 0; id < CO_NUM_PARAMETERS; id++) {
    bool found = false;
    for (int i = 0; i < PUTS; i++) found = found || (int)kPuts[i].id == id;
    ck_assert_msg(found == co_engine_mujoco.has((co_parameter_id)id), "%s", co_parameters[id].name);
  }
}
END_TEST

// What the seam says follows.
START_TEST(test_seam_follows) {
  co_model *model = test_model(kRobot);
  int hinge = co_model_find(model, CO_QPOS, "hinge"), box = co_model_find(model, CO_QPOS, "free.x");
  int motor = co_model_find(model, CO_CTRL, "motor");
  ck_assert(isinf(model->qpos_low[hinge]) && isinf(model->ctrl_high[motor]));
  ck_ok(test_put(model, CO_TIMESTEP, "", (const double[]){0.001}));
  ck_ok(test_put(model, CO_JOINT_RANGE, "hinge", (const double[]){-0.5, 0.25}));
  ck_ok(test_put(model, CO_CTRL_RANGE, "motor", (const double[]){-2, 3}));
  ck_ok(test_put(model, CO_POSITION, "box", (const double[]){2, 1, 3}));
  ck_assert_double_eq(model->timestep, 0.001);
  ck_assert_double_eq(model->qpos_low[hinge], -0.5);
  ck_assert_double_eq(model->qpos_high[hinge], 0.25);
  ck_assert_double_eq(model->ctrl_low[motor], -2);
  ck_assert_double_eq(model->ctrl_high[motor], 3);
  ck_assert_double_eq(model->qpos0[box], 2);
  ck_assert_double_eq(model->qpos0[box + 2], 3);
  const mjModel *m = test_mj(model);
  ck_assert(m->jnt_limited[test_element(model, CO_JOINT_POS, "hinge")]);
  ck_ok(test_put(model, CO_FORCE_RANGE, "motor", (const double[]){-2, 3}));
  ck_assert(m->actuator_forcelimited[0] && m->actuator_ctrllimited[0]);
  co_model_free(model);
}
END_TEST

// A free, ball or sliding joint: each degree of freedom.
START_TEST(test_all_degrees_of_freedom) {
  co_model *model = test_model(kRobot);
  const mjModel *m = test_mj(model);
  ck_ok(test_put(model, CO_DAMPING, "free", (const double[]){0.5, 0.25, 0.125}));
  ck_ok(test_put(model, CO_ARMATURE, "ball", (const double[]){0.25}));
  for (int i = 0; i < m->nv; i++) {
    const char *joint = mj_id2name(m, mjOBJ_JOINT, m->dof_jntid[i]);
    ck_assert_double_eq(m->dof_damping[i], joint && strcmp(joint, "free") == 0 ? 0.5 : 0.0);
    ck_assert_double_eq(m->dof_dampingpoly[2 * i + 1],
                        joint && strcmp(joint, "free") == 0 ? 0.125 : 0.0);
    ck_assert_double_eq(m->dof_armature[i], joint && strcmp(joint, "ball") == 0 ? 0.25 : 0.0);
  }
  co_model_free(model);
}
END_TEST

static const struct {
  co_parameter_id id;
  const char *element;
  double value[CO_PARAMETER_WIDTH];
  const char *part;
} kErrors[] = {
    {CO_DAMPING, "hinge", {-1, 0, 0}, "joint.damping of joint \"hinge\": -1: its first value is"},
    {CO_PAIR_SOLREF, "rub", {0.02, -1}, "pair.solref of pair \"rub\": 0.02, -1: both are above"},
    {CO_MASS, "world", {1}, "body.mass of body \"world\": it has no mass"},
    {CO_POSITION, "world", {1}, "body.pos of body \"world\": the world does not move"},
    {CO_INERTIA, "link", {1, 1, 3}, "no body has a moment above the sum of the others"},
    {CO_SOLREF, "box", {0.02, -1}, "geom.solref of geom \"box\": 0.02, -1: both are above zero"},
    {CO_SOLIMP, "box", {2, 1, 0.1, 0.5, 2}, "impedances and midpoint are at most 1"},
    {CO_SOLIMP, "box", {1, 1, 0.1, 0.5, 0.5}, "the power at least 1"},
    {CO_CONDIM, "box", {2}, "is 1, 3, 4 or 6, not 2"},
    {CO_CONDIM, "box", {5}, "is 1, 3, 4 or 6, not 5"},
    {CO_GEOM_SIZE, "tip", {0.1, 0.1}, "geom.size of geom \"tip\": this type has 1 size"},
    {CO_GEOM_SIZE, "link", {0.1, 0.1, 0.1}, "this type has 2 sizes"},
    {CO_GEOM_QUAT, "link", {0, 0, 0, 0}, "a quaternion is not zero"},
    {CO_JOINT_RANGE, "free", {0, 1}, "joint.range of joint \"free\": a free joint has no limits"},
    {CO_JOINT_RANGE, "ball", {-1, 1}, "the lower limit of a ball joint is 0"},
    {CO_JOINT_RANGE, "hinge", {1, -1}, "1, -1: the lower limit is below the upper one"},
    {CO_LOCK, "free", {1}, "joint.lock of joint \"free\": only hinges and slides can be locked"},
    {CO_LOCK, "ball", {1}, "only hinges and slides"},
    {CO_REMOVE, "world", {1}, "body.remove of body \"world\": it is the world"},
    {CO_LIMB_LENGTH, "world", {2}, "it is the world"},
    {CO_GEAR, "wrench", {1}, "actuator.gear of actuator \"wrench\": it drives several components"},
    {CO_GEAR, "pid", {2}, "actuator.gear of actuator \"pid\": its controller has a law of its own"},
    {CO_TARGET, "motor", {2}, "is neither a position nor a velocity servo"},
    {CO_KP, "motor", {1}, "actuator.kp of actuator \"motor\": is no position servo"},
    {CO_KP, "speed", {1}, "is no position servo"},
    {CO_KV, "motor", {1}, "is neither a position nor a velocity servo"},
    {CO_KV, "speed", {0}, "is above 0 for a velocity servo"},
    {CO_FORCE_RANGE, "motor", {1, 1}, "1, 1: the lowest is below the highest"},
    {CO_CTRL_RANGE, "motor", {1, -1}, "1, -1: the lowest is below the highest"},
};

// Refused, and nothing has changed.
START_TEST(test_errors) {
  co_model *model = test_model(kRobot), *other = test_model(kRobot);
  ck_fails(test_put(model, kErrors[_i].id, kErrors[_i].element, kErrors[_i].value), CO_CONFIG,
           kErrors[_i].part);
  ck_ok(model->engine->compile(model));
  test_same_model(test_mj(model), test_mj(other));
  co_model_free(model);
  co_model_free(other);
}
END_TEST

// Mass scales the inertia, and an inertia that is given stays: in either order.
START_TEST(test_mass_and_inertia) {
  const double mass = 3, inertia[] = {0.3, 0.2, 0.4};
  co_model *a = test_model(kRobot), *b = test_model(kRobot);
  double before[3], after[3], was;
  test_get(a, CO_INERTIA, "box", before);
  test_get(a, CO_MASS, "box", &was);
  ck_ok(test_put(a, CO_MASS, "box", &mass));
  test_get(a, CO_INERTIA, "box", after);
  for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(after[k], before[k] * mass / was, 1e-12);
  ck_ok(test_put(a, CO_INERTIA, "box", inertia));
  ck_ok(test_put(b, CO_INERTIA, "box", inertia));
  ck_ok(test_put(b, CO_MASS, "box", &mass));
  test_same_model(test_mj(a), test_mj(b));
  co_model_free(a);
  co_model_free(b);
}
END_TEST

// ---- the force law of an actuator

// Force of each actuator at the joint it drives, of the slide unless it is the motor's.
static double torque_of(const co_model *model, const char *actuator, double ctrl, double q,
                        double qd) {
  co_physics *row = NULL;
  const mjModel *m = test_mj(model);
  int id = co_model_find(model, CO_ACTUATOR, actuator), joint = m->actuator_trnid[2 * id];
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->reset(row));
  row->qpos[m->jnt_qposadr[joint]] = q;
  row->qvel[m->jnt_dofadr[joint]] = qd;
  row->ctrl[id] = ctrl;
  ck_ok(model->engine->forward(row));
  double torque = row->field[CO_ACTUATOR_FORCE][id] * m->actuator_gear[6 * id];
  co_physics_free(row);
  return torque;
}

static const char *const kLaws[] = {"motor", "servo", "byte", "damper", "speed"};

// The gear scales torques, whatever the law looks at; 0 is a limp actuator.
START_TEST(test_gear_is_torque) {
  static const double factors[] = {2, 0.3, -1, 0, 1e-300};
  const char *name = kLaws[_i];
  for (int k = 0; k < 5; k++) {
    co_model *model = test_model(kRobot), *other = test_model(kRobot);
    double gear;
    test_get(model, CO_GEAR, name, &gear);
    gear *= factors[k];
    ck_ok(test_put(model, CO_GEAR, name, &gear));
    for (int i = 0; i < 8; i++) {
      double ctrl = i & 1 ? 0.7 : 0.2, q = i & 2 ? 0.4 : 0, qd = i & 4 ? -0.3 : 0;
      double nominal = torque_of(other, name, ctrl, q, qd);
      ck_assert_double_eq_tol(torque_of(model, name, ctrl, q, qd), factors[k] * nominal, 1e-12);
    }
    co_model_free(model);
    co_model_free(other);
  }
}
END_TEST

// The gear of a thruster or of a ball joint is the one of its components that acts.
START_TEST(test_gear_of_a_component) {
  co_model *model = test_model(
      "<mujoco><worldbody><body><joint type='ball' name='ball'/><geom size='.1'/><site name='eye'/>"
      "</body></worldbody><actuator><motor name='lift' site='eye' gear='0 0 3 0 0 0'/>"
      "<motor name='turn' joint='ball' gear='0 2 0'/><motor name='both' joint='ball' gear='0 2 1'/>"
      "</actuator></mujoco>");
  double gear, half = 1.5, one = 1;
  test_get(model, CO_GEAR, "lift", &gear);
  ck_assert_double_eq(gear, 3);
  test_get(model, CO_GEAR, "turn", &gear);
  ck_assert_double_eq(gear, 2);
  ck_ok(test_put(model, CO_GEAR, "lift", &half));
  ck_ok(test_put(model, CO_GEAR, "turn", &one));
  const double *now = test_mj(model)->actuator_gear;
  const double want[] = {0, 0, 1.5, 0, 0, 0, 0, 1, 0};
  for (int i = 0; i < 9; i++) ck_assert_double_eq(now[i], want[i]);
  ck_fails(test_put(model, CO_GEAR, "both", &half), CO_CONFIG, "it drives several components");
  co_model_free(model);
}
END_TEST

// What a servo goes to, at the same stiffness.
START_TEST(test_target) {
  const char *name = kLaws[1 + _i];
  const double target = -1.5;
  co_model *model = test_model(kRobot), *other = test_model(kRobot);
  ck_ok(test_put(model, CO_TARGET, name, &target));
  ck_assert_double_eq_tol(torque_of(model, name, 0.4, 0.2, 0.1),
                          torque_of(other, name, target * 0.4, 0.2, 0.1), 1e-12);
  co_model_free(model);
  co_model_free(other);
}
END_TEST

// All four numbers of a law, in any order and however often, in models and rows.
START_TEST(test_law_has_no_order) {
  static const co_parameter_id id[] = {CO_GEAR, CO_TARGET, CO_KP, CO_KV};
  static const double value[] = {0.3, 0.7, 21, 1.7};
  static const int order[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
  co_model *first = test_model(kRobot), *plain = test_model(kRobot);
  int servo = test_element(first, CO_KP, "servo");
  for (int i = 0; i < 4; i++) ck_ok(test_put(first, id[i], "servo", &value[i]));
  const mjModel *m = test_mj(first);
  ck_assert_double_eq(m->actuator_gainprm[mjNGAIN * servo], 21 * 0.7);
  ck_assert_double_eq(m->actuator_biasprm[mjNBIAS * servo + 1], -21 / 0.3);
  ck_assert_double_eq(m->actuator_biasprm[mjNBIAS * servo + 2], -1.7 / 0.3);
  ck_ok(first->engine->compile(first));
  m = test_mj(first);
  for (int k = 0; k < 3; k++) {
    co_model *model = test_model(kRobot);
    co_physics *row = NULL;
    ck_ok(co_physics_create(plain, &row));
    for (int i = 0; i < 4; i++) ck_ok(plain->engine->own(row, id[i]));
    for (int i = 0; i < 8; i++) {
      int j = order[k][i % 4];
      double other = value[j] * (i < 4 ? 1.1 : 1);
      ck_ok(test_put(model, id[j], "servo", &other));
      ck_ok(plain->engine->put_row(row, id[j], servo, &other));
    }
    test_same_model(test_mj(model), m);
    const mjModel *seen = ((co_mujoco_row *)row)->mj;
    ck_assert_mem_eq(seen->actuator_gainprm, m->actuator_gainprm,
                     (size_t)(m->nactuator * mjNGAIN) * sizeof(double));
    ck_assert_mem_eq(seen->actuator_biasprm, m->actuator_biasprm,
                     (size_t)(m->nactuator * mjNBIAS) * sizeof(double));
    ck_assert_mem_eq(seen->actuator_gear, m->actuator_gear, (size_t)m->nout * 6 * sizeof(double));
    co_physics_free(row);
    co_model_free(model);
  }
  co_model_free(first);
  co_model_free(plain);
}
END_TEST

// A muscle over a tendon, and one of a joint; %s is the gear and a length range.
static char *muscles(char out[1024], double gear, const char *range) {
  snprintf(out, 1024,
           "<mujoco><option gravity='0 0 0'/><worldbody><site name='s0' pos='0 0 1.3'/>"
           "<body name='arm' pos='0 0 1'><joint name='j' axis='0 1 0' range='-57 57' damping='.5'/>"
           "<geom type='capsule' fromto='0 0 0 .3 0 0' size='.02' mass='1'/>"
           "<site name='s1' pos='.15 0 0'/></body></worldbody>"
           "<tendon><spatial name='t'><site site='s0'/><site site='s1'/></spatial></tendon>"
           "<actuator><motor name='first' joint='j'/><muscle name='m' tendon='t' gear='%.17g' %s/>"
           "<muscle name='n' joint='j' gear='%.17g' %s/></actuator></mujoco>",
           gear, range, gear, range);
  return out;
}

// As the edited and compiled model: a length range that is given stays, one that the compiler
// finds follows.
START_TEST(test_gear_of_muscles) {
  static const char *const range[] = {"", "lengthrange='.1 .45'"};
  static const double factors[] = {0.5, 2, -1};
  for (int k = 0; k < 6; k++) {
    char text[1024];
    double gear = factors[k / 2], back = 1;
    co_model *model = test_model(muscles(text, 1, range[k % 2]));
    co_model *wanted = test_model(muscles(text, gear, range[k % 2]));
    co_model *plain = test_model(muscles(text, 1, range[k % 2]));
    ck_ok(test_put(model, CO_GEAR, "m", &gear));
    ck_ok(test_put(model, CO_GEAR, "n", &gear));
    test_same_model(test_mj(model), test_mj(wanted));
    co_physics *row = NULL;
    ck_ok(co_physics_create(plain, &row));
    ck_ok(plain->engine->own(row, CO_GEAR));
    for (int i = 1; i < 3; i++) ck_ok(plain->engine->put_row(row, CO_GEAR, i, &gear));
    const mjModel *seen = ((co_mujoco_row *)row)->mj, *compiled = test_mj(wanted);
    for (int i = 0; i < 6; i++) {  // the compiler finds a range by trying
      ck_assert_double_eq_tol(seen->actuator_lengthrange[i], compiled->actuator_lengthrange[i],
                              1e-4);
    }
    ck_ok(test_put(model, CO_GEAR, "m", &back));
    ck_ok(test_put(model, CO_GEAR, "n", &back));
    test_same_model(test_mj(model), test_mj(plain));
    co_physics_free(row);
    co_model_free(model);
    co_model_free(wanted);
    co_model_free(plain);
  }
}
END_TEST

// Without a gear there are no lengths: nothing is compiled, and nothing acts.
START_TEST(test_limp_muscle) {
  char text[1024];
  const double none = 0, half = 0.5;
  co_model *model = test_model(muscles(text, 1, "")), *wanted = test_model(muscles(text, 0.5, ""));
  co_physics *row = NULL;
  ck_ok(test_put(model, CO_GEAR, "m", &none));
  ck_ok(test_put(model, CO_GEAR, "n", &none));
  ck_ok(model->engine->compile(model));
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->reset(row));
  row->ctrl[1] = row->ctrl[2] = 1;
  ck_ok(co_physics_step(row, 50));
  ck_assert_double_eq(row->qpos[0], 0);
  ck_assert(!model->engine->fault(row));
  co_physics_free(row);
  ck_ok(test_put(model, CO_GEAR, "m", &half));
  ck_ok(test_put(model, CO_GEAR, "n", &half));
  test_same_model(test_mj(model), test_mj(wanted));
  co_model_free(model);
  co_model_free(wanted);
}
END_TEST

// The gripper of a well-known hand: 0..255 closes a tendon. Stiffness and force per unit of control
// go together, so that the same control asks for the same length.
START_TEST(test_gripper) {
  static const char gripper[] =
      "<mujoco><worldbody><body><joint name='left' type='slide'/><geom size='.1'/></body>"
      "<body pos='1 0 0'><joint name='right' type='slide'/><geom size='.1'/></body></worldbody>"
      "<tendon><fixed name='split'><joint joint='left' coef='.5'/>"
      "<joint joint='right' coef='.5'/></fixed></tendon><actuator>"
      "<general name='grip' tendon='split' ctrlrange='0 255' gainprm='0.3137' biastype='affine' "
      "biasprm='0 -100 -10'/></actuator></mujoco>";
  co_model *model = test_model(gripper);
  double value = NAN;
  test_get(model, CO_KP, "grip", &value);
  ck_assert_double_eq(value, 100);
  ck_ok(test_put(model, CO_KP, "grip", (double[]){250}));
  test_get(model, CO_KP, "grip", &value);
  ck_assert_double_eq(value, 250);
  const mjModel *mj = test_mj(model);
  ck_assert_double_eq_tol(mj->actuator_gainprm[0], 0.3137 * 2.5, 1e-15);
  ck_assert_double_eq(mj->actuator_biasprm[1], -250);
  ck_assert_double_eq(mj->actuator_biasprm[2], -10);
  ck_ok(test_put(model, CO_KV, "grip", (double[]){4}));
  ck_assert_double_eq(mj->actuator_biasprm[2], -4);
  co_model_free(model);
}
END_TEST

// A thousand other numbers, then the same as at once.
START_TEST(test_no_drift) {
  static const put_case last[] = {{CO_MASS, "link", {3}},
                                  {CO_COM, "link", {0.1, 0, 0}},
                                  {CO_ARMATURE, "slide", {0.1}},
                                  {CO_GEAR, "motor", {-3}},
                                  {CO_FRICTION, "box", {0.5, 0.1, 0.2}}};
  co_model *model = test_model(kRobot), *once = test_model(kRobot);
  for (int round = 0; round < 1000; round++) {
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
      double value[CO_PARAMETER_WIDTH];
      memcpy(value, last[i].value, sizeof value);
      *value *= 1 + 0.001 * (999 - round);
      int element = test_element(model, last[i].id, last[i].element);
      ck_ok(model->engine->put(model, last[i].id, element, value));
      if (round == 999) ck_ok(once->engine->put(once, last[i].id, element, value));
    }
    ck_ok(model->engine->settle(model));
  }
  ck_ok(once->engine->settle(once));
  test_same_model(test_mj(model), test_mj(once));
  ck_assert_int_le(((co_mujoco_model *)model)->num_edits, 5);
  co_model_free(model);
  co_model_free(once);
}
END_TEST

// The centre of mass of a body that the compiler has taken a short cut for: a model is compiled
// anew, a row says what is to be done.
START_TEST(test_simple_body) {
  const double moved[] = {0.02, 0, 0};
  co_model *model = test_model(kRobot), *other = test_model(kRobot);
  co_physics *row = NULL;
  int puck = co_model_find(model, CO_BODY, "puck");
  ck_ok(co_physics_create(other, &row));
  ck_ok(other->engine->own(row, CO_COM));
  ck_fails(other->engine->put_row(row, CO_COM, puck, moved), CO_CONFIG,
           "body.com of body \"puck\": its body is compiled as a simple one; simple=\"false\"");
  ck_assert_int_gt(test_mj(model)->body_simple[puck], 0);
  ck_ok(test_put(model, CO_COM, "puck", moved));
  ck_assert_int_eq(test_mj(model)->body_simple[puck], 0);
  co_physics_free(row);
  co_model_free(model);
  co_model_free(other);
}
END_TEST

// ---- the ends of the legal ranges

static const char *const kCorners[] = {"hopper", "ant", "pusher"};

// tests/bench/corners.py asks for many more.
static int corner_steps(void) {
  const char *asked = getenv("CARRYOVER_CORNER_STEPS");
  return asked ? atoi(asked) : TEST_SANITIZED ? 300 : 2000;
}

// Random controls until a fault or to the end: states are finite until then.
static void play(const co_model *model, int steps) {
  co_physics *row = NULL;
  co_rng rng = co_rng_make(&(co_stream){7, 0, CO_PURPOSE_TEST}, 0);
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->reset(row));
  for (int i = 0; i < steps; i++) {
    for (int k = 0; k < test_mj(model)->nu; k++) row->ctrl[k] = 2 * co_rng_uniform(&rng) - 1;
    if (co_physics_step(row, 1) != CO_OK || model->engine->fault(row)) break;
    for (int k = 0; k < test_mj(model)->nq; k++) ck_assert(isfinite(row->qpos[k]));
  }
  co_physics_free(row);
}

START_TEST(test_corners) {
  const char *name = kCorners[_i / CO_NUM_PARAMETERS];
  const co_parameter_id id = (co_parameter_id)(_i % CO_NUM_PARAMETERS);
  if (!co_engine_mujoco.has(id)) return;
  const co_parameter *about = &co_parameters[id];
  for (int high = 0; high < 2; high++) {
    co_model *model = test_model_file(name);
    int element = elements_of(model, id) - 1;
    double value[CO_PARAMETER_WIDTH];
    model->engine->get(model, id, element, value);
    for (int k = 0; k < about->least; k++) value[k] = high ? about->max : about->min;
    if (about->least == 2) value[0] = about->min;  // a range
    co_status status = model->engine->put(model, id, element, value);
    if (status == CO_OK && co_parameter_is(id, CO_BY_COMPILER)) {
      status = model->engine->compile(model);
    }
    if (status == CO_OK) status = model->engine->settle(model);
    if (status == CO_OK) play(model, corner_steps());
    co_model_free(model);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("parameters");
  TCase *tcase = tcase_create("parameters");
  tcase_set_timeout(tcase, 60 + corner_steps() / 200);
  tcase_add_loop_test(tcase, test_values_come_back, 0, PUTS);
  tcase_add_test(tcase, test_every_parameter_is_put);
  tcase_add_test(tcase, test_seam_follows);
  tcase_add_test(tcase, test_all_degrees_of_freedom);
  tcase_add_loop_test(tcase, test_errors, 0, (int)(sizeof kErrors / sizeof *kErrors));
  tcase_add_test(tcase, test_mass_and_inertia);
  tcase_add_loop_test(tcase, test_gear_is_torque, 0, (int)(sizeof kLaws / sizeof *kLaws));
  tcase_add_test(tcase, test_gear_of_a_component);
  tcase_add_loop_test(tcase, test_target, 0, 2);
  tcase_add_test(tcase, test_law_has_no_order);
  tcase_add_test(tcase, test_gear_of_muscles);
  tcase_add_test(tcase, test_limp_muscle);
  tcase_add_test(tcase, test_gripper);
  tcase_add_test(tcase, test_no_drift);
  tcase_add_test(tcase, test_simple_body);
  tcase_add_loop_test(tcase, test_corners, 0,
                      CO_NUM_PARAMETERS * (int)(sizeof kCorners / sizeof *kCorners));
  suite_add_tcase(suite, tcase);
  return suite;
}
