// Parameters that need a new compilation: published body shapes, limbs, and models that do not
// compile. What goes is in test_parameters_gone.c.

#include "core/json.h"
#include "tests/envs/models.h"

#include <unistd.h>

// ---- body shapes of other benchmarks

static void numbers_of(const co_json *json, double *out, int count) {
  ck_assert_uint_eq(co_json_count(json), (size_t)count);
  for (int i = 0; i < count; i++) out[i] = co_json_as_number(co_json_at(json, (size_t)i), NAN);
}

// A geom's new shape; what is not said stays.
static void put_shape(co_model *model, const char *name, const co_json *to) {
  int geom = co_model_find(model, CO_GEOM, name);
  double value[CO_PARAMETER_WIDTH];
  ck_assert_msg(geom >= 0, "no geom %s", name);
  model->engine->get(model, CO_GEOM_SIZE, geom, value);
  value[0] = co_json_get_number(to, "radius", value[0]);
  value[1] = co_json_get_number(to, "half_length", value[1]);
  ck_ok(model->engine->put(model, CO_GEOM_SIZE, geom, value));
  if (co_json_get(to, "pos")) {
    numbers_of(co_json_get(to, "pos"), value, 3);
    ck_ok(model->engine->put(model, CO_GEOM_POS, geom, value));
  }
  if (co_json_get(to, "quat")) {
    numbers_of(co_json_get(to, "quat"), value, 4);
    ck_ok(model->engine->put(model, CO_GEOM_QUAT, geom, value));
  }
}

// Shapes first, since the others are fields of what is compiled.
static void put_changes(co_model *model, const co_json *changes, bool shapes) {
  for (size_t i = 0; i < co_json_count(changes); i++) {
    const co_json *change = co_json_at(changes, i), *to = co_json_get(change, "to_v5");
    const char *name = co_json_get_string(change, "name");
    bool shape = strcmp(co_json_get_string(change, "attribute"), "shape") == 0;
    if (!to) to = co_json_get(change, "to");
    if (shape != shapes) continue;
    if (shape) {
      put_shape(model, name, to);
      continue;
    }
    bool body = strcmp(co_json_get_string(change, "element"), "body") == 0;
    double value[3];
    numbers_of(to, value, 3);
    ck_assert_str_eq(co_json_get_string(change, "attribute"), "pos");
    co_parameter_id id = body ? CO_POSITION : CO_JOINT_POS;
    ck_ok(model->engine->put(model, id, test_element(model, id, name), value));
  }
}

static bool mass_agrees(const char *variant, const char *body, double got, double wanted) {
  if (fabs(got - wanted) <= 1e-9 * (1 + wanted)) return true;
  printf("%s: mass of %s is %.15g, not %.15g\n", variant, body, got, wanted);
  return false;
}

static void check_variant(const co_json *task) {
  const char *name = co_json_get_string(task, "name");
  const co_json *compiled = co_json_get(task, "compiled_on_v5");
  co_model *model = test_model_file(co_json_get_string(task, "task"));
  put_changes(model, co_json_get(task, "changes"), true);
  ck_ok(model->engine->compile(model));
  put_changes(model, co_json_get(task, "changes"), false);
  ck_ok(model->engine->settle(model));
  const mjModel *m = test_mj(model);
  const co_json *masses = co_json_get(compiled, "body_mass");
  double total = m->body_subtreemass[0];
  ck_assert(mass_agrees(name, "all", total, co_json_get_number(compiled, "total_mass", NAN)));
  size_t found = 0;
  for (int i = 1; i < m->nbody; i++) {
    const char *body = model->elements[CO_BODY].name[i];
    double wanted = co_json_get_number(masses, body, NAN);
    if (isnan(wanted)) continue;
    found++;
    ck_assert(mass_agrees(name, body, m->body_mass[i], wanted));
  }
  ck_assert_uint_gt(found, 0);
  co_model_free(model);
}

static int check_list(const char *file, const char *list, const char *shift) {
  char path[4200];
  co_json *all = NULL;
  int count = 0;
  snprintf(path, sizeof path, "%s/golden/%s", test_shared(), file);
  ck_ok(co_json_read(path, &all));
  const co_json *tasks = co_json_get(all, list);
  for (size_t i = 0; i < co_json_count(tasks); i++) {
    const co_json *task = co_json_at(tasks, i);
    const char *kind = co_json_get_string(task, "shift");
    if (!co_json_get(task, "compiled_on_v5") || (shift && strcmp(kind, shift) != 0)) continue;
    check_variant(task);
    count++;
  }
  co_json_free(all);
  return count;
}

START_TEST(test_shapes_of_odrl) {
  if (test_shared())
    ck_assert_int_ge(check_list("odrl_tasks.json", "locomotion", "morphology"), 20);
}
END_TEST

START_TEST(test_shapes_of_gym_extensions) {
  if (test_shared())
    ck_assert_int_ge(check_list("gym_extensions_tasks.json", "body_size", NULL), 30);
}
END_TEST

// ---- loading

// A spec that is compiled is the model that MuJoCo loads.
START_TEST(test_loads_as_mujoco_does) {
  static const char *const models[] = {"hopper", "ant", "pusher", "humanoid", "inverted_pendulum"};
  char path[4200], error[500] = "";
  const char *source = getenv("CARRYOVER_SOURCE");
  snprintf(path, sizeof path, "%s/envs/models/%s.xml", source ? source : ".", models[_i]);
  mjModel *loaded = mj_loadXML(path, NULL, error, sizeof error);
  ck_assert_msg(loaded != NULL, "%s", error);
  co_model *model = test_model_file(models[_i]);
  loaded->opt.disableflags = test_mj(model)->opt.disableflags;
  test_same_model(test_mj(model), loaded);
  mj_deleteModel(loaded);
  co_model_free(model);
}
END_TEST

// Included files and meshes are looked for beside the model, by every compilation.
START_TEST(test_files_beside_the_model) {
  free(test_write("corner.obj",
                  "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
                  "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"));
  free(test_write("part.xml",
                  "<mujoco><asset><mesh name='corner' file='corner.obj'/></asset>"
                  "</mujoco>"));
  co_model *model = test_model(
      "<mujoco><include file='part.xml'/><worldbody><body name='b'>"
      "<joint name='j'/><geom name='m' type='mesh' mesh='corner'/>"
      "<geom name='g' size='.1'/></body></worldbody></mujoco>");
  double mass = test_mj(model)->body_mass[1];
  ck_assert_double_eq_tol(mass, 1000.0 / 6 + 1000 * 4 * mjPI / 3 * 0.001, 1e-3);
  ck_ok(test_put(model, CO_GEOM_SIZE, "g", (const double[]){0.2, 0, 0}));
  ck_assert_double_eq_tol(test_mj(model)->body_mass[1] - mass, 7000 * 4 * mjPI / 3 * 0.001, 1e-3);
  ck_fails(test_put(model, CO_GEOM_SIZE, "m", (const double[]){1, 1, 1}), CO_CONFIG,
           "geom.size of geom \"m\": its shape is a mesh");
  co_model_free(model);
  co_model *plane = test_model(
      "<mujoco><worldbody><body name='b'><geom type='plane' size='1 1 1'/></body></worldbody>"
      "</mujoco>");
  ck_fails(test_put(plane, CO_LIMB_LENGTH, "b", (const double[]){2}), CO_CONFIG,
           "limb.length of body \"b\": it has a geom that has no length");
  co_model_free(plane);
}
END_TEST

// ---- limbs

#define LIMB                                                                                    \
  "<mujoco><worldbody><body name='top' pos='0 0 2'><joint name='a' axis='0 1 0' pos='0 0 .1'/>" \
  "<geom name='bone' type='capsule' fromto='0 0 .1 .3 0 -.3' size='.04' %s/>"                   \
  "<geom name='knob' size='.05' pos='.1 0 0'/><site name='mark' pos='.3 0 -.3'/>"               \
  "<body name='low' pos='.3 0 -.5' euler='0 20 0'><joint name='b' axis='0 1 0' pos='0 0 .2'/>"  \
  "<geom size='.05'/></body></body></worldbody></mujoco>"

static co_model *limb(const char *bone) {
  char text[1000];
  snprintf(text, sizeof text, LIMB, bone);
  return test_model(text);
}

// World position of a joint at the nominal pose.
static void anchor(const co_model *model, const char *joint, double out[3]) {
  mjData *data = mj_makeData(test_mj(model));
  mj_forward(test_mj(model), data);
  mju_copy3(out, data->xanchor + 3 * co_model_find(model, CO_JOINT, joint));
  mj_deleteData(data);
}

START_TEST(test_limb_length) {
  static const char *const bones[] = {"density='1000'", "mass='2'"};
  const double factor = 1.5;
  co_model *model = limb(bones[_i]), *nominal = limb(bones[_i]);
  double a[3], b[3], a0[3], b0[3];
  anchor(nominal, "a", a0);
  anchor(nominal, "b", b0);
  ck_ok(test_put(model, CO_LIMB_LENGTH, "top", &factor));
  anchor(model, "a", a);
  anchor(model, "b", b);
  const mjModel *m = test_mj(model), *n = test_mj(nominal);
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol(a[k], a0[k], 1e-12);  // the own joint stays, the next one moves off
    ck_assert_double_eq_tol(b[k] - a[k], factor * (b0[k] - a0[k]), 1e-12);
    double hang = k == 2 ? 0.1 : 0.0;
    ck_assert_double_eq_tol(m->site_pos[k] - hang, factor * (n->site_pos[k] - hang), 1e-12);
    ck_assert_double_eq_tol(m->geom_pos[k] - hang, factor * (n->geom_pos[k] - hang), 1e-12);
    ck_assert_double_eq(m->geom_size[3 + k], n->geom_size[3 + k]);  // the knob
  }
  ck_assert_double_eq(m->geom_size[0], n->geom_size[0]);
  ck_assert_double_eq_tol(m->geom_size[1], factor * n->geom_size[1], 1e-15);
  double ball = 4 * mjPI / 3 * pow(0.04, 3), tube = 2 * mjPI * 0.04 * 0.04 * n->geom_size[1];
  double knob = 1000 * 4 * mjPI / 3 * pow(0.05, 3);
  double grown = (n->body_mass[1] - knob) * (ball + factor * tube) / (ball + tube) + knob;
  ck_assert_double_eq_tol(m->body_mass[1], grown, 1e-12);
  ck_assert_double_eq(m->body_mass[2], n->body_mass[2]);
  co_model_free(model);
  co_model_free(nominal);
}
END_TEST

START_TEST(test_limb_stretch_keeps_mass) {
  const double factor = 0.5;
  co_model *model = limb("density='700'"), *nominal = limb("density='700'");
  ck_ok(test_put(model, CO_LIMB_STRETCH, "top", &factor));
  const mjModel *m = test_mj(model), *n = test_mj(nominal);
  ck_assert_double_eq_tol(m->body_mass[1], n->body_mass[1], 1e-13);
  ck_assert_double_eq_tol(m->geom_size[1], factor * n->geom_size[1], 1e-15);
  ck_assert_double_lt(m->body_inertia[3], 0.6 * n->body_inertia[3]);
  co_model_free(model);
  co_model_free(nominal);
}
END_TEST

// A given inertia: that of a box of 2 x 4 x 20 cm and 1 kg, which becomes twice as long.
START_TEST(test_limb_of_given_inertia) {
  static const char text[] =
      "<mujoco><worldbody><body name='b'><joint name='j' axis='0 1 0'/>"
      "<inertial pos='0 0 -.1' mass='1' fullinertia='.0034666667 .0033666667 .0001666667 0 0 0'/>"
      "<geom type='box' size='.01 .02 .1' pos='0 0 -.1'/></body></worldbody></mujoco>";
  const bool stretch = _i;
  const double factor = 2, mass = stretch ? 1 : 2, a = 0.02, b = 0.04, c = 0.4;
  co_model *model = test_model(text);
  ck_ok(test_put(model, stretch ? CO_LIMB_STRETCH : CO_LIMB_LENGTH, "b", &factor));
  const mjModel *m = test_mj(model);
  double inertia[] = {mass * (b * b + c * c) / 12, mass * (a * a + c * c) / 12,
                      mass * (a * a + b * b) / 12};
  ck_assert_double_eq_tol(m->body_mass[1], mass, 1e-12);
  ck_assert_double_eq_tol(m->body_ipos[3 + 2], -0.2, 1e-12);
  for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(m->body_inertia[3 + k], inertia[k], 1e-8);
  co_model_free(model);
}
END_TEST

// The total mass that a model asks for holds for every compilation.
START_TEST(test_total_mass_stays) {
  co_model *model = test_model_file("half_cheetah");
  ck_ok(test_put(model, CO_LIMB_LENGTH, "bthigh", (const double[]){2}));
  ck_assert_double_eq_tol(test_mj(model)->body_subtreemass[0], 14, 1e-12);
  co_model_free(model);
}
END_TEST

#define MESH_LIMB                                                                                \
  "<mujoco><asset><mesh name='wedge' vertex='0 0 0 .1 0 0 0 .1 0 .05 .05 -.6' inertia='exact'/>" \
  "</asset><worldbody><body name='b' pos='0 0 2' euler='0 30 0'>"                                \
  "<joint name='a' axis='0 1 0' pos='.02 0 .1'/>%s"                                              \
  "<body name='child' pos='.1 0 -.5'><joint name='c' axis='0 1 0' pos='0 0 -.1'/>"               \
  "<geom size='.05'/></body></body></worldbody></mujoco>"

static co_model *mesh_limb(const char *geom) {
  char text[1200];
  snprintf(text, sizeof text, MESH_LIMB, geom);
  return test_model(text);
}

// Vertex of the mesh of the first geom, in the frame of its body.
static void vertex_of(const co_model *model, int index, double out[3]) {
  const mjModel *m = test_mj(model);
  const float *at = m->mesh_vert + 3 * (m->mesh_vertadr[m->geom_dataid[0]] + index);
  for (int k = 0; k < 3; k++) out[k] = at[k];
  mju_rotVecQuat(out, out, m->geom_quat);
  mju_addTo3(out, m->geom_pos);
}

// Each vertex moves along the limb, from the joint to the child's, whatever frame the mesh is in.
START_TEST(test_limb_of_mesh) {
  static const char *const geoms[] = {
      "<geom type='mesh' mesh='wedge'/>", "<geom type='mesh' mesh='wedge' mass='3'/>",
      "<frame pos='.1 .2 .3' euler='30 40 50'><geom type='mesh' mesh='wedge' pos='0 0 .1' "
      "euler='0 0 20'/></frame>",
      "<geom type='mesh' mesh='wedge' contype='0' conaffinity='0' group='2' mass='0'/>"
      "<geom type='capsule' size='.05 .2'/>"};
  const bool stretch = _i >= 4;
  const double factor = 1.7, hinge[3] = {0.02, 0, 0.1};
  co_model *nominal = mesh_limb(geoms[_i % 4]), *model = mesh_limb(geoms[_i % 4]);
  ck_ok(test_put(model, stretch ? CO_LIMB_STRETCH : CO_LIMB_LENGTH, "b", &factor));
  double axis[3] = {0.1 - 0.02, 0, -0.6 - 0.1};
  mju_normalize3(axis);
  for (int i = 0; i < 4; i++) {
    double at[3], was[3], from[3];
    vertex_of(nominal, i, was);
    vertex_of(model, i, at);
    mju_sub3(from, was, hinge);
    double along = mju_dot3(from, axis);
    for (int k = 0; k < 3; k++) {
      ck_assert_double_eq_tol(at[k], was[k] + (factor - 1) * along * axis[k], 1e-6);
    }
  }
  const mjModel *m = test_mj(model), *n = test_mj(nominal);
  if (_i % 4 != 3) {
    double mass = (stretch ? 1 : factor) * n->body_mass[1];
    ck_assert_double_eq_tol(m->body_mass[1], mass, 1e-5 * mass);
  }
  double a[3], c[3], a0[3], c0[3];
  anchor(nominal, "a", a0);
  anchor(nominal, "c", c0);
  anchor(model, "a", a);
  anchor(model, "c", c);
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol(c[k] - a[k], factor * (c0[k] - a0[k]), 1e-12);
  }
  co_model_free(model);
  co_model_free(nominal);
}
END_TEST

// Two shifts of one limb, back to where it was.
START_TEST(test_mesh_there_and_back) {
  co_model *nominal = mesh_limb("<geom type='mesh' mesh='wedge'/>");
  co_model *model = mesh_limb("<geom type='mesh' mesh='wedge'/>");
  ck_ok(model->engine->put(model, CO_LIMB_LENGTH, 1, (const double[]){2}));
  ck_ok(test_put(model, CO_LIMB_STRETCH, "b", (const double[]){0.5}));
  double at[3], was[3];
  for (int i = 0; i < 4; i++) {
    vertex_of(nominal, i, was);
    vertex_of(model, i, at);
    for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(at[k], was[k], 1e-6);
  }
  ck_assert_double_eq_tol(test_mj(model)->body_mass[1], 2 * test_mj(nominal)->body_mass[1], 1e-4);
  co_model_free(model);
  co_model_free(nominal);
}
END_TEST

// A capsule that the compiler fitted to a mesh is a capsule.
START_TEST(test_fitted_geom) {
  co_model *nominal = mesh_limb("<geom name='f' type='capsule' mesh='wedge'/>");
  co_model *model = mesh_limb("<geom name='f' type='capsule' mesh='wedge'/>");
  const mjModel *n = test_mj(nominal);
  ck_ok(test_put(model, CO_GEOM_SIZE, "f",
                 (const double[]){2 * n->geom_size[0], n->geom_size[1], n->geom_size[2]}));
  ck_assert_double_eq(test_mj(model)->geom_size[0], 2 * n->geom_size[0]);
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol(test_mj(model)->geom_pos[k], n->geom_pos[k], 1e-9);
  }
  co_model_free(model);
  co_model_free(nominal);
}
END_TEST

// ---- what the compiler resolves once

#define RESOLVED                                                                                 \
  "<mujoco><compiler settotalmass='%s'/><worldbody><body name='b'><joint name='ball' "           \
  "type='ball'/><geom name='torso' size='.1'/><site name='s'/><body name='arm' pos='0 0 1'>"     \
  "<joint name='h' axis='0 1 0' range='-1 1' springdamper='.1 1'/><geom name='bone' "            \
  "type='capsule' fromto='0 0 0 .3 0 0' size='.02'/><site name='t' pos='.3 0 0'/></body></body>" \
  "</worldbody><tendon><spatial name='sp' stiffness='3'><site site='s'/><site site='t'/>"        \
  "</spatial></tendon><actuator><position name='p' joint='h' kp='10' dampratio='1' "             \
  "inheritrange='1'/><intvelocity joint='h' kp='3' dampratio='1' inheritrange='1'/>"             \
  "<pid joint='h' kp='7' dampratio='1'/><orientation joint='ball' kp='4' dampratio='1'/>"        \
  "<muscle name='m' tendon='sp'/></actuator></mujoco>"

static co_model *resolved(const char *total) {
  char text[2000];
  snprintf(text, sizeof text, RESOLVED, total);
  return test_model(text);
}

// A longer arm, a larger torso: gains, springs, rest lengths and the factor of the total mass are
// the nominal model's, also of a copy; what is derived from geometry follows.
START_TEST(test_resolved_once) {
  static const char *const totals[] = {"-1", "10"};
  co_model *nominal = resolved(totals[_i % 2]), *copy = NULL;
  co_model *model = _i < 2 ? resolved(totals[_i % 2]) : NULL;
  if (!model) ck_ok(nominal->engine->copy(nominal, &copy));
  if (!model) model = copy;
  ck_ok(test_put(model, CO_LIMB_LENGTH, "arm", (const double[]){2}));
  ck_ok(test_put(model, CO_GEOM_SIZE, "torso", (const double[]){0.2, 0, 0}));
  const mjModel *m = test_mj(model), *n = test_mj(nominal);
  ck_assert_double_eq_tol(m->geom_size[3 + 1], 2 * n->geom_size[3 + 1], 1e-12);
  for (int i = 0; i < 4; i++) {
    ck_assert_double_lt(n->actuator_biasprm[mjNBIAS * i + 2], 0);
    ck_assert_double_eq(m->actuator_biasprm[mjNBIAS * i + 2], n->actuator_biasprm[mjNBIAS * i + 2]);
    ck_assert_double_eq(m->actuator_ctrlrange[2 * i], n->actuator_ctrlrange[2 * i]);
  }
  ck_assert_double_gt(n->jnt_stiffness[1], 0);
  ck_assert_double_eq(m->jnt_stiffness[1], n->jnt_stiffness[1]);
  ck_assert_double_eq(m->dof_damping[3], n->dof_damping[3]);
  ck_assert_double_eq(m->tendon_lengthspring[0], n->tendon_lengthspring[0]);
  ck_assert_double_eq_tol(m->body_mass[1], 8 * n->body_mass[1], 1e-12 * m->body_mass[1]);
  ck_assert_double_eq_tol(m->body_inertia[3], 32 * n->body_inertia[3], 1e-12 * m->body_mass[1]);
  ck_assert_double_eq_tol(m->body_subtreemass[0], m->body_mass[1] + m->body_mass[2], 1e-9);
  double r = 0.02, ball = 4.0 / 3 * r, grown = (ball + 0.6) / (ball + 0.3);
  ck_assert_double_eq_tol(m->body_mass[2], grown * n->body_mass[2], 1e-12);
  ck_assert_double_ne(m->actuator_lengthrange[2 * 6 + 1], n->actuator_lengthrange[2 * 6 + 1]);
  co_model_free(model);
  co_model_free(nominal);
}
END_TEST

// ---- copies and failures

START_TEST(test_copy_is_nominal) {
  co_model *model = test_model_file("half_cheetah"), *copy = NULL;
  co_model *nominal = test_model_file("half_cheetah");
  ck_ok(test_put(model, CO_LIMB_LENGTH, "bthigh", (const double[]){1.2}));
  ck_ok(test_put(model, CO_MASS, "bfoot", (const double[]){3}));
  ck_ok(model->engine->copy(model, &copy));
  test_same_model(test_mj(copy), test_mj(nominal));
  ck_assert_uint_eq(copy->hash, nominal->hash);
  ck_assert_str_eq(copy->name, nominal->name);
  ck_ok(test_put(copy, CO_LIMB_LENGTH, "bthigh", (const double[]){0.9}));
  ck_assert_int_eq(test_mj(copy)->nbuffer, test_mj(model)->nbuffer);
  co_model_free(model);
  ck_ok(test_put(copy, CO_LIMB_LENGTH, "bshin", (const double[]){0.9}));
  co_model_free(copy);
  co_model_free(nominal);
}
END_TEST

// A model that does not compile: the old one is whole, with what was put before.
START_TEST(test_failure_leaves_all) {
  const double tiny[] = {1e-4, 1e-4, 0};
  co_model *model = test_model_file("hopper"), *same = test_model_file("hopper");
  ck_ok(test_put(model, CO_GEOM_SIZE, "leg_geom", (const double[]){0.05, 0.25, 0}));
  ck_ok(test_put(model, CO_MASS, "torso", (const double[]){4}));
  ck_ok(test_put(same, CO_GEOM_SIZE, "leg_geom", (const double[]){0.05, 0.25, 0}));
  ck_ok(test_put(same, CO_MASS, "torso", (const double[]){4}));
  const mjModel *before = test_mj(model);
  for (int i = 0; i < 3; i++) {
    ck_ok(model->engine->put(model, CO_LIMB_LENGTH, 1, (const double[]){2}));
    ck_fails(test_put(model, CO_GEOM_SIZE, "leg_geom", tiny), CO_DATA,
             "hopper.xml: Error: mass and inertia of moving bodies must be larger than mjMINVAL");
    ck_assert_ptr_eq(test_mj(model), before);
    test_same_model(before, test_mj(same));
  }
  ck_ok(model->engine->compile(model));  // nothing of the failed one is left
  ck_ok(same->engine->compile(same));
  test_same_model(test_mj(model), test_mj(same));
  double length;
  test_get(model, CO_LIMB_LENGTH, "torso", &length);
  ck_assert_double_eq(length, 1.0);
  co_model_free(model);
  co_model_free(same);
}
END_TEST

// The order of puts does not matter, and a field survives a compilation.
START_TEST(test_order_of_puts) {
  co_model *a = test_model_file("hopper"), *b = test_model_file("hopper");
  ck_ok(test_put(a, CO_DAMPING, "leg_joint", (const double[]){2, 0, 0}));
  ck_ok(test_put(a, CO_MASS, "foot", (const double[]){1}));
  ck_ok(test_put(a, CO_LOCK, "thigh_joint", (const double[]){-0.2}));
  ck_ok(test_put(a, CO_LIMB_LENGTH, "torso", (const double[]){1.2}));
  ck_ok(b->engine->put(b, CO_LIMB_LENGTH, 1, (const double[]){1.2}));
  ck_ok(test_put(b, CO_LOCK, "thigh_joint", (const double[]){-0.2}));
  ck_ok(test_put(b, CO_MASS, "foot", (const double[]){1}));
  ck_ok(test_put(b, CO_DAMPING, "leg_joint", (const double[]){2, 0, 0}));
  test_same_model(test_mj(a), test_mj(b));
  ck_assert_double_eq(test_mj(a)->body_mass[4], 1);
  co_model_free(a);
  co_model_free(b);
}
END_TEST

// What is edited leaves the frame that it was written in; one that scales says more than a place.
START_TEST(test_frames) {
  static const char text[] =
      "<mujoco><worldbody><body name='b'><joint/><frame pos='1 0 0' euler='0 90 0' %s>"
      "<geom name='g' type='capsule' size='.1 .2' pos='0 0 "
      ".5'/></frame></body></worldbody></mujoco>";
  char mjcf[600];
  snprintf(mjcf, sizeof mjcf, text, "");
  co_model *model = test_model(mjcf), *nominal = test_model(mjcf);
  ck_ok(test_put(model, CO_GEOM_SIZE, "g", (const double[]){0.2, 0.2, 0}));
  for (int k = 0; k < 4; k++) {
    ck_assert_double_eq_tol(test_mj(model)->geom_quat[k], test_mj(nominal)->geom_quat[k], 1e-12);
    double at = k < 3 ? test_mj(nominal)->geom_pos[k] : 0;
    if (k < 3) ck_assert_double_eq_tol(test_mj(model)->geom_pos[k], at, 1e-12);
  }
  ck_assert_double_eq(test_mj(model)->geom_size[0], 0.2);
  co_model_free(model);
  co_model_free(nominal);
  snprintf(mjcf, sizeof mjcf, text, "scale='2 2 2'");
  model = test_model(mjcf);
  ck_fails(test_put(model, CO_GEOM_SIZE, "g", (const double[]){0.2, 0.2, 0}), CO_CONFIG,
           "geom.size of geom \"g\": it, or what it moves, is inside a <frame> with a scale");
  co_model_free(model);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("parameters_compiler");
  TCase *tcase = tcase_create("parameters_compiler");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_shapes_of_odrl);
  tcase_add_test(tcase, test_shapes_of_gym_extensions);
  tcase_add_loop_test(tcase, test_loads_as_mujoco_does, 0, 5);
  tcase_add_test(tcase, test_files_beside_the_model);
  tcase_add_loop_test(tcase, test_limb_length, 0, 2);
  tcase_add_test(tcase, test_limb_stretch_keeps_mass);
  tcase_add_loop_test(tcase, test_limb_of_given_inertia, 0, 2);
  tcase_add_test(tcase, test_total_mass_stays);
  tcase_add_loop_test(tcase, test_limb_of_mesh, 0, 8);
  tcase_add_test(tcase, test_mesh_there_and_back);
  tcase_add_test(tcase, test_fitted_geom);
  tcase_add_loop_test(tcase, test_resolved_once, 0, 4);
  tcase_add_test(tcase, test_copy_is_nominal);
  tcase_add_test(tcase, test_failure_leaves_all);
  tcase_add_test(tcase, test_order_of_puts);
  tcase_add_test(tcase, test_frames);
  suite_add_tcase(suite, tcase);
  return suite;
}
