// Moving a camera by hand, and what lies under the mouse. Distances on the screen are parts of the
// picture's height, so that they mean the same in every window.
//
// Thread safety: none.

#ifndef VIZ_CAMERA_H_
#define VIZ_CAMERA_H_

#include "viz/drawing.h"

// Turns about the point looked at: a whole height is half a turn. Following goes on.
void co_camera_turn(co_camera *camera, double right, double up);
// Moves the point looked at with the picture's plane, as if it were dragged; no longer follows.
void co_camera_pan(co_camera *camera, double right, double up);
// Goes nearer (> 0) or farther; 1 halves the distance.
void co_camera_zoom(co_camera *camera, double steps);

// What of the robot or of other moving things is at a point of the scene as last updated.
typedef struct co_pick {
  int body;         // of the compiled model, as co_stage_push takes it
  double point[3];  // [m] on its surface, world frame
} co_pick;

// x, y from the lower left corner, 0 to 1; aspect: width / height. false: nothing that moves.
bool co_camera_pick(co_drawing *drawing, double aspect, double x, double y, co_pick *out);

// Adds an arrow to the scene, a push for instance. [m]
void co_drawing_add_arrow(co_drawing *drawing, const double from[3], const double to[3],
                          const float rgba[4]);

#endif  // VIZ_CAMERA_H_
