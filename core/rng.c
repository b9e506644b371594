#include "core/rng.h"

#include <Random123/philox.h>
#include <assert.h>
#include <math.h>

co_rng co_rng_make(const co_stream *stream, uint32_t row) {
  assert(stream->number < 1u << 24 && (unsigned)stream->purpose < 1u << 8);
  return (co_rng){
      .key = {(uint32_t)stream->seed, (uint32_t)(stream->seed >> 32)},
      .counter = {0, 0, row, stream->number << 8 | (uint32_t)stream->purpose},
  };
}

co_rng co_rng_make_lane(const co_stream *stream, uint32_t row, uint32_t lane) {
  assert(row < 1u << 30 && lane < 4);
  return co_rng_make(stream, row | lane << 30);
}

void co_rng_seek(co_rng *rng, uint64_t block) {
  rng->counter[0] = (uint32_t)block;
  rng->counter[1] = (uint32_t)(block >> 32);
  rng->have = 0;
}

static void refill(co_rng *rng) {
  philox4x32_ctr_t counter = {{rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
  philox4x32_key_t key = {{rng->key[0], rng->key[1]}};
  philox4x32_ctr_t out = philox4x32(counter, key);
  for (int i = 0; i < 4; i++) rng->word[i] = out.v[i];
  if (++rng->counter[0] == 0) rng->counter[1]++;
  rng->have = 4;
}

uint32_t co_rng_u32(co_rng *rng) {
  if (rng->have == 0) refill(rng);
  return rng->word[4 - rng->have--];
}

uint64_t co_rng_u64(co_rng *rng) {
  uint64_t high = co_rng_u32(rng);
  return high << 32 | co_rng_u32(rng);
}

double co_rng_uniform(co_rng *rng) {
  return (double)(co_rng_u64(rng) >> 11) * 0x1p-53;
}

uint32_t co_rng_below(co_rng *rng, uint32_t bound) {
  assert(bound > 0);
  // Lemire 2019, "Fast random integer generation in an interval"
  uint64_t product = (uint64_t)co_rng_u32(rng) * bound;
  if ((uint32_t)product < bound) {
    uint32_t threshold = -bound % bound;
    while ((uint32_t)product < threshold) product = (uint64_t)co_rng_u32(rng) * bound;
  }
  return (uint32_t)(product >> 32);
}

// Natural logarithm of 0 < x < 1 to about 1e-15, from additions and products only: libm's log may
// differ between machines, and the noise of an action must not. x = 2^e m with m in [sqrt 1/2, sqrt
// 2); log m = 2 atanh((m-1)/(m+1)).
static double log_of_unit(double x) {
  int exponent;
  double m = frexp(x, &exponent);  // exact
  if (m < 0.70710678118654752) {
    m *= 2;
    exponent--;
  }
  double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return 2 * s * sum + exponent * 0.69314718055994530942;
}

static double horner(const double *c, int n, double x) {
  double sum = c[n - 1];
  for (int i = n - 2; i >= 0; i--) sum = sum * x + c[i];
  return sum;
}

// Inverse of the normal distribution function, Wichura 1988, algorithm AS 241 (PPND16), relative
// error 1e-16.
static double normal_quantile(double p) {
  static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                              1.9715909503065514427e3, 1.3731693765509461125e4,
                              4.5921953931549871457e4, 6.7265770927008700853e4,
                              3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double b[8] = {1.0,
                              4.2313330701600911252e1,
                              6.8718700749205790830e2,
                              5.3941960214247511077e3,
                              2.1213794301586595867e4,
                              3.9307895800092710610e4,
                              2.8729085735721942674e4,
                              5.2264952788528545610e3};
  static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                              5.76949722146069140550e0,  3.64784832476320460504e0,
                              1.27045825245236838258e0,  2.41780725177450611770e-1,
                              2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[8] = {1.0,
                              2.05319162663775882187e0,
                              1.67638483018380384940e0,
                              6.89767334985100004550e-1,
                              1.48103976427480074590e-1,
                              1.51986665636164571966e-2,
                              5.47593808499534494600e-4,
                              1.05075007164441684324e-9};
  static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                              1.78482653991729133580e0,  2.96560571828504891230e-1,
                              2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[8] = {1.0,
                              5.99832206555887937690e-1,
                              1.36929880922735805310e-1,
                              1.48753612908506148525e-2,
                              7.86869131145613259100e-4,
                              1.84631831751005468180e-5,
                              1.42151175831644588870e-7,
                              2.04426310338993978564e-15};
  double q = p - 0.5;
  if (fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * horner(a, 8, r) / horner(b, 8, r);
  }
  double r = sqrt(-log_of_unit(q < 0 ? p : 1 - p));
  double x = r <= 5 ? horner(c, 8, r - 1.6) / horner(d, 8, r - 1.6)
                    : horner(e, 8, r - 5) / horner(f, 8, r - 5);
  return q < 0 ? -x : x;
}

double co_rng_normal(co_rng *rng) {
  return normal_quantile(((double)(co_rng_u64(rng) >> 12) + 0.5) * 0x1p-52);  // never 0 or 1
}

void co_rng_normals(co_rng *rng, float *out, int count) {
  for (int i = 0; i < count; i++) out[i] = (float)co_rng_normal(rng);
}

void co_rng_shuffle(co_rng *rng, uint32_t *items, uint32_t count) {
  for (uint32_t i = count; i > 1; i--) {
    uint32_t j = co_rng_below(rng, i);
    uint32_t item = items[i - 1];
    items[i - 1] = items[j];
    items[j] = item;
  }
}
