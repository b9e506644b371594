// A trace acts with the bits of co_actor_act, and its value is the critic's.

#include "agents/nn/squashed.h"
#include "agents/policy/trace.h"
#include "tests/support/acting.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_network_def defs[] = {
    {.num_hidden = 2, .hidden = {8, 20}, .activation = CO_TANH},
    {.num_hidden = 3, .hidden = {64, 33, 16}, .activation = CO_ELU, .layer_norm = true},
    {.num_hidden = 2, .hidden = {24, 24}, .activation = CO_SWISH, .shared_trunk = true},
    {.num_hidden = 0},
    {.head = CO_HEAD_SQUASHED, .num_hidden = 2, .hidden = {40, 40}, .activation = CO_RELU},
    {.head = CO_HEAD_SQUASHED,
     .num_hidden = 1,
     .hidden = {17},
     .activation = CO_RELU,
     .layer_norm = true},
    {.head = CO_HEAD_SQUASHED, .num_hidden = 2, .hidden = {40, 40}, .num_critics = 3},
    {.head = CO_HEAD_SQUASHED, .num_hidden = 2, .hidden = {40, 40}, .num_critics = 1},
    {.num_hidden = 1, .hidden = {20}, .activation = CO_RELU, .residual = {1, {9}, CO_TANH, 0.4}},
};
enum { NUM_DEFS = sizeof defs / sizeof *defs, ROWS = 40, SEVERAL = 3 };
static const co_network_def remembering[] = {
    {.num_hidden = 1, .hidden = {20}, .memory = {CO_LSTM, 18}},
    {.num_hidden = 2, .hidden = {8, 20}, .layer_norm = true, .memory = {CO_GRU, 7}},
};

static void fill_tensors(co_policy *policy, co_rng *rng) {
  for (int i = 0; i < policy->net.num_tensors; i++) {
    const co_tensor *t = &policy->tensor[i];
    for (int k = 0; k < t->rows * t->stride; k++) {
      if (k % t->stride < t->cols) ((float *)t->data)[k] += 0.4f * (float)co_rng_normal(rng);
    }
  }
  for (int i = 0; i < LINE_OBS; i++) {
    policy->obs_norm.mean[i] = 0.3 * co_rng_normal(rng);
    policy->obs_norm.var[i] = 0.5 + co_rng_uniform(rng);
  }
  *policy->obs_norm.count = 100;
}

static co_policy *make_of(co_network_def def) {
  def.obs_dim = LINE_OBS, def.act_dim = LINE_ACTION;
  co_env_info world = line_make_info();
  co_stream stream = {7, 1, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 3);
  co_policy *policy = NULL;
  ck_ok(co_policy_create(&def, &world, def.head ? "sac" : "ppo", &stream, &policy));
  fill_tensors(policy, &rng);
  return policy;
}

static co_policy *make(int index) {
  return make_of(defs[index]);
}

static void draw_rows(float *obs) {
  co_rng rng = co_rng_make(&(co_stream){8, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, obs, ROWS * LINE_OBS);
  for (int i = 0; i < ROWS * LINE_OBS; i++) obs[i] *= 3;  // some actions are cut
}

START_TEST(test_acts_with_the_same_bits) {
  co_policy *policy = make(_i);
  float obs[ROWS * LINE_OBS], action[ROWS * LINE_ACTION];
  co_policy_trace trace;
  ck_ok(co_policy_trace_create(policy, &trace));
  draw_rows(obs);
  policy_act(policy, obs, ROWS, action);
  for (int row = 0; row < ROWS; row++) {
    co_policy_trace_run(&trace, obs + row * LINE_OBS, NULL);
    ck_assert_mem_eq(trace.action, action + row * LINE_ACTION, LINE_ACTION * sizeof *action);
  }
  co_policy_trace_free(&trace);
  ck_assert_ptr_null(trace.block);
  co_policy_free(policy);
}
END_TEST

START_TEST(test_value_is_the_critics) {
  co_policy *policy = make(_i);
  float obs[ROWS * LINE_OBS], input[LINE_OBS], value = 0;
  co_policy_trace trace;
  if (policy->net.def.head == CO_HEAD_SQUASHED) {  // another test
    co_policy_free(policy);
    return;
  }
  ck_ok(co_policy_trace_create(policy, &trace));
  draw_rows(obs);
  for (int row = 0; row < ROWS; row++) {
    co_normalizer_apply(&policy->obs_norm, obs + row * LINE_OBS, 1, input, LINE_OBS);
    network_forward(&policy->net, input, 1, NULL, &value);
    co_policy_trace_run(&trace, obs + row * LINE_OBS, NULL);
    ck_assert_float_eq(trace.value, value);
    ck_assert_mem_eq(trace.input, input, sizeof input);
  }
  *policy->reward_norm.count = 10;  // values then are of scaled rewards
  *policy->reward_norm.var = 16 - policy->reward_norm.epsilon;
  co_policy_trace_run(&trace, obs + (ROWS - 1) * LINE_OBS, NULL);
  ck_assert_float_eq_tol(trace.value, 4 * value, 1e-5f * fabsf(4 * value));
  co_policy_trace_free(&trace);
  co_policy_free(policy);
}
END_TEST

// Critics by hand, from the weights as they lie in the block.
static double layer_by_hand(const co_network *net, const co_dense *layer, const double *x,
                            bool hidden, double *y) {
  for (int o = 0; o < layer->out; o++) {
    double sum = (double)net->block[layer->bias + (size_t)o];
    for (int i = 0; i < layer->in; i++) {
      sum += x[i] * (double)net->block[layer->weight + (size_t)(i * layer->out_stride + o)];
    }
    bool tangent = hidden && net->def.activation == CO_TANH;
    y[o] = tangent ? tanh(sum) : hidden && sum < 0 ? 0 : sum;
  }
  return y[0];
}

static double critic_by_hand(const co_network *net, int part, const double *pair) {
  double first[64], second[64], value;
  const co_dense *layer = net->part[part].layer;
  layer_by_hand(net, &layer[0], pair, true, first);
  layer_by_hand(net, &layer[1], first, true, second);
  return layer_by_hand(net, &layer[2], second, false, &value);
}

static void all_by_hand(const co_policy *policy, const co_policy_trace *trace, double *value) {
  const co_network *net = &policy->net;
  float mean[LINE_ACTION];
  double pair[LINE_OBS + LINE_ACTION];
  network_forward(net, trace->input, 1, mean, NULL);
  for (int i = 0; i < LINE_OBS; i++) pair[i] = (double)trace->input[i];
  for (int i = 0; i < LINE_ACTION; i++) pair[LINE_OBS + i] = tanh((double)mean[i]);
  for (int k = 0; k < co_network_critics(&net->def); k++)
    value[k] = critic_by_hand(net, CO_CRITIC + k, pair);
}

static const int squashed[] = {4, 6, 7};  // of `defs`, with two hidden layers and no norm

START_TEST(test_smallest_of_all_critics) {
  co_policy *policy = make(squashed[_i]);
  const co_network *net = &policy->net;
  int critics = co_network_critics(&net->def), smallest[SEVERAL] = {0};
  float obs[ROWS * LINE_OBS];
  double value[SEVERAL], mean[SEVERAL] = {0};
  co_policy_trace trace;
  ck_ok(co_policy_trace_create(policy, &trace));
  draw_rows(obs);
  for (int row = 0; row < ROWS; row++) {
    co_policy_trace_run(&trace, obs + row * LINE_OBS, NULL);
    all_by_hand(policy, &trace, value);
    for (int k = 0; k < critics; k++) mean[k] += value[k] / ROWS;
  }
  for (int k = 0; k < critics; k++)  // now each is the smallest one somewhere
    net->block[net->part[CO_CRITIC + k].layer[2].bias] -= (float)mean[k];
  for (int row = 0; row < ROWS; row++) {
    co_policy_trace_run(&trace, obs + row * LINE_OBS, NULL);
    all_by_hand(policy, &trace, value);
    int least = 0;
    for (int k = 1; k < critics; k++) least = value[k] < value[least] ? k : least;
    smallest[least]++;
    ck_assert_double_eq_tol((double)trace.value, value[least], 1e-3);
  }
  for (int k = 0; k < critics; k++) ck_assert_int_gt(smallest[k], 0);
  co_policy_trace_free(&trace);
  co_policy_free(policy);
}
END_TEST

START_TEST(test_layers_and_deviation) {
  co_policy *policy = make(_i);
  const co_network_def *def = &policy->net.def;
  float obs[ROWS * LINE_OBS];
  co_policy_trace trace;
  ck_ok(co_policy_trace_create(policy, &trace));
  draw_rows(obs);
  co_policy_trace_run(&trace, obs, NULL);
  ck_assert_int_eq(trace.num_layers, def->num_hidden);
  for (int l = 0; l < trace.num_layers; l++) {
    float largest = 0;
    ck_assert_int_eq(trace.width[l], def->hidden[l]);
    for (int i = 0; i < trace.width[l]; i++)
      largest = fmaxf(largest, fabsf(trace.activation[l][i]));
    ck_assert_float_gt(largest, 0);
    if (def->activation == CO_TANH) ck_assert_float_le(largest, 1);
  }
  for (int i = 0; i < LINE_ACTION && def->head == CO_HEAD_GAUSSIAN; i++) {
    double log_std = (double)policy->net.block[policy->net.log_std + (size_t)i];
    ck_assert_double_eq_tol((double)trace.deviation[i], exp(log_std), 1e-5);
  }
  for (int i = 0; i < LINE_ACTION; i++) ck_assert_float_gt(trace.deviation[i], 0);
  co_policy_trace_free(&trace);
  co_policy_free(policy);
}
END_TEST

// Along an episode, with the state handed on: actions of the actor, values of the critic's graph,
// and the memory as the state has it.
START_TEST(test_memory_along_an_episode) {
  co_policy *policy = make_of(remembering[_i]);
  const co_graph *graph = policy->net.part[CO_CRITIC].graph;
  float obs[ROWS * LINE_OBS], input[ROWS * 16] = {0}, action[LINE_ACTION];
  int active[ROWS], width = policy->net.def.memory.width;
  acting a = acting_begin(policy, 1);
  co_policy_trace trace;
  co_arena arena = {0};
  co_graph_work work;
  ck_ok(co_policy_trace_create(policy, &trace));
  ck_ok(co_graph_work_create(&arena, co_kernels_get(), graph, ROWS, 1, false, &work));
  float *critic = co_arena_alloc(&arena, (size_t)graph->state_size, sizeof *critic);
  double *state = co_arena_alloc(&arena, 1, trace.state_bytes);
  draw_rows(obs);
  co_normalizer_apply(&policy->obs_norm, obs, ROWS, input, graph->in_stride);
  for (int t = 0; t < ROWS; t++) active[t] = 1;
  co_graph_forward(&work, &(co_sequences){ROWS, active}, input, critic, graph->state_size);
  ck_assert_int_eq(trace.num_remembered, co_cell_states(policy->net.def.memory.cell));
  ck_assert_int_eq(trace.memory_width, width);
  for (int t = 0; t < ROWS; t++) {
    co_policy_trace_run(&trace, obs + t * LINE_OBS, t ? state : NULL);
    co_actor_act(&a.actor, obs + t * LINE_OBS, 1, a.state, &a.at, action);
    ck_assert_mem_eq(trace.action, action, sizeof action);
    ck_assert_float_eq(trace.value, work.node[CO_NODE_RUN].y[t * graph->node[CO_NODE_RUN].stride]);
    ck_assert_mem_eq(trace.after, a.state, a.actor.state_bytes);
    for (int s = 0; s < trace.num_remembered; s++)
      ck_assert_mem_eq(trace.remembered[s], (float *)a.state + s * co_padded(width),
                       (size_t)width * sizeof(float));
    memcpy(state, trace.after, trace.state_bytes);
  }
  co_policy_trace_free(&trace);
  co_arena_free(&arena);
  acting_end(&a);
  co_policy_free(policy);
}
END_TEST

static bool is_of_actor(const co_tensor *tensor, const void *context) {
  (void)context;
  return tensor->facts.part != CO_PART_CRITIC;
}

START_TEST(test_without_critics_there_is_no_value) {
  co_policy *policy = make(_i), *copy;
  float obs[ROWS * LINE_OBS];
  co_policy_trace trace;
  draw_rows(obs);
  ck_assert(co_policy_has_critics(policy));
  co_policy_keep_tensors(policy, is_of_actor, NULL);
  ck_ok(co_policy_copy(policy, &copy));
  ck_assert_int_eq(copy->num_tensors, policy->num_tensors);
  ck_assert(!co_policy_has_critics(copy));
  ck_ok(co_policy_trace_create(copy, &trace));
  co_policy_trace_run(&trace, obs, NULL);
  ck_assert(isnan(trace.value));
  co_policy_trace_free(&trace);
  co_policy_free(copy);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("policy_trace");
  TCase *tcase = tcase_create("policy_trace");
  tcase_add_loop_test(tcase, test_acts_with_the_same_bits, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, test_value_is_the_critics, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, test_without_critics_there_is_no_value, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, test_smallest_of_all_critics, 0, sizeof squashed / sizeof *squashed);
  tcase_add_loop_test(tcase, test_memory_along_an_episode, 0, 2);
  tcase_add_loop_test(tcase, test_layers_and_deviation, 0, NUM_DEFS);
  suite_add_tcase(suite, tcase);
  return suite;
}
