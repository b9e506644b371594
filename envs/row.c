#include "envs/row.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What is kept from step to step and saved: observation, term state, command, two actions.
static int kept_doubles(const co_binding *binding) {
  return binding->obs_dim + binding->state_size + binding->num_commands + 2 * binding->act_dim;
}

co_status co_row_create(const co_binding *binding, const co_stream *stream, uint32_t index,
                        co_row *out) {
  assert(binding->obs_dim > 0 && binding->act_dim > 0);
  *out = (co_row){.binding = binding,
                  .rng = co_rng_make(stream, index),
                  .signal = co_rng_make_lane(stream, index, 1)};
  int dims = kept_doubles(binding) + binding->raw_dim + 2 * binding->act_dim;
  out->obs = calloc((size_t)dims, sizeof *out->obs);
  if (!out->obs) return co_fail(CO_MEMORY, "out of memory");
  out->state = out->obs + binding->obs_dim;
  out->command = out->state + binding->state_size;
  out->action = out->command + binding->num_commands;
  out->previous = out->action + binding->act_dim;
  out->raw = out->previous + binding->act_dim;
  out->clipped = out->raw + binding->raw_dim;
  out->control = out->clipped + binding->act_dim;
  co_status status = co_physics_create(binding->model, &out->physics);
  if (status != CO_OK) co_row_free(out);
  return status;
}

void co_row_free(co_row *row) {
  co_physics_free(row->physics);
  free(row->obs);
  *row = (co_row){0};
}

// Beyond the range of float32 counts as non-finite: that is what the batch holds.
static bool all_finite(const double *value, int count) {
  for (int i = 0; i < count; i++) {
    if (!(fabs(value[i]) <= FLT_MAX)) return false;
  }
  return true;
}

static double clip(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

static co_moment moment_of(const co_row *row) {
  const co_binding *binding = row->binding;
  return (co_moment){.physics = row->physics,
                     .pose = binding->pose,
                     .command = row->command,
                     .action = row->action,
                     .clipped = row->clipped,
                     .previous = row->previous,
                     .act_dim = binding->act_dim,
                     .step = row->step,
                     .horizon = binding->task->horizon,
                     .dt = binding->dt};
}

static double *state_of(const co_row *row, const co_term *term) {
  assert(term->state_at + term->states <= row->binding->state_size);
  return row->state + term->state_at;
}

// ---- observation

// value = clip(scale * raw + offset); the past moves up by one place, or is filled at the start.
static void write_term(const co_row *row, const co_term *term, const co_obs_term *about,
                       bool first) {
  const co_obs_element *element = &row->binding->raw[about->raw_at];
  size_t size = (size_t)term->size;
  double *now = row->obs + term->at + (size_t)(about->history - 1) * size;
  double *past = row->obs + term->at;
  if (past < now) memmove(past, past + size, (size_t)(now - past) * sizeof *past);
  for (int i = 0; i < term->size; i++) {
    double value = element[i].scale * row->raw[about->raw_at + i] + element[i].offset;
    now[i] = clip(value, element[i].clip_low, element[i].clip_high);
  }
  for (; first && past < now; past += size) memcpy(past, now, size * sizeof *past);
}

static void observe(co_row *row, const co_moment *moment, bool first) {
  const co_binding *binding = row->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    term->class->observe(term, moment, state_of(row, term), row->raw + binding->obs_term[i].raw_at);
  }
  for (int i = 0; i < terms->count; i++) {
    write_term(row, &terms->term[i], &binding->obs_term[i], first);
  }
}

// ---- commands

static void draw_commands(co_row *row, const co_moment *moment) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_COMMAND];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    bool due = row->step == 0 || (term->def->every && row->step % term->def->every == 0);
    if (due) term->class->command(term, moment, &row->signal, row->command + term->at);
  }
}

// ---- reset

co_status co_row_clear(co_row *row) {
  const co_binding *binding = row->binding;
  row->episode++;
  row->step = 0;
  row->fault = false;
  memset(row->obs, 0, (size_t)kept_doubles(binding) * sizeof *row->obs);
  CO_TRY(binding->model->engine->reset(row->physics));
  for (int i = 0; i < binding->model->nq; i++) {
    co_ref ref = {CO_QPOS, i, co_model_at(binding->model, CO_QPOS, i)};
    co_ref_write(row->physics, ref, binding->pose[i]);
  }
  return CO_OK;
}

static void begin_terms(co_row *row, const co_moment *moment) {
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) {
    const co_terms_bound *terms = &row->binding->terms[kind];
    for (int i = 0; i < terms->count; i++) {
      const co_term *term = &terms->term[i];
      if (term->class->begin) term->class->begin(term, moment, state_of(row, term));
    }
  }
}

co_status co_row_start(co_row *row) {
  CO_TRY(row->binding->model->engine->forward(row->physics));
  co_moment moment = moment_of(row);
  draw_commands(row, &moment);
  begin_terms(row, &moment);
  observe(row, &moment, true);
  if (all_finite(row->obs, row->binding->obs_dim)) return CO_OK;
  return co_fail(CO_INTERNAL, "%s: the reset gives a non-finite observation",
                 row->binding->model->name);
}

co_status co_row_reset(co_row *row) {
  CO_TRY(co_row_clear(row));
  co_moment moment = moment_of(row);
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_RESET];
  for (int i = 0; i < terms->count; i++) {
    terms->term[i].class->draw(&terms->term[i], &moment, &row->rng);
  }
  return co_row_start(row);
}

// ---- step

// Clips, scales, and hands each action term its part.
static void act(co_row *row, const co_moment *moment) {
  const co_binding *binding = row->binding;
  for (int i = 0; i < binding->act_dim; i++) {
    const co_action_element *element = &binding->action[i];
    row->clipped[i] = clip(row->action[i], element->low, element->high);
    row->control[i] = element->scale * row->clipped[i] + element->offset;
  }
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    assert(term->at + term->size <= binding->act_dim);
    term->class->control(term, moment, state_of(row, term), row->control + term->at);
  }
}

// What terms need of the state before the step.
static void remember(co_row *row, const co_moment *moment) {
  for (int kind = CO_TERM_REWARD; kind <= CO_TERM_SUCCESS; kind++) {
    const co_terms_bound *terms = &row->binding->terms[kind];
    for (int i = 0; i < terms->count; i++) {
      const co_term *term = &terms->term[i];
      if (term->class->before) term->class->before(term, moment, state_of(row, term));
    }
  }
}

static co_status advance(co_row *row) {
  const co_binding *binding = row->binding;
  int substeps = (int)binding->task->substeps;
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  if (!binding->substeps) CO_TRY(co_physics_step(row->physics, substeps));
  for (int step = 0; binding->substeps && step < substeps; step++) {
    for (int i = 0; i < terms->count; i++) {
      const co_term *term = &terms->term[i];
      if (term->class->substep) term->class->substep(term, row->physics, state_of(row, term));
    }
    CO_TRY(co_physics_step(row->physics, 1));
  }
  if (binding->task->observe) CO_TRY(binding->model->engine->refresh(row->physics));
  if (binding->contact_forces) CO_TRY(binding->model->engine->contact_forces(row->physics));
  return CO_OK;
}

// Every term is asked, so that those that count steps see them all.
static bool any_over(const co_row *row, co_term_kind kind, const co_moment *moment) {
  const co_terms_bound *terms = &row->binding->terms[kind];
  bool over = false;
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    over = term->class->over(term, moment, state_of(row, term)) || over;
  }
  return over;
}

// The sum is formed in the order of the file, in double: part of the recorded results.
static void reward(const co_row *row, const co_moment *moment, co_row_result *result) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_REWARD];
  result->reward = 0.0;
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    double value = term->def->weight * term->class->reward(term, moment, state_of(row, term));
    if (result->terms) result->terms[i] = value;
    result->reward += value;
  }
}

// Leaves nothing non-finite behind for the caller.
static void mark_fault(co_row *row, co_row_result *result) {
  if (!row->fault) row->faults++;
  row->fault = true;
  memset(row->obs, 0, (size_t)row->binding->obs_dim * sizeof *row->obs);
  if (result->terms) {
    memset(result->terms, 0, (size_t)row->binding->num_rewards * sizeof *result->terms);
  }
  result->reward = 0.0;
  result->terminated = result->truncated = result->success = false;
  result->fault = true;
}

static void judge(co_row *row, co_moment *moment, co_row_result *result) {
  result->fault = false;
  result->success = moment->success = any_over(row, CO_TERM_SUCCESS, moment);
  result->terminated = moment->terminated = any_over(row, CO_TERM_TERMINATE, moment);
  result->truncated = row->step >= row->binding->task->horizon;
  reward(row, moment, result);
}

co_status co_row_step(co_row *row, const double *action, co_row_result *result) {
  const co_binding *binding = row->binding;
  assert(row->episode > 0);  // a row is reset before its first step
  if (row->fault || !all_finite(action, binding->act_dim)) {
    mark_fault(row, result);
    return CO_OK;
  }
  memcpy(row->previous, row->action, (size_t)binding->act_dim * sizeof *action);
  memcpy(row->action, action, (size_t)binding->act_dim * sizeof *action);
  co_moment moment = moment_of(row);
  act(row, &moment);
  remember(row, &moment);
  CO_TRY(advance(row));
  moment.step = ++row->step;
  judge(row, &moment, result);
  draw_commands(row, &moment);
  observe(row, &moment, false);
  if (binding->model->engine->fault(row->physics) || !all_finite(row->obs, binding->obs_dim) ||
      !all_finite(&result->reward, 1)) {
    mark_fault(row, result);
  }
  return CO_OK;
}

// ---- a row as bytes: the fixed part, then what is kept from step to step, then the engine's state

typedef struct saved {
  co_rng rng, signal;
  int64_t episode, faults, step;
  int64_t fault;
} saved;

static size_t doubles_of(const co_binding *binding) {
  return (size_t)kept_doubles(binding) * sizeof(double);
}

size_t co_row_size(const co_binding *binding) {
  return sizeof(saved) + doubles_of(binding) + binding->model->engine->state_size(binding->model);
}

void co_row_save(const co_row *row, void *bytes) {
  unsigned char *at = bytes;
  saved fixed;
  memset(&fixed, 0, sizeof fixed);  // padding too: equal rows are equal bytes
  fixed.rng = row->rng;
  fixed.signal = row->signal;
  fixed.episode = row->episode;
  fixed.faults = row->faults;
  fixed.step = row->step;
  fixed.fault = row->fault;
  memcpy(at, &fixed, sizeof fixed);
  memcpy(at + sizeof fixed, row->obs, doubles_of(row->binding));
  row->binding->model->engine->save(row->physics, at + sizeof fixed + doubles_of(row->binding));
}

co_status co_row_load(co_row *row, const void *bytes) {
  const unsigned char *at = bytes;
  saved fixed;
  memcpy(&fixed, at, sizeof fixed);
  if (fixed.rng.have > 4 || fixed.signal.have > 4 || fixed.episode < 0 || fixed.faults < 0 ||
      fixed.step < 0 || (fixed.fault != 0 && fixed.fault != 1)) {
    return co_fail(CO_DATA, "the saved row is damaged");
  }
  row->rng = fixed.rng;
  row->signal = fixed.signal;
  row->episode = fixed.episode;
  row->faults = fixed.faults;
  row->step = fixed.step;
  row->fault = fixed.fault;
  memcpy(row->obs, at + sizeof fixed, doubles_of(row->binding));
  row->binding->model->engine->restore(row->physics, at + sizeof fixed + doubles_of(row->binding));
  return CO_OK;
}
