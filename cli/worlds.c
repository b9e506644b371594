#include "cli/worlds.h"

#include "agents/contract/contract.h"
#include "cli/machine.h"
#include "core/hash.h"
#include "envs/domain/preset.h"
#include "envs/world/vector.h"

#include <stdlib.h>
#include <string.h>

// one --domain argument as a list of shifts: config text "( {...} )" or "{...}", else a file or a
// known name
static co_status parse_domain(const char *text, co_node **out) {
  if (text[0] != '(' && text[0] != '{') return co_domain_load(text, out);
  bool is_list = text[0] == '(';
  co_buf source = {0};
  co_node *root = NULL;
  co_buf_printf(&source, "domain = %s%s%s;", is_list ? "" : "(", text, is_list ? "" : ")");
  co_status status = co_buf_status(&source);
  if (status == CO_OK) status = co_tree_parse(source.data, "--domain", &root);
  co_buf_free(&source);
  CO_TRY(status);
  bool one_list = root->count == 1;
  *out = one_list ? co_node_copy(root->child[0]) : NULL;
  co_node_free(root);
  if (!one_list)
    return co_fail(CO_CONFIG, "--domain: something stands behind the shifts: %s", text);
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for --domain");
}

// appends the shifts of one argument
static co_status append_domain(const char *text, co_node *list) {
  co_node *part;
  CO_TRY(parse_domain(text, &part));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < part->count; i++) {
    co_node *shift = co_node_copy(part->child[i]);
    status = shift ? co_node_add(list, shift) : co_fail(CO_MEMORY, "out of memory for --domain");
  }
  co_node_free(part);
  return status;
}

co_status cli_domain(const cli_args *args, const char *option, co_node **out) {
  *out = NULL;
  const char *const *values;
  int count = cli_values(args, option, &values);
  if (count == 0) return CO_OK;
  co_node *list = co_node_new(CO_NODE_LIST, "domain", option, 0);
  co_status status = list ? CO_OK : co_fail(CO_MEMORY, "out of memory for --%s", option);
  for (int i = 0; status == CO_OK && i < count; i++) status = append_domain(values[i], list);
  if (status != CO_OK) {
    co_node_free(list);
    return status;
  }
  *out = list;
  return CO_OK;
}

co_world cli_world(const cli_args *args, const char *task, const co_node *domain) {
  co_world world = {.task = cli_value(args, "task"), .domain = domain};
  if (!world.task) world.task = task;
  world.num_set = cli_values(args, "set", &world.set);
  return world;
}

// The env takes over the built world, on failure too, and lends it back for names and terms.
co_status cli_env_open(const co_world *world, int rows, const co_stream *stream, cli_env *out) {
  co_built_world *built;
  CO_TRY(co_world_build(world, &built));
  out->world = built;
  return co_vector_create(built, rows, stream, &out->env);
}

void cli_env_close(cli_env *env) {
  co_env_destroy(env->env);
  *env = (cli_env){0};
}

// Results depend on no number of threads, so the default may differ between machines.
co_status cli_pool(const cli_args *args, co_pool **out) {
  int64_t threads = machine_cores();
  if (threads > CLI_MAX_THREADS) threads = CLI_MAX_THREADS;
  CO_TRY(cli_int(args, "threads", 1, CLI_MAX_THREADS, &threads));
  return co_pool_create((int)threads, out);
}

void cli_set_hash(co_json *object, const char *key, uint64_t hash) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  co_json_set_string(object, key, text);
}

void cli_set_step(co_json *object, const char *key, int step) {
  co_json_set(object, key, step >= 0 ? co_json_int(step) : co_json_null());
}

static co_json *draw_json(const co_shift_info *shift) {
  co_json *object = co_json_object();
  co_json_set_bool(object, "each", shift->each);
  co_json_set(object, "clip", co_json_numbers(shift->clip, shift->num_clip));
  co_json_set_number(object, "from", shift->from);
  co_json_set_int(object, "over", shift->over);
  return object;
}

// The same members, in the same order, as in a contract, so that scripts read both alike.
co_json *cli_shifts_json(const co_shift_info *shift, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "parameter", shift[i].parameter);
    co_json_set_string(object, "select", shift[i].select);
    co_json_set_string(object, "operation", shift[i].operation);
    co_json_set(object, "value", co_json_numbers(shift[i].value, shift[i].num_values));
    const char *distribution = shift[i].distribution;
    co_json_set_string(object, "distribution", *distribution ? distribution : NULL);
    if (*distribution) co_json_set(object, "draw", draw_json(&shift[i]));
    co_json_add(array, object);
  }
  return array;
}

// Numbers as people write them: %g, not the 17 digits of the JSON.
void cli_shifts_text(const co_shift_info *shift, int count, co_buf *out) {
  if (!count) co_buf_puts(out, "none");
  for (int i = 0; i < count; i++) {
    co_buf_printf(out, "%s%s", i ? ", " : "", shift[i].parameter);
    if (*shift[i].select) co_buf_printf(out, " of %s", shift[i].select);
    co_buf_printf(out, " %s", shift[i].operation);
    if (*shift[i].distribution) co_buf_printf(out, " %s", shift[i].distribution);
    for (int k = 0; k < shift[i].num_values; k++) co_buf_printf(out, " %g", shift[i].value[k]);
    co_shift_put_draw(&shift[i], out);
  }
}

co_status cli_config_names(const char *folder, co_names *out) {
  char *path;
  CO_TRY(co_data_find(folder, &path));
  co_status status = co_dir_list(path, out);
  free(path);
  CO_TRY(status);
  // drop what is no config, and the extension of what is
  int kept = 0;
  for (int i = 0; i < out->count; i++) {
    char *name = out->name[i], *dot = strrchr(name, '.');
    if (dot && strcmp(dot, ".cfg") == 0) {
      *dot = '\0';
      out->name[kept++] = name;
    } else {
      free(name);
    }
  }
  out->count = kept;
  return CO_OK;
}
