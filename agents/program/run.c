#include "agents/program/private/run.h"

#include "agents/program/private/settle.h"

#include <assert.h>
#include <string.h>

size_t co_program_work_size(const co_program *program, int rows) {
  assert(rows >= 0);
  return program->work * (size_t)rows + program->scratch;
}

void co_run_op(const co_op_run *run) {
  if (run->op->class->by_block) {
    run->op->class->run(run);
    return;
  }
  co_op_run one = *run;
  one.rows = 1;
  for (int r = 0; r < run->rows; r++, one.row++) run->op->class->run(&one);
}

static float *place_of(const co_program_value *value, float *work, int rows, int row) {
  return work + value->at * (size_t)rows + (size_t)row * value->stride;
}

static void put(const co_program_value *value, const float *from, float *to) {
  if (value->whole) {
    int64_t *whole = (int64_t *)(void *)to;
    for (int64_t i = 0; i < value->count; i++) whole[i] = co_whole_of(from[i]);
  } else {
    memcpy(to, from, (size_t)value->count * sizeof *to);
  }
}

static void get(const co_program_value *value, const float *place, float *to) {
  const void *from = place;
  if (value->number) from = value->number;
  if (value->integer) from = value->integer;
  if (value->whole) {
    const int64_t *whole = from;
    for (int64_t i = 0; i < value->count; i++) to[i] = (float)whole[i];
  } else {
    memcpy(to, from, (size_t)value->count * sizeof *to);
  }
}

static void put_ports(const co_program *program, const co_program_port *port, int count,
                      const float *from, int stride, int rows, float *work) {
  for (int i = 0; i < count; i++) {
    const co_program_value *value = &program->value[port[i].value];
    for (int r = 0; r < rows; r++)
      put(value, from + (ptrdiff_t)r * stride + port[i].at, place_of(value, work, rows, r));
  }
}

static void get_value(const co_program_value *value, float *work, int rows, int stride, float *to) {
  for (int r = 0; r < rows; r++)
    get(value, place_of(value, work, rows, r), to + (ptrdiff_t)r * stride);
}

void co_program_run_rows(const co_program *program, const co_program_rows *at, float *work) {
  assert((uintptr_t)work % 64 == 0 && (at->state || program->num_states == 0));
  float *values = work + program->scratch;
  int rows = at->count;
  put_ports(program, program->input, program->num_inputs, at->obs, at->obs_stride, rows, values);
  put_ports(program, program->state, program->num_states, at->state, at->state_stride, rows,
            values);
  co_op_run run = {
      .value = program->value, .work = values, .block = rows, .rows = rows, .scratch = work};
  for (int o = 0; o < program->num_ops; o++) {
    run.op = &program->op[o];
    co_run_op(&run);
  }
  for (int i = 0; i < program->num_states; i++)
    get_value(&program->value[program->state[i].result], values, rows, at->state_stride,
              at->state + program->state[i].at);
  get_value(&program->value[program->action], values, rows, at->action_stride, at->action);
}

void co_program_run(const co_program *program, const float *obs, int rows, float *state,
                    float *work, float *action) {
  const co_program_rows at = {.count = rows,
                              .obs = obs,
                              .state = state,
                              .action = action,
                              .obs_stride = program->obs_dim,
                              .state_stride = program->state_dim,
                              .action_stride = program->act_dim};
  co_program_run_rows(program, &at, work);
}

const float *co_program_value_at(const co_program *program, int value, const float *work,
                                 int rows) {
  const co_program_value *of = &program->value[value];
  assert(!of->whole);
  return of->number ? of->number : work + program->scratch + of->at * (size_t)rows;
}
