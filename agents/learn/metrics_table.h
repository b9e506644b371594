// All figures of a learner, in the order of log files: what co_learner_stats holds, what a log
// writes, and what `carryover list metrics` says.
//
// A learner fills in all but evaluation_return, which the training does that evaluates it.
//
// X(type, name, unit, logged, meaning). Type: int64_t counts, double; a double that a learner does
// not have, or not yet, is NAN. Logged: 1; 2 of the loss term of this name (agents/learn/loss/),
// which has a column only where a training has the term; 3 of learning from data, 4 of steps in a
// source's world, 5 of looking for dormant units, likewise; or 0 for times, which no two runs share
// and which therefore stand in timing files only. Figures "of the update" are means over its
// gradient steps.

#ifndef AGENTS_LEARN_METRICS_TABLE_H_
#define AGENTS_LEARN_METRICS_TABLE_H_

#define CO_METRICS(X)                                                                             \
  X(int64_t, env_steps, "1", 1, "env steps learned from")                                         \
  X(int64_t, warmup_steps, "1", 1, "random env steps before, that set a fresh normaliser")        \
  X(int64_t, updates, "1", 1, "updates: rollouts learned from")                                   \
  X(int64_t, gradient_steps, "1", 1, "steps of the optimiser")                                    \
  X(int64_t, episodes, "1", 1, "episodes that ended, faulty ones too")                            \
  X(int64_t, faults, "1", 1, "episodes that ended in a non-finite or diverged state")             \
  X(double, flop, "flop", 1, "floating-point operations of forward, backward and optimiser")      \
  X(double, episode_return, "reward", 1, "mean return of the episodes that ended in the rollout") \
  X(double, evaluation_return, "reward", 1, "mean return of the evaluation behind the update")    \
  X(double, policy_loss, "1", 1, "loss of the actor, of the update")                              \
  X(double, value_loss, "1", 1, "loss of the critics, of the update")                             \
  X(double, held_out_loss, "1", 3, "loss on the episodes held out of the data (bc)")              \
  X(double, entropy, "nat", 1, "entropy of the policy")                                           \
  X(double, approx_kl, "nat", 1, "mean of r - 1 - log r against the policy of the rollout")       \
  X(double, clip_fraction, "1", 1, "share of samples whose probability ratio was clipped")        \
  X(double, explained_variance, "1", 1, "of the returns of the rollout by the critic before it")  \
  X(double, grad_norm, "1", 1, "norm of the gradient before clipping, of the update")             \
  X(double, rate, "1", 1, "learning rate of the update")                                          \
  X(double, alpha, "1", 1, "temperature of the entropy (sac)")                                    \
  X(double, mean_value, "reward", 1, "mean value of the minibatches (sac)")                       \
  X(int64_t, source_env_steps, "1", 4, "env steps in the source's world, of co-training")         \
  X(int64_t, source_episodes, "1", 4, "episodes that ended there, faulty ones too")               \
  X(int64_t, source_faults, "1", 4, "episodes there that ended in a non-finite state")            \
  X(double, source_return, "reward", 4, "mean return of the episodes that ended there")           \
  X(int64_t, recycled_units, "1", 5, "dormant units that have begun anew (redo)")                 \
  X(double, kl_to_source, "nat", 2, "KL(source policy || policy), mean of the update")            \
  X(double, physics_s, "s", 0, "time in env steps, summed over threads")                          \
  X(double, inference_s, "s", 0, "time in choosing actions, summed over threads")                 \
  X(double, update_s, "s", 0, "wall time in updates")                                             \
  X(double, wall_s, "s", 0, "wall time in rollouts and updates")

#endif  // AGENTS_LEARN_METRICS_TABLE_H_
