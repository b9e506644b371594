// Settings from a network: what every learner's table calls alike (co_algorithm.take_network).

#ifndef AGENTS_LEARN_PRIVATE_SETTINGS_NETWORK_H_
#define AGENTS_LEARN_PRIVATE_SETTINGS_NETWORK_H_

#include "agents/nn/network.h"
#include "core/config/tree.h"

// Sets `hidden`, `activation` and `layer_norm` in a group of settings.
co_status co_settings_take_network(const co_network_def *network, co_node *into);

#endif  // AGENTS_LEARN_PRIVATE_SETTINGS_NETWORK_H_
