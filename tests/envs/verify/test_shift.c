// The shift check: what is live, when it shows, and why something is not.

#include "envs/verify/shift.h"
#include "tests/envs/models.h"

static co_shift measure(const char *task, const char *shifts, uint64_t seed) {
  co_built_world *source = test_world(task, NULL, NULL), *target = test_world(task, shifts, NULL);
  co_shift shift;
  ck_ok(co_shift_measure(source, target, seed, &shift));
  co_world_free(source);
  co_world_free(target);
  return shift;
}

typedef struct shift_case {
  const char *task, *shifts;
  bool live;
  const char *reason;  // part of it
} shift_case;

#define SHIFT(parameter, rest) "{ parameter = \"" parameter "\"; " rest " }"

static const shift_case kShifts[] = {
    {"hopper", SHIFT("option.gravity", "scale = 1.5;"), true, ""},
    {"hopper", SHIFT("actuator.gear", "select = \"foot*\"; scale = -1;"), true, ""},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; add = -1.0;"), true, ""},
    {"hopper", SHIFT("joint.damping", "select = \"leg*\"; scale = 1.001;"), true, ""},
    {"hopper", SHIFT("geom.friction", "select = \"foot*\"; scale = 0.2;"), true, ""},
    {"half_cheetah", SHIFT("geom.friction", "select = \"*\"; scale = 0.5;"), true, ""},
    {"pendulum", SHIFT("body.mass", "select = \"pole\"; scale = 1.1;"), true, ""},
    {"pendulum", SHIFT("actuator.gear", "select = \"*\"; scale = -1;"), true, ""},
    {"hopper", SHIFT("action.repeat", "set = 5;"), true, ""},
    {"hopper", SHIFT("action.repeat", "set = 2;"), true, ""},
    {"hopper", SHIFT("geom.friction", "select = \"thigh*\"; scale = 0.5;"), false,
     "geom.friction thigh*: a contact takes the larger friction"},
    {"half_cheetah", SHIFT("geom.friction", "select = \"floor\"; scale = 0.1;"), false,
     "takes the larger friction"},
    {"inverted_pendulum", SHIFT("geom.friction", "select = \"*\"; scale = 3;"), false,
     "no contact occurs"},
    {"hopper", SHIFT("option.gravity", "scale = 1;"), false,
     "option.gravity: the new value equals the nominal one"},
    {"hopper", SHIFT("joint.damping", "select = \"root*\"; scale = 4;"), false,
     "the nominal value is zero"},
    {"hopper", "", false, "the two worlds are the same"},
};

START_TEST(test_live_and_reason) {
  const shift_case *c = &kShifts[_i];
  co_shift shift = measure(c->task, c->shifts, 1);
  ck_assert_msg(shift.live == c->live, "%s %s: %s", c->task, c->shifts, shift.reason);
  ck_assert_msg(strstr(shift.reason, c->reason), "\"%s\" not in: %s", c->reason, shift.reason);
  ck_assert_int_eq(shift.first_step >= 1, c->live);
  if (c->live) {
    ck_assert_str_eq(shift.reason, "");
    ck_assert_double_gt(shift.rms[2], 0.0);
  } else {
    for (int i = 0; i < 3; i++) ck_assert_double_eq(shift.rms[i], 0.0);
    ck_assert_double_eq(shift.visited_share, 1.0);
  }
}
END_TEST

// Two reasons for two shifts.
START_TEST(test_reasons_of_several_shifts) {
  co_shift shift = measure("hopper",
                           SHIFT("geom.friction", "select = \"leg*\"; scale = 0.5;") ", " SHIFT(
                               "joint.damping", "select = \"rootx\"; scale = 2;"),
                           1);
  ck_assert(!shift.live);
  ck_assert_ptr_nonnull(strstr(shift.reason, "larger friction"));
  ck_assert_ptr_nonnull(strstr(shift.reason, "; joint.damping rootx"));
}
END_TEST

// A larger shift moves further, and differences grow in time.
START_TEST(test_size) {
  co_shift small = measure("half_cheetah", SHIFT("option.gravity", "scale = 1.01;"), 1);
  co_shift large = measure("half_cheetah", SHIFT("option.gravity", "scale = 1.5;"), 1);
  ck_assert_double_gt(large.rms[0], 10 * small.rms[0]);
  ck_assert_double_gt(small.rms[1], small.rms[0]);
  ck_assert_double_le(large.visited_share, 1.0);
  ck_assert_double_gt(large.visited_share, 0.5);
}
END_TEST

START_TEST(test_pairs) {
  co_shift shift =
      measure("hopper", SHIFT("geom.friction", "select = \"foot*\"; scale = 0.75;"), 1);
  ck_assert_int_gt(shift.num_pairs, 0);
  bool seen = false;
  for (int i = 0; i < shift.num_pairs; i++) {
    bool foot = strcmp(shift.pair[i].pair, "floor/foot_geom") == 0;
    seen = seen || foot;
    if (!foot) continue;
    ck_assert_double_eq(shift.pair[i].source, 2.0);
    ck_assert_double_eq(shift.pair[i].target, 1.5);
  }
  ck_assert(seen);
  ck_assert_double_gt(shift.limit_share, 0.0);
  ck_assert_double_lt(shift.limit_share, 1.0);
}
END_TEST

// The rule of the pair: the larger friction; condim 1 on both: none.
START_TEST(test_pair_rule) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  const co_model *model = world->model;
  int floor = co_model_find(model, CO_GEOM, "floor"),
      foot = co_model_find(model, CO_GEOM, "foot_geom");
  int torso = co_model_find(model, CO_GEOM, "torso_geom");
  co_friction_rule rule;
  ck_assert_double_eq(model->engine->pair_friction(model, floor, foot, &rule), 2.0);
  ck_assert_int_eq(rule, CO_FRICTION_LARGER);
  ck_assert_double_eq(model->engine->pair_friction(model, torso, floor, &rule), 1.0);
  ck_assert_double_eq(model->engine->pair_friction(model, torso, foot, &rule), 0.0);
  ck_assert_int_eq(rule, CO_FRICTION_NONE);
  co_world_free(world);
}
END_TEST

// A box on a floor, pulled along it: what decides the friction is in `box` and `contact`.
static co_shift measure_box(const char *box, const char *contact, const char *keys,
                            const char *shifts) {
  char model[1200];
  snprintf(model, sizeof model,
           "<mujoco><option timestep='.005'/><worldbody>"
           "<geom name='floor' type='plane' size='5 5 .1' friction='1'/>"
           "<body name='b' pos='0 0 .1'><freejoint name='root'/>"
           "<geom name='box' type='box' size='.1 .1 .1' friction='.5' %s/></body></worldbody>%s"
           "<actuator><motor name='m' joint='root' gear='1 0 0 0 0 0' ctrlrange='0 60'/></actuator>"
           "</mujoco>",
           box, contact);
  char *task = test_model_task(model, keys);
  co_shift shift = measure(task, shifts, 1);
  free(task);
  return shift;
}

typedef struct inert_case {
  const char *box, *contact, *shifts, *reason;
} inert_case;

#define PAIR                                           \
  "<contact><pair name='p' geom1='floor' geom2='box' " \
  "friction='.3 .3 .005 .0001 .0001'/></contact>"

#define OVERRIDE "<option o_friction='.3 .3 .005 .0001 .0001'><flag override='enable'/></option>"

static const inert_case kInert[] = {
    {"", PAIR, SHIFT("geom.friction", "select = \"*\"; scale = 3.0;"),
     "the contact floor/box is an explicit pair of the model, whose own friction acts: shift "
     "pair.friction"},
    {"priority='1'", "", SHIFT("geom.friction", "select = \"floor\"; scale = 3.0;"),
     "geom \"box\" has priority over \"floor\": its friction acts alone"},
    {"priority='-1'", "", SHIFT("geom.friction", "select = \"box\"; scale = 3.0;"),
     "geom \"floor\" has priority over \"box\": its friction acts alone"},
    {"", "", SHIFT("geom.friction", "select = \"box\"; scale = 1.5;"), "takes the larger friction"},
    {"priority='1' condim='1'", "", SHIFT("geom.friction", "select = \"*\"; scale = 3.0;"),
     "its contacts have condim 1, and so no friction"},
    {"/><geom name='eye' pos='0 0 .3' size='.01'", "",
     SHIFT("geom.friction", "select = \"eye\"; scale = 3.0;"),
     "geom.friction eye: what is selected touches nothing in 60 control steps"},
    {"", OVERRIDE, SHIFT("geom.friction", "select = \"*\"; scale = 3.0;"),
     "the model's flag \"override\" gives all contacts the friction of its options"},
    {"", "", SHIFT("geom.friction", "select = \"floor\"; set = (1.0, 0.5, 0.5);"),
     "contacts of condim 3 have no torsional or rolling one"},
    {"", PAIR, SHIFT("geom.solref", "select = \"*\"; set = (0.1, 1.0);"),
     "an explicit pair of the model, whose own solref acts: shift pair.solref"},
    {"priority='1'", "", SHIFT("geom.solimp", "select = \"floor\"; set = 0.5;"),
     "geom \"box\" has priority over \"floor\": its solimp acts alone"},
    {"", "", SHIFT("geom.condim", "select = \"floor\"; set = 1;"),
     "a contact takes the larger condim of its two geoms"},
    {"", "", SHIFT("option.wind", "set = (10.0, 0.0, 0.0);"),
     "option.density and option.viscosity are 0"},
    {"", "", SHIFT("push.speed", "select = \"*.x\"; set = 2.0;"),
     "no push within 60 control steps: push.interval is 250"},
    {"", "", SHIFT("push.interval", "set = 20;"), "nothing is pushed: push.speed is 0"},
    {"", "", SHIFT("reset.noise", "scale = 3.0;"), "the task has no reset terms"},
    {"", "",
     SHIFT("push.speed", "select = \"*.x\"; set = 2.0;") ", " SHIFT("push.interval", "set = 61;"),
     "push.speed *.x: no push within 60 control steps: push.interval is 61; push.interval: no "
     "push"},
};

START_TEST(test_why_inert) {
  const inert_case *c = &kInert[_i];
  co_shift shift = measure_box(c->box, c->contact, "horizon = 60;", c->shifts);
  ck_assert(!shift.live);
  ck_assert_msg(strstr(shift.reason, c->reason), "\"%s\" not in: %s", c->reason, shift.reason);
}
END_TEST

// The same shifts where they act.
static const inert_case kActing[] = {
    {"priority='1'", "", SHIFT("geom.friction", "select = \"box\"; scale = 3.0;"), ""},
    {"", "",
     SHIFT("option.wind", "set = (10.0, 0.0, 0.0);") ", " SHIFT("option.density", "set = 1.2;"),
     ""},
    {"", "",
     SHIFT("option.wind", "set = (10.0, 0.0, 0.0);") ", " SHIFT("option.viscosity", "set = 0.1;"),
     ""},
    {"", "",
     SHIFT("push.speed", "select = \"*.x\"; set = 2.0;") ", " SHIFT("push.interval", "set = 60;"),
     ""},
};

START_TEST(test_acting) {
  const inert_case *c = &kActing[_i];
  co_shift shift = measure_box(c->box, c->contact, "horizon = 60;", c->shifts);
  ck_assert_msg(shift.live, "%s", shift.reason);
}
END_TEST

// A tape ends where episodes do, and the first push of a longer one is met.
START_TEST(test_episode_ends) {
  const char *push = SHIFT("push.speed", "select = \"*.x\"; set = 2.0;");
  ck_assert(!measure_box("", "", "horizon = 249;", push).live);
  co_shift last = measure_box("", "", "horizon = 250;", push);
  ck_assert(last.live);
  ck_assert_int_eq(last.first_step, 250);
  ck_assert_double_eq(last.rms[2], 0.0);
  co_shift late = measure_box("", "", "horizon = 5000;",
                              SHIFT("push.speed", "select = \"*.x\"; set = 2.0;") ", " SHIFT(
                                  "push.interval", "set = 4000;"));
  ck_assert(late.live);
  ck_assert_int_eq(late.first_step, 4000);
  co_shift whole = measure_box("", "", "horizon = 10;", SHIFT("option.gravity", "scale = 0.5;"));
  ck_assert(whole.live);
  ck_assert_double_eq(whole.rms[1], whole.rms[2]);  // both at the end
  ck_assert_double_gt(whole.rms[1], 0.0);
}
END_TEST

// The same difference, of a task edited by `set` in both worlds.
static co_shift measure_edited(const char *task, const char *shifts, const char *set) {
  co_built_world *source = test_world(task, NULL, set), *target = test_world(task, shifts, set);
  co_shift shift;
  ck_ok(co_shift_measure(source, target, 1, &shift));
  co_world_free(source);
  co_world_free(target);
  return shift;
}

static void ck_same_difference(const co_shift *a, const co_shift *b) {
  ck_assert_int_eq(a->first_step, b->first_step);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(a->rms[i], b->rms[i]);
  ck_assert_double_eq(a->visited_share, b->visited_share);
  ck_assert_double_eq(a->limit_share, b->limit_share);
}

// Values of the past were counted in the step they are of.
START_TEST(test_history_counts_once) {
  const char *shift = SHIFT("option.gravity", "scale = 1.5;");
  co_shift plain = measure("hopper", shift, 1);
  co_shift history = measure_edited("hopper", shift, "task.observation.1.history=5");
  ck_same_difference(&plain, &history);
}
END_TEST

// A tape does not go to the ends of clip bounds that are far beyond what actuators take.
START_TEST(test_wide_clip) {
  const char *shift = SHIFT("option.gravity", "scale = 1.5;");
  co_shift plain = measure("half_cheetah", shift, 1);
  co_shift wide = measure_edited("half_cheetah", shift, "task.action.0.clip=(-100.0,100.0)");
  ck_same_difference(&plain, &wide);
  co_shift narrow = measure_edited("half_cheetah", shift, "task.action.0.clip=(-0.5,0.5)");
  ck_assert_double_ne(plain.rms[2], narrow.rms[2]);
}
END_TEST

// Walls that only one of the worlds has.
START_TEST(test_other_geoms) {
  co_built_world *source = test_world("point_maze", NULL, NULL);
  co_built_world *target = test_world("point_maze", NULL, "maze=antmaze-large-0");
  co_shift shift;
  for (int k = 0; k < 2; k++) {
    ck_ok(co_shift_measure(k ? target : source, k ? source : target, 1, &shift));
    ck_assert(shift.live);
    ck_assert_int_gt(shift.num_pairs, 0);
  }
  co_world_free(source);
  co_world_free(target);
}
END_TEST

START_TEST(test_repeats) {
  co_shift a = measure("hopper", SHIFT("option.gravity", "scale = 1.5;"), 1);
  co_shift b = measure("hopper", SHIFT("option.gravity", "scale = 1.5;"), 1);
  co_shift c = measure("hopper", SHIFT("option.gravity", "scale = 1.5;"), 2);
  ck_assert_double_eq(a.rms[2], b.rms[2]);
  ck_assert_double_eq(a.visited_share, b.visited_share);
  ck_assert_double_ne(a.rms[2], c.rms[2]);
}
END_TEST

START_TEST(test_other_task) {
  co_built_world *a = test_world("hopper", NULL, NULL), *b = test_world("half_cheetah", NULL, NULL);
  co_shift shift;
  ck_ok(co_shift_measure(a, b, 1, &shift));
  ck_assert(shift.live);
  ck_assert_int_eq(shift.first_step, 0);
  co_world_free(a);
  co_world_free(b);
}
END_TEST

// A change of the reward alone is seen.
START_TEST(test_reward_only) {
  co_built_world *a = test_world("hopper", NULL, NULL);
  co_built_world *b = test_world("hopper", NULL, "task.reward.2.weight=-0.5");
  co_shift shift;
  ck_ok(co_shift_measure(a, b, 1, &shift));
  ck_assert(shift.live);
  ck_assert_double_eq(shift.rms[2], 0.0);
  co_world_free(a);
  co_world_free(b);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("shift");
  TCase *tcase = tcase_create("shift");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_live_and_reason, 0, (int)(sizeof kShifts / sizeof *kShifts));
  tcase_add_test(tcase, test_reasons_of_several_shifts);
  tcase_add_test(tcase, test_size);
  tcase_add_test(tcase, test_pairs);
  tcase_add_test(tcase, test_pair_rule);
  tcase_add_loop_test(tcase, test_why_inert, 0, (int)(sizeof kInert / sizeof *kInert));
  tcase_add_loop_test(tcase, test_acting, 0, (int)(sizeof kActing / sizeof *kActing));
  tcase_add_test(tcase, test_episode_ends);
  tcase_add_test(tcase, test_history_counts_once);
  tcase_add_test(tcase, test_wide_clip);
  tcase_add_test(tcase, test_other_geoms);
  tcase_add_test(tcase, test_repeats);
  tcase_add_test(tcase, test_other_task);
  tcase_add_test(tcase, test_reward_only);
  suite_add_tcase(suite, tcase);
  return suite;
}
