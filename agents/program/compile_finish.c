// The end of compiling: what nothing needs is dropped, the rest gets names of its own, its place in
// a row's memory, and copies in the memory of the program.

#include "agents/nn/kernels/layout.h"
#include "agents/program/private/compiling.h"
#include "agents/program/private/settle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// What of the draft is needed, and its index in the program.
typedef struct needed {
  bool *op;
  int *value;  // -1: not needed
} needed;

// ---- what is needed

static void mark_ops(const co_program *draft, const needed *n) {
  for (int o = draft->num_ops - 1; o >= 0; o--) {
    const co_program_op *op = &draft->op[o];
    for (int i = 0; i < op->num_outputs; i++)
      if (op->output[i] >= 0 && n->value[op->output[i]] >= 0) n->op[o] = true;
    if (!n->op[o]) continue;
    for (int i = 0; i < op->num_inputs; i++)
      if (op->input[i] >= 0) n->value[op->input[i]] = 0;
    for (int i = 0; i < op->num_outputs; i++)
      if (op->output[i] >= 0) n->value[op->output[i]] = 0;
  }
}

static co_status mark(co_compiling *c, needed *n) {
  const co_program *draft = &c->draft;
  n->op = co_arena_alloc(&c->spent, (size_t)draft->num_ops, sizeof *n->op);
  n->value = co_arena_alloc(&c->spent, (size_t)draft->num_values, sizeof *n->value);
  CO_TRY(co_arena_status(&c->spent));
  for (int v = 0; v < draft->num_values; v++) n->value[v] = -1;
  n->value[draft->action] = 0;
  for (int i = 0; i < draft->num_inputs; i++) n->value[draft->input[i].value] = 0;
  for (int i = 0; i < draft->num_outputs; i++) n->value[draft->output[i]] = 0;
  for (int i = 0; i < draft->num_states; i++)
    n->value[draft->state[i].value] = n->value[draft->state[i].result] = 0;
  mark_ops(draft, n);
  return CO_OK;
}

// ---- values

enum { LONGEST = 230, CUT = 200 };  // bytes of names, and of those that are too long

// The name as a policy's file can hold it: printable, and not longer than a tensor's may be. One
// that was made so stays as it is.
static void make_plain(const char *name, char out[LONGEST + 1]) {
  size_t length = strlen(name), kept = length > LONGEST ? CUT : length;
  for (size_t i = 0; i < kept; i++) out[i] = name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '_';
  out[kept] = '\0';
}

// A name that no other value of the program has.
static const char *unique_name(co_compiling *c, co_scope *names, const char *name, int value) {
  enum { FEW = 9 };  // copies that are counted one by one
  char plain[LONGEST + 1], text[LONGEST + 1];
  make_plain(*name ? name : "value", plain);
  snprintf(text, sizeof text, "%s", plain);
  for (int copy = 2; co_scope_find(names, text) >= 0; copy += copy < FEW ? 1 : value)
    snprintf(text, sizeof text, "%.*s:%d", CUT, plain, copy);
  const char *own = co_arena_strdup(&c->kept, text);
  if (own) co_scope_add(names, own, value);
  return own;
}

static co_status keep_numbers(co_compiling *c, const co_program_value *from,
                              co_program_value *out) {
  size_t count = (size_t)from->count;
  for (size_t i = 0; from->number && i < count; i++)
    if (!isfinite(from->number[i]))
      return co_fail(CO_DATA, "%s: \"%s\" is computed beforehand, and number %zu is not finite",
                     c->graph[0]->file, from->name, i);
  size_t size = from->number ? sizeof(float) : sizeof(int64_t);
  const void *numbers = from->number ? (const void *)from->number : from->integer;
  void *copy = co_arena_alloc(&c->kept, count, size);
  if (!copy) return CO_MEMORY;
  if (count > 0) memcpy(copy, numbers, count * size);
  if (from->number) out->number = copy;
  if (from->integer) out->integer = copy;
  return CO_OK;
}

static co_status keep_value(co_compiling *c, co_scope *names, int index, co_program *out,
                            needed *n) {
  const co_program_value *from = &c->draft.value[index];
  co_program_value *to = &out->value[out->num_values];
  *to = *from;
  to->uses = 0;
  to->op = -1;
  to->name = unique_name(c, names, from->name, out->num_values);
  if (!to->name) return CO_MEMORY;
  n->value[index] = out->num_values++;
  if (co_is_constant(from)) return keep_numbers(c, from, to);
  int64_t numbers = to->whole ? 2 * to->count : to->count;
  to->at = out->work;
  to->stride = (size_t)co_row_stride((int)numbers);
  out->work += to->stride;
  if (out->work <= CO_PROGRAM_MEMORY / sizeof(float)) return CO_OK;
  return co_fail(CO_DATA, "%s: one row of the graph needs more than %d MiB of memory",
                 c->graph[0]->file, CO_PROGRAM_MEMORY >> 20);
}

static co_status keep_values(co_compiling *c, co_program *out, needed *n) {
  co_scope names;
  size_t count = 0;
  for (int v = 0; v < c->draft.num_values; v++) count += n->value[v] >= 0;
  out->value = co_arena_alloc(&c->kept, count, sizeof *out->value);
  if (!out->value) return CO_MEMORY;
  CO_TRY(co_scope_make(&c->spent, count, &names));
  for (int v = 0; v < c->draft.num_values; v++)
    if (n->value[v] >= 0) CO_TRY(keep_value(c, &names, v, out, n));
  return CO_OK;
}

// ---- operations

static void *keep(co_arena *memory, const void *from, size_t count, size_t size) {
  void *copy = co_arena_alloc(memory, count, size);
  if (copy && count > 0 && from) memcpy(copy, from, count * size);
  return copy;
}

static void keep_texts(co_arena *memory, co_onnx_attribute *a) {
  const char **text = keep(memory, a->text, (size_t)a->count, sizeof *text);
  for (int i = 0; text && i < a->count; i++) text[i] = co_arena_strdup(memory, text[i]);
  a->text = text;
}

static void keep_tensor(co_arena *memory, co_onnx_tensor *t) {
  size_t count = (size_t)t->count;
  t->name = co_arena_strdup(memory, t->name);
  t->element = co_arena_strdup(memory, t->element ? t->element : "");
  if (t->number) t->number = keep(memory, t->number, count, sizeof *t->number);
  if (t->integer) t->integer = keep(memory, t->integer, count, sizeof *t->integer);
}

static void keep_attribute(co_arena *memory, co_onnx_attribute *a) {
  size_t count = (size_t)a->count;
  a->name = co_arena_strdup(memory, a->name);
  if (a->number) a->number = keep(memory, a->number, count, sizeof *a->number);
  if (a->whole) a->whole = keep(memory, a->whole, count, sizeof *a->whole);
  if (a->text) keep_texts(memory, a);
  if (a->kind == CO_ONNX_TENSOR) keep_tensor(memory, &a->tensor);
}

static int *keep_indices(co_arena *memory, const int *from, int count, const needed *n) {
  int *to = co_arena_alloc(memory, (size_t)count, sizeof *to);
  for (int i = 0; to && i < count; i++) to[i] = from[i] < 0 ? -1 : n->value[from[i]];
  return to;
}

static co_status keep_op(co_compiling *c, const co_program_op *from, const needed *n,
                         co_program *out) {
  co_program_op *op = &out->op[out->num_ops];
  co_arena *memory = &c->kept;
  *op = *from;
  op->node = co_arena_strdup(memory, from->node);
  op->title = co_arena_strdup(memory, from->title);
  op->input = keep_indices(memory, from->input, from->num_inputs, n);
  op->output = keep_indices(memory, from->output, from->num_outputs, n);
  co_onnx_attribute *attribute =
      keep(memory, from->attribute, (size_t)from->num_attributes, sizeof *attribute);
  for (int i = 0; attribute && i < op->num_attributes; i++) keep_attribute(memory, &attribute[i]);
  op->attribute = attribute;
  CO_TRY(co_arena_status(memory));
  for (int i = 0; i < op->num_inputs; i++)
    if (op->input[i] >= 0) out->value[op->input[i]].uses++;
  for (int i = 0; i < op->num_outputs; i++)
    if (op->output[i] >= 0) out->value[op->output[i]].op = out->num_ops;
  out->num_ops++;
  return CO_OK;
}

static co_status keep_ops(co_compiling *c, const needed *n, co_program *out) {
  size_t count = 0;
  for (int o = 0; o < c->draft.num_ops; o++) count += n->op[o];
  out->op = co_arena_alloc(&c->kept, count, sizeof *out->op);
  if (!out->op) return CO_MEMORY;
  for (int o = 0; o < c->draft.num_ops; o++)
    if (n->op[o]) CO_TRY(keep_op(c, &c->draft.op[o], n, out));
  return CO_OK;
}

// ---- ports

static co_program_port *keep_ports(co_compiling *c, const co_program_port *from, int count,
                                   const needed *n) {
  co_program_port *to = keep(&c->kept, from, (size_t)count, sizeof *to);
  for (int i = 0; to && i < count; i++) {
    to[i].value = n->value[from[i].value];
    to[i].result = from[i].result < 0 ? -1 : n->value[from[i].result];
  }
  return to;
}

static co_status finish_ports(co_compiling *c, const needed *n, co_program *out) {
  const co_program *draft = &c->draft;
  out->num_inputs = draft->num_inputs;
  out->num_states = draft->num_states;
  out->num_outputs = draft->num_outputs;
  out->action = n->value[draft->action];
  out->obs_dim = draft->obs_dim;
  out->act_dim = draft->act_dim;
  out->state_dim = draft->state_dim;
  out->scratch = draft->scratch;
  out->input = keep_ports(c, draft->input, draft->num_inputs, n);
  out->state = keep_ports(c, draft->state, draft->num_states, n);
  out->output = keep_indices(&c->kept, draft->output, draft->num_outputs, n);
  CO_TRY(co_arena_status(&c->kept));
  out->value[out->action].uses++;
  for (int i = 0; i < out->num_outputs; i++) out->value[out->output[i]].uses++;
  for (int i = 0; i < out->num_states; i++) out->value[out->state[i].result].uses++;
  return CO_OK;
}

co_status co_compile_finish(co_compiling *c, co_program *out) {
  needed n;
  CO_TRY(mark(c, &n));
  CO_TRY(keep_values(c, out, &n));
  CO_TRY(keep_ops(c, &n, out));
  CO_TRY(finish_ports(c, &n, out));
  out->memory = c->kept;
  c->kept = (co_arena){0};
  return CO_OK;
}
