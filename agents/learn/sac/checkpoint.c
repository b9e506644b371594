#include "agents/learn/sac/private/checkpoint.h"

#include "agents/learn/checkpoint.h"
#include "agents/learn/sac/private/learner.h"

#include <stdio.h>
#include <string.h>

// Numbers of the state. Scratch is not saved: minibatches are spent between two updates, copies of
// weights are made anew.
#define FIELD(member, kind) \
  { "sac." #member, kind, offsetof(struct co_sac_state, member) }
static const co_saved_field fields[] = {
    // what decides what comes next
    FIELD(updates, CO_SAVED_INT64), FIELD(gradient_steps, CO_SAVED_INT64),
    // figures
    FIELD(recycled_units, CO_SAVED_INT64), FIELD(flop, CO_SAVED_DOUBLE),
    FIELD(physics_s, CO_SAVED_DOUBLE), FIELD(inference_s, CO_SAVED_DOUBLE),
    FIELD(update_s, CO_SAVED_DOUBLE), FIELD(wall_s, CO_SAVED_DOUBLE),
    FIELD(total.critic_loss, CO_SAVED_DOUBLE), FIELD(total.actor_loss, CO_SAVED_DOUBLE),
    FIELD(total.log_prob, CO_SAVED_DOUBLE), FIELD(total.value, CO_SAVED_DOUBLE),
    FIELD(norm_sum, CO_SAVED_DOUBLE), FIELD(steps_done, CO_SAVED_INT64),
    FIELD(actor_steps_done, CO_SAVED_INT64)};
enum { NUM_FIELDS = sizeof fields / sizeof *fields };

// Of what plays in an env: PREFIX and the member.
#define PLAYER(prefix, member, kind) \
  { prefix #member, kind, offsetof(co_sac_player, member) }
#define PLAYER_FIELDS(prefix)                                                           \
  PLAYER(prefix, env_steps, CO_SAVED_INT64), PLAYER(prefix, started, CO_SAVED_BOOL),    \
      PLAYER(prefix, episodes, CO_SAVED_INT64), PLAYER(prefix, faults, CO_SAVED_INT64), \
      PLAYER(prefix, finished, CO_SAVED_INT64), PLAYER(prefix, finished_return, CO_SAVED_DOUBLE)
enum { NUM_PLAYER_FIELDS = 6 };
static const co_saved_field player_fields[CO_NUM_ENV_ROLES][NUM_PLAYER_FIELDS] = {
    {PLAYER_FIELDS("sac.")}, {PLAYER_FIELDS("sac.source.")}};

// Names of the other entries of a role.
static const char *const prefixes[CO_NUM_ENV_ROLES] = {"sac.", "sac.source."};
static const char *const env_names[CO_NUM_ENV_ROLES] = {"env", "source_env"};
static const char *const actor_names[CO_NUM_ENV_ROLES] = {"actor.states", "source_actor.states"};

typedef struct entry {
  char name[32];
} entry;

static entry entry_of(co_env_role role, const char *what) {
  entry out;
  snprintf(out.name, sizeof out.name, "%s%s", prefixes[role], what);
  return out;
}

static size_t obs_bytes(const co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  return (size_t)spec->rows * (size_t)spec->policy->net.def.obs_dim * sizeof(float);
}

static size_t target_bytes(const co_sac_learner *learner) {
  return learner->state.target.size * sizeof(float);
}

_Static_assert(sizeof(co_source_env) == sizeof(int64_t) + sizeof(double), "no padding");
_Static_assert(sizeof(co_sac_row) == sizeof(double) + 2 * sizeof(co_rng), "no padding");

static void save_rows(const co_sac_learner *learner, co_env_role role, co_buf *pack) {
  const co_sac_player *player = &learner->state.player[role];
  size_t rows = (size_t)learner->spec.rows;
  co_pack_add(pack, entry_of(role, "rows").name, player->row, rows * sizeof *player->row);
  co_pack_add(pack, entry_of(role, "obs").name, player->obs, obs_bytes(learner));
  if (player->begins) co_pack_add(pack, entry_of(role, "begins").name, player->begins, rows);
  co_actor_states_save(&learner->scratch.play.actor, player->actor_rows, (int)rows,
                       actor_names[role], pack);
}

static co_status load_begins(co_sac_learner *learner, co_env_role role, const co_pack *pack) {
  uint8_t *begins = learner->state.player[role].begins;
  entry of = entry_of(role, "begins");
  int rows = learner->spec.rows;
  if (!begins) return CO_OK;
  CO_TRY(co_pack_read(pack, of.name, begins, (size_t)rows));
  for (int r = 0; r < rows; r++)
    if (begins[r] > 1) return co_fail(CO_DATA, "%s: %s: out of range", pack->file, of.name);
  return CO_OK;
}

static co_status load_rows(co_sac_learner *learner, co_env_role role, const co_pack *pack) {
  co_sac_player *player = &learner->state.player[role];
  entry of = entry_of(role, "rows");
  size_t size;
  int rows = learner->spec.rows;
  const unsigned char *bytes = co_pack_find(pack, of.name, &size);
  if (!bytes || size != (size_t)rows * sizeof *player->row)
    return co_fail(CO_DATA, "%s: %s: of another number of rows", pack->file, of.name);
  for (int r = 0; r < rows; r++) {
    co_sac_row read, *row = &player->row[r];
    memcpy(&read, bytes + (size_t)r * sizeof read, sizeof read);
    CO_TRY(co_rng_accept(&read.random, of.name, pack, &row->random));
    CO_TRY(co_rng_accept(&read.noise, of.name, pack, &row->noise));
    row->episode_return = read.episode_return;
  }
  CO_TRY(load_begins(learner, role, pack));
  CO_TRY(co_actor_states_load(&learner->scratch.play.actor, player->actor_rows, rows,
                              actor_names[role], pack));
  return co_pack_read(pack, entry_of(role, "obs").name, player->obs, obs_bytes(learner));
}

// ---- what plays in an env, with that env ----

// The replay before the pack that refers to it.
static co_status save_player(const co_sac_learner *learner, co_env_role role, co_buf *pack) {
  const co_sac_player *player = &learner->state.player[role];
  if (!learner->spec.env[role]) return CO_OK;
  CO_TRY(co_replay_buffer_write(player->replay));
  co_fields_save(player_fields[role], NUM_PLAYER_FIELDS, player, pack);
  save_rows(learner, role, pack);
  co_pack_add(pack, entry_of(role, "replay").name, &player->replay->added,
              sizeof player->replay->added);
  co_fault_guard_save(&player->guard, pack);
  return co_env_save(learner->spec.env[role], env_names[role], pack);
}

static co_status load_replay(co_sac_player *player, const char *name, const co_pack *pack) {
  int64_t added;
  CO_TRY(co_pack_read(pack, name, &added, sizeof added));
  if (added < 0 || added > player->env_steps)
    return co_fail(CO_DATA, "%s: %s: out of range", pack->file, name);
  return co_replay_buffer_read(player->replay, added);
}

static co_status load_player(co_sac_learner *learner, co_env_role role, const co_pack *pack) {
  co_sac_player *player = &learner->state.player[role];
  if (!learner->spec.env[role]) return CO_OK;
  CO_TRY(co_fields_load(player_fields[role], NUM_PLAYER_FIELDS, pack, player));
  CO_TRY(load_rows(learner, role, pack));
  CO_TRY(load_replay(player, entry_of(role, "replay").name, pack));
  CO_TRY(co_fault_guard_load(&player->guard, pack));
  return co_env_load(learner->spec.env[role], env_names[role], pack);
}

// What it does in the source belongs to what a learner is, like its settings.
static void mark_source(const co_sac_spec *spec, co_buf *pack) {
  if (spec->env[CO_ENV_SOURCE])
    co_pack_add(pack, "sac.source.def", &spec->source, sizeof spec->source);
}

static co_status check_source(const co_sac_spec *spec, const co_pack *pack) {
  size_t size = 0, wanted = spec->env[CO_ENV_SOURCE] ? sizeof spec->source : 0;
  const void *found = co_pack_find(pack, "sac.source.def", &size);
  if (size == wanted && (!found || memcmp(found, &spec->source, wanted) == 0)) return CO_OK;
  return co_fail(CO_DATA, "%s: sac.source.def: of a learner that does other things in its source",
                 pack->file);
}

// ---- entries ----

co_status co_sac_save(const co_learner *base, co_buf *pack) {
  const co_sac_learner *learner = co_sac_of_const(base);
  const co_sac_spec *spec = &learner->spec;
  const co_sac_state *state = &learner->state;
  CO_TRY(co_learner_mark(co_sac.name, &co_sac_schema, &spec->def, pack));
  co_learner_mark_data(spec->data, pack);
  mark_source(spec, pack);
  co_fields_save(fields, NUM_FIELDS, state, pack);
  co_rngs_save(&state->sampler, 1, "sac.sampler", pack);
  co_rngs_save(state->row_noise, spec->batch, "sac.batch", pack);
  co_pack_add(pack, "sac.target", state->target.block, target_bytes(learner));
  co_tensors_save(spec->policy->tensor, spec->policy->num_tensors, "policy", pack);
  co_adam_store(&state->adam, "adam", pack);
  CO_TRY(co_losses_save(&state->losses, pack));
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    CO_TRY(save_player(learner, (co_env_role)role, pack));
  return CO_OK;
}

co_status co_sac_keep(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    if (learner->spec.env[role]) CO_TRY(co_replay_buffer_keep(learner->state.player[role].replay));
  return CO_OK;
}

co_status co_sac_load(co_learner *base, const co_pack *pack) {
  co_sac_learner *learner = co_sac_of(base);
  const co_sac_spec *spec = &learner->spec;
  co_sac_state *state = &learner->state;
  CO_TRY(co_learner_check_mark(co_sac.name, &co_sac_schema, &spec->def, pack));
  CO_TRY(co_learner_check_data(spec->data, pack));
  CO_TRY(check_source(spec, pack));
  CO_TRY(co_fields_load(fields, NUM_FIELDS, pack, state));
  CO_TRY(co_rngs_load(&state->sampler, 1, "sac.sampler", pack));
  CO_TRY(co_rngs_load(state->row_noise, spec->batch, "sac.batch", pack));
  CO_TRY(co_pack_read(pack, "sac.target", state->target.block, target_bytes(learner)));
  CO_TRY(co_tensors_load(spec->policy->tensor, spec->policy->num_tensors, "policy", pack));
  CO_TRY(co_adam_load(&state->adam, "adam", pack));
  CO_TRY(co_losses_load(&state->losses, pack));
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    CO_TRY(load_player(learner, (co_env_role)role, pack));
  co_sac_pack_all(learner);
  return CO_OK;
}
