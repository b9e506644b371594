#include "agents/learn/source_env.h"

static void defaults(void *value) {
  *(co_source_env *)value = (co_source_env){.share = 0.5};
}

#define AT(member) offsetof(co_source_env, member)
static const co_field fields[] = {
    {"steps_per_step", CO_FIELD_INT, AT(steps_per_step), CO_REQUIRED | CO_ZERO_IS_UNSET, .min = 1,
     .max = 1000, .doc = "env steps in the source's world per env step in the target"},
    {"share", CO_FIELD_FLOAT, AT(share), .min = 0, .max = 1,
     .doc = "part of each minibatch that is drawn from the source's transitions"},
};

const co_schema co_source_env_schema = {.name = "strategy.source_env",
                                        .size = sizeof(co_source_env),
                                        .field = fields,
                                        .count = sizeof fields / sizeof *fields,
                                        .defaults = defaults};
