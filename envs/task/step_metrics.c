#include "envs/task/step_metrics.h"

#include <assert.h>
#include <string.h>

static const double kTrackingWidth = 0.5;  // [m/s]

// What the metrics are found in.
typedef struct place {
  const co_model *model;
  const co_terms_bound *terms;  // (CO_NUM_TERM_KINDS)
  const co_command_element *command;
  int num_commands;
} place;

static int command_named(const place *p, const char *name) {
  for (int i = 0; i < p->num_commands; i++) {
    if (strcmp(p->command[i].name, name) == 0) return i;
  }
  return -1;
}

// The first term of a kind that looks at velocities or gravity from a body or site.
static const co_term *looking_term(const place *p, co_term_kind kind) {
  static const char kLooking[] = "track_linear track_yaw linear_velocity angular_velocity gravity";
  const co_terms_bound *terms = &p->terms[kind];
  for (int i = 0; i < terms->count; i++) {
    if (co_word_in(kLooking, terms->term[i].class->name)) return &terms->term[i];
  }
  return NULL;
}

static bool bind_tracking(const place *p, co_step_metrics *out) {
  const co_term *term = looking_term(p, CO_TERM_REWARD);
  if (!term) term = looking_term(p, CO_TERM_OBSERVATION);
  out->vx = command_named(p, "vx");
  out->vy = command_named(p, "vy");
  if (out->vx < 0 || out->vy < 0 || !term || !p->model->engine->object_velocity) return false;
  // the term has been bound, so that this cannot fail
  bool found = co_frame_bind(term, &(co_term_binder){.model = p->model}, &out->frame);
  assert(found);
  return found;
}

// Of a length, and not along another axis.
static bool is_along_x(const place *p, const co_term *term) {
  if (!term->refs) return strcmp(term->def->of, "x") == 0;  // the centre of mass
  const co_ref *ref = term->ref;
  const char *name = co_ref_name(p->model, *ref), *dot = strrchr(name, '.');
  const char *unit = p->model->elements[ref->group].unit[ref->index];
  return strcmp(unit, "m") == 0 && !(dot && (strcmp(dot, ".y") == 0 || strcmp(dot, ".z") == 0));
}

static const co_term *speed_term(const place *p) {
  const co_terms_bound *rewards = &p->terms[CO_TERM_REWARD];
  for (int i = 0; i < rewards->count; i++) {
    const co_term *term = &rewards->term[i];
    if (term->class->speed && is_along_x(p, term)) return term;
  }
  return NULL;
}

co_step_metrics co_step_metrics_bind(const co_model *model,
                                     const co_terms_bound terms[CO_NUM_TERM_KINDS],
                                     const co_command_element *command, int num_commands) {
  const place here = {model, terms, command, num_commands};
  co_step_metrics out = {.speed = speed_term(&here)};
  out.has[CO_STEP_TRACKING] = bind_tracking(&here, &out);
  if (out.has[CO_STEP_TRACKING]) out.speed = NULL;
  out.has[CO_STEP_VX] = out.has[CO_STEP_TRACKING] || out.speed;
  return out;
}

void co_step_metrics_measure(const co_step_metrics *metrics, const co_moment *moment,
                             const double *state, double value[CO_NUM_STEP_METRICS]) {
  memset(value, 0, CO_NUM_STEP_METRICS * sizeof *value);
  const co_term *speed = metrics->speed;
  if (speed) value[CO_STEP_VX] = speed->class->speed(speed, moment, state + speed->state_at);
  if (!metrics->has[CO_STEP_TRACKING]) return;
  double velocity[6];
  co_frame_velocity(&metrics->frame, moment->physics, velocity);
  double x = velocity[3] - moment->command[metrics->vx];
  double y = velocity[4] - moment->command[metrics->vy];
  value[CO_STEP_VX] = velocity[3];
  value[CO_STEP_TRACKING] = exp(-(x * x + y * y) / (kTrackingWidth * kTrackingWidth));
}
