// Numbers of a row's own: the shared model is only read, a row with numbers put is a model shifted,
// and nothing drifts.

#include "envs/physics/mujoco/engine.h"
#include "tests/envs/worlds.h"

#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>
#include <sys/mman.h>

// One of each kind of thing that constants are derived for.
static const char kEverything[] =
    "<mujoco><option density='1'/><worldbody><light pos='0 0 3' mode='targetbody' target='base'/>"
    "<camera pos='0 -3 1'/><geom name='ground' type='plane' size='5 5 .1'/>"
    "<body name='hand' mocap='true' pos='1 1 1'><geom size='.05' contype='0' conaffinity='0'/>"
    "</body><body name='base' pos='0 0 .1'><freejoint name='root'/><geom name='ball' size='.1'/>"
    "<site name='s0' pos='0 0 .1'/><camera mode='track'/>"
    "<body name='upper' pos='.3 0 0' gravcomp='.5'>"
    "<joint name='j1' axis='0 1 0' armature='.01' damping='.1' range='-1 1' limited='true'/>"
    "<geom name='thick' type='capsule' size='.05 .1'/><site name='s1' pos='.1 0 0'/>"
    "<body name='lower' pos='.3 0 0'><joint name='j2' axis='0 1 0' stiffness='1'/>"
    "<geom name='thin' type='capsule' size='.05 .1'/><site name='s2' pos='.1 0 "
    "0'/></body></body></body>"
    "<body name='box' pos='2 0 1'><joint type='ball'/><geom size='.1 .1 .1' type='box'/></body>"
    "</worldbody><contact><pair name='rub' geom1='ground' geom2='thin'/></contact>"
    "<tendon><spatial name='t1' stiffness='3'><site site='s0'/><site site='s2'/>"
    "</spatial><fixed name='t2'><joint joint='j1' coef='1'/><joint joint='j2' coef='-1'/></fixed>"
    "</tendon><equality><connect body1='box' anchor='0 0 .2'/><weld body1='hand' body2='base' "
    "active='false'/>"
    "<joint joint1='j1' joint2='j2' active='false'/></equality><actuator>"
    "<motor name='m1' joint='j1' gear='3' ctrlrange='-1 1'/>"
    "<position name='p2' joint='j2' kp='4' kv='1'/><motor site='s1' gear='1 0 0 0 0 0'/>"
    "<general tendon='t1'/><muscle name='flexor' tendon='t1'/></actuator>"
    "<sensor><framelinacc objtype='site' objname='s1'/></sensor></mujoco>";

// ---- help

static mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

static co_model *load_text(const char *text) {
  co_model *model = NULL;
  char *path = test_write("view.xml", text);
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  free(path);
  return model;
}

static co_physics *row_of(const co_model *model) {
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  return row;
}

static const mjModel *seen(const co_physics *row) {
  return ((const co_mujoco_row *)row)->mj;
}

// Calls `function` with the name, pointer and bytes of every array of a model.
static void each_array(mjModel *m, void (*function)(const char *, void **, size_t, void *),
                       void *context) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
  MJMODEL_POINTERS_PREAMBLE(m)
#pragma GCC diagnostic pop
#undef MJ_M
#define MJ_M(n) n
#define X(type, name, rows, width) \
  function(#name, (void **)&m->name, sizeof(type) * (size_t)m->rows * (size_t)(width), context);
#undef XNV
#define XNV X
  MJMODEL_POINTERS
#undef X
}

typedef struct listing {
  const void *at[1000];
  int count;
} listing;

static void list_array(const char *name, void **array, size_t bytes, void *context) {
  listing *list = context;
  (void)name, (void)bytes;
  ck_assert_int_lt(list->count, 1000);
  list->at[list->count++] = *array;
}

typedef struct comparison {
  listing other;
  int next;
} comparison;

static void compare_array(const char *name, void **array, size_t bytes, void *context) {
  comparison *with = context;
  const void *other = with->other.at[with->next++];
  ck_assert_msg(bytes == 0 || memcmp(*array, other, bytes) == 0, "%s differs", name);
}

static void ck_same_numbers(const mjModel *a, const mjModel *b) {
  comparison with = {.next = 0};
  mjModel mine = *a, other = *b;  // the walk may move arrays
  each_array(&other, list_array, &with.other);
  each_array(&mine, compare_array, &with);
  ck_assert_int_eq(with.next, with.other.count);
  ck_assert_mem_eq(&a->opt, &b->opt, sizeof a->opt);
  ck_assert_mem_eq(&a->stat, &b->stat, sizeof a->stat);
}

static uint64_t hash_of(const mjModel *m) {
  size_t size = (size_t)mj_sizeModel(m);
  void *bytes = malloc(size);
  mj_saveModel(m, NULL, bytes, (int)size);
  uint64_t hash = co_hash(bytes, size);
  free(bytes);
  return hash;
}

// The states of `steps` steps under random controls, after a reset.
static uint64_t play(co_physics *row, int steps) {
  const co_model *model = row->model;
  co_hasher *hasher = co_hasher_create();
  co_rng rng = co_rng_make(&(co_stream){1, 0, CO_PURPOSE_TEST}, 0);
  ck_ok(model->engine->reset(row));
  for (int step = 0; step < steps; step++) {
    for (int i = 0; i < model->nu; i++) row->ctrl[i] = 2 * co_rng_uniform(&rng) - 1;
    ck_ok(co_physics_step(row, 1));
    co_hasher_add(hasher, row->qpos, (size_t)model->nq * sizeof(double));
    co_hasher_add(hasher, row->qvel, (size_t)model->nv * sizeof(double));
  }
  uint64_t hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return hash;
}

// ---- every parameter that is a field

static const struct {
  co_parameter_id parameter;
  const char *element;
  double value[CO_PARAMETER_WIDTH];
} kChange[] = {
    {CO_GRAVITY, NULL, {1, 0, -7}},
    {CO_WIND, NULL, {1, 2, 0}},
    {CO_DENSITY, NULL, {30}},
    {CO_VISCOSITY, NULL, {0.1}},
    {CO_TIMESTEP, NULL, {0.003}},
    {CO_INTEGRATOR, NULL, {3}},
    {CO_SOLVER, NULL, {1}},
    {CO_CONE, NULL, {1}},
    {CO_ITERATIONS, NULL, {2}},
    {CO_IMPRATIO, NULL, {3}},
    {CO_MASS, "upper", {5}},
    {CO_INERTIA, "upper", {0.1, 0.12, 0.05}},
    {CO_COM, "lower", {0.01, 0.02, 0.03}},
    {CO_POSITION, "upper", {0.35, 0.01, 0}},
    {CO_FRICTION, "ball", {3, 0.1, 0.01}},
    {CO_SOLREF, "thick", {0.05, 0.7}},
    {CO_SOLIMP, "thick", {0.8, 0.9, 0.01, 0.4, 3}},
    {CO_CONDIM, "ball", {6}},
    {CO_PAIR_FRICTION, "rub", {0.1, 0.2, 0.3, 0.4, 0.5}},
    {CO_PAIR_SOLREF, "rub", {0.05, 0.9}},
    {CO_JOINT_RANGE, "j2", {0.05, 0.1}},
    {CO_JOINT_POS, "j1", {0.01, 0, 0.02}},
    {CO_DAMPING, "root", {0.3, 0.2, 0.1}},
    {CO_ARMATURE, "j2", {0.2}},
    {CO_FRICTIONLOSS, "j1", {0.5}},
    {CO_STIFFNESS, "j1", {7, 1, 2}},
    {CO_GEAR, "m1", {-5}},
    {CO_TARGET, "p2", {0.5}},
    {CO_KP, "p2", {9}},
    {CO_KV, "p2", {0.2}},
    {CO_FORCE_RANGE, "m1", {-0.5, 0.2}},
    {CO_CTRL_RANGE, "p2", {-0.1, 0.3}},
};
enum { NUM_CHANGES = sizeof kChange / sizeof *kChange };

static int element_of(const co_model *model, int change) {
  co_element kind = co_parameters[kChange[change].parameter].element;
  if (kind == CO_NO_ELEMENT) return 0;
  int element = co_model_find(model, kind, kChange[change].element);
  ck_assert_msg(element >= 0, "no %s", kChange[change].element);
  return element;
}

static void put_row(co_physics *row, int change) {
  const co_model *model = row->model;
  ck_ok(model->engine->put_row(row, kChange[change].parameter, element_of(model, change),
                               kChange[change].value));
}

static void own_all(co_physics *row) {
  for (int i = 0; i < NUM_CHANGES; i++) {
    ck_ok(row->model->engine->own(row, kChange[i].parameter));
  }
}

START_TEST(test_table_is_complete) {
  for (int id = 0; id < CO_NUM_PARAMETERS; id++) {
    if (!co_parameter_is(id, CO_BY_FIELD) && !co_parameter_is(id, CO_BY_CONSTANT)) continue;
    bool found = false;
    for (int i = 0; i < NUM_CHANGES; i++) found = found || (int)kChange[i].parameter == id;
    ck_assert_msg(found, "%s is not tested", co_parameters[id].name);
  }
}
END_TEST

// A row put and settled has the numbers of a model put and settled, and its trajectory.
START_TEST(test_row_is_a_shifted_model) {
  co_model *shifted = load_text(kEverything), *model = load_text(kEverything);
  co_physics *row = row_of(model), *plain = row_of(model);
  uint64_t before = hash_of(mj_of(model)), nominal = play(plain, 200);
  ck_ok(co_engine_mujoco.put(shifted, kChange[_i].parameter, element_of(model, _i),
                             kChange[_i].value));
  ck_ok(co_engine_mujoco.settle(shifted));
  co_physics *wanted = row_of(shifted);
  ck_ok(co_engine_mujoco.own(row, kChange[_i].parameter));
  put_row(row, _i);
  ck_ok(co_engine_mujoco.settle_row(row));
  ck_assert_uint_eq(play(row, 200), play(wanted, 200));
  ck_assert_uint_ne(play(row, 200), nominal);
  // a load that changes nothing derives nothing; a settled model has derived all
  if (co_parameter_is(kChange[_i].parameter, CO_BY_CONSTANT)) {
    ck_same_numbers(seen(row), mj_of(shifted));
  }
  ck_assert_uint_eq(hash_of(mj_of(model)), before);
  ck_assert_uint_eq(play(plain, 200), nominal);
  co_physics_free(wanted);
  co_physics_free(plain);
  co_physics_free(row);
  co_model_free(model);
  co_model_free(shifted);
}
END_TEST

// All at once, in one order.
START_TEST(test_all_parameters_at_once) {
  co_model *shifted = load_text(kEverything), *model = load_text(kEverything);
  co_physics *row = row_of(model);
  own_all(row);
  for (int i = 0; i < NUM_CHANGES; i++) {
    put_row(row, i);
    ck_ok(co_engine_mujoco.put(shifted, kChange[i].parameter, element_of(model, i),
                               kChange[i].value));
  }
  ck_ok(co_engine_mujoco.settle_row(row));
  ck_ok(co_engine_mujoco.settle(shifted));
  co_physics *wanted = row_of(shifted);
  ck_same_numbers(seen(row), mj_of(shifted));
  ck_assert_uint_eq(play(row, 200), play(wanted, 200));
  co_physics_free(wanted);
  co_physics_free(row);
  co_model_free(model);
  co_model_free(shifted);
}
END_TEST

// ---- the shared model is only read

typedef struct region {
  unsigned char *at, *end;
} region;

static void move_array(const char *name, void **array, size_t bytes, void *context) {
  region *to = context;
  (void)name;
  if (bytes == 0) return;
  ck_assert(to->at + bytes <= to->end);
  memcpy(to->at, *array, bytes);
  *array = to->at;
  to->at += (bytes + 63) / 64 * 64;
}

// A model in memory that cannot be written: whoever tries is ended by a signal.
static void step_read_only(co_model *model) {
  co_mujoco_model *holder = (co_mujoco_model *)model;
  mjModel *original = holder->mj;
  size_t size = sizeof *original + (size_t)original->nbuffer + 64000 + 8192;
  unsigned char *block =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(block, MAP_FAILED);
  mjModel *copy = (mjModel *)block;
  region to = {block + 8192, block + size};
  *copy = *original;
  each_array(copy, move_array, &to);
  holder->mj = copy;
  co_physics *row = row_of(model), *other = row_of(model);
  ck_assert_int_eq(mprotect(block, size, PROT_READ), 0);
  for (int id = 0; id < CO_NUM_PARAMETERS; id++) {
    if (!co_parameter_is(id, CO_BY_FIELD) && !co_parameter_is(id, CO_BY_CONSTANT)) continue;
    ck_ok(co_engine_mujoco.own(row, id));
    co_element kind = co_parameters[id].element;
    int count = kind == CO_NO_ELEMENT ? 1 : model->elements[kind].count;
    for (int element = 0; element < count; element++) {
      double value[CO_PARAMETER_WIDTH];
      co_engine_mujoco.get(model, id, element, value);
      co_status status = co_engine_mujoco.put_row(row, id, element, value);
      ck_assert(status == CO_OK || status == CO_CONFIG);  // not for this element
    }
  }
  ck_ok(co_engine_mujoco.settle_row(row));
  play(row, 50);
  play(other, 50);
  co_physics_free(row);
  co_physics_free(other);
  holder->mj = original;
  munmap(block, size);
}

START_TEST(test_shared_model_is_only_read) {
  co_model *model = load_text(kEverything);
  step_read_only(model);
  co_model_free(model);
}
END_TEST

static const char *const kTasks[] = {"inverted_pendulum", "hopper", "half_cheetah"};

START_TEST(test_shared_model_of_tasks_is_only_read) {
  co_built_world *world = test_world(kTasks[_i], NULL, NULL);
  step_read_only(world->model);
  co_world_free(world);
}
END_TEST

// ---- resets

// Puts what reset number `k` draws.
static void draw(co_physics *row, int k) {
  double factor = 1 + 0.001 * (k % 977);
  for (int i = 0; i < NUM_CHANGES; i++) {
    co_parameter_id id = kChange[i].parameter;
    if (!co_parameter_is(id, CO_BY_CONSTANT)) continue;
    double value[CO_PARAMETER_WIDTH];
    for (int j = 0; j < co_parameters[id].width; j++) value[j] = kChange[i].value[j] * factor;
    ck_ok(row->model->engine->put_row(row, id, element_of(row->model, i), value));
  }
  ck_ok(row->model->engine->settle_row(row));
  ck_ok(row->model->engine->reset(row));
}

// The numbers of a draw do not depend on the draws before it.
START_TEST(test_no_drift) {
  char *still = test_replace(kEverything, "mocap='true'", "");
  co_model *model = load_text(_i ? still : kEverything);
  co_physics *row = row_of(model), *fresh = row_of(model);
  own_all(row);
  own_all(fresh);
  draw(fresh, 1);
  for (int k = 0; k < 1000; k++) {
    draw(row, k);
    if (k % 10 == 0) ck_ok(co_physics_step(row, 3));
  }
  mjData *data = ((co_mujoco_row *)row)->data;  // whatever a diverged row has left behind
  memset(data->buffer, 0xff, (size_t)data->nbuffer);
  draw(row, 1);
  ck_same_numbers(seen(row), seen(fresh));
  ck_assert_uint_eq(play(row, 100), play(fresh, 100));
  co_physics_free(row);
  co_physics_free(fresh);
  co_model_free(model);
  free(still);
}
END_TEST

// Rows with other numbers side by side are the same as alone.
START_TEST(test_rows_are_apart) {
  co_model *model = load_text(kEverything);
  co_physics *row[3];
  uint64_t alone[3];
  for (int i = 0; i < 3; i++) {
    row[i] = row_of(model);
    own_all(row[i]);
    draw(row[i], 100 * i);
    alone[i] = play(row[i], 60);
  }
  ck_assert_uint_ne(alone[0], alone[1]);
  for (int i = 0; i < 3; i++) draw(row[i], 100 * i);
  for (int i = 2; i >= 0; i--) ck_assert_uint_eq(play(row[i], 60), alone[i]);
  for (int i = 0; i < 3; i++) co_physics_free(row[i]);
  co_model_free(model);
}
END_TEST

// ---- variants

START_TEST(test_use) {
  char *text = test_replace(kEverything, "size='.05 .1'", "size='.06 .12'");
  co_model *a = load_text(kEverything), *b = load_text(text);
  co_physics *row = row_of(a), *plain = row_of(a), *wanted = row_of(b);
  uint64_t of_a = play(row, 100), of_b = play(wanted, 100);
  ck_assert_uint_ne(of_a, of_b);
  ck_ok(co_engine_mujoco.use(plain, b));  // a row without numbers of its own
  ck_assert_uint_eq(play(plain, 100), of_b);
  own_all(row);
  draw(row, 5);
  ck_ok(co_engine_mujoco.use(row, b));  // drops what was put
  ck_assert_uint_eq(play(row, 100), of_b);
  draw(row, 5);
  ck_ok(co_engine_mujoco.use(row, a));
  ck_assert_uint_eq(play(row, 100), of_a);
  co_physics_free(row);
  co_physics_free(plain);
  co_physics_free(wanted);
  co_model_free(a);
  co_model_free(b);
  free(text);
}
END_TEST

START_TEST(test_use_of_other_sizes) {
  co_built_world *hopper = test_world("hopper", NULL, NULL);
  co_model *model = load_text(kEverything);
  co_physics *row = row_of(model);
  uint64_t before = play(row, 20);
  ck_fails(co_engine_mujoco.use(row, hopper->model), CO_CONFIG, "same sizes");
  ck_assert_ptr_eq(row->model, model);
  ck_assert_uint_eq(play(row, 20), before);
  co_physics_free(row);
  co_model_free(model);
  co_world_free(hopper);
}
END_TEST

// ---- errors

// An error while constants are derived touches no other row, and the row itself goes on.
START_TEST(test_error_in_settle_row) {
  co_model *model = load_text(kEverything);
  co_physics *row = row_of(model), *other = row_of(model);
  mjData *data = ((co_mujoco_row *)row)->data;
  int body = co_model_find(model, CO_BODY, "upper");
  double mass = 0, heavy = 9;
  uint64_t before = play(other, 50);
  mjtSize arena = data->narena;
  co_engine_mujoco.get(model, CO_MASS, body, &mass);
  ck_ok(co_engine_mujoco.own(row, CO_MASS));
  ck_ok(co_engine_mujoco.put_row(row, CO_MASS, body, &heavy));
  data->narena = 64;
  ck_fails(co_engine_mujoco.settle_row(row), CO_INTERNAL, "mj_setConst: mj_stackAlloc");
  data->narena = arena;
  ck_assert_uint_eq(play(other, 50), before);
  ck_ok(co_engine_mujoco.put_row(row, CO_MASS, body, &mass));
  ck_ok(co_engine_mujoco.settle_row(row));
  ck_assert_uint_eq(play(row, 50), before);
  co_physics_free(row);
  co_physics_free(other);
  co_model_free(model);
}
END_TEST

// What has no meaning for an element is refused, and the other numbers stay.
START_TEST(test_refused_value) {
  co_model *model = load_text(kEverything);
  co_physics *row = row_of(model);
  double range[2] = {1, -1};
  uint64_t before = play(row, 50);
  ck_ok(co_engine_mujoco.own(row, CO_JOINT_RANGE));
  ck_fails(
      co_engine_mujoco.put_row(row, CO_JOINT_RANGE, co_model_find(model, CO_JOINT, "j1"), range),
      CO_CONFIG, "j1");
  ck_ok(co_engine_mujoco.settle_row(row));
  ck_assert_uint_eq(play(row, 50), before);
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("view");
  TCase *tcase = tcase_create("view");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_table_is_complete);
  tcase_add_loop_test(tcase, test_row_is_a_shifted_model, 0, NUM_CHANGES);
  tcase_add_test(tcase, test_all_parameters_at_once);
  tcase_add_test(tcase, test_shared_model_is_only_read);
  tcase_add_loop_test(tcase, test_shared_model_of_tasks_is_only_read, 0, 3);
  tcase_add_loop_test(tcase, test_no_drift, 0, 2);
  tcase_add_test(tcase, test_rows_are_apart);
  tcase_add_test(tcase, test_use);
  tcase_add_test(tcase, test_use_of_other_sizes);
  tcase_add_test(tcase, test_error_in_settle_row);
  tcase_add_test(tcase, test_refused_value);
  suite_add_tcase(suite, tcase);
  return suite;
}
