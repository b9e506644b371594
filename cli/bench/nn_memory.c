#include "cli/bench/nn_memory.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- making one

static float *floats(nn_memory *n, int rows, int cols) {
  return co_arena_alloc(&n->arena, (size_t)rows * (size_t)cols, sizeof(float));
}

static co_status allocate(nn_memory *n) {
  const co_recurrent_def *def = &n->layer.def;
  co_dense_view *dense[] = {&n->view.input, &n->view.recurrent};
  int steps = NN_STEPS * n->rows;
  n->grad = floats(n, 1, n->size);
  n->x = floats(n, steps, n->x_stride);
  n->y = floats(n, steps, n->y_stride);
  n->state = floats(n, n->rows, n->state_stride);
  n->dstate = floats(n, n->rows, n->state_stride);
  for (int i = 0; i < 2; i++) {
    n->transposed[i] = floats(n, dense[i]->out, dense[i]->in_stride);
    dense[i]->transposed = n->transposed[i];
  }
  CO_TRY(co_arena_status(&n->arena));
  return co_recurrent_work_create(&n->arena, def, steps, n->rows, true, &n->work);
}

static void fill_rows(co_rng *rng, int rows, int cols, int stride, float *x) {
  for (int r = 0; r < rows; r++) co_rng_normals(rng, x + (ptrdiff_t)r * stride, cols);
}

// numbers of ordinary size, the same for both cells
static void fill(nn_memory *n, uint64_t seed) {
  const co_recurrent_def *def = &n->layer.def;
  co_stream stream = {seed, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  co_tensor tensor[CO_RECURRENT_TENSORS];
  co_tensor_facts facts = {
      .part = CO_PART_ACTOR, .role = CO_TENSOR_WEIGHT, .rows_are = CO_FACES_OBSERVATION};
  int count = co_recurrent_tensors(&n->layer, &facts, n->block, tensor);
  for (int t = 0; t < count; t++) co_recurrent_init(def, &stream, &tensor[t]);
  fill_rows(&rng, NN_STEPS * n->rows, def->in, n->x_stride, n->x);
  co_dense_view *dense[] = {&n->view.input, &n->view.recurrent};
  for (int i = 0; i < 2; i++)
    n->view.kernels->transpose(dense[i]->weight, dense[i]->in, dense[i]->out_stride, dense[i]->out,
                               n->transposed[i], dense[i]->in_stride);
}

co_status nn_memory_create(const co_recurrent_def *def, int rows, const co_kernels *kernels,
                           uint64_t seed, nn_memory *out) {
  *out = (nn_memory){.rows = rows,
                     .x_stride = co_row_stride(def->in),
                     .y_stride = co_row_stride(def->width),
                     .state_stride = co_recurrent_state(def)};
  out->size = (int)co_recurrent_place(def, 0, &out->layer);
  out->block = floats(out, 1, out->size);
  if (!out->block) return CO_MEMORY;
  out->view = co_recurrent_make_view(kernels, &out->layer, out->block);
  CO_TRY(allocate(out));
  fill(out, seed);
  return CO_OK;
}

void nn_memory_destroy(nn_memory *n) {
  co_arena_free(&n->arena);
}

// ---- a pass

void nn_memory_pass(nn_memory *n, int rows) {
  size_t states = (size_t)rows * (size_t)n->state_stride * sizeof(float);
  for (int t = 0; t < NN_STEPS; t++) n->active[t] = rows;
  const co_sequences sequences = {NN_STEPS, n->active};
  memset(n->state, 0, states);
  memset(n->dstate, 0, states);
  co_recurrent_forward(&n->view, &sequences, n->x, n->x_stride, &n->work, n->state, n->state_stride,
                       n->y);
  co_recurrent_backward(&n->view,
                        &(co_recurrent_backward_args){.sequences = &sequences,
                                                      .x = n->x,
                                                      .x_stride = n->x_stride,
                                                      .dy = n->y,
                                                      .dstate = n->dstate,
                                                      .state_stride = n->state_stride,
                                                      .grad = n->grad},
                        &n->work);
}

double nn_memory_flop(const nn_memory *n, int rows) {
  const co_recurrent_def *def = &n->layer.def;
  double step = co_recurrent_forward_flop(def) + co_recurrent_backward_flop(def, true, false);
  return step * NN_STEPS * rows;
}

// ---- the same in double precision, as the formulas are

// Parameters, along a direction where there is one: p + along d.
typedef struct point {
  const float *block;
  const double *direction;  // (size)
  double along;
} point;

static double at(const point *p, size_t i) {
  return (double)p->block[i] + p->along * p->direction[i];
}

// x W + b of one row, of which `out` has room for all gates
static void product(const point *p, const co_dense *dense, bool biased, const double *x,
                    double *out) {
  for (int j = 0; j < dense->out; j++) out[j] = biased ? at(p, dense->bias + (size_t)j) : 0;
  for (int i = 0; i < dense->in; i++) {
    size_t row = dense->weight + (size_t)i * (size_t)dense->out_stride;
    for (int j = 0; j < dense->out; j++) out[j] += x[i] * at(p, row + (size_t)j);
  }
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

// Of gates (i) from the input and (r) from the state; h and, of an LSTM, c behind it.
static void step_lstm(int width, const double *i, const double *r, double *h) {
  double *c = h + width;
  for (int j = 0; j < width; j++) {
    double gate[4];
    for (int k = 0; k < 4; k++) gate[k] = i[k * width + j] + r[k * width + j];
    c[j] = sigmoid(gate[1]) * c[j] + sigmoid(gate[0]) * tanh(gate[2]);
    h[j] = sigmoid(gate[3]) * tanh(c[j]);
  }
}

static void step_gru(int width, const double *i, const double *r, double *h) {
  for (int j = 0; j < width; j++) {
    double reset = sigmoid(i[j] + r[j]), update = sigmoid(i[width + j] + r[width + j]);
    double fresh = tanh(i[2 * width + j] + reset * r[2 * width + j]);
    h[j] = (1 - update) * fresh + update * h[j];
  }
}

// Scratch: the direction, then input, gates of both products and state of a row.
typedef struct reference {
  double *direction, *x, *input, *recurrent, *state;
} reference;

static void step(const nn_memory *n, const point *p, const float *x, const reference *s) {
  const co_recurrent_def *def = &n->layer.def;
  bool lstm = def->cell == CO_LSTM;
  for (int i = 0; i < def->in; i++) s->x[i] = (double)x[i];
  product(p, &n->layer.input, true, s->x, s->input);
  product(p, &n->layer.recurrent, !lstm, s->state, s->recurrent);
  (lstm ? step_lstm : step_gru)(def->width, s->input, s->recurrent, s->state);
}

// Half the sum of squared outputs; `worst`, if any, becomes the largest error of y.
static double loss_at(const nn_memory *n, const point *p, int rows, const reference *s,
                      double *worst) {
  const co_recurrent_def *def = &n->layer.def;
  double loss = 0, largest = 1, error = 0;
  for (int r = 0; r < rows; r++) {
    memset(s->state, 0, 2 * (size_t)def->width * sizeof *s->state);
    for (int t = 0; t < NN_STEPS; t++) {
      ptrdiff_t row = (ptrdiff_t)t * rows + r;
      step(n, p, n->x + row * n->x_stride, s);
      for (int j = 0; j < def->width; j++) {
        double y = s->state[j];
        loss += 0.5 * y * y;
        largest = fmax(largest, fabs(y));
        error = fmax(error, fabs(y - (double)n->y[row * n->y_stride + j]));
      }
    }
  }
  if (worst) *worst = error / largest;
  return loss;
}

static double error_of(const nn_memory *n, int rows, const reference *s) {
  const double reach = 1e-6;
  co_stream stream = {1, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 1);
  double slope = 0, of_outputs;
  for (int i = 0; i < n->size; i++) {
    s->direction[i] =
        n->block[i] != 0 ? co_rng_normal(&rng) : 0;  // not padding, nor what begins at zero
    slope += s->direction[i] * (double)n->grad[i];
  }
  loss_at(n, &(point){n->block, s->direction, 0}, rows, s, &of_outputs);
  double up = loss_at(n, &(point){n->block, s->direction, reach}, rows, s, NULL);
  double down = loss_at(n, &(point){n->block, s->direction, -reach}, rows, s, NULL);
  double wanted = (up - down) / (2 * reach);
  return fmax(of_outputs, fabs(slope - wanted) / fmax(fabs(wanted), 1));
}

double nn_memory_error(nn_memory *n, int rows) {
  const co_recurrent_def *def = &n->layer.def;
  size_t gates = (size_t)n->layer.input.out, width = (size_t)def->width;
  double *block =
      co_alloc((size_t)n->size + (size_t)def->in + 2 * gates + 2 * width, sizeof *block);
  if (!block) return NAN;
  reference s = {.direction = block, .x = block + n->size};
  s.input = s.x + def->in;
  s.recurrent = s.input + gates;
  s.state = s.recurrent + gates;
  nn_memory_pass(n, rows);
  double error = error_of(n, rows, &s);
  free(block);
  return error;
}
