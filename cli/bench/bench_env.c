// bench env: the vectorised env against the plain physics loop.

#include "cli/bench/bench.h"
#include "cli/worlds.h"
#include "core/memory.h"
#include "envs/verify/bare.h"

#include <stdlib.h>

// The plain loop first, then the env (with --bare: another plain loop).
enum { LIMIT, VALUE, SIDES };

typedef struct state {
  int64_t envs, visit;
  bool bare;
  co_node *domain;
  co_world world;
  co_built_world *built;
  co_stepping *side[SIDES];
  double cpu_us[SIDES][BENCH_MAX_REPEATS];
  int count;               // repeats so far
  int64_t resets, faults;  // of the env, in all repeats
} state;

static co_status prepare_side(const bench *b, state *s) {
  int rows = (int)s->envs, threads = (int)b->threads, visit = (int)s->visit;
  CO_TRY(co_stepping_bare(s->built, rows, threads, visit, &s->side[LIMIT]));
  if (s->bare) return co_stepping_bare(s->built, rows, threads, visit, &s->side[VALUE]);
  return co_stepping_env(&s->world, rows, threads, visit, cli_seed(b->args), &s->side[VALUE]);
}

// The world is built once for the plain loop; the env builds its own, as any user of it would.
static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->envs = s->visit = 8;
  s->bare = cli_flag(b->args, "bare");
  CO_TRY(cli_int(b->args, "envs", 1, 65536, &s->envs));
  CO_TRY(cli_int(b->args, "visit", 1, 1000, &s->visit));
  CO_TRY(cli_domain(b->args, "domain", &s->domain));
  s->world = cli_world(b->args, "half_cheetah", s->domain);
  CO_TRY(co_world_build(&s->world, &s->built));
  return prepare_side(b, s);
}

// With --bare both are the plain loop, and the ratio shows the noise of this machine.
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  co_speed speed[SIDES];
  CO_TRY(co_stepping_run(s->side, SIDES, b->seconds, speed));
  *limit = speed[LIMIT].steps_per_s;
  *value = speed[VALUE].steps_per_s;
  for (int i = 0; i < SIDES; i++) s->cpu_us[i][s->count] = speed[i].cpu_us;
  s->count++;
  s->resets += speed[VALUE].resets;
  s->faults += speed[VALUE].faults;
  return CO_OK;
}

// what the env counts; the plain loop has none of it
static void add_env(const state *s, co_json *object) {
  static const char *const keys[] = {"bytes_per_env", "resets", "faults", "obs_hash"};
  for (int i = 0; s->bare && i < 4; i++) co_json_set(object, keys[i], co_json_null());
  if (s->bare) return;
  co_json_set_int(object, "bytes_per_env", (int64_t)co_stepping_bytes(s->side[VALUE]));
  co_json_set_int(object, "resets", s->resets);
  co_json_set_int(object, "faults", s->faults);
  cli_set_hash(object, "obs_hash", co_stepping_hash(s->side[VALUE]));
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const co_env_info *info = &s->built->info;
  co_json_set_string(object, "task", info->task);
  co_json_set(object, "domain", cli_shifts_json(info->shift, info->num_shifts));
  co_json_set_bool(object, "bare", s->bare);
  co_json_set_int(object, "envs", s->envs);
  co_json_set_int(object, "visit", s->visit);
  co_json_set_int(object, "substeps", info->substeps);
  co_json_set_number(object, "physics_steps_per_s", b->value * info->substeps);
  co_json_set_number(object, "cpu_us", bench_median(s->cpu_us[VALUE], s->count));
  co_json_set_number(object, "limit_cpu_us", bench_median(s->cpu_us[LIMIT], s->count));
  add_env(s, object);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  for (int i = 0; i < SIDES; i++) co_stepping_free(s->side[i]);
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
