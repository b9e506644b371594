// The table of commands.

#include "cli/args.h"

const cli_command *const cli_commands[] = {
#define X(name) &cli_##name,
    CLI_COMMAND_LIST(X)
#undef X
        NULL};
