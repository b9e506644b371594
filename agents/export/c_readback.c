#include "agents/export/c_readback.h"

#include "agents/export/private/parts.h"
#include "agents/export/readback.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where the numbers of an array begin; NULL: there is no such array of so many.
static const char *find(const char *text, const char *type, const char *name, int count) {
  char head[128];
  snprintf(head, sizeof head, "static const %s %s[%d] = {", type, name, count);
  const char *at = strstr(text, head);
  return at ? at + strlen(head) : NULL;
}

// The next number of a list; what separates them is no part of one.
static bool next(const char **at, double *value) {
  char *end;
  *at += strspn(*at, "f, \n");
  *value = strtod(*at, &end);
  bool is_number = end != *at;
  *at = end;
  return is_number;
}

static co_status fail_array(const char *name) {
  return co_fail(CO_INTERNAL, "export: array %s of the source is not what was written", name);
}

static co_status read_matrix(const char *text, const char *name, const char *end, int rows,
                             int cols, int stride, float *to) {
  char full[64];
  double value;
  snprintf(full, sizeof full, "%s_%s", name, end);
  const char *at = find(text, "float", full, rows * cols);
  for (int r = 0; at && r < rows; r++)
    for (int c = 0; c < cols; c++) {
      if (!next(&at, &value)) return fail_array(full);
      to[(ptrdiff_t)r * stride + c] = (float)value;
    }
  return at ? CO_OK : fail_array(full);
}

static co_status read_dense(const char *text, const char *name, const co_dense *layer, bool bias,
                            float *block) {
  CO_TRY(read_matrix(text, name, "weight", layer->in, layer->out, layer->out_stride,
                     block + layer->weight));
  if (!bias) return CO_OK;
  return read_matrix(text, name, "bias", 1, layer->out, 0, block + layer->bias);
}

static co_status read_layer(const char *text, int index, const co_dense *layer, float *block) {
  char name[32];
  snprintf(name, sizeof name, "layer_%d", index);
  CO_TRY(read_dense(text, name, layer, true, block));
  if (!layer->norm) return CO_OK;
  float *gain = block + layer->norm;
  CO_TRY(read_matrix(text, name, "gain", 1, layer->out, 0, gain));
  return read_matrix(text, name, "offset", 1, layer->out, 0, gain + layer->out_stride);
}

static co_status read_weights(const char *text, const co_parts *parts, float *block) {
  const co_recurrent *memory = parts->memory;
  if (memory) {
    CO_TRY(read_dense(text, "memory", &memory->input, true, block));
    CO_TRY(read_dense(text, "recurrent", &memory->recurrent, memory->def.cell == CO_GRU, block));
  }
  for (int l = 0; l < parts->num_layers + parts->num_residual; l++)
    CO_TRY(read_layer(text, l, &parts->layer[l], block));
  return CO_OK;
}

static co_status check_normaliser(const char *text, const co_parts *parts) {
  const co_normalizer *norm = &parts->policy->obs_norm;
  if (!parts->normalises) return CO_OK;
  const char *mean = find(text, "double", "mean", norm->dim);
  const char *factor = find(text, "double", "factor", norm->dim);
  double value;
  for (int i = 0; mean && factor && i < norm->dim; i++) {
    if (!next(&mean, &value) || value != norm->mean[i]) return fail_array("mean");
    if (!next(&factor, &value) || value != co_parts_factor(parts, i)) return fail_array("factor");
  }
  return mean && factor ? CO_OK : fail_array("mean");
}

// Weights that the text does not say act as zeros.
static void forget_actor(const co_parts *parts, float *block) {
  for (int l = 0; l < parts->num_layers + parts->num_residual; l++) {
    const co_dense *layer = &parts->layer[l];
    memset(block + layer->weight, 0, (size_t)layer->in * (size_t)layer->out_stride * sizeof *block);
  }
}

co_status co_export_c_difference(const co_policy *policy, const co_buf *source, double *max_abs) {
  co_policy *back;
  CO_TRY(co_policy_copy(policy, &back));
  co_parts parts = co_parts_of(back);
  forget_actor(&parts, back->net.block);
  co_status status = check_normaliser(source->data, &parts);
  if (status == CO_OK) status = read_weights(source->data, &parts, back->net.block);
  if (status == CO_OK) status = co_export_difference(policy, back, max_abs);
  co_policy_free(back);
  return status;
}
