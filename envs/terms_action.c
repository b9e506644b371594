// Action terms: what becomes of the policy's output.

#include "envs/terms.h"

#define KEYS "actuators order scale offset clip"

static void write_ctrl(const co_term *term, const co_moment *moment, double *state,
                       const double *action) {
  (void)state;
  for (int i = 0; i < term->size; i++) co_ref_write(moment->physics, term->ref[i], action[i]);
}

// Bounds in units of the action: the actuator's, seen through scale and offset.
static void bound_by_range(const co_term *term, const co_term_binder *binder, int i,
                           co_action_element *element) {
  const co_model *model = binder->model;
  int control = term->ref[i].index;
  double first = (model->ctrl_low[control] - element->offset) / element->scale;
  double second = (model->ctrl_high[control] - element->offset) / element->scale;
  if (isnan(element->low)) element->low = fmin(first, second);
  if (isnan(element->high)) element->high = fmax(first, second);
}

const co_term_class co_action_terms[] = {
    {CO_TERM_ACTION, "ctrl", KEYS, "", CO_BIT(CO_CTRL),
     .doc =
         "scale * action + offset goes to the actuator; bounds are the actuator's unless clip is "
         "given",
     .describe = bound_by_range, .control = write_ctrl},
    {.name = NULL},
};
