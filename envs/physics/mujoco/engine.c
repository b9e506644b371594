// MuJoCo behind the physics seam: rows. Models are in model.c.

#include "envs/physics/mujoco/engine.h"

#include "core/memory.h"

#include <mujoco/mujoco.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Thread_local jmp_buf error_jump;
static _Thread_local bool guarded, warned;
static _Thread_local char error_text[1024];
static mjfLogHandler previous_handler;  // these two are written once, by install()
static char version_text[64];

// Errors leave by the jump. Warnings are not printed: most have counters, which are read after
// every control step; of the others it is kept that there was one.
static void handle_log(const mjLogMessage *message) {
  if (message->level == mjLOG_ERROR && guarded) {
    guarded = false;
    snprintf(error_text, sizeof error_text, "%s", message->subject);
    longjmp(error_jump, 1);
  }
  if (message->level == mjLOG_ERROR) previous_handler(message);
  if (message->level == mjLOG_WARNING) warned = true;
}

static void install(void) {
  previous_handler = mju_setLogHandler(handle_log);
  snprintf(version_text, sizeof version_text, "mujoco %s", mj_versionString());
}

void co_mujoco_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}

jmp_buf *co_mujoco_guard(void) {
  guarded = true;
  return &error_jump;
}

void co_mujoco_done(void) {
  guarded = false;
}

// MuJoCo has one code for all errors. Its own stack and arena, whose sizes the model sets, are not
// meant: running out of them is a property of the model.
bool co_mujoco_lacks_memory(const char *text) {
  static const char *const says[] = {"ould not allocate", "failed to allocate",
                                     "memory allocation failed", "insufficient memory",
                                     "bad_alloc"};
  for (size_t i = 0; i < sizeof says / sizeof *says; i++)
    if (strstr(text, says[i])) return true;
  return false;
}

co_status co_mujoco_failed(const char *what) {
  co_status status = co_mujoco_lacks_memory(error_text) ? CO_MEMORY : CO_INTERNAL;
  return co_fail(status, "MuJoCo: %s: %s", what, error_text);
}

// Brackets what is done to a row, so that a warning without a counter is the row's.
static void begin(void) {
  warned = false;
}

static co_status end(co_physics *row) {
  co_mujoco_done();
  if (warned) ((co_mujoco_row *)row)->warned = true;
  return CO_OK;
}

static const mjModel *model_of(const co_physics *row) {
  return ((const co_mujoco_row *)row)->mj;
}

static mjData *data_of(const co_physics *row) {
  return ((const co_mujoco_row *)row)->data;
}

static const char *version(void) {
  co_mujoco_install();
  return version_text;
}

static void destroy(co_physics *row) {
  mj_deleteData(data_of(row));
  co_mujoco_view_free(((co_mujoco_row *)row)->view);
  free(row);
}

// A new arena may be memory that was used before; its pages come back when they are touched.
static void give_back(void *block, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)block + page - 1) / page * page;
  uintptr_t end = ((uintptr_t)block + size) / page * page;
  if (first < end) madvise((void *)first, end - first, MADV_DONTNEED);
}

// The row's arrays are MuJoCo's own: no copies on the way.
static co_status create(const co_model *model, co_physics **out) {
  const mjModel *mj = ((const co_mujoco_model *)model)->mj;
  co_mujoco_row *row = co_alloc(1, sizeof *row);
  if (!row) return CO_MEMORY;
  if (setjmp(*co_mujoco_guard())) {
    free(row);
    return co_mujoco_failed("mj_makeData");
  }
  mjData *data = mj_makeData(mj);
  co_mujoco_done();
  if (!data) {
    free(row);
    return co_fail(CO_MEMORY, "out of memory");
  }
  give_back(data->arena, (size_t)data->narena);
  row->mj = mj;
  row->data = data;
  row->base = (co_physics){.model = model,
                           .field = {[CO_QPOS] = data->qpos,
                                     [CO_QVEL] = data->qvel,
                                     [CO_CTRL] = data->ctrl,
                                     [CO_BODY_POS] = data->xpos,
                                     [CO_BODY_QUAT] = data->xquat,
                                     [CO_BODY_MAT] = data->xmat,
                                     [CO_BODY_COM] = data->xipos,
                                     [CO_BODY_INERTIA] = data->cinert,
                                     [CO_BODY_VELOCITY] = data->cvel,
                                     [CO_BODY_FORCE] = data->cfrc_ext,
                                     [CO_GEOM_POSITION] = data->geom_xpos,
                                     [CO_SITE_POS] = data->site_xpos,
                                     [CO_SITE_MAT] = data->site_xmat,
                                     [CO_JOINT_TORQUE] = data->qfrc_actuator,
                                     [CO_CONSTRAINT_FORCE] = data->qfrc_constraint,
                                     [CO_ACTUATOR_FORCE] = data->actuator_force,
                                     [CO_SENSOR] = data->sensordata,
                                     [CO_MOCAP_POS] = data->mocap_pos},
                           .qpos = data->qpos,
                           .qvel = data->qvel,
                           .ctrl = data->ctrl};
  *out = &row->base;
  return CO_OK;
}

static co_status reset(co_physics *row) {
  begin();
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_resetData");
  mj_resetData(model_of(row), data_of(row));
  ((co_mujoco_row *)row)->warned = false;
  return end(row);
}

static co_status forward(co_physics *row) {
  begin();
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_forward");
  mj_forward(model_of(row), data_of(row));
  return end(row);
}

static co_status refresh(co_physics *row) {
  begin();
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_fwdPosition");
  mj_fwdPosition(model_of(row), data_of(row));
  mj_sensorPos(model_of(row), data_of(row));
  mj_fwdVelocity(model_of(row), data_of(row));
  mj_sensorVel(model_of(row), data_of(row));
  return end(row);
}

static co_status step(co_physics *row, int steps) {
  begin();
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_step");
  for (int i = 0; i < steps; i++) mj_step(model_of(row), data_of(row));
  return end(row);
}

static co_status contact_forces(co_physics *row) {
  begin();
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_rnePostConstraint");
  mj_rnePostConstraint(model_of(row), data_of(row));
  return end(row);
}

// MuJoCo's "xbody" is a body seen at its origin, "body" at its centre of mass. What is not there
// rests.
static void object_velocity(const co_physics *row, co_element kind, int index, bool own_frame,
                            double out[6]) {
  mjtObj type = kind == CO_SITE ? mjOBJ_SITE : mjOBJ_XBODY;
  int at = co_model_at(row->model, kind, index);
  memset(out, 0, 6 * sizeof *out);
  if (at >= 0) mj_objectVelocity(model_of(row), data_of(row), type, at, out, own_frame);
}

static void apply_force(co_physics *row, int body, const double force[3]) {
  int at = co_model_at(row->model, CO_BODY, body);
  if (at >= 0) memcpy(data_of(row)->xfrc_applied + 6 * at, force, 3 * sizeof *force);
}

// In the order of the bodies, as sums over arrays are formed elsewhere.
static void mass_center(const co_physics *row, double out[3]) {
  const mjModel *model = model_of(row);
  const double *position = data_of(row)->xipos;
  double mass = 0.0;
  for (int k = 0; k < 3; k++) out[k] = 0.0;
  for (int body = 0; body < model->nbody; body++) {
    for (int k = 0; k < 3; k++) out[k] += model->body_mass[body] * position[3 * body + k];
    mass += model->body_mass[body];
  }
  for (int k = 0; k < 3; k++) out[k] /= mass;
}

// Every warning counts. With automatic resets off, a diverged state stays.
static bool fault(const co_physics *row) {
  const mjWarningStat *warning = data_of(row)->warning;
  int number = 0;
  for (int i = 0; i < mjNWARNING; i++) number |= warning[i].number;
  return number || ((const co_mujoco_row *)row)->warned;
}

// What a step leaves behind beside this, such as positions of bodies, the next step computes anew:
// whoever needs it later keeps it (see `before` of envs/task/terms/terms.h).
static size_t state_size(const co_model *model) {
  const mjModel *mj = ((const co_mujoco_model *)model)->mj;
  return (size_t)mj_stateSize(mj, mjSTATE_INTEGRATION) * sizeof(mjtNum);
}

static void save(const co_physics *row, void *bytes) {
  mj_getState(model_of(row), data_of(row), bytes, mjSTATE_INTEGRATION);
}

static void restore(co_physics *row, const void *bytes) {
  mjData *data = data_of(row);
  mj_setState(model_of(row), data, bytes, mjSTATE_INTEGRATION);
  memset(data->warning, 0, sizeof data->warning);
  ((co_mujoco_row *)row)->warned = false;
}

// The geom of the nominal model that is at this place.
static int nominal_geom(const co_model *model, int at) {
  int geom = at;
  while (co_model_at(model, CO_GEOM, geom) != at) geom++;
  return geom;
}

static int contacts(const co_physics *row, co_contact *out, int max) {
  const mjData *data = data_of(row);
  int count = 0;
  for (int i = 0; i < data->ncon && count < max; i++) {
    const mjContact *contact = &data->contact[i];
    if (contact->exclude || contact->geom[0] < 0 || contact->geom[1] < 0) continue;
    out[count].friction = contact->dim > 1 ? contact->friction[0] : 0.0;
    for (int k = 0; k < 2; k++) {
      out[count].geom[k] = nominal_geom(row->model, contact->geom[k]);
    }
    count++;
  }
  return count;
}

// Most of a row is an arena that is reserved as a whole and hardly used, so the pages that are
// there are counted.
static size_t resident(const void *block, size_t size) {
  enum { kPages = 256 };
  unsigned char there[kPages];
  size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 0;
  uintptr_t end = (uintptr_t)block + size;
  for (uintptr_t at = (uintptr_t)block / page * page; at < end; at += kPages * page) {
    size_t length = end - at < kPages * page ? end - at : kPages * page;
    if (mincore((void *)at, length, there) != 0) return size;
    for (size_t i = 0; i * page < length; i++) bytes += (there[i] & 1) ? page : 0;
  }
  return bytes;
}

static size_t memory(const co_physics *row) {
  const mjData *data = data_of(row);
  return sizeof(co_mujoco_row) + co_mujoco_view_size(((const co_mujoco_row *)row)->view) +
         resident(data, sizeof *data) + resident(data->buffer, (size_t)data->nbuffer) +
         resident(data->arena, (size_t)data->narena);
}

static double *warm_start(co_physics *row) {
  return data_of(row)->qacc_warmstart;
}

static bool limit_active(const co_physics *row) {
  return data_of(row)->nl > 0;
}

const co_engine co_engine_mujoco = {.name = "mujoco",
                                    .needs_file = true,
                                    .version = version,
                                    .load = co_mujoco_load,
                                    .unload = co_mujoco_unload,
                                    .files = co_mujoco_files,
                                    .has = co_mujoco_has,
                                    .get = co_mujoco_get,
                                    .put = co_mujoco_put,
                                    .compile = co_mujoco_compile,
                                    .settle = co_mujoco_settle,
                                    .copy = co_mujoco_copy,
                                    .role = co_mujoco_role,
                                    .geom_group = co_mujoco_geom_group,
                                    .facts = {.measure = co_mujoco_measure,
                                              .joint_axis = co_mujoco_joint_axis,
                                              .frame = co_mujoco_frame,
                                              .drive = co_mujoco_drive},
                                    .pair_friction = co_mujoco_pair_friction,
                                    .states_inertia = co_mujoco_states_inertia,
                                    .create = create,
                                    .destroy = destroy,
                                    .own = co_mujoco_own,
                                    .put_row = co_mujoco_put_row,
                                    .settle_row = co_mujoco_settle_row,
                                    .use = co_mujoco_use,
                                    .reset = reset,
                                    .keyframe = co_mujoco_keyframe,
                                    .start = co_mujoco_start,
                                    .forward = forward,
                                    .refresh = refresh,
                                    .step = step,
                                    .contact_forces = contact_forces,
                                    .fault = fault,
                                    .state_size = state_size,
                                    .save = save,
                                    .restore = restore,
                                    .contacts = contacts,
                                    .memory = memory,
                                    .warm_start = warm_start,
                                    .limit_active = limit_active,
                                    .object_velocity = object_velocity,
                                    .apply_force = apply_force,
                                    .torques = co_mujoco_torques,
                                    .inverse = co_mujoco_inverse,
                                    .mass_center = mass_center};
