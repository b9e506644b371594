// MuJoCo behind the physics seam: numbers that no world can have. The compiler takes them, and the
// engine then computes nothing, or for ever.

#include "envs/physics/mujoco/engine.h"

#include <math.h>
#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>
#include <string.h>

typedef struct limit {
  const char *name;
  double value, low, high;
} limit;

static co_status check_options(const mjOption *option, const char *path) {
  const limit limits[] = {
      {"timestep", option->timestep, 1e-6, 1.0},
      {"gravity", option->gravity[0], -1e6, 1e6},
      {"gravity", option->gravity[1], -1e6, 1e6},
      {"gravity", option->gravity[2], -1e6, 1e6},
      {"wind", option->wind[0], -1e6, 1e6},
      {"wind", option->wind[1], -1e6, 1e6},
      {"wind", option->wind[2], -1e6, 1e6},
      {"density", option->density, 0.0, 1e6},
      {"viscosity", option->viscosity, 0.0, 1e6},
      {"impratio", option->impratio, 1e-6, 1e6},
      {"tolerance", option->tolerance, 0.0, 1.0},
      {"iterations", option->iterations, 0.0, 1e5},
      {"ls_iterations", option->ls_iterations, 0.0, 1e5},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    const limit *one = &limits[i];
    if (one->value >= one->low && one->value <= one->high) continue;
    return co_fail(CO_DATA, "%s: option %s is %g, allowed %g to %g", path, one->name, one->value,
                   one->low, one->high);
  }
  return CO_OK;
}

static bool has_nan(const double *value, mjtSize count) {
  for (mjtSize i = 0; i < count; i++) {
    if (isnan(value[i])) return true;
  }
  return false;
}

// What the engine does not read may hold anything.
static bool is_ours(const char *name) {
  return strncmp(name, "numeric_", 8) != 0 && !strstr(name, "_user");
}

co_status co_mujoco_check_numbers(const mjModel *m, const char *path) {
  CO_TRY(check_options(&m->opt, path));
  for (int i = 0; i < m->nbody; i++) {
    if (isfinite(m->body_mass[i])) continue;
    return co_fail(CO_DATA, "%s: the mass of body \"%s\" is %g", path,
                   m->names + m->name_bodyadr[i], m->body_mass[i]);
  }
  const char *name = NULL;
#undef MJ_M
#define MJ_M(n) m->n
#undef XNV
#define XNV X
#define X(type, member, rows, width)                                                          \
  if (!name && is_ours(#member)) {                                                            \
    const double *list = _Generic(m->member, double * : m->member, default : (double *)NULL); \
    if (list && has_nan(list, m->rows * (width))) name = #member;                             \
  }
  MJMODEL_POINTERS
#undef X
  return name ? co_fail(CO_DATA, "%s: %s holds nan", path, name) : CO_OK;
}
