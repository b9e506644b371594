// MuJoCo behind the physics seam: equality constraints of two joints of which one is locked.
//
// q1 - q1_0 = polynomial(q2 - q2_0). With the second joint locked the right side is a constant;
// with the first one it can be solved where the polynomial is a line of slope 1 or -1, so that
// errors and thus forces keep their scale.

#include "envs/physics/mujoco/private/spec.h"

#include <math.h>
#include <mujoco/mujoco.h>

// What is left of a constraint: the joint that moves, and where it is held from its qpos0.
typedef struct pin {
  int joint;
  double at;
} pin;

static bool is_locked(const co_mujoco_gone *gone, const mjModel *mj, int joint) {
  return joint >= 0 && gone->joint[joint] && !gone->body[mj->jnt_bodyid[joint]];
}

static double deviation(const co_mujoco_gone *gone, const mjModel *mj, int joint) {
  return gone->held[joint] - mj->qpos0[mj->jnt_qposadr[joint]];
}

static bool find_pin(const co_mujoco_gone *gone, const mjModel *mj, int equality, pin *out) {
  const double *data = mj->eq_data + mjNEQDATA * equality;
  int first = mj->eq_obj1id[equality], second = mj->eq_obj2id[equality];
  if (is_locked(gone, mj, second)) {
    double x = deviation(gone, mj, second);
    *out = (pin){first, data[0] + x * (data[1] + x * (data[2] + x * (data[3] + x * data[4])))};
    return true;
  }
  bool line = fabs(data[1]) == 1 && data[2] == 0 && data[3] == 0 && data[4] == 0;
  if (!line) return false;
  *out = (pin){second, (deviation(gone, mj, first) - data[0]) / data[1]};
  return true;
}

// 0, 1 or 2 of its joints
static int locked_joints(const co_mujoco_gone *gone, const mjModel *mj, int equality) {
  return is_locked(gone, mj, mj->eq_obj1id[equality]) +
         is_locked(gone, mj, mj->eq_obj2id[equality]);
}

co_status co_mujoco_equality_check(const co_mujoco_gone *gone, const mjModel *mj, int equality,
                                   bool *goes) {
  int locked = locked_joints(gone, mj, equality);
  pin left;
  *goes = locked == 2 || (locked == 1 && mj->eq_obj2id[equality] < 0);
  if (!locked || *goes || find_pin(gone, mj, equality, &left)) return CO_OK;
  return co_fail(
      CO_CONFIG,
      "equality \"%s\" needs joint \"%s\", which is locked, and cannot be solved for the "
      "other one",
      mj->names + mj->name_eqadr[equality], mj->names + mj->name_jntadr[mj->eq_obj1id[equality]]);
}

void co_mujoco_equalities_hold(const co_mujoco_gone *gone, const mjModel *mj, mjSpec *spec) {
  for (int i = 0; i < mj->neq; i++) {
    pin left;
    if (mj->eq_type[i] != mjEQ_JOINT || gone->equality[i]) continue;
    if (!locked_joints(gone, mj, i) || !find_pin(gone, mj, i, &left)) continue;
    mjsEquality *equality = mjs_asEquality(co_mujoco_element(spec, mjOBJ_EQUALITY, i));
    mjs_setString(equality->name1, mj->names + mj->name_jntadr[left.joint]);
    mjs_setString(equality->name2, "");
    equality->data[0] = left.at;
    for (int k = 1; k < 5; k++) equality->data[k] = 0.0;
  }
}
