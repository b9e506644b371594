// The contract of a policy: what its numbers mean. Written as JSON into the policy's file (key
// "carryover"); unknown keys are refused; what is absent is unknown, which is not the same as
// equal. Layout: docs/design.md, "Contract".
//
// A contract is a value without pointers into others; co_contract_free releases its arrays. Not
// thread-safe to change.

#ifndef AGENTS_CONTRACT_H_
#define AGENTS_CONTRACT_H_

#include "agents/network.h"
#include "core/json.h"
#include "envs/env.h"

typedef struct co_contract {
  char algorithm[16];  // "ppo"
  co_network_def network;
  int num_obs, num_action, num_shifts;
  co_obs_element *obs;        // (num_obs), owned
  co_action_element *action;  // (num_action), owned
  co_shift_info *shift;       // (num_shifts) the domain it was trained in, owned
  double timestep;            // [s]
  int substeps;
  char observe[16];
  char task[CO_NAME], model[CO_NAME], engine[CO_NAME];
  uint64_t task_hash, model_hash;
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

// Values of a fresh policy of this world; expected performance and training are unknown.
co_status co_contract_from_world(const co_env_info *world, const co_network_def *def,
                                 const char *algorithm, co_contract *out);
co_status co_contract_copy(const co_contract *from, co_contract *to);
void co_contract_free(co_contract *contract);
co_status co_contract_to_json(const co_contract *contract, co_json **out);
// CO_DATA with "file: path.to.0.key: text".
co_status co_contract_from_json(const co_json *json, const char *file, co_contract *out);

#endif  // AGENTS_CONTRACT_H_
