// What has to hold before anything of a study runs: worlds that can be built, shifts that do
// something, a folder of its own.

#include "core/file.h"
#include "core/memory.h"
#include "transfer/run/runner.h"
#include "transfer/study/study_check.h"

#include <stdlib.h>
#include <string.h>

static co_status compare_worlds(co_study_run *run) {
  const co_study *study = run->context->study;
  co_buf inert = {0};
  for (int s = 0, i = 0; s < study->def.sources.count; s++) {
    for (int t = 0; t < study->def.targets.count; t++, i++) {
      co_status status = co_trial_check_stop(run->context);
      if (status == CO_OK)
        status = co_grade_worlds(study, run->context->worlds, s, t, &run->grade[i]);
      if (status != CO_OK) return co_buf_free(&inert), status;
      if (run->grade[i].grade != CO_GRADE_INERT) continue;
      const co_node *domain = co_study_target(study, t)->domain;
      const co_node *targets = co_node_get(co_node_get(study->root, "study"), "targets");
      co_node_place(domain ? domain : targets->child[t], "domain", &inert);
      co_grade_explain(study, &run->grade[i], &inert);
      co_buf_puts(&inert, "\n");
    }
  }
  co_status status = inert.size ? co_fail(CO_CONFIG, "%s", inert.data) : CO_OK;
  co_buf_free(&inert);
  return status;
}

co_status co_study_run_begin(const co_trial_context *context, co_study_run *out) {
  const co_study_def *def = &context->study->def;
  // one more of each: a study of sources only has no targets, and nothing may be no memory
  co_study_run run = {.context = context, .num_grades = def->sources.count * def->targets.count};
  run.state = co_alloc((size_t)context->trials->count, sizeof *run.state);
  run.grade = co_alloc((size_t)run.num_grades + 1, sizeof *run.grade);
  run.refused = co_alloc((size_t)def->targets.count + 1, sizeof *run.refused);
  co_status status = run.state && run.grade && run.refused ? CO_OK : CO_MEMORY;
  if (status == CO_OK) status = co_study_check(context);
  if (status == CO_OK) status = compare_worlds(&run);
  if (status == CO_OK) status = co_trial_check_stop(context);
  if (status != CO_OK) {
    co_study_run_free(&run);
    return status;
  }
  *out = run;
  return CO_OK;
}

void co_study_run_free(co_study_run *run) {
  free(run->state);
  free(run->grade);
  free(run->refused);
  free(run->failure);
  *run = (co_study_run){0};
}

co_status co_study_run_claim(const co_trial_context *context) {
  CO_TRY(co_dir_create(context->dir));
  char *path = co_path_join(context->dir, "study.cfg");
  if (!path) return CO_MEMORY;
  co_buf text = {0};
  co_status status = co_study_write(context->study, &text);
  if (status == CO_OK) status = co_file_write(path, text.data, text.size);
  co_buf_free(&text);
  free(path);
  return status;
}
