// carryover data: sets of transitions, from their recording to other programs' formats.

#include "agents/data/convert.h"
#include "agents/data/play.h"
#include "agents/data/summary.h"
#include "cli/worlds.h"
#include "cli/zoo.h"
#include "core/hash.h"
#include "core/log.h"
#include "envs/verify/warn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_EPISODES = 1000000 };

// --- output

// What is told of a set, whatever was done with it.
typedef struct told {
  const char *file, *format;
  co_data_about about;
  co_data_summary summary;
  uint64_t hash;  // of its records; 0: it is of another format
  co_data_problems problems;
} told;

static void told_free(told *out) {
  co_data_about_free(&out->about);
  co_data_problems_free(&out->problems);
}

static const char *const actors[] = {"unknown", "policy", "random"};

static void set_hash(co_json *object, const char *key, uint64_t hash) {
  if (hash)
    cli_set_hash(object, key, hash);
  else
    co_json_set(object, key, co_json_null());
}

static void set_size(co_json *object, const char *key, int size) {
  co_json_set(object, key, size ? co_json_int(size) : co_json_null());
}

static co_json *names_json(const co_data_name *name, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(array, co_json_string(name[i].name));
  return array;
}

static co_status print_json(const told *set) {
  const co_data_about *about = &set->about;
  co_json *object = cli_object("data"), *problems = co_json_array();
  for (int i = 0; i < set->problems.count; i++)
    co_json_add(problems, co_json_string(set->problems.text[i]));
  co_json_set_string(object, "file", set->file);
  co_json_set_string(object, "file_format", set->format);
  co_json_set_int(object, "episodes", set->summary.episodes);
  co_json_set_int(object, "transitions", set->summary.transitions);
  set_size(object, "observation", about->obs_dim);
  set_size(object, "action", about->act_dim);
  co_json_set(object, "observation_names", names_json(about->obs, about->num_obs));
  co_json_set(object, "action_names", names_json(about->action, about->num_action));
  co_json_set_number(object, "return_mean", co_data_summary_return(&set->summary));
  co_json_set_number(object, "length_mean", co_data_summary_length(&set->summary));
  co_json_set_int(object, "terminated", set->summary.terminated);
  co_json_set_int(object, "truncated", set->summary.truncated);
  co_json_set_string(object, "actor", actors[about->actor]);
  set_hash(object, "policy_hash", about->policy_hash);
  co_json_set(object, "seed", about->seed < 0 ? co_json_null() : co_json_int(about->seed));
  set_hash(object, "contract", co_data_contract_hash(about));
  set_hash(object, "hash", set->hash);
  co_json_set(object, "problems", problems);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

static void describe(const told *set, co_buf *text) {
  const co_data_summary *summary = &set->summary;
  const co_data_about *about = &set->about;
  co_buf_printf(text, "  %-14s %" PRId64 " in %" PRId64 " episode%s\n", "transitions",
                summary->transitions, summary->episodes, summary->episodes == 1 ? "" : "s");
  co_buf_printf(text, "  %-14s %d\n  %-14s %d\n", "observation", about->obs_dim, "action",
                about->act_dim);
  if (summary->episodes)
    co_buf_printf(text, "  %-14s %.1f (mean of an episode of %.1f steps)\n", "return",
                  co_data_summary_return(summary), co_data_summary_length(summary));
  co_buf_printf(text, "  %-14s %" PRId64 " terminated, %" PRId64 " truncated\n", "ends",
                summary->terminated, summary->truncated);
  co_buf_printf(text, "  %-14s %s", "actor", actors[about->actor]);
  if (about->policy_hash) co_buf_printf(text, " %016" PRIx64, about->policy_hash);
  if (about->seed >= 0) co_buf_printf(text, ", seed %" PRId64, about->seed);
  co_buf_puts(text, "\n");
  if (about->contract)
    co_buf_printf(text, "  %-14s %016" PRIx64 "\n", "contract", co_data_contract_hash(about));
}

static co_status print_text(const told *set) {
  co_buf text = {0};
  co_buf_printf(&text, "%s: %s\n\n", set->file, set->format);
  if (set->about.obs_dim) describe(set, &text);
  if (!set->problems.count) co_buf_puts(&text, "  problems       none\n");
  for (int i = 0; i < set->problems.count; i++)
    co_buf_printf(&text, "  %-14s %s\n", i ? "" : "problems", set->problems.text[i]);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static co_status print(const cli_args *args, const told *set) {
  return cli_json(args) ? print_json(set) : print_text(set);
}

// --- info and check

static co_status take_set(const char *path, told *out) {
  co_data_set set;
  CO_TRY(co_data_set_open(path, &set));
  co_status status = co_data_about_copy(&set.about, &out->about);
  if (status == CO_OK) {
    out->summary = co_data_summary_of(&set);
    out->hash = set.hash;
  }
  co_data_set_close(&set);
  return status;
}

// Another format is read as it streams by.
static co_status begin_told(void *context, const co_data_about *about) {
  return co_data_about_copy(about, &((told *)context)->about);
}

static co_status add_told(void *context, const co_data_transition *transition) {
  co_data_summary_add(&((told *)context)->summary, transition);
  return CO_OK;
}

static co_status take_file(const char *path, told *out) {
  const co_data_format *format;
  CO_TRY(co_data_format_of(path, &format));
  out->file = path;
  out->format = format->name;
  if (!format->write) return take_set(path, out);
  return format->read(path, &(co_data_sink){out, begin_told, add_told}, &out->problems);
}

static co_status run_info(const cli_args *args, told *out) {
  CO_TRY(take_file(cli_positional(args, 1), out));
  return print(args, out);
}

// What is damaged is told without what is not to be believed.
static co_status take_damage(const char *path, told *out) {
  if (strcmp(out->format, "codata") == 0) return co_data_set_check(path, &out->problems);
  CO_TRY(co_data_problems_add(&out->problems, "%s", co_error_text()));
  co_data_about_free(&out->about);
  out->summary = (co_data_summary){0};
  return CO_OK;
}

// A set in which there is nothing to be read is no set to learn from, sound as it is.
static co_status run_check(const cli_args *args, told *out) {
  const char *path = cli_positional(args, 1);
  out->file = path;
  out->format = "unknown";
  co_status status = take_file(path, out);
  if (status == CO_DATA) {
    CO_TRY(take_damage(path, out));
  } else {
    CO_TRY(status);
    if (!out->summary.transitions)
      CO_TRY(co_data_problems_add(&out->problems, "%s: there is no transition in it", path));
  }
  CO_TRY(print(args, out));
  return out->problems.count ? CO_WANTING : CO_OK;
}

// --- convert

static co_status run_convert(const cli_args *args, told *out) {
  const char *from = cli_positional(args, 1), *to = cli_positional(args, 2);
  co_data_problems lost = {0};
  co_status status = co_data_convert(from, to, &lost);
  if (status == CO_OK) status = take_file(to, out);
  co_data_problems_free(&out->problems);
  out->problems = lost;
  return status == CO_OK ? print(args, out) : status;
}

// --- record

typedef struct record_job {
  const cli_args *args;
  const char *out;
  char zoo[CLI_POLICY_NAME];
  int64_t episodes;
  co_policy *policy;  // NULL: random actions
  co_node *domain;
  co_found_task home;
  co_world_shelf *shelf;
  cli_env world;
  co_pool *pool;
} record_job;

static co_status find_world(record_job *job, co_world *world) {
  const char *actor = cli_positional(job->args, 1), *path;
  CO_TRY(cli_domain(job->args, "domain", &job->domain));
  CO_TRY(co_world_shelf_create(&job->shelf));
  if (strcmp(actor, "random") == 0) {
    if (!cli_value(job->args, "task"))
      return co_fail(CO_USAGE, "--task: random actions have no task of their own");
    if (cli_value(job->args, "model"))
      return co_fail(CO_USAGE, "--model: is that of a policy's own task; --task names its model");
    if (cli_flag(job->args, "sampled"))
      return co_fail(CO_USAGE, "--sampled: random actions have no policy to draw them from");
    if (cli_value(job->args, "map"))
      return co_fail(CO_USAGE, "--map: random actions have no policy whose numbers it would map");
    *world = cli_world(job->args, NULL, job->domain);
    return CO_OK;
  }
  CO_TRY(cli_policy_path(actor, job->zoo, &path));
  CO_TRY(co_policy_load_to_act(path, &job->policy));
  CO_TRY(cli_home_task(job->shelf, job->args, path, job->policy, &job->home));
  *world = cli_home_world(job->args, &job->home, job->domain);
  return cli_enforce(job->shelf, path, job->policy, world);
}

// The stream is that of `eval`, whose episodes these are.
static co_status open_world(record_job *job, const co_stream *stream) {
  co_world world;
  CO_TRY(find_world(job, &world));
  CO_TRY(cli_pool(job->args, &job->pool));
  int64_t rows = (int64_t)CO_DATA_ROWS_PER_THREAD * co_pool_threads(job->pool);
  if (rows > job->episodes) rows = job->episodes;
  CO_TRY(cli_env_open(job->shelf, &world, (int)rows, stream, &job->world));
  const char *const *domain;
  int count = cli_values(job->args, "domain", &domain);
  return co_warn_of_strangers(job->world.world, domain, count);
}

static co_status check_name(const record_job *job) {
  const co_data_format *format;
  if (co_data_format_for(job->out, &format) != CO_OK || !format->write) return CO_OK;
  return co_fail(CO_USAGE, "--out %s: a set is written as *.codata; data convert makes %s of it",
                 job->out, format->name);
}

static co_status record(record_job *job, told *out) {
  const co_stream stream = {cli_seed(job->args), 0, CO_PURPOSE_EVAL_FINAL};
  co_data_played played;
  CO_TRY(open_world(job, &stream));
  const co_data_play play = {.policy = job->policy,
                             .env = job->world.env,
                             .stream = &stream,
                             .episodes = job->episodes,
                             .pool = job->pool,
                             .sampled = cli_flag(job->args, "sampled")};
  CO_TRY(co_data_play_file(&play, job->out, &played));
  if (played.faults)
    CO_TRY(co_data_problems_add(
        &out->problems, "%" PRId64 " of %" PRId64 " episodes end in a fault and are left out",
        played.faults, job->episodes));
  CO_TRY(take_file(job->out, out));
  return print(job->args, out);
}

static co_status run_record(const cli_args *args, told *out) {
  record_job job = {.args = args, .out = cli_value(args, "out"), .episodes = 20};
  if (!job.out) return co_fail(CO_USAGE, "--out FILE: which file is to be written?");
  CO_TRY(check_name(&job));
  CO_TRY(cli_int(args, "episodes", 1, MAX_EPISODES, &job.episodes));
  co_status status = record(&job, out);
  co_pool_free(job.pool);
  cli_env_close(&job.world);
  co_world_shelf_free(job.shelf);
  co_found_task_free(&job.home);
  co_node_free(job.domain);
  co_policy_free(job.policy);
  return status;
}

// --- the whole

static const cli_option options[] = {
    {"task", "TASK", "record: task to play in (the one the policy was trained in)"},
    {"model", "FILE", "record: robot's model of the policy's own task, where it is not found"},
    {"domain", "DOMAIN", "record: world to play in: a file, a name, or shifts (repeatable)"},
    {"map", "FILE|none", "record: map between policy and task; none: it acts as it is"},
    {"episodes", "N", "record: episodes (20)"},
    {"out", "FILE", "record: the set, *.codata"},
    {"sampled", NULL, "record: actions are drawn from the policy's distribution"},
    {"threads", "N", "record: threads (one per core); bytes do not depend on it"},
    {NULL, NULL, NULL},
};

typedef struct verb {
  const char *name;
  int arguments;        // behind it
  const char *options;  // "|task|out|"
  co_status (*run)(const cli_args *args, told *out);
} verb;

static const verb verbs[] = {
    {"record", 1, "|task|model|domain|map|episodes|out|sampled|threads|set|seed|", run_record},
    {"info", 1, "", run_info},
    {"check", 1, "", run_check},
    {"convert", 2, "", run_convert},
};
enum { NUM_VERBS = sizeof verbs / sizeof *verbs };

static co_status refuse_option(const cli_args *args, const verb *is, const char *name) {
  char key[64];
  const char *const *values;
  snprintf(key, sizeof key, "|%s|", name);
  if (!cli_values(args, name, &values) || strstr(is->options, key)) return CO_OK;
  return co_fail(CO_USAGE, "--%s: data %s does not take it", name, is->name);
}

static co_status check_usage(const cli_args *args, const verb *is) {
  int given = cli_positional_count(args) - 1;
  if (given < is->arguments) return co_fail(CO_USAGE, "data %s: missing argument", is->name);
  if (given > is->arguments)
    return co_fail(CO_USAGE, "data %s: unexpected argument \"%s\"", is->name,
                   cli_positional(args, is->arguments + 1));
  for (const cli_option *o = options; o->name; o++) CO_TRY(refuse_option(args, is, o->name));
  CO_TRY(refuse_option(args, is, "set"));
  return refuse_option(args, is, "seed");
}

static co_status run(const cli_args *args) {
  const char *name = cli_positional(args, 0), *names[NUM_VERBS];
  for (int i = 0; i < NUM_VERBS; i++) {
    names[i] = verbs[i].name;
    if (strcmp(verbs[i].name, name) != 0) continue;
    CO_TRY(check_usage(args, &verbs[i]));
    told out = {0};
    co_status status = verbs[i].run(args, &out);
    told_free(&out);
    return status;
  }
  const char *near = co_suggest(name, names, NUM_VERBS);
  return co_fail(CO_USAGE, "data %s: expected record, info, check or convert%s%s%s", name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

const cli_command cli_data = {
    "data",
    "record transitions of a policy or of random actions; look at such sets, check, convert them",
    "carryover data record hopper.safetensors --episodes 50 --out hopper.codata",
    "record POLICY|TASK|random | info FILE | check FILE | convert A B",
    2,
    3,
    options,
    run,
};
