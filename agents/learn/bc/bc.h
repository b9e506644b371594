// Behaviour cloning: a policy that does what a data set says was done (Pomerleau 1991, "Efficient
// training of artificial neural networks for autonomous navigation", Neural Computation 3:88).
//
// The loss is the squared error of the means against the set's actions, in units of the network's
// output (the inverse of agents/contract/output.h), as a mean over rows and elements: the negative
// log likelihood of a Gaussian, up to a factor, whatever its spread is. The spread that makes the
// set likeliest has a closed form then, the root mean squared error of each element, and is set
// after every update. Actions that no output gives are brought to the bounds and counted.
//
// It takes no step in an env: its budget is gradient steps, `interval` of which are one update of
// the algorithm table. The observation normaliser gets the moments of the data it learns from,
// before the first update in which its rule lets it move. There is no critic, and its policies are
// without one.

#ifndef AGENTS_LEARN_BC_BC_H_
#define AGENTS_LEARN_BC_BC_H_

#include "agents/learn/algorithm.h"

// Settings with the defaults of docs/methods.md#learners.
typedef struct co_bc_def {
  int64_t minibatch;      // 256 transitions per gradient step
  int64_t interval;       // 500 gradient steps between logs, evaluations and checkpoints
  co_floats hidden;       // (64, 64)
  co_strings activation;  // names of co_activation_names, one for all layers or one for each
  bool layer_norm;        // before the activation of every hidden layer
  double rate;            // 1e-3 of Adam
  double decay;           // 0: decoupled weight decay of weights, added to a strategy's
  double adam_epsilon;    // 1e-8
  bool normalize_obs;     // by the moments of the data
  double holdout;         // 0.1 of each set's episodes is not learned from, and says how well it
                          // does on others
} co_bc_def;

extern const co_schema co_bc_schema;

// A member of co_bc (agents/learn/algorithm.h). CO_CONFIG for memory.
co_status co_bc_take_network(const co_network_def *network, co_node *into);

#endif  // AGENTS_LEARN_BC_BC_H_
