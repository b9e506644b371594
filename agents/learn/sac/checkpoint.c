#include "agents/learn/sac/private/checkpoint.h"

#include "agents/learn/checkpoint.h"
#include "agents/learn/sac/private/learner.h"

#include <string.h>

// Minibatches are spent between two updates; copies of weights are made anew.
#define FIELD(member, kind) \
  { "sac." #member, kind, offsetof(struct co_sac_learner, member) }
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

static size_t obs_bytes(const co_sac_learner *learner) {
  return (size_t)learner->rows * (size_t)learner->policy->net.def.obs_dim * sizeof(float);
}

static size_t target_bytes(const co_sac_learner *learner) {
  return learner->policy->net.size * sizeof(float);
}

_Static_assert(sizeof(co_sac_row) == sizeof(double) + 2 * sizeof(co_rng), "no padding");

static void save_rows(const co_sac_learner *learner, co_buf *pack) {
  co_pack_add(pack, "sac.rows", learner->row, (size_t)learner->rows * sizeof *learner->row);
  co_pack_add(pack, "sac.obs", learner->row_obs, obs_bytes(learner));
  co_actor_states_save(&learner->acting, learner->row_state, learner->rows, pack);
}

static co_status load_rows(co_sac_learner *learner, const co_pack *pack) {
  size_t size;
  const unsigned char *bytes = co_pack_find(pack, "sac.rows", &size);
  if (!bytes || size != (size_t)learner->rows * sizeof *learner->row)
    return co_fail(CO_DATA, "%s: sac.rows: of another number of rows", pack->file);
  for (int r = 0; r < learner->rows; r++) {
    co_sac_row read, *row = &learner->row[r];
    memcpy(&read, bytes + (size_t)r * sizeof read, sizeof read);
    CO_TRY(co_rng_accept(&read.random, "sac.rows", pack, &row->random));
    CO_TRY(co_rng_accept(&read.noise, "sac.rows", pack, &row->noise));
    row->episode_return = read.episode_return;
  }
  CO_TRY(co_actor_states_load(&learner->acting, learner->row_state, learner->rows, pack));
  return co_pack_read(pack, "sac.obs", learner->row_obs, obs_bytes(learner));
}

// The replay before the pack that refers to it.
co_status co_sac_save(const co_learner *base, co_buf *pack) {
  const co_sac_learner *learner = co_sac_of_const(base);
  const co_policy *policy = learner->policy;
  CO_TRY(co_replay_buffer_write(learner->replay));
  CO_TRY(co_learner_mark(co_sac.name, &co_sac_schema, &learner->def, pack));
  co_fields_save(fields, NUM_FIELDS, learner, pack);
  co_rngs_save(&learner->sampler, 1, "sac.sampler", pack);
  co_rngs_save(learner->row_noise, learner->batch, "sac.batch", pack);
  save_rows(learner, pack);
  co_pack_add(pack, "sac.replay", &learner->replay->added, sizeof learner->replay->added);
  co_pack_add(pack, "sac.target", learner->target, target_bytes(learner));
  co_tensors_save(policy->tensor, policy->num_tensors, "policy", pack);
  co_adam_store(&learner->adam, "adam", pack);
  co_fault_guard_save(&learner->guard, pack);
  return co_env_save(learner->env, "env", pack);
}

co_status co_sac_keep(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  return co_replay_buffer_keep(learner->replay);
}

static co_status load_replay(co_sac_learner *learner, const co_pack *pack) {
  int64_t added;
  CO_TRY(co_pack_read(pack, "sac.replay", &added, sizeof added));
  if (added < 0 || added > learner->env_steps)
    return co_fail(CO_DATA, "%s: sac.replay: out of range", pack->file);
  return co_replay_buffer_read(learner->replay, added);
}

co_status co_sac_load(co_learner *base, const co_pack *pack) {
  co_sac_learner *learner = co_sac_of(base);
  const co_policy *policy = learner->policy;
  CO_TRY(co_learner_check_mark(co_sac.name, &co_sac_schema, &learner->def, pack));
  CO_TRY(co_fields_load(fields, NUM_FIELDS, pack, learner));
  CO_TRY(co_rngs_load(&learner->sampler, 1, "sac.sampler", pack));
  CO_TRY(co_rngs_load(learner->row_noise, learner->batch, "sac.batch", pack));
  CO_TRY(load_rows(learner, pack));
  CO_TRY(load_replay(learner, pack));
  CO_TRY(co_pack_read(pack, "sac.target", learner->target, target_bytes(learner)));
  CO_TRY(co_tensors_load(policy->tensor, policy->num_tensors, "policy", pack));
  CO_TRY(co_adam_load(&learner->adam, "adam", pack));
  CO_TRY(co_fault_guard_load(&learner->guard, pack));
  co_sac_pack_all(learner);
  return co_env_load(learner->env, "env", pack);
}
