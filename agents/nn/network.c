#include "agents/nn/network.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const co_head_names[] = {"gaussian", "squashed", NULL};

static int padded(int count) {
  return (count + CO_LANES - 1) / CO_LANES * CO_LANES;
}

// ---- places in the block ----

static size_t place_layer(int in, int out, co_dense *layer, size_t offset) {
  *layer = (co_dense){.in = in, .out = out, .out_stride = padded(out), .weight = offset};
  layer->bias = offset + (size_t)in * (size_t)layer->out_stride;
  return layer->bias + (size_t)layer->out_stride;
}

static size_t place_norm(co_dense *layer, size_t offset) {
  layer->norm = offset;
  return offset + 2 * (size_t)layer->out_stride;
}

// gives the layers of a part from `first` on their places from `offset` on; returns the end
static size_t place_part(const co_network_def *def, int first, int out, co_part *part,
                         size_t offset) {
  for (int l = first; l <= def->num_hidden; l++) {
    bool hidden = l < def->num_hidden;
    int in = l > 0 ? def->hidden[l - 1] : part->in;
    offset = place_layer(in, hidden ? def->hidden[l] : out, &part->layer[l], offset);
    if (hidden && def->layer_norm) offset = place_norm(&part->layer[l], offset);
  }
  return offset;
}

// what stands behind the actor's mean
static size_t place_spread(co_network *net, size_t offset) {
  const co_network_def *def = &net->def;
  if (def->head == CO_HEAD_GAUSSIAN) {
    net->log_std = offset;
    return offset + (size_t)padded(def->act_dim);
  }
  int in = def->num_hidden > 0 ? def->hidden[def->num_hidden - 1] : def->obs_dim;
  net->log_alpha = place_layer(in, def->act_dim, &net->log_std_head, offset);
  return net->log_alpha + CO_LANES;
}

static void place_parts(co_network *net) {
  const co_network_def *def = &net->def;
  net->num_parts = def->head == CO_HEAD_GAUSSIAN ? CO_CRITIC + 1 : CO_CRITIC_TWIN + 1;
  net->part[CO_ACTOR] = (co_part){.name = "actor", .in = def->obs_dim};
  size_t offset = place_part(def, 0, def->act_dim, &net->part[CO_ACTOR], 0);
  offset = place_spread(net, offset);
  for (int p = CO_CRITIC; p < net->num_parts; p++) {
    int action = def->head == CO_HEAD_SQUASHED ? def->act_dim : 0;
    co_part *part = &net->part[p];
    if (def->shared_trunk) *part = net->part[CO_ACTOR];
    part->in = def->obs_dim + action;
    snprintf(part->name, sizeof part->name, "critic.%d", p - CO_CRITIC);
    offset = place_part(def, def->shared_trunk ? def->num_hidden : 0, 1, part, offset);
  }
  net->size = offset;
}

// ---- tensors ----

static void add_tensor(co_network *net, const char *name, int rows, int cols, size_t offset) {
  co_tensor *tensor = &net->tensor[net->num_tensors++];
  *tensor = (co_tensor){.dtype = CO_F32,
                        .rows = rows,
                        .cols = cols,
                        .stride = padded(cols),
                        .data = net->block + offset};
  snprintf(tensor->name, sizeof tensor->name, "%s", name);
}

static void name_layer(co_network *net, co_dense *layer, const char *part, const char *name) {
  char text[CO_NAME];
  layer->tensor = net->num_tensors;
  snprintf(text, sizeof text, "%s.%s.weight", part, name);
  add_tensor(net, text, layer->in, layer->out, layer->weight);
  snprintf(text, sizeof text, "%s.%s.bias", part, name);
  add_tensor(net, text, 1, layer->out, layer->bias);
  if (!layer->norm) return;
  snprintf(text, sizeof text, "%s.%s.norm.weight", part, name);
  add_tensor(net, text, 1, layer->out, layer->norm);
  snprintf(text, sizeof text, "%s.%s.norm.bias", part, name);
  add_tensor(net, text, 1, layer->out, layer->norm + (size_t)layer->out_stride);
}

int co_dense_tensors_end(const co_dense *layer) {
  return layer->tensor + (layer->norm ? 4 : 2);
}

// trunk.0, trunk.1, ..., then the head; layers below `first` are others' and have names already
static void name_part(co_network *net, int first, co_part *part, const char *head) {
  for (int l = first; l < net->num_layers; l++) {
    char name[32];
    snprintf(name, sizeof name, "trunk.%d", l);
    name_layer(net, &part->layer[l], part->name, l < net->num_layers - 1 ? name : head);
  }
}

static void name_tensors(co_network *net) {
  const co_part *actor = &net->part[CO_ACTOR];
  name_part(net, 0, &net->part[CO_ACTOR], "mean");
  if (net->def.head == CO_HEAD_GAUSSIAN) {
    add_tensor(net, "actor.log_std", 1, net->def.act_dim, net->log_std);
  } else {
    name_layer(net, &net->log_std_head, "actor", "log_std");
    add_tensor(net, "actor.log_alpha", 1, 1, net->log_alpha);
  }
  for (int p = CO_CRITIC; p < net->num_parts; p++) {
    int first = net->def.shared_trunk ? net->def.num_hidden : 0;
    for (int l = 0; l < first; l++) net->part[p].layer[l].tensor = actor->layer[l].tensor;
    name_part(net, first, &net->part[p], "value");
  }
}

static co_status check_def(const co_network_def *def) {
  assert(def->obs_dim > 0 && def->act_dim > 0);
  assert(!def->shared_trunk || (def->head == CO_HEAD_GAUSSIAN && def->num_hidden > 0));
  assert(def->num_hidden >= 0 && def->num_hidden <= CO_MAX_HIDDEN);
  for (int i = 0; i < def->num_hidden; i++) {
    assert(def->hidden[i] > 0 && def->hidden[i] <= CO_MAX_WIDTH);
  }
  if (def->obs_dim <= CO_MAX_OBS && def->act_dim <= CO_MAX_WIDTH) return CO_OK;
  return co_fail(CO_CONFIG,
                 "a network takes at most %d observation and %d action elements, not %d and %d",
                 CO_MAX_OBS, CO_MAX_WIDTH, def->obs_dim, def->act_dim);
}

co_status co_network_create(const co_network_def *def, co_network *out) {
  CO_TRY(check_def(def));
  co_network net = {.def = *def, .num_layers = def->num_hidden + 1};
  place_parts(&net);
  net.block = aligned_alloc(64, net.size * sizeof *net.block);
  // four of each layer, and three of the spread at most
  net.tensor = calloc((size_t)(4 * net.num_parts * net.num_layers + 3), sizeof *net.tensor);
  if (!net.block || !net.tensor) {
    co_network_free(&net);
    return co_fail(CO_MEMORY, "out of memory for a network of %zu numbers", net.size);
  }
  memset(net.block, 0, net.size * sizeof *net.block);
  name_tensors(&net);
  *out = net;
  return CO_OK;
}

void co_network_free(co_network *net) {
  free(net->block);
  free(net->tensor);
  *net = (co_network){0};
}
