// The part of results.json that says what was run: worlds, shifts, strategies, trials, versions.

#include "agents/contract/contract.h"
#include "core/hash.h"
#include "transfer/measure/private/differs.h"
#include "transfer/measure/results.h"
#include "transfer/measure/shift_json.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"

#include <math.h>
#include <string.h>

// ---- worlds in words ----

static void put_value(const co_shift_info *shift, co_buf *out) {
  const char *sign = strcmp(shift->operation, "scale") == 0 ? "×"
                     : strcmp(shift->operation, "add") == 0 ? "+"
                                                            : "=";
  co_buf_printf(out, " %s ", sign);
  if (*shift->distribution) co_buf_printf(out, "%s of ", shift->distribution);
  for (int k = 0; k < shift->num_values; k++)
    co_buf_printf(out, "%s%s%.6g", k ? ", " : "", shift->value[k] < 0 ? "−" : "",
                  fabs(shift->value[k]));
  co_shift_put_draw(shift, out);
}

// "gravity × 1.5", "gear of foot_joint × −1"; a world without shifts is null
static co_status domain_json(const co_trial_context *context, const co_world *world,
                             co_json **out) {
  co_world_facts facts;
  CO_TRY(context->worlds->describe(context->worlds->context, world, &facts));
  const co_env_info *info = facts.info;
  co_buf text = {0};
  for (int i = 0; i < info->num_shifts; i++) {
    const co_shift_info *shift = &info->shift[i];
    co_buf_printf(&text, "%s%s", i ? "; " : "", shift->parameter);
    if (*shift->select) co_buf_printf(&text, " of %s", shift->select);
    put_value(shift, &text);
  }
  *out = co_json_string(text.data);
  co_buf_free(&text);
  co_world_facts_drop(&facts);
  return CO_OK;
}

// ---- sources and targets ----

static co_status source_json(const co_results *results, int s, co_json *array) {
  const co_study *study = results->run->context->study;
  const co_source_def *source = co_study_source(study, s);
  co_world world = co_source_world(source);
  co_json *domain;
  CO_TRY(domain_json(results->run->context, &world, &domain));
  co_json *object = co_json_object();
  co_json_set_string(object, "name", source->name);
  co_json_set_string(object, "task", source->task);
  co_json_set_string(object, "algorithm", source->algorithm);
  co_json_set_int(object, "steps", source->steps);
  bool in_env = source->steps == co_source_env_steps(source);
  co_json_set_string(object, "unit", in_env ? "env steps" : "gradient steps");
  co_json_set(object, "domain", domain);
  co_json *returns = co_json_array();
  for (int seed = 0; seed < study->def.seeds; seed++) {
    const co_record *record = co_results_find(results, CO_TRIAL_SOURCE, s, -1, -1, seed);
    const co_point *point = record ? co_record_final(record, true) : NULL;
    co_json_add_number(returns, point ? point->eval.mean : (double)NAN);
  }
  co_json_set(object, "return_seeds", returns);
  const co_record *random = co_results_find(results, CO_TRIAL_RANDOM, s, -1, -1, 0);
  const co_point *point = random ? co_record_final(random, true) : NULL;
  co_json_set_number(object, "random", point ? point->eval.mean : (double)NAN);
  co_json_add(array, object);
  return CO_OK;
}

static co_status target_json(const co_study_run *run, int t, co_json *array) {
  const co_study *study = run->context->study;
  const co_target_def *target = co_study_target(study, t);
  co_world world = co_target_world(target);
  co_json *domain;
  CO_TRY(domain_json(run->context, &world, &domain));
  co_json *object = co_json_object();
  co_json_set_string(object, "name", target->name);
  co_json_set_string(object, "task", target->task);
  co_json_set_int(object, "steps", target->steps);
  co_json_set_int(object, "oracle_steps", target->oracle_steps);
  co_json_set_number(object, "threshold", target->threshold);
  co_json_set(object, "domain", domain);
  co_json_set_string(object, "state", run->refused[t] ? "skipped" : "run");
  co_buf reason = {0};
  for (int s = 0; s < study->def.sources.count; s++) {
    const co_shift_grade *grade = &run->grade[s * study->def.targets.count + t];
    if (grade->grade == CO_GRADE_LIVE) continue;
    if (reason.size) co_buf_puts(&reason, "; ");
    co_grade_explain(study, grade, &reason);
  }
  co_json_set_string(object, "reason", reason.size ? reason.data : NULL);
  co_buf_free(&reason);
  co_json_add(array, object);
  return CO_OK;
}

static void set_source_env(const co_source_env *source, co_json *strategy) {
  if (!source) return;
  co_json *object = co_json_object();
  co_json_set_int(object, "steps_per_step", source->steps_per_step);
  co_json_set_number(object, "share", source->share);
  co_json_set(strategy, "source_env", object);
}

static co_json *strategies_json(const co_study *study) {
  co_json *array = co_json_array();
  for (int i = 0; i < study->num_strategies; i++) {
    const co_strategy *strategy = &study->strategy[i];
    co_json *object = co_json_object();
    co_json_set_string(object, "name", strategy->name);
    co_json_set_string(object, "doc", strategy->doc);
    co_json_set_string(object, "algorithm", strategy->algorithm);
    co_json_set_string(object, "copy", strategy->copy);
    co_json_set_string(object, "train", strategy->train);
    co_json_set_string(object, "obs_norm", strategy->obs_norm);
    set_source_env(strategy->source_env, object);
    co_json_set_bool(object, "is_scratch", i == study->scratch || strategy->added);
    co_json_set_bool(object, "copies_all", co_strategy_copies_all(strategy));
    co_json_add(array, object);
  }
  return array;
}

// ---- data sets ----

// One of a trial; what its seeds have recorded is added up.
static co_json *set_json(const co_results *results, int data, int first) {
  const co_study *study = results->run->context->study;
  const co_trial *trial = &results->run->context->trials->trial[first];
  int64_t episodes = 0, transitions = 0;
  int sets = 0;
  double sum = 0;
  for (int i = first; i < first + study->def.seeds; i++) {
    if (!results->have[i]) continue;
    const co_set_record *set = results->record[i].set;
    sets++;
    episodes += set->episodes;
    transitions += set->transitions;
    sum += set->return_mean * (double)set->episodes;
  }
  co_json *object = co_json_object();
  co_json_set_string(object, "name", co_study_data(study, data)->name);
  co_json_set_string(object, "source",
                     trial->source < 0 ? NULL : co_study_source(study, trial->source)->name);
  co_json_set_string(object, "target",
                     trial->target < 0 ? NULL : co_study_target(study, trial->target)->name);
  co_json_set_string(object, "actions", co_data_actions_name(co_study_data(study, data)));
  co_json_set_int(object, "sets", sets);
  co_json_set_int(object, "episodes", episodes);
  co_json_set_int(object, "transitions", transitions);
  co_json_set_number(object, "return_mean", episodes ? sum / (double)episodes : (double)NAN);
  return object;
}

// Whether set `data` is what the trial leaves.
static bool leaves(const co_study *study, const co_trial *trial, int data) {
  const co_data_def *def = co_study_data(study, data);
  if (!co_data_is_kept(def)) return trial->data == data;
  return trial->kind == CO_TRIAL_SOURCE && co_data_is_of(study, def, trial->source);
}

// The seeds of a set follow each other among the trials.
static co_json *data_json(const co_results *results) {
  const co_study_run *run = results->run;
  const co_trials *trials = run->context->trials;
  const co_study *study = run->context->study;
  co_json *array = co_json_array();
  for (int d = 0; d < study->def.data.count; d++)
    for (int i = 0; i < trials->count; i++)
      if (leaves(study, &trials->trial[i], d) && trials->trial[i].seed == 0 &&
          run->state[i] != CO_TRIAL_REFUSED)
        co_json_add(array, set_json(results, d, i));
  return array;
}

// ---- trials ----

// A training that diverged is done: its record is a result.
static co_json *trials_json(const co_results *results) {
  const co_study_run *run = results->run;
  const co_trials *trials = run->context->trials;
  co_json *object = co_json_object(), *failed = co_json_array(), *diverged = co_json_array();
  int done = 0, total = 0;
  for (int i = 0; i < trials->count; i++) {
    const char *id = trials->trial[i].id;
    total += run->state[i] != CO_TRIAL_REFUSED;
    done += run->state[i] == CO_TRIAL_DONE;
    if (run->state[i] == CO_TRIAL_FAILED) co_json_add(failed, co_json_string(id));
    if (results->have[i] && results->record[i].status == CO_RECORD_DIVERGED)
      co_json_add(diverged, co_json_string(id));
  }
  co_json_set_int(object, "total", total);
  co_json_set_int(object, "done", done);
  co_json_set(object, "failed", failed);
  co_json_set(object, "diverged", diverged);
  return object;
}

// Appends the C libraries that finished trials were made with, each once. They stay done with
// another one, as they do with another build.
static void put_libc(const co_results *results, co_buf *out) {
  const co_record *record = results->record;
  for (int i = 0; i < results->run->context->trials->count; i++) {
    bool known = !results->have[i];
    for (int k = 0; k < i && !known; k++)
      known = results->have[k] && strcmp(record[k].libc, record[i].libc) == 0;
    if (!known) co_buf_printf(out, "%s%s", out->size ? ", " : "", record[i].libc);
  }
}

// The level of the kernels is not among them: it does not show in any number.
static co_status versions_json(const co_results *results, co_json **out) {
  const co_trial_context *context = results->run->context;
  co_world world = co_source_world(co_study_source(context->study, 0));
  co_world_facts facts;
  CO_TRY(context->worlds->describe(context->worlds->context, &world, &facts));
  co_json *object = co_json_object();
  co_json_set_string(object, "build", context->build);
  co_json_set_string(object, "engine", facts.info->engine);
  co_world_facts_drop(&facts);
  co_buf libc = {0};
  put_libc(results, &libc);
  co_json_set_string(object, "libc", libc.size ? libc.data : NULL);
  co_status status = co_buf_status(&libc);
  co_buf_free(&libc);
  *out = object;
  return status;
}

// ---- shifts ----

static co_status shift_json(const co_trial_context *context, const co_shift_grade *grade,
                            co_json *array) {
  const co_study *study = context->study;
  co_json *differs;
  CO_TRY(co_differs_json(context, grade->source, grade->target, &differs));
  co_json *object = co_json_object();
  co_json_set_string(object, "source", co_study_source(study, grade->source)->name);
  co_json_set_string(object, "target", co_study_target(study, grade->target)->name);
  co_json_set_string(object, "grade", co_grade_names[grade->grade]);
  co_shift_add_json(&grade->shift, object);
  co_json_set_number(object, "identical_share",
                     grade->graded ? grade->identical_share : (double)NAN);
  co_json_set_int(object, "policies", grade->policies);
  co_json_set_int(object, "inert_policies", grade->inert_policies);
  co_json_set_int(object, "faulty_policies", grade->faulty_policies);
  co_json_set_number(object, "difference", grade->graded ? grade->difference : (double)NAN);
  co_json_set_number(object, "noise", grade->graded ? grade->noise : (double)NAN);
  co_json_set(object, "differs", differs);
  co_json_add(array, object);
  return CO_OK;
}

// ---- all of it ----

co_status co_results_study_json(const co_results *results, co_json *root) {
  const co_study *study = results->run->context->study;
  char hash[CO_HASH_TEXT];
  co_hash_text(co_study_hash(study), hash);
  co_json_set_string(root, "study", study->def.name);
  co_json_set_string(root, "study_hash", hash);
  co_json_set_int(root, "seeds", study->def.seeds);
  co_json_set(root, "trials", trials_json(results));
  co_json *shifts = co_json_array();
  co_json_set(root, "shifts", shifts);
  for (int i = 0; i < results->run->num_grades; i++)
    CO_TRY(shift_json(results->run->context, &results->run->grade[i], shifts));
  co_json_set_string(root, "name", study->def.name);
  co_json *sources = co_json_array(), *targets = co_json_array();
  co_json_set(root, "sources", sources);
  co_json_set(root, "targets", targets);
  for (int s = 0; s < study->def.sources.count; s++) CO_TRY(source_json(results, s, sources));
  for (int t = 0; t < study->def.targets.count; t++) CO_TRY(target_json(results->run, t, targets));
  co_json_set(root, "strategy_definitions", strategies_json(study));
  if (study->def.data.count) co_json_set(root, "data", data_json(results));
  co_json *versions;
  CO_TRY(versions_json(results, &versions));
  co_json_set(root, "versions", versions);
  co_buf text = {0};
  co_status status = co_study_write(study, &text);
  co_json_set_string(root, "config", text.data);
  co_buf_free(&text);
  return status;
}
