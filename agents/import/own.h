// ONNX files that this program's export wrote: the policy that they are, bit for bit.
//
// The graph holds the network's tensors under their names. What it cannot hold is metadata:
//
//   carryover           the contract, JSON
//   carryover_tensors   JSON {name: [number, ...]}: the normaliser in float64, the spread of
//   actions carryover_task, carryover_domain   the texts of a policy's file, where it has them
//
// Nothing is believed for its name alone: every tensor has to be there with its shape, and the
// graph's rounded normaliser has to be that of the metadata. Whether the operations still are those
// of the contract's network is for the caller to see, by running both. Thread-safe.

#ifndef AGENTS_IMPORT_OWN_H_
#define AGENTS_IMPORT_OWN_H_

#include "agents/formats/onnx.h"
#include "agents/policy/policy.h"

#define CO_OWN_CONTRACT "carryover"
#define CO_OWN_TENSORS "carryover_tensors"
#define CO_OWN_TASK "carryover_task"
#define CO_OWN_DOMAIN "carryover_domain"
#define CO_OWN_MEAN "obs_norm.mean"
#define CO_OWN_FACTOR "obs_norm.factor"

// Initialisers of a cell; their numbers are in ONNX's order of gates.
#define CO_OWN_CELL_WEIGHT "actor.trunk.0.memory.weight"
#define CO_OWN_CELL_RECURRENT "actor.trunk.0.memory.recurrent.weight"
#define CO_OWN_CELL_BIAS "actor.trunk.0.memory.bias"

// The gate of ours that stands at a place of ONNX's order (LSTM: input, output, forget, cell; GRU:
// update, reset, new).
int co_own_gate(co_cell cell, int place);

// Whether the file says that it is one.
bool co_import_is_own(const co_onnx *onnx);
// CO_DATA with "file: text". The policy has no critics.
co_status co_import_own(const co_onnx *onnx, co_policy **out);

#endif  // AGENTS_IMPORT_OWN_H_
