// MuJoCo behind the physics seam: models, from file to co_model.

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "envs/physics/mujoco/private/hash.h"
#include "envs/physics/mujoco/private/spec.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Engine constants. AUTORESET off: otherwise a diverged row is silently reset inside mj_step.
// ISLAND off where there is one tree of bodies, hence at most one island: the bits are the same,
// and finding it costs 5-20 % (measured on hopper and half_cheetah). Several trees (pusher: arm,
// object, goal) are solved apart, and that is part of the recorded results.
static int disabled(const mjModel *mj) {
  return mjDSBL_AUTORESET | (mj->ntree <= 1 ? mjDSBL_ISLAND : 0);
}

static const mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

// Limits of the coordinates of hinges and slides.
static void mirror_limits(co_model *model) {
  const mjModel *mj = mj_of(model), *nominal = ((co_mujoco_model *)model)->nominal;
  for (int i = 0; i < nominal->njnt; i++) {
    int joint = co_model_at(model, CO_JOINT, i), to = nominal->jnt_qposadr[i];
    int type = nominal->jnt_type[i];
    if (joint < 0 || !mj->jnt_limited[joint]) continue;
    if (type != mjJNT_HINGE && type != mjJNT_SLIDE) continue;
    model->qpos_low[to] = mj->jnt_range[2 * joint];
    model->qpos_high[to] = mj->jnt_range[2 * joint + 1];
  }
}

// What is gone keeps its last numbers.
void co_mujoco_mirror(co_model *model) {
  const mjModel *mj = mj_of(model);
  model->timestep = mj->opt.timestep;
  for (int i = 0; i < model->nq; i++) {
    int at = co_model_at(model, CO_QPOS, i);
    if (at >= 0) ((co_mujoco_model *)model)->qpos0[i] = mj->qpos0[at];
  }
  for (int i = 0; i < model->nu; i++) {
    int at = co_model_at(model, CO_CTRL, i);
    if (at < 0) continue;
    bool limited = mj->actuator_ctrllimited[at];
    model->ctrl_low[i] = limited ? mj->actuator_ctrlrange[2 * at] : -(double)INFINITY;
    model->ctrl_high[i] = limited ? mj->actuator_ctrlrange[2 * at + 1] : (double)INFINITY;
  }
  mirror_limits(model);
  co_mujoco_mirror_forces(model);
}

// Which length ranges are the compiler's.
static bool find_ranges(co_mujoco_model *model) {
  int count = (int)model->nominal->nactuator;
  bool *automatic = co_arena_alloc(&model->base.arena, (size_t)count, sizeof *automatic);
  model->automatic_range = automatic;
  for (int i = 0; automatic && i < count; i++) {
    automatic[i] = co_mujoco_has_automatic_range(model->nominal, model->spec, i);
  }
  return automatic != NULL;
}

static bool fill_base(co_model *model) {
  const mjModel *mj = mj_of(model);
  co_arena *arena = &model->arena;
  size_t nq = (size_t)mj->nq, nu = (size_t)mj->nu;
  model->nq = (int)mj->nq, model->nv = (int)mj->nv, model->nu = (int)mj->nu;
  for (int i = 0; i < mj->nv; i++) model->chain += (double)mj->M_rownnz[i] * mj->M_rownnz[i];
  double *qpos0 = co_arena_alloc(arena, nq, sizeof *qpos0);
  model->qpos0 = ((co_mujoco_model *)model)->qpos0 = qpos0;
  model->ctrl_low = co_arena_alloc(arena, nu, sizeof(double));
  model->ctrl_high = co_arena_alloc(arena, nu, sizeof(double));
  model->qpos_low = co_arena_alloc(arena, nq, sizeof(double));
  model->qpos_high = co_arena_alloc(arena, nq, sizeof(double));
  model->drive = co_arena_alloc(arena, nu, sizeof *model->drive);
  model->force_range = co_arena_alloc(arena, nu, sizeof *model->force_range);
  if (!qpos0 || !model->ctrl_low || !model->ctrl_high || !model->qpos_low || !model->qpos_high ||
      !model->drive || !model->force_range) {
    return false;
  }
  for (size_t i = 0; i < nq; i++) {
    model->qpos_low[i] = -INFINITY;
    model->qpos_high[i] = INFINITY;
  }
  co_mujoco_set_drives(model);
  if (!find_ranges((co_mujoco_model *)model)) return false;
  co_mujoco_mirror(model);
  return co_mujoco_name_elements(model);
}

void co_mujoco_unload(co_model *model) {
  co_mujoco_model *own = (co_mujoco_model *)model;
  mj_deleteModel(own->mj);
  mj_deleteModel(own->nominal);
  mj_deleteSpec(own->spec);
  free(own->edit);
  co_arena_free(&model->arena);
  free(model);
}

// mj_setConst leaves the mean diagonal of the inertia matrix at qpos0 as it was; the solver's
// tolerance is in units of it.
void co_mujoco_set_constants(mjModel *mj, mjData *scratch) {
  // of the data only the bodies that are placed by hand are read; a reset costs as much as all this
  if (mj->nmocap) mj_resetData(mj, scratch);
  mj_setConst(mj, scratch);
  memcpy(scratch->qpos, mj->qpos0, (size_t)mj->nq * sizeof *scratch->qpos);
  mj_kinematics(mj, scratch);
  mj_comPos(mj, scratch);
  mj_tendon(mj, scratch);  // before the matrix: tendons may have armature
  mj_makeM(mj, scratch);
  double sum = 0.0;
  for (int i = 0; i < mj->nv; i++) sum += scratch->M[mj->M_rowadr[i] + mj->M_rownnz[i] - 1];
  if (mj->nv) mj->stat.meaninertia = sum / (double)mj->nv;
}

co_status co_mujoco_derive(mjModel *mj) {
  mjData *volatile scratch = NULL;  // read after the jump
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteData(scratch);
    return co_mujoco_failed("mj_setConst");
  }
  scratch = mj_makeData(mj);
  if (scratch) co_mujoco_set_constants(mj, scratch);
  co_mujoco_done();
  if (!scratch) return co_fail(CO_MEMORY, "out of memory");
  mj_deleteData(scratch);
  return CO_OK;
}

// A model says <custom><numeric name="total_mass" data="14"/></custom> to have all masses and
// inertias scaled to a total, as the deprecated compiler attribute settotalmass does.
static co_status scale_to_total_mass(mjModel *mj) {
  int id = mj_name2id(mj, mjOBJ_NUMERIC, "total_mass");
  if (id < 0) return CO_OK;
  double mass = mj->numeric_data[mj->numeric_adr[id]];
  if (!(mass > 0)) return co_fail(CO_DATA, "total_mass must be above 0, not %g", mass);
  mj_setTotalmass(mj, mass);
  return co_mujoco_derive(mj);
}

co_status co_mujoco_prepare(mjModel *mj) {
  mj->opt.disableflags |= disabled(mj);
  mj->opt.enableflags &= ~mjENBL_SLEEP;  // which trees sleep is not part of a saved row
  return scale_to_total_mass(mj);
}

// MuJoCo tells where on a second line.
static void one_line(const char *text, char *out, size_t size) {
  snprintf(out, size, "%s", text);
  for (char *end = out; (end = strchr(end, '\n'));) *end = end[1] ? ' ' : '\0';
}

static co_status compiler_error(const char *path, const char *text) {
  char line[1024];
  one_line(text, line, sizeof line);
  if (strstr(text, "XML Error: plugin ")) {
    return co_fail(CO_DATA, "%s: uses a plugin of MuJoCo, and plugins are not supported: %s", path,
                   line);
  }
  return co_fail(co_mujoco_lacks_memory(text) ? CO_MEMORY : CO_DATA, "%s: %s", path, line);
}

static void warn(const char *path, const char *text) {
  char line[1024];
  one_line(text, line, sizeof line);
  co_log(CO_LOG_ONCE, "%s: %s", path, line);
}

co_status co_mujoco_compile_spec(mjSpec *spec, const char *path, mjModel **out) {
  if (setjmp(*co_mujoco_guard()))
    return co_fail_context(co_mujoco_failed("mj_compile"), "%s", path);
  mjModel *mj = mj_compile(spec, NULL);
  co_mujoco_done();
  if (!mj) CO_TRY(co_mujoco_check_meshes(spec, path));
  if (!mj) return compiler_error(path, mjs_getError(spec));
  for (int i = 0; i < mjs_numWarnings(spec); i++) {
    warn(path, mjs_getWarning(spec, i));
  }
  *out = mj;
  return CO_OK;
}

static co_status parse(const char *path, mjSpec **out) {
  char error[1024] = "";
  if (!co_file_exists(path)) return co_fail(CO_NO_INPUT, "%s: no such file", path);
  CO_TRY(co_mujoco_check_format(path));
  co_mujoco_install();
  if (setjmp(*co_mujoco_guard()))
    return co_fail_context(co_mujoco_failed("mj_parseXML"), "%s", path);
  *out = mj_parseXML(path, NULL, error, sizeof error);
  co_mujoco_done();
  if (!*out) return compiler_error(path, error);
  if (*error) warn(path, error);
  return CO_OK;
}

// NULL: out of memory.
static mjModel *copy_model(const mjModel *mj) {
  if (setjmp(*co_mujoco_guard())) return NULL;
  mjModel *copy = mj_copyModel(NULL, mj);
  co_mujoco_done();
  return copy;
}

// Whatever a model of this spec consists of; `model` holds the spec.
static co_status fill(co_mujoco_model *model, const char *path) {
  CO_TRY(co_mujoco_compile_spec(model->spec, path, &model->nominal));
  CO_TRY(co_mujoco_mass_factor(model->spec, path, model->nominal, &model->mass_factor));
  CO_TRY(co_mujoco_check_numbers(model->nominal, path));
  co_status status = co_mujoco_prepare(model->nominal);
  if (status != CO_OK) return co_fail_context(status, "%s", path);
  model->mj = copy_model(model->nominal);
  model->base.name = co_arena_strdup(&model->base.arena, co_path_base(path));
  if (!model->mj || !model->base.name) return co_fail(CO_MEMORY, "out of memory for %s", path);
  CO_TRY(co_mujoco_hash(model->mj, &model->base.hash));
  CO_TRY(co_mujoco_hash_of_format_1(model->mj, &model->base.hash_1));
  if (!co_mujoco_joints_hold_all(&model->base)) {
    return co_fail(CO_DATA, "%s: has flexible bodies, which are not supported", path);
  }
  return fill_base(&model->base) ? CO_OK : co_fail(CO_MEMORY, "out of memory for %s", path);
}

// Takes the spec, also on failure.
static co_status create(mjSpec *spec, const char *path, co_model **out) {
  co_mujoco_model *model = co_alloc(1, sizeof *model);
  if (!model) {
    mj_deleteSpec(spec);
    return CO_MEMORY;
  }
  model->spec = spec;
  model->base.engine = &co_engine_mujoco;
  co_status status = fill(model, path);
  if (status == CO_OK) {
    *out = &model->base;
  } else {
    co_mujoco_unload(&model->base);
  }
  return status;
}

co_status co_mujoco_load(const char *path, const struct co_scene *scene, co_model **out) {
  mjSpec *spec = NULL;
  CO_TRY(parse(path, &spec));
  co_status status = co_mujoco_add_scene(spec, scene, path);
  if (status == CO_OK) status = co_mujoco_add_frames(spec);
  if (status == CO_OK) return create(spec, path, out);
  mj_deleteSpec(spec);
  return status;
}

co_status co_mujoco_copy(const co_model *model, co_model **out) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_copySpec");
  mjSpec *spec = mj_copySpec(((const co_mujoco_model *)model)->spec);
  co_mujoco_done();
  return spec ? create(spec, model->name, out) : co_fail(CO_MEMORY, "out of memory");
}
