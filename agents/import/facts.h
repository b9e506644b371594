// What is said about a policy beside its numbers: names and order of joints, scales, default pose,
// gains, rate, history, normaliser, command. One struct for all who say it.
//
// A fact has a place where it was read ("deploy.yaml:12", "policy.onnx: metadata
// \"joint_names\""), an origin and the digits that it had; a fact that nobody stated is absent:
// count 0, NULL, NAN. Readers know one format each and add to what is there already. Where two
// sources differ beyond their digits the first one stays and the other is kept as a conflict with
// both places, for a person to decide.
//
// Lists of one number stand for all elements. What is stated and has no value (`at.stated`, count
// 0, NULL, NAN) is said not to be there: "clip": null. SI units. Thread-safe for different facts.

#ifndef AGENTS_IMPORT_FACTS_H_
#define AGENTS_IMPORT_FACTS_H_

#include "agents/contract/contract.h"
#include "agents/formats/onnx.h"
#include "core/arena.h"
#include "core/json.h"

typedef struct co_fact {
  bool stated;
  co_origin from;     // CO_FROM_FILE, CO_FROM_USER, CO_FROM_INFERRED, CO_FROM_DEFAULT
  const char *place;  // where it was read
  double resolution;  // half a unit of the last digit of its numbers, the largest; 0: exact
} co_fact;

typedef struct co_fact_number {
  co_fact at;
  double value;  // NAN: not stated
} co_fact_number;

typedef struct co_fact_numbers {
  co_fact at;
  int count;           // 0: not stated
  double *value;       // (count)
  double *resolution;  // (count) of each
} co_fact_numbers;

typedef struct co_fact_text {
  co_fact at;
  const char *value;  // NULL: not stated
} co_fact_text;

typedef struct co_fact_names {
  co_fact at;
  int count;
  const char **name;
} co_fact_names;

// One term of the observation, in the words of those who know it: facts.json's are the canonical
// ones (docs/formats.md), other formats' names are brought to them.
typedef struct co_fact_term {
  co_fact at;
  const char *term;       // "joint_pos_rel"; as the file has it where no canonical name is known
  const char *stated_as;  // the file's own word for it
  int start, dim;         // of all its values, those of the past too; -1: not stated
  co_fact_numbers scale, offset, clip;  // clip: low, high
  co_fact_number period;                // [s] of a clock
  int slice[2];                         // of qpos or qvel: first, end; -1: not stated
  const char *sensor, *site, *frame;    // NULL: not stated
  co_fact_names elements;               // in their order, where they are named one by one
  int history;                          // values of it, 0: not stated
  const char *note;                     // words for people
} co_fact_term;

typedef struct co_fact_command {
  const char *name;         // "vx"; "0" where it has none
  const char *unit;         // "m/s"; NULL: not stated
  double value, low, high;  // NAN: not stated
} co_fact_command;

typedef struct co_fact_conflict {
  const char *path;          // "default_pose.3"
  const char *kept, *other;  // value and place of each: "0.25 (deploy.yaml:12)"
} co_fact_conflict;

typedef struct co_facts {
  co_fact_text name, model, base_body, task;
  // the policy's files and what goes in and out of them
  co_fact_text policy_file, policy_format, algorithm, activation, recurrent, output;
  co_fact_number obs_dim, act_dim;
  // the world's clock
  co_fact_number timestep, substeps, control_dt;
  co_fact_text integrator;
  co_fact_number solver_iterations, ls_iterations;
  // joints and drives, in the policy's order
  co_fact_names joints, actuators;
  co_fact_numbers default_pose;
  co_fact_numbers joint_order;  // index of each joint in another order that the file uses
  co_fact_text order_name;      // its name, where one is stated
  co_fact_text order;           // what order of a robot's joints the policy's is: "breadth_first"
  // action
  co_fact_text action_kind;     // "joint position target", "pd torque", "ctrl", ...
  co_fact_text action_output;   // "action" | "range": units of each control's low and high
  co_fact_text action_clip_of;  // what clips it, where no numbers are said: "actuator ctrlrange"
  co_fact_numbers action_scale, action_offset, action_clip;  // clip: low and high of all
  co_fact_numbers action_low, action_high;                   // the same by action
  co_fact_numbers kp, kd, torque_limit;                      // of a torque that follows a target
  co_fact_text previous_action;
  // of the model's own servos and joints: facts of the model, which acts by itself
  co_fact_numbers servo_kp, servo_kd, joint_damping;
  // observation
  int num_terms;
  co_fact_term *term;
  co_fact_number history;       // values, of all terms
  co_fact_text history_layout;  // "term" | "frame"
  co_fact_text history_order;   // "oldest_first" | "newest_first"
  co_fact_text history_reset;   // "first": the first value fills the past, "zero"
  // normaliser
  co_fact_text normaliser;  // "none" | "inside" | "values" | "external"
  co_fact_numbers norm_mean, norm_var;
  co_fact_number norm_clip, norm_epsilon;
  // command
  int num_commands;
  co_fact_command *command;
  co_fact command_at;
  // gait clock
  co_fact_numbers gait_frequency, gait_phase, gait_standing;
  co_fact_number gait_gain;
  // start and end of an episode
  co_fact_numbers init_qpos, init_qvel, init_ctrl;
  co_fact_text keyframe, init_noise;
  co_fact_number fall_height, fall_up, horizon;
  co_fact_text reward, termination;  // words for people
  // a robot inside the file
  const char *urdf;  // its text; NULL: none
  int num_conflicts;
  co_fact_conflict *conflict;
  co_arena memory;  // of all texts and lists, owned
} co_facts;

// Each adds to `facts`, which begins as zeros; CO_DATA names file and line or key, and then
// nothing was added.
co_status co_facts_read_json(const char *path, co_facts *facts);  // keys of facts.json
co_status co_facts_read_yaml(const char *path, co_facts *facts);  // deploy.yaml, config.yaml, ...
co_status co_facts_read_onnx(const co_onnx *onnx, co_facts *facts);  // metadata
// By what lies in the file; of an ONNX file, which ends in .onnx, its metadata.
co_status co_facts_read(const char *path, co_facts *facts);
// What `from` states goes into `into`, where it is not stated already; see conflicts above. Numbers
// by joint follow the names of their own source into the order of `into`.
co_status co_facts_merge(const co_facts *from, co_facts *into);
// The same from bytes, which are not kept; `file` names them.
co_status co_facts_parse(const char *text, size_t size, const char *file, co_facts *facts);
void co_facts_free(co_facts *facts);

// What is stated and what a policy's use needs but nobody said, one by one, in a fixed order: path
// as in facts.json ("action.kp"), its value as JSON (null: none, or unknown), origin, place ("").
typedef co_status (*co_fact_visit)(void *context, const char *path, const co_json *value,
                                   co_origin from, const char *place);
co_status co_facts_list(const co_facts *facts, co_fact_visit visit, void *context);

// A contract for a network of this definition that says what the facts say, with the origin of each
// member; elements that nobody names are numbered and unknown.
co_status co_facts_contract(const co_facts *facts, const co_network_def *def, co_contract *out);

#endif  // AGENTS_IMPORT_FACTS_H_
