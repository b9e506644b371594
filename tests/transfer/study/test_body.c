// The key `match`: what a policy of one body becomes in another, by names and by place.

#include "agents/policy/actor.h"
#include "core/memory.h"
#include "tests/transfer/strategy_fixture.h"

#include <math.h>
#include <stdlib.h>

static const co_obs_element kObs[] = {
    TEST_OBS("qpos/hip", "qpos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qpos/knee", "qpos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qvel/hip", "qvel", "rad/s", 0.1, 0, -INFINITY, INFINITY, "", 0)};
static const co_action_element kAction[] = {
    TEST_ACTION("ctrl/hip", "ctrl", "N m", 1, 0, -9, 9, NAN, NAN, NAN),
    TEST_ACTION("ctrl/knee", "ctrl", "N m", 1, 0, -9, 9, NAN, NAN, NAN)};

// Another order, sign, scale and offset, and a tail.
static const co_obs_element kOtherObs[] = {
    TEST_OBS("qvel/hip", "qvel", "rad/s", 0.4, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qpos/tail", "qpos", "rad", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qpos/knee", "qpos", "rad", -1, 0.5, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qpos/hip", "qpos", "rad", 1, 0, -INFINITY, INFINITY, "", 0)};
static const co_action_element kOtherAction[] = {
    TEST_ACTION("ctrl/tail", "ctrl", "N m", 1, 0, -9, 9, NAN, NAN, NAN),
    TEST_ACTION("ctrl/knee", "ctrl", "N m", -2, 0, -9, 9, NAN, NAN, NAN),
    TEST_ACTION("ctrl/hip", "ctrl", "N m", 1, 0.25, -9, 9, NAN, NAN, NAN)};

enum { OBS = 3, ACTIONS = 2, OTHER_OBS = 4, OTHER_ACTIONS = 3 };

static co_policy *make_body(bool other, uint64_t seed) {
  const co_env_info world = {.task = "leg",
                             .model = "leg",
                             .engine = "none",
                             .observe = "fresh",
                             .timestep = 0.05,
                             .substeps = 1,
                             .horizon = 10,
                             .obs_dim = other ? OTHER_OBS : OBS,
                             .act_dim = other ? OTHER_ACTIONS : ACTIONS,
                             .obs = other ? kOtherObs : kObs,
                             .action = other ? kOtherAction : kAction};
  const co_network_def def = {.obs_dim = world.obs_dim,
                              .act_dim = world.act_dim,
                              .num_hidden = 2,
                              .hidden = {WIDTH, WIDTH},
                              .activation = CO_TANH};
  const co_stream stream = {seed, 0, CO_PURPOSE_INIT};
  co_policy *policy;
  ck_ok(co_policy_create(&def, &world, "ppo", &stream, &policy));
  co_network_init(&policy->net, &stream);
  return policy;
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

// What one robot sees and is made to do, in the numbers of both.
START_TEST(names_act_the_same) {
  co_policy *source = make_body(false, 1), *target = make_body(true, 2);
  co_rng rng = co_rng_make(&(co_stream){3, 0, CO_PURPOSE_TEST}, 0);
  ck_ok(apply("base = \"full\"; match = \"names\";", source, target, 100));
  for (int k = 0; k < 50; k++) {
    float hip = (float)co_rng_normal(&rng), knee = (float)co_rng_normal(&rng),
          speed = (float)co_rng_normal(&rng), tail = (float)co_rng_normal(&rng);
    const float obs[OBS] = {hip, knee, 0.1F * speed},
                there[OTHER_OBS] = {0.4F * speed, tail, -knee + 0.5F, hip};
    float action[ACTIONS], done[OTHER_ACTIONS];
    act(source, obs, action);
    act(target, there, done);
    ck_assert_float_eq_tol(done[2] + 0.25F, action[0], 1e-5F);
    ck_assert_float_eq_tol(-2 * done[1], action[1], 1e-5F);
  }
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

// A new input weighs nothing; a new output stays as it was drawn, and is small.
START_TEST(what_is_new) {
  co_policy *source = make_body(false, 1), *target = make_body(true, 2);
  co_policy *fresh = make_body(true, 2);
  ck_ok(apply("base = \"full\"; match = \"names\";", source, target, 100));
  const co_tensor *first = &target->tensor[find(target, "actor.trunk.0.weight")];
  const co_tensor *last = &target->tensor[find(target, "actor.mean.weight")];
  const co_tensor *was = &fresh->tensor[find(fresh, "actor.mean.weight")];
  bool moved = false;
  for (int c = 0; c < WIDTH; c++) ck_assert(co_tensor_get(first, 1, c) == 0);
  for (int r = 0; r < WIDTH; r++) {
    ck_assert(co_tensor_get(last, r, 0) == co_tensor_get(was, r, 0));
    ck_assert(fabs(co_tensor_get(last, r, 0)) < 0.1);
    moved = moved || co_tensor_get(last, r, 1) != co_tensor_get(was, r, 1);
  }
  ck_assert(moved);
  co_policy_free(source);
  co_policy_free(target);
  co_policy_free(fresh);
}
END_TEST

// By place numbers go as they stand, first to first; without the key the sizes do not fit.
START_TEST(place_and_neither) {
  co_policy *source = make_body(false, 1), *target = make_body(true, 2);
  ck_fails(apply("base = \"full\";", source, target, 100), CO_CONFIG, "cannot copy");
  ck_ok(apply("base = \"full\"; match = \"place\";", source, target, 100));
  const co_tensor *to = &target->tensor[find(target, "actor.trunk.0.weight")];
  const co_tensor *from = &source->tensor[find(source, "actor.trunk.0.weight")];
  for (int c = 0; c < WIDTH; c++) {
    for (int r = 0; r < OBS; r++) ck_assert(co_tensor_get(to, r, c) == co_tensor_get(from, r, c));
    ck_assert(co_tensor_get(to, OBS, c) == 0);
  }
  co_policy_free(source);
  co_policy_free(target);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("body");
  TCase *tcase = tcase_create("match");
  tcase_add_test(tcase, names_act_the_same);
  tcase_add_test(tcase, what_is_new);
  tcase_add_test(tcase, place_and_neither);
  suite_add_tcase(suite, tcase);
  return suite;
}
