// What a study's own numbers suggest to try next: a rule for each suggestion, which says in a
// sentence what it follows from, and the edits of the study that `run --set` takes. What the study
// does not hold is not guessed, and where no rule finds its numbers there is no suggestion.

#ifndef TRANSFER_MEASURE_ADVICE_H_
#define TRANSFER_MEASURE_ADVICE_H_

#include "core/json.h"
#include "transfer/measure/metrics.h"
#include "transfer/study/study_def.h"

// Of a pair, beyond its metrics.
typedef struct co_advice_facts {
  int source, target;    // indices in the study
  double visited_share;  // of target steps within what the source world has shown, NAN
  const char *actuator;  // first parameter of an actuator that the target shifts, NULL: none
  int oracle_runs, oracle_evals;  // 0: no oracle
  const double *oracle_curve;  // (oracle_runs x oracle_evals), of the best algorithm; NAN: missing
} co_advice_facts;

// Everything is borrowed.
typedef struct co_advice_input {
  const co_study *study;
  const co_metrics *metrics;
  const co_advice_facts *facts;  // (metrics->pairs)
} co_advice_input;

// A new array [{rule, source, target, strategy, text, set[]}], at most one element for each rule,
// in the order of the rules: `source`, `target` and `strategy` are where the rule finds most of
// what it looks for, null where it speaks of the whole study; each of `set` is PATH=VALUE, and all
// of one suggestion belong together. The caller owns it. CO_MEMORY only.
co_status co_advice_json(const co_advice_input *input, co_json **out);

#endif  // TRANSFER_MEASURE_ADVICE_H_
