#include "viz/show/viewer.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/stats/stats.h"
#include "viz/show/private/viewer_internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double kPeriod = 1.0 / 60;  // [s] of the fastest frames
static const double kSlow = 1.0 / 15;    // [s] beyond which scenes get fewer pixels
enum { SLOW_FRAMES = 5 };                // in a row

// --- facts

static void name_cameras(co_viewer *viewer) {
  const co_drawing *drawing = viewer->pane[viewer->desk.side].drawing;
  int count = co_drawing_cameras(drawing);
  if (count > CO_VIEWER_CAMERAS) count = CO_VIEWER_CAMERAS;
  for (int i = 0; i < count; i++) viewer->camera[i] = co_drawing_camera_name(drawing, i);
  viewer->facts.num_cameras = count;
}

// What hands have asked for counts as done (viewer_wishes.c) until the session has done it: a copy
// from before would take the next key of a quick hand back.
static void take_facts(co_viewer *viewer) {
  const co_snapshot *snapshot = viewer->snapshot;
  co_desk_facts *facts = &viewer->facts;
  facts->num_policies = viewer->num_choices;
  facts->screen_scale = co_window_scale(viewer->window);
  name_cameras(viewer);
  if (snapshot->commands < viewer->awaited) return;
  facts->step = snapshot->step;
  facts->first = snapshot->first;
  facts->last = snapshot->last;
  facts->episode = snapshot->stage[0].episode;
  facts->speed = snapshot->speed;
  for (int i = 0; i < snapshot->num_stages; i++) facts->policy[i] = snapshot->stage[i].choice;
}

static co_sidebar_view sidebar_view(co_viewer *viewer) {
  co_sidebar_view view = {
      .facts = &viewer->facts, .choice = viewer->choice, .camera = viewer->camera};
  for (int i = 0; i < viewer->snapshot->num_stages; i++)
    view.world[i] = co_shared_world_get(viewer->snapshot->stage[i].world);
  for (int i = 0; i < viewer->snapshot->num_stages; i++)
    view.action[i] = viewer->snapshot->stage[i].now.action;
  return view;
}

co_board_view co_viewer_board(co_viewer *viewer) {
  co_board_view view = {.snapshot = viewer->snapshot,
                        .desk = &viewer->desk,
                        .layout = &viewer->layout,
                        .choice = viewer->choice,
                        .filming = co_viewer_filming(viewer, viewer->filming),
                        .renderer = viewer->renderer[0] ? viewer->renderer : NULL,
                        .time = co_clock_wall()};
  for (int i = 0; i < CO_SESSION_STAGES; i++) view.world_name[i] = viewer->def->world_name[i];
  return view;
}

// --- what a frame shows

// A failure is told once; the search for a failure that finds none is not one.
static void tell_errors(co_viewer *viewer) {
  const co_snapshot *snapshot = viewer->snapshot;
  if (snapshot->errors == viewer->errors) return;
  viewer->errors = snapshot->errors;
  co_viewer_say(viewer, snapshot->status != CO_WANTING, snapshot->error);
}

static co_status take_snapshot(co_viewer *viewer) {
  viewer->snapshot = co_playback_latest(viewer->playback);
  if (viewer->snapshot->number == viewer->seen && !viewer->fresh) return CO_OK;
  viewer->seen = viewer->snapshot->number;
  viewer->fresh = true;
  tell_errors(viewer);
  co_quality preset = viewer->desk.full ? CO_QUALITY_FULL : CO_QUALITY_FAST;
  for (int i = 0; i < viewer->snapshot->num_stages; i++)
    CO_TRY(co_pane_take(&viewer->pane[i], &viewer->snapshot->stage[i], preset));
  take_facts(viewer);
  return CO_OK;
}

// Whether a stage is seen, alone, beside the other or as its ghost.
static bool is_seen(const co_viewer *viewer, int stage) {
  return viewer->desk.arrange != CO_ARRANGE_ONE || stage == viewer->desk.side;
}

static void describe_picked(co_viewer *viewer) {
  co_pane *pane = &viewer->pane[viewer->picked_stage];
  viewer->board.picked[0] = '\0';
  if (viewer->picked < 0 || !co_grab_has(pane->drawing, viewer->picked)) return;
  char text[CO_GRAB_TEXT];
  co_grab_describe(pane->drawing, viewer->picked, text);
  snprintf(viewer->board.picked, sizeof viewer->board.picked, "%s", text);
}

// The spring moves with the body, so its force is another one in every frame.
static void hold_grabbed(co_viewer *viewer) {
  if (!viewer->grab) return;
  int stage = viewer->grab_stage, body = co_grab_body(viewer->grab);
  co_command command = {.id = CO_CMD_PUSH, .stage = stage, .value = body};
  co_grab_force(viewer->grab, viewer->pane[stage].drawing, command.force);
  co_viewer_send(viewer, &command);
}

static co_box scene_of(const co_viewer *viewer, int stage) {
  int scene = co_desk_scenes(&viewer->desk) == 2 ? stage : 0;
  return viewer->layout.scene[scene];
}

static bool has_ghost(const co_viewer *viewer) {
  return viewer->desk.arrange == CO_ARRANGE_GHOST && viewer->desk.stages == 2;
}

static co_status update_scenes(co_viewer *viewer) {
  unsigned overlays = co_desk_overlays(&viewer->desk);
  for (int i = 0; i < viewer->desk.stages; i++) {
    co_pane *pane = &viewer->pane[i];
    if (!is_seen(viewer, i)) continue;
    co_camera camera = co_pane_fit(pane, scene_of(viewer, i));
    if (i == 1 && has_ghost(viewer))
      co_drawing_widen(pane->drawing, viewer->pane[0].drawing, &camera);
    CO_TRY(co_drawing_update(pane->drawing, &camera, overlays));
    if (viewer->grab && viewer->grab_stage == i) co_grab_draw(viewer->grab, pane->drawing);
    if (viewer->nudged > 0 && viewer->grab_stage == i)
      co_grab_arrow(pane->drawing, viewer->nudged, viewer->nudge);
    if (viewer->picked > 0 && viewer->picked_stage == i)
      co_grab_mark(pane->drawing, viewer->picked);
  }
  if (has_ghost(viewer))
    co_drawing_add_ghost(viewer->pane[1].drawing, viewer->pane[0].drawing, co_ghost_color);
  return CO_OK;
}

// All of a frame that needs no OpenGL.
static co_status think(co_viewer *viewer) {
  CO_TRY(take_snapshot(viewer));
  co_sidebar_view sidebar = sidebar_view(viewer);
  co_sidebar_update(viewer->sidebar, &sidebar);
  hold_grabbed(viewer);
  CO_TRY(co_viewer_grant(viewer));
  co_paint_begin(&viewer->paint, co_screen_font(viewer->screen));
  co_desk_layout(&viewer->desk, co_window_width(viewer->window), co_window_height(viewer->window),
                 co_paint_row(&viewer->paint), co_sidebar_width(viewer->sidebar), &viewer->layout);
  CO_TRY(update_scenes(viewer));
  describe_picked(viewer);
  CO_TRY(co_board_update(&viewer->board, viewer->snapshot));
  co_board_view view = co_viewer_board(viewer);
  co_board_paint(&viewer->board, &viewer->paint, &view);
  if (viewer->desk.help_scroll > viewer->board.help_most)
    viewer->desk.help_scroll = viewer->board.help_most;
  co_sidebar_paint(viewer->sidebar, &viewer->paint, co_window_width(viewer->window),
                   co_window_height(viewer->window));
  return co_paint_status(&viewer->paint);
}

// --- drawing

// Before anything is laid out: all of it depends on the height of a line.
static co_status rescale(co_viewer *viewer) {
  co_status status;
  if (!co_screen_rescale(viewer->screen, viewer->desk.text, &status)) return CO_OK;
  CO_TRY(status);
  viewer->fresh = true;
  for (int i = 0; i < viewer->desk.stages; i++) viewer->pane[i].undressed = true;
  return co_sidebar_resize(viewer->sidebar, co_window_gl(viewer->window)->software,
                           co_screen_context(viewer->screen));
}

static co_status dress(co_viewer *viewer) {
  for (int i = 0; i < viewer->desk.stages; i++) {
    if (!viewer->pane[i].undressed) continue;
    CO_TRY(co_screen_dress(viewer->screen, i, viewer->pane[i].drawing));
    viewer->pane[i].undressed = false;
  }
  return CO_OK;
}

static co_status draw(co_viewer *viewer) {
  CO_TRY(dress(viewer));
  co_screen_begin(viewer->screen);
  for (int scene = 0; scene < co_desk_scenes(&viewer->desk); scene++) {
    int stage = co_desk_stage(&viewer->desk, scene);
    CO_TRY(co_screen_scene(viewer->screen, stage, viewer->layout.scene[scene],
                           viewer->pane[stage].drawing, viewer->desk.scaled));
  }
  CO_TRY(co_sidebar_draw(viewer->sidebar, viewer->layout.sidebar, co_window_height(viewer->window),
                         co_screen_context(viewer->screen)));
  return co_screen_paint(viewer->screen, &viewer->paint);
}

// --- time

// Fewer pixels come before anything else when frames take too long.
static void adapt(co_viewer *viewer, double seconds) {
  viewer->slow = seconds > kSlow ? viewer->slow + 1 : 0;
  if (viewer->slow < SLOW_FRAMES || viewer->by_hand || viewer->desk.scaled) return;
  viewer->desk.scaled = 1;
  co_viewer_say(viewer, false, "scenes at three quarters of the resolution: frames took too long");
}

static void note_times(co_viewer *viewer, double before, double thought, double now) {
  int at = (int)(viewer->frames % CO_VIEWER_TIMES);
  viewer->logic[at] = (float)(1e3 * (thought - before));
  viewer->between[at] = (float)(1e3 * (now - viewer->shown));
  if (viewer->frames == 0) viewer->begun = now;
  viewer->shown = now;
  viewer->frames++;
  const co_snapshot *snapshot = viewer->snapshot;
  if (!snapshot->running || snapshot->true_speed <= 0) return;
  viewer->ratio_sum += snapshot->true_speed / ldexp(1, snapshot->speed);
  viewer->ratios++;
}

static co_status show_frame(co_viewer *viewer) {
  double before = co_clock_wall();
  CO_TRY(rescale(viewer));
  CO_TRY(think(viewer));
  double thought = co_clock_wall();
  if (!viewer->fresh) return co_viewer_film_on(viewer);
  CO_TRY(draw(viewer));
  CO_TRY(co_window_status(viewer->window));
  viewer->fresh = false;
  CO_TRY(co_viewer_film(viewer));
  CO_TRY(co_viewer_play_script(viewer));
  co_window_swap(viewer->window);
  double now = co_clock_wall();
  adapt(viewer, now - before);
  note_times(viewer, before, thought, now);
  return CO_OK;
}

// Waits for the next frame's time, and works on what comes meanwhile.
static co_status listen(co_viewer *viewer, double until) {
  co_event event;
  for (;;) {
    double left = until - co_clock_wall();
    bool came = co_window_next(viewer->window, left > 0 ? left : 0, &event);
    if (came) {
      co_viewer_handle(viewer, &event);
      CO_TRY(co_viewer_grant(viewer));
    }
    CO_TRY(co_window_status(viewer->window));
    if (viewer->quit || (!came && left <= 0)) return CO_OK;
  }
}

static co_status run(co_viewer *viewer) {
  double start = co_clock_wall(), seconds = viewer->def->seconds;
  while (!viewer->quit) {
    double frame = co_clock_wall();
    CO_TRY(show_frame(viewer));
    if (viewer->def->script && !viewer->quit) viewer->fresh = true;
    co_sidebar_tick(viewer->sidebar, co_clock_wall());
    if (viewer->board.note_until > 0 && co_clock_wall() > viewer->board.note_until) {
      viewer->board.note_until = 0;
      viewer->fresh = true;
    }
    CO_TRY(listen(viewer, frame + kPeriod));
    if (seconds > 0 && co_clock_wall() - start >= seconds) break;
  }
  return CO_OK;
}

// --- opening and closing

static void name_renderer(co_viewer *viewer) {
  const co_gl_info *gl = co_window_gl(viewer->window);
  co_log(CO_LOG_DETAIL, "drawn by %s%s", gl->renderer, gl->software ? " (software)" : "");
  if (gl->software) snprintf(viewer->renderer, sizeof viewer->renderer, "%.100s", gl->renderer);
}

static void set_desk(co_viewer *viewer) {
  co_desk_init(viewer->def->session.num_stages, co_window_gl(viewer->window)->software,
               &viewer->desk);
  viewer->desk.scaled = viewer->def->scaled;
  if (viewer->def->text) viewer->desk.text = viewer->def->text;
  viewer->by_hand = viewer->def->steady || viewer->def->script;
  for (int p = 0; viewer->def->all_open && p < CO_NUM_PANELS; p++) viewer->desk.open[p] = 1;
}

static co_status open_window(co_viewer *viewer) {
  const co_viewer_def *def = viewer->def;
  co_window_def window = {.title = def->title,
                          .width = def->width ? def->width : 1280,
                          .height = def->height ? def->height : 800,
                          .vsync = true};
  CO_TRY(co_window_open(&window, &viewer->window));
  set_desk(viewer);
  CO_TRY(co_screen_create(viewer->window, viewer->desk.text, &viewer->screen));
  name_renderer(viewer);
  return CO_OK;
}

static co_status open_viewer(co_viewer *viewer) {
  const co_viewer_def *def = viewer->def;
  co_session_def session = def->session;
  CO_TRY(co_viewer_list_policies(viewer));
  session.choice = viewer->choice;
  session.most_choices = def->session.num_choices + CO_VIEWER_DROPPED;
  CO_TRY(co_playback_start(&session, &viewer->playback));
  CO_TRY(open_window(viewer));
  co_playback_set_series(viewer->playback, CO_BOARD_SERIES);
  viewer->fresh = true;
  CO_TRY(take_snapshot(viewer));
  for (int i = 0; i < def->session.num_stages; i++) co_drawing_tell_bare(viewer->pane[i].drawing);
  co_sidebar_view view = sidebar_view(viewer);
  CO_TRY(co_sidebar_create(&viewer->desk, &view, &viewer->sidebar));
  CO_TRY(co_sidebar_resize(viewer->sidebar, co_window_gl(viewer->window)->software,
                           co_screen_context(viewer->screen)));
  if (def->running) co_viewer_send(viewer, &(co_command){.id = CO_CMD_TOGGLE});
  return CO_OK;
}

// In reverse; the snapshot's worlds are let go before the session.
static void close_viewer(co_viewer *viewer) {
  co_viewer_film_end(viewer);
  co_grab_end(viewer->grab);
  co_sidebar_free(viewer->sidebar);
  co_board_free(&viewer->board);
  for (int i = 0; i < CO_SESSION_STAGES; i++) co_pane_free(&viewer->pane[i]);
  co_playback_stop(viewer->playback);
  co_viewer_free_policies(viewer);
  co_paint_free(&viewer->paint);
  co_screen_free(viewer->screen);
  co_window_close(viewer->window);
}

static double percentile(const float *value, int count, double share, double *sorted) {
  for (int i = 0; i < count; i++) sorted[i] = (double)value[i];
  co_sort(sorted, count);
  return sorted[(int)(share * (count - 1) + 0.5)];
}

// The first frame, which makes textures, is not counted.
static void sum_up(co_viewer *viewer, co_viewer_stats *out) {
  *out = (co_viewer_stats){.frames = viewer->frames, .gl = *co_window_gl(viewer->window)};
  int count = viewer->frames < CO_VIEWER_TIMES ? (int)viewer->frames : CO_VIEWER_TIMES;
  int first = viewer->frames < CO_VIEWER_TIMES ? 1 : 0;
  if (count <= first + 1) return;
  out->frames_per_s = (double)(viewer->frames - 1) / (viewer->shown - viewer->begun);
  out->p99_ms = percentile(viewer->between + first, count - first, 0.99, viewer->sorted);
  out->logic_ms = percentile(viewer->logic + first, count - first, 0.5, viewer->sorted);
  if (viewer->ratios) out->speed_ratio = viewer->ratio_sum / (double)viewer->ratios;
}

co_status co_viewer_run(const co_viewer_def *def, co_viewer_stats *stats) {
  co_viewer *viewer = co_alloc(1, sizeof *viewer);
  if (!viewer) return CO_MEMORY;
  viewer->def = def;
  viewer->board.known = def->fates;
  viewer->board.num_known = def->fates ? def->session.num_choices : 0;
  viewer->grab_stage = viewer->picked = -1;
  co_status status = open_viewer(viewer);
  if (status == CO_OK) status = run(viewer);
  if (status == CO_OK) {
    co_viewer_stats sums;
    sum_up(viewer, stats ? stats : &sums);
    co_log(CO_LOG_DETAIL, "closed at step %lld of episode %lld, %lld frames",
           (long long)viewer->facts.step, (long long)viewer->facts.episode,
           (long long)viewer->frames);
  }
  close_viewer(viewer);
  free(viewer);
  return status;
}
