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
// A dump of a fault (agents/learn/fault_guard.h) also holds the bytes of its row: it starts from
// these, terms, draws and warm start included, so that every step is the recorded one and the last
// one is the fault.

#include "core/memory.h"
#include "envs/record/private/player.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kObservation = 1e-5;  // float32 values of either side
static const double kState = 1e-5;        // another processor, over some hundred steps

typedef struct series {
  co_replay_field *obs, *state;
  co_replay_field *fault;  // of a dump, NULL otherwise
} series;

// "exact" is about the state: observations stay float32 values.
static void choose_tolerance(co_player *p, const co_replay_options *options) {
  double obs = isnan(options->tolerance) ? kObservation : options->tolerance;
  double state = isnan(options->tolerance) ? kState : options->tolerance;
  if (options->exact) state = 0.0;
  p->tolerance = (co_tolerance){.obs = obs, .state = state, .window = obs};
  p->out->tolerance = obs;
  p->out->judged_steps = p->steps;
}

static co_status act(co_player *p, const series *s, int entry) {
  co_row_result result;
  CO_TRY(co_player_action(p, entry));
  CO_TRY(co_player_step(p, entry + 1, &result));
  bool expected = entry + 1 == p->steps;
  if (s->fault) co_player_note(p, s->fault, entry + 1, result.fault == expected ? 0 : 1);
  return CO_OK;
}

static co_status differ_in_obs(co_player *p, const series *s, int entry, double *out) {
  *out = 0.0;
  if (!co_player_has_obs(p, entry)) return CO_OK;
  CO_TRY(co_player_entry(p, entry, "obs", p->obs_dim, p->wanted));
  // on the way to a fault they grow beyond what a difference to the double would mean
  for (int i = 0; s->fault && i < p->obs_dim; i++)
    if ((double)(float)p->row.obs[i] == p->wanted[i]) p->wanted[i] = p->row.obs[i];
  *out = co_player_difference(p->row.obs, p->wanted, p->obs_dim);
  return CO_OK;
}

static co_status differ_in_state(co_player *p, int entry, double *out) {
  const co_model *model = p->world->model;
  CO_TRY(co_player_entry(p, entry, "qpos", model->nq, p->wanted));
  CO_TRY(co_player_entry(p, entry, "qvel", model->nv, p->wanted + model->nq));
  co_player_note_qpos(p, p->wanted, entry);
  co_player_note_qvel(p, p->wanted + model->nq, entry);
  double in_qpos = co_player_difference(p->row.physics->qpos, p->wanted, model->nq);
  double in_qvel = co_player_difference(p->row.physics->qvel, p->wanted + model->nq, model->nv);
  *out = co_player_is_above(in_qvel, in_qpos) ? in_qvel : in_qpos;
  return CO_OK;
}

static co_status compare_entry(co_player *p, const series *s, int entry) {
  double difference;
  CO_TRY(differ_in_obs(p, s, entry, &difference));
  co_player_note(p, s->obs, entry, difference);
  if (co_player_has_obs(p, entry)) co_player_note_elements(p, entry);
  CO_TRY(differ_in_state(p, entry, &difference));
  co_player_note(p, s->state, entry, difference);
  return CO_OK;
}

static co_status compare_final(co_player *p, bool is_qvel) {
  const co_physics *physics = p->row.physics;
  const char *key = is_qvel ? "final_qvel" : "final_qpos";
  int count = is_qvel ? physics->model->nv : physics->model->nq;
  const double *got = is_qvel ? physics->qvel : physics->qpos;
  const co_json *array = co_json_get(p->file, key);
  if (!array) return CO_OK;
  CO_TRY(co_player_numbers(p, array, key, -1, count, p->wanted));
  co_replay_field *field = co_player_field(p, "", key, p->tolerance.state);
  co_player_note(p, field, p->steps, co_player_difference(got, p->wanted, count));
  if (is_qvel)
    co_player_note_qvel(p, p->wanted, p->steps);
  else
    co_player_note_qpos(p, p->wanted, p->steps);
  return CO_OK;
}

static co_status play(co_player *p, const series *s) {
  CO_TRY(co_player_begin(p));
  for (int entry = 0; entry < p->steps; entry++) {
    CO_TRY(compare_entry(p, s, entry));
    CO_TRY(act(p, s, entry));
  }
  CO_TRY(compare_final(p, false));
  return compare_final(p, true);
}

// Windows of one step: the row keeps what its terms remember, not where it is.
static co_status play_windows(co_player *p, const series *s) {
  co_replay_windows *windows = &p->out->windows;
  p->out->has_windows = true;
  *windows = (co_replay_windows){.first_above = -1};
  windows->restart = co_alloc((size_t)p->steps, sizeof *windows->restart);
  if (!windows->restart) return CO_MEMORY;
  CO_TRY(co_player_begin(p));
  for (int entry = 0; entry + 1 < p->steps; entry++) {
    double difference;
    windows->restart[windows->count++] = entry;
    CO_TRY(co_player_put_state(p, entry));
    CO_TRY(act(p, s, entry));
    CO_TRY(differ_in_obs(p, s, entry + 1, &difference));
    if (co_player_is_above(difference, windows->max_abs)) windows->max_abs = difference;
    bool above = co_player_is_above(difference, p->tolerance.window);
    if (above && windows->first_above < 0) windows->first_above = entry + 1;
  }
  return CO_OK;
}

// Steps that are led from each recorded state to the next: `led` holds that (nq + nv), then what
// physics made in its place.
static co_status act_led(co_player *p, co_replay_field *made, int entry, double *led) {
  int nq = p->world->model->nq, nv = p->world->model->nv;
  co_row_result result;
  bool last = entry + 1 == p->steps;
  if (!last) CO_TRY(co_player_entry(p, entry + 1, "qpos", nq, led));
  if (!last) CO_TRY(co_player_entry(p, entry + 1, "qvel", nv, led + nq));
  p->row.lead = (co_row_lead){last ? NULL : led, led + nq, led + nq + nv};
  CO_TRY(co_player_action(p, entry));
  CO_TRY(co_player_step(p, entry + 1, &result));
  if (!last) co_player_note(p, made, entry + 1, co_player_difference(led + nq + nv, led, nq + nv));
  return CO_OK;
}

static co_status play_led(co_player *p, const series *s, double *led) {
  co_replay_field *made = co_player_field(p, "state_step", "", p->tolerance.state);
  CO_TRY(co_player_begin(p));
  for (int entry = 0; entry < p->steps; entry++) {
    double difference;
    CO_TRY(differ_in_obs(p, s, entry, &difference));
    co_player_note(p, s->obs, entry, difference);
    if (co_player_has_obs(p, entry)) co_player_note_elements(p, entry);
    CO_TRY(act_led(p, made, entry, led));
  }
  return CO_OK;
}

static co_status log_led(co_player *p, series *s) {
  size_t state = (size_t)(p->world->model->nq + p->world->model->nv);
  double *led = co_alloc(2 * state, sizeof *led);
  if (!led) return CO_MEMORY;
  s->obs = co_player_field(p, "obs", "", p->tolerance.obs);
  co_status status = play_led(p, s, led);
  free(led);
  return status;
}

co_status co_player_log(co_player *p, const co_replay_options *options) {
  series s = {0};
  choose_tolerance(p, options);
  CO_TRY(co_player_prepare(p));
  if (options->led && !p->is_dump) return log_led(p, &s);
  s.obs = co_player_field(p, "obs", "", p->tolerance.obs);
  s.state = co_player_field(p, "state", "", p->tolerance.state);
  p->out->is_dump = p->is_dump;
  if (p->is_dump) s.fault = co_player_field(p, "fault", "", 0.0);
  CO_TRY(play(p, &s));
  return options->windows ? play_windows(p, &s) : CO_OK;
}
