// Soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905): squashed Gaussian, twin critics with
// slowly following targets, temperature learned towards a target entropy.
//
// After every env step of all rows as many gradient updates follow as the settings say, so the
// policy acts with what the last step taught it. `horizon` such rounds are one update of the
// algorithm table: the first round's step is collect(), all the rest is update().

#ifndef AGENTS_LEARN_SAC_SAC_H_
#define AGENTS_LEARN_SAC_SAC_H_

#include "agents/learn/algorithm.h"

// Settings with the defaults of docs/methods.md#learners.
typedef struct co_sac_def {
  int64_t envs;              // 1 row
  int64_t horizon;           // 100 env steps per row between logs, evaluations and checkpoints
  int64_t batch;             // 256 transitions per gradient update
  int64_t updates_per_step;  // 1 gradient update per env step
  co_floats hidden;          // (256, 256)
  int activation;            // co_activation, relu
  bool layer_norm;           // before the activation of every hidden layer
  double dropout;            // 0: none; behind every hidden layer of critics and their targets, in
                             // all their passes of a gradient update
  double rate;               // 3e-4, of actor, critics and temperature
  double gamma, tau;         // 0.99, 0.005
  double log_std_min;        // -5
  double target_entropy;     // [nat], NAN: minus the number of action elements
  double adam_epsilon;       // 1e-8
  int64_t
      random_steps;     // 10,000 random env steps of a fresh actor, at most a tenth of the training
  int64_t start_steps;  // 1,000 env steps before the first gradient update, at most a tenth too
  int64_t critic_updates;  // 0 first gradient updates that hold a copied actor
  int64_t replay;          // 1,000,000 transitions
  bool normalize_obs;      // off
} co_sac_def;

extern const co_schema co_sac_schema;

#endif  // AGENTS_LEARN_SAC_SAC_H_
