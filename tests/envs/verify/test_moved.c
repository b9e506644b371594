// What moves beside what a domain declares.

#include "envs/verify/check.h"
#include "envs/verify/private/moved.h"
#include "tests/envs/worlds.h"

#include <unistd.h>

#define BODIES                                                                                 \
  "<mujoco><compiler angle='radian' settotalmass='10'/><worldbody><body name='a' pos='0 0 1'>" \
  "<freejoint name='root'/><geom name='ga' type='box' size='.1 .1 .1'/><body name='leg' "      \
  "pos='0 0 -.1'>%s<joint name='j' axis='0 1 0' range='-1 1'/><geom name='gl' type='capsule' " \
  "fromto='0 0 0 0 0 -.4' size='.05'/></body></body></worldbody><actuator><position name='p' " \
  "joint='j' kp='10' dampratio='1' ctrlrange='-1 1'/></actuator></mujoco>"
#define STATED "<inertial pos='0 0 -.2' mass='1' diaginertia='.01 .01 .001'/>"
#define TASK                                                                    \
  "task = { format = 1; model = \"moved%d.xml\"; substeps = 4; horizon = 50; "  \
  "observation = ( { term = \"qpos\"; } ); action = ( { term = \"ctrl\"; } ); " \
  "reward = ( { term = \"alive\"; } ); };"

// The path of a task whose leg has `inertial`; malloc'd.
static char *task_with(const char *inertial) {
  char name[64], model[1200], task[600];
  snprintf(name, sizeof name, "moved%d.xml", (int)getpid());
  snprintf(model, sizeof model, BODIES, inertial);
  free(test_write(name, model));
  snprintf(name, sizeof name, "moved%d.cfg", (int)getpid());
  snprintf(task, sizeof task, TASK, (int)getpid());
  return test_write(name, task);
}

static co_shift moved(const char *inertial, const char *source, const char *target) {
  char *task = task_with(inertial);
  co_built_world *a = test_world(task, source, NULL), *b = test_world(task, target, NULL);
  co_shift out = {0};
  co_moved_find(&a->plan, &b->plan, &out);
  co_world_free(a);
  co_world_free(b);
  free(task);
  return out;
}

static const co_shift_moved *find(const co_shift *shift, const char *parameter,
                                  const char *element) {
  for (int i = 0; i < shift->num_moved; i++) {
    const co_shift_moved *one = &shift->moved[i];
    if (strcmp(one->parameter, parameter) == 0 && strcmp(one->element, element) == 0) return one;
  }
  return NULL;
}

#define LENGTH "{ parameter = \"limb.length\"; select = \"leg\"; scale = 2.0; }"
#define SIZE "{ parameter = \"geom.size\"; select = \"g*\"; scale = 2.0; }"
#define MASS "{ parameter = \"body.mass\"; select = \"leg\"; scale = 2.0; }"

START_TEST(test_longer_leg) {
  char text[512];
  co_shift shift = moved("", NULL, LENGTH);
  ck_assert_ptr_nonnull(find(&shift, "geom.size", "gl"));
  ck_assert_ptr_nonnull(find(&shift, "geom.pos", "gl"));
  ck_assert_ptr_nonnull(find(&shift, "body.inertia", "leg"));
  const co_shift_moved *mass = find(&shift, "body.mass", "leg");
  ck_assert_ptr_nonnull(mass);
  ck_assert_double_gt(mass->target[0], 1.5 * mass->source[0]);
  ck_assert_ptr_null(find(&shift, "body.mass", "a"));  // the total follows, not the torso
  ck_assert_ptr_null(find(&shift, "actuator.kv", "p"));
  ck_assert_ptr_null(find(&shift, "limb.length", "leg"));
  ck_assert_str_eq(shift.kept, "");
  co_moved_text(&shift, text, sizeof text);
  ck_assert_ptr_nonnull(strstr(text, "body.mass of leg "));
  ck_assert_ptr_nonnull(strstr(text, " -> "));
}
END_TEST

// What both domains declare, what neither does, and who states the inertia.
START_TEST(test_declared) {
  char text[512];
  co_shift shift = moved("", MASS, "");
  ck_assert_int_eq(shift.num_moved, 1);
  ck_assert_ptr_nonnull(find(&shift, "body.inertia", "leg"));
  shift = moved("", "", "{ parameter = \"option.gravity\"; scale = 2.0; }");
  ck_assert_int_eq(shift.num_moved, 0);
  co_moved_text(&shift, text, sizeof text);
  ck_assert_str_eq(text, "nothing beside what is declared");
  shift = moved(STATED, "", SIZE);
  ck_assert_str_eq(shift.kept, "leg");
  ck_assert_ptr_null(find(&shift, "body.mass", "leg"));
  ck_assert_ptr_nonnull(find(&shift, "body.mass", "a"));
  co_moved_text(&shift, text, sizeof text);
  ck_assert_ptr_nonnull(strstr(text, "mass and inertia stay where the body states them: leg"));
}
END_TEST

// Locked joints are missing, not moved; a text that is too long ends with how many there are more.
START_TEST(test_locked_and_long) {
  char text[512];
  co_shift shift = moved("", "", "{ parameter = \"joint.lock\"; select = \"j\"; set = 0.0; }");
  ck_assert_int_eq(shift.num_moved, 0);
  for (shift.num_moved = 0; shift.num_moved < CO_SHIFT_MOVED; shift.num_moved++) {
    co_shift_moved *one = &shift.moved[shift.num_moved];
    *one = (co_shift_moved){.parameter = "geom.size", .num_values = 3};
    memset(one->element, 'x', sizeof one->element - 1);
  }
  shift.num_moved = 1000;
  memset(shift.kept, 'y', sizeof shift.kept - 1);
  co_moved_text(&shift, text, sizeof text);
  ck_assert_uint_lt(strlen(text), sizeof text - 1);
  ck_assert_ptr_nonnull(strstr(text, "; 99"));
  ck_assert_ptr_nonnull(strstr(text, " more; mass and inertia stay"));
}
END_TEST

// `check` tells, also of what moves at one end of a draw only.
START_TEST(test_check_tells) {
  char *task = task_with("");
  co_node *domain = test_domain(
      "{ parameter = \"limb.length\"; select = \"leg\"; scale = { uniform = (1.0, 2.0); }; }");
  co_world world = {.task = task, .domain = domain};
  co_check check;
  ck_ok(co_check_domain(&world, NULL, 1, &check));
  ck_assert(check.ok);
  const co_check_test *last = &check.test[check.num_tests - 1];
  ck_assert_str_eq(last->name, "moved along");
  ck_assert_ptr_nonnull(strstr(last->text, "body.mass of leg"));
  ck_assert_int_gt(check.shift.num_moved, 0);
  co_node_free(domain);
  free(task);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("moved");
  TCase *tcase = tcase_create("moved");
  tcase_add_test(tcase, test_longer_leg);
  tcase_add_test(tcase, test_declared);
  tcase_add_test(tcase, test_locked_and_long);
  tcase_add_test(tcase, test_check_tells);
  suite_add_tcase(suite, tcase);
  return suite;
}
