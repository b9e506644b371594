// MuJoCo behind the physics seam: elements that were written inside a <frame>.
//
// An element can change its frame but not go without one, and a frame that is added to a compiled
// spec takes the indices of all elements away. So each body that has framed elements gets a frame
// that moves nothing before the first compilation, for those that a domain edits.

#include "core/memory.h"
#include "envs/physics/mujoco/private/spec.h"

#include <mujoco/mujoco.h>
#include <stdlib.h>

static bool scales(const mjsFrame *frame) {
  return frame->scale[0] != 1 || frame->scale[1] != 1 || frame->scale[2] != 1;
}

static bool is_still(const mjsFrame *frame) {
  static const double none[3] = {0, 0, 0}, turn[4] = {1, 0, 0, 0};
  for (int k = 0; k < 4; k++) {
    if (frame->quat[k] != turn[k] || (k < 3 && frame->pos[k] != none[k])) return false;
  }
  return frame->alt.type == mjORIENTATION_QUAT && !scales(frame) && !mjs_getFrame(frame->element);
}

static mjsFrame *still_frame(mjsBody *body) {
  mjsElement *element = mjs_firstChild(body, mjOBJ_FRAME, 0);
  while (element && !is_still(mjs_asFrame(element))) element = mjs_nextChild(body, element, 0);
  return element ? mjs_asFrame(element) : NULL;
}

// Parents of framed elements, each perhaps several times, and all bodies where the compiler makes
// frames of static ones; returns how many. `out` may be NULL.
static size_t framed_parents(mjSpec *spec, mjsBody **out) {
  static const mjtObj types[] = {mjOBJ_BODY, mjOBJ_GEOM, mjOBJ_JOINT, mjOBJ_SITE};
  size_t count = 0;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    mjsElement *element = mjs_firstElement(spec, types[i]);
    for (; element; element = mjs_nextElement(spec, element)) {
      bool fuses = types[i] == mjOBJ_BODY && spec->compiler.fusestatic;
      if (!fuses && !mjs_getFrame(element)) continue;
      if (out) out[count] = fuses ? mjs_asBody(element) : mjs_getParent(element);
      count++;
    }
  }
  return count;
}

static co_status add_frames(mjsBody **body, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (still_frame(body[i]) || mjs_addFrame(body[i], NULL)) continue;
    return co_fail(CO_MEMORY, "out of memory for the frames of a model");
  }
  return CO_OK;
}

co_status co_mujoco_add_frames(mjSpec *spec) {
  size_t count = framed_parents(spec, NULL);
  mjsBody **body = co_alloc(count + 1, sizeof *body);
  if (!body) return CO_MEMORY;
  framed_parents(spec, body);
  if (setjmp(*co_mujoco_guard())) {
    free(body);
    return co_mujoco_failed("mjs_addFrame");
  }
  co_status status = add_frames(body, count);
  co_mujoco_done();
  free(body);
  return status;
}

co_status co_mujoco_leave_frame(const mjModel *mj, const co_mujoco_edit *edit,
                                mjsElement *element) {
  mjsFrame *frame = mjs_getFrame(element);
  if (!frame) return CO_OK;
  for (; frame; frame = mjs_getFrame(frame->element)) {
    if (!scales(frame)) continue;
    return co_mujoco_refuse(mj, edit->parameter, edit->element,
                            "it, or what it moves, is inside a <frame> with a scale");
  }
  mjsFrame *still = still_frame(mjs_getParent(element));
  if (still && mjs_setFrame(element, still) == 0) return CO_OK;
  return co_mujoco_refuse(mj, edit->parameter, edit->element,
                          "it, or what it moves, is inside a <frame> that it cannot leave");
}
