#include "transfer/import/private/draft_text.h"

#include "core/printable.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 100, ENTRY = 4, GOES_ON = 6, PATTERN = 84 };

// ---- words

// The shortest of up to 17 digits that reads back to the same number, with a mark of a float.
static void put_number(co_buf *buf, double value) {
  char text[40];
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value);
    if (strtod(text, NULL) == value) break;
  }
  co_buf_puts(buf, text);
  if (!strpbrk(text, ".e")) co_buf_puts(buf, ".0");
}

// Within quotes.
static void put_escaped(co_buf *buf, const char *text) {
  static const char plain[] = "\n\r\t\f\"\\", letter[] = "nrtf\"\\";
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
}

static void put_string(co_buf *buf, const char *text) {
  co_buf_puts(buf, "\"");
  put_escaped(buf, text);
  co_buf_puts(buf, "\"");
}

// ---- the task's own keys

static void put_line(co_draft_text *t, int indent, const char *text, size_t size) {
  co_buf_printf(t->out, "%*s// %.*s\n", indent, "", (int)size, text);
}

void co_draft_comment(co_draft_text *t, int indent, const char *text) {
  char line[1024];
  size_t width = (size_t)(COLUMNS - 3 - indent);
  co_printable_line(line, sizeof line, text);
  const char *rest = line;
  while (strlen(rest) > width) {
    size_t size = width;
    while (size > 1 && rest[size] != ' ') size--;
    if (size <= 1) size = strcspn(rest, " ");
    put_line(t, indent, rest, size);
    rest += size + (rest[size] == ' ');
  }
  if (*rest) put_line(t, indent, rest, strlen(rest));
}

void co_draft_int(co_draft_text *t, const char *key, long value, const char *comment) {
  co_buf_printf(t->out, "  %s = %ld;", key, value);
  if (comment) co_buf_printf(t->out, "  // %s", comment);
  co_buf_puts(t->out, "\n");
}

void co_draft_number(co_draft_text *t, const char *key, double value) {
  co_buf_printf(t->out, "  %s = ", key);
  put_number(t->out, value);
  co_buf_puts(t->out, ";\n");
}

void co_draft_string(co_draft_text *t, const char *key, const char *value) {
  co_buf_printf(t->out, "  %s = ", key);
  put_string(t->out, value);
  co_buf_puts(t->out, ";\n");
}

// ---- lists

void co_draft_begin(co_draft_text *t, const char *key) {
  co_buf_printf(t->out, "  %s = (", key);
  t->entries = 0;
}

void co_draft_end(co_draft_text *t) {
  co_buf_puts(t->out, "\n  );\n");
}

void co_draft_open(co_draft_text *t, const char *comment) {
  co_buf_puts(t->out, t->entries++ ? ",\n" : "\n");
  if (comment) co_draft_comment(t, ENTRY, comment);
  t->pieces.size = 0;
}

// Breaks the line where the piece does not fit.
static void put_piece(co_draft_text *t, const char *piece) {
  int size = (int)strlen(piece);
  if (t->column + 1 + size > COLUMNS - 3 && t->column > GOES_ON) {
    co_buf_printf(t->out, "\n%*s%s", GOES_ON, "", piece);
    t->column = GOES_ON + size;
  } else {
    co_buf_printf(t->out, " %s", piece);
    t->column += 1 + size;
  }
}

void co_draft_close(co_draft_text *t) {
  const char *at = t->pieces.data, *end = at ? at + t->pieces.size : NULL;
  co_buf_printf(t->out, "%*s{", ENTRY, "");
  t->column = ENTRY + 1;
  for (; at && at < end; at += strlen(at) + 1) put_piece(t, at);
  co_buf_puts(t->out, " }");
  if (t->pieces.failed) t->out->failed = true;
}

static void end_piece(co_draft_text *t) {
  co_buf_add(&t->pieces, "", 1);
}

void co_draft_word(co_draft_text *t, const char *key, const char *value) {
  co_buf_printf(&t->pieces, "%s = %s;", key, value);
  end_piece(t);
}

void co_draft_key(co_draft_text *t, const char *key, const char *value) {
  if (!value) return;
  co_buf_printf(&t->pieces, "%s = ", key);
  put_string(&t->pieces, value);
  co_buf_puts(&t->pieces, ";");
  end_piece(t);
}

void co_draft_key_frame(co_draft_text *t, const char *key, const char *frame) {
  co_draft_key(t, key, frame);
}

void co_draft_key_int(co_draft_text *t, const char *key, long value) {
  co_buf_printf(&t->pieces, "%s = %ld;", key, value);
  end_piece(t);
}

void co_draft_key_number(co_draft_text *t, const char *key, double value) {
  if (isfinite(value)) co_draft_key_numbers(t, key, &value, 1);
}

void co_draft_key_numbers(co_draft_text *t, const char *key, const double *value, int count) {
  bool same = true;
  if (!count) return;
  for (int i = 1; i < count; i++) same = same && value[i] == value[0];
  co_buf_printf(&t->pieces, "%s = ", key);
  if (same) {
    put_number(&t->pieces, value[0]);
    co_buf_puts(&t->pieces, ";");
    end_piece(t);
    return;
  }
  co_buf_puts(&t->pieces, "( ");
  for (int i = 0; i < count; i++) {
    put_number(&t->pieces, value[i]);
    co_buf_puts(&t->pieces, i + 1 < count ? "," : " );");
    end_piece(t);
  }
}

// ---- patterns

// Whether a name without its group would be read as a group.
static bool is_group(const char *name) {
  static const char *const group[] = {"qpos", "qvel", "ctrl", "sensor"};
  for (size_t i = 0; i < sizeof group / sizeof *group; i++)
    if (strcmp(group[i], name) == 0) return true;
  return false;
}

static void put_alternative(co_buf *buf, const char *group, const char *name, const char *behind) {
  char pattern[4 * CO_NAME];
  co_glob_escape(name, pattern, sizeof pattern);
  if (group) co_buf_printf(buf, "%s/", group);
  put_escaped(buf, pattern);
  co_buf_puts(buf, behind ? behind : "");
}

// Strings that follow each other are one.
void co_draft_key_names(co_draft_text *t, const char *key, const char *group,
                        const char *const *name, int count, const char *behind) {
  size_t start = t->pieces.size;
  co_buf_printf(&t->pieces, "%s = \"", key);
  for (int i = 0; i < count; i++) {
    const char *of = group ? group : is_group(name[i]) ? "*" : NULL;
    put_alternative(&t->pieces, of, name[i], behind);
    if (i + 1 < count) co_buf_puts(&t->pieces, "|");
    size_t next = i + 1 < count ? strlen(name[i + 1]) + 8 : 0;
    if (!next || t->pieces.size - start + next < PATTERN) continue;
    co_buf_puts(&t->pieces, "\"");
    end_piece(t);
    start = t->pieces.size;
    co_buf_puts(&t->pieces, "\"");
  }
  co_buf_puts(&t->pieces, "\";");
  end_piece(t);
}
