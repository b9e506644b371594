#include "agents/export/readback.h"

#include "agents/export/onnx_graph.h"
#include "agents/formats/onnx_write.h"
#include "agents/import/own.h"
#include "agents/policy/actor.h"
#include "agents/program/program.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 50, EPISODES = 4, READBACK_SEED = 1 };

// A policy that acts in one row, with memory of its own.
typedef struct side {
  co_actor actor;
  co_actor_scratch at;
  float *block, *action;
  void *state;
} side;

static co_status open_side(const co_policy *policy, side *out) {
  *out = (side){.actor = co_actor_view(co_kernels_get(), policy)};
  size_t floats = co_actor_scratch_size(&out->actor, 1);
  out->block = co_alloc_aligned(floats, sizeof *out->block);
  out->action = co_alloc((size_t)policy->contract.num_action, sizeof *out->action);
  out->state = co_alloc(out->actor.state_bytes + 1, 1);
  if (!out->block || !out->action || !out->state) return CO_MEMORY;
  out->at = co_actor_scratch_place(&out->actor, 1, out->block);
  return CO_OK;
}

static void close_side(side *one) {
  free(one->block);
  free(one->action);
  free(one->state);
}

static void draw(const co_normalizer *norm, co_rng *rng, float *obs) {
  for (int i = 0; i < norm->dim; i++)
    obs[i] = (float)(norm->mean[i] + 2 * sqrt(norm->var[i]) * co_rng_normal(rng));
}

static double farther(double most, const float *a, const float *b, int count) {
  for (int i = 0; i < count; i++) most = fmax(most, fabs((double)a[i] - (double)b[i]));
  return most;
}

static double compare(const co_policy *policy, side *a, side *b, float *obs) {
  co_rng rng = co_rng_make(&(co_stream){READBACK_SEED, 0, CO_PURPOSE_TEST}, 0);
  double most = 0;
  for (int t = 0; t < STEPS * EPISODES; t++) {
    if (t % STEPS == 0) co_actor_begin(&a->actor, 1, a->state);
    if (t % STEPS == 0) co_actor_begin(&b->actor, 1, b->state);
    draw(&policy->obs_norm, &rng, obs);
    co_actor_act(&a->actor, obs, 1, a->state, &a->at, a->action);
    co_actor_act(&b->actor, obs, 1, b->state, &b->at, b->action);
    most = farther(most, a->action, b->action, policy->contract.num_action);
  }
  return most;
}

co_status co_export_difference(const co_policy *policy, const co_policy *back, double *max_abs) {
  side a = {0}, b = {0};
  float *obs = co_alloc((size_t)policy->obs_norm.dim, sizeof *obs);
  co_status status = obs ? open_side(policy, &a) : CO_MEMORY;
  if (status == CO_OK) status = open_side(back, &b);
  if (status == CO_OK) *max_abs = compare(policy, &a, &b, obs);
  close_side(&a);
  close_side(&b);
  free(obs);
  return status;
}

// ---- a graph's operations

static double compare_graph(const co_policy *policy, const co_program *program, side *a, float *obs,
                            float *state, float *work) {
  co_rng rng = co_rng_make(&(co_stream){READBACK_SEED, 0, CO_PURPOSE_TEST}, 0);
  int count = policy->contract.num_action;
  float *action = state + program->state_dim;
  double most = 0;
  for (int t = 0; t < STEPS * EPISODES; t++) {
    if (t % STEPS == 0) co_actor_begin(&a->actor, 1, a->state);
    for (int i = 0; t % STEPS == 0 && i < program->state_dim; i++) state[i] = 0;
    draw(&policy->obs_norm, &rng, obs);
    co_actor_act(&a->actor, obs, 1, a->state, &a->at, a->action);
    co_program_run(program, obs, 1, state, work, action);
    most = farther(most, a->action, action, count);
  }
  return most;
}

static co_status run_program(const co_policy *policy, const co_program *program, double *max_abs) {
  side a = {0};
  size_t row = (size_t)program->state_dim + (size_t)program->act_dim;
  float *obs = co_alloc((size_t)program->obs_dim, sizeof *obs);
  float *state = co_alloc(row, sizeof *state);
  float *work = co_alloc_aligned(co_program_work_size(program, 1), sizeof *work);
  co_status status = obs && state && work ? open_side(policy, &a) : CO_MEMORY;
  if (status == CO_OK) *max_abs = compare_graph(policy, program, &a, obs, state, work);
  close_side(&a);
  free(obs);
  free(state);
  free(work);
  return status;
}

static co_status compare_operations(const co_policy *policy, const co_onnx *graph,
                                    double *max_abs) {
  co_program program;
  CO_TRY(co_program_compile((const co_onnx *const[]){graph}, 1, NULL, &program));
  co_status status = run_program(policy, &program, max_abs);
  co_program_free(&program);
  return status;
}

// ---- the whole

co_status co_export_onnx(const co_policy *policy, co_buf *out, double *own, double *max_abs) {
  co_onnx graph, read;
  co_policy *back = NULL;
  size_t start = out->size;
  CO_TRY(co_export_graph(policy, &graph));
  co_status status = co_onnx_write(&graph, out);
  co_onnx_free(&graph);
  CO_TRY(status);
  CO_TRY(co_onnx_parse(out->data + start, out->size - start, "export", ".", &read));
  status = co_import_own(&read, &back);
  if (status == CO_OK) status = co_export_difference(policy, back, own);
  if (status == CO_OK) status = compare_operations(policy, &read, max_abs);
  co_policy_free(back);
  co_onnx_free(&read);
  return status;
}
