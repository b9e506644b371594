// carryover inspect: what a file or folder is and holds.

#include "agents/policy/zoo.h"
#include "cli/cli.h"
#include "core/config/config_file.h"
#include "core/file.h"
#include "core/memory.h"
#include "envs/domain/preset.h"
#include "envs/world/describe.h"
#include "envs/world/world.h"
#include "transfer/inspect/inspect.h"

#include <stdlib.h>
#include <string.h>

// Whether a file that worlds are made of can be used; a sound task's world is kept in `context`.
static co_status check_config(void *context, const char *kind, const char *path) {
  if (strcmp(kind, "task") != 0) return co_domain_file_check(path);
  const co_world world = {.task = path};
  return co_world_build(&world, (co_built_world **)context);
}

// A file or folder as it is given, a policy of the zoo, or the name of a study or task.
static co_status find_path(const char *given, char **out) {
  if (co_zoo_is_name(given)) return co_zoo_find(given, out);
  bool is_path = co_config_is_path(given) || co_file_exists(given) || co_dir_exists(given) ||
                 strchr(given, '.');
  if (is_path) {
    *out = co_strdup(given);
    return *out ? CO_OK : CO_MEMORY;
  }
  if (co_config_find("study", "configs/studies", given, out) == CO_OK) return CO_OK;
  co_status status = co_config_find("task", "configs/tasks", given, out);
  if (status != CO_NO_INPUT) return status;
  return co_fail_context(status, "%s is neither a file nor a folder", given);
}

static co_status print_text(const co_json *object) {
  co_buf text = {0};
  co_inspect_print(object, &text);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static co_status run(const cli_args *args) {
  char *path;
  CO_TRY(find_path(cli_positional(args, 0), &path));
  co_json *object = cli_object("inspect");
  co_built_world *world = NULL;  // of a sound task
  co_status status = co_inspect_add(path, check_config, &world, object);
  if (status == CO_OK && world) co_world_describe(world, object);
  if (status == CO_OK) status = cli_json(args) ? cli_print_json(object) : print_text(object);
  co_world_free(world);
  co_json_free(object);
  free(path);
  return status;
}

static const cli_option options[] = {{NULL, NULL, NULL}};

const cli_command cli_inspect = {
    "inspect",
    "what a policy, task, domain, study or study folder is and holds",
    "carryover inspect policy.safetensors",
    "FILE|DIR|NAME",
    1,
    1,
    options,
    run,
};
