// Every reward term against a computation from the state before and after the step.

#include "envs/physics/trig.h"
#include "tests/envs/robot.h"

// What a term may look at, copied from a row.
typedef struct seen {
  double q[9], v[8], trunk[3], foot[3], goal[3], center[3], force[8], contact[6 * 5];
  double turn[3], move[3], down[3];
} seen;

static seen look(const co_row *row) {
  const co_physics *physics = row->physics;
  seen s = {0};
  memcpy(s.q, physics->qpos, sizeof s.q);
  memcpy(s.v, physics->qvel, sizeof s.v);
  memcpy(s.trunk, robot_place(physics, CO_BODY_POS, "trunk.x"), sizeof s.trunk);
  memcpy(s.foot, robot_place(physics, CO_SITE_POS, "foot.x"), sizeof s.foot);
  memcpy(s.goal, robot_place(physics, CO_MOCAP_POS, "goal.x"), sizeof s.goal);
  memcpy(s.force, physics->field[CO_JOINT_TORQUE], sizeof s.force);
  memcpy(s.contact, physics->field[CO_BODY_FORCE], sizeof s.contact);
  const double *com = physics->field[CO_BODY_COM];
  const double mass[] = {3.0, 0.5, 0.3};  // of the bodies after the world's
  for (int k = 0; k < 3; k++) {
    for (int body = 0; body < 3; body++) s.center[k] += mass[body] * com[3 * (body + 1) + k];
    s.center[k] /= 3.8;
  }
  robot_motion(physics, s.turn, s.move, s.down);
  return s;
}

// A case's formula sees the state before and after, both actions, and the commands.
typedef struct scene {
  seen before, after;
  const double *action, *previous, *command;
  bool terminated, success;
} scene;

static const double kDt = 0.02;

static double sq(double x) {
  return x * x;
}

static double apart(const double *a, const double *b, int count) {
  double sum = 0.0;
  for (int i = 0; i < count; i++) sum += sq(a[i] - b[i]);
  return sqrt(sum);
}

#define FORMULA(name, expression)               \
  static double name(const scene *s) {          \
    const seen *b = &s->before, *a = &s->after; \
    (void)a, (void)b;                           \
    return (expression);                        \
  }

FORMULA(velocity_of_site, (a->foot[0] - b->foot[0]) / kDt)
FORMULA(velocity_of_body, (a->trunk[2] - b->trunk[2]) / kDt)
FORMULA(center_x, (a->center[0] - b->center[0]) / kDt)
FORMULA(center_z, (a->center[2] - b->center[2]) / kDt)
FORMULA(speed, exp(-sq((a->q[0] - b->q[0]) / kDt - 0.5) / sq(0.8)))
FORMULA(alive, s->terminated ? 0 : 1)
FORMULA(success, s->success ? 1 : 0)
FORMULA(action_square, sq(s->action[0]) + sq(s->action[1]))
FORMULA(action_rate, sq(s->action[0] - s->previous[0]) + sq(s->action[1] - s->previous[1]))
FORMULA(angles, sq(co_wrap(a->q[7])) + sq(co_wrap(a->q[8])))
FORMULA(rates_before, sq(b->v[6]) + sq(b->v[7]))
FORMULA(weighted, sq(0.5 * (a->q[7] - 0.1)) + sq(2.0 * (a->q[8] - 0.3)))
FORMULA(clipped, sq(fmin(fmax(a->v[6], -1), 1)) + sq(fmin(fmax(a->v[7], -1), 1)))
FORMULA(bounded, fmin(3.0, sq(a->v[0]) + sq(a->v[1]) + sq(a->v[2])))
FORMULA(height, a->q[2] / 0.004)
FORMULA(sum_before, 2 * b->foot[0] - 3 * b->foot[2])
FORMULA(pose, sq(a->q[7] - 0.25) + sq(a->q[8] + 0.5))
FORMULA(distance, apart(a->foot, a->goal, 3))
FORMULA(distance_before, apart(b->foot, b->goal, 3))
FORMULA(distance_to_point, apart(a->trunk, ((const double[]){1, 2, 3}), 3))
FORMULA(distance_flat, apart(a->foot, a->goal, 2))
FORMULA(progress, (apart(b->foot, b->goal, 3) - apart(a->foot, a->goal, 3)) / kDt)
FORMULA(progress_to_point, (fabs(b->q[0] - 4) - fabs(a->q[0] - 4)) / kDt)
FORMULA(closeness, exp(-apart(a->foot, a->goal, 3) / 1.5))
FORMULA(reached, apart(a->foot, a->goal, 3) < 5.0 ? 1 : 0)
FORMULA(upright, sq(a->down[0]) + sq(a->down[1]))
FORMULA(linear, exp(-(sq(a->move[0] - s->command[0]) + sq(a->move[1] - s->command[1])) / sq(1.5)))
FORMULA(yaw, exp(-sq(a->turn[2] - s->command[2]) / sq(0.75)))
FORMULA(power, fabs(a->force[6] * a->v[6]) + fabs(a->force[7] * a->v[7]))
FORMULA(power_of_knee, fabs(a->force[7] * a->v[7]))

typedef struct reward_case {
  const char *keys;
  double (*formula)(const scene *);
} reward_case;

#define FOOT_TO_GOAL "of=\"site_pos/foot.*\";to=\"mocap_pos/goal.*\";"

static const reward_case kRewards[] = {
    {"term=\"velocity\";of=\"site_pos/foot.x\";", velocity_of_site},
    {"term=\"velocity\";of=\"body_pos/trunk.z\";", velocity_of_body},
    {"term=\"center_velocity\";of=\"x\";", center_x},
    {"term=\"center_velocity\";of=\"z\";", center_z},
    {"term=\"target_speed\";of=\"qpos/root.x\";value=0.5;sigma=0.8;", speed},
    {"term=\"alive\";", alive},
    {"term=\"success\";", success},
    {"term=\"action_square\";", action_square},
    {"term=\"action_rate\";", action_rate},
    {"term=\"angle_square\";of=\"hip|knee\";", angles},
    {"term=\"rate_square\";of=\"hip|knee\";when=\"before\";", rates_before},
    {"term=\"square\";of=\"qpos/hip|qpos/knee\";scale=(0.5,2.0);value=(0.1,0.3);", weighted},
    {"term=\"square\";of=\"qpos/knee|qpos/hip\";order=\"given\";scale=(2.0,0.5);value=(0.3,0.1);",
     weighted},
    {"term=\"square\";of=\"qvel/hip|qvel/knee\";clip=(-1.0,1.0);", clipped},
    {"term=\"square\";of=\"qvel/root.?\";max=3.0;", bounded},
    {"term=\"value\";of=\"qpos/root.z\";scale=250.0;", height},
    {"term=\"value\";of=\"site_pos/foot.x|site_pos/foot.z\";scale=(2.0,-3.0);when=\"before\";",
     sum_before},
    {"term=\"pose_square\";of=\"hip|knee\";", pose},
    {"term=\"distance\";" FOOT_TO_GOAL, distance},
    {"term=\"distance\";when=\"before\";" FOOT_TO_GOAL, distance_before},
    {"term=\"distance\";of=\"body_pos/trunk.*\";value=(1.0,2.0,3.0);", distance_to_point},
    {"term=\"distance\";of=\"site_pos/foot.x|site_pos/foot.y\";"
     "to=\"mocap_pos/goal.x|mocap_pos/goal.y\";",
     distance_flat},
    {"term=\"progress\";" FOOT_TO_GOAL, progress},
    {"term=\"progress\";of=\"qpos/root.x\";value=4.0;", progress_to_point},
    {"term=\"closeness\";sigma=1.5;" FOOT_TO_GOAL, closeness},
    {"term=\"reached\";radius=5.0;" FOOT_TO_GOAL, reached},
    {"term=\"gravity_square\";frame=\"body/trunk\";", upright},
    {"term=\"track_linear\";frame=\"body/trunk\";sigma=1.5;", linear},
    {"term=\"track_yaw\";frame=\"body/trunk\";sigma=0.75;", yaw},
    {"term=\"power\";", power},
    {"term=\"power\";of=\"knee\";", power_of_knee},
};
enum { kNumRewards = sizeof kRewards / sizeof *kRewards };

// vy is drawn before vx: they are found by name.
static const robot_task kTask = {
    .pose = "{of=\"hip|knee\";value=(0.25,-0.5);}",
    .command =
        "{term=\"uniform\";name=\"yaw\";low=-1.0;high=1.0;},"
        "{term=\"uniform\";name=\"vy\";low=-1.0;high=1.0;},"
        "{term=\"uniform\";name=\"vx\";low=-1.0;high=1.0;}",
    .terminate = "{term=\"outside\";of=\"qvel/hip\";min=-4.0;max=4.0;}",
    .success = "{term=\"outside\";of=\"qvel/knee\";min=0.0;}",
};

static scene step_once(co_row *row, const double *action, const double *previous, double command[3],
                       co_row_result *result) {
  scene s = {.before = look(row), .action = action, .previous = previous, .command = command};
  for (int i = 0; i < 3; i++) command[i] = row->command[2 - i];
  ck_ok(co_row_step(row, action, result));
  ck_assert(!result->fault);
  s.after = look(row);
  s.terminated = result->terminated;
  s.success = result->success;
  return s;
}

START_TEST(test_rewards) {
  const reward_case *c = &kRewards[_i];
  char list[256];
  snprintf(list, sizeof list, "{weight=-2.5;%s}", c->keys);
  robot_task task = kTask;
  task.reward = list;
  co_built_world *world = robot_world(&task);
  co_row row = test_row(world, 1);
  co_rng rng = co_rng_make(&(co_stream){1, 0, CO_PURPOSE_TEST}, 9);
  double spread = 0.0, first = NAN;
  for (uint64_t seed = 0; seed < 12; seed++) {
    robot_scatter(&row, seed);
    double action[3][2] = {{0}}, command[3], term;
    for (int step = 1; step < 3; step++) {
      for (int i = 0; i < 2; i++) action[step][i] = 4 * co_rng_normal(&rng);  // beyond the bounds
      co_row_result result = {.terms = &term};
      scene s = step_once(&row, action[step], action[step - 1], command, &result);
      double wanted = -2.5 * c->formula(&s);
      ck_assert_double_eq_tol(term, wanted, 1e-10 * (1 + fabs(wanted)));
      ck_assert_double_eq(result.reward, term);
      if (isnan(first)) first = wanted;
      spread = fmax(spread, fabs(wanted - first));
    }
  }
  ck_assert_double_gt(spread, 1e-3);  // the formula was not a constant
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// On the ground: contact forces, each brought within -1..1.
START_TEST(test_contact_cost) {
  co_built_world *world = robot_world(
      &(robot_task){.reward = "{term=\"square\";of=\"cfrc_ext\";clip=(-1.0,1.0);weight=-0.5;}"});
  ck_assert(world->binding.contact_forces);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  double largest = 0.0;
  for (int step = 0; step < 40; step++) {
    ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
    seen now = look(&row);
    double sum = 0.0;
    for (int i = 0; i < 30; i++) sum += sq(fmin(fmax(now.contact[i], -1), 1));
    ck_near(result.reward, -0.5 * sum);
    largest = fmax(largest, sum);
  }
  ck_assert_double_gt(largest, 0.5);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Bounds do not hide what is no number.
START_TEST(test_nan_is_not_clipped) {
  co_built_world *world = robot_world(&(robot_task){
      .reward = "{term=\"square\";of=\"cfrc_ext/trunk.*\";clip=(-1.0,1.0);max=2.0;}"});
  co_row row = test_row(world, 1);
  const co_term *term = &world->binding.terms[CO_TERM_REWARD].term[0];
  co_moment now = {.physics = row.physics};
  row.physics->field[CO_BODY_FORCE][6 + 2] = -0.5;
  ck_assert_double_eq(term->class->reward(term, &now, NULL), 0.25);
  row.physics->field[CO_BODY_FORCE][6 + 4] = NAN;
  ck_assert(isnan(term->class->reward(term, &now, NULL)));
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Every term of the table has a case.
START_TEST(test_all_terms_are_here) {
  for (const co_term_class *class = co_reward_terms; class->name; class ++) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "term=\"%s\";", class->name);
    int found = 0;
    for (int i = 0; i < kNumRewards; i++) found += strstr(kRewards[i].keys, wanted) != NULL;
    ck_assert_msg(found > 0, "no case of \"%s\"", class->name);
  }
}
END_TEST

// ---- mistakes

typedef struct mistake {
  const char *keys, *text;
} mistake;

static const mistake kMistakes[] = {
    {"term=\"velocity\";of=\"qpos/root.?\";", "of: \"velocity\" takes one element, not 3"},
    {"term=\"center_velocity\";of=\"root.x\";", "of: \"root.x\" is no axis; allowed: x, y, z"},
    {"term=\"center_velocity\";", "of: \"center_velocity\" needs it"},
    {"term=\"distance\";of=\"body_pos/trunk.*\";", "to: \"distance\" needs either to or value"},
    {"term=\"distance\";value=1.0;" FOOT_TO_GOAL, "to: \"distance\" needs either to or value"},
    {"term=\"distance\";of=\"body_pos/trunk.*\";to=\"body_pos/leg.x\";",
     "to: must match as many elements as of, 3, not 1"},
    {"term=\"distance\";of=\"body_pos/trunk.*\";value=(1.0,2.0);", "value: 2 numbers for 3"},
    {"term=\"closeness\";sigma=0.0;" FOOT_TO_GOAL, "sigma: "},
    {"term=\"reached\";radius=0.0;" FOOT_TO_GOAL, "radius: "},
    {"term=\"reached\";" FOOT_TO_GOAL, "radius: \"reached\" needs it"},
    {"term=\"track_linear\";frame=\"body/trunk\";sigma=1.0;", "needs a command named \"vx\""},
    {"term=\"track_yaw\";frame=\"body/trunk\";sigma=1.0;", "needs a command named \"yaw\""},
    {"term=\"track_yaw\";frame=\"body/head\";sigma=1.0;", "frame: \"body/head\" is no frame"},
    {"term=\"gravity_square\";frame=\"imu\";", "frame: \"imu\" is no frame"},
    {"term=\"square\";of=\"qvel\";scale=(1.0,2.0);", "scale: 2 numbers for 8 elements"},
    {"term=\"power\";of=\"elbow\";", "of: \"elbow\" matches no element"},
    {"term=\"progres\";" FOOT_TO_GOAL, "did you mean \"progress\"?"},
    {"term=\"progress\";when=\"before\";" FOOT_TO_GOAL, "when: not a key of \"progress\""},
};

START_TEST(test_mistakes) {
  co_built_world *world = NULL;
  char list[256], line[32];
  snprintf(list, sizeof list, "{%s}", kMistakes[_i].keys);
  snprintf(line, sizeof line, ".cfg:%d: ", ROBOT_REWARD);
  ck_fails(robot_try(&(robot_task){.reward = list}, &world), CO_CONFIG, kMistakes[_i].text);
  ck_assert_msg(strstr(co_error_text(), line), "%s", co_error_text());
}
END_TEST

START_TEST(test_closed_form_has_no_center) {
  co_built_world *world = NULL;
  ck_fails(test_try_world("pendulum", NULL, "task.reward.0={term=\"center_velocity\";of=\"x\";}",
                          &world),
           CO_CONFIG, "has no centre of mass");
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("terms_reward");
  TCase *tcase = tcase_create("terms_reward");
  LOOP(test_rewards, kRewards);
  tcase_add_test(tcase, test_contact_cost);
  tcase_add_test(tcase, test_nan_is_not_clipped);
  tcase_add_test(tcase, test_all_terms_are_here);
  LOOP(test_mistakes, kMistakes);
  tcase_add_test(tcase, test_closed_form_has_no_center);
  suite_add_tcase(suite, tcase);
  return suite;
}
