#include "envs/task/task.h"

#include "core/file.h"
#include "core/memory.h"
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
#define POSITIVE(key, max, doc) \
  { #key, CO_FIELD_FLOAT, AT(key), CO_POSITIVE_EXCLUSIVE, 0, max, 0, 0, NULL, NULL, doc }
#define WHOLE(key, max, doc) \
  { #key, CO_FIELD_INT, AT(key), CO_ZERO_IS_UNSET, 0, max, 0, 0, NULL, NULL, doc }
#define TERM \
  { "term", CO_FIELD_STRING, AT(term), CO_REQUIRED, 0, 0, 0, 0, NULL, NULL, "name of the term" }
#define CLIP \
  { "clip", CO_FIELD_FLOATS, AT(clip), 0, -1e9, 1e9, 2, 2, NULL, NULL, "(low, high)" }
#define CLIP_OR_NONE                                                           \
  {                                                                            \
    "clip", CO_FIELD_FLOATS, AT(clip), 0, -1e9, 1e9, 2, 2, kNone, NULL,        \
        "(low, high), or \"none\": what the policy puts out is taken as it is" \
  }
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define NUMBERS(key, min, max, doc) \
  { #key, CO_FIELD_FLOATS, AT(key), 0, min, max, 1, 1000, NULL, NULL, doc }
#define ORDER \
  CHOICE(order, kOrder, "elements in the order of the model or of the pattern's alternatives")
#define FRAME TEXT(frame, "\"body/NAME\" or \"site/NAME\": seen from there")

static const char *const kNone[] = {"none", NULL};
static const char *const kOrder[] = {"model", "given", NULL};
static const char *const kAction[] = {"raw", "clipped", NULL};
static const char *const kWhen[] = {"after", "before", NULL};
static const char *const kFill[] = {"first", "zero", NULL};
static const char *const kBounds[] = {"open", "closed", NULL};

static const co_field kObservation[] = {
    TERM,
    TEXT(name, "in place of the term's name in element names"),
    TEXT(of, "pattern of elements"),
    TEXT(to, "pattern of the elements they are compared with"),
    FRAME,
    ORDER,
    WHOLE(from, 1e6, "first of the matches"),
    WHOLE(count, 1e6, "how many of them, 0 for all that follow"),
    NUMBERS(scale, -1e9, 1e9, "value = clip(scale * (raw + noise) + offset)"),
    NUMBERS(offset, -1e9, 1e9, "value = clip(scale * (raw + noise) + offset)"),
    CLIP,
    NUMBER(noise, 0, 1e6, "standard deviation of noise on the raw value"),
    WHOLE(delay, 64, "control steps that the value is old"),
    WHOLE(history, CO_MAX_HISTORY, "the last so many values, oldest first"),
    CHOICE(fill, kFill, "what a past before the start of an episode reads"),
    NUMBERS(hold, -1e9, 1e9, "what the policy reads in place of the robot's numbers"),
    NUMBERS(value, -1e9, 1e9, "period [s], or numbers that never change"),
    NUMBER(frequency, 0, 1e4, "of a clock, in place of its period [Hz]"),
    NUMBERS(angle, -1e9, 1e9, "of a clock at the start, one for each leg [rad]"),
    NUMBER(gain, 0, 1e4, "frequency that is added per unit of the commands' size [Hz]"),
    POSITIVE(most, 1e6, "largest size of the commands that adds to the frequency"),
    POSITIVE(stop, 1e6, "size of the commands below which a clock stands"),
    NUMBERS(rest, -1e9, 1e9, "angles that a clock shows while it stands [rad]"),
};
static const co_field kActionFields[] = {
    TERM,
    TEXT(actuators, "pattern of controls"),
    TEXT(of, "pattern of places of mocap bodies"),
    ORDER,
    NUMBERS(scale, -1e9, 1e9, "control = scale * action + offset"),
    NUMBERS(offset, -1e9, 1e9, "control = scale * action + offset"),
    CLIP_OR_NONE,
    NUMBERS(kp, 0, 1e6, "stiffness [N m/rad]"),
    NUMBERS(kd, 0, 1e6, "damping [N m s/rad]"),
    NUMBERS(torque_limit, 0, 1e6, "largest torque [N m]"),
    NUMBERS(low, -1e9, 1e9, "lower end of where a mocap body may be moved [m]"),
    NUMBERS(high, -1e9, 1e9, "upper end of where a mocap body may be moved [m]"),
};
static const co_field kReward[] = {
    TERM,
    TEXT(name, "of the term in results, default the term's"),
    TEXT(of, "pattern of elements"),
    TEXT(to, "pattern of the elements they are compared with"),
    FRAME,
    NUMBER(weight, -1e9, 1e9, "factor of the term"),
    CHOICE(action, kAction, "which action a cost is taken of"),
    CHOICE(when, kWhen, "after or before the control step"),
    ORDER,
    CLIP,
    NUMBERS(value, -1e9, 1e9, "what is wanted, or the point in place of `to`"),
    NUMBERS(scale, -1e9, 1e9, "factor of each element before squares and sums"),
    NUMBER(min, -1e9, 1e9, "lower bound"),
    NUMBER(max, -1e9, 1e9, "upper bound"),
    POSITIVE(radius, 1e6, "distance that counts as there [m]"),
    POSITIVE(sigma, 1e6, "width of exp(-x^2 / sigma^2) or exp(-x / sigma)"),
};
static const co_field kOver[] = {
    TERM,
    TEXT(of, "pattern of elements"),
    TEXT(to, "pattern of the elements they are compared with"),
    FRAME,
    NUMBER(min, -1e9, 1e9, "lower bound"),
    NUMBER(max, -1e9, 1e9, "upper bound"),
    NUMBERS(value, -1e9, 1e9, "the point in place of `to`"),
    CHOICE(bounds, kBounds, "whether the bounds are inside"),
    POSITIVE(radius, 1e6, "distance that counts as there [m]"),
    WHOLE(count, 1e6, "control steps in a row"),
};
static const co_field kReset[] = {
    TERM,
    TEXT(of, "pattern of elements"),
    TEXT(to, "pattern of the elements they are kept away from"),
    ORDER,
    NUMBERS(scale, 0, 1e9, "half range, or standard deviation"),
    NUMBERS(low, -1e9, 1e9, "lower end"),
    NUMBERS(high, -1e9, 1e9, "upper end"),
    NUMBERS(value, -1e9, 1e9, "what is written, or the point in place of `to`"),
    POSITIVE(radius, 1e6, "of a disc, or distance kept [m]"),
};
static const co_field kCommand[] = {
    TERM,
    TEXT(name, "of the command"),
    NUMBERS(low, -1e9, 1e9, "lower end"),
    NUMBERS(high, -1e9, 1e9, "upper end"),
    WHOLE(every, 1e6, "control steps between two draws, 0 for at reset only"),
    NUMBER(zero, 0, 1, "chance that a draw is 0 in place of a value of the range"),
};

// Fields a kind does not have are unset too, so that checks need not know the kind.
static void term_defaults(void *value) {
  co_term_def *def = value;
  def->min = def->max = def->noise = def->radius = def->sigma = NAN;
  def->frequency = def->gain = def->most = def->stop = def->zero = NAN;
  def->weight = 1.0;
}

// Names of the terms of one kind, for suggestions; returns how many.
static int names_of_kind(co_term_kind kind, const char *name[], int max) {
  int count = 0;
  for (const co_term_class *class = co_term_table(kind); class->name && count < max; class ++) {
    name[count++] = class->name;
  }
  return count;
}

static void report_unknown(co_term_kind kind, const char *term, const co_node *node,
                           co_schema_errors *errors) {
  const char *name[64];
  int count = names_of_kind(kind, name, 64);
  char list[1024] = "";
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
  if (def->clip.count == 2 && !(def->clip.value[0] < def->clip.value[1])) {
    co_schema_error(errors, node, "clip", "the first value must be below the second");
  }
  if (!isnan(def->min) && !isnan(def->max) && !(def->min < def->max)) {
    co_schema_error(errors, node, "min", "must be below max");
  }
  int ends = def->low.count < def->high.count ? def->low.count : def->high.count;
  for (int i = 0; i < ends; i++) {
    if (def->low.value[i] <= def->high.value[i]) continue;
    co_schema_error(errors, node, "low", "must not be above high");
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
VALIDATOR(check_success, CO_TERM_SUCCESS)
VALIDATOR(check_reset, CO_TERM_RESET)
VALIDATOR(check_command, CO_TERM_COMMAND)

#define SCHEMA(name, fields, check) \
  { name, sizeof(co_term_def), fields, COUNT(fields), term_defaults, check }
static const co_schema kTermSchema[CO_NUM_TERM_KINDS] = {
    [CO_TERM_OBSERVATION] = SCHEMA("task.observation", kObservation, check_observation),
    [CO_TERM_ACTION] = SCHEMA("task.action", kActionFields, check_action),
    [CO_TERM_REWARD] = SCHEMA("task.reward", kReward, check_reward),
    [CO_TERM_TERMINATE] = SCHEMA("task.terminate", kOver, check_terminate),
    [CO_TERM_SUCCESS] = SCHEMA("task.success", kOver, check_success),
    [CO_TERM_RESET] = SCHEMA("task.reset", kReset, check_reset),
    [CO_TERM_COMMAND] = SCHEMA("task.command", kCommand, check_command),
};

static const co_field kPose[] = {
    {"of", CO_FIELD_STRING, offsetof(co_pose_def, of), CO_REQUIRED, 0, 0, 0, 0, NULL, NULL,
     "pattern of positions"},
    {"value", CO_FIELD_FLOATS, offsetof(co_pose_def, value), CO_REQUIRED, -1e9, 1e9, 1, 1000, NULL,
     NULL, "one for all, or one for each match [m or rad]"},
    {"order", CO_FIELD_STRING, offsetof(co_pose_def, order), 0, 0, 0, 0, 0, kOrder, NULL,
     "matches in the order of the model or of the pattern's alternatives"},
};
const co_schema co_pose_schema = {
    "task.default_pose", sizeof(co_pose_def), kPose, COUNT(kPose), NULL, NULL};

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
     "model file (MJCF or URDF), next to the task file or in envs/models"},
    {"substeps", CO_FIELD_INT, offsetof(co_task_def, substeps), CO_REQUIRED, 1, CO_MAX_SUBSTEPS, 0,
     0, NULL, NULL, "physics steps per control step"},
    {"horizon", CO_FIELD_INT, offsetof(co_task_def, horizon), CO_REQUIRED, 1, 1e9, 0, 0, NULL, NULL,
     "control steps until the time limit"},
    {"observe", CO_FIELD_CHOICE, offsetof(co_task_def, observe), 0, 0, 0, 0, 0, co_observe_names,
     NULL, "derived quantities: stale (of the last integration stage) or fresh"},
    {"stack", CO_FIELD_INT, offsetof(co_task_def, stack), CO_ZERO_IS_UNSET, 0, 64, 0, 0, NULL, NULL,
     "frames of the whole observation that a policy sees, oldest first"},
    {"fill", CO_FIELD_STRING, offsetof(co_task_def, fill), 0, 0, 0, 0, 0, kFill, NULL,
     "what frames and past values before the start of an episode read"},
    {"maze", CO_FIELD_GROUP, offsetof(co_task_def, scene.maze), 0, 0, 0, 0, 0, NULL,
     &co_maze_schema, "walls on a grid, added to the model"},
    {"terrain", CO_FIELD_GROUP, offsetof(co_task_def, scene.terrain), 0, 0, 0, 0, 0, NULL,
     &co_terrain_schema, "rough ground in place of the model's floor"},
    {"start", CO_FIELD_STRING, offsetof(co_task_def, start), 0, 0, 0, 0, 0, NULL, NULL,
     "\"keyframe NAME\" of the model: where episodes start, unless default_pose says otherwise"},
    {"actuators", CO_FIELD_LIST, offsetof(co_task_def, scene.actuators), 0, 0, 0, 0, 1000, NULL,
     &co_actuator_schema, "actuators, added to the model"},
    {"free", CO_FIELD_STRING, offsetof(co_task_def, scene.free), 0, 0, 0, 0, 0, NULL, NULL,
     "body that gets a free joint \"root\""},
    {"floor", CO_FIELD_FLOATS, offsetof(co_task_def, scene.floor), 0, -1e3, 1e3, 1, 1, NULL, NULL,
     "height of a plane \"floor\" that is added [m]"},
    {"timestep", CO_FIELD_FLOAT, offsetof(co_task_def, scene.timestep), CO_POSITIVE_EXCLUSIVE, 0, 1,
     0, 0, NULL, NULL, "of a physics step, in place of the model's [s]"},
    {"integrator", CO_FIELD_STRING, offsetof(co_task_def, scene.integrator), 0, 0, 0, 0, 0,
     co_integrator_names, NULL, "in place of the model's"},
    {"default_pose", CO_FIELD_LIST, offsetof(co_task_def, default_pose), 0, 0, 0, 0, 1000, NULL,
     &co_pose_schema, "list of start positions of joints"},
    LIST("command", CO_TERM_COMMAND, 0),
    LIST("observation", CO_TERM_OBSERVATION, 1),
    LIST("action", CO_TERM_ACTION, 1),
    LIST("reward", CO_TERM_REWARD, 1),
    LIST("terminate", CO_TERM_TERMINATE, 0),
    LIST("success", CO_TERM_SUCCESS, 0),
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
  const co_scene *scene = &task->scene;
  if (!engine->needs_file && (scene->actuators.count || scene->free || scene->floor.count)) {
    co_schema_error(errors, node, NULL,
                    "engine \"%s\" has no model to add actuators, floor or a "
                    "free joint to",
                    engine->name);
  }
  if (!engine->needs_file && (scene->timestep > 0 || scene->integrator)) {
    co_schema_error(errors, node, scene->integrator ? "integrator" : "timestep",
                    "engine \"%s\" has its own", engine->name);
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
  char *name = co_strdup("task");
  if (!root || !name) {
    co_node_free(root);
    co_node_free(group);
    free(name);
    return CO_MEMORY;
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

// A text may travel: of a model that is named by its whole path it has the name alone.
static const char *model_name(const char *model) {
  return model && model[0] == '/' ? co_path_base(model) : model;
}

co_status co_task_write(const co_task_def *task, co_buf *buf) {
  co_node *group = NULL, *root = NULL;
  co_task_def named = *task;
  named.model = model_name(task->model);
  CO_TRY(co_schema_to_tree(&co_task_schema, &named, &group));
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
