// Two generations of checkpoints: written in turn, found again, left out when damaged or another's.

#include "core/log.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/private/generations.h"

enum { IDENTITY = 77 };

static char said[4096];

static void listen(void *context, co_log_level level, const char *line) {
  (void)context;
  if (level <= CO_LOG_WARNING && strlen(said) + strlen(line) + 2 < sizeof said)
    strcat(strcat(said, line), "\n");
}

static void setup(void) {
  fixture_setup();
  said[0] = '\0';
  co_log_set(listen, NULL);
}

static void teardown(void) {
  co_log_set(NULL, NULL);
  fixture_teardown();
}

static co_generations open_as(uint64_t identity, double period) {
  co_generations g;
  ck_ok(co_generations_open(fixture_path("checkpoint"), "walk", identity, period, &g));
  return g;
}

static void write_one(co_generations *g, int64_t value) {
  co_buf pack = {0};
  ck_ok(co_generations_begin(g, &pack));
  co_pack_add(&pack, "value", &value, sizeof value);
  ck_ok(co_generations_commit(g, &pack));
  co_buf_free(&pack);
}

static void write_values(int count) {
  co_generations g = open_as(IDENTITY, 0);
  for (int i = 1; i <= count; i++) write_one(&g, 10 * i);
  co_generations_close(&g);
}

// value of the newest, -1: none
static int64_t newest(co_generations *g) {
  co_generation *generation = co_generations_newest(g);
  int64_t value;
  if (!generation) return -1;
  ck_ok(co_pack_read(&generation->pack, "value", &value, sizeof value));
  ck_assert_int_eq(value, 10 * generation->number);
  return value;
}

static void flip(int slot) {
  const char *path = fixture_path(slot ? "checkpoint/checkpoint.1" : "checkpoint/checkpoint.0");
  co_buf bytes;
  ck_ok(co_file_read(path, 0, &bytes));
  bytes.data[bytes.size / 2] ^= 1;
  ck_ok(co_file_write(path, bytes.data, bytes.size));
  co_buf_free(&bytes);
}

START_TEST(the_newest_is_found_and_the_other_replaced) {
  for (int count = 0; count <= 5; count++) {
    ck_ok(co_dir_remove(fixture_path("checkpoint")));
    write_values(count);
    co_generations g = open_as(IDENTITY, 0);
    ck_assert_int_eq(newest(&g), count ? 10 * count : -1);
    ck_assert_int_eq(g.next, count + 1);
    ck_assert_int_eq(g.slot, count % 2);  // the first one goes into checkpoint.0
    ck_assert(!g.damaged);
    co_generations_close(&g);
  }
  ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(the_other_serves_when_the_newest_is_damaged) {
  write_values(4);  // 30 in slot 0, 40 in slot 1
  flip(1);
  co_generations g = open_as(IDENTITY, 0);
  ck_assert_ptr_nonnull(strstr(said, "walk: damaged checkpoint left out: "));
  ck_assert_ptr_nonnull(strstr(said, "checkpoint.1: offset "));
  ck_assert(g.damaged);
  ck_assert_int_eq(newest(&g), 30);
  write_one(&g, 40);  // over the damaged one
  co_generations_close(&g);
  said[0] = '\0';
  g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), 40);
  ck_assert_str_eq(said, "");
  co_generations_close(&g);
}
END_TEST

START_TEST(an_older_damaged_one_is_no_matter) {
  write_values(4);
  flip(0);
  co_generations g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), 40);
  co_generation_drop(co_generations_newest(&g));
  ck_assert_int_eq(newest(&g), -1);
  co_generations_close(&g);
}
END_TEST

START_TEST(dropping_leads_to_the_older_one) {
  write_values(3);
  co_generations g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), 30);
  co_generation_drop(co_generations_newest(&g));
  ck_assert_int_eq(newest(&g), 20);
  ck_assert_int_eq(g.slot, 0);  // where 30 is
  co_generation_drop(co_generations_newest(&g));
  ck_assert_int_eq(newest(&g), -1);
  co_generations_close(&g);
}
END_TEST

START_TEST(what_is_another_definitions_is_not_used) {
  write_values(3);
  co_generations g = open_as(IDENTITY + 1, 0);
  ck_assert_int_eq(newest(&g), -1);
  ck_assert(g.foreign && !g.damaged);
  ck_ok(co_generations_clear(&g));
  co_generations_close(&g);
  ck_assert_str_eq(said, "");
  g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), -1);  // cleared
  co_generations_close(&g);
}
END_TEST

static void put(const char *name) {
  ck_ok(co_file_write(fixture_path(name), "x", 1));
}

START_TEST(half_written_ones_go_and_the_lock_stays) {
  write_values(1);
  put("checkpoint/checkpoint.0.tmp.12.0");
  put("checkpoint/checkpoint.1.tmp.12.3");
  put("checkpoint/replay.0");
  put("checkpoint/lock");
  co_generations g = open_as(IDENTITY, 0);
  ck_assert(!co_file_exists(fixture_path("checkpoint/checkpoint.0.tmp.12.0")));
  ck_assert(!co_file_exists(fixture_path("checkpoint/checkpoint.1.tmp.12.3")));
  ck_assert(co_file_exists(fixture_path("checkpoint/replay.0")));
  ck_ok(co_generations_clear(&g));
  co_names names;
  ck_ok(co_dir_list(fixture_path("checkpoint"), &names));
  ck_assert_int_eq(names.count, 1);
  ck_assert_str_eq(names.name[0], "lock");
  co_names_free(&names);
  co_generations_close(&g);
}
END_TEST

// A pack that is whole and no checkpoint: entries missing, of other sizes, numbers that cannot be.
START_TEST(a_pack_has_to_be_a_checkpoint) {
  uint64_t identity = IDENTITY;
  int64_t number = _i == 3 ? 0 : INT64_MAX;
  co_buf pack = {0};
  ck_ok(co_dir_create(fixture_path("checkpoint")));
  co_pack_begin(&pack);
  if (_i != 0) co_pack_add(&pack, "identity", &identity, sizeof identity);
  if (_i != 1) co_pack_add(&pack, "generation", &number, _i == 2 ? 4 : sizeof number);
  co_pack_end(&pack);
  ck_ok(co_file_write(fixture_path("checkpoint/checkpoint.0"), pack.data, pack.size));
  co_buf_free(&pack);
  co_generations g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), -1);
  ck_assert(g.damaged);
  ck_assert_ptr_nonnull(strstr(said, "checkpoint.0: "));
  co_generations_close(&g);
}
END_TEST

START_TEST(they_are_due_after_a_period_and_not_too_often) {
  co_generations g = open_as(IDENTITY, _i ? 1000 : 0);
  ck_assert_int_eq(co_generations_are_due(&g), _i == 0);
  g.tried -= 1001;
  ck_assert(co_generations_are_due(&g));
  g.cost = 30;  // 50 times this was not long ago
  ck_assert_int_eq(co_generations_are_due(&g), _i == 0);
  co_generations_close(&g);
}
END_TEST

// What goes into a checkpoint may be most of its cost; one that was given up is not tried at once.
START_TEST(all_of_a_write_counts) {
  co_generations g = open_as(IDENTITY, 1000);
  co_buf pack = {0};
  g.tried -= 1001;
  ck_ok(co_generations_begin(&g, &pack));
  ck_assert(!co_generations_are_due(&g));
  usleep(30000);
  ck_ok(co_generations_commit(&g, &pack));
  ck_assert_double_ge(g.cost, 0.03);
  co_buf_free(&pack);
  co_generations_close(&g);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_others) {
  write_values(2);
  co_generations g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), 20);
  co_generations_close(&g);
  const char *path = fixture_path("checkpoint/checkpoint.0");
  ck_assert_int_eq(remove(path), 0);
  ck_ok(co_dir_create(path));  // nothing can be put in its place
  co_buf pack = {0};
  ck_ok(co_generations_begin(&g, &pack));
  ck_assert_int_eq(co_generations_commit(&g, &pack), CO_CREATE);
  ck_assert_int_eq(g.next, 3);
  ck_assert_int_eq(g.slot, 0);
  co_buf_free(&pack);
  g = open_as(IDENTITY, 0);
  ck_assert_int_eq(newest(&g), 20);
  co_generations_close(&g);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("generations");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_test(all, the_newest_is_found_and_the_other_replaced);
  tcase_add_test(all, the_other_serves_when_the_newest_is_damaged);
  tcase_add_test(all, an_older_damaged_one_is_no_matter);
  tcase_add_test(all, dropping_leads_to_the_older_one);
  tcase_add_test(all, what_is_another_definitions_is_not_used);
  tcase_add_test(all, half_written_ones_go_and_the_lock_stays);
  tcase_add_loop_test(all, a_pack_has_to_be_a_checkpoint, 0, 5);
  tcase_add_loop_test(all, they_are_due_after_a_period_and_not_too_often, 0, 2);
  tcase_add_test(all, all_of_a_write_counts);
  tcase_add_test(all, a_write_that_fails_leaves_the_others);
  suite_add_tcase(suite, all);
  return suite;
}
