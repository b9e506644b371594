#include "envs/task/task_file.h"

#include "core/config/config_file.h"
#include "core/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static co_status find_base(const char *path, const co_node *base, char **out) {
  char file[256];
  if (base->kind != CO_NODE_STRING || !*base->value.string ||
      co_config_is_path(base->value.string)) {
    return co_node_fail(CO_CONFIG, base, "base", "must be the name of a task");
  }
  snprintf(file, sizeof file, "%s.cfg", base->value.string);
  char *folder = co_path_dir(path);
  *out = folder ? co_path_join(folder, file) : NULL;
  free(folder);
  if (!*out) return CO_MEMORY;
  if (co_file_exists(*out)) return CO_OK;
  free(*out);
  co_status status = co_config_find("task", "configs/tasks", base->value.string, out);
  if (status == CO_OK) return CO_OK;
  return co_node_fail(status, base, "base", "not next to this file, and %s", co_error_text());
}

// Moves to `task` what `base` has and it has not; `base` keeps the rest.
static co_status inherit(co_node *task, co_node *base) {
  int kept = 0, count = base->count;
  co_status status = CO_OK;
  for (int i = 0; i < count; i++) {
    co_node *child = base->child[i];
    if (status != CO_OK || co_node_get(task, child->name)) {
      base->child[kept++] = child;
    } else {
      status = co_node_add(task, child);
    }
  }
  base->count = kept;
  return status;
}

static void remove_member(co_node *group, const co_node *member) {
  int kept = 0;
  for (int i = 0; i < group->count; i++) {
    if (group->child[i] != member) group->child[kept++] = group->child[i];
  }
  group->count = kept;
}

static co_status read_chain(const char *path, int bases, co_node **out);

static co_status read_base(const char *path, const co_node *base, int bases, co_node **out) {
  char *file = NULL;
  if (bases == 0) {
    return co_node_fail(CO_CONFIG, base, "base", "a cycle, or more than %d bases in a row",
                        CO_TASK_BASES);
  }
  CO_TRY(find_base(path, base, &file));
  co_status status = read_chain(file, bases - 1, out);
  free(file);
  if (status != CO_OK) return status;
  const co_node *task = co_node_get(*out, "task");
  if (task && task->kind == CO_NODE_GROUP) return CO_OK;
  co_node_free(*out);
  return co_node_fail(CO_CONFIG, base, "base", "\"%s\" holds no group task = { ... }",
                      base->value.string);
}

static co_status read_chain(const char *path, int bases, co_node **out) {
  co_node *tree = NULL, *under = NULL;
  CO_TRY(co_tree_read(path, &tree));
  co_node *task = co_node_get(tree, "task");
  co_node *base = task ? co_node_get(task, "base") : NULL;
  co_status status = base ? read_base(path, base, bases, &under) : CO_OK;
  if (status != CO_OK) {
    co_node_free(tree);
    return status;
  }
  if (base) {
    remove_member(task, base);
    co_node_free(base);
    status = inherit(task, co_node_get(under, "task"));
    co_node_free(under);
  }
  if (status == CO_OK) {
    *out = tree;
  } else {
    co_node_free(tree);
  }
  return status;
}

co_status co_task_file_read(const char *path, co_node **out) {
  return read_chain(path, CO_TASK_BASES, out);
}
