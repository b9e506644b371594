// What a world consists of, in order: for people who write a task or a deployment for it.

#ifndef ENVS_WORLD_DESCRIBE_H_
#define ENVS_WORLD_DESCRIBE_H_

#include "core/json.h"
#include "envs/world/world.h"

// Adds to an object, each list in its own order:
//   elements[{index, name, unit, block}]    index within the block: "observation", "action",
//                                           "command"
//   joints[{index, name, unit, coordinates[], low, high}]   of free and ball joints: null, null
//   actuators[{index, name, kind, joint, low, high}]        joint null: it drives no single one
//   sensors[{index, name, unit}]            one entry per number
//   cameras[{index, name}], keyframes[{index, name}]
//   geom_groups[{group, geoms[name]}]
// Bounds are null where there are none. Out of memory shows when the object is written.
void co_world_describe(const co_built_world *world, co_json *object);

#endif  // ENVS_WORLD_DESCRIBE_H_
