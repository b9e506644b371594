// What is drawn of one stage: its drawing, kept up with the stage's world and state, and the
// camera. No OpenGL.
//
// Thread safety: that of a drawing.

#ifndef VIZ_SHOW_PRIVATE_PANE_H_
#define VIZ_SHOW_PRIVATE_PANE_H_

#include "viz/draw/drawing.h"
#include "viz/draw/paint.h"
#include "viz/play/snapshot.h"

typedef struct co_pane {
  co_shared_world *world;  // kept
  co_drawing *drawing;     // owned
  co_quality preset;
  co_camera camera;
  bool aimed;      // the camera has looked at this task before
  bool undressed;  // a renderer has to be made for it
  uint32_t episode;
  int64_t step;  // that is loaded, of the episode
} co_pane;

void co_pane_free(co_pane *pane);  // zero-initialise first

// Loads what the stage shows. Another world or preset gets a drawing of its own; when that fails
// the pane is as before.
co_status co_pane_take(co_pane *pane, const co_stage_view *stage, co_quality preset);

// By shares of the scene's height, y down.
void co_pane_orbit(co_pane *pane, double dx, double dy);
void co_pane_slide(co_pane *pane, double dx, double dy);
void co_pane_zoom(co_pane *pane, double lines);
// The camera for a scene of this shape: from farther away where it is narrow, so that as much is to
// be seen.
co_camera co_pane_fit(const co_pane *pane, co_box scene);
void co_pane_aim(co_pane *pane, co_camera_mode mode, int fixed);

#endif  // VIZ_SHOW_PRIVATE_PANE_H_
