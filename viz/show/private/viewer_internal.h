// Parts of the viewer, private to viewer*.c.

#ifndef VIZ_SHOW_PRIVATE_VIEWER_INTERNAL_H_
#define VIZ_SHOW_PRIVATE_VIEWER_INTERNAL_H_

#include "viz/play/playback.h"
#include "viz/show/private/board.h"
#include "viz/show/private/grab.h"
#include "viz/show/private/pane.h"
#include "viz/show/private/screen.h"
#include "viz/show/private/sidebar.h"
#include "viz/show/viewer.h"

enum { CO_VIEWER_CAMERAS = 32, CO_VIEWER_TIMES = 4096 };

typedef struct co_viewer {
  const co_viewer_def *def;
  co_window *window;
  co_screen *screen;
  co_playback *playback;
  const co_snapshot *snapshot;  // the newest
  co_pane pane[CO_SESSION_STAGES];
  co_board board;
  co_paint paint;
  co_desk desk;
  co_layout layout;
  co_sidebar *sidebar;
  co_facts facts;
  const char *camera[CO_VIEWER_CAMERAS];  // names, of the drawing of the side
  co_grab *grab;
  int grab_stage;
  bool pushed;               // the last command was a push
  int picked, picked_stage;  // body that was chosen, -1: none
  bool quit;
  bool fresh;     // what is on the screen is out of date
  bool by_hand;   // the user has chosen the scenes' resolution
  int slow;       // frames in a row that took too long
  uint64_t seen;  // number of the snapshot that is on the screen
  uint64_t errors;
  char renderer[160];  // for people
  // the script
  int line;                 // that is worked on
  int phase;                // of it
  int settle;               // frames until the next line
  double due;               // [s] when it goes on
  uint64_t asked, awaited;  // commands that were sent, and those the next line waits for
  // times of frames
  double begun, shown;                                     // [s]
  float between[CO_VIEWER_TIMES], logic[CO_VIEWER_TIMES];  // [ms] of the last frames
  double sorted[CO_VIEWER_TIMES];                          // scratch
  int64_t frames;
  double ratio_sum;
  int64_t ratios;
} co_viewer;

co_board_view co_viewer_board(co_viewer *viewer);
// Does what keys, mouse and sidebar have asked for.
co_status co_viewer_grant(co_viewer *viewer);
void co_viewer_handle(co_viewer *viewer, const co_event *event);
void co_viewer_say(co_viewer *viewer, bool bad, const char *text);
// A command for the session; a full queue loses it, and says so.
void co_viewer_send(co_viewer *viewer, const co_command *command);
// Goes on with the script where it can.
co_status co_viewer_play_script(co_viewer *viewer);
co_status co_viewer_save(co_viewer *viewer, const char *path);

#endif  // VIZ_SHOW_PRIVATE_VIEWER_INTERNAL_H_
