// The contract of a policy: what its numbers mean. Written as JSON into the policy's file (key
// "carryover"), with the members that docs/design/policies.md lists; unknown keys are refused. What
// is absent or a null hash is unknown, which is not the same as equal; an empty list says that
// there is none. Facts that format 1 does not have are unknown where it is read, and a contract is
// written in the format that it was read in.
//
// A contract is a value without pointers into others; co_contract_free releases its arrays. Not
// thread-safe to change.

#ifndef AGENTS_CONTRACT_CONTRACT_H_
#define AGENTS_CONTRACT_CONTRACT_H_

#include "agents/nn/network.h"
#include "core/buf.h"
#include "envs/env.h"

// What a network's output is: the action, units of its range, or these behind a tanh, of which a
// Gaussian is drawn before it (agents/contract/output.h).
typedef enum co_output { CO_OUTPUT_RAW, CO_OUTPUT_RANGE, CO_OUTPUT_TANH } co_output;
extern const char *const co_output_names[];  // by output, NULL at the end

typedef struct co_output_range {
  double low, high;  // -INFINITY, INFINITY: none
} co_output_range;

// Where a fact comes from.
typedef enum co_origin {
  CO_FROM_TRAINED,   // first-hand: the world it was trained in
  CO_FROM_FILE,      // a file of somebody else
  CO_FROM_DEFAULT,   // what tools have where nothing is said
  CO_FROM_INFERRED,  // from other facts
  CO_FROM_USER,
  CO_FROM_UNKNOWN,  // nothing is known: the value stands for none
} co_origin;
extern const char *const co_origin_names[];

// The origin of a member and of all below it: "action", "observation.3.scale" (elements are
// counted through all blocks).
typedef struct co_provenance {
  char path[CO_NAME];
  co_origin from;
  char detail[256];   // "deploy.yaml:12", ""
  double resolution;  // half a unit of the last printed digit of a number; 0: exact
} co_provenance;

// A number that the critic sees and the actor does not: what a row draws at its resets, brought to
// -1 at low and 1 at high (envs/env.h, co_draw_info).
typedef struct co_privileged_element {
  char parameter[CO_NAME];
  char element[CO_NAME];  // "" where the parameter has no elements
  int index;              // among the values of the parameter
  double low, high;
} co_privileged_element;

enum { CO_NOTE = 512 };  // bytes of a note, with NUL

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
  int num_privileged;
  co_privileged_element *privileged;  // (num_privileged) owned; NULL: none
  int num_joints, num_frames, num_clocks, num_provenance;
  co_joint_info *joint;       // (num_joints) that elements are about, owned; NULL: unknown
  co_frame_info *frame;       // (num_frames) owned; NULL: unknown
  co_clock_info *clock;       // (num_clocks) owned; NULL: unknown
  int past_order;             // of values of the past, an index into co_past_names
  co_origin origin;           // of all facts but those of `provenance`
  co_provenance *provenance;  // (num_provenance) owned
  int history;                // values of each observation, 1: only the present; 0: unknown
  int layout;                 // of its past, an index into co_layout_names
  double timestep;            // [s]
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
  // interquartile mean of these episodes with its interval; confidence 0: unknown
  double expected_confidence, expected_iqm, expected_lo, expected_hi;
  uint64_t expected_seed;  // of the episodes
  char note[CO_NOTE];      // how it was made, in the words of who keeps it; "": nothing is said
} co_contract;

extern const char *const co_fill_names[];    // by co_obs_element.fill
extern const char *const co_layout_names[];  // "term", "frame"
extern const char *const co_past_names[];    // "oldest_first", "newest_first"

// Values of a fresh policy of this world; expected performance and training are unknown.
co_status co_contract_from_world(const co_env_info *world, const co_network_def *def,
                                 const char *algorithm, co_contract *out);
// The hash of its model as contracts of a format hold it, 0: unknown.
uint64_t co_contract_model_hash(const co_contract *contract, int format);
bool co_contract_same_privileged(const co_privileged_element *a, const co_privileged_element *b);
// Whether the critics of two policies see the same privileged numbers, which may be none.
bool co_contract_same_draws(const co_contract *a, const co_contract *b);
// Names at the same places: index of the first that differs, or that only one side has; -1: they
// are the same.
int co_find_other_obs(const co_contract *a, const co_contract *b);
int co_find_other_action(const co_contract *a, const co_contract *b);
co_status co_contract_copy(const co_contract *from, co_contract *to);
void co_contract_free(co_contract *contract);
// The origin of a fact, that of the longest path that it is at or below; NULL: the contract's own
// origin, exact.
const co_provenance *co_contract_provenance(const co_contract *contract, const char *path);
// Says where a fact and all below it come from, in place of what was said of them so far. `detail`
// is cut to its length. CO_MEMORY.
co_status co_contract_set_origin(co_contract *contract, const char *path, co_origin from,
                                 const char *detail);
// Whether it is known what observations go through before the network: nothing, or its normaliser.
// A policy of other people may not say, and to act on a guess would be to act on noise.
bool co_contract_knows_normaliser(const co_contract *contract);
// Gives `to`, of as many actions and the same head, the meaning of `from`'s output: that of an
// actor that is copied. CO_MEMORY leaves `to` as it was.
co_status co_contract_keep_output(const co_contract *from, co_contract *to);

#endif  // AGENTS_CONTRACT_CONTRACT_H_
