// The bytes of a *.codata file, for its reader and its writer.

#ifndef AGENTS_DATA_PRIVATE_LAYOUT_H_
#define AGENTS_DATA_PRIVATE_LAYOUT_H_

#include "agents/data/data_set.h"

#include <string.h>

// What a file begins with. Text follows, padded with spaces so that the records begin at a multiple
// of 64 bytes, then xxh3-64 of all before it, the records, and xxh3-64 of each piece of them.
typedef struct data_header {
  char magic[8];  // "CODATA01"
  uint32_t obs_dim, act_dim;
  uint64_t records, episodes;
  uint64_t hash;  // xxh3-64 of the pieces' hashes
  uint64_t text;  // bytes of the text
} data_header;

enum {
  DATA_HASH = 8,             // bytes of a hash
  DATA_ALIGN = 64,           // of the first record
  DATA_TEXT_MAX = 16 << 20,  // most bytes of the text
  DATA_WORD = sizeof(float)  // all numbers of a record have that size
};

static const char data_magic[8] = {'C', 'O', 'D', 'A', 'T', 'A', '0', '1'};

// Words of a record behind its action.
enum { DATA_REWARD, DATA_FLAGS, DATA_EPISODE, DATA_ROW, DATA_TAIL };

static inline uint32_t data_word(const float *at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static inline size_t data_pieces(uint64_t records) {
  return (size_t)((records + CO_DATA_PIECE - 1) / CO_DATA_PIECE);
}

#endif  // AGENTS_DATA_PRIVATE_LAYOUT_H_
