#include "agents/data/zip.h"

#include "core/memory.h"
#include "core/unconst.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
  LOCAL = 30,      // bytes of a member's header before its name
  ENTRY = 46,      // of a directory entry before its name
  END = 22,        // of the end record before its comment
  END64 = 56,      // of the zip64 end record
  LOCATOR = 20,    // of what points there
  EXTRA64 = 1,     // id of the zip64 extra field
  COMMENT = 65535  // most bytes of the end's comment
};
static const uint32_t local_magic = 0x04034b50, entry_magic = 0x02014b50, end_magic = 0x06054b50,
                      end64_magic = 0x06064b50, locator_magic = 0x07064b50, full = 0xffffffff;

// ---- numbers

static uint64_t get(const unsigned char *at, int bytes) {
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; i--) value = value << 8 | at[i];
  return value;
}

static void put(co_buf *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++, value >>= 8) {
    unsigned char byte = (unsigned char)value;
    co_buf_add(out, &byte, 1);
  }
}

// ---- the directory

// Where the directory is said to be.
typedef struct directory {
  uint64_t count, size, at;
  size_t end;  // offset of what stands behind it
} directory;

static co_status fail_at(const co_zip *zip, size_t offset, const char *text) {
  return co_fail(CO_DATA, "%s: offset %zu: %s", zip->file, offset, text);
}

static co_status find_end64(const co_zip *zip, size_t end, directory *out) {
  const unsigned char *locator = zip->bytes + end - LOCATOR;
  if (end < LOCATOR || get(locator, 4) != locator_magic) return CO_OK;
  uint64_t at = get(locator + 8, 8);
  if (at > end - LOCATOR || end - LOCATOR - at < END64 || get(zip->bytes + at, 4) != end64_magic)
    return fail_at(zip, end - LOCATOR, "the zip64 end of the directory is not where it should be");
  const unsigned char *record = zip->bytes + at;
  *out = (directory){get(record + 32, 8), get(record + 40, 8), get(record + 48, 8), (size_t)at};
  return CO_OK;
}

static co_status find_directory(const co_zip *zip, directory *out) {
  if (zip->size < END) return fail_at(zip, 0, "this is no zip archive");
  size_t last = zip->size - END, first = last > COMMENT ? last - COMMENT : 0;
  for (size_t at = last + 1; at-- > first;) {
    const unsigned char *end = zip->bytes + at;
    if (get(end, 4) != end_magic || get(end + 20, 2) != zip->size - at - END) continue;
    *out = (directory){get(end + 10, 2), get(end + 12, 4), get(end + 16, 4), at};
    CO_TRY(find_end64(zip, at, out));
    if (out->at <= out->end && out->size == out->end - out->at && out->count <= out->size / ENTRY)
      return CO_OK;
    return fail_at(zip, at, "the directory is not where its end says");
  }
  return fail_at(zip, zip->size, "the archive has no end: is it cut off?");
}

// Sizes and offset that do not fit into an entry stand in an extra field.
static void read_extra64(const unsigned char *extra, size_t size, co_zip_member *member,
                         uint64_t *local) {
  while (size >= 4) {
    size_t length = (size_t)get(extra + 2, 2), at = 4;
    if (length > size - 4) return;
    if (get(extra, 2) == EXTRA64) {
      if (member->size == full && length + 4 - at >= 8) member->size = get(extra + at, 8), at += 8;
      if (member->packed == full && length + 4 - at >= 8)
        member->packed = get(extra + at, 8), at += 8;
      if (*local == full && length + 4 - at >= 8) *local = get(extra + at, 8);
      return;
    }
    extra += 4 + length;
    size -= 4 + length;
  }
}

// Behind the member's own header, which repeats its name.
static co_status find_data(const co_zip *zip, uint64_t local, co_zip_member *member) {
  size_t name = strlen(member->name);
  if (local > zip->size || zip->size - local < LOCAL + name ||
      get(zip->bytes + local, 4) != local_magic)
    return fail_at(zip, (size_t)local, "a member is not where the directory says");
  const unsigned char *head = zip->bytes + local;
  if (get(head + 26, 2) != name || memcmp(head + LOCAL, member->name, name) != 0)
    return fail_at(zip, (size_t)local, "a member has another name than in the directory");
  member->data = (size_t)local + LOCAL + name + (size_t)get(head + 28, 2);
  if (member->data > zip->size || member->packed > zip->size - member->data)
    return fail_at(zip, (size_t)local, "a member is longer than the archive");
  return CO_OK;
}

static co_status read_entry(const co_zip *zip, size_t *at, size_t end, co_zip_member *out) {
  const unsigned char *entry = zip->bytes + *at;
  if (end - *at < ENTRY || get(entry, 4) != entry_magic)
    return fail_at(zip, *at, "the directory is damaged");
  size_t name = (size_t)get(entry + 28, 2), extra = (size_t)get(entry + 30, 2);
  size_t whole = ENTRY + name + extra + (size_t)get(entry + 32, 2);
  if (end - *at < whole) return fail_at(zip, *at, "the directory is damaged");
  uint64_t method = get(entry + 10, 2), local = get(entry + 42, 4);
  if (get(entry + 8, 2) & 1) return fail_at(zip, *at, "a member is encrypted");
  if (method != 0 && method != 8)
    return fail_at(zip, *at, "a member is neither stored nor deflated");
  *out = (co_zip_member){.crc = (uint32_t)get(entry + 16, 4),
                         .deflated = method == 8,
                         .packed = get(entry + 20, 4),
                         .size = get(entry + 24, 4)};
  if (name >= sizeof out->name || memchr(entry + ENTRY, 0, name))
    return fail_at(zip, *at, "the name of a member is too long, or no text");
  memcpy(out->name, entry + ENTRY, name);
  read_extra64(entry + ENTRY + name, extra, out, &local);
  if (!out->deflated && out->packed != out->size)
    return fail_at(zip, *at, "a stored member has two sizes");
  *at += whole;
  return find_data(zip, local, out);
}

static co_status read_directory(const directory *where, co_zip *zip) {
  size_t at = (size_t)where->at;
  zip->member = co_alloc((size_t)where->count + 1, sizeof *zip->member);
  if (!zip->member) return CO_MEMORY;
  for (; zip->count < (int)where->count; zip->count++) {
    CO_TRY(read_entry(zip, &at, where->end, &zip->member[zip->count]));
    for (int i = 0; i < zip->count; i++)
      if (strcmp(zip->member[i].name, zip->member[zip->count].name) == 0)
        return fail_at(zip, at, "two members have one name");
  }
  return at == where->end ? CO_OK : fail_at(zip, at, "the directory has more than its members");
}

co_status co_zip_parse(const void *bytes, size_t size, const char *file, co_zip *out) {
  enum { MOST = 10000 };
  *out = (co_zip){.file = file, .bytes = bytes, .size = size};
  directory where = {0};
  co_status status = find_directory(out, &where);
  if (status == CO_OK && where.count > MOST)
    status = fail_at(out, where.end, "the archive has too many members");
  if (status == CO_OK) status = read_directory(&where, out);
  if (status != CO_OK) co_zip_free(out);
  return status;
}

void co_zip_free(co_zip *zip) {
  free(zip->member);
  *zip = (co_zip){0};
}

const co_zip_member *co_zip_find(const co_zip *zip, const char *name) {
  for (int i = 0; i < zip->count; i++)
    if (strcmp(zip->member[i].name, name) == 0) return &zip->member[i];
  return NULL;
}

// ---- a member

static void *take(void *context, unsigned count, unsigned size) {
  (void)context;
  return co_alloc(count, size);
}

static void give_back(void *context, void *block) {
  (void)context;
  free(block);
}

co_status co_zip_stream_open(const co_zip *zip, const co_zip_member *member, co_zip_stream *out) {
  *out = (co_zip_stream){.zip = zip, .member = member};
  if (!member->deflated) return CO_OK;
  z_stream *z = co_alloc(1, sizeof *z);
  if (!z) return CO_MEMORY;
  z->zalloc = take;
  z->zfree = give_back;
  if (inflateInit2(z, -MAX_WBITS) != Z_OK) {  // without a header of its own
    free(z);
    return CO_MEMORY;
  }
  out->inflate = z;
  return CO_OK;
}

void co_zip_stream_close(co_zip_stream *stream) {
  if (stream->inflate) inflateEnd(stream->inflate);
  free(stream->inflate);
  *stream = (co_zip_stream){0};
}

static co_status fail_member(const co_zip_stream *stream, const char *text) {
  return co_fail(CO_DATA, "%s: offset %zu: %s: %s", stream->zip->file,
                 stream->member->data + stream->at, stream->member->name, text);
}

// At most `size` bytes at once, which is below what zlib counts with.
static co_status inflate_some(co_zip_stream *stream, void *bytes, size_t size) {
  enum { CHUNK = 1 << 20 };
  z_stream *z = stream->inflate;
  z->next_out = bytes;
  z->avail_out = (uInt)size;
  while (z->avail_out) {
    size_t left = stream->member->packed - stream->at;
    uInt given = (uInt)(left < CHUNK ? left : CHUNK);
    z->next_in = co_unconst(stream->zip->bytes + stream->member->data + stream->at);
    z->avail_in = given;
    uInt before = z->avail_out;
    int done = inflate(z, Z_NO_FLUSH);
    stream->at += given - z->avail_in;
    if (done == Z_MEM_ERROR) return CO_MEMORY;
    if (done != Z_OK && done != Z_STREAM_END)
      return fail_member(stream, "its packed bytes are damaged");
    if (given == z->avail_in && before == z->avail_out)
      return fail_member(stream, "it ends before its size");
  }
  return CO_OK;
}

static co_status read_some(co_zip_stream *stream, void *bytes, size_t size) {
  if (stream->inflate) {
    CO_TRY(inflate_some(stream, bytes, size));
  } else {
    memcpy(bytes, stream->zip->bytes + stream->member->data + stream->at, size);
    stream->at += size;
  }
  stream->crc = (uint32_t)crc32(stream->crc, bytes, (uInt)size);
  stream->taken += size;
  return CO_OK;
}

co_status co_zip_stream_read(co_zip_stream *stream, void *bytes, size_t size) {
  enum { CHUNK = 1 << 20 };
  if (size > stream->member->size - stream->taken)
    return fail_member(stream, "it is shorter than what it says to hold");
  for (size_t done = 0; done < size;) {
    size_t some = size - done < CHUNK ? size - done : CHUNK;
    CO_TRY(read_some(stream, (char *)bytes + done, some));
    done += some;
  }
  return CO_OK;
}

co_status co_zip_stream_check(const co_zip_stream *stream) {
  if (stream->taken != stream->member->size)
    return fail_member(stream, "it is longer than what it says to hold");
  if (stream->crc != stream->member->crc) return fail_member(stream, "its checksum doesn't match");
  return CO_OK;
}

static co_status read_through(co_zip_stream *stream) {
  char bytes[1 << 14];
  for (size_t left; (left = stream->member->size - stream->taken);)
    CO_TRY(co_zip_stream_read(stream, bytes, left < sizeof bytes ? left : sizeof bytes));
  return co_zip_stream_check(stream);
}

co_status co_zip_check(const co_zip *zip, const co_zip_member *member) {
  co_zip_stream stream;
  CO_TRY(co_zip_stream_open(zip, member, &stream));
  co_status status = read_through(&stream);
  co_zip_stream_close(&stream);
  return status;
}

// ---- writing

// All members have sizes of 64 bits, the small ones too: one form for all.
enum { VERSION = 45, DATE = 33 /* 1980-01-01, where the calendar begins */, EXTRA_BYTES = 20 };

static co_status flush(co_zip_writer *writer) {
  CO_TRY(co_buf_status(&writer->pending));
  CO_TRY(co_file_out_write(&writer->file, writer->pending.data, writer->pending.size));
  writer->pending.size = 0;
  return CO_OK;
}

static co_status add(co_zip_writer *writer, const void *bytes, size_t size) {
  enum { MOST = 1 << 16 };
  co_buf_add(&writer->pending, bytes, size);
  writer->at += size;
  return writer->pending.size > MOST ? flush(writer) : co_buf_status(&writer->pending);
}

co_status co_zip_create(const char *path, co_zip_writer *out) {
  *out = (co_zip_writer){0};
  return co_file_out_begin(path, &out->file);
}

// From the version on, as a member's header and its directory entry have it.
static void put_facts(const co_zip_writer *writer, co_buf *out) {
  put(out, VERSION, 2);
  put(out, 0, 2);  // flags
  put(out, 0, 2);  // stored
  put(out, 0, 2);  // time
  put(out, DATE, 2);
  put(out, writer->crc, 4);
  put(out, full, 4);
  put(out, full, 4);
  put(out, strlen(writer->name), 2);
}

static void put_local(const co_zip_writer *writer, co_buf *out) {
  put(out, local_magic, 4);
  put_facts(writer, out);
  put(out, EXTRA_BYTES, 2);
  co_buf_puts(out, writer->name);
  put(out, EXTRA64, 2);
  put(out, EXTRA_BYTES - 4, 2);
  put(out, writer->size, 8);
  put(out, writer->size, 8);
}

co_status co_zip_begin(co_zip_writer *writer, const char *name) {
  co_buf head = {0};
  assert(strlen(name) < sizeof writer->name);
  strcpy(writer->name, name);
  writer->head = writer->at;
  writer->size = writer->crc = 0;
  put_local(writer, &head);
  co_status status = co_buf_status(&head);
  if (status == CO_OK) status = add(writer, head.data, head.size);
  co_buf_free(&head);
  return status;
}

co_status co_zip_write(co_zip_writer *writer, const void *bytes, size_t size) {
  assert(size < (size_t)1 << 30);
  writer->crc = (uint32_t)crc32(writer->crc, bytes, (uInt)size);
  writer->size += size;
  return add(writer, bytes, size);
}

// Its size and checksum are known now; its header is written again with them.
co_status co_zip_end(co_zip_writer *writer) {
  co_buf head = {0}, *out = &writer->directory;
  put(out, entry_magic, 4);
  put(out, VERSION, 2);
  put_facts(writer, out);
  put(out, EXTRA_BYTES + 8, 2);
  put(out, 0, 2);  // comment
  put(out, 0, 2);  // disk
  put(out, 0, 2);
  put(out, 0, 4);  // attributes
  put(out, full, 4);
  co_buf_puts(out, writer->name);
  put(out, EXTRA64, 2);
  put(out, EXTRA_BYTES + 4, 2);
  put(out, writer->size, 8);
  put(out, writer->size, 8);
  put(out, writer->head, 8);
  writer->members++;
  CO_TRY(co_buf_status(out));
  put_local(writer, &head);
  co_status status = co_buf_status(&head);
  if (status == CO_OK) status = flush(writer);
  if (status == CO_OK)
    status = co_file_out_patch(&writer->file, (size_t)writer->head, head.data, head.size);
  co_buf_free(&head);
  return status;
}

co_status co_zip_commit(co_zip_writer *writer) {
  uint64_t at = writer->at, size = writer->directory.size, end = at + size;
  co_buf *out = &writer->directory;
  put(out, end64_magic, 4);
  put(out, END64 - 12, 8);
  put(out, VERSION, 2);
  put(out, VERSION, 2);
  put(out, 0, 8);  // disks
  put(out, writer->members, 8);
  put(out, writer->members, 8);
  put(out, size, 8);
  put(out, at, 8);
  put(out, locator_magic, 4);
  put(out, 0, 4);
  put(out, end, 8);
  put(out, 1, 4);
  put(out, end_magic, 4);
  put(out, 0, 4);
  put(out, 0xffff, 2);
  put(out, 0xffff, 2);
  put(out, full, 4);
  put(out, full, 4);
  put(out, 0, 2);
  CO_TRY(co_buf_status(out));
  CO_TRY(add(writer, out->data, out->size));
  CO_TRY(flush(writer));
  co_status status = co_file_out_commit(&writer->file);
  co_zip_discard(writer);
  return status;
}

void co_zip_discard(co_zip_writer *writer) {
  co_file_out_discard(&writer->file);
  co_buf_free(&writer->pending);
  co_buf_free(&writer->directory);
}
