#include "agents/data/about.h"

#include "agents/contract/contract_json.h"
#include "agents/formats/members.h"
#include "core/hash.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

uint64_t co_data_contract_hash(const co_data_about *about) {
  return about->contract ? co_hash(about->contract, strlen(about->contract)) : 0;
}

void co_data_about_free(co_data_about *about) {
  free(about->obs);
  free(about->action);
  free(about->contract);
  *about = (co_data_about){0};
}

// ---- from a world

// Names are the first member of an element, the next `stride` bytes on.
static co_data_name *copy_names(const char *first, size_t stride, int count) {
  co_data_name *name = co_alloc((size_t)count + 1, sizeof *name);
  for (int i = 0; name && i < count; i++)
    memcpy(name[i].name, first + (size_t)i * stride, sizeof name[i].name);
  return name;
}

static co_status contract_text(const co_contract *contract, char **out) {
  co_json *json;
  co_buf text = {0};
  CO_TRY(co_contract_to_json(contract, &json));
  co_status status = co_json_write(json, 0, &text);
  co_json_free(json);
  if (status == CO_OK) *out = co_strndup(text.data, text.size - 1);  // without the line's end
  co_buf_free(&text);
  return status == CO_OK && !*out ? CO_MEMORY : status;
}

static co_status take_contract(const co_contract *contract, co_data_about *out) {
  co_data_about about = {.obs_dim = contract->num_obs,
                         .act_dim = contract->num_action,
                         .num_obs = contract->num_obs,
                         .num_action = contract->num_action,
                         .seed = -1};
  about.obs = copy_names(contract->obs->name, sizeof *contract->obs, contract->num_obs);
  about.action = copy_names(contract->action->name, sizeof *contract->action, contract->num_action);
  co_status status = about.obs && about.action ? CO_OK : CO_MEMORY;
  if (status == CO_OK) status = contract_text(contract, &about.contract);
  if (status == CO_OK)
    *out = about;
  else
    co_data_about_free(&about);
  return status;
}

co_status co_data_about_world(const co_env_info *world, co_data_about *out) {
  const co_network_def none = {.obs_dim = world->obs_dim, .act_dim = world->act_dim};
  co_contract contract;
  CO_TRY(co_contract_from_world(world, &none, "data", &contract));
  co_status status = take_contract(&contract, out);
  co_contract_free(&contract);
  return status;
}

co_status co_data_about_copy(const co_data_about *from, co_data_about *to) {
  co_data_about about = *from;
  about.obs = from->obs ? copy_names(from->obs->name, sizeof *from->obs, from->num_obs) : NULL;
  about.action =
      from->action ? copy_names(from->action->name, sizeof *from->action, from->num_action) : NULL;
  about.contract = from->contract ? co_strdup(from->contract) : NULL;
  bool whole = !about.obs == !from->obs && !about.action == !from->action &&
               !about.contract == !from->contract;
  if (whole)
    *to = about;
  else
    co_data_about_free(&about);
  return whole ? CO_OK : CO_MEMORY;
}

// ---- as JSON

static const char *const actor_names[] = {"unknown", "policy", "random", NULL};

static co_json *derive_hash(const void *base) {
  uint64_t hash = co_data_contract_hash(base);
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  return co_json_string(hash ? text : NULL);
}

static int has_seed(const void *base) {
  return ((const co_data_about *)base)->seed >= 0;
}

CO_MEMBERS(name_members, NULL, CO_ROW(TEXT, co_data_name, name, "name", .min = 1));

CO_MEMBERS(about_members, NULL,
           CO_LIST_ROW(LIST, co_data_about, obs, num_obs, name_members, "observation",
                       .max_count = CO_MAX_OBS, .optional = 1),
           CO_LIST_ROW(LIST, co_data_about, action, num_action, name_members, "action",
                       .max_count = CO_MAX_WIDTH, .optional = 1),
           CO_ROW(CHOICE, co_data_about, actor, "actor", .choices = actor_names),
           CO_ROW(HASH, co_data_about, policy_hash, "policy_hash", .nullable = 1),
           CO_ROW(INTEGER, co_data_about, seed, "seed", .max = 9e15, .optional = 1,
                  .present = has_seed),
           CO_ROW(STRING, co_data_about, contract, "contract", .nullable = 1),
           CO_DERIVED_ROW(derive_hash, "contract_hash"));

co_status co_data_about_write(const co_data_about *about, co_buf *out) {
  co_json *json = co_members_write(&about_members, about);
  co_status status = co_json_write(json, 0, out);
  co_json_free(json);
  if (status == CO_OK) out->data[--out->size] = '\0';
  return status;
}

static co_status check_names(const char *file, const char *key, int count, int dim) {
  if (count == 0 || count == dim) return CO_OK;
  return co_fail(CO_DATA, "%s: %s: %d names of %d elements", file, key, count, dim);
}

static bool same_names(const co_data_name *name, const char *first, size_t stride, int count) {
  for (int i = 0; i < count; i++)
    if (strcmp(name[i].name, first + (size_t)i * stride) != 0) return false;
  return true;
}

// A contract is whole by itself, and it is that of these elements.
static co_status check_contract(const co_data_about *about, const char *file) {
  if (!about->contract) return CO_OK;
  co_json *json;
  co_contract contract;
  CO_TRY(co_json_parse(about->contract, strlen(about->contract), "contract", &json));
  co_status status = co_contract_from_json(json, "contract", &contract);
  co_json_free(json);
  if (status != CO_OK) return co_fail_context(status, "%s", file);
  bool same = about->num_obs == contract.num_obs && about->num_action == contract.num_action &&
              same_names(about->obs, contract.obs->name, sizeof *contract.obs, contract.num_obs) &&
              same_names(about->action, contract.action->name, sizeof *contract.action,
                         contract.num_action);
  co_contract_free(&contract);
  return same ? CO_OK : co_fail(CO_DATA, "%s: contract: it is that of other elements", file);
}

static co_status read_about(const co_json *json, const char *file, co_data_about *about) {
  CO_TRY(co_members_read(&about_members, json, file, about));
  CO_TRY(check_names(file, "observation", about->num_obs, about->obs_dim));
  CO_TRY(check_names(file, "action", about->num_action, about->act_dim));
  return check_contract(about, file);
}

co_status co_data_about_parse(const char *text, size_t size, const char *file, int obs_dim,
                              int act_dim, co_data_about *out) {
  co_json *json;
  CO_TRY(co_json_parse(text, size, file, &json));
  co_data_about about = {.obs_dim = obs_dim, .act_dim = act_dim, .seed = -1};
  co_status status = read_about(json, file, &about);
  co_json_free(json);
  if (status == CO_OK)
    *out = about;
  else
    co_data_about_free(&about);
  return status;
}
