// carryover check: is a task, in a domain, fit to be learned from, and does the domain do anything?

#include "cli/args.h"
#include "cli/worlds.h"
#include "core/log.h"
#include "envs/source/worlds.h"
#include "envs/verify/survey.h"
#include "transfer/measure/shift_json.h"
#include "transfer/run/grade.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One world checked; the second look needs a policy.
typedef struct check_job {
  const cli_args *args;
  co_world_shelf *shelf;  // with the worlds of both looks
  co_world world;
  const co_node *against;  // shifts of the world it is compared with; NULL: the nominal one
  co_check check;
  bool graded;
  co_shift_grade grade;  // under the policy
} check_job;

// --- under a policy

static void warn_of_ranges(const co_policy *policy, const char *path) {
  int far = co_output_find_far(&policy->contract);
  if (far < 0) return;
  const co_action_element *element = &policy->contract.action[far];
  co_log(CO_LOG_WARNING,
         "%s: its output is raw, which hardly reaches the range of %s, %g to %g; policies of today "
         "put out units of the range",
         path, element->name, element->low, element->high);
}

static co_status grade_under(check_job *job, const co_policy *policy, co_pool *pool) {
  int64_t episodes = 20;
  CO_TRY(cli_int(job->args, "episodes", 1, 10000, &episodes));
  const char *set[CLI_MAX_VALUES];
  co_world_source worlds = co_worlds(job->shelf);
  co_grade_def def = {.worlds = &worlds,
                      .policy = policy,
                      .name = cli_value(job->args, "policy"),
                      .source = co_world_elsewhere(&job->world, job->against, set),
                      .target = job->world,
                      .episodes = (int)episodes,
                      .seed = cli_seed(job->args),
                      .pool = pool};
  def.target.map = def.source.map = cli_value(job->args, "map");
  CO_TRY(cli_enforce(job->shelf, def.name, policy, &def.target));
  CO_TRY(co_grade_policy(&def, &job->check.shift, &job->grade));
  // a check that ended at a fault of the world knows no shift to grade
  job->graded = job->check.has_shift;
  return CO_OK;
}

// The second look: actions of a tape meet more of the world than a trained policy ever does, so a
// shift that is live on the tape may still be one that this policy never meets.
static co_status grade(check_job *job) {
  const char *path = cli_value(job->args, "policy");
  if (!path) return CO_OK;
  if (!job->world.domain && !job->against)
    return co_fail(CO_USAGE, "check: --policy compares two worlds and needs --domain");
  co_policy *policy;
  CO_TRY(co_policy_load_to_act(path, &policy));
  warn_of_ranges(policy, path);
  co_pool *pool = NULL;
  co_status status = cli_pool(job->args, &pool);
  if (status == CO_OK) status = grade_under(job, policy, pool);
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

static void add_json(const check_job *job, const char *preset, co_json *checks) {
  const co_check *check = &job->check;
  co_json *object = co_json_object();
  co_json_set_string(object, "task", check->task);
  co_json_set_string(object, "preset", preset);
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
  co_shifts_put(check->domain, check->num_domain, text);
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

static void add_found(const check_job *job, findings *out) {
  add_json(job, NULL, out->checks);
  add_text(job, &out->text);
  out->ok = out->ok && job->check.ok && !is_inert(job);
}

static co_status check_task(const cli_args *args, const co_node *domain, const co_node *against,
                            findings *out) {
  const char *task = cli_positional(args, 0);
  check_job job = {.args = args, .world = cli_world(args, task, domain), .against = against};
  job.world.task = task;
  job.world.map = NULL;  // nothing but a policy sees it
  CO_TRY(co_world_shelf_create(&job.shelf));
  co_status status = co_check_world(job.shelf, &job.world, against, cli_seed(args), &job.check);
  if (status == CO_OK) status = grade(&job);
  if (status == CO_OK) add_found(&job, out);
  co_world_shelf_free(job.shelf);
  return status;
}

// --- everything there is

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

static void add_preset_row(const co_survey_entry *entry, co_buf *text) {
  const co_shift *shift = &entry->check.shift;
  char friction[64];
  describe_friction(shift, friction, sizeof friction);
  const char *state = !entry->check.has_shift ? "FAILED" : shift->live ? "live" : "INERT";
  co_buf_printf(text, "%-46s %-6s %4d %9.2g %9.2g %9.2g  %3.0f %%  %s%.*s\n", entry->preset, state,
                shift->first_step, shift->rms[0], shift->rms[1], shift->rms[2],
                100 * shift->limit_share, friction, (int)strcspn(shift->reason, "\n"),
                shift->reason);
}

static void add_presets(const cli_args *args, const co_survey *survey, findings *out) {
  co_buf_printf(&out->text, "\n%-46s %-6s %4s %9s %9s %9s  %5s  %s\n", "domain", "", "from",
                "after 1", "10", "100", "limit", "friction that acts");
  for (int i = survey->num_tasks; i < survey->count; i++) {
    const co_survey_entry *entry = &survey->entry[i];
    const check_job job = {.args = args, .check = entry->check};
    add_json(&job, entry->preset, out->checks);
    add_preset_row(entry, &out->text);
    out->ok = out->ok && entry->check.ok;
  }
}

static co_status check_all(const cli_args *args, findings *out) {
  const char *const *set;
  int num_set = cli_values(args, "set", &set);
  co_pool *pool = NULL;
  co_survey survey;
  CO_TRY(cli_pool(args, &pool));
  co_status status = co_survey_make(set, num_set, cli_seed(args), pool, &survey);
  co_pool_free(pool);
  CO_TRY(status);
  for (int i = 0; i < survey.num_tasks; i++) {
    const check_job job = {.args = args, .check = survey.entry[i].check};
    add_found(&job, out);
  }
  add_presets(args, &survey, out);
  co_survey_free(&survey);
  return CO_OK;
}

static co_status check_one(const cli_args *args, findings *out) {
  co_node *domain = NULL, *against = NULL;
  co_status status = cli_domain(args, "domain", &domain);
  if (status == CO_OK) status = cli_domain(args, "against", &against);
  if (status == CO_OK) status = check_task(args, domain, against, out);
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
  static const cli_pair pairs[] = {
      {"episodes", CLI_NEEDS, "policy"}, {"map", CLI_NEEDS, "policy"}, {NULL, CLI_NEEDS, NULL}};
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
    CLI_MAP_OPTION,
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
