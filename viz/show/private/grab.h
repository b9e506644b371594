// A body under the mouse: which one it is, what can be said of it, and the force of a spring that
// pulls it to where the mouse goes. On the drawing's own row; the force is for the session.
//
// Thread safety: that of the drawing.

#ifndef VIZ_SHOW_PRIVATE_GRAB_H_
#define VIZ_SHOW_PRIVATE_GRAB_H_

#include "viz/draw/drawing.h"

enum { CO_GRAB_TEXT = 256 };

// Body under a point of a scene, as shares of its width and height from its lower left corner;
// `point` gets where the surface is [m, world]. -1: nothing is there, or the engine has no bodies.
int co_grab_find(co_drawing *drawing, double aspect, double x, double y, double point[3]);

bool co_grab_has(co_drawing *drawing, int body);          // whether the model has this body
bool co_grab_moves(const co_drawing *drawing, int body);  // whether a force would move it
// "torso, 3.53 kg; friction 1 with floor": name, mass, effective friction of its contacts; of what
// rests that it does.
void co_grab_describe(co_drawing *drawing, int body, char text[CO_GRAB_TEXT]);

typedef struct co_grab co_grab;

// Takes hold of a body at a point. CO_MEMORY.
co_status co_grab_begin(co_drawing *drawing, int body, const double point[3], bool turn,
                        co_grab **out);
void co_grab_end(co_grab *grab);  // NULL: nothing
// Moves the hand by shares of the scene's height, y down.
void co_grab_pull(co_grab *grab, co_drawing *drawing, double dx, double dy);
// Force [N] and torque [N m] of the spring on the body as it is drawn now.
void co_grab_force(co_grab *grab, co_drawing *drawing, double force[6]);
int co_grab_body(const co_grab *grab);
// An arrow along the force in the drawing's scene, after its update.
void co_grab_draw(const co_grab *grab, co_drawing *drawing);

// The body that stands for the robot; 0: there are no bodies.
int co_grab_root(const co_drawing *drawing);
// An arrow to a body's centre of mass, along a force [N, world], after the scene's update.
void co_grab_arrow(co_drawing *drawing, int body, const double force[3]);
// Force sideways, seen from the scene's camera, as large as half the weight of all that moves.
void co_grab_nudge(co_drawing *drawing, double side, double force[6]);
// Marks a body in the scene, after its update.
void co_grab_mark(co_drawing *drawing, int body);

#endif  // VIZ_SHOW_PRIVATE_GRAB_H_
