// Behaviour cloning: what it learns, from which rows, and that nothing depends on threads or kills.

#include "agents/policy/actor.h"
#include "core/count_alloc.h"
#include "core/memory.h"
#include "tests/agents/learn/bc/bc_fixture.h"

#include <inttypes.h>
#include <math.h>

static void make_data(void) {
  scratch_make();
  write_set(at("set.codata"), 0, 1);
}

// ---- what it learns

static double worst_action(const co_policy *policy) {
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  float *block = co_alloc_aligned(co_actor_scratch_size(&actor, 1), sizeof *block);
  co_actor_scratch scratch_rows = co_actor_scratch_place(&actor, 1, block);
  const co_stream of = {99, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&of, 0);
  double worst = 0;
  for (int i = 0; i < 500; i++) {
    float obs[LINE_OBS], want[LINE_ACTION], have[LINE_ACTION];
    for (int j = 0; j < LINE_OBS; j++) obs[j] = (float)(1.6 * co_rng_uniform(&rng) - 0.8);
    teacher(obs, want);
    co_actor_act(&actor, obs, 1, NULL, &scratch_rows, have);
    for (int j = 0; j < LINE_ACTION; j++)
      worst = fmax(worst, fabs((double)have[j] - (double)want[j]));
  }
  free(block);
  return worst;
}

START_TEST(a_clone_does_what_was_done) {
  static const char *const edits[] = {"rate=0.003", NULL};
  fixture *f = make(edits, 2, at("set.codata"));
  train(f, 1);
  co_learner_stats first = stats_of(f);
  train(f, 149);
  co_learner_stats last = stats_of(f);
  ck_assert_double_lt(last.policy_loss, 1e-4);
  ck_assert_double_lt(last.held_out_loss, 1e-3);
  ck_assert_double_gt(first.policy_loss, 100 * last.policy_loss);
  ck_assert_double_lt(worst_action(f->policy), 0.1);
  ck_assert_int_eq(last.env_steps, 0);
  ck_assert_int_eq(last.updates, 150);
  ck_assert_int_eq(last.gradient_steps, 150 * 20);
  ck_assert_double_eq_tol(last.flop, 150 * first.flop, 1e-6 * last.flop);
  release(f);
}
END_TEST

// With noise around the actions the likeliest spread is the noise's. In elements of the output:
// action 0 has a range of -1..1, action 1 is a torque, as it is.
START_TEST(the_spread_is_that_of_the_data) {
  const double noise = 0.05;
  write_set(at("noisy.codata"), noise, 2);
  fixture *f = make(NULL, 1, at("noisy.codata"));
  train(f, 40);
  const float *log_std = f->policy->net.block + f->policy->net.log_std;
  for (int j = 0; j < LINE_ACTION; j++)
    ck_assert_double_eq_tol(exp((double)log_std[j]), noise, 0.15 * noise);
  double entropy = log(2 * acos(-1)) + 1 + (double)log_std[0] + (double)log_std[1];
  ck_assert_double_eq_tol(stats_of(f).entropy, entropy, 1e-5);
  release(f);
}
END_TEST

// Mean and variance over what is learned from, and over nothing else.
START_TEST(the_normaliser_has_the_moments_of_the_data) {
  fixture *f = make(NULL, 1, at("set.codata"));
  const co_data_part *kept = &f->learner->spec.kept[0];
  ck_assert_int_eq(kept->episodes, EPISODES - 2);
  train(f, 2);
  for (int j = 0; j < LINE_OBS; j++) {
    double mean = 0, square = 0, count = (double)kept->transitions;
    for (int64_t k = 0; k < kept->transitions; k++)
      mean += (double)co_data_part_at(kept, k).obs[j] / count;
    for (int64_t k = 0; k < kept->transitions; k++)
      square += pow((double)co_data_part_at(kept, k).obs[j] - mean, 2) / count;
    ck_assert_double_eq_tol(f->policy->obs_norm.mean[j], mean, 1e-12);
    ck_assert_double_eq_tol(f->policy->obs_norm.var[j], square, 1e-12);
  }
  ck_assert_double_eq(*f->policy->obs_norm.count, (double)kept->transitions);
  release(f);
}
END_TEST

START_TEST(it_can_be_left_off) {
  static const char *const edits[] = {"normalize_obs=false", "holdout=0.0", NULL};
  fixture *f = make(edits, 1, at("set.codata"));
  train(f, 2);
  ck_assert_double_eq(*f->policy->obs_norm.count, 0);
  ck_assert(isinf(f->policy->obs_norm.clip));
  ck_assert(isnan(stats_of(f).held_out_loss));
  ck_assert_int_eq(f->learner->spec.kept[0].transitions, EPISODES * LENGTH);
  release(f);
}
END_TEST

// ---- tensors

START_TEST(there_is_no_critic) {
  fixture *f = make(NULL, 1, at("set.codata"));
  ck_assert(!co_policy_has_critics(f->policy));
  for (int t = 0; t < f->policy->num_tensors; t++) {
    const char *name = f->policy->tensor[t].name;
    ck_assert_msg(strncmp(name, "actor.", 6) == 0 || strncmp(name, "obs_norm.", 9) == 0, "%s",
                  name);
  }
  release(f);
}
END_TEST

// Rules are those of the policy's own list, which is shorter than the network's.
START_TEST(rules_hold_tensors_and_begin_later) {
  const char *path = at("set.codata");
  fixture *f = make_without_learner(NULL, 1, &path, 1);
  co_policy *before;
  co_tensor_rule rule[64];
  for (int t = 0; t < f->policy->num_tensors; t++) rule[t] = (co_tensor_rule){.rate = 1};
  int held = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "actor.trunk.0.weight");
  int later = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "actor.mean.bias");
  int spread = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "actor.log_std");
  int norm = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "obs_norm.mean");
  rule[held].rate = rule[spread].rate = rule[norm].rate = 0;
  rule[later].from_update = 2;
  create_learner(f, rule);
  ck_ok(co_policy_copy(f->policy, &before));
  train(f, 2);
  for (int t = 0; t < f->policy->num_tensors; t++) {
    bool moved = co_tensor_hash(&f->policy->tensor[t]) != co_tensor_hash(&before->tensor[t]);
    bool norms = f->policy->tensor[t].facts.part == CO_PART_OBS_NORM;
    ck_assert_msg(moved == !(t == held || t == later || t == spread || norms), "%s",
                  f->policy->tensor[t].name);
  }
  train(f, 1);
  ck_assert(co_tensor_hash(&f->policy->tensor[later]) != co_tensor_hash(&before->tensor[later]));
  co_policy_free(before);
  release(f);
}
END_TEST

// ---- gradients

// The loss of the minibatch that comes next, which stays the next one.
static double loss_of_next(fixture *f) {
  co_rng rng = f->learner->state.sampler;
  co_bc_transpose_all(f->learner);
  ck_ok(co_bc.update(&f->learner->base));
  f->learner->state.sampler = rng;
  return f->learner->state.loss;
}

// Of a rate of 0 nothing moves, and the gradients of the step are left in the first slot.
START_TEST(gradients_are_slopes_of_the_loss) {
  static const char *const plain[] = {"rate=0.0", "interval=1", "minibatch=75", NULL};
  static const char *const normed[] = {"rate=0.0", "interval=1", "minibatch=75", "layer_norm=true",
                                       NULL};
  fixture *f = make(_i ? normed : plain, 1, at("set.codata"));
  ck_ok(co_bc.collect(&f->learner->base));
  loss_of_next(f);
  const co_network *net = &f->policy->net;
  float *grad = malloc(f->learner->spec.grad_size * sizeof *grad);
  memcpy(grad, f->learner->scratch.grad, f->learner->spec.grad_size * sizeof *grad);
  for (int t = 0; t < f->learner->spec.num_tensors; t++) {
    const co_tensor *tensor = &net->tensor[t];
    if (tensor->facts.role == CO_TENSOR_SPREAD) continue;
    for (int i = 0; i < tensor->cols; i += 5) {
      float *x = (float *)tensor->data + (size_t)(tensor->rows / 2) * (size_t)tensor->stride + i;
      const float step = 1e-2f, middle = *x;
      double slope = (double)grad[x - net->block];
      *x = middle + step;
      double above = loss_of_next(f);
      *x = middle - step;
      double below = loss_of_next(f);
      *x = middle;
      double found = (above - below) / (2 * (double)step);
      ck_assert_msg(fabs(found - slope) < 1e-4 + 2e-2 * fabs(slope), "%s %d: %g, not %g",
                    tensor->name, i, slope, found);
    }
  }
  free(grad);
  release(f);
}
END_TEST

// Twice the same rows with weights that add up to 2 are as many of weight 1.
START_TEST(rows_count_by_their_weight) {
  static const char *const edits[] = {"rate=0.0", "interval=1", NULL};
  fixture *f = make(edits, 1, at("set.codata"));
  train(f, 1);
  co_minibatch_row *row = f->learner->scratch.row;
  size_t size = f->learner->spec.grad_size;
  float *grad = malloc(size * sizeof *grad);
  for (int r = 0; r < 50; r++) row[r + 50] = row[r];
  ck_ok(co_bc_step(f->learner));
  memcpy(grad, f->learner->scratch.grad, size * sizeof *grad);
  for (int r = 0; r < 50; r++) {
    row[r].weight = 0.25f * (float)(r % 8);
    row[r + 50].weight = 2 - row[r].weight;
  }
  ck_ok(co_bc_step(f->learner));
  double change = 0, norm = 0;
  for (size_t i = 0; i < size; i++) {
    change = fmax(change, fabs((double)grad[i] - (double)f->learner->scratch.grad[i]));
    norm = fmax(norm, fabs((double)grad[i]));
  }
  ck_assert_double_gt(norm, 1e-3);
  ck_assert_double_lt(change, 1e-5 * norm);
  for (int r = 0; r < 100; r++) row[r].weight = 0;
  ck_ok(co_bc_step(f->learner));
  for (size_t i = 0; i < f->policy->net.log_std; i++)
    ck_assert_float_eq(f->learner->scratch.grad[i], 0);
  free(grad);
  release(f);
}
END_TEST

START_TEST(nothing_is_allocated_while_it_learns) {
  fixture *f = make(NULL, 2, at("set.codata"));
  co_status status = CO_OK;
  train(f, 2);
  co_count_alloc_start();
  for (int i = 0; i < 3 && status == CO_OK; i++) {
    status = co_bc.collect(&f->learner->base);
    if (status == CO_OK) status = co_bc.update(&f->learner->base);
  }
  int64_t calls = co_count_alloc_stop();
  ck_ok(status);
  ck_assert_int_eq(calls, 0);
  release(f);
}
END_TEST

// ---- the same bytes

static co_buf save(const fixture *f) {
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  ck_ok(co_bc.save(&f->learner->base, &bytes));
  co_pack_end(&bytes);
  ck_ok(co_buf_status(&bytes));
  return bytes;
}

static co_status load(fixture *f, const co_buf *bytes) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "test", &pack));
  co_status status = co_bc.load(&f->learner->base, &pack);
  co_pack_free(&pack);
  return status;
}

// minibatches of less than a block, and of more blocks than there are slots
static const char *const sizes[][3] = {
    {"minibatch=7", "layer_norm=true", NULL}, {"minibatch=100", NULL}, {"minibatch=1500", NULL}};

// what they come to, on every machine
static const uint64_t constants[] = {UINT64_C(0x029706159abf3dcd), UINT64_C(0x9cf3b14df3524f2e),
                                     UINT64_C(0xf979418baa5ab141)};

START_TEST(threads_change_nothing) {
  for (int threads = 1; threads <= 5; threads++) {
    fixture *f = make(sizes[_i], threads, at("set.codata"));
    train(f, 3);
    co_learner_stats stats = stats_of(f);
    uint64_t part[3] = {hash_of(f->policy), co_hash(&stats.policy_loss, sizeof(double)),
                        co_hash(&stats.held_out_loss, sizeof(double))};
    uint64_t have = co_hash(part, sizeof part);
    ck_assert_msg(have == constants[_i], "%d threads: 0x%016" PRIx64, threads, have);
    release(f);
  }
}
END_TEST

START_TEST(a_saved_one_goes_on_to_the_same_bytes) {
  fixture *whole = make(sizes[_i], 2, at("set.codata"));
  fixture *first = make(sizes[_i], 1, at("set.codata"));
  fixture *second = make(sizes[_i], 3, at("set.codata"));
  train(whole, 5);
  train(first, 2);
  co_buf bytes = save(first);
  ck_ok(load(second, &bytes));
  train(second, 3);
  ck_assert_uint_eq(hash_of(second->policy), hash_of(whole->policy));
  co_learner_stats a = stats_of(whole), b = stats_of(second);
  ck_assert_double_eq(a.policy_loss, b.policy_loss);
  ck_assert_double_eq(a.flop, b.flop);
  ck_assert_int_eq(a.gradient_steps, b.gradient_steps);
  co_buf_free(&bytes);
  release(whole);
  release(first);
  release(second);
}
END_TEST

START_TEST(a_pack_of_other_data_or_settings_is_refused) {
  static const char *const other[] = {"holdout=0.2", NULL};
  write_set(at("other.codata"), 0, 5);
  fixture *saved = make(NULL, 1, at("set.codata"));
  train(saved, 1);
  co_buf bytes = save(saved);
  fixture *data = make(NULL, 1, at("other.codata"));
  ck_assert_int_eq(load(data, &bytes), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "of other data"));
  fixture *settings = make(other, 1, at("set.codata"));
  ck_assert_int_eq(load(settings, &bytes), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "other settings"));
  co_buf_free(&bytes);
  release(saved);
  release(data);
  release(settings);
}
END_TEST

// ---- several sets, and what goes wrong

// All transitions are as likely, whichever set they are in; both are held out of.
START_TEST(several_sets_are_one_heap) {
  write_set(at("more.codata"), 0, 6);
  const char *const paths[] = {at("set.codata"), at("more.codata")};
  fixture *f = make_without_learner(NULL, 2, paths, 2);
  create_learner(f, NULL);
  train(f, 2);
  const co_bc_spec *spec = &f->learner->spec;
  ck_assert_int_eq(spec->held_transitions, 2 * 2 * LENGTH);
  ck_assert_double_eq(*f->policy->obs_norm.count, 2.0 * 18 * LENGTH);
  int of[2] = {0};
  for (int r = 0; r < 100; r++) of[f->learner->scratch.row[r].set]++;
  ck_assert_int_eq(of[0], 50);
  ck_assert_int_eq(of[1], 50);
  release(f);
}
END_TEST

// All that one of two sets was, and another behind it.
START_TEST(a_pack_of_more_data_is_refused) {
  write_set(at("more.codata"), 0, 6);
  const char *const paths[] = {at("set.codata"), at("more.codata")};
  fixture *saved = make_without_learner(NULL, 1, paths, 2);
  create_learner(saved, NULL);
  train(saved, 1);
  co_buf bytes = save(saved);
  fixture *f = make(NULL, 1, at("set.codata"));
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "data.1: of more data than there are"));
  co_buf_free(&bytes);
  release(saved);
  release(f);
}
END_TEST

START_TEST(no_data_is_an_error) {
  const char *path = at("set.codata");
  fixture *f = make_without_learner(NULL, 1, &path, 1);
  co_learner *made;
  co_learner_def def = {.settings = &f->def, .policy = f->policy, .stream = stream};
  ck_assert_int_eq(co_bc.create(&def, &made), CO_CONFIG);
  ck_assert_ptr_null(made);
  release(f);
}
END_TEST

START_TEST(what_is_not_finite_is_taken_back) {
  fixture *f = make(NULL, 2, at("set.codata"));
  train(f, 1);
  float *weight = f->policy->tensor[0].data;
  float kept = weight[0];
  uint64_t before = hash_of(f->policy);
  weight[0] = NAN;
  ck_assert_int_eq(co_bc.update(&f->learner->base), CO_DIVERGED);
  ck_assert_str_eq(co_error_text(), "non-finite loss at update 1");
  ck_assert(isnan(weight[0]));
  weight[0] = kept;
  ck_assert_uint_eq(hash_of(f->policy), before);
  ck_assert_int_eq(stats_of(f).updates, 1);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("bc");
  TCase *tests = tcase_create("bc");
  tcase_add_checked_fixture(tests, make_data, scratch_remove);
  tcase_add_test(tests, a_clone_does_what_was_done);
  tcase_add_test(tests, the_spread_is_that_of_the_data);
  tcase_add_test(tests, the_normaliser_has_the_moments_of_the_data);
  tcase_add_test(tests, it_can_be_left_off);
  tcase_add_test(tests, there_is_no_critic);
  tcase_add_test(tests, rules_hold_tensors_and_begin_later);
  tcase_add_loop_test(tests, gradients_are_slopes_of_the_loss, 0, 2);
  tcase_add_test(tests, rows_count_by_their_weight);
  tcase_add_test(tests, nothing_is_allocated_while_it_learns);
  tcase_add_loop_test(tests, threads_change_nothing, 0, 3);
  tcase_add_loop_test(tests, a_saved_one_goes_on_to_the_same_bytes, 0, 3);
  tcase_add_test(tests, a_pack_of_other_data_or_settings_is_refused);
  tcase_add_test(tests, several_sets_are_one_heap);
  tcase_add_test(tests, a_pack_of_more_data_is_refused);
  tcase_add_test(tests, no_data_is_an_error);
  tcase_add_test(tests, what_is_not_finite_is_taken_back);
  suite_add_tcase(suite, tests);
  return suite;
}
