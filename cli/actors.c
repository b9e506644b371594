#include "cli/actors.h"

#include "agents/policy/zoo.h"
#include "core/config/config_file.h"
#include "core/file.h"

#include <stdlib.h>
#include <string.h>

// A file of a policy may have any name but that of a config.
static bool is_task(const char *name) {
  char *path = NULL;
  if (co_config_stem(name) < strlen(name)) return true;
  bool found = !co_config_is_path(name) && !co_file_exists(name) && !co_dir_exists(name) &&
               co_config_find("task", "configs/tasks", name, &path) == CO_OK;
  free(path);
  return found;
}

// What --policy says acts in the task, of which all else is known.
static co_status read_stand_in(const cli_args *args, const char *name, cli_actor *out) {
  static const cli_pair pairs[] = {{"policy", CLI_EXCLUDES, "task"},
                                   {"policy", CLI_EXCLUDES, "model"},
                                   {"policy", CLI_EXCLUDES, "log"},
                                   {NULL, CLI_NEEDS, NULL}};
  CO_TRY(cli_check_pairs(args, pairs));
  co_status status = co_stand_in_find(cli_value(args, "policy"), &out->stand_in);
  if (status != CO_OK) return co_fail_context(status, "--policy");
  if (!name) return co_fail(CO_USAGE, "--policy: needs a TASK to act in");
  bool file = co_dir_exists(name) || (co_file_exists(name) && !is_task(name));
  if (file)
    return co_fail(CO_USAGE, "--policy: goes with a TASK in place of a policy, not with %s", name);
  out->task = name;
  return CO_OK;
}

co_status cli_actor_read(const cli_args *args, const char *name, cli_actor *out) {
  *out = (cli_actor){.path = name};
  if (cli_value(args, "policy")) {
    out->path = NULL;
    return read_stand_in(args, name, out);
  }
  if (name && is_task(name) && !co_zoo_has(name))
    return co_fail(CO_NO_INPUT,
                   "%s: is a task and not a policy, and the zoo has none for it; --policy zero, "
                   "random or sliders shows it without one",
                   name);
  return name ? cli_policy_path(name, out->zoo, &out->path) : CO_OK;
}
