// Who acts in a stage that no policy plays: what a task looks like before there is one.
// Thread-safe.

#ifndef VIZ_PLAY_STAND_IN_H_
#define VIZ_PLAY_STAND_IN_H_

#include "core/status.h"
#include "envs/world/world.h"

// id, name of options, name for people
#define CO_STAND_IN_LIST(X)                                                            \
  X(CO_STAND_IN_ZERO, "zero", "zero actions")          /* all are 0 */                 \
  X(CO_STAND_IN_RANDOM, "random", "random actions")    /* uniform within the bounds */ \
  X(CO_STAND_IN_SLIDERS, "sliders", "sliders by hand") /* as they were set last */

typedef enum co_stand_in {
#define X(id, name, title) id,
  CO_STAND_IN_LIST(X)
#undef X
      CO_NUM_STAND_INS
} co_stand_in;
extern const char *const co_stand_in_names[];   // (CO_NUM_STAND_INS)
extern const char *const co_stand_in_titles[];  // (CO_NUM_STAND_INS)

// Who acts of this name; CO_USAGE, with the nearest name, where there is no such one.
co_status co_stand_in_find(const char *name, co_stand_in *out);

// Which of its actions is asked for.
typedef struct co_stand_in_place {
  uint64_t seed;
  uint32_t episode;
  int64_t step;         // of the episode
  const float *before;  // (act_dim) action of the instant before, NULL: none
} co_stand_in_place;

// The action (act_dim), which may be `before` itself. Random ones are those of `carryover data
// record random`: one step's can be drawn alone, so they are the same when it is played again.
void co_stand_in_act(co_stand_in who, const co_env_info *info, const co_stand_in_place *at,
                     float *action);

// Bounds of what an element is set to by hand; an unbounded side is taken as 1 from 0.
double co_stand_in_low(const co_action_element *element);
double co_stand_in_high(const co_action_element *element);

#endif  // VIZ_PLAY_STAND_IN_H_
