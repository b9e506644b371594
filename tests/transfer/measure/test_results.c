// Results: tables and JSON from records, with trials that failed, were refused or have not run.

#include "core/json.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/measure/results.h"
#include "transfer/run/record.h"

#include <math.h>

typedef struct study_results {
  fixture f;
  co_study_run run;
  co_results results;
} study_results;

// Runs all trials of a study in this process, except those whose id starts with `skipped` (NULL:
// none), and loads what they left.
static void open_results(study_results *r, co_study *study, const char *skipped) {
  fixture_open(&r->f, study);
  for (int i = 0; i < r->f.trials.count; i++) {
    const co_trial *trial = &r->f.trials.trial[i];
    if (!skipped || strncmp(trial->id, skipped, strlen(skipped)) != 0)
      ck_ok(co_trial_run(&r->f.context, trial));
  }
  ck_ok(co_study_run_begin(&r->f.context, &r->run));
  ck_ok(co_study_look(&r->f.context, &(co_look){.trial = -1}, r->run.state));
  ck_ok(co_study_run_survey(&r->run));
  ck_ok(co_results_load(&r->run, &r->results));
}

static void close_results(study_results *r) {
  co_results_free(&r->results);
  co_study_run_free(&r->run);
  fixture_close(&r->f);
}

// the run again after its states were changed by hand
static void reload(study_results *r) {
  co_results_free(&r->results);
  ck_ok(co_results_load(&r->run, &r->results));
}

static co_trial_state *state_of(study_results *r, const char *id) {
  return &r->run.state[co_trials_find(&r->f.trials, id)];
}

static co_json *json_of(study_results *r) {
  co_json *object = co_json_object();
  ck_ok(co_results_json(&r->results, NULL, object));
  return object;
}

// member by a path such as "trials.total" or "targets.0.state"
static const co_json *at(const co_json *json, const char *path) {
  char copy[256];
  snprintf(copy, sizeof copy, "%s", path);
  for (char *rest = copy, *key; (key = strsep(&rest, "."));) {
    json = co_json_is_array(json) ? co_json_at(json, (size_t)atoi(key)) : co_json_get(json, key);
    ck_assert_msg(json != NULL, "%s: no %s", path, key);
  }
  return json;
}

static const char *text_at(const co_json *json, const char *path) {
  const char *text = co_json_as_string(at(json, path));
  ck_assert_msg(text != NULL, "%s is no text", path);
  return text;
}

// the entry of a list of {source, target, strategy} for a strategy
static const co_json *of_strategy(const co_json *list, const char *name) {
  for (size_t i = 0; i < co_json_count(list); i++)
    if (strcmp(co_json_get_string(co_json_at(list, i), "strategy"), name) == 0)
      return co_json_at(list, i);
  ck_abort_msg("no %s", name);
}

// --- tables ---

START_TEST(csv_has_a_row_per_trial_and_evaluation) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  co_buf csv = {0};
  ck_ok(co_results_csv(&r.results, &csv));
  static const char head[] =
      "trial,kind,source,target,strategy,seed,step,evaluated_in,episodes,return_mean,return_std,"
      "length_mean,success_rate,faults,final\n"
      "oracle.-.b.scratch.s0,oracle,-,b,scratch,0,0,target,2,-";
  ck_assert_int_eq(strncmp(csv.data, head, strlen(head)), 0);
  char *line = csv.data, before[CO_TRIAL_ID] = "";
  int rows = 0, finals = 0;
  strsep(&line, "\n");
  for (char *row; (row = strsep(&line, "\n")) && *row; rows++) {
    char *rest = row, *cell[16] = {0};
    int cells = 0;
    while (cells < 16 && (cell[cells] = strsep(&rest, ","))) cells++;
    ck_assert_int_eq(cells, 15);
    finals += strcmp(cell[14], "1") == 0;
    ck_assert(strcmp(cell[14], "0") == 0 || strcmp(cell[14], "1") == 0);
    ck_assert_int_le(strcmp(before, cell[0]), 0);  // ordered by id
    snprintf(before, sizeof before, "%s", cell[0]);
    for (int i = 9; i < 12; i++) ck_assert(*cell[i] && isfinite(strtod(cell[i], NULL)));
    ck_assert_str_eq(cell[12], "");  // the task has no success flag
  }
  // per seed: source 3 + 1, oracle 3 + 2, zero-shot 1 + 2, scratch 3 + 2, full 3 + 2; random once
  // in each world
  ck_assert_int_eq(rows, 2 * (4 + 5 + 3 + 5 + 5) + 2);
  ck_assert_int_eq(finals, 2 * (1 + 2 + 2 + 2 + 2) + 2);
  co_buf_free(&csv);
  close_results(&r);
}
END_TEST

START_TEST(csv_leaves_out_what_was_not_measured) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  int index = co_trials_find(&r.f.trials, "random.-.b.-.s0");
  co_evaluation *eval = &r.results.record[index].point[0].eval;
  for (int i = 0; i < eval->count; i++) eval->episode[i].fault = 1;
  ck_ok(co_evaluation_summarize(eval));
  ck_assert_double_nan(eval->mean);
  co_buf csv = {0};
  ck_ok(co_results_csv(&r.results, &csv));
  ck_assert_ptr_nonnull(strstr(csv.data, "\nrandom.-.b.-.s0,random,-,b,-,0,0,target,4,,,,,4,1\n"));
  ck_assert_ptr_null(strstr(csv.data, "nan"));
  co_buf_free(&csv);
  close_results(&r);
}
END_TEST

START_TEST(timing_is_kept_apart) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  co_buf timing = {0};
  ck_ok(co_results_timing(&r.results, &(co_cost){.wall_s = 1.5}, &timing));
  static const char head[] =
      "trial,phase,wall_s,cpu_s,env_steps,gradient_steps,flop\n-,pictures,1.500000,0.000000,0,0,0\n"
      "oracle.-.b.scratch.s0,train,";
  ck_assert_int_eq(strncmp(timing.data, head, strlen(head)), 0);
  ck_assert_ptr_nonnull(strstr(timing.data, "\nrandom.a.-.-.s0,evaluate,"));
  ck_assert_ptr_null(strstr(timing.data, "\nrandom.a.-.-.s0,train,"));
  co_buf_free(&timing);
  close_results(&r);
}
END_TEST

// --- pairs ---

START_TEST(pairs_hold_what_was_measured) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  co_pairs pairs;
  ck_ok(co_results_pairs(&r.results, &pairs));
  ck_assert_int_eq(pairs.count, 1);
  const co_pair_data *pair = &pairs.pair[0];
  ck_assert_int_eq(pair->units, 2);
  ck_assert_int_eq(pair->runs, 2);
  ck_assert_int_eq(pair->group[0].evals, 3);
  ck_assert_int_eq(pair->oracles, 2);
  ck_assert_int_eq(pair->arms, 3);
  ck_assert_double_eq(pair->group[0].step[0], 0);
  ck_assert_double_eq(pair->group[0].step[2], 128);
  ck_assert_double_eq(pair->source_steps, 128);
  ck_assert(!pair->group[0].rate_depends_on_horizon);
  const co_record *record =
      co_results_find(&r.results, CO_TRIAL_TRANSFER, 0, 0, 2, 1);  // full, seed 1
  const co_arm_run *run = &pair->arm[2].run[1];
  ck_assert_str_eq(pair->arm[2].name, "full");
  for (int i = 0; i < 3; i++) ck_assert_double_eq(run->curve[i], record->point[i].eval.mean);
  ck_assert_double_eq(run->final_return, record->point[3].eval.mean);
  ck_assert_double_eq(run->source_return, record->point[4].eval.mean);
  ck_assert(!run->failed);
  co_pairs_free(&pairs);
  close_results(&r);
}
END_TEST

START_TEST(a_crash_counts_and_an_unfinished_trial_does_not) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), "transfer.a.b.full.s1");
  for (int crashed = 0; crashed < 2; crashed++) {
    *state_of(&r, "transfer.a.b.full.s1") = crashed ? CO_TRIAL_FAILED : CO_TRIAL_PENDING;
    co_pairs pairs;
    ck_ok(co_results_pairs(&r.results, &pairs));
    const co_arm_run *run = &pairs.pair[0].arm[2].run[1];
    ck_assert_int_eq(run->failed, crashed);
    ck_assert_int_eq(run->valid_evals, 0);
    ck_assert_double_nan(run->final_return);
    co_pairs_free(&pairs);
    co_json *json = json_of(&r);
    const co_json *final = at(of_strategy(at(json, "final"), "full"), "seeds");
    if (crashed)  // as random, docs/methods.md rule 18
      ck_assert_double_eq(co_json_as_number(co_json_at(final, 1), NAN),
                          co_json_as_number(at(json, "references.b.random"), NAN));
    else
      ck_assert(co_json_is_null(co_json_at(final, 1)));
    ck_assert_int_eq((int)co_json_count(at(json, "trials.failed")), crashed);
    ck_assert_int_eq(co_json_get_int(at(json, "trials"), "done", -1), 11);
    ck_assert_int_eq(co_json_get_int(at(json, "trials"), "total", -1), 12);
    co_json_free(json);
  }
  close_results(&r);
}
END_TEST

// A training that diverged is a result: it counts as its last finite policy or random, or where
// that has no return, as its last evaluation.
START_TEST(a_diverged_training_counts_as_its_last_policy_or_random) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  int index = co_trials_find(&r.f.trials, "transfer.a.b.full.s0");
  co_record *record = &r.results.record[index];
  record->status = CO_RECORD_DIVERGED;
  strcpy(record->failed, "not finite");
  for (int without = 0; without < 2; without++) {
    double last = co_record_final(record, false)->eval.mean;
    if (without) {
      for (int i = 2; i < record->num_points; i++) co_evaluation_free(&record->point[i].eval);
      record->num_points = 2;
      last = record->point[1].eval.mean;
    }
    co_json *json = json_of(&r);
    double random = co_json_as_number(at(json, "references.b.random"), NAN);
    const co_json *final = at(of_strategy(at(json, "final"), "full"), "seeds.0");
    ck_assert_double_eq(co_json_as_number(final, NAN), fmin(last, random));
    ck_assert_str_eq(text_at(json, "trials.diverged.0"), "transfer.a.b.full.s0");
    ck_assert_int_eq((int)co_json_count(at(json, "trials.failed")), 0);
    ck_assert_int_eq(co_json_get_int(at(json, "trials"), "done", -1), 12);
    const co_json *entry = of_strategy(at(json, "strategies"), "full");
    ck_assert_int_eq(co_json_get_int(entry, "diverged", -1), 1);
    ck_assert_ptr_nonnull(strstr(text_at(json, "verdict"),
                                 "1 of 2 runs of full diverged and count as their last finite"));
    ck_assert_ptr_nonnull(strstr(text_at(entry, "metrics.final_iqm.note"), "1 of 2 runs diverged"));
    co_json_free(json);
  }
  close_results(&r);
}
END_TEST

// A policy under which the physics diverges in every final episode has no return: it failed.
START_TEST(a_policy_without_a_whole_episode_failed) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  co_record *record = &r.results.record[co_trials_find(&r.f.trials, "transfer.a.b.full.s0")];
  static const int broken[] = {2, 3};  // the last point of the curve, and the final one
  for (int k = 0; k < 2; k++) {
    co_evaluation *eval = &record->point[broken[k]].eval;
    for (int i = 0; i < eval->count; i++) eval->episode[i].fault = 1;
    ck_ok(co_evaluation_summarize(eval));
  }
  co_pairs pairs;
  ck_ok(co_results_pairs(&r.results, &pairs));
  const co_arm_run *run = &pairs.pair[0].arm[2].run[0];
  ck_assert(run->failed);
  ck_assert_int_eq(run->valid_evals, 2);
  ck_assert_int_eq(run->episodes, 0);
  ck_assert_int_eq(run->falls, 0);
  co_pairs_free(&pairs);
  co_json *json = json_of(&r);
  const co_json *final = at(of_strategy(at(json, "final"), "full"), "seeds.0");
  ck_assert_double_eq(
      co_json_as_number(final, NAN),
      fmin(record->point[1].eval.mean, co_json_as_number(at(json, "references.b.random"), NAN)));
  co_json_free(json);
  close_results(&r);
}
END_TEST

// Where the task has a success flag, its rate is a metric like others, and an end with success is
// no fall.
START_TEST(success_is_counted) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  for (int seed = 0; seed < 2; seed++) {
    char id[CO_TRIAL_ID];
    snprintf(id, sizeof id, "transfer.a.b.full.s%d", seed);
    co_record *record = &r.results.record[co_trials_find(&r.f.trials, id)];
    co_evaluation *eval = &record->point[3].eval;
    ck_assert(record->point[3].is_final);
    for (int i = 0; i < eval->count; i++) {
      eval->episode[i].has_success = true;
      eval->episode[i].success = i == 0;
      eval->episode[i].terminated = i < 2;
    }
    ck_ok(co_evaluation_summarize(eval));
  }
  co_pairs pairs;
  ck_ok(co_results_pairs(&r.results, &pairs));
  const co_arm_run *run = &pairs.pair[0].arm[2].run[0];
  ck_assert_int_eq(run->successes, 1);
  ck_assert_int_eq(run->falls, 1);
  ck_assert_int_eq(pairs.pair[0].arm[1].run[0].successes, -1);
  co_pairs_free(&pairs);
  co_json *json = json_of(&r);
  const co_json *metrics = at(of_strategy(at(json, "strategies"), "full"), "metrics");
  double episodes =
      r.results.record[co_trials_find(&r.f.trials, "transfer.a.b.full.s0")].point[3].eval.count;
  ck_assert_double_eq(co_json_as_number(at(metrics, "success_rate.value"), NAN), 1 / episodes);
  metrics = at(of_strategy(at(json, "strategies"), "scratch"), "metrics");
  ck_assert(co_json_is_null(at(metrics, "success_rate.value")));
  co_json_free(json);
  close_results(&r);
}
END_TEST

// --- JSON ---

static const char *const json_paths[] = {"study",
                                         "study_hash",
                                         "seeds",
                                         "trials.total",
                                         "trials.done",
                                         "trials.failed",
                                         "shifts.0.live",
                                         "shifts.0.first_step",
                                         "shifts.0.rms.1",
                                         "shifts.0.rms.10",
                                         "shifts.0.rms.100",
                                         "shifts.0.effective_friction",
                                         "shifts.0.limit_share",
                                         "shifts.0.visited_share",
                                         "shifts.0.reason",
                                         "shifts.0.grade",
                                         "shifts.0.source",
                                         "shifts.0.target",
                                         "shifts.0.identical_share",
                                         "shifts.0.difference",
                                         "shifts.0.noise",
                                         "references.b.random",
                                         "references.b.oracle",
                                         "matrix.b.0.0",
                                         "matrix.b.0.1",
                                         "matrix.b.1.0",
                                         "matrix.b.1.1",
                                         "verdict",
                                         "strategies.0.source",
                                         "strategies.0.target",
                                         "strategies.0.strategy",
                                         "curves.0.source",
                                         "curves.0.target",
                                         "curves.0.strategy",
                                         "curves.0.unit",
                                         "curves.0.step",
                                         "curves.0.iqm",
                                         "curves.0.lo",
                                         "curves.0.hi",
                                         "curves.0.seeds.1",
                                         "name",
                                         "config",
                                         "versions.build",
                                         "versions.engine",
                                         "versions.libc",
                                         "sources.0.name",
                                         "sources.0.task",
                                         "sources.0.steps",
                                         "sources.0.return_seeds.1",
                                         "sources.0.random",
                                         "targets.0.name",
                                         "targets.0.task",
                                         "targets.0.steps",
                                         "targets.0.oracle_steps",
                                         "targets.0.threshold",
                                         "targets.0.domain",
                                         "targets.0.state",
                                         "targets.0.reason",
                                         "strategy_definitions.0.name",
                                         "strategy_definitions.0.doc",
                                         "strategy_definitions.0.copy",
                                         "strategy_definitions.0.train",
                                         "strategy_definitions.0.obs_norm",
                                         "strategy_definitions.0.copies_all",
                                         "final.0.seeds.1",
                                         "paired.0.difference.1",
                                         "tensors.0.tensors.0.hash_before",
                                         "step0.0.action_difference",
                                         "step0.0.zero_shot_equal",
                                         "movement.0.layers.0.layer",
                                         "movement.0.layers.0.moved",
                                         "movement.0.layers.0.relative",
                                         "movement.0.layers.0.norm"};

START_TEST(json_has_the_members_of_the_interface) {
  static const char *const parts[] = {"value", "lo", "hi", "n", "censored", "note"};
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  co_json *json = json_of(&r);
  for (size_t i = 0; i < sizeof json_paths / sizeof *json_paths; i++) at(json, json_paths[i]);
  for (size_t s = 0; s < 3; s++)
    for (int m = 0; m < CO_METRIC_COUNT; m++)  // test_metrics holds their names
      for (size_t p = 0; p < 6; p++)
        at(at(at(co_json_at(at(json, "strategies"), s), "metrics"), co_metric_table[m].name),
           parts[p]);
  co_json_free(json);
  close_results(&r);
}
END_TEST

// Trials stay done with another C library, so there may be several.
START_TEST(c_libraries_of_trials_are_listed) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), NULL);
  co_json *json = json_of(&r);
  ck_assert_str_eq(co_json_as_string(at(json, "versions.libc")), "test libc");
  co_json_free(json);
  strcpy(r.results.record[1].libc, "older");
  r.results.have[2] = false;
  strcpy(r.results.record[2].libc, "none");
  json = json_of(&r);
  ck_assert_str_eq(co_json_as_string(at(json, "versions.libc")), "test libc, older");
  co_json_free(json);
  close_results(&r);
}
END_TEST

// Means over seeds of what trains; a layer that stayed has the source's features.
static void check_movement(const co_json *json, const co_results *results) {
  const co_json *moved = at(json, "movement");
  ck_assert_uint_eq(co_json_count(moved), 3);  // zero_shot moves nothing
  const co_json *full = at(of_strategy(moved, "full"), "layers.0");
  const co_json *head = at(of_strategy(moved, "new_head"), "layers.0");
  double sum = 0;
  for (int s = 0; s < 2; s++)
    sum += co_results_find(results, CO_TRIAL_TRANSFER, 0, 0, 2, s)->layer[0].relative;
  ck_assert_double_gt(sum, 0);
  ck_assert_double_eq_tol(co_json_get_number(full, "relative", NAN), sum / 2, 1e-5 * sum);
  ck_assert_double_lt(co_json_get_number(full, "cka", NAN), 1);
  ck_assert_double_eq(co_json_get_number(head, "moved", NAN), 0);
  ck_assert_double_eq(co_json_get_number(head, "cka", NAN), 1);
  ck_assert_ptr_null(co_json_get(at(of_strategy(moved, "scratch"), "layers.0"), "cka"));
}

START_TEST(step_zero_is_reported) {
  study_results r;
  open_results(
      &r,
      fixture_study(
          "strategies=( { name = \"scratch\"; }, { name = \"full\"; }, { name = \"new_head\"; } )",
          NULL, NULL),
      NULL);
  co_json *json = json_of(&r);
  const co_json *full = of_strategy(at(json, "step0"), "full"),
                *head = of_strategy(at(json, "step0"), "new_head");
  ck_assert_double_eq(co_json_get_number(full, "action_difference", NAN), 0);
  ck_assert(co_json_get_bool(full, "zero_shot_equal", false));
  double explained = 0, entropy = 0;
  for (int s = 0; s < 2; s++) {
    const co_record *record = co_results_find(&r.results, CO_TRIAL_TRANSFER, 0, 0, 2, s);
    explained += record->explained_variance / 2;
    entropy += record->entropy / 2;
  }
  ck_assert_double_eq_tol(co_json_get_number(full, "entropy", NAN), entropy, 1e-12);
  ck_assert_double_eq_tol(co_json_get_number(full, "explained_variance", NAN), explained, 1e-12);
  ck_assert_double_gt(co_json_get_number(head, "action_difference", NAN), 0);
  ck_assert(co_json_is_null(co_json_get(head, "zero_shot_equal")));
  ck_assert_uint_eq(co_json_count(at(json, "step0")),
                    3);  // zero_shot, full, new_head: scratch has no source
  ck_assert(co_json_is_null(co_json_get(of_strategy(at(json, "tensors"), "scratch"), "source")));
  check_movement(json, &r.results);
  co_json_free(json);
  // a start that is not the zero-shot policy shows
  co_record *record = &r.results.record[co_trials_find(&r.f.trials, "transfer.a.b.full.s1")];
  record->point[0].eval.mean += 1e-9;
  record->action_difference = 0.5;
  json = json_of(&r);
  full = of_strategy(at(json, "step0"), "full");
  ck_assert(!co_json_get_bool(full, "zero_shot_equal", true));
  ck_assert_double_eq(co_json_get_number(full, "action_difference", NAN), 0.5);
  co_json_free(json);
  // nothing to compare with is no agreement
  for (int s = 0; s < 2; s++) {
    char id[CO_TRIAL_ID];
    snprintf(id, sizeof id, "transfer.a.b.zero_shot.s%d", s);
    r.results.have[co_trials_find(&r.f.trials, id)] = false;
  }
  json = json_of(&r);
  ck_assert(
      co_json_is_null(co_json_get(of_strategy(at(json, "step0"), "full"), "zero_shot_equal")));
  co_json_free(json);
  close_results(&r);
}
END_TEST

START_TEST(refused_targets_are_told_and_left_out) {
  study_results r;
  open_results(&r, fixture_study("targets.0.if_not_live=\"skip\"", NULL, NULL), NULL);
  for (int i = 0; i < r.f.trials.count; i++)
    if (r.f.trials.trial[i].target == 0 && r.f.trials.trial[i].strategy != r.f.study->zero_shot)
      r.run.state[i] = CO_TRIAL_REFUSED;
  r.run.refused[0] = true;
  r.run.grade[0].grade = CO_GRADE_WEAK;
  reload(&r);
  co_json *json = json_of(&r);
  ck_assert_str_eq(text_at(json, "targets.0.state"), "skipped");
  ck_assert_ptr_nonnull(strstr(text_at(json, "targets.0.reason"), "is weak"));
  ck_assert_ptr_nonnull(strstr(text_at(json, "verdict"), "Refused: target \"b\" is weak"));
  ck_assert_uint_eq(co_json_count(at(json, "strategies")), 0);
  ck_assert_int_eq(co_json_get_int(at(json, "trials"), "total", -1),
                   2 + 1 + 2);  // sources, random at home, zero-shot
  co_json_free(json);
  close_results(&r);
}
END_TEST

START_TEST(an_empty_collection_is_no_error) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), "");
  co_json *json = json_of(&r);
  ck_assert_int_eq(co_json_get_int(at(json, "trials"), "done", -1), 0);
  ck_assert_uint_eq(co_json_count(at(json, "trials.failed")), 0);
  ck_assert(co_json_is_null(at(json, "references.b.random")));
  co_json_free(json);
  close_results(&r);
}
END_TEST

START_TEST(sources_share_what_has_no_source) {
  study_results r;
  open_results(
      &r,
      fixture_study(
          "sources=( { name = \"a\"; task = \"pendulum\"; steps = 64; }, { name = \"c\"; task = "
          "\"pendulum\"; steps = 64; domain = ( { parameter = \"option.gravity\"; scale = 0.5; } "
          "); } )",
          "seeds=1", NULL),
      NULL);
  co_json *json = json_of(&r);
  ck_assert_uint_eq(co_json_count(at(json, "strategies")),
                    5);  // scratch once, zero_shot and full of each source
  ck_assert_uint_eq(co_json_count(at(json, "shifts")), 2);
  co_pairs pairs;
  ck_ok(co_results_pairs(&r.results, &pairs));
  ck_assert_int_eq(pairs.count, 2);
  ck_assert_double_eq(pairs.pair[0].arm[1].run[0].final_return,
                      pairs.pair[1].arm[1].run[0].final_return);
  co_pairs_free(&pairs);
  co_json_free(json);
  close_results(&r);
}
END_TEST

// one policy for all seeds is one unit, however many target seeds there are (docs/methods.md rule
// 1)
START_TEST(one_given_policy_is_one_unit) {
  study_results r;
  open_results(&r, fixture_study(NULL, NULL, NULL), "transfer");
  co_buf bytes = {0};
  ck_ok(co_file_read(fixture_path("trials/source.a.-.-.s0/policy.safetensors"), 0, &bytes));
  ck_ok(co_file_write(fixture_path("given.safetensors"), bytes.data, bytes.size));
  co_buf_free(&bytes);
  close_results(&r);
  char sources[2048];
  snprintf(sources, sizeof sources,
           "sources=( { name = \"a\"; task = \"pendulum\"; policy = \"%s\"; } )",
           fixture_path("given.safetensors"));
  open_results(&r, fixture_study(sources, NULL, NULL), NULL);
  co_pairs pairs;
  ck_ok(co_results_pairs(&r.results, &pairs));
  ck_assert_int_eq(pairs.pair[0].units, 1);
  ck_assert_int_eq(pairs.pair[0].runs, 2);
  ck_assert_int_eq(pairs.pair[0].unit[0], 0);
  ck_assert_int_eq(pairs.pair[0].unit[1], 0);
  double home = 0, away = 0;  // all episodes of the policy count, whatever seed they belong to
  for (int s = 0; s < 2; s++) {
    int zero = r.f.study->zero_shot;
    const co_record *source = co_results_find(&r.results, CO_TRIAL_SOURCE, 0, -1, -1, s);
    const co_record *start = co_results_find(&r.results, CO_TRIAL_TRANSFER, 0, 0, zero, s);
    home += co_record_final(source, true)->eval.mean / 2;
    away += co_record_final(start, false)->eval.mean / 2;
  }
  ck_assert_double_eq_tol(pairs.pair[0].source_return[0], home, 1e-9);
  ck_assert_double_eq_tol(pairs.pair[0].zero_shot[0], away, 1e-9);
  co_pairs_free(&pairs);
  close_results(&r);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("results");
  TCase *tcase = tcase_create("results");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, csv_has_a_row_per_trial_and_evaluation);
  tcase_add_test(tcase, csv_leaves_out_what_was_not_measured);
  tcase_add_test(tcase, timing_is_kept_apart);
  tcase_add_test(tcase, pairs_hold_what_was_measured);
  tcase_add_test(tcase, a_crash_counts_and_an_unfinished_trial_does_not);
  tcase_add_test(tcase, a_diverged_training_counts_as_its_last_policy_or_random);
  tcase_add_test(tcase, a_policy_without_a_whole_episode_failed);
  tcase_add_test(tcase, success_is_counted);
  tcase_add_test(tcase, json_has_the_members_of_the_interface);
  tcase_add_test(tcase, c_libraries_of_trials_are_listed);
  tcase_add_test(tcase, step_zero_is_reported);
  tcase_add_test(tcase, refused_targets_are_told_and_left_out);
  tcase_add_test(tcase, an_empty_collection_is_no_error);
  tcase_add_test(tcase, sources_share_what_has_no_source);
  tcase_add_test(tcase, one_given_policy_is_one_unit);
  suite_add_tcase(suite, tcase);
  return suite;
}
