#include "viz/film/film.h"

#include "core/memory.h"
#include "viz/film/private/reel.h"
#include "viz/film/recorder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, BORDER = 3, MAX_PIXELS = 32 << 20 };

// A strip while it is made.
typedef struct strip {
  co_canvas *canvas;
  const co_film_row *row;
  int rows, pictures;
  double span;  // [s] of the longest episode
  co_image image;
} strip;

static double dt_of(const co_stage *stage) {
  return co_stage_world(stage)->binding.dt;
}

static co_status play(const strip *film, double *span) {
  *span = 0;
  for (int i = 0; i < film->rows; i++) {
    double seconds;
    CO_TRY(co_reel_play(film->row[i].stage, &seconds));
    *span = fmax(*span, seconds);
  }
  return CO_OK;
}

// --- pictures

// Where a picture lies in the strip.
static unsigned char *place_of(const strip *film, int row, int picture) {
  const co_image *cell = co_canvas_image(film->canvas);
  size_t y = (size_t)row * (size_t)(cell->height + GAP);
  size_t x = (size_t)picture * (size_t)(cell->width + GAP);
  return film->image.rgb + y * film->image.stride + 3 * x;
}

static void paste(const strip *film, int row, int picture, bool dim) {
  const co_image *cell = co_canvas_image(film->canvas);
  unsigned char *to = place_of(film, row, picture);
  for (int y = 0; y < cell->height; y++, to += film->image.stride) {
    const unsigned char *from = cell->rgb + (size_t)y * cell->stride;
    for (int i = 0; i < 3 * cell->width; i++)
      to[i] = dim ? (unsigned char)(175 + from[i] * 5 / 16) : from[i];
  }
}

static void frame(const strip *film, int row, int picture) {
  static const unsigned char red[3] = {0xD5, 0x2B, 0x1E};
  const co_image *cell = co_canvas_image(film->canvas);
  unsigned char *to = place_of(film, row, picture);
  for (int y = 0; y < cell->height; y++, to += film->image.stride)
    for (int x = 0; x < cell->width; x++) {
      bool inside =
          x >= BORDER && x < cell->width - BORDER && y >= BORDER && y < cell->height - BORDER;
      if (!inside) memcpy(to + 3 * x, red, sizeof red);
    }
}

// Where the episode ends between two pictures, the later one shows its end.
static co_status draw(const strip *film, int row, int picture, bool *ended) {
  const co_film_row *of = &film->row[row];
  double seconds = film->span * picture / (film->pictures - 1);
  const co_instant *now = co_reel_at(of->stage, seconds);
  const char *end = now->step == co_stage_last(of->stage) ? co_recorder_end(now) : "";
  co_camera camera;
  co_caption text = {0};
  CO_TRY(co_drawing_load(of->drawing, now->row));
  co_drawing_default_camera(of->drawing, &camera);
  CO_TRY(co_drawing_update(of->drawing, &camera, CO_OVERLAY_NONE));
  double shown = *ended ? seconds : (double)now->step * dt_of(of->stage);
  bool head = picture == 0 && of->caption;
  co_caption_add(&text, CO_INK_TEXT, "%.1f s%s%s%s%s", shown, head ? " " : "",
                 head ? of->caption : "", *end && !*ended ? ", " : "", *ended ? "" : end);
  CO_TRY(co_canvas_draw(film->canvas, 0, &text));
  paste(film, row, picture, *ended);
  bool failed = now->fault || (now->terminated && !now->success);
  if (*end && failed && !*ended) frame(film, row, picture);
  *ended = *ended || *end;
  return CO_OK;
}

static co_status draw_row(const strip *film, int row) {
  bool ended = false;
  co_drawing *drawing = film->row[row].drawing;
  CO_TRY(co_canvas_divide(film->canvas, &drawing, 1));
  for (int i = 0; i < film->pictures; i++) CO_TRY(draw(film, row, i, &ended));
  return CO_OK;
}

static co_status make(strip *film) {
  CO_TRY(play(film, &film->span));
  for (int row = 0; row < film->rows; row++) CO_TRY(draw_row(film, row));
  return CO_OK;
}

co_status co_film_strip(co_canvas *canvas, const co_film_row *row, int rows, int pictures,
                        co_image *out) {
  assert(rows >= 1 && rows <= CO_FILM_ROWS && pictures >= 2 && pictures <= CO_FILM_PICTURES);
  const co_image *cell = co_canvas_image(canvas);
  strip film = {.canvas = canvas, .row = row, .rows = rows, .pictures = pictures};
  film.image.width = pictures * (cell->width + GAP) - GAP;
  film.image.height = rows * (cell->height + GAP) - GAP;
  film.image.stride = 3 * (size_t)film.image.width;
  if ((int64_t)film.image.width * film.image.height > MAX_PIXELS)
    return co_fail(CO_USAGE, "a film strip of %d x %d pixels is too large", film.image.width,
                   film.image.height);
  film.image.rgb = co_alloc(film.image.stride * (size_t)film.image.height, 1);
  if (!film.image.rgb) return CO_MEMORY;
  memset(film.image.rgb, 0xFF, film.image.stride * (size_t)film.image.height);
  co_status status = make(&film);
  if (status != CO_OK) {
    free(film.image.rgb);
    return status;
  }
  *out = film.image;
  return CO_OK;
}
