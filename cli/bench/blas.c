#include "cli/bench/blas.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// values of the C interface to BLAS
enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };

typedef void (*sgemm)(int order, int transa, int transb, int m, int n, int k, float alpha,
                      const float *a, int lda, const float *b, int ldb, float beta, float *c,
                      int ldc);

// what was loaded; the tables of kernels have no place for it
static struct {
  co_kernels table;
  const co_kernels *own;
  sgemm multiply;
  const char *name, *core;
} blas;

static void blas_forward(const co_dense_view *layer, const float *x, int x_stride, int rows,
                         int activation, float *y) {
  size_t stride = (size_t)layer->out_stride;
  for (int r = 0; r < rows; r++) memcpy(y + (size_t)r * stride, layer->bias, stride * sizeof *y);
  blas.multiply(ROW_MAJOR, PLAIN, PLAIN, rows, layer->out, layer->in, 1, x, x_stride, layer->weight,
                layer->out_stride, 1, y, layer->out_stride);
  if (activation >= 0) blas.own->activate(activation, (size_t)rows * stride, y, NULL);
}

static void blas_backward(const co_dense_view *layer, const float *dy, const float *x, int rows,
                          int activation, float *dx) {
  size_t size = (size_t)rows * (size_t)layer->in_stride;
  if (layer->in < layer->in_stride) memset(dx, 0, size * sizeof *dx);
  blas.multiply(ROW_MAJOR, PLAIN, TRANSPOSED, rows, layer->in, layer->out, 1, dy, layer->out_stride,
                layer->weight, layer->out_stride, 0, dx, layer->in_stride);
  if (activation >= 0) blas.own->activate_backward(activation, size, x, dx);
}

static void blas_gradient(const co_dense_view *layer, const float *x, int x_stride, const float *dy,
                          int rows, co_row_sum over, float *dweight, float *dbias) {
  int stride = layer->out_stride;
  (void)over;  // benches ask for chains
  blas.multiply(ROW_MAJOR, TRANSPOSED, PLAIN, layer->in, layer->out, rows, 1, x, x_stride, dy,
                stride, 0, dweight, stride);
  if (!dbias) return;
  memset(dbias, 0, (size_t)stride * sizeof *dbias);
  for (int r = 0; r < rows; r++) {
    for (int o = 0; o < stride; o++) dbias[o] += dy[(ptrdiff_t)r * stride + o];
  }
}

// function pointers out of a library, which ISO C has no conversion for
static void find(void *library, const char *name, void *function, size_t size) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, size);
}

static const char *ask(void *library, const char *name) {
  char *(*question)(void);
  find(library, name, &question, sizeof question);
  return question ? question() : NULL;
}

// What OpenBLAS calls its kernels for processors with the instructions of a level. Its least ones
// still use SSE3.
static const char *core_of(const co_kernels *own) {
  static const char *const cores[] = {"Prescott", "Haswell", "SkylakeX"};  // as co_kernels_names
  int level = 0;
  while (strcmp(co_kernels_names[level], own->name) != 0) level++;
  return cores[level];
}

// It reads the environment and starts its threads while it is loaded, so kernels and number of
// threads are set before. `core` NULL: it chooses.
static void load(const char *core) {
  unsetenv("OPENBLAS_CORETYPE");
  if (core) setenv("OPENBLAS_CORETYPE", core, 1);
  unsetenv("OPENBLAS_L2_SIZE");
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);  // never closed
  if (!library) return;
  find(library, "cblas_sgemm", &blas.multiply, sizeof blas.multiply);
  blas.name = ask(library, "openblas_get_config");
  blas.core = ask(library, "openblas_get_corename");
}

const co_kernels *blas_kernels(const co_kernels *own, bool same_level) {
  if (!blas.multiply) load(same_level ? core_of(own) : NULL);
  if (!blas.multiply) return NULL;
  blas.own = own;
  blas.table = *own;
  blas.table.name = "OpenBLAS";
  blas.table.forward = blas_forward;
  blas.table.backward = blas_backward;
  blas.table.gradient = blas_gradient;
  return &blas.table;
}

const char *blas_name(void) {
  return blas.name;
}

const char *blas_core(void) {
  return blas.core;
}
