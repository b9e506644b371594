// The contract of a vectorised env, for every task.

#include "core/hash.h"
#include "tests/envs/worlds.h"

#include <pthread.h>

enum { kRows = 6, kSteps = 120, kMaxDim = 352 };

// Room for one call on all rows.
typedef struct room {
  float obs[kRows * kMaxDim], reward[kRows], terms[kRows * kMaxDim];
  uint8_t terminated[kRows], truncated[kRows], success[kRows], fault[kRows];
} room;

static co_env_out out_of(room *r, const co_env_info *info, int row) {
  return (co_env_out){.obs = r->obs + row * info->obs_dim,
                      .reward = r->reward + row,
                      .terms = r->terms + row * info->num_terms,
                      .terminated = r->terminated + row,
                      .truncated = r->truncated + row,
                      .success = r->success + row,
                      .fault = r->fault + row};
}

// The action of a row at a step depends on nothing else.
static void action_of(const co_env_info *info, int row, int step, float *action) {
  co_rng rng = co_rng_make(&(co_stream){9, (uint32_t)step, CO_PURPOSE_TEST}, (uint32_t)row);
  double wide[kMaxDim];
  test_random_action(info, &rng, wide);
  for (int i = 0; i < info->act_dim; i++) action[i] = (float)wide[i];
}

static void step_range(co_env *env, room *r, int row0, int rows, int step) {
  const co_env_info *info = co_env_get_info(env);
  float action[kRows * kMaxDim];
  for (int i = 0; i < rows; i++) action_of(info, row0 + i, step, action + i * info->act_dim);
  co_env_out out = out_of(r, info, row0);
  ck_ok(co_env_step(env, row0, rows, action, &out));
}

static void reset_ended(co_env *env, room *r, int row0, int rows) {
  for (int row = row0; row < row0 + rows; row++) {
    co_env_out out = {.obs = r->obs + row * co_env_get_info(env)->obs_dim};
    if (r->terminated[row] || r->truncated[row]) ck_ok(co_env_reset(env, row, 1, &out));
  }
}

// Hash over everything rows row0.. give in kSteps steps, stepped in pieces of `piece` rows.
static uint64_t play(co_env *env, int row0, int rows, int piece) {
  room r = {0};
  const co_env_info *info = co_env_get_info(env);
  co_hasher *hasher = co_hasher_create();
  co_env_out out = out_of(&r, info, row0);
  ck_ok(co_env_reset(env, row0, rows, &out));
  for (int step = 0; step < kSteps; step++) {
    for (int row = row0; row < row0 + rows; row += piece) {
      int count = row0 + rows - row < piece ? row0 + rows - row : piece;
      step_range(env, &r, row, count, step);
    }
    co_hasher_add(hasher, r.obs + row0 * info->obs_dim,
                  (size_t)(rows * info->obs_dim) * sizeof *r.obs);
    co_hasher_add(hasher, r.reward + row0, (size_t)rows * sizeof *r.reward);
    co_hasher_add(hasher, r.terminated + row0, (size_t)rows);
    reset_ended(env, &r, row0, rows);
  }
  uint64_t hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return hash;
}

START_TEST(test_info) {
  co_env *env = test_env(test_tasks[_i], NULL, kRows, 1);
  const co_env_info *info = co_env_get_info(env);
  ck_assert_int_eq(co_env_rows(env), kRows);
  ck_assert_str_eq(info->task, test_tasks[_i]);
  ck_assert_int_le(info->obs_dim, kMaxDim);
  ck_assert(info->task_hash != 0 && info->model_hash != 0);
  ck_assert_int_eq(info->num_shifts, 0);
  ck_assert_str_eq(info->observe, "stale");
  ck_assert_double_gt(info->timestep, 0);
  for (int i = 0; i < info->obs_dim; i++) {
    ck_assert_ptr_nonnull(strchr(info->obs[i].name, '/'));
    ck_assert(*info->obs[i].unit);
  }
  for (int i = 0; i < info->act_dim; i++) ck_assert(info->action[i].low < info->action[i].high);
  co_env_destroy(env);
}
END_TEST

START_TEST(test_element_names) {
  co_env *env = test_env("hopper", NULL, 1, 1);
  const co_env_info *info = co_env_get_info(env);
  ck_assert_str_eq(info->obs[0].name, "qpos/rootz");
  ck_assert_str_eq(info->obs[5].name, "qvel/rootx");
  ck_assert_double_eq(info->obs[5].clip_low, -10.0);
  ck_assert_str_eq(info->action[2].name, "ctrl/foot_joint");
  ck_assert_str_eq(info->term[0], "reward_forward");
  ck_assert_str_eq(info->term[1], "reward_survive");
  ck_assert_str_eq(info->term[2], "reward_ctrl");
  co_env_destroy(env);
}
END_TEST

// The hash of one run does not depend on pieces, and its seed matters.
START_TEST(test_grouping) {
  uint64_t hash[4];
  const int piece[] = {kRows, 1, 4};
  for (int i = 0; i < 3; i++) {
    co_env *env = test_env(test_tasks[_i], NULL, kRows, 1);
    hash[i] = play(env, 0, kRows, piece[i]);
    co_env_destroy(env);
  }
  co_env *other = test_env(test_tasks[_i], NULL, kRows, 2);
  hash[3] = play(other, 0, kRows, kRows);
  co_env_destroy(other);
  ck_assert_uint_eq(hash[0], hash[1]);
  ck_assert_uint_eq(hash[0], hash[2]);
  ck_assert_uint_ne(hash[0], hash[3]);
}
END_TEST

// A row is the same whatever the number of rows.
START_TEST(test_number_of_rows) {
  co_env *few = test_env(test_tasks[_i], NULL, 3, 1),
         *many = test_env(test_tasks[_i], NULL, kRows, 1);
  ck_assert_uint_eq(play(few, 2, 1, 1), play(many, 2, 1, 1));
  co_env_destroy(few);
  co_env_destroy(many);
}
END_TEST

typedef struct half {
  co_env *env;
  int row0, rows;
  uint64_t hash;
} half;

static void *play_half(void *context) {
  half *h = context;
  h->hash = play(h->env, h->row0, h->rows, 2);
  return NULL;
}

// Disjoint row ranges on two threads at once give the bytes of one thread.
START_TEST(test_two_threads) {
  co_env *env = test_env(test_tasks[_i], NULL, kRows, 1);
  half part[2] = {{env, 0, 3, 0}, {env, 3, 3, 0}};
  pthread_t thread[2];
  for (int i = 0; i < 2; i++) pthread_create(&thread[i], NULL, play_half, &part[i]);
  for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
  co_env_destroy(env);
  co_env *again = test_env(test_tasks[_i], NULL, kRows, 1);
  for (int i = 0; i < 2; i++) {
    ck_assert_uint_eq(part[i].hash, play(again, part[i].row0, part[i].rows, 3));
  }
  co_env_destroy(again);
}
END_TEST

// A row saved in mid-episode and loaded into another goes on with the same bytes, also when saved
// again.
START_TEST(test_save_and_load) {
  co_env *env = test_env(test_tasks[_i], NULL, kRows, 1);
  const co_env_info *info = co_env_get_info(env);
  size_t size = env->class->row_size(env);
  unsigned char *bytes = malloc(size), *again = malloc(size);
  room r = {0}, s = {0};
  co_env_out out = out_of(&r, info, 0);
  ck_ok(co_env_reset(env, 0, kRows, &out));
  for (int step = 0; step < 15; step++) step_range(env, &r, 0, 1, step);
  env->class->save(env, 0, bytes);
  ck_ok(env->class->load(env, 3, bytes));
  env->class->save(env, 3, again);
  ck_assert_mem_eq(bytes, again, size);
  for (int step = 15; step < 40; step++) {
    float action[kMaxDim];
    action_of(info, 0, step, action);
    co_env_out from = out_of(&r, info, 0), to = out_of(&s, info, 3);
    ck_ok(co_env_step(env, 0, 1, action, &from));
    ck_ok(co_env_step(env, 3, 1, action, &to));
    ck_assert_mem_eq(from.obs, to.obs, (size_t)info->obs_dim * sizeof(float));
    ck_assert_float_eq(*from.reward, *to.reward);
  }
  ck_ok(co_env_reset(env, 0, 1, &(co_env_out){.obs = r.obs}));  // streams are saved too
  ck_ok(co_env_reset(env, 3, 1, &(co_env_out){.obs = s.obs}));
  ck_assert_mem_eq(r.obs, s.obs, (size_t)info->obs_dim * sizeof(float));
  free(bytes);
  free(again);
  co_env_destroy(env);
}
END_TEST

START_TEST(test_damaged_row) {
  co_env *env = test_env("pendulum", NULL, 1, 1);
  size_t size = env->class->row_size(env);
  unsigned char *bytes = malloc(size);
  ck_ok(co_env_reset(env, 0, 1, &(co_env_out){0}));
  env->class->save(env, 0, bytes);
  co_rng *rng = (co_rng *)bytes;
  rng->have = 77;
  ck_fails(env->class->load(env, 0, bytes), CO_DATA, "damaged");
  free(bytes);
  co_env_destroy(env);
}
END_TEST

// Truncated exactly at the horizon; stepping on goes on, since a step never resets.
START_TEST(test_time_limit) {
  co_env *env = test_env(test_tasks[_i], "task.horizon=9", 1, 1);
  const co_env_info *info = co_env_get_info(env);
  room r = {0};
  co_env_out out = out_of(&r, info, 0);
  ck_ok(co_env_reset(env, 0, 1, &out));
  for (int step = 1; step <= 12; step++) {
    step_range(env, &r, 0, 1, step);
    ck_assert_int_eq(r.truncated[0], step >= 9);
    ck_assert_int_eq(co_vector_row(env, 0)->step, step);
  }
  ck_ok(co_env_reset(env, 0, 1, &out));
  step_range(env, &r, 0, 1, 0);
  ck_assert_int_eq(r.truncated[0], 0);
  co_env_destroy(env);
}
END_TEST

// Termination is by the task, before the time limit, and the observation is that of the fall.
START_TEST(test_termination) {
  co_env *env = test_env("hopper", NULL, 1, 1);
  const co_env_info *info = co_env_get_info(env);
  room r = {0};
  co_env_out out = out_of(&r, info, 0);
  ck_ok(co_env_reset(env, 0, 1, &out));
  int step = 0;
  while (!r.terminated[0] && step < 500) step_range(env, &r, 0, 1, step++);
  ck_assert_int_lt(step, 500);
  ck_assert_int_eq(r.truncated[0], 0);
  ck_assert_msg(r.obs[0] <= 0.7f || fabsf(r.obs[1]) >= 0.2f, "fell at %g, %g", (double)r.obs[0],
                (double)r.obs[1]);
  ck_assert_float_eq(r.terms[1], 0.0f);  // not alive
  co_env_destroy(env);
}
END_TEST

START_TEST(test_reward_is_sum_of_terms) {
  co_env *env = test_env(test_tasks[_i], NULL, kRows, 1);
  const co_env_info *info = co_env_get_info(env);
  room r = {0};
  co_env_out out = out_of(&r, info, 0);
  ck_ok(co_env_reset(env, 0, kRows, &out));
  for (int step = 0; step < 10; step++) {
    step_range(env, &r, 0, kRows, step);
    for (int row = 0; row < kRows; row++) {
      double sum = 0.0;
      for (int j = 0; j < info->num_terms; j++) sum += (double)r.terms[row * info->num_terms + j];
      ck_assert_double_eq_tol((double)r.reward[row], sum, 1e-5 * (1 + fabs(sum)));
    }
  }
  co_env_destroy(env);
}
END_TEST

// A non-finite action is a fault: zeros out, counted once, over after a reset.
START_TEST(test_non_finite_action) {
  const float bad[] = {NAN, INFINITY, -INFINITY};
  co_env *env = test_env(test_tasks[_i], NULL, 2, 1);
  const co_env_info *info = co_env_get_info(env);
  for (int k = 0; k < 3; k++) {
    room r = {0};
    float action[2 * kMaxDim] = {0};
    co_env_out out = out_of(&r, info, 0);
    ck_ok(co_env_reset(env, 0, 2, &out));
    action[info->act_dim - 1] = bad[k];
    for (int step = 0; step < 3; step++) ck_ok(co_env_step(env, 0, 2, action, &out));
    ck_assert_int_eq(r.fault[0], 1);
    ck_assert_int_eq(r.fault[1], 0);
    ck_assert_int_eq(r.terminated[0] || r.truncated[0], 0);
    ck_assert_float_eq(r.reward[0], 0.0f);
    for (int i = 0; i < info->obs_dim; i++) ck_assert_float_eq(r.obs[i], 0.0f);
    ck_assert_int_eq(co_vector_row(env, 0)->faults, k + 1);
  }
  co_env_destroy(env);
}
END_TEST

// A diverging row is a fault and does not touch its neighbour.
START_TEST(test_divergence) {
  co_env *env = test_env("half_cheetah", NULL, 2, 1);
  const co_env_info *info = co_env_get_info(env);
  room r = {0};
  co_env_out out = out_of(&r, info, 0);
  ck_ok(co_env_reset(env, 0, 2, &out));
  co_vector_row(env, 0)->physics->qvel[3] = 1e12;
  step_range(env, &r, 0, 2, 0);
  ck_assert_int_eq(r.fault[0], 1);
  ck_assert_int_eq(r.fault[1], 0);
  for (int i = 0; i < 2 * info->obs_dim; i++) ck_assert(isfinite(r.obs[i]));
  ck_ok(co_env_reset(env, 0, 1, &out));
  step_range(env, &r, 0, 2, 1);
  ck_assert_int_eq(r.fault[0], 0);
  co_env_destroy(env);
}
END_TEST

// Actions beyond the bounds act like the bounds.
START_TEST(test_clipping) {
  co_env *env = test_env(test_tasks[_i], NULL, 2, 1);
  const co_env_info *info = co_env_get_info(env);
  room r = {0};
  unsigned char *bytes = malloc(env->class->row_size(env));
  float action[2 * kMaxDim];
  co_env_out out = out_of(&r, info, 0);
  ck_ok(co_env_reset(env, 0, 2, &out));
  env->class->save(env, 0, bytes);
  ck_ok(env->class->load(env, 1, bytes));
  for (int i = 0; i < info->act_dim; i++) {
    action[i] = (float)info->action[i].high;
    action[info->act_dim + i] = (float)info->action[i].high * 7;
  }
  for (int step = 0; step < 20; step++) ck_ok(co_env_step(env, 0, 2, action, &out));
  ck_assert_mem_eq(r.obs, r.obs + info->obs_dim, (size_t)info->obs_dim * sizeof(float));
  free(bytes);
  co_env_destroy(env);
}
END_TEST

START_TEST(test_any_output_may_be_missing) {
  co_env *env = test_env(test_tasks[_i], NULL, 2, 1);
  float action[2 * kMaxDim] = {0};
  ck_ok(co_env_reset(env, 0, 2, &(co_env_out){0}));
  ck_ok(co_env_step(env, 0, 2, action, &(co_env_out){0}));
  co_env_destroy(env);
}
END_TEST

// On the closed-form engine the bytes are the same everywhere.
START_TEST(test_pendulum_constant) {
  co_env *env = test_env("pendulum", NULL, kRows, 1);
  char text[CO_HASH_TEXT];
  co_hash_text(play(env, 0, kRows, kRows), text);
  ck_assert_str_eq(text, "cfb73f1a2fb0202f");
  co_env_destroy(env);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("vector");
  TCase *tcase = tcase_create("vector");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_info, 0, TEST_TASKS);
  tcase_add_test(tcase, test_element_names);
  tcase_add_loop_test(tcase, test_grouping, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_number_of_rows, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_two_threads, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_save_and_load, 0, TEST_TASKS);
  tcase_add_test(tcase, test_damaged_row);
  tcase_add_loop_test(tcase, test_time_limit, 0, TEST_TASKS);
  tcase_add_test(tcase, test_termination);
  tcase_add_loop_test(tcase, test_reward_is_sum_of_terms, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_non_finite_action, 0, TEST_TASKS);
  tcase_add_test(tcase, test_divergence);
  tcase_add_loop_test(tcase, test_clipping, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_any_output_may_be_missing, 0, TEST_TASKS);
  tcase_add_test(tcase, test_pendulum_constant);
  suite_add_tcase(suite, tcase);
  return suite;
}
