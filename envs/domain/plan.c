// Finding what is shifted, and applying what is the same for all rows. Rows are in plan_row.c.

#include "envs/domain/plan.h"

#include "core/text.h"
#include "envs/domain/private/plan.h"
#include "envs/domain/private/roles.h"
#include "envs/task/selection.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- elements

// One shift on its way into the plan.
typedef struct planning {
  co_plan *plan;
  const co_binding *binding;  // of the signal path, else NULL
  const co_shift_def *shift;
  int index;  // of the shift
  co_parameter_id id;
  const co_parameter *parameter;
  const co_node *node;
  co_schema_errors *errors;
} planning;

static int elements_of(const planning *p) {
  if (p->binding) return co_signal_elements(p->binding, p->id);
  return p->parameter->element == CO_NO_ELEMENT
             ? 1
             : p->plan->model->elements[p->parameter->element].count;
}

static const char *name_of(const planning *p, int i) {
  if (p->parameter->element == CO_NO_ELEMENT) return "";
  if (p->binding) return co_signal_element_name(p->binding, p->id, i);
  return p->plan->model->elements[p->parameter->element].name[i];
}

// Quantities and the ends of the signal path are called by group, by name or by both, as in terms;
// "qpos/rootz" is an observation's whole name.
static bool is_met(const planning *p, co_asked *asked, int i) {
  const char *name = name_of(p, i), *slash = strchr(name, '/');
  co_element kind = p->parameter->element;
  bool quantity = kind >= CO_FIRST_QUANTITY && kind != CO_NO_ELEMENT;
  if (quantity) return co_ask(asked, co_element_name(kind), name);
  if ((kind == CO_OBSERVATION || kind == CO_ACTION || kind == CO_PD) && slash) {
    char term[CO_NAME];
    snprintf(term, sizeof term, "%.*s", (int)(slash - name), name);
    return co_ask(asked, term, slash + 1);
  }
  bool met = co_glob_match_one(asked->one, name);
  asked->met += met;
  return met;
}

static void report_no_match(const planning *p, co_glob one) {
  char list[400] = "", quoted[400], text[300];
  const char *name[512], *near = NULL;
  int count = elements_of(p) < 512 ? elements_of(p) : 512;
  for (int i = 0; i < count; i++) name[i] = name_of(p, i);
  near = co_glob_suggest(one, name, count, text, sizeof text);
  co_name_list(name, count, list, sizeof list);
  co_schema_error(p->errors, p->node, "select", "%s matches no %s; there are: %s%s%s%s",
                  co_glob_quote(p->shift->select, one, quoted, sizeof quoted),
                  co_element_name(p->parameter->element), list, near ? "; did you mean \"" : "",
                  near ? near : "", near ? "\"?" : "");
}

// Marks the elements of a role, "@feet"; false: there is none, and reported.
static bool select_role(const planning *p, co_glob one, int count, bool *selected) {
  char name[64], list[200];
  int role = 0, met = 0;
  co_element kind = p->parameter->element;
  snprintf(name, sizeof name, "%.*s", (int)one.size - 1, one.text + 1);
  while (role < CO_NUM_ROLES && strcmp(co_role_names[role], name) != 0) role++;
  for (int i = 0; role < CO_NUM_ROLES && i < count; i++) {
    bool holds = co_role_holds(p->plan->model, p->binding, (co_role)role, kind, i);
    selected[i] = selected[i] || holds;
    met += holds;
  }
  if (met) return true;
  if (role < CO_NUM_ROLES) {
    co_schema_error(p->errors, p->node, "select", "\"@%s\" is no %s of %s", name,
                    co_element_name(kind), p->plan->model->name);
    return false;
  }
  const char *near = co_suggest(name, co_role_names, CO_NUM_ROLES);
  co_name_list(co_role_names, CO_NUM_ROLES, list, sizeof list);
  co_schema_error(p->errors, p->node, "select", "\"@%s\" is no role; allowed behind @: %s%s%s%s",
                  name, list, near ? "; did you mean \"@" : "", near ? near : "",
                  near ? "\"?" : "");
  return false;
}

// Marks the elements that the pattern names; false: something is wrong with it, and reported.
static bool select_elements(const planning *p, int count, bool *selected) {
  const char *pattern = p->shift->select ? p->shift->select : "*";
  for (const char *rest = pattern; rest;) {
    co_asked asked = {.one = co_glob_take(&rest)};
    if (asked.one.size && asked.one.text[0] == '@') {
      if (!select_role(p, asked.one, count, selected)) return false;
      continue;
    }
    for (int i = 0; i < count; i++) selected[i] = is_met(p, &asked, i) || selected[i];
    if (!asked.met) {
      report_no_match(p, asked.one);
      return false;
    }
    if (!co_asked_one_group(&asked, pattern, "select", p->node, p->errors)) return false;
  }
  return true;
}

// ---- numbers

static void read_nominal(const planning *p, int element, double *nominal) {
  const co_signal *signal = &p->plan->signal;
  if (p->binding) {
    memcpy(nominal, signal->value + co_signal_index(signal, p->id, element),
           (size_t)p->parameter->width * sizeof *nominal);
  } else {
    p->plan->model->engine->get(p->plan->model, p->id, element, nominal);
  }
}

// The same with the numbers of the file.
static void range_of(const planning *p, int i, double nominal, double *low, double *high) {
  co_plan_ends(p->shift, p->plan->draws, i, nominal, low, high);
}

bool co_plan_is_legal(const co_shift_def *shift, const char *element, double value, double nominal,
                      const co_node *node, co_schema_errors *errors) {
  const co_parameter *parameter = &co_parameters[co_parameter_find(shift->parameter)];
  if (value == nominal || (value >= parameter->min && value <= parameter->max)) return true;
  bool cut = shift->value.kind == CO_NORMAL && !shift->value.clip.count;
  co_schema_error(errors, node, NULL, "%s%s%s would be %.6g, allowed %g to %g %s%s",
                  parameter->name, *element ? " " : "", element, value, parameter->min,
                  parameter->max, parameter->unit, cut ? "; give clip = (low, high)" : "");
  return false;
}

static bool is_legal(const planning *p, int element, double value, double nominal) {
  return co_plan_is_legal(p->shift, name_of(p, element), value, nominal, p->node, p->errors);
}

static bool is_drawn(const co_plan *plan, const co_shift_def *shift) {
  return shift->value.kind != CO_FIXED && co_draws_rows(plan->draws);
}

// A factor of zero, and a range without width, leave nothing to draw.
static bool has_range(const co_put *put, int width) {
  for (int i = 0; i < width; i++) {
    if (put->low[i] < put->high[i]) return true;
  }
  return false;
}

static void note_effect(const planning *p, const co_put *put) {
  co_shift_effect *effect = &p->plan->effect[p->index];
  if (effect->elements++ == 0) {
    *effect = (co_shift_effect){1, 0, true, put->nominal[0], put->low[0]};
  }
  for (int i = 0; i < p->parameter->width; i++) {
    effect->changed += put->low[i] != put->nominal[i] || put->high[i] != put->nominal[i];
    effect->all_zero = effect->all_zero && put->nominal[i] == 0;
  }
}

// Nominal value, ends, range: or an error that names the element.
static void plan_element(const planning *p, int element) {
  co_plan *plan = p->plan;
  co_put put = {.parameter = p->id, .element = element, .shift = p->index, .drawn_at = -1};
  if (plan->taken[p->id][element]) {
    co_schema_error(p->errors, p->node, "select", "%s %s is shifted twice", p->parameter->name,
                    name_of(p, element));
    return;
  }
  plan->taken[p->id][element] = true;
  read_nominal(p, element, put.nominal);
  for (int i = 0; i < p->parameter->width; i++) {
    range_of(p, i, put.nominal[i], &put.low[i], &put.high[i]);
    if (!is_legal(p, element, put.low[i], put.nominal[i])) return;
    if (!is_legal(p, element, put.high[i], put.nominal[i])) return;
  }
  bool pooled = co_parameter_is(p->id, CO_BY_COMPILER);
  bool drawn = is_drawn(plan, p->shift) && has_range(&put, p->parameter->width);
  if (drawn && !pooled) {
    put.drawn_at = plan->drawn;
    plan->drawn += p->parameter->width;
  }
  if (drawn && pooled) plan->pools = CO_POOL;
  plan->own = plan->own || plan->pools || (put.drawn_at >= 0 && !p->binding);
  note_effect(p, &put);
  plan->put[plan->count++] = put;
}

// What the engine cannot do, in a sentence; NULL: it can.
static const char *lacking(const planning *p) {
  const co_engine *engine = p->plan->model->engine;
  if (p->binding) return p->id == CO_FORCE && !engine->apply_force ? "has no" : NULL;
  bool compiled = co_parameter_is(p->id, CO_BY_COMPILER), drawn = is_drawn(p->plan, p->shift);
  if (!engine->has(p->id)) return "has no";
  if (compiled && !engine->compile) return "cannot compile a model anew, as is needed for";
  if (compiled && drawn && (!engine->copy || !engine->use))
    return "has no variants, as is needed to draw";
  if (!compiled && drawn && !engine->own) return "shares its numbers among rows and cannot draw";
  return NULL;
}

// Distributions that make no sense; NULL: this one does.
static const char *why_not_drawn(const planning *p) {
  if (!is_drawn(p->plan, p->shift)) return NULL;
  if (p->id == CO_TIMESTEP) return "is the same for all rows and cannot be drawn";
  bool pooled = co_parameter_is(p->id, CO_BY_COMPILER);
  return pooled && p->shift->value.over ? "is compiled beforehand and has no curriculum" : NULL;
}

static bool make_room(co_plan *plan, const planning *p, int count) {
  co_put *put = co_arena_alloc(&plan->arena, (size_t)(plan->count + count), sizeof *put);
  bool **taken = &plan->taken[p->id];
  if (!*taken) *taken = co_arena_alloc(&plan->arena, (size_t)count, sizeof **taken);
  if (!put || !*taken) return false;
  if (plan->count) memcpy(put, plan->put, (size_t)plan->count * sizeof *put);
  plan->put = put;
  return true;
}

// All elements the selector matches.
static void plan_shift(co_plan *plan, int index, const co_binding *binding,
                       co_schema_errors *errors) {
  const co_shift_def *shift = co_domain_shift(plan->domain, index);
  co_parameter_id id = co_parameter_find(shift->parameter);
  assert(id < CO_NUM_PARAMETERS);  // the definition was checked
  if (co_parameter_is(id, CO_BY_SIGNAL) != (binding != NULL)) return;
  const planning p = {
      plan,  binding, shift, index, id, &co_parameters[id], plan->domain->node->child[index],
      errors};
  const char *lacks = lacking(&p);
  if (lacks) {
    co_schema_error(errors, p.node, "parameter", "engine \"%s\" %s %s", plan->model->engine->name,
                    lacks, p.parameter->name);
    return;
  }
  const char *wrong = why_not_drawn(&p);
  if (wrong) {
    co_schema_error(errors, p.node, "parameter", "%s %s", p.parameter->name, wrong);
    return;
  }
  int count = elements_of(&p);
  bool *selected = co_arena_alloc(&plan->arena, (size_t)count, sizeof *selected);
  if (!selected || !make_room(plan, &p, count)) {
    errors->text.failed = true;
    return;
  }
  if (!select_elements(&p, count, selected)) return;
  for (int i = 0; i < count; i++) {
    if (selected[i]) plan_element(&p, i);
  }
}

// ---- application to models

// Writes the numbers unless they are there already, so that a shift to nominal changes no bit.
static co_status put_numbers(co_model *model, const co_put *put, const double *value,
                             bool *changed) {
  double now[CO_PARAMETER_WIDTH];
  const co_parameter *parameter = &co_parameters[put->parameter];
  bool lacks = parameter->element != CO_NO_ELEMENT &&
               co_model_at(model, parameter->element, put->element) < 0;
  if (lacks) return CO_OK;
  model->engine->get(model, put->parameter, put->element, now);
  if (memcmp(value, now, (size_t)parameter->width * sizeof *value) == 0) return CO_OK;
  *changed = true;
  return model->engine->put(model, put->parameter, put->element, value);
}

// Adds what the engine says against a put to the errors; lack of memory is none of the file's.
static co_status note_refusal(const co_plan *plan, const co_put *put, co_status status,
                              co_schema_errors *errors) {
  if (status == CO_OK || status == CO_MEMORY) return status;
  co_schema_error(errors, plan->domain->node->child[put->shift], "parameter", "%s",
                  co_error_text());
  return CO_OK;
}

// Puts that the compiler applies, and the compilation; of variant k.
static co_status compile(const co_plan *plan, co_model *model, int k, co_schema_errors *errors) {
  const co_stream stream = {0, 0, CO_PURPOSE_DOMAIN};
  co_rng rng = co_rng_make(&stream, (uint32_t)k);
  co_drawer drawer = {.plan = plan, .rng = &rng, .shift = -1};
  bool changed = false;
  int before = errors->count;
  for (int i = 0; i < plan->count; i++) {
    double value[CO_PARAMETER_WIDTH];
    const co_put *put = &plan->put[i];
    if (!co_parameter_is(put->parameter, CO_BY_COMPILER)) continue;
    co_drawer_next(&drawer, put, value);
    co_status status = put_numbers(model, put, value, &changed);
    CO_TRY(note_refusal(plan, put, status, errors));
  }
  if (!changed || errors->count != before) return CO_OK;
  co_status status = model->engine->compile(model);
  if (status == CO_OK || status == CO_MEMORY) return status;
  co_schema_error(errors, plan->domain->node, NULL, "%s", co_error_text());
  return CO_OK;
}

// Fields that are the same for all rows, and constants that follow from them.
static co_status put_fields(const co_plan *plan, co_model *model, co_schema_errors *errors) {
  bool changed = false;
  int before = errors->count;
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    if (co_parameter_is(put->parameter, CO_BY_COMPILER) || put->drawn_at >= 0) continue;
    co_status status = put_numbers(model, put, put->low, &changed);
    CO_TRY(note_refusal(plan, put, status, errors));
  }
  return changed && errors->count == before ? model->engine->settle(model) : CO_OK;
}

static co_status apply(const co_plan *plan, co_model *model, int k, co_schema_errors *errors) {
  int before = errors->count;
  CO_TRY(compile(plan, model, k, errors));
  return errors->count == before ? put_fields(plan, model, errors) : CO_OK;
}

static co_status make_pool(co_plan *plan, co_schema_errors *errors) {
  if (!plan->pools) return CO_OK;
  plan->pool = co_arena_alloc(&plan->arena, (size_t)plan->pools, sizeof *plan->pool);
  if (!plan->pool) return CO_MEMORY;
  plan->pool[0] = plan->model;
  for (int k = 1; k < plan->pools && !errors->count; k++) {
    CO_TRY(plan->model->engine->copy(plan->model, &plan->pool[k]));
    CO_TRY(apply(plan, plan->pool[k], k, errors));
  }
  return CO_OK;
}

// Those of rows, parameter by parameter in the order of the table, so that rows equal models: there
// an inertia that is given stays, whatever the file says of the mass before or after it.
static co_status sort_puts(co_plan *plan) {
  plan->row_put = co_arena_alloc(&plan->arena, (size_t)plan->count, sizeof *plan->row_put);
  if (!plan->row_put) return CO_MEMORY;
  for (int id = 0; id < CO_NUM_PARAMETERS; id++) {
    for (int i = 0; i < plan->count; i++) {
      const co_put *put = &plan->put[i];
      if ((int)put->parameter == id && put->drawn_at >= 0) plan->row_put[plan->row_puts++] = i;
    }
  }
  return CO_OK;
}

static co_status build(co_plan *plan, co_schema_errors *errors) {
  size_t shifts = (size_t)plan->domain->shift.count;
  plan->effect = co_arena_alloc(&plan->arena, shifts, sizeof *plan->effect);
  if (!plan->effect) return CO_MEMORY;
  for (int i = 0; i < plan->domain->shift.count; i++) plan_shift(plan, i, NULL, errors);
  if (errors->count || errors->text.failed) return CO_OK;
  CO_TRY(sort_puts(plan));
  CO_TRY(apply(plan, plan->model, 0, errors));
  if (!errors->count) CO_TRY(co_plan_try(plan, errors));
  return errors->count ? CO_OK : make_pool(plan, errors);
}

co_status co_plan_create(const co_domain_def *domain, co_draws draws, co_model *model,
                         co_schema_errors *errors, co_plan *out) {
  *out = (co_plan){.domain = domain, .draws = draws, .model = model};
  assert(!domain->shift.count || domain->node->count == domain->shift.count);
  co_status status = build(out, errors);
  if (status != CO_OK) co_plan_free(out);
  return status;
}

const char *co_plan_element_name(const co_plan *plan, const co_put *put) {
  co_element kind = co_parameters[put->parameter].element;
  if (kind == CO_NO_ELEMENT) return NULL;
  return co_parameter_is(put->parameter, CO_BY_SIGNAL)
             ? co_signal_element_name(plan->signal.binding, put->parameter, put->element)
             : plan->model->elements[kind].name[put->element];
}

co_draw_info co_plan_describe_draw(const co_plan *plan, const co_put *put, int k) {
  const co_parameter *parameter = &co_parameters[put->parameter];
  const char *element = co_plan_element_name(plan, put);
  co_draw_info info = {.index = k,
                       .low = put->low[k],
                       .high = put->high[k],
                       .whole = (parameter->how & CO_WHOLE) != 0};
  snprintf(info.parameter, sizeof info.parameter, "%s", parameter->name);
  snprintf(info.element, sizeof info.element, "%s", element ? element : "");
  info.unit = parameter->unit;
  return info;
}

static co_status list_draws(co_plan *plan) {
  int variants = plan->pools > 0;
  plan->num_draws = variants + plan->drawn;
  co_draw_info *draw = co_arena_alloc(&plan->arena, (size_t)plan->num_draws, sizeof *draw);
  if (!draw) return CO_MEMORY;
  if (variants)
    *draw = (co_draw_info){.parameter = "variant", .high = plan->pools - 1, .whole = true};
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    int at = variants + put->drawn_at, width = co_parameters[put->parameter].width;
    for (int k = 0; put->drawn_at >= 0 && k < width; k++)
      draw[at + k] = co_plan_describe_draw(plan, put, k);
  }
  plan->draw = draw;
  return CO_OK;
}

// Where the numbers of each shift that rows draw lie among ranges.
static co_status list_ranges(co_plan *plan) {
  int shifts = plan->domain->shift.count;
  plan->range_at = co_arena_alloc(&plan->arena, (size_t)shifts, sizeof *plan->range_at);
  if (!plan->range_at) return CO_MEMORY;
  for (int i = 0; i < shifts; i++) plan->range_at[i] = -1;
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    if (put->drawn_at < 0 || plan->range_at[put->shift] >= 0) continue;
    const co_distribution *value = &co_domain_shift(plan->domain, put->shift)->value;
    plan->range_at[put->shift] = plan->num_ranges;
    plan->num_ranges += value->number.count + value->clip.count;
  }
  return CO_OK;
}

co_status co_plan_signal(co_plan *plan, const co_binding *binding, co_schema_errors *errors) {
  co_signal *signal = &plan->signal;
  CO_TRY(co_signal_create(binding, &plan->arena, signal));
  int first = plan->count;
  for (int i = 0; i < plan->domain->shift.count; i++) plan_shift(plan, i, binding, errors);
  for (int i = first; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    double *value = signal->value + co_signal_index(signal, put->parameter, put->element);
    size_t bytes = (size_t)co_parameters[put->parameter].width * sizeof *value;
    if (put->drawn_at < 0) memcpy(value, put->low, bytes);
    co_signal_allow(signal, put->parameter, put->element, put->low);
    co_signal_allow(signal, put->parameter, put->element, put->high);
  }
  co_signal_settle(signal);
  CO_TRY(list_ranges(plan));
  return list_draws(plan);
}

void co_plan_elements(const co_plan *plan, int shift, char *out, size_t size) {
  assert(shift >= 0 && shift < plan->domain->shift.count && size > 0);
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < plan->count && used < size; i++) {
    const co_put *put = &plan->put[i];
    const char *name = co_plan_element_name(plan, put);
    if (put->shift != shift || !name) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
  }
}

void co_plan_free(co_plan *plan) {
  for (int k = 1; plan->pool && k < plan->pools; k++) co_model_free(plan->pool[k]);
  co_arena_free(&plan->arena);
  *plan = (co_plan){0};
}
