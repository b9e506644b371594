// The network that this project trains, where a compiled program is one.
//
//   (x - mean) / spread -> [LSTM or GRU] -> dense, activation, ..., dense -> [first half] -> [tanh]
//
// A chain that matches becomes a policy whose layers have their names, so that it is fine-tuned,
// looked at and exported like any other. Its normaliser holds what the graph multiplied, in
// float64; no clip, epsilon 0. Thread-safe.

#ifndef AGENTS_IMPORT_CHAIN_H_
#define AGENTS_IMPORT_CHAIN_H_

#include "agents/policy/policy.h"
#include "agents/program/program.h"

typedef struct co_chain {
  bool matches;
  char reason[256];    // why it does not, with the node: what could not be trained
  co_network_def def;  // head, sizes, activations, memory
  bool has_normaliser;
  double *mean, *var;  // (obs_dim) owned; NULL without
  const void *layers;  // private: where the parameters lie in the program
  co_arena memory;     // owned
} co_chain;

// CO_MEMORY only; a program that is no chain is told in `reason`.
co_status co_chain_match(const co_program *program, co_chain *out);
void co_chain_free(co_chain *chain);
// A policy of that network and this contract (copied), whose actor is the chain's; it has no
// critics. `program` is the one that was matched.
co_status co_chain_policy(const co_chain *chain, const co_program *program,
                          const co_contract *contract, co_policy **out);

#endif  // AGENTS_IMPORT_CHAIN_H_
