// Shifts that do nothing, alone and among others.

#include "envs/verify/dead.h"
#include "tests/envs/worlds.h"

static const char gravity[] = "{ parameter = \"option.gravity\"; scale = 1.5; }";
static const char same_mass[] = "{ parameter = \"body.mass\"; select = \"torso\"; scale = 1.0; }";
static const char friction[] =  // the floor's, which is larger, acts
    "{ parameter = \"geom.friction\"; select = \"leg*\"; scale = 0.5; }";

static const struct {
  const char *shift[3];
  bool dead[3];
  const char *reason;
} cases[] = {{{gravity}, {false}, ""},
             {{same_mass}, {true}, ""},
             {{friction}, {true}, "larger friction"},
             {{gravity, same_mass, friction}, {false, true, true}, ""},
             {{NULL}, {false}, ""}};

START_TEST(each_shift_alone) {
  char text[1024] = "";
  int count = 0;
  for (; count < 3 && cases[_i].shift[count]; count++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", count ? ", " : "",
             cases[_i].shift[count]);
  co_node *domain = test_domain(text);
  co_world world = {.task = "hopper", .domain = domain};
  co_dead_shifts found;
  ck_ok(co_shifts_find_dead(NULL, &world, 1, &found));
  ck_assert_int_eq(found.count, count);
  for (int i = 0; i < count; i++) ck_assert_int_eq(found.dead[i], cases[_i].dead[i]);
  ck_assert_msg(strstr(found.reason, cases[_i].reason), "%s", found.reason);
  co_node_free(domain);
}
END_TEST

// What --set makes of a domain is what is looked at.
START_TEST(edits_count) {
  co_node *domain = test_domain(gravity);
  const char *set[] = {"domain.0.scale=1.0", "horizon=50"};
  co_world world = {.task = "hopper", .domain = domain, .set = set, .num_set = 2};
  co_dead_shifts found;
  ck_ok(co_shifts_find_dead(NULL, &world, 1, &found));
  ck_assert(found.count == 1 && found.dead[0]);
  co_node_free(domain);
  world = (co_world){.task = "no_such_task"};
  ck_fails(co_shifts_find_dead(NULL, &world, 1, &found), CO_NO_INPUT, "no_such_task");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("dead");
  TCase *tests = tcase_create("dead");
  tcase_add_loop_test(tests, each_shift_alone, 0, sizeof cases / sizeof *cases);
  tcase_add_test(tests, edits_count);
  suite_add_tcase(suite, tests);
  return suite;
}
