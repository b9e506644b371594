#include "agents/learn/fault_guard.h"

#include "agents/learn/checkpoint.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOTS = CO_FAULT_ACTIONS / CO_FAULT_STATES, FEW_FAULTS = 5 };

// What a row keeps; step k of the memory has its action at k % CO_FAULT_ACTIONS, and the bytes
// before step k x CO_FAULT_STATES are snapshot k % SNAPSHOTS.
struct co_fault_row {
  int64_t count;  // steps since the memory began
  int64_t step;   // of the episode
  int64_t fault;  // it ended in one and is to be dumped
};

static bool is_on(const co_fault_guard *guard) {
  return guard->folder && guard->files < CO_FAULT_FILES;
}

static size_t num_slots(const co_fault_guard *guard) {
  return (size_t)guard->rows * SNAPSHOTS;
}

// of a snapshot, in bytes and obs
static size_t slot_of(int row, int64_t count) {
  return (size_t)row * SNAPSHOTS + (size_t)(count / CO_FAULT_STATES % SNAPSHOTS);
}

static unsigned char *bytes_of(const co_fault_guard *guard, int row, int64_t count) {
  return guard->bytes + slot_of(row, count) * guard->row_size;
}

static float *obs_of(const co_fault_guard *guard, int row, int64_t count) {
  return guard->obs + slot_of(row, count) * (size_t)co_env_get_info(guard->env)->obs_dim;
}

static float *action_of(const co_fault_guard *guard, int row, int64_t count) {
  size_t slot = (size_t)row * CO_FAULT_ACTIONS + (size_t)(count % CO_FAULT_ACTIONS);
  return guard->action + slot * (size_t)co_env_get_info(guard->env)->act_dim;
}

co_status co_fault_guard_create(co_arena *arena, co_env *env, const co_stream *stream,
                                const char *folder, const char *prefix, co_fault_guard *out) {
  co_fault_guard guard = {.env = env, .folder = folder, .prefix = prefix, .stream = *stream};
  *out = guard;
  if (!folder) return CO_OK;
  guard.rows = co_env_rows(env);
  guard.row_size = env->class->row_size(env);
  const co_env_info *info = co_env_get_info(env);
  size_t rows = (size_t)guard.rows, act_dim = (size_t)info->act_dim;
  guard.row = co_arena_alloc(arena, rows, sizeof *guard.row);
  guard.bytes = co_arena_alloc(arena, rows * SNAPSHOTS + 1, guard.row_size);
  guard.obs =
      co_arena_alloc(arena, (rows * SNAPSHOTS + 1) * (size_t)info->obs_dim, sizeof *guard.obs);
  guard.action = co_arena_alloc(arena, rows * CO_FAULT_ACTIONS * act_dim, sizeof *guard.action);
  CO_TRY(co_arena_status(arena));
  *out = guard;
  return CO_OK;
}

void co_fault_guard_reset(co_fault_guard *guard, int row) {
  assert(!guard->folder || (row >= 0 && row < guard->rows));
  if (!guard->folder) return;
  if (!guard->row[row].fault) guard->row[row].count = 0;
  guard->row[row].step = 0;
}

void co_fault_guard_step(co_fault_guard *guard, int row, const float *obs, const float *action) {
  assert(!guard->folder || (row >= 0 && row < guard->rows));
  if (!is_on(guard)) return;
  co_fault_row *past = &guard->row[row];
  past->step++;
  if (past->fault) return;
  const co_env_info *info = co_env_get_info(guard->env);
  if (past->count % CO_FAULT_STATES == 0) {
    guard->env->class->save(guard->env, row, bytes_of(guard, row, past->count));
    memcpy(obs_of(guard, row, past->count), obs, (size_t)info->obs_dim * sizeof *obs);
  }
  memcpy(action_of(guard, row, past->count), action, (size_t)info->act_dim * sizeof *action);
  past->count++;
}

void co_fault_guard_fault(co_fault_guard *guard, int row) {
  assert(!guard->folder || (row >= 0 && row < guard->rows));
  if (!is_on(guard) || guard->row[row].fault) return;
  guard->row[row].fault = guard->row[row].step;
}

co_status co_fault_guard_judge(int64_t faults, int64_t episodes) {
  assert(faults >= 0 && episodes >= 0);
  if (faults < FEW_FAULTS || 100 * faults <= episodes) return CO_OK;
  return co_fail(CO_DIVERGED,
                 "%" PRId64 " of %" PRId64 " episodes ended in a non-finite or diverged state",
                 faults, episodes);
}

// ---- a dump ----

typedef struct dump {
  co_fault_guard *guard;
  int row;
  int64_t first, count;  // of the memory: the first state written, the end
  float *obs;            // (obs_dim) now
  co_json *data;         // a list, owned until it is part of `file`
  co_json *file;
  char reason[160];
} dump;

static co_json *numbers(const double *value, int count) {
  return value ? co_json_numbers(value, count) : co_json_array();
}

static co_json *floats(const float *value, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) co_json_add_number(array, (double)value[i]);
  return array;
}

static void add_state(dump *d, const float *action) {
  const co_env_info *info = co_env_get_info(d->guard->env);
  co_env_state state = co_env_get_state(d->guard->env, d->row);
  co_json *entry = co_json_object();
  co_json_set(entry, "obs", floats(d->obs, info->obs_dim));
  co_json_set(entry, "action", floats(action, info->act_dim));
  co_json_set(entry, "qpos", numbers(state.qpos, state.nq));
  co_json_set(entry, "qvel", numbers(state.qvel, state.nv));
  co_json_add(d->data, entry);
}

// the row before the first state, from which all of them follow
static co_status add_row(dump *d) {
  size_t size = d->guard->row_size;
  unsigned char *bytes = co_alloc(size, 1);
  char hash[CO_HASH_TEXT];
  co_buf hex = {0};
  if (!bytes) return CO_MEMORY;
  d->guard->env->class->save(d->guard->env, d->row, bytes);
  for (size_t i = 0; i < size; i++) co_buf_printf(&hex, "%02x", bytes[i]);
  co_hash_text(co_hash(bytes, size), hash);
  co_json_set_string(d->file, "row_state", hex.data);
  co_json_set_string(d->file, "row_hash", hash);
  free(bytes);
  co_status status = co_buf_status(&hex);
  co_buf_free(&hex);
  return status;
}

static bool find_non_finite(const char *name, const double *value, int count, dump *d) {
  for (int i = 0; i < count; i++) {
    if (isfinite(value[i])) continue;
    snprintf(d->reason, sizeof d->reason, "%s[%d] is not finite", name, i);
    return true;
  }
  return false;
}

// what can be seen of it in the last action and in the state that it led to
static void find_reason(dump *d, const float *action) {
  co_env_state state = co_env_get_state(d->guard->env, d->row);
  for (int i = 0; i < co_env_get_info(d->guard->env)->act_dim; i++) {
    double value = (double)action[i];
    if (isfinite(value)) continue;
    snprintf(d->reason, sizeof d->reason, "action[%d] is not finite", i);
    return;
  }
  if (find_non_finite("qpos", state.qpos, state.nq, d)) return;
  if (find_non_finite("qvel", state.qvel, state.nv, d)) return;
  snprintf(d->reason, sizeof d->reason, "non-finite observation or reward, or diverged");
}

// From the older snapshot on; the last step is the fault again.
static co_status play(dump *d) {
  co_fault_guard *guard = d->guard;
  int64_t at =
      d->count > CO_FAULT_STATES ? ((d->count - 1) / CO_FAULT_STATES - 1) * CO_FAULT_STATES : 0;
  CO_TRY(guard->env->class->load(guard->env, d->row, bytes_of(guard, d->row, at)));
  size_t obs_dim = (size_t)co_env_get_info(guard->env)->obs_dim;
  memcpy(d->obs, obs_of(guard, d->row, at), obs_dim * sizeof *d->obs);
  co_env_out out = {.obs = d->obs};
  for (; at < d->count; at++) {
    const float *action = action_of(guard, d->row, at);
    if (at == d->first) CO_TRY(add_row(d));
    if (at >= d->first) add_state(d, action);
    CO_TRY(co_env_step(guard->env, d->row, 1, action, &out));
  }
  find_reason(d, action_of(guard, d->row, d->count - 1));
  return CO_OK;
}

// plays it in the row itself, which is put back
static co_status play_in_row(dump *d) {
  co_fault_guard *guard = d->guard;
  unsigned char *kept = guard->bytes + num_slots(guard) * guard->row_size;
  guard->env->class->save(guard->env, d->row, kept);
  co_status status = play(d);
  co_status restored = guard->env->class->load(guard->env, d->row, kept);
  return status == CO_OK ? restored : status;
}

static char *path_of(const co_fault_guard *guard, int64_t file) {
  char name[64];
  snprintf(name, sizeof name, "%s%03" PRId64 ".json", guard->prefix, file);
  return co_path_join(guard->folder, name);
}

static co_status write_file(const dump *d, const char *path) {
  co_buf text = {0};
  co_status status = co_json_write(d->file, 0, &text);
  if (status == CO_OK) status = co_dir_create(d->guard->folder);
  if (status == CO_OK) status = co_file_write(path, text.data, text.size);
  co_buf_free(&text);
  return status;
}

static void fill_head(dump *d) {
  const co_fault_guard *guard = d->guard;
  int64_t step = guard->row[d->row].fault;
  co_json_set_string(d->file, "task", co_env_get_info(guard->env)->task);
  co_json_set_string(d->file, "reason", d->reason);
  co_json_set_int(d->file, "seed", (int64_t)guard->stream.seed);
  co_json_set_int(d->file, "seed_number", guard->stream.number);
  co_json_set_int(d->file, "row", d->row);
  co_json_set_int(d->file, "step", step);
  co_json_set_int(d->file, "first", step - (d->count - d->first));
}

// A training goes on without its dumps.
static co_status dump_row(co_fault_guard *guard, int row) {
  size_t scratch = num_slots(guard) * (size_t)co_env_get_info(guard->env)->obs_dim;
  dump d = {
      .guard = guard, .row = row, .count = guard->row[row].count, .obs = guard->obs + scratch};
  d.first = d.count > CO_FAULT_STATES ? d.count - CO_FAULT_STATES : 0;
  d.file = co_json_object();
  d.data = co_json_array();
  char *path = path_of(guard, guard->files++);
  co_status played = play_in_row(&d);
  fill_head(&d);
  co_json_set(d.file, "data", d.data);
  co_status status = played;
  if (status == CO_OK) status = path ? write_file(&d, path) : CO_MEMORY;
  if (status == CO_OK)
    co_log(CO_LOG_WARNING, "row %d: fault in step %" PRId64 " of an episode (%s): see %s", row,
           guard->row[row].fault, d.reason, path);
  else
    co_log(CO_LOG_WARNING, "row %d: its last states are not kept: %s", row, co_error_text());
  co_json_free(d.file);
  free(path);
  return played;
}

co_status co_fault_guard_dump(co_fault_guard *guard) {
  for (int r = 0; guard->folder && r < guard->rows; r++) {
    if (!guard->row[r].fault) continue;
    if (is_on(guard)) CO_TRY(dump_row(guard, r));
    guard->row[r].fault = guard->row[r].count = 0;
  }
  return CO_OK;
}

// ---- save and load ----

enum { ENTRY_NAME = 64 };

// the arrays, under the names of their entries
typedef struct array {
  char name[ENTRY_NAME];
  void *data;
  size_t size;
} array;
enum { NUM_ARRAYS = 4 };

static void name_entry(const co_fault_guard *guard, const char *what, char out[ENTRY_NAME]) {
  snprintf(out, ENTRY_NAME, "%sfaults.%s", guard->prefix, what);
}

static array array_of(const co_fault_guard *guard, const char *what, void *data, size_t size) {
  array out = {.data = data, .size = size};
  name_entry(guard, what, out.name);
  return out;
}

static void list_arrays(const co_fault_guard *guard, array out[NUM_ARRAYS]) {
  const co_env_info *info = co_env_get_info(guard->env);
  size_t slots = num_slots(guard), actions = (size_t)guard->rows * CO_FAULT_ACTIONS;
  size_t obs_bytes = (size_t)info->obs_dim * sizeof(float);
  out[0] = array_of(guard, "rows", guard->row, (size_t)guard->rows * sizeof *guard->row);
  out[1] = array_of(guard, "bytes", guard->bytes, slots * guard->row_size);
  out[2] = array_of(guard, "obs", guard->obs, slots * obs_bytes);
  out[3] =
      array_of(guard, "actions", guard->action, actions * (size_t)info->act_dim * sizeof(float));
}

void co_fault_guard_save(const co_fault_guard *guard, co_buf *pack) {
  if (!guard->folder) return;
  array arrays[NUM_ARRAYS];
  char files[ENTRY_NAME];
  list_arrays(guard, arrays);
  name_entry(guard, "files", files);
  co_pack_add(pack, files, &guard->files, sizeof guard->files);
  for (int i = 0; i < NUM_ARRAYS; i++)
    co_pack_add(pack, arrays[i].name, arrays[i].data, arrays[i].size);
}

static co_status check_rows(const co_fault_guard *guard, const co_pack *pack) {
  for (int r = 0; r < guard->rows; r++) {
    const co_fault_row *row = &guard->row[r];
    if (!co_is_count(row->count) || !co_is_count(row->step) || row->fault)
      return co_fail(CO_DATA, "%s: %sfaults.rows: out of range", pack->file, guard->prefix);
  }
  return CO_OK;
}

static co_status remove_files(const co_fault_guard *guard) {
  for (int64_t file = guard->files; file < CO_FAULT_FILES; file++) {
    char *path = path_of(guard, file);
    if (!path) return CO_MEMORY;
    bool failed = co_file_exists(path) && remove(path) != 0;
    co_status status = failed ? co_fail(CO_IO, "%s: cannot remove", path) : CO_OK;
    free(path);
    CO_TRY(status);
  }
  return CO_OK;
}

co_status co_fault_guard_load(co_fault_guard *guard, const co_pack *pack) {
  if (!guard->folder) return CO_OK;
  array arrays[NUM_ARRAYS];
  char files[ENTRY_NAME];
  list_arrays(guard, arrays);
  name_entry(guard, "files", files);
  CO_TRY(co_pack_read(pack, files, &guard->files, sizeof guard->files));
  if (guard->files < 0 || guard->files > CO_FAULT_FILES)
    return co_fail(CO_DATA, "%s: %s: out of range", pack->file, files);
  for (int i = 0; i < NUM_ARRAYS; i++)
    CO_TRY(co_pack_read(pack, arrays[i].name, arrays[i].data, arrays[i].size));
  CO_TRY(check_rows(guard, pack));
  return remove_files(guard);
}
