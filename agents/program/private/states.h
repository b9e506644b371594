// Which inputs of a graph are what it remembers: those that an output of as many numbers answers,
// whose name is the input's but for what says "in" and "out".
//
//   h_in h_out   in_h out_h   h0 hn   h_0 h_n   h h_out   prev_h next_h   rnn_input_h rnn_output_h
//   memory memory_next   old_state new_state   h h_n
//
// Observations and actions are none, whatever they are called: the last action is given by who
// runs the policy. A single input is none either.

#ifndef AGENTS_PROGRAM_PRIVATE_STATES_H_
#define AGENTS_PROGRAM_PRIVATE_STATES_H_

#include "core/status.h"

#include <stdint.h>

// What goes in, or comes out.
typedef struct co_named_size {
  const char *name;
  int64_t count;  // of an output -1: not known
} co_named_size;

// answer (num_in): the output that is the state behind this input, -1: none. CO_DATA that names
// both where an input has two answers, or two inputs one; `file` names the graph.
co_status co_states_match(const char *file, const co_named_size *in, int num_in,
                          const co_named_size *out, int num_out, int *answer);

#endif  // AGENTS_PROGRAM_PRIVATE_STATES_H_
