// Facts that contracts of format 2 hold, one by one: what differs, of which kind, and what mends
// it.

#include "tests/agents/contract/compare.h"

#include <stdlib.h>

// Files of format 1 know models by another hash: that of a world is compared, that of another file
// is not.
START_TEST(hashes_of_both_formats) {
  co_contract a = make_leg(), b = make_leg();
  a.format = 1;
  a.model_hash = 7;
  static const struct {
    uint64_t of_format_1;
    int count;
  } cases[] = {{7, 0}, {8, 1}, {0, 0}};
  for (int i = 0; i < 3; i++) {
    b.model_hash_1 = cases[i].of_format_1;
    co_contract_diff diff = compare(&a, &b, false);
    ck_assert_int_eq(diff.count, cases[i].count);
    if (diff.count) ck_assert_str_eq(diff.difference[0].path, "model.hash");
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// ---- one fact, one difference

static const co_joint_info leg_joints[] = {
    {"hip", {0, 1, 0}}, {"knee", {0, 1, 0}}, {"foot", {0, 1, 0}}};
static const co_frame_info leg_frames[] = {{"site/imu", "trunk", {0, 0, 0.1}, {1, 0, 0, 0}}};
static const co_clock_info leg_clocks[] = {{"gait", 0.5, {0, 3}, {0}, 2, 0, NAN, NAN, NAN, ""}};

static void *copy_of(const void *from, size_t size) {
  void *to = malloc(size);
  memcpy(to, from, size);
  return to;
}

// A leg whose joints, frames, clock and servos are known, which is controlled directly.
static co_contract make_known(void) {
  co_contract leg = make_leg();
  free(leg.joint);
  free(leg.frame);
  free(leg.clock);
  leg.joint = copy_of(leg_joints, sizeof leg_joints);
  leg.frame = copy_of(leg_frames, sizeof leg_frames);
  leg.clock = copy_of(leg_clocks, sizeof leg_clocks);
  leg.num_joints = 3;
  leg.num_frames = leg.num_clocks = 1;
  for (int i = 0; i < LEG_ACTIONS; i++) {
    co_action_element *action = &leg.action[i];
    char joint[CO_NAME];
    snprintf(joint, sizeof joint, "%.20s", co_element_tail(action->name));
    snprintf(action->name, CO_NAME, "ctrl/%.20s", joint);
    put_text(action->kind, "ctrl");
    action->kp = action->kd = action->torque_limit = NAN;
    action->offset = 0;
    action->drive = (co_drive_info){.gear = 2, .unit = 0.5, .kp = 80, .kv = 4};
    put_text(action->drive.kind, "a position servo");
    put_text(action->drive.joint, joint);
    action->drive.shifted[0] = 0.5, action->drive.shifted[1] = 80, action->drive.shifted[2] = 4;
    snprintf(leg.obs[10 + i].name, CO_NAME, "last_action/ctrl/%.20s", joint);
  }
  for (int i = 0; i < 2; i++) {  // two elements become the clock's
    snprintf(leg.obs[8 + i].name, CO_NAME, "gait/%s", i ? "cos" : "sin");
    put_text(leg.obs[8 + i].term, "phase");
    put_text(leg.obs[8 + i].unit, "1");
    leg.obs[8 + i].frame[0] = '\0';
  }
  return leg;
}

typedef struct one_fact {
  void (*change)(co_contract *b);
  co_difference_kind kind;
  const char *path, *element, *a, *b;
  bool changes_meaning;
  const char *config;  // part of the text; NULL: there is none
} one_fact;

#define CHANGE(name, ...)            \
  static void name(co_contract *b) { \
    __VA_ARGS__;                     \
  }
CHANGE(delayed, b->obs[0].delay = b->obs[1].delay = b->obs[2].delay = 2)
CHANGE(noisy, b->obs[4].noise = 0.1)
CHANGE(slow_clock, b->clock[0].period = 1)
CHANGE(late_clock, b->clock[0].angle[1] = 1)
CHANGE(following_clock, b->clock[0].gain = 0.5)
CHANGE(soft, b->action[1].drive.kp = b->action[1].drive.shifted[1] = 40)
CHANGE(damped, b->action[1].drive.kv = b->action[1].drive.shifted[2] = 8)
CHANGE(soft_but_shifted, b->action[1].drive.kp = 40)
CHANGE(backwards, b->action[0].drive.gear = -2,
       b->action[0].drive.unit = b->action[0].drive.shifted[0] = -0.5)
CHANGE(backwards_twice, backwards(b), b->action[0].scale = -0.3)
CHANGE(geared, b->action[0].drive.gear = 4,
       b->action[0].drive.unit = b->action[0].drive.shifted[0] = 0.25)
CHANGE(motor, put_text(b->action[2].drive.kind, "a motor"))
CHANGE(moved, b->frame[0].pos[0] = 0.3)
CHANGE(turned, b->frame[0].quat[0] = b->frame[0].quat[3] = 0.7071067811865476)
CHANGE(other_body, put_text(b->frame[0].body, "shin"))
CHANGE(tilted, b->joint[2].axis[1] = 0.8, b->joint[2].axis[2] = 0.6)

static const one_fact facts[] = {
    {noisy, CO_DIFF_DOMAIN, "observation.4.noise", "qvel/knee", "0", "0.1", true,
     "{ term = \"qvel\"; of = \"hip|knee|foot\""},
    {slow_clock, CO_DIFF_SCALE, "clocks.gait.period", "gait", "0.5", "1", true, NULL},
    {late_clock, CO_DIFF_OFFSET, "clocks.gait.angle", "gait", "0 3", "0 1", true, NULL},
    {following_clock, CO_DIFF_SCALE, "clocks.gait.gain", "gait", "null", "0.5", true, NULL},
    {soft, CO_DIFF_GAIN, "action.1.drive.kp", "ctrl/knee", "80", "40", true,
     "{ parameter = \"actuator.kp\"; select = \"knee\"; scale = 2.0; }"},
    {damped, CO_DIFF_GAIN, "action.1.drive.kv", "ctrl/knee", "4", "8", true,
     "{ parameter = \"actuator.kv\"; select = \"knee\"; scale = 0.5; }"},
    {soft_but_shifted, CO_DIFF_GAIN, "action.1.drive.kp", "ctrl/knee", "80", "40", false, NULL},
    {backwards, CO_DIFF_SIGN, "action.0.drive.gear", "ctrl/hip", "2", "-2", true,
     "scale = ( -0.3, 0.3, 0.3 )"},
    {geared, CO_DIFF_GAIN, "action.0.drive.gear", "ctrl/hip", "2", "4", true,
     "{ parameter = \"actuator.target\"; select = \"hip\"; scale = 2.0; }"},
    {motor, CO_DIFF_ACTION_KIND, "action.2.drive.kind", "ctrl/foot", "a position servo", "a motor",
     true, "term = \"ctrl\""},
    {moved, CO_DIFF_FRAME, "frames.site/imu.pos", "site/imu", "0 0 0.1", "0.3 0 0.1", false, NULL},
    {turned, CO_DIFF_FRAME, "frames.site/imu.quat", "site/imu", "1 0 0 0",
     "0.7071067812 0 0 0.7071067812", true, NULL},
    {other_body, CO_DIFF_FRAME, "frames.site/imu.body", "site/imu", "trunk", "shin", true, NULL},
    {tilted, CO_DIFF_FRAME, "joints.foot.axis", "foot", "0 1 0", "0 0.8 0.6", true, NULL},
};

START_TEST(one_fact_is_one_difference) {
  const one_fact *one = &facts[_i];
  co_contract a = make_known(), b = make_known();
  char text[256];
  one->change(&b);
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 1);
  const co_difference *found = &diff.difference[0];
  ck_assert_str_eq(found->path, one->path);
  ck_assert_int_eq(found->kind, one->kind);
  ck_assert_str_eq(found->element, one->element);
  ck_assert_str_eq(text_of(found->a, text), one->a);
  ck_assert_str_eq(text_of(found->b, text), one->b);
  ck_assert_int_eq(found->changes_meaning, one->changes_meaning);
  ck_assert_int_eq(diff.meaning_equal, !one->changes_meaning);
  ck_assert_int_eq(found->config != NULL, one->config != NULL);
  if (one->config)
    ck_assert_msg(strstr(found->config, one->config), "%s in %s", one->config, found->config);
  ck_assert_uint_eq(co_json_count(diff.unknown), 0);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// The other way round the config adds what is missing.
START_TEST(delays_have_a_config) {
  co_contract a = make_known(), b = make_known();
  delayed(&a);
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 3);
  ck_assert_int_eq(diff.difference[0].kind, CO_DIFF_HISTORY);
  ck_assert_str_eq(diff.difference[0].path, "observation.0.delay");
  ck_assert(strstr(diff.difference[0].config, "delay = 2;"));
  co_contract_diff_free(&diff);
  // what a past before the start reads shows now
  b.obs[0].delay = b.obs[1].delay = b.obs[2].delay = 2;
  a.obs[0].fill = 1;
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 1);
  ck_assert_str_eq(diff.difference[0].path, "observation.0.fill");
  ck_assert(diff.difference[0].changes_meaning);
  ck_assert(strstr(diff.difference[0].config, "delay = 2; fill = \"zero\";"));
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Backwards twice is forwards.
START_TEST(signs_cancel) {
  co_contract a = make_known(), b = make_known();
  backwards_twice(&b);
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 2);
  ck_assert(diff.meaning_equal);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// The knee's axis is the other one: its angle, rate and target turn, whatever the pose says.
START_TEST(flipped_axis) {
  co_contract a = make_known(), b = make_known();
  b.joint[1].axis[1] = -1;
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 3);
  for (int i = 0; i < 3; i++) {
    const co_difference *found = &diff.difference[i];
    ck_assert(found->kind == CO_DIFF_SIGN && found->changes_meaning && found->by_axis);
    ck_assert(strstr(found->element, "knee") && found->config);
  }
  co_contract_diff_free(&diff);
  b.obs[1].scale = -1;
  b.obs[4].scale = -0.05;
  b.action[1].scale = -0.3;
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 1);
  ck_assert_str_eq(diff.difference[0].path, "joints.knee.axis");
  ck_assert(diff.difference[0].kind == CO_DIFF_SIGN && diff.meaning_equal);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// ---- what is measured

static void measure(co_obs_element *obs, const char *quantity, const char *frame) {
  snprintf(obs->quantity, CO_NAME, "%s", quantity);
  snprintf(obs->of, CO_NAME, "trunk");
  snprintf(obs->frame, CO_NAME, "%s", frame);
}

START_TEST(sensors_by_what_they_measure) {
  static const char *const of_a[] = {"angular_velocity/x", "angular_velocity/y"};
  static const char *const of_b[] = {"sensor/rate.x", "sensor/rate.y"};
  co_contract a = make_known(), b = make_known();
  for (int i = 0; i < 2; i++) {
    for (int side = 0; side < 2; side++) {
      co_obs_element *obs = &(side ? &b : &a)->obs[6 + i];
      snprintf(obs->name, CO_NAME, "%s", side ? of_b[i] : of_a[i]);
      put_text(obs->term, side ? "sensor" : "angular_velocity");
      measure(obs, i ? "angular_velocity.y" : "angular_velocity.x", "site/imu");
    }
  }
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert(diff.equal);
  ck_assert_int_eq(diff.observation.b_of_a[7], 7);
  co_contract_diff_free(&diff);
  for (int i = 0; i < 2; i++) put_text(b.obs[6 + i].frame, "world");
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 2);
  ck_assert_int_eq(diff.difference[0].kind, CO_DIFF_FRAME);
  ck_assert_str_eq(diff.difference[0].path, "observation.6.frame");
  ck_assert(strstr(diff.difference[0].config, "{ term = \"angular_velocity\"; from = 0;"));
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// ---- what is not known

START_TEST(format_1_claims_nothing) {
  co_contract a = make_known(), b = make_known();
  char text[256];
  a.format = 1;
  a.model_hash = b.model_hash_1 = 5;
  free(a.joint);
  free(a.frame);
  free(a.clock);
  a.joint = NULL, a.frame = NULL, a.clock = NULL;
  a.num_joints = a.num_frames = a.num_clocks = 0;
  for (int i = 0; i < LEG_OBS; i++) a.obs[i].delay = a.obs[i].noise = NAN;
  for (int i = 0; i < LEG_ACTIONS; i++) a.action[i].drive = (co_drive_info){0};
  noisy(&b);
  soft(&b);
  put_text(b.obs[4].frame, "world");
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 0);
  ck_assert_str_eq(text_of(diff.unknown, text), "delay noise drive joints frames clocks");
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

static co_provenance *say(co_contract *contract, const char *path, co_origin from,
                          double resolution) {
  contract->provenance = calloc(1, sizeof *contract->provenance);
  contract->num_provenance = 1;
  *contract->provenance = (co_provenance){.from = from, .resolution = resolution};
  snprintf(contract->provenance->path, CO_NAME, "%s", path);
  return contract->provenance;
}

// A number that was printed to two digits is as good as they are; where nothing is known nothing is
// said, of elements wherever they stand.
START_TEST(origins_widen_comparisons) {
  co_contract a = make_leg(), b = make_leg();
  char text[256];
  b.action[2].scale = 0.304;
  say(&b, "action.2.scale", CO_FROM_FILE, 0.005);
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert(diff.equal);
  co_contract_diff_free(&diff);
  b.action[2].scale = 0.306;
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 1);
  co_contract_diff_free(&diff);
  b.provenance->from = CO_FROM_UNKNOWN;
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 0);
  ck_assert_str_eq(text_of(diff.unknown, text), "action.2.scale");
  co_contract_diff_free(&diff);
  put_text(b.provenance->path, "action");
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 0);
  co_contract_diff_free(&diff);
  put_text(b.provenance->path, "action.2.sc");
  diff = compare(&a, &b, false);
  ck_assert_int_eq(diff.count, 1);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// ---- targets that a servo follows, or a law

static co_contract make_followed(bool servo, double kp, double kd) {
  co_contract leg = make_known();
  for (int i = 0; i < LEG_ACTIONS; i++) {
    co_action_element *action = &leg.action[i];
    char joint[CO_NAME];
    snprintf(joint, sizeof joint, "%.20s", co_element_tail(action->name));
    snprintf(action->name, CO_NAME, "%s/%.20s", servo ? "position" : "pd", joint);
    put_text(action->kind, servo ? "position" : "torque");
    put_text(action->drive.kind, servo ? "a position servo" : "a motor");
    action->drive.kp = servo ? kp : NAN, action->drive.kv = servo ? kd : NAN;
    action->kp = servo ? NAN : kp, action->kd = servo ? NAN : kd;
  }
  return leg;
}

// The same gains: the same meaning, from either side; other ones are a difference of gains with the
// action that the other world can have.
START_TEST(what_follows_a_target) {
  static const struct {
    bool servo;
    double kp, kd;
    int gains;
    const char *path, *config;
  } cases[] = {
      {true, 40, 1, 0, NULL, NULL},
      {false, 40, 1, 0, NULL, NULL},
      {true, 30, 1, 3, "action.0.drive.kp", "{ term = \"pd\""},
      {true, 40, 2, 3, "action.0.drive.kv", "kp = 40.0; kd = 2.0; }"},
      {false, 30, 2, 6, "action.0.kp", "{ term = \"position\""},
  };
  co_contract a = make_followed(cases[_i].servo, cases[_i].kp, cases[_i].kd);
  co_contract b = make_followed(!cases[_i].servo, 40, 1);
  co_contract_diff diff = compare(&a, &b, false);
  int kinds = 0, gains = 0;
  for (int i = 0; i < diff.count; i++) {
    const co_difference *found = &diff.difference[i];
    kinds += found->kind == CO_DIFF_ACTION_KIND;
    gains += found->kind == CO_DIFF_GAIN;
    ck_assert_int_eq(found->changes_meaning, found->kind == CO_DIFF_GAIN);
    if (found->kind != CO_DIFF_GAIN) continue;
    ck_assert_ptr_nonnull(found->config);
    ck_assert_msg(strstr(found->config, cases[_i].config) != NULL, "%s", found->config);
    ck_assert(strstr(found->config, "torque_limit") == NULL);
    if (gains == 1) ck_assert_str_eq(found->path, cases[_i].path);
  }
  ck_assert_int_eq(kinds, LEG_ACTIONS);
  ck_assert_int_eq(gains, cases[_i].gains);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Nobody said what follows a target: that is no other kind. Of a servo whose gains a file of format
// 1 leaves out it is one, and no law of unknown gains is offered.
START_TEST(unsaid_followers) {
  co_contract a = make_followed(true, 40, 1), b = make_followed(false, 30, 2);
  for (int i = 0; i < LEG_ACTIONS; i++)
    a.action[i].drive = (co_drive_info){.gear = NAN, .unit = NAN, .kp = NAN, .kv = NAN};
  for (int said = 0; said < 2; said++) {
    a.origin = said ? CO_FROM_TRAINED : CO_FROM_UNKNOWN;
    if (!said) ck_assert_int_eq(co_contract_set_origin(&a, "action.0.kind", CO_FROM_FILE, ""), 0);
    co_contract_diff diff = compare(&a, &b, false);
    const co_difference *kind = find(&diff, CO_DIFF_ACTION_KIND, "position/hip");
    ck_assert_int_eq(kind->changes_meaning, said);
    ck_assert_int_eq(count_of(&diff, CO_DIFF_GAIN), said ? 2 * LEG_ACTIONS : 0);
    ck_assert_ptr_null(kind->config);
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Digits that a file rounded to are no difference.
START_TEST(rounded_gains) {
  co_contract a = make_followed(true, 39.96, 1), b = make_followed(false, 40, 1);
  for (int wide = 0; wide < 2; wide++) {
    if (wide) {
      ck_assert_int_eq(co_contract_set_origin(&a, "action.0.drive.kp", CO_FROM_FILE, ""), 0);
      a.provenance[a.num_provenance - 1].resolution = 0.05;
    }
    co_contract_diff diff = compare(&a, &b, false);
    ck_assert_int_eq(count_of(&diff, CO_DIFF_GAIN), LEG_ACTIONS - wide);
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract_diff_facts");
  TCase *tcase = tcase_create("facts");
  tcase_add_test(tcase, hashes_of_both_formats);
  tcase_add_loop_test(tcase, one_fact_is_one_difference, 0, sizeof facts / sizeof *facts);
  tcase_add_test(tcase, delays_have_a_config);
  tcase_add_test(tcase, signs_cancel);
  tcase_add_test(tcase, flipped_axis);
  tcase_add_test(tcase, sensors_by_what_they_measure);
  tcase_add_test(tcase, format_1_claims_nothing);
  tcase_add_test(tcase, origins_widen_comparisons);
  tcase_add_loop_test(tcase, what_follows_a_target, 0, 5);
  tcase_add_test(tcase, unsaid_followers);
  tcase_add_test(tcase, rounded_gains);
  suite_add_tcase(suite, tcase);
  return suite;
}
