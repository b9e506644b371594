// Plays whole episodes into a data set: those of a policy, or of random actions.
//
// Episode k starts and goes as episode k of an evaluation with this stream (agents/policy/
// evaluate.h), so sets and evaluations can be compared pair by pair; it is episode k and row k of
// the set. As many episodes are played at once as the env has rows, and written in their order:
// bytes depend neither on that number nor on the pool, and memory holds these episodes alone.
// Episodes that end in a fault are left out, and their numbers with them.
//
// With `sampled` the policy's actions are drawn from its distribution, as in its training, instead
// of being its mean: an episode then starts as that of the evaluation, and goes its own way. The
// logarithm of the spread is read within -5 to 2, as PPO holds it, whatever SAC's log_std_min.

#ifndef AGENTS_DATA_PLAY_H_
#define AGENTS_DATA_PLAY_H_

#include "agents/data/writer.h"
#include "agents/policy/policy.h"
#include "core/pool.h"

// Rows of an env with which threads are kept busy, for each of them.
enum { CO_DATA_ROWS_PER_THREAD = 4 };

typedef struct co_data_play {
  const co_policy *policy;  // NULL: uniform random actions within the bounds
  co_env *env;              // its rows are what is played with
  const co_stream *stream;  // that its rows were made with; random actions are of its family
  int64_t episodes;         // below 2^30
  co_pool *pool;
  bool sampled;  // actions of the policy are drawn
  // Called now and then with the env steps so far: false ends it with CO_INTERRUPTED, where
  // episodes are left. May be NULL.
  bool (*goes_on)(void *context, int64_t env_steps);
  void *context;
} co_data_play;

typedef struct co_data_played {
  int64_t env_steps, faults;  // of all episodes; episodes that were left out
} co_data_played;

// CO_CONFIG when the policy doesn't fit the world; errors of the env and the writer.
co_status co_data_play_run(const co_data_play *play, co_data_writer *writer, co_data_played *out);

// The whole: a file of the world in which is played, of who acts and of the stream's seed, where
// its number is 0 as that of `eval`. CO_INTERNAL when no episode is without a fault. What fails
// leaves no file.
co_status co_data_play_file(const co_data_play *play, const char *path, co_data_played *out);

#endif  // AGENTS_DATA_PLAY_H_
