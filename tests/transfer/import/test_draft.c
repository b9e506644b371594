// Drafts of tasks from a robot and facts as values: what is stated is used, what is not is open,
// what cannot be said is refused, and what files bring is never config.

#include "core/config/tree.h"
#include "tests/support/support.h"
#include "transfer/import/draft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static void ck_fails(co_status got, co_status want, const char *says) {
  ck_assert_int_eq(got, want);
  ck_assert_msg(strstr(co_error_text(), says) != NULL, "%s: not %s", co_error_text(), says);
}

// A biped of two hinges with motors on a free trunk, the second actuator listed first.
enum { NQ = 9, NV = 8 };
static const char *const qpos_names[NQ] = {"root.x",  "root.y",  "root.z", "root.qw", "root.qx",
                                           "root.qy", "root.qz", "left",   "right"};
static const char *const body_names[] = {"world", "trunk"}, *const feet[] = {"l", "r"};
static co_robot_joint joints[2];
static co_robot_actuator actuators[2];
static co_robot_sensor sensors[1];
static double pose[NQ];

static co_robot robot_of(co_robot_drive drive) {
  static const char *qpos[NQ], *qvel[NV], *body[2], *foot[2];
  memcpy(qpos, qpos_names, sizeof qpos);
  memcpy(body, body_names, sizeof body);
  memcpy(foot, feet, sizeof foot);
  for (int i = 0; i < 2; i++) {
    joints[i] = (co_robot_joint){.name = qpos_names[7 + i],
                                 .body = feet[i],
                                 .own = true,
                                 .qpos = 7 + i,
                                 .qvel = 6 + i,
                                 .low = -1,
                                 .high = 1,
                                 .inertia = 0.1,
                                 .effort = 40,
                                 .actuator = 1 - i};
    actuators[i] = (co_robot_actuator){i ? "motor_l" : "motor_r", drive, 1 - i, -40, 40};
  }
  sensors[0] = (co_robot_sensor){"gyro", "angular_velocity", "site/imu", false};
  return (co_robot){.file = "biped.xml",
                    .timestep = 0.005,
                    .integrator = "Euler",
                    .tied = CO_ROBOT_FREE,
                    .base = "trunk",
                    .root = "root",
                    .nq = NQ,
                    .nv = NV,
                    .qpos = qpos,
                    .qvel = qvel,
                    .num_joints = 2,
                    .num_actuators = 2,
                    .num_sensors = 1,
                    .num_feet = 2,
                    .num_bodies = 2,
                    .joint = joints,
                    .actuator = actuators,
                    .sensor = sensors,
                    .body = body,
                    .foot = foot,
                    .pose = pose,
                    .height = 0.5,
                    .lowest = 0,
                    .up = 1,
                    .ground = 0};
}

static co_fact at(const char *place) {
  return (co_fact){.stated = true, .from = CO_FROM_FILE, .place = place};
}

// The draft is config, whatever is in it.
static co_draft draft_of(const co_robot *robot, const co_facts *facts, const char *model) {
  co_draft draft;
  co_node *tree = NULL;
  ck_ok(co_draft_make(robot, facts, model, &draft));
  co_status status = co_tree_parse(draft.text.data, "draft.cfg", &tree);
  ck_assert_msg(status == CO_OK, "%s\n%s", co_error_text(), draft.text.data);
  ck_assert_ptr_nonnull(co_node_get(tree, "task"));
  ck_assert_int_eq(tree->count, 1);
  co_node_free(tree);
  return draft;
}

// Wherever lines are broken.
static void expect(const co_draft *draft, const char *text) {
  co_buf line = {0};
  for (const char *c = draft->text.data; *c; c++) {
    bool space = *c == ' ' || *c == '\n';
    if (space && line.size && line.data[line.size - 1] == ' ') continue;
    co_buf_puts(&line, space ? " " : (char[]){*c, 0});
  }
  ck_assert_msg(strstr(line.data, text) != NULL, "no %s in\n%s", text, draft->text.data);
  co_buf_free(&line);
}

static bool is_open(const co_draft *draft, const char *key) {
  for (int i = 0; i < draft->num_open; i++)
    if (strcmp(draft->open[i].key, key) == 0) return true;
  return false;
}

static bool is_stated(const co_draft *draft, const char *key) {
  for (int i = 0; i < draft->num_stated; i++)
    if (strcmp(draft->stated[i], key) == 0) return true;
  return false;
}

START_TEST(test_model_alone) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_draft draft = draft_of(&robot, NULL, "biped.xml");
  expect(&draft, "substeps = 4;");
  expect(&draft, "{ term = \"pd\"; actuators = \"*\"; scale = 0.25;");
  expect(&draft, "kp = 40.0; kd = 1.0; torque_limit = 40.0;");
  expect(&draft, "{ term = \"joint_pos\"; of = \"left|right\"; }");
  expect(&draft, "{ term = \"outside\"; of = \"body_pos/trunk.z\"; min = 0.25; }");
  expect(&draft, "name = \"yaw\"; low = -1.0; high = 1.0; every = 250; zero = 0.5; }");
  static const char *const open[] = {"action.kp", "action.scale",   "command.vx",  "reward",
                                     "reset",     "joint.armature", "observation", "substeps"};
  for (size_t i = 0; i < sizeof open / sizeof *open; i++)
    ck_assert_msg(is_open(&draft, open[i]), "%s", open[i]);
  ck_assert(is_stated(&draft, "timestep") && !is_open(&draft, "floor"));
  co_draft_free(&draft);
  robot = robot_of(CO_ROBOT_SERVO);
  draft = draft_of(&robot, NULL, "biped.xml");
  expect(&draft, "{ term = \"position\"; actuators = \"*\"; scale = 0.25;");
  ck_assert(!is_open(&draft, "action.kp"));
  co_draft_free(&draft);
  robot.num_actuators = 0;
  robot.ground = NAN;
  draft = draft_of(&robot, NULL, "biped.xml");
  expect(&draft, "{ joint = \"left\"; kind = \"motor\"; ctrlrange = ( -40.0, 40.0 ); }");
  expect(&draft, "floor = 0.0;");
  ck_assert(is_open(&draft, "actuators"));
  co_draft_free(&draft);
}
END_TEST

// A guess that the time step cannot bear is made smaller.
START_TEST(test_gains_bear_the_step) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  joints[0].inertia = joints[1].inertia = 1e-3;
  co_draft draft = draft_of(&robot, NULL, "biped.xml");
  expect(&draft, "kp = 8.0; kd = 0.1;");
  co_draft_free(&draft);
}
END_TEST

static const char *names[] = {"right", "left"}, *motors[] = {"motor_r", "motor_l"};
static double default_pose[] = {0.5, -0.5}, kp[] = {30, 31}, kd[] = {1, 2}, scale[] = {0.3};
static co_fact_term terms[4];
static co_fact_command command[] = {{.name = "vx", .value = 2, .low = NAN, .high = NAN},
                                    {.name = "vy", .value = 0, .low = -0.1, .high = 0.1},
                                    {.name = "yaw", .value = 0, .low = NAN, .high = NAN}};

static co_fact_term term_of(const char *name, int dim) {
  co_fact_term term = {.at = at("facts.json: observation"),
                       .term = name,
                       .stated_as = name,
                       .start = -1,
                       .dim = dim,
                       .slice = {-1, -1}};
  term.period.value = NAN;
  return term;
}

static co_facts facts_of(void) {
  terms[0] = term_of("base_ang_vel", 3);
  terms[0].sensor = "gyro";
  terms[1] = term_of("joint_pos_rel", 2);
  terms[2] = term_of("command", 3);
  terms[3] = term_of("last_action", 2);
  return (co_facts){.joints = {at("facts.json: joints"), 2, names},
                    .actuators = {at("facts.json: actuators"), 2, motors},
                    .default_pose = {.at = at("pose"), .count = 2, .value = default_pose},
                    .action_kind = {at("kind"), "pd torque"},
                    .action_scale = {.at = at("scale"), .count = 1, .value = scale},
                    .kp = {.at = at("kp"), .count = 2, .value = kp},
                    .kd = {.at = at("kd"), .count = 2, .value = kd},
                    .timestep = {at("timestep"), 0.002},
                    .integrator = {at("integrator"), "implicitfast"},
                    .control_dt = {at("control_dt"), 0.02},
                    .num_terms = 4,
                    .term = terms,
                    .num_commands = 3,
                    .command = command};
}

START_TEST(test_facts) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_facts facts = facts_of();
  co_draft draft = draft_of(&robot, &facts, "biped.xml");
  expect(&draft, "timestep = 0.002;");
  expect(&draft, "integrator = \"implicitfast\";");
  expect(&draft, "substeps = 10;");
  expect(&draft, "{ of = \"right|left\"; order = \"given\"; value = ( 0.5, -0.5 ); }");
  expect(&draft, "{ term = \"angular_velocity\"; frame = \"site/imu\"; }");
  expect(&draft, "{ term = \"joint_pos\"; of = \"right|left\"; order = \"given\"; }");
  expect(&draft, "actuators = \"*\"; scale = 0.3; clip = \"none\"; kp = ( 30.0, 31.0 );");
  expect(&draft, "name = \"vx\"; low = -0.5; high = 2.0;");
  expect(&draft, "name = \"vy\"; low = -0.1; high = 0.1;");
  ck_assert(is_stated(&draft, "command.vy") && is_open(&draft, "command.vx"));
  ck_assert(is_stated(&draft, "action.kp") && is_stated(&draft, "substeps"));
  ck_assert(!is_open(&draft, "action.scale") && !is_open(&draft, "observation"));
  co_draft_free(&draft);
}
END_TEST

// The facts' offset is all of it, a task's is counted from the default pose.
START_TEST(test_offsets) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_facts facts = facts_of();
  double offset[] = {0.5, -0.5};
  facts.action_offset = (co_fact_numbers){.at = at("offset"), .count = 2, .value = offset};
  co_draft draft = draft_of(&robot, &facts, "biped.xml");
  expect(&draft, "scale = 0.3; clip = \"none\"; kp");
  co_draft_free(&draft);
  offset[1] = -0.25;
  draft = draft_of(&robot, &facts, "biped.xml");
  expect(&draft, "scale = 0.3; offset = ( 0.0, 0.25 ); clip");
  co_draft_free(&draft);
}
END_TEST

START_TEST(test_bounds_of_all) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_facts facts = facts_of();
  double low[] = {-9, -9}, high[] = {9, 9};
  facts.action_low = (co_fact_numbers){.at = at("low"), .count = 2, .value = low};
  facts.action_high = (co_fact_numbers){.at = at("high"), .count = 2, .value = high};
  co_draft draft = draft_of(&robot, &facts, "biped.xml");
  expect(&draft, "scale = 0.3; clip = ( -9.0, 9.0 ); kp");
  co_draft_free(&draft);
}
END_TEST

// Gains alone told of a law: servos follow the targets, where the model has them.
START_TEST(test_inferred_kind) {
  co_robot robot = robot_of(CO_ROBOT_SERVO);
  co_facts facts = facts_of();
  facts.action_kind.at.from = CO_FROM_INFERRED;
  facts.joints.at.from = CO_FROM_INFERRED;
  co_draft draft = draft_of(&robot, &facts, "biped.xml");
  expect(&draft, "{ term = \"position\"; actuators = \"*\"; scale = 0.3; clip = \"none\"; }");
  ck_assert(is_open(&draft, "action") && is_open(&draft, "joints"));
  co_draft_free(&draft);
}
END_TEST

// A target that motors follow takes the gains of the servos that the policy was trained with.
START_TEST(test_gains_of_servos) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_facts facts = facts_of();
  facts.action_kind.value = "joint position target";
  facts.servo_kp = facts.kp, facts.servo_kd = facts.kd;
  facts.kp = facts.kd = (co_fact_numbers){0};
  co_draft draft = draft_of(&robot, &facts, "biped.xml");
  expect(&draft, "{ term = \"pd\"; actuators = \"*\";");
  expect(&draft, "kp = ( 30.0, 31.0 ); kd = ( 1.0, 2.0 ); }");
  ck_assert(is_stated(&draft, "action.kp"));
  co_draft_free(&draft);
}
END_TEST

typedef struct refusal {
  void (*change)(co_facts *facts);
  const char *says;
} refusal;

#define CHANGE(name, ...)         \
  static void name(co_facts *f) { \
    (void)f;                      \
    __VA_ARGS__;                  \
  }
CHANGE(no_term, f->term[3] = term_of("lidar", 5))
CHANGE(no_joint, names[0] = "rihgt")
CHANGE(no_motor, motors[1] = "motor_x")
CHANGE(no_sensor, f->term[0].sensor = "gyr")
CHANGE(no_site, (f->term[0].sensor = NULL, f->term[0].site = "imu"))
CHANGE(no_body, f->base_body = (co_fact_text){at("base"), "saddle"})
CHANGE(no_kind, f->action_kind.value = "telepathy")
CHANGE(servo, f->action_kind.value = "joint position increment")
CHANGE(gains, f->kp.count = f->kd.count = 3)
CHANGE(outputs, f->act_dim = ((co_fact_number){at("act_dim"), 7}))
CHANGE(inputs, f->obs_dim = ((co_fact_number){at("obs_dim"), 11}))
CHANGE(rate, f->timestep.value = 0.003)
CHANGE(start, (f->init_qpos.at = at("init"), f->init_qpos.count = 2, f->init_qpos.value = pose))
CHANGE(newest, (f->history = (co_fact_number){at("history"), 3},
                f->history_order = (co_fact_text){at("order"), "newest_first"}))

CHANGE(no_order, f->joints.count = 0)

static const refusal refusals[] = {
    {no_term, "no term of a task shows \"lidar\""},
    {no_joint, "biped.xml has no joint \"rihgt\"; did you mean \"right\"?"},
    {no_motor, "biped.xml has no actuator \"motor_x\"; did you mean \"motor_"},
    {no_sensor, "no sensor \"gyr\" of a body or site"},
    {no_site, "no site \"imu\""},
    {no_body, "base: biped.xml has no body \"saddle\""},
    {no_kind, "no action of a task is a \"telepathy\""},
    {servo, "needs position servos, and \"motor_r\" of biped.xml is none"},
    {gains, "kp: action.kp: 3 numbers for 2 actions"},
    {outputs, "act_dim: the policy has 7 outputs, 2 actuators are named"},
    {inputs, "obs_dim: the policy sees 11 numbers, the terms that are stated make 10"},
    {rate, "no whole number of physics steps of 0.003 s"},
    {start, "init: 2 positions, biped.xml has 9"},
    {no_order,
     "pose: 2 joints whose order nobody states: add --facts with {\"joints\": [their names]}"},
    {newest, "order: a task shows the past oldest first"},
};

START_TEST(test_refusals) {
  static const char *const joint[] = {"right", "left"}, *const motor[] = {"motor_r", "motor_l"};
  memcpy(names, joint, sizeof names);
  memcpy(motors, motor, sizeof motors);
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_facts facts = facts_of();
  co_draft draft;
  refusals[_i].change(&facts);
  ck_fails(co_draft_make(&robot, &facts, "m.xml", &draft), CO_DATA, refusals[_i].says);
  ck_assert(!draft.text.data && !draft.open && !draft.num_open);
}
END_TEST

// Names end neither a string, a pattern, a comment nor the task.
START_TEST(test_names_are_names) {
  co_robot robot = robot_of(CO_ROBOT_MOTOR);
  co_facts facts = facts_of();
  static const char odd[] = "a\"; } );\n}; task = { // |*?\\";
  robot.file = odd;
  robot.base = joints[0].name = odd;
  robot.body[1] = odd;
  names[1] = odd;
  facts.name = (co_fact_text){at("name"), odd};
  co_draft draft = draft_of(&robot, &facts, odd);
  co_draft_free(&draft);
  draft = draft_of(&robot, NULL, odd);
  co_draft_free(&draft);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("draft");
  TCase *tcase = tcase_create("draft");
  tcase_add_test(tcase, test_model_alone);
  tcase_add_test(tcase, test_gains_bear_the_step);
  tcase_add_test(tcase, test_facts);
  tcase_add_test(tcase, test_offsets);
  tcase_add_test(tcase, test_bounds_of_all);
  tcase_add_test(tcase, test_inferred_kind);
  tcase_add_test(tcase, test_gains_of_servos);
  tcase_add_loop_test(tcase, test_refusals, 0, (int)(sizeof refusals / sizeof *refusals));
  tcase_add_test(tcase, test_names_are_names);
  suite_add_tcase(suite, tcase);
  return suite;
}
