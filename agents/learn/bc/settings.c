#include "agents/learn/bc/bc.h"
#include "agents/learn/private/settings_network.h"
#include "core/unconst.h"

#define AT(member) offsetof(co_bc_def, member)
#include "agents/learn/private/settings_fields.h"

static void defaults(void *value) {
  static const double hidden[] = {64, 64};
  static const char *const activation[] = {"tanh"};
  co_bc_def *def = value;
  *def = (co_bc_def){
      .minibatch = 256,
      .interval = 500,
      .hidden = {.value = co_unconst(hidden), .count = 2},  // only ever read
      .activation = {.value = co_unconst(activation), .count = 1},
      .rate = 1e-3,
      .adam_epsilon = 1e-8,
      .normalize_obs = true,
      .holdout = 0.1,
  };
}

static void validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_bc_def *def = value;
  check_layers(&def->hidden, &def->activation, node, errors);
}

static const co_field fields[] = {
    INT(minibatch, 1, 65536, "transitions per gradient step"),
    INT(interval, 1, 1000000, "gradient steps between logs, evaluations and checkpoints"),
    HIDDEN("units of each hidden layer"),
    ACTIVATION("of the hidden layers, or one for each"),
    BOOL(layer_norm, "normalise each hidden layer before its activation"),
    FLOAT(rate, 0, 1, "learning rate of Adam"),
    FLOAT(decay, 0, 1e6, "decoupled weight decay, added to that of a strategy"),
    POSITIVE(adam_epsilon, 1, "added to the root of Adam's second moment"),
    BOOL(normalize_obs, "by the mean and variance of the data"),
    FLOAT(holdout, 0, 0.9, "share of the episodes that tell how well it does on others"),
};

const co_schema co_bc_schema = {.name = "bc",
                                .size = sizeof(co_bc_def),
                                .field = fields,
                                .count = sizeof fields / sizeof *fields,
                                .defaults = defaults,
                                .validate = validate};

co_status co_bc_take_network(const co_network_def *network, co_node *into) {
  if (network->memory.width > 0)
    return co_fail(CO_CONFIG, "bc has no layers with memory, and the policy's network has");
  return co_settings_take_network(network, into);
}
