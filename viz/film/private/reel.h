// The clock of a film: which instants each of its frames shows.
//
// Frame i shows the state at i / fps seconds of simulated time, the latest control step that is not
// after it. The end of an episode is held for half a second; then the next one begins, while there
// is time left.
//
// Not thread-safe.

#ifndef VIZ_FILM_PRIVATE_REEL_H_
#define VIZ_FILM_PRIVATE_REEL_H_

#include "viz/play/pair.h"

#include <signal.h>

enum { CO_REEL_FRAMES = 1000000 };  // most of one film

extern const double co_reel_hold;  // [s] the end of an episode

typedef struct co_reel {
  co_pair pair;    // shows the frame that was reached
  int fps;         // 1 to 1000
  double seconds;  // of simulated time; 0: one episode
  double dt;       // [s] of a control step of the first stage
  int64_t frames;  // so far
  int64_t begin;   // frame at which the episode began
  int64_t held;    // frames that have shown its end
  int64_t faults;  // episodes that ended in one
  uint32_t episode;
} co_reel;

// CO_USAGE when rate and length make no sense.
co_status co_reel_check(int fps, double seconds);
// Opens before the first frame of an episode. Errors of co_pair_create and co_pair_reset.
co_status co_reel_open(const co_stage_def *stage, int count, uint32_t episode, int fps,
                       double seconds, co_reel *out);
void co_reel_close(co_reel *reel);

// There is no further frame. A recording has no next episode.
bool co_reel_done(const co_reel *reel);
// Goes to the next frame; *begins: it is the first of an episode. CO_INTERRUPTED where `stop` (may
// be NULL) is not 0; errors of the stages.
co_status co_reel_next(co_reel *reel, const volatile sig_atomic_t *stop, bool *begins);

// The same of a stage that keeps its whole episode: plays it to its end, *seconds of simulated
// time,
co_status co_reel_play(co_stage *stage, double *seconds);
// and the latest instant that is not after a time, the end once the episode is over.
const co_instant *co_reel_at(const co_stage *stage, double seconds);

#endif  // VIZ_FILM_PRIVATE_REEL_H_
