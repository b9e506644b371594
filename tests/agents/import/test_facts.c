// Facts as JSON: all that the reference data say, digits and places, and what is refused in which
// words.

#include "agents/import/facts.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"

#include <dirent.h>
#include <math.h>
#include <string.h>

static co_facts facts;

static void free_facts(void) {
  co_facts_free(&facts);
  scratch_remove();
}

static co_status read_text(const char *text) {
  co_facts_free(&facts);
  const char *path = at("facts.json");
  ck_assert_msg(co_file_write(path, text, strlen(text)) == CO_OK, "%s", co_error_text());
  return co_facts_read_json(path, &facts);
}

static void ok(const char *text) {
  ck_assert_msg(read_text(text) == CO_OK, "%s", co_error_text());
}

static void refused(const char *text, const char *says) {
  ck_assert_int_eq(read_text(text), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), "facts.json: ") != NULL, "%s", co_error_text());
  ck_assert_msg(strstr(co_error_text(), says) != NULL, "\"%s\" does not say \"%s\"",
                co_error_text(), says);
  ck_assert_int_eq(facts.num_terms, 0);
  ck_assert_uint_eq(facts.memory.used, 0);
}

// ---- what they say

START_TEST(test_digits_and_places) {
  ok("{\"joints\": [\"a\", \"b\"], \"default_pose\": [0.5, -1.25], \"sim\": {\"timestep\": 0.005,"
     "\"substeps\": 4}, \"action\": {\"scale\": 0.25, \"clip\": null, \"kp\": [40.1792386, 20]},"
     "\"observation\": [{\"term\": \"joint_pos_rel\", \"dim\": 2, \"scale\": [1, 0.123]},"
     "{\"term\": \"last_action\", \"dim\": 2}]}");
  ck_assert_int_eq(facts.joints.count, 2);
  ck_assert_str_eq(facts.joints.name[1], "b");
  ck_assert_str_eq(facts.joints.at.place, "facts.json: joints");
  ck_assert_int_eq(facts.joints.at.from, CO_FROM_FILE);
  ck_assert_double_eq(facts.default_pose.value[1], -1.25);
  ck_assert_double_eq_tol(facts.default_pose.resolution[0], 0.0005, 1e-12);  // as if 0.500
  ck_assert_double_eq_tol(facts.default_pose.resolution[1], 0.005, 1e-12);
  ck_assert_double_eq_tol(facts.default_pose.at.resolution, 0.005, 1e-12);
  ck_assert_double_eq_tol(facts.kp.resolution[0], 5e-8, 1e-14);
  ck_assert_double_eq_tol(facts.kp.resolution[1], 0.05, 1e-12);
  ck_assert_double_eq(facts.control_dt.value, 0.02);
  ck_assert_int_eq(facts.control_dt.at.from, CO_FROM_INFERRED);
  ck_assert(facts.action_clip.at.stated && facts.action_clip.count == 0);
  ck_assert(!facts.torque_limit.at.stated);
  ck_assert_double_nan(facts.obs_dim.value);
  ck_assert_str_eq(facts.term[0].scale.at.place, "facts.json: observation.0.scale");
  ck_assert_int_eq(facts.term[1].start, 2);
}
END_TEST

START_TEST(test_words) {
  ok("{\"history\": {\"length\": 5, \"layout\": \"per term: oldest first, newest last\","
     "\"reset\": \"all slots filled with the first observation\"}, \"normalisation\":"
     "{\"where\": \"inside the graph\", \"formula\": \"(x - m) / s\"},"
     "\"command\": [0.5, 0], \"command_order\": [\"vx (m/s)\", \"yaw rate (rad/s)\"],"
     "\"order_note\": \"by name\", \"gait\": null,"
     "\"action\": {\"clip\": \"actuator ctrlrange\"}}");
  ck_assert_str_eq(facts.history_layout.value, "term");
  ck_assert_str_eq(facts.history_order.value, "oldest_first");
  ck_assert_str_eq(facts.history_reset.value, "first");
  ck_assert_str_eq(facts.normaliser.value, "inside");
  ck_assert_str_eq(facts.action_clip_of.value, "actuator ctrlrange");
  ck_assert_int_eq(facts.num_commands, 2);
  ck_assert_str_eq(facts.command[0].name, "vx");
  ck_assert_str_eq(facts.command[0].unit, "m/s");
  ck_assert_double_eq(facts.command[0].value, 0.5);
  ck_assert_str_eq(facts.command[1].name, "yaw");
  ck_assert_double_nan(facts.command[1].low);
}
END_TEST

// ---- what is refused

static const struct {
  const char *text, *says;
} wrong[] = {
    {"[]", "facts are one object"},
    {"{\"action\": {\"scal\": 1}}", "action.scal: is no key of facts; is it \"scale\"?"},
    {"{\"xyzzy\": 1}", "xyzzy: is no key of facts (docs/formats.md lists them)"},
    {"{\"joints\": \"a\"}", "joints: must be a list of names"},
    {"{\"joints\": [\"a\", \"a\"]}", "joints.1: \"a\" stands twice"},
    {"{\"joints\": [\"a\", 3]}", "joints.1: must be text"},
    {"{\"joints\": [\"a\\n\"]}", "joints.0: must be printable text"},
    {"{\"joints\": [\"a\"], \"default_pose\": [1, 2]}", "default_pose: 2 numbers for 1 joints"},
    {"{\"default_pose\": [1, \"x\"]}", "default_pose.1: must be a number"},
    {"{\"policy\": {\"action_dim\": 2}, \"action\": {\"kp\": [1, 2, 3]}}",
     "action.kp: 3 numbers for 2 actions"},
    {"{\"policy\": {\"obs_dim\": 2.5}}", "policy.obs_dim: 2.5 is no whole number"},
    {"{\"policy\": {\"obs_dim\": 0}}", "policy.obs_dim: 0 is out of range"},
    {"{\"sim\": 4}", "sim: must be an object"},
    {"{\"sim\": {\"frame_skip\": 4, \"substeps\": 4}}",
     "sim.substeps: says what \"sim.substeps\" says already"},
    {"{\"sim\": {\"timestep\": 0.005, \"substeps\": 4, \"control_dt\": 0.03}}",
     "sim.control_dt: 0.03 is not 4 steps of 0.005"},
    {"{\"action\": {\"clip\": [1, -1]}}", "action.clip: low 1 is above high -1"},
    {"{\"action\": {\"clip\": [1]}}", "action.clip: must be [low, high]"},
    {"{\"action\": {\"low\": [0, 2], \"high\": 1}}",
     "number 1 of action.low, 2, is above that of action.high, 1"},
    {"{\"action\": {\"kd\": [-1]}}", "action.kd.0: -1 is out of range"},
    {"{\"observation\": [{\"dim\": 3}]}", "observation.0: has no \"term\""},
    {"{\"observation\": [{\"term\": \"a\", \"dims\": 3}]}", "is it \"dim\"?"},
    {"{\"observation\": [{\"term\": \"a\", \"dim\": 3, \"scale\": [1, 2]}]}",
     "observation.0.scale: 2 numbers for 3 values of \"a\""},
    {"{\"observation\": [{\"term\": \"a\", \"dim\": 3}, {\"term\": \"b\", \"start\": 4}]}",
     "observation.1.start: 4, but the terms before end at 3"},
    {"{\"policy\": {\"obs_dim\": 4}, \"observation\": [{\"term\": \"a\", \"dim\": 3}]}",
     "the terms have 3 values, policy.obs_dim is 4"},
    {"{\"command\": [1, 2], \"command_order\": [\"vx\"]}",
     "command: 2 entries where the command has"},
    {"{\"history\": {\"layout\": \"sideways\"}}", "history.layout: \"sideways\" begins with none"},
    {"{\"normalisation\": {\"where\": \"maybe\"}}",
     "normalisation.where: \"maybe\" begins with none"},
    {"{\"normalisation\": {\"mean\": [1], \"var\": [1, 2]}}", "1 means, but 2 variances"},
};

START_TEST(test_refused) {
  refused(wrong[_i].text, wrong[_i].says);
}
END_TEST

// ---- two sources

static void add(const char *name, const char *text) {
  const char *path = at(name);
  ck_assert_msg(co_file_write(path, text, strlen(text)) == CO_OK, "%s", co_error_text());
  ck_assert_msg(co_facts_read_json(path, &facts) == CO_OK, "%s", co_error_text());
}

START_TEST(test_conflicts) {
  add("a.json",
      "{\"joints\": [\"a\", \"b\"], \"default_pose\": [0.1, 0.2],"
      "\"action\": {\"scale\": 0.25}}");
  // the same joints in another order, and a scale of three digits
  add("b.json",
      "{\"joints\": [\"b\", \"a\"], \"default_pose\": [0.2, 0.1],"
      "\"action\": {\"scale\": [0.2501, 0.25], \"kp\": [1, 2]}, \"name\": \"robot\"}");
  ck_assert_str_eq(facts.joints.name[0], "a");
  ck_assert_str_eq(facts.name.value, "robot");
  ck_assert_int_eq(facts.kp.count, 2);
  ck_assert_int_eq(facts.num_conflicts, 1);
  ck_assert_str_eq(facts.conflict[0].path, "joints.0");
  ck_assert_str_eq(facts.conflict[0].kept, "a (a.json: joints)");
  ck_assert_str_eq(facts.conflict[0].other, "b (b.json: joints)");
  add("c.json", "{\"action\": {\"scale\": 0.5}}");
  ck_assert_int_eq(facts.num_conflicts, 2);
  ck_assert_str_eq(facts.conflict[1].path, "action.scale.0");
  ck_assert_str_eq(facts.conflict[1].kept, "0.25 (a.json: action.scale)");
  ck_assert_double_eq(facts.action_scale.value[0], 0.25);
}
END_TEST

// Commands are matched by their names, not by their places.
START_TEST(test_two_commands) {
  add("a.json", "{\"command_order\": [\"vx (m/s)\", \"(rad/s)\"], \"command\": [0.5, 0]}");
  ck_assert_str_eq(facts.command[1].name, "(rad/s)");  // nothing but a unit
  add("b.json",
      "{\"command_order\": [\"vy\", \"vx\"], \"command_low\": [-3, -1],"
      "\"command_high\": [3, 1]}");
  ck_assert_double_eq(facts.command[0].low, -1);
  ck_assert_double_eq(facts.command[0].high, 1);
  ck_assert_double_nan(facts.command[1].low);
  ck_assert_int_eq(facts.num_conflicts, 1);
  ck_assert_str_eq(facts.conflict[0].path, "command");
  ck_assert_str_eq(facts.conflict[0].kept, "2 elements (a.json: command_order)");
  ck_assert_str_eq(facts.conflict[0].other, "vy (b.json: command_order)");
  add("c.json",
      "{\"command_order\": [\"vx\"], \"command_low\": [-1.0001],"
      "\"command_high\": [2]}");
  ck_assert_int_eq(facts.num_conflicts, 2);
  ck_assert_str_eq(facts.conflict[1].path, "command.vx.high");
}
END_TEST

// ---- damage

START_TEST(test_truncated_and_flipped) {
  static const char text[] =
      "{\"joints\": [\"a\", \"b\"], \"sim\": {\"timestep\": 0.005}, \"observation\": "
      "[{\"term\": \"command\", \"dim\": 3, \"clip\": [-1, 1]}], \"history\": {\"length\": 2}}";
  const char *path = at("facts.json");
  for (size_t size = 0; size < sizeof text - 1; size++) {
    ck_assert_int_eq(co_file_put(path, text, size), CO_OK);
    ck_assert_int_eq(co_facts_read_json(path, &facts), CO_DATA);
    ck_assert_uint_eq(facts.memory.used, 0);
  }
  char damaged[sizeof text];
  for (size_t bit = 0; bit < 8 * (sizeof text - 1); bit++) {
    memcpy(damaged, text, sizeof text);
    damaged[bit / 8] = (char)(damaged[bit / 8] ^ 1 << bit % 8);
    ck_assert_int_eq(co_file_put(path, damaged, sizeof text - 1), CO_OK);
    co_facts_free(&facts);
    co_status status = co_facts_read_json(path, &facts);
    ck_assert_msg(status == CO_OK || status == CO_DATA, "bit %zu: %s", bit, co_error_text());
  }
}
END_TEST

START_TEST(test_too_many) {
  co_buf text = {0};
  co_buf_puts(&text, "{\"default_pose\": [0");
  for (int i = 0; i < 2 * CO_NAME * 2048; i++) co_buf_puts(&text, ",0");
  co_buf_puts(&text, "]}");
  refused(text.data, "more than 65536 values");
  text.size = 0;
  for (int i = 0; i < 64; i++) co_buf_puts(&text, i < 40 ? "[" : "]");
  for (int i = 0; i < 16; i++) co_buf_puts(&text, "]");
  refused(text.data, "nested more than 32 deep");
  co_buf_free(&text);
}
END_TEST

// ---- the reference data

static co_status count_asked(void *context, const char *path, const co_json *value, co_origin from,
                             const char *place) {
  (void)path;
  ck_assert(from != CO_FROM_UNKNOWN || (co_json_is_null(value) && !*place));
  (*(int *)context)++;
  return CO_OK;
}

START_TEST(test_reference) {
  if (!test_shared()) return;
  char folder[2048], path[2400];
  snprintf(folder, sizeof folder, "%s/sim2sim", test_shared());
  DIR *dir = opendir(folder);
  int read = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    snprintf(path, sizeof path, "%s/%s/facts.json", folder, entry->d_name);
    if (entry->d_name[0] == '.' || !co_file_exists(path)) continue;
    co_facts one = {0};
    int told = 0;
    ck_assert_msg(co_facts_read_json(path, &one) == CO_OK, "%s", co_error_text());
    ck_assert_str_eq(one.name.value, entry->d_name);
    const co_fact_term *last = &one.term[one.num_terms - 1];
    ck_assert_int_eq(last->start + last->dim, (int)one.obs_dim.value);
    ck_assert_int_eq(one.num_conflicts, 0);
    ck_assert_int_eq(co_facts_list(&one, count_asked, &told), CO_OK);
    ck_assert_int_gt(told, 15);
    co_facts_free(&one);
    read++;
  }
  if (dir) closedir(dir);
  ck_assert_int_eq(read, 15);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("facts");
  TCase *tests = tcase_create("json");
  tcase_add_checked_fixture(tests, scratch_make, free_facts);
  tcase_add_test(tests, test_digits_and_places);
  tcase_add_test(tests, test_words);
  tcase_add_loop_test(tests, test_refused, 0, (int)(sizeof wrong / sizeof *wrong));
  tcase_add_test(tests, test_two_commands);
  tcase_add_test(tests, test_conflicts);
  tcase_add_test(tests, test_truncated_and_flipped);
  tcase_add_test(tests, test_too_many);
  tcase_add_test(tests, test_reference);
  suite_add_tcase(suite, tests);
  return suite;
}
