// YAML 1.1 through libyaml, as a document (agents/formats/document.h): one document of maps, lists
// and scalars with the lines that they stand in.
//
// Plain scalars are null, booleans or numbers where they look so; quoted ones are text. Anchors and
// aliases share what they stand for, and count as if it were written out, so that no file grows.
// Values with tags of other programs (!!python/object:...) are CO_DOC_OTHER; their tuples are
// lists. Python's own dumps are read, and nothing of what they name is ever made. Thread-safe.

#ifndef AGENTS_FORMATS_YAML_H_
#define AGENTS_FORMATS_YAML_H_

#include "agents/formats/document.h"

// CO_NO_INPUT, CO_DATA with "file:line: text".
co_status co_yaml_read(const char *path, co_document *out);
// The same from bytes that are not kept.
co_status co_yaml_parse(const char *text, size_t size, const char *file, co_document *out);

#endif  // AGENTS_FORMATS_YAML_H_
