// Recordings as episodes: trajectories, logs and dumps of faults are played by their own actions.

#include "agents/learn/fault_guard.h"
#include "core/json.h"
#include "envs/record/recording.h"
#include "tests/viz/sessions.h"

static co_session *open_recording(test_worlds *worlds, const char *path) {
  worlds->def.recording = path;
  return test_session(worlds);
}

static void check_numbers(const co_json *json, const char *key, const double *value, int count) {
  const co_json *list = co_json_get(json, key);
  ck_assert_uint_eq(co_json_count(list), (size_t)count);
  for (int i = 0; i < count; i++) {
    ck_assert_double_eq_tol(co_json_as_number(co_json_at(list, (size_t)i), NAN), value[i], 1e-9);
  }
}

// ---- trajectories

static const char *const kTrajectories[] = {"hopper", "pendulum", "ant", "half_cheetah"};

START_TEST(test_trajectory) {
  char name[64];
  co_json *file = NULL;
  test_worlds worlds;
  test_worlds_make(kTrajectories[_i], NULL, NULL, &worlds);
  snprintf(name, sizeof name, "tests/golden/%s.json", kTrajectories[_i]);
  char *path = co_path_join(getenv("CARRYOVER_SOURCE"), name);
  ck_ok(co_json_read(path, &file));
  co_session *session = open_recording(&worlds, path);
  const co_stage *stage = co_session_stage(session, 0);
  const co_json *obs = co_json_get(file, "obs"), *reward = co_json_get(file, "reward");
  int steps = 0, obs_dim = co_stage_world(stage)->info.obs_dim;
  ck_assert(co_stage_recorded(stage));
  for (; !co_session_over(session); steps++) {
    test_do(session, CO_CMD_FORWARD, 0);
    const co_json *wanted = co_json_at(obs, (size_t)steps);
    for (int i = 0; i < obs_dim; i++) {
      double value = co_json_as_number(co_json_at(wanted, (size_t)i), NAN);
      ck_assert_double_eq_tol((double)test_now(session, 0)->obs[i], value,
                              1e-6 * fmax(1, fabs(value)));
    }
    ck_assert_double_eq_tol((double)test_now(session, 0)->reward,
                            co_json_as_number(co_json_at(reward, (size_t)steps), NAN), 1e-5);
  }
  ck_assert_int_eq(steps, (int)co_json_count(obs));
  const co_physics *physics = co_stage_row(stage)->physics;
  check_numbers(file, "final_qpos", physics->qpos, physics->model->nq);
  check_numbers(file, "final_qvel", physics->qvel, physics->model->nv);
  co_session_free(session);
  test_worlds_free(&worlds);
  co_json_free(file);
  free(path);
}
END_TEST

// ---- logs

static co_json *floats(const float *value, int count) {
  co_json *list = co_json_array();
  for (int i = 0; i < count; i++) co_json_add_number(list, (double)value[i]);
  return list;
}

// The log of what a stage has played; malloc'd path.
static char *write_log(const co_session *session, const char *name) {
  const co_stage *stage = co_session_stage(session, 0);
  const co_env_info *info = &co_stage_world(stage)->info;
  co_row row;
  co_json *file = co_json_object(), *data = co_json_array();
  co_buf text = {0};
  ck_ok(co_row_create(&co_stage_world(stage)->binding, &(co_stream){0}, 0, &row));
  for (int64_t step = 0; step < co_stage_last(stage); step++) {
    const co_instant *at = co_stage_at(stage, step);
    co_json *entry = co_json_object();
    ck_ok(co_row_load(&row, at->row));
    co_json_set(entry, "obs", floats(at->obs, info->obs_dim));
    co_json_set(entry, "action", floats(at->action, info->act_dim));
    co_json_set(entry, "qpos", co_json_numbers(row.physics->qpos, row.physics->model->nq));
    co_json_set(entry, "qvel", co_json_numbers(row.physics->qvel, row.physics->model->nv));
    co_json_add(data, entry);
  }
  co_json_set(file, "data", data);
  ck_ok(co_json_write(file, 0, &text));
  char *path = test_write(name, text.data);
  co_row_free(&row);
  co_json_free(file);
  co_buf_free(&text);
  return path;
}

START_TEST(test_log) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  co_session *played = test_session(&worlds);
  test_walk(played, 25);
  char *path = write_log(played, "viewer_log.json");
  co_session *session = open_recording(&worlds, path);
  ck_assert_int_eq(co_session_policy(session, 0), -1);
  for (int64_t step = 0; step <= 25; step++) {
    const co_instant *now = test_now(session, 0);
    const co_instant *wanted = co_stage_at(co_session_stage(played, 0), step);
    for (int i = 0; i < 11; i++) {
      ck_assert_float_eq_tol(now->obs[i], wanted->obs[i], 1e-6f);  // no warm start in a log
    }
    if (step < 25) ck_assert_mem_eq(now->action, wanted->action, 3 * sizeof(float));
    test_do(session, CO_CMD_FORWARD, 0);
  }
  ck_assert(co_session_over(session));
  ck_assert_int_eq(co_session_last(session), 25);
  co_session_free(session);
  co_session_free(played);
  test_worlds_free(&worlds);
  free(path);
}
END_TEST

// From some step on a policy plays; a recording that was left does not come back but by a reset.
START_TEST(test_policy_takes_over) {
  test_worlds worlds;
  test_worlds_make("half_cheetah", NULL, "{ parameter = \"option.gravity\"; scale = 1.5; }",
                   &worlds);
  char *path = co_path_join(getenv("CARRYOVER_SOURCE"), "tests/golden/half_cheetah.json");
  co_session *session = open_recording(&worlds, path);
  test_walk(session, 30);
  ck_assert(co_session_over(session));
  ck_assert_int_gt(co_session_parting(session), 0);
  const co_command failure = {.id = CO_CMD_FAILURE};
  ck_fails(co_session_execute(session, &failure), CO_CONFIG, "one episode");
  test_do(session, CO_CMD_SEEK, 12);
  test_do(session, CO_CMD_POLICY, 1);
  ck_assert(!co_stage_recorded(co_session_stage(session, 0)));
  ck_assert(co_stage_recorded(co_session_stage(session, 1)));
  ck_assert_int_eq(co_session_last(session), 12);
  ck_fails(co_session_execute(session, &failure), CO_CONFIG, "one episode");  // of the other one
  test_walk(session, 28);
  ck_assert_int_eq(test_now(session, 0)->step, 40);
  ck_assert_int_eq(test_now(session, 1)->step, 30);  // stands at the end
  const co_command other = {.id = CO_CMD_POLICY, .stage = 1, .value = 0};
  ck_ok(co_session_execute(session, &other));
  ck_assert_int_eq(co_session_step(session), 30);  // where both can go on
  test_walk(session, 3);
  for (int i = 0; i < 2; i++) ck_assert_int_eq(test_now(session, i)->step, 33);
  co_session_free(session);
  test_worlds_free(&worlds);
  free(path);
}
END_TEST

// Actions go on in a changed world, from another row layout too.
START_TEST(test_recording_in_another_world) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  char *path = co_path_join(getenv("CARRYOVER_SOURCE"), "tests/golden/hopper.json");
  co_session *session = open_recording(&worlds, path);
  test_walk(session, 5);
  test_put(session, 0, "action.delay", "", "set", 1);
  test_walk(session, 5);
  ck_assert_int_eq(co_session_step(session), 10);
  double start = co_stage_row(co_session_stage(session, 0))->physics->qpos[1];
  test_do(session, CO_CMD_RESET, 0);
  ck_assert_int_eq(co_session_step(session), 0);
  ck_assert_double_ne(co_stage_row(co_session_stage(session, 0))->physics->qpos[1], start);
  test_walk(session, 100);
  ck_assert_int_eq(co_session_step(session), 30);
  co_session_free(session);
  test_worlds_free(&worlds);
  free(path);
}
END_TEST

// ---- dumps of faults

// The file that a training writes; its one episode diverges in the first step.
static char *dump_fault(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  char *folder = co_path_join(build ? build : ".", "scratch/viewer_faults");
  const co_stream stream = {3, 0, CO_PURPOSE_RESET};
  co_arena arena = {0};
  co_fault_guard guard;
  float obs[11], action[3] = {0.5f, -0.25f, 0.125f};
  uint8_t fault = 0;
  co_env *env = test_env("hopper", NULL, 1, 3);
  ck_ok(co_fault_guard_create(&arena, env, &stream, folder, "", &guard));
  ck_ok(co_env_reset(env, 0, 1, &(co_env_out){.obs = obs}));
  co_fault_guard_reset(&guard, 0);
  co_vector_row(env, 0)->physics->qvel[2] = 1e9;
  co_fault_guard_step(&guard, 0, obs, action);
  ck_ok(co_env_step(env, 0, 1, action, &(co_env_out){.obs = obs, .fault = &fault}));
  ck_assert(fault);
  co_fault_guard_fault(&guard, 0);
  ck_ok(co_fault_guard_dump(&guard));
  co_env_destroy(env);
  co_arena_free(&arena);
  char *path = co_path_join(folder, "000.json");
  ck_assert(co_file_exists(path));
  free(folder);
  return path;
}

START_TEST(test_dump) {
  test_worlds worlds;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  char *path = dump_fault();
  co_session *session = open_recording(&worlds, path);
  ck_assert(!test_now(session, 0)->fault);
  ck_assert_double_eq(co_stage_row(co_session_stage(session, 0))->physics->qvel[2], 1e9);
  test_do(session, CO_CMD_FORWARD, 0);
  ck_assert(test_now(session, 0)->fault);
  ck_assert(co_session_over(session));
  test_do(session, CO_CMD_BACK, 0);
  ck_assert(!test_now(session, 0)->fault);
  test_do(session, CO_CMD_RESET, 0);
  test_do(session, CO_CMD_FORWARD, 0);
  ck_assert(test_now(session, 0)->fault);
  co_session_free(session);
  test_worlds_free(&worlds);
  // in a world whose rows are others
  test_worlds_make("ant", NULL, NULL, &worlds);
  worlds.def.recording = path;
  ck_fails(co_session_create(&worlds.def, &session), CO_DATA, "row_state");
  test_worlds_free(&worlds);
  free(path);
}
END_TEST

// ---- files that are none

static const struct broken {
  const char *text;
  co_status status;
  const char *says;
} broken[] = {
    {NULL, CO_NO_INPUT, "viewer_broken"},
    {"{}", CO_DATA, "action"},
    {"{\"data\": []}", CO_DATA, "data"},
    {"{\"data\": [{\"obs\": [0]}]}", CO_DATA, "data.qpos"},
    {"{\"data\": [{\"obs\": [0]}], \"row_state\": \"00\"}", CO_DATA, "row_state"},
    {"{\"data\": [{\"obs\": [0], \"qpos\": [0,1.2,0,0,0,0], \"qvel\": [0,0,0,0,0,0], "
     "\"action\": [0, 0]}]}",
     CO_DATA, "data.action[0]"},
    {"[", CO_DATA, "viewer_broken"},
};

START_TEST(test_broken_file) {
  const struct broken *c = &broken[_i];
  test_worlds worlds;
  co_session *session = NULL;
  test_worlds_make("hopper", NULL, NULL, &worlds);
  char *path = test_write("viewer_broken.json", c->text ? c->text : "");
  if (!c->text) ck_assert_int_eq(remove(path), 0);
  worlds.def.recording = path;
  ck_fails(co_session_create(&worlds.def, &session), c->status, c->says);
  test_worlds_free(&worlds);
  free(path);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("recordings");
  TCase *tcase = tcase_create("recordings");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_trajectory, 0, sizeof kTrajectories / sizeof *kTrajectories);
  tcase_add_test(tcase, test_log);
  tcase_add_test(tcase, test_policy_takes_over);
  tcase_add_test(tcase, test_recording_in_another_world);
  tcase_add_test(tcase, test_dump);
  tcase_add_loop_test(tcase, test_broken_file, 0, sizeof broken / sizeof *broken);
  suite_add_tcase(suite, tcase);
  return suite;
}
