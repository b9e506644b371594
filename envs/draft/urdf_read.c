#include "envs/draft/urdf_read.h"

#include <mujoco/mujoco.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 256, MOST_JOINTS = 4096 };

typedef struct look {
  co_robot *out;
  const char *file;
} look;

// The joint is moved by the last one on the way to the world. Returns its index.
static co_status add_joint(const look *l, mjsElement *element, int *parent) {
  co_robot *out = l->out;
  mjsJoint *joint = mjs_asJoint(element);
  if (joint->type != mjJNT_HINGE && joint->type != mjJNT_SLIDE) return CO_OK;
  if (out->num_joints == MOST_JOINTS)
    return co_fail(CO_DATA, "%s: more than %d joints", l->file, MOST_JOINTS);
  out->joint[out->num_joints] =
      (co_robot_joint){.name = co_arena_strdup(&out->memory, mjs_getString(mjs_getName(element))),
                       .parent = *parent,
                       .slide = joint->type == mjJNT_SLIDE,
                       .own = true,
                       .actuator = -1};
  *parent = out->num_joints++;
  return co_arena_status(&out->memory);
}

static co_status add_body(const look *l, mjsBody *body, int parent, int depth) {
  if (depth > DEEPEST) return co_fail(CO_DATA, "%s: more than %d links deep", l->file, DEEPEST);
  mjsElement *element = mjs_firstChild(body, mjOBJ_JOINT, 0);
  for (; element; element = mjs_nextChild(body, element, 0)) CO_TRY(add_joint(l, element, &parent));
  element = mjs_firstChild(body, mjOBJ_BODY, 0);
  for (; element; element = mjs_nextChild(body, element, 0))
    CO_TRY(add_body(l, mjs_asBody(element), parent, depth + 1));
  return CO_OK;
}

co_status co_urdf_read(const char *text, const char *file, co_robot *out) {
  char error[512] = "";
  *out = (co_robot){.urdf = true};
  mjSpec *spec = mj_parseXMLString(text, NULL, error, sizeof error);
  if (!spec) {
    error[strcspn(error, "\n")] = '\0';
    return co_fail(CO_DATA, "%s: %.400s", file, *error ? error : "is no robot description");
  }
  const look l = {out, file};
  out->joint = co_arena_alloc(&out->memory, MOST_JOINTS, sizeof *out->joint);
  co_status status = co_arena_status(&out->memory);
  mjsBody *world = mjs_findBody(spec, "world");
  if (status == CO_OK && world) status = add_body(&l, world, -1, 0);
  mj_deleteSpec(spec);
  if (status != CO_OK) {
    co_arena_free(&out->memory);
    *out = (co_robot){0};
  }
  return status;
}
