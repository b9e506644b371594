#include "agents/data/npz.h"

#include "agents/data/columns.h"
#include "agents/data/npy.h"
#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };
static const char magic[] = "\x93NUMPY";

static co_status next_row(void *context, co_data_column column, double *out) {
  return co_npy_next((co_npy *)context + column, out);
}

// ---- the archive

// The text that our own files have; then all columns must be there, too.
static co_status read_about(const co_zip *zip, const co_data_columns *columns, co_data_about *about,
                            bool *is_own) {
  co_npy array;
  co_buf text = {0};
  co_status status = co_npy_open(zip, co_data_about_name, &array);
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
  co_npy_close(&array);
  return status;
}

static co_status read_arrays(const co_zip *zip, co_npy *array, const co_data_sink *sink,
                             co_data_problems *problems) {
  co_data_columns columns = {.file = zip->file, .context = array, .next = next_row};
  int64_t rows[CO_NUM_COLUMNS];
  for (int c = 0; c < CO_NUM_COLUMNS; c++) {
    CO_TRY(co_npy_open(zip, co_data_column_names[c], &array[c]));
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
  co_npy array[CO_NUM_COLUMNS] = {0};
  CO_TRY(co_zip_parse(bytes, size, file, &zip));
  co_status status = read_arrays(&zip, array, sink, problems);
  for (int c = 0; c < CO_NUM_COLUMNS; c++) co_npy_close(&array[c]);
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
