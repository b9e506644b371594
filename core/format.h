// How numbers and text of results look to people: shared by the page, its charts and the terminal
// table.
//
// Thread-safe; nothing depends on the locale beyond the C library's decimal point, which the
// program never changes.

#ifndef CORE_FORMAT_H_
#define CORE_FORMAT_H_

#include "core/buf.h"

#include <stdbool.h>

enum { CO_NUMBER_MAX = 40 };  // bytes of a formatted number with its NUL

// A number with its interval; NAN where a part was not measured.
typedef struct co_estimate {
  double value, lo, hi;
  int n;             // source seeds behind it, 0 when not recorded
  int censored;      // runs that never got there
  const char *note;  // NULL when there is none, lent by the results
} co_estimate;

bool co_estimate_has_interval(const co_estimate *estimate);

// Three to four significant digits for numbers of the size of `scale` (0: of the value itself):
// "2,649", "18.3", "0.204"; a true minus sign; "–" for NAN. `plus` puts a + before positive ones.
// `out` has CO_NUMBER_MAX bytes.
void co_format_number(double value, double scale, bool plus, char *out);

// To the six significant digits that hold on every machine, where a number comes from a library
// whose last ones do not; NAN for what is not finite.
double co_round_digits(double value);

// Short form for axis ticks that are `step` apart: "20k", "1.5M", "−0.25".
void co_format_tick(double value, double step, char *out);

// "2,649 [2,401, 2,790]", all with the decimals of the largest; only the value where there is no
// interval.
void co_put_estimate(co_buf *out, const co_estimate *estimate, bool plus);

// Text as HTML content or attribute value: markup escaped, and what core/printable.h does not show
// as it is.
void co_put_html(co_buf *out, const char *text);

// Bytes as base64 (RFC 4648).
void co_put_base64(co_buf *out, const unsigned char *bytes, size_t size);

// Text for a line of a terminal, at most `columns` wide (0: no limit), cut with "…", as
// core/printable.h shows it, so that text from a file can't drive the terminal. Returns the columns
// written.
int co_put_plain(co_buf *out, const char *text, int columns);

#endif  // CORE_FORMAT_H_
