// The arm and the door by scripts: closed-form poses for the hand, handed to the task as actions.
// What a script can do with sensible motions, a policy can learn; what the latch forbids it cannot.

#include "tests/envs/worlds.h"

enum { kJoints = 6 };

static const double kPi = 3.14159265358979323846;
static const double kIncrement = 0.06;  // [rad] of the tasks' action terms
static const char *const joints[kJoints] = {"waist",   "shoulder", "elbow",
                                            "forearm", "wrist",    "hand"};

// A row that is driven to poses. The targets of its action term are tracked here.
typedef struct script {
  co_built_world *world;
  co_row row;
  double target[kJoints];
  double opening;  // action of the gripper, where the task has one
  co_row_result result;
  int steps, first_success;  // steps so far; step of the first success, -1: none
} script;

static double read(const script *s, co_element kind, const char *name) {
  int index = co_model_find(s->world->model, kind, name);
  ck_assert_msg(index >= 0, "no %s", name);
  return s->row.physics->field[kind][index];
}

static void write_qpos(script *s, const char *name, double value) {
  int index = co_model_find(s->world->model, CO_QPOS, name);
  ck_assert_msg(index >= 0, "no %s", name);
  s->row.physics->qpos[index] = value;
}

static void read_point(const script *s, co_element kind, const char *name, double out[3]) {
  for (int i = 0; i < 3; i++) {
    char element[CO_NAME];
    snprintf(element, sizeof element, "%s.%c", name, "xyz"[i]);
    out[i] = read(s, kind, element);
  }
}

static void restart(script *s) {
  ck_ok(co_row_reset(&s->row));
  for (int i = 0; i < kJoints; i++) {
    s->target[i] = s->world->binding.pose[co_model_find(s->world->model, CO_QPOS, joints[i])];
  }
  s->result = (co_row_result){0};
  s->steps = 0;
  s->first_success = -1;
}

static script begin(const char *task) {
  script s = {.world = test_world(task, NULL, NULL)};
  s.row = test_row(s.world, 8);
  restart(&s);
  return s;
}

static void end(script *s) {
  co_row_free(&s->row);
  co_world_free(s->world);
}

// Joint angles that bring the tool to a point, the hand `pitch` away from up in the plane of the
// arm; false when it is out of reach. Lengths are those of the model.
static bool solve(const double point[3], double pitch, double angle[kJoints]) {
  const double shoulder = 0.2, upper = 0.28, fore = 0.26, hand = 0.13;
  double across = hypot(point[0], point[1]) - hand * sin(pitch);
  double up = point[2] - hand * cos(pitch) - shoulder;
  double far2 = across * across + up * up;
  double bend = (far2 - upper * upper - fore * fore) / (2 * upper * fore);
  if (!(fabs(bend) < 0.999)) return false;
  angle[0] = atan2(point[1], point[0]);
  angle[2] = acos(bend);
  angle[1] = atan2(across, up) - atan2(fore * sin(angle[2]), upper + fore * cos(angle[2]));
  angle[3] = angle[5] = 0;
  angle[4] = pitch - angle[1] - angle[2];
  return angle[2] < 2.35 && fabs(angle[1]) < 1.55 && fabs(angle[4]) < 1.95;
}

// The same with the first pitch that is possible, from straight down to forward.
static bool solve_any(const double point[3], double angle[kJoints]) {
  for (int i = 0; i <= 20; i++) {
    if (solve(point, kPi - 0.1 * i, angle)) return true;
  }
  return false;
}

// Moves the targets evenly during two thirds of the steps, as far as actions within -1..1 go.
static void drive(script *s, const double angle[kJoints], int steps) {
  for (int step = 0; step < steps; step++) {
    double action[kJoints + 1];
    for (int i = 0; i < kJoints; i++) {
      double part = (angle[i] - s->target[i]) / fmax(1, steps * 2 / 3 - step);
      action[i] = fmax(-1, fmin(1, part / kIncrement));
      s->target[i] += kIncrement * action[i];
    }
    action[kJoints] = s->opening;
    ck_ok(co_row_step(&s->row, action, &s->result));
    ck_assert(!s->result.fault);
    s->steps++;
    if (s->result.success && s->first_success < 0) s->first_success = s->steps;
  }
}

static void move_to(script *s, double x, double y, double z, double pitch, int steps) {
  double angle[kJoints];
  ck_assert_msg(solve((double[]){x, y, z}, pitch, angle), "(%g, %g, %g) out of reach", x, y, z);
  drive(s, angle, steps);
}

static void move_any(script *s, double x, double y, double z, int steps) {
  double angle[kJoints];
  ck_assert_msg(solve_any((double[]){x, y, z}, angle), "(%g, %g, %g) out of reach", x, y, z);
  drive(s, angle, steps);
}

// ---- the arm itself

static const char *const tasks[] = {"arm_reach",     "arm_reach_far",  "arm_push",
                                    "arm_push_left", "arm_pick_place", "door_open"};

// Nothing is done for a whole episode: gravity moves no joint by more than 0.02 rad.
START_TEST(test_holds_its_pose) {
  script s = begin(tasks[_i]);
  double pose[kJoints];
  memcpy(pose, s.target, sizeof pose);
  drive(&s, pose, (int)s.world->info.horizon);
  ck_assert(s.result.truncated && !s.result.terminated);
  ck_assert_int_eq(s.first_success, -1);
  for (int i = 0; i < kJoints; i++) {
    ck_assert_double_eq_tol(read(&s, CO_QPOS, joints[i]), pose[i], 0.02);
    ck_assert_double_eq_tol(read(&s, CO_QVEL, joints[i]), 0, 1e-3);
  }
  ck_assert_int_eq(s.world->info.num_pose >= kJoints, 1);
  end(&s);
}
END_TEST

// From upright, where nothing is in the way, each joint gets to both ends of its range.
START_TEST(test_joints_reach_their_ranges) {
  script s = begin("arm_reach");
  const co_model *model = s.world->model;
  int joint = _i / 2, at = co_model_find(model, CO_QPOS, joints[joint]);
  double angle[kJoints] = {0};
  drive(&s, angle, 60);
  angle[joint] = _i % 2 ? model->qpos_high[at] : model->qpos_low[at];
  drive(&s, angle, 90);
  for (int i = 0; i < kJoints; i++) {
    ck_assert_double_eq_tol(read(&s, CO_QPOS, joints[i]), angle[i], 0.01);
  }
  end(&s);
}
END_TEST

// The gripper's one drive opens both fingers alike.
START_TEST(test_fingers_move_together) {
  static const double opening[] = {1, -1, 0};
  script s = begin("arm_pick_place");
  for (int i = 0; i < 3; i++) {
    s.opening = opening[i];
    drive(&s, s.target, 20);
    double left = read(&s, CO_QPOS, "finger_left"), right = read(&s, CO_QPOS, "finger_right");
    ck_assert_double_eq_tol(left, 0.02 + 0.02 * opening[i], 1e-3);
    ck_assert_double_eq_tol(left, right, 1e-4);
  }
  end(&s);
}
END_TEST

// ---- goals

// Every goal is within reach, no goal is given away, and goals differ.
START_TEST(test_goals) {
  script s = begin(tasks[_i]);
  double low[3] = {9, 9, 9}, high[3] = {-9, -9, -9};
  for (int k = 0; k < 200; k++) {
    double goal[3], angle[kJoints];
    read_point(&s, CO_MOCAP_POS, "goal", goal);
    ck_assert_msg(solve_any(goal, angle), "(%g, %g, %g) out of reach", goal[0], goal[1], goal[2]);
    for (int i = 0; i < 3; i++) {
      low[i] = fmin(low[i], goal[i]);
      high[i] = fmax(high[i], goal[i]);
    }
    if (strncmp(tasks[_i], "arm_push", 8) == 0) {
      double x = read(&s, CO_QPOS, "cube.x"), y = read(&s, CO_QPOS, "cube.y");
      ck_assert_double_gt(hypot(goal[0] - x, goal[1] - y), 0.1);
      ck_assert_double_eq(goal[2], 0.025);
    }
    restart(&s);
  }
  ck_assert_double_gt(high[0] - low[0], 0.09);
  ck_assert_double_gt(high[1] - low[1], 0.09);
  end(&s);
}
END_TEST

START_TEST(test_shifted_goals_lie_elsewhere) {
  script near = begin("arm_reach"), far = begin("arm_reach_far");
  for (int k = 0; k < 100; k++) {
    ck_assert_double_le(fabs(read(&near, CO_MOCAP_POS, "goal.y")), 0.25);
    ck_assert_double_ge(fabs(read(&far, CO_MOCAP_POS, "goal.y")), 0.4);
    restart(&near);
    restart(&far);
  }
  end(&near);
  end(&far);
}
END_TEST

// ---- tasks solved by scripts

// Success needs five steps in a row near the goal, and is not said before.
START_TEST(test_reach) {
  script s = begin(_i ? "arm_reach_far" : "arm_reach");
  for (int k = 0; k < 10; k++) {
    double goal[3], tool[3];
    int inside = 0;
    read_point(&s, CO_MOCAP_POS, "goal", goal);
    for (int step = 0; step < 60 && s.first_success < 0; step++) {
      move_any(&s, goal[0], goal[1], goal[2], 1);
      read_point(&s, CO_SITE_POS, "tool", tool);
      double away = hypot(hypot(tool[0] - goal[0], tool[1] - goal[1]), tool[2] - goal[2]);
      inside = away < 0.04 ? inside + 1 : 0;
      ck_assert_int_eq(s.result.success, inside >= 5);
    }
    ck_assert_msg(s.first_success > 0, "goal %d (%g, %g, %g) not reached", k, goal[0], goal[1],
                  goal[2]);
    restart(&s);
  }
  end(&s);
}
END_TEST

// Behind the cube, seen from the goal, then towards the goal.
static void push_cube(script *s) {
  double cube[3], goal[3];
  read_point(s, CO_MOCAP_POS, "goal", goal);
  for (int push = 0; push < 3 && s->first_success < 0; push++) {
    read_point(s, CO_BODY_POS, "cube", cube);
    double dx = goal[0] - cube[0], dy = goal[1] - cube[1], far = hypot(dx, dy);
    dx /= far;
    dy /= far;
    double from[2] = {cube[0] - 0.08 * dx, cube[1] - 0.08 * dy};
    move_any(s, from[0], from[1], 0.12, 20);
    move_any(s, from[0], from[1], 0.03, 10);
    for (int i = 1; i <= 15; i++) {
      double at = 0.08 + i * (far - 0.04) / 15;
      move_any(s, from[0] + (at - 0.08) * dx, from[1] + (at - 0.08) * dy, 0.03, 1);
    }
    move_any(s, from[0] + (far + 0.04) * dx, from[1] + (far + 0.04) * dy, 0.03, 8);
    if (s->first_success < 0) move_any(s, from[0], from[1], 0.12, 10);
  }
}

START_TEST(test_push) {
  int solved = 0;
  script s = begin(_i ? "arm_push_left" : "arm_push");
  for (int k = 0; k < 10; k++) {
    push_cube(&s);
    solved += s.first_success > 0;
    restart(&s);
  }
  ck_assert_msg(solved >= 8, "%d of 10 solved", solved);
  end(&s);
}
END_TEST

// Straight above a point, the hand turned so that the fingers stand along the cube's sides.
static void hover(script *s, const double point[3], double turn, int steps) {
  double angle[kJoints];
  ck_assert(solve(point, kPi, angle));
  angle[5] = angle[0] - turn;
  drive(s, angle, steps);
}

static double height(const script *s) {
  return read(s, CO_QPOS, "cube.z");
}

// Takes hold of the cube and lifts it to the given height.
static void grasp(script *s, double z) {
  double cube[3], turn = 2 * atan2(read(s, CO_QPOS, "cube.qz"), read(s, CO_QPOS, "cube.qw"));
  read_point(s, CO_BODY_POS, "cube", cube);
  s->opening = 1;
  hover(s, (double[]){cube[0], cube[1], 0.12}, turn, 20);
  hover(s, (double[]){cube[0], cube[1], 0.03}, turn, 15);
  s->opening = -1;
  hover(s, (double[]){cube[0], cube[1], 0.03}, turn, 8);
  hover(s, (double[]){cube[0], cube[1], z}, turn, 20);
}

// The grip holds for 10 s, and lets go when opened.
START_TEST(test_grip_holds) {
  script s = begin("arm_pick_place");
  ck_assert_double_eq_tol(height(&s), 0.025, 1e-3);
  grasp(&s, 0.25);
  double lifted = height(&s);
  ck_assert_double_gt(lifted, 0.2);
  drive(&s, s.target, 250);
  ck_assert_double_eq_tol(height(&s), lifted, 0.01);
  s.opening = 1;
  drive(&s, s.target, 25);
  ck_assert_double_lt(height(&s), 0.06);
  end(&s);
}
END_TEST

START_TEST(test_pick_and_place) {
  script s = begin("arm_pick_place");
  for (int k = 0; k < 8; k++) {
    double goal[3];
    read_point(&s, CO_MOCAP_POS, "goal", goal);
    grasp(&s, 0.15);
    ck_assert_int_eq(s.result.terminated, 0);
    move_any(&s, goal[0], goal[1], goal[2] + 0.01, 40);
    ck_assert_msg(s.first_success > 0, "goal %d (%g, %g, %g): cube at %g", k, goal[0], goal[1],
                  goal[2], height(&s));
    restart(&s);
  }
  end(&s);
}
END_TEST

START_TEST(test_lost_cube_ends_the_episode) {
  script s = begin(_i ? "arm_push" : "arm_pick_place");
  drive(&s, s.target, 1);
  ck_assert(!s.result.terminated);
  write_qpos(&s, "cube.x", 1.5);
  write_qpos(&s, "cube.z", -0.2);
  drive(&s, s.target, 1);
  ck_assert(s.result.terminated && !s.result.success);
  end(&s);
}
END_TEST

// ---- the door

// The panel is pushed hard beside the lever: the bolt holds it.
START_TEST(test_latch_holds) {
  script s = begin("door_open");
  move_to(&s, 0.42, 0.05, 0.34, 1.8, 20);
  move_to(&s, 0.58, 0.05, 0.34, 1.8, 40);
  ck_assert_double_gt(read(&s, CO_SITE_POS, "tool.x"), 0.44);
  ck_assert_double_lt(read(&s, CO_QPOS, "door"), 0.05);
  ck_assert_int_eq(s.first_success, -1);
  end(&s);
}
END_TEST

START_TEST(test_lever_springs_back) {
  script s = begin("door_open");
  move_to(&s, 0.45, -0.07, 0.28, 1.9, 25);
  move_to(&s, 0.45, -0.07, 0.16, 1.9, 25);
  ck_assert_double_gt(read(&s, CO_QPOS, "lever"), 0.7);
  move_to(&s, 0.40, -0.07, 0.34, 1.9, 40);
  ck_assert_double_lt(read(&s, CO_QPOS, "lever"), 0.05);
  ck_assert_int_eq(s.first_success, -1);
  end(&s);
}
END_TEST

START_TEST(test_door_opens) {
  script s = begin("door_open");
  move_to(&s, 0.45, -0.07, 0.28, 1.9, 25);
  move_to(&s, 0.45, -0.07, 0.16, 1.9, 25);
  move_to(&s, 0.50, -0.07, 0.14, 1.9, 20);
  ck_assert_int_eq(s.first_success, -1);
  move_to(&s, 0.62, -0.05, 0.14, 1.9, 40);
  ck_assert_int_gt(s.first_success, 0);
  ck_assert_double_gt(read(&s, CO_QPOS, "door"), 0.3);
  ck_assert(!s.result.terminated);
  end(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("manipulation");
  TCase *all = tcase_create("all");
  tcase_set_timeout(all, 120);
  tcase_add_loop_test(all, test_holds_its_pose, 0, sizeof tasks / sizeof *tasks);
  tcase_add_loop_test(all, test_joints_reach_their_ranges, 0, 2 * kJoints);
  tcase_add_test(all, test_fingers_move_together);
  tcase_add_loop_test(all, test_goals, 0, 5);
  tcase_add_test(all, test_shifted_goals_lie_elsewhere);
  tcase_add_loop_test(all, test_reach, 0, 2);
  tcase_add_loop_test(all, test_push, 0, 2);
  tcase_add_test(all, test_grip_holds);
  tcase_add_test(all, test_pick_and_place);
  tcase_add_loop_test(all, test_lost_cube_ends_the_episode, 0, 2);
  tcase_add_test(all, test_latch_holds);
  tcase_add_test(all, test_lever_springs_back);
  tcase_add_test(all, test_door_opens);
  suite_add_tcase(suite, all);
  return suite;
}
