// MuJoCo behind the physics seam: which files a model reads.

#include "core/file.h"
#include "envs/physics_mujoco.h"

#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { kFiles = 10000 };

static bool take_names(const mjStringVec *found, co_names *out) {
  out->name = calloc(kFiles, sizeof *out->name);
  for (int i = 0; out->name && i < kFiles; i++) {
    const char *name = mjs_getInStringVec(found, i);
    if (!name) return true;
    out->name[i] = strdup(name);
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
  if (whole) return CO_OK;
  co_names_free(out);
  return co_fail(CO_MEMORY, "out of memory");
}
