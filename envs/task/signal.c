#include "envs/task/signal.h"

#include <assert.h>
#include <string.h>

// ---- numbers

int co_signal_elements(const co_binding *binding, co_parameter_id parameter) {
  assert(co_parameter_is(parameter, CO_BY_SIGNAL));
  switch (co_parameters[parameter].element) {
    case CO_ACTION: return binding->act_dim;
    case CO_PD: return binding->num_pd;
    case CO_OBSERVATION: return binding->raw_dim;
    case CO_BODY: return binding->model->elements[CO_BODY].count;
    case CO_QPOS: return binding->model->nq;
    case CO_QVEL: return binding->model->nv;
    default: return 1;
  }
}

const char *co_signal_element_name(const co_binding *binding, co_parameter_id parameter, int i) {
  assert(i >= 0 && i < co_signal_elements(binding, parameter));
  co_element kind = co_parameters[parameter].element;
  switch (kind) {
    case CO_ACTION: return binding->action[i].name;
    case CO_PD: return binding->pd[i]->name;
    case CO_OBSERVATION: return binding->raw[i].name;
    case CO_NO_ELEMENT: return NULL;
    default: return binding->model->elements[kind].name[i];
  }
}

// The observation term that raw value i belongs to.
static const co_obs_term *term_of(const co_binding *binding, int i) {
  int term = 0, terms = binding->terms[CO_TERM_OBSERVATION].count;
  while (term + 1 < terms && binding->obs_term[term + 1].raw_at <= i) term++;
  return &binding->obs_term[term];
}

static double neutral_value(const co_binding *binding, co_parameter_id parameter, int i) {
  switch (parameter) {
    case CO_ACTION_REPEAT:
    case CO_ACTION_GAIN:
    case CO_RESET_NOISE: return 1.0;
    case CO_SUBSTEPS: return (double)binding->task->substeps;
    case CO_PUSH_INTERVAL: return 250.0;
    case CO_PD_KP: return binding->kp[i];
    case CO_PD_KD: return binding->kd[i];
    case CO_PD_LIMIT: return binding->limit[i];
    case CO_RESET_QPOS: return binding->pose[i];
    case CO_RESET_QVEL: return binding->rate[i];
    default: return 0.0;
  }
}

static double nominal_value(const co_binding *binding, co_parameter_id parameter, int i) {
  switch (parameter) {
    case CO_OBSERVATION_DELAY: return term_of(binding, i)->delay;
    case CO_OBSERVATION_NOISE: return term_of(binding, i)->noise;
    default: return neutral_value(binding, parameter, i);
  }
}

co_status co_signal_create(const co_binding *binding, co_arena *arena, co_signal *out) {
  *out =
      (co_signal){.binding = binding, .action_slots = 1, .observation_slots = 1, .target_slots = 1};
  for (co_parameter_id id = 0; id < CO_NUM_PARAMETERS; id++) {
    if (!co_parameter_is(id, CO_BY_SIGNAL)) continue;
    out->at[id] = out->size;
    out->size += co_signal_elements(binding, id) * co_parameters[id].width;
  }
  out->neutral = co_arena_alloc(arena, (size_t)out->size, sizeof *out->neutral);
  out->value = co_arena_alloc(arena, (size_t)out->size, sizeof *out->value);
  CO_TRY(co_arena_status(arena));
  for (co_parameter_id id = 0; id < CO_NUM_PARAMETERS; id++) {
    if (!co_parameter_is(id, CO_BY_SIGNAL)) continue;
    for (int i = 0; i < co_signal_elements(binding, id) * co_parameters[id].width; i++) {
      out->neutral[out->at[id] + i] = neutral_value(binding, id, i);
      out->value[out->at[id] + i] = nominal_value(binding, id, i);
    }
  }
  co_signal_settle(out);
  return CO_OK;
}

// Steps kept of what a parameter delays; NULL: it is no delay.
static int *slots_of(co_signal *signal, co_parameter_id parameter) {
  switch (parameter) {
    case CO_ACTION_DELAY: return &signal->action_slots;
    case CO_OBSERVATION_DELAY: return &signal->observation_slots;
    case CO_PD_DELAY: return &signal->target_slots;
    default: return NULL;
  }
}

bool co_signal_has_room(const co_signal *signal, co_parameter_id parameter, double high) {
  co_signal copy = *signal;
  const int *slots = slots_of(&copy, parameter);
  return !slots || high < *slots;
}

void co_signal_allow(co_signal *signal, co_parameter_id parameter, int element,
                     const double *value) {
  size_t bytes = (size_t)co_parameters[parameter].width * sizeof *value;
  double high = value[0];
  if (memcmp(value, signal->neutral + co_signal_index(signal, parameter, element), bytes) != 0) {
    signal->active = true;
  }
  int *slots = slots_of(signal, parameter);
  if (slots && (int)high + 1 > *slots) *slots = (int)high + 1;
}

void co_signal_settle(co_signal *signal) {
  for (co_parameter_id id = 0; id < CO_NUM_PARAMETERS; id++) {
    if (!co_parameter_is(id, CO_BY_SIGNAL)) continue;
    for (int i = 0; i < co_signal_elements(signal->binding, id); i++) {
      co_signal_allow(signal, id, i, signal->value + co_signal_index(signal, id, i));
    }
  }
}

// ---- what a row keeps: the held action, actions sent, observations made, observations delivered,
// targets

typedef struct kept {
  double *held;       // (act_dim)
  double *sent;       // (action_slots x act_dim) ring
  double *made;       // (observation_slots x raw_dim) ring
  double *delivered;  // (raw_dim)
  double *target;     // (target_slots x num_pd) ring
} kept;

size_t co_signal_doubles(const co_signal *signal) {
  if (!signal->active) return 0;
  size_t actions = (size_t)signal->binding->act_dim, raw = (size_t)signal->binding->raw_dim;
  return actions * (size_t)(1 + signal->action_slots) +
         raw * (size_t)(1 + signal->observation_slots) +
         (size_t)signal->binding->num_pd * (size_t)signal->target_slots;
}

static kept kept_of(const co_signal *signal, const co_signal_row *row) {
  size_t actions = (size_t)signal->binding->act_dim, raw = (size_t)signal->binding->raw_dim;
  kept k = {.held = row->buffer};
  k.sent = k.held + actions;
  k.made = k.sent + actions * (size_t)signal->action_slots;
  k.delivered = k.made + raw * (size_t)signal->observation_slots;
  k.target = k.delivered + raw;
  return k;
}

static const double *numbers(const co_signal *signal, const co_signal_row *row,
                             co_parameter_id parameter) {
  return row->value + signal->at[parameter];
}

// ---- start

void co_signal_place(const co_signal *signal, const co_signal_row *row, co_physics *physics) {
  const co_model *model = signal->binding->model;
  for (int i = 0; i < model->nq; i++) {
    co_ref ref = {CO_QPOS, i, co_model_at(model, CO_QPOS, i)};
    co_ref_write(physics, ref, numbers(signal, row, CO_RESET_QPOS)[i]);
  }
  for (int i = 0; i < model->nv; i++) {
    co_ref ref = {CO_QVEL, i, co_model_at(model, CO_QVEL, i)};
    co_ref_write(physics, ref, numbers(signal, row, CO_RESET_QVEL)[i]);
  }
}

static void spread_group(const co_model *model, co_element group, int count, const double *nominal,
                         double factor, co_physics *physics) {
  for (int i = 0; i < count; i++) {
    co_ref ref = {group, i, co_model_at(model, group, i)};
    double deviation = co_ref_value(physics, ref) - nominal[i];
    if (deviation != 0) co_ref_write(physics, ref, nominal[i] + factor * deviation);
  }
}

void co_signal_spread(const co_signal *signal, const co_signal_row *row, co_physics *physics) {
  const co_model *model = signal->binding->model;
  double factor = *numbers(signal, row, CO_RESET_NOISE);
  if (factor == 1) return;
  spread_group(model, CO_QPOS, model->nq, numbers(signal, row, CO_RESET_QPOS), factor, physics);
  spread_group(model, CO_QVEL, model->nv, numbers(signal, row, CO_RESET_QVEL), factor, physics);
}

// ---- steps

int co_signal_substeps(const co_signal *signal, const co_signal_row *row) {
  return (int)*numbers(signal, row, CO_SUBSTEPS);
}

void co_signal_act(const co_signal *signal, const co_signal_row *row, int64_t step, co_rng *rng,
                   const double *action, double *arrived) {
  size_t dim = (size_t)signal->binding->act_dim;
  int64_t slots = signal->action_slots;
  int64_t repeat = (int64_t)*numbers(signal, row, CO_ACTION_REPEAT);
  int64_t delay = (int64_t)*numbers(signal, row, CO_ACTION_DELAY);
  const double *noise = numbers(signal, row, CO_ACTION_NOISE);
  const double *gain = numbers(signal, row, CO_ACTION_GAIN);
  kept k = kept_of(signal, row);
  assert(repeat >= 1 && delay >= 0 && delay < slots);
  if (step % repeat == 0) memcpy(k.held, action, dim * sizeof *action);
  double *sent = k.sent + (size_t)(step % slots) * dim;
  for (size_t i = 0; i < dim; i++) {
    double value = k.held[i];
    if (noise[i] > 0) value += noise[i] * co_rng_normal(rng);
    sent[i] = gain[i] * value;
  }
  if (step < delay) {
    memset(arrived, 0, dim * sizeof *arrived);
  } else {
    memcpy(arrived, k.sent + (size_t)((step - delay) % slots) * dim, dim * sizeof *arrived);
  }
}

co_pd co_signal_law(const co_signal *signal, const co_signal_row *row, int64_t step, int first,
                    int count, const double *target, double *late) {
  const double *delay = numbers(signal, row, CO_PD_DELAY) + first;
  int64_t slots = signal->target_slots;
  size_t width = (size_t)signal->binding->num_pd;
  double *ring = kept_of(signal, row).target + first;
  memcpy(ring + (size_t)(step % slots) * width, target, (size_t)count * sizeof *target);
  for (int i = 0; i < count; i++) {
    assert(delay[i] >= 0 && delay[i] < (double)slots);
    int64_t then = step - (int64_t)delay[i];
    late[i] = ring[(size_t)((then > 0 ? then : 0) % slots) * width + (size_t)i];
  }
  return (co_pd){numbers(signal, row, CO_PD_KP) + first, numbers(signal, row, CO_PD_KD) + first,
                 numbers(signal, row, CO_PD_LIMIT) + first, late};
}

void co_signal_force(const co_signal *signal, const co_signal_row *row, co_physics *physics) {
  const double *force = numbers(signal, row, CO_FORCE);
  for (int i = 0; i < physics->model->elements[CO_BODY].count; i++, force += 3) {
    if (force[0] == 0 && force[1] == 0 && force[2] == 0) continue;
    physics->model->engine->apply_force(physics, i, force);
  }
}

void co_signal_push(const co_signal *signal, const co_signal_row *row, int64_t step, co_rng *rng,
                    co_physics *physics) {
  const co_model *model = signal->binding->model;
  const double *speed = numbers(signal, row, CO_PUSH_SPEED);
  if (step % (int64_t)*numbers(signal, row, CO_PUSH_INTERVAL)) return;
  for (int i = 0; i < model->nv; i++) {
    if (!(speed[i] > 0)) continue;
    co_ref ref = {CO_QVEL, i, co_model_at(model, CO_QVEL, i)};
    double push = speed[i] * (2 * co_rng_uniform(rng) - 1);
    co_ref_write(physics, ref, co_ref_value(physics, ref) + push);
  }
}

void co_signal_observe(const co_signal *signal, const co_signal_row *row, int64_t step, co_rng *rng,
                       double *raw) {
  const co_binding *binding = signal->binding;
  size_t dim = (size_t)binding->raw_dim;
  int64_t slots = signal->observation_slots;
  const double *delay = numbers(signal, row, CO_OBSERVATION_DELAY);
  const double *noise = numbers(signal, row, CO_OBSERVATION_NOISE);
  const double *bias = numbers(signal, row, CO_OBSERVATION_BIAS);
  const double *drop = numbers(signal, row, CO_OBSERVATION_DROP);
  const double *freeze = numbers(signal, row, CO_OBSERVATION_FREEZE);
  kept k = kept_of(signal, row);
  memcpy(k.made + (size_t)(step % slots) * dim, raw, dim * sizeof *raw);
  for (size_t i = 0; i < dim; i++) {
    assert(delay[i] >= 0 && delay[i] < (double)slots);
    int64_t then = step - (int64_t)delay[i];
    double value = k.made[(size_t)((then > 0 ? then : 0) % slots) * dim + i];
    if (then < 0 && binding->raw[i].fill) value = 0.0;
    value += bias[i];
    if (noise[i] > 0) value += noise[i] * co_rng_normal(rng);
    if (drop[i] > 0 && co_rng_uniform(rng) < drop[i]) value = 0.0;
    if (freeze[i] > 0 && co_rng_uniform(rng) < freeze[i] && step > 0) value = k.delivered[i];
    raw[i] = k.delivered[i] = value;
  }
}
