#include "viz/show/private/desk.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const char *const co_arrange_names[] = {
#define X(id, name) name,
    CO_ARRANGE_LIST(X)
#undef X
};

void co_desk_init(int stages, bool software, co_desk *out) {
  assert(stages == 1 || stages == 2);
  *out = (co_desk){.stages = stages,
                   .side = stages - 1,
                   .arrange = stages == 2 ? CO_ARRANGE_SPLIT : CO_ARRANGE_ONE,
                   .full = !software,
                   .text = 100,
                   .sidebar = 1,
                   .timeline = 1,
                   .head = 1,
                   .open = {[CO_PANEL_STRIPS] = 1}};
}

// --- wishes

static co_wish *add(co_desk *desk, co_wish_kind kind) {
  if (desk->num_wishes == CO_MOST_WISHES) desk->num_wishes--;  // the last one is not missed
  co_wish *wish = &desk->wish[desk->num_wishes++];
  memset(wish, 0, sizeof *wish);
  wish->kind = kind;
  return wish;
}

void co_desk_command(co_desk *desk, const co_command *command) {
  add(desk, CO_WISH_COMMAND)->command = *command;
}

static void say(co_desk *desk, co_command_id id, int64_t value) {
  co_desk_command(desk, &(co_command){.id = id, .stage = desk->side, .value = value});
}

bool co_desk_take(co_desk *desk, co_wish *out) {
  if (desk->num_wishes == 0) return false;
  *out = desk->wish[0];
  desk->num_wishes--;
  memmove(desk->wish, desk->wish + 1, (size_t)desk->num_wishes * sizeof *desk->wish);
  return true;
}

void co_desk_camera(co_desk *desk, co_camera_mode mode, int fixed) {
  desk->camera_mode = (int)mode;
  desk->fixed = fixed;
  co_wish *wish = add(desk, CO_WISH_CAMERA);
  wish->mode = mode;
  wish->index = fixed;
}

// --- actions, group by group of the table

static void seek(co_desk *desk, const co_desk_facts *facts, int64_t step) {
  int64_t held = step < facts->first ? facts->first : step > facts->last ? facts->last : step;
  say(desk, CO_CMD_SEEK, held);
}

static int64_t within(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

static void set_speed(co_desk *desk, int speed) {
  say(desk, CO_CMD_SPEED, within(speed, CO_SESSION_SLOWEST, CO_SESSION_FASTEST));
}

static bool do_transport(co_desk *desk, co_action_id action, const co_desk_facts *facts) {
  switch (action) {
    case CO_DO_TOGGLE: say(desk, CO_CMD_TOGGLE, 0); return true;
    case CO_DO_FORWARD: say(desk, CO_CMD_FORWARD, 1); return true;
    case CO_DO_BACK: say(desk, CO_CMD_BACK, 1); return true;
    case CO_DO_FORWARD_FAR: say(desk, CO_CMD_FORWARD, CO_SESSION_STRIDE); return true;
    case CO_DO_BACK_FAR: say(desk, CO_CMD_BACK, CO_SESSION_STRIDE); return true;
    case CO_DO_FIRST: seek(desk, facts, facts->first); return true;
    case CO_DO_LAST: seek(desk, facts, facts->last); return true;
    case CO_DO_FASTER: set_speed(desk, facts->speed + 1); return true;
    case CO_DO_SLOWER: set_speed(desk, facts->speed - 1); return true;
    case CO_DO_TRUE_SPEED: set_speed(desk, 0); return true;
    case CO_DO_PARTING: say(desk, CO_CMD_PARTING, 0); return true;
    case CO_DO_RESET: say(desk, CO_CMD_RESET, 0); return true;
    case CO_DO_NEXT_EPISODE: say(desk, CO_CMD_EPISODE, facts->episode + 1); return true;
    case CO_DO_PREVIOUS_EPISODE:
      if (facts->episode > 0) say(desk, CO_CMD_EPISODE, facts->episode - 1);
      return true;
    case CO_DO_FAILURE: say(desk, CO_CMD_FAILURE, 0); return true;
    default: return false;
  }
}

// The list goes round; without a policy (-1) it begins at an end.
static void turn_policy(co_desk *desk, const co_desk_facts *facts, co_command_id how, int by) {
  int count = facts->num_policies, now = facts->policy[desk->side];
  if (count == 0) return;
  int next = now < 0 ? (by > 0 ? 0 : count - 1) : (now + by + count) % count;
  say(desk, how, next);
}

static bool do_policy(co_desk *desk, co_action_id action, const co_desk_facts *facts) {
  switch (action) {
    case CO_DO_SIDE: desk->side = (desk->side + 1) % desk->stages; return true;
    case CO_DO_NEXT_POLICY: turn_policy(desk, facts, CO_CMD_POLICY, 1); return true;
    case CO_DO_PREVIOUS_POLICY: turn_policy(desk, facts, CO_CMD_POLICY, -1); return true;
    case CO_DO_NEXT_POLICY_ANEW: turn_policy(desk, facts, CO_CMD_POLICY_ANEW, 1); return true;
    case CO_DO_PREVIOUS_POLICY_ANEW: turn_policy(desk, facts, CO_CMD_POLICY_ANEW, -1); return true;
    case CO_DO_COPY: add(desk, CO_WISH_COPY); return true;
    case CO_DO_UNSHIFT: say(desk, CO_CMD_UNSHIFT, 0); return true;
    default: return false;
  }
}

static void turn_camera(co_desk *desk, const co_desk_facts *facts, int by) {
  int count = facts->num_cameras;
  if (count == 0) return;
  bool fixed = desk->camera_mode == CO_CAMERA_FIXED;
  int next = !fixed ? (by > 0 ? 0 : count - 1) : (desk->fixed + by + count) % count;
  co_desk_camera(desk, CO_CAMERA_FIXED, next);
}

static void move_camera(co_desk *desk, co_wish_kind kind, double dx, double dy) {
  co_wish *wish = add(desk, kind);
  wish->dx = dx;
  wish->dy = dy;
}

static void nudge(co_desk *desk, double dx) {
  add(desk, CO_WISH_NUDGE)->dx = dx;
}

static bool do_view(co_desk *desk, co_action_id action, const co_desk_facts *facts) {
  switch (action) {
    case CO_DO_ARRANGE:
      if (desk->stages == 2) desk->arrange = (desk->arrange + 1) % CO_NUM_ARRANGES;
      return true;
    case CO_DO_TRACK: co_desk_camera(desk, CO_CAMERA_TRACK, 0); return true;
    case CO_DO_FREE: co_desk_camera(desk, CO_CAMERA_FREE, 0); return true;
    case CO_DO_FIXED: turn_camera(desk, facts, 1); return true;
    case CO_DO_FIXED_BACK: turn_camera(desk, facts, -1); return true;
    case CO_DO_NEARER: move_camera(desk, CO_WISH_ZOOM, 0, 1); return true;
    case CO_DO_FARTHER: move_camera(desk, CO_WISH_ZOOM, 0, -1); return true;
    case CO_DO_TURN_LEFT: move_camera(desk, CO_WISH_ORBIT, -0.05, 0); return true;
    case CO_DO_TURN_RIGHT: move_camera(desk, CO_WISH_ORBIT, 0.05, 0); return true;
    case CO_DO_PUSH_LEFT: nudge(desk, -1); return true;
    case CO_DO_PUSH_RIGHT: nudge(desk, 1); return true;
    default: return false;
  }
}

static void turn(int *flag) {
  *flag = !*flag;
}

static bool do_show(co_desk *desk, co_action_id action) {
  switch (action) {
    case CO_DO_CONTACTS: turn(&desk->overlay[CO_OVERLAY_CONTACTS_INDEX]); return true;
    case CO_DO_FORCES: turn(&desk->overlay[CO_OVERLAY_FORCES_INDEX]); return true;
    case CO_DO_FRICTION: turn(&desk->overlay[CO_OVERLAY_FRICTION_INDEX]); return true;
    case CO_DO_LIMITS: turn(&desk->overlay[CO_OVERLAY_LIMITS_INDEX]); return true;
    case CO_DO_MASS: turn(&desk->overlay[CO_OVERLAY_MASS_INDEX]); return true;
    case CO_DO_VELOCITY: turn(&desk->overlay[CO_OVERLAY_VELOCITY_INDEX]); return true;
    case CO_DO_STRIPS: turn(&desk->open[CO_PANEL_STRIPS]); return true;
    case CO_DO_ACTIVATIONS: turn(&desk->open[CO_PANEL_ACTIVATIONS]); return true;
    case CO_DO_MAPPING: turn(&desk->open[CO_PANEL_MAPPING]); return true;
    case CO_DO_TIMELINE: turn(&desk->timeline); return true;
    case CO_DO_HEAD: turn(&desk->head); return true;
    case CO_DO_SIDEBAR: turn(&desk->sidebar); return true;
    case CO_DO_SCALE: desk->scaled = !desk->scaled; return true;
    default: return false;
  }
}

// Strips show 2^k times 250 steps; what is beyond helps nobody.
static void stretch(co_desk *desk, bool longer) {
  int64_t span = desk->strips.span ? desk->strips.span : 250;
  desk->strips.span = within(longer ? span * 2 : span / 2, 15, 16000);
}

// In the steps of MuJoCo's fonts, as far as these go.
static void resize_text(co_desk *desk, const co_desk_facts *facts, int by) {
  double scale = facts && facts->screen_scale > 0 ? facts->screen_scale : 1;
  int wanted = by == 0 ? 100 : desk->text + by;
  if (wanted < 50) wanted = 50;
  if (co_layout_font(scale, wanted) != co_layout_font(scale, desk->text)) desk->text = wanted;
  add(desk, CO_WISH_TEXT);
}

static bool do_window(co_desk *desk, co_action_id action, const co_desk_facts *facts) {
  switch (action) {
    case CO_DO_UNFOLD: desk->strips.open = desk->strips.open ? 0 : ~UINT64_C(0); return true;
    case CO_DO_SHORTER: stretch(desk, false); return true;
    case CO_DO_LONGER: stretch(desk, true); return true;
    case CO_DO_PRESET:
      desk->full = !desk->full;
      add(desk, CO_WISH_REDRESS);
      return true;
    case CO_DO_RECORD: add(desk, CO_WISH_RECORD); return true;
    case CO_DO_FULLSCREEN: add(desk, CO_WISH_FULL); return true;
    case CO_DO_TEXT_LARGER: resize_text(desk, facts, 50); return true;
    case CO_DO_TEXT_SMALLER: resize_text(desk, facts, -50); return true;
    case CO_DO_TEXT_USUAL: resize_text(desk, facts, 0); return true;
    case CO_DO_SCREENSHOT: add(desk, CO_WISH_SAVE); return true;
    case CO_DO_HELP: turn(&desk->help); return true;
    case CO_DO_QUIT: add(desk, CO_WISH_QUIT); return true;
    default: return false;
  }
}

void co_desk_do(co_desk *desk, co_action_id action, const co_desk_facts *facts) {
  if (do_transport(desk, action, facts) || do_policy(desk, action, facts) ||
      do_view(desk, action, facts) || do_show(desk, action))
    return;
  do_window(desk, action, facts);
}

// --- keys

int co_desk_key(int key) {
  static const int from_window[][2] = {
      {256, CO_KEY_ESCAPE},  {257, CO_KEY_ENTER},     {258, CO_KEY_TAB},  {259, CO_KEY_BACKSPACE},
      {262, CO_KEY_RIGHT},   {263, CO_KEY_LEFT},      {264, CO_KEY_DOWN}, {265, CO_KEY_UP},
      {266, CO_KEY_PAGE_UP}, {267, CO_KEY_PAGE_DOWN}, {268, CO_KEY_HOME}, {269, CO_KEY_END},
      {290, CO_KEY_F1},      {291, CO_KEY_F2},        {292, CO_KEY_F3},   {293, CO_KEY_F4},
      {294, CO_KEY_F5},      {295, CO_KEY_F6},        {298, CO_KEY_F9},   {300, CO_KEY_F11}};
  if (key > 0 && key < 128) return key;
  for (size_t i = 0; i < sizeof from_window / sizeof *from_window; i++)
    if (from_window[i][0] == key) return from_window[i][1];
  return CO_KEY_NONE;
}

static void release_key(co_desk *desk, int key) {
  if (desk->nudging == 0 || key != desk->nudging) return;
  add(desk, CO_WISH_DROP);
  desk->nudging = 0;
}

// While help covers the window its keys are the arrows and Esc.
static bool key_of_help(co_desk *desk, int key) {
  if (!desk->help || (key != CO_KEY_ESCAPE && key != CO_KEY_UP && key != CO_KEY_DOWN)) return false;
  if (key == CO_KEY_ESCAPE)
    desk->help = 0;
  else
    desk->help_scroll += key == CO_KEY_DOWN ? 1 : desk->help_scroll > 0 ? -1 : 0;
  return true;
}

void co_desk_press(co_desk *desk, int key, int mods, const co_desk_facts *facts) {
  int digit = key - '0';
  if (key_of_help(desk, key)) return;
  if (mods == 0 && digit >= 1 && digit <= CO_CAMERA_KEYS) {
    if (digit <= facts->num_cameras) co_desk_camera(desk, CO_CAMERA_FIXED, digit - 1);
    return;
  }
  co_action_id action = co_action_find(key, mods);
  if (action != CO_DO_NOTHING) co_desk_do(desk, action, facts);
}

void co_desk_on_key(co_desk *desk, const co_event *event, const co_desk_facts *facts) {
  if (event->kind == CO_EVENT_KEY_UP) {
    release_key(desk, event->key);
    return;
  }
  if (event->alt) return;
  int mods = (event->shift ? CO_MOD_SHIFT : 0) | (event->control ? CO_MOD_CTRL : 0);
  int key = co_desk_key(event->key);
  co_action_id action = co_action_find(key, mods);
  if (action == CO_DO_PUSH_LEFT || action == CO_DO_PUSH_RIGHT) desk->nudging = event->key;
  co_desk_press(desk, key, mods, facts);
}

// --- layout

int co_desk_scenes(const co_desk *desk) {
  return desk->stages == 2 && desk->arrange == CO_ARRANGE_SPLIT ? 2 : 1;
}

int co_desk_stage(const co_desk *desk, int scene) {
  if (co_desk_scenes(desk) == 2) return scene;
  return desk->arrange == CO_ARRANGE_GHOST ? desk->stages - 1 : desk->side;
}

unsigned co_desk_overlays(const co_desk *desk) {
  unsigned bits = 0;
  for (int i = 0; i < CO_NUM_OVERLAYS; i++) bits |= desk->overlay[i] ? 1u << i : 0;
  return bits;
}

void co_desk_layout(const co_desk *desk, int width, int height, int row, int sidebar,
                    co_layout *out) {
  co_layout_def def = {.width = width,
                       .height = height,
                       .row = row,
                       .scenes = co_desk_scenes(desk),
                       .sidebar = desk->sidebar && !desk->help ? sidebar : 0,
                       .timeline = desk->timeline};
  for (int i = 0; i < CO_NUM_PANELS; i++) def.open[i] = desk->open[i];
  co_layout_make(&def, out);
}

// --- the mouse in a scene

static void press_scene(co_desk *desk, const co_event *event, int scene) {
  desk->side = co_desk_scenes(desk) == 2 ? scene : desk->side;
  desk->drag_scene = scene;
  desk->drag_button = event->button;
  co_wish_kind kind = event->control ? CO_WISH_GRAB : CO_WISH_SELECT;
  bool slide = event->button != CO_BUTTON_LEFT || event->shift;
  desk->drag = event->control ? CO_DRAG_BODY : slide ? CO_DRAG_SLIDE : CO_DRAG_ORBIT;
  if (kind == CO_WISH_SELECT && !event->twice) return;
  co_wish *wish = add(desk, kind);
  wish->index = scene;
  wish->x = (int)event->x;
  wish->y = (int)event->y;
  wish->turn = event->button == CO_BUTTON_RIGHT;
}

static void drag_scene(co_desk *desk, const co_event *event, const co_layout *layout) {
  int height = layout->scene[desk->drag_scene].h;
  if (height < 1 || (event->dx == 0 && event->dy == 0)) return;
  co_wish_kind kind = desk->drag == CO_DRAG_BODY    ? CO_WISH_PULL
                      : desk->drag == CO_DRAG_SLIDE ? CO_WISH_SLIDE
                                                    : CO_WISH_ORBIT;
  co_wish *wish = add(desk, kind);
  wish->index = desk->drag_scene;
  wish->dx = event->dx / height;
  wish->dy = event->dy / height;
}

static void release_scene(co_desk *desk) {
  if (desk->drag == CO_DRAG_BODY) add(desk, CO_WISH_DROP);
  desk->drag = CO_DRAG_NONE;
}

static bool drags_scene(const co_desk *desk) {
  return desk->drag == CO_DRAG_BODY || desk->drag == CO_DRAG_SLIDE || desk->drag == CO_DRAG_ORBIT;
}

bool co_desk_on_scene(co_desk *desk, const co_event *event, const co_layout *layout) {
  int scene;
  bool over = co_layout_find(layout, (int)event->x, (int)event->y, &scene) == CO_PLACE_SCENE;
  switch (event->kind) {
    case CO_EVENT_PRESS:
      if (!over || desk->drag != CO_DRAG_NONE) return false;
      press_scene(desk, event, scene);
      return true;
    case CO_EVENT_MOVE:
      if (!drags_scene(desk)) return false;
      drag_scene(desk, event, layout);
      return true;
    case CO_EVENT_RELEASE:
      if (!drags_scene(desk) || event->button != desk->drag_button) return false;
      release_scene(desk);
      return true;
    case CO_EVENT_LEAVE:
      if (drags_scene(desk)) release_scene(desk);
      release_key(desk, desk->nudging);
      return false;
    case CO_EVENT_SCROLL: {
      if (!over) return false;
      move_camera(desk, CO_WISH_ZOOM, 0, event->dy);
      desk->wish[desk->num_wishes - 1].index = scene;
      return true;
    }
    default: return false;
  }
}
