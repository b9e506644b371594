// A force from outside on a body of a row. Not thread-safe per row.

#ifndef VIZ_PLAY_PRIVATE_PUSH_H_
#define VIZ_PLAY_PRIVATE_PUSH_H_

#include "envs/physics/physics.h"

// Bodies of the compiled model that can be pushed, the world (0) included; 0: none, the engine has
// no bodies.
int co_push_bodies(const co_physics *physics);
// Force [N] and torque [N m], world frame, about the body's centre of mass, in the next physics
// steps; NULL: none.
void co_push_set(co_physics *physics, int body, const double force[6]);

#endif  // VIZ_PLAY_PRIVATE_PUSH_H_
