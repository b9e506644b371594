// Policies of every kind that export knows: heads, memory, layer norm, residual network,
// activations, widths on both sides of a vector, bounds, normalisers.

#ifndef TESTS_SUPPORT_EXPORT_POLICIES_H_
#define TESTS_SUPPORT_EXPORT_POLICIES_H_

#include "tests/support/small_policy.h"

typedef struct export_case {
  const char *name;
  co_network_def def;
  double clip;  // of the normaliser; 0: as it is made
  bool drawn;   // its Gaussian lies before tanh
  bool plain;   // the normaliser is the identity
} export_case;

#define EXPORT_HIDDEN(...) \
  .num_hidden = sizeof((int[]){__VA_ARGS__}) / sizeof(int), .hidden = {__VA_ARGS__}

static const export_case export_cases[] = {
    {.name = "linear"},
    {.name = "narrow", .def = {EXPORT_HIDDEN(7), .activation = CO_TANH}},
    {.name = "wide relu", .def = {EXPORT_HIDDEN(33, 300, 20), .activation = CO_RELU}},
    {.name = "elu", .def = {EXPORT_HIDDEN(64, 16), .activation = CO_ELU}, .clip = 0.75},
    {.name = "swish", .def = {EXPORT_HIDDEN(40, 17), .activation = CO_SWISH}},
    {.name = "mixed",
     .def = {EXPORT_HIDDEN(20, 12, 30), .activation = CO_SWISH, .num_activations = 3,
             .activations = {CO_SWISH, CO_ELU, CO_TANH}}},
    {.name = "norm", .def = {EXPORT_HIDDEN(21, 35), .activation = CO_ELU, .layer_norm = true}},
    {.name = "squashed",
     .def = {EXPORT_HIDDEN(32, 32), .activation = CO_RELU, .head = CO_HEAD_SQUASHED}},
    {.name = "drawn before tanh", .def = {EXPORT_HIDDEN(14), .activation = CO_RELU}, .drawn = true},
    {.name = "residual",
     .def = {EXPORT_HIDDEN(18), .activation = CO_TANH,
             .residual = {.num_hidden = 2, .hidden = {19, 5}, .activation = CO_ELU, .scale = 0.3}}},
    {.name = "lstm", .def = {EXPORT_HIDDEN(24), .activation = CO_ELU, .memory = {CO_LSTM, 19}}},
    {.name = "small lstm", .def = {.memory = {CO_LSTM, 4}}},
    {.name = "gru", .def = {EXPORT_HIDDEN(9), .activation = CO_TANH, .memory = {CO_GRU, 21}}},
    {.name = "small gru", .def = {EXPORT_HIDDEN(9), .activation = CO_RELU, .memory = {CO_GRU, 5}}},
    {.name = "no normaliser", .def = {EXPORT_HIDDEN(25), .activation = CO_ELU}, .plain = true},
};
enum { EXPORT_CASES = sizeof export_cases / sizeof *export_cases };

// Weights far from their fresh values, so that every part of the network shows.
static inline co_policy *export_policy(const export_case *one) {
  co_policy *policy = small_policy_of(one->def, 7);
  co_normalizer *norm = &policy->obs_norm;
  if (one->drawn) policy->contract.output = CO_OUTPUT_TANH;
  co_output_maps(&policy->contract, policy->output);
  if (one->clip > 0) norm->clip = one->clip;
  for (int i = 0; one->plain && i < norm->dim; i++) norm->mean[i] = 0, norm->var[i] = 1;
  if (one->plain) norm->epsilon = 0, norm->clip = INFINITY;
  return policy;
}

// Observations that reach the ends of what a normaliser lets through.
static inline void export_observation(co_rng *rng, const co_normalizer *norm, float *obs) {
  double far = co_rng_uniform(rng) < 0.1 ? 20 : 1.5;
  for (int i = 0; i < norm->dim; i++)
    obs[i] = (float)(norm->mean[i] + far * sqrt(norm->var[i]) * co_rng_normal(rng));
}

#endif  // TESTS_SUPPORT_EXPORT_POLICIES_H_
