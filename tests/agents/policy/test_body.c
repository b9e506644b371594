// A policy on another body: inputs and outputs by name, with sign, scale and offset; the shared
// part acts as it did.

#include "agents/policy/actor.h"
#include "agents/policy/body.h"
#include "core/memory.h"
#include "tests/support/leg_contract.h"

#include <stdlib.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { OTHER_OBS = 8, OTHER_ACTIONS = 3 };

// Another leg: other order and scales, a knee that counts the other way, something new; without
// feet and a command.
static const co_obs_element other_obs[OTHER_OBS] = {
    TEST_OBS("qvel/knee", "qvel", "rad/s", -0.1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("joint_pos/tail", "joint_pos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("joint_pos/knee", "joint_pos", "rad", -2, 0.5, -INFINITY, INFINITY, "", 0),
    TEST_OBS("joint_pos/hip", "joint_pos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("gravity/z", "gravity", "1", 1, 0, -INFINITY, INFINITY, "site/imu", 0),
    TEST_OBS("gravity/x", "gravity", "1", 3, 0, -INFINITY, INFINITY, "site/imu", 0),
    TEST_OBS("last_action/pd/knee", "last_action", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("last_action/pd/hip", "last_action", "1", 1, 0, -INFINITY, INFINITY, "", 0)};
static const co_action_element other_action[OTHER_ACTIONS] = {
    TEST_ACTION("pd/tail", "torque", "rad", 0.3, 0, -90, 90, 40, 1, 25),
    TEST_ACTION("pd/knee", "torque", "rad", -0.2, -1.2, -90, 90, 40, 1, 25),
    TEST_ACTION("pd/hip", "torque", "rad", 0.1, 0.7, -90, 90, 40, 1, 25)};
static const co_pose_element other_pose[] = {{"hip", 0.7}, {"knee", -1.2}};

static co_env_info own_world(void) {
  return (co_env_info){.task = "leg",
                       .model = "leg.xml",
                       .engine = "mujoco 4.0.1",
                       .observe = "fresh",
                       .timestep = 0.005,
                       .substeps = 4,
                       .history = 1,
                       .obs_dim = LEG_OBS,
                       .act_dim = LEG_ACTIONS,
                       .num_pose = 4,
                       .obs = leg_obs,
                       .action = leg_action,
                       .pose = leg_pose};
}

static co_env_info other_world(void) {
  co_env_info world = own_world();
  world.obs_dim = OTHER_OBS, world.act_dim = OTHER_ACTIONS, world.num_pose = 2;
  world.obs = other_obs, world.action = other_action, world.pose = other_pose;
  return world;
}

static co_policy *make(const co_env_info *world, co_head head, co_rng *rng, bool statistics) {
  co_network_def def = {.head = head,
                        .obs_dim = world->obs_dim,
                        .act_dim = world->act_dim,
                        .num_hidden = 1,
                        .hidden = {8},
                        .activation = CO_TANH};
  co_stream stream = {5, 1, CO_PURPOSE_TEST};
  co_policy *policy;
  ck_ok(co_policy_create(&def, world, head == CO_HEAD_SQUASHED ? "sac" : "ppo", &stream, &policy));
  for (int i = 0; rng && i < policy->net.num_tensors; i++) {
    co_tensor *tensor = &policy->net.tensor[i];
    for (int r = 0; r < tensor->rows; r++)
      for (int c = 0; c < tensor->cols; c++)
        ((float *)tensor->data)[r * tensor->stride + c] += 0.2F * (float)co_rng_normal(rng);
  }
  if (!statistics) co_normalizer_turn_off(&policy->obs_norm);
  for (int i = 0; rng && statistics && i < world->obs_dim; i++) {
    policy->obs_norm.mean[i] = co_rng_uniform(rng);
    policy->obs_norm.var[i] = 0.5 + co_rng_uniform(rng);
    policy->obs_norm.count[0] = 100;
  }
  return policy;
}

static co_element_lines lines_of(const co_policy *a, const co_policy *b) {
  const co_diff_side from = {.contract = &a->contract}, to = {.contract = &b->contract};
  co_contract_diff diff;
  co_element_lines lines;
  ck_ok(co_contract_diff_make(&from, &to, &diff));
  ck_ok(co_element_lines_make(&a->contract, &b->contract, &diff, &lines));
  co_contract_diff_free(&diff);
  return lines;
}

static void move(const co_policy *source, co_policy *target, const co_element_lines *lines) {
  const co_body body = {source, lines, true};
  for (int i = 0; i < target->num_tensors; i++) {
    co_tensor *to = &target->tensor[i];
    int from = co_tensor_find(source->tensor, source->num_tensors, to->name);
    ck_assert_int_ge(from, 0);
    if (!co_body_maps(&to->facts)) co_tensor_copy(to, &source->tensor[from]);
  }
  for (int i = 0; i < target->num_tensors; i++)
    if (co_body_maps(&target->tensor[i].facts)) co_body_map(&body, target, i);
  target->obs_norm.epsilon = source->obs_norm.epsilon;
  target->obs_norm.clip = source->obs_norm.clip;
  ck_ok(co_body_keep_output(&body, target));
}

static void act(const co_policy *policy, const float *obs, float *action) {
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  float *scratch = co_alloc_aligned(co_actor_scratch_size(&actor, 1), sizeof *scratch);
  void *state = calloc(1, actor.state_bytes + 1);
  co_actor_scratch at = co_actor_scratch_place(&actor, 1, scratch);
  co_actor_begin(&actor, 1, state);
  co_actor_act(&actor, obs, 1, state, &at, action);
  free(scratch);
  free(state);
}

static const struct {
  co_head head;
  bool statistics;
} kinds[] = {{CO_HEAD_GAUSSIAN, true},
             {CO_HEAD_GAUSSIAN, false},
             {CO_HEAD_SQUASHED, true},
             {CO_HEAD_SQUASHED, false}};

// Whatever the new input reads; what the other body does not have is at its mean.
START_TEST(shared_part_acts_the_same) {
  co_stream stream = {3, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, (uint32_t)_i);
  co_env_info own = own_world(), other = other_world();
  co_policy *source = make(&own, kinds[_i].head, &rng, kinds[_i].statistics);
  co_policy *target = make(&other, kinds[_i].head, NULL, kinds[_i].statistics);
  co_element_lines lines = lines_of(source, target);
  move(source, target, &lines);
  for (int k = 0; k < 50; k++) {
    float obs[LEG_OBS], there[OTHER_OBS], action[LEG_ACTIONS], done[OTHER_ACTIONS];
    for (int i = 0; i < LEG_OBS; i++) obs[i] = (float)source->obs_norm.mean[i];
    for (int j = 0; j < OTHER_OBS; j++) {
      const co_element_line *l = &lines.obs[j];
      there[j] = (float)co_rng_normal(&rng);
      if (l->from >= 0) obs[l->from] = (float)(l->factor * (double)there[j] + l->offset);
    }
    act(source, obs, action);
    act(target, there, done);
    for (int j = 0; j < OTHER_ACTIONS; j++) {
      const co_element_line *l = &lines.action[j];
      if (l->from < 0) continue;
      double want = l->factor * (double)action[l->from] + l->offset;
      ck_assert_double_eq_tol((double)done[j], want, 2e-5);
    }
  }
  co_element_lines_free(&lines);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// What the contracts say of each other's numbers.
START_TEST(lines_of_contracts) {
  co_env_info own = own_world(), other = other_world();
  co_policy *source = make(&own, CO_HEAD_GAUSSIAN, NULL, true);
  co_policy *target = make(&other, CO_HEAD_GAUSSIAN, NULL, true);
  co_element_lines lines = lines_of(source, target);
  const co_element_line *knee = &lines.obs[2], *tail = &lines.obs[1];
  ck_assert_int_eq(tail->from, -1);
  ck_assert_int_eq(knee->from, 1);
  // own: q + 1.5; other: -2 (q + 1.2) + 0.5
  ck_assert_double_eq_tol(knee->factor, -0.5, 1e-12);
  ck_assert_double_eq_tol(knee->factor * (-2 * (0.3 + 1.2) + 0.5) + knee->offset, 0.3 + 1.5, 1e-12);
  // the same target: -1.5 + 0.3 a = -1.2 - 0.2 b
  ck_assert_int_eq(lines.action[0].from, -1);
  ck_assert_double_eq_tol(-1.2 - 0.2 * (lines.action[1].factor * 0.7 + lines.action[1].offset),
                          -1.5 + 0.3 * 0.7, 1e-12);
  // the last action undoes it
  double b = lines.action[1].factor * 0.7 + lines.action[1].offset;
  ck_assert_double_eq_tol(lines.obs[6].factor * b + lines.obs[6].offset, 0.7, 1e-12);
  co_element_lines_free(&lines);
  ck_ok(co_element_lines_make(&source->contract, &target->contract, NULL, &lines));
  for (int j = 0; j < OTHER_OBS; j++) ck_assert(lines.obs[j].from == j && lines.obs[j].factor == 1);
  co_element_lines_free(&lines);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// New inputs weigh nothing and are at mean 0 and variance 1; new outputs stay fresh.
START_TEST(what_has_no_partner) {
  co_stream stream = {3, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 9);
  co_env_info own = own_world(), other = other_world();
  co_policy *source = make(&own, CO_HEAD_SQUASHED, &rng, true);
  co_policy *target = make(&other, CO_HEAD_SQUASHED, NULL, true);
  co_network_init(&target->net, &stream);
  co_policy *fresh;
  ck_ok(co_policy_copy(target, &fresh));
  co_element_lines lines = lines_of(source, target);
  move(source, target, &lines);
  ck_assert(target->obs_norm.mean[1] == 0 && target->obs_norm.var[1] == 1);
  ck_assert(target->obs_norm.count[0] == 100);
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *to = &target->tensor[i], *was = &fresh->tensor[i];
    if (co_tensor_faces_observation(&to->facts) && !co_tensor_is_statistic(&to->facts))
      for (int c = 0; c < to->cols; c++) ck_assert(co_tensor_get(to, 1, c) == 0);
    if (to->facts.cols_are == CO_FACES_ACTION)
      for (int r = 0; r < to->rows; r++)
        ck_assert(co_tensor_get(to, r, 0) == co_tensor_get(was, r, 0));
    if (to->facts.rows_are != CO_FACES_BOTH) continue;
    const co_tensor *from =
        &source->tensor[co_tensor_find(source->tensor, source->num_tensors, to->name)];
    for (int c = 0; c < to->cols; c++) {  // a critic's actions: tail, knee turned about, hip
      ck_assert(co_tensor_get(to, OTHER_OBS, c) == 0);
      ck_assert(co_tensor_get(to, OTHER_OBS + 1, c) == -co_tensor_get(from, LEG_OBS + 1, c));
      ck_assert(co_tensor_get(to, OTHER_OBS + 2, c) == co_tensor_get(from, LEG_OBS, c));
    }
  }
  co_element_lines_free(&lines);
  co_policy_free(fresh);
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("body");
  TCase *tcase = tcase_create("body");
  tcase_add_loop_test(tcase, shared_part_acts_the_same, 0, 4);
  tcase_add_test(tcase, lines_of_contracts);
  tcase_add_test(tcase, what_has_no_partner);
  suite_add_tcase(suite, tcase);
  return suite;
}
