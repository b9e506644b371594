// carryover import: a policy of another program, with what its files say, checked against a
// recording.

#include "agents/nn/gaussian.h"
#include "cli/policies/import_order.h"
#include "cli/policies/import_print.h"
#include "cli/worlds.h"
#include "cli/zoo.h"
#include "core/file.h"
#include "core/log.h"
#include "envs/record/replay.h"
#include "transfer/import/import.h"
#include "transfer/import/verify.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

enum { MAX_EPISODES = 10000 };

typedef struct import_job {
  const cli_args *args;
  double tolerance;
  int64_t episodes;       // in the task afterwards, 0: none
  co_built_world *world;  // of --task, or NULL
  co_rollout recording;   // of --verify
  bool has_recording;
  co_import import;
  import_checks checks;
} import_job;

// ---- checks

// The task's observation in recorded states, and what its actions make of them.
static co_status check_world(import_job *job) {
  const char *path = cli_value(job->args, "verify");
  import_checks *checks = &job->checks;
  co_json *log = NULL;
  co_replay_options options = {.tolerance = job->tolerance};
  if (!job->recording.nq) {
    checks->no_states = true;
    return CO_OK;
  }
  CO_TRY(job->recording.is_log ? co_json_read(path, &log)
                               : co_rollout_log(&job->recording, path, &log));
  co_status status = co_replay_json(job->world, log, path, &options, &checks->driven);
  options.led = true;
  if (status == CO_OK) status = co_replay_json(job->world, log, path, &options, &checks->led);
  checks->has_replays = status == CO_OK;
  co_json_free(log);
  return status;
}

static co_status check_episodes(import_job *job) {
  import_checks *checks = &job->checks;
  const co_world world = cli_world(job->args, NULL, NULL);
  co_stream stream = {cli_seed(job->args), 0, CO_PURPOSE_EVAL_FINAL};
  co_evaluation_setup setup = {0};
  cli_env env = {0};
  co_pool *pool = NULL;
  if (!job->episodes) return CO_OK;
  co_status status = cli_pool(job->args, &pool);
  if (status == CO_OK) status = cli_env_open(NULL, &world, (int)job->episodes, &stream, &env);
  if (status == CO_OK)
    status = co_evaluate_with(job->import.policy, env.env, NULL, &setup, pool, &checks->played);
  if (status == CO_OK)
    status = co_evaluation_interval(&checks->played, stream.seed, pool, &checks->interval);
  checks->has_episodes = status == CO_OK;
  cli_env_close(&env);
  co_pool_free(pool);
  return status;
}

// Observations that the task makes of recorded states, given to the network as they are, came to
// the recorded actions: there is no normaliser in between.
static co_status infer_normaliser(import_job *job) {
  char detail[256];
  bool is_seen = job->checks.has_replays && import_checks_ok(&job->checks);
  if (job->import.knows_normaliser || !is_seen) return CO_OK;
  snprintf(detail, sizeof detail, "%.180s agrees without one",
           co_path_base(cli_value(job->args, "verify")));
  job->import.knows_normaliser = true;
  return co_contract_set_origin(&job->import.policy->contract, "normaliser", CO_FROM_INFERRED,
                                detail);
}

static co_status check(import_job *job) {
  import_checks *checks = &job->checks;
  const char *path = cli_value(job->args, "verify");
  checks->tolerance = job->tolerance;
  checks->policy = job->import.policy;
  if (path) {
    CO_TRY(co_verify_network(job->import.policy, &job->recording, path, &checks->network));
    checks->has_network = true;
    if (job->world) CO_TRY(check_world(job));
  }
  CO_TRY(infer_normaliser(job));
  return job->import.knows_normaliser ? check_episodes(job) : CO_OK;
}

// ---- the whole

static void tell_conflicts(const co_facts *facts) {
  for (int i = 0; i < facts->num_conflicts; i++)
    co_log(CO_LOG_WARNING, "%s: two sources disagree: %s is taken, %s is not",
           facts->conflict[i].path, facts->conflict[i].kept, facts->conflict[i].other);
}

// Names that no action can have, since nobody says which drives which.
static void tell_joints(const co_facts *facts, const co_policy *policy) {
  int actions = policy->contract.num_action, joints = facts->joints.count;
  if (!joints || joints == actions || facts->actuators.count == actions) return;
  co_log(CO_LOG_WARNING,
         "%s: %d joints for %d actions: which joint an action drives is not stated "
         "(\"action.actuators\")",
         facts->joints.at.place, joints, actions);
}

static co_status check_apart(const char *out, const char *file) {
  if (!file || !co_file_same(out, file)) return CO_OK;
  return co_fail(CO_USAGE, "--out: %s is one of the files that are read: name another file", out);
}

// What is read stays as it is: other people's files are seldom there twice.
static co_status check_out(const cli_args *args) {
  static const char *const single[] = {"verify", "normaliser", "preset", "task"};
  const char *out = cli_value(args, "out");
  if (!out) return co_fail(CO_USAGE, "--out: names the file that the policy is written to");
  CO_TRY(cli_check_policy_out(args, "out"));
  for (int i = 0; i < cli_positional_count(args); i++)
    CO_TRY(check_apart(out, cli_positional(args, i)));
  for (size_t i = 0; i < sizeof single / sizeof *single; i++)
    CO_TRY(check_apart(out, cli_value(args, single[i])));
  const char *const *facts;
  const int num_facts = cli_values(args, "facts", &facts);
  for (int i = 0; i < num_facts; i++) CO_TRY(check_apart(out, facts[i]));
  return CO_OK;
}

static co_status read_options(import_job *job) {
  static const cli_pair pairs[] = {{"tolerance", CLI_NEEDS, "verify"},
                                   {"episodes", CLI_NEEDS, "task"},
                                   {"threads", CLI_NEEDS, "episodes"},
                                   {"set", CLI_NEEDS, "task"},
                                   {NULL, CLI_NEEDS, NULL}};
  CO_TRY(cli_check_pairs(job->args, pairs));
  CO_TRY(check_out(job->args));
  job->tolerance = 1e-5;
  CO_TRY(cli_double(job->args, "tolerance", 0, DBL_MAX, &job->tolerance));
  return cli_int(job->args, "episodes", 1, MAX_EPISODES, &job->episodes);
}

static co_status open_inputs(import_job *job) {
  const char *verify = cli_value(job->args, "verify");
  if (cli_value(job->args, "task")) {
    const co_world world = cli_world(job->args, NULL, NULL);
    CO_TRY(co_world_build(&world, &job->world));
  }
  if (!verify) return CO_OK;
  CO_TRY(co_rollout_read(verify, &job->recording));
  job->has_recording = true;
  return CO_OK;
}

static co_status import_files(import_job *job) {
  const cli_args *args = job->args;
  const char *file[CLI_MAX_VALUES];
  co_import_def def = {.file = file,
                       .num_files = cli_positional_count(args),
                       .preset = cli_value(args, "preset"),
                       .action = cli_value(args, "action"),
                       .normaliser = cli_value(args, "normaliser"),
                       .log_std = NAN,
                       .world = job->world ? &job->world->info : NULL,
                       .task = cli_value(args, "task"),
                       .name_order = import_name_order,
                       .order_context = job->world,
                       .recording = job->has_recording ? &job->recording : NULL,
                       .recording_path = cli_value(args, "verify")};
  CO_TRY(cli_double(args, "log-std", CO_LOG_STD_MIN, CO_LOG_STD_MAX, &def.log_std));
  for (int i = 0; i < def.num_files; i++) file[i] = cli_positional(args, i);
  def.num_facts = cli_values(args, "facts", &def.facts);
  return co_import_run(&def, &job->import);
}

// A policy that does not do what was recorded of it is told about, and not written.
static co_status import(import_job *job) {
  const char *out = cli_value(job->args, "out");
  CO_TRY(read_options(job));
  CO_TRY(open_inputs(job));
  CO_TRY(import_files(job));
  CO_TRY(check(job));
  tell_conflicts(&job->import.facts);
  if (!job->world) tell_joints(&job->import.facts, job->import.policy);
  bool ok = import_checks_ok(&job->checks);
  if (ok) CO_TRY(co_policy_save(job->import.policy, out));
  CO_TRY(import_print(job->args, out, &job->import, &job->checks));
  return ok ? CO_OK : CO_WANTING;
}

static co_status run(const cli_args *args) {
  import_job job = {.args = args};
  co_status status = import(&job);
  import_checks_free(&job.checks);
  co_import_free(&job.import);
  co_rollout_free(&job.recording);
  co_world_free(job.world);
  return status;
}

static const cli_option options[] = {
    {"task", "T", "the task that the policy is for: its contract is the task's (none)"},
    {"facts", "FILE", "what is known about the policy, as docs/formats.md lists it (repeatable)"},
    {"preset", "P", "how tensors are named: sb3, rsl_rl, cleanrl, skrl, rl_games (by the names)"},
    {"action", "NAME", "output of the network that is the action (the only one)"},
    {"normaliser", "none|FILE|fit", "what observations go through, where no file says it"},
    {"log-std", "X", "log of the spread that training draws actions with (of the files, else -1)"},
    {"verify", "LOG", "recording that the policy is checked against: JSON, npz, CSV"},
    {"tolerance", "X", "largest difference from the recording (1e-5)"},
    {"episodes", "N", "also play so many episodes of the task (none)"},
    {"threads", "N", "threads of these episodes (one per core)"},
    {"out", "POLICY", "file that the policy is written to"},
    {NULL, NULL, NULL},
};

const cli_command cli_import = {
    "import",
    "make a policy of another program's files, and check it against a recording of it",
    "carryover import policy.onnx deploy.yaml --verify log.json --out policy.safetensors",
    "FILE...",
    1,
    CLI_MAX_VALUES,
    options,
    run,
};
