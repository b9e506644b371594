// A row as bytes: the fixed part, what is kept from step to step, the engine's state, and what a
// map keeps.

#include "envs/world/private/row.h"
#include "envs/world/row.h"

#include <string.h>

typedef struct saved {
  co_rng rng, signal;
  int64_t episode, faults, step, fault;
  int64_t age, variant;
  co_rng noise, domain;
} saved;

static size_t kept_bytes(const co_binding *binding) {
  return co_row_kept_doubles(binding) * sizeof(double);
}

// Without what a map keeps.
static size_t own_bytes(const co_binding *binding) {
  return sizeof(saved) + kept_bytes(binding) + binding->model->engine->state_size(binding->model);
}

size_t co_row_size(const co_binding *binding) {
  return own_bytes(binding) + co_map_row_size(binding->map);
}

void co_row_save(const co_row *row, void *bytes) {
  unsigned char *at = bytes;
  saved fixed;
  memset(&fixed, 0, sizeof fixed);  // padding too: equal rows are equal bytes
  fixed.rng = row->rng;
  fixed.signal = row->signal;
  fixed.episode = row->episode;
  fixed.faults = row->faults;
  fixed.step = row->step;
  fixed.fault = row->fault;
  fixed.age = row->age;
  fixed.variant = row->variant;
  fixed.noise = row->noise;
  fixed.domain = row->domain;
  memcpy(at, &fixed, sizeof fixed);
  memcpy(at + sizeof fixed, row->obs, kept_bytes(row->binding));
  row->binding->model->engine->save(row->physics, at + sizeof fixed + kept_bytes(row->binding));
  co_map_row_save(&row->map, at + own_bytes(row->binding));
}

static bool is_sound(const co_row *row, const saved *fixed) {
  const co_rng *const stream[] = {&fixed->rng, &fixed->signal, &fixed->noise, &fixed->domain};
  for (int i = 0; i < 4; i++) {
    if (stream[i]->have > 4) return false;
  }
  const int64_t count[] = {fixed->episode, fixed->faults, fixed->step, fixed->age},
                most = INT64_C(1) << 53;  // far from where counting on would overflow
  for (int i = 0; i < 4; i++) {
    if (count[i] < 0 || count[i] > most) return false;
  }
  if (fixed->episode == 0) return false;  // a row that was never reset has nothing to go on from
  if (fixed->fault != 0 && fixed->fault != 1) return false;
  const co_plan *plan = co_row_plan(row);
  const double *ranges = row->loaded + plan->drawn, *drawn_from = ranges + plan->num_ranges;
  return co_plan_ranges_are_sound(plan, ranges) && co_plan_ranges_are_sound(plan, drawn_from) &&
         co_plan_allows(plan, drawn_from, row->loaded, fixed->variant);
}

co_status co_row_restore(co_row *row, const void *state) {
  const co_engine *engine = row->binding->model->engine;
  CO_TRY(co_row_put_draws(row));
  if (co_row_plan(row)->own) CO_TRY(engine->reset(row->physics));
  engine->restore(row->physics, state);
  return CO_OK;
}

co_status co_row_load(co_row *row, const void *bytes) {
  const unsigned char *at = bytes;
  const co_plan *plan = co_row_plan(row);
  size_t drawn = (size_t)(plan->drawn + 2 * plan->num_ranges) * sizeof *row->loaded;
  saved fixed;
  memcpy(&fixed, at, sizeof fixed);
  if (drawn) memcpy(row->loaded, at + sizeof fixed + kept_bytes(row->binding) - drawn, drawn);
  if (!is_sound(row, &fixed)) return co_fail(CO_DATA, "the saved row is damaged");
  CO_TRY(co_map_row_check(&row->map, at + own_bytes(row->binding)));
  co_map_row_load(&row->map, at + own_bytes(row->binding));
  row->rng = fixed.rng;
  row->signal = fixed.signal;
  row->noise = fixed.noise;
  row->domain = fixed.domain;
  row->episode = fixed.episode;
  row->faults = fixed.faults;
  row->step = fixed.step;
  row->age = fixed.age;
  row->variant = fixed.variant;
  row->fault = fixed.fault;
  row->acted = false;  // what the last step has derived is not saved
  memcpy(row->obs, at + sizeof fixed, kept_bytes(row->binding));
  return co_row_restore(row, at + sizeof fixed + kept_bytes(row->binding));
}
