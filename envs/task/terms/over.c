// Terms that say whether something has happened: an episode is over (terminate) or has succeeded
// (success).

#include "envs/physics/trig.h"
#include "envs/task/terms/space.h"

#include <assert.h>
#include <string.h>

// ---- elements

// NaN is outside of everything.
static bool is_inside(const co_term_def *def, bool closed, double value) {
  if (closed)
    return (isnan(def->min) || value >= def->min) && (isnan(def->max) || value <= def->max);
  return (isnan(def->min) || value > def->min) && (isnan(def->max) || value < def->max);
}

static bool any_outside(const co_term *term, const co_moment *moment, double *state) {
  (void)state;
  bool closed = term->def->bounds && strcmp(term->def->bounds, "closed") == 0;
  for (int i = 0; i < term->refs; i++) {
    double value = co_ref_value(moment->physics, term->ref[i]);
    if (!is_inside(term->def, closed, value)) return true;
  }
  return false;
}

static bool any_non_finite(const co_term *term, const co_moment *moment, double *state) {
  (void)state;
  for (int i = 0; i < term->refs; i++) {
    if (!isfinite(co_ref_value(moment->physics, term->ref[i]))) return true;
  }
  return false;
}

// ---- distances

// Counts the control steps in a row; row.c asks every term at every step.
static bool is_near(const co_term *term, const co_moment *moment, double *state) {
  bool now = co_points_distance(term, moment->physics) < term->def->radius;
  *state = now ? *state + 1.0 : 0.0;
  return now && *state >= (double)term->def->count;
}

// NaN is far from everything.
static bool is_far(const co_term *term, const co_moment *moment, double *state) {
  (void)state;
  return !(co_points_distance(term, moment->physics) <= term->def->radius);
}

// ---- orientation

typedef struct tilt {
  co_frame frame;
  double cosine;  // of the largest angle allowed
} tilt;

// The cosine falls from 0 to pi, so one comparison does.
static void bind_tilted(co_term *term, const co_term_binder *binder) {
  const double pi = 3.141592653589793;
  double max = term->def->max;
  if (!(max > 0 && max < pi)) {
    co_schema_error(binder->errors, binder->node, "max", "must be an angle between 0 and pi [rad]");
  }
  tilt *data = co_term_alloc(binder, 1, sizeof *data);
  term->data = data;
  if (!data) return;
  data->cosine = co_cos(max);
  co_frame_bind(term, binder, &data->frame);
}

// The frame's z axis has the cosine of its angle to the world's as its z component.
static bool is_tilted(const co_term *term, const co_moment *moment, double *state) {
  (void)state;
  const tilt *data = term->data;
  assert(data);
  const double *matrix = co_frame_matrix(&data->frame, moment->physics);
  return matrix && !(matrix[8] >= data->cosine);
}

#define MEASURED                                                              \
  (CO_POINTS | CO_BIT(CO_QVEL) | CO_BIT(CO_BODY_QUAT) | CO_BIT(CO_BODY_MAT) | \
   CO_BIT(CO_BODY_VELOCITY) | CO_BIT(CO_SITE_MAT))

const co_term_class co_over_terms[] = {
    {CO_TERM_TERMINATE, "outside", "of min max bounds", "of", MEASURED,
     .doc = "when any element leaves min..max; bounds = \"open\" (a bound is outside) or "
            "\"closed\"",
     .over = any_outside},
    {CO_TERM_TERMINATE, "non_finite", "of", "", CO_BIT(CO_QPOS) | CO_BIT(CO_QVEL),
     .doc = "when any coordinate is not finite", .over = any_non_finite},
    {CO_TERM_TERMINATE, "near", "of to value radius count", "of radius", CO_POINTS, CO_POINTS,
     .state = 1,
     .doc =
         "when `of` is nearer than radius to `to` or the point `value`, count control steps in a "
         "row (default 1)",
     .bind = co_points_bind, .over = is_near},
    {CO_TERM_TERMINATE, "far", "of to value radius", "of radius", CO_POINTS, CO_POINTS,
     .doc = "when `of` is farther than radius from `to` or the point `value`",
     .bind = co_points_bind, .over = is_far},
    {CO_TERM_TERMINATE, "tilted", "frame max", "frame max",
     .doc = "when the z axis of a body or site is more than max [rad] away from up",
     .bind = bind_tilted, .over = is_tilted},
    {.name = NULL},
};
