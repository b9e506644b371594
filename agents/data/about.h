// What a data set says of itself: sizes, names of elements, who acted, and the contract of the
// world in which it was recorded.
//
// The contract is that of the world (agents/contract/contract.h), with its domain: what the numbers
// of an observation and an action mean. Its network stands for none. It is unknown for sets that
// come from other programs, whose names may be unknown, too. Written as one JSON object
// (docs/formats.md). Not thread-safe to change.

#ifndef AGENTS_DATA_ABOUT_H_
#define AGENTS_DATA_ABOUT_H_

#include "core/buf.h"
#include "core/text.h"
#include "envs/env.h"

typedef enum co_data_actor { CO_DATA_UNKNOWN, CO_DATA_POLICY, CO_DATA_RANDOM } co_data_actor;

typedef struct co_data_name {
  char name[CO_NAME];
} co_data_name;

typedef struct co_data_about {
  int obs_dim, act_dim;
  int num_obs, num_action;     // names that are known: all or none
  co_data_name *obs, *action;  // (num_obs), (num_action), owned; NULL: unknown
  co_data_actor actor;
  uint64_t policy_hash;  // of the policy's file; 0: none, or unknown
  int64_t seed;          // of the episodes' streams; -1: unknown
  char *contract;        // JSON on one line, owned; NULL: unknown
} co_data_about;

// Sizes, names and contract of a world; who acts is unknown. CO_CONFIG for a world that is beyond
// what a contract holds.
co_status co_data_about_world(const co_env_info *world, co_data_about *out);
co_status co_data_about_copy(const co_data_about *from, co_data_about *to);
void co_data_about_free(co_data_about *about);
// xxh3-64 of the contract's text; 0: unknown.
uint64_t co_data_contract_hash(const co_data_about *about);

// Appends the object, without a line's end.
co_status co_data_about_write(const co_data_about *about, co_buf *out);
// Fills all but the sizes, which it is compared with. CO_DATA with "file: text".
co_status co_data_about_parse(const char *text, size_t size, const char *file, int obs_dim,
                              int act_dim, co_data_about *out);

#endif  // AGENTS_DATA_ABOUT_H_
