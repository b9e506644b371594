// The zoo: policies that come with the program, one per task, made by scripts/zoo. "zoo:hopper"
// names configs/policies/hopper.safetensors wherever a policy's file is taken. Thread-safe.

#ifndef AGENTS_POLICY_ZOO_H_
#define AGENTS_POLICY_ZOO_H_

#include "core/file.h"

#include <stdbool.h>

#define CO_ZOO_PREFIX "zoo:"

// Whether it is said that the zoo is meant.
bool co_zoo_is_name(const char *name);

// Whether the zoo has a policy of this name, which has no prefix.
bool co_zoo_has(const char *name);

// The file that `name` stands for, for the caller to free: that of the zoo's policy, or `name`
// itself where it has no prefix. CO_NO_INPUT names the nearest policies of the zoo.
co_status co_zoo_find(const char *name, char **path);

// Names without prefix, sorted. CO_NO_INPUT where there is no zoo.
co_status co_zoo_names(co_names *out);

#endif  // AGENTS_POLICY_ZOO_H_
