// Does MuJoCo's own batch step rows faster than one call after another? The same rows, actions and
// resets both ways, in groups of eight, each batch with one thread, under our pool.
//
//     bench_batch [TASK [ROWS [THREADS [SECONDS]]]]
//
// Prints env steps per second of both (median of 5 pairs), their ratio, and whether all states are
// equal; exit 1 when they are not. The target bench_batch builds it.

#include "core/clock.h"
#include "core/hash.h"
#include "core/pool.h"
#include "envs/physics/mujoco/engine.h"
#include "envs/world/world.h"

#include <mujoco/mjbatch.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kGroup = 8, kVisit = 8, kEpisode = 200, kRepeats = 5, kCheckVisits = 30 };

typedef enum way { SINGLE, BATCH, BATCH_KEPT, NUM_WAYS } way;
static const char *const kWay[] = {"one by one", "batch", "batch, data kept"};

typedef struct group {
  way way;
  const mjModel *model;
  int rows, substeps, age;
  uint64_t random;
  mjData *data[kGroup];  // SINGLE
  mjBatch *batch;        // otherwise
  mjtNum *ctrl;          // of the batch's first row
} group;

typedef struct run {
  group *group;  // (groups)
  int groups, threads;
  double seconds;     // 0: kCheckVisits visits
  int64_t steps[64];  // of each thread
} run;

static double uniform(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

static void make_group(group *g, const mjModel *model, way how, int index, int rows, int substeps) {
  char error[300] = "";
  *g = (group){.way = how,
               .model = model,
               .rows = rows,
               .substeps = substeps,
               .random = 0x9e3779b97f4a7c15u + (uint64_t)index};
  for (int i = 0; how == SINGLE && i < rows; i++) g->data[i] = mj_makeData(model);
  if (how == SINGLE) return;
  mjBatchConfig config;
  mjb_defaultConfig(&config);
  config.nthread = 1;
  config.persistent = how == BATCH_KEPT;
  g->batch = mjb_makeBatch(model, rows, &config, error, sizeof error);
  if (!g->batch) {
    fprintf(stderr, "%s\n", error);
    exit(1);
  }
  g->ctrl = mjb_stateComponent(g->batch, mjSTATE_CTRL, NULL);
}

static void free_group(group *g) {
  for (int i = 0; g->way == SINGLE && i < g->rows; i++) mj_deleteData(g->data[i]);
  if (g->batch) mjb_deleteBatch(g->batch);
}

static void reset(group *g) {
  g->age = 0;
  for (int i = 0; g->way == SINGLE && i < g->rows; i++) {
    mj_resetData(g->model, g->data[i]);
    mj_forward(g->model, g->data[i]);
  }
  if (g->batch) mjb_reset(g->batch, NULL, 0, NULL, mjSTAGE_ACC);
}

static void step(group *g) {
  if (g->age++ % kEpisode == 0) reset(g);
  size_t stride = g->batch ? (size_t)mjb_nstate(g->batch) : 0;
  for (int row = 0; row < g->rows; row++) {
    mjtNum *ctrl = g->batch ? g->ctrl + (size_t)row * stride : g->data[row]->ctrl;
    for (int i = 0; i < g->model->nu; i++) ctrl[i] = 2 * uniform(&g->random) - 1;
    for (int i = 0; !g->batch && i < g->substeps; i++) mj_step(g->model, g->data[row]);
  }
  if (g->batch) mjb_step(g->batch, NULL, 0, g->substeps, mjSTAGE_NONE);
}

static void run_thread(void *context, int index) {
  run *r = context;
  int first = r->groups * index / r->threads, end = r->groups * (index + 1) / r->threads;
  double start = co_clock_wall();
  for (int visit = 0; r->seconds > 0 || visit < kCheckVisits; visit++) {
    for (int i = first; i < end; i++) {
      for (int k = 0; k < kVisit; k++) step(&r->group[i]);
      r->steps[index] += kVisit * r->group[i].rows;
    }
    if (r->seconds > 0 && co_clock_wall() - start > r->seconds) break;
  }
}

static uint64_t hash_states(const run *r) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) exit(1);
  size_t size = (size_t)mj_stateSize(r->group->model, mjSTATE_INTEGRATION);
  mjtNum *state = calloc(size, sizeof *state);
  for (int i = 0; state && i < r->groups; i++) {
    const group *g = &r->group[i];
    for (int row = 0; row < g->rows; row++) {
      if (g->batch) memcpy(state, mjb_state(g->batch) + (size_t)row * size, size * sizeof *state);
      if (!g->batch) mj_getState(g->model, g->data[row], state, mjSTATE_INTEGRATION);
      co_hasher_add(hasher, state, size * sizeof *state);
    }
  }
  free(state);
  uint64_t hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return hash;
}

// Env steps per second of all threads; *hash (NULL: not wanted) of the states after a fixed number
// of visits.
static double measure(const co_built_world *world, way how, int rows, int threads, double seconds,
                      uint64_t *hash) {
  const mjModel *model = ((const co_mujoco_model *)world->model)->mj;
  co_pool *pool = NULL;
  run r = {.groups = (rows + kGroup - 1) / kGroup, .threads = threads};
  r.group = calloc((size_t)r.groups, sizeof *r.group);
  if (!r.group || co_pool_create(threads, &pool) != CO_OK) exit(1);
  for (int i = 0; i < r.groups; i++) {
    int left = rows - i * kGroup;
    make_group(&r.group[i], model, how, i, left < kGroup ? left : kGroup, world->info.substeps);
  }
  if (hash) co_pool_run(pool, run_thread, &r, threads);
  if (hash) *hash = hash_states(&r);
  memset(r.steps, 0, sizeof r.steps);
  r.seconds = seconds;
  double start = co_clock_wall(), steps = 0;
  co_pool_run(pool, run_thread, &r, threads);
  double wall = co_clock_wall() - start;
  for (int i = 0; i < threads; i++) steps += (double)r.steps[i];
  for (int i = 0; i < r.groups; i++) free_group(&r.group[i]);
  free(r.group);
  co_pool_free(pool);
  return steps / wall;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  const char *task = argc > 1 ? argv[1] : "hopper";
  int rows = argc > 2 ? atoi(argv[2]) : 64, threads = argc > 3 ? atoi(argv[3]) : 2;
  double seconds = argc > 4 ? atof(argv[4]) : 1.0;
  double speed[NUM_WAYS][kRepeats], ratio[NUM_WAYS][kRepeats];
  uint64_t hash[NUM_WAYS];
  co_built_world *world = NULL;
  if (rows < 1 || threads < 1 || threads > 64 || !(seconds > 0)) return 2;
  if (co_world_build(&(co_world){.task = task}, &world) != CO_OK) {
    fprintf(stderr, "%s\n", co_error_text());
    return 1;
  }
  for (int repeat = 0; repeat < kRepeats; repeat++) {
    for (way k = SINGLE; k < NUM_WAYS; k++) {
      speed[k][repeat] = measure(world, k, rows, threads, seconds, repeat ? NULL : &hash[k]);
      ratio[k][repeat] = speed[k][repeat] / speed[SINGLE][repeat];
    }
  }
  bool equal = true;
  for (way k = SINGLE; k < NUM_WAYS; k++) {
    qsort(speed[k], kRepeats, sizeof speed[k][0], compare);
    qsort(ratio[k], kRepeats, sizeof ratio[k][0], compare);
    equal = equal && hash[k] == hash[SINGLE];
    printf("%-16s %-18s %5d rows %9.0f env steps/s %6.1f %%\n", task, kWay[k], rows,
           speed[k][kRepeats / 2], 100 * ratio[k][kRepeats / 2]);
  }
  printf("states %s\n", equal ? "equal" : "DIFFER");
  co_world_free(world);
  return equal ? 0 : 1;
}
