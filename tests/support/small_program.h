// Programs of the line env that are no chains: branches that are joined, a cell with a state of its
// own, whole numbers that pick.

#ifndef TESTS_SUPPORT_SMALL_PROGRAM_H_
#define TESTS_SUPPORT_SMALL_PROGRAM_H_

#include "tests/agents/program/graphs.h"
#include "tests/support/small_policy.h"

enum { PROGRAM_BRANCHES, PROGRAM_STATE, PROGRAM_PICKS, NUM_PROGRAMS, PROGRAM_WIDTH = 5 };

static inline const float *program_numbers(int count, uint64_t seed) {
  float *number = graph_take((size_t)count, sizeof *number);
  co_rng rng = co_rng_make(&(co_stream){seed, 1, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < count; i++) number[i] = 0.6f * (float)co_rng_normal(&rng);
  return number;
}

// tanh and sigmoid of the same observation, joined
static inline void add_branches(graph *g) {
  graph_reals(g, "a", SHAPE(LINE_OBS, PROGRAM_WIDTH), program_numbers(15, 1));
  graph_reals(g, "b", SHAPE(LINE_OBS, PROGRAM_WIDTH), program_numbers(15, 2));
  graph_reals(g, "joined", SHAPE(2 * PROGRAM_WIDTH, LINE_ACTION), program_numbers(20, 3));
  graph_node(g, "MatMul", "obs a", "left")->name = "/left";
  graph_node(g, "Tanh", "left", "bent");
  graph_node(g, "MatMul", "obs b", "right");
  graph_node(g, "Sigmoid", "right", "squeezed");
  put_int(graph_node(g, "Concat", "bent squeezed", "both"), "axis", 1);
  graph_node(g, "MatMul", "both joined", "action");
}

// h = tanh(obs a + h r), whose square acts
static inline void add_state(graph *g) {
  graph_reals(g, "a", SHAPE(LINE_OBS, PROGRAM_WIDTH), program_numbers(15, 4));
  graph_reals(g, "r", SHAPE(PROGRAM_WIDTH, PROGRAM_WIDTH), program_numbers(25, 5));
  graph_reals(g, "w", SHAPE(PROGRAM_WIDTH, LINE_ACTION), program_numbers(10, 6));
  graph_input(g, "h_in", SHAPE(1, PROGRAM_WIDTH));
  put_float(graph_node(g, "Gemm", "obs a", "seen"), "alpha", 0.75f);
  graph_node(g, "MatMul", "h_in r", "kept");
  graph_node(g, "Add", "seen kept", "sum");
  graph_node(g, "Tanh", "sum", "h_out");
  graph_node(g, "Mul", "h_out h_out", "square");
  graph_node(g, "MatMul", "square w", "action");
}

static inline void add_picks(graph *g) {
  static const int64_t order[LINE_ACTION] = {2, 0};
  graph_wholes(g, "order", LINE_ACTION, order);
  put_int(graph_node(g, "Gather", "obs order", "picked"), "axis", 1);
  graph_node(g, "Exp", "picked", "grown");
  graph_node(g, "Mul", "grown picked", "action");
}

static inline graph *small_graph(int kind) {
  static void (*const add[])(graph *) = {add_branches, add_state, add_picks};
  graph *g = graph_of(17);
  graph_input(g, "obs", SHAPE(1, LINE_OBS));
  add[kind](g);
  graph_output(g, "action");
  if (kind == PROGRAM_STATE) graph_output(g, "h_out");
  return g;
}

static inline co_program small_program(int kind) {
  return compile_graph(small_graph(kind));
}

// A policy that acts by it, its normaliser as a policy has it at first.
static inline co_policy *program_policy(int kind) {
  co_env_info world = line_make_info();
  const co_network_def def = {.obs_dim = LINE_OBS, .act_dim = LINE_ACTION};
  co_contract contract;
  co_policy *policy = NULL;
  co_program program = small_program(kind);
  ck_assert_int_eq(co_contract_from_world(&world, &def, "imported", &contract), CO_OK);
  contract.output = CO_OUTPUT_RAW;
  ck_assert_msg(co_policy_from_program(&program, "g.onnx", &contract, &policy) == CO_OK, "%s",
                co_error_text());
  co_contract_free(&contract);
  return policy;
}

#endif  // TESTS_SUPPORT_SMALL_PROGRAM_H_
