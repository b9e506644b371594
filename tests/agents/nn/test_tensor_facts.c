// Facts of tensors: what they are for every kind of network, that names come from them, and that
// fresh values do.

#include "agents/nn/network.h"
#include "agents/nn/normalizer.h"
#include "tests/support/support.h"

#include <string.h>

typedef struct row {
  const char *name;
  co_tensor_facts facts;
} row;

#define ACTOR(layer, depth, role, rows, cols, init_row) \
  { CO_PART_ACTOR, 0, layer, depth, role, rows, cols, init_row }
#define CRITIC(k, layer, depth, role, rows, cols, init_row) \
  { CO_PART_CRITIC, k, layer, depth, role, rows, cols, init_row }
#define TRUNK CO_LAYER_TRUNK
#define MEAN CO_LAYER_MEAN
#define VALUE CO_LAYER_VALUE
#define SPREAD CO_LAYER_SPREAD
#define REMEMBERS CO_LAYER_MEMORY
#define NONE CO_LAYER_NONE
#define WEIGHT CO_TENSOR_WEIGHT
#define BIAS CO_TENSOR_BIAS
#define NOTHING CO_FACES_NOTHING
#define OBS CO_FACES_OBSERVATION
#define ACT CO_FACES_ACTION
#define BOTH CO_FACES_BOTH
#define HIDDEN CO_FACES_HIDDEN
#define RETURN CO_FACES_VALUE

static const row gaussian[] = {
    {"actor.trunk.0.weight", ACTOR(TRUNK, 0, WEIGHT, OBS, HIDDEN, 0)},
    {"actor.trunk.0.bias", ACTOR(TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.trunk.1.weight", ACTOR(TRUNK, 1, WEIGHT, HIDDEN, HIDDEN, 2)},
    {"actor.trunk.1.bias", ACTOR(TRUNK, 1, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, HIDDEN, ACT, 4)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std", ACTOR(NONE, 0, CO_TENSOR_SPREAD, NOTHING, ACT, -1)},
    {"critic.0.trunk.0.weight", CRITIC(0, TRUNK, 0, WEIGHT, OBS, HIDDEN, 7)},
    {"critic.0.trunk.0.bias", CRITIC(0, TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.1.weight", CRITIC(0, TRUNK, 1, WEIGHT, HIDDEN, HIDDEN, 9)},
    {"critic.0.trunk.1.bias", CRITIC(0, TRUNK, 1, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, HIDDEN, RETURN, 11)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};
static const row squashed[] = {
    {"actor.trunk.0.weight", ACTOR(TRUNK, 0, WEIGHT, OBS, HIDDEN, 0)},
    {"actor.trunk.0.bias", ACTOR(TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, HIDDEN, ACT, 2)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std.weight", ACTOR(SPREAD, 0, WEIGHT, HIDDEN, ACT, 4)},
    {"actor.log_std.bias", ACTOR(SPREAD, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_alpha", ACTOR(NONE, 0, CO_TENSOR_TEMPERATURE, NOTHING, NOTHING, -1)},
    {"critic.0.trunk.0.weight", CRITIC(0, TRUNK, 0, WEIGHT, BOTH, HIDDEN, 7)},
    {"critic.0.trunk.0.bias", CRITIC(0, TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, HIDDEN, RETURN, 9)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
    {"critic.1.trunk.0.weight", CRITIC(1, TRUNK, 0, WEIGHT, BOTH, HIDDEN, 11)},
    {"critic.1.trunk.0.bias", CRITIC(1, TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.1.value.weight", CRITIC(1, VALUE, 0, WEIGHT, HIDDEN, RETURN, 13)},
    {"critic.1.value.bias", CRITIC(1, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};
static const row shared[] = {
    {"actor.trunk.0.weight", ACTOR(TRUNK, 0, WEIGHT, OBS, HIDDEN, 0)},
    {"actor.trunk.0.bias", ACTOR(TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.trunk.1.weight", ACTOR(TRUNK, 1, WEIGHT, HIDDEN, HIDDEN, 2)},
    {"actor.trunk.1.bias", ACTOR(TRUNK, 1, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, HIDDEN, ACT, 4)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std", ACTOR(NONE, 0, CO_TENSOR_SPREAD, NOTHING, ACT, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, HIDDEN, RETURN, 7)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};
static const row normed[] = {
    {"actor.trunk.0.weight", ACTOR(TRUNK, 0, WEIGHT, OBS, HIDDEN, 0)},
    {"actor.trunk.0.bias", ACTOR(TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.trunk.0.norm.weight", ACTOR(TRUNK, 0, CO_TENSOR_GAIN, NOTHING, HIDDEN, -1)},
    {"actor.trunk.0.norm.bias", ACTOR(TRUNK, 0, CO_TENSOR_OFFSET, NOTHING, HIDDEN, -1)},
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, HIDDEN, ACT, 4)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std", ACTOR(NONE, 0, CO_TENSOR_SPREAD, NOTHING, ACT, -1)},
    {"critic.0.trunk.0.weight", CRITIC(0, TRUNK, 0, WEIGHT, OBS, HIDDEN, 7)},
    {"critic.0.trunk.0.bias", CRITIC(0, TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.0.norm.weight", CRITIC(0, TRUNK, 0, CO_TENSOR_GAIN, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.0.norm.bias", CRITIC(0, TRUNK, 0, CO_TENSOR_OFFSET, NOTHING, HIDDEN, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, HIDDEN, RETURN, 11)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};
static const row flat[] = {
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, OBS, ACT, 0)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std", ACTOR(NONE, 0, CO_TENSOR_SPREAD, NOTHING, ACT, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, OBS, RETURN, 3)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};
static const row lstm[] = {
    {"actor.trunk.0.memory.weight", ACTOR(REMEMBERS, 0, WEIGHT, OBS, HIDDEN, 0)},
    {"actor.trunk.0.memory.bias", ACTOR(REMEMBERS, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.trunk.0.memory.recurrent.weight",
     ACTOR(REMEMBERS, 0, CO_TENSOR_RECURRENT, HIDDEN, HIDDEN, 2)},
    {"actor.trunk.0.weight", ACTOR(TRUNK, 0, WEIGHT, HIDDEN, HIDDEN, 3)},
    {"actor.trunk.0.bias", ACTOR(TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.trunk.0.norm.weight", ACTOR(TRUNK, 0, CO_TENSOR_GAIN, NOTHING, HIDDEN, -1)},
    {"actor.trunk.0.norm.bias", ACTOR(TRUNK, 0, CO_TENSOR_OFFSET, NOTHING, HIDDEN, -1)},
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, HIDDEN, ACT, 7)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std", ACTOR(NONE, 0, CO_TENSOR_SPREAD, NOTHING, ACT, -1)},
    {"critic.0.trunk.0.memory.weight", CRITIC(0, REMEMBERS, 0, WEIGHT, OBS, HIDDEN, 10)},
    {"critic.0.trunk.0.memory.bias", CRITIC(0, REMEMBERS, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.0.memory.recurrent.weight",
     CRITIC(0, REMEMBERS, 0, CO_TENSOR_RECURRENT, HIDDEN, HIDDEN, 12)},
    {"critic.0.trunk.0.weight", CRITIC(0, TRUNK, 0, WEIGHT, HIDDEN, HIDDEN, 13)},
    {"critic.0.trunk.0.bias", CRITIC(0, TRUNK, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.0.norm.weight", CRITIC(0, TRUNK, 0, CO_TENSOR_GAIN, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.0.norm.bias", CRITIC(0, TRUNK, 0, CO_TENSOR_OFFSET, NOTHING, HIDDEN, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, HIDDEN, RETURN, 17)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};
static const row gru[] = {
    {"actor.trunk.0.memory.weight", ACTOR(REMEMBERS, 0, WEIGHT, OBS, HIDDEN, 0)},
    {"actor.trunk.0.memory.bias", ACTOR(REMEMBERS, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"actor.trunk.0.memory.recurrent.weight",
     ACTOR(REMEMBERS, 0, CO_TENSOR_RECURRENT, HIDDEN, HIDDEN, 2)},
    {"actor.trunk.0.memory.recurrent.bias",
     ACTOR(REMEMBERS, 0, CO_TENSOR_RECURRENT_BIAS, NOTHING, HIDDEN, -1)},
    {"actor.mean.weight", ACTOR(MEAN, 0, WEIGHT, HIDDEN, ACT, 4)},
    {"actor.mean.bias", ACTOR(MEAN, 0, BIAS, NOTHING, ACT, -1)},
    {"actor.log_std", ACTOR(NONE, 0, CO_TENSOR_SPREAD, NOTHING, ACT, -1)},
    {"critic.0.trunk.0.memory.weight", CRITIC(0, REMEMBERS, 0, WEIGHT, OBS, HIDDEN, 7)},
    {"critic.0.trunk.0.memory.bias", CRITIC(0, REMEMBERS, 0, BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.trunk.0.memory.recurrent.weight",
     CRITIC(0, REMEMBERS, 0, CO_TENSOR_RECURRENT, HIDDEN, HIDDEN, 9)},
    {"critic.0.trunk.0.memory.recurrent.bias",
     CRITIC(0, REMEMBERS, 0, CO_TENSOR_RECURRENT_BIAS, NOTHING, HIDDEN, -1)},
    {"critic.0.value.weight", CRITIC(0, VALUE, 0, WEIGHT, HIDDEN, RETURN, 11)},
    {"critic.0.value.bias", CRITIC(0, VALUE, 0, BIAS, NOTHING, RETURN, -1)},
};

static const struct {
  co_network_def def;
  const row *row;
  int count;
} kinds[] = {
#define KIND(rows, ...) \
  { {.obs_dim = 5, .act_dim = 3, __VA_ARGS__}, rows, (int)(sizeof rows / sizeof *rows) }
    KIND(gaussian, .num_hidden = 2, .hidden = {9, 4}),
    KIND(squashed, .head = CO_HEAD_SQUASHED, .num_hidden = 1, .hidden = {9}),
    KIND(shared, .shared_trunk = true, .num_hidden = 2, .hidden = {9, 4}),
    KIND(normed, .layer_norm = true, .num_hidden = 1, .hidden = {9}),
    KIND(flat, .num_hidden = 0),
    KIND(lstm, .layer_norm = true, .num_hidden = 1, .hidden = {9}, .memory = {CO_LSTM, 6}),
    KIND(gru, .num_hidden = 0, .memory = {CO_GRU, 6}),
};
enum { NUM_KINDS = sizeof kinds / sizeof *kinds };

static void check_same(const co_tensor *tensor, const row *want) {
  const co_tensor_facts *have = &tensor->facts, *facts = &want->facts;
  ck_assert_str_eq(tensor->name, want->name);
  ck_assert_msg(have->part == facts->part && have->member == facts->member, "%s", want->name);
  ck_assert_msg(have->layer == facts->layer && have->depth == facts->depth, "%s", want->name);
  ck_assert_msg(have->role == facts->role, "%s", want->name);
  ck_assert_msg(have->rows_are == facts->rows_are, "%s", want->name);
  ck_assert_msg(have->cols_are == facts->cols_are, "%s", want->name);
  ck_assert_msg(have->init_row == facts->init_row, "%s: row %d", want->name, have->init_row);
}

START_TEST(every_tensor_of_a_network_knows_what_it_is) {
  co_network net;
  ck_assert_int_eq(co_network_create(&kinds[_i].def, &net), CO_OK);
  ck_assert_int_eq(net.num_tensors, kinds[_i].count);
  for (int t = 0; t < net.num_tensors; t++) check_same(&net.tensor[t], &kinds[_i].row[t]);
  co_network_free(&net);
}
END_TEST

START_TEST(statistics_know_what_they_are) {
  static const row expected[] = {
      {"obs_norm.mean", {CO_PART_OBS_NORM, 0, NONE, 0, CO_TENSOR_MEAN, NOTHING, OBS, -1}},
      {"obs_norm.var", {CO_PART_OBS_NORM, 0, NONE, 0, CO_TENSOR_VARIANCE, NOTHING, OBS, -1}},
      {"obs_norm.count", {CO_PART_OBS_NORM, 0, NONE, 0, CO_TENSOR_COUNT, NOTHING, NOTHING, -1}},
      {"reward_norm.mean", {CO_PART_REWARD_NORM, 0, NONE, 0, CO_TENSOR_MEAN, NOTHING, RETURN, -1}},
      {"reward_norm.var",
       {CO_PART_REWARD_NORM, 0, NONE, 0, CO_TENSOR_VARIANCE, NOTHING, RETURN, -1}},
      {"reward_norm.count",
       {CO_PART_REWARD_NORM, 0, NONE, 0, CO_TENSOR_COUNT, NOTHING, NOTHING, -1}},
  };
  co_normalizer obs, reward;
  ck_assert_int_eq(co_normalizer_create(4, &obs), CO_OK);
  ck_assert_int_eq(co_normalizer_create(1, &reward), CO_OK);
  co_tensor tensor[6];
  co_normalizer_tensors(&obs, CO_PART_OBS_NORM, tensor);
  co_normalizer_tensors(&reward, CO_PART_REWARD_NORM, tensor + 3);
  for (int t = 0; t < 6; t++) {
    check_same(&tensor[t], &expected[t]);
    ck_assert(co_tensor_is_statistic(&tensor[t].facts));
  }
  co_normalizer_free(&obs);
  co_normalizer_free(&reward);
}
END_TEST

// A shape of two numbers belongs to a weight and to nothing else.
START_TEST(weights_have_two_sizes) {
  co_network net;
  ck_assert_int_eq(co_network_create(&kinds[_i].def, &net), CO_OK);
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor_facts *facts = &net.tensor[t].facts;
    int shape[2];
    bool weight = facts->role == WEIGHT || facts->role == CO_TENSOR_RECURRENT;
    ck_assert_int_eq(co_tensor_shape(&net.tensor[t], shape), weight ? 2 : 1);
    ck_assert(!co_tensor_is_statistic(facts));
  }
  co_network_free(&net);
}
END_TEST

START_TEST(facts_belong_to_one_tensor) {
  co_network net;
  ck_assert_int_eq(co_network_create(&kinds[_i].def, &net), CO_OK);
  for (int a = 0; a < net.num_tensors; a++) {
    const co_tensor_facts *x = &net.tensor[a].facts;
    if (x->member == 0 && x->depth == 0)
      ck_assert_int_eq(co_tensor_find_role(net.tensor, net.num_tensors, x->part, x->layer, x->role),
                       a);
    for (int b = 0; b < a; b++) {
      const co_tensor_facts *y = &net.tensor[b].facts;
      ck_assert_str_ne(net.tensor[a].name, net.tensor[b].name);
      ck_assert(x->part != y->part || x->member != y->member || x->layer != y->layer ||
                x->depth != y->depth || x->role != y->role);
      ck_assert(x->init_row < 0 || x->init_row != y->init_row);
    }
  }
  ck_assert_int_eq(co_tensor_find_role(net.tensor, net.num_tensors, CO_PART_EXTRA, NONE, WEIGHT),
                   -1);
  co_network_free(&net);
}
END_TEST

// the list backwards, which no place of a tensor survives but a middle one
static void turn_round(co_network *net) {
  for (int a = 0, b = net->num_tensors - 1; a < b; a++, b--) {
    co_tensor other = net->tensor[a];
    net->tensor[a] = net->tensor[b];
    net->tensor[b] = other;
  }
}

START_TEST(fresh_values_do_not_depend_on_the_place_in_the_list) {
  static const co_stream stream = {11, 3, CO_PURPOSE_INIT};
  co_network net, turned;
  ck_assert_int_eq(co_network_create(&kinds[_i].def, &net), CO_OK);
  ck_assert_int_eq(co_network_create(&kinds[_i].def, &turned), CO_OK);
  turn_round(&turned);
  co_network_init(&net, &stream);
  co_network_init(&turned, &stream);
  ck_assert_mem_eq(net.block, turned.block, net.size * sizeof *net.block);
  co_network_free(&net);
  co_network_free(&turned);
}
END_TEST

START_TEST(elements_that_a_tensor_faces) {
  co_network net;
  ck_assert_int_eq(co_network_create(&kinds[1].def, &net), CO_OK);  // with a squashed head
  static const char obs[] =
      "actor.trunk.0.weight critic.0.trunk.0.weight "
      "critic.1.trunk.0.weight ";
  static const char action[] =
      "actor.mean.weight actor.mean.bias actor.log_std.weight "
      "actor.log_std.bias critic.0.trunk.0.weight "
      "critic.1.trunk.0.weight ";
  char faces_obs[256] = "", faces_action[256] = "";
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    if (co_tensor_faces_observation(&tensor->facts)) strcat(strcat(faces_obs, tensor->name), " ");
    if (co_tensor_faces_action(&tensor->facts)) strcat(strcat(faces_action, tensor->name), " ");
  }
  ck_assert_str_eq(faces_obs, obs);
  ck_assert_str_eq(faces_action, action);
  co_network_free(&net);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("tensor facts");
  TCase *tcase = tcase_create("facts");
  tcase_add_loop_test(tcase, every_tensor_of_a_network_knows_what_it_is, 0, NUM_KINDS);
  tcase_add_test(tcase, statistics_know_what_they_are);
  tcase_add_loop_test(tcase, weights_have_two_sizes, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, facts_belong_to_one_tensor, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, fresh_values_do_not_depend_on_the_place_in_the_list, 0, NUM_KINDS);
  tcase_add_test(tcase, elements_that_a_tensor_faces);
  suite_add_tcase(suite, tcase);
  return suite;
}
