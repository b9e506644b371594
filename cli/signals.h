// SIGINT and SIGTERM: the first asks for an orderly end, a second one ends at once with exit code
// 75. The handler only sets a flag; whoever works looks at it where it is safe to stop.

#ifndef CLI_SIGNALS_H_
#define CLI_SIGNALS_H_

#include <signal.h>
#include <stdbool.h>

// From here on signals are caught. A patient process has a parent that passes signals on and ends
// it: Ctrl-C reaches both, so a second signal does not mean haste.
void cli_catch_signals(bool patient);

// From here on a signal ends the process at once with exit code 75: for who has nothing to finish,
// and may wait for another program without end.
void cli_end_on_signals(void);

// Non-zero once a signal has come.
extern const volatile sig_atomic_t *const cli_stop;

#endif  // CLI_SIGNALS_H_
