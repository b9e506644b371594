// Writing a task file for people: lists of terms in lines of at most 100 columns, long patterns as
// strings that follow each other, comments. What files bring (names, paths) is escaped in strings
// and shown in comments as core/printable.h has it, so that nothing of it is config.
//
// Errors are those of the buffer: asked about once, at the end. Not thread-safe.

#ifndef TRANSFER_IMPORT_PRIVATE_DRAFT_TEXT_H_
#define TRANSFER_IMPORT_PRIVATE_DRAFT_TEXT_H_

#include "core/buf.h"

#include <stdbool.h>

typedef struct co_draft_text {
  co_buf *out;
  int column;
  int entries;    // of the list that is open
  co_buf pieces;  // of the entry that is open; what stands together is joined by NUL
} co_draft_text;

// "  // text" on lines of its own, at an indent of so many spaces.
void co_draft_comment(co_draft_text *t, int indent, const char *text);
// "  key = value;" of the task.
void co_draft_int(co_draft_text *t, const char *key, long value, const char *comment);
void co_draft_number(co_draft_text *t, const char *key, double value);
void co_draft_string(co_draft_text *t, const char *key, const char *value);

// "  key = (", entries, "  );"; a list without entries is not written.
void co_draft_begin(co_draft_text *t, const char *key);
void co_draft_end(co_draft_text *t);
// "{ FIRST = "VALUE"; ... }", keys one by one, with a comment above (NULL: none). All of it is
// written when it is closed: comments that come meanwhile stand above it too.
void co_draft_open(co_draft_text *t, const char *comment);
void co_draft_close(co_draft_text *t);
void co_draft_key(co_draft_text *t, const char *key, const char *value);   // quoted; NULL: left out
void co_draft_word(co_draft_text *t, const char *key, const char *value);  // as it is
void co_draft_key_int(co_draft_text *t, const char *key, long value);
void co_draft_key_number(co_draft_text *t, const char *key, double value);  // NAN: left out
// One number where all are the same, else a list; count 0: left out.
void co_draft_key_numbers(co_draft_text *t, const char *key, const double *value, int count);
// A pattern that matches these names and no others: "GROUP/NAME|..." or, with group NULL, without a
// group where the name cannot be taken for one. `behind` (NULL: "") goes behind each.
void co_draft_key_names(co_draft_text *t, const char *key, const char *group,
                        const char *const *name, int count, const char *behind);
// "body/NAME" as a frame: no pattern, so nothing but quotes is escaped.
void co_draft_key_frame(co_draft_text *t, const char *key, const char *frame);

#endif  // TRANSFER_IMPORT_PRIVATE_DRAFT_TEXT_H_
