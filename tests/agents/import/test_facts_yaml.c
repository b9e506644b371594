// Settings files of other projects: which one it is, whose order, what a default is; compared with
// the facts of the same policies.

#include "agents/import/facts.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

static co_facts facts;

static void free_facts(void) {
  co_facts_free(&facts);
  scratch_remove();
}

static co_status read_text(const char *text) {
  co_facts_free(&facts);
  const char *path = at("deploy.yaml");
  ck_assert_int_eq(co_file_put(path, text, strlen(text)), CO_OK);
  return co_facts_read(path, &facts);
}

START_TEST(test_deploy) {
  ck_assert_msg(read_text("joint_ids_map: [1, 0]\n"
                          "step_dt: 0.02\n"
                          "stiffness: [99.1, 40.0]\n"
                          "damping: [2.0, 1.5]\n"
                          "default_joint_pos: [0.1, -0.2]\n"
                          "commands:\n"
                          "  base_velocity:\n"
                          "    ranges: {lin_vel_x: [-0.5, 1.0], ang_vel_z: [-0.2, 0.2]}\n"
                          "actions:\n"
                          "  JointPositionAction:\n"
                          "    clip: [[-1.0, 1.0], [-2.0, 2.0]]\n"
                          "    scale: [0.25, -0.5]\n"
                          "    offset: [0.5, 0]\n"
                          "    joint_ids: !!python/object/apply:builtins.slice [null, null, null]\n"
                          "observations:\n"
                          "  joint_pos_rel: {clip: null, scale: [1.0, 1.0], history_length: 3}\n"
                          "  feet_load: {scale: 0.1, history_length: 3}\n") == CO_OK,
                "%s", co_error_text());
  ck_assert_double_eq(facts.kp.value[0], 40);  // of the policy's first joint
  ck_assert_double_eq(facts.kp.value[1], 99.1);
  ck_assert_double_eq_tol(facts.kp.resolution[1], 0.05, 1e-12);
  ck_assert_double_eq(facts.default_pose.value[1], -0.2);
  ck_assert_str_eq(facts.default_pose.at.place, "deploy.yaml:5");
  ck_assert_double_eq(facts.control_dt.value, 0.02);
  const double low[] = {-6, -4}, high[] = {2, 4};  // of actions, where the file's are of targets
  for (int i = 0; i < 2; i++) {
    ck_assert_double_eq(facts.action_low.value[i], low[i]);
    ck_assert_double_eq(facts.action_high.value[i], high[i]);
  }
  ck_assert_int_eq(facts.num_terms, 2);
  ck_assert_int_eq(facts.term[0].dim, 6);
  ck_assert_str_eq(facts.term[1].term, "feet_load");
  ck_assert(facts.term[0].clip.at.stated && !facts.term[0].clip.count);
  ck_assert_double_eq(facts.history.value, 3);
  ck_assert_int_eq(facts.history_layout.at.from, CO_FROM_DEFAULT);
  ck_assert_str_eq(facts.action_kind.value, "pd torque");
  ck_assert_int_eq(facts.action_kind.at.from, CO_FROM_INFERRED);
  ck_assert_int_eq(facts.num_commands, 2);
  ck_assert_str_eq(facts.command[1].name, "yaw");
  ck_assert_double_eq(facts.command[0].low, -0.5);
}
END_TEST

START_TEST(test_sar) {
  ck_assert_msg(read_text("dog/walk:\n"
                          "  num_observations: 14\n"
                          "  num_of_dofs: 2\n"
                          "  observations: [ang_vel, commands, dof_pos, actions]\n"
                          "  observations_history: [1, 0]\n"
                          "  observations_history_priority: \"term\"\n"
                          "  clip_obs: 100.0\n"
                          "  rl_kp: [20, 30]\n"
                          "  ang_vel_scale: 0.25\n"
                          "  joint_names: [\"a\", \"b\"]\n"
                          "  joint_mapping: [1, 0]\n") == CO_OK,
                "%s", co_error_text());
  ck_assert_str_eq(facts.joints.name[0], "b");
  ck_assert_str_eq(facts.term[0].term, "base_ang_vel");
  ck_assert_double_eq(facts.term[0].scale.value[0], 0.25);
  ck_assert_double_eq(facts.term[3].clip.value[0], -100);
  ck_assert_str_eq(facts.history_order.value, "oldest_first");
  ck_assert_str_eq(facts.history_layout.value, "term");
}
END_TEST

// Commands of three numbers, whose names these projects do not write.
START_TEST(test_usual_commands) {
  static const char *const text[] = {
      "r: {num_of_dofs: 1, observations: [ang_vel, commands]}\n",
      "simulation_dt: 0.1\nkps: [1, 2]\nnum_obs: 15\nnum_actions: 2\n",
  };
  static const char *const names[] = {"vx", "vy", "yaw"};
  ck_assert_msg(read_text(text[_i]) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(facts.num_commands, 3);
  ck_assert_int_eq(facts.command_at.from, CO_FROM_DEFAULT);
  if (_i) ck_assert_str_eq(facts.term[5].term, "last_action");
  for (int i = 0; i < 3; i++) {
    ck_assert_str_eq(facts.command[i].name, names[i]);
    ck_assert_double_nan(facts.command[i].low);
    ck_assert_double_nan(facts.command[i].value);
  }
}
END_TEST

START_TEST(test_isaac) {
  ck_assert_msg(
      read_text("actions:\n"
                "- full_path: isaaclab.envs.mdp.actions.joint_actions.JointPositionAction\n"
                "  joint_names: [a, b]\n"
                "  clip: null\n"
                "  scale: 0.5\n"
                "  offset: [0.0, 0.4000000059604645]\n"
                "articulations:\n"
                "  robot:\n"
                "    joint_names: [b, a]\n"
                "    default_joint_pos: [0.4, 0.0]\n"
                "    default_joint_stiffness: [50, 40]\n"
                "observations:\n"
                "  policy:\n"
                "  - {name: joint_pos_rel, shape: [2], joint_names: [a, b],\n"
                "     overloads: {scale: 0.5, clip: null, history_length: 0}}\n"
                "  - {name: generated_commands, shape: [2], element_names: [u, w]}\n"
                "scene: {decimation: 4, dt: 0.02, physics_dt: 0.005}\n") == CO_OK,
      "%s", co_error_text());
  ck_assert_str_eq(facts.joints.name[0], "a");
  ck_assert_double_eq(facts.default_pose.value[1], 0.4);  // by name
  ck_assert_double_eq(facts.servo_kp.value[0], 40);
  ck_assert_str_eq(facts.action_kind.value, "joint position target");
  ck_assert_double_eq(facts.substeps.value, 4);
  ck_assert_str_eq(facts.term[1].term, "command");
  ck_assert_str_eq(facts.term[1].elements.name[1], "w");
  ck_assert_double_eq(facts.term[0].scale.value[0], 0.5);
}
END_TEST

START_TEST(test_joint_orders) {
  ck_assert_msg(read_text("source_joint_names: [a, b, c]\n"
                          "target_joint_names: [c, a, b]\n") == CO_OK,
                "%s", co_error_text());
  ck_assert_str_eq(facts.joints.name[2], "c");
  ck_assert_double_eq(facts.joint_order.value[0], 1);
  ck_assert_double_eq(facts.joint_order.value[2], 0);
}
END_TEST

static const struct {
  const char *text, *says;
} wrong[] = {
    {"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n", "Git LFS"},
    {"joint_ids_map: [0, 2]\nstiffness: [1, 2]\n", "joint_ids_map.1: 2 of 2 joints"},
    {"joint_ids_map: [0, 1]\nstiffness: [1, x]\n", "deploy.yaml:2: stiffness.1: must be a number"},
    {"joint_ids_map: [0]\nstiffness: [1, 2]\n", "stiffness: 2 numbers, joint_ids_map has 1"},
    {"joints: [a]\nspeling: 1\n", "deploy.yaml:2: speling: is no key of facts"},
    {"source_joint_names: [a]\ntarget_joint_names: [b]\n",
     "deploy.yaml:2: target_joint_names: \"a\" is missing"},
    {"step_dt: 1\nobservations: {\"a\\nb\": {scale: 1}}\n", "has no printable name"},
    {"r: {rl_kp: [1], observations_history: [0, 2]}\n", "is no run of steps"},
};

START_TEST(test_refused) {
  ck_assert_int_eq(read_text(wrong[_i].text), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), wrong[_i].says) != NULL, "%s", co_error_text());
  ck_assert_uint_eq(facts.memory.used, 0);
}
END_TEST

// Every flipped bit of small files of all kinds: an error, or facts.
static const char *const small[] = {
    "joint_ids_map: [1, 0]\nstiffness: [9, 4]\nobservations: {a: {scale: [1], history_length: 2}}\n"
    "actions: {J: {clip: [[-1, 1]], scale: 1}}\ncommands: {base_velocity: {ranges: {lin_vel_x: [0, "
    "1]}}}\n",
    "d: {num_of_dofs: 2, observations: [commands, x], observations_history: [1, 0], clip_obs: 9,\n"
    " joint_names: [a, b], joint_mapping: [1, 0]}\n",
    "simulation_dt: 0.1\nkps: [1, 2]\nnum_obs: 15\nnum_actions: 2\ncmd_scale: [1, 2, 3]\n",
    "articulations: {r: {joint_names: [a]}}\nactions: [{full_path: JointPosition, clip: null}]\n"
    "observations: {p: [{name: x, shape: [2], overloads: {scale: 2}}]}\n",
    "source_joint_names: [a, b]\ntarget_joint_names: [b, a]\n",
};

START_TEST(test_flipped) {
  char text[512];
  size_t size = strlen(small[_i]);
  ck_assert_msg(read_text(small[_i]) == CO_OK, "%s", co_error_text());
  for (size_t bit = 0; bit < 8 * size; bit++) {
    memcpy(text, small[_i], size + 1);
    text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    co_status status = read_text(text);
    ck_assert_msg(status == CO_OK || status == CO_DATA, "bit %zu: %s", bit, co_error_text());
    ck_assert(status == CO_OK || facts.memory.used == 0);
  }
}
END_TEST

// The project's own file and facts.json of the same policy contradict each other nowhere.
static const struct {
  const char *pair, *file[2];
} reference[] = {
    {"unitree_g1_isaaclab", {"deploy.yaml", NULL}},
    {"unitree_g1_mjlab", {"deploy.yaml", NULL}},
    {"unitree_g1_12dof", {"upstream_config.yaml", NULL}},
    {"unitree_h1_2", {"upstream_config.yaml", NULL}},
    {"unitree_go2_robotlab", {"upstream_config.yaml", "upstream_base.yaml"}},
};

START_TEST(test_reference) {
  if (!test_shared()) return;
  char path[2400];
  for (int k = 0; k < 3; k++) {
    const char *name = k == 0 ? "facts.json" : reference[_i].file[k - 1];
    if (!name) continue;
    snprintf(path, sizeof path, "%s/sim2sim/%s/%s", test_shared(), reference[_i].pair, name);
    ck_assert_msg(co_facts_read(path, &facts) == CO_OK, "%s", co_error_text());
  }
  for (int i = 0; i < facts.num_conflicts; i++)
    ck_assert_msg(false, "%s: %s: %s, %s", reference[_i].pair, facts.conflict[i].path,
                  facts.conflict[i].kept, facts.conflict[i].other);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("facts_yaml");
  TCase *tests = tcase_create("yaml");
  tcase_add_checked_fixture(tests, scratch_make, free_facts);
  tcase_add_test(tests, test_deploy);
  tcase_add_test(tests, test_sar);
  tcase_add_loop_test(tests, test_usual_commands, 0, 2);
  tcase_add_test(tests, test_isaac);
  tcase_add_test(tests, test_joint_orders);
  tcase_add_loop_test(tests, test_refused, 0, (int)(sizeof wrong / sizeof *wrong));
  tcase_add_loop_test(tests, test_flipped, 0, (int)(sizeof small / sizeof *small));
  tcase_add_loop_test(tests, test_reference, 0, (int)(sizeof reference / sizeof *reference));
  suite_add_tcase(suite, tests);
  return suite;
}
