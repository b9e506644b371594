#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"
#include "viz/show/private/sidebar_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- what is in it

typedef struct entry {
  int type;  // mjtItem
  const char *name;
  int id;             // action or co_sidebar_item
  size_t bound;       // where its value lies, in the desk or (id above PLAIN) the sidebar
  const char *other;  // choices, range
} entry;

#define BUTTON(action, name) \
  { mjITEM_BUTTON, name, action, 0, "" }
#define SWITCH(field, name) \
  { mjITEM_CHECKINT, name, CO_ITEM_PLAIN, offsetof(co_desk, field), "" }
#define OWN(type, id, field, name, other) \
  { type, name, id, offsetof(co_sidebar, field), other }
#define END \
  { mjITEM_END, NULL, 0, 0, NULL }

static const entry transport[] = {
    BUTTON(CO_DO_TOGGLE, "Run / pause"),
    BUTTON(CO_DO_RESET, "Reset"),
    BUTTON(CO_DO_BACK, "< Step"),
    BUTTON(CO_DO_FORWARD, "Step >"),
    BUTTON(CO_DO_FIRST, "|< First"),
    BUTTON(CO_DO_LAST, "Last >|"),
    OWN(mjITEM_SLIDERINT, CO_ITEM_SPEED, speed, "Speed 2^", "-7 7"),
    BUTTON(CO_DO_TRUE_SPEED, "True speed"),
    BUTTON(CO_DO_PARTING, "Difference"),
    BUTTON(CO_DO_PREVIOUS_EPISODE, "< Episode"),
    BUTTON(CO_DO_NEXT_EPISODE, "Episode >"),
    BUTTON(CO_DO_FAILURE, "Next failure"),
    BUTTON(CO_DO_HELP, "Help"),
    END,
};

static const entry view_items[] = {
    {mjITEM_SELECT, "Worlds", CO_ITEM_PLAIN, offsetof(co_desk, arrange), ""},
    {mjITEM_RADIO, "Side", CO_ITEM_SIDE, offsetof(co_desk, side), "left\nright"},
    OWN(mjITEM_SELECT, CO_ITEM_CAMERA, camera, "Camera", "follows\nfree"),
    SWITCH(overlay[CO_OVERLAY_CONTACTS_INDEX], "Contacts"),
    SWITCH(overlay[CO_OVERLAY_FORCES_INDEX], "Forces"),
    SWITCH(overlay[CO_OVERLAY_FRICTION_INDEX], "Friction"),
    SWITCH(overlay[CO_OVERLAY_LIMITS_INDEX], "Limits"),
    SWITCH(overlay[CO_OVERLAY_MASS_INDEX], "Mass centre"),
    SWITCH(overlay[CO_OVERLAY_VELOCITY_INDEX], "Velocity"),
    SWITCH(head, "Text"),
    SWITCH(open[CO_PANEL_STRIPS], "Strips"),
    SWITCH(open[CO_PANEL_ACTIVATIONS], "Activations"),
    SWITCH(open[CO_PANEL_MAPPING], "Mapping"),
    SWITCH(timeline, "Time line"),
    SWITCH(scaled, "3/4 size"),
    {mjITEM_CHECKINT, "Shadows", CO_ITEM_PRESET, offsetof(co_desk, full), ""},
    BUTTON(CO_DO_SCREENSHOT, "Save PNG"),
    BUTTON(CO_DO_QUIT, "Quit"),
    END,
};

static const entry shifts[] = {
    OWN(mjITEM_SELECT, CO_ITEM_GROUP, group, "Of", ""),
    OWN(mjITEM_SELECT, CO_ITEM_PARAMETER, parameter, "Parameter", ""),
    OWN(mjITEM_SELECT, CO_ITEM_ELEMENT, element, "Element", ""),
    OWN(mjITEM_EDITTXT, CO_ITEM_PATTERN, pattern, "Pattern", ""),
    OWN(mjITEM_SELECT, CO_ITEM_COMPONENT, component, "Component", ""),
    OWN(mjITEM_SLIDERNUM, CO_ITEM_VALUE, place, "Value", "0 1"),
    OWN(mjITEM_CHECKINT, CO_ITEM_ON, on, "Shifted", ""),
    OWN(mjITEM_SELECT, CO_ITEM_MADE, made, "All shifts", ""),
    BUTTON(CO_DO_COPY, "Copy config"),
    BUTTON(CO_DO_UNSHIFT, "Take back"),
    END,
};

static const entry policies[] = {
    OWN(mjITEM_SELECT, CO_ITEM_POLICY, policy, "Policy", ""),
    BUTTON(CO_DO_PREVIOUS_POLICY, "< Policy"),
    BUTTON(CO_DO_NEXT_POLICY, "Policy >"),
    BUTTON(CO_DO_PREVIOUS_POLICY_ANEW, "< From start"),
    BUTTON(CO_DO_NEXT_POLICY_ANEW, "From start >"),
    END,
};

// Filled for the world that has most of them.
static const entry actions[] = {END};

static const entry window_items[] = {
    BUTTON(CO_DO_TEXT_LARGER, "Larger text"), BUTTON(CO_DO_TEXT_SMALLER, "Smaller text"),
    BUTTON(CO_DO_TEXT_USUAL, "Usual text"),   BUTTON(CO_DO_FULLSCREEN, "Full screen"),
    BUTTON(CO_DO_RECORD, "Record"),           END,
};

static const struct {
  const char *name;
  const entry *entry;
} sections[CO_NUM_SECTIONS] = {
    [CO_SECTION_TRANSPORT] = {"Transport", transport},
    [CO_SECTION_ACTIONS] = {"Actions", actions},
    [CO_SECTION_VIEW] = {"View", view_items},
    [CO_SECTION_SHIFTS] = {"Shifts", shifts},
    [CO_SECTION_POLICIES] = {"Policies", policies},
    [CO_SECTION_WINDOW] = {"Window", window_items},
};

// --- building

enum { WIDTH = 300 };  // [points], for fields of FIELD characters

mjuiItem *co_sidebar_find(co_sidebar *sidebar, int id) {
  for (int s = 0; s < sidebar->ui.nsect; s++)
    for (int i = 0; i < sidebar->ui.sect[s].nitem; i++)
      if (sidebar->ui.sect[s].item[i].userid == id) return &sidebar->ui.sect[s].item[i];
  assert(0);
  return NULL;
}

void co_sidebar_choices(mjuiItem *item, int count) {
  assert(count >= 1 && count <= mjMAXUIMULTI);
  item->multi.nelem = count;
}

void co_sidebar_choice(mjuiItem *item, int i, const char *name) {
  assert(i >= 0 && i < mjMAXUIMULTI);
  snprintf(item->multi.name[i], sizeof item->multi.name[i], "%.39s", name);
}

// What fits into a field: of a policy's name the end is the seed, and stays.
static void shorten_choice(mjuiItem *item, int i, const char *name) {
  enum { FIELD = 16 };
  char text[mjMAXUINAME];
  const char *tail = strrchr(name, ',');
  int length = (int)strlen(name), end = tail ? (int)strlen(tail) : 0, left = FIELD - end - 2;
  if (length <= FIELD || left < 4)
    snprintf(text, sizeof text, "%.39s", name);
  else
    snprintf(text, sizeof text, "%.*s..%s", left, name, tail ? tail : "");
  co_sidebar_choice(item, i, text);
}

static void add_entry(co_sidebar *sidebar, int section, const entry *item) {
  bool in_desk =
      item->id == CO_ITEM_PLAIN || item->id == CO_ITEM_SIDE || item->id == CO_ITEM_PRESET;
  char *base = in_desk ? (char *)sidebar->desk : (char *)sidebar;
  mjuiDef def[2] = {{.type = item->type, .state = 1}, {.type = mjITEM_END}};
  snprintf(def[0].name, sizeof def[0].name, "%s", item->name);
  snprintf(def[0].other, sizeof def[0].other, "%s", item->other);
  if (item->type != mjITEM_BUTTON) def[0].pdata = base + item->bound;
  mjui_addToSection(&sidebar->ui, section, def);
  mjuiSection *into = &sidebar->ui.sect[section];
  into->item[into->nitem - 1].userid = item->id;
}

static void add_section(co_sidebar *sidebar, int section) {
  mjuiDef def[2] = {{.type = mjITEM_SECTION, .state = mjSECT_OPEN}, {.type = mjITEM_END}};
  snprintf(def[0].name, sizeof def[0].name, "%s", sections[section].name);
  sidebar->at[section] = sidebar->ui.nsect;
  mjui_add(&sidebar->ui, def);
  for (const entry *e = sections[section].entry; e->type != mjITEM_END; e++)
    add_entry(sidebar, sidebar->at[section], e);
}

static void add_actions(co_sidebar *sidebar, const co_sidebar_view *view) {
  for (int i = 0; i < sidebar->desk->stages; i++)
    if (view->world[i]->info.act_dim > sidebar->num_actions)
      sidebar->num_actions = view->world[i]->info.act_dim;
  if (sidebar->num_actions > CO_SIDEBAR_ACTIONS) sidebar->num_actions = CO_SIDEBAR_ACTIONS;
  for (int i = 0; i < sidebar->num_actions; i++) {
    size_t at = offsetof(co_sidebar, action) + (size_t)i * sizeof *sidebar->action;
    const entry slider = {mjITEM_SLIDERNUM, "action", CO_ITEM_SLIDER + i, at, "-1 1"};
    add_entry(sidebar, sidebar->at[CO_SECTION_ACTIONS], &slider);
  }
}

static void set_color(float out[3], co_ink ink, int percent) {
  co_color color = co_ink_color(ink);
  for (int k = 0; k < 3; k++)
    out[k] = (float)(color >> (24 - 8 * k) & 0xff) / 255 * (float)percent / 100;
}

// The colours of panels and text, so that the window is of one piece.
static void set_colors(mjuiThemeColor *out) {
  *out = mjui_themeColor(0);
  set_color(out->master, CO_INK_GROUND, 100);
  set_color(out->thumb, CO_INK_GRID, 100);
  set_color(out->secttitle, CO_INK_GRID, 100);
  set_color(out->secttitle2, CO_INK_RAISED, 100);
  set_color(out->sectfont, CO_INK_TEXT, 100);
  set_color(out->sectsymbol, CO_INK_DIM, 100);
  set_color(out->sectpane, CO_INK_GROUND, 100);
  set_color(out->fontactive, CO_INK_TEXT, 100);
  set_color(out->fontinactive, CO_INK_DIM, 60);
  set_color(out->button, CO_INK_GRID, 160);
  set_color(out->check, CO_INK_SOURCE, 60);
  set_color(out->radio, CO_INK_SOURCE, 60);
  set_color(out->select, CO_INK_GRID, 100);
  set_color(out->select2, CO_INK_RAISED, 100);
  set_color(out->slider, CO_INK_RAISED, 100);
  set_color(out->slider2, CO_INK_SOURCE, 60);
  set_color(out->edit, CO_INK_RAISED, 100);
  set_color(out->edit2, CO_INK_BAD, 60);
  set_color(out->cursor, CO_INK_CURSOR, 100);
}

static co_status build(co_sidebar *sidebar, const co_sidebar_view *view) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjui_add");
  sidebar->ui.spacing = mjui_themeSpacing(0);  // the tight one
  sidebar->ui.spacing.total = WIDTH;
  set_colors(&sidebar->ui.color);
  sidebar->ui.rectid = 1;
  sidebar->ui.auxid = 0;
  for (int i = 0; i < CO_NUM_SECTIONS; i++) {
    sidebar->at[i] = -1;
    if (i != CO_SECTION_ACTIONS || co_sidebar_has_actions(view)) add_section(sidebar, i);
  }
  if (sidebar->at[CO_SECTION_ACTIONS] >= 0) add_actions(sidebar, view);
  co_mujoco_done();
  return CO_OK;
}

static void list_views(co_sidebar *sidebar, const co_sidebar_view *view) {
  mjuiItem *worlds = &sidebar->ui.sect[sidebar->at[CO_SECTION_VIEW]].item[0];
  for (int i = 0; i < CO_NUM_ARRANGES; i++) co_sidebar_choice(worlds, i, co_arrange_names[i]);
  co_sidebar_choices(worlds, CO_NUM_ARRANGES);
  worlds->state = sidebar->desk->stages == 2;
  co_sidebar_find(sidebar, CO_ITEM_SIDE)->state = sidebar->desk->stages == 2;
  mjuiItem *cameras = co_sidebar_find(sidebar, CO_ITEM_CAMERA);
  int count = view->facts->num_cameras;
  if (count > mjMAXUIMULTI - 2) count = mjMAXUIMULTI - 2;
  for (int i = 0; i < count; i++) co_sidebar_choice(cameras, i + 2, view->camera[i]);
  co_sidebar_choices(cameras, count + 2);
}

// Of a study with many policies those around the present one.
static void list_policies(co_sidebar *sidebar, const co_sidebar_view *view) {
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_POLICY);
  int all = view->facts->num_policies, now = view->facts->policy[sidebar->desk->side];
  sidebar->policy_page = now < 0 ? 0 : now / mjMAXUIMULTI * mjMAXUIMULTI;
  int count = all - sidebar->policy_page;
  if (count > mjMAXUIMULTI) count = mjMAXUIMULTI;
  for (int i = 0; i < count; i++)
    shorten_choice(item, i, view->choice[sidebar->policy_page + i].name);
  if (count == 0) co_sidebar_choice(item, 0, "none");
  co_sidebar_choices(item, count ? count : 1);
  item->state = all > 1 || (all == 1 && now < 0);
  sidebar->policy = now < 0 ? 0 : now - sidebar->policy_page;
}

// All switches of the desk that the sidebar shows, one bit each.
static unsigned switches_of(const co_desk *desk) {
  unsigned bits = (unsigned)desk->arrange << 1 | (unsigned)desk->side;
  const int *const flags[] = {&desk->full, &desk->scaled, &desk->timeline, &desk->head};
  for (int i = 0; i < 4; i++) bits = bits << 1 | (unsigned)*flags[i];
  for (int i = 0; i < CO_NUM_PANELS; i++) bits = bits << 1 | (unsigned)desk->open[i];
  for (int i = 0; i < CO_NUM_OVERLAYS; i++) bits = bits << 1 | (unsigned)desk->overlay[i];
  return bits;
}

static void remember(co_sidebar *sidebar, const co_sidebar_view *view) {
  sidebar->facts = *view->facts;
  sidebar->seen = *view;
  sidebar->side = sidebar->desk->side;
  sidebar->switches = switches_of(sidebar->desk);
  sidebar->speed = view->facts->speed;
  sidebar->dirty = true;
}

co_status co_sidebar_create(co_desk *desk, const co_sidebar_view *view, co_sidebar **out) {
  co_sidebar *sidebar = co_alloc(1, sizeof *sidebar);
  if (!sidebar) return CO_MEMORY;
  sidebar->desk = desk;
  co_status status = build(sidebar, view);
  if (status != CO_OK) {
    free(sidebar);
    return status;
  }
  sidebar->world = view->world[desk->side];
  list_views(sidebar, view);
  list_policies(sidebar, view);
  co_sidebar_list(sidebar, 0);
  remember(sidebar, view);
  co_sidebar_actions(sidebar);
  *out = sidebar;
  return CO_OK;
}

void co_sidebar_free(co_sidebar *sidebar) {
  free(sidebar);
}

static bool is_same(const co_sidebar *sidebar, const co_sidebar_view *view) {
  int side = sidebar->desk->side;
  int camera = sidebar->desk->camera_mode == CO_CAMERA_FIXED ? sidebar->desk->fixed + 2
                                                             : sidebar->desk->camera_mode;
  return sidebar->switches == switches_of(sidebar->desk) && sidebar->side == side &&
         sidebar->world == view->world[side] &&
         sidebar->facts.policy[side] == view->facts->policy[side] &&
         sidebar->facts.num_policies == view->facts->num_policies &&
         sidebar->facts.num_cameras == view->facts->num_cameras &&
         sidebar->speed == view->facts->speed && sidebar->camera == camera;
}

// A new world keeps what was chosen in the shift section: it mostly comes from there.
bool co_sidebar_update(co_sidebar *sidebar, const co_sidebar_view *view) {
  co_sidebar_follow_actions(sidebar, view);
  if (is_same(sidebar, view)) return false;
  int side = sidebar->desk->side;
  bool other_world = sidebar->world != view->world[side];
  sidebar->world = view->world[side];
  if (sidebar->side != side)
    co_sidebar_list(sidebar, 0);
  else if (other_world && sidebar->desk->drag != CO_DRAG_SIDEBAR && !sidebar->due)
    co_sidebar_list(sidebar, CO_ITEM_COMPONENT);
  else if (other_world)
    co_sidebar_list_made(sidebar);
  if (other_world || sidebar->side != side) co_sidebar_close_menu(sidebar);
  sidebar->camera = sidebar->desk->camera_mode == CO_CAMERA_FIXED ? sidebar->desk->fixed + 2
                                                                  : sidebar->desk->camera_mode;
  list_views(sidebar, view);
  list_policies(sidebar, view);
  remember(sidebar, view);
  co_sidebar_actions(sidebar);
  return true;
}

// --- what was changed by mouse

static void use_camera(co_sidebar *sidebar) {
  co_desk *desk = sidebar->desk;
  if (sidebar->camera < 2)
    co_desk_camera(desk, (co_camera_mode)sidebar->camera, 0);
  else
    co_desk_camera(desk, CO_CAMERA_FIXED, sidebar->camera - 2);
}

static void command(co_sidebar *sidebar, co_command_id id, int64_t value) {
  co_desk_command(sidebar->desk,
                  &(co_command){.id = id, .stage = sidebar->desk->side, .value = value});
}

static void apply(co_sidebar *sidebar, int id) {
  sidebar->dirty = true;
  if (id < CO_NUM_ACTIONS) {
    co_desk_do(sidebar->desk, (co_action_id)id, &sidebar->facts);
    return;
  }
  if (id >= CO_ITEM_SLIDER) {
    co_sidebar_acted(sidebar, id - CO_ITEM_SLIDER);
    return;
  }
  switch (id) {
    case CO_ITEM_PLAIN:
    case CO_ITEM_SIDE: break;
    case CO_ITEM_SPEED: command(sidebar, CO_CMD_SPEED, sidebar->speed); break;
    case CO_ITEM_CAMERA: use_camera(sidebar); break;
    case CO_ITEM_PRESET:
      sidebar->desk->full = !sidebar->desk->full;
      co_desk_do(sidebar->desk, CO_DO_PRESET, &sidebar->facts);
      break;
    case CO_ITEM_POLICY:
      command(sidebar, CO_CMD_POLICY, sidebar->policy_page + sidebar->policy);
      break;
    default: co_sidebar_shifted(sidebar, id); break;
  }
}

void co_sidebar_choose(co_sidebar *sidebar, mjuiItem *item, int index) {
  sidebar->dirty = true;
  switch (item->userid) {
    case CO_ITEM_POLICY: command(sidebar, CO_CMD_POLICY, index); return;
    case CO_ITEM_ELEMENT: co_sidebar_use_element(sidebar, index - 1); return;
    case CO_ITEM_MADE: co_sidebar_use_made(sidebar, index); return;
    default: break;
  }
  assert(index < item->multi.nelem);
  *(int *)item->pdata = index;
  apply(sidebar, item->userid);
}

// --- events

static int type_of(co_event_kind kind) {
  switch (kind) {
    case CO_EVENT_KEY: return mjEVENT_KEY;
    case CO_EVENT_PRESS: return mjEVENT_PRESS;
    case CO_EVENT_RELEASE: return mjEVENT_RELEASE;
    case CO_EVENT_MOVE: return mjEVENT_MOVE;
    case CO_EVENT_SCROLL: return mjEVENT_SCROLL;
    default: return mjEVENT_NONE;
  }
}

static void set_button(mjuiState *state, const co_event *event, int down) {
  static const int buttons[] = {mjBUTTON_NONE, mjBUTTON_LEFT, mjBUTTON_RIGHT, mjBUTTON_MIDDLE};
  state->button = buttons[event->button];
  if (event->button == CO_BUTTON_LEFT) state->left = down;
  if (event->button == CO_BUTTON_RIGHT) state->right = down;
  if (event->button == CO_BUTTON_MIDDLE) state->middle = down;
}

static void translate(const co_event *event, co_box box, int height, mjuiState *state) {
  state->nrect = 2;
  state->rect[1] = (mjrRect){box.x, height - box.y - box.h, box.w, box.h};
  state->type = type_of(event->kind);
  state->x = event->x;
  state->y = height - event->y;
  state->dx = event->kind == CO_EVENT_MOVE ? event->dx : 0;
  state->dy = event->kind == CO_EVENT_MOVE ? -event->dy : 0;
  state->sx = event->kind == CO_EVENT_SCROLL ? event->dx : 0;
  state->sy = event->kind == CO_EVENT_SCROLL ? event->dy : 0;
  state->control = event->control;
  state->shift = event->shift;
  state->alt = event->alt;
  state->key = event->key;
  state->mouserect = co_box_has(box, (int)event->x, (int)event->y);
  if (event->kind == CO_EVENT_PRESS) {
    set_button(state, event, 1);
    state->doubleclick = event->twice;
    state->buttontime = event->time;
    state->dragrect = state->mouserect;
    state->dragbutton = state->button;
  }
  if (event->kind == CO_EVENT_RELEASE) set_button(state, event, 0);
}

// MuJoCo reports one item at most; what it is bound to has its new value already.
static co_status pass_on(co_sidebar *sidebar, mjrContext *context) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjui_event");
  int drawn = context->currentBuffer;
  mjuiItem *item = mjui_event(&sidebar->ui, &sidebar->state, context);
  mjr_setBuffer(drawn, context);
  co_mujoco_done();
  if (item && item->state > 0) apply(sidebar, item->userid);
  return CO_OK;
}

bool co_sidebar_event(co_sidebar *sidebar, const co_event *event, co_box box, int height,
                      mjrContext *context) {
  co_desk *desk = sidebar->desk;
  bool over = co_box_has(box, (int)event->x, (int)event->y);
  bool mine = desk->drag == CO_DRAG_SIDEBAR || (desk->drag == CO_DRAG_NONE && over);
  bool types = event->kind == CO_EVENT_KEY && sidebar->ui.editsect > 0;
  if (!sidebar->ready || box.w == 0 || type_of(event->kind) == mjEVENT_NONE) return false;
  if (event->kind == CO_EVENT_KEY ? !types : !mine) return false;
  translate(event, box, height, &sidebar->state);
  if (event->kind == CO_EVENT_PRESS) {
    desk->drag = CO_DRAG_SIDEBAR;
    desk->drag_button = event->button;
  }
  pass_on(sidebar, context);
  if (event->kind == CO_EVENT_RELEASE && event->button == desk->drag_button) {
    desk->drag = CO_DRAG_NONE;
    sidebar->state.dragrect = sidebar->state.dragbutton = 0;
  }
  return true;
}

// --- drawing

co_status co_sidebar_resize(co_sidebar *sidebar, bool software, mjrContext *context) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjui_resize");
  if (software) sidebar->ui.spacing.samples = 0;
  mjui_resize(&sidebar->ui, context);
  mjr_addAux(sidebar->ui.auxid, sidebar->ui.width, sidebar->ui.maxheight,
             sidebar->ui.spacing.samples, context);
  co_mujoco_done();
  sidebar->ready = sidebar->dirty = true;
  return CO_OK;
}

int co_sidebar_width(const co_sidebar *sidebar) {
  return sidebar->ui.width;
}

mjUI *co_sidebar_ui(co_sidebar *sidebar) {
  return &sidebar->ui;
}

co_status co_sidebar_draw(co_sidebar *sidebar, co_box box, int height, mjrContext *context) {
  if (!sidebar->ready || box.w == 0) return CO_OK;
  sidebar->state.nrect = 2;
  sidebar->state.rect[1] = (mjrRect){box.x, height - box.y - box.h, box.w, box.h};
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjui_render");
  if (sidebar->dirty) mjui_update(-1, -1, &sidebar->ui, &sidebar->state, context);
  mjr_setBuffer(mjFB_WINDOW, context);
  mjui_render(&sidebar->ui, &sidebar->state, context);
  co_mujoco_done();
  sidebar->dirty = false;
  return CO_OK;
}
