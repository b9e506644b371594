// Evaluation: one episode per env row, deterministic actions, frozen normaliser.
//
// Row r of the env is episode r, so the same (stream, row) names the same reset noise for every
// policy. J is the raw undiscounted return. Rows are independent; each is one task of the pool and
// bytes do not depend on it. An episode succeeds when the task's flag is set after any of its steps
// (a task that wants a goal to be held says so itself), and fell when it was terminated without
// success.

#ifndef AGENTS_POLICY_EVALUATE_H_
#define AGENTS_POLICY_EVALUATE_H_

#include "agents/policy/policy.h"
#include "core/pool.h"

typedef struct co_episode {
  double ret;  // sum of rewards
  int length;  // control steps
  uint8_t terminated, truncated, fault;
  uint8_t has_success, success;  // the task has a success flag; and it was set
  uint8_t limited;      // truncated by the evaluation's own limit of steps, not by the task
  uint64_t trace_hash;  // xxh3-64 over obs, action, reward of every step
} co_episode;

typedef struct co_evaluation {
  int count, num_terms;
  bool has_success;     // as the episodes; else success_rate is NAN
  co_episode *episode;  // (count), owned
  double *term_mean;    // (num_terms) mean over episodes of the summed weighted reward term, owned
  // time mean over all steps of the episodes without fault; NAN where the task has none
  double metric_mean[CO_NUM_STEP_METRICS];
  uint64_t trace_hash;  // xxh3-64 of the episodes' trace hashes in row order
  int64_t env_steps;
  int faults;   // episodes with a fault, whose returns do not count
  int limited;  // episodes that the limit of steps ended, which count as they are
  // over the episodes without fault, NAN when there are none; std with n - 1
  double mean, std, iqm, length_mean, success_rate, fall_rate;
} co_evaluation;

// `policy` NULL plays uniform random actions within the bounds, from the env's own stream family
// (purpose ACTION); else `stream` is not used. CO_CONFIG when the policy doesn't fit the world or
// an action to be drawn has no bounds.
co_status co_evaluate(const co_policy *policy, co_env *env, const co_stream *stream, co_pool *pool,
                      co_evaluation *out);
// How episodes are played otherwise than the task has it; all zero: not at all.
typedef struct co_evaluation_setup {
  int64_t steps;  // control steps after which an episode is truncated; 0: the task's horizon
  const double
      *command;  // (num_commands) held in all steps, NAN: drawn as the task does; NULL: all
} co_evaluation_setup;

// The same with a setup. Without a limit below the horizon and with commands that a task draws from
// a single value, bytes are those of that task. CO_CONFIG for commands that are not finite, or that
// the world does not have.
co_status co_evaluate_with(const co_policy *policy, co_env *env, const co_stream *stream,
                           const co_evaluation_setup *setup, co_pool *pool, co_evaluation *out);

// Fills has_success, env_steps, faults, limited, mean, std, iqm, length_mean, success_rate and
// fall_rate from the episodes; NAN where no episode counts.
co_status co_evaluation_summarize(co_evaluation *evaluation);
void co_evaluation_free(co_evaluation *evaluation);

// Whether there is a return: CO_INTERNAL where all episodes end in a fault, which is no return;
// where some do, a warning tells that they are left out. `name` is the policy's, for messages.
co_status co_evaluation_judge(const co_evaluation *eval, const char *name, const char *task);

#endif  // AGENTS_POLICY_EVALUATE_H_
