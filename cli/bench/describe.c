#include "cli/bench/describe.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS = 10, TABLE_DIGITS = 4, NAME = 24 };  // of a number; columns of a name

// "17,64,64,6"
static void put_list(const co_json *list, co_buf *out) {
  if (co_json_count(list) == 0) co_buf_puts(out, "-");
  for (size_t i = 0; i < co_json_count(list); i++) {
    const co_json *value = co_json_at(list, i);
    if (i > 0) co_buf_puts(out, ",");
    if (co_json_is_number(value))
      co_buf_printf(out, "%.*g", DIGITS, co_json_as_number(value, 0));
    else
      co_buf_puts(out, co_json_is_string(value) ? co_json_as_string(value) : "-");
  }
}

static void put_value(const co_json *value, int digits, co_buf *out) {
  if (co_json_is_number(value))
    co_buf_printf(out, "%.*g", digits, co_json_as_number(value, 0));
  else if (co_json_is_string(value))
    co_buf_puts(out, co_json_as_string(value));
  else if (co_json_is_bool(value))
    co_buf_puts(out, co_json_as_bool(value, false) ? "yes" : "no");
  else if (co_json_is_array(value))
    put_list(value, out);
  else
    co_buf_puts(out, "-");
}

// --- tables

static bool is_table(const co_json *value) {
  return co_json_is_array(value) && co_json_is_object(co_json_at(value, 0));
}

static size_t width_of(const co_json *value) {
  co_buf text = {0};
  put_value(value, TABLE_DIGITS, &text);
  size_t width = text.size;
  co_buf_free(&text);
  return width;
}

static size_t column_width(const co_json *table, size_t column) {
  size_t width = strlen(co_json_key_at(co_json_at(table, 0), column));
  for (size_t r = 0; r < co_json_count(table); r++) {
    size_t own = width_of(co_json_value_at(co_json_at(table, r), column));
    if (own > width) width = own;
  }
  return width;
}

// numbers and their heads at the right, text at the left
static void put_cell(const co_json *value, const char *head, size_t width, co_buf *out) {
  size_t own = head ? strlen(head) : width_of(value);
  int space = (int)(width - own);
  bool left = co_json_is_string(value) || co_json_is_array(value);
  co_buf_printf(out, "  %*s", left ? 0 : space, "");
  if (head)
    co_buf_puts(out, head);
  else
    put_value(value, TABLE_DIGITS, out);
  co_buf_printf(out, "%*s", left ? space : 0, "");
}

static void put_row(const co_json *table, const co_json *row, bool heads, co_buf *out) {
  for (size_t c = 0; c < co_json_count(row); c++)
    put_cell(co_json_value_at(row, c), heads ? co_json_key_at(row, c) : NULL,
             column_width(table, c), out);
  co_buf_puts(out, "\n");
}

static void put_table(const co_json *table, co_buf *out) {
  put_row(table, co_json_at(table, 0), true, out);
  for (size_t r = 0; r < co_json_count(table); r++)
    put_row(table, co_json_at(table, r), false, out);
}

// --- members

static void put_member(const char *prefix, const char *key, const co_json *value, co_buf *out) {
  size_t used = strlen(prefix) + strlen(key);
  co_buf_printf(out, "  %s%s%*s ", prefix, key, used < NAME ? (int)(NAME - used) : 0, "");
  put_value(value, DIGITS, out);
  co_buf_puts(out, "\n");
}

static void put_nested(const char *name, const co_json *object, co_buf *out) {
  co_buf prefix = {0};
  co_buf_printf(&prefix, "%s.", name);
  for (size_t i = 0; prefix.data && i < co_json_count(object); i++)
    put_member(prefix.data, co_json_key_at(object, i), co_json_value_at(object, i), out);
  co_buf_free(&prefix);
}

void bench_describe_members(const co_json *object, co_buf *out) {
  for (size_t i = 0; i < co_json_count(object); i++) {
    const char *key = co_json_key_at(object, i);
    const co_json *value = co_json_value_at(object, i);
    if (co_json_is_object(value)) {
      put_nested(key, value, out);
    } else if (is_table(value)) {
      co_buf_printf(out, "  %s\n", key);
      put_table(value, out);
    } else {
      put_member("", key, value, out);
    }
  }
}
