
#include "agents/learn/ppo/ppo.h"
#include "agents/learn/private/settings_network.h"
#include "core/unconst.h"

#include <stdio.h>

#define AT(member) offsetof(co_ppo_def, member)
#include "agents/learn/private/settings_fields.h"

enum { MAX_BATCH = 1 << 24 };  // samples of one rollout

static const char *const schedule_names[] = {"linear", "constant", "kl", NULL};
static const char *const memory_names[] = {"none", "lstm", "gru", NULL};

static void defaults(void *value) {
  static const double hidden[] = {64, 64};
  static const char *const activation[] = {"tanh"};
  co_ppo_def *def = value;
  *def = (co_ppo_def){
      .envs = 8,
      .horizon = 256,
      .epochs = 10,
      .minibatch = 64,
      .hidden = {.value = co_unconst(hidden), .count = 2},  // only ever read
      .activation = {.value = co_unconst(activation), .count = 1},
      .memory_width = 64,
      .sequence = 32,
      .rate = 3e-4,
      .schedule = CO_PPO_LINEAR,
      .desired_kl = 0.01,
      .rate_min = 1e-5,
      .rate_max = 1e-2,
      .gamma = 0.99,
      .lambda = 0.95,
      .clip = 0.2,
      .value_coefficient = 0.5,
      .entropy = 0,
      .max_grad_norm = 0.5,
      .adam_epsilon = 1e-5,
      .normalize_advantage = true,
      .normalize_obs = true,
      .normalize_reward = true,
      .warmup_steps = 1024,
  };
}

// What networks with memory do without.
static void check_memory(const co_ppo_def *def, const co_node *node, co_schema_errors *errors) {
  if (def->memory == CO_PPO_NO_MEMORY) return;
  if (def->shared_trunk)
    co_schema_error(errors, node, "shared_trunk", "networks with memory share no trunk");
  if (def->dropout > 0)
    co_schema_error(errors, node, "dropout", "networks with memory are learned without dropout");
  if (def->recompute_advantages)
    co_schema_error(errors, node, "recompute_advantages",
                    "values of networks with memory are those of the rollout");
}

static void check_privileged(const co_ppo_def *def, const co_node *node, co_schema_errors *errors) {
  if (def->privileged && def->shared_trunk)
    co_schema_error(errors, node, "privileged",
                    "a critic that sees more than the actor shares no trunk with it");
}

static void validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_ppo_def *def = value;
  check_layers(&def->hidden, &def->activation, node, errors);
  check_memory(def, node, errors);
  check_privileged(def, node, errors);
  if (def->envs * def->horizon > MAX_BATCH) {
    co_schema_error(errors, node, "horizon", "envs x horizon = %lld, at most %d are allowed",
                    (long long)(def->envs * def->horizon), MAX_BATCH);
  }
  if (def->rate_min > def->rate_max) {
    co_schema_error(errors, node, "rate_min", "%g is above rate_max = %g", def->rate_min,
                    def->rate_max);
  } else if (def->schedule == CO_PPO_KL &&
             (def->rate < def->rate_min || def->rate > def->rate_max)) {
    co_schema_error(errors, node, "rate",
                    "schedule \"kl\" starts at %g, outside %g .. %g (rate_min, rate_max)",
                    def->rate, def->rate_min, def->rate_max);
  }
}

static const co_field fields[] = {
    INT(envs, 1, 4096, "rows of the vectorised env"),
    INT(horizon, 1, 65536, "env steps per row and rollout"),
    INT(epochs, 1, 1000, "passes over a rollout"),
    INT(minibatch, 2, 65536, "samples per gradient step"),
    HIDDEN("units of each hidden layer, of actor and critic alike"),
    ACTIVATION("of the hidden layers, or one for each"),
    BOOL(layer_norm, "normalise each hidden layer before its activation"),
    BOOL(shared_trunk, "one trunk for actor and critic"),
    ADDED_BOOL(privileged, "the critic sees what rows draw at their resets, the actor does not"),
    FLOAT(dropout, 0, 0.9, "part of each hidden layer that is dropped in a gradient step"),
    ADDED_CHOICE(memory, memory_names,
                 "that actor and critic see observations through, each its own"),
    ADDED(memory_width, 1, CO_MAX_WIDTH, "outputs of a memory"),
    ADDED(sequence, 1, 65536, "most steps that gradients go back through time, with memory"),
    FLOAT(rate, 0, 1, "learning rate of Adam"),
    CHOICE(schedule, schedule_names,
           "of the rate: annealed to 0 over the training, constant, or adapted by KL divergence"),
    POSITIVE(desired_kl, 10, "what schedule \"kl\" steers the divergence of a minibatch to [nat]"),
    POSITIVE(rate_min, 1, "lowest rate of schedule \"kl\""),
    POSITIVE(rate_max, 1, "highest rate of schedule \"kl\""),
    FLOAT(gamma, 0, 1, "discount factor per control step"),
    FLOAT(lambda, 0, 1, "of generalised advantage estimation"),
    POSITIVE(clip, 10, "range of the probability ratio around 1"),
    FLOAT(value_clip, 0, 1e6, "range of a value around that of the rollout, 0: any"),
    FLOAT(target_kl, 0, 10, "divergence of which 1.5 times ends an update early [nat], 0: never"),
    FLOAT(value_coefficient, 0, 100, "of the squared value error in the loss"),
    FLOAT(entropy, 0, 100, "coefficient of the entropy bonus"),
    POSITIVE(max_grad_norm, 1e6, "global norm to which gradients are scaled"),
    POSITIVE(adam_epsilon, 1, "added to the root of Adam's second moment"),
    BOOL(normalize_advantage, "per minibatch, to mean 0 and standard deviation 1"),
    BOOL(normalize_obs, "learn the observation statistics"),
    BOOL(normalize_reward, "scale rewards by the spread of the discounted return"),
    BOOL(recompute_advantages, "estimate values and advantages anew before every epoch"),
    INT(warmup_steps, 0, MAX_BATCH, "random env steps that set the normaliser of a fresh policy"),
};

const co_schema co_ppo_schema = {.name = "ppo",
                                 .size = sizeof(co_ppo_def),
                                 .field = fields,
                                 .count = sizeof fields / sizeof *fields,
                                 .defaults = defaults,
                                 .validate = validate};

co_cell co_ppo_cell(int memory) {
  return memory == CO_PPO_GRU ? CO_GRU : CO_LSTM;
}

static co_status take_memory(const co_memory_def *memory, co_node *into) {
  if (memory->width == 0) return co_tree_set(into, "memory=\"none\"");
  char edit[64];
  snprintf(edit, sizeof edit, "memory_width=%d", memory->width);
  CO_TRY(co_tree_set(into, edit));
  return co_tree_set(into, memory->cell == CO_GRU ? "memory=\"gru\"" : "memory=\"lstm\"");
}

co_status co_ppo_take_network(const co_network_def *network, co_node *into) {
  CO_TRY(co_settings_take_network(network, into));
  CO_TRY(take_memory(&network->memory, into));
  CO_TRY(co_tree_set(into, network->num_privileged ? "privileged=true" : "privileged=false"));
  return co_tree_set(into, network->shared_trunk ? "shared_trunk=true" : "shared_trunk=false");
}

co_status co_ppo_in_target(co_node *into) {
  return co_tree_set(into, "schedule=\"constant\"");
}

bool co_ppo_horizon_matters(const void *settings) {
  return ((const co_ppo_def *)settings)->schedule == CO_PPO_LINEAR;
}
