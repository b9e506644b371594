// The palette can be read on its grounds, and by people who see fewer colours.

#include "tests/support/support.h"
#include "viz/draw/paint.h"

#include <math.h>

static double channel(co_color color, int shift) {
  double c = ((color >> shift) & 0xff) / 255.0;
  return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

// WCAG 2.1, relative luminance and contrast ratio.
static double luminance(co_color c) {
  return 0.2126 * channel(c, 24) + 0.7152 * channel(c, 16) + 0.0722 * channel(c, 8);
}

static double contrast(co_color a, co_color b) {
  double x = luminance(a), y = luminance(b);
  return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

// Machado, Oliveira and Fernandes 2009, table 1, severity 1.0, on linear RGB: none, protanopia,
// deuteranopia, tritanopia.
static const double kSeen[4][3][3] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                                      {{0.152286, 1.052583, -0.204868},
                                       {0.114503, 0.786281, 0.099216},
                                       {-0.003882, -0.048116, 1.051998}},
                                      {{0.367322, 0.860646, -0.227968},
                                       {0.280085, 0.672501, 0.047413},
                                       {-0.011820, 0.042940, 0.968881}},
                                      {{1.255528, -0.076749, -0.178779},
                                       {-0.078411, 0.930809, 0.147602},
                                       {0.004733, 0.691367, 0.303900}}};

// CIE L*a*b* (D65) of a colour as seen with one of the above.
static void lab_of(co_color color, int seen, double out[3]) {
  const double rgb[3] = {channel(color, 24), channel(color, 16), channel(color, 8)};
  static const double xyz[3][3] = {
      {0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}};
  static const double white[3] = {0.9505, 1.0, 1.089};
  double view[3], f[3];
  for (int i = 0; i < 3; i++) {
    view[i] = 0;
    for (int k = 0; k < 3; k++) view[i] += kSeen[seen][i][k] * rgb[k];
    view[i] = fmin(fmax(view[i], 0), 1);
  }
  for (int i = 0; i < 3; i++) {
    double sum = 0;
    for (int k = 0; k < 3; k++) sum += xyz[i][k] * view[k];
    double t = sum / white[i];
    f[i] = t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
  }
  out[0] = 116 * f[1] - 16;
  out[1] = 500 * (f[0] - f[1]);
  out[2] = 200 * (f[1] - f[2]);
}

static double distance(co_color a, co_color b, int seen) {
  double x[3], y[3];
  lab_of(a, seen, x);
  lab_of(b, seen, y);
  return sqrt((x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]) +
              (x[2] - y[2]) * (x[2] - y[2]));
}

static const co_ink kGrounds[] = {CO_INK_GROUND, CO_INK_RAISED};
static const co_ink kInks[] = {CO_INK_TEXT,   CO_INK_DIM,     CO_INK_SOURCE,
                               CO_INK_TARGET, CO_INK_PARTING, CO_INK_WARNING,
                               CO_INK_BAD,    CO_INK_GOOD,    CO_INK_CURSOR};
enum { NUM_INKS = sizeof kInks / sizeof *kInks };

START_TEST(every_ink_can_be_read) {
  for (int g = 0; g < 2; g++)
    for (int i = 0; i < NUM_INKS; i++)
      ck_assert_msg(contrast(co_ink_color(kInks[i]), co_ink_color(kGrounds[g])) >= 4.5,
                    "ink %d on %d: %.2f", kInks[i], kGrounds[g],
                    contrast(co_ink_color(kInks[i]), co_ink_color(kGrounds[g])));
}
END_TEST

// Those that stand side by side. A difference of 2.3 can just be seen.
START_TEST(inks_keep_apart_for_everybody) {
  static const co_ink pairs[][2] = {
      {CO_INK_SOURCE, CO_INK_TARGET},  {CO_INK_TARGET, CO_INK_PARTING},
      {CO_INK_SOURCE, CO_INK_PARTING}, {CO_INK_TARGET, CO_INK_WARNING},
      {CO_INK_BAD, CO_INK_GOOD},       {CO_INK_BAD, CO_INK_WARNING},
      {CO_INK_TEXT, CO_INK_WARNING},   {CO_INK_TEXT, CO_INK_BAD},
      {CO_INK_GOOD, CO_INK_WARNING}};
  for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
    double d = distance(co_ink_color(pairs[p][0]), co_ink_color(pairs[p][1]), _i);
    ck_assert_msg(d >= 15, "inks %d and %d, sight %d: %.1f", pairs[p][0], pairs[p][1], _i, d);
  }
}
END_TEST

START_TEST(activations_run_from_source_to_target) {
  ck_assert_uint_eq(co_color_diverging(-1), co_ink_color(CO_INK_SOURCE));
  ck_assert_uint_eq(co_color_diverging(1), co_ink_color(CO_INK_TARGET));
  ck_assert_uint_eq(co_color_diverging(0), co_ink_color(CO_INK_RAISED));
  ck_assert_uint_eq(co_color_diverging(-7), co_color_diverging(-1));
  ck_assert_uint_eq(co_color_diverging(NAN), co_ink_color(CO_INK_GRID));
  double before = 0;
  for (int i = 0; i <= 10; i++) {
    double now = luminance(co_color_diverging(i / 10.0));
    ck_assert_double_gt(now, before);
    before = now;
  }
}
END_TEST

START_TEST(fading_keeps_the_colour) {
  ck_assert_uint_eq(co_color_fade(0x123456ff, 100), 0x123456ff);
  ck_assert_uint_eq(co_color_fade(0x123456ff, 0), 0x12345600);
  ck_assert_uint_eq(co_color_fade(0x12345664, 50), 0x12345632);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/palette");
  TCase *tcase = tcase_create("palette");
  tcase_add_test(tcase, every_ink_can_be_read);
  tcase_add_loop_test(tcase, inks_keep_apart_for_everybody, 0, 4);
  tcase_add_test(tcase, activations_run_from_source_to_target);
  tcase_add_test(tcase, fading_keeps_the_colour);
  suite_add_tcase(suite, tcase);
  return suite;
}
