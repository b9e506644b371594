// Parts of the sidebar, private to sidebar*.c.

#ifndef VIZ_SHOW_PRIVATE_SIDEBAR_INTERNAL_H_
#define VIZ_SHOW_PRIVATE_SIDEBAR_INTERNAL_H_

#include "viz/show/private/menu.h"
#include "viz/show/private/sidebar.h"

#include <mujoco/mujoco.h>

// Items that mean more than an action or a switch of the desk.
typedef enum co_sidebar_item {
  CO_ITEM_ACTION = 0,    // and the number of the action
  CO_ITEM_PLAIN = 1000,  // changes the desk in place
  CO_ITEM_SPEED,
  CO_ITEM_SIDE,
  CO_ITEM_CAMERA,
  CO_ITEM_PRESET,
  CO_ITEM_GROUP,
  CO_ITEM_PARAMETER,
  CO_ITEM_ELEMENT,
  CO_ITEM_PATTERN,
  CO_ITEM_COMPONENT,
  CO_ITEM_VALUE,
  CO_ITEM_ON,
  CO_ITEM_MADE,
  CO_ITEM_POLICY,
  CO_ITEM_SLIDER,  // and the number of the action's element
} co_sidebar_item;

enum {
  CO_SECTION_TRANSPORT,
  CO_SECTION_ACTIONS,  // only where sliders can act
  CO_SECTION_VIEW,
  CO_SECTION_SHIFTS,
  CO_SECTION_POLICIES,
  CO_SECTION_WINDOW,
  CO_NUM_SECTIONS
};

enum { CO_SIDEBAR_ACTIONS = 64 };  // sliders at most
enum { CO_MENU_TEXT = 256, CO_MENU_PAGE = 10 };

struct co_sidebar {
  co_desk *desk;  // borrowed
  mjUI ui;
  mjuiState state;
  bool ready;               // a context has its buffer
  bool dirty;               // to be drawn anew
  int at[CO_NUM_SECTIONS];  // number of a section in the user interface, -1: it is not there
  // the list that is open
  co_menu menu;
  mjuiItem *dropped;  // its field
  bool held;          // the button that opened it was not let go yet
  const co_font *font;
  int width, height;  // [pixels] of the window
  // what the items show
  int speed, camera, policy, policy_page;
  int group, parameter, element, component, on, made;
  mjtNum place;
  char pattern[mjMAXUITEXT];
  co_knob knob;
  bool has_knob;
  double value;  // of the knob
  bool due;      // a shift that is to be made
  double made_at;
  mjtNum action[CO_SIDEBAR_ACTIONS];
  int num_actions;  // sliders that there are
  int follows;      // frames until they show the session's numbers again
  // what they were made from
  co_parameter_id listed[CO_NUM_PARAMETERS];  // of the group
  int num_listed;
  const co_built_world *world;  // of the side
  int side;
  unsigned switches;  // of the desk, as they are drawn
  co_sidebar_view seen;
  co_desk_facts facts;
};

mjuiItem *co_sidebar_find(co_sidebar *sidebar, int id);  // by its user's number
void co_sidebar_choices(mjuiItem *item, int count);      // how many a list has
void co_sidebar_choice(mjuiItem *item, int i, const char *name);
// Where an item lies in the window, for a sidebar in `box`.
co_box co_sidebar_place(const co_sidebar *sidebar, const mjuiItem *item, co_box box);
// Sets a list to an entry of its menu, which may hold more than MuJoCo's item does.
void co_sidebar_choose(co_sidebar *sidebar, mjuiItem *item, int index);

// The section of actions: whether there is one, its labels and ranges for the side's world, its
// numbers, and what a slider was moved to.
bool co_sidebar_has_actions(const co_sidebar_view *view);
void co_sidebar_actions(co_sidebar *sidebar);
void co_sidebar_follow_actions(co_sidebar *sidebar, const co_sidebar_view *view);
void co_sidebar_acted(co_sidebar *sidebar, int index);

// The shift section: fills its lists for the side's world, from `changed` on (an item of the
// section), or all.
void co_sidebar_list(co_sidebar *sidebar, int changed);
void co_sidebar_list_made(co_sidebar *sidebar);  // the shifts of the world, and no more
// Elements of the parameter that is chosen, and their names.
int co_sidebar_elements(const co_sidebar *sidebar);
const char *co_sidebar_element(const co_sidebar *sidebar, int index);
// Chooses an element (-1: all), or shows a shift that was made.
void co_sidebar_use_element(co_sidebar *sidebar, int index);
void co_sidebar_use_made(co_sidebar *sidebar, int index);
// What an item of the section was set to; makes the shift, or notes that it is due.
void co_sidebar_shifted(co_sidebar *sidebar, int id);

#endif  // VIZ_SHOW_PRIVATE_SIDEBAR_INTERNAL_H_
