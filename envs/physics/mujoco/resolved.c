// MuJoCo behind the physics seam: what the compiler resolves once, from masses and lengths of the
// model as it was written, and what therefore stays in every further compilation.
//
// These are what mj_setConst leaves alone: damping from `dampratio`, stiffness and damping from
// `springdamper`, ranges from `inheritrange`, rest lengths of tendons that state none, and the
// factor of `settotalmass`. So a shift that compiles and one that writes a field agree.

#include "envs/physics/mujoco/private/spec.h"

#include <mujoco/mujoco.h>

static void keep_range(mjsActuator *actuator, const mjModel *nominal, int i) {
  int ctrl = nominal->actuator_ctrladr[i];
  if (actuator->inheritrange <= 0) return;
  actuator->inheritrange = 0.0;
  for (int k = 0; k < 2; k++) {
    actuator->ctrlrange[k] = nominal->actuator_ctrlrange[2 * ctrl + k];
    actuator->actrange[k] = nominal->actuator_actrange[2 * i + k];
  }
}

// Damping of servos: the spec holds the ratio, with the sign that damping has not.
static void keep_gains(const mjModel *nominal, mjSpec *spec) {
  for (int i = 0; i < nominal->nactuator; i++) {
    mjsActuator *actuator = mjs_asActuator(co_mujoco_element(spec, mjOBJ_ACTUATOR, i));
    actuator->biasprm[2] = nominal->actuator_biasprm[mjNBIAS * i + 2];
    keep_range(actuator, nominal, i);
  }
}

static void keep_springs(const mjModel *nominal, mjSpec *spec) {
  for (int i = 0; i < nominal->njnt; i++) {
    mjsJoint *joint = mjs_asJoint(co_mujoco_element(spec, mjOBJ_JOINT, i));
    if (joint->springdamper[0] <= 0 || joint->springdamper[1] <= 0) continue;
    joint->stiffness[0] = nominal->jnt_stiffness[i];
    joint->damping[0] = nominal->dof_damping[nominal->jnt_dofadr[i]];
    joint->springdamper[0] = joint->springdamper[1] = 0.0;
  }
}

static void keep_rest_lengths(const mjModel *nominal, mjSpec *spec) {
  for (int i = 0; i < nominal->ntendon; i++) {
    mjsTendon *tendon = mjs_asTendon(co_mujoco_element(spec, mjOBJ_TENDON, i));
    for (int k = 0; k < 2; k++) {
      tendon->springlength[k] = nominal->tendon_lengthspring[2 * i + k];
    }
  }
}

void co_mujoco_keep_resolved(const mjModel *nominal, mjSpec *spec) {
  keep_gains(nominal, spec);
  keep_springs(nominal, spec);
  keep_rest_lengths(nominal, spec);
  spec->compiler.settotalmass = -1.0;
}

static double total_mass(const mjModel *mj) {
  double sum = 0.0;
  for (int i = 1; i < mj->nbody; i++) sum += mj->body_mass[i];
  return sum;
}

co_status co_mujoco_mass_factor(mjSpec *spec, const char *path, const mjModel *nominal,
                                double *out) {
  double asked = spec->compiler.settotalmass;
  mjModel *plain = NULL;
  *out = 1.0;
  if (asked <= 0) return CO_OK;
  spec->compiler.settotalmass = -1.0;
  co_status status = co_mujoco_compile_spec(spec, path, &plain);
  spec->compiler.settotalmass = asked;
  if (status == CO_OK && total_mass(plain) > 0) *out = total_mass(nominal) / total_mass(plain);
  mj_deleteModel(plain);
  return status;
}

co_status co_mujoco_scale_mass(mjModel *mj, double factor) {
  if (factor == 1.0) return CO_OK;
  for (int i = 1; i < mj->nbody; i++) {
    mj->body_mass[i] *= factor;
    mju_scl3(mj->body_inertia + 3 * i, mj->body_inertia + 3 * i, factor);
  }
  return co_mujoco_derive(mj);
}
