// Both formats of a contract's JSON: facts of the newer one survive, the older one is read with
// what it does not know unknown, and each is written back as it was.

#include "tests/agents/contract/contract_text.h"
#include "tests/support/leg_contract.h"

#include <stdlib.h>

static const co_joint_info joints[] = {{"knee", {0, -1, 0}}};
static const co_frame_info frames[] = {{"site/imu", "trunk", {0, 0, 0.1}, {1, 0, 0, 0}}};
static const co_clock_info clocks[] = {{"gait", 0.5, {0, 3}, {1}, 2, 1, 0.25, NAN, 0.1, "v*"}};

static void *copy_of(const void *from, size_t size) {
  void *to = malloc(size);
  memcpy(to, from, size);
  return to;
}

static co_contract make_known(void) {
  co_contract leg = make_leg();
  free(leg.joint);
  free(leg.frame);
  free(leg.clock);
  leg.joint = copy_of(joints, sizeof joints);
  leg.frame = copy_of(frames, sizeof frames);
  leg.clock = copy_of(clocks, sizeof clocks);
  leg.num_joints = leg.num_frames = leg.num_clocks = 1;
  leg.obs[0].delay = 2;
  leg.obs[1].noise = 0.1;
  leg.obs[2].noise = NAN;
  leg.past_order = 1;
  put_text(leg.obs[3].quantity, "angular_velocity.x");
  put_text(leg.obs[3].of, "trunk");
  leg.action[0].drive = (co_drive_info){.kind = "a position servo",
                                        .joint = "hip",
                                        .gear = 2,
                                        .unit = 0.5,
                                        .kp = 80,
                                        .kv = NAN,
                                        .shifted = {0.5, 40, NAN}};
  leg.action[1].drive = (co_drive_info){
      .kind = "a motor", .gear = -1, .unit = -1, .kp = NAN, .kv = NAN, .shifted = {-1, NAN, NAN}};
  leg.origin = CO_FROM_FILE;
  leg.provenance = calloc(2, sizeof *leg.provenance);
  leg.num_provenance = 2;
  leg.provenance[0] =
      (co_provenance){"action", CO_FROM_DEFAULT, "what trainers have where nothing is said", 0};
  leg.provenance[1] = (co_provenance){"action.1.scale", CO_FROM_USER, "", 0.25};
  return leg;
}

START_TEST(facts_survive) {
  co_contract leg = make_known(), again;
  co_buf text = text_of(&leg);
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  co_buf second = text_of(&again);
  ck_assert_str_eq(text.data, second.data);
  ck_assert_mem_eq(again.joint, leg.joint, sizeof joints);
  ck_assert_mem_eq(again.frame, leg.frame, sizeof frames);
  ck_assert(again.clock->stop == 0.1 && isnan(again.clock->most) && again.clock->rest[0] == 1);
  ck_assert(again.obs[0].delay == 2 && again.obs[1].noise == 0.1 && isnan(again.obs[2].noise));
  ck_assert(again.obs[3].delay == 0 && again.past_order == 1);
  ck_assert_str_eq(again.obs[3].of, "trunk");
  ck_assert(again.action[0].drive.shifted[1] == 40 && isnan(again.action[0].drive.kv));
  ck_assert(again.action[1].drive.shifted[0] == -1);
  ck_assert_ptr_null(strstr(strstr(text.data, "a motor"), "shifted"));
  ck_assert_str_eq(again.action[2].drive.kind, "");
  ck_assert_int_eq(again.origin, CO_FROM_FILE);
  ck_assert_str_eq(co_contract_provenance(&again, "action.0.kp")->path, "action");
  ck_assert(co_contract_provenance(&again, "action.1.scale")->resolution == 0.25);
  ck_assert_ptr_null(co_contract_provenance(&again, "actions"));
  co_contract_free(&again);
  co_contract_free(&leg);
  co_buf_free(&second);
  co_buf_free(&text);
}
END_TEST

START_TEST(format_1_is_read_and_written) {
  co_contract leg = make_leg(), again;
  free(leg.joint);
  free(leg.frame);
  free(leg.clock);
  leg.joint = NULL, leg.frame = NULL, leg.clock = NULL;
  leg.format = 1;
  co_buf text = text_of(&leg);
  static const char *const newer[] = {"block", "joints", "order", "drive", "delay", "{\"from\"}"};
  for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
    ck_assert_msg(!strstr(text.data, newer[i]), "%s", newer[i]);
  ck_assert(strstr(text.data, "\"observation\":[{\"name\":\"joint_pos/hip\""));
  ck_assert(strstr(text.data, "\"provenance\":{\"network\":{\"from\":\"trained\"}"));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert(again.format == 1 && again.num_obs == LEG_OBS);
  ck_assert(isnan(again.obs[0].delay) && isnan(again.obs[0].noise) && !again.joint);
  co_buf second = text_of(&again);
  ck_assert_str_eq(text.data, second.data);
  co_contract_free(&again);
  co_contract_free(&leg);
  co_buf_free(&second);
  co_buf_free(&text);
}
END_TEST

// What the format reserves is refused by its name, and what is wrong where it is.
static const struct {
  const char *from, *to, *text;
} edits[] = {
    {"\"block\":\"vector\"", "\"block\":\"image\",\"height\":64",
     "f: observation.0: is an image; images come later"},
    {"\"block\":\"vector\"", "\"block\":\"sound\"",
     "f: observation.0.block: must be \"vector\" or \"image\""},
    {"\"block\":\"vector\",", "", "f: observation.0.block: is missing"},
    {"\"axis\":[0.0,-1.0,0.0]", "\"axis\":[0.0,1.0]",
     "f: joints.0.axis: must be an array of 3 numbers"},
    {"\"quat\":[1.0", "\"quat\":[null", "f: frames.0.quat: must be a finite number"},
    {"\"period\":0.5", "\"period\":0", "f: clocks.0.period: 0 is out of range"},
    {"\"from\":\"default\"", "\"from\":\"defualt\"",
     "f: provenance.facts.0.from: unknown, did you mean \"default\"?"},
    {"\"resolution\":0.25", "\"resolution\":-1",
     "f: provenance.facts.1.resolution: -1 is out of range"},
    {"\"delay\":2.0", "\"delay\":-2", "f: observation.0.elements.0.delay: -2 is out of range"},
    {"\"order\":\"newest_first\"", "\"order\":\"any\"", "f: history.order: unknown"},
};

START_TEST(wrong_facts_are_named) {
  co_contract leg = make_known(), again = {0};
  co_buf text = text_of(&leg), edited = {0};
  const char *at = strstr(text.data, edits[_i].from);
  ck_assert_msg(at != NULL, "not in the text: %s", edits[_i].from);
  co_buf_add(&edited, text.data, (size_t)(at - text.data));
  co_buf_puts(&edited, edits[_i].to);
  co_buf_puts(&edited, at + strlen(edits[_i].from));
  ck_assert_msg(read_text(edited.data, &again) == CO_DATA, "accepted: %s", edits[_i].to);
  ck_assert_msg(strstr(co_error_text(), edits[_i].text), "%s: %s", edits[_i].to, co_error_text());
  ck_assert_ptr_null(again.obs);
  co_buf_free(&edited);
  co_buf_free(&text);
  co_contract_free(&leg);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract_formats");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, facts_survive);
  tcase_add_test(tcase, format_1_is_read_and_written);
  tcase_add_loop_test(tcase, wrong_facts_are_named, 0, sizeof edits / sizeof *edits);
  suite_add_tcase(suite, tcase);
  return suite;
}
