#include "envs/draft/place.h"

#include "core/memory.h"
#include "envs/physics/physics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- paths

static co_status real_path(const char *path, char **out) {
  *out = realpath(path, NULL);
  return *out ? CO_OK : co_fail(CO_NO_INPUT, "%s: no such file", path);
}

// Whether a path lies below a folder; what is left of it then.
static const char *below(const char *path, const char *folder) {
  size_t size = strlen(folder);
  if (strcmp(folder, "/") == 0) return path + 1;
  bool is = strncmp(path, folder, size) == 0 && path[size] == '/';
  return is ? path + size + 1 : NULL;
}

// Name without its ending.
static char *stem_of(const char *path) {
  const char *name = co_path_base(path), *dot = strrchr(name, '.');
  return co_strndup(name, dot && dot != name ? (size_t)(dot - name) : strlen(name));
}

static char *text_of(const char *first, const char *second, const char *third) {
  size_t size = strlen(first) + strlen(second) + strlen(third) + 1;
  char *text = co_alloc(size, 1);
  if (text) snprintf(text, size, "%s%s%s", first, second, third);
  return text;
}

// ---- models that come with the program

// Tasks name them alone.
static bool is_shipped(const char *real) {
  char *relative = text_of("envs/models/", co_path_base(real), ""), *found = NULL, *same = NULL;
  bool is = relative && co_data_find(relative, &found) == CO_OK && (same = realpath(found, NULL)) &&
            strcmp(same, real) == 0;
  free(relative);
  free(found);
  free(same);
  return is;
}

// ---- copies

static co_status add(co_names *names, char *name) {
  char **more = name ? co_realloc(names->name, (size_t)names->count + 1, sizeof *more) : NULL;
  if (!more) {
    free(name);
    return CO_MEMORY;
  }
  names->name = more;
  names->name[names->count++] = name;
  return CO_OK;
}

// The files that the model reads, each once, itself first.
static co_status list_files(const char *real, co_names *out) {
  co_names found = {0};
  CO_TRY(co_engine_mujoco.files(real, &found));
  co_status status = add(out, co_strdup(real));
  for (int i = 0; status == CO_OK && i < found.count; i++) {
    char *path = NULL;
    status = real_path(found.name[i], &path);
    if (status != CO_OK) break;
    bool known = false;
    for (int k = 0; k < out->count; k++) known = known || strcmp(out->name[k], path) == 0;
    if (known)
      free(path);
    else
      status = add(out, path);
  }
  co_names_free(&found);
  return status;
}

// The folder that holds all of them; owned.
static co_status common_folder(const co_names *files, char **out) {
  char *folder = co_path_dir(files->name[0]);
  for (int i = 1; folder && i < files->count; i++) {
    while (folder && !below(files->name[i], folder)) {
      char *above = co_path_dir(folder);
      free(folder);
      folder = above;
    }
  }
  *out = folder;
  return folder ? CO_OK : CO_MEMORY;
}

static co_status is_free(const char *from, const char *to) {
  uint64_t a = 0, b = 1;
  if (!co_file_exists(to)) return CO_OK;
  CO_TRY(co_file_hash(from, &a));
  if (co_file_hash(to, &b) == CO_OK && a == b) return CO_OK;
  return co_fail(CO_CREATE, "%s: is there and is not the model's: nothing is written over it", to);
}

static co_status plan_copies(const char *folder, const char *task, co_model_place *out) {
  char *root = NULL, *stem = stem_of(task), *base = NULL;
  bool alone = out->from.count == 1;
  const char *file = out->from.name[0], *dot = strrchr(co_path_base(file), '.');
  co_status status = stem ? common_folder(&out->from, &root) : CO_MEMORY;
  if (status == CO_OK) {
    base = alone ? text_of(stem, dot ? dot : "", "") : text_of(stem, "_model", "");
    const char *rest = alone ? NULL : below(file, root);
    out->model = !base ? NULL : alone ? co_strdup(base) : text_of(base, "/", rest);
    if (!out->model) status = CO_MEMORY;
  }
  for (int i = 0; status == CO_OK && i < out->from.count; i++) {
    const char *rest = below(out->from.name[i], root);
    char *inside = alone ? co_strdup(base) : text_of(base, "/", rest);
    char *to = inside ? co_path_join(folder, inside) : NULL;
    free(inside);
    status = add(&out->to, to);
    if (status == CO_OK) status = is_free(out->from.name[i], out->to.name[i]);
  }
  free(root);
  free(stem);
  free(base);
  return status;
}

// What lies there already, byte for byte, is neither copied nor removed.
static void leave_out_copied(co_model_place *out) {
  int kept = 0;
  for (int i = 0; i < out->to.count; i++) {
    if (co_file_exists(out->to.name[i])) {
      free(out->from.name[i]);
      free(out->to.name[i]);
      continue;
    }
    out->from.name[kept] = out->from.name[i];
    out->to.name[kept++] = out->to.name[i];
  }
  out->from.count = out->to.count = kept;
}

co_status co_model_place_find(const char *model, const char *task, co_model_place *out) {
  char *real = NULL, *dir = co_path_dir(task), *folder = NULL;
  *out = (co_model_place){0};
  co_status status = dir ? real_path(model, &real) : CO_MEMORY;
  if (status == CO_OK && !(folder = realpath(dir, NULL)))
    status = co_fail(CO_CREATE, "%s: no such folder", dir);
  const char *rest = status == CO_OK ? below(real, folder) : NULL;
  if (rest || (status == CO_OK && is_shipped(real))) {
    out->model = co_strdup(rest ? rest : co_path_base(real));
    if (!out->model) status = CO_MEMORY;
  } else if (status == CO_OK) {
    status = list_files(real, &out->from);
    if (status == CO_OK) status = plan_copies(folder, task, out);
    if (status == CO_OK) leave_out_copied(out);
  }
  free(real);
  free(dir);
  out->folder = folder;
  if (status != CO_OK) co_model_place_free(out);
  return status;
}

static co_status copy_file(const char *from, const char *to) {
  co_buf bytes = {0};
  char *folder = co_path_dir(to);
  co_status status = folder ? co_dir_create(folder) : CO_MEMORY;
  if (status == CO_OK) status = co_file_read(from, 0, &bytes);
  if (status == CO_OK) status = co_file_write(to, bytes.data ? bytes.data : "", bytes.size);
  co_buf_free(&bytes);
  free(folder);
  return status;
}

// A copy, and the folders between it and the task's that nothing else is in.
static void remove_copy(const co_model_place *place, const char *path) {
  char *dir = co_path_dir(path);
  co_file_remove(path);
  while (dir && below(dir, place->folder) && rmdir(dir) == 0) {
    char *above = co_path_dir(dir);
    free(dir);
    dir = above;
  }
  free(dir);
}

co_status co_model_place_copy(const co_model_place *place) {
  for (int i = 0; i < place->from.count; i++) {
    co_status status = copy_file(place->from.name[i], place->to.name[i]);
    if (status == CO_OK) continue;
    for (int k = 0; k <= i; k++) remove_copy(place, place->to.name[k]);
    return status;
  }
  return CO_OK;
}

void co_model_place_remove(const co_model_place *place) {
  for (int i = 0; i < place->to.count; i++) remove_copy(place, place->to.name[i]);
}

void co_model_place_free(co_model_place *place) {
  free(place->folder);
  free(place->model);
  co_names_free(&place->from);
  co_names_free(&place->to);
  *place = (co_model_place){0};
}
