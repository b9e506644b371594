// Other ranges while rows draw: the same as a world that was declared with them, kept in what is
// saved, and refused where a domain would be.

#include "envs/world/map_def.h"
#include "tests/envs/worlds.h"

enum { kMaxDim = 352, kMaxDraws = 64, kRows = 3 };

static const co_stream kStream = {7, 1, CO_PURPOSE_TEST};

// Declared ranges, and others that take their place: physics in closed form, fields with derived
// constants, the signal path, a curriculum, gravity beside a pool of variants.
static const struct {
  const char *task, *shifts, *others;
} kCases[] = {
    {"pendulum", "{ parameter = \"option.gravity\"; scale = { uniform = (0.5, 1.5); }; }",
     "{ parameter = \"option.gravity\"; scale = { uniform = (1.4, 2.5); }; }"},
    {"hopper",
     "{ parameter = \"body.mass\"; select = \"torso|foot\"; scale = { log_uniform = (0.5, 2.0); "
     "each = true; }; }, { parameter = \"action.delay\"; set = { choice = (0, 1, 3); }; }",
     "{ parameter = \"body.mass\"; select = \"torso|foot\"; scale = { log_uniform = (0.25, 3.0); "
     "each = true; }; }, { parameter = \"action.delay\"; set = { choice = (3, 2, 1); }; }"},
    {"ant",
     "{ parameter = \"action.gain\"; select = \"*\"; scale = { normal = (1.0, 0.1); clip = (0.5, "
     "1.5); each = true; from = 1.0; over = 40; }; }",
     "{ parameter = \"action.gain\"; select = \"*\"; scale = { normal = (0.8, 0.2); clip = (0.2, "
     "1.0); each = true; from = 1.0; over = 40; }; }"},
    {"half_cheetah",
     "{ parameter = \"geom.size\"; select = \"torso\"; scale = { uniform = (0.9, 1.1); }; },"
     "{ parameter = \"option.gravity\"; scale = { uniform = (0.5, 1.5); }; }",
     "{ parameter = \"geom.size\"; select = \"torso\"; scale = { uniform = (0.9, 1.1); }; },"
     "{ parameter = \"option.gravity\"; scale = { uniform = (1.0, 3.0); }; }"},
};
enum { CASES = sizeof kCases / sizeof *kCases };

static co_env *open_world(const char *task, const char *shifts) {
  co_node *domain = test_domain(shifts);
  co_world world = {.task = task, .domain = domain, .draws = CO_DRAW_WIDENING};
  co_env *env = NULL;
  ck_ok(co_vector_open(NULL, &world, kRows, &kStream, &env, NULL));
  co_node_free(domain);
  ck_assert_int_le(co_env_get_info(env)->num_draws, kMaxDraws);
  return env;
}

// Those shifts of an env that draw rows' numbers, as set_ranges takes them; returns how many.
static int drawn_shifts(const co_env *env, co_shift_info *out) {
  const co_env_info *info = co_env_get_info(env);
  int count = 0;
  for (int i = 0; i < info->num_shifts; i++) {
    if (strcmp(info->shift[i].parameter, "geom.size") != 0) out[count++] = info->shift[i];
  }
  return count;
}

static void set_like(co_env *env, const co_env *other) {
  co_shift_info shift[4];
  ck_ok(co_env_set_ranges(env, shift, drawn_shifts(other, shift)));
}

static void reset(co_env *env) {
  ck_ok(co_env_reset(env, 0, kRows, &(co_env_out){0}));
}

static void step(co_env *env, int steps) {
  const co_env_info *info = co_env_get_info(env);
  double wide[kMaxDim];
  float action[kRows * kMaxDim];
  co_rng rng = co_rng_make(&kStream, 0);
  for (int step = 0; step < steps; step++) {
    test_random_action(info, &rng, wide);
    for (int i = 0; i < kRows * info->act_dim; i++) action[i] = (float)wide[i % info->act_dim];
    ck_ok(co_env_step(env, 0, kRows, action, &(co_env_out){0}));
  }
}

static void ck_same_rows(co_env *a, co_env *b) {
  size_t size = a->class->row_size(a);
  ck_assert_uint_eq(size, b->class->row_size(b));
  unsigned char *left = malloc(size), *right = malloc(size);
  for (int row = 0; row < kRows; row++) {
    a->class->save(a, row, left);
    b->class->save(b, row, right);
    ck_assert_mem_eq(left, right, size);
  }
  free(left);
  free(right);
}

static void copy_row(co_env *to, co_env *from, int row) {
  unsigned char *bytes = malloc(from->class->row_size(from));
  from->class->save(from, row, bytes);
  ck_ok(to->class->load(to, row, bytes));
  free(bytes);
}

// Set before the first start: every byte is that of the world that was declared so.
START_TEST(test_as_declared) {
  co_env *declared = open_world(kCases[_i].task, kCases[_i].others);
  co_env *env = open_world(kCases[_i].task, kCases[_i].shifts);
  set_like(env, declared);
  for (int episode = 0; episode < 4; episode++) {
    reset(env), reset(declared);
    step(env, 15), step(declared, 15);
    ck_same_rows(env, declared);
  }
  for (int row = 0; row < kRows; row++) {  // and so are episodes by name
    ck_ok(co_env_begin(env, row, &kStream, 9, &(co_env_out){0}));
    ck_ok(co_env_begin(declared, row, &kStream, 9, &(co_env_out){0}));
  }
  step(env, 15), step(declared, 15);
  ck_same_rows(env, declared);
  co_env_destroy(env);
  co_env_destroy(declared);
}
END_TEST

// In the midst of an episode its numbers stay; the next start draws from the new ranges.
START_TEST(test_at_the_next_start) {
  co_env *declared = open_world(kCases[_i].task, kCases[_i].others);
  co_env *env = open_world(kCases[_i].task, kCases[_i].shifts);
  co_env *same = open_world(kCases[_i].task, kCases[_i].shifts);
  double before[kMaxDraws], now[kMaxDraws], there[kMaxDraws];
  int draws = co_env_get_info(env)->num_draws;
  reset(env), reset(same), reset(declared);
  step(env, 15);
  env->class->draws(env, 1, before);
  set_like(env, declared);
  env->class->draws(env, 1, now);
  ck_assert_mem_eq(before, now, (size_t)draws * sizeof *now);
  copy_row(same, env, 1);  // what is saved holds the ranges that are to come
  step(env, 5), step(same, 5), step(declared, 20);
  reset(env), reset(same), reset(declared);
  env->class->draws(env, 1, now);
  same->class->draws(same, 1, there);
  ck_assert_mem_eq(there, now, (size_t)draws * sizeof *now);
  declared->class->draws(declared, 1, there);
  ck_assert_mem_eq(there, now, (size_t)draws * sizeof *now);
  // beyond the declared range, and still a sound row
  copy_row(same, env, 1);
  same->class->draws(same, 1, there);
  ck_assert_mem_eq(there, now, (size_t)draws * sizeof *now);
  ck_ok(same->class->set_draws(same, 1, there, draws));
  co_env_destroy(env);
  co_env_destroy(same);
  co_env_destroy(declared);
}
END_TEST

// The declared ranges, set: nothing changes, and they bring back what others have changed.
START_TEST(test_back_to_declared) {
  co_env *env = open_world(kCases[_i].task, kCases[_i].shifts);
  co_env *same = open_world(kCases[_i].task, kCases[_i].shifts);
  co_env *declared = open_world(kCases[_i].task, kCases[_i].others);
  set_like(env, declared);
  set_like(env, same);
  reset(env), reset(same);
  step(env, 10), step(same, 10);
  ck_same_rows(env, same);
  co_env_destroy(env);
  co_env_destroy(same);
  co_env_destroy(declared);
}
END_TEST

// Maps stand in front of rows, and leave what they draw alone.
START_TEST(test_behind_a_map) {
  co_env *declared = open_world(kCases[1].task, kCases[1].others);
  co_env *env = open_world(kCases[1].task, kCases[1].shifts);
  co_map_def map = {0};
  ck_ok(co_map_parse("map = { format = 1; action = ( { element = \"*\"; delay = 2; } ); };",
                     "m.cfg", &map));
  ck_ok(co_env_map(env, 0, kRows, &map));
  set_like(env, declared);
  ck_ok(co_env_map(declared, 0, kRows, &map));
  reset(env), reset(declared);
  step(env, 15), step(declared, 15);
  ck_same_rows(env, declared);
  co_map_def_free(&map);
  co_env_destroy(env);
  co_env_destroy(declared);
}
END_TEST

static void ck_refused(co_env *env, co_shift_info shift, const char *part) {
  ck_fails(co_env_set_ranges(env, &shift, 1), CO_CONFIG, part);
}

// What no domain may say is refused as there, with its line, and nothing has changed.
START_TEST(test_refusals) {
  co_env *env = open_world(kCases[1].task, kCases[1].shifts);
  co_env *same = open_world(kCases[1].task, kCases[1].shifts);
  const co_shift_info mass = co_env_get_info(env)->shift[0], delay = co_env_get_info(env)->shift[1];
  co_shift_info shift = mass;
  shift.value[0] = -0.5;
  ck_refused(env, shift, "domain.cfg:1: log_uniform: the low end must be above 0");
  shift = mass, shift.value[1] = 0.4;
  ck_refused(env, shift, "the low end must not be above the high end");
  shift = mass, shift.value[1] = 1e8;
  ck_refused(env, shift, "body.mass torso would be 3.66519e+08, allowed");
  shift = mass, shift.value[1] = (double)NAN;
  ck_refused(env, shift, "body.mass: numbers must lie within");
  shift = mass, shift.num_values = 4;
  ck_refused(env, shift, "body.mass: only the numbers of its distribution can change");
  shift = mass, snprintf(shift.operation, sizeof shift.operation, "add");
  ck_refused(env, shift, "body.mass: only the numbers");
  shift = mass, snprintf(shift.select, sizeof shift.select, "leg");
  ck_refused(env, shift, "the domain does not shift body.mass of \"leg\"");
  shift = mass, snprintf(shift.parameter, sizeof shift.parameter, "option.gravity");
  ck_refused(env, shift, "the domain does not shift option.gravity of \"torso|foot\"");
  shift = delay, shift.value[1] = 7;
  ck_refused(env, shift, "action.delay would be 7, and rows have room for 3 only");
  // a good one beside a bad one
  co_shift_info two[2] = {mass, shift};
  two[0].value[1] = 1.5;
  ck_fails(co_env_set_ranges(env, two, 2), CO_CONFIG, "rows have room for 3 only");
  reset(env), reset(same);
  ck_same_rows(env, same);
  co_env_destroy(env);
  co_env_destroy(same);
}
END_TEST

// What an engine refuses of a row is asked too; shapes, single numbers, nothing at all stay.
START_TEST(test_what_stays) {
  co_env *pool = open_world(kCases[3].task, kCases[3].shifts);
  ck_refused(pool, co_env_get_info(pool)->shift[0],
             "geom.size is compiled beforehand, and its range stays");
  co_env_destroy(pool);
  co_env *fixed =
      open_world("hopper",
                 "{ parameter = \"body.mass\"; select = \"torso\"; scale = 2; },"
                 "{ parameter = \"geom.condim\"; select = \"*\"; set = { choice = (3, 4); }; }");
  ck_refused(fixed, co_env_get_info(fixed)->shift[0], "no row of this world draws body.mass");
  co_shift_info shift = co_env_get_info(fixed)->shift[1];
  shift.value[0] = 2;
  ck_refused(fixed, shift, "geom.condim");
  co_env_destroy(fixed);
  co_env *none = test_env("hopper", NULL, 1, 1);
  ck_refused(none, shift, "the domain does not shift geom.condim of \"*\"");
  co_env_destroy(none);
}
END_TEST

// Ranges in damaged bytes would make rows leave their room.
START_TEST(test_damaged_bytes) {
  co_env *env = open_world(kCases[1].task, kCases[1].shifts);
  size_t size = env->class->row_size(env);
  unsigned char *bytes = malloc(size), *after = malloc(size);
  reset(env);
  env->class->save(env, 0, bytes);
  const double three = 3, more = 40;
  int found = 0;
  for (size_t at = 0; at + sizeof three <= size; at += sizeof three) {
    if (memcmp(bytes + at, &three, sizeof three) != 0) continue;
    memcpy(bytes + at, &more, sizeof more);
    found += env->class->load(env, 0, bytes) == CO_DATA;
    memcpy(bytes + at, &three, sizeof three);
  }
  ck_assert_int_ge(found, 2);  // of the next start, and of this one
  ck_ok(env->class->load(env, 0, bytes));
  env->class->save(env, 0, after);
  ck_assert_mem_eq(bytes, after, size);
  free(bytes);
  free(after);
  co_env_destroy(env);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ranges");
  TCase *tcase = tcase_create("ranges");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_as_declared, 0, CASES);
  tcase_add_loop_test(tcase, test_at_the_next_start, 0, CASES);
  tcase_add_loop_test(tcase, test_back_to_declared, 0, CASES);
  tcase_add_test(tcase, test_behind_a_map);
  tcase_add_test(tcase, test_refusals);
  tcase_add_test(tcase, test_what_stays);
  tcase_add_test(tcase, test_damaged_bytes);
  suite_add_tcase(suite, tcase);
  return suite;
}
