// One policy in one world, played step by step, with all that happened kept: no windows, no GL.
//
// Instant k is the state after k control steps of an episode, what the policy sees there, what it
// remembers and what it answers, and the rewards of the step that led there. Instants lie in a
// ring; going back restores an instant's row bytes and the policy's state, so that what follows has
// the same bits as before unless something was changed meanwhile. A policy that takes over from
// another one remembers nothing; in another world it goes on with what it remembers. Who answers at
// an instant, and since when, is the instant's stint. Episodes are those of
// `carryover eval`: episode e draws its reset as row e of the stream of the seed.
//
// Another policy or world, a push or an action set by hand changes what comes after the present
// instant: instants behind it are dropped. Those before it can still be shown and played from, then
// in the new world, unless its rows have another layout: then they go too.
//
// A recording (envs/record/recording.h) is one episode that is played by its own actions to its own
// end, whatever the flags say, until a policy takes over.
//
// Whoever draws has a row of its own of the same world and loads an instant's bytes into it
// (co_row_load).
//
// Not thread-safe. Errors leave a stage as it was.

#ifndef VIZ_PLAY_STAGE_H_
#define VIZ_PLAY_STAGE_H_

#include "agents/policy/trace.h"
#include "envs/world/row.h"
#include "envs/world/shared_world.h"
#include "viz/play/history.h"
#include "viz/play/stand_in.h"

typedef struct co_stage co_stage;

typedef struct co_stage_def {
  const co_policy *policy;  // borrowed; NULL: none
  co_stand_in stand_in;     // who acts where there is no policy
  co_shared_world *world;   // kept by the stage
  const char *recording;    // path of a recording of this task that is played; NULL: none
  uint64_t seed;
  size_t history_bytes;  // of the ring, at least CO_HISTORY_LEAST instants are kept
  bool beyond;           // goes on after a termination or truncation; never after a fault
} co_stage_def;

enum { CO_STAGE_HISTORY = 100 << 20 };  // bytes, if not asked otherwise

// Opens at the first instant of episode 0. CO_CONFIG when the policy does not fit the world; errors
// of co_recording_open.
co_status co_stage_create(const co_stage_def *def, co_stage **out);
void co_stage_free(co_stage *stage);

// Starts an episode, < 2^30, from its first instant; a recording is its only one.
co_status co_stage_reset(co_stage *stage, uint32_t episode);
// One control step from the present instant; later instants are dropped first. Does nothing when
// the episode is over.
co_status co_stage_step(co_stage *stage);
// Shows another instant that is kept: first() <= step <= last().
co_status co_stage_seek(co_stage *stage, int64_t step);

int64_t co_stage_first(const co_stage *stage);
int64_t co_stage_last(const co_stage *stage);
const co_instant *co_stage_now(const co_stage *stage);
const co_instant *co_stage_at(const co_stage *stage, int64_t step);  // NULL: not kept
// Grows whenever instants that were kept are dropped or replaced, but for those that give way to
// new ones at the end of the ring.
uint64_t co_stage_changes(const co_stage *stage);
uint32_t co_stage_episode(const co_stage *stage);
const co_built_world *co_stage_world(const co_stage *stage);
co_shared_world *co_stage_shared_world(const co_stage *stage);    // borrowed
const co_policy *co_stage_policy(const co_stage *stage);          // NULL: none
co_stand_in co_stage_stand_in(const co_stage *stage);             // where there is none
bool co_stage_recorded(const co_stage *stage);                    // the actions are recorded ones
const co_row *co_stage_row(const co_stage *stage);                // in the present state
const co_instant_layout *co_stage_layout(const co_stage *stage);  // of its instants
bool co_stage_over(const co_stage *stage);   // the present instant is the end of the episode
bool co_stage_ended(const co_stage *stage);  // the last one that is kept is

// Another policy from here on; CO_CONFIG when it does not fit.
co_status co_stage_use_policy(co_stage *stage, const co_policy *policy);
// No policy from here on. Sliders begin with the action of the present instant.
co_status co_stage_use_stand_in(co_stage *stage, co_stand_in stand_in);
// The action of one element from the present instant on, which only sliders take: CO_CONFIG where
// others act, and for what is outside of its bounds.
co_status co_stage_set_action(co_stage *stage, int element, double value);
// Another world from here on, which is kept, with the pose carried over (viz/play/private/carry.h).
// CO_CONFIG when the policy does not fit, CO_INTERNAL when nothing can start in this pose.
co_status co_stage_use_world(co_stage *stage, co_shared_world *world);
// Force [N], then torque [N m], on a body of the compiled model, world frame, about its centre of
// mass, in all steps from here on until it is set again; body < 0: none. CO_CONFIG when there is no
// such body, or the engine has none.
co_status co_stage_push(co_stage *stage, int body, const double force[6]);

#endif  // VIZ_PLAY_STAGE_H_
