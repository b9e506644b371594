#include "transfer/import/rollout.h"

#include "agents/formats/magic.h"
#include "core/file.h"
#include "core/memory.h"
#include "transfer/import/private/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const co_rollout_column_names[] = {"obs", "action", "qpos", "qvel"};

int co_rollout_find_column(const char *name, size_t length) {
  static const struct alias {
    const char *name;
    int column;
  } alias[] = {{"obs", CO_ROLLOUT_OBS},          {"observation", CO_ROLLOUT_OBS},
               {"observations", CO_ROLLOUT_OBS}, {"action", CO_ROLLOUT_ACTION},
               {"actions", CO_ROLLOUT_ACTION},   {"qpos", CO_ROLLOUT_QPOS},
               {"qvel", CO_ROLLOUT_QVEL}};
  for (size_t i = 0; i < sizeof alias / sizeof *alias; i++)
    if (strlen(alias[i].name) == length && strncmp(alias[i].name, name, length) == 0)
      return alias[i].column;
  return -1;
}

// ---- memory

static co_status check_widths(const char *path, int64_t steps, const int64_t *width) {
  int64_t all = 0;
  if (steps < 1 || steps > CO_ROLLOUT_STEPS)
    return co_fail(CO_DATA, "%s: has %lld steps, a recording has 1 to %d", path, (long long)steps,
                   CO_ROLLOUT_STEPS);
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) {
    if (width[c] < 0 || width[c] > CO_ROLLOUT_WIDTH)
      return co_fail(CO_DATA, "%s: %s: has %lld numbers in a step, at most %d are read", path,
                     co_rollout_column_names[c], (long long)width[c], CO_ROLLOUT_WIDTH);
    all += width[c];
  }
  for (int c = CO_ROLLOUT_OBS; c <= CO_ROLLOUT_ACTION; c++)
    if (width[c] == 0)
      return co_fail(CO_DATA, "%s: holds no %s (a recording has obs and action per control step)",
                     path, c == CO_ROLLOUT_OBS ? "obs" : "action");
  if ((width[CO_ROLLOUT_QPOS] == 0) != (width[CO_ROLLOUT_QVEL] == 0))
    return co_fail(CO_DATA, "%s: holds %s without %s", path,
                   width[CO_ROLLOUT_QPOS] ? "qpos" : "qvel",
                   width[CO_ROLLOUT_QPOS] ? "qvel" : "qpos");
  if (all * steps > CO_ROLLOUT_NUMBERS)
    return co_fail(CO_DATA, "%s: holds %lld numbers, at most %d are read: cut it", path,
                   (long long)(all * steps), CO_ROLLOUT_NUMBERS);
  return CO_OK;
}

co_status co_rollout_create(const char *path, int64_t steps, const int64_t *width,
                            co_rollout *out) {
  CO_TRY(check_widths(path, steps, width));
  size_t rows = (size_t)steps;
  *out = (co_rollout){.steps = (int)steps,
                      .obs_dim = (int)width[CO_ROLLOUT_OBS],
                      .act_dim = (int)width[CO_ROLLOUT_ACTION],
                      .nq = (int)width[CO_ROLLOUT_QPOS],
                      .nv = (int)width[CO_ROLLOUT_QVEL]};
  out->obs = co_alloc(rows * (size_t)out->obs_dim, sizeof *out->obs);
  out->action = co_alloc(rows * (size_t)out->act_dim, sizeof *out->action);
  out->has_obs = co_alloc(rows, sizeof *out->has_obs);
  out->begins = co_alloc(rows, sizeof *out->begins);
  bool whole = out->obs && out->action && out->has_obs && out->begins;
  if (whole && out->nq) {
    out->qpos = co_alloc(rows * (size_t)out->nq, sizeof *out->qpos);
    out->qvel = co_alloc(rows * (size_t)out->nv, sizeof *out->qvel);
    whole = out->qpos && out->qvel;
  }
  if (whole) return CO_OK;
  co_rollout_free(out);
  return CO_MEMORY;
}

void co_rollout_free(co_rollout *rollout) {
  free(rollout->obs);
  free(rollout->action);
  free(rollout->has_obs);
  free(rollout->begins);
  free(rollout->qpos);
  free(rollout->qvel);
  *rollout = (co_rollout){0};
}

int co_rollout_width(const co_rollout *rollout, co_rollout_column column) {
  const int width[] = {rollout->obs_dim, rollout->act_dim, rollout->nq, rollout->nv};
  return width[column];
}

double *co_rollout_at(co_rollout *rollout, co_rollout_column column, int step) {
  double *const array[] = {rollout->obs, rollout->action, rollout->qpos, rollout->qvel};
  return array[column] + (ptrdiff_t)step * co_rollout_width(rollout, column);
}

co_status co_rollout_finish(const char *path, co_rollout *rollout) {
  rollout->begins[0] = true;
  if (!rollout->has_obs[0]) return co_fail(CO_DATA, "%s: obs[0]: is missing", path);
  for (int step = 0; step < rollout->steps; step++) {
    rollout->episodes += rollout->begins[step];
    for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) {
      int width = co_rollout_width(rollout, (co_rollout_column)c);
      const double *value = width ? co_rollout_at(rollout, (co_rollout_column)c, step) : NULL;
      for (int i = 0; i < width; i++)
        if (!isfinite(value[i]))
          return co_fail(CO_DATA, "%s: %s[%d]: number %d is not finite", path,
                         co_rollout_column_names[c], step, i);
    }
  }
  return CO_OK;
}

// ---- reading

static bool ends_in(const char *path, const char *ending) {
  size_t length = strlen(path), of_ending = strlen(ending);
  return length >= of_ending && strcmp(path + length - of_ending, ending) == 0;
}

// What it is shows in its first byte that is no space: 'P' of a zip, a bracket of JSON.
static char first_byte(const char *bytes, size_t size) {
  size_t at = 0;
  while (at < size && bytes[at] && strchr(" \t\r\n", bytes[at])) at++;
  bool is_zip = size > 1 && bytes[0] == 'P' && bytes[1] == 'K';
  if (at == size || (bytes[at] == 'P' && !is_zip)) return '\0';
  return bytes[at];
}

static co_status parse(const char *bytes, size_t size, const char *path, co_rollout *out) {
  char first = first_byte(bytes, size);
  if (first == 'P') return co_rollout_parse_npz(bytes, size, path, out);
  if (first == '{' || first == '[' || ends_in(path, ".json"))
    return co_rollout_parse_json(bytes, size, path, out);
  return co_rollout_parse_csv(bytes, size, path, out);
}

co_status co_rollout_parse(const void *bytes, size_t size, const char *path, co_rollout *out) {
  *out = (co_rollout){0};
  const char *other = co_magic_name(bytes, size);
  if (other && (size == 0 || strstr(other, "Git LFS")))
    return co_fail(CO_DATA, "%s: this is %s, and no recording", path, other);
  co_status status = parse(bytes, size, path, out);
  if (status == CO_OK) status = co_rollout_finish(path, out);
  if (status != CO_OK) co_rollout_free(out);
  return status;
}

// A folder is that of a trace.
static co_status read_bytes(const char *path, co_buf *out) {
  if (!co_dir_exists(path)) return co_file_read(path, 0, out);
  char *inside = co_path_join(path, "golden.npz");
  if (!inside) return CO_MEMORY;
  co_status status = co_file_read(inside, 0, out);
  free(inside);
  return status;
}

co_status co_rollout_read(const char *path, co_rollout *out) {
  co_buf bytes = {0};
  *out = (co_rollout){0};
  CO_TRY(read_bytes(path, &bytes));
  co_status status = co_rollout_parse(bytes.data, bytes.size, path, out);
  co_buf_free(&bytes);
  return status;
}

// ---- as a log

co_status co_rollout_log(const co_rollout *rollout, const char *path, co_json **out) {
  enum { MOST = 1 << 23 };  // numbers of a log in memory
  int steps = 1;
  if (!rollout->nq) return co_fail(CO_DATA, "%s: holds no qpos and qvel to replay from", path);
  while (steps < rollout->steps && !rollout->begins[steps]) steps++;
  int64_t width = (int64_t)rollout->obs_dim + rollout->act_dim + rollout->nq + rollout->nv;
  if (steps * width > MOST)
    return co_fail(CO_DATA, "%s: an episode of %lld numbers, at most %d are replayed: cut it", path,
                   (long long)(steps * width), MOST);
  co_json *log = co_json_object(), *data = co_json_array();
  for (ptrdiff_t i = 0; i < steps; i++) {
    co_json *entry = co_json_object();
    if (rollout->has_obs[i])
      co_json_set(entry, "obs",
                  co_json_numbers(rollout->obs + i * rollout->obs_dim, rollout->obs_dim));
    co_json_set(entry, "action",
                co_json_numbers(rollout->action + i * rollout->act_dim, rollout->act_dim));
    co_json_set(entry, "qpos", co_json_numbers(rollout->qpos + i * rollout->nq, rollout->nq));
    co_json_set(entry, "qvel", co_json_numbers(rollout->qvel + i * rollout->nv, rollout->nv));
    co_json_add(data, entry);
  }
  co_json_set(log, "data", data);
  *out = log;
  return CO_OK;
}

static co_status parse_log(const co_buf *bytes, const char *path, co_json **out) {
  char first = first_byte(bytes->data, bytes->size);
  if (first == '{' || (first != '[' && ends_in(path, ".json")))
    return co_json_parse(bytes->data, bytes->size, path, out);
  co_rollout rollout;
  CO_TRY(co_rollout_parse(bytes->data, bytes->size, path, &rollout));
  co_status status = co_rollout_log(&rollout, path, out);
  co_rollout_free(&rollout);
  return status;
}

co_status co_rollout_read_log(const char *path, co_json **out) {
  co_buf bytes = {0};
  CO_TRY(read_bytes(path, &bytes));
  co_status status = parse_log(&bytes, path, out);
  co_buf_free(&bytes);
  return status;
}
