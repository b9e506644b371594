// How fast is a data set of a million transitions read, against the memory that it lies in?
//
//     bench_read_set FOLDER
//
// Writes a set of 1,000,000 transitions (17 observations, 6 actions, episodes of 1,000) into
// FOLDER, where it stays in the system's cache, and removes it. Prints, as a median of 5 repeats,
// GB/s of one thread and the ratio to the limit of the same repeat: eight sums over the same bytes.
// The target bench_read_set builds it.

#include "agents/data/writer.h"
#include "core/clock.h"
#include "core/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBS = 17, ACTIONS = 6, EPISODE = 1000, EPISODES = 1000, REPEATS = 5 };

typedef enum way { LIMIT, HASH, OPEN, IN_ORDER, AT_RANDOM, NUM_WAYS } way;
static const char *const way_names[] = {"eight sums", "checksum alone", "open: all checks",
                                        "in order, rewards and next observations",
                                        "at random, observations copied"};

static void ok(co_status status) {
  if (status == CO_OK) return;
  fprintf(stderr, "%s\n", co_error_text());
  exit(1);
}

static void write_set(const char *path) {
  const co_data_about about = {.obs_dim = OBS, .act_dim = ACTIONS, .seed = -1};
  co_data_writer *writer;
  float obs[OBS + 1] = {0}, action[ACTIONS] = {0};
  ok(co_data_writer_create(path, &about, &writer));
  for (int i = 0; i < EPISODE * EPISODES; i++) {
    obs[i % OBS] = (float)i;
    co_data_transition one = {obs, action, obs + 1, 1, 0, (uint32_t)(i / EPISODE), 0};
    one.flags = i % EPISODE == EPISODE - 1 ? CO_DATA_TRUNCATED : 0;
    ok(co_data_writer_add(writer, &one));
  }
  ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
}

static double sums(const co_data_set *set) {
  uint64_t sum[8] = {0}, word[8];
  size_t bytes = (size_t)set->records * (size_t)set->words * sizeof(float);
  const char *at = (const char *)set->record;
  for (size_t i = 0; i + sizeof word <= bytes; i += sizeof word) {
    memcpy(word, at + i, sizeof word);
    for (int k = 0; k < 8; k++) sum[k] += word[k];
  }
  for (int k = 1; k < 8; k++) sum[0] += sum[k];
  return (double)sum[0];
}

static double in_order(const co_data_set *set) {
  double sum = 0;
  for (int64_t e = 0; e < set->episodes; e++) {
    co_data_window window = co_data_set_window(set, set->start[e] - e, INT64_MAX);
    for (int64_t k = 0; k < window.length; k++) {
      co_data_transition one = co_data_window_at(set, &window, k);
      sum += (double)(one.reward + one.next_obs[OBS - 1]);
    }
  }
  return sum;
}

static double at_random(const co_data_set *set) {
  uint64_t state = 0x9e3779b97f4a7c15u;
  float batch[2 * OBS + ACTIONS];
  double sum = 0;
  for (int i = 0; i < EPISODE * EPISODES; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    co_data_transition one = co_data_set_at(set, (int64_t)((state >> 33) % (EPISODE * EPISODES)));
    memcpy(batch, one.obs, OBS * sizeof *batch);
    memcpy(batch + OBS, one.next_obs, OBS * sizeof *batch);
    memcpy(batch + 2 * OBS, one.action, ACTIONS * sizeof *batch);
    sum += (double)(batch[0] + batch[OBS] + batch[2 * OBS]);
  }
  return sum;
}

// Seconds of one way; the sum keeps the compiler from leaving it out.
static double measure(way how, const char *path, const co_data_set *set, double *sum) {
  double start = co_clock_wall();
  co_data_set again;
  switch (how) {
    case LIMIT: *sum += sums(set); break;
    case HASH:
      *sum += (double)co_hash(set->record, (size_t)set->records * (size_t)set->words * 4);
      break;
    case OPEN:
      ok(co_data_set_open(path, &again));
      co_data_set_close(&again);
      break;
    case IN_ORDER: *sum += in_order(set); break;
    case AT_RANDOM: *sum += at_random(set); break;
    case NUM_WAYS: break;
  }
  return co_clock_wall() - start;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  char path[4096];
  co_data_set set;
  double rate[NUM_WAYS][REPEATS], ratio[NUM_WAYS][REPEATS], sum = 0;
  if (argc != 2) return 2;
  snprintf(path, sizeof path, "%s/read_set.codata", argv[1]);
  write_set(path);
  ok(co_data_set_open(path, &set));
  double bytes = (double)set.records * set.words * 4;
  for (int i = 0; i < REPEATS; i++)
    for (int w = 0; w < NUM_WAYS; w++) {
      rate[w][i] = bytes / 1e9 / measure((way)w, path, &set, &sum);
      ratio[w][i] = rate[w][i] / rate[LIMIT][i];
    }
  printf("%lld transitions, %.0f MB%s\n", (long long)set.transitions, bytes / 1e6,
         sum == 0 ? " " : "");
  for (int w = 0; w < NUM_WAYS; w++) {
    qsort(rate[w], REPEATS, sizeof **rate, by_size);
    qsort(ratio[w], REPEATS, sizeof **ratio, by_size);
    printf("%-40s %6.2f GB/s, %.2f of the limit, %.1f million transitions/s\n", way_names[w],
           rate[w][REPEATS / 2], ratio[w][REPEATS / 2], 1e3 * rate[w][REPEATS / 2] / bytes * 1e6);
  }
  co_data_set_close(&set);
  return remove(path) != 0;
}
