#include "agents/export/onnx_graph.h"

#include "agents/export/private/metadata.h"
#include "agents/export/private/parts.h"
#include "agents/import/own.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { OPSET = 13, OPSET_IR = 7, NORM_OPSET = 17, NORM_IR = 8, BATCH = -1 };

typedef struct writer {
  co_parts parts;
  co_onnx_builder build;
} writer;

static const char *node1(writer *w, const char *op, const char *name, const char *x) {
  return co_onnx_add_node(&w->build, op, name, 1, (const char *[]){x});
}

static const char *node2(writer *w, const char *op, const char *name, const char *x,
                         const char *y) {
  return co_onnx_add_node(&w->build, op, name, 2, (const char *[]){x, y});
}

static const char *scalar(writer *w, const char *name, float value) {
  co_onnx_add_numbers(&w->build, name, 0, NULL, &value);
  return name;
}

static const char *vector(writer *w, const char *name, const float *value, int count) {
  co_onnx_add_numbers(&w->build, name, 1, (int64_t[]){count}, value);
  return name;
}

// ---- normaliser

static const char *add_normaliser(writer *w, const char *x) {
  const co_normalizer *norm = &w->parts.policy->obs_norm;
  if (!w->parts.normalises) return x;
  const int64_t size = norm->dim;
  float *mean = co_onnx_add_zeros(&w->build, CO_OWN_MEAN, 1, &size);
  for (int i = 0; mean && i < norm->dim; i++) mean[i] = (float)norm->mean[i];
  float *factor = co_onnx_add_zeros(&w->build, CO_OWN_FACTOR, 1, &size);
  for (int i = 0; factor && i < norm->dim; i++) factor[i] = (float)co_parts_factor(&w->parts, i);
  x = node2(w, "Sub", "centred", x, CO_OWN_MEAN);
  x = node2(w, "Mul", "standardised", x, CO_OWN_FACTOR);
  if (!isfinite(norm->clip)) return x;
  const char *low = scalar(w, "obs_norm.low", -(float)norm->clip);
  const char *high = scalar(w, "obs_norm.high", (float)norm->clip);
  return co_onnx_add_node(&w->build, "Clip", "normalised", 3, (const char *[]){x, low, high});
}

// ---- layers

// (out x in), as its name says in a policy's file.
static void add_weight(writer *w, const char *name, const co_dense *layer) {
  const float *from = co_parts_weight(&w->parts, layer);
  float *to = co_onnx_add_zeros(&w->build, name, 2, (int64_t[]){layer->out, layer->in});
  for (int o = 0; to && o < layer->out; o++)
    for (int i = 0; i < layer->in; i++)
      to[(ptrdiff_t)o * layer->in + i] = from[(ptrdiff_t)i * layer->out_stride + o];
}

static const char *activate(writer *w, int activation, const char *layer, const char *x) {
  static const char *const ops[] = {[CO_TANH] = "Tanh", [CO_RELU] = "Relu", [CO_ELU] = "Elu"};
  const char *name = co_onnx_build_text(&w->build, "%s.active", layer);
  if (activation < 0) return x;
  if (activation != CO_SWISH) return node1(w, ops[activation], name, x);
  const char *gate = node1(w, "Sigmoid", co_onnx_build_text(&w->build, "%s.gate", layer), x);
  return node2(w, "Mul", name, x, gate);
}

static const char *normalise_layer(writer *w, const co_dense *layer, const char *name,
                                   const char *x) {
  enum { GAIN = 2, OFFSET = 3 };
  const co_tensor *tensor = &w->parts.net->tensor[layer->tensor];
  const float *gain = w->parts.net->block + layer->norm;
  vector(w, tensor[GAIN].name, gain, layer->out);
  vector(w, tensor[OFFSET].name, gain + layer->out_stride, layer->out);
  x = co_onnx_add_node(&w->build, "LayerNormalization",
                       co_onnx_build_text(&w->build, "%s.norm", name), 3,
                       (const char *[]){x, tensor[GAIN].name, tensor[OFFSET].name});
  co_onnx_set_whole(&w->build, "axis", -1);
  co_onnx_set_number(&w->build, "epsilon", 1e-5f);
  return x;
}

static const char *add_layer(writer *w, int index, const char *x) {
  const co_dense *layer = &w->parts.layer[index];
  const co_tensor *tensor = &w->parts.net->tensor[layer->tensor];
  const char *name = co_onnx_build_text(&w->build, "layer.%d", index);
  add_weight(w, tensor[0].name, layer);
  vector(w, tensor[1].name, co_parts_bias(&w->parts, layer), layer->out);
  x = co_onnx_add_node(&w->build, "Gemm", name, 3,
                       (const char *[]){x, tensor[0].name, tensor[1].name});
  co_onnx_set_whole(&w->build, "transB", 1);
  if (layer->norm) x = normalise_layer(w, layer, name, x);
  return activate(w, co_parts_activation(&w->parts, index), name, x);
}

static const char *add_layers(writer *w, int first, int end, const char *x) {
  for (int l = first; l < end; l++) x = add_layer(w, l, x);
  return x;
}

static const char *add_residual(writer *w, const char *input, const char *mean) {
  int first = w->parts.num_layers, end = first + w->parts.num_residual;
  if (!w->parts.num_residual) return mean;
  const char *scale = scalar(w, "residual.scale", (float)w->parts.net->def.residual.scale);
  const char *more = add_layers(w, first, end, input);
  return node2(w, "Add", "mean", mean, node2(w, "Mul", "residual", more, scale));
}

// ---- memory

// Rows of a weight or a bias of (gates x width), brought to ONNX's order of gates; column by column
// of ours.
static void put_gates(writer *w, const co_dense *dense, bool bias, float *to) {
  const co_recurrent_def *def = &w->parts.memory->def;
  int width = def->width, cols = bias ? 1 : dense->in;
  const float *from = bias ? co_parts_bias(&w->parts, dense) : co_parts_weight(&w->parts, dense);
  for (int g = 0; g < co_cell_gates(def->cell); g++)
    for (int u = 0; u < width; u++)
      for (int c = 0; c < cols; c++)
        to[((ptrdiff_t)g * width + u) * cols + c] =
            from[(ptrdiff_t)c * dense->out_stride + co_own_gate(def->cell, g) * width + u];
}

static void add_cell_tensors(writer *w) {
  const co_recurrent *memory = w->parts.memory;
  const co_recurrent_def *def = &memory->def;
  int64_t gates = (int64_t)co_cell_gates(def->cell) * def->width;
  float *input =
      co_onnx_add_zeros(&w->build, CO_OWN_CELL_WEIGHT, 3, (int64_t[]){1, gates, def->in});
  if (input) put_gates(w, &memory->input, false, input);
  float *recurrent =
      co_onnx_add_zeros(&w->build, CO_OWN_CELL_RECURRENT, 3, (int64_t[]){1, gates, def->width});
  if (recurrent) put_gates(w, &memory->recurrent, false, recurrent);
  float *bias = co_onnx_add_zeros(&w->build, CO_OWN_CELL_BIAS, 2, (int64_t[]){1, 2 * gates});
  if (bias) put_gates(w, &memory->input, true, bias);
  if (bias && def->cell == CO_GRU) put_gates(w, &memory->recurrent, true, bias + gates);
}

static const char *add_memory(writer *w, const char *x) {
  if (!w->parts.memory) return x;
  const co_recurrent_def *def = &w->parts.memory->def;
  const int64_t state[3] = {1, BATCH, def->width}, first = 0;
  bool lstm = def->cell == CO_LSTM;
  co_onnx_add_input(&w->build, "h_in", 3, state);
  if (lstm) co_onnx_add_input(&w->build, "c_in", 3, state);
  co_onnx_add_wholes(&w->build, "first_axis", 1, (int64_t[]){1}, &first);
  add_cell_tensors(w);
  x = node2(w, "Unsqueeze", "step", x, "first_axis");
  const char *inputs[] = {
      x, CO_OWN_CELL_WEIGHT, CO_OWN_CELL_RECURRENT, CO_OWN_CELL_BIAS, "", "h_in", "c_in"};
  const char *outputs[] = {"memory", "h_out", "c_out"};
  co_onnx_add_node_of(&w->build, lstm ? "LSTM" : "GRU", lstm ? 7 : 6, inputs, lstm ? 3 : 2,
                      outputs);
  co_onnx_set_whole(&w->build, "hidden_size", def->width);
  if (!lstm) co_onnx_set_whole(&w->build, "linear_before_reset", 1);
  return node2(w, "Squeeze", "remembered", "h_out", "first_axis");
}

static void add_state_outputs(writer *w) {
  if (!w->parts.memory) return;
  const int64_t state[3] = {1, BATCH, w->parts.memory->def.width};
  co_onnx_add_output(&w->build, "h_out", 3, state);
  if (w->parts.memory->def.cell == CO_LSTM) co_onnx_add_output(&w->build, "c_out", 3, state);
}

// ---- from outputs to actions

// Numbers of each action's map; NULL where all are `usual`, and there is nothing to do.
static const char *map_vector(writer *w, const char *name, float usual,
                              float (*get)(const co_output_map *)) {
  const co_policy *policy = w->parts.policy;
  int64_t count = policy->contract.num_action;
  bool needed = false;
  for (int i = 0; i < count; i++) needed |= get(&policy->output[i]) != usual;
  if (!needed) return NULL;
  float *to = co_onnx_add_zeros(&w->build, name, 1, &count);
  for (int i = 0; to && i < count; i++) to[i] = get(&policy->output[i]);
  return name;
}

static float half_of(const co_output_map *map) {
  return map->scaled ? (float)map->half : 1;
}
static float mid_of(const co_output_map *map) {
  return map->scaled ? (float)map->mid : 0;
}
static float low_of(const co_output_map *map) {
  return fmaxf(map->low, -FLT_MAX);
}
static float high_of(const co_output_map *map) {
  return fminf(map->high, FLT_MAX);
}

static const char *add_finish(writer *w, const char *x) {
  if (w->parts.squashed) x = node1(w, "Tanh", "squashed", x);
  const char *half = map_vector(w, "action.half", 1, half_of);
  if (half) x = node2(w, "Mul", "scaled", x, half);
  const char *mid = map_vector(w, "action.mid", 0, mid_of);
  if (mid) x = node2(w, "Add", "shifted", x, mid);
  const char *low = map_vector(w, "action.low", -FLT_MAX, low_of);
  if (low) x = node2(w, "Max", "from_low", x, low);
  const char *high = map_vector(w, "action.high", FLT_MAX, high_of);
  if (high) x = node2(w, "Min", "to_high", x, high);
  return node1(w, "Identity", "actions", x);
}

// ---- the whole

static void add_graph(writer *w) {
  const co_network_def *def = &w->parts.net->def;
  co_onnx_add_input(&w->build, "obs", 2, (int64_t[]){BATCH, def->obs_dim});
  const char *input = add_normaliser(w, "obs"), *x = add_memory(w, input);
  x = add_layers(w, 0, w->parts.num_layers, x);
  add_finish(w, add_residual(w, input, x));
  co_onnx_add_output(&w->build, "actions", 2, (int64_t[]){BATCH, def->act_dim});
  add_state_outputs(w);
}

co_status co_export_graph(const co_policy *policy, co_onnx *out) {
  writer w = {.parts = co_parts_of(policy), .build = co_onnx_build("export")};
  add_graph(&w);
  co_export_mjlab(&policy->contract, &w.build);
  co_status status = co_export_own(policy, &w.build);
  if (status != CO_OK) {
    co_onnx_build_drop(&w.build);
    return status;
  }
  bool norm = policy->net.def.layer_norm && policy->net.def.num_hidden > 0;
  w.build.onnx.opset = norm ? NORM_OPSET : OPSET;
  w.build.onnx.ir_version = norm ? NORM_IR : OPSET_IR;
  return co_onnx_build_end(&w.build, out);
}
