#include "envs/record/private/player.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

co_status co_player_bad(const co_player *p, const char *field, int index, const char *text, ...) {
  char sentence[128];
  va_list list;
  va_start(list, text);
  vsnprintf(sentence, sizeof sentence, text, list);
  va_end(list);
  if (index < 0) return co_fail(CO_DATA, "%s: %s: %s", p->path, field, sentence);
  return co_fail(CO_DATA, "%s: %s[%d]: %s", p->path, field, index, sentence);
}

co_status co_player_numbers(const co_player *p, const co_json *array, const char *field, int index,
                            int count, double *out) {
  if (!co_json_is_array(array) || co_json_count(array) != (size_t)count) {
    return co_player_bad(p, field, index, "must be %d number%s", count, count == 1 ? "" : "s");
  }
  for (int i = 0; i < count; i++) {
    out[i] = co_json_as_number(co_json_at(array, (size_t)i), NAN);
    if (!isfinite(out[i])) return co_player_bad(p, field, index, "must be finite numbers");
  }
  return CO_OK;
}

co_replay_field *co_player_field(co_player *p, const char *prefix, const char *name,
                                 double tolerance) {
  co_replay *out = p->out;
  assert(out->num_fields < CO_REPLAY_FIELDS);
  co_replay_field *field = &out->field[out->num_fields++];
  *field = (co_replay_field){.tolerance = tolerance, .first_above = -1};
  snprintf(field->name, sizeof field->name, "%s%s", prefix, name);
  return field;
}

bool co_player_is_above(double difference, double bound) {
  return !isnan(bound) && !(difference <= bound);
}

// Late steps may differ more, as rounding errors grow.
void co_player_note(const co_player *p, co_replay_field *field, int step, double difference) {
  if (co_player_is_above(difference, field->max_abs)) {
    field->max_abs = difference;
    field->at_step = step;
  }
  bool judged = step <= p->out->judged_steps, late = p->tolerance.late && step > p->tolerance.steps;
  double allowed = late ? 100 * field->tolerance : field->tolerance;
  if (judged && field->first_above < 0 && co_player_is_above(difference, allowed))
    field->first_above = step;
}

double co_player_difference(const double *a, const double *b, int count) {
  double largest = 0.0;
  for (int i = 0; i < count; i++) {
    double difference = fabs(a[i] - b[i]);
    if (co_player_is_above(difference, largest)) largest = difference;
  }
  return largest;
}

co_status co_player_prepare(co_player *p) {
  const co_model *model = p->world->model;
  size_t longest = (size_t)(p->obs_dim + model->nq + model->nv + 2);
  size_t terms = (size_t)p->world->info.num_terms;
  p->action = co_alloc((size_t)p->act_dim + terms + 2 * longest, sizeof *p->action);
  if (!p->action) return CO_MEMORY;
  p->out->steps = p->steps;
  p->out->terminated.first = p->out->truncated.first = p->out->fault = -1;
  p->terms = p->action + p->act_dim;
  p->wanted = p->terms + terms;
  p->largest = p->wanted + longest;
  p->worst = co_alloc(longest, sizeof *p->worst);
  if (!p->worst) return CO_MEMORY;
  CO_TRY(co_row_create(&p->world->binding, &(co_stream){0, 0, CO_PURPOSE_RESET}, 0, &p->row));
  if (p->has_command && !p->is_dump) co_row_hold(&p->row, p->command);
  return CO_OK;
}

void co_player_release(co_player *p) {
  if (p->row.binding) co_row_free(&p->row);
  free(p->action);
  free(p->worst);
}

co_status co_player_start(co_player *p, const char *field, int index) {
  co_status status = co_row_start(&p->row);
  if (status != CO_INTERNAL) return status;  // what a row says of a start that gives no numbers
  return co_player_bad(p, field, index, "nothing can start there: %s", co_error_text());
}

co_status co_player_step(co_player *p, int step, co_row_result *result) {
  *result = (co_row_result){.terms = p->terms};
  CO_TRY(co_row_step(&p->row, p->action, result));
  if (result->fault && p->out->fault < 0) p->out->fault = step;
  return CO_OK;
}

static void note_elements(co_player *p, int first, const double *computed, const double *wanted,
                          int count, int step) {
  for (int i = 0; i < count; i++) {
    double difference = fabs(computed[i] - wanted[i]);
    if (!co_player_is_above(difference, p->largest[first + i])) continue;
    p->largest[first + i] = difference;
    p->worst[first + i].step = step;
    p->worst[first + i].recorded = wanted[i];
    p->worst[first + i].computed = computed[i];
  }
}

void co_player_note_elements(co_player *p, int step) {
  note_elements(p, 0, p->row.obs, p->wanted, p->obs_dim, step);
}

void co_player_note_qpos(co_player *p, const double *wanted, int step) {
  note_elements(p, p->obs_dim, p->row.physics->qpos, wanted, p->world->model->nq, step);
}

void co_player_note_qvel(co_player *p, const double *wanted, int step) {
  const co_model *model = p->world->model;
  note_elements(p, p->obs_dim + model->nq, p->row.physics->qvel, wanted, model->nv, step);
}

// Index of the element among first..end with the largest difference that has not been told; -1:
// none is left.
static int next_worst(const co_player *p, int first, int end) {
  int worst = -1;
  for (int i = first; i < end; i++) {
    if (p->largest[i] == 0) continue;
    if (worst < 0 || co_player_is_above(p->largest[i], p->largest[worst])) worst = i;
  }
  return worst;
}

// "qpos/hip", of the observation or of the state behind it.
static void name_element(const co_player *p, int index, char name[CO_NAME]) {
  const co_model *model = p->world->model;
  int qpos = index - p->obs_dim, qvel = qpos - model->nq;
  if (qpos < 0)
    snprintf(name, CO_NAME, "%s", p->world->info.obs[index].name);
  else if (qvel < 0)
    snprintf(name, CO_NAME, "qpos/%s", model->elements[CO_QPOS].name[qpos]);
  else
    snprintf(name, CO_NAME, "qvel/%s", model->elements[CO_QVEL].name[qvel]);
}

static bool is_told(const co_replay *out, const char *name) {
  for (int i = 0; i < out->num_worst; i++) {
    if (strcmp(out->worst[i].element, name) == 0) return true;
  }
  return false;
}

static void tell(co_player *p, int first, int end) {
  co_replay *out = p->out;
  for (int i; out->num_worst < CO_REPLAY_WORST && (i = next_worst(p, first, end)) >= 0;) {
    p->largest[i] = 0;
    char name[CO_NAME];
    name_element(p, i, name);
    if (is_told(out, name)) continue;  // the observation shows this coordinate
    co_replay_worst *worst = &out->worst[out->num_worst++];
    *worst = p->worst[i];
    memcpy(worst->element, name, sizeof name);
  }
}

void co_player_tell_worst(co_player *p) {
  const co_model *model = p->world->model;
  tell(p, 0, p->obs_dim);
  tell(p, p->obs_dim, p->obs_dim + model->nq + model->nv);
}
