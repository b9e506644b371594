#include "cli/diff/diff_map.h"

#include "agents/contract/enforce.h"
#include "agents/contract/map_text.h"
#include "core/file.h"
#include "core/printable.h"
#include "envs/world/map.h"

#include <assert.h>
#include <string.h>

// The task behind the map is compared as a command will compare it.
static co_status look_behind(const char *text, const char *path, const co_contract *a,
                             const char *name_a, const co_built_world *b, diff_map *out) {
  co_map_def def;
  co_map *map = NULL;
  CO_TRY(co_map_parse(text, path, &def));
  co_status status = co_map_create(&def, &b->binding, &map);
  co_map_def_free(&def);
  CO_TRY(status);
  co_env_info info = b->info;
  co_map_describe(map, &info);
  const co_enforced enforced = {.policy = a, .name = name_a, .task = &info};
  status = co_contract_mismatches(&enforced, &out->left);
  co_map_free(map);
  return status;
}

// What is left, each fact by its own name, as lines that somebody may want.
static void put_accept(const diff_map *map, co_buf *out) {
  if (!map->left.count) return;
  co_buf_puts(out, "  # No map changes these; who means them takes the # from these lines:\n");
  co_buf_puts(out, "  # accept = (\n");
  for (int i = 0; i < map->left.count; i++) {
    char title[CO_DIFFERENCE_TITLE];
    co_difference_title(&map->left.difference[i], title);
    co_buf_puts(out, "  #   \"");
    co_map_put_pattern(title, out);
    co_buf_printf(out, "\"%s\n", i + 1 < map->left.count ? "," : "");
  }
  co_buf_puts(out, "  # );\n");
}

static void put_left(const diff_map *map, co_buf *out) {
  for (int i = 0; i < map->left.count; i++) {
    char title[CO_DIFFERENCE_TITLE];
    co_difference_title(&map->left.difference[i], title);
    co_buf_printf(out, "  %s\n", title);
  }
}

// The map, with what may be accepted before its end.
static void put_file(const diff_map *map, const char *name_a, const char *task, const co_buf *text,
                     co_buf *out) {
  static const char end[] = "};\n";
  size_t begin = text->size - (sizeof end - 1);
  assert(strcmp(text->data + begin, end) == 0);
  char name[256];  // of one line, whatever the file is called
  co_printable_line(name, sizeof name, name_a);
  co_buf_printf(out, "# Shows %s the task %s as it knows its own.\n%.*s", name, task, (int)begin,
                text->data);
  put_accept(map, out);
  co_buf_puts(out, end);
}

co_status diff_map_write(const char *path, const co_contract *a, const char *name_a,
                         const co_built_world *b, const co_contract_diff *diff, diff_map *out) {
  co_buf text = {0}, file = {0};
  *out = (diff_map){0};
  co_network_def def = {.obs_dim = b->info.obs_dim, .act_dim = b->info.act_dim};
  co_contract contract;
  CO_TRY(co_contract_from_world(&b->info, &def, "none", &contract));
  co_status status = co_contract_map_write(a, &contract, diff, &text);
  co_contract_free(&contract);
  if (status == CO_OK) status = look_behind(text.data, path, a, name_a, b, out);
  if (status == CO_OK) {
    put_file(out, name_a, b->info.task, &text, &file);
    status = co_buf_status(&file);
  }
  if (status == CO_OK) status = co_file_write(path, file.data, file.size);
  co_buf_free(&file);
  co_buf_free(&text);
  if (status != CO_OK) diff_map_free(out);
  return status;
}

void diff_map_free(diff_map *map) {
  co_contract_diff_free(&map->left);
  *map = (diff_map){0};
}

void diff_map_add_json(const diff_map *map, const char *path, co_json *object) {
  co_json *json = co_json_object(), *left = co_json_array();
  for (int i = 0; i < map->left.count; i++) {
    const co_difference *found = &map->left.difference[i];
    co_json *one = co_json_object();
    co_json_set_string(one, "path", found->path);
    co_json_set_string(one, "kind", co_difference_names[found->kind]);
    co_json_set_string(one, "element", *found->element ? found->element : NULL);
    co_json_add(left, one);
  }
  co_json_set_string(json, "file", path);
  co_json_set(json, "left", left);
  co_json_set(object, "map", json);
}

void diff_map_add_text(const diff_map *map, const char *path, co_buf *text) {
  co_buf_printf(text, "\nmap: %s\n", path);
  if (!map->left.count) return;
  co_buf_printf(text, "no map changes %d of the differences:\n", map->left.count);
  put_left(map, text);
}
