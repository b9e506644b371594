// Parts of the viewer, private to viewer*.c.

#ifndef VIZ_SHOW_PRIVATE_VIEWER_INTERNAL_H_
#define VIZ_SHOW_PRIVATE_VIEWER_INTERNAL_H_

#include "viz/film/take.h"
#include "viz/play/playback.h"
#include "viz/show/private/board.h"
#include "viz/show/private/grab.h"
#include "viz/show/private/pane.h"
#include "viz/show/private/screen.h"
#include "viz/show/private/sidebar.h"
#include "viz/show/viewer.h"

enum {
  CO_VIEWER_CAMERAS = 32,
  CO_VIEWER_TIMES = 4096,
  CO_VIEWER_DROPPED = 64,  // policies, at most
};

typedef struct co_viewer {
  const co_viewer_def *def;
  co_window *window;
  co_screen *screen;
  co_playback *playback;
  const co_snapshot *snapshot;  // the newest
  co_choice *choice;            // (num_choices) those of the def, then what was dropped; owned
  int num_choices;
  co_take *take;     // of the window, NULL: none
  char filming[32];  // what is said of it
  co_pane pane[CO_SESSION_STAGES];
  co_board board;
  co_paint paint;
  co_desk desk;
  co_layout layout;
  co_sidebar *sidebar;
  co_desk_facts facts;
  const char *camera[CO_VIEWER_CAMERAS];  // names, of the drawing of the side
  co_grab *grab;
  int grab_stage;            // that is pulled or pushed, -1: none
  int nudged;                // body that a key pushes, 0: none
  double nudge[3];           // [N] with which
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
// Recording (viewer_take.c): begins or ends one.
co_status co_viewer_record(co_viewer *viewer);
// What is drawn belongs to it, and stays in it until something else is drawn. CO_MEMORY.
co_status co_viewer_film(co_viewer *viewer);
co_status co_viewer_film_on(co_viewer *viewer);
const char *co_viewer_filming(const co_viewer *viewer, char out[32]);  // NULL: no
void co_viewer_film_end(co_viewer *viewer);

// Dropped policies (viewer_drop.c): the list begins with those of the def. CO_MEMORY.
co_status co_viewer_list_policies(co_viewer *viewer);
void co_viewer_free_policies(co_viewer *viewer);  // behind the session
// Opens a file as the side's policy; CO_CONFIG when it does not fit, errors of co_policy_load.
co_status co_viewer_drop(co_viewer *viewer, const char *path);
// Where it was dropped says which side; what fails is told in the window.
void co_viewer_on_drop(co_viewer *viewer, const co_event *event, const char *path);

// Goes on with the script where it can.
co_status co_viewer_play_script(co_viewer *viewer);
co_status co_viewer_save(co_viewer *viewer, const char *path);

#endif  // VIZ_SHOW_PRIVATE_VIEWER_INTERNAL_H_
