// Worlds that are built once and shared: which ones are the same, how long they live, and that envs
// of a shared world give the bytes of envs that have their own.

#include "core/hash.h"
#include "envs/source/worlds.h"
#include "envs/world/shelf.h"
#include "tests/envs/worlds.h"

#include <pthread.h>

static co_world_shelf *open_shelf(void) {
  co_world_shelf *shelf = NULL;
  ck_ok(co_world_shelf_create(&shelf));
  return shelf;
}

static co_shared_world *take(co_world_shelf *shelf, const co_world *world) {
  co_shared_world *out = NULL;
  ck_ok(co_world_shelf_take(shelf, world, &out));
  return out;
}

// Takes both worlds from a new shelf; gives how many were built.
static int64_t builds_of(const co_world *a, const co_world *b) {
  co_world_shelf *shelf = open_shelf();
  co_shared_world *first = take(shelf, a), *second = take(shelf, b);
  int64_t builds = co_world_shelf_builds(shelf);
  ck_assert_int_eq(first == second, builds == 1);
  co_shared_world_drop(first);
  co_shared_world_drop(second);
  co_world_shelf_free(shelf);
  return builds;
}

START_TEST(test_which_worlds_are_the_same) {
  const char *longer[] = {"horizon=300"}, *longest[] = {"horizon=301"};
  co_node *heavy = test_domain("{ parameter = \"option.gravity\"; scale = 2.0; }");
  co_node *again = test_domain("{ parameter = \"option.gravity\"; scale = 2.0; }");
  co_node *other = test_domain("{ parameter = \"option.gravity\"; scale = 3.0; }");
  co_node *drawn =
      test_domain("{ parameter = \"option.gravity\"; scale = { uniform = (1.0, 2.0); }; }");
  co_node *none = test_domain("");
  const co_world plain = {.task = "pendulum"}, other_task = {.task = "inverted_pendulum"};
  co_world a = plain, b = plain;
  ck_assert_int_eq(builds_of(&plain, &plain), 1);
  ck_assert_int_eq(builds_of(&plain, &other_task), 2);
  b.domain = none;
  ck_assert_int_eq(builds_of(&plain, &b), 1);
  a.domain = heavy, b.domain = again;
  ck_assert_int_eq(builds_of(&a, &b), 1);
  ck_assert_int_eq(builds_of(&a, &plain), 2);
  b.domain = other;
  ck_assert_int_eq(builds_of(&a, &b), 2);
  a = b = plain;
  a.set = longer, a.num_set = 1;
  ck_assert_int_eq(builds_of(&a, &plain), 2);
  b.set = longest, b.num_set = 1;
  ck_assert_int_eq(builds_of(&a, &b), 2);
  a = b = plain;
  b.draws = CO_DRAW_WIDENING;
  ck_assert_int_eq(builds_of(&a, &b), 1);
  a.domain = b.domain = drawn;
  ck_assert_int_eq(builds_of(&a, &b), 2);
  co_node_free(heavy), co_node_free(again), co_node_free(other), co_node_free(drawn);
  co_node_free(none);
}
END_TEST

START_TEST(test_worlds_outlive_their_shelf) {
  co_world_shelf *shelf = open_shelf();
  const co_world world = {.task = "hopper"};
  co_shared_world *mine = take(shelf, &world), *more = co_shared_world_keep(mine);
  ck_assert_double_gt(co_shared_world_build_s(mine), 0);
  co_world_shelf_free(shelf);
  co_shared_world_drop(mine);
  ck_assert_str_eq(co_shared_world_get(more)->info.task, "hopper");
  co_shared_world_drop(more);
}
END_TEST

START_TEST(test_no_shelf) {
  const co_world world = {.task = "pendulum"};
  co_shared_world *a = take(NULL, &world), *b = take(NULL, &world);
  ck_assert_ptr_ne(a, b);
  co_shared_world_drop(a);
  co_shared_world_drop(b);
}
END_TEST

// A world that cannot be built leaves nothing, and says so each time.
START_TEST(test_mistakes_are_not_kept) {
  co_world_shelf *shelf = open_shelf();
  co_shared_world *out = NULL;
  const char *bad[] = {"no_such_key=1"};
  const co_world missing = {.task = "pendulumm"},
                 wrong = {.task = "pendulum", .set = bad, .num_set = 1};
  for (int i = 0; i < 2; i++) {
    ck_fails(co_world_shelf_take(shelf, &missing, &out), CO_NO_INPUT, "pendulumm");
    ck_fails(co_world_shelf_take(shelf, &wrong, &out), CO_CONFIG, "no_such_key");
  }
  ck_assert_int_eq(co_world_shelf_builds(shelf), 0);
  co_world_shelf_free(shelf);
}
END_TEST

static int64_t take_horizon(co_world_shelf *shelf, int horizon) {
  char text[32];
  const char *set[] = {text};
  snprintf(text, sizeof text, "horizon=%d", horizon);
  const co_world world = {.task = "pendulum", .set = set, .num_set = 1};
  co_shared_world *out = take(shelf, &world);
  ck_assert_int_eq(co_shared_world_get(out)->info.horizon, horizon);
  co_shared_world_drop(out);
  return co_world_shelf_builds(shelf);
}

// The one that nobody has asked for the longest goes.
START_TEST(test_a_full_shelf) {
  co_world_shelf *shelf = open_shelf();
  for (int i = 1; i <= CO_SHELF_WORLDS; i++) ck_assert_int_eq(take_horizon(shelf, i), i);
  ck_assert_int_eq(take_horizon(shelf, 1), CO_SHELF_WORLDS);
  ck_assert_int_eq(take_horizon(shelf, CO_SHELF_WORLDS + 1), CO_SHELF_WORLDS + 1);
  ck_assert_int_eq(take_horizon(shelf, 1), CO_SHELF_WORLDS + 1);
  ck_assert_int_eq(take_horizon(shelf, 2), CO_SHELF_WORLDS + 2);
  co_world_shelf_free(shelf);
}
END_TEST

static void *take_often(void *context) {
  const co_world world[] = {{.task = "pendulum"}, {.task = "pendulum", .draws = CO_DRAW_LOW}};
  for (int i = 0; i < 300; i++) {
    co_shared_world *out = NULL;
    if (co_world_shelf_take(context, &world[i % 2], &out) != CO_OK) return context;
    co_shared_world *more = co_shared_world_keep(out);
    co_shared_world_drop(out);
    co_shared_world_drop(more);
  }
  return NULL;
}

START_TEST(test_threads) {
  co_world_shelf *shelf = open_shelf();
  pthread_t thread[4];
  for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, take_often, shelf);
  for (int i = 0; i < 4; i++) {
    void *failed = NULL;
    pthread_join(thread[i], &failed);
    ck_assert_ptr_null(failed);
  }
  ck_assert_int_eq(co_world_shelf_builds(shelf), 1);
  co_world_shelf_free(shelf);
}
END_TEST

// ---- the source

static uint64_t play(co_env *env) {
  enum { ROWS = 3 };
  const co_env_info *info = co_env_get_info(env);
  float obs[ROWS * 400], action[ROWS * 32];
  co_hasher *hasher = co_hasher_create();
  ck_ok(co_env_reset(env, 0, ROWS, &(co_env_out){.obs = obs}));
  for (int step = 0; step < 60; step++) {
    for (int i = 0; i < ROWS * info->act_dim; i++) action[i] = (float)((step + i) % 5 - 2) / 3;
    ck_ok(co_env_step(env, 0, ROWS, action, &(co_env_out){.obs = obs}));
    co_hasher_add(hasher, obs, (size_t)(ROWS * info->obs_dim) * sizeof *obs);
  }
  uint64_t hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return hash;
}

static co_env *create(const co_world_source *worlds, const co_world *world) {
  co_env *env = NULL;
  const co_stream stream = {5, 0, CO_PURPOSE_TEST};
  ck_ok(worlds->create(worlds->context, world, 3, &stream, &env));
  return env;
}

static const struct {
  const char *task, *shifts;
} kShared[] = {
    {"hopper", ""},
    {"half_cheetah",
     "{ parameter = \"geom.size\"; select = \"torso\"; scale = { uniform = (0.9, "
     "1.1); }; }"},
    {"ant",
     "{ parameter = \"body.mass\"; select = \"torso\"; scale = { uniform = (0.5, 2.0); }; }"},
};

// Two envs of one world, stepped in turn, give what envs with worlds of their own give.
START_TEST(test_shared_envs) {
  co_world_shelf *shelf = open_shelf();
  const co_world_source sharing = co_worlds(shelf), own = co_worlds(NULL);
  co_node *domain = test_domain(kShared[_i].shifts);
  const co_world world = {.task = kShared[_i].task, .domain = domain};
  co_env *a = create(&sharing, &world), *b = create(&sharing, &world), *c = create(&own, &world);
  ck_assert_int_eq(co_world_shelf_builds(shelf), 1);
  co_world_shelf_free(shelf);  // the envs keep the world
  uint64_t expected = play(c);
  ck_assert_uint_eq(play(a), expected);
  ck_assert_uint_eq(play(b), expected);
  co_env_destroy(a);
  co_env_destroy(b);
  co_env_destroy(c);
  co_node_free(domain);
}
END_TEST

START_TEST(test_describe) {
  co_world_shelf *shelf = open_shelf();
  const co_world_source sharing = co_worlds(shelf), own = co_worlds(NULL);
  const co_world world = {.task = "ant"}, wrong = {.task = "no_ant"};
  co_world_facts facts, alone;
  ck_ok(sharing.describe(sharing.context, &world, &facts));
  ck_ok(own.describe(own.context, &world, &alone));
  co_env *env = create(&sharing, &world);
  const co_env_info *info = co_env_get_info(env);
  ck_assert_ptr_eq(info->obs, facts.info->obs);  // of one world
  ck_assert_int_eq(info->obs_dim, alone.info->obs_dim);
  ck_assert_uint_eq(info->task_hash, alone.info->task_hash);
  ck_assert_uint_eq(info->model_hash, alone.info->model_hash);
  ck_assert_double_gt(alone.build_s, 0);
  co_env_destroy(env);
  ck_assert_str_eq(facts.info->task, "ant");
  co_world_facts_drop(&facts);
  co_world_facts_drop(&alone);
  ck_assert_ptr_null(facts.info);
  ck_assert_int_eq(co_world_shelf_builds(shelf), 1);
  ck_fails(sharing.describe(sharing.context, &wrong, &facts), CO_NO_INPUT, "no_ant");
  co_world_shelf_free(shelf);
}
END_TEST

// Comparisons of one source with several targets build it once.
START_TEST(test_compare) {
  co_world_shelf *shelf = open_shelf();
  const co_world_source sharing = co_worlds(shelf), own = co_worlds(NULL);
  const co_world source = {.task = "hopper"};
  static const char *const shifts[] = {
      "{ parameter = \"option.gravity\"; scale = 2.0; }",
      "{ parameter = \"body.mass\"; select = \"torso\"; scale = { uniform = (0.5, 2.0); }; }"};
  for (int i = 0; i < 2; i++) {
    co_node *domain = test_domain(shifts[i]);
    const co_world target = {.task = "hopper", .domain = domain};
    co_shift here, there;
    memset(&here, 0, sizeof here), memset(&there, 0, sizeof there);
    ck_ok(sharing.compare(sharing.context, &source, &target, 1, &here));
    ck_ok(own.compare(own.context, &source, &target, 1, &there));
    ck_assert(here.live && here.first_step == there.first_step);
    ck_assert_mem_eq(here.rms, there.rms, sizeof here.rms);
    co_node_free(domain);
  }
  ck_assert_int_eq(co_world_shelf_builds(shelf), 4);  // source, target, the other at both ends
  co_world_shelf_free(shelf);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("shelf");
  TCase *tcase = tcase_create("shelf");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_which_worlds_are_the_same);
  tcase_add_test(tcase, test_worlds_outlive_their_shelf);
  tcase_add_test(tcase, test_no_shelf);
  tcase_add_test(tcase, test_mistakes_are_not_kept);
  tcase_add_test(tcase, test_a_full_shelf);
  tcase_add_test(tcase, test_threads);
  tcase_add_loop_test(tcase, test_shared_envs, 0, 3);
  tcase_add_test(tcase, test_describe);
  tcase_add_test(tcase, test_compare);
  suite_add_tcase(suite, tcase);
  return suite;
}
