// SAC that steps its source's world beside the target: what it draws, counts, saves and leaves
// alone.

#include "agents/learn/checkpoint.h"
#include "core/count_alloc.h"
#include "core/file.h"
#include "core/pack.h"
#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/scratch.h"

static const co_source_env two_a_step = {.steps_per_step = 2, .share = 0.25};

static uint64_t hash_after(variant v, int updates) {
  fixture *f = make(small_def(), v);
  train(f, updates);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

// Steps in the source draw from streams of their own.
START_TEST(a_share_of_none_is_plain_training) {
  const co_source_env none = {.steps_per_step = 3, .share = 0};
  uint64_t without = hash_after((variant){.threads = 2}, 5);
  ck_assert_uint_eq(hash_after((variant){.threads = 2, .source_env = &none}, 5), without);
  ck_assert_uint_ne(hash_after((variant){.threads = 2, .source_env = &two_a_step}, 5), without);
}
END_TEST

static const co_sac_player *player_of(const fixture *f, co_env_role role) {
  return &f->learner->state.player[role];
}

START_TEST(its_share_of_the_rows_is_of_the_source) {
  fixture *f = make(small_def(), (variant){.source_env = &two_a_step});
  const co_sac_minibatch *m = &f->learner->scratch.minibatch;
  for (int k = 0; k < 20; k++) {
    int count[CO_NUM_ENV_ROLES] = {0};
    train(f, 1);
    for (int r = 0; k >= 2 && r < f->learner->spec.batch; r++) {
      const co_minibatch_row *row = &m->row[r];
      const co_replay_buffer *replay = player_of(f, (co_env_role)row->set)->replay;
      const float *pair = m->pair + (ptrdiff_t)r * f->learner->spec.pair_stride;
      count[row->set]++;
      ck_assert_float_eq(pair[PENDULUM_OBS], replay->action[row->index]);
      ck_assert_float_eq(row->reward, replay->reward[row->index]);
    }
    ck_assert_int_eq(count[CO_ENV_SOURCE], k < 2 ? 0 : 10);
    ck_assert_int_eq(count[CO_ENV_TARGET], k < 2 ? 0 : 30);
  }
  release(f);
}
END_TEST

// The world of a source is stepped by itself: its rows are not those of the target.
START_TEST(each_role_is_counted) {
  fixture *f = make(small_def(), (variant){.source_env = &two_a_step});
  co_learner_stats stats;
  train(f, 20);
  co_sac.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.env_steps, 500);
  ck_assert_int_eq(stats.episodes, 2);
  ck_assert_int_eq(stats.source_env_steps, 1000);
  ck_assert_int_eq(stats.source_episodes, 5);
  ck_assert_int_eq(stats.source_faults, 0);
  ck_assert_int_eq(stats.gradient_steps, 500 - 49);
  train(f, 4);  // a time limit of the source, none of the target
  co_sac.stats(&f->learner->base, &stats);
  ck_assert(isfinite(stats.source_return));
  const co_replay_buffer *own = player_of(f, CO_ENV_TARGET)->replay;
  const co_replay_buffer *source = player_of(f, CO_ENV_SOURCE)->replay;
  ck_assert_int_eq(own->added, 600);
  ck_assert_int_eq(source->added, 1200);
  ck_assert_float_ne(own->obs[0], source->obs[0]);
  ck_assert_float_ne(own->action[0], source->action[0]);
  release(f);
}
END_TEST

static double flop_after(const co_source_env *source, int updates) {
  fixture *f = make(small_def(), (variant){.source_env = source, .from_source = true});
  train(f, updates);
  double flop = f->learner->state.flop;
  release(f);
  return flop;
}

START_TEST(operations_of_acting_there_are_counted) {
  fixture *f = make(small_def(), (variant){0});
  double acting = co_mlp_forward_flop(&f->learner->scratch.play.actor.mlp);
  release(f);
  ck_assert_double_eq(flop_after(&two_a_step, 4) - flop_after(NULL, 4), 2 * 100 * acting);
}
END_TEST

START_TEST(threads_change_nothing) {
  uint64_t want = hash_after((variant){.source_env = &two_a_step, .width = 160}, 4);
  for (int threads = 2; threads <= 5; threads++)
    ck_assert_uint_eq(
        hash_after((variant){.threads = threads, .source_env = &two_a_step, .width = 160}, 4),
        want);
}
END_TEST

START_TEST(nothing_is_allocated_while_it_learns) {
  fixture *f = make(small_def(), (variant){.threads = 2, .source_env = &two_a_step});
  train(f, 3);
  co_count_alloc_start();
  co_status status = learn(f, 10);
  int64_t calls = co_count_alloc_stop();
  ck_ok(status);
  ck_assert_int_eq(calls, 0);
  release(f);
}
END_TEST

// ---- save and load

static void check_refused(const co_buf *bytes, const co_source_env *source) {
  fixture *f = make(small_def(), (variant){.source_env = source, .folder = scratch});
  ck_assert_int_eq(load(f, bytes), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "x.pack: sac.source.def: "));
  release(f);
}

START_TEST(a_saved_one_goes_on_to_the_same_bytes) {
  scratch_make();
  variant v = {.source_env = &two_a_step, .folder = scratch, .faults = at("faults")};
  uint64_t want = hash_after((variant){.source_env = &two_a_step}, 20);
  fixture *f = make(small_def(), v);
  train(f, 11);  // within an episode of both
  co_buf bytes = save(f);
  ck_assert(co_file_exists(at("replay.000000")) && co_file_exists(at("source_replay.000000")));
  release(f);
  f = make(small_def(), v);
  ck_ok(load(f, &bytes));
  train(f, 9);
  ck_assert_uint_eq(hash_of(f->policy), want);
  ck_assert_int_eq(player_of(f, CO_ENV_SOURCE)->env_steps, 1000);
  ck_ok(co_sac.keep(&f->learner->base));
  release(f);
  check_refused(&bytes, NULL);
  check_refused(&bytes, &(co_source_env){.steps_per_step = 2, .share = 0.5});
  check_refused(&bytes, &(co_source_env){.steps_per_step = 1, .share = 0.25});
  co_buf_free(&bytes);
  scratch_remove();
}
END_TEST

START_TEST(a_plain_one_is_no_saved_one_of_it) {
  scratch_make();
  fixture *f = make(small_def(), (variant){.folder = scratch});
  train(f, 3);
  co_buf bytes = save(f);
  release(f);
  check_refused(&bytes, &two_a_step);
  co_buf_free(&bytes);
  scratch_remove();
}
END_TEST

// ---- faults

START_TEST(faults_of_a_source_are_its_own) {
  scratch_make();
  fixture *f = make(small_def(), (variant){.source_env = &two_a_step, .faults = at("faults")});
  f->source->fault_row = 0;
  f->source->fault_step = 90;
  train(f, 4);  // 200 steps there
  co_learner_stats stats;
  co_sac.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.source_faults, 2);
  ck_assert_int_eq(stats.faults, 0);
  ck_assert_int_eq(player_of(f, CO_ENV_SOURCE)->replay->added, 198);
  ck_assert(co_file_exists(at("faults/source.000.json")));
  ck_assert(!co_file_exists(at("faults/000.json")));
  ck_assert_int_eq(learn(f, 20), CO_DIVERGED);  // every one of its episodes
  release(f);
  scratch_remove();
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("source_env");
  TCase *tests = tcase_create("source_env");
  tcase_add_test(tests, a_share_of_none_is_plain_training);
  tcase_add_test(tests, its_share_of_the_rows_is_of_the_source);
  tcase_add_test(tests, each_role_is_counted);
  tcase_add_test(tests, operations_of_acting_there_are_counted);
  tcase_add_test(tests, threads_change_nothing);
  tcase_add_test(tests, nothing_is_allocated_while_it_learns);
  tcase_add_test(tests, a_saved_one_goes_on_to_the_same_bytes);
  tcase_add_test(tests, a_plain_one_is_no_saved_one_of_it);
  tcase_add_test(tests, faults_of_a_source_are_its_own);
  suite_add_tcase(suite, tests);
  return suite;
}
