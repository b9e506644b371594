#include "cli/diff/diff_map.h"

#include "agents/contract/enforce.h"
#include "agents/contract/map_text.h"
#include "core/file.h"
#include "envs/world/map.h"

#include <string.h>

// The contract of B behind the map is compared as a command will compare it.
static co_status compare(const co_contract *a, const co_env_info *b, diff_map *out) {
  co_network_def def = {.obs_dim = b->obs_dim, .act_dim = b->act_dim};
  co_contract contract;
  CO_TRY(co_contract_from_world(b, &def, "none", &contract));
  const co_diff_side from = {.contract = a}, to = {.contract = &contract};
  co_status status = co_contract_diff_make(&from, &to, &out->left);
  co_contract_free(&contract);
  for (int i = 0; status == CO_OK && i < out->left.count; i++)
    out->count += co_difference_counts(&out->left.difference[i]);
  return status;
}

static co_status look_behind(const char *text, const char *path, const co_contract *a,
                             const co_built_world *b, diff_map *out) {
  co_map_def def;
  co_map *map = NULL;
  CO_TRY(co_map_parse(text, path, &def));
  co_status status = co_map_create(&def, &b->binding, &map);
  co_map_def_free(&def);
  CO_TRY(status);
  co_env_info info = b->info;
  co_map_describe(map, &info);
  status = compare(a, &info, out);
  co_map_free(map);
  return status;
}

// Kinds of what is left, each once, as a line that somebody may want.
static void put_accept(const diff_map *map, co_buf *text) {
  bool told[CO_NUM_DIFFERENCE_KINDS] = {false};
  const char *between = "# accept = ( ";
  for (int i = 0; i < map->left.count; i++) {
    const co_difference *found = &map->left.difference[i];
    if (!co_difference_counts(found) || told[found->kind]) continue;
    told[found->kind] = true;
    co_buf_printf(text, "%s\"%s\"", between, co_difference_names[found->kind]);
    between = ", ";
  }
  co_buf_puts(text, " );\n");
}

static void put_left(const diff_map *map, const char *before, co_buf *text) {
  for (int i = 0; i < map->left.count; i++) {
    const co_difference *found = &map->left.difference[i];
    if (!co_difference_counts(found)) continue;
    co_buf_printf(text, "%s%s: %s%s%s%s\n", before, co_difference_names[found->kind], found->path,
                  *found->element ? " (" : "", found->element, *found->element ? ")" : "");
  }
}

static void put_comments(const diff_map *map, const char *name_a, const char *task, co_buf *text) {
  co_buf_printf(text, "# Shows %s the task %s as it knows its own.\n", name_a, task);
  if (!map->count) return;
  co_buf_puts(text, "# No map changes these; who means them puts this line into the map:\n");
  put_accept(map, text);
  put_left(map, "#   ", text);
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
  if (status == CO_OK) status = look_behind(text.data, path, a, b, out);
  if (status == CO_OK) {
    put_comments(out, name_a, b->info.task, &file);
    co_buf_puts(&file, text.data);
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
    if (!co_difference_counts(found)) continue;
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
  if (!map->count) return;
  co_buf_printf(text, "no map changes %d of the differences:\n", map->count);
  put_left(map, "  ", text);
}
