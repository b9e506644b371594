#include "core/config/config_file.h"

#include "core/file.h"
#include "core/memory.h"
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

co_status co_config_names(const char *folder, co_names *out) {
  char *path;
  CO_TRY(co_data_find(folder, &path));
  co_status status = co_dir_list(path, out);
  free(path);
  CO_TRY(status);
  int kept = 0;
  for (int i = 0; i < out->count; i++) {
    char *name = out->name[i];
    size_t stem = co_config_stem(name);
    bool is_config = name[stem] != '\0';
    name[stem] = '\0';
    if (is_config)
      out->name[kept++] = name;
    else
      free(name);
  }
  out->count = kept;
  return CO_OK;
}

// length of the first sentence
static size_t sentence_length(const char *text) {
  const char *at = text;
  for (; *at; at++)
    if (strchr(".?!", *at) && (at[1] == ' ' || !at[1])) return (size_t)(at - text) + 1;
  return (size_t)(at - text);
}

// what stands behind // or # at the start of a line, NULL when it is no comment
static const char *comment_text(const char *line) {
  size_t marker = strncmp(line, "//", 2) == 0 ? 2 : *line == '#' ? 1 : 0;
  return marker ? line + marker + strspn(line + marker, " ") : NULL;
}

void co_config_doc(const char *path, char *out, size_t size) {
  co_buf bytes = {0}, comment = {0};
  co_file_read(path, 0, &bytes);  // a file that cannot be read has no comment
  const char *text;
  for (const char *line = bytes.data; line && (text = comment_text(line));) {
    size_t length = strcspn(text, "\n");
    co_buf_printf(&comment, "%s%.*s", comment.size ? " " : "", (int)length, text);
    line = text[length] ? text + length + 1 : NULL;
  }
  text = comment.data ? comment.data : "";
  snprintf(out, size, "%.*s", (int)sentence_length(text), text);
  co_buf_free(&bytes);
  co_buf_free(&comment);
}

co_status co_config_find(const char *kind, const char *folder, const char *name, char **path) {
  char relative[512];
  if (co_config_is_path(name)) {
    *path = co_strdup(name);
    return *path ? CO_OK : CO_MEMORY;
  }
  snprintf(relative, sizeof relative, "%s/%s.cfg", folder, name);
  co_status status = co_data_find(relative, path);
  return status == CO_NO_INPUT ? fail_missing(kind, folder, name) : status;
}
