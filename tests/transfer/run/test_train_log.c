// Logs of a training: what stands in the files, where they are cut, and what a full disk leaves.

#include "core/json.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/private/event_file.h"
#include "transfer/run/private/train_log.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static const char *folder(void) {
  return fixture_path("log");
}

static co_buf content(int kind) {
  co_buf bytes = {0};
  char name[64];
  snprintf(name, sizeof name, "log/%s", co_train_log_names[kind]);
  ck_ok(co_file_read(fixture_path(name), 0, &bytes));
  return bytes;
}

static bool exists(int kind) {
  char name[64];
  snprintf(name, sizeof name, "log/%s", co_train_log_names[kind]);
  return co_file_exists(fixture_path(name));
}

static co_learner_stats row(int update) {
  co_learner_stats stats = co_learner_stats_none;
  stats.updates = update;
  stats.env_steps = 2048 * update;
  stats.entropy = 0.1 * update;
  stats.grad_norm = INFINITY;
  stats.wall_s = 3.5;
  return stats;
}

static void write_rows(co_train_log *log, int from, int to) {
  for (int update = from; update <= to; update++) {
    co_learner_stats stats = row(update);
    ck_ok(co_train_log_write(log, &stats));
  }
}

static co_train_log *open_at(bool events, const co_train_log_position *position) {
  co_train_log *log;
  ck_ok(co_train_log_open(folder(), events, NULL, false, position, &log));
  return log;
}

static int count_of(const char *text, char c) {
  int count = 0;
  for (; *text; text++) count += *text == c;
  return count;
}

static int num_logged(void) {
  int count = 0;
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++)
    count += co_learner_metrics[i].logged == CO_LOGGED;
  return count;
}

// ---- content ----

START_TEST(test_jsonl) {
  co_train_log *log = open_at(false, NULL);
  write_rows(log, 1, 3);
  co_train_log_close(log);
  co_buf bytes = content(CO_LOG_JSONL);
  char *line = bytes.data;
  for (int update = 1; update <= 3; update++) {
    size_t length = strcspn(line, "\n");
    co_json *object;
    ck_ok(co_json_parse(line, length, "log.jsonl", &object));
    ck_assert_uint_eq(co_json_count(object), (size_t)num_logged());
    ck_assert_int_eq(co_json_get_int(object, "env_steps", -1), 2048 * update);
    ck_assert(co_json_get_number(object, "entropy", NAN) == 0.1 * update);
    ck_assert(co_json_get(object, "grad_norm") &&
              co_json_is_null(co_json_get(object, "grad_norm")));
    ck_assert(co_json_is_null(co_json_get(object, "alpha")));
    ck_assert_ptr_null(co_json_get(object, "wall_s"));
    co_json_free(object);
    line += length + 1;
  }
  ck_assert_str_eq(line, "");
  co_buf_free(&bytes);
}
END_TEST

// Names in the order of the table; a cell for each, empty where there is no number.
START_TEST(test_csv) {
  co_train_log *log = open_at(false, NULL);
  write_rows(log, 1, 2);
  co_train_log_close(log);
  co_buf bytes = content(CO_LOG_CSV);
  char *saved = NULL, *names = strtok_r(bytes.data, "\n", &saved);
  char *first = strtok_r(NULL, "\n", &saved), *second = strtok_r(NULL, "\n", &saved);
  ck_assert_ptr_null(strtok_r(NULL, "\n", &saved));
  ck_assert_int_eq(strncmp(names, "env_steps,warmup_steps,updates,", 31), 0);
  ck_assert_ptr_null(strstr(names, "_s,"));
  char *const lines[] = {names, first, second};
  for (int i = 0; i < 3; i++) ck_assert_int_eq(count_of(lines[i], ','), num_logged() - 1);
  ck_assert_int_eq(strncmp(first, "2048,0,1,", 9), 0);
  ck_assert_int_eq(strncmp(second, "4096,0,2,", 9), 0);
  ck_assert_ptr_nonnull(strstr(first, ",,"));
  ck_assert_ptr_nonnull(strstr(second, ",0.20000000000000001,"));
  ck_assert_ptr_null(strstr(first, "inf"));
  co_buf_free(&bytes);
}
END_TEST

// Of learners that are given data alone, so that other logs stay what they were.
START_TEST(test_columns_of_data) {
  co_train_log *log;
  ck_ok(co_train_log_open(folder(), false, NULL, _i, NULL, &log));
  write_rows(log, 1, 1);
  co_train_log_close(log);
  for (int kind = CO_LOG_JSONL; kind <= CO_LOG_CSV; kind++) {
    co_buf bytes = content(kind);
    ck_assert_int_eq(strstr(bytes.data, "held_out_loss") != NULL, _i);
    co_buf_free(&bytes);
  }
}
END_TEST

START_TEST(test_events) {
  co_train_log *log = open_at(true, NULL);
  co_train_log_position position;
  ck_ok(co_train_log_sync(log, &position));
  write_rows(log, 1, 1);
  co_train_log_close(log);
  co_buf bytes = content(CO_LOG_EVENTS), begin = {0};
  co_event_begin(&begin);
  ck_assert_int_eq(position.size[CO_LOG_EVENTS], (int64_t)begin.size);
  ck_assert_mem_eq(bytes.data, begin.data, begin.size);
  ck_assert_ptr_nonnull(memmem(bytes.data, bytes.size, "train/entropy", 13));
  ck_assert_ptr_null(memmem(bytes.data, bytes.size, "grad_norm", 9));  // no number
  ck_assert_ptr_null(memmem(bytes.data, bytes.size, "wall_s", 6));
  co_buf_free(&bytes);
  co_buf_free(&begin);
}
END_TEST

// A loss term of the strategy has a column of its own, in its place in the table, and only then.
START_TEST(test_terms_have_columns) {
  co_loss_def term = {.term = "kl_to_source", .weight = 1, .half_life = NAN};
  co_strategy strategy = {.name = "x", .loss = {1, {&term}}};
  co_learner_stats stats = row(1);
  stats.kl_to_source = 0.25;
  co_train_log *log;
  ck_ok(co_train_log_open(folder(), true, &strategy, false, NULL, &log));
  ck_ok(co_train_log_write(log, &stats));
  co_train_log_close(log);
  co_buf table = content(CO_LOG_CSV), lines = content(CO_LOG_JSONL),
         events = content(CO_LOG_EVENTS);
  ck_assert_ptr_nonnull(strstr(table.data, ",mean_value,kl_to_source\n"));
  ck_assert_ptr_nonnull(strstr(table.data, ",,0.25\n"));
  ck_assert_ptr_nonnull(strstr(lines.data, "\"kl_to_source\": 0.25}"));
  ck_assert_ptr_nonnull(memmem(events.data, events.size, "train/kl_to_source", 18));
  ck_ok(co_train_log_restore_events(folder()));
  co_buf again = content(CO_LOG_EVENTS);
  ck_assert_uint_eq(again.size, events.size);
  ck_assert_mem_eq(again.data, events.data, again.size);
  co_buf_free(&table);
  co_buf_free(&lines);
  co_buf_free(&events);
  co_buf_free(&again);
}
END_TEST

START_TEST(test_events_only_when_asked) {
  co_train_log_close(open_at(true, NULL));
  ck_assert(exists(CO_LOG_EVENTS));
  co_train_log_close(open_at(false, NULL));
  ck_assert(!exists(CO_LOG_EVENTS) && exists(CO_LOG_JSONL) && exists(CO_LOG_CSV));
}
END_TEST

// ---- going on ----

// Cut at the checkpoint's position and written on: the same bytes as in one go.
START_TEST(test_goes_on) {
  co_buf whole[CO_NUM_LOGS];
  co_train_log *log = open_at(true, NULL);
  write_rows(log, 1, 9);
  co_train_log_close(log);
  for (int i = 0; i < CO_NUM_LOGS; i++) whole[i] = content(i);
  co_train_log_position position;
  log = open_at(true, NULL);
  write_rows(log, 1, _i);
  ck_ok(co_train_log_sync(log, &position));
  write_rows(log, _i + 1, 7);  // lost with the process
  co_train_log_close(log);
  log = open_at(true, &position);
  write_rows(log, _i + 1, 9);
  co_train_log_close(log);
  for (int i = 0; i < CO_NUM_LOGS; i++) {
    co_buf bytes = content(i);
    ck_assert_uint_eq(bytes.size, whole[i].size);
    ck_assert_mem_eq(bytes.data, whole[i].data, bytes.size);
    co_buf_free(&bytes);
    co_buf_free(&whole[i]);
  }
}
END_TEST

// A log that was cut by somebody else cannot be gone on with, and stays as it is.
START_TEST(test_shorter_than_its_checkpoint) {
  co_train_log_position position;
  co_train_log *log = open_at(true, NULL);
  write_rows(log, 1, 4);
  ck_ok(co_train_log_sync(log, &position));
  co_train_log_close(log);
  position.size[_i]++;
  position.size[(_i + 1) % CO_NUM_LOGS] = 0;
  ck_fails(co_train_log_open(folder(), true, NULL, false, &position, &log), CO_DATA,
           co_train_log_names[_i]);
  ck_assert_ptr_null(log);
  for (int i = 0; i < CO_NUM_LOGS; i++) {
    co_buf bytes = content(i);
    if (i == _i) ck_assert_int_eq((int64_t)bytes.size, position.size[i] - 1);
    ck_assert_uint_gt(bytes.size, 50);
    co_buf_free(&bytes);
  }
}
END_TEST

// Switched off and on again while a training goes on: the other logs lose nothing.
START_TEST(test_events_that_are_gone_begin_anew) {
  co_train_log_position position;
  co_train_log *log = open_at(true, NULL);
  write_rows(log, 1, 4);
  ck_ok(co_train_log_sync(log, &position));
  co_train_log_close(log);
  co_train_log_close(open_at(false, &position));
  ck_assert(!exists(CO_LOG_EVENTS));
  log = open_at(true, &position);
  write_rows(log, 5, 5);
  co_train_log_close(log);
  co_buf events = content(CO_LOG_EVENTS), table = content(CO_LOG_CSV), begin = {0};
  co_event_begin(&begin);
  ck_assert_uint_gt(events.size, begin.size);
  ck_assert_mem_eq(events.data, begin.data, begin.size);
  ck_assert_int_eq(count_of(table.data, '\n'), 1 + 5);
  co_buf_free(&events);
  co_buf_free(&table);
  co_buf_free(&begin);
}
END_TEST

START_TEST(test_cannot_be_made) {
  co_train_log *log;
  fixture_write("log", "a file");
  ck_assert_int_ne(co_train_log_open(folder(), false, NULL, false, NULL, &log), CO_OK);
  ck_assert_ptr_null(log);
  ck_assert_int_eq(unlink(folder()), 0);
  ck_ok(co_dir_create(fixture_path("log/log.csv")));
  ck_fails(co_train_log_open(folder(), false, NULL, false, NULL, &log), CO_CREATE, "log.csv");
  co_train_log_close(NULL);
}
END_TEST

// ---- a full disk ----

static void limit_files(rlim_t size) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = size;
  setrlimit(RLIMIT_FSIZE, &limit);
}

// Rows that do not fit are kept, in part too, and follow when there is room. Nothing is asserted
// while the limit holds: Check writes a line for each assertion into a file of its own, which would
// be cut as well.
START_TEST(test_full_disk) {
  co_train_log_position position;
  signal(SIGXFSZ, SIG_IGN);
  co_train_log *log = open_at(false, NULL);
  write_rows(log, 1, 2);
  co_learner_stats rows[4] = {row(3), row(4), row(5), row(6)};
  co_status written = CO_OK;
  limit_files(1000);
  for (int i = 0; i < 4 && !written; i++) written = co_train_log_write(log, &rows[i]);
  co_status synced = co_train_log_sync(log, &position);
  bool names_the_file = strstr(co_error_text(), "log.jsonl");
  co_status finished = co_train_log_finish(log);
  limit_files(RLIM_INFINITY);
  ck_ok(written);
  ck_assert_int_eq(synced, CO_IO);
  ck_assert(names_the_file);
  ck_assert_int_eq(finished, CO_IO);
  co_buf cut = content(CO_LOG_JSONL);
  ck_assert_uint_eq(cut.size, 1000);
  co_buf_free(&cut);
  ck_ok(co_train_log_finish(log));
  ck_ok(co_train_log_keep(folder()));
  write_rows(log, 7, 7);
  co_train_log_close(log);
  co_buf late = content(CO_LOG_JSONL);
  log = open_at(false, NULL);
  write_rows(log, 1, 7);
  co_train_log_close(log);
  co_buf whole = content(CO_LOG_JSONL);
  ck_assert_uint_eq(late.size, whole.size);
  ck_assert_mem_eq(late.data, whole.data, whole.size);
  co_buf_free(&late);
  co_buf_free(&whole);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("train_log");
  TCase *tc = tcase_create("log");
  tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
  tcase_add_test(tc, test_jsonl);
  tcase_add_test(tc, test_csv);
  tcase_add_loop_test(tc, test_columns_of_data, 0, 2);
  tcase_add_test(tc, test_events);
  tcase_add_test(tc, test_events_only_when_asked);
  tcase_add_test(tc, test_terms_have_columns);
  tcase_add_loop_test(tc, test_goes_on, 0, 8);
  tcase_add_loop_test(tc, test_shorter_than_its_checkpoint, 0, CO_LOG_EVENTS);
  tcase_add_test(tc, test_events_that_are_gone_begin_anew);
  tcase_add_test(tc, test_cannot_be_made);
  tcase_add_test(tc, test_full_disk);
  suite_add_tcase(suite, tc);
  return suite;
}
