// Minibatches that are drawn from several sets by shares.
//
// A set here is anything that holds transitions under an index: a data set, part of one, a
// learner's own replay. Which rows are drawn depends on the sets' sizes and shares and on one
// stream, and on nothing else. All functions are pure in their arguments.

#ifndef AGENTS_DATA_MINIBATCH_H_
#define AGENTS_DATA_MINIBATCH_H_

#include "core/rng.h"

#include <stdint.h>

// A row of a minibatch: which transition it is, and how it counts.
typedef struct co_minibatch_row {
  int64_t index;  // of the transition in its set
  int set;
  float weight;  // of its loss; 1 as drawn
  float reward;  // that is learned from: the transition's, until somebody corrects it
} co_minibatch_row;

typedef struct co_minibatch_source {
  int64_t count;  // transitions, 0 to 2^53
  double share;   // of the rows, >= 0, relative to the shares of all sets that have transitions
} co_minibatch_source;

// Sets index, set and weight of `rows` rows, those of a set behind those of the set before; rewards
// are the caller's to fill in. Of n rows and a share p a set gets floor(p n) or ceil(p n), p n in
// the mean (systematic sampling, Madow 1949, Ann. Math. Stat. 20:333), and within a set transitions
// are drawn uniformly with replacement. Where only one set can be drawn from, no number is spent on
// choosing. At least one set must have a share and transitions.
void co_minibatch_draw(const co_minibatch_source *source, int num_sources, co_rng *rng, int rows,
                       co_minibatch_row *row);

#endif  // AGENTS_DATA_MINIBATCH_H_
