// Segments of a replay buffer on disk: layout in replay_buffer.h.

#include "agents/learn/private/replay_buffer.h"
#include "core/file.h"
#include "core/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are written as they lie");

static const char magics[2][8] = {"COREPLAY", "COREMARK"};  // without and with marks
enum { MAGIC = 8, HEADER = 16, PIECE_HEADER = 16, CHECKSUM = 8 };

// Arrays of a transition in the order of a piece: member, numbers of it, bytes of one.
#define ARRAYS(X)                             \
  X(obs, buffer->obs_dim, sizeof(float))      \
  X(action, buffer->act_dim, sizeof(float))   \
  X(next_obs, buffer->obs_dim, sizeof(float)) \
  X(reward, 1, sizeof(float))                 \
  X(terminated, 1, sizeof(uint8_t))           \
  X(mark, buffer->mark ? 1 : 0, sizeof(uint32_t))

static size_t transition_bytes(const co_replay_buffer *buffer) {
  size_t bytes = 0;
#define X(member, count, size) bytes += (size_t)(count) * (size);
  ARRAYS(X)
#undef X
  return bytes;
}

static const char *magic_of(const co_replay_buffer *buffer) {
  return magics[buffer->mark != NULL];
}

static char *segment_path(const co_replay_buffer *buffer, int64_t segment) {
  char name[64];
  snprintf(name, sizeof name, "%s.%06" PRId64, buffer->name, segment);
  return co_path_join(buffer->folder, name);
}

// ---- writing

// `count` transitions from number `first` on of one array, which may wrap around
static void put_array(const co_replay_buffer *buffer, const void *array, size_t bytes,
                      int64_t first, int64_t count, co_buf *out) {
  for (int64_t done = 0; bytes && done < count;) {
    int64_t index = (first + done) % buffer->capacity, left = buffer->capacity - index;
    int64_t run = count - done < left ? count - done : left;
    co_buf_add(out, (const char *)array + (size_t)index * bytes, (size_t)run * bytes);
    done += run;
  }
}

static void put_piece(const co_replay_buffer *buffer, int64_t first, int64_t count, co_buf *out) {
  size_t start = out->size;
  co_buf_add(out, &first, sizeof first);
  co_buf_add(out, &count, sizeof count);
#define X(member, numbers, size) \
  put_array(buffer, buffer->member, (size_t)(numbers) * (size), first, count, out);
  ARRAYS(X)
#undef X
  if (out->failed) return;
  uint64_t hash = co_hash(out->data + start, out->size - start);
  co_buf_add(out, &hash, sizeof hash);
}

static void put_header(const co_replay_buffer *buffer, co_buf *out) {
  uint32_t dims[2] = {(uint32_t)buffer->obs_dim, (uint32_t)buffer->act_dim};
  co_buf_add(out, magic_of(buffer), MAGIC);
  co_buf_add(out, dims, sizeof dims);
}

// one piece: what is new in the segment that `written` stands in
static co_status append_piece(co_replay_buffer *buffer) {
  int64_t first = buffer->written, segment = first / buffer->segment;
  int64_t end = (segment + 1) * buffer->segment;
  if (end > buffer->added) end = buffer->added;
  size_t at = segment == buffer->open ? buffer->open_bytes : 0;
  co_buf bytes = {0};
  char *path = segment_path(buffer, segment);
  if (at == 0) put_header(buffer, &bytes);
  put_piece(buffer, first, end - first, &bytes);
  co_status status =
      path && !bytes.failed ? co_file_append(path, at, bytes.data, bytes.size) : CO_MEMORY;
  if (status == CO_OK) {
    buffer->written = end;
    buffer->open = segment;
    buffer->open_bytes = at + bytes.size;
  }
  co_buf_free(&bytes);
  free(path);
  return status;
}

co_status co_replay_buffer_write(co_replay_buffer *buffer) {
  if (!buffer->folder)
    return co_fail(CO_USAGE, "a learner without a folder keeps its replay in memory only");
  // what was overwritten before it could be written is not needed any more
  int64_t oldest = buffer->added - co_replay_buffer_count(buffer);
  if (buffer->written < oldest) buffer->written = oldest;
  while (buffer->written < buffer->added) CO_TRY(append_piece(buffer));
  return CO_OK;
}

co_status co_replay_buffer_keep(co_replay_buffer *buffer) {
  while ((buffer->removed + 1) * buffer->segment <= buffer->needed) {
    char *path = segment_path(buffer, buffer->removed);
    co_status status = path ? co_file_remove(path) : CO_MEMORY;
    free(path);
    CO_TRY(status);
    buffer->removed++;
  }
  buffer->needed = buffer->added - co_replay_buffer_count(buffer);
  return CO_OK;
}

// ---- reading

// A segment while it is read.
typedef struct segment {
  const char *file;
  const char *bytes;  // (size)
  size_t size, at;    // at: offset of the next piece
} segment;

static co_status damaged(const segment *in, const char *what) {
  return co_fail(CO_DATA, "%s: offset %zu: %s", in->file, in->at, what);
}

static co_status check_header(const co_replay_buffer *buffer, segment *in) {
  uint32_t dims[2];
  if (in->size < HEADER || memcmp(in->bytes, magic_of(buffer), MAGIC) != 0)
    return damaged(in, "is no segment of a replay");
  memcpy(dims, in->bytes + MAGIC, sizeof dims);
  if (dims[0] != (uint32_t)buffer->obs_dim || dims[1] != (uint32_t)buffer->act_dim)
    return damaged(in, "holds observations or actions of another size");
  in->at = HEADER;
  return CO_OK;
}

// Of the piece at in->at, which has to go on at `*first`, or later where nothing is held any more.
static co_status check_piece(const co_replay_buffer *buffer, const segment *in, int64_t oldest,
                             int64_t *first, int64_t *count) {
  *count = 0;
  if (in->size - in->at < PIECE_HEADER + CHECKSUM) return damaged(in, "the segment is cut off");
  int64_t have;
  memcpy(&have, in->bytes + in->at, sizeof have);
  memcpy(count, in->bytes + in->at + sizeof have, sizeof *count);
  size_t most = (in->size - in->at - PIECE_HEADER - CHECKSUM) / transition_bytes(buffer);
  bool goes_on = have == *first || (have > *first && have <= oldest);
  if (!goes_on || *count < 1 || *count > buffer->segment - have % buffer->segment)
    return damaged(in, "holds other transitions than expected");
  if ((uint64_t)*count > most) return damaged(in, "the segment is cut off");
  size_t size = PIECE_HEADER + (size_t)*count * transition_bytes(buffer);
  uint64_t hash;
  memcpy(&hash, in->bytes + in->at + size, sizeof hash);
  if (hash != co_hash(in->bytes + in->at, size)) return damaged(in, "the checksum doesn't match");
  *first = have;
  return CO_OK;
}

// Takes the transitions that are still held into their places; those before are skipped.
static void take_array(const co_replay_buffer *buffer, void *array, size_t bytes, int64_t first,
                       int64_t count, int64_t oldest, const char **from) {
  for (int64_t i = first < oldest ? oldest - first : 0; bytes && i < count; i++) {
    size_t index = (size_t)((first + i) % buffer->capacity);
    memcpy((char *)array + index * bytes, *from + (size_t)i * bytes, bytes);
  }
  *from += (size_t)count * bytes;
}

static void take_piece(co_replay_buffer *buffer, segment *in, int64_t first, int64_t count,
                       int64_t oldest) {
  const char *from = in->bytes + in->at + PIECE_HEADER;
#define X(member, numbers, size) \
  take_array(buffer, buffer->member, (size_t)(numbers) * (size), first, count, oldest, &from);
  ARRAYS(X)
#undef X
  in->at += PIECE_HEADER + (size_t)count * transition_bytes(buffer) + CHECKSUM;
}

// all pieces from the start of a segment up to transition `end`
static co_status take_segment(co_replay_buffer *buffer, segment *in, int64_t first, int64_t end,
                              int64_t oldest) {
  CO_TRY(check_header(buffer, in));
  while (first < end) {
    int64_t count;
    CO_TRY(check_piece(buffer, in, oldest, &first, &count));
    if (first + count > end) return damaged(in, "a piece goes on behind what was written");
    take_piece(buffer, in, first, count, oldest);
    first += count;
  }
  buffer->written = end;
  buffer->open = (end - 1) / buffer->segment;
  buffer->open_bytes = in->at;
  return CO_OK;
}

static co_status read_segment(co_replay_buffer *buffer, int64_t index, int64_t added,
                              int64_t oldest) {
  char *path = segment_path(buffer, index);
  if (!path) return CO_MEMORY;
  int64_t first = index * buffer->segment, end = first + buffer->segment;
  co_buf bytes = {0};
  co_status status = co_file_read(path, 0, &bytes);
  if (status == CO_NO_INPUT) status = co_fail(CO_DATA, "%s", co_error_text());
  segment in = {.file = path, .bytes = bytes.data, .size = bytes.size};
  if (status == CO_OK) status = take_segment(buffer, &in, first, end < added ? end : added, oldest);
  co_buf_free(&bytes);
  free(path);
  return status;
}

co_status co_replay_buffer_read(co_replay_buffer *buffer, int64_t added) {
  assert(buffer->added == 0 && added >= 0);
  if (!buffer->folder) return co_fail(CO_USAGE, "a replay without a folder is not on disk");
  int64_t held = added < buffer->capacity ? added : buffer->capacity, oldest = added - held;
  for (int64_t s = oldest / buffer->segment; s * buffer->segment < added; s++)
    CO_TRY(read_segment(buffer, s, added, oldest));
  buffer->added = added;
  buffer->needed = oldest;
  return CO_OK;
}
