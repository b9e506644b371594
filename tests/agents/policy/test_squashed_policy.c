// Networks and policies with a squashed head: tensors, acting, file and contract.

#include "agents/contract/contract_json.h"
#include "agents/policy/policy.h"
#include "core/json.h"
#include "tests/support/acting.h"
#include "tests/support/json_edit.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_network_def def = {.head = CO_HEAD_SQUASHED,
                                   .obs_dim = LINE_OBS,
                                   .act_dim = LINE_ACTION,
                                   .num_hidden = 2,
                                   .hidden = {8, 20},
                                   .activation = CO_RELU};

static co_policy *make_of(const co_network_def *network) {
  co_env_info world = line_make_info();
  co_stream stream = {7, 1, CO_PURPOSE_TEST};
  co_policy *policy = NULL;
  ck_ok(co_policy_create(network, &world, "sac", &stream, &policy));
  co_rng rng = co_rng_make(&stream, 3);
  for (int i = 0; i < policy->net.num_tensors; i++) {
    const co_tensor *t = &policy->tensor[i];
    for (int row = 0; row < t->rows; row++)
      for (int col = 0; col < t->cols; col++)
        ((float *)t->data)[row * t->stride + col] += 0.3f * (float)co_rng_normal(&rng);
  }
  return policy;
}

static co_policy *make(void) {
  return make_of(&def);
}

// ---- network

static const struct {
  const char *name;
  int rows, cols;
} tensors[] = {
    {"actor.trunk.0.weight", LINE_OBS, 8},
    {"actor.trunk.0.bias", 1, 8},
    {"actor.trunk.1.weight", 8, 20},
    {"actor.trunk.1.bias", 1, 20},
    {"actor.mean.weight", 20, LINE_ACTION},
    {"actor.mean.bias", 1, LINE_ACTION},
    {"actor.log_std.weight", 20, LINE_ACTION},
    {"actor.log_std.bias", 1, LINE_ACTION},
    {"actor.log_alpha", 1, 1},
    {"critic.0.trunk.0.weight", LINE_OBS + LINE_ACTION, 8},
    {"critic.0.trunk.0.bias", 1, 8},
    {"critic.0.trunk.1.weight", 8, 20},
    {"critic.0.trunk.1.bias", 1, 20},
    {"critic.0.value.weight", 20, 1},
    {"critic.0.value.bias", 1, 1},
    {"critic.1.trunk.0.weight", LINE_OBS + LINE_ACTION, 8},
};

START_TEST(tensors_are_named_and_shaped) {
  co_network net;
  ck_ok(co_network_create(&def, &net));
  ck_assert_int_eq(net.num_tensors, 21);
  ck_assert_int_eq(net.num_parts, 3);
  for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
    ck_assert_str_eq(net.tensor[i].name, tensors[i].name);
    ck_assert_int_eq(net.tensor[i].rows, tensors[i].rows);
    ck_assert_int_eq(net.tensor[i].cols, tensors[i].cols);
  }
  for (int p = 0; p < net.num_parts; p++) {
    for (int l = 0; l < net.num_layers; l++) {
      const co_dense *layer = &net.part[p].layer[l];
      ck_assert_ptr_eq(net.tensor[layer->tensor].data, net.block + layer->weight);
      ck_assert_ptr_eq(net.tensor[layer->tensor + 1].data, net.block + layer->bias);
    }
  }
  co_network_free(&net);
}
END_TEST

START_TEST(both_critics_start_apart_and_the_spread_near_one) {
  co_network net;
  ck_ok(co_network_create(&def, &net));
  co_stream stream = {7, 1, CO_PURPOSE_INIT};
  co_network_init(&net, &stream);
  const co_dense *first = net.part[CO_CRITIC].layer, *twin = net.part[CO_CRITIC + 1].layer;
  ck_assert(memcmp(net.block + first[0].weight, net.block + twin[0].weight,
                   (size_t)first[0].in * sizeof(float)) != 0);
  float obs[LINE_OBS] = {1, -1, 0.5f}, log_std[LINE_ACTION];
  network_log_std(&net, obs, 1, log_std);
  ck_assert(fabsf(log_std[0]) < 0.1f && fabsf(log_std[1]) < 0.1f && log_std[0] != 0);
  ck_assert(net.block[net.log_alpha] == 0);
  co_network_free(&net);
}
END_TEST

// critics, and tensors of all with two hidden layers
static const int numbers[][2] = {{0, 21}, {1, 15}, {2, 21}, {3, 27}, {CO_MAX_CRITICS, 69}};
enum { NUM_NUMBERS = sizeof numbers / sizeof *numbers };

START_TEST(there_are_as_many_critics_as_asked_for) {
  co_network_def asked = def;
  co_network net, usual;
  asked.num_critics = numbers[_i][0];
  ck_ok(co_network_create(&asked, &net));
  ck_ok(co_network_create(&def, &usual));
  ck_assert_int_eq(net.num_tensors, numbers[_i][1]);
  int critics = numbers[_i][0] ? numbers[_i][0] : 2;
  ck_assert_int_eq(net.num_parts, 1 + critics);
  char last[CO_NAME];
  snprintf(last, sizeof last, "critic.%d.value.bias", critics - 1);
  ck_assert_str_eq(net.tensor[net.num_tensors - 1].name, last);
  // those that both have start alike
  co_stream stream = {7, 1, CO_PURPOSE_INIT};
  co_network_init(&net, &stream);
  co_network_init(&usual, &stream);
  size_t common = net.size < usual.size ? net.size : usual.size;
  ck_assert_mem_eq(net.block, usual.block, common * sizeof *net.block);
  co_network_free(&net);
  co_network_free(&usual);
}
END_TEST

// The member is written where there are not two, as files of before say nothing of them.
START_TEST(its_file_tells_how_many_critics) {
  co_network_def asked = def;
  asked.num_critics = numbers[_i][0];
  co_policy *policy = make_of(&asked), *again = NULL;
  co_buf bytes = {0}, second = {0};
  ck_ok(co_policy_write(policy, &bytes));
  ck_assert_int_eq(memmem(bytes.data, bytes.size, "critics", 7) != NULL,
                   numbers[_i][0] != 0 && numbers[_i][0] != 2);
  ck_ok(co_policy_parse(bytes.data, bytes.size, "x", &again));
  ck_assert_int_eq(co_network_critics(&again->net.def), co_network_critics(&asked));
  ck_assert_int_eq(again->num_tensors, policy->num_tensors);
  ck_ok(co_policy_write(again, &second));
  ck_assert_uint_eq(bytes.size, second.size);
  ck_assert_mem_eq(bytes.data, second.data, bytes.size);
  co_buf_free(&bytes);
  co_buf_free(&second);
  co_policy_free(again);
  co_policy_free(policy);
}
END_TEST

// ---- policy

// tanh of the mean, brought to -1..1 and -0.5..2
START_TEST(it_acts_by_the_squashed_mean) {
  co_policy *policy = make();
  float obs[5 * LINE_OBS], mean[5 * LINE_ACTION], action[5 * LINE_ACTION], log_std[LINE_ACTION];
  co_stream stream = {8, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  co_rng_normals(&rng, obs, 5 * LINE_OBS);
  policy_act(policy, obs, 5, action);
  float normalized[5 * LINE_OBS];
  co_normalizer_apply(&policy->obs_norm, obs, 5, normalized, LINE_OBS);
  network_forward(&policy->net, normalized, 5, mean, NULL);
  for (int r = 0; r < 5; r++) {
    double push = tanh((double)mean[r * 2]), pull = tanh((double)mean[r * 2 + 1]);
    ck_assert_double_eq_tol((double)action[r * 2], push, 1e-6);
    ck_assert_double_eq_tol((double)action[r * 2 + 1], 0.75 + 1.25 * pull, 2e-6);
  }
  network_log_std(&policy->net, normalized, 1, log_std);
  double entropy = (double)log_std[0] + (double)log_std[1] + log(2 * acos(-1) * exp(1));
  ck_assert_double_eq_tol(policy_entropy(policy, obs), entropy, 1e-6);
  co_policy_free(policy);
}
END_TEST

START_TEST(its_file_reads_back) {
  co_policy *policy = make(), *again = NULL;
  policy->obs_norm.clip = INFINITY;
  co_buf bytes = {0}, second = {0};
  ck_ok(co_policy_write(policy, &bytes));
  ck_ok(co_policy_parse(bytes.data, bytes.size, "x", &again));
  ck_assert_int_eq(again->net.def.head, CO_HEAD_SQUASHED);
  ck_assert_int_eq(again->num_tensors, policy->num_tensors);
  ck_ok(co_policy_write(again, &second));
  ck_assert_uint_eq(bytes.size, second.size);
  ck_assert_mem_eq(bytes.data, second.data, bytes.size);
  float obs[LINE_OBS] = {0.3f, 20, -1}, a[LINE_ACTION], b[LINE_ACTION];
  policy_act(policy, obs, 1, a);
  policy_act(again, obs, 1, b);
  ck_assert_mem_eq(a, b, sizeof a);
  co_buf_free(&bytes);
  co_buf_free(&second);
  co_policy_free(again);
  co_policy_free(policy);
}
END_TEST

// what the network says of its head, and what becomes of it
static const struct {
  const char *head;  // NULL: absent
  bool twice;        // log_std has twice the size
  const char *error;
} heads[] = {
    {"squashed", false, NULL},          {"gaussian", false, NULL},           {NULL, false, NULL},
    {"softmax", false, "network.head"}, {"squashed", true, "network.heads"},
};
START_TEST(unknown_heads_are_refused) {
  co_policy *policy = make();
  co_json *json;
  ck_ok(co_contract_to_json(&policy->contract, &json));
  co_json *network = json_member(json, "network");
  ck_assert_str_eq(co_json_get_string(network, "head"), "squashed");
  ck_assert_int_eq(co_json_get_int(co_json_get(network, "heads"), "log_std", 0), LINE_ACTION);
  if (heads[_i].head) co_json_set_string(network, "head", heads[_i].head);
  if (heads[_i].twice) co_json_set_int(json_member(network, "heads"), "log_std", 2 * LINE_ACTION);
  co_contract contract;
  co_status status = co_contract_from_json(json, "x", &contract);
  ck_assert_int_eq(status, heads[_i].error ? CO_DATA : CO_OK);
  if (heads[_i].error) ck_assert_ptr_nonnull(strstr(co_error_text(), heads[_i].error));
  if (status == CO_OK) co_contract_free(&contract);
  co_json_free(json);
  co_policy_free(policy);
}
END_TEST

// log_std is taken within -5 .. 2, whatever the head says
START_TEST(its_entropy_is_that_of_what_it_draws) {
  const float obs[LINE_OBS] = {0.5f};
  const double bias[] = {0.5, 20, -20}, expected[] = {0.5, 2, -5};
  co_policy *policy = make();
  const co_network *net = &policy->net;
  memset(net->block + net->log_std_head.weight, 0,
         (size_t)net->log_std_head.in * (size_t)net->log_std_head.out_stride * sizeof(float));
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < LINE_ACTION; i++)
      net->block[net->log_std_head.bias + (size_t)i] = (float)bias[k];
    ck_assert_double_eq_tol(policy_entropy(policy, obs),
                            LINE_ACTION * (expected[k] + 0.5 * log(2 * acos(-1) * exp(1))), 1e-6);
  }
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("squashed_policy");
  TCase *tests = tcase_create("squashed_policy");
  tcase_add_test(tests, tensors_are_named_and_shaped);
  tcase_add_test(tests, both_critics_start_apart_and_the_spread_near_one);
  tcase_add_loop_test(tests, there_are_as_many_critics_as_asked_for, 0, NUM_NUMBERS);
  tcase_add_loop_test(tests, its_file_tells_how_many_critics, 0, NUM_NUMBERS);
  tcase_add_test(tests, it_acts_by_the_squashed_mean);
  tcase_add_test(tests, its_file_reads_back);
  tcase_add_test(tests, its_entropy_is_that_of_what_it_draws);
  tcase_add_loop_test(tests, unknown_heads_are_refused, 0, sizeof heads / sizeof *heads);
  suite_add_tcase(suite, tests);
  return suite;
}
