#include "envs/task/binding.h"

#include "envs/task/measured.h"
#include "envs/task/selection.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A binding under construction.
typedef struct builder {
  co_binding *binding;
  const co_node *node;  // of the task
  co_schema_errors errors;
} builder;

static const co_node *node_of(const builder *b, const char *key, int i) {
  const co_node *list = co_node_get(b->node, key);
  return list && i < list->count ? list->child[i] : b->node;
}

static void *allocate(builder *b, int count, size_t size) {
  void *block = co_arena_alloc(&b->binding->arena, (size_t)count, size);
  if (!block) b->errors.text.failed = true;
  return block;
}

static bool sound(const builder *b) {
  return !b->errors.count && !b->errors.text.failed;
}

// ---- elements of a term

static const char *pattern_of(const co_term_def *def) {
  return def->of ? def->of : def->actuators ? def->actuators : "*";
}

// Cuts the matches down to from .. from + count - 1.
static void take_range(builder *b, co_term *term, const co_node *node) {
  const co_term_def *def = term->def;
  if (!co_term_check_range(def, term->refs, node, &b->errors)) return;
  term->ref += def->from;
  term->refs = def->count ? (int)def->count : term->refs - (int)def->from;
}

static bool is_given(const char *order) {
  return order && strcmp(order, "given") == 0;
}

static bool select_refs(builder *b, unsigned groups, const char *pattern, const co_term *term,
                        const char *key, const co_node *node, co_ref **ref, int *refs) {
  const co_selection selection = {.model = b->binding->model,
                                  .groups = groups,
                                  .pattern = pattern,
                                  .given = is_given(term->def->order),
                                  .key = key,
                                  .node = node};
  return co_refs_select(&selection, &b->binding->arena, &b->errors, ref, refs);
}

// Which elements the term reads or writes.
static bool bind_elements(builder *b, co_term *term, const co_node *node) {
  const co_term_class *class = term->class;
  const co_term_def *def = term->def;
  const char *key = co_word_in(class->keys, "actuators") ? "actuators" : "of";
  if (class->groups &&
      !select_refs(b, class->groups, pattern_of(def), term, key, node, &term->ref, &term->refs)) {
    return false;
  }
  if (class->groups && co_word_in(class->keys, "from")) take_range(b, term, node);
  if (class->to_groups && def->to &&
      !select_refs(b, class->to_groups, def->to, term, "to", node, &term->to, &term->tos)) {
    return false;
  }
  term->size = term->refs;
  term->states = class->state;
  return true;
}

void co_report_count(co_schema_errors *errors, const co_node *node, const char *key, int count,
                     int size) {
  if (size == 1) {
    co_schema_error(errors, node, key, "%d numbers for 1 element", count);
  } else {
    co_schema_error(errors, node, key, "%d numbers for %d elements: give 1 or %d", count, size,
                    size);
  }
}

// A list of numbers has one for all elements, or one for each.
static void check_counts(builder *b, const co_term *term, const co_node *node) {
  const co_term_def *def = term->def;
  const struct {
    const char *key;
    const co_floats *list;
  } lists[] = {{"scale", &def->scale}, {"offset", &def->offset},
               {"kp", &def->kp},       {"kd", &def->kd},
               {"low", &def->low},     {"high", &def->high},
               {"value", &def->value}, {"torque_limit", &def->torque_limit},
               {"hold", &def->hold}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    int count = lists[i].list->count;
    bool tuples = term->class->tuples;
    if (count <= 1 || count == term->size || (tuples && count % term->size == 0)) continue;
    co_report_count(&b->errors, node, lists[i].key, count, term->size);
  }
}

static bool reads_contact_forces(const co_term *term) {
  for (int i = 0; i < term->refs; i++) {
    if (term->ref[i].group == CO_BODY_FORCE) return true;
  }
  return term->class->contact_forces;
}

// One term: its elements, then whatever its class decides.
static void bind_term(builder *b, co_term *term, co_term_kind kind, const co_node *node) {
  co_binding *binding = b->binding;
  term->class = co_term_find(kind, term->def->term);
  assert(term->class);  // the definition was checked
  int errors = b->errors.count;
  if (!bind_elements(b, term, node)) return;
  co_term_binder binder = {.model = binding->model,
                           .pose = binding->pose,
                           .command = binding->command,
                           .num_commands = binding->num_commands,
                           .action = binding->action,
                           .act_dim = binding->act_dim,
                           .dt = binding->dt,
                           .arena = &binding->arena,
                           .errors = &b->errors,
                           .node = node};
  if (term->class->bind) term->class->bind(term, &binder);
  // what a term has not found because another one is wrong has no count
  bool known = term->size > 0 || b->errors.count == 0;
  if (known && b->errors.count == errors) check_counts(b, term, node);
  if (reads_contact_forces(term) && !binding->model->engine->contact_forces) {
    co_schema_error(&b->errors, node, "of", "engine \"%s\" has no contact forces",
                    binding->model->engine->name);
  }
  binding->contact_forces = binding->contact_forces || reads_contact_forces(term);
  term->state_at = binding->state_size;
  binding->state_size += term->states;
}

// All terms of one kind, in the order of the file: their place in the vectors and in the term state
// follows from it.
static void bind_kind(builder *b, co_term_kind kind, int *dim) {
  co_binding *binding = b->binding;
  co_terms_bound *bound = &binding->terms[kind];
  bound->term = allocate(b, binding->task->term[kind].count, sizeof *bound->term);
  bound->count = bound->term ? binding->task->term[kind].count : 0;
  for (int i = 0; i < bound->count; i++) {
    co_term *term = &bound->term[i];
    const co_term_def *def = co_task_term(binding->task, kind, i);
    term->def = def;
    bind_term(b, term, kind, node_of(b, co_term_kind_name(kind), i));
    term->at = *dim;
    int history = def->history > 1 ? (int)def->history : 1;
    *dim += term->size * history;
  }
}

// ---- default pose

bool co_pose_put(const co_pose_def *def, const co_node *node, const co_model *model,
                 co_arena *arena, co_schema_errors *errors, double *pose, bool *named) {
  const co_selection selection = {.model = model,
                                  .groups = CO_BIT(CO_QPOS),
                                  .pattern = def->of,
                                  .given = is_given(def->order),
                                  .key = "of",
                                  .node = node};
  co_ref *ref;
  int refs;
  if (!co_refs_select(&selection, arena, errors, &ref, &refs)) return false;
  if (def->value.count > 1 && def->value.count != refs) {
    co_report_count(errors, node, "value", def->value.count, refs);
    return false;
  }
  for (int i = 0; i < refs; i++) {
    pose[ref[i].index] = co_floats_at(&def->value, i, 0.0);
    named[ref[i].index] = true;
  }
  return true;
}

// "keyframe NAME"; reported where there is none of that name.
static void find_keyframe(builder *b) {
  static const char word[] = "keyframe ";
  const co_model *model = b->binding->model;
  const co_elements *keys = &model->elements[CO_KEYFRAME];
  const char *start = b->binding->task->start;
  if (!start) return;
  if (strncmp(start, word, sizeof word - 1) != 0) {
    co_schema_error(&b->errors, b->node, "start", "\"%s\" must be \"keyframe NAME\"", start);
    return;
  }
  const char *name = start + sizeof word - 1;
  b->binding->keyframe = co_model_find(model, CO_KEYFRAME, name);
  if (b->binding->keyframe >= 0) return;
  char list[400] = "";
  co_name_list(keys->name, keys->count, list, sizeof list);
  const char *near = co_suggest(name, keys->name, keys->count);
  co_schema_error(&b->errors, b->node, "start", "\"%s\" is no keyframe of %s; there are: %s%s%s%s",
                  name, model->name, list, near ? "; did you mean \"" : "", near ? near : "",
                  near ? "\"?" : "");
}

static void bind_pose(builder *b) {
  co_binding *binding = b->binding;
  const co_model *model = binding->model;
  const co_list *list = &binding->task->default_pose;
  find_keyframe(b);
  binding->rate = allocate(b, model->nv, sizeof *binding->rate);
  binding->pose = allocate(b, model->nq, sizeof *binding->pose);
  binding->pose_element = allocate(b, model->nq, sizeof *binding->pose_element);
  bool *named = allocate(b, model->nq, sizeof *named);
  if (!binding->rate || !binding->pose || !binding->pose_element || !named) return;
  memcpy(binding->pose, model->qpos0, (size_t)model->nq * sizeof *binding->pose);
  if (binding->keyframe >= 0) {
    model->engine->keyframe(model, binding->keyframe, binding->pose, binding->rate);
    memset(named, true, (size_t)model->nq * sizeof *named);
  }
  for (int i = 0; i < list->count; i++) {
    co_pose_put((const co_pose_def *)list->item + i, node_of(b, "default_pose", i), model,
                &binding->arena, &b->errors, binding->pose, named);
  }
  for (int i = 0; i < model->nq; i++) {
    if (!named[i]) continue;
    co_pose_element *element = &binding->pose_element[binding->num_pose++];
    snprintf(element->joint, CO_NAME, "%s", model->elements[CO_QPOS].name[i]);
    element->value = binding->pose[i];
  }
}

// --- names, units, bounds

static const char *element_name(const co_binding *binding, const co_term *term, int i) {
  return term->name ? term->name[i] : co_ref_name(binding->model, term->ref[i]);
}

static const char *element_unit(const co_binding *binding, const co_term *term, int i) {
  if (term->unit) return term->unit[i];
  if (term->class->unit || i >= term->refs) return term->class->unit ? term->class->unit : "1";
  return binding->model->elements[term->ref[i].group].unit[term->ref[i].index];
}

static void put_frame(builder *b, const co_node *node, const char *frame, char out[CO_NAME]) {
  if (!frame) return;
  if (strlen(frame) >= CO_NAME)
    co_schema_error(&b->errors, node, "frame", "\"%s\" is longer than %d bytes", frame,
                    CO_NAME - 1);
  snprintf(out, CO_NAME, "%s", frame);
}

// Names tell elements apart, so none is cut.
static void put_name(builder *b, const co_node *node, char out[CO_NAME], const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (strlen(text) >= CO_NAME) {
    co_schema_error(&b->errors, node, co_node_get(node, "name") ? "name" : "term",
                    "\"%s\" is longer than %d bytes", text, CO_NAME - 1);
    text[CO_NAME - 1] = '\0';
  }
  memcpy(out, text, strlen(text) + 1);
}

static void describe_commands(builder *b) {
  co_binding *binding = b->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_COMMAND];
  binding->command = allocate(b, binding->num_commands, sizeof *binding->command);
  for (int i = 0; binding->command && i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    for (int j = 0; j < term->size; j++) {
      co_command_element *element = &binding->command[term->at + j];
      put_name(b, node_of(b, "command", i), element->name, "%s",
               term->name ? term->name[j] : term->def->name);
      snprintf(element->unit, sizeof element->unit, "%s", term->unit ? term->unit[j] : "1");
      element->low = co_floats_at(&term->def->low, j, NAN);
      element->high = co_floats_at(&term->def->high, j, NAN);
    }
  }
}

static void describe_value(builder *b, const co_term *term, int i, const co_node *node,
                           co_obs_element *element) {
  const co_binding *binding = b->binding;
  const co_term_def *def = term->def;
  const co_floats *held = co_term_held(term);
  put_name(b, node, element->name, "%s/%s", def->name ? def->name : def->term,
           element_name(binding, term, i));
  snprintf(element->term, CO_NAME, "%s", held ? "constant" : def->term);
  snprintf(element->unit, sizeof element->unit, "%s", element_unit(binding, term, i));
  put_frame(b, node, def->frame, element->frame);
  co_measured_value(binding->model, term, i, element);
  if (held) {  // nothing of the robot, and the number: 0 * raw + offset
    element->offset = co_floats_at(held, i, 0.0);
    element->clip_low = -INFINITY, element->clip_high = INFINITY;
    return;
  }
  element->scale = co_floats_at(&def->scale, i, 1.0);
  element->offset = co_floats_at(&def->offset, i, 0.0);
  element->clip_low = def->clip.count ? def->clip.value[0] : -(double)INFINITY;
  element->clip_high = def->clip.count ? def->clip.value[1] : (double)INFINITY;
}

// Values of the past have the name of the present one with their age. Either a term or the whole
// frame has a past, so that there is one age.
static void describe_past(builder *b, const co_term *term, const co_node *node,
                          const co_obs_term *about) {
  co_binding *binding = b->binding;
  int slots = about->history * binding->stack;
  int stride = binding->stack > 1 ? binding->obs_dim / binding->stack : term->size;
  for (int slot = 0; slot < slots; slot++) {
    for (int i = 0; i < term->size; i++) {
      co_obs_element *element = &binding->obs[term->at + slot * stride + i];
      *element = binding->raw[about->raw_at + i];
      int age = slots - 1 - slot;
      if (age)
        put_name(b, node, element->name, "%s@-%d", binding->raw[about->raw_at + i].name, age);
    }
  }
}

static bool is_zero(const char *fill) {
  return fill && strcmp(fill, "zero") == 0;
}

static co_obs_term past_of(builder *b, const co_term *term, const co_node *node) {
  const co_term_def *def = term->def;
  co_binding *binding = b->binding;
  if (binding->stack > 1 && (def->history > 1 || def->fill)) {
    co_schema_error(&b->errors, node, def->fill ? "fill" : "history",
                    "the task stacks whole observations: not with `stack`");
  }
  return (co_obs_term){.history = def->history > 1 ? (int)def->history : 1,
                       .zero = is_zero(def->fill ? def->fill : binding->task->fill),
                       .held = co_term_held(term) != NULL,
                       .delay = (int)def->delay,
                       .noise = isnan(def->noise) ? 0.0 : def->noise};
}

// The frames of a stack follow the one that terms were placed in.
static void stack_frames(builder *b) {
  co_binding *binding = b->binding;
  if (binding->stack > INT32_MAX / (binding->obs_dim + 1)) {
    co_schema_error(&b->errors, b->node, "stack", "%d frames of %d values are too many",
                    binding->stack, binding->obs_dim);
    return;
  }
  binding->obs_dim *= binding->stack;
}

static void describe_observations(builder *b) {
  co_binding *binding = b->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  for (int i = 0; i < terms->count; i++) binding->raw_dim += terms->term[i].size;
  stack_frames(b);
  binding->raw = allocate(b, binding->raw_dim, sizeof *binding->raw);
  binding->obs = allocate(b, binding->obs_dim, sizeof *binding->obs);
  binding->obs_term = allocate(b, terms->count, sizeof *binding->obs_term);
  if (!binding->raw || !binding->obs || !binding->obs_term) return;
  int at = 0;
  for (int i = 0; i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    const co_node *node = node_of(b, "observation", i);
    co_obs_term *about = &binding->obs_term[i];
    *about = past_of(b, term, node);
    about->raw_at = at;
    for (int j = 0; j < term->size; j++) {
      co_obs_element *element = &binding->raw[at + j];
      describe_value(b, term, j, node, element);
      element->fill = about->zero;
      element->delay = about->delay;
      element->noise = about->noise;
    }
    if (sound(b)) describe_past(b, term, node, about);
    at += term->size;
  }
}

static void describe_action(builder *b, const co_term *term, const co_node *node) {
  const co_term_def *def = term->def;
  co_binding *binding = b->binding;
  co_term_binder binder = {.model = binding->model, .pose = binding->pose, .dt = binding->dt};
  for (int i = 0; i < term->size; i++) {
    co_action_element *element = &binding->action[term->at + i];
    *element = (co_action_element){.scale = co_floats_at(&def->scale, i, 1.0),
                                   .offset = co_floats_at(&def->offset, i, 0.0),
                                   .low = def->clip.count ? def->clip.value[0] : (double)NAN,
                                   .high = def->clip.count ? def->clip.value[1] : (double)NAN,
                                   .kp = NAN,
                                   .kd = NAN,
                                   .torque_limit = NAN};
    put_name(b, node, element->name, "%s/%s", def->term, element_name(binding, term, i));
    snprintf(element->kind, sizeof element->kind, "%s", def->term);
    snprintf(element->unit, sizeof element->unit, "%s", element_unit(binding, term, i));
    if (element->scale == 0) {
      co_schema_error(&b->errors, node, "scale", "must not be 0");
      continue;
    }
    if (term->class->describe) term->class->describe(term, &binder, i, element);
    element->drive = co_measured_control(binding->model, term, i);
    if (def->clip.count || (isfinite(element->low) && isfinite(element->high))) continue;
    co_schema_error(&b->errors, node, "clip",
                    "\"%s\" has no range: give clip = (low, high), or \"none\"",
                    element_name(binding, term, i));
  }
}

// Two terms that write one control would undo each other.
static void check_drivers(builder *b, const co_term *term, const co_node *node) {
  const co_terms_bound *terms = &b->binding->terms[CO_TERM_ACTION];
  for (const co_term *other = terms->term; other < term; other++) {
    for (int i = 0; i < term->refs * other->refs; i++) {
      co_ref ref = term->ref[i / other->refs];
      co_ref earlier = other->ref[i % other->refs];
      if (ref.group != earlier.group || ref.index != earlier.index) continue;
      co_schema_error(&b->errors, node, ref.group == CO_CTRL ? "actuators" : "of",
                      "\"%s\" is driven by an earlier term", co_ref_name(b->binding->model, ref));
    }
  }
}

// Numbers of the torques that follow targets.
static void describe_laws(builder *b) {
  co_binding *binding = b->binding;
  binding->kp = allocate(b, binding->num_pd, sizeof(double));
  binding->kd = allocate(b, binding->num_pd, sizeof(double));
  binding->limit = allocate(b, binding->num_pd, sizeof(double));
  if (!sound(b)) return;
  for (int i = 0; i < binding->num_pd; i++) {
    const co_action_element *element = binding->pd[i];
    binding->kp[i] = element->kp;
    binding->kd[i] = element->kd;
    binding->limit[i] = isnan(element->torque_limit) ? (double)INFINITY : element->torque_limit;
  }
}

static void describe_actions(builder *b) {
  co_binding *binding = b->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  binding->action = allocate(b, binding->act_dim, sizeof *binding->action);
  binding->pd = allocate(b, binding->act_dim, sizeof(co_action_element *));
  for (int i = 0; binding->action && i < terms->count; i++) {
    const co_term *term = &terms->term[i];
    check_drivers(b, term, node_of(b, "action", i));
    describe_action(b, term, node_of(b, "action", i));
    for (int j = 0; binding->pd && term->class->substep && j < term->size; j++) {
      binding->pd[binding->num_pd++] = &binding->action[term->at + j];
    }
  }
  describe_laws(b);
}

static void describe_rewards(builder *b) {
  co_binding *binding = b->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_REWARD];
  binding->num_rewards = terms->count;
  binding->reward = allocate(b, terms->count, CO_NAME);
  for (int i = 0; binding->reward && i < terms->count; i++) {
    const co_term_def *def = terms->term[i].def;
    put_name(b, node_of(b, "reward", i), binding->reward[i], "%s",
             def->name ? def->name : def->term);
  }
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Names are how policies, reports and mappings refer to elements, so they must be different.
static void check_unique(builder *b, const char *names, size_t stride, int count, const char *key) {
  const char **sorted = allocate(b, count, sizeof *sorted);
  if (!sorted) return;
  for (int i = 0; i < count; i++) sorted[i] = names + stride * (size_t)i;
  qsort(sorted, (size_t)count, sizeof *sorted, compare_names);
  for (int i = 1; i < count; i++) {
    if (strcmp(sorted[i], sorted[i - 1]) != 0) continue;
    co_schema_error(&b->errors, b->node, key, "\"%s\" appears twice: give a term another name",
                    sorted[i]);
  }
}

static void check_names(builder *b) {
  const co_binding *binding = b->binding;
  check_unique(b, binding->command->name, sizeof *binding->command, binding->num_commands,
               "command");
  check_unique(b, binding->raw->name, sizeof *binding->raw, binding->raw_dim, "observation");
  check_unique(b, binding->action->name, sizeof *binding->action, binding->act_dim, "action");
  check_unique(b, binding->reward[0], CO_NAME, binding->num_rewards, "reward");
}

// Commands come first and observations after actions, because their terms may refer to them.
static void bind_all(builder *b) {
  static const struct {
    co_term_kind kind;
    void (*describe)(builder *b);
  } stages[] = {{CO_TERM_COMMAND, describe_commands},
                {CO_TERM_ACTION, describe_actions},
                {CO_TERM_OBSERVATION, describe_observations},
                {CO_TERM_REWARD, describe_rewards},
                {CO_TERM_TERMINATE, NULL},
                {CO_TERM_SUCCESS, NULL},
                {CO_TERM_RESET, NULL}};
  co_binding *binding = b->binding;
  bind_pose(b);
  bool whole = sound(b);
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    int none = 0;
    co_term_kind kind = stages[i].kind;
    int *dim = kind == CO_TERM_COMMAND       ? &binding->num_commands
               : kind == CO_TERM_ACTION      ? &binding->act_dim
               : kind == CO_TERM_OBSERVATION ? &binding->obs_dim
                                             : &none;
    bind_kind(b, kind, dim);
    whole = whole && sound(b);
    if (stages[i].describe && whole) stages[i].describe(b);
  }
  if (sound(b)) check_names(b);
  if (sound(b))
    binding->metrics = co_step_metrics_bind(binding->model, binding->terms, binding->command,
                                            binding->num_commands);
}

co_status co_binding_create(const co_task_def *task, const co_node *node, const co_model *model,
                            co_binding *out) {
  *out = (co_binding){.task = task,
                      .model = model,
                      .keyframe = -1,
                      .stack = task->stack > 1 ? (int)task->stack : 1,
                      .zero = is_zero(task->fill),
                      .dt = (double)task->substeps * model->timestep};
  builder b = {.binding = out, .node = node};
  bind_all(&b);
  co_status status = co_schema_finish(&b.errors);
  if (status != CO_OK) co_binding_free(out);
  return status;
}

void co_binding_start(const co_binding *binding, co_physics *physics) {
  const co_model *model = binding->model;
  for (int i = 0; i < model->nq; i++) {
    co_ref ref = {CO_QPOS, i, co_model_at(model, CO_QPOS, i)};
    co_ref_write(physics, ref, binding->pose[i]);
  }
  if (binding->keyframe < 0) return;
  for (int i = 0; i < model->nv; i++) {
    co_ref ref = {CO_QVEL, i, co_model_at(model, CO_QVEL, i)};
    co_ref_write(physics, ref, binding->rate[i]);
  }
  model->engine->start(physics, binding->keyframe);
}

int co_binding_now(const co_binding *binding, int term) {
  const co_term *of = &binding->terms[CO_TERM_OBSERVATION].term[term];
  int frame = binding->obs_dim / binding->stack;
  return (binding->stack - 1) * frame + of->at + (binding->obs_term[term].history - 1) * of->size;
}

void co_binding_free(co_binding *binding) {
  co_arena_free(&binding->arena);
}
