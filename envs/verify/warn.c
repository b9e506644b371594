#include "envs/verify/warn.h"

#include "core/log.h"
#include "envs/verify/dead.h"

co_status co_warn_of_strangers(const co_built_world *world, const char *const *domain, int count) {
  for (int i = 0; i < count; i++) {
    char meant[CO_NAME];
    CO_TRY(co_world_find_stranger(domain[i], world->def.task.model, meant));
    if (*meant)
      co_log(CO_LOG_WARNING, "domain %s is meant for another robot, that of task %s", domain[i],
             meant);
  }
  return CO_OK;
}

co_status co_warn_of_dead_shifts(co_world_shelf *shelf, const co_built_world *built,
                                 const co_world *world, uint64_t seed) {
  const co_env_info *info = &built->info;
  co_dead_shifts found;
  CO_TRY(co_shifts_find_dead(shelf, world, seed, &found));
  for (int i = 0; i < found.count && i < info->num_shifts; i++) {
    if (!found.dead[i]) continue;
    co_buf text = {0};
    co_shifts_put(&info->shift[i], 1, &text);
    CO_TRY(co_buf_status(&text));
    co_log(CO_LOG_WARNING, "%s does nothing in %s%s%s", text.data, info->task,
           *found.reason ? ": " : "", found.reason);
    co_buf_free(&text);
    *found.reason = '\0';  // of the first one
  }
  return CO_OK;
}
