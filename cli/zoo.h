// Policies as arguments name them: files, "zoo:hopper", and where only a policy can be meant the
// name alone.

#ifndef CLI_ZOO_H_
#define CLI_ZOO_H_

#include "cli/args.h"

enum { CLI_POLICY_NAME = 128 };

// The policy that `given` names where a policy is required: "zoo:hopper", written to `name`, for
// "hopper" where no file or folder has this name, else `given` itself. CO_NO_INPUT for a name that
// is neither a file's nor one of the zoo.
co_status cli_policy_path(const char *given, char name[CLI_POLICY_NAME], const char **path);

// Whether a policy can go where an option says, if it is given: not into the zoo, from whose names
// a file would never be read again.
co_status cli_check_policy_out(const cli_args *args, const char *option);

#endif  // CLI_ZOO_H_
