// Contracts from facts: elements under the names of our own worlds, order, past, origins, and that
// a policy's file holds them.

#include "agents/contract/contract_json.h"
#include "agents/import/facts.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"

#include <dirent.h>
#include <math.h>
#include <string.h>

static co_facts facts;
static co_contract contract;

static void free_all(void) {
  co_facts_free(&facts);
  co_contract_free(&contract);
  scratch_remove();
}

static co_status make(const char *text, int obs_dim, int act_dim) {
  const co_network_def def = {.obs_dim = obs_dim, .act_dim = act_dim};
  const char *path = at("facts.json");
  ck_assert_int_eq(co_file_put(path, text, strlen(text)), CO_OK);
  co_facts_free(&facts);
  co_contract_free(&contract);
  ck_assert_msg(co_facts_read_json(path, &facts) == CO_OK, "%s", co_error_text());
  return co_facts_contract(&facts, &def, &contract);
}

// It is written and read back as what it is.
static void check_file(const co_contract *made) {
  co_json *json = NULL;
  co_contract read = {0};
  ck_assert_int_eq(co_contract_to_json(made, &json), CO_OK);
  ck_assert_msg(co_contract_from_json(json, "contract", &read) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(read.obs[made->num_obs - 1].name, made->obs[made->num_obs - 1].name);
  co_json_free(json);
  co_contract_free(&read);
}

static const char leg[] =
    "{\"joints\": [\"hip\", \"knee\"], \"default_pose\": [0.1, -0.2], \"base_body\": \"trunk\","
    "\"sim\": {\"timestep\": 0.005, \"control_dt\": 0.02}, \"action\": {\"kind\": \"pd torque\","
    "\"scale\": 0.25, \"kp\": [20, 40], \"kd\": 0.5, \"torque_limit\": null, \"clip\": [-100, 100],"
    "\"actuators\": [\"hip_motor\", \"knee_motor\"]}, \"observation\": ["
    "{\"term\": \"base_ang_vel\", \"scale\": 0.25}, {\"term\": \"projected_gravity\", \"site\": "
    "\"imu\"}, {\"term\": \"command\"}, {\"term\": \"joint_pos_rel\"}, {\"term\": \"joint_vel\", "
    "\"scale\": 0.05}, {\"term\": \"last_action\"}, {\"term\": \"wing_spread\", \"dim\": 2}], "
    "\"command_order\": [\"vx (m/s)\", \"vy (m/s)\", \"yaw rate (rad/s)\"]";

START_TEST(test_names) {
  char text[2048];
  snprintf(text, sizeof text, "%s}", leg);
  ck_assert_msg(make(text, 17, 2) == CO_OK, "%s", co_error_text());
  static const char *const names[] = {"angular_velocity/x",
                                      "angular_velocity/y",
                                      "angular_velocity/z",
                                      "gravity/x",
                                      "gravity/y",
                                      "gravity/z",
                                      "command/vx",
                                      "command/vy",
                                      "command/yaw",
                                      "joint_pos/hip",
                                      "joint_pos/knee",
                                      "qvel/hip",
                                      "qvel/knee",
                                      "last_action/pd/hip_motor",
                                      "last_action/pd/knee_motor",
                                      "wing_spread/0",
                                      "wing_spread/1"};
  for (int i = 0; i < 17; i++) ck_assert_str_eq(contract.obs[i].name, names[i]);
  ck_assert_str_eq(contract.obs[0].frame, "body/trunk");
  ck_assert_str_eq(contract.obs[0].quantity, "angular_velocity.x");
  ck_assert_str_eq(contract.obs[3].frame, "site/imu");
  ck_assert_str_eq(contract.obs[15].term, "wing_spread");
  ck_assert_double_eq(contract.obs[11].scale, 0.05);
  ck_assert_str_eq(contract.action[1].name, "pd/knee_motor");
  ck_assert_str_eq(contract.action[1].kind, "torque");
  ck_assert_double_eq(contract.action[1].offset, -0.2);
  ck_assert_double_eq(contract.action[1].kp, 40);
  ck_assert_double_eq(contract.action[1].kd, 0.5);
  ck_assert_double_nan(contract.action[1].torque_limit);
  ck_assert_double_eq(contract.action[0].low, -100);
  ck_assert_str_eq(contract.pose[1].joint, "knee");
  ck_assert_int_eq(contract.substeps, 4);
  const co_provenance *scale = co_contract_provenance(&contract, "observation.11.scale");
  ck_assert_int_eq(scale->from, CO_FROM_FILE);
  ck_assert_str_eq(scale->detail, "facts.json: observation.4.scale");
  ck_assert_double_eq_tol(scale->resolution, 0.00005, 1e-12);
  ck_assert_int_eq(co_contract_provenance(&contract, "observation.15.name")->from, CO_FROM_UNKNOWN);
  ck_assert_int_eq(co_contract_provenance(&contract, "action.0.offset")->from, CO_FROM_INFERRED);
  ck_assert_int_eq(co_contract_provenance(&contract, "history")->from, CO_FROM_UNKNOWN);
  ck_assert_int_eq(co_contract_provenance(&contract, "normaliser")->from, CO_FROM_UNKNOWN);
  check_file(&contract);
}
END_TEST

// Of a term together, or whole observations; the oldest or the newest first.
START_TEST(test_past) {
  static const char *const layout[] = {"term", "frame"}, *const order[] = {"oldest", "newest"};
  static const char *const names[4][4] = {{"joint_pos/a@-1", "joint_pos/a", "qvel/a@-1", "qvel/a"},
                                          {"joint_pos/a", "joint_pos/a@-1", "qvel/a", "qvel/a@-1"},
                                          {"joint_pos/a@-1", "qvel/a@-1", "joint_pos/a", "qvel/a"},
                                          {"joint_pos/a", "qvel/a", "joint_pos/a@-1", "qvel/a@-1"}};
  char text[512];
  snprintf(text, sizeof text,
           "{\"joints\": [\"a\"], \"observation\": [{\"term\": \"joint_pos_rel\", \"dim\": 2, "
           "\"scale\": 3}, {\"term\": \"joint_vel\", \"dim\": 2}], \"history\": {\"length\": 2, "
           "\"layout\": \"%s\", \"order\": \"%s\", \"reset\": \"zero\"}}",
           layout[_i / 2], order[_i % 2]);
  ck_assert_msg(make(text, 4, 1) == CO_OK, "%s", co_error_text());
  for (int i = 0; i < 4; i++) ck_assert_str_eq(contract.obs[i].name, names[_i][i]);
  for (int i = 0; i < 4; i++)
    ck_assert_double_eq(contract.obs[i].scale, contract.obs[i].name[0] == 'j' ? 3 : 1);
  ck_assert_int_eq(contract.history, 2);
  ck_assert_int_eq(contract.layout, _i / 2);
  ck_assert_int_eq(contract.past_order, _i % 2);
  ck_assert_int_eq(contract.obs[0].fill, 1);
  check_file(&contract);
}
END_TEST

// A target of which the gains of a law are said is followed by the law; with gains of servos, or
// without any, by what the model has.
START_TEST(test_followed_targets) {
  static const struct {
    const char *gains, *name, *kind;
    double kp, servo_kp;
  } cases[] = {{"\"kp\": 40, \"kd\": 1}", "pd/a", "torque", 40, NAN},
               {"\"scale\": 1}, \"gains\": {\"kp\": 40}", "position/a", "position", NAN, 40},
               {"\"scale\": 1}", "position/a", "position", NAN, NAN}};
  char text[256];
  snprintf(text, sizeof text,
           "{\"joints\": [\"a\"], \"action\": {\"kind\": \"joint position target\", %s}",
           cases[_i].gains);
  ck_assert_msg(make(text, 1, 1) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(contract.action[0].name, cases[_i].name);
  ck_assert_str_eq(contract.action[0].kind, cases[_i].kind);
  const double got[] = {contract.action[0].kp, contract.action[0].drive.kp};
  const double want[] = {cases[_i].kp, cases[_i].servo_kp};
  for (int i = 0; i < 2; i++) ck_assert(isnan(want[i]) ? isnan(got[i]) : got[i] == want[i]);
  check_file(&contract);
}
END_TEST

START_TEST(test_nothing_said) {
  ck_assert_int_eq(make("{}", 3, 2), CO_OK);
  ck_assert_str_eq(contract.obs[2].name, "observation/2");
  ck_assert_str_eq(contract.action[1].name, "action/1");
  ck_assert_int_eq(contract.origin, CO_FROM_UNKNOWN);
  ck_assert_ptr_null(contract.pose);
  ck_assert_ptr_null(contract.command);
  ck_assert_int_eq(contract.history, 0);
  check_file(&contract);
}
END_TEST

// The one term that nobody counts is what is left; of two nothing is known from the first on.
// A pose of other joints than the actions', or of who knows what, is no file's word for an offset.
START_TEST(test_foreign_pose) {
  static const char pose[] = "\"joints\": [\"a\", \"b\"], \"default_pose\": [0.5, 1]";
  static const char *const kinds[] = {"", ", \"action\": {\"kind\": \"joint position target\"}"};
  for (int i = 0; i < 2; i++) {
    char text[256];
    snprintf(text, sizeof text, "{%s%s}", pose, kinds[i]);
    ck_assert_msg(make(text, 3, 4) == CO_OK, "%s", co_error_text());
    ck_assert_int_eq(co_contract_provenance(&contract, "action.0.offset")->from, CO_FROM_UNKNOWN);
    ck_assert_int_eq(co_contract_provenance(&contract, "default_pose")->from, CO_FROM_FILE);
  }
}
END_TEST

START_TEST(test_not_counted) {
  ck_assert_int_eq(
      make("{\"observation\": [{\"term\": \"a\"}, {\"term\": \"b\", \"dim\": 1}]}", 3, 2), CO_OK);
  ck_assert_str_eq(contract.obs[1].name, "a/1");
  ck_assert_str_eq(contract.obs[2].name, "b/0");
  ck_assert_int_eq(make("{\"observation\": [{\"term\": \"b\", \"dim\": 1}, {\"term\": \"a\"}, "
                        "{\"term\": \"c\"}]}",
                        3, 2),
                   CO_OK);
  ck_assert_str_eq(contract.obs[0].name, "b/0");
  ck_assert_str_eq(contract.obs[1].name, "observation/1");
  check_file(&contract);
}
END_TEST

static const struct {
  const char *text, *says;
} wrong[] = {
    {"{\"policy\": {\"obs_dim\": 4}}", "the network observes 3 numbers, not 4"},
    {"{\"policy\": {\"action_dim\": 3}}", "the network has 2 actions, not 3"},
    {"{\"observation\": [{\"term\": \"command\", \"dim\": 4}]}", "the terms have 4 values"},
};

START_TEST(test_sizes) {
  ck_assert_int_eq(make(wrong[_i].text, 3, 2), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), wrong[_i].says) != NULL, "%s", co_error_text());
}
END_TEST

// More elements than a contract holds origins of: the first that is left out is named.
START_TEST(test_left_out) {
  ck_assert_msg(make("{\"action\": {\"scale\": 0.5}}", 4, 200) == CO_OK, "%s", co_error_text());
  ck_assert_ptr_null(co_contract_provenance(&contract, "left_out"));
  ck_assert_msg(make("{\"action\": {\"scale\": 0.5}}", 4000, 1000) == CO_OK, "%s", co_error_text());
  const co_provenance *told = co_contract_provenance(&contract, "left_out");
  ck_assert_ptr_nonnull(told);
  ck_assert_int_eq(told->from, CO_FROM_UNKNOWN);
  ck_assert_msg(strstr(told->detail, "origins from ") == told->detail, "%s", told->detail);
  char first[64] = "";
  ck_assert_int_eq(sscanf(told->detail, "origins from %63s on", first), 1);
  ck_assert_ptr_null(co_contract_provenance(&contract, first));
  ck_assert_ptr_eq(told, &contract.provenance[contract.num_provenance - 1]);
  check_file(&contract);
}
END_TEST

START_TEST(test_reference) {
  if (!test_shared()) return;
  char folder[2048], path[2400];
  snprintf(folder, sizeof folder, "%s/sim2sim", test_shared());
  DIR *dir = opendir(folder);
  int made = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    snprintf(path, sizeof path, "%s/%s/facts.json", folder, entry->d_name);
    if (entry->d_name[0] == '.' || !co_file_exists(path)) continue;
    co_facts_free(&facts);
    co_contract_free(&contract);
    ck_assert_msg(co_facts_read_json(path, &facts) == CO_OK, "%s", co_error_text());
    const co_network_def def = {.obs_dim = (int)facts.obs_dim.value,
                                .act_dim = (int)facts.act_dim.value};
    ck_assert_msg(co_facts_contract(&facts, &def, &contract) == CO_OK, "%s", co_error_text());
    check_file(&contract);
    made++;
  }
  if (dir) closedir(dir);
  ck_assert_int_eq(made, 15);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("facts_contract");
  TCase *tests = tcase_create("contract");
  tcase_add_checked_fixture(tests, scratch_make, free_all);
  tcase_add_test(tests, test_names);
  tcase_add_loop_test(tests, test_past, 0, 4);
  tcase_add_loop_test(tests, test_followed_targets, 0, 3);
  tcase_add_test(tests, test_nothing_said);
  tcase_add_test(tests, test_foreign_pose);
  tcase_add_test(tests, test_not_counted);
  tcase_add_loop_test(tests, test_sizes, 0, (int)(sizeof wrong / sizeof *wrong));
  tcase_add_test(tests, test_left_out);
  tcase_add_test(tests, test_reference);
  suite_add_tcase(suite, tests);
  return suite;
}
