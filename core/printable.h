// Text of files on its way to people: names, quoted config, messages of other programs.
//
// What could drive a terminal or change the order in which a line is read is shown instead of sent:
// control characters (C0, DEL, C1), the marks of bidirectional text (U+061C, U+200E, U+200F, U+202A
// to U+202E, U+2066 to U+2069) and line separators as \u and four digits, as in JSON; bytes that
// are no UTF-8 as \x and two. Thread-safe.

#ifndef CORE_PRINTABLE_H_
#define CORE_PRINTABLE_H_

#include "core/buf.h"

// Bytes of the UTF-8 sequence at `text`, which ends in NUL; 0 when it is none (RFC 3629).
size_t co_utf8_size(const char *text);

// One character of a text as it may be shown.
typedef struct co_shown {
  char text[8];  // itself, or its escape
  size_t size;   // bytes of the text that it stands for
  int columns;
} co_shown;

// The character at `text`, which is not at its end.
co_shown co_shown_at(const char *text);

// Appends a text as it may be shown; line feeds and tabs, which are layout, stay.
void co_put_printable(co_buf *out, const char *text);

// The same into `size` > 0 bytes and on one line: layout becomes spaces, and what does not fit is
// left out, whole characters at a time.
void co_printable_line(char *out, size_t size, const char *text);

#endif  // CORE_PRINTABLE_H_
