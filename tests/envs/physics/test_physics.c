// The physics seam: both engines through the same table, errors that stay inside it, divergence
// that is seen.

#include "envs/physics/mujoco/engine.h"
#include "envs/physics/trig.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>
#include <unistd.h>

START_TEST(test_engine_table) {
  for (int i = 0; co_engine_names[i]; i++) {
    ck_assert_str_eq(co_engine_at(i)->name, co_engine_names[i]);
    ck_assert_int_gt(strlen(co_engine_at(i)->version()), 5);
  }
  ck_assert_str_eq(co_engine_mujoco.version(), "mujoco 4.0.1");
}
END_TEST

START_TEST(test_names) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  const co_model *model = world->model;
  ck_assert_int_eq(model->elements[CO_BODY].count, 5);
  ck_assert_int_eq(co_model_find(model, CO_BODY, "foot"), 4);
  ck_assert_int_eq(co_model_find(model, CO_GEOM, "floor"), 0);
  ck_assert_int_eq(co_model_find(model, CO_ACTUATOR, "foot_joint"), 2);
  ck_assert_int_eq(co_model_find(model, CO_QPOS, "rooty"), 2);
  ck_assert_int_eq(co_model_find(model, CO_QVEL, "leg_joint"), 4);
  ck_assert_int_eq(co_model_find(model, CO_BODY, "wing"), -1);
  ck_assert_str_eq(model->elements[CO_QPOS].unit[0], "m");
  ck_assert_str_eq(model->elements[CO_QVEL].unit[2], "rad/s");
  co_world_free(world);
}
END_TEST

// Free and ball joints, unnamed elements, an actuator without a range.
START_TEST(test_names_of_free_bodies) {
  char *path = test_write("free.xml",
                          "<mujoco><worldbody>"
                          "<body name='box'><freejoint name='root'/><geom size='.1'/>"
                          "<body><joint name='ball' type='ball'/><geom size='.1'/>"
                          "<body><joint axis='0 1 0'/><geom size='.1'/></body></body></body>"
                          "</worldbody></mujoco>");
  co_model *model = NULL;
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  ck_assert_int_eq(model->nq, 12);
  ck_assert_int_eq(model->nv, 10);
  ck_assert_str_eq(model->elements[CO_QPOS].name[3], "root.qw");
  ck_assert_str_eq(model->elements[CO_QPOS].unit[3], "1");
  ck_assert_str_eq(model->elements[CO_QVEL].name[3], "root.rx");
  ck_assert_str_eq(model->elements[CO_QVEL].unit[3], "rad/s");
  ck_assert_str_eq(model->elements[CO_QPOS].name[7], "ball.qw");
  ck_assert_str_eq(model->elements[CO_QVEL].name[6], "ball.rx");
  ck_assert_str_eq(model->elements[CO_QPOS].name[11], "#2");
  ck_assert_str_eq(model->elements[CO_GEOM].name[0], "#0");
  co_model_free(model);
  free(path);
}
END_TEST

// Only quaternions are named like quaternions; a contact has whatever fields were asked for.
START_TEST(test_names_of_sensors) {
  static const char *const names[] = {"quat.w",  "quat.x",  "quat.y", "quat.z", "gyro.x", "gyro.y",
                                      "gyro.z",  "user.0",  "user.1", "user.2", "user.3", "force.x",
                                      "force.y", "force.z", "four.0", "four.1", "four.2", "four.3",
                                      "three.0", "three.1", "three.2"};
  char *path =
      test_write("sensors.xml",
                 "<mujoco><worldbody><geom name='floor' type='plane' size='1 1 1'/><body name='b'>"
                 "<freejoint/><geom name='g' size='.1'/><site name='s'/></body></worldbody><sensor>"
                 "<framequat name='quat' objtype='body' objname='b'/><gyro name='gyro' site='s'/>"
                 "<user name='user' dim='4'/>"
                 "<contact name='force' geom1='g' num='1' data='force'/>"
                 "<contact name='four' geom1='g' num='1' data='found force'/>"
                 "<contact name='three' geom1='g' num='3' data='found'/></sensor></mujoco>");
  co_model *model = NULL;
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  const co_elements *sensors = &model->elements[CO_SENSOR];
  ck_assert_int_eq(sensors->count, (int)(sizeof names / sizeof *names));
  for (int i = 0; i < sensors->count; i++) ck_assert_str_eq(sensors->name[i], names[i]);
  co_model_free(model);
  free(path);
}
END_TEST

// One sentence each, on one line.
START_TEST(test_models_of_other_kinds) {
  co_model *model = NULL;
  co_names files = {0};
  char *compiled = test_write("robot.MJB", "whatever");
  char *plugin = test_write("plugin.xml",
                            "<mujoco>\n<extension><plugin plugin='mujoco.elasticity.cable'/>"
                            "</extension></mujoco>");
  ck_fails(co_model_load(&co_engine_mujoco, compiled, NULL, &model), CO_DATA,
           "robot.MJB: a compiled model, which is never opened");
  ck_fails(co_mujoco_files(compiled, &files), CO_DATA, "robot.MJB: a compiled model");
  ck_fails(co_model_load(&co_engine_mujoco, plugin, NULL, &model), CO_DATA,
           "plugins are not supported: XML Error: plugin mujoco.elasticity.cable not found "
           "Element 'plugin', line 2");
  free(compiled);
  free(plugin);
}
END_TEST

START_TEST(test_missing_and_bad_models) {
  co_model *model = NULL;
  char *bad = test_write("bad.xml", "<mujoco><worldbody><body><geom/></worldbody></mujoco>");
  ck_fails(co_model_load(&co_engine_mujoco, "no/such.xml", NULL, &model), CO_NO_INPUT,
           "no/such.xml");
  ck_fails(co_model_load(&co_engine_mujoco, bad, NULL, &model), CO_DATA, "bad.xml");
  ck_assert_ptr_null(model);
  free(bad);
}
END_TEST

// A model may ask for a total mass, as the deprecated compiler attribute did.
START_TEST(test_total_mass) {
  char text[400];
  const char *const mass[] = {"6", "-1"};
  for (int i = 0; i < 2; i++) {
    snprintf(text, sizeof text,
             "<mujoco><custom><numeric name='total_mass' data='%s'/></custom><worldbody>"
             "<body name='a'><freejoint/><geom size='.1' mass='1'/>"
             "<body name='b'><joint/><geom size='.1' mass='2'/></body></body></worldbody></mujoco>",
             mass[i]);
    char *path = test_write("mass.xml", text);
    co_model *model = NULL;
    if (i == 1) {
      ck_fails(co_model_load(&co_engine_mujoco, path, NULL, &model), CO_DATA,
               "mass.xml: total_mass");
    } else {
      ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
      const mjModel *m = ((const co_mujoco_model *)model)->mj;
      ck_assert_double_eq(m->body_mass[1], 2.0);
      ck_assert_double_eq(m->body_mass[2], 4.0);
      ck_assert_double_eq_tol(m->body_subtreemass[0], 6.0, 1e-15);
      co_model_free(model);
    }
    free(path);
  }
}
END_TEST

// An error inside MuJoCo comes back as a status, and the next call works.
START_TEST(test_error_is_caught) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row row = test_row(world, 1);
  volatile co_status status = CO_OK;
  if (setjmp(*co_mujoco_guard())) {
    status = co_mujoco_failed("test");
  } else {
    mju_error("number %d", 42);
  }
  ck_assert_int_eq(status, CO_INTERNAL);
  ck_assert_str_eq(co_error_text(), "MuJoCo: test: number 42");
  ck_ok(co_physics_step(row.physics, 3));
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A diverged state is not reset behind our back, and the fault stays until the reset.
// Too little memory is no property of a model: the texts that MuJoCo has for it, and near ones.
static const struct {
  const char *text;
  bool lacks;
} kMemory[] = {
    {"Could not allocate memory", true},
    {"Error: engine error: could not allocate mjData arena", true},
    {"failed to allocate temporary memory for plugin_data", true},
    {"mj_stackAlloc: out of memory, stack overflow", false},
    {"Insufficient arena memory for the number of constraints generated.", false},
    {"nefc under-allocation: found nefc=3 but allocated only 2", false},
    {"", false},
};

START_TEST(test_memory_texts) {
  ck_assert_int_eq(co_mujoco_lacks_memory(kMemory[_i].text), kMemory[_i].lacks);
}
END_TEST

START_TEST(test_divergence) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  const co_engine *engine = world->model->engine;
  co_row row = test_row(world, 1);
  ck_assert(!engine->fault(row.physics));
  row.physics->qvel[0] = 1e11;
  ck_ok(co_physics_step(row.physics, 1));
  ck_assert(engine->fault(row.physics));
  ck_assert_double_gt(row.physics->qvel[0], 1e10);
  ck_ok(engine->reset(row.physics));
  ck_assert(!engine->fault(row.physics));
  ck_assert_double_eq(row.physics->qvel[0], 0.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- every warning of MuJoCo is a fault

static void bad_qpos(mjModel *m, mjData *d) {
  (void)m;
  d->qpos[1] = NAN;
}
static void bad_qvel(mjModel *m, mjData *d) {
  (void)m;
  d->qvel[1] = 1e11;
}
static void bad_qacc(mjModel *m, mjData *d) {
  (void)m;
  d->qfrc_applied[1] = 1e14;
}
static void bad_ctrl(mjModel *m, mjData *d) {
  (void)m;
  d->ctrl[0] = NAN;
}
static void no_inertia(mjModel *m, mjData *d) {
  (void)d;
  memset(m->body_mass, 0, (size_t)m->nbody * sizeof *m->body_mass);
  memset(m->body_inertia, 0, 3 * (size_t)m->nbody * sizeof *m->body_inertia);
  memset(m->dof_armature, 0, (size_t)m->nv * sizeof *m->dof_armature);
  memset(m->dof_M0, 0, (size_t)m->nv * sizeof *m->dof_M0);
}
// The space between arena and stack is that of a crowded model.
static void small_arena(mjModel *m, mjData *d) {
  (void)m;
  d->narena = 8 * 1024;
}
static void medium_arena(mjModel *m, mjData *d) {
  (void)m;
  d->narena = 20 * 1024;
}
static void nothing(mjModel *m, mjData *d) {
  (void)m, (void)d;
}

static const struct {
  mjtWarning kind;
  void (*provoke)(mjModel *m, mjData *d);
} kWarnings[] = {
    {mjNWARNING, nothing},
    {mjWARN_INERTIA, no_inertia},
    {mjWARN_CONTACTFULL, small_arena},
    {mjWARN_CNSTRFULL, medium_arena},
    {mjWARN_BADQPOS, bad_qpos},
    {mjWARN_BADQVEL, bad_qvel},
    {mjWARN_BADQACC, bad_qacc},
    {mjWARN_BADCTRL, bad_ctrl},
};

// Twelve balls in a row that touch the floor and each other, and a motor, for which a full arena
// leaves no stack.
static co_model *crowd(bool motor) {
  char text[2000], *at = text;
  at += sprintf(at,
                "<mujoco><worldbody><geom type='plane' size='5 5 .1'/><body pos='-1 0 1'>"
                "<joint name='arm'/><geom size='.1'/></body>");
  for (int i = 0; i < 12; i++) {
    at += sprintf(at, "<body pos='%g 0 .09'><freejoint/><geom size='.1'/></body>", 0.15 * i);
  }
  sprintf(at, "</worldbody>%s</mujoco>", motor ? "<actuator><motor joint='arm'/></actuator>" : "");
  co_model *model = NULL;
  char *path = test_write("crowd.xml", text);
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  free(path);
  return model;
}

START_TEST(test_warnings_are_faults) {
  co_model *model = crowd(kWarnings[_i].kind == mjWARN_BADCTRL);
  mjModel *mj = ((co_mujoco_model *)model)->mj;
  co_physics *row = NULL, *other = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(co_physics_create(model, &other));
  mjData *data = ((co_mujoco_row *)row)->data;
  mj->opt.disableflags |= mjDSBL_ISLAND;
  ck_ok(co_physics_step(other, 1));
  kWarnings[_i].provoke(mj, data);
  ck_ok(co_physics_step(row, 1));
  for (int kind = 0; kind < mjNWARNING; kind++) {
    if (kind == (int)kWarnings[_i].kind) ck_assert_int_gt(data->warning[kind].number, 0);
  }
  ck_assert_int_eq(co_engine_mujoco.fault(row), kWarnings[_i].kind != mjNWARNING);
  ck_assert(!co_engine_mujoco.fault(other));
  ck_ok(co_engine_mujoco.reset(row));
  ck_assert(!co_engine_mujoco.fault(row));
  co_physics_free(row);
  co_physics_free(other);
  co_model_free(model);
}
END_TEST

START_TEST(test_every_warning_is_provoked) {
  for (int kind = 0; kind < mjNWARNING; kind++) {
    bool found = false;
    for (size_t i = 0; i < sizeof kWarnings / sizeof *kWarnings; i++) {
      found = found || (int)kWarnings[i].kind == kind;
    }
    ck_assert_msg(found, "warning %d", kind);
  }
}
END_TEST

static void warn(const mjModel *m, mjData *d) {
  (void)m, (void)d;
  mju_warning("without a counter");
}

// A warning without a counter is a fault of the row that was stepped, until its reset.
START_TEST(test_warning_without_counter) {
  co_model *model = crowd(false);
  co_physics *row = NULL, *other = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(co_physics_create(model, &other));
  mjcb_passive = warn;
  ck_ok(co_physics_step(row, 1));
  mjcb_passive = NULL;
  ck_ok(co_physics_step(row, 1));
  ck_ok(co_physics_step(other, 1));
  ck_assert(co_engine_mujoco.fault(row));
  ck_assert(!co_engine_mujoco.fault(other));
  ck_ok(co_engine_mujoco.reset(row));
  ck_assert(!co_engine_mujoco.fault(row));
  co_physics_free(row);
  co_physics_free(other);
  co_model_free(model);
}
END_TEST

// An error in the step of one row comes back as a status; the other row goes on, and after a reset
// so does the first.
START_TEST(test_error_is_of_one_row) {
  co_model *model = crowd(false);
  co_physics *row = NULL, *other = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(co_physics_create(model, &other));
  mjData *data = ((co_mujoco_row *)row)->data;
  mjtSize size = data->narena;
  data->narena = 1024;
  ck_fails(co_physics_step(row, 1), CO_INTERNAL, "mj_step: mj_stackAlloc");
  ck_ok(co_physics_step(other, 10));
  data->narena = size;
  ck_ok(co_engine_mujoco.reset(row));
  ck_ok(co_physics_step(row, 10));
  ck_assert_mem_eq(row->qpos, other->qpos, (size_t)model->nq * sizeof(double));
  co_physics_free(row);
  co_physics_free(other);
  co_model_free(model);
}
END_TEST

// ---- memory

static size_t resident_bytes(void) {
  unsigned long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  if (fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
  fclose(file);
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// 512 rows of hopper that have stepped take at most 250 KB each, and that is what they say.
START_TEST(test_memory_of_rows) {
  enum { kRows = 512, kLimit = 250 * 1000 };
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row *row = calloc(kRows, sizeof *row);
  size_t before = resident_bytes(), said = 0;
  for (int i = 0; i < kRows; i++) {
    double action[8] = {0.5, -0.5, 1.0};
    co_row_result result = {0};
    row[i] = test_row(world, (uint64_t)i);
    for (int step = 0; step < 30; step++) ck_ok(co_row_step(&row[i], action, &result));
    said += world->model->engine->memory(row[i].physics);
  }
  size_t took = resident_bytes() - before;
  if (!TEST_SANITIZED) {
    ck_assert_uint_lt(took / kRows, kLimit);
    ck_assert_double_eq_tol((double)said / kRows, (double)took / kRows,
                            0.15 * (double)took / kRows);
  }
  ck_assert_uint_lt(said / kRows, kLimit);
  ck_assert_uint_gt(took, 0);
  for (int i = 0; i < kRows; i++) co_row_free(&row[i]);
  free(row);
  co_world_free(world);
}
END_TEST

START_TEST(test_engine_constants) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  const mjModel *m = ((const co_mujoco_model *)world->model)->mj;
  ck_assert(m->opt.disableflags & mjDSBL_AUTORESET);
  ck_assert(m->opt.disableflags & mjDSBL_ISLAND);
  co_world_free(world);
  // several trees are solved apart, as in recordings
  world = test_world("pusher", NULL, NULL);
  m = ((const co_mujoco_model *)world->model)->mj;
  ck_assert_int_gt(m->ntree, 1);
  ck_assert(!(m->opt.disableflags & mjDSBL_ISLAND));
  co_world_free(world);
}
END_TEST

static uint64_t hash_of_model(const char *text) {
  char *path = test_write("hash.xml", text);
  co_model *model = NULL;
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  uint64_t hash = model->hash;
  co_model_free(model);
  free(path);
  return hash;
}

// A model's hash tells apart what moves differently, and nothing else.
START_TEST(test_hash_of_models) {
  static const char *const edit[][2] = {
      {"kp='4'", "kp='5'"},
      {"density='1'", "density='2'"},
      {"ctrlrange='-1 1'", "ctrlrange='-1 1' forcerange='-1 1'"},
      {"condim='3'", "condim='4'"},
      {"condim='3'", "condim='3' contype='0'"},
      {"type='hinge'", "type='slide'"},
      {"<option", "<option solver='CG'"},
      {"<freejoint/>", "<freejoint/><geom size='.1' pos='1 0 0' mass='0'/>"},
  };
  const char *text =
      "<mujoco><option density='1'/><worldbody><body name='a'><freejoint/>"
      "<geom size='.1' condim='3' rgba='1 0 0 1'/><body name='b' pos='1 0 0'><joint name='j' "
      "type='hinge'/><geom size='.1'/></body></body></worldbody><actuator><position joint='j' "
      "kp='4' ctrlrange='-1 1'/></actuator></mujoco>";
  uint64_t nominal = hash_of_model(text);
  for (size_t i = 0; i < sizeof edit / sizeof *edit; i++) {
    char *other = test_replace(text, edit[i][0], edit[i][1]);
    ck_assert_msg(hash_of_model(other) != nominal, "%s", edit[i][1]);
    free(other);
  }
  char *painted = test_replace(text, "rgba='1 0 0 1'", "rgba='0 1 0 1'");
  ck_assert_uint_eq(hash_of_model(painted), nominal);
  free(painted);
}
END_TEST

// Which trees sleep is not part of a saved row, so none does.
START_TEST(test_nothing_sleeps) {
  char *path = test_write("sleep.xml",
                          "<mujoco><option><flag sleep='enable'/></option><worldbody>"
                          "<body><freejoint/><geom size='.1'/></body></worldbody></mujoco>");
  co_model *model = NULL;
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  ck_assert(!(((const co_mujoco_model *)model)->mj->opt.enableflags & mjENBL_SLEEP));
  co_model_free(model);
  free(path);
}
END_TEST

// Finding islands or not: the same bits on robots that are one island.
START_TEST(test_islands_change_nothing) {
  co_built_world *world = test_world(_i ? "half_cheetah" : "hopper", NULL, NULL);
  mjModel *m = ((const co_mujoco_model *)world->model)->mj;
  double last[2][64] = {{0}};
  for (int with = 0; with < 2; with++) {
    m->opt.disableflags =
        with ? m->opt.disableflags & ~mjDSBL_ISLAND : m->opt.disableflags | mjDSBL_ISLAND;
    co_row row = test_row(world, 5);
    co_rng rng = co_rng_make(&(co_stream){3, 0, CO_PURPOSE_TEST}, 0);
    for (int step = 0; step < 200; step++) {
      double action[8];
      co_row_result result = {0};
      test_random_action(&world->info, &rng, action);
      ck_ok(co_row_step(&row, action, &result));
    }
    memcpy(last[with], row.obs, (size_t)world->info.obs_dim * sizeof(double));
    co_row_free(&row);
  }
  ck_assert_mem_eq(last[0], last[1], sizeof last[0]);
  co_world_free(world);
}
END_TEST

START_TEST(test_save_and_restore) {
  co_built_world *world = test_world(test_tasks[_i], NULL, NULL);
  const co_model *model = world->model;
  co_row a = test_row(world, 1), b = test_row(world, 2);
  unsigned char *bytes = malloc(model->engine->state_size(model));
  for (int i = 0; i < model->nu; i++) a.physics->ctrl[i] = 0.3;
  ck_ok(co_physics_step(a.physics, 25));
  model->engine->save(a.physics, bytes);
  model->engine->restore(b.physics, bytes);
  ck_ok(co_physics_step(a.physics, 25));
  ck_ok(co_physics_step(b.physics, 25));
  ck_assert_mem_eq(a.physics->qpos, b.physics->qpos, (size_t)model->nq * sizeof(double));
  ck_assert_mem_eq(a.physics->qvel, b.physics->qvel, (size_t)model->nv * sizeof(double));
  free(bytes);
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(world);
}
END_TEST

// n steps at once are n single steps.
START_TEST(test_steps_add_up) {
  co_built_world *world = test_world(test_tasks[_i], NULL, NULL);
  co_row a = test_row(world, 1), b = test_row(world, 1);
  ck_ok(co_physics_step(a.physics, 12));
  for (int i = 0; i < 12; i++) ck_ok(co_physics_step(b.physics, 1));
  ck_assert_mem_eq(a.physics->qpos, b.physics->qpos, (size_t)world->model->nq * sizeof(double));
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(world);
}
END_TEST

// ---- the closed-form pendulum

// E = I w^2 / 2 + m g l/2 cos(theta) is kept by the continuous system; the symplectic step keeps it
// within O(dt).
START_TEST(test_pendulum_energy) {
  co_built_world *world = test_world("pendulum", NULL, NULL);
  co_row row = test_row(world, 1);
  double *theta = row.physics->qpos, *rate = row.physics->qvel;
  *theta = 3.0, *rate = 0.2;
  double start = *rate * *rate / 6 + 5 * cos(*theta), worst = 0.0;
  for (int step = 0; step < 2000; step++) {
    ck_ok(co_physics_step(row.physics, 1));
    worst = fmax(worst, fabs(*rate * *rate / 6 + 5 * cos(*theta) - start));
  }
  ck_assert_double_lt(worst, 0.02);
  ck_assert_double_gt(worst, 0.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// One step by the formula of the fact sheet.
START_TEST(test_pendulum_formula) {
  co_built_world *world = test_world("pendulum", NULL, NULL);
  co_row row = test_row(world, 1);
  co_rng rng = co_rng_make(&(co_stream){1, 0, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < 200; i++) {
    double theta = 8 * (co_rng_uniform(&rng) - 0.5), w = 16 * (co_rng_uniform(&rng) - 0.5);
    double u = 6 * (co_rng_uniform(&rng) - 0.5);
    *row.physics->qpos = theta, *row.physics->qvel = w, *row.physics->ctrl = u;
    ck_ok(co_physics_step(row.physics, 1));
    double torque = fmax(-2, fmin(2, u));
    double rate = fmax(-8, fmin(8, w + (15 * sin(theta) + 3 * torque) * 0.05));
    ck_assert_double_eq_tol(*row.physics->qvel, rate, 1e-14);
    ck_assert_double_eq_tol(*row.physics->qpos, theta + rate * 0.05, 1e-14);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Hanging down and pushed, the pendulum comes to rest nowhere: no damping; upright at rest it
// stays.
START_TEST(test_pendulum_equilibrium) {
  co_built_world *world = test_world("pendulum", NULL, NULL);
  co_row row = test_row(world, 1);
  ck_ok(world->model->engine->reset(row.physics));
  ck_ok(co_physics_step(row.physics, 1000));
  ck_assert_double_eq(*row.physics->qpos, 0.0);
  ck_assert_double_eq(*row.physics->qvel, 0.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("physics");
  TCase *tcase = tcase_create("physics");
  tcase_add_test(tcase, test_engine_table);
  tcase_add_test(tcase, test_names);
  tcase_add_test(tcase, test_names_of_free_bodies);
  tcase_add_test(tcase, test_names_of_sensors);
  tcase_add_test(tcase, test_models_of_other_kinds);
  tcase_add_test(tcase, test_missing_and_bad_models);
  tcase_add_test(tcase, test_total_mass);
  tcase_add_test(tcase, test_error_is_caught);
  tcase_add_loop_test(tcase, test_memory_texts, 0, sizeof kMemory / sizeof *kMemory);
  tcase_add_test(tcase, test_divergence);
  tcase_add_loop_test(tcase, test_warnings_are_faults, 0, sizeof kWarnings / sizeof *kWarnings);
  tcase_add_test(tcase, test_every_warning_is_provoked);
  tcase_add_test(tcase, test_warning_without_counter);
  tcase_add_test(tcase, test_error_is_of_one_row);
  tcase_add_test(tcase, test_memory_of_rows);
  tcase_add_test(tcase, test_engine_constants);
  tcase_add_test(tcase, test_hash_of_models);
  tcase_add_test(tcase, test_nothing_sleeps);
  tcase_add_loop_test(tcase, test_islands_change_nothing, 0, 2);
  tcase_add_loop_test(tcase, test_save_and_restore, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_steps_add_up, 0, TEST_TASKS);
  tcase_add_test(tcase, test_pendulum_energy);
  tcase_add_test(tcase, test_pendulum_formula);
  tcase_add_test(tcase, test_pendulum_equilibrium);
  suite_add_tcase(suite, tcase);
  return suite;
}
