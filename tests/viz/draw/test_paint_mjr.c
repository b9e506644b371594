// Draw lists through OpenGL: the pixels on the screen are those of the raster.

#include "tests/viz/frames.h"
#include "viz/draw/paint_mjr.h"
#include "viz/draw/raster.h"

enum { WIDTH = 201, HEIGHT = 103 };  // odd: rows of pixels are not padded

typedef struct screen {
  co_gl *gl;
  frame_world frame;
  co_drawing *drawing;
  co_renderer *renderer;
  co_painter *painter;
} screen;

static bool open_screen(int font, screen *out) {
  const char *ci = getenv("CI");
  if (co_gl_create(&out->gl) != CO_OK) {
    ck_assert_msg(!ci || strcmp(ci, "true") != 0, "%s", co_error_text());
    fprintf(stderr, "skipped: %s\n", co_error_text());
    return false;
  }
  out->frame = frame_open("hopper", NULL, 0);
  out->drawing = frame_drawing(&out->frame, 0);
  co_renderer_def def = {WIDTH, HEIGHT, font};
  ck_ok(co_renderer_create(out->drawing, &def, &out->renderer));
  ck_ok(co_painter_create(co_renderer_context(out->renderer), &out->painter));
  return true;
}

static void close_screen(screen *at) {
  co_painter_free(at->painter);
  co_renderer_free(at->renderer);
  co_drawing_free(at->drawing);
  frame_close(&at->frame);
  co_gl_free(at->gl);
}

static void write_list(co_paint *paint, const co_font *font) {
  const float value[] = {0, 3, 1, 2};
  co_polyline line = {.value = value, .count = 4, .stride = 1};
  co_paint_begin(paint, font);
  co_paint_surface(paint, (co_box){3, 2, 131, 47}, co_ink_color(CO_INK_GROUND));
  co_paint_text(paint, (co_box){5, 3, 120, 22}, CO_LEFT, co_ink_color(CO_INK_TEXT), "knee [rad]");
  co_paint_line(paint, (co_box){5, 25, 90, 20}, &line, (co_range){0, 3}, (co_range){0, 3},
                co_ink_color(CO_INK_SOURCE));
  co_paint_surface(paint, (co_box){41, 60, 77, 33}, co_ink_color(CO_INK_RAISED));
  co_paint_fill(paint, (co_box){50, 70, 9, 9}, co_color_fade(co_ink_color(CO_INK_BAD), 50));
}

START_TEST(the_screen_shows_the_raster) {
  screen at;
  if (!open_screen(100, &at)) return;
  static unsigned char seen[3 * WIDTH * HEIGHT], wanted[3 * WIDTH * HEIGHT];
  co_image image = {WIDTH, HEIGHT, seen, 3 * WIDTH};
  ck_ok(co_renderer_draw(at.renderer, (co_rect){0, 0, WIDTH, HEIGHT}, at.drawing));
  co_renderer_read(at.renderer, (co_rect){0, 0, WIDTH, HEIGHT}, &image);
  memcpy(wanted, seen, sizeof seen);  // the scene stays where nothing is painted
  co_paint paint = {0};
  write_list(&paint, co_painter_font(at.painter));
  ck_ok(co_painter_draw(at.painter, &paint, HEIGHT));
  co_renderer_read(at.renderer, (co_rect){0, 0, WIDTH, HEIGHT}, &image);
  ck_assert_int_ne(memcmp(seen, wanted, sizeof seen), 0);
  co_raster raster = {{0, 0, WIDTH, HEIGHT}, wanted, 3 * WIDTH};
  co_raster_draw(&paint, &raster);
  int differ = 0;
  for (size_t i = 0; i < sizeof seen; i++) differ += abs(seen[i] - wanted[i]) > 1;
  ck_assert_int_eq(differ, 0);
  co_paint_free(&paint);
  close_screen(&at);
}
END_TEST

// Its font has pixels in every character but the space, and grows with its scale.
START_TEST(the_font_is_whole) {
  static const int scale[] = {100, 150, 200, 300};
  screen at;
  if (!open_screen(scale[_i], &at)) return;
  const co_font *font = co_painter_font(at.painter);
  ck_assert_int_le(abs(font->height - 18 * scale[_i] / 100), 2);
  for (int g = 0; g < CO_FONT_GLYPHS; g++) {
    int inked = 0;
    for (int i = 0; i < font->height * font->cell; i++)
      inked += font->mask[g * font->height * font->cell + i];
    ck_assert_msg((inked > 0) == (g > 0), "'%c': %d pixels", g + CO_FONT_FIRST, inked);
    ck_assert_int_ge(font->width[g], 1);
    ck_assert_int_le(font->width[g], font->cell);
  }
  close_screen(&at);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/paint_mjr");
  TCase *tcase = tcase_create("paint_mjr");
  tcase_add_test(tcase, the_screen_shows_the_raster);
  tcase_add_loop_test(tcase, the_font_is_whole, 0, 4);
  suite_add_tcase(suite, tcase);
  return suite;
}
