#include "agents/nn/adam.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double beta1 = 0.9, beta2 = 0.999;

// inline, since a release has no asserts that would use them
static inline bool is_tensor(const co_adam *adam, int tensor) {
  return tensor >= 0 && tensor < adam->net->num_tensors;
}

static inline bool are_rows(const co_adam *adam, int tensor, int row0, int rows) {
  return is_tensor(adam, tensor) && row0 >= 0 && rows >= 0 &&
         row0 <= adam->net->tensor[tensor].rows - rows;
}

static size_t offset_of(const co_adam *adam, int tensor) {
  return (size_t)((const float *)adam->net->tensor[tensor].data - adam->net->block);
}

static size_t count_of(const co_adam *adam, int tensor) {
  return (size_t)adam->net->tensor[tensor].rows * (size_t)adam->net->tensor[tensor].stride;
}

// The adapter of a tensor, NULL: it has none.
static inline const co_adapter *adapter_of(const co_adam *adam, int tensor) {
  return adam->adapter && adam->adapter[tensor].inner ? &adam->adapter[tensor] : NULL;
}

// ---- held numbers

typedef struct magnitude {
  float value;
  int at;
} magnitude;

// The largest first, of equal ones the first.
static int by_size(const void *a, const void *b) {
  const magnitude *left = a, *right = b;
  if (left->value != right->value) return left->value < right->value ? 1 : -1;
  return left->at < right->at ? -1 : 1;
}

static co_status hold_largest(const co_network *net, int index, double share, float *moving) {
  const co_tensor *tensor = &net->tensor[index];
  const float *data = tensor->data;
  int count = tensor->rows * tensor->cols;
  magnitude *sorted = co_alloc((size_t)count, sizeof *sorted);
  if (!sorted) return CO_MEMORY;
  for (int i = 0; i < count; i++) {
    int at = i / tensor->cols * tensor->stride + i % tensor->cols;
    sorted[i] = (magnitude){fabsf(data[at]), at};
  }
  qsort(sorted, (size_t)count, sizeof *sorted, by_size);
  for (int i = 0; i < (int)(share * count); i++) moving[data - net->block + sorted[i].at] = 0;
  free(sorted);
  return CO_OK;
}

static co_status create_mask(co_arena *arena, co_adam *adam) {
  const co_network *net = adam->net;
  bool any = false;
  for (int t = 0; t < net->num_tensors; t++) any = any || adam->rule[t].hold > 0;
  if (!any) return CO_OK;
  adam->moving = co_arena_alloc(arena, net->size, sizeof *adam->moving);
  if (!adam->moving) return CO_MEMORY;
  for (size_t i = 0; i < net->size; i++) adam->moving[i] = 1;
  for (int t = 0; t < net->num_tensors; t++) {
    double share = adam->rule[t].hold;
    assert(share >= 0 && share < 1 && !(share > 0 && co_tensor_rule_adapts(&adam->rule[t])));
    if (share > 0) CO_TRY(hold_largest(net, t, share, adam->moving));
  }
  return CO_OK;
}

// What stands behind the sum of a gradient: that of the adapter, or without what is held; `square`,
// the sum of squares, is returned anew.
static double finish_gradient(const co_adam *adam, int tensor, float *grad, size_t at, size_t count,
                              double square) {
  const co_adapter *adapter = adapter_of(adam, tensor);
  if (adapter) return co_adapter_gradient(adapter, adam->kernels, grad);
  if (adam->rule[tensor].hold <= 0) return square;
  adam->kernels->scale(count, adam->moving + at, grad);
  return adam->kernels->reduce(grad, 0, 1, count, 0, NULL, NULL);
}

// ---- pulls

// What is drawn is not kept in checkpoints: the stream is the same.
static co_status create_pulls(co_arena *arena, const co_stream *stream, co_adam *adam) {
  const co_network *net = adam->net;
  bool draws = false;
  for (int t = 0; t < net->num_tensors; t++) draws = draws || adam->rule[t].l2init > 0;
  adam->pull = co_arena_alloc(arena, (size_t)net->num_tensors, sizeof *adam->pull);
  if (draws) adam->fresh = co_arena_alloc(arena, net->size, sizeof *adam->fresh);
  if (!adam->pull || (draws && !adam->fresh)) return CO_MEMORY;
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor_rule *rule = &adam->rule[t];
    assert(!(rule->l2sp > 0 && rule->l2init > 0) && (stream || !(rule->l2init > 0)));
    adam->pull[t] = (co_pull){(float)rule->l2sp, adam->start};
    if (!(rule->l2init > 0)) continue;
    co_network_draw_tensor(net, stream, t, adam->fresh + offset_of(adam, t));
    adam->pull[t] = (co_pull){(float)rule->l2init, adam->fresh};
  }
  return CO_OK;
}

// ---- adapters

static co_adapter_def adapter_def(const co_adam *adam, int tensor, const co_stream *stream) {
  const co_network *net = adam->net;
  int weight = co_tensor_find_weight(net->tensor, net->num_tensors, tensor);
  return (co_adapter_def){.tensor = &net->tensor[tensor],
                          .rule = &adam->rule[tensor],
                          .weight = &net->tensor[weight],
                          .weight_start = adam->start + offset_of(adam, weight),
                          .stream = stream};
}

static co_status create_adapters(co_arena *arena, const co_stream *stream, co_adam *adam) {
  const co_network *net = adam->net;
  for (int t = 0; t < net->num_tensors; t++) {
    if (!co_tensor_rule_adapts(&adam->rule[t])) continue;
    co_adapter_def def = adapter_def(adam, t, stream);
    assert(stream || !adam->rule[t].lora);
    adam->adapter_size += 3 * co_adapter_size(&def);
  }
  if (!adam->adapter_size) return CO_OK;
  adam->adapter = co_arena_alloc(arena, (size_t)net->num_tensors, sizeof *adam->adapter);
  adam->adapter_numbers = co_arena_alloc(arena, adam->adapter_size, sizeof(float));
  adam->adapter_backup = co_arena_alloc(arena, adam->adapter_size, sizeof(float));
  if (!adam->adapter || !adam->adapter_numbers || !adam->adapter_backup) return CO_MEMORY;
  float *numbers = adam->adapter_numbers;
  for (int t = 0; t < net->num_tensors; t++) {
    if (!co_tensor_rule_adapts(&adam->rule[t])) continue;
    co_adapter_def def = adapter_def(adam, t, stream);
    CO_TRY(co_adapter_create(arena, &def, numbers, &adam->adapter[t]));
    numbers += 3 * adam->adapter[t].size;
  }
  return CO_OK;
}

co_status co_adam_create(co_arena *arena, const co_kernels *kernels, co_network *net,
                         const co_tensor_rule *rule, const co_stream *stream, double epsilon,
                         co_adam *out) {
  assert(kernels && net->num_tensors > 0 && net->size > 0);
  size_t size = net->size, tensors = (size_t)net->num_tensors;
  co_adam adam = {.kernels = kernels, .net = net, .epsilon = epsilon};
  float *block = co_arena_alloc(arena, 6 * size, sizeof *block);
  adam.power = co_arena_alloc(arena, 4 * tensors, sizeof *adam.power);
  adam.rule = co_arena_alloc(arena, tensors, sizeof *adam.rule);
  if (!block || !adam.power || !adam.rule) {
    return CO_MEMORY;
  }
  adam.m = block;
  adam.v = block + size;
  adam.start = block + 2 * size;
  adam.backup = block + 3 * size;
  adam.backup_power = adam.power + 2 * tensors;
  memcpy(adam.start, net->block, size * sizeof *block);
  for (size_t t = 0; t < tensors; t++) {
    adam.rule[t] = rule ? rule[t] : (co_tensor_rule){.rate = 1};
    adam.power[2 * t] = adam.power[2 * t + 1] = 1;
  }
  CO_TRY(create_pulls(arena, stream, &adam));
  CO_TRY(create_adapters(arena, stream, &adam));
  CO_TRY(create_mask(arena, &adam));
  *out = adam;
  return CO_OK;
}

bool co_adam_moves(const co_adam *adam, int tensor, int64_t update) {
  assert(is_tensor(adam, tensor) && update >= 0);
  return adam->rule[tensor].rate > 0 && update >= adam->rule[tensor].from_update;
}

double co_adam_reduce(const co_adam *adam, int tensor, float *grad, size_t stride, int blocks) {
  assert(is_tensor(adam, tensor) && blocks > 0);
  const co_pull *pull = &adam->pull[tensor];
  size_t at = offset_of(adam, tensor);
  double square = adam->kernels->reduce(grad + at, stride, blocks, count_of(adam, tensor),
                                        pull->strength, adam->net->block + at, pull->anchor + at);
  return finish_gradient(adam, tensor, grad + at, at, count_of(adam, tensor), square);
}

void co_adam_add(const co_adam *adam, int tensor, float *grad, size_t stride, int blocks) {
  assert(is_tensor(adam, tensor) && blocks > 0);
  size_t at = offset_of(adam, tensor);
  adam->kernels->reduce(grad + at, stride, blocks, count_of(adam, tensor), 0, NULL, NULL);
}

double co_adam_pull(const co_adam *adam, int tensor, int row0, int rows, float *grad) {
  assert(are_rows(adam, tensor, row0, rows));
  size_t stride = (size_t)adam->net->tensor[tensor].stride;
  size_t at = offset_of(adam, tensor) + (size_t)row0 * stride;
  const co_pull *pull = &adam->pull[tensor];
  double square = adam->kernels->reduce(grad + at, 0, 1, (size_t)rows * stride, pull->strength,
                                        adam->net->block + at, pull->anchor + at);
  assert(!adapter_of(adam, tensor) || rows == adam->net->tensor[tensor].rows);
  return finish_gradient(adam, tensor, grad + at, at, (size_t)rows * stride, square);
}

co_adam_args co_adam_begin(co_adam *adam, int tensor, double scale, double rate) {
  assert(is_tensor(adam, tensor));
  const co_tensor_rule *rule = &adam->rule[tensor];
  double *power = &adam->power[2 * tensor];
  power[0] *= beta1;
  power[1] *= beta2;
  return (co_adam_args){
      .beta1 = (float)beta1,
      .beta2 = (float)beta2,
      .step = (float)(rate * rule->rate / (1 - power[0])),
      .root_correction = (float)(1 / sqrt(1 - power[1])),
      .epsilon = (float)adam->epsilon,
      .decay = (float)(rate * rule->rate * rule->decay),
      .scale = (float)scale,
  };
}

void co_adam_apply(const co_adam *adam, int tensor, const co_adam_args *args, int row0, int rows,
                   const float *grad) {
  assert(are_rows(adam, tensor, row0, rows));
  size_t stride = (size_t)adam->net->tensor[tensor].stride;
  size_t at = offset_of(adam, tensor) + (size_t)row0 * stride;
  const co_adapter *adapter = adapter_of(adam, tensor);
  if (adapter) {
    assert(rows == adam->net->tensor[tensor].rows);
    co_adapter_step(adapter, adam->kernels, args, adam->start + at, adam->net->block + at);
    return;
  }
  adam->kernels->adam(args, (size_t)rows * stride, grad + at, adam->m + at, adam->v + at,
                      adam->net->block + at);
  for (size_t i = at; adam->rule[tensor].hold > 0 && i < at + (size_t)rows * stride; i++) {
    if (adam->moving[i] == 0) adam->net->block[i] = adam->start[i];  // whatever decay made of it
  }
}

void co_adam_step(co_adam *adam, int tensor, const float *grad, double scale, double rate) {
  co_adam_args args = co_adam_begin(adam, tensor, scale, rate);
  co_adam_apply(adam, tensor, &args, 0, adam->net->tensor[tensor].rows, grad);
}

static void multiply(float *x, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) x[i] *= factor;
}

void co_adam_rescale(co_adam *adam, int tensor, float factor) {
  size_t at = offset_of(adam, tensor), count = count_of(adam, tensor);
  const co_adapter *adapter = adapter_of(adam, tensor);
  multiply(adam->net->block + at, count, factor);
  multiply(adam->start + at, count, factor);
  if (adapter) co_adapter_rescale(adapter, factor);
}

bool co_adam_renews(const co_adam *adam, int tensor, int64_t update) {
  return co_adam_moves(adam, tensor, update) && !adapter_of(adam, tensor) &&
         !(adam->rule[tensor].hold > 0);
}

void co_adam_renew(co_adam *adam, int tensor, const co_adam_area *area, const float *value) {
  assert(are_rows(adam, tensor, area->row0, area->rows) && !adapter_of(adam, tensor));
  assert(area->col0 >= 0 && area->cols <= adam->net->tensor[tensor].cols - area->col0);
  size_t stride = (size_t)adam->net->tensor[tensor].stride, cols = (size_t)area->cols;
  for (int row = 0; row < area->rows; row++) {
    size_t at = offset_of(adam, tensor) + (size_t)(area->row0 + row) * stride + (size_t)area->col0;
    memset(adam->m + at, 0, cols * sizeof(float));
    memset(adam->v + at, 0, cols * sizeof(float));
    if (value)
      memcpy(adam->net->block + at, value + (size_t)row * cols, cols * sizeof(float));
    else
      memset(adam->net->block + at, 0, cols * sizeof(float));
  }
}

double co_adam_adapter_flop(const co_adam *adam) {
  double flop = 0;
  for (int t = 0; adam->adapter && t < adam->net->num_tensors; t++)
    flop += adapter_of(adam, t) ? co_adapter_flop(&adam->adapter[t]) : 0;
  return flop;
}

static void copy_floats(float *to, const float *from, size_t count) {
  if (count) memcpy(to, from, count * sizeof *to);
}

void co_adam_save(co_adam *adam) {
  size_t size = adam->net->size, bytes = size * sizeof(float);
  memcpy(adam->backup, adam->net->block, bytes);
  memcpy(adam->backup + size, adam->m, 2 * bytes);  // v lies behind m
  memcpy(adam->backup_power, adam->power, 2 * (size_t)adam->net->num_tensors * sizeof(double));
  copy_floats(adam->adapter_backup, adam->adapter_numbers, adam->adapter_size);
}

void co_adam_restore(co_adam *adam) {
  size_t size = adam->net->size, bytes = size * sizeof(float);
  memcpy(adam->net->block, adam->backup, bytes);
  memcpy(adam->m, adam->backup + size, 2 * bytes);
  memcpy(adam->power, adam->backup_power, 2 * (size_t)adam->net->num_tensors * sizeof(double));
  copy_floats(adam->adapter_numbers, adam->adapter_backup, adam->adapter_size);
}
