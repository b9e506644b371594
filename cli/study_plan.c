#include "cli/study_plan.h"

#include "cli/study_run.h"
#include "transfer/run/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

static co_status print_json(const co_trial_context *context, const co_study_plan *p) {
  co_json *object = cli_object("run");
  co_json_set_string(object, "study", context->study->def.name);
  co_json_set_int(object, "trials", p->trials);
  co_json_set_int(object, "done", p->done);
  co_json_set_int(object, "train_env_steps", p->train_steps);
  if (p->source_steps) co_json_set_int(object, "source_env_steps", p->source_steps);
  co_json_set_int(object, "evaluation_episodes", p->episodes);
  co_json_set_int(object, "recorded_episodes", p->recorded);
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

static co_status print_text(const co_trial_context *context, int jobs, const co_study_plan *p) {
  char time[32];
  co_buf text = {0};
  cli_format_time(p->seconds, time, sizeof time);
  co_buf_printf(&text, "study %s: %d trials, %.3g million env steps of training, ",
                context->study->def.name, p->trials, (double)p->train_steps / 1e6);
  if (p->source_steps)
    co_buf_printf(&text, "%.3g million beside them in sources' worlds, ",
                  (double)p->source_steps / 1e6);
  co_buf_printf(&text, "%" PRId64 " evaluation episodes", p->episodes);
  if (p->recorded) co_buf_printf(&text, ", %" PRId64 " recorded episodes", p->recorded);
  co_buf_puts(&text, "\n");
  if (p->done) co_buf_printf(&text, "%d trials are done, what is left takes ", p->done);
  co_buf_printf(&text, "about %s with %d jobs, %.0f MB of disk\n", time, jobs, p->bytes / 1e6);
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
  co_study_plan plan;
  CO_TRY(co_study_plan_make(context, jobs, threads, cli_flag(args, "force"), &plan));
  co_status status = cli_json(args) ? print_json(context, &plan) : print_text(context, jobs, &plan);
  co_study_plan_free(&plan);
  return status;
}
