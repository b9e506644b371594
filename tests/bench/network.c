// How long one call of an ONNX file's network takes, for tests/bench/program.py.
//
//     bench_network FILE ISA ROWS SECONDS
//
// Prints microseconds of processor time of a call of ROWS rows as the policy that `import` makes of
// the file, and as a program, each the mean over SECONDS. The target bench_network builds it.

#include "agents/nn/kernels/kernels.h"
#include "agents/policy/actor.h"
#include "core/clock.h"
#include "core/memory.h"
#include "transfer/import/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct call {
  const co_actor *actor;  // or
  const co_program *program;
  co_actor_scratch at;
  int rows;
  float *obs, *action, *work;
} call;

static void act(call *c) {
  if (c->actor)
    co_actor_act(c->actor, c->obs, c->rows, NULL, &c->at, c->action);
  else
    co_program_run(c->program, c->obs, c->rows, NULL, c->work, c->action);
}

static double measure(call *c, double seconds) {
  double begin = co_clock_cpu(), now;
  int64_t calls = 0;
  do {
    for (int i = 0; i < 16; i++) act(c);
    calls += 16;
    now = co_clock_cpu();
  } while (now - begin < seconds);
  return 1e6 * (now - begin) / (double)calls;
}

static void fill(call *c, int rows, int obs_dim, int act_dim, size_t work) {
  c->rows = rows;
  c->obs = co_alloc((size_t)rows * (size_t)obs_dim, sizeof *c->obs);
  c->action = co_alloc((size_t)rows * (size_t)act_dim, sizeof *c->action);
  c->work = co_alloc_aligned(work, sizeof *c->work);
  if (!c->obs || !c->action || !c->work) exit(1);
  for (int i = 0; i < rows * obs_dim; i++) c->obs[i] = sinf(0.7f * (float)i);
}

static double as_policy(const char *path, int rows, double seconds) {
  co_import import;
  co_import_def def = {.file = &path, .num_files = 1, .normaliser = "none", .log_std = (double)NAN};
  if (co_import_run(&def, &import) != CO_OK) return -1;
  if (!import.trainable) fprintf(stderr, "no chain: %s\n", import.untrainable);
  co_actor actor = co_actor_view(co_kernels_get(), import.policy);
  call c = {.actor = &actor};
  const co_network_def *net = &import.policy->net.def;
  fill(&c, rows, net->obs_dim, net->act_dim, co_actor_scratch_size(&actor, rows));
  c.at = co_actor_scratch_place(&actor, rows, c.work);
  return measure(&c, seconds);
}

static double as_program(const char *path, int rows, double seconds) {
  co_onnx onnx;
  co_program program;
  const co_onnx *graph[1] = {&onnx};
  if (co_onnx_read(path, &onnx) != CO_OK || co_program_compile(graph, 1, NULL, &program) != CO_OK)
    return -1;
  call c = {.program = &program};
  fill(&c, rows, program.obs_dim, program.act_dim, co_program_work_size(&program, rows));
  return measure(&c, seconds);
}

int main(int argc, char **argv) {
  if (argc != 5 || !co_kernels_choose(argv[2])) return 2;
  int rows = atoi(argv[3]);
  double seconds = atof(argv[4]);
  if (rows < 1) return 2;
  double policy = as_policy(argv[1], rows, seconds), program = as_program(argv[1], rows, seconds);
  if (policy < 0 || program < 0) fprintf(stderr, "%s\n", co_error_text());
  printf("%.3f %.3f\n", policy, program);
  return policy < 0 || program < 0;
}
