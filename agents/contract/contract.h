// The contract of a policy: what its numbers mean. Written as JSON into the policy's file (key
// "carryover"); unknown keys are refused; what is absent or a null hash is unknown, which is not
// the same as equal. Layout, with keys in this order:
//
//   format 2, or 1; algorithm
//   network      {layers [widths], activation, layer_norm and shared_trunk: absent = false, heads
//                {mean, log_std, value}: their sizes}
//   observation  [{name, term, unit, scale, offset, clip: null or [low, high], null = no bound,
//                frame "site/imu": absent = seen from none, or unknown,
//                fill "zero": values of a past before the start are 0; absent = the first one}]
//                term "constant": never changes, value = offset, scale 0
//   action       [{name, kind, unit, scale, offset, low, high: null = no bound, kp, kd,
//   torque_limit:
//                of a torque that follows a target, null = none}]
//   output       "raw": the network puts out actions | "range": see agents/contract/output.h.
//   Absent: raw output_range [{low, high: null = no bound}] per action, what -1 and 1 of `range`
//   stand for;
//                absent: the action's own low and high. Of an actor that came from another world
//   default_pose {joint: value}                                     [rad or m]
//   timing       {timestep, substeps, control_dt}                   [s]
//   observe      "stale" | "fresh"
//   history      {length: values of the past of each observation, 1: none; layout "term": those of
//                a term lie together, oldest first, "frame": whole observations follow each other,
//                oldest first; reset "first" | "zero" | "mixed", as elements of the past are
//                filled}
//   normaliser   {where "file", clip: null = none, epsilon, count}  of the observations
//   command      [{name, unit, low, high}]
//   task         {name, hash, file: it was given as a path, absent = false}
//   domain       [{parameter, select, operation, value [...]}]
//   model        {name, hash: format 1 leaves out sites, sensors and more}; engine; mujoco: its
//   version, null where another engine did it training     {algorithm, steps, seed, seed_number,
//   parent: hash of the source policy or null} expected     {metric "return", mean, std, episodes}
//   absent: unknown provenance   {PATH: {from "trained"}}
//
// default_pose, history and command may be absent, as in older files: unknown. They are written as
// they were read; an empty list says that there is none.
//
// A contract is a value without pointers into others; co_contract_free releases its arrays. Not
// thread-safe to change.

#ifndef AGENTS_CONTRACT_CONTRACT_H_
#define AGENTS_CONTRACT_CONTRACT_H_

#include "agents/nn/network.h"
#include "core/buf.h"
#include "core/json.h"
#include "envs/env.h"

typedef enum co_output { CO_OUTPUT_RAW, CO_OUTPUT_RANGE } co_output;
extern const char *const co_output_names[];  // by output, NULL at the end

typedef struct co_output_range {
  double low, high;  // -INFINITY, INFINITY: none
} co_output_range;

typedef struct co_contract {
  int format;          // 1 or 2, as it was read and is written
  char algorithm[16];  // "ppo"
  co_network_def network;
  int num_obs, num_action, num_shifts, num_pose, num_commands;
  co_obs_element *obs;        // (num_obs), owned
  co_action_element *action;  // (num_action), owned
  co_output output;
  int num_ranges;               // 0 or num_action
  co_output_range *range;       // (num_ranges) owned; NULL: the actions' own
  co_shift_info *shift;         // (num_shifts) the domain it was trained in, owned
  co_pose_element *pose;        // (num_pose) default pose, owned; NULL: unknown
  co_command_element *command;  // (num_commands) owned; NULL: unknown
  int history;                  // values of each observation, 1: only the present; 0: unknown
  int layout;                   // of its past, an index into co_layout_names
  double timestep;              // [s]
  int substeps;
  char observe[16];
  char task[CO_NAME], model[CO_NAME], engine[CO_NAME];
  uint64_t task_hash;
  uint64_t model_hash;    // of the kind of its format; 0: unknown
  uint64_t model_hash_1;  // that of format 1 too, of a world's contract; not written
  bool task_is_file;  // it was given as a path; what has its name in configs/tasks may be another
  double norm_clip, norm_epsilon, norm_count;  // of the observation normaliser; clip INFINITY: none
  // training
  int64_t steps;
  uint64_t seed;
  uint32_t seed_number;
  uint64_t parent;  // hash of the source policy, 0: none
  // expected performance of the policy where it was trained; episodes 0: unknown
  int expected_episodes;
  double expected_mean, expected_std;
} co_contract;

extern const char *const co_fill_names[];    // by co_obs_element.fill
extern const char *const co_layout_names[];  // "term", "frame"

// Values of a fresh policy of this world; expected performance and training are unknown.
co_status co_contract_from_world(const co_env_info *world, const co_network_def *def,
                                 const char *algorithm, co_contract *out);
// The hash of its model as contracts of a format hold it, 0: unknown.
uint64_t co_contract_model_hash(const co_contract *contract, int format);
co_status co_contract_copy(const co_contract *from, co_contract *to);
void co_contract_free(co_contract *contract);
// Gives `to`, of as many actions and the same head, the meaning of `from`'s output: that of an
// actor that is copied. CO_MEMORY leaves `to` as it was.
co_status co_contract_keep_output(const co_contract *from, co_contract *to);
co_status co_contract_to_json(const co_contract *contract, co_json **out);
// CO_DATA with "file: path.to.0.key: text".
co_status co_contract_from_json(const co_json *json, const char *file, co_contract *out);

#endif  // AGENTS_CONTRACT_CONTRACT_H_
