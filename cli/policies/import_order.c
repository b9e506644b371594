#include "cli/policies/import_order.h"

#include "agents/import/order.h"
#include "core/file.h"
#include "core/log.h"
#include "envs/draft/robot_read.h"
#include "envs/draft/urdf_read.h"
#include "envs/world/world.h"

#include <stdlib.h>

static co_status compare(const co_robot *robot, const char *place, co_facts *facts) {
  co_arena arena = {0};
  co_joint_tree tree;
  co_order_match match;
  co_status status = co_joint_tree_of(robot, &arena, &tree);
  if (status == CO_OK) status = co_facts_name_joints(facts, &tree, place);
  if (status == CO_OK) status = co_facts_name_order(facts, &tree, place, &match);
  co_arena_free(&arena);
  return status;
}

// What is wrong with a robot is no fault of the policy.
static co_status tell(co_status status) {
  if (status == CO_OK || status == CO_MEMORY) return status;
  co_log(CO_LOG_INFO, "note: no order of joints is derived: %s", co_error_text());
  return CO_OK;
}

static co_status from_urdf(co_facts *facts) {
  co_robot robot = {0};
  co_status status = co_urdf_read(facts->urdf, "the URDF inside", &robot);
  if (status == CO_OK) status = compare(&robot, "the URDF inside", facts);
  co_arena_free(&robot.memory);
  return tell(status);
}

static co_status from_task(const co_built_world *world, co_facts *facts) {
  co_robot robot = {0};
  const char *folder = world->def.folder, *file = world->def.task.model;  // either may be NULL
  char *path = folder && file ? co_path_join(folder, file) : NULL;
  co_status status = CO_OK;
  if (path && co_file_exists(path)) {
    status = co_robot_read(path, &robot);
    if (status == CO_OK) status = compare(&robot, co_path_base(path), facts);
    co_robot_free(&robot);
  }
  free(path);
  return tell(status);
}

co_status import_name_order(void *context, co_facts *facts) {
  if (facts->urdf) CO_TRY(from_urdf(facts));
  return context && !facts->order.at.stated ? from_task(context, facts) : CO_OK;
}
