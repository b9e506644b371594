// From what a network puts out to an action of the env.
//
// A contract with output "range" counts in units of the action's range: of `ctrl` elements with
// bounds, action = mid + half x output, so that -1 and 1 are exactly its low and high, and no
// output leaves it. Elements of other kinds (targets of joints) have a scale of their own: their
// output is the action. A squashed head's output, tanh, is in units of the range for all elements;
// a side without bounds is 1 from 0. So is that of a Gaussian whose contract says "tanh": policies
// that were trained so (a normal distribution behind tanh) go on learning with PPO, to whose ratios
// a fixed function of the action is nothing. At last everything is clipped to the contract's
// bounds.
//
// What "range" stands for is the policy's, not the world's: an actor that goes to a world of other
// bounds keeps the range that it was trained with and does not leave it, so that it does there what
// it did before it was copied. The env knows only actions. Where a Gaussian's range is -1..1
// nothing is computed, so that no bit changes. All functions are pure.

#ifndef AGENTS_CONTRACT_OUTPUT_H_
#define AGENTS_CONTRACT_OUTPUT_H_

#include "agents/contract/contract.h"

// One element.
typedef struct co_output_map {
  bool scaled;        // else the output is the action
  float first, last;  // the actions of -1 and 1
  double mid, half;
  float low, high;  // to which the action is clipped
} co_output_map;

// What the output is: of a squashed head "range" in files of any age.
co_output co_output_of(const co_contract *contract);

// Whether tanh comes before the map: its result is what the functions below take and give.
bool co_output_is_squashed(const co_contract *contract);

// The first action whose range a raw output hardly reaches (co_action_is_far), -1: none.
int co_output_find_far(const co_contract *contract);

// map (num_action)
void co_output_maps(const co_contract *contract, co_output_map *map);

// output, action (rows x dim), may be the same; a squashed head's output is tanh already
void co_output_actions(const co_output_map *map, int dim, int rows, const float *output,
                       float *action);

// The inverse: output (rows x dim) that gives the action, which may be the same array; of a
// squashed head tanh. An action that no output gives is first brought to the bounds. Returns how
// many of the rows hold such a one.
int64_t co_output_invert(const co_output_map *map, int dim, int rows, const float *action,
                         float *output);

#endif  // AGENTS_CONTRACT_OUTPUT_H_
