// The planned family of a study: which strategies are compared with which, declared before anything
// runs. Only its comparisons are tested, corrected over all of them (docs/methods.md rule 16);
// every other one carries an interval and no more.

#ifndef TRANSFER_STUDY_FAMILY_H_
#define TRANSFER_STUDY_FAMILY_H_

#include "core/stats/significance.h"
#include "transfer/study/study_def.h"

// One comparison: indices in the study.
typedef struct co_planned {
  int source, target, strategy, against;
} co_planned;

typedef struct co_family {
  co_planned *planned;  // (count), owned
  int count;
} co_family;

// Adds what is wrong with the declared comparisons: unknown names, strategies that do not train,
// the same comparison twice.
void co_family_check(const co_study *study, co_schema_errors *errors);

// All comparisons that a checked study declares; by default each strategy that trains against
// scratch, from every source in every target. CO_MEMORY.
co_status co_family_make(const co_study *study, co_family *out);
void co_family_free(co_family *family);

// What tests of the family can find: of as many units as there are seeds, or of one where all of it
// starts from sources that are one given policy.
co_test_plan co_family_plan(const co_study *study, const co_family *family);

// Appends a line for every reason why no planned comparison of the study can be told apart,
// whatever its trials give; nothing when all can.
co_status co_family_advise(const co_study *study, co_buf *out);

#endif  // TRANSFER_STUDY_FAMILY_H_
