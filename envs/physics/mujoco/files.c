// MuJoCo behind the physics seam: which files a model reads.

#include "core/file.h"
#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"

#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { kFiles = 10000 };

static bool take_names(const mjStringVec *found, co_names *out) {
  out->name = co_alloc(kFiles, sizeof *out->name);
  for (int i = 0; out->name && i < kFiles; i++) {
    const char *name = mjs_getInStringVec(found, i);
    if (!name) return true;
    out->name[i] = co_strdup(name);
    if (!out->name[i]) return false;
    out->count++;
  }
  return false;
}

co_status co_mujoco_check_format(const char *path) {
  size_t length = strlen(path);
  if (length < 4 || strcasecmp(path + length - 4, ".mjb") != 0) return CO_OK;
  return co_fail(CO_DATA,
                 "%s: a compiled model, which is never opened: give the XML that it was made of",
                 path);
}

static bool add_name(co_names *out, char *name) {
  char **more = name ? co_realloc(out->name, (size_t)out->count + 1, sizeof *more) : NULL;
  if (!more) {
    free(name);
    return false;
  }
  out->name = more;
  out->name[out->count++] = name;
  return true;
}

// Where the compiler will look for a mesh; malloc'd.
static char *mesh_path(const mjSpec *spec, const char *file) {
  if (file[0] == '/') return co_strdup(file);
  char *below = co_path_join(mjs_getString(spec->compiler.meshdir), file);
  if (!below || below[0] == '/') return below;
  char *path = co_path_join(mjs_getString(spec->modelfiledir), below);
  free(below);
  return path;
}

static co_status list_meshes(mjSpec *spec, const char *path, co_names *out) {
  mjsElement *element = mjs_firstElement(spec, mjOBJ_MESH);
  for (; element; element = mjs_nextElement(spec, element)) {
    const char *file = mjs_getString(mjs_asMesh(element)->file);
    if (strncmp(file, "package:", 8) == 0) {
      return co_fail(
          CO_DATA,
          "%s: mesh \"%s\": packages are not looked up; write the path of the file, from "
          "the folder of the model",
          path, file);
    }
    if (*file && !add_name(out, mesh_path(spec, file))) return CO_MEMORY;
  }
  return CO_OK;
}

// The compiler says which file it could not open, but neither whose it is nor where it looked.
co_status co_mujoco_check_meshes(mjSpec *spec, const char *path) {
  mjsElement *element = mjs_firstElement(spec, mjOBJ_MESH);
  for (; element; element = mjs_nextElement(spec, element)) {
    const char *file = mjs_getString(mjs_asMesh(element)->file);
    const char *name = mjs_getString(mjs_getName(element));
    char *wanted = *file ? mesh_path(spec, file) : NULL;
    co_status status = CO_OK;
    if (*file && !wanted)
      status = CO_MEMORY;
    else if (wanted && !co_file_exists(wanted))
      status = co_fail(CO_NO_INPUT,
                       "%s: mesh \"%s\": no file %s; put it there, or correct the path in the "
                       "model: it starts at the model's folder, or below it at the meshdir",
                       path, *name ? name : file, wanted);
    free(wanted);
    CO_TRY(status);
  }
  return CO_OK;
}

// A file that cannot be read is left to whoever loads it.
static co_status ask_urdf(const char *path, bool *out) {
  co_buf text = {0};
  co_status status = co_file_read(path, 0, &text);
  *out = status == CO_OK && text.data && strstr(text.data, "<robot");
  co_buf_free(&text);
  return status == CO_MEMORY ? status : CO_OK;
}

// mju_getXMLDependencies knows no meshes of URDF. Parsing opens none of them; what cannot be parsed
// is left to whoever loads it.
static co_status add_meshes(const char *path, co_names *out) {
  char error[1024];
  mjSpec *volatile spec = NULL;  // read after the jump
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteSpec(spec);
    return CO_OK;
  }
  spec = mj_parseXML(path, NULL, error, sizeof error);
  co_status status = spec ? list_meshes(spec, path, out) : CO_OK;
  co_mujoco_done();
  mj_deleteSpec(spec);
  return status;
}

// The list is C++; a texture of an empty spec lends us one.
co_status co_mujoco_files(const char *path, co_names *out) {
  *out = (co_names){0};
  CO_TRY(co_mujoco_check_format(path));
  co_mujoco_install();
  mjSpec *volatile spec = NULL;  // read after the jump
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteSpec(spec);
    co_status status = co_mujoco_failed("mju_getXMLDependencies");
    return status == CO_MEMORY ? status : co_fail_context(CO_DATA, "%s", path);
  }
  spec = mj_makeSpec();
  mjsTexture *texture = spec ? mjs_addTexture(spec, NULL) : NULL;
  if (texture) mju_getXMLDependencies(path, texture->cubefiles);
  co_mujoco_done();
  bool whole = texture && take_names(texture->cubefiles, out);
  mj_deleteSpec(spec);
  bool urdf = false;
  co_status status =
      whole ? ask_urdf(path, &urdf) : co_fail(CO_MEMORY, "out of memory for the files of %s", path);
  if (urdf) status = add_meshes(path, out);
  if (status != CO_OK) co_names_free(out);
  return status;
}
