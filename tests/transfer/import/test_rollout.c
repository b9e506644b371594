// Recordings of other programs: the same steps in every format, and what is none.

#include "agents/data/zip.h"
#include "tests/support/scratch.h"
#include "transfer/import/rollout.h"

#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

// Two episodes of two steps: obs (2) = 10 k + i, action (1) = -k, qpos (1) = k / 2, qvel (1) = k.
static const char as_log[] =
    "{\"data\": [{\"obs\": [0, 1], \"action\": [0], \"qpos\": [0], \"qvel\": [0]},"
    "{\"obs\": [10, 11], \"action\": [-1], \"qpos\": [0.5], \"qvel\": [1]},"
    "{\"obs\": [20, 21], \"action\": [-2], \"qpos\": [1], \"qvel\": [2], \"reset\": true},"
    "{\"obs\": [30, 31], \"action\": [-3], \"qpos\": [1.5], \"qvel\": [3]}]}";
static const char as_list[] =
    " [{\"observation\": [0, 1], \"actions\": [0], \"qpos\": [0], \"qvel\": [0], \"t\": 0},"
    "{\"observation\": [10, 11], \"actions\": [-1], \"qpos\": [0.5], \"qvel\": [1]},"
    "{\"observation\": [20, 21], \"actions\": [-2], \"qpos\": [1], \"qvel\": [2], \"first\": true},"
    "{\"observation\": [30, 31], \"actions\": [-3], \"qpos\": [1.5], \"qvel\": [3]}]";
static const char as_columns[] =
    "{\"observations\": [[0, 1], [10, 11], [20, 21], [30, 31]], \"action\": [[0], [-1], [-2], "
    "[-3]],"
    "\"qpos\": [[0], [0.5], [1], [1.5]], \"qvel\": [[0], [1], [2], [3]],"
    "\"reset\": [true, false, true, false]}";
static const char as_csv[] =
    "episode,obs_1,obs_0,note,action/knee,qpos[0],qvel.0\r\n"
    "7,1,0,a,0,0,0\r\n7,11,10,,-1,0.5,1\r\n\r\n8,21,20,b,-2,1,2\r\n8,31,30,c,-3,1.5,3";

static void write_text(const char *name, const char *text) {
  ck_ok(co_file_put(at(name), text, strlen(text)));
}

static void put_array(co_zip_writer *zip, const char *name, const char *header, const void *bytes,
                      size_t size) {
  char head[128] = "\x93NUMPY\x01";
  int length = snprintf(head + 10, sizeof head - 10, "%-53s\n", header);
  head[8] = (char)length;
  ck_ok(co_zip_begin(zip, name));
  ck_ok(co_zip_write(zip, head, (size_t)length + 10));
  ck_ok(co_zip_write(zip, bytes, size));
  ck_ok(co_zip_end(zip));
}

// As np.savez_compressed writes a trace, with arrays that are not asked for.
static void write_npz(const char *name, const char *count) {
  static const float obs[] = {0, 1, 10, 11, 20, 21, 30, 31}, action[] = {0, -1, -2, -3};
  static const double qpos[] = {0, 0.5, 1, 1.5}, qvel[] = {0, 1, 2, 3};
  static const int64_t step[] = {0, 1, 0, 1};
  char shape[80];
  co_zip_writer zip;
  ck_ok(co_zip_create(at(name), &zip));
  put_array(&zip, "obs.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2)}", obs,
            sizeof obs);
  snprintf(shape, sizeof shape, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s, 1)}",
           count);
  put_array(&zip, "action.npy", shape, action, sizeof action);
  put_array(&zip, "qpos.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 1)}", qpos,
            sizeof qpos);
  put_array(&zip, "qvel.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 1)}", qvel,
            sizeof qvel);
  put_array(&zip, "episode_step.npy", "{'descr': '<i8', 'fortran_order': False, 'shape': (4,)}",
            step, sizeof step);
  put_array(&zip, "meta.npy", "{'descr': '<U1', 'fortran_order': False, 'shape': ()}", "{\0\0\0",
            4);
  ck_ok(co_zip_commit(&zip));
  co_zip_discard(&zip);
}

static void check_rollout(const char *name) {
  co_rollout rollout;
  ck_ok(co_rollout_read(at(name), &rollout));
  ck_assert_int_eq(rollout.steps, 4);
  ck_assert_int_eq(rollout.episodes, 2);
  ck_assert_int_eq(rollout.obs_dim, 2);
  ck_assert_int_eq(rollout.act_dim, 1);
  ck_assert_int_eq(rollout.nq, 1);
  ck_assert_int_eq(rollout.nv, 1);
  for (int k = 0; k < 4; k++) {
    ck_assert_double_eq(rollout.obs[2 * k], 10 * k);
    ck_assert_double_eq(rollout.obs[2 * k + 1], 10 * k + 1);
    ck_assert_double_eq(rollout.action[k], -k);
    ck_assert_double_eq(rollout.qpos[k], k / 2.0);
    ck_assert_double_eq(rollout.qvel[k], k);
    ck_assert(rollout.has_obs[k]);
    ck_assert(rollout.begins[k] == (k % 2 == 0));
  }
  co_rollout_free(&rollout);
}

START_TEST(test_formats) {
  write_text("log.json", as_log);
  write_text("list.json", as_list);
  write_text("columns.json", as_columns);
  write_text("steps.csv", as_csv);
  write_npz("golden.npz", "4");
  static const char *const name[] = {"log.json",  "list.json",  "columns.json",
                                     "steps.csv", "golden.npz", "."};
  for (size_t i = 0; i < sizeof name / sizeof *name; i++) check_rollout(name[i]);
}
END_TEST

// The first episode as what replay reads.
START_TEST(test_log) {
  co_rollout rollout;
  co_json *log;
  write_text("steps.csv", as_csv);
  ck_ok(co_rollout_read(at("steps.csv"), &rollout));
  ck_assert(!rollout.is_log);
  ck_ok(co_rollout_log(&rollout, "steps.csv", &log));
  co_rollout_free(&rollout);
  const co_json *data = co_json_get(log, "data"), *step = co_json_at(data, 1);
  ck_assert_uint_eq(co_json_count(data), 2);
  ck_assert_double_eq(co_json_as_number(co_json_at(co_json_get(step, "obs"), 1), 0), 11);
  ck_assert_double_eq(co_json_as_number(co_json_at(co_json_get(step, "qpos"), 0), 0), 0.5);
  co_json_free(log);
  write_text("log.json", as_log);
  ck_ok(co_rollout_read(at("log.json"), &rollout));
  ck_assert(rollout.is_log);
  co_rollout_free(&rollout);
  write_text("plain.csv", "obs_0,action_0\n1,2\n");
  ck_ok(co_rollout_read(at("plain.csv"), &rollout));
  ck_assert_int_eq(co_rollout_log(&rollout, "plain.csv", &log), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "plain.csv: holds no qpos and qvel"));
  co_rollout_free(&rollout);
}
END_TEST

static const struct refused {
  const char *name, *text, *says;
} refused[] = {
    {"a.json", "{", "a.json:1"},
    {"a.json", "{}", "is no recording"},
    {"a.json", "[]", "data: must be a list of steps"},
    {"a.json", "{\"data\": 3}", "data: must be a list of steps"},
    {"a.json", "{\"data\": [{\"obs\": [1]}]}", "holds no action"},
    {"a.json", "{\"data\": [{\"action\": [1]}]}", "holds no obs"},
    {"a.json", "{\"data\": [{\"obs\": [1], \"action\": [1], \"qpos\": [1]}]}", "qpos without qvel"},
    {"a.json", "{\"data\": [{\"obs\": [1], \"action\": [1]}, 3]}", "data[1]: must be {obs"},
    {"a.json", "{\"data\": [{\"obs\": [1], \"action\": [1]}, {\"obs\": [1, 2], \"action\": [1]}]}",
     "obs[1]: must be 1 numbers"},
    {"a.json", "{\"data\": [{\"obs\": [1], \"action\": [null]}]}", "action[0]: number 0"},
    {"a.json", "{\"data\": [{\"obs\": [\"x\"], \"action\": [1]}]}", "obs[0]: number 0"},
    {"a.json", "{\"obs\": [[1], [2]], \"action\": [[1]]}", "action: has 1 steps, obs has 2"},
    {"a.csv", "", "a.csv: this is an empty file, and no recording"},
    {"a.npz", "version https://git-lfs.github.com/spec/v1\n", "pointer of Git LFS"},
    {"a.csv", "time,height\n1,2\n", "names no columns"},
    {"a.csv", "obs_0,action_0\n", "has 0 steps"},
    {"a.csv", "obs_0,action_0\n1\n", "a.csv:2: has fewer cells"},
    {"a.csv", "obs_0,action_0\n1,2,3\n", "a.csv:2: has more cells"},
    {"a.csv", "obs_0,action_0\n1,2\n1,nan\n", "a.csv:3: cell 2 is no finite number"},
    {"a.csv", "obs_0,action_0\n1,\n", "a.csv:2: cell 2"},
    {"a.csv", "obs_0,obs_5,action_0\n1,2,3\n", "obs is numbered up to 5 and has 2 columns"},
    {"a.csv", "obs_0,obs_0,action_0\n1,2,3\n", "obs_0 appears twice"},
    {"a.npz", "PK nothing", "a.npz: offset"},
};

START_TEST(test_refused) {
  const struct refused *one = &refused[_i];
  co_rollout rollout;
  write_text(one->name, one->text);
  ck_assert_int_eq(co_rollout_read(at(one->name), &rollout), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), one->says), "\"%s\" does not say \"%s\"", co_error_text(),
                one->says);
  ck_assert_ptr_null(rollout.obs);
}
END_TEST

// Names of more columns than anybody would compare with each other.
START_TEST(test_twice) {
  enum { COLUMNS = 5000 };
  co_buf text = {0};
  co_rollout rollout;
  for (int i = 0; i < COLUMNS; i++) co_buf_printf(&text, "obs_%d,", i == COLUMNS - 1 ? 7 : i);
  co_buf_puts(&text, "action_0\n");
  for (int i = 0; i < COLUMNS; i++) co_buf_puts(&text, "1,");
  co_buf_puts(&text, "2\n");
  ck_assert_int_eq(co_rollout_parse(text.data, text.size, "a.csv", &rollout), CO_DATA);
  ck_assert_str_eq(co_error_text(), "a.csv:1: obs_7 appears twice");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_missing) {
  co_rollout rollout;
  ck_assert_int_eq(co_rollout_read(at("none.npz"), &rollout), CO_NO_INPUT);
  ck_assert_int_eq(co_rollout_read(at("."), &rollout), CO_NO_INPUT);
}
END_TEST

// Of every cut and every flipped bit: the same rollout, or a sentence.
static void try_bytes(const char *name, const char *bytes, size_t size) {
  co_rollout rollout;
  ck_ok(co_file_put(at(name), bytes, size));
  if (co_rollout_read(at(name), &rollout) == CO_OK)
    co_rollout_free(&rollout);
  else
    ck_assert_ptr_nonnull(strstr(co_error_text(), name));
}

START_TEST(test_damage) {
  static const char *const name[] = {"golden.npz", "steps.csv", "log.json"};
  write_text("steps.csv", as_csv);
  write_text("log.json", as_log);
  write_npz("golden.npz", "4");
  co_buf whole = {0};
  ck_ok(co_file_read(at(name[_i]), 0, &whole));
  for (size_t cut = 0; cut < whole.size; cut += TEST_SANITIZED ? 7 : 3)
    try_bytes("damaged", whole.data, cut);
  for (size_t i = 0; i < whole.size; i += TEST_SANITIZED ? 5 : 1) {
    whole.data[i] ^= (char)(1 << i % 8);
    try_bytes("damaged", whole.data, whole.size);
    whole.data[i] ^= (char)(1 << i % 8);
  }
  co_buf_free(&whole);
  co_rollout rollout;
  write_npz("other.npz", "3");
  ck_assert_int_eq(co_rollout_read(at("other.npz"), &rollout), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "action.npy: it has another size than its shape"));
  write_npz("wide.npz", "0, 2000000)");  // a row of which nothing is there
  ck_assert_int_eq(co_rollout_read(at("wide.npz"), &rollout), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "action.npy: its shape is out of range"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("rollout");
  TCase *tests = tcase_create("rollout");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, test_formats);
  tcase_add_test(tests, test_log);
  tcase_add_loop_test(tests, test_refused, 0, sizeof refused / sizeof *refused);
  tcase_add_test(tests, test_twice);
  tcase_add_test(tests, test_missing);
  tcase_add_loop_test(tests, test_damage, 0, 3);
  tcase_set_timeout(tests, 60);
  suite_add_tcase(suite, tests);
  return suite;
}
