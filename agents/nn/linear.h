// Linear algebra of analyses, by OpenBLAS and its LAPACK on one thread; learning does not use it.
//
// The library is loaded when it is first asked for: linked, it would start its threads with every
// command, and a bench could no longer choose its kernels. It takes those of the processor, so last
// digits differ between machines: what is kept of them is rounded (co_round_digits of
// core/format.h).
//
// Matrices lie row by row without padding. Thread-safe.

#ifndef AGENTS_NN_LINEAR_H_
#define AGENTS_NN_LINEAR_H_

#include "core/arena.h"

typedef struct co_matrix {
  int rows, cols;
  const double *value;  // (rows x cols), borrowed
} co_matrix;

// Whether the library is installed. Nothing below may be called without.
bool co_linear_is_there(void);

// The singular values of a matrix with at least one row and column, largest first, as roots of the
// eigenvalues of its Gram matrix: what is below 1e-8 of the largest is noise. out (cols); scratch
// comes from the arena and goes back. CO_MEMORY, CO_INTERNAL when LAPACK finds none.
co_status co_linear_singular_values(co_matrix of, co_arena *arena, double *out);

// The squared Frobenius norm of a^T b, of two matrices with as many rows. CO_MEMORY.
co_status co_linear_product_square(co_matrix a, co_matrix b, co_arena *arena, double *out);

// Takes its mean off each column. value (rows x cols).
void co_linear_centre(int rows, int cols, double *value);

#endif  // AGENTS_NN_LINEAR_H_
