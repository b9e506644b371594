// Operators with a memory that the graph carries: LSTM and GRU over the steps of one sequence, by
// the kernels of learning, so that a cell has the same bits here and in a network.
//
// The standard orders gates input, output, forget, cell and update, reset, new; the kernels have
// PyTorch's order. A GRU that multiplies the past by its reset gate before the product, which is
// the standard's default and no trainer's of policies, has a product of its own for the new value.

#include "agents/nn/kernels/kernels.h"
#include "agents/program/private/families.h"
#include "agents/program/private/run.h"
#include "agents/program/private/settle.h"

#include <string.h>

enum { X, W, R, B, LENGTHS, H0, C0, PEEPHOLES };  // inputs
enum { Y, Y_H, Y_C };                             // outputs

typedef struct recurrent_parameters {
  co_cell cell;
  int width, in, steps;
  bool early_reset;  // of a GRU: r multiplies h, not its product
  co_dense_view input, recurrent;
  co_dense_view fresh;  // with an early reset: the product of r h
} recurrent_parameters;

// The standard's place of each of the kernels' gates.
static const int standard_gate[CO_NUM_CELLS][4] = {{0, 2, 3, 1}, {1, 0, 2, 0}};

static const char *const usual[CO_NUM_CELLS][3] = {{"Sigmoid", "Tanh", "Tanh"},
                                                   {"Sigmoid", "Tanh", NULL}};

// ---- settling

static co_status check_activations(const co_settling *s, co_cell cell) {
  const co_onnx_attribute *a = co_settle_attribute(s, "activations");
  for (int i = 0; a && i < a->count; i++)
    if (i > 2 || !usual[cell][i] || strcmp(a->text[i], usual[cell][i]) != 0)
      return co_settle_fail(s, "activation \"%.40s\"; cells have sigmoid and tanh", a->text[i]);
  if (co_settle_attribute(s, "activation_alpha") || co_settle_attribute(s, "activation_beta"))
    return co_settle_fail(s, "its activations have parameters");
  return CO_OK;
}

static co_status check_form(const co_settling *s, co_cell cell) {
  CO_TRY(check_activations(s, cell));
  if (strcmp(co_settle_text(s, "direction", "forward"), "forward") != 0)
    return co_settle_fail(s, "it does not run forward only; an actor knows no future");
  if (co_settle_attribute(s, "clip")) return co_settle_fail(s, "it clips its gates");
  if (co_settle_int(s, "input_forget", 0)) return co_settle_fail(s, "it couples its gates");
  if (co_settle_in(s, PEEPHOLES)) return co_settle_fail(s, "it has peepholes");
  if (co_settle_in(s, LENGTHS)) return co_settle_fail(s, "its sequences have lengths of their own");
  return CO_OK;
}

// An input has these sizes; one that may be left out is not asked for.
static co_status check_sizes(const co_settling *s, int index, int rank, const int64_t *shape) {
  const co_program_value *value = co_settle_in(s, index);
  if (!value) return CO_OK;
  CO_TRY(co_settle_real(s, index));
  bool same = value->rank == rank;
  for (int d = 0; same && d < rank; d++) same = value->shape[d] == shape[d];
  if (same) return CO_OK;
  return co_settle_fail(s, "input %d \"%s\" is not as large as its cells ask for", index,
                        value->name);
}

// Columns of the standard's (gates width x in) matrix, from gate `first` on, as the kernels take
// them, and the numbers that they start from.
static co_status pack(co_settling *s, const recurrent_parameters *p, const float *weight, int in,
                      int first, int gates, const float *bias, co_dense_view *out) {
  int cols = gates * p->width, stride = co_row_stride(cols);
  float *to = co_arena_alloc(s->memory, (size_t)in * (size_t)stride, sizeof *to);
  float *start = co_arena_alloc(s->memory, (size_t)stride, sizeof *start);
  if (!to || !start) return CO_MEMORY;
  for (int c = 0; c < cols; c++) {
    int from = standard_gate[p->cell][first + c / p->width] * p->width + c % p->width;
    for (int i = 0; i < in; i++) to[(ptrdiff_t)i * stride + c] = weight[(ptrdiff_t)from * in + i];
    start[c] = bias ? bias[from] : 0;
  }
  *out = (co_dense_view){.in = in,
                         .out = cols,
                         .in_stride = co_row_stride(in),
                         .out_stride = stride,
                         .weight = to,
                         .bias = start};
  return CO_OK;
}

static co_status pack_all(co_settling *s, recurrent_parameters *p) {
  const co_program_value *bias = co_settle_in(s, B);
  int gates = co_cell_gates(p->cell);
  const float *w = co_settle_in(s, W)->number, *r = co_settle_in(s, R)->number;
  const float *b = bias ? bias->number : NULL, *rb = b ? b + (ptrdiff_t)gates * p->width : NULL;
  CO_TRY(pack(s, p, w, p->in, 0, gates, b, &p->input));
  CO_TRY(pack(s, p, r, p->width, 0, gates, rb, &p->recurrent));
  return p->early_reset ? pack(s, p, r, p->width, 2, 1, rb, &p->fresh) : CO_OK;
}

// Floats of a run: gates twice, tape, state, r h.
static size_t scratch_of(const recurrent_parameters *p) {
  size_t padded = (size_t)co_padded(p->width);
  return 2 * (size_t)p->input.out_stride + (CO_CELL_TAPE + 2) * padded +
         (size_t)co_row_stride(p->width);
}

static co_status settle_results(co_settling *s, const recurrent_parameters *p, bool batch_first) {
  int64_t width = p->width, steps = p->steps;
  CO_TRY(co_settle_shape(
      s, Y, false, 4,
      batch_first ? (int64_t[]){1, steps, 1, width} : (int64_t[]){steps, 1, 1, width}));
  for (int k = Y_H; k <= (p->cell == CO_LSTM ? Y_C : Y_H); k++)
    CO_TRY(co_settle_shape(s, k, false, 3, (int64_t[]){1, 1, width}));
  return CO_OK;
}

static co_status settle_cell(co_settling *s, co_cell cell) {
  recurrent_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  for (int i = X; i <= R; i++) CO_TRY(co_settle_real(s, i));
  CO_TRY(check_form(s, cell));
  const co_program_value *x = co_settle_in(s, X), *r = co_settle_in(s, R);
  bool batch_first = co_settle_int(s, "layout", 0) != 0;
  if (x->rank != 3 || x->shape[!batch_first] != 1)
    return co_settle_fail(s, "its input is not one sequence of rows");
  if (r->rank != 3 || r->shape[2] < 1 || r->shape[2] > INT16_MAX || x->shape[2] > INT16_MAX)
    return co_settle_fail(s, "its cells are none, or too many");
  int64_t gates = co_cell_gates(cell), width = r->shape[2];
  *p = (recurrent_parameters){
      .cell = cell,
      .width = (int)width,
      .in = (int)x->shape[2],
      .steps = (int)x->shape[batch_first],
      .early_reset = cell == CO_GRU && !co_settle_int(s, "linear_before_reset", 0)};
  if (co_settle_int(s, "hidden_size", width) != width)
    return co_settle_fail(s, "hidden_size is not that of its weights");
  CO_TRY(check_sizes(s, W, 3, (int64_t[]){1, gates * width, p->in}));
  CO_TRY(check_sizes(s, R, 3, (int64_t[]){1, gates * width, width}));
  CO_TRY(check_sizes(s, B, 2, (int64_t[]){1, 2 * gates * width}));
  CO_TRY(check_sizes(s, H0, 3, (int64_t[]){1, 1, width}));
  if (cell == CO_LSTM) CO_TRY(check_sizes(s, C0, 3, (int64_t[]){1, 1, width}));
  for (int i = W; i <= B; i++)
    if (co_settle_in(s, i) && !co_settle_in(s, i)->number)
      return co_settle_fail(s, "its weights follow from the observation");
  CO_TRY(pack_all(s, p));
  s->scratch = scratch_of(p);
  s->products = (double)p->steps * (double)(gates * width) * (double)(p->in + width);
  return settle_results(s, p, batch_first);
}

static co_status settle_lstm(co_settling *s) {
  return settle_cell(s, CO_LSTM);
}

static co_status settle_gru(co_settling *s) {
  return settle_cell(s, CO_GRU);
}

// ---- running

// Where a run computes.
typedef struct places {
  float *input, *product, *tape, *state, *past;
} places;

static places places_of(const recurrent_parameters *p, float *at) {
  size_t padded = (size_t)co_padded(p->width), gates = (size_t)p->input.out_stride;
  places out = {.input = at, .product = at + gates, .tape = at + 2 * gates};
  out.state = out.tape + CO_CELL_TAPE * padded;
  out.past = out.state + 2 * padded;
  return out;
}

// h' = (1 - u) n + u h, n = tanh(x W + (r h) U): the gates by the kernel's sigmoid, which the tape
// keeps, then the new value once more.
static void reset_early(const recurrent_parameters *p, const places *at) {
  const co_kernels *kernels = co_kernels_get();
  int width = p->width, padded = co_padded(width);
  float *before = at->past;
  memcpy(before, at->state, (size_t)width * sizeof *before);
  co_cell_args args = {width, at->input, at->product, at->tape, at->state};
  kernels->cell[CO_GRU](&args);
  const float *reset = at->tape, *update = at->tape + padded;
  memcpy(at->state, before, (size_t)width * sizeof *before);
  for (int k = 0; k < width; k++) before[k] *= reset[k];
  kernels->forward(&p->fresh, before, p->fresh.in_stride, 1, -1, at->product);
  for (int k = 0; k < width; k++) before[k] = at->input[2 * width + k] + at->product[k];
  kernels->tanh(before, width, before);
  for (int k = 0; k < width; k++) {
    float fresh = before[k];
    at->state[k] = (1 - update[k]) * fresh + update[k] * at->state[k];
  }
}

static void step(const recurrent_parameters *p, const float *x, const places *at) {
  const co_kernels *kernels = co_kernels_get();
  kernels->forward(&p->input, x, p->input.in_stride, 1, -1, at->input);
  kernels->forward(&p->recurrent, at->state, p->recurrent.in_stride, 1, -1, at->product);
  co_cell_args args = {p->width, at->input, at->product, at->tape, at->state};
  if (p->early_reset)
    reset_early(p, at);
  else
    kernels->cell[p->cell](&args);
}

static void run_cell(const co_op_run *run) {
  const recurrent_parameters *p = run->op->parameters;
  places at = places_of(p, run->scratch);
  size_t bytes = (size_t)p->width * sizeof(float), padded = (size_t)co_padded(p->width);
  const float *x = co_run_in(run, X), *h = co_run_in(run, H0);
  const float *c = p->cell == CO_LSTM ? co_run_in(run, C0) : NULL;
  float *y = co_run_out(run, Y), *last_h = co_run_out(run, Y_H);
  float *last_c = p->cell == CO_LSTM ? co_run_out(run, Y_C) : NULL;
  memset(at.state, 0, 2 * padded * sizeof *at.state);
  if (h) memcpy(at.state, h, bytes);
  if (c) memcpy(at.state + padded, c, bytes);
  for (int t = 0; t < p->steps; t++) {
    step(p, x + (ptrdiff_t)t * p->in, &at);
    if (y) memcpy(y + (ptrdiff_t)t * p->width, at.state, bytes);
  }
  if (last_h) memcpy(last_h, at.state, bytes);
  if (last_c) memcpy(last_c, at.state + padded, bytes);
}

static const char lstm_attributes[] =
    "activation_alpha:F activation_beta:F activations:S clip:f direction:t hidden_size:i "
    "input_forget:i layout:i";
static const char gru_attributes[] =
    "activation_alpha:F activation_beta:F activations:S clip:f direction:t hidden_size:i "
    "linear_before_reset:i layout:i";

const co_op_class co_ops_recurrent[] = {
    {"LSTM", 3, 8, 3, lstm_attributes, 1, settle_lstm, run_cell, false},
    {"GRU", 3, 6, 2, gru_attributes, 1, settle_gru, run_cell, false},
    {0},
};
