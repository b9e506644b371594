// MuJoCo behind the physics seam: parameters as fields of a compiled model, be it the shared one or
// a row's view. What needs a new compilation is in spec.c.

#include "core/unconst.h"
#include "envs/physics/mujoco/private/spec.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool co_mujoco_has(co_parameter_id parameter) {
  return !co_parameter_is(parameter, CO_BY_SIGNAL);
}

// ---- where the values are

static double *option_of(mjModel *mj, co_parameter_id parameter) {
  switch (parameter) {
    case CO_GRAVITY: return mj->opt.gravity;
    case CO_WIND: return mj->opt.wind;
    case CO_DENSITY: return &mj->opt.density;
    case CO_VISCOSITY: return &mj->opt.viscosity;
    case CO_TIMESTEP: return &mj->opt.timestep;
    case CO_IMPRATIO: return &mj->opt.impratio;
    default: return NULL;
  }
}

static int *integer_of(mjModel *mj, co_parameter_id parameter, int element) {
  switch (parameter) {
    case CO_INTEGRATOR: return &mj->opt.integrator;
    case CO_SOLVER: return &mj->opt.solver;
    case CO_CONE: return &mj->opt.cone;
    case CO_ITERATIONS: return &mj->opt.iterations;
    case CO_CONDIM: return mj->geom_condim + element;
    default: return NULL;
  }
}

// First value of an element in an array of the model; sizes and shapes, which are only read, too.
static double *array_of(mjModel *mj, co_parameter_id parameter, int element) {
  switch (parameter) {
    case CO_MASS: return mj->body_mass + element;
    case CO_INERTIA: return mj->body_inertia + 3 * element;
    case CO_COM: return mj->body_ipos + 3 * element;
    case CO_POSITION: return mj->body_pos + 3 * element;
    case CO_FRICTION: return mj->geom_friction + 3 * element;
    case CO_SOLREF: return mj->geom_solref + mjNREF * element;
    case CO_SOLIMP: return mj->geom_solimp + mjNIMP * element;
    case CO_PAIR_FRICTION: return mj->pair_friction + 5 * element;
    case CO_PAIR_SOLREF: return mj->pair_solref + mjNREF * element;
    case CO_GEOM_SIZE: return mj->geom_size + 3 * element;
    case CO_GEOM_POS: return mj->geom_pos + 3 * element;
    case CO_GEOM_QUAT: return mj->geom_quat + 4 * element;
    case CO_JOINT_RANGE: return mj->jnt_range + 2 * element;
    case CO_JOINT_POS: return mj->jnt_pos + 3 * element;
    case CO_DAMPING: return mj->dof_damping + mj->jnt_dofadr[element];
    case CO_ARMATURE: return mj->dof_armature + mj->jnt_dofadr[element];
    case CO_FRICTIONLOSS: return mj->dof_frictionloss + mj->jnt_dofadr[element];
    case CO_STIFFNESS: return mj->jnt_stiffness + element;
    case CO_FORCE_RANGE: return mj->actuator_forcerange + 2 * element;
    case CO_CTRL_RANGE: return mj->actuator_ctrlrange + 2 * mj->actuator_ctrladr[element];
    default: return NULL;
  }
}

// Higher coefficients of what may be a polynomial, of its first degree of freedom; NULL: it is
// none.
static double *polynomial_of(mjModel *mj, co_parameter_id parameter, int element) {
  switch (parameter) {
    case CO_DAMPING: return mj->dof_dampingpoly + mjNPOLY * mj->jnt_dofadr[element];
    case CO_STIFFNESS: return mj->jnt_stiffnesspoly + mjNPOLY * element;
    default: return NULL;
  }
}

static double *values_of(mjModel *mj, co_parameter_id parameter, int element) {
  double *values = option_of(mj, parameter);
  return values ? values : array_of(mj, parameter, element);
}

void co_mujoco_read(const mjModel *mj, co_parameter_id parameter, int element, double *value) {
  const int *integer = integer_of(co_unconst(mj), parameter, element);
  if (integer) {
    *value = *integer;
    return;
  }
  const double *from = values_of(co_unconst(mj), parameter, element);
  assert(from);
  const double *higher = polynomial_of(co_unconst(mj), parameter, element);
  int values = higher ? 1 : co_parameters[parameter].width;
  memcpy(value, from, (size_t)values * sizeof *value);
  if (higher) memcpy(value + 1, higher, mjNPOLY * sizeof *value);
}

// ---- what has no meaning for an element

static mjtObj object_type(co_element kind) {
  switch (kind) {
    case CO_BODY: return mjOBJ_BODY;
    case CO_GEOM: return mjOBJ_GEOM;
    case CO_JOINT: return mjOBJ_JOINT;
    case CO_ACTUATOR: return mjOBJ_ACTUATOR;
    case CO_PAIR: return mjOBJ_PAIR;
    default: return mjOBJ_UNKNOWN;
  }
}

co_status co_mujoco_refuse(const mjModel *mj, co_parameter_id parameter, int element,
                           const char *why, ...) {
  char text[300], number[16];
  const co_parameter *about = &co_parameters[parameter];
  va_list list;
  va_start(list, why);
  vsnprintf(text, sizeof text, why, list);
  va_end(list);
  const char *name = mj_id2name(mj, object_type(about->element), element);
  snprintf(number, sizeof number, "#%d", element);
  return co_fail(CO_CONFIG, "%s of %s \"%s\": %s", about->name, co_element_name(about->element),
                 name && *name ? name : number, text);
}

static co_status check_body(const mjModel *mj, co_parameter_id parameter, int body,
                            const double *value) {
  if (parameter == CO_POSITION) {
    return body ? CO_OK : co_mujoco_refuse(mj, parameter, body, "the world does not move");
  }
  if (mj->body_mass[body] <= 0) return co_mujoco_refuse(mj, parameter, body, "it has no mass");
  if (parameter != CO_INERTIA) return CO_OK;
  double sum = value[0] + value[1] + value[2];
  double largest = fmax(value[0], fmax(value[1], value[2]));
  if (sum >= 2 * largest * (1 - 1e-9)) return CO_OK;
  return co_mujoco_refuse(mj, parameter, body,
                          "%g, %g, %g: no body has a moment above the sum of the others", value[0],
                          value[1], value[2]);
}

static co_status check_contact(const mjModel *mj, co_parameter_id parameter, int element,
                               const double *value) {
  if (parameter == CO_CONDIM && (*value == 2 || *value == 5)) {
    return co_mujoco_refuse(mj, parameter, element, "is 1, 3, 4 or 6, not %g", *value);
  }
  bool solref = parameter == CO_SOLREF || parameter == CO_PAIR_SOLREF;
  if (solref && (value[0] > 0) != (value[1] > 0)) {
    return co_mujoco_refuse(mj, parameter, element, "%g, %g: both are above zero, or none is",
                            value[0], value[1]);
  }
  if (parameter != CO_SOLIMP) return CO_OK;
  bool legal = value[0] <= 1 && value[1] <= 1 && value[3] <= 1 && value[4] >= 1;
  return legal ? CO_OK
               : co_mujoco_refuse(mj, parameter, element,
                                  "impedances and midpoint are at most 1, the power at least 1");
}

static co_status check_joint_range(const mjModel *mj, int joint, const double *range) {
  int type = mj->jnt_type[joint];
  if (type == mjJNT_FREE)
    return co_mujoco_refuse(mj, CO_JOINT_RANGE, joint, "a free joint has no limits");
  if (type == mjJNT_BALL && range[0] != 0) {
    return co_mujoco_refuse(mj, CO_JOINT_RANGE, joint, "the lower limit of a ball joint is 0");
  }
  if (range[0] < range[1]) return CO_OK;
  return co_mujoco_refuse(mj, CO_JOINT_RANGE, joint,
                          "%g, %g: the lower limit is below the upper one", range[0], range[1]);
}

static co_status check_actuator(const mjModel *mj, co_parameter_id parameter, int actuator,
                                const double *value) {
  if (parameter == CO_CTRL_RANGE && mj->actuator_ctrlnum[actuator] != 1) {
    return co_mujoco_refuse(mj, parameter, actuator, "it takes %d controls",
                            mj->actuator_ctrlnum[actuator]);
  }
  if (value[0] < value[1]) return CO_OK;
  return co_mujoco_refuse(mj, parameter, actuator, "%g, %g: the lowest is below the highest",
                          value[0], value[1]);
}

// The compiler shortens the arithmetic of bodies whose frame is that of their inertia. A model is
// compiled anew for that (edits.c); a row cannot be.
static co_status check_ordinary(const mjModel *mj, co_parameter_id parameter, int element) {
  if (parameter != CO_COM && parameter != CO_JOINT_POS) return CO_OK;
  int body = parameter == CO_COM ? element : mj->jnt_bodyid[element];
  if (!mj->body_simple[body]) return CO_OK;
  return co_mujoco_refuse(
      mj, parameter, element,
      "its body is compiled as a simple one; simple=\"false\" in the model changes that");
}

// Higher coefficients of a polynomial may have any sign.
static co_status check_joint(const mjModel *mj, co_parameter_id parameter, int joint,
                             const double *value) {
  bool polynomial = parameter == CO_DAMPING || parameter == CO_STIFFNESS;
  if (parameter == CO_JOINT_RANGE) return check_joint_range(mj, joint, value);
  if (!polynomial || value[0] >= 0) return CO_OK;
  return co_mujoco_refuse(mj, parameter, joint, "%g: its first value is not below 0", value[0]);
}

static co_status check(const mjModel *mj, co_parameter_id parameter, int element,
                       const double *value) {
  switch (co_parameters[parameter].element) {
    case CO_BODY: return check_body(mj, parameter, element, value);
    case CO_GEOM:
    case CO_PAIR: return check_contact(mj, parameter, element, value);
    case CO_ACTUATOR: return check_actuator(mj, parameter, element, value);
    case CO_JOINT: return check_joint(mj, parameter, element, value);
    default: return CO_OK;
  }
}

// ---- writing

// The inertia is scaled along, as if the density had changed.
static void write_mass(mjModel *mj, int body, double mass) {
  double factor = mass / mj->body_mass[body];
  mj->body_mass[body] = mass;
  for (int i = 0; i < 3; i++) mj->body_inertia[3 * body + i] *= factor;
}

// A body with a free joint starts where it is placed; no row draws its place.
static void write_position(mjModel *mj, int body, const double *position) {
  int joint = mj->body_jntnum[body] ? mj->body_jntadr[body] : -1;
  memcpy(mj->body_pos + 3 * body, position, 3 * sizeof *position);
  if (joint < 0 || mj->jnt_type[joint] != mjJNT_FREE) return;
  memcpy(mj->qpos0 + mj->jnt_qposadr[joint], position, 3 * sizeof *position);
  memcpy(mj->qpos_spring + mj->jnt_qposadr[joint], position, 3 * sizeof *position);
}

// The same values for each degree of freedom of a joint.
static void write_dofs(const mjModel *mj, double *of_first, int joint, const double *value,
                       int values) {
  int end = joint + 1 < mj->njnt ? mj->jnt_dofadr[joint + 1] : (int)mj->nv;
  for (int i = 0; i < (end - mj->jnt_dofadr[joint]) * values; i++) of_first[i] = value[i % values];
}

// A range that is given acts, also where there was none before.
static void switch_limit_on(mjModel *mj, co_parameter_id parameter, int element) {
  if (parameter == CO_JOINT_RANGE) mj->jnt_limited[element] = true;
  if (parameter == CO_FORCE_RANGE) mj->actuator_forcelimited[element] = true;
  if (parameter == CO_CTRL_RANGE) mj->actuator_ctrllimited[mj->actuator_ctrladr[element]] = true;
}

co_status co_mujoco_write(mjModel *mj, co_parameter_id parameter, int element,
                          const double *value) {
  CO_TRY(check(mj, parameter, element, value));
  CO_TRY(check_ordinary(mj, parameter, element));
  int *integer = integer_of(mj, parameter, element);
  double *to = values_of(mj, parameter, element);
  assert(integer || to);
  switch (parameter) {
    case CO_MASS: write_mass(mj, element, *value); break;
    case CO_POSITION: write_position(mj, element, value); break;
    case CO_DAMPING:
    case CO_ARMATURE:
    case CO_FRICTIONLOSS: write_dofs(mj, to, element, value, 1); break;
    case CO_STIFFNESS: *to = *value; break;
    default:
      if (integer) {
        *integer = (int)*value;
      } else {
        memcpy(to, value, (size_t)co_parameters[parameter].width * sizeof *value);
      }
  }
  double *higher = polynomial_of(mj, parameter, element);
  if (parameter == CO_DAMPING) write_dofs(mj, higher, element, value + 1, mjNPOLY);
  if (parameter == CO_STIFFNESS) memcpy(higher, value + 1, mjNPOLY * sizeof *value);
  switch_limit_on(mj, parameter, element);
  return CO_OK;
}

// The pair of two geoms that the model names; -1: it names none.
static int explicit_pair(const mjModel *mj, int a, int b) {
  for (int i = 0; i < mj->npair; i++) {
    int first = mj->pair_geom1[i], second = mj->pair_geom2[i];
    if ((first == a && second == b) || (first == b && second == a)) return i;
  }
  return -1;
}

// MuJoCo's rule: the geom of higher priority decides; at equal priority the larger friction acts.
// Contacts of dimension 1 have none. Explicit pairs decide before that, and the options of the
// model before everything.
double co_mujoco_pair_friction(const co_model *model, int geom1, int geom2,
                               co_friction_rule *rule) {
  const mjModel *mj = ((const co_mujoco_model *)model)->mj;
  int a = co_model_at(model, CO_GEOM, geom1), b = co_model_at(model, CO_GEOM, geom2);
  *rule = CO_FRICTION_NONE;
  if (a < 0 || b < 0) return 0.0;
  int pair = explicit_pair(mj, a, b), first = mj->geom_priority[a] - mj->geom_priority[b];
  int dim1 = mj->geom_condim[a], dim2 = mj->geom_condim[b];
  int dim = first > 0 ? dim1 : first < 0 ? dim2 : dim1 > dim2 ? dim1 : dim2;
  if (pair >= 0) dim = mj->pair_dim[pair];
  if (dim > 1 && mj->opt.enableflags & mjENBL_OVERRIDE) {
    *rule = CO_FRICTION_OF_OPTION;
    return mj->opt.o_friction[0];
  }
  if (pair >= 0) {
    *rule = CO_FRICTION_OF_PAIR;
    return dim > 1 ? mj->pair_friction[5 * pair] : 0.0;
  }
  if (dim == 1) return 0.0;
  double friction1 = mj->geom_friction[3 * a], friction2 = mj->geom_friction[3 * b];
  *rule = first > 0 ? CO_FRICTION_OF_FIRST : first < 0 ? CO_FRICTION_OF_SECOND : CO_FRICTION_LARGER;
  return first > 0 ? friction1 : first < 0 ? friction2 : fmax(friction1, friction2);
}
