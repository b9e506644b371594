
#include "agents/learn/private/settings_network.h"
#include "agents/learn/sac/sac.h"
#include "core/unconst.h"

#include <stdio.h>

#define AT(member) offsetof(co_sac_def, member)
#include "agents/learn/private/settings_fields.h"

static void defaults(void *value) {
  static const double hidden[] = {256, 256};
  static const char *const activation[] = {"relu"};
  co_sac_def *def = value;
  *def = (co_sac_def){
      .envs = 1,
      .horizon = 100,
      .batch = 256,
      .updates_per_step = 1,
      .critics = 2,
      .hidden = {.value = co_unconst(hidden), .count = 2},  // only ever read
      .activation = {.value = co_unconst(activation), .count = 1},
      .layer_norm = false,
      .dropout = 0,
      .rate = 3e-4,
      .gamma = 0.99,
      .tau = 0.005,
      .log_std_min = -5,
      .target_entropy = NAN,
      .adam_epsilon = 1e-8,
      .random_steps = 10000,
      .start_steps = 1000,
      .critic_updates = 0,
      .replay = 1000000,
      .data_share = NAN,
      .normalize_obs = false,
  };
}

static void validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_sac_def *def = value;
  check_layers(&def->hidden, &def->activation, node, errors);
  if (def->envs > def->replay)
    co_schema_error(errors, node, "replay", "%lld transitions do not hold one step of %lld envs",
                    (long long)def->replay, (long long)def->envs);
}

static const co_field fields[] = {
    INT(envs, 1, 4096, "rows of the vectorised env"),
    INT(horizon, 1, 65536, "env steps per row between logs, evaluations and checkpoints"),
    INT(batch, 1, 65536, "transitions per gradient update"),
    INT(updates_per_step, 1, 1000, "gradient updates per env step"),
    ADDED(critics, 1, CO_MAX_CRITICS, "critics, of which the smallest value counts"),
    HIDDEN("units of each hidden layer, of actor and critics alike"),
    ACTIVATION("of the hidden layers, or one for each"),
    BOOL(layer_norm, "normalise each hidden layer before its activation, of actor and critics"),
    FLOAT(dropout, 0, 0.9,
          "part of each hidden layer of the critics that is dropped in a gradient update"),
    FLOAT(rate, 0, 1, "learning rate of Adam, of actor, critics and temperature"),
    FLOAT(gamma, 0, 1, "discount factor per control step"),
    POSITIVE(tau, 1, "part of the way that target critics go to the critics per gradient update"),
    FLOAT(log_std_min, -20, 1, "least logarithm of the standard deviation; the largest is 2"),
    FLOAT(target_entropy, -10000, 10000,
          "entropy [nat] that the temperature is learned for; unset: minus the action elements"),
    POSITIVE(adam_epsilon, 1, "added to the root of Adam's second moment"),
    INT(random_steps, 0, 1e12,
        "random env steps of a fresh actor, at most a tenth of the training; none for a copied "
        "one"),
    INT(start_steps, 0, 1e12,
        "env steps before the first gradient update, at most a tenth of the training"),
    INT(critic_updates, 0, 1e12, "first gradient updates in which a copied actor is held"),
    INT(replay, 1, 100000000, "transitions that are kept to learn from"),
    FLOAT(data_share, 0, 1, "part of each minibatch from given data; unset: half"),
    BOOL(normalize_obs, "learn the observation statistics"),
};

const co_schema co_sac_schema = {.name = "sac",
                                 .size = sizeof(co_sac_def),
                                 .field = fields,
                                 .count = sizeof fields / sizeof *fields,
                                 .defaults = defaults,
                                 .validate = validate};

co_status co_sac_take_network(const co_network_def *network, co_node *into) {
  if (network->shared_trunk)
    return co_fail(CO_CONFIG,
                   "sac has no trunk that actor and critics share, and the policy's network has");
  if (network->memory.width > 0)
    return co_fail(CO_CONFIG, "sac has no layers with memory, and the policy's network has");
  CO_TRY(co_settings_take_network(network, into));
  if (network->head != CO_HEAD_SQUASHED) return CO_OK;
  char critics[32];
  snprintf(critics, sizeof critics, "critics=%d", co_network_critics(network));
  return co_tree_set(into, critics);
}
