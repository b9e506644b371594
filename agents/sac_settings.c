#include "agents/network.h"
#include "agents/sac.h"

#include <assert.h>
#include <math.h>

static void defaults(void *value) {
  static const double hidden[] = {256, 256};
  co_sac_def *def = value;
  *def = (co_sac_def){
      .envs = 1,
      .horizon = 100,
      .batch = 256,
      .updates_per_step = 1,
      .hidden = {.value = (double *)hidden, .count = 2},  // only ever read
      .activation = CO_RELU,
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
      .normalize_obs = false,
  };
}

static void validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_sac_def *def = value;
  for (int i = 0; i < def->hidden.count; i++) {
    double width = def->hidden.value[i];
    if (width != floor(width))
      co_schema_error(errors, node, "hidden", "%g is not a whole number of units", width);
  }
  if (def->envs > def->replay)
    co_schema_error(errors, node, "replay", "%lld transitions do not hold one step of %lld envs",
                    (long long)def->replay, (long long)def->envs);
}

#define AT(member) offsetof(co_sac_def, member)
#define INT(name, low, high, text)                                                       \
  {                                                                                      \
    .key = #name, .kind = CO_FIELD_INT, .offset = AT(name), .min = (low), .max = (high), \
    .doc = (text)                                                                        \
  }
#define FLOAT(name, low, high, text)                                                       \
  {                                                                                        \
    .key = #name, .kind = CO_FIELD_FLOAT, .offset = AT(name), .min = (low), .max = (high), \
    .doc = (text)                                                                          \
  }

static const co_field fields[] = {
    INT(envs, 1, 4096, "rows of the vectorised env"),
    INT(horizon, 1, 65536, "env steps per row between logs, evaluations and checkpoints"),
    INT(batch, 1, 65536, "transitions per gradient update"),
    INT(updates_per_step, 1, 1000, "gradient updates per env step"),
    {.key = "hidden",
     .kind = CO_FIELD_FLOATS,
     .offset = AT(hidden),
     .min = 1,
     .max = CO_MAX_WIDTH,
     .min_count = 1,
     .max_count = CO_MAX_HIDDEN,
     .doc = "units of each hidden layer, of actor and critics alike"},
    {.key = "activation",
     .kind = CO_FIELD_CHOICE,
     .offset = AT(activation),
     .choices = co_activation_names,
     .doc = "of the hidden layers"},
    FLOAT(rate, 0, 1, "learning rate of Adam, of actor, critics and temperature"),
    FLOAT(gamma, 0, 1, "discount factor per control step"),
    {.key = "tau",
     .kind = CO_FIELD_FLOAT,
     .offset = AT(tau),
     .flags = CO_POSITIVE_EXCLUSIVE,
     .min = 0,
     .max = 1,
     .doc = "part of the way that target critics go to the critics per gradient update"},
    FLOAT(log_std_min, -20, 1, "least logarithm of the standard deviation; the largest is 2"),
    FLOAT(target_entropy, -10000, 10000,
          "entropy [nat] that the temperature is learned for; unset: minus the action elements"),
    {.key = "adam_epsilon",
     .kind = CO_FIELD_FLOAT,
     .offset = AT(adam_epsilon),
     .flags = CO_POSITIVE_EXCLUSIVE,
     .min = 0,
     .max = 1,
     .doc = "added to the root of Adam's second moment"},
    INT(random_steps, 0, 1e12,
        "random env steps of a fresh actor, at most a tenth of the training; none for a copied "
        "one"),
    INT(start_steps, 0, 1e12,
        "env steps before the first gradient update, at most a tenth of the training"),
    INT(critic_updates, 0, 1e12, "first gradient updates in which a copied actor is held"),
    INT(replay, 1, 100000000, "transitions that are kept to learn from"),
    {.key = "normalize_obs",
     .kind = CO_FIELD_BOOL,
     .offset = AT(normalize_obs),
     .doc = "learn the observation statistics"},
};

const co_schema co_sac_schema = {.name = "sac",
                                 .size = sizeof(co_sac_def),
                                 .field = fields,
                                 .count = sizeof fields / sizeof *fields,
                                 .defaults = defaults,
                                 .validate = validate};
