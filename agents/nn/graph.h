// A network as a graph of nodes over one parameter block, evaluated over sequences.
//
// Nodes stand in order of evaluation; each takes the outputs of one or two before it, or the input
// (CO_GRAPH_INPUT). Every node's output can be read, and every node's output can have a loss.
//
//   RUN         a chain of dense layers, which executes as co_mlp: with its bits. Activations
//               between them, perhaps each behind a layer norm, none behind the last
//   CELL        LSTM or GRU (agents/nn/recurrent.h); its state is a part of the row's state
//   SPLIT       columns `first` to `first + width - 1` of its input
//   CONCAT      the columns of both inputs, beside each other
//   SUM, PRODUCT  of the elements of both inputs, which have one width
//   ACTIVATION  of each element
//   NORM        layer norm over the elements of a row
//
// Rows of all arrays are those of co_sequences, strides co_row_stride, padding 0. A row's numbers
// have the same bits whatever stands beside it. A graph is const during passes; passes with their
// own work may run at once. Nothing is allocated after co_graph_work_create.
//
// A graph has a block and a list of tensors of its own, or a part of others': a network's is a
// stretch of the network's (agents/nn/network.h). Offsets and indices count from the start of block
// and list, and gradients are laid out like the whole block.

#ifndef AGENTS_NN_GRAPH_H_
#define AGENTS_NN_GRAPH_H_

#include "agents/nn/mlp.h"
#include "agents/nn/recurrent.h"

typedef enum co_graph_kind {
  CO_GRAPH_RUN,
  CO_GRAPH_CELL,
  CO_GRAPH_SPLIT,
  CO_GRAPH_CONCAT,
  CO_GRAPH_SUM,
  CO_GRAPH_PRODUCT,
  CO_GRAPH_ACTIVATION,
  CO_GRAPH_NORM,
  CO_NUM_GRAPH_KINDS
} co_graph_kind;

enum { CO_GRAPH_INPUT = -1, CO_MAX_NODES = 64 };

typedef struct co_graph_node_def {
  co_graph_kind kind;
  int in[2];  // nodes before it, or CO_GRAPH_INPUT; the second of CONCAT, SUM and PRODUCT only
  // of the first tensor: part, critic, layer, depth, and what its rows face where it takes the
  // input; else they face hidden numbers. The dense layers of a run follow each other in depth.
  co_tensor_facts facts;
  int num_layers;                           // RUN
  int layer[CO_MAX_LAYERS];                 // RUN: outputs of each layer
  co_tensor_layer last;                     // RUN: what its last layer is; TRUNK as the others
  co_activation activation[CO_MAX_HIDDEN];  // RUN: behind each layer but the last; ACTIVATION: [0]
  bool layer_norm;                          // RUN: before each of these activations
  co_cell cell;                             // CELL
  double forget_bias;                       // CELL
  int width;                                // CELL, SPLIT
  int first;                                // SPLIT
} co_graph_node_def;

typedef struct co_graph_node {
  co_graph_node_def def;
  int width, stride;        // of its output
  co_dense *layer;          // RUN: (num_layers)
  co_recurrent cell;        // CELL
  int state_at;             // CELL: floats before its part of a row's state
  size_t norm;              // NORM: weight and bias, each (stride)
  int tensor, num_tensors;  // its first one, and how many
} co_graph_node;

typedef struct co_graph {
  int in, in_stride, num_nodes;
  co_graph_node *node;  // (num_nodes)
  int first_tensor, num_tensors;
  co_tensor *tensor;  // list with its tensors from first_tensor on, in the order of the nodes
  size_t offset;      // of its floats in the block
  size_t size;        // how many they are
  float *block;
  int state_size;  // floats of a row's state; all 0: nothing remembered
} co_graph;

// Block zeroed; all memory is the arena's. Definitions are copied. The fresh values of tensor i
// come from row `first_row` + i of the stream. CO_MEMORY.
co_status co_graph_create(co_arena *arena, int in, const co_graph_node_def *def, int num_nodes,
                          int first_row, co_graph *out);
// The same in two steps for a block and a list of others: places from `offset` on and tensors from
// `first_tensor` on, whose fresh values come from the rows of these indices. CO_MEMORY.
co_status co_graph_place(co_arena *arena, int in, const co_graph_node_def *def, int num_nodes,
                         size_t offset, int first_tensor, co_graph *out);
// The block and the list, both borrowed; writes the graph's tensors into the list.
void co_graph_attach(co_graph *graph, float *block, co_tensor *tensor);
// Fresh values of all tensors, of dense layers and norms as a network's.
void co_graph_init(co_graph *graph, const co_stream *stream);

// One node in a pass.
typedef struct co_graph_node_work {
  float *y;                   // (total x stride) its output
  float *dy;                  // (total x stride) the derivative of the loss by it
  co_mlp mlp;                 // RUN
  float **output, **delta;    // RUN: (num_layers) of each layer; the last ones are y and dy
  co_mlp_tape tape;           // RUN
  co_recurrent_view view;     // CELL
  co_recurrent_work cell;     // CELL
  float **transposed;         // weights of each layer, or of a cell's two products
  float *slope;               // ACTIVATION: (total x stride) derivative by its argument
  float *standard, *inverse;  // NORM: as co_kernels.norm leaves them
} co_graph_node_work;

typedef struct co_graph_work {
  const co_kernels *kernels;
  const co_graph *graph;     // borrowed
  int total, rows;           // there is room for so many rows of all steps, and of one
  co_graph_node_work *node;  // (num_nodes)
  float *dx;                 // (total x in_stride) the derivative of the loss by the input
  float *scratch;            // (total x the largest stride)
} co_graph_work;

// With `backward` also what the backward pass needs. CO_MEMORY.
co_status co_graph_work_create(co_arena *arena, const co_kernels *kernels, const co_graph *graph,
                               int total, int rows, bool backward, co_graph_work *out);
// Brings the transposed weights of the backward pass up to date with the block.
void co_graph_work_transpose(co_graph_work *work);

// x (total x in_stride); state (rows of the first step x state_stride): before the first step, and
// then behind each row's last, NULL where the graph has none. Writes y of all nodes.
void co_graph_forward(co_graph_work *work, const co_sequences *sequences, const float *x,
                      float *state, int state_stride);

// Sets dy of all nodes and dx to 0, so that losses can add theirs to the dy of the nodes they are
// on.
void co_graph_begin_backward(co_graph_work *work, const co_sequences *sequences);
// Back through time, once per forward pass: dy of all nodes, dx, and the gradient of all tensors
// (laid out like the block; NULL: not wanted). x as in the forward pass. dstate (rows of the first
// step x state_stride): the derivative by the states behind the last steps, and then by those
// before the first; NULL where the graph has none.
void co_graph_backward(co_graph_work *work, const co_sequences *sequences, const float *x,
                       float *dstate, int state_stride, float *grad);

// Floating-point operations of one row of one step: forward, and backward with the gradient of all
// tensors and dx.
double co_graph_forward_flop(const co_graph *graph);
double co_graph_backward_flop(const co_graph *graph);

#endif  // AGENTS_NN_GRAPH_H_
