// 64-bit hashes (xxh3): of whole blocks, and of a stream of pieces, which give the same value for
// the same bytes. Text form is 16 lower-case hex digits. Thread-safe for different hashers.

#ifndef CORE_HASH_H_
#define CORE_HASH_H_

#include <stddef.h>
#include <stdint.h>

enum { CO_HASH_TEXT = 17 };  // 16 hex digits and a NUL

typedef struct co_hasher co_hasher;  // streaming state

uint64_t co_hash(const void *bytes, size_t size);
void co_hash_text(uint64_t hash, char text[CO_HASH_TEXT]);

co_hasher *co_hasher_create(void);  // NULL, and its sentence, when out of memory
void co_hasher_add(co_hasher *hasher, const void *bytes, size_t size);
uint64_t co_hasher_value(const co_hasher *hasher);
void co_hasher_free(co_hasher *hasher);

#endif  // CORE_HASH_H_
