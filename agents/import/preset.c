#include "agents/import/preset.h"

#include "agents/formats/onnx_build.h"
#include "agents/import/private/preset_layout.h"
#include "agents/import/private/tensors.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const co_preset_names[] = {"sb3",      "rsl_rl",      "cleanrl", "skrl",
                                       "rl_games", "torchscript", NULL};

// A file that is brought to a graph.
typedef struct preset_work {
  const co_safetensors *tensors;
  const char *file;
  const preset_layout *layout;
  bool *used;  // (count of the tensors)
  co_onnx_builder build;
  co_preset_result *out;
  int num_names;
  char (*name)[CO_SAFETENSORS_NAME];  // (CO_PRESET_LAYERS) of the layers that are there
  const char *value;                  // name of what was computed last
  int width;                          // of it
} preset_work;

static co_status fail_tensor(const preset_work *w, const co_safetensor *tensor, const char *text) {
  return co_fail(CO_DATA, "%s: tensor \"%s\": %s", w->file, tensor->name, text);
}

static const co_safetensor *take(preset_work *w, const char *first, const char *second) {
  int index;
  const co_safetensor *tensor = co_tensors_find(w->tensors, first, second, &index);
  if (tensor) w->used[index] = true;
  return tensor;
}

// ---- which layers there are

static bool has_layer(const preset_work *w, const char *name) {
  static const char *const ends[] = {".weight", ".kernel", ".scale"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (co_tensors_find(w->tensors, name, ends[i], NULL)) return true;
  return false;
}

static co_status add_name(preset_work *w, const char *name) {
  if (w->num_names == CO_PRESET_LAYERS)
    return co_fail(CO_DATA, "%s: more than %d layers", w->file, CO_PRESET_LAYERS);
  snprintf(w->name[w->num_names++], CO_SAFETENSORS_NAME, "%s", name);
  return CO_OK;
}

static co_status find_layers(preset_work *w) {
  enum { NUMBERS = 100 };
  bool is_file = strcmp(w->layout->preset, "file") == 0;
  for (const char *const *layer = w->layout->layers; *layer; layer++) {
    size_t size = strlen(*layer);
    int before = w->num_names;
    char name[CO_SAFETENSORS_NAME];
    bool numbered = size > 0 && (*layer)[size - 1] == '.';
    for (int n = 0; n < (numbered ? NUMBERS : 1); n++) {
      int length = numbered ? snprintf(name, sizeof name, "%s%d", *layer, n)
                            : snprintf(name, sizeof name, "%s", *layer);
      if (length < (int)sizeof name && has_layer(w, name)) CO_TRY(add_name(w, name));
    }
    if (is_file && w->num_names == before)
      return co_fail(CO_DATA, "%s: no tensor \"%s%s.weight\"", w->file, *layer,
                     numbered ? "0" : "");
  }
  if (w->num_names > 0) return CO_OK;
  return co_fail(CO_DATA, "%s: no layers of preset %s, such as \"%s\"", w->file, w->layout->preset,
                 w->layout->layers[0]);
}

// ---- numbers of a graph

// A tensor's numbers under its own name, `rows` of them permuted where `order` is given.
static co_status add_tensor(preset_work *w, const co_safetensor *tensor) {
  size_t count = co_tensors_count(tensor);
  double *number = co_alloc(count, sizeof *number);
  if (!number) return CO_MEMORY;
  int64_t shape[CO_ONNX_RANK];
  for (int d = 0; d < tensor->rank; d++) shape[d] = (int64_t)tensor->shape[d];
  co_status status = co_tensors_numbers(tensor, w->file, number);
  float *to =
      status == CO_OK ? co_onnx_add_zeros(&w->build, tensor->name, tensor->rank, shape) : NULL;
  for (size_t i = 0; to && i < count; i++) to[i] = (float)number[i];
  free(number);
  return status;
}

static const char *next_name(preset_work *w, const char *what) {
  return co_onnx_build_text(&w->build, "%s.%s", what, w->value);
}

static void apply(preset_work *w, const char *op, int num_inputs, const char *const *input) {
  w->value = co_onnx_add_node(&w->build, op, next_name(w, op), num_inputs, input);
}

static void apply_alone(preset_work *w, const char *op) {
  apply(w, op, 1, (const char *[]){w->value});
}

// ---- layers

static co_status check_vector(const preset_work *w, const co_safetensor *tensor, int width) {
  if (co_tensors_count(tensor) == (size_t)width) return CO_OK;
  return co_fail(CO_DATA, "%s: tensor \"%s\" has %zu elements, its layer %d", w->file, tensor->name,
                 co_tensors_count(tensor), width);
}

static co_status add_dense(preset_work *w, const char *name) {
  const co_safetensor *weight = take(w, name, ".weight");
  bool by_output = weight != NULL;
  if (!weight) weight = take(w, name, ".kernel");
  if (!weight) return co_fail(CO_DATA, "%s: no tensor \"%s.weight\"", w->file, name);
  if (weight->rank != 2 || weight->shape[0] == 0 || weight->shape[1] == 0)
    return fail_tensor(w, weight, "a layer has a matrix");
  size_t in = weight->shape[by_output], out = weight->shape[!by_output];
  if (w->width && (size_t)w->width != in)
    return co_fail(CO_DATA, "%s: tensor \"%s\" takes %zu numbers, before it are %d", w->file,
                   weight->name, in, w->width);
  if (in > CO_MAX_OBS * 4 || out > CO_MAX_OBS * 4) return fail_tensor(w, weight, "too large");
  if (!w->width) co_onnx_add_input(&w->build, "obs", 2, (int64_t[]){-1, (int64_t)in});
  CO_TRY(add_tensor(w, weight));
  const co_safetensor *bias = take(w, name, ".bias");
  if (bias) {
    CO_TRY(check_vector(w, bias, (int)out));
    CO_TRY(add_tensor(w, bias));
  }
  // a layer may be called as an input or the action is
  w->value = co_onnx_add_node(&w->build, "Gemm", co_onnx_build_text(&w->build, "layer %s", name),
                              bias ? 3 : 2,
                              (const char *[]){w->value, weight->name, bias ? bias->name : ""});
  if (by_output) co_onnx_set_whole(&w->build, "transB", 1);
  w->width = (int)out;
  return CO_OK;
}

static co_status add_norm(preset_work *w, const char *name) {
  const co_safetensor *gain = take(w, name, ".weight");
  if (!gain) gain = take(w, name, ".scale");
  const co_safetensor *bias = take(w, name, ".bias");
  CO_TRY(check_vector(w, gain, w->width));
  CO_TRY(add_tensor(w, gain));
  if (bias) {
    CO_TRY(check_vector(w, bias, w->width));
    CO_TRY(add_tensor(w, bias));
  }
  apply(w, "LayerNormalization", bias ? 3 : 2,
        (const char *[]){w->value, gain->name, bias ? bias->name : ""});
  co_onnx_set_whole(&w->build, "axis", -1);
  co_onnx_set_number(&w->build, "epsilon", 1e-5f);
  return CO_OK;
}

static bool is_norm(const preset_work *w, int layer) {
  if (layer >= w->num_names) return false;
  const char *name = w->name[layer];
  const co_safetensor *gain = co_tensors_find(w->tensors, name, ".weight", NULL);
  if (!gain) gain = co_tensors_find(w->tensors, name, ".scale", NULL);
  return gain && gain->rank == 1;
}

// ---- activations

static const struct {
  const char *name, *op;
} operators[] = {
    {"tanh", "Tanh"},         {"relu", "Relu"},         {"elu", "Elu"},
    {"selu", "Selu"},         {"sigmoid", "Sigmoid"},   {"leaky_relu", "LeakyRelu"},
    {"softplus", "Softplus"}, {"softsign", "Softsign"}, {"gelu", "Gelu"},
};

// Words of others for the same.
static const char *plain_name(const char *name, char *out, size_t size) {
  size_t n = 0;
  for (; *name && n + 1 < size; name++) {
    if (strchr("-_ ()", *name)) continue;
    out[n++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
  }
  out[n] = '\0';
  if (strcmp(out, "silu") == 0) return "swish";
  if (strcmp(out, "leakyrelu") == 0) return "leaky_relu";
  return out;
}

static co_status activate(preset_work *w) {
  const char *name = w->out->activation;
  if (strcmp(name, "swish") == 0) {
    const char *x = w->value;
    const char *gate = co_onnx_add_node(&w->build, "Sigmoid", next_name(w, "Sigmoid"), 1, &x);
    apply(w, "Mul", 2, (const char *[]){x, gate});
    return CO_OK;
  }
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
    if (strcmp(operators[i].name, name) != 0) continue;
    apply_alone(w, operators[i].op);
    return CO_OK;
  }
  return co_fail(CO_CONFIG, "%s: no activation is called \"%s\"", w->file, name);
}

// The user's word, the file's, the library's: in this order.
static co_status choose_activation(preset_work *w, const co_preset_options *options) {
  co_preset_result *out = w->out;
  const char *file = co_safetensors_metadata(w->tensors, "activation");
  const char *name = options->activation ? options->activation
                     : file              ? file
                                         : w->layout->activation;
  if (!name)
    return co_fail(CO_CONFIG,
                   "%s: which activation is between its layers? preset %s has no default; "
                   "say activation in the facts, as policy.activation",
                   w->file, w->layout->preset);
  char plain[sizeof out->activation];
  snprintf(out->activation, sizeof out->activation, "%s", plain_name(name, plain, sizeof plain));
  bool is_users = strcmp(w->layout->preset, "file") == 0;
  out->activation_from = options->activation ? CO_FROM_USER
                         : file              ? CO_FROM_FILE
                         : is_users          ? CO_FROM_USER
                                             : CO_FROM_DEFAULT;
  if (options->activation) {
    snprintf(out->activation_place, sizeof out->activation_place, "as stated");
  } else if (file) {
    snprintf(out->activation_place, sizeof out->activation_place, "metadata \"activation\"");
  } else {
    snprintf(out->activation_place, sizeof out->activation_place, "%s%s",
             is_users ? "the file of --preset" : "the default of ",
             is_users ? "" : w->layout->preset);
  }
  return CO_OK;
}

// ---- memory

// Gates of PyTorch (input, forget, cell, output; reset, update, new) in ONNX's order.
static const int torch_gate[2][4] = {{0, 3, 1, 2}, {1, 0, 2}};

// (gates x width x cols) of a tensor in ONNX's order of gates, to `to`.
static co_status copy_gates(preset_work *w, const co_safetensor *from, int gates, int width,
                            size_t cols, float *to) {
  size_t block = (size_t)width * cols;
  if (co_tensors_count(from) != (size_t)gates * block)
    return fail_tensor(w, from, "not of the size that its memory has");
  double *number = co_alloc((size_t)gates * block, sizeof *number);
  if (!number) return CO_MEMORY;
  co_status status = co_tensors_numbers(from, w->file, number);
  for (int g = 0; status == CO_OK && to && g < gates; g++)
    for (size_t i = 0; i < block; i++)
      to[(size_t)g * block + i] = (float)number[(size_t)torch_gate[gates == 3][g] * block + i];
  free(number);
  return status;
}

typedef struct preset_cell {
  const co_safetensor *input, *recurrent, *bias, *recurrent_bias;
  int gates, width;
} preset_cell;

static co_status describe_cell(preset_work *w, int layer, preset_cell *out) {
  char end[4][32];
  static const char *const kinds[] = {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"};
  for (int k = 0; k < 4; k++) snprintf(end[k], sizeof end[k], "%s%d", kinds[k], layer);
  const char *memory = w->layout->memory;
  *out = (preset_cell){take(w, memory, end[0]),
                       take(w, memory, end[1]),
                       take(w, memory, end[2]),
                       take(w, memory, end[3]),
                       0,
                       0};
  if (!out->input || !out->recurrent || !out->bias != !out->recurrent_bias)
    return co_fail(CO_DATA, "%s: not all of \"%s%s\", \"%s\", \"%s\", \"%s\"", w->file, memory,
                   end[0], end[1], end[2], end[3]);
  if (out->input->rank != 2 || out->recurrent->rank != 2 || out->recurrent->shape[1] == 0 ||
      out->recurrent->shape[1] > CO_MAX_OBS || out->input->shape[1] > 4 * CO_MAX_OBS)
    return fail_tensor(w, out->recurrent, "no matrix of a memory");
  size_t width = out->recurrent->shape[1], gates = out->recurrent->shape[0] / width;
  if ((gates != 3 && gates != 4) || out->recurrent->shape[0] != gates * width)
    return fail_tensor(w, out->recurrent, "neither an LSTM (4 gates) nor a GRU (3)");
  out->gates = (int)gates;
  out->width = (int)width;
  return CO_OK;
}

// Weights of one layer under names of its own; `name` [3] gets them.
static co_status add_cell_tensors(preset_work *w, const preset_cell *cell, int layer,
                                  const char *name[3]) {
  size_t in = cell->input->shape[1];
  int rows = cell->gates * cell->width;
  static const char *const kinds[] = {"W", "R", "B"};
  for (int k = 0; k < 3; k++)
    name[k] = co_onnx_build_text(&w->build, "memory.%d.%s", layer, kinds[k]);
  float *to = co_onnx_add_zeros(&w->build, name[0], 3, (int64_t[]){1, rows, (int64_t)in});
  CO_TRY(copy_gates(w, cell->input, cell->gates, cell->width, in, to));
  to = co_onnx_add_zeros(&w->build, name[1], 3, (int64_t[]){1, rows, cell->width});
  CO_TRY(copy_gates(w, cell->recurrent, cell->gates, cell->width, (size_t)cell->width, to));
  if (!cell->bias) {
    name[2] = "";
    return CO_OK;
  }
  to = co_onnx_add_zeros(&w->build, name[2], 2, (int64_t[]){1, 2 * (int64_t)rows});
  CO_TRY(copy_gates(w, cell->bias, cell->gates, cell->width, 1, to));
  return copy_gates(w, cell->recurrent_bias, cell->gates, cell->width, 1, to ? to + rows : NULL);
}

// The sequence of one step, (1 x 1 x width), goes in and out.
static co_status add_cell(preset_work *w, int layer) {
  preset_cell cell;
  const char *name[3];
  CO_TRY(describe_cell(w, layer, &cell));
  if (w->width && cell.input->shape[1] != (size_t)w->width)
    return fail_tensor(w, cell.input, "takes another number than the layer before gives");
  CO_TRY(add_cell_tensors(w, &cell, layer, name));
  const char *tail = layer ? co_onnx_build_text(&w->build, ".%d", layer) : "";
  const char *state[4];
  static const char *const kinds[] = {"h_in", "c_in", "h_out", "c_out"};
  for (int k = 0; k < 4; k++) state[k] = co_onnx_build_text(&w->build, "%s%s", kinds[k], tail);
  bool lstm = cell.gates == 4;
  for (int k = 0; k < (lstm ? 2 : 1); k++)
    co_onnx_add_input(&w->build, state[k], 3, (int64_t[]){1, 1, cell.width});
  const char *y = co_onnx_build_text(&w->build, "memory.%d.Y", layer);
  co_onnx_add_node_of(&w->build, lstm ? "LSTM" : "GRU", lstm ? 7 : 6,
                      (const char *[]){w->value, name[0], name[1], name[2], "", state[0], state[1]},
                      lstm ? 3 : 2, (const char *[]){y, state[2], state[3]});
  co_onnx_set_whole(&w->build, "hidden_size", cell.width);
  if (!lstm) co_onnx_set_whole(&w->build, "linear_before_reset", 1);
  // (steps x 1 x 1 x width) is the next one's input as (steps x 1 x width)
  w->value = y;
  apply(w, "Squeeze", 2, (const char *[]){w->value, "axis.1"});
  w->width = cell.width;
  for (int k = 0; k < (lstm ? 2 : 1); k++)
    co_onnx_add_output(&w->build, state[2 + k], 3, (int64_t[]){1, 1, cell.width});
  return CO_OK;
}

static co_status add_memory(preset_work *w) {
  enum { DEEPEST = 8 };
  const co_safetensor *first =
      w->layout->memory ? co_tensors_find(w->tensors, w->layout->memory, "weight_ih_l0", NULL)
                        : NULL;
  if (!first) return CO_OK;
  if (first->rank != 2) return fail_tensor(w, first, "no matrix of a memory");
  co_onnx_add_input(&w->build, "obs", 2, (int64_t[]){1, (int64_t)first->shape[1]});
  co_onnx_add_wholes(&w->build, "axis.0", 1, (int64_t[]){1}, (int64_t[]){0});
  co_onnx_add_wholes(&w->build, "axis.1", 1, (int64_t[]){1}, (int64_t[]){1});
  apply(w, "Unsqueeze", 2, (const char *[]){w->value, "axis.0"});
  for (int layer = 0; layer < DEEPEST; layer++) {
    char end[32];
    snprintf(end, sizeof end, "weight_ih_l%d", layer);
    if (!co_tensors_find(w->tensors, w->layout->memory, end, NULL)) break;
    CO_TRY(add_cell(w, layer));
  }
  apply(w, "Squeeze", 2, (const char *[]){w->value, "axis.0"});
  return CO_OK;
}

// ---- what stands behind the last layer

static co_status add_factor(preset_work *w, const char *op, const char *name) {
  const co_safetensor *tensor = name ? take(w, name, "") : NULL;
  if (!tensor) return CO_OK;
  if (co_tensors_count(tensor) != 1) CO_TRY(check_vector(w, tensor, w->width));
  CO_TRY(add_tensor(w, tensor));
  apply(w, op, 2, (const char *[]){w->value, tensor->name});
  return CO_OK;
}

static co_status add_output(preset_work *w, const co_preset_options *options, int dense) {
  const char *output = options->output ? options->output : w->layout->output;
  bool tanh = strcmp(output, "tanh") == 0 || (strcmp(output, "layers") == 0 && dense > 1);
  if (tanh) apply_alone(w, "Tanh");
  CO_TRY(add_factor(w, "Mul", w->layout->scale));
  CO_TRY(add_factor(w, "Add", w->layout->offset));
  const char *action =
      co_onnx_add_node(&w->build, "Identity", "action", 1, (const char *[]){w->value});
  co_onnx_add_output(&w->build, action, 2, (int64_t[]){-1, w->width});
  return CO_OK;
}

static co_status read_spread(preset_work *w) {
  const char *log_std = w->layout->log_std, *std = w->layout->std;
  const co_safetensor *tensor = log_std ? take(w, log_std, "") : NULL;
  bool is_log = tensor != NULL;
  if (!tensor && std) tensor = take(w, std, "");
  if (!tensor) return CO_OK;
  CO_TRY(check_vector(w, tensor, w->width));
  w->out->log_std = co_alloc((size_t)w->width, sizeof *w->out->log_std);
  if (!w->out->log_std) return CO_MEMORY;
  CO_TRY(co_tensors_numbers(tensor, w->file, w->out->log_std));
  w->out->num_log_std = w->width;
  for (int i = 0; !is_log && i < w->width; i++) {
    if (!(w->out->log_std[i] > 0)) return fail_tensor(w, tensor, "a spread that is not above 0");
    w->out->log_std[i] = log(w->out->log_std[i]);
  }
  return CO_OK;
}

// ---- all of it

static co_status check_all_used(const preset_work *w) {
  for (int i = 0; i < w->tensors->count; i++) {
    const char *name = w->tensors->tensor[i].name;
    if (!w->used[i] && !co_preset_is_learners(name))
      return co_fail(CO_DATA,
                     "%s: tensor \"%s\" is no part of preset %s: a file that says the layers in "
                     "their order, --preset FILE.cfg, may help",
                     w->file, name, w->layout->preset);
  }
  return CO_OK;
}

static co_status add_layers(preset_work *w, const co_preset_options *options) {
  int dense = 0, last = 0;
  for (int l = 0; l < w->num_names; l++)
    if (!is_norm(w, l)) last = l, dense++;
  if (dense > 1) CO_TRY(choose_activation(w, options));
  for (int l = 0; l < w->num_names; l++) {
    if (is_norm(w, l)) {
      if (!w->width) return co_fail(CO_DATA, "%s: a layer norm stands first", w->file);
      CO_TRY(add_norm(w, w->name[l]));
    } else {
      CO_TRY(add_dense(w, w->name[l]));
    }
    if (l < last && !is_norm(w, l + 1)) CO_TRY(activate(w));
  }
  return add_output(w, options, dense);
}

static co_status make(preset_work *w, const co_preset_options *options) {
  CO_TRY(co_import_normaliser_find(w->tensors, w->file, w->used, &w->out->normaliser));
  CO_TRY(find_layers(w));
  w->value = "obs";
  CO_TRY(add_memory(w));
  CO_TRY(add_layers(w, options));
  CO_TRY(read_spread(w));
  return check_all_used(w);
}

static co_status choose_layout(const co_safetensors *tensors, const char *file, const char *preset,
                               const preset_layout **out) {
  for (int i = 0; i < co_preset_num_layouts; i++) {
    const preset_layout *layout = &co_preset_layouts[i];
    if (preset && strcmp(layout->preset, preset) != 0) continue;
    if (!co_safetensors_find(tensors, layout->sign)) continue;
    *out = layout;
    return CO_OK;
  }
  char names[256];
  int count = 0;
  while (co_preset_names[count]) count++;
  co_name_list(co_preset_names, count, names, sizeof names);
  if (preset)
    return co_fail(CO_CONFIG,
                   "%s: its tensors are not named as preset \"%s\" has them (presets: %s)", file,
                   preset, names);
  return co_fail(CO_CONFIG,
                 "%s: its tensors are not named as one of the presets has them: %s; --preset "
                 "FILE.cfg says the layers in their order",
                 file, names);
}

static bool is_path(const char *preset) {
  size_t size = preset ? strlen(preset) : 0;
  return size > 4 && strcmp(preset + size - 4, ".cfg") == 0;
}

co_status co_preset_graph(const co_safetensors *tensors, const char *file,
                          const co_preset_options *options, co_preset_result *out) {
  *out = (co_preset_result){0};
  co_arena memory = {0};
  preset_layout own;
  preset_work w = {.tensors = tensors, .file = file, .layout = &own, .out = out};
  co_status status = is_path(options->preset)
                         ? co_preset_read_layout(options->preset, &memory, &own)
                         : choose_layout(tensors, file, options->preset, &w.layout);
  w.used = co_arena_alloc(&memory, (size_t)tensors->count + 1, sizeof *w.used);
  w.name = co_arena_alloc(&memory, CO_PRESET_LAYERS, sizeof *w.name);
  if (status == CO_OK) status = co_arena_status(&memory);
  if (status == CO_OK) {
    w.build = co_onnx_build(file);
    status = make(&w, options);
    if (status == CO_OK) {
      status = co_onnx_build_end(&w.build, &out->graph);
    } else {
      co_onnx_build_drop(&w.build);
    }
    out->preset = w.layout->preset;
  }
  co_arena_free(&memory);
  if (status != CO_OK) co_preset_free(out);
  return status;
}

void co_preset_free(co_preset_result *result) {
  co_onnx_free(&result->graph);
  co_import_normaliser_free(&result->normaliser);
  free(result->log_std);
  *result = (co_preset_result){0};
}
