#include "envs/domain/private/roles.h"

#include <assert.h>
#include <string.h>

const char *const co_role_names[] = {
#define X(id, name, doc) name,
    CO_ROLE_LIST(X)
#undef X
        NULL,
};

// The coordinate that raw value `raw` shows as it is or from the default pose on.
static bool shows(const co_binding *binding, int raw, co_ref *out) {
  static const char *const terms[] = {"qpos", "joint_pos", "qvel"};
  const co_terms_bound *bound = &binding->terms[CO_TERM_OBSERVATION];
  bool plain = false;
  for (int i = 0; i < 3; i++) plain = plain || strcmp(binding->raw[raw].term, terms[i]) == 0;
  for (int i = 0; plain && i < bound->count; i++) {
    int at = raw - binding->obs_term[i].raw_at;
    if (at < 0 || at >= bound->term[i].refs) continue;
    *out = bound->term[i].ref[at];
    return true;
  }
  return false;
}

static bool observation_has(const co_model *model, const co_binding *binding, co_role role,
                            int raw) {
  co_ref ref;
  co_element shown = role == CO_ROLE_POSITIONS ? CO_QPOS : CO_QVEL;
  if (role != CO_ROLE_POSITIONS && role != CO_ROLE_RATES) return false;
  if (!shows(binding, raw, &ref) || ref.group != shown) return false;
  return model->engine->role(model, CO_ROLE_ACTUATED, ref.group, ref.index);
}

bool co_role_holds(const co_model *model, const co_binding *binding, co_role role, co_element kind,
                   int index) {
  if (!model->engine->role) return false;
  if (kind != CO_OBSERVATION) return model->engine->role(model, role, kind, index);
  assert(binding);
  return observation_has(model, binding, role, index);
}
