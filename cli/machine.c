#include "cli/machine.h"

#include "agents/nn/kernels/kernels.h"
#include "cli/cli.h"
#include "core/libc.h"
#include "envs/physics/physics.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Text behind "KEY : " in a file of lines such as /proc/cpuinfo; false when there is none.
static bool read_key(const char *path, const char *key, char *out, size_t size) {
  FILE *file = fopen(path, "re");
  if (!file) return false;
  char line[512];
  bool found = false;
  while (!found && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (!colon || strncmp(line, key, strlen(key)) != 0) continue;
    colon += 1 + strspn(colon + 1, " \t");
    snprintf(out, size, "%.*s", (int)strcspn(colon, "\n"), colon);
    found = true;
  }
  fclose(file);
  return found;
}

void machine_cpu(char *out, size_t size) {
  if (!read_key("/proc/cpuinfo", "model name", out, size)) snprintf(out, size, "unknown");
}

// Affinity counts, not the number in the box: containers and job schedulers give a part.
int machine_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

double machine_load(void) {
  double load;
  return getloadavg(&load, 1) == 1 ? load : (double)NAN;
}

double machine_memory(void) {
  char text[64];
  if (!read_key("/proc/meminfo", "MemAvailable", text, sizeof text)) return NAN;
  return 1024 * strtod(text, NULL);
}

co_json *machine_json(int threads, double load_before) {
  char cpu[256];
  machine_cpu(cpu, sizeof cpu);
  const char *version = strchr(co_engine_mujoco.version(), ' ');  // "mujoco 4.0.1"
  co_json *object = co_json_object();
  co_json_set_string(object, "cpu", cpu);
  co_json_set_int(object, "cores", machine_cores());
  co_json_set_string(object, "isa", co_kernels_get()->name);
  co_json_set_int(object, "threads", threads);
  co_json_set(object, "blas", co_json_null());
  co_json_set(object, "blas_core", co_json_null());
  co_json_set_string(object, "mujoco", version ? version + 1 : NULL);
  co_json_set_string(object, "build", cli_build_text());
  co_json_set_string(object, "libc", co_libc_text());
  co_json_set_number(object, "load_before", load_before);
  co_json_set_number(object, "load_after", machine_load());
  return object;
}
