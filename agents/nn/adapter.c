#include "agents/nn/adapter.h"

#include <assert.h>
#include <math.h>

// ---- which factors there are

static int inner_of(const co_adapter_def *def) {
  if (def->rule->lora) return def->rule->lora;
  return def->rule->adapter == CO_ADAPTER_INPUT ? def->weight->rows : def->weight->cols;
}

static bool trains_left(const co_adapter_def *def) {
  return def->rule->lora || def->rule->adapter == CO_ADAPTER_INPUT;
}

static bool trains_right(const co_adapter_def *def) {
  return def->rule->lora || def->rule->adapter == CO_ADAPTER_OUTPUT;
}

static size_t left_size(const co_adapter_def *def) {
  return (size_t)def->tensor->rows * (size_t)co_row_stride(inner_of(def));
}

size_t co_adapter_size(const co_adapter_def *def) {
  size_t right = (size_t)inner_of(def) * (size_t)def->tensor->stride;
  return (trains_left(def) ? left_size(def) : 0) + (trains_right(def) ? right : 0);
}

// inline, since a release has no assert that would use it
static inline bool is_possible(const co_adapter_def *def) {
  const co_tensor *tensor = def->tensor;
  int most = tensor->rows < tensor->cols ? tensor->rows : tensor->cols;
  bool weight = tensor == def->weight, bias = tensor->facts.role == CO_TENSOR_BIAS;
  bool any_weight = co_tensor_is_weight(&tensor->facts);
  if (def->rule->lora) return any_weight && def->rule->lora <= most && !def->rule->adapter;
  return def->rule->adapter == CO_ADAPTER_INPUT ? weight || bias : weight;
}

// ---- create

// Of low rank: one of the two factors has to be drawn, or neither would have a gradient.
static void draw_left(const co_adapter *adapter, const co_adapter_def *def) {
  const co_stream own = {def->stream->seed, def->stream->number, CO_PURPOSE_ADAPTER};
  co_rng rng = co_rng_make(&own, (uint32_t)def->tensor->facts.init_row);
  double deviation = 1 / sqrt(adapter->rows);
  for (int i = 0; i < adapter->rows; i++) {
    for (int k = 0; k < adapter->inner; k++)
      adapter->value[i * adapter->inner_stride + k] = (float)(deviation * co_rng_normal(&rng));
  }
}

static void place_factors(const co_adapter_def *def, co_adapter *adapter) {
  size_t right = trains_left(def) ? left_size(def) : 0;
  adapter->left = trains_left(def) ? adapter->value : def->weight_start;
  adapter->right = trains_right(def) ? adapter->value + right : def->weight_start;
  adapter->dleft = trains_left(def) ? adapter->grad : NULL;
  adapter->dright = trains_right(def) ? adapter->grad + right : NULL;
}

co_status co_adapter_create(co_arena *arena, const co_adapter_def *def, float *numbers,
                            co_adapter *out) {
  assert(is_possible(def));
  int inner = inner_of(def);
  co_adapter adapter = {.rows = def->tensor->rows,
                        .inner = inner,
                        .cols = def->tensor->cols,
                        .inner_stride = co_row_stride(inner),
                        .stride = def->tensor->stride,
                        .scale = def->rule->lora ? (float)(def->rule->alpha / inner) : 1,
                        .size = co_adapter_size(def)};
  adapter.value = numbers;
  adapter.m = numbers + adapter.size;
  adapter.v = numbers + 2 * adapter.size;
  size_t rows = (size_t)adapter.rows, cols = (size_t)adapter.cols, stride = (size_t)adapter.stride;
  adapter.grad = co_arena_alloc(arena, adapter.size, sizeof(float));
  adapter.transposed = co_arena_alloc(arena, cols * (size_t)adapter.inner_stride, sizeof(float));
  adapter.product = co_arena_alloc(arena, rows * stride, sizeof(float));
  adapter.zeros = co_arena_alloc(arena, stride, sizeof(float));
  if (!adapter.grad || !adapter.transposed || !adapter.product || !adapter.zeros) return CO_MEMORY;
  place_factors(def, &adapter);
  if (def->rule->lora) draw_left(&adapter, def);
  *out = adapter;
  return CO_OK;
}

// ---- passes

// B as a layer from `inner` numbers to `cols`.
static co_dense_view view_right(const co_adapter *adapter) {
  return (co_dense_view){.in = adapter->inner,
                         .out = adapter->cols,
                         .in_stride = adapter->inner_stride,
                         .out_stride = adapter->stride,
                         .weight = adapter->right,
                         .bias = adapter->zeros,
                         .transposed = adapter->transposed};
}

double co_adapter_gradient(const co_adapter *adapter, const co_kernels *kernels,
                           const float *dtensor) {
  const co_dense_view right = view_right(adapter);
  if (adapter->dleft) {
    kernels->transpose(right.weight, adapter->inner, adapter->stride, adapter->cols,
                       adapter->transposed, adapter->inner_stride);
    kernels->backward(&right, dtensor, NULL, adapter->rows, -1, adapter->dleft);
  }
  if (adapter->dright)
    kernels->gradient(&right, adapter->left, adapter->inner_stride, dtensor, adapter->rows,
                      CO_SUM_CHAIN, adapter->dright, NULL);
  for (size_t i = 0; i < adapter->size; i++) adapter->grad[i] *= adapter->scale;
  return kernels->reduce(adapter->grad, 0, 1, adapter->size, 0, NULL, NULL);
}

void co_adapter_step(const co_adapter *adapter, const co_kernels *kernels, const co_adam_args *args,
                     const float *start, float *tensor) {
  kernels->adam(args, adapter->size, adapter->grad, adapter->m, adapter->v, adapter->value);
  co_dense_view right = view_right(adapter);
  right.transposed = NULL;  // it is of B before the step
  kernels->forward(&right, adapter->left, adapter->inner_stride, adapter->rows, -1,
                   adapter->product);
  size_t count = (size_t)adapter->rows * (size_t)adapter->stride;
  for (size_t i = 0; i < count; i++) tensor[i] = start[i] + adapter->scale * adapter->product[i];
}

// A factor that is W0 has been multiplied where it lies.
void co_adapter_rescale(const co_adapter *adapter, float factor) {
  if (!adapter->dleft || !adapter->dright) return;
  float *right = adapter->value + (adapter->dright - adapter->grad);
  for (float *end = adapter->value + adapter->size; right < end; right++) *right *= factor;
}

double co_adapter_flop(const co_adapter *adapter) {
  int products = 1 + (adapter->dleft != NULL) + (adapter->dright != NULL);  // A B, dA, dB
  return products * 2.0 * adapter->rows * adapter->inner * adapter->cols;
}
