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
  const co_instant *now = co_stage_now(rec->reel.pair.stage[index]);
  const char *end = co_recorder_end(now);
  double dt = co_stage_world(rec->reel.pair.stage[index])->binding.dt;
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

// With an episode the camera begins anew.
static co_status draw(recorder *rec, bool begins) {
  const co_recorder_def *def = rec->def;
  double seconds = 1.0 / def->fps;
  for (int i = 0; i < def->count; i++) {
    CO_TRY(co_drawing_load(rec->drawing[i], co_stage_now(rec->reel.pair.stage[i])->row));
    if (begins) co_drawing_follow(rec->drawing[i], INFINITY, &rec->camera[i]);
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
