#include "envs/physics/maze_file.h"

#include "core/config/config_file.h"
#include "core/log.h"

#include <stdlib.h>
#include <string.h>

static co_status check_layout(const co_node *tree, const char *path) {
  const co_node *maze = co_node_get(tree, "maze"), *horizon = co_node_get(tree, "horizon");
  bool known = tree->count == (horizon ? 2 : 1) && maze && maze->kind == CO_NODE_GROUP;
  if (known) return CO_OK;
  return co_fail(CO_CONFIG,
                 "%s:1: maze: a layout holds a group maze = { ... }; and may hold horizon", path);
}

static co_status read_layout(const co_node *name, co_node **out) {
  char *path = NULL;
  if (co_config_is_path(name->value.string)) {
    return co_node_fail(CO_CONFIG, name, "maze",
                        "must be the name of a file in configs/mazes, or a group");
  }
  co_status status = co_config_find("maze", "configs/mazes", name->value.string, &path);
  if (status != CO_OK) return co_node_fail(status, name, "maze", "%s", co_error_text());
  co_log(CO_LOG_DETAIL, "maze \"%s\": %s", name->value.string, path);
  status = co_tree_read(path, out);
  if (status == CO_OK) {
    status = check_layout(*out, path);
    if (status != CO_OK) co_node_free(*out);
  }
  free(path);
  return status;
}

// The layout's maze and the name change places, so that nothing has to be allocated.
static void swap(co_node *task, const co_node *name, co_node *layout) {
  co_node **in_task = task->child, **in_layout = layout->child;
  while (*in_task != name) in_task++;
  while (strcmp((*in_layout)->name, "maze") != 0) in_layout++;
  co_node *maze = *in_layout;
  *in_layout = *in_task;
  *in_task = maze;
}

co_status co_maze_file_expand(co_node *task) {
  const co_node *name = co_node_get(task, "maze");
  co_node *layout = NULL;
  if (!name || name->kind != CO_NODE_STRING) return CO_OK;
  CO_TRY(read_layout(name, &layout));
  const co_node *horizon = co_node_get(layout, "horizon");
  co_status status = CO_OK;
  if (horizon && !co_node_get(task, "horizon")) {
    co_node *copy = co_node_copy(horizon);
    status = copy ? co_node_add(task, copy) : CO_MEMORY;
  }
  if (status == CO_OK) swap(task, name, layout);
  co_node_free(layout);
  return status;
}
