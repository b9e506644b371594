#include "viz/draw/gl.h"

#include "core/buf.h"
#include "core/memory.h"
#include "viz/draw/private/gl_backend.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GL_RENDERER = 0x1F01 };

struct co_gl {
  const co_gl_backend *backend;
  void *context;
  co_gl_info info;
};

static const co_gl_backend *const ladder[] = {&co_gl_egl_surfaceless, &co_gl_egl_device,
                                              &co_gl_osmesa};
enum { RUNGS = sizeof ladder / sizeof *ladder };

co_status co_gl_load(void *library, const char *file, const char *const *name, void **out,
                     int count) {
  for (int i = 0; i < count; i++) {
    out[i] = dlsym(library, name[i]);
    if (!out[i]) return co_fail(CO_INTERNAL, "%s lacks %s", file, name[i]);
  }
  return CO_OK;
}

// Names of renderers that draw on the processor: Mesa's three, Google's, Apple's, Microsoft's.
static bool is_software(const char *renderer) {
  static const char *const names[] = {"llvmpipe",    "softpipe",          "swrast",
                                      "SwiftShader", "Software Renderer", "Software Rasterizer",
                                      "GDI Generic"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strstr(renderer, names[i])) return true;
  return false;
}

void co_gl_identify(const char *how, co_gl_get_string *get_string, co_gl_info *out) {
  const unsigned char *renderer = get_string ? get_string(GL_RENDERER) : NULL;
  snprintf(out->how, sizeof out->how, "%s", how);
  snprintf(out->renderer, sizeof out->renderer, "%s",
           renderer ? (const char *)renderer : "unknown");
  out->software = is_software(out->renderer);
}

static co_status create_by(const co_gl_backend *backend, co_gl **out) {
  co_gl *gl = co_alloc(1, sizeof *gl);
  if (!gl) return CO_MEMORY;
  gl->backend = backend;
  co_status status = backend->create(&gl->context);
  if (status != CO_OK) {
    free(gl);
    return status;
  }
  co_gl_get_string *get_string;
  *(void **)&get_string = backend->find(gl->context, "glGetString");
  co_gl_identify(backend->name, get_string, &gl->info);
  *out = gl;
  return CO_OK;
}

// CARRYOVER_GL: RUNGS when any may do, -1 for "off".
static co_status read_choice(int *out) {
  const char *wanted = getenv("CARRYOVER_GL");
  *out = RUNGS;
  if (!wanted || !*wanted) return CO_OK;
  *out = -1;
  if (strcmp(wanted, "off") == 0) return CO_OK;
  for (int i = 0; i < RUNGS; i++)
    if (strcmp(wanted, ladder[i]->key) == 0) *out = i;
  if (*out >= 0) return CO_OK;
  return co_fail(CO_CONFIG, "CARRYOVER_GL=%s: must be egl, device, osmesa or off", wanted);
}

// Each failure is told: which of them matters only the reader knows.
co_status co_gl_create(co_gl **out) {
  int choice;
  CO_TRY(read_choice(&choice));
  if (choice < 0) return co_fail(CO_INTERNAL, "no OpenGL: CARRYOVER_GL=off");
  co_buf why = {0};
  co_status status = CO_INTERNAL;
  for (int i = 0; i < RUNGS && status != CO_OK; i++) {
    if (choice != RUNGS && choice != i) continue;
    status = create_by(ladder[i], out);
    if (status == CO_OK) break;
    co_buf_printf(&why, "%s%s: %s", why.size ? "; " : "", ladder[i]->name, co_error_text());
  }
  if (status != CO_OK)
    status = co_fail(status, "no OpenGL: %s", why.data ? why.data : "out of memory");
  co_buf_free(&why);
  return status;
}

void co_gl_free(co_gl *gl) {
  if (!gl) return;
  gl->backend->destroy(gl->context);
  free(gl);
}

co_status co_gl_use(co_gl *gl) {
  return gl->backend->use(gl->context);
}

const co_gl_info *co_gl_describe(const co_gl *gl) {
  return &gl->info;
}
