// The comparison of two contracts: every kind of difference alone, from both sides, with the config
// that takes it away; mappings; tensors.

#include "agents/contract/diff.h"
#include "tests/agents/contract/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBS = LEG_OBS, ACTIONS = LEG_ACTIONS };

#define SWAP(type, x, y) \
  do {                   \
    type kept_ = (x);    \
    (x) = (y);           \
    (y) = kept_;         \
  } while (0)

// ---- one change, one difference

typedef struct one_change {
  void (*change)(co_contract *b);
  co_difference_kind kind;
  const char *path, *element, *a, *b;
  bool changes_meaning;
  const char *config;  // part of the text; NULL: there is none
} one_change;

#define CHANGE(name, statement)      \
  static void name(co_contract *b) { \
    statement;                       \
  }
CHANGE(other_unit, put_text(b->obs[4].unit, "deg/s"))
CHANGE(other_scale, b->obs[4].scale = 0.1)
CHANGE(other_sign, b->obs[7].scale = -1)
CHANGE(other_offset, b->obs[0].offset = 0.25)
CHANGE(other_clip, b->obs[5].clip_high = 5)
CHANGE(no_clip, (b->obs[5].clip_low = -INFINITY, b->obs[5].clip_high = INFINITY))
CHANGE(other_frame, put_text(b->obs[8].frame, "body/trunk"))
CHANGE(no_frame, put_text(b->obs[8].frame, ""))
CHANGE(absolute, (put_text(b->obs[1].term, "qpos"), put_text(b->obs[1].name, "qpos/knee")))
CHANGE(other_name, put_text(b->obs[2].name, "joint_pos/toe"))
CHANGE(other_observe, put_text(b->observe, "stale"))
CHANGE(longer_history, b->history = 3)
CHANGE(held, (put_text(b->obs[8].term, "constant"), b->obs[8].scale = 0))
CHANGE(zero_past, b->obs[8].fill = 1)
CHANGE(unknown_history, b->history = 0)
CHANGE(other_period, b->substeps = 8)
CHANGE(other_step, (b->timestep = 0.0025, b->substeps = 8))
CHANGE(action_unit, put_text(b->action[0].unit, "deg"))
CHANGE(action_scale, b->action[1].scale = 0.5)
CHANGE(action_sign, b->action[1].scale = -0.3)
CHANGE(action_offset, b->action[2].offset = 0.2)
CHANGE(action_low, b->action[2].low = -1)
CHANGE(action_kind, put_text(b->action[2].kind, "increment"))
CHANGE(other_kp, b->action[0].kp = 20)
CHANGE(no_kd, b->action[0].kd = NAN)
CHANGE(other_limit, b->action[0].torque_limit = 10)
CHANGE(no_limit, b->action[0].torque_limit = NAN)
CHANGE(other_pose, b->pose[2].value = 0.2)
CHANGE(start_height, b->pose[3].value = 0.5)
CHANGE(other_norm_clip, b->norm_clip = 5)
CHANGE(no_norm, b->norm_count = 0)
CHANGE(other_norm_count, b->norm_count = 200)
CHANGE(other_epsilon, b->norm_epsilon = 1e-5)
CHANGE(other_command, b->command[0].high = 2)
CHANGE(command_unit, put_text(b->command[0].unit, "rad/s"))
CHANGE(no_command_unit, put_text(b->command[0].unit, "1"))
CHANGE(other_task, put_text(b->task, "jump"))
CHANGE(edited_task, b->task_hash = 9)
CHANGE(other_shift, b->shift[0].value[0] = 2)
CHANGE(drawn_shift, (put_text(b->shift[0].distribution, "uniform"), b->shift[0].num_values = 2))
CHANGE(no_shift, b->num_shifts = 0)
CHANGE(other_mujoco, put_text(b->engine, "mujoco 4.1.0"))
CHANGE(other_model, put_text(b->model, "limb.xml"))
CHANGE(edited_model, b->model_hash = 3)
CHANGE(unknown_model, b->model_hash = 0)
CHANGE(rounding, b->action[0].scale = 0.3 * (1 + 1e-12))

static const one_change changes[] = {
    {other_unit, CO_DIFF_UNIT, "observation.4.unit", "qvel/knee", "rad/s", "deg/s", true,
     "term = \"qvel\"; of = \"hip|knee|foot\"; order = \"given\"; scale = 0.05; clip = ( -10.0, "
     "10"},
    {other_scale, CO_DIFF_SCALE, "observation.4.scale", "qvel/knee", "0.05", "0.1", true,
     "scale = 0.05;"},
    {other_sign, CO_DIFF_SIGN, "observation.7.scale", "gravity/y", "1", "-1", true,
     "{ term = \"gravity\"; frame = \"site/imu\"; }"},
    {other_offset, CO_DIFF_OFFSET, "observation.0.offset", "joint_pos/hip", "0", "0.25", true,
     "{ term = \"joint_pos\"; of = \"hip|knee|foot\"; order = \"given\"; }"},
    {other_clip, CO_DIFF_SCALE, "observation.5.clip", "qvel/foot", "-10 10", "-10 5", true,
     "clip = ( -10.0, 10.0 );"},
    {no_clip, CO_DIFF_SCALE, "observation.5.clip", "qvel/foot", "-10 10", "null", true, "clip"},
    {other_frame, CO_DIFF_FRAME, "observation.8.frame", "gravity/z", "site/imu", "body/trunk", true,
     "frame = \"site/imu\";"},
    {no_frame, CO_DIFF_FRAME, "observation.8.frame", "gravity/z", "site/imu", "null", true,
     "frame = \"site/imu\";"},
    {absolute, CO_DIFF_POSE, "observation.1.term", "joint_pos/knee", "joint_pos", "qpos", true,
     "term = \"joint_pos\""},
    {other_name, CO_DIFF_NAME, "observation.2.name", "joint_pos/foot", "joint_pos/foot",
     "joint_pos/toe", true, "hip|knee|foot"},
    {other_observe, CO_DIFF_HISTORY, "observe", "", "fresh", "stale", true, "observe = \"fresh\";"},
    {longer_history, CO_DIFF_HISTORY, "history.length", "", "1", "3", true, NULL},
    {held, CO_DIFF_NAME, "observation.8.term", "gravity/z", "gravity", "constant", true,
     "{ term = \"gravity\"; frame = \"site/imu\"; }"},
    {zero_past, CO_DIFF_HISTORY, "observation.8.fill", "gravity/z", "first", "zero", false, NULL},
    {unknown_history, CO_DIFF_HISTORY, "history.length", "", "1", "null", true, NULL},
    {other_period, CO_DIFF_CONTROL_PERIOD, "timing.control_dt", "", "0.02", "0.04", true,
     "substeps = 4;"},
    {other_step, CO_DIFF_DOMAIN, "timing.timestep", "", "0.005", "0.0025", false, NULL},
    {action_unit, CO_DIFF_UNIT, "action.0.unit", "pd/hip", "rad", "deg", true, "term = \"pd\""},
    {action_scale, CO_DIFF_SCALE, "action.1.scale", "pd/knee", "0.3", "0.5", true,
     "{ term = \"pd\"; actuators = \"hip|knee|foot\"; order = \"given\"; scale = 0.3; "
     "offset = ( 0.0, 0.0, 0.1 ); clip = ( -3.0, 3.0 ); kp = 40.0; kd = 1.0; torque_limit = 25.0; "
     "}"},
    {action_sign, CO_DIFF_SIGN, "action.1.scale", "pd/knee", "0.3", "-0.3", true, "scale = 0.3;"},
    {action_offset, CO_DIFF_OFFSET, "action.2.offset", "pd/foot", "0.1", "0.2", true,
     "offset = ( 0.0, 0.0, 0.1 );"},
    {action_low, CO_DIFF_SCALE, "action.2.low", "pd/foot", "-3", "-1", true, "clip = ( -3.0, 3.0"},
    {action_kind, CO_DIFF_ACTION_KIND, "action.2.kind", "pd/foot", "torque", "increment", true,
     "term = \"pd\""},
    {other_kp, CO_DIFF_GAIN, "action.0.kp", "pd/hip", "40", "20", true, "kp = 40.0;"},
    {no_kd, CO_DIFF_GAIN, "action.0.kd", "pd/hip", "1", "null", true, "kd = 1.0;"},
    {other_limit, CO_DIFF_TORQUE_LIMIT, "action.0.torque_limit", "pd/hip", "25", "10", true,
     "torque_limit = 25.0;"},
    {no_limit, CO_DIFF_TORQUE_LIMIT, "action.0.torque_limit", "pd/hip", "25", "null", true,
     "torque_limit = 25.0;"},
    {other_pose, CO_DIFF_POSE, "default_pose.foot", "foot", "0", "0.2", true,
     "{ of = \"foot\"; value = 0.0; }"},
    {start_height, CO_DIFF_POSE, "default_pose.root.z", "root.z", "0.4", "0.5", false, NULL},
    {other_norm_clip, CO_DIFF_NORMALISER, "normaliser.clip", "", "10", "5", true, NULL},
    {no_norm, CO_DIFF_NORMALISER, "normaliser.count", "", "100", "0", true, NULL},
    {other_norm_count, CO_DIFF_NORMALISER, "normaliser.count", "", "100", "200", false, NULL},
    {other_epsilon, CO_DIFF_NORMALISER, "normaliser.epsilon", "", "1e-08", "1e-05", false, NULL},
    {other_command, CO_DIFF_DOMAIN, "command.vx", "vx", "-0.5 1", "-0.5 2", false,
     "{ term = \"uniform\"; name = \"vx\"; low = -0.5; high = 1.0; }"},
    {command_unit, CO_DIFF_UNIT, "command.vx", "vx", "m/s", "rad/s", true, NULL},
    {no_command_unit, CO_DIFF_UNIT, "command.vx", "vx", "m/s", "1", false, NULL},
    {other_task, CO_DIFF_NAME, "task.name", "", "leg", "jump", false, NULL},
    {edited_task, CO_DIFF_NAME, "task.hash", "", "0000000000000001", "0000000000000009", false,
     NULL},
    {other_shift, CO_DIFF_DOMAIN, "domain.body.mass/trunk", "trunk", "scale 1.5", "scale 2", false,
     "{ parameter = \"body.mass\"; select = \"trunk\"; scale = 1.5; }"},
    {drawn_shift, CO_DIFF_DOMAIN, "domain.body.mass/trunk", "trunk", "scale 1.5",
     "scale uniform 1.5 0", false, "scale = 1.5;"},
    {no_shift, CO_DIFF_DOMAIN, "domain.body.mass/trunk", "trunk", "scale 1.5", "null", false,
     "scale = 1.5;"},
    {other_mujoco, CO_DIFF_MUJOCO, "engine", "", "mujoco 4.0.1", "mujoco 4.1.0", false, NULL},
    {other_model, CO_DIFF_MODEL, "model.name", "", "leg.xml", "limb.xml", false, NULL},
    {edited_model, CO_DIFF_MODEL, "model.hash", "", "0000000000000002", "0000000000000003", false,
     NULL},
    {unknown_model, CO_DIFF_MODEL, "model.hash", "", "0000000000000002", "null", false, NULL},
    {rounding, CO_DIFF_SCALE, "action.0.scale", "pd/hip", "0.3", "0.3", false, NULL},
};

static void check_one(const co_contract_diff *diff, const one_change *want, bool turned) {
  char a[256], b[256];
  ck_assert_msg(diff->count == 1, "%s: %d differences", want->path, diff->count);
  const co_difference *found = &diff->difference[0];
  ck_assert_int_eq(found->kind, want->kind);
  ck_assert_str_eq(text_of(found->a, a), turned ? want->b : want->a);
  ck_assert_str_eq(text_of(found->b, b), turned ? want->a : want->b);
  ck_assert_int_eq(found->changes_meaning, want->changes_meaning);
  ck_assert_int_eq(diff->meaning_equal, !want->changes_meaning);
  ck_assert(!diff->equal && !found->inferred);
  if (turned) return;
  ck_assert_str_eq(found->path, want->path);
  ck_assert_str_eq(found->element, want->element);
  if (want->config) {
    ck_assert_msg(found->config && strstr(found->config, want->config), "%s: config %s", want->path,
                  found->config ? found->config : "none");
  } else {
    ck_assert_msg(!found->config, "%s: config %s", want->path, found->config);
  }
}

START_TEST(one_change_is_one_difference) {
  const one_change *want = &changes[_i];
  co_contract a = make_leg(), b = make_leg();
  want->change(&b);
  co_contract_diff diff = compare(&a, &b, true);
  check_one(&diff, want, false);
  co_contract_diff_free(&diff);
  diff = compare(&b, &a, true);
  check_one(&diff, want, true);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

START_TEST(equal_contracts) {
  co_contract a = make_leg(), b = make_leg();
  for (int policies = 0; policies < 2; policies++) {
    co_contract_diff diff = compare(&a, &b, policies);
    ck_assert(diff.equal && diff.meaning_equal);
    ck_assert_int_eq(diff.count + diff.num_tensors + diff.num_others, 0);
    for (int i = 0; i < OBS; i++) ck_assert_int_eq(diff.observation.b_of_a[i], i);
    for (int i = 0; i < ACTIONS; i++) ck_assert_int_eq(diff.action.a_of_b[i], i);
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Tasks have no normaliser, and nothing was trained in them.
START_TEST(what_only_policies_have) {
  co_contract a = make_leg(), b = make_leg();
  b.norm_count = 0;
  b.norm_clip = 1;
  b.steps = 5;
  b.network.num_hidden = 1;
  b.network.hidden[0] = 8;
  put_text(b.algorithm, "sac");
  b.expected_episodes = 3;
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert(diff.equal);
  co_contract_diff_free(&diff);
  diff = compare(&a, &b, true);
  ck_assert(!diff.equal && !diff.meaning_equal);
  ck_assert_int_eq(diff.count, 2);
  ck_assert_int_eq(diff.num_others, 4);
  ck_assert_str_eq(diff.other[1], "network");
  co_contract_diff_free(&diff);
  co_contract_free(&b);
  b = make_leg();
  put_text(b.note, "by hand");
  b.expected_seed = 2;
  diff = compare(&a, &b, true);
  ck_assert_int_eq(diff.num_others, 2);
  ck_assert_str_eq(diff.other[0], "training");
  ck_assert_str_eq(diff.other[1], "expected");
  ck_assert(diff.meaning_equal && !diff.equal);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// ---- several elements

// The knee and the foot trade places: in A's order and in B's.
START_TEST(order_within_a_term) {
  co_contract a = make_leg(), b = make_leg();
  char text[256];
  SWAP(co_obs_element, b.obs[1], b.obs[2]);
  SWAP(co_action_element, b.action[0], b.action[2]);
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 2);
  const co_difference *order = find(&diff, CO_DIFF_ORDER, "joint_pos");
  ck_assert_str_eq(order->path, "observation");
  ck_assert_str_eq(text_of(order->a, text), "joint_pos/hip joint_pos/knee joint_pos/foot");
  ck_assert_str_eq(text_of(order->b, text), "joint_pos/hip joint_pos/foot joint_pos/knee");
  ck_assert_str_eq(order->config,
                   "{ term = \"joint_pos\"; of = \"hip|knee|foot\"; order = \"given\"; }");
  order = find(&diff, CO_DIFF_ORDER, "pd");
  ck_assert_str_eq(text_of(order->b, text), "pd/foot pd/knee pd/hip");
  ck_assert(order->changes_meaning && strstr(order->config, "actuators = \"hip|knee|foot\""));
  ck_assert_int_eq(diff.observation.b_of_a[1], 2);
  ck_assert_int_eq(diff.action.b_of_a[0], 2);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Terms in another order: each of them is as it was.
START_TEST(order_of_terms) {
  co_contract a = make_leg(), b = make_leg();
  for (int i = 0; i < 3; i++) SWAP(co_obs_element, b.obs[i], b.obs[3 + i]);
  for (int side = 0; side < 2; side++) {
    co_contract_diff diff = compare(side ? &b : &a, side ? &a : &b, false);
    ck_assert_int_eq(diff.count, 1);
    const co_difference *order = find(&diff, CO_DIFF_ORDER, "");
    ck_assert_uint_eq(co_json_count(order->a), OBS);
    ck_assert_str_eq(co_json_as_string(co_json_at(order->b, 0)),
                     side ? "joint_pos/hip" : "qvel/hip");
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// B sees no velocity of the foot: names and sizes, but no order.
START_TEST(missing_elements) {
  co_contract a = make_leg(), b = make_leg();
  b.num_obs = --b.network.obs_dim;
  memmove(&b.obs[5], &b.obs[6], (OBS - 6) * sizeof *b.obs);
  b.num_action = --b.network.act_dim;
  char text[256];
  for (int side = 0; side < 2; side++) {
    co_contract_diff diff = compare(side ? &b : &a, side ? &a : &b, false);
    ck_assert_int_eq(diff.count, 4);
    ck_assert_int_eq(count_of(&diff, CO_DIFF_SIZE), 2);
    const co_difference *name = find(&diff, CO_DIFF_NAME, "qvel/foot");
    ck_assert_str_eq(name->path, "observation.5");
    ck_assert_str_eq(text_of(side ? name->b : name->a, text), "qvel/foot");
    ck_assert(co_json_is_null(side ? name->a : name->b));
    ck_assert_int_eq(name->config != NULL, side == 0);  // A has nothing to give
    ck_assert_str_eq(find(&diff, CO_DIFF_NAME, "pd/foot")->path, "action.2");
    if (!side) ck_assert_int_eq(diff.observation.b_of_a[5], -1);
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// What B's model may not have is not offered as config.
START_TEST(unknown_joints_have_no_config) {
  co_contract a = make_leg(), b = make_leg();
  put_text(a.obs[2].name, "joint_pos/tail");
  put_text(a.obs[8].frame, "site/tail");
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 2);
  ck_assert_ptr_null(find(&diff, CO_DIFF_NAME, "joint_pos/tail")->config);
  ck_assert_ptr_null(find(&diff, CO_DIFF_FRAME, "gravity/z")->config);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// A position servo in place of the torque: the same joints, so the last action is the same, too.
START_TEST(other_kind_of_action) {
  co_contract a = make_leg(), b = make_leg();
  for (int i = 0; i < ACTIONS; i++) {
    char tail[CO_NAME];
    snprintf(tail, sizeof tail, "%.20s", co_element_tail(a.action[i].name));
    snprintf(b.action[i].name, CO_NAME, "position/%.20s", tail);
    snprintf(b.obs[10 + i].name, CO_NAME, "last_action/position/%.20s", tail);
    put_text(b.action[i].kind, "position");
    b.action[i].kp = b.action[i].kd = b.action[i].torque_limit = NAN;
  }
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 12);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_ACTION_KIND), 3);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_GAIN), 6);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_TORQUE_LIMIT), 3);
  ck_assert(strstr(find(&diff, CO_DIFF_ACTION_KIND, "pd/knee")->config, "term = \"pd\""));
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// The knee bends the other way: its angle, rate and target turn, its pose is told once.
START_TEST(mirrored_joint) {
  co_contract a = make_leg(), b = make_leg();
  b.pose[1].value = 1.3;
  b.action[1].offset = 1.3;
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 4);
  static const char *const elements[] = {"joint_pos/knee", "qvel/knee", "pd/knee"};
  for (int i = 0; i < 3; i++) {
    const co_difference *sign = find(&diff, CO_DIFF_SIGN, elements[i]);
    ck_assert(sign->inferred && sign->changes_meaning);
    ck_assert(co_json_as_number(sign->a, 0) == -co_json_as_number(sign->b, 0));
  }
  ck_assert(strstr(find(&diff, CO_DIFF_SIGN, "qvel/knee")->config, "( 0.05, -0.05, 0.05 )"));
  ck_assert(strstr(find(&diff, CO_DIFF_SIGN, "pd/knee")->config, "( 0.3, -0.3, 0.3 )"));
  ck_assert_ptr_null(find(&diff, CO_DIFF_POSE, "knee")->config);
  co_contract_diff_free(&diff);
  // with these, the signs are as they should be
  b.obs[1].scale = -1;
  b.obs[4].scale = -0.05;
  b.action[1].scale = -0.3;
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 1);
  ck_assert_int_eq(diff.difference[0].kind, CO_DIFF_POSE);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Small angles have the other sign by choice, and a much larger one is another posture.
START_TEST(poses_that_are_no_mirror) {
  static const double from_to[][2] = {{0.1, -0.1}, {0.4, -1.5}, {0.8, 1.2}};
  co_contract a = make_leg(), b = make_leg();
  for (int i = 0; i < 3; i++) {
    a.pose[0].value = a.action[0].offset = from_to[i][0];
    b.pose[0].value = b.action[0].offset = from_to[i][1];
    co_contract_diff diff = compare(&a, &b, false);
    ck_assert_int_eq(diff.count, 1);
    ck_assert_int_eq(diff.difference[0].kind, CO_DIFF_POSE);
    ck_assert(diff.difference[0].config);
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

START_TEST(unknown_pose_and_commands) {
  co_contract a = make_leg(), b = make_leg();
  free(b.pose);
  free(b.command);
  b.pose = NULL;
  b.command = NULL;
  b.num_pose = b.num_commands = 0;
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 2);
  ck_assert_str_eq(diff.difference[0].path, "default_pose");
  ck_assert(co_json_is_null(diff.difference[0].b) && diff.difference[0].changes_meaning);
  ck_assert_str_eq(diff.difference[1].path, "command");
  ck_assert(!diff.difference[1].changes_meaning);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Values of the past: all of one age together.
START_TEST(history_of_a_term) {
  co_contract a = make_leg(), b = make_leg();
  co_obs_element *obs = calloc(OBS + 3, sizeof *obs);
  memcpy(obs, a.obs, 3 * sizeof *obs);
  memcpy(obs + 3, a.obs, OBS * sizeof *obs);
  for (int i = 0; i < 3; i++) strcat(obs[i].name, "@-1");
  free(a.obs);
  a.obs = obs;
  a.num_obs = OBS + 3;
  a.history = 2;
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 5);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_HISTORY), 4);
  ck_assert_str_eq(
      find(&diff, CO_DIFF_HISTORY, "joint_pos/knee@-1")->config,
      "{ term = \"joint_pos\"; of = \"hip|knee|foot\"; order = \"given\"; history = 2; }");
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// The same numbers, but each term's past together or frame by frame, from zero or not.
START_TEST(layout_of_the_past) {
  co_contract a = make_leg(), b = make_leg();
  a.history = b.history = 2;
  a.layout = 1;
  for (int i = 0; i < 2; i++) {
    co_contract *c = i ? &b : &a;
    snprintf(c->obs[0].name, CO_NAME, "joint_pos/hip@-1");
    c->obs[0].fill = !i;
  }
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 2);
  ck_assert_str_eq(diff.difference[0].path, "observation.0.fill");
  ck_assert(diff.difference[0].changes_meaning);
  ck_assert_str_eq(diff.difference[1].path, "history.layout");
  ck_assert_str_eq(diff.difference[1].config, "stack = 2; fill = \"zero\";");
  ck_assert(!diff.meaning_equal);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// As large as files may be, and different everywhere: neither slow nor larger than memory.
START_TEST(large_contracts) {
  enum { MANY = 4096, JOINTS = 1024 };
  co_contract side[2] = {make_leg(), make_leg()};
  for (int k = 0; k < 2; k++) {
    co_contract *c = &side[k];
    c->obs = realloc(c->obs, MANY * sizeof *c->obs);
    c->pose = realloc(c->pose, JOINTS * sizeof *c->pose);
    c->num_obs = MANY;
    c->num_pose = JOINTS;
    for (int i = 0; i < MANY; i++) {
      c->obs[i] = leg_obs[0];
      c->obs[i].scale = k + 1;
      snprintf(c->obs[i].name, CO_NAME, "joint_pos/%050d", k ? MANY - 1 - i : i);
    }
    for (int i = 0; i < JOINTS; i++) {
      c->pose[i].value = k;
      snprintf(c->pose[i].joint, CO_NAME, "%050d", i);
    }
  }
  co_contract_diff diff = compare(&side[0], &side[1], false);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_SCALE), MANY);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_POSE), JOINTS);
  ck_assert_int_eq(count_of(&diff, CO_DIFF_ORDER), 1);
  int configs = 0;
  for (int i = 0; i < diff.count; i++)
    configs += diff.difference[i].kind == CO_DIFF_SCALE && diff.difference[i].config;
  ck_assert_int_ge(configs, 1);
  ck_assert_int_lt(configs, 8);
  co_contract_diff_free(&diff);
  co_contract_free(&side[0]);
  co_contract_free(&side[1]);
}
END_TEST

// ---- tensors

START_TEST(tensors_of_two_policies) {
  float x[4] = {1, 2, 3, 4}, y[4] = {1, 2, 3.5f, 4};
  co_tensor a[] = {{"same", CO_F32, 2, 2, 2, x, {0}},
                   {"moved", CO_F32, 1, 4, 4, x, {0}},
                   {"shape", CO_F32, 2, 2, 2, x, {0}},
                   {"mine", CO_F32, 1, 1, 1, x, {0}}};
  co_tensor b[] = {{"yours", CO_F32, 1, 1, 1, x, {0}},
                   {"same", CO_F32, 2, 2, 2, x, {0}},
                   {"shape", CO_F32, 1, 4, 4, x, {0}},
                   {"moved", CO_F32, 1, 4, 4, y, {0}}};
  static const co_tensor_status want[] = {CO_TENSOR_SAME, CO_TENSOR_CHANGED, CO_TENSOR_SHAPE,
                                          CO_TENSOR_ONLY_A, CO_TENSOR_ONLY_B};
  co_contract contract = make_leg();
  co_diff_side from = {&contract, a, 4, 0}, to = {&contract, b, 4, 0};
  co_contract_diff diff;
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  ck_assert_int_eq(diff.num_tensors, 5);
  for (int i = 0; i < 5; i++) ck_assert_int_eq(diff.tensor[i].status, want[i]);
  ck_assert(diff.tensor[0].max_abs == 0 && diff.tensor[1].max_abs == 0.5);
  ck_assert(isnan(diff.tensor[2].max_abs) && isnan(diff.tensor[4].max_abs));
  ck_assert(!diff.equal && diff.meaning_equal);
  co_contract_diff_free(&diff);
  to = (co_diff_side){.contract = &contract};
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  ck_assert(diff.equal && diff.num_tensors == 0);
  co_contract_diff_free(&diff);
  co_contract_free(&contract);
}
END_TEST

// Of policies that act by a program its hash is all that is compared.
START_TEST(programs_of_two_policies) {
  float x[1] = {1};
  co_tensor a = {"same", CO_F32, 1, 1, 1, x, {0}};
  co_contract contract = make_leg();
  co_diff_side from = {&contract, &a, 1, 7}, to = {&contract, &a, 1, 7};
  co_contract_diff diff;
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  ck_assert(diff.equal && diff.num_others == 0);
  co_contract_diff_free(&diff);
  to.program = 8;
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  ck_assert(!diff.equal && diff.meaning_equal && diff.num_others == 1);
  ck_assert_str_eq(diff.other[0], "program");
  co_contract_diff_free(&diff);
  co_contract_free(&contract);
}
END_TEST

// 0 and -0 are other bytes.
START_TEST(zeros_of_both_signs) {
  float plus[1] = {0.0f}, minus[1] = {-0.0f};
  co_tensor a = {"zero", CO_F32, 1, 1, 1, plus, {0}}, b = {"zero", CO_F32, 1, 1, 1, minus, {0}};
  co_contract contract = make_leg();
  co_diff_side from = {&contract, &a, 1, 0}, to = {&contract, &b, 1, 0};
  co_contract_diff diff;
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  ck_assert_int_eq(diff.tensor[0].status, CO_TENSOR_CHANGED);
  ck_assert(diff.tensor[0].max_abs == 0);
  co_contract_diff_free(&diff);
  co_contract_free(&contract);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract_diff");
  TCase *tcase = tcase_create("facts");
  tcase_add_loop_test(tcase, one_change_is_one_difference, 0, sizeof changes / sizeof *changes);
  tcase_add_test(tcase, equal_contracts);
  tcase_add_test(tcase, what_only_policies_have);
  tcase_add_test(tcase, order_within_a_term);
  tcase_add_test(tcase, order_of_terms);
  tcase_add_test(tcase, missing_elements);
  tcase_add_test(tcase, unknown_joints_have_no_config);
  tcase_add_test(tcase, other_kind_of_action);
  tcase_add_test(tcase, mirrored_joint);
  tcase_add_test(tcase, poses_that_are_no_mirror);
  tcase_add_test(tcase, unknown_pose_and_commands);
  tcase_add_test(tcase, history_of_a_term);
  tcase_add_test(tcase, layout_of_the_past);
  tcase_add_test(tcase, large_contracts);
  tcase_add_test(tcase, tensors_of_two_policies);
  tcase_add_test(tcase, programs_of_two_policies);
  tcase_add_test(tcase, zeros_of_both_signs);
  suite_add_tcase(suite, tcase);
  return suite;
}
