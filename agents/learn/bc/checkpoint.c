#include "agents/learn/bc/private/checkpoint.h"

#include "agents/learn/bc/private/learner.h"
#include "agents/learn/checkpoint.h"

#define FIELD(member, kind) \
  { "bc." #member, kind, offsetof(struct co_bc_learner, state.member) }
static const co_saved_field fields[] = {
    FIELD(updates, CO_SAVED_INT64),        FIELD(normalised, CO_SAVED_BOOL),
    FIELD(gradient_steps, CO_SAVED_INT64), FIELD(flop, CO_SAVED_DOUBLE),
    FIELD(update_s, CO_SAVED_DOUBLE),      FIELD(wall_s, CO_SAVED_DOUBLE),
    FIELD(loss, CO_SAVED_DOUBLE),          FIELD(norm, CO_SAVED_DOUBLE),
    FIELD(held_loss, CO_SAVED_DOUBLE)};
enum { NUM_FIELDS = sizeof fields / sizeof *fields };

co_status co_bc_save(const co_learner *base, co_buf *pack) {
  const co_bc_learner *learner = co_bc_of_const(base);
  const co_policy *policy = learner->spec.policy;
  CO_TRY(co_learner_mark(co_bc.name, &co_bc_schema, &learner->spec.def, pack));
  co_fields_save(fields, NUM_FIELDS, learner, pack);
  co_learner_mark_data(learner->spec.data, pack);
  co_rngs_save(&learner->state.sampler, 1, "bc.sampler", pack);
  co_tensors_save(policy->tensor, policy->num_tensors, "policy", pack);
  co_adam_store(&learner->state.adam, "adam", pack);
  return co_buf_status(pack);
}

co_status co_bc_load(co_learner *base, const co_pack *pack) {
  co_bc_learner *learner = co_bc_of(base);
  const co_policy *policy = learner->spec.policy;
  CO_TRY(co_learner_check_mark(co_bc.name, &co_bc_schema, &learner->spec.def, pack));
  CO_TRY(co_fields_load(fields, NUM_FIELDS, pack, learner));
  CO_TRY(co_learner_check_data(learner->spec.data, pack));
  CO_TRY(co_rngs_load(&learner->state.sampler, 1, "bc.sampler", pack));
  CO_TRY(co_tensors_load(policy->tensor, policy->num_tensors, "policy", pack));
  CO_TRY(co_adam_load(&learner->state.adam, "adam", pack));
  co_bc_transpose_all(learner);  // derived from parameters, made anew
  return CO_OK;
}
