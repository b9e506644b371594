#include "envs/terms.h"

#include "core/text.h"
#include "envs/trig.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { kQpos = 1 << CO_QPOS, kQvel = 1 << CO_QVEL, kCtrl = 1 << CO_CTRL, kState = kQpos | kQvel };

// ---- observation

static double value_itself(double value) {
  return value;
}

// ---- action

static void write_ctrl(const co_term *term, co_physics *physics, const double *action) {
  for (int i = 0; i < term->size; i++) physics->ctrl[term->ref[i].index] = action[i];
}

// ---- reward

static double sum_of_squares(const double *value, int count) {
  double sum = 0.0;
  for (int i = 0; i < count; i++) sum += value[i] * value[i];
  return sum;
}

static void keep_value(const co_term *term, const co_physics *physics, double *state) {
  assert(term->size == 1);
  *state = co_ref_value(physics, term->ref[0]);
}

static double finite_difference(const co_term *term, const co_moment *moment, const double *state) {
  return (co_ref_value(moment->physics, term->ref[0]) - *state) / moment->dt;
}

static double one_while_alive(const co_term *term, const co_moment *moment, const double *state) {
  (void)term, (void)state;
  return moment->terminated ? 0.0 : 1.0;
}

static double action_square(const co_term *term, const co_moment *moment, const double *state) {
  (void)state;
  bool clipped = term->def->action && strcmp(term->def->action, "clipped") == 0;
  return sum_of_squares(clipped ? moment->clipped : moment->action, moment->act_dim);
}

static double angles_square(const co_term *term, const co_physics *physics) {
  double sum = 0.0;
  for (int i = 0; i < term->size; i++) {
    double angle = co_wrap(co_ref_value(physics, term->ref[i]));
    sum += angle * angle;
  }
  return sum;
}

static double rates_square(const co_term *term, const co_physics *physics) {
  double sum = 0.0;
  for (int i = 0; i < term->size; i++) {
    double rate = co_ref_value(physics, term->ref[i]);
    sum += rate * rate;
  }
  return sum;
}

static bool is_before(const co_term *term) {
  return term->def->when && strcmp(term->def->when, "before") == 0;
}

static void keep_angles(const co_term *term, const co_physics *physics, double *state) {
  *state = angles_square(term, physics);
}

static void keep_rates(const co_term *term, const co_physics *physics, double *state) {
  *state = rates_square(term, physics);
}

static double angle_square(const co_term *term, const co_moment *moment, const double *state) {
  return is_before(term) ? *state : angles_square(term, moment->physics);
}

static double rate_square(const co_term *term, const co_moment *moment, const double *state) {
  return is_before(term) ? *state : rates_square(term, moment->physics);
}

// ---- terminate

// NaN is outside of everything.
static bool is_inside(const co_term_def *def, bool closed, double value) {
  if (closed)
    return (isnan(def->min) || value >= def->min) && (isnan(def->max) || value <= def->max);
  return (isnan(def->min) || value > def->min) && (isnan(def->max) || value < def->max);
}

static bool any_outside(const co_term *term, const co_physics *physics) {
  bool closed = term->def->bounds && strcmp(term->def->bounds, "closed") == 0;
  for (int i = 0; i < term->size; i++) {
    if (!is_inside(term->def, closed, co_ref_value(physics, term->ref[i]))) return true;
  }
  return false;
}

static bool any_non_finite(const co_term *term, const co_physics *physics) {
  for (int i = 0; i < term->size; i++) {
    if (!isfinite(co_ref_value(physics, term->ref[i]))) return true;
  }
  return false;
}

// ---- reset

static double *place_of(co_physics *physics, co_ref ref) {
  return (ref.group == CO_QPOS ? physics->qpos : physics->qvel) + ref.index;
}

static void add_uniform(const co_term *term, co_physics *physics, co_rng *rng) {
  const co_term_def *def = term->def;
  assert(!isnan(def->scale) || (!isnan(def->low) && !isnan(def->high)));
  double low = isnan(def->scale) ? def->low : -def->scale;
  double high = isnan(def->scale) ? def->high : def->scale;
  for (int i = 0; i < term->size; i++) {
    *place_of(physics, term->ref[i]) += low + (high - low) * co_rng_uniform(rng);
  }
}

static void add_normal(const co_term *term, co_physics *physics, co_rng *rng) {
  for (int i = 0; i < term->size; i++) {
    *place_of(physics, term->ref[i]) += term->def->scale * co_rng_normal(rng);
  }
}

// ---- the table

#define OBSERVATION_KEYS "name of from count scale offset clip"

const co_term_class co_terms[] = {
    {CO_TERM_OBSERVATION, "qpos", OBSERVATION_KEYS, "", kQpos, 0, NULL, "positions",
     .observe = value_itself},
    {CO_TERM_OBSERVATION, "qvel", OBSERVATION_KEYS, "", kQvel, 0, NULL, "velocities",
     .observe = value_itself},
    {CO_TERM_OBSERVATION, "cos", OBSERVATION_KEYS, "", kQpos, 0, "1", "cosines of angles",
     .observe = co_cos},
    {CO_TERM_OBSERVATION, "sin", OBSERVATION_KEYS, "", kQpos, 0, "1", "sines of angles",
     .observe = co_sin},
    {CO_TERM_ACTION, "ctrl", "actuators scale offset clip", "", kCtrl, 0, NULL,
     "scale * action + offset goes to the actuator; bounds are the actuator's unless clip is given",
     .control = write_ctrl},
    {CO_TERM_REWARD, "velocity", "name of weight", "of", kQpos, 1, NULL,
     "change of one coordinate over the control step, divided by its duration",
     .before = keep_value, .reward = finite_difference},
    {CO_TERM_REWARD, "alive", "name weight", "", 0, 0, "1",
     "1 for every step that does not terminate the episode", .reward = one_while_alive},
    {CO_TERM_REWARD, "action_square", "name weight action", "", 0, 0, "1",
     "sum of squares of the action, raw (as the policy gave it) or clipped to its bounds",
     .reward = action_square},
    {CO_TERM_REWARD, "angle_square", "name of weight when", "of", kQpos, 1, "rad^2",
     "sum of squares of angles brought to [-pi, pi), after or before the control step",
     .before = keep_angles, .reward = angle_square},
    {CO_TERM_REWARD, "rate_square", "name of weight when", "of", kQvel, 1, NULL,
     "sum of squares of velocities, after or before the control step", .before = keep_rates,
     .reward = rate_square},
    {CO_TERM_TERMINATE, "outside", "of min max bounds", "of", kState, 0, NULL,
     "over when any coordinate leaves min..max; bounds = \"open\" (a bound is outside) or "
     "\"closed\"",
     .over = any_outside},
    {CO_TERM_TERMINATE, "non_finite", "of", "", kState, 0, NULL,
     "over when any coordinate is not finite", .over = any_non_finite},
    {CO_TERM_RESET, "uniform", "of scale low high", "of", kState, 0, NULL,
     "adds U(-scale, scale) or U(low, high) to each coordinate's nominal value",
     .draw = add_uniform},
    {CO_TERM_RESET, "normal", "of scale", "of scale", kState, 0, NULL,
     "adds scale * N(0, 1) to each coordinate's nominal value", .draw = add_normal},
};

const int co_num_terms = sizeof co_terms / sizeof *co_terms;

const char *co_term_kind_name(co_term_kind kind) {
  static const char *const name[] = {
#define X(id, text) [id] = text,
      CO_TERM_KIND_LIST(X)
#undef X
  };
  assert(kind < CO_NUM_TERM_KINDS);
  return name[kind];
}

const co_term_class *co_term_find(co_term_kind kind, const char *name) {
  for (int i = 0; i < co_num_terms; i++) {
    if (co_terms[i].kind == kind && strcmp(co_terms[i].name, name) == 0) return &co_terms[i];
  }
  return NULL;
}

bool co_word_in(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at += length) {
    bool starts = at == list || at[-1] == ' ';
    if (starts && (at[length] == ' ' || at[length] == '\0')) return true;
  }
  return false;
}

double co_ref_value(const co_physics *physics, co_ref ref) {
  assert(ref.index >= 0 && ref.index < physics->model->elements[ref.group].count);
  switch (ref.group) {
    case CO_QPOS: return physics->qpos[ref.index];
    case CO_QVEL: return physics->qvel[ref.index];
    default: return physics->ctrl[ref.index];
  }
}

const char *co_ref_name(const co_model *model, co_ref ref) {
  assert(ref.group < CO_NUM_ELEMENTS && ref.index < model->elements[ref.group].count);
  return model->elements[ref.group].name[ref.index];
}

static bool matches(const char *pattern, co_element group, const char *name) {
  char full[512];
  snprintf(full, sizeof full, "%s/%s", co_element_name(group), name);
  return co_glob_match(pattern, full) || co_glob_match(pattern, name) ||
         co_glob_match(pattern, co_element_name(group));
}

co_status co_refs_select(const co_model *model, unsigned groups, const char *pattern,
                         co_arena *arena, co_ref **ref, int *size) {
  size_t most = (size_t)(model->nq + model->nv + model->nu);
  *ref = co_arena_alloc(arena, most, sizeof **ref);
  *size = 0;
  if (!*ref) return co_fail(CO_MEMORY, "out of memory");
  for (int group = CO_QPOS; group <= CO_CTRL; group++) {
    if (!(groups & 1u << group)) continue;
    const co_elements *elements = &model->elements[group];
    for (int i = 0; i < elements->count; i++) {
      if (matches(pattern, (co_element)group, elements->name[i])) {
        (*ref)[(*size)++] = (co_ref){(co_element)group, i};
      }
    }
  }
  return CO_OK;
}
