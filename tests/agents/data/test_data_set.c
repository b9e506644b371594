// Data sets are what was written, and nothing else is read.

#include "agents/data/data_set.h"
#include "agents/data/private/layout.h"
#include "core/hash.h"
#include "tests/agents/data/small_set.h"

static void check_transition(const co_data_transition *at, int e, int k) {
  for (int i = 0; i < SMALL_OBS; i++) {
    ck_assert(at->obs[i] == small_obs(e, k, i));
    ck_assert(at->next_obs[i] == small_obs(e, k + 1, i));
  }
  for (int i = 0; i < SMALL_ACTION; i++) ck_assert(at->action[i] == small_action(e, k, i));
  ck_assert(at->reward == small_reward(e, k));
  unsigned flags = (k == 0 ? CO_DATA_FIRST : 0U) | (k + 1 == small_length[e] ? small_end[e] : 0U);
  ck_assert_uint_eq(at->flags, flags);
  ck_assert_uint_eq(at->episode, small_number[e]);
  ck_assert_uint_eq(at->row, small_row[e]);
}

START_TEST(what_was_written_is_read) {
  const char *path = at("set.codata");
  small_set_write(path, _i);
  co_data_set set;
  ck_ok(co_data_set_open(path, &set));
  ck_assert_int_eq(set.transitions, SMALL);
  ck_assert_int_eq(set.episodes, SMALL_EPISODES);
  ck_assert_int_eq(set.records, SMALL + SMALL_EPISODES);
  int64_t index = 0;
  for (int e = 0; e < SMALL_EPISODES; e++) {
    co_data_episode episode = co_data_set_episode(&set, e);
    double ret = 0;
    ck_assert_int_eq(episode.first, index);
    ck_assert_int_eq(episode.length, small_length[e]);
    ck_assert_uint_eq(episode.number, small_number[e]);
    ck_assert_uint_eq(episode.row, small_row[e]);
    ck_assert_uint_eq(episode.flags, small_end[e]);
    for (int k = 0; k < small_length[e]; k++, index++) {
      co_data_transition found = co_data_set_at(&set, index);
      check_transition(&found, e, k);
      ck_assert_int_eq(co_data_set_episode_of(&set, index), e);
      ret += (double)small_reward(e, k);
    }
    ck_assert_double_eq(episode.ret, ret);
  }
  co_data_set_close(&set);
}
END_TEST

START_TEST(what_a_set_says_of_itself) {
  const char *path = at("set.codata");
  small_set_write(path, true);
  co_data_set set;
  ck_ok(co_data_set_open(path, &set));
  const co_data_about *about = &set.about;
  ck_assert_int_eq(about->num_obs, SMALL_OBS);
  ck_assert_str_eq(about->obs[2].name, "goal/x");
  ck_assert_str_eq(about->action[1].name, "ctrl/pull");
  ck_assert_int_eq(about->actor, CO_DATA_POLICY);
  ck_assert_uint_eq(about->policy_hash, 0xabc);
  ck_assert_int_eq(about->seed, 3);
  ck_assert_ptr_nonnull(strstr(about->contract, "\"task\""));
  ck_assert_uint_eq(co_data_contract_hash(about),
                    co_hash(about->contract, strlen(about->contract)));
  co_data_set_close(&set);
  small_set_write(path, false);
  ck_ok(co_data_set_open(path, &set));
  ck_assert(!set.about.contract && !set.about.obs && !set.about.action);
  ck_assert_int_eq(set.about.seed, -1);
  ck_assert_uint_eq(co_data_contract_hash(&set.about), 0);
  co_data_set_close(&set);
}
END_TEST

START_TEST(windows_stay_in_their_episode) {
  const char *path = at("set.codata");
  small_set_write(path, false);
  co_data_set set;
  ck_ok(co_data_set_open(path, &set));
  int64_t index = 0;
  for (int e = 0; e < SMALL_EPISODES; e++)
    for (int k = 0; k < small_length[e]; k++, index++)
      for (int most = 0; most < 7; most++) {
        co_data_window window = co_data_set_window(&set, index, most);
        int left = small_length[e] - k;
        ck_assert_int_eq(window.length, left < most ? left : most);
        for (int j = 0; j < window.length; j++) {
          co_data_transition found = co_data_window_at(&set, &window, j);
          check_transition(&found, e, k + j);
        }
      }
  co_data_set_close(&set);
}
END_TEST

START_TEST(an_empty_set_is_one) {
  const char *path = at("set.codata");
  const co_data_about about = {.obs_dim = 1, .act_dim = 1, .seed = -1};
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  co_data_set set;
  ck_ok(co_data_set_open(path, &set));
  ck_assert_int_eq(set.transitions, 0);
  co_data_set_close(&set);
}
END_TEST

// Several pieces, whose borders are within episodes.
START_TEST(pieces_join) {
  enum { LENGTH = 1000, EPISODES = 10 };
  const char *path = at("set.codata");
  const co_data_about about = {.obs_dim = 1, .act_dim = 2, .seed = -1};
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  for (int i = 0; i < LENGTH * EPISODES; i++) {
    float obs = (float)i, next = (float)(i + 1), action[2] = {(float)-i, 1};
    bool ends = i % LENGTH == LENGTH - 1;
    co_data_transition one = {&obs, action, &next, 2, ends ? CO_DATA_TRUNCATED : 0, 0, 0};
    one.episode = (uint32_t)(i / LENGTH);
    ck_ok(co_data_writer_add(writer, &one));
  }
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  co_data_set set;
  ck_ok(co_data_set_open(path, &set));
  ck_assert_int_eq(set.transitions, LENGTH * EPISODES);
  ck_assert_int_gt(set.records, 2 * CO_DATA_PIECE);
  for (int i = 0; i < LENGTH * EPISODES; i++) {
    co_data_transition one = co_data_set_at(&set, i);
    ck_assert(*one.obs == (float)i && *one.next_obs == (float)(i + 1) && *one.action == (float)-i);
  }
  co_data_set_close(&set);
}
END_TEST

START_TEST(same_content_same_bytes) {
  co_buf a, b;
  small_set_write(at("a.codata"), true);
  small_set_write(at("b.codata"), true);
  ck_ok(co_file_read(at("a.codata"), 0, &a));
  ck_ok(co_file_read(at("b.codata"), 0, &b));
  ck_assert_uint_eq(a.size, b.size);
  ck_assert_int_eq(memcmp(a.data, b.data, a.size), 0);
  ck_assert_uint_eq((a.size - (SMALL + SMALL_EPISODES) * 9 * 4 - 8) % 64, 0);
  co_buf_free(&a);
  co_buf_free(&b);
}
END_TEST

// ---- damage

static co_buf file_of(bool with_contract) {
  co_buf bytes;
  small_set_write(at("set.codata"), with_contract);
  ck_ok(co_file_read(at("set.codata"), 0, &bytes));
  return bytes;
}

static void refused(const co_buf *bytes, size_t size, size_t place) {
  co_data_set set;
  ck_assert_msg(co_data_set_parse(bytes->data, size, "a.codata", &set) == CO_DATA, "%zu", place);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "a.codata: offset "));
}

START_TEST(every_flipped_bit_is_refused) {
  co_buf bytes = file_of(_i);
  for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
    bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    refused(&bytes, bytes.size, bit);
    bytes.data[bit / 8] ^= (char)(1 << bit % 8);
  }
  co_buf_free(&bytes);
}
END_TEST

START_TEST(every_truncation_is_refused) {
  co_buf bytes = file_of(_i);
  for (size_t size = 0; size < bytes.size; size++) refused(&bytes, size, size);
  co_buf_add(&bytes, "\0\0\0\0\0\0\0", 8);
  for (size_t more = 1; more <= 8; more++) refused(&bytes, bytes.size - 8 + more, more);
  co_buf_free(&bytes);
}
END_TEST

// Makes the checksums of a changed file right again, so that what lies behind them is reached.
static void sign(co_buf *bytes) {
  data_header head;
  memcpy(&head, bytes->data, sizeof head);
  size_t at = sizeof head + (size_t)head.text + DATA_HASH, end = bytes->size - DATA_HASH;
  uint64_t hash = co_hash(bytes->data + at, end - at);
  memcpy(bytes->data + end, &hash, sizeof hash);
  head.hash = co_hash(bytes->data + end, DATA_HASH);
  memcpy(bytes->data, &head, sizeof head);
  hash = co_hash(bytes->data, at - DATA_HASH);
  memcpy(bytes->data + at - DATA_HASH, &hash, sizeof hash);
}

// Records: 0 to 2 episode 0, 3 its end, 4 episode 4, 5 its end, 6 to 10 episode 5, 11 its end.
enum { OBS_0, ACTION_0 = SMALL_OBS, TAIL = SMALL_OBS + SMALL_ACTION, WORDS = TAIL + DATA_TAIL };
static const struct {
  int record, word;
  uint32_t value;
  const char *text;
} wrong_records[] = {
    {1, OBS_0, 0x7f800000, "a number is not finite"},
    {7, ACTION_0, 0xffc00000, "a number is not finite"},
    {2, TAIL + DATA_REWARD, 0x7f800001, "a number is not finite"},
    {0, TAIL + DATA_FLAGS, 0, "no episode has begun"},
    {4, TAIL + DATA_FLAGS, CO_DATA_TRUNCATED, "no episode has begun"},
    {1, TAIL + DATA_FLAGS, CO_DATA_FIRST, "an episode begins within another"},
    {1, TAIL + DATA_FLAGS, 16, "its flags are not known"},
    {1, TAIL + DATA_FLAGS, CO_DATA_FINAL, "are not those of a transition"},
    {1, TAIL + DATA_FLAGS, CO_DATA_TERMINATED, "without the observation behind it"},
    {2, TAIL + DATA_FLAGS, 0, "are not those of a transition"},
    {3, ACTION_0 + 1, 1, "has an action or a reward"},
    {3, TAIL + DATA_REWARD, 0x80000000, "has an action or a reward"},
    {3, TAIL + DATA_EPISODE, 1, "of another episode or row"},
    {8, TAIL + DATA_ROW, 3, "of another episode or row"},
    {4, TAIL + DATA_EPISODE, 0, "numbers of episodes must rise"},
    {10, TAIL + DATA_FLAGS, 0, "are not those of a transition"},
};

START_TEST(wrong_records_are_refused) {
  co_buf bytes = file_of(false);
  data_header head;
  memcpy(&head, bytes.data, sizeof head);
  size_t offset = sizeof head + (size_t)head.text + DATA_HASH;
  size_t word = (size_t)wrong_records[_i].record * WORDS + (size_t)wrong_records[_i].word;
  memcpy(bytes.data + offset + word * 4, &wrong_records[_i].value, 4);
  sign(&bytes);
  refused(&bytes, bytes.size, word);
  ck_assert_msg(strstr(co_error_text(), wrong_records[_i].text), "%s", co_error_text());
  co_buf_free(&bytes);
}
END_TEST

// Any number of words, each of which may be the one; the largest float is finite.
START_TEST(every_number_is_finite) {
  static const uint32_t bits[] = {0x7f800000, 0xff800000, 0x7fc00000, 0xff800001, 0x7f7fffff};
  const int obs = 1 + _i / 3, actions = 1 + _i % 3, words = obs + actions + DATA_TAIL;
  const co_data_about about = {.obs_dim = obs, .act_dim = actions, .seed = -1};
  float x[8] = {1, -1, 2, -2};
  co_data_writer *writer;
  co_buf bytes;
  co_data_set set;
  ck_ok(co_data_writer_create(at("set.codata"), &about, &writer));
  ck_ok(co_data_writer_add(writer, &(co_data_transition){x, x, x, 1, CO_DATA_TRUNCATED, 0, 0}));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  ck_ok(co_file_read(at("set.codata"), 0, &bytes));
  size_t first = bytes.size - DATA_HASH - 2 * (size_t)words * 4;
  for (int word = 0; word < obs + actions + 1; word++)
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
      char *place = bytes.data + first + 4 * word, kept[4];
      memcpy(kept, place, 4);
      memcpy(place, &bits[i], 4);
      sign(&bytes);
      co_status want = i == 4 ? CO_OK : CO_DATA;
      ck_assert_int_eq(co_data_set_parse(bytes.data, bytes.size, "a.codata", &set), want);
      co_data_set_close(&set);
      memcpy(place, kept, 4);
    }
  co_buf_free(&bytes);
}
END_TEST

static const struct {
  size_t offset;
  uint64_t value;  // in place of 8 bytes
  const char *text;
} wrong_heads[] = {
    {8, 0, "1 to 4096 observations"},
    {8, 4097, "1 to 4096 observations"},
    {16, UINT64_MAX, "records of"},
    {16, 13, "13 records make"},
    {24, 7, "records of 7 episodes"},
    {24, 2, "more episodes than the header says"},
    {24, 4, "fewer episodes than the header says"},
    {40, UINT64_MAX - 55, "bytes of text"},
    {40, 9, "bytes of text"},
};

START_TEST(wrong_headers_are_refused) {
  co_buf bytes = file_of(false);
  bool fits = wrong_heads[_i].offset == 24;  // lengths stay right
  memcpy(bytes.data + wrong_heads[_i].offset, &wrong_heads[_i].value, 8);
  if (fits) sign(&bytes);
  refused(&bytes, bytes.size, wrong_heads[_i].offset);
  ck_assert_msg(strstr(co_error_text(), wrong_heads[_i].text), "%s", co_error_text());
  co_buf_free(&bytes);
}
END_TEST

START_TEST(missing_files) {
  co_data_set set;
  ck_assert_int_eq(co_data_set_open(at("none.codata"), &set), CO_NO_INPUT);
  ck_assert_int_eq(co_data_set_open(scratch, &set), CO_IO);
  ck_ok(co_file_write(at("empty.codata"), "", 0));
  ck_assert_int_eq(co_data_set_open(at("empty.codata"), &set), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "empty.codata: offset 0: this is no data set"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("data_set");
  TCase *tests = tcase_create("data_set");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, what_was_written_is_read, 0, 2);
  tcase_add_test(tests, what_a_set_says_of_itself);
  tcase_add_test(tests, windows_stay_in_their_episode);
  tcase_add_test(tests, an_empty_set_is_one);
  tcase_add_test(tests, pieces_join);
  tcase_add_test(tests, same_content_same_bytes);
  tcase_add_loop_test(tests, every_flipped_bit_is_refused, 0, 2);
  tcase_add_loop_test(tests, every_truncation_is_refused, 0, 2);
  tcase_add_loop_test(tests, wrong_records_are_refused, 0,
                      sizeof wrong_records / sizeof *wrong_records);
  tcase_add_loop_test(tests, every_number_is_finite, 0, 9);
  tcase_add_loop_test(tests, wrong_headers_are_refused, 0,
                      sizeof wrong_heads / sizeof *wrong_heads);
  tcase_add_test(tests, missing_files);
  suite_add_tcase(suite, tests);
  return suite;
}
