// One way to a context, private to gl*.c.

#ifndef VIZ_DRAW_PRIVATE_GL_BACKEND_H_
#define VIZ_DRAW_PRIVATE_GL_BACKEND_H_

#include "viz/draw/gl.h"

typedef struct co_gl_backend {
  const char *key;   // of CARRYOVER_GL
  const char *name;  // for people
  // Makes a context and uses it; on failure nothing stays loaded.
  co_status (*create)(void **out);
  co_status (*use)(void *context);
  void (*destroy)(void *context);
  void *(*find)(void *context, const char *function);  // NULL: there is none
} co_gl_backend;

extern const co_gl_backend co_gl_egl_surfaceless, co_gl_egl_device, co_gl_osmesa;

// Looks up `count` functions; CO_INTERNAL naming the first that is missing.
co_status co_gl_load(void *library, const char *file, const char *const *name, void **out,
                     int count);

#endif  // VIZ_DRAW_PRIVATE_GL_BACKEND_H_
