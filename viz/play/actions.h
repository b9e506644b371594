// Everything that a person can do in the window, in one table: the window binds keys by it, the
// help overlay shows it, docs/viewer.md lists it (tests/viz/play/test_actions.c compares).
//
// Keys are those of a US keyboard: capital ASCII for what has a character, CO_KEY_* for the rest.

#ifndef VIZ_PLAY_ACTIONS_H_
#define VIZ_PLAY_ACTIONS_H_

#include <stdbool.h>

// id, name for people
#define CO_KEY_LIST(X)             \
  X(CO_KEY_ESCAPE, "Esc")          \
  X(CO_KEY_TAB, "Tab")             \
  X(CO_KEY_BACKSPACE, "Backspace") \
  X(CO_KEY_ENTER, "Enter")         \
  X(CO_KEY_LEFT, "Left")           \
  X(CO_KEY_RIGHT, "Right")         \
  X(CO_KEY_UP, "Up")               \
  X(CO_KEY_DOWN, "Down")           \
  X(CO_KEY_PAGE_UP, "Page Up")     \
  X(CO_KEY_PAGE_DOWN, "Page Down") \
  X(CO_KEY_HOME, "Home")           \
  X(CO_KEY_END, "End")             \
  X(CO_KEY_F1, "F1")               \
  X(CO_KEY_F2, "F2")               \
  X(CO_KEY_F3, "F3")               \
  X(CO_KEY_F4, "F4")               \
  X(CO_KEY_F5, "F5")               \
  X(CO_KEY_F6, "F6")               \
  X(CO_KEY_F9, "F9")               \
  X(CO_KEY_F11, "F11")

typedef enum co_key {
  CO_KEY_NONE = 0,
  CO_KEY_FIRST = 256,  // behind the characters
#define X(id, name) id,
  CO_KEY_LIST(X)
#undef X
} co_key;

enum { CO_MOD_NONE = 0, CO_MOD_SHIFT = 1, CO_MOD_CTRL = 2 };

#define CO_ACTION_GROUP_LIST(X)             \
  X(CO_GROUP_TRANSPORT, "Run and step")     \
  X(CO_GROUP_EPISODE, "Episodes")           \
  X(CO_GROUP_POLICY, "Policies and shifts") \
  X(CO_GROUP_VIEW, "Views and cameras")     \
  X(CO_GROUP_SHOW, "In the scene")          \
  X(CO_GROUP_PANELS, "Panels")              \
  X(CO_GROUP_WINDOW, "Window")

typedef enum co_action_group {
#define X(id, name) id,
  CO_ACTION_GROUP_LIST(X)
#undef X
      CO_NUM_ACTION_GROUPS
} co_action_group;
extern const char *const co_action_group_names[];

// id, key, modifiers, group, where the mouse does it, what it does
#define CO_ACTION_LIST(X)                                                                          \
  X(CO_DO_TOGGLE, ' ', 0, CO_GROUP_TRANSPORT, "sidebar, click the time line's left end",           \
    "run or pause")                                                                                \
  X(CO_DO_FORWARD, CO_KEY_RIGHT, 0, CO_GROUP_TRANSPORT, "sidebar", "one control step forward")     \
  X(CO_DO_BACK, CO_KEY_LEFT, 0, CO_GROUP_TRANSPORT, "sidebar", "one control step back")            \
  X(CO_DO_FORWARD_FAR, CO_KEY_RIGHT, CO_MOD_SHIFT, CO_GROUP_TRANSPORT,                             \
    "drag on the time line or a strip", "25 control steps forward")                                \
  X(CO_DO_BACK_FAR, CO_KEY_LEFT, CO_MOD_SHIFT, CO_GROUP_TRANSPORT,                                 \
    "drag on the time line or a strip", "25 control steps back")                                   \
  X(CO_DO_FIRST, CO_KEY_HOME, 0, CO_GROUP_TRANSPORT, "time line", "first step that is kept")       \
  X(CO_DO_LAST, CO_KEY_END, 0, CO_GROUP_TRANSPORT, "time line", "last step that was reached")      \
  X(CO_DO_FASTER, '=', 0, CO_GROUP_TRANSPORT, "sidebar", "twice as fast")                          \
  X(CO_DO_SLOWER, '-', 0, CO_GROUP_TRANSPORT, "sidebar", "half as fast")                           \
  X(CO_DO_TRUE_SPEED, CO_KEY_ENTER, 0, CO_GROUP_TRANSPORT, "sidebar", "true speed")                \
  X(CO_DO_PARTING, 'D', 0, CO_GROUP_TRANSPORT, "time line, the mark",                              \
    "the first step at which the two sides differ")                                                \
  X(CO_DO_RESET, CO_KEY_BACKSPACE, 0, CO_GROUP_EPISODE, "sidebar", "the same episode again")       \
  X(CO_DO_NEXT_EPISODE, 'N', 0, CO_GROUP_EPISODE, "sidebar", "next episode")                       \
  X(CO_DO_PREVIOUS_EPISODE, 'N', CO_MOD_SHIFT, CO_GROUP_EPISODE, "sidebar", "previous episode")    \
  X(CO_DO_FAILURE, 'X', 0, CO_GROUP_EPISODE, "sidebar",                                            \
    "next episode that ends in a fall or a fault")                                                 \
  X(CO_DO_SIDE, 'S', 0, CO_GROUP_POLICY, "click a scene",                                          \
    "the other side gets policies, shifts and pushes")                                             \
  X(CO_DO_NEXT_POLICY, CO_KEY_PAGE_DOWN, 0, CO_GROUP_POLICY, "sidebar",                            \
    "next policy, from the state that is shown")                                                   \
  X(CO_DO_PREVIOUS_POLICY, CO_KEY_PAGE_UP, 0, CO_GROUP_POLICY, "sidebar",                          \
    "previous policy, from the state that is shown")                                               \
  X(CO_DO_NEXT_POLICY_ANEW, CO_KEY_PAGE_DOWN, CO_MOD_CTRL, CO_GROUP_POLICY, "sidebar",             \
    "next policy, from the start of the episode")                                                  \
  X(CO_DO_PREVIOUS_POLICY_ANEW, CO_KEY_PAGE_UP, CO_MOD_CTRL, CO_GROUP_POLICY, "sidebar",           \
    "previous policy, from the start of the episode")                                              \
  X(CO_DO_COPY, 'C', CO_MOD_CTRL, CO_GROUP_POLICY, "sidebar", "copy the shifts as config text")    \
  X(CO_DO_UNSHIFT, 'Z', CO_MOD_CTRL, CO_GROUP_POLICY, "sidebar",                                   \
    "take back all shifts made by hand")                                                           \
  X(CO_DO_ARRANGE, 'V', 0, CO_GROUP_VIEW, "sidebar", "side by side, ghost, or one side only")      \
  X(CO_DO_TRACK, 'T', 0, CO_GROUP_VIEW, "sidebar", "camera that follows the robot")                \
  X(CO_DO_FREE, CO_KEY_ESCAPE, 0, CO_GROUP_VIEW, "drag in the scene",                              \
    "free camera: left turns, right moves, wheel zooms")                                           \
  X(CO_DO_FIXED, ']', 0, CO_GROUP_VIEW, "sidebar", "next camera of the model")                     \
  X(CO_DO_FIXED_BACK, '[', 0, CO_GROUP_VIEW, "sidebar", "previous camera of the model")            \
  X(CO_DO_NEARER, CO_KEY_UP, 0, CO_GROUP_VIEW, "wheel", "camera nearer")                           \
  X(CO_DO_FARTHER, CO_KEY_DOWN, 0, CO_GROUP_VIEW, "wheel", "camera farther")                       \
  X(CO_DO_TURN_LEFT, ',', 0, CO_GROUP_VIEW, "drag in the scene", "turns the camera to the left")   \
  X(CO_DO_TURN_RIGHT, '.', 0, CO_GROUP_VIEW, "drag in the scene", "turns the camera to the right") \
  X(CO_DO_PUSH_LEFT, CO_KEY_LEFT, CO_MOD_CTRL, CO_GROUP_SHOW,                                      \
    "Ctrl + drag a body; right button turns", "pushes the selected body to the left")              \
  X(CO_DO_PUSH_RIGHT, CO_KEY_RIGHT, CO_MOD_CTRL, CO_GROUP_SHOW,                                    \
    "Ctrl + drag a body; right button turns", "pushes the selected body to the right")             \
  X(CO_DO_CONTACTS, 'C', 0, CO_GROUP_SHOW, "sidebar", "contact points")                            \
  X(CO_DO_FORCES, 'F', 0, CO_GROUP_SHOW, "sidebar", "contact forces")                              \
  X(CO_DO_FRICTION, 'M', CO_MOD_SHIFT, CO_GROUP_SHOW, "sidebar",                                   \
    "effective friction at every contact")                                                         \
  X(CO_DO_LIMITS, 'J', 0, CO_GROUP_SHOW, "sidebar", "joints at their limits")                      \
  X(CO_DO_MASS, 'M', 0, CO_GROUP_SHOW, "sidebar", "centre of mass")                                \
  X(CO_DO_VELOCITY, 'A', 0, CO_GROUP_SHOW, "sidebar", "commanded and actual velocity as arrows")   \
  X(CO_DO_STRIPS, CO_KEY_F2, 0, CO_GROUP_PANELS, "sidebar", "strips over time")                    \
  X(CO_DO_ACTIVATIONS, CO_KEY_F3, 0, CO_GROUP_PANELS, "sidebar", "activations and tensors")        \
  X(CO_DO_MAPPING, CO_KEY_F4, 0, CO_GROUP_PANELS, "sidebar",                                       \
    "mapping of observations and actions")                                                         \
  X(CO_DO_TIMELINE, CO_KEY_F5, 0, CO_GROUP_PANELS, "sidebar", "time line")                         \
  X(CO_DO_HEAD, CO_KEY_F6, 0, CO_GROUP_PANELS, "sidebar", "text in the scenes")                    \
  X(CO_DO_SCROLL_DOWN, CO_KEY_PAGE_DOWN, CO_MOD_SHIFT, CO_GROUP_PANELS, "wheel on a panel",        \
    "scrolls the panel under the mouse down")                                                      \
  X(CO_DO_SCROLL_UP, CO_KEY_PAGE_UP, CO_MOD_SHIFT, CO_GROUP_PANELS, "wheel on a panel",            \
    "scrolls the panel under the mouse up")                                                        \
  X(CO_DO_UNFOLD, 'O', 0, CO_GROUP_PANELS, "click a group's name",                                 \
    "opens or closes the groups of observations")                                                  \
  X(CO_DO_SHORTER, '=', CO_MOD_CTRL, CO_GROUP_PANELS, "Ctrl + wheel on a strip",                   \
    "strips show half as many steps")                                                              \
  X(CO_DO_LONGER, '-', CO_MOD_CTRL, CO_GROUP_PANELS, "Ctrl + wheel on a strip",                    \
    "strips show twice as many steps")                                                             \
  X(CO_DO_SIDEBAR, CO_KEY_TAB, 0, CO_GROUP_WINDOW, "click the window's left edge", "sidebar")      \
  X(CO_DO_PRESET, 'P', 0, CO_GROUP_WINDOW, "sidebar",                                              \
    "fast drawing (no shadows, reflections, smoothing) or full")                                   \
  X(CO_DO_SCALE, 'R', 0, CO_GROUP_WINDOW, "sidebar", "scenes at three quarters of the resolution") \
  X(CO_DO_SCREENSHOT, 'P', CO_MOD_CTRL, CO_GROUP_WINDOW, "sidebar", "saves a picture as PNG")      \
  X(CO_DO_RECORD, CO_KEY_F9, 0, CO_GROUP_WINDOW, "sidebar",                                        \
    "records the window as a video, and ends it")                                                  \
  X(CO_DO_FULLSCREEN, CO_KEY_F11, 0, CO_GROUP_WINDOW, "sidebar",                                   \
    "full screen, and back to the old size")                                                       \
  X(CO_DO_TEXT_LARGER, '=', CO_MOD_SHIFT, CO_GROUP_WINDOW, "sidebar", "larger text")               \
  X(CO_DO_TEXT_SMALLER, '-', CO_MOD_SHIFT, CO_GROUP_WINDOW, "sidebar", "smaller text")             \
  X(CO_DO_TEXT_USUAL, '0', CO_MOD_CTRL, CO_GROUP_WINDOW, "sidebar",                                \
    "text as large as the screen asks for")                                                        \
  X(CO_DO_HELP, CO_KEY_F1, 0, CO_GROUP_WINDOW, "sidebar", "this help")                             \
  X(CO_DO_QUIT, 'Q', CO_MOD_CTRL, CO_GROUP_WINDOW, "close the window", "quits")

typedef enum co_action_id {
  CO_DO_NOTHING = -1,
#define X(id, key, mods, group, mouse, doc) id,
  CO_ACTION_LIST(X)
#undef X
      CO_NUM_ACTIONS
} co_action_id;

typedef struct co_action_entry {
  int key, mods;
  co_action_group group;
  const char *mouse, *doc;
} co_action_entry;
extern const co_action_entry co_actions[];  // by id

// The camera of the model with this number, from 1: digits 1 to 9 choose it directly.
enum { CO_CAMERA_KEYS = 9 };

// The action of a key (a small letter counts as its capital), CO_DO_NOTHING: none.
co_action_id co_action_find(int key, int mods);
// The key of a name, without modifiers: "Right", "D", "PageDown"; CO_KEY_NONE: there is none.
int co_action_key_named(const char *name);
// "Shift+Right", "D", "Space"; "" for CO_KEY_NONE. Returns `out`.
const char *co_action_key(co_action_id id, char out[32]);

#endif  // VIZ_PLAY_ACTIONS_H_
