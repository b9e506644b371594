// Metadata of ONNX files: lists between commas with their decimals, JSON, and what is wrong in
// them.

#include "agents/import/facts.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static co_facts facts;

static void free_facts(void) {
  co_facts_free(&facts);
}

static co_status read_entries(const co_onnx_entry *entry, int count) {
  co_onnx_entry copy[16];
  for (int i = 0; i < count; i++) copy[i] = entry[i];
  const co_onnx onnx = {.file = "folder/policy.onnx", .num_metadata = count, .metadata = copy};
  co_facts_free(&facts);
  return co_facts_read_onnx(&onnx, &facts);
}
#define READ(entries) read_entries(entries, (int)(sizeof(entries) / sizeof *(entries)))

START_TEST(test_commas) {
  static const co_onnx_entry entry[] = {{"run_path", "none"},
                                        {"joint_names", "hip, knee"},
                                        {"joint_stiffness", "40.179,0.500"},
                                        {"joint_damping", "2.558,0.001"},
                                        {"default_joint_pos", "-0.100,0.000"},
                                        {"action_scale", "0.5"},
                                        {"observation_names", "joint_pos,joint_vel,load"},
                                        {"observation_terms_history_length", "3,3,3"}};
  ck_assert_msg(READ(entry) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(facts.joints.name[1], "knee");
  ck_assert_str_eq(facts.joints.at.place, "policy.onnx: metadata \"joint_names\"");
  ck_assert_double_eq(facts.servo_kp.value[0], 40.179);
  for (int i = 0; i < 2; i++) {
    ck_assert_double_eq_tol(facts.servo_kp.resolution[i], 0.0005, 1e-12);
    ck_assert_double_eq_tol(facts.servo_kd.resolution[i], 0.0005, 1e-12);
    ck_assert_double_eq_tol(facts.default_pose.resolution[i], 0.0005, 1e-12);
  }
  ck_assert_double_eq_tol(facts.action_scale.resolution[0], 0.0005, 1e-12);
  ck_assert_str_eq(facts.action_kind.value, "joint position target");
  ck_assert_int_eq(facts.action_kind.at.from, CO_FROM_INFERRED);
  ck_assert_int_eq(facts.num_terms, 3);
  ck_assert_str_eq(facts.term[0].term, "joint_pos_rel");
  ck_assert_str_eq(facts.term[2].term, "load");
  ck_assert_double_eq(facts.history.value, 3);
  ck_assert_str_eq(facts.history_order.value, "oldest_first");
}
END_TEST

// The keys of mjlab's exporter: of each term a number, or a list between semicolons; "inf" is no
// bound. Flags and lengths have decimals too.
START_TEST(test_terms) {
  static const co_onnx_entry entry[] = {
      {"joint_names", "hip,knee"},
      {"observation_names", "base_ang_vel,joint_vel,actions"},
      {"observation_terms_scale", "0.250;0.250;0.500,0.050,1.000"},
      {"observation_terms_clip", "-inf;inf,-100.000;100.000,-inf;5.000"},
      {"observation_terms_flatten_history_dim", "1.000,1.000,1.000"},
      {"observation_terms_history_length", "2.000,0.000,0.000"}};
  ck_assert_msg(READ(entry) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(facts.term[0].scale.count, 3);
  ck_assert_double_eq(facts.term[0].scale.value[2], 0.5);
  ck_assert_double_eq_tol(facts.term[0].scale.resolution[2], 0.0005, 1e-12);
  ck_assert_int_eq(facts.term[0].dim, 6);
  ck_assert_int_eq(facts.term[0].history, 2);
  ck_assert_int_eq(facts.term[1].history, 1);
  ck_assert_double_eq(facts.term[1].scale.value[0], 0.05);
  ck_assert_str_eq(facts.term[1].scale.at.place,
                   "policy.onnx: metadata \"observation_terms_scale\".1");
  ck_assert_double_eq(facts.term[1].clip.value[0], -100);
  ck_assert_double_ge(facts.term[2].clip.value[1], 5);
  for (int i = 0; i < 3; i += 2) ck_assert_double_le(facts.term[i].clip.value[0], -3.4e38);
}
END_TEST

// The keys of whole-body-tracking's exporter. The body that a motion is compared at is not the one
// that the robot's own velocities are seen from.
START_TEST(test_motion) {
  static const co_onnx_entry entry[] = {
      {"run_path", "run"},
      {"joint_names", "hip,knee"},
      {"joint_stiffness", "40.179,99.098"},
      {"default_joint_pos", "0.000,0.100"},
      {"command_names", "motion"},
      {"observation_names", "command,motion_anchor_pos_b,joint_pos,actions"},
      {"observation_history_lengths", "1.000,1.000,3.000,3.000"},
      {"action_scale", "0.548,0.351"},
      {"anchor_body_name", "torso_link"},
      {"body_names", "pelvis,torso_link"}};
  ck_assert_msg(READ(entry) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(facts.num_terms, 4);
  ck_assert_str_eq(facts.term[1].term, "motion_anchor_pos_b");
  ck_assert_int_eq(facts.term[1].history, 1);
  ck_assert_int_eq(facts.term[2].history, 3);
  ck_assert(!facts.base_body.at.stated);
  ck_assert_int_eq(facts.num_commands, 0);
}
END_TEST

START_TEST(test_json) {
  static const co_onnx_entry entry[] = {
      {"dof_names", "[\"a\", \"b\"]"},
      {"kp", "[100.0, 50.0]"},
      {"kd", "[2.0, 1.0]"},
      {"action_scale", "0.25"},
      {"command_ranges", "{\"lin_vel_x\": [-1, 1], \"ang_vel_yaw\": [-0.5, 0.5]}"},
      {"robot_urdf", "<?xml version=\"1.0\"?><robot name=\"r\"/>"}};
  ck_assert_msg(READ(entry) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(facts.joints.count, 2);
  ck_assert_double_eq(facts.kp.value[1], 50);
  ck_assert_str_eq(facts.action_kind.value, "pd torque");
  ck_assert_int_eq(facts.num_commands, 2);
  ck_assert_str_eq(facts.command[1].name, "yaw");
  ck_assert_ptr_nonnull(strstr(facts.urdf, "<robot"));
}
END_TEST

START_TEST(test_wrong) {
  static const co_onnx_entry text[] = {{"joint_stiffness", "1.0,x"}};
  ck_assert_int_eq(READ(text), CO_DATA);
  ck_assert_str_eq(co_error_text(),
                   "folder/policy.onnx: metadata \"joint_stiffness\".1: must be a number");
  static const co_onnx_entry count[] = {{"joint_names", "a,b"}, {"default_joint_pos", "1,2,3"}};
  ck_assert_int_eq(READ(count), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "default_pose: 3 numbers for 2 joints"));
  static const co_onnx_entry scales[] = {{"observation_names", "a,b"},
                                         {"observation_terms_scale", "1,2,3"}};
  ck_assert_int_eq(READ(scales), CO_DATA);
  ck_assert_ptr_nonnull(
      strstr(co_error_text(), "metadata \"observation_terms_scale\": 3 entries for 2 terms"));
  static const co_onnx_entry past[] = {{"observation_names", "a,b"},
                                       {"observation_history_lengths", "1,2,3"}};
  ck_assert_int_eq(READ(past), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "3 entries for 2 terms"));
  static const co_onnx_entry clip[] = {{"observation_names", "a"},
                                       {"observation_terms_clip", "-inf;nan"}};
  ck_assert_int_eq(READ(clip), CO_DATA);
  ck_assert_ptr_nonnull(
      strstr(co_error_text(), "metadata \"observation_terms_clip\".0.1: must be a number"));
  static const co_onnx_entry json[] = {{"dof_names", "[\"a\""}};
  ck_assert_int_eq(READ(json), CO_DATA);
  static const co_onnx_entry twice[] = {{"joint_names", "a,a"}};
  ck_assert_int_eq(READ(twice), CO_DATA);
  ck_assert_uint_eq(facts.memory.used, 0);
}
END_TEST

// The metadata of the converted file say what facts.json says, to three decimals.
START_TEST(test_reference) {
  if (!test_shared()) return;
  char path[2400];
  co_onnx onnx;
  snprintf(path, sizeof path, "%s/sim2sim/unitree_g1_mjlab/facts.json", test_shared());
  ck_assert_msg(co_facts_read(path, &facts) == CO_OK, "%s", co_error_text());
  snprintf(path, sizeof path, "%s/sim2sim/unitree_g1_mjlab/policy_metadata.onnx", test_shared());
  ck_assert_msg(co_onnx_read(path, &onnx) == CO_OK, "%s", co_error_text());
  ck_assert_msg(co_facts_read_onnx(&onnx, &facts) == CO_OK, "%s", co_error_text());
  for (int i = 0; i < facts.num_conflicts; i++)
    ck_assert_msg(false, "%s: %s, %s", facts.conflict[i].path, facts.conflict[i].kept,
                  facts.conflict[i].other);
  // and alone they are a contract whose command is what is left
  const co_network_def def = {.obs_dim = 96, .act_dim = 29};
  co_contract contract;
  co_facts_free(&facts);
  ck_assert_int_eq(co_facts_read_onnx(&onnx, &facts), CO_OK);
  ck_assert_msg(co_facts_contract(&facts, &def, &contract) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(contract.obs[8].name, "command/2");
  ck_assert_str_eq(contract.obs[9].name, "joint_pos/left_hip_pitch_joint");
  ck_assert_str_eq(contract.action[3].name, "position/left_knee_joint");
  co_contract_free(&contract);
  co_onnx_free(&onnx);
}
END_TEST

// Exporters that write all values as JSON write a text so, too.
START_TEST(test_urdf_as_json) {
  static const co_onnx_entry entry[] = {
      {"robot_urdf", "\"<?xml version=\\\"1.0\\\"?>\\n<robot name=\\\"r\\\"/>\""}};
  ck_assert_msg(READ(entry) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(facts.urdf, "<?xml version=\"1.0\"?>\n<robot name=\"r\"/>");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("facts_onnx");
  TCase *tests = tcase_create("metadata");
  tcase_add_checked_fixture(tests, NULL, free_facts);
  tcase_add_test(tests, test_commas);
  tcase_add_test(tests, test_terms);
  tcase_add_test(tests, test_motion);
  tcase_add_test(tests, test_json);
  tcase_add_test(tests, test_urdf_as_json);
  tcase_add_test(tests, test_wrong);
  tcase_add_test(tests, test_reference);
  suite_add_tcase(suite, tests);
  return suite;
}
