// MuJoCo behind the physics seam: fixed tendons over joints of which some are locked.
//
// The length of a fixed tendon is the sum of coefficient times position. A locked joint adds a
// constant to it. The tendon is made anew without that joint, and everything that is stated in its
// length is moved by the constant, so that forces are what they would be with the joint held there.

#include "envs/physics/mujoco/private/spec.h"

#include <mujoco/mujoco.h>
#include <string.h>

// What locked joints add to the length; *locked: there are such.
static double constant_of(const co_mujoco_gone *gone, const mjModel *mj, int tendon, bool *locked) {
  double sum = 0.0;
  *locked = false;
  for (int k = 0; k < mj->tendon_num[tendon]; k++) {
    int wrap = mj->tendon_adr[tendon] + k, joint = mj->wrap_objid[wrap];
    if (mj->wrap_type[wrap] != mjWRAP_JOINT || !gone->joint[joint]) continue;
    *locked = true;
    sum += mj->wrap_prm[wrap] * gone->held[joint];
  }
  return sum;
}

// ---- what must not depend on the length in another way

static co_status refuse(const mjModel *mj, int tendon, const char *why) {
  return co_fail(CO_CONFIG, "tendon \"%s\" loses a locked joint, and %s",
                 mj->names + mj->name_tendonadr[tendon], why);
}

static bool drives(const mjModel *mj, int actuator, int tendon) {
  return mj->actuator_trntype[actuator] == mjTRN_TENDON &&
         mj->actuator_trnid[2 * actuator] == tendon;
}

// force = (g0 + g1 length + g2 velocity) control + b0 + b1 length + b2 velocity
static bool is_line(const mjModel *mj, int actuator) {
  int gain = mj->actuator_gaintype[actuator], bias = mj->actuator_biastype[actuator];
  return (gain == mjGAIN_FIXED || gain == mjGAIN_AFFINE) &&
         (bias == mjBIAS_NONE || bias == mjBIAS_AFFINE);
}

// A muscle sees its length between the ends of a range, which moves along.
static bool is_muscle(const mjModel *mj, int actuator) {
  return mj->actuator_gaintype[actuator] == mjGAIN_MUSCLE &&
         mj->actuator_biastype[actuator] == mjBIAS_MUSCLE;
}

static bool reads_length(const mjModel *mj, int sensor, int tendon) {
  int id = mj->sensor_objid[sensor], type = mj->sensor_type[sensor];
  if (type == mjSENS_TENDONPOS) return id == tendon;
  return type == mjSENS_ACTUATORPOS && drives(mj, id, tendon);
}

co_status co_mujoco_tendon_check(const co_mujoco_gone *gone, const mjModel *mj, int tendon) {
  bool locked;
  if (constant_of(gone, mj, tendon, &locked) == 0) return CO_OK;
  for (int i = 0; i < mj->nsensor; i++) {
    if (reads_length(mj, i, tendon)) return refuse(mj, tendon, "a sensor reads its length");
  }
  for (int i = 0; i < mj->neq; i++) {
    bool acts =
        mj->eq_type[i] == mjEQ_TENDON && (mj->eq_obj1id[i] == tendon || mj->eq_obj2id[i] == tendon);
    if (acts) return refuse(mj, tendon, "an equality constraint holds its length");
  }
  for (int i = 0; i < mj->nactuator; i++) {
    if (!drives(mj, i, tendon) || is_line(mj, i) || is_muscle(mj, i)) continue;
    return refuse(mj, tendon, "the force of its actuator is no line over its length");
  }
  return CO_OK;
}

// ---- the tendon anew

static void move_actuator(const mjModel *mj, mjSpec *spec, int id, double constant) {
  double by = mj->actuator_gear[6 * mj->actuator_outadr[id]] * constant;
  mjsActuator *actuator = mjs_asActuator(co_mujoco_element(spec, mjOBJ_ACTUATOR, id));
  bool stated = actuator->lengthrange[0] < actuator->lengthrange[1];
  for (int k = 0; k < 2 && stated; k++) actuator->lengthrange[k] -= by;
  if (mj->actuator_gaintype[id] == mjGAIN_AFFINE) {
    actuator->gainprm[0] += actuator->gainprm[1] * by;
  }
  if (mj->actuator_biastype[id] == mjBIAS_AFFINE) {
    actuator->biasprm[0] += actuator->biasprm[1] * by;
  }
}

void co_mujoco_tendon_actuators(const co_mujoco_gone *gone, const mjModel *mj, mjSpec *spec) {
  for (int i = 0; i < mj->nactuator; i++) {
    int tendon = mj->actuator_trnid[2 * i];
    bool locked;
    if (mj->actuator_trntype[i] != mjTRN_TENDON || gone->tendon[tendon]) continue;
    double constant = constant_of(gone, mj, tendon, &locked);
    if (locked) move_actuator(mj, spec, i, constant);
  }
}

// All but the path and the name.
static void copy_tendon(const mjsTendon *from, mjsTendon *to) {
  const mjsTendon own = *to;
  int count = 0;
  *to = *from;
  to->element = own.element;
  to->material = own.material;
  to->userdata = own.userdata;
  to->info = own.info;
  mjs_setString(to->material, mjs_getString(from->material));
  const double *user = mjs_getDouble(from->userdata, &count);
  mjs_setDouble(to->userdata, user, count);
}

static void move_lengths(mjsTendon *tendon, double constant) {
  for (int k = 0; k < 2; k++) {
    tendon->springlength[k] -= constant;
    tendon->range[k] -= constant;
  }
}

// Others call it by its name.
co_status co_mujoco_tendon_shorten(const co_mujoco_gone *gone, const mjModel *mj, mjSpec *spec,
                                   int id) {
  const char *name = mj->names + mj->name_tendonadr[id];
  bool locked;
  double constant = constant_of(gone, mj, id, &locked);
  if (!locked) return CO_OK;
  mjsTendon *old = mjs_asTendon(co_mujoco_element(spec, mjOBJ_TENDON, id));
  mjsTendon *tendon = mjs_addTendon(spec, NULL);
  copy_tendon(old, tendon);
  move_lengths(tendon, constant);
  for (int k = 0; k < mj->tendon_num[id]; k++) {
    int wrap = mj->tendon_adr[id] + k, joint = mj->wrap_objid[wrap];
    if (gone->joint[joint]) continue;
    mjs_wrapJoint(tendon, mj->names + mj->name_jntadr[joint], mj->wrap_prm[wrap]);
  }
  bool named = mjs_setName(old->element, "") == 0 && mjs_setName(tendon->element, name) == 0;
  if (named && mjs_delete(spec, old->element) == 0) return CO_OK;
  return co_fail(CO_INTERNAL, "MuJoCo: tendon \"%s\": %s", name, mjs_getError(spec));
}
