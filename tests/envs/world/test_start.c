// Episodes that are begun by name or from a given state: the bytes of those reached by playing.

#include "tests/envs/worlds.h"

enum { kMaxDim = 352 };

// Worlds where something is drawn that a start has to bring back: numbers of physics, a variant of
// the pool, a signal path with noise, commands, bodies placed by hand.
typedef struct start_case {
  const char *task, *shifts;
} start_case;

static const start_case kCases[] = {
    {"pendulum", "{ parameter = \"option.gravity\"; scale = { uniform = (0.5, 1.5); }; }"},
    {"hopper",
     "{ parameter = \"body.mass\"; select = \"torso\"; scale = { uniform = (0.5, 2.0); }; },"
     "{ parameter = \"observation.noise\"; select = \"qvel/*\"; set = 0.1; },"
     "{ parameter = \"action.delay\"; set = 2; }"},
    {"half_cheetah",
     "{ parameter = \"geom.size\"; select = \"torso\"; scale = { uniform = (0.9, 1.1); }; }"},
    {"ant", NULL},
    {"quadruped_flat",
     "{ parameter = \"push.interval\"; set = 20; },"
     "{ parameter = \"push.speed\"; select = \"root.x\"; set = 0.5; }"},
    {"arm_reach", NULL},
    {"humanoid_standup", NULL},
    {"pusher", NULL},
    {"ant", "{ parameter = \"body.remove\"; select = \"front_left_leg\"; set = 1; }"},
};
enum { CASES = sizeof kCases / sizeof *kCases };

static const co_stream kStream = {7, 1, CO_PURPOSE_TEST}, kOther = {8, 0, CO_PURPOSE_TEST};

static co_env *open_case(int index, int rows, const co_stream *stream) {
  co_env *env = NULL;
  co_built_world *world = test_world(kCases[index].task, kCases[index].shifts, NULL);
  ck_ok(co_vector_create(world, rows, stream, &env));
  return env;
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

static void act_often(co_env *env, int row, int steps) {
  for (int step = 0; step < steps; step++) act(env, row, step, NULL);
}

static unsigned char *bytes_of(const co_env *env, int row) {
  unsigned char *bytes = malloc(env->class->row_size(env));
  ck_assert_ptr_nonnull(bytes);
  env->class->save(env, row, bytes);
  return bytes;
}

// Two rows are the same bytes, now and after the next resets.
static void ck_same_rows(co_env *a, int row, co_env *b, int other) {
  for (int episode = 0; episode < 2; episode++) {
    unsigned char *left = bytes_of(a, row), *right = bytes_of(b, other);
    ck_assert_mem_eq(left, right, a->class->row_size(a));
    free(left);
    free(right);
    act_often(a, row, 25);
    act_often(b, other, 25);
    ck_ok(co_env_reset(a, row, 1, &(co_env_out){0}));
    ck_ok(co_env_reset(b, other, 1, &(co_env_out){0}));
  }
}

// Episode 3 of a stream alone, in a row that has played others of another stream, is the first
// episode of row 3.
START_TEST(test_begin_is_a_fresh_row) {
  co_env *all = open_case(_i, 4, &kStream), *one = open_case(_i, 2, &kOther);
  float there[kMaxDim], here[kMaxDim];
  ck_ok(co_env_reset(one, 0, 2, &(co_env_out){0}));
  act_often(one, 1, 30);
  ck_ok(co_env_reset(one, 1, 1, &(co_env_out){0}));
  act_often(one, 1, 7);
  ck_ok(co_env_reset(all, 3, 1, &(co_env_out){.obs = there}));
  ck_ok(co_env_begin(one, 1, &kStream, 3, &(co_env_out){.obs = here}));
  ck_assert_mem_eq(there, here, (size_t)co_env_get_info(one)->obs_dim * sizeof *here);
  ck_same_rows(all, 3, one, 1);
  co_env_destroy(all);
  co_env_destroy(one);
}
END_TEST

// Reached by playing episodes 0, 1 and 2 in one row, or begun alone: the same bytes.
START_TEST(test_begin_forgets_episodes) {
  co_env *through = open_case(_i, 1, &kOther), *alone = open_case(_i, 1, &kOther);
  for (uint32_t episode = 0; episode < 3; episode++) {
    ck_ok(co_env_begin(through, 0, &kStream, episode, &(co_env_out){0}));
    act_often(through, 0, 10 + 10 * (int)episode);
  }
  ck_ok(co_env_begin(through, 0, &kStream, 3, &(co_env_out){0}));
  ck_ok(co_env_begin(alone, 0, &kStream, 3, &(co_env_out){0}));
  ck_same_rows(through, 0, alone, 0);
  co_env_destroy(through);
  co_env_destroy(alone);
}
END_TEST

// A row with a fault is sound after it, and its faults are forgotten.
START_TEST(test_begin_ends_a_fault) {
  co_env *env = open_case(1, 1, &kOther);
  ck_ok(co_env_reset(env, 0, 1, &(co_env_out){0}));
  uint8_t fault = 0;
  ck_ok(co_env_step(env, 0, 1, (float[]){NAN, 0, 0}, &(co_env_out){.fault = &fault}));
  ck_assert(fault);
  ck_ok(co_env_begin(env, 0, &kStream, 0, &(co_env_out){0}));
  ck_assert(!co_vector_row(env, 0)->fault && co_vector_row(env, 0)->faults == 0);
  co_env_destroy(env);
}
END_TEST

static co_env_state copy_state(const co_env *env, int row, double *room) {
  co_env_state state = co_env_get_state(env, row);
  memcpy(room, state.qpos, (size_t)state.nq * sizeof *room);
  memcpy(room + state.nq, state.qvel, (size_t)state.nv * sizeof *room);
  return (co_env_state){room, room + state.nq, state.nq, state.nv};
}

// The start of an episode, given in the midst of it: the same episode again. Noise of the signal
// path goes on in its stream, which is why that is put back here.
START_TEST(test_place_at_the_start) {
  co_env *env = open_case(_i, 2, &kOther);
  const co_env_info *info = co_env_get_info(env);
  double room[2 * kMaxDim];
  float there[kMaxDim], here[kMaxDim];
  size_t size = (size_t)info->obs_dim * sizeof *here;
  co_row *row[2] = {co_vector_row(env, 0), co_vector_row(env, 1)};
  for (int i = 0; i < 2; i++) ck_ok(co_env_begin(env, i, &kStream, 5, &(co_env_out){.obs = there}));
  co_env_state start = copy_state(env, 0, room);
  act_often(env, 1, 30);
  row[1]->noise = co_rng_make_lane(&kStream, 5, 3);
  ck_ok(co_env_place(env, 1, &start, &(co_env_out){.obs = here}));
  ck_assert_mem_eq(there, here, size);
  for (int step = 0; step < 40; step++) {
    act(env, 0, step, there);
    act(env, 1, step, here);
    ck_assert_mem_eq(there, here, size);
  }
  ck_assert_int_eq(row[0]->step, row[1]->step);
  co_env_destroy(env);
}
END_TEST

// The observation is that of the given state, and nothing of the steps before is in it.
START_TEST(test_place_elsewhere) {
  co_env *env = open_case(3, 2, &kOther);
  double room[2 * kMaxDim];
  float there[kMaxDim], here[kMaxDim];
  for (int i = 0; i < 2; i++) ck_ok(co_env_begin(env, i, &kStream, 5, &(co_env_out){0}));
  co_env_state state = copy_state(env, 0, room);
  room[2] = 0.5;                  // height of the ant
  room[state.nq + 1] = 1.5;       // sideways
  room[state.nq + state.nv] = 1;  // read by none
  act_often(env, 1, 12);
  ck_ok(co_env_place(env, 0, &state, &(co_env_out){.obs = there}));
  ck_ok(co_env_place(env, 1, &state, &(co_env_out){.obs = here}));
  ck_assert_float_eq(here[0], 0.5f);
  ck_assert_mem_eq(there, here, (size_t)co_env_get_info(env)->obs_dim * sizeof *here);
  co_env_state now = co_env_get_state(env, 1);
  ck_assert_mem_eq(now.qpos, state.qpos, (size_t)state.nq * sizeof *now.qpos);
  ck_assert_mem_eq(now.qvel, state.qvel, (size_t)state.nv * sizeof *now.qvel);
  co_env_destroy(env);
}
END_TEST

// Goals and commands stay those of the episode.
START_TEST(test_place_keeps_what_was_drawn) {
  static const int kWith[] = {0, 1, 2, 4, 5};
  co_env *env = open_case(kWith[_i], 1, &kOther);
  double room[2 * kMaxDim];
  ck_ok(co_env_begin(env, 0, &kStream, 2, &(co_env_out){0}));
  const co_row *row = co_vector_row(env, 0);
  const co_plan *plan = row->binding->plan;
  int goals = row->physics->model->elements[CO_MOCAP_POS].count;
  int commands = row->binding->num_commands, drawn = plan->drawn;
  ck_assert_int_gt(goals + commands + drawn + plan->pools, 0);
  double before[64];
  int count = 0;
  for (int i = 0; i < goals; i++) before[count++] = row->physics->field[CO_MOCAP_POS][i];
  for (int i = 0; i < commands; i++) before[count++] = row->command[i];
  for (int i = 0; i < drawn; i++) before[count++] = row->drawn[i];
  co_env_state state = copy_state(env, 0, room);
  ck_ok(co_env_place(env, 0, &state, &(co_env_out){0}));
  count = 0;
  for (int i = 0; i < goals; i++)
    ck_assert_double_eq(before[count++], row->physics->field[CO_MOCAP_POS][i]);
  for (int i = 0; i < commands; i++) ck_assert_double_eq(before[count++], row->command[i]);
  for (int i = 0; i < drawn; i++) ck_assert_double_eq(before[count++], row->drawn[i]);
  co_env_destroy(env);
}
END_TEST

// What cannot be a start is refused with a sentence, and the row is as it was.
START_TEST(test_place_refuses) {
  co_env *env = open_case(1, 1, &kOther);
  double room[2 * kMaxDim];
  ck_ok(co_env_begin(env, 0, &kStream, 0, &(co_env_out){0}));
  act_often(env, 0, 3);
  unsigned char *before = bytes_of(env, 0);
  co_env_state state = copy_state(env, 0, room), wrong = state;
  wrong.nq--;
  ck_fails(co_env_place(env, 0, &wrong, &(co_env_out){0}), CO_DATA,
           "hopper.xml: no start: 5 positions and 6 velocities are given, the model has 6 and 6");
  wrong = state;
  wrong.nv++;
  ck_fails(co_env_place(env, 0, &wrong, &(co_env_out){0}), CO_DATA, "6 positions and 7 velocities");
  const double bad[] = {NAN, INFINITY, -INFINITY, 1e200};
  for (int i = 0; i < 4; i++) {
    double kept = room[2];
    room[2] = bad[i];
    ck_fails(co_env_place(env, 0, &state, &(co_env_out){0}), CO_DATA, "qpos/rooty would be");
    room[2] = kept;
  }
  room[state.nq] = NAN;
  ck_fails(co_env_place(env, 0, &state, &(co_env_out){0}), CO_DATA, "qvel/rootx would be");
  unsigned char *after = bytes_of(env, 0);
  ck_assert_mem_eq(before, after, env->class->row_size(env));
  free(before);
  free(after);
  co_env_destroy(env);
}
END_TEST

// ---- given commands

static void ck_commands(co_env *env, double vx, double vy, double yaw) {
  const double *command = co_vector_row(env, 0)->command;
  ck_assert_double_eq(command[0], vx);
  ck_assert_double_eq(command[1], vy);
  ck_assert_double_eq(command[2], yaw);
}

// Held from the next start on, also where the task draws anew; what is not given is drawn as
// without.
START_TEST(test_held_commands) {
  const char *often[] = {"command.0.every=5", "command.1.every=5", "command.2.every=5"};
  const co_world world = {.task = "quadruped_flat", .set = often, .num_set = 3};
  co_env *env = NULL, *free_env = NULL;
  ck_ok(co_vector_open(NULL, &world, 1, &kStream, &env, NULL));
  ck_ok(co_vector_open(NULL, &world, 1, &kStream, &free_env, NULL));
  ck_ok(co_env_begin(env, 0, &kStream, 1, &(co_env_out){0}));
  ck_ok(co_env_begin(free_env, 0, &kStream, 1, &(co_env_out){0}));
  const double *drawn = co_vector_row(free_env, 0)->command;
  env->class->hold(env, 0, (double[]){0.5, NAN, -2});
  ck_commands(env, drawn[0], drawn[1], drawn[2]);
  ck_ok(co_env_begin(env, 0, &kStream, 1, &(co_env_out){0}));
  for (int step = 0; step < 12; step++) {
    ck_commands(env, 0.5, drawn[1], -2);
    act(env, 0, step, NULL);
    act(free_env, 0, step, NULL);
  }
  env->class->hold(env, 0, NULL);
  for (int i = 0; i < 2; i++) {
    ck_ok(co_env_reset(env, 0, 1, &(co_env_out){0}));
    ck_ok(co_env_reset(free_env, 0, 1, &(co_env_out){0}));
    ck_commands(env, drawn[0], drawn[1], drawn[2]);
  }
  co_env_destroy(env);
  co_env_destroy(free_env);
}
END_TEST

// The bytes of a task that draws each command from a single value.
START_TEST(test_held_commands_are_those_of_a_task) {
  const char *fixed[] = {"command.0.low=0.3",   "command.0.high=0.3", "command.1.low=-0.1",
                         "command.1.high=-0.1", "command.2.low=0.7",  "command.2.high=0.7"};
  const co_world plain = {.task = "quadruped_flat"},
                 own = {.task = "quadruped_flat", .set = fixed, .num_set = 6};
  co_env *given = NULL, *task = NULL;
  float here[kMaxDim], there[kMaxDim];
  ck_ok(co_vector_open(NULL, &plain, 1, &kStream, &given, NULL));
  ck_ok(co_vector_open(NULL, &own, 1, &kStream, &task, NULL));
  given->class->hold(given, 0, (double[]){0.3, -0.1, 0.7});
  ck_ok(co_env_reset(given, 0, 1, &(co_env_out){.obs = here}));
  ck_ok(co_env_reset(task, 0, 1, &(co_env_out){.obs = there}));
  size_t size = (size_t)co_env_get_info(given)->obs_dim * sizeof *here;
  for (int step = 0; step < 300; step++) {
    ck_assert_mem_eq(here, there, size);
    act(given, 0, step, here);
    act(task, 0, step, there);
  }
  co_env_destroy(given);
  co_env_destroy(task);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("start");
  TCase *tcase = tcase_create("start");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_begin_is_a_fresh_row, 0, CASES);
  tcase_add_loop_test(tcase, test_begin_forgets_episodes, 0, CASES);
  tcase_add_test(tcase, test_begin_ends_a_fault);
  tcase_add_loop_test(tcase, test_place_at_the_start, 0, CASES);
  tcase_add_test(tcase, test_place_elsewhere);
  tcase_add_loop_test(tcase, test_place_keeps_what_was_drawn, 0, 5);
  tcase_add_test(tcase, test_place_refuses);
  tcase_add_test(tcase, test_held_commands);
  tcase_add_test(tcase, test_held_commands_are_those_of_a_task);
  suite_add_tcase(suite, tcase);
  return suite;
}
