// A policy as tensors under names that other programs know: those of Stable-Baselines3, with memory
// those of rsl_rl.
//
//   gaussian    mlp_extractor.policy_net.N.weight (out x in), .bias, action_net.*, log_std
//   tanh        actor.latent_pi.N.*, actor.mu.*, of a squashed head actor.log_std.*; without hidden
//               layers actor.mu.0.*
//   memory      memory_a.rnn.weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, actor.N.*, log_std
//   normaliser  obs_rms.mean, obs_rms.var, obs_rms.count, float64; metadata norm_clip, norm_epsilon
//   range       action_scale, action_bias, where the output's -1 and 1 are not the action's bounds
//
// N counts modules of a Sequential: a dense layer, its norm where it has one, its activation, whose
// name is metadata "activation". What the numbers mean is agents/export/facts.h. Thread-safe.

#ifndef AGENTS_EXPORT_TENSORS_H_
#define AGENTS_EXPORT_TENSORS_H_

#include "agents/policy/policy.h"
#include "core/buf.h"

// Appends the file. The policy acts by its network. CO_CONFIG for what these names cannot say.
co_status co_export_tensors(const co_policy *policy, co_buf *out);

#endif  // AGENTS_EXPORT_TENSORS_H_
