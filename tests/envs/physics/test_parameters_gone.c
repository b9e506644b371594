// Locked joints and removed bodies: what stays is where it was, what goes keeps its place.

#include "tests/envs/models.h"

// ---- locks

#define CHAIN                                                                                    \
  "<mujoco><worldbody><body name='root' pos='.1 .2 1' euler='10 20 30'>"                         \
  "<joint name='x' type='slide' axis='1 1 0' ref='.3'/><joint name='y' axis='0 1 0' "            \
  "pos='.1 0 .2'/><joint name='z' axis='1 0 1' pos='0 .1 0'/><joint name='w' type='slide' "      \
  "axis='0 1 1'/><geom size='.1'/><body name='next' pos='0 0 .4'><joint name='n' axis='1 0 0'/>" \
  "<geom name='end' size='.1' pos='.1 .2 .3'/></body></body></worldbody></mujoco>"

// Places of all geoms with the joints at q; locked joints are skipped in the locked model.
static void pose(const co_model *model, const double *q, double *out) {
  const mjModel *m = test_mj(model);
  mjData *data = mj_makeData(m);
  for (int i = 0; i < model->nq; i++) {
    int at = co_model_at(model, CO_QPOS, i);
    if (at >= 0) data->qpos[at] = q[i];
  }
  mj_kinematics(m, data);
  memcpy(out, data->geom_xpos, 6 * sizeof *out);
  memcpy(out + 6, data->geom_xmat, 18 * sizeof *out);
  mj_deleteData(data);
}

// Any joints locked: the body is where it would be with the joint held there.
START_TEST(test_locked_joints_hold) {
  static const char *const names[] = {"x", "y", "z", "w", "n"};
  const double q[] = {0.5, 0.4, -0.7, 0.2, 0.9};
  double held[24], locked[24];
  co_model *model = test_model(CHAIN);
  pose(model, q, held);
  for (int k = 0; k < 5; k++) {
    int order = (k * 2 + _i) % 5;  // not that of the chain
    if (!((_i >> order) & 1)) continue;
    ck_ok(model->engine->put(model, CO_LOCK, order, &q[order]));
  }
  ck_ok(model->engine->compile(model));
  pose(model, q, locked);
  for (int k = 0; k < 24; k++) ck_assert_double_eq_tol(locked[k], held[k], 1e-12);
  for (int k = 0; k < 5; k++) {
    int at = co_model_at(model, CO_JOINT, k);
    ck_assert_int_eq(at < 0, (_i >> k) & 1);
    ck_assert_str_eq(model->elements[CO_JOINT].name[k], names[k]);
    if (at >= 0) ck_assert_str_eq(mj_id2name(test_mj(model), mjOBJ_JOINT, at), names[k]);
  }
  co_model_free(model);
}
END_TEST

START_TEST(test_locked_joint_is_gone) {
  double value;
  co_model *model = test_model_file("hopper");
  test_get(model, CO_LOCK, "leg_joint", &value);
  ck_assert(isnan(value));
  ck_ok(test_put(model, CO_LOCK, "leg_joint", (const double[]){-0.3}));
  test_get(model, CO_LOCK, "leg_joint", &value);
  ck_assert_double_eq(value, -0.3);
  const mjModel *m = test_mj(model);
  ck_assert_int_eq(m->nv, 5);
  ck_assert_int_eq(m->nu, 2);
  ck_assert_int_eq(model->nv, 6);
  ck_assert_int_eq(model->elements[CO_CTRL].count, 3);
  ck_assert_int_eq(co_model_at(model, CO_CTRL, 1), -1);
  ck_assert_int_eq(co_model_at(model, CO_CTRL, 2), 1);
  ck_assert_int_eq(co_model_at(model, CO_QVEL, 5), 4);
  ck_fails(test_put(model, CO_DAMPING, "leg_joint", (const double[]){2, 0, 0}), CO_CONFIG,
           "joint.damping of joint \"leg_joint\": it was locked or removed");
  ck_fails(test_put(model, CO_GEAR, "leg_joint", (const double[]){2}), CO_CONFIG, "removed");
  ck_fails(test_put(model, CO_POSITION, "leg", (const double[]){0, 0, 0}), CO_CONFIG,
           "body.pos of body \"leg\": a locked joint places it");
  double damping[3];
  test_get(model, CO_DAMPING, "leg_joint", damping);
  ck_assert_double_eq(damping[0], 1);
  co_model_free(model);
}
END_TEST

// Inside frames: what is locked leaves them, and nothing else moves.
START_TEST(test_locked_in_a_frame) {
  static const char text[] =
      "<mujoco><worldbody><frame pos='.1 .2 1' euler='10 20 30'><body name='a' pos='.3 0 0'>"
      "<frame pos='0 .1 0' euler='0 40 0'><joint name='x' axis='0 1 0' pos='.1 0 0'/>"
      "<geom size='.1' pos='.2 0 0'/><body name='b' pos='0 0 .4' euler='20 0 0'>"
      "<joint name='y' axis='1 0 0' pos='0 .1 0'/><geom size='.1' pos='0 0 .2'/></body></frame>"
      "</body></frame></worldbody></mujoco>";
  const double q[] = {0.7, -0.4};
  double held[24], locked[24];
  co_model *model = test_model(text);
  pose(model, q, held);
  ck_ok(test_put(model, CO_LOCK, _i ? "y" : "x", &q[_i]));
  ck_assert_int_eq(test_mj(model)->nv, 1);
  pose(model, q, locked);
  for (int k = 0; k < 24; k++) ck_assert_double_eq_tol(locked[k], held[k], 1e-12);
  co_model_free(model);
}
END_TEST

// ---- tendons

#define TENDON(rest)                                                                               \
  "<mujoco><worldbody><body name='a'><joint name='x' axis='0 1 0'/><geom size='.1' pos='.1 0 0'/>" \
  "<body name='b' pos='0 0 .4'><joint name='y' axis='0 1 0' ref='.2'/><geom size='.1' "            \
  "pos='.1 0 0'/><body name='c' pos='0 0 .4'><joint name='z' axis='0 1 0'/>"                       \
  "<geom size='.1' pos='.1 0 0'/></body></body></body></worldbody><tendon>"                        \
  "<fixed name='first'><joint joint='z' coef='1'/></fixed><fixed name='t' range='-1 1.5' "         \
  "limited='true' stiffness='30' springlength='.1 .3' damping='2'><joint joint='x' coef='2'/>"     \
  "<joint joint='y' coef='-1.5'/><joint joint='z' coef='3'/></fixed><fixed name='last'>"           \
  "<joint joint='y' coef='1'/></fixed></tendon><actuator><motor name='y' joint='y'/>"              \
  "<position name='p' tendon='t' kp='10' dampratio='1' gear='2' inheritrange='1'/>"                \
  "<motor name='m' tendon='t'/><general name='g' tendon='t' gaintype='affine' gainprm='1 2 3' "    \
  "biastype='affine' biasprm='4 5 6'/><motor name='last' tendon='last'/>%s</actuator>" rest        \
  "</mujoco>"

static co_model *tendons(const char *actuator, const char *format) {
  char text[3000];
  snprintf(text, sizeof text, format, actuator);
  return test_model(text);
}

// Forces on the joint `z` at a state, with controls of all actuators.
static void forces(const co_model *model, const double *q, double *out) {
  const mjModel *m = test_mj(model);
  mjData *data = mj_makeData(m);
  for (int i = 0; i < model->nq; i++) {
    int at = co_model_at(model, CO_QPOS, i);
    if (at < 0) continue;
    data->qpos[at] = q[i];
    data->qvel[at] = model->elements[CO_QPOS].name[i][0] == 'y' ? 0.0 : 0.5 + i;
  }
  for (int i = 0; i < model->nu; i++) {
    int at = co_model_at(model, CO_CTRL, i);
    if (at >= 0) data->ctrl[at] = 0.3 + 0.1 * i;
  }
  mj_forward(m, data);
  int z = co_model_at(model, CO_QVEL, co_model_find(model, CO_QVEL, "z"));
  out[0] = data->qfrc_actuator[z];
  out[1] = data->qfrc_passive[z];
  out[2] = data->nefc;
  for (int i = 0; i < data->nefc; i++) out[2] += data->efc_pos[i];
  mj_deleteData(data);
}

// A tendon over a joint that is locked acts as if the joint were held there.
START_TEST(test_tendon_over_a_locked_joint) {
  static const double states[][3] = {{0.1, 0.8, 0.2}, {0.9, -0.5, 0.7}, {-0.6, 0.3, -0.4}};
  double held[3], locked[3];
  const double *q = states[_i];
  co_model *model = tendons("", TENDON(""));
  forces(model, q, held);
  ck_ok(test_put(model, CO_LOCK, "y", &q[1]));
  const mjModel *m = test_mj(model);
  ck_assert_int_eq(m->ntendon, 2);  // the one over y alone is gone
  ck_assert_int_eq(m->nu, 3);
  ck_assert_int_eq(co_model_at(model, CO_CTRL, co_model_find(model, CO_CTRL, "last")), -1);
  forces(model, q, locked);
  for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(locked[k], held[k], 1e-9);
  ck_assert_double_ne(held[1], 0);
  int p = co_model_at(model, CO_CTRL, co_model_find(model, CO_CTRL, "p"));
  ck_assert_double_eq(m->actuator_ctrlrange[2 * p], -1);  // as the nominal model resolved it
  co_model_free(model);
}
END_TEST

START_TEST(test_tendon_that_cannot_lose_a_joint) {
  static const char *const why[] = {"a sensor reads its length", "an equality constraint",
                                    "is no line over its length"};
  co_model *model = _i == 0   ? tendons("", TENDON("<sensor><tendonpos tendon='t'/></sensor>"))
                    : _i == 1 ? tendons("", TENDON("<equality><tendon tendon1='t'/></equality>"))
                              : tendons(
                                    "<dcmotor tendon='t' motorconst='1 1' resistance='1' "
                                    "input='pos' controller='1 0 0 0 0 0'/>",
                                    TENDON(""));
  ck_fails(test_put(model, CO_LOCK, "x", (const double[]){0.5}), CO_CONFIG, why[_i]);
  ck_fails(test_put(model, CO_LOCK, "x", (const double[]){0.5}), CO_CONFIG,
           "tendon \"t\" loses a locked joint, and");
  co_model_free(model);
}
END_TEST

// The joint that is left is held where the equality has it.
START_TEST(test_equality_of_a_locked_joint) {
  static const struct {
    const char *poly, *lock, *free;
    double at, x;  // positions
  } cases[] = {{"0.1 2 0 -1 3", "y", "x", 0.7, 0.3 + 0.1 + 2 * 0.5 - 0.125 + 3 * 0.0625},
               {"0.1 -1", "x", "y", 0.7, 0.2 - (0.7 - 0.3 - 0.1)},
               {"0 1", "x", "y", -0.4, 0.2 - 0.7}};
  char text[900];
  snprintf(text, sizeof text,
           "<mujoco><compiler angle='radian'/><worldbody><body><joint name='x' axis='0 1 0' "
           "ref='.3'/><geom size='.1'/></body>"
           "<body pos='1 0 0'><joint name='y' axis='0 1 0' ref='.2'/><geom size='.1'/></body>"
           "</worldbody><equality><joint joint1='x' joint2='y' polycoef='%s'/></equality></mujoco>",
           cases[_i].poly);
  co_model *model = test_model(text);
  ck_ok(test_put(model, CO_LOCK, cases[_i].lock, &cases[_i].at));
  const mjModel *m = test_mj(model);
  ck_assert_int_eq(m->neq, 1);
  mjData *data = mj_makeData(m);
  data->qpos[0] = cases[_i].x;
  mj_forward(m, data);
  ck_assert_int_eq(data->nefc, 1);
  ck_assert_double_eq_tol(data->efc_pos[0], 0, 1e-12);
  mj_deleteData(data);
  ck_assert_str_eq(mj_id2name(m, mjOBJ_JOINT, 0), cases[_i].free);
  ck_ok(test_put(model, CO_LOCK, cases[_i].free, &cases[_i].x));
  ck_assert_int_eq(test_mj(model)->neq, 0);
  co_model_free(model);
}
END_TEST

// ---- removal

#define HAND                                                                                      \
  "<mujoco><worldbody><geom name='floor' type='plane' size='1 1 1'/>"                             \
  "<body name='arm'><joint name='arm'/><geom name='arm' size='.1'/><site name='wrist'/>"          \
  "<body name='hand'><joint name='hand' axis='1 0 0'/><geom name='hand' size='.1'/>"              \
  "<site name='palm'/><body name='tip'><geom name='tip' size='.1'/></body></body></body>"         \
  "<body name='leg'><joint name='leg'/><geom name='leg' size='.1'/><site name='toe'/></body>"     \
  "<body name='mark' mocap='true' pos='1 2 3'/></worldbody>"                                      \
  "<contact><exclude body1='hand' body2='leg'/></contact>"                                        \
  "<tendon><fixed name='bend'><joint joint='hand' coef='1'/></fixed>%s</tendon>"                  \
  "<actuator><motor name='arm' joint='arm'/><motor name='bend' tendon='bend'/>"                   \
  "<motor name='palm' site='palm' gear='1 0 0 0 0 0'/><motor name='leg' joint='leg'/></actuator>" \
  "<sensor><gyro name='palm' site='palm'/><jointpos name='hand' joint='hand'/>"                   \
  "<gyro name='toe' site='toe'/><actuatorfrc name='leg' actuator='leg'/></sensor>"                \
  "<equality>%s</equality><keyframe><key name='k' qpos='0 0 0'/></keyframe></mujoco>"

static co_model *hand(const char *tendon, const char *equality) {
  char text[2500];
  snprintf(text, sizeof text, HAND, tendon, equality);
  return test_model(text);
}

START_TEST(test_removed_body) {
  static const struct {
    co_element kind;
    int index, at;
  } places[] = {
      {CO_BODY, 1, 1},      {CO_BODY, 2, -1},     {CO_BODY, 3, -1},     {CO_BODY, 4, 2},
      {CO_GEOM, 2, -1},     {CO_GEOM, 4, 2},      {CO_JOINT, 1, -1},    {CO_JOINT, 2, 1},
      {CO_SITE, 1, -1},     {CO_SITE, 2, 1},      {CO_ACTUATOR, 1, -1}, {CO_ACTUATOR, 2, -1},
      {CO_ACTUATOR, 3, 1},  {CO_QPOS, 2, 1},      {CO_QVEL, 1, -1},     {CO_CTRL, 3, 1},
      {CO_BODY_POS, 7, -1}, {CO_BODY_POS, 13, 7}, {CO_SENSOR, 3, -1},   {CO_SENSOR, 4, 0},
      {CO_SENSOR, 7, 3},    {CO_MOCAP_POS, 2, 2}, {CO_SITE_POS, 6, 3},  {CO_JOINT_TORQUE, 2, 1},
  };
  co_model *model = hand("", "<weld body1='hand' body2='leg'/>");
  ck_ok(test_put(model, CO_REMOVE, "hand", (const double[]){1}));
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    int at = co_model_at(model, places[i].kind, places[i].index);
    ck_assert_msg(at == places[i].at, "%s %d is at %d, not %d", co_element_name(places[i].kind),
                  places[i].index, at, places[i].at);
  }
  const mjModel *m = test_mj(model);
  ck_assert_int_eq(m->nsensordata, 4);
  ck_assert_int_eq(m->neq + m->ntendon + m->nkey + m->nexclude, 0);
  ck_assert_int_eq(model->elements[CO_SENSOR].count, 8);
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(co_physics_step(row, 10));
  double twist[6] = {1};
  model->engine->object_velocity(row, CO_BODY, 3, true, twist);
  ck_assert_double_eq(twist[0], 0.0);
  co_physics_free(row);
  ck_ok(test_put(model, CO_REMOVE, "hand", (const double[]){0}));  // it comes back
  ck_assert_int_eq(test_mj(model)->nsensordata, 8);
  ck_assert_ptr_null(model->elements[CO_BODY].at);
  co_model_free(model);
}
END_TEST

START_TEST(test_what_would_lose_a_part) {
  co_model *tendon = hand(
      "<fixed name='both'><joint joint='hand' coef='1'/>"
      "<joint joint='leg' coef='1'/></fixed>",
      "");
  ck_fails(test_put(tendon, CO_REMOVE, "hand", (const double[]){1}), CO_CONFIG,
           "tendon \"both\" needs what is removed");
  co_model_free(tendon);
  co_model *equality = hand("", "<joint name='gear' joint1='arm' joint2='leg' polycoef='0 2'/>");
  ck_fails(test_put(equality, CO_LOCK, "arm", (const double[]){1}), CO_CONFIG,
           "equality \"gear\" needs joint \"arm\", which is locked");
  ck_ok(test_put(equality, CO_REMOVE, "leg", (const double[]){1}));
  ck_assert_int_eq(test_mj(equality)->neq, 0);
  co_model_free(equality);
}
END_TEST

// Contacts and friction of pairs speak of the nominal geoms.
START_TEST(test_contacts_after_removal) {
  co_model *model = test_model(
      "<mujoco><worldbody><body name='a' pos='0 0 3'><freejoint/><geom name='a' size='.1'/></body>"
      "<geom name='floor' type='plane' size='1 1 1'/>"
      "<body name='b' pos='0 0 .09'><freejoint/><geom name='b' size='.1' friction='.5'/></body>"
      "</worldbody></mujoco>");
  int floor = co_model_find(model, CO_GEOM, "floor"), b = co_model_find(model, CO_GEOM, "b");
  ck_ok(test_put(model, CO_REMOVE, "a", (const double[]){1}));
  co_physics *row = NULL;
  co_contact contact[4];
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->forward(row));
  ck_assert_int_eq(model->engine->contacts(row, contact, 4), 1);
  ck_assert_int_eq(contact[0].geom[0], floor);
  ck_assert_int_eq(contact[0].geom[1], b);
  co_friction_rule rule;
  ck_assert_double_eq(model->engine->pair_friction(model, floor, b, &rule), 1.0);
  ck_assert_int_eq(rule, CO_FRICTION_LARGER);
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

// An explicit pair goes with its geoms, and the others stay what they are.
START_TEST(test_pairs_go) {
  co_model *model = test_model(
      "<mujoco><worldbody><geom name='floor' type='plane' size='1 1 1'/>"
      "<body name='a' pos='0 0 3'><freejoint/><geom name='a' size='.1'/></body>"
      "<body name='b' pos='2 0 .09'><freejoint/><geom name='b' size='.1'/></body></worldbody>"
      "<contact><pair geom1='floor' geom2='a' friction='.1 .1'/><pair geom1='floor' geom2='b' "
      "friction='.2 .2'/></contact></mujoco>");
  double value[5];
  int gone = test_element(model, CO_PAIR_FRICTION, "floor/a");
  ck_ok(test_put(model, CO_REMOVE, "a", (const double[]){1}));
  ck_assert_int_eq(test_mj(model)->npair, 1);
  ck_assert_int_eq(co_model_at(model, CO_PAIR, gone), -1);
  test_get(model, CO_PAIR_FRICTION, "floor/a", value);
  ck_assert_double_eq(value[0], 0.1);  // the nominal one
  test_get(model, CO_PAIR_FRICTION, "floor/b", value);
  ck_assert_double_eq(value[0], 0.2);
  value[0] = 0.7;
  ck_ok(test_put(model, CO_PAIR_FRICTION, "floor/b", value));
  ck_assert_double_eq(test_mj(model)->pair_friction[0], 0.7);
  ck_fails(test_put(model, CO_PAIR_FRICTION, "floor/a", value), CO_CONFIG,
           "pair.friction of pair \"#0\": it was locked or removed");
  co_model_free(model);
}
END_TEST

START_TEST(test_state_of_compiled_size) {
  co_model *model = test_model_file("hopper");
  size_t before = model->engine->state_size(model);
  ck_ok(test_put(model, CO_REMOVE, "foot", (const double[]){1}));
  ck_assert_uint_lt(model->engine->state_size(model), before);
  co_physics *a = NULL, *b = NULL;
  ck_ok(co_physics_create(model, &a));
  ck_ok(co_physics_create(model, &b));
  ck_ok(co_physics_step(a, 50));
  unsigned char *bytes = malloc(model->engine->state_size(model));
  model->engine->save(a, bytes);
  model->engine->restore(b, bytes);
  ck_ok(co_physics_step(a, 50));
  ck_ok(co_physics_step(b, 50));
  ck_assert_mem_eq(a->qpos, b->qpos, (size_t)test_mj(model)->nq * sizeof(double));
  free(bytes);
  co_physics_free(a);
  co_physics_free(b);
  co_model_free(model);
}
END_TEST

// Variants that lack other elements are no variants, also when the numbers of elements agree.
START_TEST(test_variants_lack_the_same) {
  co_model *model = test_model_file("half_cheetah"), *same = NULL, *other = NULL;
  co_physics *row = NULL;
  ck_ok(model->engine->copy(model, &same));
  ck_ok(model->engine->copy(model, &other));
  ck_ok(test_put(model, CO_REMOVE, "bfoot", (const double[]){1}));
  ck_ok(test_put(same, CO_REMOVE, "bfoot", (const double[]){1}));
  ck_ok(test_put(same, CO_LIMB_LENGTH, "bshin", (const double[]){1.2}));
  ck_ok(test_put(other, CO_REMOVE, "ffoot", (const double[]){1}));
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->use(row, same));
  ck_fails(model->engine->use(row, other), CO_CONFIG, "the same sizes and elements");
  ck_ok(model->engine->use(row, model));
  ck_ok(model->engine->own(row, CO_DAMPING));
  int gone = co_model_find(model, CO_JOINT, "bfoot"),
      last = co_model_find(model, CO_JOINT, "ffoot");
  const mjModel *shared = test_mj(model), *seen = ((const co_mujoco_row *)row)->mj;
  ck_ok(model->engine->put_row(row, CO_DAMPING, gone, (const double[]){9, 0, 0}));  // nobody's
  ck_ok(model->engine->put_row(row, CO_DAMPING, last, (const double[]){7, 0, 0}));
  for (int i = 0; i + 1 < shared->nv; i++) {
    ck_assert_double_eq(seen->dof_damping[i], shared->dof_damping[i]);
  }
  ck_assert_double_eq(seen->dof_damping[shared->nv - 1], 7);
  co_physics_free(row);
  co_model_free(model);
  co_model_free(same);
  co_model_free(other);
}
END_TEST

// ---- in worlds

// What is locked reads 0 and takes no action; the rest runs.
START_TEST(test_locked_in_a_world) {
  co_built_world *world = test_world(
      "hopper", "{ parameter = \"joint.lock\"; select = \"leg_joint\"; set = -0.3; }", NULL);
  co_built_world *whole = test_world("hopper", NULL, NULL);
  co_row row = test_row(world, 1);
  co_rng rng = co_rng_make(&(co_stream){3, 0, CO_PURPOSE_TEST}, 0);
  ck_assert_int_eq(world->info.obs_dim, whole->info.obs_dim);
  ck_assert_int_eq(world->info.act_dim, whole->info.act_dim);
  ck_assert_int_gt(world->info.num_missing, 0);
  for (int step = 0; step < 20; step++) {
    double action[8];
    co_row_result result = {0};
    test_random_action(&world->info, &rng, action);
    ck_ok(co_row_step(&row, action, &result));
    for (int i = 0; i < world->info.obs_dim; i++) {
      bool locked = strstr(world->info.obs[i].name, "leg_joint") != NULL;
      if (locked) ck_assert_double_eq(row.obs[i], 0.0);
    }
    ck_assert_double_ne(row.obs[0], 0.0);
  }
  co_row_free(&row);
  co_world_free(world);
  co_world_free(whole);
}
END_TEST

// Locked at other positions per episode: variants of one size.
START_TEST(test_drawn_locks) {
  co_built_world *world = test_world("hopper",
                                     "{ parameter = \"joint.lock\"; select = \"leg_joint\"; "
                                     "set = { uniform = [-0.6, 0.0]; }; }",
                                     NULL);
  co_row row = test_row(world, 1);
  double last = 0.0;
  int found = 0;
  for (int episode = 0; episode < 8; episode++) {
    ck_ok(co_row_reset(&row));
    double foot = row.physics->field[CO_BODY_POS][3 * 4 + 2];
    found += episode > 0 && foot != last;
    last = foot;
  }
  ck_assert_int_gt(found, 4);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("parameters_gone");
  TCase *tcase = tcase_create("parameters_gone");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_locked_joints_hold, 0, 32);
  tcase_add_test(tcase, test_locked_joint_is_gone);
  tcase_add_loop_test(tcase, test_locked_in_a_frame, 0, 2);
  tcase_add_loop_test(tcase, test_equality_of_a_locked_joint, 0, 3);
  tcase_add_loop_test(tcase, test_tendon_over_a_locked_joint, 0, 3);
  tcase_add_loop_test(tcase, test_tendon_that_cannot_lose_a_joint, 0, 3);
  tcase_add_test(tcase, test_removed_body);
  tcase_add_test(tcase, test_what_would_lose_a_part);
  tcase_add_test(tcase, test_contacts_after_removal);
  tcase_add_test(tcase, test_pairs_go);
  tcase_add_test(tcase, test_state_of_compiled_size);
  tcase_add_test(tcase, test_variants_lack_the_same);
  tcase_add_test(tcase, test_locked_in_a_world);
  tcase_add_test(tcase, test_drawn_locks);
  suite_add_tcase(suite, tcase);
  return suite;
}
