// Which steps of a file follow each other.

#include "agents/data/link.h"
#include "tests/agents/data/listing.h"

// A step: observation, next one (NAN: not told), T terminated, C truncated.
typedef struct given {
  float obs, next;
  char end;
} given;
#define NONE (-1)

static const struct {
  given step[6];
  int count;
  const char *want;
  int64_t cut, dropped, repeated;
} cases[] = {
    // marked ends
    {{{1, 2, 0}, {2, 3, 'T'}, {7, 8, 'C'}}, 3, "0:1 0:2T>3 1:7C>8", 0, 0, 0},
    // a gap without a mark, and an end of the file
    {{{1, 2, 0}, {5, 6, 0}, {6, 7, 0}}, 3, "0:1C>2 1:5 1:6C>7", 2, 0, 0},
    // next observations are not told: a truncated step goes
    {{{1, NONE, 0}, {2, NONE, 0}, {3, NONE, 'C'}, {9, NONE, 0}, {8, NONE, 'T'}},
     5,
     "0:1 0:2C>3 1:9 1:8T>8",
     0,
     1,
     1},
    // so does one alone, and the last of the file
    {{{1, NONE, 'C'}, {2, NONE, 0}, {3, NONE, 0}}, 3, "0:2C>3", 1, 2, 0},
    {{{1, NONE, 'T'}, {2, NONE, 'C'}, {3, NONE, 'T'}}, 3, "0:1T>1 1:3T>3", 0, 1, 2},
    // they are told only where they are needed
    {{{1, NONE, 0}, {2, 5, 'C'}, {3, 4, 'T'}}, 3, "0:1 0:2C>5 1:3T>4", 0, 0, 0},
};

START_TEST(steps_become_episodes) {
  listing all = listing_make();
  const co_data_sink sink = listing_sink(&all);
  const co_data_about about = {.obs_dim = 1, .act_dim = 1, .seed = -1};
  co_data_link link;
  ck_assert_int_eq(co_data_link_begin(&sink, "file", &about, &link), CO_OK);
  for (int i = 0; i < cases[_i].count; i++) {
    const given *from = &cases[_i].step[i];
    const float zero = 0;
    co_data_step step = {.obs = &from->obs,
                         .action = &zero,
                         .next_obs = from->next == NONE ? NULL : &from->next,
                         .terminated = from->end == 'T',
                         .truncated = from->end == 'C'};
    ck_assert_int_eq(co_data_link_add(&link, &step, i + 1 == cases[_i].count), CO_OK);
  }
  ck_assert_str_eq(all.text.data, cases[_i].want);
  ck_assert_int_eq(link.cut, cases[_i].cut);
  ck_assert_int_eq(link.dropped, cases[_i].dropped);
  ck_assert_int_eq(link.repeated, cases[_i].repeated);
  co_data_problems problems = {0};
  ck_assert_int_eq(co_data_link_tell(&link, &problems), CO_OK);
  ck_assert_int_eq(problems.count, (link.cut > 0) + (link.dropped > 0) + (link.repeated > 0));
  co_data_problems_free(&problems);
  co_data_link_free(&link);
  listing_free(&all);
}
END_TEST

// Where a file has numbers, they and the marks of ends have to agree.
START_TEST(numbers_must_agree) {
  listing all = listing_make();
  const co_data_sink sink = listing_sink(&all);
  const co_data_about about = {.obs_dim = 1, .act_dim = 1, .seed = -1};
  co_data_link link;
  ck_assert_int_eq(co_data_link_begin(&sink, "file", &about, &link), CO_OK);
  const float x = 1, y = 2;
  co_data_step step = {.obs = &x, .action = &x, .next_obs = &x, .numbered = true};
  ck_assert_int_eq(co_data_link_add(&link, &step, false), CO_OK);
  step.obs = &y;
  ck_assert_int_eq(co_data_link_add(&link, &step, false), CO_DATA);
  ck_assert_str_eq(co_error_text(),
                   "file: step 1: it does not follow the step before, which is no end");
  step.obs = &x;
  step.episode = 1;
  ck_assert_int_eq(co_data_link_add(&link, &step, false), CO_DATA);
  step.episode = 0;
  ck_assert_int_eq(co_data_link_add(&link, &step, true), CO_DATA);
  ck_assert_str_eq(co_error_text(), "file: step 1: an episode ends without its last observation");
  co_data_link_free(&link);
  listing_free(&all);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("link");
  TCase *tests = tcase_create("link");
  tcase_add_loop_test(tests, steps_become_episodes, 0, sizeof cases / sizeof *cases);
  tcase_add_test(tests, numbers_must_agree);
  suite_add_tcase(suite, tests);
  return suite;
}
