#include "agents/policy/policy.h"

#include "agents/contract/enforce.h"
#include "agents/contract/match.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { NORMALIZER_TENSORS = 3 };

// One list over network and normalisers, so that strategies, files and reports treat them alike.
static co_status collect_tensors(co_policy *policy) {
  int count = policy->net.num_tensors;
  policy->tensor = co_alloc((size_t)count + 2 * NORMALIZER_TENSORS, sizeof *policy->tensor);
  if (!policy->tensor) return CO_MEMORY;
  memcpy(policy->tensor, policy->net.tensor, (size_t)count * sizeof *policy->tensor);
  co_normalizer_tensors(&policy->obs_norm, CO_PART_OBS_NORM, policy->tensor + count);
  co_normalizer_tensors(&policy->reward_norm, CO_PART_REWARD_NORM,
                        policy->tensor + count + NORMALIZER_TENSORS);
  policy->num_tensors = count + 2 * NORMALIZER_TENSORS;
  return CO_OK;
}

// Fills zeroed memory; what a failed step leaves is released by co_policy_free.
static co_status assemble(const co_contract *contract, co_policy *policy) {
  CO_TRY(co_contract_copy(contract, &policy->contract));
  CO_TRY(co_network_create(&contract->network, &policy->net));
  CO_TRY(co_normalizer_create(contract->num_obs, &policy->obs_norm));
  CO_TRY(co_normalizer_create(1, &policy->reward_norm));
  policy->obs_norm.clip = contract->norm_clip;
  policy->obs_norm.epsilon = contract->norm_epsilon;
  policy->output = co_alloc((size_t)contract->num_action, sizeof *policy->output);
  if (!policy->output) return CO_MEMORY;
  co_output_maps(&policy->contract, policy->output);
  return collect_tensors(policy);
}

co_status co_policy_from_contract(const co_contract *contract, co_policy **out) {
  *out = NULL;
  co_policy *policy = co_alloc(1, sizeof *policy);
  if (!policy) return CO_MEMORY;
  co_status status = assemble(contract, policy);
  if (status != CO_OK) {
    co_policy_free(policy);
    return status;
  }
  *out = policy;
  return CO_OK;
}

// Copies both; either may be NULL.
static co_status take_texts(const char *task, const char *domain, co_policy *policy) {
  policy->task_text = task ? co_strdup(task) : NULL;
  policy->domain_text = domain ? co_strdup(domain) : NULL;
  if ((task && !policy->task_text) || (domain && !policy->domain_text)) return CO_MEMORY;
  return CO_OK;
}

co_status co_policy_create_blank(const co_network_def *def, const co_env_info *world,
                                 const char *algorithm, const co_stream *stream, co_policy **out) {
  assert(def && world && algorithm && stream);
  *out = NULL;
  co_contract contract;
  CO_TRY(co_contract_from_world(world, def, algorithm, &contract));
  contract.seed = stream->seed;
  contract.seed_number = stream->number;
  co_status status = co_policy_from_contract(&contract, out);
  co_contract_free(&contract);
  if (status == CO_OK) status = take_texts(world->task_text, world->domain_text, *out);
  if (status != CO_OK) {
    co_policy_free(*out);
    *out = NULL;
  }
  return status;
}

co_status co_policy_create(const co_network_def *def, const co_env_info *world,
                           const char *algorithm, const co_stream *stream, co_policy **out) {
  CO_TRY(co_policy_create_blank(def, world, algorithm, stream, out));
  co_network_init(&(*out)->net, stream);
  return CO_OK;
}

bool co_policy_has_critics(const co_policy *policy) {
  for (int i = 0; i < policy->num_tensors; i++)
    if (policy->tensor[i].facts.part == CO_PART_CRITIC) return true;
  return false;
}

void co_policy_keep_tensors(co_policy *policy, bool (*keep)(const co_tensor *, const void *context),
                            const void *context) {
  assert(keep);
  int kept = 0;
  for (int i = 0; i < policy->num_tensors; i++)
    if (keep(&policy->tensor[i], context)) policy->tensor[kept++] = policy->tensor[i];
  policy->num_tensors = kept;
}

// What a program has of the network's tensors: those that it does not compute with.
static bool is_programs(const co_tensor *tensor, const void *context) {
  (void)context;
  return tensor->facts.part == CO_PART_OBS_NORM || tensor->facts.role == CO_TENSOR_SPREAD;
}

void co_policy_take_program(co_policy *policy, co_stored_program *program) {
  assert(!policy->program && co_network_is_linear(&policy->net.def));
  assert(program->program.obs_dim == policy->net.def.obs_dim);
  assert(program->program.act_dim == policy->net.def.act_dim);
  policy->program = co_stored_hold(program);
  co_policy_keep_tensors(policy, is_programs, NULL);
}

co_status co_policy_from_stored(co_stored_program *stored, const char *file,
                                const co_contract *contract, co_policy **out) {
  *out = NULL;
  const co_program *program = &stored->program;
  if (program->obs_dim != contract->num_obs || program->act_dim != contract->num_action)
    return co_fail(CO_DATA,
                   "%s: its program takes %d observations and gives %d actions, its contract has "
                   "%d and %d",
                   file, program->obs_dim, program->act_dim, contract->num_obs,
                   contract->num_action);
  if (!co_network_is_linear(&contract->network))
    return co_fail(CO_DATA, "%s: beside a program the contract has a network of its own", file);
  CO_TRY(co_policy_from_contract(contract, out));
  co_policy_take_program(*out, stored);
  return CO_OK;
}

co_status co_policy_from_program(co_program *program, const char *file, const co_contract *contract,
                                 co_policy **out) {
  co_stored_program *stored;
  *out = NULL;
  CO_TRY(co_stored_make(program, file, &stored));
  co_status status = co_policy_from_stored(stored, file, contract, out);
  co_stored_drop(stored);
  return status;
}

static bool is_in(const co_tensor *tensor, const void *context) {
  const co_policy *policy = context;
  return co_tensor_find(policy->tensor, policy->num_tensors, tensor->name) >= 0;
}

co_status co_policy_copy(const co_policy *policy, co_policy **out) {
  CO_TRY(co_policy_from_contract(&policy->contract, out));
  co_policy *copy = *out;
  if (policy->program) co_policy_take_program(copy, policy->program);
  co_status status = take_texts(policy->task_text, policy->domain_text, copy);
  if (status != CO_OK) {
    co_policy_free(copy);
    *out = NULL;
    return status;
  }
  co_policy_keep_tensors(copy, is_in, policy);
  assert(copy->num_tensors == policy->num_tensors);
  copy->unverified = policy->unverified;
  copy->acts = policy->acts;
  for (int i = 0; i < policy->num_tensors; i++)
    co_tensor_copy(&copy->tensor[i], &policy->tensor[i]);
  copy->obs_norm.clip = policy->obs_norm.clip;
  copy->obs_norm.epsilon = policy->obs_norm.epsilon;
  copy->reward_norm.clip = policy->reward_norm.clip;
  copy->reward_norm.epsilon = policy->reward_norm.epsilon;
  return CO_OK;
}

void co_policy_free(co_policy *policy) {
  if (!policy) return;
  co_stored_drop(policy->program);
  free(policy->tensor);
  free(policy->output);
  free(policy->task_text);
  free(policy->domain_text);
  co_normalizer_free(&policy->reward_norm);
  co_normalizer_free(&policy->obs_norm);
  co_network_free(&policy->net);
  co_contract_free(&policy->contract);
  free(policy);
}

co_status co_policy_keep_output(const co_policy *source, co_policy *policy) {
  CO_TRY(co_contract_keep_output(&source->contract, &policy->contract));
  co_output_maps(&policy->contract, policy->output);
  return CO_OK;
}

// ---- does it fit a world?

// Names decide: a policy with the right sizes in another order acts, only wrongly. Scales and units
// are not looked at, since a difference there may be the very shift that is studied.

// Names of observation or action elements, wherever they lie.
typedef struct name_list {
  const char *what;   // "observation"
  const char *first;  // name of element 0
  size_t stride;      // bytes from name to name
  int count;
  co_action_list actions;  // of the same side
} name_list;

static const char *name_at(const name_list *list, int i) {
  return list->first + (size_t)i * list->stride;
}

static int find_name(const name_list *list, const char *name) {
  for (int i = 0; i < list->count; i++)
    if (strcmp(name_at(list, i), name) == 0) return i;
  return -1;
}

// "qpos/rootz, qpos/rooty, ..." from `first` on
static void print_names(const name_list *list, int first, co_buf *out) {
  enum { SHOWN = 4 };
  for (int i = first; i < list->count && i < first + SHOWN; i++)
    co_buf_printf(out, "%s%s", i > first ? ", " : "", name_at(list, i));
  if (list->count > first + SHOWN) co_buf_puts(out, ", ...");
}

static const char *nearest_name(const name_list *list, const char *name) {
  const char **names = co_alloc((size_t)list->count + 1, sizeof *names);
  if (!names) return NULL;
  for (int i = 0; i < list->count; i++) names[i] = name_at(list, i);
  const char *near = co_suggest(name, names, list->count);
  free(names);
  return near;
}

// The way from what the policy expects at `i` to what the world has.
static void print_hint(const name_list *world, const char *wanted, co_buf *out) {
  int found = find_name(world, wanted);
  const char *near = found < 0 ? nearest_name(world, wanted) : NULL;
  if (found >= 0) {
    co_buf_printf(out, "; the world has %s at %d: another order", wanted, found);
  } else if (near) {
    co_buf_printf(out, "; is it what the world calls %s?", near);
  } else {
    co_buf_printf(out, "; the world has no %s", wanted);
  }
}

static co_status check_names(const name_list *policy, const name_list *world,
                             const co_env_info *info) {
  int first = 0;
  while (first < policy->count && first < world->count &&
         co_action_same_name(policy->actions, name_at(policy, first), world->actions,
                             name_at(world, first)))
    first++;
  if (first == policy->count && first == world->count) return CO_OK;
  co_buf text = {0};
  co_buf_printf(&text, "policy expects %d %ss (", policy->count, policy->what);
  print_names(policy, 0, &text);
  co_buf_printf(&text, "), world %s%s gives %d (", info->task,
                info->map_hash ? " behind its map" : "", world->count);
  print_names(world, 0, &text);
  co_buf_printf(&text, "); first difference at %s %d: ", policy->what, first);
  if (first == policy->count) {
    co_buf_printf(&text, "the policy doesn't know %s", name_at(world, first));
  } else {
    co_buf_printf(&text, "policy %s, world %s", name_at(policy, first),
                  first < world->count ? name_at(world, first) : "none");
    print_hint(world, name_at(policy, first), &text);
  }
  co_status status = co_buf_status(&text);
  if (status == CO_OK) status = co_fail(CO_CONFIG, "%s", text.data);
  co_buf_free(&text);
  return status;
}

co_status co_policy_check_world(const co_policy *policy, const co_env_info *world) {
  const co_contract *contract = &policy->contract;
  const co_action_list own = {contract->action, contract->num_action};
  const co_action_list its = {world->action, world->act_dim};
  name_list have_obs = {"observation", contract->obs->name, sizeof *contract->obs,
                        contract->num_obs, own};
  name_list want_obs = {"observation", world->obs->name, sizeof *world->obs, world->obs_dim, its};
  name_list have_action = {"action", contract->action->name, sizeof *contract->action,
                           contract->num_action, own};
  name_list want_action = {"action", world->action->name, sizeof *world->action, world->act_dim,
                           its};
  bool by_place = co_kind_accepted(CO_DIFF_NAME, world) && co_kind_accepted(CO_DIFF_ORDER, world);
  if (by_place && have_obs.count == want_obs.count && have_action.count == want_action.count)
    return CO_OK;
  CO_TRY(check_names(&have_obs, &want_obs, world));
  return check_names(&have_action, &want_action, world);
}

co_status co_policy_check_finite(const co_policy *policy) {
  int bad = co_tensor_find_non_finite(policy->tensor, policy->num_tensors);
  if (bad < 0) return CO_OK;
  return co_fail(CO_DIVERGED, "non-finite %s after an update", policy->tensor[bad].name);
}
