// Writing config text. What fits into the line stays on it, what doesn't is broken into one member
// per line.

#include "core/config/tree.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 100, INDENT = 2 };

static bool is_scalar(const co_node *node) {
  return node->kind < CO_NODE_ARRAY;
}

static bool is_wide(const co_node *node) {
  return node->value.integer < INT32_MIN || node->value.integer > INT32_MAX;
}

// the shortest of up to 17 digits that reads back to the same number, with a mark that it is a
// float
static void write_real(double value, co_buf *buf) {
  assert(isfinite(value));
  char text[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  co_buf_puts(buf, text);
  if (!strpbrk(text, ".e")) co_buf_puts(buf, ".0");
}

static void write_string(const char *text, co_buf *buf) {
  static const char plain[] = "\n\r\t\f\"\\", letter[] = "nrtf\"\\";
  co_buf_puts(buf, "\"");
  for (const char *c = text; *c; c++) {
    const char *escape = strchr(plain, *c);
    if (escape) {
      co_buf_printf(buf, "\\%c", letter[escape - plain]);
    } else if ((unsigned char)*c < 0x20 || *c == 0x7f) {
      co_buf_printf(buf, "\\x%02x", (unsigned char)*c);
    } else {
      co_buf_add(buf, c, 1);
    }
  }
  co_buf_puts(buf, "\"");
}

static void write_scalar(const co_node *node, bool wide, co_buf *buf) {
  switch (node->kind) {
    case CO_NODE_BOOL: co_buf_puts(buf, node->value.boolean ? "true" : "false"); break;
    case CO_NODE_INT:
      co_buf_printf(buf, "%" PRId64 "%s", node->value.integer, wide ? "L" : "");
      break;
    case CO_NODE_FLOAT: write_real(node->value.real, buf); break;
    case CO_NODE_STRING: write_string(node->value.string, buf); break;
    default: assert(false);
  }
}

// libconfig takes 1 and 1L as two types, which must not meet in one array
static bool array_is_wide(const co_node *node) {
  for (int i = 0; node->kind == CO_NODE_ARRAY && i < node->count; i++) {
    if (node->child[i]->kind == CO_NODE_INT && is_wide(node->child[i])) return true;
  }
  return false;
}

static void write_flat(const co_node *node, bool wide, co_buf *buf) {
  if (is_scalar(node)) {
    write_scalar(node, wide || (node->kind == CO_NODE_INT && is_wide(node)), buf);
    return;
  }
  bool group = node->kind == CO_NODE_GROUP, array = node->kind == CO_NODE_ARRAY;
  bool spaced = group || (node->count > 0 && !is_scalar(node->child[0]));
  bool wide_array = array_is_wide(node);
  co_buf_puts(buf, group ? "{" : array ? "[" : "(");
  for (int i = 0; i < node->count; i++) {
    if (i > 0 && !group) co_buf_puts(buf, ",");
    if (i > 0 || spaced) co_buf_puts(buf, " ");
    if (group) co_buf_printf(buf, "%s = ", node->child[i]->name);
    write_flat(node->child[i], wide_array, buf);
    if (group) co_buf_puts(buf, ";");
  }
  co_buf_puts(buf, spaced ? " " : "");
  co_buf_puts(buf, group ? "}" : array ? "]" : ")");
}

static void write_value(const co_node *node, int indent, co_buf *buf);

static void write_members(const co_node *group, int indent, co_buf *buf) {
  for (int i = 0; i < group->count; i++) {
    co_buf_printf(buf, "%*s%s = ", indent, "", group->child[i]->name);
    write_value(group->child[i], indent, buf);
    co_buf_puts(buf, ";\n");
  }
}

static size_t column(const co_buf *buf) {
  const char *newline = buf->size ? memrchr(buf->data, '\n', buf->size) : NULL;
  return newline ? buf->size - (size_t)(newline + 1 - buf->data) : buf->size;
}

// scalars fill their lines, other elements have lines of their own
static void write_elements(const co_node *list, int indent, co_buf *buf) {
  bool wide = array_is_wide(list);
  for (int i = 0; i < list->count; i++) {
    const co_node *element = list->child[i];
    if (!is_scalar(element)) {
      co_buf_printf(buf, "%s%*s", i > 0 && is_scalar(list->child[i - 1]) ? "\n" : "", indent, "");
      write_value(element, indent, buf);
      co_buf_puts(buf, i + 1 < list->count ? ",\n" : "\n");
      continue;
    }
    co_buf flat = {0};
    write_flat(element, wide, &flat);
    bool fresh = i == 0 || !is_scalar(list->child[i - 1]);
    if (!fresh && column(buf) + flat.size + 2 > LINE_MAX_BYTES) {
      co_buf_puts(buf, "\n");
      fresh = true;
    }
    co_buf_printf(buf, "%*s%s", fresh ? indent : 1, "", flat.size ? flat.data : "");
    co_buf_puts(buf, i + 1 < list->count ? "," : "\n");
    buf->failed = buf->failed || flat.failed;
    co_buf_free(&flat);
  }
}

static void write_value(const co_node *node, int indent, co_buf *buf) {
  co_buf flat = {0};
  write_flat(node, false, &flat);
  buf->failed = buf->failed || flat.failed;
  if (is_scalar(node) || node->count == 0 || column(buf) + flat.size + 1 <= LINE_MAX_BYTES) {
    co_buf_add(buf, flat.data, flat.size);
  } else if (node->kind == CO_NODE_GROUP) {
    co_buf_puts(buf, "{\n");
    write_members(node, indent + INDENT, buf);
    co_buf_printf(buf, "%*s}", indent, "");
  } else {
    bool array = node->kind == CO_NODE_ARRAY;
    co_buf_puts(buf, array ? "[\n" : "(\n");
    write_elements(node, indent + INDENT, buf);
    co_buf_printf(buf, "%*s%s", indent, "", array ? "]" : ")");
  }
  co_buf_free(&flat);
}

void co_tree_write(const co_node *node, co_buf *buf) {
  if (node->kind == CO_NODE_GROUP && !node->name) {
    write_members(node, 0, buf);
  } else {
    write_value(node, 0, buf);
  }
}
