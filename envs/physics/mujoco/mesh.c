// MuJoCo behind the physics seam: limbs whose shape is a mesh.
//
// The compiled mesh becomes an asset of its own, with vertices in the frame of the body, which are
// stretched along the limb. So the direction is free, and no file is read again.

#include "core/memory.h"
#include "envs/physics/mujoco/private/spec.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the asset

static void place_vertices(const mjModel *mj, int geom, float *vertex) {
  int mesh = mj->geom_dataid[geom];
  const float *from = mj->mesh_vert + 3 * mj->mesh_vertadr[mesh];
  for (int i = 0; i < mj->mesh_vertnum[mesh]; i++) {
    double at[3] = {from[3 * i], from[3 * i + 1], from[3 * i + 2]};
    mju_rotVecQuat(at, at, mj->geom_quat + 4 * geom);
    mju_addTo3(at, mj->geom_pos + 3 * geom);
    for (int k = 0; k < 3; k++) vertex[3 * i + k] = (float)at[k];
  }
}

static void copy_texture(const mjModel *mj, int mesh, mjsMesh *to) {
  int at = mj->mesh_texcoordadr[mesh];
  if (at < 0) return;
  mjs_setFloat(to->usertexcoord, mj->mesh_texcoord + 2 * at, 2 * mj->mesh_texcoordnum[mesh]);
  mjs_setInt(to->userfacetexcoord, mj->mesh_facetexcoord + 3 * mj->mesh_faceadr[mesh],
             3 * mj->mesh_facenum[mesh]);
}

// All but the vertices.
static void fill_mesh(const mjModel *mj, int mesh, const mjsMesh *from, mjsMesh *to) {
  mjs_setInt(to->userface, mj->mesh_face + 3 * mj->mesh_faceadr[mesh], 3 * mj->mesh_facenum[mesh]);
  copy_texture(mj, mesh, to);
  to->inertia = from->inertia;
  to->smoothnormal = from->smoothnormal;
  to->maxhullvert = from->maxhullvert;
}

// The geom's own mesh, made where it has none yet: two shifts may stretch one limb.
static co_status own_mesh(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit,
                          mjsGeom *geom, int id, mjsMesh **out) {
  char name[64];
  snprintf(name, sizeof name, "mesh of geom #%d", id);
  mjsElement *made = mjs_findElement(spec, mjOBJ_MESH, name);
  *out = mjs_asMesh(made);
  if (made) return CO_OK;
  CO_TRY(co_mujoco_leave_frame(mj, edit, geom->element));
  const mjsMesh *from = mjs_asMesh(co_mujoco_element(spec, mjOBJ_MESH, mj->geom_dataid[id]));
  *out = mjs_addMesh(spec, NULL);
  fill_mesh(mj, mj->geom_dataid[id], from, *out);
  mjs_setName((*out)->element, name);
  mjs_setString(geom->meshname, name);
  mju_zero3(geom->pos);
  mju_unit4(geom->quat);
  mjs_defaultOrientation(&geom->alt);
  return CO_OK;
}

// ---- stretching

static void stretch(float *vertex, int count, const co_mujoco_limb *limb, double factor) {
  for (int i = 0; i < count; i++) {
    double along = 0.0;
    for (int k = 0; k < 3; k++)
      along += limb->axis[k] * ((double)vertex[3 * i + k] - limb->anchor[k]);
    for (int k = 0; k < 3; k++) {
      vertex[3 * i + k] += (float)((factor - 1) * along * limb->axis[k]);
    }
  }
}

static double area(const float *vertex, const int *face, int faces) {
  double sum = 0.0;
  for (int i = 0; i < faces; i++) {
    double a[3], b[3], normal[3];
    const float *p = vertex + 3 * face[3 * i], *q = vertex + 3 * face[3 * i + 1],
                *r = vertex + 3 * face[3 * i + 2];
    for (int k = 0; k < 3; k++) a[k] = q[k] - p[k], b[k] = r[k] - p[k];
    mju_cross(normal, a, b);
    sum += mju_norm3(normal) / 2;
  }
  return sum;
}

// By which the mass of a constant density grows: volumes by the factor, shells by their area.
static double growth(const mjModel *mj, int mesh, const mjsGeom *geom, const mjsMesh *asset,
                     const float *before, const float *after, double factor) {
  bool shell = geom->typeinertia == mjINERTIA_SHELL || asset->inertia == mjMESH_INERTIA_SHELL;
  const int *face = mj->mesh_face + 3 * mj->mesh_faceadr[mesh];
  int faces = mj->mesh_facenum[mesh];
  return shell ? area(after, face, faces) / area(before, face, faces) : factor;
}

co_status co_mujoco_stretch_mesh(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit,
                                 int id, const co_mujoco_limb *limb) {
  int mesh = mj->geom_dataid[id], count = mj->mesh_vertnum[mesh];
  mjsGeom *geom = mjs_asGeom(co_mujoco_element(spec, mjOBJ_GEOM, id));
  mjsMesh *asset = NULL;
  CO_TRY(own_mesh(mj, spec, edit, geom, id, &asset));
  float *before = co_alloc(6 * (size_t)count, sizeof *before), *after = before + 3 * count;
  if (!before) return CO_MEMORY;
  place_vertices(mj, id, before);
  stretch(before, count, limb, limb->factor);
  memcpy(after, before, 3 * (size_t)count * sizeof *after);
  stretch(after, count, limb, *edit->value);
  double grown = growth(mj, mesh, geom, asset, before, after, *edit->value);
  mjs_setFloat(asset->uservert, after, 3 * count);
  free(before);
  if (edit->parameter == CO_LIMB_STRETCH && isnan(geom->mass)) geom->density /= grown;
  if (edit->parameter == CO_LIMB_LENGTH && !isnan(geom->mass)) geom->mass *= grown;
  return CO_OK;
}
