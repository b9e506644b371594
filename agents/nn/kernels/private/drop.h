// Dropout, part of the source of the kernels (body.h). Its random words are those of
// core/rng.h, Philox4x32-10 (Salmon et al. 2011), of CO_WORDS blocks at once; one after the other
// they take as long as half of the products.

#ifndef AGENTS_NN_KERNELS_PRIVATE_DROP_H_
#define AGENTS_NN_KERNELS_PRIVATE_DROP_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/kernels/private/simd.h"
#include "agents/nn/kernels/private/simd_words.h"

enum { DROP_AT_ONCE = 4 * CO_WORDS };

// one round: w are the four words of each block
static inline void philox_round(const uint32_t key[2], words w[4]) {
  words first = words_mul(w[0], words_set(0xD2511F53));
  words third = words_mul(w[2], words_set(0xCD9E8D57));
  w[0] = words_xor(words_xor(words_high(third), w[1]), words_set(key[0]));
  w[2] = words_xor(words_xor(words_high(first), w[3]), words_set(key[1]));
  w[1] = third;
  w[3] = first;
}

// words of CO_WORDS blocks from `block` on, which does not overflow
static inline void drop_words(const co_drop_args *args, uint32_t block, uint32_t *word) {
  uint32_t key[2] = {args->key[0], args->key[1]};
  words w[4] = {words_from(block)};
  for (int i = 1; i < 4; i++) w[i] = words_set(args->counter[i]);
  for (int round = 0; round < 10; round++) {
    philox_round(key, w);
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  words_store(word, w);
}

static void kernel_drop(const co_drop_args *args, int count, float *y, float *slope) {
  uint32_t word[DROP_AT_ONCE];
  for (int at = 0; at < count; at += CO_LANES) {
    int from = at % DROP_AT_ONCE;
    if (from == 0) drop_words(args, args->counter[0] + (uint32_t)at / 4, word);
    vec factor = words_gate(word + from, args->threshold, args->kept);
    vec_store(y + at, vec_mul(factor, vec_load(y + at)));
    vec_store(slope + at, vec_mul(factor, vec_load(slope + at)));
  }
}

#endif  // AGENTS_NN_KERNELS_PRIVATE_DROP_H_
