// Policies as C: what the system's compiler makes of the pair acts with the same bits, with fused
// multiply-adds and without; hostile names.

#include "agents/export/c_source.h"
#include "agents/policy/zoo.h"
#include "tests/support/acting.h"
#include "tests/support/export_policies.h"
#include "tests/support/scratch.h"

#include <dlfcn.h>

enum { STEPS = 400 };

static const char strict[] = "-std=c99 -Wall -Wextra -Werror -pedantic -O1 -shared -fPIC";

static void write_pair(const co_policy *policy) {
  co_buf source = {0}, header = {0};
  ck_assert_int_eq(co_export_c_source(policy, "policy", "policy.h", &source), CO_OK);
  ck_assert_int_eq(co_export_c_header(policy, "policy", &header), CO_OK);
  ck_assert_int_eq(co_file_write(at("policy.c"), source.data, source.size), CO_OK);
  ck_assert_int_eq(co_file_write(at("policy.h"), header.data, header.size), CO_OK);
  co_buf_free(&source);
  co_buf_free(&header);
}

// A library of the pair, loaded; each under its own name, since the loader knows them by it.
static void *compile(const char *more) {
  static int count;
  char command[8000], file[64];
  snprintf(file, sizeof file, "policy%d.so", count++);
  const char *library = at(file), *source = at("policy.c");
  snprintf(command, sizeof command, "cc %s %s -o '%s' '%s'", strict, more, library, source);
  ck_assert_msg(system(command) == 0, "%s", command);
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(handle, "%s", dlerror());
  return handle;
}

typedef void act_function(const float *, void *, float *);
typedef void reset_function(void *);

static void compare(const co_policy *policy, const char *name, void *handle) {
  enum { MOST = 512, STATE = 1 << 16 };
  float obs[MOST], want[MOST], got[MOST];
  static _Alignas(16) unsigned char state[STATE];
  act_function *act = (act_function *)dlsym(handle, "policy_act");
  reset_function *reset = (reset_function *)dlsym(handle, "policy_reset");
  ck_assert(act && reset);
  co_stream stream = {3, 1, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  acting ours = acting_begin(policy, 1);
  for (int t = 0; t < STEPS; t++) {
    if (t % 100 == 0) reset(state), co_actor_begin(&ours.actor, 1, ours.state);
    export_observation(&rng, &policy->obs_norm, obs);
    co_actor_act(&ours.actor, obs, 1, ours.state, &ours.at, want);
    act(obs, state, got);
    for (int i = 0; i < policy->contract.num_action; i++)
      ck_assert_msg(memcmp(&want[i], &got[i], sizeof *want) == 0, "%s: step %d, action %d: %a, %a",
                    name, t, i, (double)want[i], (double)got[i]);
  }
  acting_end(&ours);
}

static void check_policy(const co_policy *policy, const char *name) {
  write_pair(policy);
  const char *const ways[] = {"", "-O3", "-mfma -O2"};
  for (int w = 0; w < 3; w++) {
    void *handle = compile(ways[w]);
    compare(policy, name, handle);
    ck_assert_int_eq(dlclose(handle), 0);
  }
}

START_TEST(every_kind_of_network) {
  co_policy *policy = export_policy(&export_cases[_i]);
  check_policy(policy, export_cases[_i].name);
  co_policy_free(policy);
}
END_TEST

START_TEST(policies_of_the_zoo) {
  static const char *const names[] = {"zoo:quadruped_flat", "zoo:pusher", "zoo:ant"};
  co_policy *policy;
  ck_assert_int_eq(co_policy_load(names[_i], &policy), CO_OK);
  check_policy(policy, names[_i]);
  co_policy_free(policy);
}
END_TEST

// The actions of a compiler that may fuse what it likes are still the same.
START_TEST(contraction_changes_nothing) {
  for (int i = 0; i < EXPORT_CASES; i++) {
    co_policy *policy = export_policy(&export_cases[i]);
    write_pair(policy);
    void *handle = compile("-std=gnu99 -mfma -O2 -ffp-contract=fast");
    compare(policy, export_cases[i].name, handle);
    dlclose(handle);
    co_policy_free(policy);
  }
}
END_TEST

START_TEST(names_cannot_leave_their_place) {
  static const char *const hostile[] = {"*/ int x; /*", "\"; system(\"x\"); //", "a\nb\\", "?\?/",
                                        "\x01\xff\xc3\xa9"};
  co_policy *policy = export_policy(&export_cases[1]);
  co_contract *contract = &policy->contract;
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    snprintf(contract->obs[i % LINE_OBS].name, CO_NAME, "%s", hostile[i]);
    snprintf(contract->obs[i % LINE_OBS].frame, CO_NAME, "%s", hostile[i]);
    snprintf(contract->obs[0].unit, sizeof contract->obs[0].unit, "%.15s", hostile[i]);
    snprintf(contract->action[0].name, CO_NAME, "%s", hostile[i]);
    snprintf(contract->action[0].drive.joint, CO_NAME, "%s", hostile[i]);
    snprintf(contract->action[1].drive.joint, CO_NAME, "%s", hostile[i]);
    snprintf(contract->task, CO_NAME, "%s", hostile[i]);
    snprintf(contract->model, CO_NAME, "%s", hostile[i]);
    write_pair(policy);
    void *handle = compile("");
    const char *const *name = dlsym(handle, "policy_action_name");
    const char *const *joint = dlsym(handle, "policy_joint_name");
    ck_assert_str_eq(name[0], hostile[i]);
    ck_assert_str_eq(joint[1], hostile[i]);
    compare(policy, hostile[i], handle);
    dlclose(handle);
  }
  co_policy_free(policy);
}
END_TEST

START_TEST(facts_are_the_contracts) {
  co_policy *policy;
  ck_assert_int_eq(co_policy_load("zoo:quadruped_flat", &policy), CO_OK);
  write_pair(policy);
  void *handle = compile("");
  const double *pose = dlsym(handle, "policy_default_pose"), *kp = dlsym(handle, "policy_kp");
  const double *limit = dlsym(handle, "policy_torque_limit");
  const double *scale = dlsym(handle, "policy_observation_scale");
  const char *const *joint = dlsym(handle, "policy_joint_name");
  ck_assert_double_eq(*(const double *)dlsym(handle, "policy_control_period"), 0.02);
  ck_assert_double_eq(pose[2], -1.5);
  ck_assert_double_eq(kp[11], 40);
  ck_assert_double_eq(limit[0], 25);
  ck_assert_double_eq(scale[0], 0.25);
  ck_assert_str_eq(joint[3], "front_right_abduction");
  dlclose(handle);
  co_policy_free(policy);
}
END_TEST

START_TEST(prefixes) {
  ck_assert(co_export_is_prefix("walk_2"));
  ck_assert(!co_export_is_prefix(""));
  ck_assert(!co_export_is_prefix("2walk"));
  ck_assert(!co_export_is_prefix("a-b"));
  ck_assert(!co_export_is_prefix("a_name_that_is_longer_than_the_forty_seven_bytes_of_it"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("c_source");
  TCase *tests = tcase_create("c_source");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, every_kind_of_network, 0, EXPORT_CASES);
  tcase_add_loop_test(tests, policies_of_the_zoo, 0, 3);
  tcase_add_test(tests, contraction_changes_nothing);
  tcase_add_test(tests, names_cannot_leave_their_place);
  tcase_add_test(tests, facts_are_the_contracts);
  tcase_add_test(tests, prefixes);
  suite_add_tcase(suite, tests);
  return suite;
}
