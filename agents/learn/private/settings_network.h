// Settings from a network and the reverse: what every learner's table calls alike
// (co_algorithm.network, co_algorithm.take_network).

#ifndef AGENTS_LEARN_PRIVATE_SETTINGS_NETWORK_H_
#define AGENTS_LEARN_PRIVATE_SETTINGS_NETWORK_H_

#include "agents/nn/network.h"
#include "core/config/schema.h"
#include "core/config/tree.h"

// Hidden layers and their activations, as a learner's settings have them after their check.
void co_settings_give_layers(const co_floats *hidden, const co_strings *activation,
                             co_network_def *out);
// Sets `hidden`, `activation` and `layer_norm` in a group of settings.
co_status co_settings_take_network(const co_network_def *network, co_node *into);

#endif  // AGENTS_LEARN_PRIVATE_SETTINGS_NETWORK_H_
