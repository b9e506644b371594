#include "core/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t co_utf8_size(const char *text) {
  static const struct {
    unsigned char first_low, first_high, second_low, second_high, size;
  } form[] = {
      {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  const unsigned char *byte = (const unsigned char *)text;
  for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
    if (byte[0] < form[i].first_low || byte[0] > form[i].first_high) continue;
    if (form[i].size > 1 && (byte[1] < form[i].second_low || byte[1] > form[i].second_high))
      return 0;
    for (size_t k = 2; k < form[i].size; k++) {
      if ((byte[k] & 0xc0) != 0x80) return 0;
    }
    return form[i].size;
  }
  return 0;
}

// code point of a whole sequence
static uint32_t decode(const char *text, size_t size) {
  const unsigned char *byte = (const unsigned char *)text;
  uint32_t code = size == 1 ? byte[0] : byte[0] & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; i++) code = code << 6 | (byte[i] & 0x3fu);
  return code;
}

static bool drives_a_terminal(uint32_t code) {
  static const struct {
    uint32_t first, last;
  } range[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x061c, 0x061c},
               {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
  for (size_t i = 0; i < sizeof range / sizeof *range; i++)
    if (code >= range[i].first && code <= range[i].last) return true;
  return false;
}

co_shown co_shown_at(const char *text) {
  co_shown shown = {.size = co_utf8_size(text), .columns = 1};
  if (shown.size == 0) {
    shown.size = 1;
    shown.columns = snprintf(shown.text, sizeof shown.text, "\\x%02x", (unsigned char)*text);
    return shown;
  }
  uint32_t code = decode(text, shown.size);
  if (drives_a_terminal(code))
    shown.columns = snprintf(shown.text, sizeof shown.text, "\\u%04x", (unsigned)code & 0xffffu);
  else
    memcpy(shown.text, text, shown.size);
  return shown;
}

void co_put_printable(co_buf *out, const char *text) {
  while (*text) {
    co_shown shown = co_shown_at(text);
    bool layout = *text == '\n' || *text == '\t';
    if (layout)
      co_buf_add(out, text, 1);
    else
      co_buf_puts(out, shown.text);
    text += shown.size;
  }
}

void co_printable_line(char *out, size_t size, const char *text) {
  size_t used = 0;
  while (*text) {
    co_shown shown = co_shown_at(text);
    bool layout = *text == '\n' || *text == '\t';
    const char *piece = layout ? " " : shown.text;
    size_t length = strlen(piece);
    if (used + length >= size) break;
    memcpy(out + used, piece, length);
    used += length;
    text += shown.size;
  }
  out[used] = '\0';
}
