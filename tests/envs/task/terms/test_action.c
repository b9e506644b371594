// Action terms: what reaches the actuator, and what the elements say about it.

#include "envs/verify/tape.h"
#include "tests/envs/robot.h"

#define POSE "{of=\"hip|knee\";value=(0.1,-0.3);}"

// What stands between a control and its joint, in all the ways that models have.
static const char kActuators[] =
    "<position name='open' joint='hip' kp='20'/>"
    "<position name='wide' joint='knee' kp='20' ctrlrange='-20 20'/>"
    "<position name='loose' joint='knee' kp='20'/>"
    "<position name='geared' joint='hip' kp='20' kv='2' gear='2' ctrlrange='-1 .5'/>"
    "<position name='turned' jointinparent='hip' kp='20' gear='-4' ctrlrange='-1 3'/>"
    "<position name='slow' joint='hip' kp='20' timeconst='.1' gear='.5' ctrlrange='-1 1'/>"
    "<general name='byte' joint='hip' gainprm='.5' biastype='affine' biasprm='0 -100 -1' "
    "ctrlrange='0 255'/>"
    "<position name='wound' tendon='one' kp='20' gear='2' ctrlrange='-1 1'/>"
    "<motor name='strong' joint='hip' gear='10' ctrlrange='-1 1'/>"
    "<motor name='back' joint='hip' gear='-2'/>"
    "<general name='gain' joint='hip' gear='2' gainprm='3'/>"
    "<general name='lag' joint='hip' dyntype='filter' dynprm='.1' gainprm='4'/>"
    "<motor name='string' tendon='one' gear='4'/>"
    "<velocity name='speed' joint='hip' kv='3'/>"
    "<intvelocity name='drift' joint='hip' kp='9' actrange='-1 1'/>"
    "<damper name='damper' joint='hip' kv='2' ctrlrange='0 1'/>"
    "<muscle name='muscle' joint='hip' lengthrange='-1 1'/>"
    "<general name='sum' joint='hip' dyntype='integrator' gainprm='4'/>"
    "<general name='push' joint='hip' gainprm='4' biastype='affine' biasprm='0 7 0'/>"
    "<general name='drag' joint='hip' gainprm='4' biastype='affine' biasprm='0 0 -1'/>"
    "<general name='sprung' joint='hip' gainprm='4' biastype='affine' biasprm='1.5 -4 0'/>"
    "<general name='heavy' joint='hip' gainprm='4' biastype='affine' biasprm='-3 0 0'/>"
    "<position name='limp' joint='hip' kp='20' gear='0'/>"
    "<motor name='limpid' joint='hip' gear='0'/>"
    "<motor name='site' site='foot' gear='1 0 0 0 0 0'/>";

// The element of that name, which acts on the robot alone with the robot's own; "": none.
static const char *actuator_of(const char *name) {
  static char element[256];
  char key[64];
  snprintf(key, sizeof key, "name='%s'", name);
  const char *at = strstr(kActuators, key);
  element[0] = '\0';
  if (!at) return element;
  while (*at != '<') at--;
  snprintf(element, sizeof element, "%.*s", (int)(strchr(at, '>') + 1 - at), at);
  return element;
}

static const co_action_element *element_of(const co_built_world *world, int i) {
  ck_assert_int_lt(i, world->info.act_dim);
  return &world->info.action[i];
}

static double ctrl_of(const co_row *row, const char *name) {
  return row->physics->ctrl[co_model_find(row->physics->model, CO_CTRL, name)];
}

// ---- position

typedef struct position_case {
  const char *keys;
  double offset, scale, low, high;
} position_case;

// The servo takes -0.5..0.7; the open one of the hip takes anything, the joint 60 degrees.
static const position_case kPositions[] = {
    {"actuators=\"servo\";", 0.1, 1.0, -0.5 - 0.1, 0.7 - 0.1},
    {"actuators=\"servo\";scale=0.25;", 0.1, 0.25, (-0.5 - 0.1) / 0.25, (0.7 - 0.1) / 0.25},
    {"actuators=\"servo\";scale=-0.5;", 0.1, -0.5, (0.7 - 0.1) / -0.5, (-0.5 - 0.1) / -0.5},
    {"actuators=\"servo\";offset=0.05;", 0.1 + 0.05, 1.0, -0.5 - (0.1 + 0.05), 0.7 - (0.1 + 0.05)},
    {"actuators=\"servo\";clip=(-2.0,3.0);", 0.1, 1.0, -2.0, 3.0},
    {"actuators=\"open\";", 0.1, 1.0, -M_PI / 3 - 0.1, M_PI / 3 - 0.1},
    {"actuators=\"wide\";", -0.3, 1.0, -20 + 0.3, 20 + 0.3},
    {"actuators=\"loose\";clip=(-1.0,1.0);", -0.3, 1.0, -1, 1},
};

START_TEST(test_position) {
  const position_case *c = &kPositions[_i];
  char list[128], name[32];
  ck_assert_int_eq(sscanf(c->keys, "actuators=\"%31[^\"]", name), 1);
  snprintf(list, sizeof list, "{term=\"position\";%s}", c->keys);
  co_built_world *world =
      robot_world(&(robot_task){.pose = POSE, .action = list, .actuators = actuator_of(name)});
  const co_action_element *element = element_of(world, 0);
  ck_assert_double_eq(element->offset, c->offset);
  ck_assert_double_eq(element->scale, c->scale);
  ck_near(element->low, c->low);
  ck_near(element->high, c->high);
  ck_assert_str_eq(element->kind, "position");
  ck_assert_str_eq(element->unit, "rad");
  ck_assert(isnan(element->kp) && isnan(element->kd) && isnan(element->torque_limit));
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  const char *control = strrchr(element->name, '/') + 1;
  const double action[] = {0.3, element->low - 1, element->high + 1};
  for (int i = 0; i < 3; i++) {
    double a = fmin(fmax(action[i], element->low), element->high);
    ck_ok(co_row_step(&row, &action[i], &result));
    ck_assert_double_eq(ctrl_of(&row, control), c->scale * a + c->offset);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A servo in its own unit: control per target of the joint, and the targets that it can reach.
typedef struct unit_case {
  const char *actuator;
  double factor, low, high;
} unit_case;

static const unit_case kServos[] = {
    {"geared", 2, -1 / 2.0, 0.5 / 2}, {"turned", -4, -3 / 4.0, 1 / 4.0},    {"slow", 0.5, -2, 2},
    {"byte", 200, 0, 255 / 200.0},    {"wound", 2 * -2, -1 / 4.0, 1 / 4.0},
};

START_TEST(test_servo_units) {
  const unit_case *c = &kServos[_i];
  char list[128];
  snprintf(list, sizeof list, "{term=\"position\";actuators=\"%s\";}", c->actuator);
  co_built_world *world = robot_world(
      &(robot_task){.pose = POSE, .action = list, .actuators = actuator_of(c->actuator)});
  const co_action_element *element = element_of(world, 0);
  ck_near(element->low, c->low - 0.1);
  ck_near(element->high, c->high - 0.1);
  ck_assert_str_eq(element->unit, "rad");
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_near(ctrl_of(&row, c->actuator), c->factor * 0.1);  // at the pose before the first action
  ck_ok(co_row_step(&row, (double[]){0.05}, &result));
  ck_near(ctrl_of(&row, c->actuator), c->factor * 0.15);
  co_row_free(&row);
  co_world_free(world);

  snprintf(list, sizeof list, "{term=\"increment\";actuators=\"%s\";}", c->actuator);
  world = robot_world(
      &(robot_task){.pose = POSE, .action = list, .actuators = actuator_of(c->actuator)});
  row = test_row(world, 1);
  ck_near(ctrl_of(&row, c->actuator), c->factor * 0.1);
  for (int i = 0; i < 9; i++) ck_ok(co_row_step(&row, (double[]){1.0}, &result));
  ck_near(ctrl_of(&row, c->actuator), c->factor * c->high);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Not clipped: whatever the policy puts out, of every term that has bounds.
START_TEST(test_no_clip) {
  static const char *const list[] = {
      "{term=\"ctrl\";actuators=\"hip\";scale=2.0;clip=\"none\";}",
      "{term=\"position\";actuators=\"servo\";scale=2.0;clip=\"none\";}",
      "{term=\"increment\";actuators=\"loose\";scale=2.0;clip=\"none\";}",
      "{term=\"pd\";actuators=\"knee\";scale=2.0;kp=0.0;kd=0.0;clip=\"none\";}"};
  for (int i = 0; i < 4; i++) {
    co_built_world *world =
        robot_world(&(robot_task){.action = list[i], .actuators = actuator_of("loose")});
    const co_action_element *element = element_of(world, 0);
    ck_assert_double_eq(element->low, -INFINITY);
    ck_assert_double_eq(element->high, INFINITY);
    double low, high;
    co_tape_bounds(&world->binding, &low, &high);
    ck_assert(isfinite(low) && isfinite(high) && low < high);
    co_row row = test_row(world, 1);
    co_row_result result = {0};
    ck_ok(co_row_step(&row, (double[]){300}, &result));
    ck_assert_double_eq(row.clipped[0], 300);
    if (i < 2) ck_assert_double_eq(ctrl_of(&row, i ? "servo" : "hip"), 600);
    ck_ok(co_row_step(&row, (double[]){NAN}, &result));
    ck_assert(result.fault);
    co_row_free(&row);
    co_world_free(world);
  }
}
END_TEST

// ---- increment

START_TEST(test_increment) {
  co_built_world *world = robot_world(
      &(robot_task){.pose = POSE, .action = "{term=\"increment\";actuators=\"servo\";scale=0.2;}"});
  const co_action_element *element = element_of(world, 0);
  ck_assert_str_eq(element->kind, "increment");
  ck_assert_double_eq(element->low, -1.0);
  ck_assert_double_eq(element->high, 1.0);
  ck_assert_double_eq(element->offset, 0.0);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  for (int episode = 0; episode < 2; episode++) {  // starts at the pose each time
    double target = 0.1;
    const double action[] = {0.5, 1, 1, 5, -0.25, -1, -1, -1, -9, -1, -1, -1, 0.125};
    for (size_t i = 0; i < sizeof action / sizeof *action; i++) {
      target += 0.2 * fmin(fmax(action[i], -1.0), 1.0);
      target = fmin(fmax(target, -0.5), 0.7);
      ck_ok(co_row_step(&row, &action[i], &result));
      ck_assert_double_eq(ctrl_of(&row, "servo"), target);
    }
    ck_ok(co_row_reset(&row));
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The offset is a drift of the target; the start is the pose all the same.
START_TEST(test_increment_with_offset) {
  co_built_world *world = robot_world(&(robot_task){
      .pose = POSE,
      .action = "{term=\"increment\";actuators=\"servo\";scale=0.2;offset=0.05;clip=(-2.0,2.0);}"});
  ck_assert_double_eq(element_of(world, 0)->offset, 0.05);
  ck_assert_double_eq(element_of(world, 0)->high, 2.0);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  double target = 0.1, action[] = {0.5, -1, 3};
  ck_assert_double_eq(ctrl_of(&row, "servo"), target);
  for (int i = 0; i < 3; i++) {
    target += 0.2 * fmin(fmax(action[i], -2.0), 2.0) + 0.05;
    ck_ok(co_row_step(&row, &action[i], &result));
    ck_assert_double_eq_tol(ctrl_of(&row, "servo"), target, 1e-15);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- pd

// The loop of whoever trains with such a law: the torque anew before every physics step.
static void simulate(co_physics *physics, const double *target, const double *kp, double kd,
                     double limit) {
  for (int step = 0; step < 5; step++) {
    for (int i = 0; i < 2; i++) {
      double q = physics->qpos[7 + i], qd = physics->qvel[6 + i];
      double torque = kp[i] * (target[i] - q) - kd * qd;
      physics->ctrl[i] = fmin(fmax(torque, -limit), limit);
    }
    ck_ok(co_physics_step(physics, 1));
  }
}

static void compare_pd(const char *limit_text, double limit, bool reaches) {
  char list[256];
  snprintf(list, sizeof list,
           "{term=\"pd\";actuators=\"hip|knee\";kp=(20.0,30.0);kd=0.5;%sscale=0.25;"
           "clip=(-2.0,2.0);}",
           limit_text);
  co_built_world *world = robot_world(&(robot_task){.pose = POSE, .action = list});
  co_row row = test_row(world, 1);
  co_physics *other = NULL;
  ck_ok(co_physics_create(world->model, &other));
  ck_ok(world->model->engine->reset(other));
  memcpy(other->qpos, row.physics->qpos, 9 * sizeof(double));
  ck_ok(world->model->engine->forward(other));
  co_rng rng = co_rng_make(&(co_stream){3, 0, CO_PURPOSE_TEST}, 1);
  bool reached = false;
  for (int step = 0; step < 30; step++) {
    double action[2], target[2];
    co_row_result result = {0};
    for (int i = 0; i < 2; i++) action[i] = 1.5 * co_rng_normal(&rng);
    target[0] = 0.25 * fmin(fmax(action[0], -2), 2) + 0.1;
    target[1] = 0.25 * fmin(fmax(action[1], -2), 2) + -0.3;
    ck_ok(co_row_step(&row, action, &result));
    simulate(other, target, (double[]){20, 30}, 0.5, limit);
    ck_assert_mem_eq(row.physics->qpos, other->qpos, 9 * sizeof(double));
    ck_assert_mem_eq(row.physics->qvel, other->qvel, 8 * sizeof(double));
    reached = reached || fabs(row.physics->ctrl[0]) == limit;
  }
  ck_assert_int_eq(reached, reaches);
  ck_assert_int_eq(world->binding.num_pd, 2);
  co_physics_free(other);
  co_row_free(&row);
  co_world_free(world);
}

START_TEST(test_pd) {
  compare_pd("", INFINITY, false);
  compare_pd("torque_limit=1.5;", 1.5, true);
}
END_TEST

// A motor in its own unit: torque at the joint per unit of control.
static const unit_case kMotors[] = {
    {"strong", 10, 0, 0}, {"back", -2, 0, 0},       {"gain", 2 * 3, 0, 0},
    {"lag", 4, 0, 0},     {"string", 4 * -2, 0, 0},
};

START_TEST(test_motor_units) {
  const unit_case *c = &kMotors[_i];
  static const char *const limit[] = {"", "torque_limit=1.25;"};
  for (int limited = 0; limited < 2; limited++) {
    char list[128];
    snprintf(list, sizeof list, "{term=\"pd\";actuators=\"%s\";kp=30.0;kd=0.0;%s}", c->actuator,
             limit[limited]);
    co_built_world *world =
        robot_world(&(robot_task){.action = list, .actuators = actuator_of(c->actuator)});
    co_row row = test_row(world, 1);
    const co_term *term = &world->binding.terms[CO_TERM_ACTION].term[0];
    row.physics->qpos[7] = 0.0;
    const co_binding *binding = &world->binding;
    co_pd law = {binding->kp, binding->kd, binding->limit, (double[]){0.2}};
    term->class->substep(term, row.physics, &law);
    ck_near(ctrl_of(&row, c->actuator), (limited ? 1.25 : 30 * 0.2) / c->factor);
    co_row_free(&row);
    co_world_free(world);
  }
}
END_TEST

// The torque is the joint's, whatever the motor's gear.
START_TEST(test_pd_is_the_joints) {
  static const char *const motor[] = {"hip", "gain", "back", "string"};
  double first[8];
  for (int k = 0; k < 4; k++) {
    char list[128];
    snprintf(list, sizeof list, "{term=\"pd\";actuators=\"%s\";kp=30.0;kd=0.5;torque_limit=4.0;}",
             motor[k]);
    co_built_world *world =
        robot_world(&(robot_task){.action = list, .actuators = actuator_of(motor[k])});
    co_row row = test_row(world, 1);
    co_row_result result = {0};
    for (int i = 0; i < 5; i++) ck_ok(co_row_step(&row, (double[]){0.4}, &result));
    for (int i = 0; i < 8; i++) {
      if (k == 0) first[i] = row.physics->qvel[i];
      ck_assert_double_eq_tol(row.physics->qvel[i], first[i], 1e-9);
    }
    co_row_free(&row);
    co_world_free(world);
  }
}
END_TEST

START_TEST(test_pd_elements) {
  co_built_world *world = robot_world(&(robot_task){
      .pose = POSE,
      .action = "{term=\"pd\";actuators=\"hip\";kp=20.0;kd=0.5;torque_limit=9.0;scale=0.5;"
                "offset=0.2;},{term=\"pd\";actuators=\"knee\";kp=1.0;kd=0.0;clip=(-4.0,4.0);}"});
  const co_action_element *hip = element_of(world, 0), *knee = element_of(world, 1);
  ck_assert_str_eq(hip->kind, "torque");
  ck_assert_str_eq(hip->name, "pd/hip");
  ck_assert_double_eq(hip->kp, 20.0);
  ck_assert_double_eq(hip->kd, 0.5);
  ck_assert_double_eq(hip->torque_limit, 9.0);
  ck_assert_double_eq(hip->offset, 0.1 + 0.2);
  ck_near(hip->low, (-M_PI / 3 - 0.3) / 0.5);
  ck_near(hip->high, (M_PI / 3 - 0.3) / 0.5);
  ck_assert(isnan(knee->torque_limit));
  ck_assert_double_eq(knee->offset, -0.3);
  ck_assert_double_eq(knee->high, 4.0);
  co_world_free(world);
}
END_TEST

// A saved row goes on as if it had not been.
START_TEST(test_targets_are_saved) {
  co_built_world *world = robot_world(
      &(robot_task){.action = "{term=\"increment\";actuators=\"servo\";scale=0.1;},"
                              "{term=\"pd\";actuators=\"knee\";kp=9.0;kd=0.5;clip=(-4.0,4.0);}"});
  co_row row = test_row(world, 1), other = test_row(world, 2);
  co_row_result result = {0};
  void *bytes = malloc(co_row_size(&world->binding));
  for (int i = 0; i < 5; i++) ck_ok(co_row_step(&row, (double[]){0.9, 0.3}, &result));
  co_row_save(&row, bytes);
  ck_ok(co_row_load(&other, bytes));
  for (int i = 0; i < 5; i++) {
    ck_ok(co_row_step(&row, (double[]){-0.2, 0.1}, &result));
    ck_ok(co_row_step(&other, (double[]){-0.2, 0.1}, &result));
    ck_assert_mem_eq(row.obs, other.obs, 8 * sizeof(double));
  }
  free(bytes);
  co_row_free(&row);
  co_row_free(&other);
  co_world_free(world);
}
END_TEST

// ---- mistakes

typedef struct mistake {
  const char *action, *text;
} mistake;

static const mistake kMistakes[] = {
    {"{term=\"position\";actuators=\"pull\";}", "actuators: \"pull\" drives no single joint"},
    {"{term=\"increment\";actuators=\"pull\";}", "actuators: \"pull\" drives no single joint"},
    {"{term=\"pd\";actuators=\"*\";kp=1.0;kd=1.0;}", "actuators: \"pull\" drives no single joint"},
    {"{term=\"position\";actuators=\"hip\";}",
     "actuators: \"hip\" is a motor: \"position\" needs a position servo"},
    {"{term=\"position\";actuators=\"speed\";}", "\"speed\" is a velocity servo"},
    {"{term=\"increment\";actuators=\"drift\";}", "\"drift\" is a servo of integrated velocities"},
    {"{term=\"position\";actuators=\"damper\";}", "\"damper\" is a damper"},
    {"{term=\"position\";actuators=\"muscle\";}", "\"muscle\" is a muscle"},
    {"{term=\"position\";actuators=\"push\";}",
     "\"push\" is neither a motor nor a position servo: \"position\" needs a position servo"},
    {"{term=\"position\";actuators=\"sprung\";}",
     "\"sprung\" has a constant force of 1.5: \"position\" needs none"},
    {"{term=\"position\";actuators=\"limp\";}",
     "\"limp\" has a gear of 0: \"position\" cannot move its joint"},
    {"{term=\"pd\";actuators=\"servo\";kp=1.0;kd=1.0;}",
     "actuators: \"servo\" is a position servo: \"pd\" needs a motor"},
    {"{term=\"pd\";actuators=\"speed\";kp=1.0;kd=1.0;}", "\"speed\" is a velocity servo"},
    {"{term=\"pd\";actuators=\"drift\";kp=1.0;kd=1.0;}", "is a servo of integrated velocities"},
    {"{term=\"pd\";actuators=\"damper\";kp=1.0;kd=1.0;}", "\"damper\" is a damper"},
    {"{term=\"pd\";actuators=\"muscle\";kp=1.0;kd=1.0;}", "\"muscle\" is a muscle"},
    {"{term=\"pd\";actuators=\"sum\";kp=1.0;kd=1.0;}",
     "\"sum\" is neither a motor nor a position servo"},
    {"{term=\"pd\";actuators=\"drag\";kp=1.0;kd=1.0;}", "\"drag\" is neither a motor nor"},
    {"{term=\"pd\";actuators=\"heavy\";kp=1.0;kd=1.0;}", "\"heavy\" has a constant force of -3"},
    {"{term=\"pd\";actuators=\"limpid\";kp=1.0;kd=1.0;}", "\"limpid\" has a gear of 0"},
    {"{term=\"pd\";actuators=\"site\";kp=1.0;kd=1.0;}", "\"site\" drives no single joint"},
    {"{term=\"pd\";actuators=\"hip\";kp=1.0;}", "kd: \"pd\" needs it"},
    {"{term=\"pd\";actuators=\"hip\";kp=(1.0,2.0);kd=1.0;}", "kp: 2 numbers for 1 element"},
    {"{term=\"pd\";actuators=\"hip\";kp=-1.0;kd=1.0;}", "kp"},
    {"{term=\"pd\";actuators=\"free\";kp=1.0;kd=1.0;}", "clip: \"free\" has no range"},
    {"{term=\"position\";actuators=\"loose\";}", "clip: \"loose\" has no range"},
    {"{term=\"position\";actuators=\"servo\";scale=0.0;}", "scale: must not be 0"},
    {"{term=\"position\";actuators=\"serv\";}", "did you mean \"servo\"?"},
    {"{term=\"position\";actuators=\"servo\";kp=1.0;}", "kp: not a key of \"position\""},
    {"{term=\"increment\";actuators=\"servo\";kp=1.0;}", "kp: not a key of \"increment\""},
};

START_TEST(test_mistakes) {
  co_built_world *world = NULL;
  char line[32], name[32] = "";
  sscanf(strstr(kMistakes[_i].action, "actuators=\""), "actuators=\"%31[^\"]", name);
  snprintf(line, sizeof line, ".cfg:%d: ", ROBOT_ACTION);
  const robot_task task = {.action = kMistakes[_i].action, .actuators = actuator_of(name)};
  ck_fails(robot_try(&task, &world), CO_CONFIG, kMistakes[_i].text);
  ck_assert_msg(strstr(co_error_text(), line), "%s", co_error_text());
}
END_TEST

// The closed-form engine has a joint without limits.
START_TEST(test_pendulum) {
  co_built_world *world =
      test_world("pendulum", NULL, "task.action.0={term=\"pd\";kp=5.0;kd=1.0;clip=(-1.0,1.0);}");
  co_row row = test_row(world, 1);
  double q = row.physics->qpos[0], qd = row.physics->qvel[0];
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){0.5}, &result));
  ck_assert_double_eq(*row.physics->ctrl, 5.0 * (0.5 - q) - 1.0 * qd);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

// ---- mocap bodies

START_TEST(test_mocap) {
  co_built_world *world =
      robot_world(&(robot_task){.action = "{term=\"mocap\";of=\"goal.z|goal.x\";order=\"given\";"
                                          "scale=(0.5,2.0);offset=(1.0,0.0);clip=(-2.0,2.0);},"
                                          "{term=\"ctrl\";actuators=\"knee\";}"});
  ck_assert_str_eq(world->info.action[0].name, "mocap/goal.z");
  ck_assert_str_eq(world->info.action[0].kind, "mocap");
  ck_assert_str_eq(world->info.action[0].unit, "m");
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  const double *place = robot_place(row.physics, CO_MOCAP_POS, "goal.x");
  ck_ok(co_row_step(&row, (double[]){1, -9, 3}, &result));
  ck_assert_double_eq(place[0], -4);  // within the bounds of the action
  ck_assert_double_eq(place[1], -0.5);
  ck_assert_double_eq(place[2], 1.5);
  ck_assert_double_eq(row.physics->ctrl[1], 3);
  ck_near(robot_place(row.physics, CO_BODY_POS, "goal.x")[2], 1.5);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// From where a reset term put it, step by step, to the end of where it may be.
START_TEST(test_mocap_increment) {
  co_built_world *world = robot_world(&(robot_task){
      .action = "{term=\"mocap_increment\";of=\"goal.*\";scale=0.25;low=(-1.0,-1.0,0.0);high=1.0;}",
      .reset = "{term=\"set\";of=\"mocap_pos/goal.x\";value=0.5;}"});
  ck_assert_double_eq(world->info.action[2].low, -1);
  ck_assert_double_eq(world->info.action[2].high, 1);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  const double *place = robot_place(row.physics, CO_MOCAP_POS, "goal.x");
  const double wanted[][3] = {{0.75, -0.75, 0.4}, {1, -1, 0.4}, {1, -1, 0.4}};
  for (int step = 0; step < 3; step++) {
    ck_ok(co_row_step(&row, (double[]){1, -5, 0}, &result));
    for (int k = 0; k < 3; k++) ck_near(place[k], wanted[step][k]);
  }
  ck_ok(co_row_reset(&row));
  ck_assert_double_eq(place[0], 0.5);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_mocap_mistakes) {
  static const char *const cases[][2] = {
      {"{term=\"mocap\";clip=(0.0,1.0);}", "of: \"mocap\" needs it"},
      {"{term=\"mocap\";of=\"goal.x\";}", "\"goal.x\" has no range: give clip"},
      {"{term=\"mocap\";of=\"gaol.x\";clip=(0.0,1.0);}", "of: \"gaol.x\" matches no element"},
      {"{term=\"mocap\";actuators=\"*\";of=\"goal.x\";}", "actuators: not a key of \"mocap\""},
      {"{term=\"mocap_increment\";of=\"goal.*\";low=(0.0,1.0);}", "2 numbers for 3 elements"},
      {"{term=\"mocap_increment\";of=\"goal.*\";},{term=\"mocap\";of=\"goal.y\";clip=(0.0,1.0);}",
       "of: \"goal.y\" is driven by an earlier term"},
      {"{term=\"ctrl\";of=\"goal.x\";}", "of: not a key of \"ctrl\""}};
  co_built_world *world = NULL;
  ck_fails(robot_try(&(robot_task){.action = cases[_i][0]}, &world), CO_CONFIG, cases[_i][1]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("terms_action");
  TCase *tcase = tcase_create("terms_action");
  LOOP(test_position, kPositions);
  LOOP(test_servo_units, kServos);
  LOOP(test_motor_units, kMotors);
  tcase_add_test(tcase, test_no_clip);
  tcase_add_test(tcase, test_pd_is_the_joints);
  tcase_add_test(tcase, test_increment);
  tcase_add_test(tcase, test_increment_with_offset);
  tcase_add_test(tcase, test_pd);
  tcase_add_test(tcase, test_pd_elements);
  tcase_add_test(tcase, test_targets_are_saved);
  LOOP(test_mistakes, kMistakes);
  tcase_add_test(tcase, test_pendulum);
  tcase_add_test(tcase, test_mocap);
  tcase_add_test(tcase, test_mocap_increment);
  tcase_add_loop_test(tcase, test_mocap_mistakes, 0, 7);
  suite_add_tcase(suite, tcase);
  return suite;
}
