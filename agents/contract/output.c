#include "agents/contract/output.h"

#include "core/number.h"

#include <math.h>
#include <string.h>

co_output co_output_of(const co_contract *contract) {
  return contract->network.head == CO_HEAD_SQUASHED ? CO_OUTPUT_RANGE : contract->output;
}

bool co_output_is_squashed(const co_contract *contract) {
  return contract->network.head == CO_HEAD_SQUASHED || contract->output == CO_OUTPUT_TANH;
}

int co_output_find_far(const co_contract *contract) {
  if (co_output_of(contract) != CO_OUTPUT_RAW) return -1;
  for (int i = 0; i < contract->num_action; i++)
    if (co_action_is_far(&contract->action[i])) return i;
  return -1;
}

static co_output_range range_of(const co_contract *contract, int i) {
  const co_action_element *own = &contract->action[i];
  co_output_range range =
      contract->range ? contract->range[i] : (co_output_range){own->low, own->high};
  if (!co_output_is_squashed(contract)) return range;
  return (co_output_range){isfinite(range.low) ? range.low : -1,
                           isfinite(range.high) ? range.high : 1};
}

// -1..1 of a Gaussian is left as it is; tanh is always brought to its range.
static bool is_scaled(const co_contract *contract, int i, co_output_range range) {
  if (co_output_is_squashed(contract)) return true;
  return contract->output == CO_OUTPUT_RANGE && strcmp(contract->action[i].kind, "ctrl") == 0 &&
         isfinite(range.low) && isfinite(range.high) && (range.low != -1 || range.high != 1);
}

void co_output_maps(const co_contract *contract, co_output_map *map) {
  for (int i = 0; i < contract->num_action; i++) {
    const co_action_element *own = &contract->action[i];
    co_output_range range = range_of(contract, i);
    map[i] = (co_output_map){.scaled = is_scaled(contract, i, range),
                             .first = (float)range.low,
                             .last = (float)range.high,
                             .mid = 0.5 * range.low + 0.5 * range.high,
                             .half = 0.5 * range.high - 0.5 * range.low,
                             // first to the range, then to the bounds of this world
                             .low = (float)co_clamp(range.low, own->low, own->high),
                             .high = (float)co_clamp(range.high, own->low, own->high)};
  }
}

static float act(const co_output_map *map, float output) {
  float action = output;
  if (map->scaled)
    action = output >= 1    ? map->last
             : output <= -1 ? map->first
                            : (float)(map->mid + map->half * (double)output);
  return action < map->low ? map->low : action > map->high ? map->high : action;
}

void co_output_actions(const co_output_map *map, int dim, int rows, const float *output,
                       float *action) {
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < dim; j++, output++, action++) *action = act(&map[j], *output);
}

// A range without extent has one action, which every output gives.
static float invert(const co_output_map *map, float action) {
  if (!map->scaled) return action;
  if (map->half == 0) return 0;
  return (float)(((double)action - map->mid) / map->half);
}

int64_t co_output_invert(const co_output_map *map, int dim, int rows, const float *action,
                         float *output) {
  int64_t beyond = 0;
  for (int r = 0; r < rows; r++) {
    bool held = false;
    for (int j = 0; j < dim; j++, action++, output++) {
      float within = co_clamp_float(*action, map[j].low, map[j].high);
      held |= within != *action;
      *output = invert(&map[j], within);
    }
    beyond += held;
  }
  return beyond;
}
