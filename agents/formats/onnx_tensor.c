#include "agents/formats/private/onnx_reader.h"
#include "core/buf.h"
#include "core/file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <onnx.pb-c.h>
#include <stdlib.h>
#include <string.h>

// ---- types of elements, by the number that the format gives them

typedef enum element_class { NOT_READ, REAL, WHOLE } element_class;

typedef struct element_type {
  const char *name;
  size_t bytes;
  element_class class;
} element_type;

enum {
  TYPE_FLOAT = 1,
  TYPE_UINT8 = 2,
  TYPE_INT8 = 3,
  TYPE_UINT16 = 4,
  TYPE_INT16 = 5,
  TYPE_INT32 = 6,
  TYPE_INT64 = 7,
  TYPE_BOOL = 9,
  TYPE_FLOAT16 = 10,
  TYPE_DOUBLE = 11,
  TYPE_UINT32 = 12,
  TYPE_UINT64 = 13,
  TYPE_BFLOAT16 = 16,
  NUM_TYPES
};

static const element_type types[NUM_TYPES] = {
    [TYPE_FLOAT] = {"float32", 4, REAL},     [TYPE_UINT8] = {"uint8", 1, WHOLE},
    [TYPE_INT8] = {"int8", 1, WHOLE},        [TYPE_UINT16] = {"uint16", 2, WHOLE},
    [TYPE_INT16] = {"int16", 2, WHOLE},      [TYPE_INT32] = {"int32", 4, WHOLE},
    [TYPE_INT64] = {"int64", 8, WHOLE},      [TYPE_BOOL] = {"bool", 1, WHOLE},
    [TYPE_FLOAT16] = {"float16", 2, REAL},   [TYPE_DOUBLE] = {"float64", 8, REAL},
    [TYPE_UINT32] = {"uint32", 4, WHOLE},    [TYPE_UINT64] = {"uint64", 8, WHOLE},
    [TYPE_BFLOAT16] = {"bfloat16", 2, REAL},
};

static const element_type *type_of(int32_t number) {
  bool known = number > 0 && number < NUM_TYPES && types[number].class != NOT_READ;
  return known ? &types[number] : NULL;
}

const char *co_onnx_element_name(int32_t type) {
  const element_type *known = type_of(type);
  return known ? known->name : NULL;
}

// ---- numbers

static float float_of_half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double part = bits & 1023, sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return part > 0 ? NAN : (float)sign * INFINITY;
  return (float)(sign * (exponent ? ldexp(1024 + part, exponent - 25) : ldexp(part, -24)));
}

static float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Element i of little-endian bytes.
static uint64_t bits_at(const uint8_t *bytes, size_t width, int64_t i) {
  uint64_t bits = 0;
  for (size_t b = width; b > 0; b--) bits = bits << 8 | bytes[(size_t)i * width + b - 1];
  return bits;
}

static float real_of(int32_t type, uint64_t bits) {
  double wide;
  switch (type) {
    case TYPE_FLOAT16: return float_of_half((uint16_t)bits);
    case TYPE_BFLOAT16: return float_of_bits((uint32_t)bits << 16);
    case TYPE_DOUBLE: memcpy(&wide, &bits, sizeof wide); return (float)wide;
    default: return float_of_bits((uint32_t)bits);
  }
}

static int64_t whole_of(int32_t type, uint64_t bits) {
  switch (type) {
    case TYPE_INT8: return (int8_t)bits;
    case TYPE_INT16: return (int16_t)bits;
    case TYPE_INT32: return (int32_t)bits;
    case TYPE_BOOL: return bits != 0;
    default: return (int64_t)bits;
  }
}

// ---- where the numbers of a tensor are

// One of the lists that a tensor may have in place of raw bytes.
typedef struct typed_list {
  size_t count;
  const void *data;
  size_t width;  // bytes of an entry
} typed_list;

static typed_list list_of(const CoOnnx__Tensor *from) {
  switch (from->data_type) {
    case TYPE_FLOAT: return (typed_list){from->n_float_data, from->float_data, sizeof(float)};
    case TYPE_DOUBLE: return (typed_list){from->n_double_data, from->double_data, sizeof(double)};
    case TYPE_INT64: return (typed_list){from->n_int64_data, from->int64_data, sizeof(int64_t)};
    case TYPE_UINT32:
    case TYPE_UINT64: return (typed_list){from->n_uint64_data, from->uint64_data, sizeof(uint64_t)};
    default: return (typed_list){from->n_int32_data, from->int32_data, sizeof(int32_t)};
  }
}

static co_status fail_count(const char *where, size_t have, const co_onnx_tensor *tensor) {
  return co_fail(CO_DATA, "%s has %zu numbers, but its shape asks for %lld", where, have,
                 (long long)tensor->count);
}

static co_status take_converted(onnx_reader *in, int32_t type, const uint8_t *bytes, size_t width,
                                co_onnx_tensor *out) {
  size_t count = (size_t)out->count;
  if (types[type].class == REAL) {
    float *number = co_onnx_take(in, count, sizeof *number);
    if (!number) return co_onnx_fail_taking(in);
    for (int64_t i = 0; i < out->count; i++) number[i] = real_of(type, bits_at(bytes, width, i));
    out->number = number;
    return CO_OK;
  }
  int64_t *integer = co_onnx_take(in, count, sizeof *integer);
  if (!integer) return co_onnx_fail_taking(in);
  for (int64_t i = 0; i < out->count; i++) integer[i] = whole_of(type, bits_at(bytes, width, i));
  out->integer = integer;
  return CO_OK;
}

// From little-endian bytes of `width` each; those that are as wanted stay where they are. An empty
// list has no place, but its tensor has one: which of the two is set tells its type.
static co_status take_numbers(onnx_reader *in, int32_t type, const void *bytes, size_t width,
                              co_onnx_tensor *out) {
  bool aligned = bytes && (uintptr_t)bytes % sizeof(int64_t) == 0;
  if (aligned && type == TYPE_FLOAT)
    out->number = bytes;
  else if (aligned && type == TYPE_INT64)
    out->integer = bytes;
  else
    return take_converted(in, type, bytes, width, out);
  return CO_OK;
}

// ---- weights in files of their own

typedef struct outside {
  const char *location;
  uint64_t offset, length;  // length 0: to the end
} outside;

static bool read_count(const char *text, uint64_t *out) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *out = strtoull(text, &end, 10);
  return errno == 0 && *end == '\0';
}

static co_status read_outside(const CoOnnx__Tensor *from, const char *where, outside *out) {
  *out = (outside){0};
  for (size_t i = 0; i < from->n_external_data; i++) {
    const char *key = from->external_data[i]->key, *value = from->external_data[i]->value;
    bool ok = key && value;
    if (ok && strcmp(key, "location") == 0)
      out->location = value;
    else if (ok && strcmp(key, "offset") == 0)
      ok = read_count(value, &out->offset);
    else if (ok && strcmp(key, "length") == 0)
      ok = read_count(value, &out->length);
    if (!ok) return co_fail(CO_DATA, "%s: its place in another file can't be read", where);
  }
  if (!out->location || !*out->location)
    return co_fail(CO_DATA, "%s lies in another file, which is not named", where);
  return CO_OK;
}

// A location is relative, and stays in the folder also where links lead.
static co_status find_outside(const onnx_reader *in, const char *where, const char *location,
                              char **out) {
  *out = NULL;
  const char *name;
  CO_TRY(co_onnx_text(in, location, "the name of a file with weights", &name));
  char *joined = co_path_join(in->folder, name);
  if (!joined) return CO_MEMORY;
  char *folder = realpath(in->folder, NULL), *path = realpath(joined, NULL);
  size_t length = folder ? strlen(folder) : 0;
  if (length == 1) length = 0;  // the root
  bool below = folder && path && strncmp(path, folder, length) == 0 && path[length] == '/';
  co_status status = CO_OK;
  if (*name == '/' || (path && !below))
    status = co_fail(CO_DATA, "%s lies in \"%s\", which is outside of the folder of the file",
                     where, name);
  else if (!path)
    status = co_fail(CO_NO_INPUT, "%s: its weights lie in %s, which can't be opened: %s", where,
                     joined, strerror(errno));
  free(folder);
  free(joined);
  if (status == CO_OK)
    *out = path;
  else
    free(path);
  return status;
}

// A file of weights allows for memory as the graph's own does, once, however many tensors it has.
static co_status count_outside(onnx_reader *in, const char *path, size_t size) {
  for (const onnx_counted *one = in->counted; one; one = one->next)
    if (strcmp(one->path, path) == 0) return CO_OK;
  onnx_counted *more = co_arena_alloc(in->memory, 1, sizeof *more);
  if (!more) return CO_MEMORY;
  *more = (onnx_counted){co_arena_strdup(in->memory, path), in->counted};
  if (!more->path) return CO_MEMORY;
  in->counted = more;
  in->budget += 2 * size;
  return CO_OK;
}

static co_status open_outside(onnx_reader *in, const char *where, const char *location,
                              co_file_map *out) {
  char *path;
  CO_TRY(find_outside(in, where, location, &path));
  co_status status = co_file_map_open(path, out);
  if (status == CO_OK) {
    status = count_outside(in, path, out->size);
    if (status != CO_OK) co_file_map_close(out);
  }
  free(path);
  return status;
}

static co_status take_outside(onnx_reader *in, const CoOnnx__Tensor *from, const char *where,
                              co_onnx_tensor *out) {
  outside place;
  co_file_map map;
  CO_TRY(read_outside(from, where, &place));
  CO_TRY(open_outside(in, where, place.location, &map));
  co_status status = CO_OK;
  size_t want = (size_t)out->count * types[from->data_type].bytes;
  if (place.offset > map.size || want > map.size - place.offset ||
      (place.length != 0 && place.length != want)) {
    status = co_fail(CO_DATA, "%s needs %zu bytes at offset %llu of \"%s\", which has %zu", where,
                     want, (unsigned long long)place.offset, place.location, map.size);
  } else {
    status = take_converted(in, from->data_type, (const uint8_t *)map.bytes + place.offset,
                            types[from->data_type].bytes, out);
  }
  co_file_map_close(&map);
  return status;
}

// ---- a tensor

static co_status read_shape(const CoOnnx__Tensor *from, const char *where, co_onnx_tensor *out) {
  if (from->n_dims > CO_ONNX_RANK)
    return co_fail(CO_DATA, "%s has %zu dimensions, at most %d are read", where, from->n_dims,
                   CO_ONNX_RANK);
  out->rank = (int)from->n_dims;
  out->count = 1;
  bool empty = false;
  for (int d = 0; d < out->rank; d++) {
    int64_t size = from->dims[d];
    if (size < 0 || (size > 0 && out->count > INT32_MAX / size))
      return co_fail(CO_DATA, "%s has an impossible shape", where);
    out->shape[d] = size;
    if (size > 0) out->count *= size;
    empty = empty || size == 0;
  }
  if (empty) out->count = 0;
  return CO_OK;
}

static co_status check_finite(const char *where, const co_onnx_tensor *tensor) {
  for (int64_t i = 0; tensor->number && i < tensor->count; i++)
    if (!isfinite(tensor->number[i]))
      return co_fail(CO_DATA, "%s: number %lld is not finite in float32", where, (long long)i);
  return CO_OK;
}

co_status co_onnx_read_tensor(onnx_reader *in, const CoOnnx__Tensor *from, const char *where,
                              co_onnx_tensor *out) {
  *out = (co_onnx_tensor){.name = ""};
  CO_TRY(read_shape(from, where, out));
  const element_type *type = type_of(from->data_type);
  if (!type)
    return co_fail(CO_DATA, "%s has elements of type %d, which is not read", where,
                   (int)from->data_type);
  out->element = type->name;
  size_t count = (size_t)out->count;
  if (from->data_location == 1) {
    CO_TRY(take_outside(in, from, where, out));
  } else if (from->has_raw_data) {
    if (from->raw_data.len != count * type->bytes)
      return co_fail(CO_DATA, "%s has %zu bytes, but its shape asks for %zu", where,
                     from->raw_data.len, count * type->bytes);
    CO_TRY(take_numbers(in, from->data_type, from->raw_data.data, type->bytes, out));
  } else {
    typed_list list = list_of(from);
    if (list.count != count) return fail_count(where, list.count, out);
    CO_TRY(take_numbers(in, from->data_type, list.data, list.width, out));
  }
  return check_finite(where, out);
}
