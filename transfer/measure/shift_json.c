#include "transfer/measure/shift_json.h"

// after 1, 10 and 100 control steps
static co_json *rms_json(const co_shift *shift) {
  static const char *const steps[] = {"1", "10", "100"};
  co_json *object = co_json_object();
  for (int i = 0; i < 3; i++) co_json_set_number(object, steps[i], shift->rms[i]);
  return object;
}

static co_json *pairs_json(const co_shift *shift) {
  co_json *array = co_json_array();
  for (int i = 0; i < shift->num_pairs; i++) {
    co_json *pair = co_json_object();
    co_json_set_string(pair, "pair", shift->pair[i].pair);
    co_json_set_number(pair, "source", shift->pair[i].source);
    co_json_set_number(pair, "target", shift->pair[i].target);
    co_json_add(array, pair);
  }
  return array;
}

static co_json *moved_json(const co_shift *shift) {
  co_json *array = co_json_array();
  for (int i = 0; i < shift->num_moved && i < CO_SHIFT_MOVED; i++) {
    const co_shift_moved *moved = &shift->moved[i];
    co_json *object = co_json_object();
    co_json_set_string(object, "parameter", moved->parameter);
    co_json_set_string(object, "element", moved->element);
    co_json_set(object, "source", co_json_numbers(moved->source, moved->num_values));
    co_json_set(object, "target", co_json_numbers(moved->target, moved->num_values));
    co_json_add(array, object);
  }
  return array;
}

void co_shift_add_json(const co_shift *shift, co_json *object) {
  bool differs = shift->first_step >= 0;
  co_json_set_bool(object, "live", shift->live);
  co_json_set(object, "first_step", differs ? co_json_int(shift->first_step) : co_json_null());
  co_json_set(object, "rms", rms_json(shift));
  co_json_set(object, "effective_friction", pairs_json(shift));
  co_json_set_number(object, "limit_share", shift->limit_share);
  co_json_set_number(object, "visited_share", shift->visited_share);
  co_json_set_string(object, "reason", shift->reason);
  co_json_set(object, "moved", moved_json(shift));
  co_json_set_int(object, "num_moved", shift->num_moved);
  co_json_set_string(object, "kept", shift->kept);
}
