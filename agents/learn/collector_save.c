#include "agents/learn/checkpoint.h"
#include "agents/learn/collector.h"
#include "core/memory.h"

#include <stdlib.h>

#define TOTAL(member, kind) \
  { "collector." #member, kind, offsetof(co_collector, member) }
static const co_saved_field totals[] = {
    TOTAL(warmup_steps, CO_SAVED_INT),     TOTAL(env_steps, CO_SAVED_INT64),
    TOTAL(episodes, CO_SAVED_INT64),       TOTAL(faults, CO_SAVED_INT64),
    TOTAL(physics_s, CO_SAVED_DOUBLE),     TOTAL(inference_s, CO_SAVED_DOUBLE),
    TOTAL(episode_return, CO_SAVED_DOUBLE)};
enum { NUM_TOTALS = sizeof totals / sizeof *totals };

// What of a row outlives a rollout; the rest is set anew when one begins.
typedef struct saved_row {
  double episode_return, discounted_return;
  co_rng noise;
  uint32_t zero;  // no padding
} saved_row;
_Static_assert(sizeof(saved_row) == 16 + sizeof(co_rng) + 4, "no padding");

static size_t obs_bytes(const co_collector *collector) {
  return (size_t)collector->rows * (size_t)co_env_get_info(collector->def.env)->obs_dim *
         sizeof(float);
}

static size_t critic_bytes(const co_collector *collector) {
  return (size_t)collector->rows * (size_t)collector->critic_state_size * sizeof(float);
}

static saved_row *alloc_rows(int rows) {
  return co_alloc((size_t)rows, sizeof(saved_row));
}

co_status co_collector_save(const co_collector *collector, co_buf *pack) {
  saved_row *rows = alloc_rows(collector->rows);
  if (!rows) return CO_MEMORY;
  for (int r = 0; r < collector->rows; r++) {
    const co_collector_row *row = &collector->row[r];
    rows[r] = (saved_row){row->episode_return, row->discounted_return, row->noise, 0};
  }
  co_pack_add(pack, "collector.rows", rows, (size_t)collector->rows * sizeof *rows);
  co_pack_add(pack, "collector.obs", collector->obs, obs_bytes(collector));
  co_actor_states_save(&collector->actor, collector->state, collector->rows, "actor.states", pack);
  if (collector->critic_state_size > 0)
    co_pack_add(pack, "collector.critic_states", collector->critic_state, critic_bytes(collector));
  co_fields_save(totals, NUM_TOTALS, collector, pack);
  free(rows);
  co_fault_guard_save(&collector->guard, pack);
  return co_env_save(collector->def.env, "env", pack);
}

static co_status load_rows(co_collector *collector, const co_pack *pack, saved_row *rows) {
  CO_TRY(co_pack_read(pack, "collector.rows", rows, (size_t)collector->rows * sizeof *rows));
  for (int r = 0; r < collector->rows; r++) {
    co_collector_row *row = &collector->row[r];
    CO_TRY(co_rng_accept(&rows[r].noise, "collector.rows", pack, &row->noise));
    row->episode_return = rows[r].episode_return;
    row->discounted_return = rows[r].discounted_return;
  }
  return CO_OK;
}

co_status co_collector_load(co_collector *collector, const co_pack *pack) {
  saved_row *rows = alloc_rows(collector->rows);
  if (!rows) return CO_MEMORY;
  co_status status = load_rows(collector, pack, rows);
  free(rows);
  CO_TRY(status);
  CO_TRY(co_pack_read(pack, "collector.obs", collector->obs, obs_bytes(collector)));
  CO_TRY(co_actor_states_load(&collector->actor, collector->state, collector->rows, "actor.states",
                              pack));
  if (collector->critic_state_size > 0)
    CO_TRY(co_pack_read(pack, "collector.critic_states", collector->critic_state,
                        critic_bytes(collector)));
  CO_TRY(co_fields_load(totals, NUM_TOTALS, pack, collector));
  CO_TRY(co_fault_guard_load(&collector->guard, pack));
  return co_env_load(collector->def.env, "env", pack);
}
