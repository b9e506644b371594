#include "viz/show/window.h"

#include "core/memory.h"

#include <GLFW/glfw3.h>
#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EVENTS = 256 };

// --- GLFW, loaded at run time

#define FUNCTION_LIST(X)           \
  X(Init)                          \
  X(Terminate)                     \
  X(SetErrorCallback)              \
  X(GetError)                      \
  X(WindowHint)                    \
  X(CreateWindow)                  \
  X(DestroyWindow)                 \
  X(MakeContextCurrent)            \
  X(GetProcAddress)                \
  X(SwapInterval)                  \
  X(SwapBuffers)                   \
  X(PollEvents)                    \
  X(WaitEventsTimeout)             \
  X(GetFramebufferSize)            \
  X(GetWindowSize)                 \
  X(GetWindowContentScale)         \
  X(SetWindowContentScaleCallback) \
  X(GetWindowPos)                  \
  X(GetWindowMonitor)              \
  X(SetWindowMonitor)              \
  X(GetMonitors)                   \
  X(GetMonitorPos)                 \
  X(GetVideoMode)                  \
  X(SetWindowSizeLimits)           \
  X(SetKeyCallback)                \
  X(SetMouseButtonCallback)        \
  X(SetCursorPosCallback)          \
  X(SetScrollCallback)             \
  X(SetFramebufferSizeCallback)    \
  X(SetDropCallback)               \
  X(SetWindowFocusCallback)        \
  X(SetWindowCloseCallback)        \
  X(SetClipboardString)            \
  X(GetCursorPos)                  \
  X(GetKey)                        \
  X(GetTime)

typedef struct functions {
#define X(name) __typeof__(glfw##name) *name;
  FUNCTION_LIST(X)
#undef X
  void *library;
} functions;

struct co_window {
  functions glfw;
  GLFWwindow *handle;
  co_gl_info gl;
  void (*disable)(unsigned what);             // glDisable
  int failures;                               // answers in a row that were errors
  int width, height;                          // [pixels]
  double per_point;                           // pixels to a point of mouse coordinates
  int usual[4];                               // [points] place and size beside full screen
  double x, y;                                // [pixels] of the mouse
  double pressed_time, pressed_x, pressed_y;  // of the last press
  co_button pressed;
  char dropped[4096];           // path of the last file
  co_event queue[MOST_EVENTS];  // a ring
  int first, count;
};

// Xlib and GLFW call back without context, on the thread of the window.
static bool display_lost;
static long request_errors;
static char why[256];  // GLFW's last word

static void keep_error(int code, const char *text) {
  (void)code;
  snprintf(why, sizeof why, "%s", text);
}

// The library stays loaded: what it has registered with X lives as long as the process.
static co_status load(functions *out) {
  static const char *const names[] = {"libglfw.so.3", "libglfw.so"};
  for (int i = 0; i < 2 && !out->library; i++) out->library = dlopen(names[i], RTLD_NOW);
  if (!out->library) return co_fail(CO_INTERNAL, "no window: GLFW is not installed (libglfw3)");
#define X(name)                                               \
  *(void **)&out->name = dlsym(out->library, "glfw" #name);   \
  if (!out->name)                                             \
    return co_fail(CO_INTERNAL,                               \
                   "no window: GLFW 3.3 is needed, it lacks " \
                   "glfw" #name);
  FUNCTION_LIST(X)
#undef X
  return CO_OK;
}

// --- a display that goes away

static int note_loss(void *display) {
  (void)display;
  display_lost = true;
  return 0;
}

static void live_on(void *display, void *context) {
  (void)display, (void)context;
}

// Errors of single requests come of races: not worth an end. A window that somebody else has taken
// away gives one whenever it is asked for.
static int count_error(void *display, void *error) {
  (void)display, (void)error;
  request_errors++;
  return 0;
}

// Xlib's own handlers end the process. Where it is older than 1.7 it does so still after a loss; on
// Wayland GLFW is told to close the window.
static void catch_loss(const functions *glfw) {
  void *xlib = dlopen("libX11.so.6", RTLD_NOW | RTLD_NOLOAD);
  void *(*get_display)(void), *(*set_handler)(int (*)(void *)),
      *(*set_error)(int (*)(void *, void *));
  void (*set_exit)(void *, void (*)(void *, void *), void *);
  *(void **)&get_display = dlsym(glfw->library, "glfwGetX11Display");
  if (!xlib || !get_display || !get_display()) return;
  *(void **)&set_handler = dlsym(xlib, "XSetIOErrorHandler");
  *(void **)&set_error = dlsym(xlib, "XSetErrorHandler");
  *(void **)&set_exit = dlsym(xlib, "XSetIOErrorExitHandler");
  if (set_handler) set_handler(note_loss);
  if (set_error) set_error(count_error);
  if (set_exit) set_exit(get_display(), live_on, NULL);
}

co_status co_window_status(const co_window *window) {
  (void)window;
  if (!display_lost) return CO_OK;
  return co_fail(CO_IO, "the window was closed from outside: the display is gone");
}

// --- the queue

static co_event *at(co_window *window, int i) {
  return &window->queue[(window->first + i) % MOST_EVENTS];
}

static bool is_lesser(const co_event *event) {
  return event->kind == CO_EVENT_MOVE || event->kind == CO_EVENT_SCROLL;
}

// Moves without anything between them are one; so are turns of the wheel.
static bool merge(co_window *window, const co_event *event) {
  co_event *last = window->count ? at(window, window->count - 1) : NULL;
  if (!last || last->kind != event->kind || !is_lesser(event)) return false;
  double dx = last->dx + event->dx, dy = last->dy + event->dy;
  *last = *event;
  last->dx = dx;
  last->dy = dy;
  return true;
}

// The oldest event that matters least makes room; if all matter, the new one is lost.
static bool make_room(co_window *window) {
  int i = 0;
  while (i < window->count && !is_lesser(at(window, i))) i++;
  if (i == window->count) return false;
  for (; i + 1 < window->count; i++) *at(window, i) = *at(window, i + 1);
  window->count--;
  return true;
}

static bool held(const co_window *window, int left, int right) {
  return window->glfw.GetKey(window->handle, left) == GLFW_PRESS ||
         window->glfw.GetKey(window->handle, right) == GLFW_PRESS;
}

static void push(co_window *window, co_event event) {
  event.x = window->x;
  event.y = window->y;
  event.time = window->glfw.GetTime();
  if (event.kind != CO_EVENT_KEY && event.kind != CO_EVENT_KEY_UP) {
    event.shift = held(window, GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT);
    event.control = held(window, GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL);
    event.alt = held(window, GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT);
  }
  if (merge(window, &event)) return;
  if (window->count == MOST_EVENTS && !make_room(window)) return;
  *at(window, window->count++) = event;
}

// --- what GLFW calls

static co_window *owner;  // of the callbacks

static void on_key(GLFWwindow *handle, int key, int scan, int action, int mods) {
  (void)handle, (void)scan;
  if (key == GLFW_KEY_KP_ENTER) key = GLFW_KEY_ENTER;
  push(owner, (co_event){.kind = action == GLFW_RELEASE ? CO_EVENT_KEY_UP : CO_EVENT_KEY,
                         .key = key,
                         .shift = mods & GLFW_MOD_SHIFT,
                         .control = mods & GLFW_MOD_CONTROL,
                         .alt = mods & GLFW_MOD_ALT});
}

static bool is_twice(const co_window *window, co_button button, double time) {
  const double within = 0.4, near = 4 * co_window_scale(window);  // [s], [pixels]
  return button == window->pressed && time - window->pressed_time < within &&
         window->x - window->pressed_x < near && window->pressed_x - window->x < near &&
         window->y - window->pressed_y < near && window->pressed_y - window->y < near;
}

static void on_button(GLFWwindow *handle, int number, int action, int mods) {
  (void)handle, (void)mods;
  co_button button = number == GLFW_MOUSE_BUTTON_LEFT     ? CO_BUTTON_LEFT
                     : number == GLFW_MOUSE_BUTTON_RIGHT  ? CO_BUTTON_RIGHT
                     : number == GLFW_MOUSE_BUTTON_MIDDLE ? CO_BUTTON_MIDDLE
                                                          : CO_BUTTON_NONE;
  if (button == CO_BUTTON_NONE) return;
  co_event event = {.kind = action == GLFW_PRESS ? CO_EVENT_PRESS : CO_EVENT_RELEASE,
                    .button = button};
  if (action == GLFW_PRESS) {
    double time = owner->glfw.GetTime();
    event.twice = is_twice(owner, button, time);
    owner->pressed = event.twice ? CO_BUTTON_NONE : button;  // a third click begins anew
    owner->pressed_time = time;
    owner->pressed_x = owner->x;
    owner->pressed_y = owner->y;
  }
  push(owner, event);
}

static void on_move(GLFWwindow *handle, double x, double y) {
  (void)handle;
  double left = x * owner->per_point, top = y * owner->per_point;
  co_event event = {.kind = CO_EVENT_MOVE, .dx = left - owner->x, .dy = top - owner->y};
  owner->x = left;
  owner->y = top;
  push(owner, event);
}

static void on_scroll(GLFWwindow *handle, double dx, double dy) {
  (void)handle;
  push(owner, (co_event){.kind = CO_EVENT_SCROLL, .dx = dx, .dy = dy});
}

static void measure(co_window *window) {
  int width, height, points, ignored;
  window->glfw.GetFramebufferSize(window->handle, &width, &height);
  window->glfw.GetWindowSize(window->handle, &points, &ignored);
  window->width = width > 0 ? width : 1;
  window->height = height > 0 ? height : 1;
  window->per_point = points > 0 ? (double)window->width / points : 1;
}

static void on_resize(GLFWwindow *handle, int width, int height) {
  (void)handle, (void)width, (void)height;
  measure(owner);
  push(owner, (co_event){.kind = CO_EVENT_RESIZE});
}

// On another screen, or the same with other settings.
static void on_scale(GLFWwindow *handle, float x, float y) {
  (void)handle, (void)x, (void)y;
  measure(owner);
  push(owner, (co_event){.kind = CO_EVENT_RESIZE});
}

static void on_focus(GLFWwindow *handle, int focused) {
  (void)handle;
  if (!focused) push(owner, (co_event){.kind = CO_EVENT_LEAVE});
}

static void on_drop(GLFWwindow *handle, int count, const char **paths) {
  (void)handle;
  if (count < 1) return;
  snprintf(owner->dropped, sizeof owner->dropped, "%s", paths[0]);
  push(owner, (co_event){.kind = CO_EVENT_DROP});
}

static void on_close(GLFWwindow *handle) {
  (void)handle;
  push(owner, (co_event){.kind = CO_EVENT_CLOSE});
}

static void listen(co_window *window) {
  owner = window;
  window->glfw.SetKeyCallback(window->handle, on_key);
  window->glfw.SetMouseButtonCallback(window->handle, on_button);
  window->glfw.SetCursorPosCallback(window->handle, on_move);
  window->glfw.SetScrollCallback(window->handle, on_scroll);
  window->glfw.SetFramebufferSizeCallback(window->handle, on_resize);
  window->glfw.SetWindowContentScaleCallback(window->handle, on_scale);
  window->glfw.SetDropCallback(window->handle, on_drop);
  window->glfw.SetWindowFocusCallback(window->handle, on_focus);
  window->glfw.SetWindowCloseCallback(window->handle, on_close);
}

// --- open and close

static co_status create(const co_window_def *def, co_window *window) {
  functions *glfw = &window->glfw;
  glfw->WindowHint(GLFW_SAMPLES, def->samples);
  glfw->WindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfw->WindowHint(GLFW_DOUBLEBUFFER, GLFW_TRUE);
  glfw->WindowHint(GLFW_CONTEXT_VERSION_MAJOR, 1);  // what MuJoCo's renderer asks for
  glfw->WindowHint(GLFW_CONTEXT_VERSION_MINOR, 5);
  window->handle = glfw->CreateWindow(def->width, def->height, def->title, NULL, NULL);
  if (!window->handle)
    return co_fail(CO_INTERNAL, "no window: %s", *why ? why : "OpenGL is missing");
  glfw->MakeContextCurrent(window->handle);
  glfw->SwapInterval(def->vsync);
  glfw->SetWindowSizeLimits(window->handle, CO_WINDOW_LEAST, CO_WINDOW_LEAST, GLFW_DONT_CARE,
                            GLFW_DONT_CARE);
  co_gl_get_string *get_string = (co_gl_get_string *)glfw->GetProcAddress("glGetString");
  window->disable = (void (*)(unsigned))glfw->GetProcAddress("glDisable");
  if (!get_string || !window->disable) return co_fail(CO_INTERNAL, "no window: OpenGL is missing");
  co_gl_identify("window", get_string, &window->gl);
  return CO_OK;
}

static co_status begin(const co_window_def *def, co_window *window) {
  CO_TRY(load(&window->glfw));
  why[0] = '\0';
  display_lost = false;
  window->glfw.SetErrorCallback(keep_error);
  if (!window->glfw.Init())
    return co_fail(CO_INTERNAL, "no window: %s", *why ? why : "GLFW does not start");
  co_status status = create(def, window);
  if (status != CO_OK) {
    window->glfw.Terminate();
    return status;
  }
  double x, y;
  catch_loss(&window->glfw);
  measure(window);
  window->glfw.GetCursorPos(window->handle, &x, &y);
  window->x = x * window->per_point;
  window->y = y * window->per_point;
  listen(window);
  return CO_OK;
}

co_status co_window_open(const co_window_def *def, co_window **out) {
  assert(!owner && def->width > 0 && def->height > 0);
  co_window *window = co_alloc(1, sizeof *window);
  if (!window) return CO_MEMORY;
  co_status status = begin(def, window);
  if (status != CO_OK) {
    free(window);
    return status;
  }
  *out = window;
  return CO_OK;
}

// Without a display there is nothing to give back, and X would only fail again. GLFW itself stays
// for the next window, and with it the driver: as any library that gave a context.
void co_window_close(co_window *window) {
  if (!window) return;
  if (!display_lost) window->glfw.DestroyWindow(window->handle);
  owner = NULL;
  free(window);
}

// --- use

int co_window_width(const co_window *window) {
  return window->width;
}

int co_window_height(const co_window *window) {
  return window->height;
}

double co_window_scale(const co_window *window) {
  float x = 1, y = 1;
  if (!display_lost) window->glfw.GetWindowContentScale(window->handle, &x, &y);
  return x;
}

// --- full screen

// How much of the window lies on a screen [points].
static int64_t shared_area(const co_window *window, GLFWmonitor *monitor) {
  int x, y, width, height, left, top;
  const GLFWvidmode *mode = window->glfw.GetVideoMode(monitor);
  if (!mode) return -1;
  window->glfw.GetWindowPos(window->handle, &x, &y);
  window->glfw.GetWindowSize(window->handle, &width, &height);
  window->glfw.GetMonitorPos(monitor, &left, &top);
  int right = x + width < left + mode->width ? x + width : left + mode->width;
  int bottom = y + height < top + mode->height ? y + height : top + mode->height;
  if (x > left) left = x;
  if (y > top) top = y;
  return right > left && bottom > top ? (int64_t)(right - left) * (bottom - top) : 0;
}

static GLFWmonitor *find_monitor(const co_window *window) {
  int count = 0;
  int64_t most = -1;
  GLFWmonitor **all = window->glfw.GetMonitors(&count), *found = NULL;
  for (int i = 0; i < count; i++) {
    int64_t area = shared_area(window, all[i]);
    if (area > most) found = all[i];
    if (area > most) most = area;
  }
  return found;
}

bool co_window_filled(const co_window *window) {
  return !display_lost && window->glfw.GetWindowMonitor(window->handle) != NULL;
}

co_status co_window_fill(co_window *window, bool fill) {
  const functions *glfw = &window->glfw;
  int *usual = window->usual;
  if (display_lost || fill == co_window_filled(window)) return CO_OK;
  if (!fill) {
    glfw->SetWindowMonitor(window->handle, NULL, usual[0], usual[1], usual[2], usual[3],
                           GLFW_DONT_CARE);
    return CO_OK;
  }
  GLFWmonitor *monitor = find_monitor(window);
  if (!monitor) return co_fail(CO_INTERNAL, "full screen: the system tells of no screen");
  const GLFWvidmode *mode = glfw->GetVideoMode(monitor);
  glfw->GetWindowPos(window->handle, &usual[0], &usual[1]);
  glfw->GetWindowSize(window->handle, &usual[2], &usual[3]);
  glfw->SetWindowMonitor(window->handle, monitor, 0, 0, mode->width, mode->height,
                         mode->refreshRate);
  return CO_OK;
}

const co_gl_info *co_window_gl(const co_window *window) {
  return &window->gl;
}

// Asks for the window's size, which is an error when it is no longer there.
static void probe(co_window *window) {
  enum { PATIENCE = 10 };  // errors in a row
  int width, height;
  long before = request_errors;
  window->glfw.GetWindowSize(window->handle, &width, &height);
  window->failures = request_errors > before ? window->failures + 1 : 0;
  if (window->failures >= PATIENCE) display_lost = true;
}

bool co_window_next(co_window *window, double seconds, co_event *out) {
  if (!window->count && !display_lost) {
    if (seconds > 0)
      window->glfw.WaitEventsTimeout(seconds);
    else
      window->glfw.PollEvents();
  }
  if (!window->count) {
    if (!display_lost) probe(window);
    return false;
  }
  *out = *at(window, 0);
  window->first = (window->first + 1) % MOST_EVENTS;
  window->count--;
  return true;
}

const char *co_window_dropped(const co_window *window) {
  return window->dropped;
}

void co_window_flatten(co_window *window) {
  if (!display_lost) window->disable(GL_DEPTH_TEST);
}

void co_window_swap(co_window *window) {
  if (!display_lost) window->glfw.SwapBuffers(window->handle);
}

void co_window_copy(co_window *window, const char *text) {
  if (!display_lost) window->glfw.SetClipboardString(window->handle, text);
}
