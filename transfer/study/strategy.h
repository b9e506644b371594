// Strategies: how the tensors of a source policy become a target policy, and how each is trained
// there.
//
// A strategy is a list of rules over one update path (docs/methods.md#what-transfer-is; fine-tuning
// variants in docs/studies.md). The built-in ones are data (configs/strategies.cfg), read by the
// same schema as a study's own entries, with what is known of each beside it.

#ifndef TRANSFER_STUDY_STRATEGY_H_
#define TRANSFER_STUDY_STRATEGY_H_

#include "agents/learn/loss/loss.h"
#include "agents/learn/redo.h"
#include "agents/learn/source_env.h"
#include "agents/policy/home.h"
#include "core/config/schema.h"
#include "transfer/study/depth.h"

// One exception for the tensors that match; unset members leave what earlier rules said.
typedef struct co_rule_def {
  const char *tensors;  // glob, must match
  const char *init;     // "copy" | "fresh" | "zero", NULL: unset
  double shrink;  // NAN: unset, like the rest; of copied weights and biases that move: what is left
                  // of the values
  double perturb;       // and so much of fresh values is added
  double rate;          // factor on the learning rate, 0 freezes
  double from_update;   // first update in which it moves
  double decay;         // decoupled weight decay
  double l2sp;          // pull towards the value at start
  double l2init;        // pull towards fresh values
  int64_t lora;         // rank of a low-rank adapter, of matching weights; 0: unset
  double alpha;         // its scale is alpha / lora; NAN: alpha is lora
  double hold;          // share of matching weights' numbers, the largest, that stay
  const char *adapter;  // "input" | "output": linear layer of matching weights; NULL: unset
} co_rule_def;

// A network beside the actor whose outputs are added to its means (agents/nn/network.h).
typedef struct co_residual_settings {
  co_floats hidden;  // unset: there is none
  int activation;    // co_activation
  double scale;      // most that it adds
} co_residual_settings;

// A strategy as written. NULL members come from `base`, at the end from copy = "*", train = "*",
// obs_norm = "auto".
typedef struct co_strategy_def {
  const char *name, *doc, *base;
  const char *algorithm;      // that trains in the target, NULL: the target's or the source's
  const char *copy, *train;   // globs
  const char *obs_norm;       // "auto" | "keep" | "blend" | "reset"
  const char *match;          // "names" | "place": of another body, NULL: elements are the same
  co_strings data;            // sets of the study that it learns from
  co_by_depth freeze, fresh;  // layers that stay, and that are drawn anew
  double rate_decay;          // a layer d below the output learns at rate_decay^-d; NAN: unset
  co_unfreeze unfreeze;
  co_list rules;  // of co_rule_def; those of the base come first
  co_list loss;   // of co_loss_def; one of the same term stands for that of the base
  co_residual_settings residual;
  co_source_env source_env;
  co_redo redo;
  double rollout_warmup;  // NAN: unset
  const char *status;     // of built-in ones: "experimental" | "tested" (by a known answer and a
                          // finding); else NULL
  const char *cites;      // of built-in ones, the paper that it is from; NULL: none is known
} co_strategy_def;

extern const co_schema co_strategy_schema;  // of a study's own ones

// What is said by depth, in the order in which it is applied.
typedef enum co_depth_kind {
  CO_DEPTH_RATES,
  CO_DEPTH_FRESH,  // at the full rate
  CO_DEPTH_FREEZE,
  CO_DEPTH_UNFREEZE,
  CO_DEPTH_KINDS,
} co_depth_kind;
typedef struct co_depth_rule {
  const co_strategy_def *def;  // that says it, NULL: none does
  int before;                  // which rule: the first of the same definition
  bool beside_train;           // that definition, or one built on it, says `train`
} co_depth_rule;

// A strategy with its bases resolved. Strings and rules are borrowed from the definitions.
enum { CO_MAX_RULES = 32 };
typedef struct co_strategy {
  const char *name, *doc, *copy, *train, *obs_norm;
  const char *algorithm;  // NULL: the target's or the source's (transfer/study/algorithms.h)
  const char *match;      // what faces elements goes where these have gone (agents/policy/body.h),
                          // by "names" or by "place"; NULL: they have to be the same
  co_strings data;        // sets of the study that it learns from
  bool added;             // a scratch of another algorithm, which no file holds
  int num_rules;
  const co_rule_def *rule[CO_MAX_RULES];
  co_depth_rule depth[CO_DEPTH_KINDS];  // stand among the rules
  co_loss_list loss;
  const co_residual_settings *residual;  // NULL: none
  const co_source_env *source_env;       // NULL: it takes no steps in the source's world
  const co_redo *redo;                   // NULL: it looks for no dormant units
  int64_t rollout_warmup;  // first env steps in which the copied policy only acts; 0: none
  const co_node *node;     // where the study declares it, for messages; may be NULL
} co_strategy;

// The strategies of a file, which say how far they are known, and the built-in ones; definitions
// live in the arena.
co_status co_strategies_read(const char *path, co_arena *arena, co_list *out);
co_status co_strategies_builtin(co_arena *arena, co_list *out);

// Resolves `name` among the study's own definitions first, then the built-in ones. CO_CONFIG when
// unknown or circular, or when an own one is not built in and says nothing but its name.
co_status co_strategy_resolve(const co_list *own, const co_list *builtin, const char *name,
                              co_strategy *out);

// The network that a strategy trains in a target: that of the settings, with its own residual
// network or, where it copies the actor's mean, that of the source. CO_CONFIG when it can't have
// it. `source` may be NULL.
co_status co_strategy_network(const co_strategy *strategy, const co_policy *source,
                              co_network_def *network);
// A policy like `target` with this network, all parameters zero: what a plan can be made for. NULL
// where the target has it.
co_status co_strategy_policy(const co_strategy *strategy, const co_policy *source,
                             const co_policy *target, co_policy **out);

// What happens to one tensor.
typedef enum co_init { CO_INIT_COPY, CO_INIT_FRESH, CO_INIT_ZERO } co_init;
typedef struct co_tensor_plan {
  co_init init;
  co_tensor_rule rule;
  double shrink, perturb;  // what was copied becomes shrink x its value + perturb x a fresh one;
                           // both 0: it stays
} co_tensor_plan;

// The plan for a policy's tensors, obs_norm resolved. `plan` has room for `count` entries.
// CO_CONFIG when a glob matches nothing, when there are fewer layers than are named by depth or
// `train` says the opposite of these, when a frozen copied layer would see a normaliser that
// moves, when an adapter has no weight, more rank than one, or none that is copied and moves, or
// stands behind the memory instead of at the observations, when nothing is there to be shrunk, when
// a tensor has two pulls, or when a new residual network does not move or the actor below one is
// not copied.
co_status co_strategy_plan(const co_strategy *strategy, const co_tensor *tensor, int count,
                           co_tensor_plan *plan);

// The same globs and layers where the study itself writes them, with the place of each: every
// alternative has to match a tensor. Built-in strategies name tensors of several algorithms and are
// left out.
void co_strategy_check_own(const co_strategy *strategy, const co_tensor *tensor, int count,
                           co_schema_errors *errors);

// Exceptions that it makes: its rules, and what it says by depth.
int co_strategy_exceptions(const co_strategy *strategy);
bool co_strategy_copies_nothing(const co_strategy *strategy);
bool co_strategy_copies_all(const co_strategy *strategy);  // and starts as the same function
bool co_strategy_trains(const co_strategy *strategy);
// Whether a tensor that is copied is mapped to another body's elements.
bool co_strategy_maps(const co_strategy *strategy, const co_tensor *tensor);
// Whether the policy (home->policy) may go to a world: co_home_enforce, unless nothing of it does,
// or all is taken by its place. `how`: CO_ENFORCE_STUDY, or 0.
co_status co_strategy_enforce(const co_strategy *strategy, const co_home *home,
                              const co_world *world, unsigned how);

// Tensors that were to be copied and cannot be.
typedef struct co_not_copied {
  int other_head;   // of the source policy, which mean something else there
  int missing;      // in the source policy, which only a learner needs
  int other_draws;  // of a critic that sees other drawn numbers there, or none
} co_not_copied;

// Makes fresh in the plan what cannot be copied: between a Gaussian and a squashed head all but the
// actor's trunk and the observation normaliser, a critic that sees other drawn numbers in the
// source, and what a policy without critics, reward normaliser or temperature has not. What becomes
// of it then is as the strategy's rules say; but where the strategy trains, CO_CONFIG for a critic
// that they freeze: it would stay as it was drawn. CO_CONFIG also for what has an adapter of a
// copied layer, and for the mean below a residual network. `out` may be NULL.
co_status co_strategy_adapt(const co_strategy *strategy, co_tensor_plan *plan,
                            const co_policy *source, const co_policy *target, co_not_copied *out);

// Whether all that the plan, adapted to the two, copies fits. CO_CONFIG naming the tensor when
// shapes, activation, depth under a copied head, or names of the elements it faces differ.
co_status co_strategy_check(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_policy *source, const co_policy *target);

// Whether what it asks of a learner can do something. CO_CONFIG in a sentence when there are loss
// terms and nothing of the actor is trained, or as co_loss_check says; when dormant units are
// looked for where there are none that could begin anew; when a rollout warm-up is of no use to the
// algorithm or has no copied actor. `source` NULL: the training starts from none.
co_status co_strategy_check_learner(const co_strategy *strategy, const co_tensor_plan *plan,
                                    const co_algorithm *algorithm, const co_policy *source,
                                    const co_policy *target);

// CO_CONFIG where a rollout warm-up leaves nothing of so many env steps to learn in.
co_status co_strategy_check_budget(const co_strategy *strategy, int64_t steps);

// Turns the fresh `target` into the transferred policy. `blend_count` caps the count of a blended
// normaliser [samples]. Fails as co_strategy_check, with the target as it was.
co_status co_strategy_apply(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_policy *source, double blend_count, co_policy *target);

// Shrinks and perturbs what it is planned for (Ash & Adams 2020, arXiv 1910.08475), with fresh
// values from the stream. CO_MEMORY.
co_status co_strategy_shrink(const co_tensor_plan *plan, const co_stream *stream,
                             co_policy *target);

// The resolved strategy as text, part of a trial's definition. CO_MEMORY.
co_status co_strategy_write(const co_strategy *strategy, co_buf *out);

#endif  // TRANSFER_STUDY_STRATEGY_H_
