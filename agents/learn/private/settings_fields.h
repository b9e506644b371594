// Lines of a learner's table of settings, for *_settings.c only, each of which defines before
//   AT(member)  offset in its struct

#ifndef AGENTS_LEARN_PRIVATE_SETTINGS_FIELDS_H_
#define AGENTS_LEARN_PRIVATE_SETTINGS_FIELDS_H_

#include "agents/nn/network.h"
#include "core/config/schema.h"

#include <math.h>

#define INT(name, low, high, text)                                                       \
  {                                                                                      \
    .key = #name, .kind = CO_FIELD_INT, .offset = AT(name), .min = (low), .max = (high), \
    .doc = (text)                                                                        \
  }
// Settings that came later, whose defaults are not written.
#define ADDED(name, low, high, text)                                                     \
  {                                                                                      \
    .key = #name, .kind = CO_FIELD_INT, .offset = AT(name), .flags = CO_USUAL_UNWRITTEN, \
    .min = (low), .max = (high), .doc = (text)                                           \
  }
#define ADDED_CHOICE(name, list, text)                                            \
  {                                                                               \
    .key = #name, .kind = CO_FIELD_CHOICE, .offset = AT(name), .choices = (list), \
    .flags = CO_USUAL_UNWRITTEN, .doc = (text)                                    \
  }
#define ADDED_BOOL(name, text)                                                            \
  {                                                                                       \
    .key = #name, .kind = CO_FIELD_BOOL, .offset = AT(name), .flags = CO_USUAL_UNWRITTEN, \
    .doc = (text)                                                                         \
  }
#define FLOAT(name, low, high, text)                                                       \
  {                                                                                        \
    .key = #name, .kind = CO_FIELD_FLOAT, .offset = AT(name), .min = (low), .max = (high), \
    .doc = (text)                                                                          \
  }
#define POSITIVE(name, high, text)                                                            \
  {                                                                                           \
    .key = #name, .kind = CO_FIELD_FLOAT, .offset = AT(name), .flags = CO_POSITIVE_EXCLUSIVE, \
    .min = 0, .max = (high), .doc = (text)                                                    \
  }
#define BOOL(name, text) \
  { .key = #name, .kind = CO_FIELD_BOOL, .offset = AT(name), .doc = (text) }
#define CHOICE(name, list, text) \
  { .key = #name, .kind = CO_FIELD_CHOICE, .offset = AT(name), .choices = (list), .doc = (text) }
#define HIDDEN(text)                                                                               \
  {                                                                                                \
    .key = "hidden", .kind = CO_FIELD_FLOATS, .offset = AT(hidden), .min = 1, .max = CO_MAX_WIDTH, \
    .min_count = 1, .max_count = CO_MAX_HIDDEN, .doc = (text)                                      \
  }

#define ACTIVATION(text)                                                                     \
  {                                                                                          \
    .key = "activation", .kind = CO_FIELD_STRINGS, .offset = AT(activation), .min_count = 1, \
    .max_count = CO_MAX_HIDDEN, .choices = co_activation_names, .doc = (text)                \
  }

// What bounds do not say of layers.
static inline void check_layers(const co_floats *hidden, const co_strings *activation,
                                const co_node *node, co_schema_errors *errors) {
  if (activation->count > 1 && activation->count != hidden->count)
    co_schema_error(errors, node, "activation", "%d for %d hidden layers: one for all, or one each",
                    activation->count, hidden->count);
  for (int i = 0; i < hidden->count; i++) {
    double width = hidden->value[i];
    if (width != floor(width))
      co_schema_error(errors, node, "hidden", "%g is not a whole number of units", width);
  }
}

#endif  // AGENTS_LEARN_PRIVATE_SETTINGS_FIELDS_H_
