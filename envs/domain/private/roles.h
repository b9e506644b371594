// Elements by what they are to their robot: "@feet" of a pattern of a domain, so that one domain
// fits robots whose elements have other names.

#ifndef ENVS_DOMAIN_PRIVATE_ROLES_H_
#define ENVS_DOMAIN_PRIVATE_ROLES_H_

#include "envs/task/binding.h"

extern const char *const co_role_names[];  // "base", NULL-terminated

// Whether element `index` of a kind has a role; of the signal path by the binding, which else may
// be NULL.
bool co_role_holds(const co_model *model, const co_binding *binding, co_role role, co_element kind,
                   int index);

#endif  // ENVS_DOMAIN_PRIVATE_ROLES_H_
