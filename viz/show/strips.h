// Strips over time: return, reward terms, actions with their limits, observations by term; source
// and target laid over one another, element by element.
//
// What rows there are is built once for a pair of worlds; painting and finding out what lies under
// the mouse are pure.

#ifndef VIZ_SHOW_STRIPS_H_
#define VIZ_SHOW_STRIPS_H_

#include "envs/env.h"
#include "viz/play/track.h"
#include "viz/show/axis.h"

enum { CO_STRIP_GROUPS = 64 };  // that can be opened; further terms stay closed

typedef enum co_strip_kind {
  CO_STRIP_HEADING,  // a line of text
  CO_STRIP_SERIES,   // one number
  CO_STRIP_ACTION,   // one number within limits
  CO_STRIP_GROUP,    // several numbers: their least, mean and greatest
} co_strip_kind;

typedef struct co_strip {
  co_strip_kind kind;
  char name[CO_NAME], unit[16];
  int column[2];           // of the stages' tracks, the first of a group; -1: the stage has none
  int count[2];            // columns
  double low[2], high[2];  // limits of an action
  int group;  // the group that shows (a group: has) this row when it is open; -1: always shown
} co_strip;

typedef struct co_strips {
  int num_rows, capacity;
  co_strip *row;         // (num_rows) owned
  double control_dt[2];  // [s] of each stage
  int num_sides;
} co_strips;

// `target` is NULL with one stage. b_of_a: element of the target for each of the source, -1: none;
// NULL: by name. The tracks must have been created with the worlds' dimensions. CO_MEMORY.
co_status co_strips_build(const co_env_info *source, const co_env_info *target,
                          const int *obs_b_of_a, const int *action_b_of_a, co_strips *out);
void co_strips_free(co_strips *strips);

// What the user has chosen.
typedef struct co_strips_view {
  int scroll;     // rows above the first one shown
  uint64_t open;  // groups, by bit
  int64_t span;   // steps from left to right; 0: 250
} co_strips_view;

typedef struct co_strips_input {
  const co_strips *strips;
  const co_track *track[2];  // track[1] NULL with one stage
  const char *name[2];       // of the stages, for the legend
  int64_t step;              // that is shown
  int64_t parting;           // -1: none
  co_strips_view view;
} co_strips_input;

void co_strips_paint(co_paint *paint, co_box box, const co_strips_input *input);

typedef struct co_strips_hit {
  int64_t step;  // under the mouse, -1: none
  int group;     // whose heading is under the mouse, -1: none
} co_strips_hit;

// `row`: height of a line of text (co_paint_row).
co_strips_hit co_strips_find(co_box box, int row, const co_strips_input *input, int x, int y);
// Largest useful scroll, and the same view held within it.
co_strips_view co_strips_hold(co_box box, int row, const co_strips_input *input);

#endif  // VIZ_SHOW_STRIPS_H_
