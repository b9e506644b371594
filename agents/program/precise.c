#include "agents/program/private/precise.h"

#include <math.h>
#include <stdbool.h>

static const double ln2 = 0.69314718055994530942;

// 2^k times the series of what is left, whose 14th term is below 1e-16.
double co_precise_exp(double x) {
  if (!(x > -800)) return isnan(x) ? x : 0;
  if (x > 800) return INFINITY;
  double k = floor(x / ln2 + 0.5), rest = x - k * ln2, sum = 1;
  for (int n = 13; n > 0; n--) sum = 1 + rest / n * sum;
  return ldexp(sum, (int)k);
}

// x = 2^k m with m around 1; log m = 2 artanh((m - 1) / (m + 1)), whose series ends at s^21.
double co_precise_log(double x) {
  int k;
  double m = frexp(x, &k);
  if (m < 0.70710678118654752440) m *= 2, k--;
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int n = 21; n > 0; n -= 2) sum = sum * square + 1.0 / n;
  return k * ln2 + 2 * s * sum;
}

static bool is_odd(double y) {
  return floor(y) == y && fmod(y, 2) != 0;
}

// Of a number that is not negative. 0, infinity, roots and squares are exact.
static double power_of_size(double size, double y) {
  if (size == 1 || y == 0) return 1;
  bool grows = (size > 1) == (y > 0);
  if (size == 0 || isinf(size) || isinf(y)) return grows ? INFINITY : 0;
  if (y == 1) return size;
  if (y == 2) return size * size;
  if (y == 0.5) return sqrt(size);
  return co_precise_exp(y * co_precise_log(size));
}

double co_precise_power(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (isnan(x) || isnan(y)) return NAN;
  bool whole = isinf(y) || floor(y) == y, odd = !isinf(y) && is_odd(y);
  if (x < 0 && !whole && !isinf(x)) return NAN;
  double size = power_of_size(fabs(x), y);
  return signbit(x) && odd ? -size : size;
}

// A rational argument and a polynomial (Press et al., Numerical Recipes, 6.2).
double co_precise_erfc(double x) {
  static const double c[10] = {-1.26551223, 1.00002368,  0.37409196, 0.09678418,  -0.18628806,
                               0.27886807,  -1.13520398, 1.48851587, -0.82215223, 0.17087277};
  if (isnan(x)) return x;
  double size = fabs(x), t = 1 / (1 + 0.5 * size), sum = 0;
  for (int n = 9; n >= 0; n--) sum = sum * t + c[n];
  double far = size > 40 ? 0 : t * co_precise_exp(sum - size * size);
  return x < 0 ? 2 - far : far;
}
