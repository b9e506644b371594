#include "envs/domain.h"

#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kParameterNames[] = {
#define X(id, name, element, width, least, min, max, unit, how, doc) name,
    CO_PARAMETER_LIST(X)
#undef X
        NULL,
};

#define AT(member) offsetof(co_shift_def, member)
static const co_field kShift[] = {
    {"parameter", CO_FIELD_STRING, AT(parameter), CO_REQUIRED, 0, 0, 0, 0, kParameterNames, NULL,
     "what is shifted"},
    {"select", CO_FIELD_STRING, AT(select), 0, 0, 0, 0, 0, NULL, NULL, "pattern of element names"},
    {"set", CO_FIELD_FLOATS, AT(set), 0, -1e9, 1e9, 1, CO_PARAMETER_WIDTH, NULL, NULL,
     "the new value"},
    {"scale", CO_FIELD_FLOATS, AT(scale), 0, -1e9, 1e9, 1, CO_PARAMETER_WIDTH, NULL, NULL,
     "factor of the nominal value"},
    {"add", CO_FIELD_FLOATS, AT(add), 0, -1e9, 1e9, 1, CO_PARAMETER_WIDTH, NULL, NULL,
     "added to the nominal value"},
};

co_parameter_id co_parameter_find(const char *name) {
  int i = 0;
  while (i < CO_NUM_PARAMETERS && strcmp(co_parameters[i].name, name) != 0) i++;
  return (co_parameter_id)i;
}

// The one operation that is given, its name, or NULL.
static const co_floats *operation(const co_shift_def *shift, const char **name) {
  const co_floats *all[] = {&shift->set, &shift->scale, &shift->add};
  static const char *const names[] = {"set", "scale", "add"};
  for (int i = 0; i < 3; i++) {
    if (!all[i]->count) continue;
    if (name) *name = names[i];
    return all[i];
  }
  return NULL;
}

static void check_operation(const co_shift_def *shift, const co_parameter *parameter,
                            const co_node *node, co_schema_errors *errors) {
  int given = (shift->set.count > 0) + (shift->scale.count > 0) + (shift->add.count > 0);
  if (given != 1) {
    co_schema_error(errors, node, "parameter", "give exactly one of set, scale, add; here are %d",
                    given);
    return;
  }
  const char *name = "";
  const co_floats *values = operation(shift, &name);
  int least = values == &shift->scale ? 1 : parameter->least;
  if (values->count >= least && values->count <= parameter->width) return;
  char range[32] = "";
  if (least < parameter->width) snprintf(range, sizeof range, "%d to ", least);
  co_schema_error(errors, node, name, "%s takes %s%d value%s, here are %d", parameter->name, range,
                  parameter->width, parameter->width == 1 ? "" : "s", values->count);
}

// What can be said without a model.
static void check_shift(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_shift_def *shift = value;
  if (!shift->parameter) return;
  co_parameter_id id = co_parameter_find(shift->parameter);
  if (id == CO_NUM_PARAMETERS) return;
  const co_parameter *parameter = &co_parameters[id];
  if (parameter->element == CO_NO_ELEMENT && shift->select) {
    co_schema_error(errors, node, "select", "%s is one for the whole model", parameter->name);
  }
  if (parameter->element != CO_NO_ELEMENT && !shift->select) {
    co_schema_error(errors, node, "select", "%s needs a pattern of %s names, \"*\" for all",
                    parameter->name, co_element_name(parameter->element));
  }
  check_operation(shift, parameter, node, errors);
}

static const co_schema kShiftSchema = {
    "domain", sizeof(co_shift_def), kShift, sizeof kShift / sizeof *kShift, NULL, check_shift};

void co_domain_read(const co_node *node, co_arena *arena, co_domain_def *out,
                    co_schema_errors *errors) {
  *out = (co_domain_def){.node = node};
  if (!node) return;
  if (node->kind != CO_NODE_LIST) {
    co_schema_error(errors, node, "domain",
                    "must be a list of shifts: ( { parameter = ... }, ... )");
    return;
  }
  co_shift_def *shift = co_arena_alloc(arena, (size_t)node->count, sizeof *shift);
  if (!shift) {
    errors->text.failed = true;
    return;
  }
  for (int i = 0; i < node->count; i++) {
    co_schema_read_into(&kShiftSchema, node->child[i], arena, &shift[i], errors);
  }
  out->shift = (co_list){shift, node->count};
}

// ---- application

// One application: the model, where errors go, and which elements were shifted already.
typedef struct application {
  co_model *model;
  co_schema_errors errors;
  bool *taken[CO_NUM_PARAMETERS];  // (elements of the parameter)
  co_arena scratch;
} application;

static int elements_of(const co_model *model, const co_parameter *parameter) {
  return parameter->element == CO_NO_ELEMENT ? 1 : model->elements[parameter->element].count;
}

static bool is_selected(const co_model *model, const co_parameter *parameter, int element,
                        const char *pattern) {
  if (parameter->element == CO_NO_ELEMENT) return true;
  return co_glob_match(pattern, model->elements[parameter->element].name[element]);
}

// Value i of the parameter after the operation on its nominal number.
static double shifted(const co_shift_def *shift, int i, double nominal) {
  if (shift->set.count) return i < shift->set.count ? shift->set.value[i] : nominal;
  if (shift->scale.count == 1) return shift->scale.value[0] * nominal;
  if (shift->scale.count) return i < shift->scale.count ? shift->scale.value[i] * nominal : nominal;
  return i < shift->add.count ? shift->add.value[i] + nominal : nominal;
}

// Adds one element to what is known of the shift's effect.
static void note_effect(co_shift_effect *effect, const double *nominal, const double *value,
                        int width) {
  if (effect->elements++ == 0) {
    *effect = (co_shift_effect){1, 0, true, nominal[0], value[0]};
  }
  for (int i = 0; i < width; i++) {
    effect->changed += value[i] != nominal[i];
    effect->all_zero = effect->all_zero && nominal[i] == 0;
  }
}

// Nominal value, operation, range, write: or an error that names the element.
static void shift_element(application *app, const co_shift_def *shift, co_parameter_id id,
                          int element, const co_node *node, co_shift_effect *effect) {
  const co_parameter *parameter = &co_parameters[id];
  const co_engine *engine = app->model->engine;
  const char *name = parameter->element == CO_NO_ELEMENT
                         ? ""
                         : app->model->elements[parameter->element].name[element];
  double nominal[CO_PARAMETER_WIDTH], value[CO_PARAMETER_WIDTH];
  if (app->taken[id][element]) {
    co_schema_error(&app->errors, node, "select", "%s %s is shifted twice", parameter->name, name);
    return;
  }
  app->taken[id][element] = true;
  engine->get(app->model, id, element, nominal);
  for (int i = 0; i < parameter->width; i++) {
    value[i] = shifted(shift, i, nominal[i]);
    if (value[i] == nominal[i] || (value[i] >= parameter->min && value[i] <= parameter->max))
      continue;
    co_schema_error(&app->errors, node, NULL, "%s %s would be %.6g, allowed %g to %g %s",
                    parameter->name, name, value[i], parameter->min, parameter->max,
                    parameter->unit);
    return;
  }
  note_effect(effect, nominal, value, parameter->width);
  if (memcmp(value, nominal, (size_t)parameter->width * sizeof *value) == 0) return;
  if (engine->put(app->model, id, element, value) != CO_OK) {
    co_schema_error(&app->errors, node, "parameter", "%s", co_error_text());
  }
}

static void report_no_match(application *app, const co_shift_def *shift,
                            const co_parameter *parameter, const co_node *node) {
  const co_elements *elements = &app->model->elements[parameter->element];
  const char *near = co_suggest(shift->select, elements->name, elements->count);
  char list[400] = "";
  for (int i = 0; i < elements->count; i++) {
    size_t used = strlen(list);
    if (used + strlen(elements->name[i]) + 8 > sizeof list) break;
    snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", elements->name[i]);
  }
  co_schema_error(&app->errors, node, "select", "\"%s\" matches no %s; there are: %s%s%s%s",
                  shift->select, co_element_name(parameter->element), *list ? list : "none",
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// All elements the selector matches.
static void apply_shift(application *app, const co_shift_def *shift, const co_node *node,
                        co_shift_effect *effect) {
  co_parameter_id id = co_parameter_find(shift->parameter);
  assert(id < CO_NUM_PARAMETERS);  // the definition was checked
  const co_parameter *parameter = &co_parameters[id];
  co_model *model = app->model;
  if (!model->engine->has(id)) {
    co_schema_error(&app->errors, node, "parameter", "engine \"%s\" has no %s", model->engine->name,
                    parameter->name);
    return;
  }
  int count = elements_of(model, parameter);
  assert(parameter->width <= CO_PARAMETER_WIDTH && parameter->least <= parameter->width);
  if (!app->taken[id]) app->taken[id] = co_arena_alloc(&app->scratch, (size_t)count, sizeof(bool));
  if (!app->taken[id]) {
    app->errors.text.failed = true;
    return;
  }
  int matched = 0;
  for (int i = 0; i < count; i++) {
    if (!is_selected(model, parameter, i, shift->select)) continue;
    matched++;
    shift_element(app, shift, id, i, node, effect);
  }
  if (!matched) report_no_match(app, shift, parameter, node);
}

co_status co_domain_apply(const co_domain_def *domain, co_model *model, co_shift_effect *effect) {
  application app = {.model = model};
  assert(!domain->shift.count || domain->node->count == domain->shift.count);
  bool changed = false;
  for (int i = 0; i < domain->shift.count; i++) {
    const co_shift_def *shift = (const co_shift_def *)domain->shift.item + i;
    co_shift_effect one = {0};
    apply_shift(&app, shift, domain->node->child[i], &one);
    changed = changed || one.changed;
    if (effect) effect[i] = one;
  }
  co_arena_free(&app.scratch);
  CO_TRY(co_schema_finish(&app.errors));
  return changed ? model->engine->settle(model) : CO_OK;
}

co_shift_info co_shift_describe(const co_shift_def *shift) {
  co_shift_info info = {0};
  const char *name = "";
  const co_floats *values = operation(shift, &name);
  snprintf(info.parameter, sizeof info.parameter, "%s", shift->parameter);
  snprintf(info.select, sizeof info.select, "%s", shift->select ? shift->select : "");
  snprintf(info.operation, sizeof info.operation, "%s", name);
  info.num_values = values ? values->count : 0;
  for (int i = 0; i < info.num_values; i++) info.value[i] = values->value[i];
  return info;
}
