// Programs that are chains become networks whose actions are the program's; the others say why not.

#include "agents/formats/onnx_build.h"
#include "agents/import/chain.h"
#include "agents/import/preset.h"
#include "agents/policy/actor.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A contract of numbered elements without bounds.
static void make_contract(const co_network_def *def, co_contract *out) {
  *out = (co_contract){.format = 2,
                       .algorithm = "ppo",
                       .network = *def,
                       .num_obs = def->obs_dim,
                       .num_action = def->act_dim,
                       .norm_clip = (double)INFINITY};
  out->obs = co_alloc((size_t)def->obs_dim, sizeof *out->obs);
  out->action = co_alloc((size_t)def->act_dim, sizeof *out->action);
  ck_assert(out->obs && out->action);
  for (int i = 0; i < def->act_dim; i++) {
    out->action[i].low = (double)-INFINITY;
    out->action[i].high = (double)INFINITY;
    out->action[i].scale = 1;
  }
}

static void compile(const co_onnx *graph, co_program *out) {
  const co_onnx *graphs[] = {graph};
  ck_assert_msg(co_program_compile(graphs, 1, NULL, out) == CO_OK, "%s", co_error_text());
}

static co_policy *policy_of(const co_program *program) {
  co_chain chain;
  ck_assert_int_eq(co_chain_match(program, &chain), CO_OK);
  ck_assert_msg(chain.matches, "%s", chain.reason);
  co_contract contract;
  make_contract(&chain.def, &contract);
  co_policy *policy;
  ck_assert_msg(co_chain_policy(&chain, program, &contract, &policy) == CO_OK, "%s",
                co_error_text());
  co_contract_free(&contract);
  co_chain_free(&chain);
  ck_assert(!co_policy_has_critics(policy));
  return policy;
}

// ---- pairs of the reference data

static const struct {
  const char *name;
  bool clipped;
} pairs[] = {
    {"unitree_go1", false},         {"berkeley_humanoid", false},    {"unitree_g1", false},
    {"apptronik_apollo", false},    {"leap_hand_cube", false},       {"unitree_g1_mjlab", false},
    {"unitree_g1_isaaclab", false}, {"unitree_go2_robotlab", false}, {"sb3_hopper_trpo", true},
    {"sb3_walker2d_ppo", true},     {"sb3_halfcheetah_sac", true},   {"sb3_swimmer_ars", true},
    {"sb3_walker2d_ars", true},     {"unitree_g1_12dof", false},     {"unitree_h1_2", false},
};

static co_policy *import_pair(const char *folder) {
  char path[1200];
  co_onnx graph;
  co_preset_result preset = {0};
  snprintf(path, sizeof path, "%s/policy.onnx", folder);
  bool onnx = co_file_exists(path);
  if (onnx) {
    ck_assert_msg(co_onnx_read(path, &graph) == CO_OK, "%s", co_error_text());
  } else {
    co_buf bytes = {0};
    co_safetensors tensors;
    snprintf(path, sizeof path, "%s/policy.safetensors", folder);
    ck_assert_int_eq(co_file_read(path, 0, &bytes), CO_OK);
    ck_assert_int_eq(co_safetensors_parse(bytes.data, bytes.size, path, &tensors), CO_OK);
    ck_assert_msg(co_preset_graph(&tensors, path, &(co_preset_options){0}, &preset) == CO_OK, "%s",
                  co_error_text());
    co_safetensors_free(&tensors);
    co_buf_free(&bytes);
  }
  co_program program;
  compile(onnx ? &graph : &preset.graph, &program);
  co_policy *policy = policy_of(&program);
  if (preset.normaliser.dim) co_import_normaliser_apply(&preset.normaliser, policy);
  co_program_free(&program);
  if (onnx) co_onnx_free(&graph);
  co_preset_free(&preset);
  return policy;
}

static void read_row(const co_json *row, const char *key, float *out) {
  const co_json *list = co_json_get(row, key);
  for (size_t i = 0; i < co_json_count(list); i++)
    out[i] = (float)co_json_as_number(co_json_at(list, i), 0);
}

// Largest difference to the recorded actions, from the first step on.
static double replay(const co_policy *policy, const char *folder, bool clipped) {
  char path[1200];
  snprintf(path, sizeof path, "%s/reference.json", folder);
  co_json *json;
  ck_assert_msg(co_json_read(path, &json) == CO_OK, "%s", co_error_text());
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  float *block = co_alloc_aligned(co_actor_scratch_size(&actor, 1), sizeof *block);
  void *state = co_alloc_aligned(actor.state_bytes + 8, 1);
  float obs[CO_MAX_OBS], want[CO_MAX_WIDTH], action[CO_MAX_WIDTH];
  co_actor_scratch at = co_actor_scratch_place(&actor, 1, block);
  co_actor_begin(&actor, 1, state);
  const co_json *data = co_json_get(json, "data");
  double worst = 0;
  int rows = 0;
  for (size_t t = 0; t < co_json_count(data); t++) {
    if (!co_json_get(co_json_at(data, t), "obs")) continue;  // some are left out there
    read_row(co_json_at(data, t), "obs", obs);
    rows++;
    read_row(co_json_at(data, t), "action", want);
    co_actor_act(&actor, obs, 1, state, &at, action);
    for (int i = 0; i < policy->net.def.act_dim; i++) {
      float is = clipped ? fminf(fmaxf(action[i], -1), 1) : action[i];
      worst = fmax(worst, fabs((double)is - (double)want[i]));
    }
  }
  ck_assert_int_ge(rows, 20);
  free(block);
  free(state);
  co_json_free(json);
  return worst;
}

START_TEST(recorded_actions_come_back) {
  const char *shared = test_shared();
  if (!shared) return;
  char folder[1024];
  snprintf(folder, sizeof folder, "%s/sim2sim/%s", shared, pairs[_i].name);
  co_policy *policy = import_pair(folder);
  double worst = replay(policy, folder, pairs[_i].clipped);
  ck_assert_msg(worst < 1e-5, "%s: %g", pairs[_i].name, worst);
  co_policy_free(policy);
}
END_TEST

// ---- small graphs

enum { IN = 3, WIDE = 2, NUM_SAME = 11, NUM_REFUSED = 13 };

// A part of a graph: adds its nodes behind `x` and returns what they compute.
typedef const char *graph_part(co_onnx_builder *build, const char *x);

static const char *one(co_onnx_builder *build, const char *op, const char *x) {
  return co_onnx_add_node(build, op, co_onnx_build_text(build, "%s.%s", x, op), 1, &x);
}

static const char *two(co_onnx_builder *build, const char *op, const char *x, const char *y) {
  return co_onnx_add_node(build, op, co_onnx_build_text(build, "%s.%s", x, op), 2,
                          (const char *[]){x, y});
}

static const char *number(co_onnx_builder *build, const char *name, float value) {
  co_onnx_add_numbers(build, name, 0, NULL, &value);
  return name;
}

static const char *as_it_is(co_onnx_builder *build, const char *x) {
  (void)build;
  return x;
}

static const char *normalised(co_onnx_builder *build, const char *x) {
  static const float mean[IN] = {1, 2, 3}, std[IN] = {2, 4, 0.5f};
  co_onnx_add_numbers(build, "mean", 1, (int64_t[]){IN}, mean);
  co_onnx_add_numbers(build, "std", 1, (int64_t[]){IN}, std);
  return two(build, "Div", two(build, "Sub", x, "mean"), "std");
}

static const char *clip(co_onnx_builder *build, const char *x, float low, float high) {
  const char *least = number(build, co_onnx_build_text(build, "%s.low", x), low);
  const char *most = number(build, co_onnx_build_text(build, "%s.high", x), high);
  return co_onnx_add_node(build, "Clip", co_onnx_build_text(build, "%s.clip", x), 3,
                          (const char *[]){x, least, most});
}

static const char *clipped(co_onnx_builder *build, const char *x) {
  return clip(build, normalised(build, x), -0.75f, 0.75f);
}

static const char *clipped_on_one_side(co_onnx_builder *build, const char *x) {
  return clip(build, normalised(build, x), -0.75f, 1);
}

static const char *clipped_as_it_is(co_onnx_builder *build, const char *x) {
  return clip(build, x, -5, 5);
}

static const char *divisor(co_onnx_builder *build, const char *x) {
  return two(build, "Div", number(build, "unit", 1), x);
}

static const char *squared(co_onnx_builder *build, const char *x) {
  return two(build, "Mul", x, x);
}

static const char *elu(co_onnx_builder *build, const char *x) {
  return one(build, "Elu", x);
}

static const char *half_elu(co_onnx_builder *build, const char *x) {
  x = one(build, "Elu", x);
  co_onnx_set_number(build, "alpha", 0.5f);
  return x;
}

static const char *leaky(co_onnx_builder *build, const char *x) {
  return one(build, "LeakyRelu", x);
}

static const char *softplus(co_onnx_builder *build, const char *x) {
  return one(build, "Softplus", x);
}

static const char *swish(co_onnx_builder *build, const char *x) {
  return two(build, "Mul", x, one(build, "Sigmoid", x));
}

// Factors and offsets beside a layer are a part of it.
static const char *scaled_relu(co_onnx_builder *build, const char *x) {
  static const float factor[WIDE] = {-2, 0.5f};
  co_onnx_add_numbers(build, "factor", 1, (int64_t[]){WIDE}, factor);
  x = one(build, "Relu", two(build, "Mul", x, "factor"));
  return two(build, "Sub", number(build, "whole", 1), x);
}

static const char *tanh_end(co_onnx_builder *build, const char *x) {
  return one(build, "Tanh", x);
}

static const char *turned_tanh(co_onnx_builder *build, const char *x) {
  return two(build, "Mul", one(build, "Tanh", x), number(build, "turn", -1));
}

static const char *relu(co_onnx_builder *build, const char *x) {
  return one(build, "Relu", x);
}

static const char *bounded(co_onnx_builder *build, const char *x) {
  return clip(build, x, -0.5f, 1);
}

static const char *scaled_bounds(co_onnx_builder *build, const char *x) {
  return two(build, "Mul", bounded(build, x), number(build, "gain", 2));
}

static const char *second_part(co_onnx_builder *build, const char *x) {
  co_onnx_add_node_of(build, "Split", 1, &x, 2, (const char *[]){"first", "second"});
  co_onnx_set_whole(build, "axis", 1);
  return "second";
}

// A part as the operators of version 9 take it, which say their numbers as attributes.
static const char *part_of_a_column(co_onnx_builder *build, const char *x) {
  build->onnx.opset = 9;
  x = one(build, "Slice", one(build, "Transpose", x));
  co_onnx_set_wholes(build, "starts", 2, (int64_t[]){1, 0});
  co_onnx_set_wholes(build, "ends", 2, (int64_t[]){WIDE, 1});
  co_onnx_set_wholes(build, "axes", 2, (int64_t[]){0, 1});
  return one(build, "Transpose", x);
}

static const char *batch_normalised(co_onnx_builder *build, const char *x) {
  static const float gain[IN] = {1, 0.5f, 2}, shift[IN] = {0, 0.25f, -1};
  static const float mean[IN] = {1, 2, 3}, var[IN] = {4, 16, 0.25f};
  co_onnx_add_numbers(build, "gain", 1, (int64_t[]){IN}, gain);
  co_onnx_add_numbers(build, "shift", 1, (int64_t[]){IN}, shift);
  co_onnx_add_numbers(build, "mean", 1, (int64_t[]){IN}, mean);
  co_onnx_add_numbers(build, "var", 1, (int64_t[]){IN}, var);
  return co_onnx_add_node(build, "BatchNormalization", "bn", 5,
                          (const char *[]){x, "gain", "shift", "mean", "var"});
}

static const char *gelu(co_onnx_builder *build, const char *x) {
  const char *root = number(build, "root", 1.41421356f);
  const char *e = one(build, "Erf", two(build, "Div", x, root));
  const char *gate = two(build, "Add", e, number(build, "unit", 1));
  return two(build, "Mul", two(build, "Mul", x, gate), number(build, "half", 0.5f));
}

// Layer norm of opset 17, and as older exporters write it.
static const char *layer_norm(co_onnx_builder *build, const char *x) {
  static const float gain[WIDE] = {2, 0.5f}, shift[WIDE] = {0.25f, -1};
  co_onnx_add_numbers(build, "ln.gain", 1, (int64_t[]){WIDE}, gain);
  co_onnx_add_numbers(build, "ln.shift", 1, (int64_t[]){WIDE}, shift);
  x = co_onnx_add_node(build, "LayerNormalization", "ln", 3,
                       (const char *[]){x, "ln.gain", "ln.shift"});
  co_onnx_set_whole(build, "axis", -1);
  return one(build, "Elu", x);
}

static const char *mean_of(co_onnx_builder *build, const char *x) {
  x = one(build, "ReduceMean", x);
  co_onnx_set_wholes(build, "axes", 1, (int64_t[]){-1});
  return x;
}

static const char *norm_in_parts(co_onnx_builder *build, const char *x) {
  const char *centred = two(build, "Sub", x, mean_of(build, x));
  const char *square = two(build, "Pow", centred, number(build, "two", 2));
  const char *sum = two(build, "Add", mean_of(build, square), number(build, "eps", 1e-5f));
  return one(build, "Elu", two(build, "Div", centred, one(build, "Sqrt", sum)));
}

static const char *turned_round(co_onnx_builder *build, const char *x) {
  co_onnx_add_wholes(build, "places", 1, (int64_t[]){WIDE}, (int64_t[]){1, 0});
  x = two(build, "Gather", x, "places");
  co_onnx_set_whole(build, "axis", 1);
  return x;
}

typedef struct graph_case {
  graph_part *before, *hidden, *end;
  const char *reason;
} graph_case;

// What is before, one hidden layer with what is behind it, a mean, what is at the end.
static void build_graph(const graph_case *parts, co_onnx *out) {
  static const float w[WIDE * IN] = {1, -2, 3, 0.5f, 0.25f, -1}, b[WIDE] = {0.125f, -0.5f};
  co_onnx_builder build = co_onnx_build("small");
  co_onnx_add_input(&build, "obs", 2, (int64_t[]){-1, IN});
  co_onnx_add_numbers(&build, "w", 2, (int64_t[]){IN, WIDE}, w);
  co_onnx_add_numbers(&build, "b", 1, (int64_t[]){WIDE}, b);
  co_onnx_add_numbers(&build, "v", 2, (int64_t[]){WIDE, WIDE}, w);
  const char *x = two(&build, "MatMul", parts->before(&build, "obs"), "w");
  x = parts->hidden(&build, two(&build, "Add", x, "b"));
  x = co_onnx_add_node(&build, "Gemm", "y", 3, (const char *[]){x, "v", "b"});
  co_onnx_set_number(&build, "beta", 2);
  x = co_onnx_add_node(&build, "Identity", "action", 1, (const char *[]){parts->end(&build, x)});
  bool half = parts->end == second_part || parts->end == part_of_a_column;
  co_onnx_add_output(&build, x, 2, (int64_t[]){-1, half ? WIDE / 2 : WIDE});
  ck_assert_int_eq(co_onnx_build_end(&build, out), CO_OK);
}

// The program's actions are the policy's, to the last digits of float32: those that are left. A
// norm of two numbers that come close to each other brings up their last digits, which are not the
// same where one sums in float and the other in double.
static void compare(const co_program *program, const co_policy *policy) {
  double within = policy->net.def.layer_norm ? 2e-5 : 2e-6;
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  float *block = co_alloc_aligned(co_actor_scratch_size(&actor, 1), sizeof *block);
  float *work = co_alloc_aligned(co_program_work_size(program, 1), sizeof *work);
  co_actor_scratch at = co_actor_scratch_place(&actor, 1, block);
  float first = 0;
  bool moves = false;
  for (int t = 0; t < 40; t++) {
    float obs[IN] = {0.1f * (float)t, 2 - 0.3f * (float)t, 3 + 0.05f * (float)t};
    float action[WIDE], want[WIDE];
    co_actor_act(&actor, obs, 1, NULL, &at, action);
    co_program_run(program, obs, 1, NULL, work, want);
    for (int i = 0; i < program->act_dim; i++) {
      const co_action_element *element = &policy->contract.action[i];
      double is = fmin(fmax((double)action[i], element->low), element->high);
      ck_assert_double_eq_tol(is, (double)want[i], within * fmax(1, fabs((double)want[i])));
    }
    if (t == 0) first = want[0];
    moves = moves || want[0] != first;
  }
  ck_assert(moves);
  free(block);
  free(work);
}

START_TEST(a_small_graph_is_the_same_function) {
  static const graph_case rows[] = {
      {normalised, elu, tanh_end, NULL},        {as_it_is, relu, as_it_is, NULL},
      {normalised, swish, as_it_is, NULL},      {clipped, elu, as_it_is, NULL},
      {normalised, elu, bounded, NULL},         {normalised, scaled_relu, tanh_end, NULL},
      {as_it_is, elu, second_part, NULL},       {batch_normalised, elu, as_it_is, NULL},
      {normalised, layer_norm, as_it_is, NULL}, {normalised, norm_in_parts, as_it_is, NULL},
      {as_it_is, elu, turned_round, NULL},
  };
  ck_assert_int_eq(sizeof rows / sizeof *rows, NUM_SAME);
  co_onnx graph;
  co_program program;
  build_graph(&rows[_i], &graph);
  compile(&graph, &program);
  co_policy *policy = policy_of(&program);
  ck_assert_int_eq(policy->net.def.num_hidden, 1);
  for (int o = 0; o < program.num_ops; o++)
    ck_assert_msg(co_chain_use(program.op[o].name) != NULL, "%s is in a chain", program.op[o].name);
  compare(&program, policy);
  co_policy_free(policy);
  co_program_free(&program);
  co_onnx_free(&graph);
}
END_TEST

START_TEST(what_operators_can_be) {
  static const char *const cases[][2] = {
      {"Gemm", "stage"},  {"Elu", "stage"},  {"GRU", "stage"},      {"Sigmoid", "pattern"},
      {"Pow", "pattern"}, {"Cast", "shape"}, {"Transpose", "shape"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_pstr_eq(co_chain_use(cases[i][0]), cases[i][1]);
  static const char *const none[] = {"Conv", "Softmax", "Where", "Foo"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) ck_assert_ptr_null(co_chain_use(none[i]));
}
END_TEST

START_TEST(what_the_graph_says_is_in_the_contract) {
  co_onnx graph;
  co_program program;
  build_graph(&(graph_case){clipped, swish, tanh_end, NULL}, &graph);
  compile(&graph, &program);
  co_policy *policy = policy_of(&program);
  ck_assert_int_eq(policy->contract.output, CO_OUTPUT_TANH);
  ck_assert_int_eq(co_network_activation(&policy->net.def, 0), CO_SWISH);
  ck_assert_double_eq(policy->obs_norm.mean[1], 2);
  ck_assert_double_eq(policy->obs_norm.var[1], 16);
  ck_assert_double_eq(policy->obs_norm.clip, 0.75);
  co_policy_free(policy);
  co_program_free(&program);
  co_onnx_free(&graph);
  build_graph(&(graph_case){normalised, elu, bounded, NULL}, &graph);
  compile(&graph, &program);
  policy = policy_of(&program);
  ck_assert(isinf(policy->obs_norm.clip));
  ck_assert_double_eq(policy->contract.action[1].low, -0.5);
  ck_assert_double_eq(policy->contract.action[1].high, 1);
  co_policy_free(policy);
  co_program_free(&program);
  co_onnx_free(&graph);
}
END_TEST

START_TEST(what_is_no_chain_says_why) {
  static const graph_case rows[] = {
      {normalised, softplus, tanh_end, "softplus"},
      {normalised, leaky, tanh_end, "leaky_relu"},
      {normalised, gelu, tanh_end, "gelu"},
      {normalised, half_elu, tanh_end, "alpha 0.5"},
      {normalised, as_it_is, tanh_end, "no activation between"},
      {clipped_on_one_side, elu, tanh_end, "both sides alike"},
      {clipped_as_it_is, elu, tanh_end, "what no normaliser gives"},
      {divisor, elu, tanh_end, "divides by the observation"},
      {squared, elu, tanh_end, "Mul of two values that follow from the observation"},
      {normalised, elu, relu, "the last activation is not tanh"},
      {normalised, elu, turned_tanh, "what is not above 0"},
      {normalised, elu, scaled_bounds, "something stands behind bounds"},
      {normalised, elu, part_of_a_column, "along several axes"},
  };
  ck_assert_int_eq(sizeof rows / sizeof *rows, NUM_REFUSED);
  co_onnx graph;
  co_program program;
  co_chain chain;
  build_graph(&rows[_i], &graph);
  compile(&graph, &program);
  ck_assert_int_eq(co_chain_match(&program, &chain), CO_OK);
  ck_assert(!chain.matches);
  ck_assert_msg(strstr(chain.reason, rows[_i].reason) != NULL, "%s", chain.reason);
  ck_assert_msg(strncmp(chain.reason, "small: ", 7) == 0, "%s", chain.reason);
  co_chain_free(&chain);
  co_program_free(&program);
  co_onnx_free(&graph);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("chain");
  TCase *tests = tcase_create("chain");
  tcase_add_loop_test(tests, recorded_actions_come_back, 0, sizeof pairs / sizeof *pairs);
  tcase_add_loop_test(tests, a_small_graph_is_the_same_function, 0, NUM_SAME);
  tcase_add_test(tests, what_operators_can_be);
  tcase_add_test(tests, what_the_graph_says_is_in_the_contract);
  tcase_add_loop_test(tests, what_is_no_chain_says_why, 0, NUM_REFUSED);
  suite_add_tcase(suite, tests);
  return suite;
}
