// Graphs: a run is the perceptron that it stands for, bit for bit; a graph of all kinds against the
// same in double precision, its gradients against finite differences of that.

#include "agents/nn/network.h"
#include "core/count_alloc.h"
#include "tests/agents/nn/slopes.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IN = 5, ROWS = 4, STEPS = 5, TOTAL = 11, WIDEST = 32, NODES = 12 };

static const int lengths[ROWS] = {5, 3, 2, 1};

#define TRUNK(d) \
  { .part = CO_PART_ACTOR, .layer = CO_LAYER_TRUNK, .depth = d, .rows_are = CO_FACES_OBSERVATION }

// every kind, outputs that several take, and the input taken twice
static const co_graph_node_def all_kinds[NODES] = {
    {.kind = CO_GRAPH_RUN,
     .in = {CO_GRAPH_INPUT},
     .facts = TRUNK(0),
     .num_layers = 2,
     .layer = {17, 9},
     .last = CO_LAYER_TRUNK,
     .activation = {CO_ELU}},
    {.kind = CO_GRAPH_ACTIVATION, .in = {0}, .activation = {CO_TANH}},
    {.kind = CO_GRAPH_CELL,
     .in = {1},
     .facts = TRUNK(2),
     .cell = CO_LSTM,
     .width = 6,
     .forget_bias = 1},
    {.kind = CO_GRAPH_SPLIT, .in = {CO_GRAPH_INPUT}, .first = 1, .width = 3},
    {.kind = CO_GRAPH_CONCAT, .in = {2, 3}},
    {.kind = CO_GRAPH_NORM, .in = {4}, .facts = TRUNK(2)},
    {.kind = CO_GRAPH_ACTIVATION, .in = {5}, .activation = {CO_SWISH}},
    {.kind = CO_GRAPH_SUM, .in = {6, 0}},
    {.kind = CO_GRAPH_CELL, .in = {7}, .facts = TRUNK(3), .cell = CO_GRU, .width = 9},
    {.kind = CO_GRAPH_PRODUCT, .in = {8, 6}},
    {.kind = CO_GRAPH_RUN,
     .in = {9},
     .facts = TRUNK(4),
     .num_layers = 2,
     .layer = {20, 2},
     .last = CO_LAYER_MEAN,
     .activation = {CO_SWISH}},
    {.kind = CO_GRAPH_RUN,
     .in = {4},
     .facts = {.part = CO_PART_CRITIC, .layer = CO_LAYER_TRUNK},
     .num_layers = 1,
     .layer = {1},
     .last = CO_LAYER_VALUE},
};
static const int with_loss[] = {4, 10, 11};
enum { LOSSES = sizeof with_loss / sizeof *with_loss };

typedef struct fixture {
  co_arena arena;
  co_graph graph;
  co_graph_work work;
  co_sequences sequences;
  int active[STEPS];
  float *x, *initial, *state, *dend, *dstate, *grad;
  float *loss[NODES];  // what the outputs of a node are multiplied with in the loss, NULL: nothing
} fixture;

static float *floats(fixture *f, int rows, int cols) {
  return co_arena_alloc(&f->arena, (size_t)(rows * cols), sizeof(float));
}

static float *normals(fixture *f, int rows, int cols, int stride, co_rng *rng) {
  float *out = floats(f, rows, stride);
  for (int r = 0; r < rows; r++) co_rng_normals(rng, out + r * stride, cols);
  return out;
}

static float *states(fixture *f, co_rng *rng) {
  float *out = floats(f, ROWS, f->graph.state_size);
  for (int i = 0; i < f->graph.num_nodes; i++) {
    const co_graph_node *node = &f->graph.node[i];
    if (node->def.kind != CO_GRAPH_CELL) continue;
    for (int r = 0; r < ROWS; r++)
      for (int s = 0; s < co_cell_states(node->def.cell); s++)
        co_rng_normals(rng,
                       out + r * f->graph.state_size + node->state_at + s * co_padded(node->width),
                       node->width);
  }
  return out;
}

// numbers of ordinary size everywhere
static void shake(co_graph *graph, co_rng *rng) {
  co_graph_init(graph, &(co_stream){3, 1, CO_PURPOSE_TEST});
  for (int t = 0; t < graph->num_tensors; t++) {
    const co_tensor *tensor = &graph->tensor[t];
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++)
        ((float *)tensor->data)[row * tensor->stride + col] += 0.3f * (float)co_rng_normal(rng);
  }
}

static void start(fixture *f) {
  size_t bytes = (size_t)(ROWS * f->graph.state_size) * sizeof(float);
  memcpy(f->state, f->initial, bytes);
  memcpy(f->dstate, f->dend, bytes);
}

static void make(fixture *f, const co_kernels *kernels) {
  *f = (fixture){0};
  co_rng rng = co_rng_make(&(co_stream){21, 1, CO_PURPOSE_TEST}, 0);
  ck_assert_int_eq(co_graph_create(&f->arena, IN, all_kinds, NODES, 0, &f->graph), CO_OK);
  shake(&f->graph, &rng);
  f->x = normals(f, TOTAL, IN, f->graph.in_stride, &rng);
  f->initial = states(f, &rng);
  f->dend = states(f, &rng);
  f->state = floats(f, ROWS, f->graph.state_size);
  f->dstate = floats(f, ROWS, f->graph.state_size);
  f->grad = floats(f, 1, (int)f->graph.size);
  for (int k = 0; k < LOSSES; k++) {
    const co_graph_node *node = &f->graph.node[with_loss[k]];
    f->loss[with_loss[k]] = normals(f, TOTAL, node->width, node->stride, &rng);
  }
  f->sequences.steps = co_sequences_pack(lengths, ROWS, f->active);
  ck_assert_int_eq(co_graph_work_create(&f->arena, kernels, &f->graph, TOTAL, ROWS, true, &f->work),
                   CO_OK);
  start(f);
}

static void run(fixture *f) {
  int state_stride = f->graph.state_size;
  f->sequences.active = f->active;
  start(f);
  co_graph_forward(&f->work, &f->sequences, f->x, f->state, state_stride);
  co_graph_begin_backward(&f->work, &f->sequences);
  for (int i = 0; i < NODES; i++)
    if (f->loss[i])
      memcpy(f->work.node[i].dy, f->loss[i],
             (size_t)(TOTAL * f->graph.node[i].stride) * sizeof(float));
  co_graph_backward(&f->work, &f->sequences, f->x, f->dstate, state_stride, f->grad);
}

// ---- the twin in double

static double activate(co_activation activation, double x) {
  switch (activation) {
    case CO_TANH: return tanh(x);
    case CO_RELU: return x > 0 ? x : 0;
    case CO_ELU: return x > 0 ? x : expm1(x);
    default: return x / (1 + exp(-x));
  }
}

static void dense(const co_dense *d, const double *block, bool bias, const double *x, double *y) {
  for (int o = 0; o < d->out; o++) {
    y[o] = bias ? block[d->bias + (size_t)o] : 0;
    for (int k = 0; k < d->in; k++)
      y[o] += x[k] * block[d->weight + (size_t)(k * d->out_stride + o)];
  }
}

static void twin_run(const co_graph_node *node, const double *block, const double *x, double *y) {
  double in[4 * WIDEST];
  memcpy(in, x, (size_t)node->layer[0].in * sizeof *in);
  for (int l = 0; l < node->def.num_layers; l++) {
    dense(&node->layer[l], block, true, in, y);
    for (int o = 0; o < node->layer[l].out && l < node->def.num_layers - 1; o++)
      in[o] = activate(node->def.activation[l], y[o]);
  }
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

static void twin_cell(const co_graph_node *node, const double *block, const double *x,
                      double *state, double *y) {
  int width = node->width;
  bool gru = node->def.cell == CO_GRU;
  double of_x[4 * WIDEST], of_h[4 * WIDEST], *c = state + co_padded(width);
  dense(&node->cell.input, block, true, x, of_x);
  dense(&node->cell.recurrent, block, gru, state, of_h);
  for (int i = 0; i < width; i++) {
    double first = sigmoid(of_x[i] + of_h[i]), second = sigmoid(of_x[width + i] + of_h[width + i]);
    int third = 2 * width + i, last = 3 * width + i;
    if (gru) {
      double fresh = tanh(of_x[third] + first * of_h[third]);
      state[i] = (1 - second) * fresh + second * state[i];
    } else {
      c[i] = second * c[i] + first * tanh(of_x[third] + of_h[third]);
      state[i] = sigmoid(of_x[last] + of_h[last]) * tanh(c[i]);
    }
    y[i] = state[i];
  }
}

static void twin_norm(const co_graph_node *node, const double *block, const double *x, double *y) {
  double mean = 0, square = 0;
  for (int o = 0; o < node->width; o++) mean += x[o] / node->width;
  for (int o = 0; o < node->width; o++) square += (x[o] - mean) * (x[o] - mean) / node->width;
  for (int o = 0; o < node->width; o++)
    y[o] = block[node->norm + (size_t)o] * (x[o] - mean) / sqrt(square + 1e-5) +
           block[node->norm + (size_t)(node->stride + o)];
}

// one row of one step: y of all nodes
static void twin_step(const co_graph *graph, const double *block, const double *x, double *state,
                      double y[NODES][4 * WIDEST]) {
  for (int i = 0; i < graph->num_nodes; i++) {
    const co_graph_node *node = &graph->node[i];
    const co_graph_node_def *def = &node->def;
    const double *a = def->in[0] < 0 ? x : y[def->in[0]], *b = def->in[1] < 0 ? x : y[def->in[1]];
    int first = def->in[0] < 0 ? IN : graph->node[def->in[0]].width;
    if (def->kind == CO_GRAPH_RUN) twin_run(node, block, a, y[i]);
    if (def->kind == CO_GRAPH_CELL) twin_cell(node, block, a, state + node->state_at, y[i]);
    if (def->kind == CO_GRAPH_NORM) twin_norm(node, block, a, y[i]);
    for (int o = 0; o < node->width; o++) {
      if (def->kind == CO_GRAPH_SPLIT) y[i][o] = a[def->first + o];
      if (def->kind == CO_GRAPH_CONCAT) y[i][o] = o < first ? a[o] : b[o - first];
      if (def->kind == CO_GRAPH_SUM) y[i][o] = a[o] + b[o];
      if (def->kind == CO_GRAPH_PRODUCT) y[i][o] = a[o] * b[o];
      if (def->kind == CO_GRAPH_ACTIVATION) y[i][o] = activate(def->activation[0], a[o]);
    }
  }
}

// all that a loss depends on
typedef struct numbers {
  double *block, *x, *initial;
} numbers;

static double *to_double(const float *from, size_t count) {
  double *to = malloc(count * sizeof *to);
  for (size_t i = 0; i < count; i++) to[i] = (double)from[i];
  return to;
}

static numbers numbers_of(const fixture *f) {
  return (numbers){to_double(f->graph.block, f->graph.size),
                   to_double(f->x, (size_t)(TOTAL * f->graph.in_stride)),
                   to_double(f->initial, (size_t)(ROWS * f->graph.state_size))};
}

static void free_numbers(numbers *n) {
  free(n->block);
  free(n->x);
  free(n->initial);
}

static int place_of(const fixture *f, int step, int row) {
  int at = row;
  for (int t = 0; t < step; t++) at += f->active[t];
  return at;
}

// loss = sum of outputs times `loss`, and of the last states times dend; `error` becomes the
// largest difference to the graph's outputs
static double twin_loss(const fixture *f, const numbers *n, double *error) {
  const co_graph *graph = &f->graph;
  double loss = 0, state[8 * WIDEST], y[NODES][4 * WIDEST];
  for (int r = 0; r < ROWS; r++) {
    const float *dend = f->dend + r * graph->state_size;
    memcpy(state, n->initial + r * graph->state_size, (size_t)graph->state_size * sizeof *state);
    for (int t = 0; t < lengths[r]; t++) {
      int at = place_of(f, t, r);
      twin_step(graph, n->block, n->x + at * graph->in_stride, state, y);
      for (int i = 0; i < NODES; i++)
        for (int o = 0; o < graph->node[i].width; o++) {
          int k = at * graph->node[i].stride + o;
          if (f->loss[i]) loss += y[i][o] * (double)f->loss[i][k];
          if (error) *error = fmax(*error, fabs(y[i][o] - (double)f->work.node[i].y[k]));
        }
    }
    for (int s = 0; s < graph->state_size; s++) loss += state[s] * (double)dend[s];
  }
  return loss;
}

START_TEST(forward_agrees_with_double) {
  fixture f;
  make(&f, co_kernels_get());
  numbers n = numbers_of(&f);
  double error = 0;
  run(&f);
  twin_loss(&f, &n, &error);
  ck_assert_double_gt(error, 0);
  ck_assert_double_lt(error, 1e-5);
  free_numbers(&n);
  co_arena_free(&f.arena);
}
END_TEST

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
               .row_step = 1,
               .col_step = 1,
               .tolerance = 2e-5};
  slopes_compare(&of, loss_of_twin, &(twin){f, n});
}

START_TEST(gradients_are_finite_differences) {
  fixture f;
  make(&f, co_kernels_get());
  numbers n = numbers_of(&f);
  run(&f);
  for (int t = 0; t < f.graph.num_tensors; t++) {
    const co_tensor *tensor = &f.graph.tensor[t];
    ptrdiff_t at = (const float *)tensor->data - f.graph.block;
    compare(&f, &n, tensor->name, n.block + at, f.grad + at, tensor->rows, tensor->cols,
            tensor->stride);
  }
  compare(&f, &n, "x", n.x, f.work.dx, TOTAL, IN, f.graph.in_stride);
  compare(&f, &n, "initial state", n.initial, f.dstate, ROWS, f.graph.state_size,
          f.graph.state_size);
  free_numbers(&n);
  co_arena_free(&f.arena);
}
END_TEST

// ---- what changes no bit

static void check_same(const float *a, const float *b, int count) {
  ck_assert_mem_eq(a, b, (size_t)count * sizeof *a);
}

// Acting: step by step and row by row, with work for one row that has no backward pass.
START_TEST(rows_and_steps_do_not_know_of_each_other) {
  fixture f;
  make(&f, co_kernels_get());
  co_graph_work alone;
  ck_assert_int_eq(co_graph_work_create(&f.arena, co_kernels_get(), &f.graph, 1, 1, false, &alone),
                   CO_OK);
  run(&f);
  const int one = 1;
  for (int r = 0; r < ROWS; r++) {
    float *state = floats(&f, 1, f.graph.state_size);
    memcpy(state, f.initial + r * f.graph.state_size, (size_t)f.graph.state_size * sizeof *state);
    for (int t = 0; t < lengths[r]; t++) {
      int at = place_of(&f, t, r);
      co_graph_forward(&alone, &(co_sequences){1, &one}, f.x + at * f.graph.in_stride, state,
                       f.graph.state_size);
      for (int i = 0; i < NODES; i++)
        check_same(alone.node[i].y, f.work.node[i].y + at * f.graph.node[i].stride,
                   f.graph.node[i].width);
    }
    check_same(state, f.state + r * f.graph.state_size, f.graph.state_size);
  }
  co_arena_free(&f.arena);
}
END_TEST

START_TEST(levels_have_the_same_bits) {
  fixture scalar;
  make(&scalar, co_kernels_named("scalar"));
  run(&scalar);
  for (int i = 0; co_kernels_names[i]; i++) {
    const co_kernels *kernels = co_kernels_named(co_kernels_names[i]);
    if (!kernels) continue;
    fixture f;
    make(&f, kernels);
    run(&f);
    check_same(f.grad, scalar.grad, (int)f.graph.size);
    check_same(f.work.dx, scalar.work.dx, TOTAL * f.graph.in_stride);
    check_same(f.dstate, scalar.dstate, ROWS * f.graph.state_size);
    co_arena_free(&f.arena);
  }
  co_arena_free(&scalar.arena);
}
END_TEST

START_TEST(passes_again_are_the_same_and_allocate_nothing) {
  fixture f, once;
  make(&f, co_kernels_get());
  make(&once, co_kernels_get());
  run(&once);
  run(&f);
  co_count_alloc_start();
  co_graph_work_transpose(&f.work);
  run(&f);
  ck_assert_int_le(co_count_alloc_stop(), 0);
  check_same(f.grad, once.grad, (int)f.graph.size);
  check_same(f.work.dx, once.work.dx, TOTAL * f.graph.in_stride);
  co_arena_free(&f.arena);
  co_arena_free(&once.arena);
}
END_TEST

// ---- a run

static const struct {
  co_activation activation[2];
} runs[] = {{{CO_TANH, CO_TANH}}, {{CO_TANH, CO_RELU}}, {{CO_ELU, CO_SWISH}}};
enum { NUM_RUNS = sizeof runs / sizeof *runs };

typedef struct perceptron {
  co_mlp mlp;
  float *output[3], *delta[3], *grad;
} perceptron;

// the passes that a learner of a plain network does
static perceptron run_network(fixture *f, const co_network *net, const float *dy) {
  perceptron p = {.mlp = co_mlp_view(co_kernels_get(), net, net->part[CO_ACTOR].layer),
                  .grad = floats(f, 1, (int)net->size)};
  for (int l = 0; l < 3; l++) {
    co_dense_view *layer = &p.mlp.layer[l];
    float *transposed = floats(f, layer->out, layer->in_stride);
    co_transpose(layer->weight, layer->in, layer->out_stride, layer->out, transposed,
                 layer->in_stride);
    layer->transposed = transposed;
    p.output[l] = floats(f, TOTAL, layer->out_stride);
    p.delta[l] = floats(f, TOTAL, layer->out_stride);
  }
  co_mlp_tape tape;
  ck_assert_int_eq(co_mlp_tape_create(&f->arena, &p.mlp, TOTAL, &tape), CO_OK);
  bool taped = co_mlp_needs_tape(&p.mlp, 0);
  if (taped) co_mlp_forward_tape(&p.mlp, f->x, f->graph.in_stride, TOTAL, p.output, &tape);
  if (!taped) co_mlp_forward(&p.mlp, f->x, f->graph.in_stride, TOTAL, p.output);
  memcpy(p.delta[2], dy, (size_t)(TOTAL * p.mlp.layer[2].out_stride) * sizeof *dy);
  co_mlp_backward(&p.mlp, &(co_mlp_backward_args){.x = f->x,
                                                  .x_stride = f->graph.in_stride,
                                                  .rows = TOTAL,
                                                  .output = p.output,
                                                  .delta = p.delta,
                                                  .tape = taped ? &tape : NULL,
                                                  .grad = p.grad});
  return p;
}

// Names, fresh values, outputs and gradients of a network's actor.
START_TEST(a_graph_of_one_run_is_the_perceptron) {
  co_network_def def = {.obs_dim = IN, .act_dim = 2, .num_hidden = 2, .hidden = {33, 17}};
  co_graph_node_def node = {.kind = CO_GRAPH_RUN,
                            .in = {CO_GRAPH_INPUT},
                            .facts = TRUNK(0),
                            .num_layers = 3,
                            .layer = {33, 17, 2},
                            .last = CO_LAYER_MEAN};
  co_network net;
  co_stream stream = {4, 2, CO_PURPOSE_TEST};
  fixture f = {0};
  co_rng rng = co_rng_make(&stream, 0);
  const char *names[2];
  for (int l = 0; l < 2; l++) {
    node.activation[l] = runs[_i].activation[l];
    names[l] = co_activation_names[runs[_i].activation[l]];
  }
  co_network_set_activations(&def, names, 2);
  ck_assert_int_eq(co_network_create(&def, &net), CO_OK);
  co_network_init(&net, &stream);
  ck_assert_int_eq(co_graph_create(&f.arena, IN, &node, 1, 0, &f.graph), CO_OK);
  co_graph_init(&f.graph, &stream);
  ck_assert_int_eq(f.graph.num_tensors, 6);
  for (int t = 0; t < 6; t++) {
    ck_assert_str_eq(f.graph.tensor[t].name, net.tensor[t].name);
    ck_assert_uint_eq(co_tensor_hash(&f.graph.tensor[t]), co_tensor_hash(&net.tensor[t]));
    ck_assert_mem_eq(&f.graph.tensor[t].facts, &net.tensor[t].facts, sizeof(co_tensor_facts));
  }
  f.x = normals(&f, TOTAL, IN, f.graph.in_stride, &rng);
  float *dy = normals(&f, TOTAL, 2, CO_LANES, &rng);
  f.grad = floats(&f, 1, (int)f.graph.size);
  const int all = TOTAL;
  co_sequences steps = {1, &all};  // plain networks: length 1
  ck_assert_int_eq(
      co_graph_work_create(&f.arena, co_kernels_get(), &f.graph, TOTAL, TOTAL, true, &f.work),
      CO_OK);
  co_graph_forward(&f.work, &steps, f.x, NULL, 0);
  co_graph_begin_backward(&f.work, &steps);
  memcpy(f.work.node[0].dy, dy, (size_t)(TOTAL * CO_LANES) * sizeof *dy);
  co_graph_backward(&f.work, &steps, f.x, NULL, 0, f.grad);
  perceptron p = run_network(&f, &net, dy);
  check_same(f.work.node[0].y, p.output[2], TOTAL * CO_LANES);
  check_same(f.grad, p.grad, (int)f.graph.size);
  ck_assert_double_eq(co_graph_forward_flop(&f.graph), co_mlp_forward_flop(&p.mlp));
  co_arena_free(&f.arena);
  co_network_free(&net);
}
END_TEST

START_TEST(tensors_are_named_by_their_nodes) {
  static const char *const names[] = {"actor.trunk.0.weight",
                                      "actor.trunk.0.bias",
                                      "actor.trunk.1.weight",
                                      "actor.trunk.1.bias",
                                      "actor.trunk.2.weight",
                                      "actor.trunk.2.bias",
                                      "actor.trunk.2.recurrent.weight",
                                      "actor.trunk.2.norm.weight",
                                      "actor.trunk.2.norm.bias",
                                      "actor.trunk.3.weight",
                                      "actor.trunk.3.bias",
                                      "actor.trunk.3.recurrent.weight",
                                      "actor.trunk.3.recurrent.bias",
                                      "actor.trunk.4.weight",
                                      "actor.trunk.4.bias",
                                      "actor.mean.weight",
                                      "actor.mean.bias",
                                      "critic.0.value.weight",
                                      "critic.0.value.bias"};
  fixture f;
  make(&f, co_kernels_get());
  ck_assert_int_eq(f.graph.num_tensors, (int)(sizeof names / sizeof *names));
  for (int t = 0; t < f.graph.num_tensors; t++) {
    ck_assert_str_eq(f.graph.tensor[t].name, names[t]);
    int row = f.graph.tensor[t].facts.init_row;
    ck_assert(row == t || row == -1);
  }
  ck_assert_int_eq(f.graph.state_size, 3 * CO_LANES);
  double lstm = 2.0 * (9 + 6) * 24, gru = 2.0 * (9 + 9) * 27;
  double runs_flop = 2.0 * (IN * 17 + 17 * 9 + 9 * 20 + 20 * 2 + 9 * 1);
  ck_assert_double_eq(co_graph_forward_flop(&f.graph), lstm + gru + runs_flop);
  ck_assert_double_eq(co_graph_backward_flop(&f.graph), 2 * (lstm + gru + runs_flop));
  co_arena_free(&f.arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("graph");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, forward_agrees_with_double);
  tcase_add_test(tcase, gradients_are_finite_differences);
  tcase_add_test(tcase, rows_and_steps_do_not_know_of_each_other);
  tcase_add_test(tcase, levels_have_the_same_bits);
  tcase_add_test(tcase, passes_again_are_the_same_and_allocate_nothing);
  tcase_add_loop_test(tcase, a_graph_of_one_run_is_the_perceptron, 0, NUM_RUNS);
  tcase_add_test(tcase, tensors_are_named_by_their_nodes);
  suite_add_tcase(suite, tcase);
  return suite;
}
