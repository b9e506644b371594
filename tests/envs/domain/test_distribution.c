// Distributions: moments and ends of the draws, curricula, and what cannot be read.

#include "core/config/tree.h"
#include "envs/domain/distribution.h"
#include "tests/envs/worlds.h"

enum { DRAWS = 20000 };

// Reads "value = TEXT;".
static co_status read_text(const char *text, co_arena *arena, co_distribution *out,
                           co_node **tree) {
  char file[400];
  co_schema_errors errors = {0};
  snprintf(file, sizeof file, "value = %s;", text);
  ck_ok(co_tree_parse(file, "d.cfg", tree));
  co_distribution_read(co_node_get(*tree, "value"), arena, out, &errors);
  return co_schema_finish(&errors);
}

typedef struct fixture {
  co_distribution value;
  co_arena arena;
  co_node *tree;
  co_rng rng;
} fixture;

static fixture given(const char *text) {
  fixture f = {.rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0)};
  ck_ok(read_text(text, &f.arena, &f.value, &f.tree));
  return f;
}

static void release(fixture *f) {
  co_arena_free(&f->arena);
  co_node_free(f->tree);
}

// ---- moments

typedef struct moment_case {
  const char *text;
  bool whole;
  double low, high;  // ends
  double mean, deviation;
} moment_case;

static const moment_case kMoments[] = {
    {"{ uniform = (0.5, 1.5); }", false, 0.5, 1.5, 1.0, 0.288675},
    {"{ uniform = (-2.0, -1.0); }", false, -2.0, -1.0, -1.5, 0.288675},
    {"{ uniform = (0.0, 3.0); }", true, 0.0, 3.0, 1.5, 1.118034},
    {"{ uniform = (7.0, 7.0); }", true, 7.0, 7.0, 7.0, 0.0},
    // mean (b - a) / ln(b / a), E x^2 = (b^2 - a^2) / (2 ln(b / a))
    {"{ log_uniform = (0.1, 10.0); }", false, 0.1, 10.0, 2.149758, 2.496990},
    {"{ normal = (2.0, 0.5); }", false, 0.0, 4.0, 2.0, 0.5},
    {"{ normal = (2.0, 0.0); }", false, 2.0, 2.0, 2.0, 0.0},
    {"{ choice = (1.0, 5.0); }", false, 1.0, 5.0, 3.0, 2.0},
    {"{ choice = (3.0, 1.0, 2.0); }", false, 1.0, 3.0, 2.0, 0.816497},
    {"4.5", false, 4.5, 4.5, 4.5, 0.0},
};

START_TEST(test_moments) {
  const moment_case *c = &kMoments[_i];
  fixture f = given(c->text);
  double low, high, sum = 0, squares = 0, least = INFINITY, most = -INFINITY;
  co_distribution_range(&f.value, 0, &low, &high);
  ck_assert_double_eq(low, c->low);
  ck_assert_double_eq(high, c->high);
  for (int i = 0; i < DRAWS; i++) {
    double x;
    co_distribution_draw(&f.value, c->whole, 0, &f.rng, &x);
    ck_assert(x >= low && x <= high);
    ck_assert(!c->whole || x == nearbyint(x));
    sum += x, squares += (x - c->mean) * (x - c->mean);
    least = fmin(least, x), most = fmax(most, x);
  }
  double error = c->deviation / sqrt(DRAWS);
  ck_assert_double_le(fabs(sum / DRAWS - c->mean), 4 * error);
  ck_assert_double_le(fabs(sqrt(squares / DRAWS) - c->deviation), 0.03 * c->deviation);
  if (f.value.kind != CO_NORMAL) {
    ck_assert_double_le(least, low + 0.01 * (high - low));
    ck_assert_double_ge(most, high - 0.01 * (high - low));
  }
  release(&f);
}
END_TEST

// The logarithm of a log-uniform draw is uniform: the median is the geometric mean of the ends.
START_TEST(test_log_uniform_quartiles) {
  fixture f = given("{ log_uniform = (0.01, 100.0); }");
  int below[3] = {0};
  for (int i = 0; i < DRAWS; i++) {
    double x;
    co_distribution_draw(&f.value, false, 0, &f.rng, &x);
    below[0] += x < 0.1, below[1] += x < 1.0, below[2] += x < 10.0;
  }
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol((double)below[k] / DRAWS, 0.25 * (k + 1), 0.015);
  }
  release(&f);
}
END_TEST

START_TEST(test_clip) {
  fixture f = given("{ normal = (0.0, 1.0); clip = (-0.5, 0.25); }");
  int cut = 0;
  for (int i = 0; i < DRAWS; i++) {
    double x;
    co_distribution_draw(&f.value, false, 0, &f.rng, &x);
    ck_assert(x >= -0.5 && x <= 0.25);
    cut += x == 0.25;
  }
  ck_assert_double_eq_tol((double)cut / DRAWS, 0.4013, 0.02);  // P(N > 0.25)
  release(&f);
}
END_TEST

// A draw moves linearly from the start of the curriculum to where it would be without one.
START_TEST(test_curriculum) {
  fixture plain = given("{ uniform = (1.0, 3.0); }");
  fixture f = given("{ uniform = (1.0, 3.0); from = 2.0; over = 1000; }");
  for (int64_t steps = 0; steps <= 2000; steps += 250) {
    co_rng rng = co_rng_make(&(co_stream){6, 0, CO_PURPOSE_TEST}, (uint32_t)steps), same = rng;
    double x, full;
    co_distribution_draw(&f.value, false, steps, &rng, &x);
    co_distribution_draw(&plain.value, false, steps, &same, &full);
    double share = fmin(1.0, (double)steps / 1000);
    ck_assert_double_eq(x, steps >= 1000 ? full : 2.0 + share * (full - 2.0));
  }
  release(&plain);
  release(&f);
}
END_TEST

START_TEST(test_several_values) {
  fixture f = given("{ uniform = (0.0, 1.0, 10.0, 11.0, -5.0, -4.0); each = true; }");
  double x[3], low, high;
  ck_assert_int_eq(co_distribution_values(&f.value), 3);
  ck_assert(f.value.each);
  co_distribution_draw(&f.value, false, 0, &f.rng, x);
  for (int i = 0; i < 3; i++) {
    co_distribution_range(&f.value, i, &low, &high);
    ck_assert(x[i] >= low && x[i] < high);
  }
  ck_assert_double_ne(x[0], x[1] - 10);
  release(&f);
}
END_TEST

// ---- what is refused, all of it with file and line

static const char *const kErrors[][2] = {
    {"\"a\"", "expected a number"},
    {"(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)", "has 6 elements"},
    {"{ }", "exactly one of uniform"},
    {"{ uniform = (1, 2); choice = (1, 2); }", "here are 2"},
    {"{ uniform = 1.0; }", "uniform: has 1 element"},
    {"{ uniform = (1, 2, 3); }", "takes pairs of numbers, here are 3"},
    {"{ uniform = (2, 1); }", "low end must not be above"},
    {"{ log_uniform = (0, 1); }", "must be above 0"},
    {"{ normal = (0, -1); }", "must not be below 0"},
    {"{ normal = (0, 1); clip = (1, -1); }", "clip: the low end"},
    {"{ uniform = (0, 1); clip = (0, 1); }", "only a normal"},
    {"{ uniform = (0, 1); from = 0.5; }", "needs both from and over"},
    {"{ uniform = (0, 1); over = 100; }", "needs both from and over"},
    {"{ uniform = (0, 1); from = 0.5; over = 0; }", "out of range"},
    {"{ uniform = (0, 1); each = 1; }", "true or false"},
    {"{ unifrom = (0, 1); }", "did you mean \"uniform\""},
    {"{ choice = (1, 2, 3, 4, 5, 6, 7, 8, 9); }", "has 9 elements"},
    {"{ uniform = (0, 1e12); }", "out of range"},
};

START_TEST(test_errors) {
  co_arena arena = {0};
  co_distribution value;
  co_node *tree = NULL;
  ck_fails(read_text(kErrors[_i][0], &arena, &value, &tree), CO_CONFIG, kErrors[_i][1]);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "d.cfg:1"));
  co_node_free(tree);
  co_arena_free(&arena);
}
END_TEST

START_TEST(test_names) {
  ck_assert_str_eq(co_distribution_name(CO_FIXED), "");
  ck_assert_str_eq(co_distribution_name(CO_LOG_UNIFORM), "log_uniform");
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("distribution");
  TCase *tcase = tcase_create("distribution");
  LOOP(test_moments, kMoments);
  tcase_add_test(tcase, test_log_uniform_quartiles);
  tcase_add_test(tcase, test_clip);
  tcase_add_test(tcase, test_curriculum);
  tcase_add_test(tcase, test_several_values);
  LOOP(test_errors, kErrors);
  tcase_add_test(tcase, test_names);
  suite_add_tcase(suite, tcase);
  return suite;
}
