// MuJoCo behind the physics seam: hashes of compiled models.

#include "envs/physics/mujoco/private/hash.h"

#include "core/hash.h"

#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

// ---- everything but a few arrays

// Arrays that no number of a simulation depends on. Cameras count, since sensors look through them;
// groups of actuators do, since they are switched off by group.
// clang-format off
#define LEFT_OUT(X)                                                                              \
  /* names, and paths of files */                                                                \
  X(name_bodyadr) X(name_jntadr) X(name_geomadr) X(name_siteadr) X(name_camadr)                  \
  X(name_lightadr) X(name_flexadr) X(name_meshadr) X(name_skinadr) X(name_hfieldadr)             \
  X(name_texadr) X(name_matadr) X(name_pairadr) X(name_excludeadr) X(name_eqadr)                 \
  X(name_tendonadr) X(name_actuatoradr) X(name_sensoradr) X(name_numericadr) X(name_textadr)     \
  X(name_tupleadr) X(name_keyadr) X(name_pluginadr) X(names) X(names_map) X(paths)               \
  X(mesh_pathadr) X(skin_pathadr) X(hfield_pathadr) X(tex_pathadr) X(tex_contenttypeadr)         \
  /* colours, materials, and which groups are drawn */                                           \
  X(geom_rgba) X(site_rgba) X(tendon_rgba) X(flex_rgba) X(skin_rgba)                             \
  X(geom_matid) X(site_matid) X(tendon_matid) X(flex_matid) X(skin_matid)                        \
  X(geom_group) X(site_group) X(jnt_group) X(tendon_group) X(flex_group) X(skin_group)           \
  X(geom_castshadow) X(tendon_width)                                                             \
  X(mat_texid) X(mat_texuniform) X(mat_texrepeat) X(mat_emission) X(mat_specular)                \
  X(mat_shininess) X(mat_reflectance) X(mat_metallic) X(mat_roughness) X(mat_rgba)               \
  /* textures and lights */                                                                      \
  X(tex_type) X(tex_colorspace) X(tex_height) X(tex_width) X(tex_nchannel) X(tex_adr)            \
  X(tex_data)                                                                                    \
  X(light_mode) X(light_bodyid) X(light_targetbodyid) X(light_type) X(light_texid)               \
  X(light_castshadow) X(light_bulbradius) X(light_intensity) X(light_range) X(light_active)      \
  X(light_pos) X(light_dir) X(light_poscom0) X(light_pos0) X(light_dir0) X(light_attenuation)    \
  X(light_cutoff) X(light_softness) X(light_exponent) X(light_ambient) X(light_diffuse)          \
  X(light_specular)                                                                              \
  /* what meshes have for drawing only, and skins */                                             \
  X(mesh_normaladr) X(mesh_normalnum) X(mesh_texcoordadr) X(mesh_texcoordnum)                    \
  X(mesh_normal) X(mesh_texcoord) X(mesh_facenormal) X(mesh_facetexcoord) X(flex_texcoord)       \
  X(flex_texcoordadr) X(flex_elemtexcoord)                                                       \
  X(skin_inflate) X(skin_vertadr) X(skin_vertnum) X(skin_texcoordadr) X(skin_faceadr)            \
  X(skin_facenum) X(skin_boneadr) X(skin_bonenum) X(skin_vert) X(skin_texcoord) X(skin_face)     \
  X(skin_bonevertadr) X(skin_bonevertnum) X(skin_bonebindpos) X(skin_bonebindquat)               \
  X(skin_bonebodyid) X(skin_bonevertid) X(skin_bonevertweight)
// clang-format on

static bool is_left_out(size_t pointer) {
  static const size_t out[] = {
#define X(name) offsetof(mjModel, name),
      LEFT_OUT(X)
#undef X
  };
  for (size_t i = 0; i < sizeof out / sizeof *out; i++)
    if (out[i] == pointer) return true;
  return false;
}

// With its name and size, so that no two lists of arrays are the same bytes.
static void add_array(co_hasher *hasher, const char *name, size_t pointer, const void *array,
                      size_t bytes) {
  uint64_t size = bytes;
  if (is_left_out(pointer)) return;
  co_hasher_add(hasher, name, strlen(name) + 1);
  co_hasher_add(hasher, &size, sizeof size);
  if (bytes) co_hasher_add(hasher, array, bytes);
}

static void add_arrays(co_hasher *hasher, const mjModel *mj) {
  // MuJoCo's own lines narrow its sizes
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
  MJMODEL_POINTERS_PREAMBLE(mj)
#pragma GCC diagnostic pop
#define X(type, name, rows, width)                            \
  add_array(hasher, #name, offsetof(mjModel, name), mj->name, \
            sizeof(type) * (size_t)mj->rows * (size_t)(width));
#undef XNV
#define XNV X
  MJMODEL_POINTERS
#undef X
}

static void add_options(co_hasher *hasher, const mjModel *mj) {
#define X(type, name, count) co_hasher_add(hasher, &mj->opt.name, sizeof mj->opt.name);
#define XVEC X
  MJOPTION_FIELDS
#undef XVEC
#undef X
  // of the statistics the solver's tolerance is in units of this one; a file may state it
  co_hasher_add(hasher, &mj->stat.meaninertia, sizeof mj->stat.meaninertia);
}

static bool is_clear(const mjModel *mj, int geom) {
  int material = mj->geom_matid[geom];
  return (material < 0 ? mj->geom_rgba[4 * geom + 3] : mj->mat_rgba[4 * material + 3]) == 0;
}

// Rays go through what is wholly transparent: with a sensor that sends some, that colour counts.
static void add_clear_geoms(co_hasher *hasher, const mjModel *mj) {
  bool sees = false;
  for (int i = 0; i < mj->nsensor; i++) sees = sees || mj->sensor_type[i] == mjSENS_RANGEFINDER;
  for (int i = 0; sees && i < mj->ngeom; i++) {
    unsigned char clear = is_clear(mj, i);
    co_hasher_add(hasher, &clear, 1);
  }
}

co_status co_mujoco_hash(const mjModel *mj, uint64_t *out) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  add_options(hasher, mj);
  add_arrays(hasher, mj);
  add_clear_geoms(hasher, mj);
  *out = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return CO_OK;
}

// ---- format 1

// Arrays in the order of its bytes: name, rows, values per row.
// clang-format off
#define ARRAYS_OF_FORMAT_1(X) \
  X(qpos0, nq, 1) X(qpos_spring, nq, 1) \
  X(body_parentid, nbody, 1) X(body_pos, nbody, 3) \
  X(body_quat, nbody, 4) X(body_ipos, nbody, 3) \
  X(body_iquat, nbody, 4) X(body_mass, nbody, 1) \
  X(body_inertia, nbody, 3) X(body_gravcomp, nbody, 1) \
  X(jnt_type, njnt, 1) X(jnt_bodyid, njnt, 1) \
  X(jnt_pos, njnt, 3) X(jnt_axis, njnt, 3) \
  X(jnt_stiffness, njnt, 1) X(jnt_limited, njnt, 1) \
  X(jnt_range, njnt, 2) X(jnt_margin, njnt, 1) \
  X(jnt_solref, njnt, mjNREF) X(jnt_solimp, njnt, mjNIMP) \
  X(jnt_actfrclimited, njnt, 1) X(jnt_actfrcrange, njnt, 2) \
  X(dof_armature, nv, 1) X(dof_damping, nv, 1) \
  X(dof_frictionloss, nv, 1) X(dof_solref, nv, mjNREF) \
  X(dof_solimp, nv, mjNIMP) X(hfield_size, nhfield, 4) \
  X(hfield_data, nhfielddata, 1) X(mesh_vert, nmeshvert, 3) \
  X(geom_type, ngeom, 1) X(geom_bodyid, ngeom, 1) \
  X(geom_contype, ngeom, 1) X(geom_conaffinity, ngeom, 1) \
  X(geom_condim, ngeom, 1) X(geom_priority, ngeom, 1) \
  X(geom_size, ngeom, 3) X(geom_pos, ngeom, 3) \
  X(geom_quat, ngeom, 4) X(geom_friction, ngeom, 3) \
  X(geom_margin, ngeom, 1) X(geom_gap, ngeom, 1) \
  X(geom_solmix, ngeom, 1) X(geom_solref, ngeom, mjNREF) \
  X(geom_solimp, ngeom, mjNIMP) X(geom_fluid, ngeom, mjNFLUID) \
  X(pair_geom1, npair, 1) X(pair_geom2, npair, 1) \
  X(pair_dim, npair, 1) X(pair_friction, npair, 5) \
  X(pair_solref, npair, mjNREF) X(pair_solimp, npair, mjNIMP) \
  X(exclude_signature, nexclude, 1) X(eq_type, neq, 1) \
  X(eq_obj1id, neq, 1) X(eq_obj2id, neq, 1) \
  X(eq_active0, neq, 1) X(eq_data, neq, mjNEQDATA) \
  X(eq_solref, neq, mjNREF) X(eq_solimp, neq, mjNIMP) \
  X(tendon_limited, ntendon, 1) X(tendon_range, ntendon, 2) \
  X(tendon_stiffness, ntendon, 1) X(tendon_damping, ntendon, 1) \
  X(tendon_frictionloss, ntendon, 1) X(tendon_lengthspring, ntendon, 2) \
  X(wrap_type, nwrap, 1) X(wrap_objid, nwrap, 1) \
  X(wrap_prm, nwrap, 1) X(actuator_trntype, nactuator, 1) \
  X(actuator_trnid, nactuator, 2) X(actuator_dyntype, nactuator, 1) \
  X(actuator_dynprm, nactuator, mjNDYN) X(actuator_gaintype, nactuator, 1) \
  X(actuator_gainprm, nactuator, mjNGAIN) X(actuator_biastype, nactuator, 1) \
  X(actuator_biasprm, nactuator, mjNBIAS) X(actuator_forcelimited, nactuator, 1) \
  X(actuator_forcerange, nactuator, 2) X(actuator_gear, nout, 6) \
  X(actuator_ctrllimited, nu, 1) X(actuator_ctrlrange, nu, 2)
// clang-format on

co_status co_mujoco_hash_of_format_1(const mjModel *mj, uint64_t *out) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
#define X(type, name, count) co_hasher_add(hasher, &mj->opt.name, sizeof mj->opt.name);
#define XVEC X
  MJOPTION_FIELDS
#undef XVEC
#undef X
#define X(name, rows, width) \
  co_hasher_add(hasher, mj->name, (size_t)mj->rows *(size_t)(width) * sizeof *mj->name);
  ARRAYS_OF_FORMAT_1(X)
#undef X
  *out = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return CO_OK;
}
