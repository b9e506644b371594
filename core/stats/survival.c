#include "core/stats/survival.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *left, const void *right) {
  const co_lifetime *a = left, *b = right;
  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  if (a->event != b->event) return a->event ? -1 : 1;
  return (a->row > b->row) - (a->row < b->row);
}

void co_lifetime_sort(co_lifetime *life, int n) {
  if (n > 1) qsort(life, (size_t)n, sizeof *life, compare);
}

// Events at one time, or all of one order, are taken one by one: the product of (1 - 1/k) over d
// runs telescopes to (1 - d/k), so grouping by time is not needed.
co_survival co_kaplan_meier(const co_lifetime *life, int n, const int *count, double horizon) {
  int at_risk = 0;
  for (int i = 0; i < n; i++) at_risk += count ? count[life[i].row] : 1;
  co_survival out = {.median = NAN, .restricted_mean = at_risk ? 0 : NAN};
  double alive = 1, last = 0;
  for (int i = 0; i < n && at_risk > 0; i++) {
    int times = count ? count[life[i].row] : 1;
    if (times == 0) continue;
    double time = life[i].time < horizon ? life[i].time : horizon;
    out.restricted_mean += alive * (time - last);
    last = time;
    if (life[i].event) alive *= (double)(at_risk - times) / at_risk;
    at_risk -= times;
    // 1/2 reached up to rounding of the product
    if (isnan(out.median) && alive <= 0.5 + 1e-12) out.median = life[i].time;
  }
  out.restricted_mean += alive * (horizon - last);
  return out;
}
