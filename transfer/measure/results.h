// Results of a study: what finished trials left, put together. Bytes depend on the trials only.

#ifndef TRANSFER_MEASURE_RESULTS_H_
#define TRANSFER_MEASURE_RESULTS_H_

#include "transfer/measure/measure.h"
#include "transfer/run/runner.h"

// All records of a run, by index of trial.
typedef struct co_results {
  const co_study_run *run;
  co_record *record;  // (trials), owned; zeroed where a trial is not done
  bool *have;         // (trials), owned
} co_results;

co_status co_results_load(const co_study_run *run, co_results *out);
void co_results_free(co_results *results);

// results.csv and timing.csv, see docs/output.md#run. `pictures` NULL: without their row.
co_status co_results_csv(const co_results *results, co_buf *out);
co_status co_results_timing(const co_results *results, const co_cost *pictures, co_buf *out);

// Index of a trial by what it is, -1 when the study has none; its record, NULL when it is not done.
int co_results_trial(const co_results *results, co_trial_kind kind, int source, int target,
                     int strategy, int seed);
const co_record *co_results_find(const co_results *results, co_trial_kind kind, int source,
                                 int target, int strategy, int seed);

// Of an algorithm's oracle, -1: there is none.
int co_results_oracle(const co_results *results, int target, const co_algorithm *algorithm,
                      int seed);

// Final return of a trial in its source or target. One that failed counts as its last valid
// evaluation or `random`, whichever is lower (docs/methods.md rule 18); one that has not run is
// NAN.
double co_results_final(const co_results *results, int trial, bool in_source, double random);

// The metrics' input, in its own arena.
typedef struct co_pairs {
  co_pair_data *pair;    // (count), targets that were refused left out
  int *source, *target;  // (count) indices in the study
  int count;
  co_arena arena;
} co_pairs;
co_status co_results_pairs(const co_results *results, co_pairs *out);
void co_pairs_free(co_pairs *pairs);

// What was run: worlds, shifts, strategies, trials, versions. Part of the next.
co_status co_results_study_json(const co_results *results, co_json *root);

// Adds the members of results.json (docs/output.md#run) to an object.
co_status co_results_json(const co_results *results, co_pool *pool, co_json *object);

#endif  // TRANSFER_MEASURE_RESULTS_H_
