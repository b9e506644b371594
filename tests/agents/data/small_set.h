// A small data set for tests: three episodes of 3, 1 and 5 transitions.

#ifndef TESTS_AGENTS_DATA_SMALL_SET_H_
#define TESTS_AGENTS_DATA_SMALL_SET_H_

#include "agents/data/writer.h"
#include "tests/support/line_env.h"
#include "tests/support/scratch.h"

enum { SMALL_OBS = LINE_OBS, SMALL_ACTION = LINE_ACTION, SMALL_EPISODES = 3, SMALL = 9 };

static const int small_length[SMALL_EPISODES] = {3, 1, 5};
static const uint32_t small_number[SMALL_EPISODES] = {0, 4, 5},
                      small_row[SMALL_EPISODES] = {0, 0, 2};
static const unsigned small_end[SMALL_EPISODES] = {CO_DATA_TERMINATED, CO_DATA_TRUNCATED,
                                                   CO_DATA_TERMINATED | CO_DATA_TRUNCATED};

static inline void ck_ok(co_status status) {
  ck_assert_msg(status == CO_OK, "%s", co_error_text());
}

// Element `i` of the observation that step `step` of an episode begins with.
static inline float small_obs(int episode, int step, int i) {
  return (float)(100 * episode + 10 * step + i) / 7;
}

static inline float small_action(int episode, int step, int i) {
  return -small_obs(episode, step, i) - 1;
}

static inline float small_reward(int episode, int step) {
  return (float)(episode - step) / 3;
}

static inline co_status small_add(co_data_writer *writer, int episode, int step) {
  float obs[SMALL_OBS], next[SMALL_OBS], action[SMALL_ACTION];
  for (int i = 0; i < SMALL_OBS; i++) {
    obs[i] = small_obs(episode, step, i);
    next[i] = small_obs(episode, step + 1, i);
  }
  for (int i = 0; i < SMALL_ACTION; i++) action[i] = small_action(episode, step, i);
  bool ends = step + 1 == small_length[episode];
  co_data_transition at = {.obs = obs,
                           .action = action,
                           .next_obs = next,
                           .reward = small_reward(episode, step),
                           .flags = ends ? small_end[episode] : 0,
                           .episode = small_number[episode],
                           .row = small_row[episode]};
  return co_data_writer_add(writer, &at);
}

static inline void small_about(co_data_about *about) {
  co_env_info info = line_make_info();
  ck_ok(co_data_about_world(&info, about));
  about->actor = CO_DATA_POLICY;
  about->policy_hash = 0xabc;
  about->seed = 3;
}

// A contract makes up most of a small file: without one, flips reach the rest.
static inline void small_set_write(const char *path, bool with_contract) {
  co_data_about about = {.obs_dim = SMALL_OBS, .act_dim = SMALL_ACTION, .seed = -1};
  if (with_contract) small_about(&about);
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  for (int e = 0; e < SMALL_EPISODES; e++)
    for (int k = 0; k < small_length[e]; k++) ck_ok(small_add(writer, e, k));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  co_data_about_free(&about);
}

#endif  // TESTS_AGENTS_DATA_SMALL_SET_H_
