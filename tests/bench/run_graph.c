// An ONNX file as a program, for tests/bench/operators.py.
//
//     bench_run_graph FILE ROWS < observations > actions
//
// Both are float32 one behind the other, ROWS of them at once. Exit 1 and a sentence where the file
// is no program or the observations are not as long. The target bench_run_graph builds it.

#include "agents/program/program.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

static int run(const co_program *program, int rows) {
  size_t in = (size_t)rows * (size_t)program->obs_dim, out = (size_t)rows;
  out *= (size_t)program->act_dim;
  float *obs = co_alloc(in, sizeof *obs), *action = co_alloc(out, sizeof *action);
  float *state = co_alloc((size_t)rows * (size_t)program->state_dim + 1, sizeof *state);
  float *work = co_alloc_aligned(co_program_work_size(program, rows), sizeof *work);
  bool whole = obs && action && state && work && fread(obs, sizeof *obs, in, stdin) == in;
  if (whole) co_program_run(program, obs, rows, state, work, action);
  whole = whole && fwrite(action, sizeof *action, out, stdout) == out;
  if (!whole) fprintf(stderr, "%zu numbers are wanted\n", in);
  free(obs);
  free(action);
  free(state);
  free(work);
  return whole ? 0 : 1;
}

int main(int argc, char **argv) {
  int rows = argc == 3 ? atoi(argv[2]) : 0;
  if (rows < 1) return 2;
  co_onnx onnx;
  co_program program = {0};
  co_status status = co_onnx_read(argv[1], &onnx);
  if (status == CO_OK) {
    status = co_program_compile((const co_onnx *[]){&onnx}, 1, NULL, &program);
    co_onnx_free(&onnx);
  }
  if (status != CO_OK) {
    fprintf(stderr, "%s\n", co_error_text());
    return 1;
  }
  int code = run(&program, rows);
  co_program_free(&program);
  return code;
}
