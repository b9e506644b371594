#include "agents/network.h"

#include "agents/mlp.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const co_activation_names[] = {"tanh", "relu", NULL};

static int padded(int count) {
  return (count + CO_LANES - 1) / CO_LANES * CO_LANES;
}

// gives the layers of one network their places from `offset` on; returns the end
static size_t place_layers(const co_network_def *def, int out, co_dense *layer, size_t offset) {
  int in = def->obs_dim;
  for (int l = 0; l <= def->num_hidden; l++) {
    int width = l < def->num_hidden ? def->hidden[l] : out;
    layer[l] = (co_dense){.in = in, .out = width, .out_stride = padded(width), .weight = offset};
    layer[l].bias = offset + (size_t)in * (size_t)layer[l].out_stride;
    offset = layer[l].bias + (size_t)layer[l].out_stride;
    in = width;
  }
  return offset;
}

static void add_tensor(co_network *net, const char *name, int rows, int cols, size_t offset) {
  co_tensor *tensor = &net->tensor[net->num_tensors++];
  *tensor = (co_tensor){.dtype = CO_F32,
                        .rows = rows,
                        .cols = cols,
                        .stride = padded(cols),
                        .data = net->block + offset};
  snprintf(tensor->name, sizeof tensor->name, "%s", name);
}

// trunk.0, trunk.1, ..., then the head
static void name_layers(co_network *net, const co_dense *layer, const char *prefix,
                        const char *head) {
  for (int l = 0; l < net->num_layers; l++) {
    char name[CO_NAME], part[32];
    snprintf(part, sizeof part, "trunk.%d", l);
    if (l == net->num_layers - 1) snprintf(part, sizeof part, "%s", head);
    snprintf(name, sizeof name, "%s.%s.weight", prefix, part);
    add_tensor(net, name, layer[l].in, layer[l].out, layer[l].weight);
    snprintf(name, sizeof name, "%s.%s.bias", prefix, part);
    add_tensor(net, name, 1, layer[l].out, layer[l].bias);
  }
}

static co_status check_def(const co_network_def *def) {
  assert(def->obs_dim > 0 && def->act_dim > 0);
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
  net.log_std = place_layers(def, def->act_dim, net.actor, 0);
  net.size = place_layers(def, 1, net.critic, net.log_std + (size_t)padded(def->act_dim));
  net.block = aligned_alloc(64, net.size * sizeof *net.block);
  net.tensor = calloc((size_t)(4 * net.num_layers + 1), sizeof *net.tensor);
  if (!net.block || !net.tensor) {
    co_network_free(&net);
    return co_fail(CO_MEMORY, "out of memory for a network of %zu numbers", net.size);
  }
  memset(net.block, 0, net.size * sizeof *net.block);
  name_layers(&net, net.actor, "actor", "mean");
  add_tensor(&net, "actor.log_std", 1, def->act_dim, net.log_std);
  name_layers(&net, net.critic, "critic.0", "value");
  *out = net;
  return CO_OK;
}

void co_network_free(co_network *net) {
  free(net->block);
  free(net->tensor);
  *net = (co_network){0};
}

// rows of one visit of co_network_forward, whose scratch lies on the stack
enum { VISIT = 8 };

// out (rows x layer->out), compact, of one block of at most VISIT rows
static void forward_visit(const co_network *net, const co_dense *layer, const float *obs, int rows,
                          float *out) {
  _Alignas(64) float scratch[2][VISIT * CO_MAX_WIDTH];
  float *output[CO_MAX_HIDDEN + 1];
  for (int l = 0; l < net->num_layers; l++) output[l] = scratch[l % 2];
  co_mlp mlp = co_mlp_view(co_kernels_get(), net, layer);
  co_mlp_forward(&mlp, obs, net->def.obs_dim, rows, output);
  const co_dense *last = &layer[net->num_layers - 1];
  const float *y = output[net->num_layers - 1];
  for (int row = 0; row < rows; row++) {
    memcpy(out + row * last->out, y + row * last->out_stride, (size_t)last->out * sizeof *out);
  }
}

void co_network_forward(const co_network *net, const float *obs, int rows, float *mean,
                        float *value) {
  for (int row = 0; row < rows; row += VISIT) {
    int count = rows - row < VISIT ? rows - row : VISIT;
    const float *x = obs + (ptrdiff_t)row * net->def.obs_dim;
    if (mean) forward_visit(net, net->actor, x, count, mean + (ptrdiff_t)row * net->def.act_dim);
    if (value) forward_visit(net, net->critic, x, count, value + row);
  }
}
