// Which geoms of a model are shown. Those of hidden groups, most often for collisions, are where a
// body has nothing else: a robot whose meshes were left out would be invisible.

#include "core/log.h"
#include "core/memory.h"
#include "viz/draw/drawing_internal.h"

#include <stdlib.h>
#include <string.h>

static bool in_shown_group(const co_drawing *drawing, const mjModel *mj, int geom) {
  int group = mj->geom_group[geom];
  return drawing->shown[group < 0 ? 0 : group < mjNGROUP ? group : mjNGROUP - 1];
}

// The colour of a geom is its material's unless it has one of its own.
static bool is_transparent(const mjModel *mj, int geom) {
  static const float usual[4] = {0.5f, 0.5f, 0.5f, 1};
  const float *own = &mj->geom_rgba[4 * geom];
  int material = mj->geom_matid[geom];
  bool of_material = material >= 0;
  for (int k = 0; k < 4; k++) of_material = of_material && own[k] == usual[k];
  return (of_material ? mj->mat_rgba[4 * material + 3] : own[3]) <= 0;
}

static bool shows_itself(const co_drawing *drawing, const mjModel *mj, int body) {
  for (int i = 0; i < mj->body_geomnum[body]; i++) {
    int geom = mj->body_geomadr[body] + i;
    if (in_shown_group(drawing, mj, geom) && !is_transparent(mj, geom)) return true;
  }
  return false;
}

co_status co_drawing_find_bare(co_drawing *drawing) {
  const mjModel *mj = co_drawing_model(drawing);
  mjvOption usual;
  mjv_defaultOption(&usual);
  memcpy(drawing->shown, usual.geomgroup, sizeof drawing->shown);
  drawing->bare = co_alloc((size_t)mj->nbody, sizeof *drawing->bare);
  if (!drawing->bare) return CO_MEMORY;
  for (int body = 1; body < mj->nbody; body++) {
    drawing->bare[body] = mj->body_geomnum[body] > 0 && !shows_itself(drawing, mj, body);
    drawing->num_bare += drawing->bare[body];
  }
  return CO_OK;
}

int co_drawing_bare(const co_drawing *drawing) {
  return drawing->num_bare;
}

void co_drawing_tell_bare(const co_drawing *drawing) {
  int bare = drawing->num_bare;
  if (bare)
    co_log(
        CO_LOG_INFO,
        "note: %s: %d %s only geoms of hidden groups, most often for collisions, which are drawn "
        "in place of meshes that the model lacks",
        drawing->world->info.model, bare, bare == 1 ? "body has" : "bodies have");
}

// All groups are in the scene; what is hidden and not needed goes, the rest is opaque.
void co_drawing_hide(co_drawing *drawing) {
  const mjModel *mj = co_drawing_model(drawing);
  mjvScene *scene = &drawing->scene;
  int kept = 0;
  for (int i = 0; i < scene->ngeom; i++) {
    mjvGeom *geom = &scene->geoms[i];
    bool hidden = geom->objtype == mjOBJ_GEOM && !in_shown_group(drawing, mj, geom->objid);
    if (hidden && !drawing->bare[mj->geom_bodyid[geom->objid]]) continue;
    if (hidden) geom->rgba[3] = 1;
    if (kept != i) scene->geoms[kept] = *geom;
    kept++;
  }
  scene->ngeom = kept;
}
