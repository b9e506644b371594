// Strands: sequences of steps that run beside each other on the threads of a pool and meet only
// where one needs another.
//
// Each strand is a list of the same steps, done in their order. Step s of a strand begins when all
// other strands are through step needs[s]. Thread t begins with strand t and goes on with it, so
// what a strand works on stays in one cache; it takes a step of another strand only when its own
// has to wait and nobody has begun that step for a microsecond or two, as happens when there are
// more threads than cores. So a strand has no thread of its own to rely on, and no step may wait
// for another.
//
// A meeting costs one cache line from core to core, and nothing where the other strand is ahead: a
// section of a pool (core/pool.h) costs two, and the time of the slowest thread each time.

#ifndef CORE_STRANDS_H_
#define CORE_STRANDS_H_

#include "core/pool.h"

#include <stdatomic.h>
#include <stdint.h>

// How far a strand is, in a cache line of its own. Zero at first, then belongs to the functions
// here.
typedef struct co_strand {
  _Alignas(64) _Atomic uint64_t at;  // twice the steps that it is through since it was zero, plus 1
} co_strand;                         // while a step runs

// Does step `step` of strand `strand`. All that was done before in this strand, and in the others
// up to what the step needs, is there to be read.
typedef void co_strand_step(void *context, int step, int strand);

typedef struct co_strands {
  co_strand_step *run;
  void *context;
  int num_steps, num_strands;
  const int *needs;   // (num_steps) a step before of the other strands, -1: none; needs[s] < s
  co_strand *strand;  // (num_strands), all at the same step, not in use elsewhere
} co_strands;

// Runs all steps of all strands. With one thread, or pool NULL, strand after strand, as far as each
// can go.
void co_strands_run(co_pool *pool, const co_strands *strands);

#endif  // CORE_STRANDS_H_
