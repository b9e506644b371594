// carryover replay: a recorded trajectory against a task, number by number.

#include "cli/worlds.h"
#include "core/log.h"
#include "envs/record/replay.h"
#include "transfer/import/rollout.h"

#include <float.h>
#include <math.h>
#include <string.h>

static co_json *field_json(const co_replay_field *field) {
  co_json *object = co_json_object();
  co_json_set_number(object, "max_abs", field->max_abs);
  cli_set_step(object, "at_step", field->at_step);
  cli_set_step(object, "first_above", field->first_above);
  co_json_set_number(object, "tolerance", field->tolerance);
  return object;
}

static co_json *flags_json(const co_replay_flags *flags) {
  co_json *object = co_json_object();
  co_json_set_int(object, "mismatches", flags->mismatches);
  cli_set_step(object, "first", flags->first);
  return object;
}

// null without --windows: the difference between not asked and none found
static co_json *windows_json(const co_replay *replay) {
  if (!replay->has_windows) return co_json_null();
  co_json *object = co_json_object(), *restarts = co_json_array();
  for (int i = 0; i < replay->windows.count; i++)
    co_json_add(restarts, co_json_int(replay->windows.restart[i]));
  co_json_set_int(object, "count", replay->windows.count);
  co_json_set(object, "restarts", restarts);
  co_json_set_number(object, "max_abs", replay->windows.max_abs);
  cli_set_step(object, "first_above", replay->windows.first_above);
  return object;
}

static co_json *worst_json(const co_replay *replay) {
  co_json *array = co_json_array();
  for (int i = 0; i < replay->num_worst; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "element", replay->worst[i].element);
    co_json_set_int(object, "step", replay->worst[i].step);
    co_json_set_number(object, "recorded", replay->worst[i].recorded);
    co_json_set_number(object, "computed", replay->worst[i].computed);
    co_json_add(array, object);
  }
  return array;
}

static co_json *claims_json(const co_replay *replay) {
  co_json *array = co_json_array();
  for (int i = 0; i < replay->num_claims; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "member", replay->claim[i].member);
    co_json_set_string(object, "recorded", replay->claim[i].recorded);
    co_json_set_string(object, "here", replay->claim[i].here);
    co_json_add(array, object);
  }
  return array;
}

static co_status print_json(const cli_args *args, const co_env_info *info,
                            const co_replay *replay) {
  co_json *object = cli_object("replay"), *fields = co_json_object();
  for (int i = 0; i < replay->num_fields; i++)
    co_json_set(fields, replay->field[i].name, field_json(&replay->field[i]));
  co_json_set_string(object, "task", info->task);
  co_json_set_string(object, "file", cli_positional(args, 1));
  co_json_set_int(object, "steps", replay->steps);
  co_json_set_int(object, "judged_steps", replay->judged_steps);
  co_json_set_number(object, "tolerance", replay->tolerance);
  co_json_set_bool(object, "ok", replay->ok);
  co_json_set(object, "fields", fields);
  co_json_set(object, "terminated", flags_json(&replay->terminated));
  co_json_set(object, "truncated", flags_json(&replay->truncated));
  co_json_set(object, "windows", windows_json(replay));
  cli_set_step(object, "fault", replay->fault);
  co_json_set(object, "worst", worst_json(replay));
  co_json_set(object, "disagrees", claims_json(replay));
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

// largest difference and where, then whether and from where on it is too large
static void describe_field(const co_replay_field *field, co_buf *text) {
  if (field->max_abs == 0) {
    co_buf_printf(text, "  %-24s equal in every step\n", field->name);
    return;
  }
  co_buf_printf(text, "  %-24s %10.3g at step %-5d", field->name, field->max_abs, field->at_step);
  if (field->first_above >= 0)
    co_buf_printf(text, " above %.3g from step %d on\n", field->tolerance, field->first_above);
  else if (field->max_abs > field->tolerance)
    co_buf_printf(text, " within %.3g where it is judged\n", field->tolerance);
  else
    co_buf_printf(text, " within %.3g\n", field->tolerance);
}

static void describe_flags(const char *name, const co_replay_flags *flags, co_buf *text) {
  if (flags->mismatches)
    co_buf_printf(text, "  %-24s differs in %d step%s, first in step %d\n", name, flags->mismatches,
                  flags->mismatches == 1 ? "" : "s", flags->first);
  else
    co_buf_printf(text, "  %-24s equal in every step\n", name);
}

static void describe_windows(const co_replay_windows *windows, co_buf *text) {
  co_buf_printf(text, "  %-24s %10.3g in %d window%s", "windows", windows->max_abs, windows->count,
                windows->count == 1 ? "" : "s");
  if (windows->first_above >= 0)
    co_buf_printf(text, ", above the tolerance from step %d on\n", windows->first_above);
  else
    co_buf_puts(text, ", within the tolerance\n");
}

// Of an observation that is too far off: which elements it is.
static void describe_worst(const co_replay *replay, co_buf *text) {
  if (replay->ok || !replay->num_worst) return;
  co_buf_printf(text, "\n  %-32s %6s %14s %14s\n", "element", "step", "recorded", "computed");
  for (int i = 0; i < replay->num_worst; i++) {
    const co_replay_worst *worst = &replay->worst[i];
    co_buf_printf(text, "  %-32s %6d %14.7g %14.7g\n", worst->element, worst->step, worst->recorded,
                  worst->computed);
  }
}

static co_status print_text(const cli_args *args, const co_env_info *info,
                            const co_replay *replay) {
  co_buf text = {0};
  co_buf_printf(&text, "%s against %s: %s\n", info->task, cli_positional(args, 1),
                replay->ok ? "agrees" : "DIFFERS");
  co_buf_printf(&text, "%d steps, judged up to step %d\n\n", replay->steps, replay->judged_steps);
  co_buf_printf(&text, "  %-24s %10s\n", "field", "difference");
  for (int i = 0; i < replay->num_fields; i++) describe_field(&replay->field[i], &text);
  describe_flags("terminated", &replay->terminated, &text);
  describe_flags("truncated", &replay->truncated, &text);
  if (replay->has_windows) describe_windows(&replay->windows, &text);
  if (replay->fault >= 0)
    co_buf_printf(&text, "  %-24s not finite after step %d, all zeros from there on\n", "fault",
                  replay->fault);
  describe_worst(replay, &text);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

// Another version of the engine is a note; another time or command cannot agree.
static void warn_of_claims(const cli_args *args, const co_replay *replay) {
  for (int i = 0; i < replay->num_claims; i++) {
    const co_replay_claim *claim = &replay->claim[i];
    bool is_note = strcmp(claim->member, "mujoco") == 0;
    co_log(is_note ? CO_LOG_INFO : CO_LOG_WARNING, "%s%s: %s: recorded with %s, here it is %s",
           is_note ? "note: " : "", cli_positional(args, 1), claim->member, claim->recorded,
           claim->here);
  }
}

// A difference is an answer, not an error: it is printed, and the exit code is 1.
static co_status replay_in(const cli_args *args, const co_built_world *world,
                           const co_replay_options *options) {
  const char *path = cli_positional(args, 1);
  co_replay replay;
  co_json *log;
  CO_TRY(co_rollout_read_log(path, &log));
  co_status status = co_replay_json(world, log, path, options, &replay);
  co_json_free(log);
  CO_TRY(status);
  warn_of_claims(args, &replay);
  status = cli_json(args) ? print_json(args, &world->info, &replay)
                          : print_text(args, &world->info, &replay);
  if (status == CO_OK && !replay.ok) status = CO_WANTING;
  co_replay_free(&replay);
  return status;
}

// The world is built without an env: replay drives one row in double, as the reference did.
static co_status run(const cli_args *args) {
  static const cli_pair pairs[] = {{"exact", CLI_EXCLUDES, "tolerance"},
                                   {"led", CLI_EXCLUDES, "windows"},
                                   {NULL, CLI_NEEDS, NULL}};
  CO_TRY(cli_check_pairs(args, pairs));
  co_replay_options options = {.windows = cli_flag(args, "windows"),
                               .exact = cli_flag(args, "exact"),
                               .led = cli_flag(args, "led"),
                               .tolerance = NAN};
  CO_TRY(cli_double(args, "tolerance", 0, DBL_MAX, &options.tolerance));
  co_node *domain;
  CO_TRY(cli_domain(args, "domain", &domain));
  co_world world = cli_world(args, cli_positional(args, 0), domain);
  co_built_world *built;
  co_status status = co_world_build(&world, &built);
  if (status == CO_OK) {
    status = replay_in(args, built, &options);
    co_world_free(built);
  }
  co_node_free(domain);
  return status;
}

static const cli_option options[] = {
    {"domain", "D", "shifts of the world, as for train (none)"},
    {"windows", NULL, "restart at each checkpoint: separates wrong physics from rounding"},
    {"led", NULL,
     "of a log: end every step in the recorded state, so that observations are judged"},
    {"tolerance", "X", "largest difference of observations (recommended for the task)"},
    {"exact", NULL, "tolerance of the same library and processor, in every step"},
    {NULL, NULL, NULL},
};

const cli_command cli_replay = {
    "replay",
    "replay a recorded trajectory; exit code 1 when it differs",
    "carryover replay hopper hopper_0.json --windows",
    "TASK FILE",
    2,
    2,
    options,
    run,
};
