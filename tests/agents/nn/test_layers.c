// Layer norm, dropout, shared trunks and all activations in whole networks: against the same
// networks in double precision, gradients against finite differences of those.

#include "agents/nn/mlp.h"
#include "agents/nn/network.h"
#include "tests/agents/nn/slopes.h"
#include "tests/support/acting.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 13, MAX_WIDTH = 40 };

static const co_network_def defs[] = {
    {.obs_dim = 5, .act_dim = 3, .num_hidden = 2, .hidden = {17, 9}, .activation = CO_ELU},
    {.obs_dim = 5, .act_dim = 3, .num_hidden = 2, .hidden = {17, 9}, .activation = CO_SWISH},
    {.obs_dim = 7,
     .act_dim = 2,
     .num_hidden = 2,
     .hidden = {33, 17},
     .activation = CO_TANH,
     .layer_norm = true},
    {.obs_dim = 3,
     .act_dim = 1,
     .num_hidden = 3,
     .hidden = {16, 5, 20},
     .activation = CO_SWISH,
     .layer_norm = true},
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 2,
     .hidden = {20, 18},
     .activation = CO_TANH,
     .shared_trunk = true},
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 1,
     .hidden = {30},
     .activation = CO_ELU,
     .layer_norm = true,
     .shared_trunk = true},
    // an activation for each layer, without and with a tape
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 3,
     .hidden = {20, 18, 9},
     .activation = CO_TANH,
     .num_activations = 3,
     .activations = {CO_TANH, CO_ELU, CO_TANH}},
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 3,
     .hidden = {20, 18, 9},
     .activation = CO_ELU,
     .num_activations = 3,
     .activations = {CO_ELU, CO_SWISH, CO_TANH}},
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 9,
     .hidden = {20, 18, 9, 17, 12, 8, 20, 16, 5},
     .activation = CO_TANH},
    // beside a residual network, without and with a tape
    {.obs_dim = 4,
     .act_dim = 3,
     .num_hidden = 2,
     .hidden = {20, 9},
     .activation = CO_ELU,
     .residual = {1, {18}, CO_TANH, 0.7}},
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 2,
     .hidden = {20, 9},
     .activation = CO_TANH,
     .layer_norm = true,
     .residual = {3, {8, 33, 12}, CO_SWISH, 3}},
    {.obs_dim = 4,
     .act_dim = 2,
     .num_hidden = 0,
     .activation = CO_TANH,
     .residual = {1, {20}, CO_SWISH, 1}},
};
enum { NUM_DEFS = sizeof defs / sizeof *defs };
static const double rates[] = {0, 0.3};
enum { NUM_RATES = sizeof rates / sizeof *rates };

// numbers of ordinary size everywhere, norm weights and biases too
static co_network make(const co_network_def *def) {
  co_network net;
  co_stream stream = {21, 1, CO_PURPOSE_TEST};
  ck_assert_int_eq(co_network_create(def, &net), CO_OK);
  co_network_init(&net, &stream);
  co_rng rng = co_rng_make(&stream, 77);
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++)
        ((float *)tensor->data)[row * tensor->stride + col] += 0.3f * (float)co_rng_normal(&rng);
  }
  return net;
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

static void double_product(const co_dense *d, const double *block, const double *x, double *y) {
  for (int o = 0; o < d->out; o++) {
    y[o] = block[d->bias + (size_t)o];
    for (int k = 0; k < d->in; k++)
      y[o] += x[k] * block[d->weight + (size_t)(k * d->out_stride + o)];
  }
}

static void double_norm(const co_dense *d, const double *block, double *y) {
  double mean = 0, square = 0;
  for (int o = 0; o < d->out; o++) mean += y[o] / d->out;
  for (int o = 0; o < d->out; o++) square += (y[o] - mean) * (y[o] - mean) / d->out;
  for (int o = 0; o < d->out; o++)
    y[o] = block[d->norm + (size_t)o] * (y[o] - mean) / sqrt(square + 1e-5) +
           block[d->norm + (size_t)(d->out_stride + o)];
}

// What dropout multiplies the elements of each hidden layer of each row with.
typedef double masks[CO_MAX_HIDDEN][ROWS][MAX_WIDTH];

// Hidden layers of a part of one row; x goes in as the input and out as the last of them. Returns
// the sum of their outputs times `extra` (as in co_mlp_backward_args), 0 without.
static double double_hidden(const co_network *net, int part, const double *block, const masks *mask,
                            const float *const *extra, int row, double *x) {
  double y[MAX_WIDTH], sum = 0;
  for (int l = 0; l < net->num_layers - 1; l++) {
    const co_dense *d = &net->part[part].layer[l];
    double_product(d, block, x, y);
    if (net->def.layer_norm) double_norm(d, block, y);
    for (int o = 0; o < d->out; o++) {
      x[o] = activate(co_network_activation(&net->def, l), y[o]);
      if (mask) x[o] *= (*mask)[l][row][o];
      if (extra && extra[l]) sum += x[o] * (double)extra[l][row * d->out_stride + o];
    }
  }
  return sum;
}

static void double_head(const co_network *net, int part, const double *block, const double *x,
                        double *out) {
  double_product(&net->part[part].layer[net->num_layers - 1], block, x, out);
}

// x is the input; adds to the mean what the residual network puts out
static void double_residual(const co_network *net, const double *block, const masks *mask, int row,
                            double *x, double *mean) {
  const co_residual_def *residual = &net->def.residual;
  double y[MAX_WIDTH];
  for (int l = net->num_layers; l < net->num_layers + net->num_residual; l++) {
    const co_dense *d = &net->part[CO_ACTOR].layer[l];
    bool hidden = l < net->num_layers + residual->num_hidden;
    double_product(d, block, x, y);
    for (int o = 0; o < d->out; o++) {
      x[o] = activate(hidden ? residual->activation : CO_TANH, y[o]);
      if (mask && hidden) x[o] *= (*mask)[l][row][o];
    }
  }
  for (int o = 0; net->num_residual && o < net->def.act_dim; o++) mean[o] += residual->scale * x[o];
}

static void double_forward(const co_network *net, const double *block, const float *obs,
                           double *mean, double *value) {
  double x[MAX_WIDTH];
  for (int i = 0; i < net->def.obs_dim; i++) x[i] = (double)obs[i];
  double_hidden(net, CO_ACTOR, block, NULL, NULL, 0, x);
  double_head(net, CO_ACTOR, block, x, mean);
  if (!net->def.shared_trunk) {
    for (int i = 0; i < net->def.obs_dim; i++) x[i] = (double)obs[i];
    double_residual(net, block, NULL, 0, x, mean);
    for (int i = 0; i < net->def.obs_dim; i++) x[i] = (double)obs[i];
    double_hidden(net, CO_CRITIC, block, NULL, NULL, 0, x);
  }
  double_head(net, CO_CRITIC, block, x, value);
}

static double *double_block(const co_network *net) {
  double *block = malloc(net->size * sizeof *block);
  for (size_t i = 0; i < net->size; i++) block[i] = (double)net->block[i];
  return block;
}

static void fill_obs(float *obs, int count) {
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, obs, count);
}

START_TEST(forward_agrees_with_double) {
  co_network net = make(&defs[_i]);
  int obs_dim = net.def.obs_dim, act_dim = net.def.act_dim;
  float obs[ROWS * MAX_WIDTH], mean[ROWS * MAX_WIDTH], value[ROWS], alone[ROWS];
  double *block = double_block(&net), expected[MAX_WIDTH], of_value[1], largest = 0;
  fill_obs(obs, ROWS * obs_dim);
  network_forward(&net, obs, ROWS, mean, value);
  network_forward(&net, obs, ROWS, NULL, alone);
  ck_assert_mem_eq(value, alone, sizeof value);
  for (int row = 0; row < ROWS; row++) {
    double_forward(&net, block, obs + row * obs_dim, expected, of_value);
    for (int j = 0; j < act_dim; j++)
      ck_assert_double_eq_tol((double)mean[row * act_dim + j], expected[j], 2e-5);
    ck_assert_double_eq_tol((double)value[row], of_value[0], 2e-5);
    largest = fmax(largest, fabs(of_value[0]));
  }
  ck_assert_double_gt(largest, 0.1);
  free(block);
  co_network_free(&net);
}
END_TEST

// ---- one network with what a pass over ROWS rows needs

typedef struct pass {
  co_arena arena;
  co_mlp mlp, value;  // value: of a shared trunk
  co_mlp_tape tape;
  float *x, *grad;
  int x_stride;
  float *of_value;  // of a shared trunk: derivative of the value's loss by the last hidden layer
  const float *feature[CO_MAX_HIDDEN];  // the loss has hidden outputs times these, NULL: it has not
  float *output[CO_MAX_LAYERS], *delta[CO_MAX_LAYERS];
  float *value_output, *value_delta;
  const bool *moves;  // NULL: all
} pass;

static float *floats(pass *p, int rows, int cols) {
  return co_arena_alloc(&p->arena, (size_t)(rows * cols), sizeof(float));
}

static void transpose(pass *p, co_dense_view *view) {
  float *to = floats(p, view->out, view->in_stride);
  co_transpose(view->weight, view->in, view->out_stride, view->out, to, view->in_stride);
  view->transposed = to;
}

static pass make_pass(const co_network *net, double rate) {
  pass p = {.mlp = co_mlp_view(co_kernels_get(), net, net->part[CO_ACTOR].layer)};
  int last = p.mlp.num_layers - 1;
  p.x_stride = p.mlp.layer[0].in_stride;
  p.x = floats(&p, ROWS, p.x_stride);
  p.grad = floats(&p, 1, (int)net->size);
  for (int l = 0; l < co_mlp_layers(&p.mlp); l++) {
    p.output[l] = floats(&p, ROWS, p.mlp.layer[l].out_stride);
    p.delta[l] = floats(&p, ROWS, p.mlp.layer[l].out_stride);
    transpose(&p, &p.mlp.layer[l]);
  }
  float obs[ROWS * MAX_WIDTH];
  fill_obs(obs, ROWS * net->def.obs_dim);
  for (int r = 0; r < ROWS; r++)
    memcpy(p.x + r * p.x_stride, obs + r * net->def.obs_dim,
           (size_t)net->def.obs_dim * sizeof *obs);
  ck_assert_int_eq(co_mlp_tape_create(&p.arena, &p.mlp, ROWS, &p.tape), CO_OK);
  p.tape.dropout = (co_dropout){
      .rate = rate, .stream = {3, 1, CO_PURPOSE_DROPOUT}, .step = 41, .part = CO_ACTOR};
  if (!net->def.shared_trunk) return p;
  p.value = co_mlp_view(co_kernels_get(), net, net->part[CO_CRITIC].layer);
  transpose(&p, &p.value.layer[last]);
  p.of_value = floats(&p, ROWS, p.value.layer[last].in_stride);
  p.value_output = floats(&p, ROWS, CO_LANES);
  p.value_delta = floats(&p, ROWS, CO_LANES);
  return p;
}

// loss = sum over rows and outputs of y^2 / 2, value included where the trunk is shared, and of
// hidden outputs times `feature`
static void run(pass *p) {
  int last = p->mlp.num_layers - 1;
  const float *extra[CO_MAX_HIDDEN];
  bool any = false;
  const co_mlp_tape *tape = co_mlp_needs_tape(&p->mlp, p->tape.dropout.rate) ? &p->tape : NULL;
  if (tape)
    co_mlp_forward_tape(&p->mlp, p->x, p->x_stride, ROWS, p->output, tape);
  else
    co_mlp_forward(&p->mlp, p->x, p->x_stride, ROWS, p->output);
  memcpy(p->delta[last], p->output[last],
         (size_t)(ROWS * p->mlp.layer[last].out_stride) * sizeof(float));
  for (int l = 0; l < last; l++) any |= (extra[l] = p->feature[l]) != NULL;
  if (p->of_value) {
    const co_dense_view *head = &p->value.layer[last];
    float *delta[CO_MAX_LAYERS] = {[CO_MAX_HIDDEN] = NULL};
    delta[last] = p->value_delta;
    p->mlp.kernels->forward(head, p->output[last - 1], head->in_stride, ROWS, -1, p->value_output);
    memcpy(p->value_delta, p->value_output, ROWS * CO_LANES * sizeof(float));
    co_mlp_gradient(
        &p->value,
        &(co_mlp_backward_args){.rows = ROWS, .output = p->output, .delta = delta, .grad = p->grad},
        last, 0, head->in, p->grad + p->value.dense[last].bias);
    p->mlp.kernels->backward(head, p->value_delta, NULL, ROWS, -1, p->of_value);
    any = true;
    extra[last - 1] = p->of_value;
  }
  co_mlp_backward(&p->mlp, &(co_mlp_backward_args){.x = p->x,
                                                   .x_stride = p->x_stride,
                                                   .rows = ROWS,
                                                   .output = p->output,
                                                   .delta = p->delta,
                                                   .tape = tape,
                                                   .extra = any ? extra : NULL,
                                                   .moves = p->moves,
                                                   .grad = p->grad});
}

// what was dropped, as the tape tells: no derivative of these activations is 0 otherwise
static void read_masks(const pass *p, masks mask) {
  double kept = 1 / (1 - p->tape.dropout.rate);
  for (int l = 0; l < co_mlp_layers(&p->mlp); l++)
    for (int r = 0; r < ROWS && l != p->mlp.num_layers - 1; r++)
      for (int o = 0; o < p->mlp.layer[l].out; o++) {
        bool dropped =
            p->tape.dropout.rate > 0 && p->tape.slope[l][r * p->mlp.layer[l].out_stride + o] == 0;
        mask[l][r][o] = dropped ? 0 : kept;
      }
}

static double double_loss(const co_network *net, const double *block, const pass *p,
                          const masks *mask) {
  double loss = 0;
  for (int r = 0; r < ROWS; r++) {
    double x[MAX_WIDTH], y[MAX_WIDTH];
    for (int i = 0; i < net->def.obs_dim; i++) x[i] = (double)p->x[r * p->x_stride + i];
    loss += double_hidden(net, CO_ACTOR, block, mask, p->feature, r, x);
    double_head(net, CO_ACTOR, block, x, y);
    double obs[MAX_WIDTH];
    for (int i = 0; i < net->def.obs_dim; i++) obs[i] = (double)p->x[r * p->x_stride + i];
    double_residual(net, block, mask, r, obs, y);
    for (int o = 0; o < net->def.act_dim; o++) loss += 0.5 * y[o] * y[o];
    if (!net->def.shared_trunk) continue;
    double_head(net, CO_CRITIC, block, x, y);
    loss += 0.5 * y[0] * y[0];
  }
  return loss;
}

static bool has_gradient(const co_network *net, const char *name) {
  if (strstr(name, "log_std")) return false;
  return strncmp(name, "actor.", 6) == 0 || net->def.shared_trunk;
}

typedef struct twin {
  const co_network *net;
  const double *block;
  const pass *p;
  const masks *mask;
} twin;

static double loss_of_twin(void *context) {
  const twin *t = context;
  return double_loss(t->net, t->block, t->p, t->mask);
}

// a sample of the elements of every tensor, after a pass
static void compare_tensors(const co_network *net, const pass *p) {
  static masks mask;
  read_masks(p, mask);
  double *block = double_block(net);
  twin t = {net, block, p, (const masks *)&mask};
  for (int i = 0; i < net->num_tensors; i++) {
    const co_tensor *tensor = &net->tensor[i];
    ptrdiff_t at = (const float *)tensor->data - net->block;
    slopes of = {.name = tensor->name,
                 .value = block + at,
                 .grad = p->grad + at,
                 .rows = tensor->rows,
                 .cols = tensor->cols,
                 .stride = tensor->stride,
                 .row_step = 1 + tensor->rows / 7,
                 .col_step = 1 + tensor->cols / 7,
                 .tolerance = 5e-5};
    if (has_gradient(net, tensor->name)) slopes_compare(&of, loss_of_twin, &t);
  }
  free(block);
}

START_TEST(gradients_are_finite_differences) {
  co_network net = make(&defs[_i / NUM_RATES]);
  pass p = make_pass(&net, rates[_i % NUM_RATES]);
  run(&p);
  compare_tensors(&net, &p);
  co_arena_free(&p.arena);
  co_network_free(&net);
}
END_TEST

// A loss on hidden outputs, of one layer or of all, with and without a tape.
START_TEST(losses_on_hidden_layers_enter_the_gradient) {
  const co_network_def *def = &defs[_i / NUM_RATES];
  for (int only = -1; only < def->num_hidden && !def->shared_trunk; only++) {
    co_network net = make(def);
    pass p = make_pass(&net, rates[_i % NUM_RATES]);
    co_rng rng = co_rng_make(&(co_stream){6, 0, CO_PURPOSE_TEST}, 0);
    for (int l = 0; l < def->num_hidden; l++) {
      if (only >= 0 && l != only) continue;
      const co_dense_view *layer = &p.mlp.layer[l];
      float *feature = floats(&p, ROWS, layer->out_stride);
      for (int r = 0; r < ROWS; r++)
        co_rng_normals(&rng, feature + r * layer->out_stride, layer->out);
      p.feature[l] = feature;
    }
    run(&p);
    compare_tensors(&net, &p);
    co_arena_free(&p.arena);
    co_network_free(&net);
  }
}
END_TEST

// A tape changes no bit of the outputs.
START_TEST(outputs_do_not_depend_on_a_tape) {
  co_network net = make(&defs[_i]);
  pass with = make_pass(&net, 0), without = make_pass(&net, 0);
  co_mlp_forward_tape(&with.mlp, with.x, with.x_stride, ROWS, with.output, &with.tape);
  co_mlp_forward(&without.mlp, without.x, without.x_stride, ROWS, without.output);
  for (int l = 0; l < co_mlp_layers(&with.mlp); l++)
    ck_assert_mem_eq(with.output[l], without.output[l],
                     (size_t)(ROWS * with.mlp.layer[l].out_stride) * sizeof(float));
  co_arena_free(&with.arena);
  co_arena_free(&without.arena);
  co_network_free(&net);
}
END_TEST

// ---- dropout

static float *hidden_of(pass *p, uint64_t step, int part, uint32_t row0) {
  p->tape.dropout.step = step;
  p->tape.dropout.part = part;
  p->tape.dropout.row0 = row0;
  co_mlp_forward_tape(&p->mlp, p->x, p->x_stride, ROWS, p->output, &p->tape);
  return p->output[0];
}

static int zeros(const float *x, int stride, int width) {
  int count = 0;
  for (int r = 0; r < ROWS; r++)
    for (int o = 0; o < width; o++) count += x[r * stride + o] == 0;
  return count;
}

START_TEST(dropout_is_named_by_row_step_part_and_layer) {
  co_network net = make(&defs[2]);
  pass p = make_pass(&net, 0.3), plain = make_pass(&net, 0);
  int width = p.mlp.layer[0].out, stride = p.mlp.layer[0].out_stride;
  size_t size = (size_t)(ROWS * stride) * sizeof(float);
  float first[ROWS * 48], *whole = hidden_of(&plain, 1, 0, 0);
  memcpy(first, hidden_of(&p, 1, CO_ACTOR, 0), size);
  int dropped = zeros(first, stride, width);
  ck_assert_int_gt(dropped, ROWS * width * 2 / 10);
  ck_assert_int_lt(dropped, ROWS * width * 4 / 10);
  for (int i = 0; i < ROWS * stride; i++)
    ck_assert(first[i] == 0 || first[i] == whole[i] * (float)(1 / 0.7));
  ck_assert_mem_eq(first, hidden_of(&p, 1, CO_ACTOR, 0), size);
  ck_assert_mem_ne(first, hidden_of(&p, 2, CO_ACTOR, 0), size);
  ck_assert_mem_ne(first, hidden_of(&p, 1, CO_CRITIC, 0), size);
  ck_assert_mem_ne(first, hidden_of(&p, 1, CO_ACTOR, ROWS), size);
  // a later block of the same minibatch: row 5 of the whole is row 0 of what starts there
  memmove(p.x, p.x + 5 * p.x_stride, (size_t)((ROWS - 5) * p.x_stride) * sizeof(float));
  const float *later = hidden_of(&p, 1, CO_ACTOR, 5);
  ck_assert_mem_eq(later, first + 5 * stride, (size_t)((ROWS - 5) * stride) * sizeof(float));
  co_arena_free(&p.arena);
  co_arena_free(&plain.arena);
  co_network_free(&net);
}
END_TEST

// The masks of all layers of a deep network, of as many parts, and of the next step are apart.
START_TEST(dropout_of_every_layer_is_its_own) {
  enum { LAYERS = 9, WIDTH = 32, PARTS = 6, SEVERAL = 2 * PARTS * LAYERS };
  co_network_def def = {.obs_dim = 4, .act_dim = 2, .num_hidden = LAYERS, .activation = CO_ELU};
  for (int l = 0; l < LAYERS; l++) def.hidden[l] = WIDTH;
  co_network net = make(&def);
  pass p = make_pass(&net, 0.5);
  static masks mask;
  static double all[SEVERAL][ROWS * WIDTH];
  for (int i = 0; i < 2 * PARTS; i++) {
    hidden_of(&p, (uint64_t)(40 + i / PARTS), i % PARTS, 0);
    read_masks(&p, mask);
    for (int l = 0; l < LAYERS; l++)
      for (int r = 0; r < ROWS; r++)
        memcpy(all[i * LAYERS + l] + r * WIDTH, mask[l][r], WIDTH * sizeof(double));
  }
  for (int a = 0; a < SEVERAL; a++)
    for (int b = 0; b < a; b++) ck_assert_mem_ne(all[a], all[b], sizeof all[a]);
  co_arena_free(&p.arena);
  co_network_free(&net);
}
END_TEST

// One name for all layers, or names that are all the same, are one activation.
START_TEST(activations_are_kept_as_few_as_they_are) {
  static const char *const same[] = {"relu", "relu", "relu"}, *const others[] = {"relu", "elu",
                                                                                 "tanh"};
  co_network_def a = {.num_hidden = 3}, b = {.num_hidden = 3};
  co_network_set_activations(&a, same, 1);
  co_network_set_activations(&b, same, 3);
  ck_assert(a.activation == CO_RELU && a.num_activations == 0 && b.num_activations == 0);
  ck_assert(co_network_same_activations(&a, &b));
  co_network_set_activations(&b, others, 3);
  ck_assert(b.activation == CO_RELU && b.num_activations == 3);
  ck_assert(co_network_activation(&b, 0) == CO_RELU && co_network_activation(&b, 2) == CO_TANH);
  ck_assert(!co_network_same_activations(&a, &b));
}
END_TEST

// ---- layout

START_TEST(norms_and_shared_trunks_have_names) {
  static const char *const expected[] = {
      "actor.trunk.0.weight",    "actor.trunk.0.bias",    "actor.trunk.0.norm.weight",
      "actor.trunk.0.norm.bias", "actor.mean.weight",     "actor.mean.bias",
      "actor.log_std",           "critic.0.value.weight", "critic.0.value.bias"};
  co_network net;
  ck_assert_int_eq(co_network_create(&defs[5], &net), CO_OK);
  co_network_init(&net, &(co_stream){1, 1, CO_PURPOSE_INIT});
  ck_assert_int_eq(net.num_tensors, (int)(sizeof expected / sizeof *expected));
  for (int t = 0; t < net.num_tensors; t++) ck_assert_str_eq(net.tensor[t].name, expected[t]);
  int shape[2];
  ck_assert_int_eq(co_tensor_shape(&net.tensor[2], shape), 1);
  for (int i = 0; i < 30; i++) {
    ck_assert(co_tensor_get(&net.tensor[2], 0, i) == 1);
    ck_assert(co_tensor_get(&net.tensor[3], 0, i) == 0);
  }
  ck_assert(((const float *)net.tensor[2].data)[30] == 0);  // padding
  ck_assert_int_eq(co_dense_tensors_end(&net.part[CO_ACTOR].layer[0]), 4);
  ck_assert_int_eq(co_dense_tensors_end(&net.part[CO_ACTOR].layer[1]), 6);
  co_network_free(&net);
}
END_TEST

// ---- layers that do not move

// Where only it moves, its gradient is the same, and of the others there is none.
START_TEST(gradients_of_frozen_layers_are_left_out) {
  co_network net = make(&defs[_i]);
  pass all = make_pass(&net, 0), some = make_pass(&net, 0);
  bool moves[CO_MAX_LAYERS];
  for (int l = 0; l < co_mlp_layers(&all.mlp); l++) moves[l] = l >= net.num_layers;
  run(&all);
  some.moves = moves;
  run(&some);
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    size_t at = (size_t)((const float *)tensor->data - net.block);
    size_t count = (size_t)(tensor->rows * tensor->stride);
    bool residual = tensor->facts.layer == CO_LAYER_RESIDUAL;
    for (size_t i = 0; i < count && tensor->facts.part == CO_PART_ACTOR; i++)
      ck_assert(some.grad[at + i] == (residual ? all.grad[at + i] : 0));
  }
  co_arena_free(&all.arena);
  co_arena_free(&some.arena);
  co_network_free(&net);
}
END_TEST

START_TEST(only_some_networks_need_a_tape) {
  static const bool expected[NUM_DEFS] = {false, true, true,  true,  false, true,
                                          false, true, false, false, true,  true};
  for (int i = 0; i < NUM_DEFS; i++) {
    co_network net = make(&defs[i]);
    co_mlp mlp = co_mlp_view(co_kernels_get(), &net, net.part[CO_ACTOR].layer);
    ck_assert_int_eq(co_mlp_needs_tape(&mlp, 0), expected[i]);
    ck_assert(co_mlp_needs_tape(&mlp, 0.1));
    co_network_free(&net);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("layers");
  TCase *passes = tcase_create("passes");
  tcase_add_loop_test(passes, forward_agrees_with_double, 0, NUM_DEFS);
  tcase_add_loop_test(passes, gradients_are_finite_differences, 0, NUM_DEFS * NUM_RATES);
  tcase_add_loop_test(passes, losses_on_hidden_layers_enter_the_gradient, 0, NUM_DEFS * NUM_RATES);
  tcase_add_loop_test(passes, outputs_do_not_depend_on_a_tape, 0, NUM_DEFS);
  tcase_add_test(passes, dropout_is_named_by_row_step_part_and_layer);
  tcase_add_test(passes, dropout_of_every_layer_is_its_own);
  tcase_add_test(passes, activations_are_kept_as_few_as_they_are);
  suite_add_tcase(suite, passes);
  TCase *layout = tcase_create("layout");
  tcase_add_test(layout, norms_and_shared_trunks_have_names);
  tcase_add_test(layout, only_some_networks_need_a_tape);
  tcase_add_loop_test(layout, gradients_of_frozen_layers_are_left_out, 9, NUM_DEFS);
  suite_add_tcase(suite, layout);
  return suite;
}
