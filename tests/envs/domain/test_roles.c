// Roles: which elements of shipped robots they stand for, and domains that fit all of them.

#include "envs/domain/preset.h"
#include "envs/verify/check.h"
#include "tests/envs/worlds.h"

typedef struct role_case {
  const char *task, *parameter, *role, *wanted;
} role_case;

static const role_case kRoles[] = {
    {"hopper", "body.mass", "@base", "torso"},
    {"hopper", "body.mass", "@links", "thigh, leg, foot"},
    {"hopper", "body.mass", "@feet", "foot"},
    {"hopper", "geom.friction", "@floor|@feet", "floor, foot_geom"},
    {"hopper", "joint.damping", "@actuated", "thigh_joint, leg_joint, foot_joint"},
    {"hopper", "push.speed", "@base_xy", "rootx"},
    {"hopper", "push.speed", "@base", "rootx, rootz, rooty"},
    {"hopper", "observation.noise", "@positions",
     "qpos/thigh_joint, qpos/leg_joint, qpos/foot_joint"},
    {"hopper", "observation.noise", "@rates|qvel/rootx",
     "qvel/rootx, qvel/thigh_joint, qvel/leg_joint, qvel/foot_joint"},
    {"ant", "push.speed", "@base_xy", "root.x, root.y"},
    {"half_cheetah", "body.mass", "@feet", "bfoot, ffoot"},
    {"reacher", "body.mass", "@base", "body0"},
};

START_TEST(test_roles) {
  const role_case *c = &kRoles[_i];
  char shift[200];
  snprintf(shift, sizeof shift, "{ parameter = \"%s\"; select = \"%s\"; %s }", c->parameter,
           c->role, strstr(c->parameter, ".mass") ? "scale = 1.5;" : "set = 0.3;");
  co_built_world *world = test_world(c->task, shift, NULL);
  ck_assert_str_eq(world->info.resolved[0], c->wanted);
  ck_assert_str_eq(world->info.shift[0].select, c->role);
  co_world_free(world);
}
END_TEST

START_TEST(test_names_only) {
  co_built_world *world =
      test_world("hopper", "{ parameter = \"body.mass\"; select = \"torso\"; scale = 2.0; }", NULL);
  ck_assert_ptr_null(world->info.resolved[0]);
  co_world_free(world);
}
END_TEST

START_TEST(test_mistakes) {
  static const char *const cases[][3] = {
      {"hopper", "{ parameter = \"body.mass\"; select = \"@foot\"; scale = 2.0; }",
       "\"@foot\" is no role; allowed behind @: base, base_xy"},
      {"hopper", "{ parameter = \"body.mass\"; select = \"@bse\"; scale = 2.0; }",
       "did you mean \"@base\"?"},
      {"hopper", "{ parameter = \"body.mass\"; select = \"@floor\"; scale = 2.0; }",
       "select: \"@floor\" is no body of hopper.xml"},
      {"hopper", "{ parameter = \"action.gain\"; select = \"@base\"; scale = 2.0; }",
       "\"@base\" is no action of hopper.xml"},
      {"hopper", "{ parameter = \"body.mass\"; select = \"@\"; scale = 2.0; }", "\"@\" is no role"},
      {"hopper", "{ parameter = \"body.mass\"; select = \"torso|@base\"; scale = 2.0; }", NULL},
      {"pendulum", "{ parameter = \"body.mass\"; select = \"@base\"; scale = 2.0; }",
       "\"@base\" is no body of pendulum"},
  };
  co_built_world *world = NULL;
  if (cases[_i][2]) {
    ck_fails(test_try_world(cases[_i][0], cases[_i][1], NULL, &world), CO_CONFIG, cases[_i][2]);
  } else {  // a name and a role may mean the same element
    ck_ok(test_try_world(cases[_i][0], cases[_i][1], NULL, &world));
    ck_assert_str_eq(world->info.resolved[0], "torso");
    co_world_free(world);
  }
}
END_TEST

// One domain for robots with two, four and six legs, and for arms.
START_TEST(test_presets_fit) {
  static const char *const fits[][2] = {{"hopper", "any_legged"},
                                        {"walker2d", "any_legged"},
                                        {"half_cheetah", "any_legged"},
                                        {"ant", "any_legged"},
                                        {"humanoid", "any_legged"},
                                        {"quadruped_flat", "any_legged"},
                                        {"quadruped_rough", "any_legged"},
                                        {"reacher", "any_arm"},
                                        {"pusher", "any_arm"},
                                        {"arm_reach", "any_arm"}};
  char name[64];
  snprintf(name, sizeof name, "randomization/%s", fits[_i][1]);
  co_node *domain = NULL;
  ck_ok(co_domain_load(name, &domain));
  co_built_world *world = NULL;
  co_status status = co_world_build(&(co_world){.task = fits[_i][0], .domain = domain}, &world);
  ck_assert_msg(status == CO_OK, "%s: %s", fits[_i][0], co_error_text());
  for (int i = 0; i < world->info.num_shifts; i++) {
    if (!*world->info.shift[i].select) continue;
    ck_assert_int_gt(strlen(world->info.resolved[i]), 0);
  }
  co_world_free(world);
  co_node_free(domain);
}
END_TEST

START_TEST(test_check_tells) {
  co_node *domain = test_domain("{ parameter = \"body.mass\"; select = \"@feet\"; scale = 2.0; }");
  co_check *found = malloc(sizeof *found);
  ck_ok(co_check_domain(&(co_world){.task = "hopper", .domain = domain}, NULL, 1, found));
  bool told = false;
  for (int i = 0; i < found->num_tests; i++) {
    told = told || (strcmp(found->test[i].name, "roles") == 0 &&
                    strcmp(found->test[i].text, "body.mass of @feet: foot") == 0);
  }
  ck_assert(told);
  free(found);
  co_node_free(domain);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("roles");
  TCase *tcase = tcase_create("roles");
  tcase_set_timeout(tcase, 30);
  tcase_add_loop_test(tcase, test_roles, 0, (int)(sizeof kRoles / sizeof *kRoles));
  tcase_add_test(tcase, test_names_only);
  tcase_add_loop_test(tcase, test_mistakes, 0, 7);
  tcase_add_loop_test(tcase, test_presets_fit, 0, 10);
  tcase_add_test(tcase, test_check_tells);
  suite_add_tcase(suite, tcase);
  return suite;
}
