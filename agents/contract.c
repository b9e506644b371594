#include "agents/contract.h"

#include "agents/formats/members.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBS = 4096, MAX_ACTIONS = CO_MAX_WIDTH, MAX_SHIFTS = 256 };

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
#define DERIVED(json, function) \
  { .key = json, .kind = CO_MEMBER_DERIVED, .derive = function }

// ---- what follows from other members

static co_json *derive_format(const void *base) {
  (void)base;
  return co_json_int(1);
}

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
// first-hand.
static co_json *derive_provenance(const void *base) {
  (void)base;
  static const char *const path[] = {"network",    "observation", "action", "timing", "observe",
                                     "normaliser", "task",        "domain", "model",  "training"};
  co_json *provenance = co_json_object();
  for (int i = 0; i < COUNT(path); i++) {
    co_json *fact = co_json_object();
    co_json_set_string(fact, "from", "trained");
    co_json_set(provenance, path[i], fact);
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
        RANGE(co_obs_element, "clip", clip_low, clip_high));

MEMBERS(action_members, TEXT(co_action_element, "name", name, 1),
        TEXT(co_action_element, "kind", kind, 1), TEXT(co_action_element, "unit", unit, 1),
        REAL(co_action_element, "scale", scale, 0, 0),
        REAL(co_action_element, "offset", offset, 0, 0), BOUND(co_action_element, "low", LOW, low),
        BOUND(co_action_element, "high", HIGH, high));

MEMBERS(timing_members, REAL(co_contract, "timestep", timestep, 1e-9, 1e3),
        INTEGER(co_contract, "substeps", substeps, 1, 1000000),
        DERIVED("control_dt", derive_control_dt));

MEMBERS(normaliser_members, DERIVED("where", derive_where),
        BOUND(co_contract, "clip", HIGH, norm_clip),
        REAL(co_contract, "epsilon", norm_epsilon, 1e-12, 1),
        REAL(co_contract, "count", norm_count, 0, 1e300));

MEMBERS(task_members, TEXT(co_contract, "name", task, 1), HASH(co_contract, "hash", task_hash));

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

MEMBERS(contract_members, DERIVED("format", derive_format),
        TEXT(co_contract, "algorithm", algorithm, 1), GROUP("network", network_members),
        LIST(co_contract, "observation", obs, num_obs, co_obs_element, observation_members,
             MAX_OBS),
        LIST(co_contract, "action", action, num_action, co_action_element, action_members,
             MAX_ACTIONS),
        GROUP("timing", timing_members), TEXT(co_contract, "observe", observe, 1),
        GROUP("normaliser", normaliser_members), GROUP("task", task_members),
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

static void *copy_array(const void *from, int count, size_t size) {
  void *to = calloc((size_t)count + 1, size);
  if (to && count > 0) memcpy(to, from, (size_t)count * size);
  return to;
}

// All three or none: replaces the borrowed arrays of `out` by copies of them.
static co_status own_arrays(co_contract *out) {
  out->obs = copy_array(out->obs, out->num_obs, sizeof *out->obs);
  out->action = copy_array(out->action, out->num_action, sizeof *out->action);
  out->shift = copy_array(out->shift, out->num_shifts, sizeof *out->shift);
  if (out->obs && out->action && out->shift) return CO_OK;
  co_contract_free(out);
  return co_fail(CO_MEMORY, "out of memory for the contract of a policy");
}

static co_status copy_name(const char *what, const char *name, size_t size, char *out) {
  int length = snprintf(out, size, "%s", name);
  if (length > 0 && (size_t)length < size) return CO_OK;
  return co_fail(CO_CONFIG, "%s \"%.80s\": a name has 1 to %zu bytes", what, name, size - 1);
}

co_status co_contract_from_world(const co_env_info *world, const co_network_def *def,
                                 const char *algorithm, co_contract *out) {
  assert(algorithm && out);
  assert(def->obs_dim == world->obs_dim && def->act_dim == world->act_dim);
  if (world->obs_dim < 1 || world->obs_dim > MAX_OBS || world->act_dim < 1 ||
      world->act_dim > MAX_ACTIONS || world->num_shifts > MAX_SHIFTS)
    return co_fail(CO_CONFIG,
                   "task %s: a policy has 1 to %d observations, 1 to %d actions, at most %d shifts",
                   world->task, MAX_OBS, MAX_ACTIONS, MAX_SHIFTS);
  co_contract contract = {
      .network = *def,
      .num_obs = world->obs_dim,
      .num_action = world->act_dim,
      .num_shifts = world->num_shifts,
      .timestep = world->timestep,
      .substeps = world->substeps,
      .task_hash = world->task_hash,
      .model_hash = world->model_hash,
      // only borrowed until own_arrays copies them
      .obs = (co_obs_element *)world->obs,
      .action = (co_action_element *)world->action,
      .shift = (co_shift_info *)world->shift,
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

co_status co_contract_copy(const co_contract *from, co_contract *to) {
  co_contract contract = *from;
  CO_TRY(own_arrays(&contract));
  *to = contract;
  return CO_OK;
}

void co_contract_free(co_contract *contract) {
  free(contract->obs);
  free(contract->action);
  free(contract->shift);
  *contract = (co_contract){0};
}

co_status co_contract_to_json(const co_contract *contract, co_json **out) {
  assert(contract->num_obs > 0 && contract->num_action > 0);
  *out = co_members_write(&contract_members, contract);
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for the contract of a policy");
}

// What no single member can show: sizes that networks rely on, and the order of bounds.
static co_status check_contract(const co_contract *contract, const char *file) {
  if (contract->num_obs < 1) return co_fail(CO_DATA, "%s: observation: must have elements", file);
  if (contract->num_action < 1) return co_fail(CO_DATA, "%s: action: must have elements", file);
  for (int i = 0; i < contract->num_action; i++)
    if (!(contract->action[i].low <= contract->action[i].high))
      return co_fail(CO_DATA, "%s: action.%d: low %.9g is above high %.9g", file, i,
                     contract->action[i].low, contract->action[i].high);
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
