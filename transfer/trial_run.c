// One trial from definition to done.json.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "transfer/definition.h"
#include "transfer/record.h"

enum { BLEND_UPDATES = 10 };       // a blended normaliser counts as this many updates' samples (methods 4a rule 6)
enum { STEP0_OBSERVATIONS = 256 }; // observations of the source world on which actions are compared at step 0

// time and cost of one phase, for timing.csv
typedef struct phase {
  double wall_s, cpu_s, flop;
  int64_t env_steps, gradient_steps;
} phase;

// everything a running trial holds
typedef struct running {
  const co_trial_context *context;
  const co_trial *trial;
  co_world world;        // where it trains
  co_arena arena;
  const co_algorithm *algorithm;
  void *settings;        // in arena
  co_policy *source;     // the policy it starts from, NULL: none
  co_policy *policy;     // the trial's own
  co_tensor_plan *plan;  // (policy->num_tensors), in arena
  co_record record;
  phase train, evaluate;
} running;

static co_stream stream_of(const running *r, co_purpose purpose) {
  return (co_stream){(uint64_t)r->context->study->def.seed, (uint32_t)r->trial->seed, purpose};
}

static co_status open_env(const running *r, const co_world *world, int64_t rows, co_purpose purpose, co_env **out) {
  co_stream stream = stream_of(r, purpose);
  const co_world_source *worlds = r->context->worlds;
  return worlds->create(worlds->context, world, (int)rows, &stream, out);
}

static void report_progress(const running *r) {
  const co_trial_context *context = r->context;
  if (context->progress) context->progress(context->progress_context, r->train.env_steps + r->evaluate.env_steps);
}

// --- evaluation -----------------------------------------------------------------------------------------------------

// every evaluation opens its env anew, so that the same episodes are played at every point
static co_status evaluate(running *r, const co_world *world, const co_policy *policy, int64_t episodes,
                          co_purpose purpose, co_evaluation *out) {
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  co_env *env;
  CO_TRY(open_env(r, world, episodes, purpose, &env));
  co_stream stream = stream_of(r, purpose);
  co_status status = co_evaluate(policy, env, &stream, r->context->pool, out);
  co_env_destroy(env);
  if (status != CO_OK) return status;
  r->evaluate.wall_s += co_clock_wall() - wall;
  r->evaluate.cpu_s += co_clock_cpu() - cpu;
  r->evaluate.env_steps += out->env_steps;
  report_progress(r);
  return CO_OK;
}

static co_status add_curve_point(running *r, int64_t step) {
  co_evaluation eval;
  CO_TRY(evaluate(r, &r->world, r->policy, r->context->study->def.episodes, CO_PURPOSE_EVAL_CURVE, &eval));
  co_log(CO_LOG_INFO, "%s: step %" PRId64 ": return %.1f over %d episodes", r->trial->id, step, eval.mean, eval.count);
  return co_record_add_point(&r->record, step, r->trial->kind == CO_TRIAL_SOURCE, false, &eval);
}

// 20 fresh episodes where it was trained, and back in the source for forgetting
static co_status add_final_points(running *r, int64_t step) {
  const co_study_def *def = &r->context->study->def;
  co_evaluation eval;
  CO_TRY(evaluate(r, &r->world, r->policy, def->final_episodes, CO_PURPOSE_EVAL_FINAL, &eval));
  r->policy->contract.expected_episodes = eval.count - eval.faults;
  r->policy->contract.expected_mean = eval.mean;
  r->policy->contract.expected_std = eval.std;
  CO_TRY(co_record_add_point(&r->record, step, r->trial->kind == CO_TRIAL_SOURCE, true, &eval));
  int source = co_trial_home(r->context->study, r->trial);
  if (source < 0) return CO_OK;
  co_world home = co_source_world(co_study_source(r->context->study, source));
  CO_TRY(evaluate(r, &home, r->policy, def->final_episodes, CO_PURPOSE_EVAL_FINAL, &eval));
  return co_record_add_point(&r->record, step, true, true, &eval);
}

// --- preparing the policy -------------------------------------------------------------------------------------------

static co_status add_input(running *r, const char *name, const char *path) {
  co_input_record *input = &r->record.input[r->record.num_inputs++];
  snprintf(input->name, sizeof input->name, "%s", name);
  co_buf bytes = {0};
  CO_TRY(co_file_read(path, 0, &bytes));
  input->hash = co_hash(bytes.data, bytes.size);
  co_buf_free(&bytes);
  return CO_OK;
}

static co_status load_source(running *r) {
  const co_trial *needed = &r->context->trials->trial[r->trial->needs];
  char *path = co_trial_path(r->context, needed, "policy.safetensors");
  if (!path) return co_fail(CO_MEMORY, "out of memory for a path");
  co_status status = co_policy_load(path, &r->source);
  if (status == CO_NO_INPUT)
    status = co_fail(CO_NO_INPUT, "%s needs the policy of %s, which is not done", r->trial->id, needed->id);
  if (status == CO_OK) status = add_input(r, needed->id, path);
  free(path);
  return status;
}

static co_status create_policy(running *r, const co_env_info *info) {
  co_network_def def;
  r->algorithm->network(r->settings, info->obs_dim, info->act_dim, &def);
  co_stream stream = stream_of(r, CO_PURPOSE_INIT);
  CO_TRY(co_policy_create(&def, info, r->algorithm->name, &stream, &r->policy));
  r->policy->contract.seed = stream.seed;
  r->policy->contract.seed_number = stream.number;
  r->plan = co_arena_alloc(&r->arena, (size_t)r->policy->num_tensors, sizeof *r->plan);
  if (!r->plan) return co_fail(CO_MEMORY, "out of memory for a plan");
  for (int i = 0; i < r->policy->num_tensors; i++) r->plan[i] = (co_tensor_plan){CO_INIT_FRESH, {.rate = 1}};
  return CO_OK;
}

static co_status transfer_policy(running *r) {
  const co_strategy *strategy = &r->context->study->strategy[r->trial->strategy];
  CO_TRY(co_strategy_plan(strategy, r->policy->tensor, r->policy->num_tensors, r->plan));
  if (!r->source) return CO_OK;
  double blend = (double)(BLEND_UPDATES * r->algorithm->steps_per_update(r->settings));
  r->policy->contract.parent = co_policy_hash(r->source);
  return co_strategy_apply(strategy, r->plan, r->source, blend, r->policy);
}

// Largest difference of deterministic actions between source and transferred policy, on the observations that the source
// policy meets in its own world.
static co_status compare_actions(running *r) {
  co_world home = co_source_world(co_study_source(r->context->study, r->trial->source));
  co_env *env;
  CO_TRY(open_env(r, &home, 1, CO_PURPOSE_EVAL_CURVE, &env));
  const co_env_info *info = co_env_get_info(env);
  int act_dim = info->act_dim;
  float *obs = co_arena_alloc(&r->arena, (size_t)info->obs_dim, sizeof *obs);
  float *action = co_arena_alloc(&r->arena, 2 * (size_t)act_dim, sizeof *action);
  uint8_t over[3] = {0};
  co_env_out out = {.obs = obs, .terminated = &over[0], .truncated = &over[1], .fault = &over[2]};
  co_status status = obs && action ? co_env_reset(env, 0, 1, &out) : co_fail(CO_MEMORY, "out of memory for step 0");
  double most = 0;
  for (int step = 0; status == CO_OK && step < STEP0_OBSERVATIONS; step++) {
    co_policy_act(r->source, obs, 1, action);
    co_policy_act(r->policy, obs, 1, action + act_dim);
    for (int i = 0; i < act_dim; i++) most = fmax(most, fabs((double)action[i] - (double)action[act_dim + i]));
    status = co_env_step(env, 0, 1, action, &out);
    if (status == CO_OK && (over[0] || over[1] || over[2])) status = co_env_reset(env, 0, 1, &out);
  }
  co_env_destroy(env);
  r->record.action_difference = most;
  return status;
}

// differential entropy of the Gaussian policy at step 0: sum of log_std + log(2 pi e) / 2 [nat]
static double entropy(const co_policy *policy) {
  const co_tensor *log_std = &policy->tensor[co_tensor_find(policy->tensor, policy->num_tensors, "actor.log_std")];
  double sum = 0;
  for (int i = 0; i < log_std->cols; i++) sum += co_tensor_get(log_std, 0, i) + 1.4189385332046727;
  return sum;
}

// the tensor table before training; co_policy_copy keeps the values for `moved`
static co_status begin_tensors(running *r) {
  static const char *const status[] = {[CO_INIT_COPY] = "copied", [CO_INIT_FRESH] = "fresh", [CO_INIT_ZERO] = "zero"};
  int count = r->policy->num_tensors;
  r->record.tensor = calloc((size_t)count, sizeof *r->record.tensor);
  if (!r->record.tensor) return co_fail(CO_MEMORY, "out of memory for the tensor table");
  r->record.num_tensors = count;
  for (int i = 0; i < count; i++) {
    const co_tensor *tensor = &r->policy->tensor[i];
    co_tensor_record *record = &r->record.tensor[i];
    snprintf(record->name, sizeof record->name, "%s", tensor->name);
    snprintf(record->status, sizeof record->status, "%s", status[r->plan[i].init]);
    record->rows = tensor->rows;
    record->cols = tensor->cols;
    record->trained = r->plan[i].rule.rate > 0;
    record->before = co_tensor_hash(tensor);
  }
  return CO_OK;
}

static void finish_tensors(running *r, const co_policy *start) {
  for (int i = 0; i < r->policy->num_tensors; i++) {
    const co_tensor *now = &r->policy->tensor[i], *then = &start->tensor[i];
    co_tensor_record *record = &r->record.tensor[i];
    record->after = co_tensor_hash(now);
    for (int row = 0; row < now->rows; row++)
      for (int col = 0; col < now->cols; col++)
        record->moved = fmax(record->moved, fabs(co_tensor_get(now, row, col) - co_tensor_get(then, row, col)));
  }
}

// --- training -------------------------------------------------------------------------------------------------------

static bool is_point(int64_t update, int64_t updates, int64_t points) {
  // point k lies after round(k updates / (points - 1)) updates
  int64_t gaps = points - 1, k = (update * gaps + updates / 2) / updates;
  return (k * updates + gaps / 2) / gaps == update;
}

static void account(running *r, const co_learner_stats *stats) {
  r->train.env_steps = stats->env_steps;
  r->train.gradient_steps = stats->gradient_steps;
  r->train.flop = stats->flop;
  report_progress(r);
}

static co_status train_updates(running *r, co_learner *learner, int64_t updates) {
  for (int64_t update = 1; update <= updates; update++) {
    double wall = co_clock_wall(), cpu = co_clock_cpu();
    co_learner_stats stats;
    CO_TRY(r->algorithm->collect(learner));
    CO_TRY(r->algorithm->update(learner));
    r->algorithm->stats(learner, &stats);
    if (update == 1) r->record.explained_variance = stats.explained_variance;
    r->train.wall_s += co_clock_wall() - wall;
    r->train.cpu_s += co_clock_cpu() - cpu;
    account(r, &stats);
    if (is_point(update, updates, r->context->study->def.evaluations)) CO_TRY(add_curve_point(r, stats.env_steps));
  }
  return CO_OK;
}

static co_status train(running *r, int64_t steps) {
  co_tensor_rule *rule = co_arena_alloc(&r->arena, (size_t)r->policy->num_tensors, sizeof *rule);
  if (!rule) return co_fail(CO_MEMORY, "out of memory for tensor rules");
  for (int i = 0; i < r->policy->num_tensors; i++) rule[i] = r->plan[i].rule;
  co_env *env;
  CO_TRY(open_env(r, &r->world, r->algorithm->env_rows(r->settings), CO_PURPOSE_RESET, &env));
  co_learner_def def = {.settings = r->settings, .policy = r->policy, .env = env, .pool = r->context->pool,
                        .rule = rule, .stream = stream_of(r, CO_PURPOSE_INIT), .total_steps = steps};
  co_learner *learner = NULL;
  co_status status = r->algorithm->create(&def, &learner);
  int64_t per_update = r->algorithm->steps_per_update(r->settings);
  if (status == CO_OK) status = train_updates(r, learner, (steps + per_update - 1) / per_update);
  if (learner) {
    co_learner_stats stats;
    r->algorithm->stats(learner, &stats);
    r->record.faults += (int)stats.faults;
    r->algorithm->destroy(learner);
  }
  co_env_destroy(env);
  return status;
}

// Non-finite training is a result, not a crash: what was measured so far is kept and the trial is listed as failed
// (methods 4a rule 18). Everything else ends the trial without a record.
static co_status train_and_evaluate(running *r) {
  int64_t steps = co_trial_train_steps(r->context->study, r->trial);
  CO_TRY(add_curve_point(r, 0));
  co_policy *start;
  CO_TRY(co_policy_copy(r->policy, &start));
  co_status status = steps > 0 ? train(r, steps) : CO_OK;
  if (status == CO_INTERNAL) snprintf(r->record.failed, sizeof r->record.failed, "%s", co_error_text());
  if (status == CO_OK) {
    finish_tensors(r, start);
    r->policy->contract.steps = r->train.env_steps;
    status = add_final_points(r, r->train.env_steps);
  }
  co_policy_free(start);
  return *r->record.failed ? CO_OK : status;
}

static co_status run_training(running *r) {
  CO_TRY(co_trial_settings(r->context->study, r->trial, &r->arena, &r->algorithm, &r->settings));
  if (r->trial->needs >= 0) CO_TRY(load_source(r));
  co_env *env;
  CO_TRY(open_env(r, &r->world, 1, CO_PURPOSE_RESET, &env));
  co_status status = create_policy(r, co_env_get_info(env));
  co_env_destroy(env);
  CO_TRY(status);
  if (r->trial->kind == CO_TRIAL_TRANSFER) CO_TRY(transfer_policy(r));
  if (r->source) CO_TRY(compare_actions(r));
  r->record.entropy = entropy(r->policy);
  CO_TRY(begin_tensors(r));
  return train_and_evaluate(r);
}

// a source given as files: loaded, checked against its world, evaluated
static co_status run_given_policy(running *r) {
  const co_source_def *source = co_study_source(r->context->study, r->trial->source);
  const char *path = source->policy.value[source->policy.count > 1 ? r->trial->seed : 0];
  CO_TRY(add_input(r, co_path_base(path), path));
  CO_TRY(co_policy_load(path, &r->policy));
  co_env *env;
  CO_TRY(open_env(r, &r->world, 1, CO_PURPOSE_RESET, &env));
  co_status status = co_policy_check_world(r->policy, co_env_get_info(env));
  co_env_destroy(env);
  if (status != CO_OK) return co_fail_context(status, "%s", path);
  r->record.entropy = entropy(r->policy);
  CO_TRY(add_curve_point(r, 0));
  return add_final_points(r, 0);
}

static co_status run_random(running *r) {
  co_evaluation eval;
  CO_TRY(evaluate(r, &r->world, NULL, r->context->study->def.random_episodes, CO_PURPOSE_RANDOM, &eval));
  return co_record_add_point(&r->record, 0, r->trial->target < 0, true, &eval);
}

// --- files ----------------------------------------------------------------------------------------------------------

static co_status write_file(const running *r, const char *name, const co_buf *text) {
  CO_TRY(co_buf_status(text));
  char *path = co_trial_path(r->context, r->trial, name);
  if (!path) return co_fail(CO_MEMORY, "out of memory for a path");
  co_status status = co_file_write(path, text->data, text->size);
  free(path);
  return status;
}

static co_status write_policy(running *r) {
  if (!r->policy || *r->record.failed) return CO_OK;
  co_buf bytes = {0};
  co_status status = co_policy_write(r->policy, &bytes);
  if (status == CO_OK) status = write_file(r, "policy.safetensors", &bytes);
  if (status == CO_OK) r->record.policy_hash = co_hash(bytes.data, bytes.size);
  co_buf_free(&bytes);
  return status;
}

static void timing_row(const running *r, const char *name, const phase *p, co_buf *out) {
  co_buf_printf(out, "%s,%s,%.6f,%.6f,%" PRId64 ",%" PRId64 ",%.17g\n", r->trial->id, name, p->wall_s, p->cpu_s,
                p->env_steps, p->gradient_steps, p->flop);
}

static co_status write_timing(const running *r) {
  co_buf text = {0};
  if (r->train.env_steps) timing_row(r, "train", &r->train, &text);
  timing_row(r, "evaluate", &r->evaluate, &text);
  co_status status = write_file(r, "timing.csv", &text);
  co_buf_free(&text);
  return status;
}

static co_status write_record(const running *r) {
  co_buf text = {0};
  co_status status = co_record_write(&r->record, &text);
  if (status == CO_OK) status = write_file(r, "done.json", &text);
  co_buf_free(&text);
  return status;
}

static co_status remove_in(const char *folder, const char *name) {
  char *path = co_path_join(folder, name);
  if (!path) return co_fail(CO_MEMORY, "out of memory for a path");
  bool failed = co_file_exists(path) && remove(path) != 0;
  free(path);
  return failed ? co_fail(CO_IO, "%s: cannot remove %s", folder, name) : CO_OK;
}

// Only done.json makes a trial finished, so it goes first when one starts over; then what a killed worker left. The log
// and the lock are open already.
static co_status clear_folder(const running *r) {
  char *folder = co_trial_path(r->context, r->trial, "");
  if (!folder) return co_fail(CO_MEMORY, "out of memory for a path");
  co_names names = {0};
  co_status status = co_dir_create(folder);
  if (status == CO_OK) status = remove_in(folder, "done.json");
  if (status == CO_OK) status = co_dir_list(folder, &names);
  for (int i = 0; i < names.count && status == CO_OK; i++)
    if (strcmp(names.name[i], "log.txt") != 0 && strcmp(names.name[i], "lock") != 0)
      status = remove_in(folder, names.name[i]);
  co_names_free(&names);
  free(folder);
  return status;
}

static co_status run_kind(running *r) {
  if (r->trial->kind == CO_TRIAL_RANDOM) return run_random(r);
  if (r->trial->kind == CO_TRIAL_SOURCE && co_study_source(r->context->study, r->trial->source)->policy.count)
    return run_given_policy(r);
  return run_training(r);
}

co_status co_trial_run(const co_trial_context *context, const co_trial *trial) {
  running r = {.context = context, .trial = trial, .world = co_trial_world(context->study, trial)};
  r.record.action_difference = r.record.entropy = r.record.explained_variance = NAN;
  snprintf(r.record.id, sizeof r.record.id, "%s", trial->id);
  snprintf(r.record.build, sizeof r.record.build, "%s", context->build);
  co_status status = clear_folder(&r);
  if (status == CO_OK) status = co_trial_definition_hash(context, trial, &r.record.definition_hash);
  if (status == CO_OK) status = run_kind(&r);
  r.record.env_steps = r.train.env_steps;
  r.record.gradient_steps = r.train.gradient_steps;
  if (status == CO_OK) status = write_policy(&r);
  if (status == CO_OK) status = write_timing(&r);
  if (status == CO_OK) status = write_record(&r);
  co_record_free(&r.record);
  co_policy_free(r.source);
  co_policy_free(r.policy);
  co_arena_free(&r.arena);
  return status;
}

// --- is it done? ----------------------------------------------------------------------------------------------------

static bool file_has_hash(const char *path, uint64_t hash) {
  co_buf bytes = {0};
  bool same = co_file_read(path, 0, &bytes) == CO_OK && co_hash(bytes.data, bytes.size) == hash;
  co_buf_free(&bytes);
  return same;
}

// the policies it started from still are what they were
static bool inputs_hold(const co_trial_context *context, const co_trial *trial, const co_record *record) {
  for (int i = 0; i < record->num_inputs; i++) {
    int needed = co_trials_find(context->trials, record->input[i].name);
    const co_source_def *source = trial->source < 0 ? NULL : co_study_source(context->study, trial->source);
    char *path = needed >= 0 ? co_trial_path(context, &context->trials->trial[needed], "policy.safetensors")
                 : source && source->policy.count
                     ? strdup(source->policy.value[source->policy.count > 1 ? trial->seed : 0])
                     : NULL;
    bool holds = path && file_has_hash(path, record->input[i].hash);
    free(path);
    if (!holds) return false;
  }
  return true;
}

static bool policy_holds(const co_trial_context *context, const co_trial *trial, const co_record *record) {
  if (!record->policy_hash) return trial->kind == CO_TRIAL_RANDOM || *record->failed;
  char *path = co_trial_path(context, trial, "policy.safetensors");
  bool holds = path && file_has_hash(path, record->policy_hash);
  free(path);
  return holds;
}

co_status co_trial_is_done(const co_trial_context *context, const co_trial *trial, bool *out) {
  *out = false;
  char *path = co_trial_path(context, trial, "done.json");
  if (!path) return co_fail(CO_MEMORY, "out of memory for a path");
  co_record record;
  bool read = co_file_exists(path) && co_record_read(path, &record) == CO_OK;
  free(path);
  if (!read) return CO_OK;
  uint64_t hash;
  co_status status = co_trial_definition_hash(context, trial, &hash);
  *out = status == CO_OK && hash == record.definition_hash && strcmp(record.id, trial->id) == 0 &&
         inputs_hold(context, trial, &record) && policy_holds(context, trial, &record);
  co_record_free(&record);
  return status;
}
