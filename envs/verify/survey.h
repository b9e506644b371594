// Everything there is, checked: all tasks of configs/tasks, and every domain of configs/domains
// that says which task it is meant for.

#ifndef ENVS_VERIFY_SURVEY_H_
#define ENVS_VERIFY_SURVEY_H_

#include "core/pool.h"
#include "envs/domain/preset.h"
#include "envs/verify/check.h"

typedef struct co_survey_entry {
  const char *preset;  // the domain's name, lent by the survey; NULL: the task itself
  co_check check;      // of a domain only whether it builds and its shifts do something; one that
                       // cannot be built says why in its only test and in check.shift.reason
} co_survey_entry;

typedef struct co_survey {
  int num_tasks, count;    // tasks come first, then domains, each in the order of their names
  co_survey_entry *entry;  // (count), owned
  co_presets presets;      // owned
} co_survey;

// `set` (num_set): edits of every task. The same findings for any number of threads of `pool`. What
// is wrong with a task, or with the files of domains, fails as co_world_build does; a domain that
// does not fit its task is a finding. On failure nothing is left to be freed.
co_status co_survey_make(const char *const *set, int num_set, uint64_t seed, co_pool *pool,
                         co_survey *out);
void co_survey_free(co_survey *survey);

#endif  // ENVS_VERIFY_SURVEY_H_
