// MuJoCo behind the physics seam: the numbers a domain may change.

#include "envs/physics_mujoco.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <string.h>

static const mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

bool co_mujoco_has(co_parameter_id parameter) {
  return parameter == CO_GRAVITY || parameter == CO_FRICTION || parameter == CO_MASS ||
         parameter == CO_DAMPING || parameter == CO_GEAR;
}

static int first_dof(const mjModel *mj, int joint) {
  return mj->jnt_dofadr[joint];
}

static int dofs(const mjModel *mj, int joint) {
  int end = joint + 1 < mj->njnt ? mj->jnt_dofadr[joint + 1] : (int)mj->nv;
  return end - mj->jnt_dofadr[joint];
}

void co_mujoco_get(const co_model *model, co_parameter_id parameter, int element, double *value) {
  const mjModel *mj = mj_of(model);
  const co_element kind = co_parameters[parameter].element;
  assert(kind == CO_NO_ELEMENT || (element >= 0 && element < model->elements[kind].count));
  (void)kind;
  switch (parameter) {
    case CO_GRAVITY: memcpy(value, mj->opt.gravity, sizeof mj->opt.gravity); break;
    case CO_FRICTION: memcpy(value, mj->geom_friction + 3 * element, 3 * sizeof *value); break;
    case CO_MASS: *value = mj->body_mass[element]; break;
    case CO_DAMPING: *value = mj->dof_damping[first_dof(mj, element)]; break;
    case CO_GEAR: *value = mj->actuator_gear[6 * element]; break;
    default: assert(false);
  }
}

// The inertia is scaled along, as if the density had changed.
static co_status write_mass(mjModel *mj, int body, double mass) {
  if (mj->body_mass[body] <= 0) {
    return co_fail(CO_CONFIG, "body \"%s\" has no mass from which its inertia could be scaled",
                   mj->names + mj->name_bodyadr[body]);
  }
  double factor = mass / mj->body_mass[body];
  mj->body_mass[body] = mass;
  for (int i = 0; i < 3; i++) mj->body_inertia[3 * body + i] *= factor;
  return CO_OK;
}

// Joint and tendon transmissions have one gear; sites and free joints have six, for which one
// number has no meaning.
static co_status write_gear(mjModel *mj, int actuator, double gear) {
  for (int i = 1; i < 6; i++) {
    if (mj->actuator_gear[6 * actuator + i] != 0) {
      return co_fail(CO_CONFIG, "actuator %d drives several components at once", actuator);
    }
  }
  mj->actuator_gear[6 * actuator] = gear;
  return CO_OK;
}

co_status co_mujoco_write(mjModel *mj, co_parameter_id parameter, int element,
                          const double *value) {
  switch (parameter) {
    case CO_GRAVITY: memcpy(mj->opt.gravity, value, sizeof mj->opt.gravity); break;
    case CO_FRICTION: memcpy(mj->geom_friction + 3 * element, value, 3 * sizeof *value); break;
    case CO_MASS: return write_mass(mj, element, *value);
    case CO_DAMPING:
      for (int i = 0; i < dofs(mj, element); i++) {
        mj->dof_damping[first_dof(mj, element) + i] = *value;
      }
      break;
    case CO_GEAR: return write_gear(mj, element, *value);
    default: assert(false);
  }
  return CO_OK;
}

co_status co_mujoco_put(co_model *model, co_parameter_id parameter, int element,
                        const double *value) {
  return co_mujoco_write(((co_mujoco_model *)model)->mj, parameter, element, value);
}

co_status co_mujoco_settle(co_model *model) {
  return co_mujoco_derive(((co_mujoco_model *)model)->mj);
}

// MuJoCo's rule: the geom of higher priority decides; at equal priority the larger friction acts.
// Contacts of dimension 1 have none. Explicit pairs come first.
double co_mujoco_pair_friction(const co_model *model, int geom1, int geom2) {
  const mjModel *mj = mj_of(model);
  for (int i = 0; i < mj->npair; i++) {
    int a = mj->pair_geom1[i], b = mj->pair_geom2[i];
    if ((a == geom1 && b == geom2) || (a == geom2 && b == geom1)) return mj->pair_friction[5 * i];
  }
  double friction1 = mj->geom_friction[3 * geom1], friction2 = mj->geom_friction[3 * geom2];
  int first = mj->geom_priority[geom1] - mj->geom_priority[geom2];
  int dim1 = mj->geom_condim[geom1], dim2 = mj->geom_condim[geom2];
  int dim = first > 0 ? dim1 : first < 0 ? dim2 : dim1 > dim2 ? dim1 : dim2;
  if (dim == 1) return 0.0;
  return first > 0 ? friction1 : first < 0 ? friction2 : fmax(friction1, friction2);
}
