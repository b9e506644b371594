#include "agents/contract/contract.h"

#include "agents/contract/private/limits.h"
#include "core/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the value

// NULL, unknown, stays NULL.
static void *copy_array(const void *from, int count, size_t size, bool *whole) {
  void *to = from ? co_alloc((size_t)count + 1, size) : NULL;
  if (to && count > 0) memcpy(to, from, (size_t)count * size);
  *whole = *whole && (to || !from);
  return to;
}

static co_status all_or_none(bool whole, co_contract *out) {
  if (whole) return CO_OK;
  co_contract_free(out);
  return CO_MEMORY;
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
  OWN(privileged, num_privileged);
  OWN(joint, num_joints);
  OWN(frame, num_frames);
  OWN(clock, num_clocks);
  OWN(provenance, num_provenance);
#undef OWN
  return all_or_none(whole, out);
}

// All or none. A world knows that it has none of something, which is not the same as not knowing.
static co_status copy_world_arrays(const co_env_info *world, co_contract *out) {
  static const char nothing;
  const void *none = &nothing;
  bool whole = true;
#define COPY(field, number) \
  out->field =              \
      copy_array(out->number ? world->field : none, out->number, sizeof *out->field, &whole)
  COPY(obs, num_obs);
  COPY(action, num_action);
  COPY(shift, num_shifts);
  COPY(pose, num_pose);
  COPY(command, num_commands);
  COPY(joint, num_joints);
  COPY(frame, num_frames);
  COPY(clock, num_clocks);
#undef COPY
  return all_or_none(whole, out);
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

// what the critic sees, in the order of the world's draws
static co_status name_privileged(const co_env_info *world, co_contract *contract) {
  if (contract->num_privileged == 0) return CO_OK;
  contract->privileged = co_alloc((size_t)world->num_draws, sizeof *contract->privileged);
  if (!contract->privileged) return CO_MEMORY;
  for (int i = 0; i < world->num_draws; i++) {
    const co_draw_info *draw = &world->draw[i];
    co_privileged_element *to = &contract->privileged[i];
    *to = (co_privileged_element){.index = draw->index, .low = draw->low, .high = draw->high};
    snprintf(to->parameter, sizeof to->parameter, "%s", draw->parameter);
    snprintf(to->element, sizeof to->element, "%s", draw->element);
  }
  return CO_OK;
}

bool co_contract_same_privileged(const co_privileged_element *a, const co_privileged_element *b) {
  return strcmp(a->parameter, b->parameter) == 0 && strcmp(a->element, b->element) == 0 &&
         a->index == b->index && a->low == b->low && a->high == b->high;
}

bool co_contract_same_draws(const co_contract *a, const co_contract *b) {
  bool same = a->num_privileged == b->num_privileged;
  for (int i = 0; same && i < a->num_privileged; i++)
    same = co_contract_same_privileged(&a->privileged[i], &b->privileged[i]);
  return same;
}

co_status co_contract_from_world(const co_env_info *world, const co_network_def *def,
                                 const char *algorithm, co_contract *out) {
  assert(algorithm && out);
  assert(def->obs_dim == world->obs_dim && def->act_dim == world->act_dim);
  assert(def->num_privileged == 0 || def->num_privileged == world->num_draws);
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
      .num_privileged = def->num_privileged,
      .history = world->history,
      .layout = world->layout,
      .timestep = world->timestep,
      .substeps = world->substeps,
      .task_hash = world->task_hash,
      .task_is_file = world->task_is_file,
      .model_hash = world->model_hash,
      .model_hash_1 = world->model_hash_1,
      .num_joints = world->num_joints,
      .num_frames = world->num_frames,
      .num_clocks = world->num_clocks,
      .norm_clip = 10,
      .norm_epsilon = 1e-8,
  };
  CO_TRY(copy_name("algorithm", algorithm, sizeof contract.algorithm, contract.algorithm));
  CO_TRY(copy_name("observe", world->observe, sizeof contract.observe, contract.observe));
  CO_TRY(copy_name("task", world->task, sizeof contract.task, contract.task));
  CO_TRY(copy_name("model", world->model, sizeof contract.model, contract.model));
  CO_TRY(copy_name("engine", world->engine, sizeof contract.engine, contract.engine));
  CO_TRY(copy_world_arrays(world, &contract));
  if (name_privileged(world, &contract) != CO_OK) {
    co_contract_free(&contract);
    return CO_MEMORY;
  }
  *out = contract;
  return CO_OK;
}

uint64_t co_contract_model_hash(const co_contract *contract, int format) {
  if (format == contract->format) return contract->model_hash;
  return format == 1 ? contract->model_hash_1 : 0;
}

const co_provenance *co_contract_provenance(const co_contract *contract, const char *path) {
  const co_provenance *found = NULL;
  size_t longest = 0;
  for (int i = 0; i < contract->num_provenance; i++) {
    const co_provenance *one = &contract->provenance[i];
    size_t length = strlen(one->path);
    if (length <= longest || strncmp(path, one->path, length) != 0) continue;
    if (path[length] && path[length] != '.') continue;
    found = one;
    longest = length;
  }
  return found;
}

// Whether a path is `at`, or below it.
static bool is_below(const char *path, const char *at) {
  size_t length = strlen(at);
  return strncmp(path, at, length) == 0 && (!path[length] || path[length] == '.');
}

co_status co_contract_set_origin(co_contract *contract, const char *path, co_origin from,
                                 const char *detail) {
  size_t room = (size_t)contract->num_provenance + 1;
  co_provenance *facts = co_realloc(contract->provenance, room, sizeof *facts);
  if (!facts) return CO_MEMORY;
  contract->provenance = facts;
  int kept = 0;
  for (int i = 0; i < contract->num_provenance; i++)
    if (!is_below(facts[i].path, path)) facts[kept++] = facts[i];
  facts[kept] = (co_provenance){.from = from};
  snprintf(facts[kept].path, sizeof facts[kept].path, "%s", path);
  snprintf(facts[kept].detail, sizeof facts[kept].detail, "%s", detail);
  contract->num_provenance = kept + 1;
  return CO_OK;
}

bool co_contract_knows_normaliser(const co_contract *contract) {
  const co_provenance *fact = co_contract_provenance(contract, "normaliser");
  return !fact || fact->from != CO_FROM_UNKNOWN;
}

int co_find_other_obs(const co_contract *a, const co_contract *b) {
  int i = 0;
  while (i < a->num_obs && i < b->num_obs && strcmp(a->obs[i].name, b->obs[i].name) == 0) i++;
  return i < a->num_obs || i < b->num_obs ? i : -1;
}

int co_find_other_action(const co_contract *a, const co_contract *b) {
  int i = 0;
  while (i < a->num_action && i < b->num_action &&
         strcmp(a->action[i].name, b->action[i].name) == 0)
    i++;
  return i < a->num_action || i < b->num_action ? i : -1;
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
  free(contract->privileged);
  free(contract->joint);
  free(contract->frame);
  free(contract->clock);
  free(contract->provenance);
  *contract = (co_contract){0};
}

co_status co_contract_keep_output(const co_contract *from, co_contract *to) {
  assert(from->num_action == to->num_action && from->network.head == to->network.head);
  bool own = true;
  co_output_range *range = co_alloc((size_t)to->num_action, sizeof *range);
  if (!range) return CO_MEMORY;
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
