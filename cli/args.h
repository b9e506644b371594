// The parser behind cli.h.

#ifndef CLI_ARGS_H_
#define CLI_ARGS_H_

#include "cli/cli.h"

typedef struct cli_given {
  const char *name;                    // of the option
  const char *values[CLI_MAX_VALUES];  // borrowed from argv; a flag has one value ""
  int count;
} cli_given;

struct cli_args {
  const cli_command *command;
  const char *positional[CLI_MAX_VALUES];
  int num_positional;
  cli_given given[CLI_MAX_VALUES];
  int num_given;
};

extern const cli_option cli_common_options[];    // ended by a NULL name
extern const cli_command *const cli_commands[];  // ended by a NULL

// Parses what follows the command's name. CO_USAGE with one sentence.
co_status cli_args_parse(const cli_command *command, int argc, char **argv, cli_args *out);

#endif  // CLI_ARGS_H_
