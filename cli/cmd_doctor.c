// carryover doctor: does everything that is needed work here, and what slows it down?

#include "agents/data/hdf5.h"
#include "agents/nn/kernels/kernels.h"
#include "cli/machine.h"
#include "cli/worlds.h"
#include "core/config/config_file.h"
#include "core/libc.h"
#include "core/memory.h"
#include "envs/physics/physics.h"
#include "envs/source/worlds.h"
#include "transfer/run/known_training.h"
#include "viz/draw/gl.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef enum finding { OK, WARN, FAIL } finding;
static const char *const finding_names[] = {"ok", "warn", "fail"};

// What was found, in both forms.
typedef struct report {
  co_json *checks;
  co_buf text;
  bool failed;
  co_world_shelf *shelf;  // the trainings are in some of the tasks
} report;

// one line; what to do about it stands in the text
__attribute__((format(printf, 4, 5))) static void add(report *out, const char *name, finding level,
                                                      const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  co_json *object = co_json_object();
  co_json_set_string(object, "name", name);
  co_json_set_string(object, "level", finding_names[level]);
  co_json_set_string(object, "text", text);
  co_json_add(out->checks, object);
  co_buf_printf(&out->text, "  %-5s %-12s %s\n", finding_names[level], name, text);
  out->failed = out->failed || level == FAIL;
}

// Every level gives the same bits, so a slow one is a warning and no error.
static void check_processor(report *out) {
  char cpu[256];
  machine_cpu(cpu, sizeof cpu);
  add(out, "processor", OK, "%s, %d cores for this process", cpu, machine_cores());
  const char *level = co_kernels_get()->name;
  if (strcmp(level, co_kernels_names[0]) == 0)
    add(out, "kernels", WARN,
        "%s: below x86-64-v3 (AVX2 and FMA) learning is many times slower, with the same results",
        level);
  else
    add(out, "kernels", OK, "%s", level);
}

static void check_memory(report *out) {
  const double gib = 1 << 30;
  double bytes = machine_memory();
  if (isnan(bytes)) return;
  if (bytes < gib)
    add(out, "memory", WARN, "%.2f GiB free; a study wants about 0.1 GiB for each job",
        bytes / gib);
  else
    add(out, "memory", OK, "%.1f GiB free", bytes / gib);
}

// Oldest release without the solver bug of 4.0.0.
static void check_mujoco(report *out) {
  int major = 0, minor = 0, patch = 0;
  const char *version = co_engine_mujoco.version();
  sscanf(version, "mujoco %d.%d.%d", &major, &minor, &patch);
  if (major * 10000 + minor * 100 + patch < 40001)
    add(out, "physics", FAIL, "%s is loaded, at least 4.0.1 is needed: run scripts/setup", version);
  else
    add(out, "physics", OK, "%s", version);
}

// Configs and models are looked for next to the program, or where CARRYOVER_DATA says.
static void check_data(report *out) {
  char *path;
  if (co_data_find("configs/tasks", &path) == CO_OK) {
    add(out, "data", OK, "tasks in %s", path);
    free(path);
  } else {
    add(out, "data", FAIL, "%s; set CARRYOVER_DATA to the folder that holds configs/",
        co_error_text());
  }
}

// builds every task and plays a step of it
static void check_tasks(report *out) {
  co_names names;
  if (co_config_names("configs/tasks", &names) != CO_OK) return;  // told by check_data
  co_stream stream = {1, 0, CO_PURPOSE_TEST};
  int sound = 0;
  for (int i = 0; i < names.count; i++) {
    cli_env env;
    co_world world = {.task = names.name[i]};
    co_status status = cli_env_open(out->shelf, &world, 1, &stream, &env);
    if (status == CO_OK) {
      co_env_out nowhere = {0};
      status = co_env_reset(env.env, 0, 1, &nowhere);
      float *action = co_alloc((size_t)env.world->info.act_dim, sizeof *action);
      if (!action) status = CO_MEMORY;
      if (status == CO_OK) status = co_env_step(env.env, 0, 1, action, &nowhere);
      free(action);
      cli_env_close(&env);
    }
    sound += status == CO_OK;
    if (status != CO_OK) add(out, "task", FAIL, "%s: %s", names.name[i], co_error_text());
  }
  if (sound) add(out, "tasks", OK, "%d tasks build and step", sound);
  co_names_free(&names);
}

// Bytes are promised with the libraries that the known ones were made with, from x86-64-v3 on.
static bool are_bytes_promised(void) {
  return strcmp(co_engine_mujoco.version(), co_known_engine) == 0 &&
         strcmp(co_libc_text(), co_known_libc) == 0 &&
         strcmp(co_kernels_get()->name, co_kernels_names[0]) != 0;
}

static void add_other_bytes(report *out, const co_known_training *known, uint64_t hash) {
  char libraries[256];
  snprintf(libraries, sizeof libraries, "build %s, %s, %s", cli_build_text(),
           co_engine_mujoco.version(), co_libc_text());
  if (are_bytes_promised())
    add(out, "bytes", FAIL,
        "%s in %s ends at %016" PRIx64 " in place of %016" PRIx64
        ": results will not be the same bytes as elsewhere (%s), unless files of the task were "
        "edited",
        known->algorithm, known->task, hash, known->hash, libraries);
  else
    add(out, "bytes", WARN,
        "results are other bytes than with %s and %s on x86-64-v3 and -v4 (%s, kernels %s)",
        co_known_engine, co_known_libc, libraries, co_kernels_get()->name);
}

// Short trainings that have to end where they end elsewhere; the first that does not is told.
static void check_bytes(report *out) {
  co_world_source worlds = co_worlds(out->shelf);
  co_pool *pool = NULL;
  co_status status = co_pool_create(machine_cores() > 1 ? 2 : 1, &pool);
  bool same = true;
  for (int i = 0; status == CO_OK && same && i < CO_NUM_KNOWN_TRAININGS; i++) {
    const co_known_training *known = &co_known_trainings[i];
    uint64_t hash = 0;
    status = co_known_training_run(known, &worlds, pool, &hash);
    same = status != CO_OK || hash == known->hash;
    if (!same) add_other_bytes(out, known, hash);
  }
  co_pool_free(pool);
  if (status != CO_OK)
    add(out, "bytes", WARN, "not compared: %s", co_error_text());
  else if (same)
    add(out, "bytes", OK,
        "%d short trainings end as on every x86-64-v3 and -v4 machine with build %s, %s and %s",
        CO_NUM_KNOWN_TRAININGS, cli_build_text(), co_engine_mujoco.version(), co_libc_text());
}

// Studies write below the current folder unless --out says otherwise.
static void check_folder(report *out) {
  struct statvfs disk;
  char here[4096];
  if (!getcwd(here, sizeof here)) snprintf(here, sizeof here, ".");
  if (access(".", W_OK) != 0) {
    add(out, "folder", WARN, "%s is not writable: give --out to run and train", here);
    return;
  }
  if (statvfs(".", &disk) != 0) return;
  double mib = (double)disk.f_bavail * (double)disk.f_frsize / (1 << 20);
  if (mib < 200)
    add(out, "folder", WARN, "%s has %.0f MiB left; a study takes a few MiB to a few hundred", here,
        mib);
  else
    add(out, "folder", OK, "%s is writable, %.1f GiB left", here, mib / 1024);
}

// They change the speed, or the bits, of what others compute in comparisons with this program.
static void check_environment(report *out) {
  static const char *const names[] = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",
                                      "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"};
  int set = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (!value) continue;
    set++;
    add(out, "environment", WARN,
        "%s=%s is set: no effect here, but unset it before comparing with programs that use "
        "OpenBLAS",
        names[i], value);
  }
  if (!set) add(out, "environment", OK, "no OPENBLAS_* or OMP_* variables are set");
}

// Pictures are not needed for studies.
static void check_opengl(report *out) {
  co_gl *gl;
  if (co_gl_create(&gl) != CO_OK) {
    add(out, "opengl", WARN, "%s; no pictures (Debian: libegl1 and libgl1-mesa-dri)",
        co_error_text());
    return;
  }
  const co_gl_info *info = co_gl_describe(gl);
  add(out, "opengl", OK, "%s by %s%s", info->renderer, info->how,
      info->software ? ", software" : "");
  co_gl_free(gl);
}

// Whether a program is in one of the folders of PATH.
static bool is_installed(const char *program) {
  const char *path = getenv("PATH");
  char file[4096];
  for (const char *at = path ? path : "/bin:/usr/bin"; *at;) {
    int size = (int)strcspn(at, ":");
    snprintf(file, sizeof file, "%.*s/%s", size, at, program);
    if (size && access(file, X_OK) == 0) return true;
    at += size + (at[size] == ':');
  }
  return false;
}

static void check_ffmpeg(report *out) {
  if (is_installed("ffmpeg"))
    add(out, "ffmpeg", OK, "record can write videos");
  else
    add(out, "ffmpeg", WARN, "not installed: record writes PNG frames, but no videos");
}

static void check_hdf5(report *out) {
  if (co_data_hdf5_is_there())
    add(out, "hdf5", OK, "data convert can read and write HDF5");
  else
    add(out, "hdf5", WARN, "not there: data convert knows no HDF5 (Debian: libhdf5-dev)");
}

static co_status print_report(const cli_args *args, const report *found, const co_json *object) {
  if (cli_json(args)) return cli_print_json(object);
  return cli_print_text(&found->text);
}

static co_status run(const cli_args *args) {
  static void (*const checks[])(report *) = {
      check_processor, check_memory,      check_mujoco, check_data,   check_tasks, check_bytes,
      check_folder,    check_environment, check_opengl, check_ffmpeg, check_hdf5};
  co_json *object = cli_object("doctor");
  report found = {.checks = co_json_array()};
  co_status status = co_world_shelf_create(&found.shelf);
  co_buf_printf(&found.text, "carryover %s\n", cli_build_text());
  for (size_t i = 0; status == CO_OK && i < sizeof checks / sizeof *checks; i++) checks[i](&found);
  co_json_set_string(object, "build", cli_build_text());
  co_json_set_bool(object, "ok", !found.failed);
  co_json_set(object, "checks", found.checks);
  if (status == CO_OK) status = print_report(args, &found, object);
  if (status == CO_OK && found.failed) status = CO_WANTING;
  co_world_shelf_free(found.shelf);
  co_buf_free(&found.text);
  co_json_free(object);
  return status;
}

static const cli_option options[] = {{NULL, NULL, NULL}};

const cli_command cli_doctor = {
    "doctor",
    "check this machine: processor, memory, physics, data, bytes of results, folder; exit code 1 "
    "when it "
    "cannot work",
    "carryover doctor",
    "",
    0,
    0,
    options,
    run,
};
