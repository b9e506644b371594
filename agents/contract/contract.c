#include "agents/contract/contract.h"

#include "agents/formats/members.h"
#include "core/unconst.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_OBS = 4096,
  MAX_ACTIONS = CO_MAX_WIDTH,
  MAX_SHIFTS = 256,
  MAX_POSE = 1024,
  MAX_COMMANDS = 64
};

const char *const co_fill_names[] = {"first", "zero", NULL};
const char *const co_layout_names[] = {"term", "frame", NULL};
const char *const co_output_names[] = {"raw", "range", NULL};

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define MEMBERS(name, ...)                                \
  static const co_member name##_member[] = {__VA_ARGS__}; \
  static const co_members name = {name##_member, COUNT(name##_member)}

// Rows of the tables below: KIND(struct, key in JSON, field, ...). A least and a most of 0 mean no
// bounds for REAL, and the whole range of the type from 0 for INTEGER.
#define TEXT(type, json, field, least)                                    \
  {                                                                       \
    .key = json, .kind = CO_MEMBER_TEXT, .offset = offsetof(type, field), \
    .size = sizeof((type *)0)->field, .min = least                        \
  }
#define REAL(type, json, field, least, most)                                            \
  {                                                                                     \
    .key = json, .kind = CO_MEMBER_REAL, .offset = offsetof(type, field), .min = least, \
    .max = most                                                                         \
  }
#define KNOWN(type, json, field) \
  { .key = json, .kind = CO_MEMBER_KNOWN, .offset = offsetof(type, field), .max = 1e9 }
#define BOUND(type, json, side, field) \
  { .key = json, .kind = CO_MEMBER_##side, .offset = offsetof(type, field) }
#define RANGE(type, json, low, high)                                     \
  {                                                                      \
    .key = json, .kind = CO_MEMBER_RANGE, .offset = offsetof(type, low), \
    .extra = offsetof(type, high)                                        \
  }
#define INTEGER(type, json, field, least, most)                              \
  {                                                                          \
    .key = json, .kind = CO_MEMBER_INTEGER, .offset = offsetof(type, field), \
    .size = sizeof((type *)0)->field, .min = least, .max = most              \
  }
#define HASH(type, json, field) \
  { .key = json, .kind = CO_MEMBER_HASH, .offset = offsetof(type, field) }
#define GROUP(json, members) \
  { .key = json, .kind = CO_MEMBER_GROUP, .child = &(members) }
#define LIST(type, json, field, number, item, members, most)                                      \
  {                                                                                               \
    .key = json, .kind = CO_MEMBER_LIST, .offset = offsetof(type, field),                         \
    .extra = offsetof(type, number), .size = sizeof(item), .child = &(members), .max_count = most \
  }
// a list that may be unknown: kind LIST or MAP
#define OPTIONAL(which, type, json, field, number, item, members, most)                            \
  {                                                                                                \
    .key = json, .kind = CO_MEMBER_##which, .offset = offsetof(type, field),                       \
    .extra = offsetof(type, number), .size = sizeof(item), .child = &(members), .max_count = most, \
    .optional = 1                                                                                  \
  }
#define DERIVED(json, function) \
  { .key = json, .kind = CO_MEMBER_DERIVED, .derive = function }

// ---- what follows from other members

// sizes of the output layers
static co_json *derive_heads(const void *base) {
  const co_contract *contract = base;
  co_json *heads = co_json_object();
  co_json_set_int(heads, "mean", contract->num_action);
  co_json_set_int(heads, "log_std", contract->num_action);
  co_json_set_int(heads, "value", 1);
  return heads;
}

static co_json *derive_control_dt(const void *base) {
  const co_contract *contract = base;
  return co_json_number(contract->timestep * contract->substeps);
}

static co_json *derive_algorithm(const void *base) {
  return co_json_string(((const co_contract *)base)->algorithm);
}

static co_json *derive_where(const void *base) {
  (void)base;
  return co_json_string("file");
}

// How values of the past begin; "mixed" where terms differ, and then their elements say it.
static co_json *derive_reset(const void *base) {
  const co_contract *contract = base;
  int past = 0, zero = 0;
  for (int i = 0; i < contract->num_obs; i++) {
    if (!strchr(contract->obs[i].name, '@')) continue;
    past++;
    zero += contract->obs[i].fill != 0;
  }
  return co_json_string(!zero ? "first" : zero == past ? "zero" : "mixed");
}

// version of the physics, null where another engine did it
static co_json *derive_mujoco(const void *base) {
  static const char name[] = "mujoco ";
  const char *engine = ((const co_contract *)base)->engine;
  return co_json_string(strncmp(engine, name, sizeof name - 1) == 0 ? engine + sizeof name - 1
                                                                    : NULL);
}

static co_json *derive_metric(const void *base) {
  (void)base;
  return co_json_string("return");
}

// Policies of this program were trained in the world their contract speaks of, so all its facts are
// first-hand; what is unknown has no origin.
static co_json *derive_provenance(const void *base) {
  const co_contract *contract = base;
  const struct {
    const char *path;
    bool known;
  } facts[] = {{"network", true},
               {"observation", true},
               {"action", true},
               {"default_pose", contract->pose != NULL},
               {"timing", true},
               {"observe", true},
               {"history", contract->history > 0},
               {"normaliser", true},
               {"command", contract->command != NULL},
               {"task", true},
               {"domain", true},
               {"model", true},
               {"training", true}};
  co_json *provenance = co_json_object();
  for (int i = 0; i < COUNT(facts); i++) {
    if (!facts[i].known) continue;
    co_json *fact = co_json_object();
    co_json_set_string(fact, "from", "trained");
    co_json_set(provenance, facts[i].path, fact);
  }
  return provenance;
}

// the Gaussian head of the first policies has no name in their files
static int is_squashed(const void *base) {
  return ((const co_contract *)base)->network.head == CO_HEAD_SQUASHED;
}

static int has_norm(const void *base) {
  return ((const co_contract *)base)->network.layer_norm;
}

static int has_shared_trunk(const void *base) {
  return ((const co_contract *)base)->network.shared_trunk;
}

static int has_task_file(const void *base) {
  return ((const co_contract *)base)->task_is_file;
}

static int has_output(const void *base) {
  return ((const co_contract *)base)->output != CO_OUTPUT_RAW;
}

static int has_frame(const void *base) {
  return ((const co_obs_element *)base)->frame[0] != '\0';
}

static int has_fill(const void *base) {
  return ((const co_obs_element *)base)->fill != 0;
}

static int is_drawn(const void *base) {
  return ((const co_shift_info *)base)->distribution[0] != '\0';
}

// ---- the layout

MEMBERS(network_members,
        {.key = "layers",
         .kind = CO_MEMBER_INTS,
         .offset = offsetof(co_contract, network.hidden),
         .extra = offsetof(co_contract, network.num_hidden),
         .min = 1,
         .max = CO_MAX_WIDTH,
         .max_count = CO_MAX_HIDDEN},
        {.key = "activation",
         .kind = CO_MEMBER_CHOICE,
         .offset = offsetof(co_contract, network.activation),
         .choices = co_activation_names},
        {.key = "head",
         .kind = CO_MEMBER_CHOICE,
         .offset = offsetof(co_contract, network.head),
         .choices = co_head_names,
         .optional = 1,
         .present = is_squashed},
        {.key = "layer_norm",
         .kind = CO_MEMBER_BOOL,
         .offset = offsetof(co_contract, network.layer_norm),
         .optional = 1,
         .present = has_norm},
        {.key = "shared_trunk",
         .kind = CO_MEMBER_BOOL,
         .offset = offsetof(co_contract, network.shared_trunk),
         .optional = 1,
         .present = has_shared_trunk},
        DERIVED("heads", derive_heads));

MEMBERS(observation_members, TEXT(co_obs_element, "name", name, 1),
        TEXT(co_obs_element, "term", term, 1), TEXT(co_obs_element, "unit", unit, 1),
        REAL(co_obs_element, "scale", scale, 0, 0), REAL(co_obs_element, "offset", offset, 0, 0),
        RANGE(co_obs_element, "clip", clip_low, clip_high),
        {.key = "frame",
         .kind = CO_MEMBER_TEXT,
         .offset = offsetof(co_obs_element, frame),
         .size = sizeof((co_obs_element *)0)->frame,
         .min = 1,
         .optional = 1,
         .present = has_frame},
        {.key = "fill",
         .kind = CO_MEMBER_CHOICE,
         .offset = offsetof(co_obs_element, fill),
         .choices = co_fill_names,
         .optional = 1,
         .present = has_fill});

MEMBERS(action_members, TEXT(co_action_element, "name", name, 1),
        TEXT(co_action_element, "kind", kind, 1), TEXT(co_action_element, "unit", unit, 1),
        REAL(co_action_element, "scale", scale, 0, 0),
        REAL(co_action_element, "offset", offset, 0, 0), BOUND(co_action_element, "low", LOW, low),
        BOUND(co_action_element, "high", HIGH, high), KNOWN(co_action_element, "kp", kp),
        KNOWN(co_action_element, "kd", kd), KNOWN(co_action_element, "torque_limit", torque_limit));

MEMBERS(output_range_members, BOUND(co_output_range, "low", LOW, low),
        BOUND(co_output_range, "high", HIGH, high));

MEMBERS(pose_members, TEXT(co_pose_element, "joint", joint, 1),
        REAL(co_pose_element, "value", value, 0, 0));

MEMBERS(history_members, INTEGER(co_contract, "length", history, 1, CO_MAX_HISTORY),
        {.key = "layout",
         .kind = CO_MEMBER_CHOICE,
         .offset = offsetof(co_contract, layout),
         .choices = co_layout_names},
        DERIVED("reset", derive_reset));

MEMBERS(command_members, TEXT(co_command_element, "name", name, 1),
        TEXT(co_command_element, "unit", unit, 1), REAL(co_command_element, "low", low, 0, 0),
        REAL(co_command_element, "high", high, 0, 0));

MEMBERS(timing_members, REAL(co_contract, "timestep", timestep, 1e-9, 1e3),
        INTEGER(co_contract, "substeps", substeps, 1, CO_MAX_SUBSTEPS),
        DERIVED("control_dt", derive_control_dt));

MEMBERS(normaliser_members, DERIVED("where", derive_where),
        BOUND(co_contract, "clip", HIGH, norm_clip),
        REAL(co_contract, "epsilon", norm_epsilon, 1e-12, 1),
        REAL(co_contract, "count", norm_count, 0, 1e300));

MEMBERS(task_members, TEXT(co_contract, "name", task, 1), HASH(co_contract, "hash", task_hash),
        {.key = "file",
         .kind = CO_MEMBER_BOOL,
         .offset = offsetof(co_contract, task_is_file),
         .optional = 1,
         .present = has_task_file});

// one draw for every element; where a normal distribution is cut; a curriculum
MEMBERS(draw_members,
        {.key = "each", .kind = CO_MEMBER_BOOL, .offset = offsetof(co_shift_info, each)},
        {.key = "clip",
         .kind = CO_MEMBER_REALS,
         .offset = offsetof(co_shift_info, clip),
         .extra = offsetof(co_shift_info, num_clip),
         .max_count = 2},
        REAL(co_shift_info, "from", from, 0, 0), INTEGER(co_shift_info, "over", over, 0, 0));

MEMBERS(domain_members, TEXT(co_shift_info, "parameter", parameter, 1),
        TEXT(co_shift_info, "select", select, 0), TEXT(co_shift_info, "operation", operation, 1),
        {.key = "value",
         .kind = CO_MEMBER_REALS,
         .offset = offsetof(co_shift_info, value),
         .extra = offsetof(co_shift_info, num_values),
         .max_count = CO_SHIFT_VALUES},
        {.key = "distribution",
         .kind = CO_MEMBER_TEXT,
         .offset = offsetof(co_shift_info, distribution),
         .size = sizeof((co_shift_info *)0)->distribution,
         .optional = 1},
        {.key = "draw",
         .kind = CO_MEMBER_GROUP,
         .child = &draw_members,
         .optional = 1,
         .present = is_drawn});

MEMBERS(model_members, TEXT(co_contract, "name", model, 1), HASH(co_contract, "hash", model_hash));

MEMBERS(training_members, DERIVED("algorithm", derive_algorithm),
        INTEGER(co_contract, "steps", steps, 0, 0), INTEGER(co_contract, "seed", seed, 0, 0),
        INTEGER(co_contract, "seed_number", seed_number, 0, (1 << 24) - 1),
        HASH(co_contract, "parent", parent));

MEMBERS(expected_members, DERIVED("metric", derive_metric),
        REAL(co_contract, "mean", expected_mean, 0, 0),
        REAL(co_contract, "std", expected_std, 0, 1e300),
        INTEGER(co_contract, "episodes", expected_episodes, 1, 0));

MEMBERS(contract_members, INTEGER(co_contract, "format", format, 1, 2),
        TEXT(co_contract, "algorithm", algorithm, 1), GROUP("network", network_members),
        LIST(co_contract, "observation", obs, num_obs, co_obs_element, observation_members,
             MAX_OBS),
        LIST(co_contract, "action", action, num_action, co_action_element, action_members,
             MAX_ACTIONS),
        {.key = "output",
         .kind = CO_MEMBER_CHOICE,
         .offset = offsetof(co_contract, output),
         .choices = co_output_names,
         .optional = 1,
         .present = has_output},
        OPTIONAL(LIST, co_contract, "output_range", range, num_ranges, co_output_range,
                 output_range_members, MAX_ACTIONS),
        OPTIONAL(MAP, co_contract, "default_pose", pose, num_pose, co_pose_element, pose_members,
                 MAX_POSE),
        GROUP("timing", timing_members), TEXT(co_contract, "observe", observe, 1),
        {.key = "history",
         .kind = CO_MEMBER_GROUP,
         .child = &history_members,
         .optional = 1,
         .extra = offsetof(co_contract, history)},
        GROUP("normaliser", normaliser_members),
        OPTIONAL(LIST, co_contract, "command", command, num_commands, co_command_element,
                 command_members, MAX_COMMANDS),
        GROUP("task", task_members),
        LIST(co_contract, "domain", shift, num_shifts, co_shift_info, domain_members, MAX_SHIFTS),
        GROUP("model", model_members), TEXT(co_contract, "engine", engine, 1),
        DERIVED("mujoco", derive_mujoco), GROUP("training", training_members),
        {.key = "expected",
         .kind = CO_MEMBER_GROUP,
         .child = &expected_members,
         .optional = 1,
         .extra = offsetof(co_contract, expected_episodes)},
        DERIVED("provenance", derive_provenance));

// ---- the value

// NULL, unknown, stays NULL.
static void *copy_array(const void *from, int count, size_t size, bool *whole) {
  void *to = from ? calloc((size_t)count + 1, size) : NULL;
  if (to && count > 0) memcpy(to, from, (size_t)count * size);
  *whole = *whole && (to || !from);
  return to;
}

// All or none: replaces the borrowed arrays of `out` by copies of them.
static co_status own_arrays(co_contract *out) {
  bool whole = true;
#define OWN(field, number) \
  out->field = copy_array(out->field, out->number, sizeof *out->field, &whole)
  OWN(obs, num_obs);
  OWN(action, num_action);
  OWN(range, num_ranges);
  OWN(shift, num_shifts);
  OWN(pose, num_pose);
  OWN(command, num_commands);
#undef OWN
  if (whole) return CO_OK;
  co_contract_free(out);
  return co_fail(CO_MEMORY, "out of memory for the contract of a policy");
}

static co_status copy_name(const char *what, const char *name, size_t size, char *out) {
  int length = snprintf(out, size, "%s", name);
  if (length > 0 && (size_t)length < size) return CO_OK;
  return co_fail(CO_CONFIG, "%s \"%.80s\": a name has 1 to %zu bytes", what, name, size - 1);
}

static co_status check_sizes(const co_env_info *world) {
  bool fits = world->obs_dim >= 1 && world->obs_dim <= MAX_OBS && world->act_dim >= 1 &&
              world->act_dim <= MAX_ACTIONS && world->num_shifts <= MAX_SHIFTS &&
              world->num_pose <= MAX_POSE && world->num_commands <= MAX_COMMANDS;
  if (fits) return CO_OK;
  return co_fail(CO_CONFIG,
                 "task %s: a policy has 1 to %d observations, 1 to %d actions, at most %d shifts, "
                 "%d joints in its default pose, %d commands",
                 world->task, MAX_OBS, MAX_ACTIONS, MAX_SHIFTS, MAX_POSE, MAX_COMMANDS);
}

co_status co_contract_from_world(const co_env_info *world, const co_network_def *def,
                                 const char *algorithm, co_contract *out) {
  assert(algorithm && out);
  assert(def->obs_dim == world->obs_dim && def->act_dim == world->act_dim);
  // a world knows that it has none, which is not the same as not knowing
  static const co_pose_element no_pose;
  static const co_command_element no_command;
  CO_TRY(check_sizes(world));
  co_contract contract = {
      .format = 2,
      .network = *def,
      .num_obs = world->obs_dim,
      .num_action = world->act_dim,
      .output = CO_OUTPUT_RANGE,
      .num_shifts = world->num_shifts,
      .num_pose = world->num_pose,
      .num_commands = world->num_commands,
      .history = world->history,
      .layout = world->layout,
      .timestep = world->timestep,
      .substeps = world->substeps,
      .task_hash = world->task_hash,
      .task_is_file = world->task_is_file,
      .model_hash = world->model_hash,
      .model_hash_1 = world->model_hash_1,
      // only borrowed until own_arrays copies them
      .obs = co_unconst(world->obs),
      .action = co_unconst(world->action),
      .shift = co_unconst(world->shift),
      .pose = co_unconst(world->num_pose ? world->pose : &no_pose),
      .command = co_unconst(world->num_commands ? world->command : &no_command),
      .norm_clip = 10,
      .norm_epsilon = 1e-8,
  };
  CO_TRY(copy_name("algorithm", algorithm, sizeof contract.algorithm, contract.algorithm));
  CO_TRY(copy_name("observe", world->observe, sizeof contract.observe, contract.observe));
  CO_TRY(copy_name("task", world->task, sizeof contract.task, contract.task));
  CO_TRY(copy_name("model", world->model, sizeof contract.model, contract.model));
  CO_TRY(copy_name("engine", world->engine, sizeof contract.engine, contract.engine));
  CO_TRY(own_arrays(&contract));
  *out = contract;
  return CO_OK;
}

uint64_t co_contract_model_hash(const co_contract *contract, int format) {
  if (format == contract->format) return contract->model_hash;
  return format == 1 ? contract->model_hash_1 : 0;
}

co_status co_contract_copy(const co_contract *from, co_contract *to) {
  co_contract contract = *from;
  CO_TRY(own_arrays(&contract));
  *to = contract;
  return CO_OK;
}

void co_contract_free(co_contract *contract) {
  free(contract->obs);
  free(contract->action);
  free(contract->range);
  free(contract->shift);
  free(contract->pose);
  free(contract->command);
  *contract = (co_contract){0};
}

co_status co_contract_keep_output(const co_contract *from, co_contract *to) {
  assert(from->num_action == to->num_action && from->network.head == to->network.head);
  bool own = true;
  co_output_range *range = calloc((size_t)to->num_action, sizeof *range);
  if (!range) return co_fail(CO_MEMORY, "out of memory for the contract of a policy");
  for (int i = 0; i < to->num_action; i++) {
    const co_action_element *a = &from->action[i], *b = &to->action[i];
    range[i] = from->range ? from->range[i] : (co_output_range){a->low, a->high};
    own = own && range[i].low == b->low && range[i].high == b->high;
  }
  // a squashed head puts out units of the range whatever its file says
  to->output = to->network.head == CO_HEAD_SQUASHED ? CO_OUTPUT_RANGE : from->output;
  free(to->range);
  if (own || to->output == CO_OUTPUT_RAW) {
    free(range);
    range = NULL;
  }
  to->range = range;
  to->num_ranges = range ? to->num_action : 0;
  return CO_OK;
}

co_status co_contract_to_json(const co_contract *contract, co_json **out) {
  assert(contract->num_obs > 0 && contract->num_action > 0);
  *out = co_members_write(&contract_members, contract);
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for the contract of a policy");
}

static co_status check_ranges(const co_contract *contract, const char *file) {
  if (!contract->range) return CO_OK;
  if (contract->output != CO_OUTPUT_RANGE)
    return co_fail(CO_DATA, "%s: output_range: only an output in units of the range has one", file);
  if (contract->num_ranges != contract->num_action)
    return co_fail(CO_DATA, "%s: output_range: %d entries for %d actions", file,
                   contract->num_ranges, contract->num_action);
  for (int i = 0; i < contract->num_ranges; i++)
    if (!(contract->range[i].low <= contract->range[i].high))
      return co_fail(CO_DATA, "%s: output_range.%d: low %.9g is above high %.9g", file, i,
                     contract->range[i].low, contract->range[i].high);
  return CO_OK;
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Elements are told apart by their names. `first` is that of element 0, the next `stride` bytes on.
static co_status check_unique(const char *file, const char *key, const char *first, size_t stride,
                              int count) {
  const char **names = calloc((size_t)count + 1, sizeof *names);
  if (!names) return co_fail(CO_MEMORY, "%s: out of memory for %d names", file, count);
  for (int i = 0; i < count; i++) names[i] = first + (size_t)i * stride;
  qsort(names, (size_t)count, sizeof *names, compare_names);
  co_status status = CO_OK;
  for (int i = 1; status == CO_OK && i < count; i++)
    if (strcmp(names[i - 1], names[i]) == 0)
      status = co_fail(CO_DATA, "%s: %s: \"%s\" appears twice", file, key, names[i]);
  free(names);
  return status;
}

// Names of tasks and models are looked up among files.
static co_status check_file_name(const char *file, const char *key, const char *name) {
  if (!strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) return CO_OK;
  return co_fail(CO_DATA, "%s: %s.name: must be a name, is the path \"%s\"", file, key, name);
}

static co_status check_all_names(const co_contract *contract, const char *file) {
#define UNIQUE(key, field, number) \
  check_unique(file, key, contract->field->name, sizeof *contract->field, contract->number)
  CO_TRY(UNIQUE("observation", obs, num_obs));
  CO_TRY(UNIQUE("action", action, num_action));
  if (contract->command) CO_TRY(UNIQUE("command", command, num_commands));
#undef UNIQUE
  CO_TRY(check_file_name(file, "task", contract->task));
  return check_file_name(file, "model", contract->model);
}

static co_status check_kinds(const co_contract *contract, const char *file) {
  for (int i = 0; i < contract->num_action; i++) {
    const char *kind = contract->action[i].kind;
    if (!co_action_is_kind(kind))
      return co_fail(CO_DATA, "%s: action.%d.kind: unknown \"%s\"", file, i, kind);
  }
  return CO_OK;
}

// What no single member can show: sizes that networks rely on, and the order of bounds.
static co_status check_contract(const co_contract *contract, const char *file) {
  if (contract->num_obs < 1) return co_fail(CO_DATA, "%s: observation: must have elements", file);
  if (contract->num_action < 1) return co_fail(CO_DATA, "%s: action: must have elements", file);
  for (int i = 0; i < contract->num_action; i++)
    if (!(contract->action[i].low <= contract->action[i].high))
      return co_fail(CO_DATA, "%s: action.%d: low %.9g is above high %.9g", file, i,
                     contract->action[i].low, contract->action[i].high);
  CO_TRY(check_kinds(contract, file));
  CO_TRY(check_ranges(contract, file));
  for (int i = 0; i < contract->num_commands; i++)
    if (!(contract->command[i].low <= contract->command[i].high))
      return co_fail(CO_DATA, "%s: command.%d: low %.9g is above high %.9g", file, i,
                     contract->command[i].low, contract->command[i].high);
  if (contract->history > contract->num_obs)
    return co_fail(CO_DATA, "%s: history.length: %d values do not fit into %d observations", file,
                   contract->history, contract->num_obs);
  CO_TRY(check_all_names(contract, file));
  const co_network_def *net = &contract->network;
  if (net->shared_trunk && (net->head != CO_HEAD_GAUSSIAN || net->num_hidden < 1))
    return co_fail(CO_DATA, "%s: network.shared_trunk: needs a hidden layer and a gaussian head",
                   file);
  if (!(contract->norm_clip > 0))
    return co_fail(CO_DATA, "%s: normaliser.clip: must be positive", file);
  return CO_OK;
}

co_status co_contract_from_json(const co_json *json, const char *file, co_contract *out) {
  co_contract contract = {0};
  co_status status = co_members_read(&contract_members, json, file, &contract);
  if (status == CO_OK) status = check_contract(&contract, file);
  if (status != CO_OK) {
    co_contract_free(&contract);
    return status;
  }
  contract.network.obs_dim = contract.num_obs;
  contract.network.act_dim = contract.num_action;
  *out = contract;
  return CO_OK;
}
