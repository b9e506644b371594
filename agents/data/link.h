// Episodes from files that have steps: which of them follow each other?
//
// Other programs' files say which steps are the last of an episode, and mostly what was observed
// behind each. A step that does not lead to the next one in the file (its next observation is
// another, bit for bit) ends its episode there, truncated: so do gaps that a file does not mark. So
// does the last step. Where the observation behind a last step is not told, it is lost: a truncated
// step goes, and its own observation is the one behind the step before; a terminated step, whose
// next observation nobody learns from, repeats its own. What is done so is counted and told.

#ifndef AGENTS_DATA_LINK_H_
#define AGENTS_DATA_LINK_H_

#include "agents/data/sink.h"

typedef struct co_data_step {
  const float *obs, *action;
  const float *next_obs;  // NULL: not told
  float reward;
  bool terminated, truncated;
  bool numbered;  // the file has numbers of episodes and rows, else they are counted
  uint32_t episode, row;
} co_data_step;

typedef struct co_data_link {
  const co_data_sink *sink;  // borrowed
  const char *file;          // for messages, borrowed
  int obs_dim, act_dim;
  bool holds;                  // a step that waits for the next one, in these
  bool told;                   // its next observation is
  float *obs, *action, *next;  // owned, one block
  co_data_transition held;
  uint32_t episodes;               // counted
  int64_t steps;                   // taken
  int64_t cut, dropped, repeated;  // ends that the file does not mark, ends without an observation
} co_data_link;

co_status co_data_link_begin(const co_data_sink *sink, const char *file, const co_data_about *about,
                             co_data_link *out);
// CO_DATA with "FILE: step N: text" where numbers contradict what follows what; errors of the sink.
co_status co_data_link_add(co_data_link *link, const co_data_step *step, bool is_last);
// Tells what was done.
co_status co_data_link_tell(const co_data_link *link, co_data_problems *problems);
void co_data_link_free(co_data_link *link);

#endif  // AGENTS_DATA_LINK_H_
