// Config files by name: a path is taken as it is, a name is looked up among the data files.

#ifndef CORE_CONFIG_CONFIG_FILE_H_
#define CORE_CONFIG_CONFIG_FILE_H_

#include "core/file.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

// Length of a file name without the ending .cfg.
size_t co_config_stem(const char *name);

// Whether a name says where the file is: it has the ending .cfg or a slash.
bool co_config_is_path(const char *name);

// Names of the .cfg files of a data folder ("configs/tasks") without the ending, sorted.
// CO_NO_INPUT when there is no such folder.
co_status co_config_names(const char *folder, co_names *out);

// The first sentence of the comment at the top of a config, cut at `size`; "" where the file has
// none or cannot be read.
void co_config_doc(const char *path, char *out, size_t size);

// Path of a config, for the caller to free. `kind` ("task") and `folder` ("configs/tasks") are for
// look-up and messages. CO_NO_INPUT, with the nearest name of that folder, when there is none.
co_status co_config_find(const char *kind, const char *folder, const char *name, char **path);

#endif  // CORE_CONFIG_CONFIG_FILE_H_
