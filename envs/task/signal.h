// The signal path between policy and physics: what a domain does to actions and observations on
// their way, pushes, and the start state.
//
//   action: held for `repeat` steps, + noise, x gain, delay ─► clip, scale
//   observation: raw, delay, + bias + noise, drop, freeze ─► scale, offset, clip, history
//
// Noise is drawn anew in every control step, also while an action is held. Before anything has
// arrived a delayed action is 0, and a delayed observation is the first one of the episode, or 0
// where the task fills its past with zeros. A
// dropped value reads 0; a frozen one is what was delivered last, dropped or not, and the first of
// an episode cannot be frozen. Reward terms, and observations of the last action, see the action as
// the policy gave it. The numbers are those of the table in envs/physics/parameters.h marked
// CO_BY_SIGNAL: nominally what the task says (`noise` and `delay` of an observation term), shifted
// by a domain, and drawn for every row where a domain says so.
//
// A target of a `pd` action reaches its motor `pd.delay` physics steps late; before any has arrived
// it is the first one of the episode.
//
// A co_signal is constant and shared by rows; a co_signal_row is one row's part. Thread-safe per
// row.

#ifndef ENVS_TASK_SIGNAL_H_
#define ENVS_TASK_SIGNAL_H_

#include "envs/task/binding.h"

// Numbers of all parameters in one array, one after another, with one number for each element.
typedef struct co_signal {
  const co_binding *binding;
  bool active;                // anything happens to a signal in some row
  int at[CO_NUM_PARAMETERS];  // first number of the parameter
  int size;
  double *neutral;   // (size) nothing happens
  double *value;     // (size) nominal, then shifted where the same for all rows
  int action_slots;  // steps kept of actions and observations: the longest delay and 1
  int observation_slots;
  int target_slots;  // physics steps kept of targets, likewise
} co_signal;

// One row's: `value` is its numbers, `buffer` what it keeps from step to step.
typedef struct co_signal_row {
  double *value;   // (size)
  double *buffer;  // (co_signal_doubles), zero when an episode starts
} co_signal_row;

// Elements of a parameter of the signal path, and the name of one; NULL: one for the whole task.
int co_signal_elements(const co_binding *binding, co_parameter_id parameter);
const char *co_signal_element_name(const co_binding *binding, co_parameter_id parameter, int i);

// Nominal numbers; nothing is active but what the task says. CO_MEMORY.
co_status co_signal_create(const co_binding *binding, co_arena *arena, co_signal *out);

// After `value` was shifted, or a row may draw number `i` from low..high: activates, and makes room
// for the longest delay.
void co_signal_settle(co_signal *signal);
void co_signal_allow(co_signal *signal, co_parameter_id parameter, int element,
                     const double *value);  // (width)

// Whether rows have room for a delay that is this long; of what is no delay, always.
bool co_signal_has_room(const co_signal *signal, co_parameter_id parameter, double high);

// Where the numbers of an element are in `value`, in rows too.
static inline int co_signal_index(const co_signal *signal, co_parameter_id parameter, int element) {
  return signal->at[parameter] + co_parameters[parameter].width * element;
}

// Doubles a row keeps; 0 when nothing is active, and then no other call is made.
size_t co_signal_doubles(const co_signal *signal);

// Nominal start, and what is left of the reset terms' deviation from it.
void co_signal_place(const co_signal *signal, const co_signal_row *row, co_physics *physics);
void co_signal_spread(const co_signal *signal, const co_signal_row *row, co_physics *physics);

// Physics steps of a control step.
int co_signal_substeps(const co_signal *signal, const co_signal_row *row);

// What arrives of the policy's action in control step `step`, from 0.
void co_signal_act(const co_signal *signal, const co_signal_row *row, int64_t step, co_rng *rng,
                   const double *action, double *arrived);

// What the torques of the `count` pd actions from `first` on follow before a physics step, counted
// from 0 within the episode; `late` (count) gets their targets where those are delayed.
co_pd co_signal_law(const co_signal *signal, const co_signal_row *row, int64_t step, int first,
                    int count, const double *target, double *late);

// Forces on bodies, before a control step; none is taken away that somebody else has applied.
void co_signal_force(const co_signal *signal, const co_signal_row *row, co_physics *physics);
// After control step `step`, counted from 1.
void co_signal_push(const co_signal *signal, const co_signal_row *row, int64_t step, co_rng *rng,
                    co_physics *physics);

// Raw values (raw_dim) after `step` control steps, in place.
void co_signal_observe(const co_signal *signal, const co_signal_row *row, int64_t step, co_rng *rng,
                       double *raw);

#endif  // ENVS_TASK_SIGNAL_H_
