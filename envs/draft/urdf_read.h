// The joints of a robot description that a file of another kind carries as text.

#ifndef ENVS_DRAFT_URDF_READ_H_
#define ENVS_DRAFT_URDF_READ_H_

#include "core/status.h"
#include "envs/robot.h"

// Names and tree of the joints of URDF (or MJCF) text, with no actuators; meshes are not looked
// for, and nothing is compiled: all else of `out` is empty. `file` begins the sentence of CO_DATA.
// Release with co_arena_free(&out->memory). Not thread-safe for one `out`.
co_status co_urdf_read(const char *text, const char *file, co_robot *out);

#endif  // ENVS_DRAFT_URDF_READ_H_
