// From an observation to an action: the one way of everything that acts.
//
//   observation -> normaliser -> network, perhaps with memory -> means -> head, range, bounds
//   -> action
//
// Evaluations, the viewer, traces and step 0 take the way as a whole (co_actor_act). Rollouts draw
// in its middle: co_actor_run gives the means, and co_actor_finish makes an action of what was
// drawn around them.
//
// What an actor remembers of the observations before is its state. It belongs to a row, as that of
// the env does: whoever acts keeps it beside the row, begins it where an episode begins and saves
// it where the row is saved. A function of the observation alone has none: 0 bytes. Acting advances
// the state, whatever becomes of the action; a row that acts by other means (at random, by a
// recording) leaves it alone. A network's memory is such a state: outputs of its cell, of an LSTM
// then what the cell keeps, each padded (agents/nn/recurrent.h), zeros at the beginning. So are the
// state inputs of a program, one behind the other; its actions stand where the means of a network
// do.
//
// Memory is the caller's, acting allocates nothing. Thread safety: an actor is const; different
// rows may act at once, with other scratch. The means of a row have the same bits for any number of
// rows. They follow the policy's parameters, wherever those go.

#ifndef AGENTS_POLICY_ACTOR_H_
#define AGENTS_POLICY_ACTOR_H_

#include "agents/nn/mlp.h"
#include "agents/policy/policy.h"

// Where a block of rows computes, and what is there to be looked at afterwards.
typedef struct co_actor_scratch {
  float *input;  // (rows x input_stride) what the network saw: normalised, padded with zeros
  int input_stride;
  float *output[CO_MAX_LAYERS];  // (rows x out_stride) of each layer of actor->mlp
  float *memory;                 // (rows x stride of its width) output of the network's memory
  co_recurrent_work work;        // of that
  float *own;                    // of the class, for whatever it needs
} co_actor_scratch;

typedef struct co_actor co_actor;

// A kind of actor.
typedef struct co_actor_class {
  size_t (*state_bytes)(const co_policy *policy);       // of a row, a multiple of 8; 0: none
  void (*begin)(const co_policy *policy, void *state);  // before a row's first observation
  // From the normalised input of `rows` rows, which it may change, to the outputs of the layers;
  // state (rows x state_bytes).
  void (*act)(const co_actor *actor, int rows, void *state, const co_actor_scratch *at);
  size_t (*own_size)(const co_policy *policy, int rows);  // floats of at->own; NULL: none
} co_actor_class;

// A policy, ready to act.
struct co_actor {
  const co_actor_class *class;
  const co_policy *policy;  // borrowed
  co_mlp mlp;  // its network, behind the memory. A learner may put another last layer here that
               // computes the means in other columns (SAC's joint head); a sum in another order has
               // other bits.
  co_recurrent_view memory;  // of the network, where it has one
  size_t state_bytes;        // of a row
};

co_actor co_actor_view(const co_kernels *kernels, const co_policy *policy);

// Floats of a scratch of its own for `rows` rows, and its arrays in such a block, which is aligned
// to 64 bytes and zero.
size_t co_actor_scratch_size(const co_actor *actor, int rows);
co_actor_scratch co_actor_scratch_place(const co_actor *actor, int rows, float *block);

// The state of one of several rows.
static inline void *co_actor_state_at(const co_actor *actor, void *state, int row) {
  return actor->state_bytes ? (unsigned char *)state + (size_t)row * actor->state_bytes : state;
}

// The states of `rows` rows that follow each other, each at the beginning of an episode. `state`
// (rows x state_bytes), aligned to 8 bytes, NULL where there is none; here and below.
void co_actor_begin(const co_actor *actor, int rows, void *state);

// obs (rows x obs_dim) raw. The last output holds the means (rows x out_stride).
void co_actor_run(const co_actor *actor, const float *obs, int rows, void *state,
                  const co_actor_scratch *at);

// What the network put out, or what was drawn around it, to actions of the env: tanh of a squashed
// head, units of the action, bounds (agents/contract/output.h). Both (rows x act_dim), may be the
// same.
void co_actor_finish(const co_actor *actor, int rows, const float *output, float *action);

// Both: action (rows x act_dim) is the deterministic one.
void co_actor_act(const co_actor *actor, const float *obs, int rows, void *state,
                  const co_actor_scratch *at, float *action);

// log_std (rows x act_dim) of the Gaussian, before tanh where squashed, at the observations that
// `at` was run for, held in CO_LOG_STD_MIN..CO_LOG_STD_MAX. A Gaussian head's does not depend on
// them: `at` may be NULL.
void co_actor_log_std(const co_actor *actor, const co_actor_scratch *at, int rows, float *log_std);

// Differential entropy [nat] of the distribution of actions at the first row of `at`, as above; of
// a squashed head that of the Gaussian before tanh, which has a closed form.
double co_actor_entropy(const co_actor *actor, const co_actor_scratch *at);

#endif  // AGENTS_POLICY_ACTOR_H_
