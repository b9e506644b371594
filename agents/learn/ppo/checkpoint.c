#include "agents/learn/ppo/private/checkpoint.h"

#include "agents/learn/checkpoint.h"
#include "agents/learn/ppo/private/learner.h"

// The batch, advantages and samples of a minibatch are not here: between two updates they are
// spent.
#define FIELD(member, kind) \
  { "ppo." #member, kind, offsetof(co_ppo_state, member) }
// of the last update
#define OF_PROGRESS(member, kind) \
  { "ppo." #member, kind, offsetof(co_ppo_state, progress.member) }
static const co_saved_field fields[] = {
    // what decides what comes next: the place in schedules and rules
    FIELD(updates, CO_SAVED_INT64), FIELD(started, CO_SAVED_BOOL), FIELD(raw_values, CO_SAVED_BOOL),
    // figures
    FIELD(gradient_steps, CO_SAVED_INT64), FIELD(recycled_units, CO_SAVED_INT64),
    FIELD(flop, CO_SAVED_DOUBLE), FIELD(update_s, CO_SAVED_DOUBLE), FIELD(wall_s, CO_SAVED_DOUBLE),
    OF_PROGRESS(norm_sum, CO_SAVED_DOUBLE), FIELD(explained_variance, CO_SAVED_DOUBLE),
    OF_PROGRESS(sums.policy_loss, CO_SAVED_DOUBLE), OF_PROGRESS(sums.value_loss, CO_SAVED_DOUBLE),
    OF_PROGRESS(sums.approx_kl, CO_SAVED_DOUBLE), OF_PROGRESS(sums.clipped, CO_SAVED_INT64),
    OF_PROGRESS(rows_seen, CO_SAVED_INT64), OF_PROGRESS(steps_done, CO_SAVED_INT64),
    OF_PROGRESS(rate, CO_SAVED_DOUBLE)};
enum { NUM_FIELDS = sizeof fields / sizeof *fields };

co_status co_ppo_save(const co_learner *base, co_buf *pack) {
  const co_ppo_learner *learner = co_ppo_of_const(base);
  const co_policy *policy = learner->spec.policy;
  CO_TRY(co_learner_mark(co_ppo.name, &co_ppo_schema, &learner->spec.def, pack));
  co_fields_save(fields, NUM_FIELDS, &learner->state, pack);
  co_rngs_save(&learner->state.shuffle, 1, "ppo.shuffle", pack);
  co_tensors_save(policy->tensor, policy->num_tensors, "policy", pack);
  co_adam_store(&learner->state.adam, "adam", pack);
  CO_TRY(co_losses_save(&learner->state.losses, pack));
  return co_collector_save(&learner->state.collector, pack);
}

co_status co_ppo_load(co_learner *base, const co_pack *pack) {
  co_ppo_learner *learner = co_ppo_of(base);
  const co_policy *policy = learner->spec.policy;
  CO_TRY(co_learner_check_mark(co_ppo.name, &co_ppo_schema, &learner->spec.def, pack));
  CO_TRY(co_fields_load(fields, NUM_FIELDS, pack, &learner->state));
  CO_TRY(co_rngs_load(&learner->state.shuffle, 1, "ppo.shuffle", pack));
  CO_TRY(co_tensors_load(policy->tensor, policy->num_tensors, "policy", pack));
  CO_TRY(co_adam_load(&learner->state.adam, "adam", pack));
  CO_TRY(co_losses_load(&learner->state.losses, pack));
  // what is derived from parameters is made anew, not saved
  co_ppo_transpose_all(learner);
  co_gaussian_set(&learner->scratch.gaussian, learner->spec.kernels,
                  policy->net.block + policy->net.log_std);
  return co_collector_load(&learner->state.collector, pack);
}
