#include "viz/show/private/screen.h"

#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"
#include "viz/draw/renderer.h"
#include "viz/show/private/layout.h"

#include <assert.h>
#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

struct co_screen {
  co_window *window;
  mjrContext context;
  co_painter *painter;
  co_renderer *renderer[CO_SCREEN_SCENES];
  int font;               // [%] of the context
  unsigned char *pixels;  // (bytes) that were read last, owned
  size_t bytes;
};

// --- the context of text

static co_status make_context(co_screen *screen, int font) {
  mjr_defaultContext(&screen->context);
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjr_makeContext");
  mjr_makeContext(NULL, &screen->context, font);
  mjr_setBuffer(mjFB_WINDOW, &screen->context);
  co_mujoco_done();
  screen->font = font;
  return co_painter_create(&screen->context, &screen->painter);
}

static void drop_context(co_screen *screen) {
  co_painter_free(screen->painter);
  screen->painter = NULL;
  mjr_freeContext(&screen->context);
  mjr_defaultContext(&screen->context);
}

co_status co_screen_create(co_window *window, int text, co_screen **out) {
  co_screen *screen = co_alloc(1, sizeof *screen);
  if (!screen) return CO_MEMORY;
  screen->window = window;
  co_status status = make_context(screen, co_layout_font(co_window_scale(window), text));
  if (status != CO_OK) {
    co_screen_free(screen);
    return status;
  }
  *out = screen;
  return CO_OK;
}

void co_screen_free(co_screen *screen) {
  if (!screen) return;
  for (int i = 0; i < CO_SCREEN_SCENES; i++) co_renderer_free(screen->renderer[i]);
  drop_context(screen);
  free(screen->pixels);
  free(screen);
}

bool co_screen_rescale(co_screen *screen, int text, co_status *status) {
  int font = co_layout_font(co_window_scale(screen->window), text);
  *status = CO_OK;
  if (font == screen->font) return false;
  drop_context(screen);
  *status = make_context(screen, font);
  return true;
}

mjrContext *co_screen_context(co_screen *screen) {
  return &screen->context;
}

const co_font *co_screen_font(const co_screen *screen) {
  return co_painter_font(screen->painter);
}

// --- scenes

co_status co_screen_dress(co_screen *screen, int scene, const co_drawing *drawing) {
  assert(scene >= 0 && scene < CO_SCREEN_SCENES);
  co_renderer *renderer = NULL;
  co_renderer_def def = {.font = screen->font};
  if (drawing) CO_TRY(co_renderer_create(drawing, &def, &renderer));
  co_renderer_free(screen->renderer[scene]);
  screen->renderer[scene] = renderer;
  return CO_OK;
}

void co_screen_begin(co_screen *screen) {
  mjrRect all = {0, 0, co_window_width(screen->window), co_window_height(screen->window)};
  mjr_setBuffer(mjFB_WINDOW, &screen->context);
  mjr_rectangle(all, 0.082f, 0.094f, 0.11f, 1);
}

static co_rect rect_of(const co_screen *screen, co_box box) {
  int height = co_window_height(screen->window);
  return (co_rect){box.x, height - box.y - box.h, box.w, box.h};
}

// Into a buffer of its own, from where it is stretched into the window.
static co_status draw_scaled(co_screen *screen, int scene, co_rect to, co_drawing *drawing) {
  mjrContext *context = co_renderer_context(screen->renderer[scene]);
  mjrRect small = {0, 0, (to.width * 3 + 3) / 4, (to.height * 3 + 3) / 4};
  mjrRect window = {to.left, to.bottom, to.width, to.height};
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjr_render");
  if (context->offWidth != small.width || context->offHeight != small.height)
    mjr_resizeOffscreen(small.width, small.height, context);
  mjr_setBuffer(mjFB_OFFSCREEN, context);
  mjr_render(small, co_drawing_scene(drawing), context);
  mjr_blitBuffer(small, window, 1, 0, context);
  mjr_setBuffer(mjFB_WINDOW, context);
  int error = mjr_getError();
  co_mujoco_done();
  if (error) return co_fail(CO_INTERNAL, "OpenGL error 0x%x while drawing", (unsigned)error);
  return CO_OK;
}

co_status co_screen_scene(co_screen *screen, int scene, co_box box, co_drawing *drawing,
                          bool scaled) {
  co_rect rect = rect_of(screen, box);
  if (box.w < 1 || box.h < 1) return CO_OK;
  if (scaled) return draw_scaled(screen, scene, rect, drawing);
  return co_renderer_draw(screen->renderer[scene], rect, drawing);
}

co_status co_screen_paint(co_screen *screen, const co_paint *paint) {
  mjr_setBuffer(mjFB_WINDOW, &screen->context);
  co_window_flatten(screen->window);
  return co_painter_draw(screen->painter, paint, co_window_height(screen->window));
}

co_status co_screen_read(co_screen *screen, co_image *out) {
  int width = co_window_width(screen->window), height = co_window_height(screen->window);
  size_t stride = 3 * (size_t)width, bytes = stride * (size_t)height;
  if (bytes > screen->bytes) {
    free(screen->pixels);
    screen->pixels = co_alloc(bytes, 1);
    screen->bytes = screen->pixels ? bytes : 0;
  }
  if (!screen->pixels) return CO_MEMORY;
  *out = (co_image){width, height, screen->pixels, stride};
  co_renderer_read(screen->renderer[0], (co_rect){0, 0, width, height}, out);
  return CO_OK;
}

co_status co_screen_save(co_screen *screen, const char *path) {
  co_image image;
  CO_TRY(co_screen_read(screen, &image));
  return co_png_write(path, &image);
}
