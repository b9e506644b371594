#include "envs/serve/private/layout.h"

typedef struct array_kind {
  const char *name, *dtype;
  size_t bytes;       // of an element
  bool is_obs;        // as wide as an observation
  bool tells_reward;  // left out where rewards are hidden
} array_kind;

static const array_kind arrays[CO_SERVE_ARRAYS] = {
    [CO_SERVE_OBS] = {"observation", "<f4", sizeof(float), true, false},
    [CO_SERVE_FINAL_OBS] = {"final_observation", "<f4", sizeof(float), true, false},
    [CO_SERVE_REWARD] = {"reward", "<f4", sizeof(float), false, true},
    [CO_SERVE_TERMINATED] = {"terminated", "|b1", 1, false, false},
    [CO_SERVE_TRUNCATED] = {"truncated", "|b1", 1, false, false},
    [CO_SERVE_SUCCESS] = {"success", "|b1", 1, false, true},
    [CO_SERVE_FAULT] = {"fault", "|b1", 1, false, false},
};

typedef struct request_kind {
  unsigned char first;
  const char *name, *array, *dtype;  // NULL: nothing follows
} request_kind;

static const request_kind requests[] = {
    {CO_SERVE_RESET, "reset", "seed", "<i8"},
    {CO_SERVE_STEP, "step", "action", "<f4"},
    {CO_SERVE_CLOSE, "close", NULL, NULL},
};
enum { NUM_REQUESTS = sizeof requests / sizeof *requests };

co_serve_layout co_serve_layout_make(const co_env_info *info, int rows, bool hide_rewards) {
  co_serve_layout layout = {.rows = rows, .obs_dim = info->obs_dim, .act_dim = info->act_dim};
  size_t at = sizeof(co_serve_head);
  for (int i = 0; i < CO_SERVE_ARRAYS; i++) {
    if (arrays[i].tells_reward && hide_rewards) continue;
    size_t width = arrays[i].is_obs ? (size_t)info->obs_dim : 1;
    layout.offset[i] = at;
    at += (size_t)rows * width * arrays[i].bytes;
  }
  layout.answer = at;
  for (int i = 0; i < NUM_REQUESTS; i++) {
    size_t size = co_serve_request_size(&layout, requests[i].first);
    if (size > layout.request) layout.request = size;
  }
  return layout;
}

size_t co_serve_request_size(const co_serve_layout *layout, unsigned char first) {
  switch (first) {
    case CO_SERVE_RESET: return 1 + sizeof(int64_t);
    case CO_SERVE_STEP: return 1 + (size_t)layout->rows * (size_t)layout->act_dim * sizeof(float);
    case CO_SERVE_CLOSE: return 1;
    default: return 0;
  }
}

// ---- as JSON

// An array of one value, of one per row, or of several per row.
static co_json *array_json(const char *name, const char *dtype, int rows, int width, size_t at) {
  co_json *object = co_json_object(), *shape = co_json_array();
  if (rows) co_json_add(shape, co_json_int(rows));
  if (width) co_json_add(shape, co_json_int(width));
  co_json_set_string(object, "name", name);
  co_json_set_string(object, "dtype", dtype);
  co_json_set(object, "shape", shape);
  co_json_set_int(object, "offset", (int64_t)at);
  return object;
}

static co_json *request_json(const co_serve_layout *layout, const request_kind *kind) {
  co_json *object = co_json_object(), *list = co_json_array();
  bool is_step = kind->first == CO_SERVE_STEP;
  int rows = is_step ? layout->rows : 0, width = is_step ? layout->act_dim : 0;
  if (kind->array) co_json_add(list, array_json(kind->array, kind->dtype, rows, width, 1));
  co_json_set_string(object, "name", kind->name);
  co_json_set_string(object, "first", (const char[]){(char)kind->first, '\0'});
  co_json_set_int(object, "bytes", (int64_t)co_serve_request_size(layout, kind->first));
  co_json_set(object, "arrays", list);
  return object;
}

void co_serve_layout_describe(const co_serve_layout *layout, co_json *object) {
  co_json *list = co_json_array(), *answer = co_json_object(), *parts = co_json_array();
  for (int i = 0; i < NUM_REQUESTS; i++) co_json_add(list, request_json(layout, &requests[i]));
  for (int i = 0; i < CO_SERVE_ARRAYS; i++) {
    int width = arrays[i].is_obs ? layout->obs_dim : 0;
    if (!layout->offset[i]) continue;
    co_json_add(
        parts, array_json(arrays[i].name, arrays[i].dtype, layout->rows, width, layout->offset[i]));
  }
  co_json_set(object, "requests", list);
  co_json_set_int(answer, "bytes", (int64_t)layout->answer);
  co_json_set(answer, "arrays", parts);
  co_json_set(object, "answer", answer);
}
