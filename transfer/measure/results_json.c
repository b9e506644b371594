// results.json: its fields are docs/output.md#run.

#include "core/memory.h"
#include "core/stats/stats.h"
#include "transfer/measure/private/results_advice.h"
#include "transfer/measure/private/results_movement.h"
#include "transfer/measure/results.h"
#include "transfer/study/algorithms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *source_name(const co_study *study, const co_arm *arm, int source) {
  return arm->copies ? co_study_source(study, source)->name : NULL;
}

// {source, target, strategy}, the head of every per-strategy entry
static co_json *head(const co_study *study, const co_pairs *pairs, int pair, const co_arm *arm) {
  co_json *object = co_json_object();
  co_json_set_string(object, "source", source_name(study, arm, pairs->source[pair]));
  co_json_set_string(object, "target", co_study_target(study, pairs->target[pair])->name);
  co_json_set_string(object, "strategy", arm->name);
  return object;
}

// arms without a source are shared by all pairs of a target and listed once, with the first source
static bool is_listed(const co_pairs *pairs, int pair, const co_arm *arm) {
  if (arm->copies) return true;
  for (int p = 0; p < pair; p++)
    if (pairs->target[p] == pairs->target[pair]) return false;
  return true;
}

// ---- references ----

// The statistic of all returns of a study, of those that are there; NAN: none.
static double iqm_of(const double *value, int count) {
  double *sorted = co_alloc((size_t)count + 1, sizeof *sorted);
  int used = 0;
  for (int i = 0; sorted && i < count; i++)
    if (!isnan(value[i])) sorted[used++] = value[i];
  if (used) co_sort(sorted, used);
  double iqm = used ? co_iqm(sorted, used) : (double)NAN;
  free(sorted);
  return iqm;
}

static co_json *references_json(const co_pairs *pairs) {
  co_json *object = co_json_object();
  for (int p = 0; p < pairs->count; p++) {
    const co_pair_data *pair = &pairs->pair[p];
    if (co_json_get(object, pair->target)) continue;
    co_json *reference = co_json_object();
    co_json_set_number(reference, "random", pair->target_random);
    co_json_set_number(reference, "oracle", iqm_of(pair->oracle, pair->oracles));
    co_json_set_string(reference, "oracle_algorithm", pair->oracle_of);
    co_json_set(object, pair->target, reference);
  }
  return object;
}

// final return over seeds of the policies trained in a target from scratch: the oracle where there
// is one, of the algorithm that does best
static double trained_in_target(const co_results *results, const co_pair_data *pair, int target,
                                bool in_source, const char **by) {
  const co_study *study = results->run->context->study;
  bool oracle = co_study_target(study, target)->oracle_steps > 0;
  const co_algorithm *of = pair->oracle_of ? co_algorithm_find(pair->oracle_of) : NULL;
  double *final = co_alloc((size_t)study->def.seeds, sizeof *final);
  int count = 0;
  *by = oracle ? "oracle" : "scratch";
  for (int seed = 0; final && seed < study->def.seeds; seed++) {
    int trial = oracle ? (of ? co_results_oracle(results, target, of, seed) : -1)
                : study->scratch >= 0
                    ? co_results_trial(results, CO_TRIAL_TRANSFER, -1, target, study->scratch, seed)
                    : -1;
    bool have = trial >= 0 && results->have[trial];
    const co_point *point = have ? co_record_final(&results->record[trial], in_source) : NULL;
    if (point) final[count++] = point->eval.mean;
  }
  double iqm = iqm_of(final, count);
  free(final);
  return iqm;
}

// rows: trained in source, trained in target; columns: evaluated in source, in target
static void set_matrix(const co_results *results, const co_pairs *pairs, co_json *root) {
  co_json *matrix = co_json_object(), *trained_by = co_json_object();
  for (int p = 0; p < pairs->count; p++) {
    const co_pair_data *pair = &pairs->pair[p];
    if (co_json_get(matrix, pair->target)) continue;
    const char *by;
    double from_source[2] = {iqm_of(pair->source_return, pair->units),
                             iqm_of(pair->zero_shot, pair->units)};
    double from_target[2] = {trained_in_target(results, pair, pairs->target[p], true, &by),
                             trained_in_target(results, pair, pairs->target[p], false, &by)};
    co_json *rows = co_json_array();
    co_json_add(rows, co_json_numbers(from_source, 2));
    co_json_add(rows, co_json_numbers(from_target, 2));
    co_json_set(matrix, pair->target, rows);
    co_json_set_string(trained_by, pair->target, by);
  }
  co_json_set(root, "matrix", matrix);
  co_json_set(root, "matrix_target_row", trained_by);
}

// ---- strategies ----

// NULL: not tested
static const char *test_of(const co_comparison *c) {
  if (!c->planned) return NULL;
  return c->paired ? "paired sign flip" : "unpaired permutation";
}

static co_json *comparison_json(const co_comparison *c) {
  co_json *object = co_json_object();
  co_json_set_number(object, "p", c->planned ? c->p : (double)NAN);
  co_json_set_number(object, "p_holm", c->planned ? c->p_holm : (double)NAN);
  co_json_set_bool(object, "told_apart", c->told_apart);
  co_json_set_bool(object, "planned", c->planned);
  co_json_set_string(object, "test", test_of(c));
  co_json_set_int(object, "n", c->n);
  co_json_set_int(object, "above", c->above);
  co_json_set_int(object, "below", c->below);
  return object;
}

static co_json *curve_json(co_json *object, const co_pair_data *pair, const co_arm *arm,
                           const co_arm_result *result) {
  const co_arm_group *group = &pair->group[arm->group];
  co_json_set_string(object, "unit", group->from_data_alone ? "gradient steps" : "env steps");
  co_json_set(object, "step", co_json_numbers(group->step, result->evals));
  co_json_set(object, "iqm", co_json_numbers(result->iqm, result->evals));
  co_json_set(object, "lo", co_json_numbers(result->lo, result->evals));
  co_json_set(object, "hi", co_json_numbers(result->hi, result->evals));
  co_json *seeds = co_json_array();
  for (int r = 0; r < pair->runs; r++)
    co_json_add(seeds, co_json_numbers(arm->run[r].curve, result->evals));
  co_json_set(object, "seeds", seeds);
  return object;
}

// name of an arm, NULL: none
static const char *arm_name(const co_pair_data *pair, int arm) {
  return arm < 0 ? NULL : pair->arm[arm].name;
}

// against the scratch of its own algorithm, and against the best one where that is another's
static void set_baselines(const co_pair_data *pair, const co_pair_result *found, int a,
                          co_json *strategy) {
  const co_arm_group *group = co_arm_group_of(pair, a);
  const co_arm_result *result = &found->arm[a];
  co_json_set_string(strategy, "algorithm", group->algorithm);
  co_json_set_string(strategy, "scratch", arm_name(pair, group->scratch));
  co_json_set(strategy, "against_scratch", comparison_json(&result->scratch));
  if (pair->groups < 2) return;
  co_json *best = comparison_json(&result->best_scratch);
  bool other = found->best_scratch >= 0 && found->best_scratch != group->scratch;
  co_json_set_string(best, "against", other ? arm_name(pair, found->best_scratch) : NULL);
  bool have = result->best_scratch.n > 0;
  co_json_set_number(best, "difference", have ? result->best_scratch.difference : (double)NAN);
  co_json_set_number(best, "lo", have ? result->best_scratch.lo : (double)NAN);
  co_json_set_number(best, "hi", have ? result->best_scratch.hi : (double)NAN);
  co_json_set(strategy, "against_best_scratch", best);
}

static void add_arm(const co_study *study, const co_pairs *pairs, int p, int a,
                    const co_pair_result *found, co_json *lists[4]) {
  const co_pair_data *pair = &pairs->pair[p];
  const co_arm *arm = &pair->arm[a];
  const co_arm_result *result = &found->arm[a];
  co_json *strategy = head(study, pairs, p, arm);
  co_json_set(strategy, "metrics", co_metrics_json(result));
  set_baselines(pair, found, a, strategy);
  co_json_set_int(strategy, "diverged", result->diverged);
  if (arm->source_env_steps) co_json_set_int(strategy, "source_env_steps", arm->source_env_steps);
  co_json_add(lists[0], strategy);
  co_json_add(lists[1], curve_json(head(study, pairs, p, arm), pair, arm, result));
  co_json *final = head(study, pairs, p, arm);
  co_json_set(final, "seeds", co_json_numbers(result->final_return, pair->runs));
  co_json_add(lists[2], final);
  if (!result->difference) return;
  co_json *paired = head(study, pairs, p, arm);
  co_json_set(paired, "difference", co_json_numbers(result->difference, pair->runs));
  co_json_add(lists[3], paired);
}

static void set_arms(const co_study *study, const co_pairs *pairs, const co_metrics *metrics,
                     co_json *root) {
  static const char *const keys[4] = {"strategies", "curves", "final", "paired"};
  co_json *lists[4];
  for (int i = 0; i < 4; i++) lists[i] = co_json_array();
  for (int p = 0; p < pairs->count; p++)
    for (int a = 0; a < pairs->pair[p].arms; a++)
      if (is_listed(pairs, p, &pairs->pair[p].arm[a]))
        add_arm(study, pairs, p, a, &metrics->pair[p], lists);
  for (int i = 0; i < 4; i++) co_json_set(root, keys[i], lists[i]);
}

// ---- the planned family ----

static co_json *planned_json(const co_pair_data *pair, const co_planned_result *plan) {
  const co_comparison *c = &plan->comparison;
  co_json *object = comparison_json(c);
  co_json_set_string(object, "source", pair->source);
  co_json_set_string(object, "target", pair->target);
  co_json_set_string(object, "strategy", pair->arm[plan->x].name);
  co_json_set_string(object, "against", pair->arm[plan->y].name);
  co_json_set_number(object, "difference", c->difference);
  co_json_set_number(object, "lo", c->lo);
  co_json_set_number(object, "hi", c->hi);
  return object;
}

static void set_family(const co_metrics *metrics, co_json *root) {
  co_json *array = co_json_array();
  for (int p = 0; p < metrics->pairs; p++)
    for (int k = 0; k < metrics->pair[p].planned; k++)
      co_json_add(array, planned_json(&metrics->data[p], &metrics->pair[p].plan[k]));
  co_json_set(root, "comparisons", array);
}

// ---- what was copied ----

static co_json *tensors_json(const co_record *record) {
  co_json *array = co_json_array();
  for (int i = 0; i < record->num_tensors; i++)
    co_json_add(array, co_tensor_record_json(&record->tensor[i]));
  return array;
}

// T(0) on the same episodes is the zero-shot return exactly
static bool starts_equal(const co_record *record, const co_record *zero_shot) {
  if (!record->num_points || !zero_shot->num_points) return false;
  double start = record->point[0].eval.mean, shown = zero_shot->point[0].eval.mean;
  return start == shown || (isnan(start) && isnan(shown));  // NAN: all ended in a fault
}

// Whether two strategies take the policy to another body in the same way, or to none.
static bool same_match(const co_strategy *a, const co_strategy *b) {
  if (!a->match || !b->match) return a->match == b->match;
  return strcmp(a->match, b->match) == 0;
}

// largest step-0 action difference over seeds, means of entropy and explained variance, and whether
// T(0) is the zero-shot return in all of them; null where that need not be or nothing was compared
static co_json *step0_json(const co_results *results, const co_pairs *pairs, int p,
                           const co_arm *arm) {
  const co_study *study = results->run->context->study;
  int source = pairs->source[p], target = pairs->target[p], strategy = arm->strategy;
  // between heads only the trunk is copied, which is another function
  bool same = co_study_algorithm(study, source, target, strategy) ==
              co_study_algorithm(study, source, -1, -1);
  bool known = false, equal = true;
  double most = NAN, entropy = 0, explained = 0;
  int count = 0;
  for (int seed = 0; seed < study->def.seeds; seed++) {
    const co_record *record =
        co_results_find(results, CO_TRIAL_TRANSFER, source, target, strategy, seed);
    const co_record *zero =
        co_results_find(results, CO_TRIAL_TRANSFER, source, target, study->zero_shot, seed);
    if (!record) continue;
    most = fmax(most, record->action_difference);
    entropy += record->entropy;
    explained += record->explained_variance;
    count++;
    if (!zero) continue;
    equal &= starts_equal(record, zero);
    known = same && co_strategy_copies_all(&study->strategy[strategy]) &&
            same_match(&study->strategy[strategy], &study->strategy[study->zero_shot]);
  }
  co_json *object = head(study, pairs, p, arm);
  co_json_set_number(object, "action_difference", most);
  co_json_set_number(object, "entropy", count ? entropy / count : (double)NAN);
  co_json_set_number(object, "explained_variance", count ? explained / count : (double)NAN);
  co_json_set(object, "zero_shot_equal", known ? co_json_bool(equal) : co_json_null());
  return object;
}

static void set_copies(const co_results *results, const co_pairs *pairs, co_json *root) {
  const co_study *study = results->run->context->study;
  co_json *tensors = co_json_array(), *step0 = co_json_array(), *movement = co_json_array();
  for (int p = 0; p < pairs->count; p++) {
    for (int a = 0; a < pairs->pair[p].arms; a++) {
      const co_arm *arm = &pairs->pair[p].arm[a];
      if (!is_listed(pairs, p, arm)) continue;
      int source = arm->copies ? pairs->source[p] : -1;
      const co_record *record =
          co_results_find(results, CO_TRIAL_TRANSFER, source, pairs->target[p], arm->strategy, 0);
      co_json *layers = co_results_movement(results, source, pairs->target[p], arm->strategy);
      if (layers) {
        co_json *object = head(study, pairs, p, arm);
        co_json_set(object, "layers", layers);
        co_json_add(movement, object);
      }
      if (record) {
        co_json *object = head(study, pairs, p, arm);
        co_json_set(object, "tensors", tensors_json(record));
        co_json_add(tensors, object);
      }
      if (arm->copies) co_json_add(step0, step0_json(results, pairs, p, arm));
    }
  }
  co_json_set(root, "tensors", tensors);
  co_json_set(root, "step0", step0);
  co_json_set(root, "movement", movement);
}

// ---- all of it ----

static bool is_left_out(const co_results *results, int source, int target) {
  const co_study_run *run = results->run;
  int targets = run->context->study->def.targets.count;
  return run->refused[target] && run->grade[source * targets + target].grade != CO_GRADE_LIVE;
}

// Targets that are refused, each with its reason. Who reads no further must not take the targets
// that are named for all.
static void list_left_out(const co_results *results, co_buf *out) {
  static const char *const why[] = {
      [CO_GRADE_INERT] = "its shift changes nothing",
      [CO_GRADE_INERT_UNDER_POLICY] = "not all source policies meet its shift",
      [CO_GRADE_WEAK] = "its shift moves the return by no more than noise",
  };
  const co_study *study = results->run->context->study;
  int targets = study->def.targets.count;
  for (int t = 0; t < targets; t++) {
    int s = 0;
    while (s < study->def.sources.count && !is_left_out(results, s, t)) s++;
    if (s == study->def.sources.count) continue;
    co_buf_printf(out, "%s%s (%s)", out->size ? ", " : "", co_study_target(study, t)->name,
                  why[results->run->grade[s * targets + t].grade]);
  }
}

// an array of its lines
static co_status set_summary(const co_results *results, const co_metrics *metrics, co_json *root) {
  co_buf left_out = {0}, text = {0};
  list_left_out(results, &left_out);
  co_metrics_summary(metrics, left_out.data, &text);
  co_json *lines = co_json_array();
  for (char *line = text.data, *end; line && *line; line = end + 1) {
    end = line + strcspn(line, "\n");
    *end = '\0';
    co_json_add(lines, co_json_string(line));
  }
  co_json_set(root, "summary", lines);
  co_status status = co_buf_status(left_out.failed ? &left_out : &text);
  co_buf_free(&left_out);
  co_buf_free(&text);
  return status;
}

static co_status set_verdict(const co_results *results, const co_metrics *metrics, co_json *root) {
  const co_study *study = results->run->context->study;
  co_buf text = {0};
  co_metrics_verdict(metrics, &text);
  for (int t = 0; t < study->def.targets.count; t++) {
    if (!results->run->refused[t]) continue;
    for (int s = 0; s < study->def.sources.count; s++) {
      if (!is_left_out(results, s, t)) continue;
      co_buf_puts(&text, "Refused: ");
      co_grade_explain(study, &results->run->grade[s * study->def.targets.count + t], &text);
      co_buf_puts(&text, ".\n");
    }
  }
  co_json_set_string(root, "verdict", text.data ? text.data : "");
  co_status status = co_buf_status(&text);
  co_buf_free(&text);
  return status;
}

static co_status set_next(const co_results *results, const co_pairs *pairs,
                          const co_metrics *metrics, co_json *root) {
  co_json *next;
  CO_TRY(co_results_advice(results, pairs, metrics, &next));
  co_json_set(root, "next", next);
  return CO_OK;
}

co_status co_results_json(const co_results *results, co_pool *pool, co_json *root) {
  const co_study_def *study = &results->run->context->study->def;
  CO_TRY(co_results_study_json(results, root));
  co_pairs pairs;
  CO_TRY(co_results_pairs(results, &pairs));
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = (int)study->bootstrap;
  def.stream.seed = (uint64_t)study->seed;
  co_metrics *metrics;
  co_status status = co_metrics_create(pairs.pair, pairs.count, &def, pool, &metrics);
  if (status == CO_OK) {
    co_json_set(root, "references", references_json(&pairs));
    set_matrix(results, &pairs, root);
    status = set_summary(results, metrics, root);
    if (status == CO_OK) status = set_verdict(results, metrics, root);
    if (status == CO_OK) status = set_next(results, &pairs, metrics, root);
    set_arms(results->run->context->study, &pairs, metrics, root);
    set_family(metrics, root);
    set_copies(results, &pairs, root);
    co_metrics_free(metrics);
  }
  co_pairs_free(&pairs);
  return status;
}
