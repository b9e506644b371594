#include "envs/task.h"

#include "core/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const co_observe_names[] = {"stale", "fresh", NULL};

// --- schemas of the five kinds of terms: one struct, of which each kind has its fields

#define AT(member) offsetof(co_term_def, member)
#define TEXT(key, doc) \
  { #key, CO_FIELD_STRING, AT(key), 0, 0, 0, 0, 0, NULL, NULL, doc }
#define CHOICE(key, choices, doc) \
  { #key, CO_FIELD_STRING, AT(key), 0, 0, 0, 0, 0, choices, NULL, doc }
#define NUMBER(key, min, max, doc) \
  { #key, CO_FIELD_FLOAT, AT(key), 0, min, max, 0, 0, NULL, NULL, doc }
#define WHOLE(key, max, doc) \
  { #key, CO_FIELD_INT, AT(key), 0, 0, max, 0, 0, NULL, NULL, doc }
#define TERM \
  { "term", CO_FIELD_STRING, AT(term), CO_REQUIRED, 0, 0, 0, 0, NULL, NULL, "name of the term" }
#define CLIP \
  { "clip", CO_FIELD_FLOATS, AT(clip), 0, -1e9, 1e9, 2, 2, NULL, NULL, "(low, high)" }
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const char *const kAction[] = {"raw", "clipped", NULL};
static const char *const kWhen[] = {"after", "before", NULL};
static const char *const kBounds[] = {"open", "closed", NULL};

static const co_field kObservation[] = {
    TERM,
    TEXT(name, "in place of the term's name in element names"),
    TEXT(of, "pattern of coordinates"),
    WHOLE(from, 1e6, "first of the matches"),
    WHOLE(count, 1e6, "how many of them, 0 for all that follow"),
    NUMBER(scale, -1e9, 1e9, "value = clip(scale * raw + offset)"),
    NUMBER(offset, -1e9, 1e9, "value = clip(scale * raw + offset)"),
    CLIP,
};
static const co_field kActionFields[] = {
    TERM,
    TEXT(actuators, "pattern of controls"),
    NUMBER(scale, -1e9, 1e9, "control = scale * action + offset"),
    NUMBER(offset, -1e9, 1e9, "control = scale * action + offset"),
    CLIP,
};
static const co_field kReward[] = {
    TERM,
    TEXT(name, "of the term in results, default the term's"),
    TEXT(of, "pattern of coordinates"),
    NUMBER(weight, -1e9, 1e9, "factor of the term"),
    CHOICE(action, kAction, "which action a cost is taken of"),
    CHOICE(when, kWhen, "after or before the control step"),
};
static const co_field kTerminate[] = {
    TERM,
    TEXT(of, "pattern of coordinates"),
    NUMBER(min, -1e9, 1e9, "lower bound"),
    NUMBER(max, -1e9, 1e9, "upper bound"),
    CHOICE(bounds, kBounds, "whether the bounds are inside"),
};
static const co_field kReset[] = {
    TERM,
    TEXT(of, "pattern of coordinates"),
    NUMBER(scale, 0, 1e9, "half range, or standard deviation"),
    NUMBER(low, -1e9, 1e9, "lower end"),
    NUMBER(high, -1e9, 1e9, "upper end"),
};

// Fields a kind does not have are unset too, so that checks need not know the kind.
static void term_defaults(void *value) {
  co_term_def *def = value;
  def->scale = def->offset = def->min = def->max = def->low = def->high = NAN;
  def->weight = 1.0;
}

// Names of the terms of one kind, for suggestions; returns how many.
static int names_of_kind(co_term_kind kind, const char *name[], int max) {
  int count = 0;
  for (int i = 0; i < co_num_terms && count < max; i++) {
    if (co_terms[i].kind == kind) name[count++] = co_terms[i].name;
  }
  return count;
}

static void report_unknown(co_term_kind kind, const char *term, const co_node *node,
                           co_schema_errors *errors) {
  const char *name[32];
  int count = names_of_kind(kind, name, 32);
  char list[512] = "";
  for (int i = 0; i < count; i++) {
    if (i) strncat(list, ", ", sizeof list - strlen(list) - 1);
    strncat(list, name[i], sizeof list - strlen(list) - 1);
  }
  const char *near = co_suggest(term, name, count);
  co_schema_error(errors, node, "term", "no %s term \"%s\"; allowed: %s%s%s%s",
                  co_term_kind_name(kind), term, list, near ? "; did you mean \"" : "",
                  near ? near : "", near ? "\"?" : "");
}

// A key another term of the kind takes is an error here, and so is one this term cannot do without.
static void check_keys(const co_term_class *class, const co_node *node, co_schema_errors *errors) {
  for (int i = 0; i < node->count; i++) {
    const char *key = node->child[i]->name;
    if (strcmp(key, "term") != 0 && !co_word_in(class->keys, key)) {
      co_schema_error(errors, node->child[i], key, "not a key of \"%s\"; allowed: %s", class->name,
                      *class->keys ? class->keys : "none");
    }
  }
  char needs[64];
  strncpy(needs, class->needs, sizeof needs - 1);
  needs[sizeof needs - 1] = '\0';
  char *rest = NULL;
  for (char *key = strtok_r(needs, " ", &rest); key; key = strtok_r(NULL, " ", &rest)) {
    if (!co_node_get(node, key)) co_schema_error(errors, node, key, "\"%s\" needs it", class->name);
  }
}

// Pairs of values that exclude each other, whatever the term.
static void check_values(const co_term_def *def, const co_node *node, co_schema_errors *errors) {
  if (def->scale == 0 && (def->clip.count || co_node_get(node, "offset"))) {
    co_schema_error(errors, node, "scale", "0 makes the value a constant");
  }
  if (def->clip.count == 2 && !(def->clip.value[0] < def->clip.value[1])) {
    co_schema_error(errors, node, "clip", "the first value must be below the second");
  }
  if (!isnan(def->min) && !isnan(def->max) && !(def->min < def->max)) {
    co_schema_error(errors, node, "min", "must be below max");
  }
  if (!isnan(def->low) && !isnan(def->high) && !(def->low < def->high)) {
    co_schema_error(errors, node, "low", "must be below high");
  }
}

static void check_term(co_term_kind kind, const co_term_def *def, const co_node *node,
                       co_schema_errors *errors) {
  if (!def->term) return;
  const co_term_class *class = co_term_find(kind, def->term);
  if (!class) {
    report_unknown(kind, def->term, node, errors);
    return;
  }
  check_keys(class, node, errors);
  check_values(def, node, errors);
  if (kind == CO_TERM_TERMINATE && strcmp(def->term, "outside") == 0 && isnan(def->min) &&
      isnan(def->max)) {
    co_schema_error(errors, node, "min", "\"outside\" needs min, max or both");
  }
  bool range = !isnan(def->low) && !isnan(def->high);
  bool part = !isnan(def->low) || !isnan(def->high);
  if (kind == CO_TERM_RESET && strcmp(def->term, "uniform") == 0 &&
      (isnan(def->scale) ? !range : part)) {
    co_schema_error(errors, node, "scale", "\"uniform\" needs either scale, or low and high");
  }
}

// The schema's hook knows no kind: one function each.
#define VALIDATOR(function, kind)                                                          \
  static void function(const void *value, const co_node *node, co_schema_errors *errors) { \
    check_term(kind, value, node, errors);                                                 \
  }
VALIDATOR(check_observation, CO_TERM_OBSERVATION)
VALIDATOR(check_action, CO_TERM_ACTION)
VALIDATOR(check_reward, CO_TERM_REWARD)
VALIDATOR(check_terminate, CO_TERM_TERMINATE)
VALIDATOR(check_reset, CO_TERM_RESET)

#define SCHEMA(name, fields, check) \
  { name, sizeof(co_term_def), fields, COUNT(fields), term_defaults, check }
static const co_schema kTermSchema[CO_NUM_TERM_KINDS] = {
    [CO_TERM_OBSERVATION] = SCHEMA("task.observation", kObservation, check_observation),
    [CO_TERM_ACTION] = SCHEMA("task.action", kActionFields, check_action),
    [CO_TERM_REWARD] = SCHEMA("task.reward", kReward, check_reward),
    [CO_TERM_TERMINATE] = SCHEMA("task.terminate", kTerminate, check_terminate),
    [CO_TERM_RESET] = SCHEMA("task.reset", kReset, check_reset),
};

// --- the schema of a task

#define LIST(key, kind, least)                                                                     \
  {                                                                                                \
    key, CO_FIELD_LIST, offsetof(co_task_def, term[kind]), (least) ? CO_REQUIRED : 0, 0, 0, least, \
        1000, NULL, &kTermSchema[kind], "list of " key " terms"                                    \
  }
static const co_field kTask[] = {
    {"format", CO_FIELD_INT, offsetof(co_task_def, format), CO_REQUIRED, 1, 1, 0, 0, NULL, NULL,
     "version of the format, 1"},
    {"engine", CO_FIELD_CHOICE, offsetof(co_task_def, engine), 0, 0, 0, 0, 0, co_engine_names, NULL,
     "physics engine"},
    {"model", CO_FIELD_STRING, offsetof(co_task_def, model), 0, 0, 0, 0, 0, NULL, NULL,
     "model file, next to the task file or in envs/models"},
    {"substeps", CO_FIELD_INT, offsetof(co_task_def, substeps), CO_REQUIRED, 1, 10000, 0, 0, NULL,
     NULL, "physics steps per control step"},
    {"horizon", CO_FIELD_INT, offsetof(co_task_def, horizon), CO_REQUIRED, 1, 1e9, 0, 0, NULL, NULL,
     "control steps until the time limit"},
    {"observe", CO_FIELD_CHOICE, offsetof(co_task_def, observe), 0, 0, 0, 0, 0, co_observe_names,
     NULL, "derived quantities: stale (of the last integration stage) or fresh"},
    LIST("observation", CO_TERM_OBSERVATION, 1),
    LIST("action", CO_TERM_ACTION, 1),
    LIST("reward", CO_TERM_REWARD, 1),
    LIST("terminate", CO_TERM_TERMINATE, 0),
    LIST("reset", CO_TERM_RESET, 0),
};

// A model file is needed or meaningless, by engine.
static void check_task(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_task_def *task = value;
  const co_engine *engine = co_engine_at(task->engine);
  if (engine->needs_file && !task->model) {
    co_schema_error(errors, node, "model", "engine \"%s\" needs a model file", engine->name);
  }
  if (!engine->needs_file && task->model) {
    co_schema_error(errors, node, "model", "engine \"%s\" has no model file", engine->name);
  }
}

const co_schema co_task_schema = {"task", sizeof(co_task_def), kTask, COUNT(kTask),
                                  NULL,   check_task};

void co_task_read(const co_node *node, co_arena *arena, co_task_def *out,
                  co_schema_errors *errors) {
  co_schema_read_into(&co_task_schema, node, arena, out, errors);
}

// { task = group; }. Takes over `group`, on failure too.
static co_status wrap(co_node *group, co_node **out) {
  co_node *root = co_node_new(CO_NODE_GROUP, NULL, "task", 0);
  char *name = strdup("task");
  if (!root || !name) {
    co_node_free(root);
    co_node_free(group);
    free(name);
    return co_fail(CO_MEMORY, "out of memory");
  }
  free(group->name);
  group->name = name;
  co_status status = co_node_add(root, group);
  if (status == CO_OK)
    *out = root;
  else
    co_node_free(root);
  return status;
}

co_status co_task_write(const co_task_def *task, co_buf *buf) {
  co_node *group = NULL, *root = NULL;
  CO_TRY(co_schema_to_tree(&co_task_schema, task, &group));
  CO_TRY(wrap(group, &root));
  co_tree_write(root, buf);
  co_node_free(root);
  return co_buf_status(buf);
}

co_status co_task_hash(const co_task_def *task, uint64_t *out) {
  co_buf text = {0};
  co_status status = co_task_write(task, &text);
  if (status == CO_OK) *out = co_hash(text.data, text.size);
  co_buf_free(&text);
  return status;
}
