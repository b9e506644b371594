#include "envs/physics/model_file.h"

#include "core/file.h"
#include "core/memory.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kFolders = 32 };  // most folders in CARRYOVER_MODEL_PATH

// Folders below which files may be read; the strings are owned.
typedef struct fence {
  char place[512];  // "file:line" of the task's key, or "--set"
  const char *task_folder;
  char *model_folder;       // where the program's own models are, NULL: not found
  char *listed;             // copy of CARRYOVER_MODEL_PATH, cut at its colons
  char *further[kFolders];  // (num_further) parts of `listed`
  int num_further;
} fence;

static void free_fence(fence *f) {
  free(f->model_folder);
  free(f->listed);
}

// The folder of the data files that has this model, else the first there is, else NULL.
static co_status models_for(const char *file, char **folder) {
  char relative[PATH_MAX];
  int length = snprintf(relative, sizeof relative, "envs/models/%s", file);
  co_status status = length < PATH_MAX ? co_data_find(relative, folder) : CO_NO_INPUT;
  if (status == CO_OK) (*folder)[strlen(*folder) - strlen(file)] = '\0';
  if (status == CO_NO_INPUT) status = co_data_find("envs/models", folder);
  return status == CO_NO_INPUT ? CO_OK : status;
}

static co_status make_fence(const co_model_wish *wish, const char *file, fence *out) {
  const char *variable = getenv("CARRYOVER_MODEL_PATH");
  const co_node *node = wish->node;
  *out = (fence){.task_folder = wish->folder, .listed = co_strdup(variable ? variable : "")};
  if (!out->listed) return CO_MEMORY;
  snprintf(out->place, sizeof out->place, node->line ? "%s:%d" : "%s", node->file, node->line);
  char *rest = NULL;
  for (char *one = strtok_r(out->listed, ":", &rest); one; one = strtok_r(NULL, ":", &rest)) {
    if (out->num_further == kFolders) {
      free_fence(out);
      return co_fail(CO_CONFIG, "CARRYOVER_MODEL_PATH: more than %d folders", kFolders);
    }
    out->further[out->num_further++] = one;
  }
  co_status status = models_for(file, &out->model_folder);
  if (status != CO_OK) free_fence(out);
  return status;
}

// ---- is it inside?

static bool is_below(const char *folder, const char *real_path) {
  char real[PATH_MAX];
  if (!folder || !realpath(folder, real)) return false;
  size_t length = strlen(real);
  if (strncmp(real_path, real, length) != 0) return false;
  return real[length - 1] == '/' || real_path[length] == '/';
}

static bool allows(const fence *f, const char *real_path) {
  bool inside = is_below(f->task_folder, real_path) || is_below(f->model_folder, real_path);
  for (int i = 0; !inside && i < f->num_further; i++) inside = is_below(f->further[i], real_path);
  return inside;
}

// A file that is not there is left to whoever opens it: nothing can be read from it.
static co_status check_file(const fence *f, const char *file, const char *path) {
  char real[PATH_MAX];
  if (!realpath(path, real) || allows(f, real)) return CO_OK;
  return co_fail_context(
      co_fail(CO_CONFIG,
              "\"%s\" is the file %s, outside the folder of the task; to allow it, list its "
              "folder in the environment variable CARRYOVER_MODEL_PATH",
              file, real),
      "%s: model", f->place);
}

// The model itself and all it names.
static co_status check_model(const fence *f, const co_engine *engine, const char *file,
                             const char *path) {
  co_names names = {0};
  CO_TRY(check_file(f, file, path));
  CO_TRY(engine->files(path, &names));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < names.count; i++) {
    status = check_file(f, names.name[i], names.name[i]);
  }
  co_names_free(&names);
  return status;
}

// ---- where is it?

// The file in one folder; *path stays NULL when it is not there.
static co_status look_in(const char *folder, const char *file, char **path) {
  if (*path || !folder) return CO_OK;
  *path = co_path_join(folder, file);
  if (!*path) return CO_MEMORY;
  if (co_file_exists(*path)) return CO_OK;
  free(*path);
  *path = NULL;
  return CO_OK;
}

// By the name that the task has for it.
static co_status find(const fence *f, const char *file, char **path) {
  if (file[0] == '/') {
    *path = co_strdup(file);
    return *path ? CO_OK : CO_MEMORY;
  }
  CO_TRY(look_in(f->task_folder, file, path));
  CO_TRY(look_in(f->model_folder, file, path));
  for (int i = 0; i < f->num_further; i++) CO_TRY(look_in(f->further[i], file, path));
  return CO_OK;
}

// Of a text that travels: what it names below a folder may lie in one now, and in the current one.
static co_status find_elsewhere(fence *f, const char *file, char **path) {
  const char *base = co_path_base(file);
  CO_TRY(find(f, base, path));
  if (*path) return CO_OK;
  f->task_folder = ".";  // only what is found there may read there
  CO_TRY(look_in(f->task_folder, file, path));
  return look_in(f->task_folder, base, path);
}

static co_status fail_to_find(const co_model_wish *wish, const fence *f, const char *file) {
  if (!wish->travels)
    return co_fail(CO_NO_INPUT, "%s: model: no file \"%s\" next to the task or in envs/models",
                   f->place, file);
  return co_fail(CO_NO_INPUT,
                 "%s: no model \"%s\" next to the policy, in envs/models, in the folders of "
                 "CARRYOVER_MODEL_PATH or in this folder",
                 f->place, co_path_base(file));
}

co_status co_model_find_file(const co_engine *engine, const co_model_wish *wish, const char *file,
                             char **path) {
  assert(engine->needs_file && engine->files);
  fence f;
  *path = NULL;
  CO_TRY(make_fence(wish, file, &f));
  co_status status = find(&f, file, path);
  if (status == CO_OK && !*path && wish->travels) status = find_elsewhere(&f, file, path);
  if (status == CO_OK && (!*path || !co_file_exists(*path))) status = fail_to_find(wish, &f, file);
  if (status == CO_OK) status = check_model(&f, engine, file, *path);
  free_fence(&f);
  if (status == CO_OK) return CO_OK;
  free(*path);
  *path = NULL;
  return status;
}
