// What the two MuJoCo files of the physics seam share, and what a viewer needs to draw a row.
// MuJoCo's types appear by name only, so that nobody needs its headers to include this one.

#ifndef ENVS_PHYSICS_MUJOCO_ENGINE_H_
#define ENVS_PHYSICS_MUJOCO_ENGINE_H_

#include "envs/physics/physics.h"

#include <setjmp.h>

struct mjModel_;
struct mjData_;
struct mjSpec_;
struct mjsElement_;

// The values of one element that a domain has put.
typedef struct co_mujoco_edit {
  co_parameter_id parameter;
  int element;                        // in the nominal model
  double value[CO_PARAMETER_WIDTH];   // the present ones
  double before[CO_PARAMETER_WIDTH];  // those of the last compilation, for when the next one fails
  bool compiled;                      // there are such
  double given[4];                    // CO_MASS: mass and inertia of the body as compiled
} co_mujoco_edit;

// Numbers of an actuator's force law, NAN: the nominal one.
typedef struct co_mujoco_law {
  double gear, target, kp, kv;
} co_mujoco_law;

typedef struct co_mujoco_model {
  co_model base;
  struct mjModel_ *mj;       // owned: with what was put; only what needs a compilation waits for it
  struct mjModel_ *nominal;  // owned: as loaded
  struct mjSpec_ *spec;      // owned: as loaded; every compilation starts from a copy of it
  co_mujoco_edit *edit;      // (num_edits) owned, sorted by parameter and element
  int num_edits, max_edits;
  double mass_factor;           // by which the model's `settotalmass` scaled its masses, else 1
  double *qpos0;                // (nq) of base
  bool *automatic_range;        // (nactuator of nominal) the compiler finds its length range
  int *place[CO_NUM_ELEMENTS];  // (count) what base.elements.at points to where something is gone
} co_mujoco_model;

struct co_mujoco_view;  // view.c

typedef struct co_mujoco_row {
  co_physics base;
  const struct mjModel_ *mj;    // what the row sees: its model's, or that of its view
  struct mjData_ *data;         // owned
  struct co_mujoco_view *view;  // owned; NULL: the row has no numbers of its own
  bool warned;                  // MuJoCo has warned since the last reset
} co_mujoco_row;

// MuJoCo ends the process on its own errors unless a log handler leaves by a jump. Every call into
// it that can fail is bracketed, on its thread:   if (setjmp(*co_mujoco_guard())) return
// co_mujoco_failed("what"); ...; co_mujoco_done();
void co_mujoco_install(void);  // once per process, before the first call into MuJoCo; thread-safe
jmp_buf *co_mujoco_guard(void);
void co_mujoco_done(void);
co_status co_mujoco_failed(const char *what);   // CO_MEMORY or CO_INTERNAL
bool co_mujoco_lacks_memory(const char *text);  // whether an error's text says so

// Fills every table of names (names.c); false: out of memory.
bool co_mujoco_name_elements(co_model *model);
bool co_mujoco_role(const co_model *model, co_role role, co_element kind,
                    int index);  // roles.c
int co_mujoco_geom_group(const co_model *model, int geom);
// Fills model->drive from the nominal model, and model->force_range from the present one
// (drives.c).
void co_mujoco_set_drives(co_model *model);
void co_mujoco_mirror_forces(co_model *model);
bool co_mujoco_drive(const co_model *model, int control, co_drive *out);
// What numbers mean (measures.c): the engine's own.
bool co_mujoco_measure(const co_model *model, co_element group, int element, co_measure *out);
bool co_mujoco_joint_axis(const co_model *model, int joint, double axis[3]);
int co_mujoco_frame(const co_model *model, co_element object, int index, double pos[3],
                    double quat[4]);
// What follows from masses, lengths and gears, so that a shifted model equals one compiled that
// way.
co_status co_mujoco_derive(struct mjModel_ *mj);
// The same behind the caller's guard, with data of this model, which must be reset afterwards.
void co_mujoco_set_constants(struct mjModel_ *mj, struct mjData_ *scratch);
// Flexible bodies have coordinates without joints, and thus without names.
bool co_mujoco_joints_hold_all(const co_model *model);

// Parts of the engine's table that deal with models: as files (model.c),
co_status co_mujoco_load(const char *path, const struct co_scene *scene, co_model **out);
// Adds maze and terrain to a spec before it is compiled; `scene` NULL: nothing
// (scene.c). CO_DATA, beginning with `path`, when the model has no floor or goal
// that could be used. On failure the spec must be deleted.
co_status co_mujoco_add_scene(struct mjSpec_ *spec, const struct co_scene *scene, const char *path);
// Actuators, a free base and a floor of the scene (robot.c); CO_DATA.
co_status co_mujoco_add_robot(struct mjSpec_ *spec, const struct co_scene *scene);
void co_mujoco_unload(co_model *model);
co_status co_mujoco_copy(const co_model *model, co_model **out);
// Engine constants and total mass, for a model that was just compiled.
co_status co_mujoco_prepare(struct mjModel_ *mj);
// Compiles a spec; CO_DATA with the compiler's text, beginning with `path`.
co_status co_mujoco_compile_spec(struct mjSpec_ *spec, const char *path, struct mjModel_ **out);
// Refuses options beyond all reason and numbers that are none (sound.c); CO_DATA,
// beginning with `path`.
co_status co_mujoco_check_numbers(const struct mjModel_ *mj, const char *path);
// Makes what co_model says of time step, controls, limits and qpos0 agree with the compiled model.
void co_mujoco_mirror(co_model *model);
co_status co_mujoco_files(const char *path, struct co_names *out);  // files.c
co_status co_mujoco_check_format(const char *path);                 // CO_DATA: a compiled model
// CO_NO_INPUT, with whose and where it should be, when the file of a mesh is not there (files.c).
co_status co_mujoco_check_meshes(struct mjSpec_ *spec, const char *path);

// keyframes as the model file states them (keyframe.c): the engine's own,
void co_mujoco_keyframe(const co_model *model, int key, double *qpos, double *qvel);
void co_mujoco_start(co_physics *row, int key);

// torques of actuators and inverse dynamics (inverse.c),
void co_mujoco_torques(const co_physics *row, double *out);
co_status co_mujoco_inverse(const co_physics *row, const double *qacc, double *out);

// with the numbers that a domain changes (edits.c): `get` of an element that is gone
// gives its nominal number, `put` is an error that says so; joint.lock is NAN where nothing is
// locked,
bool co_mujoco_has(co_parameter_id parameter);
void co_mujoco_get(const co_model *model, co_parameter_id parameter, int element, double *value);
co_status co_mujoco_put(co_model *model, co_parameter_id parameter, int element,
                        const double *value);
co_status co_mujoco_compile(co_model *model);
co_status co_mujoco_settle(co_model *model);
// What a row cannot have of its own; CO_CONFIG.
co_status co_mujoco_check_row(const co_mujoco_model *model, co_parameter_id parameter, int element);
// After the mass of the body at `at` of `mj` was written: its inertia, where one was put, stays.
co_status co_mujoco_keep_inertia(const co_mujoco_model *model, struct mjModel_ *mj, int element,
                                 int at);
// What the model has put of an actuator's law.
co_mujoco_law co_mujoco_law_of(const co_mujoco_model *model, int actuator);
double co_mujoco_pair_friction(const co_model *model, int geom1, int geom2, co_friction_rule *rule);
const char *co_mujoco_states_inertia(const co_model *model, int geom);

// and the same for any compiled model, that of a row's view for instance
// (parameters.c); `element` counts in it. CO_CONFIG, with nothing written, where the
// parameter has no meaning for the element.
void co_mujoco_read(const struct mjModel_ *mj, co_parameter_id parameter, int element,
                    double *value);
co_status co_mujoco_write(struct mjModel_ *mj, co_parameter_id parameter, int element,
                          const double *value);

// But for the numbers of an actuator's law, which belong together (law.c): CO_GEAR,
// CO_TARGET, CO_KP, CO_KV. `actuator` is an index of the nominal model, from which all are written;
// `at` of `mj`.
bool co_mujoco_is_law(co_parameter_id parameter);
void co_mujoco_set_law(co_mujoco_law *law, co_parameter_id parameter, double value);
co_status co_mujoco_check_law(const struct mjModel_ *nominal, co_parameter_id parameter,
                              int actuator, double value);
double co_mujoco_nominal_law(const struct mjModel_ *nominal, co_parameter_id parameter,
                             int actuator);
void co_mujoco_write_law(const struct mjModel_ *nominal, int actuator, const co_mujoco_law *law,
                         struct mjModel_ *mj, int at);
// Whether the compiler has found the range of an actuator's lengths, which then follows the gear.
bool co_mujoco_has_automatic_range(const struct mjModel_ *nominal, struct mjSpec_ *spec,
                                   int actuator);
// Lets such a range follow the gear of `mj` where nothing is compiled, from that of `shared`, in
// which the actuator has the same index.
void co_mujoco_scale_range(const struct mjModel_ *shared, struct mjModel_ *mj, int actuator);

// Numbers of a row's own (view.c): the engine's own, put_row, settle_row, use.
co_status co_mujoco_own(co_physics *row, co_parameter_id parameter);
co_status co_mujoco_put_row(co_physics *row, co_parameter_id parameter, int element,
                            const double *value);
co_status co_mujoco_settle_row(co_physics *row);
co_status co_mujoco_use(co_physics *row, const co_model *variant);
size_t co_mujoco_view_size(const struct co_mujoco_view *view);  // bytes; NULL: none
void co_mujoco_view_free(struct co_mujoco_view *view);

#endif  // ENVS_PHYSICS_MUJOCO_ENGINE_H_
