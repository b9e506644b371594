// Graphs written in C, for tests: values by name, in the order of the calls.

#ifndef TESTS_AGENTS_PROGRAM_GRAPHS_H_
#define TESTS_AGENTS_PROGRAM_GRAPHS_H_

#include "agents/program/program.h"
#include "core/arena.h"
#include "core/memory.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

// Of all graphs; a test's process ends with it.
static co_arena graph_memory;

static inline void *graph_take(size_t count, size_t size) {
  void *memory = co_arena_alloc(&graph_memory, count, size);
  ck_assert_ptr_nonnull(memory);
  return memory;
}

// A graph under way.
typedef struct graph {
  co_onnx onnx;
  co_onnx_node node[MOST];
  co_onnx_tensor tensor[MOST];
  co_onnx_value input[MOST], output[MOST];
} graph;

static inline graph *graph_of(int opset) {
  graph *g = graph_take(1, sizeof *g);
  g->onnx = (co_onnx){.file = "g.onnx",
                      .opset = opset,
                      .producer = "",
                      .producer_version = "",
                      .node = g->node,
                      .tensor = g->tensor,
                      .input = g->input,
                      .output = g->output};
  return g;
}

static inline co_onnx_value value_named(const char *name, const char *element, int rank,
                                        const int64_t *shape) {
  co_onnx_value out = {.name = name, .element = element, .rank = rank};
  for (int d = 0; d < rank; d++) out.shape[d] = shape[d];
  return out;
}

// Shapes are lists of sizes: SHAPE(1, 4).
#define SHAPE(...)                                                         \
  (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]) { \
    __VA_ARGS__                                                            \
  }

static inline void graph_input(graph *g, const char *name, int rank, const int64_t *shape) {
  g->input[g->onnx.num_inputs++] = value_named(name, "float32", rank, shape);
}

static inline void graph_output(graph *g, const char *name) {
  g->output[g->onnx.num_outputs++] = value_named(name, "float32", -1, NULL);
}

static inline co_onnx_tensor *graph_tensor(graph *g, const char *name, int rank,
                                           const int64_t *shape) {
  co_onnx_tensor *t = &g->tensor[g->onnx.num_tensors++];
  *t = (co_onnx_tensor){.name = name, .element = "float32", .rank = rank, .count = 1};
  for (int d = 0; d < rank; d++) t->count *= t->shape[d] = shape[d];
  return t;
}

static inline void graph_reals(graph *g, const char *name, int rank, const int64_t *shape,
                               const float *number) {
  graph_tensor(g, name, rank, shape)->number = number;
}

static inline void graph_wholes(graph *g, const char *name, int count, const int64_t *integer) {
  graph_tensor(g, name, 1, (int64_t[]){count})->integer = integer;
}

// Names with blanks between them; "-" is one that is left out.
static inline int split_names(const char *text, const char ***out) {
  char *copy = co_arena_strdup(&graph_memory, text), *save = NULL;
  int count = 0;
  *out = graph_take(MOST, sizeof **out);
  for (char *at = strtok_r(copy, " ", &save); at; at = strtok_r(NULL, " ", &save))
    (*out)[count++] = strcmp(at, "-") == 0 ? "" : at;
  return count;
}

static inline co_onnx_node *graph_node(graph *g, const char *op, const char *in, const char *out) {
  co_onnx_node *node = &g->node[g->onnx.num_nodes++];
  *node = (co_onnx_node){.name = "", .op = op, .domain = ""};
  node->num_inputs = split_names(in, &node->input);
  node->num_outputs = split_names(out, &node->output);
  node->attribute = graph_take(MOST, sizeof *node->attribute);
  return node;
}

static inline co_onnx_attribute *add_attribute(co_onnx_node *node, const char *name,
                                               co_onnx_kind kind, int count) {
  co_onnx_attribute *a = &node->attribute[node->num_attributes++];
  *a = (co_onnx_attribute){.name = name, .kind = kind, .count = count};
  return a;
}

static inline void put_float(co_onnx_node *node, const char *name, float value) {
  float *number = graph_take(1, sizeof *number);
  *number = value;
  add_attribute(node, name, CO_ONNX_FLOAT, 1)->number = number;
}

static inline void put_int(co_onnx_node *node, const char *name, int64_t value) {
  int64_t *whole = graph_take(1, sizeof *whole);
  *whole = value;
  add_attribute(node, name, CO_ONNX_INT, 1)->whole = whole;
}

static inline void put_ints(co_onnx_node *node, const char *name, int count, const int64_t *value) {
  int64_t *whole = graph_take((size_t)count + 1, sizeof *whole);
  memcpy(whole, value, (size_t)count * sizeof *whole);
  add_attribute(node, name, CO_ONNX_INTS, count)->whole = whole;
}

static inline void put_text(co_onnx_node *node, const char *name, const char *value) {
  const char **text = graph_take(1, sizeof *text);
  *text = value;
  add_attribute(node, name, CO_ONNX_TEXT, 1)->text = text;
}

static inline co_program compile_graph(const graph *g) {
  co_program program;
  const co_onnx *list[1] = {&g->onnx};
  ck_assert_msg(co_program_compile(list, 1, NULL, &program) == CO_OK, "%s", co_error_text());
  return program;
}

static inline void refuse_graph(const graph *g, const char *text) {
  co_program program;
  const co_onnx *list[1] = {&g->onnx};
  ck_assert_int_eq(co_program_compile(list, 1, NULL, &program), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), text), "%s: not \"%s\"", co_error_text(), text);
}

static inline void run_program(const co_program *program, const float *obs, int rows, float *state,
                               float *action) {
  float *work = co_alloc_aligned(co_program_work_size(program, rows), sizeof *work);
  ck_assert_ptr_nonnull(work);
  co_program_run(program, obs, rows, state, work, action);
  free(work);
}

// The graph's output for one observation, within `within`.
static inline void check_graph(const graph *g, const float *obs, const float *expected, int count,
                               double within) {
  co_program program = compile_graph(g);
  float *action = co_alloc((size_t)program.act_dim, sizeof *action);
  ck_assert_int_eq(program.act_dim, count);
  run_program(&program, obs, 1, NULL, action);
  for (int i = 0; i < count; i++)
    ck_assert_msg(fabs((double)action[i] - (double)expected[i]) <= within,
                  "number %d is %.9g, not %.9g", i, (double)action[i], (double)expected[i]);
  free(action);
  co_program_free(&program);
}

#endif  // TESTS_AGENTS_PROGRAM_GRAPHS_H_
