#include "agents/nn/mlp.h"
#include "agents/nn/network.h"

#include <assert.h>
#include <string.h>

// rows of one visit of co_network_forward, whose scratch lies on the stack
enum { VISIT = 8 };

// out (rows x layer->out), compact, of one block of at most VISIT rows
static void forward_visit(const co_network *net, const co_dense *layer, const float *obs, int rows,
                          float *out) {
  _Alignas(64) float scratch[2][VISIT * CO_MAX_WIDTH];
  float *output[CO_MAX_LAYERS];
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
  assert(!value || net->def.head == CO_HEAD_GAUSSIAN);
  const co_dense *actor = net->part[CO_ACTOR].layer, *critic = net->part[CO_CRITIC].layer;
  for (int row = 0; row < rows; row += VISIT) {
    int count = rows - row < VISIT ? rows - row : VISIT;
    const float *x = obs + (ptrdiff_t)row * net->def.obs_dim;
    if (mean) forward_visit(net, actor, x, count, mean + (ptrdiff_t)row * net->def.act_dim);
    if (value) forward_visit(net, critic, x, count, value + row);
  }
}

void co_network_log_std(const co_network *net, const float *obs, int rows, float *log_std) {
  assert(net->def.head == CO_HEAD_SQUASHED);
  co_dense layer[CO_MAX_LAYERS];
  memcpy(layer, net->part[CO_ACTOR].layer, sizeof layer);
  layer[net->num_layers - 1] = net->log_std_head;
  for (int row = 0; row < rows; row += VISIT) {
    int count = rows - row < VISIT ? rows - row : VISIT;
    forward_visit(net, layer, obs + (ptrdiff_t)row * net->def.obs_dim, count,
                  log_std + (ptrdiff_t)row * net->def.act_dim);
  }
}
