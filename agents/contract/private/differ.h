// What the parts of the comparison share; for contract_diff*.c only.

#ifndef AGENTS_CONTRACT_PRIVATE_DIFFER_H_
#define AGENTS_CONTRACT_PRIVATE_DIFFER_H_

#include "agents/contract/diff.h"

// A comparison under way.
typedef struct co_differ {
  const co_contract *a, *b;
  co_contract_diff *out;
  int capacity;   // differences there is room for
  bool *flipped;  // (a->num_pose + a->num_joints) what turns the other way in B
  // where the element of A and of B lie that are compared: "observation.3."
  char place_a[32], place_b[32];
  bool failed;  // out of memory
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

// Half a unit of the last digit of a number on either side that came from a text; 0: exact.
double co_differ_resolution(const co_differ *d, const char *path);
// Whether both sides know of a fact, NULL: not; if one does, that is noted by its name.
bool co_differ_both(co_differ *d, const char *name, const void *a, const void *b);
// The cosine between the axes of a joint in A and in B; false: they are not both known.
bool co_differ_axis(const co_differ *d, const char *joint, double *cosine);

void co_differ_joints(co_differ *d);
void co_differ_frames(co_differ *d);
void co_differ_clocks(co_differ *d);
// What stands behind two actions, after their scales were compared from difference `first` on;
// `turn` is -1 where the joint turns the other way.
void co_differ_drive(co_differ *d, int index, const co_action_element *a,
                     const co_action_element *b, double turn, int first);
// Of two targets, one followed by a servo of the model and one by a law beside it: whether it is
// known what follows them, or never was; and their gains, which are of the same unit.
bool co_differ_follows(const co_differ *d, const co_action_element *a, const co_action_element *b);
void co_differ_laws(co_differ *d, const co_action_element *a, const co_action_element *b);
void co_differ_observation(co_differ *d);
void co_differ_action(co_differ *d);
// Of two policies: a task has no say in what an output means.
void co_differ_output(co_differ *d);

#endif  // AGENTS_CONTRACT_PRIVATE_DIFFER_H_
