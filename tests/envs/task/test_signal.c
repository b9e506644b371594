// The signal path: every parameter changes the signal in the way that is written down.

#include "tests/envs/worlds.h"

#define SHIFT(parameter, rest) "{ parameter = \"" parameter "\"; " rest " }"

enum { STEPS = 60 };

// What a row did: raw observations (no task here clips or scales what is looked at), controls and
// velocities.
typedef struct trace {
  double obs[STEPS + 1][32], ctrl[STEPS][8], qvel[STEPS + 1][24], reward[STEPS];
} trace;

static void note(trace *t, const co_row *row, int step) {
  memcpy(t->obs[step], row->obs, (size_t)row->binding->obs_dim * sizeof *row->obs);
  memcpy(t->qvel[step], row->physics->qvel, (size_t)row->binding->model->nv * sizeof(double));
  int controls = row->binding->model->nu;
  if (step) memcpy(t->ctrl[step - 1], row->physics->ctrl, (size_t)controls * sizeof(double));
}

// Plays STEPS steps of a fixed tape of actions.
static trace *play(const char *task, const char *shifts, const char *set) {
  trace *t = calloc(1, sizeof *t);
  co_built_world *world = test_world(task, shifts, set);
  co_row row = test_row(world, 1);
  co_rng tape = co_rng_make(&(co_stream){9, 0, CO_PURPOSE_TAPE}, 0);
  ck_assert_int_le(world->info.obs_dim, 32);
  note(t, &row, 0);
  for (int step = 0; step < STEPS; step++) {
    double action[8];
    co_row_result result = {0};
    test_random_action(&world->info, &tape, action);
    ck_ok(co_row_step(&row, action, &result));
    ck_assert(!result.fault);
    t->reward[step] = result.reward;
    note(t, &row, step + 1);
  }
  co_row_free(&row);
  co_world_free(world);
  return t;
}

// ---- actions

START_TEST(test_action_delay) {
  const int delay[] = {1, 3, 64};
  char shift[100];
  snprintf(shift, sizeof shift, "{ parameter = \"action.delay\"; set = %d; }", delay[_i]);
  trace *a = play("half_cheetah", NULL, NULL), *b = play("half_cheetah", shift, NULL);
  for (int step = 0; step < STEPS; step++) {
    for (int i = 0; i < 6; i++) {
      double wanted = step < delay[_i] ? 0.0 : a->ctrl[step - delay[_i]][i];
      ck_assert_double_eq(b->ctrl[step][i], wanted);
    }
  }
  free(a), free(b);
}
END_TEST

START_TEST(test_action_repeat) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b = play("half_cheetah", SHIFT("action.repeat", "set = 4;"), NULL);
  for (int step = 0; step < STEPS; step++) {
    for (int i = 0; i < 6; i++) ck_assert_double_eq(b->ctrl[step][i], a->ctrl[step / 4 * 4][i]);
  }
  free(a), free(b);
}
END_TEST

// Gain acts on the selected control only, before the action is clipped.
START_TEST(test_action_gain) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b = play("half_cheetah",
                  SHIFT("action.gain", "select = \"bfoot|ctrl/ffoot\"; scale = -3;"), NULL);
  for (int step = 0; step < STEPS; step++) {
    for (int i = 0; i < 6; i++) {
      double gain = i == 2 || i == 5 ? -3.0 : 1.0;
      ck_assert_double_eq(b->ctrl[step][i], fmin(fmax(gain * a->ctrl[step][i], -1.0), 1.0));
    }
  }
  free(a), free(b);
}
END_TEST

// Noise before gain before delay; held actions get new noise in every step.
START_TEST(test_action_order) {
  const char *shifts = SHIFT("action.noise", "select = \"*\"; set = 0.01;") ", " SHIFT(
      "action.gain",
      "select = \"*\"; set = 0.5;") ", " SHIFT("action.delay",
                                               "set = 2;") ", " SHIFT("action.repeat", "set = 5;");
  trace *a = play("half_cheetah", NULL, NULL), *b = play("half_cheetah", shifts, NULL);
  double squares = 0;
  int count = 0;
  for (int step = 2; step < STEPS; step++) {
    for (int i = 0; i < 6; i++) {
      double held = a->ctrl[(step - 2) / 5 * 5][i], off = b->ctrl[step][i] - 0.5 * held;
      ck_assert_double_lt(fabs(off), 0.5 * 0.01 * 5);
      if (step > 2) ck_assert_double_ne(b->ctrl[step][i], b->ctrl[step - 1][i]);
      squares += off * off;
      count++;
    }
  }
  ck_assert_double_eq_tol(sqrt(squares / count), 0.005, 0.001);
  free(a), free(b);
}
END_TEST

// Costs are taken of the action as the policy gave it: the reward's own terms do not see the delay.
START_TEST(test_reward_sees_the_policy) {
  const char *delay = SHIFT("action.delay", "set = 64;");
  co_built_world *world = test_world("half_cheetah", delay, NULL);
  co_row row = test_row(world, 1);
  double terms[4], action[6] = {1, 0.5, -0.25, 0.5, 0, 1};
  co_row_result result = {.terms = terms};
  ck_ok(co_row_step(&row, action, &result));
  double squares = 0;
  for (int i = 0; i < 6; i++) {
    squares += action[i] * action[i];
    ck_assert_double_eq(row.physics->ctrl[i], 0.0);
    ck_assert_double_eq(row.action[i], action[i]);
  }
  ck_assert_double_eq_tol(terms[1], -0.1 * squares, 1e-12);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- observations

// The observation at t is the undelayed one at t - k, the first before that; others are as before.
START_TEST(test_observation_delay) {
  const int delay[] = {1, 4, 64};
  char shift[200];
  snprintf(shift, sizeof shift,
           "{ parameter = \"observation.delay\"; select = \"qpos\"; set = %d; }", delay[_i]);
  trace *a = play("half_cheetah", NULL, NULL), *b = play("half_cheetah", shift, NULL);
  for (int step = 0; step <= STEPS; step++) {
    int then = step > delay[_i] ? step - delay[_i] : 0;
    for (int i = 0; i < 17; i++) {
      ck_assert_double_eq(b->obs[step][i], a->obs[i < 8 ? then : step][i]);
    }
  }
  free(a), free(b);
}
END_TEST

// A task's own delay and noise are the nominal numbers; a shift acts on them.
START_TEST(test_nominal_numbers_of_a_task) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b = play("half_cheetah", NULL, "task.observation.0.delay=2");
  trace *c = play("half_cheetah", SHIFT("observation.delay", "select = \"qpos\"; scale = 2.0;"),
                  "task.observation.0.delay=2");
  trace *d = play("half_cheetah", SHIFT("observation.noise", "select = \"*\"; scale = 0;"),
                  "task.observation.1.noise=0.5");
  for (int step = 0; step <= STEPS; step++) {
    for (int i = 0; i < 8; i++) {
      ck_assert_double_eq(b->obs[step][i], a->obs[step > 2 ? step - 2 : 0][i]);
      ck_assert_double_eq(c->obs[step][i], a->obs[step > 4 ? step - 4 : 0][i]);
    }
  }
  ck_assert_mem_eq(a->obs, d->obs, sizeof a->obs);
  free(a), free(b), free(c), free(d);
}
END_TEST

START_TEST(test_observation_bias) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b =
      play("half_cheetah", SHIFT("observation.bias", "select = \"qvel/rootx\"; set = 0.25;"), NULL);
  for (int step = 0; step <= STEPS; step++) {
    for (int i = 0; i < 17; i++) {
      ck_assert_double_eq(b->obs[step][i], a->obs[step][i] + (i == 8 ? 0.25 : 0.0));
    }
  }
  free(a), free(b);
}
END_TEST

// Mean 0 and the stated deviation, on the raw value: scale comes after.
START_TEST(test_observation_noise) {
  trace *a = play("half_cheetah", NULL, "task.observation.0.scale=10");
  trace *b = play("half_cheetah", SHIFT("observation.noise", "select = \"qpos\"; set = 0.2;"),
                  "task.observation.0.scale=10");
  double sum = 0, squares = 0, count = 8 * (STEPS + 1);
  for (int step = 0; step <= STEPS; step++) {
    for (int i = 0; i < 17; i++) {
      double off = b->obs[step][i] - a->obs[step][i];
      if (i < 8) {
        sum += off, squares += off * off;
      } else {
        ck_assert_double_eq(off, 0.0);
      }
    }
  }
  ck_assert_double_lt(fabs(sum / count), 4 * 2.0 / sqrt(count));
  ck_assert_double_eq_tol(sqrt(squares / count), 2.0, 0.2);
  free(a), free(b);
}
END_TEST

START_TEST(test_observation_drop) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b = play("half_cheetah", SHIFT("observation.drop", "select = \"*\"; set = 0.3;"), NULL);
  double dropped = 0, count = 17 * (STEPS + 1);
  for (int step = 0; step <= STEPS; step++) {
    for (int i = 0; i < 17; i++) {
      if (b->obs[step][i] != a->obs[step][i]) ck_assert_double_eq(b->obs[step][i], 0.0);
      dropped += b->obs[step][i] != a->obs[step][i];
    }
  }
  ck_assert_double_eq_tol(dropped / count, 0.3, 4 * sqrt(0.21 / count));
  free(a), free(b);
}
END_TEST

START_TEST(test_observation_freeze) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b = play("half_cheetah",
                  SHIFT("observation.freeze", "select = \"qpos\"; set = 1;") ", " SHIFT(
                      "observation.freeze", "select = \"qvel\"; set = 0.5;"),
                  NULL);
  double frozen = 0;
  for (int step = 1; step <= STEPS; step++) {
    for (int i = 0; i < 8; i++) ck_assert_double_eq(b->obs[step][i], a->obs[0][i]);
    for (int i = 8; i < 17; i++) {
      bool stays = b->obs[step][i] == b->obs[step - 1][i];
      ck_assert(stays || b->obs[step][i] == a->obs[step][i]);
      frozen += stays;
    }
  }
  ck_assert_double_eq_tol(frozen / (9 * STEPS), 0.5, 4 * sqrt(0.25 / (9 * STEPS)));
  free(a), free(b);
}
END_TEST

// Delay before bias, bias before drop, drop before freeze: a dropped value that freezes stays 0.
START_TEST(test_observation_order) {
  trace *a = play("half_cheetah", NULL, NULL);
  trace *b = play(
      "half_cheetah",
      SHIFT("observation.delay", "select = \"*\"; set = 3;") ", " SHIFT(
          "observation.bias",
          "select = \"*\"; set = 100;") ", " SHIFT("observation.drop",
                                                   "select = \"*\"; set = 0.2;") ", " SHIFT("observ"
                                                                                            "ation."
                                                                                            "freez"
                                                                                            "e",
                                                                                            "select"
                                                                                            " = "
                                                                                            "\"*\";"
                                                                                            " set "
                                                                                            "= "
                                                                                            "0.6;"),
      "task.observation.1.clip=(-1000.0, 1000.0)");
  int zero = 0, fresh = 0;
  for (int step = 0; step <= STEPS; step++) {
    for (int i = 0; i < 17; i++) {
      double value = b->obs[step][i], wanted = a->obs[step > 3 ? step - 3 : 0][i] + 100;
      bool stays = step && value == b->obs[step - 1][i];
      ck_assert(value == 0 || value == wanted || stays);
      zero += value == 0;
      fresh += value == wanted && !stays;
    }
  }
  ck_assert_int_gt(zero, 17 * STEPS / 10);
  ck_assert_int_gt(fresh, 17 * STEPS / 6);
  free(a), free(b);
}
END_TEST

// ---- pushes

START_TEST(test_push) {
  co_built_world *world = test_world(
      "half_cheetah",
      SHIFT("push.speed", "select = \"rootx\"; set = 5;") ", " SHIFT("push.interval", "set = 7;"),
      NULL);
  co_built_world *plain = test_world("half_cheetah", NULL, NULL);
  co_row a = test_row(plain, 1), b = test_row(world, 1);
  double zero[6] = {0};
  int pushes = 0;
  for (int step = 1; step <= 210; step++) {
    co_row_result result = {0};
    // the unpushed twin starts each step where the pushed row is
    memcpy(a.physics->qpos, b.physics->qpos, 9 * sizeof(double));
    memcpy(a.physics->qvel, b.physics->qvel, 9 * sizeof(double));
    memcpy(plain->model->engine->warm_start(a.physics), world->model->engine->warm_start(b.physics),
           9 * sizeof(double));
    ck_ok(co_row_step(&a, zero, &result));
    ck_ok(co_row_step(&b, zero, &result));
    double push = b.physics->qvel[0] - a.physics->qvel[0];
    ck_assert_double_le(fabs(push), 5.0);
    if (step % 7) ck_assert_double_eq(push, 0.0);
    pushes += fabs(push) > 0.01;
    for (int i = 1; i < 9; i++) ck_assert_double_eq(a.physics->qvel[i], b.physics->qvel[i]);
  }
  ck_assert_int_ge(pushes, 28);
  co_row_free(&a), co_row_free(&b);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// ---- start

START_TEST(test_reset_noise) {
  const double factor[] = {0.0, 0.5, 3.0};
  char shift[100];
  snprintf(shift, sizeof shift, "{ parameter = \"reset.noise\"; scale = %g; }", factor[_i]);
  co_built_world *plain = test_world("half_cheetah", NULL, NULL);
  co_built_world *world = test_world("half_cheetah", shift, NULL);
  co_row a = test_row(plain, 1), b = test_row(world, 1);
  for (int i = 0; i < 9; i++) {
    double nominal = plain->binding.pose[i];
    ck_assert_double_eq_tol(b.physics->qpos[i] - nominal,
                            factor[_i] * (a.physics->qpos[i] - nominal), 1e-15);
    ck_assert_double_eq_tol(b.physics->qvel[i], factor[_i] * a.physics->qvel[i], 1e-15);
  }
  co_row_free(&a), co_row_free(&b);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// Start positions and velocities move; the reset's own noise comes on top, the same as before.
START_TEST(test_reset_place) {
  co_built_world *plain = test_world("half_cheetah", NULL, NULL);
  co_built_world *world =
      test_world("half_cheetah",
                 SHIFT("reset.qpos", "select = \"qpos/rootz\"; add = 0.3;") ", " SHIFT(
                     "reset.qvel", "select = \"rootx\"; set = 2;"),
                 NULL);
  co_row a = test_row(plain, 1), b = test_row(world, 1);
  for (int i = 0; i < 9; i++) {
    double up = i == 1 ? 0.3 : 0.0, ahead = i == 0 ? 2.0 : 0.0;
    ck_assert_double_eq_tol(b.physics->qpos[i] - up, a.physics->qpos[i], 1e-15);
    ck_assert_double_eq_tol(b.physics->qvel[i] - ahead, a.physics->qvel[i], 1e-15);
  }
  ck_assert_double_eq(world->plan.effect[0].nominal, 0.0);
  co_row_free(&a), co_row_free(&b);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// ---- selectors

static const char *const kSelectors[][2] = {
    {"observation.bias", "qpos"},
    {"observation.bias", "qpos/rootz"},
    {"observation.bias", "*/rootz"},
    {"action.noise", "ctrl/bthigh"},
    {"action.noise", "ctrl"},
    {"action.noise", "*thigh"},
    {"push.speed", "qvel"},
    {"push.speed", "qvel/root*"},
    {"reset.qpos", "qpos/rootz|rooty"},
};
static const int kSelected[] = {8, 1, 2, 1, 6, 2, 9, 3, 2};

START_TEST(test_selectors) {
  char shift[200];
  snprintf(shift, sizeof shift, "{ parameter = \"%s\"; select = \"%s\"; add = 0.1; }",
           kSelectors[_i][0], kSelectors[_i][1]);
  co_built_world *world = test_world("half_cheetah", shift, NULL);
  ck_assert_int_eq(world->plan.effect[0].elements, kSelected[_i]);
  co_world_free(world);
}
END_TEST

START_TEST(test_nothing_happens) {
  static const char *const shift[] = {
      SHIFT("action.delay", "set = 0;"), SHIFT("action.gain", "select = \"*\"; scale = 1;"),
      SHIFT("observation.noise", "select = \"*\"; scale = 2;"), SHIFT("reset.noise", "set = 1;"),
      SHIFT("reset.qpos", "select = \"*\"; add = 0;")};
  trace *a = play("half_cheetah", NULL, NULL), *b = play("half_cheetah", shift[_i], NULL);
  ck_assert_mem_eq(a, b, sizeof *a);
  co_built_world *world = test_world("half_cheetah", shift[_i], NULL);
  ck_assert(!world->plan.signal.active);
  ck_assert_uint_eq(co_signal_doubles(&world->plan.signal), 0);
  co_world_free(world);
  free(a), free(b);
}
END_TEST

// ---- everything at once: saved, loaded, grouped

#define ALL                                             \
  SHIFT("action.delay", "set = { uniform = (0, 5); };") \
  ", " SHIFT("action.repeat", "set = { choice = (1, 2, 3); };") ", " SHIFT(                     \
      "action.noise", "select = \"*\"; set = 0.05;") ", "                                       \
  SHIFT("action.gain", "select = \"*\"; set = { normal = (1.0, 0.1); each = true; };") ", "     \
  SHIFT("observation.delay", "select = \"*\"; set = { uniform = (0, 3); each = true; };") ", "  \
  SHIFT("observation.noise", "select = \"*\"; set = { log_uniform = (0.001, 0.1); };") ", "     \
  SHIFT("observation.bias", "select = \"*\"; set = { uniform = (-0.1, 0.1); each = true; };")   \
  ", " SHIFT("observation.drop", "select = \"qvel\"; set = 0.1;") ", "                          \
  SHIFT("observation.freeze", "select = \"qpos\"; set = { uniform = (0.0, 0.5); };") ", "       \
  SHIFT("push.speed", "select = \"root*\"; set = 0.5;") ", " SHIFT("push.interval",             \
                                                                   "set = 11;") ", "            \
  SHIFT("reset.noise", "scale = { uniform = (0.0, 2.0); };") ", "                               \
  SHIFT("body.mass", "select = \"*\"; scale = { uniform = (0.5, 1.5); each = true; };") ", "    \
  SHIFT("geom.friction", "select = \"floor\"; scale = { uniform = (0.5, 1.5); from = 1.0; "     \
                         "over = 300; };")

static void advance(co_row *row, co_rng *tape, int steps) {
  for (int i = 0; i < steps; i++) {
    double action[8];
    co_row_result result = {0};
    for (int k = 0; k < row->binding->act_dim; k++) action[k] = 2 * co_rng_uniform(tape) - 1;
    ck_ok(co_row_step(row, action, &result));
    if (result.fault || result.truncated || row->step == 150) ck_ok(co_row_reset(row));
  }
}

// At 40 random points a row is continued by another one that has a history of its own.
START_TEST(test_save_and_load) {
  co_built_world *world = test_world("half_cheetah", ALL, NULL);
  co_built_world *twin =
      test_world("half_cheetah", ALL, NULL);  // as another process would build it
  size_t size = co_row_size(&world->binding);
  unsigned char *a = malloc(size), *b = malloc(size);
  co_row row = test_row(world, 1), other = test_row(twin, 2);
  co_rng tape = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TAPE}, 0), rng = tape;
  for (int point = 0; point < 40; point++) {
    advance(&row, &tape, (int)co_rng_below(&rng, 60));
    co_row_save(&row, a);
    ck_ok(co_row_load(&other, a));
    co_row_save(&other, b);
    ck_assert_mem_eq(a, b, size);
    co_rng same = tape;
    for (int part = 0; part < 20; part++) {  // before a reset makes rows equal, too
      advance(&row, &tape, 10);
      advance(&other, &same, 10);
      co_row_save(&row, a);
      co_row_save(&other, b);
      ck_assert_mem_eq(a, b, size);
    }
    advance(&other, &same, 77);  // leaves numbers of its own behind
  }
  free(a), free(b);
  co_row_free(&row), co_row_free(&other);
  co_world_free(world), co_world_free(twin);
}
END_TEST

// Bytes whose drawn numbers lie outside of what can be drawn are refused; the row stays as it was.
START_TEST(test_damaged_draws) {
  co_built_world *world = test_world("half_cheetah", ALL, NULL);
  size_t size = co_row_size(&world->binding);
  unsigned char *good = malloc(size), *bad = malloc(size), *after = malloc(size);
  co_row row = test_row(world, 1);
  co_row_save(&row, good);
  size_t state = world->model->engine->state_size(world->model);
  size_t first = size - state - (size_t)world->plan.drawn * sizeof(double);
  for (int i = 0; i < world->plan.drawn; i++) {
    for (int k = 0; k < 3; k++) {
      double value = k == 0 ? NAN : k == 1 ? 1e12 : -1e12;
      memcpy(bad, good, size);
      memcpy(bad + first + (size_t)i * sizeof value, &value, sizeof value);
      ck_fails(co_row_load(&row, bad), CO_DATA, "damaged");
      co_row_save(&row, after);
      ck_assert_mem_eq(good, after, size);
    }
  }
  free(good), free(bad), free(after);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Rows are the same however they are grouped into calls.
START_TEST(test_row_groups) {
  const int group = (const int[]){1, 3, 8}[_i];
  enum { ROWS = 8 };
  float obs[2][ROWS * 17], action[ROWS * 6];
  co_env *env[2];
  for (int k = 0; k < 2; k++) {
    co_built_world *world = test_world("half_cheetah", ALL, NULL);
    ck_ok(co_vector_create(world, ROWS, &(co_stream){3, 0, CO_PURPOSE_TEST}, &env[k]));
    ck_ok(co_env_reset(env[k], 0, ROWS, &(co_env_out){.obs = obs[k]}));
  }
  co_rng tape = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TAPE}, 1);
  for (int step = 0; step < 100; step++) {
    for (int i = 0; i < ROWS * 6; i++) action[i] = (float)(2 * co_rng_uniform(&tape) - 1);
    ck_ok(co_env_step(env[0], 0, ROWS, action, &(co_env_out){.obs = obs[0]}));
    for (int row = 0; row < ROWS; row += group) {
      int rows = ROWS - row < group ? ROWS - row : group;
      co_env_out out = {.obs = obs[1] + row * 17};
      ck_ok(co_env_step(env[1], row, rows, action + row * 6, &out));
    }
    ck_assert_mem_eq(obs[0], obs[1], sizeof obs[0]);
  }
  co_env_destroy(env[0]);
  co_env_destroy(env[1]);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("signal");
  TCase *tcase = tcase_create("signal");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_action_delay, 0, 3);
  tcase_add_test(tcase, test_action_repeat);
  tcase_add_test(tcase, test_action_gain);
  tcase_add_test(tcase, test_action_order);
  tcase_add_test(tcase, test_reward_sees_the_policy);
  tcase_add_loop_test(tcase, test_observation_delay, 0, 3);
  tcase_add_test(tcase, test_nominal_numbers_of_a_task);
  tcase_add_test(tcase, test_observation_bias);
  tcase_add_test(tcase, test_observation_noise);
  tcase_add_test(tcase, test_observation_drop);
  tcase_add_test(tcase, test_observation_freeze);
  tcase_add_test(tcase, test_observation_order);
  tcase_add_test(tcase, test_push);
  tcase_add_loop_test(tcase, test_reset_noise, 0, 3);
  tcase_add_test(tcase, test_reset_place);
  LOOP(test_selectors, kSelectors);
  tcase_add_loop_test(tcase, test_nothing_happens, 0, 5);
  tcase_add_test(tcase, test_save_and_load);
  tcase_add_test(tcase, test_damaged_draws);
  tcase_add_loop_test(tcase, test_row_groups, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}
