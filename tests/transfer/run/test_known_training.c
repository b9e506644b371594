// Known trainings end where they are said to, for any number of threads, and nowhere else.

#include "core/libc.h"
#include "envs/physics/physics.h"
#include "envs/source/worlds.h"
#include "tests/support/support.h"
#include "transfer/run/known_training.h"

#include <inttypes.h>
#include <string.h>

static uint64_t hash_of(const co_known_training *known, int threads) {
  co_world_source worlds = co_worlds(NULL);
  co_pool *pool;
  uint64_t hash = 0;
  ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
  ck_assert_int_eq(co_known_training_run(known, &worlds, pool, &hash), CO_OK);
  co_pool_free(pool);
  return hash;
}

START_TEST(they_end_where_they_are_said_to) {
  const co_known_training *known = &co_known_trainings[_i / 2];
  uint64_t hash = hash_of(known, 1 + _i % 2);
  ck_assert_str_eq(co_engine_mujoco.version(), co_known_engine);
  if (strcmp(co_libc_text(), co_known_libc) != 0) return;
  ck_assert_msg(hash == known->hash, "%s in %s: 0x%016" PRIx64, known->algorithm, known->task,
                hash);
}
END_TEST

START_TEST(another_training_ends_elsewhere) {
  co_known_training known = co_known_trainings[0];
  known.settings = "envs = 4; horizon = 128; epochs = 4; hidden = (32, 32); rate = 3.0001e-4;";
  ck_assert_uint_ne(hash_of(&known, 1), co_known_trainings[0].hash);
}
END_TEST

START_TEST(what_cannot_be_trained_says_why) {
  co_world_source worlds = co_worlds(NULL);
  co_known_training known = co_known_trainings[0];
  uint64_t hash;
  known.task = "no_such_task";
  ck_assert_int_eq(co_known_training_run(&known, &worlds, NULL, &hash), CO_NO_INPUT);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "no_such_task"));
  known = co_known_trainings[0];
  known.settings = "rat = 1.0;";
  ck_assert_int_eq(co_known_training_run(&known, &worlds, NULL, &hash), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "rat"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("known training");
  TCase *tests = tcase_create("known training");
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, they_end_where_they_are_said_to, 0, 2 * CO_NUM_KNOWN_TRAININGS);
  tcase_add_test(tests, another_training_ends_elsewhere);
  tcase_add_test(tests, what_cannot_be_trained_says_why);
  suite_add_tcase(suite, tests);
  return suite;
}
