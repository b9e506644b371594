// carryover train: one training, fresh or from a policy.

#include "cli/signals.h"
#include "cli/worlds.h"
#include "cli/zoo.h"
#include "core/hash.h"
#include "core/libc.h"
#include "envs/domain/domain.h"
#include "envs/source/worlds.h"
#include "transfer/run/single.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

// everything that has to live as long as the training
typedef struct job {
  const cli_args *args;
  const char *path;  // where the policy goes
  char fallback[CO_NAME + 16];
  co_world_shelf *shelf;
  co_world_source worlds;  // of it
  co_node *domain, *home_domain;
  co_policy *source;
  co_single_def def;
  co_single single;
} job;

// ---- output ----

static void print_progress(void *context, int64_t steps) {
  const int64_t *planned = context;
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\r\033[K%" PRId64 " of about %" PRId64 " steps", steps, *planned);
}

static void print_tensors(const co_record *record, co_buf *out) {
  char before[CO_HASH_TEXT], after[CO_HASH_TEXT];
  co_buf_printf(out, "%-28s %-10s %-7s %-8s %-16s  %-16s  %s\n", "tensor", "shape", "status",
                "trained", "hash before", "hash after", "moved");
  for (int i = 0; i < record->num_tensors; i++) {
    const co_tensor_record *tensor = &record->tensor[i];
    char shape[32];
    int length = snprintf(shape, sizeof shape, "%d", tensor->shape[0]);
    if (tensor->rank == 2)
      snprintf(shape + length, sizeof shape - (size_t)length, " x %d", tensor->shape[1]);
    char trained[16];
    snprintf(trained, sizeof trained, "%s", tensor->trained ? "yes" : "frozen");
    if (tensor->lora) snprintf(trained, sizeof trained, "rank %d", tensor->lora);
    if (tensor->adapter) snprintf(trained, sizeof trained, "%s", co_adapter_names[tensor->adapter]);
    co_hash_text(tensor->before, before);
    co_hash_text(tensor->after, after);
    co_buf_printf(out, "%-28s %-10s %-7s %-8s %s  %s  %.3g\n", tensor->name, shape, tensor->status,
                  trained, before, after, tensor->moved);
  }
}

// faulty episodes are left out of the figures; where all are faulty there are none
static void print_point(const co_point *point, co_buf *out) {
  const co_evaluation *eval = &point->eval;
  co_buf_printf(out, "%12" PRId64 "  %-8s %8d ", point->step,
                point->in_source ? "source" : "target", eval->count);
  if (isnan(eval->mean))
    co_buf_printf(out, "%12s %12s", "-", "-");
  else
    co_buf_printf(out, "%12.2f %12.1f", eval->mean, eval->length_mean);
  if (!isnan(eval->success_rate))
    co_buf_printf(out, "  %3.0f %% success", 100 * eval->success_rate);
  if (eval->faults) co_buf_printf(out, "  %d faults", eval->faults);
  co_buf_puts(out, point->is_final ? "  final\n" : "\n");
}

static void print_source_steps(const co_record *record, co_buf *out) {
  if (record->source_env_steps)
    co_buf_printf(out,
                  "\nbeside %" PRId64 " env steps %" PRId64 " in the source's world, in %" PRId64
                  " whole episodes\n",
                  record->env_steps, record->source_env_steps, record->source_episodes);
}

static co_status print_text(const job *j) {
  co_buf out = {0};
  print_tensors(&j->single.record, &out);
  if (!isnan(j->single.record.action_difference))
    co_buf_printf(&out, "\nlargest action difference to the source policy at step 0: %.3g\n",
                  j->single.record.action_difference);
  co_buf_printf(&out, "\n%12s  %-8s %8s %12s %12s\n", "step", "world", "episodes", "return",
                "length");
  for (int i = 0; i < j->single.record.num_points; i++)
    print_point(&j->single.record.point[i], &out);
  print_source_steps(&j->single.record, &out);
  co_buf_printf(&out, "\npolicy: %s\n", j->path);
  co_status status = cli_print_text(&out);
  co_buf_free(&out);
  return status;
}

static co_json *evaluation_json(const co_point *point) {
  co_json *json = co_json_object();
  co_json_set_int(json, "step", point->step);
  co_json_set_string(json, "evaluated_in", point->in_source ? "source" : "target");
  co_json_set_bool(json, "final", point->is_final);
  co_json_set_int(json, "episodes", point->eval.count);
  co_json_set_number(json, "return_mean", point->eval.mean);
  co_json_set_number(json, "return_std", point->eval.std);
  co_json_set_number(json, "length_mean", point->eval.length_mean);
  co_json_set_number(json, "success_rate", point->eval.success_rate);
  return json;
}

static co_status print_json(const job *j) {
  char hash[CO_HASH_TEXT];
  co_hash_text(co_policy_hash(j->single.policy), hash);
  co_json *object = cli_object("train");
  co_json_set_string(object, "task", j->single.policy->contract.task);
  co_json_set_string(object, "algorithm", j->single.training.algorithm->name);
  co_json_set_string(object, "strategy", j->def.source ? j->single.strategy.name : NULL);
  co_json_set_string(object, "policy", j->path);
  co_json_set_string(object, "policy_hash", hash);
  co_json_set_int(object, "env_steps", j->single.record.env_steps);
  co_json_set_int(object, "gradient_steps", j->single.record.gradient_steps);
  if (j->single.record.source_env_steps)
    co_json_set_int(object, "source_env_steps", j->single.record.source_env_steps);
  co_json_set_number(object, "step0_action_difference", j->single.record.action_difference);
  co_json_set_int(object, "faults", j->single.record.faults);
  co_json *tensors = co_json_array(), *evaluations = co_json_array();
  for (int i = 0; i < j->single.record.num_tensors; i++)
    co_json_add(tensors, co_tensor_record_json(&j->single.record.tensor[i]));
  for (int i = 0; i < j->single.record.num_points; i++)
    co_json_add(evaluations, evaluation_json(&j->single.record.point[i]));
  co_json_set(object, "tensors", tensors);
  co_json_set(object, "evaluations", evaluations);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

// ---- run ----

static co_status read_budget(job *j) {
  co_single_def *def = &j->def;
  def->steps = -1;
  def->evaluations = 6;
  def->final_episodes = 20;
  CO_TRY(cli_int(j->args, "steps", 0, (int64_t)1e12, &def->steps));
  CO_TRY(cli_int(j->args, "evaluations", 2, 1000, &def->evaluations));
  return cli_int(j->args, "episodes", 1, 10000, &def->final_episodes);
}

// --from, with the world that it comes from
static co_status load_source(job *j) {
  const char *path = cli_value(j->args, "from");
  if (!path && cli_value(j->args, "strategy"))
    return co_fail(CO_USAGE, "--strategy needs --from POLICY");
  if (!path) return CO_OK;
  CO_TRY(co_policy_load_to_act(path, &j->source));
  const co_contract *contract = &j->source->contract;
  CO_TRY(co_shifts_to_tree(contract->shift, contract->num_shifts, "contract", &j->home_domain));
  j->def.source = j->source;
  j->def.source_path = path;
  j->def.source_home = j->home_domain;
  j->def.strategy = cli_value(j->args, "strategy");
  return CO_OK;
}

static co_status read_def(job *j) {
  const cli_args *args = j->args;
  CO_TRY(read_budget(j));
  CO_TRY(cli_domain(args, "domain", &j->domain));
  CO_TRY(load_source(j));
  j->def.worlds = &j->worlds;
  j->def.task = cli_positional(args, 0);
  j->def.domain = j->domain;
  j->def.map = cli_value(args, "map");
  j->def.num_set = cli_values(args, "set", &j->def.set);
  j->def.algorithm = cli_value(args, "algorithm");
  j->def.num_data = cli_values(args, "data", &j->def.data);
  j->def.seed = cli_seed(args);
  return CO_OK;
}

// --out, or the task's name in the current folder
static co_status choose_output(job *j) {
  j->path = cli_value(j->args, "out");
  if (j->path) return CO_OK;
  co_world_def def;
  CO_TRY(co_world_read(&j->single.training.world, &def));
  snprintf(j->fallback, sizeof j->fallback, "%s.safetensors", def.name);
  co_world_def_free(&def);
  j->path = j->fallback;
  return CO_OK;
}

// --keep-replay
static co_status choose_replay(job *j) {
  co_training_def *training = &j->single.training;
  training->replay = cli_value(j->args, "keep-replay");
  training->keep_replay = training->replay != NULL;
  if (training->replay && !training->algorithm->add_data)
    return co_fail(CO_USAGE, "--keep-replay: %s has no replay", training->algorithm->name);
  if (training->replay && training->steps == 0)
    return co_fail(CO_USAGE, "--keep-replay: without a training there is no replay");
  return CO_OK;
}

static co_status run_single(job *j, double checkpoint_s) {
  co_training_def *training = &j->single.training;
  training->checkpoint_s = checkpoint_s;
  training->tensorboard = cli_flag(j->args, "tensorboard");
  training->build = cli_build_text();
  training->libc = co_libc_text();
  training->stop = cli_stop;
  if (!cli_flag(j->args, "quiet")) {
    training->progress = print_progress;
    training->progress_context = &training->steps;
  }
  CO_TRY(choose_output(j));
  CO_TRY(choose_replay(j));
  CO_TRY(cli_pool(j->args, &training->pool));
  co_status status = co_single_run(&j->single, j->path);
  if (training->progress && isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
  co_pool_free(training->pool);
  CO_TRY(status);
  return cli_json(j->args) ? print_json(j) : print_text(j);
}

static co_status train(job *j) {
  double checkpoint_s;
  CO_TRY(cli_checkpoint_s(j->args, &checkpoint_s));
  CO_TRY(cli_check_policy_out(j->args, "out"));
  CO_TRY(read_def(j));
  CO_TRY(co_single_open(&j->def, &j->single));
  co_status status = run_single(j, checkpoint_s);
  co_single_free(&j->single);
  return status;
}

static co_status run(const cli_args *args) {
  cli_catch_signals(false);
  job j = {.args = args};
  co_status status = co_world_shelf_create(&j.shelf);
  j.worlds = co_worlds(j.shelf);
  if (status == CO_OK) status = train(&j);
  co_policy_free(j.source);
  co_node_free(j.domain);
  co_node_free(j.home_domain);
  co_world_shelf_free(j.shelf);
  return status;
}

static const cli_option options[] = {
    {"domain", "D",
     "shifts of the world: a name, a file, or config text '({parameter=...; scale=...;})'"},
    {"algorithm", "A",
     "learning algorithm: ppo (default), sac, bc; that of the policy to start from"},
    {"steps", "N", "env steps of training (300000), of bc gradient steps (20000)"},
    {"data", "FILE", "data set to learn from (repeatable)"},
    {"keep-replay", "FILE", "data set of what the replay of sac holds at the end"},
    {"from", "POLICY", "policy to start from"},
    CLI_MAP_OPTION,
    {"strategy", "S",
     "how it is carried over: a name (carryover list strategies) or '{base=...; train=...;}' "
     "(full)"},
    {"evaluations", "N", "points of the curve (6)"},
    {"episodes", "N", "episodes of the final evaluation (20)"},
    {"threads", "N", "threads (one per core)"},
    {"out", "FILE",
     "policy file (TASK.safetensors); checkpoints lie in FILE.checkpoint, logs in FILE.log"},
    CLI_CHECKPOINT_OPTION,
    CLI_TENSORBOARD_OPTION,
    {NULL, NULL, NULL},
};

const cli_command cli_train = {
    "train",
    "train a policy, fresh or from another one with a strategy",
    "carryover train hopper --from hopper.safetensors --strategy partial "
    "--domain '({parameter=\"option.gravity\"; scale=1.5;})'",
    "TASK",
    1,
    1,
    options,
    run,
};
