// Rollouts as NumPy archives: arrays of one row per control step.

#include "agents/data/npy.h"
#include "core/memory.h"
#include "transfer/import/private/columns.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 128 };  // of a member

// Deflate makes at most 1032 bytes of one; who claims more would have memory for nothing.
static co_status check_claim(const co_zip *zip, const co_zip_member *member) {
  enum { MOST = 1032, SLACK = 4096 };
  if (!member->deflated || member->size / MOST <= member->packed + SLACK) return CO_OK;
  return co_fail(CO_DATA, "%s: offset %zu: %s: claims %zu bytes of %zu", zip->file, member->data,
                 member->name, member->size, member->packed);
}

// The array of a column under one of its names.
static co_status open_column(const co_zip *zip, int column, co_npy *out) {
  *out = (co_npy){0};
  for (int i = 0; i < zip->count; i++) {
    char name[NAME];
    size_t length = strlen(zip->member[i].name);
    if (length < 4 || strcmp(zip->member[i].name + length - 4, ".npy") != 0) continue;
    memcpy(name, zip->member[i].name, length - 4);
    name[length - 4] = '\0';
    if (co_rollout_find_column(name, length - 4) != column) continue;
    CO_TRY(check_claim(zip, &zip->member[i]));
    return co_npy_open(zip, name, out);
  }
  return CO_OK;
}

static co_status read_column(const char *path, co_npy *array, co_rollout_column column,
                             co_rollout *out) {
  if (!array->kind) return CO_OK;
  if (array->rows != out->steps)
    return co_fail(CO_DATA, "%s: %s: has %lld steps, obs has %d", path,
                   co_rollout_column_names[column], (long long)array->rows, out->steps);
  for (int step = 0; step < out->steps; step++)
    CO_TRY(co_npy_next(array, co_rollout_at(out, column, step)));
  return co_zip_stream_check(&array->stream);
}

// Where episodes begin: "reset" is true there, "episode_step" 0.
static co_status read_beginnings(const co_zip *zip, const char *name, bool is_count,
                                 co_rollout *out) {
  co_npy array;
  double value;
  co_status status = co_npy_open(zip, name, &array);
  bool fits = status == CO_OK && array.kind && array.width == 1 && array.rows == out->steps;
  for (int step = 0; fits && status == CO_OK && step < out->steps; step++) {
    status = co_npy_next(&array, &value);
    if (status == CO_OK) out->begins[step] = is_count ? value == 0 : value != 0;
  }
  co_npy_close(&array);
  return status;
}

static co_status read_arrays(const char *path, const co_zip *zip, co_npy *array, co_rollout *out) {
  int64_t width[CO_NUM_ROLLOUT_COLUMNS];
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) {
    CO_TRY(open_column(zip, c, &array[c]));
    width[c] = array[c].kind ? array[c].width : 0;
  }
  CO_TRY(co_rollout_create(path, array[CO_ROLLOUT_OBS].rows, width, out));
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++)
    CO_TRY(read_column(path, &array[c], (co_rollout_column)c, out));
  for (int step = 0; step < out->steps; step++) out->has_obs[step] = true;
  CO_TRY(read_beginnings(zip, "episode_step", true, out));
  return read_beginnings(zip, "reset", false, out);
}

co_status co_rollout_parse_npz(const char *bytes, size_t size, const char *path, co_rollout *out) {
  co_zip zip;
  co_npy array[CO_NUM_ROLLOUT_COLUMNS] = {0};
  CO_TRY(co_zip_parse(bytes, size, path, &zip));
  co_status status = read_arrays(path, &zip, array, out);
  for (int c = 0; c < CO_NUM_ROLLOUT_COLUMNS; c++) co_npy_close(&array[c]);
  co_zip_free(&zip);
  return status;
}
