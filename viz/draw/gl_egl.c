// EGL without a surface: on Mesa's surfaceless platform, or on the first device that gives desktop
// OpenGL. (eglGetDisplay, the plain way, asks for an X display.)
//
// A display of EGL is the process': it is never terminated, since another context may be in it.

#include "core/memory.h"
#include "viz/draw/private/gl_backend.h"

#include <dlfcn.h>
#include <stdlib.h>

enum {
  EGL_NONE = 0x3038,
  EGL_SURFACE_TYPE = 0x3033,
  EGL_PBUFFER_BIT = 1,
  EGL_RENDERABLE_TYPE = 0x3040,
  EGL_OPENGL_BIT = 8,
  EGL_OPENGL_API = 0x30A2,
  EGL_PLATFORM_SURFACELESS = 0x31DD,  // EGL_MESA_platform_surfaceless
  EGL_PLATFORM_DEVICE = 0x313F        // EGL_EXT_platform_device
};
enum { MAX_DEVICES = 16 };

typedef struct egl {
  void *display, *context;
  unsigned (*bind_api)(unsigned api);
  unsigned (*initialize)(void *display, int *major, int *minor);
  unsigned (*choose_config)(void *display, const int *wanted, void **config, int size, int *count);
  void *(*create_context)(void *display, void *config, void *share, const int *wanted);
  unsigned (*destroy_context)(void *display, void *context);
  unsigned (*make_current)(void *display, void *draw, void *read, void *context);
  int (*get_error)(void);
  void *(*find)(const char *name);
  void *(*platform_display)(unsigned platform, void *native, const int *wanted);
} egl;

static const char file[] = "libEGL.so.1";

static co_status load(egl *gl, void *library) {
  static const char *const name[] = {"eglBindAPI",       "eglInitialize",     "eglChooseConfig",
                                     "eglCreateContext", "eglDestroyContext", "eglMakeCurrent",
                                     "eglGetError",      "eglGetProcAddress"};
  void **const to[] = {(void **)&gl->bind_api,        (void **)&gl->initialize,
                       (void **)&gl->choose_config,   (void **)&gl->create_context,
                       (void **)&gl->destroy_context, (void **)&gl->make_current,
                       (void **)&gl->get_error,       (void **)&gl->find};
  enum { COUNT = sizeof name / sizeof *name };
  void *found[COUNT];
  CO_TRY(co_gl_load(library, file, name, found, COUNT));
  for (int i = 0; i < COUNT; i++) *to[i] = found[i];
  *(void **)&gl->platform_display = gl->find("eglGetPlatformDisplayEXT");
  if (!gl->platform_display) return co_fail(CO_INTERNAL, "EGL has no eglGetPlatformDisplayEXT");
  return CO_OK;
}

static co_status failed(const egl *gl, const char *function) {
  return co_fail(CO_INTERNAL, "%s failed (EGL error 0x%x)", function, (unsigned)gl->get_error());
}

static co_status use(void *context) {
  egl *gl = context;
  if (!gl->bind_api(EGL_OPENGL_API)) return failed(gl, "eglBindAPI");
  if (!gl->make_current(gl->display, NULL, NULL, gl->context)) return failed(gl, "eglMakeCurrent");
  return CO_OK;
}

// A context of desktop OpenGL in a display. Drivers without any config of it take none at all.
static co_status open_display(egl *gl, void *display) {
  static const int wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                               EGL_OPENGL_BIT, EGL_NONE};
  void *config = NULL;
  int count = 0;
  if (!display) return failed(gl, "eglGetPlatformDisplayEXT");
  gl->display = display;
  if (!gl->initialize(display, NULL, NULL)) return failed(gl, "eglInitialize");
  if (!gl->bind_api(EGL_OPENGL_API)) return failed(gl, "eglBindAPI");
  gl->choose_config(display, wanted, &config, 1, &count);
  gl->context = gl->create_context(display, count > 0 ? config : NULL, NULL, NULL);
  if (!gl->context) return failed(gl, "eglCreateContext");
  co_status status = use(gl);
  if (status != CO_OK) gl->destroy_context(display, gl->context);
  return status;
}

static co_status open_surfaceless(egl *gl) {
  return open_display(gl, gl->platform_display(EGL_PLATFORM_SURFACELESS, NULL, NULL));
}

static co_status open_device(egl *gl) {
  unsigned (*query)(int size, void **device, int *count);
  void *device[MAX_DEVICES];
  int count = 0;
  *(void **)&query = gl->find("eglQueryDevicesEXT");
  if (!query) return co_fail(CO_INTERNAL, "EGL has no eglQueryDevicesEXT");
  if (!query(MAX_DEVICES, device, &count)) return failed(gl, "eglQueryDevicesEXT");
  co_status status = co_fail(CO_INTERNAL, "EGL knows no devices");
  for (int i = 0; i < count && status != CO_OK; i++)
    status = open_display(gl, gl->platform_display(EGL_PLATFORM_DEVICE, device[i], NULL));
  return status;
}

static co_status create_with(co_status (*open)(egl *), void **out) {
  egl *gl = co_alloc(1, sizeof *gl);
  if (!gl) return CO_MEMORY;
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  co_status status = library ? load(gl, library) : co_fail(CO_INTERNAL, "%s", dlerror());
  if (status == CO_OK) status = open(gl);
  if (status == CO_OK) {
    *out = gl;
    return CO_OK;
  }
  if (library) dlclose(library);
  free(gl);
  return status;
}

static co_status create_surfaceless(void **out) {
  return create_with(open_surfaceless, out);
}

static co_status create_device(void **out) {
  return create_with(open_device, out);
}

static void destroy(void *context) {
  egl *gl = context;
  gl->make_current(gl->display, NULL, NULL, NULL);
  gl->destroy_context(gl->display, gl->context);
  free(gl);
}

static void *find(void *context, const char *function) {
  return ((egl *)context)->find(function);
}

const co_gl_backend co_gl_egl_surfaceless = {"egl", "EGL surfaceless", create_surfaceless,
                                             use,   destroy,           find};
const co_gl_backend co_gl_egl_device = {"device", "EGL device", create_device, use, destroy, find};
