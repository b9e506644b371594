// MuJoCo behind the physics seam: keyframes. They are read from the model as loaded, whatever a
// domain has changed or removed since.

#include "envs/physics/mujoco/engine.h"

#include <mujoco/mujoco.h>
#include <string.h>

static const mjModel *nominal_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->nominal;
}

void co_mujoco_keyframe(const co_model *model, int key, double *qpos, double *qvel) {
  const mjModel *nominal = nominal_of(model);
  memcpy(qpos, nominal->key_qpos + key * nominal->nq, (size_t)nominal->nq * sizeof *qpos);
  memcpy(qvel, nominal->key_qvel + key * nominal->nv, (size_t)nominal->nv * sizeof *qvel);
}

static void put_activations(const co_mujoco_row *row, int key) {
  const mjModel *nominal = nominal_of(row->base.model);
  for (int i = 0; i < nominal->nactuator; i++) {
    int at = co_model_at(row->base.model, CO_ACTUATOR, i), from = nominal->actuator_actadr[i];
    if (at < 0 || from < 0) continue;
    memcpy(row->data->act + row->mj->actuator_actadr[at],
           nominal->key_act + key * nominal->na + from,
           (size_t)nominal->actuator_actnum[i] * sizeof(mjtNum));
  }
}

static void put_mocap(const co_mujoco_row *row, int key) {
  const mjModel *nominal = nominal_of(row->base.model);
  for (int i = 0; i < nominal->nmocap; i++) {
    int at = co_model_at(row->base.model, CO_MOCAP_POS, 3 * i);
    if (at < 0) continue;
    const mjtNum *place = nominal->key_mpos + 3 * (key * nominal->nmocap + i);
    const mjtNum *turn = nominal->key_mquat + 4 * (key * nominal->nmocap + i);
    memcpy(row->data->mocap_pos + at, place, 3 * sizeof *place);
    memcpy(row->data->mocap_quat + at / 3 * 4, turn, 4 * sizeof *turn);
  }
}

void co_mujoco_start(co_physics *base, int key) {
  const co_mujoco_row *row = (const co_mujoco_row *)base;
  const mjModel *nominal = nominal_of(base->model);
  for (int i = 0; i < nominal->nu; i++) {
    int at = co_model_at(base->model, CO_CTRL, i);
    if (at >= 0) base->ctrl[at] = nominal->key_ctrl[key * nominal->nu + i];
  }
  put_activations(row, key);
  put_mocap(row, key);
}
