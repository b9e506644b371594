#include "cli/study_plan.h"

#include "cli/study_run.h"
#include "core/clock.h"
#include "transfer/family.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// env steps per second of the first source's world under random actions, one thread
static co_status measure_speed(const co_trial_context *context, double *out) {
  co_world world = co_source_world(co_study_source(context->study, 0));
  co_stream stream = {.purpose = CO_PURPOSE_TEST};
  co_env *env;
  CO_TRY(context->worlds->create(context->worlds->context, &world, 8, &stream, &env));
  co_evaluation eval = {0};
  double start = co_clock_wall();
  co_status status = co_evaluate(NULL, env, &stream, NULL, &eval);
  *out = (double)eval.env_steps / (co_clock_wall() - start);
  co_evaluation_free(&eval);
  co_env_destroy(env);
  return status;
}

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
  int jobs;
  int64_t train, episodes;
  double seconds, bytes;
  int comparisons;
  co_test_plan test;
  co_buf advice;  // one line each
} plan;

static co_status make_plan(const co_trial_context *context, plan *p) {
  const co_study *study = context->study;
  enum { FOLDER_BYTES = 150000, TYPICAL_EPISODE = 500 };
  const double train_share = 0.6;  // of stepping alone that a training reaches
  for (int i = 0; i < context->trials->count; i++) {
    p->train += co_trial_train_steps(study, &context->trials->trial[i]);
    p->episodes += co_trial_eval_episodes(study, &context->trials->trial[i]);
  }
  double speed;
  CO_TRY(measure_speed(context, &speed));
  p->seconds =
      ((double)p->train / train_share + (double)p->episodes * TYPICAL_EPISODE) / speed / p->jobs;
  p->bytes = (double)context->trials->count * FOLDER_BYTES;
  co_family family;
  CO_TRY(co_family_make(study, &family));
  p->comparisons = family.count;
  p->test = co_test_plan_make((int)study->def.seeds, family.count, CO_FAMILY_LEVEL);
  co_family_free(&family);
  return cli_study_advise(context, &p->advice);
}

static co_status print_json(const co_trial_context *context, const plan *p) {
  co_json *object = cli_object("run");
  co_json_set_string(object, "study", context->study->def.name);
  co_json_set_int(object, "trials", context->trials->count);
  co_json_set_int(object, "train_env_steps", p->train);
  co_json_set_int(object, "evaluation_episodes", p->episodes);
  co_json_set_number(object, "estimated_s", p->seconds);
  co_json_set_number(object, "disk_bytes", p->bytes);
  co_json_set_int(object, "planned_comparisons", p->comparisons);
  co_json_set_number(object, "smallest_p", p->comparisons ? p->test.smallest_p : NAN);
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
  co_buf_printf(&text,
                "study %s: %d trials, %.3g million env steps of training, %" PRId64
                " evaluation episodes\n"
                "about %s with %d jobs, %.0f MB of disk\n",
                context->study->def.name, context->trials->count, (double)p->train / 1e6,
                p->episodes, time, p->jobs, p->bytes / 1e6);
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

co_status cli_print_plan(const cli_args *args, const co_trial_context *context, int jobs) {
  co_study_run run;
  CO_TRY(co_study_run_begin(context, &run));
  co_study_run_free(&run);
  plan p = {.jobs = jobs};
  co_status status = make_plan(context, &p);
  if (status == CO_OK) status = co_trial_check_stop(context);
  if (status == CO_OK) status = cli_json(args) ? print_json(context, &p) : print_text(context, &p);
  co_buf_free(&p.advice);
  return status;
}
