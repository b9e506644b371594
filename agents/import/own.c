#include "agents/import/own.h"

#include "agents/contract/contract_json.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"

#include <math.h>
#include <string.h>

int co_own_gate(co_cell cell, int place) {
  static const int gates[CO_NUM_CELLS][4] = {[CO_LSTM] = {0, 3, 1, 2}, [CO_GRU] = {1, 0, 2}};
  return gates[cell][place];
}

bool co_import_is_own(const co_onnx *onnx) {
  return co_onnx_find_metadata(onnx, CO_OWN_CONTRACT) != NULL;
}

// ---- the contract

static co_status parse_entry(const co_onnx *onnx, const char *key, co_json **out) {
  const char *text = co_onnx_find_metadata(onnx, key);
  if (!text) return co_fail(CO_DATA, "%s: no \"%s\" in the metadata", onnx->file, key);
  co_status status = co_json_parse(text, strlen(text), key, out);
  return status == CO_OK ? CO_OK : co_fail_context(status, "%s: metadata", onnx->file);
}

static co_status read_contract(const co_onnx *onnx, co_contract *out) {
  co_json *json;
  CO_TRY(parse_entry(onnx, CO_OWN_CONTRACT, &json));
  co_status status = co_contract_from_json(json, CO_OWN_CONTRACT, out);
  co_json_free(json);
  return status == CO_OK ? CO_OK : co_fail_context(status, "%s: metadata", onnx->file);
}

// ---- tensors of the graph

static co_status find(const co_onnx *onnx, const char *name, int64_t count,
                      const co_onnx_tensor **out) {
  *out = co_onnx_find_tensor(onnx, name);
  if (!*out || !(*out)->number)
    return co_fail(CO_DATA, "%s: no float tensor \"%s\", which the contract's network has",
                   onnx->file, name);
  if ((*out)->count == count) return CO_OK;
  return co_fail(CO_DATA, "%s: tensor \"%s\" has %lld numbers, the contract's network needs %lld",
                 onnx->file, name, (long long)(*out)->count, (long long)count);
}

static float *place(const co_tensor *to, int row, int col) {
  return (float *)to->data + (ptrdiff_t)row * to->stride + col;
}

// (out x in) of the graph to (in x out) of the network; of a cell `gates` > 0 tells how many blocks
// of rows are brought to our order.
static void copy_rows(const float *from, co_cell cell, int gates, const co_tensor *to) {
  int width = gates ? to->cols / gates : to->cols;
  for (int col = 0; col < to->cols; col++) {
    int place_of = col / width, ours = gates ? co_own_gate(cell, place_of) : 0;
    for (int row = 0; row < to->rows; row++)
      *place(to, row, ours * width + col % width) = from[(ptrdiff_t)col * to->rows + row];
  }
}

static co_status read_cell_tensor(const co_onnx *onnx, const co_memory_def *memory,
                                  const co_tensor *to) {
  int gates = co_cell_gates(memory->cell);
  bool weight = co_tensor_is_weight(&to->facts);
  bool second = to->facts.role == CO_TENSOR_RECURRENT_BIAS;
  const co_onnx_tensor *from;
  // both biases are one tensor of ONNX
  int64_t count = (int64_t)to->rows * to->cols;
  CO_TRY(find(onnx, weight ? to->name : CO_OWN_CELL_BIAS, weight ? count : 2 * count, &from));
  copy_rows(from->number + (second ? to->cols : 0), memory->cell, gates, to);
  return CO_OK;
}

static co_status read_graph_tensor(const co_onnx *onnx, const co_policy *policy,
                                   const co_tensor *to) {
  const co_onnx_tensor *from;
  if (to->facts.layer == CO_LAYER_MEMORY)
    return read_cell_tensor(onnx, &policy->net.def.memory, to);
  CO_TRY(find(onnx, to->name, (int64_t)to->rows * to->cols, &from));
  copy_rows(from->number, CO_LSTM, 0, to);
  return CO_OK;
}

// ---- tensors beside it

static co_status read_other(const char *file, const co_json *list, const co_tensor *to) {
  size_t count = (size_t)to->rows * (size_t)to->cols;
  if (!co_json_is_array(list) || co_json_count(list) != count)
    return co_fail(CO_DATA, "%s: metadata: %s: \"%s\" is no list of %zu numbers", file,
                   CO_OWN_TENSORS, to->name, count);
  for (int col = 0, i = 0; col < to->cols; col++)
    for (int row = 0; row < to->rows; row++, i++) {
      double value = co_json_as_number(co_json_at(list, (size_t)i), (double)NAN);
      if (!isfinite(value))
        return co_fail(CO_DATA, "%s: metadata: %s: \"%s\" holds what is no number", file,
                       CO_OWN_TENSORS, to->name);
      if (to->dtype == CO_F32)
        *place(to, row, col) = (float)value;
      else
        ((double *)to->data)[(ptrdiff_t)row * to->stride + col] = value;
    }
  return CO_OK;
}

static bool is_actors(const co_tensor *tensor, const void *context) {
  (void)context;
  return !co_tensor_is_learners(&tensor->facts);
}

static co_status read_tensors(const co_onnx *onnx, co_policy *policy) {
  co_json *others;
  CO_TRY(parse_entry(onnx, CO_OWN_TENSORS, &others));
  co_status status = CO_OK;
  co_policy_keep_tensors(policy, is_actors, NULL);
  for (int i = 0; status == CO_OK && i < policy->num_tensors; i++) {
    const co_tensor *to = &policy->tensor[i];
    const co_json *list = co_json_get(others, to->name);
    status = list ? read_other(onnx->file, list, to) : read_graph_tensor(onnx, policy, to);
  }
  co_json_free(others);
  return status == CO_OK ? co_policy_check_finite(policy) : status;
}

// ---- what has to agree

static co_status check_numbers(const co_onnx *onnx, const char *name, const co_normalizer *norm,
                               double (*get)(const co_normalizer *, int)) {
  const co_onnx_tensor *graph = co_onnx_find_tensor(onnx, name);
  if (!graph) return CO_OK;  // an identity is left out
  if (!graph->number || graph->count != norm->dim)
    return co_fail(CO_DATA, "%s: tensor \"%s\" is not of the contract's observation", onnx->file,
                   name);
  for (int i = 0; i < norm->dim; i++)
    if (graph->number[i] != (float)get(norm, i))
      return co_fail(CO_DATA, "%s: tensor \"%s\": element %d is %.9g, the metadata say %.9g",
                     onnx->file, name, i, (double)graph->number[i], get(norm, i));
  return CO_OK;
}

static double mean_of(const co_normalizer *norm, int i) {
  return norm->mean[i];
}
static double factor_of(const co_normalizer *norm, int i) {
  return 1 / sqrt(norm->var[i] + norm->epsilon);
}

static co_status check_normaliser(const co_onnx *onnx, const co_policy *policy) {
  const co_normalizer *norm = &policy->obs_norm;
  bool valid = *norm->count >= 0 && *norm->count == policy->contract.norm_count;
  for (int i = 0; i < norm->dim; i++)
    valid = valid && norm->var[i] >= 0 && norm->var[i] + norm->epsilon > 0;
  if (!valid) return co_fail(CO_DATA, "%s: metadata: the normaliser is none", onnx->file);
  CO_TRY(check_numbers(onnx, CO_OWN_MEAN, norm, mean_of));
  return check_numbers(onnx, CO_OWN_FACTOR, norm, factor_of);
}

static co_status copy_text(const co_onnx *onnx, const char *key, char **out) {
  const char *text = co_onnx_find_metadata(onnx, key);
  *out = text ? co_strdup(text) : NULL;
  return *out || !text ? CO_OK : CO_MEMORY;
}

static co_status read_texts(const co_onnx *onnx, co_policy *policy) {
  CO_TRY(copy_text(onnx, CO_OWN_TASK, &policy->task_text));
  CO_TRY(copy_text(onnx, CO_OWN_DOMAIN, &policy->domain_text));
  const char *text = policy->task_text;
  uint64_t hash = policy->contract.task_hash;
  if (!text || !hash || co_hash(text, strlen(text)) == hash) return CO_OK;
  return co_fail(CO_DATA, "%s: metadata: the task's text is not the one of the contract's hash",
                 onnx->file);
}

co_status co_import_own(const co_onnx *onnx, co_policy **out) {
  co_contract contract;
  *out = NULL;
  CO_TRY(read_contract(onnx, &contract));
  co_status status = co_policy_from_contract(&contract, out);
  co_contract_free(&contract);
  CO_TRY(status);
  status = read_texts(onnx, *out);
  if (status == CO_OK) status = read_tensors(onnx, *out);
  if (status == CO_OK) status = check_normaliser(onnx, *out);
  if (status != CO_OK) {
    co_policy_free(*out);
    *out = NULL;
  }
  return status;
}
