// The updates of a training: points of the curve on the way, checkpoints, and going on from one.

#include "agents/learn/checkpoint.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "transfer/run/definition.h"
#include "transfer/run/private/generations.h"
#include "transfer/run/private/train_log.h"
#include "transfer/run/private/training_state.h"
#include "transfer/run/recording.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct loop {
  co_training_state *t;
  co_tensor_rule *rule;  // (policy->num_tensors), in the training's arena
  int64_t updates;       // of the whole training
  int64_t done, kept;    // so far; of these in a checkpoint
  co_env *env[CO_NUM_ENV_ROLES];
  co_learner *learner;
  char *faults;                // folder, owned
  co_train_log *log;           // where the training has logs
  co_generations generations;  // where the training has a folder
  co_buf pack;
} loop;

// ---- learner ----

// a critic that came without its reward scaler was rescaled to raw returns
static bool has_raw_values(const co_training_state *t) {
  const co_tensor *tensor = t->policy->tensor;
  int count = t->policy->num_tensors;
  int value = co_tensor_find_role(tensor, count, CO_PART_CRITIC, CO_LAYER_VALUE, CO_TENSOR_WEIGHT);
  int scaler =
      co_tensor_find_role(tensor, count, CO_PART_REWARD_NORM, CO_LAYER_NONE, CO_TENSOR_VARIANCE);
  if (value < 0) return false;  // there is no critic
  return t->plan[value].init == CO_INIT_COPY && t->plan[scaler].init != CO_INIT_COPY;
}

// a copied trunk under a fresh head acts at random anyway
static bool has_source_actor(const co_training_state *t) {
  int mean = co_tensor_find_role(t->policy->tensor, t->policy->num_tensors, CO_PART_ACTOR,
                                 CO_LAYER_MEAN, CO_TENSOR_WEIGHT);
  return t->plan[mean].init == CO_INIT_COPY;
}

static const co_source_env *source_env_of(const co_training_def *def) {
  return def->strategy ? def->strategy->source_env : NULL;
}

static co_status open_env(const loop *l, const co_world *world, co_purpose purpose, co_env **out) {
  const co_training_def *def = l->t->def;
  return co_training_open_env(l->t, world, def->algorithm->env_rows(def->settings),
                              co_training_stream(l->t, purpose), out);
}

// In the source ranges are as wide as at the end of its own training, and as in evaluations there.
static co_status open_envs(loop *l) {
  const co_training_def *def = l->t->def;
  if (!(def->algorithm->needs & CO_NEEDS_ENV)) return CO_OK;
  co_world world = def->world;
  world.draws = CO_DRAW_WIDENING;
  CO_TRY(open_env(l, &world, CO_PURPOSE_RESET, &l->env[CO_ENV_TARGET]));
  if (!source_env_of(def)) return CO_OK;
  return open_env(l, def->home, CO_PURPOSE_SOURCE, &l->env[CO_ENV_SOURCE]);
}

static co_status open_learner(loop *l) {
  co_training_state *t = l->t;
  CO_TRY(open_envs(l));
  const co_strategy *strategy = t->def->strategy;
  co_learner_def def = {.settings = t->def->settings,
                        .policy = t->policy,
                        .env = {l->env[CO_ENV_TARGET], l->env[CO_ENV_SOURCE]},
                        .source_env = source_env_of(t->def),
                        .data = t->def->data,
                        .pool = t->def->pool,
                        .rule = l->rule,
                        .raw_values = has_raw_values(t),
                        .from_source = has_source_actor(t),
                        .loss = strategy ? &strategy->loss : NULL,
                        .source = t->def->source,
                        .redo = strategy ? strategy->redo : NULL,
                        .rollout_warmup = strategy ? strategy->rollout_warmup : 0,
                        .stream = co_training_stream(t, CO_PURPOSE_INIT),
                        .total_steps = t->def->steps,
                        .keeps_data = t->def->keep_replay,
                        .folder = t->def->folder,
                        .faults = l->faults};
  return t->def->algorithm->create(&def, &l->learner);
}

static void close_learner(loop *l) {
  if (l->learner) l->t->def->algorithm->destroy(l->learner);
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++) co_env_destroy(l->env[role]);
  memset(l->env, 0, sizeof l->env);
  l->learner = NULL;
  co_train_log_close(l->log);
  l->log = NULL;
}

// ---- what a checkpoint holds beside the learner's own ----

#define COST(phase, member, kind) \
  { "cost." #phase "." #member, kind, offsetof(co_training_cost, phase.member) }
static const co_saved_field costs[] = {
    COST(train, wall_s, CO_SAVED_DOUBLE),        COST(train, cpu_s, CO_SAVED_DOUBLE),
    COST(train, flop, CO_SAVED_DOUBLE),          COST(train, env_steps, CO_SAVED_INT64),
    COST(train, gradient_steps, CO_SAVED_INT64), COST(evaluate, wall_s, CO_SAVED_DOUBLE),
    COST(evaluate, cpu_s, CO_SAVED_DOUBLE),      COST(evaluate, env_steps, CO_SAVED_INT64),
};
enum { NUM_COSTS = sizeof costs / sizeof *costs };

// How far logs go belongs to a checkpoint, and that much has to outlive the machine.
static co_status add_log(loop *l) {
  co_train_log_position position;
  if (!l->log) return CO_OK;
  CO_TRY(co_train_log_sync(l->log, &position));
  co_pack_add(&l->pack, "log", position.size, sizeof position.size);
  return CO_OK;
}

static co_status write_checkpoint(loop *l) {
  co_training_state *t = l->t;
  CO_TRY(co_generations_begin(&l->generations, &l->pack));
  co_pack_add(&l->pack, "updates", &l->done, sizeof l->done);
  co_fields_save(costs, NUM_COSTS, t->cost, &l->pack);
  co_buf record = {0};
  co_status status = add_log(l);
  if (status == CO_OK) status = co_record_write(t->record, &record);
  if (status == CO_OK) co_pack_add(&l->pack, "record", record.data, record.size);
  co_buf_free(&record);
  if (status == CO_OK) status = t->def->algorithm->save(l->learner, &l->pack);
  CO_TRY(status == CO_OK ? co_generations_commit(&l->generations, &l->pack) : status);
  l->kept = l->done;
  if (t->def->algorithm->keep && t->def->algorithm->keep(l->learner) != CO_OK)
    co_log(CO_LOG_WARNING, "%s: %s", t->def->name, co_error_text());
  return CO_OK;
}

static co_status open_log(loop *l, const co_train_log_position *position) {
  const co_training_def *def = l->t->def;
  if (!def->logs) return CO_OK;
  return co_train_log_open(def->logs, def->tensorboard, def->strategy, def->data, position,
                           &l->log);
}

static co_status go_on_with_log(loop *l, const co_pack *pack) {
  co_train_log_position position;
  if (!l->t->def->logs) return CO_OK;
  CO_TRY(co_pack_read(pack, "log", position.size, sizeof position.size));
  for (int i = 0; i < CO_NUM_LOGS; i++)
    if (position.size[i] < 0) return co_fail(CO_DATA, "%s: log: out of range", pack->file);
  return open_log(l, &position);
}

static co_status read_record(const loop *l, const co_pack *pack, co_record *out) {
  size_t size;
  const void *text = co_pack_find(pack, "record", &size);
  CO_TRY(co_record_parse(text, size, pack->file, out));
  if (out->num_tensors == l->t->record->num_tensors) return CO_OK;
  co_record_free(out);
  return co_fail(CO_DATA, "%s: record: of another policy", pack->file);
}

// The record is taken last, when nothing can fail any more; what load has put into the policy by
// then is the caller's to take back.
static co_status restore(loop *l, const co_pack *pack) {
  co_training_state *t = l->t;
  int64_t done;
  co_training_cost cost = {.start = t->cost->start};
  CO_TRY(co_pack_read(pack, "updates", &done, sizeof done));
  if (done < 1 || done > l->updates)
    return co_fail(CO_DATA, "%s: updates: out of range", pack->file);
  CO_TRY(co_fields_load(costs, NUM_COSTS, pack, &cost));
  CO_TRY(open_learner(l));
  CO_TRY(t->def->algorithm->load(l->learner, pack));
  co_record record;
  CO_TRY(go_on_with_log(l, pack));
  CO_TRY(read_record(l, pack, &record));
  co_record_free(t->record);
  *t->record = record;
  *t->cost = cost;
  l->done = l->kept = done;
  return CO_OK;
}

// ---- going on, or from the beginning ----

// the policy as it was at step 0
static void put_back(co_training_state *t) {
  for (int i = 0; i < t->policy->num_tensors; i++)
    co_tensor_copy(&t->policy->tensor[i], &t->start->tensor[i]);
}

// Tries what is there, the newest first.
static co_status go_on(loop *l) {
  co_generations *g = &l->generations;
  const char *name = l->t->def->name;
  co_generation *newest;
  while ((newest = co_generations_newest(g))) {
    co_status status = restore(l, &newest->pack);
    if (status == CO_OK)
      co_log(CO_LOG_INFO, "%s: goes on from step %" PRId64 " (%s)", name, co_training_step(l->t),
             newest->path);
    if (status == CO_OK) return co_generations_close(g), CO_OK;
    close_learner(l);
    put_back(l->t);
    if (status != CO_DATA) return status;
    co_log(CO_LOG_WARNING, "%s: damaged checkpoint left out: %s", name, co_error_text());
    g->damaged = true;
    co_generation_drop(newest);
  }
  if (g->damaged)
    co_log(CO_LOG_WARNING, "%s: no whole checkpoint is left: starts from the beginning", name);
  else if (g->foreign)
    co_log(
        CO_LOG_WARNING,
        "%s: checkpoints are of another definition, build or C library: starts from the beginning",
        name);
  return co_generations_clear(g);
}

// From a checkpoint, or else with the first point of the curve.
static co_status begin(loop *l) {
  const co_training_def *def = l->t->def;
  if (def->folder) {
    uint64_t identity;
    CO_TRY(co_training_identity(def, &identity));
    CO_TRY(
        co_generations_open(def->folder, def->name, identity, def->checkpoint_s, &l->generations));
    CO_TRY(go_on(l));
  }
  if (l->learner) return CO_OK;
  CO_TRY(open_log(l, NULL));
  if (l->faults) CO_TRY(co_dir_remove(l->faults));
  CO_TRY(co_training_add_point(l->t, 0));
  return open_learner(l);
}

// ---- updates ----

int64_t co_training_point(int64_t k, int64_t updates, int64_t points) {
  int64_t gaps = points - 1;
  return (k * updates + gaps / 2) / gaps;
}

static bool is_point(int64_t update, int64_t updates, int64_t points) {
  int64_t k = (update * (points - 1) + updates / 2) / updates;
  return co_training_point(k, updates, points) == update;
}

static void account(co_training_state *t, const co_learner_stats *stats) {
  t->cost->train.env_steps = stats->env_steps + stats->warmup_steps;
  t->record->env_steps = stats->env_steps;
  t->record->source_env_steps = stats->source_env_steps;
  t->record->source_episodes = stats->source_episodes;
  t->cost->train.gradient_steps = stats->gradient_steps;
  t->cost->train.flop = stats->flop;
  co_training_report(t);
}

static co_status train_update(loop *l) {
  co_training_state *t = l->t;
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  co_learner_stats stats;
  CO_TRY(t->def->algorithm->collect(l->learner));
  CO_TRY(t->def->algorithm->update(l->learner));
  t->def->algorithm->stats(l->learner, &stats);
  if (++l->done == 1) t->record->explained_variance = stats.explained_variance;
  t->cost->train.wall_s += co_clock_wall() - wall;
  t->cost->train.cpu_s += co_clock_cpu() - cpu;
  account(t, &stats);
  if (is_point(l->done, l->updates, t->def->evaluations)) {
    CO_TRY(co_training_add_point(t, co_training_step(t)));
    stats.evaluation_return = t->record->point[t->record->num_points - 1].eval.mean;
  }
  return l->log ? co_train_log_write(l->log, &stats) : CO_OK;
}

// Nothing is written that is kept already: a second stop in a row costs no generation.
static co_status interrupt(loop *l) {
  if (!l->t->def->folder || l->done == 0)
    return co_fail(CO_INTERRUPTED, "interrupted before there was anything to keep");
  if (l->kept != l->done) {
    co_status status = write_checkpoint(l);
    if (status != CO_OK) return co_fail_context(status, "interrupted without a new checkpoint");
  }
  return co_fail(CO_INTERRUPTED,
                 "interrupted at step %" PRId64 "; the same command goes on from here",
                 co_training_step(l->t));
}

// What lies between two updates. A full disk now may have room at the next time.
static co_status between_updates(loop *l) {
  if (co_training_is_stopped(l->t)) return interrupt(l);
  if (!l->t->def->folder || l->kept == l->done || !co_generations_are_due(&l->generations))
    return CO_OK;
  if (write_checkpoint(l) != CO_OK)
    co_log(CO_LOG_WARNING, "%s: no checkpoint: %s", l->t->def->name, co_error_text());
  return CO_OK;
}

static co_status make_rules(loop *l) {
  co_training_state *t = l->t;
  l->rule = co_arena_alloc(&t->arena, (size_t)t->policy->num_tensors, sizeof *l->rule);
  if (!l->rule) return CO_MEMORY;
  for (int i = 0; i < t->policy->num_tensors; i++) l->rule[i] = t->plan[i].rule;
  return CO_OK;
}

static co_status name_faults(loop *l) {
  if (!l->t->def->logs) return CO_OK;
  l->faults = co_path_join(l->t->def->logs, "faults");
  return l->faults ? CO_OK : CO_MEMORY;
}

// logs and kept data are results: all of them is written, or the training is not done
static co_status finish(loop *l) {
  if (l->t->def->replay) CO_TRY(co_recording_keep(l->t->def, l->learner, l->t->record));
  return l->log ? co_train_log_finish(l->log) : CO_OK;
}

co_status co_training_loop(co_training_state *t) {
  int64_t per_update = t->def->algorithm->steps_per_update(t->def->settings);
  loop l = {.t = t, .updates = (t->def->steps + per_update - 1) / per_update};
  co_status status = make_rules(&l);
  if (status == CO_OK) status = name_faults(&l);
  if (status == CO_OK) status = begin(&l);
  if (status == CO_OK) status = between_updates(&l);
  while (status == CO_OK && l.done < l.updates) {
    status = train_update(&l);
    if (status == CO_OK) status = between_updates(&l);
  }
  if (status == CO_OK || status == CO_DIVERGED) {  // the text stays that of the divergence
    co_status finished = finish(&l);
    if (finished != CO_OK) status = finished;
  }
  if (l.learner) {
    co_learner_stats stats;
    t->def->algorithm->stats(l.learner, &stats);
    t->record->faults += (int)stats.faults;
  }
  close_learner(&l);
  co_generations_close(&l.generations);
  co_buf_free(&l.pack);
  free(l.faults);
  return status;
}
