// Parts of a drawing, private to drawing*.c.

#ifndef VIZ_DRAW_DRAWING_INTERNAL_H_
#define VIZ_DRAW_DRAWING_INTERNAL_H_

#include "envs/physics/mujoco/engine.h"
#include "envs/world/row.h"
#include "envs/world/world.h"
#include "viz/draw/drawing.h"

#include <mujoco/mujoco.h>

// In which a robot moves.
typedef enum co_plane { CO_PLANE_NONE, CO_PLANE_UPRIGHT, CO_PLANE_LEVEL } co_plane;

struct co_drawing {
  const co_built_world *world;
  co_row row;
  mjModel *assets;        // owned: what the renderer uploads
  mjModel *stand_in;      // owned: of an engine without bodies, else NULL
  mjData *stand_in_data;  // owned, with it
  mjvScene scene;
  mjvOption option;
  char (*number)[16];  // owned: "#2", what cameras without a name are called
  int root;            // body that the camera follows
  bool resting;        // the root does not move
  double size;         // [m] how large the robot is
  double weight;       // [N] of it; 0 without gravity
  co_plane plane;
  bool maze, still;  // the camera does not follow
  double view;       // [m] how much is to be seen
  double reach;      // [m] around the robot, or the middle of what is seen, that shadows fall
  double center[3];  // [m] where the camera looks when it does not follow
  bool ground;       // there is no floor: one is drawn far below
  double depth;      // [m] its height
  mjtByte shown[mjNGROUP];  // groups that MuJoCo shows if not asked otherwise
  bool *bare;               // owned: bodies that only hidden groups would show
  int num_bare;             // of them
  int floor;                // material of floors that have none, in `assets`; -1: none was added
};

// Whether a geom is a plane on which the robot moves about, and not a table.
bool co_drawing_is_floor(const co_drawing *drawing, const mjModel *mj, int geom);
// Finds bodies that have nothing to show; after mjv_updateScene with all groups: what is hidden.
co_status co_drawing_find_bare(co_drawing *drawing);
void co_drawing_hide(co_drawing *drawing);
// The model to upload: the world's own, with a sky and a floor where it has none.
co_status co_drawing_make_assets(co_drawing *drawing, co_quality preset);
// The model that is drawn in place of the closed-form pendulum.
co_status co_drawing_make_stand_in(mjModel **out);
// After mjv_updateScene: materials of floors, light of the camera.
void co_drawing_dress(co_drawing *drawing);
// Appends what `overlays` asks for.
void co_drawing_overlay(co_drawing *drawing, unsigned overlays);

// The next free geom of the scene as decoration, or NULL.
mjvGeom *co_drawing_add(co_drawing *drawing, int type, const double *size, const double *pos,
                        const double *mat, const float *rgba);

#endif  // VIZ_DRAW_DRAWING_INTERNAL_H_
