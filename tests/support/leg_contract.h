// A contract for tests of comparisons: a leg of three joints that is told how fast to go.

#ifndef TESTS_SUPPORT_LEG_CONTRACT_H_
#define TESTS_SUPPORT_LEG_CONTRACT_H_

#include "agents/contract/contract.h"
#include "tests/support/elements.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { LEG_OBS = 13, LEG_ACTIONS = 3 };

static const co_obs_element leg_obs[LEG_OBS] = {
    TEST_OBS("joint_pos/hip", "joint_pos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("joint_pos/knee", "joint_pos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("joint_pos/foot", "joint_pos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qvel/hip", "qvel", "rad/s", 0.05, 0, -10, 10, "", 0),
    TEST_OBS("qvel/knee", "qvel", "rad/s", 0.05, 0, -10, 10, "", 0),
    TEST_OBS("qvel/foot", "qvel", "rad/s", 0.05, 0, -10, 10, "", 0),
    TEST_OBS("gravity/x", "gravity", "1", 1, 0, -INFINITY, INFINITY, "site/imu", 0),
    TEST_OBS("gravity/y", "gravity", "1", 1, 0, -INFINITY, INFINITY, "site/imu", 0),
    TEST_OBS("gravity/z", "gravity", "1", 1, 0, -INFINITY, INFINITY, "site/imu", 0),
    TEST_OBS("command/vx", "command", "m/s", 2, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("last_action/pd/hip", "last_action", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("last_action/pd/knee", "last_action", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("last_action/pd/foot", "last_action", "1", 1, 0, -INFINITY, INFINITY, "", 0)};
static const co_action_element leg_action[LEG_ACTIONS] = {
    TEST_ACTION("pd/hip", "torque", "rad", 0.3, 0.8, -3, 3, 40, 1, 25),
    TEST_ACTION("pd/knee", "torque", "rad", 0.3, -1.5, -3, 3, 40, 1, 25),
    TEST_ACTION("pd/foot", "torque", "rad", 0.3, 0.1, -3, 3, 40, 1, 25)};
static const co_pose_element leg_pose[] = {
    {"hip", 0.8}, {"knee", -1.5}, {"foot", 0}, {"root.z", 0.4}};
static const co_command_element leg_command[] = {{"vx", "m/s", -0.5, 1}};
static const co_shift_info leg_shift[] = {{.parameter = "body.mass",
                                           .select = "trunk",
                                           .operation = "scale",
                                           .value = {1.5},
                                           .num_values = 1}};

static inline co_contract make_leg(void) {
  co_env_info world = {.task = "leg",
                       .task_hash = 1,
                       .model = "leg.xml",
                       .model_hash = 2,
                       .engine = "mujoco 4.0.1",
                       .observe = "fresh",
                       .timestep = 0.005,
                       .substeps = 4,
                       .history = 1,
                       .obs_dim = LEG_OBS,
                       .act_dim = LEG_ACTIONS,
                       .num_shifts = 1,
                       .num_commands = 1,
                       .num_pose = 4,
                       .obs = leg_obs,
                       .action = leg_action,
                       .command = leg_command,
                       .pose = leg_pose,
                       .shift = leg_shift};
  co_network_def def = {.obs_dim = LEG_OBS, .act_dim = LEG_ACTIONS};
  co_contract contract;
  ck_assert_int_eq(co_contract_from_world(&world, &def, "ppo", &contract), CO_OK);
  contract.norm_count = 100;
  return contract;
}

static inline void put_text(char *out, const char *text) {
  memcpy(out, text, strlen(text) + 1);
}

#endif  // TESTS_SUPPORT_LEG_CONTRACT_H_
