// Text in the corner of a scene: which policy in which world, what was changed, how far it is.
// Pure.

#ifndef VIZ_DRAW_HEAD_H_
#define VIZ_DRAW_HEAD_H_

#include "envs/env.h"
#include "viz/draw/paint.h"

typedef struct co_head_input {
  int side;                    // 0: source colour, 1: target colour
  bool chosen;                 // gets policies, shifts and pushes
  const char *policy, *world;  // names
  const char *before;          // which policy it took over from within the episode, NULL: none
  double since;                // [s] when that was
  double ret_before;           // and the sum of rewards up to there
  const co_shift_info *shift;  // (num_shifts) of the world
  int num_shifts;
  int64_t step;
  double time;           // [s]
  double ret;            // sum of rewards so far
  const char *end;       // why the episode is over, "": it is not
  co_ink end_ink;        // its colour
  const char *renderer;  // NULL, or which software draws
} co_head_input;

// A surface as large as its text in the upper left corner of the scene.
void co_head_paint(co_paint *paint, co_box scene, const co_head_input *input);

// "body.mass torso x 1.5", "floor.friction = 0.3", "joint.damping *: + uniform 0 0.2".
void co_shift_text(const co_shift_info *shift, char *out, int size);

#endif  // VIZ_DRAW_HEAD_H_
