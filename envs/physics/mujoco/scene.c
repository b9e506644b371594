// MuJoCo behind the physics seam: what a task adds to its model before it is compiled.
//
// Everything goes through mjSpec. Nothing is left half done for the caller: it drops the spec when
// this fails.

#include "envs/physics/scene.h"

#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// [m] below the lowest point of a height field; thick, so that nothing is pushed out downwards
static const double kTerrainBase = 1.0;
static const float kWallColor[] = {0.55f, 0.6f, 0.65f, 1.0f},
                   kGoalColor[] = {0.2f, 0.7f, 0.3f, 1.0f};

static mjsGeom *find_floor(mjSpec *spec) {
  mjsElement *element = mjs_findElement(spec, mjOBJ_GEOM, "floor");
  return element ? mjs_asGeom(element) : NULL;
}

// --- mazes

// Walls touch like the floor does: whatever stands on that collides with them.
static void copy_surface(const mjsGeom *from, mjsGeom *to) {
  to->contype = from->contype, to->conaffinity = from->conaffinity;
  to->condim = from->condim, to->priority = from->priority, to->solmix = from->solmix;
  to->margin = from->margin, to->gap = from->gap;
  memcpy(to->friction, from->friction, sizeof to->friction);
  memcpy(to->solref, from->solref, sizeof to->solref);
  memcpy(to->solimp, from->solimp, sizeof to->solimp);
}

static co_status name_element(mjsElement *element, const char *kind, const char *name) {
  if (mjs_setName(element, name) == 0) return CO_OK;
  return co_fail(CO_DATA, "the %s \"%s\" is the maze's: the model must not have one", kind, name);
}

static co_status add_wall(mjSpec *spec, const co_maze_def *maze, const co_wall *wall, int index) {
  char name[32];
  double center[2];
  const mjsGeom *floor = find_floor(spec);
  mjsGeom *geom = mjs_addGeom(mjs_findBody(spec, "world"), NULL);
  snprintf(name, sizeof name, "wall%d", index);
  if (floor) copy_surface(floor, geom);
  co_maze_center(maze, wall->row + 0.5 * (wall->rows - 1), wall->column + 0.5 * (wall->columns - 1),
                 center);
  geom->type = mjGEOM_BOX;
  geom->pos[0] = center[0], geom->pos[1] = center[1], geom->pos[2] = 0.5 * maze->height;
  geom->size[0] = 0.5 * maze->cell * wall->columns;
  geom->size[1] = 0.5 * maze->cell * wall->rows;
  geom->size[2] = 0.5 * maze->height;
  memcpy(geom->rgba, kWallColor, sizeof geom->rgba);
  return name_element(geom->element, "geom", name);
}

static co_status add_each_wall(mjSpec *spec, const co_maze_def *maze, co_wall *walls) {
  int count = co_maze_walls(maze, walls);
  for (int i = 0; i < count; i++) CO_TRY(add_wall(spec, maze, &walls[i], i));
  return CO_OK;
}

static co_status add_walls(mjSpec *spec, const co_maze_def *maze) {
  co_wall *walls = co_alloc((size_t)co_maze_cells(maze), sizeof *walls);
  if (!walls) return CO_MEMORY;
  if (setjmp(*co_mujoco_guard())) {
    free(walls);
    return co_mujoco_failed("mjs_addGeom");
  }
  co_status status = add_each_wall(spec, maze, walls);
  co_mujoco_done();
  free(walls);
  return status;
}

// A frame may be turned, and then the shift would not be the world's.
static co_status move_body(mjsBody *body, const double shift[2]) {
  if (mjs_getFrame(body->element)) {
    return co_fail(CO_DATA, "body \"%s\" stands in a frame: a maze cannot move it",
                   mjs_getString(mjs_getName(body->element)));
  }
  body->pos[0] += shift[0];
  body->pos[1] += shift[1];
  return CO_OK;
}

static co_status move_robot(mjSpec *spec, const double start[2]) {
  mjsBody *world = mjs_findBody(spec, "world");
  mjsElement *element = mjs_firstChild(world, mjOBJ_BODY, 0);
  for (; element; element = mjs_nextChild(world, element, 0)) {
    mjsBody *body = mjs_asBody(element);
    if (mjs_firstChild(body, mjOBJ_JOINT, 0)) CO_TRY(move_body(body, start));
  }
  return CO_OK;
}

// The body keeps its height; the site lies on the floor.
static co_status place_goal(mjSpec *spec, const double goal[2]) {
  mjsBody *body = mjs_findBody(spec, "goal");
  if (body) {
    body->pos[0] = body->pos[1] = 0.0;
    return move_body(body, goal);
  }
  mjsSite *site = mjs_addSite(mjs_findBody(spec, "world"), NULL);
  site->pos[0] = goal[0], site->pos[1] = goal[1];
  site->size[0] = 0.25;
  memcpy(site->rgba, kGoalColor, sizeof site->rgba);
  return name_element(site->element, "site", "goal");
}

static co_status add_maze(mjSpec *spec, const co_maze_def *maze) {
  double start[2], goal[2];
  CO_TRY(add_walls(spec, maze));
  if (!co_maze_find(maze, 'R', start) || !co_maze_find(maze, 'G', goal)) {
    return co_fail(CO_DATA, "a maze has neither start nor goal");
  }
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjSpec");
  co_status status = move_robot(spec, start);
  if (status == CO_OK) status = place_goal(spec, goal);
  co_mujoco_done();
  return status;
}

// --- terrain

static void set_terrain(mjSpec *spec, const co_terrain_def *terrain, const float *height) {
  int side = co_terrain_side(terrain);
  mjsGeom *floor = find_floor(spec);
  mjsHField *field = mjs_addHField(spec);
  mjs_setName(field->element, "terrain");
  mjs_setFloat(field->userdata, height, side * side);
  field->nrow = field->ncol = side;
  field->size[0] = field->size[1] = terrain->size;
  field->size[2] = terrain->amplitude;
  field->size[3] = kTerrainBase;
  floor->type = mjGEOM_HFIELD;
  mjs_setString(floor->hfieldname, "terrain");
}

// The geom itself becomes the field: it keeps its name, place, friction and colour.
static co_status add_terrain(mjSpec *spec, const co_terrain_def *terrain) {
  if (!find_floor(spec)) return co_fail(CO_DATA, "terrain needs a geom \"floor\" to replace");
  size_t side = (size_t)co_terrain_side(terrain);
  float *height = co_alloc(side * side, sizeof *height);
  if (!height) return CO_MEMORY;
  co_terrain_heights(terrain, height);
  if (setjmp(*co_mujoco_guard())) {
    free(height);
    return co_mujoco_failed("mjs_addHField");
  }
  set_terrain(spec, terrain, height);
  co_mujoco_done();
  free(height);
  return CO_OK;
}

// --- how time passes

static void set_option(mjSpec *spec, const co_scene *scene) {
  static const int integrator[] = {mjINT_EULER, mjINT_RK4, mjINT_IMPLICIT, mjINT_IMPLICITFAST};
  if (scene->timestep > 0) spec->option.timestep = scene->timestep;
  for (int i = 0; scene->integrator && co_integrator_names[i]; i++) {
    if (strcmp(scene->integrator, co_integrator_names[i]) == 0)
      spec->option.integrator = integrator[i];
  }
}

co_status co_mujoco_add_scene(mjSpec *spec, const co_scene *scene, const char *path) {
  if (!scene) return CO_OK;
  co_mujoco_install();
  set_option(spec, scene);
  co_status status = co_mujoco_add_robot(spec, scene);
  if (status == CO_OK && scene->maze.rows.count) status = add_maze(spec, &scene->maze);
  if (status == CO_OK && !isnan(scene->terrain.size)) status = add_terrain(spec, &scene->terrain);
  return status == CO_OK ? CO_OK : co_fail_context(status, "%s", path);
}
