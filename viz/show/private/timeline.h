// The time line: what is kept of the episode, which step is shown, where the sides part, pushes,
// and how each side ends. Pure.

#ifndef VIZ_SHOW_PRIVATE_TIMELINE_H_
#define VIZ_SHOW_PRIVATE_TIMELINE_H_

#include "viz/play/track.h"
#include "viz/show/axis.h"

typedef struct co_timeline_input {
  const co_track *track[2];  // track[1] NULL with one stage
  double control_dt;         // [s] of the first stage
  int horizon;               // control steps of an episode; 0: none
  int64_t step, parting;     // parting -1: none
  uint32_t episode;
  bool running;
  int speed;            // exponent of two, as co_session_speed
  const char *filming;  // what is said of a video that is made, NULL: none is
  double true_speed;    // simulated / wall; shown while it runs
} co_timeline_input;

void co_timeline_paint(co_paint *paint, co_box box, const co_timeline_input *input);

typedef struct co_timeline_hit {
  bool toggle;   // on the button
  int64_t step;  // under the mouse, -1: none; on the mark of the parting that step exactly
} co_timeline_hit;

// While the mouse is dragged from the line, `dragged`: a step is found wherever the mouse is.
co_timeline_hit co_timeline_find(co_box box, int row, const co_timeline_input *input, int x, int y,
                                 bool dragged);

// "fell", "time limit", "success", "fault", "" while an episode goes on; by the last step's marks.
const char *co_track_end(const co_track *track);
// Its colour: a fall or a fault is wrong, a success is good, a time limit is neither.
co_ink co_track_end_ink(const co_track *track);
// "1x", "1/8x", "as fast as possible".
const char *co_speed_text(int speed, char out[32]);

#endif  // VIZ_SHOW_PRIVATE_TIMELINE_H_
