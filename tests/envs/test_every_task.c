// What holds for every task that is shipped, whatever it is: names and bounds, seeds, ends of
// episodes, saved rows, bad actions, memory, independence of groups and threads.

#include "core/count_alloc.h"
#include "core/hash.h"
#include "core/pool.h"
#include "tests/envs/worlds.h"

enum { kMaxTasks = 200, kRows = 8 };
enum { kSteps = TEST_SANITIZED ? 40 : 200, kPoints = TEST_SANITIZED ? 6 : 40 };

static char task_name[kMaxTasks][CO_NAME];
static int num_tasks;

// Files of configs/tasks, at most kMaxTasks.
static void list_tasks(void) {
  const char *source = getenv("CARRYOVER_SOURCE");
  char *folder = co_path_join(source ? source : ".", "configs/tasks");
  co_names names = {0};
  if (co_dir_list(folder, &names) != CO_OK) abort();
  for (int i = 0; i < names.count && num_tasks < kMaxTasks; i++) {
    const char *dot = strrchr(names.name[i], '.');
    if (!dot || strcmp(dot, ".cfg") != 0) continue;
    snprintf(task_name[num_tasks++], CO_NAME, "%.*s", (int)(dot - names.name[i]), names.name[i]);
  }
  co_names_free(&names);
  free(folder);
}

// What a call on some rows of an env writes.
typedef struct batch {
  float *action, *obs, reward[kRows];
  uint8_t terminated[kRows], truncated[kRows], fault[kRows], success[kRows];
} batch;

static batch make_batch(const co_env_info *info) {
  batch b = {.action = calloc((size_t)kRows * (size_t)info->act_dim, sizeof(float)),
             .obs = calloc((size_t)kRows * (size_t)info->obs_dim, sizeof(float))};
  ck_assert(b.action && b.obs);
  return b;
}

static void free_batch(batch *b) {
  free(b->action);
  free(b->obs);
}

static co_env_out out_at(batch *b, const co_env_info *info, int row) {
  return (co_env_out){.obs = b->obs + row * info->obs_dim,
                      .reward = b->reward + row,
                      .terminated = b->terminated + row,
                      .truncated = b->truncated + row,
                      .success = b->success + row,
                      .fault = b->fault + row};
}

// Actions of one row at one step, the same for every grouping.
static void draw(const co_env_info *info, int row, int step, float *action) {
  co_rng rng = co_rng_make(&(co_stream){5, (uint32_t)step, CO_PURPOSE_TAPE}, (uint32_t)row);
  for (int i = 0; i < info->act_dim; i++) {
    const co_action_element *element = &info->action[i];
    double at = co_rng_uniform(&rng);
    action[i] = (float)(element->low + (element->high - element->low) * at);
  }
}

static void hash_rows(co_hasher *hasher, const batch *b, const co_env_info *info, int row,
                      int rows) {
  size_t count = (size_t)rows;
  co_hasher_add(hasher, b->obs + row * info->obs_dim,
                count * (size_t)info->obs_dim * sizeof(float));
  co_hasher_add(hasher, b->reward + row, count * sizeof(float));
  co_hasher_add(hasher, b->terminated + row, count);
  co_hasher_add(hasher, b->truncated + row, count);
  co_hasher_add(hasher, b->success + row, count);
  co_hasher_add(hasher, b->fault + row, count);
}

// Rows row .. row + rows - 1 for some steps from `first`; ended rows are reset, if asked. The
// assertion comes at the end, because those of the framework allocate.
static void roll(co_env *env, batch *b, int row, int rows, int first, int steps, bool reset,
                 co_hasher *hasher) {
  const co_env_info *info = co_env_get_info(env);
  co_status status = CO_OK;
  for (int step = first; step < first + steps; step++) {
    for (int i = row; i < row + rows; i++) draw(info, i, step, b->action + i * info->act_dim);
    co_env_out out = out_at(b, info, row);
    if (status == CO_OK)
      status = co_env_step(env, row, rows, b->action + row * info->act_dim, &out);
    if (hasher) hash_rows(hasher, b, info, row, rows);
    for (int i = row; reset && i < row + rows; i++) {
      if (!b->terminated[i] && !b->truncated[i] && !b->fault[i]) continue;
      out = (co_env_out){.obs = b->obs + i * info->obs_dim};
      if (status == CO_OK) status = co_env_reset(env, i, 1, &out);
    }
  }
  if (status != CO_OK) ck_abort_msg("%s", co_error_text());
}

static uint64_t finish(co_hasher *hasher) {
  uint64_t value = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return value;
}

// ---- names, bounds

static bool is_new(const char *names, size_t stride, int index) {
  for (int i = 0; i < index; i++) {
    if (strcmp(names + (size_t)i * stride, names + (size_t)index * stride) == 0) return false;
  }
  return true;
}

START_TEST(test_names_and_bounds) {
  co_built_world *world = test_world(task_name[_i], NULL, NULL);
  const co_env_info *info = &world->info;
  ck_assert_str_eq(info->task, task_name[_i]);
  ck_assert(info->obs_dim > 0 && info->act_dim > 0 && info->num_terms > 0 && info->horizon > 0);
  ck_assert(info->timestep > 0 && info->substeps > 0);
  for (int i = 0; i < info->obs_dim; i++) {
    const co_obs_element *element = &info->obs[i];
    ck_assert_ptr_nonnull(strchr(element->name, '/'));
    ck_assert(*element->unit && *element->term && element->scale != 0);
    ck_assert(element->clip_low < element->clip_high);
    ck_assert_msg(is_new(info->obs->name, sizeof *element, i), "%s twice", element->name);
  }
  for (int i = 0; i < info->act_dim; i++) {
    const co_action_element *element = &info->action[i];
    ck_assert(isfinite(element->low) && isfinite(element->high) && element->low < element->high);
    ck_assert(*element->unit && *element->kind && element->scale != 0);
    ck_assert(is_new(info->action->name, sizeof *element, i));
  }
  for (int i = 0; i < info->num_terms; i++) ck_assert(is_new(info->term[0], CO_NAME, i));
  for (int i = 0; i < info->num_commands; i++) {
    ck_assert(info->command[i].low <= info->command[i].high);
  }
  ck_assert_int_eq(info->num_missing, 0);
  co_world_free(world);
}
END_TEST

// ---- seeds

static uint64_t hash_of(const char *task, uint64_t seed, int steps) {
  co_env *env = test_env(task, NULL, kRows, seed);
  const co_env_info *info = co_env_get_info(env);
  batch b = make_batch(info);
  co_hasher *hasher = co_hasher_create();
  ck_ok(co_env_reset(env, 0, kRows, &(co_env_out){.obs = b.obs}));
  co_hasher_add(hasher, b.obs, (size_t)(kRows * info->obs_dim) * sizeof(float));
  roll(env, &b, 0, kRows, 0, steps, true, hasher);
  free_batch(&b);
  co_env_destroy(env);
  return finish(hasher);
}

START_TEST(test_seeds) {
  const char *task = task_name[_i];
  uint64_t first = hash_of(task, 1, 60);
  ck_assert_uint_eq(first, hash_of(task, 1, 60));
  ck_assert_uint_ne(first, hash_of(task, 2, 60));
}
END_TEST

// Rows and episodes of one seed do not start alike.
START_TEST(test_resets_spread) {
  co_env *env = test_env(task_name[_i], NULL, 2, 3);
  const co_env_info *info = co_env_get_info(env);
  size_t bytes = (size_t)info->obs_dim * sizeof(float);
  batch first = make_batch(info), next = make_batch(info);
  ck_ok(co_env_reset(env, 0, 2, &(co_env_out){.obs = first.obs}));
  ck_ok(co_env_reset(env, 0, 2, &(co_env_out){.obs = next.obs}));
  ck_assert_int_ne(memcmp(first.obs, first.obs + info->obs_dim, bytes), 0);
  ck_assert_int_ne(memcmp(first.obs, next.obs, bytes), 0);
  free_batch(&first);
  free_batch(&next);
  co_env_destroy(env);
}
END_TEST

// ---- ends of episodes

// The time limit is a truncation at exactly the horizon, termination is another flag, and neither
// resets: the observation of the last step is that of the state that ended the episode.
START_TEST(test_ends) {
  co_env *env = test_env(task_name[_i], "task.horizon=25", kRows, 4);
  const co_env_info *info = co_env_get_info(env);
  batch b = make_batch(info);
  ck_ok(co_env_reset(env, 0, kRows, &(co_env_out){.obs = b.obs}));
  for (int step = 1; step <= 30; step++) {
    roll(env, &b, 0, kRows, step, 1, false, NULL);
    for (int i = 0; i < kRows; i++) {
      const co_row *row = co_vector_row(env, i);
      if (b.fault[i]) continue;
      ck_assert_int_eq(row->step, step);
      ck_assert_int_eq(b.truncated[i], step >= 25);
      for (int j = 0; j < info->obs_dim; j++) {
        ck_assert_float_eq(b.obs[i * info->obs_dim + j], (float)row->obs[j]);
      }
    }
  }
  free_batch(&b);
  co_env_destroy(env);
}
END_TEST

// ---- saved rows

// At random points row 0 is saved, put into another row and into a fresh env; all three go on with
// the same bits.
START_TEST(test_save_and_load) {
  co_env *env = test_env(task_name[_i], NULL, 2, 6), *fresh = test_env(task_name[_i], NULL, 1, 99);
  const co_env_info *info = co_env_get_info(env);
  batch b = make_batch(info);
  unsigned char *bytes = malloc(env->class->row_size(env));
  co_rng rng = co_rng_make(&(co_stream){7, (uint32_t)_i, CO_PURPOSE_TEST}, 0);
  ck_ok(co_env_reset(env, 0, 2, &(co_env_out){.obs = b.obs}));
  ck_ok(co_env_reset(fresh, 0, 1, &(co_env_out){0}));
  int step = 0;
  for (int point = 0; point < kPoints; point++) {
    int gap = 1 + (int)co_rng_below(&rng, 30), length = point % 8 ? 10 : kSteps;
    roll(env, &b, 0, 1, step, gap, true, NULL);
    step += gap;
    env->class->save(env, 0, bytes);
    co_hasher *hasher[3] = {co_hasher_create(), co_hasher_create(), co_hasher_create()};
    ck_ok(fresh->class->load(fresh, 0, bytes));
    roll(fresh, &b, 0, 1, step, length, true, hasher[0]);
    roll(env, &b, 0, 1, step, length, true, hasher[1]);
    ck_ok(env->class->load(env, 0, bytes));
    roll(env, &b, 0, 1, step, length, true, hasher[2]);
    uint64_t first = finish(hasher[0]);
    ck_assert_uint_eq(first, finish(hasher[1]));
    ck_assert_uint_eq(first, finish(hasher[2]));
  }
  free(bytes);
  free_batch(&b);
  co_env_destroy(fresh);
  co_env_destroy(env);
}
END_TEST

// ---- bad actions

// A non-finite action is a fault of its row alone: zeros are written, the row waits for a reset,
// the fault is counted, and the neighbours go on as if nothing had been.
START_TEST(test_bad_actions) {
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  co_env *env = test_env(task_name[_i], NULL, 3, 8), *other = test_env(task_name[_i], NULL, 3, 8);
  const co_env_info *info = co_env_get_info(env);
  batch b = make_batch(info), c = make_batch(info);
  size_t bytes = (size_t)info->obs_dim * sizeof(float);
  ck_ok(co_env_reset(env, 0, 3, &(co_env_out){.obs = b.obs}));
  ck_ok(co_env_reset(other, 0, 3, &(co_env_out){.obs = c.obs}));
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < 3; i++) draw(info, i, k, b.action + i * info->act_dim);
    memcpy(c.action, b.action, (size_t)(3 * info->act_dim) * sizeof(float));
    b.action[info->act_dim + k % info->act_dim] = bad[k];
    co_env_out out = out_at(&b, info, 0), wanted = out_at(&c, info, 0);
    ck_ok(co_env_step(env, 0, 3, b.action, &out));
    ck_ok(co_env_step(other, 0, 3, c.action, &wanted));
    ck_assert(b.fault[1] && !b.fault[0] && !b.fault[2]);
    ck_assert(!b.terminated[1] && !b.truncated[1] && !b.success[1] && b.reward[1] == 0);
    for (int j = 0; j < info->obs_dim; j++) ck_assert(b.obs[info->obs_dim + j] == 0);
    ck_assert_int_eq(memcmp(b.obs, c.obs, bytes), 0);
    ck_assert_int_eq(memcmp(b.obs + 2 * info->obs_dim, c.obs + 2 * info->obs_dim, bytes), 0);
  }
  ck_assert_int_eq(co_vector_row(env, 1)->faults, 1);
  ck_ok(co_env_reset(env, 1, 1, &(co_env_out){.obs = b.obs}));
  roll(env, &b, 1, 1, 50, 1, false, NULL);
  ck_assert(!b.fault[1]);
  free_batch(&b);
  free_batch(&c);
  co_env_destroy(env);
  co_env_destroy(other);
}
END_TEST

// ---- memory

START_TEST(test_no_allocation) {
  co_env *env = test_env(task_name[_i], NULL, kRows, 9);
  batch b = make_batch(co_env_get_info(env));
  ck_ok(co_env_reset(env, 0, kRows, &(co_env_out){.obs = b.obs}));
  co_count_alloc_start();
  roll(env, &b, 0, kRows, 0, 60, true, NULL);
  int64_t calls = co_count_alloc_stop();
  ck_assert_msg(calls <= 0, "%lld allocations in step or reset", (long long)calls);
  free_batch(&b);
  co_env_destroy(env);
}
END_TEST

// ---- groups and threads

typedef struct grouped {
  co_env *env;
  batch *b;
  int group;
  uint64_t hash[kRows];  // of each row
} grouped;

static void roll_group(void *context, int index) {
  grouped *g = context;
  int first = index * g->group, rows = first + g->group > kRows ? kRows - first : g->group;
  for (int step = 0; step < 40; step++) {
    roll(g->env, g->b, first, rows, step, 1, true, NULL);
    for (int i = first; i < first + rows; i++) {
      co_hasher *hasher = co_hasher_create();
      co_hasher_add(hasher, &g->hash[i], sizeof g->hash[i]);
      hash_rows(hasher, g->b, co_env_get_info(g->env), i, 1);
      g->hash[i] = finish(hasher);
    }
  }
}

static uint64_t hash_grouped(const char *task, int group, int threads) {
  grouped g = {.env = test_env(task, NULL, kRows, 10), .group = group};
  batch b = make_batch(co_env_get_info(g.env));
  co_pool *pool = NULL;
  g.b = &b;
  ck_ok(co_env_reset(g.env, 0, kRows, &(co_env_out){.obs = b.obs}));
  ck_ok(co_pool_create(threads, &pool));
  co_pool_run(pool, roll_group, &g, (kRows + group - 1) / group);
  co_pool_free(pool);
  uint64_t value = co_hash(g.hash, sizeof g.hash);
  free_batch(&b);
  co_env_destroy(g.env);
  return value;
}

START_TEST(test_groups_and_threads) {
  const char *task = task_name[_i];
  uint64_t wanted = hash_grouped(task, 8, 1);
  ck_assert_uint_eq(hash_grouped(task, 1, 2), wanted);
  ck_assert_uint_eq(hash_grouped(task, 3, 3), wanted);
  ck_assert_uint_eq(hash_grouped(task, 3, 1), wanted);
}
END_TEST

// ---- as text

// The effective definition reads back to the same bytes.
START_TEST(test_written_back) {
  const char *set = "task.horizon=77";
  co_world_def def, again;
  co_buf once = {0}, twice = {0};
  co_world world = {.task = task_name[_i], .set = &set, .num_set = 1};
  ck_ok(co_world_read(&world, &def));
  ck_ok(co_task_write(&def.task, &once));
  char *path = test_write("every.cfg", once.data);
  ck_ok(co_world_read(&(co_world){.task = path}, &again));
  ck_ok(co_task_write(&again.task, &twice));
  ck_assert_str_eq(once.data, twice.data);
  ck_assert_ptr_nonnull(strstr(once.data, "horizon = 77;"));
  co_buf_free(&once);
  co_buf_free(&twice);
  co_world_def_free(&def);
  co_world_def_free(&again);
  free(path);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("every task");
  TCase *tcase = tcase_create("every task");
  list_tasks();
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_names_and_bounds, 0, num_tasks);
  tcase_add_loop_test(tcase, test_seeds, 0, num_tasks);
  tcase_add_loop_test(tcase, test_resets_spread, 0, num_tasks);
  tcase_add_loop_test(tcase, test_ends, 0, num_tasks);
  tcase_add_loop_test(tcase, test_save_and_load, 0, num_tasks);
  tcase_add_loop_test(tcase, test_bad_actions, 0, num_tasks);
  tcase_add_loop_test(tcase, test_no_allocation, 0, num_tasks);
  tcase_add_loop_test(tcase, test_groups_and_threads, 0, num_tasks);
  tcase_add_loop_test(tcase, test_written_back, 0, num_tasks);
  suite_add_tcase(suite, tcase);
  return suite;
}
