// Graphs of ONNX files, compiled: what is accepted runs, a row gives the same bits alone and among
// others, and where it is a chain there is a policy of it, or a sentence why not.

#include "agents/formats/onnx.h"
#include "agents/import/chain.h"
#include "agents/import/facts.h"
#include "agents/import/own.h"
#include "core/memory.h"
#include "tests/fuzz/target.h"

enum { ROWS = 3, MOST_WORK = 1 << 16 };

typedef struct rows {
  float *obs, *state, *work, *action;
} rows;

static float *take(size_t count) {
  float *block = co_alloc_aligned(count + 1, sizeof *block);
  fuzz_hold(block != NULL, "memory");
  return block;
}

// Rows that are all the same, after two steps.
static rows run(const co_program *program, int count) {
  rows r = {take((size_t)count * (size_t)program->obs_dim),
            take((size_t)count * (size_t)program->state_dim),
            take(co_program_work_size(program, count)),
            take((size_t)count * (size_t)program->act_dim)};
  for (int i = 0; i < count * program->obs_dim; i++)
    r.obs[i] = (float)(i % program->obs_dim % 7) - 2.5f;
  for (int t = 0; t < 2; t++) co_program_run(program, r.obs, count, r.state, r.work, r.action);
  return r;
}

static void release(rows *r) {
  free(r->obs);
  free(r->state);
  free(r->work);
  free(r->action);
}

static void check_rows(const co_program *program) {
  rows one = run(program, 1), more = run(program, ROWS);
  size_t bytes = (size_t)program->act_dim * sizeof(float);
  for (int r = 0; r < ROWS; r++)
    fuzz_hold(memcmp(one.action, more.action + r * program->act_dim, bytes) == 0, "the same bits");
  release(&one);
  release(&more);
}

static void check_chain(const co_program *program) {
  co_facts nothing = {0};
  co_contract contract;
  co_policy *policy;
  co_chain chain;
  fuzz_hold(co_chain_match(program, &chain) == CO_OK, "told in words");
  fuzz_hold(chain.matches == (*chain.reason == '\0'), "a chain, or a reason");
  if (chain.matches && co_facts_contract(&nothing, &chain.def, &contract) == CO_OK) {
    co_status status = co_chain_policy(&chain, program, &contract, &policy);
    fuzz_hold(status == CO_OK || status == CO_DATA, "a policy, or data that make none");
    if (status == CO_OK) co_policy_free(policy);
    co_contract_free(&contract);
  }
  co_chain_free(&chain);
}

static void check_own(const co_onnx *onnx) {
  co_policy *policy;
  if (!co_import_is_own(onnx)) return;
  if (fuzz_accepted(co_import_own(onnx, &policy), CO_DATA)) co_policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  co_onnx onnx;
  co_program program;
  if (!fuzz_accepted(co_onnx_parse(bytes, size, FUZZ_FILE, "/nonexistent", &onnx), CO_DATA))
    return 0;
  const co_onnx *graph = &onnx;
  check_own(&onnx);
  if (fuzz_accepted(co_program_compile(&graph, 1, NULL, &program), CO_DATA)) {
    check_chain(&program);
    if (co_program_work_size(&program, ROWS) <= MOST_WORK) check_rows(&program);
    co_program_free(&program);
  }
  co_onnx_free(&onnx);
  return 0;
}
