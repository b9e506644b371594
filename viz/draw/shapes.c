#include "viz/draw/shapes.h"

#include "core/unconst.h"
#include "viz/draw/drawing_internal.h"

#include <math.h>
#include <string.h>

const char *const co_shape_names[] = {
#define X(id, name) name,
    CO_SHAPE_LIST(X)
#undef X
};

static const mjData *data_of(const co_drawing *drawing) {
  return co_drawing_data(co_unconst(drawing));
}

// --- shapes

// CO_NUM_SHAPES: of no kind that can be shown.
static co_shape_kind kind_of(int type) {
  switch (type) {
    case mjGEOM_PLANE: return CO_SHAPE_PLANE;
    case mjGEOM_HFIELD: return CO_SHAPE_FIELD;
    case mjGEOM_SPHERE: return CO_SHAPE_SPHERE;
    case mjGEOM_CAPSULE: return CO_SHAPE_CAPSULE;
    case mjGEOM_ELLIPSOID: return CO_SHAPE_ELLIPSOID;
    case mjGEOM_CYLINDER: return CO_SHAPE_CYLINDER;
    case mjGEOM_BOX: return CO_SHAPE_BOX;
    case mjGEOM_MESH:
    case mjGEOM_SDF: return CO_SHAPE_MESH;
    default: return CO_NUM_SHAPES;
  }
}

// Where a geom or site is on its body: from the model, since the scene moves planes without end
// along with the camera. Floors have no end, as in pictures.
static void place(const co_drawing *drawing, const mjvGeom *geom, co_shape *out) {
  const mjModel *mj = co_drawing_model(drawing);
  bool site = geom->objtype == mjOBJ_SITE;
  int id = geom->objid;
  out->body = site ? mj->site_bodyid[id] : mj->geom_bodyid[id];
  memcpy(out->size, site ? &mj->site_size[3 * id] : &mj->geom_size[3 * id], sizeof out->size);
  memcpy(out->pos, site ? &mj->site_pos[3 * id] : &mj->geom_pos[3 * id], sizeof out->pos);
  memcpy(out->quat, site ? &mj->site_quat[4 * id] : &mj->geom_quat[4 * id], sizeof out->quat);
  if (!site) out->data = mj->geom_dataid[id];
  if (!site && co_drawing_is_floor(drawing, mj, id)) out->size[0] = out->size[1] = 0;
}

// Without an object it is the ground that the drawing has added: a plane at the top of its box.
static void place_ground(const mjvGeom *geom, co_shape *out) {
  out->kind = CO_SHAPE_PLANE;
  out->quat[0] = 1;
  for (int k = 0; k < 3; k++) out->pos[k] = (double)geom->pos[k];
  out->pos[2] += (double)geom->size[2];
}

static bool take_shape(const co_drawing *drawing, const mjvGeom *geom, co_shape *out) {
  *out = (co_shape){.kind = kind_of(geom->type), .data = -1};
  memcpy(out->rgba, geom->rgba, sizeof out->rgba);
  if (out->kind == CO_NUM_SHAPES) return false;
  if (geom->objtype == mjOBJ_UNKNOWN) return place_ground(geom, out), true;
  if (geom->objtype != mjOBJ_GEOM && geom->objtype != mjOBJ_SITE) return false;
  place(drawing, geom, out);
  out->robot = geom->category == mjCAT_DYNAMIC;
  return (out->kind != CO_SHAPE_MESH && out->kind != CO_SHAPE_FIELD) || out->data >= 0;
}

int co_drawing_shapes(const co_drawing *drawing, co_shape *out, int most) {
  int count = 0;
  for (int i = 0; i < drawing->scene.ngeom; i++) {
    co_shape shape;
    if (!take_shape(drawing, &drawing->scene.geoms[i], &shape)) continue;
    if (count < most) out[count] = shape;
    count++;
  }
  return count;
}

co_mesh_view co_drawing_mesh(const co_drawing *drawing, int index) {
  const mjModel *mj = co_drawing_model(drawing);
  return (co_mesh_view){.vertex = mj->mesh_vert + 3 * (size_t)mj->mesh_vertadr[index],
                        .face = mj->mesh_face + 3 * (size_t)mj->mesh_faceadr[index],
                        .vertices = mj->mesh_vertnum[index],
                        .faces = mj->mesh_facenum[index]};
}

co_field_view co_drawing_field(const co_drawing *drawing, int index) {
  const mjModel *mj = co_drawing_model(drawing);
  const double *size = &mj->hfield_size[4 * index];
  return (co_field_view){.height = mj->hfield_data + mj->hfield_adr[index],
                         .rows = mj->hfield_nrow[index],
                         .cols = mj->hfield_ncol[index],
                         .half = {size[0], size[1]},
                         .top = size[2]};
}

// --- a frame

int co_drawing_bodies(const co_drawing *drawing) {
  return (int)co_drawing_model(drawing)->nbody;
}

const char *co_drawing_body_name(const co_drawing *drawing, int body) {
  const char *name = mj_id2name(co_drawing_model(drawing), mjOBJ_BODY, body);
  return name ? name : "";
}

void co_drawing_pose(const co_drawing *drawing, int body, double pos[3], double quat[4]) {
  const mjData *data = data_of(drawing);
  memcpy(pos, &data->xpos[3 * body], 3 * sizeof *pos);
  memcpy(quat, &data->xquat[4 * body], 4 * sizeof *quat);
}

static const co_model *nominal(const co_drawing *drawing) {
  return drawing->row.physics->model;
}

int co_drawing_coordinates(const co_drawing *drawing) {
  return nominal(drawing)->elements[CO_QPOS].count;
}

const char *co_drawing_coordinate_name(const co_drawing *drawing, int index) {
  return nominal(drawing)->elements[CO_QPOS].name[index];
}

const char *co_drawing_coordinate_unit(const co_drawing *drawing, int index) {
  return nominal(drawing)->elements[CO_QPOS].unit[index];
}

double co_drawing_coordinate(const co_drawing *drawing, int index) {
  int at = co_model_at(nominal(drawing), CO_QPOS, index);
  return at < 0 ? (double)NAN : drawing->row.physics->qpos[at];
}
