// What a shift says of a number: the number itself, or a distribution from which every row draws
// anew at each reset.
//
// In a file: `0.5`, `(1.0, 2.0)`, or a group with exactly one of
//   uniform = (low, high)  log_uniform = (low, high)  normal = (mean, deviation)  choice = (a, b,
//   c)
// where the first three take further pairs, one for each value of the parameter that is drawn. A
// normal distribution is cut to `clip`, by default to 4 deviations. `each = true` draws for every
// selected element instead of once for all. A curriculum `from = x; over = N` moves a draw v to
// x + min(1, n / N) (v - x), where n counts the control steps the row has done: the range widens
// linearly from the single value x.
//
// Draws use additions, products and square roots only: the same numbers on every machine.
// Thread-safe.

#ifndef ENVS_DOMAIN_DISTRIBUTION_H_
#define ENVS_DOMAIN_DISTRIBUTION_H_

#include "core/config/schema.h"
#include "core/rng.h"

#define CO_DISTRIBUTION_LIST(X)    \
  X(CO_FIXED, "")                  \
  X(CO_UNIFORM, "uniform")         \
  X(CO_LOG_UNIFORM, "log_uniform") \
  X(CO_NORMAL, "normal")           \
  X(CO_CHOICE, "choice")

typedef enum co_distribution_kind {
#define X(id, name) id,
  CO_DISTRIBUTION_LIST(X)
#undef X
      CO_NUM_DISTRIBUTIONS
} co_distribution_kind;

typedef struct co_distribution {
  co_distribution_kind kind;
  co_floats number;  // the values; of a distribution, its numbers in the order of the file
  co_floats clip;    // (low, high) of a normal distribution; count 0: 4 deviations
  bool each;
  double from;   // NAN: no curriculum
  int64_t over;  // [control steps] 0: no curriculum
} co_distribution;

const char *co_distribution_name(co_distribution_kind kind);  // "uniform"; "" of CO_FIXED

// Reads a number, a list of numbers or a group; errors are added at `node`. Numbers live in
// `arena`. *out must not be used when errors were added.
void co_distribution_read(const co_node *node, co_arena *arena, co_distribution *out,
                          co_schema_errors *errors);

// The same as a tree, which reads back to the same value. CO_MEMORY; the caller frees *out.
co_status co_distribution_to_tree(const co_distribution *distribution, co_node **out);

// What is wrong with the numbers, as errors at `node`.
void co_distribution_check(const co_distribution *distribution, const co_node *node,
                           co_schema_errors *errors);

// Whether two of one kind have the same numbers, clip included.
bool co_distribution_same_numbers(const co_distribution *a, const co_distribution *b);

// Values that one draw gives.
int co_distribution_values(const co_distribution *distribution);

// Ends of value i.
void co_distribution_range(const co_distribution *distribution, int i, double *low, double *high);

// One draw of all values. A whole number's uniform distribution gives each number of the range the
// same chance; nothing else is rounded. `steps`: control steps the row has done.
void co_distribution_draw(const co_distribution *distribution, bool whole, int64_t steps,
                          co_rng *rng, double *value);

#endif  // ENVS_DOMAIN_DISTRIBUTION_H_
