#include "agents/nn/graph.h"

#include "agents/nn/tensor_init.h"

#include <assert.h>

static int width_of(const co_graph *graph, int node) {
  return node == CO_GRAPH_INPUT ? graph->in : graph->node[node].width;
}

static bool has_two(co_graph_kind kind) {
  return kind == CO_GRAPH_CONCAT || kind == CO_GRAPH_SUM || kind == CO_GRAPH_PRODUCT;
}

// inline, since a release has no assert that would use it
static inline bool is_node(const co_graph *graph, int index) {
  const co_graph_node_def *def = &graph->node[index].def;
  for (int i = 0; i < 1 + has_two(def->kind); i++)
    if (def->in[i] < CO_GRAPH_INPUT || def->in[i] >= index) return false;
  int in = width_of(graph, def->in[0]);
  switch (def->kind) {
    case CO_GRAPH_RUN: return def->num_layers > 0 && def->num_layers <= CO_MAX_LAYERS;
    case CO_GRAPH_SPLIT: return def->first >= 0 && def->width > 0 && def->first + def->width <= in;
    case CO_GRAPH_SUM:
    case CO_GRAPH_PRODUCT: return in == width_of(graph, def->in[1]);
    default: return true;
  }
}

// ---- places in the block

static size_t place_run(const co_graph *graph, co_graph_node *node, size_t offset) {
  int in = width_of(graph, node->def.in[0]);
  int last = node->def.num_layers - 1;
  for (int l = 0; l <= last; l++) {
    co_dense *layer = &node->layer[l];
    offset = co_dense_place(in, node->def.layer[l], offset, layer);
    if (node->def.layer_norm && l < last) offset = co_dense_place_norm(layer, offset);
    layer->tensor = node->tensor + node->num_tensors;
    node->num_tensors = co_dense_tensors_end(layer) - node->tensor;
    in = layer->out;
  }
  node->width = in;
  return offset;
}

static size_t place_cell(co_graph *graph, co_graph_node *node, size_t offset) {
  co_recurrent_def cell = {.cell = node->def.cell,
                           .in = width_of(graph, node->def.in[0]),
                           .width = node->def.width,
                           .forget_bias = node->def.forget_bias};
  node->width = cell.width;
  node->num_tensors = cell.cell == CO_LSTM ? 3 : 4;
  node->state_at = graph->state_size;
  graph->state_size += co_recurrent_state(&cell);
  return co_recurrent_place(&cell, offset, &node->cell);
}

static size_t place_norm(const co_graph *graph, co_graph_node *node, size_t offset) {
  node->width = width_of(graph, node->def.in[0]);
  node->num_tensors = 2;
  node->norm = offset;
  return offset + 2 * (size_t)co_row_stride(node->width);
}

// gives a node its place from `offset` on; returns the end
static size_t place(co_graph *graph, co_graph_node *node, size_t offset) {
  const co_graph_node_def *def = &node->def;
  switch (def->kind) {
    case CO_GRAPH_RUN: offset = place_run(graph, node, offset); break;
    case CO_GRAPH_CELL: offset = place_cell(graph, node, offset); break;
    case CO_GRAPH_NORM: offset = place_norm(graph, node, offset); break;
    case CO_GRAPH_SPLIT: node->width = def->width; break;
    case CO_GRAPH_CONCAT:
      node->width = width_of(graph, def->in[0]) + width_of(graph, def->in[1]);
      break;
    default: node->width = width_of(graph, def->in[0]);
  }
  node->stride = co_row_stride(node->width);
  return offset;
}

// ---- tensors

// of the weight of one of its layers
static co_tensor_facts facts_of_layer(const co_graph_node *node, int l) {
  const co_graph_node_def *def = &node->def;
  co_tensor_facts facts = def->facts;
  facts.depth += l;
  if (l == def->num_layers - 1 && def->last != CO_LAYER_TRUNK) {
    facts.layer = def->last;
    facts.depth = 0;
  }
  if (l > 0) facts.rows_are = CO_FACES_HIDDEN;
  facts.cols_are = facts.layer == CO_LAYER_VALUE   ? CO_FACES_VALUE
                   : facts.layer == CO_LAYER_TRUNK ? CO_FACES_HIDDEN
                                                   : CO_FACES_ACTION;
  facts.init_row += node->layer[l].tensor - node->tensor;
  return facts;
}

static void add_run(co_graph *graph, const co_graph_node *node) {
  for (int l = 0; l < node->def.num_layers; l++) {
    const co_tensor_facts facts = facts_of_layer(node, l);
    const co_dense *layer = &node->layer[l];
    co_dense_tensors(layer, &facts, graph->block, graph->tensor + layer->tensor);
  }
}

static void add_norm(co_graph *graph, const co_graph_node *node) {
  co_tensor *out = graph->tensor + node->tensor;
  co_tensor_facts facts = node->def.facts;
  facts.rows_are = CO_FACES_NOTHING;
  facts.cols_are = CO_FACES_HIDDEN;
  facts.init_row = -1;
  for (int t = 0; t < 2; t++) {
    facts.role = t == 0 ? CO_TENSOR_GAIN : CO_TENSOR_OFFSET;
    out[t] = co_tensor_view(&facts, CO_F32, 1, node->width, node->stride,
                            graph->block + node->norm + (size_t)(t * node->stride));
  }
}

static void add_tensors(co_graph *graph, int first_row) {
  for (int i = 0; i < graph->num_nodes; i++) {
    co_graph_node *node = &graph->node[i];
    node->def.facts.init_row = first_row + node->tensor - graph->first_tensor;
    if (node->def.in[0] != CO_GRAPH_INPUT) node->def.facts.rows_are = CO_FACES_HIDDEN;
    if (node->def.kind == CO_GRAPH_RUN) add_run(graph, node);
    if (node->def.kind == CO_GRAPH_CELL)
      co_recurrent_tensors(&node->cell, &node->def.facts, graph->block,
                           graph->tensor + node->tensor);
    if (node->def.kind == CO_GRAPH_NORM) add_norm(graph, node);
  }
}

co_status co_graph_place(co_arena *arena, int in, const co_graph_node_def *def, int num_nodes,
                         size_t offset, int first_tensor, co_graph *out) {
  assert(in > 0 && in <= CO_MAX_OBS && num_nodes > 0 && num_nodes <= CO_MAX_NODES);
  co_graph graph = {.in = in,
                    .in_stride = co_row_stride(in),
                    .num_nodes = num_nodes,
                    .first_tensor = first_tensor,
                    .offset = offset};
  graph.node = co_arena_alloc(arena, (size_t)num_nodes, sizeof *graph.node);
  if (!graph.node) return CO_MEMORY;
  for (int i = 0; i < num_nodes; i++) {
    co_graph_node *node = &graph.node[i];
    node->def = def[i];
    assert(is_node(&graph, i));
    node->layer = co_arena_alloc(arena, (size_t)def[i].num_layers, sizeof *node->layer);
    if (!node->layer) return CO_MEMORY;
    node->tensor = first_tensor + graph.num_tensors;
    offset = place(&graph, node, offset);
    graph.num_tensors += node->num_tensors;
  }
  graph.size = offset - graph.offset;
  *out = graph;
  return CO_OK;
}

static void attach(co_graph *graph, float *block, co_tensor *tensor, int first_row) {
  graph->block = block;
  graph->tensor = tensor;
  add_tensors(graph, first_row);
}

void co_graph_attach(co_graph *graph, float *block, co_tensor *tensor) {
  assert(block && tensor);
  attach(graph, block, tensor, graph->first_tensor);
}

co_status co_graph_create(co_arena *arena, int in, const co_graph_node_def *def, int num_nodes,
                          int first_row, co_graph *out) {
  co_graph graph;
  CO_TRY(co_graph_place(arena, in, def, num_nodes, 0, 0, &graph));
  co_tensor *tensor = co_arena_alloc(arena, (size_t)graph.num_tensors, sizeof *tensor);
  float *block = co_arena_alloc(arena, graph.size, sizeof *block);
  if (!tensor || !block) return CO_MEMORY;
  attach(&graph, block, tensor, first_row);
  *out = graph;
  return CO_OK;
}

void co_graph_init(co_graph *graph, const co_stream *stream) {
  for (int i = 0; i < graph->num_nodes; i++) {
    const co_graph_node *node = &graph->node[i];
    for (int t = node->tensor; t < node->tensor + node->num_tensors; t++) {
      if (node->def.kind == CO_GRAPH_CELL) {
        co_recurrent_init(&node->cell.def, stream, &graph->tensor[t]);
      } else {
        co_tensor_init(&graph->tensor[t], stream);
      }
    }
  }
}

// ---- operations

static double run_flop(const co_graph_node *node) {
  double flop = 0;
  for (int l = 0; l < node->def.num_layers; l++)
    flop += 2.0 * node->layer[l].in * node->layer[l].out;
  return flop;
}

double co_graph_forward_flop(const co_graph *graph) {
  double flop = 0;
  for (int i = 0; i < graph->num_nodes; i++) {
    const co_graph_node *node = &graph->node[i];
    if (node->def.kind == CO_GRAPH_RUN) flop += run_flop(node);
    if (node->def.kind == CO_GRAPH_CELL) flop += co_recurrent_forward_flop(&node->cell.def);
  }
  return flop;
}

double co_graph_backward_flop(const co_graph *graph) {
  double flop = 0;
  for (int i = 0; i < graph->num_nodes; i++) {
    const co_graph_node *node = &graph->node[i];
    if (node->def.kind == CO_GRAPH_RUN) flop += 2 * run_flop(node);
    if (node->def.kind == CO_GRAPH_CELL)
      flop += co_recurrent_backward_flop(&node->cell.def, true, true);
  }
  return flop;
}
