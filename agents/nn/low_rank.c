#include "agents/nn/low_rank.h"

#include <assert.h>
#include <math.h>

size_t co_low_rank_size(const co_tensor *weight, int rank) {
  return (size_t)weight->rows * (size_t)co_row_stride(rank) + (size_t)rank * (size_t)weight->stride;
}

static float *up_of(const co_low_rank *low) {
  return low->value + (size_t)low->in * (size_t)low->rank_stride;
}

// B as a layer from `rank` numbers to `out`.
static co_dense_view view_up(const co_low_rank *low) {
  return (co_dense_view){.in = low->rank,
                         .out = low->out,
                         .in_stride = low->rank_stride,
                         .out_stride = low->out_stride,
                         .weight = up_of(low),
                         .bias = low->zeros,
                         .transposed = low->transposed};
}

static void draw_down(const co_low_rank *low, const co_tensor *weight, const co_stream *stream) {
  const co_stream own = {stream->seed, stream->number, CO_PURPOSE_ADAPTER};
  co_rng rng = co_rng_make(&own, (uint32_t)weight->facts.init_row);
  double deviation = 1 / sqrt(low->in);
  for (int i = 0; i < low->in; i++) {
    for (int k = 0; k < low->rank; k++)
      low->value[i * low->rank_stride + k] = (float)(deviation * co_rng_normal(&rng));
  }
}

co_status co_low_rank_create(co_arena *arena, const co_tensor *weight, int rank, double alpha,
                             const co_stream *stream, float *numbers, co_low_rank *out) {
  int most = weight->rows < weight->cols ? weight->rows : weight->cols;
  assert(weight->facts.role == CO_TENSOR_WEIGHT && rank > 0 && rank <= most);
  (void)most;
  co_low_rank low = {.in = weight->rows,
                     .out = weight->cols,
                     .rank = rank,
                     .rank_stride = co_row_stride(rank),
                     .out_stride = weight->stride,
                     .scale = (float)(alpha / rank),
                     .size = co_low_rank_size(weight, rank)};
  low.value = numbers;
  low.m = numbers + low.size;
  low.v = numbers + 2 * low.size;
  size_t in = (size_t)low.in, out_stride = (size_t)low.out_stride;
  low.grad = co_arena_alloc(arena, low.size, sizeof(float));
  low.transposed = co_arena_alloc(arena, (size_t)low.out * (size_t)low.rank_stride, sizeof(float));
  low.product = co_arena_alloc(arena, in * out_stride, sizeof(float));
  low.zeros = co_arena_alloc(arena, out_stride, sizeof(float));
  if (!low.grad || !low.transposed || !low.product || !low.zeros) return CO_MEMORY;
  draw_down(&low, weight, stream);
  *out = low;
  return CO_OK;
}

double co_low_rank_gradient(const co_low_rank *low, const co_kernels *kernels,
                            const float *dweight) {
  const co_dense_view up = view_up(low);
  float *dup = low->grad + (up_of(low) - low->value);
  kernels->transpose(up.weight, low->rank, low->out_stride, low->out, low->transposed,
                     low->rank_stride);
  kernels->backward(&up, dweight, NULL, low->in, -1, low->grad);
  kernels->gradient(&up, low->value, low->rank_stride, dweight, low->in, CO_SUM_CHAIN, dup, NULL);
  for (size_t i = 0; i < low->size; i++) low->grad[i] *= low->scale;
  return kernels->reduce(low->grad, 0, 1, low->size, 0, NULL, NULL);
}

void co_low_rank_step(const co_low_rank *low, const co_kernels *kernels, const co_adam_args *args,
                      const float *start, float *weight) {
  kernels->adam(args, low->size, low->grad, low->m, low->v, low->value);
  const co_dense_view up = view_up(low);
  kernels->forward(&up, low->value, low->rank_stride, low->in, -1, low->product);
  size_t count = (size_t)low->in * (size_t)low->out_stride;
  for (size_t i = 0; i < count; i++) weight[i] = start[i] + low->scale * low->product[i];
}

double co_low_rank_flop(const co_low_rank *low) {
  return 3 * 2.0 * low->in * low->rank * low->out;  // dA, dB and A B
}
