#include "agents/data/npy.h"

#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 4096, WIDTH_MAX = 1 << 20 };
static const char magic[] = "\x93NUMPY";

static co_status fail_array(const co_npy *array, const char *text) {
  return co_fail(CO_DATA, "%s: offset %zu: %s: %s", array->stream.zip->file,
                 array->stream.member->data, array->stream.member->name, text);
}

// What stands behind 'KEY': in the header, a literal of Python; NULL: there is none.
static const char *value_of(const char *header, const char *key) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, "'%s':", key);
  const char *at = strstr(header, quoted);
  return at ? at + strlen(quoted) + strspn(at + strlen(quoted), " ") : NULL;
}

static co_status read_type(co_npy *array, const char *descr) {
  char order, kind, end;
  int bytes;
  bool is = descr && sscanf(descr, "'%c%c%d%c", &order, &kind, &bytes, &end) == 4 && end == '\'';
  if (is && order == '>') return fail_array(array, "its numbers are big-endian");
  bool known =
      is &&
      ((kind == 'f' && (bytes == 4 || bytes == 8)) || (kind == 'b' && bytes == 1) ||
       ((kind == 'i' || kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8)));
  if (!known) return fail_array(array, "its type is none of float32, float64, integers, bool");
  array->kind = kind;
  array->bytes = bytes;
  return CO_OK;
}

static co_status read_shape(co_npy *array, const char *shape, const char *fortran) {
  const int64_t most = (int64_t)1 << 40;
  int64_t rows, width = 1;
  int rank = shape ? sscanf(shape, "(%" SCNd64 ", %" SCNd64, &rows, &width) : 0;
  const char *end = shape ? strchr(shape, ')') : NULL;
  int commas = 0;
  for (const char *at = shape; end && at < end; at++) commas += *at == ',';
  if (rank < 1 || !end || commas > 2 || (commas == 2 && end[-1] != ',') ||
      (commas == 2 && rank != 2))
    return fail_array(array, "its shape is neither (steps) nor (steps, numbers)");
  if (rows < 0 || rows > most || width < 1 || width > WIDTH_MAX)
    return fail_array(array, "its shape is out of range");
  bool by_column = fortran && strncmp(fortran, "True", 4) == 0;
  if (by_column && rows > 1 && width > 1)
    return fail_array(array, "it lies column after column (fortran_order)");
  array->rows = rows;
  array->width = (int)width;
  return CO_OK;
}

static co_status read_header(co_npy *array) {
  unsigned char start[12];
  char text[HEADER_MAX + 1];
  CO_TRY(co_zip_stream_read(&array->stream, start, 8));
  if (memcmp(start, magic, sizeof magic - 1) != 0)
    return fail_array(array, "this is no array of NumPy");
  int bytes = start[6] == 1 ? 2 : 4;
  CO_TRY(co_zip_stream_read(&array->stream, start + 8, (size_t)bytes));
  size_t size = 0;
  for (int i = bytes - 1; i >= 0; i--) size = size << 8 | start[8 + i];
  if (start[6] < 1 || start[6] > 3 || size > HEADER_MAX)
    return fail_array(array, "its header is of no known version, or too long");
  CO_TRY(co_zip_stream_read(&array->stream, text, size));
  text[size] = '\0';
  CO_TRY(read_type(array, value_of(text, "descr")));
  return read_shape(array, value_of(text, "shape"), value_of(text, "fortran_order"));
}

co_status co_npy_open(const co_zip *zip, const char *name, co_npy *out) {
  char member[64];
  snprintf(member, sizeof member, "%s.npy", name);
  const co_zip_member *found = co_zip_find(zip, member);
  *out = (co_npy){0};
  if (!found) return CO_OK;
  CO_TRY(co_zip_stream_open(zip, found, &out->stream));
  CO_TRY(read_header(out));
  size_t bytes = (size_t)out->width * (size_t)out->bytes, left = found->size - out->stream.taken;
  if ((size_t)out->rows > left / bytes || left != (size_t)out->rows * bytes)
    return fail_array(out, "it has another size than its shape");
  out->row = co_alloc(bytes, 1);
  return out->row ? CO_OK : CO_MEMORY;
}

void co_npy_close(co_npy *array) {
  co_zip_stream_close(&array->stream);
  free(array->row);
}

static double element(const co_npy *array, int i) {
  const unsigned char *at = array->row + (size_t)i * (size_t)array->bytes;
  uint64_t bits = 0;
  memcpy(&bits, at, (size_t)array->bytes);
  if (array->kind == 'f' && array->bytes == 4) {
    float value;
    memcpy(&value, at, sizeof value);
    return (double)value;
  }
  if (array->kind == 'f') {
    double value;
    memcpy(&value, at, sizeof value);
    return value;
  }
  int unused = 64 - 8 * array->bytes;
  if (array->kind == 'i') return (double)((int64_t)(bits << unused) >> unused);
  return (double)bits;
}

co_status co_npy_next(co_npy *array, double *out) {
  size_t bytes = (size_t)array->width * (size_t)array->bytes;
  CO_TRY(co_zip_stream_read(&array->stream, array->row, bytes));
  for (int i = 0; i < array->width; i++) out[i] = element(array, i);
  return CO_OK;
}
