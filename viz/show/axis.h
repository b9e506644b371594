// Steps along a strip or the time line, and pretty numbers for ranges. Pure.

#ifndef VIZ_SHOW_AXIS_H_
#define VIZ_SHOW_AXIS_H_

#include "viz/draw/paint.h"

// Steps from..to (from < to) over w pixels from x.
typedef struct co_axis {
  int x, w;
  double from, to;
} co_axis;

int co_axis_x(const co_axis *axis, double step);   // nearest pixel; may lie outside
int64_t co_axis_step(const co_axis *axis, int x);  // nearest step, held within from..to
// The part of `count` steps from `first` to show around `shown`, at most `span` of them; the shown
// one stays in view and lies near the end while new steps come.
co_axis co_axis_follow(int x, int w, int64_t first, int64_t last, int64_t shown, int64_t span);

// Distance of ticks: 1, 2 or 5 times a power of ten, such that at most `most` of them fit in.
double co_axis_tick(double length, int most);
// A range of pretty numbers that holds both ends; of a point a range around it; [0, 1] for what is
// not finite.
co_range co_range_pretty(double low, double high);
// "0.25", "-1.2e+05": at most 8 characters, `tick` (> 0) says how many decimals are needed.
void co_axis_label(double value, double tick, char out[16]);

#endif  // VIZ_SHOW_AXIS_H_
