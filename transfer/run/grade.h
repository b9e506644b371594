// The second look at a shift, under the source policies (docs/methods.md rule 19): does what the
// policies do ever meet it? Formulas: docs/methods.md#grades-of-a-shift.
//
// Source policies played their final episodes in the source world and, zero-shot, in the target,
// with the same reset noise. Episodes whose traces are equal bit for bit never met the shift. What
// ended in a fault in either world says nothing about it and is left out; a policy without any
// other episode is not graded.

#ifndef TRANSFER_RUN_GRADE_H_
#define TRANSFER_RUN_GRADE_H_

#include "transfer/run/record.h"

typedef enum co_grade {
  CO_GRADE_LIVE,
  CO_GRADE_WEAK,
  CO_GRADE_INERT_UNDER_POLICY,
  CO_GRADE_INERT
} co_grade;
extern const char *const co_grade_names[];  // "live", "weak", "inert_under_policy", "inert"

// One (source, target) pair of a study.
typedef struct co_shift_grade {
  int source, target;  // indices in the study
  co_shift shift;      // under the random action tape, before training
  co_grade grade;
  bool graded;             // under the policies too
  int policies;            // compared: one per seed
  int faulty_policies;     // not compared, since all their episodes ended in a fault
  int faulty_episodes;     // of the compared ones, left out
  int inert_policies;      // whose final episodes are all equal bit for bit
  double identical_share;  // of final episodes without fault, equal bit for bit in source and
                           // target; NAN: not graded
  double difference;       // mean over seeds of target minus source return
  double noise;  // mean over seeds of twice its standard error from the spread over episodes
} co_shift_grade;

// Compares the worlds on an action tape. A target with another task is live by definition.
co_status co_grade_worlds(const co_study *study, const co_world_source *worlds, int source,
                          int target, co_shift_grade *out);

// Adds what the policies saw: (seeds) records of source trials and of zero-shot trials, NULL
// entries are left out. inert_under_policy: at least one policy never meets the shift, so that its
// seed would measure nothing, or half of all episodes are identical; weak: in more than half of the
// seeds the returns differ by less than twice the standard error.
co_status co_grade_policies(const co_record *const *source, const co_record *const *zero_shot,
                            int seeds, co_shift_grade *grade);

// One policy, and the two worlds in which it is to show what it meets.
typedef struct co_grade_def {
  const co_world_source *worlds;
  const co_policy *policy;
  const char *name;  // of the policy, for messages
  co_world source, target;
  int episodes;
  uint64_t seed;
  co_pool *pool;  // may be NULL
} co_grade_def;

// Plays the policy's final evaluation in both worlds, and grades `shift`, measured between them
// before, under it. CO_INTERNAL where all its episodes end in a fault in one of the worlds; some of
// them are a warning. Errors of the worlds and of co_evaluate.
co_status co_grade_policy(const co_grade_def *def, const co_shift *shift, co_shift_grade *out);

// Says why a target is not live, or which policies could not be graded, in one sentence.
void co_grade_explain(const co_study *study, const co_shift_grade *grade, co_buf *out);

#endif  // TRANSFER_RUN_GRADE_H_
