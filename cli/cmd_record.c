// carryover record: a policy in its world, or a task without one, as a video, pictures or a page
// that replays it, without a display.

#include "agents/policy/policy.h"
#include "cli/actors.h"
#include "cli/signals.h"
#include "cli/worlds.h"
#include "core/log.h"
#include "core/text.h"
#include "viz/film/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EPISODE = 1 << 30 };

typedef struct record_job {
  const cli_args *args;
  bool html;  // a page instead of pictures
  cli_actor actor;
  co_policy *policy[2];  // NULL: none acts there
  co_found_task home;
  co_node *domain;
  co_world_shelf *shelf;  // the world where the policy is at home is often one of those shown
  co_shared_world *world[2];
  co_buf policy_name[2], world_name[2];
  co_recorder_def def;
  co_recorded result;
} record_job;

// --- what to show

static void name_policy(const char *path, co_buf *out) {
  char title[CO_NAME];
  co_policy_title(path, title);
  co_buf_puts(out, title);
}

static void name_world(const co_built_world *world, co_buf *out) {
  co_buf_puts(out, world->info.task);
  if (!world->info.num_shifts) return;
  co_buf_puts(out, ", ");
  co_shifts_put(world->info.shift, world->info.num_shifts, out);
}

static co_status load_policy(record_job *job, int index, const char *path) {
  CO_TRY(co_policy_load_to_act(path, &job->policy[index]));
  name_policy(path, &job->policy_name[index]);
  return co_buf_status(&job->policy_name[index]);
}

// Both actors of --versus act in the same world.
static co_status enforce(const record_job *job, const co_world *world) {
  const char *path[2] = {job->actor.path, cli_value(job->args, "versus")};
  for (int i = 0; i < 2; i++)
    if (job->policy[i] && !cli_value(job->args, "log"))
      CO_TRY(cli_enforce(job->shelf, path[i], job->policy[i], world));
  return CO_OK;
}

static co_status build_world(record_job *job, int index, const co_node *domain) {
  co_world world = cli_home_world(job->args, &job->home, domain);
  CO_TRY(enforce(job, &world));
  CO_TRY(co_world_shelf_take(job->shelf, &world, &job->world[index]));
  name_world(co_shared_world_get(job->world[index]), &job->world_name[index]);
  return co_buf_status(&job->world_name[index]);
}

static co_status open_actors(record_job *job) {
  const cli_args *args = job->args;
  const char *versus = cli_value(args, "versus");
  if (versus) CO_TRY(load_policy(job, 1, versus));
  job->home.task = job->actor.task ? job->actor.task : cli_value(args, "task");
  if (job->actor.path) {
    CO_TRY(load_policy(job, 0, job->actor.path));
    return cli_home_task(job->shelf, args, job->actor.path, job->policy[0], &job->home);
  }
  co_buf_puts(&job->policy_name[0], co_stand_in_titles[job->actor.stand_in]);
  return co_buf_status(&job->policy_name[0]);
}

// Of recorded actions the policy only names the task.
static void fill_stage(record_job *job, int index, int actor) {
  const char *log = cli_value(job->args, "log");
  job->def.stage[index] = (co_stage_def){.policy = log ? NULL : job->policy[actor],
                                         .stand_in = job->actor.stand_in,
                                         .world = job->world[index],
                                         .recording = log,
                                         .seed = cli_seed(job->args)};
  job->def.policy[index] = log ? NULL : job->policy_name[actor].data;
  job->def.world[index] = job->world_name[index].data;
}

// --split: the left world has no shifts. --versus: the right policy is another one.
static co_status open_stages(record_job *job) {
  const cli_args *args = job->args;
  bool versus = cli_value(args, "versus") != NULL, split = cli_flag(args, "split");
  CO_TRY(cli_domain(args, "domain", &job->domain));
  CO_TRY(co_world_shelf_create(&job->shelf));
  CO_TRY(open_actors(job));
  job->def.count = versus || split ? 2 : 1;
  CO_TRY(build_world(job, 0, split ? NULL : job->domain));
  if (job->def.count == 2) CO_TRY(build_world(job, 1, job->domain));
  for (int i = 0; i < job->def.count; i++) fill_stage(job, i, i && versus ? 1 : 0);
  return CO_OK;
}

// --- options

static co_status read_size(const cli_args *args, co_recorder_def *def) {
  const char *text = cli_value(args, "size");
  int used = 0;
  if (!text) return CO_OK;
  if (sscanf(text, "%5dx%5d%n", &def->width, &def->height, &used) == 2 && !text[used]) return CO_OK;
  return co_fail(CO_USAGE, "--size: must be like 640x480, is %s", text);
}

static co_status read_preset(const cli_args *args, co_recorder_def *def) {
  const char *text = cli_value(args, "preset");
  if (!text) return CO_OK;
  for (int i = 0; co_quality_names[i]; i++)
    if (strcmp(text, co_quality_names[i]) == 0) return def->preset = i, CO_OK;
  return co_fail(CO_USAGE, "--preset: must be fast, smooth or full, is %s", text);
}

static co_status read_overlays(const cli_args *args, co_recorder_def *def) {
  const char *const *value;
  int count = cli_values(args, "overlay", &value);
  for (int i = 0; i < count; i++) {
    unsigned bit = 0;
    for (int k = 0; k < CO_NUM_OVERLAYS; k++)
      if (strcmp(value[i], co_overlay_names[k]) == 0) bit = 1u << k;
    const char *near = co_suggest(value[i], co_overlay_names, CO_NUM_OVERLAYS);
    if (!bit)
      return co_fail(CO_USAGE, "--overlay: there is no \"%s\"%s%s%s", value[i],
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    def->overlays |= bit;
  }
  return CO_OK;
}

static co_status read_options(record_job *job) {
  const cli_args *args = job->args;
  int64_t fps = job->def.fps, episode = 0;
  CO_TRY(read_size(args, &job->def));
  CO_TRY(read_preset(args, &job->def));
  CO_TRY(read_overlays(args, &job->def));
  CO_TRY(cli_int(args, "fps", 1, 1000, &fps));
  CO_TRY(cli_int(args, "episode", 0, MAX_EPISODE - 1, &episode));
  CO_TRY(cli_double(args, "seconds", 0, 100000, &job->def.seconds));
  job->def.fps = (int)fps;
  job->def.episode = (uint32_t)episode;
  job->def.camera = cli_value(args, "camera");
  job->def.captions = !cli_flag(args, "plain");
  job->def.ghost = cli_flag(args, "ghost");
  job->def.out = cli_value(args, job->html ? "html" : "out");
  job->def.stop = cli_stop;
  return CO_OK;
}

// A page is no picture: it has neither size nor looks, and is turned by who reads it.
static co_status check_place(const cli_args *args) {
  static const char *const others[] = {"out", "size", "camera", "preset", "overlay", "plain"};
  const char *html = cli_value(args, "html"), *ending = html ? strrchr(html, '.') : NULL;
  if (!html && !cli_value(args, "out"))
    return co_fail(CO_USAGE, "--out: needs FILE.mp4 or a folder, or --html FILE.html");
  if (!html) return CO_OK;
  if (!ending || (strcmp(ending, ".html") != 0 && strcmp(ending, ".htm") != 0))
    return co_fail(CO_USAGE, "--html: must be a file *.html, is %s", html);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (cli_value(args, others[i]) || cli_flag(args, others[i]))
      return co_fail(CO_USAGE, "--%s: goes with pictures, not with --html", others[i]);
  return CO_OK;
}

// What fits together, before anything is loaded.
static co_status check_usage(const cli_args *args, const cli_actor *actor) {
  bool two = cli_value(args, "versus") || cli_flag(args, "split");
  bool log = cli_value(args, "log") != NULL;
  CO_TRY(check_place(args));
  if (!cli_positional(args, 0) && !log)
    return co_fail(CO_USAGE, "record needs a POLICY, a TASK with --policy, or --log FILE");
  if (!cli_positional(args, 0) && !cli_value(args, "task"))
    return co_fail(CO_USAGE, "--log without a policy needs --task TASK");
  if (!actor->path && actor->stand_in == CO_STAND_IN_SLIDERS)
    return co_fail(CO_USAGE, "--policy sliders: is for `carryover play`, where they can be moved");
  if (!cli_positional(args, 0) && cli_value(args, "model"))
    return co_fail(CO_USAGE, "--model goes with a POLICY");
  if (!actor->path && cli_value(args, "map")) return co_fail(CO_USAGE, "--map goes with a POLICY");
  if (log && cli_value(args, "map"))
    return co_fail(CO_USAGE, "--log plays recorded actions: no --map");
  if (log && cli_value(args, "versus"))
    return co_fail(CO_USAGE, "--log plays recorded actions: no --versus");
  if (cli_flag(args, "ghost") && !two)
    return co_fail(CO_USAGE, "--ghost: needs --split or --versus POLICY2");
  return CO_OK;
}

// --- output

static co_status print_json(const record_job *job) {
  const co_recorded *result = &job->result;
  co_json *object = cli_object("record"), *files = co_json_array();
  for (int i = 0; i < result->files.count; i++)
    co_json_add(files, co_json_string(result->files.name[i]));
  co_json_set_int(object, "frames", result->frames);
  co_json_set_number(object, "seconds", result->seconds);
  co_json_set_int(object, "faults", result->faults);
  co_json_set_string(object, "renderer", job->html ? NULL : result->gl.renderer);
  co_json_set(object, "software", job->html ? co_json_null() : co_json_bool(result->gl.software));
  co_json_set(object, "files", files);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

static co_status print_text(const record_job *job) {
  const co_recorded *result = &job->result;
  co_buf text = {0};
  co_buf_printf(&text, "%s: %" PRId64 " frames, %g s\n", job->def.out, result->frames,
                result->seconds);
  if (!job->html)
    co_buf_printf(&text, "drawn by %s (%s)%s\n", result->gl.renderer, result->gl.how,
                  result->gl.software ? ", which is software: on the processor" : "");
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static co_status record(record_job *job) {
  CO_TRY(cli_actor_read(job->args, cli_positional(job->args, 0), &job->actor));
  CO_TRY(check_usage(job->args, &job->actor));
  CO_TRY(read_options(job));
  CO_TRY(open_stages(job));
  cli_catch_signals(false);
  CO_TRY(job->html ? co_page_record(&job->def, &job->result)
                   : co_recorder_run(&job->def, &job->result));
  if (job->result.faults)
    co_log(CO_LOG_WARNING,
           "%s: %" PRId64 " of the episodes shown end in a fault (non-finite or diverged physics)",
           job->def.out, job->result.faults);
  return cli_json(job->args) ? print_json(job) : print_text(job);
}

static co_status run(const cli_args *args) {
  record_job job = {
      .args = args, .html = cli_value(args, "html") != NULL, .def = co_recorder_default()};
  co_status status = record(&job);
  co_names_free(&job.result.files);
  for (int i = 0; i < 2; i++) {
    co_buf_free(&job.policy_name[i]);
    co_buf_free(&job.world_name[i]);
    co_shared_world_drop(job.world[i]);
    co_policy_free(job.policy[i]);
  }
  co_world_shelf_free(job.shelf);
  co_node_free(job.domain);
  co_found_task_free(&job.home);
  return status;
}

static const cli_option options[] = {
    {"out", "FILE.mp4|DIR", "video, or folder for 000000.png, 000001.png, ..."},
    {"html", "FILE.html", "one page that replays it in a browser; needs no OpenGL either"},
    {"policy", "zero|random", "who acts in TASK, where no policy does"},
    {"task", "TASK", "task to play in (the one the policy was trained in)"},
    {"model", "FILE", "robot's model of the policy's own task, where it is not found by its name"},
    {"domain", "DOMAIN", "world to play in: a file, a name, or shifts as text (repeatable)"},
    CLI_MAP_OPTION,
    {"split", NULL, "two worlds side by side: without the domain, and in it"},
    {"versus", "POLICY2", "two policies side by side"},
    {"ghost", NULL, "with --split or --versus: the left robot, translucent, in the right scene"},
    {"log", "FILE", "play the actions of a recording, a log or a fault dump"},
    {"episode", "N", "episode of the seed, as eval counts them (0)"},
    {"seconds", "S", "length; further episodes follow (one episode)"},
    {"size", "WxH", "pixels (640x480)"},
    {"fps", "N", "frames per second (50)"},
    {"camera", "NAME", "track follows the robot, other names are the model's (track)"},
    {"preset", "NAME", "fast, smooth (edges) or full (shadows too); fast on software renderers"},
    {"overlay", "NAME", "contacts, forces, friction, limits, mass, velocity (repeatable)"},
    {"plain", NULL, "no captions"},
    {NULL, NULL, NULL},
};

const cli_command cli_record = {
    "record",
    "draw a policy or a task in its world: a video, PNG frames or a page that replays it, no "
    "display needed",
    "carryover record policy.safetensors --domain gravity_x1.5 --split --out hopper.mp4",
    "[POLICY|TASK]",
    0,
    1,
    options,
    run,
};
