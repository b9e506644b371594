// MuJoCo behind the physics seam: what stands between each control and its joint.

#include "envs/physics/mujoco/engine.h"

#include <math.h>
#include <mujoco/mujoco.h>

// The one joint that an actuator drives and the factor between the two, or -1: a joint of its own,
// or a tendon that is wound about nothing else.
static int joint_of(const mjModel *mj, int actuator, double *ratio) {
  int id = mj->actuator_trnid[2 * actuator], joint = -1;
  *ratio = mj->actuator_gear[6 * mj->actuator_outadr[actuator]];
  switch (mj->actuator_trntype[actuator]) {
    case mjTRN_JOINT:
    case mjTRN_JOINTINPARENT: joint = id; break;
    case mjTRN_TENDON: {
      int wrap = mj->tendon_adr[id];
      if (mj->tendon_num[id] != 1 || mj->wrap_type[wrap] != mjWRAP_JOINT) break;
      *ratio *= mj->wrap_prm[wrap];
      joint = mj->wrap_objid[wrap];
      break;
    }
    default: break;
  }
  bool scalar =
      joint >= 0 && (mj->jnt_type[joint] == mjJNT_HINGE || mj->jnt_type[joint] == mjJNT_SLIDE);
  return scalar ? joint : -1;
}

// force = gain * control + bias, with bias[0] constant, bias[1] per length, bias[2] per velocity.
static co_drive_kind kind_of_linear(double gain, const double bias[3], int dynamics) {
  bool servo = bias[1] < 0, steady = dynamics != mjDYN_INTEGRATOR;
  if (!isfinite(gain) || gain == 0) return CO_DRIVE_OTHER;
  if (servo) return steady ? CO_DRIVE_POSITION : CO_DRIVE_INTVELOCITY;
  if (bias[1] != 0 || !steady) return CO_DRIVE_OTHER;
  if (bias[2] == 0) return CO_DRIVE_MOTOR;
  return bias[2] == -gain ? CO_DRIVE_VELOCITY : CO_DRIVE_OTHER;
}

// A filter between control and force is a slower actuator of the same kind.
static co_drive_kind kind_of(const mjModel *mj, int actuator, const double bias[3]) {
  const double *gain = mj->actuator_gainprm + mjNGAIN * actuator;
  int dynamics = mj->actuator_dyntype[actuator], bias_type = mj->actuator_biastype[actuator];
  if (mj->actuator_gaintype[actuator] == mjGAIN_MUSCLE) return CO_DRIVE_MUSCLE;
  bool plain = mj->actuator_ctrlnum[actuator] == 1 && mj->actuator_plugin[actuator] < 0 &&
               (dynamics == mjDYN_NONE || dynamics == mjDYN_INTEGRATOR ||
                dynamics == mjDYN_FILTER || dynamics == mjDYN_FILTEREXACT) &&
               (bias_type == mjBIAS_NONE || bias_type == mjBIAS_AFFINE);
  if (!plain) return CO_DRIVE_OTHER;
  if (mj->actuator_gaintype[actuator] == mjGAIN_FIXED) {
    return kind_of_linear(gain[0], bias, dynamics);
  }
  bool damper = mj->actuator_gaintype[actuator] == mjGAIN_AFFINE && gain[0] == 0 && gain[1] == 0 &&
                gain[2] < 0;
  return damper ? CO_DRIVE_DAMPER : CO_DRIVE_OTHER;
}

static co_drive drive_of(const mjModel *mj, int actuator) {
  static const double none[3] = {0};
  bool biased = mj->actuator_biastype[actuator] == mjBIAS_AFFINE;
  const double *bias = biased ? mj->actuator_biasprm + mjNBIAS * actuator : none;
  co_drive drive = {.kind = kind_of(mj, actuator, bias),
                    .actuator = actuator,
                    .qpos = -1,
                    .qvel = -1,
                    .gain = mj->actuator_gainprm[mjNGAIN * actuator],
                    .stiffness = 0.0 - bias[1],
                    .damping = 0.0 - bias[2],
                    .bias = bias[0]};
  int joint = joint_of(mj, actuator, &drive.ratio);
  if (joint < 0) return drive;
  drive.qpos = mj->jnt_qposadr[joint];
  drive.qvel = mj->jnt_dofadr[joint];
  return drive;
}

void co_mujoco_set_drives(co_model *model) {
  const mjModel *mj = ((const co_mujoco_model *)model)->nominal;
  for (int actuator = 0; actuator < mj->nactuator; actuator++) {
    co_drive drive = drive_of(mj, actuator);
    for (int i = 0; i < mj->actuator_ctrlnum[actuator]; i++) {
      model->drive[mj->actuator_ctrladr[actuator] + i] = drive;
    }
  }
}

bool co_mujoco_drive(const co_model *model, int control, co_drive *out) {
  int at = co_model_at(model, CO_ACTUATOR, model->drive[control].actuator);
  if (at >= 0) *out = drive_of(((const co_mujoco_model *)model)->mj, at);
  return at >= 0;
}

// A range of forces behind a factor; what is not limited, or times 0 and infinite, lets all
// through.
static void scale_range(bool limited, const double *range, double factor, double *low,
                        double *high) {
  double first = limited ? factor * range[0] : (double)NAN,
         second = limited ? factor * range[1] : (double)NAN;
  *low = isnan(first) ? -(double)INFINITY : fmin(first, second);
  *high = isnan(second) ? (double)INFINITY : fmax(first, second);
}

static co_force_range forces_of(const mjModel *mj, int actuator, double ratio) {
  co_force_range range = {.total_low = -INFINITY, .total_high = INFINITY};
  int id = mj->actuator_trnid[2 * actuator], type = mj->actuator_trntype[actuator];
  scale_range(mj->actuator_forcelimited[actuator], mj->actuator_forcerange + 2 * actuator, ratio,
              &range.low, &range.high);
  if (type == mjTRN_JOINT || type == mjTRN_JOINTINPARENT) {
    scale_range(mj->jnt_actfrclimited[id], mj->jnt_actfrcrange + 2 * id, 1.0, &range.total_low,
                &range.total_high);
  }
  if (type == mjTRN_TENDON) {
    // of forces before the gear
    scale_range(mj->tendon_actfrclimited[id], mj->tendon_actfrcrange + 2 * id, ratio,
                &range.total_low, &range.total_high);
    range.tendon = true;
  }
  return range;
}

void co_mujoco_mirror_forces(co_model *model) {
  const mjModel *mj = ((const co_mujoco_model *)model)->mj;
  for (int i = 0; i < model->nu; i++) {
    const co_drive *drive = &model->drive[i];
    int at = co_model_at(model, CO_ACTUATOR, drive->actuator);
    if (at >= 0) model->force_range[i] = forces_of(mj, at, drive->ratio);
  }
}
