// One table for every learning algorithm; the trial runner knows nothing else.
//
// A learner improves a policy in place by collecting rollouts in an env and updating, or from data
// alone. Which tensors move, how fast and from when on is given per tensor by rules, so every
// transfer strategy is the same update path. A learner belongs to one thread; it spreads work over
// its pool itself. Bytes of the policy do not depend on the number of threads.

#ifndef AGENTS_LEARN_ALGORITHM_H_
#define AGENTS_LEARN_ALGORITHM_H_

#include "agents/data/sets.h"
#include "agents/data/writer.h"
#include "agents/learn/learner_stats.h"
#include "agents/learn/redo.h"
#include "agents/learn/source_env.h"
#include "agents/policy/policy.h"
#include "core/config/schema.h"
#include "core/pack.h"
#include "core/pool.h"

// Whose world an env of a learner is.
typedef enum co_env_role {
  CO_ENV_TARGET,  // that it trains for; in a source's own training that is the source's
  CO_ENV_SOURCE,  // the source's, beside the target's
  CO_NUM_ENV_ROLES
} co_env_role;

typedef struct co_learner_def {
  const void *settings;  // struct of the algorithm's schema, borrowed during create only
  co_policy *policy;     // trained in place, borrowed
  // Rows = algorithm->env_rows(settings), borrowed; NULL for those that need none. That of a source
  // is given only to an algorithm that uses one, and has the elements of the target's.
  co_env *env[CO_NUM_ENV_ROLES];
  const co_source_env *source_env;  // what it does in the source's; NULL where there is none
  // Data that it learns from, which fit the policy's world (co_data_sets_check); borrowed. NULL:
  // none. Given only to an algorithm that needs or uses data.
  const co_data_sets *data;
  co_pool *pool;               // borrowed, NULL: the caller's thread only
  const co_tensor_rule *rule;  // (policy->num_tensors), copied; NULL: all tensors rate 1
  // The critic predicts raw returns, its reward scaler being fresh: when the first rollout sets the
  // scale, the last layer is rescaled so that it still does (unless it is frozen).
  bool raw_values;
  // The actor was copied: no random actions before it acts.
  bool from_source;
  // Loss terms beside the algorithm's own (agents/learn/loss/loss.h), borrowed during create only,
  // and the policy that those of a source are of, borrowed while the learner lives.
  const struct co_loss_list *loss;  // NULL: none
  const co_policy *source;
  const co_redo *redo;  // when dormant units begin anew; NULL: never
  // First env steps in which the copied policy acts and nothing is learned, up to a whole step of
  // all rows. Given only to an algorithm that warms up, with `from_source`.
  int64_t rollout_warmup;
  co_stream stream;     // seed and number; purposes are set by the learner
  int64_t total_steps;  // of the whole training (co_algorithm_steps): end of the rate schedule
  bool keeps_data;      // it can be asked for its transitions (co_algorithm.add_data)
  // Where a learner may keep what is too large for a checkpoint (replay segments); borrowed, NULL:
  // memory only, and such a learner cannot be continued.
  const char *folder;
  const char *
      faults;  // folder for dumps of faulty rows (agents/learn/fault_guard.h); borrowed, NULL: none
} co_learner_def;

// What every learner begins with.
typedef struct co_learner {
  const struct co_algorithm *algorithm;
} co_learner;

typedef enum co_needs {
  CO_NEEDS_BOUNDS = 1,      // every action has bounds
  CO_NEEDS_ENV = 2,         // takes steps in an env, on which its budget is counted
  CO_NEEDS_DATA = 4,        // transitions that were recorded before
  CO_NEEDS_SOURCE_ENV = 8,  // takes steps in a source's world too
} co_needs;

typedef struct co_algorithm {
  const char *name;
  const co_schema *schema;  // of its settings struct; nobody else knows a setting by its name
  unsigned needs;           // co_needs: without them it cannot learn
  unsigned uses;            // co_needs: what it can learn from as well
  bool recycles;            // it looks for dormant units (co_learner_def.redo)
  bool warms_up;            // it learns later from what it played (co_learner_def.rollout_warmup)
  bool takes_losses;        // it adds the terms of co_learner_def.loss
  bool no_critics;  // it learns no values: its policies hold neither critics nor a reward scale
  void (*network)(const void *settings, int obs_dim, int act_dim, co_network_def *out);
  // Whether its critic also sees what the rows of a world draw (co_env_scaled_draws). NULL: never.
  bool (*privileged)(const void *settings);
  // Sets the members of a group of settings with which `network` means this one. CO_CONFIG where
  // the algorithm has no such network.
  co_status (*take_network)(const co_network_def *network, co_node *into);
  // Sets the members of a group of settings whose default is another one in a target. NULL: none.
  co_status (*in_target)(co_node *into);
  // Whether what is learned by a step depends on how many are planned, so that only the ends of two
  // trainings can be compared (docs/methods.md rule 3). NULL: never.
  bool (*horizon_matters)(const void *settings);
  int (*env_rows)(const void *settings);              // NULL: it needs no env
  int64_t (*steps_per_update)(const void *settings);  // see co_algorithm_steps
  co_status (*create)(const co_learner_def *def, co_learner **out);
  co_status (*collect)(co_learner *learner);  // one rollout, where there is an env
  co_status (*update)(co_learner *learner);   // learns from it
  // Figures of the latest update are NAN where it made no gradient step.
  void (*stats)(const co_learner *learner, co_learner_stats *out);
  // Everything that decides what comes next, as entries of a pack: parameters, moments,
  // normalisers, streams, env rows, counters, between two updates. A learner created from the same
  // definition that loads them goes on to the same bytes, on any number of threads. CO_DATA when
  // the entries are not those of such a learner; it can then only be destroyed.
  co_status (*save)(const co_learner *learner, co_buf *pack);
  // The pack of the last save is on the disk, with the one before: what neither refers to may go
  // from the learner's folder. CO_IO. NULL: the learner has nothing there.
  co_status (*keep)(co_learner *learner);
  co_status (*load)(co_learner *learner, const co_pack *pack);
  // Adds the transitions that it still has to a set, when it was created to keep them: the same
  // for any number of threads, and when it was loaded on the way. Errors of the writer, CO_MEMORY.
  // NULL: it keeps none.
  co_status (*add_data)(const co_learner *learner, co_data_writer *writer);
  void (*destroy)(co_learner *learner);
} co_algorithm;

enum { CO_NUM_ALGORITHMS = 3 };
extern const co_algorithm co_ppo, co_sac, co_bc;  // the table: learn/ppo, learn/sac and learn/bc

const co_algorithm *co_algorithm_find(const char *name);  // NULL when unknown
int co_algorithm_index(const co_algorithm *algorithm);    // in the table, from 0
// CO_CONFIG where it cannot learn in such an env.
co_status co_algorithm_check(const co_algorithm *algorithm, const co_env_info *info);
// CO_CONFIG where it needs data and there are none, or has no use for those that there are.
co_status co_algorithm_check_data(const co_algorithm *algorithm, const co_data_sets *data);
extern const char *const co_algorithm_names[];  // NULL-terminated
// CO_CONFIG where it takes no steps in a source's world, and is to.
co_status co_algorithm_check_source_env(const co_algorithm *algorithm, const co_source_env *of);
// The network of settings in a world. CO_CONFIG where the algorithm cannot learn there, or where
// its critic has nothing drawn to see.
co_status co_algorithm_network(const co_algorithm *algorithm, const void *settings,
                               const co_env_info *info, co_network_def *out);
// The steps that budgets, curves and checkpoints are counted in: env steps, or gradient steps where
// none are taken in an env.
int64_t co_algorithm_steps(const co_algorithm *algorithm, int64_t env_steps,
                           int64_t gradient_steps);
// A policy for such a world as trainings begin with it, all parameters zero, and without what the
// algorithm does not learn. As co_algorithm_network and co_policy_create_blank.
co_status co_algorithm_make_policy(const co_algorithm *algorithm, const void *settings,
                                   const co_env_info *world, const co_stream *stream,
                                   co_policy **out);
// The same of a network that is not, or not only, what the settings say.
co_status co_algorithm_policy_of(const co_algorithm *algorithm, const co_network_def *network,
                                 const co_env_info *world, const co_stream *stream,
                                 co_policy **out);
// What a training's settings say, see co_algorithm.horizon_matters.
bool co_algorithm_horizon_matters(const co_algorithm *algorithm, const void *settings);

#endif  // AGENTS_LEARN_ALGORITHM_H_
