#include "agents/nn/network.h"
#include "agents/nn/tensor_init.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double gain_of(co_tensor_layer layer) {
  if (layer == CO_LAYER_MEAN || layer == CO_LAYER_SPREAD) return 0.01;
  return layer == CO_LAYER_VALUE ? 1 : sqrt(2);
}

void co_network_init_tensor(co_network *net, const co_stream *stream, int tensor) {
  assert(tensor >= 0 && tensor < net->num_tensors);
  const co_tensor *t = &net->tensor[tensor];
  memset(t->data, 0, (size_t)t->rows * (size_t)t->stride * sizeof(float));
  if (t->facts.role == CO_TENSOR_GAIN)
    for (int i = 0; i < t->cols; i++) ((float *)t->data)[i] = 1;
  if (t->facts.init_row < 0) return;  // biases, log_std, log_alpha start at 0
  co_tensor_init_orthogonal(t, gain_of(t->facts.layer), stream);
}

void co_network_init(co_network *net, const co_stream *stream) {
  assert(net->block && net->tensor && stream);
  for (int i = 0; i < net->num_tensors; i++) co_network_init_tensor(net, stream, i);
}
