// A session on its own thread: commands in, copies out, errors told, closed at once.

#include "core/clock.h"
#include "tests/support/leaky_actor.h"
#include "tests/viz/sessions.h"
#include "viz/play/playback.h"

#include <time.h>

enum { PATIENCE = 60 };  // [s] of a wait on a machine with much else to do

static co_playback *start(const test_worlds *worlds) {
  co_playback *playback = NULL;
  ck_ok(co_playback_start(&worlds->def, &playback));
  return playback;
}

static void nap(void) {
  nanosleep(&(struct timespec){0, 1000000}, NULL);
}

// Until this many commands were done.
static const co_snapshot *wait_for(co_playback *playback, uint64_t commands) {
  double began = co_clock_wall();
  const co_snapshot *snapshot = co_playback_latest(playback);
  for (; snapshot->commands < commands; snapshot = co_playback_latest(playback)) {
    ck_assert_double_lt(co_clock_wall() - began, PATIENCE);
    nap();
  }
  return snapshot;
}

static const co_snapshot *wait_for_step(co_playback *playback, int64_t step) {
  double began = co_clock_wall();
  const co_snapshot *snapshot = co_playback_latest(playback);
  for (; snapshot->step < step; snapshot = co_playback_latest(playback)) {
    ck_assert_double_lt(co_clock_wall() - began, PATIENCE);
    nap();
  }
  return snapshot;
}

static void send(co_playback *playback, co_command_id id, int64_t value) {
  const co_command command = {.id = id, .value = value};
  ck_assert(co_playback_send(playback, &command));
}

// What a snapshot shows of a stage is what a session of one's own shows at that step.
static void check_view(const co_snapshot *snapshot, co_session *session) {
  while (co_session_step(session) < snapshot->step) test_do(session, CO_CMD_FORWARD, 0);
  test_do(session, CO_CMD_SEEK, snapshot->step);
  for (int i = 0; i < snapshot->num_stages; i++) {
    const co_stage_view *view = &snapshot->stage[i];
    const co_instant *wanted = test_now(session, i);
    ck_assert_int_eq(view->now.step, wanted->step);
    ck_assert_mem_eq(view->now.row, wanted->row, view->layout.row_bytes);
    ck_assert_mem_eq(view->now.obs, wanted->obs, (size_t)view->layout.obs_dim * sizeof(float));
    ck_assert_mem_eq(view->now.action, wanted->action,
                     (size_t)view->layout.act_dim * sizeof(float));
    ck_assert_mem_eq(view->trace.action, wanted->action,
                     (size_t)view->layout.act_dim * sizeof(float));
    ck_assert_int_eq(view->trace.num_layers, 2);
    // whoever draws has a row of its own
    co_row row;
    const co_built_world *world = co_shared_world_get(view->world);
    ck_ok(co_row_create(&world->binding, &(co_stream){0}, 0, &row));
    ck_ok(co_row_load(&row, view->now.row));
    co_row_free(&row);
  }
}

static void check_series(const co_stage_view *view, const co_stage *stage, int reach) {
  const co_series *series = &view->series;
  int64_t first = view->now.step - reach + 1, last = view->now.step + reach - 1;
  ck_assert_int_eq(series->first, first < view->first ? view->first : first);
  ck_assert_int_eq(series->first + series->count - 1, last < view->last ? last : view->last);
  for (int i = 0; i < series->count; i++) {
    const co_instant *got = &series->instant[i];
    const co_instant *wanted = co_stage_at(stage, series->first + i);
    ck_assert_int_eq(got->step, series->first + i);
    ck_assert_ptr_null(got->row);
    ck_assert_mem_eq(got->obs, wanted->obs, (size_t)view->layout.obs_dim * sizeof(float));
    ck_assert_mem_eq(got->action, wanted->action, (size_t)view->layout.act_dim * sizeof(float));
    ck_assert_mem_eq(got->terms, wanted->terms, (size_t)view->layout.num_terms * sizeof(float));
    ck_assert_float_eq(got->reward, wanted->reward);
    ck_assert_float_eq(got->value, wanted->value);
    ck_assert_double_eq(got->ret, wanted->ret);
  }
}

START_TEST(test_plays_what_a_session_plays) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, "{ parameter = \"option.gravity\"; scale = 1.5; }", &worlds);
  if (_i) worlds.choice[0].policy->acts = &leaky_actor;
  co_playback *playback = start(&worlds);
  co_session *session = test_session(&worlds);
  const co_snapshot *snapshot = co_playback_latest(playback);
  ck_assert_uint_eq(snapshot->number, 1);
  ck_assert_int_eq(snapshot->stage[0].series.count, 0);
  check_view(snapshot, session);
  co_playback_set_series(playback, 8);
  send(playback, CO_CMD_TOGGLE, 0);
  snapshot = wait_for_step(playback, 5);
  ck_assert(snapshot->running);
  check_view(snapshot, session);
  snapshot = wait_for_step(playback, 12);
  check_view(snapshot, session);
  for (int i = 0; i < 2; i++) check_series(&snapshot->stage[i], co_session_stage(session, i), 8);
  send(playback, CO_CMD_TOGGLE, 0);
  send(playback, CO_CMD_SEEK, 3);
  snapshot = wait_for(playback, 3);
  ck_assert(!snapshot->running);
  ck_assert_int_eq(snapshot->step, 3);
  check_view(snapshot, session);
  for (int i = 0; i < 2; i++) check_series(&snapshot->stage[i], co_session_stage(session, i), 8);
  uint64_t number = snapshot->number;
  ck_assert_uint_eq(co_playback_latest(playback)->number, number);  // nothing is new
  co_playback_stop(playback);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// True speed: as much time passes in the world as outside, or less on a busy machine.
START_TEST(test_pace) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  co_playback *playback = start(&worlds);
  double began = co_clock_wall();
  send(playback, CO_CMD_SPEED, 2);
  send(playback, CO_CMD_TOGGLE, 0);
  const co_snapshot *snapshot = wait_for_step(playback, 40);  // 2 s at four times the speed
  double passed = co_clock_wall() - began;
  ck_assert_double_gt(passed, 0.45);
  ck_assert_int_eq(snapshot->speed, 2);
  co_playback_stop(playback);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_errors_are_told) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  co_playback *playback = start(&worlds);
  send(playback, CO_CMD_POLICY, 9);
  const co_snapshot *snapshot = wait_for(playback, 1);
  ck_assert_uint_eq(snapshot->errors, 1);
  ck_assert_int_eq(snapshot->status, CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(snapshot->error, "no policy 9"));
  send(playback, CO_CMD_FORWARD, 0);
  snapshot = wait_for(playback, 2);
  ck_assert_uint_eq(snapshot->errors, 1);
  ck_assert_int_eq(snapshot->step, 1);
  co_command shift = test_shift(0, "body.mass", "nobody", "scale", 2);
  ck_assert(co_playback_send(playback, &shift));
  snapshot = wait_for(playback, 3);
  ck_assert_uint_eq(snapshot->errors, 2);
  ck_assert_ptr_nonnull(strstr(snapshot->error, "nobody"));
  co_playback_stop(playback);
  worlds.def.world[0].task = "no_such_task";
  ck_fails(co_playback_start(&worlds.def, &playback), CO_NO_INPUT, "no_such_task");
  test_worlds_free(&worlds);
}
END_TEST

// Worlds go on living in snapshots; drags of one slider become one shift.
START_TEST(test_shifts_while_it_runs) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  co_playback *playback = start(&worlds);
  const co_snapshot *snapshot = co_playback_latest(playback);
  const co_built_world *first = co_shared_world_get(snapshot->stage[0].world);
  send(playback, CO_CMD_SPEED, -3);
  send(playback, CO_CMD_TOGGLE, 0);
  uint64_t sent = 2;
  for (int i = 1; i <= 50; i++) {
    co_command shift = test_shift(0, "option.gravity", "", "scale", 1 + 0.01 * i);
    ck_assert(co_playback_send(playback, &shift));
    sent++;
    ck_assert_str_eq(first->info.task, "hopper");  // ours until the next snapshot
    if (i % 10 == 0) nap();
  }
  send(playback, CO_CMD_TOGGLE, 0);
  double began = co_clock_wall();
  for (snapshot = co_playback_latest(playback); snapshot->running || snapshot->commands < 3;
       snapshot = co_playback_latest(playback)) {
    ck_assert_double_lt(co_clock_wall() - began, PATIENCE);
    nap();
  }
  ck_assert_uint_le(snapshot->commands, sent + 1);
  const co_built_world *last = co_shared_world_get(snapshot->stage[0].world);
  ck_assert_int_eq(last->info.num_shifts, 1);
  ck_assert_double_eq(last->info.shift[0].value[0], 1.5);
  co_buf text = {0};
  ck_ok(co_shared_world_config(snapshot->stage[0].world, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "option.gravity"));
  co_buf_free(&text);
  co_playback_stop(playback);
  test_worlds_free(&worlds);
}
END_TEST

// More than the queue holds: what was taken is done, in order.
START_TEST(test_queue_is_bounded) {
  test_worlds worlds;
  test_worlds_make("ant", NULL, NULL, &worlds);
  co_playback *playback = start(&worlds);
  uint64_t taken = 0, refused = 0;
  int64_t last = 0;
  for (int i = 0; i < 400; i++) {
    const co_command command = {.id = CO_CMD_EPISODE, .value = i};
    bool ok = co_playback_send(playback, &command);
    taken += ok, refused += !ok;
    if (ok) last = i;
  }
  const co_snapshot *snapshot = wait_for(playback, taken);
  ck_assert_uint_eq(snapshot->commands, taken);
  ck_assert_uint_eq(snapshot->stage[0].episode, (uint32_t)last);
  ck_assert_uint_ge(taken, CO_PLAYBACK_QUEUE);
  ck_assert_uint_eq(taken + refused, 400);
  co_playback_stop(playback);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_search_and_interrupt) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  co_playback *playback = start(&worlds);
  send(playback, CO_CMD_FAILURE, 0);
  const co_snapshot *snapshot = wait_for_step(playback, 1);
  ck_assert_int_eq(snapshot->searching, -1);
  ck_assert(snapshot->stage[0].now.terminated);
  ck_assert(snapshot->over);
  co_playback_stop(playback);
  test_worlds_free(&worlds);
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  worlds.def.policy[0] = -1;
  playback = start(&worlds);
  send(playback, CO_CMD_FAILURE, 0);
  snapshot = wait_for(playback, 1);
  send(playback, CO_CMD_EPISODE, 7);
  snapshot = wait_for(playback, 2);
  ck_assert_int_eq(snapshot->searching, -1);
  ck_assert_uint_eq(snapshot->stage[0].episode, 7);
  ck_assert_ptr_null(snapshot->stage[0].trace.block);
  co_playback_stop(playback);
  test_worlds_free(&worlds);
}
END_TEST

// In the middle of a search, of running as fast as possible, of a drag; without having been looked
// at.
START_TEST(test_stops_at_once) {
  for (int i = 0; i < 12; i++) {
    test_worlds worlds;
    test_worlds_make(i % 2 ? "pendulum" : "hopper", NULL, NULL, &worlds);
    co_playback *playback = start(&worlds);
    co_command shift = test_shift(0, "option.gravity", "", "scale", 1.5);
    send(playback, CO_CMD_SPEED, CO_SESSION_FASTEST);
    send(playback, i % 3 ? CO_CMD_TOGGLE : CO_CMD_FAILURE, 0);
    if (i % 4 == 1) ck_assert(co_playback_send(playback, &shift));
    if (i > 6) nap();
    double began = co_clock_wall();
    co_playback_stop(playback);
    ck_assert_double_lt(co_clock_wall() - began, 5);  // some ms but for other programs
    test_worlds_free(&worlds);
  }
  co_playback_stop(NULL);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("playback");
  TCase *tcase = tcase_create("playback");
  tcase_set_timeout(tcase, 240);
  tcase_add_loop_test(tcase, test_plays_what_a_session_plays, 0, 2);
  tcase_add_test(tcase, test_pace);
  tcase_add_test(tcase, test_errors_are_told);
  tcase_add_test(tcase, test_shifts_while_it_runs);
  tcase_add_test(tcase, test_queue_is_bounded);
  tcase_add_test(tcase, test_search_and_interrupt);
  tcase_add_test(tcase, test_stops_at_once);
  suite_add_tcase(suite, tcase);
  return suite;
}
