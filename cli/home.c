#include "cli/home.h"

#include "agents/policy/home.h"
#include "cli/args.h"
#include "core/config/config_file.h"
#include "core/log.h"
#include "envs/world/world.h"

// What of a world is not what a policy was trained in, and whether its elements are those.
static co_status look(co_world_shelf *shelf, const co_policy *policy, const co_world *world,
                      unsigned *changes, co_status *fits) {
  co_shared_world *shared;
  CO_TRY(co_world_shelf_take(shelf, world, &shared));
  const co_env_info *info = &co_shared_world_get(shared)->info;
  *changes = co_home_changes(&policy->contract, info);
  *fits = *changes ? co_policy_check_world(policy, info) : CO_OK;
  co_shared_world_drop(shared);
  return CO_OK;
}

// The changes of the world that has the name of the policy's own task; CO_NO_INPUT where there is
// none that may be taken for it.
static co_status find(co_world_shelf *shelf, const char *path, const co_policy *policy,
                      const co_world *world, unsigned *changes) {
  // a name with an ending is no name of configs/tasks: a file of that name here may be anyone's
  if (co_config_is_path(world->task))
    return co_fail(CO_NO_INPUT, "%s: the task it was trained in, \"%s\" (--task FILE names it)",
                   path, world->task);
  co_status fits, status = look(shelf, policy, world, changes, &fits);
  if (status == CO_NO_INPUT)
    return co_fail_context(status, "%s: the task it was trained in (--task FILE names it)", path);
  CO_TRY(status);
  if (!co_home_is_found(&policy->contract, *changes))
    return co_fail(CO_NO_INPUT,
                   "%s: was trained in another task \"%s\" than the one in configs/tasks: %s "
                   "(--task FILE names it)",
                   path, world->task, co_home_change_text(*changes));
  if (fits == CO_OK) return CO_OK;
  return co_fail_context(CO_NO_INPUT,
                         "%s: the task \"%s\" of configs/tasks is not the one it was trained in "
                         "(--task FILE names that)",
                         path, world->task);
}

// Hashes are compared, not names: what was edited since, or by --set, is another task.
static void note_changes(const co_policy *policy, const char *task, unsigned changes) {
  if (changes)
    co_log(CO_LOG_INFO, "note: task \"%s\" is not the one this policy was trained in (\"%s\"): %s",
           task, policy->contract.task, co_home_change_text(changes));
}

co_status cli_home_note(co_world_shelf *shelf, const co_policy *policy, const co_world *world) {
  unsigned changes;
  co_status fits;
  CO_TRY(look(shelf, policy, world, &changes, &fits));
  note_changes(policy, world->task, changes);
  return CO_OK;
}

co_status cli_home_task(co_world_shelf *shelf, const cli_args *args, const char *path,
                        const co_policy *policy, const char **out) {
  const char *set[CLI_MAX_VALUES], *given = cli_value(args, "task");
  co_world world = {.task = given ? given : policy->contract.task};
  world.num_set = cli_values(args, "set", &world.set);
  world.num_set = co_world_task_edits(&world, set);
  world.set = set;
  unsigned changes;
  co_status fits;  // where it is given, that is said by who lets the policy act
  CO_TRY(given ? look(shelf, policy, &world, &changes, &fits)
               : find(shelf, path, policy, &world, &changes));
  note_changes(policy, world.task, changes);
  *out = world.task;
  return CO_OK;
}

co_status cli_home_source(co_world_shelf *shelf, const char *path, const co_policy *policy,
                          const char *given, const char **out) {
  const co_world world = {.task = given}, own = {.task = policy->contract.task};
  unsigned changes;
  co_status fits;
  *out = given;
  CO_TRY(look(shelf, policy, &world, &changes, &fits));
  if (!changes) return CO_OK;
  bool found = find(shelf, path, policy, &own, &changes) == CO_OK;
  *out = found ? own.task : NULL;
  if (!found) co_log(CO_LOG_INFO, "note: nothing is shown of home: %s", co_error_text());
  return CO_OK;
}
