#include "core/config/config_file.h"

#include "core/file.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t co_config_stem(const char *name) {
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, ".cfg") == 0 ? length - 4 : length;
}

bool co_config_is_path(const char *name) {
  return strchr(name, '/') || co_config_stem(name) < strlen(name);
}

// "no task hopper2 ...": with the nearest of the files in the folder, or why what lies here under
// this name is not taken.
static co_status fail_missing(const char *kind, const char *folder, const char *name) {
  if (co_file_exists(name) || co_dir_exists(name))
    return co_fail(CO_NO_INPUT, "no %s \"%s\" in %s, and what lies here under this name is %s",
                   kind, name, folder, co_dir_exists(name) ? "a folder" : "no file *.cfg");
  char *path = NULL;
  co_names names = {0};
  const char *near = NULL;
  char stem[CO_NAME] = "";
  if (co_data_find(folder, &path) == CO_OK && co_dir_list(path, &names) == CO_OK) {
    char file[CO_NAME + 8];
    snprintf(file, sizeof file, "%.*s.cfg", CO_NAME, name);
    near = co_suggest(file, (const char *const *)names.name, names.count);
  }
  if (near) snprintf(stem, sizeof stem, "%.*s", (int)co_config_stem(near), near);
  free(path);
  co_names_free(&names);
  return co_fail(CO_NO_INPUT, "no %s \"%s\" in %s%s%s%s", kind, name, folder,
                 *stem ? "; did you mean \"" : "", stem, *stem ? "\"?" : "");
}

co_status co_config_find(const char *kind, const char *folder, const char *name, char **path) {
  char relative[512];
  if (co_config_is_path(name)) {
    *path = strdup(name);
    return *path ? CO_OK : co_fail(CO_MEMORY, "out of memory");
  }
  snprintf(relative, sizeof relative, "%s/%s.cfg", folder, name);
  if (co_data_find(relative, path) == CO_OK) return CO_OK;
  return fail_missing(kind, folder, name);
}
