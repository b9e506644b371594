// From a map's definition to indices and factors: every name is found, every number counted.

#include "core/memory.h"
#include "core/text.h"
#include "envs/world/map.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A map under construction.
typedef struct builder {
  co_map *map;
  const co_map_def *def;
  const co_binding *binding;
  const co_node *node;  // of the definition's group
  co_schema_errors errors;
} builder;

// One direction of it: lines are written by name and take from names.
typedef struct direction {
  const char *what, *key, *order_key;
  const char *written, *taken;  // whose elements they are, for messages
  const co_list *entries;
  const co_strings *order;
  bool to_policy;        // lines are the policy's elements; else the task's
  const char **task;     // (size) names
  const char **policy;   // (size) names
  double *sign, *scale;  // (size) of the lines
  co_map_side *side;
} direction;

// Where definitions that were built by hand are said to be.
static const co_node kNowhere = {.kind = CO_NODE_GROUP, .file = (char[]){"map"}};

static const co_node *node_of(const builder *b, const char *key, int i) {
  const co_node *list = co_node_get(b->node, key);
  return list && i < list->count ? list->child[i] : b->node;
}

static void *allocate(builder *b, int count, size_t size) {
  void *block = co_arena_alloc(&b->map->arena, (size_t)count, size);
  if (!block) b->errors.text.failed = true;
  return block;
}

static bool sound(const builder *b) {
  return !b->errors.count && !b->errors.text.failed;
}

// --- elements by pattern

// "#3" is the element of that index.
static bool is_index(co_glob one, int index) {
  char text[16];
  int size = snprintf(text, sizeof text, "#%d", index);
  return (size_t)size == one.size && memcmp(text, one.text, one.size) == 0;
}

static void report_no_match(builder *b, const char *pattern, co_glob one, const char *const *name,
                            int count, const co_node *node, const char *key, const char *whose) {
  char quoted[400], suggested[300];
  const char *near = co_glob_suggest(one, name, count, suggested, sizeof suggested);
  co_schema_error(&b->errors, node, key, "%s matches none of %d %s%s%s%s",
                  co_glob_quote(pattern, one, quoted, sizeof quoted), count, whose,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// Those that match, each once, in the order of the pattern's alternatives; returns how many, 0
// after reporting.
static int select_names(builder *b, const char *pattern, const char *const *name, int count,
                        const co_node *node, const char *key, const char *whose, int *out) {
  int found = 0;
  bool *taken = allocate(b, count, sizeof *taken);
  for (const char *rest = pattern; taken && rest;) {
    co_glob one = co_glob_take(&rest);
    bool met = false;
    for (int i = 0; i < count; i++) {
      if (!is_index(one, i) && !co_glob_match_one(one, name[i])) continue;
      met = true;
      if (!taken[i]) out[found++] = i;
      taken[i] = true;
    }
    if (met) continue;
    report_no_match(b, pattern, one, name, count, node, key, whose);
    return 0;
  }
  return found;
}

static int find_name(const char *const *name, int count, const char *wanted) {
  int i = 0;
  while (i < count && strcmp(name[i], wanted) != 0) i++;
  return i < count ? i : -1;
}

// --- names of a direction, and lines that change nothing

static void name_policy(builder *b, direction *d) {
  int size = d->side->size;
  if (!d->order->count) {
    memcpy(d->policy, d->task, (size_t)size * sizeof *d->policy);
    return;
  }
  if (d->order->count != size) {
    co_schema_error(&b->errors, b->node, d->order_key, "%d name%s for the %d %ss of %s",
                    d->order->count, d->order->count == 1 ? "" : "s", size, d->what,
                    b->binding->model->name);
    return;
  }
  for (int i = 0; i < size; i++) {
    d->policy[i] = d->order->value[i];
    if (strlen(d->policy[i]) >= CO_NAME) {
      co_schema_error(&b->errors, b->node, d->order_key, "\"%s\" is longer than %d bytes",
                      d->policy[i], CO_NAME - 1);
    }
    if (find_name(d->policy, i, d->policy[i]) < 0) continue;
    co_schema_error(&b->errors, b->node, d->order_key, "\"%s\" appears twice", d->policy[i]);
  }
}

static void begin_lines(builder *b, direction *d) {
  int size = d->side->size;
  d->side->line = allocate(b, size, sizeof *d->side->line);
  d->policy = allocate(b, size, sizeof *d->policy);
  d->sign = allocate(b, size, sizeof *d->sign);
  d->scale = allocate(b, size, sizeof *d->scale);
  if (!sound(b)) return;
  name_policy(b, d);
  const char **written = d->to_policy ? d->policy : d->task;
  const char **taken = d->to_policy ? d->task : d->policy;
  for (int i = 0; sound(b) && i < size; i++) {
    int from = d->order->count ? find_name(taken, size, written[i]) : i;
    d->side->line[i] = (co_map_line){.from = from, .factor = 1, .hold = 1, .zero = !d->to_policy};
    d->sign[i] = d->scale[i] = 1;
  }
}

// --- entries

// Whether the numbers of a list are as many as elements, or one for all, and finite.
static bool fits(builder *b, const co_floats *list, const char *key, int count,
                 const co_node *node) {
  if (list->count > 1 && list->count != count) {
    co_report_count(&b->errors, node, key, list->count, count);
    return false;
  }
  for (int i = 0; i < list->count; i++) {
    if (isfinite(list->value[i])) continue;
    co_schema_error(&b->errors, node, key, "must be finite");
    return false;
  }
  return true;
}

static bool all_fit(builder *b, const co_map_entry *entry, int count, const co_node *node) {
  return fits(b, &entry->sign, "sign", count, node) &&
         fits(b, &entry->scale, "scale", count, node) &&
         fits(b, &entry->offset, "offset", count, node);
}

// What one entry says of its j-th element, line i.
static void put_numbers(const direction *d, const co_map_entry *entry, int j, int i) {
  co_map_line *line = &d->side->line[i];
  d->sign[i] = co_floats_at(&entry->sign, j, d->sign[i]);
  d->scale[i] = co_floats_at(&entry->scale, j, d->scale[i]);
  line->offset = co_floats_at(&entry->offset, j, line->offset);
  if (entry->delay) line->delay = (int)entry->delay;
  if (entry->hold) line->hold = (int)entry->hold;
  if (entry->fill) line->zero = strcmp(entry->fill, "zero") == 0;
}

static void put_entry(builder *b, direction *d, const co_map_entry *entry, const co_node *node) {
  int size = d->side->size;
  const char **written = d->to_policy ? d->policy : d->task;
  const char **source = d->to_policy ? d->task : d->policy;
  int *element = allocate(b, size, sizeof *element), *from = allocate(b, size, sizeof *from);
  if (!element || !from) return;
  int count = select_names(b, entry->element, written, size, node, "element", d->written, element);
  if (!count || !all_fit(b, entry, count, node)) return;
  if (entry->from) {
    int sources = select_names(b, entry->from, source, size, node, "from", d->taken, from);
    if (!sources) return;
    if (sources != count) {
      co_schema_error(&b->errors, node, "from", "matches %d, `element` matches %d", sources, count);
      return;
    }
  }
  for (int j = 0; j < count; j++) {
    if (entry->from) d->side->line[element[j]].from = from[j];
    put_numbers(d, entry, j, element[j]);
  }
}

// Every element is taken from exactly one, and each is taken once.
static void check_permutation(builder *b, const direction *d) {
  int size = d->side->size;
  const char **written = d->to_policy ? d->policy : d->task;
  const char **source = d->to_policy ? d->task : d->policy;
  int *taken = allocate(b, size, sizeof *taken);  // by which line, from 1; 0: by none
  for (int i = 0; taken && i < size; i++) {
    int from = d->side->line[i].from;
    if (from < 0) {
      co_schema_error(&b->errors, b->node, d->key,
                      "of the %s, \"%s\" is taken from nothing: say `from`", d->written,
                      written[i]);
    } else if (taken[from]) {
      co_schema_error(&b->errors, b->node, d->key,
                      "of the %s, \"%s\" is taken twice, for \"%s\" and \"%s\"", d->taken,
                      source[from], written[taken[from] - 1], written[i]);
    } else {
      taken[from] = i + 1;
    }
  }
}

static void close_lines(const direction *d) {
  co_map_side *side = d->side;
  for (int i = 0; i < side->size; i++) {
    co_map_line *line = &side->line[i];
    line->factor = d->sign[i] * d->scale[i];
    bool waits = line->delay > 0 || line->hold > 1;
    if (waits && line->delay + 1 > side->slots) side->slots = line->delay + 1;
  }
}

static void bind_direction(builder *b, direction *d) {
  begin_lines(b, d);
  for (int i = 0; sound(b) && i < d->entries->count; i++) {
    put_entry(b, d, (const co_map_entry *)d->entries->item + i, node_of(b, d->key, i));
  }
  if (sound(b)) check_permutation(b, d);
  if (sound(b)) close_lines(d);
}

// --- another default pose

// Shifts of observations that count from the pose.
static int shift_observations(builder *b, const double *difference, double *shift) {
  const co_binding *binding = b->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  int shifted = 0;
  for (int k = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    const co_obs_term *about = &binding->obs_term[k];
    if (!term->class->from_pose || about->held) continue;
    int slots = about->history * binding->stack;
    int stride = binding->stack > 1 ? binding->obs_dim / binding->stack : term->size;
    for (int i = 0; i < slots * term->size; i++) {
      int at = term->at + i / term->size * stride + i % term->size;
      double moved = difference[term->ref[i % term->size].index];
      shift[at] = -binding->obs[at].scale * moved;
      shifted += moved != 0;
    }
  }
  return shifted;
}

// Shifts of actions whose targets count from it.
static int shift_actions(builder *b, const double *difference) {
  const co_binding *binding = b->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  int shifted = 0;
  for (int k = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    for (int i = 0; term->class->from_pose && i < term->size; i++) {
      double moved = difference[binding->model->drive[term->ref[i].index].qpos];
      int at = term->at + i;
      b->map->action.line[at].shift = moved / binding->action[at].scale;
      shifted += moved != 0;
    }
  }
  return shifted;
}

// The default pose as the policy knows it, of all joints that either side names.
static void describe_pose(builder *b, const double *pose, const bool *named) {
  const co_binding *binding = b->binding;
  co_map *map = b->map;
  map->pose = allocate(b, binding->model->nq, sizeof *map->pose);
  if (!map->pose) return;
  for (int i = 0, task = 0; i < binding->model->nq; i++) {
    const char *joint = binding->model->elements[CO_QPOS].name[i];
    bool own = task < binding->num_pose && strcmp(binding->pose_element[task].joint, joint) == 0;
    task += own;
    if (!own && !named[i]) continue;
    co_pose_element *element = &map->pose[map->num_pose++];
    snprintf(element->joint, CO_NAME, "%s", joint);
    element->value = pose[i];
  }
}

static void bind_pose(builder *b) {
  const co_model *model = b->binding->model;
  const co_list *list = &b->def->pose;
  double *pose = allocate(b, model->nq, sizeof *pose);
  bool *named = allocate(b, model->nq, sizeof *named);
  double *shift = allocate(b, b->map->obs.size, sizeof *shift);
  if (!sound(b)) return;
  memcpy(pose, b->binding->pose, (size_t)model->nq * sizeof *pose);
  for (int i = 0; i < list->count; i++) {
    co_pose_put((const co_pose_def *)list->item + i, node_of(b, "pose", i), model, &b->map->arena,
                &b->errors, pose, named);
  }
  if (!sound(b)) return;
  describe_pose(b, pose, named);
  if (!list->count) return;
  for (int i = 0; i < model->nq; i++) pose[i] -= b->binding->pose[i];
  int shifted = shift_observations(b, pose, shift) + shift_actions(b, pose);
  if (!shifted) {
    co_schema_error(&b->errors, b->node, "pose",
                    "no observation or action of the task counts from what it moves");
  }
  for (int i = 0; i < b->map->obs.size; i++) {
    b->map->obs.line[i].shift = shift[b->map->obs.line[i].from];
  }
}

// --- turned vectors

static bool is_world(const char *frame) {
  return !frame || !*frame || strcmp(frame, "world") == 0;
}

// Whether the three can be turned as they are: one scale, nothing added but what a constant is made
// of, nothing of the past, whose directions nobody remembers.
static bool can_turn(builder *b, const int *at, const co_node *node) {
  const co_obs_element *first = &b->binding->obs[at[0]];
  for (int k = 0; k < 3; k++) {
    const co_obs_element *element = &b->binding->obs[at[k]];
    const char *why = strchr(element->name, '@') || b->binding->stack > 1 ? "is of the past"
                      : element->offset != 0 && element->scale != 0       ? "has an offset"
                      : element->scale != first->scale ? "has another scale than the first of three"
                      : strcmp(element->frame, first->frame) != 0 ? "is seen from another frame"
                                                                  : NULL;
    if (!why) continue;
    co_schema_error(&b->errors, node, "of", "\"%s\" %s: it cannot be turned", element->name, why);
    return false;
  }
  return true;
}

static bool bind_frame(builder *b, const char *text, const char *key, const co_node *node,
                       bool *world, co_frame *out) {
  const co_model *model = b->binding->model;
  *world = is_world(text);
  if (*world) return true;
  if (!co_frame_find(model, text, key, node, &b->errors, out)) return false;
  if (model->elements[out->matrix].count) return true;
  co_schema_error(&b->errors, node, key, "engine \"%s\" knows no orientations",
                  model->engine->name);
  return false;
}

static void bind_vector(builder *b, const co_turn_def *def, const int *at, const co_node *node) {
  if (!can_turn(b, at, node)) return;
  const char *own = b->binding->obs[at[0]].frame, *from = def->from ? def->from : own;
  bool same = is_world(from) ? is_world(def->to) : def->to && strcmp(from, def->to) == 0;
  if (same) {
    co_schema_error(&b->errors, node, "to", "\"%s\" is seen from there already",
                    b->binding->obs[at[0]].name);
    return;
  }
  co_map_turn *turn = &b->map->turn[b->map->turns];
  memcpy(turn->at, at, sizeof turn->at);
  turn->frame = co_arena_strdup(&b->map->arena, is_world(def->to) ? "" : def->to);
  if (!turn->frame) b->errors.text.failed = true;
  if (!bind_frame(b, from, "from", node, &turn->from_world, &turn->from) ||
      !bind_frame(b, def->to, "to", node, &turn->to_world, &turn->to))
    return;
  b->map->turns++;
}

static void bind_turn(builder *b, const co_turn_def *def, const char *const *name,
                      const co_node *node) {
  int size = b->map->obs.size;
  int *at = allocate(b, size, sizeof *at);
  int count =
      at ? select_names(b, def->of, name, size, node, "of", "observations of the task", at) : 0;
  if (count % 3) {
    co_schema_error(&b->errors, node, "of", "must match x, y, z of vectors, in threes; %d match",
                    count);
  }
  for (int i = 0; sound(b) && i < count; i += 3) bind_vector(b, def, at + i, node);
}

static void bind_turns(builder *b, const char *const *name) {
  const co_list *list = &b->def->turn;
  b->map->turn = allocate(b, list->count * (b->map->obs.size / 3), sizeof *b->map->turn);
  for (int i = 0; sound(b) && i < list->count; i++) {
    bind_turn(b, (const co_turn_def *)list->item + i, name, node_of(b, "turn", i));
  }
}

// --- elements as the policy sees them

static void order_bounds(double *low, double *high) {
  double least = fmin(*low, *high), most = fmax(*low, *high);
  *low = least, *high = most;
}

// The turn that element `at` of the task goes through last; NULL: none.
static const co_map_turn *turn_of(const co_map *map, int at) {
  const co_map_turn *found = NULL;
  for (int i = 0; i < map->turns; i++) {
    const co_map_turn *turn = &map->turn[i];
    if (turn->at[0] == at || turn->at[1] == at || turn->at[2] == at) found = turn;
  }
  return found;
}

// What it measures has another name there, and a turned constant is no longer the number of its
// offset.
static void describe_turn(const co_map_turn *turn, co_obs_element *element) {
  snprintf(element->frame, CO_NAME, "%s", turn->frame);
  *element->quantity = '\0';
  if (element->scale == 0) element->scale = 1, element->offset = 0;
}

// The last action is the policy's own, which stands behind the map in the task's numbers. Its sign
// is told with that of the action.
static void describe_last_action(const builder *b, co_obs_element *element) {
  const char *slash = strchr(element->name, '/'), *own = slash ? slash + 1 : "";
  size_t length = strcspn(own, "@");
  for (int i = 0; i < b->map->action.size; i++) {
    const char *action = b->binding->action[i].name;
    if (strlen(action) != length || strncmp(own, action, length) != 0) continue;
    const co_map_line *line = &b->map->action.line[i];
    element->offset += element->scale * (line->offset + line->shift);
    element->scale *= line->factor;
    return;
  }
}

static void describe_observation(const builder *b, const char *name, int i) {
  const co_map_line *line = &b->map->obs.line[i];
  const co_map_turn *turn = turn_of(b->map, line->from);
  co_obs_element *element = &b->map->obs_element[i];
  double factor = line->factor;
  *element = b->binding->obs[line->from];
  if (strcmp(element->term, "last_action") == 0) describe_last_action(b, element);
  snprintf(element->name, CO_NAME, "%s", name);
  if (turn) describe_turn(turn, element);
  element->delay += line->delay;
  if (line->delay) element->fill = line->zero;
  element->scale *= factor;
  element->offset = factor * element->offset + line->offset;  // from the map's own pose on
  element->clip_low = factor * (element->clip_low + line->shift) + line->offset;
  element->clip_high = factor * (element->clip_high + line->shift) + line->offset;
  if (factor == 0) element->clip_low = -INFINITY, element->clip_high = INFINITY;
  order_bounds(&element->clip_low, &element->clip_high);
}

static void describe_action(const builder *b, const char *const *name, int i) {
  const co_map_line *line = &b->map->action.line[i];
  const co_action_element *task = &b->binding->action[i];
  co_action_element *element = &b->map->action_element[line->from];
  double factor = line->factor, moved = line->offset + line->shift;
  *element = *task;
  snprintf(element->name, CO_NAME, "%s", name[line->from]);
  element->scale = task->scale * factor;
  element->offset = task->scale * moved + task->offset;
  if (factor == 0) return;
  element->low = (task->low - moved) / factor;
  element->high = (task->high - moved) / factor;
  order_bounds(&element->low, &element->high);
}

// Names and order alone: each element as the task has it, where the policy looks for it.
static void describe_pairs(builder *b, const direction *obs, const direction *action) {
  const co_binding *binding = b->binding;
  co_obs_element *seen = allocate(b, obs->side->size, sizeof *seen);
  co_action_element *done = allocate(b, action->side->size, sizeof *done);
  if (!sound(b)) return;
  for (int i = 0; i < obs->side->size; i++) {
    seen[i] = binding->obs[obs->side->line[i].from];
    snprintf(seen[i].name, CO_NAME, "%s", obs->policy[i]);
  }
  for (int i = 0; i < action->side->size; i++) {
    int to = action->side->line[i].from;
    done[to] = binding->action[i];
    snprintf(done[to].name, CO_NAME, "%s", action->policy[to]);
  }
  b->map->unmapped =
      (co_world_elements){binding->obs, binding->action, binding->pose_element, binding->num_pose};
  b->map->paired = (co_world_elements){seen, done, binding->pose_element, binding->num_pose};
}

static void describe(builder *b, const direction *obs, const direction *action) {
  b->map->obs_element = allocate(b, obs->side->size, sizeof *b->map->obs_element);
  b->map->action_element = allocate(b, action->side->size, sizeof *b->map->action_element);
  if (!sound(b)) return;
  for (int i = 0; i < obs->side->size; i++) describe_observation(b, obs->policy[i], i);
  for (int i = 0; i < action->side->size; i++) describe_action(b, action->policy, i);
}

static void copy_accepted(builder *b) {
  const co_strings *list = &b->def->accept;
  co_map *map = b->map;
  map->accepted = allocate(b, list->count, sizeof *map->accepted);
  for (int i = 0; map->accepted && i < list->count; i++) {
    map->accepted[i] = co_arena_strdup(&map->arena, list->value[i]);
    if (!map->accepted[i]) b->errors.text.failed = true;
  }
  map->num_accepted = list->count;
}

void co_map_describe(const co_map *map, co_env_info *info) {
  info->obs = map->obs_element;
  info->action = map->action_element;
  info->pose = map->pose;
  info->num_pose = map->num_pose;
  info->accepted = map->accepted;
  info->num_accepted = map->num_accepted;
  info->map_hash = map->hash;
  info->unmapped = &map->unmapped;
  info->paired = &map->paired;
}

// --- the whole

static void bind_all(builder *b) {
  const co_binding *binding = b->binding;
  const co_map_def *def = b->def;
  co_map *map = b->map;
  direction obs = {.what = "observation",
                   .key = "observation",
                   .written = "observations of the policy",
                   .taken = "observations of the task",
                   .side = &map->obs,
                   .order_key = "observation_order",
                   .entries = &def->observation,
                   .order = &def->observation_order,
                   .to_policy = true};
  direction action = {.what = "action",
                      .key = "action",
                      .written = "actions of the task",
                      .taken = "actions of the policy",
                      .side = &map->action,
                      .order_key = "action_order",
                      .entries = &def->action,
                      .order = &def->action_order};
  map->obs.size = binding->obs_dim;
  map->action.size = binding->act_dim;
  obs.task = allocate(b, map->obs.size, sizeof *obs.task);
  action.task = allocate(b, map->action.size, sizeof *action.task);
  if (!sound(b)) return;
  for (int i = 0; i < map->obs.size; i++) obs.task[i] = binding->obs[i].name;
  for (int i = 0; i < map->action.size; i++) action.task[i] = binding->action[i].name;
  bind_direction(b, &obs);
  bind_direction(b, &action);
  if (sound(b)) bind_pose(b);
  if (sound(b)) bind_turns(b, obs.task);
  if (sound(b)) describe(b, &obs, &action);
  if (sound(b)) describe_pairs(b, &obs, &action);
  if (sound(b)) copy_accepted(b);
}

co_status co_map_create(const co_map_def *def, const co_binding *binding, co_map **out) {
  co_map *map = co_alloc(1, sizeof *map);
  if (!map) return CO_MEMORY;
  const co_node *group = def->tree ? co_node_get(def->tree, "map") : NULL;
  builder b = {.map = map, .def = def, .binding = binding, .node = group ? group : &kNowhere};
  map->binding = binding;
  bind_all(&b);
  co_status status = co_schema_finish(&b.errors);
  if (status == CO_OK) status = co_map_hash(def, &map->hash);
  if (status != CO_OK) {
    co_map_free(map);
    return status;
  }
  *out = map;
  return CO_OK;
}

void co_map_free(co_map *map) {
  if (!map) return;
  co_arena_free(&map->arena);
  free(map);
}
