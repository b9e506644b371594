// What the parts of the comparison share; for contract_diff*.c only.

#ifndef AGENTS_CONTRACT_PRIVATE_DIFFER_H_
#define AGENTS_CONTRACT_PRIVATE_DIFFER_H_

#include "agents/contract/diff.h"

// A comparison under way.
typedef struct co_differ {
  const co_contract *a, *b;
  co_contract_diff *out;
  int capacity;   // differences there is room for
  bool *flipped;  // (a->num_pose) joints that turn the other way in B
  bool failed;    // out of memory
} co_differ;

// Equal but for what rounding leaves of the same decimal; `size` is that of numbers they come from.
bool co_is_close(double x, double y, double size);

// Appends a difference without config and gives it back, NULL when out of memory. Takes over a and
// b. The path is a format of printf.
co_difference *co_differ_add(co_differ *d, co_difference_kind kind, const char *element, co_json *a,
                             co_json *b, const char *path, ...)
    __attribute__((format(printf, 6, 7)));
// Two numbers, NAN where there is none: nothing when they are equal.
co_difference *co_differ_numbers(co_differ *d, co_difference_kind kind, const char *element,
                                 double a, double b, const char *path);
co_difference *co_differ_texts(co_differ *d, co_difference_kind kind, const char *element,
                               const char *a, const char *b, const char *path);
// Gives the config to all differences from `first` on that change the meaning; takes it over.
void co_differ_config(co_differ *d, int first, char *config);

void co_differ_observation(co_differ *d);
void co_differ_action(co_differ *d);
// Of two policies: a task has no say in what an output means.
void co_differ_output(co_differ *d);

#endif  // AGENTS_CONTRACT_PRIVATE_DIFFER_H_
