// Replay: agrees with what the same program recorded, sees every change of a file, refuses damaged
// files.
//
// The recordings in tests/golden are our own small numbers, so that physics is verified without
// reference data. They are written by this test when CARRYOVER_WRITE_GOLDEN=1, which says so in
// their first line.

#include "core/json.h"
#include "envs/record/private/player.h"
#include "envs/record/replay.h"
#include "tests/envs/worlds.h"

typedef struct recording {
  const char *task;
  int steps;
} recording;

static const recording kRecordings[] = {{"pendulum", 30}, {"inverted_pendulum", 12},
                                        {"hopper", 30},   {"half_cheetah", 30},
                                        {"ant", 12},      {"pusher", 12}};
enum { kRecorded = 6, kWindow = 10 };

// ---- writing a recording

static void add_checkpoint(co_json *points, const co_row *row) {
  const co_model *model = row->binding->model;
  const double *warm_start = model->engine->warm_start(row->physics);
  if (!warm_start || row->step % kWindow != 0) return;
  co_json *point = co_json_object();
  co_json_set_int(point, "after_step", row->step);
  co_json_set(point, "qpos", co_json_numbers(row->physics->qpos, model->nq));
  co_json_set(point, "qvel", co_json_numbers(row->physics->qvel, model->nv));
  co_json_set(point, "qacc_warmstart", co_json_numbers(warm_start, model->nv));
  co_json_add(points, point);
}

static void record_steps(co_row *row, const co_env_info *info, int steps, co_json *file) {
  co_json *action = co_json_array(), *obs = co_json_array(), *reward = co_json_array();
  co_json *terminated = co_json_array(), *truncated = co_json_array(), *points = co_json_array();
  co_rng rng = co_rng_make(&(co_stream){1, 0, CO_PURPOSE_TAPE}, 0);
  double act[32];
  for (int step = 0; step < steps; step++) {
    co_row_result result = {0};
    if (step % 5 == 0) test_random_action(info, &rng, act);
    for (int i = 0; i < info->act_dim; i++) act[i] = (double)(float)act[i];
    co_json_add(action, co_json_numbers(act, info->act_dim));
    ck_ok(co_row_step(row, act, &result));
    co_json_add(obs, co_json_numbers(row->obs, info->obs_dim));
    co_json_add_number(reward, result.reward);
    co_json_add(terminated, co_json_bool(result.terminated));
    co_json_add(truncated, co_json_bool(result.truncated));
    add_checkpoint(points, row);
  }
  co_json_set(file, "action", action);
  co_json_set(file, "obs", obs);
  co_json_set(file, "reward", reward);
  co_json_set(file, "terminated", terminated);
  co_json_set(file, "truncated", truncated);
  co_json_set(file, "checkpoints", points);
}

static void record(const recording *r, co_buf *text) {
  co_built_world *world = test_world(r->task, NULL, NULL);
  const co_model *model = world->model;
  co_row row = test_row(world, 1);
  co_json *file = co_json_object();
  co_json_set_string(
      file, "note",
      "written by tests/envs/record/test_replay.c with CARRYOVER_WRITE_GOLDEN=1; actions uniform, "
      "held for 5 steps; checkpoints as in the reference format");
  co_json_set_string(file, "engine", world->info.engine);
  co_json_set_string(file, "task", r->task);
  co_json_set(file, "init_qpos", co_json_numbers(row.physics->qpos, model->nq));
  co_json_set(file, "init_qvel", co_json_numbers(row.physics->qvel, model->nv));
  co_json_set(file, "init_obs", co_json_numbers(row.obs, world->info.obs_dim));
  record_steps(&row, &world->info, r->steps, file);
  co_json_set(file, "final_qpos", co_json_numbers(row.physics->qpos, model->nq));
  co_json_set(file, "final_qvel", co_json_numbers(row.physics->qvel, model->nv));
  ck_ok(co_json_write(file, 0, text));
  co_json_free(file);
  co_row_free(&row);
  co_world_free(world);
}

static char *golden_path(const char *task) {
  const char *source = getenv("CARRYOVER_SOURCE");
  char *path = malloc(4200);
  snprintf(path, 4200, "%s/tests/golden/%s.json", source ? source : ".", task);
  return path;
}

static co_status replay_file(const char *task, const char *path, co_replay *out) {
  co_built_world *world = test_world(task, NULL, NULL);
  co_status status =
      co_replay_file(world, path, &(co_replay_options){.windows = true, .tolerance = NAN}, out);
  co_world_free(world);
  return status;
}

START_TEST(test_own_recordings) {
  const recording *r = &kRecordings[_i];
  char *path = golden_path(r->task);
  const char *write = getenv("CARRYOVER_WRITE_GOLDEN");
  if (write && strcmp(write, "1") == 0) {
    co_buf text = {0};
    record(r, &text);
    ck_ok(co_file_write(path, text.data, text.size));
    co_buf_free(&text);
  }
  co_replay replay;
  ck_ok(replay_file(r->task, path, &replay));
  ck_assert_int_eq(replay.steps, r->steps);
  ck_assert_int_eq(replay.fault, -1);
  ck_assert_msg(replay.ok, "%s: obs differs by %g at step %d", path, replay.field[0].max_abs,
                replay.field[0].at_step);
  ck_assert_int_eq(replay.windows.count, strcmp(r->task, "pendulum") == 0 ? 0 : r->steps / kWindow);
  co_replay_free(&replay);
  free(path);
}
END_TEST

// What is recorded now replays with difference 0 in every field.
START_TEST(test_fresh_recording) {
  co_buf text = {0};
  record(&kRecordings[_i], &text);
  char *path = test_write("fresh.json", text.data);
  co_replay replay;
  ck_ok(replay_file(kRecordings[_i].task, path, &replay));
  for (int i = 0; i < replay.num_fields; i++) ck_assert_double_eq(replay.field[i].max_abs, 0.0);
  ck_assert(replay.ok);
  co_replay_free(&replay);
  co_buf_free(&text);
  free(path);
}
END_TEST

// ---- changes that must be seen

// Replays the file of hopper with a piece of its text replaced.
static co_status replay_changed(const char *from, const char *to, co_replay *out) {
  char *path = golden_path("hopper");
  co_buf text = {0};
  ck_ok(co_file_read(path, 0, &text));
  char *changed = test_replace(text.data, from, to);
  char *scratch = test_write("changed.json", changed);
  co_status status = replay_file("hopper", scratch, out);
  co_buf_free(&text);
  free(path), free(changed), free(scratch);
  return status;
}

static const co_replay_field *field_named(const co_replay *replay, const char *name) {
  for (int i = 0; i < replay->num_fields; i++) {
    if (strcmp(replay->field[i].name, name) == 0) return &replay->field[i];
  }
  ck_abort_msg("no field %s", name);
  return NULL;
}

// Changes the first decimal of the first number after `marker`.
static co_status replay_digit_changed(const char *marker, co_replay *out) {
  char *path = golden_path("hopper");
  co_buf text = {0};
  ck_ok(co_file_read(path, 0, &text));
  char *at = strstr(text.data, marker);
  ck_assert_ptr_nonnull(at);
  at = strchr(at, '.');
  ck_assert_ptr_nonnull(at);
  at[1] = (char)('0' + (at[1] - '0' + 5) % 10);
  char *scratch = test_write("digit.json", text.data);
  co_status status = replay_file("hopper", scratch, out);
  co_buf_free(&text);
  free(path), free(scratch);
  return status;
}

typedef struct change {
  const char *marker, *field;
  int step;  // of first_above
} change;

// The first number of init_qpos is the forward distance, which is not observed.
static const change kChanges[] = {
    {"\"init_obs\":[", "obs", 0},
    {"\"init_qpos\":[", "final_qpos", 30},
    {"\"obs\":[[", "obs", 1},
    {"\"action\":[[", "obs", 1},
    {"\"reward\":[", "reward", 1},
    {"\"final_qpos\":[", "final_qpos", 30},
    {"\"final_qvel\":[", "final_qvel", 30},
};

START_TEST(test_changes_are_seen) {
  const change *c = &kChanges[_i];
  co_replay replay;
  ck_ok(replay_digit_changed(c->marker, &replay));
  ck_assert(!replay.ok);
  ck_assert_int_eq(field_named(&replay, c->field)->first_above, c->step);
  co_replay_free(&replay);
}
END_TEST

START_TEST(test_checkpoint_is_compared) {
  co_replay replay;
  ck_ok(replay_digit_changed("\"qvel\":[", &replay));
  ck_assert(!replay.ok);
  ck_assert_int_eq(replay.windows.first_above, 11);
  for (int i = 0; i < replay.num_fields; i++) ck_assert_int_lt(replay.field[i].first_above, 0);
  co_replay_free(&replay);
}
END_TEST

START_TEST(test_flags_are_compared) {
  co_replay replay;
  ck_ok(replay_changed("\"terminated\":[false", "\"terminated\":[true", &replay));
  ck_assert(!replay.ok);
  ck_assert_int_eq(replay.terminated.mismatches, 1);
  ck_assert_int_eq(replay.terminated.first, 1);
  co_replay_free(&replay);
  ck_ok(replay_changed("\"truncated\":[false,false", "\"truncated\":[false,true", &replay));
  ck_assert(!replay.ok);
  ck_assert_int_eq(replay.truncated.first, 2);
  co_replay_free(&replay);
}
END_TEST

// Another world, another trajectory.
START_TEST(test_other_domain) {
  char *path = golden_path("hopper");
  co_built_world *world =
      test_world("hopper", "{ parameter = \"option.gravity\"; scale = 1.0001; }", NULL);
  co_replay replay;
  ck_ok(co_replay_file(world, path, &(co_replay_options){.windows = true, .tolerance = NAN},
                       &replay));
  ck_assert(!replay.ok);
  ck_assert_int_eq(replay.field[0].first_above, 1);
  ck_assert_int_eq(replay.windows.first_above, 11);
  ck_assert_double_gt(replay.windows.max_abs, 1e-6);
  co_replay_free(&replay);
  ck_ok(co_replay_file(world, path, &(co_replay_options){.tolerance = 1e3}, &replay));
  ck_assert(replay.ok);
  ck_assert(!replay.has_windows);
  ck_assert_double_eq(replay.tolerance, 1e3);
  co_replay_free(&replay);
  co_world_free(world);
  free(path);
}
END_TEST

START_TEST(test_exact) {
  char *path = golden_path("pendulum");
  co_built_world *world = test_world("pendulum", NULL, NULL);
  co_replay replay;
  ck_ok(
      co_replay_file(world, path, &(co_replay_options){.exact = true, .tolerance = NAN}, &replay));
  ck_assert(replay.ok);  // own arithmetic: exact everywhere
  ck_assert_double_eq(replay.tolerance, 1e-12);
  ck_assert_double_eq(replay.field[0].max_abs, 0.0);
  co_replay_free(&replay);
  co_world_free(world);
  free(path);
}
END_TEST

// ---- damaged files

typedef struct damage {
  const char *from, *to, *says;
} damage;

static const damage kDamages[] = {
    {"\"init_qpos\":[", "\"init_qpos\":[1.0,", "init_qpos: must be 6 numbers"},
    {"\"init_qvel\"", "\"qvel\"", "init_qvel: must be 6 numbers"},
    {"\"action\":[[", "\"action\":[[1.0,", "action[0]: must be 3 numbers"},
    {"\"action\":[[", "\"action\":[[],[", "must be one entry per step"},
    {"\"obs\":[[", "\"obs\":[[null,", "obs[0]: must be 11 numbers"},
    {"\"truncated\":[false", "\"truncated\":[0", "truncated[0]: must be true or false"},
    {"\"reward\":[", "\"reward\":null,\"x\":[", "reward: must be one entry per step"},
    {"\"after_step\":10", "\"after_step\":999", "checkpoints[0]: after_step must be 0 to 30"},
    {"\"after_step\":10", "\"after_step\":-1", "checkpoints[0]: after_step must be 0 to 30"},
    {"\"after_step\":20", "\"after_step\":10", "checkpoints[1]: after_step must be above 10"},
    {"\"checkpoints\":[", "\"checkpoints\":7,\"x\":[", "checkpoints: must be a list"},
    {"\"init_qpos\":[", "\"init_qpos\":[1,1e300,1,1,1,1],\"x\":[",
     "init_qpos: nothing can start there: hopper.xml: "},
    {"{", "{\"kwargs\":3,", "kwargs: must be a group"},
    {"{", "{\"info\":{\"reward_ctrl\":[0]},", "info.reward_ctrl: must be one entry per step"},
    {"\"action\"", "\"no_action\"", "action: must be a list of actions"},
    {"{", "[", "changed.json"},
};

START_TEST(test_damaged_files) {
  co_replay replay;
  ck_fails(replay_changed(kDamages[_i].from, kDamages[_i].to, &replay), CO_DATA, kDamages[_i].says);
}
END_TEST

// An action that no float32 holds stops the row: that is no agreement, and said at its step.
START_TEST(test_fault) {
  co_replay replay;
  ck_ok(replay_changed("\"action\":[[-0.98344796895980835", "\"action\":[[1e300", &replay));
  ck_assert(!replay.ok);
  ck_assert_int_eq(replay.fault, 1);
  co_replay_free(&replay);
}
END_TEST

START_TEST(test_missing_file) {
  co_replay replay;
  ck_fails(replay_file("hopper", "no/such.json", &replay), CO_NO_INPUT, "no/such.json");
}
END_TEST

// Of quadruped_flat, whose commands are drawn: under those that the log tells, both look the same.
static co_buf log_under(double vx) {
  co_built_world *world = test_world("quadruped_flat", NULL, "observe=\"fresh\"");
  const co_model *model = world->model;
  co_row row = test_row(world, 1);
  const double command[] = {vx, 0.1, -0.5}, still[12] = {0};
  co_json *file = co_json_object(), *data = co_json_array();
  co_buf text = {0};
  co_row_hold(&row, command);
  ck_ok(co_row_reset(&row));
  for (int step = 0; step < 4; step++) {
    co_json *entry = co_json_object();
    co_row_result result = {0};
    co_json_set(entry, "obs", co_json_numbers(row.obs, world->info.obs_dim));
    co_json_set(entry, "action", co_json_numbers(still, 12));
    co_json_set(entry, "qpos", co_json_numbers(row.physics->qpos, model->nq));
    co_json_set(entry, "qvel", co_json_numbers(row.physics->qvel, model->nv));
    co_json_add(data, entry);
    ck_ok(co_row_step(&row, still, &result));
  }
  co_json_set(file, "command", co_json_numbers(command, 3));
  co_json_set(file, "data", data);
  ck_ok(co_json_write(file, 0, &text));
  co_json_free(file);
  co_row_free(&row);
  co_world_free(world);
  return text;
}

START_TEST(test_commands_of_a_log) {
  static const double vx[] = {0.75, 3.0};  // the second is none that the task draws
  for (int i = 0; i < 2; i++) {
    co_buf text = log_under(vx[i]);
    char *path = test_write("commands.json", text.data);
    co_built_world *world = test_world("quadruped_flat", NULL, "observe=\"fresh\"");
    co_replay out;
    ck_ok(co_replay_file(world, path, &(co_replay_options){.tolerance = NAN}, &out));
    ck_assert_int_eq(out.num_claims, i);
    ck_assert_str_eq(out.field[0].name, "obs");
    ck_assert_int_eq(out.field[0].first_above, i - 1);
    if (i) ck_assert_str_eq(out.claim[0].member, "command");
    co_replay_free(&out);
    co_world_free(world);
    co_buf_free(&text);
    free(path);
  }
}
END_TEST

START_TEST(test_wrong_task) {
  char *path = golden_path("hopper");
  co_replay replay;
  ck_fails(replay_file("half_cheetah", path, &replay), CO_DATA, "must be 9 numbers");
  free(path);
}
END_TEST

// ---- parameters of the recorded task

// hopper's recording, said to be of a task with this parameter, against a task; what the error
// says. A parameter that agrees leaves the size of hopper's state as the error.
typedef struct parameter {
  const char *task, *kwargs, *says;
} parameter;

static const parameter kParameters[] = {
    {"humanoid", "\"frame_skip\":5", "init_qpos: must be 24 numbers"},
    {"humanoid", "\"frame_skip\":4",
     "kwargs.frame_skip: recorded with 4, which is not that of hum"},
    {"humanoid", "\"forward_reward_weight\":1.25", "init_qpos"},
    {"humanoid", "\"forward_reward_weight\":1", "kwargs.forward_reward_weight: recorded with 1,"},
    {"humanoid", "\"ctrl_cost_weight\":0.1", "init_qpos"},
    {"humanoid", "\"ctrl_cost_weight\":0.2", "recorded with 0.2,"},
    {"humanoid", "\"healthy_reward\":2", "kwargs.healthy_reward"},
    {"humanoid", "\"contact_cost_weight\":5e-07", "init_qpos"},
    {"humanoid", "\"contact_cost_weight\":5e-08", "recorded with 5e-08"},
    {"humanoid", "\"contact_cost_range\":[\"-inf\",10.0]", "init_qpos"},
    {"humanoid", "\"contact_cost_range\":[\"-inf\",\"inf\"]", "recorded with [\"-inf\", \"inf\"],"},
    {"humanoid", "\"contact_cost_range\":[1,10.0]", "recorded with [1, 10],"},
    {"humanoid", "\"healthy_z_range\":[1.0,2.0]", "init_qpos"},
    {"humanoid", "\"healthy_z_range\":[1.0,\"inf\"]", "recorded with [1, \"inf\"],"},
    {"humanoid", "\"healthy_z_range\":\"all\"", "recorded with \"all\","},
    {"humanoid", "\"healthy_z_range\":{}", "recorded with ...,"},
    {"humanoid", "\"healthy_z_range\":[[1],2]", "recorded with [..., 2],"},
    {"humanoid", "\"terminate_when_unhealthy\":true", "init_qpos"},
    {"humanoid", "\"terminate_when_unhealthy\":false", "recorded with false,"},
    {"humanoid", "\"include_cvel_in_observation\":true", "init_qpos"},
    {"humanoid", "\"include_cvel_in_observation\":false", "kwargs.include_cvel_in_observation"},
    {"humanoid", "\"reset_noise_scale\":7,\"my_own\":[]", "init_qpos"},
    {"humanoid_standup", "\"uph_cost_weight\":7,\"ctrl_cost_weight\":0.1", "init_qpos"},
    {"humanoid_standup", "\"ctrl_cost_weight\":0.3", "kwargs.ctrl_cost_weight"},
    {"humanoid_standup", "\"impact_cost_range\":[\"-inf\",9]", "kwargs.impact_cost_range"},
    {"ant", "\"contact_force_range\":[-1,1],\"main_body\":\"torso\"", "init_qpos"},
    {"ant", "\"contact_force_range\":[-1,2]", "kwargs.contact_force_range"},
    {"ant", "\"main_body\":1", "init_qpos"},
    {"ant", "\"main_body\":2", "kwargs.main_body"},
    {"pusher", "\"reward_near_weight\":0.5,\"reward_control_weight\":0.1", "init_qpos"},
    {"pusher", "\"reward_near_weight\":0.4", "kwargs.reward_near_weight"},
    {"reacher", "\"reward_dist_weight\":1,\"reward_control_weight\":1", "init_qpos"},
    {"reacher", "\"reward_control_weight\":0.1", "kwargs.reward_control_weight"},
    {"pendulum", "\"g\":10.0", "init_qpos"},
    {"pendulum", "\"g\":9.81", "recorded with 9.81,"},
};

START_TEST(test_parameters) {
  const parameter *c = &kParameters[_i];
  char *path = golden_path("hopper"), with[200];
  co_buf text = {0};
  co_replay replay;
  ck_ok(co_file_read(path, 0, &text));
  snprintf(with, sizeof with, "\"kwargs\":{%s},\"task\"", c->kwargs);
  char *changed = test_replace(text.data, "\"task\"", with);
  char *scratch = test_write("kwargs.json", changed);
  ck_fails(replay_file(c->task, scratch, &replay), CO_DATA, c->says);
  co_buf_free(&text);
  free(path), free(changed), free(scratch);
}
END_TEST

// The same task with another weight agrees with a recording that was made with it.
START_TEST(test_parameters_of_an_edited_task) {
  char *path = golden_path("hopper");
  co_buf text = {0};
  ck_ok(co_file_read(path, 0, &text));
  char *changed =
      test_replace(text.data, "\"task\"", "\"kwargs\":{\"ctrl_cost_weight\":0.5},\"task\"");
  char *scratch = test_write("kwargs.json", changed);
  co_replay replay;
  co_built_world *world = test_world("hopper", NULL, "task.reward.2.weight=-0.5");
  ck_ok(co_replay_file(world, scratch, &(co_replay_options){.tolerance = NAN}, &replay));
  ck_assert(!replay.ok);
  ck_assert_int_lt(field_named(&replay, "obs")->first_above, 0);
  ck_assert_int_eq(field_named(&replay, "reward")->first_above, 1);
  co_replay_free(&replay);
  co_world_free(world);
  co_buf_free(&text);
  free(path), free(changed), free(scratch);
}
END_TEST

// ---- tolerances

static const co_tolerance kRecommended[] = {
    {"ant", "uniform", 1e-8, 1e-8, 1e-9, 50, 75},
    {"ant", "beyond", 1e-8, 1e-8, 1e-9, 50, 75},
    {"half_cheetah", "uniform", 1e-8, 1e-8, 1e-7, 50, 0},
    {"half_cheetah", "smooth", 1e-8, 1e-8, 1e-7, 0, 0},
    {"hopper", "uniform", 1e-9, 1e-9, 1e-10, 0, 0},
    {"humanoid", "smooth", 1e-7, 1e-7, 1e-8, 0, 0},
    {"humanoid_standup", "", 1e-6, 1e-6, 1e-7, 0, 0},
    {"inverted_double_pendulum", "uniform_hold5", 1e-10, 1e-10, 1e-9, 0, 0},
    {"inverted_double_pendulum", "beyond", 1e-8, 1e-8, 1e-9, 80, 0},
    {"inverted_pendulum", "beyond", 1e-9, 1e-9, 1e-10, 0, 0},
    {"pendulum", "", 3e-7, 1e-9, 1e-9, 0, 0},
    {"pusher", "uniform", 1e-8, 1e-8, 1e-7, 100, 0},
    {"pusher", "smooth", 1e-9, 1e-9, 1e-7, 0, 0},
    {"pusher", "uniform_hold5", 1e-8, 1e-8, 1e-7, 200, 0},
    {"reacher", "uniform", 1e-8, 1e-8, 1e-10, 0, 0},
    {"reacher", "smooth", 1e-8, 1e-8, 1e-10, 250, 0},
    {"swimmer", "uniform", 1e-9, 1e-9, 1e-10, 0, 0},
    {"walker2d", "beyond", 1e-7, 1e-7, 1e-10, 0, 0},
    {"my_robot", "", 1e-8, 1e-8, 1e-8, 0, 0},
};

START_TEST(test_tolerance_table) {
  const co_tolerance *wanted = &kRecommended[_i];
  co_tolerance got = co_replay_tolerance(wanted->task, wanted->kind);
  ck_assert_double_eq(got.obs, wanted->obs);
  ck_assert_double_eq(got.state, wanted->state);
  ck_assert_double_eq(got.window, wanted->window);
  ck_assert_int_eq(got.steps, wanted->steps);
  ck_assert_int_eq(got.late, wanted->late);
}
END_TEST

// Late steps may differ a hundred times as much; what comes after them is only shown.
START_TEST(test_late_steps) {
  co_replay out = {.judged_steps = 75};
  co_player p = {.out = &out, .tolerance = {.obs = 1e-8, .steps = 50, .late = 75}};
  co_replay_field *field = co_player_field(&p, "obs", "", 1e-8);
  co_player_note(&p, field, 50, 0.9e-8);
  co_player_note(&p, field, 51, 0.9e-6);
  co_player_note(&p, field, 76, 1.0);
  ck_assert_int_eq(field->first_above, -1);
  ck_assert_double_eq(field->max_abs, 1.0);
  ck_assert_int_eq(field->at_step, 76);
  co_player_note(&p, field, 75, 1.1e-6);
  ck_assert_int_eq(field->first_above, 75);
  field->first_above = -1;
  co_player_note(&p, field, 50, 1.1e-8);
  ck_assert_int_eq(field->first_above, 50);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("replay");
  TCase *tcase = tcase_create("replay");
  tcase_add_loop_test(tcase, test_own_recordings, 0, kRecorded);
  tcase_add_loop_test(tcase, test_fresh_recording, 0, kRecorded);
  LOOP(test_changes_are_seen, kChanges);
  tcase_add_test(tcase, test_checkpoint_is_compared);
  tcase_add_test(tcase, test_flags_are_compared);
  tcase_add_test(tcase, test_other_domain);
  tcase_add_test(tcase, test_exact);
  LOOP(test_damaged_files, kDamages);
  tcase_add_test(tcase, test_fault);
  tcase_add_test(tcase, test_missing_file);
  tcase_add_test(tcase, test_commands_of_a_log);
  tcase_add_test(tcase, test_wrong_task);
  LOOP(test_parameters, kParameters);
  tcase_add_test(tcase, test_parameters_of_an_edited_task);
  LOOP(test_tolerance_table, kRecommended);
  tcase_add_test(tcase, test_late_steps);
  suite_add_tcase(suite, tcase);
  return suite;
}
