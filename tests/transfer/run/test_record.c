// done.json: round trip, and that anything changed in it is noticed.

#include "tests/transfer/study_fixture.h"
#include "transfer/run/record.h"

#include <math.h>
#include <sys/mman.h>

static co_evaluation make_evaluation(int count) {
  co_evaluation eval = {
      .count = count, .has_success = true, .episode = calloc((size_t)count, sizeof(co_episode))};
  ck_assert_ptr_nonnull(eval.episode);
  for (int i = 0; i < count; i++)
    eval.episode[i] = (co_episode){.ret = -100.0 / 3 - i,
                                   .length = 200 - i,
                                   .terminated = i == 1,
                                   .truncated = i != 1,
                                   .success = i == 0,
                                   .trace_hash = 0xfedcba9876543210u + (uint64_t)i};
  ck_ok(co_evaluation_summarize(&eval));
  return eval;
}

static co_record make_record(void) {
  co_record record = {.id = "transfer.a.b.full.s0",
                      .build = "0.1.0 test",
                      .libc = "glibc 2.36",
                      .definition_hash = 0x0123456789abcdefu,
                      .num_inputs = 1,
                      .input = {{"source.a.-.-.s0", 0xffffffffffffffffu}},
                      .policy_hash = 77,
                      .action_difference = 0,
                      .entropy = 1.4189385332046727,
                      .explained_variance = NAN,
                      .env_steps = 2048,
                      .gradient_steps = 320,
                      .faults = 0};
  record.tensor = calloc(2, sizeof *record.tensor);
  record.num_tensors = 2;
  record.tensor[0] = (co_tensor_record){"actor.mean.weight", 2, {1, 32}, "copied", true, 1, 2, 0.1};
  record.tensor[1] = (co_tensor_record){"obs_norm.mean", 1, {3}, "copied", false, 3, 3, 0};
  for (int i = 0; i < 3; i++) {
    co_evaluation eval = make_evaluation(2 + i);
    ck_ok(co_record_add_point(&record, 1024 * i, i == 2, i > 0, &eval));
    ck_assert_ptr_null(eval.episode);  // moved
  }
  return record;
}

// A file in memory: thousands of mutations would take half a minute on a disk.
static co_status read_text(const char *text, size_t size, co_record *out) {
  char path[64];
  int fd = memfd_create("done.json", 0);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  co_status status = co_record_read(path, out);
  close(fd);
  return status;
}

static void assert_equal_points(const co_point *a, const co_point *b) {
  ck_assert_int_eq(a->step, b->step);
  ck_assert_int_eq(a->in_source, b->in_source);
  ck_assert_int_eq(a->is_final, b->is_final);
  ck_assert_int_eq(a->eval.count, b->eval.count);
  ck_assert_double_eq(a->eval.mean, b->eval.mean);
  ck_assert_double_eq(a->eval.std, b->eval.std);
  ck_assert_int_eq(a->eval.has_success, b->eval.has_success);
  ck_assert_double_eq(a->eval.success_rate, b->eval.success_rate);
  for (int i = 0; i < a->eval.count; i++) {
    const co_episode *x = &a->eval.episode[i], *y = &b->eval.episode[i];
    ck_assert_double_eq(x->ret, y->ret);
    ck_assert_int_eq(x->length, y->length);
    ck_assert_int_eq(x->terminated, y->terminated);
    ck_assert_int_eq(x->truncated, y->truncated);
    ck_assert_int_eq(x->success, y->success);
    ck_assert_uint_eq(x->trace_hash, y->trace_hash);
  }
}

static void assert_equal_records(const co_record *a, const co_record *b) {
  ck_assert_str_eq(a->id, b->id);
  ck_assert_str_eq(a->build, b->build);
  ck_assert_str_eq(a->failed, b->failed);
  ck_assert_uint_eq(a->definition_hash, b->definition_hash);
  ck_assert_uint_eq(a->policy_hash, b->policy_hash);
  ck_assert_int_eq(a->num_inputs, b->num_inputs);
  ck_assert_str_eq(a->input[0].name, b->input[0].name);
  ck_assert_uint_eq(a->input[0].hash, b->input[0].hash);
  ck_assert_double_eq(a->action_difference, b->action_difference);
  ck_assert_double_eq(a->entropy, b->entropy);
  ck_assert_double_nan(b->explained_variance);
  ck_assert_int_eq(a->env_steps, b->env_steps);
  ck_assert_int_eq(a->gradient_steps, b->gradient_steps);
  ck_assert_str_eq(a->libc, b->libc);
  ck_assert_int_eq(a->num_tensors, b->num_tensors);
  for (int i = 0; i < a->num_tensors; i++)
    ck_assert_int_eq(memcmp(&a->tensor[i], &b->tensor[i], sizeof a->tensor[i]), 0);
  ck_assert_int_eq(a->num_points, b->num_points);
  for (int i = 0; i < a->num_points; i++) assert_equal_points(&a->point[i], &b->point[i]);
}

START_TEST(what_is_written_reads_back) {
  co_record record = make_record(), read;
  co_buf text = {0}, again = {0};
  ck_ok(co_record_write(&record, &text));
  ck_ok(read_text(text.data, text.size, &read));
  assert_equal_records(&record, &read);
  ck_ok(co_record_write(&read, &again));
  ck_assert_str_eq(text.data, again.data);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
  co_buf_free(&again);
}
END_TEST

START_TEST(a_failed_training_reads_back) {
  co_record record = make_record(), read;
  strcpy(record.failed, "update 3: the loss is not finite");
  record.policy_hash = 0;
  record.action_difference = NAN;
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "\"policy_hash\": null"));
  ck_assert_ptr_nonnull(strstr(text.data, "\"step0_action_difference\": null"));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_str_eq(read.failed, record.failed);
  ck_assert_uint_eq(read.policy_hash, 0);
  ck_assert_double_nan(read.action_difference);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

START_TEST(a_faulty_episode_counts_nowhere) {
  co_record record = {.id = "x", .build = "y"}, read;
  co_evaluation eval = make_evaluation(3);
  eval.episode[2].ret = NAN;
  eval.episode[2].fault = 1;
  ck_ok(co_evaluation_summarize(&eval));
  double mean = eval.mean;
  ck_ok(co_record_add_point(&record, 0, false, true, &eval));
  ck_assert_int_eq(record.faults, 1);
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_assert_ptr_null(strstr(text.data, "nan"));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_int_eq(read.faults, 1);
  ck_assert_int_eq(read.point[0].eval.faults, 1);
  ck_assert_double_eq(read.point[0].eval.mean, mean);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

START_TEST(without_a_success_flag_nothing_is_said) {
  co_record record = {.id = "x", .build = "y"}, read;
  co_evaluation eval = make_evaluation(3);
  eval.has_success = false;
  ck_ok(co_evaluation_summarize(&eval));
  ck_ok(co_record_add_point(&record, 0, false, true, &eval));
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "\"success\": null"));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert(!read.point[0].eval.has_success);
  ck_assert_double_nan(read.point[0].eval.success_rate);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

START_TEST(a_record_of_an_unknown_c_library_is_one) {
  co_record record = make_record(), read;
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  co_json *root;
  ck_ok(co_json_parse(text.data, text.size, "record", &root));
  ck_assert_str_eq(co_json_get_string(root, "libc"), "glibc 2.36");
  co_json_free(root);
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_str_eq(read.libc, "glibc 2.36");
  co_record_free(&read);
  memcpy(strstr(text.data, "\"libc\""), "\"else\"", strlen("\"else\""));
  fixture_sign(&text);
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_str_eq(read.libc, "unknown");
  co_record_free(&read);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

START_TEST(the_final_point_is_found_by_world) {
  co_record record = make_record();
  ck_assert_ptr_eq(co_record_final(&record, false), &record.point[1]);
  ck_assert_ptr_eq(co_record_final(&record, true), &record.point[2]);
  record.point[2].is_final = false;
  ck_assert_ptr_null(co_record_final(&record, true));
  co_record_free(&record);
}
END_TEST

// --- damage ---

static void assert_damaged(const char *text, size_t size, const char *what, size_t at) {
  co_record read;
  co_status status = read_text(text, size, &read);
  ck_assert_msg(status == CO_DATA, "%s at %zu is read as status %d", what, at, status);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "/proc/self/fd/"));  // the file's name
}

START_TEST(every_truncation_is_noticed) {
  co_record record = make_record();
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  for (size_t size = 0; size < text.size; size++) assert_damaged(text.data, size, "a cut", size);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

START_TEST(every_changed_byte_is_noticed) {
  co_record record = make_record();
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  for (size_t i = 0; i < text.size; i++) {
    char byte = text.data[i];
    text.data[i] = (char)(byte ^ (1 << i % 8));
    assert_damaged(text.data, text.size, "a flipped bit", i);
    text.data[i] = byte;
  }
  assert_damaged("", 0, "nothing", 0);
  assert_damaged("{}\n", 3, "an empty object", 0);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

// what lies behind the checksum: text that was changed and signed again
static const struct {
  const char *from, *to;
} forged[] = {
    {"\"id\": \"transfer", "\"di\": \"transfer"},
    {"\"id\": \"",
     "\"id\": "
     "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
     "123"
     "456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
     "7890"},
    {"\"0123456789abcdef\"", "\"0123456789abcdeg\""},
    {"\"0123456789abcdef\"", "\"0123456789abcdef0\""},
    {"\"0123456789abcdef\"", "12"},
    {"\"inputs\": {", "\"inputs\": {\"x\": \"0000000000000001\", \"y\": \"0000000000000001\", "},
    {"\"inputs\": {", "\"inputs\": {\"x\": 7, "},
    {"\"shape\": [", "\"shape\": [1e300, "},
    {"\"shape\": [", "\"shape\": [-1, "},
    {"\"shape\": [", "\"shape\": [], \"other\": ["},
    {"\"status\": \"copied\"", "\"status\": \"copied and more\""},
    {"\"tensors\": [", "\"tensors\": [7, "},
    {"\"tensors\": [", "\"tensors\": {}, \"other\": ["},
    {"\"evaluations\": [", "\"evaluations\": [null, "},
    {"\"episodes\": [", "\"episodes\": [], \"other\": ["},
    {"\"episodes\": [", "\"episodes\": {}, \"other\": ["},
    {"\"length\": 200", "\"length\": -1"},
    {"\"return\": -33.", "\"teturn\": -33."},
    {"\"trace\": \"fedcba9876543210\"", "\"trace\": null"},
    {"\"evaluated_in\": \"target\"", "\"evaluated_in\": 1"},
    {"\"evaluated_in\": \"target\"", "\"evaluated_in\": \"tarket\""},
    {"\"format\": 1", "\"format\": 7"},
};
START_TEST(wrong_content_is_refused_behind_a_right_checksum) {
  co_record record = make_record(), read;
  co_buf text = {0}, changed = {0};
  ck_ok(co_record_write(&record, &text));
  const char *at = strstr(text.data, forged[_i].from);
  ck_assert_msg(at != NULL, "%s", forged[_i].from);
  co_buf_add(&changed, text.data, (size_t)(at - text.data));
  co_buf_puts(&changed, forged[_i].to);
  co_buf_puts(&changed, at + strlen(forged[_i].from));
  fixture_sign(&changed);
  ck_fails(read_text(changed.data, changed.size, &read), CO_DATA,
           "not the record of a finished trial");
  co_record_free(&record);
  co_buf_free(&text);
  co_buf_free(&changed);
}
END_TEST

START_TEST(a_missing_file_is_missing_input) {
  co_record read;
  ck_assert_int_eq(co_record_read(fixture_path("none.json"), &read), CO_NO_INPUT);
  ck_assert_int_eq(co_record_read(fixture_folder, &read), CO_IO);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("record");
  TCase *whole = tcase_create("whole");
  tcase_add_checked_fixture(whole, fixture_setup, fixture_teardown);
  tcase_add_test(whole, what_is_written_reads_back);
  tcase_add_test(whole, a_failed_training_reads_back);
  tcase_add_test(whole, a_faulty_episode_counts_nowhere);
  tcase_add_test(whole, without_a_success_flag_nothing_is_said);
  tcase_add_test(whole, a_record_of_an_unknown_c_library_is_one);
  tcase_add_test(whole, the_final_point_is_found_by_world);
  tcase_add_test(whole, a_missing_file_is_missing_input);
  suite_add_tcase(suite, whole);
  TCase *damaged = tcase_create("damaged");
  tcase_add_checked_fixture(damaged, fixture_setup, fixture_teardown);
  tcase_set_timeout(damaged, 60);
  tcase_add_test(damaged, every_truncation_is_noticed);
  tcase_add_test(damaged, every_changed_byte_is_noticed);
  tcase_add_loop_test(damaged, wrong_content_is_refused_behind_a_right_checksum, 0,
                      sizeof forged / sizeof *forged);
  suite_add_tcase(suite, damaged);
  return suite;
}
