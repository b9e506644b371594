// From records to the plain arrays that metrics are computed from.

#include "core/stats/stats.h"
#include "transfer/measure/results.h"
#include "transfer/run/definition.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"
#include "transfer/study/family.h"

#include <math.h>
#include <string.h>

// what all pairs of a study share while they are built
typedef struct builder {
  const co_results *results;
  const co_study *study;
  co_arena *arena;
  int seeds;
} builder;

static double final_mean(const co_record *record, bool in_source) {
  const co_point *point = record ? co_record_final(record, in_source) : NULL;
  return point ? point->eval.mean : (double)NAN;
}

double co_results_final(const co_results *results, int trial, bool in_source, double random) {
  bool have = trial >= 0 && results->have[trial];
  const co_record *record = have ? &results->record[trial] : NULL;
  double last = final_mean(record, in_source);
  bool failed = (record && record->status == CO_RECORD_DIVERGED) ||
                (trial >= 0 && results->run->state[trial] == CO_TRIAL_FAILED);
  if (!failed) return last;
  for (int i = 0; record && isnan(final_mean(record, in_source)) && i < record->num_points; i++)
    if (isfinite(record->point[i].eval.mean)) last = record->point[i].eval.mean;
  return fmin(last, random);
}

static double random_mean(const builder *b, int source, int target) {
  return final_mean(co_results_find(b->results, CO_TRIAL_RANDOM, source, target, -1, 0),
                    target < 0);
}

static int count_curve(const co_record *record) {
  int count = 0;
  for (int i = 0; record && i < record->num_points; i++) count += !record->point[i].is_final;
  return count;
}

// ---- groups: what one algorithm trains ----

static const co_algorithm *algorithm_of(const builder *b, int source, int target, int strategy) {
  bool of_each = co_study_has_source(b->study, strategy);
  return co_study_algorithm(b->study, of_each ? source : -1, target, strategy);
}

// What nothing here trains with is told beside the first: it is shown, not trained.
static int group_of(const builder *b, int source, int target, int strategy,
                    const co_algorithm_set *here) {
  const co_algorithm *own = algorithm_of(b, source, target, strategy);
  for (int g = 0; g < here->count; g++)
    if (here->item[g] == own) return g;
  return 0;
}

// The points of the longest curve of the group give the steps; all its arms have the same budget.
static co_status set_steps(const builder *b, int source, int target, const co_algorithm *algorithm,
                           co_arm_group *group) {
  const co_record *longest = NULL;
  for (int k = 0; k < b->study->num_strategies; k++) {
    int from = co_study_has_source(b->study, k) ? source : -1;
    if (algorithm_of(b, source, target, k) != algorithm) continue;
    for (int s = 0; s < b->seeds; s++) {
      const co_record *record = co_results_find(b->results, CO_TRIAL_TRANSFER, from, target, k, s);
      if (count_curve(record) > count_curve(longest)) longest = record;
    }
  }
  group->evals = longest ? count_curve(longest) : 1;
  double *step = co_arena_alloc(b->arena, (size_t)group->evals, sizeof *step);
  if (!step) return CO_MEMORY;
  for (int i = 0, k = 0; longest && i < longest->num_points; i++)
    if (!longest->point[i].is_final) step[k++] = (double)longest->point[i].step;
  group->step = step;
  return CO_OK;
}

static co_status set_rate(const builder *b, int target, const co_algorithm *algorithm,
                          co_arm_group *group) {
  void *settings = co_arena_alloc(b->arena, 1, algorithm->schema->size);
  if (!settings) return CO_MEMORY;
  CO_TRY(co_study_settings(b->study, algorithm, co_study_target(b->study, target)->learning, true,
                           b->arena, settings));
  group->rate_depends_on_horizon = co_algorithm_horizon_matters(algorithm, settings);
  return CO_OK;
}

// Index among the arms of a target, which are its strategies; -1: it has none.
static int arm_of(const builder *b, int target, int strategy) {
  int arm = 0;
  if (strategy < 0 || !co_study_has_strategy(b->study, target, strategy)) return -1;
  for (int k = 0; k < strategy; k++) arm += co_study_has_strategy(b->study, target, k);
  return arm;
}

static co_status set_groups(const builder *b, int source, int target, const co_algorithm_set *here,
                            co_pair_data *pair) {
  co_arm_group *group = co_arena_alloc(b->arena, (size_t)here->count, sizeof *group);
  if (!group) return CO_MEMORY;
  for (int g = 0; g < here->count; g++) {
    int scratch = co_study_scratch(b->study, target, here->item[g]);
    group[g] = (co_arm_group){.algorithm = here->item[g]->name,
                              .scratch = arm_of(b, target, scratch),
                              .from_data_alone = !co_algorithm_has_scratch(here->item[g])};
    CO_TRY(set_steps(b, source, target, here->item[g], &group[g]));
    CO_TRY(set_rate(b, target, here->item[g], &group[g]));
  }
  pair->group = group;
  pair->groups = here->count;
  return CO_OK;
}

// ---- arms ----

// faulty episodes count nowhere, as in the means
static void count_ends(const co_evaluation *eval, co_arm_run *run) {
  run->successes = eval->has_success ? 0 : -1;
  for (int i = 0; i < eval->count; i++) {
    const co_episode *episode = &eval->episode[i];
    if (episode->fault) continue;
    if (eval->has_success) run->successes += episode->success;
    run->falls += episode->terminated && !episode->success;
  }
  run->episodes = eval->count - eval->faults;
}

// One run of an arm. A trial that failed without a record crashed before its first evaluation; one
// whose policy leaves no final episode without fault ended in NaN all the same (docs/methods.md
// rule 18); one that has not run yet, when only a part is collected, is not measured.
static co_status set_run(const builder *b, int trial, int evals, co_arm_run *out) {
  bool have = trial >= 0 && b->results->have[trial];
  const co_record *record = have ? &b->results->record[trial] : NULL;
  const co_point *final = record ? co_record_final(record, false) : NULL;
  bool crashed = trial >= 0 && b->results->run->state[trial] == CO_TRIAL_FAILED;
  bool diverged =
      record && (record->status == CO_RECORD_DIVERGED || (final && isnan(final->eval.mean)));
  *out = (co_arm_run){.final_return = NAN,
                      .source_return = NAN,
                      .failed = crashed || diverged,
                      .diverged = diverged};
  double *curve = co_arena_alloc(b->arena, (size_t)evals, sizeof *curve);
  if (!curve) return CO_MEMORY;
  int points = 0;
  for (int i = 0; record && i < record->num_points; i++)
    if (!record->point[i].is_final && points < evals) curve[points++] = record->point[i].eval.mean;
  out->valid_evals = points;
  while (out->failed && out->valid_evals > 0 && isnan(curve[out->valid_evals - 1]))
    out->valid_evals--;
  for (int i = points; i < evals; i++) curve[i] = NAN;
  out->curve = curve;
  out->final_return = final_mean(record, false);
  out->source_return = final_mean(record, true);
  if (final) count_ends(&final->eval, out);
  return CO_OK;
}

static co_status set_arm(const builder *b, int source, int target, int strategy,
                         const co_algorithm_set *here, co_pair_data *pair, co_arm *out) {
  const co_strategy *s = &b->study->strategy[strategy];
  bool copies = co_study_has_source(b->study, strategy);
  co_arm_run *run = co_arena_alloc(b->arena, (size_t)b->seeds, sizeof *run);
  if (!run) return CO_MEMORY;
  *out = (co_arm){.name = s->name,
                  .copies = copies,
                  .trains = co_strategy_trains(s),
                  .loss_depends_on_horizon = co_loss_list_horizon_matters(&s->loss),
                  .run = run,
                  .group = group_of(b, source, target, strategy, here),
                  .strategy = strategy,
                  .doc = s->doc};
  int evals = out->trains ? pair->group[out->group].evals : 1;
  for (int seed = 0; seed < b->seeds; seed++) {
    int trial = co_results_trial(b->results, CO_TRIAL_TRANSFER, copies ? source : -1, target,
                                 strategy, seed);
    CO_TRY(set_run(b, trial, evals, &run[seed]));
    int64_t beside = trial >= 0 ? b->results->record[trial].source_env_steps : 0;
    if (beside > out->source_env_steps) out->source_env_steps = beside;
  }
  return CO_OK;
}

static co_status set_arms(const builder *b, int source, int target, const co_algorithm_set *here,
                          co_pair_data *pair) {
  co_arm *arm = co_arena_alloc(b->arena, (size_t)b->study->num_strategies, sizeof *arm);
  if (!arm) return CO_MEMORY;
  for (int k = 0; k < b->study->num_strategies; k++)
    if (co_study_has_strategy(b->study, target, k))
      CO_TRY(set_arm(b, source, target, k, here, pair, &arm[pair->arms++]));
  pair->arm = arm;
  return CO_OK;
}

// ---- references ----

static double iqm_of(const builder *b, const double *value, int count) {
  co_rank *rank = count ? co_rank_values(b->arena, value, count, 0) : NULL;
  return rank ? co_ranked_iqm(rank, count, NULL) : -(double)INFINITY;
}

// Final returns of the oracles of the algorithm that does best here: what can be reached is the
// same for every arm, whoever trains it.
static co_status set_oracles(const builder *b, int target, const co_algorithm_set *here,
                             co_pair_data *pair) {
  double highest = -INFINITY;
  for (int g = 0; g < here->count; g++) {
    int count = 0;
    double *oracle = co_arena_alloc(b->arena, (size_t)b->seeds, sizeof *oracle);
    if (!oracle) return CO_MEMORY;
    for (int s = 0; s < b->seeds; s++) {
      int trial = co_results_oracle(b->results, target, here->item[g], s);
      double reached = co_results_final(b->results, trial, false, pair->target_random);
      if (!isnan(reached)) oracle[count++] = reached;
    }
    double iqm = iqm_of(b, oracle, count);
    CO_TRY(co_arena_status(b->arena));
    if (!count || (pair->oracles && !(iqm > highest))) continue;
    highest = iqm;
    pair->oracle = oracle;
    pair->oracles = count;
    pair->oracle_of = here->item[g]->name;
  }
  return CO_OK;
}

static co_status set_sources(const builder *b, int source, int target, co_pair_data *pair) {
  int *unit = co_arena_alloc(b->arena, (size_t)b->seeds, sizeof *unit);
  double *home = co_arena_alloc(b->arena, (size_t)b->seeds, sizeof *home);
  double *away = co_arena_alloc(b->arena, (size_t)b->seeds, sizeof *away);
  CO_TRY(co_arena_status(b->arena));
  // one given policy for all seeds is one unit, however many target seeds there are
  // (docs/methods.md rule 1)
  bool shared = co_study_source(b->study, source)->policy.count == 1;
  for (int s = 0; s < b->seeds; s++) {
    unit[s] = shared ? 0 : s;
    int at = unit[s];  // a shared policy is evaluated once per seed: all its episodes count
    double share = shared ? 1.0 / b->seeds : 1;
    int trained = co_results_trial(b->results, CO_TRIAL_SOURCE, source, -1, -1, s);
    int moved =
        co_results_trial(b->results, CO_TRIAL_TRANSFER, source, target, b->study->zero_shot, s);
    home[at] += share * co_results_final(b->results, trained, true, pair->source_random);
    away[at] += share * co_results_final(b->results, moved, false, pair->target_random);
  }
  pair->unit = unit;
  pair->units = shared ? 1 : b->seeds;
  pair->runs = b->seeds;
  pair->source_return = home;
  pair->zero_shot = away;
  return CO_OK;
}

// The study's own family; without one the pair's plan stays open: each arm against scratch.
static co_status set_plan(const builder *b, int source, int target, co_pair_data *pair) {
  if (!b->study->def.comparisons.count) return CO_OK;
  co_family family;
  CO_TRY(co_family_make(b->study, &family));
  co_arm_pair *plan = co_arena_alloc(b->arena, (size_t)family.count + 1, sizeof *plan);
  for (int i = 0; plan && i < family.count; i++) {
    const co_planned *c = &family.planned[i];
    if (c->source == source && c->target == target)
      plan[pair->plans++] =
          (co_arm_pair){arm_of(b, target, c->strategy), arm_of(b, target, c->against)};
  }
  pair->plan = plan;
  co_family_free(&family);
  return plan ? CO_OK : CO_MEMORY;
}

static co_status build_pair(const builder *b, int source, int target, co_pair_data *pair) {
  const co_source_def *from = co_study_source(b->study, source);
  const co_target_def *to = co_study_target(b->study, target);
  const co_shift_grade *grade =
      &b->results->run->grade[source * b->study->def.targets.count + target];
  *pair = (co_pair_data){.source = from->name,
                         .target = to->name,
                         .threshold = to->threshold,
                         .source_steps = (double)co_source_env_steps(from),
                         .oracle_steps = (double)to->oracle_steps,
                         .source_random = random_mean(b, source, -1),
                         .target_random = random_mean(b, -1, target),
                         .source_oracle = NAN};
  if (grade->grade != CO_GRADE_LIVE) pair->grade = co_grade_names[grade->grade];
  co_algorithm_set here;
  co_study_algorithms_in(b->study, target, &here);
  CO_TRY(set_groups(b, source, target, &here, pair));
  CO_TRY(set_sources(b, source, target, pair));
  CO_TRY(set_oracles(b, target, &here, pair));
  CO_TRY(set_plan(b, source, target, pair));
  return set_arms(b, source, target, &here, pair);
}

co_status co_results_pairs(const co_results *results, co_pairs *out) {
  const co_study *study = results->run->context->study;
  size_t most = (size_t)study->def.sources.count * (size_t)study->def.targets.count;
  co_pairs pairs = {0};
  builder b = {results, study, &pairs.arena, (int)study->def.seeds};
  pairs.pair = co_arena_alloc(&pairs.arena, most, sizeof *pairs.pair);
  pairs.source = co_arena_alloc(&pairs.arena, most, sizeof *pairs.source);
  pairs.target = co_arena_alloc(&pairs.arena, most, sizeof *pairs.target);
  co_status status = pairs.pair && pairs.source && pairs.target ? CO_OK : CO_MEMORY;
  for (int s = 0; s < study->def.sources.count && status == CO_OK; s++) {
    for (int t = 0; t < study->def.targets.count && status == CO_OK; t++) {
      if (results->run->refused[t]) continue;
      pairs.source[pairs.count] = s;
      pairs.target[pairs.count] = t;
      status = build_pair(&b, s, t, &pairs.pair[pairs.count++]);
    }
  }
  if (status != CO_OK) {
    co_pairs_free(&pairs);
    return status;
  }
  *out = pairs;
  return CO_OK;
}

void co_pairs_free(co_pairs *pairs) {
  co_arena_free(&pairs->arena);
  *pairs = (co_pairs){0};
}
