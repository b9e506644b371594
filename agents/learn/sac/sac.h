// Soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905): squashed Gaussian, critics (two, or
// as many as the settings say) with slowly following targets, temperature learned towards a target
// entropy.
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
  int64_t critics;           // 2; the smallest of all values counts
  co_floats hidden;          // (256, 256)
  co_strings activation;     // names of co_activation_names, one for all layers or one for each
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
  // Part of each minibatch that is drawn from given data, NAN: half (symmetric sampling of RLPD,
  // Ball et al. 2023, arXiv 2302.02948); nothing where none are given.
  double data_share;
  bool normalize_obs;  // off
} co_sac_def;

extern const co_schema co_sac_schema;

// A member of co_sac (agents/learn/algorithm.h). CO_CONFIG for a shared trunk or memory.
co_status co_sac_take_network(const co_network_def *network, co_node *into);

// What the time of a training goes to: name, meaning. The first two and the last are of the
// learner's own thread, those between are means over all threads of the pool.
#define CO_SAC_PHASE_LIST(X)                                                               \
  X(env, "steps of the env, rows stored and reset")                                        \
  X(acting, "the policy's actions in the env")                                             \
  X(gather, "a minibatch drawn, gathered from the replay and normalised")                  \
  X(targets, "the actor's next actions and what the target critics say of them")           \
  X(critics, "critics forward, backward and gradients of their weights")                   \
  X(actor, "the actor likewise, with the critics' values of its actions and back to them") \
  X(steps, "losses, Adam, target critics, copies of weights in other layouts")             \
  X(waiting, "threads without work during a gradient update")                              \
  X(other, "all else: checks, copies for a way back")

enum {
#define X(name, meaning) CO_SAC_PHASE_##name,
  CO_SAC_PHASE_LIST(X)
#undef X
      CO_SAC_NUM_PHASES
};
extern const char *const co_sac_phase_names[];  // NULL-terminated

// Lets a fresh SAC learner take its times by phase from now on, which changes no result and costs
// some reads of the clock per task. Once. CO_MEMORY.
co_status co_sac_phases_begin(co_learner *learner);

// Seconds (CO_SAC_NUM_PHASES) since then, by phase; they add up to the learner's wall time.
void co_sac_phases_read(const co_learner *learner, double *seconds);

#endif  // AGENTS_LEARN_SAC_SAC_H_
