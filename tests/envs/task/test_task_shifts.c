// Tasks for inductive transfer: another goal for the same robot, with the same observations and
// actions, so that policies of one fit the other.

#include "tests/envs/worlds.h"

static const struct {
  const char *base, *shifted;
  bool success;
} pairs[] = {
    {"half_cheetah", "half_cheetah_backward", false},
    {"half_cheetah", "half_cheetah_speed", false},
    {"half_cheetah", "half_cheetah_goal", true},
    {"hopper", "hopper_backward", false},
    {"hopper", "hopper_stand", false},
    {"walker2d", "walker2d_speed", false},
    {"ant", "ant_goal", true},
    {"arm_reach", "arm_reach_far", true},
    {"arm_push", "arm_push_left", true},
};
enum { kPairs = sizeof pairs / sizeof *pairs };

START_TEST(test_policies_fit) {
  co_built_world *a = test_world(pairs[_i].base, NULL, NULL);
  co_built_world *b = test_world(pairs[_i].shifted, NULL, NULL);
  ck_assert_int_eq(a->info.obs_dim, b->info.obs_dim);
  ck_assert_int_eq(a->info.act_dim, b->info.act_dim);
  for (int i = 0; i < a->info.obs_dim; i++) {
    ck_assert_str_eq(a->info.obs[i].name, b->info.obs[i].name);
  }
  for (int i = 0; i < a->info.act_dim; i++) {
    ck_assert_str_eq(a->info.action[i].name, b->info.action[i].name);
  }
  ck_assert_uint_eq(a->info.model_hash, b->info.model_hash);
  ck_assert(a->info.task_hash != b->info.task_hash);
  ck_assert_int_eq(b->info.has_success, pairs[_i].success);
  co_world_free(a);
  co_world_free(b);
}
END_TEST

// The shifted task takes the place of its base in one step from a state with a given velocity.
static double first_term(const char *task, const char *rate, double velocity) {
  double terms[16] = {0}, zero[32] = {0};
  co_built_world *world = test_world(task, NULL, NULL);
  co_row row = test_row(world, 5);
  co_row_result result = {.terms = terms};
  int at = co_model_find(world->model, CO_QVEL, rate);
  ck_assert_int_ge(at, 0);
  memset(row.physics->qvel, 0, (size_t)world->model->nv * sizeof(double));
  row.physics->qvel[at] = velocity;
  ck_ok(co_row_step(&row, zero, &result));
  ck_assert(!result.fault);
  co_row_free(&row);
  co_world_free(world);
  return terms[0];
}

START_TEST(test_backward_pays_the_opposite) {
  static const char *const tasks[][2] = {{"half_cheetah", "half_cheetah_backward"},
                                         {"hopper", "hopper_backward"}};
  for (int i = 0; i < 2; i++) {
    double forward = first_term(tasks[i][0], "rootx", 1.5);
    ck_assert_double_gt(forward, 0.5);
    ck_assert_double_eq(first_term(tasks[i][1], "rootx", 1.5), -forward);
  }
}
END_TEST

// The wanted speed pays more than any other.
START_TEST(test_speeds) {
  static const struct {
    const char *task;
    double slower, wanted, faster;
  } speeds[] = {{"half_cheetah_speed", 0.5, 2.0, 3.5},
                {"walker2d_speed", 0.0, 1.0, 2.0},
                {"hopper_stand", -1.0, 0.0, 1.0}};
  for (int i = 0; i < 3; i++) {
    double wanted = first_term(speeds[i].task, "rootx", speeds[i].wanted);
    ck_assert_double_gt(wanted, first_term(speeds[i].task, "rootx", speeds[i].slower) + 0.1);
    ck_assert_double_gt(wanted, first_term(speeds[i].task, "rootx", speeds[i].faster) + 0.1);
    ck_assert_double_le(wanted, 1);
  }
}
END_TEST

static const struct {
  const char *task;
  double x, y, far;  // the goal, and a distance at which it is not reached
} goals[] = {{"half_cheetah_goal", 8, 0, 0.8}, {"ant_goal", 3, 4, 0.8}};

// A step from a place near the goal, or as far from it as said.
static co_row_result step_at(co_row *row, const co_model *model, double x, double y) {
  double zero[32] = {0};
  co_row_result result = {0};
  ck_ok(co_row_reset(row));
  int plane = co_model_find(model, CO_QPOS, "rootx");
  row->physics->qpos[plane < 0 ? co_model_find(model, CO_QPOS, "root.x") : plane] = x;
  if (plane < 0) row->physics->qpos[co_model_find(model, CO_QPOS, "root.y")] = y;
  ck_ok(co_row_step(row, zero, &result));
  return result;
}

START_TEST(test_goal_ends_the_episode_with_success) {
  co_built_world *world = test_world(goals[_i].task, NULL, NULL);
  co_row row = test_row(world, 6);
  co_row_result there = step_at(&row, world->model, goals[_i].x, goals[_i].y);
  ck_assert(there.success && there.terminated && !there.truncated);
  co_row_result short_of = step_at(&row, world->model, goals[_i].x - goals[_i].far, goals[_i].y);
  ck_assert(!short_of.success && !short_of.terminated);
  ck_assert_double_gt(there.reward, short_of.reward + 50);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("task_shifts");
  TCase *all = tcase_create("all");
  tcase_add_loop_test(all, test_policies_fit, 0, kPairs);
  tcase_add_test(all, test_backward_pays_the_opposite);
  tcase_add_test(all, test_speeds);
  tcase_add_loop_test(all, test_goal_ends_the_episode_with_success, 0, 2);
  suite_add_tcase(suite, all);
  return suite;
}
