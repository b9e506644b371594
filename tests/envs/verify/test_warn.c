// Warnings of domains that were written for another robot, and of shifts that do nothing.

#include "core/log.h"
#include "envs/verify/warn.h"
#include "tests/envs/worlds.h"

static char told[2048];

static void keep_log(void *context, co_log_level level, const char *line) {
  (void)context;
  if (level != CO_LOG_WARNING) return;
  snprintf(told + strlen(told), sizeof told - strlen(told), "%s\n", line);
}

static void begin(void) {
  told[0] = '\0';
  co_log_set(keep_log, NULL);
}

START_TEST(test_strangers) {
  const char *domain[] = {"gym_extensions/HopperGravityHalf-v0", "gravity_x1.5"};
  co_built_world *hopper = test_world("hopper", NULL, NULL);
  ck_ok(co_warn_of_strangers(hopper, domain, 2));
  ck_assert_str_eq(told, "");
  co_built_world *cheetah = test_world("half_cheetah", NULL, NULL);
  ck_ok(co_warn_of_strangers(cheetah, domain, 2));
  ck_assert_str_eq(told,
                   "domain gym_extensions/HopperGravityHalf-v0 is meant for another robot, that of "
                   "task hopper\n");
  co_world_free(hopper);
  co_world_free(cheetah);
}
END_TEST

START_TEST(test_dead_shifts) {
  co_node *domain = test_domain(
      "{ parameter = \"option.gravity\"; scale = 1.5; }, "
      "{ parameter = \"joint.damping\"; select = \"root*\"; scale = 0.5; }");
  const co_world world = {.task = "hopper", .domain = domain};
  co_built_world *built;
  ck_ok(co_world_build(&world, &built));
  ck_ok(co_warn_of_dead_shifts(NULL, built, &world, 1));
  ck_assert_msg(strstr(told, "joint.damping of root* scale 0.5 does nothing in hopper: ") == told,
                "%s", told);
  ck_assert_ptr_null(strstr(told, "gravity"));
  co_world_free(built);
  co_node_free(domain);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("warn");
  TCase *tcase = tcase_create("warn");
  tcase_add_checked_fixture(tcase, begin, NULL);
  tcase_add_test(tcase, test_strangers);
  tcase_add_test(tcase, test_dead_shifts);
  suite_add_tcase(suite, tcase);
  return suite;
}
