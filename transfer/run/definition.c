#include "transfer/run/definition.h"

#include "core/file.h"
#include "core/hash.h"
#include "transfer/study/data.h"

#include <inttypes.h>
#include <string.h>

co_world co_trial_world(const co_study *study, const co_trial *trial) {
  bool in_source = trial->kind == CO_TRIAL_SOURCE || trial->target < 0;
  return in_source ? co_source_world(co_study_source(study, trial->source))
                   : co_target_world(co_study_target(study, trial->target));
}

int co_trial_home(const co_study *study, const co_trial *trial) {
  if (trial->kind == CO_TRIAL_SOURCE || trial->kind == CO_TRIAL_RANDOM) return -1;
  // another body's policy cannot go back to where it came from
  if (trial->kind == CO_TRIAL_TRANSFER && study->strategy[trial->strategy].match) return -1;
  if (trial->source >= 0) return trial->source;
  for (int s = 0; s < study->def.sources.count; s++)
    if (strcmp(co_study_source(study, s)->task, co_study_target(study, trial->target)->task) == 0)
      return s;
  return -1;
}

co_status co_trial_settings(const co_study *study, const co_trial *trial, co_arena *arena,
                            const co_algorithm **algorithm, void **settings) {
  bool in_target = trial->target >= 0;
  const co_node *own = in_target ? co_study_target(study, trial->target)->learning
                                 : co_study_source(study, trial->source)->learning;
  *algorithm = trial->algorithm;
  *settings = co_arena_alloc(arena, 1, (*algorithm)->schema->size);
  if (!*settings) return CO_MEMORY;
  return co_study_settings(study, *algorithm, own, in_target, arena, *settings);
}

// what a distribution adds to a shift; a single value has none
static void write_distribution(const co_shift_info *shift, co_buf *out) {
  if (!*shift->distribution) return;
  co_buf_printf(out, " %s", shift->distribution);
  for (int k = 0; k < shift->num_clip; k++) co_buf_printf(out, " clip %.17g", shift->clip[k]);
  if (shift->each) co_buf_puts(out, " each");
  if (shift->over) co_buf_printf(out, " from %.17g over %" PRId64, shift->from, shift->over);
}

// Stands before the hash of names, on a line of its own within a world.
static const char kNames[] = "  names_hash = ";

// the world by what it is: hashes of task, model and names, and the shifts
static co_status write_world(const co_world_source *worlds, const char *role, const co_world *world,
                             co_buf *out) {
  co_world_facts facts;
  CO_TRY(worlds->describe(worlds->context, world, &facts));
  const co_env_info *info = facts.info;
  co_buf_printf(out,
                "%s = { task = \"%s\"; task_hash = \"%016" PRIx64 "\"; model_hash = \"%016" PRIx64
                "\"; engine = \"%s\";\n",
                role, info->task, info->task_hash, info->model_hash, info->engine);
  co_buf_printf(out, "%s\"%016" PRIx64 "\";\n", kNames, info->names_hash);
  for (int i = 0; i < info->num_shifts; i++) {
    const co_shift_info *shift = &info->shift[i];
    co_buf_printf(out, "  shift = \"%s %s %s", shift->parameter, shift->select, shift->operation);
    for (int k = 0; k < shift->num_values; k++) co_buf_printf(out, " %.17g", shift->value[k]);
    write_distribution(shift, out);
    co_buf_puts(out, "\";\n");
  }
  if (info->map_hash)
    co_buf_printf(out, "  map = \"%016" PRIx64 "\";\n", info->map_hash);
  else if (info->num_accepted)
    co_buf_puts(out, "  map = \"none\";\n");
  co_buf_puts(out, "};\n");
  co_world_facts_drop(&facts);
  return CO_OK;
}

static void write_budget(const co_training_def *def, co_buf *out) {
  co_buf_printf(out,
                "steps = %" PRId64 ";\nevaluations = %" PRId64 ";\nepisodes = %" PRId64
                ";\nfinal_episodes = %" PRId64 ";\n",
                def->steps, def->evaluations, def->episodes, def->final_episodes);
}

co_status co_training_definition(const co_training_def *def, co_buf *out) {
  co_buf_printf(out,
                "format = 1;\nkind = \"%s\";\nseed = %" PRIu64 ";\nseed_number = %" PRIu32 ";\n",
                def->kind ? def->kind : "train", def->seed, def->number);
  CO_TRY(write_world(def->worlds, "world", &def->world, out));
  if (def->recording) {
    co_data_write(def->recording, out);
    return co_buf_status(out);
  }
  if (!def->algorithm) {
    co_buf_printf(out, "episodes = %" PRId64 ";\n", def->final_episodes);
    return co_buf_status(out);
  }
  write_budget(def, out);
  co_buf_printf(out, "algorithm = \"%s\";\nlearning = {\n", def->algorithm->name);
  CO_TRY(co_schema_write(def->algorithm->schema, def->settings, out));
  co_buf_puts(out, "};\n");
  if (def->keep_replay) co_buf_puts(out, "keep_replay = true;\n");
  if (def->strategy) CO_TRY(co_strategy_write(def->strategy, out));
  // it is evaluated there too
  if (def->home) CO_TRY(write_world(def->worlds, "home", def->home, out));
  return co_buf_status(out);
}

co_status co_training_identity(const co_training_def *def, uint64_t *out) {
  co_buf text = {0};
  co_buf_printf(&text, "build = \"%s\";\nlibc = \"%s\";\nin_source = %d;\nin_target = %d;\n",
                def->build ? def->build : "", def->libc ? def->libc : "", def->in_source,
                def->in_target);
  if (def->source)
    co_buf_printf(&text, "source = \"%016" PRIx64 "\";\n", co_policy_hash(def->source));
  for (int i = 0; def->data && i < def->data->count; i++)
    co_buf_printf(&text, "data = \"%016" PRIx64 "\";\n", def->data->set[i].hash);
  co_status status = co_training_definition(def, &text);
  if (status == CO_OK) *out = co_hash(text.data, text.size);
  co_buf_free(&text);
  return status;
}

// ---- of trials ----

// what is common to all kinds of trial
static co_training_def common_def(const co_trial_context *context, const co_trial *trial) {
  const co_study_def *def = &context->study->def;
  bool random = trial->kind == CO_TRIAL_RANDOM;
  return (co_training_def){
      .name = trial->id,
      .kind = co_trial_kind_table[trial->kind].name,
      .worlds = context->worlds,
      .world = co_trial_world(context->study, trial),
      .seed = (uint64_t)def->seed,
      .number = (uint32_t)trial->seed,
      .steps = co_trial_train_steps(context->study, trial),
      .evaluations = def->evaluations,
      .episodes = def->episodes,
      .final_episodes = random ? def->random_episodes : def->final_episodes,
      .in_source = trial->target < 0,
      .in_target = trial->target >= 0,
      .pool = context->pool,
      .checkpoint_s = context->checkpoint_s,
      .tensorboard = context->tensorboard,
      .build = context->build,
      .libc = context->libc,
      .stop = context->stop,
      .progress = context->progress,
      .progress_context = context->progress_context,
      .began = context->began,
      .began_cpu = context->began_cpu,
  };
}

co_status co_trial_training(const co_trial_context *context, const co_trial *trial, co_arena *arena,
                            co_training_def *out) {
  const co_study *study = context->study;
  *out = common_def(context, trial);
  if (trial->data >= 0) out->recording = co_study_data(study, trial->data);
  if (trial->kind == CO_TRIAL_RANDOM || out->recording) return CO_OK;
  void *settings;
  CO_TRY(co_trial_settings(study, trial, arena, &out->algorithm, &settings));
  out->settings = settings;
  out->keep_replay = co_trial_keeps_replay(study, trial);
  if (trial->kind == CO_TRIAL_TRANSFER) out->strategy = &study->strategy[trial->strategy];
  int home = co_trial_home(study, trial);
  if (home < 0) return CO_OK;
  co_world *world = co_arena_alloc(arena, 1, sizeof *world);
  if (!world) return CO_MEMORY;
  *world = co_source_world(co_study_source(study, home));
  out->home = world;
  return CO_OK;
}

co_status co_trial_definition(const co_trial_context *context, const co_trial *trial, co_buf *out) {
  co_arena arena = {0};
  co_training_def def;
  co_status status = co_trial_training(context, trial, &arena, &def);
  if (status == CO_OK) status = co_training_definition(&def, out);
  co_arena_free(&arena);
  return status;
}

co_status co_trial_definition_hash(const co_trial_context *context, const co_trial *trial,
                                   uint64_t *out) {
  co_buf text = {0};
  co_status status = co_trial_definition(context, trial, &text);
  if (status == CO_OK) *out = co_hash(text.data, text.size);
  co_buf_free(&text);
  return status;
}

void co_definition_make_like(const char *recorded, co_buf *text) {
  if (recorded && strstr(recorded, kNames)) return;
  char *to = text->data;
  const char *from = text->data;
  while (*from) {
    size_t line = strcspn(from, "\n");
    line += from[line] == '\n';
    if (strncmp(from, kNames, sizeof kNames - 1) != 0) {
      memmove(to, from, line);
      to += line;
    }
    from += line;
  }
  *to = '\0';
  text->size = (size_t)(to - text->data);
}
