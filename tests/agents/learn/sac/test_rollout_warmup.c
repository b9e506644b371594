// A copied policy that only plays at first: what moves then, and when learning begins.

#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/scratch.h"

static co_sac_def warm_def(void) {
  co_sac_def def = small_def();
  def.envs = 2;
  def.normalize_obs = true;
  return def;  // 50 env steps a round
}

static uint64_t hash_after(variant v, int rounds) {
  fixture *f = make(warm_def(), v);
  train(f, rounds);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

// 121 steps are 122 of two rows: the round that they end in has learned behind step 122.
START_TEST(nothing_is_learned_before) {
  fixture *f = make(warm_def(), (variant){.from_source = true, .rollout_warmup = 121});
  const co_sac_state *state = &f->learner->state;
  uint64_t start = hash_of(f->policy);
  size_t bytes = state->target.size * sizeof(float);
  uint64_t target = co_hash(state->target.block, bytes);
  train(f, 2);
  ck_assert_int_eq(state->gradient_steps, 0);
  ck_assert_uint_eq(hash_of(f->policy), start);
  ck_assert_uint_eq(co_hash(state->target.block, bytes), target);
  ck_assert_int_eq(state->player[CO_ENV_TARGET].replay->added, 100);
  train(f, 1);
  ck_assert_int_eq(state->gradient_steps, 150 - 122 + 2);
  ck_assert_uint_ne(hash_of(f->policy), start);
  ck_assert_double_eq(*f->policy->obs_norm.count, 150 - 122);  // what was seen behind it
  release(f);
}
END_TEST

// Drawn as in training: what a training that has not begun to learn either does.
START_TEST(actions_are_the_policys) {
  co_sac_def late = warm_def();
  late.start_steps = 1 << 20;
  fixture *f = make(late, (variant){.from_source = true});
  fixture *g = make(warm_def(), (variant){.from_source = true, .rollout_warmup = 100});
  fixture *random = make(late, (variant){0});
  co_normalizer_turn_off(&f->policy->obs_norm);
  train(f, 1), train(g, 1), train(random, 1);
  const float *a = f->learner->state.player[CO_ENV_TARGET].replay->action;
  const float *b = g->learner->state.player[CO_ENV_TARGET].replay->action;
  const float *c = random->learner->state.player[CO_ENV_TARGET].replay->action;
  ck_assert_int_eq(memcmp(a, b, 50 * sizeof *a), 0);
  ck_assert_int_ne(memcmp(c, b, 50 * sizeof *c), 0);
  release(f), release(g), release(random);
}
END_TEST

START_TEST(none_is_plain_training) {
  uint64_t plain = hash_after((variant){.from_source = true}, 5);
  ck_assert_uint_eq(hash_after((variant){.from_source = true, .rollout_warmup = 0}, 5), plain);
  // learning begins behind 50 steps anyway, but what is seen before moves the normaliser
  ck_assert_uint_ne(hash_after((variant){.from_source = true, .rollout_warmup = 120}, 5), plain);
}
END_TEST

// Saved in the warm-up, in the round of its end, and behind it.
START_TEST(a_saved_one_goes_on_to_the_same_bytes) {
  variant v = {.from_source = true, .rollout_warmup = 130, .threads = 2, .folder = scratch};
  uint64_t want = hash_after((variant){.from_source = true, .rollout_warmup = 130}, 6);
  int done = _i + 1;
  fixture *f = make(warm_def(), v);
  train(f, done);
  co_buf bytes = save(f);
  train(f, 1);
  release(f);
  v.threads = 3;
  f = make(warm_def(), v);
  ck_ok(load(f, &bytes));
  train(f, 6 - done);
  ck_assert_uint_eq(hash_of(f->policy), want);
  release(f);
  co_buf_free(&bytes);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("rollout_warmup");
  TCase *tests = tcase_create("rollout_warmup");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, nothing_is_learned_before);
  tcase_add_test(tests, actions_are_the_policys);
  tcase_add_test(tests, none_is_plain_training);
  tcase_add_loop_test(tests, a_saved_one_goes_on_to_the_same_bytes, 0, 4);
  suite_add_tcase(suite, tests);
  return suite;
}
