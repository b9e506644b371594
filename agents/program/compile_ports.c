// What goes into a program and comes out: observations, states, actions.

#include "agents/program/private/compiling.h"
#include "agents/program/private/states.h"

#include <stdio.h>
#include <string.h>

// ---- shapes of inputs

// An axis without a size counts as one row, unless it is the one that holds the numbers.
static co_status settle_input(const co_onnx *graph, const co_onnx_value *from,
                              co_program_value *out) {
  *out = (co_program_value){.name = from->name, .op = -1, .rank = from->rank, .count = 1};
  if (from->rank < 0)
    return co_fail(CO_DATA, "%s: input \"%s\" has no shape; export the policy with one",
                   graph->file, from->name);
  for (int d = 0; d < from->rank; d++) {
    int64_t size = from->shape[d];
    if (size < 0 && d + 1 == from->rank)
      return co_fail(CO_DATA,
                     "%s: input \"%s\" does not say how many numbers it has; export the policy "
                     "with a fixed size",
                     graph->file, from->name);
    out->shape[d] = size < 0 ? 1 : size;
    if (__builtin_mul_overflow(out->count, out->shape[d], &out->count) ||
        out->count > CO_PROGRAM_MEMORY / (int)sizeof(int64_t))
      return co_fail(CO_DATA, "%s: input \"%s\" has too many numbers", graph->file, from->name);
  }
  if (out->count == 0)
    return co_fail(CO_DATA, "%s: input \"%s\" has no numbers", graph->file, from->name);
  const char *element = from->element ? from->element : "float32";
  out->whole = strncmp(element, "float", 5) != 0 && strncmp(element, "bfloat", 6) != 0;
  return CO_OK;
}

// ---- inputs that are known

// Of the outputs before: the one of this name; -1: none.
static co_status find_named(const co_compiling *c, const co_program_value *wanted, int *out) {
  *out = -1;
  for (int r = 0; r < c->num_returned; r++) {
    if (strcmp(c->returned[r].name, wanted->name) != 0) continue;
    const co_program_value *have = &c->draft.value[c->returned[r].value];
    if (have->count != wanted->count)
      return co_fail(CO_DATA,
                     "%s: input \"%s\" has %lld numbers, the output of %s that is called "
                     "so has %lld",
                     c->graph[c->at]->file, wanted->name, (long long)wanted->count,
                     c->graph[c->returned[r].graph]->file, (long long)have->count);
    *out = r;
  }
  return CO_OK;
}

// Of those that nothing takes by its name: the only one of this size; -1: none.
static co_status find_sized(const co_compiling *c, const co_program_value *wanted, int *out) {
  *out = -1;
  for (int r = 0; r < c->num_returned; r++) {
    const co_graph_output *have = &c->returned[r];
    if (have->taken || have->state || c->draft.value[have->value].count != wanted->count) continue;
    if (*out >= 0)
      return co_fail(CO_DATA,
                     "%s: input \"%s\" may be output \"%s\" or \"%s\" of the files before; rename "
                     "the one that it is",
                     c->graph[c->at]->file, wanted->name, c->returned[*out].name, have->name);
    *out = r;
  }
  return CO_OK;
}

static int find_input(const co_compiling *c, const co_program_value *wanted) {
  for (int i = 0; i < c->draft.num_inputs; i++) {
    const co_program_value *have = &c->draft.value[c->draft.input[i].value];
    if (have->count == wanted->count && strcmp(have->name, wanted->name) == 0)
      return c->draft.input[i].value;
  }
  return -1;
}

static bool is_same_shape(const co_program_value *a, const co_program_value *b) {
  return a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

// The value that this input is, in the shape and under the name that the graph has for it.
static co_status bind(co_compiling *c, const co_program_value *wanted, int value) {
  const co_program_value *have = &c->draft.value[value];
  if (have->whole != wanted->whole)
    return co_fail(CO_DATA, "%s: input \"%s\" has another type of numbers than what feeds it",
                   c->graph[c->at]->file, wanted->name);
  if (!is_same_shape(have, wanted)) CO_TRY(co_compile_reshape(c, value, wanted, &value));
  co_scope_add(&c->scope, wanted->name, value);
  return CO_OK;
}

static co_status add_new(co_compiling *c, const co_program_value *wanted, bool state) {
  int index = co_compile_value(c, wanted->name);
  c->draft.value[index] = *wanted;
  co_program_port port = {.value = index, .result = -1, .count = (int)wanted->count};
  if (state) c->draft.state[c->draft.num_states++] = port;
  if (!state) c->draft.input[c->draft.num_inputs++] = port;
  co_scope_add(&c->scope, wanted->name, index);
  return CO_OK;
}

// ---- states

// The graph says itself which output follows an input.
static co_status take_states(const co_onnx *graph, int *answer) {
  for (int i = 0; i < graph->num_inputs; i++) {
    const char *next = graph->input[i].next;
    answer[i] = -1;
    for (int o = 0; next && o < graph->num_outputs; o++)
      if (strcmp(graph->output[o].name, next) == 0) answer[i] = o;
    if (next && answer[i] < 0)
      return co_fail(CO_DATA, "%s: input \"%s\" is followed by \"%s\", which is no output",
                     graph->file, graph->input[i].name, next);
  }
  return CO_OK;
}

// Sizes of outputs are known once all is settled; what an output is called, and its size where the
// file says it, decides before.
static co_status match_states(co_compiling *c, const co_onnx *graph, const co_program_value *in,
                              int *answer) {
  size_t inputs = (size_t)graph->num_inputs, outputs = (size_t)graph->num_outputs;
  if (graph->says_states) return take_states(graph, answer);
  co_named_size *from = co_arena_alloc(&c->spent, inputs, sizeof *from);
  co_named_size *to = co_arena_alloc(&c->spent, outputs, sizeof *to);
  CO_TRY(co_arena_status(&c->spent));
  for (size_t i = 0; i < inputs; i++) from[i] = (co_named_size){in[i].name, in[i].count};
  for (size_t o = 0; o < outputs; o++) {
    to[o] = (co_named_size){graph->output[o].name, graph->output[o].rank < 0 ? -1 : 1};
    for (int d = 0; d < graph->output[o].rank; d++) {
      int64_t size = graph->output[o].shape[d];
      if (__builtin_mul_overflow(to[o].count, size < 0 ? 1 : size, &to[o].count)) to[o].count = 0;
    }
  }
  return co_states_match(graph->file, from, graph->num_inputs, to, graph->num_outputs, answer);
}

// ---- a graph's inputs

co_status co_compile_inputs(co_compiling *c) {
  const co_onnx *graph = c->graph[c->at];
  size_t count = (size_t)graph->num_inputs;
  co_program_value *in = co_arena_alloc(&c->spent, count, sizeof *in);
  int *from = co_arena_alloc(&c->spent, count, sizeof *from);
  int *answer = co_arena_alloc(&c->spent, count, sizeof *answer);
  CO_TRY(co_arena_status(&c->spent));
  for (int i = 0; i < graph->num_inputs; i++) CO_TRY(settle_input(graph, &graph->input[i], &in[i]));
  CO_TRY(match_states(c, graph, in, answer));
  for (int i = 0; i < graph->num_inputs; i++) {
    from[i] = -1;
    if (answer[i] >= 0) continue;
    CO_TRY(find_named(c, &in[i], &from[i]));
    if (from[i] >= 0) c->returned[from[i]].taken = true;
  }
  for (int i = 0; i < graph->num_inputs; i++) {
    bool state = answer[i] >= 0;
    if (co_scope_find(&c->scope, in[i].name) >= 0)
      return co_fail(CO_DATA, "%s: input \"%s\" is there twice", graph->file, in[i].name);
    if (!state && from[i] < 0) CO_TRY(find_sized(c, &in[i], &from[i]));
    if (from[i] >= 0) c->returned[from[i]].taken = true;
    int known = from[i] >= 0 ? c->returned[from[i]].value : state ? -1 : find_input(c, &in[i]);
    CO_TRY(known >= 0 ? bind(c, &in[i], known) : add_new(c, &in[i], state));
  }
  return CO_OK;
}

// ---- its outputs

// The state of this graph whose input has that name.
static co_status answer_state(co_compiling *c, const co_onnx *graph, const char *input, int value) {
  int from = co_scope_find(&c->scope, input);
  for (int i = 0; i < c->draft.num_states; i++) {
    co_program_port *port = &c->draft.state[i];
    if (port->value != from) continue;
    const co_program_value *to = &c->draft.value[value];
    if (to->count != port->count || to->whole != c->draft.value[from].whole)
      return co_fail(CO_DATA, "%s: input \"%s\" has %d numbers, output \"%s\" that follows it %lld",
                     graph->file, input, port->count, to->name, (long long)to->count);
    port->result = value;
  }
  return CO_OK;
}

co_status co_compile_outputs(co_compiling *c) {
  const co_onnx *graph = c->graph[c->at];
  size_t count = (size_t)graph->num_inputs;
  co_program_value *in = co_arena_alloc(&c->spent, count, sizeof *in);
  int *answer = co_arena_alloc(&c->spent, count, sizeof *answer), first = c->num_returned;
  CO_TRY(co_arena_status(&c->spent));
  for (int o = 0; o < graph->num_outputs; o++) {
    const char *name = graph->output[o].name;
    int value = co_scope_find(&c->scope, name);
    if (value < 0)
      return co_fail(CO_DATA, "%s: output \"%s\" is made by nothing", graph->file, name);
    c->returned[c->num_returned++] = (co_graph_output){name, c->at, value, false, false};
  }
  for (int i = 0; i < graph->num_inputs; i++) CO_TRY(settle_input(graph, &graph->input[i], &in[i]));
  CO_TRY(match_states(c, graph, in, answer));
  for (int i = 0; i < graph->num_inputs; i++) {
    if (answer[i] < 0) continue;
    co_graph_output *out = &c->returned[first + answer[i]];
    out->state = true;
    CO_TRY(answer_state(c, graph, in[i].name, out->value));
  }
  return CO_OK;
}

// ---- observation and action

// The last graph's output of this name; -1: none.
static int find_output(const co_compiling *c, const char *name) {
  for (int r = c->num_returned - 1; r >= 0; r--)
    if (strcmp(c->returned[r].name, name) == 0) return r;
  return -1;
}

static co_status only_output(const co_compiling *c, int *out) {
  static const char *const usual[] = {"action", "actions", "continuous_actions"};
  const char *file = c->graph[c->num_graphs - 1]->file;
  int count = 0;
  for (int r = 0; r < c->num_returned; r++) {
    if (c->returned[r].state || c->returned[r].taken) continue;
    *out = r;
    count++;
  }
  if (count == 1) return CO_OK;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if ((*out = find_output(c, usual[i])) >= 0) return CO_OK;
  if (count == 0) return co_fail(CO_DATA, "%s: no output is left that could act", file);
  char names[256] = "";
  for (int r = 0; r < c->num_returned && strlen(names) < 128; r++)
    if (!c->returned[r].state && !c->returned[r].taken)
      snprintf(names + strlen(names), sizeof names - strlen(names), "%s\"%.40s\"",
               *names ? ", " : "", c->returned[r].name);
  return co_fail(CO_DATA, "%s: which output acts is not said: %s; none is called \"action\"", file,
                 names);
}

static co_status choose_action(co_compiling *c, const char *action) {
  int at = -1;
  if (action && (at = find_output(c, action)) < 0)
    return co_fail(CO_DATA, "%s: no output is called \"%s\"", c->graph[c->num_graphs - 1]->file,
                   action);
  if (!action) CO_TRY(only_output(c, &at));
  c->draft.action = c->returned[at].value;
  for (int r = 0; r < c->num_returned; r++)
    if (r != at && !c->returned[r].state && !c->returned[r].taken)
      c->draft.output[c->draft.num_outputs++] = c->returned[r].value;
  return CO_OK;
}

// What a graph before the last makes is for those behind it.
static co_status check_joined(const co_compiling *c) {
  for (int g = 0; g + 1 < c->num_graphs; g++) {
    bool taken = false;
    for (int r = 0; r < c->num_returned; r++)
      taken |= c->returned[r].graph == g && c->returned[r].taken;
    if (!taken)
      return co_fail(CO_DATA,
                     "%s: no output of it is an input of the files behind it, by name or by size",
                     c->graph[g]->file);
  }
  return CO_OK;
}

static co_status place(const co_compiling *c, co_program_port *port, int count, int *dim) {
  int64_t at = 0;
  for (int i = 0; i < count; i++) {
    port[i].at = (int)at;
    at += port[i].count;
  }
  *dim = (int)at;
  if (at <= CO_PROGRAM_MEMORY / (int)sizeof(float)) return CO_OK;
  return co_fail(CO_DATA, "%s: its inputs have too many numbers", c->graph[0]->file);
}

co_status co_compile_ports(co_compiling *c, const char *action) {
  CO_TRY(check_joined(c));
  CO_TRY(choose_action(c, action));
  CO_TRY(place(c, c->draft.input, c->draft.num_inputs, &c->draft.obs_dim));
  CO_TRY(place(c, c->draft.state, c->draft.num_states, &c->draft.state_dim));
  c->draft.act_dim = (int)c->draft.value[c->draft.action].count;
  if (c->draft.act_dim > 0 && c->draft.obs_dim > 0) return CO_OK;
  return co_fail(CO_DATA, "%s: it has no %s", c->graph[0]->file,
                 c->draft.act_dim > 0 ? "observation" : "action");
}
