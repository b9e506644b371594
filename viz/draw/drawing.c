#include "viz/draw/drawing.h"

#include "core/memory.h"
#include "viz/draw/drawing_internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GEOMS = 4000 };  // of a scene, with overlays and ghost

const float co_ghost_color[4] = {0.25f, 0.55f, 0.95f, 0.35f};

const char *const co_overlay_names[] = {
#define X(id, name, doc) name,
    CO_OVERLAY_LIST(X)
#undef X
};

const char *const co_quality_names[] = {"fast", "smooth", "full", NULL};

static bool has_bodies(const co_built_world *world) {
  return world->model->engine == &co_engine_mujoco;
}

const mjModel *co_drawing_model(const co_drawing *drawing) {
  if (drawing->stand_in) return drawing->stand_in;
  return ((const co_mujoco_row *)drawing->row.physics)->mj;
}

mjData *co_drawing_data(co_drawing *drawing) {
  if (drawing->stand_in) return drawing->stand_in_data;
  return ((co_mujoco_row *)drawing->row.physics)->data;
}

// --- what the robot is

// The child of the world with most degrees of freedom below it, the heaviest of equals.
static int find_root(const mjModel *mj) {
  int best = mj->nbody > 1 ? 1 : 0, *dofs = co_alloc((size_t)mj->nbody, sizeof *dofs);
  if (!dofs) return best;
  for (int body = (int)mj->nbody - 1; body > 0; body--) {
    dofs[body] += mj->body_dofnum[body];
    if (mj->body_parentid[body]) dofs[mj->body_parentid[body]] += dofs[body];
  }
  for (int body = 1; body < mj->nbody; body++) {
    if (mj->body_parentid[body] != 0) continue;
    bool more = dofs[body] > dofs[best];
    bool heavier = mj->body_subtreemass[body] > mj->body_subtreemass[best];
    if (more || (dofs[body] == dofs[best] && heavier)) best = body;
  }
  free(dofs);
  return best;
}

static bool is_below(const mjModel *mj, int body, int root) {
  while (body > root) body = mj->body_parentid[body];
  return body == root;
}

// A base rests when its first joint only turns it about one axis, or when it has none.
static bool rests(const mjModel *mj, int root) {
  for (int i = 0; i < mj->body_jntnum[root]; i++)
    if (mj->jnt_type[mj->body_jntadr[root] + i] == mjJNT_SLIDE ||
        mj->jnt_type[mj->body_jntadr[root] + i] == mjJNT_FREE)
      return false;
  return true;
}

static co_plane plane_of(const mjModel *mj, int root) {
  bool vertical = true, level = true;
  for (int joint = 0; joint < mj->njnt; joint++) {
    const double *axis = &mj->jnt_axis[3 * joint];
    int type = mj->jnt_type[joint];
    if (!is_below(mj, mj->jnt_bodyid[joint], root)) continue;
    if (type == mjJNT_FREE || type == mjJNT_BALL) return CO_PLANE_NONE;
    bool slides = type == mjJNT_SLIDE;
    vertical = vertical && (slides ? fabs(axis[1]) < 1e-3 : fabs(axis[1]) > 0.99);
    level = level && (slides ? fabs(axis[2]) < 1e-3 : fabs(axis[2]) > 0.99);
  }
  return vertical ? CO_PLANE_UPRIGHT : level ? CO_PLANE_LEVEL : CO_PLANE_NONE;
}

// Makes a box hold a geom: its own box, turned.
static void stretch(const mjModel *mj, const mjData *data, int geom, double low[3],
                    double high[3]) {
  const double *center = &mj->geom_aabb[6 * geom], *half = center + 3;
  const double *turn = &data->geom_xmat[9 * geom], *at = &data->geom_xpos[3 * geom];
  for (int k = 0; k < 3; k++) {
    double middle = at[k] + mju_dot3(turn + 3 * k, center), reach = 0;
    for (int j = 0; j < 3; j++) reach += fabs(turn[3 * k + j]) * half[j];
    low[k] = fmin(low[k], middle - reach);
    high[k] = fmax(high[k], middle + reach);
  }
}

// Box around the geoms of the robot (root -1: of all), planes and height fields left out.
static bool measure_box(const mjModel *mj, const mjData *data, int root, double low[3],
                        double high[3]) {
  bool any = false;
  for (int k = 0; k < 3; k++) low[k] = INFINITY, high[k] = -INFINITY;
  for (int geom = 0; geom < mj->ngeom; geom++) {
    if (mj->geom_rbound[geom] <= 0 || mj->geom_type[geom] == mjGEOM_HFIELD) continue;
    if (root >= 0 && !is_below(mj, mj->geom_bodyid[geom], root)) continue;
    any = true;
    stretch(mj, data, geom, low, high);
  }
  return any;
}

static double box_size(const double low[3], const double high[3]) {
  double square = 0;
  for (int k = 0; k < 3; k++) square += (high[k] - low[k]) * (high[k] - low[k]);
  return sqrt(square);
}

static void measure_robot(co_drawing *drawing) {
  const mjModel *mj = co_drawing_model(drawing);
  const mjData *data = co_drawing_data(drawing);
  double low[3], high[3];
  drawing->root = find_root(mj);
  drawing->resting = rests(mj, drawing->root);
  drawing->size = mj->stat.extent;
  if (measure_box(mj, data, drawing->root, low, high)) drawing->size = box_size(low, high);
  drawing->weight = mj->body_subtreemass[drawing->root] * mju_norm3(mj->opt.gravity);
}

// A scene that is shown as a whole: a maze, or a robot that stands on a level arena.
static void measure_view(co_drawing *drawing) {
  const mjModel *mj = co_drawing_model(drawing);
  const mjData *data = co_drawing_data(drawing);
  double low[3], high[3];
  drawing->plane = plane_of(mj, drawing->root);
  drawing->maze = drawing->world->def.task.scene.maze.rows.count > 0;
  drawing->still = drawing->maze || drawing->resting;
  drawing->view =
      drawing->stand_in ? mj->stat.extent : drawing->size * (drawing->resting ? 1.25 : 1.0);
  memcpy(drawing->center,
         drawing->stand_in ? mj->stat.center : &data->subtree_com[3 * drawing->root],
         sizeof drawing->center);
  drawing->reach = 4 * drawing->size;
  bool whole = drawing->maze || (drawing->resting && drawing->plane == CO_PLANE_LEVEL);
  if (!whole || !measure_box(mj, data, -1, low, high)) return;
  drawing->view = (drawing->maze ? 0.7 : 0.85) * box_size(low, high);
  drawing->reach = 1.2 * drawing->view;
  for (int k = 0; k < 3; k++) drawing->center[k] = 0.5 * (low[k] + high[k]);
}

bool co_drawing_is_floor(const co_drawing *drawing, const mjModel *mj, int geom) {
  const double *half = &mj->geom_size[3 * geom];
  if (mj->geom_type[geom] != mjGEOM_PLANE) return false;
  return half[0] <= 0 || half[0] > 1.5 * drawing->size;
}

// Whether a plane or a height field large enough to move about lies below the robot.
static bool has_floor(const co_drawing *drawing, const mjModel *mj) {
  for (int geom = 0; geom < mj->ngeom; geom++)
    if (mj->geom_type[geom] == mjGEOM_HFIELD || co_drawing_is_floor(drawing, mj, geom)) return true;
  return false;
}

static void measure_ground(co_drawing *drawing) {
  const mjModel *mj = co_drawing_model(drawing);
  double low[3], high[3];
  drawing->ground = !has_floor(drawing, mj);
  if (!measure_box(mj, co_drawing_data(drawing), -1, low, high)) low[2] = 0;
  drawing->depth = low[2] - 0.5 * drawing->size;
}

// --- life

static co_status make_scene(co_drawing *drawing) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjv_makeScene");
  mjv_makeScene(drawing->assets, &drawing->scene, MAX_GEOMS);
  co_mujoco_done();
  return CO_OK;
}

static co_status make_stand_in(co_drawing *drawing) {
  CO_TRY(co_drawing_make_stand_in(&drawing->stand_in));
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_makeData");
  drawing->stand_in_data = mj_makeData(drawing->stand_in);
  co_mujoco_done();
  return CO_OK;
}

// What is derived, without the integration's own numbers: the row stays as it was loaded.
static co_status derive(co_drawing *drawing) {
  if (!drawing->stand_in) {
    const co_physics *physics = drawing->row.physics;
    return physics->model->engine->forward(drawing->row.physics);
  }
  drawing->stand_in_data->qpos[0] = drawing->row.physics->qpos[0];
  drawing->stand_in_data->qvel[0] = drawing->row.physics->qvel[0];
  mj_forward(drawing->stand_in, drawing->stand_in_data);
  return CO_OK;
}

static void measure(co_drawing *drawing) {
  measure_robot(drawing);
  measure_view(drawing);
  measure_ground(drawing);
}

static void set_options(co_drawing *drawing, co_quality preset) {
  mjv_defaultOption(&drawing->option);
  for (int group = 0; group < mjNGROUP; group++) drawing->option.geomgroup[group] = 1;
  drawing->scene.flags[mjRND_SHADOW] = preset == CO_QUALITY_FULL;
  drawing->scene.flags[mjRND_REFLECTION] = 0;  // on tiles they confuse more than they show
}

static co_status fill(co_drawing *drawing, co_quality preset) {
  if (!has_bodies(drawing->world)) CO_TRY(make_stand_in(drawing));
  CO_TRY(co_row_clear(&drawing->row));
  CO_TRY(co_row_start(&drawing->row));
  CO_TRY(derive(drawing));
  measure(drawing);
  CO_TRY(co_drawing_find_bare(drawing));
  CO_TRY(co_drawing_make_assets(drawing, preset));
  CO_TRY(make_scene(drawing));
  set_options(drawing, preset);
  return CO_OK;
}

// Cameras without a name are called as other elements without names are.
static co_status number_cameras(co_drawing *drawing) {
  int count = co_drawing_cameras(drawing);
  drawing->number = co_alloc((size_t)count + 1, sizeof *drawing->number);
  if (!drawing->number) return CO_MEMORY;
  for (int i = 0; i < count; i++) {
    snprintf(drawing->number[i], sizeof *drawing->number, "#%d", i);
  }
  return CO_OK;
}

co_status co_drawing_create(const co_built_world *world, co_quality preset, co_drawing **out) {
  co_drawing *drawing = co_alloc(1, sizeof *drawing);
  if (!drawing) return CO_MEMORY;
  co_mujoco_install();
  mjv_defaultScene(&drawing->scene);
  drawing->world = world;
  co_stream stream = {1, 0, CO_PURPOSE_TEST};
  co_status status = co_row_create(&world->binding, &stream, 0, &drawing->row);
  if (status != CO_OK) {
    free(drawing);
    return status;
  }
  status = fill(drawing, preset);
  if (status == CO_OK) status = number_cameras(drawing);
  if (status != CO_OK) {
    co_drawing_free(drawing);
    return status;
  }
  *out = drawing;
  return CO_OK;
}

void co_drawing_free(co_drawing *drawing) {
  if (!drawing) return;
  mjv_freeScene(&drawing->scene);
  mj_deleteModel(drawing->assets);
  mj_deleteData(drawing->stand_in_data);
  mj_deleteModel(drawing->stand_in);
  co_row_free(&drawing->row);
  free(drawing->number);
  free(drawing->bare);
  free(drawing);
}

co_status co_drawing_load(co_drawing *drawing, const void *row) {
  CO_TRY(co_row_load(&drawing->row, row));
  return derive(drawing);
}

// --- scenes

static void set_camera(const co_camera *camera, mjvCamera *out) {
  mjv_defaultCamera(out);
  out->type = camera->mode == CO_CAMERA_FIXED ? mjCAMERA_FIXED : mjCAMERA_FREE;
  out->fixedcamid = camera->mode == CO_CAMERA_FIXED ? camera->fixed : -1;
  memcpy(out->lookat, camera->lookat, sizeof out->lookat);
  out->distance = camera->distance;
  out->azimuth = camera->azimuth;
  out->elevation = camera->elevation;
}

co_status co_drawing_update(co_drawing *drawing, const co_camera *camera, unsigned overlays) {
  const mjModel *mj = co_drawing_model(drawing);
  assert(camera->mode != CO_CAMERA_FIXED || camera->fixed < mj->ncam);
  mjvCamera view;
  set_camera(camera, &view);
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjv_updateScene");
  mjv_updateScene(mj, co_drawing_data(drawing), &drawing->option, NULL, &view, mjCAT_ALL,
                  &drawing->scene);
  co_mujoco_done();
  co_drawing_hide(drawing);
  co_drawing_dress(drawing);
  co_drawing_overlay(drawing, overlays);
  return CO_OK;
}

mjvGeom *co_drawing_add(co_drawing *drawing, int type, const double *size, const double *pos,
                        const double *mat, const float *rgba) {
  mjvScene *scene = &drawing->scene;
  if (scene->ngeom >= scene->maxgeom) return NULL;
  mjvGeom *geom = &scene->geoms[scene->ngeom++];
  *geom = (mjvGeom){0};
  mjv_initGeom(geom, type, size, pos, mat, rgba);
  geom->objtype = mjOBJ_UNKNOWN;  // it sets neither this nor what follows
  geom->objid = geom->segid = -1;
  geom->category = mjCAT_DECOR;
  geom->castshadow = 0;
  return geom;
}

static bool is_robot(const mjvGeom *geom) {
  return geom->objtype == mjOBJ_GEOM && geom->category == mjCAT_DYNAMIC;
}

// The renderer has the meshes of one model: in place of another one's stands the box around it.
static void box_in(const co_drawing *ghost, mjvGeom *geom) {
  const double *box = &co_drawing_model(ghost)->geom_aabb[6 * geom->objid];
  geom->type = mjGEOM_BOX;
  geom->dataid = -1;
  for (int k = 0; k < 3; k++) {
    const float *row = &geom->mat[3 * k];
    geom->pos[k] += row[0] * (float)box[0] + row[1] * (float)box[1] + row[2] * (float)box[2];
    geom->size[k] = (float)box[3 + k];
  }
}

void co_drawing_add_ghost(co_drawing *drawing, const co_drawing *ghost, const float rgba[4]) {
  mjvScene *scene = &drawing->scene;
  bool same_meshes = drawing->assets->nmesh == ghost->assets->nmesh;
  for (int i = 0; i < ghost->scene.ngeom && scene->ngeom < scene->maxgeom; i++) {
    const mjvGeom *from = &ghost->scene.geoms[i];
    if (!is_robot(from)) continue;
    mjvGeom *to = &scene->geoms[scene->ngeom++];
    *to = *from;
    if (from->type == mjGEOM_MESH && !same_meshes) box_in(ghost, to);
    memcpy(to->rgba, rgba, sizeof to->rgba);
    to->matid = to->texid = to->segid = -1;
    to->reflectance = 0;
    to->transparent = 1;
    to->castshadow = 0;
    to->category = mjCAT_DECOR;
  }
}

// --- for the renderer

mjvScene *co_drawing_scene(co_drawing *drawing) {
  return &drawing->scene;
}

const mjModel *co_drawing_assets(const co_drawing *drawing) {
  return drawing->assets;
}
