// carryover serve: a world for learners that are other programs, over standard input and output.

#include "cli/signals.h"
#include "cli/worlds.h"
#include "envs/serve/serve.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_ENVS = 65536 };

typedef struct serve_job {
  const cli_args *args;
  int64_t envs, budget;
  co_stream stream;
  co_node *domain;
  co_pool *pool;
  cli_env env;
  co_serve *serve;
} serve_job;

static co_status read_options(serve_job *job) {
  if (!cli_value(job->args, "envs"))
    return co_fail(CO_USAGE, "--envs N: how many rows are to be served?");
  CO_TRY(cli_int(job->args, "envs", 1, MAX_ENVS, &job->envs));
  CO_TRY(cli_int(job->args, "steps", 1, INT64_MAX, &job->budget));
  return cli_domain(job->args, "domain", &job->domain);
}

// Distributions widen as they do in a training, whose rows these are.
static co_status open_world(serve_job *job) {
  co_world world = cli_world(job->args, cli_positional(job->args, 0), job->domain);
  world.draws = CO_DRAW_WIDENING;
  CO_TRY(cli_pool(job->args, &job->pool));
  CO_TRY(cli_env_open(NULL, &world, (int)job->envs, &job->stream, &job->env));
  const co_serve_def def = {.env = job->env.env,
                            .stream = &job->stream,
                            .pool = job->pool,
                            .budget = job->budget,
                            .hide_rewards = cli_flag(job->args, "hide-rewards")};
  return co_serve_create(&def, &job->serve);
}

// The line that frames follow.
static co_status print_header(const serve_job *job) {
  const co_env_info *info = co_env_get_info(job->env.env);
  co_json *object = cli_object("serve");
  co_json_set_string(object, "task", info->task);
  cli_set_hash(object, "task_hash", info->task_hash);
  co_json_set(object, "domain", cli_shifts_json(info->shift, info->num_shifts));
  co_json_set_int(object, "seed", (int64_t)job->stream.seed);
  co_serve_describe(job->serve, object);
  co_status status = cli_print_json(object);
  co_json_free(object);
  if (status == CO_OK && fflush(stdout)) status = co_fail(CO_IO, "standard output: cannot write");
  return status;
}

// main is silent about what is found wanting, which a command prints as its answer; this one's
// answers are frames.
static void tell(const serve_job *job, co_status status) {
  co_serve_count count = co_serve_counts(job->serve);
  if (status == CO_WANTING) cli_tell_error(co_error_text());
  co_log(CO_LOG_INFO,
         "%" PRId64 " env steps, %" PRId64 " episodes, %" PRId64 " of them ended by a fault",
         count.env_steps, count.episodes, count.faults);
}

static co_status serve(serve_job *job) {
  CO_TRY(read_options(job));
  CO_TRY(open_world(job));
  signal(SIGPIPE, SIG_IGN);
  cli_end_on_signals();
  CO_TRY(print_header(job));
  co_status status = co_serve_run(job->serve, STDIN_FILENO, STDOUT_FILENO);
  tell(job, status);
  return status;
}

static co_status run(const cli_args *args) {
  serve_job job = {.args = args, .budget = -1, .stream = {cli_seed(args), 0, CO_PURPOSE_RESET}};
  co_status status = serve(&job);
  co_serve_free(job.serve);
  cli_env_close(&job.env);
  co_pool_free(job.pool);
  co_node_free(job.domain);
  return status;
}

static const cli_option options[] = {
    {"envs", "N", "rows that are stepped at once"},
    {"domain", "DOMAIN", "world of the task: a file, a name, or shifts (repeatable)"},
    CLI_MAP_OPTION,
    {"steps", "N", "env steps at most, all rows counted: a step beyond is refused (any number)"},
    {"hide-rewards", NULL, "tell neither rewards nor successes"},
    {"threads", "N", "threads (one per core); bytes do not depend on it"},
    {NULL, NULL, NULL},
};

const cli_command cli_serve = {
    "serve",
    "step a world for a learner that is another program, over standard input and output",
    "carryover serve hopper --envs 64",
    "TASK",
    1,
    1,
    options,
    run,
};
