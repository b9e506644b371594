// A replay buffer as a data set: rows apart, where episodes end, what is no number.

#include "agents/data/data_set.h"
#include "agents/learn/private/replay_buffer.h"
#include "tests/support/scratch.h"

#include <math.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_output_map map = {
    .scaled = true, .first = -2, .last = 2, .mid = 0, .half = 2, .low = -2, .high = 2};

// Of one element each; number n acts n / 16 on n and gets n + 0.5, unless it is said otherwise.
typedef struct step {
  int row;
  bool first, terminated;
  float reward;
} step;

static void write_steps(const char *path, const step *steps, int count, int64_t capacity) {
  const co_data_about about = {.obs_dim = 1, .act_dim = 1, .seed = -1};
  co_replay_buffer buffer;
  co_data_writer *writer;
  ck_ok(co_replay_buffer_create(1, 1, capacity, NULL, "replay", &buffer));
  ck_ok(co_replay_buffer_keep_marks(&buffer));
  for (int n = 0; n < count; n++) {
    float obs = (float)n, action = (float)n / 16, next = (float)n + 0.5F;
    co_replay_buffer_add(&buffer, &(co_transition){.obs = &obs,
                                                   .action = &action,
                                                   .next_obs = &next,
                                                   .reward = steps[n].reward,
                                                   .terminated = steps[n].terminated});
    co_replay_buffer_mark(&buffer, steps[n].row, steps[n].first);
  }
  ck_ok(co_data_writer_create(path, &about, &writer));
  ck_ok(co_replay_buffer_add_to(&buffer, &map, writer));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  co_replay_buffer_free(&buffer);
}

static const step steps[] = {
    {.row = 0, .first = true},       // not held any more
    {.row = 4, .first = true},       // nor this one
    {.row = 0},                      // in the midst of its episode, which a limit ends
    {.row = 4, .terminated = true},  // in the midst, too
    {.row = 0, .first = true},       // goes on until nothing follows
    {.row = 4, .first = true},       // what follows is no number
    {.row = 0, .reward = 2},
    {.row = 4, .reward = INFINITY},
    {.row = 4, .reward = 3},  // follows nothing
};
static const struct {
  int n;
  uint32_t episode, row;
  unsigned flags;
} expected[] = {
    {2, 0, 0, CO_DATA_FIRST | CO_DATA_TRUNCATED},
    {4, 1, 0, CO_DATA_FIRST},
    {6, 1, 0, CO_DATA_TRUNCATED},
    {3, 2, 4, CO_DATA_FIRST | CO_DATA_TERMINATED},
    {5, 3, 4, CO_DATA_FIRST | CO_DATA_TRUNCATED},
    {8, 4, 4, CO_DATA_FIRST | CO_DATA_TRUNCATED},
};
enum { STEPS = sizeof steps / sizeof *steps, EXPECTED = sizeof expected / sizeof *expected };

START_TEST(rows_stand_apart) {
  co_data_set set;
  write_steps(at("a.codata"), steps, STEPS, STEPS - 2);
  ck_ok(co_data_set_open(at("a.codata"), &set));
  ck_assert_int_eq(set.transitions, EXPECTED);
  ck_assert_int_eq(set.episodes, 5);
  for (int i = 0; i < EXPECTED; i++) {
    co_data_transition found = co_data_set_at(&set, i);
    int n = expected[i].n;
    ck_assert_float_eq(*found.obs, (float)n);
    ck_assert_float_eq(*found.action, (float)n / 8);
    ck_assert_float_eq(found.reward, steps[n].reward);
    ck_assert_uint_eq(found.flags, expected[i].flags);
    ck_assert_uint_eq(found.episode, expected[i].episode);
    ck_assert_uint_eq(found.row, expected[i].row);
    if (found.flags & (CO_DATA_TERMINATED | CO_DATA_TRUNCATED))
      ck_assert_float_eq(*found.next_obs, (float)n + 0.5F);
  }
  co_data_set_close(&set);
}
END_TEST

START_TEST(of_nothing_there_is_nothing) {
  co_data_set set;
  write_steps(at("a.codata"), steps, 0, 3);
  ck_ok(co_data_set_open(at("a.codata"), &set));
  ck_assert_int_eq(set.transitions, 0);
  co_data_set_close(&set);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("replay data");
  TCase *tests = tcase_create("all");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, rows_stand_apart);
  tcase_add_test(tests, of_nothing_there_is_nothing);
  suite_add_tcase(suite, tests);
  return suite;
}
