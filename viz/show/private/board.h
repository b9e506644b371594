// Everything painted beside the scenes: panels, time line, text in the scenes, messages, help; and
// what the mouse means there. Keeps the drawing side's copy of what happened. No OpenGL.
//
// Thread safety: none.

#ifndef VIZ_SHOW_PRIVATE_BOARD_H_
#define VIZ_SHOW_PRIVATE_BOARD_H_

#include "agents/policy/tensor_fates.h"
#include "viz/draw/head.h"
#include "viz/play/snapshot.h"
#include "viz/show/private/desk.h"
#include "viz/show/private/mapping.h"
#include "viz/show/private/timeline.h"
#include "viz/show/strips.h"

enum { CO_BOARD_SERIES = 400, CO_BOARD_NOTE = 600 };

typedef struct co_board {
  int stages;
  co_track track[CO_SESSION_STAGES];
  co_strips strips;
  co_tensor_fates fates[CO_SESSION_STAGES];
  const co_tensor_fates *known;  // (num_known) of the first policies that can be chosen, borrowed
  int num_known;
  co_mapping mapping;          // of the two worlds; of one, from where its policy was trained
  bool mapped;                 // it is of the present worlds, and of
  const co_policy *mapped_of;  // that policy; NULL: none, or two worlds
  co_shared_world *world[CO_SESSION_STAGES];   // kept: that tracks and strips are of
  co_shared_world *origin;                     // kept: in which the first stage began
  const co_policy *policy[CO_SESSION_STAGES];  // that fates are of
  char note[CO_BOARD_NOTE];                    // a message; gone after a while
  double note_until;                           // [s]
  bool note_bad;
  char picked[CO_BOARD_NOTE];  // what is said of the body that was chosen; "": none
  int picked_scene;
  // lines that panels and help can be scrolled
  int most[CO_NUM_PANELS], help_most;
} co_board;

// What is painted, and what the mouse is asked about.
typedef struct co_board_view {
  const co_snapshot *snapshot;
  const co_desk *desk;
  const co_layout *layout;
  const co_choice *choice;
  const char *world_name[CO_SESSION_STAGES];
  const char *renderer;  // NULL: not worth a word
  const char *filming;   // what is said of a video that is made; NULL: none is
  double time;           // [s] for messages
} co_board_view;

void co_board_free(co_board *board);  // zero-initialise first

// Takes over what has happened. CO_MEMORY.
co_status co_board_update(co_board *board, const co_snapshot *snapshot);
void co_board_say(co_board *board, bool bad, double until, const char *text);
void co_board_paint(co_board *board, co_paint *paint, const co_board_view *view);
// An event over a panel or the time line; true when it meant something there. `row`: height of a
// line of text.
bool co_board_event(co_board *board, co_desk *desk, const co_event *event, int row,
                    const co_board_view *view);

#endif  // VIZ_SHOW_PRIVATE_BOARD_H_
