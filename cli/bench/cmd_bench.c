// carryover bench: how fast, and how fast against the limit of this machine.

#include "agents/nn/kernels/kernels.h"
#include "cli/bench/bench.h"
#include "cli/bench/describe.h"
#include "cli/machine.h"
#include "core/stats/stats.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const bench_kind *const kinds[] = {&bench_env, &bench_ppo,   &bench_stats,  &bench_nn,
                                          &bench_sac, &bench_learn, &bench_viewer, &bench_reach};
enum {
  NUM_KINDS = sizeof kinds / sizeof *kinds,
  ENV = 1,
  PPO = 2,
  STATS = 4,
  NN = 8,
  SAC = 16,
  LEARN = 32,
  VIEWER = 64,
  REACH = 128,
  SPEED = ENV | PPO | STATS | NN | SAC | VIEWER | REACH,
  ALL = SPEED | LEARN
};

// option, what it takes, kinds that take it (bits in the order of `kinds`), meaning
#define OPTION_LIST(X)                                                                             \
  X("repeat", "N", SPEED, "repeats, each with its limit measured next to it (5)")                  \
  X("seconds", "S", SPEED, "length of each timed piece (2; nn --all: 0.1)")                        \
  X("threads", "K", ENV | PPO | STATS | SAC | LEARN | REACH,                                       \
    "threads (2); learn: of each training (cores / jobs)")                                         \
  X("isa", "LEVEL", ALL,                                                                           \
    "level of the learning kernels: v4 (AVX-512), v3 (AVX2) or scalar (the best of this CPU)")     \
  X("task", "TASK", ENV | PPO | SAC | VIEWER | REACH,                                              \
    "all that step: task (half_cheetah; reach: quadruped_flat)")                                   \
  X("envs", "N", ENV | PPO | SAC | REACH,                                                          \
    "env, ppo, sac, reach: rows of the vectorised env (8; sac: 1; reach: 64)")                     \
  X("visit", "N", ENV, "env: steps of eight rows before it is the next rows' turn (8)")            \
  X("domain", "DOMAIN", ENV, "env: world to step in (repeatable)")                                 \
  X("bare", NULL, ENV, "env: measure the plain physics loop itself")                               \
  X("horizon", "N", PPO | REACH, "ppo, reach: env steps per row and rollout (256; reach: 64)")     \
  X("hidden", "N,N", PPO | SAC | REACH,                                                            \
    "ppo, sac, reach: hidden units (64,64; sac: 256,256; reach: 128,128)")                         \
  X("epochs", "N", PPO | REACH, "ppo, reach: passes over a rollout (10; reach: 4)")                \
  X("minibatch", "N", PPO | REACH, "ppo, reach: samples per gradient step (64; reach: 1024)")      \
  X("steps", "N", PPO | SAC | LEARN | REACH,                                                       \
    "env steps of each training (ppo: 40960, sac: 1000; learn: as the case; reach: at most 2e7)")  \
  X("metric", "METRIC", REACH, "reach: tracking, vx or return (tracking)")                         \
  X("value", "X", REACH, "reach: the metric's value at which a training ends (0.8)")               \
  X("every", "N", REACH, "reach: env steps between two evaluations (65536)")                       \
  X("episodes", "N", PPO | SAC | REACH, "ppo, sac, reach: episodes of an evaluation (20)")         \
  X("batch", "N", SAC, "sac: transitions per gradient update (256)")                               \
  X("updates-per-step", "N", SAC, "sac: gradient updates per env step (1)")                        \
  X("phases", NULL, SAC, "sac: a table of what the time of the training goes to")                  \
  X("size", "WxH", VIEWER, "viewer: pixels of the window (1280x720)")                              \
  X("scaled", NULL, VIEWER, "viewer: scenes at three quarters of the resolution")                  \
  X("data", "FILE", STATS,                                                                         \
    "stats: scores {\"X\": [seed][task], \"Y\": [seed][task]} (an example)")                       \
  X("case", "CASE", NN | LEARN,                                                                    \
    "nn: latency, forward, update, backward, gradient, lstm, gru (forward); learn: "               \
    "a case (all)")                                                                                \
  X("shape", "N,N,...", NN,                                                                        \
    "nn: inputs, hidden units, outputs (17,64,64,6; lstm, gru: inputs, units, 17,64)")             \
  X("rows", "N", NN,                                                                               \
    "nn: rows of a pass, of lstm, gru sequences (256; latency: 1; lstm, gru: 32)")                 \
  X("all", NULL, NN, "nn: a table of the passes that learning is made of, at 1, 32, 64, 256 rows") \
  X("reps", "N", STATS, "stats: bootstrap repetitions (50000)")                                    \
  X("seeds", "N", LEARN, "learn: trainings of each case (as the case says)")                       \
  X("jobs", "N", LEARN, "learn: trainings at once (one per core)")                                 \
  X("out", "DIR", LEARN, "learn: folder of the studies (runs/bench_learn)")                        \
  X("docs", "FILE", LEARN, "learn: file whose table is written (docs/benchmarks.md)")              \
  X("checkpoint", "S", LEARN,                                                                      \
    "learn: seconds between two checkpoints, 0: after every update (10)")                          \
  X("force", NULL, LEARN, "learn: do finished trainings of another definition again")

#define X(name, value, kinds, help) {name, value, help},
static const cli_option options[] = {OPTION_LIST(X){NULL, NULL, NULL}};
#undef X
#define X(name, value, kinds, help) kinds,
static const int taken_by[] = {OPTION_LIST(X)};
#undef X

// --- results

// All repeats, in the order in which they were taken.
typedef struct runs {
  double value[BENCH_MAX_REPEATS], limit[BENCH_MAX_REPEATS], ratio[BENCH_MAX_REPEATS];
  int count;
} runs;

typedef struct summary {
  double value, best, limit, ratio;  // NAN: there is none
} summary;

double bench_median(const double *value, int count) {
  double sorted[BENCH_MAX_REPEATS];
  memcpy(sorted, value, (size_t)count * sizeof *value);
  co_sort(sorted, count);
  return co_median(sorted, count);
}

// Medians; best is the largest, since the value of every kind is a rate.
static summary summarize(const bench_kind *kind, const runs *all) {
  summary out = {.value = bench_median(all->value, all->count), .limit = NAN, .ratio = NAN};
  for (int i = 0; i < all->count; i++) out.best = fmax(out.best, all->value[i]);
  if (!kind->limit_name) return out;
  out.limit = bench_median(all->limit, all->count);
  out.ratio = bench_median(all->ratio, all->count);
  return out;
}

static co_status print_json(const bench_kind *kind, const bench *b, const runs *all,
                            co_json *machine) {
  summary sums = summarize(kind, all);
  co_json *object = cli_object("bench");
  co_json_set_string(object, "bench", kind->name);
  co_json_set(object, "machine", machine);
  co_json_set_int(object, "repeats", all->count);
  co_json_set_number(object, "value", sums.value);
  co_json_set_number(object, "best", sums.best);
  co_json_set_string(object, "unit", kind->unit);
  co_json_set(object, "runs", co_json_numbers(all->value, all->count));
  co_json_set_number(object, "limit", sums.limit);
  co_json_set_string(object, "limit_name", kind->limit_name);
  co_json_set_number(object, "ratio", sums.ratio);
  kind->add_json(b, object);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

static co_status print_text(const bench_kind *kind, const bench *b, const runs *all,
                            co_json *machine) {
  summary sums = summarize(kind, all);
  co_json *own = co_json_object();
  co_buf text = {0};
  kind->add_json(b, own);
  co_buf_printf(&text, "bench %s: %.4g %s (median of %d, best %.4g)\n", kind->name, sums.value,
                kind->unit, all->count, sums.best);
  if (kind->limit_name)
    co_buf_printf(&text, "%.1f %% of %s, %.4g %s\n", 100 * sums.ratio, kind->limit_name, sums.limit,
                  kind->unit);
  co_buf_puts(&text, "\n");
  if (kind->describe)
    kind->describe(b, &text);
  else
    bench_describe_members(own, &text);
  co_buf_puts(&text, "\n");
  bench_describe_members(machine, &text);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  co_json_free(own);
  co_json_free(machine);
  return status;
}

// --- the loop

// Limit and value of one repeat are neighbours in time, so their ratio is free of slow drift.
static co_status measure(const bench_kind *kind, bench *b, runs *all) {
  for (int i = 0; i < b->repeats; i++) {
    CO_TRY(kind->measure(b, &all->value[i], &all->limit[i]));
    all->ratio[i] = all->value[i] / all->limit[i];
    all->count++;
  }
  return CO_OK;
}

static co_status run_kind(const bench_kind *kind, bench *b) {
  static runs all;  // too large for the stack
  double load_before = machine_load();
  co_status status = kind->prepare(b);
  if (status == CO_OK) status = measure(kind, b, &all);
  if (status == CO_OK) {
    b->value = bench_median(all.value, all.count);
    co_json *machine = machine_json((int)b->threads, load_before);
    co_json_set_string(machine, "blas", b->blas);
    co_json_set_string(machine, "blas_core", b->blas_core);
    status =
        cli_json(b->args) ? print_json(kind, b, &all, machine) : print_text(kind, b, &all, machine);
  }
  kind->finish(b);
  return status;
}

static const bench_kind *find_kind(const char *name, int *bit) {
  for (int i = 0; i < NUM_KINDS; i++) {
    *bit = 1 << i;
    if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
  }
  return NULL;
}

static co_status unknown_kind(const char *name) {
  const char *names[NUM_KINDS];
  for (int i = 0; i < NUM_KINDS; i++) names[i] = kinds[i]->name;
  const char *near = co_suggest(name, names, NUM_KINDS);
  if (near) return co_fail(CO_USAGE, "bench: unknown \"%s\", did you mean \"%s\"?", name, near);
  return co_fail(CO_USAGE, "bench: unknown \"%s\", expected: carryover bench %s", name,
                 cli_bench.positional);
}

// An option that this kind would ignore is refused: it was meant to do something.
static co_status check_options(const cli_args *args, const bench_kind *kind, int bit) {
  for (int i = 0; options[i].name; i++)
    if (cli_flag(args, options[i].name) && !(taken_by[i] & bit))
      return co_fail(CO_USAGE, "bench %s: takes no --%s", kind->name, options[i].name);
  return CO_OK;
}

// --isa: kernels by the end of their name, for this process and the workers that it starts.
static co_status choose_kernels(const cli_args *args) {
  const char *level = cli_value(args, "isa"), *name = NULL;
  if (!level) return CO_OK;
  for (int i = 0; co_kernels_names[i]; i++) {
    const char *dash = strrchr(co_kernels_names[i], '-');
    if (strcmp(level, dash ? dash + 1 : co_kernels_names[i]) == 0) name = co_kernels_names[i];
  }
  if (!name) return co_fail(CO_USAGE, "--isa: \"%s\" is none of v4, v3, scalar", level);
  if (co_kernels_choose(name)) return CO_OK;
  return co_fail(CO_USAGE, "--isa: this processor lacks instructions of %s", name);
}

static co_status run(const cli_args *args) {
  bench b = {.args = args, .repeats = 5, .seconds = 2, .threads = 2};
  int bit;
  const bench_kind *kind = find_kind(cli_positional(args, 0), &bit);
  if (!kind) return unknown_kind(cli_positional(args, 0));
  CO_TRY(check_options(args, kind, bit));
  CO_TRY(choose_kernels(args));
  CO_TRY(cli_int(args, "repeat", 1, BENCH_MAX_REPEATS, &b.repeats));
  CO_TRY(cli_int(args, "threads", 1, CLI_MAX_THREADS, &b.threads));
  CO_TRY(cli_double(args, "seconds", 0.01, 3600, &b.seconds));
  return run_kind(kind, &b);
}

const cli_command cli_bench = {
    "bench",
    "measure speed against the limit of this machine",
    "carryover bench ppo --task half_cheetah --threads 2",
    "env|ppo|sac|stats|nn|learn|viewer|reach",
    1,
    1,
    options,
    run,
};
