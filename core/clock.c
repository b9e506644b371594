#include "core/clock.h"

#include <time.h>

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double co_clock_wall(void) {
  return seconds(CLOCK_MONOTONIC);
}

double co_clock_cpu(void) {
  return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double co_clock_thread_cpu(void) {
  return seconds(CLOCK_THREAD_CPUTIME_ID);
}
