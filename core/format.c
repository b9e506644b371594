#include "core/format.h"

#include "core/printable.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUS "\xe2\x88\x92"
#define DASH "\xe2\x80\x93"
#define ELLIPSIS "\xe2\x80\xa6"

bool co_estimate_has_interval(const co_estimate *estimate) {
  return isfinite(estimate->lo) && isfinite(estimate->hi);
}

// decimals that give three to four significant digits
static int decimals_of(double scale) {
  double size = fabs(scale);
  if (size >= 100) return 0;
  if (size >= 10) return 1;
  if (size >= 1) return 2;
  return size >= 0.01 ? 3 : size >= 0.001 ? 4 : 5;
}

// digits of a printed number with commas between thousands; `text` has an optional sign, digits and
// a fraction
static void group_thousands(const char *text, char *out, size_t size) {
  const char *sign = "";
  if (*text == '-' || *text == '+') sign = *text++ == '-' ? MINUS : "+";
  size_t whole = strspn(text, "0123456789");
  size_t used = (size_t)snprintf(out, size, "%s", sign);
  for (size_t i = 0; text[i] && used + 2 < size; i++) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) out[used++] = ',';
    out[used++] = text[i];
  }
  out[used] = '\0';
}

// "3.1e-04" as "3.1e−4"
static void format_power(double value, bool plus, char *out) {
  char text[CO_NUMBER_MAX];
  snprintf(text, sizeof text, plus ? "%+.1e" : "%.1e", value);
  char *mark = strchr(text, 'e');
  const char *digits = mark + 2 + strspn(mark + 2, "0");
  char sign = mark[1];
  char mantissa[CO_NUMBER_MAX];
  *mark = '\0';
  group_thousands(text, mantissa, sizeof mantissa);
  snprintf(out, CO_NUMBER_MAX, "%.20se%s%.8s", mantissa, sign == '-' ? MINUS : "", digits);
}

static void format_decimals(double value, int decimals, bool plus, char *out) {
  char text[CO_NUMBER_MAX];
  snprintf(text, sizeof text, plus ? "%+.*f" : "%.*f", decimals, value);
  if (strpbrk(text, "123456789") == NULL) {  // neither "-0.00" nor "+0"
    snprintf(text, sizeof text, "%.*f", decimals, 0.0);
  }
  group_thousands(text, out, CO_NUMBER_MAX);
}

void co_format_number(double value, double scale, bool plus, char *out) {
  double size = scale != 0 && isfinite(scale) ? fabs(scale) : fabs(value);
  if (!isfinite(value)) {
    snprintf(out, CO_NUMBER_MAX, DASH);
  } else if (value == 0 && size == 0) {
    snprintf(out, CO_NUMBER_MAX, "0");
  } else if (fabs(value) >= 1e9 || (size < 1e-4 && value != 0)) {
    format_power(value, plus, out);
  } else {
    format_decimals(value, decimals_of(size), plus, out);
  }
}

double co_round_digits(double value) {
  char text[40];
  if (!isfinite(value)) return (double)NAN;
  snprintf(text, sizeof text, "%.5e", value);
  return strtod(text, NULL);
}

void co_format_tick(double value, double step, char *out) {
  static const struct {
    double unit;
    const char *suffix;
  } units[] = {{1e9, "G"}, {1e6, "M"}, {1e4, "k"}, {0, ""}};
  int i = 0;
  double largest = fmax(fabs(value), fabs(step));
  while (largest < units[i].unit) i++;
  double unit = units[i].unit == 1e4 ? 1e3 : units[i].unit > 0 ? units[i].unit : 1;
  if (value == 0) unit = 1;
  int decimals = 0;
  for (double left = fabs(step) / unit; decimals < 6 && fabs(left - nearbyint(left)) > 1e-6;
       left *= 10)
    decimals++;
  char text[CO_NUMBER_MAX];
  format_decimals(value / unit, value == 0 ? 0 : decimals, false, text);
  snprintf(out, CO_NUMBER_MAX, "%.36s%s", text, value == 0 ? "" : units[i].suffix);
}

void co_put_estimate(co_buf *out, const co_estimate *estimate, bool plus) {
  char value[CO_NUMBER_MAX], lo[CO_NUMBER_MAX], hi[CO_NUMBER_MAX];
  double scale = fabs(estimate->value);
  bool interval = co_estimate_has_interval(estimate);
  if (interval) scale = fmax(scale, fmax(fabs(estimate->lo), fabs(estimate->hi)));
  co_format_number(estimate->value, scale, plus, value);
  co_buf_puts(out, value);
  if (!interval || !isfinite(estimate->value)) return;
  co_format_number(estimate->lo, scale, plus, lo);
  co_format_number(estimate->hi, scale, plus, hi);
  co_buf_printf(out, " [%s, %s]", lo, hi);
}

static const char *html_entity(unsigned char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
  }
}

void co_put_html(co_buf *out, const char *text) {
  for (const char *c = text ? text : ""; *c;) {
    co_shown shown = co_shown_at(c);
    const char *entity = html_entity((unsigned char)*c);
    if (*c == '\n' || *c == '\t') {
      co_buf_add(out, c, 1);
    } else {
      co_buf_puts(out, entity ? entity : shown.text);
    }
    c += shown.size;
  }
}

void co_put_base64(co_buf *out, const unsigned char *bytes, size_t size) {
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < size; i += 3) {
    size_t left = size - i;
    unsigned group = (unsigned)bytes[i] << 16;
    if (left > 1) group |= (unsigned)bytes[i + 1] << 8;
    if (left > 2) group |= bytes[i + 2];
    char text[4] = {digit[group >> 18], digit[group >> 12 & 63],
                    left > 1 ? digit[group >> 6 & 63] : '=', left > 2 ? digit[group & 63] : '='};
    co_buf_add(out, text, sizeof text);
  }
}

// A line break within a text of one line is a space.
static co_shown shown_in_line(const char *text) {
  if (*text == '\n' || *text == '\t') return (co_shown){" ", 1, 1};
  return co_shown_at(text);
}

static int count_columns(const char *text) {
  int count = 0;
  while (*text) {
    co_shown shown = shown_in_line(text);
    count += shown.columns;
    text += shown.size;
  }
  return count;
}

int co_put_plain(co_buf *out, const char *text, int columns) {
  if (!text) return 0;
  int count = count_columns(text), written = 0;
  bool cut = columns > 0 && count > columns;
  int limit = cut ? columns - 1 : count;
  while (*text) {
    co_shown shown = shown_in_line(text);
    if (written + shown.columns > limit) break;
    co_buf_puts(out, shown.text);
    written += shown.columns;
    text += shown.size;
  }
  if (cut) co_buf_puts(out, ELLIPSIS);
  return written + cut;
}
