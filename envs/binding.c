#include "envs/binding.h"

#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// A binding under construction.
typedef struct builder {
  co_binding *binding;
  const co_node *node;  // of the task
  co_schema_errors errors;
} builder;

static const co_node *node_of(const builder *b, co_term_kind kind, int i) {
  const co_node *list = co_node_get(b->node, co_term_kind_name(kind));
  return list && i < list->count ? list->child[i] : b->node;
}

static void fail_memory(builder *b) {
  b->errors.text.failed = true;
}

static const char *pattern_of(const co_term_def *def) {
  return def->of ? def->of : def->actuators ? def->actuators : "*";
}

// The nearest name among the coordinates a term may take, or NULL.
static const char *nearest(const co_model *model, unsigned groups, const char *word) {
  for (int group = CO_QPOS; group <= CO_CTRL; group++) {
    const co_elements *elements = &model->elements[group];
    if (!(groups & 1u << group)) continue;
    const char *slash = strchr(word, '/');
    const char *near = co_suggest(slash ? slash + 1 : word, elements->name, elements->count);
    if (near) return near;
  }
  return NULL;
}

static void report_no_match(builder *b, const co_term *term, const co_node *node) {
  const char *word = pattern_of(term->def);
  const char *near = nearest(b->binding->model, term->class->groups, word);
  co_schema_error(&b->errors, node, term->def->actuators ? "actuators" : "of",
                  "\"%s\" matches no element of %s%s%s%s", word, b->binding->model->name,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// Cuts the matches down to from .. from + count - 1.
static void take_range(builder *b, co_term *term, const co_node *node) {
  const co_term_def *def = term->def;
  if (def->from + def->count > term->size || (def->from && def->from >= term->size)) {
    co_schema_error(&b->errors, node, "from", "from %d, count %d, but only %d elements match",
                    (int)def->from, (int)def->count, term->size);
    return;
  }
  term->ref += def->from;
  term->size = def->count ? (int)def->count : term->size - (int)def->from;
}

// Which elements the term reads or writes.
static void bind_elements(builder *b, co_term *term, const co_node *node) {
  if (!term->class->groups) return;
  co_binding *binding = b->binding;
  co_status status = co_refs_select(binding->model, term->class->groups, pattern_of(term->def),
                                    &binding->arena, &term->ref, &term->size);
  if (status != CO_OK) {
    fail_memory(b);
  } else if (!term->size) {
    report_no_match(b, term, node);
  } else if (term->class->reward == NULL) {
    take_range(b, term, node);
  } else if (strcmp(term->class->name, "velocity") == 0 && term->size > 1) {
    co_schema_error(&b->errors, node, "of", "\"velocity\" takes one coordinate, %d match",
                    term->size);
  }
}

// All terms of one kind, in the order of the file: their place in the vectors and in the term state
// follows from it.
static void bind_kind(builder *b, co_term_kind kind) {
  co_binding *binding = b->binding;
  co_terms_bound *bound = &binding->terms[kind];
  bound->count = binding->task->term[kind].count;
  bound->term = co_arena_alloc(&binding->arena, (size_t)bound->count, sizeof *bound->term);
  if (!bound->term) {
    fail_memory(b);
    bound->count = 0;
  }
  int *dim = kind == CO_TERM_OBSERVATION ? &binding->obs_dim : &binding->act_dim;
  for (int i = 0; i < bound->count; i++) {
    co_term *term = &bound->term[i];
    term->def = co_task_term(binding->task, kind, i);
    term->class = co_term_find(kind, term->def->term);
    assert(term->class);  // the definition was checked
    bind_elements(b, term, node_of(b, kind, i));
    term->state_at = binding->state_size;
    binding->state_size += term->class->state;
    if (kind != CO_TERM_OBSERVATION && kind != CO_TERM_ACTION) continue;
    term->at = *dim;
    *dim += term->size;
  }
}

static double or_else(double value, double otherwise) {
  return isnan(value) ? otherwise : value;
}

static const char *unit_of(const co_model *model, const co_term *term, co_ref ref) {
  return term->class->unit ? term->class->unit : model->elements[ref.group].unit[ref.index];
}

// --- names, units, bounds

static void describe_observation(co_binding *binding, const co_term *term) {
  const co_term_def *def = term->def;
  for (int i = 0; i < term->size; i++) {
    co_obs_element *element = &binding->obs[term->at + i];
    snprintf(element->name, CO_NAME, "%s/%s", def->name ? def->name : def->term,
             co_ref_name(binding->model, term->ref[i]));
    snprintf(element->term, CO_NAME, "%s", def->term);
    snprintf(element->unit, sizeof element->unit, "%s",
             unit_of(binding->model, term, term->ref[i]));
    element->scale = or_else(def->scale, 1.0);
    element->offset = or_else(def->offset, 0.0);
    element->clip_low = def->clip.count ? def->clip.value[0] : -INFINITY;
    element->clip_high = def->clip.count ? def->clip.value[1] : INFINITY;
  }
}

// Bounds in units of the action: those given, or the actuator's seen through scale and offset.
static void bound_action(builder *b, const co_term *term, co_action_element *element, int control,
                         const co_node *node) {
  const co_model *model = b->binding->model;
  double first = (model->ctrl_low[control] - element->offset) / element->scale;
  double second = (model->ctrl_high[control] - element->offset) / element->scale;
  bool given = term->def->clip.count;
  element->low = given ? term->def->clip.value[0] : fmin(first, second);
  element->high = given ? term->def->clip.value[1] : fmax(first, second);
  if (isfinite(element->low) && isfinite(element->high)) return;
  co_schema_error(&b->errors, node, "clip", "actuator \"%s\" has no range: give clip = (low, high)",
                  model->elements[CO_CTRL].name[control]);
}

static void describe_action(builder *b, const co_term *term, const co_node *node) {
  const co_term_def *def = term->def;
  if (def->scale == 0) co_schema_error(&b->errors, node, "scale", "must not be 0");
  for (int i = 0; i < term->size; i++) {
    co_action_element *element = &b->binding->action[term->at + i];
    snprintf(element->name, CO_NAME, "%s/%s", def->term,
             co_ref_name(b->binding->model, term->ref[i]));
    snprintf(element->kind, sizeof element->kind, "%s", def->term);
    snprintf(element->unit, sizeof element->unit, "%s",
             unit_of(b->binding->model, term, term->ref[i]));
    element->scale = or_else(def->scale, 1.0);
    element->offset = or_else(def->offset, 0.0);
    if (element->scale != 0) bound_action(b, term, element, term->ref[i].index, node);
  }
}

// Names are how policies, reports and mappings refer to elements, so they must be different.
static void check_unique(builder *b, const char *names, size_t stride, int count, const char *key) {
  for (int i = 1; i < count; i++) {
    for (int j = 0; j < i; j++) {
      if (strcmp(names + stride * (size_t)i, names + stride * (size_t)j) != 0) continue;
      co_schema_error(&b->errors, b->node, key, "\"%s\" appears twice: give a term another name",
                      names + stride * (size_t)i);
    }
  }
}

static void describe(builder *b) {
  co_binding *binding = b->binding;
  binding->num_rewards = binding->terms[CO_TERM_REWARD].count;
  binding->obs = co_arena_alloc(&binding->arena, (size_t)binding->obs_dim, sizeof *binding->obs);
  binding->action =
      co_arena_alloc(&binding->arena, (size_t)binding->act_dim, sizeof *binding->action);
  binding->reward = co_arena_alloc(&binding->arena, (size_t)binding->num_rewards, CO_NAME);
  if (!binding->obs || !binding->action || !binding->reward) {
    fail_memory(b);
    return;
  }
  const co_terms_bound *terms = binding->terms;
  for (int i = 0; i < terms[CO_TERM_OBSERVATION].count; i++) {
    describe_observation(binding, &terms[CO_TERM_OBSERVATION].term[i]);
  }
  for (int i = 0; i < terms[CO_TERM_ACTION].count; i++) {
    describe_action(b, &terms[CO_TERM_ACTION].term[i], node_of(b, CO_TERM_ACTION, i));
  }
  for (int i = 0; i < binding->num_rewards; i++) {
    const co_term_def *def = terms[CO_TERM_REWARD].term[i].def;
    snprintf(binding->reward[i], CO_NAME, "%s", def->name ? def->name : def->term);
  }
  check_unique(b, binding->obs->name, sizeof *binding->obs, binding->obs_dim, "observation");
  check_unique(b, binding->action->name, sizeof *binding->action, binding->act_dim, "action");
  check_unique(b, binding->reward[0], CO_NAME, binding->num_rewards, "reward");
}

co_status co_binding_create(const co_task_def *task, const co_node *node, const co_model *model,
                            co_binding *out) {
  *out = (co_binding){.task = task, .model = model, .dt = (double)task->substeps * model->timestep};
  builder b = {.binding = out, .node = node};
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) bind_kind(&b, (co_term_kind)kind);
  if (!b.errors.count && !b.errors.text.failed) describe(&b);
  co_status status = co_schema_finish(&b.errors);
  if (status != CO_OK) co_binding_free(out);
  return status;
}

void co_binding_free(co_binding *binding) {
  co_arena_free(&binding->arena);
}
