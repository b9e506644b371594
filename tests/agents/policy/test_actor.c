// The way from observation to action: the same bits for rows in any groups, with and without a
// state, by hand, and without a byte of its own.

#include "core/count_alloc.h"
#include "tests/support/acting.h"
#include "tests/support/leaky_actor.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <math.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_network_def defs[] = {
    {.num_hidden = 2, .hidden = {8, 20}, .activation = CO_TANH},
    {.num_hidden = 3, .hidden = {64, 33, 16}, .activation = CO_ELU, .layer_norm = true},
    {.num_hidden = 0},
    {.head = CO_HEAD_SQUASHED, .num_hidden = 2, .hidden = {40, 40}, .activation = CO_RELU},
    {.head = CO_HEAD_SQUASHED, .num_hidden = 0},
    {.num_hidden = 1, .hidden = {20}, .activation = CO_RELU, .residual = {1, {9}, CO_TANH, 0.4}},
    {.head = CO_HEAD_SQUASHED, .num_hidden = 1, .hidden = {20}, .residual = {2, {9, 8}, CO_ELU, 2}},
};
static const co_network_def remembering[] = {
    {.num_hidden = 2, .hidden = {8, 20}, .memory = {CO_LSTM, 24}},
    {.num_hidden = 1, .hidden = {40}, .activation = CO_SWISH, .memory = {CO_GRU, 128}},
    {.num_hidden = 0, .memory = {CO_LSTM, 3}},
};
enum {
  NUM_DEFS = sizeof defs / sizeof *defs,
  NUM_REMEMBERING = sizeof remembering / sizeof *remembering,
  NUM_KINDS = 2 * NUM_DEFS + NUM_REMEMBERING,
  ROWS = 13,
  STEPS = 6,
  MOST_STATE = 128  // doubles of a row
};

static bool has_state(int index) {
  return index % 2 || index >= 2 * NUM_DEFS;
}

// The kinds of the loops: each network without and with a toy's state, then those with memory.
static co_policy *make(int index) {
  bool own = index >= 2 * NUM_DEFS;
  co_network_def def = own ? remembering[index - 2 * NUM_DEFS] : defs[index / 2];
  def.obs_dim = LINE_OBS, def.act_dim = LINE_ACTION;
  co_env_info world = line_make_info();
  co_stream stream = {7, 1, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 3);
  co_policy *policy = NULL;
  ck_ok(co_policy_create(&def, &world, def.head ? "sac" : "ppo", &stream, &policy));
  for (int i = 0; i < policy->net.num_tensors; i++) {
    const co_tensor *t = &policy->net.tensor[i];
    for (int k = 0; k < t->rows * t->stride; k++)
      if (k % t->stride < t->cols) ((float *)t->data)[k] += 0.4f * (float)co_rng_normal(&rng);
  }
  for (int i = 0; i < LINE_OBS; i++) policy->obs_norm.mean[i] = 0.3 * co_rng_normal(&rng);
  if (index % 2 && !own) policy->acts = &leaky_actor;
  return policy;
}

typedef struct play {
  float obs[STEPS][ROWS * LINE_OBS], action[STEPS][ROWS * LINE_ACTION];
  double state[ROWS * MOST_STATE];  // in the end
} play;

static play *new_play(void) {
  play *p = calloc(1, sizeof *p);
  co_rng rng = co_rng_make(&(co_stream){8, 0, CO_PURPOSE_TEST}, 0);
  for (int t = 0; t < STEPS; t++) co_rng_normals(&rng, p->obs[t], ROWS * LINE_OBS);
  return p;
}

// All rows, `group` of them at once.
static void act_in_groups(const co_policy *policy, int group, play *p) {
  acting a = acting_begin(policy, ROWS);
  ck_assert_uint_le(a.actor.state_bytes, MOST_STATE * sizeof *p->state);
  for (int t = 0; t < STEPS; t++)
    for (int r = 0; r < ROWS; r += group)
      co_actor_act(&a.actor, p->obs[t] + r * LINE_OBS, ROWS - r < group ? ROWS - r : group,
                   co_actor_state_at(&a.actor, a.state, r), &a.at, p->action[t] + r * LINE_ACTION);
  memcpy(p->state, a.state, ROWS * a.actor.state_bytes);
  acting_end(&a);
}

START_TEST(groups_do_not_matter) {
  co_policy *policy = make(_i);
  play *single = new_play(), *many = new_play();
  static const int groups[] = {2, 3, 8, ROWS};
  act_in_groups(policy, 1, single);
  for (int g = 0; g < 4; g++) {
    act_in_groups(policy, groups[g], many);
    ck_assert_mem_eq(many->action, single->action, sizeof many->action);
    ck_assert_mem_eq(many->state, single->state, sizeof many->state);
  }
  free(single), free(many);
  co_policy_free(policy);
}
END_TEST

// What a row remembers changes what it does, is its own, and is gone with the episode.
START_TEST(a_beginning_forgets) {
  co_policy *policy = make(_i);
  bool remembers = has_state(_i);
  play *p = new_play();
  float again[LINE_ACTION];
  acting a = acting_begin(policy, ROWS);
  if (policy->acts) ck_assert_uint_eq(a.actor.state_bytes, LINE_OBS * sizeof(double));
  ck_assert((a.actor.state_bytes > 0) == remembers);
  co_actor_act(&a.actor, p->obs[0], ROWS, a.state, &a.at, p->action[0]);
  co_actor_act(&a.actor, p->obs[0], ROWS, a.state, &a.at, p->action[1]);
  bool same = memcmp(p->action[0], p->action[1], sizeof p->action[0]) == 0;
  ck_assert(same == !remembers);
  void *state = co_actor_state_at(&a.actor, a.state, 4);
  co_actor_begin(&a.actor, 1, state);
  co_actor_act(&a.actor, p->obs[0] + 4 * LINE_OBS, 1, state, &a.at, again);
  ck_assert_mem_eq(again, p->action[0] + 4 * LINE_ACTION, sizeof again);
  co_actor_act(&a.actor, p->obs[0], ROWS, a.state, &a.at, p->action[2]);
  ck_assert_mem_eq(p->action[2] + 4 * LINE_ACTION, p->action[1] + 4 * LINE_ACTION, sizeof again);
  same = memcmp(p->action[2], p->action[1], sizeof p->action[2]) == 0;  // the others remember more
  ck_assert(same == !remembers);
  acting_end(&a);
  free(p);
  co_policy_free(policy);
}
END_TEST

// Normaliser, layers, head, range and bounds, one after the other.
START_TEST(it_is_the_sum_of_its_parts) {
  co_policy *policy = make(2 * _i);
  play *p = new_play();
  float input[ROWS * LINE_OBS], mean[ROWS * LINE_ACTION];
  policy_act(policy, p->obs[0], ROWS, p->action[0]);
  co_normalizer_apply(&policy->obs_norm, p->obs[0], ROWS, input, LINE_OBS);
  network_forward(&policy->net, input, ROWS, mean, NULL);
  for (int i = 0; i < ROWS * LINE_ACTION && defs[_i].head == CO_HEAD_SQUASHED; i++) {
    ck_assert_float_eq_tol(tanhf(mean[i]), (float)tanh((double)mean[i]), 1e-6f);
    co_kernels_get()->tanh(&mean[i], 1, &mean[i]);
  }
  co_output_actions(policy->output, LINE_ACTION, ROWS, mean, mean);
  ck_assert_mem_eq(p->action[0], mean, sizeof mean);
  for (int i = 0; i < ROWS * LINE_ACTION; i++) {
    const co_action_element *element = &line_action[i % LINE_ACTION];
    ck_assert(mean[i] >= (float)element->low && mean[i] <= (float)element->high);
  }
  free(p);
  co_policy_free(policy);
}
END_TEST

// With memory it is the actor's graph over the whole episodes of all rows at once.
START_TEST(it_is_the_graph_over_episodes) {
  co_policy *policy = make(2 * NUM_DEFS + _i);
  const co_graph *graph = policy->net.part[CO_ACTOR].graph;
  play *p = new_play();
  co_arena arena = {0};
  co_graph_work work;
  int active[STEPS], stride = graph->in_stride;
  float *input = co_arena_alloc(&arena, (size_t)(STEPS * ROWS * stride), sizeof *input);
  float *state = co_arena_alloc(&arena, (size_t)(ROWS * graph->state_size), sizeof *state);
  ck_ok(co_graph_work_create(&arena, co_kernels_get(), graph, STEPS * ROWS, ROWS, false, &work));
  for (int t = 0; t < STEPS; t++) {
    active[t] = ROWS;
    co_normalizer_apply(&policy->obs_norm, p->obs[t], ROWS, input + t * ROWS * stride, stride);
  }
  co_graph_forward(&work, &(co_sequences){STEPS, active}, input, state, graph->state_size);
  act_in_groups(policy, ROWS, p);
  acting a = acting_begin(policy, 1);
  for (int r = 0; r < STEPS * ROWS; r++) {
    const co_graph_node *run = &graph->node[CO_NODE_RUN];
    float action[LINE_ACTION];
    co_actor_finish(&a.actor, 1, work.node[CO_NODE_RUN].y + r * run->stride, action);
    ck_assert_mem_eq(p->action[r / ROWS] + r % ROWS * LINE_ACTION, action, sizeof action);
  }
  ck_assert_mem_eq(p->state, state, (size_t)(ROWS * graph->state_size) * sizeof *state);
  acting_end(&a);
  co_arena_free(&arena);
  free(p);
  co_policy_free(policy);
}
END_TEST

// Of a squashed head the spread follows from the last hidden layer of the run; both are held.
START_TEST(spread_is_of_the_run) {
  co_policy *policy = make(2 * _i);
  const co_network *net = &policy->net;
  play *p = new_play();
  float input[ROWS * LINE_OBS], want[ROWS * LINE_ACTION], have[ROWS * LINE_ACTION];
  double entropy = 0;
  acting a = acting_begin(policy, ROWS);
  co_actor_run(&a.actor, p->obs[0], ROWS, a.state, &a.at);
  if (net->def.head == CO_HEAD_GAUSSIAN) net->block[net->log_std] = 7;
  co_normalizer_apply(&policy->obs_norm, p->obs[0], ROWS, input, LINE_OBS);
  if (net->def.head == CO_HEAD_SQUASHED) network_log_std(net, input, ROWS, want);
  for (int i = 0; i < ROWS * LINE_ACTION; i++) {
    if (net->def.head == CO_HEAD_GAUSSIAN) want[i] = net->block[net->log_std + (size_t)i % 2];
    want[i] = fminf(fmaxf(want[i], -5), 2);
    if (i < LINE_ACTION) entropy += (double)want[i] + 0.5 * (1 + log(2 * acos(-1)));
  }
  co_actor_log_std(&a.actor, &a.at, ROWS, have);
  ck_assert_mem_eq(have, want, sizeof want);
  ck_assert_double_eq_tol(co_actor_entropy(&a.actor, &a.at), entropy, 1e-6);
  acting_end(&a);
  free(p);
  co_policy_free(policy);
}
END_TEST

START_TEST(acting_allocates_nothing) {
  co_policy *policy = make(_i);
  play *p = new_play();
  acting a = acting_begin(policy, ROWS);
  co_count_alloc_start();
  for (int t = 0; t < STEPS; t++)
    co_actor_act(&a.actor, p->obs[t], ROWS, a.state, &a.at, p->action[t]);
  ck_assert_int_eq(co_count_alloc_stop(), 0);
  acting_end(&a);
  free(p);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("actor");
  TCase *tcase = tcase_create("actor");
  tcase_add_loop_test(tcase, groups_do_not_matter, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, a_beginning_forgets, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, it_is_the_sum_of_its_parts, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, it_is_the_graph_over_episodes, 0, NUM_REMEMBERING);
  tcase_add_loop_test(tcase, spread_is_of_the_run, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, acting_allocates_nothing, 0, NUM_KINDS);
  suite_add_tcase(suite, tcase);
  return suite;
}
