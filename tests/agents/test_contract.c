// The contract's JSON: what is written reads back to the same text, and every wrong member is
// named.

#include "agents/contract.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <stdio.h>
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

static co_buf text_of(const co_contract *contract) {
  co_buf text = {0};
  co_json *json;
  ck_assert_int_eq(co_contract_to_json(contract, &json), CO_OK);
  ck_assert_int_eq(co_json_write(json, 0, &text), CO_OK);
  co_json_free(json);
  return text;
}

static co_status read_text(const char *text, co_contract *out) {
  co_json *json;
  ck_assert_msg(co_json_parse(text, strlen(text), "test", &json) == CO_OK, "%s", co_error_text());
  co_status status = co_contract_from_json(json, "f", out);
  co_json_free(json);
  return status;
}

// Files of networks without them say nothing of them.
START_TEST(parts_of_networks_are_named_where_they_are) {
  for (int parts = 0; parts < 4; parts++) {
    co_contract contract = make_contract(), again;
    contract.network.activation = CO_SWISH;
    contract.network.layer_norm = parts & 1;
    contract.network.shared_trunk = parts & 2;
    co_buf text = text_of(&contract);
    ck_assert_int_eq(strstr(text.data, "\"layer_norm\":true") != NULL, (parts & 1) != 0);
    ck_assert_int_eq(strstr(text.data, "\"shared_trunk\":true") != NULL, (parts & 2) != 0);
    ck_assert_int_eq(strstr(text.data, "layer_norm") != NULL, (parts & 1) != 0);
    ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
    ck_assert_int_eq(again.network.layer_norm, contract.network.layer_norm);
    ck_assert_int_eq(again.network.shared_trunk, contract.network.shared_trunk);
    ck_assert_int_eq(again.network.activation, CO_SWISH);
    co_buf_free(&text);
    co_contract_free(&contract);
    co_contract_free(&again);
  }
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

START_TEST(layout_is_the_documented_one) {
  co_contract contract = make_contract();
  co_json *json;
  ck_assert_int_eq(co_contract_to_json(&contract, &json), CO_OK);
  static const char *const keys[] = {"format", "algorithm", "network",  "observation",
                                     "action", "timing",    "observe",  "normaliser",
                                     "task",   "domain",    "model",    "engine",
                                     "mujoco", "training",  "expected", "provenance"};
  ck_assert_uint_eq(co_json_count(json), sizeof keys / sizeof *keys);
  for (size_t i = 0; i < co_json_count(json); i++)
    ck_assert_str_eq(co_json_key_at(json, i), keys[i]);
  const co_json *obs = co_json_get(json, "observation");
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
    {"\"format\":1", "\"format\":2", "f: format: must be 1"},
    {"\"format\":1,", "", "f: format: is missing"},
    {"\"format\":1", "\"format\":1,\"colour\":3", "f: unknown key \"colour\""},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"\"", "f: algorithm: must be printable text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":3", "f: algorithm: must be text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"sixteen bytes and\"",
     "f: algorithm: must be printable text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"a\\nb\"", "f: algorithm: must be printable text"},
    {"\"algorithm\":\"ppo\"", "\"algorithm\":\"sac\"", "f: training.algorithm: must be \"sac\""},
    {"\"layers\":[8,4]", "\"layers\":[8,0]", "f: network.layers: 0 is out of range (1 to 1024)"},
    {"\"layers\":[8,4]", "\"layers\":[8,1025]", "out of range"},
    {"\"layers\":[8,4]", "\"layers\":[8,4.5]", "whole numbers"},
    {"\"layers\":[8,4]", "\"layers\":[8,4,4,4,4]", "array of at most 4"},
    {"\"layers\":[8,4]", "\"layers\":8", "array of at most 4"},
    {"\"relu\"", "\"rleu\"", "f: network.activation: unknown, did you mean \"relu\"?"},
    {"\"relu\"", "\"relu\",\"layer_norm\":1", "f: network.layer_norm: must be true or false"},
    {"\"layers\":[8,4],\"activation\":\"relu\"",
     "\"layers\":[],\"activation\":\"relu\",\"shared_trunk\":true",
     "f: network.shared_trunk: needs a hidden layer and a gaussian head"},
    {"\"relu\"", "\"relu\",\"head\":\"squashed\",\"shared_trunk\":true",
     "f: network.shared_trunk: needs a hidden layer and a gaussian head"},
    {"\"log_std\":2", "\"log_std\":3",
     "f: network.heads: must be {\"mean\":2,\"log_std\":2,\"value\":1}"},
    {"\"term\":\"qvel\"", "\"trem\":\"qvel\"", "f: observation.1: unknown key \"trem\""},
    {"\"unit\":\"m/s\",", "", "f: observation.1.unit: is missing"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[10.0,-10.0]",
     "f: observation.1.clip: low 10 is above high -10"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[null,null]", "must be null where"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[-10.0]", "must be null or [low, high]"},
    {"\"clip\":[-10.0,10.0]", "\"clip\":[\"a\",1]", "must be a finite number"},
    {"\"low\":-1.0", "\"low\":1.5", "f: action.0: low 1.5 is above high 1"},
    {"\"low\":-1.0", "\"low\":true", "f: action.0.low: must be a finite number"},
    {"\"timestep\":0.05", "\"timestep\":-0.05", "f: timing.timestep: -0.05"},
    {"\"timestep\":0.05", "\"timestep\":0.06", "f: timing.control_dt: must be 0.12"},
    {"\"substeps\":2", "\"substeps\":2.5", "f: timing.substeps: must be a whole number from 1"},
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
    {"\"from\":\"trained\"", "\"from\":\"user\"", "f: provenance: must be"},
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

Suite *test_suite(void) {
  Suite *suite = suite_create("contract");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, reads_back_to_the_same_text);
  tcase_add_test(tcase, parts_of_networks_are_named_where_they_are);
  tcase_add_test(tcase, layout_is_the_documented_one);
  tcase_add_test(tcase, distributions_survive);
  tcase_add_test(tcase, unknown_performance_stays_unknown);
  tcase_add_test(tcase, copy_is_independent);
  tcase_add_loop_test(tcase, wrong_member_is_named, 0, sizeof edits / sizeof *edits);
  tcase_add_loop_test(tcase, empty_lists_and_other_kinds_are_refused, 0, 4);
  tcase_add_test(tcase, world_of_a_wrong_size_is_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
