// OpenBLAS as an opponent of the kernels in benches. It is loaded when asked for, so nothing needs
// it to be built or to run; learning does not use it.

#ifndef CLI_BENCH_BLAS_H_
#define CLI_BENCH_BLAS_H_

#include "agents/nn/kernels/kernels.h"

#include <stdbool.h>

// The products of layers as calls of OpenBLAS on one thread, everything else as `own` does it. NULL
// when the library is not installed. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are taken out of the
// environment first, so that it chooses its kernels itself; with `same_level` it is told to take
// those whose instructions `own` uses, which only a library for several processors obeys. The first
// call decides, since the library is loaded once. One thread at a time.
const co_kernels *blas_kernels(const co_kernels *own, bool same_level);

const char *blas_name(void);  // "OpenBLAS 0.3.21 ...", NULL before blas_kernels or without it
const char *blas_core(void);  // "SkylakeX" or the like

#endif  // CLI_BENCH_BLAS_H_
