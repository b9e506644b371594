#include "cli/study_plan.h"

#include "cli/study_run.h"
#include "transfer/run/forecast.h"
#include "transfer/study/family.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FILM_S 0.12  // [s] of a film strip, without a graphics card

// One element for each line.
static co_json *lines_json(const co_buf *text) {
  co_json *array = co_json_array();
  char line[1024];
  for (const char *from = text->data; from && *from;) {
    int length = (int)strcspn(from, "\n");
    snprintf(line, sizeof line, "%.*s", length, from);
    co_json_add(array, co_json_string(line));
    from += length + (from[length] == '\n');
  }
  return array;
}

typedef struct plan {
  int jobs, done;           // trials at once; that are done
  int64_t train, episodes;  // of the whole study
  double seconds, bytes;    // of what is left
  int films;                // strips that the report still needs
  int comparisons;
  co_test_plan test;
  co_buf advice;  // one line each
} plan;

static void count_trials(const co_study_run *run, plan *p) {
  enum { FOLDER_BYTES = 150000 };
  const co_trials *trials = run->context->trials;
  for (int i = 0; i < trials->count; i++) {
    bool left = run->state[i] == CO_TRIAL_PENDING;
    p->train += co_trial_train_steps(run->context->study, &trials->trial[i]);
    p->episodes += co_trial_eval_episodes(run->context->study, &trials->trial[i]);
    p->done += run->state[i] == CO_TRIAL_DONE;
    p->bytes += left ? FOLDER_BYTES : 0;
    p->films += left && trials->trial[i].kind == CO_TRIAL_TRANSFER && trials->trial[i].seed == 0;
  }
}

static co_status estimate(const co_study_run *run, int threads, plan *p) {
  co_forecast e;
  CO_TRY(co_forecast_open(run, p->jobs, threads, &e));
  co_forecast_calibrate(&e);
  p->seconds = co_forecast_left(&e, NULL) + FILM_S * p->films;
  co_forecast_close(&e);
  return CO_OK;
}

static co_status find_family(const co_study *study, plan *p) {
  co_family family;
  CO_TRY(co_family_make(study, &family));
  p->comparisons = family.count;
  p->test = co_family_plan(study, &family);
  co_family_free(&family);
  return CO_OK;
}

// What is done is looked at as by a run, graded as far as that goes, and not done again.
static co_status make_plan(const cli_args *args, co_study_run *run, int threads, plan *p) {
  co_look look = {.trial = -1, .force = cli_flag(args, "force")};
  CO_TRY(co_study_look(run->context, &look, run->state));
  CO_TRY(co_study_run_survey(run));
  count_trials(run, p);
  CO_TRY(estimate(run, threads, p));
  CO_TRY(find_family(run->context->study, p));
  return cli_study_advise(run->context, &p->advice);
}

static co_status print_json(const co_trial_context *context, const plan *p) {
  co_json *object = cli_object("run");
  co_json_set_string(object, "study", context->study->def.name);
  co_json_set_int(object, "trials", context->trials->count);
  co_json_set_int(object, "done", p->done);
  co_json_set_int(object, "train_env_steps", p->train);
  co_json_set_int(object, "evaluation_episodes", p->episodes);
  co_json_set_number(object, "estimated_s", p->seconds);
  co_json_set_number(object, "disk_bytes", p->bytes);
  co_json_set_int(object, "planned_comparisons", p->comparisons);
  co_json_set_number(object, "smallest_p", p->comparisons ? p->test.smallest_p : (double)NAN);
  co_json_set_int(object, "seeds_needed", p->comparisons ? p->test.needed : 0);
  co_json_set_string(object, "test", p->test.paired ? "paired sign flip" : "unpaired permutation");
  co_json_set(object, "advice", lines_json(&p->advice));
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

static co_status print_text(const co_trial_context *context, const plan *p) {
  char time[32];
  co_buf text = {0};
  cli_format_time(p->seconds, time, sizeof time);
  co_buf_printf(
      &text,
      "study %s: %d trials, %.3g million env steps of training, %" PRId64 " evaluation episodes\n",
      context->study->def.name, context->trials->count, (double)p->train / 1e6, p->episodes);
  if (p->done) co_buf_printf(&text, "%d trials are done, what is left takes ", p->done);
  co_buf_printf(&text, "about %s with %d jobs, %.0f MB of disk\n", time, p->jobs, p->bytes / 1e6);
  if (p->comparisons)
    co_buf_printf(&text, "%d planned comparison%s, %s test, smallest p after correction %.2g\n",
                  p->comparisons, p->comparisons == 1 ? "" : "s",
                  p->test.paired ? "paired" : "unpaired", p->test.smallest_p);
  co_buf_puts(&text, p->advice.data ? p->advice.data : "");
  co_status status = co_buf_status(&text);
  if (status == CO_OK) status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

co_status cli_print_plan(const cli_args *args, const co_trial_context *context, int jobs,
                         int threads) {
  co_study_run run;
  CO_TRY(co_study_run_begin(context, &run));
  plan p = {.jobs = jobs};
  co_status status = make_plan(args, &run, threads, &p);
  if (status == CO_OK) status = co_trial_check_stop(context);
  if (status == CO_OK) status = cli_json(args) ? print_json(context, &p) : print_text(context, &p);
  co_buf_free(&p.advice);
  co_study_run_free(&run);
  return status;
}
