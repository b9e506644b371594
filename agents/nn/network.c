#include "agents/nn/network.h"

#include "agents/nn/tensor_init.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const co_head_names[] = {"gaussian", "squashed", NULL};

// ---- activations ----

static co_activation activation_named(const char *name) {
  int i = 0;
  while (co_activation_names[i] && strcmp(co_activation_names[i], name) != 0) i++;
  assert(co_activation_names[i]);
  return (co_activation)i;
}

void co_network_set_activations(co_network_def *def, const char *const *names, int count) {
  assert(count == 1 || count == def->num_hidden);
  def->activation = activation_named(names[0]);
  def->num_activations = 0;
  for (int i = 0; i < count; i++) {
    def->activations[i] = activation_named(names[i]);
    if (def->activations[i] != def->activation) def->num_activations = count;
  }
}

bool co_network_same_activations(const co_network_def *a, const co_network_def *b) {
  bool same = a->num_hidden == b->num_hidden;
  for (int l = 0; same && l < a->num_hidden; l++)
    same = co_network_activation(a, l) == co_network_activation(b, l);
  return same && (a->num_hidden > 0 || a->activation == b->activation);
}

// ---- memory ----

bool co_network_same_memory(const co_network_def *a, const co_network_def *b) {
  return a->memory.width == b->memory.width &&
         (!a->memory.width || a->memory.cell == b->memory.cell);
}

const char *co_network_memory_name(const co_network_def *def) {
  return def->memory.width > 0 ? co_cell_names[def->memory.cell] : "none";
}

// ---- a residual network ----

bool co_network_takes_residual(const co_network_def *def) {
  int layers = def->num_hidden + 1 + def->residual.num_hidden + 1;
  return !def->shared_trunk && !def->memory.width && layers <= CO_MAX_HIDDEN;
}

bool co_network_same_residual(const co_residual_def *a, const co_residual_def *b) {
  bool same =
      a->num_hidden == b->num_hidden && a->scale == b->scale && a->activation == b->activation;
  for (int i = 0; same && i < a->num_hidden; i++) same = a->hidden[i] == b->hidden[i];
  return same;
}

bool co_network_is_linear(const co_network_def *def) {
  return def->head == CO_HEAD_GAUSSIAN && def->num_hidden == 0 && def->memory.width == 0 &&
         def->residual.num_hidden == 0 && def->num_privileged == 0;
}

// ---- places in the block ----

// gives the layers of a part from `first` on their places from `offset` on; returns the end
static size_t place_part(const co_network_def *def, int first, int out, co_part *part,
                         size_t offset) {
  for (int l = first; l <= def->num_hidden; l++) {
    bool hidden = l < def->num_hidden;
    int in = l > 0 ? def->hidden[l - 1] : part->in;
    offset = co_dense_place(in, hidden ? def->hidden[l] : out, offset, &part->layer[l]);
    if (hidden && def->layer_norm) offset = co_dense_place_norm(&part->layer[l], offset);
  }
  return offset;
}

// what stands behind the actor's mean
static size_t place_spread(co_network *net, size_t offset) {
  const co_network_def *def = &net->def;
  if (def->head == CO_HEAD_GAUSSIAN) {
    net->log_std = offset;
    return offset + (size_t)co_row_stride(def->act_dim);
  }
  int in = def->num_hidden > 0 ? def->hidden[def->num_hidden - 1] : def->obs_dim;
  net->log_alpha = co_dense_place(in, def->act_dim, offset, &net->log_std_head);
  return net->log_alpha + CO_LANES;
}

static int inputs_of(const co_network_def *def, int part) {
  if (part == CO_ACTOR) return def->obs_dim;
  int action = def->head == CO_HEAD_SQUASHED ? def->act_dim : 0;
  return def->obs_dim + action + def->num_privileged;
}

// what the rows of a critic's first layer face
static co_tensor_axis input_of_critic(const co_network_def *def) {
  if (def->head == CO_HEAD_SQUASHED) return CO_FACES_BOTH;
  return def->num_privileged > 0 ? CO_FACES_PRIVILEGED : CO_FACES_OBSERVATION;
}

// the layers of the actor's residual network, behind its own
static size_t place_residual(const co_network *net, co_part *actor, size_t offset) {
  const co_residual_def *residual = &net->def.residual;
  for (int l = 0; l < net->num_residual; l++) {
    int in = l > 0 ? residual->hidden[l - 1] : actor->in;
    int out = l < residual->num_hidden ? residual->hidden[l] : net->def.act_dim;
    offset = co_dense_place(in, out, offset, &actor->layer[net->num_layers + l]);
  }
  return offset;
}

static void place_parts(co_network *net) {
  const co_network_def *def = &net->def;
  net->part[CO_ACTOR] = (co_part){.in = def->obs_dim};
  size_t offset = place_part(def, 0, def->act_dim, &net->part[CO_ACTOR], 0);
  offset = place_spread(net, offset);
  offset = place_residual(net, &net->part[CO_ACTOR], offset);
  for (int p = CO_CRITIC; p < net->num_parts; p++) {
    co_part *part = &net->part[p];
    if (def->shared_trunk) *part = net->part[CO_ACTOR];
    part->in = inputs_of(def, p);
    offset = place_part(def, def->shared_trunk ? def->num_hidden : 0, 1, part, offset);
  }
  net->size = offset;
}

// ---- parts with memory ----

// the cell, then what a part without memory has
static void describe_graph(const co_network_def *def, int p, co_graph_node_def node[]) {
  bool actor = p == CO_ACTOR;
  co_tensor_facts facts = {.part = actor ? CO_PART_ACTOR : CO_PART_CRITIC,
                           .layer = CO_LAYER_MEMORY,
                           .rows_are = actor ? CO_FACES_OBSERVATION : input_of_critic(def)};
  node[CO_NODE_MEMORY] = (co_graph_node_def){.kind = CO_GRAPH_CELL,
                                             .in = {CO_GRAPH_INPUT},
                                             .facts = facts,
                                             .cell = def->memory.cell,
                                             .forget_bias = 1,
                                             .width = def->memory.width};
  facts.layer = CO_LAYER_TRUNK;
  node[CO_NODE_RUN] = (co_graph_node_def){.kind = CO_GRAPH_RUN,
                                          .in = {CO_NODE_MEMORY},
                                          .facts = facts,
                                          .num_layers = def->num_hidden + 1,
                                          .last = actor ? CO_LAYER_MEAN : CO_LAYER_VALUE,
                                          .layer_norm = def->layer_norm};
  co_graph_node_def *run = &node[CO_NODE_RUN];
  memcpy(run->layer, def->hidden, (size_t)def->num_hidden * sizeof *run->layer);
  run->layer[def->num_hidden] = actor ? def->act_dim : 1;
  for (int l = 0; l < def->num_hidden; l++) run->activation[l] = co_network_activation(def, l);
}

static co_status place_graph(co_network *net, int p, size_t offset, int first_tensor) {
  co_graph_node_def node[CO_PART_NODES];
  co_part *part = &net->part[p];
  part->in = inputs_of(&net->def, p);
  part->graph = co_arena_alloc(&net->graphs, 1, sizeof *part->graph);
  if (!part->graph) return CO_MEMORY;
  describe_graph(&net->def, p, node);
  CO_TRY(co_graph_place(&net->graphs, part->in, node, CO_PART_NODES, offset, first_tensor,
                        part->graph));
  memcpy(part->layer, part->graph->node[CO_NODE_RUN].layer,
         (size_t)net->num_layers * sizeof *part->layer);
  return CO_OK;
}

// the actor, the spread, the critic, as without memory; rows of fresh values are those of the list
static co_status place_graphs(co_network *net) {
  CO_TRY(place_graph(net, CO_ACTOR, 0, 0));
  const co_graph *actor = net->part[CO_ACTOR].graph;
  size_t end = place_spread(net, actor->size);
  CO_TRY(place_graph(net, CO_CRITIC, end, actor->num_tensors + 1));
  net->size = end + net->part[CO_CRITIC].graph->size;
  return CO_OK;
}

// ---- tensors ----

static int tensors_per_hidden(const co_network_def *def) {
  return def->layer_norm ? 4 : 2;
}

// The row of the stream that a weight's fresh values come from: how many tensors a network has
// before it, counted from the observation on, the actor's first. A fact of the definition, so that
// a list may hold the tensors in any order. A residual network is added to networks of any kind:
// its rows are behind those of all, and its last layer begins with zeros.
static int init_row(const co_network_def *def, const co_tensor_facts *facts) {
  enum { RESIDUAL_ROW = 1 << 16 };
  if (facts->layer == CO_LAYER_RESIDUAL)
    return facts->cols_are == CO_FACES_ACTION ? -1 : RESIDUAL_ROW + facts->depth;
  bool shares = facts->part == CO_PART_CRITIC && def->shared_trunk;
  int own = shares ? 0 : def->num_hidden * tensors_per_hidden(def);
  int row = facts->layer == CO_LAYER_TRUNK ? facts->depth * tensors_per_hidden(def) : own;
  if (facts->layer == CO_LAYER_SPREAD) row += 2;  // behind weight and bias of the mean
  if (facts->part == CO_PART_ACTOR) return row;
  int spread = def->head == CO_HEAD_GAUSSIAN ? 1 : 3;
  int actor = def->num_hidden * tensors_per_hidden(def) + 2 + spread;
  return actor + facts->member * (own + 2) + row;
}

static void add_tensor(co_network *net, const co_tensor_facts *facts, int cols, size_t offset) {
  net->tensor[net->num_tensors++] =
      co_tensor_view(facts, CO_F32, 1, cols, co_row_stride(cols), net->block + offset);
}

// `facts` are those of the layer's weight
static void add_layer(co_network *net, co_tensor_facts facts, co_dense *layer) {
  layer->tensor = net->num_tensors;
  facts.init_row = init_row(&net->def, &facts);
  net->num_tensors += co_dense_tensors(layer, &facts, net->block, net->tensor + net->num_tensors);
}

// `facts` are those of the output's weight, but for its rows
static void add_output(co_network *net, co_tensor_facts facts, co_tensor_axis input,
                       co_dense *layer) {
  facts.rows_are = net->def.num_hidden > 0 ? CO_FACES_HIDDEN : input;
  add_layer(net, facts, layer);
}

// the hidden layers from `first` on; those below are others' and have tensors already
static void add_trunk(co_network *net, int first, co_tensor_facts facts, co_tensor_axis input,
                      co_part *part) {
  facts.layer = CO_LAYER_TRUNK;
  facts.cols_are = CO_FACES_HIDDEN;
  for (int l = first; l < net->def.num_hidden; l++) {
    facts.depth = l;
    facts.rows_are = l > 0 ? CO_FACES_HIDDEN : input;
    add_layer(net, facts, &part->layer[l]);
  }
}

static void add_log_std(co_network *net) {
  const co_tensor_facts facts = {
      .part = CO_PART_ACTOR, .role = CO_TENSOR_SPREAD, .cols_are = CO_FACES_ACTION, .init_row = -1};
  add_tensor(net, &facts, net->def.act_dim, net->log_std);
}

static void add_residual(co_network *net) {
  co_tensor_facts facts = {.part = CO_PART_ACTOR, .layer = CO_LAYER_RESIDUAL};
  for (int l = 0; l < net->num_residual; l++) {
    facts.depth = l;
    facts.rows_are = l > 0 ? CO_FACES_HIDDEN : CO_FACES_OBSERVATION;
    facts.cols_are = l < net->num_residual - 1 ? CO_FACES_HIDDEN : CO_FACES_ACTION;
    add_layer(net, facts, &net->part[CO_ACTOR].layer[net->num_layers + l]);
  }
}

static void add_actor(co_network *net) {
  const co_tensor_axis input = CO_FACES_OBSERVATION;
  co_part *part = &net->part[CO_ACTOR];
  co_tensor_facts facts = {.part = CO_PART_ACTOR};
  add_trunk(net, 0, facts, input, part);
  facts.cols_are = CO_FACES_ACTION;
  facts.layer = CO_LAYER_MEAN;
  add_output(net, facts, input, &part->layer[net->num_layers - 1]);
  add_residual(net);
  if (net->def.head == CO_HEAD_GAUSSIAN) {
    add_log_std(net);
    return;
  }
  facts.layer = CO_LAYER_SPREAD;
  add_output(net, facts, input, &net->log_std_head);
  const co_tensor_facts temperature = {
      .part = CO_PART_ACTOR, .role = CO_TENSOR_TEMPERATURE, .init_row = -1};
  add_tensor(net, &temperature, 1, net->log_alpha);
}

static void add_critic(co_network *net, int p) {
  const co_tensor_axis input = input_of_critic(&net->def);
  co_part *part = &net->part[p];
  co_tensor_facts facts = {.part = CO_PART_CRITIC, .member = p - CO_CRITIC};
  int first = net->def.shared_trunk ? net->def.num_hidden : 0;
  for (int l = 0; l < first; l++) part->layer[l].tensor = net->part[CO_ACTOR].layer[l].tensor;
  add_trunk(net, first, facts, input, part);
  facts.layer = CO_LAYER_VALUE;
  facts.cols_are = CO_FACES_VALUE;
  add_output(net, facts, input, &part->layer[net->num_layers - 1]);
}

static void add_graph(co_network *net, int p) {
  co_graph_attach(net->part[p].graph, net->block, net->tensor);
  net->num_tensors += net->part[p].graph->num_tensors;
}

static void add_tensors(co_network *net) {
  if (net->def.memory.width > 0) {
    add_graph(net, CO_ACTOR);
    add_log_std(net);
    add_graph(net, CO_CRITIC);
    return;
  }
  add_actor(net);
  for (int p = CO_CRITIC; p < net->num_parts; p++) add_critic(net, p);
}

static co_status check_def(const co_network_def *def) {
  assert(def->obs_dim > 0 && def->act_dim > 0);
  assert(!def->shared_trunk || (def->head == CO_HEAD_GAUSSIAN && def->num_hidden > 0));
  assert(def->num_critics >= 0 && def->num_critics <= CO_MAX_CRITICS);
  assert(def->memory.width >= 0 && def->memory.width <= CO_MAX_WIDTH);
  assert(!def->memory.width || (def->head == CO_HEAD_GAUSSIAN && !def->shared_trunk));
  assert(def->num_privileged >= 0);
  assert(!def->num_privileged || (def->head == CO_HEAD_GAUSSIAN && !def->shared_trunk));
  assert(def->num_hidden >= 0 && def->num_hidden <= CO_MAX_HIDDEN);
  assert(def->num_activations == 0 || def->num_activations == def->num_hidden);
  for (int i = 0; i < def->num_hidden; i++) {
    assert(def->hidden[i] > 0 && def->hidden[i] <= CO_MAX_WIDTH);
  }
  assert(!def->residual.num_hidden || co_network_takes_residual(def));
  for (int i = 0; i < def->residual.num_hidden; i++)
    assert(def->residual.hidden[i] > 0 && def->residual.hidden[i] <= CO_MAX_WIDTH);
  if (def->obs_dim > CO_MAX_OBS || def->act_dim > CO_MAX_WIDTH)
    return co_fail(CO_CONFIG,
                   "a network takes at most %d observation and %d action elements, not %d and %d",
                   CO_MAX_OBS, CO_MAX_WIDTH, def->obs_dim, def->act_dim);
  if (def->obs_dim + def->num_privileged > CO_MAX_OBS)
    return co_fail(CO_CONFIG,
                   "a critic takes at most %d numbers, not %d of the observation and %d "
                   "privileged ones",
                   CO_MAX_OBS, def->obs_dim, def->num_privileged);
  return CO_OK;
}

static co_status create(co_network *net) {
  net->part = co_alloc((size_t)net->num_parts, sizeof *net->part);
  if (!net->part) return CO_MEMORY;
  if (net->def.memory.width > 0) {
    CO_TRY(place_graphs(net));
  } else {
    place_parts(net);
  }
  net->block = co_alloc_aligned(net->size, sizeof *net->block);
  // four of each layer, of memory too, and three of the spread at most; of a residual network two
  int most = 4 * net->num_parts * (net->num_layers + 1) + 3 + 2 * net->num_residual;
  net->tensor = co_alloc((size_t)most, sizeof *net->tensor);
  if (!net->block || !net->tensor) return CO_MEMORY;
  add_tensors(net);
  return CO_OK;
}

co_status co_network_create(const co_network_def *def, co_network *out) {
  CO_TRY(check_def(def));
  int residual = def->residual.num_hidden;
  co_network net = {.def = *def,
                    .num_layers = def->num_hidden + 1,
                    .num_residual = residual ? residual + 1 : 0,
                    .num_parts = CO_CRITIC + co_network_critics(def)};
  co_status status = create(&net);
  if (status != CO_OK) {
    co_network_free(&net);
    return status;
  }
  *out = net;
  return CO_OK;
}

void co_network_draw_tensor(const co_network *net, const co_stream *stream, int index, float *out) {
  assert(index >= 0 && index < net->num_tensors);
  co_tensor tensor = net->tensor[index];
  tensor.data = out;
  if (tensor.facts.layer != CO_LAYER_MEMORY) {
    co_tensor_init(&tensor, stream);
    return;
  }
  int part = tensor.facts.part == CO_PART_ACTOR ? CO_ACTOR : CO_CRITIC;
  const co_graph_node *memory = &net->part[part].graph->node[CO_NODE_MEMORY];
  co_recurrent_init(&memory->cell.def, stream, &tensor);
}

void co_network_init_tensor(co_network *net, const co_stream *stream, int index) {
  co_network_draw_tensor(net, stream, index, net->tensor[index].data);
}

void co_network_init(co_network *net, const co_stream *stream) {
  assert(net->block && net->tensor && stream);
  for (int i = 0; i < net->num_tensors; i++) co_network_init_tensor(net, stream, i);
}

co_mlp co_mlp_view(const co_kernels *kernels, const co_network *net, const co_dense *layers) {
  co_activation activation[CO_MAX_HIDDEN];
  for (int l = 0; l < net->def.num_hidden; l++) activation[l] = co_network_activation(&net->def, l);
  co_mlp mlp = co_mlp_of_layers(kernels, net->block, layers, net->num_layers, activation);
  // critics have no layers behind their own
  if (net->num_residual && layers[net->num_layers].out)
    co_mlp_put_residual(&mlp, net->block, net->num_residual, net->def.residual.activation,
                        net->def.residual.scale);
  return mlp;
}

double co_network_stepped(const co_network *net) {
  double numbers = 0;
  for (int t = 0; t < net->num_tensors; t++)
    numbers += (double)net->tensor[t].rows * (double)co_padded(net->tensor[t].cols);
  return numbers;
}

void co_network_free(co_network *net) {
  free(net->part);
  free(net->block);
  free(net->tensor);
  co_arena_free(&net->graphs);
  *net = (co_network){0};
}
