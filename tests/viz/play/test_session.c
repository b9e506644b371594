// Transport: running, seeking, speed, two stages side by side, where they part, the next failure.

#include "agents/policy/evaluate.h"
#include "tests/viz/sessions.h"

static const char kHeavy[] = "{ parameter = \"body.mass\"; select = \"torso\"; scale = 4.0; }";
static const char kNothing[] = "{ parameter = \"body.mass\"; select = \"torso\"; scale = 1.0; }";

// ---- running

START_TEST(test_speed) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  ck_assert(!co_session_running(session));
  ck_ok(co_session_advance(session, 1));
  ck_assert_int_eq(co_session_step(session), 0);
  test_do(session, CO_CMD_TOGGLE, 0);
  ck_ok(co_session_advance(session, 0.249));  // 0.05 s a step
  ck_assert_int_eq(co_session_step(session), 4);
  ck_ok(co_session_advance(session, 0.002));
  ck_assert_int_eq(co_session_step(session), 5);
  test_do(session, CO_CMD_SPEED, 3);
  ck_ok(co_session_advance(session, 0.0251));
  ck_assert_int_eq(co_session_step(session), 9);
  test_do(session, CO_CMD_SPEED, -2);
  ck_ok(co_session_advance(session, 0.199));
  ck_assert_int_eq(co_session_step(session), 9);
  ck_ok(co_session_advance(session, 0.002));
  ck_assert_int_eq(co_session_step(session), 10);
  test_do(session, CO_CMD_SPEED, -100);
  ck_assert_int_eq(co_session_speed(session), CO_SESSION_SLOWEST);
  test_do(session, CO_CMD_TOGGLE, 0);
  ck_ok(co_session_advance(session, 0.2));
  ck_assert_int_eq(co_session_step(session), 10);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_as_fast_as_possible) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_do(session, CO_CMD_SPEED, 1000);
  ck_assert_int_eq(co_session_speed(session), CO_SESSION_FASTEST);
  test_do(session, CO_CMD_TOGGLE, 0);
  ck_ok(co_session_advance(session, 0));
  ck_assert_int_gt(co_session_step(session), 0);
  while (co_session_running(session)) ck_ok(co_session_advance(session, 0.01));
  ck_assert_int_eq(co_session_step(session), 200);
  ck_assert(co_session_over(session));
  test_do(session, CO_CMD_TOGGLE, 0);  // runs again what is kept
  ck_assert_int_eq(co_session_step(session), 0);
  ck_assert_int_eq(co_session_last(session), 200);
  ck_assert(co_session_running(session));
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_true_speed) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_do(session, CO_CMD_SPEED, 1);
  test_do(session, CO_CMD_TOGGLE, 0);
  ck_assert_double_eq(co_session_true_speed(session), 0);
  for (int i = 0; i < 30; i++) ck_ok(co_session_advance(session, 0.02));
  ck_assert_double_eq_tol(co_session_true_speed(session), 2, 0.21);
  test_do(session, CO_CMD_TOGGLE, 0);
  ck_assert_double_eq(co_session_true_speed(session), 0);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_seek_and_episodes) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kHeavy, &worlds);
  worlds.def.episode = 4;
  co_session *session = test_session(&worlds);
  ck_assert_uint_eq(co_stage_episode(co_session_stage(session, 1)), 4);
  test_walk(session, 7);
  test_do(session, CO_CMD_BACK, 0);
  ck_assert_int_eq(co_session_step(session), 6);
  test_do(session, CO_CMD_SEEK, -5);
  ck_assert_int_eq(co_session_step(session), 0);
  test_do(session, CO_CMD_BACK, 0);
  ck_assert_int_eq(co_session_step(session), 0);
  test_do(session, CO_CMD_SEEK, 100);
  ck_assert_int_eq(co_session_step(session), 7);
  for (int i = 0; i < 2; i++) ck_assert_int_eq(test_now(session, i)->step, 7);
  test_do(session, CO_CMD_RESET, 0);
  ck_assert_int_eq(co_session_last(session), 0);
  test_do(session, CO_CMD_EPISODE, 9);
  ck_assert_uint_eq(co_stage_episode(co_session_stage(session, 0)), 9);
  co_command wrong = {.id = CO_CMD_EPISODE, .value = -1};
  ck_fails(co_session_execute(session, &wrong), CO_CONFIG, "no episode -1");
  wrong = (co_command){.id = CO_CMD_POLICY, .value = 2};
  ck_fails(co_session_execute(session, &wrong), CO_CONFIG, "no policy 2");
  wrong = (co_command){.id = CO_CMD_UNSHIFT, .stage = 2};
  ck_fails(co_session_execute(session, &wrong), CO_CONFIG, "no stage 2");
  wrong = (co_command){.id = CO_NUM_COMMANDS};
  ck_fails(co_session_execute(session, &wrong), CO_CONFIG, "no command");
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// The list grows by a command, as far as there is room for it, and what joined can be chosen.
START_TEST(test_the_list_of_policies_grows) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  worlds.def.num_choices = 1;
  worlds.def.most_choices = 2;
  co_session *session = test_session(&worlds);
  co_command second = {.id = CO_CMD_POLICY, .value = 1};
  ck_fails(co_session_execute(session, &second), CO_CONFIG, "no policy 1");
  for (int64_t wrong = 0; wrong < 4; wrong += 3) {
    co_command list = {.id = CO_CMD_CHOICES, .value = wrong};
    ck_fails(co_session_execute(session, &list), CO_CONFIG, "policies");
  }
  test_do(session, CO_CMD_CHOICES, 2);
  ck_ok(co_session_execute(session, &second));
  ck_assert_ptr_eq(co_stage_policy(co_session_stage(session, 0)), worlds.choice[1].policy);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// ---- two stages

static void walk_to_end(co_session *session) {
  for (int i = 0; !co_session_over(session); i++) {
    ck_assert_int_lt(i, 2000);
    test_do(session, CO_CMD_FORWARD, 0);
  }
}

// A stage whose episode is over stands still at its end, also when seeking.
START_TEST(test_stands_still) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, "{ parameter = \"option.gravity\"; scale = 0.5; }", &worlds);
  co_session *session = test_session(&worlds);
  walk_to_end(session);
  int64_t end[2] = {test_now(session, 0)->step, test_now(session, 1)->step};
  ck_assert_int_lt(end[0], end[1]);  // falls later under half the gravity
  ck_assert_int_eq(co_session_last(session), end[1]);
  int64_t between = (end[0] + end[1]) / 2;
  test_do(session, CO_CMD_SEEK, between);
  ck_assert_int_eq(test_now(session, 0)->step, end[0]);
  ck_assert_int_eq(test_now(session, 1)->step, between);
  test_do(session, CO_CMD_SEEK, end[0] - 2);
  test_walk(session, 5);
  ck_assert_int_eq(test_now(session, 0)->step, end[0]);
  ck_assert_int_eq(test_now(session, 1)->step, end[0] + 3);
  // another policy in the first only: its future is another, that of the second is kept
  test_do(session, CO_CMD_SEEK, 5);
  test_do(session, CO_CMD_POLICY, 1);
  ck_assert_int_eq(co_session_policy(session, 0), 1);
  ck_assert_int_eq(co_session_last(session), 5);
  test_do(session, CO_CMD_SEEK, 50);
  ck_assert_int_eq(co_session_step(session), 5);
  test_walk(session, 1);
  ck_assert_int_eq(co_stage_last(co_session_stage(session, 0)), 6);
  ck_assert_int_eq(co_stage_last(co_session_stage(session, 1)), end[1]);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// The first step at which qpos of the two differ, by rows of their own.
static int64_t parting_by_hand(const test_worlds *worlds, const char *second, uint32_t episode) {
  co_shared_world *world[2] = {test_shared_world("hopper", NULL, NULL),
                               test_shared_world("hopper", second, NULL)};
  co_stage *stage[2];
  int64_t found = -1;
  for (int i = 0; i < 2; i++) {
    co_stage_def def = {
        .policy = worlds->choice[0].policy, .world = world[i], .seed = 11, .history_bytes = 1};
    ck_ok(co_stage_create(&def, &stage[i]));
    ck_ok(co_stage_reset(stage[i], episode));
  }
  for (int64_t step = 0; found < 0 && !co_stage_over(stage[0]); step++) {
    const double *a = co_stage_row(stage[0])->physics->qpos;
    const double *b = co_stage_row(stage[1])->physics->qpos;
    for (int k = 0; k < 6; k++)
      if (fabs(a[k] - b[k]) > 0.05 && found < 0) found = step;
    for (int i = 0; i < 2; i++) ck_ok(co_stage_step(stage[i]));
  }
  for (int i = 0; i < 2; i++) {
    co_stage_free(stage[i]);
    co_shared_world_drop(world[i]);
  }
  return found;
}

START_TEST(test_parting) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kHeavy, &worlds);
  int64_t wanted = parting_by_hand(&worlds, kHeavy, 0);
  ck_assert_int_gt(wanted, 3);
  co_session *session = test_session(&worlds);
  test_walk(session, 2);
  ck_assert_int_eq(co_session_parting(session), -1);
  test_do(session, CO_CMD_PARTING, 0);  // looks ahead
  ck_ok(test_search(session));
  ck_assert_int_eq(co_session_parting(session), wanted);
  ck_assert_int_eq(co_session_step(session), wanted);
  test_walk(session, 3);
  test_do(session, CO_CMD_SEEK, 1);
  ck_assert_int_eq(co_session_parting(session), wanted);
  test_do(session, CO_CMD_PARTING, 0);  // known
  ck_assert_int_eq(co_session_step(session), wanted);
  // what was found does not hold once something is changed before it
  test_do(session, CO_CMD_SEEK, wanted - 2);
  test_do(session, CO_CMD_POLICY, 1);
  ck_assert_int_eq(co_session_parting(session), -1);
  test_do(session, CO_CMD_EPISODE, 3);
  walk_to_end(session);
  test_do(session, CO_CMD_POLICY, 0);
  test_do(session, CO_CMD_EPISODE, 3);
  walk_to_end(session);
  ck_assert_int_eq(co_session_parting(session), parting_by_hand(&worlds, kHeavy, 3));
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// What is over has no state to go on from: the chosen policy plays the episode from its start, and
// nothing that is shown is the other's. Beside it, a stage that still runs goes back, too.
START_TEST(test_flip_at_the_end) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, "{ parameter = \"option.gravity\"; scale = 0.5; }", &worlds);
  co_session *session = test_session(&worlds);
  while (!co_stage_over(co_session_stage(session, 0))) test_walk(session, 1);
  test_walk(session, 2);  // the second side goes on
  ck_assert(!co_stage_over(co_session_stage(session, 1)));
  test_do(session, CO_CMD_POLICY, 1);
  ck_assert_int_eq(co_session_step(session), 0);
  ck_assert(!co_session_running(session));
  for (int i = 0; i < 2; i++) {
    const co_instant *now = test_now(session, i);
    ck_assert(now->step == 0 && now->ret == 0 && !now->terminated && !now->stint.branched);
    ck_assert_ptr_eq(now->stint.who.policy, worlds.choice[i == 0].policy);
  }
  walk_to_end(session);
  test_do(session, CO_CMD_POLICY, 0);  // the end had stopped it
  ck_assert(co_session_running(session));
  ck_assert_int_eq(co_session_step(session), 0);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_policy_anew) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kHeavy, &worlds);
  worlds.def.episode = 3;
  co_session *session = test_session(&worlds);
  test_walk(session, 5);
  test_do(session, CO_CMD_POLICY, 1);
  ck_assert(test_now(session, 0)->stint.branched);
  ck_assert_ptr_eq(test_now(session, 0)->stint.before.policy, worlds.choice[0].policy);
  ck_assert_int_eq(test_now(session, 0)->stint.since, 5);
  test_walk(session, 2);
  test_do(session, CO_CMD_POLICY_ANEW, 1);
  ck_assert_int_eq(co_session_step(session), 0);
  ck_assert(!test_now(session, 0)->stint.branched);
  ck_assert_uint_eq(co_stage_episode(co_session_stage(session, 1)), 3);
  co_command wrong = {.id = CO_CMD_POLICY_ANEW, .value = 2};
  ck_fails(co_session_execute(session, &wrong), CO_CONFIG, "no policy 2");
  wrong = (co_command){.id = CO_CMD_POLICY_ANEW, .stage = 2};
  ck_fails(co_session_execute(session, &wrong), CO_CONFIG, "no stage 2");
  const co_who second = {.policy = worlds.choice[1].policy}, recording = {.recorded = true};
  ck_assert_int_eq(co_session_find(session, &second), 1);
  ck_assert_int_eq(co_session_find(session, &recording), -1);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// Strides play what was not reached yet, and end where there is nothing more.
START_TEST(test_strides) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_do(session, CO_CMD_FORWARD, 25);
  ck_assert_int_eq(co_session_step(session), 25);
  test_do(session, CO_CMD_BACK, 10);
  ck_assert_int_eq(co_session_step(session), 15);
  test_do(session, CO_CMD_FORWARD, 25);
  ck_assert_int_eq(co_session_step(session), 40);
  test_do(session, CO_CMD_FORWARD, 1000000);  // no longer than a hand waits for
  ck_assert_int_eq(co_session_step(session), 40 + CO_SESSION_STRIDE);
  for (int i = 0; i < 20; i++) test_do(session, CO_CMD_FORWARD, 25);
  ck_assert_int_eq(co_session_step(session), 200);
  test_do(session, CO_CMD_BACK, 25);
  ck_assert_int_eq(co_session_step(session), 175);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// Another policy goes on from the same state, and the first again has the same answer.
START_TEST(test_flip_between_policies) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kHeavy, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 5);
  const co_instant *now = test_now(session, 0);
  size_t size =
      sizeof *now->obs * (size_t)co_stage_world(co_session_stage(session, 0))->info.obs_dim;
  float obs[64], action = now->action[0];
  ck_assert_uint_le(size, sizeof obs);
  memcpy(obs, now->obs, size);
  for (int policy = 1; policy >= 0; policy--) {
    test_do(session, CO_CMD_POLICY, policy);
    now = test_now(session, 0);
    ck_assert_int_eq(now->step, 5);
    ck_assert_mem_eq(now->obs, obs, size);
    ck_assert_int_eq(now->action[0] == action, policy == 0);
  }
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

START_TEST(test_no_parting) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kNothing, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 3);
  test_do(session, CO_CMD_PARTING, 0);
  ck_assert_int_eq(co_session_searching(session), 0);
  ck_assert_int_eq(test_search(session), CO_WANTING);
  ck_assert_int_eq(co_session_searching(session), -1);
  ck_assert_int_eq(co_session_step(session), 3);
  ck_assert_int_eq(co_session_parting(session), -1);
  co_session_free(session);
  test_worlds_free(&worlds);
  test_worlds_make("hopper", NULL, NULL, &worlds);
  session = test_session(&worlds);
  const co_command parting = {.id = CO_CMD_PARTING};
  ck_fails(co_session_execute(session, &parting), CO_CONFIG, "one stage");
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// ---- failures

START_TEST(test_next_failure) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kHeavy, &worlds);
  co_session *session = test_session(&worlds);
  test_do(session, CO_CMD_FAILURE, 0);
  ck_assert_int_eq(co_session_searching(session), 0);  // nothing of episode 0 was seen
  ck_ok(test_search(session));
  ck_assert_uint_eq(co_stage_episode(co_session_stage(session, 0)), 0);
  ck_assert(test_now(session, 0)->terminated || test_now(session, 1)->terminated);
  ck_assert_int_eq(test_now(session, 0)->step, test_now(session, 1)->step);
  ck_assert(!co_session_running(session));
  int64_t end = co_session_step(session);
  int64_t parting = co_session_parting(session);
  test_do(session, CO_CMD_SEEK, 0);  // with all of its history
  ck_assert_int_eq(co_session_step(session), 0);
  test_do(session, CO_CMD_FAILURE, 0);
  ck_ok(test_search(session));
  ck_assert_uint_eq(co_stage_episode(co_session_stage(session, 0)), 1);
  test_do(session, CO_CMD_EPISODE, 0);
  test_walk(session, (int)end);
  ck_assert(test_now(session, 0)->terminated || test_now(session, 1)->terminated);
  ck_assert_int_eq(co_session_parting(session), parting);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// The pendulum never falls; any command ends a search and leaves everything as it was.
START_TEST(test_failure_gives_up) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 12);
  test_do(session, CO_CMD_FAILURE, 0);
  ck_assert_int_eq(co_session_searching(session), 1);
  ck_ok(co_session_advance(session, 0.01));
  ck_assert_int_gt(co_session_searching(session), 1);
  test_do(session, CO_CMD_BACK, 0);
  ck_assert_int_eq(co_session_searching(session), -1);
  ck_assert_int_eq(co_session_step(session), 11);
  test_do(session, CO_CMD_FAILURE, 0);
  ck_assert_int_eq(test_search(session), CO_WANTING);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "1000 episodes"));
  ck_assert_int_eq(co_session_step(session), 11);
  ck_assert_uint_eq(co_stage_episode(co_session_stage(session, 0)), 0);
  test_do(session, CO_CMD_FAILURE, 0);
  co_session_free(session);  // in the middle of one
  test_worlds_free(&worlds);
}
END_TEST

// ---- pushes

START_TEST(test_push) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, kNothing, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 4);
  test_do(session, CO_CMD_SEEK, 2);
  co_command push = {.id = CO_CMD_PUSH, .stage = 1, .value = 1, .force = {200, 0, 0, 0, 0, 0}};
  ck_ok(co_session_execute(session, &push));
  ck_assert_int_eq(co_stage_last(co_session_stage(session, 1)), 2);
  test_walk(session, 10);
  ck_assert(test_now(session, 1)->pushed);
  ck_assert(!test_now(session, 0)->pushed);
  ck_assert_int_gt(co_session_parting(session), 2);
  double pushed = co_stage_row(co_session_stage(session, 1))->physics->qpos[0];
  ck_assert_double_gt(pushed, co_stage_row(co_session_stage(session, 0))->physics->qpos[0] + 0.05);
  push.value = -1;
  ck_ok(co_session_execute(session, &push));
  test_walk(session, 1);
  ck_assert(!test_now(session, 1)->pushed);
  // played again without a push: as if there had been none
  test_do(session, CO_CMD_SEEK, 2);
  const co_command same = {.id = CO_CMD_POLICY, .stage = 1, .value = 0};
  ck_ok(co_session_execute(session, &same));
  ck_assert_int_eq(co_session_last(session), 2);
  test_walk(session, 10);
  ck_assert_mem_eq(test_now(session, 0)->obs, test_now(session, 1)->obs, 11 * sizeof(float));
  ck_assert_int_eq(co_session_parting(session), -1);
  push.stage = 0, push.value = 1000;
  ck_fails(co_session_execute(session, &push), CO_CONFIG, "no body 1000");
  push.value = 1, push.force[3] = INFINITY;
  ck_fails(co_session_execute(session, &push), CO_CONFIG, "finite");
  co_session_free(session);
  test_worlds_free(&worlds);
  test_worlds_make("pendulum", NULL, NULL, &worlds);
  session = test_session(&worlds);
  push.force[3] = 0;
  ck_fails(co_session_execute(session, &push), CO_CONFIG, "no bodies");
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// ---- worlds

// Two policies in the same world need one, which the session keeps when its shelf has gone.
START_TEST(test_worlds_from_a_shelf) {
  test_worlds worlds;
  test_worlds_make("pendulum", NULL, "", &worlds);
  ck_ok(co_world_shelf_create(&worlds.def.shelf));
  co_session *session = test_session(&worlds);
  ck_assert_int_eq(co_world_shelf_builds(worlds.def.shelf), 1);
  ck_assert_ptr_eq(co_stage_world(co_session_stage(session, 0)),
                   co_stage_world(co_session_stage(session, 1)));
  co_world_shelf_free(worlds.def.shelf);
  test_walk(session, 3);
  test_put(session, 1, "option.gravity", "", "scale", 1.5);
  ck_assert_ptr_ne(co_stage_world(co_session_stage(session, 0)),
                   co_stage_world(co_session_stage(session, 1)));
  test_walk(session, 3);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("session");
  TCase *tcase = tcase_create("session");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_speed);
  tcase_add_test(tcase, test_as_fast_as_possible);
  tcase_add_test(tcase, test_true_speed);
  tcase_add_test(tcase, test_seek_and_episodes);
  tcase_add_test(tcase, test_the_list_of_policies_grows);
  tcase_add_test(tcase, test_stands_still);
  tcase_add_test(tcase, test_flip_between_policies);
  tcase_add_test(tcase, test_flip_at_the_end);
  tcase_add_test(tcase, test_policy_anew);
  tcase_add_test(tcase, test_strides);
  tcase_add_test(tcase, test_parting);
  tcase_add_test(tcase, test_no_parting);
  tcase_add_test(tcase, test_next_failure);
  tcase_add_test(tcase, test_failure_gives_up);
  tcase_add_test(tcase, test_push);
  tcase_add_test(tcase, test_worlds_from_a_shelf);
  suite_add_tcase(suite, tcase);
  return suite;
}
