// Compiled models against the fact sheets that come with the reference data: every element, and the
// numbers the compiler derives.

#include "core/json.h"
#include "envs/physics/mujoco/engine.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>

// One task's sheet beside its model. `model` and `compiled` are parts of the sheet.
typedef struct sheet {
  co_json *facts;
  const co_json *model, *compiled;
  co_built_world *world;
  const mjModel *m;
} sheet;

// False: there is no reference data.
static bool open_sheet(int task, sheet *out) {
  const char *shared = test_shared();
  if (!shared) return false;
  char path[4200];
  snprintf(path, sizeof path, "%s/golden/facts/%s.json", shared, test_tasks[task]);
  ck_ok(co_json_read(path, &out->facts));
  out->model = co_json_get(out->facts, "model");
  out->compiled = co_json_get(out->facts, "compiled");
  out->world = test_world(test_tasks[task], NULL, NULL);
  out->m = ((const co_mujoco_model *)out->world->model)->mj;
  return true;
}

static void close_sheet(sheet *s) {
  co_world_free(s->world);
  co_json_free(s->facts);
}

// ---- comparing

// Numbers of an array of numbers or of arrays of numbers, one after the other.
static int flatten(const co_json *json, double *out, int max) {
  if (!co_json_is_array(json)) {
    ck_assert(co_json_is_number(json) && max > 0);
    *out = co_json_as_number(json, NAN);
    return 1;
  }
  int count = 0;
  for (size_t i = 0; i < co_json_count(json); i++) {
    count += flatten(co_json_at(json, i), out + count, max - count);
  }
  return count;
}

// The numbers of `key` are got[i], to the last bits. An absent key is not compared.
static void same(const co_json *element, const char *key, const double *got) {
  const co_json *numbers = co_json_get(element, key);
  if (!numbers) return;
  const char *name = co_json_get_string(element, "name");
  double wanted[8];
  int count = flatten(numbers, wanted, 8);
  for (int i = 0; i < count; i++) {
    ck_assert_msg(fabs(got[i] - wanted[i]) <= 1e-15 * (1 + fabs(wanted[i])),
                  "%s: %s[%d] = %.17g, not %.17g", name ? name : "?", key, i, got[i], wanted[i]);
  }
}

static void same_flag(const co_json *element, const char *key, int got) {
  const co_json *flag = co_json_get(element, key);
  int wanted =
      co_json_is_bool(flag) ? co_json_as_bool(flag, false) : (int)co_json_get_int(element, key, -1);
  ck_assert_msg(got == wanted, "%s: %s is %d, not %d", co_json_get_string(element, "name"), key,
                got, wanted);
}

static void same_name(const sheet *s, mjtObj type, int id, const co_json *element,
                      const char *key) {
  const char *wanted = co_json_get_string(element, key);
  if (wanted) ck_assert_str_eq(mj_id2name(s->m, type, id), wanted);
}

// Derived numbers, `rows` times `width`, `stride` apart in the model: sums of hundreds of terms.
static void derived(const sheet *s, const char *key, const double *got, int stride, int rows,
                    int width) {
  double wanted[256];
  int count = flatten(co_json_get(s->compiled, key), wanted, 256);
  ck_assert_msg(count == rows * width, "%s has %d numbers, not %d", key, count, rows * width);
  for (int i = 0; i < count; i++) {
    double value = got[i / width * stride + i % width];
    ck_assert_msg(fabs(value - wanted[i]) <= 1e-13 * (1 + fabs(wanted[i])),
                  "%s[%d] = %.17g, not %.17g", key, i, value, wanted[i]);
  }
}

// ---- what the compiler derives

START_TEST(test_sizes) {
  sheet s;
  if (!open_sheet(_i, &s)) return;
  const struct {
    const char *key;
    int64_t got;
  } sizes[] = {{"nq", s.m->nq},       {"nv", s.m->nv},           {"nu", s.m->nu},
               {"na", s.m->na},       {"nbody", s.m->nbody},     {"njnt", s.m->njnt},
               {"ngeom", s.m->ngeom}, {"nsite", s.m->nsite},     {"ntendon", s.m->ntendon},
               {"neq", s.m->neq},     {"nsensor", s.m->nsensor}, {"nexclude", s.m->nexclude}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    ck_assert_msg(sizes[i].got == co_json_get_int(s.compiled, sizes[i].key, -1), "%s is %d",
                  sizes[i].key, (int)sizes[i].got);
  }
  ck_assert_int_eq(s.m->npair, 0);
  close_sheet(&s);
}
END_TEST

START_TEST(test_derived_numbers) {
  sheet s;
  if (!open_sheet(_i, &s)) return;
  const mjModel *m = s.m;
  int nbody = (int)m->nbody, nv = (int)m->nv;
  derived(&s, "body_mass", m->body_mass, 1, nbody, 1);
  derived(&s, "body_inertia", m->body_inertia, 3, nbody, 3);
  derived(&s, "body_ipos", m->body_ipos, 3, nbody, 3);
  derived(&s, "body_iquat", m->body_iquat, 4, nbody, 4);
  derived(&s, "body_invweight0", m->body_invweight0, 2, nbody, 2);
  derived(&s, "dof_armature", m->dof_armature, 1, nv, 1);
  derived(&s, "dof_damping", m->dof_damping, 1, nv, 1);
  derived(&s, "dof_invweight0", m->dof_invweight0, 1, nv, 1);
  derived(&s, "actuator_gear", m->actuator_gear, 6, (int)m->nu, 1);
  derived(&s, "qpos0", m->qpos0, 1, (int)m->nq, 1);
  derived(&s, "stat_meaninertia", &m->stat.meaninertia, 1, 1, 1);
  derived(&s, "stat_extent", &m->stat.extent, 1, 1, 1);
  derived(&s, "stat_center", m->stat.center, 3, 1, 3);
  close_sheet(&s);
}
END_TEST

// Pairs of geoms that could touch, by their bits and bodies, as many as the sheet lists.
START_TEST(test_contact_pairs) {
  sheet s;
  if (!open_sheet(_i, &s)) return;
  const mjModel *m = s.m;
  int pairs = 0;
  for (int a = 0; a < m->ngeom; a++) {
    for (int b = a + 1; b < m->ngeom; b++) {
      int body[2] = {m->body_weldid[m->geom_bodyid[a]], m->body_weldid[m->geom_bodyid[b]]};
      int above[2] = {m->body_weldid[m->body_parentid[body[0]]],
                      m->body_weldid[m->body_parentid[body[1]]]};
      bool kin = body[0] && body[1] && (body[0] == above[1] || body[1] == above[0]);
      bool bits = (m->geom_contype[a] & m->geom_conaffinity[b]) ||
                  (m->geom_contype[b] & m->geom_conaffinity[a]);
      pairs += bits && !kin && body[0] != body[1];
    }
  }
  ck_assert_int_eq(pairs, co_json_get_int(s.compiled, "n_reachable_contact_pairs", -1));
  close_sheet(&s);
}
END_TEST

// ---- what is written in the model file

START_TEST(test_options) {
  static const char *const integrators[] = {"Euler", "RK4", "implicit", "implicitfast"};
  static const char *const solvers[] = {"PGS", "CG", "Newton"};
  sheet s;
  if (!open_sheet(_i, &s)) return;
  const co_json *option = co_json_get(s.model, "option");
  const mjOption *o = &s.m->opt;
  const char *integrator = co_json_get_string(option, "integrator");
  const char *solver = co_json_get_string(option, "solver");
  double gravity[3] = {0, 0, -9.81};
  if (co_json_get(option, "gravity")) flatten(co_json_get(option, "gravity"), gravity, 3);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(o->gravity[i], gravity[i]);
  ck_assert_str_eq(integrators[o->integrator], integrator ? integrator : "Euler");
  ck_assert_str_eq(solvers[o->solver], solver ? solver : "Newton");
  ck_assert_int_eq(o->iterations, co_json_get_int(option, "iterations", 100));
  ck_assert_double_eq(o->timestep, co_json_get_number(option, "timestep", NAN));
  ck_assert_double_eq(o->density, co_json_get_number(option, "density", 0));
  ck_assert_double_eq(o->viscosity, co_json_get_number(option, "viscosity", 0));
  ck_assert_int_eq(o->cone, mjCONE_PYRAMIDAL);
  ck_assert_double_eq(o->impratio, 1);
  close_sheet(&s);
}
END_TEST

static void compare_body(const sheet *s, int id, const co_json *body) {
  same_name(s, mjOBJ_BODY, id, body, "name");
  same_name(s, mjOBJ_BODY, s->m->body_parentid[id], body, "parent");
  same(body, "pos", &s->m->body_pos[3 * id]);
  const double none[4] = {1, 0, 0, 0}, *quat = &s->m->body_quat[4 * id];
  if (co_json_get(body, "quat"))
    same(body, "quat", quat);
  else
    ck_assert_mem_eq(quat, none, sizeof none);
}

static void compare_joint(const sheet *s, int id, const co_json *joint) {
  static const char *const types[] = {"free", "ball", "slide", "hinge"};
  const mjModel *m = s->m;
  int dof = m->jnt_dofadr[id], at = m->jnt_qposadr[id];
  same_name(s, mjOBJ_JOINT, id, joint, "name");
  same_name(s, mjOBJ_BODY, m->jnt_bodyid[id], joint, "body");
  ck_assert_str_eq(types[m->jnt_type[id]], co_json_get_string(joint, "type"));
  same_flag(joint, "qpos_index", at);
  same_flag(joint, "dof_index", dof);
  same_flag(joint, "limited", m->jnt_limited[id]);
  same(joint, "axis", &m->jnt_axis[3 * id]);
  same(joint, "pos", &m->jnt_pos[3 * id]);
  same(joint, "stiffness", &m->jnt_stiffness[id]);
  same(joint, "armature", &m->dof_armature[dof]);
  same(joint, "damping", &m->dof_damping[dof]);
  same(joint, "springref", &m->qpos_spring[at]);
  same(joint, "solimp_limit", &m->jnt_solimp[mjNIMP * id]);
  if (m->jnt_limited[id]) same(joint, "range", &m->jnt_range[2 * id]);
  ck_assert_double_eq(m->jnt_margin[id], co_json_get_number(joint, "margin", 0));
  if (m->jnt_type[id] >= mjJNT_SLIDE)
    ck_assert_double_eq(m->qpos0[at], co_json_get_number(joint, "ref", 0));
}

static void compare_geom(const sheet *s, int id, const co_json *geom) {
  const mjModel *m = s->m;
  same_name(s, mjOBJ_GEOM, id, geom, "name");
  same_name(s, mjOBJ_BODY, m->geom_bodyid[id], geom, "body");
  same(geom, "size", &m->geom_size[3 * id]);
  same(geom, "pos", &m->geom_pos[3 * id]);
  same(geom, "quat", &m->geom_quat[4 * id]);
  same(geom, "friction", &m->geom_friction[3 * id]);
  same(geom, "margin", &m->geom_margin[id]);
  same(geom, "solimp", &m->geom_solimp[mjNIMP * id]);
  same_flag(geom, "condim", m->geom_condim[id]);
  same_flag(geom, "contype", m->geom_contype[id]);
  same_flag(geom, "conaffinity", m->geom_conaffinity[id]);
}

// Unnamed in the source: ours has its joint's name.
static void compare_actuator(const sheet *s, int id, const co_json *actuator) {
  const mjModel *m = s->m;
  same_name(s, mjOBJ_ACTUATOR, id, actuator, "name");
  same_name(s, mjOBJ_JOINT, m->actuator_trnid[2 * id], actuator, "joint");
  ck_assert_int_eq(m->actuator_trntype[id], mjTRN_JOINT);
  same(actuator, "gear", &m->actuator_gear[6 * id]);
  same_flag(actuator, "ctrllimited", m->actuator_ctrllimited[id]);
  same(actuator, "ctrlrange", &m->actuator_ctrlrange[2 * id]);
}

static void compare_site(const sheet *s, int id, const co_json *site) {
  same_name(s, mjOBJ_SITE, id, site, "name");
  same_name(s, mjOBJ_BODY, s->m->site_bodyid[id], site, "body");
  same(site, "pos", &s->m->site_pos[3 * id]);
}

static void compare_tendon(const sheet *s, int id, const co_json *tendon) {
  const mjModel *m = s->m;
  const co_json *joints = co_json_get(tendon, "joints");
  same_name(s, mjOBJ_TENDON, id, tendon, "name");
  same_flag(tendon, "limited", m->tendon_limited[id]);
  ck_assert_int_eq(m->tendon_num[id], (int)co_json_count(joints));
  for (int i = 0; i < m->tendon_num[id]; i++) {
    int wrap = m->tendon_adr[id] + i;
    same_name(s, mjOBJ_JOINT, m->wrap_objid[wrap], co_json_at(joints, (size_t)i), "joint");
    same(co_json_at(joints, (size_t)i), "coef", &m->wrap_prm[wrap]);
  }
}

// The kinds of elements a sheet lists; bodies there leave out the world.
static const struct {
  const char *list;
  mjtObj type;
  int first;
  void (*compare)(const sheet *s, int id, const co_json *element);
} kKinds[] = {
    {"bodies", mjOBJ_BODY, 1, compare_body},     {"joints", mjOBJ_JOINT, 0, compare_joint},
    {"geoms", mjOBJ_GEOM, 0, compare_geom},      {"actuators", mjOBJ_ACTUATOR, 0, compare_actuator},
    {"sites", mjOBJ_SITE, 0, compare_site},      {"tendons", mjOBJ_TENDON, 0, compare_tendon},
    {"equality", mjOBJ_EQUALITY, 0, NULL},       {"sensors", mjOBJ_SENSOR, 0, NULL},
    {"contact_exclude", mjOBJ_EXCLUDE, 0, NULL},
};

static int number_of(const mjModel *m, mjtObj type) {
  int count = 0;
  while (mj_id2name(m, type, count)) count++;
  return count;
}

START_TEST(test_elements) {
  sheet s;
  if (!open_sheet(_i, &s)) return;
  for (size_t kind = 0; kind < sizeof kKinds / sizeof *kKinds; kind++) {
    const co_json *list = co_json_get(s.model, kKinds[kind].list);
    int count = (int)co_json_count(list);
    ck_assert_int_eq(number_of(s.m, kKinds[kind].type), kKinds[kind].first + count);
    for (int i = 0; i < count; i++) {
      ck_assert_ptr_nonnull(kKinds[kind].compare);
      kKinds[kind].compare(&s, kKinds[kind].first + i, co_json_at(list, (size_t)i));
    }
  }
  close_sheet(&s);
}
END_TEST

// Reserved at most, and then they are the nominal position.
START_TEST(test_keyframes) {
  sheet s;
  if (!open_sheet(_i, &s)) return;
  const co_json *keys = co_json_get(s.model, "keyframes");
  ck_assert_int_eq(s.m->nkey, co_json_is_array(keys) ? 0 : co_json_get_int(keys, "n", -1));
  for (int i = 0; i < s.m->nkey; i++) {
    size_t size = (size_t)s.m->nq * sizeof(double);
    ck_assert_mem_eq(s.m->key_qpos + (size_t)i * (size_t)s.m->nq, s.m->qpos0, size);
  }
  close_sheet(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("facts");
  TCase *tcase = tcase_create("facts");
  tcase_add_loop_test(tcase, test_sizes, 1, TEST_TASKS);
  tcase_add_loop_test(tcase, test_derived_numbers, 1, TEST_TASKS);
  tcase_add_loop_test(tcase, test_contact_pairs, 1, TEST_TASKS);
  tcase_add_loop_test(tcase, test_options, 1, TEST_TASKS);
  tcase_add_loop_test(tcase, test_elements, 1, TEST_TASKS);
  tcase_add_loop_test(tcase, test_keyframes, 1, TEST_TASKS);
  suite_add_tcase(suite, tcase);
  return suite;
}
