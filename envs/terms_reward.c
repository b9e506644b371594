// Reward terms.

#include "envs/terms.h"
#include "envs/trig.h"

#include <assert.h>
#include <string.h>

static double sum_of_squares(const double *value, int count) {
  double sum = 0.0;
  for (int i = 0; i < count; i++) sum += value[i] * value[i];
  return sum;
}

static void bind_one(co_term *term, const co_term_binder *binder) {
  if (term->refs == 1) return;
  co_schema_error(binder->errors, binder->node, "of", "\"%s\" takes one element, %d match",
                  term->class->name, term->refs);
}

static void keep_value(const co_term *term, const co_moment *moment, double *state) {
  *state = co_ref_value(moment->physics, term->ref[0]);
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
  for (int i = 0; i < term->refs; i++) {
    double angle = co_wrap(co_ref_value(physics, term->ref[i]));
    sum += angle * angle;
  }
  return sum;
}

static double rates_square(const co_term *term, const co_physics *physics) {
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    double rate = co_ref_value(physics, term->ref[i]);
    sum += rate * rate;
  }
  return sum;
}

static bool is_before(const co_term *term) {
  return term->def->when && strcmp(term->def->when, "before") == 0;
}

static void keep_angles(const co_term *term, const co_moment *moment, double *state) {
  *state = angles_square(term, moment->physics);
}

static void keep_rates(const co_term *term, const co_moment *moment, double *state) {
  *state = rates_square(term, moment->physics);
}

static double angle_square(const co_term *term, const co_moment *moment, const double *state) {
  return is_before(term) ? *state : angles_square(term, moment->physics);
}

static double rate_square(const co_term *term, const co_moment *moment, const double *state) {
  return is_before(term) ? *state : rates_square(term, moment->physics);
}

const co_term_class co_reward_terms[] = {
    {CO_TERM_REWARD, "velocity", "name of weight", "of",
     CO_BIT(CO_QPOS) | CO_BIT(CO_BODY_POS) | CO_BIT(CO_SITE_POS), .state = 1,
     .doc = "change of one coordinate over the control step, divided by its duration",
     .bind = bind_one, .before = keep_value, .reward = finite_difference},
    {CO_TERM_REWARD, "alive", "name weight", "", .unit = "1",
     .doc = "1 for every step that does not terminate the episode", .reward = one_while_alive},
    {CO_TERM_REWARD, "action_square", "name weight action", "", .unit = "1",
     .doc = "sum of squares of the action, raw (as the policy gave it) or clipped to its bounds",
     .reward = action_square},
    {CO_TERM_REWARD, "angle_square", "name of weight when", "of", CO_BIT(CO_QPOS), .state = 1,
     .unit = "rad^2",
     .doc = "sum of squares of angles brought to [-pi, pi), after or before the control step",
     .before = keep_angles, .reward = angle_square},
    {CO_TERM_REWARD, "rate_square", "name of weight when", "of", CO_BIT(CO_QVEL), .state = 1,
     .doc = "sum of squares of velocities, after or before the control step", .before = keep_rates,
     .reward = rate_square},
    {.name = NULL},
};
