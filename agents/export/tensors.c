#include "agents/export/tensors.h"

#include "agents/export/private/parts.h"
#include "agents/formats/safetensors.h"
#include "core/arena.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TENSORS = 4 * (CO_MAX_LAYERS + 4) };

typedef struct writer {
  co_parts parts;
  co_arena memory;
  co_safetensor tensor[MOST_TENSORS];
  int count;
} writer;

// ---- tensors

// A tensor of zeros for the caller to fill; NULL after a failure.
__attribute__((format(printf, 5, 6))) static void *add(writer *w, co_safetensors_type type,
                                                       size_t rows, size_t cols, const char *format,
                                                       ...) {
  char name[CO_SAFETENSORS_NAME];
  va_list args;
  va_start(args, format);
  vsnprintf(name, sizeof name, format, args);
  va_end(args);
  size_t bytes = rows * (cols ? cols : 1) * co_safetensors_type_bytes[type];
  void *data = co_arena_alloc(&w->memory, bytes, 1);
  const char *kept = co_arena_strdup(&w->memory, name);
  if (!data || !kept || w->count == MOST_TENSORS) return NULL;
  w->tensor[w->count++] = (co_safetensor){.name = kept,
                                          .element = type,
                                          .rank = cols ? 2 : 1,
                                          .shape = {rows, cols},
                                          .data = data,
                                          .bytes = bytes};
  return data;
}

static void put_vector(writer *w, const float *from, int count, const char *name, const char *end) {
  float *to = add(w, CO_SAFETENSORS_F32, (size_t)count, 0, "%s%s", name, end);
  if (to && from) memcpy(to, from, (size_t)count * sizeof *to);
}

// (out x in), of ours (in x out).
static void put_matrix(writer *w, const co_dense *layer, const char *name, const char *end) {
  const float *from = co_parts_weight(&w->parts, layer);
  float *to = add(w, CO_SAFETENSORS_F32, (size_t)layer->out, (size_t)layer->in, "%s%s", name, end);
  for (int o = 0; to && o < layer->out; o++)
    for (int i = 0; i < layer->in; i++)
      to[(ptrdiff_t)o * layer->in + i] = from[(ptrdiff_t)i * layer->out_stride + o];
}

static void put_dense(writer *w, const co_dense *layer, const char *name) {
  put_matrix(w, layer, name, ".weight");
  put_vector(w, co_parts_bias(&w->parts, layer), layer->out, name, ".bias");
}

// ---- the network

// Both biases of an LSTM are one here.
static void put_memory(writer *w) {
  static const char name[] = "memory_a.rnn.";
  const co_recurrent *memory = w->parts.memory;
  bool gru = memory->def.cell == CO_GRU;
  put_matrix(w, &memory->input, name, "weight_ih_l0");
  put_matrix(w, &memory->recurrent, name, "weight_hh_l0");
  put_vector(w, co_parts_bias(&w->parts, &memory->input), memory->input.out, name, "bias_ih_l0");
  put_vector(w, gru ? co_parts_bias(&w->parts, &memory->recurrent) : NULL, memory->recurrent.out,
             name, "bias_hh_l0");
}

static void put_layers(writer *w) {
  const char *first = w->parts.memory     ? "actor"
                      : w->parts.squashed ? "actor.latent_pi"
                                          : "mlp_extractor.policy_net";
  char name[64];
  int module = 0, last = w->parts.num_layers - 1;
  for (int l = 0; l < last; l++) {
    const co_dense *layer = &w->parts.layer[l];
    snprintf(name, sizeof name, "%s.%d", first, module++);
    put_dense(w, layer, name);
    if (layer->norm) {
      const float *gain = w->parts.net->block + layer->norm;
      snprintf(name, sizeof name, "%s.%d", first, module++);
      put_vector(w, gain, layer->out, name, ".weight");
      put_vector(w, gain + layer->out_stride, layer->out, name, ".bias");
    }
    module++;  // its activation
  }
  snprintf(name, sizeof name, "actor.%d", module);
  const char *alone = last > 0 ? "actor.mu" : "actor.mu.0";
  put_dense(w, &w->parts.layer[last],
            w->parts.memory     ? name
            : w->parts.squashed ? alone
                                : "action_net");
}

static void put_spread(writer *w) {
  const co_network *net = w->parts.net;
  if (net->def.head == CO_HEAD_SQUASHED)
    put_dense(w, &net->log_std_head, "actor.log_std");
  else
    put_vector(w, net->block + net->log_std, net->def.act_dim, "log_std", "");
}

static void put_normaliser(writer *w) {
  const co_normalizer *norm = &w->parts.policy->obs_norm;
  size_t dim = (size_t)norm->dim;
  if (!w->parts.normalises) return;
  double *mean = add(w, CO_SAFETENSORS_F64, dim, 0, "obs_rms.mean");
  double *var = add(w, CO_SAFETENSORS_F64, dim, 0, "obs_rms.var");
  double *count = add(w, CO_SAFETENSORS_F64, 1, 0, "obs_rms.count");
  if (mean) memcpy(mean, norm->mean, dim * sizeof *mean);
  if (var) memcpy(var, norm->var, dim * sizeof *var);
  if (count) *count = *norm->count;
}

// The range of another robot, from which the actor came, or that of a tanh.
static void put_range(writer *w) {
  const co_contract *contract = &w->parts.policy->contract;
  const co_output_map *map = w->parts.policy->output;
  size_t dim = (size_t)contract->num_action;
  bool needed = false;
  if (co_parts_says_range(w->parts.policy)) return;
  for (size_t i = 0; i < dim; i++) needed |= map[i].scaled && (map[i].half != 1 || map[i].mid != 0);
  if (!needed) return;
  float *scale = add(w, CO_SAFETENSORS_F32, dim, 0, "action_scale");
  float *bias = add(w, CO_SAFETENSORS_F32, dim, 0, "action_bias");
  for (size_t i = 0; scale && bias && i < dim; i++) {
    scale[i] = map[i].scaled ? (float)map[i].half : 1;
    bias[i] = map[i].scaled ? (float)map[i].mid : 0;
  }
}

// ---- the whole

static co_status check(const writer *w) {
  const co_network_def *def = &w->parts.net->def;
  if (w->parts.num_residual)
    return co_fail(CO_CONFIG,
                   "network.residual: a residual network beside the actor has no names that other "
                   "programs know; --to onnx and --to c write it");
  if (def->num_activations)
    return co_fail(CO_CONFIG,
                   "network.activation: layers with different activations cannot be told by names "
                   "of tensors; --to onnx and --to c write them");
  if (w->parts.memory && w->parts.squashed)
    return co_fail(CO_CONFIG,
                   "output: tanh behind a network with memory has no names that other programs "
                   "know; --to onnx and --to c write it");
  return CO_OK;
}

static co_status write(writer *w, co_buf *out) {
  const co_normalizer *norm = &w->parts.policy->obs_norm;
  char clip[32] = "none", epsilon[32];
  if (isfinite(norm->clip)) snprintf(clip, sizeof clip, "%.17g", norm->clip);
  snprintf(epsilon, sizeof epsilon, "%.17g", norm->epsilon);
  co_metadata metadata[3];
  int count = 0;
  if (w->parts.num_layers > 1)
    metadata[count++] = (co_metadata){
        "activation", co_activation_names[co_network_activation(&w->parts.net->def, 0)]};
  if (w->parts.normalises) {
    metadata[count++] = (co_metadata){"norm_clip", clip};
    metadata[count++] = (co_metadata){"norm_epsilon", epsilon};
  }
  return co_safetensors_write(metadata, count, w->tensor, w->count, out);
}

co_status co_export_tensors(const co_policy *policy, co_buf *out) {
  writer w = {.parts = co_parts_of(policy)};
  CO_TRY(check(&w));
  if (w.parts.memory) put_memory(&w);
  put_layers(&w);
  put_spread(&w);
  put_normaliser(&w);
  put_range(&w);
  co_status status = co_arena_status(&w.memory);
  if (status == CO_OK) status = write(&w, out);
  co_arena_free(&w.memory);
  return status;
}
