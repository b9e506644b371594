// SAC that draws from given sets beside its replay: which rows, in which units, and that nothing
// else changes.

#include "agents/data/writer.h"
#include "agents/learn/sac/private/stages.h"
#include "core/pack.h"
#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/scratch.h"

#include <math.h>

enum { EPISODES = 4, LENGTH = 30 };

static co_data_sets sets;

// Random numbers in the pendulum's units; every other episode ends with the task.
static void write_set(const char *path, uint64_t seed) {
  const co_data_about about = {.obs_dim = PENDULUM_OBS, .act_dim = 1, .seed = -1};
  const co_stream of = {seed, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&of, 0);
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  for (uint32_t i = 0; i < EPISODES * LENGTH; i++) {
    float obs[2][PENDULUM_OBS], action = (float)(4 * co_rng_uniform(&rng) - 2);
    co_rng_normals(&rng, *obs, 2 * PENDULUM_OBS);
    unsigned ends = i / LENGTH % 2 ? CO_DATA_TERMINATED : CO_DATA_TRUNCATED;
    co_data_transition at = {.obs = obs[0],
                             .action = &action,
                             .next_obs = obs[1],
                             .reward = (float)-co_rng_uniform(&rng),
                             .flags = i % LENGTH == LENGTH - 1 ? ends : 0,
                             .episode = i / LENGTH,
                             .row = i / LENGTH};
    ck_ok(co_data_writer_add(writer, &at));
  }
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
}

static void open_sets(void) {
  scratch_make();
  write_set(at("a.codata"), 1);
  write_set(at("b.codata"), 2);
  const char *const paths[] = {at("a.codata"), at("b.codata")};
  ck_ok(co_data_sets_open(paths, 2, &sets));
}

static void close_sets(void) {
  co_data_sets_close(&sets);
  scratch_remove();
}

static uint64_t hash_after(co_sac_def def, variant v, int updates) {
  fixture *f = make(def, v);
  train(f, updates);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

START_TEST(a_share_of_none_is_no_data) {
  co_sac_def def = small_def();
  uint64_t without = hash_after(def, (variant){.threads = 2}, 5);
  def.data_share = 0;
  ck_assert_uint_eq(hash_after(def, (variant){.threads = 2, .data = &sets}, 5), without);
  def.data_share = NAN;
  ck_assert_uint_ne(hash_after(def, (variant){.threads = 2, .data = &sets}, 5), without);
  const co_data_sets none = {0};
  ck_assert_uint_eq(hash_after(def, (variant){.threads = 2, .data = &none}, 5), without);
}
END_TEST

// Rows of a set come as the replay's do: observations, action in -1..1, reward, what ended.
static void check_row(const fixture *f, int r) {
  const co_sac_minibatch *m = &f->learner->scratch.minibatch;
  const co_minibatch_row *row = &m->row[r];
  const float *pair = m->pair + (ptrdiff_t)r * f->learner->spec.pair_stride;
  if (co_sac_is_replayed(row)) {
    ck_assert_float_eq(pair[PENDULUM_OBS],
                       f->learner->state.player[CO_ENV_TARGET].replay->action[row->index]);
    ck_assert_float_eq(row->reward,
                       f->learner->state.player[CO_ENV_TARGET].replay->reward[row->index]);
    return;
  }
  co_data_transition at = co_data_set_at(&sets.set[row->set - CO_NUM_ENV_ROLES], row->index);
  for (int i = 0; i < PENDULUM_OBS; i++) ck_assert_float_eq(pair[i], at.obs[i]);
  ck_assert_float_eq(pair[PENDULUM_OBS], at.action[0] / 2);
  ck_assert_float_eq(row->reward, at.reward);
  ck_assert_float_eq(m->discount[r],
                     at.flags & CO_DATA_TERMINATED ? 0 : (float)f->learner->spec.def.gamma);
}

START_TEST(half_of_the_rows_are_of_the_data) {
  fixture *f = make(small_def(), (variant){.data = &sets});
  const co_sac_minibatch *m = &f->learner->scratch.minibatch;
  enum { OF_DATA = CO_NUM_ENV_ROLES };
  int count[OF_DATA + 2] = {0}, ends = 0;
  for (int k = 0; k < 40; k++) {
    train(f, 1);
    if (k < 2) continue;  // nothing is learned from before start_steps
    for (int r = 0; r < f->learner->spec.batch; r++) {
      check_row(f, r);
      count[m->row[r].set]++;
      ends += m->discount[r] == 0;
    }
  }
  ck_assert_int_eq(count[CO_ENV_TARGET], 38 * 20);
  ck_assert_int_eq(count[OF_DATA] + count[OF_DATA + 1], 38 * 20);
  ck_assert_int_eq(count[OF_DATA], count[OF_DATA + 1]);
  ck_assert_int_gt(ends, 0);
  release(f);
}
END_TEST

START_TEST(all_of_them_can_be) {
  co_sac_def def = small_def();
  def.data_share = 1;
  fixture *f = make(def, (variant){.data = &sets});
  train(f, 5);
  for (int r = 0; r < f->learner->spec.batch; r++)
    ck_assert(!co_sac_is_replayed(&f->learner->scratch.minibatch.row[r]));
  release(f);
}
END_TEST

START_TEST(threads_change_nothing) {
  uint64_t want = hash_after(small_def(), (variant){.data = &sets, .width = 160}, 4);
  for (int threads = 2; threads <= 5; threads++)
    ck_assert_uint_eq(
        hash_after(small_def(), (variant){.threads = threads, .data = &sets, .width = 160}, 4),
        want);
}
END_TEST

// The reward that is learned from is the row's: the goal follows what corrects it.
START_TEST(goals_follow_the_rows_reward) {
  fixture *f = make(small_def(), (variant){.data = &sets});
  train(f, 4);
  co_sac_minibatch *m = &f->learner->scratch.minibatch;
  for (int r = 0; r < f->learner->spec.batch; r++) {
    float before = co_sac_goal_of(f->learner, r);
    m->row[r].reward += 8;
    ck_assert_float_eq_tol(co_sac_goal_of(f->learner, r), before + 8, 1e-4f);
  }
  release(f);
}
END_TEST

// A critic learns nothing from a row of weight 0.
START_TEST(critics_weigh_rows) {
  fixture *f = make(small_def(), (variant){.data = &sets});
  train(f, 4);
  co_sac_minibatch *m = &f->learner->scratch.minibatch;
  const co_sac_net *critic = &f->learner->scratch.nets.critic[0];
  const float *derivative = critic->pass.delta[critic->mlp->num_layers - 1];
  for (int r = 0; r < 16; r++) m->row[r].weight = (float)(r % 2);
  co_sac_criticize_task(f->learner, 0);
  for (int r = 0; r < 16; r++) {
    float error = m->value[0][r] - co_sac_goal_of(f->learner, r);
    float want = r % 2 ? error / (float)f->learner->spec.batch : 0;
    ck_assert_float_eq_tol(derivative[(ptrdiff_t)r * CO_LANES], want, 1e-6f);
  }
  release(f);
}
END_TEST

START_TEST(a_saved_one_goes_on_with_the_same_data_only) {
  variant v = {.data = &sets, .folder = scratch};
  uint64_t want = hash_after(small_def(), (variant){.data = &sets}, 6);
  fixture *f = make(small_def(), v);
  train(f, 4);
  co_buf bytes = save(f);
  release(f);
  f = make(small_def(), v);
  ck_ok(load(f, &bytes));
  train(f, 2);
  ck_assert_uint_eq(hash_of(f->policy), want);
  release(f);
  co_data_set kept = sets.set[0];  // the other way round
  sets.set[0] = sets.set[1];
  f = make(small_def(), v);
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "data.0: of other data"));
  release(f);
  sets.set[0] = kept;
  co_buf_free(&bytes);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("data");
  TCase *tests = tcase_create("data");
  tcase_add_checked_fixture(tests, open_sets, close_sets);
  tcase_add_test(tests, a_share_of_none_is_no_data);
  tcase_add_test(tests, half_of_the_rows_are_of_the_data);
  tcase_add_test(tests, all_of_them_can_be);
  tcase_add_test(tests, threads_change_nothing);
  tcase_add_test(tests, goals_follow_the_rows_reward);
  tcase_add_test(tests, critics_weigh_rows);
  tcase_add_test(tests, a_saved_one_goes_on_with_the_same_data_only);
  suite_add_tcase(suite, tests);
  return suite;
}
