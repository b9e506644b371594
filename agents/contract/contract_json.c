#include "agents/contract/contract_json.h"

#include "agents/contract/private/layout.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

co_status co_contract_to_json(const co_contract *contract, co_json **out) {
  assert(contract->num_obs > 0 && contract->num_action > 0);
  *out = co_layout_write(contract);
  return *out ? CO_OK : CO_MEMORY;
}

co_json *co_contract_elements_json(const co_contract *contract) {
  return co_layout_write_elements(contract);
}

static co_status check_ranges(const co_contract *contract, const char *file) {
  if (!contract->range) return CO_OK;
  if (contract->output == CO_OUTPUT_RAW)
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
  const char **names = co_alloc((size_t)count + 1, sizeof *names);
  if (!names) return CO_MEMORY;
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

static co_status check_network(const co_network_def *net, const char *file) {
  if (net->num_activations > 0 &&
      (net->num_activations != net->num_hidden || net->activations[0] != net->activation))
    return co_fail(
        CO_DATA, "%s: network.activations: must be one for each layer, the first as \"activation\"",
        file);
  if (net->shared_trunk && (net->head != CO_HEAD_GAUSSIAN || net->num_hidden < 1))
    return co_fail(CO_DATA, "%s: network.shared_trunk: needs a hidden layer and a gaussian head",
                   file);
  if (net->num_critics && net->head != CO_HEAD_SQUASHED)
    return co_fail(CO_DATA, "%s: network.critics: a gaussian head has one", file);
  if (net->memory.width > 0 && (net->head != CO_HEAD_GAUSSIAN || net->shared_trunk))
    return co_fail(CO_DATA, "%s: network.memory: needs a gaussian head and no shared trunk", file);
  if (net->residual.num_hidden && !(net->residual.scale > 0))
    return co_fail(CO_DATA, "%s: network.residual.scale: must be positive", file);
  if (net->residual.num_hidden && !co_network_takes_residual(net))
    return co_fail(
        CO_DATA, "%s: network.residual: not beside memory, a shared trunk or so many layers", file);
  return CO_OK;
}

static co_status check_privileged(const co_contract *contract, const char *file) {
  const co_network_def *net = &contract->network;
  if (contract->privileged && contract->num_privileged == 0)
    return co_fail(CO_DATA, "%s: privileged: must have elements", file);
  if (contract->privileged && (net->head != CO_HEAD_GAUSSIAN || net->shared_trunk))
    return co_fail(CO_DATA, "%s: privileged: needs a critic of its own and a gaussian head", file);
  if (contract->num_obs + contract->num_privileged > CO_MAX_OBS)
    return co_fail(CO_DATA, "%s: privileged: %d elements beside %d observations, more than %d",
                   file, contract->num_privileged, contract->num_obs, CO_MAX_OBS);
  for (int i = 0; i < contract->num_privileged; i++)
    if (!(contract->privileged[i].low <= contract->privileged[i].high))
      return co_fail(CO_DATA, "%s: privileged.%d: low %.9g is above high %.9g", file, i,
                     contract->privileged[i].low, contract->privileged[i].high);
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
  CO_TRY(check_network(&contract->network, file));
  CO_TRY(check_privileged(contract, file));
  if (!(contract->norm_clip > 0))
    return co_fail(CO_DATA, "%s: normaliser.clip: must be positive", file);
  return CO_OK;
}

co_status co_contract_from_json(const co_json *json, const char *file, co_contract *out) {
  co_contract contract = {0};
  co_status status = co_layout_read(json, file, &contract);
  if (status == CO_OK) status = check_contract(&contract, file);
  if (status != CO_OK) {
    co_contract_free(&contract);
    return status;
  }
  contract.network.obs_dim = contract.num_obs;
  contract.network.act_dim = contract.num_action;
  contract.network.num_privileged = contract.num_privileged;
  *out = contract;
  return CO_OK;
}
