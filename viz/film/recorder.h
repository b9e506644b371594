// Episodes as pictures: one stage, two side by side, or one as the other's ghost.
//
// Frame i shows the state at i / fps seconds of simulated time, the latest control step that is not
// after it. The end of an episode is held for half a second; then the next one begins, while there
// is time left. Frames depend on the policy, the world, the seed and the renderer, not on clocks.
//
// Thread safety: one recording at a time per thread.

#ifndef VIZ_FILM_RECORDER_H_
#define VIZ_FILM_RECORDER_H_

#include "core/file.h"
#include "viz/draw/canvas.h"
#include "viz/play/stage.h"

#include <signal.h>

typedef struct co_recorder_def {
  int count;              // of stages, 1 or 2
  co_stage_def stage[2];  // history_bytes may be 0
  const char *policy[2];  // names for captions
  const char *world[2];
  bool ghost;         // stage 0 is drawn as a ghost in the scene of stage 1
  int width, height;  // pixels of the picture
  int fps;
  double seconds;      // of simulated time; 0: one episode
  uint32_t episode;    // the first
  int preset;          // co_quality; -1: fast on software renderers, else full
  unsigned overlays;   // CO_OVERLAY_...
  const char *camera;  // NULL or "track": follows the robot; else a camera of the model
  bool captions;
  const char *out;                    // see co_sink_open
  const volatile sig_atomic_t *stop;  // not 0: ends as CO_INTERRUPTED; may be NULL
} co_recorder_def;

co_recorder_def co_recorder_default(void);

typedef struct co_recorded {
  int64_t frames;
  double seconds;  // of simulated time
  int64_t faults;  // episodes that end with non-finite or diverged physics in one of the stages
  co_gl_info gl;
  co_names files;  // for co_names_free
} co_recorded;

// CO_USAGE: size, rate, length or camera make no sense; CO_CONFIG: the policy does not fit; and the
// errors of canvas and sink. On failure no video is left.
co_status co_recorder_run(const co_recorder_def *def, co_recorded *out);

// What a caption says of a stage: "fell", "success", "time is up", "fault", "" while it goes on.
const char *co_recorder_end(const co_instant *now);

#endif  // VIZ_FILM_RECORDER_H_
