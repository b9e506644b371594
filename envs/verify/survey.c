#include "envs/verify/survey.h"

#include "core/config/config_file.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

// what all checks have in common
typedef struct common {
  const char *const *set;
  int num_set;
  uint64_t seed;
} common;

// A domain checked in a job of the pool, with its error's text.
typedef struct job {
  const common *common;
  const co_preset *preset;
  co_survey_entry *entry;
  co_status status;
  char error[CO_ERROR_MAX];
} job;

static co_world world_of(const common *c, const char *task, const co_node *domain) {
  return (co_world){.task = task, .domain = domain, .set = c->set, .num_set = c->num_set};
}

// ---- tasks

static co_status check_tasks(const common *c, const co_names *tasks, co_survey *survey) {
  for (int i = 0; i < tasks->count; i++) {
    co_world world = world_of(c, tasks->name[i], NULL);
    CO_TRY(co_check_world(NULL, &world, NULL, c->seed, &survey->entry[i].check));
  }
  return CO_OK;
}

// ---- domains

// One domain that cannot be built does not hide what the others are.
static void note_unbuilt(const job *j) {
  co_check *check = &j->entry->check;
  *check = (co_check){.num_tests = 1};
  snprintf(check->task, sizeof check->task, "%s", j->preset->task);
  snprintf(check->test[0].name, sizeof check->test[0].name, "builds");
  snprintf(check->test[0].text, sizeof check->test[0].text, "%s", co_error_text());
  snprintf(check->shift.reason, sizeof check->shift.reason, "%s", co_error_text());
  check->shift.first_step = -1;
}

static void check_domain(void *context, int index) {
  job *j = (job *)context + index;
  co_world world = world_of(j->common, j->preset->task, j->preset->domain);
  j->status = co_check_domain(&world, NULL, j->common->seed, &j->entry->check);
  if (j->status == CO_CONFIG || j->status == CO_NO_INPUT) {
    note_unbuilt(j);
    j->status = CO_OK;
  }
  if (j->status != CO_OK) snprintf(j->error, sizeof j->error, "%s", co_error_text());
}

static void make_jobs(const common *c, co_survey *survey, job *jobs) {
  int count = 0;
  for (int i = 0; i < survey->presets.count; i++) {
    const co_preset *preset = &survey->presets.preset[i];
    if (!preset->task) continue;
    co_survey_entry *entry = &survey->entry[survey->num_tasks + count];
    entry->preset = preset->name;
    jobs[count++] = (job){.common = c, .preset = preset, .entry = entry};
  }
}

static co_status check_domains(const common *c, co_pool *pool, co_survey *survey) {
  int count = survey->count - survey->num_tasks;
  job *jobs = co_alloc((size_t)count + 1, sizeof *jobs);
  if (!jobs) return CO_MEMORY;
  make_jobs(c, survey, jobs);
  co_pool_run(pool, check_domain, jobs, count);
  co_status status = CO_OK;
  for (int i = 0; i < count && status == CO_OK; i++)
    if (jobs[i].status != CO_OK)
      status = co_fail(jobs[i].status, "%s: %s", jobs[i].preset->name, jobs[i].error);
  free(jobs);
  return status;
}

// ---- the whole

static co_status allocate(int tasks, co_survey *out) {
  out->num_tasks = out->count = tasks;
  for (int i = 0; i < out->presets.count; i++) out->count += out->presets.preset[i].task != NULL;
  out->entry = co_alloc((size_t)out->count + 1, sizeof *out->entry);
  return out->entry ? CO_OK : CO_MEMORY;
}

co_status co_survey_make(const char *const *set, int num_set, uint64_t seed, co_pool *pool,
                         co_survey *out) {
  const common c = {set, num_set, seed};
  co_names tasks;
  *out = (co_survey){0};
  CO_TRY(co_config_names("configs/tasks", &tasks));
  co_status status = co_presets_read(&out->presets);
  if (status == CO_OK) status = allocate(tasks.count, out);
  if (status == CO_OK) status = check_tasks(&c, &tasks, out);
  if (status == CO_OK) status = check_domains(&c, pool, out);
  co_names_free(&tasks);
  if (status != CO_OK) co_survey_free(out);
  return status;
}

void co_survey_free(co_survey *survey) {
  free(survey->entry);
  co_presets_free(&survey->presets);
  *survey = (co_survey){0};
}
