// Reset terms: change the nominal start of an episode.

#include "envs/terms.h"

#include <assert.h>

enum { kState = CO_BIT(CO_QPOS) | CO_BIT(CO_QVEL) };

static void add(co_physics *physics, co_ref ref, double value) {
  co_ref_write(physics, ref, co_ref_value(physics, ref) + value);
}

static void check_range(co_term *term, const co_term_binder *binder) {
  const co_term_def *def = term->def;
  bool range = def->low.count && def->high.count, part = def->low.count || def->high.count;
  if (def->scale.count ? !part : range) return;
  co_schema_error(binder->errors, binder->node, "scale",
                  "\"uniform\" needs either scale, or low and high");
}

static void add_uniform(const co_term *term, const co_moment *moment, co_rng *rng) {
  const co_term_def *def = term->def;
  for (int i = 0; i < term->refs; i++) {
    double scale = co_floats_at(&def->scale, i, NAN);
    double low = co_floats_at(&def->low, i, -scale), high = co_floats_at(&def->high, i, scale);
    add(moment->physics, term->ref[i], low + (high - low) * co_rng_uniform(rng));
  }
}

static void add_normal(const co_term *term, const co_moment *moment, co_rng *rng) {
  for (int i = 0; i < term->refs; i++) {
    double scale = co_floats_at(&term->def->scale, i, NAN);
    add(moment->physics, term->ref[i], scale * co_rng_normal(rng));
  }
}

const co_term_class co_reset_terms[] = {
    {CO_TERM_RESET, "uniform", "of scale low high", "of", kState,
     .doc = "adds U(-scale, scale) or U(low, high) to each coordinate's nominal value",
     .bind = check_range, .draw = add_uniform},
    {CO_TERM_RESET, "normal", "of scale", "of scale", kState,
     .doc = "adds scale * N(0, 1) to each coordinate's nominal value", .draw = add_normal},
    {.name = NULL},
};
