// Text tables for a terminal: columns as wide as their widest cell, aligned by characters instead
// of bytes.
//
// Cells are copied with control characters replaced. Errors are those of the buffers. Not
// thread-safe per table.

#ifndef TRANSFER_REPORT_PRIVATE_TABLE_TEXT_H_
#define TRANSFER_REPORT_PRIVATE_TABLE_TEXT_H_

#include "core/arena.h"
#include "core/buf.h"

#include <stdbool.h>

enum { CO_TABLE_COLUMNS_MAX = 8 };

typedef enum co_table_tone {
  CO_TONE_PLAIN,
  CO_TONE_BOLD,
  CO_TONE_DIM,
  CO_TONE_GOOD,
  CO_TONE_BAD
} co_table_tone;

typedef struct co_table_cell {
  const char *text;  // in the table's arena
  int width;         // [characters]
  co_table_tone tone;
} co_table_cell;

typedef struct co_table {
  co_arena arena;
  int columns, rows, capacity;
  bool right[CO_TABLE_COLUMNS_MAX];  // alignment of a column
  co_table_cell *cell;               // (capacity x columns)
  bool failed;
} co_table;

// Zero-initialised otherwise; `columns` at most CO_TABLE_COLUMNS_MAX.
void co_table_open(co_table *table, int columns);
void co_table_row(co_table *table);  // starts a row of empty cells
// Sets a cell of the last row, at most `limit` characters (0: no limit).
void co_table_set(co_table *table, int column, co_table_tone tone, const char *text, int limit);
// Appends all rows, each line indented by `indent`, at most `width` characters: the last column is
// cut.
void co_table_put(const co_table *table, int indent, int width, bool color, co_buf *out);
void co_table_close(co_table *table);

// Appends text with ANSI colour when `color`.
void co_put_tone(co_buf *out, co_table_tone tone, bool color, const char *text);

// Wraps text at spaces to lines of at most `width` characters, continuation lines indented by
// `indent`; newlines in the text are kept.
void co_put_wrapped(co_buf *out, const char *text, int width, int indent, co_table_tone tone,
                    bool color);

#endif  // TRANSFER_REPORT_PRIVATE_TABLE_TEXT_H_
