// Loss terms in the learners: PPO by lanes, in sections and on a shared trunk, and SAC. Weight 0 is
// no term, bit for bit; so is any weight for the one step from the source itself, where nothing is
// to be pulled; a huge one holds the actions of the source; the same bytes for all threads and
// after a checkpoint.

#include "agents/learn/ppo/ppo.h"
#include "agents/learn/sac/sac.h"
#include "core/count_alloc.h"
#include "core/file.h"
#include "core/hash.h"
#include "tests/agents/learn/loss/loss_fixture.h"
#include "tests/support/pendulum_env.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { UPDATES = 4, NO_TERM = -1 };

static const co_stream stream = {31, 5, CO_PURPOSE_RESET};

typedef union settings {
  co_ppo_def ppo;
  co_sac_def sac;
} settings;

// How something learns.
typedef struct way {
  const char *name;
  const co_algorithm *algorithm;
  int threads;
  int64_t minibatch;
  bool shared;
} way;

static const way ways[] = {
    {"lanes", &co_ppo, 1, 64, false},          {"two lanes", &co_ppo, 2, 77, false},
    {"sections", &co_ppo, 3, 77, false},       {"shared trunk", &co_ppo, 1, 64, true},
    {"shared sections", &co_ppo, 2, 77, true}, {"sac", &co_sac, 1, 40, false},
    {"sac sides", &co_sac, 2, 40, false},      {"sac sections", &co_sac, 3, 40, false},
};
enum { NUM_WAYS = sizeof ways / sizeof *ways };

typedef struct fixture {
  const co_algorithm *algorithm;
  settings def;
  pendulum_env *env;
  co_pool *pool;
  co_policy *source, *policy;
  co_learner *learner;
  char folder[512];
} fixture;

// What else a fixture may have; `one_step`: a single gradient step per update.
typedef struct variant {
  double weight;  // NO_TERM: none
  int schedule;
  bool one_step;
  uint64_t seed;  // of the source
} variant;

static settings settings_of(const way *w, const variant *v) {
  settings def;
  co_schema_defaults(w->algorithm->schema, &def);
  if (w->algorithm == &co_sac) {
    def.sac.batch = w->minibatch;
    def.sac.horizon = def.sac.start_steps = 25;
    def.sac.random_steps = 0;
    if (!v->one_step) def.sac.start_steps = 5;
    return def;
  }
  def.ppo.envs = 6;
  def.ppo.horizon = 50;
  def.ppo.epochs = v->one_step ? 1 : 3;
  def.ppo.minibatch = v->one_step ? 300 : w->minibatch;
  def.ppo.shared_trunk = w->shared;
  def.ppo.schedule = CO_PPO_CONSTANT;
  def.ppo.rate = 1e-3;
  return def;
}

static co_policy *make_source(const way *w, settings *def, uint64_t seed) {
  static double hidden[] = {16, 16};
  co_network_def network;
  if (w->algorithm == &co_sac) def->sac.hidden = (co_floats){hidden, 2};
  w->algorithm->network(def, PENDULUM_OBS, 1, &network);
  co_policy *policy;
  ck_ok(co_policy_create(&network, &pendulum_facts, w->algorithm->name,
                         &(co_stream){seed, 0, CO_PURPOSE_INIT}, &policy));
  int head = co_tensor_find_role(policy->tensor, policy->num_tensors, CO_PART_ACTOR, CO_LAYER_MEAN,
                                 CO_TENSOR_WEIGHT);
  co_tensor *tensor = &policy->tensor[head];  // a fresh one hardly acts
  for (int row = 0; row < tensor->rows; row++) ((float *)tensor->data)[row * tensor->stride] *= 40;
  policy->obs_norm.mean[2] = 0.5;
  policy->obs_norm.var[2] = 9;
  *policy->obs_norm.count = 1000;
  return policy;
}

// The learner's policy begins as a copy of the source, as `full` does.
static fixture *make(const way *w, variant v) {
  fixture *f = calloc(1, sizeof *f);
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  f->algorithm = w->algorithm;
  f->def = settings_of(w, &v);
  f->source = make_source(w, &f->def, 7 + v.seed);
  f->env = pendulum_create(w->algorithm->env_rows(&f->def), &stream);
  ck_ok(co_pool_create(w->threads, &f->pool));
  ck_ok(co_policy_copy(f->source, &f->policy));
  snprintf(f->folder, sizeof f->folder, "%s/scratch/losses.%d.%d", build ? build : ".",
           (int)getpid(), w->threads);
  ck_ok(co_dir_create(f->folder));
  co_loss_def def = {
      .term = "kl_to_source", .weight = v.weight, .schedule = v.schedule, .half_life = NAN};
  co_loss_list list = {v.weight >= 0, {&def}};
  int planned = v.one_step ? 40 : UPDATES;  // SAC starts within a tenth
  co_learner_def learner = {.settings = &f->def,
                            .policy = f->policy,
                            .env = {&f->env->base},
                            .pool = f->pool,
                            .from_source = true,
                            .loss = &list,
                            .source = f->source,
                            .stream = stream,
                            .total_steps = planned * w->algorithm->steps_per_update(&f->def),
                            .folder = f->folder};
  ck_ok(w->algorithm->create(&learner, &f->learner));
  return f;
}

static void release(fixture *f) {
  f->algorithm->destroy(f->learner);
  co_policy_free(f->policy);
  co_policy_free(f->source);
  co_pool_free(f->pool);
  co_env_destroy(&f->env->base);
  co_dir_remove(f->folder);
  free(f);
}

// Without Check's assertions, which allocate.
static co_status learn(fixture *f, int updates) {
  co_status status = CO_OK;
  for (int i = 0; i < updates && status == CO_OK; i++) {
    status = f->algorithm->collect(f->learner);
    if (status == CO_OK) status = f->algorithm->update(f->learner);
  }
  return status;
}

static co_learner_stats stats_of(const fixture *f) {
  co_learner_stats stats;
  f->algorithm->stats(f->learner, &stats);
  return stats;
}

static uint64_t hash_of(const co_policy *policy) {
  uint64_t part[64];
  ck_assert_int_le(policy->num_tensors, 64);
  for (int t = 0; t < policy->num_tensors; t++) part[t] = co_tensor_hash(&policy->tensor[t]);
  return co_hash(part, (size_t)policy->num_tensors * sizeof *part);
}

static uint64_t trained(const way *w, variant v, int updates) {
  fixture *f = make(w, v);
  ck_ok(learn(f, updates));
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

// ---- nothing ----

START_TEST(weight_0_is_no_term) {
  const way *w = &ways[_i];
  uint64_t none = trained(w, (variant){.weight = NO_TERM}, UPDATES);
  ck_assert_uint_eq(trained(w, (variant){.weight = 0}, UPDATES), none);
  ck_assert_uint_ne(trained(w, (variant){.weight = 0.5}, UPDATES), none);
}
END_TEST

// At its source a policy is not pulled, however strong the term is: it takes the step that it would
// take without.
START_TEST(nothing_is_pulled_at_the_source_itself) {
  const way *w = &ways[_i];
  fixture *none = make(w, (variant){.weight = NO_TERM, .one_step = true});
  fixture *f = make(w, (variant){.weight = 1e6, .one_step = true});
  ck_ok(learn(none, 1));
  ck_ok(learn(f, 1));
  ck_assert_int_eq(stats_of(f).gradient_steps, 1);
  ck_assert(stats_of(f).kl_to_source == 0 && isnan(stats_of(none).kl_to_source));
  ck_assert_uint_ne(hash_of(f->policy), hash_of(f->source));
  ck_assert_uint_eq(hash_of(f->policy), hash_of(none->policy));
  ck_ok(learn(none, 1));
  ck_ok(learn(f, 1));  // from elsewhere it is
  ck_assert(stats_of(f).kl_to_source > 0);
  ck_assert_uint_ne(hash_of(f->policy), hash_of(none->policy));
  release(none);
  release(f);
}
END_TEST

// ---- something ----

// The largest difference between the actions of two policies.
static double difference(const co_policy *a, const co_policy *b) {
  enum { COUNT = 200 };
  float obs[COUNT * PENDULUM_OBS], action[2][COUNT];
  co_rng rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, obs, COUNT * PENDULUM_OBS);
  for (int i = 0; i < 2; i++) {
    co_arena arena = {0};
    co_actor actor = co_actor_view(co_kernels_get(), i ? b : a);
    co_actor_scratch at = co_actor_scratch_place(
        &actor, COUNT, co_arena_alloc(&arena, co_actor_scratch_size(&actor, COUNT), sizeof(float)));
    co_actor_act(&actor, obs, COUNT, NULL, &at, action[i]);
    co_arena_free(&arena);
  }
  double most = 0;
  for (int i = 0; i < COUNT; i++) most = fmax(most, fabs((double)(action[0][i] - action[1][i])));
  return most;
}

START_TEST(a_huge_weight_holds_the_actions) {
  const way *w = &ways[_i];
  int updates = w->algorithm == &co_sac ? 20 : 10;
  fixture *full = make(w, (variant){.weight = NO_TERM});
  fixture *held = make(w, (variant){.weight = 1e4});
  ck_ok(learn(full, updates));
  ck_ok(learn(held, updates));
  double moved = difference(full->policy, full->source);
  double stayed = difference(held->policy, held->source);
  ck_assert_msg(moved > 0.3, "%s: full moved by %g only", w->name, moved);
  ck_assert_msg(stayed < 0.1 * moved, "%s: moved by %g, and held by %g", w->name, moved, stayed);
  ck_assert(stats_of(held).kl_to_source < 0.01);
  release(full);
  release(held);
}
END_TEST

START_TEST(a_linear_weight_ends) {
  const way *w = &ways[_i];
  fixture *f = make(w, (variant){.weight = 0.5, .schedule = CO_LOSS_LINEAR});
  ck_ok(learn(f, UPDATES));
  ck_assert(stats_of(f).kl_to_source > 0);
  ck_ok(learn(f, 1));
  ck_assert(isnan(stats_of(f).kl_to_source));
  release(f);
}
END_TEST

START_TEST(threads_change_nothing) {
  const way *w = &ways[_i];
  way other = *w;
  uint64_t one = trained(w, (variant){.weight = 0.5, .schedule = CO_LOSS_LINEAR}, UPDATES);
  for (other.threads = 1; other.threads <= 4; other.threads++)
    ck_assert_uint_eq(
        trained(&other, (variant){.weight = 0.5, .schedule = CO_LOSS_LINEAR}, UPDATES), one);
}
END_TEST

START_TEST(its_operations_are_counted) {
  const way *w = &ways[_i];
  fixture *none = make(w, (variant){.weight = NO_TERM}), *f = make(w, (variant){.weight = 0.5});
  ck_ok(learn(none, 2));
  ck_ok(learn(f, 2));
  // the source's network, once per sample of a rollout, or of a minibatch
  bool sac = w->algorithm == &co_sac;
  double row = 2.0 * (PENDULUM_OBS * (sac ? 16 : 64) + (sac ? 16 * 16 : 64 * 64));
  row += sac ? 2.0 * 16 * 2 : 2.0 * 64;
  double rows = sac ? (double)stats_of(f).gradient_steps * 40 : 2 * 300;
  ck_assert(stats_of(f).flop - stats_of(none).flop == rows * row);
  release(none);
  release(f);
}
END_TEST

START_TEST(nothing_is_allocated_while_it_learns) {
  fixture *f = make(&ways[_i], (variant){.weight = 0.5});
  ck_ok(learn(f, 2));
  co_count_alloc_start();
  co_status status = learn(f, 3);
  int64_t calls = co_count_alloc_stop();
  ck_ok(status);
  ck_assert_int_eq(calls, 0);
  release(f);
}
END_TEST

// ---- checkpoints ----

static co_buf save(const fixture *f) {
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  ck_ok(f->algorithm->save(f->learner, &bytes));
  co_pack_end(&bytes);
  ck_ok(co_buf_status(&bytes));
  return bytes;
}

static co_status load(fixture *f, const co_buf *bytes) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "pack", &pack));
  co_status status = f->algorithm->load(f->learner, &pack);
  co_pack_free(&pack);
  return status;
}

START_TEST(a_checkpoint_goes_on_to_the_same_bytes) {
  const way *w = &ways[_i];
  variant v = {.weight = 0.5, .schedule = CO_LOSS_LINEAR};
  fixture *f = make(w, v);
  ck_ok(learn(f, 2));
  co_buf bytes = save(f);
  fixture *other = make(w, v);
  ck_ok(load(other, &bytes));
  ck_assert(stats_of(other).kl_to_source == stats_of(f).kl_to_source);
  ck_ok(learn(f, 2));
  ck_ok(learn(other, 2));
  ck_assert_uint_eq(hash_of(other->policy), hash_of(f->policy));
  ck_assert(stats_of(other).kl_to_source == stats_of(f).kl_to_source);
  release(f);
  release(other);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(a_checkpoint_of_other_terms_is_refused) {
  const way *w = &ways[_i];
  fixture *f = make(w, (variant){.weight = 0.5});
  ck_ok(learn(f, 1));
  co_buf bytes = save(f);
  static const variant others[] = {
      {.weight = NO_TERM}, {.weight = 0.25}, {.weight = 0.5, .seed = 1}};
  fixture *other[3];
  for (int i = 0; i < 3; i++) {
    other[i] = make(w, others[i]);
    ck_fails(load(other[i], &bytes), CO_DATA, "pack: loss.");
  }
  for (int i = 0; i < 3; i++) release(other[i]);
  release(f);
  co_buf_free(&bytes);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("loss_learners");
  TCase *tcase = tcase_create("loss_learners");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, weight_0_is_no_term, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, nothing_is_pulled_at_the_source_itself, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, a_huge_weight_holds_the_actions, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, a_linear_weight_ends, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, threads_change_nothing, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, its_operations_are_counted, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, nothing_is_allocated_while_it_learns, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, a_checkpoint_goes_on_to_the_same_bytes, 0, NUM_WAYS);
  tcase_add_loop_test(tcase, a_checkpoint_of_other_terms_is_refused, 0, NUM_WAYS);
  suite_add_tcase(suite, tcase);
  return suite;
}
