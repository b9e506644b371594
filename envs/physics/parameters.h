// The table of what a domain may change: one line each, read by domains, engines, `list parameters`
// and docs.
//
// Columns: id; name; elements it belongs to (CO_NO_ELEMENT: one for the whole model); values per
// element; values `set` and `add` need at least; legal range of each value; unit; how it is
// applied; meaning. Values that are not given keep their nominal number; one number given to
// `scale` scales all of them. Whole-numbered parameters are marked by `how | CO_WHOLE`.

#ifndef ENVS_PHYSICS_PARAMETERS_H_
#define ENVS_PHYSICS_PARAMETERS_H_

// id, name in listings
#define CO_HOW_LIST(X)                                                                 \
  X(CO_BY_FIELD, "field")        /* of the model; nothing else depends on it */        \
  X(CO_BY_CONSTANT, "constants") /* a field from which the engine derives constants */ \
  X(CO_BY_COMPILER, "compiler")  /* the model is compiled anew */                      \
  X(CO_BY_SIGNAL, "signal")      /* between policy and physics: the row applies it */

enum {
#define X(id, name) id,
  CO_HOW_LIST(X)
#undef X
      CO_HOW = 7,  // mask
  CO_WHOLE = 8,    // values are whole numbers
  // one number given to `set` or `add` is for the first two values
  CO_FIRST_TWO = 16,
};

#define CO_PARAMETER_LIST(X)                                                                       \
  X(CO_GRAVITY, "option.gravity", CO_NO_ELEMENT, 3, 3, -1e3, 1e3, "m/s^2", CO_BY_FIELD,            \
    "gravity vector")                                                                              \
  X(CO_WIND, "option.wind", CO_NO_ELEMENT, 3, 3, -1e3, 1e3, "m/s", CO_BY_FIELD,                    \
    "velocity of the medium; acts only where density or viscosity is not zero")                    \
  X(CO_DENSITY, "option.density", CO_NO_ELEMENT, 1, 1, 0.0, 1e5, "kg/m^3", CO_BY_FIELD,            \
    "density of the medium")                                                                       \
  X(CO_VISCOSITY, "option.viscosity", CO_NO_ELEMENT, 1, 1, 0.0, 1e3, "Pa s", CO_BY_FIELD,          \
    "viscosity of the medium")                                                                     \
  X(CO_TIMESTEP, "option.timestep", CO_NO_ELEMENT, 1, 1, 1e-5, 0.1, "s", CO_BY_FIELD,              \
    "length of a physics step; the control step changes with it")                                  \
  X(CO_INTEGRATOR, "option.integrator", CO_NO_ELEMENT, 1, 1, 0, 4, "1", CO_BY_FIELD | CO_WHOLE,    \
    "0 Euler, 1 RK4, 2 implicit, 3 implicitfast, 4 discrete")                                      \
  X(CO_SOLVER, "option.solver", CO_NO_ELEMENT, 1, 1, 0, 2, "1", CO_BY_FIELD | CO_WHOLE,            \
    "0 PGS, 1 CG, 2 Newton")                                                                       \
  X(CO_CONE, "option.cone", CO_NO_ELEMENT, 1, 1, 0, 1, "1", CO_BY_FIELD | CO_WHOLE,                \
    "friction cone: 0 pyramidal, 1 elliptic")                                                      \
  X(CO_ITERATIONS, "option.iterations", CO_NO_ELEMENT, 1, 1, 1, 1000, "1", CO_BY_FIELD | CO_WHOLE, \
    "most iterations of the constraint solver")                                                    \
  X(CO_IMPRATIO, "option.impratio", CO_NO_ELEMENT, 1, 1, 1e-3, 1e3, "1", CO_BY_FIELD,              \
    "ratio of frictional to normal constraint impedance")                                          \
  X(CO_MASS, "body.mass", CO_BODY, 1, 1, 1e-6, 1e6, "kg", CO_BY_CONSTANT,                          \
    "mass; the inertia is scaled along, unless it is given, too")                                  \
  X(CO_INERTIA, "body.inertia", CO_BODY, 3, 1, 1e-9, 1e6, "kg m^2", CO_BY_CONSTANT,                \
    "principal moments of inertia")                                                                \
  X(CO_COM, "body.com", CO_BODY, 3, 3, -1e2, 1e2, "m", CO_BY_CONSTANT,                             \
    "centre of mass in the frame of the body")                                                     \
  X(CO_POSITION, "body.pos", CO_BODY, 3, 3, -1e3, 1e3, "m", CO_BY_CONSTANT,                        \
    "position of the body in its parent")                                                          \
  X(CO_FRICTION, "geom.friction", CO_GEOM, 3, 1, 0.0, 1e3, "1, m, m", CO_BY_FIELD,                 \
    "sliding, torsional and rolling friction; a contact takes that of the geom of higher "         \
    "priority, "                                                                                   \
    "else the larger of its two geoms'")                                                           \
  X(CO_SOLREF, "geom.solref", CO_GEOM, 2, 1, -1e6, 1e3, "s, 1", CO_BY_FIELD,                       \
    "time constant and damping ratio of contacts (negative: stiffness and damping)")               \
  X(CO_SOLIMP, "geom.solimp", CO_GEOM, 5, 1, 0.0, 10.0, "1, 1, m, 1, 1", CO_BY_FIELD,              \
    "impedance of contacts: at zero and full depth, width, midpoint, power")                       \
  X(CO_CONDIM, "geom.condim", CO_GEOM, 1, 1, 1, 6, "1", CO_BY_FIELD | CO_WHOLE,                    \
    "contact dimension: 1 frictionless, 3 sliding, 4 torsional, 6 rolling friction")               \
  X(CO_PAIR_FRICTION, "pair.friction", CO_PAIR, 5, 1, 0.0, 1e3, "1, 1, m, m, m",                   \
    CO_BY_FIELD | CO_FIRST_TWO,                                                                    \
    "friction of an explicit pair: sliding (twice; one number is both), torsional, rolling "       \
    "(twice)")                                                                                     \
  X(CO_PAIR_SOLREF, "pair.solref", CO_PAIR, 2, 1, -1e6, 1e3, "s, 1", CO_BY_FIELD,                  \
    "time constant and damping ratio of an explicit pair's contacts, as geom.solref")              \
  X(CO_GEOM_SIZE, "geom.size", CO_GEOM, 3, 1, 1e-4, 1e3, "m", CO_BY_COMPILER,                      \
    "size by the geom's type (capsule: radius, half length); mass and inertia follow at constant " \
    "density, unless the body states them")                                                        \
  X(CO_GEOM_POS, "geom.pos", CO_GEOM, 3, 3, -1e3, 1e3, "m", CO_BY_COMPILER,                        \
    "position of the geom in its body; inertia follows, unless the body states it")                \
  X(CO_GEOM_QUAT, "geom.quat", CO_GEOM, 4, 4, -1.0, 1.0, "1", CO_BY_COMPILER,                      \
    "orientation of the geom in its body (w, x, y, z); inertia follows, unless the body states "   \
    "it")                                                                                          \
  X(CO_JOINT_RANGE, "joint.range", CO_JOINT, 2, 2, -1e3, 1e3, "rad or m", CO_BY_FIELD,             \
    "lower and upper limit; acts also where there was none")                                       \
  X(CO_JOINT_POS, "joint.pos", CO_JOINT, 3, 3, -1e2, 1e2, "m", CO_BY_CONSTANT,                     \
    "position of the joint in its body")                                                           \
  X(CO_DAMPING, "joint.damping", CO_JOINT, 3, 1, -1e6, 1e6, "N s/m or N m s/rad", CO_BY_FIELD,     \
    "viscous damping of each degree of freedom of the joint; then the polynomial's coefficients")  \
  X(CO_ARMATURE, "joint.armature", CO_JOINT, 1, 1, 0.0, 1e6, "kg or kg m^2", CO_BY_CONSTANT,       \
    "inertia of the rotor, added to each degree of freedom")                                       \
  X(CO_FRICTIONLOSS, "joint.frictionloss", CO_JOINT, 1, 1, 0.0, 1e6, "N or N m", CO_BY_FIELD,      \
    "dry friction of each degree of freedom")                                                      \
  X(CO_STIFFNESS, "joint.stiffness", CO_JOINT, 3, 1, -1e6, 1e6, "N/m or N m/rad", CO_BY_FIELD,     \
    "stiffness of the joint's spring; then the polynomial's coefficients")                         \
  X(CO_LOCK, "joint.lock", CO_JOINT, 1, 1, -1e3, 1e3, "rad or m", CO_BY_COMPILER,                  \
    "the joint is welded at this position; its coordinates and actuators are gone")                \
  X(CO_REMOVE, "body.remove", CO_BODY, 1, 1, 0, 1, "1", CO_BY_COMPILER | CO_WHOLE,                 \
    "the body and all below it are gone (1)")                                                      \
  X(CO_LIMB_LENGTH, "limb.length", CO_BODY, 1, 1, 0.1, 10.0, "1", CO_BY_COMPILER,                  \
    "factor of a limb's length: geoms, children and joints along it; mass and inertia follow")     \
  X(CO_LIMB_STRETCH, "limb.stretch", CO_BODY, 1, 1, 0.1, 10.0, "1", CO_BY_COMPILER,                \
    "the same, but the limb keeps its mass")                                                       \
  X(CO_GEAR, "actuator.gear", CO_ACTUATOR, 1, 1, -1e6, 1e6, "N or N m per unit of ctrl",           \
    CO_BY_CONSTANT,                                                                                \
    "force per unit of ctrl at the same target; negative is a motor wired backwards")              \
  X(CO_TARGET, "actuator.target", CO_ACTUATOR, 1, 1, -1e3, 1e3, "1", CO_BY_FIELD,                  \
    "factor of the target that a servo goes to, its stiffness being the same; nominally 1")        \
  X(CO_KP, "actuator.kp", CO_ACTUATOR, 1, 1, 0.0, 1e6, "N/m or N m/rad", CO_BY_FIELD,              \
    "stiffness of a position servo; its target stays")                                             \
  X(CO_KV, "actuator.kv", CO_ACTUATOR, 1, 1, 0.0, 1e6, "N s/m or N m s/rad", CO_BY_FIELD,          \
    "damping of a position servo, gain of a velocity servo")                                       \
  X(CO_FORCE_RANGE, "actuator.forcerange", CO_ACTUATOR, 2, 2, -1e6, 1e6, "N or N m", CO_BY_FIELD,  \
    "lowest and highest force; acts also where there was none")                                    \
  X(CO_CTRL_RANGE, "actuator.ctrlrange", CO_ACTUATOR, 2, 2, -1e6, 1e6, "unit of ctrl",             \
    CO_BY_FIELD, "lowest and highest control; acts also where there was none")                     \
  X(CO_SUBSTEPS, "control.substeps", CO_NO_ELEMENT, 1, 1, 1, 1000, "physics steps",                \
    CO_BY_SIGNAL | CO_WHOLE, "physics steps per control step: the policy acts less or more often") \
  X(CO_ACTION_DELAY, "action.delay", CO_NO_ELEMENT, 1, 1, 0, 64, "control steps",                  \
    CO_BY_SIGNAL | CO_WHOLE, "how many steps late actions arrive")                                 \
  X(CO_ACTION_REPEAT, "action.repeat", CO_NO_ELEMENT, 1, 1, 1, 64, "control steps",                \
    CO_BY_SIGNAL | CO_WHOLE, "an action is held for so many steps")                                \
  X(CO_ACTION_NOISE, "action.noise", CO_ACTION, 1, 1, 0.0, 1e3, "unit of the action",              \
    CO_BY_SIGNAL, "standard deviation of noise added to the action")                               \
  X(CO_ACTION_GAIN, "action.gain", CO_ACTION, 1, 1, -1e3, 1e3, "1", CO_BY_SIGNAL,                  \
    "factor of the action; nominally 1")                                                           \
  X(CO_PD_KP, "pd.kp", CO_PD, 1, 1, 0.0, 1e6, "N/m or N m/rad", CO_BY_SIGNAL,                      \
    "stiffness of a `pd` action")                                                                  \
  X(CO_PD_KD, "pd.kd", CO_PD, 1, 1, 0.0, 1e6, "N s/m or N m s/rad", CO_BY_SIGNAL,                  \
    "damping of a `pd` action")                                                                    \
  X(CO_PD_LIMIT, "pd.torque_limit", CO_PD, 1, 1, 0.0, 1e6, "N or N m", CO_BY_SIGNAL,               \
    "largest torque of a `pd` action; `set` also where there is none")                             \
  X(CO_PD_DELAY, "pd.delay", CO_PD, 1, 1, 0, 64, "physics steps", CO_BY_SIGNAL | CO_WHOLE,         \
    "how many physics steps late a target reaches a `pd` action's motor")                          \
  X(CO_OBSERVATION_DELAY, "observation.delay", CO_OBSERVATION, 1, 1, 0, 64, "control steps",       \
    CO_BY_SIGNAL | CO_WHOLE, "how many steps old the value is")                                    \
  X(CO_OBSERVATION_NOISE, "observation.noise", CO_OBSERVATION, 1, 1, 0.0, 1e6,                     \
    "unit of the raw value", CO_BY_SIGNAL, "standard deviation of noise added to the raw value")   \
  X(CO_OBSERVATION_BIAS, "observation.bias", CO_OBSERVATION, 1, 1, -1e6, 1e6,                      \
    "unit of the raw value", CO_BY_SIGNAL, "added to the raw value")                               \
  X(CO_OBSERVATION_DROP, "observation.drop", CO_OBSERVATION, 1, 1, 0.0, 1.0, "probability",        \
    CO_BY_SIGNAL, "the raw value is read as 0 in this share of the steps")                         \
  X(CO_OBSERVATION_FREEZE, "observation.freeze", CO_OBSERVATION, 1, 1, 0.0, 1.0, "probability",    \
    CO_BY_SIGNAL, "the last raw value stays in this share of the steps; 1: the first for ever")    \
  X(CO_FORCE, "body.force", CO_BODY, 3, 3, -1e6, 1e6, "N", CO_BY_SIGNAL,                           \
    "constant force at the body's centre of mass, in the world's frame; nominally 0: set it")      \
  X(CO_PUSH_SPEED, "push.speed", CO_QVEL, 1, 1, 0.0, 1e3, "m/s or rad/s", CO_BY_SIGNAL,            \
    "a push adds U(-speed, speed) to this velocity")                                               \
  X(CO_PUSH_INTERVAL, "push.interval", CO_NO_ELEMENT, 1, 1, 1, 1e6, "control steps",               \
    CO_BY_SIGNAL | CO_WHOLE, "steps between two pushes; nominally 250")                            \
  X(CO_RESET_NOISE, "reset.noise", CO_NO_ELEMENT, 1, 1, 0.0, 1e3, "1", CO_BY_SIGNAL,               \
    "factor of the start state's deviation from nominal; nominally 1")                             \
  X(CO_RESET_QPOS, "reset.qpos", CO_QPOS, 1, 1, -1e3, 1e3, "m or rad", CO_BY_SIGNAL,               \
    "nominal start position")                                                                      \
  X(CO_RESET_QVEL, "reset.qvel", CO_QVEL, 1, 1, -1e3, 1e3, "m/s or rad/s", CO_BY_SIGNAL,           \
    "nominal start velocity")

typedef enum co_parameter_id {
#define X(id, name, element, width, least, min, max, unit, how, doc) id,
  CO_PARAMETER_LIST(X)
#undef X
      CO_NUM_PARAMETERS
} co_parameter_id;

#endif  // ENVS_PHYSICS_PARAMETERS_H_
