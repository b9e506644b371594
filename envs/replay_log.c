// Replay of a log: what a policy saw and did, data[{obs, action, qpos, qvel}], each entry before
// its action is applied.
//
// The row starts from the first recorded state and is driven by the recorded actions, so that
// histories, last actions and running targets go through the recorded sequence. Steps count the
// actions done: entry i is compared after step i, final_qpos and final_qvel after the last.
// Recorded observations and actions are float32 values, states are doubles. Windows put the
// recorded state before every step, so that rounding errors do not grow: what then differs is
// wrong, not chaotic. Observations of later entries may be left out.
//
// A dump of a fault (agents/fault_guard.h) also holds the bytes of its row: it starts from these,
// terms, draws and warm start included, so that every step is the recorded one and the last one is
// the fault.

#include "core/hash.h"
#include "envs/player.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kObservation = 1e-5;  // float32 values of either side
static const double kState = 1e-5;        // another processor, over some hundred steps

typedef struct series {
  const co_json *data;
  co_replay_field *obs, *state;
  co_replay_field *fault;  // of a dump, NULL otherwise
} series;

static co_status numbers(co_player *p, const series *s, int entry, const char *key, int count,
                         double *out) {
  char name[32] = "data.";
  strncat(name, key, sizeof name - strlen(name) - 1);
  const co_json *array = co_json_get(co_json_at(s->data, (size_t)entry), key);
  return co_player_numbers(p, array, name, entry, count, out);
}

// Logs may keep the observations of some steps only.
static bool has_obs(const series *s, int entry) {
  return !co_json_is_null(co_json_get(co_json_at(s->data, (size_t)entry), "obs"));
}

static co_status check_data(co_player *p, const co_json *data) {
  size_t count = co_json_count(data);
  if (!co_json_is_array(data) || count < 1 || count > CO_PLAYER_STEPS) {
    return co_player_bad(p, "data", -1, "must be a list of steps {obs, action, qpos, qvel}");
  }
  for (size_t i = 0; i < count; i++) {
    if (!co_json_is_object(co_json_at(data, i)))
      return co_player_bad(p, "data", (int)i, "must be {obs, action, qpos, qvel}");
  }
  p->steps = (int)count;
  if (has_obs(&(series){.data = data}, 0)) return CO_OK;
  return co_player_bad(p, "data.obs", 0, "is missing");
}

// "exact" is about the state: observations stay float32 values.
static void choose_tolerance(co_player *p, const co_replay_options *options) {
  double obs = isnan(options->tolerance) ? kObservation : options->tolerance;
  double state = isnan(options->tolerance) ? kState : options->tolerance;
  if (options->exact) state = 0.0;
  p->tolerance = (co_tolerance){.obs = obs, .state = state, .window = obs};
  p->out->tolerance = obs;
  p->out->judged_steps = p->steps;
}

static co_status put_state(co_player *p, const series *s, int entry) {
  const co_model *model = p->world->model;
  CO_TRY(numbers(p, s, entry, "qpos", model->nq, p->row.physics->qpos));
  return numbers(p, s, entry, "qvel", model->nv, p->row.physics->qvel);
}

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

static co_status start_from_row(co_player *p) {
  size_t size = co_row_size(p->row.binding);
  unsigned char *bytes = malloc(size);
  if (!bytes) return co_fail(CO_MEMORY, "out of memory");
  co_status status = read_row(p, bytes, size);
  if (status == CO_OK && co_row_load(&p->row, bytes) != CO_OK)
    status = co_fail_context(CO_DATA, "%s: row_state", p->path);
  free(bytes);
  if (status == CO_OK && p->row.episode < 1)
    status = co_player_bad(p, "row_state", -1, "has no episode");
  return status;
}

static co_status start(co_player *p, const series *s) {
  if (s->fault) return start_from_row(p);
  CO_TRY(co_row_clear(&p->row));
  CO_TRY(put_state(p, s, 0));
  return co_player_start(p, "data.qpos", 0);
}

static co_status act(co_player *p, const series *s, int entry) {
  co_row_result result;
  CO_TRY(numbers(p, s, entry, "action", p->act_dim, p->action));
  for (int i = 0; i < p->act_dim; i++) p->action[i] = (double)(float)p->action[i];
  CO_TRY(co_player_step(p, entry + 1, &result));
  bool expected = entry + 1 == p->steps;
  if (s->fault) co_player_note(p, s->fault, entry + 1, result.fault == expected ? 0 : 1);
  return CO_OK;
}

static co_status differ_in_obs(co_player *p, const series *s, int entry, double *out) {
  *out = 0.0;
  if (!has_obs(s, entry)) return CO_OK;
  CO_TRY(numbers(p, s, entry, "obs", p->obs_dim, p->wanted));
  // on the way to a fault they grow beyond what a difference to the double would mean
  for (int i = 0; s->fault && i < p->obs_dim; i++)
    if ((double)(float)p->row.obs[i] == p->wanted[i]) p->wanted[i] = p->row.obs[i];
  *out = co_player_difference(p->row.obs, p->wanted, p->obs_dim);
  return CO_OK;
}

static co_status differ_in_state(co_player *p, const series *s, int entry, double *out) {
  const co_model *model = p->world->model;
  CO_TRY(numbers(p, s, entry, "qpos", model->nq, p->wanted));
  CO_TRY(numbers(p, s, entry, "qvel", model->nv, p->wanted + model->nq));
  double in_qpos = co_player_difference(p->row.physics->qpos, p->wanted, model->nq);
  double in_qvel = co_player_difference(p->row.physics->qvel, p->wanted + model->nq, model->nv);
  *out = co_player_is_above(in_qvel, in_qpos) ? in_qvel : in_qpos;
  return CO_OK;
}

static co_status compare_entry(co_player *p, const series *s, int entry) {
  double difference;
  CO_TRY(differ_in_obs(p, s, entry, &difference));
  co_player_note(p, s->obs, entry, difference);
  CO_TRY(differ_in_state(p, s, entry, &difference));
  co_player_note(p, s->state, entry, difference);
  return CO_OK;
}

static co_status compare_final(co_player *p, const char *key, const double *got, int count) {
  const co_json *array = co_json_get(p->file, key);
  if (!array) return CO_OK;
  CO_TRY(co_player_numbers(p, array, key, -1, count, p->wanted));
  co_replay_field *field = co_player_field(p, "", key, p->tolerance.state);
  co_player_note(p, field, p->steps, co_player_difference(got, p->wanted, count));
  return CO_OK;
}

static co_status play(co_player *p, const series *s) {
  const co_physics *physics = p->row.physics;
  CO_TRY(start(p, s));
  for (int entry = 0; entry < p->steps; entry++) {
    CO_TRY(compare_entry(p, s, entry));
    CO_TRY(act(p, s, entry));
  }
  CO_TRY(compare_final(p, "final_qpos", physics->qpos, physics->model->nq));
  return compare_final(p, "final_qvel", physics->qvel, physics->model->nv);
}

// Windows of one step: the row keeps what its terms remember, not where it is.
static co_status play_windows(co_player *p, const series *s) {
  co_replay_windows *windows = &p->out->windows;
  p->out->has_windows = true;
  *windows = (co_replay_windows){.first_above = -1};
  windows->restart = calloc((size_t)p->steps, sizeof *windows->restart);
  if (!windows->restart) return co_fail(CO_MEMORY, "out of memory");
  CO_TRY(start(p, s));
  for (int entry = 0; entry + 1 < p->steps; entry++) {
    double difference;
    windows->restart[windows->count++] = entry;
    CO_TRY(put_state(p, s, entry));
    CO_TRY(act(p, s, entry));
    CO_TRY(differ_in_obs(p, s, entry + 1, &difference));
    if (co_player_is_above(difference, windows->max_abs)) windows->max_abs = difference;
    bool above = co_player_is_above(difference, p->tolerance.window);
    if (above && windows->first_above < 0) windows->first_above = entry + 1;
  }
  return CO_OK;
}

co_status co_player_log(co_player *p, const co_replay_options *options) {
  series s = {.data = co_json_get(p->file, "data")};
  CO_TRY(check_data(p, s.data));
  choose_tolerance(p, options);
  CO_TRY(co_player_prepare(p));
  s.obs = co_player_field(p, "obs", "", p->tolerance.obs);
  s.state = co_player_field(p, "state", "", p->tolerance.state);
  p->out->is_dump = co_json_get(p->file, "row_state") != NULL;
  if (p->out->is_dump) s.fault = co_player_field(p, "fault", "", 0.0);
  CO_TRY(play(p, &s));
  return options->windows ? play_windows(p, &s) : CO_OK;
}
