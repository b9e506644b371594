#include "envs/row.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

co_status co_row_create(const co_binding *binding, const co_stream *stream, uint32_t index,
                        co_row *out) {
  assert(binding->obs_dim > 0 && binding->act_dim > 0);
  *out = (co_row){.binding = binding, .rng = co_rng_make(stream, index)};
  size_t dims = (size_t)(binding->obs_dim + binding->state_size + 2 * binding->act_dim);
  out->obs = calloc(dims, sizeof *out->obs);
  if (!out->obs) return co_fail(CO_MEMORY, "out of memory");
  out->state = out->obs + binding->obs_dim;
  out->clipped = out->state + binding->state_size;
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

// value = clip(scale * raw + offset), element by element
static void observe(co_row *row) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_OBSERVATION];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    const co_obs_element *element = &row->binding->obs[term->at];
    assert(term->at + term->size <= row->binding->obs_dim);
    for (int j = 0; j < term->size; j++) {
      double raw = term->class->observe(co_ref_value(row->physics, term->ref[j]));
      row->obs[term->at + j] =
          clip(element->scale * raw + element->offset, element->clip_low, element->clip_high);
    }
  }
}

co_status co_row_clear(co_row *row) {
  row->episode++;
  row->step = 0;
  row->fault = false;
  memset(row->state, 0, (size_t)row->binding->state_size * sizeof *row->state);
  return row->binding->model->engine->reset(row->physics);
}

co_status co_row_start(co_row *row) {
  CO_TRY(row->binding->model->engine->forward(row->physics));
  observe(row);
  if (all_finite(row->obs, row->binding->obs_dim)) return CO_OK;
  return co_fail(CO_INTERNAL, "%s: the reset gives a non-finite observation",
                 row->binding->model->name);
}

co_status co_row_reset(co_row *row) {
  CO_TRY(co_row_clear(row));
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_RESET];
  for (int i = 0; i < terms->count; i++) {
    terms->term[i].class->draw(&terms->term[i], row->physics, &row->rng);
  }
  return co_row_start(row);
}

// Clips, scales, and hands each action term its part.
static void act(co_row *row, const double *action) {
  const co_binding *binding = row->binding;
  for (int i = 0; i < binding->act_dim; i++) {
    const co_action_element *element = &binding->action[i];
    row->clipped[i] = clip(action[i], element->low, element->high);
    row->control[i] = element->scale * row->clipped[i] + element->offset;
  }
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    assert(term->at + term->size <= binding->act_dim);
    term->class->control(term, row->physics, row->control + term->at);
  }
}

// What reward terms need of the state before the step.
static void remember(co_row *row) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_REWARD];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    assert(term->state_at + term->class->state <= row->binding->state_size);
    if (term->class->before) term->class->before(term, row->physics, row->state + term->state_at);
  }
}

static bool is_over(const co_row *row) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_TERMINATE];
  for (int i = 0; i < terms->count; i++) {
    if (terms->term[i].class->over(&terms->term[i], row->physics)) return true;
  }
  return false;
}

// The sum is formed in the order of the file, in double: part of the recorded results.
static void reward(const co_row *row, const double *action, co_row_result *result) {
  const co_binding *binding = row->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_REWARD];
  co_moment moment = {row->physics,       action,     row->clipped, binding->act_dim,
                      result->terminated, binding->dt};
  result->reward = 0.0;
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    double value =
        term->def->weight * term->class->reward(term, &moment, row->state + term->state_at);
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
  result->terminated = result->truncated = false;
  result->fault = true;
}

co_status co_row_step(co_row *row, const double *action, co_row_result *result) {
  const co_binding *binding = row->binding;
  const co_engine *engine = binding->model->engine;
  assert(row->episode > 0);  // a row is reset before its first step
  if (row->fault || !all_finite(action, binding->act_dim)) {
    mark_fault(row, result);
    return CO_OK;
  }
  act(row, action);
  remember(row);
  CO_TRY(co_physics_step(row->physics, (int)binding->task->substeps));
  if (binding->task->observe) CO_TRY(engine->refresh(row->physics));
  row->step++;
  observe(row);
  result->fault = false;
  result->terminated = is_over(row);
  result->truncated = row->step >= binding->task->horizon;
  reward(row, action, result);
  if (engine->fault(row->physics) || !all_finite(row->obs, binding->obs_dim) ||
      !all_finite(&result->reward, 1)) {
    mark_fault(row, result);
  }
  return CO_OK;
}

// ---- a row as bytes: the fixed part, then observation and term state, then the engine's state

typedef struct saved {
  co_rng rng;
  int64_t episode, faults, step;
  int64_t fault;
} saved;

static size_t doubles_of(const co_binding *binding) {
  return (size_t)(binding->obs_dim + binding->state_size) * sizeof(double);
}

size_t co_row_size(const co_binding *binding) {
  return sizeof(saved) + doubles_of(binding) + binding->model->engine->state_size(binding->model);
}

void co_row_save(const co_row *row, void *bytes) {
  unsigned char *at = bytes;
  saved fixed;
  memset(&fixed, 0, sizeof fixed);  // padding too: equal rows are equal bytes
  fixed.rng = row->rng;
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
  if (fixed.rng.have > 4 || fixed.episode < 0 || fixed.faults < 0 || fixed.step < 0 ||
      (fixed.fault != 0 && fixed.fault != 1)) {
    return co_fail(CO_DATA, "the saved row is damaged");
  }
  row->rng = fixed.rng;
  row->episode = fixed.episode;
  row->faults = fixed.faults;
  row->step = fixed.step;
  row->fault = fixed.fault;
  memcpy(row->obs, at + sizeof fixed, doubles_of(row->binding));
  row->binding->model->engine->restore(row->physics, at + sizeof fixed + doubles_of(row->binding));
  return CO_OK;
}
