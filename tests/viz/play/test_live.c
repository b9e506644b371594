// Live shifts: the world that a study with the same list would run, in the pose that was there.

#include "core/clock.h"
#include "tests/viz/sessions.h"
#include "viz/play/private/carry.h"

// ---- what is built

// Two worlds are the same when a row of one plays to the same bits in the other.
static void check_same_world(const co_built_world *a, const co_built_world *b) {
  co_row row[2];
  double action[32] = {0.3, -0.2, 0.1};
  co_row_result result = {0};
  const co_built_world *world[2] = {a, b};
  ck_assert_uint_eq(a->info.task_hash, b->info.task_hash);
  ck_assert_uint_eq(a->info.model_hash, b->info.model_hash);
  ck_assert(co_carry_same_layout(a, b));
  for (int i = 0; i < 2; i++) row[i] = test_row(world[i], 3);
  for (int step = 0; step < 20; step++)
    for (int i = 0; i < 2; i++) ck_ok(co_row_step(&row[i], action, &result));
  ck_assert_mem_eq(row[0].obs, row[1].obs, (size_t)a->info.obs_dim * sizeof(double));
  for (int i = 0; i < 2; i++) co_row_free(&row[i]);
}

// "domain = ( ... );" of a session, read back.
static co_built_world *read_config(const co_session *session, const char *task, int stage) {
  co_buf text = {0};
  co_node *root = NULL;
  co_built_world *world = NULL;
  ck_ok(co_shared_world_config(co_stage_shared_world(co_session_stage(session, stage)), &text));
  ck_ok(co_buf_status(&text));
  ck_ok(co_tree_parse(text.data, "copied", &root));
  const co_world as = {.task = task, .domain = co_node_get(root, "domain")};
  ck_ok(co_world_build(&as, &world));
  co_node_free(root);
  co_buf_free(&text);
  return world;
}

START_TEST(test_config_reads_back) {
  test_worlds worlds;
  test_worlds_make(
      "hopper", "{ parameter = \"body.mass\"; select = \"torso\"; scale = 1.3; }",
      "{ parameter = \"geom.friction\"; select = \"*\"; scale = { uniform = (0.5, 1.5); }; }",
      &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 3);
  test_put(session, 0, "option.gravity", "", "scale", 1.5);
  test_put(session, 0, "limb.length", "leg", "set", 1.2);
  test_put(session, 0, "body.mass", "torso", "scale", 1.7);
  test_put(session, 1, "action.delay", "", "set", 2);
  test_put(session, 1, "joint.lock", "foot_joint", "set", 0.1);
  for (int i = 0; i < 2; i++) {
    co_built_world *copy = read_config(session, "hopper", i);
    ck_assert_int_eq(copy->info.num_shifts, 3);
    check_same_world(copy, co_stage_world(co_session_stage(session, i)));
    co_world_free(copy);
  }
  test_walk(session, 3);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

static int shifts_of(const co_session *session, int stage) {
  return co_stage_world(co_session_stage(session, stage))->info.num_shifts;
}

START_TEST(test_one_entry_per_slider) {
  test_worlds worlds;
  test_worlds_make("hopper", "{ parameter = \"body.mass\"; select = \"torso\"; scale = 1.3; }",
                   NULL, &worlds);
  co_session *session = test_session(&worlds);
  for (int i = 0; i < 5; i++) test_put(session, 0, "option.gravity", "", "scale", 1.1 + 0.1 * i);
  ck_assert_int_eq(shifts_of(session, 0), 2);
  test_put(session, 0, "body.mass", "torso", "scale", 2.0);
  ck_assert_int_eq(shifts_of(session, 0), 2);
  const co_env_info *info = &co_stage_world(co_session_stage(session, 0))->info;
  ck_assert_double_eq(info->shift[0].value[0], 2.0);
  ck_assert_double_eq(info->shift[1].value[0], 1.5);
  test_put(session, 0, "option.gravity", "", "scale", 1.0);  // nominal: gone
  test_put(session, 0, "joint.damping", "*", "add", 0.0);
  ck_assert_int_eq(shifts_of(session, 0), 1);
  test_put(session, 0, "body.mass", "torso", "scale", 1.0);
  ck_assert_int_eq(shifts_of(session, 0), 0);
  test_do(session, CO_CMD_UNSHIFT, 0);
  ck_assert_int_eq(shifts_of(session, 0), 1);
  info = &co_stage_world(co_session_stage(session, 0))->info;
  ck_assert_double_eq(info->shift[0].value[0], 1.3);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// Edits of the task stay, those of the domain are in its list.
START_TEST(test_edits_stay) {
  test_worlds worlds;
  const char *set[] = {"horizon=77", "domain.0.scale=1.9"};
  test_worlds_make("hopper", "{ parameter = \"body.mass\"; select = \"torso\"; scale = 1.3; }",
                   NULL, &worlds);
  worlds.def.world[0].set = set;
  worlds.def.world[0].num_set = 2;
  co_session *session = test_session(&worlds);
  test_put(session, 0, "option.gravity", "", "scale", 1.5);
  const co_env_info *info = &co_stage_world(co_session_stage(session, 0))->info;
  ck_assert_int_eq(info->horizon, 77);
  ck_assert_int_eq(info->num_shifts, 2);
  ck_assert_double_eq(info->shift[0].value[0], 1.9);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

static const struct refused {
  const char *task, *parameter, *select, *operation;
  double value;
  const char *text;
} refusals[] = {
    {"hopper", "option.timestep", "", "set", 3, "allowed"},
    {"hopper", "body.mass", "nobody", "scale", 2, "matches no body"},
    {"hopper", "body.weight", "torso", "scale", 2, "body.weight"},
    {"hopper", "body.mass", "torso", "divide", 2, "divide"},
    {"hopper", "body.mass", "*", "scale", 2, "shifted twice"},
    {"hopper", "option.gravity", "floor", "scale", 2, "whole model"},
    {"pendulum", "limb.length", "leg", "set", 2, "engine"},
};

START_TEST(test_illegal_shift_changes_nothing) {
  const struct refused *c = &refusals[_i];
  bool hopper = strcmp(c->task, "hopper") == 0;
  test_worlds worlds;
  test_worlds_make(
      c->task, hopper ? "{ parameter = \"body.mass\"; select = \"torso\"; scale = 1.3; }" : NULL,
      NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 5);
  test_do(session, CO_CMD_SEEK, 3);
  const co_stage *stage = co_session_stage(session, 0);
  const co_built_world *world = co_stage_world(stage);
  const co_instant *now = test_now(session, 0);
  co_command shift = test_shift(0, c->parameter, c->select, c->operation, c->value);
  ck_assert_int_ne(co_session_execute(session, &shift), CO_OK);
  ck_assert_msg(strstr(co_error_text(), c->text) != NULL, "%s", co_error_text());
  ck_assert_ptr_eq(co_stage_world(stage), world);
  ck_assert_ptr_eq(test_now(session, 0), now);
  ck_assert_int_eq(co_stage_last(stage), 5);
  ck_assert_int_eq(shifts_of(session, 0), hopper);
  test_put(session, 0, "option.gravity", "", "scale", 1.5);  // a legal one after it
  ck_assert_int_eq(shifts_of(session, 0), hopper + 1);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// ---- the pose

static const struct carried {
  const char *task, *parameter, *select, *operation;
  double value;
  bool exact;  // rows keep their layout, and the history
} carries[] = {
    {"hopper", "option.gravity", "", "scale", 1.5, true},
    {"hopper", "geom.friction", "*", "scale", 0.2, true},
    {"hopper", "limb.length", "leg", "set", 1.1, true},
    {"ant", "geom.size", "*", "scale", 1.1, true},
    {"quadruped_flat", "body.mass", "*", "scale", 1.2, true},
    {"pendulum", "option.gravity", "", "scale", 0.5, true},
    {"hopper", "action.delay", "", "set", 3, false},
    {"hopper", "joint.lock", "foot_joint", "set", 0.1, false},
    {"quadruped_flat", "action.delay", "", "set", 2, false},
};

static void check_pose(const co_session *session, const double *qpos, const double *qvel, int nq,
                       int nv) {
  const co_physics *physics = co_stage_row(co_session_stage(session, 0))->physics;
  const co_model *model = physics->model;
  int kept = 0;
  for (int i = 0; i < nq; i++) {
    int at = co_model_at(model, CO_QPOS, i);
    if (at >= 0) ck_assert_double_eq(physics->qpos[at], qpos[i]);
    kept += at >= 0;
  }
  for (int i = 0; i < nv; i++) {
    int at = co_model_at(model, CO_QVEL, i);
    if (at >= 0) ck_assert_double_eq(physics->qvel[at], qvel[i]);
  }
  ck_assert_int_ge(kept, nq - 1);
}

START_TEST(test_pose_stays) {
  const struct carried *c = &carries[_i];
  test_worlds worlds;
  double qpos[64], qvel[64];
  test_worlds_make(c->task, NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 9);
  test_do(session, CO_CMD_SEEK, 6);
  const co_stage *stage = co_session_stage(session, 0);
  const co_physics *physics = co_stage_row(stage)->physics;
  int nq = physics->model->nq, nv = physics->model->nv;
  memcpy(qpos, physics->qpos, (size_t)nq * sizeof *qpos);
  memcpy(qvel, physics->qvel, (size_t)nv * sizeof *qvel);
  double ret = test_now(session, 0)->ret;
  test_put(session, 0, c->parameter, c->select, c->operation, c->value);
  check_pose(session, qpos, qvel, nq, nv);
  ck_assert_int_eq(co_session_step(session), 6);
  ck_assert_int_eq(co_stage_row(stage)->step, 6);
  ck_assert_double_eq(test_now(session, 0)->ret, ret);
  ck_assert(test_now(session, 0)->pushed);
  ck_assert_int_eq(co_session_last(session), 6);
  ck_assert_int_eq(co_session_first(session), c->exact ? 0 : 6);
  test_walk(session, 4);
  ck_assert(!test_now(session, 0)->fault);
  ck_assert_int_eq(co_session_step(session), 10);
  if (c->exact) {  // history of before can be shown, and played from
    test_do(session, CO_CMD_SEEK, 2);
    ck_assert_int_eq(co_session_step(session), 2);
    test_do(session, CO_CMD_SEEK, 10);
  }
  test_do(session, CO_CMD_RESET, 0);
  test_walk(session, 2);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// Commands and the targets of joints go on where they were.
START_TEST(test_commands_stay) {
  test_worlds worlds;
  test_worlds_make("quadruped_flat", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 9);
  const co_stage *stage = co_session_stage(session, 0);
  int count = co_stage_world(stage)->info.num_commands;
  double command[8], action[32];
  int act_dim = co_stage_world(stage)->info.act_dim;
  ck_assert_int_gt(count, 0);
  memcpy(command, co_stage_row(stage)->command, (size_t)count * sizeof *command);
  memcpy(action, co_stage_row(stage)->action, (size_t)act_dim * sizeof *action);
  test_put(session, 0, "action.delay", "", "set", 1);
  ck_assert_mem_eq(command, co_stage_row(stage)->command, (size_t)count * sizeof *command);
  ck_assert_mem_eq(action, co_stage_row(stage)->action, (size_t)act_dim * sizeof *action);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// The same numbers again make no difference: shift and back at one instant.
START_TEST(test_shift_and_back_is_exact) {
  test_worlds worlds;
  test_worlds_make("ant", NULL, NULL, &worlds);
  co_session *session = test_session(&worlds);
  test_walk(session, 12);
  const co_stage *stage = co_session_stage(session, 0);
  size_t bytes = (size_t)co_stage_world(stage)->info.obs_dim * sizeof(float);
  float *wanted = malloc(bytes);
  memcpy(wanted, test_now(session, 0)->obs, bytes);
  test_do(session, CO_CMD_SEEK, 5);
  test_put(session, 0, "geom.size", "*", "scale", 1.2);
  test_do(session, CO_CMD_UNSHIFT, 0);
  test_walk(session, 7);
  ck_assert_mem_eq(test_now(session, 0)->obs, wanted, bytes);
  free(wanted);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// Coordinates that are carried over by name are held within the limits.
START_TEST(test_joint_ranges_hold) {
  test_worlds worlds;
  test_worlds_make("hopper",
                   "{ parameter = \"joint.range\"; select = \"leg_joint\"; set = (-0.001, 0.0); }",
                   NULL, &worlds);
  co_session *session = test_session(&worlds);
  co_command range = test_shift(0, "joint.range", "leg_joint", "set", -2.6);
  range.shift.num_values = 2;
  ck_ok(co_session_execute(session, &range));
  test_put(session, 0, "action.delay", "", "set", 1);
  test_walk(session, 20);
  const co_stage *stage = co_session_stage(session, 0);
  int at = co_model_find(co_stage_world(stage)->model, CO_QPOS, "leg_joint");
  ck_assert_int_ge(at, 0);
  double free_value = co_stage_row(stage)->physics->qpos[at];
  ck_assert(free_value < -0.01 || free_value > 0.001);
  test_do(session, CO_CMD_UNSHIFT, 0);  // other rows and tighter limits at once
  ck_assert_double_ge(co_stage_row(stage)->physics->qpos[at], -0.001);
  ck_assert_double_le(co_stage_row(stage)->physics->qpos[at], 0.0);
  co_session_free(session);
  test_worlds_free(&worlds);
}
END_TEST

// From the command to the changed world: 50 ms are promised, a loaded machine gets ten times that.
START_TEST(test_time) {
  static const char *const task[] = {"hopper", "ant", "humanoid", "quadruped_flat"};
  for (size_t i = 0; i < sizeof task / sizeof *task; i++) {
    test_worlds worlds;
    test_worlds_make(task[i], NULL, NULL, &worlds);
    co_session *session = test_session(&worlds);
    test_walk(session, 3);
    double best[2] = {1, 1};
    for (int k = 0; k < 10; k++) {
      bool size = k % 2;
      double began = co_clock_wall();
      test_put(session, 0, size ? "geom.size" : "option.gravity", size ? "*" : "", "scale",
               1.01 + 0.01 * k);
      best[size] = fmin(best[size], co_clock_wall() - began);
    }
    printf("%s: gravity %.2f ms, geom.size %.2f ms\n", task[i], 1e3 * best[0], 1e3 * best[1]);
    ck_assert_double_lt(best[0], 0.5);
    ck_assert_double_lt(best[1], 0.5);
    co_session_free(session);
    test_worlds_free(&worlds);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("live");
  TCase *tcase = tcase_create("live");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_config_reads_back);
  tcase_add_test(tcase, test_one_entry_per_slider);
  tcase_add_test(tcase, test_edits_stay);
  tcase_add_loop_test(tcase, test_illegal_shift_changes_nothing, 0,
                      sizeof refusals / sizeof *refusals);
  tcase_add_loop_test(tcase, test_pose_stays, 0, sizeof carries / sizeof *carries);
  tcase_add_test(tcase, test_commands_stay);
  tcase_add_test(tcase, test_shift_and_back_is_exact);
  tcase_add_test(tcase, test_joint_ranges_hold);
  tcase_add_test(tcase, test_time);
  suite_add_tcase(suite, tcase);
  return suite;
}
