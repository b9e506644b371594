// Small arithmetic that many need.

#ifndef CORE_NUMBER_H_
#define CORE_NUMBER_H_

// x held within low..high; NaN stays NaN.
static inline double co_clamp(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}
static inline float co_clamp_float(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

#endif  // CORE_NUMBER_H_
