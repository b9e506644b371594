// Who acts in what `play` and `record` show: POLICY, or in TASK what --policy names.

#ifndef CLI_ACTORS_H_
#define CLI_ACTORS_H_

#include "cli/cli.h"
#include "cli/zoo.h"
#include "viz/play/stand_in.h"

// Must stay where it was read: its path may be its own.
typedef struct cli_actor {
  const char *path;      // of a policy's file, or its name in the zoo; NULL: no policy acts
  const char *task;      // that is named then, lent by the arguments
  co_stand_in stand_in;  // and who acts in it
  char zoo[CLI_POLICY_NAME];
} cli_actor;

// The actor that a positional argument (POLICY|TASK, NULL: none was given) and --policy name;
// without --policy a task is its policy in the zoo. CO_USAGE for options that do not go together;
// CO_NO_INPUT for a task that the zoo has no policy of, and for what is neither.
co_status cli_actor_read(const cli_args *args, const char *name, cli_actor *out);

#endif  // CLI_ACTORS_H_
