#include "viz/show/axis.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

// Held within what 16 bits and a subtraction can bear: steps far outside are asked for, too.
int co_axis_x(const co_axis *axis, double step) {
  double share = (step - axis->from) / (axis->to - axis->from);
  double at = axis->x + share * (axis->w - 1);
  return (int)lround(fmin(fmax(at, -30000.0), 30000.0));
}

int64_t co_axis_step(const co_axis *axis, int x) {
  if (axis->w <= 1) return (int64_t)axis->from;
  double share = (double)(x - axis->x) / (axis->w - 1);
  double step = axis->from + fmin(fmax(share, 0.0), 1.0) * (axis->to - axis->from);
  return llround(step);
}

// Three cases in this order: the beginning fills up from the left; then the window goes along with
// the shown step; and when nothing lies ahead of it, it falls back to show the past instead.
co_axis co_axis_follow(int x, int w, int64_t first, int64_t last, int64_t shown, int64_t span) {
  assert(span > 0);
  int64_t from = first, to = first + span;
  if (shown > first + span - span / 8) {  // an eighth stays free ahead of the shown step
    from = shown - (span - span / 8);
    to = from + span;
  }
  if (to > last && from > first) {  // nothing lies ahead: show as much of the past as there is
    int64_t back = to - last < from - first ? to - last : from - first;
    from -= back;
    to -= back;
  }
  return (co_axis){x, w, (double)from, (double)to};
}

double co_axis_tick(double length, int most) {
  if (!(length > 0) || most < 1) return 1;
  // the smallest of 1, 2, 5 x 10^k that is not smaller than an even division
  double raw = length / most, power = pow(10, floor(log10(raw)));
  const double step[] = {1, 2, 5, 10};
  for (int i = 0; i < 4; i++)
    if (step[i] * power >= raw * (1 - 1e-9)) return step[i] * power;
  return 10 * power;
}

co_range co_range_pretty(double low, double high) {
  if (!isfinite(low) || !isfinite(high) || low > high) return (co_range){0, 1};
  // a constant gets a range that is small against it, not one from 0
  double room = fmax(fabs(low), fabs(high)) * 1e-3 + 1e-9;
  if (high - low < room) {
    low -= room;
    high += room;
  }
  double tick = co_axis_tick(high - low, 4);
  return (co_range){floor(low / tick) * tick, ceil(high / tick) * tick};
}

void co_axis_label(double value, double tick, char out[16]) {
  if (!isfinite(value)) {
    snprintf(out, 16, "-");
    return;
  }
  if (fabs(value) < tick * 1e-6) {  // no "-0.000"
    snprintf(out, 16, "0");
    return;
  }
  if (fabs(value) >= 1e6 || tick < 1e-4) {
    snprintf(out, 16, "%.1e", value);
    return;
  }
  // as many decimals as tell one tick from the next
  int decimals = tick >= 1 ? 0 : (int)ceil(-log10(tick) - 1e-9);
  snprintf(out, 16, "%.*f", decimals, value);
}
