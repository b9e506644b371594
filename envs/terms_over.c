// Terms that say whether something has happened: an episode is over (terminate) or has succeeded
// (success).

#include "envs/terms.h"

#include <string.h>

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

#define PLACES                                                                     \
  (CO_BIT(CO_QPOS) | CO_BIT(CO_QVEL) | CO_BIT(CO_BODY_POS) | CO_BIT(CO_BODY_MAT) | \
   CO_BIT(CO_SITE_POS))

const co_term_class co_over_terms[] = {
    {CO_TERM_TERMINATE, "outside", "of min max bounds", "of", PLACES,
     .doc = "when any element leaves min..max; bounds = \"open\" (a bound is outside) or "
            "\"closed\"",
     .over = any_outside},
    {CO_TERM_TERMINATE, "non_finite", "of", "", CO_BIT(CO_QPOS) | CO_BIT(CO_QVEL),
     .doc = "when any coordinate is not finite", .over = any_non_finite},
    {.name = NULL},
};
