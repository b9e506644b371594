// The divergence to the source policy: its labels are what the source does, its derivatives are
// those of the closed form in double, nothing pulls at a policy that is its source, and what it
// means nothing between is refused.

#include "agents/nn/gaussian.h"
#include "tests/agents/learn/loss/loss_fixture.h"
#include "tests/agents/nn/slopes.h"

#include <stdlib.h>

enum { ROWS = 23, STRIDE = CO_LANES, LABELS = 2 * LOSS_DIM };

static const double weight = 0.7;

// Rows of a minibatch with the source's labels, in an order of their own.
typedef struct fixture {
  co_head head;
  co_policy *source;
  co_arena arena;
  co_losses losses;
  float obs[ROWS * LOSS_OBS], label[ROWS * LABELS];
  uint32_t sample[ROWS];
  float out[ROWS * STRIDE], dout[ROWS * STRIDE];  // of the actor: means, log_std of a squashed head
  float log_std[LOSS_DIM], dlog_std[LOSS_DIM];    // of a Gaussian one
  float value[ROWS];
  double means[ROWS * LOSS_DIM], log_stds[ROWS * LOSS_DIM];  // the same for the twin
} fixture;

static fixture *make(co_head head) {
  fixture *f = calloc(1, sizeof *f);
  co_loss_def def = {.term = "kl_to_source", .weight = weight, .half_life = NAN};
  co_loss_list list = {1, {&def}};
  f->head = head;
  f->source = loss_policy(head, 3);
  f->losses = loss_terms(&f->arena, &list, f->source, 0);
  co_losses_begin(&f->losses, 0);
  ck_assert_int_eq(f->losses.num_labels, head == CO_HEAD_GAUSSIAN ? LOSS_DIM : LABELS);
  co_rng rng = co_rng_make(&(co_stream){2, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, f->obs, ROWS * LOSS_OBS);
  co_rng_normals(&rng, f->out, ROWS * STRIDE);
  co_rng_normals(&rng, f->log_std, LOSS_DIM);
  co_losses_label(&f->losses, 1, f->obs, ROWS, f->label);
  for (int r = 0; r < ROWS; r++) f->sample[r] = (uint32_t)(ROWS - 1 - r);
  return f;
}

static void release(fixture *f) {
  co_policy_free(f->source);
  co_arena_free(&f->arena);
  free(f);
}

static float *log_std_at(fixture *f, int r, int j) {
  return f->head == CO_HEAD_GAUSSIAN ? &f->log_std[j] : &f->out[r * STRIDE + LOSS_DIM + j];
}

static void add(fixture *f) {
  bool squashed = f->head == CO_HEAD_SQUASHED;
  co_loss_rows rows = {.count = ROWS,
                       .weight = 1.0f / ROWS,
                       .label = f->label,
                       .sample = f->sample,
                       .dim = LOSS_DIM,
                       .stride = STRIDE,
                       .mean = f->out,
                       .dmean = f->dout,
                       .log_std = squashed ? f->out + LOSS_DIM : f->log_std,
                       .dlog_std = squashed ? f->dout + LOSS_DIM : f->dlog_std,
                       .log_std_stride = squashed ? STRIDE : 0};
  co_losses_add(&f->losses, &rows, f->value, ROWS);
}

// ---- the closed form in double ----

static double hold(double x) {
  return x < -5 ? -5 : x > 2 ? 2 : x;
}

static double divergence(double mean0, double log_std0, double mean, double log_std) {
  double s0 = exp(hold(log_std0)), s = exp(hold(log_std));
  return log(s / s0) + (s0 * s0 + pow(mean0 - mean, 2)) / (2 * s * s) - 0.5;
}

static double source_log_std(const fixture *f, const float *label, int j) {
  const co_network *net = &f->source->net;
  return (double)(f->head == CO_HEAD_GAUSSIAN ? net->block[net->log_std + (size_t)j]
                                              : label[LOSS_DIM + j]);
}

static double row_divergence(const fixture *f, int r) {
  const float *label = f->label + (int)f->sample[r] * f->losses.num_labels;
  double sum = 0;
  for (int j = 0; j < LOSS_DIM; j++) {
    int spread = f->head == CO_HEAD_GAUSSIAN ? j : r * LOSS_DIM + j;
    sum += divergence((double)label[j], source_log_std(f, label, j), f->means[r * LOSS_DIM + j],
                      f->log_stds[spread]);
  }
  return sum;
}

static double mean_divergence(void *context) {
  const fixture *f = context;
  double sum = 0;
  for (int r = 0; r < ROWS; r++) sum += row_divergence(f, r);
  return weight * sum / ROWS;
}

static void copy_to_twin(fixture *f) {
  for (int r = 0; r < ROWS; r++) {
    for (int j = 0; j < LOSS_DIM; j++) {
      f->means[r * LOSS_DIM + j] = (double)f->out[r * STRIDE + j];
      f->log_stds[r * LOSS_DIM + j] = (double)*log_std_at(f, r, j);
    }
  }
}

// the derivatives without the strides of the network
static void unpad(const fixture *f, int first, float *out) {
  for (int r = 0; r < ROWS; r++)
    for (int j = 0; j < LOSS_DIM; j++) out[r * LOSS_DIM + j] = f->dout[r * STRIDE + first + j];
}

START_TEST(derivatives_are_those_of_the_closed_form) {
  fixture *f = make(_i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN);
  float dmean[ROWS * LOSS_DIM], dlog_std[ROWS * LOSS_DIM];
  copy_to_twin(f);
  add(f);
  unpad(f, 0, dmean);
  unpad(f, LOSS_DIM, dlog_std);
  slopes of_mean = {"means", f->means, dmean, ROWS, LOSS_DIM, LOSS_DIM, 1, 1, 1e-5};
  slopes of_spread = {"spreads", f->log_stds, dlog_std, ROWS, LOSS_DIM, LOSS_DIM, 1, 1, 1e-5};
  if (f->head == CO_HEAD_GAUSSIAN)
    of_spread = (slopes){"spread", f->log_stds, f->dlog_std, 1, LOSS_DIM, LOSS_DIM, 1, 1, 1e-5};
  slopes_compare(&of_mean, mean_divergence, f);
  slopes_compare(&of_spread, mean_divergence, f);
  for (int r = 0; r < ROWS; r++)
    ck_assert_double_eq_tol((double)f->value[r], row_divergence(f, r),
                            1e-5 * (1 + row_divergence(f, r)));
  release(f);
}
END_TEST

// Beyond its bounds a log_std is taken at them, and nothing pulls at it any more.
START_TEST(held_spreads_have_no_derivative) {
  fixture *f = make(_i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN);
  *log_std_at(f, 4, 0) = -5.5f;
  *log_std_at(f, 4, 2) = 2.5f;
  copy_to_twin(f);
  add(f);
  const float *d = f->head == CO_HEAD_GAUSSIAN ? f->dlog_std : f->dout + 4 * STRIDE + LOSS_DIM;
  ck_assert(d[0] == 0 && d[1] != 0 && d[2] == 0);
  ck_assert_double_eq_tol((double)f->value[4] / row_divergence(f, 4), 1, 1e-5);
  release(f);
}
END_TEST

START_TEST(derivatives_are_added) {
  fixture *f = make(_i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN);
  float once[ROWS * STRIDE];
  add(f);
  memcpy(once, f->dout, sizeof once);
  add(f);
  for (int i = 0; i < ROWS * STRIDE; i++) ck_assert(f->dout[i] == 2 * once[i]);
  release(f);
}
END_TEST

// ---- labels ----

static void put_source_outputs(fixture *f) {
  co_actor actor = co_actor_view(co_kernels_get(), f->source);
  float *scratch = co_arena_alloc(&f->arena, co_actor_scratch_size(&actor, ROWS), sizeof *scratch);
  co_actor_scratch at = co_actor_scratch_place(&actor, ROWS, scratch);
  float log_std[ROWS * LOSS_DIM];
  int last = actor.mlp.num_layers - 1, stride = actor.mlp.layer[last].out_stride;
  co_actor_run(&actor, f->obs, ROWS, NULL, &at);
  co_actor_log_std(&actor, &at, ROWS, log_std);
  for (int r = 0; r < ROWS; r++) {
    int sample = (int)f->sample[r];
    for (int j = 0; j < LOSS_DIM; j++) {
      f->out[r * STRIDE + j] = at.output[last][sample * stride + j];
      *log_std_at(f, r, j) = log_std[sample * LOSS_DIM + j];
    }
  }
}

START_TEST(labels_are_what_the_source_does) {
  fixture *f = make(_i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN);
  put_source_outputs(f);
  for (int r = 0; r < ROWS; r++) {
    const float *label = f->label + (int)f->sample[r] * f->losses.num_labels;
    for (int j = 0; j < LOSS_DIM; j++) {
      ck_assert_double_eq_tol((double)label[j], (double)f->out[r * STRIDE + j], 2e-6);
      ck_assert_double_eq_tol(hold(source_log_std(f, label, j)), (double)*log_std_at(f, r, j),
                              2e-6);
    }
  }
  release(f);
}
END_TEST

// What is bit for bit its source is not pulled at all, wherever it is.
START_TEST(nothing_pulls_at_the_source_itself) {
  fixture *f = make(_i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN);
  put_source_outputs(f);
  for (int r = 0; f->head == CO_HEAD_SQUASHED && r < ROWS; r++)  // of the joint head
    memcpy(f->out + r * STRIDE, f->label + (int)f->sample[r] * LABELS, LABELS * sizeof(float));
  add(f);
  for (int i = 0; i < ROWS * STRIDE; i++) ck_assert(f->dout[i] == 0);
  for (int j = 0; j < LOSS_DIM; j++) ck_assert(f->dlog_std[j] == 0);
  for (int r = 0; r < ROWS; r++) ck_assert(f->value[r] == 0);
  f->out[0] += 0.1f;
  add(f);
  ck_assert(f->dout[0] > 0 && f->value[0] > 0);
  release(f);
}
END_TEST

START_TEST(labels_of_a_row_are_its_own) {
  fixture *f = make(_i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN);
  for (int r = 0; r < ROWS; r++) {
    float label[LABELS];
    co_losses_label(&f->losses, 0, f->obs + r * LOSS_OBS, 1, label);
    ck_assert_mem_eq(label, f->label + r * f->losses.num_labels,
                     (size_t)f->losses.num_labels * sizeof *label);
  }
  release(f);
}
END_TEST

// ---- what it means nothing between ----

static void refused(const co_policy *source, const co_policy *target, const char *why) {
  co_loss_def def = {.term = "kl_to_source", .weight = 1};
  co_algorithm takes = {.name = "some", .takes_losses = true};
  if (why)
    ck_fails(co_loss_check(&def, &takes, source, target, false), CO_CONFIG, why);
  else
    ck_ok(co_loss_check(&def, &takes, source, target, false));
}

START_TEST(what_cannot_be_compared_is_refused) {
  co_policy *source = loss_policy(CO_HEAD_GAUSSIAN, 1), *target = loss_policy(CO_HEAD_GAUSSIAN, 2);
  co_policy *squashed = loss_policy(CO_HEAD_SQUASHED, 1);
  refused(source, target, NULL);
  refused(squashed, squashed, NULL);
  refused(NULL, target, "it needs a source policy, and the training starts from none");
  refused(squashed, target, "the source policy's head is squashed, the target's gaussian");
  co_env_info world = loss_world();
  world.obs_dim = 2;
  co_policy *other = loss_policy_in(&world, CO_HEAD_GAUSSIAN, 1);
  refused(other, target, "the source policy has 2 observations, the target 3");
  co_policy_free(other);
  co_action_element action[LOSS_DIM] = {loss_action[0], loss_action[2], loss_action[1]};
  world = loss_world();
  world.action = action;
  other = loss_policy_in(&world, CO_HEAD_GAUSSIAN, 1);
  refused(other, target, "action 1 is c in the source policy, b in the target");
  co_policy_free(other);
  co_policy_free(source);
  co_policy_free(target);
  co_policy_free(squashed);
}
END_TEST

// One output would be two actions; where the head is copied, the target's will mean the source's.
START_TEST(outputs_in_other_units_are_refused) {
  co_policy *source = loss_policy(CO_HEAD_SQUASHED, 1);
  co_action_element action[LOSS_DIM] = {loss_action[0], loss_action[1], loss_action[2]};
  action[1].high = 4;
  co_env_info world = loss_world();
  world.action = action;
  co_policy *target = loss_policy_in(&world, CO_HEAD_SQUASHED, 2);
  refused(source, target, "in other units for action b: copy actor.mean.*");
  co_loss_def def = {.term = "kl_to_source", .weight = 1};
  co_algorithm takes = {.name = "some", .takes_losses = true};
  ck_ok(co_loss_check(&def, &takes, source, target, true));
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("kl_to_source");
  TCase *tcase = tcase_create("kl_to_source");
  tcase_add_loop_test(tcase, derivatives_are_those_of_the_closed_form, 0, 2);
  tcase_add_loop_test(tcase, held_spreads_have_no_derivative, 0, 2);
  tcase_add_loop_test(tcase, derivatives_are_added, 0, 2);
  tcase_add_loop_test(tcase, labels_are_what_the_source_does, 0, 2);
  tcase_add_loop_test(tcase, nothing_pulls_at_the_source_itself, 0, 2);
  tcase_add_loop_test(tcase, labels_of_a_row_are_its_own, 0, 2);
  tcase_add_test(tcase, what_cannot_be_compared_is_refused);
  tcase_add_test(tcase, outputs_in_other_units_are_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
