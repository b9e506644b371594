// Zip archives (PKWARE's APPNOTE 6.3): members that are stored or deflated, read and written as
// streams, whatever their size (zip64).
//
// An archive is mapped and its directory is checked, lengths first; a member's bytes are checked
// against its CRC-32 when its stream ends. Writing stores, without times: the same members are the
// same bytes. Errors are CO_DATA with "FILE: offset N: text". One thread per stream.

#ifndef AGENTS_DATA_ZIP_H_
#define AGENTS_DATA_ZIP_H_

#include "core/buf.h"
#include "core/file.h"

#include <stdint.h>

// ---- reading

typedef struct co_zip_member {
  char name[128];
  uint32_t crc;
  bool deflated;
  size_t packed, size;  // bytes in the archive, and of the member
  size_t data;          // offset of the packed ones
} co_zip_member;

typedef struct co_zip {
  const char *file;  // for messages, borrowed
  const unsigned char *bytes;
  size_t size;
  int count;
  co_zip_member *member;  // (count), owned
} co_zip;

// `bytes` are borrowed for the life of the archive.
co_status co_zip_parse(const void *bytes, size_t size, const char *file, co_zip *out);
void co_zip_free(co_zip *zip);
const co_zip_member *co_zip_find(const co_zip *zip, const char *name);  // NULL: none

typedef struct co_zip_stream {
  const co_zip *zip;
  const co_zip_member *member;
  size_t taken;   // bytes of the member that were read
  size_t at;      // packed bytes that were used
  uint32_t crc;   // of what was read
  void *inflate;  // owned; NULL: stored
} co_zip_stream;

co_status co_zip_stream_open(const co_zip *zip, const co_zip_member *member, co_zip_stream *out);
// The next `size` bytes of the member; CO_DATA where there are not as many.
co_status co_zip_stream_read(co_zip_stream *stream, void *bytes, size_t size);
// All of it was read, and was what its checksum says.
co_status co_zip_stream_check(const co_zip_stream *stream);
void co_zip_stream_close(co_zip_stream *stream);

// All of a member against its checksum.
co_status co_zip_check(const co_zip *zip, const co_zip_member *member);

// ---- writing

typedef struct co_zip_writer {
  co_file_out file;
  co_buf pending;    // bytes that are not in the file yet
  co_buf directory;  // entries of the members so far
  uint64_t at;       // bytes written, pending ones too
  uint64_t members;
  char name[128];       // of the member that is being written
  uint64_t head, size;  // where its header is, bytes so far
  uint32_t crc;
} co_zip_writer;

co_status co_zip_create(const char *path, co_zip_writer *out);
co_status co_zip_begin(co_zip_writer *writer, const char *name);
co_status co_zip_write(co_zip_writer *writer, const void *bytes, size_t size);
co_status co_zip_end(co_zip_writer *writer);
co_status co_zip_commit(co_zip_writer *writer);
void co_zip_discard(co_zip_writer *writer);  // also after a commit

#endif  // AGENTS_DATA_ZIP_H_
