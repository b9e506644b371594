#include "core/pack.h"

#include "core/hash.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = {'C', 'O', 'P', 'A', 'C', 'K', '0', '1'};

enum { LENGTH_BYTES = 4, SIZE_BYTES = 8, HASH_BYTES = 8 };
#define END_MARK 0xffffffffU  // stands where the length of a name would

// ---- writing ----

static void put_le(co_buf *out, uint64_t value, int bytes) {
  unsigned char le[8];
  for (int i = 0; i < bytes; i++) le[i] = (unsigned char)(value >> 8 * i);
  co_buf_add(out, le, (size_t)bytes);
}

void co_pack_begin(co_buf *out) {
  assert(out->size == 0);  // the checksum is of the whole buffer
  co_buf_add(out, magic, sizeof magic);
}

void co_pack_add(co_buf *out, const char *name, const void *bytes, size_t size) {
  size_t length = strlen(name);
  assert(length > 0 && length < sizeof((co_pack_entry *)0)->name);
  put_le(out, length, LENGTH_BYTES);
  co_buf_add(out, name, length);
  put_le(out, size, SIZE_BYTES);
  co_buf_add(out, bytes, size);
}

void co_pack_end(co_buf *out) {
  put_le(out, END_MARK, LENGTH_BYTES);
  if (co_buf_status(out) != CO_OK) return;  // there may be no bytes to look at
  put_le(out, co_hash(out->data, out->size), HASH_BYTES);
}

// ---- reading ----

// A place in the bytes before the checksum; what is taken was checked to be there.
typedef struct reader {
  const unsigned char *bytes;
  size_t size, at;
  const char *file;
} reader;

static uint64_t le_at(const unsigned char *bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << 8 * i;
  return value;
}

static co_status damaged(const reader *r, const char *text) {
  return co_fail(CO_DATA, "%s: offset %zu: %s", r->file, r->at, text);
}

static co_status take(reader *r, uint64_t size, const char *text, const unsigned char **out) {
  if (size > r->size - r->at) return damaged(r, text);
  *out = r->bytes + r->at;
  r->at += (size_t)size;
  return CO_OK;
}

static co_status take_number(reader *r, int bytes, const char *text, uint64_t *out) {
  const unsigned char *at = NULL;
  CO_TRY(take(r, (uint64_t)bytes, text, &at));
  *out = le_at(at, bytes);
  return CO_OK;
}

// the next entry; `end` when there is none
static co_status take_entry(reader *r, co_pack_entry *out, bool *end) {
  uint64_t length, size;
  const unsigned char *name = NULL;
  *out = (co_pack_entry){0};
  CO_TRY(take_number(r, LENGTH_BYTES, "the length of a name is cut off", &length));
  *end = length == END_MARK;
  if (*end) return CO_OK;
  if (length == 0 || length >= sizeof out->name)
    return damaged(r, "a name has no or too many letters");
  CO_TRY(take(r, length, "a name is cut off", &name));
  memcpy(out->name, name, (size_t)length);
  if (strlen(out->name) != length) return damaged(r, "a name holds a zero byte");
  CO_TRY(take_number(r, SIZE_BYTES, "the size of an entry is cut off", &size));
  CO_TRY(take(r, size, "an entry is cut off", &out->bytes));
  out->size = (size_t)size;
  return CO_OK;
}

// Walks over all entries; they are stored where `entry` is given.
static co_status walk(reader r, co_pack_entry *entry, int *count) {
  *count = 0;
  for (;;) {
    co_pack_entry next;
    bool end;
    CO_TRY(take_entry(&r, &next, &end));
    if (end) break;
    if (entry) entry[*count] = next;
    ++*count;  // an entry takes 13 bytes, so 2^31 of them are over every limit of a file
  }
  return r.at == r.size ? CO_OK : damaged(&r, "bytes behind the last entry");
}

static co_status check_frame(const reader *r, const unsigned char *bytes, size_t size) {
  if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
    return co_fail(CO_DATA, "%s: offset 0: no pack begins like this", r->file);
  if (size < sizeof magic + LENGTH_BYTES + HASH_BYTES)
    return co_fail(CO_DATA, "%s: offset %zu: the end is cut off", r->file, size);
  if (co_hash(bytes, r->size) != le_at(bytes + r->size, HASH_BYTES))
    return co_fail(CO_DATA, "%s: offset %zu: the checksum does not hold", r->file, r->size);
  return CO_OK;
}

co_status co_pack_parse(const void *bytes, size_t size, const char *file, co_pack *out) {
  *out = (co_pack){.file = file};
  reader r = {.bytes = bytes, .file = file, .at = sizeof magic};
  r.size = size > HASH_BYTES ? size - HASH_BYTES : 0;
  CO_TRY(check_frame(&r, bytes, size));
  int count;
  CO_TRY(walk(r, NULL, &count));
  co_pack_entry *entry = co_alloc((size_t)count + 1, sizeof *entry);
  if (!entry) return CO_MEMORY;
  co_status status = walk(r, entry, &count);
  assert(status == CO_OK);
  (void)status;
  out->entry = entry;
  out->count = count;
  return CO_OK;
}

void co_pack_free(co_pack *pack) {
  free(pack->entry);
  *pack = (co_pack){0};
}

// ---- entries ----

static const co_pack_entry *find(const co_pack *pack, const char *name) {
  for (int i = 0; i < pack->count; i++)
    if (strcmp(pack->entry[i].name, name) == 0) return &pack->entry[i];
  return NULL;
}

bool co_pack_has(const co_pack *pack, const char *name) {
  return find(pack, name) != NULL;
}

const void *co_pack_find(const co_pack *pack, const char *name, size_t *size) {
  const co_pack_entry *entry = find(pack, name);
  *size = entry ? entry->size : 0;
  return entry ? entry->bytes : NULL;
}

co_status co_pack_read(const co_pack *pack, const char *name, void *out, size_t size) {
  const co_pack_entry *entry = find(pack, name);
  if (!entry) return co_fail(CO_DATA, "%s: no %s", pack->file, name);
  if (entry->size != size)
    return co_fail(CO_DATA, "%s: %s: has %zu bytes, not %zu", pack->file, name, entry->size, size);
  if (size) memcpy(out, entry->bytes, size);
  return CO_OK;
}
