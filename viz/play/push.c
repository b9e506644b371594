#include "viz/play/private/push.h"

#include "envs/physics/mujoco/engine.h"

#include <assert.h>
#include <mujoco/mujoco.h>
#include <string.h>

int co_push_bodies(const co_physics *physics) {
  if (physics->model->engine != &co_engine_mujoco) return 0;
  return (int)((const co_mujoco_row *)physics)->mj->nbody;
}

void co_push_set(co_physics *physics, int body, const double force[6]) {
  static const double none[6] = {0};
  assert(body >= 0 && body < co_push_bodies(physics));
  mjData *data = ((co_mujoco_row *)physics)->data;
  memcpy(data->xfrc_applied + 6 * (ptrdiff_t)body, force ? force : none, sizeof none);
}
