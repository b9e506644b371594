// Which worlds may be taken for the one a policy was trained in.

#include "agents/policy/home.h"
#include "core/log.h"
#include "tests/support/leg_contract.h"
#include "tests/support/small_policy.h"

static co_env_info leg_world(void) {
  return (co_env_info){
      .task = "leg", .task_hash = 1, .model = "leg.xml", .model_hash = 2, .model_hash_1 = 5};
}

START_TEST(same_world_has_not_changed) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  ck_assert(co_home_is_found(&leg, 0));
  ck_assert_ptr_null(co_home_change_text(0));
  leg.task_hash = leg.model_hash = 0;  // unknown
  world.task_hash = world.model_hash = 9;
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  co_contract_free(&leg);
}
END_TEST

START_TEST(edited_task_is_found_by_name_unless_it_was_a_file) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  world.task_hash = 3;
  unsigned changes = co_home_changes(&leg, &world);
  ck_assert_uint_eq(changes, CO_HOME_TASK);
  ck_assert_str_eq(co_home_change_text(changes), "the task differs");
  ck_assert(co_home_is_found(&leg, changes));
  leg.task_is_file = true;
  ck_assert(!co_home_is_found(&leg, changes));
  ck_assert(co_home_is_found(&leg, 0));
  co_contract_free(&leg);
}
END_TEST

START_TEST(another_model_is_another_world) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  world.model_hash = 3;
  ck_assert_uint_eq(co_home_changes(&leg, &world), CO_HOME_MODEL);
  ck_assert_str_eq(co_home_change_text(CO_HOME_MODEL), "the model differs");
  ck_assert(!co_home_is_found(&leg, CO_HOME_MODEL));
  world.task_hash = 3;
  unsigned both = co_home_changes(&leg, &world);
  ck_assert_str_eq(co_home_change_text(both), "the task and the model differ");
  ck_assert(!co_home_is_found(&leg, both));
  co_contract_free(&leg);
}
END_TEST

// A policy of before knows the model by the older hash.
START_TEST(older_contracts_have_the_older_hash) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  leg.format = 1;
  ck_assert_uint_eq(co_home_changes(&leg, &world), CO_HOME_MODEL);
  leg.model_hash = 5;
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  world.model_hash = 9;  // what format 1 does not see has changed
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  co_contract_free(&leg);
}
END_TEST

// ---- looking for it

// Worlds by name: "line" as the policy knows it or with changes, "far", another task; nothing else
// is there.
typedef struct village {
  unsigned changes;  // of "line"
  bool swapped;      // its observations are others
  int num_set;       // edits that were given last
} village;

static void drop(void *world) {
  co_env_destroy(world);
}

static co_status describe(void *context, const co_world *world, co_world_facts *out) {
  static const co_obs_element swapped[LINE_OBS] = {
      {.name = "qvel/x"}, {.name = "qpos/x"}, {.name = "goal/x"}};
  village *v = context;
  v->num_set = world->num_set;
  bool line = strcmp(world->task, "line") == 0;
  if (!line && strcmp(world->task, "far") != 0)
    return co_fail(CO_NO_INPUT, "no task \"%s\"", world->task);
  line_env *env = line_create(1, &(const co_stream){0});
  env->info.task = line ? "line" : "far";
  if (!line || v->changes & CO_HOME_TASK) env->info.task_hash++;
  if (line && v->changes & CO_HOME_MODEL) env->info.model_hash++;
  if (line && v->swapped) env->info.obs = swapped;
  *out = (co_world_facts){.info = &env->info, .world = &env->base, .drop = drop};
  return CO_OK;
}

static char told[512];

static void keep_log(void *context, co_log_level level, const char *line) {
  (void)context;
  (void)level;
  snprintf(told, sizeof told, "%s", line);
}

static village there;
static co_world_source worlds = {.context = &there, .describe = describe};
static co_home home;
static co_found_task found;
static co_policy *policy;

static void begin(void) {
  policy = small_policy(1);
  there = (village){0};
  home = (co_home){&worlds, policy, "p.safetensors", NULL};
  found = (co_found_task){0};
  told[0] = '\0';
  co_log_set(keep_log, NULL);
}

static void end(void) {
  co_policy_free(policy);
}

#define ck_fails(call, status, part)                                                              \
  do {                                                                                            \
    ck_assert_int_eq((call), (status));                                                           \
    ck_assert_msg(strstr(co_error_text(), (part)), "\"%s\" not in: %s", (part), co_error_text()); \
  } while (0)

START_TEST(task_that_is_given_is_taken) {
  const char *set[] = {"horizon=3"};
  ck_assert_int_eq(co_home_task(&home, "line", set, 1, &found), CO_OK);
  ck_assert_str_eq(found.task, "line");
  ck_assert_int_eq(there.num_set, 1);
  ck_assert_str_eq(told, "");
  ck_assert_int_eq(co_home_task(&home, "far", NULL, 0, &found), CO_OK);
  ck_assert_str_eq(found.task, "far");
  ck_assert_str_eq(told,
                   "note: task \"far\" is not the one this policy was trained in (\"line\"): the "
                   "task differs");
  ck_fails(co_home_task(&home, "nowhere", NULL, 0, &found), CO_NO_INPUT, "nowhere");
}
END_TEST

START_TEST(own_task_is_found_and_known) {
  ck_assert_int_eq(co_home_task(&home, NULL, NULL, 0, &found), CO_OK);
  ck_assert_str_eq(found.task, "line");
  there.changes = CO_HOME_TASK;
  ck_assert_int_eq(co_home_task(&home, NULL, NULL, 0, &found), CO_OK);
  ck_assert_ptr_nonnull(strstr(told, "the task differs"));
  there.swapped = true;
  ck_fails(co_home_task(&home, NULL, NULL, 0, &found), CO_NO_INPUT, "(--task FILE names that)");
  there = (village){.changes = CO_HOME_MODEL};
  ck_fails(co_home_task(&home, NULL, NULL, 0, &found), CO_NO_INPUT,
           "p.safetensors: was trained in another task \"line\"");
  snprintf(policy->contract.task, sizeof policy->contract.task, "nowhere");
  ck_fails(co_home_task(&home, NULL, NULL, 0, &found), CO_NO_INPUT,
           "the task it was trained in (--task FILE names it): no task \"nowhere\"");
  snprintf(policy->contract.task, sizeof policy->contract.task, "far.cfg");
  ck_fails(co_home_task(&home, NULL, NULL, 0, &found), CO_NO_INPUT,
           "p.safetensors: the task it was trained in, \"far.cfg\"");
}
END_TEST

START_TEST(source_is_seen_beside_another_task) {
  ck_assert_int_eq(co_home_source(&home, "line", &found), CO_OK);
  ck_assert_str_eq(found.task, "line");
  ck_assert_int_eq(co_home_source(&home, "far", &found), CO_OK);
  ck_assert_str_eq(found.task, "line");
  there.changes = CO_HOME_MODEL;
  ck_assert_int_eq(co_home_source(&home, "far", &found), CO_OK);
  ck_assert_ptr_null(found.task);
  ck_assert_ptr_nonnull(strstr(told, "note: nothing is shown of home: p.safetensors"));
  ck_fails(co_home_source(&home, "nowhere", &found), CO_NO_INPUT, "nowhere");
}
END_TEST

// a text is the task itself: what has become of its file or of its model is only noted
START_TEST(a_text_is_the_task) {
  policy->task_text = strdup("task = { };");
  home.path = "away/p.safetensors";
  home.model = "robot.xml";
  there.changes = CO_HOME_MODEL;
  ck_assert_int_eq(co_home_task(&home, NULL, NULL, 0, &found), CO_OK);
  ck_assert_str_eq(found.task, "line");
  ck_assert_ptr_eq(found.held.text, policy->task_text);
  ck_assert_str_eq(found.held.folder, "away");
  ck_assert_str_eq(found.held.model, "robot.xml");
  ck_assert_ptr_nonnull(strstr(told, "the model differs"));
  co_found_task_free(&found);
  ck_assert_int_eq(co_home_task(&home, "far", NULL, 0, &found), CO_OK);
  ck_assert_ptr_null(found.held.text);
  there.changes = 0;
  ck_assert_int_eq(co_home_source(&home, "far", &found), CO_OK);
  ck_assert_ptr_eq(found.held.text, policy->task_text);
  co_found_task_free(&found);
  snprintf(policy->contract.task, sizeof policy->contract.task, "nowhere");
  ck_fails(co_home_task(&home, NULL, NULL, 0, &found), CO_NO_INPUT,
           "away/p.safetensors: the task it was trained in (--model FILE names its model)");
}
END_TEST

START_TEST(edits_since_are_noted) {
  const co_world world = {.task = "line"};
  ck_assert_int_eq(co_home_note(&home, &world), CO_OK);
  ck_assert_str_eq(told, "");
  there.changes = CO_HOME_TASK | CO_HOME_MODEL;
  ck_assert_int_eq(co_home_note(&home, &world), CO_OK);
  ck_assert_ptr_nonnull(strstr(told, "the task and the model differ"));
}
END_TEST

START_TEST(a_title_says_which_policy_it_is) {
  static const char *const cases[][2] = {
      {"full.safetensors", "full"},
      {"runs/full.safetensors", "full"},
      {"runs/hopper", "hopper"},
      {"study/trials/transfer.a.b.full.s3/policy.safetensors", "transfer.a.b.full.s3"},
      {"policy.safetensors", "policy"},
      {"/policy.safetensors", "policy"},
      {"", ""},
  };
  char title[CO_NAME];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    co_policy_title(cases[i][0], title);
    ck_assert_str_eq(title, cases[i][1]);
  }
  char path[200] = "";
  memset(path, 'x', 150);
  memcpy(path + 140, ".full.s3", strlen(".full.s3"));
  co_policy_title(path, title);
  ck_assert_uint_eq(strlen(title), CO_NAME - 1);
  ck_assert(memcmp(title, "..x", 3) == 0 && strstr(title, ".full.s3x"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("home");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, same_world_has_not_changed);
  tcase_add_test(tcase, edited_task_is_found_by_name_unless_it_was_a_file);
  tcase_add_test(tcase, another_model_is_another_world);
  tcase_add_test(tcase, older_contracts_have_the_older_hash);
  suite_add_tcase(suite, tcase);
  tcase = tcase_create("looking for it");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, task_that_is_given_is_taken);
  tcase_add_test(tcase, own_task_is_found_and_known);
  tcase_add_test(tcase, source_is_seen_beside_another_task);
  tcase_add_test(tcase, a_text_is_the_task);
  tcase_add_test(tcase, edits_since_are_noted);
  suite_add_tcase(suite, tcase);
  tcase = tcase_create("what it is called");
  tcase_add_test(tcase, a_title_says_which_policy_it_is);
  suite_add_tcase(suite, tcase);
  return suite;
}
