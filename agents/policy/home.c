#include "agents/policy/home.h"

#include "agents/policy/zoo.h"
#include "core/config/config_file.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned co_home_changes(const co_contract *contract, const co_env_info *world) {
  bool task = contract->task_hash && contract->task_hash != world->task_hash;
  uint64_t hash = contract->format == 1 ? world->model_hash_1 : world->model_hash;
  bool model = contract->model_hash && contract->model_hash != hash;
  return (task ? CO_HOME_TASK : 0u) | (model ? CO_HOME_MODEL : 0u);
}

bool co_home_is_found(const co_contract *contract, unsigned changes) {
  return !(changes & CO_HOME_MODEL) && !(contract->task_is_file && changes);
}

const char *co_home_change_text(unsigned changes) {
  static const char *const text[] = {NULL, "the task differs", "the model differs",
                                     "the task and the model differ"};
  return text[changes & (CO_HOME_TASK | CO_HOME_MODEL)];
}

// ---- looking for it

// What of a world is not what the policy was trained in, and whether its elements are those.
static co_status look(const co_home *home, const co_world *world, unsigned *changes,
                      co_status *fits) {
  co_world_facts facts;
  CO_TRY(home->worlds->describe(home->worlds->context, world, &facts));
  *changes = co_home_changes(&home->policy->contract, facts.info);
  *fits = *changes ? co_policy_check_world(home->policy, facts.info) : CO_OK;
  co_world_facts_drop(&facts);
  return CO_OK;
}

// The changes of the world that has the name of the policy's own task; CO_NO_INPUT where there is
// none that may be taken for it.
static co_status find(const co_home *home, const co_world *world, unsigned *changes) {
  // a name with an ending is no name of configs/tasks: a file of that name here may be anyone's
  if (co_config_is_path(world->task))
    return co_fail(CO_NO_INPUT, "%s: the task it was trained in, \"%s\" (--task FILE names it)",
                   home->path, world->task);
  co_status fits, status = look(home, world, changes, &fits);
  if (status == CO_NO_INPUT)
    return co_fail_context(status, "%s: the task it was trained in (--task FILE names it)",
                           home->path);
  CO_TRY(status);
  if (!co_home_is_found(&home->policy->contract, *changes))
    return co_fail(CO_NO_INPUT,
                   "%s: was trained in another task \"%s\" than the one in configs/tasks: %s "
                   "(--task FILE names it)",
                   home->path, world->task, co_home_change_text(*changes));
  if (fits == CO_OK) return CO_OK;
  return co_fail_context(CO_NO_INPUT,
                         "%s: the task \"%s\" of configs/tasks is not the one it was trained in "
                         "(--task FILE names that)",
                         home->path, world->task);
}

// Hashes are compared, not names: what was edited since, or by --set, is another task.
static void note_changes(const co_home *home, const char *task, unsigned changes) {
  if (changes)
    co_log(CO_LOG_INFO, "note: task \"%s\" is not the one this policy was trained in (\"%s\"): %s",
           task, home->policy->contract.task, co_home_change_text(changes));
}

co_status co_home_note(const co_home *home, const co_world *world) {
  unsigned changes;
  co_status fits;
  CO_TRY(look(home, world, &changes, &fits));
  note_changes(home, world->task, changes);
  return CO_OK;
}

// ---- the policy's own

void co_found_task_free(co_found_task *found) {
  free(found->folder);
  *found = (co_found_task){0};
}

static co_status own_task(const co_home *home, co_found_task *out) {
  *out = (co_found_task){.task = home->policy->contract.task};
  if (!home->policy->task_text) return CO_OK;
  char *file;
  CO_TRY(co_zoo_find(home->path, &file));
  out->folder = co_path_dir(file);
  free(file);
  if (!out->folder) return CO_MEMORY;
  out->held = (co_task_text){home->policy->task_text, out->folder, home->model};
  return CO_OK;
}

// A text is the task itself, a name may be another one's.
static co_status find_own(const co_home *home, const co_world *world, unsigned *changes) {
  if (!world->held.text) return find(home, world, changes);
  co_status fits, status = look(home, world, changes, &fits);
  if (status == CO_OK) return CO_OK;
  return co_fail_context(status, "%s: the task it was trained in (--model FILE names its model)",
                         home->path);
}

co_status co_home_task(const co_home *home, const char *given, const char *const *set, int num_set,
                       co_found_task *out) {
  assert(home->worlds && home->policy && home->path && num_set >= 0 && (set || num_set == 0));
  *out = (co_found_task){.task = given};
  if (!given) CO_TRY(own_task(home, out));
  const co_world world = {.task = out->task, .held = out->held, .set = set, .num_set = num_set};
  unsigned changes;
  co_status fits;  // where it is given, that is said by who lets the policy act
  co_status status = given ? look(home, &world, &changes, &fits) : find_own(home, &world, &changes);
  if (status == CO_OK)
    note_changes(home, world.task, changes);
  else
    co_found_task_free(out);
  return status;
}

co_status co_home_source(const co_home *home, const char *given, co_found_task *out) {
  assert(home->worlds && home->policy && home->path && given);
  const co_world world = {.task = given};
  unsigned changes;
  co_status fits;
  *out = (co_found_task){.task = given};
  CO_TRY(look(home, &world, &changes, &fits));
  if (!changes) return CO_OK;
  CO_TRY(own_task(home, out));
  const co_world own = {.task = out->task, .held = out->held};
  co_status status = find_own(home, &own, &changes);
  if (status == CO_OK && (changes & CO_HOME_MODEL))
    status = co_fail(CO_NO_INPUT, "%s: its own task \"%s\": %s", home->path, out->task,
                     co_home_change_text(changes));
  if (status == CO_OK) return CO_OK;
  co_log(CO_LOG_INFO, "note: nothing is shown of home: %s", co_error_text());
  co_found_task_free(out);
  return CO_OK;
}

// ---- whether it may act

// The shifts that it was trained with, as a list that the world takes; NULL: it had none, or holds
// no text of them.
static co_status own_domain(const co_policy *policy, co_node **out) {
  *out = NULL;
  if (!policy->domain_text) return CO_OK;
  return co_tree_parse(policy->domain_text, "policy", out);
}

// The task with the shifts that the policy was trained with, where there are any and the task has
// what they speak of: else there are no facts.
static co_status look_at_own(const co_home *home, const co_world *plain, const co_node *domain,
                             co_world_facts *out) {
  *out = (co_world_facts){0};
  if (!domain) return CO_OK;
  co_world shifted = *plain;
  shifted.domain = domain;
  co_status status = home->worlds->describe(home->worlds->context, &shifted, out);
  return status == CO_CONFIG ? CO_OK : status;
}

// Of others it would be told of every element that it has no partner.
static bool same_sizes(const co_contract *contract, const co_env_info *world) {
  return contract->num_obs == world->obs_dim && contract->num_action == world->act_dim;
}

static co_status check_names(const co_home *home, const co_env_info *task) {
  co_status status = co_policy_check_world(home->policy, task);
  return status == CO_CONFIG ? co_fail_context(status, "%s", home->path) : status;
}

static co_status enforce_with(const co_home *home, const co_world *plain, const co_node *domain,
                              const co_env_info *task, unsigned how) {
  bool mapped = how & CO_ENFORCE_MAPPED;
  if (!mapped && !same_sizes(&home->policy->contract, task)) return check_names(home, task);
  co_world_facts own;
  CO_TRY(look_at_own(home, plain, domain, &own));
  co_status status = co_contract_enforce(&(co_enforced){.policy = &home->policy->contract,
                                                        .name = home->path,
                                                        .task = task,
                                                        .own = own.info,
                                                        .how = how});
  co_world_facts_drop(&own);
  // who accepts some of names and order has not accepted both
  if (status == CO_OK && !mapped) status = check_names(home, task);
  return status;
}

static co_status enforce_in(const co_home *home, const co_world *plain, const co_node *domain,
                            unsigned how) {
  co_world_facts task;
  CO_TRY(home->worlds->describe(home->worlds->context, plain, &task));
  co_status status = enforce_with(home, plain, domain, task.info, how);
  co_world_facts_drop(&task);
  return status;
}

co_status co_home_enforce(const co_home *home, const co_world *world, unsigned how) {
  assert(home->worlds && home->policy && home->path);
  const char **set = co_alloc((size_t)world->num_set + 1, sizeof *set);
  if (!set) return CO_MEMORY;
  co_world plain = *world;
  plain.domain = NULL;
  plain.set = set;
  plain.num_set = co_world_task_edits(world, set);
  co_node *domain;
  co_status status = own_domain(home->policy, &domain);
  if (status == CO_OK)
    status = enforce_in(home, &plain, domain ? co_node_get(domain, "domain") : NULL, how);
  co_node_free(domain);
  free(set);
  return status;
}

// --- its name

// The part of a path before `end` that follows the last slash.
static const char *part_before(const char *path, const char *end) {
  const char *from = end;
  while (from > path && from[-1] != '/') from--;
  return from;
}

void co_policy_title(const char *path, char out[CO_NAME]) {
  static const char suffix[] = ".safetensors", any[] = "policy";
  size_t length = strlen(path), own = strlen(suffix);
  const char *end = path + length;
  if (length > own && strcmp(end - own, suffix) == 0) end -= own;
  const char *from = part_before(path, end);
  bool nameless = (size_t)(end - from) == strlen(any) && memcmp(from, any, strlen(any)) == 0;
  if (nameless && from - path > 1) {
    end = from - 1;
    from = part_before(path, end);
  }
  int size = (int)(end - from), over = size - (CO_NAME - 1);
  if (over > 0)
    snprintf(out, CO_NAME, "..%.*s", size - over - 2, from + over + 2);
  else
    snprintf(out, CO_NAME, "%.*s", size, from);
}
