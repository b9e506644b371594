// What `import` found, as JSON and for people.

#ifndef CLI_POLICIES_IMPORT_PRINT_H_
#define CLI_POLICIES_IMPORT_PRINT_H_

#include "cli/cli.h"
#include "envs/record/comparison.h"
#include "transfer/import/import.h"
#include "transfer/import/verify.h"

// The stages of the check, as far as they were asked for.
typedef struct import_checks {
  const co_policy *policy;  // borrowed
  double tolerance;
  bool has_network, has_replays, has_episodes;
  bool no_states;     // the recording holds none, so nothing was replayed
  co_verify network;  // recorded observations through the network
  co_replay led;      // recorded states through the task's observation
  co_replay driven;   // recorded actions through the task's drives and physics
  co_evaluation played;
  co_interval interval;
} import_checks;

// Network, observations and states agree with the recording where they were compared. States agree
// where the whole recording comes out, or every single step of it: the rest is how rounding grows.
bool import_checks_ok(const import_checks *checks);
void import_checks_free(import_checks *checks);

co_status import_print(const cli_args *args, const char *out, const co_import *import,
                       const import_checks *checks);

#endif  // CLI_POLICIES_IMPORT_PRINT_H_
