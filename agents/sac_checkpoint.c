#include "agents/sac_checkpoint.h"

#include "agents/checkpoint.h"
#include "agents/sac_learner.h"

#include <stdio.h>

// Minibatches are spent between two updates; copies of weights are made anew.
#define FIELD(member, kind) \
  { "sac." #member, kind, offsetof(struct co_learner, member) }
static const co_saved_field fields[] = {
    // what decides what comes next
    FIELD(updates, CO_SAVED_INT64), FIELD(gradient_steps, CO_SAVED_INT64),
    FIELD(env_steps, CO_SAVED_INT64), FIELD(started, CO_SAVED_BOOL),
    FIELD(episodes, CO_SAVED_INT64), FIELD(faults, CO_SAVED_INT64),
    // figures
    FIELD(finished, CO_SAVED_INT64), FIELD(finished_return, CO_SAVED_DOUBLE),
    FIELD(flop, CO_SAVED_DOUBLE), FIELD(physics_s, CO_SAVED_DOUBLE),
    FIELD(inference_s, CO_SAVED_DOUBLE), FIELD(update_s, CO_SAVED_DOUBLE),
    FIELD(wall_s, CO_SAVED_DOUBLE), FIELD(total.critic_loss, CO_SAVED_DOUBLE),
    FIELD(total.actor_loss, CO_SAVED_DOUBLE), FIELD(total.log_prob, CO_SAVED_DOUBLE),
    FIELD(total.value, CO_SAVED_DOUBLE), FIELD(norm_sum, CO_SAVED_DOUBLE),
    FIELD(steps_done, CO_SAVED_INT64), FIELD(actor_steps_done, CO_SAVED_INT64)};
enum { NUM_FIELDS = sizeof fields / sizeof *fields };

// Calls the function for every stream of the learner under its name, until one fails.
typedef co_status visit_stream(co_rng *rng, const char *name, const void *context);

static co_status visit_rows(co_learner *learner, visit_stream *visit, const void *context) {
  char name[32];
  for (int r = 0; r < learner->rows; r++) {
    snprintf(name, sizeof name, "sac.random.%d", r);
    CO_TRY(visit(&learner->row[r].random, name, context));
    snprintf(name, sizeof name, "sac.noise.%d", r);
    CO_TRY(visit(&learner->row[r].noise, name, context));
  }
  for (int r = 0; r < learner->batch; r++) {
    snprintf(name, sizeof name, "sac.batch.%d", r);
    CO_TRY(visit(&learner->row_noise[r], name, context));
  }
  return visit(&learner->sampler, "sac.sampler", context);
}

static co_status save_stream(co_rng *rng, const char *name, const void *pack) {
  co_rng_save(rng, name, *(co_buf *const *)pack);
  return CO_OK;
}

static co_status load_stream(co_rng *rng, const char *name, const void *pack) {
  return co_rng_load(rng, name, pack);
}

static size_t obs_bytes(const co_learner *learner) {
  return (size_t)learner->rows * (size_t)learner->policy->net.def.obs_dim * sizeof(float);
}

static size_t target_bytes(const co_learner *learner) {
  return learner->policy->net.size * sizeof(float);
}

static void save_rows(const co_learner *learner, co_buf *pack) {
  char name[32];
  for (int r = 0; r < learner->rows; r++) {
    snprintf(name, sizeof name, "sac.return.%d", r);
    co_pack_add(pack, name, &learner->row[r].episode_return, sizeof(double));
  }
  co_pack_add(pack, "sac.obs", learner->row_obs, obs_bytes(learner));
}

static co_status load_rows(co_learner *learner, const co_pack *pack) {
  char name[32];
  for (int r = 0; r < learner->rows; r++) {
    snprintf(name, sizeof name, "sac.return.%d", r);
    CO_TRY(co_pack_read(pack, name, &learner->row[r].episode_return, sizeof(double)));
  }
  return co_pack_read(pack, "sac.obs", learner->row_obs, obs_bytes(learner));
}

// The replay before the pack that refers to it.
co_status co_sac_save(const co_learner *learner, co_buf *pack) {
  const co_policy *policy = learner->policy;
  CO_TRY(co_replay_buffer_write(learner->replay));
  CO_TRY(co_learner_mark(co_sac.name, &co_sac_schema, &learner->def, pack));
  co_fields_save(fields, NUM_FIELDS, learner, pack);
  // streams are only read
  CO_TRY(visit_rows((co_learner *)learner, save_stream, &pack));
  save_rows(learner, pack);
  co_pack_add(pack, "sac.replay", &learner->replay->added, sizeof learner->replay->added);
  co_pack_add(pack, "sac.target", learner->target, target_bytes(learner));
  co_tensors_save(policy->tensor, policy->num_tensors, "policy", pack);
  co_adam_store(&learner->adam, "adam", pack);
  co_fault_guard_save(&learner->guard, pack);
  return co_env_save(learner->env, "env", pack);
}

static co_status load_replay(co_learner *learner, const co_pack *pack) {
  int64_t added;
  CO_TRY(co_pack_read(pack, "sac.replay", &added, sizeof added));
  if (added < 0 || added > learner->env_steps)
    return co_fail(CO_DATA, "%s: sac.replay: out of range", pack->file);
  return co_replay_buffer_read(learner->replay, added);
}

co_status co_sac_load(co_learner *learner, const co_pack *pack) {
  const co_policy *policy = learner->policy;
  CO_TRY(co_learner_check_mark(co_sac.name, &co_sac_schema, &learner->def, pack));
  CO_TRY(co_fields_load(fields, NUM_FIELDS, pack, learner));
  CO_TRY(visit_rows(learner, load_stream, pack));
  CO_TRY(load_rows(learner, pack));
  CO_TRY(load_replay(learner, pack));
  CO_TRY(co_pack_read(pack, "sac.target", learner->target, target_bytes(learner)));
  CO_TRY(co_tensors_load(policy->tensor, policy->num_tensors, "policy", pack));
  CO_TRY(co_adam_load(&learner->adam, "adam", pack));
  CO_TRY(co_fault_guard_load(&learner->guard, pack));
  co_sac_pack_all(learner);
  return co_env_load(learner->env, "env", pack);
}
