// An OpenGL context without a window: the first of EGL surfaceless, EGL on a device, and OSMesa
// that works. All are loaded at run time; nothing of OpenGL is needed to build or to start.
//
// CARRYOVER_GL=egl|device|osmesa takes that one only, CARRYOVER_GL=off none. A process should keep
// to one of them: MuJoCo's renderer finds OpenGL through the library that it sees loaded. Libraries
// that gave a context stay loaded.
//
// Thread safety: a context belongs to the thread that made it or last used it.

#ifndef VIZ_DRAW_GL_H_
#define VIZ_DRAW_GL_H_

#include "core/status.h"

#include <stdbool.h>

typedef struct co_gl co_gl;

typedef struct co_gl_info {
  char how[32];        // "EGL surfaceless", "EGL device", "OSMesa"; of a window what it says
  char renderer[128];  // as OpenGL tells it
  bool software;       // the processor draws
} co_gl_info;

// Makes a context and uses it. CO_CONFIG: CARRYOVER_GL has another value; CO_INTERNAL: "no OpenGL"
// with what each way said.
co_status co_gl_create(co_gl **out);
void co_gl_free(co_gl *gl);  // NULL: nothing; drawing objects made in it must be gone

co_status co_gl_use(co_gl *gl);  // makes it current in this thread; CO_INTERNAL
const co_gl_info *co_gl_describe(const co_gl *gl);

// The same for the context that is current, given its glGetString: for windows.
typedef const unsigned char *co_gl_get_string(unsigned name);
void co_gl_identify(const char *how, co_gl_get_string *get_string, co_gl_info *out);

#endif  // VIZ_DRAW_GL_H_
