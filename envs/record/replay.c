#include "envs/record/replay.h"

#include "core/memory.h"
#include "envs/record/private/player.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// From the recommendations that come with the reference trajectories (observations, absolute). The
// pendulum's recorded observations are float32 values, so its state is what is compared closely.
static const co_tolerance kTolerance[] = {
    {"ant", NULL, 1e-8, 1e-8, 1e-9, 50, 75},
    {"half_cheetah", "uniform", 1e-8, 1e-8, 1e-7, 50, 0},
    {"half_cheetah", NULL, 1e-8, 1e-8, 1e-7, 0, 0},
    {"hopper", NULL, 1e-9, 1e-9, 1e-10, 0, 0},
    {"humanoid", NULL, 1e-7, 1e-7, 1e-8, 0, 0},
    {"humanoid_standup", NULL, 1e-6, 1e-6, 1e-7, 0, 0},
    {"inverted_double_pendulum", "beyond", 1e-8, 1e-8, 1e-9, 80, 0},
    {"inverted_double_pendulum", NULL, 1e-10, 1e-10, 1e-9, 0, 0},
    {"inverted_pendulum", NULL, 1e-9, 1e-9, 1e-10, 0, 0},
    {"pendulum", NULL, 3e-7, 1e-9, 1e-9, 0, 0},
    {"pusher", "smooth", 1e-9, 1e-9, 1e-7, 0, 0},
    {"pusher", "uniform", 1e-8, 1e-8, 1e-7, 100, 0},
    {"pusher", NULL, 1e-8, 1e-8, 1e-7, 200, 0},
    {"reacher", "smooth", 1e-8, 1e-8, 1e-10, 250, 0},
    {"reacher", NULL, 1e-8, 1e-8, 1e-10, 0, 0},
    {"swimmer", NULL, 1e-9, 1e-9, 1e-10, 0, 0},
    {"walker2d", NULL, 1e-7, 1e-7, 1e-10, 0, 0},
    {NULL, NULL, 1e-8, 1e-8, 1e-8, 0, 0},
};
static const double kExact = 1e-12;

co_tolerance co_replay_tolerance(const char *task, const char *kind) {
  const co_tolerance *row = kTolerance;
  while (row->task &&
         (strcmp(row->task, task) != 0 || (row->kind && strcmp(row->kind, kind) != 0))) {
    row++;
  }
  return *row;
}

// Velocities divide by the time step, so rewards are allowed a hundred times the observation's
// difference.
static double reward_tolerance(double obs) {
  return obs <= kExact ? 1e-9 : 1e-9 + 100 * obs;
}

// ---- comparing

static co_status compare_vector(co_player *p, co_replay_field *field, const char *key, int step,
                                int count, const double *got) {
  const co_json *series = co_json_get(p->file, key);
  assert(step >= 1 && step <= p->steps);
  CO_TRY(
      co_player_numbers(p, co_json_at(series, (size_t)step - 1), key, step - 1, count, p->wanted));
  co_player_note(p, field, step, co_player_difference(got, p->wanted, count));
  return CO_OK;
}

static co_status compare_number(co_player *p, co_replay_field *field, const co_json *series,
                                int step, double got) {
  double wanted = co_json_as_number(co_json_at(series, (size_t)step - 1), NAN);
  if (!isfinite(wanted)) return co_player_bad(p, field->name, step - 1, "must be a number");
  co_player_note(p, field, step, fabs(got - wanted));
  return CO_OK;
}

static co_status compare_flag(co_player *p, co_replay_flags *flags, const char *key, int step,
                              bool got) {
  const co_json *json = co_json_at(co_json_get(p->file, key), (size_t)step - 1);
  if (!co_json_is_bool(json)) return co_player_bad(p, key, step - 1, "must be true or false");
  if (co_json_as_bool(json, false) == got || step > p->out->judged_steps) return CO_OK;
  if (flags->mismatches++ == 0) flags->first = step;
  return CO_OK;
}

// ---- the whole trajectory

// The fields a file has, in the order in which they are reported.
typedef struct fields {
  co_replay_field *obs, *reward, *state, *final_qpos, *final_qvel;
  co_replay_field **info;  // (num_terms) NULL where the file has none
} fields;

static co_status list_fields(co_player *p, fields *f) {
  const co_env_info *about = &p->world->info;
  double obs = p->tolerance.obs, reward = reward_tolerance(obs);
  const co_json *info = co_json_get(p->file, "info");
  f->obs = co_player_field(p, "obs", "", obs);
  f->reward = co_player_field(p, "reward", "", reward);
  for (int i = 0; i < about->num_terms; i++) {
    const co_json *series = co_json_get(info, about->term[i]);
    if (!series) continue;
    if (p->out->num_fields == CO_REPLAY_FIELDS - 3)
      return co_player_bad(p, "info", -1, "too many terms");
    f->info[i] = co_player_field(p, "info.", about->term[i], reward);
    CO_TRY(co_player_series(p, series, f->info[i]->name));
  }
  if (co_json_get(p->file, "state")) {
    CO_TRY(co_player_series(p, co_json_get(p->file, "state"), "state"));
    f->state = co_player_field(p, "state", "", p->tolerance.state);
  }
  if (co_json_get(p->file, "final_qpos")) f->final_qpos = co_player_field(p, "final_qpos", "", obs);
  if (co_json_get(p->file, "final_qvel")) f->final_qvel = co_player_field(p, "final_qvel", "", obs);
  return CO_OK;
}

static co_status compare_step(co_player *p, const fields *f, int step,
                              const co_row_result *result) {
  const co_json *info = co_json_get(p->file, "info");
  CO_TRY(compare_vector(p, f->obs, "obs", step, p->obs_dim, p->row.obs));
  if (step <= p->out->judged_steps) co_player_note_elements(p, step);
  CO_TRY(compare_number(p, f->reward, co_json_get(p->file, "reward"), step, result->reward));
  for (int i = 0; i < p->world->info.num_terms; i++) {
    if (!f->info[i]) continue;
    const co_json *series = co_json_get(info, p->world->info.term[i]);
    CO_TRY(compare_number(p, f->info[i], series, step, p->terms[i]));
  }
  if (f->state) {
    double state[2] = {p->row.physics->qpos[0], p->row.physics->qvel[0]};
    CO_TRY(compare_vector(p, f->state, "state", step, 2, state));
  }
  CO_TRY(compare_flag(p, &p->out->terminated, "terminated", step, result->terminated));
  return compare_flag(p, &p->out->truncated, "truncated", step, result->truncated);
}

static co_status compare_final(co_player *p, co_replay_field *field, const double *got, int count) {
  if (!field) return CO_OK;
  CO_TRY(co_player_named(p, field->name, count, p->wanted));
  co_player_note(p, field, p->steps, co_player_difference(got, p->wanted, count));
  return CO_OK;
}

static co_status play(co_player *p, fields *f) {
  const co_model *model = p->world->model;
  CO_TRY(list_fields(p, f));
  CO_TRY(co_player_begin(p));
  if (co_json_get(p->file, "init_obs")) {
    CO_TRY(co_player_named(p, "init_obs", p->obs_dim, p->wanted));
    co_player_note(p, f->obs, 0, co_player_difference(p->row.obs, p->wanted, p->obs_dim));
    co_player_note_elements(p, 0);
  }
  for (int step = 1; step <= p->steps; step++) {
    co_row_result result;
    CO_TRY(co_player_action(p, step - 1));
    CO_TRY(co_player_step(p, step, &result));
    CO_TRY(compare_step(p, f, step, &result));
  }
  CO_TRY(compare_final(p, f->final_qpos, p->row.physics->qpos, model->nq));
  return compare_final(p, f->final_qvel, p->row.physics->qvel, model->nv);
}

// ---- windows between checkpoints

// After which step the checkpoint was taken: `last` is that of the one before.
static co_status read_after_step(const co_player *p, const co_json *point, int index, int last,
                                 int *out) {
  int64_t step = co_json_get_int(point, "after_step", -1);
  if (step < 0 || step > p->steps)
    return co_player_bad(p, "checkpoints", index, "after_step must be 0 to %d", p->steps);
  if (step <= last)
    return co_player_bad(p, "checkpoints", index, "after_step must be above %d, the last one's",
                         last);
  *out = (int)step;
  return CO_OK;
}

// State and warm start of a checkpoint, as if the episode began there.
static co_status restart(co_player *p, const co_json *point, int index) {
  const co_model *model = p->world->model;
  double *warm_start = model->engine->warm_start(p->row.physics);
  CO_TRY(co_row_clear(&p->row));
  CO_TRY(co_player_numbers(p, co_json_get(point, "qpos"), "checkpoints.qpos", index, model->nq,
                           p->row.physics->qpos));
  CO_TRY(co_player_numbers(p, co_json_get(point, "qvel"), "checkpoints.qvel", index, model->nv,
                           p->row.physics->qvel));
  if (warm_start) {
    CO_TRY(co_player_numbers(p, co_json_get(point, "qacc_warmstart"), "checkpoints.qacc_warmstart",
                             index, model->nv, warm_start));
  }
  return co_player_start(p, "checkpoints.qpos", index);
}

// Steps until the next checkpoint, or the end.
static co_status play_window(co_player *p, int after, int until) {
  co_replay_windows *windows = &p->out->windows;
  for (int step = after + 1; step <= until; step++) {
    co_row_result result;
    const co_json *obs = co_json_at(co_json_get(p->file, "obs"), (size_t)step - 1);
    CO_TRY(co_player_action(p, step - 1));
    CO_TRY(co_player_step(p, step, &result));
    CO_TRY(co_player_numbers(p, obs, "obs", step - 1, p->obs_dim, p->wanted));
    double difference = co_player_difference(p->row.obs, p->wanted, p->obs_dim);
    if (co_player_is_above(difference, windows->max_abs)) windows->max_abs = difference;
    bool above = co_player_is_above(difference, p->tolerance.window);
    if (above && (windows->first_above < 0 || step < windows->first_above)) {
      windows->first_above = step;
    }
  }
  return CO_OK;
}

static co_status play_windows(co_player *p) {
  const co_json *points = co_json_get(p->file, "checkpoints");
  co_replay_windows *windows = &p->out->windows;
  size_t count = co_json_count(points);
  p->out->has_windows = true;
  *windows = (co_replay_windows){.first_above = -1};
  if (points && !co_json_is_array(points))
    return co_player_bad(p, "checkpoints", -1, "must be a list");
  if (count > (size_t)p->steps)
    return co_player_bad(p, "checkpoints", -1, "there are %zu, more than steps", count);
  int *after = windows->restart = co_alloc(count + 1, sizeof *after);
  if (!after) return CO_MEMORY;
  for (int last = -1; windows->count < (int)count; last = after[windows->count++]) {
    int i = windows->count;
    CO_TRY(read_after_step(p, co_json_at(points, (size_t)i), i, last, &after[i]));
  }
  after[count] = p->steps;
  for (int i = 0; i < windows->count; i++) {
    CO_TRY(restart(p, co_json_at(points, (size_t)i), i));
    CO_TRY(play_window(p, after[i], after[i + 1]));
  }
  return CO_OK;
}

// ---- the whole

// A recording that goes on after a termination says so by its flags.
static const char *kind_of(const co_player *p) {
  const co_json *terminated = co_json_get(p->file, "terminated");
  for (int step = 1; step < p->steps; step++) {
    if (co_json_as_bool(co_json_at(terminated, (size_t)step - 1), false)) return "beyond";
  }
  const char *kind = co_json_get_string(p->file, "action_kind");
  return kind ? kind : "";
}

// Given, exact, or of the task. Recorded pendulum observations are float32, so "exact" is closer in
// the state only.
static void choose_tolerance(co_player *p, const co_replay_options *options) {
  p->tolerance = co_replay_tolerance(p->world->info.task, kind_of(p));
  double one = options->exact ? kExact : options->tolerance;
  if (!isnan(one)) p->tolerance = (co_tolerance){.obs = one, .state = one, .window = one};
  if (options->exact && co_json_get(p->file, "state")) p->tolerance.obs = 3e-7;
  p->out->tolerance = p->tolerance.obs;
  int judged = p->tolerance.late ? p->tolerance.late : p->tolerance.steps;
  p->out->judged_steps = judged && judged < p->steps ? judged : p->steps;
}

static void judge(co_replay *out) {
  out->ok = !out->terminated.mismatches && !out->truncated.mismatches;
  if (!out->is_dump) out->ok = out->ok && out->fault < 0;
  for (int i = 0; i < out->num_fields; i++) out->ok = out->ok && out->field[i].first_above < 0;
  if (out->has_windows) out->ok = out->ok && out->windows.first_above < 0;
}

static co_status replay(co_player *p, const co_replay_options *options) {
  fields f = {0};
  choose_tolerance(p, options);
  CO_TRY(co_player_prepare(p));
  f.info = co_alloc((size_t)p->world->info.num_terms, sizeof *f.info);
  if (!f.info) return CO_MEMORY;
  co_status status = play(p, &f);
  free(f.info);
  if (status == CO_OK && options->windows) status = play_windows(p);
  return status;
}

co_status co_replay_json(const co_built_world *world, const co_json *file, const char *path,
                         const co_replay_options *options, co_replay *out) {
  *out = (co_replay){0};
  co_player p = {.world = world, .path = path, .file = file, .out = out};
  p.obs_dim = world->info.obs_dim;
  p.act_dim = world->info.act_dim;
  co_status status = co_player_check(&p);
  if (status == CO_OK) status = co_player_claims(&p);
  if (status == CO_OK) status = p.data ? co_player_log(&p, options) : replay(&p, options);
  if (status == CO_OK) co_player_tell_worst(&p);
  if (status == CO_OK) judge(out);
  co_player_release(&p);
  if (status != CO_OK) co_replay_free(out);
  return status;
}

co_status co_replay_file(const co_built_world *world, const char *path,
                         const co_replay_options *options, co_replay *out) {
  co_json *file = NULL;
  *out = (co_replay){0};
  CO_TRY(co_json_read(path, &file));
  co_status status = co_replay_json(world, file, path, options, out);
  co_json_free(file);
  return status;
}

void co_replay_free(co_replay *replay) {
  free(replay->windows.restart);
  replay->windows = (co_replay_windows){0};
}
