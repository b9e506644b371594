#include "transfer/run/single.h"

#include "agents/policy/home.h"
#include "core/file.h"
#include "core/log.h"
#include "transfer/run/private/train_log.h"
#include "transfer/study/program.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- settings ----

// "learning.rate=1e-4" goes to the algorithm, which is a member of `root`, all else to the world
static co_status split_edits(co_single *s, co_node *root) {
  const co_single_def *def = s->def;
  const char **own = co_arena_alloc(&s->arena, (size_t)def->num_set + 1, sizeof *own);
  if (!own) return CO_MEMORY;
  int kept = 0;
  for (int i = 0; i < def->num_set; i++) {
    if (strncmp(def->set[i], "learning.", 9) == 0)
      CO_TRY(co_tree_set(root, def->set[i]));
    else
      own[kept++] = def->set[i];
  }
  s->training.world.set = own;
  s->training.world.num_set = kept;
  return CO_OK;
}

// a policy to start from brings its algorithm too, unless its strategy names one
static co_status find_algorithm(const co_single *s, const co_algorithm **out) {
  const co_single_def *def = s->def;
  const char *name = def->algorithm, *own = def->source ? s->strategy.algorithm : NULL;
  if (name && own && strcmp(name, own) != 0)
    return co_fail(CO_USAGE, "--algorithm: %s, and strategy \"%s\" trains with %s", name,
                   s->strategy.name, own);
  if (!name) name = own;
  if (!name && def->source && co_algorithm_find(def->source->contract.algorithm))
    name = def->source->contract.algorithm;
  // an actor of another program has the algorithm of its head
  bool squashed = def->source && def->source->net.def.head == CO_HEAD_SQUASHED;
  if (!name) name = squashed ? "sac" : "ppo";
  *out = co_algorithm_find(name);
  return *out ? CO_OK : co_fail(CO_USAGE, "--algorithm: unknown algorithm \"%s\"", name);
}

static co_status read_settings(co_single *s) {
  CO_TRY(find_algorithm(s, &s->training.algorithm));
  const co_schema *schema = s->training.algorithm->schema;
  void *settings = co_arena_alloc(&s->arena, 1, schema->size);
  co_node *root = NULL;
  co_status status = settings ? co_tree_parse("learning = { };", "--set", &root) : CO_MEMORY;
  co_node *learning = status == CO_OK ? root->child[0] : NULL;
  // a policy to start from brings its own network; edits come after it
  if (status == CO_OK && s->def->source && !s->def->source->program)
    status = s->training.algorithm->take_network(&s->def->source->net.def, learning);
  if (status == CO_OK) status = split_edits(s, root);
  if (status == CO_OK) status = co_schema_read(schema, learning, &s->arena, settings);
  co_node_free(root);
  s->training.settings = settings;
  return status;
}

// ---- data ----

static co_status check_data(const co_single *s) {
  if (co_algorithm_check_data(s->training.algorithm, &s->data) != CO_OK)
    return co_fail_context(CO_USAGE, "--data");
  if (!s->data.count) return CO_OK;
  co_world_facts facts;
  CO_TRY(s->def->worlds->describe(s->def->worlds->context, &s->training.world, &facts));
  co_status status = co_data_sets_check(&s->data, facts.info);
  co_world_facts_drop(&facts);
  return status;
}

static co_status read_data(co_single *s) {
  CO_TRY(co_data_sets_open(s->def->data, s->def->num_data, &s->data));
  if (s->data.count) s->training.data = &s->data;
  return check_data(s);
}

// ---- steps in the source's world ----

static co_status check_source_env(const co_single *s) {
  const co_source_env *source = s->strategy.source_env;
  if (!source) return CO_OK;
  if (!co_strategy_trains(&s->strategy))
    return co_fail(
        CO_CONFIG,
        "--strategy: source_env: \"%s\" trains nothing, so it learns from no steps of the "
        "source's world",
        s->strategy.name);
  if (!s->training.steps) return CO_OK;
  if (co_algorithm_check_source_env(s->training.algorithm, source) != CO_OK)
    return co_fail_context(CO_USAGE, "--strategy: source_env");
  if (s->training.home) return CO_OK;
  return co_fail(CO_CONFIG,
                 "--strategy: source_env: \"%s\" takes steps in the world that %s was trained in, "
                 "and that is not here",
                 s->strategy.name, s->def->source_path);
}

static void choose_steps(co_single *s) {
  enum { ENV_STEPS = 300000, GRADIENT_STEPS = 20000 };
  if (s->training.steps < 0)
    s->training.steps = co_algorithm_steps(s->training.algorithm, ENV_STEPS, GRADIENT_STEPS);
}

// ---- the source policy ----

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

// A fresh critic knows nothing yet, and an actor of another program that follows it at once loses
// what it can.
static const char *default_strategy(const co_single_def *def) {
  if (def->source->program) return "full";
  const co_provenance *training = co_contract_provenance(&def->source->contract, "training");
  bool own = !training || training->from != CO_FROM_UNKNOWN;
  if (own || co_policy_has_critics(def->source)) return "full";
  co_log(CO_LOG_INFO,
         "note: %s has no critics: strategy critic_warmup holds its actor while fresh ones learn "
         "(--strategy names another)",
         def->source_path);
  return "critic_warmup";
}

// a name, or a strategy as text
static co_status read_strategy(co_single *s) {
  const char *text = s->def->strategy ? s->def->strategy : default_strategy(s->def);
  co_strategy_def *given = co_arena_alloc(&s->arena, 1, sizeof *given);
  co_list builtin, own = {0};
  if (!given) return CO_MEMORY;
  CO_TRY(co_strategies_builtin(&s->arena, &builtin));
  if (*text == '{') {
    CO_TRY(parse_strategy(text, &s->arena, given));
    own = (co_list){given, 1};
    text = given->name;
  }
  CO_TRY(co_strategy_resolve(&own, &builtin, text, &s->strategy));
  if (s->strategy.data.count)
    return co_fail(CO_USAGE, "--strategy: data names sets of a study; --data gives files");
  s->training.strategy = &s->strategy;
  if (!co_strategy_trains(&s->strategy)) s->training.steps = 0;
  if (co_strategy_check_program(&s->strategy, s->def->source) != CO_OK)
    return co_fail_context(CO_CONFIG, "%s", s->def->source_path);
  return CO_OK;
}

static co_status read_source(co_single *s) {
  const co_single_def *def = s->def;
  if (!def->source) return CO_OK;
  CO_TRY(read_strategy(s));
  s->training.source = def->source;
  s->home = (co_world){.domain = def->source_home};
  const co_home seek = {def->worlds, def->source, def->source_path, NULL};
  CO_TRY(co_home_source(&seek, def->task, &s->source_task));
  s->home.task = s->source_task.task;
  s->home.held = s->source_task.held;
  return CO_OK;
}

// Whether the policy to start from may go there. The settings have said which edits are the
// world's.
static co_status enforce(const co_single *s) {
  const co_single_def *def = s->def;
  if (!def->source) return CO_OK;
  const co_home home = {def->worlds, def->source, def->source_path, NULL};
  return co_strategy_enforce(&s->strategy, &home, &s->training.world, 0);
}

// Whether what is trained has elements of the same names as its source's world.
static co_status check_way_back(const co_single *s, const co_env_info *home) {
  const co_world_source *worlds = s->def->worlds;
  co_world_facts target;
  co_contract contract;
  CO_TRY(co_policy_check_world(s->def->source, home));
  CO_TRY(worlds->describe(worlds->context, &s->training.world, &target));
  co_network_def ends = {.obs_dim = target.info->obs_dim, .act_dim = target.info->act_dim};
  co_status status = co_contract_from_world(target.info, &ends, "none", &contract);
  co_world_facts_drop(&target);
  CO_TRY(status);
  int other = co_find_other_obs(&contract, &s->def->source->contract);
  if (other < 0) other = co_find_other_action(&contract, &s->def->source->contract);
  co_contract_free(&contract);
  return other < 0 ? CO_OK : co_fail(CO_CONFIG, "its elements have other names than those here");
}

// Its own world serves step 0 and forgetting when it is here, and is one that both policies can act
// in: another body's cannot.
static co_status find_home(co_single *s) {
  const co_world_source *worlds = s->def->worlds;
  if (!s->home.task || s->strategy.match) return CO_OK;
  co_world_facts home;
  co_status status = worlds->describe(worlds->context, &s->home, &home);
  if (status == CO_OK) {
    status = check_way_back(s, home.info);
    co_world_facts_drop(&home);
  }
  if (status == CO_OK) s->training.home = &s->home;
  if (status != CO_CONFIG) return status;
  co_log(CO_LOG_INFO, "note: nothing is shown of home, \"%s\": %s", s->home.task, co_error_text());
  return CO_OK;
}

co_status co_single_open(const co_single_def *def, co_single *out) {
  *out = (co_single){.def = def};
  out->record.action_difference = out->record.explained_variance = NAN;
  out->training =
      (co_training_def){.name = def->task,
                        .worlds = def->worlds,
                        .world = {.task = def->task, .domain = def->domain, .map = def->map},
                        .seed = def->seed,
                        .steps = def->steps,
                        .evaluations = def->evaluations,
                        .episodes = 5,
                        .final_episodes = def->final_episodes,
                        .in_target = def->source != NULL};
  co_status status = read_source(out);
  if (status == CO_OK) status = read_settings(out);
  if (status == CO_OK) status = enforce(out);
  if (status == CO_OK) status = find_home(out);
  if (status == CO_OK) status = read_data(out);
  if (status == CO_OK) choose_steps(out);
  if (status == CO_OK) status = check_source_env(out);
  if (status != CO_OK) co_single_free(out);
  return status;
}

void co_single_free(co_single *single) {
  co_found_task_free(&single->source_task);
  co_record_free(&single->record);
  co_policy_free(single->policy);
  co_data_sets_close(&single->data);
  co_arena_free(&single->arena);
  *single = (co_single){0};
}

// ---- where it goes ----

// a training of hours must not end where nothing can be written
static co_status check_output(const char *path) {
  if (co_dir_exists(path)) return co_fail(CO_CREATE, "%s: cannot create: it is a folder", path);
  char *folder = co_path_dir(path);
  if (!folder) return CO_MEMORY;
  co_status status = CO_OK;
  if (!co_dir_exists(folder))
    status = co_fail(CO_CREATE, "%s: cannot create: %s is no folder", path, folder);
  else if (access(folder, W_OK) != 0)
    status = co_fail(CO_CREATE, "%s: cannot create: %s", path, strerror(errno));
  free(folder);
  return status;
}

// By default a policy of the same task is written where the one it starts from was written.
static void warn_of_source(const co_single *s, const char *path) {
  const char *from = s->def->source ? s->def->source_path : NULL;
  if (from && co_file_same(from, path))
    co_log(CO_LOG_WARNING, "%s, which this starts from, will be replaced (--out FILE keeps it)",
           from);
}

// Files beside the policy's.
typedef struct places {
  char *checkpoints, *logs;  // folders, owned; checkpoints NULL: not held
  co_lock lock;              // of the checkpoints
} places;

static co_status hold_folder(const char *path, places *out) {
  co_buf name = {0};
  co_buf_printf(&name, "%s.checkpoint", path);
  CO_TRY(co_buf_status(&name));
  co_status status = co_dir_create(name.data);
  char *lock = status == CO_OK ? co_path_join(name.data, "lock") : NULL;
  if (status == CO_OK && !lock) status = CO_MEMORY;
  if (status == CO_OK) status = co_lock_take(lock, &out->lock);
  free(lock);
  if (status == CO_OK)
    out->checkpoints = name.data;
  else
    co_buf_free(&name);
  return status;
}

// logs and last states of faulty rows
static co_status name_logs(const char *path, places *out) {
  co_buf name = {0};
  co_buf_printf(&name, "%s.log", path);
  out->logs = name.data;
  return co_buf_status(&name);
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
static co_status leave(const co_single *s, places *at, co_status status) {
  free(at->logs);
  if (!at->checkpoints) return status;
  char text[CO_ERROR_MAX];
  snprintf(text, sizeof text, "%s", co_error_text());
  co_status removed = CO_OK;
  if (status == CO_OK || *s->record.failed || holds_only_lock(at->checkpoints))
    removed = co_dir_remove(at->checkpoints);
  co_lock_release(&at->lock);
  free(at->checkpoints);
  return status == CO_OK ? removed : co_fail(status, "%s", text);
}

// ---- run ----

// what a training that failed leaves to be looked at
static co_status fail_training(const co_single *s, const char *logs) {
  char *faults = co_path_join(logs, "faults");
  bool kept = faults && co_dir_exists(faults);
  co_status status = co_fail(CO_DIVERGED, "%s%s%s", s->record.failed,
                             kept ? "; last states of faulty rows: " : "", kept ? faults : "");
  free(faults);
  return status;
}

static co_status train(co_single *s, const char *path, places *at) {
  co_training_def *def = &s->training;
  CO_TRY(hold_folder(path, at));
  co_file_remove_temporaries(path);
  if (def->replay) co_file_remove_temporaries(def->replay);
  CO_TRY(name_logs(path, at));
  def->folder = at->checkpoints;
  def->logs = at->logs;
  CO_TRY(co_training_run(def, &s->record, &s->cost, &s->policy));
  if (*s->record.failed) return fail_training(s, at->logs);
  CO_TRY(co_train_log_keep(at->logs));
  return co_policy_save(s->policy, path);
}

co_status co_single_run(co_single *single, const char *path) {
  warn_of_source(single, path);
  CO_TRY(check_output(path));
  if (single->training.replay) CO_TRY(check_output(single->training.replay));
  if (single->training.stop && *single->training.stop)
    return co_fail(CO_INTERRUPTED, "interrupted before anything was begun");
  places at = {0};
  co_status status = leave(single, &at, train(single, path, &at));
  single->training.folder = single->training.logs = NULL;
  return status;
}
