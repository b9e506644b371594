// Config files by name: a path is taken as it is, a name is looked up among the data files.

#ifndef CORE_CONFIG_CONFIG_FILE_H_
#define CORE_CONFIG_CONFIG_FILE_H_

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

// Length of a file name without the ending .cfg.
size_t co_config_stem(const char *name);

// Whether a name says where the file is: it has the ending .cfg or a slash.
bool co_config_is_path(const char *name);

// Path of a config, for the caller to free. `kind` ("task") and `folder` ("configs/tasks") are for
// look-up and messages. CO_NO_INPUT, with the nearest name of that folder, when there is none.
co_status co_config_find(const char *kind, const char *folder, const char *name, char **path);

#endif  // CORE_CONFIG_CONFIG_FILE_H_
