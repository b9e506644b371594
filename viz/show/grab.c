#include "viz/show/private/grab.h"

#include "core/memory.h"
#include "viz/draw/drawing_internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct co_grab {
  mjvPerturb perturb;
  double force[6];
};

// Scenes that were never updated, as of a side that is not shown, have no camera to ask.
static bool is_shown(const co_drawing *drawing) {
  return !drawing->stand_in && drawing->scene.camera[0].frustum_near > 1e-9f;
}

int co_grab_find(co_drawing *drawing, double aspect, double x, double y, double point[3]) {
  mjvOption option;
  int geom, flex, skin;
  if (!is_shown(drawing)) return -1;
  mjv_defaultOption(&option);
  if (setjmp(*co_mujoco_guard())) return -1;
  int body = mjv_select(co_drawing_model(drawing), co_drawing_data(drawing), &option, aspect, x, y,
                        co_drawing_scene(drawing), point, &geom, &flex, &skin);
  co_mujoco_done();
  return body;
}

// --- what can be said of a body

bool co_grab_has(co_drawing *drawing, int body) {
  return !drawing->stand_in && body >= 0 && body < co_drawing_model(drawing)->nbody;
}

// What is welded to the world does not move, as the world itself.
bool co_grab_moves(const co_drawing *drawing, int body) {
  return !drawing->stand_in && body > 0 && body < co_drawing_model(drawing)->nbody &&
         co_drawing_model(drawing)->body_weldid[body] != 0;
}

static const char *name_of(const mjModel *mj, mjtObj type, int id, char text[32]) {
  const char *name = mj_id2name(mj, type, id);
  if (name && *name) return name;
  snprintf(text, 32, "#%d", id);
  return text;
}

static int other_geom(const mjModel *mj, const mjContact *contact, int body) {
  for (int side = 0; side < 2; side++) {
    int own = contact->geom[side], other = contact->geom[1 - side];
    if (own >= 0 && other >= 0 && mj->geom_bodyid[own] == body) return other;
  }
  return -1;
}

void co_grab_describe(co_drawing *drawing, int body, char text[CO_GRAB_TEXT]) {
  const mjModel *mj = co_drawing_model(drawing);
  const mjData *data = co_drawing_data(drawing);
  char name[32];
  assert(body >= 0 && body < mj->nbody);
  const char *called = name_of(mj, mjOBJ_BODY, body, name);
  int length = co_grab_moves(drawing, body)
                   ? snprintf(text, CO_GRAB_TEXT, "%s, %.4g kg", called, mj->body_mass[body])
                   : snprintf(text, CO_GRAB_TEXT, "%s, rests: cannot be pushed", called);
  int told = 0, before = -1;
  for (int i = 0; i < data->ncon && told < 3 && length < CO_GRAB_TEXT; i++) {
    int other = other_geom(mj, &data->contact[i], body);
    if (other < 0 || other == before || data->contact[i].exclude) continue;
    length += snprintf(text + length, (size_t)(CO_GRAB_TEXT - length), "%s %.3g with %s",
                       told ? "," : "; friction", data->contact[i].friction[0],
                       name_of(mj, mjOBJ_GEOM, other, name));
    before = other;
    told++;
  }
}

// --- holding it

static co_status take_hold(co_drawing *drawing, co_grab *grab) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjv_initPerturb");
  mjv_initPerturb(co_drawing_model(drawing), co_drawing_data(drawing), co_drawing_scene(drawing),
                  &grab->perturb);
  co_mujoco_done();
  return CO_OK;
}

co_status co_grab_begin(co_drawing *drawing, int body, const double point[3], bool turn,
                        co_grab **out) {
  const mjData *data = co_drawing_data(drawing);
  assert(body > 0 && co_grab_has(drawing, body));
  co_grab *grab = co_alloc(1, sizeof *grab);
  if (!grab) return CO_MEMORY;
  mjv_defaultPerturb(&grab->perturb);
  grab->perturb.select = body;
  double from_body[3];
  mju_sub3(from_body, point, data->xpos + 3 * body);
  mju_mulMatTVec3(grab->perturb.localpos, data->xmat + 9 * body, from_body);
  grab->perturb.active = turn ? mjPERT_ROTATE : mjPERT_TRANSLATE;
  co_status status = take_hold(drawing, grab);
  if (status == CO_OK)
    *out = grab;
  else
    free(grab);
  return status;
}

void co_grab_end(co_grab *grab) {
  free(grab);
}

int co_grab_body(const co_grab *grab) {
  return grab->perturb.select;
}

void co_grab_pull(co_grab *grab, co_drawing *drawing, double dx, double dy) {
  bool turn = grab->perturb.active & mjPERT_ROTATE;
  if (!is_shown(drawing)) return;
  if (setjmp(*co_mujoco_guard())) return;
  mjv_movePerturb(co_drawing_model(drawing), co_drawing_data(drawing),
                  turn ? mjMOUSE_ROTATE_V : mjMOUSE_MOVE_V, dx, dy, co_drawing_scene(drawing),
                  &grab->perturb);
  co_mujoco_done();
}

// MuJoCo adds to the data's own forces, which are nobody else's here.
void co_grab_force(co_grab *grab, co_drawing *drawing, double force[6]) {
  const mjModel *mj = co_drawing_model(drawing);
  mjData *data = co_drawing_data(drawing);
  memset(force, 0, 6 * sizeof *force);
  if (grab->perturb.select >= mj->nbody) return;
  double *applied = data->xfrc_applied + 6 * grab->perturb.select, kept[6];
  memcpy(kept, applied, sizeof kept);
  memset(applied, 0, sizeof kept);
  mjv_applyPerturbForce(mj, data, &grab->perturb);
  memcpy(force, applied, sizeof kept);
  memcpy(applied, kept, sizeof kept);
  for (int k = 0; k < 6; k++)
    if (!isfinite(force[k])) force[k] = 0;
  memcpy(grab->force, force, sizeof grab->force);
}

int co_grab_root(const co_drawing *drawing) {
  return drawing->stand_in ? 0 : drawing->root;
}

void co_grab_nudge(co_drawing *drawing, double side, double force[6]) {
  const mjModel *mj = co_drawing_model(drawing);
  const mjvGLCamera *camera = &co_drawing_scene(drawing)->camera[0];
  double right[3], forward[3], up[3], weight = 0;
  memset(force, 0, 6 * sizeof *force);
  if (!is_shown(drawing)) return;
  for (int k = 0; k < 3; k++) {
    forward[k] = camera->forward[k];
    up[k] = camera->up[k];
  }
  mju_cross(right, forward, up);
  weight = mju_norm3(mj->opt.gravity) * mj->body_subtreemass[0];
  for (int k = 0; k < 3; k++) force[k] = side * 0.5 * fmin(weight, 1e5) * right[k];
}

// --- to be seen

static const float kArrow[4] = {0.95f, 0.9f, 0.25f, 0.9f};

static void add_arrow(co_drawing *drawing, const double from[3], const double to[3]) {
  mjvGeom *geom = co_drawing_add(drawing, mjGEOM_ARROW, NULL, NULL, NULL, kArrow);
  if (geom) mjv_connector(geom, mjGEOM_ARROW, 0.03 * drawing->size, from, to);
}

// The weight is as long as the robot, as of contact forces; its point is at the body, so that the
// shaft stands beside it.
void co_grab_arrow(co_drawing *drawing, int body, const double force[3]) {
  double size = drawing->size, from[3];
  if (!co_grab_moves(drawing, body) || mju_norm3(force) < 1e-9) return;
  const double *to = co_drawing_data(drawing)->xipos + 3 * body;
  double length = size * fmin(1.5, mju_norm3(force) / fmax(drawing->weight, 1e-9));
  mju_addScl3(from, to, force, -length / mju_norm3(force));
  add_arrow(drawing, from, to);
}

void co_grab_draw(const co_grab *grab, co_drawing *drawing) {
  double from[3], to[3];
  const mjData *data = co_drawing_data(drawing);
  int body = grab->perturb.select;
  if (!co_grab_has(drawing, body) || grab->perturb.active & mjPERT_ROTATE) return;
  if (mju_norm3(grab->force) < 1e-9) return;
  mju_mulMatVec3(from, data->xmat + 9 * body, grab->perturb.localpos);
  mju_addTo3(from, data->xpos + 3 * body);
  mju_copy3(to, grab->perturb.refselpos);
  add_arrow(drawing, from, to);
}

void co_grab_mark(co_drawing *drawing, int body) {
  static const float color[4] = {0.95f, 0.9f, 0.25f, 0.55f};
  const mjModel *mj = co_drawing_model(drawing);
  if (drawing->stand_in || body <= 0 || body >= mj->nbody) return;
  mjvScene *scene = co_drawing_scene(drawing);
  for (int i = 0; i < scene->ngeom; i++) {
    mjvGeom *geom = &scene->geoms[i];
    if (geom->category != mjCAT_DYNAMIC || geom->objtype != mjOBJ_GEOM) continue;
    if (geom->objid < 0 || geom->objid >= mj->ngeom || mj->geom_bodyid[geom->objid] != body)
      continue;
    for (int k = 0; k < 3; k++) geom->rgba[k] = 0.5f * (geom->rgba[k] + color[k]);
    geom->emission = 0.35f;
  }
}
