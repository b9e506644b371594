// The section of the sidebar with a slider for each element of the action. It is there where
// sliders can be chosen to act, and takes hold where they do.

#include "viz/show/private/sidebar_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Frames that the session is given to follow a slider, so that it does not jump back meanwhile.
enum { FOLLOWS = 6 };

bool co_sidebar_has_actions(const co_sidebar_view *view) {
  for (int i = 0; i < view->facts->num_policies; i++)
    if (!view->choice[i].policy && view->choice[i].stand_in == CO_STAND_IN_SLIDERS) return true;
  return false;
}

// Whether sliders act in a stage that is there.
static bool is_by_hand(const co_sidebar *sidebar, int stage) {
  const co_sidebar_view *view = &sidebar->seen;
  int chosen = view->facts->policy[stage];
  if (stage >= sidebar->desk->stages || chosen < 0) return false;
  return !view->choice[chosen].policy && view->choice[chosen].stand_in == CO_STAND_IN_SLIDERS;
}

static mjuiItem *items(co_sidebar *sidebar) {
  return sidebar->ui.sect[sidebar->at[CO_SECTION_ACTIONS]].item;
}

// "ctrl/thigh_joint" reads "thigh_joint".
static const char *short_name(const char *name) {
  const char *slash = strchr(name, '/');
  return slash && slash[1] ? slash + 1 : name;
}

// The list is narrow, and names differ at their ends: "right_s..lder1".
static void label(const char *name, char *out, size_t size) {
  enum { ROOM = 14, HEAD = 7, TAIL = 5 };
  size_t length = strlen(name);
  if (length <= ROOM)
    snprintf(out, size, "%s", name);
  else
    snprintf(out, size, "%.*s..%s", HEAD, name, name + length - TAIL);
}

static void show_slider(co_sidebar *sidebar, int i) {
  const co_env_info *info = &sidebar->world->info;
  mjuiItem *item = &items(sidebar)[i];
  bool there = i < info->act_dim;
  item->state = there && is_by_hand(sidebar, sidebar->desk->side);
  label(there ? short_name(info->action[i].name) : "", item->name, sizeof item->name);
  if (!there) return;
  item->slider.range[0] = co_stand_in_low(&info->action[i]);
  item->slider.range[1] = co_stand_in_high(&info->action[i]);
}

void co_sidebar_actions(co_sidebar *sidebar) {
  for (int i = 0; i < sidebar->num_actions; i++) show_slider(sidebar, i);
}

// Numbers are those of the shown step, so that going back shows how it was steered.
void co_sidebar_follow_actions(co_sidebar *sidebar, const co_sidebar_view *view) {
  int side = sidebar->desk->side;
  const float *action = view->action[side];
  sidebar->seen = *view;
  if (sidebar->desk->drag == CO_DRAG_SIDEBAR) return;
  if (sidebar->follows > 0) {
    sidebar->follows--;
    return;
  }
  if (!action || !is_by_hand(sidebar, side)) return;
  for (int i = 0; i < sidebar->num_actions && i < view->world[side]->info.act_dim; i++) {
    if ((float)sidebar->action[i] == action[i]) continue;
    sidebar->action[i] = (mjtNum)action[i];
    sidebar->dirty = true;
  }
}

static int find_action(const co_env_info *info, const char *name) {
  for (int i = 0; i < info->act_dim; i++)
    if (strcmp(info->action[i].name, name) == 0) return i;
  return -1;
}

// Two worlds under one hand can be compared: the other side is steered alike.
void co_sidebar_acted(co_sidebar *sidebar, int index) {
  const co_env_info *info = &sidebar->world->info;
  if (index >= info->act_dim) return;
  for (int stage = 0; stage < sidebar->desk->stages; stage++) {
    const co_built_world *world = sidebar->seen.world[stage];
    int element = find_action(&world->info, info->action[index].name);
    if (element < 0 || !is_by_hand(sidebar, stage)) continue;
    const co_action_element *of = &world->info.action[element];
    double value = fmax(co_stand_in_low(of), fmin(co_stand_in_high(of), sidebar->action[index]));
    co_desk_command(
        sidebar->desk,
        &(co_command){.id = CO_CMD_ACTION, .stage = stage, .value = element, .number = value});
  }
  sidebar->follows = FOLLOWS;
}

co_status co_sidebar_steer(co_sidebar *sidebar, const char *name, double value) {
  const co_env_info *info = &sidebar->world->info;
  int index = find_action(info, name);
  for (int i = 0; index < 0 && i < info->act_dim; i++)
    if (strcmp(short_name(info->action[i].name), name) == 0) index = i;
  if (index < 0 || index >= sidebar->num_actions)
    return co_fail(CO_CONFIG, "action: there is no slider \"%s\"", name);
  if (!is_by_hand(sidebar, sidebar->desk->side))
    return co_fail(CO_CONFIG, "action: sliders do not act here");
  const co_action_element *of = &info->action[index];
  if (!(value >= co_stand_in_low(of) && value <= co_stand_in_high(of)))
    return co_fail(CO_CONFIG, "action %s: must be from %g to %g, is %g", name, co_stand_in_low(of),
                   co_stand_in_high(of), value);
  sidebar->action[index] = value;
  sidebar->dirty = true;
  co_sidebar_acted(sidebar, index);
  return CO_OK;
}
