#include "viz/show/private/applied.h"

#include "core/number.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const co_applied_titles[] = {
#define X(id, title) [id] = title,
    CO_APPLIED_COLUMN_LIST(X)
#undef X
};

const co_parameter_id co_applied_more[] = {
#define X(id) id,
    CO_APPLIED_MORE_LIST(X)
#undef X
};

// Least and greatest of what rows draw, equal where nothing is drawn; NAN: there is no such number.
typedef struct ends {
  double low, high;
} ends;

static const ends kNone = {NAN, NAN};

static ends make_ends(double a, double b) {
  return (ends){fmin(a, b), fmax(a, b)};
}

static ends times(ends e, double factor) {
  return make_ends(e.low * factor, e.high * factor);
}

// Products of two ranges lie between those of their ends.
static ends product(ends a, ends b) {
  ends x = make_ends(a.low * b.low, a.low * b.high), y = make_ends(a.high * b.low, a.high * b.high);
  return make_ends(fmin(x.low, y.low), fmax(x.high, y.high));
}

// Numbers as short as people want them: "0.5", "0.8..1.2".
static void put_ends(ends e, char out[CO_APPLIED_TEXT]) {
  char low[CO_APPLIED_TEXT];
  if (isnan(e.low)) return;
  snprintf(low, sizeof low, "%.4g", e.low + 0.0);  // never "-0"
  if (e.low == e.high)
    snprintf(out, CO_APPLIED_TEXT, "%s", low);
  else
    snprintf(out, CO_APPLIED_TEXT, "%.10s..%.4g", low, e.high + 0.0);
}

// ---- numbers of the world

// Which element of a parameter an action belongs to, -1: none.
typedef struct places {
  int action, actuator, pd;
} places;

static places find_places(const co_built_world *world, int action) {
  const co_binding *binding = &world->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  places at = {action, -1, -1};
  for (int t = 0; t < terms->count; t++) {
    const co_term *term = &terms->term[t];
    int i = action - term->at;
    if (i < 0 || i >= term->size || i >= term->refs || term->ref[i].group != CO_CTRL) continue;
    at.actuator = world->model->drive[term->ref[i].index].actuator;
  }
  for (int k = 0; k < binding->num_pd; k++)
    if (binding->pd[k] == &binding->action[action]) at.pd = k;
  return at;
}

static int place_of(const places *at, co_parameter_id parameter) {
  switch (co_parameters[parameter].element) {
    case CO_NO_ELEMENT: return 0;
    case CO_ACTION: return at->action;
    case CO_ACTUATOR: return at->actuator;
    case CO_PD: return at->pd;
    default: return -1;
  }
}

static const co_put *find_put(const co_built_world *world, co_parameter_id parameter, int element) {
  const co_plan *plan = &world->plan;
  for (int i = 0; i < plan->count; i++)
    if (plan->put[i].parameter == parameter && plan->put[i].element == element)
      return &plan->put[i];
  return NULL;
}

// Value `k` of a parameter for this action: as shifted or drawn, else as it is nominally.
static ends read(const co_built_world *world, const places *at, co_parameter_id parameter, int k) {
  int element = place_of(at, parameter);
  double value[CO_PARAMETER_WIDTH] = {0};
  bool signal = co_parameter_is(parameter, CO_BY_SIGNAL);
  if (element < 0 || (!signal && !world->model->engine->has(parameter))) return kNone;
  if (!signal && co_model_at(world->model, co_parameters[parameter].element, element) < 0)
    return kNone;
  const co_put *put = find_put(world, parameter, element);
  if (put) return make_ends(put->low[k], put->high[k]);
  if (signal)
    value[k] =
        world->plan.signal.value[co_signal_index(&world->plan.signal, parameter, element) + k];
  else
    world->model->engine->get(world->model, parameter, element, value);
  return (ends){value[k], value[k]};
}

// ---- the motor

// A parameter of the actuator against its nominal number; 1 where the domain leaves it alone.
static ends against_nominal(const co_built_world *world, const places *at,
                            co_parameter_id parameter) {
  const co_put *put = find_put(world, parameter, at->actuator);
  if (!put) return (ends){1, 1};
  if (put->nominal[0] == 0) return kNone;
  return times(make_ends(put->low[0], put->high[0]), 1 / put->nominal[0]);
}

// What stands behind the contract: factors of the action, of the motor's torque, and of where a
// servo goes.
typedef struct way {
  ends gain, motor, target;
} way;

static way find_way(const co_built_world *world, const places *at) {
  return (way){.gain = read(world, at, CO_ACTION_GAIN, 0),
               .motor = against_nominal(world, at, CO_GEAR),
               .target = against_nominal(world, at, CO_TARGET)};
}

// ---- cells

// What the contract makes of an action that arrives as so much.
static double control_of(const co_action_element *element, double arrived) {
  return element->scale * co_clamp(arrived, element->low, element->high) + element->offset;
}

// What is commanded at the joint: the torque of a motor, or a target and, where it is not 1, the
// factor of the torque that follows it.
static void put_joint(const co_built_world *world, const places *at, const way *path,
                      co_applied *out) {
  const co_action_element *element = &world->info.action[at->action];
  const co_drive_info *drive = &element->drive;
  char *cell = out->cell[CO_APPLIED_JOINT], factor[CO_APPLIED_TEXT] = "";
  bool plain = strcmp(element->kind, "ctrl") == 0 && !isnan(drive->unit);
  bool motor = plain && isnan(drive->kp) && isnan(drive->kv);
  ends command =
      make_ends(control_of(element, path->gain.low), control_of(element, path->gain.high));
  if (at->actuator >= 0 && co_model_at(world->model, CO_ACTUATOR, at->actuator) < 0) {
    snprintf(cell, CO_APPLIED_TEXT, "gone");
    return;
  }
  if (plain) command = times(command, drive->unit);
  put_ends(product(command, motor ? path->motor : path->target), cell);
  if (motor || isnan(path->motor.low) || (path->motor.low == 1 && path->motor.high == 1)) return;
  put_ends(path->motor, factor);
  size_t used = strlen(cell);
  snprintf(cell + used, CO_APPLIED_TEXT - used, " x %s", factor);
}

// Control steps and physics steps, in time.
static void put_delay(const co_built_world *world, const places *at, co_applied *out) {
  const co_env_info *info = &world->info;
  ends action = read(world, at, CO_ACTION_DELAY, 0), target = read(world, at, CO_PD_DELAY, 0);
  ends late = times(action, 1e3 * info->timestep * info->substeps);
  if (!isnan(target.low)) {
    late.low += 1e3 * info->timestep * target.low;
    late.high += 1e3 * info->timestep * target.high;
  }
  char *cell = out->cell[CO_APPLIED_DELAY];
  put_ends(late, cell);
  size_t used = strlen(cell);
  if (late.high > 0) snprintf(cell + used, CO_APPLIED_TEXT - used, " ms");
}

static void put_sign(const way *path, co_applied *out) {
  ends whole = product(product(path->gain, path->motor), path->target);
  if (isnan(whole.low)) return;
  out->reversed = whole.low < 0;
  snprintf(out->cell[CO_APPLIED_SIGN], CO_APPLIED_TEXT, "%s",
           whole.low >= 0   ? "+"
           : whole.high > 0 ? "+ or -"
                            : "-");
}

static void put_more(const co_built_world *world, const places *at, int i, co_applied *out) {
  co_parameter_id parameter = co_applied_more[i];
  char second[CO_APPLIED_TEXT] = "";
  put_ends(read(world, at, parameter, 0), out->more[i]);
  if (co_parameters[parameter].width < 2 || !*out->more[i]) return;
  put_ends(read(world, at, parameter, 1), second);
  size_t used = strlen(out->more[i]);
  snprintf(out->more[i] + used, CO_APPLIED_TEXT - used, " %s", second);
}

void co_applied_measure(const co_built_world *world, int action, co_applied *out) {
  assert(action >= 0 && action < world->info.act_dim);
  const co_action_element *element = &world->info.action[action];
  places at = find_places(world, action);
  way path = find_way(world, &at);
  *out = (co_applied){.reversed = false};
  put_sign(&path, out);
  snprintf(out->cell[CO_APPLIED_CONTROL], CO_APPLIED_TEXT, "%.4g", control_of(element, 1));
  put_ends(path.gain, out->cell[CO_APPLIED_GAIN]);
  put_joint(world, &at, &path, out);
  put_delay(world, &at, out);
  for (int i = 0; i < CO_APPLIED_MORE; i++) put_more(world, &at, i, out);
}
