// One policy in one world, played step by step, with all that happened kept: no windows, no GL.
//
// Frame k is the state after k control steps of an episode, what the policy sees there and what it
// answers, and the rewards of the step that led there. Frames lie in a ring; going back restores a
// frame's row bytes, so that what follows has the same bits as before unless something was changed
// meanwhile. Episodes are those of `carryover eval`: episode e draws its reset as row e of the
// stream of the seed.
//
// Whoever draws has a row of its own of the same world and loads a frame's bytes into it
// (co_row_load); worlds are counted references because the drawing side may still look at the old
// one when a shift is applied.
//
// Thread safety: none, but for co_shared_world_keep and _drop. Errors leave a stage as it was.

#ifndef VIZ_STAGE_H_
#define VIZ_STAGE_H_

#include "agents/policy_trace.h"
#include "envs/row.h"
#include "envs/world.h"

typedef struct co_shared_world co_shared_world;
co_status co_shared_world_build(const co_world *world, co_shared_world **out);
co_shared_world *co_shared_world_keep(co_shared_world *world);
void co_shared_world_drop(co_shared_world *world);  // NULL: nothing
const co_built_world *co_shared_world_get(const co_shared_world *world);

// Pointers are the history's until the frame is overwritten or dropped.
typedef struct co_frame {
  int64_t step;         // control steps of the episode so far
  const void *row;      // (co_row_size) bytes
  const float *obs;     // (obs_dim) raw, of this state
  const float *action;  // (act_dim) the policy's answer to it
  const float *terms;   // (num_terms) weighted rewards of the step that led here; 0 at step 0
  float reward;         // their sum
  float value;          // the critic's, NAN: none
  double ret;           // sum of rewards so far
  bool terminated, truncated, success, fault;
  bool pushed;  // the step that led here was disturbed by hand, or follows a change of the world
} co_frame;

typedef struct co_stage co_stage;

typedef struct co_stage_def {
  const co_policy *policy;  // borrowed; NULL: actions are 0 (or those of a recording)
  co_shared_world *world;   // kept by the stage
  uint64_t seed;
  size_t history_bytes;  // of the ring; at least one episode's first and last frames are kept
} co_stage_def;

enum { CO_STAGE_HISTORY = 100 << 20 };  // bytes, if not asked otherwise

// Opens at step 0 of episode 0. CO_CONFIG when the policy does not fit the world.
co_status co_stage_create(const co_stage_def *def, co_stage **out);
void co_stage_free(co_stage *stage);

co_status co_stage_reset(co_stage *stage, uint32_t episode);
// One control step from the present frame; later frames are dropped first. Does nothing when the
// episode is over (terminated, truncated or fault) unless `beyond` is set on the stage.
co_status co_stage_step(co_stage *stage);
// Shows another frame that is kept; first() <= step <= last().
co_status co_stage_seek(co_stage *stage, int64_t step);

int64_t co_stage_first(const co_stage *stage);
int64_t co_stage_last(const co_stage *stage);
const co_frame *co_stage_now(const co_stage *stage);
const co_frame *co_stage_frame(const co_stage *stage, int64_t step);  // NULL: not kept
uint32_t co_stage_episode(const co_stage *stage);
const co_built_world *co_stage_world(const co_stage *stage);
co_shared_world *co_stage_shared_world(const co_stage *stage);  // borrowed
const co_policy *co_stage_policy(const co_stage *stage);
bool co_stage_over(const co_stage *stage);

// Another policy from here on (CO_CONFIG when it does not fit), another world from here on with the
// pose kept: coordinates are carried over by joint name, new ones start nominal.
co_status co_stage_use_policy(co_stage *stage, const co_policy *policy);
co_status co_stage_use_world(co_stage *stage, co_shared_world *world);
// Force [N] and torque [N m] on a body, world frame, about its centre of mass, in the next steps
// until it is set again; body < 0: none.
void co_stage_push(co_stage *stage, int body, const double force[6]);

#endif  // VIZ_STAGE_H_
