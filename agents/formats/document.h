// What a text file of nested settings says, whichever format it is written in: maps, lists and
// scalars with the place and the digits that they had. For readers that take JSON and YAML alike.
//
// A document is bounded before it is built: bytes, nodes, depth. Keys of a map are in the file's
// order and differ. Const once it is read, then safe for any number of threads.

#ifndef AGENTS_FORMATS_DOCUMENT_H_
#define AGENTS_FORMATS_DOCUMENT_H_

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  CO_DOC_BYTES = 1 << 20,  // of a file
  CO_DOC_NODES = 1 << 16,
  CO_DOC_DEPTH = 32,
  CO_DOC_KEYS = 1024,  // of a map
};

typedef enum co_doc_kind {
  CO_DOC_NULL,  // null, ~, nothing
  CO_DOC_BOOL,
  CO_DOC_NUMBER,  // finite
  CO_DOC_TEXT,
  CO_DOC_LIST,
  CO_DOC_MAP,
  CO_DOC_OTHER,  // of a type that another program defines (!!python/...): known to be there
} co_doc_kind;

typedef struct co_doc {
  co_doc_kind kind;
  int line;           // in the file, from 1; 0: the format has none to tell
  const char *key;    // of a member of a map, else NULL
  const char *text;   // TEXT; NUMBER as it is written, or would be; OTHER: its tag
  double number;      // NUMBER; BOOL: 0 or 1
  double resolution;  // NUMBER: see co_text_resolution
  int count;          // of LIST, MAP
  struct co_doc *child;
} co_doc;

typedef struct co_document {
  const char *file;  // as it was given
  const char *base;  // its last part, for places
  co_doc root;
  co_arena memory;  // of all of it, owned
} co_document;

// JSON, strictly. CO_NO_INPUT, CO_DATA with "file: text".
co_status co_document_read_json(const char *path, co_document *out);
// The same from bytes that are not kept.
co_status co_document_parse_json(const char *text, size_t size, const char *file, co_document *out);
void co_document_free(co_document *document);

const co_doc *co_doc_get(const co_doc *map, const char *key);  // NULL: not there, or no map

// How far a number may be from the one that was meant: half a unit of its last digit. Whoever
// writes 0.5 means it closer than 0.05, so that fewer than three significant digits count as three;
// of `fixed` decimals the last one written counts ("0.050": 0.0005). 0 for 0 and for what is no
// number.
double co_text_resolution(const char *text, bool fixed);

#endif  // AGENTS_FORMATS_DOCUMENT_H_
