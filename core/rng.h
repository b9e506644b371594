// Counter-based random numbers (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3").
//
// A stream is named by (seed, number, purpose, row): seed = of the study, number = seed number
// within it, purpose = what it is for, row = env row or episode. Nothing else: never a thread, a
// strategy or an index of a list. Streams of different names never overlap, since the name is the
// key and the upper half of the counter; a stream holds 2^64 blocks of four words. A stream is a
// value: copy it to save it. Not thread-safe per stream.

#ifndef CORE_RNG_H_
#define CORE_RNG_H_

#include <stdint.h>

// purposes; a new one goes to the end, since the number is part of every result
#define CO_PURPOSE_LIST(X) \
  X(CO_PURPOSE_INIT)       \
  X(CO_PURPOSE_RESET)      \
  X(CO_PURPOSE_ACTION)     \
  X(CO_PURPOSE_SHUFFLE)    \
  X(CO_PURPOSE_WARMUP)     \
  X(CO_PURPOSE_EVAL_CURVE) \
  X(CO_PURPOSE_EVAL_FINAL) \
  X(CO_PURPOSE_RANDOM)     \
  X(CO_PURPOSE_TAPE)       \
  X(CO_PURPOSE_BOOTSTRAP)  \
  X(CO_PURPOSE_TEST)       \
  X(CO_PURPOSE_DOMAIN)     \
  X(CO_PURPOSE_DROPOUT)    \
  X(CO_PURPOSE_ADAPTER)    \
  X(CO_PURPOSE_SOURCE)     \
  X(CO_PURPOSE_REDO)

typedef enum co_purpose {
#define X(name) name,
  CO_PURPOSE_LIST(X)
#undef X
} co_purpose;

// What names a family of streams; the row is added by whoever owns rows.
typedef struct co_stream {
  uint64_t seed;    // of the study
  uint32_t number;  // seed number within the study, < 2^24
  co_purpose purpose;
} co_stream;

typedef struct co_rng {
  uint32_t key[2], counter[4], word[4];
  uint32_t have;  // words of `word` not used yet
} co_rng;

co_rng co_rng_make(const co_stream *stream, uint32_t row);

// A further stream beside that of the same name, lane 1..3: for what must not shift the draws of
// the first. Rows stay below 2^30.
co_rng co_rng_make_lane(const co_stream *stream, uint32_t row, uint32_t lane);
// Goes on at a block of four words, counted from the start of the stream.
void co_rng_seek(co_rng *rng, uint64_t block);
uint32_t co_rng_u32(co_rng *rng);
uint64_t co_rng_u64(co_rng *rng);
double co_rng_uniform(co_rng *rng);                       // [0, 1), 53 bits
uint32_t co_rng_below(co_rng *rng, uint32_t bound);       // [0, bound), unbiased, bound > 0
double co_rng_normal(co_rng *rng);                        // N(0, 1), one 64-bit draw each
void co_rng_normals(co_rng *rng, float *out, int count);  // (count), as co_rng_normal draws them
void co_rng_shuffle(co_rng *rng, uint32_t *items, uint32_t count);  // Fisher-Yates

#endif  // CORE_RNG_H_
