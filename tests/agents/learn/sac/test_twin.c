// SAC's gradients and steps beside a naive twin in double: plain, with layer norm, with dropout in
// the critics, whose masks the twin draws by their names, with a residual network.

#include "tests/agents/learn/sac/sac_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 64 };

// ---- losses in double as functions of a block of parameters

// An update under examination: parameters before, targets before, parameters after.
typedef struct twin {
  const co_sac_learner *learner;
  double *before, *target, *after;  // (net.size), targets at the places of their critics
  double alpha;
  uint64_t step;  // gradient step
} twin;

static void naive_layer(const double *block, const co_dense *layer, const double *x, double *y) {
  for (int j = 0; j < layer->out; j++) {
    y[j] = block[layer->bias + (size_t)j];
    for (int i = 0; i < layer->in; i++)
      y[j] += x[i] * block[layer->weight + (size_t)(i * layer->out_stride + j)];
  }
}

static void naive_norm(const double *block, const co_dense *layer, double *y) {
  const double *gain = block + layer->norm, *bias = gain + layer->out_stride;
  double mean = 0, variance = 0;
  for (int j = 0; j < layer->out; j++) mean += y[j] / layer->out;
  for (int j = 0; j < layer->out; j++) variance += pow(y[j] - mean, 2) / layer->out;
  for (int j = 0; j < layer->out; j++)
    y[j] = gain[j] * (y[j] - mean) / sqrt(variance + 1e-5) + bias[j];
}

// which row of the minibatch goes through a critic, and in which of its passes
typedef struct way {
  int row, pass;
} way;

static void naive_drop(const twin *t, int part, int l, way w, int out, double *y) {
  double rate = t->learner->spec.def.dropout;
  co_stream masks = {stream.seed, stream.number, CO_PURPOSE_DROPOUT};
  uint32_t row = (uint32_t)(w.row + (part / 4 << 24));
  co_rng rng = co_rng_make_lane(&masks, row, (uint32_t)w.pass);
  co_rng_seek(&rng, t->step << 12 | (uint64_t)(part % 4) << 10 | (uint64_t)l << 8);
  for (int j = 0; j < out; j++) y[j] *= co_rng_u32(&rng) < rate * 0x1p32 ? 0 : 1 / (1 - rate);
}

// x: in as the input of the part, out as its last hidden layer; w NULL: nothing is dropped
static void naive_hidden(const twin *t, const double *block, int part, const way *w, double *x) {
  const co_network *net = &t->learner->spec.policy->net;
  double y[WIDTH];
  for (int l = 0; l < net->num_layers - 1; l++) {
    const co_dense *layer = &net->part[part].layer[l];
    naive_layer(block, layer, x, y);
    if (layer->norm) naive_norm(block, layer, y);
    for (int j = 0; j < layer->out; j++) x[j] = y[j] > 0 ? y[j] : 0;
    if (w) naive_drop(t, part, l, *w, layer->out, x);
  }
}

static double naive_value(const twin *t, const double *block, int k, way w, const float *obs,
                          double action) {
  const co_network *net = &t->learner->spec.policy->net;
  double x[WIDTH] = {0}, value;
  for (int i = 0; i < PENDULUM_OBS; i++) x[i] = (double)obs[i];
  x[PENDULUM_OBS] = action;
  naive_hidden(t, block, CO_CRITIC + k, &w, x);
  naive_layer(block, &net->part[CO_CRITIC + k].layer[net->num_layers - 1], x, &value);
  return value;
}

static double smallest_value(const twin *t, const double *block, way w, const float *obs,
                             double action) {
  double smallest = INFINITY;
  for (int k = 0; k < t->learner->spec.num_critics; k++)
    smallest = fmin(smallest, naive_value(t, block, k, w, obs, action));
  return smallest;
}

typedef struct drawn {
  double action, log_prob;
} drawn;

// what a residual network adds to the mean
static double naive_residual(const twin *t, const double *block, const float *obs) {
  const co_network *net = &t->learner->spec.policy->net;
  double x[WIDTH] = {0}, y[WIDTH];
  for (int i = 0; i < PENDULUM_OBS; i++) x[i] = (double)obs[i];
  for (int l = 0; l < net->num_residual; l++) {
    const co_dense *layer = &net->part[CO_ACTOR].layer[net->num_layers + l];
    naive_layer(block, layer, x, y);
    for (int j = 0; j < layer->out; j++) x[j] = tanh(y[j]);
  }
  return net->num_residual ? net->def.residual.scale * x[0] : 0;
}

static drawn naive_draw(const twin *t, const double *block, const float *obs, double noise) {
  const co_network *net = &t->learner->spec.policy->net;
  double x[WIDTH] = {0}, mean, log_std;
  for (int i = 0; i < PENDULUM_OBS; i++) x[i] = (double)obs[i];
  naive_hidden(t, block, CO_ACTOR, NULL, x);
  naive_layer(block, &net->part[CO_ACTOR].layer[net->num_layers - 1], x, &mean);
  naive_layer(block, &net->log_std_head, x, &log_std);
  mean += naive_residual(t, block, obs);
  double a = tanh(mean + exp(log_std) * noise);
  return (drawn){a, -0.5 * noise * noise - log_std - 0.5 * log(2 * acos(-1)) - log(1 - a * a)};
}

static double goal_of(const twin *t, int row) {
  const co_sac_learner *l = t->learner;
  size_t i = l->scratch.minibatch.row[row].index;
  const float *next = l->state.player[CO_ENV_TARGET].replay->next_obs + i * PENDULUM_OBS;
  drawn d = naive_draw(t, t->before, next, (double)l->scratch.minibatch.next.noise[row]);
  double q = smallest_value(t, t->target, (way){row, CO_SAC_PASS_NEXT}, next, d.action);
  double value = q - t->alpha * d.log_prob;
  return (double)l->state.player[CO_ENV_TARGET].replay->reward[i] +
         (l->state.player[CO_ENV_TARGET].replay->terminated[i] ? 0 : l->spec.def.gamma * value);
}

static double critic_loss(const twin *t, const double *block) {
  const co_sac_learner *l = t->learner;
  double loss = 0;
  for (int row = 0; row < l->spec.batch; row++) {
    size_t i = l->scratch.minibatch.row[row].index;
    const float *obs = l->state.player[CO_ENV_TARGET].replay->obs + i * PENDULUM_OBS;
    double goal = goal_of(t, row),
           action = (double)l->state.player[CO_ENV_TARGET].replay->action[i];
    for (int k = 0; k < l->spec.num_critics; k++) {
      double q = naive_value(t, block, k, (way){row, CO_SAC_PASS_REPLAY}, obs, action);
      loss += 0.5 * pow(q - goal, 2) / l->spec.batch;
    }
  }
  return loss;
}

// with the critics as they are after their step
static double actor_loss(const twin *t, const double *block) {
  const co_sac_learner *l = t->learner;
  double loss = 0;
  for (int row = 0; row < l->spec.batch; row++) {
    const float *obs = l->state.player[CO_ENV_TARGET].replay->obs +
                       (size_t)l->scratch.minibatch.row[row].index * PENDULUM_OBS;
    drawn d = naive_draw(t, block, obs, (double)l->scratch.minibatch.sample.noise[row]);
    double q = smallest_value(t, t->after, (way){row, CO_SAC_PASS_ACTED}, obs, d.action);
    loss += (t->alpha * d.log_prob - q) / l->spec.batch;
  }
  return loss;
}

static double *to_double(const float *from, size_t count) {
  double *to = malloc(count * sizeof *to);
  for (size_t i = 0; i < count; i++) to[i] = (double)from[i];
  return to;
}

// ---- against the learner

// What was found of one tensor.
typedef struct findings {
  int compared, kinks;
  double largest;  // derivative
} findings;

// Central differences of the loss that this parameter takes part in, against the learner's
// gradient. Where those of both sides differ a kink lies between, and nothing follows.
static void check_gradient(const twin *t, size_t at, bool is_actor, findings *found) {
  const double h = 1e-5;
  double x = t->before[at];
  double (*loss)(const twin *, const double *) = is_actor ? actor_loss : critic_loss;
  // goals are constants to the critics' derivative; critics only enter them through `target`
  double here = loss(t, t->before);
  t->before[at] = x + h;
  double above = (loss(t, t->before) - here) / h;
  t->before[at] = x - h;
  double below = (here - loss(t, t->before)) / h;
  t->before[at] = x;
  double expected = (above + below) / 2, actual = (double)t->learner->scratch.nets.grad[at];
  found->largest = fmax(found->largest, fabs(expected));
  if (fabs(above - below) > 1e-2 * (1e-1 + fabs(expected))) {
    found->kinks++;
    return;
  }
  found->compared++;
  ck_assert_msg(fabs(actual - expected) <= 2e-4 * (1 + fabs(expected)), "%zu: %g, not %g", at,
                actual, expected);
}

// Adam's first step: moments (1 - beta) g and (1 - beta2) g^2, corrected
static void check_step(const twin *t, size_t at) {
  double g = (double)t->learner->scratch.nets.grad[at];
  double expected = t->before[at] - t->learner->spec.def.rate * g / (fabs(g) + 1e-8);
  ck_assert_double_eq_tol(t->after[at], expected, 1e-6);
}

static void check_tensors(const twin *t, int first, int end, bool is_actor) {
  const co_network *net = &t->learner->spec.policy->net;
  for (int i = first; i < end; i++) {
    const co_tensor *tensor = &net->tensor[i];
    size_t offset = (size_t)((float *)tensor->data - net->block);
    findings found = {0};
    for (int row = 0; row < tensor->rows; row++) {
      for (int col = 0; col < tensor->cols; col++) {
        size_t at = offset + (size_t)(row * tensor->stride + col);
        check_gradient(t, at, is_actor, &found);
        check_step(t, at);
      }
    }
    ck_assert_msg(found.largest > 1e-6, "%s: no gradient at all", tensor->name);
    ck_assert_msg(found.compared > 10 * found.kinks, "%s: %d kinks", tensor->name, found.kinks);
  }
}

static void check_figures(const twin *t) {
  const co_sac_learner *l = t->learner;
  ck_assert_double_eq_tol(l->state.total.critic_loss, critic_loss(t, t->before), 1e-4);
  ck_assert_double_eq_tol(l->state.total.actor_loss, actor_loss(t, t->before), 1e-4);
  double sum = 0;
  for (int row = 0; row < l->spec.batch; row++)
    sum += (double)l->scratch.minibatch.sample.log_prob[row] / l->spec.batch;
  ck_assert_double_eq_tol((double)l->scratch.nets.grad[l->spec.policy->net.log_alpha], -(sum - 1),
                          1e-5);
}

// Numbers that are not those of a fresh network, of norms in particular.
static void shake(fixture *f) {
  co_sac_learner *l = f->learner;
  co_network *net = &f->policy->net;
  co_rng rng = co_rng_make(&(co_stream){8, 0, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < net->num_tensors; i++) {
    const co_tensor *tensor = &net->tensor[i];
    float *data = tensor->data;
    for (int row = 0; row < tensor->rows; row++)
      for (int col = 0; col < tensor->cols; col++)
        data[row * tensor->stride + col] += (float)(0.05 * co_rng_normal(&rng));
  }
  net->block[net->log_alpha] = -1;
  float *target = l->state.target.block;
  for (size_t i = 0; i < l->state.target.size; i++)
    target[i] = 1.01f * net->block[net->size - l->state.target.size + i];
  co_sac_pack_all(l);
}

static const struct {
  bool norm;
  double dropout;
  int critics;
  co_residual_def residual;
} cases[] = {{.critics = 2},
             {.norm = true, .critics = 2},
             {.dropout = 0.2, .critics = 2},
             {.norm = true, .dropout = 0.1, .critics = 2},
             {.critics = 1},
             {.norm = true, .dropout = 0.1, .critics = 5},
             {.critics = 2, .residual = {2, {7, 9}, CO_TANH, 0.5}},
             {.norm = true, .critics = 2, .residual = {1, {7}, CO_TANH, 2}}};
enum { NUM_CASES = sizeof cases / sizeof *cases };

static fixture *make_case(int index, int threads) {
  co_sac_def def = small_def();
  def.start_steps = 1000;  // collects only
  def.layer_norm = cases[index].norm;
  def.dropout = cases[index].dropout;
  def.critics = cases[index].critics;
  fixture *f = make(def, (variant){.threads = threads, .residual = cases[index].residual});
  train(f, 4);
  f->learner->state.player[CO_ENV_TARGET].replay->terminated[7] =
      f->learner->state.player[CO_ENV_TARGET].replay->terminated[50] = 1;
  shake(f);
  co_sac_choose_moving(f->learner);
  return f;
}

START_TEST(one_update_agrees_with_the_naive_twin) {
  fixture *f = make_case(_i % NUM_CASES, 2 + _i / NUM_CASES);
  co_sac_learner *l = f->learner;
  const co_network *net = &f->policy->net;
  l->state.gradient_steps = 5;  // one that masks are named by
  twin t = {.learner = l, .alpha = exp(-1), .step = 5};
  t.before = to_double(net->block, net->size);
  size_t first = net->size - l->state.target.size;  // critics end the block
  t.target = to_double(net->block, net->size);
  for (size_t i = first; i < net->size; i++) t.target[i] = (double)l->state.target.block[i - first];
  ck_ok(co_sac_learn(l));
  t.after = to_double(net->block, net->size);
  int first_critic = net->part[CO_CRITIC].layer[0].tensor;
  check_tensors(&t, 0, first_critic - 1, true);
  check_tensors(&t, first_critic, net->num_tensors, false);
  ck_assert_uint_eq(first, net->part[CO_CRITIC].layer[0].weight);
  for (size_t i = first; i < net->size; i++)
    ck_assert_double_eq_tol((double)l->state.target.block[i - first],
                            t.target[i] + 0.005 * (t.after[i] - t.target[i]), 1e-6);
  check_figures(&t);
  free(t.before);
  free(t.target);
  free(t.after);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_twin");
  TCase *tests = tcase_create("sac_twin");
  tcase_set_timeout(tests, 240);
  tcase_add_loop_test(tests, one_update_agrees_with_the_naive_twin, 0, 2 * NUM_CASES);
  suite_add_tcase(suite, tests);
  return suite;
}
