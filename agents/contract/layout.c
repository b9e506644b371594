#include "agents/contract/private/layout.h"

#include "agents/formats/members.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const co_fill_names[] = {"first", "zero", NULL};
const char *const co_layout_names[] = {"term", "frame", NULL};
const char *const co_output_names[] = {"raw", "range", "tanh", NULL};

const char *const co_past_names[] = {"oldest_first", "newest_first", NULL};
const char *const co_origin_names[] = {"trained", "file",    "default", "inferred",
                                       "user",    "unknown", NULL};

// What is observed, as format 2 has it: for now one vector.
typedef struct co_obs_block {
  int count;
  co_obs_element *obs;
} co_obs_block;

// A contract as it is read and written.
typedef struct document {
  co_contract contract;  // first: members of a contract are its members
  int num_blocks;
  co_obs_block *block;
} document;

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define MEMBERS(name, ...) CO_MEMBERS(name, NULL, __VA_ARGS__)

// Rows of the tables below: KIND(struct, key in JSON, field, ...). A least and a most of 0 mean no
// bounds for REAL, and the whole range of the type from 0 for INTEGER.
#define TEXT(type, json, field, least) CO_ROW(TEXT, type, field, json, .min = least)
#define REAL(type, json, field, least, most) \
  CO_ROW(REAL, type, field, json, .min = least, .max = most)
#define KNOWN(type, json, field) \
  CO_ROW(REAL, type, field, json, .max = 1e9, .nullable = 1, .optional = 1)
// left out where it is 0, null where it is unknown
#define USUAL(type, json, field, function, least, most) \
  CO_ROW(REAL, type, field, json, .min = least, .max = most, .nullable = 1, SOMETIMES(function))
// of any size; null or absent: there is none, or it is unknown
#define FACT(type, json, field) CO_ROW(REAL, type, field, json, .nullable = 1, .optional = 1)
#define SOME_TEXT(type, json, field, function) \
  CO_ROW(TEXT, type, field, json, .min = 1, SOMETIMES(function))
#define SOMETIMES(function) .optional = 1, .present = function
#define VECTOR(type, json, field, number) CO_ROW(VECTOR, type, field, json, .max_count = number)
#define BOUND(type, json, side, field) CO_ROW(side, type, field, json)
#define RANGE(type, json, low, high) CO_ROW(RANGE, type, low, json, .extra = offsetof(type, high))
#define INTEGER(type, json, field, least, most) \
  CO_ROW(INTEGER, type, field, json, .min = least, .max = most)
#define HASH(type, json, field) CO_ROW(HASH, type, field, json, .nullable = 1)
#define GROUP(json, members) \
  { .key = json, .kind = CO_MEMBER_GROUP, .child = &(members) }
#define SOME_GROUP(json, members, ...) \
  { .key = json, .kind = CO_MEMBER_GROUP, .child = &(members), .optional = 1, __VA_ARGS__ }
#define LIST(type, json, field, number, members, most) \
  CO_LIST_ROW(LIST, type, field, number, members, json, .max_count = most)
// a list that may be unknown: kind LIST or MAP
#define OPTIONAL(which, type, json, field, number, members, most) \
  CO_LIST_ROW(which, type, field, number, members, json, .max_count = most, .optional = 1)
#define DERIVED(json, function) CO_DERIVED_ROW(function, json)

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

static co_json *derive_vector(const void *base) {
  (void)base;
  return co_json_string("vector");
}

static co_json *derive_where(const void *base) {
  (void)base;
  return co_json_string("file");
}

// How values of the past begin; "mixed" where terms differ, and then their elements say it.
static co_json *derive_reset(const void *base) {
  const document *whole = base;
  bool in_block = whole->block != NULL;
  const co_obs_element *obs = in_block ? whole->block->obs : whole->contract.obs;
  int count = in_block ? whole->block->count : whole->contract.num_obs, past = 0, zero = 0;
  for (int i = 0; i < count; i++) {
    if (!strchr(obs[i].name, '@')) continue;
    past++;
    zero += obs[i].fill != 0;
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
static co_json *derive_provenance_1(const void *base) {
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

static int has_activations(const void *base) {
  return ((const co_contract *)base)->network.num_activations > 0;
}

static int has_norm(const void *base) {
  return ((const co_contract *)base)->network.layer_norm;
}

static int has_shared_trunk(const void *base) {
  return ((const co_contract *)base)->network.shared_trunk;
}

// two critics are what a squashed head has in the files of before
static int has_critics(const void *base) {
  const co_network_def *network = &((const co_contract *)base)->network;
  return network->head == CO_HEAD_SQUASHED && co_network_critics(network) != 2;
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

static int has_delay(const void *base) {
  return ((const co_obs_element *)base)->delay != 0;
}

static int has_noise(const void *base) {
  return ((const co_obs_element *)base)->noise != 0;
}

static int has_quantity(const void *base) {
  return ((const co_obs_element *)base)->quantity[0] != '\0';
}

static int has_drive(const void *base) {
  return ((const co_action_element *)base)->drive.kind[0] != '\0';
}

static bool same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static int has_shifted(const void *base) {
  const co_drive_info *drive = &((const co_action_element *)base)->drive;
  return !same(drive->unit, drive->shifted[0]) || !same(drive->kp, drive->shifted[1]) ||
         !same(drive->kv, drive->shifted[2]);
}

static int has_order(const void *base) {
  return ((const co_contract *)base)->format > 1;
}

static int has_detail(const void *base) {
  return ((const co_provenance *)base)->detail[0] != '\0';
}

static int has_resolution(const void *base) {
  return ((const co_provenance *)base)->resolution != 0;
}

static int has_interval(const void *base) {
  return ((const co_contract *)base)->expected_confidence > 0;
}

static int has_note(const void *base) {
  return ((const co_contract *)base)->note[0] != '\0';
}

static int is_drawn(const void *base) {
  return ((const co_shift_info *)base)->distribution[0] != '\0';
}

// ---- the layout

MEMBERS(memory_members,
        CO_ROW(CHOICE, co_contract, network.memory.cell, "cell", .choices = co_cell_names),
        INTEGER(co_contract, "width", network.memory.width, 1, CO_MAX_WIDTH));

MEMBERS(residual_members,
        CO_ROW(INTS, co_contract, network.residual.hidden, "layers",
               .extra = offsetof(co_contract, network.residual.num_hidden), .min = 1,
               .max = CO_MAX_WIDTH, .min_count = 1, .max_count = CO_MAX_RESIDUAL),
        CO_ROW(CHOICE, co_contract, network.residual.activation, "activation",
               .choices = co_activation_names),
        REAL(co_contract, "scale", network.residual.scale, 0, 1e6));

MEMBERS(
    network_members,
    CO_ROW(INTS, co_contract, network.hidden, "layers",
           .extra = offsetof(co_contract, network.num_hidden), .min = 1, .max = CO_MAX_WIDTH,
           .max_count = CO_MAX_HIDDEN),
    CO_ROW(CHOICE, co_contract, network.activation, "activation", .choices = co_activation_names),
    CO_ROW(CHOICES, co_contract, network.activations, "activations",
           .extra = offsetof(co_contract, network.num_activations), .min_count = 1,
           .max_count = CO_MAX_HIDDEN, .choices = co_activation_names, SOMETIMES(has_activations)),
    CO_ROW(CHOICE, co_contract, network.head, "head", .choices = co_head_names,
           SOMETIMES(is_squashed)),
    CO_ROW(BOOL, co_contract, network.layer_norm, "layer_norm", SOMETIMES(has_norm)),
    CO_ROW(BOOL, co_contract, network.shared_trunk, "shared_trunk", SOMETIMES(has_shared_trunk)),
    CO_ROW(INTEGER, co_contract, network.num_critics, "critics", .min = 1, .max = CO_MAX_CRITICS,
           SOMETIMES(has_critics)),
    SOME_GROUP("memory", memory_members, .extra = offsetof(co_contract, network.memory.width)),
    SOME_GROUP("residual", residual_members,
               .extra = offsetof(co_contract, network.residual.num_hidden)),
    DERIVED("heads", derive_heads));

#define OBSERVATION_ROWS                                                                 \
  TEXT(co_obs_element, "name", name, 1), TEXT(co_obs_element, "term", term, 1),          \
      TEXT(co_obs_element, "unit", unit, 1), REAL(co_obs_element, "scale", scale, 0, 0), \
      REAL(co_obs_element, "offset", offset, 0, 0),                                      \
      RANGE(co_obs_element, "clip", clip_low, clip_high),                                \
      CO_ROW(TEXT, co_obs_element, frame, "frame", .min = 1, SOMETIMES(has_frame)),      \
      CO_ROW(CHOICE, co_obs_element, fill, "fill", .choices = co_fill_names, SOMETIMES(has_fill))

MEMBERS(observation_members_1, OBSERVATION_ROWS);

MEMBERS(observation_members, OBSERVATION_ROWS,
        USUAL(co_obs_element, "delay", delay, has_delay, 0, 1e6),
        USUAL(co_obs_element, "noise", noise, has_noise, 0, 1e9),
        SOME_TEXT(co_obs_element, "quantity", quantity, has_quantity),
        SOME_TEXT(co_obs_element, "of", of, has_quantity));

// of format 2: images will be blocks beside it
MEMBERS(block_members, DERIVED("block", derive_vector),
        LIST(co_obs_block, "elements", obs, count, observation_members, MAX_OBS));

MEMBERS(shifted_members, FACT(co_action_element, "unit", drive.shifted[0]),
        FACT(co_action_element, "kp", drive.shifted[1]),
        FACT(co_action_element, "kv", drive.shifted[2]));

MEMBERS(drive_members, TEXT(co_action_element, "kind", drive.kind, 1),
        CO_ROW(TEXT, co_action_element, drive.joint, "joint", .nullable = 1, .optional = 1),
        FACT(co_action_element, "gear", drive.gear), FACT(co_action_element, "unit", drive.unit),
        FACT(co_action_element, "kp", drive.kp), FACT(co_action_element, "kv", drive.kv),
        SOME_GROUP("shifted", shifted_members, .present = has_shifted));

MEMBERS(action_members, TEXT(co_action_element, "name", name, 1),
        TEXT(co_action_element, "kind", kind, 1), TEXT(co_action_element, "unit", unit, 1),
        REAL(co_action_element, "scale", scale, 0, 0),
        REAL(co_action_element, "offset", offset, 0, 0), BOUND(co_action_element, "low", LOW, low),
        BOUND(co_action_element, "high", HIGH, high), KNOWN(co_action_element, "kp", kp),
        KNOWN(co_action_element, "kd", kd), KNOWN(co_action_element, "torque_limit", torque_limit),
        SOME_GROUP("drive", drive_members, .present = has_drive));

MEMBERS(output_range_members, BOUND(co_output_range, "low", LOW, low),
        BOUND(co_output_range, "high", HIGH, high));

MEMBERS(pose_members, TEXT(co_pose_element, "joint", joint, 1),
        REAL(co_pose_element, "value", value, 0, 0));

MEMBERS(history_members, INTEGER(co_contract, "length", history, 1, CO_MAX_HISTORY),
        CO_ROW(CHOICE, co_contract, layout, "layout", .choices = co_layout_names),
        DERIVED("reset", derive_reset),
        CO_ROW(CHOICE, co_contract, past_order, "order", .choices = co_past_names,
               SOMETIMES(has_order)));

MEMBERS(joint_members, TEXT(co_joint_info, "name", name, 1),
        VECTOR(co_joint_info, "axis", axis, 3));

MEMBERS(frame_members, TEXT(co_frame_info, "name", name, 1), TEXT(co_frame_info, "body", body, 1),
        VECTOR(co_frame_info, "pos", pos, 3), VECTOR(co_frame_info, "quat", quat, 4));

MEMBERS(clock_members, TEXT(co_clock_info, "name", name, 1),
        REAL(co_clock_info, "period", period, 1e-9, 1e9),
        CO_ROW(REALS, co_clock_info, angle, "angle", .extra = offsetof(co_clock_info, num_angles),
               .max_count = CO_CLOCK_LEGS),
        FACT(co_clock_info, "gain", gain), FACT(co_clock_info, "most", most),
        FACT(co_clock_info, "stop", stop),
        CO_ROW(REALS, co_clock_info, rest, "rest", .extra = offsetof(co_clock_info, num_rest),
               .max_count = CO_CLOCK_LEGS),
        TEXT(co_clock_info, "of", of, 0));

MEMBERS(command_members, TEXT(co_command_element, "name", name, 1),
        TEXT(co_command_element, "unit", unit, 1), REAL(co_command_element, "low", low, 0, 0),
        REAL(co_command_element, "high", high, 0, 0));

MEMBERS(privileged_members, TEXT(co_privileged_element, "parameter", parameter, 1),
        TEXT(co_privileged_element, "element", element, 0),
        INTEGER(co_privileged_element, "index", index, 0, CO_MAX_OBS),
        REAL(co_privileged_element, "low", low, 0, 0),
        REAL(co_privileged_element, "high", high, 0, 0));

MEMBERS(timing_members, REAL(co_contract, "timestep", timestep, 1e-9, 1e3),
        INTEGER(co_contract, "substeps", substeps, 1, CO_MAX_SUBSTEPS),
        DERIVED("control_dt", derive_control_dt));

MEMBERS(normaliser_members, DERIVED("where", derive_where),
        BOUND(co_contract, "clip", HIGH, norm_clip),
        REAL(co_contract, "epsilon", norm_epsilon, 0, 1),
        REAL(co_contract, "count", norm_count, 0, 1e300));

MEMBERS(task_members, TEXT(co_contract, "name", task, 1), HASH(co_contract, "hash", task_hash),
        CO_ROW(BOOL, co_contract, task_is_file, "file", SOMETIMES(has_task_file)));

// one draw for every element; where a normal distribution is cut; a curriculum
MEMBERS(draw_members, CO_ROW(BOOL, co_shift_info, each, "each"),
        CO_ROW(REALS, co_shift_info, clip, "clip", .extra = offsetof(co_shift_info, num_clip),
               .max_count = 2),
        REAL(co_shift_info, "from", from, 0, 0), INTEGER(co_shift_info, "over", over, 0, 0));

MEMBERS(domain_members, TEXT(co_shift_info, "parameter", parameter, 1),
        TEXT(co_shift_info, "select", select, 0), TEXT(co_shift_info, "operation", operation, 1),
        CO_ROW(REALS, co_shift_info, value, "value", .extra = offsetof(co_shift_info, num_values),
               .max_count = CO_SHIFT_VALUES),
        CO_ROW(TEXT, co_shift_info, distribution, "distribution", .nullable = 1, .optional = 1),
        SOME_GROUP("draw", draw_members, .present = is_drawn));

MEMBERS(model_members, TEXT(co_contract, "name", model, 1), HASH(co_contract, "hash", model_hash));

MEMBERS(training_members, DERIVED("algorithm", derive_algorithm),
        INTEGER(co_contract, "steps", steps, 0, 0), INTEGER(co_contract, "seed", seed, 0, 0),
        INTEGER(co_contract, "seed_number", seed_number, 0, (1 << 24) - 1),
        HASH(co_contract, "parent", parent));

MEMBERS(interval_members, REAL(co_contract, "confidence", expected_confidence, 0.5, 1),
        REAL(co_contract, "iqm", expected_iqm, 0, 0), REAL(co_contract, "lo", expected_lo, 0, 0),
        REAL(co_contract, "hi", expected_hi, 0, 0),
        INTEGER(co_contract, "seed", expected_seed, 0, 0));

MEMBERS(expected_members, DERIVED("metric", derive_metric),
        REAL(co_contract, "mean", expected_mean, 0, 0),
        REAL(co_contract, "std", expected_std, 0, 1e300),
        INTEGER(co_contract, "episodes", expected_episodes, 1, 0),
        SOME_GROUP("interval", interval_members, .present = has_interval));

// of members, and of what is below them
MEMBERS(fact_members, TEXT(co_provenance, "path", path, 1),
        CO_ROW(CHOICE, co_provenance, from, "from", .choices = co_origin_names),
        SOME_TEXT(co_provenance, "detail", detail, has_detail),
        CO_ROW(REAL, co_provenance, resolution, "resolution", .min = 0, .max = 1e9,
               SOMETIMES(has_resolution)));

MEMBERS(provenance_members, CO_ROW(CHOICE, co_contract, origin, "from", .choices = co_origin_names),
        OPTIONAL(LIST, co_contract, "facts", provenance, num_provenance, fact_members,
                 MAX_PROVENANCE));

#define ROWS_BEFORE                                                                           \
  INTEGER(co_contract, "format", format, 1, 2), TEXT(co_contract, "algorithm", algorithm, 1), \
      GROUP("network", network_members),
#define ROWS_AFTER                                                                                 \
  LIST(co_contract, "action", action, num_action, action_members, MAX_ACTIONS),                    \
      CO_ROW(CHOICE, co_contract, output, "output", .choices = co_output_names,                    \
             SOMETIMES(has_output)),                                                               \
      OPTIONAL(LIST, co_contract, "output_range", range, num_ranges, output_range_members,         \
               MAX_ACTIONS),                                                                       \
      OPTIONAL(MAP, co_contract, "default_pose", pose, num_pose, pose_members, MAX_POSE),          \
      OPTIONAL(LIST, co_contract, "joints", joint, num_joints, joint_members,                      \
               MAX_OBS + MAX_ACTIONS),                                                             \
      OPTIONAL(LIST, co_contract, "frames", frame, num_frames, frame_members, MAX_OBS),            \
      OPTIONAL(LIST, co_contract, "clocks", clock, num_clocks, clock_members, MAX_OBS),            \
      GROUP("timing", timing_members), TEXT(co_contract, "observe", observe, 1),                   \
      SOME_GROUP("history", history_members, .extra = offsetof(co_contract, history)),             \
      GROUP("normaliser", normaliser_members),                                                     \
      OPTIONAL(LIST, co_contract, "command", command, num_commands, command_members,               \
               MAX_COMMANDS),                                                                      \
      OPTIONAL(LIST, co_contract, "privileged", privileged, num_privileged, privileged_members,    \
               CO_MAX_OBS),                                                                        \
      GROUP("task", task_members),                                                                 \
      LIST(co_contract, "domain", shift, num_shifts, domain_members, MAX_SHIFTS),                  \
      GROUP("model", model_members), TEXT(co_contract, "engine", engine, 1),                       \
      DERIVED("mujoco", derive_mujoco), GROUP("training", training_members),                       \
      SOME_GROUP("expected", expected_members, .extra = offsetof(co_contract, expected_episodes)), \
      SOME_TEXT(co_contract, "note", note, has_note)

MEMBERS(contract_members_1,
        ROWS_BEFORE LIST(co_contract, "observation", obs, num_obs, observation_members_1, MAX_OBS),
        ROWS_AFTER, DERIVED("provenance", derive_provenance_1));

MEMBERS(contract_members_2,
        ROWS_BEFORE LIST(document, "observation", block, num_blocks, block_members, 1), ROWS_AFTER,
        GROUP("provenance", provenance_members));

// ---- reading and writing

co_json *co_layout_write(const co_contract *contract) {
  co_obs_block block = {contract->num_obs, contract->obs};
  const document whole = {.contract = *contract, .num_blocks = 1, .block = &block};
  return co_members_write(contract->format == 1 ? &contract_members_1 : &contract_members_2,
                          &whole);
}

co_json *co_layout_write_elements(const co_contract *contract) {
  co_json *array = co_json_array();
  for (int i = 0; i < contract->num_obs; i++)
    co_json_add(array, co_members_write(&observation_members, &contract->obs[i]));
  return array;
}

// The contract's format is told before anything else, so that an older or newer one is not taken
// for a damaged one.
static bool is_format_1(const co_json *json) {
  return co_json_get_int(json, "format", 0) == 1;
}

// The tables read vectors; what the format reserves is refused by its name.
static co_status refuse_images(const co_json *json, const char *file) {
  const co_json *blocks = co_json_get(json, "observation");
  for (size_t i = 0; i < co_json_count(blocks); i++) {
    const char *kind = co_json_get_string(co_json_at(blocks, i), "block");
    if (!kind && co_json_is_object(co_json_at(blocks, i)))
      return co_fail(CO_DATA, "%s: observation.%zu.block: is missing", file, i);
    if (kind && strcmp(kind, "image") != 0 && strcmp(kind, "vector") != 0)
      return co_fail(CO_DATA, "%s: observation.%zu.block: must be \"vector\" or \"image\"", file,
                     i);
    if (kind && strcmp(kind, "image") == 0)
      return co_fail(CO_DATA,
                     "%s: observation.%zu: is an image; images come later, this version reads a "
                     "vector",
                     file, i);
  }
  return CO_OK;
}

// What files of format 1 know nothing of.
static void forget(co_contract *contract) {
  for (int i = 0; i < contract->num_obs; i++)
    contract->obs[i].delay = contract->obs[i].noise = (double)NAN;
}

static void fill_shifted(co_contract *contract, const co_json *json) {
  const co_json *actions = co_json_get(json, "action");
  for (int i = 0; i < contract->num_action; i++) {
    co_drive_info *drive = &contract->action[i].drive;
    const co_json *from = co_json_get(co_json_at(actions, (size_t)i), "drive");
    if (co_json_get(from, "shifted")) continue;
    drive->shifted[0] = drive->unit, drive->shifted[1] = drive->kp, drive->shifted[2] = drive->kv;
  }
}

co_status co_layout_read(const co_json *json, const char *file, co_contract *out) {
  document whole = {.contract = *out};
  bool old = is_format_1(json);
  if (!old) CO_TRY(refuse_images(json, file));
  co_status status =
      co_members_read(old ? &contract_members_1 : &contract_members_2, json, file, &whole);
  *out = whole.contract;
  if (!old && whole.num_blocks) {
    out->obs = whole.block->obs;
    out->num_obs = whole.block->count;
  }
  free(whole.block);
  if (status != CO_OK) return status;
  if (old) forget(out);
  fill_shifted(out, json);
  return CO_OK;
}
