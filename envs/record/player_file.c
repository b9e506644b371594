// What the two recording formats say: where an episode begins, and what was done in it.

#include "core/hash.h"
#include "core/memory.h"
#include "envs/record/private/player.h"

#include <stdlib.h>
#include <string.h>

co_status co_player_named(const co_player *p, const char *key, int count, double *out) {
  return co_player_numbers(p, co_json_get(p->file, key), key, -1, count, out);
}

co_status co_player_series(const co_player *p, const co_json *array, const char *key) {
  if (co_json_is_array(array) && co_json_count(array) == (size_t)p->steps) return CO_OK;
  return co_player_bad(p, key, -1, "must be one entry per step");
}

// ---- trajectories

static co_status check_trajectory(co_player *p) {
  static const char *const series[] = {"action", "obs", "reward", "terminated", "truncated"};
  const co_json *action = co_json_get(p->file, "action");
  if (!co_json_is_array(action) || co_json_count(action) < 1 ||
      co_json_count(action) > CO_PLAYER_STEPS) {
    return co_player_bad(p, "action", -1, "must be a list of actions");
  }
  p->steps = (int)co_json_count(action);
  for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
    CO_TRY(co_player_series(p, co_json_get(p->file, series[i]), series[i]));
  }
  return co_player_kwargs(p);
}

// The initial state of the file; the same stages as after a reset by terms.
static co_status begin_trajectory(co_player *p) {
  const co_model *model = p->world->model;
  CO_TRY(co_row_clear(&p->row));
  CO_TRY(co_player_named(p, "init_qpos", model->nq, p->row.physics->qpos));
  CO_TRY(co_player_named(p, "init_qvel", model->nv, p->row.physics->qvel));
  return co_player_start(p, "init_qpos", -1);
}

// ---- logs

co_status co_player_entry(const co_player *p, int entry, const char *key, int count, double *out) {
  char name[32] = "data.";
  strncat(name, key, sizeof name - strlen(name) - 1);
  const co_json *array = co_json_get(co_json_at(p->data, (size_t)entry), key);
  return co_player_numbers(p, array, name, entry, count, out);
}

bool co_player_has_obs(const co_player *p, int entry) {
  return !co_json_is_null(co_json_get(co_json_at(p->data, (size_t)entry), "obs"));
}

static co_status check_log(co_player *p) {
  size_t count = co_json_count(p->data);
  if (!co_json_is_array(p->data) || count < 1 || count > CO_PLAYER_STEPS) {
    return co_player_bad(p, "data", -1, "must be a list of steps {obs, action, qpos, qvel}");
  }
  for (size_t i = 0; i < count; i++) {
    if (!co_json_is_object(co_json_at(p->data, i)))
      return co_player_bad(p, "data", (int)i, "must be {obs, action, qpos, qvel}");
  }
  p->steps = (int)count;
  p->is_dump = co_json_get(p->file, "row_state") != NULL;
  if (co_player_has_obs(p, 0)) return CO_OK;
  return co_player_bad(p, "data.obs", 0, "is missing");
}

co_status co_player_put_state(co_player *p, int entry) {
  const co_model *model = p->world->model;
  CO_TRY(co_player_entry(p, entry, "qpos", model->nq, p->row.physics->qpos));
  return co_player_entry(p, entry, "qvel", model->nv, p->row.physics->qvel);
}

static co_status begin_log(co_player *p) {
  CO_TRY(co_row_clear(&p->row));
  CO_TRY(co_player_put_state(p, 0));
  return co_player_start(p, "data.qpos", 0);
}

// ---- dumps: logs that hold their row

static int hex_digit(char c) {
  const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

static co_status read_row(const co_player *p, unsigned char *bytes, size_t size) {
  const char *text = co_json_get_string(p->file, "row_state");
  const char *hash = co_json_get_string(p->file, "row_hash");
  char own[CO_HASH_TEXT];
  if (!text || strlen(text) != 2 * size)
    return co_player_bad(p, "row_state", -1, "is not a row of this task in this domain");
  for (size_t i = 0; i < size; i++) {
    int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return co_player_bad(p, "row_state", -1, "must be hex digits");
    bytes[i] = (unsigned char)(high << 4 | low);
  }
  co_hash_text(co_hash(bytes, size), own);
  if (!hash || strcmp(hash, own) != 0) return co_player_bad(p, "row_state", -1, "is damaged");
  return CO_OK;
}

static co_status begin_dump(co_player *p) {
  size_t size = co_row_size(p->row.binding);
  unsigned char *bytes = co_alloc(size, 1);
  if (!bytes) return CO_MEMORY;
  co_status status = read_row(p, bytes, size);
  if (status == CO_OK && co_row_load(&p->row, bytes) != CO_OK)
    status = co_fail_context(CO_DATA, "%s: row_state", p->path);
  free(bytes);
  if (status == CO_OK && p->row.episode < 1)
    status = co_player_bad(p, "row_state", -1, "has no episode");
  return status;
}

// ---- either

co_status co_player_check(co_player *p) {
  p->data = co_json_get(p->file, "data");
  return p->data ? check_log(p) : check_trajectory(p);
}

co_status co_player_begin(co_player *p) {
  if (p->is_dump) return begin_dump(p);
  return p->data ? begin_log(p) : begin_trajectory(p);
}

co_status co_player_action(co_player *p, int step) {
  if (!p->data) {
    const co_json *action = co_json_at(co_json_get(p->file, "action"), (size_t)step);
    return co_player_numbers(p, action, "action", step, p->act_dim, p->action);
  }
  CO_TRY(co_player_entry(p, step, "action", p->act_dim, p->action));
  for (int i = 0; i < p->act_dim; i++) p->action[i] = (double)(float)p->action[i];
  return CO_OK;
}
