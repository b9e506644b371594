#include "agents/nn/kernels/layout.h"
#include "agents/program/private/compiling.h"
#include "agents/program/private/run.h"
#include "agents/program/private/settle.h"
#include "core/hash.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { PLACE = 512 };

// ---- names

co_status co_scope_make(co_arena *memory, size_t names, co_scope *out) {
  *out = (co_scope){.capacity = 16};
  while (out->capacity < 2 * names) out->capacity *= 2;
  out->slot = co_arena_alloc(memory, out->capacity, sizeof *out->slot);
  return out->slot ? CO_OK : CO_MEMORY;
}

static size_t slot_of(const co_scope *scope, const char *name) {
  size_t at = co_hash(name, strlen(name)) & (scope->capacity - 1);
  while (scope->slot[at].name && strcmp(scope->slot[at].name, name) != 0)
    at = (at + 1) & (scope->capacity - 1);
  return at;
}

int co_scope_find(const co_scope *scope, const char *name) {
  size_t at = slot_of(scope, name);
  return scope->slot[at].name ? scope->slot[at].value : -1;
}

bool co_scope_add(co_scope *scope, const char *name, int value) {
  size_t at = slot_of(scope, name);
  if (scope->slot[at].name) return false;
  scope->slot[at].name = name;
  scope->slot[at].value = value;
  return true;
}

// ---- values

int co_compile_value(co_compiling *c, const char *name) {
  assert(c->draft.num_values < c->most_values);
  co_program_value *value = &c->draft.value[c->draft.num_values];
  *value = (co_program_value){.name = name, .op = -1};
  return c->draft.num_values++;
}

static bool is_fixed(const co_compiling *c, const co_program_op *op) {
  for (int i = 0; i < op->num_inputs; i++)
    if (op->input[i] >= 0 && !co_is_constant(&c->draft.value[op->input[i]])) return false;
  return true;
}

// Floats that a row's numbers take, padded as products want them.
static size_t stride_of(const co_program_value *value) {
  return (size_t)co_row_stride((int)(value->whole ? 2 * value->count : value->count));
}

// ---- folding

static co_status spend(co_compiling *c, const co_settling *s, size_t floats) {
  c->folded += floats * sizeof(float);
  if (c->folded <= CO_PROGRAM_MEMORY) return CO_OK;
  return co_settle_fail(s, "what the graph computes beforehand takes more than %d MiB",
                        CO_PROGRAM_MEMORY >> 20);
}

// Runs the operation once and for all.
static co_status fold(co_compiling *c, const co_settling *s) {
  co_program_op *op = s->op;
  CO_TRY(spend(c, s, s->scratch));
  for (int i = 0; i < op->num_outputs; i++) {
    co_program_value *out = co_settle_out(s, i);
    if (!out) continue;
    size_t floats = stride_of(out);
    CO_TRY(spend(c, s, floats));
    void *numbers = co_arena_alloc(&c->spent, floats, sizeof(float));
    if (!numbers) return CO_MEMORY;
    if (out->whole) out->integer = numbers;
    if (!out->whole) out->number = numbers;
    out->op = -1;
  }
  co_arena_mark mark = co_arena_get_mark(&c->spent);
  float *scratch = co_arena_alloc(&c->spent, s->scratch, sizeof *scratch);
  if (!scratch) return CO_MEMORY;
  op->class->run(
      &(co_op_run){.op = op, .value = c->draft.value, .block = 1, .rows = 1, .scratch = scratch});
  co_arena_release(&c->spent, mark);
  return CO_OK;
}

// ---- operations

static co_status count_products(co_compiling *c, const co_settling *s) {
  double touched = 1;
  for (int i = 0; i < s->op->num_inputs; i++)
    if (co_settle_in(s, i)) touched += (double)co_settle_in(s, i)->count;
  for (int i = 0; i < s->op->num_outputs; i++)
    if (co_settle_out(s, i)) touched += (double)co_settle_out(s, i)->count;
  c->products += s->products > touched ? s->products : touched;
  if (c->products <= CO_PROGRAM_PRODUCTS) return CO_OK;
  return co_settle_fail(s, "one row of the graph needs more than %d multiply-adds",
                        CO_PROGRAM_PRODUCTS);
}

// What operations settle lies in memory as long as the program does: weights in another order, once
// for each operation that takes them.
static co_status check_memory(const co_compiling *c, const co_settling *s) {
  CO_TRY(co_arena_status(&c->kept));
  if (c->kept.used > c->most_kept)
    return co_settle_fail(s, "the graph's operations keep more than %zu MiB", c->most_kept >> 20);
  if (s->scratch <= CO_PROGRAM_MEMORY / sizeof(float)) return CO_OK;
  return co_settle_fail(s, "it needs more than %d MiB while it runs", CO_PROGRAM_MEMORY >> 20);
}

co_status co_compile_settle(co_compiling *c) {
  co_program_op *op = &c->draft.op[c->draft.num_ops - 1];
  co_settling s = {.op = op, .value = c->draft.value, .memory = &c->kept};
  CO_TRY(co_op_check_attributes(op));
  CO_TRY(op->class->settle(&s));
  CO_TRY(check_memory(c, &s));
  CO_TRY(count_products(c, &s));
  op->parameters = s.parameters;
  size_t scratch = (s.scratch + CO_LANES - 1) / CO_LANES * CO_LANES;
  if (scratch > c->draft.scratch) c->draft.scratch = scratch;
  if (!s.by_shape && !is_fixed(c, op)) return CO_OK;
  CO_TRY(fold(c, &s));
  c->draft.num_ops--;
  return CO_OK;
}

static co_status fail_unknown(const co_onnx_node *node, const char *place) {
  if (*node->domain)
    return co_fail(CO_DATA,
                   "%s (%s): operators of \"%s\" are not known; export the policy with the "
                   "standard's operators, without fusing them",
                   place, node->op, node->domain);
  return co_fail(CO_DATA,
                 "%s (%s): this operator is not known; export the policy without it "
                 "(docs/formats.md names those that are)",
                 place, node->op);
}

static co_status check_arity(const co_program_op *op, int64_t opset) {
  const co_op_class *class = op->class;
  int inputs = op->num_inputs;
  if (opset < class->since)
    return co_fail(CO_DATA, "%s (%s): is of version %d of the operators, the file has %lld",
                   op->node, class->name, class->since, (long long)opset);
  if (inputs < class->least_inputs || inputs > class->most_inputs)
    return co_fail(CO_DATA, "%s (%s): %d inputs", op->node, class->name, inputs);
  if (op->num_outputs < 1 || op->num_outputs > class->most_outputs)
    return co_fail(CO_DATA, "%s (%s): %d outputs", op->node, class->name, op->num_outputs);
  for (int i = 0; i < class->least_inputs; i++)
    if (op->input[i] < 0)
      return co_fail(CO_DATA, "%s (%s): input %d is left out", op->node, class->name, i);
  return CO_OK;
}

static co_status take_inputs(co_compiling *c, const co_onnx_node *node, co_program_op *op) {
  for (int i = 0; i < node->num_inputs; i++) {
    op->input[i] = -1;
    if (!*node->input[i]) continue;
    op->input[i] = co_scope_find(&c->scope, node->input[i]);
    if (op->input[i] < 0)
      return co_fail(CO_DATA, "%s (%s): takes \"%s\", which nothing makes before it", op->node,
                     node->op, node->input[i]);
  }
  while (op->num_inputs > op->class->least_inputs && op->input[op->num_inputs - 1] < 0)
    op->num_inputs--;
  return CO_OK;
}

static co_status give_outputs(co_compiling *c, const co_onnx_node *node, co_program_op *op) {
  for (int i = 0; i < node->num_outputs; i++) {
    op->output[i] = -1;
    if (!*node->output[i]) continue;
    op->output[i] = co_compile_value(c, node->output[i]);
    c->draft.value[op->output[i]].op = c->draft.num_ops - 1;
    if (!co_scope_add(&c->scope, node->output[i], op->output[i]))
      return co_fail(CO_DATA, "%s (%s): \"%s\" is made twice", op->node, node->op, node->output[i]);
  }
  // parts of a whole are counted, named or not
  bool counted = op->class->most_outputs == CO_OP_ANY;
  while (!counted && op->num_outputs > 1 && op->output[op->num_outputs - 1] < 0) op->num_outputs--;
  if (counted || op->output[op->num_outputs - 1] >= 0) return CO_OK;
  return co_fail(CO_DATA, "%s (%s): none of its outputs has a name", op->node, node->op);
}

// The next operation of the draft, with room for its values.
static co_program_op *add_op(co_compiling *c, const char *place, int inputs, int outputs) {
  assert(c->draft.num_ops < c->most_ops);
  co_program_op *op = &c->draft.op[c->draft.num_ops++];
  *op = (co_program_op){.num_inputs = inputs, .num_outputs = outputs};
  op->node = co_arena_strdup(&c->spent, place);
  op->title = "";
  op->input = co_arena_alloc(&c->spent, (size_t)inputs, sizeof *op->input);
  op->output = co_arena_alloc(&c->spent, (size_t)outputs, sizeof *op->output);
  return op;
}

co_status co_compile_node(co_compiling *c, const co_onnx *graph, int index) {
  const co_onnx_node *node = &graph->node[index];
  char place[PLACE];
  snprintf(place, sizeof place, "%.300s: node %d \"%.100s\"", graph->file, index, node->name);
  const co_op_class *class = *node->domain ? NULL : co_op_find(node->op);
  if (!class) return fail_unknown(node, place);
  co_program_op *op = add_op(c, place, node->num_inputs, node->num_outputs);
  CO_TRY(co_arena_status(&c->spent));
  op->class = class;
  op->name = class->name;
  op->title = node->name;
  op->opset = node->opset ? node->opset : graph->opset;
  op->num_attributes = node->num_attributes;
  op->attribute = node->attribute;
  CO_TRY(take_inputs(c, node, op));
  CO_TRY(check_arity(op, op->opset));
  CO_TRY(give_outputs(c, node, op));
  return co_compile_settle(c);
}

co_status co_compile_reshape(co_compiling *c, int value, const co_program_value *like, int *out) {
  char place[PLACE];
  snprintf(place, sizeof place, "%.300s: input \"%.100s\"", c->graph[c->at]->file, like->name);
  int sizes = co_compile_value(c, co_arena_strdup(&c->spent, "sizes"));
  int64_t *list = co_arena_alloc(&c->spent, (size_t)like->rank, sizeof *list);
  co_program_op *op = add_op(c, place, 2, 1);
  CO_TRY(co_arena_status(&c->spent));
  memcpy(list, like->shape, (size_t)like->rank * sizeof *list);
  c->draft.value[sizes] = (co_program_value){.name = "sizes",
                                             .whole = true,
                                             .rank = 1,
                                             .shape = {like->rank},
                                             .count = like->rank,
                                             .integer = list,
                                             .op = -1};
  op->class = co_op_find("Reshape");
  op->name = op->class->name;
  op->opset = CO_ONNX_OPSET_LAST;
  op->input[0] = value;
  op->input[1] = sizes;
  op->output[0] = *out = co_compile_value(c, like->name);
  c->draft.value[*out].op = c->draft.num_ops - 1;
  return co_compile_settle(c);
}

// ---- graphs

static co_status add_tensors(co_compiling *c, const co_onnx *graph) {
  for (int i = 0; i < graph->num_tensors; i++) {
    const co_onnx_tensor *t = &graph->tensor[i];
    int index = co_compile_value(c, t->name);
    co_program_value *value = &c->draft.value[index];
    value->whole = t->integer != NULL;
    value->rank = t->rank;
    value->count = t->count;
    memcpy(value->shape, t->shape, sizeof value->shape);
    value->number = t->number;
    value->integer = t->integer;
    if (!co_scope_add(&c->scope, t->name, index))
      return co_fail(CO_DATA, "%s: tensor \"%s\" is there twice", graph->file, t->name);
  }
  return CO_OK;
}

static size_t names_of(const co_onnx *graph) {
  size_t names = (size_t)graph->num_tensors + (size_t)graph->num_inputs;
  for (int n = 0; n < graph->num_nodes; n++) names += (size_t)graph->node[n].num_outputs;
  return names;
}

static co_status add_graph(co_compiling *c, const co_onnx *graph) {
  CO_TRY(co_scope_make(&c->spent, names_of(graph), &c->scope));
  CO_TRY(add_tensors(c, graph));
  CO_TRY(co_compile_inputs(c));
  for (int n = 0; n < graph->num_nodes; n++) CO_TRY(co_compile_node(c, graph, n));
  return co_compile_outputs(c);
}

static size_t tensor_bytes(const co_onnx *graph) {
  size_t bytes = 0;
  for (int i = 0; i < graph->num_tensors; i++)
    bytes += (size_t)graph->tensor[i].count * sizeof(int64_t);
  return bytes;
}

// Lists as long as they can become: an input may need a reshape, which is two values. Operations
// may keep 64 MiB and four times what the files' numbers take in float32.
static co_status begin(co_compiling *c) {
  size_t values = 0, ops = 0, inputs = 0, outputs = 0;
  c->most_kept = CO_PROGRAM_MEMORY;
  for (int g = 0; g < c->num_graphs; g++) {
    c->most_kept += 2 * tensor_bytes(c->graph[g]);
    values += names_of(c->graph[g]) + 2 * (size_t)c->graph[g]->num_inputs;
    ops += (size_t)c->graph[g]->num_nodes + (size_t)c->graph[g]->num_inputs;
    inputs += (size_t)c->graph[g]->num_inputs;
    outputs += (size_t)c->graph[g]->num_outputs;
  }
  if (ops > CO_PROGRAM_OPS || values > 8 * (size_t)CO_PROGRAM_OPS)
    return co_fail(CO_DATA, "%s: a graph of %zu operations; %d are the most", c->graph[0]->file,
                   ops, CO_PROGRAM_OPS);
  c->most_values = (int)values;
  c->most_ops = (int)ops;
  c->draft.value = co_arena_alloc(&c->spent, values, sizeof *c->draft.value);
  c->draft.op = co_arena_alloc(&c->spent, ops, sizeof *c->draft.op);
  c->draft.input = co_arena_alloc(&c->spent, inputs, sizeof *c->draft.input);
  c->draft.state = co_arena_alloc(&c->spent, inputs, sizeof *c->draft.state);
  c->draft.output = co_arena_alloc(&c->spent, outputs, sizeof *c->draft.output);
  c->returned = co_arena_alloc(&c->spent, outputs, sizeof *c->returned);
  return co_arena_status(&c->spent);
}

static co_status compile(co_compiling *c, const char *action, co_program *out) {
  CO_TRY(begin(c));
  for (c->at = 0; c->at < c->num_graphs; c->at++) CO_TRY(add_graph(c, c->graph[c->at]));
  CO_TRY(co_compile_ports(c, action));
  return co_compile_finish(c, out);
}

co_status co_program_compile(const co_onnx *const *graph, int count, const char *action,
                             co_program *out) {
  assert(graph && count > 0);
  *out = (co_program){0};
  co_compiling c = {.graph = graph, .num_graphs = count};
  co_status status = compile(&c, action, out);
  co_arena_free(&c.spent);
  if (status != CO_OK) {
    co_arena_free(&c.kept);
    *out = (co_program){0};
  }
  return status;
}

void co_program_free(co_program *program) {
  co_arena_free(&program->memory);
  *program = (co_program){0};
}
