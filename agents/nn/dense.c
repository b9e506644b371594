#include "agents/nn/dense.h"

#include <assert.h>

size_t co_dense_place(int in, int out, size_t offset, co_dense *layer) {
  *layer = (co_dense){.in = in, .out = out, .out_stride = co_row_stride(out), .weight = offset};
  layer->bias = offset + (size_t)in * (size_t)layer->out_stride;
  return layer->bias + (size_t)layer->out_stride;
}

size_t co_dense_place_norm(co_dense *layer, size_t offset) {
  assert(offset > 0);
  layer->norm = offset;
  return offset + 2 * (size_t)layer->out_stride;
}

static co_tensor view(const co_dense *layer, const co_tensor_facts *facts, int rows, float *data) {
  return co_tensor_view(facts, CO_F32, rows, layer->out, layer->out_stride, data);
}

int co_dense_tensors(const co_dense *layer, const co_tensor_facts *facts, float *block,
                     co_tensor out[CO_DENSE_TENSORS]) {
  co_tensor_facts own = *facts;
  own.role = CO_TENSOR_WEIGHT;
  out[0] = view(layer, &own, layer->in, block + layer->weight);
  own.rows_are = CO_FACES_NOTHING;
  own.init_row = -1;
  own.role = CO_TENSOR_BIAS;
  out[1] = view(layer, &own, 1, block + layer->bias);
  if (!layer->norm) return 2;
  own.role = CO_TENSOR_GAIN;
  out[2] = view(layer, &own, 1, block + layer->norm);
  own.role = CO_TENSOR_OFFSET;
  out[3] = view(layer, &own, 1, block + layer->norm + (size_t)layer->out_stride);
  return 4;
}

int co_dense_tensors_end(const co_dense *layer) {
  return layer->tensor + (layer->norm ? 4 : 2);
}
