// Who acts where no policy does: nobody, chance as data sets record it, and the hand of a person.

#include "agents/data/data_set.h"
#include "agents/data/play.h"
#include "core/file.h"
#include "tests/viz/sessions.h"

#include <unistd.h>

enum { ROOM = 16 << 20 };

static co_stage *stage_with(const char *task, co_stand_in who, uint64_t seed) {
  co_shared_world *world = test_shared_world(task, NULL, NULL);
  co_stage_def def = {.stand_in = who, .world = world, .seed = seed, .history_bytes = ROOM};
  co_stage *stage = NULL;
  ck_ok(co_stage_create(&def, &stage));
  co_shared_world_drop(world);
  return stage;
}

static void play_to(co_stage *stage, int64_t step) {
  while (co_stage_now(stage)->step < step && !co_stage_over(stage)) ck_ok(co_stage_step(stage));
}

START_TEST(test_names) {
  for (int i = 0; i < CO_NUM_STAND_INS; i++) {
    co_stand_in found = CO_NUM_STAND_INS;
    ck_ok(co_stand_in_find(co_stand_in_names[i], &found));
    ck_assert_int_eq(found, i);
  }
  co_stand_in kept = CO_STAND_IN_RANDOM;
  ck_fails(co_stand_in_find("slider", &kept), CO_USAGE, "did you mean \"sliders\"");
  ck_fails(co_stand_in_find("", &kept), CO_USAGE, "must be zero, random or sliders");
  ck_assert_int_eq(kept, CO_STAND_IN_RANDOM);
}
END_TEST

START_TEST(test_zero) {
  co_stage *stage = stage_with("hopper", CO_STAND_IN_ZERO, 11);
  play_to(stage, 30);
  ck_assert_int_gt(co_stage_last(stage), 5);
  for (int64_t k = 0; k <= co_stage_last(stage); k++)
    for (int i = 0; i < 3; i++) ck_assert_float_eq(co_stage_at(stage, k)->action[i], 0);
  co_stage_free(stage);
}
END_TEST

// ---- chance

// Episodes of random actions of a seed, as a data set holds them.
static void record(const char *task, uint64_t seed, int episodes, co_data_set *out) {
  const char *path = "test_stand_in.codata";
  const co_stream stream = {seed, 0, CO_PURPOSE_EVAL_FINAL};
  co_env *env = NULL;
  co_data_played played;
  ck_ok(co_vector_create(test_world(task, NULL, NULL), 1, &stream, &env));
  const co_data_play def = {.env = env, .stream = &stream, .episodes = episodes};
  ck_ok(co_data_play_file(&def, path, &played));
  co_env_destroy(env);
  ck_ok(co_data_set_open(path, out));
  unlink(path);
}

static const char *const tasks[] = {"hopper", "pendulum", "ant"};  // 3, 1 and 8 numbers

// The same episodes step by step, and the same ones again after going back and forth in them.
START_TEST(test_random_as_recorded) {
  enum { EPISODES = 2 };
  co_data_set set;
  record(tasks[_i], 11, EPISODES, &set);
  co_stage *stage = stage_with(tasks[_i], CO_STAND_IN_RANDOM, 11);
  int dim = co_stage_layout(stage)->act_dim, compared = 0;
  for (int episode = 0; episode < EPISODES; episode++) {
    ck_ok(co_stage_reset(stage, (uint32_t)episode));
    play_to(stage, 9);
    ck_ok(co_stage_seek(stage, 4));
    play_to(stage, 1 << 20);
    ck_assert_int_eq(co_stage_last(stage), co_data_set_episode(&set, episode).length);
    for (int64_t k = 0; k < co_stage_last(stage); k++, compared++) {
      const float *recorded = co_data_set_at(&set, compared).action;
      ck_assert_mem_eq(co_stage_at(stage, k)->action, recorded, (size_t)dim * sizeof *recorded);
    }
  }
  ck_assert_int_gt(compared, 20);
  co_stage_free(stage);
  co_data_set_close(&set);
}
END_TEST

START_TEST(test_random_by_seed) {
  co_stage *one = stage_with("hopper", CO_STAND_IN_RANDOM, 11);
  co_stage *two = stage_with("hopper", CO_STAND_IN_RANDOM, 12);
  ck_assert(memcmp(co_stage_now(one)->action, co_stage_now(two)->action, 3 * sizeof(float)));
  ck_ok(co_stage_reset(two, 1));
  float first[3];
  memcpy(first, co_stage_now(two)->action, sizeof first);
  ck_ok(co_stage_reset(two, 0));
  ck_assert(memcmp(first, co_stage_now(two)->action, sizeof first));
  co_stage_free(one);
  co_stage_free(two);
}
END_TEST

// ---- the hand

static double velocity(const co_stage *stage) {
  return co_stage_row(stage)->physics->qvel[3];  // of the hopper's thigh
}

START_TEST(test_sliders) {
  co_stage *stage = stage_with("hopper", CO_STAND_IN_SLIDERS, 11);
  co_stage *still = stage_with("hopper", CO_STAND_IN_ZERO, 11);
  play_to(stage, 4);
  play_to(still, 5);
  ck_ok(co_stage_set_action(stage, 0, 0.75));
  ck_assert_int_eq(co_stage_last(stage), 4);
  ck_assert(!co_stage_now(stage)->pushed);
  play_to(stage, 5);
  ck_assert_double_ne(velocity(stage), velocity(still));
  play_to(stage, 7);  // it stays as it was set
  ck_assert_float_eq(co_stage_now(stage)->action[0], 0.75F);
  ck_assert_float_eq(co_stage_now(stage)->action[1], 0);
  ck_ok(co_stage_seek(stage, 2));  // from an earlier step another course
  ck_ok(co_stage_set_action(stage, 1, -1));
  ck_assert_int_eq(co_stage_last(stage), 2);
  ck_assert_float_eq(co_stage_now(stage)->action[0], 0);
  ck_assert_float_eq(co_stage_now(stage)->action[1], -1);
  ck_ok(co_stage_reset(stage, 1));
  ck_assert_float_eq(co_stage_now(stage)->action[1], -1);  // a slider stays where it is
  co_stage_free(stage);
  co_stage_free(still);
}
END_TEST

START_TEST(test_sliders_in_another_world) {
  co_stage *stage = stage_with("hopper", CO_STAND_IN_SLIDERS, 11);
  play_to(stage, 3);
  ck_ok(co_stage_set_action(stage, 2, 0.5));
  co_shared_world *heavy = test_shared_world(
      "hopper", "{ parameter = \"body.mass\"; select = \"torso\"; scale = 2.0; }", NULL);
  ck_ok(co_stage_use_world(stage, heavy));
  ck_assert_float_eq(co_stage_now(stage)->action[2], 0.5F);
  co_shared_world_drop(heavy);
  co_stage_free(stage);
}
END_TEST

START_TEST(test_what_is_refused) {
  co_stage *stage = stage_with("hopper", CO_STAND_IN_SLIDERS, 11);
  play_to(stage, 3);
  ck_ok(co_stage_seek(stage, 2));
  ck_fails(co_stage_set_action(stage, 3, 0), CO_CONFIG, "no action 3");
  ck_fails(co_stage_set_action(stage, -1, 0), CO_CONFIG, "no action -1");
  ck_fails(co_stage_set_action(stage, 0, 1.01), CO_CONFIG, "must be from -1 to 1, is 1.01");
  ck_fails(co_stage_set_action(stage, 0, (double)NAN), CO_CONFIG, "must be from -1 to 1");
  ck_assert_int_eq(co_stage_last(stage), 3);  // nothing has changed
  ck_ok(co_stage_use_stand_in(stage, CO_STAND_IN_RANDOM));
  ck_fails(co_stage_set_action(stage, 0, 0), CO_CONFIG, "only where the sliders act");
  co_stage_free(stage);
}
END_TEST

// ---- in a session

static co_session *session_of(co_choice *choice, co_stand_in first) {
  for (int i = 0; i < CO_NUM_STAND_INS; i++) choice[i].stand_in = (co_stand_in)i;
  const co_session_def def = {.num_stages = 1,
                              .world = {{.task = "hopper"}},
                              .policy = {(int)first},
                              .choice = choice,
                              .num_choices = CO_NUM_STAND_INS,
                              .seed = 11,
                              .threshold = 0.05,
                              .history_bytes = ROOM};
  co_session *session = NULL;
  ck_ok(co_session_create(&def, &session));
  return session;
}

// A hand takes over from chance with what was done last, and chance from the hand.
START_TEST(test_flip) {
  co_choice choice[CO_NUM_STAND_INS] = {{.policy = NULL}};
  co_session *session = session_of(choice, CO_STAND_IN_RANDOM);
  test_walk(session, 5);
  float last[3], set[3];
  memcpy(last, test_now(session, 0)->action, sizeof last);
  test_do(session, CO_CMD_POLICY, CO_STAND_IN_SLIDERS);
  test_walk(session, 2);
  ck_assert_mem_eq(test_now(session, 0)->action, last, sizeof last);
  const co_command command = {.id = CO_CMD_ACTION, .value = 1, .number = -0.25};
  ck_ok(co_session_execute(session, &command));
  ck_assert_float_eq(test_now(session, 0)->action[1], -0.25F);
  ck_assert_float_eq(test_now(session, 0)->action[0], last[0]);
  memcpy(set, test_now(session, 0)->action, sizeof set);
  test_do(session, CO_CMD_POLICY, CO_STAND_IN_RANDOM);
  ck_assert(memcmp(test_now(session, 0)->action, set, sizeof set));
  test_do(session, CO_CMD_POLICY, CO_STAND_IN_ZERO);
  ck_assert_float_eq(test_now(session, 0)->action[1], 0);
  co_session_free(session);
}
END_TEST

START_TEST(test_searches) {
  co_choice choice[CO_NUM_STAND_INS] = {{.policy = NULL}};
  co_session *session = session_of(choice, CO_STAND_IN_RANDOM);
  test_do(session, CO_CMD_FAILURE, 0);
  ck_ok(test_search(session));
  ck_assert(test_now(session, 0)->terminated);
  test_do(session, CO_CMD_POLICY, CO_STAND_IN_SLIDERS);
  const co_command search = {.id = CO_CMD_FAILURE};
  ck_fails(co_session_execute(session, &search), CO_CONFIG, "sliders");
  co_session_free(session);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("stand_in");
  TCase *tcase = tcase_create("stand_in");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_names);
  tcase_add_test(tcase, test_zero);
  tcase_add_loop_test(tcase, test_random_as_recorded, 0, 3);
  tcase_add_test(tcase, test_random_by_seed);
  tcase_add_test(tcase, test_sliders);
  tcase_add_test(tcase, test_sliders_in_another_world);
  tcase_add_test(tcase, test_what_is_refused);
  tcase_add_test(tcase, test_flip);
  tcase_add_test(tcase, test_searches);
  suite_add_tcase(suite, tcase);
  return suite;
}
