// The machine a figure was taken on.

#ifndef CLI_MACHINE_H_
#define CLI_MACHINE_H_

#include "core/json.h"

// Name of the processor as the system tells it, "unknown" where it does not; at most `size` bytes.
void machine_cpu(char *out, size_t size);

int machine_cores(void);  // that this process may use

// Load average of the last minute, NAN where the system does not tell.
double machine_load(void);

// Memory that is free for use [bytes], NAN where the system does not tell.
double machine_memory(void);

// {cpu, cores, isa, threads, blas, blas_core, mujoco, build, libc, load_before, load_after}. This
// program links no BLAS library, so both of its fields are null; who compares with one sets them.
co_json *machine_json(int threads, double load_before);

#endif  // CLI_MACHINE_H_
