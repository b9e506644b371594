// The network that this project trains, where a compiled program is one.
//
//   (x - mean) / spread -> [LSTM or GRU] -> dense, activation, ..., dense -> [first half] -> [tanh]
//
// A chain that matches becomes a policy whose layers have their names, so that it is fine-tuned,
// looked at and exported like any other. Its normaliser holds what the graph multiplied, in
// float64; epsilon 0. Factors and offsets between layers are a part of the layers beside them, a
// layer whose outputs are used in part has only these, tanh at the end is the contract's output
// with the range behind it. Thread-safe.

#ifndef AGENTS_IMPORT_CHAIN_H_
#define AGENTS_IMPORT_CHAIN_H_

#include "agents/policy/policy.h"
#include "agents/program/program.h"

typedef struct co_chain {
  bool matches;
  char reason[256];    // why it does not, with the node: what could not be trained
  co_network_def def;  // head, sizes, activations, memory
  bool has_normaliser;
  double *mean, *var;      // (obs_dim) owned; NULL without
  double clip;             // of the normaliser, INFINITY: none
  co_output_range *range;  // (act_dim) tanh at the end: actions of -1 and 1, owned; else NULL
  double low, high;        // bounds of all actions that the graph keeps; INFINITY: none
  const void *layers;      // private: where the parameters lie in the program
  co_arena memory;         // owned
} co_chain;

// What an operator of a graph can be in a chain, which has a backward pass: a "stage" of it, a part
// of a "pattern" (a normalisation, an activation) that is one, a "shape" around the same numbers;
// NULL: nothing.
const char *co_chain_use(const char *operator);

// CO_MEMORY only; a program that is no chain is told in `reason`.
co_status co_chain_match(const co_program *program, co_chain *out);
void co_chain_free(co_chain *chain);
// Observations that a normaliser inside a graph is said to have seen: how many nobody says, and it
// is not to be forgotten at the first new ones.
enum { CO_CHAIN_COUNT = 1000000 };

// A policy of that network and this contract (copied), whose actor is the chain's; it has no
// critics. `program` is the one that was matched. Bounds and range of the action are as the graph
// has them, where it has some; tanh at the end is a squashed head where the contract's algorithm is
// "sac", else a Gaussian drawn before it. The spread, which no graph says, is exp(0).
co_status co_chain_policy(const co_chain *chain, const co_program *program,
                          const co_contract *contract, co_policy **out);
// The logarithm of the spread, in every state the same: (count) 1 or act_dim.
void co_chain_set_log_std(co_policy *policy, const double *log_std, int count);

#endif  // AGENTS_IMPORT_CHAIN_H_
