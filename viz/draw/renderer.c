#include "viz/draw/renderer.h"

#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"

#include <assert.h>
#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

struct co_renderer {
  mjrContext context;
  bool window;
};

// The buffer's size stands in the model: a shallow copy carries another one.
static co_status make_context(co_renderer *renderer, const mjModel *assets,
                              const co_renderer_def *def) {
  mjModel sized = *assets;
  sized.vis.global.offwidth = renderer->window ? 1 : def->width;
  sized.vis.global.offheight = renderer->window ? 1 : def->height;
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjr_makeContext");
  mjr_makeContext(&sized, &renderer->context, def->font);
  mjr_setBuffer(renderer->window ? mjFB_WINDOW : mjFB_OFFSCREEN, &renderer->context);
  co_mujoco_done();
  int wanted = renderer->window ? mjFB_WINDOW : mjFB_OFFSCREEN;
  if (renderer->context.currentBuffer != wanted)
    return co_fail(CO_INTERNAL, "OpenGL has no buffer to draw into");
  return CO_OK;
}

co_status co_renderer_create(const co_drawing *drawing, const co_renderer_def *def,
                             co_renderer **out) {
  assert(def->width >= 0 && def->height >= 0 && def->font % 50 == 0);
  co_renderer *renderer = co_alloc(1, sizeof *renderer);
  if (!renderer) return CO_MEMORY;
  renderer->window = def->width == 0;
  mjr_defaultContext(&renderer->context);
  co_status status = make_context(renderer, co_drawing_assets(drawing), def);
  if (status != CO_OK) {
    co_renderer_free(renderer);
    return status;
  }
  *out = renderer;
  return CO_OK;
}

void co_renderer_free(co_renderer *renderer) {
  if (!renderer) return;
  mjr_freeContext(&renderer->context);
  free(renderer);
}

static mjrRect rect_of(co_rect rect) {
  return (mjrRect){rect.left, rect.bottom, rect.width, rect.height};
}

static void use_buffer(co_renderer *renderer) {
  mjr_setBuffer(renderer->window ? mjFB_WINDOW : mjFB_OFFSCREEN, &renderer->context);
}

co_status co_renderer_draw(co_renderer *renderer, co_rect rect, co_drawing *drawing) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjr_render");
  use_buffer(renderer);
  mjr_render(rect_of(rect), co_drawing_scene(drawing), &renderer->context);
  int error = mjr_getError();
  co_mujoco_done();
  if (error) return co_fail(CO_INTERNAL, "OpenGL error 0x%x while drawing", (unsigned)error);
  return CO_OK;
}

// OpenGL's first row is the lowest.
static void turn_over(const co_image *image) {
  size_t size = 3 * (size_t)image->width;
  for (int low = 0, high = image->height - 1; low < high; low++, high--) {
    unsigned char *a = image->rgb + (size_t)low * image->stride;
    unsigned char *b = image->rgb + (size_t)high * image->stride;
    for (size_t i = 0; i < size; i++) {
      unsigned char kept = a[i];
      a[i] = b[i];
      b[i] = kept;
    }
  }
}

void co_renderer_read(co_renderer *renderer, co_rect rect, const co_image *out) {
  assert(out->width == rect.width && out->height == rect.height);
  assert(out->stride == 3 * (size_t)out->width);
  use_buffer(renderer);
  mjr_readPixels(out->rgb, NULL, rect_of(rect), &renderer->context);
  turn_over(out);
}

mjrContext *co_renderer_context(co_renderer *renderer) {
  return &renderer->context;
}
