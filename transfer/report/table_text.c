#include "transfer/report/private/table_text.h"

#include "core/format.h"

#include <assert.h>
#include <string.h>

enum { GAP = 2 };  // spaces between columns

void co_table_open(co_table *table, int columns) {
  assert(columns >= 1 && columns <= CO_TABLE_COLUMNS_MAX);
  *table = (co_table){.columns = columns};
}

void co_table_close(co_table *table) {
  co_arena_free(&table->arena);
}

static co_table_cell *cell_at(const co_table *table, int row, int column) {
  return &table->cell[(size_t)row * (size_t)table->columns + (size_t)column];
}

static bool grow(co_table *table) {
  int capacity = table->capacity ? 2 * table->capacity : 16;
  size_t cells = (size_t)capacity * (size_t)table->columns;
  co_table_cell *cell = co_arena_alloc(&table->arena, cells, sizeof *cell);
  if (!cell) return false;
  if (table->rows)
    memcpy(cell, table->cell, (size_t)table->rows * (size_t)table->columns * sizeof *cell);
  table->cell = cell;
  table->capacity = capacity;
  return true;
}

void co_table_row(co_table *table) {
  if (table->rows == table->capacity && !grow(table)) table->failed = true;
  if (table->failed) return;
  table->rows++;
  for (int i = 0; i < table->columns; i++)
    *cell_at(table, table->rows - 1, i) = (co_table_cell){"", 0, CO_TONE_PLAIN};
}

void co_table_set(co_table *table, int column, co_table_tone tone, const char *text, int limit) {
  assert(column >= 0 && column < table->columns);
  if (table->failed) return;
  assert(table->rows > 0);
  co_buf copy = {0};
  int width = co_put_plain(&copy, text, limit);
  co_table_cell cell = {co_arena_strdup(&table->arena, copy.data ? copy.data : ""), width, tone};
  table->failed |= copy.failed || !cell.text;
  if (!table->failed) *cell_at(table, table->rows - 1, column) = cell;
  co_buf_free(&copy);
}

void co_put_tone(co_buf *out, co_table_tone tone, bool color, const char *text) {
  // SGR parameters (ECMA-48): readable on light and dark terminals
  static const char *const code[] = {"", "1", "2", "32", "31"};
  bool toned = color && tone != CO_TONE_PLAIN && *text;
  if (toned) co_buf_printf(out, "\033[%sm", code[tone]);
  co_buf_puts(out, text);
  if (toned) co_buf_puts(out, "\033[0m");
}

static void put_spaces(co_buf *out, int count) {
  for (int i = 0; i < count; i++) co_buf_puts(out, " ");
}

static int column_width(const co_table *table, int column) {
  int width = 0;
  for (int i = 0; i < table->rows; i++) {
    int cell = cell_at(table, i, column)->width;
    if (cell > width) width = cell;
  }
  return width;
}

static void put_cell(const co_table *table, const co_table_cell *cell, int column, int width,
                     bool color, co_buf *out) {
  co_buf cut = {0};
  int written = co_put_plain(&cut, cell->text, width);
  if (table->right[column]) put_spaces(out, width - written);
  co_put_tone(out, cell->tone, color, cut.data ? cut.data : "");
  if (!table->right[column] && column + 1 < table->columns) put_spaces(out, width - written);
  out->failed |= cut.failed;
  co_buf_free(&cut);
}

// nothing but spaces would follow
static bool rest_is_empty(const co_table *table, int row, int column) {
  for (int i = column; i < table->columns; i++) {
    if (cell_at(table, row, i)->width > 0) return false;
  }
  return true;
}

void co_table_put(const co_table *table, int indent, int width, bool color, co_buf *out) {
  int wide[CO_TABLE_COLUMNS_MAX], left = width - indent;
  for (int i = 0; i < table->columns; i++) {
    wide[i] = column_width(table, i);
    if (i + 1 == table->columns && wide[i] > left) wide[i] = left > 1 ? left : 1;
    left -= wide[i] + GAP;
  }
  for (int row = 0; row < table->rows; row++) {
    put_spaces(out, indent);
    for (int i = 0; i < table->columns && !rest_is_empty(table, row, i); i++) {
      if (i > 0) put_spaces(out, GAP);
      if (wide[i] > 0) put_cell(table, cell_at(table, row, i), i, wide[i], color, out);
    }
    co_buf_puts(out, "\n");
  }
  out->failed |= table->failed;
}

// characters of the first `size` bytes, continuation bytes of UTF-8 not counted
static int width_of(const char *text, size_t size) {
  int width = 0;
  for (size_t i = 0; i < size; i++) width += ((unsigned char)text[i] & 0xc0) != 0x80;
  return width;
}

// writes and empties the line
static void put_line(co_buf *out, co_buf *line, int indent, co_table_tone tone, bool color) {
  co_buf plain = {0};
  if (line->size > 0) co_put_plain(&plain, line->data, 0);
  if (plain.size > 0) put_spaces(out, indent);
  co_put_tone(out, tone, color, plain.data ? plain.data : "");
  co_buf_puts(out, "\n");
  out->failed |= plain.failed;
  line->size = 0;
  co_buf_free(&plain);
}

void co_put_wrapped(co_buf *out, const char *text, int width, int indent, co_table_tone tone,
                    bool color) {
  co_buf line = {0};
  int column = 0;  // 0: nothing on the line yet
  while (text && *text) {
    size_t word = strcspn(text, " \n");
    int wide = width_of(text, word);
    if (column > 0 && column + 1 + wide > width) {
      put_line(out, &line, indent, tone, color);
      column = 0;
    }
    if (word > 0) {
      if (column > 0) co_buf_puts(&line, " ");
      co_buf_add(&line, text, word);
      column = (column > 0 ? column + 1 : indent) + wide;
    }
    text += word;
    if (*text == '\n') {
      put_line(out, &line, indent, tone, color);
      column = 0;
    }
    if (*text) text++;
  }
  if (column > 0) put_line(out, &line, indent, tone, color);
  out->failed |= line.failed;
  co_buf_free(&line);
}
