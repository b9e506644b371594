// Data sets in files of several formats, and from one into another.
//
// A file's format is told by its first bytes, and where it is still to be written by its name's
// ending. Reading a format streams; writing one other than our own goes over a set as often as it
// has columns, so a conversion between two others goes by a set beside the new file, which is gone
// in the end.

#ifndef AGENTS_DATA_CONVERT_H_
#define AGENTS_DATA_CONVERT_H_

#include "agents/data/sink.h"

typedef struct co_data_format {
  const char *name;        // "npz"
  const char *endings[3];  // ".npz"; NULL-terminated
  co_status (*read)(const char *path, const co_data_sink *sink, co_data_problems *problems);
  co_status (*write)(const co_data_set *set, const char *path);  // NULL: our own
} co_data_format;

// CO_NO_INPUT, CO_IO; CO_DATA where nothing known is in it.
co_status co_data_format_of(const char *path, const co_data_format **out);
// CO_USAGE that lists the endings.
co_status co_data_format_for(const char *path, const co_data_format **out);

// Writes the transitions of `from` as the format of `to`'s ending has them. What is lost is told.
co_status co_data_convert(const char *from, const char *to, co_data_problems *problems);

#endif  // AGENTS_DATA_CONVERT_H_
