#include "envs/physics/trig.h"

#include <math.h>
#include <stdint.h>

static const double kPi = 3.141592653589793;

// 1 - x^2 / ((n+1)(n+2)) (1 - x^2 / ((n+3)(n+4)) (1 - ...)): what remains of the Taylor series of
// sine or cosine after the term x^n / n! is taken out. |x| <= pi/4, so what is cut off is below
// 1e-19.
static double rest_of_series(double square, int n) {
  double sum = 1.0;
  for (int k = n + 14; k > n; k -= 2) sum = 1.0 - square / (k * (k - 1.0)) * sum;
  return sum;
}

// x = quarter * pi/2 + *high + *low with |high| <= pi/4: pi/2 in parts of 33 bits, whose products
// with a quarter count below 2^20 are exact (Cody and Waite 1980, section 8).
static int64_t reduce(double x, double *high, double *low) {
  static const double kPart[3] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
  if (fabs(x) > 1e5) x = fmod(x, 2 * kPi);
  double quarter = nearbyint(x * (2 / kPi));
  double a = x - quarter * kPart[0];
  double b = quarter * kPart[1];
  double c = quarter * kPart[2];
  *high = a - b;
  *low = ((a - *high) - b) - c;
  double sum = *high + *low;
  *low = *low - (sum - *high);
  *high = sum;
  return (int64_t)quarter;
}

// sin(quarter pi/2 + high + low)
static double sine_of_quarter(int64_t quarter, double high, double low) {
  double square = high * high;
  double half = 0.5 * square;
  double near_one = 1.0 - half;
  double lost = (1.0 - near_one) - half;  // the rounding error of near_one, exactly
  double sine = high + (low - high * (square / 6.0 * rest_of_series(square, 3)));
  double fourth = square * (square / 24.0 * rest_of_series(square, 4));
  double cosine = near_one + (lost + (fourth - high * low));
  double value = quarter & 1 ? cosine : sine;
  return quarter & 2 ? -value : value;
}

double co_sin(double x) {
  if (!isfinite(x)) return NAN;
  double high, low;
  int64_t quarter = reduce(x, &high, &low);
  return sine_of_quarter(quarter & 3, high, low);
}

double co_cos(double x) {
  if (!isfinite(x)) return NAN;
  double high, low;
  int64_t quarter = reduce(x, &high, &low);
  return sine_of_quarter((quarter + 1) & 3, high, low);
}

double co_wrap(double x) {
  double turned = fmod(x + kPi, 2 * kPi);
  if (turned < 0) turned += 2 * kPi;
  return turned - kPi;
}
