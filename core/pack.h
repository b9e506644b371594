// A file of named byte arrays under one checksum: what checkpoints are made of.
//
// Layout, little-endian: "COPACK01"; per entry u32 length of the name, the name, u64 size, the
// bytes; a u32 of all ones; xxh3-64 over everything before it. Entries are in the order they were
// added, so equal states are equal files. Reading checks every length before use.

#ifndef CORE_PACK_H_
#define CORE_PACK_H_

#include "core/buf.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Writing: begin, add as often as wanted, end. Out of memory shows in co_buf_status.
void co_pack_begin(co_buf *out);
void co_pack_add(co_buf *out, const char *name, const void *bytes, size_t size);
void co_pack_end(co_buf *out);

typedef struct co_pack_entry {
  char name[64];
  const unsigned char *bytes;  // (size), inside what was parsed
  size_t size;
} co_pack_entry;

typedef struct co_pack {
  const char *file;  // for messages, borrowed
  int count;
  co_pack_entry *entry;  // (count), owned
} co_pack;

// `bytes` must outlive the pack. CO_DATA with "file: offset N: text" for what co_pack_end does not
// write.
co_status co_pack_parse(const void *bytes, size_t size, const char *file, co_pack *out);
void co_pack_free(co_pack *pack);

bool co_pack_has(const co_pack *pack, const char *name);
const void *co_pack_find(const co_pack *pack, const char *name, size_t *size);  // NULL: none
// Exactly `size` bytes, or CO_DATA "file: NAME: has n bytes, not m" / "file: no NAME".
co_status co_pack_read(const co_pack *pack, const char *name, void *out, size_t size);

#endif  // CORE_PACK_H_
