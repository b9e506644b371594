#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "viz/show/private/viewer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void co_viewer_say(co_viewer *viewer, bool bad, const char *text) {
  const double readable = bad ? 8 : 4;  // [s]
  co_board_say(&viewer->board, bad, co_clock_wall() + readable, text);
  if (bad) co_log(CO_LOG_DETAIL, "%s", text);
  viewer->fresh = true;
}

// For those who follow what a session is told (-v).
static void tell(const co_command *command) {
  static const char *const names[] = {
#define X(id, doc) #id,
      CO_COMMAND_LIST(X)
#undef X
  };
  const char *name = names[command->id] + strlen("CO_CMD_");
  if (command->id == CO_CMD_SHIFT)
    co_log(CO_LOG_DETAIL, "%s side %d: %s %s %s %g", name, command->stage, command->shift.parameter,
           command->shift.select, command->shift.operation, command->shift.value[0]);
  else if (command->id == CO_CMD_ACTION)
    co_log(CO_LOG_DETAIL, "%s side %d: %lld %g", name, command->stage, (long long)command->value,
           command->number);
  else
    co_log(CO_LOG_DETAIL, "%s side %d: %lld", name, command->stage, (long long)command->value);
}

void co_viewer_send(co_viewer *viewer, const co_command *command) {
  bool pushes_on = command->id == CO_CMD_PUSH && command->value >= 0 && viewer->pushed;
  if (!pushes_on) tell(command);
  viewer->pushed = command->id == CO_CMD_PUSH && command->value >= 0;
  if (co_playback_send(viewer->playback, command))
    viewer->asked++;
  else if (command->id != CO_CMD_PUSH)  // of a hand that goes on pulling
    co_viewer_say(viewer, true, "the session is busy: the last command was left out");
}

static void push(co_viewer *viewer, int stage, int body, const double *force) {
  co_command command = {.id = CO_CMD_PUSH, .stage = stage, .value = body};
  if (force) memcpy(command.force, force, sizeof command.force);
  co_viewer_send(viewer, &command);
}

// --- bodies

static int find_body(co_viewer *viewer, const co_wish *wish, double point[3]) {
  co_box box = viewer->layout.scene[wish->index];
  int stage = co_desk_stage(&viewer->desk, wish->index);
  if (box.w < 1 || box.h < 1 || !viewer->pane[stage].drawing) return -1;
  double x = (wish->x - box.x + 0.5) / box.w, y = 1 - (wish->y - box.y + 0.5) / box.h;
  return co_grab_find(viewer->pane[stage].drawing, (double)box.w / box.h, x, y, point);
}

static int select_body(co_viewer *viewer, const co_wish *wish, double point[3]) {
  int body = find_body(viewer, wish, point);
  viewer->picked = body;
  viewer->picked_stage = co_desk_stage(&viewer->desk, wish->index);
  viewer->board.picked_scene = wish->index;
  viewer->board.picked[0] = '\0';
  return body;
}

static void drop(co_viewer *viewer) {
  if (viewer->grab_stage >= 0) push(viewer, viewer->grab_stage, -1, NULL);
  co_grab_end(viewer->grab);
  viewer->grab = NULL;
  viewer->grab_stage = -1;
  viewer->nudged = 0;
}

static co_status grab(co_viewer *viewer, const co_wish *wish) {
  double point[3];
  int body = select_body(viewer, wish, point);
  drop(viewer);
  int stage = viewer->picked_stage;
  if (body < 0) return CO_OK;
  if (!co_grab_moves(viewer->pane[stage].drawing, body)) {
    co_viewer_say(viewer, false, "what is there does not move: nothing was pulled");
    return CO_OK;
  }
  CO_TRY(co_grab_begin(viewer->pane[stage].drawing, body, point, wish->turn, &viewer->grab));
  viewer->grab_stage = stage;
  return CO_OK;
}

static void pull(co_viewer *viewer, const co_wish *wish) {
  if (viewer->grab)
    co_grab_pull(viewer->grab, viewer->pane[viewer->grab_stage].drawing, wish->dx, wish->dy);
}

static void nudge(co_viewer *viewer, const co_wish *wish) {
  int stage = viewer->desk.side;
  co_drawing *drawing = viewer->pane[stage].drawing;
  bool picked = viewer->picked >= 0 && viewer->picked_stage == stage;
  int body = picked ? viewer->picked : co_grab_root(drawing);
  double force[6];
  if (!co_grab_moves(drawing, body)) {
    co_viewer_say(
        viewer, false,
        picked ? "what is selected does not move: nothing was pushed" : "there is no body to push");
    return;
  }
  co_grab_nudge(drawing, wish->dx, force);
  push(viewer, stage, body, force);
  viewer->grab_stage = stage;
  viewer->nudged = body;
  memcpy(viewer->nudge, force, sizeof viewer->nudge);
}

// --- cameras go together

static void move_cameras(co_viewer *viewer, const co_wish *wish) {
  for (int i = 0; i < viewer->desk.stages; i++) {
    co_pane *pane = &viewer->pane[i];
    switch (wish->kind) {
      case CO_WISH_ORBIT: co_pane_orbit(pane, wish->dx, wish->dy); break;
      case CO_WISH_SLIDE: co_pane_slide(pane, wish->dx, wish->dy); break;
      case CO_WISH_ZOOM: co_pane_zoom(pane, wish->dy); break;
      default: co_pane_aim(pane, wish->mode, wish->index); break;
    }
  }
  viewer->desk.camera_mode = (int)viewer->pane[viewer->desk.side].camera.mode;
}

// --- the system

static co_status copy_shifts(co_viewer *viewer) {
  co_buf text = {0};
  co_status status =
      co_shared_world_config(viewer->snapshot->stage[viewer->desk.side].world, &text);
  if (status == CO_OK) status = co_buf_status(&text);
  if (status == CO_OK) {
    co_window_copy(viewer->window, text.data);
    co_log(CO_LOG_DETAIL, "%s", text.data);
    co_viewer_say(viewer, false, "copied: the domain as a study file takes it");
  }
  co_buf_free(&text);
  return status;
}

co_status co_viewer_save(co_viewer *viewer, const char *path) {
  char text[600];
  CO_TRY(co_screen_save(viewer->screen, path));
  snprintf(text, sizeof text, "saved %s", path);
  co_log(CO_LOG_INFO, "%s", text);
  co_viewer_say(viewer, false, text);
  return CO_OK;
}

// The first name that is free.
static co_status save(co_viewer *viewer) {
  enum { MOST = 10000 };
  char path[512];
  for (int i = 1; i < MOST; i++) {
    snprintf(path, sizeof path, "%s/carryover-%03d.png", viewer->def->folder, i);
    if (!co_file_exists(path)) return co_viewer_save(viewer, path);
  }
  return co_fail(CO_CREATE, "%s: has %d pictures already", viewer->def->folder, MOST - 1);
}

static void tell_text(co_viewer *viewer) {
  char text[64];
  int font = co_layout_font(co_window_scale(viewer->window), viewer->desk.text);
  snprintf(text, sizeof text, "text at %d %%%s", viewer->desk.text,
           font == 300  ? ", the largest"
           : font == 50 ? ", the smallest"
                        : "");
  co_viewer_say(viewer, false, text);
}

// What a command does that the scene does not show at a glance.
static void remark(co_viewer *viewer, const co_command *command) {
  char speed[32], text[64];
  if (command->id == CO_CMD_POLICY && co_instant_ends(&viewer->snapshot->stage[command->stage].now))
    co_viewer_say(viewer, false, "the episode was over: from its start");
  if (command->id != CO_CMD_SPEED) return;
  snprintf(text, sizeof text, "speed %s%s", co_speed_text((int)command->value, speed),
           command->value == CO_SESSION_SLOWEST ? ", the slowest" : "");
  co_viewer_say(viewer, false, text);
}

// The next key of a quick hand counts from what this one asked for, not from what is still shown.
static void foresee(co_viewer *viewer, const co_command *command) {
  co_desk_facts *facts = &viewer->facts;
  if (command->id == CO_CMD_SPEED) facts->speed = (int)command->value;
  if (command->id == CO_CMD_EPISODE) facts->episode = command->value;
  if (command->id == CO_CMD_SEEK) facts->step = command->value;
  if (command->id == CO_CMD_POLICY || command->id == CO_CMD_POLICY_ANEW)
    facts->policy[command->stage] = (int)command->value;
}

static co_status grant(co_viewer *viewer, const co_wish *wish) {
  double point[3];
  viewer->fresh = true;
  switch (wish->kind) {
    case CO_WISH_COMMAND:
      remark(viewer, &wish->command);
      co_viewer_send(viewer, &wish->command);
      foresee(viewer, &wish->command);
      viewer->awaited = viewer->asked;
      return CO_OK;
    case CO_WISH_ORBIT:
    case CO_WISH_SLIDE:
    case CO_WISH_ZOOM:
    case CO_WISH_CAMERA: move_cameras(viewer, wish); return CO_OK;
    case CO_WISH_SELECT: select_body(viewer, wish, point); return CO_OK;
    case CO_WISH_GRAB: return grab(viewer, wish);
    case CO_WISH_PULL: pull(viewer, wish); return CO_OK;
    case CO_WISH_DROP: drop(viewer); return CO_OK;
    case CO_WISH_NUDGE: nudge(viewer, wish); return CO_OK;
    case CO_WISH_COPY: return copy_shifts(viewer);
    case CO_WISH_SAVE: return save(viewer);
    case CO_WISH_REDRESS: return CO_OK;  // panes see it
    case CO_WISH_TEXT: tell_text(viewer); return CO_OK;
    case CO_WISH_RECORD: return co_viewer_record(viewer);
    case CO_WISH_FULL: return co_window_fill(viewer->window, !co_window_filled(viewer->window));
    case CO_WISH_QUIT: viewer->quit = true; return CO_OK;
  }
  return CO_OK;
}

// What fails is told in the window; the viewer goes on.
co_status co_viewer_grant(co_viewer *viewer) {
  co_wish wish;
  while (co_desk_take(&viewer->desk, &wish)) {
    co_status status = grant(viewer, &wish);
    if (status == CO_MEMORY) return status;
    if (status != CO_OK) co_viewer_say(viewer, true, co_error_text());
  }
  return CO_OK;
}

// --- events

// Keys that turn the wheel of what is under the mouse.
static bool turn_wheel(co_viewer *viewer, const co_event *event, const co_board_view *view) {
  int mods = (event->shift ? CO_MOD_SHIFT : 0) | (event->control ? CO_MOD_CTRL : 0);
  co_action_id action = co_action_find(co_desk_key(event->key), mods);
  if (event->kind != CO_EVENT_KEY || (action != CO_DO_SCROLL_UP && action != CO_DO_SCROLL_DOWN))
    return false;
  co_event wheel = {.kind = CO_EVENT_SCROLL,
                    .x = event->x,
                    .y = event->y,
                    .dy = action == CO_DO_SCROLL_UP ? 1 : -1};
  co_board_event(&viewer->board, &viewer->desk, &wheel, co_paint_row(&viewer->paint), view);
  return true;
}

// The window's left edge opens and closes the sidebar.
static bool on_edge(co_viewer *viewer, const co_event *event) {
  const double edge = 4 * co_window_scale(viewer->window);  // [pixels]
  if (event->kind != CO_EVENT_PRESS || event->x >= edge || viewer->desk.drag != CO_DRAG_NONE)
    return false;
  co_desk_do(&viewer->desk, CO_DO_SIDEBAR, &viewer->facts);
  return true;
}

void co_viewer_handle(co_viewer *viewer, const co_event *event) {
  co_box sidebar = viewer->layout.sidebar;
  int height = co_window_height(viewer->window);
  co_board_view view = co_viewer_board(viewer);
  viewer->fresh = true;
  if (event->kind == CO_EVENT_CLOSE) viewer->quit = true;
  if (event->kind == CO_EVENT_DROP) {
    co_viewer_on_drop(viewer, event, co_window_dropped(viewer->window));
    return;
  }
  if (event->kind == CO_EVENT_LEAVE && viewer->desk.drag == CO_DRAG_SIDEBAR)
    viewer->desk.drag = CO_DRAG_NONE;
  if (co_sidebar_menu_event(viewer->sidebar, event, sidebar)) return;
  if (on_edge(viewer, event) || turn_wheel(viewer, event, &view)) return;
  if (co_sidebar_event(viewer->sidebar, event, sidebar, height, co_screen_context(viewer->screen)))
    return;
  if (event->kind == CO_EVENT_KEY || event->kind == CO_EVENT_KEY_UP) {
    int scaled = viewer->desk.scaled;
    co_desk_on_key(&viewer->desk, event, &viewer->facts);
    viewer->by_hand |= scaled != viewer->desk.scaled;
    return;
  }
  if (co_board_event(&viewer->board, &viewer->desk, event, co_paint_row(&viewer->paint), &view))
    return;
  co_desk_on_scene(&viewer->desk, event, &viewer->layout);
}
