#include "agents/nn/dormant.h"

#include "agents/nn/tensor_init.h"

#include <math.h>

co_hidden_layer co_hidden_layer_of(const co_network *net, int part, int layer) {
  const co_dense *layers = net->part[part].layer;
  bool last = layer == net->num_layers - 2;
  co_hidden_layer hidden = {&layers[layer], {&layers[layer + 1]}};
  if (last && part == CO_ACTOR && net->def.head == CO_HEAD_SQUASHED)
    hidden.above[1] = &net->log_std_head;
  if (last && part == CO_ACTOR && net->def.shared_trunk)
    hidden.above[1] = &net->part[CO_CRITIC].layer[layer + 1];
  return hidden;
}

// How many layers read it.
static int readers(const co_hidden_layer *layer) {
  return layer->above[1] ? 2 : 1;
}

bool co_hidden_layer_renews(const co_adam *adam, const co_hidden_layer *layer, int64_t update) {
  bool renews = true;
  for (int t = layer->layer->tensor; t < co_dense_tensors_end(layer->layer); t++)
    renews = renews && co_adam_renews(adam, t, update);
  for (int i = 0; i < readers(layer); i++)
    renews = renews && co_adam_renews(adam, layer->above[i]->tensor, update);
  return renews;
}

void co_hidden_layer_add(const co_dense *layer, const float *output, int rows, double *activity) {
  for (int r = 0; r < rows; r++)
    for (int u = 0; u < layer->out; u++)
      activity[u] += fabs((double)output[(ptrdiff_t)r * layer->out_stride + u]);
}

static void renew_unit(co_adam *adam, const co_hidden_layer *hidden, int unit, co_rng *rng) {
  static const float one = 1;
  float incoming[CO_MAX_OBS + CO_MAX_WIDTH];
  const co_dense *layer = hidden->layer;
  co_tensor_draw_column(&adam->net->tensor[layer->tensor], rng, incoming);
  co_adam_renew(adam, layer->tensor, &(co_adam_area){0, layer->in, unit, 1}, incoming);
  for (int t = layer->tensor + 1; t < co_dense_tensors_end(layer); t++) {
    bool gain = adam->net->tensor[t].facts.role == CO_TENSOR_GAIN;
    co_adam_renew(adam, t, &(co_adam_area){0, 1, unit, 1}, gain ? &one : NULL);
  }
  for (int i = 0; i < readers(hidden); i++)
    co_adam_renew(adam, hidden->above[i]->tensor,
                  &(co_adam_area){unit, 1, 0, hidden->above[i]->out}, NULL);
}

int co_hidden_layer_renew(co_adam *adam, const co_hidden_layer *layer, const double *activity,
                          double threshold, co_rng *rng) {
  double mean = 0;
  int renewed = 0, units = layer->layer->out;
  for (int u = 0; u < units; u++) mean += activity[u] / units;
  for (int u = 0; u < units; u++) {
    if (activity[u] > threshold * mean) continue;
    renew_unit(adam, layer, u, rng);
    renewed++;
  }
  return renewed;
}

co_rng co_hidden_layer_draws(const co_adam *adam, const co_hidden_layer *layer,
                             const co_stream *stream, int64_t event) {
  co_stream named = *stream;
  named.purpose = CO_PURPOSE_REDO;
  int row = adam->net->tensor[layer->layer->tensor].facts.init_row;
  co_rng rng = co_rng_make(&named, (uint32_t)row);
  co_rng_seek(&rng, (uint64_t)event << 32);
  return rng;
}
