// carryover run: the whole study.

#include "cli/cli.h"
#include "cli/films.h"
#include "cli/machine.h"
#include "cli/signals.h"
#include "cli/study_plan.h"
#include "cli/study_run.h"
#include "core/clock.h"
#include "core/config/config_file.h"
#include "core/file.h"
#include "core/libc.h"
#include "core/log.h"
#include "core/memory.h"
#include "envs/source/worlds.h"
#include "envs/world/shelf.h"
#include "transfer/folder/files.h"
#include "transfer/report/report.h"
#include "transfer/run/workers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- one trial, of a job array ----

static co_status unknown_trial(const co_trials *trials, const char *id) {
  co_trial_parts parts;
  if (co_trial_id_parse(id, &parts) != CO_OK) return co_fail_context(CO_USAGE, "--trial");
  return co_fail(CO_USAGE, "--trial: the study has no trial \"%s\" (--list prints all %d)", id,
                 trials->count);
}

static co_status run_one(const cli_args *args, co_trial_context *context) {
  const char *id = cli_value(args, "trial");
  int index = co_trials_find(context->trials, id);
  if (index < 0) return unknown_trial(context->trials, id);
  return co_folder_run_trial(context, index, false, cli_flag(args, "force"));
}

// ---- listing ----

static co_status list_trials(const cli_args *args, const co_trial_context *context) {
  const co_trials *trials = context->trials;
  co_json *ids = co_json_array();
  co_buf text = {0};
  for (int i = 0; i < trials->count; i++) {
    co_json_add(ids, co_json_string(trials->trial[i].id));
    co_buf_printf(&text, "%s\n", trials->trial[i].id);
  }
  co_json *object = cli_object("run");
  co_json_set_string(object, "study", context->study->def.name);
  co_json_set(object, "ids", ids);
  co_status status = cli_json(args) ? cli_print_json(object) : cli_print_text(&text);
  co_json_free(object);
  co_buf_free(&text);
  return status;
}

// ---- the study ----

static co_status print_results(const cli_args *args, const co_json *results) {
  if (cli_json(args)) return cli_print_json(results);
  co_buf text = {0};
  co_status status = co_report_text(results, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), &text);
  if (status == CO_OK) status = cli_print_laid_out(&text);
  co_buf_free(&text);
  return status;
}

// What a study's call is made of.
typedef struct study_call {
  const cli_args *args;
  cli_films *films;
} study_call;

// Where the time of a call went; nothing when it has run nothing.
static void tell_times(const co_run_times *times, double pictures_s, double results_s) {
  const co_training_cost *sum = &times->sum;
  double all = times->wall_s * times->jobs;
  if (!times->trials || !(all > 0)) return;
  double rest = all - sum->start.wall_s - sum->train.wall_s - sum->evaluate.wall_s;
  cli_tell(
      "time: %.1f s for %d trials, up to %d at once: %.0f %% training, %.0f %% evaluation, "
      "%.0f %% starts, %.0f %% files and waiting; pictures %.1f s beside them and %.1f s behind, "
      "results %.1f s",
      times->wall_s, times->trials, times->jobs, 100 * sum->train.wall_s / all,
      100 * sum->evaluate.wall_s / all, 100 * sum->start.wall_s / all, 100 * fmax(0, rest) / all,
      times->aside.wall_s, pictures_s, results_s);
}

// Those that are left: what all of them took, and what these did.
static double finish_films(cli_films *films, const co_study_run *run, co_cost *cost) {
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  cli_films_finish(films, run);
  double rest_s = co_clock_wall() - wall;
  *cost = run->times.aside;
  cost->wall_s += rest_s;
  cost->cpu_s += co_clock_cpu() - cpu;
  return rest_s;
}

static co_status collect(const void *of_call, const co_study_run *run) {
  const study_call *call = of_call;
  const cli_args *args = call->args;
  co_json *results = cli_object("run");
  co_cost pictures;
  double pictures_s = finish_films(call->films, run, &pictures);
  double began = co_clock_wall();
  co_status status = co_folder_write(run, &pictures, run->context->pool, results);
  double results_s = co_clock_wall() - began;
  if (status == CO_OK) status = print_results(args, results);
  const co_json *trials = co_json_get(results, "trials");
  int64_t failed = (int64_t)co_json_count(co_json_get(trials, "failed"));
  int64_t diverged = (int64_t)co_json_count(co_json_get(trials, "diverged"));
  if (diverged)
    co_log(CO_LOG_WARNING, "%" PRId64 " of %" PRId64 " trials diverged; results list them",
           diverged, co_json_get_int(trials, "total", 0));
  co_json_free(results);
  if (status == CO_OK && failed)
    status =
        co_fail(CO_INTERNAL,
                "%s: %" PRId64 " trials failed; results list them, logs lie in their folders%s%s",
                run->context->dir, failed, run->failure ? "; the first: " : "",
                run->failure ? run->failure : "");
  if (status == CO_OK && !cli_flag(args, "quiet")) tell_times(&run->times, pictures_s, results_s);
  if (status == CO_OK && !cli_flag(args, "quiet"))
    cli_tell("report: %s/report.html", run->context->dir);
  return status;
}

// an inert shift stops here, before anything is written
static co_status run_study(const cli_args *args, const co_trial_context *context, int jobs,
                           int threads) {
  study_call call = {.args = args};
  CO_TRY(cli_films_open(context, &call.films));
  cli_study_work work = {.jobs = jobs,
                         .threads = threads,
                         .survey = cli_flag(args, "collect"),
                         .force = cli_flag(args, "force"),
                         .quiet = cli_flag(args, "quiet"),
                         .aside = cli_films_aside(call.films),
                         .collect = collect,
                         .collect_context = &call};
  co_status status = cli_study_run(context, &work);
  cli_films_close(call.films);
  return status;
}

static co_status dispatch(const cli_args *args, co_trial_context *context, int jobs, int threads) {
  CO_TRY(co_trial_check_stop(context));
  if (cli_flag(args, "list")) return list_trials(args, context);
  if (cli_flag(args, "dry-run")) return cli_print_plan(args, context, jobs, threads);
  if (cli_value(args, "trial")) return run_one(args, context);
  return run_study(args, context, jobs, threads);
}

static co_status run_with(const cli_args *args, const co_study *study, const char *dir, int jobs,
                          int threads) {
  double checkpoint_s;
  CO_TRY(cli_checkpoint_s(args, &checkpoint_s));
  co_trials trials;
  CO_TRY(co_trials_expand(study, &trials));
  co_world_shelf *shelf = NULL;
  co_status status = co_world_shelf_create(&shelf);
  co_world_source worlds = co_worlds(shelf);
  co_trial_context context = {.study = study,
                              .trials = &trials,
                              .worlds = &worlds,
                              .dir = dir,
                              .build = cli_build_text(),
                              .libc = co_libc_text(),
                              .tensorboard = cli_flag(args, "tensorboard"),
                              .checkpoint_s = checkpoint_s,
                              .stop = cli_stop};
  bool one = cli_value(args, "trial") != NULL;
  if (status == CO_OK) status = co_pool_create(one ? threads : jobs, &context.pool);
  if (status == CO_OK) status = dispatch(args, &context, jobs, threads);
  co_pool_free(context.pool);
  co_world_shelf_free(shelf);
  co_trials_free(&trials);
  return status;
}

// A file, or a study by the name that `list studies` tells.
static co_status find_study(const char *given, char **path) {
  if (!co_file_exists(given)) return co_config_find("study", "configs/studies", given, path);
  *path = co_strdup(given);
  return *path ? CO_OK : CO_MEMORY;
}

// Edits in the order in which they are applied.
typedef struct edits {
  const char **set;  // (count)
  char **made;       // (num_made) those that no argument holds, owned
  int count, num_made;
} edits;

static void free_edits(edits *e) {
  for (int i = 0; i < e->num_made; i++) free(e->made[i]);
  free(e->made);
  free(e->set);
}

// Takes over the text.
static co_status add_edit(edits *e, co_buf *text) {
  co_status status = co_buf_status(text);
  e->set[e->count++] = e->made[e->num_made++] = text->data;
  return status;
}

// --seed N is --set seed=N; the L lets it be over 32 bits
static co_status add_seed(const cli_args *args, edits *e) {
  co_buf text = {0};
  if (!cli_value(args, "seed")) return CO_OK;
  for (int i = 0; i < e->count; i++)
    if (strncmp(e->set[i], "seed=", 5) == 0)
      return co_fail(CO_USAGE, "run: --seed and --set seed exclude each other");
  co_buf_printf(&text, "seed=%" PRIu64 "L", cli_seed(args));
  return add_edit(e, &text);
}

// --map FILE is the map of every target.
static co_status add_map(const cli_args *args, int targets, edits *e) {
  const char *map = cli_value(args, "map");
  for (int t = 0; map && t < targets; t++) {
    co_buf text = {0};
    co_node *value = co_node_new(CO_NODE_STRING, NULL, "--map", 0);
    if (!value || !(value->value.string = co_strdup(map))) return co_node_free(value), CO_MEMORY;
    co_buf_printf(&text, "targets.%d.map=", t);
    co_tree_write(value, &text);
    co_node_free(value);
    CO_TRY(add_edit(e, &text));
  }
  return CO_OK;
}

// How many targets there are is known once it is read.
static co_status read_edited(const cli_args *args, const char *path, co_study **out) {
  const char *const *given;
  const int count = cli_values(args, "set", &given);
  int targets = 0;
  if (cli_value(args, "map")) {
    CO_TRY(co_study_read(path, given, count, out));
    targets = (*out)->def.targets.count;
    co_study_free(*out);
  }
  size_t most = (size_t)count + (size_t)targets + 1;
  edits e = {.set = co_alloc(most, sizeof *e.set), .made = co_alloc(most, sizeof *e.made)};
  co_status status = e.set && e.made ? CO_OK : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < count; i++) e.set[e.count++] = given[i];
  if (status == CO_OK) status = add_seed(args, &e);
  if (status == CO_OK) status = add_map(args, targets, &e);
  if (status == CO_OK) status = co_study_read(path, e.set, e.count, out);
  free_edits(&e);
  return status;
}

static co_status read_study(const cli_args *args, co_study **out) {
  char *path;
  CO_TRY(find_study(cli_positional(args, 0), &path));
  co_status status = read_edited(args, path, out);
  free(path);
  return status;
}

// of a trial that has this many cores to itself
static int64_t default_threads(int64_t cores) {
  return cores < 1 ? 1 : cores < CLI_MAX_THREADS ? cores : CLI_MAX_THREADS;
}

static co_status run_or_plan(const cli_args *args) {
  int64_t cores = machine_cores(), jobs = cores < CO_MAX_WORKERS ? cores : CO_MAX_WORKERS;
  int64_t threads = 0;
  CO_TRY(cli_int(args, "jobs", 1, CO_MAX_WORKERS, &jobs));
  CO_TRY(cli_int(args, "threads", 1, CLI_MAX_THREADS, &threads));
  if (threads == 0) threads = default_threads(cores / jobs);
  co_study *study;
  CO_TRY(read_study(args, &study));
  char fallback[128];
  snprintf(fallback, sizeof fallback, "runs/%s", study->def.name);
  const char *dir = cli_value(args, "out") ? cli_value(args, "out") : fallback;
  if (!*dir) return co_study_free(study), co_fail(CO_USAGE, "--out: needs the name of a folder");
  co_status status = run_with(args, study, dir, (int)jobs, (int)threads);
  co_study_free(study);
  return status;
}

// One call lists, plans, collects, runs one trial or runs all.
static const cli_pair pairs[] = {
    {"list", CLI_EXCLUDES, "dry-run"},
    {"list", CLI_EXCLUDES, "collect"},
    {"list", CLI_EXCLUDES, "trial"},
    {"dry-run", CLI_EXCLUDES, "collect"},
    {"dry-run", CLI_EXCLUDES, "trial"},
    {"collect", CLI_EXCLUDES, "trial"},
    {"trial", CLI_EXCLUDES, "json"},
    {"list", CLI_EXCLUDES, "force"},
    {NULL, CLI_NEEDS, NULL},
};

static co_status run(const cli_args *args) {
  CO_TRY(cli_check_pairs(args, pairs));
  cli_catch_signals(false);
  return run_or_plan(args);
}

static const cli_option options[] = {
    {"out", "DIR", "folder of the study (runs/NAME)"},
    {"map", "FILE|none", "map of every target (that of the study)"},
    {"jobs", "N", "trials at once, each in its own process (one per core)"},
    {"threads", "N", "threads of each trial (cores / jobs)"},
    {"dry-run", NULL,
     "check the study, print trials, env steps, estimated time and disk; run nothing"},
    {"list", NULL, "print the ids of all trials in the order of their needs"},
    {"trial", "ID", "run this trial only: one element of a job array"},
    CLI_CHECKPOINT_OPTION,
    CLI_TENSORBOARD_OPTION,
    {"collect", NULL, "run nothing, put together what is done"},
    {"force", NULL, "do finished trials of another definition again"},
    {NULL, NULL, NULL},
};

const cli_command cli_run = {
    "run",
    "run a study: train, transfer, evaluate, report; continues by itself",
    "carryover run configs/studies/quickstart.cfg --out runs/quickstart",
    "STUDY.cfg|STUDY",
    1,
    1,
    options,
    run,
};
