// How terms find their elements: patterns, ranges, names, units, bounds.

#include "envs/task/selection.h"
#include "tests/envs/worlds.h"

enum { kAll = 1 << CO_QPOS | 1 << CO_QVEL, kQpos = 1 << CO_QPOS, kCtrl = 1 << CO_CTRL };

typedef struct pattern_case {
  unsigned groups;
  const char *pattern;
  const char *wanted;  // "group/name" of all matches, separated by spaces
} pattern_case;

static const pattern_case kPatterns[] = {
    {kAll, "qpos/rootx", "qpos/rootx"},
    {kAll, "qpos/rootx|qvel/rootx", "qpos/rootx qvel/rootx"},
    {kAll, "q*/rootx", "qpos/rootx qvel/rootx"},
    {kAll, "qvel/root*", "qvel/rootx qvel/rootz qvel/rooty"},
    {kQpos, "*_joint", "qpos/thigh_joint qpos/leg_joint qpos/foot_joint"},
    {kQpos, "qpos",
     "qpos/rootx qpos/rootz qpos/rooty qpos/thigh_joint qpos/leg_joint qpos/foot_joint"},
    {kAll, "qpos/rootz|qvel/foot*", "qpos/rootz qvel/foot_joint"},
    {kAll, "qvel/foot*|qpos/rootz|*/rootz", "qpos/rootz qvel/rootz qvel/foot_joint"},
    {kQpos, "root?", "qpos/rootx qpos/rootz qpos/rooty"},
    {kQpos, "root\\x", "qpos/rootx"},
    {kCtrl, "*", "ctrl/thigh_joint ctrl/leg_joint ctrl/foot_joint"},
    {kCtrl, "ctrl/leg*", "ctrl/leg_joint"},
};

// Selects in the hopper; what is wrong is *text.
static int try_select(unsigned groups, const char *pattern, bool given, char *found, size_t size) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_arena arena = {0};
  co_schema_errors errors = {0};
  co_ref *ref = NULL;
  int refs = -1;
  co_node *node = co_node_new(CO_NODE_GROUP, "term", "task.cfg", 3);
  co_selection selection = {world->model, groups, pattern, given, "of", node};
  bool selected = co_refs_select(&selection, &arena, &errors, &ref, &refs);
  found[0] = '\0';
  for (int i = 0; i < refs; i++) {
    size_t used = strlen(found);
    snprintf(found + used, size - used, "%s%s/%s", i ? " " : "", co_element_name(ref[i].group),
             co_ref_name(world->model, ref[i]));
  }
  ck_assert_int_eq(selected, errors.count == 0);
  ck_assert_int_eq(selected, refs > 0);
  if (!selected) ck_assert_int_eq(co_schema_finish(&errors), CO_CONFIG);
  co_node_free(node);
  co_arena_free(&arena);
  co_world_free(world);
  return refs;
}

START_TEST(test_patterns) {
  char found[512];
  try_select(kPatterns[_i].groups, kPatterns[_i].pattern, false, found, sizeof found);
  ck_assert_str_eq(found, kPatterns[_i].wanted);
}
END_TEST

START_TEST(test_given_order) {
  char found[512];
  try_select(kAll, "qvel/foot*|qpos/rootz|*/rootz", true, found, sizeof found);
  ck_assert_str_eq(found, "qvel/foot_joint qpos/rootz qvel/rootz");
}
END_TEST

// "qpos|qvel" is every coordinate, once each.
START_TEST(test_both_groups) {
  char found[512];
  ck_assert_int_eq(try_select(kAll, "qpos|qvel", false, found, sizeof found), 12);
  ck_assert_int_eq(try_select(kAll, "*", false, found, sizeof found), 12);
  ck_assert_int_eq(try_select(kAll, "qvel|*|qpos/rootz", false, found, sizeof found), 12);
}
END_TEST

typedef struct wrong_pattern {
  unsigned groups;
  const char *pattern, *says;
} wrong_pattern;

static const wrong_pattern kWrongPatterns[] = {
    {kAll, "rootx", "task.cfg:3: of: \"rootx\" matches qpos/rootx and qvel/rootx: say which"},
    {kAll, "root?", "\"root?\" matches qpos/rootx and qvel/rootx: say which"},
    {kAll, "qpos/rootz|foot*",
     "\"foot*\" of \"qpos/rootz|foot*\" matches qpos/foot_joint and qvel/foot_joint: say which"},
    {kAll, "*rootz", "say which"},
    {kAll, "qpos/rootz|typo", "\"typo\" of \"qpos/rootz|typo\" matches no element of hopper.xml"},
    {kAll, "typo|qpos/rootz", "\"typo\" of"},
    {kAll, "qpos/rootz|", "\"\" of \"qpos/rootz|\" matches no element"},
    {kAll, "", "\"\" matches no element"},
    {kQpos, "qvel/*",
     "\"qvel/*\" matches no element of hopper.xml that can stand here, and qvel/rootx cannot"},
    {kQpos, "rooty|root_z",
     "\"root_z\" of \"rooty|root_z\" matches no element of hopper.xml; did "
     "you mean \"rootz\"?"},
    {kAll, "rootX", "did you mean \"qpos/rootx\"?"},
    {kAll, "qvel/rootX", "did you mean \"qvel/rootx\"?"},
    {kQpos, "root\\*", "matches no element"},
};

START_TEST(test_wrong_patterns) {
  char found[512];
  const wrong_pattern *c = &kWrongPatterns[_i];
  try_select(c->groups, c->pattern, false, found, sizeof found);
  ck_assert_msg(strstr(co_error_text(), c->says), "\"%s\" not in: %s", c->says, co_error_text());
}
END_TEST

// ---- names and units of the shipped tasks

typedef struct element_case {
  const char *task;
  int i;
  const char *name, *term, *unit;
} element_case;

static const element_case kElements[] = {
    {"pendulum", 0, "cos/hinge", "cos", "1"},
    {"pendulum", 1, "sin/hinge", "sin", "1"},
    {"pendulum", 2, "qvel/hinge", "qvel", "rad/s"},
    {"inverted_pendulum", 0, "qpos/slider", "qpos", "m"},
    {"inverted_pendulum", 3, "qvel/hinge", "qvel", "rad/s"},
    {"hopper", 0, "qpos/rootz", "qpos", "m"},
    {"hopper", 4, "qpos/foot_joint", "qpos", "rad"},
    {"hopper", 6, "qvel/rootz", "qvel", "m/s"},
    {"half_cheetah", 7, "qpos/ffoot", "qpos", "rad"},
    {"half_cheetah", 16, "qvel/ffoot", "qvel", "rad/s"},
};

START_TEST(test_elements) {
  const element_case *c = &kElements[_i];
  co_built_world *world = test_world(c->task, NULL, NULL);
  const co_obs_element *element = &world->info.obs[c->i];
  ck_assert_str_eq(element->name, c->name);
  ck_assert_str_eq(element->term, c->term);
  ck_assert_str_eq(element->unit, c->unit);
  ck_assert_double_eq(element->scale, 1.0);
  ck_assert_double_eq(element->offset, 0.0);
  co_world_free(world);
}
END_TEST

START_TEST(test_action_elements) {
  co_built_world *world = test_world("half_cheetah", NULL, NULL);
  static const char *const name[] = {"ctrl/bthigh", "ctrl/bshin", "ctrl/bfoot",
                                     "ctrl/fthigh", "ctrl/fshin", "ctrl/ffoot"};
  for (int i = 0; i < 6; i++) {
    ck_assert_str_eq(world->info.action[i].name, name[i]);
    ck_assert_str_eq(world->info.action[i].kind, "ctrl");
    ck_assert_str_eq(world->info.action[i].unit, "1");
  }
  co_world_free(world);
}
END_TEST

// ---- bounds of actions: the actuator's -1..1 through scale and offset

typedef struct bounds_case {
  const char *action;
  double low, high;
} bounds_case;

static const bounds_case kBounds[] = {
    {"{term=\"ctrl\";}", -1, 1},
    {"{term=\"ctrl\";scale=2.0;}", -0.5, 0.5},
    {"{term=\"ctrl\";scale=-2.0;}", -0.5, 0.5},
    {"{term=\"ctrl\";offset=0.5;}", -1.5, 0.5},
    {"{term=\"ctrl\";scale=-1.0;offset=0.5;}", -0.5, 1.5},
    {"{term=\"ctrl\";scale=2.0;clip=(-3.0,3.0);}", -3, 3},
};

START_TEST(test_action_bounds) {
  char set[200];
  snprintf(set, sizeof set, "task.action.0=%s", kBounds[_i].action);
  co_built_world *world = test_world("hopper", NULL, set);
  for (int i = 0; i < 3; i++) {
    ck_assert_double_eq(world->info.action[i].low, kBounds[_i].low);
    ck_assert_double_eq(world->info.action[i].high, kBounds[_i].high);
  }
  co_world_free(world);
}
END_TEST

// Several action terms are one after the other, in the order of the file.
START_TEST(test_two_action_terms) {
  co_built_world *world = test_world("hopper", NULL,
                                     "task.action=({term=\"ctrl\";actuators=\"foot*\";},"
                                     "{term=\"ctrl\";actuators=\"thigh*\";scale=0.5;})");
  ck_assert_int_eq(world->info.act_dim, 2);
  ck_assert_str_eq(world->info.action[0].name, "ctrl/foot_joint");
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){0.25, -1}, &result));
  ck_assert_double_eq(row.physics->ctrl[2], 0.25);
  ck_assert_double_eq(row.physics->ctrl[0], -0.5);
  ck_assert_double_eq(row.physics->ctrl[1], 0.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_one_actuator_twice) {
  co_built_world *world = NULL;
  ck_fails(
      test_try_world("hopper", NULL,
                     "task.action=({term=\"ctrl\";},{term=\"ctrl\";actuators=\"foot*\";})", &world),
      CO_CONFIG, "\"foot_joint\" is driven by an earlier term");
}
END_TEST

START_TEST(test_term_state) {
  co_built_world *world = test_world("pendulum", NULL, NULL);
  ck_assert_int_eq(world->binding.state_size, 2);  // angle and rate before the step
  ck_assert_int_eq(world->binding.num_rewards, 3);
  ck_assert_double_eq(world->binding.dt, 0.05);
  co_world_free(world);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("binding");
  TCase *tcase = tcase_create("binding");
  LOOP(test_patterns, kPatterns);
  tcase_add_test(tcase, test_given_order);
  tcase_add_test(tcase, test_both_groups);
  LOOP(test_wrong_patterns, kWrongPatterns);
  LOOP(test_elements, kElements);
  tcase_add_test(tcase, test_action_elements);
  LOOP(test_action_bounds, kBounds);
  tcase_add_test(tcase, test_two_action_terms);
  tcase_add_test(tcase, test_one_actuator_twice);
  tcase_add_test(tcase, test_term_state);
  suite_add_tcase(suite, tcase);
  return suite;
}
