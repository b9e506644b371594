// Maps between policy and task: the same bytes as a task that says so.

#include "tests/envs/maps.h"

// ---- a map that changes nothing

static const char *const kIdentity[] = {
    "",
    "observation = ({ element = \"*\"; from = \"*\"; sign = 1; scale = 1; offset = 0; });"
    "action = ({ element = \"*\"; hold = 1; });",
};

START_TEST(test_identity) {
  const char *task = _i / 2 < TEST_TASKS ? test_tasks[_i / 2] : "quadruped_flat";
  co_env *mapped = test_env(task, NULL, 1, 7), *plain = test_env(task, NULL, 1, 7);
  put_map(mapped, 0, 1, kIdentity[_i % 2]);
  compare(mapped, plain);
}
END_TEST

// ---- what a task file can say too

typedef struct twin {
  robot_task plain;  // behind the map
  const char *map;
  robot_task said;
} twin;

#define POSITIONS "{term=\"qpos\";of=\"hip|knee\";%s}"
#define HIP "{term=\"qpos\";of=\"hip\";}"
#define MOTORS "{term=\"ctrl\";actuators=\"hip|knee\";clip=(-5.0,5.0);}"
#define PD "{term=\"pd\";actuators=\"hip|knee\";scale=0.5;clip=(-9.0,9.0);kp=20.0;kd=0.5;}"
#define SERVO "{term=\"position\";actuators=\"servo\";clip=(-9.0,9.0);}"
#define START "{term=\"uniform\";of=\"qpos/hip|qpos/knee\";scale=0.3;}"
#define RELATIVE "{term=\"relative\";of=\"site_pos/foot.*\";to=\"body_pos/goal.*\";%s}"
#define TUMBLE "{term=\"normal\";of=\"qvel/*\";scale=2.0;}"

static const twin kTwins[] = {
    {{.observation = "{term=\"qpos\";of=\"hip|knee\";},{term=\"qvel\";of=\"hip|knee\";}"},
     "observation = ({ element = \"qpos/hip|qpos/knee\"; from = \"qpos/knee|qpos/hip\"; });"
     "action = ({ element = \"#0|#1\"; from = \"#1|#0\"; });",
     {.observation =
          "{term=\"qpos\";of=\"knee|hip\";order=\"given\";},{term=\"qvel\";of=\"hip|knee\";}",
      .action = "{term=\"ctrl\";actuators=\"knee|hip\";order=\"given\";clip=(-5.0,5.0);}"}},
    // by the policy's own names, in its order
    {{.observation = "{term=\"qpos\";of=\"hip|knee\";},{term=\"qvel\";of=\"hip|knee\";}"},
     "observation_order = (\"qvel/knee\", \"qpos/hip\", \"shin\", \"qvel/hip\");"
     "observation = ({ element = \"shin\"; from = \"qpos/knee\"; });"
     "action_order = (\"ctrl/knee\", \"ctrl/hip\");",
     {.observation = "{term=\"qvel\";of=\"knee\";},{term=\"qpos\";of=\"hip\";},"
                     "{term=\"qpos\";of=\"knee\";},{term=\"qvel\";of=\"hip\";}",
      .action = "{term=\"ctrl\";actuators=\"knee|hip\";order=\"given\";clip=(-5.0,5.0);}"}},
    {{.observation = "{term=\"qpos\";of=\"hip|knee\";},{term=\"qvel\";of=\"knee\";}"},
     "observation = ({ element = \"qpos/*\"; sign = (-1, 1); }, { element = \"qvel/*\"; sign = -1; "
     "});"
     "action = ({ element = \"ctrl/knee\"; sign = -1; });",
     {.observation = "{term=\"qpos\";of=\"hip|knee\";scale=(-1.0,1.0);},"
                     "{term=\"qvel\";of=\"knee\";scale=-1.0;}",
      .action = "{term=\"ctrl\";actuators=\"hip|knee\";scale=(1.0,-1.0);clip=(-5.0,5.0);}"}},
    {{.observation = "{term=\"qpos\";of=\"hip|knee\";},{term=\"qvel\";}"},
     "observation = ({ element = \"qpos/*\"; scale = (0.3, -7.0); offset = 0.1; },"
     "{ element = \"qvel/*\"; scale = 0.05; });"
     "action = ({ element = \"*\"; scale = 2.7; offset = (0.1, -0.3); });",
     {.observation = "{term=\"qpos\";of=\"hip|knee\";scale=(0.3,-7.0);offset=0.1;},"
                     "{term=\"qvel\";scale=0.05;}",
      .action = "{term=\"ctrl\";actuators=\"hip|knee\";scale=2.7;offset=(0.1,-0.3);"
                "clip=(-5.0,5.0);}"}},
    {{.observation = HIP ",{term=\"qvel\";of=\"hip|knee\";}"},
     "observation = ({ element = \"qvel/*\"; delay = 3; scale = 0.3; offset = 0.1; });",
     {.observation = HIP ",{term=\"qvel\";of=\"hip|knee\";delay=3;scale=0.3;offset=0.1;}"}},
    {{.observation = HIP ",{term=\"qvel\";of=\"hip|knee\";}", .reset = TUMBLE},
     "observation = ({ element = \"qvel/*\"; delay = 3; scale = 0.3; offset = 0.1; "
     "fill = \"zero\"; });",
     {.observation =
          HIP ",{term=\"qvel\";of=\"hip|knee\";delay=3;scale=0.3;offset=0.1;fill=\"zero\";}",
      .reset = TUMBLE}},
    {{.observation = "{term=\"qvel\";}"},
     "action = ({ element = \"*\"; delay = 2; scale = 2.0; offset = 0.5; });",
     {.observation = "{term=\"qvel\";}",
      .action = "{term=\"ctrl\";actuators=\"hip|knee\";scale=2.0;offset=0.5;clip=(-5.0,5.0);}",
      .shifts = "{parameter=\"action.delay\";set=2;}"}},
    {{.observation = "{term=\"qvel\";}"},
     "action = ({ element = \"*\"; hold = 4; delay = 3; });",
     {.observation = "{term=\"qvel\";}",
      .shifts = "{parameter=\"action.delay\";set=3;},{parameter=\"action.repeat\";set=4;}"}},
    // the task's pose is 0, the policy's another; both start at 0
    {{.observation = "{term=\"joint_pos\";of=\"hip|knee\";scale=2.0;},{term=\"qpos\";of=\"knee\";}",
      .action = PD,
      .reset = START},
     "pose = ({ of = \"hip\"; value = 0.25; }, { of = \"knee\"; value = -0.5; });",
     {.observation = "{term=\"joint_pos\";of=\"hip|knee\";scale=2.0;},{term=\"qpos\";of=\"knee\";}",
      .action = PD,
      .reset = START,
      .pose = "{of=\"hip\";value=0.25;},{of=\"knee\";value=-0.5;}",
      .shifts = "{parameter=\"reset.qpos\";select=\"hip|knee\";set=0.0;}"}},
    {{.observation = "{term=\"joint_pos\";of=\"hip|knee\";history=3;}",
      .action = SERVO,
      .reset = START},
     "pose = ({ of = \"hip|knee\"; value = (0.25, 0.5); });",
     {.observation = "{term=\"joint_pos\";of=\"hip|knee\";history=3;}",
      .action = SERVO,
      .reset = START,
      .pose = "{of=\"hip\";value=0.25;},{of=\"knee\";value=0.5;}",
      .shifts = "{parameter=\"reset.qpos\";select=\"hip|knee\";set=0.0;}"}},
    // seen from the world, and from a frame
    {{.observation = "{term=\"relative\";of=\"site_pos/foot.*\";to=\"body_pos/goal.*\";}," HIP,
      .reset = TUMBLE},
     "turn = ({ of = \"relative/*\"; to = \"body/trunk\"; });",
     {.observation = "{term=\"relative\";of=\"site_pos/foot.*\";to=\"body_pos/"
                     "goal.*\";frame=\"body/trunk\";}," HIP,
      .reset = TUMBLE}},
    {{.observation = "{term=\"constant\";name=\"down\";value=(0.0,0.0,-1.0);}," HIP,
      .reset = TUMBLE},
     "turn = ({ of = \"down/*\"; to = \"site/imu\"; });",
     {.observation = "{term=\"gravity\";frame=\"site/imu\";}," HIP, .reset = TUMBLE}},
};

START_TEST(test_twins) {
  const twin *t = &kTwins[_i];
  co_env *plain = env_of(robot_world(&t->plain), 1), *said = env_of(robot_world(&t->said), 1);
  put_map(plain, 0, 1, t->map);
  compare(plain, said);
}
END_TEST

// ---- what no task says: observations that are held, vectors seen from the world

START_TEST(test_hold) {
  static const char list[] = "{term=\"qvel\";of=\"hip|knee\";}";
  co_env *held = env_of(robot_world(&(robot_task){.observation = list}), 1);
  co_env *plain = env_of(robot_world(&(robot_task){.observation = list}), 1);
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  answer all[kEpisode];
  put_map(held, 0, 1,
          "observation = ({ element = \"*\"; hold = 3; },"
          "{ element = \"qvel/knee\"; delay = 2; });");
  for (int step = 0; step < kEpisode; step++) {
    float action[kActions];
    answer one;
    draw_actions(held, &rng, action);
    ask(held, 0, step ? action : NULL, &one);
    ask(plain, 0, step ? action : NULL, &all[step]);
    int late = step > 2 ? step - 2 : 0;
    ck_assert(one.obs[0] == all[step / 3 * 3].obs[0]);
    ck_assert(one.obs[1] == all[late / 3 * 3].obs[1]);
  }
  ck_assert(all[3].obs[1] != all[6].obs[1]);
  co_env_destroy(held);
  co_env_destroy(plain);
}
END_TEST

// Velocities from the trunk's own frame into the world and the other way, against the state.
START_TEST(test_turned_velocity) {
  co_built_world *world = robot_world(
      &(robot_task){.observation = "{term=\"linear_velocity\";frame=\"body/trunk\";scale=0.5;},"
                                   "{term=\"qvel\";of=\"root.x|root.y|root.z\";}"});
  co_map_def def = map_of(
      "turn = ({ of = \"linear_velocity/*\"; },"
      "{ of = \"qvel/root.*\"; to = \"body/trunk\"; });");
  co_map *map = NULL;
  co_row row = test_row(world, 3);
  ck_ok(co_map_create(&def, &world->binding, &map));
  co_map_row part;
  ck_ok(co_map_row_create(map, &part));
  co_row_set_map(&row, &part);
  for (uint64_t seed = 0; seed < 5; seed++) {
    double turn[3], move[3], down[3];
    robot_scatter(&row, seed);
    robot_motion(row.physics, turn, move, down);
    for (int k = 0; k < 3; k++) {
      ck_near(row.seen[k], 0.5 * row.physics->qvel[k]);
      ck_near(row.seen[3 + k], move[k]);
      ck_assert(fabs(row.obs[k] - row.seen[k]) > 1e-3);
    }
  }
  ck_assert_str_eq(map->obs_element[0].frame, "");
  ck_assert_str_eq(map->obs_element[3].frame, "body/trunk");
  co_row_free(&row);
  co_map_free(map);
  co_map_def_free(&def);
  co_world_free(world);
}
END_TEST

// Beside what the policy sees, the task's own elements and those that only have moved are told.
START_TEST(test_pairs) {
  co_env *env = env_of(
      robot_world(&(robot_task){.observation = "{term=\"qpos\";of=\"hip|knee\";scale=(2.0,3.0);}"}),
      1);
  ck_assert_ptr_null(co_env_get_info(env)->paired);
  put_map(env, 0, 1,
          "observation_order = (\"shin\", \"qpos/hip\");"
          "observation = ({ element = \"shin\"; from = \"qpos/knee\"; scale = 5.0; });"
          "action = ({ element = \"#0|#1\"; from = \"#1|#0\"; scale = 0.5; });");
  const co_env_info *info = co_env_get_info(env);
  ck_assert_str_eq(info->unmapped->obs[0].name, "qpos/hip");
  ck_assert_str_eq(info->paired->obs[0].name, "shin");
  ck_assert_str_eq(info->paired->obs[1].name, "qpos/hip");
  ck_assert(info->paired->obs[0].scale == 3 && info->obs[0].scale == 15);
  for (int i = 0; i < 2; i++) {
    ck_assert_str_eq(info->paired->action[i].name, info->unmapped->action[i].name);
    ck_assert_str_eq(info->paired->action[i].drive.joint,
                     info->unmapped->action[1 - i].drive.joint);
    ck_assert(info->action[i].scale == 0.5 * info->paired->action[i].scale);
  }
  co_env_destroy(env);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("map");
  TCase *tcase = tcase_create("map");
  tcase_add_loop_test(tcase, test_identity, 0, 2 * (TEST_TASKS + 1));
  LOOP(test_twins, kTwins);
  tcase_add_test(tcase, test_hold);
  tcase_add_test(tcase, test_turned_velocity);
  tcase_add_test(tcase, test_pairs);
  suite_add_tcase(suite, tcase);
  return suite;
}
