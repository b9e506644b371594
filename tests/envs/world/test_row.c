// One row, in double: the order of a reset and a step, what a fault leaves, what a saved row holds.

#include "tests/envs/worlds.h"

static co_row_result step_zero(co_row *row) {
  double zero[32] = {0};
  co_row_result result = {0};
  ck_ok(co_row_step(row, zero, &result));
  return result;
}

// The reset leaves no trace of the episode before: the same stream gives the same start.
START_TEST(test_reset_forgets) {
  co_built_world *world = test_world(test_tasks[_i], NULL, NULL);
  co_row fresh = test_row(world, 3), used = test_row(world, 4);
  double one[32];
  for (int i = 0; i < 32; i++) one[i] = 1;
  co_row_result result = {0};
  for (int i = 0; i < 40; i++) ck_ok(co_row_step(&used, one, &result));
  used.rng = co_rng_make(&(co_stream){3, 0, CO_PURPOSE_TEST}, 0);
  ck_ok(co_row_reset(&used));
  ck_assert_mem_eq(fresh.obs, used.obs, (size_t)world->info.obs_dim * sizeof(double));
  for (int i = 0; i < 30; i++) {
    ck_ok(co_row_step(&fresh, one, &result));
    ck_ok(co_row_step(&used, one, &result));
  }
  ck_assert_mem_eq(fresh.obs, used.obs, (size_t)world->info.obs_dim * sizeof(double));
  co_row_free(&fresh);
  co_row_free(&used);
  co_world_free(world);
}
END_TEST

// Episodes of one row differ, and the k-th episode is the same whatever happened in those before.
START_TEST(test_episodes_of_a_stream) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row a = test_row(world, 3), b = test_row(world, 3);
  double first = a.obs[0];
  ck_ok(co_row_reset(&a));
  ck_assert_double_ne(a.obs[0], first);
  for (int i = 0; i < 25; i++) step_zero(&b);
  ck_ok(co_row_reset(&b));
  ck_assert_mem_eq(a.obs, b.obs, 11 * sizeof(double));
  ck_assert_int_eq(a.episode, 2);
  ck_assert_int_eq(b.episode, 2);
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(world);
}
END_TEST

START_TEST(test_rows_have_streams_of_their_own) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row row[2];
  for (uint32_t i = 0; i < 2; i++) {
    ck_ok(co_row_create(&world->binding, &(co_stream){1, 0, CO_PURPOSE_TEST}, i, &row[i]));
    ck_ok(co_row_reset(&row[i]));
  }
  ck_assert_double_ne(row[0].obs[0], row[1].obs[0]);
  co_row_free(&row[0]);
  co_row_free(&row[1]);
  co_world_free(world);
}
END_TEST

// Clear gives the nominal state; start observes what was written since.
START_TEST(test_clear_and_start) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row row = test_row(world, 3);
  ck_ok(co_row_clear(&row));
  ck_assert_mem_eq(row.physics->qpos, world->model->qpos0, 6 * sizeof(double));
  for (int i = 0; i < 6; i++) ck_assert_double_eq(row.physics->qvel[i], 0.0);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(row.physics->ctrl[i], 0.0);
  row.physics->qpos[1] = 1.5;
  row.physics->qvel[0] = 20.0;
  ck_ok(co_row_start(&row));
  ck_assert_double_eq(row.obs[0], 1.5);
  ck_assert_double_eq(row.obs[5], 10.0);  // clipped
  ck_assert_int_eq(row.step, 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A reset that gives nonsense is an error, since there is no row to go on with.
START_TEST(test_non_finite_start) {
  co_built_world *world = test_world("half_cheetah", NULL, NULL);
  co_row row = test_row(world, 3);
  ck_ok(co_row_clear(&row));
  row.physics->qpos[1] = NAN;
  ck_fails(co_row_start(&row), CO_INTERNAL, "non-finite observation");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Faults: state that diverges, a reward that overflows, an observation beyond float32.
typedef struct fault_case {
  const char *set;
  int coordinate;
  double velocity;
} fault_case;

static const fault_case kFaults[] = {
    {NULL, 3, 1e11},
    {NULL, 0, NAN},
    {"task.reward.0.weight=1e9", 0, 1e9},  // sound: large is not a fault
    {"task.observation.1.scale=1e9", 0, 1.0},
};

START_TEST(test_faults) {
  const fault_case *c = &kFaults[_i];
  bool is_fault = _i < 2;
  co_built_world *world = test_world("half_cheetah", NULL, c->set);
  co_row row = test_row(world, 3);
  row.physics->qvel[c->coordinate] = c->velocity;
  co_row_result result = step_zero(&row);
  ck_assert_int_eq(result.fault, is_fault);
  ck_assert_int_eq(row.fault, is_fault);
  ck_assert_int_eq(row.faults, is_fault);
  if (is_fault) {
    ck_assert_double_eq(result.reward, 0.0);
    for (int i = 0; i < world->info.obs_dim; i++) ck_assert_double_eq(row.obs[i], 0.0);
    int64_t step = row.step;
    step_zero(&row);
    ck_assert_int_eq(row.step, step);  // a faulty row stands still
    ck_assert_int_eq(row.faults, 1);
  }
  ck_ok(co_row_reset(&row));
  ck_assert(!row.fault);
  ck_assert(!step_zero(&row).fault);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Beyond the range of float32 counts as non-finite: the batch is float32.
START_TEST(test_float_range) {
  co_built_world *world = test_world("pendulum", NULL, NULL);
  co_row row = test_row(world, 3);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){1e39}, &result));
  ck_assert(result.fault);
  ck_ok(co_row_reset(&row));
  ck_ok(co_row_step(&row, (double[]){1e38}, &result));
  ck_assert(!result.fault);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_terms_may_be_missing) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row a = test_row(world, 3), b = test_row(world, 3);
  double terms[3] = {0}, action[3] = {0.5, -0.5, 0.25};
  co_row_result with = {.terms = terms}, without = {0};
  ck_ok(co_row_step(&a, action, &with));
  ck_ok(co_row_step(&b, action, &without));
  ck_assert_double_eq(with.reward, without.reward);
  ck_assert_double_eq(terms[0] + terms[1] + terms[2], with.reward);
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(world);
}
END_TEST

// Equal rows are equal bytes, with no padding that differs.
START_TEST(test_saved_bytes) {
  co_built_world *world = test_world(test_tasks[_i], NULL, NULL);
  co_row a = test_row(world, 3), b = test_row(world, 3);
  size_t size = co_row_size(&world->binding);
  unsigned char *x = malloc(size), *y = malloc(size);
  memset(x, 0x55, size), memset(y, 0xaa, size);
  step_zero(&a), step_zero(&b);
  co_row_save(&a, x);
  co_row_save(&b, y);
  ck_assert_mem_eq(x, y, size);
  ck_assert_uint_eq(size % sizeof(double), 0);
  step_zero(&b);
  co_row_save(&b, y);
  ck_assert_mem_ne(x, y, size);
  free(x), free(y);
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(world);
}
END_TEST

// Saved in the middle of a faulty episode, a row is still faulty when loaded.
START_TEST(test_fault_is_saved) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row a = test_row(world, 3), b = test_row(world, 4);
  unsigned char *bytes = malloc(co_row_size(&world->binding));
  co_row_result result = {0};
  ck_ok(co_row_step(&a, (double[]){NAN, 0, 0}, &result));
  co_row_save(&a, bytes);
  ck_ok(co_row_load(&b, bytes));
  ck_assert(b.fault);
  ck_assert_int_eq(b.faults, 1);
  ck_assert(step_zero(&b).fault);
  ck_ok(co_row_reset(&b));
  ck_assert(!step_zero(&b).fault);
  free(bytes);
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(world);
}
END_TEST

// Bytes that are no row: each field of the fixed part out of range. The row stays as it was.
START_TEST(test_damaged_bytes) {
  co_built_world *world = test_world("pendulum", NULL, NULL);
  co_row row = test_row(world, 3);
  size_t size = co_row_size(&world->binding);
  unsigned char *bytes = malloc(size), *before = malloc(size), *after = malloc(size);
  co_row_save(&row, before);
  const size_t first = 2 * sizeof(co_rng);  // the counters
  const struct {
    size_t field;
    int64_t value;
  } bad[] = {{0, -5},        {1, -5},        {2, -5}, {3, -5}, {0, INT64_MAX},
             {1, INT64_MAX}, {2, INT64_MAX}, {3, 2},  {4, -5}, {0, 0}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    memcpy(bytes, before, size);
    memcpy(bytes + first + 8 * bad[i].field, &bad[i].value, sizeof bad[i].value);
    ck_fails(co_row_load(&row, bytes), CO_DATA, "damaged");
    co_row_save(&row, after);
    ck_assert_mem_eq(before, after, size);
  }
  free(bytes), free(before), free(after);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("row");
  TCase *tcase = tcase_create("row");
  tcase_add_loop_test(tcase, test_reset_forgets, 0, TEST_TASKS);
  tcase_add_test(tcase, test_episodes_of_a_stream);
  tcase_add_test(tcase, test_rows_have_streams_of_their_own);
  tcase_add_test(tcase, test_clear_and_start);
  tcase_add_test(tcase, test_non_finite_start);
  LOOP(test_faults, kFaults);
  tcase_add_test(tcase, test_float_range);
  tcase_add_test(tcase, test_terms_may_be_missing);
  tcase_add_loop_test(tcase, test_saved_bytes, 0, TEST_TASKS);
  tcase_add_test(tcase, test_fault_is_saved);
  tcase_add_test(tcase, test_damaged_bytes);
  suite_add_tcase(suite, tcase);
  return suite;
}
