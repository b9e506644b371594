// From records to what suggestions are made of, and the member `next` of results.json.

#include "transfer/measure/private/results_advice.h"

#include "transfer/measure/advice.h"
#include "transfer/study/algorithms.h"

#include <math.h>
#include <string.h>

static int count_curve(const co_record *record) {
  int count = 0;
  for (int i = 0; record && i < record->num_points; i++) count += !record->point[i].is_final;
  return count;
}

static const co_record *oracle_of(const co_results *results, int target,
                                  const co_algorithm *algorithm, int seed) {
  int trial = co_results_oracle(results, target, algorithm, seed);
  return trial >= 0 && results->have[trial] ? &results->record[trial] : NULL;
}

// Points of a record; what it has not got is NAN.
static void copy_curve(const co_record *record, int evals, double *out) {
  int points = 0;
  for (int i = 0; record && i < record->num_points && points < evals; i++)
    if (!record->point[i].is_final) out[points++] = record->point[i].eval.mean;
  while (points < evals) out[points++] = NAN;
}

static co_status set_oracle(const co_results *results, const char *of, co_arena *arena,
                            co_advice_facts *facts) {
  const co_algorithm *algorithm = of ? co_algorithm_find(of) : NULL;
  int seeds = (int)results->run->context->study->def.seeds, evals = 0;
  for (int s = 0; algorithm && s < seeds; s++) {
    int count = count_curve(oracle_of(results, facts->target, algorithm, s));
    if (count > evals) evals = count;
  }
  if (evals == 0) return CO_OK;
  double *curve = co_arena_alloc(arena, (size_t)(seeds * evals), sizeof *curve);
  if (!curve) return CO_MEMORY;
  for (int s = 0; s < seeds; s++)
    copy_curve(oracle_of(results, facts->target, algorithm, s), evals,
               curve + (size_t)s * (size_t)evals);
  facts->oracle_curve = curve;
  facts->oracle_runs = seeds;
  facts->oracle_evals = evals;
  return CO_OK;
}

static co_status set_actuator(const co_results *results, co_arena *arena, co_advice_facts *facts) {
  const co_trial_context *context = results->run->context;
  co_world world = co_target_world(co_study_target(context->study, facts->target));
  co_world_facts described;
  CO_TRY(context->worlds->describe(context->worlds->context, &world, &described));
  static const char prefix[] = "actuator.";
  for (int i = 0; i < described.info->num_shifts && !facts->actuator; i++) {
    const char *parameter = described.info->shift[i].parameter;
    if (strncmp(parameter, prefix, sizeof prefix - 1) == 0)
      facts->actuator = co_arena_strdup(arena, parameter);
  }
  co_world_facts_drop(&described);
  return co_arena_status(arena);
}

static co_status set_facts(const co_results *results, const co_pairs *pairs, int pair,
                           co_arena *arena, co_advice_facts *facts) {
  int targets = results->run->context->study->def.targets.count;
  int source = pairs->source[pair], target = pairs->target[pair];
  const co_shift_grade *grade = &results->run->grade[source * targets + target];
  *facts = (co_advice_facts){
      .source = source, .target = target, .visited_share = grade->shift.visited_share};
  CO_TRY(set_actuator(results, arena, facts));
  return set_oracle(results, pairs->pair[pair].oracle_of, arena, facts);
}

co_status co_results_advice(const co_results *results, const co_pairs *pairs,
                            const co_metrics *metrics, co_json **out) {
  co_arena arena = {0};
  co_advice_facts *facts = co_arena_alloc(&arena, (size_t)pairs->count + 1, sizeof *facts);
  co_status status = facts ? CO_OK : CO_MEMORY;
  for (int p = 0; p < pairs->count && status == CO_OK; p++)
    status = set_facts(results, pairs, p, &arena, &facts[p]);
  co_advice_input input = {results->run->context->study, metrics, facts};
  if (status == CO_OK) status = co_advice_json(&input, out);
  co_arena_free(&arena);
  return status;
}
