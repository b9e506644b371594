#include "agents/nn/recurrent.h"

#include "agents/nn/tensor_init.h"

#include <assert.h>
#include <string.h>

// ---- places and tensors

static int gates_of(const co_recurrent_def *def) {
  return co_cell_gates(def->cell) * def->width;
}

int co_recurrent_state(const co_recurrent_def *def) {
  return co_cell_states(def->cell) * co_padded(def->width);
}

size_t co_recurrent_place(const co_recurrent_def *def, size_t offset, co_recurrent *out) {
  assert(def->in > 0 && def->width > 0 && def->width <= CO_MAX_WIDTH);
  *out = (co_recurrent){.def = *def};
  size_t between = co_dense_place(def->in, gates_of(def), offset, &out->input);
  size_t end = co_dense_place(def->width, gates_of(def), between, &out->recurrent);
  return def->cell == CO_LSTM ? out->recurrent.bias : end;
}

int co_recurrent_tensors(const co_recurrent *layer, const co_tensor_facts *facts, float *block,
                         co_tensor out[CO_RECURRENT_TENSORS]) {
  const struct {
    co_tensor_role role;
    const co_dense *dense;
  } tensors[] = {{CO_TENSOR_WEIGHT, &layer->input},
                 {CO_TENSOR_BIAS, &layer->input},
                 {CO_TENSOR_RECURRENT, &layer->recurrent},
                 {CO_TENSOR_RECURRENT_BIAS, &layer->recurrent}};
  int count = layer->def.cell == CO_LSTM ? 3 : 4;
  for (int t = 0; t < count; t++) {
    const co_dense *dense = tensors[t].dense;
    bool weight = t % 2 == 0;
    co_tensor_facts own = *facts;
    own.role = tensors[t].role;
    if (t > 0) own.rows_are = weight ? CO_FACES_HIDDEN : CO_FACES_NOTHING;
    own.cols_are = CO_FACES_HIDDEN;
    own.init_row = weight ? facts->init_row + t : -1;
    out[t] = co_tensor_view(&own, CO_F32, weight ? dense->in : 1, dense->out, dense->out_stride,
                            block + (weight ? dense->weight : dense->bias));
  }
  return count;
}

void co_recurrent_init(const co_recurrent_def *def, const co_stream *stream,
                       const co_tensor *tensor) {
  float *data = tensor->data;
  memset(data, 0, (size_t)tensor->rows * (size_t)tensor->stride * sizeof *data);
  if (tensor->facts.init_row >= 0) {
    co_tensor_init_orthogonal(tensor, 1, stream);
  } else if (tensor->facts.role == CO_TENSOR_BIAS && def->cell == CO_LSTM) {
    for (int i = 0; i < def->width; i++) data[def->width + i] = (float)def->forget_bias;
  }
}

// ---- sequences

// inline, since a release has no assert that would use it
static inline bool longest_first(const int *length, int rows) {
  for (int r = 1; r < rows; r++)
    if (length[r] > length[r - 1]) return false;
  return rows > 0 && length[rows - 1] > 0;
}

int co_sequences_pack(const int *length, int rows, int *active) {
  assert(longest_first(length, rows));
  for (int t = 0, still = rows; t < length[0]; t++) {
    while (length[still - 1] <= t) still--;
    active[t] = still;
  }
  return length[0];
}

int co_sequences_total(const co_sequences *sequences) {
  int total = 0;
  for (int t = 0; t < sequences->steps; t++) total += sequences->active[t];
  return total;
}

// ---- views and work

// of an LSTM's recurrent product
static const float no_bias[4 * CO_MAX_WIDTH + CO_LANES];

static co_dense_view dense_view(const co_dense *dense, const float *block) {
  return (co_dense_view){.in = dense->in,
                         .out = dense->out,
                         .in_stride = co_row_stride(dense->in),
                         .out_stride = dense->out_stride,
                         .weight = block + dense->weight,
                         .bias = block + dense->bias};
}

co_recurrent_view co_recurrent_make_view(const co_kernels *kernels, const co_recurrent *layer,
                                         const float *block) {
  assert(kernels && block);
  co_recurrent_view view = {.kernels = kernels,
                            .layer = *layer,
                            .input = dense_view(&layer->input, block),
                            .recurrent = dense_view(&layer->recurrent, block)};
  if (layer->def.cell == CO_LSTM) view.recurrent.bias = no_bias;
  return view;
}

// Floats of the arrays that a forward pass needs, all whole vectors.
typedef struct forward_sizes {
  size_t input, tape, before, product;
} forward_sizes;

static forward_sizes sizes_of(const co_recurrent_def *def, int total, int rows) {
  size_t all = (size_t)total, gates = (size_t)co_row_stride(gates_of(def));
  return (forward_sizes){.input = all * gates,
                         .tape = all * CO_CELL_TAPE * (size_t)co_padded(def->width),
                         .before = all * (size_t)co_recurrent_state(def),
                         .product = (size_t)rows * gates};
}

co_status co_recurrent_work_create(co_arena *arena, const co_recurrent_def *def, int total,
                                   int rows, bool backward, co_recurrent_work *out) {
  assert(rows > 0 && total >= rows);
  forward_sizes floats = sizes_of(def, total, rows);
  size_t size = sizeof(float);
  co_recurrent_work work = {.total = total, .rows = rows};
  work.input = co_arena_alloc(arena, floats.input, size);
  work.tape = co_arena_alloc(arena, floats.tape, size);
  work.before = co_arena_alloc(arena, floats.before, size);
  work.product = co_arena_alloc(arena, floats.product, size);
  if (backward) {
    work.drecurrent = def->cell == CO_LSTM ? work.input : co_arena_alloc(arena, floats.input, size);
    work.through = co_arena_alloc(arena, (size_t)rows * (size_t)co_row_stride(def->width), size);
  }
  *out = work;
  return co_arena_status(arena);
}

size_t co_recurrent_step_size(const co_recurrent_def *def, int rows) {
  forward_sizes floats = sizes_of(def, rows, rows);
  return floats.input + floats.tape + floats.before + floats.product;
}

co_recurrent_work co_recurrent_step_place(const co_recurrent_def *def, int rows, float *block) {
  forward_sizes floats = sizes_of(def, rows, rows);
  co_recurrent_work work = {.total = rows, .rows = rows, .input = block};
  work.tape = work.input + floats.input;
  work.before = work.tape + floats.tape;
  work.product = work.before + floats.before;
  return work;
}

// ---- forward

typedef struct pass {
  const co_recurrent_view *view;
  const co_recurrent_work *work;
  int gate_stride, tape_stride, state_size, out_stride, padded;
} pass;

static pass make_pass(const co_recurrent_view *view, const co_recurrent_work *work) {
  const co_recurrent_def *def = &view->layer.def;
  int padded = co_padded(def->width);
  return (pass){.view = view,
                .work = work,
                .gate_stride = view->input.out_stride,
                .tape_stride = CO_CELL_TAPE * padded,
                .state_size = co_recurrent_state(def),
                .out_stride = co_row_stride(def->width),
                .padded = padded};
}

// one step of the rows that stand from `at` on
static void step_forward(const pass *p, int at, int rows, float *state, int state_stride,
                         float *y) {
  const co_recurrent_view *view = p->view;
  const co_recurrent_work *work = p->work;
  co_cell cell = view->layer.def.cell;
  float *before = work->before + (ptrdiff_t)at * p->state_size;
  for (int r = 0; r < rows; r++) {
    memcpy(before + (ptrdiff_t)r * p->state_size, state + (ptrdiff_t)r * state_stride,
           (size_t)p->state_size * sizeof *before);
  }
  view->kernels->forward(&view->recurrent, before, p->state_size, rows, -1, work->product);
  for (int r = 0; r < rows; r++) {
    ptrdiff_t row = at + r;
    float *h = state + (ptrdiff_t)r * state_stride;
    view->kernels->cell[cell](
        &(co_cell_args){.width = view->layer.def.width,
                        .input = work->input + row * p->gate_stride,
                        .recurrent = work->product + (ptrdiff_t)r * p->gate_stride,
                        .tape = work->tape + row * p->tape_stride,
                        .state = h});
    memcpy(y + row * p->out_stride, h, (size_t)p->padded * sizeof *h);
  }
}

void co_recurrent_forward(const co_recurrent_view *view, const co_sequences *sequences,
                          const float *x, int x_stride, co_recurrent_work *work, float *state,
                          int state_stride, float *y) {
  int total = co_sequences_total(sequences);
  assert(total <= work->total && x_stride >= view->input.in);
  assert(state_stride >= co_recurrent_state(&view->layer.def));
  pass p = make_pass(view, work);
  view->kernels->forward(&view->input, x, x_stride, total, -1, work->input);
  for (int t = 0, at = 0; t < sequences->steps; at += sequences->active[t++]) {
    assert(sequences->active[t] <= work->rows);
    step_forward(&p, at, sequences->active[t], state, state_stride, y);
  }
}

// ---- backward

static void add(int count, const float *x, float *y) {
  for (int i = 0; i < count; i++) y[i] += x[i];
}

// one step of the rows that stand from `at` on, from the derivative by their state after to that by
// their state before the step
static void step_backward(const pass *p, int at, int rows, const co_recurrent_backward_args *args) {
  const co_recurrent_view *view = p->view;
  const co_recurrent_work *work = p->work;
  co_cell cell = view->layer.def.cell;
  for (int r = 0; r < rows; r++) {
    ptrdiff_t row = at + r;
    float *dstate = args->dstate + (ptrdiff_t)r * args->state_stride;
    add(p->padded, args->dy + row * p->out_stride, dstate);
    view->kernels->cell_backward[cell](
        &(co_cell_backward_args){.width = view->layer.def.width,
                                 .tape = work->tape + row * p->tape_stride,
                                 .before = work->before + row * p->state_size,
                                 .dstate = dstate,
                                 .dinput = work->input + row * p->gate_stride,
                                 .drecurrent = work->drecurrent + row * p->gate_stride});
  }
  view->kernels->backward(&view->recurrent, work->drecurrent + (ptrdiff_t)at * p->gate_stride, NULL,
                          rows, -1, work->through);
  for (int r = 0; r < rows; r++) {
    add(p->padded, work->through + (ptrdiff_t)r * p->out_stride,
        args->dstate + (ptrdiff_t)r * args->state_stride);
  }
}

static void gradients(const pass *p, const co_recurrent_backward_args *args, int total) {
  const co_recurrent_view *view = p->view;
  const co_recurrent *layer = &view->layer;
  const co_kernels *kernels = view->kernels;
  kernels->gradient(&view->input, args->x, args->x_stride, p->work->input, total, CO_SUM_CHAIN,
                    args->grad + layer->input.weight, args->grad + layer->input.bias);
  kernels->gradient(&view->recurrent, p->work->before, p->state_size, p->work->drecurrent, total,
                    CO_SUM_CHAIN, args->grad + layer->recurrent.weight,
                    layer->def.cell == CO_GRU ? args->grad + layer->recurrent.bias : NULL);
}

void co_recurrent_backward(const co_recurrent_view *view, const co_recurrent_backward_args *args,
                           co_recurrent_work *work) {
  const co_sequences *sequences = args->sequences;
  int total = co_sequences_total(sequences), at = total;
  assert(total > 0 && total <= work->total && work->through);
  assert(view->recurrent.transposed && (!args->dx || view->input.transposed));
  pass p = make_pass(view, work);
  for (int t = sequences->steps - 1; t >= 0; t--) {
    at -= sequences->active[t];
    step_backward(&p, at, sequences->active[t], args);
  }
  if (args->grad) gradients(&p, args, total);
  if (args->dx) view->kernels->backward(&view->input, work->input, NULL, total, -1, args->dx);
}

// ---- operations

double co_recurrent_forward_flop(const co_recurrent_def *def) {
  return 2.0 * (def->in + def->width) * gates_of(def);
}

double co_recurrent_backward_flop(const co_recurrent_def *def, bool moves, bool dx) {
  double through = 2.0 * def->width * gates_of(def), input = 2.0 * def->in * gates_of(def);
  return through + (moves ? through + input : 0) + (dx ? input : 0);
}
