// OSMesa: Mesa's rasteriser into the program's own memory. Old, slow, and it needs nothing of the
// system.

#include "core/memory.h"
#include "viz/draw/private/gl_backend.h"

#include <dlfcn.h>
#include <stdlib.h>

enum { OSMESA_RGBA = 0x1908, GL_UNSIGNED_BYTE = 0x1401, DEPTH_BITS = 24, STENCIL_BITS = 8 };
enum { SIDE = 16 };  // of the buffer that has to exist; pictures have framebuffers of their own

typedef struct osmesa {
  void *context;
  unsigned char buffer[SIDE * SIDE * 4];
  void *(*create)(unsigned format, int depth, int stencil, int accum, void *share);
  unsigned char (*make_current)(void *context, void *buffer, unsigned type, int width, int height);
  void (*destroy)(void *context);
  void *(*find)(const char *name);
} osmesa;

static const char file[] = "libOSMesa.so.8";

static co_status load(osmesa *mesa, void *library) {
  static const char *const name[] = {"OSMesaCreateContextExt", "OSMesaMakeCurrent",
                                     "OSMesaDestroyContext", "OSMesaGetProcAddress"};
  void *found[4];
  CO_TRY(co_gl_load(library, file, name, found, 4));
  *(void **)&mesa->create = found[0];
  *(void **)&mesa->make_current = found[1];
  *(void **)&mesa->destroy = found[2];
  *(void **)&mesa->find = found[3];
  return CO_OK;
}

static co_status use(void *context) {
  osmesa *mesa = context;
  if (!mesa->make_current(mesa->context, mesa->buffer, GL_UNSIGNED_BYTE, SIDE, SIDE))
    return co_fail(CO_INTERNAL, "OSMesaMakeCurrent failed");
  return CO_OK;
}

static void destroy(void *context) {
  osmesa *mesa = context;
  mesa->destroy(mesa->context);
  free(mesa);
}

static co_status open_context(osmesa *mesa, void *library) {
  CO_TRY(load(mesa, library));
  mesa->context = mesa->create(OSMESA_RGBA, DEPTH_BITS, STENCIL_BITS, 0, NULL);
  if (!mesa->context) return co_fail(CO_INTERNAL, "OSMesaCreateContextExt failed");
  co_status status = use(mesa);
  if (status != CO_OK) mesa->destroy(mesa->context);
  return status;
}

static co_status create(void **out) {
  osmesa *mesa = co_alloc(1, sizeof *mesa);
  if (!mesa) return CO_MEMORY;
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  co_status status = library ? open_context(mesa, library) : co_fail(CO_INTERNAL, "%s", dlerror());
  if (status == CO_OK) {
    *out = mesa;
    return CO_OK;
  }
  if (library) dlclose(library);
  free(mesa);
  return status;
}

static void *find(void *context, const char *function) {
  return ((osmesa *)context)->find(function);
}

const co_gl_backend co_gl_osmesa = {"osmesa", "OSMesa", create, use, destroy, find};
