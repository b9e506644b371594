// What a world makes of an action on its way to the joint, beside what the contract says of it: the
// signal path and the motors, with the shifts of the domain. What rows draw is told by its ends.
// Pure.

#ifndef VIZ_SHOW_PRIVATE_APPLIED_H_
#define VIZ_SHOW_PRIVATE_APPLIED_H_

#include "envs/world/world.h"

// id, title
#define CO_APPLIED_COLUMN_LIST(X)                                                          \
  X(CO_APPLIED_SIGN, "sign")      /* -: the joint is moved the other way than nominally */ \
  X(CO_APPLIED_CONTROL, "a = 1")  /* what the contract makes of an action of 1 */          \
  X(CO_APPLIED_GAIN, "gain")      /* of the action on its way */                           \
  X(CO_APPLIED_JOINT, "at joint") /* what an action of 1 commands there at last */         \
  X(CO_APPLIED_DELAY, "delay")

typedef enum co_applied_column {
#define X(id, title) id,
  CO_APPLIED_COLUMN_LIST(X)
#undef X
      CO_NUM_APPLIED_COLUMNS
} co_applied_column;
extern const char *const co_applied_titles[];  // by column

// Further parameters that change what an actuator does with an action.
#define CO_APPLIED_MORE_LIST(X) \
  X(CO_ACTION_REPEAT)           \
  X(CO_ACTION_NOISE)            \
  X(CO_KP)                      \
  X(CO_KV)                      \
  X(CO_FORCE_RANGE)             \
  X(CO_CTRL_RANGE)              \
  X(CO_PD_KP)                   \
  X(CO_PD_KD)                   \
  X(CO_PD_LIMIT)

enum { CO_APPLIED_TEXT = 24, CO_APPLIED_MORE = 9 };
extern const co_parameter_id co_applied_more[CO_APPLIED_MORE];

typedef struct co_applied {
  char cell[CO_NUM_APPLIED_COLUMNS][CO_APPLIED_TEXT];  // "": not known
  char more[CO_APPLIED_MORE][CO_APPLIED_TEXT];         // "": the action has none
  bool reversed;                                       // in some draws at least
} co_applied;

// Of one action element of the world.
void co_applied_measure(const co_built_world *world, int action, co_applied *out);

#endif  // VIZ_SHOW_PRIVATE_APPLIED_H_
