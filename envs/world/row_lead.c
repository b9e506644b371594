// Steps that end where a recording says.

#include "envs/world/private/row.h"

#include <string.h>

co_status co_row_follow_lead(co_row *row) {
  const co_model *model = row->binding->model;
  co_physics *physics = row->physics;
  size_t nq = (size_t)model->nq, nv = (size_t)model->nv;
  memcpy(row->lead.made, physics->qpos, nq * sizeof *physics->qpos);
  memcpy(row->lead.made + nq, physics->qvel, nv * sizeof *physics->qvel);
  memcpy(physics->qpos, row->lead.qpos, nq * sizeof *physics->qpos);
  memcpy(physics->qvel, row->lead.qvel, nv * sizeof *physics->qvel);
  return model->engine->forward(physics);
}
