#include "core/clock.h"
#include "viz/show/private/viewer_internal.h"

#include <math.h>

// --- events as the window would have them

static co_event event_at(const co_viewer *viewer, co_event_kind kind, double x, double y) {
  return (co_event){.kind = kind,
                    .button = CO_BUTTON_LEFT,
                    .x = x * co_window_width(viewer->window),
                    .y = y * co_window_height(viewer->window),
                    .time = co_clock_wall()};
}

static void handle(co_viewer *viewer, co_event event, int mods) {
  event.control = mods & CO_MOD_CTRL;
  event.shift = mods & CO_MOD_SHIFT;
  co_viewer_handle(viewer, &event);
}

static void click(co_viewer *viewer, const co_script_line *line, bool twice) {
  const double *at = line->number;
  co_event press = event_at(viewer, CO_EVENT_PRESS, at[0], at[1]);
  press.twice = twice;
  handle(viewer, press, line->mods);
  handle(viewer, event_at(viewer, CO_EVENT_RELEASE, at[0], at[1]), line->mods);
}

// One piece of the way in every frame, so that what is dragged can follow.
static bool drag(co_viewer *viewer, const co_script_line *line) {
  enum { PIECES = 8 };
  const double *at = line->number;
  if (viewer->phase == 0)
    handle(viewer, event_at(viewer, CO_EVENT_PRESS, at[0], at[1]), line->mods);
  double share = fmin(1, (double)(viewer->phase + 1) / PIECES);
  double x = at[0] + (at[2] - at[0]) * share, y = at[1] + (at[3] - at[1]) * share;
  co_event move = event_at(viewer, CO_EVENT_MOVE, x, y);
  move.dx = (at[2] - at[0]) / PIECES * co_window_width(viewer->window);
  move.dy = (at[3] - at[1]) / PIECES * co_window_height(viewer->window);
  handle(viewer, move, line->mods);
  if (++viewer->phase < PIECES) return false;
  handle(viewer, event_at(viewer, CO_EVENT_RELEASE, at[2], at[3]), line->mods);
  return true;
}

// --- lines

static co_status shift(co_viewer *viewer, const co_script_line *line) {
  co_parameter_id parameter = co_parameter_find(line->text[0]);
  if (parameter == CO_NUM_PARAMETERS)
    return co_fail(CO_CONFIG, "shift: unknown parameter \"%s\"", line->text[0]);
  return co_sidebar_shift(viewer->sidebar, parameter, line->text[1], line->number[0]);
}

// A step that was not reached yet is played to.
static bool seek(co_viewer *viewer, int64_t step) {
  const co_snapshot *snapshot = viewer->snapshot;
  if (viewer->phase == 0 && snapshot->running)
    co_viewer_send(viewer, &(co_command){.id = CO_CMD_TOGGLE});
  viewer->phase = 1;
  if (snapshot->step == step || (snapshot->step < step && snapshot->over)) return true;
  bool kept = step <= snapshot->last;
  co_command there = {.id = CO_CMD_SEEK, .value = step};
  co_command forward = {.id = CO_CMD_FORWARD, .value = step - snapshot->step};
  co_viewer_send(viewer, kept ? &there : &forward);
  viewer->awaited = viewer->asked;
  return false;
}

// As the window would say it, with a path of the script's.
static void drop(co_viewer *viewer, const co_script_line *line) {
  co_event event = event_at(viewer, CO_EVENT_DROP, line->number[0], line->number[1]);
  co_viewer_on_drop(viewer, &event, line->text[0]);
}

static bool wait(co_viewer *viewer, double seconds) {
  double now = co_clock_wall();
  if (viewer->phase == 0) viewer->due = now + seconds;
  viewer->phase = 1;
  return now >= viewer->due;
}

// Whether the line is done; `status`: how.
static bool do_line(co_viewer *viewer, const co_script_line *line, co_status *status) {
  switch (line->kind) {
    case CO_SCRIPT_KEY:
      co_desk_press(&viewer->desk, line->key, line->mods, &viewer->facts);
      return true;
    case CO_SCRIPT_CLICK: click(viewer, line, false); return true;
    case CO_SCRIPT_DOUBLE: click(viewer, line, true); return true;
    case CO_SCRIPT_DRAG: return drag(viewer, line);
    case CO_SCRIPT_WHEEL: {
      co_event event = event_at(viewer, CO_EVENT_SCROLL, line->number[0], line->number[1]);
      event.dy = line->number[2];
      handle(viewer, event, line->mods);
      return true;
    }
    case CO_SCRIPT_SEEK: return seek(viewer, (int64_t)line->number[0]);
    case CO_SCRIPT_SHIFT: *status = shift(viewer, line); return true;
    case CO_SCRIPT_ACTION:
      *status = co_sidebar_steer(viewer->sidebar, line->text[0], line->number[0]);
      return true;
    case CO_SCRIPT_POLICY:
      co_desk_command(&viewer->desk, &(co_command){.id = CO_CMD_POLICY,
                                                   .stage = viewer->desk.side,
                                                   .value = (int64_t)line->number[0]});
      return true;
    case CO_SCRIPT_DROP: drop(viewer, line); return true;
    case CO_SCRIPT_WAIT: return wait(viewer, line->number[0]);
    case CO_SCRIPT_SAVE: *status = co_viewer_save(viewer, line->text[0]); return true;
    case CO_SCRIPT_QUIT: viewer->quit = true; return true;
    case CO_NUM_SCRIPT_KINDS: break;
  }
  return true;
}

// A line waits until everything before it was executed and is on the screen. One that cannot be
// done ends the viewer; what the session refuses is told in the window.
co_status co_viewer_play_script(co_viewer *viewer) {
  const co_script *script = viewer->def->script;
  if (!script || viewer->line >= script->count || viewer->quit) return CO_OK;
  if (viewer->snapshot->commands < viewer->awaited || viewer->desk.num_wishes > 0) return CO_OK;
  if (viewer->settle > 0) {
    viewer->settle--;
    return CO_OK;
  }
  co_status status = CO_OK;
  if (do_line(viewer, &script->line[viewer->line], &status)) {
    viewer->line++;
    viewer->phase = 0;
    viewer->settle = 2;  // frames: one to ask, one to show
  }
  return status;
}
