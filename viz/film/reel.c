#include "viz/film/private/reel.h"

#include <math.h>

enum { MAX_FPS = 1000 };
const double co_reel_hold = 0.5;
static const double kMaxSeconds = 100000;  // [s]

co_status co_reel_check(int fps, double seconds) {
  if (fps < 1 || fps > MAX_FPS)
    return co_fail(CO_USAGE, "%d frames per second: must be 1 to %d", fps, MAX_FPS);
  if (!(seconds >= 0 && seconds <= kMaxSeconds))
    return co_fail(CO_USAGE, "%g seconds: must be 0 to %g", seconds, kMaxSeconds);
  if (seconds * fps > CO_REEL_FRAMES)
    return co_fail(CO_USAGE, "%g seconds at %d frames per second: more than %d frames", seconds,
                   fps, CO_REEL_FRAMES);
  return CO_OK;
}

static co_status start_episode(co_reel *reel, uint32_t episode) {
  CO_TRY(co_pair_reset(&reel->pair, episode));
  reel->episode = episode;
  reel->begin = reel->frames;
  reel->held = 0;
  return CO_OK;
}

co_status co_reel_open(const co_stage_def *stage, int count, uint32_t episode, int fps,
                       double seconds, co_reel *out) {
  const double threshold = 1e-3;  // nobody looks at where they part
  *out = (co_reel){.fps = fps, .seconds = seconds};
  CO_TRY(co_pair_create(stage, count, threshold, &out->pair));
  out->dt = co_stage_world(out->pair.stage[0])->binding.dt;
  co_status status = start_episode(out, episode);
  if (status != CO_OK) co_reel_close(out);
  return status;
}

void co_reel_close(co_reel *reel) {
  if (reel->pair.count) co_pair_free(&reel->pair);
  *reel = (co_reel){0};
}

// The end of the episode was shown for long enough.
static bool was_held(const co_reel *reel) {
  return (double)reel->held >= co_reel_hold * reel->fps;
}

bool co_reel_done(const co_reel *reel) {
  bool limited = reel->seconds > 0;
  int64_t most = (int64_t)fmax(1, ceil(reel->seconds * reel->fps - 1e-9));
  bool alone = !limited || co_stage_recorded(reel->pair.stage[0]);
  return (limited && reel->frames >= most) || (was_held(reel) && alone);
}

static co_status step_to(co_reel *reel, double seconds) {
  int64_t target = (int64_t)floor(seconds / reel->dt + 1e-6);
  while (co_pair_now(&reel->pair) < target && !co_pair_over(&reel->pair))
    CO_TRY(co_pair_step(&reel->pair));
  return CO_OK;
}

static bool at_fault(const co_pair *pair) {
  for (int i = 0; i < pair->count; i++)
    if (co_stage_now(pair->stage[i])->fault) return true;
  return false;
}

co_status co_reel_next(co_reel *reel, const volatile sig_atomic_t *stop, bool *begins) {
  if (stop && *stop)
    return co_fail(CO_INTERRUPTED, "interrupted after %lld frames", (long long)reel->frames);
  if (was_held(reel)) CO_TRY(start_episode(reel, reel->episode + 1));
  *begins = reel->frames == reel->begin;
  CO_TRY(step_to(reel, (double)(reel->frames - reel->begin) / reel->fps));
  reel->frames++;
  if (co_pair_over(&reel->pair) && reel->held++ == 0) reel->faults += at_fault(&reel->pair);
  return CO_OK;
}

// ---- stages that keep all

static double dt_of(const co_stage *stage) {
  return co_stage_world(stage)->binding.dt;
}

co_status co_reel_play(co_stage *stage, double *seconds) {
  while (!co_stage_over(stage)) CO_TRY(co_stage_step(stage));
  *seconds = (double)co_stage_last(stage) * dt_of(stage);
  return CO_OK;
}

const co_instant *co_reel_at(const co_stage *stage, double seconds) {
  int64_t step = (int64_t)floor(seconds / dt_of(stage) + 1e-6);
  if (step > co_stage_last(stage)) step = co_stage_last(stage);
  if (step < co_stage_first(stage)) step = co_stage_first(stage);
  return co_stage_at(stage, step);
}
