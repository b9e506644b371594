// Passes through a graph.

#include "agents/nn/graph.h"

#include <assert.h>
#include <string.h>

// ---- work

static float *floats(co_arena *arena, int rows, int cols) {
  return co_arena_alloc(arena, (size_t)rows * (size_t)cols, sizeof(float));
}

static float **pointers(co_arena *arena, int count) {
  return co_arena_alloc(arena, (size_t)count, sizeof(float *));
}

static float *add_transposed(co_arena *arena, co_dense_view *view) {
  float *transposed = floats(arena, view->out, view->in_stride);
  view->transposed = transposed;
  return transposed;
}

static co_status create_run(co_arena *arena, const co_graph_work *work, const co_graph_node *node,
                            bool backward, co_graph_node_work *out) {
  int layers = node->def.num_layers;
  out->mlp = co_mlp_of_layers(work->kernels, work->graph->block, node->layer, layers,
                              node->def.activation);
  out->output = pointers(arena, layers);
  out->delta = pointers(arena, layers);
  out->transposed = pointers(arena, layers);
  CO_TRY(co_arena_status(arena));
  for (int l = 0; l < layers - 1; l++) {
    out->output[l] = floats(arena, work->total, node->layer[l].out_stride);
    if (backward) out->delta[l] = floats(arena, work->total, node->layer[l].out_stride);
  }
  out->output[layers - 1] = out->y;
  out->delta[layers - 1] = out->dy;
  if (!backward) return CO_OK;
  for (int l = 0; l < layers; l++) out->transposed[l] = add_transposed(arena, &out->mlp.layer[l]);
  if (!co_mlp_needs_tape(&out->mlp, 0)) return CO_OK;
  return co_mlp_tape_create(arena, &out->mlp, work->total, &out->tape);
}

static co_status create_cell(co_arena *arena, const co_graph_work *work, const co_graph_node *node,
                             bool backward, co_graph_node_work *out) {
  out->view = co_recurrent_make_view(work->kernels, &node->cell, work->graph->block);
  out->transposed = pointers(arena, 2);
  CO_TRY(co_arena_status(arena));
  if (backward) {
    out->transposed[0] = add_transposed(arena, &out->view.input);
    out->transposed[1] = add_transposed(arena, &out->view.recurrent);
  }
  return co_recurrent_work_create(arena, &node->cell.def, work->total, work->rows, backward,
                                  &out->cell);
}

static co_status create_node(co_arena *arena, const co_graph_work *work, const co_graph_node *node,
                             bool backward, co_graph_node_work *out) {
  out->y = floats(arena, work->total, node->stride);
  if (backward) out->dy = floats(arena, work->total, node->stride);
  switch (node->def.kind) {
    case CO_GRAPH_RUN: return create_run(arena, work, node, backward, out);
    case CO_GRAPH_CELL: return create_cell(arena, work, node, backward, out);
    case CO_GRAPH_ACTIVATION:
      if (backward) out->slope = floats(arena, work->total, node->stride);
      return CO_OK;
    case CO_GRAPH_NORM:
      out->standard = floats(arena, work->total, node->stride);
      out->inverse = floats(arena, work->total, 1);
      return CO_OK;
    default: return CO_OK;
  }
}

co_status co_graph_work_create(co_arena *arena, const co_kernels *kernels, const co_graph *graph,
                               int total, int rows, bool backward, co_graph_work *out) {
  assert(rows > 0 && total >= rows);
  co_graph_work work = {.kernels = kernels, .graph = graph, .total = total, .rows = rows};
  int widest = graph->in_stride;
  work.node = co_arena_alloc(arena, (size_t)graph->num_nodes, sizeof *work.node);
  if (!work.node) return CO_MEMORY;
  for (int i = 0; i < graph->num_nodes; i++) {
    const co_graph_node *node = &graph->node[i];
    CO_TRY(create_node(arena, &work, node, backward, &work.node[i]));
    if (node->stride > widest) widest = node->stride;
  }
  if (backward) {
    work.dx = floats(arena, total, graph->in_stride);
    work.scratch = floats(arena, total, widest);
  }
  *out = work;
  CO_TRY(co_arena_status(arena));
  if (backward) co_graph_work_transpose(out);
  return CO_OK;
}

static void transpose(const co_kernels *kernels, const co_dense_view *view, float *to) {
  kernels->transpose(view->weight, view->in, view->out_stride, view->out, to, view->in_stride);
}

void co_graph_work_transpose(co_graph_work *work) {
  for (int i = 0; i < work->graph->num_nodes; i++) {
    const co_graph_node_def *def = &work->graph->node[i].def;
    const co_graph_node_work *node = &work->node[i];
    for (int l = 0; def->kind == CO_GRAPH_RUN && l < def->num_layers; l++)
      transpose(work->kernels, &node->mlp.layer[l], node->transposed[l]);
    if (def->kind != CO_GRAPH_CELL) continue;
    transpose(work->kernels, &node->view.input, node->transposed[0]);
    transpose(work->kernels, &node->view.recurrent, node->transposed[1]);
  }
}

// ---- forward

// One pass; the arrays of the caller as in the header.
typedef struct pass {
  co_graph_work *work;
  const co_sequences *sequences;
  const float *x;
  float *state;  // or the derivative by it
  int state_stride, total;
  float *grad;
} pass;

static pass make_pass(co_graph_work *work, const co_sequences *sequences, const float *x,
                      float *state, int state_stride, float *grad) {
  pass p = {work, sequences, x, state, state_stride, co_sequences_total(sequences), grad};
  assert(p.total <= work->total && (state || work->graph->state_size == 0));
  return p;
}

// The output of a node or the input, and the floats from row to row of it.
static const float *output_of(const pass *p, int node) {
  return node == CO_GRAPH_INPUT ? p->x : p->work->node[node].y;
}

static int stride_of(const pass *p, int node) {
  const co_graph *graph = p->work->graph;
  return node == CO_GRAPH_INPUT ? graph->in_stride : graph->node[node].stride;
}

static size_t size_of(const pass *p, int node) {
  return (size_t)p->total * (size_t)stride_of(p, node);
}

static void run_forward(const pass *p, int i, const float *x, int x_stride) {
  const co_graph_node_work *work = &p->work->node[i];
  if (work->tape.slope[0]) {
    co_mlp_forward_tape(&work->mlp, x, x_stride, p->total, work->output, &work->tape);
  } else {
    co_mlp_forward(&work->mlp, x, x_stride, p->total, work->output);
  }
}

static void cell_forward(const pass *p, int i, const float *x, int x_stride) {
  co_graph_node_work *work = &p->work->node[i];
  co_recurrent_forward(&work->view, p->sequences, x, x_stride, &work->cell,
                       p->state + p->work->graph->node[i].state_at, p->state_stride, work->y);
}

// y (rows x y_stride) from column `at` on = columns of x from `first` on
static void copy_columns(int rows, int count, const float *x, int x_stride, int first, float *y,
                         int y_stride, int at) {
  for (int r = 0; r < rows; r++)
    memcpy(y + (ptrdiff_t)r * y_stride + at, x + (ptrdiff_t)r * x_stride + first,
           (size_t)count * sizeof *y);
}

static void split_forward(const pass *p, int i, const float *x, int x_stride) {
  const co_graph_node *node = &p->work->graph->node[i];
  copy_columns(p->total, node->width, x, x_stride, node->def.first, p->work->node[i].y,
               node->stride, 0);
}

// columns of the first of the two inputs of a CONCAT
static int first_width(const pass *p, int i) {
  const co_graph *graph = p->work->graph;
  int in = graph->node[i].def.in[0];
  return in == CO_GRAPH_INPUT ? graph->in : graph->node[in].width;
}

static void concat_forward(const pass *p, int i, const float *x, int x_stride) {
  const co_graph_node *node = &p->work->graph->node[i];
  int other = node->def.in[1], first = first_width(p, i);
  float *y = p->work->node[i].y;
  copy_columns(p->total, first, x, x_stride, 0, y, node->stride, 0);
  copy_columns(p->total, node->width - first, output_of(p, other), stride_of(p, other), 0, y,
               node->stride, first);
}

static void sum_forward(const pass *p, int i, const float *x, int x_stride) {
  (void)x_stride;
  const float *other = output_of(p, p->work->graph->node[i].def.in[1]);
  float *y = p->work->node[i].y;
  for (size_t k = 0; k < size_of(p, i); k++) y[k] = x[k] + other[k];
}

static void product_forward(const pass *p, int i, const float *x, int x_stride) {
  (void)x_stride;
  const float *other = output_of(p, p->work->graph->node[i].def.in[1]);
  float *y = p->work->node[i].y;
  for (size_t k = 0; k < size_of(p, i); k++) y[k] = x[k] * other[k];
}

static void activation_forward(const pass *p, int i, const float *x, int x_stride) {
  (void)x_stride;
  const co_graph_node_work *work = &p->work->node[i];
  memcpy(work->y, x, size_of(p, i) * sizeof *x);
  p->work->kernels->activate((int)p->work->graph->node[i].def.activation[0], size_of(p, i), work->y,
                             work->slope);
}

static co_norm_view norm_view(const pass *p, int i) {
  const co_graph_node *node = &p->work->graph->node[i];
  const float *weight = p->work->graph->block + node->norm;
  return (co_norm_view){node->width, node->stride, weight, weight + node->stride};
}

static void norm_forward(const pass *p, int i, const float *x, int x_stride) {
  (void)x_stride;
  const co_graph_node_work *work = &p->work->node[i];
  co_norm_view norm = norm_view(p, i);
  memcpy(work->standard, x, size_of(p, i) * sizeof *x);
  p->work->kernels->norm(&norm, p->total, work->standard, work->inverse, work->y);
}

// ---- backward

static void add(size_t count, const float *x, float *y) {
  for (size_t k = 0; k < count; k++) y[k] += x[k];
}

// The derivative by the output of a node or by the input.
static float *derivative_of(const pass *p, int node) {
  return node == CO_GRAPH_INPUT ? p->work->dx : p->work->node[node].dy;
}

static void run_backward(const pass *p, int i, int in) {
  const co_graph_node_work *work = &p->work->node[i];
  const co_dense_view *first = &work->mlp.layer[0];
  co_mlp_backward_args args = {.x = output_of(p, in),
                               .x_stride = stride_of(p, in),
                               .rows = p->total,
                               .output = work->output,
                               .delta = work->delta,
                               .tape = work->tape.slope[0] ? &work->tape : NULL,
                               .grad = p->grad};
  if (p->grad) {
    co_mlp_backward(&work->mlp, &args);
  } else {
    co_mlp_deltas(&work->mlp, &args);
  }
  p->work->kernels->backward(first, work->delta[0], NULL, p->total, -1, p->work->scratch);
  add(size_of(p, in), p->work->scratch, derivative_of(p, in));
}

static void cell_backward(const pass *p, int i, int in) {
  co_graph_node_work *work = &p->work->node[i];
  co_recurrent_backward(
      &work->view,
      &(co_recurrent_backward_args){.sequences = p->sequences,
                                    .x = output_of(p, in),
                                    .x_stride = stride_of(p, in),
                                    .dy = work->dy,
                                    .dstate = p->state + p->work->graph->node[i].state_at,
                                    .state_stride = p->state_stride,
                                    .dx = p->work->scratch,
                                    .grad = p->grad},
      &work->cell);
  add(size_of(p, in), p->work->scratch, derivative_of(p, in));
}

// columns of dx from `at` on += columns of dy from `first` on
static void add_columns(int rows, int count, const float *dy, int dy_stride, int first, float *dx,
                        int dx_stride, int at) {
  for (int r = 0; r < rows; r++)
    add((size_t)count, dy + (ptrdiff_t)r * dy_stride + first, dx + (ptrdiff_t)r * dx_stride + at);
}

static void split_backward(const pass *p, int i, int in) {
  const co_graph_node *node = &p->work->graph->node[i];
  add_columns(p->total, node->width, p->work->node[i].dy, node->stride, 0, derivative_of(p, in),
              stride_of(p, in), node->def.first);
}

static void concat_backward(const pass *p, int i, int in) {
  const co_graph_node *node = &p->work->graph->node[i];
  int other = node->def.in[1], first = first_width(p, i);
  const float *dy = p->work->node[i].dy;
  add_columns(p->total, first, dy, node->stride, 0, derivative_of(p, in), stride_of(p, in), 0);
  add_columns(p->total, node->width - first, dy, node->stride, first, derivative_of(p, other),
              stride_of(p, other), 0);
}

static void sum_backward(const pass *p, int i, int in) {
  const float *dy = p->work->node[i].dy;
  add(size_of(p, i), dy, derivative_of(p, in));
  add(size_of(p, i), dy, derivative_of(p, p->work->graph->node[i].def.in[1]));
}

// dx += dy times the other factor
static void add_product(size_t count, const float *dy, const float *factor, float *dx) {
  for (size_t k = 0; k < count; k++) dx[k] += dy[k] * factor[k];
}

static void product_backward(const pass *p, int i, int in) {
  int other = p->work->graph->node[i].def.in[1];
  const float *dy = p->work->node[i].dy;
  add_product(size_of(p, i), dy, output_of(p, other), derivative_of(p, in));
  add_product(size_of(p, i), dy, output_of(p, in), derivative_of(p, other));
}

static void activation_backward(const pass *p, int i, int in) {
  const co_graph_node_work *work = &p->work->node[i];
  add_product(size_of(p, i), work->dy, work->slope, derivative_of(p, in));
}

static void norm_backward(const pass *p, int i, int in) {
  const co_graph_node_work *work = &p->work->node[i];
  co_norm_view norm = norm_view(p, i);
  float *dx = p->work->scratch, *grad = p->grad ? p->grad + p->work->graph->node[i].norm : NULL;
  memcpy(dx, work->dy, size_of(p, i) * sizeof *dx);
  p->work->kernels->norm_backward(&norm, work->standard, work->inverse, p->total, dx, grad,
                                  grad ? grad + norm.stride : NULL);
  add(size_of(p, in), dx, derivative_of(p, in));
}

// ---- kinds

// What each kind does: from its first input (rows x x_stride) to y, and from dy to the derivative
// by its inputs, of which `in` is the first.
static const struct {
  void (*forward)(const pass *p, int i, const float *x, int x_stride);
  void (*backward)(const pass *p, int i, int in);
} kinds[CO_NUM_GRAPH_KINDS] = {
    [CO_GRAPH_RUN] = {run_forward, run_backward},
    [CO_GRAPH_CELL] = {cell_forward, cell_backward},
    [CO_GRAPH_SPLIT] = {split_forward, split_backward},
    [CO_GRAPH_CONCAT] = {concat_forward, concat_backward},
    [CO_GRAPH_SUM] = {sum_forward, sum_backward},
    [CO_GRAPH_PRODUCT] = {product_forward, product_backward},
    [CO_GRAPH_ACTIVATION] = {activation_forward, activation_backward},
    [CO_GRAPH_NORM] = {norm_forward, norm_backward},
};

void co_graph_forward(co_graph_work *work, const co_sequences *sequences, const float *x,
                      float *state, int state_stride) {
  pass p = make_pass(work, sequences, x, state, state_stride, NULL);
  for (int i = 0; i < work->graph->num_nodes; i++) {
    const co_graph_node_def *def = &work->graph->node[i].def;
    kinds[def->kind].forward(&p, i, output_of(&p, def->in[0]), stride_of(&p, def->in[0]));
  }
}

void co_graph_begin_backward(co_graph_work *work, const co_sequences *sequences) {
  const co_graph *graph = work->graph;
  size_t total = (size_t)co_sequences_total(sequences);
  memset(work->dx, 0, total * (size_t)graph->in_stride * sizeof(float));
  for (int i = 0; i < graph->num_nodes; i++)
    memset(work->node[i].dy, 0, total * (size_t)graph->node[i].stride * sizeof(float));
}

void co_graph_backward(co_graph_work *work, const co_sequences *sequences, const float *x,
                       float *dstate, int state_stride, float *grad) {
  pass p = make_pass(work, sequences, x, dstate, state_stride, grad);
  for (int i = work->graph->num_nodes - 1; i >= 0; i--) {
    const co_graph_node_def *def = &work->graph->node[i].def;
    kinds[def->kind].backward(&p, i, def->in[0]);
  }
}
