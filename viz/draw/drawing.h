// One world as it is drawn: a row of its own, into which frames are loaded, and the scene made of
// it. No OpenGL: a co_renderer (viz/draw/renderer.h) shows the scene.
//
// Looks never touch the world's model: what it lacks (sky, a chequered floor) is added to a copy
// that only the renderer sees. The closed-form pendulum, which has no bodies, is drawn by a model
// of its own.
//
// Thread safety: none; the row that simulates may be anywhere else.

#ifndef VIZ_DRAW_DRAWING_H_
#define VIZ_DRAW_DRAWING_H_

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

struct co_built_world;
struct mjModel_;
struct mjData_;
struct mjvScene_;

// What is drawn over the robot: bit, name for people and options.
#define CO_OVERLAY_LIST(X)                                                     \
  X(CO_OVERLAY_CONTACTS, "contacts", "contact points")                         \
  X(CO_OVERLAY_FORCES, "forces",                                               \
    "contact forces; the robot's weight is half as long as the robot")         \
  X(CO_OVERLAY_FRICTION, "friction", "the friction that acts at each contact") \
  X(CO_OVERLAY_LIMITS, "limits", "joints that press on a limit")               \
  X(CO_OVERLAY_MASS, "mass", "the centre of mass and the point below it")      \
  X(CO_OVERLAY_VELOCITY, "velocity", "commanded velocity against the actual one")

typedef enum co_overlay_index {
#define X(id, name, doc) id##_INDEX,
  CO_OVERLAY_LIST(X)
#undef X
      CO_NUM_OVERLAYS
} co_overlay_index;

typedef enum co_overlay {
#define X(id, name, doc) id = 1 << id##_INDEX,
  CO_OVERLAY_LIST(X)
#undef X
      CO_OVERLAY_NONE = 0
} co_overlay;

extern const char *const co_overlay_names[];  // (CO_NUM_OVERLAYS) in the order of the list

typedef enum co_quality {
  CO_QUALITY_FAST,    // for software: no shadows, no multisampling
  CO_QUALITY_SMOOTH,  // multisampling, no shadows
  CO_QUALITY_FULL
} co_quality;
extern const char *const co_quality_names[];  // "fast", ..., NULL

typedef enum co_camera_mode { CO_CAMERA_TRACK, CO_CAMERA_FREE, CO_CAMERA_FIXED } co_camera_mode;

typedef struct co_camera {
  co_camera_mode mode;
  int fixed;         // of the model, where mode is FIXED
  double lookat[3];  // [m] world frame
  double distance;   // [m] from there
  double azimuth;    // [deg] 0 looks along x, 90 along y
  double elevation;  // [deg] below 0 looks down
} co_camera;

typedef struct co_drawing co_drawing;

// The world is borrowed for the drawing's life. CO_MEMORY, or MuJoCo's error.
co_status co_drawing_create(const struct co_built_world *world, co_quality preset,
                            co_drawing **out);
void co_drawing_free(co_drawing *drawing);

// Bodies that are shown by geoms of hidden groups, most often collision shapes, since they have no
// others: meshes are missing, or were left out.
int co_drawing_bare(const co_drawing *drawing);
void co_drawing_tell_bare(const co_drawing *drawing);  // a note in the log, where there are any

// Loads a frame's bytes (co_row_save) and derives what is drawn. CO_DATA when they are damaged.
co_status co_drawing_load(co_drawing *drawing, const void *row);

// Makes the scene of what was loaded. `overlays`: CO_OVERLAY_... bits.
co_status co_drawing_update(co_drawing *drawing, const co_camera *camera, unsigned overlays);
// Adds the robot of another drawing, updated before, in one translucent colour: no floors or other
// things that rest. Where the two do not have the same meshes, boxes stand in for the ghost's.
void co_drawing_add_ghost(co_drawing *drawing, const co_drawing *ghost, const float rgba[4]);
extern const float co_ghost_color[4];

// Looks at the robot from the side if it moves in a plane, else from a corner; where its base
// rests, at all that stands there.
void co_drawing_default_camera(const co_drawing *drawing, co_camera *out);
// Follows the robot smoothly (TRACK only) over `seconds` of simulated time; INFINITY: at once. The
// robot stays in the picture however fast it is.
void co_drawing_follow(const co_drawing *drawing, double seconds, co_camera *camera);
// From farther away, and towards the ghost (TRACK only), so that neither is cut by the picture's
// edge; a ghost that is left behind for good is let go. For the scene of one frame: what is
// followed is the camera as it was.
void co_drawing_widen(const co_drawing *drawing, const co_drawing *ghost, co_camera *camera);
int co_drawing_cameras(const co_drawing *drawing);                         // fixed ones
const char *co_drawing_camera_name(const co_drawing *drawing, int index);  // without a name: "#2"

// For the renderer, and for picking in a window. The model of the present frame; a row with numbers
// of its own may have another one in the next.
const struct mjModel_ *co_drawing_model(const co_drawing *drawing);
struct mjData_ *co_drawing_data(co_drawing *drawing);
struct mjvScene_ *co_drawing_scene(co_drawing *drawing);
// Textures, meshes and quality, for mjr_makeContext only.
const struct mjModel_ *co_drawing_assets(const co_drawing *drawing);

#endif  // VIZ_DRAW_DRAWING_H_
