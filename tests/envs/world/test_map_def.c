// Maps as files: what is refused, what the policy's elements are called, the same bytes back.

#include "tests/envs/maps.h"

// ---- what is refused

typedef struct refused {
  const char *members, *says;
} refused;

static const refused kRefused[] = {
    {"observation_order = (\"qpos/hip\");",
     "map.cfg:2: observation_order: 1 name for the 6 observations of robot"},
    {"action_order = (\"a\", \"b\", \"c\");",
     "map.cfg:2: action_order: 3 names for the 2 actions of robot"},
    {"action_order = (\"a\", \"a\");", "\"a\" appears twice"},
    {"action_order = (\"a\", \"ctrl/hip\");", "\"ctrl/knee\" is taken from nothing: say `from`"},
    {"observation = ({ element = \"qpos/hip\"; from = \"qpos/knee\"; });",
     "observation: of the observations of the task, \"qpos/knee\" is taken twice, for \"qpos/hip\" "
     "and \"qpos/knee\""},
    {"observation = ({ element = \"qpos/*\"; from = \"#0\"; });",
     "from: matches 1, `element` matches 2"},
    {"observation = ({ element = \"#6\"; });",
     "\"#6\" matches none of 6 observations of the policy"},
    {"action = ({ element = \"ctrl/kne\"; });",
     "matches none of 2 actions of the task; did you mean \"ctrl/knee\"?"},
    {"action = ({ element = \"*\"; scale = (1.0, 2.0, 3.0); });",
     "scale: 3 numbers for 2 elements: give 1 or 2"},
    {"action = ({ element = \"*\"; sign = 0.5; });", "sign: must be 1 or -1, is 0.5"},
    {"action = ({ element = \"*\"; delay = 65; });", "delay: 65 is out of range"},
    {"action = ({ element = \"*\"; fill = \"zero\"; });", "unknown key"},
    {"pose = ({ of = \"hip\"; value = 0.5; });",
     "pose: no observation or action of the task counts from what it moves"},
    {"pose = ({ of = \"hop\"; value = 0.5; });", "did you mean \"hip\"?"},
    {"turn = ({ of = \"qpos/*\"; to = \"body/trunk\"; });",
     "of: must match x, y, z of vectors, in threes; 2 match"},
    {"turn = ({ of = \"v/*\"; to = \"body/trunck\"; });",
     "to: \"body/trunck\" is no frame of robot"},
    {"turn = ({ of = \"v/*\"; });", "to: \"v/0\" is seen from there already"},
    {"turn = ({ of = \"*\"; to = \"body/trunk\"; });",
     "\"qvel/hip\" has another scale than the first of three: it cannot be turned"},
};

START_TEST(test_refused) {
  const refused *c = &kRefused[_i];
  co_env *env = env_of(robot_world(&(robot_task){
                           .observation = "{term=\"qpos\";of=\"hip|knee\";},"
                                          "{term=\"qvel\";of=\"hip\";scale=0.5;},"
                                          "{term=\"constant\";name=\"v\";value=(1.0,0.0,0.0);}"}),
                       1);
  char text[600];
  co_map_def def;
  snprintf(text, sizeof text, "map = { format = 1;\n%s };", c->members);
  co_status status = co_map_parse(text, "map.cfg", &def);
  if (status == CO_OK) {
    status = co_env_map(env, 0, 1, &def);
    co_map_def_free(&def);
  }
  ck_assert_int_eq(status, CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), c->says) != NULL, "not in: %s", co_error_text());
  ck_assert_ptr_null(strchr(co_error_text(), '\n'));
  ck_assert_ptr_null(co_vector_row(env, 0)->map.map);
  co_env_destroy(env);
}
END_TEST

// The past of a vector was seen from where the robot was then; a pendulum has no frames.
START_TEST(test_nothing_to_turn) {
  static const char turn[] = "turn = ({ of = \"#0|#1|#2\"; to = \"body/%s\"; });";
  char members[100];
  co_env *past = env_of(
      robot_world(&(robot_task){.observation = "{term=\"linear_velocity\";frame=\"body/trunk\";"
                                               "history=2;}"}),
      1);
  co_env *pendulum = test_env("pendulum", NULL, 1, 7);
  snprintf(members, sizeof members, turn, "leg");
  co_map_def def = map_of(members);
  ck_fails(co_env_map(past, 0, 1, &def), CO_CONFIG, "is of the past: it cannot be turned");
  co_map_def_free(&def);
  snprintf(members, sizeof members, turn, "pole");
  def = map_of(members);
  ck_fails(co_env_map(pendulum, 0, 1, &def), CO_CONFIG,
           "engine \"pendulum\" knows no orientations");
  co_map_def_free(&def);
  co_env_destroy(past);
  co_env_destroy(pendulum);
}
END_TEST

// ---- what the policy's elements are called, and what they mean

START_TEST(test_elements) {
  co_env *env =
      env_of(robot_world(&(robot_task){
                 .observation = "{term=\"joint_pos\";of=\"hip|knee\";scale=2.0;"
                                "clip=(-8.0,10.0);}",
                 .action = "{term=\"pd\";actuators=\"hip|knee\";scale=0.5;clip=(-9.0,9.0);"
                           "kp=20.0;kd=0.5;}"}),
             2);
  put_map(env, 0, 2,
          "observation_order = (\"b\", \"a\");"
          "observation = ({ element = \"a|b\"; from = \"*\"; scale = 0.5; offset = 1.0; },"
          "{ element = \"a\"; sign = -1; delay = 2; fill = \"zero\"; });"
          "action_order = (\"two\", \"one\");"
          "action = ({ element = \"*\"; from = \"one|two\"; scale = -4.0; offset = 1.0; });"
          "pose = ({ of = \"hip\"; value = 1.5; });");
  const co_env_info *info = co_env_get_info(env);
  const co_obs_element *a = &info->obs[1];
  ck_assert_str_eq(info->obs[0].name, "b");
  ck_assert_str_eq(a->name, "a");
  ck_assert_str_eq(a->term, "joint_pos");
  ck_assert(a->scale == -1 && a->offset == 1);  // of what is counted from the map's pose
  ck_assert(info->num_pose == 1 && info->pose[0].value == 1.5);
  ck_assert_str_eq(info->pose[0].joint, "hip");
  ck_assert(a->clip_low == -0.5 * (10 - 3) + 1 && a->clip_high == -0.5 * (-8 - 3) + 1);
  ck_assert(a->delay == 2 && a->fill == 1 && info->obs[0].delay == 0);
  const co_action_element *one = &info->action[1];
  ck_assert_str_eq(one->name, "one");
  // the target: 0.5 * (-4 a + 1 + 1.5 / 0.5)
  ck_assert(one->scale == -2 && one->offset == 2);
  ck_assert(one->low == (9 - 4) / -4.0 && one->high == (-9 - 4) / -4.0);
  ck_assert(one->kp == 20);
  co_env_destroy(env);
}
END_TEST

// ---- as a file

START_TEST(test_written) {
  co_map_def def = map_of(
      "turn = ({ of = \"c/*\"; to = \"body/trunk\"; });"
      "action = ({ element = \"*\"; hold = 2; scale = [0.1, 0.2]; });"
      "observation_order = [\"b\", \"a\"];"
      "observation = ({ fill = \"zero\"; from = \"qpos/hip\"; element = \"a\"; sign = -1; "
      "delay = 2; });"
      "pose = ({ of = \"knee\"; value = 0.1; order = \"given\"; });");
  co_map_def again;
  co_buf first = {0}, second = {0};
  uint64_t hash, hash_again;
  ck_ok(co_map_write(&def, &first));
  ck_assert_ptr_nonnull(
      strstr(first.data,
             "  observation_order = (\"b\", \"a\");\n  observation = ( { element = \"a\"; from = "
             "\"qpos/hip\"; sign = -1.0; delay = 2; fill = \"zero\"; } );\n"));
  ck_ok(co_map_parse(first.data, "again", &again));
  ck_ok(co_map_write(&again, &second));
  ck_assert_str_eq(first.data, second.data);
  ck_ok(co_map_hash(&def, &hash));
  ck_ok(co_map_hash(&again, &hash_again));
  ck_assert(hash == hash_again);
  ((co_map_entry *)again.action.item)->scale.value[1] = 0.25;
  ck_ok(co_map_hash(&again, &hash_again));
  ck_assert(hash != hash_again);
  co_buf_free(&first);
  co_buf_free(&second);
  co_map_def_free(&def);
  co_map_def_free(&again);
}
END_TEST

START_TEST(test_file) {
  char *path = test_write("map_file.cfg", "map = { format = 1; };\n");
  co_map_def def;
  ck_ok(co_map_read(path, &def));
  ck_assert_int_eq(def.format, 1);
  co_map_def_free(&def);
  ck_assert_int_eq(remove(path), 0);
  ck_fails(co_map_read(path, &def), CO_NO_INPUT, "map_file.cfg");
  ck_fails(co_map_parse("map = { format = 2; };", "m.cfg", &def), CO_CONFIG, "m.cfg:1: format: ");
  ck_fails(co_map_parse("maps = { format = 1; };", "m.cfg", &def), CO_CONFIG,
           "did you mean \"map\"?");
  free(path);
}
END_TEST

// Definitions that a program has built are checked like those of a file.
START_TEST(test_built) {
  double scale = NAN;
  co_map_entry entry = {.element = "ctrl/*", .scale = {&scale, 1}};
  co_map_def def = {.format = 1, .action = {&entry, 1}};
  co_env *env = test_env("hopper", NULL, 1, 7);
  ck_fails(co_env_map(env, 0, 1, &def), CO_CONFIG, "map: scale: must be finite");
  scale = 2;
  ck_ok(co_env_map(env, 0, 1, &def));
  co_env_destroy(env);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("map_def");
  TCase *tcase = tcase_create("map_def");
  LOOP(test_refused, kRefused);
  tcase_add_test(tcase, test_nothing_to_turn);
  tcase_add_test(tcase, test_elements);
  tcase_add_test(tcase, test_written);
  tcase_add_test(tcase, test_file);
  tcase_add_test(tcase, test_built);
  suite_add_tcase(suite, tcase);
  return suite;
}
