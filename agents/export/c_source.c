#include "agents/export/c_source.h"

#include "agents/contract/output.h"
#include "agents/export/private/c_facts.h"
#include "agents/export/private/parts.h"
#include "agents/export/private/pieces.h"
#include "agents/export/private/text_c.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NUMBERS_PER_LINE = 6 };

bool co_export_is_prefix(const char *prefix) {
  if (!*prefix || isdigit((unsigned char)*prefix) || strlen(prefix) >= CO_EXPORT_PREFIX)
    return false;
  for (const char *c = prefix; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '_') return false;
  return true;
}

// ---- arrays

typedef struct numbers {
  co_buf *out;
  int count;
} numbers;

static void begin_floats(co_buf *out, const char *name, int count, numbers *list) {
  co_buf_printf(out, "static const float %s[%d] = {", name, count);
  *list = (numbers){out, 0};
}

static void separate(numbers *list) {
  if (list->count > 0) co_buf_puts(list->out, ",");
  co_buf_puts(list->out, list->count++ % NUMBERS_PER_LINE ? " " : "\n  ");
}

static void add_float(numbers *list, float value) {
  separate(list);
  co_c_put_float(list->out, value);
}

static void put_matrix(co_buf *out, const char *name, const float *from, int rows, int cols,
                       int stride) {
  numbers list;
  begin_floats(out, name, rows * cols, &list);
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < cols; c++) add_float(&list, from[(ptrdiff_t)r * stride + c]);
  co_buf_puts(out, "};\n");
}

static void put_dense(co_buf *out, const co_parts *parts, const co_dense *layer, const char *name,
                      bool bias) {
  char full[64];
  snprintf(full, sizeof full, "%s_weight", name);
  put_matrix(out, full, co_parts_weight(parts, layer), layer->in, layer->out, layer->out_stride);
  snprintf(full, sizeof full, "%s_bias", name);
  if (bias) put_matrix(out, full, co_parts_bias(parts, layer), 1, layer->out, 0);
}

static void put_doubles(co_buf *out, const char *name, int count,
                        double (*get)(const co_parts *, int), const co_parts *parts) {
  co_buf_printf(out, "static const double %s[%d] = {", name, count);
  numbers list = {out, 0};
  for (int i = 0; i < count; i++) {
    separate(&list);
    co_c_put_double(out, get(parts, i));
  }
  co_buf_puts(out, "};\n");
}

static double mean_of(const co_parts *parts, int element) {
  return parts->policy->obs_norm.mean[element];
}

static void layer_name(char name[32], int layer) {
  snprintf(name, 32, "layer_%d", layer);
}

static void put_weights(co_buf *out, const co_parts *parts) {
  char name[32], full[64];
  if (parts->memory) {
    put_dense(out, parts, &parts->memory->input, "memory", true);
    put_dense(out, parts, &parts->memory->recurrent, "recurrent",
              parts->memory->def.cell == CO_GRU);
  }
  for (int l = 0; l < parts->num_layers + parts->num_residual; l++) {
    const co_dense *layer = &parts->layer[l];
    layer_name(name, l);
    put_dense(out, parts, layer, name, true);
    if (!layer->norm) continue;
    const float *gain = parts->net->block + layer->norm;
    snprintf(full, sizeof full, "%s_gain", name);
    put_matrix(out, full, gain, 1, layer->out, 0);
    snprintf(full, sizeof full, "%s_offset", name);
    put_matrix(out, full, gain + layer->out_stride, 1, layer->out, 0);
  }
}

// ---- which functions it needs

typedef struct needs {
#define X(name) bool name;
  CO_EXPORT_PIECES(X)
#undef X
} needs;

static void need_dense(needs *n, const co_dense *layer) {
  if (layer->out <= CO_LANES)
    n->narrow = true;
  else
    n->wide = true;
}

static void need_activation(needs *n, int activation) {
  n->act_tanh |= activation == CO_TANH;
  n->act_relu |= activation == CO_RELU;
  n->act_elu |= activation == CO_ELU;
  n->act_swish |= activation == CO_SWISH;
}

static needs needs_of(const co_parts *parts) {
  needs n = {.multiply_add = true, .act_tanh = parts->squashed};
  for (int l = 0; l < parts->num_layers + parts->num_residual; l++) {
    need_dense(&n, &parts->layer[l]);
    need_activation(&n, co_parts_activation(parts, l));
    n.norm |= parts->layer[l].norm > 0;
  }
  if (parts->memory) {
    need_dense(&n, &parts->memory->input);
    need_dense(&n, &parts->memory->recurrent);
    n.lstm = parts->memory->def.cell == CO_LSTM;
    n.gru = !n.lstm;
  }
  n.sigmoid = parts->memory || n.act_swish;
  n.tanh = parts->memory || n.act_tanh;
  n.exp = n.sigmoid || n.act_elu;
  return n;
}

static void put_functions(co_buf *out, const co_parts *parts) {
  needs n = needs_of(parts);
#define X(name) \
  if (n.name) co_buf_printf(out, "\n%s", co_export_##name);
  CO_EXPORT_PIECES(X)
#undef X
}

// ---- normaliser

static void put_normaliser(co_buf *out, const co_parts *parts) {
  const co_normalizer *norm = &parts->policy->obs_norm;
  if (!parts->normalises) return;
  co_buf_puts(out, "\n");
  put_doubles(out, "mean", norm->dim, mean_of, parts);
  put_doubles(out, "factor", norm->dim, co_parts_factor, parts);
  co_buf_printf(out,
                "\nstatic void normalise(const float *x, float *y) {\n"
                "  int i;\n"
                "  for (i = 0; i < %d; i++) {\n"
                "    double z = ((double)x[i] - mean[i]) * factor[i];\n",
                norm->dim);
  if (isfinite(norm->clip)) {
    co_buf_puts(out, "    const double most = ");
    co_c_put_double(out, norm->clip);
    co_buf_puts(out, ";\n    z = most < z ? most : z;\n    z = -most > z ? -most : z;\n");
  }
  co_buf_puts(out, "    y[i] = (float)z;\n  }\n}\n");
}

// ---- the map from outputs to actions

static float held(float bound) {
  return bound < -FLT_MAX ? -FLT_MAX : bound > FLT_MAX ? FLT_MAX : bound;
}

// {scaled, first, last, mid, half, low, high}
static void put_map(co_buf *out, const co_output_map *map) {
  const float ends[2] = {map->scaled ? map->first : 0, map->scaled ? map->last : 0};
  co_buf_printf(out, "  {%d", map->scaled);
  for (int i = 0; i < 2; i++) co_buf_puts(out, ", "), co_c_put_float(out, ends[i]);
  co_buf_puts(out, ", "), co_c_put_double(out, map->scaled ? map->mid : 0);
  co_buf_puts(out, ", "), co_c_put_double(out, map->scaled ? map->half : 0);
  co_buf_puts(out, ", "), co_c_put_float(out, held(map->low));
  co_buf_puts(out, ", "), co_c_put_float(out, held(map->high));
  co_buf_puts(out, "},\n");
}

static const char finish_text[] =
    "/* An output of -1..1 stands for first..last where it is scaled; then the bounds. */\n"
    "static void finish(float *action) {\n"
    "  int i;\n"
    "  for (i = 0; i < %d; i++) {\n"
    "    float x = action[i];\n"
    "    if (maps[i].scaled && x >= 1) {\n"
    "      x = maps[i].last;\n"
    "    } else if (maps[i].scaled && x <= -1) {\n"
    "      x = maps[i].first;\n"
    "    } else if (maps[i].scaled) {\n"
    "      volatile double part = maps[i].half * (double)x; /* not fused with the sum */\n"
    "      x = (float)(maps[i].mid + part);\n"
    "    }\n"
    "    action[i] = x < maps[i].low ? maps[i].low : x > maps[i].high ? maps[i].high : x;\n"
    "  }\n"
    "}\n";

static void put_finish(co_buf *out, const co_parts *parts) {
  int count = parts->policy->contract.num_action;
  co_buf_puts(out,
              "\nstatic const struct {\n  int scaled;\n  float first, last;\n"
              "  double mid, half;\n  float low, high;\n} maps[] = {\n");
  for (int i = 0; i < count; i++) put_map(out, &parts->policy->output[i]);
  co_buf_puts(out, "};\n\n");
  co_buf_printf(out, finish_text, count);
}

// ---- acting

static void put_product(co_buf *out, const co_dense *layer, const char *name, bool bias,
                        const char *x, const char *y) {
  co_buf_printf(out, "  %s(%s_weight, ", layer->out <= CO_LANES ? "narrow" : "wide", name);
  if (bias)
    co_buf_printf(out, "%s_bias", name);
  else
    co_buf_puts(out, "0");
  co_buf_printf(out, ", %d, %d, %s, %s);\n", layer->in, layer->out, x, y);
}

static void put_memory(co_buf *out, const co_parts *parts) {
  const co_recurrent *memory = parts->memory;
  bool lstm = memory->def.cell == CO_LSTM;
  put_product(out, &memory->input, "memory", true, "state->input", "state->work[0]");
  put_product(out, &memory->recurrent, "recurrent", !lstm, "state->h", "state->work[1]");
  co_buf_printf(out, "  %s(%d, state->work[0], state->work[1], state->h%s);\n",
                lstm ? "lstm" : "gru", memory->def.width, lstm ? ", state->cell" : "");
}

// Layers first .. end - 1 from `x` on, the last into `y`.
static void put_layers(co_buf *out, const co_parts *parts, int first, int end, const char *x,
                       const char *y) {
  static const char *const work[2] = {"state->work[0]", "state->work[1]"};
  char name[32];
  for (int l = first; l < end; l++) {
    const co_dense *layer = &parts->layer[l];
    const char *to = l == end - 1 ? y : work[(l - first) % 2];
    int activation = co_parts_activation(parts, l);
    layer_name(name, l);
    put_product(out, layer, name, true, x, to);
    if (layer->norm)
      co_buf_printf(out, "  norm(%s_gain, %s_offset, %d, %s);\n", name, name, layer->out, to);
    if (activation >= 0)
      co_buf_printf(out, "  activate_%s(%d, %s);\n", co_activation_names[activation], layer->out,
                    to);
    x = to;
  }
}

static void put_residual(co_buf *out, const co_parts *parts) {
  int end = parts->num_layers + parts->num_residual, count = parts->policy->contract.num_action;
  const char *last = parts->num_residual % 2 ? "state->work[0]" : "state->work[1]";
  put_layers(out, parts, parts->num_layers, end, "state->input", last);
  co_buf_printf(out, "  for (i = 0; i < %d; i++) {\n    volatile float part = ", count);
  co_c_put_float(out, (float)parts->net->def.residual.scale);
  co_buf_printf(out,
                " * %s[i]; /* not fused with the sum */\n"
                "    action[i] += part;\n  }\n",
                last);
}

static void put_act(co_buf *out, const co_parts *parts, const char *prefix) {
  int obs_dim = parts->net->def.obs_dim;
  const char *input = parts->memory ? "state->h" : "state->input";
  bool copies = !parts->normalises;
  co_buf_printf(out,
                "\nvoid %s_reset(%s_state *state) { memset(state, 0, sizeof *state); }\n\n"
                "void %s_act(const float *observation, %s_state *state, float *action) {\n",
                prefix, prefix, prefix, prefix);
  if (parts->num_residual) co_buf_puts(out, "  int i;\n");
  if (copies)
    co_buf_printf(out, "  memcpy(state->input, observation, %d * sizeof *observation);\n", obs_dim);
  else
    co_buf_puts(out, "  normalise(observation, state->input);\n");
  if (parts->memory) put_memory(out, parts);
  put_layers(out, parts, 0, parts->num_layers, input, "action");
  if (parts->num_residual) put_residual(out, parts);
  if (parts->squashed)
    co_buf_printf(out, "  activate_tanh(%d, action);\n", parts->policy->contract.num_action);
  co_buf_puts(out, "  finish(action);\n}\n");
}

co_status co_export_c_source(const co_policy *policy, const char *prefix, const char *header,
                             co_buf *out) {
  co_parts parts = co_parts_of(policy);
  co_buf_puts(out, "/* Written by carryover export; what the numbers mean is said in ");
  co_c_put_comment(out, header);
  co_buf_puts(out,
              ".\n   The same bits as in the simulator where float is IEEE 754 and computed in its "
              "own width\n   (FLT_EVAL_METHOD 0), without -ffast-math. */\n\n#include ");
  co_c_put_string(out, header);
  co_buf_puts(out, "\n\n#include <stdint.h>\n#include <string.h>\n\n");
  co_export_c_facts(policy, prefix, out);
  put_weights(out, &parts);
  put_functions(out, &parts);
  put_normaliser(out, &parts);
  put_finish(out, &parts);
  put_act(out, &parts, prefix);
  return co_buf_status(out);
}

co_status co_export_c_header(const co_policy *policy, const char *prefix, co_buf *out) {
  co_export_c_declarations(policy, prefix, out);
  return co_buf_status(out);
}
