#include "transfer/run/plan.h"

#include "agents/data/data_set.h"
#include "transfer/run/definition.h"
#include "transfer/run/forecast.h"
#include "transfer/run/private/pace.h"
#include "transfer/study/study_check.h"

// Film strips that the report still needs: one for each transfer of the first seed.
static bool has_film(const co_trial *trial) {
  return trial->kind == CO_TRIAL_TRANSFER && trial->seed == 0;
}

// Most bytes of a set, whose episodes may all last until the horizon; of kept replay as many as
// the training has steps.
static co_status add_set_bytes(const co_trial_context *context, const co_trial *trial,
                               double *bytes) {
  co_world world = co_trial_world(context->study, trial);
  co_world_facts facts;
  CO_TRY(context->worlds->describe(context->worlds->context, &world, &facts));
  int64_t episodes = trial->data < 0
                         ? co_trial_train_steps(context->study, trial) / facts.info->horizon + 1
                         : co_trial_eval_episodes(context->study, trial);
  *bytes += co_data_most_bytes(facts.info, episodes);
  co_world_facts_drop(&facts);
  return CO_OK;
}

static int64_t source_steps(const co_study *study, const co_trial *trial) {
  const co_source_env *source = co_trial_source_env(study, trial);
  return source ? source->steps_per_step * co_trial_train_steps(study, trial) : 0;
}

// counts everything; `films` is the number of strips that are left
static co_status count_trials(const co_study_run *run, co_study_plan *plan, int *films) {
  const co_trials *trials = run->context->trials;
  const co_study *study = run->context->study;
  *films = 0;
  plan->trials = trials->count;
  for (int i = 0; i < trials->count; i++) {
    const co_trial *trial = &trials->trial[i];
    bool left = run->state[i] == CO_TRIAL_PENDING, records = trial->data >= 0;
    bool in_env = trial->algorithm->needs & CO_NEEDS_ENV;
    plan->train_steps += in_env ? co_trial_train_steps(study, trial) : 0;
    plan->source_steps += source_steps(study, trial);
    *(records ? &plan->recorded : &plan->episodes) += co_trial_eval_episodes(study, trial);
    plan->done += run->state[i] == CO_TRIAL_DONE;
    plan->bytes += left ? CO_PACE_FOLDER_BYTES : 0;
    *films += left && has_film(trial);
    if (left && (records || co_trial_keeps_replay(study, trial)))
      CO_TRY(add_set_bytes(run->context, trial, &plan->bytes));
  }
  return CO_OK;
}

static co_status estimate(const co_study_run *run, int jobs, int threads, double *seconds) {
  co_forecast forecast;
  CO_TRY(co_forecast_open(run, jobs, threads, &forecast));
  co_forecast_calibrate(&forecast);
  *seconds = co_forecast_left(&forecast, NULL);
  co_forecast_close(&forecast);
  return CO_OK;
}

static co_status find_family(const co_study *study, co_study_plan *plan) {
  co_family family;
  CO_TRY(co_family_make(study, &family));
  plan->comparisons = family.count;
  plan->test = co_family_plan(study, &family);
  co_family_free(&family);
  return CO_OK;
}

// What is done is looked at as by a run, and not done again.
static co_status fill(co_study_run *run, int jobs, int threads, bool force, co_study_plan *plan) {
  co_look look = {.trial = -1, .force = force};
  CO_TRY(co_study_look(run->context, &look, run->state));
  CO_TRY(co_study_run_survey(run));
  int films;
  CO_TRY(count_trials(run, plan, &films));
  CO_TRY(estimate(run, jobs, threads, &plan->seconds));
  plan->seconds += CO_PACE_FILM_S * films;
  CO_TRY(find_family(run->context->study, plan));
  CO_TRY(co_study_warn(run->context, &plan->advice));
  return co_trial_check_stop(run->context);
}

co_status co_study_plan_make(const co_trial_context *context, int jobs, int threads, bool force,
                             co_study_plan *out) {
  co_study_run run;
  *out = (co_study_plan){0};
  CO_TRY(co_study_run_begin(context, &run));
  co_status status = fill(&run, jobs, threads, force, out);
  co_study_run_free(&run);
  if (status != CO_OK) co_study_plan_free(out);
  return status;
}

void co_study_plan_free(co_study_plan *plan) {
  co_buf_free(&plan->advice);
  *plan = (co_study_plan){0};
}
