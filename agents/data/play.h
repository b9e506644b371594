// Plays whole episodes into a data set: those of a policy, or of random actions.
//
// Episode k starts and goes as episode k of an evaluation with this stream (agents/policy/
// evaluate.h), so sets and evaluations can be compared pair by pair; it is episode k and row k of
// the set. As many episodes are played at once as the env has rows, and written in their order:
// bytes depend neither on that number nor on the pool, and memory holds these episodes alone.
// Episodes that end in a fault are left out, and their numbers with them.

#ifndef AGENTS_DATA_PLAY_H_
#define AGENTS_DATA_PLAY_H_

#include "agents/data/writer.h"
#include "agents/policy/policy.h"
#include "core/pool.h"

typedef struct co_data_play {
  const co_policy *policy;  // NULL: uniform random actions within the bounds
  co_env *env;              // its rows are what is played with
  const co_stream *stream;  // that its rows were made with; random actions are of its family
  int64_t episodes;         // below 2^30
  co_pool *pool;
} co_data_play;

// CO_CONFIG when the policy doesn't fit the world; errors of the env and the writer. `faults` is
// the number of episodes that were left out.
co_status co_data_play_run(const co_data_play *play, co_data_writer *writer, int64_t *faults);

#endif  // AGENTS_DATA_PLAY_H_
