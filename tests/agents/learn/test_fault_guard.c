// The guard of faulty rows: what a dump holds, that playing it disturbs nothing, how many there
// are.

#include "agents/learn/collector.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <unistd.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { ROWS = 3 };

static const co_stream stream = {21, 2, CO_PURPOSE_RESET};
static char folder[512];

// One env under a guard, stepped by hand; what was seen is kept to compare.
typedef struct fixture {
  co_arena arena;
  pendulum_env *env;
  co_fault_guard guard;
  float obs[ROWS][PENDULUM_OBS];
  struct {
    float obs[PENDULUM_OBS], action;
    double qpos, qvel;
  } seen[1000];  // of row 1, since its reset
  int steps;
} fixture;

static fixture f;

static void reset_row(int row) {
  co_env_out out = {.obs = f.obs[row]};
  co_fault_guard_reset(&f.guard, row);
  ck_ok(co_env_reset(&f.env->base, row, 1, &out));
  if (row == 1) f.steps = 0;
}

static void open_guard(const char *where) {
  ck_ok(co_fault_guard_create(&f.arena, &f.env->base, &stream, where, "", &f.guard));
}

static void setup(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(folder, sizeof folder, "%s/scratch/faults.%d", build ? build : ".", (int)getpid());
  ck_ok(co_dir_remove(folder));
  f = (fixture){.env = pendulum_create(ROWS, &stream)};
  open_guard(folder);
  for (int r = 0; r < ROWS; r++) reset_row(r);
}

static void teardown(void) {
  co_env_destroy(&f.env->base);
  co_arena_free(&f.arena);
  co_dir_remove(folder);
}

static bool step_row(int row, float action) {
  uint8_t fault;
  co_env_out out = {.obs = f.obs[row], .fault = &fault};
  co_env_state state = co_env_get_state(&f.env->base, row);
  if (row == 1) {
    memcpy(f.seen[f.steps].obs, f.obs[1], sizeof f.obs[1]);
    f.seen[f.steps].action = action;
    f.seen[f.steps].qpos = *state.qpos;
    f.seen[f.steps++].qvel = *state.qvel;
  }
  co_fault_guard_step(&f.guard, row, f.obs[row], &action);
  ck_ok(co_env_step(&f.env->base, row, 1, &action, &out));
  if (fault) co_fault_guard_fault(&f.guard, row);
  return fault;
}

// an episode of row 1 that is faulty in its `step`th step
static void run_into_fault(int step) {
  f.env->fault_row = 1;
  f.env->fault_step = step;
  for (int i = 1; i <= step; i++)
    ck_assert_int_eq(step_row(1, (float)(i % 7) * 0.5f - 1.5f), i == step);
}

static bool has_dump(int number) {
  char path[600];
  snprintf(path, sizeof path, "%s/%03d.json", folder, number);
  return co_file_exists(path);
}

static co_json *read_dump(int number) {
  char path[600];
  co_json *json;
  snprintf(path, sizeof path, "%s/%03d.json", folder, number);
  ck_ok(co_json_read(path, &json));
  return json;
}

static double number_at(const co_json *entry, const char *key, int index) {
  return co_json_as_number(co_json_at(co_json_get(entry, key), (size_t)index), NAN);
}

// ---- content ----

static const int lengths[] = {1, 2, 99, 100, 101, 199, 200, 201, 250, 300, 301, 555};

START_TEST(test_last_states) {
  int length = lengths[_i], states = length < CO_FAULT_STATES ? length : CO_FAULT_STATES;
  run_into_fault(length);
  ck_ok(co_fault_guard_dump(&f.guard));
  co_json *dump = read_dump(0);
  const co_json *data = co_json_get(dump, "data");
  ck_assert_int_eq((int)co_json_count(data), states);
  for (int i = 0; i < states; i++) {
    const co_json *entry = co_json_at(data, (size_t)i);
    int at = length - states + i;
    for (int k = 0; k < PENDULUM_OBS; k++)
      ck_assert(number_at(entry, "obs", k) == (double)f.seen[at].obs[k]);
    ck_assert(number_at(entry, "action", 0) == (double)f.seen[at].action);
    ck_assert(number_at(entry, "qpos", 0) == f.seen[at].qpos);
    ck_assert(number_at(entry, "qvel", 0) == f.seen[at].qvel);
  }
  ck_assert_int_eq(co_json_get_int(dump, "step", -1), length);
  ck_assert_int_eq(co_json_get_int(dump, "first", -1), length - states);
  ck_assert_int_eq(co_json_get_int(dump, "row", -1), 1);
  ck_assert_int_eq(co_json_get_int(dump, "seed", -1), 21);
  ck_assert_int_eq(co_json_get_int(dump, "seed_number", -1), 2);
  ck_assert_str_eq(co_json_get_string(dump, "task"), "pendulum");
  co_json_free(dump);
}
END_TEST

// the row's bytes in the dump are those before its first state
START_TEST(test_row_state) {
  run_into_fault(150);
  ck_ok(co_fault_guard_dump(&f.guard));
  co_json *dump = read_dump(0);
  const char *hex = co_json_get_string(dump, "row_state");
  pendulum_row row;
  ck_assert_uint_eq(strlen(hex), 2 * sizeof row);
  for (size_t i = 0; i < sizeof row; i++)
    ck_assert_int_eq(sscanf(hex + 2 * i, "%2hhx", (unsigned char *)&row + i), 1);
  ck_assert(row.angle == f.seen[50].qpos && row.velocity == f.seen[50].qvel);
  ck_assert_int_eq(row.step, 50);
  char hash[CO_HASH_TEXT];
  co_hash_text(co_hash(&row, sizeof row), hash);
  ck_assert_str_eq(co_json_get_string(dump, "row_hash"), hash);
  co_json_free(dump);
}
END_TEST

START_TEST(test_reasons) {
  f.env->fault_row = 1;
  f.env->fault_step = 2;
  step_row(1, 0);
  step_row(1, _i ? NAN : 0);
  ck_ok(co_fault_guard_dump(&f.guard));
  co_json *dump = read_dump(0);
  ck_assert_str_eq(
      co_json_get_string(dump, "reason"),
      _i ? "action[0] is not finite" : "non-finite observation or reward, or diverged");
  co_json_free(dump);
}
END_TEST

// ---- what it leaves alone ----

// The row has gone on after the fault when its past is played; it must not notice.
START_TEST(test_rows_are_put_back) {
  run_into_fault(120);
  f.env->fault_row = -1;
  reset_row(1);
  for (int i = 0; i < 30; i++) step_row(1, 0.5f);
  f.env->fault_row = 1;
  pendulum_row before[ROWS];
  memcpy(before, f.env->row, sizeof before);
  ck_ok(co_fault_guard_dump(&f.guard));
  ck_assert_mem_eq(before, f.env->row, sizeof before);
  co_json *dump = read_dump(0);  // of the episode before
  ck_assert_int_eq(co_json_get_int(dump, "step", -1), 120);
  ck_assert_uint_eq(co_json_count(co_json_get(dump, "data")), 100);
  co_json_free(dump);
}
END_TEST

// After a dump the memory begins anew, in the middle of an episode if need be.
START_TEST(test_second_fault_of_a_row) {
  run_into_fault(120);
  f.env->fault_row = -1;
  reset_row(1);
  for (int i = 0; i < 30; i++) step_row(1, 0.5f);
  ck_ok(co_fault_guard_dump(&f.guard));
  f.env->fault_row = 1;
  f.env->fault_step = 70;
  while (!step_row(1, 0.25f)) continue;
  ck_ok(co_fault_guard_dump(&f.guard));
  co_json *dump = read_dump(1);
  const co_json *data = co_json_get(dump, "data");
  ck_assert_int_eq(co_json_get_int(dump, "step", -1), 70);
  ck_assert_int_eq(co_json_get_int(dump, "first", -1), 30);
  ck_assert_uint_eq(co_json_count(data), 40);
  ck_assert(number_at(co_json_at(data, 0), "qpos", 0) == f.seen[30].qpos);
  ck_assert(number_at(co_json_at(data, 39), "qpos", 0) == f.seen[69].qpos);
  co_json_free(dump);
}
END_TEST

START_TEST(test_no_fault_no_file) {
  for (int i = 0; i < 250; i++) step_row(1, 0);
  ck_ok(co_fault_guard_dump(&f.guard));
  ck_assert(!co_dir_exists(folder));
}
END_TEST

START_TEST(test_no_folder) {
  open_guard(NULL);
  run_into_fault(5);
  ck_ok(co_fault_guard_dump(&f.guard));
  co_buf pack = {0};
  co_fault_guard_save(&f.guard, &pack);
  ck_assert_uint_eq(pack.size, 0);
}
END_TEST

START_TEST(test_at_most_ten) {
  for (int i = 0; i < CO_FAULT_FILES + 3; i++) {
    run_into_fault(3 + i);
    ck_ok(co_fault_guard_dump(&f.guard));
    reset_row(1);
  }
  for (int i = 0; i < CO_FAULT_FILES + 3; i++) ck_assert_int_eq(has_dump(i), i < CO_FAULT_FILES);
}
END_TEST

// A training goes on without what the disk does not take.
START_TEST(test_cannot_be_written) {
  ck_ok(co_file_write(folder, "a file", 6));
  run_into_fault(4);
  ck_ok(co_fault_guard_dump(&f.guard));
  unlink(folder);
  reset_row(1);
  run_into_fault(4);
  ck_ok(co_fault_guard_dump(&f.guard));
  ck_assert(!has_dump(0) && has_dump(1));
}
END_TEST

// ---- a share of episodes ----

static const struct {
  int64_t faults, episodes;
  bool too_many;
} shares[] = {{0, 0, false},  {4, 4, false},   {5, 5, true},      {5, 499, true},  {5, 500, false},
              {6, 599, true}, {6, 600, false}, {10, 1001, false}, {11, 1001, true}};

START_TEST(test_judge) {
  co_status status = co_fault_guard_judge(shares[_i].faults, shares[_i].episodes);
  ck_assert_int_eq(status, shares[_i].too_many ? CO_DIVERGED : CO_OK);
  if (!shares[_i].too_many) return;
  char text[64];
  snprintf(text, sizeof text, "%d of %d episodes", (int)shares[_i].faults,
           (int)shares[_i].episodes);
  ck_assert_ptr_nonnull(strstr(co_error_text(), text));
}
END_TEST

// ---- going on ----

static void save_guard(co_buf *bytes, co_pack *pack) {
  co_pack_begin(bytes);
  co_fault_guard_save(&f.guard, bytes);
  co_pack_end(bytes);
  ck_ok(co_pack_parse(bytes->data, bytes->size, "a pack", pack));
}

// Saved in the middle of an episode, loaded into a new guard: the dump is the same bytes.
START_TEST(test_goes_on) {
  static const int cuts[] = {0, 1, 99, 100, 150, 200, 230};
  co_buf bytes = {0}, whole = {0}, again = {0};
  char path[600];
  snprintf(path, sizeof path, "%s/000.json", folder);
  f.env->fault_row = 1;
  f.env->fault_step = 240;
  co_pack pack;
  pendulum_row row = {0};
  float obs[PENDULUM_OBS] = {0};
  for (int i = 0; i < 240; i++) {
    if (i == cuts[_i]) {
      save_guard(&bytes, &pack);
      row = f.env->row[1];
      memcpy(obs, f.obs[1], sizeof obs);
    }
    step_row(1, (float)(i % 5) - 2);
  }
  ck_ok(co_fault_guard_dump(&f.guard));
  ck_ok(co_file_read(path, 0, &whole));
  open_guard(folder);
  ck_ok(co_fault_guard_load(&f.guard, &pack));
  ck_assert(!has_dump(0));  // it was not written yet
  f.env->row[1] = row;
  memcpy(f.obs[1], obs, sizeof obs);
  for (int i = cuts[_i]; i < 240; i++) step_row(1, (float)(i % 5) - 2);
  ck_ok(co_fault_guard_dump(&f.guard));
  ck_ok(co_file_read(path, 0, &again));
  ck_assert_uint_eq(again.size, whole.size);
  ck_assert_mem_eq(again.data, whole.data, whole.size);
  co_pack_free(&pack);
  co_buf_free(&bytes);
  co_buf_free(&whole);
  co_buf_free(&again);
}
END_TEST

// Files of the time before the checkpoint stay, later ones go.
START_TEST(test_files_after_the_checkpoint) {
  co_buf bytes = {0};
  co_pack pack;
  for (int i = 0; i < 5; i++) {
    if (i == 2) save_guard(&bytes, &pack);
    run_into_fault(3);
    ck_ok(co_fault_guard_dump(&f.guard));
    reset_row(1);
  }
  open_guard(folder);
  ck_ok(co_fault_guard_load(&f.guard, &pack));
  for (int i = 0; i < 5; i++) ck_assert_int_eq(has_dump(i), i < 2);
  co_pack_free(&pack);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(test_wrong_entries) {
  static const int64_t files[] = {-1, CO_FAULT_FILES + 1};
  co_buf bytes = {0};
  co_pack pack;
  f.guard.files = files[_i];
  save_guard(&bytes, &pack);
  ck_assert_int_eq(co_fault_guard_load(&f.guard, &pack), CO_DATA);
  co_pack_free(&pack);
  co_buf_free(&bytes);
}
END_TEST

// ---- under a collector ----

// The same dumps on any number of threads, and a batch that does not know of them.
static uint64_t collect(int threads, bool guarded, co_batch *batch, co_arena *arena) {
  pendulum_env *env = pendulum_create(6, &stream);
  co_pool *pool;
  co_policy *policy;
  co_collector collector;
  co_network_def net = {.obs_dim = 3, .act_dim = 1, .num_hidden = 1, .hidden = {16}};
  env->fault_row = 4;
  env->fault_step = 150;
  ck_ok(co_pool_create(threads, &pool));
  ck_ok(co_policy_create(&net, &env->info, "ppo", &stream, &policy));
  co_collector_def def = {.env = &env->base,
                          .policy = policy,
                          .pool = pool,
                          .kernels = co_kernels_get(),
                          .stream = stream,
                          .gamma = 0.9,
                          .faults = guarded ? folder : NULL};
  ck_ok(co_collector_create(arena, &def, &collector));
  ck_ok(co_batch_create(arena, 6, 80, 3, 1, batch));
  ck_ok(co_collector_start(&collector, 60));
  for (int i = 0; i < 4; i++) ck_ok(co_collector_run(&collector, batch));
  uint64_t hash = co_hash(batch->raw_obs, co_batch_size(batch) * 3 * sizeof(float));
  hash ^= co_hash(env->row, 6 * sizeof *env->row);
  ck_assert_int_eq(collector.faults, 2);
  co_policy_free(policy);
  co_pool_free(pool);
  co_env_destroy(&env->base);
  return hash;
}

START_TEST(test_collector) {
  co_batch batch;
  co_arena arena = {0};
  co_buf first[2] = {{0}}, again = {0};
  uint64_t plain = collect(1, false, &batch, &arena);
  for (int threads = 1; threads <= 3; threads++) {
    ck_assert_uint_eq(collect(threads, true, &batch, &arena), plain);
    for (int i = 0; i < 2; i++) {
      char path[600];
      snprintf(path, sizeof path, "%s/%03d.json", folder, i);
      ck_ok(co_file_read(path, 0, threads == 1 ? &first[i] : &again));
      if (threads == 1) continue;
      ck_assert_uint_eq(again.size, first[i].size);
      ck_assert_mem_eq(again.data, first[i].data, again.size);
      co_buf_free(&again);
      again = (co_buf){0};
    }
    ck_assert(!has_dump(2));
    ck_ok(co_dir_remove(folder));
  }
  co_buf_free(&first[0]);
  co_buf_free(&first[1]);
  co_arena_free(&arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("fault_guard");
  TCase *tc = tcase_create("guard");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, test_last_states, 0, sizeof lengths / sizeof *lengths);
  tcase_add_test(tc, test_row_state);
  tcase_add_loop_test(tc, test_reasons, 0, 2);
  tcase_add_test(tc, test_rows_are_put_back);
  tcase_add_test(tc, test_second_fault_of_a_row);
  tcase_add_test(tc, test_no_fault_no_file);
  tcase_add_test(tc, test_no_folder);
  tcase_add_test(tc, test_at_most_ten);
  tcase_add_test(tc, test_cannot_be_written);
  tcase_add_loop_test(tc, test_judge, 0, sizeof shares / sizeof *shares);
  tcase_add_loop_test(tc, test_goes_on, 0, 7);
  tcase_add_test(tc, test_files_after_the_checkpoint);
  tcase_add_loop_test(tc, test_wrong_entries, 0, 2);
  tcase_add_test(tc, test_collector);
  suite_add_tcase(suite, tc);
  return suite;
}
