// A served world against the env alone: the same bytes, and requests that are none.

#include "core/count_alloc.h"
#include "core/hash.h"
#include "envs/serve/private/layout.h"
#include "envs/serve/serve.h"
#include "envs/verify/bare.h"
#include "envs/verify/tape.h"
#include "tests/envs/worlds.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kRows = 5, kSteps = 64, kBuffer = 1 << 17 };

// A served world with its thread, and the client's end.
typedef struct served {
  co_env *env;
  co_pool *pool;
  co_stream stream;
  co_serve *serve;
  co_serve_layout layout;
  int client, server;
  pthread_t thread;
  co_status status;
  char error[512];
  unsigned char request[kBuffer], answer[kBuffer];
} served;

static void *serve_thread(void *context) {
  served *s = context;
  s->status = co_serve_run(s->serve, s->server, s->server);
  snprintf(s->error, sizeof s->error, "%s", co_error_text());
  close(s->server);
  return NULL;
}

static served *start(const char *task, const char *set, int threads, int64_t budget, bool hide) {
  int pair[2];
  served *s = calloc(1, sizeof *s);
  ck_assert_ptr_nonnull(s);
  s->stream = (co_stream){1, 0, CO_PURPOSE_RESET};
  ck_ok(co_vector_create(test_world(task, NULL, set), kRows, &s->stream, &s->env));
  ck_ok(co_pool_create(threads, &s->pool));
  const co_serve_def def = {
      .env = s->env, .stream = &s->stream, .pool = s->pool, .budget = budget, .hide_rewards = hide};
  ck_ok(co_serve_create(&def, &s->serve));
  s->layout = co_serve_layout_make(co_env_get_info(s->env), kRows, hide);
  ck_assert_uint_le(s->layout.answer, kBuffer);
  ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  s->client = pair[0];
  s->server = pair[1];
  ck_assert_int_eq(pthread_create(&s->thread, NULL, serve_thread, s), 0);
  return s;
}

static void join(served *s) {
  close(s->client);
  ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
}

static void end(served *s) {
  co_serve_free(s->serve);
  co_env_destroy(s->env);
  co_pool_free(s->pool);
  free(s);
}

static void put(served *s, const void *bytes, size_t size) {
  ck_assert_int_eq(send(s->client, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void get(served *s, void *bytes, size_t size) {
  ck_assert_int_eq(recv(s->client, bytes, size, MSG_WAITALL), (ssize_t)size);
}

// The whole answer; its code is 0.
static void get_answer(served *s) {
  get(s, s->answer, s->layout.answer);
  co_serve_head head;
  memcpy(&head, s->answer, sizeof head);
  ck_assert_uint_eq(head.code, 0);
}

static void reset(served *s, int64_t seed) {
  s->request[0] = CO_SERVE_RESET;
  memcpy(s->request + 1, &seed, sizeof seed);
  put(s, s->request, 1 + sizeof seed);
  get_answer(s);
}

static size_t put_step(served *s, const float *action) {
  size_t size = co_serve_request_size(&s->layout, CO_SERVE_STEP);
  s->request[0] = CO_SERVE_STEP;
  memcpy(s->request + 1, action, size - 1);
  return size;
}

static void step(served *s, const float *action) {
  put(s, s->request, put_step(s, action));
  get_answer(s);
}

static const void *array(const served *s, co_serve_array which) {
  ck_assert_uint_ne(s->layout.offset[which], 0);
  return s->answer + s->layout.offset[which];
}

// ---- the same bytes

// The action of a row at a step depends on nothing else.
static void actions(const co_env_info *info, int at, float *action) {
  double wide[64];
  for (int row = 0; row < kRows; row++) {
    co_rng rng = co_rng_make(&(co_stream){9, (uint32_t)at, CO_PURPOSE_TEST}, (uint32_t)row);
    test_random_action(info, &rng, wide);
    for (int i = 0; i < info->act_dim; i++) action[row * info->act_dim + i] = (float)wide[i];
  }
}

// What an env alone gives for the same actions: the answers' arrays, in order.
typedef struct twin {
  co_env *env;
  float obs[kRows * 400], final[kRows * 400], reward[kRows];
  uint8_t terminated[kRows], truncated[kRows], success[kRows], fault[kRows];
} twin;

static void twin_step(twin *t, const float *action) {
  size_t dim = (size_t)co_env_get_info(t->env)->obs_dim;
  co_env_out out = {t->obs,        t->reward,    NULL,       NULL,
                    t->terminated, t->truncated, t->success, t->fault};
  memset(t->final, 0, sizeof t->final);
  ck_ok(co_env_step(t->env, 0, kRows, action, &out));
  for (int row = 0; row < kRows; row++) {
    float *obs = t->obs + (size_t)row * dim;
    if (!t->terminated[row] && !t->truncated[row] && !t->fault[row]) continue;
    memcpy(t->final + (size_t)row * dim, obs, dim * sizeof *obs);
    ck_ok(co_env_reset(t->env, row, 1, &(co_env_out){.obs = obs}));
  }
}

static void check_equal(const served *s, const twin *t) {
  size_t obs = (size_t)(kRows * s->layout.obs_dim) * sizeof(float);
  ck_assert_mem_eq(array(s, CO_SERVE_OBS), t->obs, obs);
  ck_assert_mem_eq(array(s, CO_SERVE_FINAL_OBS), t->final, obs);
  ck_assert_mem_eq(array(s, CO_SERVE_REWARD), t->reward, sizeof t->reward);
  ck_assert_mem_eq(array(s, CO_SERVE_TERMINATED), t->terminated, kRows);
  ck_assert_mem_eq(array(s, CO_SERVE_TRUNCATED), t->truncated, kRows);
  ck_assert_mem_eq(array(s, CO_SERVE_SUCCESS), t->success, kRows);
  ck_assert_mem_eq(array(s, CO_SERVE_FAULT), t->fault, kRows);
}

static const struct {
  const char *task, *set;
  int threads;
} same[] = {{"pendulum", "horizon=20", 1},  // truncated
            {"hopper", NULL, 1},            // terminated
            {"hopper", NULL, 3},
            {"quadruped_flat", "horizon=30", 2},  // with commands
            {"point_maze", "horizon=30", 2}};

START_TEST(test_same_as_the_env) {
  served *s = start(same[_i].task, same[_i].set, same[_i].threads, -1, false);
  twin *t = calloc(1, sizeof *t);
  ck_ok(
      co_vector_create(test_world(same[_i].task, NULL, same[_i].set), kRows, &s->stream, &t->env));
  const co_env_info *info = co_env_get_info(t->env);
  float action[kRows * 64];
  size_t obs = (size_t)(kRows * info->obs_dim) * sizeof(float);
  int64_t ended = 0;
  ck_ok(co_env_reset(t->env, 0, kRows, &(co_env_out){.obs = t->obs}));
  reset(s, -1);
  ck_assert_mem_eq(array(s, CO_SERVE_OBS), t->obs, obs);
  for (int i = 0; i < kSteps; i++) {
    actions(info, i, action);
    twin_step(t, action);
    step(s, action);
    check_equal(s, t);
    for (int row = 0; row < kRows; row++) ended += t->terminated[row] || t->truncated[row];
  }
  // a seed starts anew, and without one streams go on from there
  reset(s, 1);
  co_env_destroy(t->env);
  ck_ok(
      co_vector_create(test_world(same[_i].task, NULL, same[_i].set), kRows, &s->stream, &t->env));
  for (int i = 0; i < 2; i++) {
    if (i) reset(s, -1);
    ck_ok(co_env_reset(t->env, 0, kRows, &(co_env_out){.obs = t->obs}));
    ck_assert_mem_eq(array(s, CO_SERVE_OBS), t->obs, obs);
  }
  join(s);
  ck_assert_int_eq(s->status, CO_OK);
  co_serve_count count = co_serve_counts(s->serve);
  ck_assert_int_eq(count.env_steps, kRows * kSteps);
  ck_assert_int_eq(count.episodes, ended);
  ck_assert_int_gt(ended, 0);
  co_env_destroy(t->env);
  free(t);
  end(s);
}
END_TEST

// The generator of the C loop that `bench env` measures.
static double loop_uniform(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

START_TEST(test_hash_of_the_loop) {
  const co_world world = {.task = "hopper"};
  co_stepping *loop;
  ck_ok(co_stepping_env(&world, kRows, 1, 1, 1, &loop));
  served *s = start("hopper", NULL, 2, -1, false);
  int dim = s->layout.obs_dim, act = s->layout.act_dim;
  double low[64], high[64];
  uint64_t random[kRows];
  float action[kRows * 64], *kept = calloc((size_t)(kRows * kSteps * dim), sizeof *kept);
  co_tape_bounds(co_vector_row(s->env, 0)->binding, low, high);
  for (int row = 0; row < kRows; row++) random[row] = 0x9e3779b97f4a7c15u + (uint64_t)row;
  reset(s, -1);
  for (int i = 0; i < kSteps; i++) {
    for (int j = 0; j < kRows * act; j++) {
      double a = low[j % act], b = high[j % act];
      action[j] = (float)(a + (b - a) * loop_uniform(&random[j / act]));
    }
    step(s, action);
    const float *obs = array(s, CO_SERVE_OBS);
    for (int row = 0; row < kRows; row++)
      memcpy(kept + (row * kSteps + i) * dim, obs + row * dim, (size_t)dim * sizeof *obs);
  }
  ck_assert_uint_eq(co_hash(kept, (size_t)(kRows * kSteps * dim) * sizeof *kept),
                    co_stepping_hash(loop));
  join(s);
  free(kept);
  co_stepping_free(loop);
  end(s);
}
END_TEST

// ---- faults, budgets, what is hidden

START_TEST(test_fault_is_an_end) {
  served *s = start("half_cheetah", "timestep=0.1", 1, -1, false);  // it flies apart
  float action[kRows * 64];
  int64_t faults = 0;
  reset(s, -1);
  for (int i = 0; i < 200 && !faults; i++) {
    actions(co_env_get_info(s->env), i, action);
    step(s, action);
    const uint8_t *fault = array(s, CO_SERVE_FAULT);
    for (int row = 0; row < kRows; row++) faults += fault[row];
  }
  ck_assert_int_gt(faults, 0);
  const float *obs = array(s, CO_SERVE_OBS);
  for (int i = 0; i < kRows * s->layout.obs_dim; i++) ck_assert(isfinite(obs[i]));
  join(s);
  ck_assert_int_eq(co_serve_counts(s->serve).faults, faults);
  end(s);
}
END_TEST

// The error that the thread has ended with is the client's last answer too.
static void expect_error(served *s, co_status code, const char *part) {
  co_serve_head head;
  char text[4096] = "";
  get(s, &head, sizeof head);
  ck_assert_uint_eq(head.code, code);
  ck_assert_uint_lt(head.text, sizeof text);
  get(s, text, head.text);
  ck_assert_msg(strstr(text, part) != NULL, "\"%s\" not in: %s", part, text);
  join(s);
  ck_assert_int_eq(s->status, code);
  ck_assert_str_eq(s->error, text);
}

START_TEST(test_budget) {
  served *s = start("pendulum", NULL, 1, 3 * kRows - 1, false);
  float action[kRows] = {0};
  reset(s, -1);
  step(s, action);
  reset(s, -1);  // costs nothing
  step(s, action);
  put(s, s->request, put_step(s, action));
  expect_error(s, CO_WANTING, "10 of 14 env steps");
  ck_assert_int_eq(co_serve_counts(s->serve).env_steps, 10);
  end(s);
}
END_TEST

START_TEST(test_hidden_rewards) {
  served *s = start("pendulum", NULL, 1, -1, true);
  float action[kRows] = {0};
  size_t obs = (size_t)(kRows * s->layout.obs_dim) * sizeof(float);
  ck_assert_uint_eq(s->layout.offset[CO_SERVE_REWARD], 0);
  ck_assert_uint_eq(s->layout.offset[CO_SERVE_SUCCESS], 0);
  ck_assert_uint_eq(s->layout.answer, sizeof(co_serve_head) + 2 * obs + 3 * kRows);
  reset(s, -1);
  step(s, action);
  join(s);
  ck_assert_int_eq(s->status, CO_OK);
  end(s);
}
END_TEST

// ---- requests that are none

START_TEST(test_not_finite) {
  const float wrong[] = {NAN, INFINITY, -INFINITY};
  served *s = start("hopper", NULL, 1, -1, false);
  float action[kRows * 3] = {0};
  reset(s, -1);
  action[3 * 3 + 1] = wrong[_i];
  put(s, s->request, put_step(s, action));
  expect_error(s, CO_DATA, "offset 9: action of row 3, element 1 (ctrl/leg_joint)");
  end(s);
}
END_TEST

static const struct {
  const char *bytes;
  size_t size;
  const char *part;
} wrong_requests[] = {
    {"q", 1, "offset 0: byte 0x71 begins no request"},
    {"\377", 1, "byte 0xff"},
    {"s\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21, "offset 0: a step before the first reset"},
    {"r\0\0\0", 4, "offset 0: ends within a request, 4 of 9 bytes"},
};

START_TEST(test_wrong_request) {
  served *s = start("pendulum", NULL, 1, -1, false);
  put(s, wrong_requests[_i].bytes, wrong_requests[_i].size);
  ck_assert_int_eq(shutdown(s->client, SHUT_WR), 0);
  expect_error(s, CO_DATA, wrong_requests[_i].part);
  end(s);
}
END_TEST

// Byte by byte, and two at once.
START_TEST(test_pieces) {
  served *s = start("pendulum", NULL, 1, -1, false), *whole = start("pendulum", NULL, 1, -1, false);
  float action[kRows] = {0.5f, -0.5f, 1, 2, 0};
  reset(s, 7);
  reset(whole, 7);
  size_t size = put_step(s, action);
  for (size_t i = 0; i < size; i++) put(s, s->request + i, 1);
  get_answer(s);
  memcpy(s->request + size, s->request, size);
  put(s, s->request, 2 * size);
  get_answer(s);
  get_answer(s);
  for (int i = 0; i < 3; i++) step(whole, action);
  ck_assert_mem_eq(s->answer, whole->answer, s->layout.answer);
  put(s, "c", 1);
  ck_assert_int_eq(recv(s->client, s->answer, 1, 0), 0);
  join(s);
  join(whole);
  ck_assert_int_eq(s->status, CO_OK);
  end(s);
  end(whole);
}
END_TEST

START_TEST(test_client_that_does_not_read) {
  signal(SIGPIPE, SIG_IGN);
  served *s = start("pendulum", NULL, 1, -1, false);
  reset(s, -1);
  ck_assert_int_eq(shutdown(s->client, SHUT_RD), 0);
  put(s, s->request, 1 + sizeof(int64_t));
  join(s);
  ck_assert_int_eq(s->status, CO_IO);
  ck_assert_msg(strstr(s->error, "standard output: cannot write") != NULL, "%s", s->error);
  end(s);
}
END_TEST

START_TEST(test_nothing_allocated) {
  served *s = start("pendulum", "horizon=20", 2, -1, false);
  float action[kRows] = {0};
  reset(s, -1);
  step(s, action);
  size_t size = put_step(s, action), bytes = s->layout.answer;
  ssize_t got = 0;
  co_count_alloc_start();  // Check's macros allocate
  for (int i = 0; i < 100; i++) {
    got += send(s->client, s->request, size, MSG_NOSIGNAL);
    got += recv(s->client, s->answer, bytes, MSG_WAITALL);
  }
  int64_t allocations = co_count_alloc_stop();
  ck_assert_int_eq(got, 100 * (ssize_t)(size + bytes));
  ck_assert_int_le(allocations, 0);
  join(s);
  end(s);
}
END_TEST

START_TEST(test_description) {
  served *s = start("hopper", NULL, 1, 1000, false);
  co_json *object = co_json_object();
  co_serve_describe(s->serve, object);
  const co_json *answer = co_json_get(object, "answer"), *arrays = co_json_get(answer, "arrays");
  ck_assert_int_eq(co_json_get_int(object, "envs", 0), kRows);
  ck_assert_int_eq(co_json_get_int(object, "budget", 0), 1000);
  ck_assert_int_eq(co_json_get_int(answer, "bytes", 0), (int64_t)s->layout.answer);
  ck_assert_uint_eq(co_json_count(arrays), CO_SERVE_ARRAYS);
  for (size_t i = 0; i < CO_SERVE_ARRAYS; i++)
    ck_assert_int_eq(co_json_get_int(co_json_at(arrays, i), "offset", 0),
                     (int64_t)s->layout.offset[i]);
  ck_assert_str_eq(co_json_get_string(co_json_at(co_json_get(object, "action"), 1), "name"),
                   "ctrl/leg_joint");
  co_json_free(object);
  join(s);
  end(s);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("serve");
  TCase *tc = tcase_create("serve");
  tcase_set_timeout(tc, 60);
  tcase_add_loop_test(tc, test_same_as_the_env, 0, sizeof same / sizeof *same);
  tcase_add_test(tc, test_hash_of_the_loop);
  tcase_add_test(tc, test_fault_is_an_end);
  tcase_add_test(tc, test_budget);
  tcase_add_test(tc, test_hidden_rewards);
  tcase_add_loop_test(tc, test_not_finite, 0, 3);
  tcase_add_loop_test(tc, test_wrong_request, 0, sizeof wrong_requests / sizeof *wrong_requests);
  tcase_add_test(tc, test_pieces);
  tcase_add_test(tc, test_client_that_does_not_read);
  tcase_add_test(tc, test_nothing_allocated);
  tcase_add_test(tc, test_description);
  suite_add_tcase(suite, tc);
  return suite;
}
