// Inside transfer/measure: the rules of transfer/measure/advice.h.

#ifndef TRANSFER_MEASURE_PRIVATE_ADVICE_RULES_H_
#define TRANSFER_MEASURE_PRIVATE_ADVICE_RULES_H_

#include "core/buf.h"
#include "transfer/measure/advice.h"

// A strategy in a pair of worlds, as a rule sees it.
typedef struct co_advice_case {
  const co_study *study;
  const co_metrics *metrics;
  const co_advice_facts *facts;  // of the pair
  const co_pair_data *pair;
  const co_pair_result *found;
  const co_arm *arm;
  const co_arm_result *result;  // of the arm
  const co_strategy *strategy;  // of the arm
} co_advice_case;

// What a rule says of the case that it weighs most.
typedef struct co_advice_words {
  co_buf text;
  co_json *set;
  bool of_study, of_pair;  // it speaks of the study, of the pair, else of the strategy in it
  bool failed;             // out of memory
} co_advice_words;

typedef struct co_advice_rule {
  const char *name;
  double (*weigh)(
      const co_advice_case *c);  // above 0: there is something to say; NAN: there is not
  void (*say)(const co_advice_case *c, co_advice_words *words);
} co_advice_rule;

enum { CO_ADVICE_RULES = 9 };
extern const co_advice_rule co_advice_rules[CO_ADVICE_RULES];

#endif  // TRANSFER_MEASURE_PRIVATE_ADVICE_RULES_H_
