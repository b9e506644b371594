// The sidebar: MuJoCo's own user interface, with a section each for transport, view, shifts and
// policies, and one of sliders where these can act. All that keys do can be done here by mouse, and
// shifts are made here.
//
// It changes the desk's choices in place and puts wishes on it. Built and filled without OpenGL;
// only functions that take a context draw. Thread safety: none.

#ifndef VIZ_SHOW_PRIVATE_SIDEBAR_H_
#define VIZ_SHOW_PRIVATE_SIDEBAR_H_

#include "viz/show/private/desk.h"
#include "viz/show/private/knob.h"

struct mjrContext_;
struct mjUI_;

typedef struct co_sidebar co_sidebar;

// What is shown of the worlds and the session.
typedef struct co_sidebar_view {
  const co_desk_facts *facts;
  const co_built_world *world[CO_SESSION_STAGES];  // now
  const co_choice *choice;                         // (facts->num_policies)
  const char *const *camera;                       // (facts->num_cameras)
  const float *action[CO_SESSION_STAGES];          // (act_dim) of the shown step; NULL: not known
} co_sidebar_view;

// The desk is borrowed. CO_MEMORY.
co_status co_sidebar_create(co_desk *desk, const co_sidebar_view *view, co_sidebar **out);
void co_sidebar_free(co_sidebar *sidebar);

// Takes over what has changed in the session; true: the sidebar looks different now.
bool co_sidebar_update(co_sidebar *sidebar, const co_sidebar_view *view);

// A slider that is dragged makes a shift now and then, not one for every pixel.
void co_sidebar_tick(co_sidebar *sidebar, double time);

int co_sidebar_width(const co_sidebar *sidebar);  // [pixels] wanted
struct mjUI_ *co_sidebar_ui(co_sidebar *sidebar);

// Lays it out in a context, of which it takes buffer 0.
co_status co_sidebar_resize(co_sidebar *sidebar, bool software, struct mjrContext_ *context);
// A mouse or key event; true when it belongs to the sidebar. `box`: where it is.
bool co_sidebar_event(co_sidebar *sidebar, const co_event *event, co_box box, int height,
                      struct mjrContext_ *context);
// Events of the lists, which come before all others; what is open is closed by them. True when it
// belongs to a list.
bool co_sidebar_menu_event(co_sidebar *sidebar, const co_event *event, co_box box);
void co_sidebar_close_menu(co_sidebar *sidebar);
// Paints the list that is open over all else, and notes the font and the window's size for events.
void co_sidebar_paint(co_sidebar *sidebar, co_paint *paint, int width, int height);
co_box co_sidebar_menu(const co_sidebar *sidebar);  // where the open list lies; empty: none is
co_status co_sidebar_draw(co_sidebar *sidebar, co_box box, int height, struct mjrContext_ *context);

// --- what the shift section shows, for tests and scripts

// Chooses a parameter, elements and a value as the mouse would.
// CO_CONFIG.
co_status co_sidebar_shift(co_sidebar *sidebar, co_parameter_id parameter, const char *select,
                           double place);
// Moves the slider of an element of the action ("thigh_joint"). CO_CONFIG.
co_status co_sidebar_steer(co_sidebar *sidebar, const char *name, double value);
const co_knob *co_sidebar_knob(const co_sidebar *sidebar);

#endif  // VIZ_SHOW_PRIVATE_SIDEBAR_H_
