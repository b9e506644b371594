#include "cli/signals.h"

#include "core/status.h"

#include <unistd.h>

static volatile sig_atomic_t stop_requested, is_patient;
const volatile sig_atomic_t *const cli_stop = &stop_requested;

static void on_signal(int signal) {
  if (stop_requested && !is_patient) _exit(CO_INTERRUPTED);
  stop_requested = signal;
}

static void end(int signal) {
  static const char text[] = "carryover: error: interrupted\n";
  (void)signal;
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(CO_INTERRUPTED);
  _exit(CO_INTERRUPTED);
}

static void handle(void (*handler)(int)) {
  // system calls go on, so that no write of a result is cut short
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

void cli_catch_signals(bool patient) {
  is_patient = patient;
  handle(on_signal);
}

void cli_end_on_signals(void) {
  handle(end);
}
