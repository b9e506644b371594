// What the tests of drawing share: a world in a known state, its drawing, and facts on pictures.

#ifndef TESTS_VIZ_FRAMES_H_
#define TESTS_VIZ_FRAMES_H_

#include "tests/envs/worlds.h"
#include "viz/draw/canvas.h"

typedef struct frame_world {
  co_built_world *world;
  co_row row;
  void *bytes;  // of the row
} frame_world;

// Plays `steps` control steps of the same slow swinging in every task.
static inline void frame_play(frame_world *frame, int steps) {
  double action[64];
  co_row_result result = {0};
  ck_assert_int_le(frame->row.binding->act_dim, 64);
  for (int step = 0; step < steps; step++) {
    for (int i = 0; i < frame->row.binding->act_dim; i++)
      action[i] = (step / 8 + i) % 2 ? 0.3 : -0.3;
    ck_ok(co_row_step(&frame->row, action, &result));
  }
  co_row_save(&frame->row, frame->bytes);
}

static inline frame_world frame_open(const char *task, const char *shifts, int steps) {
  frame_world frame = {.world = test_world(task, shifts, NULL)};
  frame.row = test_row(frame.world, 1);
  frame.bytes = malloc(co_row_size(&frame.world->binding));
  ck_assert_ptr_nonnull(frame.bytes);
  frame_play(&frame, steps);
  return frame;
}

static inline void frame_close(frame_world *frame) {
  free(frame->bytes);
  co_row_free(&frame->row);
  co_world_free(frame->world);
}

// Loads the state, seen by the default camera.
static inline co_drawing *frame_drawing(const frame_world *frame, unsigned overlays) {
  co_drawing *drawing = NULL;
  co_camera camera;
  ck_ok(co_drawing_create(frame->world, CO_QUALITY_FAST, &drawing));
  ck_ok(co_drawing_load(drawing, frame->bytes));
  co_drawing_default_camera(drawing, &camera);
  ck_ok(co_drawing_update(drawing, &camera, overlays));
  return drawing;
}

// NULL where the machine has no OpenGL, which is an error only in CI.
static inline co_canvas *frame_canvas(int width, int height) {
  co_canvas *canvas = NULL;
  const char *ci = getenv("CI");
  if (co_canvas_create(width, height, &canvas) == CO_OK) return canvas;
  ck_assert_msg(!ci || strcmp(ci, "true") != 0, "%s", co_error_text());
  fprintf(stderr, "skipped: %s\n", co_error_text());
  return NULL;
}

// A copy of the picture; free its rgb.
static inline co_image frame_keep(const co_image *image) {
  co_image copy = *image;
  copy.rgb = malloc(image->stride * (size_t)image->height);
  ck_assert_ptr_nonnull(copy.rgb);
  memcpy(copy.rgb, image->rgb, image->stride * (size_t)image->height);
  return copy;
}

// Share of the pixels of which a channel differs by more than `least`.
static inline double frame_difference(const co_image *a, const co_image *b, int least) {
  int count = 0;
  ck_assert_int_eq(a->width, b->width);
  ck_assert_int_eq(a->height, b->height);
  for (int y = 0; y < a->height; y++)
    for (int x = 0; x < a->width; x++) {
      const unsigned char *p = a->rgb + (size_t)y * a->stride + 3 * (size_t)x;
      const unsigned char *q = b->rgb + (size_t)y * b->stride + 3 * (size_t)x;
      bool differs = false;
      for (int k = 0; k < 3; k++) differs = differs || abs(p[k] - q[k]) > least;
      count += differs;
    }
  return (double)count / (a->width * a->height);
}

// Height of the band of text at the foot of a picture: rows that begin with its ground.
static inline int frame_band(const co_image *image) {
  co_color ground = co_ink_color(CO_INK_GROUND);
  int rows = 0;
  for (int y = image->height - 1; y >= 0; y--, rows++) {
    const unsigned char *p = image->rgb + (size_t)y * image->stride;
    if (((co_color)p[0] << 24 | (co_color)p[1] << 16 | (co_color)p[2] << 8 | 0xff) != ground) break;
  }
  return rows;
}

#endif  // TESTS_VIZ_FRAMES_H_
