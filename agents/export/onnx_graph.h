// A policy as an ONNX graph that any runtime runs, with what its contract says as metadata.
//
//   obs (batch x obs_dim) -> Sub, Mul, Clip -> [LSTM or GRU] -> Gemm, activation, ..., Gemm
//   [+ Gemm, ..., Tanh, Mul of a residual network] [-> Tanh] [-> Mul, Add] [-> Max, Min]
//   -> actions (batch x act_dim)
//
// Memory is h_in, and c_in of an LSTM (1 x batch x width), answered by h_out and c_out. Operators
// are of version 13, of 17 with layer norm. Initialisers have the names of the policy's tensors.
// Everything is float32: a normaliser, which acts in double, is rounded once.
//
// Metadata: those of mjlab (joint_names, joint_stiffness, joint_damping, default_joint_pos,
// action_scale, observation_names, command_names), each only where the contract knows it for all
// elements and no name holds a comma; and ours (agents/import/own.h), from which the policy comes
// back bit for bit.

#ifndef AGENTS_EXPORT_ONNX_GRAPH_H_
#define AGENTS_EXPORT_ONNX_GRAPH_H_

#include "agents/formats/onnx.h"
#include "agents/policy/policy.h"

// The policy acts by its network. co_onnx_free releases the graph; CO_MEMORY.
co_status co_export_graph(const co_policy *policy, co_onnx *out);

#endif  // AGENTS_EXPORT_ONNX_GRAPH_H_
