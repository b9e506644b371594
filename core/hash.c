#include "core/hash.h"

#include "core/status.h"

#include <stdio.h>
#include <xxhash.h>

uint64_t co_hash(const void *bytes, size_t size) {
  return XXH3_64bits(bytes, size);
}

void co_hash_text(uint64_t hash, char text[CO_HASH_TEXT]) {
  snprintf(text, CO_HASH_TEXT, "%016llx", (unsigned long long)hash);
}

co_hasher *co_hasher_create(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state)
    XXH3_64bits_reset(state);
  else
    (void)co_fail(CO_MEMORY, "out of memory for a hash");
  return (co_hasher *)state;
}

void co_hasher_add(co_hasher *hasher, const void *bytes, size_t size) {
  XXH3_64bits_update((XXH3_state_t *)hasher, bytes, size);
}

uint64_t co_hasher_value(const co_hasher *hasher) {
  return XXH3_64bits_digest((const XXH3_state_t *)hasher);
}

void co_hasher_free(co_hasher *hasher) {
  XXH3_freeState((XXH3_state_t *)hasher);
}
