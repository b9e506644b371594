#include "agents/nn/tensor_init.h"

#include "agents/nn/dense.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { MAX_LENGTH = CO_MAX_OBS + 4 * CO_MAX_WIDTH };  // rows and columns of a recurrent layer

// A set of vectors inside a weight (in x out): its columns or its rows, whichever are fewer.
typedef struct vectors {
  float *first;
  int count, length;
  ptrdiff_t vector_stride, element_stride;
} vectors;

// takes the part along vector j out of x
static void project_out(const vectors *set, int j, double *x) {
  const float *q = set->first + j * set->vector_stride;
  double dot = 0;
  for (int i = 0; i < set->length; i++) dot += x[i] * (double)q[i * set->element_stride];
  for (int i = 0; i < set->length; i++) x[i] -= dot * (double)q[i * set->element_stride];
}

static void store_unit(const vectors *set, int j, const double *x) {
  float *q = set->first + j * set->vector_stride;
  double square = 0;
  for (int i = 0; i < set->length; i++) square += x[i] * x[i];
  double factor = 1 / sqrt(square);
  for (int i = 0; i < set->length; i++) q[i * set->element_stride] = (float)(x[i] * factor);
}

// Random orthonormal vectors: Gram-Schmidt on normal ones, which gives Haar measure as the QR
// decomposition with a positive diagonal does (Saxe et al. 2014, arXiv 1312.6120). Twice, so that
// they are orthogonal to rounding (Giraud et al. 2005).
static void fill_orthonormal(const vectors *set, co_rng *rng) {
  double x[MAX_LENGTH];
  for (int j = 0; j < set->count; j++) {
    for (int i = 0; i < set->length; i++) x[i] = co_rng_normal(rng);
    for (int pass = 0; pass < 2; pass++) {
      for (int k = 0; k < j; k++) project_out(set, k, x);
    }
    store_unit(set, j, x);
  }
}

void co_tensor_init_orthogonal(const co_tensor *weight, double gain, const co_stream *stream) {
  assert(weight->dtype == CO_F32 && weight->facts.init_row >= 0);
  assert(weight->rows + weight->cols <= MAX_LENGTH);
  co_stream init = *stream;
  init.purpose = CO_PURPOSE_INIT;
  co_rng rng = co_rng_make(&init, (uint32_t)weight->facts.init_row);
  bool tall = weight->rows >= weight->cols;
  vectors set = {.first = weight->data,
                 .count = tall ? weight->cols : weight->rows,
                 .length = tall ? weight->rows : weight->cols,
                 .vector_stride = tall ? 1 : weight->stride,
                 .element_stride = tall ? weight->stride : 1};
  fill_orthonormal(&set, &rng);
  float *w = weight->data;
  for (ptrdiff_t i = 0; i < (ptrdiff_t)weight->rows * weight->stride; i++) {
    w[i] = (float)(gain * (double)w[i]);
  }
}

static double gain_of(co_tensor_layer layer) {
  if (layer == CO_LAYER_MEAN || layer == CO_LAYER_SPREAD) return 0.01;
  return layer == CO_LAYER_VALUE ? 1 : sqrt(2);
}

void co_tensor_init(const co_tensor *tensor, const co_stream *stream) {
  float *data = tensor->data;
  memset(data, 0, (size_t)tensor->rows * (size_t)tensor->stride * sizeof *data);
  if (tensor->facts.role == CO_TENSOR_GAIN)
    for (int i = 0; i < tensor->cols; i++) data[i] = 1;
  if (tensor->facts.init_row < 0) return;  // biases, log_std, log_alpha start at 0
  co_tensor_init_orthogonal(tensor, gain_of(tensor->facts.layer), stream);
}

void co_tensor_draw_column(const co_tensor *weight, co_rng *rng, float *out) {
  double gain = gain_of(weight->facts.layer), square = 0;
  co_rng_normals(rng, out, weight->rows);
  for (int i = 0; i < weight->rows; i++) square += (double)out[i] * (double)out[i];
  if (weight->rows < weight->cols) gain *= sqrt((double)weight->rows / weight->cols);
  double factor = gain / sqrt(square);
  for (int i = 0; i < weight->rows; i++) out[i] = (float)(factor * (double)out[i]);
}
