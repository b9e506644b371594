// The contract's JSON: what is written reads back to the same text, and every wrong member is
// named.

#include "tests/agents/contract/contract_text.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const co_network_def small = {.obs_dim = LINE_OBS,
                                     .act_dim = LINE_ACTION,
                                     .num_hidden = 2,
                                     .hidden = {8, 4},
                                     .activation = CO_RELU};

static co_contract make_contract(void) {
  co_env_info world = line_make_info();
  co_contract contract;
  ck_assert_int_eq(co_contract_from_world(&world, &small, "ppo", &contract), CO_OK);
  contract.steps = 1000;
  contract.seed = INT64_MAX;
  contract.seed_number = 3;
  contract.parent = 0xfedcba9876543210u;
  contract.expected_episodes = 20;
  contract.expected_mean = -1.5;
  contract.expected_std = 0.1;
  return contract;
}

// Files of networks without them say nothing of them.
START_TEST(parts_of_networks_are_named_where_they_are) {
  for (int parts = 0; parts < 6; parts++) {
    co_contract contract = make_contract(), again;
    contract.network.activation = CO_SWISH;
    contract.network.layer_norm = parts & 1;
    contract.network.shared_trunk = parts & 2;
    if (parts & 4) contract.network.residual = (co_residual_def){2, {8, 4}, CO_ELU, 0.25};
    co_buf text = text_of(&contract);
    ck_assert_int_eq(strstr(text.data, "\"layer_norm\":true") != NULL, (parts & 1) != 0);
    ck_assert_int_eq(strstr(text.data, "\"shared_trunk\":true") != NULL, (parts & 2) != 0);
    ck_assert_int_eq(strstr(text.data, "layer_norm") != NULL, (parts & 1) != 0);
    ck_assert_int_eq(strstr(text.data,
                            "\"residual\":{\"layers\":[8,4],\"activation\":\"elu\","
                            "\"scale\":0.25}") != NULL,
                     (parts & 4) != 0);
    ck_assert_int_eq(strstr(text.data, "residual") != NULL, (parts & 4) != 0);
    ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
    ck_assert_int_eq(again.network.layer_norm, contract.network.layer_norm);
    ck_assert_int_eq(again.network.shared_trunk, contract.network.shared_trunk);
    ck_assert_int_eq(again.network.activation, CO_SWISH);
    ck_assert(co_network_same_residual(&again.network.residual, &contract.network.residual));
    co_buf_free(&text);
    co_contract_free(&contract);
    co_contract_free(&again);
  }
}
END_TEST

START_TEST(activations_are_listed_where_they_differ) {
  static const char *const names[] = {"relu", "swish"};
  co_contract contract = make_contract(), again;
  co_buf plain = text_of(&contract);
  ck_assert_ptr_null(strstr(plain.data, "activations"));
  co_network_set_activations(&contract.network, names, 2);
  co_buf text = text_of(&contract);
  ck_assert_ptr_nonnull(
      strstr(text.data, "\"activation\":\"relu\",\"activations\":[\"relu\",\"swish\"]"));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(again.network.num_activations, 2);
  ck_assert(co_network_same_activations(&again.network, &contract.network));
  co_buf_free(&plain);
  co_buf_free(&text);
  co_contract_free(&contract);
  co_contract_free(&again);
}
END_TEST

START_TEST(reads_back_to_the_same_text) {
  co_contract contract = make_contract(), again;
  co_buf text = text_of(&contract);
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  co_buf second = text_of(&again);
  ck_assert_str_eq(text.data, second.data);
  ck_assert_int_eq(again.network.obs_dim, LINE_OBS);
  ck_assert_int_eq(again.network.act_dim, LINE_ACTION);
  ck_assert_int_eq(again.network.hidden[1], 4);
  ck_assert_int_eq(again.network.activation, CO_RELU);
  ck_assert(isinf(again.obs[0].clip_low) && isinf(again.obs[2].clip_low) &&
            again.obs[2].clip_high == 3);
  ck_assert_uint_eq(again.parent, contract.parent);
  ck_assert_uint_eq(again.seed, INT64_MAX);
  ck_assert_str_eq(again.shift[0].parameter, "option.gravity");
  ck_assert(again.shift[0].value[0] == 1.5 && again.shift[0].num_values == 1);
  co_buf_free(&second);
  co_buf_free(&text);
  co_contract_free(&again);
  co_contract_free(&contract);
}
END_TEST

// From where an element is seen; files of elements that are seen from nowhere say nothing of it.
START_TEST(frames_are_named_where_they_are) {
  co_contract contract = make_contract(), again;
  co_buf plain = text_of(&contract);
  ck_assert_ptr_null(strstr(plain.data, "\"frame\""));
  snprintf(contract.obs[1].frame, CO_NAME, "site/imu");
  co_buf text = text_of(&contract);
  ck_assert_ptr_nonnull(strstr(text.data, "\"frame\":\"site/imu\""));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(again.obs[1].frame, "site/imu");
  ck_assert_str_eq(again.obs[0].frame, "");
  memcpy(strstr(text.data, "\"site/imu\""), "\"\"        ", 10);
  co_contract bad;
  ck_assert_int_eq(read_text(text.data, &bad), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "observation.0.elements.1.frame"));
  co_buf_free(&plain);
  co_buf_free(&text);
  co_contract_free(&again);
  co_contract_free(&contract);
}
END_TEST

// Files of before outputs had a unit say nothing of it: they are raw, and written back as they
// were.
START_TEST(an_output_without_a_unit_is_raw) {
  co_contract contract = make_contract(), old, again;
  co_buf text = text_of(&contract);
  static const char member[] = ",\"output\":\"range\"";
  char *at = strstr(text.data, member);
  ck_assert_ptr_nonnull(at);
  memmove(at, at + strlen(member), strlen(at + strlen(member)) + 1);
  ck_assert_msg(read_text(text.data, &old) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(old.output, CO_OUTPUT_RAW);
  co_buf second = text_of(&old);
  ck_assert_str_eq(text.data, second.data);
  ck_assert_ptr_null(contract.range);
  contract.range = calloc(LINE_ACTION, sizeof *contract.range);
  contract.num_ranges = LINE_ACTION;
  contract.range[0] = (co_output_range){-3, 3};
  contract.range[1] = (co_output_range){-INFINITY, INFINITY};
  co_buf third = text_of(&contract);
  ck_assert_ptr_nonnull(strstr(third.data,
                               "\"output\":\"range\",\"output_range\":[{\"low\":-3.0,"
                               "\"high\":3.0},{\"low\":null,\"high\":null}]"));
  ck_assert_msg(read_text(third.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_mem_eq(again.range, contract.range, LINE_ACTION * sizeof *again.range);
  co_buf_free(&third);
  co_buf_free(&second);
  co_buf_free(&text);
  co_contract_free(&again);
  co_contract_free(&old);
  co_contract_free(&contract);
}
END_TEST

// An actor that is copied brings along what its output means.
START_TEST(a_copied_actor_keeps_its_output) {
  co_contract source = make_contract(), target = make_contract(), third = make_contract();
  ck_assert_int_eq(co_contract_keep_output(&source, &target), CO_OK);
  ck_assert(target.output == CO_OUTPUT_RANGE && !target.range);
  source.action[0].low = -3;
  ck_assert_int_eq(co_contract_keep_output(&source, &target), CO_OK);
  ck_assert_int_eq(target.num_ranges, LINE_ACTION);
  ck_assert(target.range[0].low == -3 && target.range[0].high == 1 && target.range[1].low == -0.5);
  ck_assert_int_eq(co_contract_keep_output(&target, &third), CO_OK);
  ck_assert(third.range[0].low == -3 && third.action[0].low == -1);
  ck_assert_int_eq(co_contract_keep_output(&third, &source), CO_OK);  // back home
  ck_assert(source.output == CO_OUTPUT_RANGE && !source.range && !source.num_ranges);
  source.output = CO_OUTPUT_RAW;
  ck_assert_int_eq(co_contract_keep_output(&source, &target), CO_OK);
  ck_assert(target.output == CO_OUTPUT_RAW && !target.range);
  source.output = CO_OUTPUT_TANH;
  ck_assert_int_eq(co_contract_keep_output(&source, &target), CO_OK);
  ck_assert(target.output == CO_OUTPUT_TANH && target.range[0].low == -3);
  co_contract_free(&source);
  co_contract_free(&target);
  co_contract_free(&third);
}
END_TEST

START_TEST(layout_is_the_documented_one) {
  co_contract contract = make_contract();
  co_json *json;
  ck_assert_int_eq(co_contract_to_json(&contract, &json), CO_OK);
  static const char *const keys[] = {
      "format",       "algorithm",  "network",  "observation", "action",    "output",
      "default_pose", "joints",     "frames",   "clocks",      "timing",    "observe",
      "history",      "normaliser", "command",  "task",        "domain",    "model",
      "engine",       "mujoco",     "training", "expected",    "provenance"};
  ck_assert_uint_eq(co_json_count(json), sizeof keys / sizeof *keys);
  for (size_t i = 0; i < co_json_count(json); i++)
    ck_assert_str_eq(co_json_key_at(json, i), keys[i]);
  const co_json *block = co_json_at(co_json_get(json, "observation"), 0);
  ck_assert_str_eq(co_json_get_string(block, "block"), "vector");
  const co_json *obs = co_json_get(block, "elements");
  ck_assert(co_json_is_null(co_json_get(co_json_at(obs, 0), "clip")));
  ck_assert(co_json_is_null(co_json_at(co_json_get(co_json_at(obs, 2), "clip"), 0)));
  ck_assert(co_json_get_number(co_json_get(json, "timing"), "control_dt", 0) == 0.1);
  ck_assert(co_json_is_null(co_json_get(json, "mujoco")));
  ck_assert_str_eq(co_json_get_string(co_json_get(json, "model"), "hash"), "0000000000000077");
  co_json_free(json);
  snprintf(contract.engine, sizeof contract.engine, "mujoco 4.0.1");
  contract.expected_episodes = 0;
  ck_assert_int_eq(co_contract_to_json(&contract, &json), CO_OK);
  ck_assert_str_eq(co_json_get_string(json, "mujoco"), "4.0.1");
  ck_assert_ptr_null(co_json_get(json, "expected"));
  co_json_free(json);
  co_contract_free(&contract);
}
END_TEST

// What a torque that follows a target is made of, the pose it starts from, and what is asked of it.
START_TEST(targets_pose_history_and_commands) {
  co_contract contract = make_contract(), again;
  co_json *json;
  ck_assert_int_eq(co_contract_to_json(&contract, &json), CO_OK);
  const co_json *push = co_json_at(co_json_get(json, "action"), 0);
  const co_json *pull = co_json_at(co_json_get(json, "action"), 1);
  ck_assert(co_json_get(push, "kp") && co_json_is_null(co_json_get(push, "kp")));
  ck_assert_double_eq(co_json_get_number(pull, "kp", 0), 20);
  ck_assert_double_eq(co_json_get_number(pull, "kd", 0), 0.5);
  ck_assert(co_json_is_null(co_json_get(pull, "torque_limit")));
  ck_assert_double_eq(co_json_get_number(co_json_get(json, "default_pose"), "x", 0), 0.25);
  const co_json *history = co_json_get(json, "history");
  ck_assert_int_eq(co_json_get_int(history, "length", 0), 1);
  ck_assert_str_eq(co_json_get_string(history, "layout"), "term");
  ck_assert_str_eq(co_json_get_string(history, "reset"), "first");
  const co_json *speed = co_json_at(co_json_get(json, "command"), 0);
  ck_assert_str_eq(co_json_get_string(speed, "name"), "speed");
  ck_assert_double_eq(co_json_get_number(speed, "high", 0), 2);
  ck_assert_int_eq(co_contract_from_json(json, "f", &again), CO_OK);
  ck_assert_double_nan(again.action[0].kp);
  ck_assert_double_eq(again.action[1].kp, 20);
  ck_assert_int_eq(again.num_pose, 1);
  ck_assert_str_eq(again.pose[0].joint, "x");
  ck_assert_int_eq(again.history, 1);
  ck_assert_str_eq(again.command[0].unit, "m/s");
  co_json_free(json);
  co_contract_free(&again);
  co_contract_free(&contract);
}
END_TEST

// Frames that follow each other, and a past that starts at zero; the summary follows from elements.
START_TEST(frames_that_start_at_zero) {
  co_contract contract = make_contract(), again;
  contract.history = 2;
  contract.layout = 1;
  contract.obs[0].fill = 1;
  snprintf(contract.obs[0].name, CO_NAME, "a@-1");
  static const char *const reset[] = {"zero", "mixed", "first"};
  for (int i = 0; i < 3; i++) {
    if (i == 1) snprintf(contract.obs[1].name, CO_NAME, "b@-1");
    if (i == 2) contract.obs[0].fill = 0;
    co_buf text = text_of(&contract);
    char wanted[80];
    snprintf(wanted, sizeof wanted, "{\"length\":2,\"layout\":\"frame\",\"reset\":\"%s\",",
             reset[i]);
    ck_assert_msg(strstr(text.data, wanted), "%s not in %s", wanted, text.data);
    ck_assert_int_eq(strstr(text.data, "\"fill\":\"zero\"") != NULL, i < 2);
    ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
    ck_assert_int_eq(again.layout, 1);
    ck_assert_int_eq(again.obs[0].fill, i < 2);
    co_contract_free(&again);
    co_buf_free(&text);
  }
  co_contract_free(&contract);
}
END_TEST

// A file that says nothing of pose, history and commands is written back without them; a world that
// has none says so.
START_TEST(unknown_is_not_none) {
  co_contract contract = make_contract(), again, none;
  free(contract.pose);
  free(contract.command);
  contract.pose = NULL;
  contract.command = NULL;
  contract.num_pose = contract.num_commands = contract.history = 0;
  co_buf text = text_of(&contract);
  static const char *const keys[] = {"default_pose", "history", "\"command\""};
  for (int i = 0; i < 3; i++) ck_assert_ptr_null(strstr(text.data, keys[i]));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert(!again.pose && !again.command && again.history == 0);
  co_buf second = text_of(&again);
  ck_assert_str_eq(text.data, second.data);
  co_contract_free(&again);
  co_env_info world = line_make_info();
  world.num_pose = world.num_commands = 0;
  world.pose = NULL;
  world.command = NULL;
  ck_assert_int_eq(co_contract_from_world(&world, &small, "ppo", &none), CO_OK);
  co_buf third = text_of(&none);
  ck_assert_ptr_nonnull(strstr(third.data, "\"default_pose\":{}"));
  ck_assert_ptr_nonnull(strstr(third.data, "\"command\":[]"));
  ck_assert_msg(read_text(third.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert(again.pose && again.command && again.num_pose == 0 && again.num_commands == 0);
  co_buf_free(&third);
  co_buf_free(&second);
  co_buf_free(&text);
  co_contract_free(&again);
  co_contract_free(&none);
  co_contract_free(&contract);
}
END_TEST

// Gains may be left out, as in older files.
START_TEST(gains_may_be_unknown) {
  co_contract contract = make_contract(), again;
  static const char gains[] = ",\"kp\":20.0,\"kd\":0.5,\"torque_limit\":null";
  co_buf text = text_of(&contract);
  char *at = strstr(text.data, gains);
  ck_assert_ptr_nonnull(at);
  memmove(at, at + strlen(gains), strlen(at + strlen(gains)) + 1);
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_double_nan(again.action[1].kp);
  ck_assert_double_nan(again.action[1].kd);
  ck_assert_double_nan(again.action[1].torque_limit);
  co_buf_free(&text);
  co_contract_free(&again);
  co_contract_free(&contract);
}
END_TEST

// A distribution survives with all its numbers; older files say nothing of one.
START_TEST(distributions_survive) {
  co_contract contract = make_contract(), again, old;
  contract.shift[0] = (co_shift_info){.parameter = "body.mass",
                                      .select = "torso",
                                      .operation = "scale",
                                      .distribution = "normal",
                                      .value = {1, 0.25},
                                      .num_values = 2,
                                      .clip = {0.5, 1.5},
                                      .num_clip = 2,
                                      .each = true,
                                      .from = 1,
                                      .over = 5000};
  co_buf text = text_of(&contract);
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_mem_eq(&again.shift[0], &contract.shift[0], sizeof contract.shift[0]);
  co_contract_free(&again);
  co_contract_free(&contract);
  co_buf_free(&text);
  contract = make_contract();
  text = text_of(&contract);
  char *at = strstr(text.data, ",\"distribution\":null");
  ck_assert_ptr_nonnull(at);
  size_t cut = strlen(",\"distribution\":null");
  memmove(at, at + cut, strlen(at + cut) + 1);
  ck_assert_msg(read_text(text.data, &old) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(old.shift[0].distribution, "");
  co_contract_free(&old);
  co_contract_free(&contract);
  co_buf_free(&text);
}
END_TEST

START_TEST(unknown_performance_stays_unknown) {
  co_contract contract = make_contract(), again;
  contract.expected_episodes = 0;
  contract.parent = 0;
  contract.norm_clip = INFINITY;
  co_buf text = text_of(&contract);
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(again.expected_episodes, 0);
  ck_assert_uint_eq(again.parent, 0);
  ck_assert(isinf(again.norm_clip));
  co_contract_free(&again);
  co_contract_free(&contract);
  co_buf_free(&text);
}
END_TEST

START_TEST(copy_is_independent) {
  co_contract contract = make_contract(), copy;
  ck_assert_int_eq(co_contract_copy(&contract, &copy), CO_OK);
  co_buf text = text_of(&copy);
  ck_assert_ptr_ne(contract.obs, copy.obs);
  snprintf(contract.obs[0].name, sizeof contract.obs[0].name, "other");
  co_contract_free(&contract);
  co_buf second = text_of(&copy);
  ck_assert_str_eq(text.data, second.data);
  co_contract_free(&copy);
  co_buf_free(&second);
  co_buf_free(&text);
}
END_TEST

// One edit of the text each, and what the message must say.
static const struct {
  const char *from, *to, *text;
} edits[] = {
    {"\"format\":2", "\"format\":3", "f: format: must be a whole number from 1 to 2"},
    {"\"format\":2,", "", "f: format: is missing"},
    {"\"format\":2", "\"format\":2,\"colour\":3", "f: unknown key \"colour\""},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"\"", "f: algorithm: must be printable text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":3", "f: algorithm: must be text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"sixteen bytes and\"",
     "f: algorithm: must be printable text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"a\\nb\"", "f: algorithm: must be printable text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"sac\"", "f: training.algorithm: must be \"sac\""},
    {"\"layers\":[8,4]", "\"layers\":[8,0]", "f: network.layers: 0 is out of range (1 to 1024)"},
    {"\"layers\":[8,4]", "\"layers\":[8,1025]", "out of range"},
    {"\"layers\":[8,4]", "\"layers\":[8,4.5]", "whole numbers"},
    {"\"layers\":[8,4]", "\"layers\":8", "array of at most 64"},
    {"\"relu\"", "\"relu\",\"activations\":[\"relu\"]",
     "f: network.activations: must be one for each layer, the first as \"activation\""},
    {"\"relu\"", "\"relu\",\"activations\":[\"tanh\",\"relu\"]",
     "f: network.activations: must be one for each layer"},
    {"\"relu\"", "\"relu\",\"activations\":[\"relu\",\"tnah\"]",
     "f: network.activations.1: unknown, did you mean \"tanh\"?"},
    {"\"relu\"", "\"relu\",\"activations\":[]",
     "f: network.activations: must be an array of at least 1"},
    {"\"relu\"", "\"rleu\"", "f: network.activation: unknown, did you mean \"relu\"?"},
    {"\"relu\"", "\"relu\",\"layer_norm\":1", "f: network.layer_norm: must be true or false"},
    {"\"layers\":[8,4],\"activation\":\"relu\"",
     "\"layers\":[],\"activation\":\"relu\",\"shared_trunk\":true",
     "f: network.shared_trunk: needs a hidden layer and a gaussian head"},
    {"\"relu\"", "\"relu\",\"head\":\"squashed\",\"shared_trunk\":true",
     "f: network.shared_trunk: needs a hidden layer and a gaussian head"},
    {"\"relu\"", "\"relu\",\"head\":\"squashed\",\"critics\":11",
     "f: network.critics: must be a whole number from 1 to 10"},
    {"\"relu\"", "\"relu\",\"head\":\"squashed\",\"critics\":0",
     "f: network.critics: must be a whole number from 1"},
    {"\"relu\"", "\"relu\",\"critics\":3", "f: network.critics: a gaussian head has one"},
    {"\"relu\"", "\"relu\",\"residual\":{\"layers\":[],\"activation\":\"relu\",\"scale\":1}",
     "f: network.residual.layers: must be an array of at least 1"},
    {"\"relu\"", "\"relu\",\"residual\":{\"layers\":[8],\"activation\":\"relu\",\"scale\":0}",
     "f: network.residual.scale: must be positive"},
    {"\"relu\"",
     "\"relu\",\"shared_trunk\":true,\"residual\":{\"layers\":[8],\"activation\":\"relu\","
     "\"scale\":1}",
     "f: network.residual: not beside memory, a shared trunk or so many layers"},
    {"\"log_std\":2", "\"log_std\":3",
     "f: network.heads: must be {\"mean\":2,\"log_std\":2,\"value\":1}"},
    {"\"term\":\"qvel\"", "\"trem\":\"qvel\"", "f: observation.0.elements.1: unknown key \"trem\""},
    {"\"unit\":\"m/s\",", "", "f: observation.0.elements.1.unit: is missing"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[10.0,-10.0]",
     "f: observation.0.elements.1.clip: low 10 is above high -10"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[null,null]", "must be null where"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[-10.0]", "must be null or [low, high]"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[\"a\",1]", "must be a finite number"},
    {"\"low\":-1.0", "\"low\":1.5", "f: action.0: low 1.5 is above high 1"},
    {"\"output\":\"range\"", "\"output\":\"rang\"", "f: output: unknown, did you mean \"range\"?"},
    {"\"output\":\"range\"", "\"output\":\"range\",\"output_range\":[]",
     "f: output_range: 0 entries for 2 actions"},
    {"\"output\":\"range\"", "\"output\":\"raw\",\"output_range\":[]",
     "f: output_range: only an output in units of the range has one"},
    {"\"output\":\"range\"",
     "\"output\":\"range\",\"output_range\":[{\"low\":2,\"high\":1},{\"low\":0,\"high\":1}]",
     "f: output_range.0: low 2 is above high 1"},
    {"\"low\":-1.0", "\"low\":true", "f: action.0.low: must be a finite number"},
    {"\"kp\":20.0", "\"kp\":-1", "f: action.1.kp: -1 is out of range"},
    {"\"kp\":20.0", "\"kp\":\"a\"", "f: action.1.kp: must be a finite number"},
    {"\"kp\":20.0", "\"pk\":20.0", "f: action.1: unknown key \"pk\""},
    {"{\"x\":0.25}", "[0.25]", "f: default_pose: must be an object of at most 1024 members"},
    {"{\"x\":0.25}", "{\"x\":null}", "f: default_pose.x: must be a finite number"},
    {"{\"x\":0.25}", "{\"\":1}", "f: default_pose: a name is printable text"},
    {"{\"x\":0.25}", "{\"a\\nb\":1}", "f: default_pose: a name is printable text"},
    {"\"length\":1,", "\"length\":0,", "f: history.length: must be a whole number from 1"},
    {"\"layout\":\"term\"", "\"layout\":\"time\"", "f: history.layout: "},
    {"\"reset\":\"first\"", "\"reset\":\"zero\"", "f: history.reset: must be \"first\""},
    {"\"command\":[", "\"command\":[3,", "f: command.0: must be an object"},
    {"\"high\":2.0}],\"task", "\"high\":-2.0}],\"task", "f: command.0: low -1 is above high -2"},
    {"\"timestep\":0.05", "\"timestep\":-0.05", "f: timing.timestep: -0.05"},
    {"\"timestep\":0.05", "\"timestep\":0.06", "f: timing.control_dt: must be 0.12"},
    {"\"substeps\":2", "\"substeps\":2.5", "f: timing.substeps: must be a whole number from 1"},
    {"\"length\":1,", "\"length\":4096,", "f: history.length: must be a whole number from 1 to 64"},
    {"\"length\":1,", "\"length\":9,", "f: history.length: 9 values do not fit into 3"},
    {"\"substeps\":2", "\"substeps\":1000000", "f: timing.substeps: must be a whole number from 1"},
    {"\"name\":\"qvel/x\"", "\"name\":\"qpos/x\"", "f: observation: \"qpos/x\" appears twice"},
    {"\"ctrl/pull\"", "\"ctrl/push\"", "f: action: \"ctrl/push\" appears twice"},
    {"\"kind\":\"ctrl\"", "\"kind\":\"bogus\"", "f: action.0.kind: unknown \"bogus\""},
    {"\"task\":{\"name\":\"line\"", "\"task\":{\"name\":\"../../x\"",
     "f: task.name: must be a name"},
    {"\"task\":{\"name\":\"line\"", "\"task\":{\"name\":\"..\"", "f: task.name: must be a name"},
    {"\"model\":{\"name\":\"line\"", "\"model\":{\"name\":\"/etc/x\"",
     "f: model.name: must be a name"},
    {"\"substeps\":2", "\"substeps\":0", "f: timing.substeps: must be a whole number from 1"},
    {"\"where\":\"file\"", "\"where\":\"graph\"", "f: normaliser.where: must be \"file\""},
    {"\"epsilon\":", "\"epsilon\":-1,\"no\":", "f: normaliser: unknown key \"no\""},
    {"\"clip\":10.0", "\"clip\":-10.0", "f: normaliser.clip: must be positive"},
    {"\"count\":0.0", "\"count\":-1", "f: normaliser.count: -1 is out of range"},
    {"\"000000001234abcd\"", "\"000000001234ABCD\"", "f: task.hash: must be null or 16 digits"},
    {"\"000000001234abcd\"", "\"0000000000000000\"", "f: task.hash: must be null where"},
    {"\"000000001234abcd\"", "4", "f: task.hash: must be null or 16 digits"},
    {"\"value\":[1.5]", "\"value\":[1.5,1,1,1,1,1,1,1,1]",
     "f: domain.0.value: must be an array of at most 8"},
    {"\"distribution\":null", "\"distribution\":3", "f: domain.0.distribution: must be text"},
    {"\"distribution\":null", "\"distribution\":\"a name of many bytes\"",
     "f: domain.0.distribution: must be printable text"},
    {"\"distribution\":null", "\"distribution\":\"uniform\",\"draw\":{\"each\":1}",
     "f: domain.0.draw.each: must be true or false"},
    {"\"distribution\":null", "\"distribution\":\"uniform\",\"draw\":{\"each\":true}",
     "f: domain.0.draw.clip: is missing"},
    {"\"domain\":[{", "\"domain\":[3,{", "f: domain.0: must be an object"},
    {"\"seed\":9223372036854775807", "\"seed\":-1", "f: training.seed: must be a whole number"},
    {"\"seed_number\":3", "\"seed_number\":16777216", "from 0 to 16777215"},
    {"\"mujoco\":null", "\"mujoco\":\"4.0.1\"", "f: mujoco: must be null"},
    {"\"metric\":\"return\"", "\"metric\":\"score\"", "f: expected.metric: must be \"return\""},
    {"\"episodes\":20", "\"episodes\":0", "f: expected.episodes: must be a whole number from 1"},
    {"\"episodes\":20", "\"episodes\":20,\"interval\":{\"confidence\":2}",
     "f: expected.interval.confidence: 2 is out of range"},
    {"\"provenance\"", "\"note\":\"\",\"provenance\"",
     "f: note: must be printable text of 1 to 511"},
    {"\"from\":\"trained\"", "\"from\":\"nobody\"", "f: provenance.from: unknown"},
};

START_TEST(wrong_member_is_named) {
  co_contract contract = make_contract(), again = {0};
  co_buf text = text_of(&contract), edited = {0};
  const char *at = strstr(text.data, edits[_i].from);
  ck_assert_msg(at != NULL, "not in the text: %s", edits[_i].from);
  co_buf_add(&edited, text.data, (size_t)(at - text.data));
  co_buf_puts(&edited, edits[_i].to);
  co_buf_puts(&edited, at + strlen(edits[_i].from));
  ck_assert_msg(read_text(edited.data, &again) == CO_DATA, "accepted: %s", edits[_i].to);
  ck_assert_msg(strstr(co_error_text(), edits[_i].text) != NULL, "%s: %s", edits[_i].to,
                co_error_text());
  ck_assert_ptr_null(again.obs);
  co_buf_free(&edited);
  co_buf_free(&text);
  co_contract_free(&contract);
}
END_TEST

START_TEST(empty_lists_and_other_kinds_are_refused) {
  static const char *const texts[] = {"[]", "3", "null", "{}"};
  co_contract out;
  ck_assert_int_eq(read_text(texts[_i], &out), CO_DATA);
}
END_TEST

START_TEST(world_of_a_wrong_size_is_refused) {
  co_env_info world = line_make_info();
  co_contract out;
  co_network_def def = small;
  world.obs_dim = def.obs_dim = 0;
  ck_assert_int_eq(co_contract_from_world(&world, &def, "ppo", &out), CO_CONFIG);
  world = line_make_info();
  ck_assert_int_eq(co_contract_from_world(&world, &small, "an algorithm's long name", &out),
                   CO_CONFIG);
  world.engine = "";
  ck_assert_int_eq(co_contract_from_world(&world, &small, "ppo", &out), CO_CONFIG);
}
END_TEST

// What a printed line of a domain says of drawn numbers; a single value is not drawn.
static const struct {
  co_shift_info shift;
  const char *text;
} draws[] = {
    {{.distribution = "", .each = true, .from = 1, .over = 5}, ""},  // one value is not drawn
    {{.distribution = "uniform"}, ""},
    {{.distribution = "uniform", .each = true}, " each"},
    {{.distribution = "uniform", .from = 1, .over = 20000}, ", from 1 over 20000 steps"},
    {{.distribution = "normal",
      .clip = {0.5, 2},
      .num_clip = 2,
      .each = true,
      .from = 1,
      .over = 9},
     " clip 0.5 2 each, from 1 over 9 steps"},
};

START_TEST(drawn_numbers_are_told) {
  co_buf out = {0};
  co_shift_put_draw(&draws[_i].shift, &out);
  ck_assert_str_eq(out.size ? out.data : "", draws[_i].text);
  co_buf_free(&out);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, activations_are_listed_where_they_differ);
  tcase_add_test(tcase, reads_back_to_the_same_text);
  tcase_add_test(tcase, parts_of_networks_are_named_where_they_are);
  tcase_add_test(tcase, frames_are_named_where_they_are);
  tcase_add_test(tcase, an_output_without_a_unit_is_raw);
  tcase_add_test(tcase, a_copied_actor_keeps_its_output);
  tcase_add_test(tcase, layout_is_the_documented_one);
  tcase_add_test(tcase, targets_pose_history_and_commands);
  tcase_add_test(tcase, frames_that_start_at_zero);
  tcase_add_test(tcase, unknown_is_not_none);
  tcase_add_test(tcase, gains_may_be_unknown);
  tcase_add_test(tcase, distributions_survive);
  tcase_add_loop_test(tcase, drawn_numbers_are_told, 0, sizeof draws / sizeof *draws);
  tcase_add_test(tcase, unknown_performance_stays_unknown);
  tcase_add_test(tcase, copy_is_independent);
  tcase_add_loop_test(tcase, wrong_member_is_named, 0, sizeof edits / sizeof *edits);
  tcase_add_loop_test(tcase, empty_lists_and_other_kinds_are_refused, 0, 4);
  tcase_add_test(tcase, world_of_a_wrong_size_is_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
