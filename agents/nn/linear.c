#include "agents/nn/linear.h"

#include <assert.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

// values of the C interface to BLAS
enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112, UPPER = 121 };

typedef void (*dgemm)(int order, int transa, int transb, int m, int n, int k, double alpha,
                      const double *a, int lda, const double *b, int ldb, double beta, double *c,
                      int ldc);
typedef void (*dsyrk)(int order, int uplo, int trans, int n, int k, double alpha, const double *a,
                      int lda, double beta, double *c, int ldc);
// LAPACK's, as Fortran calls it: the lengths of its texts stand behind
typedef void (*dsyevd)(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                       double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                       int *info, size_t, size_t);

static struct {
  pthread_once_t once;
  dgemm multiply;
  dsyrk gram;
  dsyevd eigenvalues;
} library = {.once = PTHREAD_ONCE_INIT};

// function pointers out of a library, which ISO C has no conversion for
static bool find(void *from, const char *name, void *function, size_t size) {
  void *symbol = dlsym(from, name);
  memcpy(function, &symbol, size);
  return symbol != NULL;
}

static void load(void) {
  void (*set_threads)(int);
  void *from = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);  // never closed
  if (!from || !find(from, "openblas_set_num_threads", &set_threads, sizeof set_threads)) return;
  set_threads(1);
  bool whole = find(from, "cblas_dgemm", &library.multiply, sizeof library.multiply) &&
               find(from, "cblas_dsyrk", &library.gram, sizeof library.gram) &&
               find(from, "dsyevd_", &library.eigenvalues, sizeof library.eigenvalues);
  if (!whole) library.eigenvalues = NULL;
}

bool co_linear_is_there(void) {
  pthread_once(&library.once, load);
  return library.eigenvalues != NULL;
}

// Of the symmetric matrix (n x n) whose upper half is given and lost, smallest first.
static co_status find_eigenvalues(int n, double *a, co_arena *arena, double *out) {
  int lwork = 2 * n + 1, liwork = 1, integer, info = 0;  // the least that "N" asks for
  double *work = co_arena_alloc(arena, (size_t)lwork, sizeof *work);
  if (!work) return CO_MEMORY;
  // rows of the one are columns of the other, so its upper half is LAPACK's lower one
  library.eigenvalues("N", "L", &n, a, &n, out, work, &lwork, &integer, &liwork, &info, 1, 1);
  return info == 0 ? CO_OK : co_fail(CO_INTERNAL, "no eigenvalues of a %d x %d matrix", n, n);
}

co_status co_linear_singular_values(co_matrix of, co_arena *arena, double *out) {
  assert(co_linear_is_there() && of.rows > 0 && of.cols > 0);
  int n = of.cols;
  co_arena_mark mark = co_arena_get_mark(arena);
  double *gram = co_arena_alloc(arena, (size_t)n * (size_t)n, sizeof *gram);
  if (!gram) return CO_MEMORY;
  library.gram(ROW_MAJOR, UPPER, TRANSPOSED, n, of.rows, 1, of.value, n, 0, gram, n);
  co_status status = find_eigenvalues(n, gram, arena, out);
  co_arena_release(arena, mark);
  if (status != CO_OK) return status;
  for (int i = 0; i < n; i++) out[i] = sqrt(fmax(out[i], 0));
  for (int i = 0; i < n / 2; i++) {
    double small = out[i];
    out[i] = out[n - 1 - i];
    out[n - 1 - i] = small;
  }
  return CO_OK;
}

co_status co_linear_product_square(co_matrix a, co_matrix b, co_arena *arena, double *out) {
  assert(co_linear_is_there() && a.rows == b.rows);
  size_t size = (size_t)a.cols * (size_t)b.cols;
  co_arena_mark mark = co_arena_get_mark(arena);
  double *product = co_arena_alloc(arena, size, sizeof *product), sum = 0;
  if (!product) return CO_MEMORY;
  library.multiply(ROW_MAJOR, TRANSPOSED, PLAIN, a.cols, b.cols, a.rows, 1, a.value, a.cols,
                   b.value, b.cols, 0, product, b.cols);
  for (size_t i = 0; i < size; i++) sum += product[i] * product[i];
  co_arena_release(arena, mark);
  *out = sum;
  return CO_OK;
}

void co_linear_centre(int rows, int cols, double *value) {
  for (int c = 0; c < cols; c++) {
    double sum = 0;
    for (int r = 0; r < rows; r++) sum += value[(ptrdiff_t)r * cols + c];
    for (int r = 0; r < rows; r++) value[(ptrdiff_t)r * cols + c] -= sum / rows;
  }
}
