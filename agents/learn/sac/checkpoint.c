#include "agents/learn/sac/private/checkpoint.h"

#include "agents/learn/checkpoint.h"
#include "agents/learn/sac/private/learner.h"

#include <string.h>

// Numbers of the state. Scratch is not saved: minibatches are spent between two updates, copies of
// weights are made anew.
#define FIELD(member, kind) \
  { "sac." #member, kind, offsetof(struct co_sac_state, member) }
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
  const co_sac_spec *spec = &learner->spec;
  return (size_t)spec->rows * (size_t)spec->policy->net.def.obs_dim * sizeof(float);
}

static size_t target_bytes(const co_sac_learner *learner) {
  return learner->state.target.size * sizeof(float);
}

_Static_assert(sizeof(co_sac_row) == sizeof(double) + 2 * sizeof(co_rng), "no padding");

static void save_rows(const co_sac_learner *learner, co_buf *pack) {
  const co_sac_state *state = &learner->state;
  int rows = learner->spec.rows;
  co_pack_add(pack, "sac.rows", state->row, (size_t)rows * sizeof *state->row);
  co_pack_add(pack, "sac.obs", state->obs, obs_bytes(learner));
  if (state->begins) co_pack_add(pack, "sac.begins", state->begins, (size_t)rows);
  co_actor_states_save(&learner->scratch.play.actor, state->actor_rows, rows, pack);
}

static co_status load_begins(co_sac_learner *learner, const co_pack *pack) {
  uint8_t *begins = learner->state.begins;
  int rows = learner->spec.rows;
  if (!begins) return CO_OK;
  CO_TRY(co_pack_read(pack, "sac.begins", begins, (size_t)rows));
  for (int r = 0; r < rows; r++)
    if (begins[r] > 1) return co_fail(CO_DATA, "%s: sac.begins: out of range", pack->file);
  return CO_OK;
}

static co_status load_rows(co_sac_learner *learner, const co_pack *pack) {
  co_sac_state *state = &learner->state;
  size_t size;
  int rows = learner->spec.rows;
  const unsigned char *bytes = co_pack_find(pack, "sac.rows", &size);
  if (!bytes || size != (size_t)rows * sizeof *state->row)
    return co_fail(CO_DATA, "%s: sac.rows: of another number of rows", pack->file);
  for (int r = 0; r < rows; r++) {
    co_sac_row read, *row = &state->row[r];
    memcpy(&read, bytes + (size_t)r * sizeof read, sizeof read);
    CO_TRY(co_rng_accept(&read.random, "sac.rows", pack, &row->random));
    CO_TRY(co_rng_accept(&read.noise, "sac.rows", pack, &row->noise));
    row->episode_return = read.episode_return;
  }
  CO_TRY(load_begins(learner, pack));
  CO_TRY(co_actor_states_load(&learner->scratch.play.actor, state->actor_rows, rows, pack));
  return co_pack_read(pack, "sac.obs", state->obs, obs_bytes(learner));
}

// The replay before the pack that refers to it.
co_status co_sac_save(const co_learner *base, co_buf *pack) {
  const co_sac_learner *learner = co_sac_of_const(base);
  const co_sac_spec *spec = &learner->spec;
  const co_sac_state *state = &learner->state;
  CO_TRY(co_replay_buffer_write(state->replay));
  CO_TRY(co_learner_mark(co_sac.name, &co_sac_schema, &spec->def, pack));
  co_learner_mark_data(spec->data, pack);
  co_fields_save(fields, NUM_FIELDS, state, pack);
  co_rngs_save(&state->sampler, 1, "sac.sampler", pack);
  co_rngs_save(state->row_noise, spec->batch, "sac.batch", pack);
  save_rows(learner, pack);
  co_pack_add(pack, "sac.replay", &state->replay->added, sizeof state->replay->added);
  co_pack_add(pack, "sac.target", state->target.block, target_bytes(learner));
  co_tensors_save(spec->policy->tensor, spec->policy->num_tensors, "policy", pack);
  co_adam_store(&state->adam, "adam", pack);
  CO_TRY(co_losses_save(&state->losses, pack));
  co_fault_guard_save(&state->guard, pack);
  return co_env_save(spec->env, "env", pack);
}

co_status co_sac_keep(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  return co_replay_buffer_keep(learner->state.replay);
}

static co_status load_replay(co_sac_learner *learner, const co_pack *pack) {
  int64_t added;
  CO_TRY(co_pack_read(pack, "sac.replay", &added, sizeof added));
  if (added < 0 || added > learner->state.env_steps)
    return co_fail(CO_DATA, "%s: sac.replay: out of range", pack->file);
  return co_replay_buffer_read(learner->state.replay, added);
}

co_status co_sac_load(co_learner *base, const co_pack *pack) {
  co_sac_learner *learner = co_sac_of(base);
  const co_sac_spec *spec = &learner->spec;
  co_sac_state *state = &learner->state;
  CO_TRY(co_learner_check_mark(co_sac.name, &co_sac_schema, &spec->def, pack));
  CO_TRY(co_learner_check_data(spec->data, pack));
  CO_TRY(co_fields_load(fields, NUM_FIELDS, pack, state));
  CO_TRY(co_rngs_load(&state->sampler, 1, "sac.sampler", pack));
  CO_TRY(co_rngs_load(state->row_noise, spec->batch, "sac.batch", pack));
  CO_TRY(load_rows(learner, pack));
  CO_TRY(load_replay(learner, pack));
  CO_TRY(co_pack_read(pack, "sac.target", state->target.block, target_bytes(learner)));
  CO_TRY(co_tensors_load(spec->policy->tensor, spec->policy->num_tensors, "policy", pack));
  CO_TRY(co_adam_load(&state->adam, "adam", pack));
  CO_TRY(co_losses_load(&state->losses, pack));
  CO_TRY(co_fault_guard_load(&state->guard, pack));
  co_sac_pack_all(learner);
  return co_env_load(spec->env, "env", pack);
}
