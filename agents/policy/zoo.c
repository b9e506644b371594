#include "agents/policy/zoo.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char folder[] = "configs/policies", ending[] = ".safetensors";

bool co_zoo_is_name(const char *name) {
  return strncmp(name, CO_ZOO_PREFIX, strlen(CO_ZOO_PREFIX)) == 0;
}

co_status co_zoo_names(co_names *out) {
  char *path;
  CO_TRY(co_data_find(folder, &path));
  co_status status = co_dir_list(path, out);
  free(path);
  CO_TRY(status);
  int kept = 0;
  for (int i = 0; i < out->count; i++) {
    char *name = out->name[i], *end = strstr(name, ending);
    if (end && !end[strlen(ending)]) {
      *end = '\0';
      out->name[kept++] = name;
    } else {
      free(name);
    }
  }
  out->count = kept;
  return CO_OK;
}

// The nearest one, or where none is near all of them.
static co_status fail_missing(const char *name) {
  co_names names = {0};
  char list[512];
  if (co_zoo_names(&names) != CO_OK)
    return co_fail_context(CO_NO_INPUT, "no policy \"%s\" in the zoo", name);
  const char *const *all = (const char *const *)names.name;
  const char *near = co_suggest(name, all, names.count);
  co_name_list(all, names.count, list, sizeof list);
  co_status status =
      near ? co_fail(CO_NO_INPUT, "no policy \"%s\" in the zoo; did you mean \"%s%s\"?", name,
                     CO_ZOO_PREFIX, near)
           : co_fail(CO_NO_INPUT, "no policy \"%s\" in the zoo; there are: %s", name, list);
  co_names_free(&names);
  return status;
}

// A name that would lead out of the folder is none of the zoo's.
static co_status find(const char *name, char **path) {
  char relative[256];
  int length = snprintf(relative, sizeof relative, "%s/%s%s", folder, name, ending);
  *path = NULL;
  if (!*name || strchr(name, '/') || length >= (int)sizeof relative) return CO_NO_INPUT;
  return co_data_find(relative, path);
}

bool co_zoo_has(const char *name) {
  char *path;
  bool found = find(name, &path) == CO_OK;
  free(path);
  return found;
}

co_status co_zoo_find(const char *name, char **path) {
  *path = NULL;
  if (co_zoo_is_name(name)) {
    name += strlen(CO_ZOO_PREFIX);
    co_status status = find(name, path);
    return status == CO_NO_INPUT ? fail_missing(name) : status;
  }
  *path = co_strdup(name);
  return *path ? CO_OK : CO_MEMORY;
}
