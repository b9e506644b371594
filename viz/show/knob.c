#include "viz/show/private/knob.h"

#include "core/number.h"
#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- which values make sense

typedef enum rule_kind {
  BY_RANGE,    // no entry: set, from the least to the greatest legal value
  FACTOR,      // of the nominal number, low..high evenly
  LOG_FACTOR,  // the same, even in the logarithm
  OFFSET,      // added: low..high, one component at a time
  VALUE,       // set: low..high
  ENDS,        // a range of two numbers: a factor, or where there is none -high..high
  SWITCH,      // set: low is off, high is on
} rule_kind;

typedef struct rule {
  rule_kind kind;
  double low, high;
  double from_zero;  // FACTOR: greatest value that is set where the nominal number is 0
} rule;

// Ranges in which robots are changed in practice, wide enough to see them fail.
static const rule rules[CO_NUM_PARAMETERS] = {
    [CO_GRAVITY] = {FACTOR, 0, 3, 0},
    [CO_WIND] = {OFFSET, -20, 20, 0},
    [CO_DENSITY] = {LOG_FACTOR, 0.1, 10, 1000},
    [CO_VISCOSITY] = {LOG_FACTOR, 0.1, 10, 1},
    [CO_TIMESTEP] = {LOG_FACTOR, 0.25, 2, 0},
    [CO_ITERATIONS] = {VALUE, 1, 100, 0},
    [CO_CONE] = {SWITCH, 0, 1, 0},
    [CO_IMPRATIO] = {LOG_FACTOR, 0.1, 100, 0},
    [CO_MASS] = {LOG_FACTOR, 0.1, 10, 1},
    [CO_INERTIA] = {LOG_FACTOR, 0.1, 10, 1},
    [CO_COM] = {OFFSET, -0.2, 0.2, 0},
    [CO_POSITION] = {OFFSET, -0.2, 0.2, 0},
    [CO_FRICTION] = {LOG_FACTOR, 0.05, 5, 2},
    [CO_SOLREF] = {LOG_FACTOR, 0.25, 4, 0.1},
    [CO_SOLIMP] = {FACTOR, 0.25, 1.05, 1},
    [CO_PAIR_FRICTION] = {LOG_FACTOR, 0.05, 5, 2},
    [CO_PAIR_SOLREF] = {LOG_FACTOR, 0.25, 4, 0.1},
    [CO_GEOM_SIZE] = {LOG_FACTOR, 0.5, 2, 0},
    [CO_GEOM_POS] = {OFFSET, -0.2, 0.2, 0},
    [CO_GEOM_QUAT] = {OFFSET, -0.5, 0.5, 0},
    [CO_JOINT_RANGE] = {ENDS, 0.1, 2, 3.14},
    [CO_JOINT_POS] = {OFFSET, -0.2, 0.2, 0},
    [CO_DAMPING] = {LOG_FACTOR, 0.1, 10, 10},
    [CO_ARMATURE] = {LOG_FACTOR, 0.1, 10, 1},
    [CO_FRICTIONLOSS] = {LOG_FACTOR, 0.1, 10, 10},
    [CO_STIFFNESS] = {LOG_FACTOR, 0.1, 10, 100},
    [CO_LOCK] = {VALUE, -1.57, 1.57, 0},
    [CO_REMOVE] = {SWITCH, 0, 1, 0},
    [CO_LIMB_LENGTH] = {LOG_FACTOR, 0.5, 2, 0},
    [CO_LIMB_STRETCH] = {LOG_FACTOR, 0.5, 2, 0},
    [CO_GEAR] = {FACTOR, -2, 2, 100},
    [CO_TARGET] = {FACTOR, -2, 2, 0},
    [CO_KP] = {LOG_FACTOR, 0.1, 10, 100},
    [CO_KV] = {LOG_FACTOR, 0.1, 10, 10},
    [CO_FORCE_RANGE] = {ENDS, 0.1, 2, 200},
    [CO_CTRL_RANGE] = {ENDS, 0.1, 2, 1},
    [CO_PD_KP] = {LOG_FACTOR, 0.1, 10, 100},
    [CO_PD_KD] = {LOG_FACTOR, 0.1, 10, 10},
    [CO_PD_LIMIT] = {LOG_FACTOR, 0.1, 10, 100},
    [CO_PD_DELAY] = {VALUE, 0, 20, 0},
    [CO_SUBSTEPS] = {VALUE, 1, 20, 0},
    [CO_ACTION_DELAY] = {VALUE, 0, 10, 0},
    [CO_ACTION_REPEAT] = {VALUE, 1, 10, 0},
    [CO_ACTION_NOISE] = {LOG_FACTOR, 0.1, 10, 1},
    [CO_ACTION_GAIN] = {FACTOR, -2, 2, 2},
    [CO_OBSERVATION_DELAY] = {VALUE, 0, 10, 0},
    [CO_OBSERVATION_NOISE] = {LOG_FACTOR, 0.1, 10, 1},
    [CO_OBSERVATION_BIAS] = {OFFSET, -1, 1, 0},
    [CO_FORCE] = {OFFSET, -50, 50, 0},
    [CO_PUSH_SPEED] = {LOG_FACTOR, 0.1, 10, 3},
    [CO_PUSH_INTERVAL] = {VALUE, 10, 1000, 0},
    [CO_RESET_NOISE] = {FACTOR, 0, 10, 1},
    [CO_RESET_QPOS] = {OFFSET, -1, 1, 0},
    [CO_RESET_QVEL] = {OFFSET, -3, 3, 0},
};

static bool is_signal(co_parameter_id parameter) {
  return co_parameter_is(parameter, CO_BY_SIGNAL);
}

// --- elements

int co_knob_elements(const co_built_world *world, co_parameter_id parameter) {
  co_element element = co_parameters[parameter].element;
  if (element == CO_NO_ELEMENT) return 0;
  if (is_signal(parameter)) return co_signal_elements(&world->binding, parameter);
  return world->model->elements[element].count;
}

const char *co_knob_element(const co_built_world *world, co_parameter_id parameter, int i) {
  assert(i >= 0 && i < co_knob_elements(world, parameter));
  if (is_signal(parameter)) return co_signal_element_name(&world->binding, parameter, i);
  return world->model->elements[co_parameters[parameter].element].name[i];
}

bool co_knob_available(const co_built_world *world, co_parameter_id parameter) {
  if (!is_signal(parameter) && !world->model->engine->has(parameter)) return false;
  return co_parameters[parameter].element == CO_NO_ELEMENT ||
         co_knob_elements(world, parameter) > 0;
}

// Of the task: what a shift has put there is not read.
static void read_nominal(const co_built_world *world, co_parameter_id parameter, int element,
                         double *nominal) {
  const co_plan *plan = &world->plan;
  for (int i = 0; i < plan->count; i++)
    if (plan->put[i].parameter == parameter && plan->put[i].element == element) {
      memcpy(nominal, plan->put[i].nominal, sizeof plan->put[i].nominal);
      return;
    }
  if (is_signal(parameter))
    memcpy(nominal, plan->signal.value + co_signal_index(&plan->signal, parameter, element),
           (size_t)co_parameters[parameter].width * sizeof *nominal);
  else
    world->model->engine->get(world->model, parameter, element, nominal);
}

static bool matches(const co_built_world *world, co_parameter_id parameter, const char *pattern,
                    int element) {
  return co_parameters[parameter].element == CO_NO_ELEMENT ||
         co_glob_match(pattern, co_knob_element(world, parameter, element));
}

// Numbers of the first element that matches and whose number is not zero, as that of the world's
// body is; of the first, where all are. False: nothing matches.
static bool find_nominal(const co_built_world *world, co_parameter_id parameter,
                         const char *pattern, int component, double *nominal) {
  int count = co_knob_elements(world, parameter), first = component < 0 ? 0 : component;
  int last = component < 0 ? co_parameters[parameter].width - 1 : component;
  bool found = false;
  for (int i = 0; i < (count ? count : 1); i++) {
    double own[CO_PARAMETER_WIDTH] = {0};
    if (!matches(world, parameter, pattern, i)) continue;
    read_nominal(world, parameter, i, own);
    bool zero = true;
    for (int k = first; k <= last; k++) zero = zero && own[k] == 0;
    if (!found || !zero) memcpy(nominal, own, sizeof own);
    found = true;
    if (!zero) break;
  }
  return found;
}

// --- making one

static rule rule_of(co_parameter_id parameter) {
  const co_parameter *p = &co_parameters[parameter];
  rule out = rules[parameter];
  if (out.kind == BY_RANGE) out = (rule){VALUE, p->min, p->max, 0};
  return out;
}

static void use_factor(co_knob *knob, const rule *from, bool log) {
  knob->operation = CO_SCALE;
  knob->low = from->low;
  knob->high = from->high;
  knob->neutral = 1;
  knob->log = log;
}

static void use_value(co_knob *knob, double low, double high, double neutral) {
  const co_parameter *p = &co_parameters[knob->parameter];
  knob->operation = CO_SET;
  knob->low = fmax(low, p->min);
  knob->high = fmin(high, p->max);
  knob->neutral = neutral;
}

// Zero times a factor is zero: such numbers are set instead.
static void apply_rule(co_knob *knob, const rule *from, bool zero) {
  switch (from->kind) {
    case FACTOR:
    case LOG_FACTOR:
      if (zero)
        use_value(knob, 0, from->from_zero, 0);
      else
        use_factor(knob, from, from->kind == LOG_FACTOR);
      break;
    case ENDS:
      knob->both_ends = zero;
      if (zero)
        use_value(knob, 0.01 * from->from_zero, from->from_zero, NAN);
      else
        use_factor(knob, from, false);
      break;
    case OFFSET:
      knob->operation = CO_ADD;
      knob->low = from->low;
      knob->high = from->high;
      knob->neutral = 0;
      break;
    case BY_RANGE:
    case VALUE:
    case SWITCH:
      knob->toggle = from->kind == SWITCH;
      use_value(knob, from->low, from->high,
                knob->parameter == CO_LOCK ? (double)NAN : knob->nominal);
      break;
  }
}

co_status co_knob_make(const co_built_world *world, co_parameter_id parameter, const char *select,
                       int component, co_knob *out) {
  const co_parameter *p = &co_parameters[parameter];
  bool selects = p->element != CO_NO_ELEMENT;
  const char *pattern = selects && (!select || !*select) ? "*" : selects ? select : "";
  rule from = rule_of(parameter);
  if (component >= p->width || p->width == 1) component = -1;
  if (from.kind == OFFSET && p->width > 1 && component < 0) component = 0;
  if (from.kind == ENDS) component = -1;
  double nominal[CO_PARAMETER_WIDTH] = {0};
  if (!find_nominal(world, parameter, pattern, component, nominal))
    return co_fail(CO_CONFIG, "%s: \"%s\" is none of its elements", p->name, pattern);
  *out = (co_knob){.parameter = parameter, .component = component, .whole = p->how & CO_WHOLE};
  snprintf(out->select, sizeof out->select, "%s", pattern);
  bool zero = true;
  for (int i = 0; i < p->width; i++)
    if (component < 0 || i == component) zero = zero && nominal[i] == 0;
  out->nominal = nominal[component < 0 ? (parameter == CO_GRAVITY ? 2 : 0) : component];
  apply_rule(out, &from, zero);
  return CO_OK;
}

// --- values

static double hold(double value, double low, double high) {
  return co_clamp(value, low, high);
}

double co_knob_place(const co_knob *knob, double value) {
  double held = hold(value, knob->low, knob->high);
  if (knob->log) return log(held / knob->low) / log(knob->high / knob->low);
  return (held - knob->low) / (knob->high - knob->low);
}

// A study file should not be full of noise.
static double three_digits(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.3g", value);
  return strtod(text, NULL);
}

// Neutral values are where people aim at: what lies next to one is one.
double co_knob_value(const co_knob *knob, double place) {
  const double near = 0.012;  // of the slider
  double share = hold(place, 0, 1);
  if (knob->toggle) return share < 0.5 ? knob->low : knob->high;
  if (!isnan(knob->neutral) && fabs(share - co_knob_place(knob, knob->neutral)) < near)
    return knob->neutral;
  double value = knob->log ? knob->low * pow(knob->high / knob->low, share)
                           : knob->low + (knob->high - knob->low) * share;
  if (knob->whole) return round(value);
  return hold(three_digits(value), knob->low, knob->high);
}

void co_knob_shift(const co_knob *knob, double value, co_shift_info *out) {
  const co_parameter *p = &co_parameters[knob->parameter];
  *out = (co_shift_info){.num_values = 1};
  snprintf(out->parameter, sizeof out->parameter, "%s", p->name);
  snprintf(out->select, sizeof out->select, "%s", knob->select);
  snprintf(out->operation, sizeof out->operation, "%s", co_operation_name(knob->operation));
  out->value[0] = value;
  if (knob->both_ends) {
    out->num_values = 2;
    out->value[0] = -value;
    out->value[1] = value;
  } else if (knob->component >= 0) {
    out->num_values = p->width;
    for (int i = 0; i < p->width; i++) out->value[i] = knob->operation == CO_SCALE;
    out->value[knob->component] = value;
  }
}

double co_knob_read(const co_knob *knob, const co_shift_info *shift) {
  co_shift_info own;
  co_knob_shift(knob, knob->low, &own);
  if (strcmp(own.parameter, shift->parameter) != 0 || strcmp(own.select, shift->select) != 0 ||
      strcmp(own.operation, shift->operation) != 0 || *shift->distribution ||
      own.num_values != shift->num_values)
    return NAN;
  return shift->value[knob->both_ends ? 1 : knob->component < 0 ? 0 : knob->component];
}

void co_knob_text(const co_knob *knob, double value, char *out, size_t size) {
  const co_parameter *p = &co_parameters[knob->parameter];
  const char *unit = strcmp(p->unit, "1") == 0 ? "" : p->unit;
  char *end = strchr(unit, ',');
  int length = end ? (int)(end - unit) : (int)strlen(unit);
  if (knob->toggle)
    snprintf(out, size, "%s", value == knob->high ? "on" : "off");
  else if (knob->operation == CO_SCALE)
    snprintf(out, size, "x %.3g = %.4g %.*s", value, value * knob->nominal, length, unit);
  else if (knob->operation == CO_ADD)
    snprintf(out, size, "%+.3g %.*s", value, length, unit);
  else if (knob->both_ends)
    snprintf(out, size, "+-%.3g %.*s", value, length, unit);
  else
    snprintf(out, size, "%.4g %.*s", value, length, unit);
}
