// The cases of `bench learn`: what is trained, what others have published, and what came out; and
// the section of a document that shows all of it.

#ifndef CLI_BENCH_LEARN_H_
#define CLI_BENCH_LEARN_H_

#include "core/buf.h"
#include "core/hash.h"
#include "core/stats/bootstrap.h"

enum { LEARN_MAX_SEEDS = 1000, LEARN_NAME = 48 };

// One learner on one task.
typedef struct learn_case {
  const char *name, *algorithm, *task;
  int64_t steps, seeds;
  const char *learning;   // settings over the defaults, in config syntax; "": none
  const char *published;  // mean ± standard deviation of others at as many steps
} learn_case;

extern const learn_case learn_cases[];
extern const int learn_num_cases;
const learn_case *learn_find(const char *name);  // NULL when unknown

// What is known of a case. Zero-initialised: not looked at.
typedef struct learn_result {
  int64_t steps;                // of each training, as it was run
  int seeds, done;              // trainings planned, finished
  double *final;                // (seeds) mean return of the last policy, NAN: not finished; owned
  double iqm, lo, hi;           // over those that are finished; NAN: none; the interval needs two
  double random;                // mean return of uniform actions, NAN: not measured
  double train_s, train_steps;  // wall time and env steps of the finished trainings
  char learner[CO_HASH_TEXT];   // hash of the learner that the case was trained by; "": not known
} learn_result;

// IQM and its 95 % interval by stratified bootstrap, of the values that are there.
co_status learn_summarise(learn_result *result, uint64_t seed);

// The hash that scripts/figures left in the file `learner` of a case's folder, when it told the
// learner by the constants of the tests; "" where there is none.
void learn_read_learner(const char *dir, char learner[CO_HASH_TEXT]);

// The case's row: name, budget, seeds, IQM with interval, every seed, learner, published figures.
void learn_row(const learn_case *which, const learn_result *result, co_buf *out);

// CO_DATA when the file lacks the two marker lines: known before hours of training.
co_status learn_check_section(const char *path);

// Puts the table between the two marker lines of a file, atomically; the rest stays as it is. A
// case without any finished training keeps the row that the file has.
co_status learn_write_section(const char *path, const learn_result *results);

#endif  // CLI_BENCH_LEARN_H_
