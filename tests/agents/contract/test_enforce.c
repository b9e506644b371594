// Which differences of meaning keep a policy from acting in a task, and what is said.

#include "agents/contract/enforce.h"
#include "tests/support/leg_contract.h"

#include <stdio.h>
#include <string.h>

// The world that a contract of the leg describes.
static co_env_info info_of(const co_contract *leg) {
  return (co_env_info){.task = "leg",
                       .model = leg->model,
                       .engine = leg->engine,
                       .observe = leg->observe,
                       .timestep = leg->timestep,
                       .substeps = leg->substeps,
                       .history = leg->history,
                       .layout = leg->layout,
                       .obs_dim = leg->num_obs,
                       .act_dim = leg->num_action,
                       .num_pose = leg->num_pose,
                       .num_commands = leg->num_commands,
                       .obs = leg->obs,
                       .action = leg->action,
                       .pose = leg->pose,
                       .command = leg->command};
}

static co_status enforce(const co_contract *policy, const co_env_info *task, const co_env_info *own,
                         unsigned how) {
  return co_contract_enforce(&(co_enforced){policy, "p.safetensors", task, own, how});
}

static co_world_elements elements_of(const co_contract *leg) {
  return (co_world_elements){leg->obs, leg->action, leg->pose, leg->num_pose};
}

// The task behind a map whose names and order make `paired` of `unmapped`, all of it the world's.
static co_status enforce_behind(const co_contract *policy, const co_contract *world,
                                const co_contract *paired, const co_contract *unmapped) {
  const co_world_elements own = elements_of(unmapped), pairs = elements_of(paired);
  co_env_info task = info_of(world);
  task.unmapped = &own;
  task.paired = &pairs;
  return enforce(policy, &task, NULL, 0);
}

// ---- what counts

START_TEST(same_meaning) {
  co_contract leg = make_leg();
  co_env_info task = info_of(&leg);
  ck_assert_int_eq(enforce(&leg, &task, NULL, 0), CO_OK);
  task.model = "other.xml";  // another body, task, version: other worlds, no other numbers
  task.task = "elsewhere";
  task.engine = "mujoco 9.9.9";
  ck_assert_int_eq(enforce(&leg, &task, NULL, 0), CO_OK);
  co_contract_free(&leg);
}
END_TEST

START_TEST(each_is_told) {
  co_contract leg = make_leg(), other = make_leg();
  other.obs[3].scale *= 2;
  other.action[1].kp += 1;
  co_env_info task = info_of(&other);
  ck_assert_int_eq(enforce(&leg, &task, NULL, 0), CO_CONFIG);
  const char *text = co_error_text();
  ck_assert_ptr_nonnull(strstr(text, "p.safetensors: 2 differences of meaning"));
  ck_assert_ptr_nonnull(strstr(text, "\nscale: observation.3.scale ("));
  ck_assert_ptr_nonnull(strstr(text, "\ngain: action.1.kp ("));
  ck_assert_ptr_nonnull(strstr(text, "\ndeclared in observation: { term = "));
  ck_assert_ptr_nonnull(strstr(text, "\ndeclared in action: { term = "));
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

// Ten lines and a count.
START_TEST(many_are_counted) {
  co_contract leg = make_leg(), other = make_leg();
  ck_assert_int_ge(leg.num_obs, 12);
  for (int i = 0; i < 12; i++) other.obs[i].scale *= 2;
  co_env_info task = info_of(&other);
  ck_assert_int_eq(enforce(&leg, &task, NULL, 0), CO_CONFIG);
  int lines = 0;
  for (const char *at = co_error_text(); (at = strstr(at, "\nscale: ")); at++) lines++;
  ck_assert_int_eq(lines, 10);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "\nand 2 more"));
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

// What only one side knows is no mismatch; noise and shifts are a domain's.
START_TEST(unknown_and_domain) {
  co_contract leg = make_leg(), other = make_leg();
  co_env_info task = info_of(&other);
  task.history = 0;
  task.pose = NULL;
  task.num_pose = 0;
  other.obs[0].noise = 0.5;
  leg.obs[0].noise = 0;
  ck_assert_int_eq(enforce(&leg, &task, NULL, 0), CO_OK);
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

// A difference that the policy's own domain has made is none.
START_TEST(own_domain) {
  co_contract leg = make_leg(), other = make_leg();
  co_env_info task = info_of(&other), same = info_of(&leg);
  other.obs[2].scale *= 2;
  ck_assert_int_eq(enforce(&leg, &task, &same, 0), CO_OK);
  ck_assert_int_eq(enforce(&leg, &task, &task, 0), CO_CONFIG);
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

// What the numbers of a map change is declared; what is there with its names and order alone is
// not, though without them nothing could be compared.
START_TEST(names_excuse_nothing) {
  co_contract leg = make_leg(), other = make_leg(), foreign = make_leg();
  for (int i = 0; i < foreign.num_obs; i++)
    snprintf(foreign.obs[i].name, CO_NAME, "elsewhere/%d", i), *foreign.obs[i].term = 'X';
  other.obs[2].scale *= 2;
  ck_assert_int_eq(enforce_behind(&leg, &other, &leg, &leg), CO_OK);
  ck_assert_int_eq(enforce_behind(&leg, &other, &leg, &foreign), CO_OK);
  ck_assert_int_eq(enforce_behind(&leg, &other, &other, &other), CO_CONFIG);
  ck_assert_int_eq(enforce_behind(&leg, &other, &other, &foreign), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), ": 1 difference of meaning"));
  ck_assert_ptr_nonnull(strstr(co_error_text(), "\nscale: observation.2.scale ("));
  co_contract_free(&leg);
  co_contract_free(&other);
  co_contract_free(&foreign);
}
END_TEST

// Names and order are the policy's: those of another one are told.
START_TEST(names_are_the_policys) {
  co_contract leg = make_leg(), other = make_leg();
  co_obs_element held = other.obs[0];
  other.obs[0] = other.obs[1];
  other.obs[1] = held;
  ck_assert_int_eq(enforce_behind(&leg, &other, &other, &leg), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "\norder: observation"));
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

// Which sensor it is, is what a map says that pairs it with another one than the task's own.
START_TEST(another_sensor) {
  co_contract leg = make_leg(), other = make_leg();
  snprintf(leg.obs[0].quantity, CO_NAME, "angular_velocity.x");
  snprintf(leg.obs[0].of, CO_NAME, "trunk");
  other.obs[0] = leg.obs[0];
  snprintf(other.obs[0].of, CO_NAME, "head");
  ck_assert_int_eq(enforce_behind(&leg, &other, &other, &leg), CO_OK);
  ck_assert_int_eq(enforce_behind(&leg, &other, &other, &other), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "\nframe: observation.0.of ("));
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

START_TEST(accepted) {
  co_contract leg = make_leg(), other = make_leg();
  co_env_info task = info_of(&other);
  other.obs[2].scale *= 2;
  other.action[1].kp += 1;
  static const char *const
      all[] = {"*"},
      *const kinds[] = {"gain", "scale"}, *const paths[] = {"observation.2.*", "action.*.kp"},
      *const titles[] = {"scale: observation.2.scale (*)", "gain: action.1.kp (*)"},
      *const one[] = {"gain"}, *const other_kind[] = {"scale: *", "sign: action.1.kp (*)"};
  struct {
    const char *const *pattern;
    int count;
    co_status status;
  } cases[] = {{all, 1, CO_OK},    {kinds, 2, CO_OK},          {paths, 2, CO_OK},
               {titles, 2, CO_OK}, {other_kind, 2, CO_CONFIG}, {one, 1, CO_CONFIG}};
  for (int i = 0; i < 6; i++) {
    task.accepted = cases[i].pattern;
    task.num_accepted = cases[i].count;
    ck_assert_int_eq(enforce(&leg, &task, NULL, 0), cases[i].status);
  }
  ck_assert_ptr_nonnull(strstr(co_error_text(), ": 1 difference of meaning"));
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

// Elements that a strategy maps by name may differ in all that a map changes, and bodies in their
// gains; not in when they act.
START_TEST(mapped_by_a_strategy) {
  co_contract leg = make_leg(), other = make_leg();
  co_env_info task = info_of(&other);
  other.obs[2].scale *= -2;
  other.action[1].kp += 1;
  ck_assert_int_eq(enforce(&leg, &task, NULL, CO_ENFORCE_MAPPED), CO_OK);
  task.substeps = leg.substeps + 1;
  ck_assert_int_eq(enforce(&leg, &task, NULL, CO_ENFORCE_MAPPED), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "\ncontrol_period: "));
  co_contract_free(&leg);
  co_contract_free(&other);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("enforce");
  TCase *tcase = tcase_create("enforce");
  tcase_add_test(tcase, same_meaning);
  tcase_add_test(tcase, each_is_told);
  tcase_add_test(tcase, many_are_counted);
  tcase_add_test(tcase, unknown_and_domain);
  tcase_add_test(tcase, own_domain);
  tcase_add_test(tcase, names_excuse_nothing);
  tcase_add_test(tcase, names_are_the_policys);
  tcase_add_test(tcase, another_sensor);
  tcase_add_test(tcase, accepted);
  tcase_add_test(tcase, mapped_by_a_strategy);
  suite_add_tcase(suite, tcase);
  return suite;
}
