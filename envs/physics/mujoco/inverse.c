// MuJoCo behind the physics seam: what actuators did, and which torques explain an acceleration.

#include "envs/physics/mujoco/engine.h"

#include <mujoco/mujoco.h>

// Values per degree of freedom in the order of the nominal model, 0 where one is gone.
static void scatter(const co_model *model, const double *value, double *out) {
  for (int i = 0; i < model->nv; i++) {
    int at = co_model_at(model, CO_QVEL, i);
    out[i] = at < 0 ? 0.0 : value[at];
  }
}

void co_mujoco_torques(const co_physics *row, double *out) {
  scatter(row->model, ((const co_mujoco_row *)row)->data->qfrc_actuator, out);
}

static void write_acceleration(const co_model *model, const double *qacc, double *to) {
  for (int i = 0; i < model->nv; i++) {
    int at = co_model_at(model, CO_QVEL, i);
    if (at >= 0) to[at] = qacc[i];
  }
}

// On a copy: inverse dynamics writes where terms read what the last step has left.
co_status co_mujoco_inverse(const co_physics *row, const double *qacc, double *out) {
  const co_mujoco_row *self = (const co_mujoco_row *)row;
  mjData *volatile copy = NULL;
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteData(copy);
    return co_mujoco_failed("mj_inverse");
  }
  copy = mj_copyData(NULL, self->mj, self->data);
  if (!copy) {
    co_mujoco_done();
    return co_fail(CO_MEMORY, "out of memory");
  }
  if (qacc)
    write_acceleration(row->model, qacc, copy->qacc);
  else
    mj_forward(self->mj, copy);
  mj_inverse(self->mj, copy);
  co_mujoco_done();
  scatter(row->model, copy->qfrc_inverse, out);
  mj_deleteData(copy);
  return CO_OK;
}
