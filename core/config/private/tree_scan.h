// Private to the config reader: checks a text before libconfig reads it.

#ifndef CORE_CONFIG_PRIVATE_TREE_SCAN_H_
#define CORE_CONFIG_PRIVATE_TREE_SCAN_H_

#include "core/status.h"

// CO_CONFIG "file:line: text" for anything that is not config syntax, that libconfig reads as
// something else, or that is nested deeper than CO_TREE_DEPTH; CO_MEMORY.
co_status co_tree_scan(const char *text, const char *file);

#endif  // CORE_CONFIG_PRIVATE_TREE_SCAN_H_
