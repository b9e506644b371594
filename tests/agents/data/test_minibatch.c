// Rows that are drawn by shares, and parts of sets.

#include "agents/data/minibatch.h"
#include "agents/data/part.h"
#include "tests/agents/data/small_set.h"

enum { ROWS = 10, DRAWS = 20000 };

static co_rng make_rng(void) {
  const co_stream stream = {9, 1, CO_PURPOSE_TEST};
  return co_rng_make(&stream, 0);
}

START_TEST(one_set_is_drawn_from_as_ever) {
  const co_minibatch_source alone = {1000, 1};
  const co_minibatch_source with[] = {{500, 0}, alone, {0, 3}};  // no share, no transitions
  co_rng a = make_rng(), b = a, c = a;
  co_minibatch_row first[ROWS], second[ROWS];
  for (int k = 0; k < 100; k++) {
    co_minibatch_draw(&alone, 1, &a, ROWS, first);
    co_minibatch_draw(with, 3, &b, ROWS, second);
    for (int r = 0; r < ROWS; r++) {
      ck_assert_int_eq(first[r].index, co_rng_below(&c, 1000));
      ck_assert_int_eq(second[r].index, first[r].index);
      ck_assert_int_eq(first[r].set, 0);
      ck_assert_int_eq(second[r].set, 1);
      ck_assert_float_eq(first[r].weight, 1);
    }
  }
}
END_TEST

// Each set gets its share rounded up or down, and the share itself in the mean.
START_TEST(shares_are_kept) {
  const co_minibatch_source sources[] = {{7, 1}, {100000, 0.04}, {3, 2}};
  const double all = 3.04;
  co_rng rng = make_rng();
  co_minibatch_row row[ROWS];
  int64_t total[3] = {0}, seen[7] = {0};
  for (int k = 0; k < DRAWS; k++) {
    int count[3] = {0}, before = 0;
    co_minibatch_draw(sources, 3, &rng, ROWS, row);
    for (int r = 0; r < ROWS; r++) {
      ck_assert_int_ge(row[r].set, before);
      ck_assert(row[r].index >= 0 && row[r].index < sources[row[r].set].count);
      before = row[r].set;
      count[before]++;
      seen[row[r].index % 7] += before == 0;
    }
    for (int i = 0; i < 3; i++) {
      double share = sources[i].share / all * ROWS;
      ck_assert(count[i] >= (int)floor(share) && count[i] <= (int)ceil(share));
      total[i] += count[i];
    }
  }
  for (int i = 0; i < 3; i++)
    ck_assert_double_eq_tol((double)total[i] / DRAWS, sources[i].share / all * ROWS, 0.02);
  for (int i = 0; i < 7; i++)
    ck_assert_double_eq_tol((double)seen[i] / (double)total[0], 1.0 / 7, 0.01);
}
END_TEST

// RLPD's halves, whatever the sizes.
START_TEST(equal_shares_of_an_even_batch_are_halves) {
  const co_minibatch_source sources[] = {{1, 0.5}, {1000000, 0.5}};
  co_rng rng = make_rng();
  co_minibatch_row row[ROWS];
  for (int k = 0; k < 1000; k++) {
    co_minibatch_draw(sources, 2, &rng, ROWS, row);
    for (int r = 0; r < ROWS; r++) ck_assert_int_eq(row[r].set, r >= ROWS / 2);
  }
}
END_TEST

// ---- parts

static void check_part(const co_data_part *part, bool seen[SMALL]) {
  int64_t index = 0;
  for (int64_t e = 0; e < part->episodes; e++) {
    co_data_episode episode = co_data_set_episode(part->set, part->episode[e]);
    for (int64_t k = 0; k < episode.length; k++, index++) {
      co_data_transition have = co_data_part_at(part, index),
                         want = co_data_set_at(part->set, episode.first + k);
      ck_assert_ptr_eq(have.obs, want.obs);
      ck_assert_ptr_eq(have.next_obs, want.next_obs);
      ck_assert(!seen[episode.first + k]);
      seen[episode.first + k] = true;
    }
  }
  ck_assert_int_eq(index, part->transitions);
}

START_TEST(parts_are_whole_episodes_and_all_of_them) {
  const double share[] = {0, 0.1, 0.4, 0.7, 1};
  const int held_episodes[] = {0, 0, 1, 2, 2};  // of three, one of which is kept
  co_data_set set;
  co_arena arena = {0};
  co_data_part kept, held;
  bool seen[SMALL] = {0};
  co_rng rng = make_rng(), untouched = rng;
  small_set_write(at("set.codata"), false);
  ck_ok(co_data_set_open(at("set.codata"), &set));
  ck_ok(co_data_split(&set, share[_i], &rng, &arena, &kept, &held));
  ck_assert_int_eq(held.episodes, held_episodes[_i]);
  ck_assert_int_eq(kept.episodes + held.episodes, SMALL_EPISODES);
  check_part(&kept, seen);
  check_part(&held, seen);
  for (int i = 0; i < SMALL; i++) ck_assert(seen[i]);
  ck_assert((co_rng_u64(&rng) == co_rng_u64(&untouched)) == (held_episodes[_i] == 0));
  co_arena_free(&arena);
  co_data_set_close(&set);
}
END_TEST

// Every episode is held about as often.
START_TEST(chance_holds) {
  enum { TRIES = 3000 };
  int count[SMALL_EPISODES] = {0};
  co_data_set set;
  co_rng rng = make_rng();
  small_set_write(at("set.codata"), false);
  ck_ok(co_data_set_open(at("set.codata"), &set));
  for (int i = 0; i < TRIES; i++) {
    co_arena arena = {0};
    co_data_part kept, held;
    ck_ok(co_data_split(&set, 0.34, &rng, &arena, &kept, &held));
    ck_assert_int_eq(held.episodes, 1);
    count[held.episode[0]]++;
    co_arena_free(&arena);
  }
  for (int e = 0; e < SMALL_EPISODES; e++) ck_assert_double_eq_tol(count[e], TRIES / 3.0, 150);
  co_data_set_close(&set);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("minibatch");
  TCase *tests = tcase_create("minibatch");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, one_set_is_drawn_from_as_ever);
  tcase_add_test(tests, shares_are_kept);
  tcase_add_test(tests, equal_shares_of_an_even_batch_are_halves);
  tcase_add_loop_test(tests, parts_are_whole_episodes_and_all_of_them, 0, 5);
  tcase_add_test(tests, chance_holds);
  suite_add_tcase(suite, tests);
  return suite;
}
