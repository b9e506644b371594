#include "agents/formats/safetensors.h"

#include "core/memory.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *const co_safetensors_type_names[CO_NUM_SAFETENSORS_TYPES] = {
#define X(name, bytes) #name,
    CO_SAFETENSORS_TYPES(X)
#undef X
};

const size_t co_safetensors_type_bytes[CO_NUM_SAFETENSORS_TYPES] = {
#define X(name, bytes) bytes,
    CO_SAFETENSORS_TYPES(X)
#undef X
};

static const char metadata_key[] = "__metadata__";
enum { LENGTH_BYTES = 8 };

// A file while it is read.
typedef struct reader {
  const char *file;
  const unsigned char *bytes;  // (size)
  size_t size, header_size, data_size;
} reader;

// Where the header speaks of `name`, for messages; the header's start when the name is written with
// escapes.
static size_t offset_of(const reader *in, const char *name) {
  size_t length = strlen(name);
  const unsigned char *begin = in->bytes + LENGTH_BYTES, *end = begin + in->header_size;
  for (const unsigned char *at = begin; (size_t)(end - at) >= length + 2;) {
    const unsigned char *hit = memmem(at, (size_t)(end - at), name, length);
    if (!hit || hit + length >= end) break;
    if (hit > begin && hit[-1] == '"' && hit[length] == '"') return (size_t)(hit - in->bytes) - 1;
    at = hit + 1;
  }
  return LENGTH_BYTES;
}

static co_status fail_tensor(const reader *in, const char *name, const char *text) {
  return co_fail(CO_DATA, "%s: offset %zu: tensor \"%s\": %s", in->file, offset_of(in, name), name,
                 text);
}

// The only number of the file that is read without JSON; all else follows from it.
static co_status read_length(reader *in) {
  if (in->size < LENGTH_BYTES)
    return co_fail(CO_DATA, "%s: offset 0: %zu bytes are too few for a safetensors file", in->file,
                   in->size);
  uint64_t length = 0;
  for (int i = LENGTH_BYTES - 1; i >= 0; i--) length = length << 8 | in->bytes[i];
  if (length > CO_SAFETENSORS_HEADER_MAX)
    return co_fail(CO_DATA,
                   "%s: offset 0: no safetensors file: the header's length is over the limit of %d",
                   in->file, CO_SAFETENSORS_HEADER_MAX);
  if (length > in->size - LENGTH_BYTES)
    return co_fail(CO_DATA, "%s: offset 0: the header has %llu bytes, but only %zu follow",
                   in->file, (unsigned long long)length, in->size - LENGTH_BYTES);
  if (length == 0 || in->bytes[LENGTH_BYTES] != '{')
    return co_fail(CO_DATA, "%s: offset 8: the header doesn't start with '{'", in->file);
  in->header_size = (size_t)length;
  in->data_size = in->size - LENGTH_BYTES - in->header_size;
  return CO_OK;
}

// A whole number from 0 to 2^53, where every one is exact in JSON.
static bool read_size(const co_json *json, size_t *out) {
  if (!co_json_is_number(json)) return false;
  double value = co_json_as_number(json, -1);
  if (!(value >= 0 && value <= 9007199254740992.0)) return false;
  *out = (size_t)value;
  return (double)*out == value;
}

// Text that can be printed in one line of a message.
static bool printable(const char *text) {
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return false;
  return length > 0 && length < CO_SAFETENSORS_NAME;
}

static co_status read_metadata(const reader *in, const co_json *json) {
  if (!co_json_is_object(json)) return fail_tensor(in, metadata_key, "must be an object");
  if (co_json_count(json) > CO_SAFETENSORS_ENTRIES_MAX)
    return fail_tensor(in, metadata_key, "has too many entries");
  for (size_t i = 0; i < co_json_count(json); i++)
    if (!co_json_is_string(co_json_value_at(json, i)))
      return co_fail(CO_DATA, "%s: offset %zu: metadata must be text", in->file,
                     offset_of(in, co_json_key_at(json, i)));
  return CO_OK;
}

static co_status read_element(const reader *in, const co_json *entry, co_safetensor *out) {
  const char *dtype = co_json_get_string(entry, "dtype");
  if (!dtype) return fail_tensor(in, out->name, "\"dtype\" must be text");
  for (int i = 0; i < CO_NUM_SAFETENSORS_TYPES; i++) {
    if (strcmp(dtype, co_safetensors_type_names[i]) != 0) continue;
    out->element = (co_safetensors_type)i;
    return CO_OK;
  }
  return fail_tensor(in, out->name, "unknown \"dtype\"");
}

// Fills rank, shape and the number of bytes they need.
static co_status read_shape(const reader *in, const co_json *entry, co_safetensor *out) {
  const co_json *shape = co_json_get(entry, "shape");
  size_t rank = co_json_count(shape);
  if (!co_json_is_array(shape) || rank > CO_SAFETENSORS_RANK)
    return fail_tensor(in, out->name, "\"shape\" must be an array of at most 8 sizes");
  out->rank = (int)rank;
  out->bytes = co_safetensors_type_bytes[out->element];
  for (size_t i = 0; i < rank; i++) {
    if (!read_size(co_json_at(shape, i), &out->shape[i]))
      return fail_tensor(in, out->name, "\"shape\" must hold whole numbers from 0");
    if (__builtin_mul_overflow(out->bytes, out->shape[i], &out->bytes))
      return fail_tensor(in, out->name, "its size is beyond every memory");
  }
  return CO_OK;
}

// Only after these checks does `data` point anywhere.
static co_status read_offsets(const reader *in, const co_json *entry, co_safetensor *out) {
  const co_json *offsets = co_json_get(entry, "data_offsets");
  size_t begin, end;
  if (!co_json_is_array(offsets) || co_json_count(offsets) != 2 ||
      !read_size(co_json_at(offsets, 0), &begin) || !read_size(co_json_at(offsets, 1), &end))
    return fail_tensor(in, out->name, "\"data_offsets\" must be two whole numbers from 0");
  if (begin > end || end > in->data_size)
    return co_fail(
        CO_DATA, "%s: offset %zu: tensor \"%s\": bytes %zu to %zu, but the file holds %zu of data",
        in->file, offset_of(in, out->name), out->name, begin, end, in->data_size);
  if (end - begin != out->bytes)
    return co_fail(CO_DATA, "%s: offset %zu: tensor \"%s\": %zu bytes where its shape needs %zu",
                   in->file, offset_of(in, out->name), out->name, end - begin, out->bytes);
  out->data = in->bytes + LENGTH_BYTES + in->header_size + begin;
  return CO_OK;
}

static co_status read_tensor(const reader *in, const char *name, const co_json *entry,
                             co_safetensor *out) {
  if (!printable(name))
    return co_fail(CO_DATA, "%s: offset 8: a tensor's name is empty, too long or not printable",
                   in->file);
  out->name = name;
  if (!co_json_is_object(entry)) return fail_tensor(in, name, "must be an object");
  if (co_json_count(entry) != 3)
    return fail_tensor(in, name,
                       "must have \"dtype\", \"shape\", \"data_offsets\" and nothing else");
  CO_TRY(read_element(in, entry, out));
  CO_TRY(read_shape(in, entry, out));
  return read_offsets(in, entry, out);
}

// by begin, then by end, so that empty arrays come before the one that starts at the same place
static int compare_place(const void *a, const void *b) {
  const co_safetensor *x = a, *y = b;
  if (x->data != y->data) return x->data < y->data ? -1 : 1;
  return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

// The arrays, sorted by place, must cover the data exactly.
static co_status check_cover(const reader *in, const co_safetensors *all) {
  const unsigned char *next = in->bytes + all->data_offset;
  for (int i = 0; i < all->count; i++) {
    const co_safetensor *tensor = &all->tensor[i];
    if ((const unsigned char *)tensor->data != next)
      return co_fail(
          CO_DATA, "%s: offset %zu: %s before tensor \"%s\"", in->file, (size_t)(next - in->bytes),
          (const unsigned char *)tensor->data > next ? "a hole" : "an overlap", tensor->name);
    next += tensor->bytes;
  }
  size_t end = (size_t)(next - in->bytes);
  if (end != in->size)
    return co_fail(CO_DATA, "%s: offset %zu: %zu bytes belong to no tensor", in->file, end,
                   in->size - end);
  return CO_OK;
}

// Members are reached by position in linear time each, so their number is bounded before the loop.
static co_status read_entries(const reader *in, co_safetensors *all) {
  size_t members = co_json_count(all->header);
  if (members > CO_SAFETENSORS_ENTRIES_MAX)
    return co_fail(CO_DATA, "%s: offset 8: %zu entries are over the limit of %d", in->file, members,
                   CO_SAFETENSORS_ENTRIES_MAX);
  all->tensor = co_alloc(members + 1, sizeof *all->tensor);
  if (!all->tensor) return CO_MEMORY;
  for (size_t i = 0; i < members; i++) {
    const char *name = co_json_key_at(all->header, i);
    const co_json *entry = co_json_value_at(all->header, i);
    if (strcmp(name, metadata_key) == 0) {
      CO_TRY(read_metadata(in, entry));
    } else {
      CO_TRY(read_tensor(in, name, entry, &all->tensor[all->count]));
      all->count++;
    }
  }
  qsort(all->tensor, (size_t)all->count, sizeof *all->tensor, compare_place);
  return check_cover(in, all);
}

co_status co_safetensors_parse(const void *bytes, size_t size, const char *file,
                               co_safetensors *out) {
  assert((bytes || size == 0) && file && out);
  reader in = {.file = file, .bytes = bytes, .size = size};
  CO_TRY(read_length(&in));
  co_safetensors all = {.data_offset = LENGTH_BYTES + in.header_size};
  co_status status =
      co_json_parse((const char *)in.bytes + LENGTH_BYTES, in.header_size, "header", &all.header);
  if (status != CO_OK) return co_fail_context(status, "%s: offset 8", file);
  status = read_entries(&in, &all);
  if (status != CO_OK) {
    co_safetensors_free(&all);
    return status;
  }
  *out = all;
  return CO_OK;
}

void co_safetensors_free(co_safetensors *tensors) {
  free(tensors->tensor);
  co_json_free(tensors->header);
  *tensors = (co_safetensors){0};
}

const co_safetensor *co_safetensors_find(const co_safetensors *tensors, const char *name) {
  for (int i = 0; i < tensors->count; i++)
    if (strcmp(tensors->tensor[i].name, name) == 0) return &tensors->tensor[i];
  return NULL;
}

const char *co_safetensors_metadata(const co_safetensors *tensors, const char *key) {
  return co_json_get_string(co_json_get(tensors->header, metadata_key), key);
}

static void add_header_entry(co_json *header, const co_safetensor *tensor, size_t begin) {
  assert(tensor->element < CO_NUM_SAFETENSORS_TYPES && tensor->rank <= CO_SAFETENSORS_RANK);
  co_json *entry = co_json_object(), *shape = co_json_array(), *offsets = co_json_array();
  for (int d = 0; d < tensor->rank; d++) co_json_add(shape, co_json_int((int64_t)tensor->shape[d]));
  co_json_add(offsets, co_json_int((int64_t)begin));
  co_json_add(offsets, co_json_int((int64_t)(begin + tensor->bytes)));
  co_json_set_string(entry, "dtype", co_safetensors_type_names[tensor->element]);
  co_json_set(entry, "shape", shape);
  co_json_set(entry, "data_offsets", offsets);
  co_json_set(header, tensor->name, entry);
}

static co_status write_header(const co_metadata *metadata, int num_metadata,
                              const co_safetensor *tensor, int count, co_buf *text) {
  co_json *header = co_json_object();
  if (num_metadata > 0) {
    co_json *pairs = co_json_object();
    for (int i = 0; i < num_metadata; i++)
      co_json_set_string(pairs, metadata[i].key, metadata[i].value);
    co_json_set(header, metadata_key, pairs);
  }
  // widths are powers of two from 8 to 1
  size_t begin = 0;
  for (size_t width = 8; width > 0; width /= 2)
    for (int i = 0; i < count; i++) {
      if (co_safetensors_type_bytes[tensor[i].element] != width) continue;
      add_header_entry(header, &tensor[i], begin);
      begin += tensor[i].bytes;
    }
  co_status status = co_json_write(header, 0, text);
  co_json_free(header);
  if (status != CO_OK) return status;
  while (text->size > 0 && text->data[text->size - 1] == '\n') text->size--;
  while (text->size % 8 != 0 && !text->failed) co_buf_add(text, " ", 1);
  return co_buf_status(text);
}

co_status co_safetensors_write(const co_metadata *metadata, int num_metadata,
                               const co_safetensor *tensor, int count, co_buf *out) {
  co_buf header = {0};
  co_status status = write_header(metadata, num_metadata, tensor, count, &header);
  if (status == CO_OK) {
    unsigned char length[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
      length[i] = (unsigned char)((uint64_t)header.size >> 8 * i);
    co_buf_add(out, length, sizeof length);
    co_buf_add(out, header.data, header.size);
    for (size_t width = 8; width > 0; width /= 2)
      for (int i = 0; i < count; i++)
        if (co_safetensors_type_bytes[tensor[i].element] == width)
          co_buf_add(out, tensor[i].data, tensor[i].bytes);
    status = co_buf_status(out);
  }
  co_buf_free(&header);
  return status;
}
