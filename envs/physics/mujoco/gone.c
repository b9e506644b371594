// MuJoCo behind the physics seam: what locked joints and removed bodies take along, and where the
// elements that stay are in the compiled model.

#include "core/memory.h"
#include "envs/physics/mujoco/private/spec.h"

#include <assert.h>
#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

void co_mujoco_gone_free(co_mujoco_gone *gone) {
  free(gone->body);  // start of the block
  free(gone->held);
  *gone = (co_mujoco_gone){0};
}

static bool allocate(const mjModel *mj, co_mujoco_gone *out) {
  size_t count = (size_t)(mj->nbody + mj->ngeom + mj->njnt + mj->nsite + mj->ntendon +
                          mj->nactuator + mj->nsensor + mj->neq + mj->npair);
  *out = (co_mujoco_gone){.body = co_alloc(count, sizeof *out->body),
                          .held = co_alloc((size_t)mj->njnt + 1, sizeof *out->held)};
  if (!out->body || !out->held) return false;
  out->geom = out->body + mj->nbody;
  out->joint = out->geom + mj->ngeom;
  out->site = out->joint + mj->njnt;
  out->tendon = out->site + mj->nsite;
  out->actuator = out->tendon + mj->ntendon;
  out->sensor = out->actuator + mj->nactuator;
  out->equality = out->sensor + mj->nsensor;
  out->pair = out->equality + mj->neq;
  return true;
}

// ---- what goes

// Parents come before their children.
static void find_bodies(const mjModel *mj, co_mujoco_gone *gone) {
  for (int i = 1; i < mj->nbody; i++) {
    gone->body[i] = gone->body[i] || gone->body[mj->body_parentid[i]];
    gone->any = gone->any || gone->body[i];
  }
  for (int i = 0; i < mj->ngeom; i++) gone->geom[i] = gone->body[mj->geom_bodyid[i]];
  for (int i = 0; i < mj->npair; i++) {
    gone->pair[i] = gone->geom[mj->pair_geom1[i]] || gone->geom[mj->pair_geom2[i]];
  }
  for (int i = 0; i < mj->nsite; i++) gone->site[i] = gone->body[mj->site_bodyid[i]];
  for (int i = 0; i < mj->njnt; i++) {
    gone->joint[i] = gone->joint[i] || gone->body[mj->jnt_bodyid[i]];
    gone->any = gone->any || gone->joint[i];
  }
}

// Whether an object of this type is gone; references to nothing (-1) are not.
static bool is_gone(const co_mujoco_gone *gone, int type, int id) {
  if (id < 0) return false;
  switch (type) {
    case mjOBJ_BODY:
    case mjOBJ_XBODY: return gone->body[id];
    case mjOBJ_GEOM: return gone->geom[id];
    case mjOBJ_JOINT: return gone->joint[id];
    case mjOBJ_SITE: return gone->site[id];
    case mjOBJ_TENDON: return gone->tendon[id];
    case mjOBJ_ACTUATOR: return gone->actuator[id];
    default: return false;
  }
}

static int wrapped_type(int wrap) {
  switch (wrap) {
    case mjWRAP_JOINT: return mjOBJ_JOINT;
    case mjWRAP_SITE: return mjOBJ_SITE;
    case mjWRAP_SPHERE:
    case mjWRAP_CYLINDER: return mjOBJ_GEOM;
    default: return mjOBJ_UNKNOWN;
  }
}

// A tendon goes when all that it runs over goes, or is locked.
static co_status find_tendons(const mjModel *mj, co_mujoco_gone *gone) {
  for (int i = 0; i < mj->ntendon; i++) {
    int lost = 0, locked = 0, kept = 0;
    for (int k = 0; k < mj->tendon_num[i]; k++) {
      int wrap = mj->tendon_adr[i] + k, type = wrapped_type(mj->wrap_type[wrap]);
      int id = mj->wrap_objid[wrap];
      if (type == mjOBJ_UNKNOWN) continue;
      bool one = is_gone(gone, type, id);
      bool held = one && type == mjOBJ_JOINT && !gone->body[mj->jnt_bodyid[id]];
      lost += one && !held, locked += held, kept += !one;
    }
    gone->tendon[i] = !kept && lost + locked > 0;
    if (kept && locked && !lost) CO_TRY(co_mujoco_tendon_check(gone, mj, i));
    if (!lost || !kept) continue;
    return co_fail(CO_CONFIG, "tendon \"%s\" needs what is removed",
                   mj->names + mj->name_tendonadr[i]);
  }
  return CO_OK;
}

static int driven_type(int transmission) {
  switch (transmission) {
    case mjTRN_JOINT:
    case mjTRN_JOINTINPARENT: return mjOBJ_JOINT;
    case mjTRN_TENDON: return mjOBJ_TENDON;
    case mjTRN_SITE:
    case mjTRN_SLIDERCRANK: return mjOBJ_SITE;
    case mjTRN_BODY: return mjOBJ_BODY;
    default: return mjOBJ_UNKNOWN;
  }
}

static void find_actuators_and_sensors(const mjModel *mj, co_mujoco_gone *gone) {
  for (int i = 0; i < mj->nactuator; i++) {
    int type = driven_type(mj->actuator_trntype[i]);
    const int *id = mj->actuator_trnid + 2 * i;
    bool second = type == mjOBJ_SITE && is_gone(gone, type, id[1]);  // reference or slider
    gone->actuator[i] = is_gone(gone, type, id[0]) || second;
  }
  for (int i = 0; i < mj->nsensor; i++) {
    gone->sensor[i] = is_gone(gone, mj->sensor_objtype[i], mj->sensor_objid[i]) ||
                      is_gone(gone, mj->sensor_reftype[i], mj->sensor_refid[i]);
  }
}

static int constrained_type(const mjModel *mj, int equality) {
  switch (mj->eq_type[equality]) {
    case mjEQ_JOINT: return mjOBJ_JOINT;
    case mjEQ_TENDON: return mjOBJ_TENDON;
    default: return mj->eq_objtype[equality];  // bodies or sites
  }
}

static co_status find_equalities(const mjModel *mj, co_mujoco_gone *gone) {
  for (int i = 0; i < mj->neq; i++) {
    const int id[] = {mj->eq_obj1id[i], mj->eq_obj2id[i]};
    int type = constrained_type(mj, i);
    bool goes = false;
    for (int k = 0; k < 2; k++) {
      bool joint = type == mjOBJ_JOINT && id[k] >= 0;
      goes = goes || (joint ? gone->body[mj->jnt_bodyid[id[k]]] : is_gone(gone, type, id[k]));
    }
    if (!goes && type == mjOBJ_JOINT) CO_TRY(co_mujoco_equality_check(gone, mj, i, &goes));
    gone->equality[i] = goes;
  }
  return CO_OK;
}

co_status co_mujoco_gone_find(const co_mujoco_model *model, co_mujoco_gone *out) {
  const mjModel *mj = model->nominal;
  if (!allocate(mj, out)) return CO_MEMORY;
  for (int i = 0; i < model->num_edits; i++) {
    const co_mujoco_edit *edit = &model->edit[i];
    if (edit->parameter == CO_REMOVE) out->body[edit->element] = *edit->value != 0;
    if (edit->parameter != CO_LOCK) continue;
    out->joint[edit->element] = true;
    out->held[edit->element] = *edit->value;
  }
  find_bodies(mj, out);
  CO_TRY(find_tendons(mj, out));
  find_actuators_and_sensors(mj, out);
  return find_equalities(mj, out);
}

// ---- deletion

mjsElement *co_mujoco_element(mjSpec *spec, int type, int index) {
  mjsElement *element = mjs_firstElement(spec, (mjtObj)type);
  while (element && mjs_getId(element) != index) element = mjs_nextElement(spec, element);
  return element;
}

// From the last to the first: what stays before the deleted one keeps its index.
static co_status delete_all(mjSpec *spec, int type, const bool *gone, mjtSize count) {
  for (int i = (int)count - 1; i >= 0; i--) {
    if (!gone[i]) continue;
    mjsElement *element = co_mujoco_element(spec, type, i);
    if (!element || mjs_delete(spec, element) != 0) {
      return co_fail(CO_INTERNAL, "MuJoCo: mjs_delete: %s", mjs_getError(spec));
    }
  }
  return CO_OK;
}

// New ones come to the end; what stays before a deleted one keeps its index.
static co_status delete_tendons(const co_mujoco_gone *gone, const mjModel *mj, mjSpec *spec) {
  for (int i = (int)mj->ntendon - 1; i >= 0; i--) {
    if (!gone->tendon[i]) {
      CO_TRY(co_mujoco_tendon_shorten(gone, mj, spec, i));
      continue;
    }
    mjsElement *element = co_mujoco_element(spec, mjOBJ_TENDON, i);
    if (!element || mjs_delete(spec, element) != 0) {
      return co_fail(CO_INTERNAL, "MuJoCo: mjs_delete: %s", mjs_getError(spec));
    }
  }
  return CO_OK;
}

// Only the topmost of a subtree, whose deletion takes the rest.
static co_status delete_bodies(const co_mujoco_gone *gone, const mjModel *mj, mjSpec *spec) {
  for (int i = (int)mj->nbody - 1; i > 0; i--) {
    if (!gone->body[i] || gone->body[mj->body_parentid[i]]) continue;
    mjsElement *element = co_mujoco_element(spec, mjOBJ_BODY, i);
    if (!element || mjs_delete(spec, element) != 0) {
      return co_fail(CO_INTERNAL, "MuJoCo: mjs_delete: %s", mjs_getError(spec));
    }
  }
  return CO_OK;
}

co_status co_mujoco_gone_delete(const co_mujoco_gone *gone, const mjModel *mj, mjSpec *spec) {
  if (!gone->any) return CO_OK;
  for (mjsElement *key; (key = mjs_firstElement(spec, mjOBJ_KEY));) {  // of the nominal sizes
    if (mjs_delete(spec, key) != 0) return co_fail(CO_INTERNAL, "MuJoCo: mjs_delete: key");
  }
  co_mujoco_tendon_actuators(gone, mj, spec);
  co_mujoco_equalities_hold(gone, mj, spec);
  CO_TRY(delete_all(spec, mjOBJ_SENSOR, gone->sensor, mj->nsensor));
  CO_TRY(delete_all(spec, mjOBJ_ACTUATOR, gone->actuator, mj->nactuator));
  CO_TRY(delete_all(spec, mjOBJ_EQUALITY, gone->equality, mj->neq));
  CO_TRY(delete_tendons(gone, mj, spec));
  CO_TRY(delete_all(spec, mjOBJ_JOINT, gone->joint, mj->njnt));
  return delete_bodies(gone, mj, spec);
}

// ---- places

// Quantities of which each object has the same number of values.
static const struct {
  co_element kind, object;
  int width;
} kWide[] = {
    {CO_BODY_POS, CO_BODY, 3},      {CO_BODY_QUAT, CO_BODY, 4},
    {CO_BODY_MAT, CO_BODY, 9},      {CO_BODY_COM, CO_BODY, 3},
    {CO_BODY_INERTIA, CO_BODY, 10}, {CO_BODY_VELOCITY, CO_BODY, 6},
    {CO_BODY_FORCE, CO_BODY, 6},    {CO_GEOM_POSITION, CO_GEOM, 3},
    {CO_SITE_POS, CO_SITE, 3},      {CO_SITE_MAT, CO_SITE, 9},
    {CO_BODY, CO_BODY, 1},          {CO_GEOM, CO_GEOM, 1},
    {CO_JOINT, CO_JOINT, 1},        {CO_SITE, CO_SITE, 1},
    {CO_ACTUATOR, CO_ACTUATOR, 1},  {CO_ACTUATOR_FORCE, CO_ACTUATOR, 1},
    {CO_PAIR, CO_PAIR, 1},
};

// Which object the value belongs to that is at this place of an array with `count` addresses.
static int owner_of(const int *address, mjtSize count, int at) {
  int owner = 0;
  while (owner + 1 < count && address[owner + 1] <= at) owner++;
  return owner;
}

static int mocap_body(const mjModel *mj, int mocap) {
  int body = 0;
  while (mj->body_mocapid[body] != mocap) body++;
  return body;
}

static const bool *objects_gone(const co_mujoco_gone *gone, co_element object) {
  switch (object) {
    case CO_BODY: return gone->body;
    case CO_GEOM: return gone->geom;
    case CO_SITE: return gone->site;
    case CO_JOINT: return gone->joint;
    case CO_PAIR: return gone->pair;
    default: return gone->actuator;
  }
}

int co_mujoco_gone_index(const co_mujoco_gone *gone, co_element kind, int element) {
  const bool *lost = kind == CO_NO_ELEMENT ? NULL : objects_gone(gone, kind);
  if (!lost) return element;
  if (lost[element]) return -1;
  int index = 0;
  for (int i = 0; i < element; i++) index += !lost[i];
  return index;
}

static bool element_is_gone(const co_mujoco_gone *gone, const mjModel *mj, co_element kind, int i) {
  for (size_t k = 0; k < sizeof kWide / sizeof *kWide; k++) {
    if (kWide[k].kind == kind) return objects_gone(gone, kWide[k].object)[i / kWide[k].width];
  }
  switch (kind) {
    case CO_QPOS: return gone->joint[owner_of(mj->jnt_qposadr, mj->njnt, i)];
    case CO_QVEL:
    case CO_JOINT_TORQUE:
    case CO_CONSTRAINT_FORCE: return gone->joint[mj->dof_jntid[i]];
    case CO_CTRL: return gone->actuator[owner_of(mj->actuator_ctrladr, mj->nactuator, i)];
    case CO_SENSOR: return gone->sensor[owner_of(mj->sensor_adr, mj->nsensor, i)];
    case CO_MOCAP_POS: return gone->body[mocap_body(mj, i / 3)];
    default: assert(false); return false;
  }
}

// Number of elements of the compiled model; -1: no kind of MuJoCo's.
static int compiled_count(const mjModel *mj, co_element kind) {
  for (size_t k = 0; k < sizeof kWide / sizeof *kWide; k++) {
    if (kWide[k].kind != kind) continue;
    mjtSize objects = kWide[k].object == CO_BODY    ? mj->nbody
                      : kWide[k].object == CO_GEOM  ? mj->ngeom
                      : kWide[k].object == CO_SITE  ? mj->nsite
                      : kWide[k].object == CO_JOINT ? mj->njnt
                      : kWide[k].object == CO_PAIR  ? mj->npair
                                                    : mj->nactuator;
    return (int)objects * kWide[k].width;
  }
  switch (kind) {
    case CO_QPOS: return (int)mj->nq;
    case CO_QVEL:
    case CO_JOINT_TORQUE:
    case CO_CONSTRAINT_FORCE: return (int)mj->nv;
    case CO_CTRL: return (int)mj->nu;
    case CO_SENSOR: return (int)mj->nsensordata;
    case CO_MOCAP_POS: return 3 * (int)mj->nmocap;
    default: return -1;
  }
}

// The compiler keeps the order of what stays.
static int place_kind(const co_mujoco_model *model, const co_mujoco_gone *gone, co_element kind,
                      int *at) {
  int next = 0;
  for (int i = 0; i < model->base.elements[kind].count; i++) {
    at[i] = element_is_gone(gone, model->nominal, kind, i) ? -1 : next++;
  }
  return next;
}

static co_status check_sizes(const co_mujoco_model *model, const co_mujoco_gone *gone,
                             const mjModel *compiled, int *scratch) {
  for (int kind = 0; kind < CO_NUM_ELEMENTS; kind++) {
    int count = compiled_count(compiled, (co_element)kind);
    if (count < 0 || place_kind(model, gone, (co_element)kind, scratch) == count) continue;
    return co_fail(CO_CONFIG,
                   "%s: the compiler has changed which elements of kind \"%s\" there are",
                   model->base.name, co_element_name((co_element)kind));
  }
  return CO_OK;
}

static co_status allocate_places(co_mujoco_model *model) {
  for (int kind = 0; kind < CO_NUM_ELEMENTS; kind++) {
    size_t count = (size_t)model->base.elements[kind].count;
    if (!model->place[kind]) {
      model->place[kind] = co_arena_alloc(&model->base.arena, count, sizeof(int));
    }
    if (!model->place[kind]) return CO_MEMORY;
  }
  return CO_OK;
}

co_status co_mujoco_place(co_mujoco_model *model, const co_mujoco_gone *gone,
                          const mjModel *compiled) {
  int most = 0;
  for (int kind = 0; kind < CO_NUM_ELEMENTS; kind++) {
    int count = model->base.elements[kind].count;
    most = count > most ? count : most;
  }
  int *scratch = co_alloc((size_t)most + 1, sizeof *scratch);
  if (!scratch) return CO_MEMORY;
  co_status status = check_sizes(model, gone, compiled, scratch);
  free(scratch);
  if (status == CO_OK && gone->any) status = allocate_places(model);
  if (status != CO_OK) return status;
  for (int kind = 0; kind < CO_NUM_ELEMENTS; kind++) {
    co_elements *elements = &model->base.elements[kind];
    bool known = gone->any && compiled_count(compiled, (co_element)kind) >= 0;
    if (known) place_kind(model, gone, (co_element)kind, model->place[kind]);
    elements->at = known ? model->place[kind] : NULL;
  }
  return CO_OK;
}
