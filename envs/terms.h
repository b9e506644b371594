// The building blocks of a task: observation, action, reward, terminate and reset terms, each one
// row of one table.
//
// A term knows no robot: it names coordinates by patterns over "qpos/NAME", "qvel/NAME" and
// "ctrl/NAME". A definition (co_term_def) is what a file says; a bound term (co_term) has looked
// its elements up in a model. Terms compute in double; rounding to float32 is left to whoever
// writes the batch. What a term needs of the past it keeps in its own term state, a few doubles per
// row. Functions are pure in (term, row) and may run for different rows at once.

#ifndef ENVS_TERMS_H_
#define ENVS_TERMS_H_

#include "core/arena.h"
#include "core/rng.h"
#include "core/schema.h"
#include "envs/physics.h"

#include <stdbool.h>

#define CO_TERM_KIND_LIST(X)            \
  X(CO_TERM_OBSERVATION, "observation") \
  X(CO_TERM_ACTION, "action")           \
  X(CO_TERM_REWARD, "reward")           \
  X(CO_TERM_TERMINATE, "terminate")     \
  X(CO_TERM_RESET, "reset")

typedef enum co_term_kind {
#define X(id, name) id,
  CO_TERM_KIND_LIST(X)
#undef X
      CO_NUM_TERM_KINDS
} co_term_kind;

const char *co_term_kind_name(co_term_kind kind);

// One entry of a task's lists; which keys a term allows is in its table row. Unset: NULL, NAN,
// count 0.
typedef struct co_term_def {
  const char *term;
  const char *name;  // of reward terms, and in place of the term's name in observation elements
  const char *of;    // pattern of coordinates
  const char *actuators;  // pattern of controls
  const char *action;     // "raw" | "clipped": which action a cost is taken of
  const char *when;       // "after" | "before" the control step
  const char *bounds;     // "open" | "closed": whether min and max themselves are inside
  int64_t from, count;    // range within the matches; count 0: all that follow
  double scale, offset;
  co_floats clip;
  double weight;
  double min, max;
  double low, high;
} co_term_def;

typedef struct co_ref {
  co_element group;  // CO_QPOS, CO_QVEL or CO_CTRL
  int index;
} co_ref;

typedef struct co_term_class co_term_class;

// A term bound to a model.
typedef struct co_term {
  const co_term_class *class;
  const co_term_def *def;
  co_ref *ref;  // (size) elements it reads or writes
  int size;
  int at;        // first element within the observation or action vector
  int state_at;  // first double within the row's term state
} co_term;

// What a reward term sees.
typedef struct co_moment {
  const co_physics *physics;  // after the control step
  const double *action;       // (act_dim) as passed
  const double *clipped;      // (act_dim) within low..high
  int act_dim;
  bool terminated;  // by the terminate terms
  double dt;        // [s] of the control step
} co_moment;

struct co_term_class {
  co_term_kind kind;
  const char *name;
  const char *keys;   // allowed keys, separated by spaces
  const char *needs;  // keys that must be given
  unsigned groups;    // bits 1 << CO_QPOS, ... of the coordinates it may take; 0: none
  int state;          // doubles of term state
  const char *unit;   // of the values; NULL: that of the element
  const char *doc;
  // the functions of its kind; the others are NULL
  double (*observe)(double value);
  void (*control)(const co_term *term, co_physics *physics, const double *action);
  void (*before)(const co_term *term, const co_physics *physics, double *state);
  double (*reward)(const co_term *term, const co_moment *moment, const double *state);
  bool (*over)(const co_term *term, const co_physics *physics);
  void (*draw)(const co_term *term, co_physics *physics, co_rng *rng);
};

extern const co_term_class co_terms[];
extern const int co_num_terms;

// The row of the table, or NULL.
const co_term_class *co_term_find(co_term_kind kind, const char *name);

// Whether a space-separated list holds a word.
bool co_word_in(const char *list, const char *word);

double co_ref_value(const co_physics *physics, co_ref ref);
const char *co_ref_name(const co_model *model, co_ref ref);

// Coordinates of the groups that match a pattern: each alternative is compared with "qpos/rootz",
// "rootz" and "qpos". In order of group, then index. *size is 0 when nothing matches; CO_MEMORY
// when there is none left.
co_status co_refs_select(const co_model *model, unsigned groups, const char *pattern,
                         co_arena *arena, co_ref **ref, int *size);

#endif  // ENVS_TERMS_H_
