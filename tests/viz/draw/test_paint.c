// Draw lists and the pixels made of them.

#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"
#include "viz/draw/raster.h"

static co_font font;
static co_paint paint;

static const co_box kWindow = {0, 0, 200, 100};

static void begin(void) {
  co_font_plain(10, &font);
  co_paint_begin(&paint, &font);
  co_paint_surface(&paint, kWindow, 0x000000ff);
}

static void end(void) {
  co_paint_free(&paint);
}

static const co_paint_op *last(void) {
  return &paint.op[paint.num_ops - 1];
}

// ---- boxes

START_TEST(takes_pieces_off_a_box) {
  co_box rest = {10, 20, 100, 50};
  co_box top = co_box_take_top(&rest, 10), bottom = co_box_take_bottom(&rest, 10);
  co_box left = co_box_take_left(&rest, 30), right = co_box_take_right(&rest, 30);
  ck_assert_int_eq(top.y, 20);
  ck_assert_int_eq(bottom.y, 60);
  ck_assert_int_eq(left.x, 10);
  ck_assert_int_eq(right.x, 80);
  ck_assert_int_eq(rest.w, 40);
  ck_assert_int_eq(rest.h, 30);
  ck_assert_int_eq(top.h + bottom.h + rest.h, 50);
}
END_TEST

START_TEST(takes_no_more_than_there_is) {
  co_box rest = {0, 0, 10, 10};
  ck_assert_int_eq(co_box_take_left(&rest, 25).w, 10);
  ck_assert_int_eq(rest.w, 0);
  ck_assert_int_eq(co_box_take_top(&rest, -5).h, 0);
  ck_assert_int_eq(co_box_inset((co_box){0, 0, 5, 5}, 9, 9).w, 1);
  ck_assert_int_eq(co_box_cut((co_box){0, 0, 5, 5}, (co_box){7, 7, 5, 5}).w, 0);
}
END_TEST

// ---- fills and text

START_TEST(clips_fills_to_the_surface) {
  co_paint_fill(&paint, (co_box){190, 90, 50, 50}, 0xff0000ff);
  ck_assert_int_eq(last()->box.w, 10);
  ck_assert_int_eq(last()->box.h, 10);
  int ops = paint.num_ops;
  co_paint_fill(&paint, (co_box){300, 0, 50, 50}, 0xff0000ff);
  ck_assert_int_eq(paint.num_ops, ops);
}
END_TEST

START_TEST(aligns_text) {
  static const struct {
    co_align align;
    int x;
  } cases[] = {{CO_LEFT, 50}, {CO_CENTER, 65}, {CO_RIGHT, 80}};
  for (int i = 0; i < 3; i++) {
    co_paint_text(&paint, (co_box){50, 0, 50, 20}, cases[i].align, 0xffffffff, "four");
    ck_assert_int_eq(last()->box.x, cases[i].x);
    ck_assert_int_eq(last()->box.y, 5);
    ck_assert_int_eq(last()->box.w, 20);
  }
}
END_TEST

START_TEST(cuts_text_that_is_too_wide) {
  co_paint_text(&paint, (co_box){0, 0, 32, 10}, CO_LEFT, 0xffffffff, "something");
  ck_assert_int_ge(panel_find_text(&paint, 0, "some.."), 0);
  int ops = paint.num_ops;
  co_paint_text(&paint, (co_box){0, 0, 12, 10}, CO_LEFT, 0xffffffff, "something");
  ck_assert_int_eq(paint.num_ops, ops);
  co_paint_textf(&paint, (co_box){0, 0, 90, 10}, CO_LEFT, 0xffffffff, "%d of %s", 3, "x");
  ck_assert_int_ge(panel_find_text(&paint, 0, "3 of x"), 0);
}
END_TEST

START_TEST(leaves_out_half_lines_of_text) {
  int ops = paint.num_ops;
  co_paint_text(&paint, (co_box){0, 94, 90, 10}, CO_LEFT, 0xffffffff, "low");
  ck_assert_int_eq(paint.num_ops, ops);
  co_paint_text(&paint, (co_box){-7, 0, 90, 10}, CO_LEFT, 0xffffffff, "left");
  ck_assert_int_eq(last()->box.x, 0);
  ck_assert_int_eq(last()->box.w, 13);
  ck_assert_int_eq(last()->shift, 7);
}
END_TEST

// ---- lines

static const co_box kPlot = {10, 10, 101, 51};

static const int16_t *line_of(const float *value, int count, co_range x) {
  co_polyline line = {.value = value, .count = count, .stride = 1};
  co_paint_line(&paint, kPlot, &line, x, (co_range){0, 50}, 0xffffffff);
  ck_assert_int_eq(last()->kind, CO_PAINT_SPANS);
  return paint.span + 2 * last()->first;
}

START_TEST(draws_a_straight_line_through_every_column) {
  const float value[] = {0, 50};
  const int16_t *span = line_of(value, 2, (co_range){0, 1});
  ck_assert_int_eq(span[0 + 1], 60);
  ck_assert_int_eq(span[2 * 100], 10);
  for (int c = 0; c < 101; c++) {
    ck_assert_int_le(span[2 * c], span[2 * c + 1]);
    ck_assert_int_le(abs(span[2 * c] - (60 - c / 2)), 1);
  }
}
END_TEST

START_TEST(keeps_the_extremes_of_a_column) {
  float value[10001];
  for (int i = 0; i <= 10000; i++) value[i] = 25;
  value[5050] = 50;  // one of a hundred samples of a column
  value[5051] = 0;
  const int16_t *span = line_of(value, 10001, (co_range){0, 10000});
  ck_assert_int_eq(span[2 * 50], 10);
  ck_assert_int_eq(span[2 * 50 + 1], 60);
  ck_assert_int_eq(span[2 * 20], 35);
  ck_assert_int_eq(span[2 * 20 + 1], 35);
}
END_TEST

START_TEST(leaves_gaps_where_there_is_no_number) {
  const float value[] = {10, 10, NAN, 10, 10};
  const int16_t *span = line_of(value, 5, (co_range){0, 4});
  ck_assert_int_le(span[2 * 10], span[2 * 10 + 1]);
  ck_assert_int_gt(span[2 * 50], span[2 * 50 + 1]);
  ck_assert_int_le(span[2 * 90], span[2 * 90 + 1]);
}
END_TEST

START_TEST(holds_lines_within_their_box) {
  const float value[] = {-1e30f, 1e30f, 25, INFINITY, -1e30f};
  const int16_t *span = line_of(value, 5, (co_range){0.5, 3.5});
  for (int c = 0; c < 101; c++) {
    if (span[2 * c] > span[2 * c + 1]) continue;
    ck_assert_int_ge(span[2 * c], 10);
    ck_assert_int_le(span[2 * c + 1], 60);
  }
}
END_TEST

START_TEST(draws_no_line_beyond_its_surface) {
  const float value[] = {0, 50};
  co_polyline line = {.value = value, .count = 2, .stride = 1};
  int ops = paint.num_ops;
  co_paint_line(&paint, (co_box){150, 10, 100, 50}, &line, (co_range){0, 1}, (co_range){0, 50},
                0xffffffff);
  ck_assert_int_eq(paint.num_ops, ops);
}
END_TEST

START_TEST(thick_lines_reach_further) {
  const float value[] = {25, 25};
  co_polyline line = {.value = value, .count = 2, .stride = 1, .thick = 2};
  co_paint_line(&paint, kPlot, &line, (co_range){0, 1}, (co_range){0, 50}, 0xffffffff);
  const int16_t *span = paint.span + 2 * last()->first;
  ck_assert_int_eq(span[0], 33);
  ck_assert_int_eq(span[1], 37);
}
END_TEST

// ---- memory

START_TEST(a_frame_like_the_last_allocates_nothing) {
  const float value[] = {0, 50};
  const void *before[3] = {NULL, NULL, NULL};
  for (int frame = 0; frame < 3; frame++) {
    begin();
    for (int i = 0; i < 500; i++) {
      co_paint_text(&paint, (co_box){0, 0, 90, 10}, CO_LEFT, 0xffffffff, "text");
      line_of(value, 2, (co_range){0, 1});
    }
    if (frame > 0)
      ck_assert(before[0] == paint.op && before[1] == paint.span && before[2] == paint.text);
    before[0] = paint.op;
    before[1] = paint.span;
    before[2] = paint.text;
  }
  ck_assert_int_eq(co_paint_status(&paint), CO_OK);
}
END_TEST

// ---- pixels

enum { W = 200, H = 100 };
static unsigned char rgb[H * W * 3];

static unsigned at(int x, int y) {
  const unsigned char *p = rgb + 3 * (y * W + x);
  return (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];
}

static void draw(void) {
  memset(rgb, 0x55, sizeof rgb);
  co_raster raster = {kWindow, rgb, 3 * W};
  co_raster_draw(&paint, &raster);
}

START_TEST(pixels_of_fills) {
  co_paint_fill(&paint, (co_box){10, 10, 5, 5}, 0x204060ff);
  co_paint_fill(&paint, (co_box){12, 12, 5, 5}, 0xffffff80);
  draw();
  ck_assert_uint_eq(at(9, 10), 0x000000);
  ck_assert_uint_eq(at(10, 10), 0x204060);
  ck_assert_uint_eq(at(16, 16), 0x808080);
  ck_assert_uint_eq(at(13, 13), 0x90a0b0);
  ck_assert_uint_eq(at(17, 17), 0x000000);
}
END_TEST

START_TEST(pixels_of_text_and_lines) {
  uint8_t mask[CO_FONT_GLYPHS * 10 * 5] = {0};
  font.mask = mask;
  mask[('A' - 32) * 50 + 0] = 1;          // upper left
  mask[('A' - 32) * 50 + 9 * 5 + 4] = 1;  // lower right
  co_paint_text(&paint, (co_box){20, 30, 50, 10}, CO_LEFT, 0xff0000ff, " A");
  const float value[] = {25, 25};
  line_of(value, 2, (co_range){0, 1});
  draw();
  font.mask = NULL;
  ck_assert_uint_eq(at(25, 30), 0xff0000);
  ck_assert_uint_eq(at(29, 39), 0xff0000);
  ck_assert_uint_eq(at(26, 31), 0x000000);
  ck_assert_uint_eq(at(60, 35), 0xffffff);
  ck_assert_uint_eq(at(60, 36), 0x000000);
}
END_TEST

START_TEST(pictures_may_be_upside_down_or_smaller) {
  co_paint_fill(&paint, (co_box){10, 10, 1, 1}, 0xff0000ff);
  co_paint_text(&paint, (co_box){15, 5, 50, 10}, CO_LEFT, 0xffffffff, "text");
  unsigned char small[8 * 8 * 3 + 2] = {0};
  small[0] = small[sizeof small - 1] = 0x77;  // nothing beside it is written
  co_raster raster = {{8, 8, 8, 8}, small + 1 + 7 * 24, -24};
  co_raster_draw(&paint, &raster);
  ck_assert_int_eq(small[1 + 5 * 24 + 2 * 3], 0xff);
  ck_assert(small[0] == 0x77 && small[sizeof small - 1] == 0x77);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/paint");
  TCase *tcase = tcase_create("lists");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, takes_pieces_off_a_box);
  tcase_add_test(tcase, takes_no_more_than_there_is);
  tcase_add_test(tcase, clips_fills_to_the_surface);
  tcase_add_test(tcase, aligns_text);
  tcase_add_test(tcase, cuts_text_that_is_too_wide);
  tcase_add_test(tcase, leaves_out_half_lines_of_text);
  tcase_add_test(tcase, draws_a_straight_line_through_every_column);
  tcase_add_test(tcase, keeps_the_extremes_of_a_column);
  tcase_add_test(tcase, leaves_gaps_where_there_is_no_number);
  tcase_add_test(tcase, holds_lines_within_their_box);
  tcase_add_test(tcase, draws_no_line_beyond_its_surface);
  tcase_add_test(tcase, thick_lines_reach_further);
  tcase_add_test(tcase, a_frame_like_the_last_allocates_nothing);
  tcase_add_test(tcase, pixels_of_fills);
  tcase_add_test(tcase, pixels_of_text_and_lines);
  tcase_add_test(tcase, pictures_may_be_upside_down_or_smaller);
  suite_add_tcase(suite, tcase);
  return suite;
}
