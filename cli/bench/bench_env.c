// bench env: the vectorised env against the plain physics loop.

#include "cli/bench/bench.h"
#include "cli/worlds.h"
#include "core/memory.h"
#include "envs/verify/bare.h"

#include <stdlib.h>

typedef struct state {
  int64_t envs;
  bool bare;
  co_node *domain;
  co_world world;
  co_built_world *built;
  co_env_speed speed;  // of the last repeat; resets and faults of all
} state;

// The world is built once for the plain loop; the env builds its own, as any user of it would.
static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->envs = 8;
  s->bare = cli_flag(b->args, "bare");
  CO_TRY(cli_int(b->args, "envs", 1, 65536, &s->envs));
  CO_TRY(cli_domain(b->args, "domain", &s->domain));
  s->world = cli_world(b->args, "half_cheetah", s->domain);
  return co_world_build(&s->world, &s->built);
}

// With --bare both are the plain loop, and the ratio shows the noise of this machine.
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  int rows = (int)s->envs, threads = (int)b->threads;
  int64_t resets = s->speed.resets, faults = s->speed.faults;
  CO_TRY(co_bare_steps_per_second(s->built, rows, threads, b->seconds, limit));
  if (s->bare) return co_bare_steps_per_second(s->built, rows, threads, b->seconds, value);
  CO_TRY(co_env_measure_speed(&s->world, rows, threads, b->seconds, cli_seed(b->args), &s->speed));
  *value = s->speed.steps_per_s;
  s->speed.resets += resets;
  s->speed.faults += faults;
  return CO_OK;
}

// what the env counts; the plain loop has none of it
static void add_speed(const state *s, co_json *object) {
  static const char *const keys[] = {"bytes_per_env", "resets", "faults", "obs_hash"};
  for (int i = 0; s->bare && i < 4; i++) co_json_set(object, keys[i], co_json_null());
  if (s->bare) return;
  co_json_set_int(object, "bytes_per_env", (int64_t)s->speed.bytes_per_env);
  co_json_set_int(object, "resets", s->speed.resets);
  co_json_set_int(object, "faults", s->speed.faults);
  cli_set_hash(object, "obs_hash", s->speed.obs_hash);
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const co_env_info *info = &s->built->info;
  co_json_set_string(object, "task", info->task);
  co_json_set(object, "domain", cli_shifts_json(info->shift, info->num_shifts));
  co_json_set_bool(object, "bare", s->bare);
  co_json_set_int(object, "envs", s->envs);
  co_json_set_int(object, "substeps", info->substeps);
  co_json_set_number(object, "physics_steps_per_s", b->value * info->substeps);
  add_speed(s, object);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_world_free(s->built);
  co_node_free(s->domain);
  free(s);
}

const bench_kind bench_env = {
    .name = "env",
    .unit = "env steps/s",
    .limit_name = "bare stepping",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
