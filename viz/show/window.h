// The one window, and the only file that knows GLFW: a context to draw into and events as plain
// values.
//
// GLFW is loaded when a window is opened, so that the program runs where there is none. A display
// that goes away while the window is open does not end the process, as Xlib would: from then on
// nothing is shown, co_window_status says so, and the window can only be closed.
//
// Coordinates are pixels of the window's buffer, x to the right and y down from its upper left
// corner, whatever the display's scale. Keys are the numbers of mujoco/mjui.h.
//
// Thread safety: one window per process, all calls on the thread that opened it.

#ifndef VIZ_SHOW_WINDOW_H_
#define VIZ_SHOW_WINDOW_H_

#include "core/status.h"
#include "viz/draw/gl.h"

#include <stdbool.h>

enum { CO_WINDOW_LEAST = 160, CO_WINDOW_MOST = 8192 };  // [pixels] of a side

typedef enum co_event_kind {
  CO_EVENT_KEY,      // pressed, or repeated while held
  CO_EVENT_KEY_UP,   // released
  CO_EVENT_PRESS,    // a mouse button
  CO_EVENT_RELEASE,  // of a mouse button
  CO_EVENT_MOVE,     // of the mouse
  CO_EVENT_SCROLL,   // of the wheel
  CO_EVENT_RESIZE,   // the buffer has another size or the display another scale
  CO_EVENT_LEAVE,    // the window is no longer the one that gets keys: nothing is held any more
  CO_EVENT_DROP,     // a file was dropped at x, y: co_window_dropped
  CO_EVENT_CLOSE,    // the user wants the window closed
} co_event_kind;

typedef enum co_button {
  CO_BUTTON_NONE,
  CO_BUTTON_LEFT,
  CO_BUTTON_RIGHT,
  CO_BUTTON_MIDDLE
} co_button;

typedef struct co_event {
  co_event_kind kind;
  int key;           // of KEY and KEY_UP
  co_button button;  // of PRESS and RELEASE
  bool twice;        // PRESS: the second of a double click
  double x, y;       // [pixels] of the mouse
  double dx, dy;     // [pixels] MOVE: since the event before; SCROLL: lines
  bool shift, control, alt;
  double time;  // [s] since the window was opened
} co_event;

typedef struct co_window_def {
  const char *title;
  int width, height;  // [points] of the screen
  bool vsync;         // a swap waits for the screen
  int samples;        // of multisampling; 0: none
} co_window_def;

typedef struct co_window co_window;

// Opens the window and makes its context current. CO_INTERNAL: why there is none.
co_status co_window_open(const co_window_def *def, co_window **out);
void co_window_close(co_window *window);  // NULL: nothing; drawing objects must be gone

// CO_IO when the display was lost.
co_status co_window_status(const co_window *window);

int co_window_width(const co_window *window);  // [pixels], at least 1
int co_window_height(const co_window *window);
// Pixels to a point of the screen that the window is on, as the system has it.
double co_window_scale(const co_window *window);
// Takes all of the screen that most of the window is on, or goes back to where and how large it
// was. CO_INTERNAL: the system has no such screen.
co_status co_window_fill(co_window *window, bool fill);
bool co_window_filled(const co_window *window);
const co_gl_info *co_window_gl(const co_window *window);

// The next event, after waiting for one at most so many seconds; false: there is none. Of more
// events than the queue holds, moves and repeated keys are left out first.
bool co_window_next(co_window *window, double seconds, co_event *out);

// The path of the file that was dropped last, of several at once the first; "": none was.
const char *co_window_dropped(const co_window *window);

// What is drawn from here on covers what is there, whatever its depth, until the next scene.
void co_window_flatten(co_window *window);
void co_window_swap(co_window *window);                    // shows what was drawn
void co_window_copy(co_window *window, const char *text);  // to the clipboard

#endif  // VIZ_SHOW_WINDOW_H_
