#include "envs/world/row.h"

#include "core/memory.h"
#include "core/number.h"
#include "envs/world/private/row.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const co_signal *signal_of(const co_row *row) {
  return &co_row_plan(row)->signal;
}

// What is zero when an episode starts: observation, term state, command, two actions, signal path.
static size_t episode_doubles(const co_binding *binding) {
  size_t path = binding->plan ? co_signal_doubles(&binding->plan->signal) : 0;
  return path + (size_t)(binding->obs_dim + binding->state_size + binding->num_commands +
                         2 * binding->act_dim);
}

size_t co_row_kept_doubles(const co_binding *binding) {
  const co_plan *plan = binding->plan;
  return episode_doubles(binding) + (size_t)(plan ? plan->drawn + 2 * plan->num_ranges : 0);
}

// Parts of the row's one block, in order: `from` is moved on.
static double *take(double **from, size_t count) {
  double *part = *from;
  *from += count;
  return part;
}

static void lay_out(co_row *row, double *block) {
  const co_binding *binding = row->binding;
  size_t actions = (size_t)binding->act_dim, drawn = (size_t)co_row_plan(row)->drawn;
  size_t ranges = (size_t)co_row_plan(row)->num_ranges;
  row->obs = take(&block, (size_t)binding->obs_dim);
  row->state = take(&block, (size_t)binding->state_size);
  row->command = take(&block, (size_t)binding->num_commands);
  row->action = take(&block, actions);
  row->previous = take(&block, actions);
  row->path.buffer = take(&block, co_signal_doubles(signal_of(row)));
  row->drawn = take(&block, drawn);
  row->ranges = take(&block, ranges);
  row->drawn_from = take(&block, ranges);
  assert(row->drawn_from + ranges == row->obs + co_row_kept_doubles(binding));
  row->loaded = take(&block, drawn + 2 * ranges);
  row->path.value = take(&block, (size_t)signal_of(row)->size);
  row->held = take(&block, (size_t)binding->num_commands);
  row->raw = take(&block, (size_t)binding->raw_dim);
  row->clipped = take(&block, actions);
  row->arrived = take(&block, actions);
  row->control = take(&block, actions);
  row->late = take(&block, (size_t)binding->num_pd);
  row->force = take(&block, (size_t)binding->model->nv);
}

static size_t scratch_doubles(const co_row *row) {
  const co_binding *binding = row->binding;
  const co_plan *plan = co_row_plan(row);
  return (size_t)(plan->drawn + 2 * plan->num_ranges + plan->signal.size + binding->num_commands +
                  binding->raw_dim + 3 * binding->act_dim + binding->num_pd + binding->model->nv);
}

// The streams of row `index`, from their beginnings.
static void take_streams(co_row *row, const co_stream *stream, uint32_t index) {
  row->rng = co_rng_make(stream, index);
  row->signal = co_rng_make_lane(stream, index, 1);
  row->domain = co_rng_make_lane(stream, index, 2);
  row->noise = co_rng_make_lane(stream, index, 3);
}

co_status co_row_create(const co_binding *binding, const co_stream *stream, uint32_t index,
                        co_row *out) {
  assert(binding->obs_dim > 0 && binding->act_dim > 0);
  *out = (co_row){.binding = binding};
  take_streams(out, stream, index);
  double *block = co_alloc(co_row_kept_doubles(binding) + scratch_doubles(out), sizeof *block);
  if (!block) return CO_MEMORY;
  lay_out(out, block);
  out->seen = out->obs;
  co_plan_file_ranges(co_row_plan(out), out->ranges);
  co_plan_file_ranges(co_row_plan(out), out->drawn_from);
  co_row_hold(out, NULL);
  co_status status = co_physics_create(binding->model, &out->physics);
  if (status == CO_OK) status = co_plan_own(co_row_plan(out), out->physics);
  co_map_row part;
  if (status == CO_OK) status = co_map_row_create(binding->map, &part);
  if (status == CO_OK) co_row_set_map(out, &part);
  if (status != CO_OK) co_row_free(out);
  return status;
}

void co_row_free(co_row *row) {
  co_map_row_free(&row->map);
  co_physics_free(row->physics);
  free(row->obs);
  *row = (co_row){0};
}

void co_row_set_map(co_row *row, co_map_row *part) {
  assert(!part->map || part->map->binding == row->binding);
  co_map_row_free(&row->map);
  row->map = *part;
  row->seen = part->map ? part->seen : row->obs;
  *part = (co_map_row){0};
}

// Beyond the range of float32 counts as non-finite: that is what the batch holds.
static bool all_finite(const double *value, int count) {
  for (int i = 0; i < count; i++) {
    if (!(fabs(value[i]) <= (double)FLT_MAX)) return false;
  }
  return true;
}

// Whether task and policy have a sound observation.
static bool is_observed(const co_row *row) {
  int dim = row->binding->obs_dim;
  return all_finite(row->obs, dim) && (row->seen == row->obs || all_finite(row->seen, dim));
}

// Physics steps of a control step, which a domain may change.
static int substeps_of(const co_row *row) {
  const co_signal *signal = signal_of(row);
  return signal->active ? co_signal_substeps(signal, &row->path)
                        : (int)row->binding->task->substeps;
}

static co_moment moment_of(const co_row *row) {
  const co_binding *binding = row->binding;
  return (co_moment){.physics = row->physics,
                     .pose = binding->pose,
                     .command = row->command,
                     .action = row->action,
                     .clipped = row->clipped,
                     .previous = row->previous,
                     .act_dim = binding->act_dim,
                     .step = row->step,
                     .horizon = binding->task->horizon,
                     .dt = substeps_of(row) * binding->model->timestep};
}

static double *state_of(const co_row *row, const co_term *term) {
  assert(term->state_at + term->states <= row->binding->state_size);
  return row->state + term->state_at;
}

// ---- observation

// Forgets the oldest of the values that lie `size` apart, up to the present ones.
static void move_past(double *past, double *now, size_t size) {
  if (past < now) memmove(past, past + size, (size_t)(now - past) * sizeof *past);
}

// What lies before the start of an episode: zeros, or the first values.
static void fill_past(double *past, const double *now, size_t size, bool zero) {
  for (; past < now; past += size) {
    if (zero)
      memset(past, 0, size * sizeof *past);
    else
      memcpy(past, now, size * sizeof *past);
  }
}

// value = clip(scale * raw + offset); the past moves up by one place, or is filled at the start.
static void write_term(const co_row *row, int k, bool first) {
  const co_binding *binding = row->binding;
  const co_term *term = &binding->terms[CO_TERM_OBSERVATION].term[k];
  const co_obs_term *about = &binding->obs_term[k];
  const co_obs_element *element = &binding->raw[about->raw_at];
  size_t size = (size_t)term->size;
  double *now = row->obs + co_binding_now(binding, k);
  double *past = now - (size_t)(about->history - 1) * size;
  move_past(past, now, size);
  for (int i = 0; i < term->size; i++) {
    double value = element[i].scale * row->raw[about->raw_at + i] + element[i].offset;
    now[i] = co_clamp(value, element[i].clip_low, element[i].clip_high);
  }
  if (first) fill_past(past, now, size, about->zero);
}

static void observe_term(co_row *row, int k, const co_moment *moment) {
  const co_binding *binding = row->binding;
  const co_term *term = &binding->terms[CO_TERM_OBSERVATION].term[k];
  double *raw = row->raw + binding->obs_term[k].raw_at;
  if (binding->obs_term[k].held) {
    memset(raw, 0, (size_t)term->size * sizeof *raw);
  } else {
    term->class->observe(term, moment, state_of(row, term), raw);
  }
}

static void observe(co_row *row, const co_moment *moment, bool first) {
  const co_binding *binding = row->binding;
  int terms = binding->terms[CO_TERM_OBSERVATION].count;
  size_t frame = (size_t)(binding->obs_dim / binding->stack);
  double *now = row->obs + (size_t)(binding->stack - 1) * frame;
  for (int i = 0; i < terms; i++) observe_term(row, i, moment);
  const co_signal *signal = signal_of(row);
  if (signal->active) co_signal_observe(signal, &row->path, row->step, &row->noise, row->raw);
  move_past(row->obs, now, frame);
  for (int i = 0; i < terms; i++) write_term(row, i, first);
  if (first) fill_past(row->obs, now, frame, binding->zero);
  if (row->map.map) co_map_observe(&row->map, row->physics, row->step, row->obs);
}

// ---- commands

static void draw_commands(co_row *row, const co_moment *moment) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_COMMAND];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    bool due = row->step == 0 || (term->def->every && row->step % term->def->every == 0);
    if (due) term->class->command(term, moment, &row->signal, row->command + term->at);
  }
  for (int i = 0; i < row->binding->num_commands; i++) {
    if (!isnan(row->held[i])) row->command[i] = row->held[i];
  }
}

void co_row_hold(co_row *row, const double *command) {
  for (int i = 0; i < row->binding->num_commands; i++)
    row->held[i] = command ? command[i] : (double)NAN;
}

// ---- reset

// Where the episode starts before the reset terms.
static void place(const co_row *row) {
  const co_signal *signal = signal_of(row);
  co_binding_start(row->binding, row->physics);
  if (!signal->active) return;
  co_signal_place(signal, &row->path, row->physics);
  co_signal_force(signal, &row->path, row->physics);
}

co_status co_row_put_draws(co_row *row) {
  const co_plan *plan = co_row_plan(row);
  CO_TRY(co_plan_put(plan, row->drawn, row->variant, row->physics));
  if (plan->signal.active) co_plan_put_signal(plan, row->drawn, row->path.value);
  return CO_OK;
}

co_status co_row_clear(co_row *row) {
  const co_binding *binding = row->binding;
  row->episode++;
  row->step = 0;
  row->fault = row->acted = false;
  memset(row->obs, 0, episode_doubles(binding) * sizeof *row->obs);
  if (row->map.map) co_map_row_clear(&row->map);
  const co_plan *plan = co_row_plan(row);
  if (plan->num_ranges)
    memcpy(row->drawn_from, row->ranges, (size_t)plan->num_ranges * sizeof *row->ranges);
  co_plan_draw(plan, row->drawn_from, row->age, &row->domain, row->drawn, &row->variant);
  CO_TRY(co_row_put_draws(row));
  CO_TRY(binding->model->engine->reset(row->physics));
  place(row);
  return CO_OK;
}

// What terms need of the state before the next step: taken when the last one is over, since stored
// quantities such as positions of bodies are not part of a saved row.
static void remember(co_row *row, const co_moment *moment) {
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) {
    const co_terms_bound *terms = &row->binding->terms[kind];
    for (int i = 0; i < terms->count; i++) {
      const co_term *term = &terms->term[i];
      if (term->class->before) term->class->before(term, moment, state_of(row, term));
    }
  }
}

static void begin_terms(co_row *row, const co_moment *moment) {
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) {
    const co_terms_bound *terms = &row->binding->terms[kind];
    for (int i = 0; i < terms->count; i++) {
      const co_term *term = &terms->term[i];
      if (term->class->begin) term->class->begin(term, moment, state_of(row, term));
    }
  }
}

// From the state that was written; `draws`: with commands of its own, else with those it has.
static co_status start(co_row *row, bool draws) {
  CO_TRY(row->binding->model->engine->forward(row->physics));
  co_moment moment = moment_of(row);
  if (draws) draw_commands(row, &moment);
  begin_terms(row, &moment);
  remember(row, &moment);
  observe(row, &moment, true);
  if (is_observed(row)) return CO_OK;
  return co_fail(CO_INTERNAL, "%s: the reset gives a non-finite observation",
                 row->binding->model->name);
}

co_status co_row_start(co_row *row) {
  return start(row, true);
}

co_status co_row_reset(co_row *row) {
  CO_TRY(co_row_clear(row));
  co_moment moment = moment_of(row);
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_RESET];
  for (int i = 0; i < terms->count; i++) {
    terms->term[i].class->draw(&terms->term[i], &moment, &row->rng);
  }
  const co_signal *signal = signal_of(row);
  if (signal->active) co_signal_spread(signal, &row->path, row->physics);
  return co_row_start(row);
}

co_status co_row_begin(co_row *row, const co_stream *stream, uint32_t episode) {
  assert(stream && episode < UINT32_C(1) << 30);
  take_streams(row, stream, episode);
  row->episode = row->faults = row->age = 0;
  return co_row_reset(row);
}

// ---- a given start

static co_status check_numbers(const co_model *model, co_element kind, const double *value,
                               int count) {
  for (int i = 0; i < count; i++) {
    if (!all_finite(value + i, 1)) {
      return co_fail(CO_DATA, "%s: no start: %s/%s would be %g", model->name, co_element_name(kind),
                     model->elements[kind].name[i], value[i]);
    }
  }
  return CO_OK;
}

static co_status check_start(const co_model *model, const co_env_state *start) {
  if (start->nq != model->nq || start->nv != model->nv) {
    return co_fail(CO_DATA,
                   "%s: no start: %d positions and %d velocities are given, the model has %d and "
                   "%d",
                   model->name, start->nq, start->nv, model->nq, model->nv);
  }
  CO_TRY(check_numbers(model, CO_QPOS, start->qpos, start->nq));
  return check_numbers(model, CO_QVEL, start->qvel, start->nv);
}

static void write_group(co_physics *physics, const co_model *model, co_element group, int count,
                        const double *value) {
  for (int i = 0; i < count; i++) {
    co_ref_write(physics, (co_ref){group, i, co_model_at(model, group, i)}, value[i]);
  }
}

// Bodies placed by hand, which the engine's reset would put back; free it.
static co_status copy_placed(const co_row *row, double **out) {
  const co_model *model = row->binding->model;
  int count = model->elements[CO_MOCAP_POS].count;
  *out = co_alloc((size_t)count + 1, sizeof **out);
  if (!*out) return CO_MEMORY;
  for (int i = 0; i < count; i++) {
    int at = co_model_at(model, CO_MOCAP_POS, i);
    (*out)[i] = co_ref_value(row->physics, (co_ref){CO_MOCAP_POS, i, at});
  }
  return CO_OK;
}

// What an episode starts without: all that is kept from step to step but its commands.
static void forget_steps(co_row *row) {
  size_t before = (size_t)(row->command - row->obs), commands = (size_t)row->binding->num_commands;
  size_t behind = episode_doubles(row->binding) - before - commands;
  memset(row->obs, 0, before * sizeof *row->obs);
  memset(row->command + commands, 0, behind * sizeof *row->obs);
  if (row->map.map) co_map_row_clear(&row->map);
  row->step = 0;
  row->fault = row->acted = false;
}

co_status co_row_place(co_row *row, const co_env_state *wanted) {
  const co_model *model = row->binding->model;
  double *placed;
  assert(row->episode > 0);  // numbers of the domain are drawn by a reset
  CO_TRY(check_start(model, wanted));
  CO_TRY(copy_placed(row, &placed));
  forget_steps(row);
  co_status status = model->engine->reset(row->physics);
  if (status == CO_OK) {
    place(row);
    write_group(row->physics, model, CO_MOCAP_POS, model->elements[CO_MOCAP_POS].count, placed);
    write_group(row->physics, model, CO_QPOS, model->nq, wanted->qpos);
    write_group(row->physics, model, CO_QVEL, model->nv, wanted->qvel);
    status = start(row, false);
  }
  row->fault = status != CO_OK;
  free(placed);
  return status;
}

// ---- step

// Clips and scales what arrives, and hands each action term its part. Reward terms see the policy's
// own action, clipped.
static void act(co_row *row, const co_moment *moment) {
  const co_binding *binding = row->binding;
  const co_signal *signal = signal_of(row);
  const double *arrived = row->action;
  if (signal->active) {
    co_signal_act(signal, &row->path, row->step, &row->noise, row->action, row->arrived);
    arrived = row->arrived;
  }
  for (int i = 0; i < binding->act_dim; i++) {
    const co_action_element *element = &binding->action[i];
    row->clipped[i] = co_clamp(row->action[i], element->low, element->high);
    row->control[i] =
        element->scale * co_clamp(arrived[i], element->low, element->high) + element->offset;
  }
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    assert(term->at + term->size <= binding->act_dim);
    term->class->control(term, moment, state_of(row, term), row->control + term->at);
  }
}

// Torques that follow targets, before physics step `step` of the episode.
static void follow_targets(co_row *row, int64_t step) {
  const co_binding *binding = row->binding;
  const co_signal *signal = signal_of(row);
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  for (int i = 0, first = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    if (!term->class->substep) continue;
    const double *target = state_of(row, term);
    co_pd law = {binding->kp + first, binding->kd + first, binding->limit + first, target};
    if (signal->active) {
      law = co_signal_law(signal, &row->path, step, first, term->size, target, row->late + first);
    }
    term->class->substep(term, row->physics, &law);
    first += term->size;
  }
}

static co_status step_physics(co_row *row) {
  int substeps = substeps_of(row);
  if (!row->binding->num_pd) return co_physics_step(row->physics, substeps);
  for (int step = 0; step < substeps; step++) {
    follow_targets(row, row->step * substeps + step);
    CO_TRY(co_physics_step(row->physics, 1));
  }
  return CO_OK;
}

// One control step of physics, a push where one is due, and derived quantities.
static co_status advance(co_row *row) {
  const co_binding *binding = row->binding;
  const co_signal *signal = signal_of(row);
  if (signal->active) co_signal_force(signal, &row->path, row->physics);
  CO_TRY(step_physics(row));
  row->step++;
  row->age++;
  if (signal->active) {
    co_signal_push(signal, &row->path, row->step, &row->noise, row->physics);
  }
  if (binding->task->observe) CO_TRY(binding->model->engine->refresh(row->physics));
  if (binding->contact_forces) CO_TRY(binding->model->engine->contact_forces(row->physics));
  return CO_OK;
}

// Every term is asked, so that those that count steps see them all.
static bool any_over(const co_row *row, co_term_kind kind, const co_moment *moment) {
  const co_terms_bound *terms = &row->binding->terms[kind];
  bool over = false;
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    over = term->class->over(term, moment, state_of(row, term)) || over;
  }
  return over;
}

// The sum is formed in the order of the file, in double: part of the recorded results.
static void reward(const co_row *row, const co_moment *moment, co_row_result *result) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_REWARD];
  result->reward = 0.0;
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    double value = term->def->weight * term->class->reward(term, moment, state_of(row, term));
    if (result->terms) result->terms[i] = value;
    result->reward += value;
  }
}

// Leaves nothing non-finite behind for the caller.
static void mark_fault(co_row *row, co_row_result *result) {
  if (!row->fault) row->faults++;
  row->fault = true;
  row->acted = false;
  memset(row->obs, 0, (size_t)row->binding->obs_dim * sizeof *row->obs);
  if (row->map.map) co_map_row_clear(&row->map);
  if (result->terms) {
    memset(result->terms, 0, (size_t)row->binding->num_rewards * sizeof *result->terms);
  }
  if (result->metrics) memset(result->metrics, 0, CO_NUM_STEP_METRICS * sizeof *result->metrics);
  result->reward = 0.0;
  result->terminated = result->truncated = result->success = false;
  result->fault = true;
}

static void judge(co_row *row, co_moment *moment, co_row_result *result) {
  result->fault = false;
  result->success = moment->success = any_over(row, CO_TERM_SUCCESS, moment);
  result->terminated = moment->terminated = any_over(row, CO_TERM_TERMINATE, moment);
  result->truncated = row->step >= row->binding->task->horizon;
  reward(row, moment, result);
  if (result->metrics) {
    co_step_metrics_measure(&row->binding->metrics, moment, row->state, result->metrics);
  }
}

// The policy's action as the task gets it; false where either is not finite.
static bool take_action(co_row *row, const double **action) {
  int dim = row->binding->act_dim;
  if (!all_finite(*action, dim)) return false;
  if (!row->map.map) return true;
  co_map_act(&row->map, row->step, *action);
  *action = row->map.action;
  return all_finite(*action, dim);
}

co_status co_row_step(co_row *row, const double *action, co_row_result *result) {
  const co_binding *binding = row->binding;
  assert(row->episode > 0);  // a row is reset before its first step
  if (row->fault || !take_action(row, &action)) {
    mark_fault(row, result);
    return CO_OK;
  }
  memcpy(row->previous, row->action, (size_t)binding->act_dim * sizeof *action);
  memcpy(row->action, action, (size_t)binding->act_dim * sizeof *action);
  co_moment moment = moment_of(row);
  act(row, &moment);
  CO_TRY(advance(row));
  if (row->lead.qpos) CO_TRY(co_row_follow_lead(row));
  row->acted = true;
  moment.step = row->step;
  judge(row, &moment, result);
  remember(row, &moment);
  draw_commands(row, &moment);
  observe(row, &moment, false);
  if (binding->model->engine->fault(row->physics) || !is_observed(row) ||
      !all_finite(&result->reward, 1)) {
    mark_fault(row, result);
  }
  return CO_OK;
}
