// LSTM and GRU over sequences: against the same layers in double precision, gradients against
// finite differences of those, and what a row, a cut and a CPU level must not change, bit for bit.

#include "agents/nn/recurrent.h"
#include "core/count_alloc.h"
#include "tests/agents/nn/cell_twin.h"
#include "tests/agents/nn/slopes.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 5, STEPS = 6, TOTAL = 17, MAX_SIZE = 64 };

static const int lengths[ROWS] = {6, 4, 4, 2, 1};
static const co_recurrent_def defs[] = {
    {CO_LSTM, 3, 5, 1}, {CO_LSTM, 20, 17, 0}, {CO_LSTM, 17, 32, 1},
    {CO_GRU, 3, 5, 0},  {CO_GRU, 20, 17, 0},  {CO_GRU, 17, 32, 0},
};
enum { NUM_DEFS = sizeof defs / sizeof *defs };

// ---- one layer with numbers everywhere and what a pass needs

typedef struct fixture {
  co_arena arena;
  co_recurrent layer;
  co_recurrent_view view;
  co_recurrent_work work;
  co_sequences sequences;
  co_tensor tensor[CO_RECURRENT_TENSORS];
  size_t size;
  int active[STEPS], num_tensors, state_size, x_stride, y_stride;
  float *block, *grad;
  float *x, *dx;                           // (TOTAL x x_stride)
  float *y, *dy;                           // (TOTAL x y_stride)
  float *initial, *state, *dend, *dstate;  // (ROWS x state_size)
} fixture;

static float *floats(fixture *f, int rows, int cols) {
  return co_arena_alloc(&f->arena, (size_t)(rows * cols), sizeof(float));
}

static float *normals(fixture *f, int rows, int cols, int stride, co_rng *rng) {
  float *out = floats(f, rows, stride);
  for (int r = 0; r < rows; r++) co_rng_normals(rng, out + r * stride, cols);
  return out;
}

static void transpose(fixture *f, co_dense_view *view) {
  float *to = floats(f, view->out, view->in_stride);
  co_transpose(view->weight, view->in, view->out_stride, view->out, to, view->in_stride);
  view->transposed = to;
}

static float *states(fixture *f, co_rng *rng) {
  const co_recurrent_def *def = &f->layer.def;
  float *out = floats(f, ROWS, f->state_size);
  for (int s = 0; s < ROWS * co_cell_states(def->cell); s++)
    co_rng_normals(rng, out + s * co_padded(def->width), def->width);
  return out;
}

static void fill_tensors(fixture *f, co_rng *rng) {
  co_tensor_facts facts = {.part = CO_PART_ACTOR,
                           .layer = CO_LAYER_TRUNK,
                           .depth = 1,
                           .rows_are = CO_FACES_OBSERVATION,
                           .init_row = 4};
  f->num_tensors = co_recurrent_tensors(&f->layer, &facts, f->block, f->tensor);
  for (int t = 0; t < f->num_tensors; t++) {
    const co_tensor *tensor = &f->tensor[t];
    co_recurrent_init(&f->layer.def, &(co_stream){3, 1, CO_PURPOSE_TEST}, tensor);
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++)
        ((float *)tensor->data)[row * tensor->stride + col] += 0.3f * (float)co_rng_normal(rng);
  }
}

static fixture make(const co_recurrent_def *def, const co_kernels *kernels) {
  fixture f = {.state_size = co_recurrent_state(def),
               .x_stride = co_row_stride(def->in),
               .y_stride = co_row_stride(def->width)};
  co_rng rng = co_rng_make(&(co_stream){21, 1, CO_PURPOSE_TEST}, 0);
  f.size = co_recurrent_place(def, 0, &f.layer);
  f.block = floats(&f, 1, (int)f.size);
  f.grad = floats(&f, 1, (int)f.size);
  fill_tensors(&f, &rng);
  f.view = co_recurrent_make_view(kernels, &f.layer, f.block);
  transpose(&f, &f.view.input);
  transpose(&f, &f.view.recurrent);
  f.x = normals(&f, TOTAL, def->in, f.x_stride, &rng);
  f.dy = normals(&f, TOTAL, def->width, f.y_stride, &rng);
  f.initial = states(&f, &rng);
  f.dend = states(&f, &rng);
  f.y = floats(&f, TOTAL, f.y_stride);
  f.dx = floats(&f, TOTAL, f.x_stride);
  f.state = floats(&f, ROWS, f.state_size);
  f.dstate = floats(&f, ROWS, f.state_size);
  f.sequences.steps = co_sequences_pack(lengths, ROWS, f.active);
  ck_assert_int_eq(co_recurrent_work_create(&f.arena, def, TOTAL, ROWS, true, &f.work), CO_OK);
  return f;
}

// over some of the sequences, or some of their steps
static void run_on(fixture *f, const co_sequences *sequences, int x_at, int state_at) {
  float *dx = f->dx + x_at * f->x_stride, *state = f->state + state_at * f->state_size;
  float *dstate = f->dstate + state_at * f->state_size;
  const float *x = f->x + x_at * f->x_stride;
  co_recurrent_forward(&f->view, sequences, x, f->x_stride, &f->work, state, f->state_size,
                       f->y + x_at * f->y_stride);
  co_recurrent_backward(&f->view,
                        &(co_recurrent_backward_args){.sequences = sequences,
                                                      .x = x,
                                                      .x_stride = f->x_stride,
                                                      .dy = f->dy + x_at * f->y_stride,
                                                      .dstate = dstate,
                                                      .state_stride = f->state_size,
                                                      .dx = dx,
                                                      .grad = f->grad},
                        &f->work);
}

static void start(fixture *f) {
  size_t bytes = (size_t)(ROWS * f->state_size) * sizeof(float);
  memcpy(f->state, f->initial, bytes);
  memcpy(f->dstate, f->dend, bytes);
}

static void run(fixture *f) {
  start(f);
  f->sequences.active = f->active;
  run_on(f, &f->sequences, 0, 0);
}

static int place_of(const fixture *f, int step, int row) {
  int at = row;
  for (int t = 0; t < step; t++) at += f->active[t];
  return at;
}

// ---- the twin in double: one sequence

// all that a loss depends on, in double
typedef struct numbers {
  double *block, *x, *initial;
} numbers;

static double *to_double(const float *from, size_t count) {
  double *to = malloc(count * sizeof *to);
  for (size_t i = 0; i < count; i++) to[i] = (double)from[i];
  return to;
}

// loss = sum of y dy + sum of the last states dend, and where y is given, the outputs
static double twin_loss(const fixture *f, const numbers *n, double *y) {
  int width = f->layer.def.width, padded = co_padded(width);
  bool lstm = f->layer.def.cell == CO_LSTM;
  double loss = 0;
  for (int r = 0; r < ROWS; r++) {
    double h[MAX_SIZE], c[MAX_SIZE] = {0};
    memcpy(h, n->initial + r * f->state_size, (size_t)width * sizeof *h);
    if (lstm) memcpy(c, n->initial + r * f->state_size + padded, (size_t)width * sizeof *c);
    for (int t = 0; t < lengths[r]; t++) {
      int at = place_of(f, t, r);
      cell_twin_step(&f->layer, n->block, n->x + at * f->x_stride, h, c);
      for (int i = 0; i < width; i++) {
        loss += h[i] * (double)f->dy[at * f->y_stride + i];
        if (y) y[at * f->y_stride + i] = h[i];
      }
    }
    for (int i = 0; i < width; i++) {
      loss += h[i] * (double)f->dend[r * f->state_size + i];
      if (lstm) loss += c[i] * (double)f->dend[r * f->state_size + padded + i];
    }
  }
  return loss;
}

static numbers numbers_of(const fixture *f) {
  return (numbers){to_double(f->block, f->size), to_double(f->x, (size_t)(TOTAL * f->x_stride)),
                   to_double(f->initial, (size_t)(ROWS * f->state_size))};
}

static void free_numbers(numbers *n) {
  free(n->block);
  free(n->x);
  free(n->initial);
}

START_TEST(forward_agrees_with_double) {
  fixture f = make(&defs[_i], co_kernels_get());
  numbers n = numbers_of(&f);
  double y[TOTAL * MAX_SIZE] = {0}, largest = 0;
  run(&f);
  twin_loss(&f, &n, y);
  for (int i = 0; i < TOTAL * f.y_stride; i++) {
    ck_assert_double_eq_tol((double)f.y[i], y[i], 5e-6);
    largest = fmax(largest, fabs(y[i]));
  }
  ck_assert_double_gt(largest, 0.1);
  free_numbers(&n);
  co_arena_free(&f.arena);
}
END_TEST

// errors over a sample of the elements of an array (rows x cols)
typedef struct twin {
  const fixture *f;
  const numbers *n;
} twin;

static double loss_of_twin(void *context) {
  const twin *t = context;
  return twin_loss(t->f, t->n, NULL);
}

static void compare(const fixture *f, const numbers *n, const char *name, double *value,
                    const float *grad, int rows, int cols, int stride) {
  slopes of = {.name = name,
               .value = value,
               .grad = grad,
               .rows = rows,
               .cols = cols,
               .stride = stride,
               .row_step = 1 + rows / 9,
               .col_step = 1 + cols / 13,
               .tolerance = 5e-6};
  slopes_compare(&of, loss_of_twin, &(twin){f, n});
}

START_TEST(gradients_are_finite_differences) {
  fixture f = make(&defs[_i], co_kernels_get());
  numbers n = numbers_of(&f);
  run(&f);
  for (int t = 0; t < f.num_tensors; t++) {
    const co_tensor *tensor = &f.tensor[t];
    ptrdiff_t at = (const float *)tensor->data - f.block;
    compare(&f, &n, tensor->name, n.block + at, f.grad + at, tensor->rows, tensor->cols,
            tensor->stride);
  }
  int states = co_cell_states(f.layer.def.cell);
  compare(&f, &n, "x", n.x, f.dx, TOTAL, f.layer.def.in, f.x_stride);
  compare(&f, &n, "initial state", n.initial, f.dstate, ROWS * states, f.layer.def.width,
          f.state_size / states);
  free_numbers(&n);
  co_arena_free(&f.arena);
}
END_TEST

// PyTorch's formulas (torch.nn.LSTM, torch.nn.GRU), two steps of width 2 in plain Python.
static void known_answer(const co_recurrent_def *def, const double want[4]) {
  fixture f = make(def, co_kernels_get());
  int padded = co_padded(2);
  for (int o = 0; o < f.layer.input.out; o++) {
    for (int k = 0; k < 2; k++) {
      double sign = (k + o) % 2 ? -1 : 1;
      f.block[f.layer.input.weight + (size_t)(k * f.layer.input.out_stride + o)] =
          (float)((k + 1) * 0.1 * sign + 0.05 * o);
      f.block[f.layer.recurrent.weight + (size_t)(k * f.layer.recurrent.out_stride + o)] =
          (float)(0.2 - 0.07 * o + 0.3 * k);
    }
    f.block[f.layer.input.bias + (size_t)o] = (float)(0.1 * (o % 3) - 0.1);
    if (def->cell == CO_GRU) f.block[f.layer.recurrent.bias + (size_t)o] = (float)(0.05 * o);
  }
  const float x[2][2] = {{1, -0.5f}, {0.25f, 2}};
  float state[2 * CO_LANES] = {0.5f, -0.25f}, *c = state + padded;
  if (def->cell == CO_LSTM) memcpy(c, (float[]){-1, 0.75f}, 2 * sizeof *c);
  const int one[2] = {1, 1};
  co_sequences sequences = {2, one};
  memset(f.x, 0, (size_t)(2 * f.x_stride) * sizeof *f.x);
  for (int t = 0; t < 2; t++) memcpy(f.x + t * f.x_stride, x[t], sizeof x[t]);
  co_recurrent_forward(&f.view, &sequences, f.x, f.x_stride, &f.work, state, 2 * CO_LANES, f.y);
  for (int i = 0; i < 2; i++) {
    ck_assert_double_eq_tol((double)state[i], want[i], 1e-6);
    ck_assert(f.y[f.y_stride + i] == state[i]);
    if (def->cell == CO_LSTM) ck_assert_double_eq_tol((double)c[i], want[2 + i], 1e-6);
  }
  co_arena_free(&f.arena);
}

START_TEST(known_answers_of_two_steps) {
  known_answer(&(co_recurrent_def){CO_LSTM, 2, 2, 0},
               (double[]){-0.10318150538562208, 0.45889784868679123, -0.1847507332833791,
                          0.6821753247349727});
  known_answer(&(co_recurrent_def){CO_GRU, 2, 2, 0},
               (double[]){0.2884879947250748, 0.21810925700169223, 0, 0});
}
END_TEST

// ---- what changes no bit

static void check_same(const float *a, const float *b, int count) {
  ck_assert_mem_eq(a, b, (size_t)count * sizeof *a);
}

// Each sequence alone: outputs, last state and derivatives as beside the others, whatever their
// lengths.
START_TEST(rows_do_not_know_of_each_other) {
  fixture whole = make(&defs[_i], co_kernels_get());
  run(&whole);
  for (int r = 0; r < ROWS; r++) {
    fixture alone = make(&defs[_i], co_kernels_get());
    int active[STEPS];
    co_sequences one = {co_sequences_pack(&lengths[r], 1, active), active};
    for (int t = 0; t < lengths[r]; t++) {
      int at = place_of(&whole, t, r);
      memcpy(alone.x + t * alone.x_stride, whole.x + at * alone.x_stride,
             (size_t)alone.x_stride * sizeof(float));
      memcpy(alone.dy + t * alone.y_stride, whole.dy + at * alone.y_stride,
             (size_t)alone.y_stride * sizeof(float));
    }
    start(&alone);
    run_on(&alone, &one, 0, r);
    for (int t = 0; t < lengths[r]; t++) {
      int at = place_of(&whole, t, r);
      check_same(alone.y + t * alone.y_stride, whole.y + at * whole.y_stride, whole.y_stride);
      check_same(alone.dx + t * alone.x_stride, whole.dx + at * whole.x_stride, whole.x_stride);
    }
    int at = r * whole.state_size;
    check_same(alone.state + at, whole.state + at, whole.state_size);
    check_same(alone.dstate + at, whole.dstate + at, whole.state_size);
    co_arena_free(&alone.arena);
  }
  co_arena_free(&whole.arena);
}
END_TEST

// Acting: a step at a time, with work for one step and no backward pass.
START_TEST(a_sequence_is_its_steps) {
  fixture whole = make(&defs[_i], co_kernels_get()), steps = make(&defs[_i], co_kernels_get());
  co_recurrent_work work;
  ck_assert_int_eq(co_recurrent_work_create(&steps.arena, &defs[_i], ROWS, ROWS, false, &work),
                   CO_OK);
  run(&whole);
  start(&steps);
  for (int t = 0, at = 0; t < STEPS; at += whole.active[t++]) {
    co_sequences one = {1, &whole.active[t]};
    co_recurrent_forward(&steps.view, &one, steps.x + at * steps.x_stride, steps.x_stride, &work,
                         steps.state, steps.state_size, steps.y + at * steps.y_stride);
  }
  check_same(whole.y, steps.y, TOTAL * whole.y_stride);
  check_same(whole.state, steps.state, ROWS * whole.state_size);
  co_arena_free(&whole.arena);
  co_arena_free(&steps.arena);
}
END_TEST

// Cut behind the second step: the first half's derivatives go on where the second's end.
START_TEST(a_cut_sequence_is_the_whole) {
  enum { CUT = 2 };
  fixture whole = make(&defs[_i], co_kernels_get()), halves = make(&defs[_i], co_kernels_get());
  run(&whole);
  start(&halves);
  int at = place_of(&whole, CUT, 0);
  co_sequences half[2] = {{CUT, whole.active}, {STEPS - CUT, whole.active + CUT}};
  // the state between, then the second half both ways, then the first
  co_recurrent_forward(&halves.view, &half[0], halves.x, halves.x_stride, &halves.work,
                       halves.state, halves.state_size, halves.y);
  run_on(&halves, &half[1], at, 0);
  check_same(whole.state, halves.state, ROWS * whole.state_size);
  memcpy(halves.state, halves.initial, (size_t)(ROWS * halves.state_size) * sizeof(float));
  run_on(&halves, &half[0], 0, 0);
  check_same(whole.y, halves.y, TOTAL * whole.y_stride);
  check_same(whole.dx, halves.dx, TOTAL * whole.x_stride);
  check_same(whole.dstate, halves.dstate, ROWS * whole.state_size);
  co_arena_free(&whole.arena);
  co_arena_free(&halves.arena);
}
END_TEST

START_TEST(levels_have_the_same_bits) {
  fixture scalar = make(&defs[_i], co_kernels_named("scalar"));
  run(&scalar);
  for (int i = 0; co_kernels_names[i]; i++) {
    const co_kernels *kernels = co_kernels_named(co_kernels_names[i]);
    if (!kernels) continue;
    fixture f = make(&defs[_i], kernels);
    run(&f);
    check_same(f.y, scalar.y, TOTAL * f.y_stride);
    check_same(f.dx, scalar.dx, TOTAL * f.x_stride);
    check_same(f.state, scalar.state, ROWS * f.state_size);
    check_same(f.dstate, scalar.dstate, ROWS * f.state_size);
    check_same(f.grad, scalar.grad, (int)f.size);
    co_arena_free(&f.arena);
  }
  co_arena_free(&scalar.arena);
}
END_TEST

static int num_padding(const float *x, int rows, int cols, int stride) {
  int not_zero = 0;
  for (int r = 0; r < rows; r++)
    for (int c = cols; c < stride; c++) not_zero += x[r * stride + c] != 0;
  return not_zero;
}

START_TEST(padding_stays_zero_and_nothing_is_allocated) {
  fixture f = make(&defs[_i], co_kernels_get());
  const co_recurrent_def *def = &f.layer.def;
  int states = co_cell_states(def->cell);
  co_count_alloc_start();
  run(&f);
  ck_assert_int_le(co_count_alloc_stop(), 0);
  ck_assert_int_eq(num_padding(f.y, TOTAL, def->width, f.y_stride), 0);
  ck_assert_int_eq(num_padding(f.dx, TOTAL, def->in, f.x_stride), 0);
  ck_assert_int_eq(num_padding(f.state, ROWS * states, def->width, co_padded(def->width)), 0);
  ck_assert_int_eq(num_padding(f.dstate, ROWS * states, def->width, co_padded(def->width)), 0);
  for (int t = 0; t < f.num_tensors; t++) {
    const co_tensor *tensor = &f.tensor[t];
    ptrdiff_t at = (const float *)tensor->data - f.block;
    ck_assert_int_eq(num_padding(f.grad + at, tensor->rows, tensor->cols, tensor->stride), 0);
  }
  co_arena_free(&f.arena);
}
END_TEST

// ---- tensors

START_TEST(tensors_have_names_facts_and_sizes) {
  static const char *const names[] = {"actor.trunk.1.weight", "actor.trunk.1.bias",
                                      "actor.trunk.1.recurrent.weight",
                                      "actor.trunk.1.recurrent.bias"};
  fixture f = make(&defs[_i], co_kernels_get());
  const co_recurrent_def *def = &f.layer.def;
  int gates = co_cell_gates(def->cell) * def->width;
  ck_assert_int_eq(f.num_tensors, def->cell == CO_LSTM ? 3 : 4);
  for (int t = 0; t < f.num_tensors; t++) {
    int shape[2], rank = co_tensor_shape(&f.tensor[t], shape);
    ck_assert_str_eq(f.tensor[t].name, names[t]);
    ck_assert_int_eq(rank, t % 2 ? 1 : 2);
    ck_assert_int_eq(shape[0], gates);  // as PyTorch's files have it: (gates width x in)
    ck_assert_int_eq(shape[1], t == 0 ? def->in : t == 2 ? def->width : 1);
    ck_assert_int_eq(f.tensor[t].facts.init_row, t % 2 ? -1 : 4 + t);
    ck_assert_int_eq(co_tensor_faces_observation(&f.tensor[t].facts), t == 0);
  }
  const co_tensor *last = &f.tensor[f.num_tensors - 1];
  ck_assert_uint_eq(
      (size_t)((const float *)last->data - f.block) + (size_t)(last->rows * last->stride), f.size);
  co_arena_free(&f.arena);
}
END_TEST

static double dot_of_rows(const co_tensor *t, int a, int b) {
  double dot = 0;
  for (int col = 0; col < t->cols; col++)
    dot += co_tensor_get(t, a, col) * co_tensor_get(t, b, col);
  return dot;
}

START_TEST(fresh_weights_are_orthogonal_and_biases_zero) {
  fixture f = make(&defs[_i], co_kernels_get());
  const co_recurrent_def *def = &f.layer.def;
  co_stream stream = {8, 2, CO_PURPOSE_TEST};
  for (int t = 0; t < f.num_tensors; t++) co_recurrent_init(def, &stream, &f.tensor[t]);
  for (int t = 0; t < f.num_tensors; t += 2)
    for (int a = 0; a < f.tensor[t].rows; a++)
      for (int b = 0; b <= a; b++)
        ck_assert_double_eq_tol(dot_of_rows(&f.tensor[t], a, b), a == b, 1e-6);
  for (int t = 1; t < f.num_tensors; t += 2)
    for (int i = 0; i < f.tensor[t].cols; i++) {
      bool forget = def->cell == CO_LSTM && i / def->width == 1;
      ck_assert(co_tensor_get(&f.tensor[t], 0, i) == (forget ? def->forget_bias : 0));
    }
  uint64_t before = co_tensor_hash(&f.tensor[2]);
  co_recurrent_init(def, &stream, &f.tensor[2]);  // alone, and again: its own row
  ck_assert_uint_eq(co_tensor_hash(&f.tensor[2]), before);
  stream.seed++;
  co_recurrent_init(def, &stream, &f.tensor[2]);
  ck_assert_uint_ne(co_tensor_hash(&f.tensor[2]), before);
  co_arena_free(&f.arena);
}
END_TEST

START_TEST(operations_are_counted) {
  co_recurrent_def lstm = {CO_LSTM, 10, 8, 0}, gru = {CO_GRU, 10, 8, 0};
  ck_assert_double_eq(co_recurrent_forward_flop(&lstm), 2 * (10 + 8) * 32);
  ck_assert_double_eq(co_recurrent_forward_flop(&gru), 2 * (10 + 8) * 24);
  ck_assert_double_eq(co_recurrent_backward_flop(&lstm, false, false), 2 * 8 * 32);
  ck_assert_double_eq(co_recurrent_backward_flop(&lstm, true, false), 2 * (8 + 18) * 32);
  ck_assert_double_eq(co_recurrent_backward_flop(&gru, true, true), 2 * 2 * 18 * 24);
}
END_TEST

START_TEST(sequences_are_packed) {
  int active[STEPS];
  ck_assert_int_eq(co_sequences_pack(lengths, ROWS, active), STEPS);
  ck_assert_mem_eq(active, ((int[]){5, 4, 3, 3, 1, 1}), sizeof active);
  ck_assert_int_eq(co_sequences_total(&(co_sequences){STEPS, active}), TOTAL);
  ck_assert_int_eq(co_sequences_pack((int[]){1, 1, 1}, 3, active), 1);
  ck_assert_int_eq(active[0], 3);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("recurrent");
  TCase *tcase = tcase_create("passes");
  tcase_add_loop_test(tcase, forward_agrees_with_double, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, gradients_are_finite_differences, 0, NUM_DEFS);
  tcase_add_test(tcase, known_answers_of_two_steps);
  tcase_add_loop_test(tcase, rows_do_not_know_of_each_other, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, a_sequence_is_its_steps, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, a_cut_sequence_is_the_whole, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, levels_have_the_same_bits, 0, NUM_DEFS);
  tcase_add_loop_test(tcase, padding_stays_zero_and_nothing_is_allocated, 0, NUM_DEFS);
  tcase_add_test(tcase, operations_are_counted);
  tcase_add_test(tcase, sequences_are_packed);
  suite_add_tcase(suite, tcase);
  TCase *layout = tcase_create("layout");
  tcase_add_loop_test(layout, tensors_have_names_facts_and_sizes, 0, NUM_DEFS);
  tcase_add_loop_test(layout, fresh_weights_are_orthogonal_and_biases_zero, 0, NUM_DEFS);
  suite_add_tcase(suite, layout);
  return suite;
}
