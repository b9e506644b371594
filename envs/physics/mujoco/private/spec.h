// Parameters that need a new compilation, as edits of a copy of the model's spec. Included by files
// behind the MuJoCo fence only.
//
// Numbers are those of the nominal model as compiled, in the frame of the owning body: an element
// that is edited loses the notation it was written with (end points, Euler angles, full inertia).
//
// What the compiler resolves once, it resolves in the nominal model only: gains from `dampratio`,
// springs from `springdamper`, rest lengths of tendons, the factor of `settotalmass`. What it
// derives from geometry follows: inertias of geoms, length ranges of muscles, places of
// constraints.
//
// Shapes. geom.size, pos and quat replace the geom's own; a geom of given mass keeps its density, a
// body of given inertia its mass and inertia.
//
// Limbs. What belongs to a body is moved along straight lines from its anchor, the position of its
// first joint (its origin if it has none): centres of its geoms, sites, and the points where
// children hang, which are their first joints or their origins. Capsules and cylinders are scaled
// along their axis, boxes and ellipsoids along their longest side, spheres keep their size; nothing
// becomes thicker. Meshes are stretched along one direction of the limb: from its anchor to the
// mean of where its children hang, without children to its centre of mass. limb.length keeps
// densities, limb.stretch the mass of every geom. Where the inertia is given, the body is stretched
// along the principal axis of its smallest moment: with second moments of mass J, J along the axis
// grows with the factor's cube (stretch: square), the others with the factor (stretch: stay), and
// the moments are sums of two J.
//
// Locks. The body is placed where the joint has this position; earlier joints of the same body are
// rewritten in the body's new frame, so that their coordinates mean what they meant before.
//
// Removal. With a body go its subtree, and with anything that goes the tendons, actuators, sensors
// and equality constraints that act on it. What would lose a part only is an error: a tendon over
// something that stays. Keyframes go.
//
// Tendons over locked joints. A fixed tendon keeps the joints that move; what the locked ones add
// to its length is a constant, by which its rest length and range and the targets of its actuators
// are moved (tendon.c). Tendons over sites are where the sites are.
//
// Equalities of a locked joint hold the other one where the locked one puts it
// (equality.c).
//
// Frames. What is edited leaves the <frame> it was written in.

#ifndef ENVS_PHYSICS_MUJOCO_PRIVATE_SPEC_H_
#define ENVS_PHYSICS_MUJOCO_PRIVATE_SPEC_H_

#include "envs/physics/mujoco/engine.h"

// What a compilation lacks, by index in the nominal model.
typedef struct co_mujoco_gone {
  bool any;
  bool *body, *geom, *joint, *site, *tendon, *actuator, *sensor, *equality,
      *pair;     // owned, one block
  double *held;  // owned, (joints) position at which a joint is locked
} co_mujoco_gone;

// What is wrong with putting these values, as far as the nominal model tells: CO_CONFIG.
co_status co_mujoco_check_edit(const co_mujoco_model *model, co_parameter_id parameter, int element,
                               const double *value);

// Applies all edits to `spec`, a copy of the model's. Behind the caller's guard. `gone` says what
// was deleted, for the caller to free also on failure.
co_status co_mujoco_edit_spec(const co_mujoco_model *model, struct mjSpec_ *spec,
                              co_mujoco_gone *gone);

// Writes what the nominal compilation has resolved into an unedited copy of its spec, so that the
// next one resolves nothing anew (resolved.c); masses are then unscaled.
void co_mujoco_keep_resolved(const struct mjModel_ *nominal, struct mjSpec_ *spec);
// The factor that `settotalmass` gave the masses of the nominal model, 1: none. Errors of
// co_mujoco_compile_spec.
co_status co_mujoco_mass_factor(struct mjSpec_ *spec, const char *path,
                                const struct mjModel_ *nominal, double *out);
co_status co_mujoco_scale_mass(struct mjModel_ *mj, double factor);

// Makes a spec that is not compiled yet ready for the other (frames.c), which takes
// an element out of the frames it was written in, since their numbers would apply on top of those
// it is given; the caller writes its pose in the body's frame.
co_status co_mujoco_add_frames(struct mjSpec_ *spec);
co_status co_mujoco_leave_frame(const struct mjModel_ *mj, const co_mujoco_edit *edit,
                                struct mjsElement_ *element);

// A limb in the frame of its body.
typedef struct co_mujoco_limb {
  double anchor[3], axis[3];  // where it begins; unit vector along it
  double factor;              // by which an earlier edit has stretched it
} co_mujoco_limb;

// A mesh of a body whose limb is edited (mesh.c).
co_status co_mujoco_stretch_mesh(const struct mjModel_ *mj, struct mjSpec_ *spec,
                                 const co_mujoco_edit *edit, int geom, const co_mujoco_limb *limb);

// Finds what goes (gone.c), deletes it from a spec.
co_status co_mujoco_gone_find(const co_mujoco_model *model, co_mujoco_gone *out);
co_status co_mujoco_gone_delete(const co_mujoco_gone *gone, const struct mjModel_ *nominal,
                                struct mjSpec_ *spec);
// Of a tendon that loses joints to locks but keeps others (tendon.c): CO_CONFIG
// where what depends on its length could not be the same; its actuators, before any is deleted; and
// the tendon itself without the locked joints, in place of that with this index, unless it loses
// none.
co_status co_mujoco_tendon_check(const co_mujoco_gone *gone, const struct mjModel_ *nominal,
                                 int tendon);
void co_mujoco_tendon_actuators(const co_mujoco_gone *gone, const struct mjModel_ *nominal,
                                struct mjSpec_ *spec);
co_status co_mujoco_tendon_shorten(const co_mujoco_gone *gone, const struct mjModel_ *nominal,
                                   struct mjSpec_ *spec, int tendon);
// Of an equality of joints of which one is locked and the other not removed
// (equality.c): whether nothing is left of it, CO_CONFIG where it cannot be one of
// the joint that moves; and those that can, before any is deleted.
co_status co_mujoco_equality_check(const co_mujoco_gone *gone, const struct mjModel_ *nominal,
                                   int equality, bool *goes);
void co_mujoco_equalities_hold(const co_mujoco_gone *gone, const struct mjModel_ *nominal,
                               struct mjSpec_ *spec);
// Where a body, geom, joint or actuator will be, -1: it goes.
int co_mujoco_gone_index(const co_mujoco_gone *gone, co_element kind, int element);
void co_mujoco_gone_free(co_mujoco_gone *gone);

// The seam's elements in a compilation without what is gone: fills the tables co_elements.at, or
// sets them to NULL where nothing is. CO_CONFIG when the compiled sizes are others. On failure
// nothing has changed.
co_status co_mujoco_place(co_mujoco_model *model, const co_mujoco_gone *gone,
                          const struct mjModel_ *compiled);

// The element of a spec with this index, or NULL. `type` is an mjtObj.
struct mjsElement_ *co_mujoco_element(struct mjSpec_ *spec, int type, int index);

// CO_CONFIG: "joint.range of joint "root": why"; `element` is an index of `mj`.
co_status co_mujoco_refuse(const struct mjModel_ *mj, co_parameter_id parameter, int element,
                           const char *why, ...) __attribute__((format(printf, 4, 5)));

#endif  // ENVS_PHYSICS_MUJOCO_PRIVATE_SPEC_H_
