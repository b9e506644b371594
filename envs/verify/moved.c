#include "envs/verify/private/moved.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- finding

// Rounding of a second compilation is no move.
static bool differ(const double *a, const double *b, int count) {
  double most = 0.0, scale = 0.0;
  for (int i = 0; i < count; i++) {
    if (isnan(a[i]) && isnan(b[i])) continue;
    most = fmax(most, isnan(a[i] - b[i]) ? (double)INFINITY : fabs(a[i] - b[i]));
    scale = fmax(scale, fmax(fabs(a[i]), fabs(b[i])));
  }
  return most > 1e-14 + 1e-9 * scale;
}

static bool declares(const co_plan *plan, co_parameter_id id, int element) {
  return plan->taken[id] && plan->taken[id][element];
}

static const char *name_of(const co_model *model, co_parameter_id id, int element) {
  co_element kind = co_parameters[id].element;
  return kind == CO_NO_ELEMENT ? "" : model->elements[kind].name[element];
}

static bool has_both(const co_plan *source, const co_plan *target, co_element kind, int element) {
  return kind == CO_NO_ELEMENT || (co_model_at(source->model, kind, element) >= 0 &&
                                   co_model_at(target->model, kind, element) >= 0);
}

static void compare(const co_plan *source, const co_plan *target, co_parameter_id id, int element,
                    co_shift *out) {
  const co_parameter *parameter = &co_parameters[id];
  double a[CO_PARAMETER_WIDTH], b[CO_PARAMETER_WIDTH];
  if (declares(source, id, element) || declares(target, id, element)) return;
  if (!has_both(source, target, parameter->element, element)) return;
  source->model->engine->get(source->model, id, element, a);
  target->model->engine->get(target->model, id, element, b);
  if (!differ(a, b, parameter->width) || out->num_moved++ >= CO_SHIFT_MOVED) return;
  co_shift_moved *moved = &out->moved[out->num_moved - 1];
  *moved = (co_shift_moved){.num_values = parameter->width};
  snprintf(moved->parameter, sizeof moved->parameter, "%s", parameter->name);
  snprintf(moved->element, sizeof moved->element, "%s", name_of(source->model, id, element));
  memcpy(moved->source, a, (size_t)parameter->width * sizeof *a);
  memcpy(moved->target, b, (size_t)parameter->width * sizeof *b);
}

__attribute__((format(printf, 3, 4))) static void append(char *out, size_t size, const char *format,
                                                         ...) {
  size_t used = strlen(out);
  va_list args;
  va_start(args, format);
  vsnprintf(out + used, size - used, format, args);
  va_end(args);
}

// Puts come in the order of the file; a body with several geoms is told once.
static void find_kept(const co_plan *plan, co_shift *out) {
  const co_model *model = plan->model;
  const char *told[64];
  int count = 0;
  for (int i = 0; model->engine->states_inertia && i < plan->count; i++) {
    co_parameter_id id = plan->put[i].parameter;
    if (id != CO_GEOM_SIZE && id != CO_GEOM_POS && id != CO_GEOM_QUAT) continue;
    const char *body = model->engine->states_inertia(model, plan->put[i].element);
    bool known = !body || count == sizeof told / sizeof *told;
    for (int k = 0; k < count && !known; k++) known = told[k] == body;
    if (known) continue;
    append(out->kept, sizeof out->kept, "%s%s", count ? ", " : "", body);
    told[count++] = body;
  }
}

void co_moved_find(const co_plan *source, const co_plan *target, co_shift *out) {
  const co_model *model = source->model;
  out->num_moved = 0;
  out->kept[0] = '\0';
  if (model->engine != target->model->engine || model->hash != target->model->hash) return;
  for (int i = 0; i < CO_NUM_PARAMETERS; i++) {
    co_parameter_id id = (co_parameter_id)i;
    co_element kind = co_parameters[i].element;
    if (co_parameter_is(id, CO_BY_SIGNAL) || !model->engine->has(id)) continue;
    int count = kind == CO_NO_ELEMENT ? 1 : model->elements[kind].count;
    assert(kind == CO_NO_ELEMENT || target->model->elements[kind].count == count);
    for (int k = 0; k < count; k++) compare(source, target, id, k, out);
  }
  find_kept(target, out);
}

// ---- text

static void append_values(const double *value, int count, char *out, size_t size) {
  if (count > 1) append(out, size, "(");
  for (int i = 0; i < count; i++) append(out, size, "%s%.4g", i ? ", " : "", value[i]);
  if (count > 1) append(out, size, ")");
}

static void moved_text(const co_shift_moved *moved, char *out, size_t size) {
  append(out, size, "%s%s%s ", moved->parameter, *moved->element ? " of " : "", moved->element);
  append_values(moved->source, moved->num_values, out, size);
  append(out, size, " -> ");
  append_values(moved->target, moved->num_values, out, size);
}

void co_moved_text(const co_shift *shift, char *out, size_t size) {
  enum { kRest = 200 };  // for the ends of the sentence
  assert(size > 2 * kRest);
  int told = 0, known = shift->num_moved < CO_SHIFT_MOVED ? shift->num_moved : CO_SHIFT_MOVED;
  out[0] = '\0';
  for (; told < known; told++) {
    char one[kRest] = "";
    moved_text(&shift->moved[told], one, sizeof one);
    if (strlen(out) + strlen(one) + kRest > size) break;
    append(out, size, "%s%s", told ? ", " : "", one);
  }
  if (!shift->num_moved) append(out, size, "nothing beside what is declared");
  if (told < shift->num_moved) append(out, size, "; %d more", shift->num_moved - told);
  if (!*shift->kept) return;
  append(out, size, "; mass and inertia stay where the body states them: %.100s", shift->kept);
}
