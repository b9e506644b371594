// Command terms: what the policy is asked to do, drawn when an episode starts and again every so
// many control steps.

#include "envs/task/terms/terms.h"

static void check_ends(co_term *term, const co_term_binder *binder) {
  term->size = 1;
  double low = co_floats_at(&term->def->low, 0, NAN), high = co_floats_at(&term->def->high, 0, NAN);
  if (low > high) co_schema_error(binder->errors, binder->node, "low", "must not be above high");
  if (term->def->zero > 0 && (low > 0 || high < 0))
    co_schema_error(binder->errors, binder->node, "zero", "0 is not within low..high");
}

// One draw whatever the range, so that a fixed command does not shift the draws of others; its
// first part, where a command is 0 at times, decides that.
static void draw_uniform(const co_term *term, const co_moment *moment, co_rng *rng, double *value) {
  (void)moment;
  double low = term->def->low.value[0], high = term->def->high.value[0];
  double draw = co_rng_uniform(rng), zero = term->def->zero;
  if (zero > 0) {
    *value = draw < zero ? 0 : low + (high - low) * (draw - zero) / (1 - zero);
    return;
  }
  *value = low + (high - low) * draw;
}

const co_term_class co_command_terms[] = {
    {CO_TERM_COMMAND, "uniform", "name low high every zero", "name low high",
     .doc = "U(low, high), or 0 with the chance `zero`, drawn at reset and every so many control "
            "steps",
     .bind = check_ends, .command = draw_uniform},
    {.name = NULL},
};
