// Reset, termination and success terms: distributions, bounds, mistakes.

#include "tests/envs/robot.h"

enum { kDraws = 4000 };

typedef struct moments {
  double mean, deviation, low, high;
} moments;

// Of one number of the state over many resets.
static moments gather(co_row *row, const double *number) {
  moments m = {.low = INFINITY, .high = -INFINITY};
  double square = 0.0;
  for (int i = 0; i < kDraws; i++) {
    ck_ok(co_row_reset(row));
    m.mean += *number / kDraws;
    square += *number * *number / kDraws;
    m.low = fmin(m.low, *number);
    m.high = fmax(m.high, *number);
  }
  m.deviation = sqrt(fmax(0, square - m.mean * m.mean));
  return m;
}

// ---- one coordinate

typedef struct draw_case {
  const char *reset;
  co_element group;
  const char *element;
  double mean, deviation, low, high;
} draw_case;

static const draw_case kDrawCases[] = {
    {"{term=\"uniform\";of=\"mocap_pos/goal.y\";scale=0.3;}", CO_MOCAP_POS, "goal.y", -0.5,
     0.3 / 1.7320508, -0.8, -0.2},
    {"{term=\"normal\";of=\"mocap_pos/goal.y\";scale=0.1;}", CO_MOCAP_POS, "goal.y", -0.5, 0.1, -1,
     0},
    {"{term=\"normal\";of=\"qvel/hip\";scale=2.0;}", CO_QVEL, "hip", 0, 2, -12, 12},
    {"{term=\"uniform\";of=\"qpos/knee|qpos/hip\";order=\"given\";low=(1.0,2.0);high=(1.5,4.0);}",
     CO_QPOS, "hip", 3, 2 / sqrt(12), 2, 4},
    {"{term=\"set\";of=\"qpos/knee|qpos/hip\";order=\"given\";value=(3.0,4.0);}", CO_QPOS, "hip", 4,
     0, 4, 4},
    {"{term=\"uniform\";of=\"qpos/hip\";scale=9.0;},{term=\"set\";of=\"qpos/hip\";value=-1.0;}",
     CO_QPOS, "hip", -1, 0, -1, -1},
    {"{term=\"disc\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";radius=0.4;}", CO_MOCAP_POS, "goal.x",
     0, 0.2, -0.4, 0.4},
    {"{term=\"disc\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";radius=0.4;value=(1.0,-2.0);}",
     CO_MOCAP_POS, "goal.y", -2, 0.2, -2.4, -1.6},
    {"{term=\"choose\";of=\"mocap_pos/goal.x\";value=(1.0,2.0,6.0);}", CO_MOCAP_POS, "goal.x", 3,
     2.1602469, 1, 6},
    {"{term=\"choose\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";value=(1.0,5.0,2.0,7.0);}",
     CO_MOCAP_POS, "goal.y", 6, 1, 5, 7},
};

START_TEST(test_draws) {
  const draw_case *c = &kDrawCases[_i];
  co_built_world *world = robot_world(&(robot_task){.reset = c->reset});
  co_row row = test_row(world, 3);
  moments m = gather(
      &row, row.physics->field[c->group] + co_model_find(world->model, c->group, c->element));
  ck_assert_double_ge(m.low, c->low);
  ck_assert_double_le(m.high, c->high);
  ck_assert_double_eq_tol(m.mean, c->mean, 1e-9 + 5 * c->deviation / sqrt(kDraws));
  ck_assert_double_eq_tol(m.deviation, c->deviation, 1e-5 + 0.05 * c->deviation);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- two coordinates

// A quarter of the disc's area lies within half its radius.
START_TEST(test_disc_is_uniform) {
  co_built_world *world = robot_world(&(robot_task){
      .reset = "{term=\"disc\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";radius=0.4;}"});
  co_row row = test_row(world, 5);
  const double *goal = row.physics->field[CO_MOCAP_POS];
  int inner = 0;
  for (int i = 0; i < kDraws; i++) {
    ck_ok(co_row_reset(&row));
    double radius = hypot(goal[0], goal[1]);
    ck_assert_double_lt(radius, 0.4);
    inner += radius < 0.2;
  }
  ck_assert_double_eq_tol((double)inner / kDraws, 0.25, 0.035);
  ck_assert_double_eq(goal[2], 0.4);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

static void check_apart(const char *reset, const double *from) {
  co_built_world *world = robot_world(&(robot_task){.reset = reset});
  co_row row = test_row(world, 5);
  const double *q = row.physics->qpos, *goal = row.physics->field[CO_MOCAP_POS];
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  int left = 0;
  for (int i = 0; i < kDraws; i++) {
    ck_ok(co_row_reset(&row));
    ck_assert_double_gt(hypot(q[0] - (from ? from[0] : goal[0]), q[1] - (from ? from[1] : goal[1])),
                        0.17);
    for (int j = 0; j < 2; j++) {
      low[j] = fmin(low[j], q[j]);
      high[j] = fmax(high[j], q[j]);
    }
    left += q[0] < -0.15;
  }
  ck_assert(low[0] >= -0.3 && low[0] < -0.29 && high[0] < 0 && high[0] > -0.01);
  ck_assert(low[1] >= -0.2 && low[1] < -0.19 && high[1] < 0.2 && high[1] > 0.19);
  ck_assert_int_gt(left, kDraws / 2);  // the part near the point is missing
  co_row_free(&row);
  co_world_free(world);
}

#define BOX "of=\"qpos/root.x|qpos/root.y\";low=(-0.3,-0.2);high=(0.0,0.2);radius=0.17;"

START_TEST(test_apart) {
  check_apart("{term=\"apart\";" BOX "value=0.0;}", (double[]){0, 0});
  check_apart(
      "{term=\"disc\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";radius=0.05;},"
      "{term=\"apart\";" BOX "to=\"mocap_pos/goal.x|mocap_pos/goal.y\";}",
      NULL);
}
END_TEST

// A range that another term has put too near: its farthest corner, rather than no end.
START_TEST(test_apart_without_room) {
  co_built_world *world = robot_world(&(robot_task){
      .reset = "{term=\"set\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";value=(0.1,-0.1);},"
               "{term=\"apart\";of=\"qpos/root.x|qpos/root.y\";low=-1.0;high=1.0;radius=10.0;"
               "to=\"mocap_pos/goal.x|mocap_pos/goal.y\";}"});
  co_row row = test_row(world, 5);
  ck_assert_double_eq(row.physics->qpos[0], -1.0);
  ck_assert_double_eq(row.physics->qpos[1], 1.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Pairs stay together, and each comes as often.
START_TEST(test_choose) {
  co_built_world *world = robot_world(
      &(robot_task){.reset = "{term=\"choose\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";"
                             "value=(1.0,5.0,2.0,7.0,3.0,9.0);}"});
  co_row row = test_row(world, 8);
  const double *goal = row.physics->field[CO_MOCAP_POS];
  int count[4] = {0};
  for (int i = 0; i < kDraws; i++) {
    ck_ok(co_row_reset(&row));
    ck_assert_double_eq(goal[1], 3 + 2 * goal[0]);
    count[(int)goal[0]]++;
  }
  for (int i = 1; i <= 3; i++) ck_assert_double_eq_tol(count[i] / (double)kDraws, 1 / 3.0, 0.04);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Boxes: one or the other as often, and anywhere within.
START_TEST(test_choose_box) {
  co_built_world *world = robot_world(
      &(robot_task){.reset = "{term=\"choose\";of=\"mocap_pos/goal.x|mocap_pos/goal.y\";"
                             "low=(1.0,-2.0,5.0,7.0);high=(2.0,-1.0,6.0,7.0);}"});
  co_row row = test_row(world, 9);
  const double *goal = row.physics->field[CO_MOCAP_POS];
  double sum[2] = {0};
  int count[2] = {0};
  for (int i = 0; i < kDraws; i++) {
    ck_ok(co_row_reset(&row));
    int box = goal[0] > 3;
    ck_assert(box ? goal[0] >= 5 && goal[0] < 6 : goal[0] >= 1 && goal[0] < 2);
    ck_assert(box ? goal[1] == 7 : goal[1] >= -2 && goal[1] < -1);
    sum[box] += goal[0];
    count[box]++;
  }
  ck_assert_double_eq_tol(count[0] / (double)kDraws, 0.5, 0.05);
  ck_assert_double_eq_tol(sum[0] / count[0], 1.5, 0.05);
  ck_assert_double_eq_tol(sum[1] / count[1], 5.5, 0.05);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- headings

// The trunk leans by 0.6 rad about y; a turn about z keeps that and changes where it leans to.
START_TEST(test_yaw) {
  char reset[128];
  snprintf(reset, sizeof reset, "{term=\"yaw\";of=\"qpos/root.q?\";%s}",
           _i ? "low=0.5;high=1.0;" : "");
  co_built_world *world = robot_world(&(robot_task){
      .pose = "{of=\"root.q?\";value=(0.95533648912560601,0.0,0.29552020666133957,0.0);}",
      .reset = reset});
  co_row row = test_row(world, 2);
  const double *mat = row.physics->field[CO_BODY_MAT] + 9;  // of the body after the world
  double low = INFINITY, high = -INFINITY, norm = 0.0, c = 0.0, s = 0.0;
  for (int i = 0; i < kDraws; i++) {
    ck_ok(co_row_reset(&row));
    double yaw = atan2(mat[5], mat[2]);  // of the body's z axis, which leans to +x at first
    ck_near(mat[8], cos(0.6));
    for (int j = 3; j < 7; j++) norm += row.physics->qpos[j] * row.physics->qpos[j] / kDraws;
    low = fmin(low, yaw);
    high = fmax(high, yaw);
    c += cos(yaw) / kDraws;
    s += sin(yaw) / kDraws;
  }
  double from = _i ? 0.5 : -M_PI, to = _i ? 1.0 : M_PI;
  ck_assert_double_eq_tol(norm, 1.0, 1e-9);
  ck_assert(low >= from && low < from + 0.01 * (to - from));
  ck_assert(high <= to && high > to - 0.01 * (to - from));
  ck_assert_double_eq_tol(c, (sin(to) - sin(from)) / (to - from), 0.06);
  ck_assert_double_eq_tol(s, (cos(from) - cos(to)) / (to - from), 0.06);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- terminations on forged states

typedef struct over_case {
  const char *term;
  double x;     // of the trunk; the goal is at (1, -0.5, 0.4), the trunk at (x, -0.5, 0.4)
  double lean;  // about y [rad]
  bool over;
} over_case;

#define TRUNK_TO_GOAL "of=\"body_pos/trunk.*\";to=\"mocap_pos/goal.*\";"

static const over_case kOver[] = {
    {"term=\"near\";radius=0.25;" TRUNK_TO_GOAL, 0.76, 0, true},
    {"term=\"near\";radius=0.25;" TRUNK_TO_GOAL, 0.75, 0, false},
    {"term=\"near\";radius=0.25;" TRUNK_TO_GOAL, 1.24, 0, true},
    {"term=\"near\";radius=0.25;" TRUNK_TO_GOAL, 5, 0, false},
    {"term=\"near\";radius=0.25;of=\"qpos/root.x\";value=3.0;", 3.2, 0, true},
    {"term=\"near\";radius=0.25;of=\"qpos/root.x\";value=3.0;", 3.3, 0, false},
    {"term=\"far\";radius=0.25;" TRUNK_TO_GOAL, 0.76, 0, false},
    {"term=\"far\";radius=0.25;" TRUNK_TO_GOAL, 0.75, 0, false},
    {"term=\"far\";radius=0.25;" TRUNK_TO_GOAL, 0.74, 0, true},
    {"term=\"far\";radius=2.0;of=\"qpos/root.x\";value=3.0;", 5.1, 0, true},
    {"term=\"tilted\";frame=\"body/trunk\";max=0.5;", 0, 0.49, false},
    {"term=\"tilted\";frame=\"body/trunk\";max=0.5;", 0, 0.51, true},
    {"term=\"tilted\";frame=\"body/trunk\";max=0.5;", 0, -0.51, true},
    {"term=\"tilted\";frame=\"body/trunk\";max=0.5;", 0, 3.1, true},
    {"term=\"tilted\";frame=\"site/imu\";max=2.0;", 0, 1.99, false},
    {"term=\"tilted\";frame=\"site/imu\";max=2.0;", 0, 2.01, true},
    {"term=\"outside\";of=\"body_pos/trunk.x\";max=1.0;", 1.5, 0, true},
    {"term=\"outside\";of=\"body_pos/trunk.x\";max=1.0;", 0.5, 0, false},
    {"term=\"outside\";of=\"body_mat/trunk.8\";min=0.5;", 0, 1.0, false},
    {"term=\"outside\";of=\"body_mat/trunk.8\";min=0.5;", 0, 1.1, true},
    {"term=\"outside\";of=\"mocap_pos/goal.x|geom_pos/box.x\";min=0.0;", 0.1, 0, false},
    {"term=\"outside\";of=\"mocap_pos/goal.x|geom_pos/box.x\";min=0.0;", -0.1, 0, true},
    {"term=\"outside\";of=\"sensor/gyro.*\";max=1.0;", 0, 0, false},
};

static void place_trunk(co_row *row, double x, double lean) {
  const double q[7] = {x, -0.5, 0.4, cos(lean / 2), 0, sin(lean / 2), 0};
  ck_ok(co_row_clear(row));
  memcpy(row->physics->qpos, q, sizeof q);
  ck_ok(co_row_start(row));
}

static bool ask(const co_built_world *world, co_row *row, double *state) {
  const co_term *term = &world->binding.terms[CO_TERM_TERMINATE].term[0];
  co_moment seen = {.physics = row->physics};
  return term->class->over(term, &seen, state);
}

START_TEST(test_over) {
  const over_case *c = &kOver[_i];
  char list[128];
  snprintf(list, sizeof list, "{%s}", c->term);
  co_built_world *world = robot_world(&(robot_task){.terminate = list});
  co_row row = test_row(world, 1);
  double state = 0.0;
  place_trunk(&row, c->x, c->lean);
  ck_assert_msg(ask(world, &row, &state) == c->over, "%s at %g, %g", c->term, c->x, c->lean);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_near_for_some_steps) {
  co_built_world *world = robot_world(
      &(robot_task){.terminate = "{term=\"near\";radius=0.25;count=3;" TRUNK_TO_GOAL "}"});
  co_row row = test_row(world, 1);
  static const double x[] = {1, 1, 0, 1, 1, 1, 1, 0, 1};
  static const bool wanted[] = {0, 0, 0, 0, 0, 1, 1, 0, 0};
  double state = 0.0;
  for (int i = 0; i < 9; i++) {
    place_trunk(&row, x[i], 0);
    ck_assert_int_eq(ask(world, &row, &state), wanted[i]);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A frame or a place that is not a number is not where it should be.
START_TEST(test_nan) {
  static const char *const list[] = {"{term=\"far\";radius=9.0;" TRUNK_TO_GOAL "}",
                                     "{term=\"tilted\";frame=\"body/trunk\";max=1.0;}"};
  co_built_world *world = robot_world(&(robot_task){.terminate = list[_i]});
  co_row row = test_row(world, 1);
  double state = 0.0;
  ck_assert(!ask(world, &row, &state));
  row.physics->field[CO_BODY_POS][3] = NAN;
  row.physics->field[CO_BODY_MAT][9 + 8] = NAN;
  ck_assert(ask(world, &row, &state));
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The same table serves success.
START_TEST(test_success) {
  co_built_world *world = robot_world(&(robot_task){
      .success = "{term=\"near\";of=\"body_pos/trunk.z\";value=0.5;radius=0.1;count=2;}"});
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  ck_assert(!result.success && !result.terminated);
  ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  ck_assert(result.success && !result.terminated);
  ck_assert(world->info.has_success);
  ck_ok(co_row_reset(&row));  // the count starts again
  ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  ck_assert(!result.success);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- mistakes

typedef struct mistake {
  int line;
  const char *term, *text;
} mistake;

static const mistake kMistakes[] = {
    {ROBOT_RESET, "term=\"set\";of=\"qpos/hip|qpos/knee\";value=(1.0,2.0,3.0);",
     "value: 3 numbers for"},
    {ROBOT_RESET, "term=\"choose\";of=\"qpos/hip|qpos/knee\";value=(1.0,2.0,3.0);",
     "value: 3 numbers for 2 elements: give one for each, any number of times"},
    {ROBOT_RESET, "term=\"choose\";of=\"qpos/hip\";low=1.0;",
     "needs either value, or low and high"},
    {ROBOT_RESET, "term=\"choose\";of=\"qpos/hip|qpos/knee\";low=(1.0,2.0);high=(1.0,2.0,3.0,4.0);",
     "low: 2 numbers for 2 elements"},
    {ROBOT_RESET, "term=\"disc\";of=\"qpos/hip\";radius=1.0;",
     "of: \"disc\" takes 2 elements, not 1"},
    {ROBOT_RESET, "term=\"disc\";of=\"qpos/root.?\";radius=1.0;", "takes 2 elements, not 3"},
    {ROBOT_RESET, "term=\"disc\";of=\"qpos/hip|qpos/knee\";", "radius: \"disc\" needs it"},
    {ROBOT_RESET, "term=\"apart\";" BOX, "to: \"apart\" needs either to or value"},
    {ROBOT_RESET, "term=\"apart\";" BOX "to=\"qpos/hip\";",
     "to: must match as many elements as of, 2, not 1"},
    {ROBOT_RESET,
     "term=\"apart\";of=\"qpos/hip|qpos/knee\";value=0.0;low=-1.0;high=1.0;radius=2.0;",
     "radius: nothing in low..high is that far from value"},
    {ROBOT_RESET, "term=\"yaw\";of=\"qpos/root.?\";", "of: \"yaw\" takes 4 elements, not 3"},
    {ROBOT_RESET, "term=\"yaw\";of=\"qpos/root.q?\";low=1.0;", "\"yaw\" needs low and high"},
    {ROBOT_RESET, "term=\"yaw\";of=\"qpos/root.q?\";low=2.0;high=1.0;", "must not be above high"},
    {ROBOT_RESET, "term=\"set\";of=\"body_pos/goal.x\";value=1.0;", "matches no element"},
    {ROBOT_TERMINATE, "term=\"near\";of=\"qpos/hip\";radius=1.0;", "needs either to or value"},
    {ROBOT_TERMINATE, "term=\"near\";of=\"qpos/hip\";value=1.0;", "radius: \"near\" needs it"},
    {ROBOT_TERMINATE, "term=\"far\";of=\"qpos/hip\";value=1.0;radius=0.0;", "radius: "},
    {ROBOT_TERMINATE, "term=\"far\";of=\"qpos/hip\";value=1.0;radius=1.0;count=2;",
     "count: not a key of \"far\""},
    {ROBOT_TERMINATE, "term=\"tilted\";frame=\"body/trunk\";max=3.2;", "max: must be an angle"},
    {ROBOT_TERMINATE, "term=\"tilted\";frame=\"body/trunk\";max=0.0;", "max: must be an angle"},
    {ROBOT_TERMINATE, "term=\"tilted\";frame=\"body/tronk\";max=1.0;",
     "did you mean \"body/trunk\"?"},
    {ROBOT_TERMINATE, "term=\"tilted\";max=1.0;", "frame: \"tilted\" needs it"},
};

START_TEST(test_mistakes) {
  const mistake *c = &kMistakes[_i];
  co_built_world *world = NULL;
  char list[160], line[32];
  snprintf(list, sizeof list, "{%s}", c->term);
  snprintf(line, sizeof line, ".cfg:%d: ", c->line);
  robot_task task = {.reset = c->line == ROBOT_RESET ? list : NULL,
                     .terminate = c->line == ROBOT_TERMINATE ? list : NULL};
  ck_fails(robot_try(&task, &world), CO_CONFIG, c->text);
  ck_assert_msg(strstr(co_error_text(), line), "%s", co_error_text());
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("terms_reset");
  TCase *tcase = tcase_create("terms_reset");
  tcase_set_timeout(tcase, 60);
  LOOP(test_draws, kDrawCases);
  tcase_add_test(tcase, test_disc_is_uniform);
  tcase_add_test(tcase, test_apart);
  tcase_add_test(tcase, test_apart_without_room);
  tcase_add_test(tcase, test_choose);
  tcase_add_test(tcase, test_choose_box);
  tcase_add_loop_test(tcase, test_yaw, 0, 2);
  LOOP(test_over, kOver);
  tcase_add_test(tcase, test_near_for_some_steps);
  tcase_add_loop_test(tcase, test_nan, 0, 2);
  tcase_add_test(tcase, test_success);
  LOOP(test_mistakes, kMistakes);
  suite_add_tcase(suite, tcase);
  return suite;
}
