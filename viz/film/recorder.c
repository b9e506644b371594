#include "viz/film/recorder.h"

#include "viz/film/private/reel.h"
#include "viz/film/private/sink.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct recorder {
  const co_recorder_def *def;
  co_canvas *canvas;
  co_reel reel;
  co_drawing *drawing[2];
  co_camera camera[2];
  co_sink *sink;
} recorder;

co_recorder_def co_recorder_default(void) {
  return (co_recorder_def){
      .count = 1, .width = 640, .height = 480, .fps = 50, .preset = -1, .captions = true};
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
    const co_built_world *world = co_stage_world(rec->reel.pair.stage[i]);
    CO_TRY(co_drawing_create(world, preset, &rec->drawing[i]));
    CO_TRY(find_camera(rec->drawing[i], def->camera, &rec->camera[i]));
  }
  for (int i = 0; i < def->count; i++) co_drawing_tell_bare(rec->drawing[i]);
  // a ghost's scene is not shown itself
  return co_canvas_divide(rec->canvas, rec->drawing + (def->ghost ? 1 : 0),
                          def->ghost ? 1 : def->count);
}

// The place to write to comes last: what cannot be drawn leaves no empty folder.
static co_status open_all(recorder *rec) {
  const co_recorder_def *def = rec->def;
  CO_TRY(co_canvas_create(def->width, def->height, &rec->canvas));
  CO_TRY(co_reel_open(def->stage, def->count, def->episode, def->fps, def->seconds, &rec->reel));
  CO_TRY(open_drawings(rec));
  return co_sink_open(def->out, def->width, def->height, def->fps, &rec->sink);
}

static void close_all(recorder *rec) {
  co_sink_abandon(rec->sink);
  for (int i = 0; i < rec->def->count; i++) co_drawing_free(rec->drawing[i]);
  co_reel_close(&rec->reel);
  co_canvas_free(rec->canvas);
}

// --- frames

const char *co_recorder_end(const co_instant *now) {
  if (now->fault) return "fault";
  if (now->success) return "success";
  if (now->terminated) return "fell";
  return now->truncated ? "time is up" : "";
}

// Who acts in which world; of a recording nobody is known.
static void name(const recorder *rec, int index, const char *head, co_ink ink, co_caption *text) {
  const char *policy = rec->def->policy[index], *world = rec->def->world[index];
  co_caption_add(text, ink, "%s%s%s%s", head, policy ? policy : "", policy && world ? " in " : "",
                 world ? world : "");
}

static void describe(const recorder *rec, int index, co_caption *text) {
  const co_stage *stage = rec->reel.pair.stage[index];
  const co_instant *now = co_stage_now(stage);
  const char *end = co_recorder_end(now);
  bool two = rec->def->count == 2;
  if (rec->def->ghost) name(rec, 0, "ghost: ", CO_INK_SOURCE, text);
  name(rec, index, "", two ? (index ? CO_INK_TARGET : CO_INK_SOURCE) : CO_INK_TEXT, text);
  co_caption_add(text, CO_INK_TEXT, "%.2f s  step %lld  return %.1f%s%s",
                 (double)now->step * co_stage_world(stage)->binding.dt, (long long)now->step,
                 now->ret, *end ? "  " : "", end);
}

static co_status draw_pane(recorder *rec, int pane, int index) {
  co_caption text = {0};
  if (rec->def->captions) describe(rec, index, &text);
  return co_canvas_draw(rec->canvas, pane, &text);
}

// With an episode the camera begins anew.
static co_status draw(recorder *rec, bool begins) {
  const co_recorder_def *def = rec->def;
  double seconds = 1.0 / def->fps;
  for (int i = 0; i < def->count; i++) {
    CO_TRY(co_drawing_load(rec->drawing[i], co_stage_now(rec->reel.pair.stage[i])->row));
    if (begins) co_drawing_follow(rec->drawing[i], INFINITY, &rec->camera[i]);
    co_drawing_follow(rec->drawing[i], seconds, &rec->camera[i]);
    co_camera camera = rec->camera[i];
    if (def->ghost && i == 1) co_drawing_widen(rec->drawing[1], rec->drawing[0], &camera);
    CO_TRY(co_drawing_update(rec->drawing[i], &camera, def->overlays));
  }
  if (def->ghost) {
    co_drawing_add_ghost(rec->drawing[1], rec->drawing[0], co_ghost_color);
    return draw_pane(rec, 0, 1);
  }
  for (int i = 0; i < def->count; i++) CO_TRY(draw_pane(rec, i, i));
  return CO_OK;
}

// --- all of them

static co_status record_all(recorder *rec) {
  bool begins = false;
  while (!co_reel_done(&rec->reel)) {
    CO_TRY(co_reel_next(&rec->reel, rec->def->stop, &begins));
    CO_TRY(draw(rec, begins));
    CO_TRY(co_sink_add(rec->sink, co_canvas_image(rec->canvas)));
  }
  return CO_OK;
}

static co_status finish(recorder *rec, co_recorded *out) {
  co_sink *sink = rec->sink;
  rec->sink = NULL;
  *out = (co_recorded){.frames = rec->reel.frames,
                       .seconds = (double)rec->reel.frames / rec->def->fps,
                       .faults = rec->reel.faults,
                       .gl = *co_canvas_gl(rec->canvas)};
  return co_sink_close(sink, &out->files);
}

co_status co_recorder_run(const co_recorder_def *def, co_recorded *out) {
  recorder rec = {.def = def};
  assert(def->count == 1 || def->count == 2);
  assert(!def->ghost || def->count == 2);
  CO_TRY(co_reel_check(def->fps, def->seconds));
  co_status status = open_all(&rec);
  if (status == CO_OK) status = record_all(&rec);
  if (status == CO_OK) status = finish(&rec, out);
  close_all(&rec);
  return status;
}
