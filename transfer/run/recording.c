#include "transfer/run/recording.h"

#include "agents/data/play.h"
#include "agents/data/summary.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/unconst.h"

#include <inttypes.h>
#include <stdio.h>

static bool goes_on(void *context, int64_t env_steps) {
  const co_training_def *def = context;
  if (def->progress) def->progress(def->progress_context, env_steps);
  return !(def->stop && *def->stop);
}

static co_status play(const co_training_def *def, const char *path, co_data_played *out) {
  co_stream stream = {def->seed, def->number + CO_DATA_STREAMS, CO_PURPOSE_EVAL_FINAL};
  int64_t rows = (int64_t)CO_DATA_ROWS_PER_THREAD * co_pool_threads(def->pool);
  if (rows > def->recording->episodes) rows = def->recording->episodes;
  co_env *env;
  CO_TRY(def->worlds->create(def->worlds->context, &def->world, (int)rows, &stream, &env));
  const co_data_play play = {.policy = def->source,
                             .env = env,
                             .stream = &stream,
                             .episodes = def->recording->episodes,
                             .pool = def->pool,
                             .sampled = def->recording->actions == CO_ACTIONS_SAMPLED,
                             .goes_on = goes_on,
                             .context = co_unconst(def)};
  co_status status = co_data_play_file(&play, path, out);
  co_env_destroy(env);
  return status;
}

// Reading it again is also the proof that it is whole.
static co_status note(const char *path, co_record *record) {
  co_data_set set;
  co_set_record *entry = co_alloc(1, sizeof *entry);
  if (!entry) return CO_MEMORY;
  record->set = entry;
  record->num_sets = 1;
  CO_TRY(co_data_set_open(path, &set));
  co_data_summary summary = co_data_summary_of(&set);
  co_data_set_close(&set);
  snprintf(entry->file, sizeof entry->file, "%s", co_path_base(path));
  entry->episodes = summary.episodes;
  entry->transitions = summary.transitions;
  entry->return_mean = co_data_summary_return(&summary);
  return co_file_hash(path, &entry->hash);
}

static void tell(const co_training_def *def, const co_set_record *set, int64_t faults) {
  if (faults)
    co_log(CO_LOG_WARNING,
           "%s: %" PRId64 " of %" PRId64 " episodes ended in a fault and are left out", def->name,
           faults, def->recording->episodes);
  if (!def->quiet)
    co_log(CO_LOG_INFO, "%s: %" PRId64 " episodes, %" PRId64 " transitions, return %.1f", def->name,
           set->episodes, set->transitions, set->return_mean);
}

co_status co_recording_run(const co_training_def *def, const char *path, co_record *record,
                           co_training_cost *cost) {
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  co_data_played played;
  co_training_account_start(def, cost);
  CO_TRY(play(def, path, &played));
  CO_TRY(note(path, record));
  record->faults = (int)played.faults;
  cost->evaluate.wall_s = co_clock_wall() - wall;
  cost->evaluate.cpu_s = co_clock_cpu() - cpu;
  cost->evaluate.env_steps = played.env_steps;
  tell(def, record->set, played.faults);
  return CO_OK;
}

// ---- kept replay ----

// Of the world as others record it. Many policies have acted, none of which has a file.
static co_status describe(const co_training_def *def, co_data_about *out) {
  co_world_facts facts;
  CO_TRY(def->worlds->describe(def->worlds->context, &def->world, &facts));
  co_status status = co_data_about_world(facts.info, out);
  co_world_facts_drop(&facts);
  if (status != CO_OK) return status;
  out->actor = CO_DATA_POLICY;
  out->seed = -1;
  return CO_OK;
}

static co_status write_replay(const co_training_def *def, const co_learner *learner) {
  co_data_about about;
  CO_TRY(describe(def, &about));
  co_data_writer *writer = NULL;
  co_status status = co_data_writer_create(def->replay, &about, &writer);
  co_data_about_free(&about);
  if (status == CO_OK) status = def->algorithm->add_data(learner, writer);
  if (status == CO_OK) status = co_data_writer_commit(writer);
  co_data_writer_destroy(writer);
  return status;
}

co_status co_recording_keep(const co_training_def *def, const co_learner *learner,
                            co_record *record) {
  CO_TRY(write_replay(def, learner));
  CO_TRY(note(def->replay, record));
  if (!def->quiet)
    co_log(CO_LOG_INFO, "%s: keeps %" PRId64 " transitions of its replay", def->name,
           record->set->transitions);
  return CO_OK;
}
