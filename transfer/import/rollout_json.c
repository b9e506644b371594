// Rollouts as JSON: a list of steps, or columns.

#include "transfer/import/private/columns.h"

#include <math.h>
#include <string.h>

// The member of a step or of the file that holds a column, whatever it is called there.
static const co_json *find(const co_json *object, co_rollout_column column) {
  for (size_t i = 0; i < co_json_count(object); i++) {
    const char *key = co_json_key_at(object, i);
    if (co_rollout_find_column(key, strlen(key)) == (int)column) return co_json_value_at(object, i);
  }
  return NULL;
}

// Numbers of one step in a column.
typedef struct place {
  const char *path;
  const co_json *list;  // of steps
  bool is_rows;         // of objects; else of a column's arrays
} place;

static const co_json *at(const place *in, co_rollout_column column, size_t step) {
  const co_json *item = co_json_at(in->list, step);
  return in->is_rows ? find(item, column) : item;
}

static co_status read_numbers(const place *in, co_rollout_column column, int step,
                              co_rollout *out) {
  const co_json *array = at(in, column, (size_t)step);
  int width = co_rollout_width(out, column);
  double *value = co_rollout_at(out, column, step);
  if (column == CO_ROLLOUT_OBS) out->has_obs[step] = !co_json_is_null(array);
  if (column == CO_ROLLOUT_OBS && co_json_is_null(array)) return CO_OK;
  if (!co_json_is_array(array) || co_json_count(array) != (size_t)width)
    return co_fail(CO_DATA, "%s: %s[%d]: must be %d numbers, as in the first step", in->path,
                   co_rollout_column_names[column], step, width);
  for (int i = 0; i < width; i++) {
    value[i] = co_json_as_number(co_json_at(array, (size_t)i), NAN);
    if (!isfinite(value[i]))
      return co_fail(CO_DATA, "%s: %s[%d]: number %d is none, or not finite", in->path,
                     co_rollout_column_names[column], step, i);
  }
  return CO_OK;
}

// ---- steps

// The list of steps of a file; NULL: it has columns.
static const co_json *find_steps(const co_json *file, bool *is_log) {
  static const char *const keys[] = {"data", "steps", "frames", "rollout", "trajectory"};
  *is_log = false;
  if (co_json_is_array(file)) return file;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const co_json *list = co_json_get(file, keys[i]);
    *is_log = i == 0 && list;
    if (*is_log || (co_json_is_array(list) && co_json_is_object(co_json_at(list, 0)))) return list;
  }
  return NULL;
}

static bool begins_here(const co_json *step) {
  static const char *const keys[] = {"reset", "first", "is_first"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (co_json_as_bool(co_json_get(step, keys[i]), false)) return true;
  return false;
}

static co_status read_steps(const char *path, size_t size, const co_json *list, co_rollout *out) {
  const place in = {path, list, true};
  int64_t width[CO_NUM_ROLLOUT_COLUMNS];
  if (!co_json_is_array(list) || !co_json_is_object(co_json_at(list, 0)))
    return co_fail(CO_DATA, "%s: data: must be a list of steps {obs, action, qpos, qvel}", path);
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) {
    const co_json *first = at(&in, (co_rollout_column)c, 0);
    width[c] = co_json_is_array(first) ? (int64_t)co_json_count(first) : 0;
  }
  int64_t steps = (int64_t)co_json_count(list), all = 0;
  for (int c = CO_ROLLOUT_ACTION; c < CO_NUM_ROLLOUT_COLUMNS; c++) all += width[c];
  if (all > 0 && steps > (int64_t)size / (2 * all))  // a digit and a comma each, at the least
    return co_fail(CO_DATA, "%s: data: later steps have fewer numbers than the first one", path);
  CO_TRY(co_rollout_create(path, steps, width, out));
  for (int step = 0; step < out->steps; step++) {
    const co_json *one = co_json_at(list, (size_t)step);
    if (!co_json_is_object(one))
      return co_fail(CO_DATA, "%s: data[%d]: must be {obs, action, qpos, qvel}", path, step);
    out->begins[step] = begins_here(one);
    for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++)
      if (width[c]) CO_TRY(read_numbers(&in, (co_rollout_column)c, step, out));
  }
  return CO_OK;
}

// ---- columns

static co_status read_columns(const char *path, const co_json *file, co_rollout *out) {
  const co_json *list[CO_NUM_ROLLOUT_COLUMNS];
  int64_t width[CO_NUM_ROLLOUT_COLUMNS];
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) {
    list[c] = find(file, (co_rollout_column)c);
    width[c] = (int64_t)co_json_count(co_json_at(list[c], 0));
  }
  if (!co_json_is_array(list[CO_ROLLOUT_OBS]))
    return co_fail(CO_DATA,
                   "%s: is no recording: it has neither a list \"data\" of steps {obs, action, "
                   "qpos, qvel} nor columns \"obs\" and \"action\"",
                   path);
  CO_TRY(co_rollout_create(path, (int64_t)co_json_count(list[CO_ROLLOUT_OBS]), width, out));
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) {
    if (!width[c]) continue;
    const place in = {path, list[c], false};
    if (co_json_count(list[c]) != (size_t)out->steps)
      return co_fail(CO_DATA, "%s: %s: has %zu steps, obs has %d", path, co_rollout_column_names[c],
                     co_json_count(list[c]), out->steps);
    for (int step = 0; step < out->steps; step++)
      CO_TRY(read_numbers(&in, (co_rollout_column)c, step, out));
  }
  const co_json *reset = co_json_get(file, "reset");
  for (int step = 0; step < out->steps; step++)
    out->begins[step] = co_json_as_bool(co_json_at(reset, (size_t)step), false);
  return CO_OK;
}

co_status co_rollout_parse_json(const char *bytes, size_t size, const char *path, co_rollout *out) {
  co_json *file;
  bool is_log;
  CO_TRY(co_json_parse(bytes, size, path, &file));
  const co_json *steps = find_steps(file, &is_log);
  co_status status = steps ? read_steps(path, size, steps, out) : read_columns(path, file, out);
  out->is_log = is_log;
  co_json_free(file);
  return status;
}
