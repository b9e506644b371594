#include "agents/data/npz.h"

#include "agents/data/columns.h"
#include "agents/data/zip.h"
#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 4096, ALIGN = 64 };
static const char magic[] = "\x93NUMPY";

// ---- one array

typedef struct npy {
  co_zip_stream stream;
  char kind;  // 'f' | 'i' | 'u' | 'b' | '\0': there is no such array
  int bytes;  // of an element
  int64_t rows;
  int width;
  unsigned char *row;  // (width x bytes), owned
} npy;

static co_status fail_array(const npy *array, const char *text) {
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

static co_status read_type(npy *array, const char *descr) {
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

static co_status read_shape(npy *array, const char *shape, const char *fortran) {
  const int64_t most = (int64_t)1 << 40;
  int64_t rows, width = 1;
  int rank = shape ? sscanf(shape, "(%" SCNd64 ", %" SCNd64, &rows, &width) : 0;
  const char *end = shape ? strchr(shape, ')') : NULL;
  int commas = 0;
  for (const char *at = shape; end && at < end; at++) commas += *at == ',';
  if (rank < 1 || !end || commas > 2 || (commas == 2 && end[-1] != ',') ||
      (commas == 2 && rank != 2))
    return fail_array(array, "its shape is neither (steps) nor (steps, numbers)");
  if (rows < 0 || rows > most || width < 1 || width > INT32_MAX)
    return fail_array(array, "its shape is out of range");
  bool by_column = fortran && strncmp(fortran, "True", 4) == 0;
  if (by_column && rows > 1 && width > 1)
    return fail_array(array, "it lies column after column (fortran_order)");
  array->rows = rows;
  array->width = (int)width;
  return CO_OK;
}

static co_status read_header(npy *array) {
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

// A missing array stays empty.
static co_status open_array(const co_zip *zip, const char *name, npy *out) {
  char member[64];
  snprintf(member, sizeof member, "%s.npy", name);
  const co_zip_member *found = co_zip_find(zip, member);
  *out = (npy){0};
  if (!found) return CO_OK;
  CO_TRY(co_zip_stream_open(zip, found, &out->stream));
  CO_TRY(read_header(out));
  size_t bytes = (size_t)out->width * (size_t)out->bytes, left = found->size - out->stream.taken;
  if ((size_t)out->rows > left / bytes || left != (size_t)out->rows * bytes)
    return fail_array(out, "it has another size than its shape");
  out->row = co_alloc(bytes, 1);
  return out->row ? CO_OK : CO_MEMORY;
}

static void close_array(npy *array) {
  co_zip_stream_close(&array->stream);
  free(array->row);
}

static double element(const npy *array, int i) {
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

static co_status next_row(void *context, co_data_column column, double *out) {
  npy *array = (npy *)context + column;
  CO_TRY(
      co_zip_stream_read(&array->stream, array->row, (size_t)array->width * (size_t)array->bytes));
  for (int i = 0; i < array->width; i++) out[i] = element(array, i);
  return CO_OK;
}

// ---- the archive

// The text that our own files have; then all columns must be there, too.
static co_status read_about(const co_zip *zip, const co_data_columns *columns, co_data_about *about,
                            bool *is_own) {
  npy array;
  co_buf text = {0};
  co_status status = open_array(zip, co_data_about_name, &array);
  *is_own = status == CO_OK && array.kind;
  for (int64_t i = 0; status == CO_OK && *is_own && i < array.rows; i++) {
    status = co_zip_stream_read(&array.stream, array.row, (size_t)array.width);
    co_buf_add(&text, array.row, (size_t)array.width);
  }
  for (int c = 0; status == CO_OK && *is_own && c < CO_NUM_COLUMNS; c++)
    if (!columns->width[c])
      status = co_fail(CO_DATA, "%s: offset 0: no array \"%s\", which sets of carryover have",
                       zip->file, co_data_column_names[c]);
  if (status == CO_OK && *is_own) status = co_zip_stream_check(&array.stream);
  if (status == CO_OK && *is_own) status = co_buf_status(&text);
  if (status == CO_OK && *is_own) {
    status =
        co_data_about_parse(text.data ? text.data : "", text.size, "carryover.npy",
                            columns->width[CO_COLUMN_OBS], columns->width[CO_COLUMN_ACTION], about);
    if (status == CO_DATA) status = co_fail_context(status, "%s: offset 0", zip->file);
  }
  co_buf_free(&text);
  close_array(&array);
  return status;
}

static co_status read_arrays(const co_zip *zip, npy *array, const co_data_sink *sink,
                             co_data_problems *problems) {
  co_data_columns columns = {.file = zip->file, .context = array, .next = next_row};
  int64_t rows[CO_NUM_COLUMNS];
  for (int c = 0; c < CO_NUM_COLUMNS; c++) {
    CO_TRY(open_array(zip, co_data_column_names[c], &array[c]));
    columns.width[c] = array[c].kind ? array[c].width : 0;
    rows[c] = array[c].rows;
  }
  columns.rows = rows[CO_COLUMN_OBS];
  CO_TRY(co_data_columns_check(&columns, rows));
  co_data_about about = {0};
  bool is_own;
  CO_TRY(read_about(zip, &columns, &about, &is_own));
  co_status status = co_data_columns_read(&columns, is_own ? &about : NULL, sink, problems);
  for (int c = 0; status == CO_OK && c < CO_NUM_COLUMNS; c++)
    if (columns.width[c]) status = co_zip_stream_check(&array[c].stream);
  co_data_about_free(&about);
  return status;
}

// Numbers that make no set are often damaged ones: then that is what is told.
static void prefer_damage(const co_zip *zip) {
  for (int i = 0; i < zip->count; i++)
    if (co_zip_check(zip, &zip->member[i]) != CO_OK) return;
}

co_status co_data_npz_parse(const void *bytes, size_t size, const char *file,
                            const co_data_sink *sink, co_data_problems *problems) {
  co_zip zip;
  npy array[CO_NUM_COLUMNS] = {0};
  CO_TRY(co_zip_parse(bytes, size, file, &zip));
  co_status status = read_arrays(&zip, array, sink, problems);
  for (int c = 0; c < CO_NUM_COLUMNS; c++) close_array(&array[c]);
  if (status == CO_DATA) prefer_damage(&zip);
  co_zip_free(&zip);
  return status;
}

co_status co_data_npz_read(const char *path, const co_data_sink *sink, co_data_problems *problems) {
  co_file_map map;
  CO_TRY(co_file_map_open(path, &map));
  co_status status = co_data_npz_parse(map.bytes, map.size, path, sink, problems);
  co_file_map_close(&map);
  return status;
}

// ---- writing

static co_status begin_array(co_zip_writer *zip, const char *name, const char *type, int64_t rows,
                             int width) {
  char member[64], text[256], shape[64];
  snprintf(member, sizeof member, "%s.npy", name);
  snprintf(shape, sizeof shape, width ? "(%" PRId64 ", %d)" : "(%" PRId64 ",)", rows, width);
  int size = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                      type, shape);
  while ((10 + size + 1) % ALIGN) text[size++] = ' ';
  text[size++] = '\n';
  const unsigned char length[4] = {1, 0, (unsigned char)size, (unsigned char)(size >> 8)};
  CO_TRY(co_zip_begin(zip, member));
  CO_TRY(co_zip_write(zip, magic, sizeof magic - 1));
  CO_TRY(co_zip_write(zip, length, sizeof length));
  return co_zip_write(zip, text, (size_t)size);
}

// Adds one column of each transition.
typedef struct column_job {
  co_zip_writer *zip;
  const co_data_about *about;
  co_data_column column;
  size_t bytes;
  unsigned char *row;  // (bytes)
} column_job;

static co_status begin_nothing(void *context, const co_data_about *about) {
  (void)context, (void)about;
  return CO_OK;
}

static co_status add_row(void *context, const co_data_transition *transition) {
  const column_job *job = context;
  co_data_column_take(job->about, transition, job->column, job->row);
  return co_zip_write(job->zip, job->row, job->bytes);
}

static co_status write_column(const co_data_set *set, co_zip_writer *zip, unsigned char *row,
                              co_data_column column) {
  static const char *const types[] = {
      [CO_DATA_F32] = "<f4", [CO_DATA_BOOL] = "|b1", [CO_DATA_U32] = "<u4"};
  int width = co_data_column_width(&set->about, column);
  bool is_flat = co_data_column_types[column] != CO_DATA_F32 || column == CO_COLUMN_REWARD;
  column_job job = {zip, &set->about, column, (size_t)width * co_data_column_bytes(column), row};
  CO_TRY(begin_array(zip, co_data_column_names[column], types[co_data_column_types[column]],
                     set->transitions, is_flat ? 0 : width));
  CO_TRY(co_data_sink_set(set, &(co_data_sink){&job, begin_nothing, add_row}));
  return co_zip_end(zip);
}

static co_status write_about(const co_data_set *set, co_zip_writer *zip) {
  co_buf text = {0};
  co_status status = co_data_about_write(&set->about, &text);
  if (status == CO_OK) status = begin_array(zip, co_data_about_name, "|u1", (int64_t)text.size, 0);
  if (status == CO_OK) status = co_zip_write(zip, text.data, text.size);
  if (status == CO_OK) status = co_zip_end(zip);
  co_buf_free(&text);
  return status;
}

static co_status write_arrays(const co_data_set *set, co_zip_writer *zip, unsigned char *row) {
  for (int c = 0; c < CO_NUM_COLUMNS; c++) CO_TRY(write_column(set, zip, row, (co_data_column)c));
  CO_TRY(write_about(set, zip));
  return co_zip_commit(zip);
}

co_status co_data_npz_write(const co_data_set *set, const char *path) {
  co_zip_writer zip;
  unsigned char *row = co_alloc((size_t)set->words, sizeof(float));
  if (!row) return CO_MEMORY;
  co_status status = co_zip_create(path, &zip);
  if (status == CO_OK) status = write_arrays(set, &zip, row);
  co_zip_discard(&zip);
  free(row);
  return status;
}
