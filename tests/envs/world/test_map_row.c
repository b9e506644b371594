// What a row keeps of a map, and what it leaves behind.

#include "tests/envs/maps.h"

#include <sys/resource.h>
#include <unistd.h>

#define LATE                                                                \
  "observation = ({ element = \"*\"; delay = 4; hold = 2; scale = 3.0; });" \
  "action = ({ element = \"*\"; delay = 2; hold = 3; sign = -1; });"

// Rows of one env have a map each, or share one; the others are as without.
START_TEST(test_rows) {
  enum { kRows = 4 };
  static const char *const map[kRows] = {NULL, LATE, "action = ({ element = \"*\"; sign = -1; });",
                                         LATE};
  co_env *env = test_env("hopper", NULL, kRows, 7), *alone[kRows];
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  put_map(env, 1, 3, LATE);
  put_map(env, 2, 1, map[2]);
  for (int r = 0; r < kRows; r++) {
    alone[r] = test_env("hopper", NULL, kRows, 7);
    if (map[r]) put_map(alone[r], r, 1, map[r]);
  }
  for (int step = 0; step < kSteps; step++) {
    float action[kActions];
    answer one, other;
    draw_actions(env, &rng, action);
    for (int r = 0; r < kRows; r++) {
      ask(env, r, step % kEpisode ? action : NULL, &one);
      ask(alone[r], r, step % kEpisode ? action : NULL, &other);
      ck_assert(memcmp(&one, &other, sizeof one) == 0);
    }
  }
  for (int r = 0; r < kRows; r++) co_env_destroy(alone[r]);
  co_env_destroy(env);
}
END_TEST

// Saved in the middle of an episode, with values on their way, a row goes on with the same bytes,
// in another env too.
START_TEST(test_saved) {
  co_env *env = test_env("hopper", NULL, 2, 7), *other = test_env("hopper", NULL, 2, 9);
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  float action[kEpisode][kActions];
  answer first[kEpisode], again;
  size_t plain = env->class->row_size(env);
  put_map(env, 0, 2, LATE);
  put_map(other, 1, 1, LATE);
  size_t size = env->class->row_size(env);
  ck_assert_uint_gt(size, plain);
  ck_assert_uint_eq(size, other->class->row_size(other));
  unsigned char *bytes = malloc(size), *back = malloc(size);
  for (int i = 0; i < kEpisode; i++) {
    if (i == 10) env->class->save(env, 1, bytes);
    draw_actions(env, &rng, action[i]);
    ask(env, 1, i ? action[i] : NULL, &first[i]);
  }
  ask(other, 1, NULL, &again);
  ck_ok(other->class->load(other, 1, bytes));
  other->class->save(other, 1, back);
  ck_assert_mem_eq(bytes, back, size);
  for (int i = 10; i < kEpisode; i++) {
    ask(other, 1, action[i], &again);
    ck_assert(memcmp(&again, &first[i], sizeof again) == 0);
  }
  // rows without a map have fewer bytes, and the rest is zero
  memset(back, 1, size);
  ask(other, 0, NULL, &again);
  other->class->save(other, 0, back);
  for (size_t i = plain; i < size; i++) ck_assert_int_eq(back[i], 0);
  free(bytes), free(back);
  co_env_destroy(env);
  co_env_destroy(other);
}
END_TEST

// An episode that begins anywhere begins without what was on its way, whatever the row went
// through.
START_TEST(test_begun) {
  co_env *used = test_env("hopper", NULL, 1, 7), *fresh = test_env("hopper", NULL, 1, 7);
  const co_stream stream = {3, 0, CO_PURPOSE_TEST};
  const float action[kActions] = {0.5f, -0.5f, 0.25f};
  size_t dim = (size_t)co_env_get_info(used)->obs_dim;
  float obs[2][kObs];
  answer out;
  put_map(used, 0, 1, LATE);
  put_map(fresh, 0, 1, LATE);
  size_t size = used->class->row_size(used);
  unsigned char *bytes = calloc(2, size);
  ask(used, 0, NULL, &out);
  for (int i = 0; i < 9; i++) ask(used, 0, action, &out);
  ck_ok(co_env_begin(used, 0, &stream, 4, &(co_env_out){.obs = obs[0]}));
  ck_ok(co_env_begin(fresh, 0, &stream, 4, &(co_env_out){.obs = obs[1]}));
  ck_assert_mem_eq(obs[0], obs[1], dim * sizeof **obs);
  for (int i = 0; i < 9; i++) ask(used, 0, action, &out);
  double qpos[6] = {0, 1.3, 0, 0, 0, 0}, qvel[6] = {0};
  const co_env_state start = {qpos, qvel, 6, 6};
  ck_ok(co_env_place(used, 0, &start, &(co_env_out){.obs = obs[0]}));
  ck_ok(co_env_place(fresh, 0, &start, &(co_env_out){.obs = obs[1]}));
  ck_assert_mem_eq(obs[0], obs[1], dim * sizeof **obs);
  ck_assert(obs[0][0] == (float)(3 * 1.3));
  co_vector_row(fresh, 0)->age = co_vector_row(used, 0)->age;  // all that a start does not undo
  used->class->save(used, 0, bytes);
  fresh->class->save(fresh, 0, bytes + size);
  ck_assert_mem_eq(bytes, bytes + size, size);
  free(bytes);
  co_env_destroy(used);
  co_env_destroy(fresh);
}
END_TEST

// Another map's bytes, and such as no row keeps.
START_TEST(test_damaged) {
  co_env *env = test_env("pendulum", NULL, 2, 7);
  put_map(env, 0, 1, "action = ({ element = \"*\"; delay = 2; });");
  put_map(env, 1, 1, "action = ({ element = \"*\"; delay = 2; sign = -1; });");
  size_t size = env->class->row_size(env);
  unsigned char *bytes = malloc(size);
  const double nan = NAN;
  answer out;
  for (int r = 0; r < 2; r++) ask(env, r, NULL, &out);
  env->class->save(env, 0, bytes);
  ck_ok(env->class->load(env, 0, bytes));
  ck_fails(env->class->load(env, 1, bytes), CO_DATA, "the saved row has another map");
  memcpy(bytes + size - sizeof nan, &nan, sizeof nan);
  ck_fails(env->class->load(env, 0, bytes), CO_DATA, "the saved row is damaged");
  free(bytes);
  co_env_destroy(env);
}
END_TEST

// Taken away, a map leaves nothing behind, neither in sizes nor in bytes.
START_TEST(test_taken_away) {
  co_env *env = test_env("hopper", NULL, 1, 7), *plain = test_env("hopper", NULL, 1, 7);
  size_t size = env->class->row_size(env);
  put_map(env, 0, 1, LATE);
  put_map(env, 0, 1, "action = ({ element = \"*\"; sign = -1; });");
  ck_ok(co_env_map(env, 0, 1, NULL));
  ck_assert_uint_eq(env->class->row_size(env), size);
  ck_assert_ptr_eq(co_env_get_info(env)->obs, co_vector_row(env, 0)->binding->obs);
  compare(env, plain);
}
END_TEST

// The address space may grow by so many bytes from now on.
static void limit_memory(size_t more) {
  struct rlimit limit;
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  ck_assert(file && fscanf(file, "%lu", &pages) == 1);
  fclose(file);
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur =
      more == RLIM_INFINITY ? limit.rlim_max : pages * (size_t)sysconf(_SC_PAGESIZE) + more;
  ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

// A map that is too large for the third row changes no row: each keeps its map and goes on in its
// episode as if nobody had asked.
START_TEST(test_out_of_memory) {
  enum { kRows = 3, kLate = 1 << 22 };  // 3 observations of 2^22 steps: 96 MiB of each row
  if (TEST_SANITIZED) return;           // which end a process that is out of memory
  co_map_entry late = {.element = "*", .delay = kLate};
  const co_map_def large = {.format = 1, .observation = {&late, 1}};
  co_env *env = test_env("pendulum", NULL, kRows, 7), *twin = test_env("pendulum", NULL, kRows, 7);
  const float action[] = {0.5f};
  answer one, other;
  put_map(env, 0, 2, LATE);
  put_map(twin, 0, 2, LATE);
  size_t size = env->class->row_size(env);
  for (int r = 0; r < kRows; r++) ask(env, r, NULL, &one), ask(twin, r, NULL, &other);
  for (int r = 0; r < kRows; r++) ask(env, r, action, &one), ask(twin, r, action, &other);
  limit_memory((size_t)240 << 20);
  ck_fails(co_env_map(env, 0, kRows, &large), CO_MEMORY, "out of memory");
  limit_memory(RLIM_INFINITY);
  ck_assert_uint_eq(env->class->row_size(env), size);
  for (int i = 0; i < 5 * kRows; i++) {
    ask(env, i % kRows, action, &one), ask(twin, i % kRows, action, &other);
    ck_assert_mem_eq(&one, &other, sizeof one);
  }
  ck_ok(co_env_map(env, 0, kRows, &large));  // it was the memory, and nothing is in the way
  co_env_destroy(env);
  co_env_destroy(twin);
}
END_TEST

// What float32 cannot hold on either side of the map is a fault, and the next episode is sound.
START_TEST(test_fault) {
  double scale = 1e300;
  co_map_entry observation = {
      .element = "#2", .scale = {&scale, 1}, .delay = 1, .fill = "zero"};  // 0 at the start
  co_map_entry action = {.element = "*", .scale = {&scale, 1}};
  co_map_def def = {.format = 1};
  *(_i == 0 ? &def.observation : &def.action) = (co_list){_i == 0 ? &observation : &action, 1};
  co_env *env = test_env("pendulum", NULL, 1, 7);
  const float bad[] = {_i == 2 ? NAN : 1.0f}, none[] = {0};
  answer out;
  ck_ok(co_env_map(env, 0, 1, &def));
  ask(env, 0, NULL, &out);
  ask(env, 0, bad, &out);
  ck_assert_int_eq(out.fault, 1);
  for (int i = 0; i < 3; i++) ck_assert(out.obs[i] == 0);
  ask(env, 0, NULL, &out);
  ck_assert_int_eq(out.fault, 0);
  if (_i) ask(env, 0, none, &out);
  ck_assert_int_eq(out.fault, 0);
  co_env_destroy(env);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("map_row");
  TCase *tcase = tcase_create("map_row");
  tcase_add_test(tcase, test_rows);
  tcase_add_test(tcase, test_saved);
  tcase_add_test(tcase, test_begun);
  tcase_add_test(tcase, test_damaged);
  tcase_add_test(tcase, test_taken_away);
  tcase_add_test(tcase, test_out_of_memory);
  tcase_add_loop_test(tcase, test_fault, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}
