// The viewer: a window on a session. One loop takes the newest copy of what is played, draws it,
// and turns keys and the mouse into commands; the session runs on a thread of its own, and neither
// waits for the other.
//
// Thread safety: one viewer per process, on one thread.

#ifndef VIZ_SHOW_VIEWER_H_
#define VIZ_SHOW_VIEWER_H_

#include "agents/policy/tensor_fates.h"
#include "viz/draw/gl.h"
#include "viz/play/script.h"
#include "viz/play/session.h"

typedef struct co_viewer_def {
  co_session_def session;
  const co_tensor_fates *fates;  // (session.num_choices) of a study's policies, borrowed, or NULL
  const char *world_name[CO_SESSION_STAGES];
  const char *title;
  int width, height;        // [points] of the window; 0: 1280 x 800
  int text;                 // [%] size of text against what the screen asks for; 0: 100
  bool running;             // from the start; else paused
  bool all_open;            // all panels, to begin with
  bool scaled;              // scenes at three quarters of the resolution
  bool steady;              // and they stay as they are
  double seconds;           // [s] after which it closes; 0: when it is closed
  const co_script *script;  // NULL: none
  const char *folder;       // where pictures and videos go
} co_viewer_def;

// How it went, for benches.
typedef struct co_viewer_stats {
  int64_t frames;
  double frames_per_s;
  double p99_ms;       // of the time from one frame to the next
  double logic_ms;     // median of what a frame costs without OpenGL
  double speed_ratio;  // simulated time over wall time while it ran, over the speed asked for
  co_gl_info gl;
} co_viewer_stats;

// Runs until the window is closed. CO_INTERNAL: there is no window to be had; CO_IO: the display
// was lost; errors of the session. `stats` may be NULL.
co_status co_viewer_run(const co_viewer_def *def, co_viewer_stats *stats);

#endif  // VIZ_SHOW_VIEWER_H_
