// carryover eval: what a policy reaches in a world, with an interval over episodes.

#include "agents/policy/interval.h"
#include "cli/worlds.h"
#include "cli/zoo.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/printable.h"
#include "envs/verify/warn.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EPISODES = 10000 };

typedef struct eval_job {
  const cli_args *args;
  char zoo[CLI_POLICY_NAME];
  const char *path;  // of the policy, or its name in the zoo
  int64_t episodes;
  co_evaluation_setup setup;
  double *command;  // (num_commands) of the setup; NULL: none is given
  uint64_t seed;
  co_policy *policy;
  co_node *domain;
  co_found_task home;
  co_world_shelf *shelf;  // the world, and those without a shift
  cli_env world;
  co_pool *pool;
  co_evaluation result;
  co_interval interval;  // of the interquartile mean
} eval_job;

// --- metrics

// only where the task has a way to fall
static double fall_rate(const eval_job *job) {
  bool can_fall = job->world.world->binding.terms[CO_TERM_TERMINATE].count > 0;
  return can_fall ? job->result.fall_rate : (double)NAN;
}

// --- output

static co_json *return_json(const eval_job *job) {
  co_json *object = co_json_object();
  cli_set_return(object, &job->result, &job->interval);
  return object;
}

static co_json *terms_json(const eval_job *job) {
  const co_env_info *info = &job->world.world->info;
  co_json *object = co_json_object();
  for (int i = 0; i < info->num_terms; i++)
    co_json_set_number(object, info->term[i], job->result.term_mean[i]);
  return object;
}

// Members are always there and null where they mean nothing, so that scripts need no cases.
static co_json *metrics_json(const eval_job *job) {
  co_json *object = co_json_object();
  co_json_set_number(object, "fall_rate", fall_rate(job));
#define X(id, name) co_json_set_number(object, name, job->result.metric_mean[id]);
  CO_STEP_METRIC_LIST(X)
#undef X
  return object;
}

// An episode is named by its row: row k draws from stream (seed, k) for every policy and domain.
static co_json *episodes_json(const eval_job *job) {
  co_json *array = co_json_array();
  for (int i = 0; i < job->result.count; i++) {
    const co_episode *episode = &job->result.episode[i];
    co_json *object = co_json_object();
    co_json_set_int(object, "seed", i);
    co_json_set_number(object, "return", episode->ret);
    co_json_set_int(object, "length", episode->length);
    co_json_set_bool(object, "terminated", episode->terminated);
    co_json_set_bool(object, "truncated", episode->truncated);
    co_json_set_bool(object, "limited", episode->limited);
    bool known = job->result.has_success;
    co_json_set(object, "success", known ? co_json_bool(episode->success) : co_json_null());
    co_json_set_bool(object, "fault", episode->fault);
    co_json_add(array, object);
  }
  return array;
}

static void set_map(co_json *object, uint64_t hash) {
  if (hash)
    cli_set_hash(object, "map_hash", hash);
  else
    co_json_set(object, "map_hash", co_json_null());
}

// Commands that were given, by name.
static co_json *commands_json(const eval_job *job) {
  const co_env_info *info = &job->world.world->info;
  co_json *object = co_json_object();
  for (int i = 0; job->command && i < info->num_commands; i++)
    if (!isnan(job->command[i])) co_json_set_number(object, info->command[i].name, job->command[i]);
  return object;
}

static co_status print_json(const eval_job *job) {
  const co_env_info *info = &job->world.world->info;
  co_json *object = cli_object("eval");
  co_json_set_string(object, "policy", job->path);
  cli_set_hash(object, "policy_hash", co_policy_hash(job->policy));
  co_json_set_bool(object, "verified", !job->policy->unverified);
  co_json_set_string(object, "task", info->task);
  co_json_set(object, "domain", cli_shifts_json(info->shift, info->num_shifts));
  set_map(object, job->world.world->info.map_hash);
  co_json_set_int(object, "seed", (int64_t)job->seed);
  co_json_set(object, "steps", job->setup.steps ? co_json_int(job->setup.steps) : co_json_null());
  co_json_set(object, "commands", commands_json(job));
  co_json_set(object, "return", return_json(job));
  co_json_set_number(object, "length_mean", job->result.length_mean);
  co_json_set_number(object, "success_rate", job->result.success_rate);
  co_json_set(object, "terms", terms_json(job));
  co_json_set(object, "metrics", metrics_json(job));
  co_json_set_int(object, "limited", job->result.limited);
  co_json_set_int(object, "faults", job->result.faults);
  cli_set_hash(object, "trace_hash", job->result.trace_hash);
  co_json_set(object, "episodes", episodes_json(job));
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

// what the policy file says of itself, next to what was seen
static void describe_expected(const eval_job *job, co_buf *text) {
  const co_contract *contract = &job->policy->contract;
  if (!contract->expected_episodes) return;
  co_buf_printf(text, "  %-14s %.1f +- %.1f where it was trained (%d episodes)\n", "expected",
                contract->expected_mean, contract->expected_std, contract->expected_episodes);
}

static void describe_return(const eval_job *job, co_buf *text) {
  const co_evaluation *result = &job->result;
  int valid = result->count - result->faults;
  if (valid > 1) {
    co_buf_printf(text, "  %-14s %.1f +- %.1f (mean, standard deviation)\n", "return", result->mean,
                  result->std);
    co_buf_printf(text, "  %-14s %.1f, 95 %% interval %.1f to %.1f\n", "IQM", result->iqm,
                  job->interval.lo, job->interval.hi);
  } else {
    co_buf_printf(text, "  %-14s %.1f, too few episodes for an interval\n", "return", result->mean);
  }
  describe_expected(job, text);
  co_buf_printf(text, "  %-14s %.1f steps\n", "length", result->length_mean);
}

static void describe_setup(const eval_job *job, co_buf *text) {
  const co_env_info *info = &job->world.world->info;
  if (job->setup.steps) co_buf_printf(text, ", at most %" PRId64 " steps", job->setup.steps);
  for (int i = 0; job->command && i < info->num_commands; i++)
    if (!isnan(job->command[i]))
      co_buf_printf(text, ", %s = %g", info->command[i].name, job->command[i]);
}

static void describe_metrics(const eval_job *job, co_buf *text) {
  const double *mean = job->result.metric_mean;
  if (!isnan(mean[CO_STEP_VX]))
    co_buf_printf(text, "  %-14s %.2f m/s\n", "speed", mean[CO_STEP_VX]);
  if (!isnan(mean[CO_STEP_TRACKING]))
    co_buf_printf(text, "  %-14s %.3f of 1: how well the commanded velocity is followed\n",
                  "tracking", mean[CO_STEP_TRACKING]);
}

static co_status print_text(const eval_job *job) {
  const co_env_info *info = &job->world.world->info;
  co_buf text = {0};
  co_buf_printf(&text, "%s%s in %s, domain ", job->path,
                job->policy->unverified ? " (unverified: it has no checksum)" : "", info->task);
  co_shifts_put(info->shift, info->num_shifts, &text);
  if (cli_value(job->args, "map")) co_buf_printf(&text, ", map %s", cli_value(job->args, "map"));
  co_buf_printf(&text, "\n%d episode%s, seed %" PRIu64, job->result.count,
                job->result.count == 1 ? "" : "s", job->seed);
  describe_setup(job, &text);
  co_buf_puts(&text, "\n\n");
  describe_return(job, &text);
  for (int i = 0; i < info->num_missing; i++)
    co_buf_printf(&text, "  %-14s %s\n", i ? "" : "missing", info->missing[i]);
  for (int i = 0; i < info->num_terms; i++)
    co_buf_printf(&text, "  %-14s %.2f per episode\n", info->term[i], job->result.term_mean[i]);
  if (!isnan(job->result.success_rate))
    co_buf_printf(&text, "  %-14s %.0f %%\n", "success", 100 * job->result.success_rate);
  if (!isnan(fall_rate(job)))
    co_buf_printf(&text, "  %-14s %.0f %%\n", "falls", 100 * fall_rate(job));
  describe_metrics(job, &text);
  if (job->result.limited)
    co_buf_printf(&text, "  %-14s %d episode%s, at the limit of steps\n", "stopped",
                  job->result.limited, job->result.limited == 1 ? "" : "s");
  if (job->result.faults)
    co_buf_printf(&text, "  %-14s %d episodes, left out above\n", "faults", job->result.faults);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

// --- given commands

static int find_command(const co_env_info *info, const char *name, size_t length) {
  for (int i = 0; i < info->num_commands; i++) {
    const char *own = info->command[i].name;
    if (strlen(own) == length && strncmp(own, name, length) == 0) return i;
  }
  return -1;
}

static co_status refuse_name(const co_env_info *info, const char *given) {
  if (!info->num_commands)
    return co_fail(CO_USAGE, "--command %s: task %s has none", given, info->task);
  co_buf names = {0};
  for (int i = 0; i < info->num_commands; i++)
    co_buf_printf(&names, "%s%s", i ? ", " : "", info->command[i].name);
  co_status status = co_fail(CO_USAGE, "--command %s: task %s has no such command; there are: %s",
                             given, info->task, names.data ? names.data : "");
  co_buf_free(&names);
  return status;
}

// "vx=1.5"; what lies beyond the task's range is played, and told.
static co_status read_command(const eval_job *job, const char *given) {
  const co_env_info *info = &job->world.world->info;
  size_t length = strcspn(given, "=");
  int index = find_command(info, given, length);
  char *end;
  if (!given[length]) return co_fail(CO_USAGE, "--command %s: expected NAME=VALUE", given);
  if (index < 0) return refuse_name(info, given);
  double value = strtod(given + length + 1, &end);
  if (end == given + length + 1 || *end || !isfinite(value))
    return co_fail(CO_USAGE, "--command %s: the value is no number", given);
  if (!isnan(job->command[index]))
    return co_fail(CO_USAGE, "--command %s: %s is given twice", given, info->command[index].name);
  job->command[index] = value;
  const co_command_element *element = &info->command[index];
  if (value < element->low || value > element->high)
    co_log(CO_LOG_WARNING, "%s = %g is beyond what task %s commands, %g to %g", element->name,
           value, info->task, element->low, element->high);
  return CO_OK;
}

static co_status read_commands(eval_job *job) {
  const char *const *given;
  int count = cli_values(job->args, "command", &given), all = job->world.world->info.num_commands;
  if (!count) return CO_OK;
  job->command = co_alloc((size_t)all + 1, sizeof *job->command);
  if (!job->command) return CO_MEMORY;
  for (int i = 0; i < all; i++) job->command[i] = NAN;
  for (int i = 0; i < count; i++) CO_TRY(read_command(job, given[i]));
  job->setup.command = job->command;
  return CO_OK;
}

// --- the whole

// One row per episode. The stream is that of the final evaluation of `train`, whose figures this
// command repeats to the last digit.
static co_status open_world(eval_job *job) {
  CO_TRY(cli_domain(job->args, "domain", &job->domain));
  CO_TRY(co_world_shelf_create(&job->shelf));
  CO_TRY(cli_home_task(job->shelf, job->args, job->path, job->policy, &job->home));
  co_world world = cli_home_world(job->args, &job->home, job->domain);
  co_stream stream = {job->seed, 0, CO_PURPOSE_EVAL_FINAL};
  CO_TRY(cli_enforce(job->shelf, job->path, job->policy, &world));
  CO_TRY(cli_env_open(job->shelf, &world, (int)job->episodes, &stream, &job->world));
  CO_TRY(read_commands(job));
  const char *const *domain;
  int count = cli_values(job->args, "domain", &domain);
  CO_TRY(co_warn_of_strangers(job->world.world, domain, count));
  return co_warn_of_dead_shifts(job->shelf, job->world.world, &world, job->seed);
}

// --- keeping what was seen

// Figures of another world, or of episodes that are cut or steered, would not be what to expect.
static co_status check_keep(const cli_args *args) {
  static const cli_pair pairs[] = {
      {"keep", CLI_EXCLUDES, "task"},  {"keep", CLI_EXCLUDES, "domain"},
      {"keep", CLI_EXCLUDES, "map"},   {"keep", CLI_EXCLUDES, "set"},
      {"keep", CLI_EXCLUDES, "steps"}, {"keep", CLI_EXCLUDES, "command"},
      {"note", CLI_NEEDS, "keep"},     {NULL, CLI_NEEDS, NULL}};
  const char *note = cli_value(args, "note");
  CO_TRY(cli_check_pairs(args, pairs));
  CO_TRY(cli_check_policy_out(args, "keep"));
  if (!note) return CO_OK;
  char line[CO_NOTE];
  co_printable_line(line, sizeof line, note);
  if (*note && strcmp(line, note) == 0) return CO_OK;
  return co_fail(CO_USAGE, "--note: must be one line of text of 1 to %d bytes", CO_NOTE - 1);
}

static co_status check_home(const eval_job *job) {
  if (!cli_value(job->args, "keep") || !job->policy->contract.num_shifts) return CO_OK;
  return co_fail(CO_USAGE, "--keep: %s was trained with shifts, which this is without", job->path);
}

// The policy as it is, but for what it says of itself.
static co_status keep(const eval_job *job) {
  const char *out = cli_value(job->args, "keep"), *note = cli_value(job->args, "note");
  if (!out) return CO_OK;
  co_contract *contract = &job->policy->contract;
  co_evaluation_expect(&job->result, &job->interval, job->seed, contract);
  if (note) snprintf(contract->note, sizeof contract->note, "%s", note);
  return co_policy_save(job->policy, out);
}

// What is open when a step fails is closed by run().
static co_status evaluate(eval_job *job) {
  CO_TRY(check_keep(job->args));
  CO_TRY(cli_policy_path(cli_positional(job->args, 0), job->zoo, &job->path));
  CO_TRY(co_policy_load_to_act(job->path, &job->policy));
  CO_TRY(check_home(job));
  CO_TRY(open_world(job));
  CO_TRY(cli_pool(job->args, &job->pool));
  CO_TRY(co_evaluate_with(job->policy, job->world.env, NULL, &job->setup, job->pool, &job->result));
  CO_TRY(co_evaluation_judge(&job->result, job->path, job->world.world->info.task));
  CO_TRY(co_evaluation_interval(&job->result, job->seed, job->pool, &job->interval));
  CO_TRY(cli_json(job->args) ? print_json(job) : print_text(job));
  return keep(job);
}

static co_status run(const cli_args *args) {
  eval_job job = {.args = args, .episodes = 20, .seed = cli_seed(args)};
  CO_TRY(cli_int(args, "episodes", 1, MAX_EPISODES, &job.episodes));
  CO_TRY(cli_int(args, "steps", 1, INT32_MAX, &job.setup.steps));
  co_status status = evaluate(&job);
  co_evaluation_free(&job.result);
  free(job.command);
  co_pool_free(job.pool);
  cli_env_close(&job.world);
  co_world_shelf_free(job.shelf);
  co_found_task_free(&job.home);
  co_node_free(job.domain);
  co_policy_free(job.policy);
  return status;
}

static const cli_option options[] = {
    {"task", "TASK", "task to play in (the one the policy was trained in)"},
    {"model", "FILE", "robot's model of the policy's own task, where it is not found by its name"},
    {"domain", "DOMAIN", "world to play in: a file, a name, or shifts as text (repeatable)"},
    CLI_MAP_OPTION,
    {"episodes", "N", "episodes (20)"},
    {"steps", "N", "control steps after which an episode is stopped (the task's horizon)"},
    {"command", "NAME=VALUE", "command that is held in all steps (repeatable)"},
    {"keep", "FILE", "write the policy with this evaluation as what it is expected to return"},
    {"note", "TEXT", "with --keep: how the policy was made, for inspect and list zoo"},
    {"threads", "N", "threads (one per core); results do not depend on it"},
    {NULL, NULL, NULL},
};

const cli_command cli_eval = {
    "eval",
    "play a policy in a world: return with interval, reward terms, success, falls",
    "carryover eval zoo:hopper --domain '{ parameter = \"option.gravity\"; scale = 1.5; }'",
    "POLICY|TASK",
    1,
    1,
    options,
    run,
};
