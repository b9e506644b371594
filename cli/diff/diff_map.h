// `diff --write-map`: the map of two contracts as a file, and what no map can change.

#ifndef CLI_DIFF_DIFF_MAP_H_
#define CLI_DIFF_DIFF_MAP_H_

#include "agents/contract/diff.h"
#include "cli/cli.h"
#include "envs/world/world.h"

// What is left behind a map: the differences of A and of the task that keep A from acting there
// (co_contract_mismatches). Borrows nothing.
typedef struct diff_map {
  co_contract_diff left;
} diff_map;

// Writes the map that shows A the task B as A knows it, with what is left as comments. CO_CONFIG
// when elements have no partner, or the map that the contracts tell does not fit the task, and then
// no file is written; CO_CREATE, CO_IO.
co_status diff_map_write(const char *path, const co_contract *a, const char *name_a,
                         const co_built_world *b, const co_contract_diff *diff, diff_map *out);
void diff_map_free(diff_map *map);

void diff_map_add_json(const diff_map *map, const char *path, co_json *object);
void diff_map_add_text(const diff_map *map, const char *path, co_buf *text);

#endif  // CLI_DIFF_DIFF_MAP_H_
