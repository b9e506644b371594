#include "envs/verify/tape.h"

#include <math.h>
#include <string.h>

// Range of what is commanded; infinite where there is none.
static void command_range(const co_model *model, const char *kind, int control, double *low,
                          double *high) {
  int joint = model->drive[control].qpos;
  bool places = strcmp(kind, "ctrl") != 0;
  double unit = places ? co_drive_unit(&model->drive[control]) : 1.0;
  double first = model->ctrl_low[control] * unit, second = model->ctrl_high[control] * unit;
  *low = fmin(first, second);
  *high = fmax(first, second);
  if (places && (strcmp(kind, "torque") == 0 || !isfinite(*low))) *low = model->qpos_low[joint];
  if (places && (strcmp(kind, "torque") == 0 || !isfinite(*high))) *high = model->qpos_high[joint];
}

// A range that the clip bounds exclude is of no use.
static void narrow(const co_action_element *element, double first, double second, double *low,
                   double *high) {
  *low = fmax(element->low, fmin(first, second));
  *high = fmin(element->high, fmax(first, second));
  if (*low < *high) return;
  *low = element->low;
  *high = element->high;
}

// Of an action that nothing bounds, as co_random_action does.
static void close_ends(double *low, double *high) {
  if (isinf(*low)) *low = isinf(*high) ? -1.0 : *high - 2.0;
  if (isinf(*high)) *high = *low + 2.0;
}

void co_tape_bounds(const co_binding *binding, double *low, double *high) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  for (int k = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    for (int i = 0; i < term->size; i++) {
      int at = term->at + i;
      const co_action_element *element = &binding->action[at];
      double from = element->low, to = element->high;
      // a speed has no range, and a mocap body none but its clip
      bool ranged = strcmp(element->kind, "increment") != 0 && term->ref[i].group == CO_CTRL;
      if (ranged) {
        command_range(binding->model, element->kind, term->ref[i].index, &from, &to);
        from = (from - element->offset) / element->scale;
        to = (to - element->offset) / element->scale;
      }
      narrow(element, from, to, &low[at], &high[at]);
      close_ends(&low[at], &high[at]);
    }
  }
}
