// The drawing side's copy of what happened, kept up by snapshots of a session.

#include "tests/viz/sessions.h"
#include "viz/play/track.h"

#include <math.h>
#include <string.h>

enum { SERIES = 8 };

static test_worlds worlds;
static co_session *session;
static co_snapshot snapshot;
static co_track track;

static void begin(void) {
  test_worlds_make("hopper", NULL, NULL, &worlds);
  session = test_session(&worlds);
  ck_ok(co_snapshot_take(&snapshot, session, SERIES));
  const co_instant_layout *layout = &snapshot.stage[0].layout;
  co_track_init(layout->obs_dim, layout->act_dim, layout->num_terms, &track);
  ck_assert(co_track_fits(&track, layout));
}

static void end(void) {
  co_track_free(&track);
  co_snapshot_free(&snapshot);
  co_session_free(session);
  test_worlds_free(&worlds);
}

static void follow(void) {
  ck_ok(co_snapshot_take(&snapshot, session, SERIES));
  ck_ok(co_track_follow(&track, &snapshot.stage[0]));
}

// Rows from..to hold what the stage has.
static void check_rows(int64_t from, int64_t to) {
  const co_stage *stage = co_session_stage(session, 0);
  const size_t obs = (size_t)(track.action - track.obs) * sizeof(float);
  for (int64_t step = from; step <= to; step++) {
    const co_instant *there = co_stage_at(stage, step);
    const float *row = co_track_row(&track, step);
    ck_assert_msg(row != NULL, "step %d", (int)step);
    ck_assert_int_eq(memcmp(row + track.obs, there->obs, obs), 0);
    ck_assert_float_eq(row[track.action], there->action[0]);
    if (step == 0) ck_assert(isnan(row[track.terms]) && isnan(row[track.reward]));
    if (step > 0) ck_assert_float_eq(row[track.terms], there->terms[0]);
    if (step > 0) ck_assert_float_eq(row[track.reward], there->reward);
    ck_assert_float_eq(row[track.ret], (float)there->ret);
  }
}

START_TEST(keeps_more_than_one_snapshot_tells) {
  for (int i = 0; i < 5; i++) {
    test_walk(session, SERIES / 2);
    follow();
  }
  ck_assert_int_eq(track.first, 0);
  ck_assert_int_eq(co_track_last(&track), 20);
  check_rows(0, 20);
}
END_TEST

START_TEST(begins_anew_where_steps_are_missing) {
  test_walk(session, 5);
  follow();
  test_walk(session, 20);
  follow();
  ck_assert_int_eq(track.first, 25 - SERIES + 1);
  check_rows(track.first, 25);
}
END_TEST

START_TEST(goes_back_to_before_a_gap) {
  test_walk(session, 5);
  follow();
  test_walk(session, 30);
  follow();
  test_do(session, CO_CMD_SEEK, 12);
  follow();
  ck_assert_int_eq(track.first, 12 - SERIES + 1);
  check_rows(track.first, 12 + SERIES - 1);
}
END_TEST

START_TEST(keeps_what_lies_ahead_until_it_is_gone) {
  test_walk(session, 6);
  follow();
  test_walk(session, 6);
  follow();
  test_do(session, CO_CMD_SEEK, 7);
  follow();
  ck_assert_int_eq(co_track_last(&track), 12);
  check_rows(0, 12);
  test_do(session, CO_CMD_POLICY, 1);  // from here on it goes another way
  test_walk(session, 2);
  follow();
  ck_assert_int_eq(track.first, 9 - SERIES + 1);
  ck_assert_int_eq(co_track_last(&track), 9);
  check_rows(track.first, 9);
  ck_assert_int_eq(track.mark[7 - track.first] & CO_MARK_PUSHED, CO_MARK_PUSHED);
}
END_TEST

START_TEST(another_episode_is_another_track) {
  test_walk(session, 6);
  follow();
  test_do(session, CO_CMD_EPISODE, 3);
  follow();
  ck_assert_int_eq(track.count, 1);
  check_rows(0, 0);
}
END_TEST

START_TEST(knows_how_it_ended) {
  while (!co_session_over(session)) {
    test_walk(session, 1);
    follow();
  }
  int64_t last = co_track_last(&track);
  ck_assert_int_eq(last, co_session_step(session));
  ck_assert_uint_eq(track.mark[last] & CO_MARK_TERMINATED, CO_MARK_TERMINATED);
  test_do(session, CO_CMD_SEEK, last / 2);  // and still does after a look back
  follow();
  ck_assert_uint_eq(track.mark[last] & CO_MARK_TERMINATED, CO_MARK_TERMINATED);
}
END_TEST

START_TEST(other_dimensions_do_not_fit) {
  co_instant_layout layout = snapshot.stage[0].layout;
  layout.num_terms++;
  ck_assert(!co_track_fits(&track, &layout));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/track");
  TCase *tcase = tcase_create("track");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, keeps_more_than_one_snapshot_tells);
  tcase_add_test(tcase, begins_anew_where_steps_are_missing);
  tcase_add_test(tcase, goes_back_to_before_a_gap);
  tcase_add_test(tcase, keeps_what_lies_ahead_until_it_is_gone);
  tcase_add_test(tcase, another_episode_is_another_track);
  tcase_add_test(tcase, knows_how_it_ended);
  tcase_add_test(tcase, other_dimensions_do_not_fit);
  suite_add_tcase(suite, tcase);
  return suite;
}
