// carryover inspect: what a file or folder is and holds.

#include "cli/cli.h"
#include "envs/describe.h"
#include "transfer/inspect.h"

#include <string.h>

static co_status print_text(const co_json *object) {
  co_buf text = {0};
  co_inspect_print(object, &text);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

// What the world of a sound task consists of.
static co_status add_world(co_json *object) {
  const char *kind = co_json_get_string(object, "kind");
  if (!kind || strcmp(kind, "task") != 0 || !co_json_get_bool(object, "valid", false)) return CO_OK;
  const co_world world = {.task = co_json_get_string(object, "path")};
  co_built_world *built;
  CO_TRY(co_world_build(&world, &built));
  co_world_describe(built, object);
  co_world_free(built);
  return CO_OK;
}

static co_status run(const cli_args *args) {
  co_json *object = cli_object("inspect");
  co_status status = co_inspect_add(cli_positional(args, 0), object);
  if (status == CO_OK) status = add_world(object);
  if (status == CO_OK) status = cli_json(args) ? cli_print_json(object) : print_text(object);
  co_json_free(object);
  return status;
}

static const cli_option options[] = {{NULL, NULL, NULL}};

const cli_command cli_inspect = {
    "inspect",
    "what a policy, task, study or study folder is and holds",
    "carryover inspect policy.safetensors",
    "FILE|DIR",
    1,
    1,
    options,
    run,
};
