// Data sets: transitions that outlive what made them, in files *.codata (docs/formats.md).
//
// A set is a row of records of equal size. A record holds an observation and what was done there;
// behind the last transition of an episode stands a *final* record, the observation that the
// episode ended with. So the next observation of a transition is always that of the next record,
// and a stretch of an episode is a stretch of memory: a window.
//
//   record, in words of 4 bytes: obs (obs_dim), action (act_dim), reward, flags, episode, row
//
// Actions are those that the env gets, in its units and before its bounds: what a network's output
// between -1 and 1 stands for differs between policies and is no property of the data
// (agents/contract/output.h). Episodes stand one after another, those of a row of the env in the
// order in which it went through them: numbers of episodes rise, those of rows never fall. An
// episode ends with the task (terminated), or with the time limit or the recording (truncated).
// All numbers are finite.
//
// Reading maps the file and checks all of it once, lengths before anything else: what has been
// opened is sound. Nothing but the starts of episodes takes memory (8 bytes each). A file that
// somebody cuts short while it is read is the system's fault (SIGBUS); writers never do, they
// replace. Thread safety: a set is const, many may read it.

#ifndef AGENTS_DATA_DATA_SET_H_
#define AGENTS_DATA_DATA_SET_H_

#include "agents/data/about.h"
#include "agents/data/problems.h"
#include "core/file.h"

enum {
  CO_DATA_TERMINATED = 1,
  CO_DATA_TRUNCATED = 2,
  CO_DATA_FIRST = 4,  // of an episode
  CO_DATA_FINAL = 8,  // no transition: the observation behind the last one; action, reward 0
};

// Records with one checksum. 32 KiB to some MiB together: much more than the cost of starting a
// hash, and still in the cache when a writer has filled them or a reader has checked them.
enum { CO_DATA_PIECE = 4096 };

typedef struct co_data_transition {
  const float *obs, *action;  // (obs_dim), (act_dim), borrowed
  const float *next_obs;      // (obs_dim); a writer looks at it where the episode ends
  float reward;
  unsigned flags;  // CO_DATA_TERMINATED | CO_DATA_TRUNCATED | CO_DATA_FIRST
  uint32_t episode, row;
} co_data_transition;

typedef struct co_data_set {
  co_data_about about;
  int words;                               // of a record
  int64_t records, episodes, transitions;  // records = transitions + episodes
  const float *record;                     // (records x words)
  int64_t *start;   // (episodes + 1) record that each episode begins with, owned
  uint64_t hash;    // of all records
  co_file_map map;  // owned; empty: of bytes that were parsed
} co_data_set;

// CO_NO_INPUT, CO_IO; CO_DATA with "FILE: offset N: text" for what docs/formats.md does not allow.
co_status co_data_set_open(const char *path, co_data_set *out);
// The same of bytes, which are borrowed for the life of `out` and aligned to 4.
co_status co_data_set_parse(const void *bytes, size_t size, const char *file, co_data_set *out);
void co_data_set_close(co_data_set *set);

// Adds all that is wrong with a file: every piece whose checksum doesn't match, or else the first
// thing that makes opening it fail. Other statuses than CO_OK are the system's (CO_NO_INPUT, CO_IO,
// CO_MEMORY).
co_status co_data_set_check(const char *path, co_data_problems *problems);

// A transition by its index, 0 .. transitions - 1, in O(log episodes).
co_data_transition co_data_set_at(const co_data_set *set, int64_t index);
// That of a record, 0 .. records - 1, which is not a final one.
co_data_transition co_data_set_record(const co_data_set *set, int64_t record);
// The episode that it is in, 0 .. episodes - 1.
int64_t co_data_set_episode_of(const co_data_set *set, int64_t index);

// An episode: its transitions are `first` .. first + length - 1.
typedef struct co_data_episode {
  int64_t first, length;
  uint32_t number, row;
  unsigned flags;  // of its end
  double ret;      // sum of rewards
} co_data_episode;
co_data_episode co_data_set_episode(const co_data_set *set, int64_t episode);

// Bytes of so many episodes that all last until the horizon.
double co_data_most_bytes(const co_env_info *world, int64_t episodes);

// What follows transition `index` in its episode, itself included, at most `most` transitions.
typedef struct co_data_window {
  const float *record;  // of the first; the next one `words` further on, and one observation more
                        // behind the last
  int64_t length;
} co_data_window;
co_data_window co_data_set_window(const co_data_set *set, int64_t index, int64_t most);
// Transition `step` of a window.
co_data_transition co_data_window_at(const co_data_set *set, const co_data_window *window,
                                     int64_t step);

#endif  // AGENTS_DATA_DATA_SET_H_
