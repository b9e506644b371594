// carryover check: is a task, in a domain, fit to be learned from, and does the domain do anything?

#include "cli/worlds.h"
#include "core/log.h"
#include "envs/domain/preset.h"
#include "envs/verify/check.h"
#include "envs/verify/dead.h"
#include "transfer/measure/shift_json.h"
#include "transfer/run/grade.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One world checked; the second look needs a policy.
typedef struct check_job {
  const cli_args *args;
  co_world world;
  const co_node *against;  // shifts of the world it is compared with; NULL: the nominal one
  const char *preset;      // name of the domain, or NULL
  co_status status;        // of a job of the pool, with its error's text
  char error[512];
  co_check check;
  bool graded;
  co_shift_grade grade;  // under the policy
} check_job;

// --- each shift alone

// The world that the domain is compared with: the same task without shifts, or with those of
// --against. Edits of the task are kept, those of the domain are not. `set` has room for all edits.
static co_world source_world(const check_job *job, const char **set) {
  return (co_world){.task = job->world.task,
                    .domain = job->against,
                    .set = set,
                    .num_set = co_world_task_edits(&job->world, set)};
}

// A dead shift among live ones hides behind them, so with several each is left out in turn.
static co_status check_each_shift(check_job *job) {
  co_check *check = &job->check;
  if (check->num_domain < 2 || job->against || check->num_tests == CO_CHECK_TESTS) return CO_OK;
  co_dead_shifts found;
  CO_TRY(co_shifts_find_dead(&job->world, cli_seed(job->args), &found));
  co_buf dead = {0};
  for (int i = 0; i < found.count && i < check->num_domain; i++) {
    if (!found.dead[i]) continue;
    if (dead.size) co_buf_puts(&dead, "; ");
    cli_shifts_text(&check->domain[i], 1, &dead);
  }
  co_status status = co_buf_status(&dead);
  if (status == CO_OK) {
    co_check_test *test = &check->test[check->num_tests++];
    test->ok = !dead.size;
    check->ok = check->ok && test->ok;
    snprintf(test->name, sizeof test->name, "each shift is live");
    snprintf(
        test->text, sizeof test->text, "%s%.400s",
        test->ok ? "without any of them it would be another world" : "nothing changes without: ",
        test->ok ? "" : dead.data);
  }
  co_buf_free(&dead);
  return status;
}

// --- under a policy

// The final evaluation of a policy in a world as the only point of a record.
static co_status play(const check_job *job, const co_policy *policy, const co_world *world,
                      bool in_source, co_pool *pool, co_record *out) {
  int64_t episodes = 20;
  CO_TRY(cli_int(job->args, "episodes", 1, 10000, &episodes));
  co_stream stream = {cli_seed(job->args), 0, CO_PURPOSE_EVAL_FINAL};
  cli_env env;
  CO_TRY(cli_env_open(world, (int)episodes, &stream, &env));
  co_evaluation eval;
  co_status status = co_evaluate(policy, env.env, NULL, pool, &eval);
  cli_env_close(&env);
  if (status == CO_OK) status = co_record_add_point(out, 0, in_source, true, &eval);
  return status;
}

// Nothing can be said of a policy whose episodes all end in a fault, in one world or the other.
static co_status judge_faults(const check_job *job, const co_evaluation *source,
                              const co_evaluation *target) {
  const char *path = cli_value(job->args, "policy");
  if (!job->grade.policies)
    return co_fail(CO_INTERNAL,
                   "%s: not to be graded: %d of %d episodes end in a fault without the shift, %d "
                   "of %d with it",
                   path, source->faults, source->count, target->faults, target->count);
  if (job->grade.faulty_episodes)
    co_log(CO_LOG_WARNING, "%s: %d of %d episodes end in a fault in one of the worlds: left out",
           path, job->grade.faulty_episodes, source->count);
  return CO_OK;
}

static co_status grade_in(check_job *job, const co_policy *policy, co_pool *pool) {
  const char **set = calloc((size_t)job->world.num_set + 1, sizeof *set);
  if (!set) return co_fail(CO_MEMORY, "out of memory");
  co_world nominal = source_world(job, set);
  co_record source = {0}, target = {0};
  co_status status = play(job, policy, &nominal, true, pool, &source);
  if (status == CO_OK) status = play(job, policy, &job->world, false, pool, &target);
  if (status == CO_OK) {
    job->grade = (co_shift_grade){.shift = job->check.shift,
                                  .grade = job->check.shift.live ? CO_GRADE_LIVE : CO_GRADE_INERT};
    status = co_grade_policies(&(const co_record *){&source}, &(const co_record *){&target}, 1,
                               &job->grade);
  }
  if (status == CO_OK) status = judge_faults(job, &source.point->eval, &target.point->eval);
  // a check that ended at a fault of the world knows no shift to grade
  job->graded = status == CO_OK && job->check.has_shift;
  co_record_free(&source);
  co_record_free(&target);
  free(set);
  return status;
}

static void warn_of_ranges(const co_policy *policy, const char *path) {
  int far = co_output_find_far(&policy->contract);
  if (far < 0) return;
  const co_action_element *element = &policy->contract.action[far];
  co_log(CO_LOG_WARNING,
         "%s: its output is raw, which hardly reaches the range of %s, %g to %g; policies of today "
         "put out units of the range",
         path, element->name, element->low, element->high);
}

// The second look: actions of a tape meet more of the world than a trained policy ever does, so a
// shift that is live on the tape may still be one that this policy never meets.
static co_status grade(check_job *job) {
  const char *path = cli_value(job->args, "policy");
  if (!path) return CO_OK;
  if (!job->world.domain && !job->against)
    return co_fail(CO_USAGE, "check: --policy compares two worlds and needs --domain");
  co_policy *policy;
  CO_TRY(co_policy_load(path, &policy));
  warn_of_ranges(policy, path);
  co_pool *pool = NULL;
  co_status status = cli_pool(job->args, &pool);
  if (status == CO_OK) status = grade_in(job, policy, pool);
  co_pool_free(pool);
  co_policy_free(policy);
  return status;
}

// A weak shift is a finding, not a failure: the study stops for it, a check only says so.
static bool is_inert(const check_job *job) {
  return job->graded &&
         (job->grade.grade == CO_GRADE_INERT || job->grade.grade == CO_GRADE_INERT_UNDER_POLICY);
}

// --- output

static co_json *tests_json(const co_check *check) {
  co_json *array = co_json_array();
  for (int i = 0; i < check->num_tests; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "name", check->test[i].name);
    co_json_set_bool(object, "ok", check->test[i].ok);
    co_json_set_string(object, "text", check->test[i].text);
    co_json_add(array, object);
  }
  return array;
}

// as in results.json; the grade is known only with a policy
static co_json *shift_json(const check_job *job) {
  if (!job->check.has_shift) return co_json_null();
  co_json *object = co_json_object();
  co_shift_add_json(&job->check.shift, object);
  if (!job->graded) return object;
  co_json_set_string(object, "grade", co_grade_names[job->grade.grade]);
  co_json_set_number(object, "identical_share", job->grade.identical_share);
  co_json_set_number(object, "difference", job->grade.difference);
  co_json_set_number(object, "noise", job->grade.noise);
  return object;
}

static void add_json(const check_job *job, co_json *checks) {
  const co_check *check = &job->check;
  co_json *object = co_json_object();
  co_json_set_string(object, "task", check->task);
  co_json_set_string(object, "preset", job->preset);
  co_json_set(object, "domain", cli_shifts_json(check->domain, check->num_domain));
  co_json_set_bool(object, "ok", check->ok && !is_inert(job));
  co_json_set(object, "tests", tests_json(check));
  co_json_set(object, "shift", shift_json(job));
  co_json_add(checks, object);
}

// pairs whose friction the shift leaves alone are not worth a line
static void describe_shift(const check_job *job, co_buf *text) {
  const co_shift *shift = &job->check.shift;
  for (int i = 0; i < shift->num_pairs; i++)
    if (shift->pair[i].source != shift->pair[i].target)
      co_buf_printf(text, "  friction %-27s %.3g -> %.3g\n", shift->pair[i].pair,
                    shift->pair[i].source, shift->pair[i].target);
  if (!job->graded) return;
  co_buf_printf(text, "  under %s: %s; %.0f %% of episodes identical, ",
                cli_value(job->args, "policy"), co_grade_names[job->grade.grade],
                100 * job->grade.identical_share);
  co_buf_printf(text, "return moves by %.3g", job->grade.difference);
  if (!isnan(job->grade.noise)) co_buf_printf(text, " (noise %.3g)", job->grade.noise);
  co_buf_puts(text, "\n");
}

static void add_text(const check_job *job, co_buf *text) {
  const co_check *check = &job->check;
  co_buf_printf(text, "%s, domain ", check->task);
  cli_shifts_text(check->domain, check->num_domain, text);
  co_buf_puts(text, "\n");
  for (int i = 0; i < check->num_tests; i++)
    co_buf_printf(text, "  %-6s %-26s %s\n", check->test[i].ok ? "ok" : "FAILED",
                  check->test[i].name, check->test[i].text);
  if (check->has_shift) describe_shift(job, text);
}

// --- the whole

// What has been found so far, in both forms.
typedef struct findings {
  co_json *checks;
  co_buf text;
  bool ok;
} findings;

static co_status check_task(const cli_args *args, const char *task, const co_node *domain,
                            const co_node *against, findings *out) {
  check_job job = {.args = args, .world = cli_world(args, task, domain), .against = against};
  job.world.task = task;
  CO_TRY(co_check_world(&job.world, against, cli_seed(args), &job.check));
  CO_TRY(check_each_shift(&job));
  CO_TRY(grade(&job));
  add_json(&job, out->checks);
  add_text(&job, &out->text);
  out->ok = out->ok && job.check.ok && !is_inert(&job);
  return CO_OK;
}

// --- everything there is

static co_status check_tasks(const cli_args *args, findings *out) {
  co_names names;
  CO_TRY(cli_config_names("configs/tasks", &names));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < names.count; i++)
    status = check_task(args, names.name[i], NULL, NULL, out);
  co_names_free(&names);
  return status;
}

// The largest change of friction that acts, as "2 -> 1".
static void describe_friction(const co_shift *shift, char *out, size_t size) {
  double most = 0;
  snprintf(out, size, "%s", "");
  for (int i = 0; i < shift->num_pairs; i++) {
    const co_shift_pair *pair = &shift->pair[i];
    double change = fabs(log((pair->target + 1e-9) / (pair->source + 1e-9)));
    if (change <= most) continue;
    most = change;
    snprintf(out, size, "%.3g -> %.3g", pair->source, pair->target);
  }
}

static void add_preset_row(const check_job *job, co_buf *text) {
  const co_shift *shift = &job->check.shift;
  char friction[64];
  describe_friction(shift, friction, sizeof friction);
  const char *state = !job->check.has_shift ? "FAILED" : shift->live ? "live" : "INERT";
  co_buf_printf(text, "%-46s %-6s %4d %9.2g %9.2g %9.2g  %3.0f %%  %s%.*s\n", job->preset, state,
                shift->first_step, shift->rms[0], shift->rms[1], shift->rms[2],
                100 * shift->limit_share, friction, (int)strcspn(shift->reason, "\n"),
                shift->reason);
}

// One domain that cannot be built does not hide what the others are.
static co_status note_unbuilt(check_job *job) {
  co_check *check = &job->check;
  *check = (co_check){.num_tests = 1};
  snprintf(check->task, sizeof check->task, "%s", job->world.task);
  snprintf(check->test[0].name, sizeof check->test[0].name, "builds");
  snprintf(check->test[0].text, sizeof check->test[0].text, "%s", co_error_text());
  snprintf(check->shift.reason, sizeof check->shift.reason, "%s", co_error_text());
  check->shift.first_step = -1;
  return CO_OK;
}

static void check_preset(void *context, int index) {
  check_job *job = (check_job *)context + index;
  job->status = co_check_domain(&job->world, NULL, cli_seed(job->args), &job->check);
  if (job->status == CO_CONFIG || job->status == CO_NO_INPUT) job->status = note_unbuilt(job);
  if (job->status != CO_OK) snprintf(job->error, sizeof job->error, "%s", co_error_text());
}

// Jobs of the domains that say which task they are meant for; returns how many.
static int make_jobs(const cli_args *args, const co_presets *presets, check_job *job) {
  int count = 0;
  for (int i = 0; i < presets->count; i++) {
    const co_preset *preset = &presets->preset[i];
    if (!preset->task) continue;
    job[count++] = (check_job){.args = args,
                               .world = cli_world(args, preset->task, preset->domain),
                               .preset = preset->name};
  }
  return count;
}

static co_status run_jobs(const cli_args *args, check_job *job, int count) {
  co_pool *pool = NULL;
  CO_TRY(cli_pool(args, &pool));
  co_pool_run(pool, check_preset, job, count);
  co_pool_free(pool);
  for (int i = 0; i < count; i++) {
    if (job[i].status != CO_OK)
      return co_fail(job[i].status, "%s: %s", job[i].preset, job[i].error);
  }
  return CO_OK;
}

static void add_presets(const check_job *job, int count, findings *out) {
  co_buf_printf(&out->text, "\n%-46s %-6s %4s %9s %9s %9s  %5s  %s\n", "domain", "", "from",
                "after 1", "10", "100", "limit", "friction that acts");
  for (int i = 0; i < count; i++) {
    add_json(&job[i], out->checks);
    add_preset_row(&job[i], &out->text);
    out->ok = out->ok && job[i].check.ok;
  }
}

// Every domain that says which task it is meant for.
static co_status check_presets(const cli_args *args, findings *out) {
  co_presets presets;
  CO_TRY(co_presets_read(&presets));
  check_job *job = calloc((size_t)presets.count + 1, sizeof *job);
  co_status status = job ? CO_OK : co_fail(CO_MEMORY, "out of memory");
  int count = job ? make_jobs(args, &presets, job) : 0;
  if (status == CO_OK) status = run_jobs(args, job, count);
  if (status == CO_OK) add_presets(job, count, out);
  free(job);
  co_presets_free(&presets);
  return status;
}

static co_status check_all(const cli_args *args, findings *out) {
  CO_TRY(check_tasks(args, out));
  return check_presets(args, out);
}

static co_status check_one(const cli_args *args, findings *out) {
  co_node *domain = NULL, *against = NULL;
  co_status status = cli_domain(args, "domain", &domain);
  if (status == CO_OK) status = cli_domain(args, "against", &against);
  if (status == CO_OK) status = check_task(args, cli_positional(args, 0), domain, against, out);
  co_node_free(domain);
  co_node_free(against);
  return status;
}

// Data are printed in both cases; only the exit code tells what they say.
static co_status print_findings(const cli_args *args, const findings *found, co_json *object) {
  CO_TRY(cli_json(args) ? cli_print_json(object) : cli_print_text(&found->text));
  return found->ok ? CO_OK : CO_WANTING;
}

static co_status run(const cli_args *args) {
  static const cli_pair pairs[] = {{"episodes", CLI_NEEDS, "policy"}, {NULL, CLI_NEEDS, NULL}};
  bool all = cli_flag(args, "all");
  CO_TRY(cli_check_pairs(args, pairs));
  if (all == (cli_positional_count(args) == 1))
    return co_fail(CO_USAGE, "check: give a TASK or --all");
  if (all && (cli_value(args, "domain") || cli_value(args, "against") || cli_value(args, "policy")))
    return co_fail(CO_USAGE, "check: --domain, --against and --policy need a TASK");
  co_json *object = cli_object("check");
  findings found = {.checks = co_json_array(), .ok = true};
  co_json_set(object, "checks", found.checks);
  co_status status = all ? check_all(args, &found) : check_one(args, &found);
  if (status == CO_OK) status = print_findings(args, &found, object);
  co_buf_free(&found.text);
  co_json_free(object);
  return status;
}

static const cli_option options[] = {
    {"domain", "DOMAIN", "check it in this world, and whether its shifts do anything (repeatable)"},
    {"against", "DOMAIN", "compare with the task in this world instead of the nominal one"},
    {"policy", "POLICY", "look at the shifts under this policy too: does it ever meet them?"},
    {"episodes", "N", "episodes of the policy in each world (20)"},
    {"threads", "N", "threads of these episodes (one per core)"},
    {"all", NULL, "check all tasks and all domains of configs/domains that name theirs"},
    {NULL, NULL, NULL},
};

const cli_command cli_check = {
    "check",
    "check a task, and that a domain's shifts are live; exit code 1 when not",
    "carryover check hopper --domain '{ parameter = \"body.mass\"; select = \"torso\"; scale = "
    "2.0; }'",
    "TASK",
    0,
    1,
    options,
    run,
};
