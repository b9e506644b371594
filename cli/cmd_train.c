// carryover train: one training, fresh or from a policy.

#include "cli/args.h"
#include "cli/home.h"
#include "cli/signals.h"
#include "cli/worlds.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/libc.h"
#include "core/log.h"
#include "core/text.h"
#include "envs/domain/domain.h"
#include "envs/source/worlds.h"
#include "transfer/run/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// everything that has to live as long as the training
typedef struct job {
  const cli_args *args;
  const char *path;  // where the policy goes
  char fallback[CO_NAME + 16];
  char *folder;  // of checkpoints, owned; NULL until it is held
  co_lock lock;  // of it
  char *logs;    // folder of logs, owned
  co_world_shelf *shelf;
  co_world_source worlds;  // of it
  co_node *domain, *home_domain;
  co_world world, home;
  const char *world_set[CLI_MAX_VALUES];
  co_arena arena;
  co_strategy_def own;  // of a strategy given as text
  co_strategy strategy;
  co_policy *source, *policy;
  co_record record;
  co_training_cost cost;
  co_training_def def;
} job;

// ---- settings and strategy ----

// "learning.rate=1e-4" goes to the algorithm, which is a member of `root`, all else to the world
static co_status split_edits(job *j, co_node *root) {
  const char *const *set;
  int count = cli_values(j->args, "set", &set), kept = 0;
  for (int i = 0; i < count; i++) {
    if (strncmp(set[i], "learning.", 9) == 0)
      CO_TRY(co_tree_set(root, set[i]));
    else
      j->world_set[kept++] = set[i];
  }
  j->world.set = j->world_set;
  j->world.num_set = kept;
  return CO_OK;
}

// a policy to start from brings its own network; edits come after it
static co_status take_network(const job *j, co_node *learning) {
  if (!j->source) return CO_OK;
  const co_network_def *def = &j->source->net.def;
  char text[128] = "hidden=(";
  for (int i = 0; i < def->num_hidden; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? ", " : "",
             def->hidden[i]);
  strcat(text, ")");
  CO_TRY(co_tree_set(learning, text));
  snprintf(text, sizeof text, "activation=\"%s\"", co_activation_names[def->activation]);
  CO_TRY(co_tree_set(learning, text));
  if (def->layer_norm) CO_TRY(co_tree_set(learning, "layer_norm=true"));
  return def->shared_trunk ? co_tree_set(learning, "shared_trunk=true") : CO_OK;
}

static co_status read_settings(job *j) {
  // a policy to start from brings its algorithm too
  const char *name = cli_value(j->args, "algorithm");
  if (!name && j->source && co_algorithm_find(j->source->contract.algorithm))
    name = j->source->contract.algorithm;
  if (!name) name = "ppo";
  j->def.algorithm = co_algorithm_find(name);
  if (!j->def.algorithm) return co_fail(CO_USAGE, "--algorithm: unknown algorithm \"%s\"", name);
  void *settings = co_arena_alloc(&j->arena, 1, j->def.algorithm->schema->size);
  co_node *root = NULL;
  co_status status = settings ? co_tree_parse("learning = { };", "--set", &root)
                              : co_fail(CO_MEMORY, "out of memory for settings");
  co_node *learning = status == CO_OK ? root->child[0] : NULL;
  if (status == CO_OK) status = take_network(j, learning);
  if (status == CO_OK) status = split_edits(j, root);
  if (status == CO_OK)
    status = co_schema_read(j->def.algorithm->schema, learning, &j->arena, settings);
  co_node_free(root);
  j->def.settings = settings;
  return status;
}

// "{ base = \"full\"; train = ... }"
static co_status parse_strategy(const char *text, co_arena *arena, co_strategy_def *out) {
  co_buf source = {0};
  co_buf_printf(&source, "strategy = %s;", text);
  co_node *root = NULL;
  co_status status = co_buf_status(&source);
  if (status == CO_OK) status = co_tree_parse(source.data, "--strategy", &root);
  co_buf_free(&source);
  CO_TRY(status);
  co_node *node = co_node_get(root, "strategy");
  if (root->count != 1)
    status = co_fail(CO_CONFIG, "--strategy: something stands behind the group: %s", text);
  if (status == CO_OK && !co_node_get(node, "name")) status = co_tree_set(node, "name=\"given\"");
  if (status == CO_OK) status = co_schema_read(&co_strategy_schema, node, arena, out);
  co_node_free(root);
  return status;
}

// a name, or a strategy as text
static co_status read_strategy(job *j) {
  const char *text = cli_value(j->args, "strategy");
  if (!text) text = "full";
  co_list builtin, own = {0};
  CO_TRY(co_strategies_builtin(&j->arena, &builtin));
  if (*text == '{') {
    CO_TRY(parse_strategy(text, &j->arena, &j->own));
    own = (co_list){&j->own, 1};
    text = j->own.name;
  }
  CO_TRY(co_strategy_resolve(&own, &builtin, text, &j->strategy));
  j->def.strategy = &j->strategy;
  if (!co_strategy_trains(&j->strategy)) j->def.steps = 0;
  return CO_OK;
}

// ---- the source policy ----

// loads --from; its own world serves step 0 and forgetting when it is here
static co_status read_source(job *j) {
  const char *path = cli_value(j->args, "from");
  if (!path) {
    if (cli_value(j->args, "strategy")) return co_fail(CO_USAGE, "--strategy needs --from POLICY");
    return CO_OK;
  }
  CO_TRY(co_policy_load(path, &j->source));
  CO_TRY(read_strategy(j));
  CO_TRY(co_shifts_to_tree(j->source->contract.shift, j->source->contract.num_shifts, "contract",
                           &j->home_domain));
  j->home = (co_world){.domain = j->home_domain};
  j->def.source = j->source;
  CO_TRY(cli_home_source(j->shelf, path, j->source, j->world.task, &j->home.task));
  co_world_facts facts;
  if (!j->home.task || j->worlds.describe(j->worlds.context, &j->home, &facts) != CO_OK)
    return CO_OK;
  if (co_policy_check_world(j->source, facts.info) == CO_OK) j->def.home = &j->home;
  co_world_facts_drop(&facts);
  return CO_OK;
}

// ---- output ----

static void print_progress(void *context, int64_t env_steps) {
  const int64_t *planned = context;
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\r\033[K%" PRId64 " of about %" PRId64 " env steps", env_steps, *planned);
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
    co_hash_text(tensor->before, before);
    co_hash_text(tensor->after, after);
    co_buf_printf(out, "%-28s %-10s %-7s %-8s %s  %s  %.3g\n", tensor->name, shape, tensor->status,
                  tensor->trained ? "yes" : "frozen", before, after, tensor->moved);
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

static co_status print_text(const job *j) {
  co_buf out = {0};
  print_tensors(&j->record, &out);
  if (!isnan(j->record.action_difference))
    co_buf_printf(&out, "\nlargest action difference to the source policy at step 0: %.3g\n",
                  j->record.action_difference);
  co_buf_printf(&out, "\n%12s  %-8s %8s %12s %12s\n", "step", "world", "episodes", "return",
                "length");
  for (int i = 0; i < j->record.num_points; i++) print_point(&j->record.point[i], &out);
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
  co_hash_text(co_policy_hash(j->policy), hash);
  co_json *object = cli_object("train");
  co_json_set_string(object, "task", j->policy->contract.task);
  co_json_set_string(object, "algorithm", j->def.algorithm->name);
  co_json_set_string(object, "strategy", j->def.strategy ? j->strategy.name : NULL);
  co_json_set_string(object, "policy", j->path);
  co_json_set_string(object, "policy_hash", hash);
  co_json_set_int(object, "env_steps", j->record.env_steps);
  co_json_set_int(object, "gradient_steps", j->record.gradient_steps);
  co_json_set_number(object, "step0_action_difference", j->record.action_difference);
  co_json_set_int(object, "faults", j->record.faults);
  co_json *tensors = co_json_array(), *evaluations = co_json_array();
  for (int i = 0; i < j->record.num_tensors; i++)
    co_json_add(tensors, co_tensor_record_json(&j->record.tensor[i]));
  for (int i = 0; i < j->record.num_points; i++)
    co_json_add(evaluations, evaluation_json(&j->record.point[i]));
  co_json_set(object, "tensors", tensors);
  co_json_set(object, "evaluations", evaluations);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

// ---- run ----

static co_status read_budget(job *j) {
  co_training_def *def = &j->def;
  def->steps = 300000;
  def->evaluations = 6;
  def->episodes = 5;
  def->final_episodes = 20;
  CO_TRY(cli_int(j->args, "steps", 0, (int64_t)1e12, &def->steps));
  CO_TRY(cli_int(j->args, "evaluations", 2, 1000, &def->evaluations));
  return cli_int(j->args, "episodes", 1, 10000, &def->final_episodes);
}

// a training of hours must not end where nothing can be written
static co_status check_output(const char *path) {
  if (co_dir_exists(path)) return co_fail(CO_CREATE, "%s: cannot create: it is a folder", path);
  char *folder = co_path_dir(path);
  if (!folder) return co_fail(CO_MEMORY, "out of memory for a path");
  co_status status = CO_OK;
  if (!co_dir_exists(folder))
    status = co_fail(CO_CREATE, "%s: cannot create: %s is no folder", path, folder);
  else if (access(folder, W_OK) != 0)
    status = co_fail(CO_CREATE, "%s: cannot create: %s", path, strerror(errno));
  free(folder);
  return status;
}

// By default a policy of the same task is written where the one it starts from was written.
static void warn_of_source(const job *j) {
  const char *from = cli_value(j->args, "from");
  struct stat source, out;
  if (from && stat(from, &source) == 0 && stat(j->path, &out) == 0 && source.st_dev == out.st_dev &&
      source.st_ino == out.st_ino)
    co_log(CO_LOG_WARNING, "%s, which this starts from, will be replaced (--out FILE keeps it)",
           from);
}

// --out, or the task's name in the current folder
static co_status choose_output(job *j) {
  j->path = cli_value(j->args, "out");
  if (!j->path) {
    co_world_def def;
    CO_TRY(co_world_read(&j->world, &def));
    snprintf(j->fallback, sizeof j->fallback, "%s.safetensors", def.name);
    co_world_def_free(&def);
    j->path = j->fallback;
  }
  warn_of_source(j);
  return check_output(j->path);
}

// ---- checkpoints: in FILE.checkpoint, beside the policy's file ----

static co_status hold_folder(job *j) {
  co_buf name = {0};
  co_buf_printf(&name, "%s.checkpoint", j->path);
  CO_TRY(co_buf_status(&name));
  co_status status = co_dir_create(name.data);
  char *lock = status == CO_OK ? co_path_join(name.data, "lock") : NULL;
  if (status == CO_OK && !lock) status = co_fail(CO_MEMORY, "out of memory for a path");
  if (status == CO_OK) status = co_lock_take(lock, &j->lock);
  free(lock);
  if (status == CO_OK)
    j->folder = name.data;
  else
    co_buf_free(&name);
  return status;
}

// logs and last states of faulty rows: in FILE.log
static co_status name_logs(job *j) {
  co_buf name = {0};
  co_buf_printf(&name, "%s.log", j->path);
  j->logs = name.data;
  return co_buf_status(&name);
}

// what a training that failed leaves to be looked at
static co_status fail_training(const job *j) {
  char *faults = co_path_join(j->logs, "faults");
  bool kept = faults && co_dir_exists(faults);
  co_status status = co_fail(CO_INTERNAL, "%s%s%s", j->record.failed,
                             kept ? "; last states of faulty rows: " : "", kept ? faults : "");
  free(faults);
  return status;
}

static bool holds_only_lock(const char *folder) {
  co_names names;
  if (co_dir_list(folder, &names) != CO_OK) return false;
  bool only = names.count <= 1;
  co_names_free(&names);
  return only;
}

// Keeps what can be gone on from: nothing once there is a result, if only that training failed.
// `status` is the training's, and comes back unless that was well and this is not.
static co_status leave_folder(job *j, co_status status) {
  if (!j->folder) return status;
  char text[CO_ERROR_MAX];
  snprintf(text, sizeof text, "%s", co_error_text());
  co_status removed = CO_OK;
  if (status == CO_OK || *j->record.failed || holds_only_lock(j->folder))
    removed = co_dir_remove(j->folder);
  co_lock_release(&j->lock);
  free(j->folder);
  return status == CO_OK ? removed : co_fail(status, "%s", text);
}

static co_status train(job *j) {
  CO_TRY(read_budget(j));
  CO_TRY(cli_checkpoint_s(j->args, &j->def.checkpoint_s));
  CO_TRY(cli_domain(j->args, "domain", &j->domain));
  j->world = (co_world){.task = cli_positional(j->args, 0), .domain = j->domain};
  CO_TRY(read_source(j));
  CO_TRY(read_settings(j));
  j->def.name = j->world.task;
  j->def.worlds = &j->worlds;
  j->def.world = j->world;
  j->def.seed = cli_seed(j->args);
  j->def.in_target = j->source != NULL;
  if (!cli_flag(j->args, "quiet")) {
    j->def.progress = print_progress;
    j->def.progress_context = &j->def.steps;
  }
  CO_TRY(choose_output(j));
  CO_TRY(cli_pool(j->args, &j->def.pool));
  if (*cli_stop) return co_fail(CO_INTERRUPTED, "interrupted before anything was begun");
  CO_TRY(hold_folder(j));
  co_file_remove_temporaries(j->path);
  CO_TRY(name_logs(j));
  j->def.folder = j->folder;
  j->def.logs = j->logs;
  j->def.tensorboard = cli_flag(j->args, "tensorboard");
  j->def.build = cli_build_text();
  j->def.libc = co_libc_text();
  j->def.stop = cli_stop;
  co_status status = co_training_run(&j->def, &j->record, &j->cost, &j->policy);
  if (j->def.progress && isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
  CO_TRY(status);
  return *j->record.failed ? fail_training(j) : CO_OK;
}

static co_status run(const cli_args *args) {
  cli_catch_signals(false);
  job j = {.args = args};
  j.record.action_difference = j.record.explained_variance = NAN;
  co_status status = co_world_shelf_create(&j.shelf);
  j.worlds = co_worlds(j.shelf);
  if (status == CO_OK) status = train(&j);
  if (status == CO_OK) status = co_policy_save(j.policy, j.path);
  status = leave_folder(&j, status);
  if (status == CO_OK) status = cli_json(args) ? print_json(&j) : print_text(&j);
  co_record_free(&j.record);
  co_policy_free(j.policy);
  co_policy_free(j.source);
  co_pool_free(j.def.pool);
  co_node_free(j.domain);
  co_node_free(j.home_domain);
  co_arena_free(&j.arena);
  co_world_shelf_free(j.shelf);
  free(j.logs);
  return status;
}

static const cli_option options[] = {
    {"domain", "D",
     "shifts of the world: a name, a file, or config text '({parameter=...; scale=...;})'"},
    {"algorithm", "A", "learning algorithm: ppo (default), sac; that of the policy to start from"},
    {"steps", "N", "env steps of training (300000)"},
    {"from", "POLICY", "policy to start from"},
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
