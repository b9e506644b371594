// carryover inspect: what a file or folder is and holds.

#include "cli/cli.h"
#include "core/config/config_file.h"
#include "core/file.h"
#include "envs/domain/preset.h"
#include "envs/world/describe.h"
#include "envs/world/world.h"
#include "transfer/inspect/inspect.h"

#include <stdlib.h>
#include <string.h>

// Whether a file that worlds are made of can be used.
static co_status check_config(const char *kind, const char *path) {
  if (strcmp(kind, "task") != 0) return co_domain_file_check(path);
  const co_world world = {.task = path};
  co_built_world *built;
  CO_TRY(co_world_build(&world, &built));
  co_world_free(built);
  return CO_OK;
}

// A file or folder as it is given, or the name of a study or task.
static co_status find_path(const char *given, char **out) {
  bool is_path = co_config_is_path(given) || co_file_exists(given) || co_dir_exists(given) ||
                 strchr(given, '.');
  if (is_path) {
    *out = strdup(given);
    return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for a path");
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

// What the world of a sound task consists of.
static co_status add_world(const char *path, co_json *object) {
  const char *kind = co_json_get_string(object, "kind");
  if (!kind || strcmp(kind, "task") != 0 || !co_json_get_bool(object, "valid", false)) return CO_OK;
  const co_world world = {.task = path};
  co_built_world *built;
  CO_TRY(co_world_build(&world, &built));
  co_world_describe(built, object);
  co_world_free(built);
  return CO_OK;
}

static co_status run(const cli_args *args) {
  char *path;
  CO_TRY(find_path(cli_positional(args, 0), &path));
  co_json *object = cli_object("inspect");
  co_status status = co_inspect_add(path, check_config, object);
  if (status == CO_OK) status = add_world(path, object);
  if (status == CO_OK) status = cli_json(args) ? cli_print_json(object) : print_text(object);
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
