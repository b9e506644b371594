#include "agents/nn/network.h"
#include "agents/nn/tensor_init.h"

#include <assert.h>

void co_network_init_tensor(co_network *net, const co_stream *stream, int tensor) {
  assert(tensor >= 0 && tensor < net->num_tensors);
  co_tensor_init(&net->tensor[tensor], stream);
}

void co_network_init(co_network *net, const co_stream *stream) {
  assert(net->block && net->tensor && stream);
  for (int i = 0; i < net->num_tensors; i++) co_network_init_tensor(net, stream, i);
}
