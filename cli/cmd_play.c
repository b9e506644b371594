// carryover play: a policy in its worlds, or a task without one, in a window.

#include "agents/policy/home.h"
#include "cli/actors.h"
#include "cli/play.h"
#include "cli/worlds.h"
#include "core/memory.h"
#include "envs/source/worlds.h"
#include "transfer/folder/policies.h"
#include "viz/show/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct play_job {
  const cli_args *args;
  cli_actor actor;                       // of the first side
  co_policy *policy[CO_SESSION_STAGES];  // NULL: none acts there
  co_folder_policies study;              // where a folder was given
  bool has_study;
  co_choice *choice;  // of all policies, owned
  co_node *domain, *trained;
  co_world_shelf *shelf;     // the session begins in worlds that were looked at before
  co_found_task task, home;  // of the target world, and of the source beside it
  char world_name[CO_SESSION_STAGES][128];
  char title[160];
  co_script script;
  co_viewer_def def;
} play_job;

// --- which policies

static co_status make_choices(play_job *job, int count) {
  job->choice = co_alloc((size_t)count, sizeof *job->choice);
  job->def.session.choice = job->choice;
  return job->choice ? CO_OK : CO_MEMORY;
}

static co_status refuse_study_options(const play_job *job) {
  static const char *const of_studies[] = {"source", "target"};
  for (int i = 0; i < 2; i++)
    if (cli_flag(job->args, of_studies[i]))
      return co_fail(CO_USAGE, "play: --%s goes with a study's folder, not with a %s",
                     of_studies[i], job->actor.path ? "policy" : "task");
  return CO_OK;
}

static co_choice *next_choice(play_job *job, const char *name) {
  co_choice *choice = &job->choice[job->def.session.num_choices++];
  snprintf(choice->name, CO_NAME, "%s", name);
  return choice;
}

static co_status add_policy(play_job *job, int stage, const char *path) {
  CO_TRY(co_policy_load_to_act(path, &job->policy[stage]));
  job->def.session.policy[stage] = job->def.session.num_choices;
  char title[CO_NAME];
  co_policy_title(path, title);
  next_choice(job, title)->policy = job->policy[stage];
  return CO_OK;
}

// Of a task all that can act without a policy, to flip through as through policies.
static void add_stand_ins(play_job *job) {
  for (int i = 0; i < CO_NUM_STAND_INS; i++)
    next_choice(job, co_stand_in_titles[i])->stand_in = (co_stand_in)i;
  for (int i = 0; i < CO_SESSION_STAGES; i++) job->def.session.policy[i] = job->actor.stand_in;
}

static co_status open_actors(play_job *job) {
  const char *versus = cli_value(job->args, "versus");
  CO_TRY(refuse_study_options(job));
  CO_TRY(make_choices(job, CO_NUM_STAND_INS + CO_SESSION_STAGES));
  if (!job->actor.path && cli_value(job->args, "map"))
    return co_fail(CO_USAGE, "play: --map goes with a policy");
  if (job->actor.path)
    CO_TRY(add_policy(job, 0, job->actor.path));
  else
    add_stand_ins(job);
  return versus ? add_policy(job, 1, versus) : CO_OK;
}

// The folder's own worlds: source on the left, target on the right.
static co_status open_study(play_job *job) {
  const cli_args *args = job->args;
  const char *of_policies = cli_value(args, "versus")   ? "versus"
                            : cli_value(args, "domain") ? "domain"
                            : cli_value(args, "map")    ? "map"
                            : cli_value(args, "model")  ? "model"
                            : cli_value(args, "policy") ? "policy"
                                                        : NULL;
  if (of_policies)
    return co_fail(CO_USAGE, "play: --%s goes with a policy or a task, not with a study's folder",
                   of_policies);
  CO_TRY(co_folder_policies_read(cli_positional(args, 0), cli_value(args, "source"),
                                 cli_value(args, "target"), &job->study));
  job->has_study = true;
  CO_TRY(make_choices(job, job->study.count));
  for (int i = 0; i < job->study.count; i++) {
    snprintf(job->choice[i].name, CO_NAME, "%s", job->study.name[i]);
    job->choice[i].policy = job->study.policy[i];
  }
  job->def.session.num_choices = job->study.count;
  job->def.fates = job->study.fates;
  return CO_OK;
}

// --- which worlds

static void name_world(play_job *job, int stage, const char *role, const co_world *world) {
  snprintf(job->world_name[stage], sizeof job->world_name[stage], "%s%s%s", role, *role ? ": " : "",
           world->task);
  job->def.world_name[stage] = job->world_name[stage];
}

// Where a policy is at home, and what is seen of that beside the task of --task.
static co_status find_home(play_job *job) {
  const cli_args *args = job->args;
  const co_policy *policy = job->policy[0];
  const char *path = job->actor.path, *given = cli_value(args, "task");
  const co_world_source worlds = co_worlds(job->shelf);
  const co_home seek = {&worlds, policy, path, NULL};
  CO_TRY(co_shifts_to_tree(policy->contract.shift, policy->contract.num_shifts, "policy",
                           &job->trained));
  CO_TRY(cli_home_task(job->shelf, args, path, policy, &job->task));
  return given && !job->policy[1] ? co_home_source(&seek, given, &job->home) : CO_OK;
}

// Both policies of --versus act in the target world.
static co_status enforce(const play_job *job, const co_world *target) {
  const char *path[2] = {job->actor.path, cli_value(job->args, "versus")};
  if (job->def.session.recording) return CO_OK;
  for (int i = 0; i < CO_SESSION_STAGES; i++)
    if (job->policy[i]) CO_TRY(cli_enforce(job->shelf, path[i], job->policy[i], target));
  return CO_OK;
}

static co_status choose_worlds(play_job *job) {
  const cli_args *args = job->args;
  co_session_def *session = &job->def.session;
  const char *given = cli_value(args, "task");
  bool versus = job->policy[1] != NULL;
  CO_TRY(cli_domain(args, "domain", &job->domain));
  job->task.task = job->actor.task;
  if (job->actor.path) CO_TRY(find_home(job));
  const co_found_task *home = job->home.task ? &job->home : &job->task;
  // --task may name the world that it was trained in: then there is no other one beside it
  bool elsewhere = job->domain || (given && (home->task != given || job->trained));
  co_world target = cli_home_world(args, &job->task, elsewhere ? job->domain : job->trained);
  co_world source = cli_home_world(args, home, job->trained);
  if (job->home.task) source.map = NULL;  // at home nothing stands between
  CO_TRY(enforce(job, &target));
  session->num_stages = versus || elsewhere ? 2 : 1;
  session->world[0] = versus ? target : elsewhere ? source : target;
  session->world[1] = target;
  name_world(job, 0, versus || !elsewhere ? "" : "source", &session->world[0]);
  name_world(job, 1, versus ? "" : "target", &session->world[1]);
  return CO_OK;
}

// A study's own task file, or the one of --task where that is not found from here.
static co_status choose_study_task(const play_job *job, int stage, co_world *world) {
  const char *found = job->study.task[stage], *given = cli_value(job->args, "task");
  if (!found && !given)
    return co_fail(CO_NO_INPUT,
                   "%s: the study's task \"%s\" is neither here nor above that folder (--task FILE "
                   "names it)",
                   cli_positional(job->args, 0), world->task);
  world->task = found ? found : given;
  return CO_OK;
}

// The first policy of the list is the source's.
static co_status choose_study_worlds(play_job *job) {
  co_session_def *session = &job->def.session;
  const co_folder_policies *study = &job->study;
  session->num_stages = 2;
  session->world[0] = co_source_world(co_study_source(study->study, study->source));
  session->world[1] = co_target_world(co_study_target(study->study, study->target));
  for (int i = 0; i < CO_SESSION_STAGES; i++) CO_TRY(choose_study_task(job, i, &session->world[i]));
  if (cli_value(job->args, "task") && study->task[0] && study->task[1])
    return co_fail(CO_USAGE,
                   "play: --task goes with a policy, or with a study whose task is not found");
  const co_world_source worlds = co_worlds(job->shelf);
  const co_home home = {&worlds, study->policy[0], NULL, NULL};
  if (strncmp(study->name[0], "source", strlen("source")) == 0)
    CO_TRY(co_home_note(&home, &session->world[0]));
  name_world(job, 0, "source", &session->world[0]);
  name_world(job, 1, "target", &session->world[1]);
  return CO_OK;
}

// --- the rest

co_status cli_window_size(const cli_args *args, co_viewer_def *out) {
  const char *text = cli_value(args, "size");
  int length = 0, width, height;
  if (!text) return CO_OK;
  bool read = sscanf(text, "%dx%d%n", &width, &height, &length) == 2 && !text[length];
  if (!read || width < CO_WINDOW_LEAST || height < CO_WINDOW_LEAST || width > CO_WINDOW_MOST ||
      height > CO_WINDOW_MOST)
    return co_fail(CO_USAGE, "--size: must be WxH, each from %d to %d, is \"%s\"", CO_WINDOW_LEAST,
                   CO_WINDOW_MOST, text);
  out->width = width;
  out->height = height;
  return CO_OK;
}

static co_status read_options(play_job *job) {
  const cli_args *args = job->args;
  co_session_def *session = &job->def.session;
  int64_t episode = 0, text = 100;
  session->seed = cli_seed(args);
  session->threshold = 0.05;
  session->history_bytes = CO_STAGE_HISTORY;
  session->recording = cli_value(args, "log");
  job->def.running = !cli_flag(args, "paused") && !cli_value(args, "script");
  job->def.folder = cli_value(args, "out") ? cli_value(args, "out") : ".";
  CO_TRY(cli_window_size(args, &job->def));
  CO_TRY(cli_int(args, "episode", 0, (1 << 30) - 1, &episode));
  CO_TRY(cli_double(args, "threshold", 1e-9, 1e3, &session->threshold));
  session->episode = (uint32_t)episode;
  CO_TRY(cli_int(args, "text-size", 50, 300, &text));
  job->def.text = (int)text;
  const char *script = cli_value(args, "script");
  if (!script) return CO_OK;
  CO_TRY(co_script_read(script, &job->script));
  job->def.script = &job->script;
  return CO_OK;
}

static co_status play(play_job *job) {
  static const cli_pair pairs[] = {{"log", CLI_EXCLUDES, "versus"}, {NULL, CLI_NEEDS, NULL}};
  bool study = co_dir_exists(cli_positional(job->args, 0));
  CO_TRY(cli_check_pairs(job->args, pairs));
  CO_TRY(read_options(job));
  if (!study) CO_TRY(cli_actor_read(job->args, cli_positional(job->args, 0), &job->actor));
  CO_TRY(co_world_shelf_create(&job->shelf));
  job->def.session.shelf = job->shelf;
  CO_TRY(study ? open_study(job) : open_actors(job));
  CO_TRY(study ? choose_study_worlds(job) : choose_worlds(job));
  snprintf(job->title, sizeof job->title, "carryover: %s",
           co_path_base(cli_positional(job->args, 0)));
  job->def.title = job->title;
  co_status status = co_viewer_run(&job->def, NULL);
  if (status != CO_INTERNAL && status != CO_IO) return status;
  char why[512];
  snprintf(why, sizeof why, "%s", co_error_text());
  return co_fail(status, "%s (`carryover record` draws without one)", why);
}

static co_status run(const cli_args *args) {
  play_job *job = co_alloc(1, sizeof *job);
  if (!job) return CO_MEMORY;
  job->args = args;
  co_status status = play(job);
  co_script_free(&job->script);
  co_node_free(job->domain);
  co_node_free(job->trained);
  if (job->has_study) co_folder_policies_free(&job->study);
  co_world_shelf_free(job->shelf);
  co_found_task_free(&job->task);
  co_found_task_free(&job->home);
  for (int i = 0; i < CO_SESSION_STAGES; i++) co_policy_free(job->policy[i]);
  free(job->choice);
  free(job);
  return status;
}

static const cli_option options[] = {
    {"policy", "zero|random|sliders", "who acts in TASK, where no policy does"},
    {"task", "TASK", "task of the target world (the one the policy was trained in)"},
    {"model", "FILE", "robot's model of the policy's own task, where it is not found by its name"},
    {"domain", "DOMAIN", "target world: a file, a name, or shifts as text (repeatable)"},
    CLI_MAP_OPTION,
    {"versus", "POLICY2", "a second policy beside the first, in the same world"},
    {"source", "NAME", "of a study's folder: which source (the first)"},
    {"target", "NAME", "of a study's folder: which target (the first)"},
    {"log", "FILE", "play this recording: a log, or the dump of a fault"},
    {"episode", "N", "episode to begin with, as `eval` counts them (0)"},
    {"threshold", "X", "m or rad by which the two sides have parted (0.05)"},
    {"size", "WxH", "size of the window (1280x800)"},
    {"out", "DIR",
     "where pictures and videos of the window go (the folder that it is called from)"},
    {"text-size", "PERCENT", "size of text, in steps of 50 (100: what the screen asks for)"},
    {"paused", NULL, "begin paused"},
    {"script", "FILE", "do what FILE says (docs/viewer.md), paused at first"},
    {NULL, NULL, NULL},
};

const cli_command cli_play = {
    "play",
    "a window on a policy or a task: source and target side by side, live shifts, what it sees",
    "carryover play policy.safetensors --domain '{ parameter = \"option.gravity\"; scale = 1.5; }'",
    "POLICY|TASK|DIR",
    1,
    1,
    options,
    run,
};
