// Numbers that rows draw: what they are, and rows that are given those of others.

#include "tests/envs/worlds.h"

enum { kMaxDim = 352, kMaxDraws = 64 };

static const co_stream kStream = {7, 1, CO_PURPOSE_TEST};

// Each draws in another way: physics in closed form, fields with derived constants, signal path, a
// pool of variants.
static const struct {
  const char *task, *shifts;
} kCases[] = {
    {"pendulum", "{ parameter = \"option.gravity\"; scale = { uniform = (0.5, 1.5); }; }"},
    {"hopper",
     "{ parameter = \"body.mass\"; select = \"torso|foot\"; scale = { uniform = (0.5, 2.0); each = "
     "true; }; }, { parameter = \"action.delay\"; set = { choice = (0, 1, 3); }; }"},
    {"ant",
     "{ parameter = \"action.gain\"; select = \"*\"; scale = { uniform = (0.5, 1.0); each = "
     "true; }; }"},
    {"half_cheetah",
     "{ parameter = \"geom.size\"; select = \"torso\"; scale = { uniform = (0.9, 1.1); }; },"
     "{ parameter = \"option.gravity\"; scale = { uniform = (0.5, 1.5); }; }"},
};
enum { CASES = sizeof kCases / sizeof *kCases };

static co_env *open_case(int index, int rows) {
  co_env *env = NULL;
  ck_ok(co_vector_create(test_world(kCases[index].task, kCases[index].shifts, NULL), rows, &kStream,
                         &env));
  ck_assert_int_le(co_env_get_info(env)->num_draws, kMaxDraws);
  return env;
}

static void begin(co_env *env, int row, uint32_t episode) {
  ck_ok(co_env_begin(env, row, &kStream, episode, &(co_env_out){0}));
}

static void act(co_env *env, int row, int step, float *obs) {
  const co_env_info *info = co_env_get_info(env);
  double wide[kMaxDim];
  float action[kMaxDim];
  co_rng rng = co_rng_make(&(co_stream){9, (uint32_t)step, CO_PURPOSE_TEST}, 0);
  test_random_action(info, &rng, wide);
  for (int i = 0; i < info->act_dim; i++) action[i] = (float)wide[i];
  ck_ok(co_env_step(env, row, 1, action, &(co_env_out){.obs = obs}));
}

// Both rows are played from here on; gives the first step at which they differ, -1: none.
static int first_difference(co_env *env, int a, int b, int steps) {
  float there[kMaxDim], here[kMaxDim];
  for (int step = 0; step < steps; step++) {
    act(env, a, step, there);
    act(env, b, step, here);
    size_t size = (size_t)co_env_get_info(env)->obs_dim * sizeof *here;
    if (memcmp(there, here, size) != 0) return step;
  }
  return -1;
}

static void place_like(co_env *env, int row, int other) {
  const co_env_state state = co_env_get_state(env, other);
  double room[2 * kMaxDim];
  memcpy(room, state.qpos, (size_t)state.nq * sizeof *room);
  memcpy(room + state.nq, state.qvel, (size_t)state.nv * sizeof *room);
  const co_env_state start = {room, room + state.nq, state.nq, state.nv};
  ck_ok(co_env_place(env, row, &start, &(co_env_out){0}));
}

static int set(co_env *env, int row, const double *value) {
  return env->class->set_draws(env, row, value, co_env_get_info(env)->num_draws);
}

static void ck_draw(const co_draw_info *draw, const char *parameter, const char *element,
                    double low, double high, bool whole) {
  ck_assert_str_eq(draw->parameter, parameter);
  ck_assert_str_eq(draw->element, element);
  ck_assert_double_eq_tol(draw->low, low, 1e-9);
  ck_assert_double_eq_tol(draw->high, high, 1e-9);
  ck_assert_int_eq(draw->whole, whole);
}

START_TEST(test_what_is_drawn) {
  co_env *env = open_case(1, 1), *pool = open_case(3, 1), *none = test_env("hopper", NULL, 1, 1);
  const co_env_info *info = co_env_get_info(env);
  ck_assert_int_eq(info->num_draws, 3);
  ck_draw(&info->draw[0], "body.mass", "torso", 0.5 * 3.66519142918809, 2 * 3.66519142918809,
          false);
  ck_assert_str_eq(info->draw[1].element, "foot");
  ck_assert_str_eq(info->draw[1].unit, "kg");
  ck_draw(&info->draw[2], "action.delay", "", 0, 3, true);
  info = co_env_get_info(pool);
  ck_draw(&info->draw[0], "variant", "", 0, CO_POOL - 1, true);
  ck_draw(&info->draw[info->num_draws - 1], "option.gravity", "", -1.5 * 9.81, -0.5 * 9.81, false);
  ck_assert_int_eq(co_env_get_info(none)->num_draws, 0);
  co_env_destroy(env);
  co_env_destroy(pool);
  co_env_destroy(none);
}
END_TEST

// What a row has drawn lies in the ranges that are told, and differs from row to row.
START_TEST(test_draws_are_read) {
  co_env *env = open_case(_i, 2);
  const co_env_info *info = co_env_get_info(env);
  double value[2][kMaxDraws];
  for (int row = 0; row < 2; row++) {
    begin(env, row, (uint32_t)row);
    env->class->draws(env, row, value[row]);
    for (int i = 0; i < info->num_draws; i++)
      ck_assert(value[row][i] >= info->draw[i].low && value[row][i] <= info->draw[i].high);
  }
  ck_assert(memcmp(value[0], value[1], (size_t)info->num_draws * sizeof **value) != 0);
  co_env_destroy(env);
}
END_TEST

// As networks get them: within -1..1, the ends of the range at the ends.
START_TEST(test_draws_are_scaled) {
  co_env *env = open_case(_i, 1), *none = test_env("hopper", NULL, 1, 1);
  const co_env_info *info = co_env_get_info(env);
  double value[kMaxDraws], scaled[kMaxDraws];
  for (int episode = 0; episode < 20; episode++) {
    begin(env, 0, (uint32_t)episode);
    co_env_scaled_draws(env, 0, scaled);
    env->class->draws(env, 0, value);
    for (int i = 0; i < info->num_draws; i++) {
      double low = info->draw[i].low, high = info->draw[i].high;
      ck_assert(scaled[i] >= -1 && scaled[i] <= 1);
      ck_assert_double_eq_tol(low + (scaled[i] + 1) / 2 * (high - low), value[i],
                              1e-12 * (1 + fabs(low) + fabs(high)));
    }
  }
  begin(none, 0, 1);
  co_env_scaled_draws(none, 0, scaled);  // writes nothing
  co_env_destroy(env);
  co_env_destroy(none);
}
END_TEST

// Another row's numbers and its start: another row's episode.
START_TEST(test_draws_of_another_row) {
  co_env *env = open_case(_i, 2);
  double value[kMaxDraws], now[kMaxDraws];
  begin(env, 0, 1);
  begin(env, 1, 2);
  place_like(env, 1, 0);
  place_like(env, 0, 0);
  ck_assert_int_ge(first_difference(env, 0, 1, 40), 0);  // numbers of their own
  begin(env, 0, 1);
  env->class->draws(env, 0, value);
  ck_ok(set(env, 1, value));
  env->class->draws(env, 1, now);
  ck_assert_mem_eq(value, now, (size_t)co_env_get_info(env)->num_draws * sizeof *value);
  place_like(env, 1, 0);
  place_like(env, 0, 0);
  ck_assert_int_eq(first_difference(env, 0, 1, 40), -1);
  co_env_destroy(env);
}
END_TEST

// In the midst of an episode the state stays: a row's own numbers change nothing, others do.
START_TEST(test_draws_in_mid_episode) {
  co_env *env = open_case(_i, 2);
  double value[kMaxDraws], other[kMaxDraws];
  begin(env, 1, 2);
  env->class->draws(env, 1, other);
  begin(env, 0, 1);
  begin(env, 1, 1);
  ck_assert_int_eq(first_difference(env, 0, 1, 10), -1);
  env->class->draws(env, 1, value);
  ck_ok(set(env, 1, value));
  ck_assert_int_eq(first_difference(env, 0, 1, 20), -1);
  ck_ok(set(env, 1, other));
  co_env_state a = co_env_get_state(env, 0), b = co_env_get_state(env, 1);
  ck_assert_mem_eq(a.qpos, b.qpos, (size_t)a.nq * sizeof *a.qpos);
  ck_assert_int_ge(first_difference(env, 0, 1, 40), 0);
  // the next reset draws as if nothing had been given
  for (int i = 0; i < 2; i++) ck_ok(co_env_reset(env, i, 1, &(co_env_out){0}));
  ck_assert_int_eq(first_difference(env, 0, 1, 20), -1);
  co_env_destroy(env);
}
END_TEST

// Bad numbers are refused with a sentence, and the row is as it was.
START_TEST(test_bad_draws) {
  co_env *env = open_case(1, 1), *pool = open_case(3, 1), *none = test_env("hopper", NULL, 1, 1);
  double value[kMaxDraws];
  size_t size = env->class->row_size(env);
  unsigned char *before = malloc(size), *after = malloc(size);
  begin(env, 0, 1);
  env->class->save(env, 0, before);
  env->class->draws(env, 0, value);
  ck_fails(env->class->set_draws(env, 0, value, 2), CO_DATA,
           "2 numbers are given for a row that draws 3");
  const double bad[] = {NAN, 0.1, 1e9, -INFINITY};
  for (int i = 0; i < 4; i++) {
    double own = value[0];
    value[0] = bad[i];
    ck_fails(set(env, 0, value), CO_DATA, "body.mass of torso would be");
    value[0] = own;
  }
  value[2] = 1.5;
  ck_fails(set(env, 0, value), CO_DATA,
           "action.delay would be 1.5, which no row draws: 0 to 3, whole");
  env->class->save(env, 0, after);
  ck_assert_mem_eq(before, after, size);
  begin(pool, 0, 1);
  pool->class->draws(pool, 0, value);
  value[0] = CO_POOL;
  ck_fails(set(pool, 0, value), CO_DATA, "variant would be 16, which no row draws: 0 to 15, whole");
  begin(none, 0, 1);
  ck_ok(set(none, 0, value));
  ck_fails(none->class->set_draws(none, 0, value, 1), CO_DATA,
           "1 numbers are given for a row that");
  free(before);
  free(after);
  co_env_destroy(env);
  co_env_destroy(pool);
  co_env_destroy(none);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("draws");
  TCase *tcase = tcase_create("draws");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_what_is_drawn);
  tcase_add_loop_test(tcase, test_draws_are_read, 0, CASES);
  tcase_add_loop_test(tcase, test_draws_are_scaled, 0, CASES);
  tcase_add_loop_test(tcase, test_draws_of_another_row, 0, CASES);
  tcase_add_loop_test(tcase, test_draws_in_mid_episode, 0, CASES);
  tcase_add_test(tcase, test_bad_draws);
  suite_add_tcase(suite, tcase);
  return suite;
}
