// MuJoCo behind the physics seam: the force law of an actuator.
//
// MuJoCo multiplies the force of an actuator by its gear, and shows a servo lengths and velocities
// that are multiplied by it, too. Here the gear is torque per unit of control alone: what a law has
// per length or velocity is divided by the same factor, so that the torque is the nominal one times
// that factor, and a servo's target stays. The target moves by what a control weighs. All four
// numbers of a law are written at once, from the nominal model: so the order does not matter.

#include "envs/physics/mujoco/private/spec.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <string.h>

static double *number_of(co_mujoco_law *law, co_parameter_id parameter) {
  switch (parameter) {
    case CO_GEAR: return &law->gear;
    case CO_TARGET: return &law->target;
    case CO_KP: return &law->kp;
    case CO_KV: return &law->kv;
    default: return NULL;
  }
}

bool co_mujoco_is_law(co_parameter_id parameter) {
  return number_of(&(co_mujoco_law){0}, parameter) != NULL;
}

void co_mujoco_set_law(co_mujoco_law *law, co_parameter_id parameter, double value) {
  *number_of(law, parameter) = value;
}

static const double *gain_of(const mjModel *mj, int actuator) {
  return mj->actuator_gainprm + mjNGAIN * actuator;
}

static const double *bias_of(const mjModel *mj, int actuator) {
  return mj->actuator_biasprm + mjNBIAS * actuator;
}

static bool has_affine_bias(const mjModel *mj, int actuator) {
  return mj->actuator_gaintype[actuator] == mjGAIN_FIXED &&
         mj->actuator_biastype[actuator] == mjBIAS_AFFINE;
}

// force = kp (unit * ctrl - length) - kv velocity; the unit is 1 unless a control counts something
// of its own, such as 0..255
static bool is_position_servo(const mjModel *mj, int actuator) {
  const double *gain = gain_of(mj, actuator), *bias = bias_of(mj, actuator);
  bool own_unit = bias[1] < 0 && gain[0] != 0;
  return has_affine_bias(mj, actuator) && (bias[1] == -gain[0] || own_unit);
}

static double unit_of(const mjModel *mj, int actuator) {
  const double *gain = gain_of(mj, actuator), *bias = bias_of(mj, actuator);
  return bias[1] == -gain[0] ? 1.0 : gain[0] / -bias[1];
}

// force = kv (ctrl - velocity)
static bool is_velocity_servo(const mjModel *mj, int actuator) {
  const double *gain = gain_of(mj, actuator), *bias = bias_of(mj, actuator);
  return has_affine_bias(mj, actuator) && bias[1] == 0 && gain[0] != 0 && bias[2] == -gain[0];
}

// Index of the component of a gear that is called the gear: where there are six (three), as of
// sites and of free joints (balls), the first that is not 0.
static int component_of(const mjModel *mj, int actuator) {
  const double *gear = mj->actuator_gear + 6 * mj->actuator_outadr[actuator];
  int type = mj->actuator_trntype[actuator], id = mj->actuator_trnid[2 * actuator], count = 1;
  bool of_joint = type == mjTRN_JOINT || type == mjTRN_JOINTINPARENT;
  if (of_joint && mj->jnt_type[id] == mjJNT_BALL) count = 3;
  if (type == mjTRN_SITE || (of_joint && mj->jnt_type[id] == mjJNT_FREE)) count = 6;
  for (int i = 0; i < count; i++)
    if (gear[i] != 0) return i;
  return 0;
}

static int gear_at(const mjModel *mj, int actuator) {
  return 6 * mj->actuator_outadr[actuator] + component_of(mj, actuator);
}

static double gear_of(const mjModel *mj, int actuator) {
  return mj->actuator_gear[gear_at(mj, actuator)];
}

// ---- what has no meaning

// Joint and tendon transmissions have one gear; sites and free joints have six: one number has a
// meaning where one of them acts.
static co_status check_gear(const mjModel *mj, int actuator) {
  const double *gear = mj->actuator_gear + 6 * mj->actuator_outadr[actuator];
  bool single = mj->actuator_outnum[actuator] == 1;
  for (int i = 0; i < 6; i++) single = single && (gear[i] == 0 || i == component_of(mj, actuator));
  if (mj->actuator_gaintype[actuator] == mjGAIN_PID) {
    return co_mujoco_refuse(mj, CO_GEAR, actuator, "its controller has a law of its own");
  }
  return single ? CO_OK
                : co_mujoco_refuse(mj, CO_GEAR, actuator, "it drives several components at once");
}

co_status co_mujoco_check_law(const mjModel *mj, co_parameter_id parameter, int actuator,
                              double value) {
  bool position = is_position_servo(mj, actuator), velocity = is_velocity_servo(mj, actuator);
  if (parameter == CO_GEAR) return check_gear(mj, actuator);
  if (parameter == CO_KP && !position) {
    return co_mujoco_refuse(mj, parameter, actuator, "is no position servo");
  }
  if (!position && !velocity) {
    return co_mujoco_refuse(mj, parameter, actuator, "is neither a position nor a velocity servo");
  }
  if (parameter == CO_KV && velocity && !(value > 0)) {
    return co_mujoco_refuse(mj, parameter, actuator, "is above 0 for a velocity servo");
  }
  return CO_OK;
}

// ---- numbers

double co_mujoco_nominal_law(const mjModel *mj, co_parameter_id parameter, int actuator) {
  switch (parameter) {
    case CO_GEAR: return gear_of(mj, actuator);
    case CO_TARGET: return 1.0;
    case CO_KP: return is_position_servo(mj, actuator) ? 0.0 - bias_of(mj, actuator)[1] : 0.0;
    default: return 0.0 - bias_of(mj, actuator)[2];  // never -0
  }
}

// Factor of a gear against the nominal one. A gear of as good as 0 shows no lengths, so that their
// numbers do not matter; where there is none in the nominal model it is only a gear.
static double factor_of(const mjModel *nominal, int actuator, double gear) {
  double factor = gear / gear_of(nominal, actuator);
  return isfinite(factor) && fabs(factor) > 1e-100 ? factor : 1.0;
}

// What is the same stays untouched: of a row's numbers only some are its own.
static void put(double *at, double value) {
  if (*at != value) *at = value;
}

void co_mujoco_write_law(const mjModel *nominal, int actuator, const co_mujoco_law *law,
                         mjModel *mj, int at) {
  double gain[3], bias[3];
  double gear = isnan(law->gear) ? gear_of(nominal, actuator) : law->gear;
  double factor = factor_of(nominal, actuator, gear);
  memcpy(gain, gain_of(nominal, actuator), sizeof gain);
  memcpy(bias, bias_of(nominal, actuator), sizeof bias);
  if (!isnan(law->kp)) {
    gain[0] = law->kp * unit_of(nominal, actuator);
    bias[1] = -law->kp;
  }
  if (!isnan(law->kv)) {
    if (is_velocity_servo(nominal, actuator)) gain[0] = law->kv;
    bias[2] = -law->kv;
  }
  if (!isnan(law->target)) gain[0] *= law->target;
  for (int i = 1; i < 3; i++) {
    if (nominal->actuator_gaintype[actuator] == mjGAIN_AFFINE) gain[i] /= factor;
    if (nominal->actuator_biastype[actuator] == mjBIAS_AFFINE) bias[i] /= factor;
  }
  for (int i = 0; i < 3; i++) {
    put(mj->actuator_gainprm + mjNGAIN * at + i, gain[i]);
    put(mj->actuator_biasprm + mjNBIAS * at + i, bias[i]);
  }
  int component = component_of(nominal, actuator);
  put(mj->actuator_gear + 6 * mj->actuator_outadr[at] + component, gear);
}

// ---- length ranges

bool co_mujoco_has_automatic_range(const mjModel *nominal, mjSpec *spec, int actuator) {
  const double *range = nominal->actuator_lengthrange + 2 * nominal->actuator_outadr[actuator];
  const mjsActuator *given = mjs_asActuator(co_mujoco_element(spec, mjOBJ_ACTUATOR, actuator));
  bool stated = given->lengthrange[0] < given->lengthrange[1];
  return range[0] < range[1] && !(stated && spec->compiler.LRopt.useexisting);
}

void co_mujoco_scale_range(const mjModel *shared, mjModel *mj, int actuator) {
  const double *range = shared->actuator_lengthrange + 2 * shared->actuator_outadr[actuator];
  int at = gear_at(shared, actuator);
  double factor = mj->actuator_gear[at] / shared->actuator_gear[at];
  double *to = mj->actuator_lengthrange + 2 * mj->actuator_outadr[actuator];
  if (!isfinite(factor) || factor == 0) return;
  to[0] = fmin(factor * range[0], factor * range[1]);
  to[1] = fmax(factor * range[0], factor * range[1]);
}
