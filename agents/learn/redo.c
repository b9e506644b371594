#include "agents/learn/redo.h"

static void defaults(void *value) {
  *(co_redo *)value = (co_redo){.threshold = 0.025};
}

#define AT(member) offsetof(co_redo, member)
static const co_field fields[] = {
    {"threshold", CO_FIELD_FLOAT, AT(threshold), .min = 0, .max = 1,
     .doc = "share of the mean output of its layer up to which a unit is dormant"},
    {"every", CO_FIELD_INT, AT(every), CO_REQUIRED | CO_ZERO_IS_UNSET, .min = 1, .max = 1e9,
     .doc = "gradient steps from one look to the next"},
};

const co_schema co_redo_schema = {.name = "strategy.redo",
                                  .size = sizeof(co_redo),
                                  .field = fields,
                                  .count = sizeof fields / sizeof *fields,
                                  .defaults = defaults};
