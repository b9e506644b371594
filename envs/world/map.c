#include "envs/world/map.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- what a row keeps: of each direction the values last read and a ring of those on their way

static size_t side_doubles(const co_map_side *side) {
  return side->slots ? (size_t)side->size * (size_t)(1 + side->slots) : 0;
}

static size_t kept_doubles(const co_map *map) {
  return side_doubles(&map->action) + side_doubles(&map->obs) + (size_t)map->obs.size;
}

co_status co_map_row_create(const co_map *map, co_map_row *out) {
  *out = (co_map_row){0};
  if (!map) return CO_OK;
  size_t kept = kept_doubles(map), obs = (size_t)map->obs.size;
  double *block = co_alloc(kept + obs + (size_t)map->action.size, sizeof *block);
  if (!block) return CO_MEMORY;
  out->map = map;
  out->kept = block;
  out->seen = block + kept - obs;
  out->turned = block + kept;
  out->action = out->turned + obs;
  return CO_OK;
}

void co_map_row_free(co_map_row *row) {
  free(row->kept);
  *row = (co_map_row){0};
}

void co_map_row_clear(co_map_row *row) {
  assert(row->map);
  memset(row->kept, 0, kept_doubles(row->map) * sizeof *row->kept);
}

// --- values on their way

// Value i of the vector at hand, or what is held and late of it.
static double arrive(const co_map_side *side, int i, int64_t step, double *memory, double now) {
  const co_map_line *line = &side->line[i];
  size_t size = (size_t)side->size;
  double *held = memory + i, *ring = memory + size + i;
  if (step % line->hold == 0) *held = now;
  ring[(size_t)(step % side->slots) * size] = *held;
  int64_t then = step - line->delay;
  if (then < 0 && line->zero) return 0.0;
  return ring[(size_t)((then > 0 ? then : 0) % side->slots) * size];
}

static bool is_plain(const co_map_line *line) {
  return line->factor == 1 && line->offset == 0;
}

static double scaled(const co_map_line *line, double value) {
  return is_plain(line) ? value : line->factor * value + line->offset;
}

void co_map_act(co_map_row *row, int64_t step, const double *action) {
  assert(row->map && step >= 0);
  const co_map_side *side = &row->map->action;
  for (int i = 0; i < side->size; i++) {
    const co_map_line *line = &side->line[i];
    double value = action[line->from];
    if (side->slots) value = arrive(side, i, step, row->kept, value);
    value = scaled(line, value);
    row->action[i] = line->shift == 0 ? value : value + line->shift;
  }
}

// --- observations

static void turn_vector(const co_map_turn *turn, const co_physics *physics, double *obs) {
  double seen[3], world[3];
  for (int k = 0; k < 3; k++) world[k] = seen[k] = obs[turn->at[k]];
  if (!turn->from_world) co_frame_unrotate(&turn->from, physics, seen, world);
  if (turn->to_world)
    memcpy(seen, world, sizeof seen);
  else
    co_frame_rotate(&turn->to, physics, world, seen);
  for (int k = 0; k < 3; k++) obs[turn->at[k]] = seen[k];
}

void co_map_observe(co_map_row *row, const co_physics *physics, int64_t step, const double *obs) {
  assert(row->map && step >= 0);
  const co_map *map = row->map;
  const co_map_side *side = &map->obs;
  double *memory = row->kept + side_doubles(&map->action);
  memcpy(row->turned, obs, (size_t)side->size * sizeof *obs);
  for (int i = 0; i < map->turns; i++) turn_vector(&map->turn[i], physics, row->turned);
  for (int i = 0; i < side->size; i++) {
    const co_map_line *line = &side->line[i];
    double value = row->turned[line->from];
    if (line->shift != 0) value += line->shift;
    if (side->slots) value = arrive(side, i, step, memory, value);
    row->seen[i] = scaled(line, value);
  }
}

// --- as bytes: the hash of the map, then what is kept

size_t co_map_row_size(const co_map *map) {
  return map ? sizeof map->hash + kept_doubles(map) * sizeof(double) : 0;
}

void co_map_row_save(const co_map_row *row, void *bytes) {
  unsigned char *at = bytes;
  if (!row->map) return;
  memcpy(at, &row->map->hash, sizeof row->map->hash);
  memcpy(at + sizeof row->map->hash, row->kept, kept_doubles(row->map) * sizeof *row->kept);
}

co_status co_map_row_check(const co_map_row *row, const void *bytes) {
  const unsigned char *at = bytes;
  uint64_t hash;
  if (!row->map) return CO_OK;
  memcpy(&hash, at, sizeof hash);
  if (hash != row->map->hash) return co_fail(CO_DATA, "the saved row has another map");
  for (size_t i = 0; i < kept_doubles(row->map); i++) {
    double value;
    memcpy(&value, at + sizeof hash + i * sizeof value, sizeof value);
    if (!isfinite(value)) return co_fail(CO_DATA, "the saved row is damaged");
  }
  return CO_OK;
}

void co_map_row_load(co_map_row *row, const void *bytes) {
  const unsigned char *at = bytes;
  if (!row->map) return;
  memcpy(row->kept, at + sizeof row->map->hash, kept_doubles(row->map) * sizeof *row->kept);
}
