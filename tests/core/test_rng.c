#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static co_rng make(uint64_t seed, uint32_t number, co_purpose purpose, uint32_t row) {
  return co_rng_make(&(co_stream){seed, number, purpose}, row);
}

// known answers that the authors of Random123 ship for philox4x32-10
static const struct {
  uint32_t counter[4], key[2], word[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(known_answers) {
  co_rng rng = {0};
  memcpy(rng.counter, known[_i].counter, sizeof rng.counter);
  memcpy(rng.key, known[_i].key, sizeof rng.key);
  for (int i = 0; i < 4; i++) ck_assert_uint_eq(co_rng_u32(&rng), known[_i].word[i]);
}
END_TEST

START_TEST(name_is_key_and_counter) {
  // every part of the name, and its place: a change here changes every result of every study
  co_rng rng = make(0x1122334455667788, 0xabcdef, CO_PURPOSE_SHUFFLE, 0x99);
  ck_assert_uint_eq(rng.key[0], 0x55667788);
  ck_assert_uint_eq(rng.key[1], 0x11223344);
  ck_assert_uint_eq(rng.counter[0], 0);
  ck_assert_uint_eq(rng.counter[1], 0);
  ck_assert_uint_eq(rng.counter[2], 0x99);
  ck_assert_uint_eq(rng.counter[3], 0xabcdef03);
  ck_assert_int_eq(CO_PURPOSE_TEST, 10);
}
END_TEST

START_TEST(streams_are_independent) {
  // neighbours in every part of the name, compared pairwise by their sign correlation
  co_rng rng[] = {make(1, 0, CO_PURPOSE_INIT, 0), make(2, 0, CO_PURPOSE_INIT, 0),
                  make(1, 1, CO_PURPOSE_INIT, 0), make(1, 0, CO_PURPOSE_RESET, 0),
                  make(1, 0, CO_PURPOSE_INIT, 1), make(1ull << 32, 0, CO_PURPOSE_INIT, 0)};
  enum { STREAMS = 6, WORDS = 4096 };
  static uint32_t word[STREAMS][WORDS];
  for (int s = 0; s < STREAMS; s++) {
    for (int i = 0; i < WORDS; i++) word[s][i] = co_rng_u32(&rng[s]);
  }
  for (int a = 0; a < STREAMS; a++) {
    for (int b = 0; b < a; b++) {
      int equal_bits = 0, equal_words = 0;
      for (int i = 0; i < WORDS; i++) {
        equal_bits += 32 - __builtin_popcount(word[a][i] ^ word[b][i]);
        equal_words += word[a][i] == word[b][i];
      }
      // 131,072 bits: standard deviation 181
      ck_assert_msg(abs(equal_bits - 32 * WORDS / 2) < 5 * 181, "streams %d and %d", a, b);
      ck_assert_int_le(equal_words, 1);
    }
  }
}
END_TEST

START_TEST(a_stream_is_a_value) {
  co_rng rng = make(5, 6, CO_PURPOSE_TEST, 7);
  co_rng_u32(&rng);
  co_rng saved = rng;
  uint64_t first = co_rng_u64(&rng);
  ck_assert_uint_eq(co_rng_u64(&saved), first);
  // counter[0] carries into counter[1], never into the name
  co_rng last = make(5, 6, CO_PURPOSE_TEST, 7);
  last.counter[0] = UINT32_MAX;
  co_rng_u32(&last);
  ck_assert_uint_eq(last.counter[0], 0);
  ck_assert_uint_eq(last.counter[1], 1);
  ck_assert_uint_eq(last.counter[2], 7);
}
END_TEST

START_TEST(uniform_moments) {
  co_rng rng = make(1, 0, CO_PURPOSE_TEST, 0);
  enum { N = 400000, BINS = 64 };
  double sum = 0, squares = 0;
  int bin[BINS] = {0};
  for (int i = 0; i < N; i++) {
    double u = co_rng_uniform(&rng);
    ck_assert(u >= 0 && u < 1);
    sum += u;
    squares += u * u;
    bin[(int)(u * BINS)]++;
  }
  ck_assert_double_eq_tol(sum / N, 0.5, 5 * sqrt(1.0 / 12 / N));
  ck_assert_double_eq_tol(squares / N, 1.0 / 3, 5 * sqrt(4.0 / 45 / N));
  double chi2 = 0, expected = (double)N / BINS;
  for (int i = 0; i < BINS; i++) chi2 += (bin[i] - expected) * (bin[i] - expected) / expected;
  ck_assert_msg(chi2 < 125, "chi2 %g with 63 degrees of freedom", chi2);
  // extremes of the 53 bits
  co_rng ends = {.word = {0, 0, 0xffffffff, 0xffffffff}, .have = 4};
  ck_assert(co_rng_uniform(&ends) == 0 && co_rng_uniform(&ends) == 1 - 0x1p-53);
}
END_TEST

static const uint32_t bounds[] = {1, 2, 3, 7, 10, 1000, 0x80000001, 0xc0000000, 0xffffffff};

START_TEST(below_is_unbiased) {
  uint32_t bound = bounds[_i];
  co_rng rng = make(2, 0, CO_PURPOSE_TEST, (uint32_t)_i);
  enum { N = 60000 };
  int third[3] = {0};  // of the range
  for (int i = 0; i < N; i++) {
    uint32_t value = co_rng_below(&rng, bound);
    ck_assert_uint_lt(value, bound);
    third[(uint64_t)value * 3 / bound]++;
  }
  if (bound < 3) return;
  for (int k = 0; k < 3; k++) {
    double low = ceil(k * (double)bound / 3), high = ceil((k + 1) * (double)bound / 3);
    double p = (high - low) / bound;
    ck_assert_double_eq_tol(third[k], N * p, 5 * sqrt(N * p * (1 - p)));
  }
}
END_TEST

START_TEST(normal_moments) {
  co_rng rng = make(3, 0, CO_PURPOSE_TEST, 0);
  enum { N = 400000 };
  double moment[5] = {0}, neighbours = 0, last = 0;
  for (int i = 0; i < N; i++) {
    double x = co_rng_normal(&rng), power = 1;
    for (int k = 1; k <= 4; k++) moment[k] += power *= x;
    neighbours += x * last;
    last = x;
  }
  static const double expected[] = {0, 0, 1, 0, 3}, variance[] = {0, 1, 2, 15, 96};
  for (int k = 1; k <= 4; k++) {
    ck_assert_double_eq_tol(moment[k] / N, expected[k], 5 * sqrt(variance[k] / N));
  }
  ck_assert_double_eq_tol(neighbours / N, 0, 5 / sqrt(N));
}
END_TEST

// the normal draw of a chosen probability: the stream is a value, so its words can be set
static double quantile(double p) {
  uint64_t bits = (uint64_t)(p * 0x1p52) << 12;
  co_rng rng = {.word = {0, 0, (uint32_t)(bits >> 32), (uint32_t)bits}, .have = 2};
  return co_rng_normal(&rng);
}

START_TEST(normal_quantiles_are_accurate) {
  // p of the draw is (k + 1/2) 2^-52; the distribution function has relative condition x phi(x) /
  // p, at most x^2 + 1
  co_rng rng = make(4, 0, CO_PURPOSE_TEST, 0);
  for (int i = 0; i < 20000; i++) {
    double p = co_rng_uniform(&rng);
    if (i % 2) p = ldexp(p, -(int)co_rng_below(&rng, 50));
    p = (floor(p * 0x1p52) + 0.5) * 0x1p-52;
    double x = quantile(p);
    double lower = x < 0 ? 0.5 * erfc(-x * sqrt(0.5)) : 1 - 0.5 * erfc(x * sqrt(0.5));
    ck_assert_msg(fabs(lower - p) <= 4e-15 * p * (x * x + 1) + 2e-16,
                  "p %.17g, x %.17g, back %.17g", p, x, lower);
  }
  ck_assert_double_eq_tol(quantile(0.975), 1.9599639845400545, 1e-14);
  ck_assert_double_eq_tol(quantile(0.5), 0, 1e-15);
  ck_assert_double_eq_tol(quantile(0.001), -3.0902323061678132, 1e-12);
}
END_TEST

START_TEST(normal_is_symmetric_and_finite) {
  for (int shift = 1; shift <= 52; shift++) {
    uint64_t k = (1ull << 52 >> shift) - (shift == 52 ? 1 : 0);  // down to 0
    uint64_t mirrored = (1ull << 52) - 1 - k;
    co_rng low = {.word = {0, 0, (uint32_t)(k << 12 >> 32), (uint32_t)(k << 12)}, .have = 2};
    co_rng high = {.word = {0, 0, (uint32_t)(mirrored << 12 >> 32), (uint32_t)(mirrored << 12)},
                   .have = 2};
    double x = co_rng_normal(&low), y = co_rng_normal(&high);
    ck_assert(isfinite(x) && x == -y);
    ck_assert(fabs(x) < 8.3);
  }
}
END_TEST

START_TEST(normals_are_the_same_draws) {
  co_rng one = make(5, 0, CO_PURPOSE_TEST, 0), many = one;
  float out[37];
  co_rng_normals(&many, out, 37);
  for (int i = 0; i < 37; i++) ck_assert(out[i] == (float)co_rng_normal(&one));
  ck_assert_uint_eq(co_rng_u32(&one), co_rng_u32(&many));
}
END_TEST

START_TEST(seek_goes_to_a_block) {
  co_rng drawn = make(5, 0, CO_PURPOSE_TEST, 3), jumped = drawn;
  for (int i = 0; i < 4 * 700; i++) co_rng_u32(&drawn);
  co_rng_u32(&jumped);  // what is left of a block is dropped
  co_rng_seek(&jumped, 700);
  for (int i = 0; i < 9; i++) ck_assert_uint_eq(co_rng_u32(&jumped), co_rng_u32(&drawn));
  co_rng_seek(&jumped, (UINT64_C(1) << 32) - 1);
  co_rng carried = jumped;
  for (int i = 0; i < 4; i++) co_rng_u32(&carried);
  co_rng_seek(&jumped, UINT64_C(1) << 32);
  ck_assert_uint_eq(co_rng_u32(&jumped), co_rng_u32(&carried));
}
END_TEST

START_TEST(shuffle_is_uniform) {
  enum { N = 24000 };
  co_rng rng = make(6, 0, CO_PURPOSE_TEST, 0);
  int count[256] = {0};  // by the order, two bits for each item
  for (int i = 0; i < N; i++) {
    uint32_t item[4] = {0, 1, 2, 3};
    co_rng_shuffle(&rng, item, 4);
    count[item[0] | item[1] << 2 | item[2] << 4 | item[3] << 6]++;
  }
  double chi2 = 0;
  int orders = 0;
  for (int i = 0; i < 256; i++) {
    if (count[i] == 0) continue;
    orders++;
    chi2 += (count[i] - N / 24.0) * (count[i] - N / 24.0) / (N / 24.0);
  }
  ck_assert_int_eq(orders, 24);
  ck_assert_msg(chi2 < 60, "chi2 %g with 23 degrees of freedom", chi2);
}
END_TEST

START_TEST(shuffle_edges) {
  co_rng rng = make(7, 0, CO_PURPOSE_TEST, 0), before = rng;
  uint32_t item[1] = {9};
  co_rng_shuffle(&rng, item, 1);
  co_rng_shuffle(&rng, NULL, 0);
  ck_assert_uint_eq(item[0], 9);
  ck_assert_mem_eq(&rng, &before, sizeof rng);  // draws nothing
}
END_TEST

START_TEST(draws_are_constants) {
  co_rng rng = make(42, 3, CO_PURPOSE_ACTION, 17);
  ck_assert_uint_eq(co_rng_u64(&rng), 0xd930ca2e4c81926f);
  double normal = co_rng_normal(&rng), uniform = co_rng_uniform(&rng);
  ck_assert_msg(normal == -0x1.414e4b97e3233p-4, "%a", normal);
  ck_assert_msg(uniform == 0x1.9db9adca971a8p-1, "%a", uniform);
  ck_assert_uint_eq(co_rng_below(&rng, 1000), 579);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("rng");
  TCase *tcase = tcase_create("rng");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, known_answers, 0, COUNT(known));
  tcase_add_test(tcase, name_is_key_and_counter);
  tcase_add_test(tcase, streams_are_independent);
  tcase_add_test(tcase, a_stream_is_a_value);
  tcase_add_test(tcase, uniform_moments);
  tcase_add_loop_test(tcase, below_is_unbiased, 0, COUNT(bounds));
  tcase_add_test(tcase, normal_moments);
  tcase_add_test(tcase, normal_quantiles_are_accurate);
  tcase_add_test(tcase, normal_is_symmetric_and_finite);
  tcase_add_test(tcase, normals_are_the_same_draws);
  tcase_add_test(tcase, seek_goes_to_a_block);
  tcase_add_test(tcase, shuffle_is_uniform);
  tcase_add_test(tcase, shuffle_edges);
  tcase_add_test(tcase, draws_are_constants);
  suite_add_tcase(suite, tcase);
  return suite;
}
