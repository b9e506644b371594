// A gradient against central differences of a twin in double precision.

#ifndef TESTS_AGENTS_NN_SLOPES_H_
#define TESTS_AGENTS_NN_SLOPES_H_

#include <check.h>
#include <math.h>

// One array of numbers that a loss depends on, and what is taken for its gradient.
typedef struct slopes {
  const char *name;
  double *value;      // (rows x stride) moved and put back
  const float *grad;  // (rows x stride)
  int rows, cols, stride;
  int row_step, col_step;  // every so many are looked at
  double tolerance;        // of the error relative to the numeric gradient, both as norms
} slopes;

typedef double slopes_loss(void *context);

static inline void slopes_compare(const slopes *of, slopes_loss *loss, void *context) {
  double error = 0, size = 0, numeric = 0;
  const double step = 1e-6;
  for (int row = 0; row < of->rows; row += of->row_step)
    for (int col = 0; col < of->cols; col += of->col_step) {
      int i = row * of->stride + col;
      double kept = of->value[i];
      of->value[i] = kept + step;
      double above = loss(context);
      of->value[i] = kept - step;
      double slope = (above - loss(context)) / (2 * step);
      of->value[i] = kept;
      error += pow(slope - (double)of->grad[i], 2);
      size += pow((double)of->grad[i], 2);
      numeric += slope * slope;
    }
  double relative = sqrt(error / numeric);
  ck_assert_msg(size > 1e-6 && numeric > 1e-6, "%s: no gradient", of->name);
  ck_assert_msg(error > 0 && relative < of->tolerance, "%s: error %g", of->name, relative);
}

#endif  // TESTS_AGENTS_NN_SLOPES_H_
