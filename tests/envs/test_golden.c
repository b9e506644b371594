// The tasks against the reference data: recorded trajectories, and compiled models against the fact
// sheets.

#include "core/json.h"
#include "envs/physics_mujoco.h"
#include "envs/replay.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>

typedef struct trajectory {
  const char *task, *suffix;
} trajectory;

static const trajectory kTrajectories[] = {
    {"pendulum", "0"},
    {"pendulum", "1"},
    {"pendulum", "2"},
    {"inverted_pendulum", "0"},
    {"inverted_pendulum", "1"},
    {"inverted_pendulum", "2"},
    {"inverted_pendulum", "x"},
    {"hopper", "0"},
    {"hopper", "1"},
    {"hopper", "2"},
    {"hopper", "x"},
    {"half_cheetah", "0"},
    {"half_cheetah", "1"},
    {"half_cheetah", "2"},
};

static void print_replay(const char *path, const co_replay *replay) {
  printf("%s:", co_path_base(path));
  for (int i = 0; i < replay->num_fields; i++) {
    printf(" %s %.1e", replay->field[i].name, replay->field[i].max_abs);
  }
  printf(", %d windows %.1e\n", replay->windows.count, replay->windows.max_abs);
}

START_TEST(test_trajectory) {
  const char *shared = test_shared();
  if (!shared) return;
  char path[4200];
  const trajectory *t = &kTrajectories[_i];
  snprintf(path, sizeof path, "%s/golden/traj/%s_%s.json", shared, t->task, t->suffix);
  co_built_world *world = test_world(t->task, NULL, NULL);
  co_replay replay;
  ck_ok(co_replay_file(world, path, &(co_replay_options){.windows = true, .tolerance = NAN},
                       &replay));
  print_replay(path, &replay);
  for (int i = 0; i < replay.num_fields; i++) {
    const co_replay_field *field = &replay.field[i];
    ck_assert_msg(field->first_above < 0, "%s: %s differs by %g, first at step %d", path,
                  field->name, field->max_abs, field->first_above);
  }
  ck_assert_int_eq(replay.terminated.mismatches, 0);
  ck_assert_int_eq(replay.truncated.mismatches, 0);
  ck_assert_int_lt(replay.windows.first_above, 0);
  ck_assert(replay.ok);
  ck_assert_int_ge(replay.num_fields, 3);
  co_replay_free(&replay);
  co_world_free(world);
}
END_TEST

// ---- models against fact sheets

static co_json *read_facts(const char *shared, const char *task) {
  char path[4200];
  co_json *facts = NULL;
  snprintf(path, sizeof path, "%s/golden/facts/%s.json", shared, task);
  ck_ok(co_json_read(path, &facts));
  return facts;
}

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

static void compare(const co_json *compiled, const char *key, const double *got, int stride,
                    int rows, int width) {
  double wanted[256];
  int count = flatten(co_json_get(compiled, key), wanted, 256);
  ck_assert_msg(count == rows * width, "%s has %d numbers, not %d", key, count, rows * width);
  for (int i = 0; i < count; i++) {
    double value = got[i / width * stride + i % width];
    double tolerance = 1e-13 * (1 + fabs(wanted[i]));
    ck_assert_msg(fabs(value - wanted[i]) <= tolerance, "%s[%d] = %.17g, not %.17g", key, i, value,
                  wanted[i]);
  }
}

START_TEST(test_model) {
  const char *shared = test_shared();
  if (!shared) return;
  const char *task = test_tasks[1 + _i];
  co_json *facts = read_facts(shared, task);
  const co_json *compiled = co_json_get(facts, "compiled");
  co_built_world *world = test_world(task, NULL, NULL);
  const mjModel *m = ((const co_mujoco_model *)world->model)->mj;
  int nbody = (int)m->nbody, nv = (int)m->nv;
  ck_assert_int_eq(m->nq, co_json_get_int(compiled, "nq", -1));
  ck_assert_int_eq(m->nv, co_json_get_int(compiled, "nv", -1));
  ck_assert_int_eq(m->nu, co_json_get_int(compiled, "nu", -1));
  ck_assert_int_eq(m->na, co_json_get_int(compiled, "na", -1));
  ck_assert_int_eq(m->nbody, co_json_get_int(compiled, "nbody", -1));
  ck_assert_int_eq(m->njnt, co_json_get_int(compiled, "njnt", -1));
  ck_assert_int_eq(m->ngeom, co_json_get_int(compiled, "ngeom", -1));
  compare(compiled, "body_mass", m->body_mass, 1, nbody, 1);
  compare(compiled, "body_inertia", m->body_inertia, 3, nbody, 3);
  compare(compiled, "body_ipos", m->body_ipos, 3, nbody, 3);
  compare(compiled, "body_iquat", m->body_iquat, 4, nbody, 4);
  compare(compiled, "body_invweight0", m->body_invweight0, 2, nbody, 2);
  compare(compiled, "dof_armature", m->dof_armature, 1, nv, 1);
  compare(compiled, "dof_damping", m->dof_damping, 1, nv, 1);
  compare(compiled, "dof_invweight0", m->dof_invweight0, 1, nv, 1);
  compare(compiled, "actuator_gear", m->actuator_gear, 6, (int)m->nu, 1);
  compare(compiled, "qpos0", m->qpos0, 1, (int)m->nq, 1);
  compare(compiled, "stat_meaninertia", &m->stat.meaninertia, 1, 1, 1);
  compare(compiled, "stat_extent", &m->stat.extent, 1, 1, 1);
  co_world_free(world);
  co_json_free(facts);
}
END_TEST

// Joint and geom numbers of the fact sheet, by element.
static void compare_joint(const co_json *joint, const mjModel *m) {
  int id = (int)co_json_get_int(joint, "id", -1);
  ck_assert_str_eq(mj_id2name(m, mjOBJ_JOINT, id), co_json_get_string(joint, "name"));
  int dof = m->jnt_dofadr[id];
  double axis[3], range[2];
  ck_assert_int_eq(flatten(co_json_get(joint, "axis"), axis, 3), 3);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(m->jnt_axis[3 * id + i], axis[i]);
  ck_assert_int_eq(m->jnt_limited[id], co_json_get_bool(joint, "limited", false));
  ck_assert_double_eq(m->jnt_stiffness[id], co_json_get_number(joint, "stiffness", NAN));
  ck_assert_double_eq(m->dof_armature[dof], co_json_get_number(joint, "armature", NAN));
  if (!m->jnt_limited[id]) return;
  ck_assert_int_eq(flatten(co_json_get(joint, "range"), range, 2), 2);
  ck_assert_double_eq(m->jnt_range[2 * id], range[0]);
  ck_assert_double_eq(m->jnt_range[2 * id + 1], range[1]);
}

static void compare_geom(const co_json *geom, const mjModel *m) {
  int id = (int)co_json_get_int(geom, "id", -1);
  ck_assert_str_eq(mj_id2name(m, mjOBJ_GEOM, id), co_json_get_string(geom, "name"));
  double friction[3], size[3];
  int sizes = flatten(co_json_get(geom, "size"), size, 3);
  ck_assert_int_eq(flatten(co_json_get(geom, "friction"), friction, 3), 3);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(m->geom_friction[3 * id + i], friction[i]);
  for (int i = 0; i < sizes; i++) ck_assert_double_eq_tol(m->geom_size[3 * id + i], size[i], 1e-15);
  ck_assert_int_eq(m->geom_condim[id], co_json_get_int(geom, "condim", -1));
  ck_assert_int_eq(m->geom_contype[id], co_json_get_int(geom, "contype", -1));
  ck_assert_int_eq(m->geom_conaffinity[id], co_json_get_int(geom, "conaffinity", -1));
  ck_assert_double_eq(m->geom_margin[id], co_json_get_number(geom, "margin", NAN));
}

START_TEST(test_elements) {
  const char *shared = test_shared();
  if (!shared) return;
  const char *task = test_tasks[1 + _i];
  co_json *facts = read_facts(shared, task);
  const co_json *joints = co_json_get(co_json_get(facts, "model"), "joints");
  const co_json *geoms = co_json_get(co_json_get(facts, "model"), "geoms");
  co_built_world *world = test_world(task, NULL, NULL);
  const mjModel *m = ((const co_mujoco_model *)world->model)->mj;
  ck_assert_uint_eq(co_json_count(joints), (size_t)m->njnt);
  ck_assert_uint_eq(co_json_count(geoms), (size_t)m->ngeom);
  for (size_t i = 0; i < co_json_count(joints); i++) compare_joint(co_json_at(joints, i), m);
  for (size_t i = 0; i < co_json_count(geoms); i++) compare_geom(co_json_at(geoms, i), m);
  co_world_free(world);
  co_json_free(facts);
}
END_TEST

// The task's sizes, bounds and times.
START_TEST(test_specification) {
  const char *shared = test_shared();
  if (!shared) return;
  const char *task = test_tasks[_i];
  co_json *facts = read_facts(shared, task);
  const co_json *spec = co_json_get(facts, "task_spec");
  co_built_world *world = test_world(task, NULL, NULL);
  const co_env_info *info = &world->info;
  const co_json *action = co_json_get(spec, "action");
  ck_assert_int_eq(info->obs_dim, co_json_get_int(co_json_get(spec, "observation"), "dim", -1));
  ck_assert_int_eq(info->act_dim, co_json_get_int(action, "dim", -1));
  ck_assert_int_eq(info->horizon, co_json_get_int(spec, "max_episode_steps", -1));
  ck_assert_int_eq(info->substeps, co_json_get_int(spec, "frame_skip", -1));
  ck_assert_double_eq(world->binding.dt, co_json_get_number(spec, "dt", NAN));
  for (int i = 0; i < info->act_dim; i++) {
    const co_json *low = co_json_at(co_json_get(action, "low"), (size_t)i);
    const co_json *high = co_json_at(co_json_get(action, "high"), (size_t)i);
    ck_assert_double_eq(info->action[i].low, co_json_as_number(low, NAN));
    ck_assert_double_eq(info->action[i].high, co_json_as_number(high, NAN));
  }
  const co_json *entries = co_json_get(co_json_get(spec, "observation"), "entries");
  for (int i = 0; i < info->obs_dim; i++) {
    const co_json *entry = co_json_at(entries, (size_t)i);
    const co_json *clip = co_json_get(entry, "clip");
    ck_assert_str_eq(info->obs[i].unit, co_json_get_string(entry, "unit"));
    double high = clip ? co_json_as_number(co_json_at(clip, 1), NAN) : INFINITY;
    ck_assert_double_eq(info->obs[i].clip_high, high);
  }
  co_world_free(world);
  co_json_free(facts);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("golden");
  TCase *tcase = tcase_create("golden");
  int trajectories = (int)(sizeof kTrajectories / sizeof *kTrajectories);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_trajectory, 0, trajectories);
  tcase_add_loop_test(tcase, test_model, 0, TEST_TASKS - 1);
  tcase_add_loop_test(tcase, test_elements, 0, TEST_TASKS - 1);
  tcase_add_loop_test(tcase, test_specification, 0, TEST_TASKS);
  suite_add_tcase(suite, tcase);
  return suite;
}
