#include "viz/film/recorder.h"

#include "viz/film/private/sink.h"
#include "viz/play/pair.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FPS = 1000 };
static const double kHold = 0.5;           // [s] the end of an episode
static const double kMaxSeconds = 100000;  // [s]

typedef struct recorder {
  const co_recorder_def *def;
  co_canvas *canvas;
  co_pair pair;
  co_drawing *drawing[2];
  co_camera camera[2];
  co_sink *sink;
  double dt;       // [s] of a control step of the first stage
  int64_t frames;  // so far
  int64_t begin;   // frame at which the episode began
  int64_t held;    // frames that have shown its end
  int64_t faults;  // episodes that ended in one
  uint32_t episode;
} recorder;

co_recorder_def co_recorder_default(void) {
  return (co_recorder_def){
      .count = 1, .width = 640, .height = 480, .fps = 50, .preset = -1, .captions = true};
}

static co_status check(const co_recorder_def *def) {
  assert(def->count == 1 || def->count == 2);
  assert(!def->ghost || def->count == 2);
  if (def->fps < 1 || def->fps > MAX_FPS)
    return co_fail(CO_USAGE, "%d frames per second: must be 1 to %d", def->fps, MAX_FPS);
  if (!(def->seconds >= 0 && def->seconds <= kMaxSeconds))
    return co_fail(CO_USAGE, "%g seconds: must be 0 to %g", def->seconds, kMaxSeconds);
  if (def->seconds * def->fps > CO_SINK_FRAMES)
    return co_fail(CO_USAGE, "%g seconds at %d frames per second: more than %d frames",
                   def->seconds, def->fps, CO_SINK_FRAMES);
  return CO_OK;
}

// --- opening

static co_status find_camera(const co_drawing *drawing, const char *name, co_camera *camera) {
  co_drawing_default_camera(drawing, camera);
  if (!name || strcmp(name, "track") == 0) return CO_OK;
  co_buf known = {0};
  for (int i = 0; i < co_drawing_cameras(drawing); i++) {
    const char *own = co_drawing_camera_name(drawing, i);
    if (strcmp(own, name) == 0) {
      camera->mode = CO_CAMERA_FIXED;
      camera->fixed = i;
    }
    if (strcmp(own, "track") != 0) co_buf_printf(&known, ", %s", own);
  }
  co_status status = CO_OK;
  if (camera->mode != CO_CAMERA_FIXED)
    status = co_fail(CO_USAGE, "no camera \"%s\"; there are: track%s", name,
                     known.data ? known.data : "");
  co_buf_free(&known);
  return status;
}

static co_status open_drawings(recorder *rec) {
  const co_recorder_def *def = rec->def;
  co_quality preset = (co_quality)def->preset;
  if (def->preset < 0)
    preset = co_canvas_gl(rec->canvas)->software ? CO_QUALITY_FAST : CO_QUALITY_FULL;
  for (int i = 0; i < def->count; i++) {
    const co_built_world *world = co_stage_world(rec->pair.stage[i]);
    CO_TRY(co_drawing_create(world, preset, &rec->drawing[i]));
    CO_TRY(find_camera(rec->drawing[i], def->camera, &rec->camera[i]));
  }
  rec->dt = co_stage_world(rec->pair.stage[0])->binding.dt;
  // a ghost's scene is not shown itself
  return co_canvas_divide(rec->canvas, rec->drawing + (def->ghost ? 1 : 0),
                          def->ghost ? 1 : def->count);
}

static co_status start_episode(recorder *rec, uint32_t episode) {
  CO_TRY(co_pair_reset(&rec->pair, episode));
  rec->episode = episode;
  rec->begin = rec->frames;
  rec->held = 0;
  for (int i = 0; i < rec->def->count; i++) {
    CO_TRY(co_drawing_load(rec->drawing[i], co_stage_now(rec->pair.stage[i])->row));
    co_drawing_follow(rec->drawing[i], INFINITY, &rec->camera[i]);
  }
  return CO_OK;
}

// The place to write to comes last: what cannot be drawn leaves no empty folder.
static co_status open_all(recorder *rec) {
  const co_recorder_def *def = rec->def;
  const double threshold = 1e-3;  // nobody looks at where they part
  CO_TRY(co_canvas_create(def->width, def->height, &rec->canvas));
  CO_TRY(co_pair_create(def->stage, def->count, threshold, &rec->pair));
  CO_TRY(open_drawings(rec));
  CO_TRY(start_episode(rec, def->episode));
  return co_sink_open(def->out, def->width, def->height, def->fps, &rec->sink);
}

static void close_all(recorder *rec) {
  co_sink_abandon(rec->sink);
  for (int i = 0; i < rec->def->count; i++) co_drawing_free(rec->drawing[i]);
  if (rec->pair.count) co_pair_free(&rec->pair);
  co_canvas_free(rec->canvas);
}

// --- frames

const char *co_recorder_end(const co_instant *now) {
  if (now->fault) return "fault";
  if (now->success) return "success";
  if (now->terminated) return "fell";
  return now->truncated ? "time is up" : "";
}

typedef struct caption {
  co_buf left, right;
} caption;

static void add_line(caption *text, const char *name, const char *value) {
  co_buf_printf(&text->left, "%s%s", text->left.size ? "\n" : "", name);
  co_buf_printf(&text->right, "%s%s", text->right.size ? "\n" : "", value);
}

// In a narrow pane long names would hide the robot.
static void add_name(caption *text, const char *name, const char *value, int width) {
  char cut[128];
  int most = width / 12;
  if (!value || !*value || most < 8) return;
  if ((int)strlen(value) > most)
    snprintf(cut, sizeof cut, "%.*s...", most > 100 ? 100 : most - 3, value);
  else
    snprintf(cut, sizeof cut, "%s", value);
  add_line(text, name, cut);
}

static void describe(const recorder *rec, int index, int width, caption *text) {
  const co_instant *now = co_stage_now(rec->pair.stage[index]);
  const char *end = co_recorder_end(now);
  double dt = co_stage_world(rec->pair.stage[index])->binding.dt;
  char value[96];
  if (rec->def->ghost) {
    add_name(text, "ghost", rec->def->policy[0], width);
    add_name(text, "in", rec->def->world[0], width);
  }
  add_name(text, "policy", rec->def->policy[index], width);
  add_name(text, "world", rec->def->world[index], width);
  snprintf(value, sizeof value, "%lld, %.2f s%s%s", (long long)now->step, (double)now->step * dt,
           *end ? ", " : "", end);
  add_line(text, "step", value);
  snprintf(value, sizeof value, "%.1f", now->ret);
  add_line(text, "return", value);
}

// Text needs room: on thumbnails there is none.
static co_status draw_pane(recorder *rec, int pane, int index) {
  const int least = 200;  // [pixels]
  caption text = {0};
  int width = co_canvas_pane_width(rec->canvas, pane);
  bool captions = rec->def->captions && width >= least && rec->def->height >= least / 2;
  if (captions) describe(rec, index, width, &text);
  co_status status = captions ? co_buf_status(&text.left) : CO_OK;
  if (status == CO_OK) status = co_buf_status(&text.right);
  if (status == CO_OK)
    status = co_canvas_draw(rec->canvas, pane, captions ? text.left.data : NULL, text.right.data);
  co_buf_free(&text.left);
  co_buf_free(&text.right);
  return status;
}

static co_status draw(recorder *rec) {
  const co_recorder_def *def = rec->def;
  double seconds = 1.0 / def->fps;
  for (int i = 0; i < def->count; i++) {
    CO_TRY(co_drawing_load(rec->drawing[i], co_stage_now(rec->pair.stage[i])->row));
    co_drawing_follow(rec->drawing[i], seconds, &rec->camera[i]);
    CO_TRY(co_drawing_update(rec->drawing[i], &rec->camera[i], def->overlays));
  }
  if (def->ghost) {
    co_drawing_add_ghost(rec->drawing[1], rec->drawing[0], co_ghost_color);
    return draw_pane(rec, 0, 1);
  }
  for (int i = 0; i < def->count; i++) CO_TRY(draw_pane(rec, i, i));
  return CO_OK;
}

// --- time

static co_status step_to(recorder *rec, double seconds) {
  int64_t target = (int64_t)floor(seconds / rec->dt + 1e-6);
  while (co_pair_now(&rec->pair) < target && !co_pair_over(&rec->pair))
    CO_TRY(co_pair_step(&rec->pair));
  return CO_OK;
}

static bool at_fault(const co_pair *pair) {
  for (int i = 0; i < pair->count; i++)
    if (co_stage_now(pair->stage[i])->fault) return true;
  return false;
}

static co_status record_frame(recorder *rec) {
  CO_TRY(step_to(rec, (double)(rec->frames - rec->begin) / rec->def->fps));
  CO_TRY(draw(rec));
  CO_TRY(co_sink_add(rec->sink, co_canvas_image(rec->canvas)));
  rec->frames++;
  if (co_pair_over(&rec->pair) && rec->held++ == 0) rec->faults += at_fault(&rec->pair);
  return CO_OK;
}

// A recording has no next episode.
static bool is_done(const recorder *rec, int64_t most) {
  bool ended = (double)rec->held >= kHold * rec->def->fps;
  bool alone = rec->def->seconds == 0 || co_stage_recorded(rec->pair.stage[0]);
  return (most && rec->frames >= most) || (ended && alone);
}

static co_status record_all(recorder *rec) {
  const co_recorder_def *def = rec->def;
  int64_t most = 0;  // no limit
  if (def->seconds > 0) most = (int64_t)fmax(1, ceil(def->seconds * def->fps - 1e-9));
  while (!is_done(rec, most)) {
    if (def->stop && *def->stop)
      return co_fail(CO_INTERRUPTED, "interrupted after %lld frames", (long long)rec->frames);
    if ((double)rec->held >= kHold * def->fps) CO_TRY(start_episode(rec, rec->episode + 1));
    CO_TRY(record_frame(rec));
  }
  return CO_OK;
}

static co_status finish(recorder *rec, co_recorded *out) {
  co_sink *sink = rec->sink;
  rec->sink = NULL;
  *out = (co_recorded){.frames = rec->frames,
                       .seconds = (double)rec->frames / rec->def->fps,
                       .faults = rec->faults,
                       .gl = *co_canvas_gl(rec->canvas)};
  return co_sink_close(sink, &out->files);
}

co_status co_recorder_run(const co_recorder_def *def, co_recorded *out) {
  recorder rec = {.def = def};
  CO_TRY(check(def));
  co_status status = open_all(&rec);
  if (status == CO_OK) status = record_all(&rec);
  if (status == CO_OK) status = finish(&rec, out);
  close_all(&rec);
  return status;
}
