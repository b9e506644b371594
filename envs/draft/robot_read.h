// Reads what stands in a model: the description that a task's draft is made from.

#ifndef ENVS_DRAFT_ROBOT_READ_H_
#define ENVS_DRAFT_ROBOT_READ_H_

#include "core/status.h"
#include "envs/robot.h"

// Of an MJCF or URDF file. CO_NO_INPUT when it or a mesh of it is missing, CO_DATA when it does not
// compile. co_robot_free, also after a failure. Not thread-safe for one `out`.
co_status co_robot_read(const char *path, co_robot *out);
void co_robot_free(co_robot *robot);

#endif  // ENVS_DRAFT_ROBOT_READ_H_
