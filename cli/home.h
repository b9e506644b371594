// The tasks in which policies are played: the one that is named, or the one they were trained in.
// Their worlds come from a shelf (NULL: built anew).

#ifndef CLI_HOME_H_
#define CLI_HOME_H_

#include "agents/policy/policy.h"
#include "cli/cli.h"
#include "envs/world/shelf.h"

// The task to play a policy (of file `path`) in, lent: --task, or the one it was trained in, found
// by its name in configs/tasks and known by its hashes. CO_NO_INPUT asks for --task where there is
// none of this name, or another one. What was edited since the training is noted.
co_status cli_home_task(co_world_shelf *shelf, const cli_args *args, const char *path,
                        const co_policy *policy, const char **out);

// The task it was trained in where it is to be seen beside the task `given`: that one where it is
// the same, else the one of its name, lent; where there is none a note says so and *out is NULL.
co_status cli_home_source(co_world_shelf *shelf, const char *path, const co_policy *policy,
                          const char *given, const char **out);

// Notes what of a world, found by other means, was edited since the training.
co_status cli_home_note(co_world_shelf *shelf, const co_policy *policy, const co_world *world);

#endif  // CLI_HOME_H_
